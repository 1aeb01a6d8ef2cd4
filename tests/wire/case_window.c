/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Windows (3.8.6): the one that is offered and its back-pressure, the peer's one and what
 * may be sent into it, zero-window probes, and both silly window avoidances.
 */

#include "wire.h"

static uint32_t
snd_wnd(struct wire *w)
{
	struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);
	struct rs_conn_info info;

	check(rs_stack_inspect(stack(), &tuple, &info) == 0);
	return info.snd_wnd;
}

/* The service takes n bytes more, of which the first is the peer's byte `off`. */
static void
reads(struct wire *w, uint32_t off, uint32_t n)
{
	take(n);
	user_resume();
	told(DATA, .data = bytes(off), .len = n);
}

/*
 * The receive window
 */

/* A connection whose window of 4380 is full of unread data. */
static struct wire_tcb
full_window(struct wire *w)
{
	struct wire_tcb t;
	uint32_t i;

	w->tcp.rcv_buf = 4380;
	t = reach(ESTABLISHED);
	take(0);
	for (i = 0; i < 3; i++)
		in(ACK, .seq = 101 + i * 1460, .ack = t.snd_nxt, .data = bytes(i * 1460),
			.len = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 3021, .wnd = 1460);
	due(40, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 0);
	t.rcv_nxt = 4481;
	t.rcv_wnd = 0;
	return t;
}

WIRE(window_closes_as_data_stays_unread, "3.8.6, 3.10.7.4 seventh", "SHLD-14")
{
	full_window(w);
	nothing_told();
	take(UINT64_MAX);
	user_resume();
	told(DATA, .data = bytes(0), .len = 4380);
	check(next_out()->wnd == 4380);
	out(ACK, .seq = next_out()->seq, .ack = 4481);
}

WIRE(window_zero_probe_is_answered_not_taken, "3.8.6.1, 3.10.7.4 first", "MUST-36")
{
	struct wire_tcb t = full_window(w);

	in(ACK, .seq = 4481, .ack = t.snd_nxt, .data = bytes(4380), .len = 1);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 0);
	in(ACK, .seq = 4481, .ack = t.snd_nxt, .data = bytes(4380), .len = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 0);
	nothing_told();
	reads(w, 0, 4380);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 4380);
	/* The probe again finds the window open. */
	take(UINT64_MAX);
	in(ACK, .seq = 4481, .ack = t.snd_nxt, .data = bytes(4380), .len = 1460);
	told(DATA, .data = bytes(4380), .len = 1460);
}

WIRE(window_zero_acks_are_processed, "3.8.6, 3.10.7.4 first", "MUST-66")
{
	struct wire_tcb t = full_window(w);

	user_send("one", 3);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .data = "one", .wnd = 0);
	user_send("two", 3);
	in(ACK, .seq = 4481, .ack = t.snd_nxt + 3);
	out(ACK, .seq = t.snd_nxt + 3, .ack = 4481, .data = "two", .wnd = 0);
	in(ACK, .seq = 4481, .ack = t.snd_nxt + 6);
	after(5000);
	quiet();
}

WIRE(window_zero_ack_of_a_probe_is_processed, "3.10.7.4 first", "MUST-66")
{
	struct wire_tcb t = full_window(w);

	/* The text of the segment is not acceptable, its acknowledgment is. */
	user_send("one", 3);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .data = "one");
	in(ACK, .seq = 4481, .ack = t.snd_nxt + 3, .data = bytes(4380), .len = 1);
	out(ACK, .seq = t.snd_nxt + 3, .ack = 4481, .wnd = 0);
	nothing_told();
	after(5000);
	quiet();
}

