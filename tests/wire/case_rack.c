/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * RACK (RFC 8985 6): what is lost is told by time. The round-trip time is 100 ms here, so the
 * reordering window is a quarter of it.
 */

#include "flight.h"

WIRE(rack_waits_for_reordering, "RFC 8985 6.2 step 4, 5", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 3);
	go(0, 3);
	after(100);
	acks(0, SACK(BLOCK(1, 2)));
	due(24, 27);
	go(0, 1);
	counted(tcp.rto_expired, 0);
	after(100);
	acks(3);
	after(5000);
	quiet();
}

WIRE(rack_reordered_in_time_is_not_lost, "RFC 8985 6.2 step 5", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 3);
	go(0, 3);
	after(100);
	acks(0, SACK(BLOCK(1, 3)));
	after(20);
	acks(3);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 0);
	counted(tcp.fast_recoveries, 0);
}

WIRE(rack_three_sacked_are_enough, "RFC 8985 6.2 step 4", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 4);
	go(0, 4);
	after(100);
	acks(0, SACK(BLOCK(1, 4)));
	go(0, 1);
	acks(4);
}

WIRE(rack_three_small_ones_are_enough, "RFC 8985 6.2 step 4", "")
{
	struct wire_tcb t = { 0 };
	uint32_t i;

	in(SYN, .lport = WIRE_LPORT_NODELAY, .seq = 100, .mss = 1460, .sack_ok = 1);
	t.snd_nxt = out(SYN | ACK, .lport = WIRE_LPORT_NODELAY, .ack = 101) + 1;
	after(100);
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	for (i = 0; i < 4; i++) {
		user_send(bytes(i * 10), 10);
		out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt + i * 10, .ack = 101,
			.data = bytes(i * 10), .len = 10);
	}
	after(100);
	for (i = 1; i < 4; i++)
		in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = t.snd_nxt,
			SACK({ t.snd_nxt + 10, t.snd_nxt + 10 + i * 10 }));
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = t.snd_nxt, .ack = 101, .data = bytes(0),
		.len = 10);
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = t.snd_nxt + 40);
}

WIRE(rack_reordering_seen_waits, "RFC 8985 6.2 step 3, 4", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 2)));
	acks(2);                /* segment 0 came after segment 1: it was reordered */
	acks(2, SACK(BLOCK(3, 9)));
	quiet();
	due(24, 27);
	go(2, 3);
	after(100);
	acks(10);
}

WIRE(rack_finds_a_lost_retransmission, "RFC 8985 6.2, 3.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 14);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 4)));
	go(0, 1);
	after(1);
	acks(0, SACK(BLOCK(1, 10)));
	go(10, 14);
	/* Another round trip: what was sent after it is there, it is not. */
	after(100);
	acks(0, SACK(BLOCK(1, 11)));
	go(0, 1);
	counted(tcp.rto_expired, 0);
	after(100);
	acks(14);
}

WIRE(rack_finds_a_lost_tail_of_a_flight, "RFC 8985 3.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	/* Not three duplicates but one is all that comes. */
	send_segments(0, 2);
	go(0, 2);
	after(100);
	acks(0, SACK(BLOCK(1, 2)));
	due(24, 27);
	go(0, 1);
	counted(tcp.rto_expired, 0);
	acks(2);
}

WIRE(rack_timeout_spares_what_was_just_sent, "RFC 8985 6.3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 1);
	go(0, 1);
	due(400, 402);          /* a probe of the tail, and RTO from then on */
	go(0, 1);
	after(950);
	send_segments(1, 2);
	go(1, 2);
	due(40, 60);
	go(0, 1);
	/* Slow start has room for it, but it was sent 50 ms before the time-out. */
	after(20);
	acks(1);
	quiet();
	acks(2);
	counted(tcp.retransmitted, 2);
}

WIRE(rack_dsack_widens_the_window, "RFC 8985 6.2 step 4", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 2)));
	due(24, 27);
	go(0, 1);
	/* It had not been lost: the duplicate is reported. */
	after(5);
	acks(2);
	acks(2, SACK(BLOCK(0, 1)));
	after(0);
	acks(2, SACK(BLOCK(3, 4)));
	/* RACK.reo_wnd_mult is 2: half a round trip after the 100 ms of segment 3, which was
	 * delivered 130 ms after it was sent. */
	due(49, 55);
	go(2, 3);
	acks(10);
}

WIRE(rack_of_a_fin, "RFC 8985 6.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 4);
	go(0, 4);
	user_shutdown();
	out(FIN | ACK, .seq = AT(4), .ack = 101);
	after(100);
	acks(3, SACK({ AT(4), AT(4) + 1 }));
	due(24, 27);
	go(3, 4);
	in(ACK, .seq = 101, .ack = AT(4) + 1);
	state(FIN_WAIT_2);
}

WIRE(rack_fin_lost_with_its_data, "RFC 8985 6.2, 7.3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	after(10);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt + 5, .ack = 101);
	/* The tail is probed; the time-out repairs the rest. */
	due(400, 402);
	out(FIN | ACK, .seq = t.snd_nxt + 5, .ack = 101);
	after(100);
	in(ACK, .seq = 101, .ack = t.snd_nxt, SACK({ t.snd_nxt + 5, t.snd_nxt + 6 }));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 6);
	state(FIN_WAIT_2);
	counted(tcp.rto_expired, 0);
}

/*
 * A closed window for 40 minutes, which is more than half of what 32 bits of microseconds hold:
 * segments that are sent after it were not sent before those delivered before it.
 */
WIRE(rack_knows_nothing_of_before_a_closed_window, "RFC 8985 6.2 step 2, 5", "")
{
	struct wire_tcb t = flight_with_sack(100);
	uint64_t opens = w->now + 40 * 60 * UINT64_C(1000000);

	acks(0, .wnd = 1460);
	send_segments(0, 6);
	go(0, 1);
	after(100);
	acks(1, .wnd = 0);
	while (w->now < opens) {
		due(900, 61000);
		out(ACK, .seq = AT(1), .ack = 101, .data = bytes(1460), .len = 1);
		acks(1, .wnd = 0);
	}
	acks(1);
	go(1, 6);
	after(100);
	acks(2);
	after(80);              /* beyond the reordering window, before the tail loss probe */
	quiet();
	acks(6);
	counted(tcp.fast_recoveries, 0);
}
