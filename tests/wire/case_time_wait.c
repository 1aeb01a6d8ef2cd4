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

WIRE(time_wait_challenges_of_rst_are_limited, "RFC 5961 7", "")
{
	struct wire_tcb t;
	unsigned int i;

	w->tcp.time_wait_rst = true;
	t = reach(TIME_WAIT);
	for (i = 0; i < 12; i++) {
		in(RST, .seq = t.rcv_nxt + 1);
		if (i < 10) {
			out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
			verdict(challenged);
		} else {
			verdict(challenge_limited);
		}
	}
	quiet();
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

WIRE(time_wait_text_that_came_twice_is_told_text_beyond_the_window_not, "RFC 2883 4", "")
{
	struct wire_tcb t = handshake(.mss = 1460, .sack_ok = 1);

	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1, .data = "old");
	told(DATA, .data = "old");
	told(PEER_CLOSED);
	ended(CLOSED);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 105);
	state(TIME_WAIT);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .data = "old");
	out(ACK, .seq = t.snd_nxt + 1, .ack = 105, SACK({ 101, 104 }));
	in(ACK, .seq = 105 + (1 << 24), .ack = t.snd_nxt + 1, .data = "far");
	out(ACK, .seq = t.snd_nxt + 1, .ack = 105, .n_sack = NONE);
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

WIRE(time_wait_challenges_are_limited, "RFC 5961 7", "")
{
	struct wire_tcb t = reach(TIME_WAIT);
	unsigned int i;

	for (i = 0; i < 20; i++) {
		in(SYN | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
		if (i < 10)
			out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	}
	quiet();
	counted(tcp.challenge_acks, 10);
	counted(tcp.challenge_limited, 10);
	after(1000);
	in(SYN | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
}

WIRE(time_wait_follows_its_peer, "3.10.7.4 fifth", "MAY-12")
{
	struct wire_tcb t = reach(TIME_WAIT);

	/* Not for a segment that is refused, nor for an older ACK */
	in(FIN | ACK, .mac = 0x77, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .mac = 0x77, .seq = t.rcv_nxt, .ack = t.snd_nxt - 1);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .mac = 0x77, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	in(FIN | ACK, .mac = 0x77, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .mac = 0x77, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	state(TIME_WAIT);
}

WIRE(time_wait_fin_again_starts_only_itself_anew, "3.6.1, 3.10.7.4 fifth", "MUST-13")
{
	struct wire_tcb t = reach(TIME_WAIT);

	after(1000);
	reach_on(WIRE_LPORT, 40001, TIME_WAIT);
	after(1000);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	after(2 * w->tcp.msl_ms - 1000 - 1);
	state_on(WIRE_LPORT, 40001, TIME_WAIT);
	after(3);
	state_on(WIRE_LPORT, 40001, CLOSED);
	state(TIME_WAIT);
	after(1000 - 3);
	state(TIME_WAIT);
	after(3);
	state(CLOSED);
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

WIRE(time_wait_syn_of_another_vlan_does_not_reopen, "3.6.1, 802.1Q", "MAY-2")
{
	struct wire_tcb t;

	add_vlan(5, 15);
	t = reach(TIME_WAIT);
	in(SYN, .vlan = 5, .mac = 0x77, .seq = t.rcv_nxt);
	dropped(ip_not_ours);
	state(TIME_WAIT);
	reopens(w, t.snd_nxt, t.rcv_nxt);
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
	int n;

	in(SYN, .seq = t.rcv_nxt);
	iss = out(SYN | ACK, .ack = t.rcv_nxt + 1);
	due(1000, 1002);
	out(SYN | ACK, .seq = iss, .ack = t.rcv_nxt + 1);
	for (n = 0; n < 6; n++) {
		due(1000, 60002);
		out(SYN | ACK, .seq = iss, .ack = t.rcv_nxt + 1);
	}
	after(60000);
	counted(tcp.half_open_expired, 1);
	/* Closed, or the TIME-WAIT of before: in the end it is over either way. */
	after(2 * w->tcp.msl_ms + 2);
	state(CLOSED);
	quiet();
}

/*
 * A SYN in TIME-WAIT, with timestamps (RFC 6191 2): TS.Recent of the connection before is
 * 7000, the largest number that it used 102
 */

/* TIME-WAIT of a connection with timestamps, or without. */
static struct wire_tcb
time_wait_of(struct wire *w, bool timestamps)
{
	struct wire_tcb t = timestamps ? handshake(TS(7000, 0)) : handshake(.mss = 1460);
	int64_t tsval = timestamps ? 7000 : NONE;

	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	t.snd_nxt++;
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .tsval = tsval);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	t.rcv_nxt = 102;
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
	return t;
}

/* A SYN of this number and TSval opens a new connection. */
static void
syn_opens(struct wire *w, struct wire_tcb t, uint32_t seq, int64_t tsval)
{
	uint32_t iss;

	in(SYN, .seq = seq, .mss = 1460, .tsval = tsval);
	if (tsval == NONE)
		check(next_out()->tsval == NONE);
	else
		check((uint32_t)next_out()->tsecr == (uint32_t)tsval);
	iss = out(SYN | ACK, .ack = seq + 1);
	check((int32_t)(iss - t.snd_nxt) >= 0);
	counted(tcp.reopened, 1);
	in(ACK, .seq = seq + 1, .ack = iss + 1, .tsval = tsval);
	told(OPENED);
	state(ESTABLISHED);
}

/* It does not: an ACK is what it gets, with what is expected (3.10.7.4 fourth). */
static void
syn_acked(struct wire *w, struct wire_tcb t, uint32_t seq, int64_t tsval)
{
	in(SYN, .seq = seq, .mss = 1460, .tsval = tsval);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	counted(tcp.reopened, 0);
	state(TIME_WAIT);
}

WIRE(time_wait_later_timestamp_reopens, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);

	syn_opens(w, t, 5, 7001); /* though its number is smaller */
}

/* The window of its ACK counts, though its number is below the old connection's (SND.WL1). */
WIRE(time_wait_reopened_by_timestamp_takes_the_window, "RFC 6191 2, 3.10.7.4 fifth", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);
	uint32_t iss;

	in(SYN, .seq = 5, .mss = 1460, TS(7001, 0), .wnd = 1000);
	iss = out(SYN | ACK, .ack = 6);
	check((int32_t)(iss - t.snd_nxt) >= 0);
	in(ACK, .seq = 6, .ack = iss + 1, TS(7001, 0), .wnd = 2);
	told(OPENED);
	user_send("hello", 5);
	due(1, 1002); /* 3.8.6.2.1: not all of it fits, so it waits for a larger window */
	out(ACK, .seq = iss + 1, .ack = 6, .data = "he");
	in(ACK, .seq = 6, .ack = iss + 3, TS(7001, 0), .wnd = 1000);
	out(PSH | ACK, .seq = iss + 3, .ack = 6, .data = "llo");
}

WIRE(time_wait_later_timestamp_and_number_reopens, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);

	syn_opens(w, t, 102, 9000);
}

