/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMP errors about our segments: directed to their connection, told to the application,
 * never the end of a synchronized connection (RFC 9293 3.9.2.2, RFC 5927); path MTU
 * discovery (RFC 1191, RFC 8201). And the report of R1 (3.9.1.8).
 */

#include "wire.h"

WIRE(icmp_soft_error_told, "3.9.2.2, 3.9.1.8", "MUST-47 MUST-54 MUST-56 SHLD-25")
{
	static const uint8_t errors[][2] = {
		{ 3, 0 }, { 3, 1 }, { 3, 5 }, { 11, 0 }, { 11, 1 }, { 12, 0 },
	};
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	w->reports = true;
	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	for (i = 0; i < RTE_DIM(errors); i++) {
		icmp(errors[i][0], errors[i][1], .seq = t.snd_nxt);
		error(ICMP, wire_icmp_told(errors[i][0], errors[i][1]));
	}
	counted(tcp.icmp_taken, RTE_DIM(errors));
	quiet();
	state(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

/* Another stack, which may have the connections that this one does not have. */
struct other {
	bool takes;
	unsigned int asked;
	uint16_t lport, rport;  /* of the last tuple */
};

static bool
other_hand_over(void *arg, const struct rs_tuple *tuple, struct rte_mbuf *m)
{
	struct other *other = arg;

	other->asked++;
	other->lport = tuple->lport;
	other->rport = tuple->rport;
	if (other->takes)
		rte_pktmbuf_free(m);
	return other->takes;
}

WIRE(icmp_error_about_a_connection_of_another_stack_is_handed_over, "3.9.2.2", "MUST-54")
{
	struct other other = { .takes = true };
	struct wire_tcb t;

	w->hand_over = other_hand_over;
	w->hand_over_arg = &other;
	icmp(3, 1, .seq = 1000);
	check(other.asked == 1 && other.lport == WIRE_LPORT && other.rport == WIRE_RPORT);
	counted(packet.icmp_errors, 1);
	counted(tcp.icmp_stale, 0);
	/* No stack has it. */
	other.takes = false;
	icmp(3, 1, .seq = 1000);
	check(other.asked == 2);
	counted(tcp.icmp_stale, 1);
	/* This stack has the connection, whether or not the segment is in flight. */
	other.takes = true;
	t = reach(ESTABLISHED);
	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	icmp(3, 1, .seq = t.snd_nxt);
	icmp(3, 1, .seq = t.snd_nxt + 5);
	check(other.asked == 2);
	counted(tcp.icmp_taken, 1);
	counted(tcp.icmp_stale, 1);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

WIRE(icmp_soft_error_of_a_service_that_does_not_ask, "3.9.1.8", "SHLD-20")
{
	struct wire_tcb t;

	w->deaf = true;
	t = reach(ESTABLISHED);
	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	icmp(3, 1, .seq = t.snd_nxt);
	counted(tcp.icmp_taken, 1);
	nothing_told();
	state(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

WIRE(icmp_source_quench_discarded, "3.9.2.2", "MUST-55")
{
	struct wire_tcb t;

	ipv4_only();
	t = reach(ESTABLISHED);
	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	icmp(4, 0, .seq = t.snd_nxt);
	dropped(icmp_quench);
	nothing_told();
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

WIRE_STATES(icmp_hard_error_borne, SYNCHRONIZED_OPEN, "3.9.2.2, RFC 5927 5.2", "SHLD-26")
{
	struct wire_tcb t = reach_param();
	bool sends = w->param == RS_ESTABLISHED || w->param == RS_CLOSE_WAIT;

	w->reports = true;
	if (sends) {
		user_send("hello", 5);
		out(PSH | ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt, .data = "hello");
	}
	icmp(3, 2, .seq = t.snd_nxt - !sends);
	icmp(3, 3, .seq = t.snd_nxt - !sends);
	if (sends || w->param == RS_FIN_WAIT_1) {
		error(ICMP, wire_icmp_told(3, 2));
		error(ICMP, wire_icmp_told(3, 3));
	} else {
		counted(tcp.icmp_stale, 2); /* nothing is in flight */
	}
	nothing_told();
	quiet();
	state_param();
}

WIRE(icmp_hard_error_ends_a_passive_open, "3.9.2.2", "SHLD-26 MUST-54")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	icmp(3, 3, .seq = t.iss);
	state(LISTEN);
	quiet();
	nothing_told();
	/* The port listens on. */
	reach(ESTABLISHED);
}

WIRE(icmp_hard_error_ends_an_active_open, "3.9.2.2", "SHLD-26 MUST-54 MUST-56")
{
	uint32_t iss;

	connect();
	iss = out(SYN, .mss = 1460);
	icmp(3, 1, .seq = iss); /* a soft one does not */
	icmp(3, 3, .seq = iss + 1); /* nor one about a segment that was not sent */
	state(SYN_SENT);
	nothing_told();
	icmp(3, 3, .seq = iss);
	ended(UNREACHABLE);
	state(CLOSED);
	quiet();
}

WIRE(icmp_hard_error_ends_an_open_of_both_sides, "3.9.2.2", "SHLD-26 MUST-54")
{
	uint32_t iss;

	connect();
	iss = out(SYN, .mss = 1460);
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .seq = iss, .ack = 101);
	state(SYN_RECEIVED);
	icmp(3, 2, .seq = iss);
	/* no listener made it, so there is none to return to: the user is told */
	ended(UNREACHABLE);
	state(CLOSED);
	quiet();
}

WIRE(icmp_error_about_a_connection_in_time_wait_ignored, "3.9.2.2, RFC 5927 4.1", "")
{
	struct wire_tcb t = reach(TIME_WAIT);

	/* all that it sent is acknowledged, so the error is about nothing in flight */
	icmp(3, 3, .seq = t.snd_nxt - 1);
	counted(tcp.icmp_stale, 1);
	state(TIME_WAIT);
	quiet();
}

WIRE(icmp_soft_error_leaves_a_passive_open, "3.9.2.2", "MUST-56")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	icmp(3, 1, .seq = t.iss);
	state(SYN_RECEIVED);
	quiet();
}

WIRE(icmp_out_of_flight_ignored, "RFC 5927 4.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	w->reports = true;
	user_send(bytes(0), 10);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .len = 10, .data = bytes(0));
	icmp(3, 1, .seq = t.snd_nxt - 1);
	icmp(3, 1, .seq = t.snd_nxt + 10);
	icmp(3, 4, .seq = t.snd_nxt + UINT32_C(0x80000000), .mtu = 1300);
	counted(tcp.icmp_stale, 3);
	icmp(3, 1, .seq = t.snd_nxt + 9);
	error(ICMP, wire_icmp_told(3, 1));
	nothing_told();
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 10);
}

WIRE(icmp_of_no_connection_ignored, "3.9.2.2", "MUST-54")
{
	icmp(3, 1, .seq = 1);
	counted(tcp.icmp_stale, 1);
	quiet();
}

WIRE(icmp_quotes_that_are_none_dropped, "3.9.2.2, RFC 792", "MUST-54")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	icmp(3, 1, .seq = t.snd_nxt, .cut = 1);
	icmp(3, 1, .seq = t.snd_nxt, .cut = 9);
	icmp(3, 1, .seq = t.snd_nxt, .cut = 28);
	icmp(3, 1, .seq = t.snd_nxt, .foreign = true);
	counted(drop[RS_DROP_icmp_bad], 4);
	icmp(3, 1, .seq = t.snd_nxt, .protocol = 17);
	dropped(icmp_type);
	nothing_told();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

/*
 * Path MTU (RFC 1191).
 */

WIRE(icmp_too_big_is_cut_anew, "RFC 1191 4, 6.5", "MUST-16")
{
	struct wire_tcb t = reach(ESTABLISHED);

	w->reports = true;
	user_send(bytes(0), 1460);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	icmp(3, 4, .seq = t.snd_nxt, .mtu = 1400 + WIRE_IPV6_MORE);
	error(ICMP, wire_icmp_told(3, 4));
	counted(tcp.mss_lowered, 1);
	/* 1400 less the headers of IP and TCP: what was too large goes again at once */
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1360);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1360);
	out(PSH | ACK, .seq = t.snd_nxt + 1360, .ack = 101, .data = bytes(1360), .len = 100);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	/* and what is new is no larger */
	user_send(bytes(1460), 1600);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1360);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2820);
	out(PSH | ACK, .seq = t.snd_nxt + 2820, .ack = 101, .data = bytes(2820), .len = 240);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 3060);
}

