/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SYN-RECEIVED, come from LISTEN (3.10.7.4), and the SYN-ACK's retransmission (RFC 6298).
 */

#include "wire.h"

WIRE(syn_received_syn_ack_sent_again_with_backoff, "3.8.1, RFC 6298 5.5", "MUST-19")
{
	struct wire_tcb t = reach(SYN_RECEIVED);
	uint64_t rto;

	for (rto = 1000; rto <= 8000; rto *= 2) {
		due(rto, rto + 2);
		out(SYN | ACK, .seq = t.iss, .ack = 101, .mss = 1460);
		quiet();
	}
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	state(ESTABLISHED);
	after(200000);
	quiet();
}

WIRE(syn_received_syn_ack_reaches_r1, "3.8.3", "MUST-20 MUST-22 SHLD-10")
{
	struct wire_tcb t = reach(SYN_RECEIVED);
	unsigned int n;

	/* R1 is 3 retransmissions of the SYN as of any segment. */
	for (n = 1; n <= 4; n++) {
		due(500u << n, (500u << n) + 2);
		out(SYN | ACK, .seq = t.iss, .ack = 101, .mss = 1460);
		counted(tcp.r1_reached, n == 3);
	}
}

WIRE(syn_received_syn_ack_sent_again_after_49_days, "3.8.1", "MUST-19")
{
	struct wire_tcb t;

	/* Milliseconds since the start pass 2^32 before the second RTO. */
	w->now = UINT64_C(1000) * (UINT32_MAX - 1500);
	t = reach(SYN_RECEIVED);
	due(1000, 1002);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
	due(2000, 2002);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
}

WIRE(syn_received_rto_is_never_early, "RFC 6298 2.1, 2.4", "")
{
	struct wire_tcb t;

	/* The SYN comes at the end of a millisecond: 1 s is not over with the 1000th next. */
	w->now += 999;
	t = reach(SYN_RECEIVED);
	w->now += 1;
	after(999);
	quiet();
	due(1, 3);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
}

WIRE(syn_received_timers_of_connections_that_follow_others, "3.8.1, 3.10.7.4 second", "MUST-19")
{
	uint32_t iss[30];
	uint16_t i;

	/* Connections end while their timers run; what follows them has timers of its own. */
	for (i = 0; i < 30; i++)
		reach_on(WIRE_LPORT, (uint16_t)(41000 + i), SYN_RECEIVED);
	after(500);
	for (i = 0; i < 30; i += 2) {
		in(RST, .rport = (uint16_t)(41000 + i), .seq = 101);
		verdict(accepted);
	}
	for (i = 0; i < 30; i += 2)
		iss[i] = reach_on(WIRE_LPORT, (uint16_t)(42000 + i), SYN_RECEIVED).iss;
	for (i = 1; i < 30; i += 2) {
		in(RST, .rport = (uint16_t)(41000 + i), .seq = 101);
		verdict(accepted);
	}
	due(1000, 1002);
	for (i = 0; i < 30; i += 2)
		out(SYN | ACK, .rport = (uint16_t)(42000 + i), .seq = iss[i], .ack = 101);
	quiet();
}

/* A peer that never answered is told nothing: a flood's SYN-ACKs are traffic enough (RFC 4987). */
WIRE(syn_received_r2_ends_in_silence, "3.8.3", "MUST-22 MUST-23")
{
	struct wire_tcb t = reach(SYN_RECEIVED);
	unsigned int n;

	/* SYN-ACK at 1, 3, 7, 15, 31, 63 and 123 s, RTO being 60 s at the most */
	for (n = 0; n < 7; n++) {
		due(1000, 60002);
		out(SYN | ACK, .seq = t.iss, .ack = 101);
	}
	after(180000 - 123000 - 10);
	state(SYN_RECEIVED);
	after(20);
	quiet();
	state(LISTEN);
	counted(tcp.half_open_expired, 1);
	nothing_told();
	after(120000);
	quiet();
}

WIRE(syn_received_rst_exact_returns_to_listen, "3.10.7.4 second", "")
{
	reach(SYN_RECEIVED);
	in(RST, .seq = 101);
	quiet();
	verdict(accepted);
	state(LISTEN);
	nothing_told();
	/* The retransmission queue is flushed. */
	after(5000);
	quiet();
}

