/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Aborts: by the user, the operator, linger 0, a stop, and because data would be lost
 * (3.10.5, 3.6.1, RFC 2525 2.17). And what the user is told when the peer aborts.
 */

#include "wire.h"

WIRE_STATES(abort_in_the_callback_of_text_counts_it, IN(ESTABLISHED) | IN(FIN_WAIT_2),
	"3.10.7.4 seventh", "")
{
	struct wire_tcb t = reach_param();

	/* The text was received, whatever its service makes of the connection. */
	on(DATA, wire_on_abort);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	ended(ABORTED);
	counted(tcp.rx_data_bytes, 5);
}

WIRE(abort_by_a_close_with_text_unread_counts_it, "3.10.4, 3.6.1", "SHLD-3")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(2);
	on(DATA, wire_on_close);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "he");
	out(RST, .seq = t.snd_nxt);
	reset(unread_data);
	ended(ABORTED);
	counted(tcp.rx_data_bytes, 5);
}

WIRE_STATES(abort_sends_a_reset, SYNCHRONIZED_OPEN, "3.10.5", "")
{
	struct wire_tcb t = reach_param();

	user_abort();
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	ended(ABORTED);
	state(CLOSED);
	/* Nothing is retransmitted, and the connection is unknown from now on. */
	after(5000);
	quiet();
	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
}

WIRE(abort_during_window_probes_can_be_believed, "3.10.5, 3.8.6.1, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	after(1500);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "h");
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_abort();
	/* The peer took no octet: with a window of 0 it believes its RCV.NXT only. */
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	ended(ABORTED);
}

WIRE(abort_after_the_window_shrank_can_be_believed, "3.10.5, 3.8.6, RFC 5961 3.2", "SHLD-15")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("0123456789", 10);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "0123456789");
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 4);
	user_abort();
	out(RST, .seq = t.snd_nxt + 4);
	reset(service_abort);
	ended(ABORTED);
}

WIRE_STATES(abort_when_both_have_closed_is_silent, IN(CLOSING) | IN(LAST_ACK), "3.10.5", "")
{
	reach_param();
	user_abort();
	quiet();
	ended(ABORTED);
	state(CLOSED);
	after(5000);
	quiet();
}

/* In CLOSING with the FIN behind text that the peer's window never took: the text is lost. */
WIRE(abort_when_the_fin_was_not_sent_resets, "3.10.5, RFC 2525 2.17", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	user_shutdown();
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	told(PEER_CLOSED);
	state(CLOSING);
	user_abort();
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	ended(ABORTED);
}

static void
kill_it(struct wire *w)
{
	struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);

	check(rs_stack_kill(stack(), &tuple) == 0);
	after(0);
	state(CLOSED);
	check(rs_stack_kill(stack(), &tuple) != 0);
}

WIRE_STATES(abort_kill_sends_a_reset, SYNCHRONIZED_OPEN, "3.10.5", "")
{
	struct wire_tcb t = reach_param();

	kill_it(w);
	out(RST, .seq = t.snd_nxt);
	reset(killed);
	ended(ABORTED);
}

/* "A RST segment could contain ASCII text that encodes and explains the cause of the RST." */
WIRE_STATES(abort_kill_says_why_as_text, SYNCHRONIZED_OPEN, "3.5.3, RFC 1122 4.2.2.12", "SHLD-2")
{
	struct wire_tcb t;

	w->tcp.reset_text = true;
	t = reach_param();
	kill_it(w);
	out(RST, .seq = t.snd_nxt, .data = "killed: killed by the operator");
	reset(killed);
	ended(ABORTED);
	/* the connection is gone, whatever the length of the text */
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
}

/* The text is cut where a segment of the peer's MSS ends. */
WIRE(abort_text_fits_in_a_segment, "3.7.1, RFC 1122 4.2.2.12", "MUST-16")
{
	struct wire_tcb t;

	w->tcp.reset_text = true;
	t = handshake(.mss = 48);
	user_abort();
	out(RST, .seq = t.snd_nxt, .data = "service_abort: the service aborted the connectio");
	reset(service_abort);
	ended(ABORTED);
}

/* Off by default, and never in a reset that answers a segment without a connection. */
WIRE(abort_text_is_of_connections_only, "3.10.7.1", "")
{
	w->tcp.reset_text = true;
	in(SYN, .seq = 100, .lport = WIRE_LPORT_CLOSED);
	out(RST | ACK, .seq = 0, .ack = 101, .lport = WIRE_LPORT_CLOSED);
	reset(no_listener);
}

