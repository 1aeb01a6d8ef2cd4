/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Neighbour discovery (RFC 4861) and duplicate address detection (RFC 4862 5.4).
 */

#include <errno.h>

#include "wire.h"

enum { L3 = FRAME_ETHER_LEN, L4 = L3 + FRAME_IP6_LEN, HOP_LIMIT = L3 + 7, SRC = L3 + 8,
	DST = L3 + 24, FLAGS = L4 + 4, TARGET = L4 + 8, OPTION = L4 + 24,
	LEN = OPTION + 8, LEN_BARE = OPTION };

static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };

/* A message of the peer about an address: a solicitation (135) or advertisement (136). */
static void
build_nd(uint8_t *frame, uint8_t type, uint8_t target, bool option)
{
	static const uint8_t ether[L3] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd };
	const struct rs_addr src = wire_addr(WIRE_RHOST), dst = wire_addr(WIRE_LHOST);
	const struct rs_addr of = wire_addr(target);
	const uint8_t mac[8] = { type == 135 ? 1 : 2, 1, 2, 0, 0, 0, 0, 2 };

	memset(frame, 0, LEN);
	memcpy(frame, ether, L3);
	frame[L3] = 6 << 4;
	put16(frame + L3 + 4, option ? LEN - L4 : LEN_BARE - L4);
	frame[L3 + 6] = 58;
	frame[HOP_LIMIT] = 255;
	memcpy(frame + SRC, &src, 16);
	memcpy(frame + DST, &dst, 16);
	frame[L4] = type;
	memcpy(frame + TARGET, &of, 16);
	memcpy(frame + OPTION, mac, sizeof(mac));
	frame_set_checksum6(frame + L3);
}

/* To the solicited-node group of a host, from nowhere: it tries the address. */
static void
build_probe(uint8_t *frame, uint8_t target)
{
	const uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff, [15] = target };

	build_nd(frame, 135, target, false);
	memcpy(frame, (const uint8_t[]){ 0x33, 0x33, 0xff, 0, 0, target }, 6);
	memset(frame + SRC, 0, 16);
	memcpy(frame + DST, group, 16);
	frame_set_checksum6(frame + L3);
}

/* The next frame is the advertisement of our address with these flags, to this host. */
static void
advertised(struct wire *w, uint8_t flags, const uint8_t *to, const char *mac)
{
	static const uint8_t option[8] = { 2, 1, 2, 0, 0, 0, 0, 1 };
	const struct rs_addr us = wire_addr(WIRE_LHOST);
	uint8_t got[WIRE_FRAME_MAX];

	check(out_frame6(got) == LEN && got[L4] == 136 && got[L4 + 1] == 0);
	check(got[HOP_LIMIT] == 255 && got[FLAGS] == flags && memcmp(got, mac, 6) == 0);
	check(memcmp(got + SRC, &us, 16) == 0 && memcmp(got + DST, to, 16) == 0);
	check(memcmp(got + TARGET, &us, 16) == 0 && memcmp(got + OPTION, option, 8) == 0);
}

WIRE(nd_solicitation_is_answered, "RFC 4861 7.2.4", "")
{
	const struct rs_addr peer = wire_addr(WIRE_RHOST);
	uint8_t frame[WIRE_FRAME_MAX];

	build_nd(frame, 135, WIRE_LHOST, true);
	in_frame6(frame, LEN);
	advertised(w, ND_SOLICITED | ND_OVERRIDE, peer.b, "\2\0\0\0\0\2");
	/* without the option, to the MAC that it came from */
	build_nd(frame, 135, WIRE_LHOST, false);
	in_frame6(frame, LEN_BARE);
	advertised(w, ND_SOLICITED | ND_OVERRIDE, peer.b, "\2\0\0\0\0\2");
	/* a host that tries our address is told by a message to all */
	build_probe(frame, WIRE_LHOST);
	in_frame6(frame, LEN_BARE);
	advertised(w, ND_OVERRIDE, all_nodes, "\x33\x33\0\0\0\1");
	counted(packet.nd_advertisements, 3);
	build_nd(frame, 135, 77, true);
	in_frame6(frame, LEN);
	dropped(nd_not_ours);
	quiet();
}

