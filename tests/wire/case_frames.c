/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What lies below TCP, end to end: Ethernet and VLAN, IPv4 (RFC 791, 1122), checksums and
 * addresses that get no answer (MUST-3, MUST-57, MUST-63), ARP (RFC 826, 5227), ICMP and
 * UDP (RFC 792, 1122 3.2.2, 4.1.3.1).
 */

#include "wire.h"

enum {
	MAC_DST = 0, MAC_SRC = 6, TYPE = 12, IP = 14,
	ARP_LEN = 42, FRAME_MIN = 60,
	UDP = 17,
};

/* Lengths and offsets that each family has of its own. */
#define IP_LEN (wire_ipv6 ? FRAME_IP6_LEN : FRAME_IP_LEN)
#define ADDR_LEN (wire_ipv6 ? 16 : 4)
#define IP_SRC (IP + (wire_ipv6 ? 8 : 12))
#define IP_DST (IP_SRC + ADDR_LEN)
#define IP_TTL (IP + (wire_ipv6 ? 7 : 8))
#define IP_PROTO (IP + (wire_ipv6 ? 6 : 9))
#define L4 (IP + IP_LEN)

/* The last byte of an address, by which the hosts of the tests differ. */
#define LAST (ADDR_LEN - 1)

/* ICMP: its protocol and the types of its messages. */
#define ICMP (wire_ipv6 ? 58 : 1)
#define ECHO_REQUEST (wire_ipv6 ? 128 : 8)
#define ECHO_REPLY (wire_ipv6 ? 129 : 0)
#define UNREACHABLE (wire_ipv6 ? 1 : 3)
#define CODE_PORT (wire_ipv6 ? 4 : 3)

static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t peers_mac[6] = { 2, 0, 0, 0, 0, WIRE_RHOST };
static const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* Write the checksum of IPv4's header, where there is one. */
static void
set_ip_checksum(uint8_t *frame)
{
	if (!wire_ipv6)
		frame_set_ip_checksum(frame + IP);
}

/* The same, and that of the segment. */
static void
set_checksums(uint8_t *frame)
{
	if (wire_ipv6)
		frame_set_checksum6(frame + IP);
	else
		frame_set_checksums(frame + IP);
}

/* The field for the length of a datagram that has len bytes behind the IP header. */
static void
put_ip_len(uint8_t *frame, uint32_t len)
{
	if (wire_ipv6)
		put16(frame + IP + 4, len);
	else
		put16(frame + IP + 2, len + FRAME_IP_LEN);
}

/*
 * A SYN to a closed port: whatever lets it pass is answered by a reset.
 */

static uint16_t
build_syn(struct wire *w, uint8_t *frame)
{
	return build_any(seg(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100), frame);
}

static void
passes(struct wire *w, const uint8_t *frame, uint16_t len)
{
	in_any(frame, len);
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	reset(no_listener);
}

/* It passes as it is, but not from this host or to it; all sums right. */
static void
no_answer_host(struct wire *w, int off, uint8_t host)
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);

	passes(w, frame, len);
	frame[off + LAST] = host;
	set_checksums(frame);
	in_any(frame, len);
	quiet();
}

/* The same for an IPv4 address. */
static void
no_answer(struct wire *w, int off, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	ipv4_only();
	len = build_syn(w, frame);
	passes(w, frame, len);
	frame[off] = a;
	frame[off + 1] = b;
	frame[off + 2] = c;
	frame[off + 3] = d;
	frame_set_checksums(frame + IP);
	in_frame(frame, len);
	quiet();
}

/*
 * Checksums
 */

WIRE(frame_wrong_tcp_checksum_dropped, "3.1", "MUST-3")
{
	struct wire_tcb t = reach(ESTABLISHED);
	const struct wire_seg data = seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt,
		.data = bytes(0), .len = 100);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_any(data, frame);
	uint16_t i;

	/* Whichever bit of the segment is wrong */
	for (i = (uint16_t)L4; i < len; i++) {
		frame[i] ^= 0x80;
		in_any(frame, len);
		frame[i] ^= 0x80;
	}
	quiet();
	nothing_told();
	counted(drop[RS_DROP_tcp_checksum], (uint64_t)(len - L4));
	in_any(frame, len);
	told(DATA, .data = bytes(0), .len = 100);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 201);
}

WIRE(frame_tcp_checksum_covers_the_pseudo_header, "3.1", "MUST-3")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);

	/* Another source, and the IP header is right: the segment was sent by somebody else. */
	frame[IP_SRC + LAST] = WIRE_RHOST + 1;
	set_ip_checksum(frame);
	in_any(frame, len);
	quiet();
	dropped(tcp_checksum);
	set_checksums(frame);
	in_any(frame, len);
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .rhost = WIRE_RHOST + 1, .seq = 0, .ack = 101,
		.mac = WIRE_RHOST);
	reset(no_listener);
}

WIRE(frame_wrong_ip_checksum_dropped, "RFC 1122 3.2.1.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;
	uint32_t off;

	ipv4_only();
	len = build_syn(w, frame);
	/* Identification, TTL, protocol, the sum itself, both addresses */
	for (off = IP + 4; off < IP + IP_LEN; off++) {
		frame[off] ^= 0x01;
		in_frame(frame, len);
		frame[off] ^= 0x01;
	}
	quiet();
	counted(drop[RS_DROP_ip_checksum], 16);
	passes(w, frame, len);
}

WIRE(frame_checksum_of_ones_complement_zero, "3.1, RFC 1071", "MUST-2 MUST-3")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct wire_seg data = seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .len = 2);
	uint8_t frame[WIRE_FRAME_MAX], text[2];
	uint32_t v, zeros = 0;

	/* Among all texts of two bytes are those whose checksum is 0: it is no "none". */
	data.data = (const char *)text;
	for (v = 0; v < 65536; v++) {
		uint16_t len;

		put16(text, v);
		len = build_any(data, frame);
		if (get16(frame + L4 + 16) != 0)
			continue;
		zeros++;
		in_any(frame, len);
		told(DATA, .data = (const char *)text, .len = 2);
		break;
	}
	check(zeros == 1);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 103);
}

