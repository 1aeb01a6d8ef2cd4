/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Invariants of every connection between two runs, checked by tests: above all, each
 * connection has a timer that will end it (RFC 9293 3.8, 3.9.1.5 to 3.10.8).
 */

#include "base/seq.h"
#include "tcp/loss/sender.h"
#include "tcp/tcp.h"

/* Check that the ranges cover the bytes in flight, and that the sums match them. */
static const char *
audit_scoreboard(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_scoreboard *sb)
{
	uint32_t seq = tcb->snd_una, n = 0, sacked = 0, lost = 0, prev = 0;
	uint32_t index;

	for (index = sb->first; index != 0; index = rs_range_at(tcp, index)->next) {
		const struct rs_range *sent = rs_range_at(tcp, index);

		if (sent->seq != seq || !rs_seq_lt(sent->seq, sent->end) || sent->prev != prev)
			return "the scoreboard has a gap";
		if (sent->state == RS_RANGE_SACKED)
			sacked += sent->end - sent->seq;
		else if (sent->state == RS_RANGE_LOST)
			lost += sent->end - sent->seq;
		seq = sent->end;
		prev = index;
		n++;
	}
	if (seq != tcb->snd_nxt || prev != sb->last)
		return "the scoreboard does not end at SND.NXT";
	if (n != sb->n || sacked != sb->sacked || lost != sb->lost)
		return "the scoreboard's sums are wrong";
	return NULL;
}

/* Check that a busy block can be evicted, and knows its connection. */
static const char *
audit_busy(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_busy *busy)
{
	bool ooo = (busy->lists & 1 << RS_BUSY_OOO) != 0;
	bool stalled = (busy->lists & 1 << RS_BUSY_STALLED) != 0;

	if (busy->tcb != rs_tcb_index(tcp, tcb))
		return "a busy block is another connection's";
	if (busy->light && (busy->sender != 0 || tcb->snd_una == tcb->snd_nxt))
		return "a light flight has a sender, or is over";
	if (busy->ooo.head != 0 && !ooo)
		return "out-of-order text cannot be evicted";
	if (stalled != (busy->stall != RS_STALL_NONE) || (busy->rcv.head != 0 && !stalled))
		return "a stalled connection cannot be evicted";
	return NULL;
}

/* Whether data or our FIN waits to be sent. */
static bool
has_unsent(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return rs_rtx_unsent(tcp, tcb) > 0 || rs_tcb_fin_unsent(tcb);
}

/* Check that the timers that the state needs are running. */
static const char *
audit_timers(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const uint32_t any = RS_F_T_RTX | RS_F_T_ACK | RS_F_T_LIFE;
	bool rtx = (tcb->flags & RS_F_T_RTX) != 0;
	bool life = (tcb->flags & RS_F_T_LIFE) != 0;
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	bool ready = (tcb->flags & RS_F_READY) != 0 || (busy != NULL && busy->bulk);

	/* of a connection whose turn of output is to come, the turn may arm the wheel */
	if ((tcb->flags & any) != 0 && (tcb->flags & RS_F_TIMER) == 0 && !ready)
		return "a timer that is set is not in the wheel";
	if (tcb->state == RS_TIME_WAIT)
		return life ? NULL : "TIME-WAIT without its timer";
	if (tcb->state == RS_SYN_SENT || tcb->state == RS_SYN_RECEIVED)
		return life ? NULL : "no time limit on an open";
	if (tcb->snd_una != tcb->snd_nxt) {
		if (!rtx)
			return "something is in flight, and no timer runs";
		if (!life && tcb->snd_wnd != 0)
			return "something is in flight without R2";
		return NULL;
	}
	if (has_unsent(tcp, tcb))
		return rtx || ready ? NULL : "something waits to be sent, and no timer runs";
	if (rs_tcb_synchronized(tcb) && (tcb->flags & RS_F_LIMIT) != 0 && !life)
		return "a time limit of the service without its timer";
	if (tcb->state == RS_FIN_WAIT_2 && (tcb->flags & RS_F_RX_CLOSED) != 0 && !life)
		return "closed on both sides, and nothing ends the wait for the FIN";
	if ((tcb->flags & RS_F_KEEPALIVE) != 0 && !life && !rs_tcb_over(tcb))
		return "keep-alive without its timer";
	return NULL;
}

