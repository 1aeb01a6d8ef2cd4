/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SEGMENT ARRIVES for a record of TIME-WAIT: 3.10.7.4 of RFC 9293 in the order of its steps.
 * It is short, because nothing is in flight and no text can follow: a segment is dropped,
 * acknowledged, reopens the connection or ends it. The ACKs are sent after the burst, one for
 * each record (MUST-58).
 */

#include <rte_tcp.h>

#include "base/seq.h"
#include "packet/tcp_options.h"
#include "tcp/tcp.h"

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG

/* One segment and its record. */
struct arrival {
	struct rs_tcp *tcp;
	struct rs_timewait *tw;
	uint32_t index;
	const struct rs_segment *seg;
};

/* Owe an ACK. @return it */
static struct rs_timewait_ack *
owe_ack(const struct arrival *a)
{
	struct rs_tcp *tcp = a->tcp;
	uint16_t i = tcp->n_acks;

	if (a->tw->owes_ack) {
		while (tcp->acks[--i].index != a->index)
			;
		return &tcp->acks[i];
	}
	a->tw->owes_ack = 1;
	tcp->n_acks++;
	tcp->acks[i] = (struct rs_timewait_ack){ .index = a->index };
	return &tcp->acks[i];
}

/* Owe a challenge ACK, within the connection's limit (RFC 5961 7). @return whether it is owed */
static bool
challenge(const struct arrival *a)
{
	struct rs_timewait *tw = a->tw;
	uint32_t second = (uint32_t)(a->tcp->now / 1000000) & 3;

	if (tw->second != second) {
		tw->second = second & 3;
		tw->challenges = 0;
	}
	if (tw->challenges >= a->tcp->par.challenge_acks) {
		a->tcp->stats->tcp.challenge_limited++;
		return false;
	}
	tw->challenges = (tw->challenges + 1) & RS_CHALLENGES_MAX;
	a->tcp->stats->tcp.challenge_acks++;
	owe_ack(a);
	return true;
}

/* As rs_tcp_ack_unacceptable(). */
static void
ack_unacceptable(const struct arrival *a)
{
	if (a->seg->len == 0 || (a->seg->flags & SYN) != 0)
		challenge(a);
	else
		owe_ack(a);
}

/* Start 2 MSL again. */
static void
restart(const struct arrival *a)
{
	rs_timewait_unlink(&a->tcp->waits, a->index);
	rs_timewait_link(&a->tcp->waits, a->index, a->tcp->tick);
}

/* Second, check the RST bit (RFC 1337, RFC 5961 3). */
static void
step_2_rst(const struct arrival *a)
{
	struct rs_tcp *tcp = a->tcp;
	uint32_t wnd = RTE_MAX(rs_timewait_rcv_wnd(tcp, a->tw), 1U);
	enum rs_reset_verdict verdict = RS_VERDICT_accepted;

	if (!rs_seq_in_window(a->seg->seq, a->tw->rcv_nxt, wnd))
		verdict = RS_VERDICT_out_of_window;
	else if (!tcp->par.time_wait_rst)
		verdict = RS_VERDICT_ignored_time_wait;
	else if (a->seg->seq != a->tw->rcv_nxt)
		verdict = challenge(a) ? RS_VERDICT_challenged : RS_VERDICT_challenge_limited;
	rs_reset_received(tcp, NULL, a->seg, RS_TIME_WAIT, verdict);
	if (verdict == RS_VERDICT_accepted)
		rs_timewait_end(tcp, a->index, RS_END_RESET);
}

/* PAWS (RFC 7323 5.3 R1), as rs_ts_acceptable(). @return false: the segment is dropped */
static bool
is_recent(const struct arrival *a, const struct rs_options *opt)
{
	if (opt->has_ts) {
		if (!rs_seq_lt(opt->tsval, a->tw->ts_recent))
			return true;
		a->tcp->stats->tcp.paws_rejected++;
		ack_unacceptable(a);
		return false;
	}
	if ((a->seg->flags & SYN) != 0)
		return true;
	a->tcp->stats->tcp.rx_no_timestamp++;
	return false;
}

/* Table 6 */
static bool
is_acceptable(const struct arrival *a)
{
	const struct rs_segment *seg = a->seg;
	uint32_t nxt = a->tw->rcv_nxt;
	uint32_t wnd = rs_timewait_rcv_wnd(a->tcp, a->tw);

	if (wnd == 0)
		return seg->seq == nxt;
	return rs_seq_in_window(seg->seq, nxt, wnd) ||
	       (seg->len > 0 && rs_seq_in_window(seg->seq + seg->len - 1, nxt, wnd));
}

/* First, check sequence number. @return false: the segment is dropped */
static bool
step_1_sequence_number(const struct arrival *a)
{
	const struct rs_segment *seg = a->seg;
	uint32_t end = seg->seq + seg->data_len;

	if (is_acceptable(a))
		return true;
	a->tcp->stats->tcp.rx_unacceptable++;
	ack_unacceptable(a);
	if (a->tw->sack && seg->data_len > 0 && rs_seq_leq(end, a->tw->rcv_nxt)) {
		owe_ack(a)->dsack = (struct rs_sack){ seg->seq, end }; /* RFC 2883 */
		a->tcp->stats->tcp.rx_overlap++;
	}
	/* The peer retransmitted its FIN, because our ACK was lost (fifth step, TIME-WAIT). */
	if ((seg->flags & (FIN | SYN)) == FIN && seg->seq + seg->len == a->tw->rcv_nxt)
		restart(a);
	return false;
}