/*
 * Addresses
 */

WIRE(frame_to_foreign_addresses_not_answered, "RFC 1122 3.2.1.3", "")
{
	no_answer(w, IP_DST, 192, 0, 2, 9);
	dropped(ip_not_ours);
	no_answer(w, IP_DST, 198, 51, 100, 1);
	dropped(ip_not_ours);
	no_answer(w, IP_DST, 127, 0, 0, 1);
	dropped(ip_not_ours);
}

WIRE(frame_to_broadcast_and_multicast_not_answered, "3.9.2.3", "MUST-57")
{
	static const uint8_t to[][4] = {
		{ 255, 255, 255, 255 }, { 192, 0, 2, 255 }, { 192, 0, 2, 0 }, { 224, 0, 0, 1 },
		{ 239, 255, 255, 255 }, { 0, 0, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(to); i++)
		no_answer(w, IP_DST, to[i][0], to[i][1], to[i][2], to[i][3]);
	counted(drop[RS_DROP_ip_not_ours], RTE_DIM(to));
}

WIRE(frame_to_the_broadcast_address_of_a_terminated_subnet, "3.9.2.3", "MUST-57")
{
	static const uint8_t from[4] = { 198, 51, 100, 1 };
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	ipv4_only();
	len = build_syn(w, frame);
	/* "Every address" of the prefix is every one that a host can have. */
	w->terminate = (struct rs_prefix){ wire_tuple(0, 0, 0, 0).laddr, 96 + 24 };
	memcpy(frame + IP_SRC, from, 4);
	frame[IP_DST + 3] = 255;
	frame_set_checksums(frame + IP);
	in_frame(frame, len);
	frame[IP_DST + 3] = 0;
	frame_set_checksums(frame + IP);
	in_frame(frame, len);
	quiet();
	counted(drop[RS_DROP_ip_not_ours], 2);
}

WIRE(frame_to_a_listener_at_the_broadcast_address, "3.9.2.3", "MUST-57")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build(seg(SYN, .lhost = 255, .seq = 100), frame);

	in_frame(frame, len);
	quiet();
	dropped(ip_not_ours);
	counted(tcp.passive_opens, 0);
}

WIRE(frame_by_link_broadcast_not_answered, "RFC 1122 3.3.6, 3.9.2.3", "MUST-57")
{
	static const uint8_t all_hosts[2][6] = {
		{ 1, 0, 0x5e, 0, 0, 1 }, { 0x33, 0x33, 0, 0, 0, 1 },
	};
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);

	memcpy(frame + MAC_DST, everyone, 6);
	in_any(frame, len);
	memcpy(frame + MAC_DST, all_hosts[wire_ipv6], 6);
	in_any(frame, len);
	quiet();
	counted(drop[RS_DROP_link_broadcast], 2);
}

WIRE(frame_from_invalid_addresses_not_answered, "3.9.2.3, RFC 1122 3.2.1.3", "MUST-63")
{
	static const uint8_t from[][4] = {
		{ 0, 0, 0, 0 }, { 0, 1, 2, 3 }, { 127, 0, 0, 1 }, { 127, 255, 255, 255 },
		{ 224, 0, 0, 1 }, { 239, 1, 2, 3 }, { 240, 0, 0, 1 }, { 255, 255, 255, 255 },
		{ 192, 0, 2, 255 }, { 192, 0, 2, 0 },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(from); i++)
		no_answer(w, IP_SRC, from[i][0], from[i][1], from[i][2], from[i][3]);
	counted(drop[RS_DROP_ip_source], RTE_DIM(from));
}

WIRE(frame_from_our_own_address_not_answered, "3.9.2.3", "MUST-63")
{
	w->terminate = (struct rs_prefix){ wire_addr(64), 128 - 6 };
	no_answer_host(w, IP_SRC, WIRE_LHOST);
	dropped(ip_source);
	/* So are the addresses of a prefix that is terminated. */
	no_answer_host(w, IP_SRC, 100);
	dropped(ip_source);
}

WIRE(frame_to_every_address_of_a_terminated_prefix, "issue 2, configuration", "")
{
	static const uint8_t hosts[4] = { 64, 65, 126, 127 };
	unsigned int i;

	w->terminate = (struct rs_prefix){ wire_addr(64), 128 - 6 };
	for (i = 0; i < RTE_DIM(hosts); i++) {
		in(SYN, .lhost = hosts[i], .lport = WIRE_LPORT_CLOSED, .seq = 100);
		out(RST | ACK, .lhost = hosts[i], .lport = WIRE_LPORT_CLOSED, .seq = 0,
			.ack = 101);
		reset(no_listener);
		in(SYN, .lhost = hosts[i], .seq = 100);
		out(SYN | ACK, .lhost = hosts[i], .ack = 101);
		in(RST, .lhost = hosts[i], .seq = 101);
		verdict(accepted);
	}
	no_answer_host(w, IP_DST, 63);
	dropped(ip_not_ours);
	no_answer_host(w, IP_DST, 128);
	dropped(ip_not_ours);
}

WIRE(frame_of_other_macs_dropped, "RFC 894", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);

	frame[MAC_DST + 5] = 9;
	in_any(frame, len);
	dropped(not_our_mac);
	memcpy(frame + MAC_DST, our_mac, 6);
	memcpy(frame + MAC_SRC, everyone, 6);
	in_any(frame, len);
	memset(frame + MAC_SRC, 0, 6);
	in_any(frame, len);
	counted(drop[RS_DROP_bad_source_mac], 2);
	quiet();
	memcpy(frame + MAC_SRC, peers_mac, 6);
	passes(w, frame, len);
}

/*
 * Headers
 */

WIRE(frame_padding_and_trailing_bytes_are_no_text, "RFC 894, RFC 1122 2.3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	len = build_any(seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "x"), frame);
	check(wire_ipv6 || len == FRAME_MIN); /* IPv6 needs no padding */
	in_any(frame, len);
	told(DATA, .data = "x");
	len = build_any(seg(ACK | PSH, .seq = 102, .ack = t.snd_nxt, .data = bytes(0), .len = 500),
		frame);
	memset(frame + len, 0x5a, 300);
	in_any(frame, (uint16_t)(len + 300));
	told(DATA, .data = bytes(0), .len = 500);
	nothing_told();
	after(42);
	out(ACK, .seq = t.snd_nxt, .ack = 602);
}

