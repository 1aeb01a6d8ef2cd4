/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * RACK-TLP (RFC 8985): a segment is lost if one that was sent some time later has been delivered
 * (6.2), and a tail loss probe makes the peer acknowledge the end of a flight (7). The steps are
 * those of section 6.2. The scoreboard lists ranges in flight by time of transmission.
 */

#include <rte_common.h>

#include "base/seq.h"
#include "tcp/loss/loss.h"

/* Recoveries for which a larger reordering window stays (6.2 step 4). */
#define REO_WND_PERSIST 16

/* TLP.max_ack_delay: longest delay of the peer's ACK of a single segment, milliseconds. */
#define MAX_ACK_DELAY_MS 200

/* PTO without a sample of the round-trip time, milliseconds (7.2). */
#define PTO_INITIAL_MS 1000

void
rs_rack_init(struct rs_rack *rack, const struct rs_tcb *tcb)
{
	/* Only SRTT is left of earlier samples; the next sample corrects min_rtt. */
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

/* Whether an ACK is of a transmission before the last: its TSecr is older, or it is too early. */
static bool
acks_earlier_transmission(const struct rs_ack *ack, uint32_t rtt)
{
	if ((ack->tcb->flags & RS_F_TS) != 0 && ack->opt->has_ts) {
		uint32_t age = rs_ts_now(ack->tcp, ack->tcb) - ack->opt->tsecr;

		/* the timestamp clock has a granularity of a millisecond */
		if ((uint64_t)age * 1000 > (uint64_t)rtt + 1000)
			return true;
	}
	return rtt < ack->snd->rack.min_rtt;
}

void
rs_rack_delivered(const struct rs_ack *ack, const struct rs_range *range)
{
	struct rs_rack *rack = &ack->snd->rack;
	uint32_t rtt = rs_range_rtt(range, ack->tcp->now);

	/* Step 1: Update RACK.min_RTT */
	if (!range->resent && (rack->min_rtt == 0 || rtt < rack->min_rtt))
		rack->min_rtt = rtt;
	/* Step 2: Update the state for the most recently sent segment that was delivered */
	if (range->resent && acks_earlier_transmission(ack, rtt))
		return;
	if (rack->rtt == 0 || sent_after(range->sent, range->end, rack->xmit_ts, rack->end_seq)) {
		rack->rtt = rtt;
		rack->xmit_ts = range->sent;
		rack->end_seq = range->end;
	}
	/* Step 3: Detect data segment reordering */
	if (rs_seq_gt(range->end, rack->fack))
		rack->fack = range->end;
	else if (rs_seq_lt(range->end, rack->fack) && !range->resent)
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

/* Whether DupThresh segments have been SACKed, by the rule of RFC 6675 4 (IsLost()). */
static bool
dup_thresh_sacked(const struct rs_sender *snd)
{
	return snd->dup_acks >= RS_DUP_THRESH ||
	       snd->board.sacked > (RS_DUP_THRESH - 1) * snd->cc.mss;
}

uint32_t
rs_rack_reo_wnd(const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	const struct rs_rack *rack = &snd->rack;
	uint64_t wnd = (uint64_t)rack->reo_wnd_mult * rack->min_rtt / 4;

	if (!rack->reordering_seen && (rs_recovery_repairs(snd) || dup_thresh_sacked(snd)))
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
		const struct rs_range *range = rs_range_at(tcp, index);
		uint32_t waited = rs_range_age(range, tcp->now);

		next = range->newer;
		if (!sent_after(rack->xmit_ts, rack->end_seq, range->sent, range->end))
			break; /* the ranges behind it were sent even later */
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
	/* 7.2: no probe in a recovery, with anything SACKed, or after a probe */
	if (snd->recovery != RS_RECOVERY_NONE || snd->board.sacked > 0 || snd->board.lost > 0 ||
	    snd->tlp.out || (snd->tlp.owed & RS_PROBE_TAIL) != 0)
		return 0;
	return rs_tlp_pto_alone(tcb);
}

uint32_t
rs_tlp_pto_alone(const struct rs_tcb *tcb)
{
	uint32_t pto = PTO_INITIAL_MS;

	/* 7.2: no probe without SACK */
	if ((tcb->flags & RS_F_SACK) == 0 || tcb->snd_wnd == 0 || tcb->backoff > 0)
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
		tlp->out = false; /* the data that the probe repeated has arrived, too */
	} else if (rs_seq_gt(una, tlp->end_seq)) {
		tlp->out = false;
		/* the probe repaired a loss */
		rs_recovery_reduce(ack->tcp, ack->tcb, ack->snd, tlp->flight);
	} else if (ack->duplicate && ack->opt->n_sack == 0) {
		tlp->out = false; /* the peer got the data twice and does not report D-SACK */
	}
}
