/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TIME-WAIT: its 2 MSL, its protection from old duplicates (RFC 1337), and its reopening
 * by a new SYN (3.6.1, 3.10.7.4).
 */

#include "wire.h"

/* TIME-WAIT lasts the rest of 2 MSL of which `ms` have passed. */
static void
lasts(struct wire *w, uint64_t ms)
{
	uint64_t rest = 2 * w->tcp.msl_ms - ms;

	after(rest - 1);
	state(TIME_WAIT);
	after(3);
	state(CLOSED);
	quiet();
}

WIRE(time_wait_lasts_2_msl, "3.6.1, 3.10.8", "MUST-13")
{
	reach(TIME_WAIT);
	lasts(w, 0);
}

WIRE(time_wait_lasts_2_msl_as_configured, "3.6.1", "MUST-13")
{
	w->tcp.msl_ms = 120000;
	reach(TIME_WAIT);
	lasts(w, 0);
}

WIRE(time_wait_lasts_2_msl_after_49_days, "3.6.1", "MUST-13")
{
	/* Milliseconds since the start pass 2^32 while it lasts. */
	w->now = UINT64_C(1000) * (UINT32_MAX - 20000);
	reach(TIME_WAIT);
	lasts(w, 0);
}

WIRE(time_wait_fin_again_acked_and_starts_anew, "3.10.7.4 fifth, eighth", "MUST-13")
{
	struct wire_tcb t = reach(TIME_WAIT);

	after(w->tcp.msl_ms);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	lasts(w, 0);
}

WIRE(time_wait_fin_with_data_again, "3.10.7.4 fifth, eighth", "")
{
	struct wire_tcb t = reach(FIN_WAIT_2);

	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	ended(CLOSED);
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	nothing_told();
	state(TIME_WAIT);
}

WIRE(time_wait_rst_ignored, "RFC 1337 3, 3.10.7.4 second", "")
{
	struct wire_tcb t = reach(TIME_WAIT);

	after(1000);
	in(RST, .seq = t.rcv_nxt);
	in(RST | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	quiet();
	verdicts(ignored_time_wait, 2);
	state(TIME_WAIT);
	lasts(w, 1000);
}

WIRE(time_wait_rst_accepted_as_configured, "3.10.7.4 second", "")
{
	struct wire_tcb t;

	w->tcp.time_wait_rst = true;
	t = reach(TIME_WAIT);
	in(RST, .seq = t.rcv_nxt - 1);
	quiet();
	verdict(out_of_window);
	state(TIME_WAIT);
	in(RST, .seq = t.rcv_nxt);
	quiet();
	verdict(accepted);
	state(CLOSED);
}

WIRE(time_wait_rst_in_window_challenged_as_configured, "3.10.7.4 second, RFC 5961 3.2", "")
{
	struct wire_tcb t;

	w->tcp.time_wait_rst = true;
	t = reach(TIME_WAIT);
	in(RST, .seq = t.rcv_nxt + 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	verdict(challenged);
	state(TIME_WAIT);
}

WIRE(time_wait_ack_is_not_answered, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(TIME_WAIT);

	after(1000);
	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	quiet();
	lasts(w, 1000);
}

WIRE(time_wait_old_data_acked, "RFC 1337 3, 3.10.7.4 first", "")
{
	struct wire_tcb t = reach(TIME_WAIT);

	in(ACK | PSH, .seq = t.rcv_nxt - 4, .ack = t.snd_nxt, .data = "old");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	nothing_told();
	state(TIME_WAIT);
}

WIRE(time_wait_after_its_end_is_closed, "3.10.8, 3.10.7.2", "")
{
	struct wire_tcb t = reach(TIME_WAIT);

	lasts(w, 0);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
}

WIRE(time_wait_many_end_each_at_its_time, "3.6.1", "MUST-13")
{
	uint16_t i;

	for (i = 0; i < 20; i++) {
		reach_on(WIRE_LPORT, (uint16_t)(41000 + i), TIME_WAIT);
		after(100);
	}
	after(2 * w->tcp.msl_ms - 2000 - 1);
	for (i = 0; i < 20; i++) {
		wire_state(HERE, WIRE_LPORT, (uint16_t)(41000 + i), RS_TIME_WAIT);
		after(3);
		wire_state(HERE, WIRE_LPORT, (uint16_t)(41000 + i), RS_CLOSED);
		after(97);
	}
	quiet();
}

/*
 * A SYN in TIME-WAIT
 */

/* A new SYN reopens the connection, with numbers beyond those of before. */
static void
reopens(struct wire *w, uint32_t snd_nxt, uint32_t seq)
{
	uint32_t iss;

	in(SYN, .seq = seq, .mss = 1460);
	iss = out(SYN | ACK, .ack = seq + 1, .wnd = WIRE_RCV_BUF, .mss = 1460);
	/* Larger than the largest number of before, which is our FIN's: SND.NXT - 1 */
	check((int32_t)(iss - snd_nxt) >= 0);
	state(SYN_RECEIVED);
	counted(tcp.reopened, 1);
	in(ACK, .seq = seq + 1, .ack = iss + 1);
	quiet();
	told(OPENED);
	state(ESTABLISHED);
	in(ACK | PSH, .seq = seq + 1, .ack = iss + 1, .data = "again");
	told(DATA, .data = "again");
	due(1, 42);
	out(ACK, .seq = iss + 1, .ack = seq + 6);
}

WIRE(time_wait_syn_at_rcv_nxt_reopens, "3.6.1, RFC 1122 4.2.2.13", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);

	reopens(w, t.snd_nxt, t.rcv_nxt);
}

WIRE(time_wait_syn_beyond_reopens, "3.6.1, RFC 1122 4.2.2.13", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);

	after(1000);
	reopens(w, t.snd_nxt, t.rcv_nxt + 250000);
}