WIRE(abort_kill_of_more_than_one_run_can_send, "3.10.5", "")
{
	uint32_t snd_nxt[200];
	uint16_t i;

	w->tcp.max_connections = 200;
	for (i = 0; i < 200; i++)
		snd_nxt[i] = reach_on(WIRE_LPORT, (uint16_t)(41000 + i), ESTABLISHED).snd_nxt;
	for (i = 0; i < 200; i++) {
		struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT,
			(uint16_t)(41000 + i));

		check(rs_stack_kill(stack(), &tuple) == 0);
	}
	after(1);
	for (i = 0; i < 200; i++) {
		out(RST, .rport = (uint16_t)(41000 + i), .seq = snd_nxt[i]);
		ended(ABORTED, .rport = (uint16_t)(41000 + i));
	}
	quiet();
	resets(killed, 200);
}

WIRE(abort_kill_in_syn_received_sends_a_reset, "3.10.5", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	kill_it(w);
	out(RST, .seq = t.snd_nxt);
	reset(killed);
	nothing_told();
	after(5000);
	quiet();
}

WIRE_STATES(abort_kill_when_both_have_closed_is_silent, IN(CLOSING) | IN(LAST_ACK) | IN(TIME_WAIT),
	"3.10.5", "")
{
	reach_param();
	kill_it(w);
	quiet();
	if (w->param != RS_TIME_WAIT)
		ended(ABORTED);
}

WIRE(abort_with_data_in_flight, "3.10.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("hello", 5);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	user_abort();
	out(RST, .seq = t.snd_nxt + 5);
	reset(service_abort);
	ended(ABORTED);
	after(5000);
	quiet();
}

WIRE(abort_drops_what_was_never_sent, "3.10.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	quiet();
	user_abort();
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	ended(ABORTED);
	after(5000);
	quiet();
}

WIRE(abort_after_receiving_data, "3.10.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The reset's number is ours: what the peer sent has no part in it. */
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	user_abort();
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(service_abort);
	ended(ABORTED);
}

WIRE(abort_when_opened, "3.10.5", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	on(OPENED, wire_on_abort);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	told(OPENED);
	ended(ABORTED);
	state(CLOSED);
}

WIRE(abort_inside_data, "3.10.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(DATA, wire_on_abort);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(service_abort);
	told(DATA, .data = "hello");
	ended(ABORTED);
}

WIRE(abort_when_the_peer_closes, "3.10.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(PEER_CLOSED, wire_on_abort);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(service_abort);
	told(PEER_CLOSED);
	ended(ABORTED);
}

/*
 * Close that loses data
 */

WIRE(close_with_data_unread_resets, "3.6.1, RFC 2525 2.17", "SHLD-3")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	nothing_told();
	user_close();
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(unread_data);
	ended(ABORTED);
	state(CLOSED);
}

WIRE(close_with_a_part_unread_resets, "3.6.1, RFC 2525 2.17", "SHLD-3")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(3);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hel");
	user_close();
	out(RST, .seq = t.snd_nxt);
	reset(unread_data);
	ended(ABORTED);
}

WIRE(close_with_data_unread_after_fin_resets, "3.6.1, RFC 2525 2.17", "SHLD-3")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 107);
	nothing_told();
	user_close();
	out(RST, .seq = t.snd_nxt);
	reset(unread_data);
	ended(ABORTED);
}

WIRE_STATES(close_with_data_unread_after_both_fins_resets, IN(CLOSING) | IN(LAST_ACK),
	"3.6.1, RFC 2525 2.17", "SHLD-3")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t snd_una = t.snd_nxt;

	take(0);
	if (w->param == RS_CLOSING) {
		user_shutdown();
		out(FIN | ACK, .seq = t.snd_nxt++, .ack = 101);
	}
	in(FIN | ACK | PSH, .seq = 101, .ack = snd_una, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 107);
	if (w->param == RS_LAST_ACK) {
		user_shutdown();
		out(FIN | ACK, .seq = t.snd_nxt++, .ack = 107);
	}
	state_param();
	/* CLOSE with received data still pending: the peer is to know that it was lost. */
	user_close();
	out(RST, .seq = t.snd_nxt);
	reset(unread_data);
	ended(ABORTED);
	state(CLOSED);
}

WIRE(close_with_all_read_is_in_order, "3.6.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	user_close();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 106);
	quiet();
	state(FIN_WAIT_1);
}

WIRE(close_inside_data_is_in_order, "3.6.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(DATA, wire_on_close);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 106);
	state(FIN_WAIT_1);
}

