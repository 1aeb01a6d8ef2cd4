/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Active opens: OPEN (3.10.1), SYN-SENT (3.10.7.3), both sides at once (3.5 figure 7), and
 * half-open connections found by an open (3.5.1).
 */

#include <errno.h>

#include "wire.h"

/*
 * The handshake.
 */

WIRE(connect_figure_6, "3.5 figure 6", "")
{
	uint32_t iss;

	/* Figure 6 with us as TCP Peer A: SYN, SYN-ACK, ACK. */
	connect();
	state(SYN_SENT);
	iss = out(SYN, .mss = 1460);
	in(SYN | ACK, .seq = 300, .ack = iss + 1, .mss = 1460);
	out(ACK, .seq = iss + 1, .ack = 301);
	told(OPENED);
	state(ESTABLISHED);
	counted(tcp.active_opens, 1);
	counted(tcp.established, 1);
	user_send("data", 4);
	out(ACK, .seq = iss + 1, .ack = 301, .data = "data");
	in(ACK, .seq = 301, .ack = iss + 5, .data = "reply");
	told(DATA, .data = "reply");
	due(1, 42);
	out(ACK, .seq = iss + 5, .ack = 306);
}

WIRE(connect_syn_offers_what_we_take, "3.7.1, RFC 7323 2.2", "MUST-14")
{
	w->tcp.rcv_buf = 1 << 20; /* needs a shift of 5: 2^20 / 2^4 is more than 65535 */
	connect();
	check(next_out()->wnd == 65535); /* that of a SYN is not scaled */
	out(SYN, .mss = 1460, .ws = 5);
}

WIRE(connect_window_is_scaled_when_both_do, "RFC 7323 2.2", "")
{
	uint32_t iss;

	w->tcp.rcv_buf = 1 << 20;
	connect();
	iss = out(SYN, .ws = 5);
	/* 2 << 1 bytes of window from the ACK on; in the SYN-ACK it is not scaled. */
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .mss = 1460, .ws = 1, .wnd = 2000);
	told(OPENED);
	check(next_out()->wnd == (1 << 20) >> 5);
	out(ACK, .seq = iss + 1, .ack = 101);
	user_send(bytes(0), 3 * 1460);
	out(ACK, .seq = iss + 1, .ack = 101, .data = bytes(0), .len = 1460);
	quiet(); /* 540 bytes of the 2000 are left: no full segment, and one is in flight */
	in(ACK, .seq = 101, .ack = iss + 1 + 1460, .wnd = 1460);
	out(ACK, .seq = iss + 1461, .ack = 101, .data = bytes(1460), .len = 1460);
	out(ACK, .seq = iss + 2921, .ack = 101, .data = bytes(2920), .len = 1460);
}

WIRE(connect_window_is_not_scaled_when_the_peer_does_not, "RFC 7323 2.2", "")
{
	uint32_t iss;

	w->tcp.rcv_buf = 1 << 20;
	connect();
	iss = out(SYN, .ws = 5);
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .mss = 1460, .wnd = 1000);
	told(OPENED);
	check(next_out()->wnd == 65535);
	out(ACK, .seq = iss + 1, .ack = 101);
	user_send(bytes(0), 4000);
	out(ACK, .seq = iss + 1, .ack = 101, .data = bytes(0), .len = 1000);
	quiet();
}

WIRE(connect_mss_of_the_peer, "3.7.1", "MUST-14 MUST-16")
{
	struct wire_tcb t = opened_by(.mss = 700);

	user_send(bytes(0), 1400);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 700);
	out(ACK, .seq = t.snd_nxt + 700, .ack = 101, .data = bytes(700), .len = 700);
}

WIRE(connect_mss_is_the_default_when_the_peer_does_not_say, "3.7.1", "MUST-15")
{
	const uint32_t mss = WIRE_MSS_DEFAULT;
	struct wire_tcb t = opened_by();

	user_send(bytes(0), 2 * mss);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = mss);
	out(ACK, .seq = t.snd_nxt + mss, .ack = 101, .data = bytes(mss), .len = mss);
}