WIRE(nd_messages_that_are_not_valid, "RFC 4861 7.1.1, 7.1.2", "")
{
	static const struct { uint16_t at; uint8_t is; } spoilt[] = {
		{ HOP_LIMIT, 254 }, { L4 + 1, 1 }, { TARGET, 0xff }, { OPTION + 1, 0 },
		{ OPTION + 1, 2 },
	};
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned int i;

	for (i = 0; i < 2 * RTE_DIM(spoilt); i++) {
		build_nd(frame, 135 + i % 2, WIRE_LHOST, true);
		frame[spoilt[i / 2].at] = spoilt[i / 2].is;
		frame_set_checksum6(frame + L3);
		in_frame6(frame, LEN);
	}
	/* shorter than 24 bytes; from nowhere with an option, or not to the group */
	build_nd(frame, 135, WIRE_LHOST, false);
	put16(frame + L3 + 4, LEN_BARE - L4 - 1);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN_BARE);
	build_probe(frame, WIRE_LHOST);
	put16(frame + L3 + 4, LEN - L4);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN);
	build_probe(frame, WIRE_LHOST);
	memcpy(frame + DST, all_nodes, 16);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN_BARE);
	/* four bytes of an option */
	build_nd(frame, 135, WIRE_LHOST, true);
	put16(frame + L3 + 4, LEN - L4 - 4);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN - 4);
	/* an advertisement to all that says it was asked for */
	build_nd(frame, 136, 77, true);
	memcpy(frame + DST, all_nodes, 16);
	frame[FLAGS] = ND_SOLICITED;
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN);
	counted(drop[RS_DROP_nd_bad], 2 * RTE_DIM(spoilt) + 5);
	build_nd(frame, 135, WIRE_LHOST, true);
	frame[L4 + 2] ^= 1;
	in_frame6(frame, LEN);
	dropped(icmp_bad);
	quiet();
}

WIRE(nd_router_advertisement_is_ignored, "RFC 4861 6.3.4", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	build_nd(frame, 134, 0, false);
	in_frame6(frame, LEN_BARE);
	build_nd(frame, 137, 0, false);
	in_frame6(frame, LEN_BARE);
	counted(drop[RS_DROP_nd_ignored], 2);
	quiet();
}

WIRE(nd_router_solicitation_is_ignored, "RFC 4861 6.2.6", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	build_nd(frame, 133, 0, false);
	in_frame6(frame, LEN_BARE);
	dropped(nd_ignored);
	quiet();
}

/* Put a tag in front of the EtherType of a frame. @return the frame's length */
static uint16_t
tag(uint8_t *frame, uint16_t len, uint16_t type, uint16_t tci)
{
	memmove(frame + 16, frame + 12, len - 12u);
	put16(frame + 12, type);
	put16(frame + 14, tci);
	return (uint16_t)(len + 4);
}

/* The priority of the answer is that of the port, whatever the solicitation had. */
WIRE(nd_solicitation_with_two_tags_is_answered, "issue 10, VLAN; RFC 4861 7.2.4", "")
{
	static const uint8_t tags[] = { 0x88, 0xa8, 0x60, 200, 0x81, 0, 0x60, 100, 0x86, 0xdd };
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	uint16_t len;

	set_vlan(200);
	w->port.tags.n = 2;
	w->port.tags.vid[1] = 100;
	build_nd(frame, 135, WIRE_LHOST, true);
	len = tag(frame, tag(frame, LEN, 0x8100, 100), 0x88a8, 0xe000 | 200);
	in_frame6(frame, len);
	check(out_frame6(got) == LEN + 8 && memcmp(got + 12, tags, sizeof(tags)) == 0);
	check(got[L4 + 8] == 136 && got[FLAGS + 8] == (ND_SOLICITED | ND_OVERRIDE));
	/* another outer tag, another inner one */
	put16(frame + 14, 201);
	in_frame6(frame, len);
	put16(frame + 14, 200);
	put16(frame + 18, 101);
	in_frame6(frame, len);
	counted(drop[RS_DROP_vlan_unknown], 2);
	quiet();
}

WIRE(nd_asks_in_the_vlan_of_the_port, "802.1Q, RFC 4861 7.2.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];

	ipv6_only();
	set_vlan(42);
	check(try_connect() == 0);
	check(out_frame6(got) == LEN + 4 && get16(got + 12) == 0x8100);
	check(get16(got + 14) == WIRE_TCI(42) && got[L4 + 4] == 135);
	build_nd(frame, 136, WIRE_RHOST, true);
	in_frame6(frame, LEN);
	in_frame6(frame, tag(frame, LEN, 0x8100, 43));
	counted(drop[RS_DROP_vlan_unknown], 2);
	quiet();
	put16(frame + 14, 42);
	in_frame6(frame, LEN + 4);
	out(SYN, .vlan = WIRE_TCI(42));
}

