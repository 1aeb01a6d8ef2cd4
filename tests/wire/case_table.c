/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Each state x each combination of six flags x each class of SEG.SEQ and of SEG.ACK, with
 * text and without: one segment into a fresh connection, and what comes of it beside what
 * RFC 9293 3.10.7 says (table.c). An urgent pointer stands in all of them.
 */

#include <stdio.h>

#include "table.h"

enum {
	TEXT = 10,              /* bytes, where there is text */
	URGENT_POINTER = 5,
	IN_FLIGHT = 100,        /* bytes of ours, where we may still send */
	SMALL_WINDOW = 1460,    /* fits one segment, to be closed by it */
	BIG = 1 << 30,
};

/*
 * The connection, with text of ours in flight wherever there may be some.
 */

static void
our_text(struct wire *w, struct table_conn *c)
{
	user_send(bytes(0), IN_FLIGHT);
	out(ACK, .seq = c->snd_nxt, .ack = c->rcv_nxt, .data = bytes(0), .len = IN_FLIGHT);
	c->snd_nxt += IN_FLIGHT;
}

static void
our_fin(struct wire *w, struct table_conn *c)
{
	user_shutdown();
	out(FIN | ACK, .seq = c->snd_nxt, .ack = c->rcv_nxt);
	c->snd_nxt++;
}

static void
peer_fin(struct wire *w, struct table_conn *c)
{
	in(FIN | ACK, .seq = c->rcv_nxt, .ack = c->snd_una);
	c->rcv_nxt++;
	c->rcv_wnd = (uint32_t)next_out()->wnd;
	out(ACK, .seq = c->snd_nxt, .ack = c->rcv_nxt);
	told(PEER_CLOSED);
}

/* RFC 9293 3.3.2; without a connection, numbers are any. */
static struct table_conn
bring(struct wire *w, enum rs_state state)
{
	bool text = state == RS_ESTABLISHED || state == RS_FIN_WAIT_1 || state == RS_CLOSING ||
		state == RS_CLOSE_WAIT || state == RS_LAST_ACK;
	bool closed_first = state == RS_CLOSE_WAIT || state == RS_LAST_ACK;
	struct table_conn c = { .state = state, .snd_una = 5000, .snd_nxt = 5100,
		.rcv_nxt = 100, .rcv_wnd = WIRE_RCV_BUF };
	struct wire_tcb t;

	if (state == RS_CLOSED || state == RS_LISTEN)
		return c;
	t = wire_reach(HERE, WIRE_LPORT, WIRE_RPORT, closed_first ? RS_CLOSE_WAIT :
		text ? RS_ESTABLISHED : state);
	c.snd_una = t.snd_una;
	c.snd_nxt = t.snd_nxt;
	if (state != RS_SYN_SENT)
		c.rcv_nxt = t.rcv_nxt;
	c.rcv_wnd = t.rcv_wnd;
	c.max_snd_wnd = 65535;
	if (text)
		our_text(w, &c);
	if (state == RS_FIN_WAIT_1 || state == RS_CLOSING || state == RS_LAST_ACK)
		our_fin(w, &c);
	if (state == RS_CLOSING)
		peer_fin(w, &c);
	return c;
}

/* The user does not take what fills the window. */
static void
close_window(struct wire *w, struct table_conn *c)
{
	take(0);
	in(ACK, .seq = c->rcv_nxt, .ack = c->snd_una, .data = bytes(0), .len = c->rcv_wnd);
	c->rcv_nxt += c->rcv_wnd;
	c->unread = c->rcv_wnd;
	c->rcv_wnd = 0;
	out(ACK, .seq = c->snd_nxt, .ack = c->rcv_nxt, .wnd = 0);
}

