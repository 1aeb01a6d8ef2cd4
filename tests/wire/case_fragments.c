/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Fragments (RFC 791 3.2, RFC 815, RFC 8200 4.5), their checks (RFC 1858, RFC 3128, RFC 5722,
 * RFC 7112), and the answers to datagrams larger than the MTU. The cases run for both families.
 */

#include "wire.h"

enum {
	IP = FRAME_ETHER_LEN,
	HOPOPTS = 0, TCP = 6, UDP = 17, ROUTING = 43, FRAGMENT = 44, ICMPV6 = 58, DSTOPTS = 60,
	EXT_LEN = 8,            /* of an IPv6 fragment header */
	GRAM_MAX = 9000,
	TIMEOUT = 60 * 1000,    /* ms (RFC 8200 4.5) */
};

#define IP_LEN (wire_ipv6 ? FRAME_IP6_LEN : FRAME_IP_LEN)
#define ICMP (wire_ipv6 ? ICMPV6 : 1)

/* A datagram to be sent in fragments. */
struct gram {
	uint8_t ip[IP + FRAME_IP6_LEN]; /* the headers of a frame that holds all of it */
	uint8_t proto;
	uint32_t id;
	uint32_t len;           /* of its payload */
	uint8_t tos;
	uint8_t payload[GRAM_MAX];
};

/* The headers of a datagram of the peer. */
static struct gram
gram_of(struct wire *w, uint8_t proto, uint32_t id)
{
	struct gram g = { .proto = proto, .id = id };
	uint8_t frame[WIRE_FRAME_MAX];
	struct wire_seg syn = seg(SYN, .seq = 100);

	wire_build(w, &syn, frame);
	memcpy(g.ip, frame, (size_t)IP + IP_LEN);
	return g;
}

/* A segment of the peer as a datagram. */
static struct gram
tcp_gram(struct wire *w, uint32_t id, const struct wire_seg *s)
{
	struct gram g = gram_of(w, TCP, id);
	uint8_t frame[WIRE_FRAME_MAX];

	g.len = (uint32_t)(wire_build(w, s, frame) - IP - IP_LEN);
	memcpy(g.payload, frame + IP + IP_LEN, g.len);
	return g;
}

/* A message with the checksum of ICMP, UDP over IPv6, or ICMPv6. */
static void
set_checksum(const struct gram *g, uint8_t *p, uint32_t len, unsigned int at)
{
	const uint8_t *ip = g->ip + IP;
	uint32_t sum = 0;

	put16(p + at, 0);
	if (wire_ipv6)
		sum = frame_sum(ip + 8, 32, len + g->proto);
	else if (g->proto == UDP)
		sum = frame_sum(ip + 12, 8, len + g->proto);
	put16(p + at, ~frame_sum(p, len, sum));
}

/* An echo request with n bytes of data, or a UDP datagram with the same. */
static struct gram
large_gram(struct wire *w, uint8_t proto, uint32_t id, uint32_t n)
{
	struct gram g = gram_of(w, proto, id);
	uint32_t i;

	g.len = 8 + n;
	for (i = 0; i < n; i++)
		g.payload[8 + i] = (uint8_t)(i * 7 + i / 256);
	put32(g.payload + 4, 0x12345678);
	if (proto == UDP) {
		put16(g.payload, 5000);
		put16(g.payload + 2, 5001);
		put16(g.payload + 4, g.len);
	} else {
		g.payload[0] = wire_ipv6 ? 128 : 8;
	}
	set_checksum(&g, g.payload, g.len, proto == UDP ? 6 : 2);
	return g;
}

/* Write a fragment of a datagram: len bytes from `first` on. @return the length of the frame */
static uint16_t
build_piece(const struct gram *g, uint8_t *frame, uint32_t first, uint32_t len, bool more)
{
	uint8_t *ip = frame + IP;
	uint8_t *p = ip + IP_LEN;

	memcpy(frame, g->ip, (size_t)IP + IP_LEN);
	if (wire_ipv6) {
		put16(ip + 4, EXT_LEN + len);
		ip[1] = (uint8_t)(g->tos << 4);
		ip[6] = FRAGMENT;
		p[0] = g->proto;
		p[1] = 0;
		put16(p + 2, first | more);
		put32(p + 4, g->id);
		p += EXT_LEN;
	} else {
		ip[1] = g->tos;
		put16(ip + 2, FRAME_IP_LEN + len);
		put16(ip + 4, g->id);
		put16(ip + 6, first / 8 | (more ? 0x2000u : 0));
		ip[9] = g->proto;
		frame_set_ip_checksum(ip);
	}
	memcpy(p, g->payload + (first < GRAM_MAX - len ? first : 0), len);
	return (uint16_t)(p + len - frame);
}

