/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The congestion window (RFC 5681 3.1 and 4.1, RFC 6928, RFC 9438 5.8): how much goes out at
 * first, as ACKs come, and after a pause.
 */

#include "flight.h"

WIRE(cwnd_initial_window_is_ten, "RFC 6928 2", "MUST-19")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 40);
	go(0, 10);
	acks(10);
	check(some_go() > 10);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(cwnd_initial_window_as_configured, "RFC 6928 2, RFC 5681 3.1", "")
{
	struct wire_tcb t;

	w->tcp.initial_window = 3;
	t = flight_without_sack(100);
	send_segments(0, 10);
	go(0, 3);
	acks(3);
	check(some_go() >= 4);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(cwnd_initial_window_after_a_lost_syn_ack, "RFC 5681 3.1", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	due(1000, 1002);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	send_segments(0, 4);
	go(0, 1);
	acks(1);
	go(1, 3);
	acks(3);
	go(3, 4);
	acks(4);
}

/* One full segment, then CLOSE, in one call of the service. */
static void
segment_and_close(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	check(rs_conn_send(tcp, conn, bytes(0), 1460) == 1460);
	check(rs_conn_shutdown(tcp, conn) == 0);
}

WIRE(cwnd_counts_data_and_not_the_fin, "RFC 5681 2, 3.1", "MUST-19")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	/* An initial window of one segment (RFC 5681 3.1): 1,460 bytes of data */
	due(1000, 1002);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
	on(OPENED, segment_and_close);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	out(FIN | ACK | PSH, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	state(FIN_WAIT_1);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1461);
	quiet();
	state(FIN_WAIT_2);
}

WIRE(cwnd_slow_start_adds_a_segment_for_each, "RFC 5681 3.1", "MUST-19")
{
	struct wire_tcb t;
	uint32_t i;

	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_without_sack(100);
	send_segments(0, 40);
	go(0, 10);
	after(100);
	for (i = 0; i < 10; i++) {
		acks(i + 1);
		go(10 + 2 * i, 12 + 2 * i);
	}
	acks(30);
	some_go();
	acks(40);
}

WIRE(cwnd_the_peers_window_counts_too, "RFC 5681 2, 3.8.6", "")
{
	struct wire_tcb t = flight_without_sack(100);

	in(ACK, .seq = 101, .ack = AT(0), .wnd = 4 * 1460);
	send_segments(0, 10);
	go(0, 4);
	acks(4, .wnd = 4 * 1460);
	go(4, 8);
	acks(8);
	go(8, 10);
	acks(10);
}

WIRE(cwnd_of_an_idle_connection_is_that_of_a_new_one, "RFC 5681 4.1", "")
{
	struct wire_tcb t = flight_without_sack(100);
	uint32_t n;

	send_segments(0, 20);
	go(0, 10);
	acks(10);
	n = some_go();
	check(n == 10);
	acks(20);
	/* Longer than RTO */
	after(1100);
	send_segments(20, 60);
	go(20, 30);
	counted(tcp.idle_restarts, 1);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(cwnd_is_kept_for_an_rto, "RFC 5681 4.1", "")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 20);
	go(0, 10);
	acks(10);
	go(10, 20);
	acks(20);
	after(900);
	send_segments(20, 60);
	after(1);
	check(some_go() >= 18);
	counted(tcp.idle_restarts, 0);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(cwnd_and_ssthresh_outlive_an_empty_queue, "RFC 5681 3.1, 4.1", "")
{
	struct wire_tcb t;
	unsigned int i;

	/* Half of ten after a loss. Then all is acknowledged, and again. */
	w->tcp.congestion = RS_CC_NEWRENO;
	t = flight_with_sack(100);
	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 10)));
	go(0, 1);
	acks(10);
	for (i = 10; i < 13; i++) {
		send_segments(i, i + 1);
		go(i, i + 1);
		after(10);
		acks(i + 1);
	}
	send_segments(13, 33);
	go(13, 18);
	/* Congestion avoidance: one more for a whole window. */
	acks(18);
	go(18, 24);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(cwnd_unused_does_not_grow, "RFC 9438 5.8, RFC 7661 1", "")
{
	struct wire_tcb t = flight_without_sack(100);
	uint32_t i;

	for (i = 0; i < 50; i++) {
		send_segments(i, i + 2);
		goes(i);
		goes(i + 1);
		acks(i + 2);
		t.snd_nxt += 1460;
		w->now += 1000;
	}
	send_segments(50, 90);
	go(50, 60);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(cwnd_waits_for_room_for_a_whole_segment, "RFC 5681 2, 3.8.6.2.1", "MUST-38")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 12);
	go(0, 10);
	/* An ACK of 700 makes room for 700, and slow start for as much again. */
	in(ACK, .seq = 101, .ack = AT(0) + 700);
	quiet();
	acks(1);
	go(10, 12);
	acks(12);
}

WIRE(cwnd_holds_back_a_fin, "RFC 5681 3.1, 3.10.4", "")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 10);
	go(0, 10);
	user_shutdown();
	quiet();
	acks(1);
	out(FIN | ACK, .seq = AT(10), .ack = 101);
	in(ACK, .seq = 101, .ack = AT(10) + 1);
	state(FIN_WAIT_2);
}

WIRE(cwnd_does_not_hold_back_a_window_probe, "3.8.6.1", "MUST-36")
{
	struct wire_tcb t;

	w->tcp.initial_window = 1;
	t = flight_without_sack(100);
	in(ACK, .seq = 101, .ack = AT(0), .wnd = 0);
	send_segments(0, 3);
	due(1000, 1002);
	out(ACK, .seq = AT(0), .ack = 101, .data = bytes(0), .len = 1);
	due(2000, 2002);
	out(ACK, .seq = AT(0), .ack = 101, .data = bytes(0), .len = 1);
	in(ACK, .seq = 101, .ack = AT(0) + 1);
	out(ACK, .seq = AT(0) + 1, .ack = 101, .data = bytes(1), .len = 1460);
	in(ACK, .seq = 101, .ack = AT(1) + 1);
	out(ACK, .seq = AT(1) + 1, .ack = 101, .data = bytes(1461), .len = 1460);
	in(ACK, .seq = 101, .ack = AT(2) + 1);
	out(ACK | PSH, .seq = AT(2) + 1, .ack = 101, .data = bytes(2921), .len = 1459);
	in(ACK, .seq = 101, .ack = AT(3));
}
