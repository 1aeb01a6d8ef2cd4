/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Closing in all orders (3.6, 3.10.4, 3.10.7.4 fifth and eighth), and the FIN's
 * retransmission.
 */

#include <errno.h>

#include "wire.h"

WIRE(close_fin_with_data, "3.10.7.4 seventh, eighth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(close_fin_with_old_data, "3.10.7.4 first, eighth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	told(DATA, .data = "bye");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 104);
	/* Its ACK is lost; the peer sends all again, with its FIN. */
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(close_fin_before_its_data, "3.10.7.4 seventh, eighth", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(FIN | ACK, .seq = 104, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	nothing_told();
	state(ESTABLISHED);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	state(CLOSE_WAIT);
}

WIRE(close_fin_with_data_before_other_data, "3.10.7.4 seventh, eighth", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(FIN | ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	state(ESTABLISHED);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "helloworld");
	told(PEER_CLOSED);
	out(ACK, .seq = t.snd_nxt, .ack = 112);
	state(CLOSE_WAIT);
}

WIRE_STATES(close_peers_fin_again_acked, IN(CLOSE_WAIT) | IN(CLOSING) | IN(LAST_ACK),
	"3.10.7.4 first, eighth", "")
{
	struct wire_tcb t = reach_param();

	in(FIN | ACK, .seq = t.rcv_nxt - 1, .ack = t.snd_una);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	nothing_told();
	state_param();
}

WIRE_STATES(close_our_fin_sent_again_with_backoff, IN(FIN_WAIT_1) | IN(CLOSING) | IN(LAST_ACK),
	"3.6, 3.10.8, RFC 6298 5.5", "MUST-19")
{
	struct wire_tcb t = reach_param();
	uint64_t rto;

	w->answers = true;
	for (rto = 1000; rto <= 8000; rto *= 2) {
		due(rto, rto + 2);
		out(FIN | ACK, .seq = t.snd_nxt - 1, .ack = t.rcv_nxt);
		quiet();
		state_param();
	}
	in(ACK, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	quiet();
	after(20000);
	quiet();
	if (w->param == RS_CLOSING || w->param == RS_LAST_ACK)
		ended(CLOSED);
}

WIRE_STATES(close_our_fin_never_acked_r2_resets, IN(FIN_WAIT_1) | IN(CLOSING) | IN(LAST_ACK),
	"3.8.3", "MUST-20 SHLD-11")
{
	struct wire_tcb t = reach_param();
	uint64_t begin = w->now;

	w->answers = true;
	for (;;) {
		due(1000, 60002);
		if ((next_out()->flags & RST) != 0)
			break;
		out(FIN | ACK, .seq = t.snd_nxt - 1, .ack = t.rcv_nxt);
	}
	check(w->now - begin >= UINT64_C(100000000));
	out(RST, .seq = t.snd_nxt);
	reset(rtx_limit);
	ended(TIMEOUT);
	state(CLOSED);
}

WIRE(close_our_fin_and_the_ack_of_theirs_in_one, "3.10.7.4 eighth, 3.10.4", "MUST-58")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(PEER_CLOSED, wire_on_shutdown);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 102);
	told(PEER_CLOSED);
	quiet();
	state(LAST_ACK);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1);
	quiet();
	ended(CLOSED);
	state(CLOSED);
}

/* The service closes when it has a request that came with the peer's FIN. */
static struct wire_tcb
request_with_fin(struct wire *w)
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(DATA, wire_on_close);
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	return t;
}

/* The FIN of a segment is received before its text makes the user close: CLOSE-WAIT, LAST-ACK */
WIRE(close_of_a_request_with_fin_ends_in_last_ack, "3.10.4, 3.10.7.4 eighth", "MUST-58")
{
	struct wire_tcb t = request_with_fin(w);

	out(FIN | ACK, .seq = t.snd_nxt, .ack = 105);
	quiet();
	state(LAST_ACK);
	in(ACK, .seq = 105, .ack = t.snd_nxt + 1);
	quiet();
	ended(CLOSED);
	state(CLOSED);
	/* TIME-WAIT is the peer's alone. */
	in(ACK, .seq = 105, .ack = t.snd_nxt + 1);
	out(RST, .seq = t.snd_nxt + 1);
	reset(listen_bad_ack);
}

