/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Pacing by credit: time adds bytes at the rate that congestion control asks for, and new data
 * spends them. Retransmissions are not paced, because recovery has a rate of its own (RFC 6937).
 */

#include <rte_common.h>

#include "base/seq.h"
#include "tcp/loss/loss.h"

/* Segments that may be sent at once at any rate: an initial window (RFC 6928 2). */
#define BURST 10U

/* Two ticks. So much time may earn credit, so a timer that is one tick late loses none. */
#define BURST_US 2000U

/* Bytes of credit for the time since the last count, limited to a burst. */
static uint32_t
earn_credit(const struct rs_tcb *tcb, const struct rs_sender *snd, uint64_t now)
{
	uint64_t us = RTE_MIN(now - snd->pacing.counted, (uint64_t)tcb->srtt);
	uint64_t bytes = snd->cc.ops->per_rtt(&snd->cc) * us / tcb->srtt;
	uint64_t burst = BURST * snd->cc.mss;

	if (bytes > burst && us > BURST_US)
		bytes = RTE_MAX(bytes * BURST_US / us, burst);
	return (uint32_t)bytes;
}

/* A round trip that is shorter than the timer's grain is not paced. */
static bool
is_paced(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	return tcp->par.pacing && snd->cc.ops->per_rtt != NULL && tcb->srtt >= BURST_US;
}

bool
rs_pacing_allows(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd, uint32_t n)
{
	struct rs_pacing *pacing = &snd->pacing;

	if (!is_paced(tcp, tcb, snd))
		return true;
	if (tcb->snd_una == tcb->snd_nxt) { /* a new flight begins */
		pacing->credit = RTE_MAX(BURST * snd->cc.mss, n);
		pacing->counted = tcp->now;
	} else if (pacing->credit < n) {
		pacing->credit += earn_credit(tcb, snd, tcp->now);
		pacing->counted = tcp->now;
	}
	if (pacing->credit >= n) {
		pacing->credit -= n;
		return true;
	}
	tcp->stats->tcp.paced++;
	pacing->due = tcp->tick + 1;
	tcb->flags |= RS_F_T_PACE;
	rs_timer_arm(&tcp->wheel, rs_tcb_index(tcp, tcb), pacing->due);
	return false;
}

uint32_t
rs_pacing_take(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t n, uint32_t piece)
{
	struct rs_pacing *pacing = &snd->pacing;

	if (!is_paced(tcp, tcb, snd))
		return n - n % piece;
	if (pacing->credit < n) {
		pacing->credit += earn_credit(tcb, snd, tcp->now);
		pacing->counted = tcp->now;
	}
	n = RTE_MIN(n, pacing->credit);
	n -= n % piece;
	pacing->credit -= n;
	return n;
}

void
rs_pacing_give(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t n)
{
	if (is_paced(tcp, tcb, snd))
		snd->pacing.credit += n;
}

void
rs_pacing_due(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t due = rs_sender(tcp, tcb)->pacing.due;

	if (rs_seq_leq(due, tcp->tick)) {
		tcb->flags &= ~(uint32_t)RS_F_T_PACE;
		rs_tcp_owe(tcp, tcb, RS_OWES_DATA);
	} else {
		rs_timer_arm(&tcp->wheel, rs_tcb_index(tcp, tcb), due);
	}
}