WIRE(close_inside_data_that_had_waited_is_in_order, "3.6.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	after(42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	take(UINT64_MAX);
	on(DATA, wire_on_close);
	user_resume();
	told(DATA, .data = "hello");
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 106);
	state(FIN_WAIT_1);
}

WIRE(close_when_opened, "3.10.4", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	on(OPENED, wire_on_close);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	state(FIN_WAIT_1);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102);
	state(TIME_WAIT);
	/* Closed both ways by the user: there is nobody to be told but of the end. */
	while (next_told()->what == PEER_CLOSED)
		told(PEER_CLOSED);
	ended(CLOSED);
}

/* A connection that its user closed; our FIN is acknowledged in FIN-WAIT-2. */
static struct wire_tcb
closed_by_user(struct wire *w, bool acked)
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_close();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	t.snd_nxt++;
	if (acked) {
		in(ACK, .seq = 101, .ack = t.snd_nxt);
		t.snd_una = t.snd_nxt;
		state(FIN_WAIT_2);
	}
	return t;
}

WIRE(data_after_close_in_fin_wait_1_resets, "3.6.1, RFC 2525 2.17", "SHLD-3 MAY-1")
{
	struct wire_tcb t = closed_by_user(w, false);

	in(ACK | PSH, .seq = 101, .ack = t.snd_una, .data = "late");
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(data_after_close);
	ended(ABORTED);
	state(CLOSED);
}

WIRE(data_after_close_in_fin_wait_2_resets, "3.6.1, RFC 2525 2.17", "SHLD-3 MAY-1")
{
	struct wire_tcb t = closed_by_user(w, true);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "late");
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(data_after_close);
	ended(ABORTED);
	state(CLOSED);
}

WIRE(data_with_fin_after_close_resets, "3.6.1, RFC 2525 2.17", "SHLD-3 MAY-1")
{
	struct wire_tcb t = closed_by_user(w, true);

	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "late");
	out(RST, .seq = t.snd_nxt);
	reset(data_after_close);
	ended(ABORTED);
	state(CLOSED);
}

WIRE(old_data_after_close_does_not_reset, "3.10.7.4 first", "")
{
	struct wire_tcb t = closed_by_user(w, true);

	/* Nothing is lost by what was received before: it is acknowledged. */
	in(ACK, .seq = 100, .ack = t.snd_nxt, .data = "x");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	state(FIN_WAIT_2);
}

WIRE(data_after_close_in_the_same_burst_resets, "3.6.1, RFC 2525 2.17", "SHLD-3 MAY-1")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(DATA, wire_on_close);
	burst(seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "first"),
		seg(ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "late"));
	told(DATA, .data = "first");
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(data_after_close);
	ended(ABORTED);
}

WIRE(data_with_the_ack_of_a_handshake_closed_at_once_resets, "3.6.1, RFC 2525 2.17", "SHLD-3")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	on(OPENED, wire_on_close);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(OPENED);
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(data_after_close);
	ended(ABORTED);
}

WIRE(close_inside_data_with_more_waiting_resets, "3.6.1, RFC 2525 2.17", "SHLD-3")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* "world" waits for "hello", which the user takes and then closes. */
	in(ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	on(DATA, wire_on_close);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	out(RST, .seq = t.snd_nxt);
	quiet();
	reset(unread_data);
	ended(ABORTED);
}

/*
 * Linger 0
 */

WIRE(linger_zero_close_resets, "3.10.5", "")
{
	struct wire_tcb t = reach_on(WIRE_LPORT_LINGER, WIRE_RPORT, ESTABLISHED);

	user_close();
	out(RST, .lport = WIRE_LPORT_LINGER, .seq = t.snd_nxt);
	quiet();
	reset(linger);
	ended(ABORTED);
	state_on(WIRE_LPORT_LINGER, WIRE_RPORT, CLOSED);
}

