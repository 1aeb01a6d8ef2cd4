/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * RFC 9293 3.10.7 in the order of its text, with what RFC 5961 (sections 3, 4, 5) and
 * RFC 1337 put in its place. Where the text leaves a choice, lib/README.md says which.
 */

#include "table.h"

/* One segment under examination. SEG.LEN counts SYN and FIN (3.4). */
struct arrival {
	uint8_t flags;
	uint32_t seq, ack, text, len, up;
	struct table_conn *c;
	struct table_end *e;
};

/* a is before b on the circle of 2^32 numbers. */
static bool
before(uint32_t a, uint32_t b)
{
	return a != b && b - a < UINT32_C(1) << 31;
}

static bool
in_window(const struct table_conn *c, uint32_t seq)
{
	return seq - c->rcv_nxt < c->rcv_wnd;
}

static void
tell(struct arrival *a, enum wire_told what, uint32_t arg)
{
	a->e->told[a->e->n_told].what = what;
	a->e->told[a->e->n_told++].arg = arg;
}

/* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, of the connection as it is at the end. */
static void
answer_ack(struct arrival *a)
{
	a->e->answer = ACK;
}

/* 3.5.2: the reset that a segment without a connection, or of a bad ACK, is owed. */
static void
answer_reset(struct arrival *a, enum rs_reset_reason reason)
{
	a->e->reset = reason;
	if ((a->flags & ACK) != 0) {
		a->e->answer = RST;
		a->e->seq = a->ack;
		return;
	}
	a->e->answer = RST | ACK;
	a->e->seq = 0;
	a->e->ack = a->seq + a->len;
}

/* 3.10.7.1 */
static void
closed(struct arrival *a)
{
	if ((a->flags & RST) != 0)
		a->e->verdict = RS_VERDICT_ignored_closed;
	else
		answer_reset(a, (a->flags & (SYN | ACK)) == SYN ? RS_RESET_no_listener :
			RS_RESET_no_connection);
}

/* Answer a SYN: <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>. Its text and FIN are sent again. */
static void
syn_received(struct arrival *a)
{
	a->c->state = RS_SYN_RECEIVED;
	a->c->rcv_nxt = a->seq + 1;
	a->e->answer = SYN | ACK;
	a->e->new_iss = true;
}

/* 3.10.7.2 */
static void
listen_state(struct arrival *a)
{
	if ((a->flags & RST) != 0)
		a->e->verdict = RS_VERDICT_ignored_listen;
	else if ((a->flags & ACK) != 0)
		answer_reset(a, RS_RESET_listen_bad_ack);
	else if ((a->flags & SYN) != 0)
		syn_received(a);
}

/* The user is told that the peer has reset the connection, or refused to open one. */
static void
reset_told(struct arrival *a)
{
	struct table_conn *c = a->c;

	a->e->verdict = RS_VERDICT_accepted;
	if (c->state == RS_SYN_SENT || (c->state == RS_SYN_RECEIVED && c->active))
		tell(a, ENDED, RS_END_REFUSED);
	else if (c->state != RS_SYN_RECEIVED)
		tell(a, ENDED, RS_END_RESET);
	c->state = RS_CLOSED;
}

/* First: table 6. With a closed window, ACK, URG and RST at RCV.NXT are still processed. */
static bool
step_1(struct arrival *a)
{
	const struct table_conn *c = a->c;

	if (c->rcv_wnd == 0 ? a->seq == c->rcv_nxt : in_window(c, a->seq) ||
			(a->len > 0 && in_window(c, a->seq + a->len - 1)))
		return true;
	answer_ack(a);
	return false;
}

/* Second, as RFC 5961 3.2 has it: only SEG.SEQ counts. */
static void
step_2(struct arrival *a)
{
	struct table_conn *c = a->c;

	if (a->seq != c->rcv_nxt && !in_window(c, a->seq)) {
		a->e->verdict = RS_VERDICT_out_of_window;
	} else if (c->state == RS_TIME_WAIT) { /* RFC 1337 */
		a->e->verdict = RS_VERDICT_ignored_time_wait;
	} else if (a->seq != c->rcv_nxt) {
		a->e->verdict = RS_VERDICT_challenged;
		answer_ack(a);
	} else {
		reset_told(a);
	}
}