WIRE(frame_cut_off_anywhere_dropped, "RFC 791 3.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	const struct wire_seg data = seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt,
		.data = bytes(0), .len = 100);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_any(data, frame);
	uint16_t i;

	for (i = 1; i < len; i++)
		in_any(frame, i);
	quiet();
	nothing_told();
	check(rs_stack_stats(stack())->drop[RS_DROP_short_frame] > 0);
	check(rs_stack_stats(stack())->drop[RS_DROP_ip_length] > 0);
	state(ESTABLISHED);
}

WIRE(frame_wrong_ip_headers_dropped, "RFC 791 3.1, RFC 1122 3.2.1", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	ipv4_only();
	len = build_syn(w, frame);
	frame[IP] = 0x65;
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	dropped(ip_version);
	frame[IP] = 0x44;
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	dropped(ip_header);
	frame[IP] = 0x4f; /* 60 bytes of header in 40 */
	in_frame(frame, len);
	dropped(ip_header);
	frame[IP] = 0x45;
	put16(frame + IP + 2, (uint32_t)len - IP + 1);
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	put16(frame + IP + 2, 19);
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	counted(drop[RS_DROP_ip_length], 2);
	quiet();
}

WIRE(frame_wrong_tcp_headers_dropped, "3.1", "MUST-7")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);
	uint32_t words;

	/* A data offset below the header's 5 words, or beyond the segment */
	for (words = 0; words < 16; words++) {
		if (words == 5)
			continue;
		frame[L4 + 12] = (uint8_t)(words << 4);
		set_checksums(frame);
		in_any(frame, len);
	}
	counted(drop[RS_DROP_tcp_header], 15);
	/* 19 bytes are no header. */
	frame[L4 + 12] = 5 << 4;
	put_ip_len(frame, 19);
	set_checksums(frame);
	in_any(frame, len);
	dropped(tcp_header);
	quiet();
}

WIRE(frame_of_port_zero_dropped, "RFC 6335 6", "")
{
	in(SYN, .lport = 0, .seq = 100);
	in(SYN, .rport = 0, .seq = 100);
	quiet();
	counted(drop[RS_DROP_tcp_port_zero], 2);
}

WIRE(frame_reserved_bits_ignored, "3.1", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);

	/* "Must be zero in generated segments and must be ignored in received segments" */
	frame[L4 + 12] |= 0x0f;
	set_checksums(frame);
	passes(w, frame, len);
}

WIRE(frame_ip_options_skipped, "3.9.2, RFC 1122 3.2.1.8", "MUST-50")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint32_t words;

	ipv4_only();
	/* No operation, then an option nobody knows; the answer has none (wire_parse()). */
	for (words = 1; words <= 10; words++) {
		uint16_t len = build_syn(w, frame);
		uint8_t *opt = frame + L4;

		memmove(opt + words * 4, opt, IP_LEN);
		memset(opt, 1, words * 4);
		opt[words * 4 - 2] = 0x5e;
		opt[words * 4 - 1] = 2;
		frame[IP] = (uint8_t)(0x45 + words);
		put16(frame + IP + 2, 40 + words * 4);
		frame_set_checksums(frame + IP);
		passes(w, frame, (uint16_t)RTE_MAX(len, IP + 40 + words * 4));
	}
	counted(packet.rx_ip_options, 10);
}

WIRE(frame_ip_options_are_no_text, "3.9.2", "MUST-50")
{
	struct wire_tcb t = reach(ESTABLISHED);
	const struct wire_seg data = seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt,
		.data = bytes(0), .len = 200);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build(data, frame);

	memmove(frame + L4 + 8, frame + L4, (size_t)(len - L4));
	memset(frame + L4, 1, 8);
	frame[IP] = 0x47;
	put16(frame + IP + 2, (uint32_t)len - IP + 8);
	frame_set_checksums(frame + IP);
	in_frame(frame, (uint16_t)(len + 8));
	told(DATA, .data = bytes(0), .len = 200);
	nothing_told();
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 301);
}

WIRE(frame_fragments_dropped, "issue 2, frames", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	ipv4_only();
	len = build_syn(w, frame);
	w->no_fragments = true;
	put16(frame + IP + 6, 0x2000); /* more fragments */
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	put16(frame + IP + 6, 0x0001); /* the last one */
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	put16(frame + IP + 6, 0x3fff);
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	quiet();
	counted(drop[RS_DROP_ip_fragment], 3);
	put16(frame + IP + 6, 0); /* may be fragmented, but is not */
	frame_set_ip_checksum(frame + IP);
	passes(w, frame, len);
}

WIRE(frame_ttl_does_not_matter, "RFC 1122 3.2.1.7, RFC 8200 3", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);

	/* "A host MUST NOT discard a datagram just because it was received with TTL less
	 * than 2." */
	frame[IP_TTL] = 1;
	set_ip_checksum(frame);
	passes(w, frame, len);
	frame[IP_TTL] = 0;
	set_ip_checksum(frame);
	passes(w, frame, len);
}

