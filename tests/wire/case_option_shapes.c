/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Options of every kind and every length, legal or not, whole or cut off, at every place of
 * the header, in every state (RFC 9293 3.1, 3.2): what stands before an illegal one counts,
 * it is counted itself, and text and connection are as without it.
 */

#include "wire.h"

enum {
	OPT_MAX = 40,
	PEER_TSVAL = 7000,
};

static const uint8_t kinds[] = { 0, 1, 2, 3, 4, 5, 8, 28, 253, 255 };

/* A list of options, and what is to be read in it. */
struct shape {
	uint8_t opt[OPT_MAX];
	uint8_t len;            /* of the list, a multiple of 4 */
	bool legal;
	int mss, ws;
	bool sack_ok, ts;
};

/* How long an option of a kind may be, besides what n blocks of 8 bytes add to SACK. */
static bool
length_is_legal(uint8_t kind, uint8_t len)
{
	switch (kind) {
	case 2: /* maximum segment size: RFC 9293 3.2 */
		return len == 4;
	case 3: /* window scale: RFC 7323 2.2 */
		return len == 3;
	case 4: /* SACK permitted: RFC 2018 2 */
		return len == 2;
	case 5: /* SACK: RFC 2018 3 */
		return len == 10 || len == 18 || len == 26 || len == 34;
	case 8: /* timestamps: RFC 7323 3.2 */
		return len == 10;
	case 28: /* user time-out: RFC 5482 3.3 */
		return len == 4;
	default:
		return len >= 2;
	}
}

/* RFC 9293 3.1: one octet, or kind, length and data. What follows an illegal one is lost. */
static void
read_shape(struct shape *s)
{
	uint8_t i = 0;

	s->legal = true;
	s->mss = s->ws = NONE;
	s->sack_ok = s->ts = false;
	while (i < s->len && s->opt[i] != 0) {
		const uint8_t *o = &s->opt[i];

		if (o[0] == 1) {
			i++;
			continue;
		}
		if (i + 1 == s->len || o[1] > s->len - i || !length_is_legal(o[0], o[1])) {
			s->legal = false;
			return;
		}
		if (o[0] == 2)
			s->mss = o[2] << 8 | o[3];
		if (o[0] == 3)
			s->ws = o[2];
		s->sack_ok |= o[0] == 4;
		s->ts |= o[0] == 8;
		i = (uint8_t)(i + o[1]);
	}
}

/* What stands before the option: legal, and known by what comes of it. */
static const uint8_t mss_1000[] = { 2, 4, 0x03, 0xe8 };
static const uint8_t ts_first[] = { 1, 1, 8, 10, 0, 0, PEER_TSVAL >> 8, PEER_TSVAL & 0xff,
	0, 0, 0, 0 };

/* One option behind others and some NOPs, in a header that ends where its word ends. */
static void
make_shape(struct shape *s, const uint8_t *first, uint8_t first_len, uint8_t at, uint8_t kind,
	uint8_t len, uint8_t end)
{
	uint8_t option[OPT_MAX];
	uint8_t i;

	/* A second MSS or timestamp says the same as the first one. */
	for (i = 0; i < OPT_MAX; i++)
		option[i] = mss_1000[2 + i % 2];
	if (kind == 8)
		memcpy(&option[2], &ts_first[4], 8);
	option[0] = kind;
	option[1] = len;
	memset(s, 0, sizeof(*s));
	memset(s->opt, 1, at);
	memcpy(s->opt, first, first_len);
	s->len = (uint8_t)RTE_MIN(RTE_ALIGN_CEIL(end, 4), OPT_MAX);
	/* one of length 0 or 1 has its two bytes */
	len = (uint8_t)RTE_MAX(len, kind > 1 ? 2 : 1);
	memcpy(&s->opt[at], option, RTE_MIN((unsigned int)len, (unsigned int)s->len - at));
	read_shape(s);
}

typedef void use_shape(struct wire *w, const struct shape *s);

static void
use(struct wire *w, const struct shape *s, use_shape *what)
{
	char *text = w->about;
	uint8_t i;

	for (i = 0; i < s->len; i++) {
		*text++ = "0123456789abcdef"[s->opt[i] >> 4];
		*text++ = "0123456789abcdef"[s->opt[i] & 15];
		*text++ = ' ';
	}
	*text = '\0';
	what(w, s);
}

/* The header ends behind the kind, the length, the data or as late as it can. */
static void
every_end(struct wire *w, struct shape *s, const uint8_t *first, uint8_t first_len, uint8_t at,
	uint8_t kind, uint8_t len, use_shape *what)
{
	const unsigned int ends[] = { at + 1u, at + 2u, at + RTE_MAX(len, 1u), OPT_MAX };
	uint8_t before = 0;
	unsigned int i;

	for (i = 0; i < RTE_DIM(ends); i++) {
		make_shape(s, first, first_len, at, kind, len, (uint8_t)RTE_MIN(ends[i],
			(unsigned int)OPT_MAX));
		if (s->len > before)
			use(w, s, what);
		before = s->len;
	}
}