WIRE(connect_isn_is_another_for_each_tuple, "3.4.1", "MUST-8 MUST-9 SHLD-1")
{
	uint32_t first, second;

	connect();
	first = out(SYN);
	connect(.rport = WIRE_RPORT + 1);
	second = out(SYN, .rport = WIRE_RPORT + 1);
	check(first != second);
}

WIRE(connect_closes_in_order, "3.6 figure 12", "")
{
	struct wire_tcb t = opened();

	user_close();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102);
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
}

/* Milliseconds pass, in which the peer answers the polls of ARP, or less: until a segment. */
static void
answer_arp(struct wire *w, uint64_t ms)
{
	while (ms-- > 0) {
		after(1);
		if (w->sent.tqh_first == NULL)
			continue;
		if (w->sent.tqh_first->is_tcp)
			return;
		ask_out(WIRE_RHOST, WIRE_RHOST);
		answer_in(WIRE_RHOST, WIRE_RHOST);
	}
}

static void
due_beside_arp(struct wire *w)
{
	answer_arp(w, 65000);
}

/*
 * SYN-SENT, first: the ACK bit.
 */

static void
bad_ack(struct wire *w, uint8_t flags, uint32_t off)
{
	struct wire_tcb t = reach(SYN_SENT);

	in(flags, .seq = 300, .ack = t.iss + off);
	out(RST, .seq = t.iss + off);
	reset(syn_sent_bad_ack);
	counted(tcp.rx_bad_ack, 1);
	state(SYN_SENT);
	/* The handshake goes on as if nothing had been. */
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1);
	told(OPENED);
	out(ACK, .seq = t.iss + 1, .ack = 101);
}

WIRE(syn_sent_syn_ack_of_iss_is_reset, "3.10.7.3 first", "MUST-10")
{
	bad_ack(w, SYN | ACK, 0);
}

WIRE(syn_sent_syn_ack_before_iss_is_reset, "3.10.7.3 first", "")
{
	bad_ack(w, SYN | ACK, UINT32_MAX);
}

WIRE(syn_sent_syn_ack_beyond_snd_nxt_is_reset, "3.10.7.3 first", "")
{
	bad_ack(w, SYN | ACK, 2);
}

WIRE(syn_sent_syn_ack_half_the_space_away_is_reset, "3.10.7.3 first", "")
{
	bad_ack(w, SYN | ACK, UINT32_C(0x80000001));
}

WIRE(syn_sent_bad_ack_alone_is_reset, "3.10.7.3 first", "")
{
	bad_ack(w, ACK, 12345);
}

WIRE(syn_sent_bad_ack_with_fin_is_reset, "3.10.7.3 first", "")
{
	bad_ack(w, FIN | ACK, 12345);
}

/*
 * Second: the RST bit.
 */

WIRE(syn_sent_reset_that_acks_our_syn_refuses, "3.10.7.3 second", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	in(RST | ACK, .seq = 0, .ack = t.iss + 1);
	quiet();
	verdict(accepted);
	counted(tcp.refused, 1);
	ended(REFUSED);
	state(CLOSED);
}

WIRE(syn_sent_reset_with_any_seq_refuses, "3.10.7.3 second, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* "the RST is acceptable if the ACK field acknowledges the SYN" */
	in(RST | ACK, .seq = 77777, .ack = t.iss + 1);
	verdict(accepted);
	ended(REFUSED);
}

WIRE(syn_sent_reset_without_ack_is_dropped, "3.10.7.3 second", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	in(RST, .seq = 0);
	in(RST, .seq = t.iss + 1, .ack = t.iss + 1);
	quiet();
	verdicts(bad_ack, 2);
	state(SYN_SENT);
}

WIRE(syn_sent_reset_with_bad_ack_is_dropped, "3.10.7.3 first", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	in(RST | ACK, .seq = 0, .ack = t.iss);
	in(RST | ACK, .seq = 0, .ack = t.iss + 2);
	in(RST | ACK | SYN, .seq = 0, .ack = t.iss + 2);
	quiet();
	verdicts(bad_ack, 3);
	counted(tcp.rx_bad_ack, 3);
	state(SYN_SENT);
}