/* Send a fragment. */
static void
send_piece(struct wire *w, const struct gram *g, uint32_t first, uint32_t len, bool more)
{
	uint8_t frame[WIRE_FRAME_MAX];

	wire_in_frame(w, frame, build_piece(g, frame, first, len, more));
}

/* The same: the bytes from first to end of a datagram; the last ones have no more flag. */
#define piece(gram_, first_, end_) send_piece(HERE, &(gram_), first_, (end_) - (first_), \
	(end_) < (gram_).len)

/* The next frame is an ICMP error with this word, which quotes the beginning of a frame. */
static void
error_out(struct wire *w, const uint8_t *sent, uint16_t len, uint8_t type, uint8_t code,
	uint32_t word)
{
	uint8_t got[WIRE_FRAME_MAX];
	uint16_t got_len = wire_out_frame(w, got);
	const uint8_t *icmp = got + IP + IP_LEN;
	uint16_t most = (uint16_t)((wire_ipv6 ? 1280 : 576) - IP_LEN - 8);
	uint16_t quoted = (uint16_t)RTE_MIN(len - IP, (int)most);

	check(got[IP + (wire_ipv6 ? 6 : 9)] == ICMP && icmp[0] == type && icmp[1] == code);
	check(get32(icmp + 4) == word);
	check(got_len == IP + IP_LEN + 8 + quoted && memcmp(icmp + 8, sent + IP, quoted) == 0);
	if (!wire_ipv6)
		check(frame_sum(icmp, got_len - IP - FRAME_IP_LEN, 0) == 0xffff);
	quiet();
}

/* A connection, and a segment of 1,200 bytes for it in one datagram. */
static struct gram
text_gram(struct wire *w, uint32_t id, const struct wire_tcb *t)
{
	return tcp_gram(w, id, &seg(PSH | ACK, .seq = 101, .ack = t->snd_nxt, .data = bytes(0),
		.len = 1200));
}

/* The text of text_gram() arrived. */
#define text_arrived(t_) do { \
	told(DATA, .data = bytes(0), .len = 1200); \
	due(1, 42); \
	out(ACK, .seq = (t_).snd_nxt, .ack = 1301); \
} while (0)

/* RFC 791 3.2: fragments in any order make the datagram. */
WIRE(fragments_in_any_order_make_a_segment, "RFC 791 3.2, RFC 8200 4.5", "")
{
	static const uint8_t orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	static const uint32_t cuts[] = { 0, 400, 808, 1220 };
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(orders); i++) {
		uint16_t port = (uint16_t)(WIRE_RPORT + i);
		struct wire_tcb t = handshake(.rport = port);
		struct gram g = tcp_gram(w, 77 + i, &seg(PSH | ACK, .seq = 101, .rport = port,
			.ack = t.snd_nxt, .data = bytes(0), .len = 1200));

		for (k = 0; k < 3; k++) {
			nothing_told();
			piece(g, cuts[orders[i][k]], cuts[orders[i][k] + 1]);
		}
		told(DATA, .data = bytes(0), .len = 1200, .rport = port);
		due(1, 42);
		out(ACK, .seq = t.snd_nxt, .ack = 1301, .rport = port);
	}
	counted(packet.rx_fragments, 18);
	counted(packet.reassembled, 6);
	counted(packet.reassembly_timeouts, 0);
}

/* The largest segment that our MSS allows: no host may refuse 1500 bytes in fragments. */
WIRE(fragments_of_a_full_segment, "RFC 8200 5, RFC 1122 3.3.2", "")
{
	const uint32_t len = 1500u - IP_LEN - FRAME_TCP_LEN;
	struct wire_tcb t;
	struct gram g;

	w->port.mtu = 1500;
	t = reach(ESTABLISHED);
	g = tcp_gram(w, 3, &seg(PSH | ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0),
		.len = len));
	piece(g, 0, 1232);
	piece(g, 1232, g.len);
	told(DATA, .data = bytes(0), .len = len);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 101 + len);
}

/* A closed port answers the segment of a reassembled datagram as that of any other. */
WIRE(fragments_of_a_segment_to_a_closed_port, "3.10.7.1, RFC 791 3.2", "")
{
	struct gram g = tcp_gram(w, 1, &seg(ACK, .seq = 101, .ack = 500, .len = 600,
		.data = bytes(0), .lport = WIRE_LPORT_CLOSED));

	piece(g, 0, 320);
	quiet();
	piece(g, 320, 620);
	out(RST, .seq = 500, .lport = WIRE_LPORT_CLOSED);
	reset(no_connection);
}

/* RFC 8200 4.5: source, destination and identification name the datagram; RFC 791: and the
 * protocol. */
