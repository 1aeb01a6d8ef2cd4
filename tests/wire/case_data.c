/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Text (3.10.7.4 seventh): delivery in order, trimming, reassembly, and when it is
 * acknowledged (3.8.6.3, RFC 5681 4.2).
 */

#include "wire.h"

/* Whatever acknowledgments were sent, none of which goes back. @return the last */
static uint32_t
last_ack(struct wire *w, const struct wire_tcb *t)
{
	uint32_t last = t->rcv_nxt;

	while (!TAILQ_EMPTY(&w->sent)) {
		uint32_t ack = (uint32_t)next_out()->ack;

		check((int32_t)(ack - last) >= 0);
		out(ACK, .seq = t->snd_nxt, .ack = ack);
		last = ack;
	}
	return last;
}

/*
 * Delayed acknowledgments
 */

WIRE(data_ack_is_delayed, "3.8.6.3", "SHLD-18 MUST-40")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(40, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	after(1000);
	quiet();
}

WIRE(data_ack_is_delayed_as_configured, "3.8.6.3", "SHLD-18 MUST-40")
{
	struct wire_tcb t;

	w->tcp.ack_delay_ms = 200;
	t = reach(ESTABLISHED);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(200, 202);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(data_ack_longest_delay_is_under_half_a_second, "3.8.6.3", "MUST-40")
{
	struct wire_tcb t;

	w->tcp.ack_delay_ms = 499;
	t = reach(ESTABLISHED);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 499);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(data_ack_without_delay, "3.8.6.3", "")
{
	struct wire_tcb t;

	w->tcp.ack_delay_ms = 0;
	t = reach(ESTABLISHED);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	told(DATA, .data = "hello");
	after(1000);
	quiet();
}

WIRE(data_ack_delay_runs_from_the_first_segment, "3.8.6.3", "MUST-40")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	after(30);
	in(ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "world");
	told(DATA, .data = "helloworld");
	due(10, 12);
	out(ACK, .seq = t.snd_nxt, .ack = 111);
	after(1000);
	quiet();
}

WIRE(data_ack_every_second_full_sized_segment, "3.8.6.3, RFC 5681 4.2", "SHLD-19")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t off;

	for (off = 0; off < 10 * 1460; off += 2 * 1460) {
		in(ACK, .seq = 101 + off, .ack = t.snd_nxt, .data = bytes(off), .len = 1460);
		quiet();
		in(ACK, .seq = 101 + off + 1460, .ack = t.snd_nxt, .data = bytes(off + 1460),
			.len = 1460);
		out(ACK, .seq = t.snd_nxt, .ack = 101 + off + 2 * 1460);
	}
	told(DATA, .data = bytes(0), .len = 10 * 1460);
	after(1000);
	quiet();
}

WIRE(data_ack_every_second_segment_of_our_mss, "3.8.6.3", "SHLD-19")
{
	struct wire_tcb t;

	/* RMSS is what our SYN-ACK says: 536-byte segments are full-sized. */
	w->tcp.mss = 536;
	t = reach(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 536);
	in(ACK, .seq = 101 + 536, .ack = t.snd_nxt, .data = bytes(536), .len = 536);
	out(ACK, .seq = t.snd_nxt, .ack = 101 + 1072);
	told(DATA, .data = bytes(0), .len = 1072);
}

WIRE(data_ack_every_2_rmss_of_small_segments, "3.8.6.3", "SHLD-19")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	for (i = 0; i < 30; i++)
		in(ACK, .seq = 101 + i * 100, .ack = t.snd_nxt, .data = bytes(i * 100),
			.len = 100);
	check(last_ack(w, &t) > 101);
	told(DATA, .data = bytes(0), .len = 3000);
}

WIRE(data_ack_every_2_rmss_where_ours_is_the_smaller_mss, "3.8.6.3", "SHLD-19")
{
	struct wire_tcb t;
	uint32_t i;

	/* The MSS of the endpoint that receives counts, not what it may send. */
	w->tcp.mss = 536;
	t = reach(ESTABLISHED);
	for (i = 0; i < 11; i++)
		in(ACK, .seq = 101 + i * 100, .ack = t.snd_nxt, .data = bytes(i * 100),
			.len = 100);
	check(last_ack(w, &t) > 101);
	told(DATA, .data = bytes(0), .len = 1100);
}

