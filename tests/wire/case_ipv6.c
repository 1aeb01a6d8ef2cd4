/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * IPv6 datagrams (RFC 8200): addresses, extension headers and the action bits of their options,
 * the flow label; ICMPv6 (RFC 4443); path MTU discovery (RFC 8201). All other cases run over IPv6,
 * too (wire --ipv6).
 */

#include "wire.h"

enum {
	L3 = FRAME_ETHER_LEN, L4 = L3 + FRAME_IP6_LEN, NEXT = L3 + 6, HOP_LIMIT = L3 + 7,
	SRC = L3 + 8, DST = L3 + 24,
	HOPOPTS = 0, TCP = 6, UDP = 17, ROUTING = 43, FRAGMENT = 44, ICMPV6 = 58, NO_NEXT = 59,
	DSTOPTS = 60,
};

/* A SYN of the peer behind extension headers, the last of which has TCP as the next header. */
static uint16_t
build_behind(struct wire *w, uint8_t *frame, uint8_t first, const char *headers, uint16_t len)
{
	struct wire_seg syn = seg(SYN, .seq = 100, .mss = 1460);
	uint16_t n = build6(syn, frame);

	memmove(frame + L4 + len, frame + L4, n - (unsigned int)L4);
	memcpy(frame + L4, headers, len);
	frame[NEXT] = first;
	put16(frame + L3 + 4, (uint32_t)(n - L4 + len));
	return (uint16_t)(n + len);
}

#define behind(frame_, first_, headers_) \
	in_frame6(frame_, build_behind(w, frame_, first_, headers_, sizeof(headers_) - 1))

/* A datagram of the peer to us that is not TCP, with the checksum of ICMPv6 if it is one. */
static uint16_t
build_datagram(uint8_t *frame, uint8_t next, const uint8_t *payload, uint16_t len)
{
	static const uint8_t ether[L3] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd };
	const struct rs_tuple t = wire_tuple(WIRE_LHOST, WIRE_RHOST, 0, 0);

	memset(frame, 0, L4);
	memcpy(frame, ether, L3);
	frame[L3] = 6 << 4;
	put16(frame + L3 + 4, len);
	frame[NEXT] = next;
	frame[HOP_LIMIT] = 64;
	memcpy(frame + SRC, &t.raddr, 16);
	memcpy(frame + DST, &t.laddr, 16);
	memcpy(frame + L4, payload, len);
	if (next == ICMPV6)
		frame_set_checksum6(frame + L3);
	return (uint16_t)(L4 + len);
}

/* The next frame sent is the error that quotes this frame as a whole (RFC 4443 2.4 (c)). */
static void
error_out(struct wire *w, const uint8_t *frame, uint16_t len, uint8_t type, uint8_t code,
	uint32_t word)
{
	uint8_t got[WIRE_FRAME_MAX];
	uint16_t quoted = (uint16_t)RTE_MIN(len - L3, 1280 - FRAME_IP6_LEN - 8);

	check(out_frame6(got) == L4 + 8 + quoted);
	check(got[NEXT] == ICMPV6 && got[L4] == type && got[L4 + 1] == code);
	check(get32(got + L4 + 4) == word);
	check(memcmp(got + SRC, frame + DST, 16) == 0 && memcmp(got + DST, frame + SRC, 16) == 0);
	check(memcmp(got + L4 + 8, frame + L3, quoted) == 0);
	quiet();
}

/*
 * Extension headers
 */

WIRE(ip6_extension_headers_are_skipped, "RFC 8200 4", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	/* hop-by-hop with PadN; destination options with Pad1 and an unknown option that is to be
	 * skipped; a routing header without segments left; an atomic fragment (RFC 6946) */
	behind(frame, HOPOPTS, "\x3c\0\1\4\0\0\0\0" "\x2b\0\0\x1e\2\1\1\0"
		"\x2c\0\0\0\0\0\0\0" "\6\0\0\0\1\2\3\4");
	out(SYN | ACK, .ack = 101);
	counted(packet.rx_ip_options, 1);
}

