/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What an application sees of a reset (RFC 9293 3.10.7.4 second, 3.9.1): what came in order
 * before it, then that it was reset, once, then nothing; and no orderly end beside it. Each
 * order of data, FIN, RST and a service that leaves data.
 */

#include <errno.h>

#include "wire.h"

/* The reset is the end: no call finds a connection any more. */
static void
reset_told(struct wire *w)
{
	verdict(accepted);
	ended(RESET);
	state(CLOSED);
	nothing_told();
	quiet();
}

/*
 * Data, then RST.
 */

WIRE(reset_seen_after_data_that_was_taken, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	in(RST, .seq = 106);
	reset_told(w);
}

WIRE(reset_seen_after_data_in_one_burst, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello"), seg(RST, .seq = 106));
	told(DATA, .data = "hello");
	reset_told(w);
}

WIRE(reset_seen_after_data_that_was_left, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	take(100);
	in(RST, .seq = 106); /* offered a last time */
	told(DATA, .data = "hello");
	reset_told(w);
}

WIRE(reset_seen_after_data_that_is_never_taken, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	in(RST, .seq = 106);
	reset_told(w);
	take(100);
	after(100);
	nothing_told();
}

WIRE(reset_seen_after_data_taken_in_part, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(2);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "he");
	take(2);
	in(RST, .seq = 106);
	told(DATA, .data = "ll");
	reset_told(w);
}

WIRE(reset_seen_after_data_left_and_more_data, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	take(100);
	burst(seg(ACK, .seq = 106, .ack = t.snd_nxt, .data = ", world"), seg(RST, .seq = 113));
	told(DATA, .data = "hello, world");
	reset_told(w);
}

WIRE(reset_seen_after_data_that_was_resumed, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	take(5);
	user_resume();
	told(DATA, .data = "hello");
	in(RST, .seq = 106);
	reset_told(w);
}

WIRE(reset_seen_with_a_gap_before_it, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* "world" waits for what is before it, which never comes: it was not in order. */
	in(ACK, .seq = 106, .ack = t.snd_nxt, .data = "world");
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	in(RST, .seq = 101);
	reset_told(w);
}

WIRE(reset_seen_with_its_own_data, "SHLD-2", "SHLD-2")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The text of a reset says why; it is no data of the connection. */
	in(RST | ACK, .seq = 101, .ack = t.snd_nxt, .data = "why");
	reset_told(w);
}

/*
 * RST, then data; RST twice.
 */

WIRE(reset_seen_before_data_in_one_burst, "3.10.7.4 second, 3.10.7.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The data is of no connection any more. */
	burst(seg(RST, .seq = 101), seg(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello"));
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
	reset_told(w);
}

WIRE(reset_seen_once_of_two, "3.10.7.4 second", "")
{
	reach(ESTABLISHED);
	burst(seg(RST, .seq = 101), seg(RST, .seq = 101));
	verdict(ignored_listen);
	reset_told(w);
	in(RST, .seq = 101);
	verdict(ignored_listen);
	nothing_told();
}

WIRE(reset_seen_then_a_new_connection, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(ACK, .seq = 101, .ack = t.snd_nxt, .data = "old"), seg(RST, .seq = 104),
		seg(SYN, .seq = 5000));
	told(DATA, .data = "old");
	verdict(accepted);
	ended(RESET);
	t.iss = out(SYN | ACK, .ack = 5001);
	in(ACK, .seq = 5001, .ack = t.iss + 1, .data = "new");
	told(OPENED);
	told(DATA, .data = "new");
	due(1, 42);
	out(ACK, .seq = t.iss + 1, .ack = 5004);
}

/*
 * FIN and RST.
 */

WIRE(reset_seen_after_the_peers_fin, "3.10.7.4 second", "")
{
	reach(CLOSE_WAIT);
	in(RST, .seq = 102);
	reset_told(w);
}

WIRE(reset_seen_after_fin_in_one_burst, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .data = "bye"), seg(RST, .seq = 105));
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	reset_told(w);
}

WIRE(reset_seen_after_fin_behind_data_that_was_left, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	take(100);
	in(RST, .seq = 105);
	told(DATA, .data = "bye");
	told(PEER_CLOSED); /* it was, in order, before the reset */
	reset_told(w);
}

WIRE(reset_seen_after_fin_behind_data_never_taken, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .data = "bye");
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	in(RST, .seq = 105);
	reset_told(w); /* no orderly close: there are bytes before it that nobody took */
}

