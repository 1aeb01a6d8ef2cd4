/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The user time-out (3.10.8, 3.9.1.2): how long data may stay unacknowledged.
 */

#include "wire.h"

/* A connection that is given up after 5 seconds without progress. */
static struct wire_tcb
reach_impatient(struct wire *w, enum rs_state state)
{
	w->tcp.user_timeout_ms = 5000;
	return wire_reach(HERE, WIRE_LPORT, WIRE_RPORT, state);
}

/* What is sent again is of no interest here. */
static void
skip_retransmissions(struct wire *w)
{
	while (!TAILQ_EMPTY(&w->sent) && (next_out()->flags & RST) == 0)
		skip_out();
}

/* The connection is given up after `ms` from now, its data having been sent again. */
static void
given_up(struct wire *w, uint32_t snd_nxt, uint64_t ms)
{
	uint64_t begin = w->now;

	do {
		due(1, 60002);
		skip_retransmissions(w);
	} while (TAILQ_EMPTY(&w->sent));
	check(w->now - begin >= ms * 1000 && w->now - begin <= (ms + 2) * 1000);
	out(RST, .seq = snd_nxt);
	ended(TIMEOUT);
	state(CLOSED);
	after(60000);
	quiet();
}

WIRE(user_timeout_ends_the_connection, "3.10.8", "MUST-21")
{
	struct wire_tcb t = reach_impatient(w, RS_ESTABLISHED);

	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	given_up(w, t.snd_nxt + 5, 5000);
	reset(user_timeout);
}

/* It ends nothing before R2, which is what the reset is counted as. */
WIRE(user_timeout_as_long_as_r2_changes_nothing, "3.8.3, 3.10.8", "")
{
	struct wire_tcb t;

	w->tcp.r2_ms = 5000;
	t = reach_impatient(w, RS_ESTABLISHED);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	given_up(w, t.snd_nxt + 5, 5000);
	reset(rtx_limit);
}

WIRE_STATES(user_timeout_of_a_fin, IN(FIN_WAIT_1) | IN(CLOSING) | IN(LAST_ACK), "3.10.8", "")
{
	struct wire_tcb t = reach_impatient(w, w->param);

	given_up(w, t.snd_nxt, 5000);
	reset(user_timeout);
}

WIRE(user_timeout_not_of_an_idle_connection, "3.10.8", "")
{
	struct wire_tcb t = reach_impatient(w, RS_ESTABLISHED);

	after(60000);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	after(900);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
	after(60000);
	quiet();
	state(ESTABLISHED);
}

WIRE(user_timeout_begins_anew_with_each_ack, "3.10.8, 3.9.1.2", "")
{
	struct wire_tcb t = reach_impatient(w, RS_ESTABLISHED);
	uint32_t i;

	user_send(bytes(0), 8 * 1460);
	for (i = 0; i < 8; i++)
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 101, .data = bytes(i * 1460),
			.len = 1460);
	for (i = 1; i < 8; i++) {
		after(4000);
		skip_retransmissions(w);
		in(ACK, .seq = 101, .ack = t.snd_nxt + i * 1460);
	}
	skip_retransmissions(w);
	state(ESTABLISHED);
	given_up(w, t.snd_nxt + 8 * 1460, 5000);
	reset(user_timeout);
}

WIRE(user_timeout_not_by_duplicate_acks, "3.10.8", "")
{
	struct wire_tcb t = reach_impatient(w, RS_ESTABLISHED);

	/* The peer is there, but what was sent stays unacknowledged. */
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	after(900);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	given_up(w, t.snd_nxt + 5, 4100);
	reset(user_timeout);
}

WIRE(user_timeout_not_while_probes_are_answered, "3.8.6.1", "MUST-37")
{
	struct wire_tcb t = reach_impatient(w, RS_ESTABLISHED);
	int i;

	/* However far apart they are: 1, 2, 4, ... 60 seconds */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	for (i = 0; i < 8; i++) {
		due(1000, 60002);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "h");
		in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	}
	state(ESTABLISHED);
}

WIRE(user_timeout_longer_than_r2, "3.8.3", "MUST-20")
{
	struct wire_tcb t;

	/* What comes first ends the connection. */
	w->tcp.user_timeout_ms = 300000;
	w->answers = true;
	t = reach(ESTABLISHED);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	given_up(w, t.snd_nxt + 5, 100000);
	reset(rtx_limit);
}

/*
 * rs_listener.send_timeout_ms without a rate: a peer that acknowledges a single byte has all of its
 * time again, one that acknowledges nothing has not.
 */
WIRE(send_timeout_without_a_rate, "3.8.3", "")
{
	struct wire_tcb t;

	w->send_timeout_ms = 5000;
	t = reach(ESTABLISHED);
	user_send("0123456789", 10);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "0123456789");
	due(990, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "0123456789");
	due(1990, 2002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "0123456789");
	after(1500); /* 4.5 s */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
	due(2000, 4002);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = "123456789");
	due(800, 5002);
	out(RST, .seq = t.snd_nxt + 10);
	reset(service_timeout);
	ended(TIMEOUT);
}

/* It ends with the last byte of data; a FIN has R2. */
WIRE(send_timeout_is_none_of_a_fin, "3.8.3", "")
{
	struct wire_tcb t;

	w->send_timeout_ms = 5000;
	w->answers = true;
	t = reach(ESTABLISHED);
	user_send("0123456789", 10);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "0123456789");
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt + 10, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 4);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 10);
	given_up(w, t.snd_nxt + 11, 100000);
	reset(rtx_limit);
}
