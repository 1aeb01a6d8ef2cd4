/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The User Timeout option (RFC 5482): what we tell, what we take over from the peer, and
 * between which limits. Retransmissions go on for R2, 100 seconds, when nothing is told.
 */

#include "wire.h"

#define MINUTES (1 << 15)

/* What is sent again is of no interest here. */
static void
skip_retransmissions(struct wire *w)
{
	while (!TAILQ_EMPTY(&w->sent) && (next_out()->flags & RST) == 0)
		skip_out();
}

/* Data of ours stays unacknowledged: the connection ends after so many milliseconds. */
static void
given_up(struct wire *w, const struct wire_tcb *t, uint64_t ms)
{
	uint64_t begin = w->now;

	w->answers = true;
	user_send("hello", 5);
	out(ACK, .seq = t->snd_nxt, .ack = t->rcv_nxt, .data = "hello");
	do {
		due(1, 60002);
		skip_retransmissions(w);
	} while (TAILQ_EMPTY(&w->sent));
	check(w->now - begin >= ms * 1000 && w->now - begin <= (ms + 2) * 1000);
	out(RST, .seq = t->snd_nxt + 5);
	ended(TIMEOUT);
}

/* A connection with the option, which the peer sent in its SYN. */
static struct wire_tcb
with_uto(struct wire *w, int uto)
{
	w->tcp.uto = true;
	return handshake(.uto = uto);
}

WIRE(uto_in_syn_ack_and_first_segment, "RFC 5482 3", "")
{
	struct wire_tcb t;

	w->tcp.uto = true;
	in(SYN, .seq = 100, .mss = 1460);
	t.snd_nxt = out(SYN | ACK, .ack = 101, .uto = 100) + 1;
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", .uto = 100);
	/* not in those that follow */
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt + 5, .ack = 101, .uto = NONE);
}

WIRE(uto_in_syn_ack_sent_again, "RFC 5482 3", "")
{
	uint32_t iss;

	w->tcp.uto = true;
	in(SYN, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, .ack = 101, .uto = 100);
	due(1000, 1002);
	out(SYN | ACK, .seq = iss, .ack = 101, .uto = 100);
}

WIRE(uto_off_by_default, "RFC 5482 3", "")
{
	struct wire_tcb t;

	in(SYN, .seq = 100, .uto = 300);
	t.snd_nxt = out(SYN | ACK, .ack = 101, .uto = NONE) + 1;
	in(ACK, .seq = 101, .ack = t.snd_nxt, .uto = 300);
	told(OPENED);
	t.rcv_nxt = 101;
	given_up(w, &t, 100000);
	reset(rtx_limit);
}

WIRE(uto_tells_what_is_configured, "RFC 5482 3, 3.3", "")
{
	w->tcp.uto = true;
	w->tcp.user_timeout_ms = 45001;
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .uto = 46); /* seconds, not less than it is */
}

WIRE(uto_tells_minutes_where_seconds_do_not_fit, "RFC 5482 3.3", "")
{
	w->tcp.uto = true;
	w->tcp.r2_ms = 32768 * 1000;
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .uto = MINUTES | 547);
}

WIRE(uto_tells_the_most_seconds, "RFC 5482 3.3", "")
{
	w->tcp.uto = true;
	w->tcp.r2_ms = 32767 * 1000;
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .uto = 32767);
}

WIRE(uto_longer_of_the_peer_taken, "RFC 5482 3.1", "")
{
	struct wire_tcb t = with_uto(w, 240);

	given_up(w, &t, 240000);
	reset(user_timeout);
}

WIRE(uto_shorter_of_the_peer_not_below_ours, "RFC 5482 3.1", "")
{
	struct wire_tcb t = with_uto(w, 20);

	/* max(ADV_UTO, REMOTE_UTO, L_LIMIT) */
	given_up(w, &t, 100000);
	reset(user_timeout);
}

WIRE(uto_lower_limit, "RFC 5482 3.1", "")
{
	struct wire_tcb t;

	w->tcp.uto_min_ms = 150000;
	t = with_uto(w, 120);
	given_up(w, &t, 150000);
	reset(user_timeout);
}

WIRE(uto_upper_limit, "RFC 5482 3.1", "")
{
	struct wire_tcb t;

	w->tcp.uto_max_ms = 200000;
	t = with_uto(w, 32767);
	given_up(w, &t, 200000);
	reset(user_timeout);
}

WIRE(uto_upper_limit_of_minutes, "RFC 5482 3.1, 3.3", "")
{
	struct wire_tcb t;

	w->tcp.uto_max_ms = 200000;
	t = with_uto(w, MINUTES | 32767);
	given_up(w, &t, 200000);
	reset(user_timeout);
}

WIRE(uto_of_minutes, "RFC 5482 3.3", "")
{
	struct wire_tcb t = with_uto(w, MINUTES | 4);

	given_up(w, &t, 240000);
	reset(user_timeout);
}

WIRE(uto_of_zero_ignored, "RFC 5482 3.4", "")
{
	struct wire_tcb t = with_uto(w, 0);

	given_up(w, &t, 100000);
	reset(rtx_limit);
}

WIRE(uto_of_zero_minutes_ignored, "RFC 5482 3.4", "")
{
	struct wire_tcb t = with_uto(w, 240);

	/* what was told before it goes on */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .uto = MINUTES);
	given_up(w, &t, 240000);
	reset(user_timeout);
}

WIRE(uto_in_any_segment, "RFC 5482 3, 3.2", "")
{
	struct wire_tcb t = with_uto(w, NONE);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .uto = 240);
	given_up(w, &t, 240000);
	reset(user_timeout);
}

WIRE(uto_last_one_counts, "RFC 5482 3.2", "")
{
	struct wire_tcb t = with_uto(w, 480);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .uto = 240);
	given_up(w, &t, 240000);
	reset(user_timeout);
}