WIRE(linger_zero_close_with_data_in_flight, "3.10.5", "")
{
	struct wire_tcb t = reach_on(WIRE_LPORT_LINGER, WIRE_RPORT, ESTABLISHED);

	user_send("hello", 5);
	out(ACK, .lport = WIRE_LPORT_LINGER, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	user_close();
	/* The number is beyond the data, or the peer could not believe it. */
	out(RST, .lport = WIRE_LPORT_LINGER, .seq = t.snd_nxt + 5);
	reset(linger);
	ended(ABORTED);
}

WIRE(linger_zero_close_wait, "3.10.5", "")
{
	struct wire_tcb t = reach_on(WIRE_LPORT_LINGER, WIRE_RPORT, CLOSE_WAIT);

	user_close();
	out(RST, .lport = WIRE_LPORT_LINGER, .seq = t.snd_nxt);
	reset(linger);
	ended(ABORTED);
}

/*
 * The peer aborts: what came in order before is delivered first, then the end is told.
 */

WIRE(rst_data_before_it_is_delivered_first, "3.10.7.4 second, design 9", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	nothing_told();
	take(UINT64_MAX);
	in(RST, .seq = 106);
	verdict(accepted);
	told(DATA, .data = "hello");
	ended(RESET);
	quiet();
}

WIRE(rst_data_that_nobody_takes_is_dropped, "3.10.7.4 second", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(2);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "he");
	in(RST, .seq = 106);
	verdict(accepted);
	ended(RESET);
	quiet();
}

/* A RST is not answered, whatever the user does when it gets the last data. */
static void
rst_not_answered(struct wire *w, wire_action *action)
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	in(ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "world");
	after(42);
	while (!TAILQ_EMPTY(&w->sent))
		out(ACK, .seq = t.snd_nxt, .ack = 111);
	take(5);
	on(DATA, action);
	in(RST, .seq = 111);
	quiet();
	verdict(accepted);
	told(DATA, .data = "hello");
	ended(RESET);
	state(CLOSED);
	after(100);
	quiet();
}

WIRE(rst_not_answered_when_the_user_closes_at_last, "3.10.7.4 second", "MUST-12")
{
	rst_not_answered(w, wire_on_close);
}

WIRE(rst_not_answered_when_the_user_aborts_at_last, "3.10.7.4 second", "MUST-12")
{
	rst_not_answered(w, wire_on_abort);
}

WIRE(rst_not_answered_when_the_user_shuts_down_at_last, "3.10.7.4 second", "MUST-12")
{
	rst_not_answered(w, wire_on_shutdown);
}

WIRE(rst_data_out_of_order_is_dropped, "3.10.7.4 second", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
	quiet();
}

WIRE(rst_while_our_data_is_in_flight, "3.10.7.4 second", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send(bytes(0), 5000);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 2920, .ack = 101, .data = bytes(2920), .len = 1460);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
	after(5000);
	quiet();
}

WIRE(rst_with_a_closed_window_accepted, "3.10.7.4 first", "MUST-66")
{
	struct wire_tcb t;

	w->tcp.rcv_buf = 2920;
	t = reach(ESTABLISHED);
	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 1460);
	in(ACK | PSH, .seq = 1561, .ack = t.snd_nxt, .data = bytes(1460), .len = 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 3021, .wnd = 0);
	/* RCV.WND is 0: a RST just beside RCV.NXT is outside of it. */
	in(RST, .seq = 3022);
	verdict(out_of_window);
	quiet();
	in(RST, .seq = 3021);
	verdict(accepted);
	ended(RESET);
	quiet();
}

/*
 * Stop
 */

WIRE_STATES(stop_resets, SYNCHRONIZED_OPEN, "3.10.5", "")
{
	struct wire_tcb t = reach_param();

	rs_stack_stop(stack(), RS_STOP_RESET);
	after(1);
	out(RST, .seq = t.snd_nxt);
	reset(shutdown);
	ended(ABORTED);
	state(CLOSED);
	/* New connections are refused. */
	in(SYN, .seq = 100);
	out(RST | ACK, .seq = 0, .ack = 101);
	reset(shutdown);
}

WIRE(stop_resets_all_of_many, "3.10.5", "")
{
	struct wire_tcb t[50];
	uint16_t i;

	for (i = 0; i < 50; i++)
		t[i] = reach_on(WIRE_LPORT, (uint16_t)(41000 + i), ESTABLISHED);
	rs_stack_stop(stack(), RS_STOP_RESET);
	after(5);
	for (i = 0; i < 50; i++) {
		out(RST, .rport = (uint16_t)(41000 + i), .seq = t[i].snd_nxt);
		ended(ABORTED, .rport = (uint16_t)(41000 + i));
	}
	resets(shutdown, 50);
	check(rs_stack_open(stack()) == 0);
}

WIRE(stop_finish_closes_in_order, "3.10.4", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	rs_stack_stop(stack(), RS_STOP_FINISH);
	after(1);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	state(FIN_WAIT_1);
	in(SYN, .rport = 40001, .seq = 100);
	out(RST | ACK, .rport = 40001, .seq = 0, .ack = 101);
	reset(shutdown);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102);
	while (next_told()->what == PEER_CLOSED)
		told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
	check(rs_stack_open(stack()) == 0);
}