WIRE(window_zero_fin_waits, "3.10.7.4 first, eighth", "")
{
	struct wire_tcb t = full_window(w);

	/* A FIN has a number of its own, and there is no room for one. */
	in(FIN | ACK, .seq = 4481, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 0);
	state(ESTABLISHED);
	reads(w, 0, 4380);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 4380);
	in(FIN | ACK, .seq = 4481, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 4482);
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(window_opens_by_a_segment_at_least, "3.8.6.2.2", "MUST-39")
{
	struct wire_tcb t = full_window(w);

	/* min(RCV.BUFF / 2, Eff.snd.MSS) is 1460. */
	reads(w, 0, 1);
	reads(w, 1, 1458);
	quiet();
	after(1000);
	quiet();
	/* Asked for, the window is still closed. */
	in(ACK, .seq = 4481, .ack = t.snd_nxt, .data = "?");
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 0);
	reads(w, 1459, 1);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 1460);
	/* So for the next step. */
	reads(w, 1460, 1459);
	quiet();
	reads(w, 2919, 1);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 2920);
}

WIRE(window_of_a_small_buffer_opens_by_half, "3.8.6.2.2", "MUST-39")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 1000;
	t = reach(ESTABLISHED);
	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 1000);
	due(40, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 1101, .wnd = 0);
	reads(w, 0, 499);
	quiet();
	reads(w, 499, 1);
	out(ACK, .seq = t.snd_nxt, .ack = 1101, .wnd = 500);
}

WIRE(window_half_read_data_keeps_its_place, "3.8.6", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(3);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hel");
	nothing_told();
	/* What is left is offered again when more comes, in front of it. */
	take(UINT64_MAX);
	in(ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "world");
	told(DATA, .data = "loworld");
	due(40, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 111);
}

/*
 * The peer's view of what it may send: the right edge never moves left, but by the
 * rounding of a scaled window (RFC 7323 2.4), and even then what was offered holds.
 */
static void
follow_edge(struct wire *w, uint32_t una, uint32_t unread, int shift, uint32_t *edge)
{
	uint32_t unit = 1u << shift;

	while (!TAILQ_EMPTY(&w->sent)) {
		uint32_t ack = (uint32_t)next_out()->ack;
		uint32_t right = ack + ((uint32_t)next_out()->wnd << shift);

		out(ACK, .seq = una, .ack = ack);
		check((int32_t)(right - *edge) > -(int32_t)unit);
		check(right - ack + unread < w->tcp.rcv_buf + unit);
		if ((int32_t)(right - *edge) > 0)
			*edge = right;
	}
}

/* A service that reads at random what a peer sends at random into its window. */
static void
random_reader(struct wire *w, const struct wire_tcb *t, int shift)
{
	uint32_t edge = 101 + t->rcv_wnd, sent = 0, read = 0, x = 42;
	int i;

	take(0);
	for (i = 0; i < 3000; i++) {
		uint32_t len, room = edge - 101 - sent;

		x = x * UINT32_C(1664525) + UINT32_C(1013904223);
		len = RTE_MIN(1 + (x >> 16) % 1460, RTE_MIN(room, WIRE_BYTES - sent));
		if ((x >> 8) % 4 != 0 && len > 0) {
			in(ACK, .seq = 101 + sent, .ack = t->snd_nxt, .data = bytes(sent),
				.len = len);
			sent += len;
		}
		if ((x >> 10) % 3 == 0) {
			len = RTE_MIN((x >> 12) % 6000, sent - read);
			take(len);
			user_resume();
			if (len > 0)
				told(DATA, .data = bytes(read), .len = len);
			read += len;
		}
		follow_edge(w, t->snd_nxt, sent - read, shift, &edge);
		after((x >> 20) % 30);
		follow_edge(w, t->snd_nxt, sent - read, shift, &edge);
	}
	check(sent == WIRE_BYTES);
}

WIRE(window_right_edge_never_moves_left, "3.8.6", "SHLD-14")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 8000;
	t = reach(ESTABLISHED);
	random_reader(w, &t, 0);
}

WIRE(window_scaled_keeps_what_it_offered, "RFC 7323 2.4", "SHLD-14")
{
	struct wire_tcb t;

	/* The shift that fits this buffer into 16 bits is 2. */
	w->tcp.rcv_buf = 140000;
	t = handshake(.ws = 0);
	random_reader(w, &t, 2);
}

