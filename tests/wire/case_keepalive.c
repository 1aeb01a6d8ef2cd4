/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Keep-alive (3.8.4).
 */

#include "wire.h"

#define ALIVE .lport = WIRE_LPORT_KEEPALIVE

/* Times that make a case short: idle, between probes, and how many probes. */
static struct wire_tcb
reach_idle(struct wire *w, enum rs_state state)
{
	w->tcp.keepalive_ms = 10000;
	w->tcp.keepalive_interval_ms = 2000;
	w->tcp.keepalive_probes = 3;
	w->answers = true;
	return wire_reach(HERE, WIRE_LPORT_KEEPALIVE, WIRE_RPORT, state);
}

/* A probe is sent, `least` to `most` milliseconds from now: below the window, no data. */
static void
probe(struct wire *w, const struct wire_tcb *t, uint64_t least, uint64_t most)
{
	due(least, most);
	out(ACK, ALIVE, .seq = t->snd_nxt - 1, .ack = t->rcv_nxt);
	quiet();
}

WIRE(keepalive_is_off_by_default, "3.8.4", "MUST-25")
{
	w->tcp.keepalive_ms = 1000;
	reach(ESTABLISHED);
	after(100000);
	quiet();
	state(ESTABLISHED);
}

WIRE(keepalive_default_is_two_hours, "3.8.4", "MUST-28")
{
	const uint64_t hours_2 = UINT64_C(2) * 3600 * 1000;
	struct wire_tcb t;

	t = reach_on(WIRE_LPORT_KEEPALIVE, WIRE_RPORT, ESTABLISHED);
	w->now += (hours_2 - 1000) * 1000;
	after(0);
	quiet();
	probe(w, &t, 1000, 2000);
}

WIRE(keepalive_probe_has_no_data, "3.8.4", "SHLD-12 MUST-27")
{
	struct wire_tcb t = reach_idle(w, RS_ESTABLISHED);

	probe(w, &t, 10000, 10002);
	counted(tcp.keepalive_probes, 1);
}

WIRE_STATES(keepalive_answered_for_long, IN(ESTABLISHED) | IN(CLOSE_WAIT) | IN(FIN_WAIT_2),
	"3.8.4", "MUST-24 MUST-26")
{
	struct wire_tcb t = reach_idle(w, w->param);
	int i;

	for (i = 0; i < 20; i++) {
		probe(w, &t, 10000, 10002);
		in(ACK, ALIVE, .seq = t.rcv_nxt, .ack = t.snd_nxt);
	}
	wire_state(HERE, WIRE_LPORT_KEEPALIVE, WIRE_RPORT, w->param);
	nothing_told();
}

WIRE(keepalive_only_when_idle, "3.8.4", "MUST-26")
{
	struct wire_tcb t = reach_idle(w, RS_ESTABLISHED);

	/* Data, then a bare acknowledgment, each restart the interval. */
	after(9000);
	in(ACK | PSH, ALIVE, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, ALIVE, .seq = t.snd_nxt, .ack = 106);
	t.rcv_nxt = 106;
	after(9000);
	in(ACK, ALIVE, .seq = 106, .ack = t.snd_nxt);
	probe(w, &t, 10000, 10002);
}

