/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Loss recovery: processing of an ACK that arrives while data is in flight (RFC 2018, 2883,
 * 5681 2), begin and end of a recovery (RFC 5681 3, 6582, 6675, 8985), how much may be sent
 * during it (RFC 6937, 3042), and how a spurious one is undone (RFC 3522, 3708).
 */

#include <rte_tcp.h>

#include "base/seq.h"
#include "tcp/loss/ecn.h"
#include "tcp/loss/loss.h"

/* FlightSize for a reduction, without the segments of limited transmit (RFC 5681 3.2). */
static uint32_t
flight_size(const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	return RTE_MIN(tcb->snd_nxt - tcb->snd_una, snd->cc.cwnd);
}

/* Begin a recovery, or a reduction that recovers nothing. */
static void
recovery_begin(struct rs_tcb *tcb, struct rs_sender *snd, enum rs_recovery how)
{
	rs_ecn_reduced(tcb);
	snd->recovery = (uint8_t)how;
	snd->recover = tcb->snd_nxt;
	snd->tlp.out = false;
	snd->tlp.owed = 0;
}

/* From here on an ACK may show that this recovery is spurious. */
static void
undo_arm(struct rs_sender *snd)
{
	snd->may_undo = true;
	snd->undo_sent = false;
	snd->undo_bytes = 0;
}

void
rs_recovery_reduce(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t flight)
{
	if (snd->recovery != RS_RECOVERY_NONE)
		return;
	tcp->stats->tcp.cwnd_reductions++;
	rs_cc_congestion(&snd->cc, RTE_MIN(flight, snd->cc.cwnd));
	snd->cc.cwnd = snd->cc.ssthresh;
	snd->may_undo = false;
	recovery_begin(tcb, snd, RS_RECOVERY_CWR);
}

/* Proportional rate reduction, with its slow start reduction bound (RFC 6937 3). */
static void
reduce_proportionally(const struct rs_tcb *tcb, struct rs_sender *snd, uint32_t delivered,
	uint32_t least)
{
	uint32_t pipe = rs_sender_pipe(tcb, snd);
	uint32_t ssthresh = snd->cc.ssthresh;
	uint64_t allowed;

	snd->prr_delivered += delivered;
	if (pipe > ssthresh) {
		allowed = ((uint64_t)snd->prr_delivered * ssthresh + snd->prr_flight - 1) /
			snd->prr_flight;
		allowed = allowed > snd->prr_out ? allowed - snd->prr_out : 0;
	} else {
		uint32_t limit = snd->prr_delivered > snd->prr_out ?
			snd->prr_delivered - snd->prr_out : 0;

		allowed = RTE_MIN(ssthresh - pipe, RTE_MAX(limit, delivered) + snd->cc.mss);
	}
	snd->cc.cwnd = pipe + (uint32_t)RTE_MAX(allowed, (uint64_t)least);
}

/* Enter fast recovery. The first lost segment is sent at any rate (RFC 5681 3.2 step 3). */
static void
fast_recovery_enter(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t delivered)
{
	if (unlikely(tcp->paths.n > 0) && rs_path_probe_lost(tcp, tcb, snd))
		return; /* no sign of congestion, so it is only retransmitted (RFC 4821 7.6.2) */
	tcp->stats->tcp.fast_recoveries++;
	if (snd->recovery == RS_RECOVERY_NONE) {
		rs_cc_congestion(&snd->cc, flight_size(tcb, snd));
		undo_arm(snd);
	}
	recovery_begin(tcb, snd, RS_RECOVERY_FAST);
	snd->prr_flight = tcb->snd_nxt - tcb->snd_una;
	snd->prr_delivered = 0;
	snd->prr_out = 0;
	reduce_proportionally(tcb, snd, delivered, snd->cc.mss);
}

/* Duplicate ACKs up to now count for nothing any more. */
static void
forget_duplicates(struct rs_sender *snd)
{
	snd->dup_acks = 0;
	snd->dup_bytes = 0;
}