WIRE(frame_ttl_and_diffserv_as_configured, "3.9.2", "MUST-48 MUST-49")
{
	/* wire_parse() compares both in every frame, resets included. */
	w->tcp.ttl = 17;
	w->tcp.tos = 0x28;
	reach(ESTABLISHED);
	in(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	reset(no_listener);
}

/* A segment with the DiffServ field of its listener. */
#define OF_TOS .lport = WIRE_LPORT_TOS, .tos = WIRE_TOS

WIRE(frame_diffserv_of_a_listener, "3.9.2", "MUST-48")
{
	int64_t iss;

	w->tcp.tos = 0x28;
	in(SYN, .lport = WIRE_LPORT_TOS, .seq = 100);
	iss = out(SYN | ACK, OF_TOS, .ack = 101);
	in(ACK, .lport = WIRE_LPORT_TOS, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send("hello", 5);
	out(ACK, OF_TOS, .seq = iss + 1, .ack = 101, .data = "hello");
	in(FIN | ACK, .lport = WIRE_LPORT_TOS, .seq = 101, .ack = iss + 6);
	out(ACK, OF_TOS, .seq = iss + 6, .ack = 102);
	told(PEER_CLOSED);
	user_abort();
	out(RST, OF_TOS, .seq = iss + 6);
	reset(service_abort);
	ended(ABORTED);
	/* what is of no connection has that of [tcp] */
	in(ACK, .lport = WIRE_LPORT_TOS, .seq = 102, .ack = iss + 6);
	out(RST, .lport = WIRE_LPORT_TOS, .seq = iss + 6);
	reset(listen_bad_ack);
}

WIRE(frame_diffserv_of_the_peer_does_not_matter, "RFC 1122 3.2.1.6", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_syn(w, frame);

	if (wire_ipv6)
		put16(frame + IP, 6 << 12 | 0xff << 4 | get16(frame + IP) % 16);
	else
		frame[IP + 1] = 0xff;
	set_ip_checksum(frame);
	passes(w, frame, len);
}

WIRE(frame_of_other_protocols_dropped, "RFC 894", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	ipv4_only();
	len = build_syn(w, frame);
	frame[IP + 9] = 132; /* SCTP */
	frame_set_ip_checksum(frame + IP);
	in_frame(frame, len);
	dropped(ip_protocol);
	put16(frame + TYPE, 0x86dd);
	in_frame(frame, len);
	dropped(ip_version);
	put16(frame + TYPE, 0x88cc);
	in_frame(frame, len);
	put16(frame + TYPE, 46); /* IEEE 802.3, a length */
	in_frame(frame, len);
	counted(drop[RS_DROP_ethertype], 2);
	quiet();
}

/*
 * VLAN tags and neighbours
 */

WIRE(frame_vlan_tag_kept_by_a_connection, "issue 2, frames", "")
{
	struct wire_tcb t;

	set_vlan(0x123);
	t = handshake(.vlan = WIRE_TCI(0x123));
	in(ACK | PSH, .vlan = 0x2123, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .vlan = WIRE_TCI(0x123), .seq = t.snd_nxt, .ack = 106);
	user_send("hi", 2);
	out(ACK, .vlan = WIRE_TCI(0x123), .seq = t.snd_nxt, .ack = 106, .data = "hi");
	due(1000, 1002);
	out(ACK, .vlan = WIRE_TCI(0x123), .seq = t.snd_nxt, .ack = 106, .data = "hi");
	user_abort();
	out(RST, .vlan = WIRE_TCI(0x123), .seq = t.snd_nxt + 2);
	reset(service_abort);
	ended(ABORTED);
}

WIRE(frame_vlan_full_segments_fit_the_mtu, "issue 2, frames", "MUST-16")
{
	struct wire_tcb t;

	set_vlan(7);
	t = handshake(.vlan = WIRE_TCI(7));
	user_send(bytes(0), 2920);
	out(ACK, .vlan = WIRE_TCI(7), .seq = t.snd_nxt, .ack = 101, .data = bytes(0),
		.len = 1460);
	out(ACK, .vlan = WIRE_TCI(7), .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460),
		.len = 1460);
}

WIRE(frame_vlan_of_one_connection_is_not_another_s, "issue 2, frames", "")
{
	struct wire_tcb a, b, c;

	add_vlan(1, 11);
	add_vlan(2, 12);
	a = handshake(.rport = 40001, .lhost = 11, .vlan = WIRE_TCI(1));
	b = handshake(.rport = 40002, .lhost = 12, .vlan = WIRE_TCI(2));
	c = handshake(.rport = 40003);
	burst(seg(FIN | ACK, .rport = 40001, .lhost = 11, .vlan = 1, .seq = 101,
			.ack = a.snd_nxt),
		seg(FIN | ACK, .rport = 40002, .lhost = 12, .vlan = 2, .seq = 101,
			.ack = b.snd_nxt),
		seg(FIN | ACK, .rport = 40003, .seq = 101, .ack = c.snd_nxt));
	out(ACK, .rport = 40001, .lhost = 11, .vlan = WIRE_TCI(1), .seq = a.snd_nxt, .ack = 102);
	out(ACK, .rport = 40002, .lhost = 12, .vlan = WIRE_TCI(2), .seq = b.snd_nxt, .ack = 102);
	out(ACK, .rport = 40003, .seq = c.snd_nxt, .ack = 102);
	told(PEER_CLOSED, .rport = 40001);
	told(PEER_CLOSED, .rport = 40002);
	told(PEER_CLOSED, .rport = 40003);
}

/* 802.1Q 6.9: a tag with identifier 0 has a priority only, and the port's frames are untagged. */
WIRE(frame_vlan_priority_tag_answered, "802.1Q 6.9", "")
{
	in(SYN, .lport = WIRE_LPORT_CLOSED, .vlan = 0xe000, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	reset(no_listener);
}

WIRE(frame_vlan_tags_that_are_dropped, "issue 10, VLAN", "")
{
	const struct wire_seg syn = seg(SYN, .lport = WIRE_LPORT_CLOSED, .vlan = 5, .seq = 100);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	add_vlan(6, 16);
	len = build_any(syn, frame);
	in_any(frame, len);
	put16(frame + 14, 0x0fff);
	in_any(frame, len);
	/* A second tag behind the first */
	put16(frame + 14, 6);
	memmove(frame + 16, frame + 12, len - 12u);
	put16(frame + 16, 0x8100);
	in_any(frame, (uint16_t)(len + 4));
	counted(drop[RS_DROP_vlan_unknown], 3);
	in_any(frame, 17);
	dropped(short_frame);
	quiet();
}

/* A device with tagged ports only has no untagged frames. */
WIRE(frame_vlan_untagged_frames_of_tagged_ports_are_dropped, "issue 10, VLAN", "")
{
	set_vlan(6);
	in(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100);
	dropped(vlan_unknown);
	in(SYN, .lport = WIRE_LPORT_CLOSED, .vlan = 0xe000, .seq = 100);
	dropped(vlan_unknown);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	dropped(vlan_unknown);
	quiet();
}

WIRE(frame_vlan_two_tags_are_answered, "issue 10, VLAN", "")
{
	static const uint8_t tags[] = { 0x88, 0xa8, 0x60, 200, 0x81, 0, 0x60, 100, 8, 6 };
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	set_vlan(200);
	w->port.tags.n = 2;
	w->port.tags.vid[1] = 100;
	len = wire_build_arp(1, WIRE_RHOST, WIRE_RHOST, 100, frame);
	memmove(frame + 16, frame + 12, len - 12u);
	put16(frame + 12, 0x88a8);
	put16(frame + 14, 200);
	in_frame(frame, (uint16_t)(len + 4));
	check(out_frame(frame) == 14 + 8 + ARP_LEN - 14);
	check(memcmp(frame + 12, tags, sizeof(tags)) == 0);
	/* the outer tag alone, the inner one alone */
	in(SYN, .lport = WIRE_LPORT_CLOSED, .vlan = 200, .seq = 100);
	in(SYN, .lport = WIRE_LPORT_CLOSED, .vlan = 100, .seq = 100);
	counted(drop[RS_DROP_vlan_unknown], 2);
	quiet();
}

WIRE(frame_answers_follow_the_peers_mac, "issue 2, frames", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The peer's gateway changed: what follows goes there. */
	in(ACK | PSH, .mac = 0x77, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .mac = 0x77, .seq = t.snd_nxt, .ack = 106);
	user_send("hi", 2);
	out(ACK, .mac = 0x77, .seq = t.snd_nxt, .ack = 106, .data = "hi");
	due(1000, 1002);
	out(ACK, .mac = 0x77, .seq = t.snd_nxt, .ack = 106, .data = "hi");
}

/* Answers and data still go where the connection's frames went before. */
static void
answers_go_to_the_peer(struct wire *w, struct wire_tcb t)
{
	user_send("hi", 2);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = t.rcv_nxt, .data = "hi");
	quiet();
}

WIRE_STATES(frame_bad_ack_does_not_redirect_the_answers, IN(ESTABLISHED) | IN(CLOSE_WAIT),
	"3.10.7.4 fifth, RFC 5961 5", "MAY-12")
{
	struct wire_tcb t = reach_param();

	/* A stranger hits the window, but not the ACK: it is not the peer. */
	in(ACK | PSH, .mac = 0x77, .seq = t.rcv_nxt, .ack = t.snd_nxt + 1, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .mac = 0x77, .seq = t.rcv_nxt, .ack = t.snd_una - 65536);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(PSH, .mac = 0x77, .seq = t.rcv_nxt, .data = "evil");
	quiet();
	answers_go_to_the_peer(w, t);
}

WIRE_STATES(frame_old_ack_does_not_redirect_the_answers, IN(ESTABLISHED) | IN(CLOSE_WAIT),
	"3.10.7.4 fifth, RFC 5961 5", "MAY-12")
{
	struct wire_tcb t = reach_param();

	/* SND.UNA - MAX.SND.WND =< SEG.ACK < SND.UNA: acceptable, yet easy to guess */
	in(ACK, .mac = 0x77, .seq = t.rcv_nxt, .ack = t.snd_una - 1);
	quiet();
	in(ACK, .mac = 0x77, .seq = t.rcv_nxt, .ack = t.snd_una - 65535);
	quiet();
	answers_go_to_the_peer(w, t);
}

WIRE_STATES(frame_challenge_does_not_redirect_the_answers, IN(ESTABLISHED) | IN(CLOSE_WAIT),
	"3.10.7.4 second, fourth, RFC 5961 3 and 4", "")
{
	struct wire_tcb t = reach_param();

	w->answers = true; /* the peer's host is asked, and is where it was */
	in(RST, .mac = 0x77, .seq = t.rcv_nxt + 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	verdict(challenged);
	in(SYN, .mac = 0x77, .seq = t.rcv_nxt + 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	answers_go_to_the_peer(w, t);
}

WIRE(frame_syn_in_syn_sent_does_not_redirect_the_open, "3.10.7.3 fourth", "MUST-10")
{
	uint32_t iss;

	/* A SYN without ACK shows nothing that a stranger could not know. */
	connect();
	iss = out(SYN);
	in(SYN, .mac = 0x77, .seq = 100);
	out(SYN | ACK, .seq = iss, .ack = 101);
	state(SYN_RECEIVED);
	/* The ACK of our SYN does. */
	in(ACK, .mac = 0x77, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send("hi", 2);
	out(ACK | PSH, .mac = 0x77, .seq = iss + 1, .ack = 101, .data = "hi");
}

/* An address belongs to one VLAN, so no other one reaches its connections. */
WIRE(frame_vlan_of_a_connection_stays, "802.1Q", "")
{
	struct wire_tcb t;

	add_vlan(5, 15);
	t = reach(ESTABLISHED);
	in(ACK | PSH, .mac = 0x77, .vlan = 5, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	dropped(ip_not_ours);
	t.rcv_nxt = 101;
	answers_go_to_the_peer(w, t);
}

WIRE(frame_vlan_priority_of_a_connection_changes, "802.1Q", "")
{
	struct wire_tcb t;

	set_vlan(7);
	t = handshake(.vlan = WIRE_TCI(7));
	/* Another priority (PCP) and drop eligibility in the same VLAN */
	in(ACK | PSH, .vlan = 0xf007, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .vlan = WIRE_TCI(7), .seq = t.snd_nxt, .ack = 106);
	counted(packet.no_neighbour, 0);
}

WIRE(frame_vlan_priority_tag_is_the_untagged_vlan, "802.1Q", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .vlan = 0xe000, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

/*
 * ARP
 */

/* An ARP packet of the peer in a broadcast frame. @return its length */
static uint16_t
build_arp(uint8_t *frame, uint8_t op, uint8_t mac, uint8_t sender, uint8_t target)
{
	static const uint8_t arp[28] = {
		0, 1, 8, 0, 6, 4, 0, 0,
		2, 0, 0, 0, 0, 0, 192, 0, 2, 0,
		0, 0, 0, 0, 0, 0, 192, 0, 2, 0,
	};

	memset(frame, 0xa5, FRAME_MIN);
	memcpy(frame + MAC_DST, everyone, 6);
	memcpy(frame + MAC_SRC, peers_mac, 6);
	frame[MAC_SRC + 5] = mac;
	put16(frame + TYPE, 0x0806);
	memcpy(frame + 14, arp, sizeof(arp));
	frame[14 + 7] = op;
	frame[14 + 13] = mac;
	frame[14 + 17] = sender;
	frame[14 + 27] = target;
	return FRAME_MIN;
}

/* The reply is that of RFC 826: to who asked, from what was asked for. */
static void
arp_reply(struct wire *w, uint8_t mac, uint8_t asker, uint8_t asked)
{
	uint8_t want[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];

	build_arp(want, 2, 1, asked, asker);
	memcpy(want + MAC_DST, peers_mac, 6);
	want[MAC_DST + 5] = mac;
	memcpy(want + 14 + 18, want + MAC_DST, 6);
	check(out_frame(got) >= ARP_LEN);
	check(memcmp(got, want, ARP_LEN) == 0);
}

WIRE(arp_request_for_our_address_answered, "RFC 826", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, WIRE_LHOST);

	in_frame(frame, len);
	arp_reply(w, WIRE_RHOST, WIRE_RHOST, WIRE_LHOST);
	/* Asked by unicast, as a cache does to see whether we are still there */
	memcpy(frame + MAC_DST, our_mac, 6);
	in_frame(frame, len);
	arp_reply(w, WIRE_RHOST, WIRE_RHOST, WIRE_LHOST);
	quiet();
}

WIRE(arp_request_for_terminated_addresses_answered, "RFC 826", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint8_t host;

	w->terminate = (struct rs_prefix){ wire_tuple(64, 0, 0, 0).laddr, 96 + 26 };
	for (host = 64; host < 128; host++) {
		in_frame(frame, build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, host));
		arp_reply(w, WIRE_RHOST, WIRE_RHOST, host);
	}
	in_frame(frame, build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, 63));
	in_frame(frame, build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, 128));
	quiet();
	counted(drop[RS_DROP_arp_not_ours], 2);
}

WIRE(arp_for_others_not_answered, "RFC 826", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	in_frame(frame, build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, 9));
	in_frame(frame, build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, 255));
	/* An announcement of its own address, and a reply that nobody asked for */
	in_frame(frame, build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, WIRE_RHOST));
	in_frame(frame, build_arp(frame, 2, WIRE_RHOST, WIRE_RHOST, WIRE_LHOST));
	quiet();
	counted(drop[RS_DROP_arp_not_ours], 4);
}