WIRE(syn_sent_syn_with_rst_is_a_reset, "3.10.7.3 second", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	in(RST | SYN | ACK, .seq = 100, .ack = t.iss + 1);
	verdict(accepted);
	ended(REFUSED);
	quiet();
}

WIRE(syn_sent_reset_then_syn_ack_in_one_burst, "3.10.7.3 second", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* No connection is left for the second, and 7 is a listener. */
	burst(seg(RST | ACK, .seq = 0, .ack = t.iss + 1),
		seg(SYN | ACK, .seq = 100, .ack = t.iss + 1));
	out(RST, .seq = t.iss + 1);
	verdict(accepted);
	reset(listen_bad_ack);
	ended(REFUSED);
}

/*
 * Fourth and fifth: the SYN bit.
 */

WIRE(syn_sent_segment_without_syn_is_dropped, "3.10.7.3 fifth", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	in(ACK, .seq = 100, .ack = t.iss + 1);
	in(ACK | FIN, .seq = 100, .ack = t.iss + 1);
	in(ACK | PSH, .seq = 100, .ack = t.iss + 1, .data = "too early");
	in(0, .seq = 100, .data = "no control at all");
	in(FIN, .seq = 100);
	quiet();
	counted(tcp.rx_no_syn, 5);
	state(SYN_SENT);
}

WIRE(syn_sent_syn_ack_with_text, "3.10.7.3 fourth", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* "continue processing at the sixth step": the text is received. */
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .mss = 1460, .data = "hello");
	out(ACK, .seq = t.iss + 1, .ack = 106);
	told(OPENED);
	told(DATA, .data = "hello");
	state(ESTABLISHED);
}

WIRE(syn_sent_syn_ack_with_fin, "3.10.7.3 fourth", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	in(SYN | ACK | FIN, .seq = 100, .ack = t.iss + 1, .data = "all");
	out(ACK, .seq = t.iss + 1, .ack = 105);
	told(OPENED);
	told(DATA, .data = "all");
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(syn_sent_syn_ack_with_urgent, "3.10.7.3 fourth, 3.10.7.4 sixth", "MUST-31")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* SEG.UP counts from SEG.SEQ, which is that of the SYN: 3 octets are ahead. */
	in(SYN | ACK | URG, .seq = 100, .ack = t.iss + 1, .up = 4);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	told(OPENED);
	told(URGENT, .arg = 3);
	in(ACK, .seq = 101, .ack = t.iss + 1, .data = "abc");
	told(DATA, .data = "abc");
	due(1, 42);
	out(ACK, .seq = t.iss + 1, .ack = 104);
}

WIRE(syn_sent_syn_ack_twice, "3.10.7.4 first", "")
{
	struct wire_tcb t = opened();

	/* Our ACK was lost: the SYN,ACK that comes again is answered by it. */
	in(SYN | ACK, .seq = 100, .ack = t.snd_nxt, .mss = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	counted(tcp.rx_unacceptable, 1);
	state(ESTABLISHED);
}

WIRE(syn_sent_syn_ack_and_data_in_one_burst, "3.10.7.3 fourth", "MUST-58")
{
	struct wire_tcb t = reach(SYN_SENT);

	burst(seg(SYN | ACK, .seq = 100, .ack = t.iss + 1, .mss = 1460),
		seg(ACK, .seq = 101, .ack = t.iss + 1, .data = "banner"));
	out(ACK, .seq = t.iss + 1, .ack = 107);
	told(OPENED);
	told(DATA, .data = "banner");
	quiet();
}

WIRE(syn_sent_syn_ack_and_reset_in_one_burst, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	burst(seg(SYN | ACK, .seq = 100, .ack = t.iss + 1), seg(RST, .seq = 101));
	verdict(accepted);
	told(OPENED);
	ended(RESET);
	quiet();
}

static void
send_hello(struct wire *w __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_send(tcp, conn, "hello", 5);
}

WIRE(syn_sent_data_sent_when_told_is_the_ack, "3.10.7.3 fourth", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* "Data or controls that were queued for transmission MAY be included." */
	on(OPENED, send_hello);
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .mss = 1460);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = "hello");
	told(OPENED);
	quiet();
}