WIRE(data_ack_in_a_segment_with_data, "3.10.7.4 seventh", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	after(20);
	user_send("hi", 2);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 106, .data = "hi");
	in(ACK, .seq = 106, .ack = t.snd_nxt + 2);
	/* It is paid: the delay's end has nothing to send. */
	after(1000);
	quiet();
}

static void
answer(struct wire *w __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_send(tcp, conn, "answer", 6);
}

WIRE(data_ack_in_the_answer_of_the_service, "3.10.7.4 seventh", "MUST-58")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(DATA, answer);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "question");
	told(DATA, .data = "question");
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 109, .data = "answer");
	quiet();
	in(ACK, .seq = 109, .ack = t.snd_nxt + 6);
	after(1000);
	quiet();
}

WIRE(data_both_ways_at_once, "3.10.7.4 fifth, seventh", "MUST-58")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	/* Each segment of the peer acknowledges the one before and brings new data. */
	on(DATA, answer);
	for (i = 0; i < 20; i++) {
		in(ACK | PSH, .seq = 101 + i * 100, .ack = t.snd_nxt + i * 6,
			.data = bytes(i * 100), .len = 100);
		told(DATA, .data = bytes(i * 100), .len = 100);
		out(ACK | PSH, .seq = t.snd_nxt + i * 6, .ack = 201 + i * 100, .data = "answer");
		quiet();
	}
	in(ACK, .seq = 101 + 2000, .ack = t.snd_nxt + 120);
	after(2000);
	quiet();
}

WIRE(data_without_push_is_delivered_at_once, "3.10.7.4 seventh, 3.9.1.3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
}

WIRE(data_sent_is_pushed_by_the_last_segment, "3.9.1.2", "MUST-60 MUST-61")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send(bytes(0), 2000);
	check((next_out()->flags & PSH) == 0);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	out(ACK | PSH, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 540);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2000);
	/* A full segment, too, if it is the last */
	user_send(bytes(2000), 1460);
	out(ACK | PSH, .seq = t.snd_nxt + 2000, .ack = 101, .data = bytes(2000), .len = 1460);
}

WIRE(data_of_full_segments_is_pushed_by_the_last, "3.9.1.2", "MUST-60 MUST-61")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	user_send(bytes(0), 8 * 1460);
	for (i = 0; i < 8; i++) {
		check(((next_out()->flags & PSH) != 0) == (i == 7));
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460),
			.len = 1460);
	}
	in(ACK, .seq = 101, .ack = t.snd_nxt + 8 * 1460);
}

WIRE(data_with_ecn_flags_of_a_peer_that_may_not_use_them, "RFC 3168 6.1.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* ECN was not negotiated: the flags mean nothing and are not echoed. */
	in(ACK | PSH | ECE | CWR, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(40, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

/*
 * Reassembly
 */

WIRE(data_out_of_order_is_kept, "3.10.7.4 first, RFC 5681 4.2", "SHLD-31 MAY-13")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* Each segment above the gap is acknowledged at once, by a duplicate ACK. */
	in(ACK, .seq = 106, .ack = t.snd_nxt, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 111, .ack = t.snd_nxt, .data = "again");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	nothing_told();
	/* So is the one that fills it. */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 116);
	told(DATA, .data = "helloworldagain");
	after(1000);
	quiet();
}

WIRE(data_that_fills_a_part_of_a_gap_is_acked_at_once, "3.8.6.3, RFC 5681 4.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 111, .ack = t.snd_nxt, .data = "third");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "first");
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	told(DATA, .data = "first");
	nothing_told();
	in(ACK, .seq = 106, .ack = t.snd_nxt, .data = "other");
	out(ACK, .seq = t.snd_nxt, .ack = 116);
	told(DATA, .data = "otherthird");
}

WIRE(data_between_two_gaps, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 105, .ack = t.snd_nxt, .data = "BBBB");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 113, .ack = t.snd_nxt, .data = "DDDD");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "AAAA");
	out(ACK, .seq = t.snd_nxt, .ack = 109);
	told(DATA, .data = "AAAABBBB");
	nothing_told();
	in(ACK, .seq = 109, .ack = t.snd_nxt, .data = "CCCC");
	out(ACK, .seq = t.snd_nxt, .ack = 117);
	told(DATA, .data = "CCCCDDDD");
}