WIRE(window_scaled_closes_and_opens, "RFC 7323 2.3", "SHLD-14")
{
	uint32_t off, edge;
	struct wire_tcb t;

	w->tcp.rcv_buf = 140000;
	t = handshake(.ws = 0);
	edge = 101 + t.rcv_wnd;
	take(0);
	for (off = 0; 101 + off != edge && off < 140000 + 4; ) {
		uint32_t len = RTE_MIN(1460u, edge - 101 - off);

		in(ACK, .seq = 101 + off, .ack = t.snd_nxt, .data = bytes(off), .len = len);
		off += len;
		after(42);
		follow_edge(w, t.snd_nxt, off, 2, &edge);
	}
	/* All of the buffer was offered, and it is full. */
	check(off > 140000 - 1460 && off < 140000 + 4);
	in(ACK, .seq = 101 + off, .ack = t.snd_nxt, .data = "?");
	out(ACK, .seq = t.snd_nxt, .ack = 101 + off, .wnd = 0);
	reads(w, 0, off);
	check(next_out()->wnd == 140000 / 4);
	out(ACK, .seq = t.snd_nxt, .ack = 101 + off);
}

/*
 * The send window
 */

WIRE(window_send_no_more_than_it_takes, "3.8.6.2.1", "MUST-38")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 4000);
	user_send(bytes(0), 10 * 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	/* A usable window of 1080 is left: no full-sized segment, not half of 65535. */
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460, .wnd = 4000);
	out(ACK, .seq = t.snd_nxt + 2920, .ack = 101, .data = bytes(2920), .len = 1460);
	quiet();
	/* An exact fit */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 4380, .wnd = 2920);
	out(ACK, .seq = t.snd_nxt + 4380, .ack = 101, .data = bytes(4380), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 5840, .ack = 101, .data = bytes(5840), .len = 1460);
	quiet();
}

WIRE(window_send_half_of_the_largest, "3.8.6.2.1 (3)", "MUST-38")
{
	struct wire_tcb t = handshake(.wnd = 1000);

	user_send(bytes(0), 5000);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1000);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1000, .wnd = 500);
	out(ACK, .seq = t.snd_nxt + 1000, .ack = 101, .data = bytes(1000), .len = 500);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1500, .wnd = 499);
	quiet();
}

WIRE(window_send_override_timeout, "3.8.6.2.1 (4)", "MUST-38")
{
	struct wire_tcb t = handshake(.wnd = 1000);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 100);
	user_send(bytes(0), 5000);
	due(100, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 100);
	/* What was sent so is acknowledged and retransmitted as all data. */
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 100);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 100, .wnd = 1000);
	out(ACK, .seq = t.snd_nxt + 100, .ack = 101, .data = bytes(100), .len = 1000);
}

WIRE(window_send_override_timeout_is_a_second_at_most, "3.8.6.2.1 (4)", "MUST-38")
{
	struct wire_tcb t;

	/* "In the range 0.1 - 1.0 seconds", however long RTO is */
	w->tcp.rto_min_ms = 5000;
	t = handshake(.wnd = 1000);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 100);
	user_send(bytes(0), 5000);
	due(100, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 100);
}

WIRE(window_send_all_that_is_queued, "3.8.6.2.1 (2)", "MUST-38")
{
	struct wire_tcb t = handshake(.wnd = 1000);

	/* Less than half of the largest window, but all there is fits. */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 100);
	user_send(bytes(0), 100);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 100);
}

WIRE(window_send_no_more_than_configured, "3.8.6", "")
{
	struct wire_tcb t;
	uint32_t i;

	w->tcp.snd_window = 4 * 1460;
	t = reach(ESTABLISHED);
	user_send(bytes(0), 20 * 1460);
	for (i = 0; i < 4; i++)
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460),
			.len = 1460);
	quiet();
}