/* Each kind with each length at each place. */
static void
every_shape(struct wire *w, const uint8_t *first, uint8_t first_len, use_shape *what)
{
	struct shape s;
	unsigned int k;
	uint8_t at, len;

	for (at = first_len; at < OPT_MAX; at++) {
		for (k = 0; k < RTE_DIM(kinds); k++) {
			for (len = 0; len <= OPT_MAX; len++)
				every_end(w, &s, first, first_len, at, kinds[k], len, what);
			every_end(w, &s, first, first_len, at, kinds[k], 255, what);
		}
	}
	w->about[0] = '\0';
}

#define SHAPE(s) .opt = (const char *)(s)->opt, .opt_len = (s)->len

static struct rs_conn_info
inspect(struct wire *w)
{
	const struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);
	struct rs_conn_info info = { 0 };

	check(rs_stack_inspect(stack(), &tuple, &info) == 0);
	return info;
}

/* The reset of a connection that is not needed any more. */
static void
kill(struct wire *w)
{
	const struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);

	check(rs_stack_kill(stack(), &tuple) == 0);
	wire_run(w, NULL, 0);
	check((next_out()->flags & RST) != 0);
	out(RST | (next_out()->flags & ACK), .seq = next_out()->seq, .ack = 101);
	reset(killed);
}

/*
 * Without a connection
 */

static void
to_a_closed_port(struct wire *w, const struct shape *s)
{
	in(PSH, .lport = WIRE_LPORT_CLOSED, .seq = 100, SHAPE(s), .data = "text");
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 104);
	reset(no_connection);
}

WIRE(option_shapes_to_a_closed_port, "3.1, 3.10.7.1", "MUST-5 MUST-7 MUST-64")
{
	every_shape(w, mss_1000, 0, to_a_closed_port);
}

static void
in_syn(struct wire *w, const struct shape *s)
{
	in(SYN, .seq = 100, SHAPE(s));
	check((next_out()->ws != NONE) == (s->ws != NONE));
	check((next_out()->sack_ok == 1) == s->sack_ok);
	check((next_out()->tsval != NONE) == s->ts);
	out(SYN | ACK, .ack = 101);
	check(inspect(w).mss == s->mss);
	counted(tcp.bad_options, !s->legal);
	kill(w);
}

WIRE(option_shapes_in_syn, "3.1, 3.2", "MUST-4 MUST-5 MUST-6 MUST-7 MUST-64")
{
	every_shape(w, mss_1000, sizeof(mss_1000), in_syn);
}

static void
in_ack_of_syn_ack(struct wire *w, const struct shape *s)
{
	uint32_t iss;

	in(SYN, .seq = 100, TS(PEER_TSVAL, 0));
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1, SHAPE(s));
	told(OPENED);
	state(ESTABLISHED);
	counted(tcp.bad_options, !s->legal);
	kill(w);
	ended(ABORTED);
}

WIRE(option_shapes_in_ack_of_syn_ack, "3.1, 3.10.7.4", "MUST-5 MUST-6 MUST-7 MUST-64")
{
	every_shape(w, ts_first, sizeof(ts_first), in_ack_of_syn_ack);
}

static void
in_syn_ack(struct wire *w, const struct shape *s)
{
	uint32_t iss;

	connect();
	iss = out(SYN);
	in(SYN | ACK, .seq = 100, .ack = iss + 1, SHAPE(s));
	told(OPENED);
	state(ESTABLISHED);
	check((next_out()->tsval != NONE) == s->ts);
	out(ACK, .seq = iss + 1, .ack = 101);
	check(inspect(w).mss == s->mss);
	counted(tcp.bad_options, !s->legal);
	kill(w);
	ended(ABORTED);
}

WIRE(option_shapes_in_syn_ack, "3.1, 3.2, 3.10.7.3", "MUST-4 MUST-5 MUST-6 MUST-7 MUST-64")
{
	every_shape(w, mss_1000, sizeof(mss_1000), in_syn_ack);
}

/*
 * In a connection with all options
 */

#define FROM_PEER TS(PEER_TSVAL, 0)

static void
peer_fin(struct wire *w, struct wire_tcb *t)
{
	in(FIN | ACK, .seq = t->rcv_nxt, .ack = t->snd_una, FROM_PEER);
	t->rcv_nxt++;
	out(ACK, .seq = t->snd_nxt, .ack = t->rcv_nxt);
	told(PEER_CLOSED);
}

static void
our_fin(struct wire *w, struct wire_tcb *t)
{
	user_shutdown();
	out(FIN | ACK, .seq = t->snd_nxt, .ack = t->rcv_nxt);
	t->snd_nxt++;
}