WIRE(keepalive_not_while_data_is_outstanding, "3.8.4", "MUST-26")
{
	struct wire_tcb t = reach_idle(w, RS_ESTABLISHED);
	int i;

	after(9500);
	user_send("hello", 5);
	out(ACK, ALIVE, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	for (i = 0; i < 4; i++) {
		due(1000, 8002);
		out(ACK, ALIVE, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	}
	counted(tcp.keepalive_probes, 0);
	in(ACK, ALIVE, .seq = 101, .ack = t.snd_nxt + 5);
	t.snd_nxt += 5;
	probe(w, &t, 10000, 10002);
}

WIRE(keepalive_not_while_the_window_is_closed, "3.8.4, 3.8.6.1", "MUST-26")
{
	struct wire_tcb t = reach_idle(w, RS_ESTABLISHED);
	int i;

	/* Data waits to be sent: the connection is not idle. */
	in(ACK, ALIVE, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	for (i = 0; i < 6; i++) {
		due(1000, 60002);
		out(ACK, ALIVE, .seq = t.snd_nxt, .ack = 101, .data = "h");
		in(ACK, ALIVE, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	}
	counted(tcp.keepalive_probes, 0);
	counted(tcp.window_probes, 6);
}

WIRE(keepalive_lost_answers_are_forgiven, "3.8.4", "MUST-29")
{
	struct wire_tcb t = reach_idle(w, RS_ESTABLISHED);
	int i;

	for (i = 0; i < 5; i++) {
		probe(w, &t, 10000, 10002);
		probe(w, &t, 2000, 2002);
		probe(w, &t, 2000, 2002);
		in(ACK, ALIVE, .seq = 101, .ack = t.snd_nxt);
	}
	state_on(WIRE_LPORT_KEEPALIVE, WIRE_RPORT, ESTABLISHED);
}

WIRE_STATES(keepalive_dead_peer_is_reset, IN(ESTABLISHED) | IN(CLOSE_WAIT) | IN(FIN_WAIT_2),
	"3.8.4", "MUST-29")
{
	struct wire_tcb t = reach_idle(w, w->param);

	probe(w, &t, 10000, 10002);
	probe(w, &t, 2000, 2002);
	probe(w, &t, 2000, 2002);
	due(2000, 2002);
	out(RST, ALIVE, .seq = t.snd_nxt);
	reset(keepalive);
	ended(TIMEOUT);
	state_on(WIRE_LPORT_KEEPALIVE, WIRE_RPORT, CLOSED);
	after(60000);
	quiet();
}

WIRE(keepalive_finds_a_peer_that_rebooted, "3.8.4, 3.5.1", "MUST-12")
{
	struct wire_tcb t = reach_idle(w, RS_ESTABLISHED);

	/* It has no connection, so our ACK gets a reset with its number. */
	probe(w, &t, 10000, 10002);
	in(RST, ALIVE, .seq = 101);
	verdict(accepted);
	ended(RESET);
	after(60000);
	quiet();
}

WIRE(keepalive_on_and_off_by_the_user, "3.8.4", "MUST-24")
{
	struct wire_tcb t;
	struct wire_conn *c;

	w->tcp.keepalive_ms = 10000;
	w->tcp.keepalive_interval_ms = 2000;
	t = reach(ESTABLISHED);
	c = user(WIRE_RPORT);
	after(60000);
	quiet();
	rs_conn_set_keepalive(c->tcp, c->tcb, true);
	due(10000, 10002);
	out(ACK, .seq = t.snd_nxt - 1, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	rs_conn_set_keepalive(c->tcp, c->tcb, false);
	after(60000);
	quiet();
	state(ESTABLISHED);
}

WIRE(keepalive_off_between_two_probes, "3.8.4", "MUST-24")
{
	struct wire_tcb t = reach_idle(w, RS_ESTABLISHED);
	struct wire_conn *c = user(WIRE_RPORT);

	probe(w, &t, 10000, 10002);
	rs_conn_set_keepalive(c->tcp, c->tcb, false);
	after(60000);
	quiet();
	state_on(WIRE_LPORT_KEEPALIVE, WIRE_RPORT, ESTABLISHED);
}

WIRE(keepalive_on_while_data_is_outstanding, "3.8.4", "MUST-24 MUST-26")
{
	struct wire_tcb t;
	struct wire_conn *c;

	w->tcp.keepalive_ms = 10000;
	t = reach(ESTABLISHED);
	c = user(WIRE_RPORT);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	rs_conn_set_keepalive(c->tcp, c->tcb, true);
	after(500);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
	due(10000, 10002);
	out(ACK, .seq = t.snd_nxt + 4, .ack = 101);
}

WIRE(keepalive_not_in_syn_received, "3.8.4", "MUST-26")
{
	struct wire_tcb t = reach_idle(w, RS_SYN_RECEIVED);

	after(20000);
	counted(tcp.keepalive_probes, 0);
	while (!TAILQ_EMPTY(&w->sent))
		out(SYN | ACK, ALIVE, .seq = t.iss, .ack = 101);
	state_on(WIRE_LPORT_KEEPALIVE, WIRE_RPORT, SYN_RECEIVED);
}

WIRE(keepalive_off_leaves_fin_wait_2_its_time, "3.8.4, 3.10.8", "")
{
	struct wire_tcb t;
	struct wire_conn *c;

	w->tcp.fin_wait_2_ms = 30000;
	t = reach(FIN_WAIT_2);
	c = user(WIRE_RPORT);
	user_close();
	rs_conn_set_keepalive(c->tcp, c->tcb, false);
	due(29990, 30010);
	out(RST, .seq = t.snd_nxt);
	reset(user_timeout);
	ended(TIMEOUT);
}

WIRE(keepalive_of_a_closed_connection_leaves_fin_wait_2_its_time, "3.8.4, 3.6", "")
{
	struct wire_tcb t;

	w->tcp.fin_wait_2_ms = 30000;
	t = reach_idle(w, RS_ESTABLISHED);
	user_close();
	out(FIN | ACK, ALIVE, .seq = t.snd_nxt, .ack = 101);
	in(ACK, ALIVE, .seq = 101, .ack = t.snd_nxt + 1);
	state_on(WIRE_LPORT_KEEPALIVE, WIRE_RPORT, FIN_WAIT_2);
	/* The peer may take its time to close, but not for ever: nobody is there to tell. */
	after(9000);
	quiet();
	in(FIN | ACK, ALIVE, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK, ALIVE, .seq = t.snd_nxt + 1, .ack = 102);
	while (next_told()->what == PEER_CLOSED)
		told(PEER_CLOSED);
	ended(CLOSED);
	after(15000);
	quiet();
	state_on(WIRE_LPORT_KEEPALIVE, WIRE_RPORT, TIME_WAIT);
}