WIRE(nagle_small_segments_wait_for_the_ack, "3.7.4", "SHLD-7")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("a", 1);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 101, .data = "a");
	user_send("b", 1);
	user_send("c", 1);
	user_send("d", 1);
	quiet();
	after(500);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK | PSH, .seq = t.snd_nxt + 1, .ack = 101, .data = "bcd");
	quiet();
}

WIRE(nagle_a_full_segment_does_not_wait, "3.7.4", "SHLD-7")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send(bytes(0), 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	user_send(bytes(1), 1459);
	quiet();
	user_send(bytes(1460), 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = bytes(1), .len = 1460);
	user_send(bytes(1461), 10);
	quiet();
	/* An acknowledgment of a part is not enough. */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1461);
	out(ACK | PSH, .seq = t.snd_nxt + 1461, .ack = 101, .data = bytes(1461), .len = 10);
}

WIRE(nagle_off_by_the_listener, "3.7.4", "MUST-17")
{
	struct wire_tcb t = reach_on(WIRE_LPORT_NODELAY, WIRE_RPORT, ESTABLISHED);

	user_send("a", 1);
	out(ACK | PSH, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt, .ack = 101, .data = "a");
	user_send("b", 1);
	out(ACK | PSH, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt + 1, .ack = 101,
		.data = "b");
	quiet();
}

WIRE(nagle_off_and_on_by_the_user, "3.7.4", "MUST-17")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("a", 1);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 101, .data = "a");
	rs_conn_set_nodelay(user(WIRE_RPORT)->tcb, true);
	user_send("b", 1);
	out(ACK | PSH, .seq = t.snd_nxt + 1, .ack = 101, .data = "b");
	rs_conn_set_nodelay(user(WIRE_RPORT)->tcb, false);
	user_send("c", 1);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2);
	out(ACK | PSH, .seq = t.snd_nxt + 2, .ack = 101, .data = "c");
}

WIRE(nagle_off_silly_windows_are_still_avoided, "3.8.6.2.1", "MUST-38 MUST-17")
{
	struct wire_tcb t = handshake(.lport = WIRE_LPORT_NODELAY, .wnd = 1000);

	user_send(bytes(0), 5000);
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt, .ack = 101, .data = bytes(0),
		.len = 1000);
	/* The right edge moves by 10 bytes. */
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = t.snd_nxt + 10, .wnd = 1000);
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = t.snd_nxt + 20, .wnd = 1000);
	quiet();
}

/*
 * SND.WL1 and SND.WL2: which segments set the window
 */

WIRE(window_set_by_the_same_numbers_again, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 5000);
	check(snd_wnd(w) == 5000);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 7000);
	check(snd_wnd(w) == 7000);
}

WIRE(window_not_set_by_an_older_segment, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* SND.WL1 becomes 106, then comes what was sent before it. */
	in(ACK, .seq = 106, .ack = t.snd_nxt, .data = "world", .wnd = 500);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	check(snd_wnd(w) == 500);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello", .wnd = 60000);
	out(ACK, .seq = t.snd_nxt, .ack = 111);
	told(DATA, .data = "helloworld");
	check(snd_wnd(w) == 500);
	in(ACK, .seq = 111, .ack = t.snd_nxt, .wnd = 60000);
	check(snd_wnd(w) == 60000);
}

WIRE(window_not_set_by_an_older_ack, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send(bytes(0), 2920);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920, .wnd = 3000);
	check(snd_wnd(w) == 3000);
	/* Overtaken by the one before */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460, .wnd = 9000);
	check(snd_wnd(w) == 3000);
	/* With newer data its acknowledgment is still none of SND.UNA =< SEG.ACK. */
	in(ACK, .seq = 106, .ack = t.snd_nxt + 1460, .data = "world", .wnd = 9000);
	out(ACK, .seq = t.snd_nxt + 2920, .ack = 101);
	check(snd_wnd(w) == 3000);
	quiet();
}

