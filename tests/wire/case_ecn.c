/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Explicit congestion notification (RFC 3168). out() without .tos: not ECT. */

#include "wire.h"

enum { NOT_ECT = 0, ECT_1 = 1, ECT_0 = 2, CE = 3 };

/* A connection whose both sides agreed; @return SND.NXT of the stack. */
static uint32_t
agreed(struct wire *w)
{
	uint32_t iss;

	in(SYN | ECE | CWR, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK | ECE, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	return iss + 1;
}

WIRE(ecn_syn_that_asks_is_agreed_to, "RFC 3168 6.1.1", "")
{
	/* ECE, and not CWR, in a SYN-ACK that is not ECT */
	in(SYN | ECE | CWR, .seq = 100);
	out(SYN | ACK | ECE, .ack = 101, .tos = NOT_ECT);
}

WIRE(ecn_syn_that_does_not_ask_is_not_offered_it, "RFC 3168 6.1.1", "")
{
	static const uint8_t flags[] = { SYN, SYN | ECE, SYN | CWR };
	uint16_t i;

	for (i = 0; i < RTE_DIM(flags); i++) {
		uint16_t port = (uint16_t)(WIRE_RPORT + i);
		uint32_t iss;

		in(flags[i], .seq = 100, .rport = port);
		iss = out(SYN | ACK, .ack = 101, .rport = port);
		in(ACK, .seq = 101, .ack = iss + 1, .rport = port);
		told(OPENED, .rport = port);
		/* nor is CE of any meaning then */
		in(ACK, .seq = 101, .ack = iss + 1, .data = "hello", .tos = CE, .rport = port);
		told(DATA, .data = "hello", .rport = port);
		due(1, 42);
		out(ACK, .seq = iss + 1, .ack = 106, .rport = port);
		counted(tcp.rx_ce, 0);
	}
}

WIRE(ecn_syn_ack_again_agrees_again, "RFC 3168 6.1.1", "")
{
	in(SYN | ECE | CWR, .seq = 100);
	out(SYN | ACK | ECE, .ack = 101);
	due(1000, 1001);
	out(SYN | ACK | ECE, .ack = 101);
}

WIRE(ecn_syn_again_without_ends_it, "RFC 3168 6.1.1, 6.1.1.1", "")
{
	uint32_t iss;

	/* The peer got no answer and gave ECN up: what it sends is not ECT, and who has had a
	 * SYN that does not ask must not send ECT, nor ECE. */
	in(SYN | ECE | CWR, .seq = 100);
	iss = out(SYN | ACK | ECE, .ack = 101);
	in(SYN, .seq = 100);
	out(ACK, .seq = iss + 1, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	in(ACK, .seq = 101, .ack = iss + 1, .data = "hello", .tos = CE);
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = iss + 1, .ack = 106);
}

WIRE(ecn_syn_again_that_asks_does_not_end_it, "RFC 3168 6.1.1", "")
{
	uint32_t iss;

	in(SYN | ECE | CWR, .seq = 100);
	iss = out(SYN | ACK | ECE, .ack = 101);
	in(SYN | ECE | CWR, .seq = 100);
	out(ACK, .seq = iss + 1, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	in(ACK, .seq = 101, .ack = iss + 1, .data = "hello", .tos = CE);
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK | ECE, .seq = iss + 1, .ack = 106);
	counted(tcp.rx_ce, 1);
}

WIRE(ecn_ce_is_echoed_until_cwr, "RFC 3168 6.1.3", "")
{
	uint32_t nxt = agreed(w);

	in(ACK, .seq = 101, .ack = nxt, .data = "a", .tos = ECT_0);
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK, .seq = nxt, .ack = 102);
	in(ACK, .seq = 102, .ack = nxt, .data = "b", .tos = CE);
	told(DATA, .data = "b");
	due(1, 42);
	out(ACK | ECE, .seq = nxt, .ack = 103);
	/* in each ACK from now on, whatever comes, and in those that carry text */
	in(ACK, .seq = 103, .ack = nxt, .data = "c", .tos = ECT_0);
	told(DATA, .data = "c");
	due(1, 42);
	out(ACK | ECE, .seq = nxt, .ack = 104);
	user_send("x", 1);
	out(ACK | PSH | ECE, .seq = nxt, .ack = 104, .data = "x", .tos = ECT_0);
	in(ACK, .seq = 104, .ack = nxt + 1, .data = "d", .tos = ECT_1);
	told(DATA, .data = "d");
	due(1, 42);
	out(ACK | ECE, .seq = nxt + 1, .ack = 105);
	/* until CWR */
	in(ACK | CWR, .seq = 105, .ack = nxt + 1, .data = "e", .tos = ECT_0);
	told(DATA, .data = "e");
	due(1, 42);
	out(ACK, .seq = nxt + 1, .ack = 106);
	counted(tcp.rx_ce, 1);
}

