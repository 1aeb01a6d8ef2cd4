/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Urgent information (3.8.5, 3.10.7.4 sixth). Nothing is sent with URG (SHLD-13): every
 * out() of every case holds that.
 */

#include "wire.h"

static uint32_t
urgent(struct wire *w)
{
	const struct wire_conn *c = user(WIRE_RPORT);

	return rs_conn_urgent(c->tcp, c->tcb);
}

WIRE_STATES(urgent_is_told_before_its_data, IN(ESTABLISHED) | IN(FIN_WAIT_1) | IN(FIN_WAIT_2),
	"3.8.5, 3.10.7.4 sixth", "MUST-30 MUST-32 MUST-62")
{
	struct wire_tcb t = reach_param();

	/* The pointer is the number of the octet after the urgent data. */
	in(ACK | PSH | URG, .seq = 101, .ack = t.snd_una, .up = 5, .data = "hello");
	told(URGENT, .arg = 5);
	told(DATA, .data = "hello");
	check(urgent(w) == 0);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(urgent_data_is_a_part_of_the_segment, "3.8.5", "MUST-62 MUST-33")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK | PSH | URG, .seq = 101, .ack = t.snd_nxt, .up = 2, .data = "hello");
	told(URGENT, .arg = 2);
	check(urgent(w) == 2);
	take(1);
	user_resume();
	told(DATA, .data = "h");
	check(urgent(w) == 1);
	take(1);
	user_resume();
	told(DATA, .data = "e");
	check(urgent(w) == 0);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(urgent_data_is_still_to_come, "3.8.5", "MUST-32 MUST-33")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 1000);
	told(URGENT, .arg = 1000);
	check(urgent(w) == 1000);
	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 1000, .data = bytes(0), .len = 400);
	told(DATA, .data = bytes(0), .len = 400);
	check(urgent(w) == 600);
	in(ACK, .seq = 501, .ack = t.snd_nxt, .data = bytes(400), .len = 600);
	told(DATA, .data = bytes(400), .len = 600);
	check(urgent(w) == 0);
	after(42);
	out(ACK, .seq = t.snd_nxt, .ack = 1101);
}

WIRE(urgent_pointer_counts_what_is_unread, "3.8.5", "MUST-33")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	in(ACK | URG, .seq = 106, .ack = t.snd_nxt, .up = 10);
	told(URGENT, .arg = 15);
	check(urgent(w) == 15);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(urgent_pointer_again_is_told_once, "3.8.5, 3.10.7.4 sixth", "MUST-32")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 10);
	told(URGENT, .arg = 10);
	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 10);
	in(ACK | PSH | URG, .seq = 101, .ack = t.snd_nxt, .up = 10, .data = "hello");
	told(DATA, .data = "hello");
	/* The same place, from further on */
	in(ACK | PSH | URG, .seq = 106, .ack = t.snd_nxt, .up = 5, .data = "w");
	told(DATA, .data = "w");
	nothing_told();
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 107);
}

WIRE(urgent_pointer_that_advances_is_told, "3.8.5", "MUST-32")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 10);
	told(URGENT, .arg = 10);
	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 30);
	told(URGENT, .arg = 30);
	check(urgent(w) == 30);
	quiet();
}

WIRE(urgent_pointer_does_not_recede, "3.8.5, 3.10.7.4 sixth", "MUST-33")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* RCV.UP <- max(RCV.UP, SEG.UP) */
	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 100);
	told(URGENT, .arg = 100);
	in(ACK | URG, .seq = 101, .ack = t.snd_nxt, .up = 50);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	nothing_told();
	check(urgent(w) == 100);
}

WIRE(urgent_pointer_to_what_was_read, "3.10.7.4 sixth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* It is not in advance of the data consumed. */
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	in(ACK | URG, .seq = 106, .ack = t.snd_nxt, .up = 0);
	nothing_told();
	check(urgent(w) == 0);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	/* Old data, sent again with the pointer of its time */
	in(ACK | PSH | URG, .seq = 101, .ack = t.snd_nxt, .up = 3, .data = "hello, world");
	told(DATA, .data = ", world");
	nothing_told();
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 113);
}

WIRE(urgent_mode_begins_anew, "3.8.5", "MUST-32")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	for (i = 0; i < 4; i++) {
		in(ACK | PSH | URG, .seq = 101 + i * 5, .ack = t.snd_nxt, .up = 5,
			.data = "again");
		told(URGENT, .arg = 5);
		told(DATA, .data = "again");
		check(urgent(w) == 0);
		due(1, 42);
		out(ACK, .seq = t.snd_nxt, .ack = 106 + i * 5);
	}
}