WIRE(close_of_a_request_with_fin_lost_and_sent_again, "3.8.1, 3.10.7.4 eighth", "")
{
	struct wire_tcb t = request_with_fin(w);

	out(FIN | ACK, .seq = t.snd_nxt, .ack = 105);
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt + 1, .ack = 105);
	due(900, 1002);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 105);
	state(LAST_ACK);
	in(ACK, .seq = 105, .ack = t.snd_nxt + 1);
	ended(CLOSED);
	state(CLOSED);
}

/* The user answers a request with more than the window takes, and closes. */
static void
answer_and_close(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	check(rs_conn_send(tcp, conn, bytes(0), 2000) == 2000);
	check(rs_conn_shutdown(tcp, conn) == 0);
}

WIRE(close_of_a_request_with_fin_behind_its_answer, "3.10.4 CLOSE-WAIT, 3.10.7.4 eighth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(DATA, answer_and_close);
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .wnd = 1460, .data = "bye");
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	out(ACK, .seq = t.snd_nxt, .ack = 105, .data = bytes(0), .len = 1460);
	quiet();
	state(CLOSE_WAIT);
	in(ACK, .seq = 105, .ack = t.snd_nxt + 1460, .wnd = 1460);
	out(FIN | ACK | PSH, .seq = t.snd_nxt + 1460, .ack = 105, .data = bytes(1460), .len = 540);
	state(LAST_ACK);
	in(ACK, .seq = 105, .ack = t.snd_nxt + 2001);
	quiet();
	ended(CLOSED);
	state(CLOSED);
}

WIRE(close_of_a_request_with_fin_before_its_beginning, "3.10.7.4 seventh, eighth", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(3);
	in(FIN | ACK | PSH, .seq = 104, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	take(6);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	told(DATA, .data = "byebye");
	told(PEER_CLOSED);
	out(ACK, .seq = t.snd_nxt, .ack = 108);
	state(CLOSE_WAIT);
}

WIRE(close_before_the_segment_with_the_fin_is_closing, "3.10.7.4 eighth, figure 13", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The close is made in FIN-WAIT-1 before the next segment brings the FIN. */
	on(DATA, wire_on_shutdown);
	burst(seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "bye"),
		seg(FIN | ACK, .seq = 104, .ack = t.snd_nxt));
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 105);
	state(CLOSING);
	in(ACK, .seq = 105, .ack = t.snd_nxt + 1);
	state(TIME_WAIT);
	ended(CLOSED);
}

WIRE(close_fin_follows_all_data, "3.10.4", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t end = t.snd_nxt + 3000;

	/* 3,000 bytes, of which the peer's window takes 1,460 */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 1460);
	user_send(bytes(0), 3000);
	user_shutdown();
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460, .wnd = 10000);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	/* Nagle: less than a full segment waits for the acknowledgment (3.7.4). */
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920, .wnd = 10000);
	out(FIN | ACK | PSH, .seq = t.snd_nxt + 2920, .ack = 101, .data = bytes(2920), .len = 80);
	state(FIN_WAIT_1);
	/* The data is acknowledged, the FIN is not. */
	in(ACK, .seq = 101, .ack = end, .wnd = 10000);
	state(FIN_WAIT_1);
	in(ACK, .seq = 101, .ack = end + 1, .wnd = 10000);
	state(FIN_WAIT_2);
	quiet();
}

WIRE(close_when_opened_by_an_ack_with_fin, "3.10.4, 3.10.7.4 eighth", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	/* FIN-WAIT-1 before our FIN is sent; theirs makes it CLOSING. */
	on(OPENED, wire_on_shutdown);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	told(PEER_CLOSED);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 102);
	quiet();
	state(CLOSING);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1);
	quiet();
	state(TIME_WAIT);
	ended(CLOSED);
}

WIRE(close_peers_fin_while_ours_waits_behind_data, "3.10.4, 3.10.7.4 eighth", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 1460);
	user_send(bytes(0), 2000);
	user_shutdown();
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 102);
	told(PEER_CLOSED);
	state(CLOSING);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1460, .wnd = 1460);
	out(FIN | ACK | PSH, .seq = t.snd_nxt + 1460, .ack = 102, .data = bytes(1460), .len = 540);
	/* Acknowledging the data is not acknowledging the FIN. */
	in(ACK, .seq = 102, .ack = t.snd_nxt + 2000, .wnd = 1460);
	state(CLOSING);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 2001, .wnd = 1460);
	quiet();
	state(TIME_WAIT);
	ended(CLOSED);
}