WIRE(fragments_of_other_datagrams_are_not_mixed, "RFC 791 2.3, RFC 8200 4.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct gram a = text_gram(w, 5, &t);
	struct gram b = a;
	struct gram c = large_gram(w, ICMP, 5, 1000);

	b.id = 6;
	piece(a, 0, 600);
	piece(b, 600, 1220);
	quiet();
	if (!wire_ipv6) {
		piece(c, 504, 1008);
		c.payload[0] ^= 1;
		quiet();
	}
	piece(a, 600, 1220);
	text_arrived(t);
	/* end the others: a piece that overlaps */
	send_piece(HERE, &b, 608, 80, true);
	if (!wire_ipv6)
		send_piece(HERE, &c, 512, 80, true);
	counted(drop[RS_DROP_fragment_overlap], wire_ipv6 ? 2 : 4);
}

/* RFC 5722 3, RFC 8200 4.5: an overlap ends the datagram, with the fragments that come later. */
WIRE(fragments_that_overlap_end_the_datagram, "RFC 5722 3, RFC 8200 4.5", "")
{
	static const uint32_t overlaps[][2] = {
		{ 392, 600 }, { 0, 392 }, { 0, 408 }, { 16, 24 }, { 816, 1220 }, { 800, 1220 },
		{ 1000, 1240 },
	};
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	for (i = 0; i < RTE_DIM(overlaps); i++) {
		uint32_t first = overlaps[i][0], end = overlaps[i][1];
		struct gram g = text_gram(w, 100 + i, &t);

		piece(g, 0, 400);
		piece(g, 808, 1220);
		send_piece(HERE, &g, first, end - first, end % 8 == 0);
		counted(drop[RS_DROP_fragment_overlap], 3);
		piece(g, 400, 808); /* the one that was missing */
		piece(g, 0, 400);
		counted(drop[RS_DROP_fragment_overlap], 2);
		quiet();
		nothing_told();
	}
	/* RFC 8200 4.5: no error is sent, not even later */
	skip(TIMEOUT + 1000);
	quiet();
	counted(packet.reassembled, 0);
}

/* RFC 791 3.2: the last fragment tells the length, so none lies behind it, and there is one. */
WIRE(fragments_behind_the_last_end_the_datagram, "RFC 791 3.2, RFC 5722 3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct gram g = tcp_gram(w, 30, &seg(PSH | ACK, .seq = 101, .ack = t.snd_nxt,
		.data = bytes(0), .len = 1204));

	check(g.len == 1224);
	piece(g, 0, 400);
	piece(g, 808, 1224);
	send_piece(HERE, &g, 1224, 8, true);
	counted(drop[RS_DROP_fragment_overlap], 3);
	/* a last one before a piece that is here */
	g.id = 31;
	piece(g, 808, 1216);
	send_piece(HERE, &g, 400, 400, false);
	counted(drop[RS_DROP_fragment_overlap], 2);
	quiet();
	counted(packet.reassembled, 0);
}

/* RFC 8200 4.5: an exact duplicate may be dropped alone, because networks duplicate. */
WIRE(fragments_that_are_duplicates_are_dropped_alone, "RFC 8200 4.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct gram g = text_gram(w, 9, &t);

	piece(g, 600, 1220);
	piece(g, 600, 1220);
	piece(g, 0, 600 - 8);
	piece(g, 0, 600 - 8);
	counted(drop[RS_DROP_fragment_duplicate], 2);
	piece(g, 592, 600);
	text_arrived(t);
	/* The same place with other bytes is an overlap. */
	g.id = 10;
	piece(g, 0, 600);
	g.payload[599] ^= 1;
	piece(g, 0, 600);
	counted(drop[RS_DROP_fragment_overlap], 2);
}

/* RFC 1858 3, RFC 3128: the TCP header is in the first fragment, and no other writes into it. */
WIRE(fragments_that_hide_the_tcp_header, "RFC 1858 3, RFC 3128", "")
{
	struct wire_tcb t;
	struct gram g;

	ipv4_only();
	t = reach(ESTABLISHED);
	g = text_gram(w, 3, &t);
	piece(g, 0, 8);
	piece(g, 0, 16);
	piece(g, 8, 1220);
	counted(drop[RS_DROP_fragment_tiny], 3);
	piece(g, 0, 24);
	piece(g, 24, 1220);
	text_arrived(t);
}

WIRE(fragment6_dropped_where_none_are_kept, "issue 2, frames", "")
{
	struct gram g;

	ipv6_only();
	w->no_fragments = true;
	g = tcp_gram(w, 3, &seg(SYN, .seq = 100, .data = bytes(0), .len = 100));
	piece(g, 0, 64);
	piece(g, 64, 120);
	quiet();
	counted(drop[RS_DROP_ip_fragment], 2);
}

