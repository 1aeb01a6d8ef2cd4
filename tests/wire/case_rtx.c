/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Retransmission: the time-out and its samples (3.8.1, RFC 6298), what is sent again
 * (RFC 5681 3.1), and when a connection is given up (3.8.3).
 */

#include "wire.h"

/* RTO by RFC 6298 2.2 and 2.3, in milliseconds; the clock's granularity is 1 ms. */
struct rto {
	double srtt, rttvar;
};

static double
rto_of(struct rto *e, double r)
{
	double diff = e->srtt > r ? e->srtt - r : r - e->srtt;

	if (e->srtt == 0) {
		e->srtt = r;
		e->rttvar = r / 2;
	} else {
		e->rttvar = 0.75 * e->rttvar + 0.25 * diff;
		e->srtt = 0.875 * e->srtt + 0.125 * r;
	}
	return e->srtt + RTE_MAX(1.0, 4 * e->rttvar);
}

/* A connection whose SYN-ACK took `rtt` to be acknowledged. */
static struct wire_tcb
reach_with_rtt(struct wire *w, uint64_t rtt)
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	after(rtt);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	t.snd_una = t.snd_nxt;
	return t;
}

/* One byte goes out and is acknowledged after `rtt`. */
static void
round_trip(struct wire *w, struct wire_tcb *t, uint64_t rtt)
{
	user_send(bytes(0), 1);
	out(ACK, .seq = t->snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	after(rtt);
	quiet();
	in(ACK, .seq = 101, .ack = ++t->snd_nxt);
}

/* One byte goes out and is sent again after RTO, and not earlier. */
static void
times_out(struct wire *w, const struct wire_tcb *t, double rto)
{
	w->answers = true;
	user_send(bytes(0), 1);
	out(ACK, .seq = t->snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	due((uint64_t)rto, (uint64_t)rto + 3);
	out(ACK, .seq = t->snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
}

/* n segments of 1460 bytes go out. */
static void
sends(struct wire *w, const struct wire_tcb *t, uint32_t n)
{
	uint32_t i;

	w->answers = true;
	user_send(bytes(0), n * 1460);
	for (i = 0; i < n; i++)
		out(ACK, .seq = t->snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460),
			.len = 1460);
	quiet();
}

/* Segment number i goes out again. */
static void
again(struct wire *w, const struct wire_tcb *t, uint32_t i)
{
	out(ACK, .seq = t->snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460), .len = 1460);
}

/*
 * RTO
 */

WIRE(rtx_rto_is_at_least_a_second, "3.8.1, RFC 6298 2.4", "MUST-18")
{
	struct wire_tcb t = reach_with_rtt(w, 10);

	times_out(w, &t, 1000);
}

WIRE(rtx_rto_minimum_as_configured, "RFC 6298 2.4", "")
{
	struct wire_tcb t;

	w->tcp.rto_min_ms = 200;
	t = reach_with_rtt(w, 10);
	times_out(w, &t, 200);
}

WIRE(rtx_rto_from_the_syn_acks_sample, "3.8.1, RFC 6298 2.2", "MUST-18")
{
	struct wire_tcb t = reach_with_rtt(w, 500);

	/* SRTT = 500, RTTVAR = 250 */
	times_out(w, &t, 1500);
}

WIRE(rtx_rto_from_more_samples, "3.8.1, RFC 6298 2.3", "MUST-18")
{
	static const uint64_t rtts[6] = { 500, 700, 300, 800, 600, 650 };
	struct rto e = { 0 };
	struct wire_tcb t;
	unsigned int i;
	double rto;

	w->tcp.rto_min_ms = 1;
	t = reach_with_rtt(w, 400);
	rto = rto_of(&e, 400);
	for (i = 0; i < RTE_DIM(rtts); i++) {
		round_trip(w, &t, rtts[i]);
		rto = rto_of(&e, (double)rtts[i]);
	}
	times_out(w, &t, rto);
}

WIRE(rtx_rto_of_a_steady_path_comes_down, "RFC 6298 2.3", "MUST-18")
{
	struct rto e = { 0 };
	struct wire_tcb t;
	double rto;
	int i;

	w->tcp.rto_min_ms = 1;
	t = reach_with_rtt(w, 300);
	rto = rto_of(&e, 300);
	for (i = 0; i < 30; i++) {
		round_trip(w, &t, 300);
		rto = rto_of(&e, 300);
	}
	check(rto >= 301 && rto < 302);
	times_out(w, &t, rto);
}

WIRE(rtx_rto_doubles_up_to_the_maximum, "3.8.2, RFC 6298 5.5, 2.5", "MUST-19")
{
	struct wire_tcb t;
	uint64_t rto;

	w->tcp.r2_ms = 400000;
	t = reach(ESTABLISHED);
	times_out(w, &t, 1000);
	for (rto = 2000; rto <= 160000; rto *= 2) {
		due(RTE_MIN(rto, 60000u), RTE_MIN(rto, 60000u) + 2);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	}
}

WIRE(rtx_rto_maximum_as_configured, "RFC 6298 2.5", "")
{
	struct wire_tcb t;
	int i;

	w->tcp.rto_max_ms = 3000;
	t = reach(ESTABLISHED);
	times_out(w, &t, 1000);
	due(2000, 2002);
	for (i = 0; i < 4; i++) {
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
		due(3000, 3002);
	}
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
}

WIRE(rtx_no_sample_of_what_was_sent_twice, "3.8.1, RFC 6298 3", "MUST-18")
{
	struct wire_tcb t;

	/* Whichever of the two was acknowledged, 900 ms would raise RTO above 500 + 4 * 250. */
	w->tcp.rto_min_ms = 1;
	t = reach_with_rtt(w, 500);
	times_out(w, &t, 1500);
	after(900);
	in(ACK, .seq = 101, .ack = ++t.snd_nxt);
	/* RTO stays backed off until new data is acknowledged without being sent again. */
	times_out(w, &t, 3000);
	in(ACK, .seq = 101, .ack = ++t.snd_nxt);
	times_out(w, &t, 6000);
}

WIRE(rtx_backoff_ends_with_a_new_sample, "3.8.2, RFC 6298 5.7", "MUST-18 MUST-19")
{
	struct wire_tcb t = reach(ESTABLISHED);

	times_out(w, &t, 1000);
	due(2000, 2002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	in(ACK, .seq = 101, .ack = ++t.snd_nxt);
	round_trip(w, &t, 1);
	times_out(w, &t, 1000);
}

WIRE(rtx_rto_after_a_lost_syn_ack_is_3_seconds, "RFC 6298 5.7", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	due(1000, 1002);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	times_out(w, &t, 3000);
}

/*
 * The timer
 */

WIRE(rtx_timer_runs_from_the_first_segment, "RFC 6298 5.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 1);
	after(600);
	user_send(bytes(1460), 1460);
	again(w, &t, 1);
	due(400, 402);
	again(w, &t, 0);
}

WIRE(rtx_timer_restarts_with_each_ack_of_new_data, "RFC 6298 5.3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 3);
	after(400);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	after(400);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920);
	due(1000, 1002);
	again(w, &t, 2);
}

WIRE(rtx_timer_not_restarted_by_duplicate_acks, "RFC 6298 5.3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 1);
	after(900);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	due(100, 102);
	again(w, &t, 0);
}

WIRE(rtx_timer_stops_when_all_is_acked, "RFC 6298 5.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 3);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 3 * 1460);
	after(300000);
	quiet();
	state(ESTABLISHED);
}

WIRE(rtx_timer_not_stopped_by_an_ack_of_what_was_never_sent, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 1);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1461);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101);
	due(1000, 1002);
	again(w, &t, 0);
}