WIRE(syn_received_rst_ack_exact_returns_to_listen, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(RST | ACK, .seq = 101, .ack = t.iss + 1);
	quiet();
	verdict(accepted);
	state(LISTEN);
}

WIRE(syn_received_rst_with_data_returns_to_listen, "3.10.7.4 second, 3.5.3", "SHLD-2")
{
	reach(SYN_RECEIVED);
	in(RST, .seq = 101, .data = "no");
	quiet();
	verdict(accepted);
	state(LISTEN);
}

WIRE(syn_received_rst_in_window_challenged, "3.10.7.4 second, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(RST, .seq = 102);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	verdict(challenged);
	in(RST, .seq = 101 + t.rcv_wnd - 1);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	verdict(challenged);
	state(SYN_RECEIVED);
}

WIRE(syn_received_rst_outside_window_dropped, "3.10.7.4 second, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(RST, .seq = 100);
	in(RST, .seq = 101 + t.rcv_wnd);
	quiet();
	verdicts(out_of_window, 2);
	state(SYN_RECEIVED);
}

WIRE(syn_received_syn_again_acked, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	/* SEG.SEQ is before the window */
	in(SYN, .seq = 100, .mss = 1460);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	state(SYN_RECEIVED);
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(syn_received_syn_beyond_window_acked, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(SYN, .seq = 101 + t.rcv_wnd);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	state(SYN_RECEIVED);
}

WIRE(syn_received_syn_in_window_returns_to_listen, "3.10.7.4 fourth", "MUST-11")
{
	reach(SYN_RECEIVED);
	in(SYN, .seq = 101);
	quiet();
	state(LISTEN);
	nothing_told();
	after(5000);
	quiet();
}

WIRE(syn_received_syn_ack_in_window_returns_to_listen, "3.10.7.4 fourth", "MUST-11")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(SYN | ACK, .seq = 200, .ack = t.iss + 1);
	quiet();
	state(LISTEN);
}

WIRE(syn_received_ack_too_low_reset, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(ACK, .seq = 101, .ack = t.iss);
	out(RST, .seq = t.iss);
	reset(syn_received_bad_ack);
	state(SYN_RECEIVED);
}