/* RFC 7112 5, RFC 8200 4.5: a first fragment without all headers has an answer of code 3. */
WIRE(fragment6_first_without_all_headers, "RFC 7112 5, RFC 8200 4.5", "")
{
	struct wire_tcb t;
	struct gram g;
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	ipv6_only();
	t = reach(ESTABLISHED);
	g = text_gram(w, 3, &t);
	len = build_piece(&g, frame, 0, 16, true);
	wire_in_frame(w, frame, len);
	error_out(w, frame, len, 4, 3, 0);
	/* destination options that reach beyond the fragment */
	g.proto = DSTOPTS;
	memcpy(g.payload, "\6\3\1\4\0\0\0\0", 8);
	len = build_piece(&g, frame, 0, 24, true);
	wire_in_frame(w, frame, len);
	error_out(w, frame, len, 4, 3, 0);
	counted(packet.ip6_problems, 2);
	/* A fragment of an ICMPv6 error has no answer (RFC 4443 2.4 (e.1)). */
	g = large_gram(w, ICMPV6, 4, 16);
	g.payload[0] = 1;
	send_piece(HERE, &g, 0, 12, true);
	counted(drop[RS_DROP_fragment_bad], 1);
	quiet();
}

/* RFC 791 3.2, RFC 8200 4.5: the length of all fragments but the last is a multiple of 8. */
WIRE(fragments_of_a_wrong_length, "RFC 791 3.2, RFC 8200 4.5", "")
{
	struct gram g = tcp_gram(w, 3, &seg(ACK, .seq = 101, .ack = 1, .data = bytes(0),
		.len = 1200));
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_piece(&g, frame, 0, 401, true);

	wire_in_frame(w, frame, len);
	if (wire_ipv6)
		error_out(w, frame, len, 4, 0, 4); /* at the payload length */
	/* the end of the datagram would be beyond 65,535 */
	len = build_piece(&g, frame, 65528, 16, false);
	wire_in_frame(w, frame, len);
	if (wire_ipv6)
		error_out(w, frame, len, 4, 0, FRAME_IP6_LEN + 2); /* at the fragment offset */
	quiet();
	counted(packet.ip6_problems, wire_ipv6 ? 2 : 0);
	send_piece(HERE, &g, 400, 0, false);
	counted(drop[RS_DROP_fragment_bad], wire_ipv6 ? 1 : 3);
	quiet();
}

/* RFC 792, RFC 1122 3.3.2, RFC 8200 4.5: time exceeded, if the first fragment came. */
WIRE(fragments_that_miss_others_expire, "RFC 792, RFC 1122 3.3.2, RFC 8200 4.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct gram g = text_gram(w, 3, &t);
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_piece(&g, frame, 0, 800, true);

	wire_in_frame(w, frame, len);
	piece(g, 1000, 1220);
	skip(TIMEOUT - 1);
	quiet();
	skip(1);
	error_out(w, frame, len, wire_ipv6 ? 3 : 11, 1, 0);
	counted(packet.reassembly_timeouts, 1);
	counted(packet.time_exceeded, 1);
	counted(drop[RS_DROP_fragment_timeout], 1);
	/* What came is forgotten. */
	piece(g, 800, 1000);
	skip(TIMEOUT);
	quiet(); /* fragment zero did not come */
	counted(packet.reassembly_timeouts, 1);
	counted(packet.time_exceeded, 0);
	nothing_told();
}

/* The limit of ICMP errors (RFC 4443 2.4 (f), RFC 1812 4.3.2.8) is that of these, too. */
WIRE(fragments_expire_within_the_limit_of_errors, "RFC 4443 2.4", "")
{
	struct gram g = large_gram(w, ICMP, 0, 1000);
	uint8_t got[WIRE_FRAME_MAX];
	unsigned int i;

	for (g.id = 1; g.id <= 12; g.id++)
		piece(g, 0, 800);
	skip(TIMEOUT);
	for (i = 0; i < 10; i++)
		wire_out_frame(w, got);
	quiet();
	counted(packet.reassembly_timeouts, 12);
	counted(packet.time_exceeded, 10);
	counted(drop[RS_DROP_icmp_limited], 2);
}

/* An error about a message that may be an error is not sent (RFC 1122 3.2.2, RFC 4443 2.4). */
WIRE(fragments_of_an_error_expire_in_silence, "RFC 1122 3.2.2, RFC 4443 2.4", "")
{
	struct gram g = large_gram(w, ICMP, 3, 1000);

	g.payload[0] = wire_ipv6 ? 1 : 3;
	piece(g, 0, 800);
	skip(TIMEOUT);
	quiet();
	counted(drop[RS_DROP_fragment_timeout], 1);
}