static void
reach_with_options(struct wire *w, enum rs_state state)
{
	struct wire_tcb t = handshake(.ws = 0, .sack_ok = 1, FROM_PEER);

	if (state == RS_CLOSE_WAIT || state == RS_LAST_ACK)
		peer_fin(w, &t);
	if (state != RS_ESTABLISHED && state != RS_CLOSE_WAIT)
		our_fin(w, &t);
	if (state == RS_FIN_WAIT_2 || state == RS_TIME_WAIT) {
		in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt, FROM_PEER);
		t.snd_una = t.snd_nxt;
	}
	if (state == RS_CLOSING || state == RS_TIME_WAIT)
		peer_fin(w, &t);
	if (state == RS_TIME_WAIT)
		ended(CLOSED);
	state_param();
}

/* An ACK of nothing new: by its window it is no duplicate (RFC 5681 2). */
static void
in_empty_ack(struct wire *w, const struct shape *s)
{
	struct rs_conn_info before = inspect(w), now;

	in(ACK, .seq = before.rcv_nxt - w->base, .ack = before.snd_una, SHAPE(s),
		.wnd = before.snd_wnd == 40000 ? 40001 : 40000);
	quiet();
	nothing_told();
	now = inspect(w);
	check(now.state == before.state && now.rcv_nxt == before.rcv_nxt);
	check(now.snd_una == before.snd_una && now.snd_nxt == before.snd_nxt);
	if (now.state != RS_TIME_WAIT) /* which sends no text, and so keeps no window */
		check(now.snd_wnd != before.snd_wnd);
	counted(tcp.bad_options, !s->legal);
}

WIRE_STATES(option_shapes_in_empty_ack, SYNCHRONIZED, "3.1, 3.10.7.4",
	"MUST-5 MUST-6 MUST-7 MUST-64")
{
	reach_with_options(w, w->param);
	every_shape(w, ts_first, sizeof(ts_first), in_empty_ack);
}

static void
in_text(struct wire *w, const struct shape *s)
{
	struct rs_conn_info info = inspect(w);

	in(ACK | PSH, .seq = info.rcv_nxt - w->base, .ack = info.snd_nxt, SHAPE(s),
		.data = "text");
	told(DATA, .data = "text");
	out(ACK, .seq = info.snd_nxt, .ack = info.rcv_nxt - w->base + 4);
	counted(tcp.bad_options, !s->legal);
}

WIRE(option_shapes_in_text, "3.1, 3.10.7.4", "MUST-5 MUST-6 MUST-7 MUST-64")
{
	w->tcp.ack_delay_ms = 0;
	handshake(.ws = 0, .sack_ok = 1, FROM_PEER);
	every_shape(w, ts_first, sizeof(ts_first), in_text);
}

/*
 * Options of the IP header (RFC 791 3.1), with the same shapes: no operation and the end of
 * the list are the same two. Which of them a datagram is dropped for is for others to say.
 */

enum { IP = 14, IP_LEN = 20, L4 = IP + IP_LEN, SOURCE_ROUTE = 131, STRICT_ROUTE = 137 };

static const uint8_t ip_kinds[] = { 7, 68, 130, SOURCE_ROUTE, 133, 136, STRICT_ROUTE, 148, 255 };

static uint16_t
build_with_ip_options(struct wire *w, uint8_t *frame, const struct shape *s)
{
	const struct wire_seg data = seg(PSH, .lport = WIRE_LPORT_CLOSED, .seq = 100,
		.data = "text");
	uint16_t tcp_len = 24;

	build(data, frame);
	memmove(frame + L4 + s->len, frame + L4, tcp_len);
	memcpy(frame + L4, s->opt, s->len);
	frame[IP] = (uint8_t)(0x45 + s->len / 4);
	frame[IP + 3] = (uint8_t)(IP_LEN + s->len + tcp_len);
	frame_set_ip_checksum(frame + IP);
	return (uint16_t)RTE_MAX(L4 + s->len + tcp_len, 60);
}

static void
in_ip_header(struct wire *w, const struct shape *s)
{
	uint64_t segments = rs_stack_stats(stack())->tcp.rx_segments;
	uint8_t frame[WIRE_FRAME_MAX];

	in_frame(frame, build_with_ip_options(w, frame, s));
	if (rs_stack_stats(stack())->tcp.rx_segments == segments && !s->legal)
		return; /* dropped, as it may be */
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 104);
	reset(no_connection);
}

/* Source routes are whole or not, and dropped or not: nothing but a reset may come of them. */
static void
in_routed_header(struct wire *w, const struct shape *s)
{
	struct shape any = *s;

	any.legal = false;
	in_ip_header(w, &any);
}

WIRE(option_shapes_in_ip_header, "3.9.2, RFC 791 3.1", "MUST-50")
{
	struct shape s;
	unsigned int k, len;
	uint8_t at;

	for (at = 0; at < OPT_MAX; at++) {
		for (k = 0; k < RTE_DIM(ip_kinds); k++) {
			uint8_t kind = ip_kinds[k];
			bool routed = kind == SOURCE_ROUTE || kind == STRICT_ROUTE;

			for (len = 0; len <= OPT_MAX; len++)
				every_end(w, &s, mss_1000, 0, at, kind, (uint8_t)len,
					routed ? in_routed_header : in_ip_header);
		}
	}
	w->about[0] = '\0';
}