WIRE(data_out_of_order_twice_is_delivered_once, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);
	int i;

	for (i = 0; i < 3; i++) {
		in(ACK, .seq = 106, .ack = t.snd_nxt, .data = "world");
		out(ACK, .seq = t.snd_nxt, .ack = 101);
	}
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 111);
	told(DATA, .data = "helloworld");
}

WIRE(data_that_overlaps_what_was_kept, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* "0123456789": its middle, then over both ends of it, then all at once */
	in(ACK, .seq = 104, .ack = t.snd_nxt, .data = "3456");
	in(ACK, .seq = 102, .ack = t.snd_nxt, .data = "123");
	in(ACK, .seq = 107, .ack = t.snd_nxt, .data = "678");
	nothing_told();
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "0123456789");
	told(DATA, .data = "0123456789");
	check(last_ack(w, &t) == 111);
}

WIRE(data_of_four_segments_in_every_order, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t perm, at = 0;

	for (perm = 0; perm < 24; perm++, at += 4 * 700) {
		uint32_t left[4] = { 0, 1, 2, 3 };
		uint32_t i, code = perm;

		for (i = 4; i > 0; i--) {
			uint32_t pick = code % i;
			uint32_t off = at + left[pick] * 700;

			code /= i;
			left[pick] = left[i - 1];
			in(ACK, .seq = 101 + off, .ack = t.snd_nxt, .data = bytes(off),
				.len = 700);
		}
		told(DATA, .data = bytes(at), .len = 4 * 700);
		after(42);
		t.rcv_nxt = last_ack(w, &t);
		check(t.rcv_nxt == 101 + at + 4 * 700);
	}
}

WIRE(data_in_any_order_and_overlap_is_the_same_stream, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t round, i, at = 0, x = 4711;

	for (round = 0; round < 60; round++, at += 4000) {
		for (i = 0; i < 40; i++) {
			uint32_t off, len;

			x = x * UINT32_C(1664525) + UINT32_C(1013904223);
			off = at + (x >> 8) % 4000;
			len = 1 + (x >> 20) % 1000;
			len = RTE_MIN(len, at + 4000 - off);
			in(ACK, .seq = 101 + off, .ack = t.snd_nxt, .data = bytes(off),
				.len = len);
		}
		for (i = 0; i < 4; i++)
			in(ACK, .seq = 101 + at + 1000 * i, .ack = t.snd_nxt,
				.data = bytes(at + 1000 * i), .len = 1000);
		told(DATA, .data = bytes(at), .len = 4000);
		nothing_told();
		after(42);
		t.rcv_nxt = last_ack(w, &t);
		check(t.rcv_nxt == 101 + at + 4000);
	}
}

WIRE(data_beyond_a_fin_is_never_delivered, "3.10.7.4 eighth", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(FIN | ACK, .seq = 106, .ack = t.snd_nxt, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 112, .ack = t.snd_nxt, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 112);
	told(DATA, .data = "helloworld");
	told(PEER_CLOSED);
	nothing_told();
	state(CLOSE_WAIT);
}

WIRE(data_and_fin_again_in_one_segment, "3.10.7.4 seventh, eighth", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The retransmission joins two segments, of which the second was kept. */
	in(FIN | ACK, .seq = 111, .ack = t.snd_nxt, .data = "again");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(FIN | ACK, .seq = 106, .ack = t.snd_nxt, .data = "worldagain");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 117);
	told(DATA, .data = "helloworldagain");
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

/*
 * Trimming to the window
 */

WIRE(data_beyond_the_window_is_cut_off, "3.10.7.4 first", "")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 1000;
	t = reach(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 1400);
	told(DATA, .data = bytes(0), .len = 1000);
	nothing_told();
	out(ACK, .seq = t.snd_nxt, .ack = 1101, .wnd = 1000);
	in(ACK, .seq = 1101, .ack = t.snd_nxt, .data = bytes(1000), .len = 400);
	told(DATA, .data = bytes(1000), .len = 400);
}