WIRE(syn_sent_service_aborts_when_told, "3.10.5", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	on(OPENED, wire_on_abort);
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .data = "unread");
	out(RST, .seq = t.iss + 1);
	reset(service_abort);
	told(OPENED);
	ended(ABORTED);
	state(CLOSED);
}

/*
 * Both sides at once.
 */

WIRE(connect_figure_7_both_at_once, "3.5 figure 7", "MUST-10")
{
	struct wire_tcb t = both_open();

	/* Line 6: the peer's SYN,ACK makes it ESTABLISHED, and needs no answer. */
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .mss = 1460);
	quiet();
	told(OPENED);
	state(ESTABLISHED);
	user_send("x", 1);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = "x");
}

WIRE(connect_both_at_once_by_a_plain_ack, "3.10.7.4 fifth", "MUST-10")
{
	struct wire_tcb t = both_open();

	in(ACK, .seq = 101, .ack = t.iss + 1);
	quiet();
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(connect_both_at_once_scales_windows, "RFC 7323 2.2", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	in(SYN, .seq = 100, .mss = 1460, .ws = 3, .wnd = 1000);
	out(SYN | ACK, .seq = t.iss, .ack = 101, .mss = 1460, .ws = 0);
	/* The window of the SYN,ACK is not scaled: 1000 octets, not 8000. */
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .mss = 1460, .ws = 3, .wnd = 1000);
	told(OPENED);
	user_send(bytes(0), 3000);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = bytes(0), .len = 1000);
	quiet();
}

WIRE(connect_both_at_once_with_text_in_the_syn_ack, "3.10.7.4 seventh", "MUST-10")
{
	struct wire_tcb t = both_open();

	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .data = "hello");
	told(OPENED);
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.iss + 1, .ack = 106);
}

WIRE(connect_both_at_once_bad_ack_is_reset, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = both_open();

	in(SYN | ACK, .seq = 100, .ack = t.iss + 2);
	out(RST, .seq = t.iss + 2);
	reset(syn_received_bad_ack);
	counted(tcp.rx_bad_ack, 1);
	state(SYN_RECEIVED);
}

WIRE(connect_both_at_once_reset_refuses, "3.10.7.4 second", "MUST-11")
{
	both_open();
	/* "if this connection was initiated with an active OPEN ..., then the connection was
	 * refused" */
	in(RST, .seq = 101);
	verdict(accepted);
	ended(REFUSED);
	counted(tcp.refused, 1);
	state(CLOSED);
}

WIRE(connect_both_at_once_reset_in_the_window_is_challenged, "3.10.7.4 second", "")
{
	struct wire_tcb t = both_open();

	in(RST, .seq = 102);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	verdict(challenged);
	state(SYN_RECEIVED);
}

WIRE(connect_both_at_once_syn_again_is_answered, "3.10.7.4 first", "")
{
	struct wire_tcb t = both_open();

	/* Not acceptable: its SYN lies before RCV.NXT. */
	in(SYN, .seq = 100);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	state(SYN_RECEIVED);
}

WIRE(connect_both_at_once_syn_in_the_window_is_challenged, "3.10.7.4 fourth", "MUST-11")
{
	struct wire_tcb t = both_open();

	/* Not from LISTEN: as in synchronized states (RFC 5961 4). */
	in(SYN, .seq = 200);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	counted(tcp.challenge_acks, 1);
	state(SYN_RECEIVED);
}

WIRE(connect_both_at_once_syn_ack_again, "3.8.1", "MUST-10")
{
	struct wire_tcb t = both_open();

	/* The timer of our SYN runs on: one second after it, the SYN,ACK goes again. */
	due(999, 1002);
	out(SYN | ACK, .seq = t.iss, .ack = 101, .mss = 1460);
	due(2000, 2002);
	out(SYN | ACK, .seq = t.iss, .ack = 101, .mss = 1460);
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
}