WIRE(reset_seen_before_fin_in_one_burst, "3.10.7.4 second, 3.10.7.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(RST, .seq = 101), seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt));
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
	reset_told(w);
}

/*
 * The service closed, then RST.
 */

WIRE(reset_seen_after_our_shutdown, "3.10.7.4 second", "")
{
	reach(FIN_WAIT_1);
	in(RST, .seq = 101);
	reset_told(w);
}

WIRE(reset_seen_after_our_shutdown_was_acknowledged, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(FIN_WAIT_2);

	burst(seg(ACK, .seq = 101, .ack = t.snd_nxt, .data = "last"), seg(RST, .seq = 105));
	told(DATA, .data = "last");
	reset_told(w);
}

WIRE(reset_seen_after_our_close, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_close();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(RST, .seq = 101);
	reset_told(w);
}

WIRE_STATES(reset_seen_when_only_acks_are_missing, IN(CLOSING) | IN(LAST_ACK),
	"3.10.7.4 second", "")
{
	reach_param();
	/* "enter the CLOSED state": our FIN, or what was before it, may be lost */
	in(RST, .seq = 102);
	reset_told(w);
}

WIRE(reset_not_seen_after_an_orderly_end, "RFC 1337", "")
{
	reach(TIME_WAIT); /* CLOSED was told */
	in(RST, .seq = 102);
	verdict(ignored_time_wait);
	nothing_told();
	state(TIME_WAIT);
}

WIRE(reset_not_seen_after_an_orderly_end_though_it_ends_time_wait, "3.10.7.4 second", "")
{
	w->tcp.time_wait_rst = true;
	reach(TIME_WAIT);
	in(RST, .seq = 102);
	verdict(accepted);
	nothing_told();
	state(CLOSED);
}

WIRE(reset_not_seen_in_the_burst_of_an_orderly_end, "RFC 1337", "")
{
	struct wire_tcb t = reach(FIN_WAIT_2);

	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt), seg(RST, .seq = 102));
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	told(PEER_CLOSED);
	ended(CLOSED); /* and not RESET */
	verdict(ignored_time_wait);
	state(TIME_WAIT);
}

WIRE(reset_not_seen_after_our_abort, "3.10.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_abort();
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	ended(ABORTED);
	in(RST, .seq = 101);
	verdict(ignored_listen);
	nothing_told();
}

WIRE(reset_not_seen_outside_the_window, "RFC 5961 3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(RST, .seq = 100);
	verdict(out_of_window);
	in(RST, .seq = 102);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	verdict(challenged);
	nothing_told();
	state(ESTABLISHED);
}

/*
 * Sending.
 */

WIRE(reset_seen_with_data_of_ours_queued, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send(bytes(0), 3000);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	in(RST, .seq = 101);
	reset_told(w);
	after(10000);
	quiet(); /* "All segment queues should be flushed": nothing goes again */
}

/* Each call on a connection that is gone is an error at once. */
static void
call_all(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	if (rs_conn_send(tcp, conn, "x", 1) != -ENOTCONN ||
			rs_conn_send_copy(tcp, conn, "x", 1) != -ENOTCONN ||
			rs_conn_send_room(tcp, conn) != 0 ||
			rs_conn_shutdown(tcp, conn) != -ENOTCONN ||
			rs_conn_close(tcp, conn) != -ENOTCONN ||
			rs_conn_abort(tcp, conn) != -ENOTCONN)
		w->broken = "a call on a connection that is gone is no error";
	rs_conn_resume(tcp, conn);
}

static void
abort_then_call(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_abort(tcp, conn);
	call_all(w, tcp, conn);
}

WIRE(reset_seen_and_every_call_after_it_is_an_error, "3.9.1", "")
{
	reach(ESTABLISHED);
	on(ENDED, call_all);
	in(RST, .seq = 101);
	reset_told(w);
}

WIRE(reset_sent_in_a_callback_and_every_call_after_it_is_an_error, "3.10.5", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	on(DATA, abort_then_call);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "x");
	told(DATA, .data = "x");
	out(RST, .seq = t.snd_nxt);
	reset(service_abort);
	ended(ABORTED);
}

static void
send_while_ending(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	(void)w;
	rs_conn_send(tcp, conn, "too late", 8);
	rs_conn_close(tcp, conn);
}

WIRE(reset_seen_by_a_service_that_sends_and_closes_on_the_last_data, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	take(0);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	take(100);
	on(DATA, send_while_ending);
	in(RST, .seq = 106);
	told(DATA, .data = "hello");
	reset_told(w); /* nothing was sent, and no reset answers the reset */
}