WIRE(ip6_option_unknown_as_its_type_says, "RFC 8200 4.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	behind(frame, DSTOPTS, "\6\0\x5e\4\0\0\0\0"); /* 01: discard */
	dropped(ip6_option);
	quiet();
	behind(frame, DSTOPTS, "\6\0\x9e\4\0\0\0\0"); /* 10: and say so */
	error_out(w, frame, get16(frame + L3 + 4) + (uint16_t)L4, 4, 2, FRAME_IP6_LEN + 2);
	behind(frame, HOPOPTS, "\6\0\1\0\xde\2\0\0"); /* 11: unless it was to a group */
	error_out(w, frame, get16(frame + L3 + 4) + (uint16_t)L4, 4, 2, FRAME_IP6_LEN + 4);
	counted(packet.ip6_problems, 2);
}

WIRE(ip6_option_unknown_to_a_group, "RFC 8200 4.2, RFC 4443 2.4 (e.3)", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
	const struct rs_addr us = wire_addr(WIRE_LHOST);
	uint16_t len = build_datagram(frame, DSTOPTS, (const uint8_t *)"\x3b\0\xde\4\0\0\0\0", 8);

	memcpy(frame, "\x33\x33\0\0\0\1", 6);
	memcpy(frame + DST, all_nodes, 16);
	in_frame6(frame, len); /* 11 */
	dropped(ip6_option);
	quiet();
	frame[L4 + 2] = 0x9e; /* 10 */
	in_frame6(frame, len);
	check(out_frame6(got) == L4 + 8 + len - L3 && got[L4] == 4 && got[L4 + 1] == 2);
	check(memcmp(got + SRC, &us, 16) == 0);
}

WIRE(ip6_routing_type_0_is_refused, "RFC 5095 3", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	behind(frame, ROUTING, "\6\2\0\1\0\0\0\0" "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7");
	error_out(w, frame, get16(frame + L3 + 4) + (uint16_t)L4, 4, 0, FRAME_IP6_LEN + 2);
}

WIRE(ip6_hop_by_hop_stands_first, "RFC 8200 4.1", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	behind(frame, DSTOPTS, "\0\0\1\4\0\0\0\0" "\6\0\1\4\0\0\0\0");
	error_out(w, frame, get16(frame + L3 + 4) + (uint16_t)L4, 4, 1, FRAME_IP6_LEN);
}

WIRE(ip6_next_header_unknown, "RFC 8200 4, RFC 4443 3.4", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_datagram(frame, 132, (const uint8_t *)"01234567", 8);

	in_frame6(frame, len);
	error_out(w, frame, len, 4, 1, 6);
	frame[NEXT] = NO_NEXT; /* RFC 8200 4.7: what follows is ignored */
	in_frame6(frame, len);
	dropped(ip_protocol);
	quiet();
}

WIRE(ip6_extension_headers_have_a_bound, "RFC 8504 5.3", "")
{
	char headers[33 * 8] = { 0 };
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned int i;

	for (i = 0; i < 9; i++)
		memcpy(headers + 8 * i, i < 8 ? "\x3c\0\1\4\0\0\0\0" : "\6\0\1\4\0\0\0\0", 8);
	in_frame6(frame, build_behind(w, frame, DSTOPTS, headers, 9 * 8));
	dropped(ip6_extension);
	memset(headers, 0, sizeof(headers));
	memcpy(headers, "\6\x20", 2); /* 33 * 8 bytes, of Pad1 */
	in_frame6(frame, build_behind(w, frame, DSTOPTS, headers, 33 * 8));
	dropped(ip6_extension);
	quiet();
}

WIRE(ip6_extension_headers_malformed, "RFC 8200 4", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	/* longer than the datagram; an option longer than its header; too short for a header */
	behind(frame, DSTOPTS, "\6\xff\1\4\0\0\0\0");
	behind(frame, DSTOPTS, "\6\0\x1e\5\0\0\0\0");
	behind(frame, DSTOPTS, "\6\0\1\3\0\0\0\x1e");
	len = build_datagram(frame, DSTOPTS, (const uint8_t *)"\6\0\1\4\0\0\0", 7);
	in_frame6(frame, len);
	counted(drop[RS_DROP_ip6_extension], 4);
	quiet();
}

WIRE(ip6_no_error_answers_an_error, "RFC 4443 2.4 (e.1)", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint8_t payload[16] = { ICMPV6, 0, 0x9e, 4, [8] = 1 };
	uint16_t len = build_datagram(frame, DSTOPTS, payload, sizeof(payload));

	in_frame6(frame, len);
	dropped(ip6_option);
	quiet();
}