/* End a recovery: all data that was in flight when it began is acknowledged. */
static void
recovery_end(const struct rs_tcb *tcb, struct rs_sender *snd)
{
	if (snd->recovery == RS_RECOVERY_FAST)
		snd->cc.cwnd = snd->cc.ssthresh; /* RFC 6937 3, RFC 6582 3.2 */
	if (snd->recovery != RS_RECOVERY_CWR)
		rs_rack_recovered(&snd->rack);
	snd->recovery = RS_RECOVERY_NONE;
	snd->undo_until = tcb->snd_nxt;
	forget_duplicates(snd);
}

/* The recovery was spurious: restore the windows and the scoreboard. */
static void
recovery_undo(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd)
{
	tcp->stats->tcp.recoveries_undone++;
	rs_cc_undo(&snd->cc);
	rs_range_undo(tcp, &snd->board);
	snd->may_undo = false;
	snd->recovery = RS_RECOVERY_NONE;
	forget_duplicates(snd);
	if (tcp->paths.n > 0) /* the segments may have been delayed, not too large */
		rs_path_try_again(tcp, tcb);
}

/* Whether the ACK shows that the first transmission of all retransmitted data had arrived. */
static bool
is_spurious(const struct rs_ack *ack)
{
	const struct rs_sender *snd = ack->snd;

	if (!snd->may_undo)
		return false;
	if (!snd->undo_sent)
		/* nothing was retransmitted, and all of the flight is acknowledged */
		return snd->recovery == RS_RECOVERY_FAST && ack->acked > 0 &&
		       rs_seq_geq(ack->tcb->snd_una, snd->recover);
	/* The ACK is of the first retransmission and its timestamp is older (RFC 3522 3.2). An ACK
	 * below that retransmission is of one from an earlier recovery. */
	if ((ack->tcb->flags & RS_F_TS) != 0 && ack->opt->has_ts && ack->acked > 0 &&
	    snd->recovery != RS_RECOVERY_NONE && rs_seq_gt(ack->tcb->snd_una, snd->undo_seq) &&
	    rs_seq_lt(ack->opt->tsecr, snd->undo_ts))
		return true;
	/* or each retransmission was reported as a duplicate (RFC 3708 3) */
	return ack->dsack && snd->undo_bytes == 0;
}

/* Whether this is a duplicate ACK, so a segment has left the network (RFC 5681 2). */
static bool
is_duplicate(const struct rs_tcb *tcb, const struct rs_segment *seg)
{
	return seg->ack == tcb->snd_una && seg->data_len == 0 &&
	       (seg->flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG)) == 0 &&
	       seg->wnd == tcb->snd_wnd && tcb->snd_wnd != 0;
}

/*
 * Without SACK, each duplicate ACK counts as one segment that arrived. An ACK of new data takes
 * as many segments off the count as it acknowledges, but for the one that filled the gap
 * (RFC 6937 3).
 */
static void
count_duplicates(struct rs_ack *ack)
{
	struct rs_sender *snd = ack->snd;
	uint32_t mss = rs_tcp_text_max(ack->tcp, ack->tcb);
	uint32_t flight = ack->tcb->snd_nxt - ack->tcb->snd_una;

	if (ack->acked > 0) {
		uint32_t ended = ack->acked > mss ? ack->acked - mss : 0;

		snd->dup_acks = 0;
		snd->dup_bytes -= RTE_MIN(snd->dup_bytes, ended);
		if (snd->recovery != RS_RECOVERY_FAST)
			snd->dup_bytes = 0;
	} else if (ack->duplicate && snd->recovery != RS_RECOVERY_RTO) {
		/* Before recovery at most two segments beyond cwnd (RFC 3042 2). */
		uint32_t most = snd->recovery == RS_RECOVERY_FAST ? flight : 2 * mss;

		if (snd->dup_acks < UINT8_MAX)
			snd->dup_acks++;
		snd->dup_bytes = RTE_MIN(snd->dup_bytes + mss, most);
	}
	snd->dup_bytes = RTE_MIN(snd->dup_bytes, flight - RTE_MIN(flight, snd->board.lost));
}

