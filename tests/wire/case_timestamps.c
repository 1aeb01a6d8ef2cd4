/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The Timestamps option (RFC 7323 3 and 4): agreed on in SYNs, in every segment from then
 * on, TS.Recent as 4.3 has it, and room made for it (RFC 6691).
 */

#include "wire.h"

/* A connection with timestamps; the peer's SYN had TSval. */
static struct wire_tcb
with_ts(struct wire *w, uint32_t tsval)
{
	return handshake(TS(tsval, 0));
}

/* The peer's next text of one byte, and TSecr of the ACK that answers it. */
static uint32_t
echoed(struct wire *w, struct wire_tcb *t, uint32_t tsval)
{
	uint32_t tsecr;

	in(ACK | PSH, .seq = t->rcv_nxt, .ack = t->snd_nxt, .data = "x", TS(tsval, t->tsval));
	t->rcv_nxt++;
	told(DATA, .data = "x");
	due(1, 42);
	tsecr = (uint32_t)next_out()->tsecr;
	out(ACK, .seq = t->snd_nxt, .ack = t->rcv_nxt);
	return tsecr;
}

WIRE(timestamps_in_syn_ack_if_in_syn, "RFC 7323 3.2", "")
{
	in(SYN, .seq = 100, TS(7000, 0));
	check(next_out()->tsval != NONE);
	out(SYN | ACK, .ack = 101, .tsecr = 7000);
}

WIRE(timestamps_not_in_syn_ack_without, "RFC 7323 3.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", .tsval = NONE);
	/* one that comes nevertheless is ignored */
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt + 5, .data = "a", TS(1, 2));
	in(ACK | PSH, .seq = 102, .ack = t.snd_nxt + 5, .data = "b", TS(0, 2));
	told(DATA, .data = "ab");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt + 5, .ack = 103, .tsval = NONE);
}

WIRE(timestamps_not_agreed_as_configured, "RFC 7323 3.2", "")
{
	struct wire_tcb t;

	w->tcp.timestamps = false;
	in(SYN, .seq = 100, TS(7000, 0));
	t.iss = out(SYN | ACK, .ack = 101, .tsval = NONE);
	in(ACK, .seq = 101, .ack = t.iss + 1, TS(7001, 0));
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(timestamps_in_every_segment, "RFC 7323 3.2", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	/* text, a retransmission, an ACK, FIN */
	user_send("hello", 5);
	check(next_out()->tsval != NONE);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", .tsecr = 7000);
	due(1000, 1002);
	check(next_out()->tsval != NONE);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", .tsecr = 7000);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5, TS(7001, t.tsval));
	t.snd_nxt += 5;
	check(echoed(w, &t, 7002) == 7002);
	user_shutdown();
	check(next_out()->tsval != NONE);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 102, .tsecr = 7002);
}

WIRE(timestamps_in_reset_of_a_connection, "RFC 7323 3.2", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	user_abort();
	check(next_out()->tsval != NONE);
	out(RST, .seq = t.snd_nxt, .tsecr = 0); /* no ACK: TSecr says nothing */
	reset(service_abort);
	ended(ABORTED);
}

WIRE(timestamps_in_keepalive_probe, "RFC 7323 3.2", "")
{
	struct wire_tcb t;

	w->tcp.keepalive_ms = 5000;
	t = handshake(.lport = WIRE_LPORT_KEEPALIVE, TS(7000, 0));
	due(5000, 5002);
	check(next_out()->tsval != NONE);
	out(ACK, .lport = WIRE_LPORT_KEEPALIVE, .seq = t.snd_nxt - 1, .ack = 101, .tsecr = 7000);
}

WIRE(timestamps_in_window_probe, "RFC 7323 3.2", "")
{
	struct wire_tcb t = handshake(.wnd = 0, TS(7000, 0));

	user_send("hello", 5);
	due(1000, 1002);
	check(next_out()->tsval != NONE);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "h", .tsecr = 7000);
}

WIRE(timestamps_in_syn_ack_sent_again, "RFC 7323 3.2", "")
{
	uint32_t first, iss;

	in(SYN, .seq = 100, TS(7000, 0));
	first = (uint32_t)next_out()->tsval;
	iss = out(SYN | ACK, .ack = 101, .tsecr = 7000);
	due(1000, 1002);
	check((uint32_t)next_out()->tsval - first >= 1000);
	check((uint32_t)next_out()->tsval - first <= 1002);
	out(SYN | ACK, .seq = iss, .ack = 101, .tsecr = 7000);
}

WIRE(timestamps_clock_is_of_milliseconds, "RFC 7323 4.1", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	after(5000);
	user_send("hello", 5);
	check((uint32_t)next_out()->tsval - t.tsval >= 5000);
	check((uint32_t)next_out()->tsval - t.tsval <= 5001);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
}