WIRE(arp_probe_for_our_address_answered, "RFC 5227 2.1.1", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	uint16_t len = build_arp(frame, 1, 9, 0, WIRE_LHOST);

	/* The sender has no address yet and must learn that this one is taken. */
	memset(frame + 14 + 14, 0, 4);
	in_frame(frame, len);
	check(out_frame(got) >= ARP_LEN);
	check(got[14 + 7] == 2 && got[MAC_DST + 5] == 9);
	check(memcmp(got + 14 + 8, our_mac, 6) == 0 && got[14 + 17] == WIRE_LHOST);
	check(memcmp(got + 14 + 24, (const uint8_t[4]){ 0 }, 4) == 0);
}

WIRE(arp_vlan_tag_kept, "issue 2, frames", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	uint16_t len = build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, WIRE_LHOST);

	set_vlan(7);
	memmove(frame + 16, frame + 12, ARP_LEN - 12);
	put16(frame + 12, 0x8100);
	put16(frame + 14, 0x2007);
	in_frame(frame, (uint16_t)(len + 4));
	check(out_frame(got) >= ARP_LEN + 4);
	check(memcmp(got + 12, (const uint8_t[6]){ 0x81, 0, 0x60, 7, 8, 6 }, 6) == 0);
	check(got[18 + 7] == 2 && got[18 + 17] == WIRE_LHOST);
}