WIRE(icmp_too_big_never_raises, "RFC 1191 3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	w->reports = true;
	user_send(bytes(0), 1460);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	icmp(3, 4, .seq = t.snd_nxt, .mtu = 9000 + WIRE_IPV6_MORE);
	error(ICMP, wire_icmp_told(3, 4));
	icmp(3, 4, .seq = t.snd_nxt, .mtu = 1500 + WIRE_IPV6_MORE);
	error(ICMP, wire_icmp_told(3, 4));
	counted(tcp.mss_lowered, 0);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
}

WIRE(icmp_too_big_without_mtu_takes_the_next_plateau, "RFC 1191 5, 7.1", "")
{
	struct wire_tcb t;

	ipv4_only();
	t = reach(ESTABLISHED);
	w->reports = true;
	user_send(bytes(0), 1460);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	icmp(3, 4, .seq = t.snd_nxt, .mtu = 0, .quoted_len = 1500);
	error(ICMP, wire_icmp_told(3, 4));
	/* table 7-1: the plateau below 1500 is 1492 */
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1452);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1452);
	out(PSH | ACK, .seq = t.snd_nxt + 1452, .ack = 101, .data = bytes(1452), .len = 8);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
}

WIRE(icmp_tiny_mtu_not_believed_while_data_gets_through, "RFC 5927 7.2", "")
{
	struct wire_tcb t;

	ipv4_only();
	t = reach(ESTABLISHED);
	w->reports = true;
	user_send(bytes(0), 1460);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	icmp(3, 4, .seq = t.snd_nxt, .mtu = 68);
	error(ICMP, wire_icmp_told(3, 4));
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 536);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
}

/*
 * R1
 */

WIRE(r1_is_reported, "3.8.3, 3.9.1.8", "SHLD-9 SHLD-10 MUST-47")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	w->answers = true;
	w->reports = true;
	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	for (i = 0; i < 3; i++) {
		nothing_told();
		due(1000u << i, (1000u << i) + 2);
		out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	}
	/* "when R1 is reached and before R2" */
	error(R1, 3);
	due(8000, 8002);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	nothing_told();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}