/* A range becomes SACKED. The peer sends a SACK at once, so it gives an RTT sample. */
static void
visit_sacked(void *arg, const struct rs_range *range)
{
	struct rs_ack *ack = arg;

	if (range->state == RS_RANGE_IN_FLIGHT && !range->resent)
		ack->rtt = rs_range_rtt(range, ack->tcp->now);
	rs_rack_delivered(ack, range);
}

/*
 * SND.UNA moved over a range. Behind a retransmitted one it gives no RTT sample, because its ACK
 * may have waited for the retransmission.
 */
static void
visit_acked(void *arg, const struct rs_range *range)
{
	struct rs_ack *ack = arg;

	ack->resent |= range->resent;
	ack->rtt = ack->resent ? 0 : rs_range_rtt(range, ack->tcp->now);
	rs_rack_delivered(ack, range);
}

/* Process the first block if it reports a duplicate (RFC 2883 4). @return whether it does */
static bool
read_dsack(struct rs_ack *ack)
{
	const struct rs_sack *sack = ack->opt->sack;
	uint32_t una = ack->tcb->snd_una;
	uint32_t len = sack[0].right - sack[0].left;
	uint32_t max_wnd = (uint32_t)ack->tcb->max_snd_wnd << rs_tcb_snd_shift(ack->tcb);
	bool below = rs_seq_leq(sack[0].right, una) && una - sack[0].left <= max_wnd;
	bool inside = ack->opt->n_sack > 1 && rs_seq_geq(sack[0].left, sack[1].left) &&
		rs_seq_leq(sack[0].right, sack[1].right);

	if (!rs_seq_lt(sack[0].left, sack[0].right) || !(below || inside))
		return false;
	ack->tcp->stats->tcp.rx_dsack++;
	ack->dsack = true;
	ack->dsack_end = sack[0].right;
	ack->snd->undo_bytes -= RTE_MIN(ack->snd->undo_bytes, len);
	return true;
}

/* Process the SACK blocks, lowest first, so that RACK sees no reordering (RFC 2018 5). */
static void
read_sacks(struct rs_ack *ack)
{
	const struct rs_tcb *tcb = ack->tcb;
	uint32_t from = read_dsack(ack) ? 1 : 0;
	uint32_t una = tcb->snd_una;
	struct rs_sack sack[RS_SACK_MAX];
	uint32_t i, j, n = 0;

	for (i = from; i < ack->opt->n_sack; i++) {
		struct rs_sack s = ack->opt->sack[i];

		if (!rs_seq_lt(una, s.left) || !rs_seq_lt(s.left, s.right) ||
		    !rs_seq_leq(s.right, tcb->snd_nxt))
			continue; /* outside of the flight */
		for (j = n++; j > 0 && rs_seq_lt(s.left, sack[j - 1].left); j--)
			sack[j] = sack[j - 1];
		sack[j] = s;
	}
	for (i = 0; i < n; i++)
		rs_range_sacked(ack->tcp, &ack->snd->board, sack[i].left, sack[i].right,
			visit_sacked, ack);
}