WIRE(arp_conflict_is_answered_by_an_announcement, "RFC 5227 2.4 (c)", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX], want[WIRE_FRAME_MAX];
	uint16_t len = build_arp(frame, 1, 9, WIRE_LHOST, 200);
	int i;

	build_arp(want, 1, 1, WIRE_LHOST, WIRE_LHOST);
	in_frame(frame, len);
	check(out_frame(got) >= ARP_LEN);
	check(memcmp(got, want, ARP_LEN) == 0);
	/* Once in DEFEND_INTERVAL: two hosts that both defend must not fight for ever. */
	for (i = 0; i < 9; i++) {
		after(1000);
		in_frame(frame, len);
		quiet();
	}
	after(1001);
	in_frame(frame, len);
	check(out_frame(got) >= ARP_LEN);
	check(memcmp(got, want, ARP_LEN) == 0);
	counted(packet.arp_conflicts, 11);
	counted(packet.arp_defences, 2);
}

WIRE(arp_that_is_malformed_dropped, "RFC 826", "")
{
	static const struct { uint8_t off, value; } wrong[] = {
		{ 1, 6 },   /* hardware: not Ethernet */
		{ 2, 9 },   /* protocol: not IPv4 */
		{ 4, 8 },   /* length of hardware addresses */
		{ 5, 16 },  /* length of protocol addresses */
		{ 7, 3 },   /* neither request nor reply */
		{ 8, 0xff }, /* the sender's hardware address is a group's */
	};
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;
	unsigned int i;

	for (i = 0; i < RTE_DIM(wrong); i++) {
		len = build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, WIRE_LHOST);
		frame[14 + wrong[i].off] = wrong[i].value;
		in_frame(frame, len);
	}
	counted(drop[RS_DROP_arp_bad], RTE_DIM(wrong));
	build_arp(frame, 1, WIRE_RHOST, WIRE_RHOST, WIRE_LHOST);
	in_frame(frame, ARP_LEN - 1);
	dropped(short_frame);
	quiet();
}