WIRE(timestamps_clock_wraps, "RFC 7323 4.1", "")
{
	struct wire_tcb t;

	w->now = UINT64_C(1000) * (UINT32_MAX - 2000);
	t = with_ts(w, 7000);
	after(5000);
	user_send("hello", 5);
	check((uint32_t)next_out()->tsval - t.tsval >= 5000);
	check((uint32_t)next_out()->tsval - t.tsval <= 5001);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
}

WIRE(timestamps_begin_elsewhere_for_each_tuple, "RFC 7323 7.1", "")
{
	uint32_t first = handshake(TS(1, 0)).tsval;
	uint32_t second = handshake(.rport = WIRE_RPORT + 1, TS(1, 0)).tsval;
	uint32_t third = handshake(.rport = WIRE_RPORT + 2, TS(1, 0)).tsval;

	check(first - second + 1000 > 2000);
	check(first - third + 1000 > 2000);
	check(second - third + 1000 > 2000);
}

WIRE(timestamps_do_not_tell_the_time_since_the_start, "RFC 7323 7.1", "")
{
	struct wire_tcb t = with_ts(w, 1);

	check(t.tsval - (uint32_t)(w->now / 1000) > 1000000);
}

WIRE(timestamps_go_on_in_the_next_connection, "RFC 7323 5.4, RFC 6191 4", "")
{
	struct wire_tcb t = with_ts(w, 7000);
	uint32_t next;

	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
	after(3000);
	next = with_ts(w, 7000).tsval;
	check(next - t.tsval >= 3000 && next - t.tsval <= 3010);
}

/*
 * TS.Recent (4.3)
 */

WIRE(ts_recent_follows_in_order_text, "RFC 7323 4.3", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	check(echoed(w, &t, 7000) == 7000);
	check(echoed(w, &t, 7001) == 7001);
	check(echoed(w, &t, 9000) == 9000);
	check(echoed(w, &t, 9000) == 9000);
}

WIRE(ts_recent_of_delayed_ack_is_the_first_segments, "RFC 7323 4.3 (A)", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	/* Two segments that one ACK answers: TSecr is of the earlier one. */
	burst(seg(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 1300, TS(7010, 0)),
		seg(ACK, .seq = 1401, .ack = t.snd_nxt, .data = bytes(1300), .len = 1300,
			TS(7020, 0)));
	out(ACK, .seq = t.snd_nxt, .ack = 2701, .tsecr = 7010);
	told(DATA, .data = bytes(0), .len = 2600);
}

WIRE(ts_recent_not_of_a_hole, "RFC 7323 4.3 (B)", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	in(ACK, .seq = 201, .ack = t.snd_nxt, .data = bytes(100), .len = 100, TS(7010, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000);
	in(ACK, .seq = 301, .ack = t.snd_nxt, .data = bytes(200), .len = 100, TS(7020, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000);
}

WIRE(ts_recent_of_a_filled_hole, "RFC 7323 4.3 (C)", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	/* The one that fills the hole was sent earlier, its TSval is what is echoed. */
	in(ACK, .seq = 201, .ack = t.snd_nxt, .data = bytes(100), .len = 100, TS(7020, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 100, TS(7010, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 301, .tsecr = 7010);
	told(DATA, .data = bytes(0), .len = 200);
}

WIRE(ts_recent_example_of_the_rfc, "RFC 7323 4.3", "")
{
	struct wire_tcb t = with_ts(w, 1000);

	/* A, C, B, E, D of one byte each, in the order of the RFC's last example */
	check(echoed(w, &t, 1001) == 1001);
	in(ACK, .seq = 103, .ack = t.snd_nxt, .data = "C", TS(1003, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 102, .tsecr = 1001);
	in(ACK, .seq = 102, .ack = t.snd_nxt, .data = "B", TS(1002, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 104, .tsecr = 1002);
	in(ACK, .seq = 105, .ack = t.snd_nxt, .data = "E", TS(1005, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 104, .tsecr = 1002);
	in(ACK, .seq = 104, .ack = t.snd_nxt, .data = "D", TS(1004, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 106, .tsecr = 1004);
	told(DATA, .data = "BCDE");
}

WIRE(ts_recent_of_a_duplicate_that_overlaps, "RFC 7323 4.3 (2)", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	check(echoed(w, &t, 7001) == 7001);
	/* SEG.SEQ < Last.ACK.sent, with new text behind: sent again, and newer */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "xyz", TS(7005, 0));
	told(DATA, .data = "yz");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 104, .tsecr = 7005);
}

WIRE(ts_recent_of_a_pure_ack, "RFC 7323 4.3", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	in(ACK, .seq = 101, .ack = t.snd_nxt, TS(7500, 0));
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", .tsecr = 7500);
}

WIRE(ts_recent_not_of_a_segment_with_a_wrong_ack, "RFC 7323 4.3, RFC 5961 5", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .data = "x", TS(9000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000);
	check(echoed(w, &t, 7001) == 7001);
}

WIRE(ts_recent_wraps, "RFC 7323 4.3, 5.2", "")
{
	struct wire_tcb t = with_ts(w, UINT32_MAX - 1);

	check(echoed(w, &t, UINT32_MAX) == UINT32_MAX);
	check(echoed(w, &t, 0) == 0);
	check(echoed(w, &t, 1) == 1);
}

WIRE(ts_recent_half_the_space_on, "RFC 7323 5.2", "")
{
	struct wire_tcb t = with_ts(w, 0);

	check(echoed(w, &t, 0x7fffffff) == 0x7fffffff);
	check(echoed(w, &t, 0xfffffffe) == 0xfffffffe);
}

WIRE(ts_recent_of_a_window_probe, "RFC 7323 4.3", "")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 10;
	t = handshake(TS(7000, 0));
	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "0123456789", TS(7001, 0));
	due(0, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 111, .wnd = 0, .tsecr = 7001);
	/* the probe at RCV.NXT is answered, and echoed */
	in(ACK, .seq = 111, .ack = t.snd_nxt, .data = "a", TS(8000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 111, .wnd = 0, .tsecr = 8000);
	in(ACK, .seq = 111, .ack = t.snd_nxt, .data = "a", TS(9000, 0));
	out(ACK, .seq = t.snd_nxt, .ack = 111, .wnd = 0, .tsecr = 9000);
}

/*
 * Room for options (RFC 9293 3.7.1, RFC 6691)
 */

WIRE(timestamps_make_text_shorter, "RFC 6691 2, 3.7.1", "MUST-16")
{
	struct wire_tcb t = handshake(.mss = 1000, TS(7000, 0));

	user_send(bytes(0), 2000);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 988);
	out(ACK, .seq = t.snd_nxt + 988, .ack = 101, .data = bytes(988), .len = 988);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1976, TS(7001, 0));
	out(ACK, .seq = t.snd_nxt + 1976, .ack = 101, .data = bytes(1976), .len = 24);
}

WIRE(timestamps_do_not_shorten_our_mss, "RFC 6691 2, 3.7.1", "MUST-67")
{
	in(SYN, .seq = 100, .mss = 1460, TS(7000, 0));
	out(SYN | ACK, .ack = 101, .mss = 1460);
}

WIRE(timestamps_full_text_is_sent_again_whole, "RFC 6691 2, 3.8.1", "")
{
	struct wire_tcb t = handshake(.mss = 1000, TS(7000, 0));

	user_send(bytes(0), 988);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 988);
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 988);
}

WIRE(timestamps_with_the_least_mss, "RFC 6691 2", "")
{
	struct wire_tcb t = handshake(.mss = 1, TS(7000, 0));

	/* Eff.snd.MSS is at least 48 (CVE-2019-11479) */
	user_send(bytes(0), 36);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 36);
}