WIRE(ecn_ce_with_cwr_is_echoed_anew, "RFC 3168 6.1.3", "")
{
	uint32_t nxt = agreed(w);

	in(ACK, .seq = 101, .ack = nxt, .data = "a", .tos = CE);
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK | ECE, .seq = nxt, .ack = 102);
	/* CWR answers the first mark, this is another one */
	in(ACK | CWR, .seq = 102, .ack = nxt, .data = "b", .tos = CE);
	told(DATA, .data = "b");
	due(1, 42);
	out(ACK | ECE, .seq = nxt, .ack = 103);
	counted(tcp.rx_ce, 2);
}

WIRE(ecn_ce_of_one_of_a_burst_is_echoed, "RFC 3168 6.1.3", "")
{
	uint32_t nxt = agreed(w);

	/* one ACK for both: marked if either was */
	burst(seg(ACK, .seq = 101, .ack = nxt, .data = bytes(0), .len = 1460, .tos = CE),
		seg(ACK, .seq = 1561, .ack = nxt, .data = bytes(1460), .len = 1460, .tos = ECT_0));
	told(DATA, .data = bytes(0), .len = 1460);
	told(DATA, .data = bytes(1460), .len = 1460);
	out(ACK | ECE, .seq = nxt, .ack = 3021);
	counted(tcp.rx_ce, 1);
}

WIRE(ecn_ce_out_of_order_is_echoed_at_once, "RFC 3168 6.1.3", "")
{
	uint32_t nxt = agreed(w);

	in(ACK, .seq = 111, .ack = nxt, .data = "b", .tos = CE);
	out(ACK | ECE, .seq = nxt, .ack = 101);
	counted(tcp.rx_ce, 1);
}

WIRE(ecn_ce_without_text_is_not_told, "RFC 3168 6.1.4", "")
{
	uint32_t nxt = agreed(w);

	/* a pure ACK is not ECT: CE in it is a mistake of someone's */
	in(ACK, .seq = 101, .ack = nxt, .tos = CE);
	quiet();
	in(ACK, .seq = 101, .ack = nxt, .data = "a", .tos = ECT_0);
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK, .seq = nxt, .ack = 102);
	in(ACK | FIN, .seq = 102, .ack = nxt, .tos = CE);
	told(PEER_CLOSED);
	out(ACK, .seq = nxt, .ack = 103);
	counted(tcp.rx_ce, 0);
}

WIRE(ecn_ce_outside_the_window_is_not_told, "RFC 3168 6.1.5", "")
{
	uint32_t nxt = agreed(w);

	in(ACK, .seq = 101, .ack = nxt, .data = "abc", .tos = ECT_0);
	told(DATA, .data = "abc");
	due(1, 42);
	out(ACK, .seq = nxt, .ack = 104);
	/* old text, and text beyond the window: acknowledged, but not with ECE */
	in(ACK, .seq = 101, .ack = nxt, .data = "abc", .tos = CE);
	out(ACK, .seq = nxt, .ack = 104);
	in(ACK, .seq = 104 + WIRE_RCV_BUF, .ack = nxt, .data = "z", .tos = CE);
	out(ACK, .seq = nxt, .ack = 104);
	counted(tcp.rx_ce, 0);
}

WIRE(ecn_cwr_outside_the_window_stops_nothing, "RFC 3168 6.1.3", "")
{
	uint32_t nxt = agreed(w);

	in(ACK, .seq = 101, .ack = nxt, .data = "a", .tos = CE);
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK | ECE, .seq = nxt, .ack = 102);
	in(ACK | CWR, .seq = 101, .ack = nxt, .data = "a");
	out(ACK | ECE, .seq = nxt, .ack = 102);
	counted(tcp.rx_ce, 1);
}

