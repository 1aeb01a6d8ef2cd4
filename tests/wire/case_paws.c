/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Protection against wrapped sequence numbers, PAWS (RFC 7323 5). */

#include "wire.h"

#define DAY UINT64_C(86400000)

/* A connection with timestamps whose TS.Recent is this. */
static struct wire_tcb
recent(struct wire *w, uint32_t tsval)
{
	return handshake(TS(tsval, 0));
}

/* A segment with this TSval and text at RCV.NXT is dropped and answered by an ACK. */
static void
rejected(struct wire *w, const struct wire_tcb *t, uint32_t tsval, uint32_t ts_recent)
{
	in(ACK, .seq = t->rcv_nxt, .ack = t->snd_nxt, .data = "old", TS(tsval, 0));
	out(ACK, .seq = t->snd_nxt, .ack = t->rcv_nxt, .tsecr = ts_recent);
	nothing_told();
	counted(tcp.paws_rejected, 1);
}

/* One with this TSval is taken. */
static void
taken(struct wire *w, struct wire_tcb *t, uint32_t tsval)
{
	in(ACK, .seq = t->rcv_nxt, .ack = t->snd_nxt, .data = "new", TS(tsval, 0));
	t->rcv_nxt += 3;
	told(DATA, .data = "new");
	due(1, 42);
	out(ACK, .seq = t->snd_nxt, .ack = t->rcv_nxt, .tsecr = tsval);
	counted(tcp.paws_rejected, 0);
}

WIRE(paws_older_is_acked_and_dropped, "RFC 7323 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 7000);

	rejected(w, &t, 6999, 7000);
	rejected(w, &t, 0, 7000);
	taken(w, &t, 7000);
	state(ESTABLISHED);
}

WIRE(paws_at_half_the_space, "RFC 7323 5.2, 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 0x80000000);

	rejected(w, &t, 1, 0x80000000);
	rejected(w, &t, 0x7fffffff, 0x80000000);
	taken(w, &t, 0x80000001);
}

WIRE(paws_half_the_space_ahead_is_new, "RFC 7323 5.2, 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 5);

	taken(w, &t, 5 + 0x7fffffffu);
}

WIRE(paws_half_the_space_and_one_ahead_is_old, "RFC 7323 5.2, 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 5);

	rejected(w, &t, 6 + 0x80000000, 5);
}

WIRE(paws_over_the_end_of_the_space, "RFC 7323 5.2, 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 10);

	rejected(w, &t, UINT32_MAX, 10);
	rejected(w, &t, UINT32_MAX - 1000, 10);
	taken(w, &t, 11);
}

WIRE(paws_before_the_end_of_the_space, "RFC 7323 5.2, 5.3 R1", "")
{
	struct wire_tcb t = recent(w, UINT32_MAX);

	rejected(w, &t, UINT32_MAX - 1, UINT32_MAX);
	taken(w, &t, 0);
	rejected(w, &t, UINT32_MAX, 0);
}

WIRE(paws_old_duplicate_after_the_sequence_wrapped, "RFC 7323 5.1", "")
{
	struct wire_tcb t = recent(w, 7000);

	/* In the window by its number, of 2^32 bytes ago by its timestamp. */
	in(ACK, .seq = t.rcv_nxt + 100, .ack = t.snd_nxt, .data = "old", TS(100, 0));
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	counted(tcp.paws_rejected, 1);
	counted(tcp.rx_out_of_order, 0);
}

WIRE(paws_fin_dropped, "RFC 7323 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 7000);

	in(FIN | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt, TS(6999, 0));
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	counted(tcp.paws_rejected, 1);
	state(ESTABLISHED);
}

WIRE(paws_not_for_rst, "RFC 7323 5.2", "")
{
	struct wire_tcb t = recent(w, 7000);

	in(RST, .seq = t.rcv_nxt, TS(1, 0));
	quiet();
	verdict(accepted);
	ended(RESET);
	counted(tcp.paws_rejected, 0);
}

WIRE(paws_rst_does_not_set_ts_recent, "RFC 7323 5.2", "")
{
	struct wire_tcb t = recent(w, 7000);

	in(RST, .seq = t.rcv_nxt + 1, TS(9000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt, .tsecr = 7000);
	verdict(challenged);
	taken(w, &t, 7001);
}

WIRE(paws_old_ack_does_not_acknowledge, "RFC 7323 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 7000);

	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5, TS(6999, 0));
	out(ACK, .seq = t.snd_nxt + 5, .ack = 101);
	counted(tcp.paws_rejected, 1);
	due(900, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
}

WIRE(paws_answers_without_text_are_limited, "RFC 7323 5.3 R1, RFC 5961 7", "")
{
	struct wire_tcb t = recent(w, 7000);
	unsigned int i;

	/* Two hosts that both hold the other's clock for old would answer for ever. */
	for (i = 0; i < w->tcp.challenge_acks; i++) {
		in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt, TS(1, 0));
		out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	}
	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt, TS(1, 0));
	quiet();
	counted(tcp.challenge_limited, 1);
}