/* rte_ip_frag joins 8 fragments; a datagram with more is dropped. */
WIRE(fragments_that_are_too_many, "RFC 791 3.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct gram g = text_gram(w, 3, &t);
	uint32_t i;

	for (i = 0; i < 7; i++)
		piece(g, i * 152, i * 152 + 152);
	piece(g, 7 * 152, 1220);
	text_arrived(t);
	g.id = 4;
	for (i = 0; i < 9; i++)
		piece(g, i * 80, i * 80 + 80);
	counted(drop[RS_DROP_fragment_many], 9);
	piece(g, 720, 1220);
	counted(drop[RS_DROP_fragment_many], 1);
	nothing_told();
}

/* The oldest datagrams make way for newer ones. */
WIRE(fragments_beyond_the_limit_evict_the_oldest, "design 5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct gram flood = large_gram(w, ICMP, 0, 1000);
	struct gram g = text_gram(w, 1000, &t);

	for (flood.id = 1; flood.id <= 40; flood.id++)
		piece(flood, 0, 800);
	piece(g, 0, 600);
	piece(g, 600, 1220);
	text_arrived(t);
	/* 32 fragments are 16 datagrams */
	counted(drop[RS_DROP_fragment_evicted], 25);
	/* Two fragments of each: the number of fragments is the limit. */
	for (flood.id = 101; flood.id <= 140; flood.id++) {
		piece(flood, 0, 400);
		piece(flood, 400, 800);
		piece(flood, 800, 904);
	}
	counted(drop[RS_DROP_fragment_evicted], 15 + 120 - 30);
	skip(TIMEOUT);
	counted(packet.reassembly_timeouts, 10);
	while (!TAILQ_EMPTY(&w->sent)) {
		uint8_t got[WIRE_FRAME_MAX];

		wire_out_frame(w, got);
	}
}

/* Read the fragments of a reply with the identification *id, and check their headers. @return the
 * bytes of its payload */
static uint32_t
read_reply(struct wire *w, const struct gram *request, uint8_t *payload, uint32_t *id)
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint32_t end = 0;
	bool more = true;

	while (more) {
		uint16_t len = wire_out_frame(w, frame);
		const uint8_t *ip = frame + IP;
		const uint8_t *p = ip + IP_LEN;
		uint32_t place = wire_ipv6 ? get16(p + 2) & 0xfff8u : (get16(ip + 6) & 0x1fffu) * 8;
		uint32_t this_id = wire_ipv6 ? get32(p + 4) : get16(ip + 4);

		check(len <= IP + 1500);
		check((wire_ipv6 ? ip[6] == FRAGMENT && p[0] == ICMPV6 : ip[9] == 1));
		check(memcmp(ip + (wire_ipv6 ? 8 : 12), request->ip + IP + (wire_ipv6 ? 24 : 16),
			wire_ipv6 ? 16 : 4) == 0);
		check(memcmp(frame, request->ip + 6, 6) == 0 &&
			memcmp(frame + 6, request->ip, 6) == 0);
		more = wire_ipv6 ? (p[3] & 1) != 0 : (ip[6] & 0x20) != 0;
		p += wire_ipv6 ? EXT_LEN : 0;
		check(place == end && (end == 0 || this_id == *id));
		*id = this_id;
		len = (uint16_t)(len - (p - frame));
		check(!more || len % 8 == 0);
		memcpy(payload + end, p, len);
		end += len;
	}
	quiet();
	return end;
}

/* RFC 1122 3.2.2.6, RFC 4443 4.2: the reply has all of the data, so it is fragmented, too. */
WIRE(fragments_of_a_large_echo_are_answered, "RFC 1122 3.2.2.6, RFC 4443 4.2", "")
{
	static const uint32_t sizes[] = { 1993, 4000, 1493, 8000 };
	uint32_t ids[RTE_DIM(sizes)];
	uint8_t got[GRAM_MAX];
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(sizes); i++) {
		struct gram g = large_gram(w, ICMP, 7, sizes[i]);
		uint32_t first;

		for (first = 0; first < g.len; first += 1208)
			piece(g, first, RTE_MIN(first + 1208, g.len));
		check(read_reply(w, &g, got, &ids[i]) == g.len);
		for (k = 0; k < i; k++)
			check(ids[k] != ids[i]); /* whatever the requests had */
		check(got[0] == (wire_ipv6 ? 129 : 0));
		g.payload[0] = got[0];
		set_checksum(&g, g.payload, g.len, 2);
		check(memcmp(got, g.payload, g.len) == 0);
	}
	counted(packet.echo_replies, 4);
	counted(packet.tx_fragments, 2 + 4 + 2 + 7);
}

/* Send all of a datagram in fragments of at most 1208 bytes. */
static void
send_all(struct wire *w, const struct gram *g)
{
	uint32_t first;

	for (first = 0; first < g->len; first += 1208)
		piece(*g, first, RTE_MIN(first + 1208, g->len));
}