WIRE(ecn_ended_by_a_new_incarnation, "RFC 3168 6.1.1; MAY-2", "")
{
	uint32_t nxt = agreed(w);

	in(ACK, .seq = 101, .ack = nxt, .data = "a", .tos = CE);
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK | ECE, .seq = nxt, .ack = 102);
	user_close();
	out(ACK | FIN | ECE, .seq = nxt, .ack = 102);
	in(ACK | FIN, .seq = 102, .ack = nxt + 1);
	out(ACK | ECE, .seq = nxt + 1, .ack = 103);
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
	/* the next one begins anew */
	in(SYN, .seq = 200000);
	nxt = out(SYN | ACK, .ack = 200001) + 1;
	in(ACK, .seq = 200001, .ack = nxt);
	told(OPENED);
	in(ACK, .seq = 200001, .ack = nxt, .data = "a", .tos = CE);
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK, .seq = nxt, .ack = 200002);
	counted(tcp.rx_ce, 1);
}

WIRE(ecn_new_text_is_ect_other_segments_are_not, "RFC 3168 6.1.4", "")
{
	uint32_t nxt = agreed(w);

	user_send("hello", 5);
	out(ACK | PSH, .seq = nxt, .ack = 101, .data = "hello", .tos = ECT_0);
	in(ACK, .seq = 101, .ack = nxt + 5);
	in(ACK, .seq = 101, .ack = nxt + 5, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = nxt + 5, .ack = 106, .tos = NOT_ECT);
	user_close();
	out(ACK | FIN, .seq = nxt + 5, .ack = 106, .tos = NOT_ECT);
}

WIRE(ecn_text_without_ecn_is_not_ect, "RFC 3168 6.1.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("hello", 5);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 101, .data = "hello", .tos = NOT_ECT);
}

WIRE(ecn_what_goes_again_is_not_ect, "RFC 3168 6.1.5", "")
{
	uint32_t nxt = agreed(w);
	unsigned int i;

	w->answers = true;
	/* the probe of the tail, and two time-outs */
	user_send("hello", 5);
	out(ACK | PSH, .seq = nxt, .ack = 101, .data = "hello", .tos = ECT_0);
	for (i = 0; i < 3; i++) {
		due(1, 5000);
		out(ACK | PSH, .seq = nxt, .ack = 101, .data = "hello", .tos = NOT_ECT);
	}
}

WIRE(ecn_window_probes_are_not_ect, "RFC 3168 6.1.6", "")
{
	uint32_t nxt = agreed(w);

	in(ACK, .seq = 101, .ack = nxt, .wnd = 0);
	user_send("hello", 5);
	quiet();
	due(1000, 1001);
	out(ACK, .seq = nxt, .ack = 101, .data = "h", .tos = NOT_ECT);
	due(2000, 2001);
	out(ACK, .seq = nxt, .ack = 101, .data = "h", .tos = NOT_ECT);
}

/* n full segments of new data from `*nxt` on, the first with these flags. */
static void
expect_segments(struct wire *w, uint32_t *nxt, unsigned int n, uint8_t first)
{
	while (n-- > 0) {
		out(ACK | first, .seq = *nxt, .ack = 101, .data = bytes(0), .len = 1460,
			.tos = ECT_0);
		first = 0;
		*nxt += 1460;
	}
}

/* All that is sent is the same 1460 bytes. */
static void
fill(struct wire *w, unsigned int segments)
{
	while (segments-- > 0)
		user_send(bytes(0), 1460);
}

WIRE(ecn_echo_reduces_once_a_window_and_is_answered_by_cwr, "RFC 3168 6.1.2", "")
{
	uint32_t una = agreed(w);
	uint32_t nxt = una;
	uint32_t recover;
	unsigned int i;

	fill(w, 10);
	expect_segments(w, &nxt, 10, 0);
	recover = nxt;
	fill(w, 20);
	quiet();
	/* FlightSize was 10 segments, RFC 9438 4.6 leaves 7: the third ACK is the last that
	 * lets nothing out. What the others echo is of the same window. */
	for (i = 1; i <= 3; i++) {
		in(ACK | ECE, .seq = 101, .ack = una + i * 1460);
		quiet();
	}
	in(ACK | ECE, .seq = 101, .ack = una + 4 * 1460);
	expect_segments(w, &nxt, 1, CWR);
	for (i = 5; i <= 10; i++) {
		in(ACK | ECE, .seq = 101, .ack = una + i * 1460);
		expect_segments(w, &nxt, 1, 0);
	}
	counted(tcp.ecn_reductions, 1);
	/* CWR has arrived: the ACK of what carried it echoes nothing */
	in(ACK, .seq = 101, .ack = recover + 1460);
	expect_segments(w, &nxt, 1, 0);
	/* another mark, another window: 0.7 of 7 segments lets 4 be in flight */
	for (i = 2; i <= 4; i++) {
		in(ACK | ECE, .seq = 101, .ack = recover + i * 1460);
		quiet();
	}
	in(ACK | ECE, .seq = 101, .ack = recover + 5 * 1460);
	expect_segments(w, &nxt, 1, CWR);
	counted(tcp.ecn_reductions, 1);
}