WIRE(uto_not_of_a_segment_that_is_not_acceptable, "RFC 5482 5, 3.10.7.4 first", "")
{
	struct wire_tcb t = with_uto(w, NONE);

	in(ACK, .seq = 101 + WIRE_RCV_BUF, .ack = t.snd_nxt, .uto = 240);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .uto = 240);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	given_up(w, &t, 100000);
	reset(rtx_limit);
}

WIRE(uto_of_illegal_length_ignored, "RFC 5482 3.3", "MUST-7")
{
	struct wire_tcb t = with_uto(w, NONE);

	in(ACK, .seq = 101, .ack = t.snd_nxt, OPT("\34\3\360\0"));
	in(ACK, .seq = 101, .ack = t.snd_nxt, OPT("\34\5\360\0\0\0\0\0"));
	counted(tcp.bad_options, 2);
	given_up(w, &t, 100000);
	reset(rtx_limit);
}

WIRE(uto_configured_is_not_changed, "RFC 5482 3.1", "")
{
	struct wire_tcb t;

	w->tcp.user_timeout_ms = 45000;
	t = with_uto(w, 240);
	given_up(w, &t, 45000);
	reset(user_timeout);
}

WIRE(uto_with_timestamps_and_sack, "RFC 5482 3, RFC 9293 3.1", "")
{
	struct wire_tcb t;

	w->tcp.uto = true;
	in(SYN, .seq = 100, .mss = 1460, .ws = 2, .sack_ok = 1, TS(7000, 0));
	t.snd_nxt = out(SYN | ACK, .ack = 101, .mss = 1460, .ws = 0, .sack_ok = 1, .tsecr = 7000,
		.uto = 100) + 1;
	in(ACK, .seq = 101, .ack = t.snd_nxt, TS(7000, 0));
	told(OPENED);
	/* three blocks in one burst: timestamps and user time-out leave room for two */
	burst(seg(ACK, .seq = 201, .ack = t.snd_nxt, .data = "a", TS(7000, 0)),
		seg(ACK, .seq = 301, .ack = t.snd_nxt, .data = "b", TS(7000, 0)),
		seg(ACK, .seq = 401, .ack = t.snd_nxt, .data = "c", TS(7000, 0)));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000, .uto = 100,
		SACK({ 401, 402 }, { 301, 302 }));
	in(ACK, .seq = 501, .ack = t.snd_nxt, .data = "d", TS(7000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000, .uto = NONE,
		SACK({ 501, 502 }, { 401, 402 }, { 301, 302 }));
}

WIRE(uto_makes_text_shorter, "RFC 9293 3.7.1, RFC 6691 2", "MUST-16")
{
	struct wire_tcb t;

	w->tcp.uto = true;
	t = handshake(.mss = 1000);
	user_send(bytes(0), 1996);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 996, .uto = 100);
	out(ACK, .seq = t.snd_nxt + 996, .ack = 101, .data = bytes(996), .len = 1000);
}

WIRE(uto_keepalive_comes_later, "RFC 5482 4.2", "")
{
	struct wire_tcb t;

	w->tcp.uto = true;
	w->tcp.keepalive_ms = 10000;
	t = handshake(.lport = WIRE_LPORT_KEEPALIVE, .uto = 240);
	after(240000);
	quiet();
	due(1, 10);
	out(ACK, .lport = WIRE_LPORT_KEEPALIVE, .seq = t.snd_nxt - 1, .ack = 101);
}

WIRE(uto_none_keepalive_as_configured, "RFC 5482 4.2", "")
{
	struct wire_tcb t;

	w->tcp.uto = true;
	w->tcp.keepalive_ms = 10000;
	t = handshake(.lport = WIRE_LPORT_KEEPALIVE);
	due(10000, 10002);
	out(ACK, .lport = WIRE_LPORT_KEEPALIVE, .seq = t.snd_nxt - 1, .ack = 101);
}

/*
 * Set by the service for one connection (RFC 9293 MUST-21).
 */

static void
set_user_timeout(struct wire *w, uint32_t seconds)
{
	const struct wire_conn *c = user(WIRE_RPORT);

	rs_conn_set_user_timeout(c->tcp, c->tcb, seconds);
}

WIRE(uto_set_for_a_connection, "3.8.3, 3.9.1.2", "MUST-21 MUST-20")
{
	struct wire_tcb t = reach(ESTABLISHED);

	set_user_timeout(w, 12);
	given_up(w, &t, 12000);
	reset(user_timeout);
}

WIRE(uto_set_longer_than_r2, "3.8.3", "MUST-21")
{
	struct wire_tcb t = reach(ESTABLISHED);

	set_user_timeout(w, 640);
	given_up(w, &t, 640000);
	reset(user_timeout);
}

WIRE(uto_set_is_not_the_peers_to_change, "RFC 5482 3.1", "")
{
	struct wire_tcb t = with_uto(w, 240);

	set_user_timeout(w, 120);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .uto = 300);
	given_up(w, &t, 120000);
	reset(user_timeout);
}

WIRE(uto_set_and_taken_back, "3.8.3", "MUST-21")
{
	struct wire_tcb t = reach(ESTABLISHED);

	set_user_timeout(w, 640);
	set_user_timeout(w, 0);
	given_up(w, &t, 100000);
	reset(rtx_limit);
}

WIRE(uto_set_while_it_runs, "3.9.1.2", "MUST-21")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	after(500);
	set_user_timeout(w, 5);
	due(500, 502);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	due(2000, 2002);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	/* 5 seconds from when it was set */
	due(2495, 2505);
	out(RST, .seq = t.snd_nxt + 5);
	ended(TIMEOUT);
	reset(user_timeout);
}