/* Fourth: a SYN in the window. */
static void
step_4(struct arrival *a)
{
	if (a->c->state == RS_SYN_RECEIVED && !a->c->active)
		a->c->state = RS_CLOSED; /* back to LISTEN: there is no connection */
	else
		answer_ack(a); /* RFC 5961 4.2 */
}

/* Fifth, SYN-RECEIVED. */
static bool
ack_in_syn_received(struct arrival *a)
{
	struct table_conn *c = a->c;

	if (!before(c->snd_una, a->ack) || before(c->snd_nxt, a->ack)) {
		answer_reset(a, RS_RESET_syn_received_bad_ack);
		return false;
	}
	c->state = RS_ESTABLISHED;
	c->snd_una = a->ack;
	tell(a, OPENED, 0);
	return true;
}

/* Fifth, what acknowledges our FIN: it has the last number that was sent. */
static bool
fin_acknowledged(struct arrival *a)
{
	struct table_conn *c = a->c;

	switch (c->state) {
	case RS_FIN_WAIT_1:
		c->state = RS_FIN_WAIT_2;
		return true;
	case RS_CLOSING:
		c->state = RS_TIME_WAIT;
		tell(a, ENDED, RS_END_CLOSED);
		return true;
	case RS_LAST_ACK:
		c->state = RS_CLOSED;
		tell(a, ENDED, RS_END_CLOSED);
		return false;
	default:
		return true;
	}
}

/* Fifth: the ACK field. @return whether to go on */
static bool
step_5(struct arrival *a)
{
	struct table_conn *c = a->c;
	uint32_t oldest = c->snd_una - c->max_snd_wnd;

	if ((a->flags & ACK) == 0)
		return false;
	if (c->state == RS_SYN_RECEIVED)
		return ack_in_syn_received(a);
	if (a->ack - oldest > c->snd_nxt - oldest) { /* RFC 5961 5.2 */
		answer_ack(a);
		return false;
	}
	if (before(c->snd_una, a->ack)) {
		c->snd_una = a->ack;
		if (a->ack == c->snd_nxt)
			return fin_acknowledged(a);
	}
	return true;
}

/* Whether the peer may still send: it has not closed. */
static bool
receives(const struct table_conn *c)
{
	return c->state == RS_ESTABLISHED || c->state == RS_FIN_WAIT_1 ||
	       c->state == RS_FIN_WAIT_2;
}

/* Sixth: the urgent pointer is the number of the octet behind the urgent data (3.8.5). */
static void
step_6(struct arrival *a)
{
	uint32_t taken = a->c->rcv_nxt - a->c->unread;
	uint32_t up = a->seq + a->up;

	if ((a->flags & URG) != 0 && before(taken, up))
		tell(a, URGENT, up - taken);
}

/* Seventh: text, cut to the window. @return whether the FIN, if there is one, is next */
static bool
step_7(struct arrival *a)
{
	struct table_conn *c = a->c;
	uint32_t old = before(a->seq, c->rcv_nxt) ? c->rcv_nxt - a->seq : 0;
	uint32_t room = c->rcv_nxt + c->rcv_wnd - (a->seq + old);
	uint32_t fresh;

	if (a->len > 0)
		answer_ack(a);
	if (old > a->text || before(c->rcv_nxt, a->seq))
		return false; /* nothing new, or kept until what is missing is there */
	fresh = RTE_MIN(a->text - old, room);
	if (fresh > 0) {
		tell(a, DATA, fresh);
		a->e->data_off = old;
		c->rcv_nxt += fresh;
		c->rcv_wnd -= fresh;
	}
	return fresh == a->text - old && room > fresh;
}

/* Eighth: the FIN is next. */
static void
step_8(struct arrival *a)
{
	struct table_conn *c = a->c;

	c->rcv_nxt++;
	tell(a, PEER_CLOSED, 0);
	if (c->state == RS_ESTABLISHED) {
		c->state = RS_CLOSE_WAIT;
	} else if (c->state == RS_FIN_WAIT_1) {
		c->state = RS_CLOSING;
	} else {
		c->state = RS_TIME_WAIT;
		tell(a, ENDED, RS_END_CLOSED);
	}
}