/* Update the scoreboard by an ACK, and move SND.UNA. */
static void
update_scoreboard(struct rs_ack *ack, const struct rs_segment *seg)
{
	struct rs_tcb *tcb = ack->tcb;
	struct rs_sender *snd = ack->snd;
	uint32_t known = snd->board.sacked + snd->dup_bytes;

	ack->duplicate = is_duplicate(tcb, seg);
	ack->acked = seg->ack - tcb->snd_una;
	if (ack->acked > 0) {
		tcb->snd_una = seg->ack;
		rs_range_acked(ack->tcp, &snd->board, seg->ack, visit_acked, ack);
		snd->rtx_count = 0;
		if (rs_seq_lt(snd->full_seq, seg->ack))
			snd->full_seq = seg->ack;
		/* keep it within half of the sequence space, however long nothing is lost */
		if (rs_seq_lt(snd->recover, seg->ack - 1))
			snd->recover = seg->ack - 1;
	}
	if ((tcb->flags & RS_F_SACK) != 0) {
		uint32_t sacked = snd->board.sacked;

		if (ack->opt->n_sack > 0)
			read_sacks(ack);
		ack->sacked = snd->board.sacked > sacked;
		if (ack->acked > 0)
			snd->dup_acks = 0;
		else if (ack->sacked && snd->dup_acks < UINT8_MAX)
			snd->dup_acks++;
	} else {
		count_duplicates(ack);
		ack->sacked = ack->duplicate && ack->acked == 0;
	}
	ack->delivered = ack->acked + snd->board.sacked + snd->dup_bytes - known;
	if ((int32_t)ack->delivered < 0)
		ack->delivered = 0; /* without SACK it is an estimate */
}

/*
 * Sample the round-trip time once a round trip, for which RFC 6298 chose alpha and beta. If the
 * data was retransmitted, only a timestamp gives a sample (RFC 7323 4, Karn).
 */
static void
sample_rtt(const struct rs_ack *ack)
{
	struct rs_tcb *tcb = ack->tcb;
	struct rs_sender *snd = ack->snd;
	uint32_t rtt = ack->rtt;
	uint32_t age;

	if (ack->acked == 0 || (rs_seq_leq(tcb->snd_una, snd->rtt_seq) && tcb->backoff == 0))
		return;
	if (rtt == 0 && (tcb->flags & RS_F_TS) != 0 && ack->opt->has_ts) {
		age = rs_ts_now(ack->tcp, tcb) - ack->opt->tsecr;
		/* A TSecr of the future, or too old for 32 bits of microseconds, is forged. */
		if (age <= UINT32_MAX / 1000)
			rtt = RTE_MAX(age, 1U) * 1000;
	}
	if (rtt == 0)
		return;
	rs_rtt_sample(tcb, rtt);
	rs_neigh_progress(ack->tcp->link, tcb->neigh, ack->tcp->tick);
	snd->rtt_seq = tcb->snd_nxt;
}

/* NewReno: detect losses without SACK (RFC 6582 3.2). */
static void
detect_without_sack(struct rs_ack *ack)
{
	struct rs_sender *snd = ack->snd;
	uint32_t una = ack->tcb->snd_una;
	bool third = ack->duplicate && ack->acked == 0 && snd->dup_acks == RS_DUP_THRESH &&
		!rs_recovery_repairs(snd) && rs_seq_gt(una, snd->recover); /* step 2 */
	bool partial = ack->acked > 0 && snd->recovery == RS_RECOVERY_FAST; /* step 3 */
	uint32_t mss = rs_tcp_text_max(ack->tcp, ack->tcb);
	uint32_t end = una + RTE_MIN(mss, ack->tcb->snd_nxt - una);

	if (third)
		snd->dup_bytes = RTE_MIN(RS_DUP_THRESH * mss, ack->tcb->snd_nxt - end);
	if (third || partial)
		ack->lost = rs_range_lose_first(ack->tcp, &snd->board, end);
}

/*
 * Reduce the window for the echo of a mark, once a window of data (RFC 3168 6.1.2): before SND.UNA
 * has passed `recover`, the peer cannot have seen our CWR.
 */
static void
reduce_for_echo(const struct rs_ack *ack)
{
	struct rs_sender *snd = ack->snd;

	if (snd->recovery == RS_RECOVERY_NONE && rs_seq_gt(ack->tcb->snd_una, snd->recover)) {
		ack->tcp->stats->tcp.ecn_reductions++;
		rs_recovery_reduce(ack->tcp, ack->tcb, snd,
			ack->tcb->snd_nxt - ack->tcb->snd_una + ack->acked);
	}
}

