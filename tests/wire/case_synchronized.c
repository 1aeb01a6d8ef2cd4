/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What every synchronized state does alike: the sequence number check, RST, SYN and the
 * range of acceptable acknowledgments (3.10.7.4 first to fifth, RFC 5961). TIME-WAIT has
 * rules of its own for RST and SYN, in case_time_wait.c.
 */

#include "wire.h"

/* The connection is gone by a reset that was believed, in silence. */
static void
is_reset(struct wire *w)
{
	quiet();
	verdict(accepted);
	ended(RESET);
	state(CLOSED);
	/* Nothing is retransmitted any more. */
	after(5000);
	quiet();
}

/*
 * RST
 */

WIRE_STATES(sync_rst_exact_resets, SYNCHRONIZED_BUT_TIME_WAIT, "3.10.7.4 second, RFC 5961 3.2",
	"MUST-12")
{
	struct wire_tcb t = reach_param();

	in(RST, .seq = t.rcv_nxt);
	is_reset(w);
}

WIRE_STATES(sync_rst_ack_exact_resets_whatever_it_acks, SYNCHRONIZED_BUT_TIME_WAIT,
	"3.10.7.4 second", "MUST-12")
{
	struct wire_tcb t = reach_param();

	/* The RST bit is checked before the ACK field is. */
	in(RST | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt + 100000);
	is_reset(w);
}

WIRE_STATES(sync_rst_with_data_resets, SYNCHRONIZED_BUT_TIME_WAIT, "3.5.3", "SHLD-2")
{
	struct wire_tcb t = reach_param();

	in(RST | PSH, .seq = t.rcv_nxt, .data = "the reason why");
	is_reset(w);
}

WIRE_STATES(sync_rst_syn_exact_resets, SYNCHRONIZED_BUT_TIME_WAIT, "3.10.7.4 second, fourth", "")
{
	struct wire_tcb t = reach_param();

	/* The RST bit is checked before the SYN bit is. */
	in(RST | SYN, .seq = t.rcv_nxt);
	is_reset(w);
}