/* Behind extension headers, where the checks of neighbour discovery are not reached. */
WIRE(ip6_no_error_answers_a_redirect, "RFC 4443 2.4 (e.2)", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint8_t payload[48] = { ICMPV6, 0, 0x9e, 4, [8] = 137 };
	uint16_t len = build_datagram(frame, DSTOPTS, payload, sizeof(payload));

	in_frame6(frame, len);
	dropped(ip6_option);
	quiet();
	/* the message of the next type, an inverse solicitation, is no exception */
	frame[L4 + 8] = 141;
	in_frame6(frame, len);
	error_out(w, frame, len, 4, 2, FRAME_IP6_LEN + 2);
}

/* The first header, and in it the first option, that stops the datagram decides. */
WIRE(ip6_extension_headers_are_processed_in_order, "RFC 8200 4, 4.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	behind(frame, DSTOPTS, "\x2b\0\x5e\0\x9e\0\0\0" "\6\0\0\1\0\0\0\0");
	dropped(ip6_option);
	quiet();
	behind(frame, DSTOPTS, "\x2b\0\x9e\0\x5e\0\0\0" "\6\0\0\1\0\0\0\0");
	error_out(w, frame, get16(frame + L3 + 4) + (uint16_t)L4, 4, 2, FRAME_IP6_LEN + 2);
	behind(frame, ROUTING, "\x3c\0\0\1\0\0\0\0" "\6\0\x5e\4\0\0\0\0");
	error_out(w, frame, get16(frame + L3 + 4) + (uint16_t)L4, 4, 0, FRAME_IP6_LEN + 2);
}

/*
 * The header
 */

WIRE(ip6_addresses_that_no_peer_has, "RFC 4291 2.5, 2.7", "MUST-63")
{
	static const uint8_t bad[][16] = {
		{ 0 }, { [15] = 1 }, { 0xff, 2, [15] = 1 }, { [10] = 0xff, 0xff, 192, 0, 2, 2 },
		{ 0x20, 1, 0x0d, 0xb8, [15] = WIRE_LHOST },
	};
	struct wire_seg syn = seg(SYN, .seq = 100);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build6(syn, frame);
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		memcpy(frame + SRC, bad[i], 16);
		frame_set_checksum6(frame + L3);
		in_frame6(frame, len);
	}
	counted(drop[RS_DROP_ip_source], RTE_DIM(bad));
	quiet();
}

WIRE(ip6_to_addresses_that_are_not_ours, "RFC 8200 3", "MUST-57")
{
	struct wire_seg syn = seg(SYN, .seq = 100, .lhost = 77);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build6(syn, frame);
	const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };

	in_frame6(frame, len);
	dropped(ip_not_ours);
	/* TCP to a group has no answer */
	memcpy(frame, "\x33\x33\0\0\0\1", 6);
	memcpy(frame + DST, all_nodes, 16);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, len);
	dropped(ip_not_ours);
	/* nor has a datagram to us in a frame to all */
	syn.lhost = WIRE_LHOST;
	len = build6(syn, frame);
	memset(frame, 0xff, 6);
	in_frame6(frame, len);
	dropped(link_broadcast);
	quiet();
}

WIRE(ip6_wrong_lengths_and_checksums, "RFC 8200 3, 8.1", "MUST-3")
{
	struct wire_seg syn = seg(SYN, .seq = 100);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build6(syn, frame);

	in_frame6(frame, (uint16_t)(len - 1));
	dropped(ip_length);
	in_frame6(frame, L4 - 1);
	dropped(short_frame);
	frame[L4 + 16] ^= 1;
	in_frame6(frame, len);
	dropped(tcp_checksum);
	frame[L3] = 4 << 4;
	in_frame6(frame, len);
	dropped(ip_version);
	quiet();
}

/* The flow label of a frame. */
static uint32_t
flow_of(struct wire *w)
{
	uint8_t frame[WIRE_FRAME_MAX];

	out_frame6(frame);
	return get32(frame + L3) & 0xfffff;
}