WIRE(window_set_across_zero, "3.10.7.4 fifth, 3.4", "")
{
	struct wire_tcb t = handshake(.seq = 0xfffffffa);

	in(ACK, .seq = 0xfffffffb, .ack = t.snd_nxt, .data = "hello", .wnd = 500);
	told(DATA, .data = "hello");
	in(ACK, .seq = 0, .ack = t.snd_nxt, .data = "world", .wnd = 600);
	told(DATA, .data = "world");
	check(snd_wnd(w) == 600);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 5);
	/* Old data that is also new in part: older than SND.WL1 = 0 */
	in(ACK, .seq = 0xfffffffe, .ack = t.snd_nxt, .data = "loworld!", .wnd = 700);
	told(DATA, .data = "!");
	check(snd_wnd(w) == 600);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 6);
}

/*
 * A window that shrinks
 */

/* 6 segments in flight, of which the window then takes only `wnd` bytes. */
static struct wire_tcb
shrunk(struct wire *w, uint16_t wnd)
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	user_send(bytes(0), 6 * 1460);
	for (i = 0; i < 6; i++)
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460),
			.len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = wnd);
	t.snd_una = t.snd_nxt;
	t.snd_nxt += 6 * 1460;
	return t;
}

/* Byte `off` and all that follow it are sent, in order, as they are acknowledged. */
static void
sends_the_rest(struct wire *w, const struct wire_tcb *t, uint32_t off)
{
	while (off < 6 * 1460) {
		uint32_t len = next_out()->len;

		check(len > 0 && len <= 1460);
		out(ACK, .seq = t->snd_una + off, .ack = 101, .data = bytes(off), .len = len);
		off += len;
		if (TAILQ_EMPTY(&w->sent))
			in(ACK, .seq = 101, .ack = t->snd_una + off);
	}
	after(5000);
	quiet();
}

WIRE(window_shrunk_no_new_data, "3.8.6", "MUST-34 SHLD-15")
{
	struct wire_tcb t = shrunk(w, 2920);

	user_send(bytes(6 * 1460), 1460);
	quiet();
	/* The usable window is still negative. */
	in(ACK, .seq = 101, .ack = t.snd_una + 2920, .wnd = 2920);
	quiet();
	/* Zero, then one segment */
	in(ACK, .seq = 101, .ack = t.snd_una + 5840, .wnd = 2920);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_una + 5840, .wnd = 4380);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(6 * 1460), .len = 1460);
}

WIRE(window_shrunk_old_data_goes_again_within_it, "3.8.6", "MUST-34 SHLD-16")
{
	struct wire_tcb t = shrunk(w, 2920);

	due(1000, 1002);
	out(ACK, .seq = t.snd_una, .ack = 101, .data = bytes(0), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_una + 1460, .wnd = 1460);
	out(ACK, .seq = t.snd_una + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_una + 2920, .wnd = 65535);
	sends_the_rest(w, &t, 2920);
}

WIRE(window_shrunk_to_less_than_a_segment, "3.8.6", "MUST-34 SHLD-16")
{
	struct wire_tcb t = shrunk(w, 100);

	due(1000, 1002);
	out(ACK, .seq = t.snd_una, .ack = 101, .data = bytes(0), .len = 100);
	in(ACK, .seq = 101, .ack = t.snd_una + 100, .wnd = 65535);
	sends_the_rest(w, &t, 100);
}

WIRE(window_shrunk_to_zero_is_probed, "3.8.6", "MUST-34 MUST-35 MUST-37 SHLD-17")
{
	struct wire_tcb t = shrunk(w, 0);
	uint64_t begin = w->now;

	/* As long as its probes are answered the connection stays. */
	while (w->now - begin < 300 * UINT64_C(1000000)) {
		due(1000, 60002);
		check(next_out()->len <= 1460);
		out(ACK, .seq = t.snd_una, .ack = 101, .data = bytes(0),
			.len = next_out()->len);
		in(ACK, .seq = 101, .ack = t.snd_una, .wnd = 0);
		quiet();
	}
	state(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_una, .wnd = 65535);
	out(ACK, .seq = t.snd_una, .ack = 101, .data = bytes(0), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	after(5000);
	quiet();
}

/*
 * Zero-window probes
 */

/* A connection with 5000 bytes to send into a window of 0. */
static struct wire_tcb
blocked(struct wire *w)
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send(bytes(0), 5000);
	quiet();
	return t;
}