/* "the first new data packet sent after the window reduction", of a flight of one segment */
WIRE(ecn_echo_of_a_short_flight_is_answered_by_cwr, "RFC 3168 6.1.2", "")
{
	uint32_t nxt = agreed(w);

	user_send(bytes(0), 1000);
	out(ACK | PSH, .seq = nxt, .ack = 101, .data = bytes(0), .len = 1000, .tos = ECT_0);
	in(ACK | ECE, .seq = 101, .ack = nxt + 1000);
	quiet();
	counted(tcp.ecn_reductions, 1);
	user_send(bytes(0), 1000);
	out(ACK | PSH | CWR, .seq = nxt + 1000, .ack = 101, .data = bytes(0), .len = 1000,
		.tos = ECT_0);
	in(ACK, .seq = 101, .ack = nxt + 2000);
	user_send(bytes(0), 1000);
	out(ACK | PSH, .seq = nxt + 2000, .ack = 101, .data = bytes(0), .len = 1000,
		.tos = ECT_0);
	counted(tcp.ecn_reductions, 0);
}

WIRE(ecn_echo_of_what_carried_cwr_reduces_again, "RFC 3168 6.1.2", "")
{
	uint32_t una = agreed(w);
	uint32_t nxt = una;

	fill(w, 10);
	expect_segments(w, &nxt, 10, 0);
	fill(w, 20);
	in(ACK | ECE, .seq = 101, .ack = una + 4 * 1460);
	expect_segments(w, &nxt, 1, CWR);
	/* the segment with CWR was delivered and is marked itself */
	in(ACK | ECE, .seq = 101, .ack = nxt);
	counted(tcp.ecn_reductions, 2);
	expect_segments(w, &nxt, 1, CWR);
	while (w->sent.tqh_first != NULL)
		expect_segments(w, &nxt, 1, 0);
}

WIRE(ecn_echo_without_ecn_is_nothing, "RFC 3168 6.1.1", "")
{
	struct wire_tcb t = handshake();
	uint32_t una = t.snd_nxt, nxt = una;
	unsigned int i;

	fill(w, 20);
	for (i = 0; i < 10; i++, nxt += 1460)
		out(ACK, .seq = nxt, .ack = 101, .data = bytes(0), .len = 1460);
	/* slow start goes on: two segments for each that is acknowledged */
	in(ACK | ECE | CWR, .seq = 101, .ack = una + 1460);
	for (i = 0; i < 2; i++, nxt += 1460)
		out(ACK, .seq = nxt, .ack = 101, .data = bytes(0), .len = 1460);
	counted(tcp.ecn_reductions, 0);
}

WIRE(ecn_a_loss_is_answered_by_cwr_too, "RFC 3168 6.1.2", "")
{
	uint32_t una = agreed(w);
	uint32_t nxt = una;
	unsigned int i;

	fill(w, 10);
	expect_segments(w, &nxt, 10, 0);
	/* the first is lost: what goes again has neither ECT nor CWR, the next new one both */
	for (i = 0; i < 3; i++)
		in(ACK, .seq = 101, .ack = una);
	out(ACK, .seq = una, .ack = 101, .data = bytes(0), .len = 1460, .tos = NOT_ECT);
	in(ACK, .seq = 101, .ack = nxt);
	fill(w, 1);
	expect_segments(w, &nxt, 1, CWR);
	counted(tcp.ecn_reductions, 0);
}

