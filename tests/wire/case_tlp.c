/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Tail loss probes (RFC 8985 7). The round-trip time is 100 ms: PTO is 200, and 400 where a
 * single segment is in flight, whose ACK may be delayed.
 */

#include "flight.h"

WIRE(tlp_the_last_segment_goes_again, "RFC 8985 7.2, 7.3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 3);
	go(0, 3);
	due(200, 202);
	go(2, 3);
	counted(tcp.tail_probes, 1);
	acks(3);
	after(5000);
	quiet();
}

WIRE(tlp_of_a_single_segment_waits_for_a_delayed_ack, "RFC 8985 7.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 1);
	go(0, 1);
	due(400, 402);
	go(0, 1);
	counted(tcp.tail_probes, 1);
	acks(1);
}

WIRE(tlp_sends_new_data_if_there_is_any, "RFC 8985 7.3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	/* IW is 10 segments; a probe may exceed cwnd. */
	send_segments(0, 12);
	go(0, 10);
	due(200, 202);
	go(10, 11);
	counted(tcp.tail_probes, 1);
	counted(tcp.retransmitted, 0);
	acks(11);
	goes(11);
	acks(12);
}

WIRE(tlp_sends_no_new_data_beyond_the_window, "RFC 8985 7.3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	in(ACK, .seq = 101, .ack = AT(0), .wnd = 3 * 1460);
	send_segments(0, 5);
	go(0, 3);
	due(200, 202);
	go(2, 3);
	counted(tcp.tail_probes, 1);
	acks(3);
	go(3, 5);
	acks(5);
}

WIRE(tlp_only_one_then_the_timeout, "RFC 8985 7.3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 3);
	go(0, 3);
	due(200, 202);
	go(2, 3);
	/* RTO from the probe on */
	due(1000, 1002);
	go(0, 1);
	counted(tcp.rto_expired, 1);
	counted(tcp.tail_probes, 1);
	due(2000, 2002);
	go(0, 1);
	acks(3);
}

WIRE(tlp_not_without_sack, "RFC 8985 7.2", "")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 3);
	go(0, 3);
	due(1000, 1002);
	go(0, 1);
	counted(tcp.tail_probes, 0);
	acks(3);
}

WIRE(tlp_never_after_the_rto, "RFC 8985 7.2", "")
{
	struct wire_tcb t;

	/* RTO is 100 + 4 * 50 ms, PTO of a single segment would be 400. */
	w->tcp.rto_min_ms = 1;
	t = flight_with_sack(100);
	send_segments(0, 1);
	go(0, 1);
	due(300, 302);
	go(0, 1);
	counted(tcp.rto_expired, 1);
	counted(tcp.tail_probes, 0);
	acks(1);
}

WIRE(tlp_without_a_round_trip_time_after_a_second, "RFC 8985 7.2", "")
{
	struct wire_tcb t = { 0 };

	/* The SYN-ACK went twice, so there is no sample, and RTO is 3 s (RFC 6298 5.7). */
	in(SYN, .seq = 100, .mss = 1460, .sack_ok = 1);
	t.snd_nxt = out(SYN | ACK, .ack = 101) + 1;
	due(1000, 1002);
	out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	send_segments(0, 1);
	go(0, 1);
	due(1000, 1002);
	go(0, 1);
	counted(tcp.tail_probes, 1);
	acks(1);
}

WIRE(tlp_begins_anew_with_each_ack, "RFC 8985 7.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 6);
	go(0, 6);
	after(100);
	acks(2);
	after(150);
	acks(4);
	/* The sample of 100 ms kept SRTT as it was. */
	due(200, 202);
	go(5, 6);
	acks(6);
}

WIRE(tlp_begins_anew_with_new_data, "RFC 8985 7.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 2);
	go(0, 2);
	after(150);
	send_segments(2, 3);
	go(2, 3);
	due(200, 202);
	go(2, 3);
	acks(3);
}