WIRE(ip6_flow_label_is_constant, "RFC 6437 3", "")
{
	uint32_t first, other;

	ipv6_only();
	in(SYN, .seq = 100);
	first = flow_of(w);
	due(1000, 1002);
	check(flow_of(w) == first);
	in(SYN, .seq = 100, .rport = 40001);
	other = flow_of(w);
	check(other != first && first != 0);
	/* the reset of a connection has it, too */
	in(ACK, .seq = 101, .ack = 1);
	check(flow_of(w) == first);
	reset(syn_received_bad_ack);
}

/* Text, its retransmission, ACKs, the FIN, and the ACK of a record of TIME-WAIT. */
WIRE(ip6_flow_label_is_that_of_each_segment, "RFC 6437 3", "")
{
	struct wire_tcb t;
	uint32_t label;

	ipv6_only();
	t = reach(ESTABLISHED);
	user_send("hello", 5);
	label = flow_of(w);
	check(label != 0);
	due(1000, 1002);
	check(flow_of(w) == label);
	in(PSH | ACK, .seq = 101, .ack = t.snd_nxt + 5, .data = "hi");
	told(DATA, .data = "hi");
	due(1, 42);
	check(flow_of(w) == label);
	in(ACK, .seq = 90, .ack = t.snd_nxt + 5); /* not acceptable */
	check(flow_of(w) == label);
	user_close();
	check(flow_of(w) == label);
	in(FIN | ACK, .seq = 103, .ack = t.snd_nxt + 6);
	told(PEER_CLOSED);
	ended(CLOSED);
	check(flow_of(w) == label);
	in(FIN | ACK, .seq = 103, .ack = t.snd_nxt + 6);
	check(flow_of(w) == label);
}

WIRE(ip6_flow_label_of_a_cookie_is_that_of_its_connection, "RFC 6437 3", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint32_t label, iss;

	ipv6_only();
	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN, .seq = 100);
	out_frame6(frame);
	label = get32(frame + L3) & 0xfffff;
	iss = get32(frame + L4 + 4);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send("hello", 5);
	check(flow_of(w) == label && label != 0);
}

/*
 * ICMPv6
 */