/* Nothing is left of it, whatever became of it. */
static void
forget(struct wire *w)
{
	const struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);
	struct wire_frame *f;
	struct wire_event *e;

	rs_stack_kill(stack(), &tuple);
	wire_run(w, NULL, 0);
	while ((f = TAILQ_FIRST(&w->sent)) != NULL) {
		TAILQ_REMOVE(&w->sent, f, next);
		free(f);
	}
	while ((e = TAILQ_FIRST(&w->events)) != NULL) {
		TAILQ_REMOVE(&w->events, e, next);
		free(e);
	}
	w->checked = *rs_stack_stats(stack());
	w->take = UINT64_MAX;
}

/*
 * What came of a segment.
 */

static void
answered(struct wire *w, const struct table_end *end, uint16_t lport)
{
	if (end->may_ack && !TAILQ_EMPTY(&w->sent)) {
		out(ACK, .seq = end->conn.snd_nxt, .ack = end->conn.rcv_nxt);
	} else if (end->new_iss) {
		uint32_t iss = out(end->answer, .lport = lport, .ack = end->ack);

		/* MAY-2 (1); without a connection before, 5100 is any number */
		check(w->param != RS_TIME_WAIT || iss - end->conn.snd_nxt - 1 < INT32_MAX);
	} else if (end->answer != 0) {
		out(end->answer, .lport = lport, .seq = end->seq, .ack = end->ack);
	}
	quiet();
}

static void
user_told(struct wire *w, const struct table_end *end, const char *text)
{
	uint32_t i;

	/* The connection in TIME-WAIT was told its end before. */
	for (i = 0; i < end->n_told; i++) {
		if (end->told[i].what == DATA)
			told(DATA, .data = text + end->data_off, .len = end->told[i].arg);
		else
			told(end->told[i].what, .arg = end->told[i].arg);
	}
	nothing_told();
}

static void
counters(struct wire *w, const struct table_end *end)
{
	const struct rs_stats *s = rs_stack_stats(stack());
	enum rs_reset_reason r = end->reset;
	enum rs_reset_verdict v = end->verdict;

	if (r != RS_RESET_MAX)
		wire_moved(HERE, rs_reset_reason_names[r].name, &s->reset_sent[r],
			&w->checked.reset_sent[r], 1);
	if (v != RS_VERDICT_MAX)
		wire_moved(HERE, rs_reset_verdict_names[v].name, &s->reset_received[v],
			&w->checked.reset_received[v], 1);
	check(memcmp(s->reset_sent, w->checked.reset_sent, sizeof(s->reset_sent)) == 0);
	check(memcmp(s->reset_received, w->checked.reset_received,
		sizeof(s->reset_received)) == 0);
}

static void
variables(struct wire *w, const struct table_end *end)
{
	const struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);
	const struct table_conn *c = &end->conn;
	struct rs_conn_info info = { .state = RS_CLOSED };

	wire_state(HERE, WIRE_LPORT, WIRE_RPORT, c->state);
	if (rs_stack_inspect(stack(), &tuple, &info) != 0)
		return;
	/* SYN-SENT has none yet */
	check(c->state == RS_SYN_SENT || info.rcv_nxt == w->base + c->rcv_nxt);
	if (!end->new_iss) {
		check(info.snd_una == c->snd_una);
		check(info.snd_nxt == c->snd_nxt);
	}
}

/* One segment arrives. */
static void
arrives(struct wire *w, const struct table_conn *c, struct wire_seg *s)
{
	struct table_end end;
	char text[200];

	wire_print(s, text, sizeof(text));
	snprintf(w->about, sizeof(w->about), "%s, RCV.NXT %u RCV.WND %u SND.UNA %u SND.NXT %u: %s",
		rs_state_names[c->state], c->rcv_nxt, c->rcv_wnd, c->snd_una, c->snd_nxt, text);
	table_segment_arrives(c, s, &end);
	wire_in(HERE, s, 1);
	answered(w, &end, s->lport);
	user_told(w, &end, s->data);
	counters(w, &end);
	variables(w, &end);
}

/*
 * Classes of numbers.
 */

enum { SEQ_CLASSES = 12, ACK_CLASSES = 10 };

