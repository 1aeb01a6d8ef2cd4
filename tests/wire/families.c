/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Why a case runs for one address family only. A case that skips itself without a row here fails,
 * as does one with a row that runs for both, and a row without a case.
 */

#include <fnmatch.h>

#include "wire.h"

static const struct wire_reason reasons[] = {
	{ false, "arp_*", "ARP is IPv4's; case_nd.c has neighbour discovery" },
	{ false, "addresses_each_is_asked_for_by_arp", "ARP is IPv4's" },
	{ false, "except_arp_replies_are_copied",
		"ARP is IPv4's; except_advertisements_are_copied" },
	{ false, "except_group4_of_what_is_no_group",
		"fields of IPv4's header; except_datagrams_to_a_group_that_nobody_named" },
	{ false, "addresses_each_is_defended", "ARP is IPv4's" },
	{ false, "resolve_gratuitous_arp_moves_an_entry",
		"ARP is IPv4's; nd_override_replaces_the_mac" },
	{ false, "resolve_asks_in_the_vlan_of_the_port",
		"ARP is IPv4's; nd_asks_in_the_vlan_of_the_port" },
	{ false, "frame_vlan_two_tags_are_answered",
		"ARP is IPv4's; nd_solicitation_with_two_tags_is_answered" },
	{ false, "addresses_of_subnets_are_no_hosts", "IPv6 has no broadcast addresses" },
	{ false, "frame_to_broadcast_and_multicast_not_answered",
		"IPv6 has no broadcast; ip6_to_addresses_that_are_not_ours" },
	{ false, "frame_to_the_broadcast_address_of_a_terminated_subnet",
		"IPv6 has no broadcast addresses" },
	{ false, "frame_to_a_listener_at_the_broadcast_address",
		"IPv6 has no broadcast addresses" },
	{ false, "frame_to_foreign_addresses_not_answered",
		"addresses of RFC 1122; ip6_to_addresses_that_are_not_ours" },
	{ false, "frame_from_invalid_addresses_not_answered",
		"addresses of RFC 1122; ip6_addresses_that_no_peer_has" },
	{ false, "connect_to_an_address_that_no_host_has",
		"addresses of RFC 1122; connect6_to_an_address_that_no_host_has" },
	{ false, "frame_wrong_ip_checksum_dropped", "IPv6's header has no checksum" },
	{ false, "frame_wrong_ip_headers_dropped",
		"fields of IPv4's header; ip6_wrong_lengths_and_checksums" },
	{ false, "frame_of_other_protocols_dropped",
		"IPv6 answers an unknown next header: ip6_next_header_unknown" },
	{ false, "frame_fragments_dropped",
		"fields of IPv4's header; fragment6_dropped_where_none_are_kept" },
	{ false, "frame_ip_options_*",
		"options of IPv4's header; ip6_extension_headers_are_skipped" },
	{ false, "option_shapes_in_ip_header",
		"options of IPv4's header; ip6_extension_headers_malformed" },
	{ false, "fragments_that_hide_the_tcp_header",
		"RFC 7112 has another answer for IPv6; fragment6_first_without_all_headers" },
	{ false, "udp_without_checksum_answered",
		"IPv6 has no UDP without a checksum; icmp6_port_unreachable" },
	{ false, "icmp_source_quench_discarded", "ICMPv6 has no source quench" },
	{ false, "icmp_too_big_without_mtu_takes_the_next_plateau",
		"a packet too big has an MTU (RFC 4443 3.2)" },
	{ false, "icmp_tiny_mtu_not_believed_while_data_gets_through",
		"IPv6 has a least MTU; icmp6_too_big_never_below_the_least_mtu" },
	{ false, "route_*", "IPv6 has no source route of IPv4's kind (RFC 5095)" },
	{ false, "cookie_*_source_route*", "IPv6 has no source route of IPv4's kind (RFC 5095)" },
	{ false, "sack_no_more_than_the_least_mtu_takes", "the least MTU of IPv6 is 1280" },
	{ false, "sack_has_no_room_beside_timestamps", "the least MTU of IPv6 is 1280" },
	{ false, "security_*", "IPv6 has no security option" },
	{ false, "cookie_of_a_listener_with_security", "IPv6 has no security option" },
	{ false, "resolve_retransmission_of_another_security_redirects_nothing",
		"IPv6 has no security option" },
	{ true, "connect6_*", "addresses of RFC 4291" },
	{ true, "except_advertisements_are_copied",
		"neighbour discovery is IPv6's; except_arp_replies_are_copied" },
	{ true, "dad_*", "duplicate address detection is IPv6's" },
	{ true, "fragment6_*", "the headers of IPv6; fragments_* run for both" },
	{ true, "icmp6_*", "messages of ICMPv6; icmp_* run for both" },
	{ true, "ip6_*", "the headers of IPv6" },
	{ true, "mld_*", "multicast listener discovery is IPv6's" },
	{ true, "nd_*", "neighbour discovery is IPv6's; resolve_* run for both" },
};

static bool used[RTE_DIM(reasons)];

const char *
wire_other_family(const char *name)
{
	const char *why = NULL;
	unsigned int i;

	for (i = 0; i < RTE_DIM(reasons); i++) {
		if (fnmatch(reasons[i].cases, name, 0) != 0)
			continue;
		used[i] = true;
		if (reasons[i].ipv6 != wire_ipv6)
			why = reasons[i].why;
	}
	return why;
}

const char *
wire_reason_unused(void)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(reasons); i++) {
		if (!used[i])
			return reasons[i].cases;
	}
	return NULL;
}