WIRE(close_send_after_close_is_an_error, "3.10.2, 3.9.1.2", "")
{
	struct wire_conn *c;

	reach(FIN_WAIT_1);
	c = user(WIRE_RPORT);
	check(rs_conn_send(c->tcp, c->tcb, "no", 2) == -EPIPE);
	check(rs_conn_send_copy(c->tcp, c->tcb, "no", 2) == -EPIPE);
	check(rs_conn_send_room(c->tcp, c->tcb) == 0);
	/* No second FIN is emitted (3.10.4). */
	check(rs_conn_shutdown(c->tcp, c->tcb) == -EPIPE);
	after(1);
	quiet();
}

WIRE(close_half_closed_by_us_still_receives, "3.6.1", "")
{
	struct wire_tcb t = reach(FIN_WAIT_2);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	state(FIN_WAIT_2);
	in(FIN | ACK | PSH, .seq = 106, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 110);
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
}

WIRE(close_fin_wait_1_still_receives, "3.10.7.4 seventh", "")
{
	struct wire_tcb t = reach(FIN_WAIT_1);

	in(ACK | PSH, .seq = 101, .ack = t.snd_una, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	state(FIN_WAIT_1);
	in(ACK, .seq = 106, .ack = t.snd_nxt);
	state(FIN_WAIT_2);
}

WIRE(close_half_closed_by_the_peer_still_sends, "3.6.1", "")
{
	struct wire_tcb t = reach(CLOSE_WAIT);

	user_send("hello", 5);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 102, .data = "hello");
	in(ACK, .seq = 102, .ack = t.snd_nxt + 5);
	user_send("world", 5);
	out(ACK | PSH, .seq = t.snd_nxt + 5, .ack = 102, .data = "world");
	in(ACK, .seq = 102, .ack = t.snd_nxt + 10);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt + 10, .ack = 102);
	state(LAST_ACK);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 11);
	ended(CLOSED);
	state(CLOSED);
	quiet();
}

WIRE(close_fin_wait_1_fin_that_acks_ours, "3.10.7.4 eighth", "")
{
	struct wire_tcb t = reach(FIN_WAIT_1);

	/* "if our FIN has been ACKed (perhaps in this segment), then enter TIME-WAIT" */
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	state(TIME_WAIT);
	told(PEER_CLOSED);
	ended(CLOSED);
}

WIRE(close_closing_ack_below_our_fin_ignored, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(CLOSING);

	in(ACK, .seq = 102, .ack = t.snd_una);
	quiet();
	state(CLOSING);
	in(ACK, .seq = 102, .ack = t.snd_nxt);
	quiet();
	state(TIME_WAIT);
	ended(CLOSED);
}

WIRE(close_last_ack_stays_until_our_fin_is_acked, "3.10.7.4 fifth", "")
{
	struct wire_tcb t = reach(LAST_ACK);

	in(ACK, .seq = 102, .ack = t.snd_una);
	quiet();
	state(LAST_ACK);
	in(ACK, .seq = 102, .ack = t.snd_nxt);
	quiet();
	state(CLOSED);
	ended(CLOSED);
	/* The TCB is deleted: what comes now belongs to no connection. */
	in(ACK, .seq = 102, .ack = t.snd_nxt);
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
}

WIRE(close_last_ack_data_unread_is_offered_before_the_end, "3.6", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 107);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 107);
	state(LAST_ACK);
	take(5);
	in(ACK, .seq = 107, .ack = t.snd_nxt + 1);
	quiet();
	told(DATA, .data = "hello");
	told(PEER_CLOSED);
	ended(CLOSED);
	state(CLOSED);
}

/* Nobody is left to send, but the user has not read all: an orderly end loses nothing. */
WIRE(close_last_ack_end_waits_until_all_is_taken, "3.6", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(FIN | ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = 107);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 107);
	in(ACK, .seq = 107, .ack = t.snd_nxt + 1);
	nothing_told();
	after(600000);
	quiet();
	state(LAST_ACK);
	/* nor is it a reset any more */
	in(RST, .seq = 107);
	verdict(ignored_time_wait);
	quiet();
	take(2);
	user_resume();
	told(DATA, .data = "he");
	nothing_told();
	take(3);
	user_resume();
	told(DATA, .data = "llo");
	told(PEER_CLOSED);
	ended(CLOSED);
	quiet();
	state(CLOSED);
}