/*
 * ICMP and UDP
 */

/* A datagram of the peer with this protocol and text. @return the frame's length */
static uint16_t
build_ip(struct wire *w, uint8_t *frame, uint8_t protocol, const uint8_t *text, uint32_t len)
{
	build_syn(w, frame);
	put_ip_len(frame, len);
	frame[IP_PROTO] = protocol;
	memcpy(frame + L4, text, len);
	set_ip_checksum(frame);
	return (uint16_t)RTE_MAX((uint32_t)L4 + len, (uint32_t)FRAME_MIN);
}

/* The sum of the pseudo header of a datagram of the peer (RFC 768, RFC 8200 8.1). */
static uint32_t
pseudo_sum(uint8_t protocol, uint32_t len)
{
	const struct rs_addr addrs[2] = { wire_addr(WIRE_RHOST), wire_addr(WIRE_LHOST) };
	uint32_t sum = protocol + len;
	unsigned int i;

	for (i = 0; i < RTE_DIM(addrs); i++)
		sum = frame_sum(&addrs[i].b[16 - ADDR_LEN], (size_t)ADDR_LEN, sum);
	return sum;
}

/* Whether the checksum of an ICMP message that was sent is right. */
static bool
icmp_sum_is_good(const uint8_t *frame, uint32_t len)
{
	return frame_sum(frame + L4, len, wire_ipv6 ? pseudo_sum(ICMP, len) : 0) == 0xffff;
}

/* An ICMP message of the peer: type, code and what follows the checksum. */
static uint16_t
build_icmp(struct wire *w, uint8_t *frame, uint8_t type, uint8_t code, const char *rest,
	uint32_t len)
{
	uint8_t icmp[WIRE_FRAME_MAX] = { type, code };

	memcpy(icmp + 4, rest, len);
	put16(icmp + 2, ~frame_sum(icmp, len + 4, wire_ipv6 ? pseudo_sum(ICMP, len + 4) : 0));
	return build_ip(w, frame, ICMP, icmp, len + 4);
}

WIRE(icmp_echo_answered, "RFC 792, RFC 1122 3.2.2.6", "")
{
	static const uint32_t lens[] = { 4, 5, 60, 61, 1472 };
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	unsigned int i;

	/* Identifier, sequence number and data come back as they are. */
	for (i = 0; i < RTE_DIM(lens); i++) {
		uint32_t len = lens[i];

		in_any(frame, build_icmp(w, frame, (uint8_t)ECHO_REQUEST, 0, bytes(0), len));
		check(out_any(got) == (uint32_t)L4 + 4 + len);
		check(got[IP_PROTO] == ICMP && got[L4] == ECHO_REPLY && got[L4 + 1] == 0);
		check(memcmp(got + L4 + 4, bytes(0), len) == 0);
		check(icmp_sum_is_good(got, len + 4));
		check(memcmp(got + IP_SRC, frame + IP_DST, (size_t)ADDR_LEN) == 0);
		check(memcmp(got + IP_DST, frame + IP_SRC, (size_t)ADDR_LEN) == 0);
		check(memcmp(got + MAC_DST, peers_mac, 6) == 0);
	}
	counted(packet.echo_replies, RTE_DIM(lens));
}

WIRE(icmp_echo_has_the_diffserv_field_of_the_request, "RFC 1122 3.2.2.6, RFC 1349 5.1", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	uint16_t len = build_icmp(w, frame, (uint8_t)ECHO_REQUEST, 0, bytes(0), 60);

	/* Without the ECN bits: ICMP is no ECN-capable transport (RFC 3168 5). */
	if (wire_ipv6)
		put16(frame + IP, 6 << 12 | (0x28 | 3) << 4);
	else
		frame[IP + 1] = 0x28 | 3;
	set_ip_checksum(frame);
	in_any(frame, len);
	out_any(got);
	check((wire_ipv6 ? (uint8_t)(get16(got + IP) >> 4) : got[IP + 1]) == 0x28);
}

WIRE(icmp_that_is_wrong_dropped, "RFC 792, RFC 1122 3.2.2.6", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_icmp(w, frame, (uint8_t)ECHO_REQUEST, 0, bytes(0), 60);

	frame[L4 + 20] ^= 1;
	in_any(frame, len);
	/* 7 bytes are no header. */
	in_any(frame, build_icmp(w, frame, (uint8_t)ECHO_REQUEST, 0, bytes(0), 3));
	counted(drop[RS_DROP_icmp_bad], 2);
	/* To the broadcast address, or to that of another host */
	len = build_icmp(w, frame, (uint8_t)ECHO_REQUEST, 0, bytes(0), 60);
	frame[IP_DST + LAST] = 255;
	set_ip_checksum(frame);
	in_any(frame, len);
	dropped(ip_not_ours);
	/* A reply that nobody asked for, a type that nobody knows */
	in_any(frame, build_icmp(w, frame, (uint8_t)ECHO_REPLY, 0, bytes(0), 60));
	in_any(frame, build_icmp(w, frame, 222, 0, bytes(0), 60));
	counted(drop[RS_DROP_icmp_type], 2);
	quiet();
}