WIRE(tlp_not_while_something_is_sacked, "RFC 8985 7.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 4);
	go(0, 4);
	after(100);
	acks(0, SACK(BLOCK(1, 2)));
	due(24, 27);            /* by RACK */
	go(0, 1);
	/* RTO since segment 0 was sent; no probe before */
	due(860, 880);
	go(0, 1);
	counted(tcp.tail_probes, 0);
	acks(4);
}

WIRE(tlp_finds_out_what_else_was_lost, "RFC 8985 7.1, 3.3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	/* The last three of ten are lost. */
	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(7);
	due(200, 202);
	go(9, 10);
	after(100);
	acks(7, SACK(BLOCK(9, 10)));
	goes(7);
	goes(8);
	quiet();
	after(100);
	acks(10);
	counted(tcp.rto_expired, 0);
	counted(tcp.fast_recoveries, 1);
	after(5000);
	quiet();
}

/*
 * Ten segments, all of which arrive but perhaps the last, a probe of it, and another segment
 * that is in flight when the probe's ACK comes.
 */
static struct wire_tcb
probed(struct wire *w, bool dsack)
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(9);
	due(400, 402);
	go(9, 10);
	counted(tcp.tail_probes, 1);
	send_segments(10, 11);
	go(10, 11);
	after(50);
	acks(10);
	if (dsack)
		acks(10, SACK(BLOCK(9, 10)));
	after(50);
	acks(11);
	return t;
}

WIRE(tlp_that_repaired_a_loss_reduces_the_window, "RFC 8985 7.4.2", "")
{
	struct wire_tcb t = probed(w, false);

	counted(tcp.cwnd_reductions, 1);
	/* FlightSize was one segment: ssthresh is 2 (RFC 5681 3.1). */
	send_segments(11, 20);
	go(11, 13);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(tlp_that_repaired_nothing_reduces_nothing, "RFC 8985 7.4.2", "")
{
	struct wire_tcb t = probed(w, true);

	counted(tcp.rx_dsack, 1);
	counted(tcp.cwnd_reductions, 0);
	send_segments(11, 20);
	go(11, 20);
	acks(20);
}

WIRE(tlp_twice_without_dsack_reduces_nothing, "RFC 8985 7.4.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 3);
	go(0, 3);
	due(200, 202);
	go(2, 3);
	send_segments(3, 4);
	go(3, 4);
	after(10);
	acks(3);
	acks(3);                /* the duplicate of what was there, by a peer without D-SACK */
	acks(4);
	counted(tcp.cwnd_reductions, 0);
}

WIRE(tlp_whose_ack_leaves_nothing_in_flight_counts_as_a_loss, "RFC 8985 7.4.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 3);
	go(0, 3);
	due(200, 202);
	go(2, 3);
	acks(3);
	counted(tcp.cwnd_reductions, 1);
}

WIRE(tlp_timer_ends_with_the_flight, "RFC 8985 7.2, 3.8.6.2.1 (4)", "MUST-38")
{
	struct wire_tcb t = flight_with_sack(100);

	in(ACK, .seq = 101, .ack = AT(0), .wnd = 2 * 1460);
	send_segments(0, 3);
	go(0, 2);
	after(100);
	/* Nothing is in flight; what is left waits for the override of SWS avoidance. */
	acks(2, .wnd = 100);
	due(100, 1002);
	out(ACK, .seq = AT(2), .ack = 101, .data = bytes(2920), .len = 100);
	quiet();
	counted(tcp.tail_probes, 0);
	in(ACK, .seq = 101, .ack = AT(2) + 100);
	out(ACK | PSH, .seq = AT(2) + 100, .ack = 101, .data = bytes(3020), .len = 1360);
	in(ACK, .seq = 101, .ack = AT(3));
}

WIRE(tlp_not_into_a_closed_window, "RFC 8985 7.3, 3.8.6.1", "MUST-34")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 2);
	go(0, 2);
	in(ACK, .seq = 101, .ack = AT(1), .wnd = 0);
	after(900);
	quiet();
	due(50, 150);
	out(ACK, .seq = AT(1), .ack = 101, .data = bytes(1460), .len = 1);
	counted(tcp.window_probes, 1);
	counted(tcp.tail_probes, 0);
	in(ACK, .seq = 101, .ack = AT(2));
}
