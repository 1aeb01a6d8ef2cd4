/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Recovery from loss: fast retransmit and NewReno without SACK (RFC 5681 3.2, RFC 6582),
 * limited transmit (RFC 3042), how much goes out meanwhile (RFC 6937), and what is undone
 * when nothing had been lost (RFC 3522, RFC 3708).
 */

#include "flight.h"

/*
 * Duplicate ACKs
 */

WIRE(recovery_third_duplicate_ack, "RFC 5681 3.2", "MUST-19")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 5);
	go(0, 5);
	after(100);
	acks(0);
	acks(0);
	quiet();
	acks(0);
	go(0, 1);
	acks(0);
	quiet();
	after(100);
	acks(5);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 1);
	counted(tcp.rto_expired, 0);
	counted(tcp.fast_recoveries, 1);
}

WIRE(recovery_two_duplicate_acks_are_reordering, "RFC 5681 3.2", "")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 4);
	go(0, 4);
	after(100);
	acks(0);
	acks(0);
	acks(3);
	acks(4);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 0);
}

WIRE(recovery_no_duplicate_with_text, "RFC 5681 2 (b)", "")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	send_segments(0, 5);
	go(0, 5);
	after(100);
	for (i = 0; i < 4; i++) {
		in(ACK, .seq = 101 + i, .ack = AT(0), .data = "x");
		told(DATA, .data = "x");
	}
	due(40, 42);
	out(ACK, .seq = AT(5), .ack = 105);
	quiet();
	in(ACK, .seq = 105, .ack = AT(5));
	counted(tcp.retransmitted, 0);
}

WIRE(recovery_no_duplicate_with_another_window, "RFC 5681 2 (e)", "")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	send_segments(0, 5);
	go(0, 5);
	after(100);
	for (i = 0; i < 6; i++)
		acks(0, .wnd = 60000 + (i % 2) * 1000);
	quiet();
	acks(5);
}

WIRE(recovery_no_duplicate_with_nothing_in_flight, "RFC 5681 2 (a)", "")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	for (i = 0; i < 6; i++)
		acks(0);
	send_segments(0, 5);
	go(0, 5);
	after(100);
	acks(0);
	acks(0);
	quiet();
	acks(5);
}

WIRE(recovery_no_duplicate_in_a_closed_window, "RFC 5681 2, 3.8.6.1", "MUST-37")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	send_segments(0, 2);
	go(0, 2);
	for (i = 0; i < 6; i++)
		acks(0, .wnd = 0);
	quiet();
	counted(tcp.fast_recoveries, 0);
	acks(2);
}

/*
 * Limited transmit
 */

WIRE(recovery_limited_transmit, "RFC 3042 2", "")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 12);
	go(0, 10);
	after(100);
	acks(0);
	go(10, 11);
	acks(0);
	go(11, 12);
	acks(0);
	go(0, 1);
	after(100);
	acks(12);
	counted(tcp.fast_recoveries, 1);
}

WIRE(recovery_limited_transmit_with_sack, "RFC 3042 2, RFC 6675 5", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 12);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 2)));
	go(10, 11);
	/* Nothing new in it: no segment left the network. */
	acks(0, SACK(BLOCK(1, 2)));
	quiet();
	acks(0, SACK(BLOCK(1, 3)));
	go(11, 12);
	acks(12);
}

WIRE(recovery_limited_transmit_within_the_window, "RFC 3042 2", "")
{
	struct wire_tcb t = flight_without_sack(100);

	in(ACK, .seq = 101, .ack = AT(0), .wnd = 5 * 1460);
	send_segments(0, 8);
	go(0, 5);
	after(100);
	acks(0, .wnd = 5 * 1460);
	acks(0, .wnd = 5 * 1460);
	quiet();
	acks(5);
	go(5, 8);
	acks(8);
}

/*
 * NewReno
 */

WIRE(recovery_partial_ack_sends_the_next_hole, "RFC 6582 3.2 step 3", "")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	/* 0, 3 and 6 are lost. */
	send_segments(0, 10);
	go(0, 10);
	after(100);
	for (i = 0; i < 3; i++)
		acks(0);
	go(0, 1);
	for (i = 0; i < 4; i++)
		acks(0);
	after(100);
	acks(3);
	goes(3);
	quiet();
	after(100);
	acks(6);
	goes(6);
	quiet();
	after(100);
	acks(10);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 3);
	counted(tcp.rto_expired, 0);
	/* one reduction for one window of data */
	counted(tcp.fast_recoveries, 1);
}