WIRE(icmp_errors_do_not_abort, "3.9.2.2", "MUST-54 MUST-55 MUST-56")
{
	static const uint8_t errors[][2] = {
		{ 3, 0 }, { 3, 1 }, { 3, 5 }, /* net, host unreachable, source route failed */
		{ 4, 0 },                     /* source quench */
		{ 11, 0 }, { 11, 1 },         /* time exceeded */
		{ 12, 0 },                    /* parameter problem */
	};
	static const uint8_t errors6[][2] = {
		{ 1, 0 }, { 1, 3 }, { 1, 5 }, /* no route, address unreachable, policy */
		{ 1, 2 },                     /* beyond the scope of the source */
		{ 3, 0 }, { 3, 1 }, { 4, 0 },
	};
	struct wire_tcb t = reach(ESTABLISHED);
	uint8_t ours[WIRE_FRAME_MAX], frame[WIRE_FRAME_MAX];
	char rest[4 + FRAME_IP6_LEN + 8] = { 0 };
	unsigned int i;

	user_send("hello", 5);
	check(out_any(ours) == L4 + 25);
	memcpy(rest + 4, ours + IP, (size_t)IP_LEN + 8);
	for (i = 0; i < RTE_DIM(errors); i++) {
		const uint8_t *e = wire_ipv6 ? errors6[i] : errors[i];

		in_any(frame, build_icmp(w, frame, e[0], e[1], rest, (uint32_t)IP_LEN + 12));
	}
	quiet();
	nothing_told();
	state(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
	after(5000);
	quiet();
}

/* A UDP datagram of the peer to a port. */
static uint16_t
build_udp(struct wire *w, uint8_t *frame, const char *data, uint32_t len)
{
	uint8_t udp[WIRE_FRAME_MAX] = { 0x12, 0x34, 0, 53 };

	put16(udp + 4, len + 8);
	memcpy(udp + 8, data, len);
	put16(udp + 6, ~frame_sum(udp, len + 8, pseudo_sum(UDP, len + 8)));
	return build_ip(w, frame, UDP, udp, len + 8);
}

WIRE(udp_port_unreachable, "RFC 792, RFC 1122 4.1.3.1, RFC 1812 4.3.2.3", "")
{
	static const uint32_t lens[] = { 0, 1, 33, 500, 1400 };
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	unsigned int i;

	for (i = 0; i < RTE_DIM(lens); i++) {
		uint32_t quoted;

		in_any(frame, build_udp(w, frame, bytes(0), lens[i]));
		quoted = (uint32_t)out_any(got) - (uint32_t)L4 - 8;
		/* Type, code, four bytes of 0; the IP header and 64 bits at least */
		check(got[IP_PROTO] == ICMP && got[L4] == UNREACHABLE && got[L4 + 1] == CODE_PORT);
		check(memcmp(got + L4 + 4, (const uint8_t[4]){ 0 }, 4) == 0);
		check(quoted >= (uint32_t)IP_LEN + 8 && quoted <= (uint32_t)IP_LEN + 8 + lens[i]);
		check((uint32_t)IP_LEN + 8 + quoted <= (wire_ipv6 ? 1280 : 576));
		check(memcmp(got + L4 + 8, frame + IP, quoted) == 0);
		check(icmp_sum_is_good(got, quoted + 8));
		check(memcmp(got + IP_SRC, frame + IP_DST, (size_t)ADDR_LEN) == 0);
		check(memcmp(got + IP_DST, frame + IP_SRC, (size_t)ADDR_LEN) == 0);
	}
}

WIRE(udp_without_checksum_answered, "RFC 768", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	uint16_t len;

	ipv4_only();
	len = build_udp(w, frame, bytes(0), 10);
	put16(frame + L4 + 6, 0);
	in_any(frame, len);
	out_any(got);
	check(got[L4] == 3 && got[L4 + 1] == 3);
}

WIRE(udp_that_gets_no_error, "RFC 1122 3.2.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_udp(w, frame, bytes(0), 20);

	/* Wrong checksum, wrong length */
	frame[L4 + 10] ^= 1;
	in_any(frame, len);
	len = build_udp(w, frame, bytes(0), 20);
	put16(frame + L4 + 4, 29);
	put16(frame + L4 + 6, 0); /* IPv4, no checksum: the length alone is wrong */
	in_any(frame, len);
	put16(frame + L4 + 4, 7);
	in_any(frame, len);
	counted(drop[RS_DROP_udp_bad], 3);
	/* To the broadcast address of the link or of IP, a fragment, from nobody */
	len = build_udp(w, frame, bytes(0), 20);
	memcpy(frame + MAC_DST, everyone, 6);
	in_any(frame, len);
	len = build_udp(w, frame, bytes(0), 20);
	frame[IP_DST + LAST] = 255;
	set_ip_checksum(frame);
	in_any(frame, len);
	len = build_udp(w, frame, bytes(0), 20);
	put16(frame + IP + 6, 1);
	set_ip_checksum(frame);
	if (!wire_ipv6) /* case_fragments.c has those of IPv6 */
		in_any(frame, len);
	len = build_udp(w, frame, bytes(0), 20);
	memset(frame + IP_SRC, 0, (size_t)ADDR_LEN);
	set_ip_checksum(frame);
	in_any(frame, len);
	quiet();
	counted(packet.icmp_unreachables, 0);
}

WIRE(icmp_echo_is_limited_where_configured, "RFC 1122 3.2.2.6", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	uint16_t len = build_icmp(w, frame, (uint8_t)ECHO_REQUEST, 0, bytes(0), 60);
	unsigned int i, second;

	w->echoes_per_second = 20;
	for (second = 0; second < 3; second++) {
		for (i = 0; i < 30; i++)
			in_any(frame, len);
		for (i = 0; i < 20; i++)
			out_any(got);
		quiet();
		counted(drop[RS_DROP_echo_limited], 10);
		after(1000);
	}
	/* port unreachables and resets are none of it */
	for (i = 0; i < 30; i++)
		in_any(frame, len);
	for (i = 0; i < 20; i++)
		out_any(got);
	len = build_udp(w, frame, bytes(0), 20);
	in_any(frame, len);
	out_any(got);
	counted(packet.icmp_unreachables, 1);
	passes(w, got, build_syn(w, got));
}

WIRE(udp_port_unreachable_is_limited, "RFC 1122 3.2.2, RFC 1812 4.3.2.8", "")
{
	uint8_t frame[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
	uint16_t len = build_udp(w, frame, bytes(0), 20);
	unsigned int i, second;

	/* 10 a second are allowed (wire_stack()). */
	for (second = 0; second < 3; second++) {
		for (i = 0; i < 30; i++)
			in_any(frame, len);
		for (i = 0; i < 10; i++)
			out_any(got);
		quiet();
		counted(drop[RS_DROP_icmp_limited], 20);
		after(1000);
	}
	/* Resets are none of it. */
	for (i = 0; i < 30; i++)
		in_any(frame, len);
	for (i = 0; i < 10; i++)
		out_any(got);
	passes(w, got, build_syn(w, got));
}