/* Adjust the congestion window. */
static void
control_congestion(struct rs_ack *ack, bool limited)
{
	struct rs_sender *snd = ack->snd;
	struct rs_cc_ack cc = {
		.now = ack->tcp->now,
		/* data that was SACKed before says nothing about the path now */
		.acked = RTE_MIN(ack->acked, ack->delivered),
		.snd_una = ack->tcb->snd_una,
		.snd_nxt = ack->tcb->snd_nxt,
		.srtt = ack->tcb->srtt,
		.rtt = ack->rtt,
	};

	if (ack->lost && !rs_recovery_repairs(snd))
		fast_recovery_enter(ack->tcp, ack->tcb, snd, ack->delivered);
	else if (snd->recovery == RS_RECOVERY_FAST)
		reduce_proportionally(ack->tcb, snd, ack->delivered, 0);
	else if (ack->acked > 0 && snd->recovery != RS_RECOVERY_CWR && !ack->echo)
		rs_cc_acked(&snd->cc, &cc, limited);
}

void
rs_recovery_ack(struct rs_ack *ack, const struct rs_segment *seg)
{
	struct rs_tcb *tcb = ack->tcb;
	struct rs_sender *snd = ack->snd;
	bool limited = rs_seq_lt(tcb->snd_una, snd->full_seq);

	update_scoreboard(ack, seg);
	rs_tlp_ack(ack);
	if (ack->acked == 0 && !ack->sacked && !ack->dsack)
		return; /* the ACK reports nothing new */
	sample_rtt(ack);
	/* The D-SACKs for a recovery's retransmissions come before the ACK of data that was sent
	 * after it; later ones are of duplicates that the network made. */
	if (snd->recovery == RS_RECOVERY_NONE && rs_seq_gt(tcb->snd_una, snd->undo_until))
		snd->may_undo = false;
	if (is_spurious(ack))
		recovery_undo(ack->tcp, tcb, snd);
	if (snd->recovery != RS_RECOVERY_NONE && ack->acked > 0 &&
	    rs_seq_geq(tcb->snd_una, snd->recover)) {
		recovery_end(tcb, snd);
	}
	ack->echo = rs_ecn_is_echo(tcb, seg);
	if (ack->echo)
		reduce_for_echo(ack);
	if ((tcb->flags & RS_F_SACK) != 0) {
		rs_rack_dsack(tcb, &snd->rack, ack->dsack);
		ack->reo = rs_rack_detect(ack->tcp, tcb, snd, &ack->lost);
	} else {
		detect_without_sack(ack);
	}
	control_congestion(ack, limited);
}

uint32_t
rs_recovery_reorder(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd)
{
	bool lost = false;
	uint32_t reo = rs_rack_detect(tcp, tcb, snd, &lost);

	if (lost && !rs_recovery_repairs(snd))
		fast_recovery_enter(tcp, tcb, snd, 0);
	else if (lost && snd->recovery == RS_RECOVERY_FAST)
		reduce_proportionally(tcb, snd, 0, 0);
	if (lost)
		rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
	return reo;
}

void
rs_recovery_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd)
{
	/* ssthresh is kept when the same segment times out again (RFC 5681 3.1). */
	if (snd->recovery != RS_RECOVERY_RTO || snd->rtx_count <= 1)
		rs_cc_timeout(&snd->cc, flight_size(tcb, snd));
	if (snd->recovery != RS_RECOVERY_RTO)
		undo_arm(snd);
	recovery_begin(tcb, snd, RS_RECOVERY_RTO);
	forget_duplicates(snd);
	snd->rtt_seq = tcb->snd_nxt; /* Karn (MUST-18) */
	/* RFC 8985 6.3; without SACK all of it (RFC 6298 5.4) */
	rs_range_lose_all(tcp, &snd->board, (tcb->flags & RS_F_SACK) != 0 ?
		RTE_MAX(snd->rack.rtt, tcb->srtt) + rs_rack_reo_wnd(tcb, snd) : 0);
	snd->cc.cwnd = rs_sender_pipe(tcb, snd) + snd->cc.mss; /* one segment in any case */
}