/*
 * Segments without the option (3.2)
 */

WIRE(timestamps_missing_dropped_in_silence, "RFC 7323 3.2", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	in(ACK, .seq = 101 - 5, .ack = t.snd_nxt, .data = "hello"); /* not even outside */
	after(100);
	quiet();
	nothing_told();
	counted(tcp.rx_no_timestamp, 4);
	state(ESTABLISHED);
	check(echoed(w, &t, 7001) == 7001);
}

WIRE(timestamps_missing_in_reset_does_not_matter, "RFC 7323 3.2, 5.2", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
	check(t.iss != 0);
}

WIRE(timestamps_missing_in_syn_challenged, "RFC 5961 4, RFC 7323 3.2", "")
{
	struct wire_tcb t = with_ts(w, 7000);

	/* The peer restarted, and sends no timestamps any more: half-open, 3.5.1 */
	in(SYN, .seq = 5000, .mss = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000);
	in(SYN, .seq = 101, .mss = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .tsecr = 7000);
	counted(tcp.challenge_acks, 2);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(timestamps_missing_in_ack_of_syn_ack, "RFC 7323 3.2", "")
{
	uint32_t iss;

	in(SYN, .seq = 100, TS(7000, 0));
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	quiet();
	counted(tcp.rx_no_timestamp, 1);
	state(SYN_RECEIVED);
	in(ACK, .seq = 101, .ack = iss + 1, TS(7001, 0));
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(timestamps_unaligned_between_other_options, "RFC 7323 3.2, 3.1", "MUST-64")
{
	struct wire_tcb t = with_ts(w, 7000);

	/* NOP, kind 253 of 3 bytes, timestamps 8000, EOL */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "a",
		OPT("\1\375\3a\10\12\0\0\37\100\0\0\0\0\0\0"));
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 102, .tsecr = 8000);
}

WIRE(timestamps_of_illegal_length_are_none, "RFC 7323 3.2", "MUST-7")
{
	struct wire_tcb t = with_ts(w, 7000);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "a", OPT("\1\1\10\11\0\0\37\100\0\0\0\0"));
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "a", OPT("\1\1\10\13\0\0\37\100\0\0\0\0"));
	quiet();
	counted(tcp.bad_options, 2);
	counted(tcp.rx_no_timestamp, 2);
	state(ESTABLISHED);
	check(t.iss != 0);
}