WIRE(connect_both_at_once_gives_up_at_r2, "3.8.3", "MUST-22 MUST-23")
{
	struct wire_tcb t = both_open();
	unsigned int n;

	for (n = 0; n < 7; n++) {
		due_beside_arp(w);
		out(SYN | ACK, .seq = t.iss, .ack = 101);
	}
	due_beside_arp(w);
	out(RST, .seq = t.iss + 1);
	reset(rtx_limit);
	ended(TIMEOUT);
}

WIRE(connect_close_in_syn_received_waits_for_the_ack, "3.10.4", "")
{
	struct wire_tcb t = both_open();

	user_close();
	quiet();
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	out(FIN | ACK, .seq = t.iss + 1, .ack = 101);
	state(FIN_WAIT_1);
}

WIRE(connect_abort_in_syn_received_resets, "3.10.5", "")
{
	struct wire_tcb t = both_open();

	user_abort();
	out(RST, .seq = t.iss + 1);
	reset(service_abort);
	ended(ABORTED);
}

/*
 * The user's calls in SYN-SENT.
 */

WIRE(syn_sent_send_is_queued, "3.10.2", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* "Queue the data for transmission after entering ESTABLISHED state." */
	user_send("first", 5);
	user_send("second", 6);
	quiet();
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .mss = 1460);
	told(OPENED);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = "firstsecond");
	in(ACK, .seq = 101, .ack = t.iss + 12);
	quiet();
}

WIRE(syn_sent_send_is_queued_over_both_opens, "3.10.2", "MUST-10")
{
	struct wire_tcb t = reach(SYN_SENT);

	user_send(bytes(0), 2000);
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
	quiet();
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = bytes(0), .len = 1460);
	in(ACK, .seq = 101, .ack = t.iss + 1461);
	out(ACK, .seq = t.iss + 1461, .ack = 101, .data = bytes(1460), .len = 540);
}

WIRE(syn_sent_close_deletes, "3.10.4", "")
{
	reach(SYN_SENT);
	user_close();
	quiet();
	ended(ABORTED);
	state(CLOSED);
}

WIRE(syn_sent_shutdown_deletes, "3.10.4", "")
{
	reach(SYN_SENT);
	user_send("never sent", 10);
	user_shutdown();
	quiet();
	ended(ABORTED);
	state(CLOSED);
}

WIRE(syn_sent_abort_sends_no_reset, "3.10.5", "")
{
	reach(SYN_SENT);
	user_send("never sent", 10);
	user_abort();
	quiet();
	ended(ABORTED);
	state(CLOSED);
}

WIRE(syn_sent_killed_sends_no_reset, "3.10.5", "")
{
	struct rs_tuple t = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);

	reach(SYN_SENT);
	check(rs_stack_kill(stack(), &t) == 0);
	after(1);
	quiet();
	ended(ABORTED);
}

WIRE(syn_sent_syn_ack_after_an_abort_is_reset, "3.10.7.2", "MUST-12")
{
	struct wire_tcb t = reach(SYN_SENT);

	user_abort();
	ended(ABORTED);
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1);
	out(RST, .seq = t.iss + 1);
	reset(listen_bad_ack);
}

/*
 * Retransmission.
 */

/* Negative advice: the neighbour that should have taken it there is asked (RFC 1122 3.3.1.4). */
static void
neighbour_asked(struct wire *w)
{
	due(1, 1);
	ask_out(WIRE_RHOST, WIRE_RHOST);
	answer_in(WIRE_RHOST, WIRE_RHOST);
}

WIRE(syn_sent_syn_goes_again_with_backoff, "3.8.1, RFC 6298 5.5", "MUST-19")
{
	struct wire_tcb t = reach(SYN_SENT);
	uint64_t rto;

	for (rto = 1000; rto <= 16000; rto *= 2) {
		due(rto - (rto == 8000), rto + 2);
		out(SYN, .seq = t.iss, .mss = 1460);
		counted(tcp.retransmitted, 1);
		if (rto == 4000) /* R1 */
			neighbour_asked(w);
		quiet();
	}
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	told(OPENED);
}