WIRE(recovery_partial_ack_restarts_the_rto, "RFC 6582 3.2 step 3", "")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	send_segments(0, 8);
	go(0, 8);
	after(100);
	for (i = 0; i < 3; i++)
		acks(0);
	go(0, 1);
	after(700);
	acks(3);
	go(3, 4);
	due(1000, 1002);
	go(3, 4);
	acks(8);
}

WIRE(recovery_not_again_below_recover, "RFC 6582 3.2 step 1, 4", "")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	/* After the time-out the peer answers what it had with duplicate ACKs. */
	send_segments(0, 6);
	go(0, 6);
	due(1000, 1002);
	go(0, 1);
	acks(1);
	goes(1);
	goes(2);
	quiet();
	for (i = 0; i < 4; i++)
		acks(1);
	quiet();
	counted(tcp.fast_recoveries, 0);
	acks(6);
}

WIRE(recovery_again_above_recover, "RFC 6582 3.2 step 1", "")
{
	struct wire_tcb t = flight_without_sack(100);
	unsigned int i;

	send_segments(0, 6);
	go(0, 6);
	due(1000, 1002);
	go(0, 1);
	acks(6);
	send_segments(6, 8);
	go(6, 8);
	after(10);
	acks(7);
	send_segments(8, 10);
	go(8, 10);
	for (i = 0; i < 3; i++)
		acks(7);
	goes(7);
	counted(tcp.fast_recoveries, 1);
	some_go();
	acks(10);
}

/*
 * How much goes out: with NewReno ssthresh is half of what was in flight.
 */

WIRE(recovery_rate_is_reduced_proportionally, "RFC 6937 3", "")
{
	struct wire_tcb t;
	unsigned int i;

	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_with_sack(100);
	send_segments(0, 30);
	go(0, 10);
	after(100);
	/* Two by limited transmit, then recovery: RecoverFS = 12, ssthresh = 5. */
	acks(0, SACK(BLOCK(1, 2)));
	go(10, 11);
	acks(0, SACK(BLOCK(1, 3)));
	go(11, 12);
	acks(0, SACK(BLOCK(1, 4)));
	go(0, 1);
	/* While pipe > 5 sndcnt is CEIL(prr_delivered * 5 / 12) - prr_out, less than a segment;
	 * from there on each that is delivered makes room for one. */
	for (i = 2; i <= 5; i++) {
		acks(0, SACK(BLOCK(1, 3 + i)));
		quiet();
	}
	for (i = 6; i <= 8; i++) {
		acks(0, SACK(BLOCK(1, 3 + i)));
		go(6 + i, 7 + i);
	}
	after(100);
	acks(12);
	/* ssthresh is 5: three in flight, two more. */
	go(15, 17);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(recovery_many_losses_slow_start_to_ssthresh, "RFC 6937 3 (PRR-SSRB)", "")
{
	struct wire_tcb t;

	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_with_sack(100);
	send_segments(0, 30);
	go(0, 10);
	after(100);
	/* Seven of ten are lost: pipe is 0, ssthresh 5; delivered + 1 segments may go. */
	acks(0, SACK(BLOCK(7, 10)));
	go(0, 4);
	after(100);
	/* One more is delivered: pipe 3, two more. */
	acks(1, SACK(BLOCK(7, 10)));
	go(4, 6);
	acks(2, SACK(BLOCK(7, 10)));
	goes(6);
	quiet();
	acks(3, SACK(BLOCK(7, 10)));
	goes(10);
	quiet();
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(recovery_one_reduction_a_window, "RFC 5681 3.2, RFC 6675 5", "")
{
	struct wire_tcb t;

	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_with_sack(100);
	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 4)));
	go(0, 1);
	/* Another hole of the same window */
	acks(0, SACK(BLOCK(6, 10), BLOCK(1, 4)));
	goes(4);
	goes(5);
	quiet();
	after(100);
	acks(10);
	counted(tcp.fast_recoveries, 1);
	/* ssthresh is 5 */
	send_segments(10, 30);
	go(10, 15);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(recovery_cubic_reduces_to_seven_tenths, "RFC 9438 4.6", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 10)));
	go(0, 1);
	after(100);
	acks(10);
	send_segments(10, 30);
	go(10, 17);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(recovery_timeout_halves_ssthresh_once, "RFC 5681 3.1 (4)", "MUST-19")
{
	struct wire_tcb t;
	uint32_t i;

	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_without_sack(100);
	send_segments(0, 30);
	go(0, 10);
	due(1000, 1002);
	go(0, 1);
	/* The same segment again: ssthresh stays 5. */
	due(2000, 2002);
	go(0, 1);
	acks(1);
	go(1, 3);
	acks(2);
	go(3, 5);
	acks(3);
	go(5, 7);
	acks(4);
	go(7, 9);
	/* cwnd = 5 = ssthresh: one more segment each window. */
	acks(5);
	goes(9);
	quiet();
	for (i = 6; i < 10; i++) {
		acks(i);
		some_go();
	}
	check(i == 10);
	acks(10);
	in(RST, .seq = 101);
	some_go();
	verdict(accepted);
	ended(RESET);
}