WIRE(icmp6_echo, "RFC 4443 4.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	const uint8_t request[12] = { 128, 0, 0, 0, 1, 2, 3, 4, 'p', 'i', 'n', 'g' };
	const struct rs_addr us = wire_addr(WIRE_LHOST);
	uint16_t len = build_datagram(frame, ICMPV6, request, sizeof(request));

	in_frame6(frame, len);
	check(out_frame6(got) == len && got[L4] == 129 && got[L4 + 1] == 0);
	check(memcmp(got + L4 + 4, request + 4, 8) == 0);
	check(memcmp(got + SRC, frame + DST, 16) == 0 && memcmp(got + DST, frame + SRC, 16) == 0);
	/* a request to all nodes is answered from an address of ours */
	memcpy(frame, "\x33\x33\0\0\0\1", 6);
	memcpy(frame + DST, "\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, len);
	check(out_frame6(got) == len && got[L4] == 129 && memcmp(got + SRC, &us, 16) == 0);
	frame[L4 + 8] ^= 1;
	in_frame6(frame, len);
	dropped(icmp_bad);
	quiet();
}

WIRE(icmp6_port_unreachable, "RFC 4443 3.1", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint8_t udp[1300] = { 0, 9, 0, 9 };
	uint16_t len;

	put16(udp + 4, sizeof(udp));
	len = build_datagram(frame, UDP, udp, sizeof(udp));
	in_frame6(frame, len);
	dropped(udp_bad); /* the checksum 0 (RFC 8200 8.1) */
	put16(frame + L4 + 6, ~frame_sum(frame + L4, sizeof(udp),
		frame_sum(frame + SRC, 32, UDP + (uint32_t)sizeof(udp))));
	in_frame6(frame, len);
	error_out(w, frame, len, 1, 4, 0);
	counted(packet.icmp_unreachables, 1);
}

WIRE(icmp6_errors_have_a_limit, "RFC 4443 2.4 (f)", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_datagram(frame, 132, (const uint8_t *)"01234567", 8);
	unsigned int i;

	for (i = 0; i < 30; i++) {
		in_frame6(frame, len);
		if (i < 10)
			error_out(w, frame, len, 4, 1, 6);
		quiet();
	}
	counted(drop[RS_DROP_icmp_limited], 20);
}

/* An error of a router that quotes our segment. */
static void
send_error(struct wire *w, uint8_t type, uint8_t code, uint32_t word, uint32_t seq)
{
	const struct rs_tuple t = wire_tuple(WIRE_LHOST, WIRE_RHOST, 0, 0);
	uint8_t frame[WIRE_FRAME_MAX];
	uint8_t message[8 + FRAME_IP6_LEN + 8] = { type, code };
	uint8_t *quote = message + 8;

	put32(message + 4, word);
	quote[0] = 6 << 4;
	put16(quote + 4, 1480);
	quote[6] = TCP;
	memcpy(quote + 8, &t.laddr, 16);
	memcpy(quote + 24, &t.raddr, 16);
	put16(quote + FRAME_IP6_LEN, WIRE_LPORT);
	put16(quote + FRAME_IP6_LEN + 2, WIRE_RPORT);
	put32(quote + FRAME_IP6_LEN + 4, seq);
	in_frame6(frame, build_datagram(frame, ICMPV6, message, sizeof(message)));
}

WIRE(icmp6_soft_errors_are_told, "3.9.2.2", "MUST-54 MUST-56")
{
	static const uint8_t errors[][2] = { { 1, 0 }, { 1, 3 }, { 3, 0 }, { 3, 1 }, { 4, 0 },
		{ 5, 0 }, { 127, 1 } }; /* the last two are unknown (RFC 4443 2.4 (a)) */
	struct wire_tcb t;
	unsigned int i;

	ipv6_only();
	t = reach(ESTABLISHED);
	w->reports = true;
	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	for (i = 0; i < RTE_DIM(errors); i++) {
		send_error(w, errors[i][0], errors[i][1], 0, t.snd_nxt);
		error(ICMP, (uint32_t)errors[i][0] << 8 | errors[i][1]);
		state(ESTABLISHED);
	}
	/* about a segment that is not in flight (RFC 5927 4.1) */
	send_error(w, 1, 0, 0, t.snd_nxt + 5);
	counted(tcp.icmp_stale, 1);
	nothing_told();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

WIRE(icmp6_informational_of_unknown_type, "RFC 4443 2.4 (b)", "")
{
	static const uint8_t message[8] = { 200 };
	uint8_t frame[WIRE_FRAME_MAX];

	ipv6_only();
	in_frame6(frame, build_datagram(frame, ICMPV6, message, sizeof(message)));
	dropped(icmp_type);
	quiet();
}

WIRE(icmp6_hard_errors_end_an_open, "3.9.2.2", "SHLD-26")
{
	static const uint8_t codes[] = { 1, 4 };
	unsigned int i;

	ipv6_only();
	for (i = 0; i < RTE_DIM(codes); i++) {
		struct wire_tcb t = reach(SYN_RECEIVED);

		send_error(w, 1, codes[i], 0, t.iss);
		state(CLOSED);
	}
}

WIRE(icmp6_too_big_lowers_the_mss, "RFC 8201 4", "MUST-16")
{
	struct wire_tcb t;

	ipv6_only();
	t = reach(ESTABLISHED);
	user_send(bytes(0), 1460);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	send_error(w, 2, 0, 1400, t.snd_nxt);
	counted(tcp.mss_lowered, 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1340);
	send_error(w, 2, 0, 9000, t.snd_nxt); /* which never raises it */
	counted(tcp.mss_lowered, 0);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1340);
	out(PSH | ACK, .seq = t.snd_nxt + 1340, .ack = 101, .data = bytes(1340), .len = 120);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
}

/* An MTU that no link of IPv6 has is not believed at all, even while nothing gets through. */
WIRE(icmp6_too_big_never_below_the_least_mtu, "RFC 8201 4", "")
{
	static const uint32_t mtus[] = { 0, 68, 1279 };
	struct wire_tcb t;
	unsigned int i;

	ipv6_only();
	t = reach(ESTABLISHED);
	w->reports = true;
	user_send(bytes(0), 1460);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	due(1000, 1002);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	for (i = 0; i < RTE_DIM(mtus); i++) {
		send_error(w, 2, 0, mtus[i], t.snd_nxt);
		dropped(icmp_bad);
		nothing_told();
		quiet();
	}
	counted(tcp.mss_lowered, 0);
	send_error(w, 2, 0, 1280, t.snd_nxt);
	error(ICMP, 2u << 8);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1220);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
}