WIRE_STATES(sync_rst_next_in_window_challenged, SYNCHRONIZED_BUT_TIME_WAIT,
	"3.10.7.4 second, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach_param();

	in(RST, .seq = t.rcv_nxt + 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	verdict(challenged);
	state_param();
	/* A true peer answers the challenge with the number it is told. */
	in(RST, .seq = t.rcv_nxt);
	is_reset(w);
}

WIRE_STATES(sync_rst_last_in_window_challenged, SYNCHRONIZED_BUT_TIME_WAIT,
	"3.10.7.4 second, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach_param();

	in(RST, .seq = t.rcv_nxt + t.rcv_wnd - 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	verdict(challenged);
	state_param();
}

WIRE_STATES(sync_rst_outside_window_dropped, SYNCHRONIZED_BUT_TIME_WAIT,
	"3.10.7.4 second, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach_param();

	in(RST, .seq = t.rcv_nxt - 1);
	in(RST, .seq = t.rcv_nxt + t.rcv_wnd);
	in(RST, .seq = t.rcv_nxt + 0x80000000);
	in(RST | ACK, .seq = t.rcv_nxt - 1, .ack = t.snd_nxt);
	quiet();
	nothing_told();
	verdicts(out_of_window, 4);
	state_param();
}

/*
 * SYN
 */

WIRE_STATES(sync_syn_in_window_challenged, SYNCHRONIZED_BUT_TIME_WAIT,
	"3.10.7.4 fourth, RFC 5961 4.2", "")
{
	struct wire_tcb t = reach_param();

	in(SYN, .seq = t.rcv_nxt, .mss = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(SYN, .seq = t.rcv_nxt + t.rcv_wnd - 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	quiet();
	nothing_told();
	state_param();
}

WIRE_STATES(sync_syn_outside_window_acked, SYNCHRONIZED_BUT_TIME_WAIT,
	"3.10.7.4 first, fourth, RFC 5961 4.2", "")
{
	struct wire_tcb t = reach_param();

	/* The SYN that opened the connection, and one from another life */
	in(SYN, .seq = 100, .mss = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(SYN, .seq = t.rcv_nxt + t.rcv_wnd);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	state_param();
}

WIRE_STATES(sync_syn_ack_challenged, SYNCHRONIZED_BUT_TIME_WAIT, "3.10.7.4 fourth, RFC 5961 4.2",
	"")
{
	struct wire_tcb t = reach_param();

	in(SYN | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	quiet();
	state_param();
}

WIRE_STATES(sync_syn_with_data_and_fin_not_taken, SYNCHRONIZED_BUT_TIME_WAIT,
	"3.10.7.4 fourth", "")
{
	struct wire_tcb t = reach_param();

	in(SYN | FIN | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	nothing_told();
	state_param();
}

/*
 * Sequence numbers
 */

WIRE_STATES(sync_empty_segment_outside_window_acked, SYNCHRONIZED, "3.10.7.4 first, 3.5.2", "")
{
	struct wire_tcb t = reach_param();

	in(ACK, .seq = t.rcv_nxt - 1, .ack = t.snd_una);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .seq = t.rcv_nxt + t.rcv_wnd, .ack = t.snd_una);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	quiet();
	state_param();
}

WIRE_STATES(sync_empty_segment_in_window_not_answered, SYNCHRONIZED, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach_param();

	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_una);
	in(ACK, .seq = t.rcv_nxt + t.rcv_wnd - 1, .ack = t.snd_una);
	quiet();
	after(100);
	quiet();
	state_param();
}

WIRE_STATES(sync_data_outside_window_acked_not_taken, SYNCHRONIZED, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach_param();

	/* Wholly old; the last byte one before RCV.NXT */
	in(ACK | PSH, .seq = t.rcv_nxt - 4, .ack = t.snd_una, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	/* Wholly new; the first byte one behind the window */
	in(ACK | PSH, .seq = t.rcv_nxt + t.rcv_wnd, .ack = t.snd_una, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	nothing_told();
	state_param();
}

WIRE_STATES(sync_fin_outside_window_acked_not_taken,
	IN(ESTABLISHED) | IN(FIN_WAIT_1) | IN(FIN_WAIT_2), "3.10.7.4 first", "")
{
	struct wire_tcb t = reach_param();

	in(FIN | ACK, .seq = t.rcv_nxt - 1, .ack = t.snd_una);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(FIN | ACK, .seq = t.rcv_nxt + t.rcv_wnd, .ack = t.snd_una);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	nothing_told();
	state_param();
}

WIRE_STATES(sync_old_and_new_data_only_new_taken,
	IN(ESTABLISHED) | IN(FIN_WAIT_1) | IN(FIN_WAIT_2), "3.10.7.4 first", "")
{
	struct wire_tcb t = reach_param();

	in(ACK | PSH, .seq = t.rcv_nxt - 3, .ack = t.snd_una, .data = "oldnew");
	told(DATA, .data = "new");
	nothing_told();
	due(0, 42);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt + 3);
}

/*
 * ACK
 */

WIRE_STATES(sync_segment_without_ack_dropped, SYNCHRONIZED, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach_param();

	in(0, .seq = t.rcv_nxt);
	in(PSH, .seq = t.rcv_nxt, .data = "evil");
	in(FIN, .seq = t.rcv_nxt);
	in(URG, .seq = t.rcv_nxt, .up = 4, .data = "evil");
	quiet();
	nothing_told();
	after(100);
	quiet();
	state_param();
}

WIRE_STATES(sync_ack_of_what_was_never_sent_acked, SYNCHRONIZED, "3.10.7.4 fifth, RFC 5961 5.2",
	"MAY-12")
{
	struct wire_tcb t = reach_param();

	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt + 0x7fffffff);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	quiet();
	state_param();
}

WIRE_STATES(sync_ack_too_old_acked, SYNCHRONIZED_BUT_TIME_WAIT, "3.10.7.4 fifth, RFC 5961 5.2",
	"MAY-12")
{
	struct wire_tcb t = reach_param();

	/* SND.UNA - MAX.SND.WND =< SEG.ACK; the peer's window was 65,535 at most. */
	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_una - 65535 - 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_una - 65535);
	quiet();
	state_param();
}

WIRE_STATES(sync_data_with_bad_ack_not_taken,
	IN(ESTABLISHED) | IN(FIN_WAIT_1) | IN(FIN_WAIT_2), "3.10.7.4 fifth, RFC 5961 5.2", "MAY-12")
{
	struct wire_tcb t = reach_param();

	in(ACK | PSH, .seq = t.rcv_nxt, .ack = t.snd_nxt + 1, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK | PSH, .seq = t.rcv_nxt, .ack = t.snd_una - 65535 - 1, .data = "evil");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(FIN | ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	nothing_told();
	state_param();
	/* The data of an acceptable duplicate acknowledgment is good. */
	in(ACK | PSH, .seq = t.rcv_nxt, .ack = t.snd_una - 65535, .data = "good");
	told(DATA, .data = "good");
}

/*
 * The limit of challenge ACKs, RFC 5961 7
 */

static void
challenges(struct wire *w, uint16_t rport, uint32_t snd_nxt, unsigned int sent,
	unsigned int allowed)
{
	unsigned int i;

	for (i = 0; i < sent; i++)
		in(RST, .rport = rport, .seq = 102);
	for (i = 0; i < allowed; i++)
		out(ACK, .rport = rport, .seq = snd_nxt, .ack = 101);
	quiet();
	verdicts(challenged, allowed);
	verdicts(challenge_limited, sent - allowed);
}

WIRE(challenge_limit_is_per_second, "RFC 5961 7", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	challenges(w, WIRE_RPORT, t.snd_nxt, 25, 10);
	after(1001);
	challenges(w, WIRE_RPORT, t.snd_nxt, 25, 10);
	state(ESTABLISHED);
}

WIRE(challenge_limit_is_over_after_minutes, "RFC 5961 7", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	static const unsigned int waits[] = { 16, 256, 3600, 65535 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(waits); i++) {
		challenges(w, WIRE_RPORT, t.snd_nxt, 25, 10);
		w->now += UINT64_C(1000000) * waits[i];
		after(0);
	}
	challenges(w, WIRE_RPORT, t.snd_nxt, 25, 10);
}

WIRE(challenge_limit_as_configured, "RFC 5961 7", "")
{
	struct wire_tcb t;

	w->tcp.challenge_acks = 3;
	t = reach(ESTABLISHED);
	challenges(w, WIRE_RPORT, t.snd_nxt, 5, 3);
}

WIRE(challenge_limit_counts_syns_in_and_outside_the_window, "RFC 5961 4.2, 7", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	for (i = 0; i < 12; i++) {
		in(SYN, .seq = 100);
		in(SYN, .seq = 101);
	}
	for (i = 0; i < 10; i++)
		out(ACK, .seq = t.snd_nxt, .ack = 101);
	quiet();
	state(ESTABLISHED);
}

WIRE(challenge_limit_counts_empty_segments_out_of_window, "RFC 5961 5.2, 7", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	/* Two hosts out of step would answer each other's answers for ever. */
	for (i = 0; i < 25; i++)
		in(ACK, .seq = 90, .ack = t.snd_nxt);
	for (i = 0; i < 10; i++)
		out(ACK, .seq = t.snd_nxt, .ack = 101);
	quiet();
}

WIRE(challenge_limit_does_not_count_old_data, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	/* Each means that the peer has not got our ACK of it. */
	for (i = 0; i < 25; i++) {
		in(ACK | PSH, .seq = 100, .ack = t.snd_nxt, .data = "o");
		out(ACK, .seq = t.snd_nxt, .ack = 101);
	}
}

WIRE(challenge_limit_is_per_connection, "RFC 5961 7", "")
{
	/* A limit shared by connections is a side channel between them (CVE-2016-5696). */
	struct wire_tcb a = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	struct wire_tcb b = reach_on(WIRE_LPORT, 40002, ESTABLISHED);

	challenges(w, 40001, a.snd_nxt, 25, 10);
	challenges(w, 40002, b.snd_nxt, 25, 10);
}

WIRE(challenge_limit_leaves_other_rules_alone, "RFC 5961 7, 3.10.7.4", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	challenges(w, WIRE_RPORT, t.snd_nxt, 25, 10);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	in(RST, .seq = 106);
	is_reset(w);
}

/*
 * Windows that wrap around zero, 3.4
 */

/* A connection whose RCV.NXT is `rcv_nxt`. @return SND.NXT */
static uint32_t
established_at(struct wire *w, uint32_t rcv_nxt)
{
	uint32_t iss;

	in(SYN, .seq = rcv_nxt - 1, .mss = 1460);
	iss = out(SYN | ACK, .ack = rcv_nxt, .wnd = WIRE_RCV_BUF);
	in(ACK, .seq = rcv_nxt, .ack = iss + 1);
	told(OPENED);
	return iss + 1;
}

WIRE(wrap_rst_at_window_edges, "3.4, RFC 5961 3.2", "")
{
	uint32_t rcv_nxt = 0xffffffff;
	uint32_t snd_nxt = established_at(w, rcv_nxt);

	in(RST, .seq = rcv_nxt - 1);
	in(RST, .seq = rcv_nxt + WIRE_RCV_BUF);
	quiet();
	verdicts(out_of_window, 2);
	in(RST, .seq = 0);
	out(ACK, .seq = snd_nxt, .ack = rcv_nxt);
	in(RST, .seq = rcv_nxt + WIRE_RCV_BUF - 1);
	out(ACK, .seq = snd_nxt, .ack = rcv_nxt);
	verdicts(challenged, 2);
	in(RST, .seq = rcv_nxt);
	is_reset(w);
}

WIRE(wrap_rst_at_zero, "3.4, RFC 5961 3.2", "")
{
	uint32_t snd_nxt = established_at(w, 0);

	in(RST, .seq = 0xffffffff);
	quiet();
	verdict(out_of_window);
	in(RST, .seq = 1);
	out(ACK, .seq = snd_nxt, .ack = 0);
	verdict(challenged);
	in(RST, .seq = 0);
	is_reset(w);
}

WIRE(wrap_data_and_fin, "3.4", "")
{
	uint32_t snd_nxt = established_at(w, 0xfffffffd);

	in(ACK | PSH, .seq = 0xfffffffd, .ack = snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = snd_nxt, .ack = 2);
	/* Old data from before zero is old. */
	in(ACK | PSH, .seq = 0xfffffffd, .ack = snd_nxt, .data = "hello");
	out(ACK, .seq = snd_nxt, .ack = 2);
	in(FIN | ACK, .seq = 2, .ack = snd_nxt);
	out(ACK, .seq = snd_nxt, .ack = 3);
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(wrap_data_out_of_order, "3.4", "SHLD-31")
{
	uint32_t snd_nxt = established_at(w, 0xfffffffd);

	in(ACK | PSH, .seq = 2, .ack = snd_nxt, .data = "world");
	out(ACK, .seq = snd_nxt, .ack = 0xfffffffd);
	nothing_told();
	in(ACK | PSH, .seq = 0xfffffffd, .ack = snd_nxt, .data = "hello");
	told(DATA, .data = "helloworld");
	out(ACK, .seq = snd_nxt, .ack = 7);
}