WIRE(ecn_a_time_out_is_answered_by_cwr_too, "RFC 3168 6.1.2", "")
{
	uint32_t nxt = agreed(w);

	user_send("hello", 5);
	out(ACK | PSH, .seq = nxt, .ack = 101, .data = "hello", .tos = ECT_0);
	due(1, 5000);
	out(ACK | PSH, .seq = nxt, .ack = 101, .data = "hello");
	due(1, 5000);
	out(ACK | PSH, .seq = nxt, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = nxt + 5);
	user_send("world", 5);
	out(ACK | PSH | CWR, .seq = nxt + 5, .ack = 101, .data = "world", .tos = ECT_0);
}

/*
 * Active opens.
 */

/* A byte of ours is ECT, or not. */
static void
text_is(struct wire *w, uint32_t iss, int tos)
{
	user_send("x", 1);
	out(ACK | PSH, .seq = iss + 1, .ack = 301, .data = "x", .tos = tos);
}

WIRE(ecn_connect_asks_and_is_agreed_to, "RFC 3168 6.1.1", "")
{
	uint32_t iss;

	w->tcp.ecn = RS_ECN_ON;
	connect();
	iss = out(SYN | ECE | CWR, .tos = NOT_ECT);
	in(SYN | ACK | ECE, .seq = 300, .ack = iss + 1, .mss = 1460);
	out(ACK, .seq = iss + 1, .ack = 301, .tos = NOT_ECT);
	told(OPENED);
	text_is(w, iss, ECT_0);
	in(ACK, .seq = 301, .ack = iss + 2, .data = "a", .tos = CE);
	told(DATA, .data = "a");
	due(1, 42);
	out(ACK | ECE, .seq = iss + 2, .ack = 302);
	counted(tcp.rx_ce, 1);
}

WIRE(ecn_connect_does_not_ask_when_passive, "RFC 3168 6.1.1", "")
{
	uint32_t iss;

	/* and a SYN-ACK that agrees to what was not asked means nothing */
	w->tcp.ecn = RS_ECN_PASSIVE;
	connect();
	iss = out(SYN);
	in(SYN | ACK | ECE, .seq = 300, .ack = iss + 1, .mss = 1460);
	out(ACK, .seq = iss + 1, .ack = 301);
	told(OPENED);
	text_is(w, iss, NOT_ECT);
}

WIRE(ecn_connect_answered_otherwise_is_not_agreed_to, "RFC 3168 6.1.1", "")
{
	/* without ECE; with both, as who reflects what it does not know; CWR alone */
	static const uint8_t flags[] = { 0, ECE | CWR, CWR };
	unsigned int i;

	w->tcp.ecn = RS_ECN_ON;
	for (i = 0; i < RTE_DIM(flags); i++) {
		uint32_t iss;

		connect();
		iss = out(SYN | ECE | CWR);
		in((uint8_t)(SYN | ACK | flags[i]), .seq = 300, .ack = iss + 1, .mss = 1460);
		out(ACK, .seq = iss + 1, .ack = 301);
		told(OPENED);
		text_is(w, iss, NOT_ECT);
		in(RST, .seq = 301);
		verdict(accepted);
		ended(RESET);
	}
}

WIRE(ecn_connect_asks_again_without, "RFC 3168 6.1.1.1", "")
{
	uint32_t iss;

	/* Something may drop what asks. Who sent a SYN without must not send ECT, even if the
	 * first one is answered after all. */
	w->tcp.ecn = RS_ECN_ON;
	connect();
	iss = out(SYN | ECE | CWR);
	due(1000, 1001);
	out(SYN);
	in(SYN | ACK | ECE, .seq = 300, .ack = iss + 1, .mss = 1460);
	out(ACK, .seq = iss + 1, .ack = 301);
	told(OPENED);
	text_is(w, iss, NOT_ECT);
}

WIRE(ecn_both_open_at_once_and_ask, "RFC 3168 6.1.1; 3.5 figure 7", "")
{
	uint32_t iss;

	w->tcp.ecn = RS_ECN_ON;
	connect();
	iss = out(SYN | ECE | CWR);
	in(SYN | ECE | CWR, .seq = 300, .mss = 1460);
	out(SYN | ACK | ECE, .ack = 301, .tos = NOT_ECT);
	in(SYN | ACK | ECE, .seq = 300, .ack = iss + 1, .mss = 1460);
	told(OPENED);
	text_is(w, iss, ECT_0);
}