/*
 * What is sent again
 */

WIRE(rtx_loss_window_grows_with_the_acks, "3.8.2, RFC 5681 3.1", "MUST-19")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 7);
	due(1000, 1002);
	again(w, &t, 0);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	again(w, &t, 1);
	again(w, &t, 2);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920);
	again(w, &t, 3);
	again(w, &t, 4);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 4380);
	again(w, &t, 5);
	again(w, &t, 6);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 7 * 1460);
	after(5000);
	quiet();
}

WIRE(rtx_stops_where_the_peer_has_the_rest, "3.8", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* Only the first was lost: the peer kept the others (SHLD-31). */
	sends(w, &t, 5);
	due(1000, 1002);
	again(w, &t, 0);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5 * 1460);
	quiet();
	after(5000);
	quiet();
}

WIRE(rtx_goes_on_inside_a_segment, "3.8", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 2);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 700);
	quiet();
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt + 700, .ack = 101, .data = bytes(700), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2160);
	out(ACK | PSH, .seq = t.snd_nxt + 2160, .ack = 101, .data = bytes(2160), .len = 760);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920);
	after(5000);
	quiet();
}

WIRE(rtx_new_data_follows_what_was_lost, "3.8", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 2);
	due(1000, 1002);
	again(w, &t, 0);
	user_send(bytes(2920), 2920);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920);
	again(w, &t, 2);
	again(w, &t, 3);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 4 * 1460);
	after(5000);
	quiet();
}