WIRE(probe_first_after_rto_then_backs_off, "3.8.6.1", "MUST-36 SHLD-29 SHLD-30")
{
	struct wire_tcb t = blocked(w);
	uint64_t rto;

	for (rto = 1000; rto <= 120000; rto *= 2) {
		uint64_t wait = RTE_MIN(rto, UINT64_C(60000));

		due(wait, wait + 2);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
		in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
		quiet();
	}
}

/* The first probe is due an RTO after the window closed, whatever else is queued meanwhile. */
WIRE(probe_is_not_delayed_by_more_data, "3.8.6.1", "MUST-36 SHLD-29")
{
	struct wire_tcb t = blocked(w);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		after(300);
		user_send(bytes(5000 + i), 1);
		quiet();
	}
	due(100, 102);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	quiet();
}

WIRE(probe_for_ever_while_answered, "3.8.6.1", "MUST-37")
{
	struct wire_tcb t = blocked(w);
	int i;

	for (i = 0; i < 60; i++) {
		due(1000, 60002);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
		in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	}
	state(ESTABLISHED);
	nothing_told();
}

WIRE(probe_for_ever_where_r2_is_shorter_than_their_interval, "3.8.6.1", "MUST-37 MUST-21")
{
	struct wire_tcb t;
	int i;

	w->tcp.r2_ms = 5000;
	t = blocked(w);
	for (i = 0; i < 8; i++) {
		due(1000, 60002);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
		in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	}
	state(ESTABLISHED);
}

WIRE(probe_unanswered_r2_ends_it, "3.8.6.1, 3.8.3", "MUST-20 MUST-37")
{
	struct wire_tcb t = blocked(w);
	uint64_t begin = w->now;

	for (;;) {
		due(1000, 60002);
		if ((next_out()->flags & RST) != 0)
			break;
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	}
	check(w->now - begin >= 100 * UINT64_C(1000000));
	/* The octet that probed was not taken: beyond it the peer would believe nothing. */
	out(RST, .seq = t.snd_nxt);
	reset(rtx_limit);
	ended(TIMEOUT);
	state(CLOSED);
}

WIRE(probe_octet_goes_again_when_the_window_opens, "3.8.6.1", "MUST-36")
{
	struct wire_tcb t = blocked(w);

	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	after(500);
	/* It was not taken: it is sent at once, with what follows. */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 65535);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 2920, .ack = 101, .data = bytes(2920), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 4380);
	out(ACK, .seq = t.snd_nxt + 4380, .ack = 101, .data = bytes(4380), .len = 620);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5000);
	after(5000);
	quiet();
}

WIRE(probe_octet_taken_as_the_window_opens, "3.8.6.1", "MUST-36")
{
	struct wire_tcb t = blocked(w);

	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .wnd = 65535);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = bytes(1), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 1461, .ack = 101, .data = bytes(1461), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 2921, .ack = 101, .data = bytes(2921), .len = 1460);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 4381);
	out(ACK, .seq = t.snd_nxt + 4381, .ack = 101, .data = bytes(4381), .len = 619);
}

WIRE(probe_octet_taken_and_the_window_still_closed, "3.8.6.1", "MUST-36")
{
	struct wire_tcb t = blocked(w);
	uint32_t i;

	for (i = 0; i < 5; i++) {
		due(1000, 60002);
		out(ACK, .seq = t.snd_nxt + i, .ack = 101, .data = bytes(i), .len = 1);
		in(ACK, .seq = 101, .ack = t.snd_nxt + i + 1, .wnd = 0);
		quiet();
	}
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5, .wnd = 65535);
	out(ACK, .seq = t.snd_nxt + 5, .ack = 101, .data = bytes(5), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 1465, .ack = 101, .data = bytes(1465), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 2925, .ack = 101, .data = bytes(2925), .len = 1460);
}