WIRE(nd_resolution_retries_and_fails, "RFC 4861 7.2.2", "")
{
	int i;

	ipv6_only();
	check(try_connect() == 0);
	nd_out(WIRE_RHOST, 0);
	for (i = 0; i < 2; i++) { /* MAX_MULTICAST_SOLICIT */
		due(1000, 1001);
		nd_out(WIRE_RHOST, 0);
	}
	after(1001);
	ended(UNREACHABLE);
	counted(packet.nd_failed, 1);
	counted(packet.nd_solicitations, 3);
}

WIRE(nd_unsolicited_advertisement_makes_no_entry, "RFC 4861 7.2.5", "")
{
	ipv6_only();
	nd_in(ND_OVERRIDE, WIRE_RHOST, 9);
	dropped(nd_not_ours);
	connect(); /* asks */
	out(SYN);
}

WIRE(nd_override_replaces_the_mac, "RFC 4861 7.2.5", "")
{
	uint32_t iss;

	ipv6_only();
	connect();
	iss = out(SYN);
	/* not without the flag: but a reachable neighbour is asked again */
	nd_in(0, WIRE_RHOST, 9);
	after(1);
	nd_out(WIRE_RHOST, WIRE_RHOST);
	nd_in(ND_SOLICITED, WIRE_RHOST, WIRE_RHOST);
	nd_in(ND_SOLICITED | ND_OVERRIDE, WIRE_RHOST, 9);
	due(990, 1001);
	out(SYN, .seq = iss, .mac = 9);
}

/* RFC 4861 7.2.3: the MAC in a solicitation replaces the known one, which is doubtful then. */
WIRE(nd_solicitation_updates_the_mac, "RFC 4861 7.2.3", "")
{
	const struct rs_addr peer = wire_addr(WIRE_RHOST);
	uint8_t frame[WIRE_FRAME_MAX];
	uint32_t iss;

	ipv6_only();
	connect();
	iss = out(SYN);
	build_nd(frame, 135, WIRE_LHOST, true);
	frame[OPTION + 7] = 9;
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN);
	advertised(w, ND_SOLICITED | ND_OVERRIDE, peer.b, "\2\0\0\0\0\x9");
	after(1);
	nd_out(WIRE_RHOST, 9);
	nd_in(ND_SOLICITED, WIRE_RHOST, 9);
	due(980, 1001);
	out(SYN, .seq = iss, .mac = 9);
	/* without the option nothing changes */
	build_nd(frame, 135, WIRE_LHOST, false);
	frame[11] = 7;
	in_frame6(frame, LEN_BARE);
	advertised(w, ND_SOLICITED | ND_OVERRIDE, peer.b, "\2\0\0\0\0\x7");
	due(1980, 2002);
	out(SYN, .seq = iss, .mac = 9);
}

WIRE(nd_poll_goes_to_the_old_mac_first, "RFC 4861 7.3.3, RFC 7048 3", "")
{
	struct wire_tcb t;
	int i;

	ipv6_only();
	t = opened();
	skip(60000); /* its answer is old */
	for (i = 0; i < 3; i++) { /* MAX_UNICAST_SOLICIT */
		nd_out(WIRE_RHOST, WIRE_RHOST);
		after(1001);
	}
	nd_out(WIRE_RHOST, 0);
	nd_in(ND_SOLICITED | ND_OVERRIDE, WIRE_RHOST, WIRE_RHOST);
	after(2000);
	quiet();
	check(t.iss != 0);
}

WIRE(nd_far_peer_by_a_link_local_gateway, "RFC 4861 5.2", "")
{
	struct rs_addr far = wire_addr(9);
	uint8_t got[WIRE_FRAME_MAX];

	ipv6_only();
	w->port.gateway6 = (struct rs_addr){ .b = { 0xfe, 0x80, [15] = 9 } };
	far.b[4] = 1; /* 2001:db8:100::9 */
	check(try_connect(.raddr = far) == 0);
	check(out_frame6(got) == LEN && got[L4] == 135);
	/* the gateway is asked from the link-local address that follows from our MAC */
	check(memcmp(got + SRC, "\xfe\x80\0\0\0\0\0\0\0\0\0\xff\xfe\0\0\1", 16) == 0);
	check(memcmp(got + TARGET, &w->port.gateway6, 16) == 0);
	after(3003);
	out_frame6(got);
	out_frame6(got);
	ended(UNREACHABLE);
}