/* RFC 1122 3.2.2.6: the limit of echo replies is that of large ones, too. */
WIRE(fragments_of_a_large_echo_are_limited, "RFC 1122 3.2.2.6", "")
{
	struct gram g;
	uint8_t got[GRAM_MAX];
	uint32_t id;

	w->echoes_per_second = 1;
	g = large_gram(w, ICMP, 8, 4000);
	send_all(w, &g);
	check(read_reply(w, &g, got, &id) == g.len);
	g.id++;
	send_all(w, &g);
	quiet();
	counted(drop[RS_DROP_echo_limited], 4);
}

/* RFC 1122 3.2.2, RFC 4443 2.4: an echo reply that nobody asked for has no answer. */
WIRE(fragments_of_a_large_echo_reply_have_no_answer, "RFC 1122 3.2.2, RFC 4443 2.4", "")
{
	struct gram g = large_gram(w, ICMP, 8, 4000);

	g.payload[0] = wire_ipv6 ? 129 : 0;
	set_checksum(&g, g.payload, g.len, 2);
	send_all(w, &g);
	quiet();
	counted(drop[RS_DROP_icmp_type], 4);
}

/* The reply goes out in the parts that came: none may be larger than the MTU. */
WIRE(fragments_of_a_large_echo_beyond_the_mtu_have_no_answer, "RFC 791 3.2, RFC 8200 5", "")
{
	struct gram g;

	w->port.mtu = 1280;
	g = large_gram(w, ICMP, 8, 4000);
	piece(g, 0, 1400);
	piece(g, 1400, 2800);
	piece(g, 2800, g.len);
	quiet();
	counted(drop[RS_DROP_fragment_large], 3);
}

/* A wrong checksum of a large echo is found, whatever fragment has the wrong byte. */
WIRE(fragments_of_a_large_echo_that_is_wrong, "RFC 792, RFC 4443 2.3", "")
{
	struct gram g = large_gram(w, ICMP, 8, 4000);
	uint32_t first;

	g.payload[3001] ^= 4;
	for (first = 0; first < g.len; first += 1208)
		piece(g, first, RTE_MIN(first + 1208, g.len));
	quiet();
	counted(drop[RS_DROP_icmp_bad], 4);
}

/* RFC 1122 4.1.3.1, RFC 4443 3.1: a large UDP datagram has the answer of any other. */
WIRE(fragments_of_a_large_udp_datagram, "RFC 1122 4.1.3.1, RFC 4443 3.1", "")
{
	struct gram g = large_gram(w, UDP, 8, 4000);
	uint8_t got[WIRE_FRAME_MAX];
	const uint8_t *icmp = got + IP + IP_LEN;

	piece(g, 0, 1400);
	piece(g, 1400, 2800);
	piece(g, 2800, g.len);
	wire_out_frame(w, got);
	check(icmp[0] == (wire_ipv6 ? 1 : 3) && icmp[1] == (wire_ipv6 ? 4 : 3));
	/* the quoted datagram is the whole one */
	check(get16(icmp + 8 + (wire_ipv6 ? 4 : 2)) == g.len + (wire_ipv6 ? 0u : FRAME_IP_LEN));
	check(memcmp(icmp + 8 + IP_LEN, g.payload, 500) == 0);
	counted(packet.icmp_unreachables, 1);
	g.id++;
	g.payload[2000] ^= 1;
	piece(g, 0, 1400);
	piece(g, 1400, 2800);
	piece(g, 2800, g.len);
	counted(drop[RS_DROP_udp_bad], 3);
	quiet();
}

/* RFC 768: checksum 0 means that there is none; over IPv6 there must be one (RFC 8200 8.1). */
WIRE(fragments_of_a_large_udp_datagram_without_checksum, "RFC 768, RFC 8200 8.1", "")
{
	struct gram g = large_gram(w, UDP, 8, 4000);
	uint8_t got[WIRE_FRAME_MAX];

	put16(g.payload + 6, 0);
	send_all(w, &g);
	if (!wire_ipv6)
		wire_out_frame(w, got);
	counted(packet.icmp_unreachables, wire_ipv6 ? 0 : 1);
	counted(drop[RS_DROP_udp_bad], wire_ipv6 ? 4 : 0);
	/* a length that is less than that of the header */
	g.id++;
	put16(g.payload + 4, 7);
	send_all(w, &g);
	counted(drop[RS_DROP_udp_bad], 4);
	quiet();
}

/* RFC 1812 4.3.2.8, RFC 4443 2.4 (f): the limit of errors is that of large datagrams, too. */
WIRE(fragments_of_large_udp_datagrams_are_limited, "RFC 1812 4.3.2.8, RFC 4443 2.4", "")
{
	struct gram g = large_gram(w, UDP, 0, 4000);
	uint8_t got[WIRE_FRAME_MAX];
	unsigned int i;

	for (g.id = 1; g.id <= 12; g.id++)
		send_all(w, &g);
	for (i = 0; i < 10; i++)
		wire_out_frame(w, got);
	quiet();
	counted(packet.icmp_unreachables, 10);
	counted(drop[RS_DROP_icmp_limited], 2 * 4);
}

