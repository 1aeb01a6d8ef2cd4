/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * RACK-TLP (RFC 8985): what was sent some time before something that has been delivered is
 * lost (6.2), and a probe of the tail of a flight lets the peer say what was (7). The steps
 * are section 6.2's. What is in flight stands in the scoreboard by time of transmission.
 */

#include <rte_common.h>

#include "base/seq.h"
#include "tcp/loss/loss.h"

/* Recoveries for which a larger reordering window stays (6.2 step 4). */
#define REO_WND_PERSIST 16

/* TLP.max_ack_delay: what a peer may delay the ACK of a single segment, milliseconds. */
#define MAX_ACK_DELAY_MS 200

/* PTO without a sample of the round-trip time, milliseconds (7.2). */
#define PTO_INITIAL_MS 1000

void
rs_rack_init(struct rs_rack *rack, const struct rs_tcb *tcb)
{
	/* SRTT is what is left of the samples before; the next one corrects it. */
	*rack = (struct rs_rack){
		.min_rtt = tcb->srtt,
		.fack = tcb->snd_una,
		.reo_wnd_mult = 1,
	};
}

/* RACK_sent_after() */
static bool
sent_after(uint32_t t1, uint32_t end1, uint32_t t2, uint32_t end2)
{
	return rs_seq_gt(t1, t2) || (t1 == t2 && rs_seq_gt(end1, end2));
}

/* Whether the ACK is of a transmission before the last one, by its timestamp or its haste. */
static bool
of_an_earlier_one(const struct rs_ack *ack, uint32_t rtt)
{
	if ((ack->tcb->flags & RS_F_TS) != 0 && ack->opt->has_ts) {
		uint32_t age = rs_ts_now(ack->tcp, ack->tcb) - ack->opt->tsecr;

		/* a millisecond is the clock's granularity */
		if ((uint64_t)age * 1000 > (uint64_t)rtt + 1000)
			return true;
	}
	return rtt < ack->snd->rack.min_rtt;
}

void
rs_rack_delivered(const struct rs_ack *ack, const struct rs_range *sent)
{
	struct rs_rack *rack = &ack->snd->rack;
	uint32_t rtt = RTE_MAX((uint32_t)ack->tcp->now - sent->sent, 1U);

	/* Step 1: Update RACK.min_RTT */
	if (!sent->again && (rack->min_rtt == 0 || rtt < rack->min_rtt))
		rack->min_rtt = rtt;
	/* Step 2: Update the state for the most recently sent segment that was delivered */
	if (sent->again && of_an_earlier_one(ack, rtt))
		return;
	if (rack->rtt == 0 || sent_after(sent->sent, sent->end, rack->xmit_ts, rack->end_seq)) {
		rack->rtt = rtt;
		rack->xmit_ts = sent->sent;
		rack->end_seq = sent->end;
	}
	/* Step 3: Detect data segment reordering */
	if (rs_seq_gt(sent->end, rack->fack))
		rack->fack = sent->end;
	else if (rs_seq_lt(sent->end, rack->fack) && !sent->again)
		rack->reordering_seen = true;
}

void
rs_rack_dsack(const struct rs_tcb *tcb, struct rs_rack *rack, bool dsack)
{
	if (rack->in_dsack_round && rs_seq_geq(tcb->snd_una, rack->dsack_round))
		rack->in_dsack_round = false;
	if (rack->in_dsack_round || !dsack)
		return;
	rack->in_dsack_round = true;
	rack->dsack_round = tcb->snd_nxt;
	if (rack->reo_wnd_mult < UINT8_MAX)
		rack->reo_wnd_mult++;
	rack->reo_wnd_persist = REO_WND_PERSIST;
}

void
rs_rack_recovered(struct rs_rack *rack)
{
	if (rack->reo_wnd_persist > 0)
		rack->reo_wnd_persist--;
	if (rack->reo_wnd_persist == 0)
		rack->reo_wnd_mult = 1;
}

/* Whether DupThresh segments have been SACKed, as RFC 6675 4 tells it (IsLost()). */
static bool
many_sacked(const struct rs_sender *snd)
{
	return snd->dup_acks >= RS_DUP_THRESH ||
	       snd->board.sacked > (RS_DUP_THRESH - 1) * snd->cc.mss;
}

uint32_t
rs_rack_reo_wnd(const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	const struct rs_rack *rack = &snd->rack;
	uint64_t wnd = (uint64_t)rack->reo_wnd_mult * rack->min_rtt / 4;

	if (!rack->reordering_seen && (snd->recovery == RS_RECOVERY_FAST ||
			snd->recovery == RS_RECOVERY_RTO || many_sacked(snd)))
		return 0;
	return (uint32_t)RTE_MIN(wnd, (uint64_t)tcb->srtt);
}

uint32_t
rs_rack_detect(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd, bool *lost)
{
	const struct rs_rack *rack = &snd->rack;
	uint32_t wait = rack->rtt + rs_rack_reo_wnd(tcb, snd);
	uint32_t timeout = 0;
	uint32_t index, next;

	if (rack->rtt == 0)
		return 0;
	/* Step 5: Detect losses */
	for (index = snd->board.oldest; index != 0; index = next) {
		const struct rs_range *sent = rs_range_at(tcp, index);
		uint32_t waited = (uint32_t)tcp->now - sent->sent;

		next = sent->newer;
		if (!sent_after(rack->xmit_ts, rack->end_seq, sent->sent, sent->end))
			break; /* nor what was sent later */
		if (waited >= wait) {
			rs_range_lose(tcp, &snd->board, index);
			*lost = true;
		} else {
			timeout = RTE_MAX(timeout, wait - waited);
		}
	}
	return timeout;
}

uint32_t
rs_tlp_pto(const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	uint32_t pto = PTO_INITIAL_MS;

	/* 7.2: no probe without SACK, in a recovery, with anything SACKed, or after a probe. */
	if ((tcb->flags & RS_F_SACK) == 0 || snd->recovery != RS_RECOVERY_NONE ||
	    snd->board.sacked > 0 || snd->board.lost > 0 || snd->tlp.out || snd->tlp.owed ||
	    tcb->snd_wnd == 0 || tcb->backoff > 0)
		return 0;
	if (tcb->srtt != 0) {
		pto = (uint32_t)(((uint64_t)tcb->srtt * 2 + 999) / 1000);
		if (tcb->snd_nxt - tcb->snd_una <= tcb->snd_mss)
			pto += MAX_ACK_DELAY_MS;
	}
	return pto;
}

void
rs_tlp_ack(const struct rs_ack *ack)
{
	struct rs_tlp *tlp = &ack->snd->tlp;
	uint32_t una = ack->tcb->snd_una;

	if (!tlp->out || rs_seq_lt(una, tlp->end_seq))
		return;
	if (!tlp->is_retrans || (ack->dsack && ack->dsack_end == tlp->end_seq)) {
		tlp->out = false; /* what it probed for has arrived, too */
	} else if (rs_seq_gt(una, tlp->end_seq)) {
		tlp->out = false;
		/* it repaired a loss */
		rs_recovery_reduce(ack->tcp, ack->tcb, ack->snd, tlp->flight);
	} else if (ack->duplicate && ack->opt->n_sack == 0) {
		tlp->out = false; /* the peer has it twice, and does not know D-SACK */
	}
}