/*
 * For nothing
 */

/* A connection with SACK and timestamps. @return our TSval of the SYN-ACK */
static uint32_t
flight_with_timestamps(struct wire *w, struct wire_tcb *t)
{
	uint32_t tsval;

	in(SYN, .seq = 100, .mss = 1460, .sack_ok = 1, TS(1000, 0));
	tsval = (uint32_t)next_out()->tsval;
	*t = (struct wire_tcb){ .snd_nxt = out(SYN | ACK, .ack = 101) + 1 };
	after(100);
	in(ACK, .seq = 101, .ack = t->snd_nxt, TS(1100, tsval));
	told(OPENED);
	return tsval + 100;
}

/* n segments of 1448 bytes, which timestamps leave room for, from number i on. */
static void
full(struct wire *w, const struct wire_tcb *t, uint32_t i, uint32_t n)
{
	for (; n > 0; n--, i++)
		out(ACK, .seq = t->snd_nxt + i * 1448, .ack = 101, .data = bytes(i * 1448),
			.len = 1448);
}

WIRE(recovery_spurious_timeout_is_undone_by_timestamps, "RFC 3522 3.2", "")
{
	struct wire_tcb t;
	uint32_t now = flight_with_timestamps(w, &t);
	uint32_t i;

	user_send(bytes(0), 30 * 1448);
	full(w, &t, 0, 10);
	/* The path is slow of a sudden: probe of the tail, time-out. */
	due(200, 202);
	full(w, &t, 10, 1);
	due(1000, 1002);
	full(w, &t, 0, 1);
	counted(tcp.rto_expired, 1);
	after(10);
	/* The original of segment 0 arrived. cwnd is 10 again, and one more. */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1448, TS(2300, now));
	counted(tcp.recoveries_undone, 1);
	full(w, &t, 11, 1);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 12 * 1448, TS(2310, now));
	counted(tcp.retransmitted, 1);
	check(!TAILQ_EMPTY(&w->sent));
	for (i = 12; !TAILQ_EMPTY(&w->sent); i++)
		full(w, &t, i, 1);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(recovery_true_timeout_is_not_undone, "RFC 3522 3.2", "")
{
	struct wire_tcb t;
	uint32_t now = flight_with_timestamps(w, &t);

	user_send(bytes(0), 3 * 1448);
	full(w, &t, 0, 3);
	due(200, 202);
	full(w, &t, 2, 1);
	due(1000, 1002);
	now = (uint32_t)next_out()->tsval;
	full(w, &t, 0, 1);
	after(100);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1448, TS(2300, now));
	counted(tcp.recoveries_undone, 0);
	full(w, &t, 1, 2);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 3 * 1448, TS(2310, now));
}

/* Whatever is sent: another case looks at it. */
static void
ignore_sent(struct wire *w)
{
	struct wire_frame *f;

	while ((f = TAILQ_FIRST(&w->sent)) != NULL) {
		TAILQ_REMOVE(&w->sent, f, next);
		free(f);
	}
}

/* An ACK of `una` segments of 1448 bytes, with a SACK block of segments i to before j. */
#define sacks(una, i, j, ecr) in(ACK, .seq = 101, .ack = t.snd_nxt + (una) * 1448, \
	TS((uint32_t)(w->now / 1000) + 100000, ecr), \
	SACK({ t.snd_nxt + (i) * 1448, t.snd_nxt + (j) * 1448 }))