static uint32_t
seq_class(const struct table_conn *c, unsigned int class, uint32_t len)
{
	const uint32_t from_rcv_nxt[SEQ_CLASSES] = {
		0u - BIG, 0u - len, 1u - len, UINT32_MAX, 0, 1, 1000, c->rcv_wnd - len,
		c->rcv_wnd - 1, c->rcv_wnd, BIG, 2u * BIG,
	};

	return c->rcv_nxt + from_rcv_nxt[class];
}

static uint32_t
ack_class(const struct table_conn *c, unsigned int class)
{
	const uint32_t numbers[ACK_CLASSES] = {
		c->snd_una - c->max_snd_wnd - 1, c->snd_una - c->max_snd_wnd, c->snd_una - 1,
		c->snd_una, c->snd_una + 1, c->snd_nxt - 1, c->snd_nxt, c->snd_nxt + 1,
		c->snd_nxt + BIG, c->snd_nxt + 2u * BIG,
	};

	return numbers[class];
}

/* The flags of this run, with each class of numbers, into connections of this kind. */
static void
every_class(struct wire *w, struct table_conn (*kind)(struct wire *w), uint16_t lport)
{
	unsigned int seq, ack, text;

	w->tcp.ack_delay_ms = 0;
	for (seq = 0; seq < SEQ_CLASSES; seq++) {
		for (ack = 0; ack < ACK_CLASSES; ack++) {
			for (text = 0; text <= TEXT; text += TEXT) {
				struct table_conn c = kind(w);
				uint32_t len = text + ((w->flags & SYN) != 0) +
					((w->flags & FIN) != 0);
				struct wire_seg s = seg(w->flags, .lport = lport,
					.seq = seq_class(&c, seq, len),
					.ack = ack_class(&c, ack), .data = bytes(2000),
					.len = text, .up = URGENT_POINTER);

				if (text == 0)
					s.data = NULL;
				arrives(w, &c, &s);
				forget(w);
			}
		}
	}
	w->about[0] = '\0';
}

static struct table_conn
in_state(struct wire *w)
{
	return bring(w, w->param);
}

static struct table_conn
in_state_with_closed_window(struct wire *w)
{
	struct table_conn c = bring(w, w->param);

	close_window(w, &c);
	return c;
}

WIRE_TABLE(table_closed, IN(CLOSED), "3.10.7.1", "")
{
	every_class(w, in_state, WIRE_LPORT_CLOSED);
}

WIRE_TABLE(table_listen, IN(LISTEN), "3.10.7.2", "")
{
	every_class(w, in_state, WIRE_LPORT);
}

WIRE_TABLE(table_syn_received, IN(SYN_RECEIVED), "3.10.7.4", "")
{
	every_class(w, in_state, WIRE_LPORT);
}

/* RFC 9293 3.5, figure 7 */
static struct table_conn
both_have_opened(struct wire *w)
{
	struct wire_tcb t = both_open();

	return (struct table_conn){
		.state = RS_SYN_RECEIVED, .active = true, .snd_una = t.snd_una,
		.snd_nxt = t.snd_nxt, .rcv_nxt = t.rcv_nxt, .rcv_wnd = t.rcv_wnd,
	};
}

WIRE_TABLE(table_syn_sent, IN(SYN_SENT), "3.10.7.3", "MUST-10")
{
	every_class(w, in_state, WIRE_LPORT);
}

WIRE_TABLE(table_both_open, IN(SYN_RECEIVED), "3.10.7.4", "MUST-10 MUST-11")
{
	every_class(w, both_have_opened, WIRE_LPORT);
}

WIRE_TABLE(table_synchronized, SYNCHRONIZED, "3.10.7.4, RFC 5961", "")
{
	every_class(w, in_state, WIRE_LPORT);
}

WIRE_TABLE(table_window_closed, IN(ESTABLISHED) | IN(FIN_WAIT_1) | IN(FIN_WAIT_2),
	"3.10.7.4 first", "MUST-66")
{
	w->tcp.rcv_buf = SMALL_WINDOW;
	every_class(w, in_state_with_closed_window, WIRE_LPORT);
}
