/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Making and releasing the sender of a connection, and its record of transmissions.
 */

#include <string.h>

#include "base/seq.h"
#include "tcp/loss/loss.h"

/* The bits of the tick that rs_tcb.idle_since holds: 4.6 hours. */
#define IDLE_MASK UINT32_C(0xffffff)

struct rs_sender *
rs_sender(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	return busy != NULL && busy->sender != 0 ? rs_pool_at(&tcp->senders, busy->sender) : NULL;
}

/* Restore the windows that the TCB remembered while the connection was idle. */
static void
recall_windows(const struct rs_busy *busy, struct rs_sender *snd)
{
	struct rs_cc *cc = &snd->cc;

	if (busy->idle.cwnd == 0)
		return;
	cc->cwnd = busy->idle.cwnd * cc->mss;
	if (busy->idle.ssthresh != 0)
		cc->ssthresh = busy->idle.ssthresh * cc->mss;
}

__rte_noinline struct rs_sender *
rs_sender_get(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_busy_at(&tcp->buf, tcb->busy);
	struct rs_sender *snd;

	if (busy->sender != 0)
		return rs_pool_at(&tcp->senders, busy->sender);
	rs_busy_use_queue(&tcp->buf, busy);
	busy->sender = rs_pool_get(&tcp->senders); /* one for each busy block */
	snd = rs_pool_at(&tcp->senders, busy->sender);
	memset(snd, 0, offsetof(struct rs_sender, cc));
	snd->recover = tcb->snd_una - 1;
	snd->full_seq = tcb->snd_una;
	snd->rtt_seq = tcb->snd_una;
	snd->last_sent = tcp->tick - ((tcp->tick - tcb->idle_since) & IDLE_MASK);
	rs_cc_init(&snd->cc, tcp->par.congestion, tcp->par.initial_window, tcb->snd_mss);
	rs_rack_init(&snd->rack, tcb);
	rs_scoreboard_set_mss(&snd->board, tcb->snd_mss);
	snd->iw = snd->cc.cwnd;
	recall_windows(busy, snd);
	snd->begin_cwnd = snd->cc.cwnd;
	if (busy->light)
		rs_light_end(tcp, tcb, busy, snd);
	return snd;
}

struct rs_sender *
rs_sender_of_flight(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	return busy != NULL && busy->light ? rs_sender_get(tcp, tcb) : rs_sender(tcp, tcb);
}

/* A window in segments, rounded to the nearest so that no window shrinks by being stored. */
static uint16_t
window_segments(uint32_t bytes, uint32_t mss)
{
	uint32_t n = (bytes + mss / 2) / mss;

	return (uint16_t)RTE_MAX(1U, RTE_MIN(n, (uint32_t)UINT16_MAX));
}

__rte_noinline void
rs_sender_put(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_busy_at(&tcp->buf, tcb->busy);
	struct rs_sender *snd = rs_sender(tcp, tcb);

	if (snd == NULL)
		return;
	/* The answer to the probe will not be seen, so the probe counts as a repaired loss. */
	if (snd->tlp.out && snd->tlp.is_retrans)
		rs_recovery_reduce(tcp, tcb, snd, snd->tlp.flight);
	if (snd->cc.cwnd != snd->begin_cwnd) {
		busy->idle.cwnd = window_segments(snd->cc.cwnd, snd->cc.mss);
		busy->idle.ssthresh = snd->cc.ssthresh == RS_CC_NO_LIMIT ? 0 :
			window_segments(snd->cc.ssthresh, snd->cc.mss);
	}
	if ((tcb->flags & RS_F_T_RTX) == 0)
		tcb->idle_since = snd->last_sent & IDLE_MASK;
	tcb->flags &= ~(uint32_t)RS_F_T_PACE;
	rs_range_clear(tcp, &snd->board);
	rs_pool_put(&tcp->senders, busy->sender);
	busy->sender = 0;
}

void
rs_sender_restart(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd)
{
	if (snd->cc.cwnd <= snd->iw ||
	    tcp->tick - snd->last_sent <= rs_rtt_rto(&tcp->par, tcb))
		return;
	snd->cc.cwnd = snd->iw;
	snd->cc.ops->init(&snd->cc);
	tcp->stats->tcp.idle_restarts++;
}

void
rs_sender_turn_done(const struct rs_tcb *tcb, struct rs_sender *snd)
{
	uint32_t pipe = rs_sender_pipe(tcb, snd);

	/* In slow start half a window counts as full, because cwnd may just have doubled. Data
	 * that pacing holds back is limited by the window, too. */
	if ((tcb->flags & RS_F_T_PACE) != 0 || pipe + snd->cc.mss > snd->cc.cwnd ||
	    (rs_cc_in_slow_start(&snd->cc) && pipe >= snd->cc.cwnd / 2))
		snd->full_seq = tcb->snd_nxt;
}

/* A recovery retransmitted n bytes: record them, to detect later that it was spurious. */
static void
note_retransmission(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t seq, uint32_t n)
{
	if (!rs_recovery_repairs(snd))
		return;
	if (!snd->undo_sent) {
		snd->undo_ts = rs_ts_now(tcp, tcb);
		snd->undo_seq = seq;
	}
	snd->undo_sent = true;
	snd->undo_bytes += n;
}

void
rs_sender_sent(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t seq, uint32_t end, uint32_t nxt)
{
	uint32_t new_seq = rs_seq_max(seq, nxt);

	if (rs_seq_lt(seq, nxt)) {
		uint32_t old_end = rs_seq_lt(end, nxt) ? end : nxt;

		rs_range_resent(tcp, &snd->board, seq, old_end);
		note_retransmission(tcp, tcb, snd, seq, old_end - seq);
	}
	if (rs_seq_gt(end, new_seq))
		rs_range_new(tcp, &snd->board, new_seq, end);
	snd->prr_out += end - seq;
	snd->last_sent = tcp->tick;
}

/* Take the busy block of a connection away from it. @return its index, to be given back */
static inline uint32_t
busy_leave(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_busy *busy)
{
	uint32_t index = tcb->busy;

	if (busy->sender != 0)
		rs_sender_put(tcp, tcb);
	if (busy->bulk)
		rs_tcp_bulk_remove(tcp, busy);
	tcb->flags &= (uint32_t)~RS_F_BUSY;
	tcb->idle = busy->idle;
	return index;
}

void
rs_tcb_busy_put(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_BUSY) != 0)
		rs_busy_put(&tcp->buf, busy_leave(tcp, tcb, rs_busy_at(&tcp->buf, tcb->busy)));
}

void
rs_tcb_busy_put_empty(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_busy_at(&tcp->buf, tcb->busy);

	RTE_ASSERT(rs_busy_is_empty(busy));
	/* RCV.UP is kept until the service has taken the data before it. */
	if (busy->urgent && rs_seq_gt(busy->rcv_up, tcb->rcv_nxt))
		return;
	if (busy->dsack.left != busy->dsack.right)
		return; /* the next segment reports it first */
	rs_busy_put_empty(&tcp->buf, busy_leave(tcp, tcb, busy));
}