WIRE(data_beyond_both_ends_of_the_window_not_acceptable, "3.10.7.4 first, table 6", "")
{
	struct wire_tcb t;

	/* Neither the first nor the last of its bytes is in the window. */
	w->tcp.rcv_buf = 1000;
	t = handshake(.seq = 1000);
	in(ACK, .seq = 1001 - 100, .ack = t.snd_nxt, .data = bytes(0), .len = 1300);
	out(ACK, .seq = t.snd_nxt, .ack = 1001, .wnd = 1000);
	nothing_told();
}

WIRE(data_out_of_order_beyond_the_window_is_cut_off, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 1000;
	t = reach(ESTABLISHED);
	/* The window ends at 1101: 100 bytes of these are in it. */
	in(ACK, .seq = 1001, .ack = t.snd_nxt, .data = bytes(900), .len = 200);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 900);
	told(DATA, .data = bytes(0), .len = 1000);
	nothing_told();
	out(ACK, .seq = t.snd_nxt, .ack = 1101);
}

WIRE(data_fin_beyond_the_window_is_cut_off, "3.10.7.4 first, eighth", "")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 1000;
	t = reach(ESTABLISHED);
	/* The text fills the window: the FIN's number is the first one outside of it. */
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 1000);
	told(DATA, .data = bytes(0), .len = 1000);
	nothing_told();
	out(ACK, .seq = t.snd_nxt, .ack = 1101);
	state(ESTABLISHED);
	in(FIN | ACK, .seq = 1101, .ack = t.snd_nxt);
	told(PEER_CLOSED);
	out(ACK, .seq = t.snd_nxt, .ack = 1102);
	state(CLOSE_WAIT);
}

WIRE(data_fin_at_the_end_of_the_window_is_taken, "3.10.7.4 first, eighth", "")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 1000;
	t = reach(ESTABLISHED);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 999);
	told(DATA, .data = bytes(0), .len = 999);
	told(PEER_CLOSED);
	out(ACK, .seq = t.snd_nxt, .ack = 1101);
	state(CLOSE_WAIT);
}

/*
 * Numbers that wrap, 3.4
 */

WIRE(data_received_over_the_sign_bit, "3.4", "SHLD-31")
{
	struct wire_tcb t = handshake(.seq = 0x7ffffffc);
	uint32_t seq = 0x7ffffffd;

	in(ACK, .seq = seq + 5, .ack = t.snd_nxt, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = seq);
	in(ACK, .seq = seq, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = seq + 10);
	told(DATA, .data = "helloworld");
	in(ACK, .seq = seq, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = seq + 10);
	nothing_told();
}

/*
 * A connection whose ISS is `iss`: RFC 6528 3 makes it count up by one each 4
 * microseconds for each tuple.
 */
static struct wire_tcb
handshake_with_iss(struct wire *w, uint32_t iss)
{
	uint32_t now;

	in(SYN, .seq = 100);
	now = out(SYN | ACK, .ack = 101);
	in(RST, .seq = 101);
	verdict(accepted);
	w->now += (uint64_t)(iss - now) * 4;
	return handshake(.seq = 100);
}

/* Data sent and sent again around a number, 3 segments before and 3 after it. */
static void
send_over(struct wire *w, uint32_t number)
{
	struct wire_tcb t = handshake_with_iss(w, number - 3 * 1460 - 1 - 700);
	uint32_t i;

	check(t.snd_nxt == number - 3 * 1460 - 700);
	user_send(bytes(0), 7 * 1460);
	for (i = 0; i < 7; i++)
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460),
			.len = 1460);
	/* The one that holds the number is lost. */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 3 * 1460);
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt + 3 * 1460, .ack = 101, .data = bytes(3 * 1460), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 7 * 1460);
	after(5000);
	quiet();
}

WIRE(data_sent_over_zero, "3.4", "")
{
	send_over(w, 0);
}

WIRE(data_sent_over_the_sign_bit, "3.4", "")
{
	send_over(w, 0x80000000);
}

WIRE(data_in_bursts_of_single_bytes, "3.10.7.4 seventh", "MUST-58 MUST-59")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct wire_seg segs[640];
	uint32_t i;

	for (i = 0; i < 640; i++)
		segs[i] = seg(ACK | PSH, .seq = 101 + i, .ack = t.snd_nxt, .data = bytes(i),
			.len = 1);
	in_all(segs, 640);
	told(DATA, .data = bytes(0), .len = 640);
	after(42);
	check(last_ack(w, &t) == 741);
}