WIRE(time_wait_syn_half_the_space_beyond_reopens, "3.6.1, 3.4", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);

	reopens(w, t.snd_nxt, t.rcv_nxt + 0x7fffffff);
}

WIRE(time_wait_reopened_again_and_again, "3.6.1", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);
	uint32_t snd_nxt = t.snd_nxt;
	uint32_t seq = t.rcv_nxt;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		reopens(w, snd_nxt, seq);
		user_shutdown();
		snd_nxt = (uint32_t)next_out()->seq;
		out(FIN | ACK, .seq = snd_nxt, .ack = seq + 6);
		snd_nxt++;
		in(FIN | ACK, .seq = seq + 6, .ack = snd_nxt);
		out(ACK, .seq = snd_nxt, .ack = seq + 7);
		told(PEER_CLOSED);
		ended(CLOSED);
		state(TIME_WAIT);
		seq += 7;
	}
}

WIRE(time_wait_old_syn_acked, "3.10.7.4 first, RFC 1122 4.2.2.13", "")
{
	struct wire_tcb t = reach(TIME_WAIT);

	/* The SYN of before, and numbers just before RCV.NXT and half the space away */
	in(SYN, .seq = 100);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(SYN, .seq = t.rcv_nxt - 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(SYN, .seq = t.rcv_nxt - 0x7fffffff);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	state(TIME_WAIT);
}

WIRE(time_wait_syn_ack_challenged, "3.10.7.4 fourth, RFC 5961 4.2", "")
{
	struct wire_tcb t = reach(TIME_WAIT);

	/* No new connection begins with one. */
	in(SYN | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(SYN | ACK, .seq = t.rcv_nxt + 250000, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	state(TIME_WAIT);
}

WIRE(time_wait_reopened_by_old_duplicate_returns, "3.6.1 (2)", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);
	uint32_t iss;

	in(SYN, .seq = 5000);
	iss = out(SYN | ACK, .ack = 5001);
	check(iss != t.iss);
	/* The peer knows nothing of it, as in figure 8 line 5. */
	in(RST, .seq = 5001);
	quiet();
	verdict(accepted);
	state(TIME_WAIT);
	nothing_told();
	/* It is the TIME-WAIT of the first connection. */
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	lasts(w, 0);
}

WIRE(time_wait_reopened_by_syn_then_other_syn_returns, "3.6.1 (2), 3.10.7.4 fourth", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);

	in(SYN, .seq = 5000);
	out(SYN | ACK, .ack = 5001);
	/* A SYN in the window: the connection goes back to where it came from. */
	in(SYN, .seq = 6000);
	quiet();
	state(TIME_WAIT);
	counted(tcp.reopened, 1);
	reopens(w, t.snd_nxt, 6000);
}

WIRE(time_wait_reopened_and_left_alone_ends, "3.8.3", "MUST-22 MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);
	uint32_t iss;

	in(SYN, .seq = t.rcv_nxt);
	iss = out(SYN | ACK, .ack = t.rcv_nxt + 1);
	due(1000, 1002);
	out(SYN | ACK, .seq = iss, .ack = t.rcv_nxt + 1);
	for (;;) {
		due(1000, 60002);
		if ((next_out()->flags & RST) != 0)
			break;
		out(SYN | ACK, .seq = iss, .ack = t.rcv_nxt + 1);
	}
	out(RST, .seq = iss + 1);
	reset(rtx_limit);
	/* Closed, or the TIME-WAIT of before: in the end it is over either way. */
	after(2 * w->tcp.msl_ms + 2);
	state(CLOSED);
	quiet();
}