WIRE(urgent_data_of_any_length, "3.8.5", "MUST-31")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t off, end = 200000;

	/* The field has 16 bits, so the pointer runs ahead of the data. */
	for (off = 0; off < end; off += 1000) {
		uint16_t up = (uint16_t)RTE_MIN(end - off, 65535u);

		in(ACK | PSH | URG, .seq = 101 + off, .ack = t.snd_nxt, .up = up,
			.data = bytes(off), .len = 1000);
		if (off == 0 || off + up < end || off + 65535 - 1000 < end)
			told(URGENT, .arg = up);
		told(DATA, .data = bytes(off), .len = 1000);
		check(urgent(w) == up - 1000u);
		after(42);
		out(ACK, .seq = t.snd_nxt, .ack = 1101 + off);
	}
	check(urgent(w) == 0);
	nothing_told();
}

WIRE(urgent_pointer_without_the_flag, "3.8.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .up = 5, .data = "hello");
	told(DATA, .data = "hello");
	nothing_told();
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(urgent_pointer_wraps, "3.8.5, 3.4", "MUST-31")
{
	struct wire_tcb t = handshake(.seq = 0xfffffff0);

	in(ACK | URG, .seq = 0xfffffff1, .ack = t.snd_nxt, .up = 100);
	told(URGENT, .arg = 100);
	in(ACK, .seq = 0xfffffff1, .ack = t.snd_nxt, .data = bytes(0), .len = 50);
	told(DATA, .data = bytes(0), .len = 50);
	check(urgent(w) == 50);
	in(ACK, .seq = 35, .ack = t.snd_nxt, .data = bytes(50), .len = 50);
	told(DATA, .data = bytes(50), .len = 50);
	check(urgent(w) == 0);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 85);
}

/* A connection whose window is closed by 1000 bytes of unread data. */
static struct wire_tcb
closed_window(struct wire *w)
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 1000;
	t = reach(ESTABLISHED);
	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 1000);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 1101, .wnd = 0);
	return t;
}

WIRE(urgent_in_a_closed_window, "3.10.7.4 first, sixth", "MUST-66 MUST-32")
{
	struct wire_tcb t = closed_window(w);

	in(ACK | URG, .seq = 1101, .ack = t.snd_nxt, .up = 1);
	told(URGENT, .arg = 1001);
	check(urgent(w) == 1001);
	quiet();
}

WIRE(urgent_with_data_in_a_closed_window, "3.10.7.4 first, sixth", "MUST-66 MUST-32")
{
	struct wire_tcb t = closed_window(w);

	/* To send an urgent indication the user must send data, which does not fit. */
	in(ACK | PSH | URG, .seq = 1101, .ack = t.snd_nxt, .up = 1, .data = "!");
	told(URGENT, .arg = 1001);
	out(ACK, .seq = t.snd_nxt, .ack = 1101, .wnd = 0);
	nothing_told();
}

WIRE(urgent_beyond_the_window_not_believed, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | URG, .seq = 101 + WIRE_RCV_BUF, .ack = t.snd_nxt, .up = 5, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK | URG, .seq = 101, .ack = t.snd_nxt + 1, .up = 5, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	nothing_told();
	check(urgent(w) == 0);
}

WIRE(urgent_out_of_order_is_told_once, "3.10.7.4 sixth", "MUST-32 SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | URG, .seq = 106, .ack = t.snd_nxt, .up = 5, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	/* At once, or when the segment's turn has come: both are before its data. */
	if (!TAILQ_EMPTY(&w->events))
		told(URGENT, .arg = 10);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 111);
	told(DATA, .data = "hello");
	if (next_told()->what == URGENT)
		told(URGENT, .arg = 5);
	told(DATA, .data = "world");
	nothing_told();
	counted(tcp.urgent, 1);
}

WIRE_STATES(urgent_after_the_peers_fin_ignored,
	IN(CLOSE_WAIT) | IN(CLOSING) | IN(LAST_ACK) | IN(TIME_WAIT), "3.10.7.4 sixth", "")
{
	struct wire_tcb t = reach_param();

	in(ACK | URG, .seq = t.rcv_nxt, .ack = t.snd_una, .up = 10);
	quiet();
	nothing_told();
	state_param();
}