WIRE(recovery_old_retransmission_undoes_no_later_one, "RFC 3522 3.2 (3)", "")
{
	struct wire_tcb t;
	uint32_t now = flight_with_timestamps(w, &t);

	user_send(bytes(0), 40 * 1448);
	full(w, &t, 0, 10);
	after(100);
	/* 0 is lost, and goes again with 10 to 13. */
	sacks(0, 1, 10, now);
	full(w, &t, 0, 1);
	full(w, &t, 10, 4);
	after(100);
	/* Each that arrives lets one out: 14 to 16. */
	sacks(0, 10, 11, now + 100);
	sacks(0, 10, 12, now + 100);
	sacks(0, 10, 13, now + 100);
	ignore_sent(w);
	after(50);
	/* 13 is lost. */
	sacks(0, 14, 15, now + 200);
	ignore_sent(w);
	after(10);
	/* 0 is there, which ends the recovery; 15 is lost, the next one begins. */
	sacks(13, 14, 15, now + 250);
	ignore_sent(w);
	counted(tcp.fast_recoveries, 1);
	after(10);
	sacks(13, 16, 17, now + 200);
	after(30); /* a quarter of the round trip: it was not only reordered (RFC 8985 6.2) */
	ignore_sent(w);
	counted(tcp.fast_recoveries, 1);
	after(50);
	/* 13, as it was sent again before that: it says nothing of 15. */
	sacks(15, 16, 17, now + 250);
	ignore_sent(w);
	counted(tcp.recoveries_undone, 0);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(recovery_is_undone_by_dsack, "RFC 3708 3", "")
{
	struct wire_tcb t;

	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_with_sack(100);
	send_segments(0, 40);
	go(0, 10);
	after(100);
	/* Segment 0 is late, not lost. */
	acks(0, SACK(BLOCK(1, 10)));
	goes(0);
	/* ssthresh 5: that many more */
	goes(10);
	goes(11);
	goes(12);
	goes(13);
	quiet();
	after(10);
	acks(10);
	/* cwnd is 5, of which 4 are in flight. */
	goes(14);
	quiet();
	after(10);
	acks(10, SACK(BLOCK(0, 1)));
	counted(tcp.recoveries_undone, 1);
	/* cwnd is 10 again. */
	go(15, 20);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

/* The network repeats a segment long after a recovery: the D-SACK for it is of no recovery. */
WIRE(recovery_of_before_is_not_undone_by_dsack, "RFC 3708 3", "")
{
	struct wire_tcb t;

	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_with_sack(100);
	send_segments(0, 40);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 10)));
	goes(0);
	go(10, 14);
	after(100);
	acks(10);
	go(14, 15);
	after(100);
	acks(15);
	some_go();
	after(100);
	acks(20);
	some_go();
	after(10);
	acks(20, SACK(BLOCK(0, 1)));
	counted(tcp.recoveries_undone, 0);
	quiet();
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(recovery_is_not_undone_while_one_may_be_true, "RFC 3708 3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 40);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(2, 10)));
	goes(0);
	goes(1);
	some_go();
	after(10);
	acks(10);
	some_go();
	acks(10, SACK(BLOCK(0, 1)));
	counted(tcp.recoveries_undone, 0);
	quiet();
	acks(10, SACK(BLOCK(1, 2)));
	counted(tcp.recoveries_undone, 1);
	in(RST, .seq = 101);
	some_go();
	verdict(accepted);
	ended(RESET);
}

/*
 * Samples
 */

WIRE(recovery_timestamp_is_a_sample_of_what_went_twice, "RFC 7323 4.1, RFC 6298 3", "")
{
	struct wire_tcb t;
	uint32_t now;

	w->tcp.rto_min_ms = 1;
	flight_with_timestamps(w, &t);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	/* SRTT 100, RTTVAR 50 */
	due(300, 302);
	now = (uint32_t)next_out()->tsval;
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	after(100);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5, TS(1500, now));
	/* The back-off is over: RTO = 100 + 4 * 37.5. */
	user_send("world", 5);
	out(ACK, .seq = t.snd_nxt + 5, .ack = 101, .data = "world");
	due(248, 253);
	out(ACK, .seq = t.snd_nxt + 5, .ack = 101, .data = "world");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 10, TS(1700, now + 100));
}

WIRE(recovery_no_sample_of_what_waited_for_a_hole, "RFC 6298 3", "MUST-18")
{
	struct wire_tcb t;

	/* Segments 1 and 2 came at once; their ACK waited for segment 0 for a second. */
	w->tcp.rto_min_ms = 1;
	t = flight_without_sack(500);
	send_segments(0, 3);
	go(0, 3);
	due(1500, 1502);
	go(0, 1);
	after(500);
	acks(3);
	/* RTO is the backed-off one still. */
	send_segments(3, 4);
	go(3, 4);
	due(3000, 3002);
	go(3, 4);
	acks(4);
}