/* A source of the link's scope would not reach the peer (RFC 6724 5, rule 2). */
WIRE(nd_open_by_a_link_local_gateway_has_a_source_of_wide_scope, "RFC 6724 5", "")
{
	const struct rs_addr any = { .b = { 0 } };
	const struct rs_addr own = wire_addr(WIRE_LHOST);
	struct rs_addr far = wire_addr(9);
	uint8_t got[WIRE_FRAME_MAX];

	ipv6_only();
	w->port.gateway6 = (struct rs_addr){ .b = { 0xfe, 0x80, [15] = 9 } };
	far.b[4] = 1; /* 2001:db8:100::9 */
	check(try_connect(.laddr = any, .raddr = far) == 0);
	check(rs_addr_equal(&rs_conn_tuple(user(WIRE_RPORT)->tcb)->laddr, &own));
	check(out_frame6(got) == LEN && got[L4] == 135);
	user_abort();
	ended(ABORTED);
}

/*
 * Duplicate address detection
 */

/* The two solicitations for the addresses of the port are sent within a second. */
static void
solicits(struct wire *w)
{
	const struct rs_addr us = wire_addr(WIRE_LHOST);
	static const uint8_t none[16];
	uint8_t got[WIRE_FRAME_MAX];

	w->port.dad_transmits = 1;
	due(0, 1001);
	check(out_frame6(got) == LEN_BARE && got[L4] == 135 && got[HOP_LIMIT] == 255);
	check(memcmp(got + SRC, none, 16) == 0 && memcmp(got + TARGET, &us, 16) == 0);
	check(memcmp(got + DST, "\xff\2\0\0\0\0\0\0\0\0\0\1\xff\0\0\1", 16) == 0);
	check(out_frame6(got) == LEN_BARE && got[TARGET] == 0xfe); /* the link-local one */
	quiet();
}

WIRE(dad_before_an_address_is_used, "RFC 4862 5.4", "")
{
	const struct rs_addr peer = wire_addr(WIRE_RHOST);
	uint8_t frame[WIRE_FRAME_MAX];

	ipv6_only();
	solicits(w);
	in(SYN, .seq = 100);
	dropped(ip_not_ours);
	build_nd(frame, 135, WIRE_LHOST, true);
	in_frame6(frame, LEN);
	dropped(ip_not_ours);
	/* a host that has another address resolves ours (RFC 4862 5.4.3) */
	build_probe(frame, WIRE_LHOST);
	memcpy(frame + SRC, &peer, 16);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN_BARE);
	dropped(nd_not_ours);
	check(try_connect(.laddr = wire_addr(WIRE_LHOST)) == -EADDRNOTAVAIL);
	quiet();
	after(1001); /* RETRANS_TIMER */
	in(SYN, .seq = 100);
	out(SYN | ACK, .ack = 101);
	counted(packet.dad_duplicates, 0);
}

WIRE(dad_duplicate_that_answers, "RFC 4862 5.4.4", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	ipv6_only();
	solicits(w);
	build_nd(frame, 136, WIRE_LHOST, true);
	memcpy(frame, "\x33\x33\0\0\0\1", 6);
	memcpy(frame + SRC, frame + TARGET, 16); /* it uses the address, as hosts do */
	memcpy(frame + DST, all_nodes, 16);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, LEN);
	dropped(nd_conflict);
	counted(packet.dad_duplicates, 1);
	after(3000);
	in(SYN, .seq = 100);
	dropped(ip_not_ours);
	quiet();
}

WIRE(dad_duplicate_that_tries_at_the_same_time, "RFC 4862 5.4.3", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	ipv6_only();
	solicits(w);
	build_probe(frame, WIRE_LHOST);
	/* ours that comes back is none (appendix A) */
	memcpy(frame + 6, "\2\0\0\0\0\1", 6);
	in_frame6(frame, LEN_BARE);
	dropped(nd_not_ours);
	memcpy(frame + 6, "\2\0\0\0\0\2", 6);
	in_frame6(frame, LEN_BARE);
	dropped(nd_conflict);
	counted(packet.dad_duplicates, 1);
	after(3000);
	in(SYN, .seq = 100);
	dropped(ip_not_ours);
	quiet();
}