WIRE(rtx_has_the_current_acknowledgment, "3.8", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 1);
	after(500);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(40, 42);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 106);
	due(400, 462);
	out(ACK, .seq = t.snd_nxt, .ack = 106, .data = bytes(0), .len = 1460);
}

WIRE(rtx_of_data_and_fin_in_one, "3.8.1, 3.10.4", "MUST-19")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	user_shutdown();
	/* The FIN may wait for the ACK or go alone; after the time-out it follows its data. */
	if (!TAILQ_EMPTY(&w->sent))
		out(FIN | ACK, .seq = t.snd_nxt + 5, .ack = 101);
	due(900, 1002);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 6);
	state(FIN_WAIT_2);
	after(5000);
	quiet();
}

WIRE(rtx_of_the_fin_when_its_data_was_acked, "3.8.1, 3.10.4", "MUST-19")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 2);
	user_shutdown();
	if (!TAILQ_EMPTY(&w->sent))
		out(FIN | ACK, .seq = t.snd_nxt + 2920, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920);
	due(1000, 1002);
	out(FIN | ACK, .seq = t.snd_nxt + 2920, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2921);
	state(FIN_WAIT_2);
}

WIRE(rtx_of_small_segments, "3.8.6", "")
{
	struct wire_tcb t = handshake(.lport = WIRE_LPORT_NODELAY);
	uint32_t i, len;

	for (i = 0; i < 3; i++) {
		user_send(bytes(i * 100), 100);
		out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt + i * 100, .ack = 101,
			.data = bytes(i * 100), .len = 100);
	}
	/* They may be repackaged, but what is at SND.UNA goes first. */
	due(1000, 1002);
	len = next_out()->len;
	check(len == 100 || len == 200 || len == 300);
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt, .ack = 101, .data = bytes(0),
		.len = len);
	while (!TAILQ_EMPTY(&w->sent)) {
		check(len < 300 && next_out()->len == 100);
		out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt + len, .ack = 101,
			.data = bytes(len), .len = 100);
		len += 100;
	}
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = t.snd_nxt + 300);
	after(5000);
	quiet();
}

WIRE(rtx_after_close_wait, "3.8.1, 3.10.8", "MUST-19")
{
	struct wire_tcb t = reach(CLOSE_WAIT);

	user_send("late", 4);
	out(ACK, .seq = t.snd_nxt, .ack = 102, .data = "late");
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 102, .data = "late");
	in(ACK, .seq = 102, .ack = t.snd_nxt + 4);
	after(5000);
	quiet();
}