WIRE(syn_sent_gives_up_after_three_minutes, "3.8.3", "MUST-20 MUST-22 MUST-23")
{
	struct wire_tcb t = reach(SYN_SENT);
	unsigned int n;

	/* 1 + 2 + 4 + 8 + 16 + 32 + 60 s = 123 s, and the next would be due at 183 s. */
	for (n = 1; n <= 7; n++) {
		due_beside_arp(w);
		out(SYN, .seq = t.iss);
	}
	answer_arp(w, 180000 - 123020);
	state(SYN_SENT);
	answer_arp(w, 100);
	quiet();
	ended(TIMEOUT);
	state(CLOSED);
}

WIRE(syn_sent_reaches_r1, "3.8.3", "MUST-20 SHLD-10")
{
	struct wire_tcb t;
	unsigned int n;

	w->reports = true;
	t = reach(SYN_SENT);
	for (n = 1; n <= 4; n++) {
		due(1, 8002);
		out(SYN, .seq = t.iss);
		counted(tcp.r1_reached, n == 3);
		if (n == 3) {
			error(R1, 3);
			neighbour_asked(w);
		}
	}
}

WIRE(connect_r1_asks_the_neighbour, "3.8.3 (b), RFC 1122 3.3.1.4", "MUST-20")
{
	struct wire_tcb t = opened();
	unsigned int n;

	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	for (n = 0; rs_stack_stats(stack())->tcp.r1_reached == 0; n++) {
		check(n < 10);
		due(1, 60000);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	}
	neighbour_asked(w);
	/* it is asked once, and the connection goes on */
	due(1, 60000);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

WIRE(connect_rto_is_3_s_after_a_lost_syn, "RFC 6298 5.7", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	due(1000, 1002);
	out(SYN, .seq = t.iss);
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1, .mss = 1460);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	told(OPENED);
	user_send("data", 4);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = "data");
	due(3000, 3002);
	out(ACK, .seq = t.iss + 1, .ack = 101, .data = "data");
}

/*
 * Half-open connections, with us as TCP Peer A (3.5.1).
 */

WIRE(connect_figure_9_half_open_peer, "3.5.1 figure 9", "MUST-12")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* Line 4: the peer still has the old connection, and acknowledges where it was. */
	in(ACK, .seq = 300, .ack = t.iss - 5000);
	/* Line 5 */
	out(RST, .seq = t.iss - 5000);
	reset(syn_sent_bad_ack);
	counted(tcp.rx_bad_ack, 1);
	/* Line 7: the SYN again, to a peer that is CLOSED or listens by now */
	due(1, 1002);
	out(SYN, .seq = t.iss);
	in(SYN | ACK, .seq = 777, .ack = t.iss + 1);
	out(ACK, .seq = t.iss + 1, .ack = 778);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(connect_figure_11_old_duplicate_syn_ack, "3.5.1", "")
{
	struct wire_tcb t = reach(SYN_SENT);

	/* An old duplicate of a SYN,ACK to an ISS that is long gone. */
	in(SYN | ACK, .seq = 90, .ack = t.iss - 1000);
	out(RST, .seq = t.iss - 1000);
	reset(syn_sent_bad_ack);
	counted(tcp.rx_bad_ack, 1);
	in(SYN | ACK, .seq = 100, .ack = t.iss + 1);
	out(ACK, .seq = t.iss + 1, .ack = 101);
	told(OPENED);
}

/*
 * What OPEN refuses.
 */