/* What of a segment comes behind its SYN: 3.10.7.4 lets what lies outside be trimmed off. */
static void
trim_syn(struct arrival *a)
{
	a->flags &= (uint8_t)~SYN;
	a->seq++;
	a->len--;
	a->up--;
}

/* Sixth to eighth. */
static void
text_and_fin(struct arrival *a)
{
	step_6(a);
	if (step_7(a) && (a->flags & FIN) != 0)
		step_8(a);
}

/* 3.10.7.3; before the SYN came there is no RCV.NXT. */
static void
syn_sent(struct arrival *a)
{
	struct table_conn *c = a->c;
	bool acks = (a->flags & ACK) != 0;

	if (acks && (!before(c->snd_una, a->ack) || before(c->snd_nxt, a->ack))) {
		if ((a->flags & RST) != 0)
			a->e->verdict = RS_VERDICT_bad_ack;
		else
			answer_reset(a, RS_RESET_syn_sent_bad_ack);
		return;
	}
	if ((a->flags & RST) != 0) {
		a->e->verdict = RS_VERDICT_bad_ack;
		if (acks)
			reset_told(a);
		return;
	}
	if ((a->flags & SYN) == 0)
		return;
	c->rcv_nxt = a->seq + 1;
	if (!acks) {
		c->state = RS_SYN_RECEIVED;
		c->active = true;
		a->e->answer = SYN | ACK;
		a->e->seq = c->snd_una;
		return;
	}
	c->state = RS_ESTABLISHED;
	c->snd_una = a->ack;
	answer_ack(a);
	tell(a, OPENED, 0);
	trim_syn(a);
	text_and_fin(a);
}

/* 3.10.7.4 */
static void
other_states(struct arrival *a)
{
	struct table_conn *c = a->c;

	if ((a->flags & RST) != 0) {
		step_2(a);
		return;
	}
	/* MAY-2: a SYN beyond all that the last connection had opens a new one. */
	if (c->state == RS_TIME_WAIT && (a->flags & (SYN | ACK)) == SYN &&
			(a->seq == c->rcv_nxt || before(c->rcv_nxt, a->seq))) {
		syn_received(a);
		return;
	}
	/* Figure 7: a SYN,ACK whose SYN was here before; only its ACK is new. */
	if (c->state == RS_SYN_RECEIVED && c->active && a->seq + 1 == c->rcv_nxt &&
			(a->flags & (SYN | ACK)) == (SYN | ACK))
		trim_syn(a);
	if (!step_1(a))
		return;
	if ((a->flags & SYN) != 0) {
		step_4(a);
		return;
	}
	if (!step_5(a))
		return;
	if (!receives(c)) {
		/* Text and FIN behind the peer's FIN are ignored. */
		a->e->may_ack = a->len > 0;
		return;
	}
	text_and_fin(a);
}

void
table_segment_arrives(const struct table_conn *conn, const struct wire_seg *seg,
	struct table_end *end)
{
	struct arrival a = {
		.flags = seg->flags,
		.seq = (uint32_t)seg->seq,
		.ack = (uint32_t)seg->ack,
		.text = seg->len,
		.len = seg->len + ((seg->flags & SYN) != 0) + ((seg->flags & FIN) != 0),
		.up = seg->up,
		.c = &end->conn,
		.e = end,
	};

	*end = (struct table_end){
		.conn = *conn, .reset = RS_RESET_MAX, .verdict = RS_VERDICT_MAX,
	};
	if (conn->state == RS_CLOSED)
		closed(&a);
	else if (conn->state == RS_LISTEN)
		listen_state(&a);
	else if (conn->state == RS_SYN_SENT)
		syn_sent(&a);
	else
		other_states(&a);
	if (end->answer == ACK) {
		end->seq = end->conn.snd_nxt;
		end->ack = end->conn.rcv_nxt;
	} else if (end->answer == (SYN | ACK)) {
		end->ack = end->conn.rcv_nxt;
	}
}