/* Fifth, check the ACK field (RFC 5961 5). @return false: the segment is dropped */
static bool
step_5_ack(const struct arrival *a)
{
	uint32_t max_snd_wnd = (UINT32_C(1) << a->tw->max_snd) - 1;

	if ((a->seg->flags & ACK) == 0) {
		a->tcp->stats->tcp.rx_no_ack++;
		return false;
	}
	if (rs_seq_gt(a->seg->ack, a->tw->snd_nxt) ||
	    rs_seq_lt(a->seg->ack, a->tw->snd_nxt - max_snd_wnd)) {
		a->tcp->stats->tcp.rx_bad_ack++;
		challenge(a);
		return false;
	}
	return true;
}

/* Send to where the segment came from, as other_states() of input.c does. */
static void
follow_peer(const struct arrival *a, const struct rte_mbuf *m)
{
	struct rs_link *link = a->tcp->link;
	uint16_t neigh = a->tw->neigh;

	if (a->seg->ack != a->tw->snd_nxt || rs_neigh_is(link, neigh, m))
		return;
	neigh = rs_neigh_get(link, m);
	if (neigh == RS_NO_NEIGH)
		return;
	rs_neigh_put(link, a->tw->neigh);
	a->tw->neigh = neigh;
}

/* The segment has no RST, and reopens nothing. */
static void
other_segment(const struct arrival *a, struct rs_segment *seg, const struct rte_mbuf *m)
{
	struct rs_tcp *tcp = a->tcp;
	struct rs_timewait *tw = a->tw;
	struct rs_options opt;

	rs_options_none(&opt);
	if ((tw->ts || tw->sack) &&
	    !rs_options_parse(rs_segment_options(seg, m), seg->opt_len, &opt))
		tcp->stats->tcp.bad_options++;
	opt.has_ts &= tw->ts;
	if (tw->ts && !is_recent(a, &opt))
		return;
	if (!step_1_sequence_number(a))
		return;
	/* Third, check security */
	if (!rs_ip_options_secure(rs_segment_ip(seg, m), &tcp->listeners[tw->listener].security)) {
		seg->owed = RS_RESET_security;
		rs_timewait_end(tcp, a->index, RS_END_RESET);
		return;
	}
	/* Fourth, check the SYN bit */
	if ((seg->flags & SYN) != 0) {
		challenge(a);
		return;
	}
	if (!step_5_ack(a))
		return;
	follow_peer(a, m);
	if (opt.has_ts && rs_seq_leq(seg->seq, tw->rcv_nxt))
		tw->ts_recent = opt.tsval;
	/* Sixth to eighth: text and FIN after the peer's FIN are ignored, but acknowledged. */
	if (seg->len == 0)
		return;
	owe_ack(a);
	if ((seg->flags & FIN) != 0)
		restart(a);
}

void
rs_timewait_input(struct rs_tcp *tcp, uint32_t index, struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	const struct arrival a = {
		.tcp = tcp, .tw = rs_timewait_at(&tcp->waits, index), .index = index, .seg = seg,
	};

	tcp->stats->tcp.rx_segments++;
	if ((seg->flags & RST) != 0)
		step_2_rst(&a);
	else if ((seg->flags & (SYN | ACK)) != SYN ||
		 !rs_timewait_reopen_record(tcp, index, seg, m))
		other_segment(&a, seg, m);
}

/* Write the ACK of a record: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
static void
ack_write(struct rs_tcp *tcp, const struct rs_timewait *tw, const struct rs_timewait_ack *ack,
	struct rte_mbuf *m)
{
	const struct rs_listener *listener = &tcp->listeners[tw->listener];
	uint8_t opt[RS_OPTIONS_MAX];
	struct rs_tcp_out out = {
		.tuple = &tw->tuple,
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.wnd = tw->rcv_wnd,
		.flags = ACK,
		.tos = listener->tos,
		.opt = opt,
	};

	if (listener->security.len != 0)
		out.extra = &tcp->ip_extras.listeners[tw->listener];
	if (tw->ts)
		out.opt_len = rs_options_write_ts(opt,
			rs_ts_at(tcp, (uint16_t)(rs_ts_origin(tcp, &tw->tuple) + tw->ts_later)),
			tw->ts_recent);
	if (ack->dsack.left != ack->dsack.right)
		out.opt_len = (uint8_t)(out.opt_len + rs_options_write_sack(&opt[out.opt_len],
			&ack->dsack, 1));
	rs_frame_write(tcp->link, tw->neigh, m, &out, 0, 0);
	tcp->stats->tcp.tx_segments++;
}

uint16_t
rs_timewait_acks(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room)
{
	uint16_t n = 0;
	uint16_t i;

	for (i = 0; i < tcp->n_acks; i++) {
		struct rs_timewait *tw = rs_timewait_at(&tcp->waits, tcp->acks[i].index);

		if (!tw->owes_ack)
			continue; /* it ended, or was reopened */
		tw->owes_ack = 0;
		/* Without an mbuf the ACK is lost: the peer retransmits its FIN. */
		tx[n] = n < room ? rs_tcp_mbuf_get(tcp) : NULL;
		if (tx[n] == NULL)
			continue;
		ack_write(tcp, tw, &tcp->acks[i], tx[n++]);
	}
	tcp->n_acks = 0;
	return n;
}