WIRE(connect_to_an_address_that_no_host_has, "3.10.1", "MUST-46")
{
	static const uint8_t bad[][4] = {
		{ 0, 0, 0, 0 }, { 127, 0, 0, 1 }, { 224, 0, 0, 1 }, { 255, 255, 255, 255 },
		{ 240, 0, 0, 1 }, { 192, 0, 2, 255 }, { 192, 0, 2, 0 }, { 192, 0, 2, WIRE_LHOST },
	};
	unsigned int i;

	ipv4_only();
	for (i = 0; i < RTE_DIM(bad); i++) {
		struct rs_addr a = wire_tuple(0, 0, 0, 0).raddr;

		memcpy(&a.b[12], bad[i], 4);
		check(try_connect(.raddr = a) == -EINVAL);
	}
	quiet();
}

WIRE(connect6_to_an_address_that_no_host_has, "3.10.1, RFC 4291 2.5, 2.7", "MUST-46")
{
	static const uint8_t bad[][16] = {
		{ 0 }, { [15] = 1 }, { 0xff, 2, [15] = 1 },
		{ 0x20, 1, 0x0d, 0xb8, [15] = WIRE_LHOST },
	};
	unsigned int i;

	ipv6_only();
	for (i = 0; i < RTE_DIM(bad); i++) {
		struct rs_addr a;

		memcpy(a.b, bad[i], sizeof(a.b));
		check(try_connect(.raddr = a) == -EINVAL);
	}
	quiet();
}

WIRE(connect_with_wrong_ports_or_settings, "3.10.1", "")
{
	check(try_connect(.rport = 0) == -EINVAL);
	check(try_connect(.listener = 0) == -EINVAL); /* a listener's */
	check(try_connect(.listener = WIRE_LISTENERS) == -EINVAL);
	quiet();
}

WIRE(connect_from_an_address_that_is_not_ours, "3.10.1", "MUST-43")
{
	check(try_connect(.laddr = wire_tuple(77, 0, 0, 0).laddr) == -EADDRNOTAVAIL);
	quiet();
}

WIRE(connect_from_the_address_of_the_port, "3.9.2, 3.10.1", "MUST-44 MUST-45")
{
	/* "if the local address parameter is not specified, ... ask the IP layer" */
	connect(.laddr = { { { 0 } } });
	out(SYN);
}

WIRE(connect_from_an_address_we_answer_for, "3.10.1", "MUST-43")
{
	w->terminate = (struct rs_prefix){ .addr = wire_tuple(64, 0, 0, 0).laddr, .len = 96 + 28 };
	connect(.laddr = wire_tuple(70, 0, 0, 0).laddr);
	out(SYN, .lhost = 70);
}

WIRE(connect_without_a_route, "3.10.1", "")
{
	struct rs_addr far = wire_tuple(0, 0, 0, 0).raddr;

	far.b[wire_ipv6 ? 4 : 12] = 10;
	check(try_connect(.raddr = far) == -ENETUNREACH);
	quiet();
}

WIRE(connect_to_a_tuple_in_use, "3.10.1", "")
{
	reach(ESTABLISHED);
	/* "error: connection already exists" */
	check(try_connect() == -EADDRINUSE);
	quiet();
	state(ESTABLISHED);
}

WIRE(connect_to_a_tuple_in_time_wait, "3.6.1", "MUST-13")
{
	reach(TIME_WAIT);
	check(try_connect() == -EADDRINUSE);
	quiet();
	after(60010);
	connect();
	out(SYN);
}

WIRE(connect_when_no_tcb_is_left, "3.10.1", "")
{
	unsigned int i;

	w->tcp.max_connections = 4;
	for (i = 0; i < 4; i++)
		reach_on(WIRE_LPORT, (uint16_t)(41000 + i), ESTABLISHED);
	/* "error: insufficient resources" */
	check(try_connect() == -ENOBUFS);
	quiet();
}

WIRE(connect_when_no_neighbour_is_left, "3.10.1", "")
{
	w->max_neighbours = 1;
	reach(ESTABLISHED);
	check(try_connect(.rport = 1) == -ENOBUFS);
	quiet();
}

WIRE(connect_while_stopping, "3.10.1", "")
{
	rs_stack_stop(stack(), RS_STOP_FINISH);
	check(try_connect() == -ESHUTDOWN);
	quiet();
}