WIRE(paws_outside_the_window_does_not_set_ts_recent, "RFC 7323 5.3 R2, R3", "")
{
	struct wire_tcb t = recent(w, 7000);

	in(ACK, .seq = t.rcv_nxt - 10, .ack = t.snd_nxt, .data = "old", TS(9000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt, .tsecr = 7000);
	in(ACK, .seq = t.rcv_nxt + WIRE_RCV_BUF, .ack = t.snd_nxt, .data = "far", TS(9000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt, .tsecr = 7000);
	taken(w, &t, 7000);
}

WIRE(paws_old_syn_challenged, "RFC 7323 5.3 R1, RFC 5961 4", "")
{
	struct wire_tcb t = recent(w, 7000);

	in(SYN, .seq = 5000, TS(1, 0));
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	state(ESTABLISHED);
}

WIRE(paws_in_syn_received, "RFC 7323 5.3 R1", "")
{
	uint32_t iss;

	in(SYN, .seq = 100, TS(7000, 0));
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1, TS(6999, 0));
	out(ACK, .seq = iss + 1, .ack = 101, .tsecr = 7000);
	counted(tcp.paws_rejected, 1);
	state(SYN_RECEIVED);
	in(ACK, .seq = 101, .ack = iss + 1, TS(7000, 0));
	told(OPENED);
}

WIRE(paws_with_a_window_of_zero, "RFC 7323 5.3", "MUST-66")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 10;
	t = recent(w, 7000);
	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "0123456789", TS(7001, 0));
	due(0, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 111, .wnd = 0);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 111, .data = "hello", .wnd = 0);
	/* an old ACK is rejected, a new one acknowledges */
	in(ACK, .seq = 111, .ack = t.snd_nxt + 5, TS(7000, 0));
	out(ACK, .seq = t.snd_nxt + 5, .ack = 111, .wnd = 0);
	counted(tcp.paws_rejected, 1);
	in(ACK, .seq = 111, .ack = t.snd_nxt + 5, TS(7002, 0));
	after(2000);
	quiet();
}

/* Each synchronized state: with a TSval that is old its FIN or text changes nothing. */
WIRE(paws_in_fin_wait_1, "RFC 7323 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 7000);

	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1, TS(6999, 0));
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101);
	state(FIN_WAIT_1);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, TS(7000, 0));
	state(FIN_WAIT_2);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1, TS(6999, 0));
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101);
	state(FIN_WAIT_2);
	counted(tcp.paws_rejected, 2);
}

WIRE(paws_in_last_ack, "RFC 7323 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 7000);

	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, TS(7001, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	told(PEER_CLOSED);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 102);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1, TS(7000, 0));
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102);
	counted(tcp.paws_rejected, 1);
	state(LAST_ACK);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1, TS(7001, 0));
	ended(CLOSED);
	state(CLOSED);
}

WIRE(paws_in_time_wait, "RFC 7323 5.3 R1", "")
{
	struct wire_tcb t = recent(w, 7000);

	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1, TS(7001, 0));
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102, .tsecr = 7001);
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1, .data = "old", TS(7000, 0));
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102, .tsecr = 7001);
	counted(tcp.paws_rejected, 1);
	state(TIME_WAIT);
}

/*
 * A connection that was idle for 24 days (5.5)
 */

WIRE(paws_idle_24_days_takes_any_timestamp, "RFC 7323 5.5", "")
{
	struct wire_tcb t = recent(w, 7000);

	skip(24 * DAY + 10);
	taken(w, &t, 6000);
	/* TS.Recent is valid again */
	rejected(w, &t, 5999, 6000);
}

WIRE(paws_idle_20_days_is_not_enough, "RFC 7323 5.5", "")
{
	struct wire_tcb t = recent(w, 7000);

	skip(20 * DAY);
	rejected(w, &t, 6999, 7000);
}

WIRE(paws_idle_begins_with_the_last_segment, "RFC 7323 5.5", "")
{
	struct wire_tcb t = recent(w, 7000);

	skip(20 * DAY);
	taken(w, &t, 8000);
	skip(20 * DAY);
	rejected(w, &t, 7999, 8000);
	/* a segment that was rejected is none */
	skip(5 * DAY);
	taken(w, &t, 7999);
}

WIRE(paws_idle_in_fin_wait_2, "RFC 7323 5.5", "")
{
	struct wire_tcb t = recent(w, 7000);

	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, TS(7001, 0));
	t.snd_nxt++;
	skip(24 * DAY + 10);
	state(FIN_WAIT_2);
	taken(w, &t, 1);
}

WIRE(paws_idle_with_what_stays_unsent_over_a_reset_of_clocks, "RFC 7323 5.5", "")
{
	struct wire_tcb t = recent(w, 7000);

	/* Data of ours after the idle time: the peer's ACK has a clock that wrapped. */
	skip(30 * DAY);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5, TS(7000 + 0x90000000, 0));
	t.snd_nxt += 5;
	quiet();
	counted(tcp.paws_rejected, 0);
	taken(w, &t, 7001 + 0x90000000);
}