/* A segment larger than any MSS of ours allows has no place; it is not acknowledged. */
WIRE(fragments_of_a_large_segment_are_dropped, "3.7.1", "")
{
	struct gram g = large_gram(w, TCP, 8, 4000);

	piece(g, 0, 1400);
	piece(g, 1400, 2800);
	piece(g, 2800, g.len);
	quiet();
	counted(drop[RS_DROP_fragment_large], 3);
}

/* RFC 3168 5.3: a mark on one fragment is one of the datagram, or the datagram is dropped. */
WIRE(fragments_with_a_mark_of_congestion, "RFC 3168 5.3", "")
{
	struct gram g;
	uint32_t iss;

	in(SYN | ECE | CWR, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK | ECE, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	g = tcp_gram(w, 3, &seg(PSH | ACK, .seq = 101, .ack = iss + 1, .data = bytes(0),
		.len = 1200));
	g.tos = 2; /* ECT(0) */
	piece(g, 0, 400);
	g.tos = 3; /* CE */
	piece(g, 400, 800);
	g.tos = 2;
	piece(g, 800, 1220);
	told(DATA, .data = bytes(0), .len = 1200);
	due(1, 42);
	out(ACK | ECE, .seq = iss + 1, .ack = 1301);
	counted(tcp.rx_ce, 1);
	g.id = 4;
	g.tos = 3;
	piece(g, 0, 400);
	g.tos = 0; /* not ECN-capable */
	piece(g, 400, 1220);
	counted(drop[RS_DROP_fragment_ecn], 2);
	quiet();
}

/* RFC 6946 4: an atomic fragment is whole, whatever fragments have its identification. */
WIRE(fragment6_atomic_is_processed_in_isolation, "RFC 6946 4", "")
{
	struct wire_tcb t;
	struct gram g;

	ipv6_only();
	t = reach(ESTABLISHED);
	g = text_gram(w, 3, &t);
	piece(g, 0, 800);
	send_piece(HERE, &g, 0, g.len, false);
	text_arrived(t);
	counted(packet.reassembled, 0);
	send_piece(HERE, &g, 400, 800, true); /* ends the other datagram: an overlap */
	counted(drop[RS_DROP_fragment_overlap], 2);
}

/* RFC 8200 4.5: options in front of the fragment header are of the fragments. */
WIRE(fragment6_behind_destination_options, "RFC 8200 4.5", "")
{
	const uint8_t options[8] = { FRAGMENT, 0, 1, 4 };
	struct wire_tcb t;
	unsigned int i;

	ipv6_only();
	t = reach(ESTABLISHED);
	for (i = 0; i < 2; i++) {
		struct gram g = text_gram(w, 3, &t);
		uint8_t frame[WIRE_FRAME_MAX];
		uint16_t len = build_piece(&g, frame, i * 600, i == 0 ? 600 : 620, i == 0);

		memmove(frame + IP + FRAME_IP6_LEN + 8, frame + IP + FRAME_IP6_LEN,
			(size_t)len - IP - FRAME_IP6_LEN);
		memcpy(frame + IP + FRAME_IP6_LEN, options, 8);
		frame[IP + 6] = DSTOPTS;
		put16(frame + IP + 4, get16(frame + IP + 4) + 8u);
		wire_in_frame(w, frame, (uint16_t)(len + 8));
	}
	text_arrived(t);
}

/* RFC 6980 5: neighbour discovery with a fragment header is ignored. */
WIRE(fragment6_of_neighbour_discovery_is_ignored, "RFC 6980 5", "")
{
	uint8_t type; /* from router solicitation to redirect */

	ipv6_only();
	for (type = 133; type <= 137; type++) {
		struct gram g = large_gram(w, ICMPV6, type, 600);

		g.payload[0] = type;
		set_checksum(&g, g.payload, g.len, 2);
		piece(g, 0, 400);
		send_piece(HERE, &g, 0, g.len, false); /* an atomic one */
	}
	counted(drop[RS_DROP_nd_bad], 2 * 5);
	quiet();
}

/* The same behind any extension header: a first fragment has all of them (RFC 7112 5). */
WIRE(fragment6_of_neighbour_discovery_behind_a_header, "RFC 6980 5, RFC 7112 5", "")
{
	static const uint8_t headers[] = { HOPOPTS, ROUTING, FRAGMENT, DSTOPTS };
	unsigned int i;

	ipv6_only();
	for (i = 0; i < RTE_DIM(headers); i++) {
		struct gram g = gram_of(w, headers[i], 10 + i);

		g.len = 600;
		memcpy(g.payload, (const uint8_t[]){ ICMPV6, 0, 1, 4 }, 4);
		g.payload[8] = 135;
		piece(g, 0, 400);
	}
	counted(drop[RS_DROP_nd_bad], 4);
	quiet();
}

/* RFC 7112 5: the second header of the chain is not in the first fragment. */
WIRE(fragment6_first_without_the_second_header, "RFC 7112 5", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct gram g;
	uint16_t len;

	ipv6_only();
	g = gram_of(w, DSTOPTS, 3);
	g.len = 600;
	memcpy(g.payload, (const uint8_t[]){ DSTOPTS, 0, 1, 4 }, 4);
	len = build_piece(&g, frame, 0, 8, true);
	wire_in_frame(w, frame, len);
	error_out(w, frame, len, 4, 3, 0);
	quiet();
}

/* RFC 8200 4.5: a message that is not of neighbour discovery, an unknown protocol, and headers
 * beyond those that are looked at are kept until the other fragments come. */
WIRE(fragment6_of_another_message_is_kept, "RFC 8200 4.5", "")
{
	uint8_t got[WIRE_FRAME_MAX];
	struct gram g;
	unsigned int i;

	ipv6_only();
	g = large_gram(w, ICMPV6, 1, 600);
	g.payload[0] = 138; /* the type behind those of neighbour discovery */
	piece(g, 0, 400);
	g.proto = 50;
	g.id++;
	piece(g, 0, 400);
	g.proto = DSTOPTS;
	g.id++;
	for (i = 0; i < 9; i++)
		memcpy(g.payload + i * 8, (const uint8_t[]){ DSTOPTS, 0, 1, 4, 0, 0, 0, 0 }, 8);
	piece(g, 0, 400);
	quiet();
	skip(TIMEOUT);
	while (!TAILQ_EMPTY(&w->sent)) {
		wire_out_frame(w, got);
		check(got[IP + FRAME_IP6_LEN] == 3 && got[IP + FRAME_IP6_LEN + 1] == 1);
	}
	counted(packet.reassembly_timeouts, 3);
}

/* RFC 8200 4.5: a datagram to a group has no answer here, so its fragments are not kept. */
WIRE(fragment6_to_a_group_is_not_kept, "RFC 8200 4.5", "")
{
	struct gram g;

	ipv6_only();
	g = large_gram(w, ICMPV6, 3, 600);
	memcpy(g.ip, "\x33\x33\0\0\0\1", 6);
	memcpy(g.ip + IP + 24, (const uint8_t[16]){ 0xff, 2, [15] = 1 }, 16);
	piece(g, 0, 400);
	counted(drop[RS_DROP_ip_fragment], 1);
	quiet();
}

/* A stack that takes the datagrams of connections that it is asked about. */
struct other {
	bool takes;
	unsigned int asked;
	struct rs_tuple tuple;
	uint16_t len;
	uint16_t segs;
	uint8_t frame[WIRE_FRAME_MAX];
};

static bool
other_hand_over(void *arg, const struct rs_tuple *tuple, struct rte_mbuf *m)
{
	struct other *other = arg;

	other->asked++;
	other->tuple = *tuple;
	if (!other->takes)
		return false;
	other->segs = m->nb_segs;
	other->len = m->data_len;
	memcpy(other->frame, rte_pktmbuf_mtod(m, const void *), m->data_len);
	rte_pktmbuf_free(m);
	return true;
}

WIRE(fragments_of_a_connection_of_another_stack_are_handed_over, "3.10.7", "")
{
	struct other other = { .takes = true };
	const struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);
	struct wire_tcb t;
	struct gram g;

	w->hand_over = other_hand_over;
	w->hand_over_arg = &other;
	t = reach(ESTABLISHED);
	g = text_gram(w, 3, &t);
	piece(g, 0, 600);
	piece(g, 600, 1220);
	text_arrived(t);
	check(other.asked == 0); /* this stack has it */
	g = tcp_gram(w, 4, &seg(PSH | ACK, .seq = 1301, .ack = 1, .data = bytes(0), .len = 1200,
		.rport = WIRE_RPORT + 1));
	piece(g, 0, 600);
	piece(g, 600, 1220);
	quiet(); /* no reset */
	check(other.asked == 1 && other.tuple.rport == WIRE_RPORT + 1 && other.segs == 1);
	/* it is whole: the owner takes it as any other frame */
	check(other.len == IP + IP_LEN + 1220);
	check(rs_addr_equal(&other.tuple.raddr, &tuple.raddr));
	check(memcmp(other.frame + IP + IP_LEN + 20, bytes(0), 1200) == 0);
	/* no stack has it */
	other.takes = false;
	g.id++;
	piece(g, 0, 600);
	piece(g, 600, 1220);
	check(other.asked == 2);
	out(RST, .seq = 1, .rport = WIRE_RPORT + 1);
	reset(listen_bad_ack);
}