/*
 * R1 and R2
 */

WIRE(rtx_r1_is_told_after_three, "3.8.3", "MUST-20 SHLD-10")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint64_t rto;

	sends(w, &t, 1);
	for (rto = 1000; rto <= 4000; rto *= 2) {
		counted(tcp.r1_reached, 0);
		due(rto, rto + 2);
		again(w, &t, 0);
	}
	counted(tcp.r1_reached, 1);
	due(8000, 8002);
	again(w, &t, 0);
	/* Once for a segment */
	counted(tcp.r1_reached, 0);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	counted(tcp.retransmitted, 4);
}

WIRE(rtx_r1_is_of_one_segment, "3.8.3", "MUST-20 SHLD-10")
{
	struct wire_tcb t = reach(ESTABLISHED);

	sends(w, &t, 2);
	due(1000, 1002);
	again(w, &t, 0);
	due(2000, 2002);
	again(w, &t, 0);
	/* The second one is sent again for the first time here, after 2 of the first one. */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	again(w, &t, 1);
	due(4000, 4002);
	again(w, &t, 1);
	counted(tcp.r1_reached, 0);
	due(8000, 8002);
	again(w, &t, 1);
	due(16000, 16002);
	again(w, &t, 1);
	counted(tcp.r1_reached, 1);
}

/* Nothing is acknowledged any more. @return milliseconds until the reset with this SEQ */
static uint64_t
given_up(struct wire *w, uint32_t snd_nxt)
{
	uint64_t begin = w->now;

	for (;;) {
		due(1, 60002);
		if ((next_out()->flags & RST) != 0)
			break;
		out(ACK, .seq = snd_nxt - 1460, .ack = 101, .data = bytes(0), .len = 1460);
	}
	out(RST, .seq = snd_nxt);
	ended(TIMEOUT);
	state(CLOSED);
	after(100000);
	quiet();
	return (w->now - begin) / 1000 - 100000;
}

WIRE(rtx_r2_ends_the_connection, "3.8.3", "MUST-20 SHLD-11")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint64_t ms;

	sends(w, &t, 1);
	ms = given_up(w, t.snd_nxt + 1460);
	check(ms >= 100000 && ms <= 100002);
	reset(rtx_limit);
}

WIRE(rtx_r2_as_configured, "3.8.3", "MUST-20 MUST-21")
{
	struct wire_tcb t;
	uint64_t ms;

	w->tcp.r2_ms = 5000;
	t = reach(ESTABLISHED);
	sends(w, &t, 1);
	ms = given_up(w, t.snd_nxt + 1460);
	check(ms >= 5000 && ms <= 5002);
	reset(rtx_limit);
}

WIRE(rtx_r2_is_of_one_segment, "3.8.3", "MUST-20")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	/* An acknowledgment of another segment each 50 s: none is sent for 100 s. */
	sends(w, &t, 6);
	for (i = 0; i < 6; i++) {
		after(50000);
		while (!TAILQ_EMPTY(&w->sent))
			again(w, &t, (uint32_t)(next_out()->seq - t.snd_nxt) / 1460);
		in(ACK, .seq = 101, .ack = t.snd_nxt + (i + 1) * 1460);
	}
	while (!TAILQ_EMPTY(&w->sent))
		again(w, &t, (uint32_t)(next_out()->seq - t.snd_nxt) / 1460);
	state(ESTABLISHED);
	after(200000);
	quiet();
}

WIRE(rtx_r2_of_the_next_data_begins_anew, "3.8.3", "MUST-20")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint64_t ms;

	sends(w, &t, 1);
	after(90000);
	while (!TAILQ_EMPTY(&w->sent))
		again(w, &t, 0);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	after(1000);
	t.snd_nxt += 1460;
	sends(w, &t, 1);
	ms = given_up(w, t.snd_nxt + 1460);
	check(ms >= 100000 && ms <= 100002);
	reset(rtx_limit);
}