WIRE(syn_sent_ends_with_a_stop, "3.10.5", "")
{
	reach(SYN_SENT);
	rs_stack_stop(stack(), RS_STOP_FINISH);
	after(1);
	quiet();
	ended(ABORTED);
}

/*
 * Local ports.
 */

WIRE(connect_local_ports_are_of_the_range_and_differ, "RFC 6056 3.3.2", "")
{
	uint64_t seen[65536 / 64] = { 0 };
	uint16_t lport;
	unsigned int i;

	w->tcp.local_port_first = 60000;
	w->tcp.local_port_last = 60031;
	connect(.lport = 0);
	for (i = 0; ; i++) {
		lport = next_out()->lport;
		check(lport >= 60000 && lport <= 60031);
		check((seen[lport / 64] >> lport % 64 & 1) == 0);
		seen[lport / 64] |= UINT64_C(1) << lport % 64;
		out(SYN, .lport = lport);
		if (i == 31)
			break;
		connect(.lport = 0);
	}
	/* all 32 are in use; to another peer's port they are free */
	check(try_connect(.lport = 0) == -EADDRNOTAVAIL);
	connect(.lport = 0, .rport = 80);
	lport = next_out()->lport;
	out(SYN, .lport = lport, .rport = 80);
}

/*
 * RFC 6056 3.1, "minimizing collisions of instance-ids": a port rests while half of the others are
 * used, because the peer may still have its last connection in TIME-WAIT, with the same timestamp
 * and more bytes than the sequence numbers of a new one are ahead by.
 */
WIRE(connect_local_ports_rest, "RFC 6056 3.1", "")
{
	uint16_t used[200];
	unsigned int i, k;

	w->tcp.local_port_first = 60000;
	w->tcp.local_port_last = 60063;
	for (i = 0; i < RTE_DIM(used); i++) {
		connect(.lport = 0);
		used[i] = next_out()->lport;
		out(SYN, .lport = used[i]);
		for (k = i > 32 ? i - 32 : 0; k < i; k++)
			check(used[k] != used[i]);
		user_abort();
		ended(ABORTED);
	}
}

WIRE(connect_local_ports_cannot_be_guessed, "RFC 6056 3.2", "")
{
	uint16_t ports[16];
	unsigned int i, steps = 0;

	for (i = 0; i < RTE_DIM(ports); i++) {
		connect(.lport = 0, .rport = (uint16_t)(1000 + i));
		ports[i] = next_out()->lport;
		check(ports[i] >= 49152);
		out(SYN, .lport = ports[i], .rport = (uint16_t)(1000 + i));
		if (i > 0 && (uint16_t)(ports[i] - ports[i - 1]) <= 64)
			steps++;
	}
	check(steps < 4); /* no counting up: of 15 steps none is to be expected so short */
}

WIRE(connect_local_ports_skip_listeners, "RFC 6056 2.2", "")
{
	/* 5020 is the only one that no listener or closed range names. */
	w->tcp.local_port_first = WIRE_LPORT_DROP;
	w->tcp.local_port_last = WIRE_LPORT_CLOSED;
	connect(.lport = 0);
	out(SYN, .lport = WIRE_LPORT_CLOSED);
	check(try_connect(.lport = 0) == -EADDRNOTAVAIL);
}

static bool
odd_ports_only(void *arg, const struct rs_tuple *tuple)
{
	unsigned int *asked = arg;

	(*asked)++;
	return tuple->lport % 2 == 1;
}

WIRE(connect_local_ports_whose_replies_come_here, "RFC 6056 3.3.2", "")
{
	unsigned int asked = 0, i;

	w->replies_here = odd_ports_only;
	w->replies_arg = &asked;
	for (i = 0; i < 8; i++) {
		uint16_t lport;

		connect(.lport = 0);
		lport = next_out()->lport;
		check(lport % 2 == 1);
		out(SYN, .lport = lport);
	}
	check(asked >= 8);
	check(try_connect(.lport = 60000) == -EADDRNOTAVAIL);
	connect(.lport = 60001);
	out(SYN, .lport = 60001);
}