WIRE(time_wait_same_timestamp_needs_a_later_number, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);

	syn_acked(w, t, 101, 7000);
	syn_acked(w, t, 5, 7000);
	syn_opens(w, t, 102, 7000);
}

WIRE(time_wait_earlier_timestamp_does_not_reopen, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);

	syn_acked(w, t, 250000, 6999);
	syn_acked(w, t, 102, 0);
	syn_acked(w, t, 5, 6999);
}

WIRE(time_wait_timestamp_over_half_the_space, "RFC 6191 2, RFC 7323 5.2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);

	syn_acked(w, t, 102, 7001 + 0x80000000u);
	syn_opens(w, t, 5, 6999 + 0x80000000u);
}

WIRE(time_wait_without_timestamp_needs_a_later_number, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);

	syn_acked(w, t, 101, NONE);
	syn_opens(w, t, 102, NONE);
}

WIRE(time_wait_timestamps_are_new_reopens, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, false);

	syn_opens(w, t, 5, 1);
}

WIRE(time_wait_none_before_nor_now_needs_a_later_number, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, false);

	syn_acked(w, t, 101, NONE);
	syn_opens(w, t, 102, NONE);
}

WIRE(time_wait_timestamps_switched_off_go_by_number, "RFC 6191 2", "MAY-2")
{
	struct wire_tcb t;

	w->tcp.timestamps = false;
	t = time_wait_of(w, false);
	in(SYN, .seq = 101, .mss = 1460, TS(9000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(SYN, .seq = 102, .mss = 1460, TS(9000, 0));
	out(SYN | ACK, .ack = 103, .tsval = NONE);
	state(SYN_RECEIVED);
}

WIRE(time_wait_old_text_of_the_connection_before_is_paws_rejected, "RFC 6191 2, RFC 7323 5.4", "")
{
	struct wire_tcb t = time_wait_of(w, true);
	uint32_t snd_nxt;

	syn_opens(w, t, 50, 7001);
	/* In the window of the new one, as its number was smaller */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "old", TS(7000, 0));
	snd_nxt = (uint32_t)next_out()->seq;
	out(ACK, .seq = snd_nxt, .ack = 51, .tsecr = 7001);
	counted(tcp.paws_rejected, 1);
	nothing_told();
}

WIRE(time_wait_segment_without_timestamp_dropped, "RFC 7323 3.2", "")
{
	struct wire_tcb t = time_wait_of(w, true);

	after(1000);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .tsval = NONE);
	counted(tcp.rx_no_timestamp, 1);
	quiet();
	lasts(w, 1000); /* no FIN that came again, so 2 MSL go on */
}

WIRE(time_wait_our_timestamps_go_on, "RFC 6191 2, RFC 7323 5.4", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);
	uint32_t before = t.tsval;

	after(5000);
	in(SYN, .seq = 102, TS(12000, 0));
	check((uint32_t)next_out()->tsval - before >= 5000);
	check((uint32_t)next_out()->tsval - before <= 5100);
	out(SYN | ACK, .ack = 103);
}

WIRE(time_wait_returned_to_has_its_timestamps, "3.6.1 (2), RFC 7323 3.2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, true);

	in(SYN, .seq = 5000, .mss = 1460, TS(9000, 0));
	out(SYN | ACK, .ack = 5001, .tsecr = 9000);
	in(RST, .seq = 5001);
	verdict(accepted);
	state(TIME_WAIT);
	/* TS.Recent is that of before: the FIN that comes again is taken, and answered */
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, TS(7001, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 102, .tsecr = 7000);
	counted(tcp.paws_rejected, 0);
	counted(tcp.reopened, 1);
	lasts(w, 0);
}

WIRE(time_wait_returned_to_has_none_as_before, "3.6.1 (2), RFC 7323 3.2", "MAY-2")
{
	struct wire_tcb t = time_wait_of(w, false);

	in(SYN, .seq = 5000, .mss = 1460, .sack_ok = 1, TS(9000, 0));
	out(SYN | ACK, .ack = 5001, .tsecr = 9000);
	in(RST, .seq = 5001);
	verdict(accepted);
	state(TIME_WAIT);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 102, .tsval = NONE, .n_sack = NONE);
	counted(tcp.rx_no_timestamp, 0);
	lasts(w, 0);
}