WIRE(probe_not_needed_when_the_window_opens_first, "3.8.6.1", "SHLD-29")
{
	struct wire_tcb t = blocked(w);

	after(900);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	/* The retransmission timer begins with it. */
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
}

WIRE(probe_with_nothing_but_a_fin, "3.8.6.1, 3.10.4", "MUST-36")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_shutdown();
	quiet();
	due(1000, 1002);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	due(2000, 2002);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .wnd = 0);
	state(FIN_WAIT_2);
	after(5000);
	quiet();
}

WIRE(probe_data_then_fin, "3.8.6.1, 3.10.4", "MUST-36")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	user_shutdown();
	due(1000, 1002);
	/* One octet: the FIN is behind the others. */
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "h");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .wnd = 65535);
	out(FIN | ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = "ello");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 6);
	state(FIN_WAIT_2);
}

WIRE(probe_both_windows_closed, "3.8.6.1, 3.10.7.4 first", "MUST-66")
{
	struct wire_tcb t = full_window(w);

	/* Two hosts that both do not read: the answers to probes still open a window. */
	in(ACK, .seq = 4481, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	quiet();
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 0, .data = "h");
	in(ACK, .seq = 4481, .ack = t.snd_nxt, .wnd = 65535);
	out(ACK, .seq = t.snd_nxt, .ack = 4481, .wnd = 0, .data = "hello");
	in(ACK, .seq = 4481, .ack = t.snd_nxt + 5);
	after(5000);
	quiet();
}

/*
 * The user's side
 */

WIRE(window_user_is_told_of_room, "3.9.1.2", "")
{
	struct wire_tcb t;
	struct wire_conn *c;

	w->tcp.snd_buf = 4000;
	t = reach(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 1460);
	c = user(WIRE_RPORT);
	check(rs_conn_send_room(c->tcp, c->tcb) == 4000);
	check(rs_conn_send_copy(c->tcp, c->tcb, bytes(0), 5000) == 4000);
	check(rs_conn_send_room(c->tcp, c->tcb) == 0);
	check(rs_conn_send_copy(c->tcp, c->tcb, bytes(4000), 1000) == 0);
	after(0);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	nothing_told();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920);
	out(ACK, .seq = t.snd_nxt + 2920, .ack = 101, .data = bytes(2920), .len = 1080);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 4000);
	told(WRITABLE);
	nothing_told();
	check(rs_conn_send_room(c->tcp, c->tcb) == 4000);
	quiet();
}

WIRE(window_user_cannot_queue_without_end, "3.9.1.2", "")
{
	struct wire_tcb t;
	struct wire_conn *c;
	uint32_t i;

	w->tcp.snd_window = 4 * 1460;
	t = handshake(.wnd = 1460);
	c = user(WIRE_RPORT);
	check(rs_conn_send(c->tcp, c->tcb, bytes(0), 5 * 1460) == 5 * 1460);
	check(rs_conn_send(c->tcp, c->tcb, bytes(5 * 1460), 1460) == 0);
	after(0);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	nothing_told();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460, .wnd = 5 * 1460);
	told(WRITABLE);
	/* As much as may be in flight */
	for (i = 1; i < 5; i++)
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460),
			.len = 1460);
	quiet();
}

/* An ACK from beyond the peer's window, where the probe's octet lies, would not be taken. */
WIRE(window_ack_while_a_probe_is_out_can_be_believed, "3.10.7.4 first, 3.8.6.1", "MUST-66")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	after(1500);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "h");
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .wnd = 0, .data = "x");
	told(DATA, .data = "x");
	after(42);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	/* the octet is taken: from now on SND.NXT is in the window */
	in(ACK | PSH, .seq = 102, .ack = t.snd_nxt + 1, .wnd = 0, .data = "y");
	told(DATA, .data = "y");
	after(42);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 103);
}