static const char *
audit_connection(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_sender *snd = rs_sender(tcp, tcb);
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	const char *wrong = NULL;

	if (!rs_portset_has(&tcp->lookup, tcb->tuple.lport))
		return "the segments of a connection would be strays";
	if (!rs_seq_leq(tcb->snd_una, tcb->snd_nxt))
		return "SND.UNA is beyond SND.NXT";
	if (busy != NULL && rs_tcb_synchronized(tcb) && (tcb->flags & RS_F_FIN_SENT) == 0 &&
	    busy->snd_len < tcb->snd_nxt - tcb->snd_una)
		return "less is queued than in flight";
	if (busy != NULL)
		wrong = audit_busy(tcp, tcb, busy);
	if (wrong == NULL && snd != NULL)
		wrong = audit_scoreboard(tcp, tcb, &snd->board);
	if (wrong == NULL && snd != NULL && snd->cc.cwnd < RTE_MIN(snd->cc.mss, snd->iw))
		wrong = "cwnd is less than a segment";
	return wrong != NULL ? wrong : audit_timers(tcp, tcb);
}

/* Check that the records of TIME-WAIT are in the table, and in the order in which they expire. */
static const char *
audit_timewaits(const struct rs_tcp *tcp)
{
	const struct rs_timewaits *waits = &tcp->waits;
	uint32_t index, prev = 0, n = 0;

	for (index = waits->oldest; index != 0; index = rs_timewait_at(waits, index)->newer) {
		const struct rs_timewait *tw = rs_timewait_at(waits, index);

		if (tw->older != prev)
			return "the list of TIME-WAIT is broken";
		if (prev != 0 && rs_timewait_age(tw, tcp->tick) >
		    rs_timewait_age(rs_timewait_at(waits, prev), tcp->tick))
			return "a TIME-WAIT stands behind one that expires later";
		if (!rs_portset_has(&tcp->lookup, tw->tuple.lport))
			return "the segments of a TIME-WAIT would be strays";
		if (tw->owes_ack)
			return "a TIME-WAIT owes an ACK between two runs";
		if (rs_conn_find(&tcp->table, &tw->tuple, rs_tuple_hash(&tcp->link->key,
				&tw->tuple)) != (index | RS_CONN_WAITS))
			return "a TIME-WAIT is not in the table";
		prev = index;
		n++;
	}
	if (prev != waits->newest || n != waits->pool.used)
		return "a TIME-WAIT is not in the list";
	return n <= tcp->stats->states[RS_TIME_WAIT] ? NULL : "the gauge of TIME-WAIT is wrong";
}

/*
 * Check that the list of half-open connections has each of them once: n in all, of which
 * `reopened` are not in the list.
 */
static const char *
audit_half_open(const struct rs_tcp *tcp, uint32_t n, uint32_t reopened)
{
	uint32_t listed = 0;
	uint32_t prev = 0;
	uint32_t index;

	for (index = tcp->half_open.first; index != 0 && listed <= n;
	     index = tcp->tcbs[index].half_next) {
		const struct rs_tcb *tcb = &tcp->tcbs[index];

		if (!rs_half_open_is(tcb) || tcb->half_prev != prev)
			return "the list of half-open connections is broken";
		prev = index;
		listed++;
	}
	if (n != tcp->half_open.n || listed + reopened != n || prev != tcp->half_open.last)
		return "half-open connections are miscounted";
	return NULL;
}

/*
 * Whether a TCB may have an IP header part: until its service is notified of its end. Those that
 * have ended are in a FIFO, or else in the list of the dead, which is not asked here.
 */
static bool
may_have_extra(const struct rs_tcb *tcb)
{
	return tcb->state != RS_CLOSED || (tcb->flags & (RS_F_READY | RS_F_WAITS_POOL)) != 0;
}

const char *
rs_tcp_audit(const struct rs_tcp *tcp)
{
	uint32_t half_open = 0;
	uint32_t reopened = 0;
	int32_t extras = 0;
	const char *wrong;
	uint32_t i;

	for (i = 1; i <= tcp->tcb_pool.fresh; i++) {
		const struct rs_tcb *tcb = &tcp->tcbs[i];

		wrong = tcb->state != RS_CLOSED ? audit_connection(tcp, tcb) : NULL;
		if (wrong != NULL)
			return wrong;
		half_open += rs_half_open_is(tcb);
		reopened += rs_half_open_is(tcb) && (tcb->flags & RS_F_REOPENED) != 0;
		extras += may_have_extra(tcb) && (tcb->flags & RS_F_IP_EXTRA) != 0;
	}
	for (i = tcp->dead; i != 0; i = tcp->tcbs[i].timer.next)
		extras += (tcp->tcbs[i].flags & RS_F_IP_EXTRA) != 0;
	if (rte_hash_count(tcp->ip_extras.index) != extras)
		return "an IP header part belongs to no connection";
	wrong = audit_half_open(tcp, half_open, reopened);
	return wrong != NULL ? wrong : audit_timewaits(tcp);
}
