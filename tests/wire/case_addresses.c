/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A port with several addresses: each is answered for, and an active open has the one on the
 * subnet of its next hop (RFC 1122 3.3.4.3, RFC 6724 5).
 */

#include "wire.h"

enum { L3 = FRAME_ETHER_LEN, ARP_SENDER = L3 + 14, ARP_TARGET = L3 + 24, OTHER = 9 };

/* A host on the other subnet, 198.51.100/24 or 2001:db8:1::/64. */
static struct rs_addr
other_subnet(uint8_t host)
{
	if (wire_ipv6)
		return (struct rs_addr){ .b = { 0x20, 1, 0x0d, 0xb8, 0, 1, [15] = host } };
	return rs_addr_from_ipv4(rte_cpu_to_be_32(0xc6336400 + host));
}

/* 192.0.2.1/24, 192.0.2.9/24 and 198.51.100.1/24; or 2001:db8::1, ::9 and 2001:db8:1::1. */
static void
add_addresses(struct wire *w)
{
	if (wire_ipv6) {
		w->port.subnets6[1] = (struct rs_prefix){ wire_addr(OTHER), 64 };
		w->port.subnets6[2] = (struct rs_prefix){ other_subnet(1), 64 };
		w->port.n_subnets6 = 3;
		return;
	}
	w->port.more_subnets[0] = (struct rs_prefix){ wire_addr(OTHER), 96 + 24 };
	w->port.more_subnets[1] = (struct rs_prefix){ other_subnet(1), 96 + 24 };
	w->port.n_more_subnets = 2;
}

WIRE(addresses_each_is_asked_for_by_arp, "RFC 826, RFC 1122 3.3.1.1", "")
{
	static const uint8_t ours[][4] = {
		{ 192, 0, 2, 1 }, { 192, 0, 2, 9 }, { 198, 51, 100, 1 },
	};
	static const uint8_t others[][4] = { { 192, 0, 2, 8 }, { 198, 51, 100, 2 } };
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned int i;
	uint16_t len;

	ipv4_only();
	add_addresses(w);
	for (i = 0; i < RTE_DIM(ours); i++) {
		len = wire_build_arp(1, WIRE_RHOST, WIRE_RHOST, NONE, frame);
		memcpy(frame + ARP_TARGET, ours[i], 4);
		in_frame(frame, len);
		out_frame(frame);
		check(frame[L3 + 7] == 2 && memcmp(frame + ARP_SENDER, ours[i], 4) == 0);
	}
	for (i = 0; i < RTE_DIM(others); i++) {
		len = wire_build_arp(1, WIRE_RHOST, WIRE_RHOST, NONE, frame);
		memcpy(frame + ARP_TARGET, others[i], 4);
		in_frame(frame, len);
		dropped(arp_not_ours);
	}
	quiet();
}

WIRE(addresses_each_is_defended, "RFC 5227 2.4", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	ipv4_only();
	add_addresses(w);
	len = wire_build_arp(2, OTHER, WIRE_RHOST, NONE, frame);
	in_frame(frame, len);
	out_frame(frame);
	check(frame[L3 + 7] == 1 && memcmp(frame + ARP_SENDER, "\xc0\0\2\x09", 4) == 0);
	counted(packet.arp_conflicts, 1);
}

WIRE(addresses_each_has_connections, "3.10.7.2", "")
{
	add_addresses(w);
	in(SYN, .seq = 100, .lhost = OTHER);
	out(SYN | ACK, .ack = 101, .lhost = OTHER);
	in(SYN, .seq = 100, .lhost = OTHER, .lport = WIRE_LPORT_CLOSED);
	out(RST | ACK, .seq = 0, .ack = 101, .lhost = OTHER, .lport = WIRE_LPORT_CLOSED);
	reset(no_listener);
}

WIRE(addresses_of_subnets_are_no_hosts, "RFC 1122 3.2.1.3", "MUST-63")
{
	static const uint8_t sources[] = { 0, 255, 1 }; /* of 198.51.100: subnet, broadcast, ours */
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned int i;
	uint16_t len;

	ipv4_only();
	add_addresses(w);
	w->terminate = (struct rs_prefix){ rs_addr_from_ipv4(RTE_BE32(0xc6336400)), 96 + 24 };
	for (i = 0; i < RTE_DIM(sources); i++) {
		len = build(seg(SYN, .seq = 100), frame);
		memcpy(frame + L3 + 12, (const uint8_t[]){ 198, 51, 100, sources[i] }, 4);
		frame_set_ip_checksum(frame + L3);
		in_frame(frame, len);
		dropped(ip_source);
	}
	/* nor are they destinations, though the prefix is terminated */
	for (i = 0; i < 2; i++) {
		len = build(seg(SYN, .seq = 100), frame);
		memcpy(frame + L3 + 16, (const uint8_t[]){ 198, 51, 100, sources[i] }, 4);
		frame_set_ip_checksum(frame + L3);
		in_frame(frame, len);
		dropped(ip_not_ours);
	}
	quiet();
}

/* An open asks for its next hop, and does so from this address. */
static void
asks_from(struct wire *w, struct rs_addr to, struct rs_addr from, struct rs_addr hop)
{
	const struct rs_addr any = { .b = { 0 } };
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned int sender = wire_ipv6 ? L3 + 8 : ARP_SENDER;
	unsigned int target = wire_ipv6 ? L3 + FRAME_IP6_LEN + 8 : ARP_TARGET;
	unsigned int len = wire_ipv6 ? 16 : 4;

	check(try_connect(.laddr = any, .raddr = to) == 0);
	out_any(frame);
	check(memcmp(frame + sender, from.b + 16 - len, len) == 0);
	check(memcmp(frame + target, hop.b + 16 - len, len) == 0);
	check(user(WIRE_RPORT)->tcb != NULL);
	user_abort();
	ended(ABORTED);
}

WIRE(addresses_the_source_is_on_the_next_hops_subnet, "RFC 1122 3.3.4.3, RFC 6724 5", "")
{
	struct rs_addr far = rs_addr_from_ipv4(RTE_BE32(0x0a000001));

	add_addresses(w);
	if (wire_ipv6) {
		far = (struct rs_addr){ .b = { 0x20, 1, 0x0d, 0xb8, 0, 2, [15] = 1 } };
		w->port.gateway6 = other_subnet(254);
	} else {
		w->port.gateway = other_subnet(254);
	}
	asks_from(w, wire_addr(7), wire_addr(1), wire_addr(7));
	asks_from(w, other_subnet(7), other_subnet(1), other_subnet(7));
	asks_from(w, far, other_subnet(1), other_subnet(254));
}