WIRE(close_time_wait_end_waits_until_all_is_taken, "3.6.1", "MUST-12 MUST-13")
{
	struct wire_tcb t;
	struct wire_conn *c;

	w->tcp.time_wait_rst = true;
	t = reach(FIN_WAIT_2);
	take(0);
	in(FIN | ACK | PSH, .seq = t.rcv_nxt, .ack = t.snd_nxt, .data = "hello");
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt + 6);
	in(RST, .seq = t.rcv_nxt + 6);
	verdict(ignored_time_wait);
	after(4 * w->tcp.msl_ms);
	state(TIME_WAIT);
	c = user(WIRE_RPORT);
	rs_conn_set_keepalive(c->tcp, c->tcb, false);
	after(4 * w->tcp.msl_ms);
	state(TIME_WAIT);
	/* A SYN that could open it again (MAY-2) must not lose it either. */
	in(SYN, .seq = t.rcv_nxt + 100000);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt + 6);
	nothing_told();
	take(5);
	user_resume();
	told(DATA, .data = "hello");
	told(PEER_CLOSED);
	ended(CLOSED);
	after(2 * w->tcp.msl_ms + 1);
	quiet();
	state(CLOSED);
}

WIRE(close_last_ack_then_a_new_connection, "3.10.7.4 fifth, 3.10.7.2", "")
{
	struct wire_tcb t = reach(LAST_ACK);

	in(ACK, .seq = 102, .ack = t.snd_nxt);
	ended(CLOSED);
	reach(ESTABLISHED);
}

WIRE_STATES(close_text_after_the_peers_fin_ignored, IN(CLOSE_WAIT) | IN(CLOSING) | IN(LAST_ACK),
	"3.10.7.4 seventh", "")
{
	struct wire_tcb t = reach_param();

	in(ACK | PSH, .seq = t.rcv_nxt, .ack = t.snd_una, .data = "evil");
	nothing_told();
	state_param();
	/* RCV.NXT did not move: an ACK, now or for the next segment, says so. */
	while (!TAILQ_EMPTY(&w->sent))
		out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .seq = t.rcv_nxt - 1, .ack = t.snd_una);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
}

WIRE_STATES(close_second_fin_beyond_the_first_ignored,
	IN(CLOSE_WAIT) | IN(CLOSING) | IN(LAST_ACK), "3.10.7.4 eighth", "")
{
	struct wire_tcb t = reach_param();

	in(FIN | ACK, .seq = t.rcv_nxt, .ack = t.snd_una);
	nothing_told();
	state_param();
	while (!TAILQ_EMPTY(&w->sent))
		out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
	in(ACK, .seq = t.rcv_nxt - 1, .ack = t.snd_una);
	out(ACK, .seq = t.snd_nxt, .ack = t.rcv_nxt);
}

WIRE(close_fin_wait_2_of_a_closed_connection_does_not_wait_for_ever, "3.10.8, 3.6", "")
{
	struct wire_tcb t;

	w->tcp.fin_wait_2_ms = 30000;
	t = reach(ESTABLISHED);
	user_close();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
	state(FIN_WAIT_2);
	after(29990);
	state(FIN_WAIT_2);
	quiet();
	due(1, 20);
	out(RST, .seq = t.snd_nxt + 1);
	reset(user_timeout);
	ended(TIMEOUT);
	state(CLOSED);
}

WIRE(close_fin_wait_2_limited_from_the_close_on, "3.10.8, 3.6", "")
{
	struct wire_tcb t;

	w->tcp.fin_wait_2_ms = 30000;
	t = reach(FIN_WAIT_2);
	after(100000);
	user_close();
	quiet();
	state(FIN_WAIT_2);
	due(29990, 30010);
	out(RST, .seq = t.snd_nxt);
	reset(user_timeout);
	ended(TIMEOUT);
	state(CLOSED);
}

WIRE(close_half_closed_waits_as_long_as_it_takes, "3.6.1", "")
{
	/* The user still receives: nothing limits FIN-WAIT-2. */
	struct wire_tcb t = reach(FIN_WAIT_2);

	after(300000);
	quiet();
	state(FIN_WAIT_2);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
}

WIRE(close_wait_waits_for_its_user, "3.6, 3.10.7.4", "")
{
	reach(CLOSE_WAIT);
	after(300000);
	quiet();
	state(CLOSE_WAIT);
}