WIRE(syn_received_ack_too_high_reset, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(ACK, .seq = 101, .ack = t.iss + 2);
	out(RST, .seq = t.iss + 2);
	reset(syn_received_bad_ack);
	state(SYN_RECEIVED);
	/* The connection remains (3.5.2 group 2). */
	in(ACK, .seq = 101, .ack = t.iss + 1);
	quiet();
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(syn_received_ack_half_the_space_away_reset, "3.10.7.4 fifth, 3.4", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(ACK, .seq = 101, .ack = t.iss + 0x80000001);
	out(RST, .seq = t.iss + 0x80000001);
	reset(syn_received_bad_ack);
	state(SYN_RECEIVED);
}

WIRE(syn_received_data_with_bad_ack_not_taken, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(ACK | PSH, .seq = 101, .ack = t.iss + 2, .data = "evil");
	out(RST, .seq = t.iss + 2);
	reset(syn_received_bad_ack);
	in(ACK | PSH, .seq = 101, .ack = t.iss + 1, .data = "good");
	told(OPENED);
	told(DATA, .data = "good");
}

WIRE(syn_received_ack_with_data, "3.10.7.4 fifth, seventh", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(ACK | PSH, .seq = 101, .ack = t.iss + 1, .data = "hello");
	told(OPENED);
	told(DATA, .data = "hello");
	state(ESTABLISHED);
	due(1, 42);
	out(ACK, .seq = t.iss + 1, .ack = 106);
}

WIRE(syn_received_ack_with_fin, "3.10.7.4 fifth, eighth", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(FIN | ACK, .seq = 101, .ack = t.iss + 1);
	out(ACK, .seq = t.iss + 1, .ack = 102);
	told(OPENED);
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(syn_received_ack_with_data_and_fin, "3.10.7.4 fifth, seventh, eighth", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(FIN | ACK | PSH, .seq = 101, .ack = t.iss + 1, .data = "hello");
	out(ACK, .seq = t.iss + 1, .ack = 107);
	told(OPENED);
	told(DATA, .data = "hello");
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(syn_received_data_out_of_order, "3.10.7.4 fifth, seventh", "SHLD-31")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	/* The ACK of the handshake is lost, and so is the first data. */
	in(ACK | PSH, .seq = 106, .ack = t.iss + 1, .data = "world");
	out(ACK, .seq = t.iss + 1, .ack = 101);
	told(OPENED);
	nothing_told();
	state(ESTABLISHED);
	in(ACK | PSH, .seq = 101, .ack = t.iss + 1, .data = "hello");
	told(DATA, .data = "helloworld");
	out(ACK, .seq = t.iss + 1, .ack = 111);
}

WIRE(syn_received_ack_outside_window_acked, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	in(ACK, .seq = 101 + t.rcv_wnd, .ack = t.iss + 1);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	state(SYN_RECEIVED);
}

WIRE(syn_received_segment_without_ack_dropped, "3.10.7.4 fifth", "")
{
	reach(SYN_RECEIVED);
	in(PSH, .seq = 101, .data = "hello");
	in(FIN, .seq = 101);
	in(0, .seq = 101);
	quiet();
	nothing_told();
	state(SYN_RECEIVED);
}

WIRE(syn_received_number_wraps, "3.4, 3.10.7.4", "")
{
	uint32_t iss;

	in(SYN, .seq = 0xfffffffe);
	iss = out(SYN | ACK, .ack = 0xffffffff);
	in(RST, .seq = 0);
	out(ACK, .seq = iss + 1, .ack = 0xffffffff);
	verdict(challenged);
	in(RST, .seq = 0xfffffffe);
	quiet();
	verdict(out_of_window);
	in(ACK | PSH, .seq = 0xffffffff, .ack = iss + 1, .data = "abc");
	told(OPENED);
	told(DATA, .data = "abc");
	due(1, 42);
	out(ACK, .seq = iss + 1, .ack = 2);
}

WIRE(syn_received_no_room_for_another, "3.10.1", "")
{
	w->tcp.max_connections = 2;
	w->tcp.syn_cookies = RS_COOKIES_NEVER;
	reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	reach_on(WIRE_LPORT, 40002, SYN_RECEIVED);
	in(SYN, .rport = 40003, .seq = 100);
	quiet();
	counted(tcp.syn_dropped, 1);
	/* Full is not for ever. */
	in(RST, .rport = 40002, .seq = 101);
	verdict(accepted);
	reach_on(WIRE_LPORT, 40003, ESTABLISHED);
}

WIRE(syn_received_answers_follow_the_peers_mac, "issue 2, frames", "")
{
	uint32_t iss;

	/* Another router of the peer's takes over while the handshake runs. */
	in(SYN, .seq = 100, .mac = 0x51);
	iss = out(SYN | ACK, .ack = 101, .mac = 0x51);
	in(ACK, .seq = 101, .ack = iss + 1, .mac = 0x52);
	told(OPENED);
	in(FIN | ACK, .seq = 101, .ack = iss + 1, .mac = 0x52);
	out(ACK, .seq = iss + 1, .ack = 102, .mac = 0x52);
	told(PEER_CLOSED);
}

/* An ACK in between says more than the field of a SYN can (RFC 7323 2.2). */
WIRE(syn_received_window_of_a_syn_ack_sent_again, "3.8.6, RFC 7323 2.2", "")
{
	uint32_t iss;

	w->tcp.rcv_buf = 4 * 65536;
	in(SYN, .seq = 100, .mss = 1460, .ws = 7);
	iss = out(SYN | ACK, .ack = 101, .wnd = 65535, .ws = 3);
	in(SYN, .seq = 100, .mss = 1460, .ws = 7);
	out(ACK, .seq = iss + 1, .ack = 101, .wnd = 4 * 65536 >> 3);
	due(1000, 1002);
	out(SYN | ACK, .seq = iss, .ack = 101, .wnd = 65535, .ws = 3);
}

/* RFC 6298 2.2: the time from the SYN-ACK to its ACK is a sample, whatever came between. */
WIRE(syn_received_rtt_after_a_syn_again, "RFC 6298 2.2", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	after(10);
	in(SYN, .seq = 100);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	after(10);
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	user_send("hello", 5);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = "hello");
	due(1000, 1002); /* RFC 6298 2.4 */
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = "hello");
}
