/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SEGMENT ARRIVES (RFC 9293 3.10.7), in the order and with the names of its steps.
 * Input sends nothing: seg->owed is the reason of the reset that a segment is owed, and
 * rs_tcp_owe() notes the segments that a connection owes.
 */

#include <rte_tcp.h>

#include "base/seq.h"
#include "packet/exception.h"
#include "packet/tcp_options.h"
#include "tcp/loss/ecn.h"
#include "tcp/tcp.h"

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG
#define URG RTE_TCP_URG_FLAG

/*
 * Segments of OTHER STATES. The kind is a constant of each function, so that the checks which
 * kind_of() has found not to fail are left out of it.
 */
enum kind {
	ANY,
	PLAIN,          /* between the handshake and TIME-WAIT, as nearly all are */
	BARE,           /* the same without options that the connection has agreed on */
	HANDSHAKE,      /* the same in a passive SYN-RECEIVED: the third one of the handshake */
};

/* 3.10.7.1, CLOSED STATE: the segment has neither a connection nor a listener. */
static void
closed_state(struct rs_tcp *tcp, struct rs_segment *seg, bool drop)
{
	if ((seg->flags & RST) != 0)
		rs_reset_received(tcp, NULL, seg, RS_CLOSED, RS_VERDICT_ignored_closed);
	else if (drop)
		tcp->stats->drop[RS_DROP_closed_drop]++;
	else if (tcp->stopping)
		seg->owed = RS_RESET_shutdown;
	else if ((seg->flags & (SYN | ACK)) == SYN)
		seg->owed = RS_RESET_no_listener;
	else
		seg->owed = RS_RESET_no_connection;
}

/* Table 6: the four cases of the acceptability test. */
static inline bool
is_acceptable(const struct rs_tcb *tcb, const struct rs_segment *seg)
{
	if (tcb->rcv_wnd == 0)
		/* No text is acceptable, but valid ACKs, URGs and RSTs are (MUST-66):
		 * steps 7 and 8 find no room for the segment's text and FIN. */
		return seg->seq == tcb->rcv_nxt;
	if (rs_seq_in_window(seg->seq, tcb->rcv_nxt, tcb->rcv_wnd))
		return true;
	return seg->len > 0 &&
	       rs_seq_in_window(seg->seq + seg->len - 1, tcb->rcv_nxt, tcb->rcv_wnd);
}

/*
 * Send to where the segment came from, and by the way back of its source route (SHLD-24). Its
 * ACK is that of the peer, SND.UNA: one that is older, though acceptable, can be guessed.
 */
static __rte_noinline void
follow_peer(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	if (seg->ack != tcb->snd_una)
		return;
	if (!rs_neigh_is(tcp->link, tcb->neigh, m))
		rs_tcp_move(tcp, tcb, m);
	if (rs_segment_has_ip_options(seg))
		rs_ip_extra_learn(tcp, tcb, seg, m);
}

/*
 * Send to where an old segment came from that the peer retransmits, or a keep-alive probe,
 * because the peer may not have our ACK: after a router has failed over, say. That it is the
 * peer's is as certain as it is in follow_peer(): a SEQ within a window, and its ACK.
 */
static void
follow_retransmission(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	uint32_t old = tcb->rcv_nxt - seg->seq;

	if (old == 0 || old > tcp->par.rcv_buf || RTE_MAX(seg->len, (uint32_t)1) > old ||
	    (seg->len == 0 && old != 1) || tcb->state == RS_SYN_RECEIVED ||
	    (seg->flags & ACK) == 0 || seg->ack != tcb->snd_una)
		return;
	if ((tcb->flags & RS_F_SECURE) != 0 && !rs_ip_options_secure(rs_segment_ip(seg, m),
			&tcp->listeners[tcb->listener].security))
		return;
	if (!rs_neigh_is(tcp->link, tcb->neigh, m))
		rs_tcp_move(tcp, tcb, m);
}

/* A segment that the first step drops: acknowledge it, unless it is a reset. */
static __rte_noinline void
drop_unacceptable(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	tcp->stats->tcp.rx_unacceptable++;
	if ((seg->flags & (SYN | ACK)) == SYN)
		rs_ecn_syn_again(tcb, seg);
	if (rs_seq_leq(seg->seq + seg->data_len, tcb->rcv_nxt) &&
	    tcb->state != RS_SYN_RECEIVED)
		rs_sack_arrived(tcp, tcb, seg->seq, seg->data_len);
	follow_retransmission(tcp, tcb, seg, m);
	if ((seg->flags & SYN) != 0)
		rs_tcp_follow_syn(tcp, tcb, m);
	rs_tcp_ack_unacceptable(tcp, tcb, seg);
	/* The peer retransmitted its FIN, because our ACK was lost: start 2 MSL again (fifth
	 * step, TIME-WAIT). */
	if (tcb->state == RS_TIME_WAIT && (seg->flags & (FIN | SYN)) == FIN &&
	    seg->seq + seg->len == tcb->rcv_nxt)
		rs_timewait_enter(tcp, tcb);
}

/* First, check sequence number. @return false: the segment is dropped */
static __rte_always_inline bool
step_1_sequence_number(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	if (likely(is_acceptable(tcb, seg)))
		return true;
	drop_unacceptable(tcp, tcb, seg, m);
	return false;
}

/* Second, check the RST bit: RFC 5961 3, then by state. Only SEQ is checked (3.5.3). */
static void
step_2_rst(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg)
{
	uint32_t wnd = tcb->rcv_wnd != 0 ? tcb->rcv_wnd : 1;
	enum rs_state state = tcb->state;

	if (!rs_seq_in_window(seg->seq, tcb->rcv_nxt, wnd)) {
		rs_reset_received(tcp, tcb, seg, state, RS_VERDICT_out_of_window);
		return;
	}
	/* Both sides have closed in order: a reset does not take text from the service now. */
	if (rs_tcb_over(tcb) && (!tcp->par.time_wait_rst || rs_receive_waits(tcp, tcb))) {
		rs_reset_received(tcp, tcb, seg, state, RS_VERDICT_ignored_time_wait);
		return;
	}
	if (seg->seq != tcb->rcv_nxt) {
		rs_reset_received(tcp, tcb, seg, state, rs_tcp_challenge(tcp, tcb) ?
			RS_VERDICT_challenged : RS_VERDICT_challenge_limited);
		return;
	}
	rs_reset_received(tcp, tcb, seg, state, RS_VERDICT_accepted);
	if (state != RS_SYN_RECEIVED)
		rs_tcp_end(tcp, tcb, RS_END_RESET);
	else if ((tcb->flags & RS_F_ACTIVE) != 0)
		rs_tcp_end(tcp, tcb, RS_END_REFUSED);
	else
		rs_listen_return(tcp, tcb);
}

/* Third, check security. @return false: the segment is dropped */
static bool
step_3_security(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	if (likely((tcb->flags & RS_F_SECURE) == 0) || rs_ip_options_secure(
			rs_segment_ip(seg, m), &tcp->listeners[tcb->listener].security))
		return true;
	seg->owed = RS_RESET_security;
	/* The reset ends a synchronized connection (3.10.7.4 third). */
	if (rs_tcb_synchronized(tcb))
		rs_tcp_end(tcp, tcb, RS_END_RESET);
	return false;
}

/* Fourth, check the SYN bit, which is set. */
static void
step_4_syn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m)
{
	if (tcb->state == RS_SYN_RECEIVED && (tcb->flags & RS_F_ACTIVE) == 0) {
		rs_listen_return(tcp, tcb);
		return;
	}
	rs_tcp_follow_syn(tcp, tcb, m);
	rs_tcp_challenge(tcp, tcb); /* RFC 5961 4 */
}

/* SND.WND changes: data that waits for it may be sent now. */
static __rte_noinline void
change_snd_wnd(struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t wnd)
{
	if (wnd > tcb->max_snd_wnd)
		tcb->max_snd_wnd = wnd;
	if (tcb->snd_wnd == 0)
		rs_rtx_window_opened(tcp, tcb);
	tcb->snd_wnd = wnd;
	if ((tcb->flags & (RS_F_BUSY | RS_F_FIN_QUEUED)) != 0)
		rs_tcp_owe(tcp, tcb, RS_OWES_DATA);
}

/* Update SND.WND, unless the segment is older than the last one that set it. */
static inline void
update_snd_wnd(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg)
{
	if (rs_seq_gt(tcb->snd_wl1, seg->seq))
		return;
	tcb->snd_wl1 = seg->seq;
	if (unlikely(seg->wnd != tcb->snd_wnd))
		change_snd_wnd(tcp, tcb, seg->wnd);
}

/* Enter ESTABLISHED: the peer has acknowledged our SYN, and we have its SYN. */
static __rte_always_inline void
enter_established(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ack)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	bool syn_resent = tcb->backoff > 0;

	rs_tcb_set_state(tcp, tcb, RS_ESTABLISHED);
	tcb->owes &= (uint8_t)~RS_OWES_SYN;
	if (syn_resent) {
		/* RFC 6298 5.7 */
		tcb->backoff = 0;
		tcb->rttvar = RTE_MAX(tcp->par.rto_initial_ms, RS_RTO_AFTER_SYN_MS) * 1000;
		/* RFC 5681 3.1: an initial window of one segment */
		if (busy != NULL)
			busy->idle.cwnd = 1;
		else
			tcb->idle.cwnd = 1;
	} else if (tcb->syn_sent != 0) {
		rs_rtt_sample(tcb, (uint32_t)tcp->now - tcb->syn_sent);
	}
	tcb->last_ack = tcb->rcv_nxt;
	tcp->stats->tcp.established++;
	rs_tcb_listener_stats(tcp, tcb)->established++;
	tcb->flags |= RS_F_OPENED;
	/* CLOSE was called before (3.10.4), so the FIN is sent now. */
	if ((tcb->flags & RS_F_FIN_QUEUED) != 0)
		rs_tcb_set_state(tcp, tcb, RS_FIN_WAIT_1);
	tcb->snd_una = ack;
	if (likely(busy == NULL && (tcb->flags & RS_F_FIN_QUEUED) == 0))
		rs_rtx_stop(tcp, tcb);
	else
		rs_rtx_acked(tcp, tcb, 0); /* the SYN is no byte of the send queue */
	rs_tcb_busy_release(tcp, tcb);
}

/* Notify the service that its connection is open. @return false: the service ended it */
static bool
notify_opened(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);

	if (service->opened != NULL)
		service->opened(tcp, tcb);
	return tcb->state != RS_CLOSED;
}

/* Whether an ACK of SYN-SENT or SYN-RECEIVED acknowledges our SYN: SND.UNA < SEG.ACK =< SND.NXT. */
static bool
acks_our_syn(const struct rs_tcb *tcb, const struct rs_segment *seg)
{
	return rs_seq_lt(tcb->snd_una, seg->ack) && rs_seq_leq(seg->ack, tcb->snd_nxt);
}

/* Fifth, check the ACK field: SYN-RECEIVED. @return whether the connection is established */
static __rte_always_inline bool
ack_in_syn_received(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg)
{
	if (!acks_our_syn(tcb, seg)) {
		tcp->stats->tcp.rx_bad_ack++;
		seg->owed = RS_RESET_syn_received_bad_ack;
		return false;
	}
	if ((tcb->flags & RS_F_ACTIVE) == 0)
		rs_half_open_leave(tcp, tcb);
	if ((tcb->flags & RS_F_REOPENED) != 0) {
		tcb->old_snd_nxt = 0;
		tcb->user = NULL;
	}
	tcb->flags &= (uint32_t)~(RS_F_REOPENED | RS_F_OLD_TS);
	enter_established(tcp, tcb, seg->ack);
	tcb->snd_wl1 = seg->seq - 1; /* so that this segment sets SND.WND */
	update_snd_wnd(tcp, tcb, seg);
	return notify_opened(tcp, tcb);
}

/* The peer has acknowledged our FIN. @return false: the connection has ended */
static __rte_always_inline bool
our_fin_acked(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	switch (tcb->state) {
	case RS_FIN_WAIT_1:
		rs_tcb_set_state(tcp, tcb, RS_FIN_WAIT_2);
		if ((tcb->flags & (RS_F_RX_CLOSED | RS_F_FINISH)) != 0)
			rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, tcp->par.fin_wait_2_ms);
		return true;
	case RS_CLOSING:
		rs_timewait_enter(tcp, tcb);
		return true;
	case RS_LAST_ACK:
		rs_receive_offer(tcp, tcb); /* this ends the connection if no text waits */
		return tcb->state != RS_CLOSED;
	default:
		return true;
	}
}

/* Fifth, check the ACK field. @return false: the segment is dropped */
static __rte_always_inline bool
step_5_ack(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	const struct rs_options *opt, const enum kind kind)
{
	if (kind == ANY && (seg->flags & ACK) == 0) {
		tcp->stats->tcp.rx_no_ack++;
		return false;
	}
	if (kind == HANDSHAKE || (kind == ANY && tcb->state == RS_SYN_RECEIVED))
		return ack_in_syn_received(tcp, tcb, seg);

	/* RFC 5961 5: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT */
	if (rs_seq_gt(seg->ack, tcb->snd_nxt) ||
	    rs_seq_lt(seg->ack, tcb->snd_una - rs_tcb_max_snd_wnd(tcb))) {
		tcp->stats->tcp.rx_bad_ack++;
		rs_tcp_challenge(tcp, tcb);
		return false;
	}
	if (rs_seq_lt(seg->ack, tcb->snd_una))
		return true; /* a duplicate ACK is ignored, its text is not */
	rs_rtx_ack(tcp, tcb, seg, opt);
	update_snd_wnd(tcp, tcb, seg);
	if ((tcb->flags & RS_F_FIN_SENT) != 0 && tcb->snd_una == tcb->snd_nxt &&
	    !our_fin_acked(tcp, tcb))
		return false;
	return tcb->state != RS_CLOSED;
}

/* Sixth, check the URG bit. */
static void
step_6_urg(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg)
{
	if (unlikely((seg->flags & URG) != 0) && rs_tcb_receives(tcb))
		rs_receive_urgent(tcp, tcb, seg->seq + seg->up);
}

/*
 * Acknowledge text: at the second full-sized segment, after 2*RMSS bytes, or when the delay
 * is over (3.8.6.3). Only the peer knows its MSS, so a segment of the default MSS or more
 * counts as full-sized.
 */
static __rte_always_inline void
acknowledge_text(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t len)
{
	bool delayed = (tcb->flags & RS_F_T_ACK) != 0;
	uint32_t unacked = tcb->rcv_nxt - tcb->last_ack;

	if (tcp->par.ack_delay_ms == 0 || (delayed && len >= rs_mss_default(&tcb->tuple.raddr)) ||
	    (unacked >= 2 * tcp->rmss_least && unacked >= 2U * rs_tcp_rmss(tcp, tcb)))
		rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
	else if (!delayed)
		rs_tcp_ack_delay(tcp, tcb);
}

/*
 * Seventh, process the segment text, after the part that is old or beyond the window is cut
 * off. @return whether a FIN is next in sequence
 */
static __rte_always_inline bool
step_7_text(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	struct rte_mbuf *m)
{
	const uint8_t *data = rte_pktmbuf_mtod_offset(m, const uint8_t *, seg->data_off);
	uint32_t seq = seg->seq;
	uint32_t len = seg->data_len;
	uint32_t room;
	bool fin = (seg->flags & FIN) != 0;

	if (unlikely(seq != tcb->rcv_nxt || rs_reassembly_waits(tcp, tcb)))
		rs_sack_arrived(tcp, tcb, seq, len);
	if (rs_seq_lt(seq, tcb->rcv_nxt)) {
		uint32_t old = tcb->rcv_nxt - seq;

		if (old > len) { /* nothing new, not even the FIN */
			tcp->stats->tcp.rx_duplicate++;
			rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
			return false;
		}
		data += old;
		len -= old;
		seq = tcb->rcv_nxt;
	}
	room = tcb->rcv_nxt + tcb->rcv_wnd - seq;
	if (len + fin > room) {
		rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
		fin = fin && len < room;
		len = RTE_MIN(len, room);
	}
	if (len > 0 && (tcb->flags & RS_F_RX_CLOSED) != 0) {
		/* The service has closed both sides and takes no more text (SHLD-3). */
		rs_tcp_abort(tcp, tcb, RS_RESET_data_after_close, RS_END_ABORTED);
		return false;
	}
	if (seq != tcb->rcv_nxt) {
		if ((len > 0 || fin) && rs_reassembly_keep(tcp, tcb, m, data, seq, len, fin))
			tcp->stats->tcp.rx_out_of_order++;
		rs_sack_kept(tcp, tcb, seq);
		rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
		return false;
	}
	if (len > 0) {
		bool all = rs_receive_text(tcp, tcb, m, data, len) == len;

		if (tcb->state == RS_CLOSED)
			return false;
		acknowledge_text(tcp, tcb, len);
		if (!all)
			return false;
	}
	if (unlikely(rs_reassembly_waits(tcp, tcb))) {
		/* The segment fills a gap, so it is acknowledged at once (RFC 5681 4.2). */
		rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
		fin |= rs_reassembly_pull(tcp, tcb);
	}
	return fin;
}

/*
 * Eighth, check the FIN bit: it is set, and the FIN is next in sequence. `before` is the state
 * before the segment's text was delivered.
 */
static __rte_always_inline void
step_8_fin(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_state before)
{
	tcb->rcv_nxt++;
	if (tcb->rcv_wnd > 0)
		tcb->rcv_wnd--;
	tcb->flags |= RS_F_FIN_RCVD;
	rs_reassembly_drop(tcp, tcb);
	rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
	switch (tcb->state) {
	case RS_ESTABLISHED:
		rs_tcb_set_state(tcp, tcb, RS_CLOSE_WAIT);
		break;
	case RS_FIN_WAIT_1:
		/* The service closed on the text of this segment, so our FIN is not sent yet and
		 * will acknowledge the peer's: that is a CLOSE in CLOSE-WAIT (3.10.4). Else the
		 * peer has not acknowledged our FIN, or this were FIN-WAIT-2 by now. */
		rs_tcb_set_state(tcp, tcb, before == RS_ESTABLISHED ? RS_CLOSE_WAIT :
			RS_CLOSING);
		break;
	case RS_FIN_WAIT_2:
		rs_timewait_enter(tcp, tcb);
		break;
	default:
		break;
	}
	rs_receive_offer(tcp, tcb);
}

/* Whether a segment has options that its connection may have agreed on. */
static inline bool
has_options(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_segment *seg)
{
	return seg->opt_len != 0 &&
	       ((tcb->flags & (RS_F_TS | RS_F_SACK)) != 0 || tcp->uto != 0);
}

/* Read the options of a segment that the connection has agreed on. */
static inline void
read_options(struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m, struct rs_options *opt)
{
	const uint8_t *bytes;
	bool ts;

	if (!has_options(tcp, tcb, seg)) {
		rs_options_none(opt);
		return;
	}
	bytes = rs_segment_options(seg, m);
	ts = (tcb->flags & RS_F_TS) != 0;
	if (ts && likely(rs_options_only_ts(bytes, seg->opt_len, opt)))
		return;
	if (!rs_options_parse(bytes, seg->opt_len, opt))
		tcp->stats->tcp.bad_options++;
	opt->has_ts &= ts;
	if ((tcb->flags & RS_F_SACK) == 0)
		opt->n_sack = 0;
}

/* Cut the SYN off a segment. The window of a SYN is not scaled (RFC 7323 2.2). */
static void
trim_syn(const struct rs_tcb *tcb, struct rs_segment *seg)
{
	seg->seq++;
	seg->len--;
	seg->flags &= (uint8_t)~SYN;
	if (seg->up > 0)
		seg->up--; /* the pointer counts from SEG.SEQ */
	seg->wnd = (uint16_t)(seg->wnd >> rs_tcb_snd_shift(tcb));
}

/* Sixth to eighth step. Inlined into other_states(), because it is input's hot path. */
static __rte_always_inline void
steps_6_to_8(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	struct rte_mbuf *m, const enum kind kind)
{
	enum rs_state before;

	if (kind == ANY)
		step_6_urg(tcp, tcb, seg);
	if (seg->len == 0)
		return;
	if (kind == ANY && (tcb->flags & RS_F_ECN) != 0 && seg->data_len > 0)
		rs_ecn_text(tcp, tcb, seg);
	if (!rs_tcb_receives(tcb)) {
		/* Text and FIN after the peer's FIN are ignored, but acknowledged. */
		rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
		if (tcb->state == RS_TIME_WAIT && (seg->flags & FIN) != 0)
			rs_timewait_enter(tcp, tcb);
		return;
	}
	before = tcb->state;
	if (step_7_text(tcp, tcb, seg, m))
		step_8_fin(tcp, tcb, before);
}

/* 3.10.7.3, SYN-SENT STATE. */
static __rte_noinline void
syn_sent_state(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m)
{
	bool acks = (seg->flags & ACK) != 0;

	/* First, check the ACK bit */
	if (acks && !acks_our_syn(tcb, seg)) {
		tcp->stats->tcp.rx_bad_ack++;
		if ((seg->flags & RST) != 0)
			rs_reset_received(tcp, tcb, seg, RS_SYN_SENT, RS_VERDICT_bad_ack);
		else
			seg->owed = RS_RESET_syn_sent_bad_ack;
		return;
	}
	/* Second, check the RST bit; RFC 5961 3.2 requires only that it acknowledges our SYN */
	if ((seg->flags & RST) != 0) {
		rs_reset_received(tcp, tcb, seg, RS_SYN_SENT,
			acks ? RS_VERDICT_accepted : RS_VERDICT_bad_ack);
		if (acks)
			rs_tcp_end(tcp, tcb, RS_END_REFUSED);
		return;
	}
	if (!step_3_security(tcp, tcb, seg, m))
		return;
	/* Fourth, check the SYN bit; fifth, if there is none, drop the segment */
	if ((seg->flags & SYN) == 0) {
		tcp->stats->tcp.rx_no_syn++;
		return;
	}
	if (!rs_connect_reaches(tcp, tcb, seg, m))
		return; /* no room for its neighbour: the peer retransmits */
	rs_open_syn(tcp, tcb, seg, m);
	if (!acks) {
		rs_open_received(tcp, tcb, seg); /* simultaneous open (MUST-10) */
		return;
	}
	enter_established(tcp, tcb, seg->ack);
	rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
	if (!notify_opened(tcp, tcb))
		return;
	trim_syn(tcb, seg);
	steps_6_to_8(tcp, tcb, seg, m, ANY);
}

/*
 * 3.10.7.4, OTHER STATES: SYN-RECEIVED and all synchronized states.
 */
static __rte_always_inline void
steps_of_other_states(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m, const enum kind kind)
{
	static const struct rs_options none;
	struct rs_options read;
	const struct rs_options *opt = &none;

	if (kind == ANY && (seg->flags & RST) != 0) {
		/* step 2 has its own check of a RST's SEQ, in place of step 1 (RFC 5961 3) */
		step_2_rst(tcp, tcb, seg);
		return;
	}
	if (kind == ANY && tcb->state == RS_TIME_WAIT && (seg->flags & (SYN | ACK)) == SYN &&
	    rs_timewait_reopen(tcp, tcb, seg, m))
		return;
	if (kind != BARE) {
		read_options(tcp, tcb, seg, m, &read);
		opt = &read;
	}
	if (kind != BARE && (tcb->flags & RS_F_TS) != 0 &&
	    !rs_ts_acceptable(tcp, tcb, seg, opt))
		return;
	/* Figure 7: in the SYN,ACK of a simultaneous open the SYN is old, the ACK is new. */
	if (kind == ANY && tcb->state == RS_SYN_RECEIVED && (tcb->flags & RS_F_ACTIVE) != 0 &&
	    (seg->flags & (SYN | ACK)) == (SYN | ACK) && seg->seq + 1 == tcb->rcv_nxt)
		trim_syn(tcb, seg);
	if (!step_1_sequence_number(tcp, tcb, seg, m))
		return;
	if (kind == ANY && !step_3_security(tcp, tcb, seg, m))
		return;
	if (kind == ANY && (seg->flags & SYN) != 0) {
		step_4_syn(tcp, tcb, m);
		return;
	}
	if (!step_5_ack(tcp, tcb, seg, opt, kind))
		return;
	if (unlikely(!rs_neigh_is(tcp->link, tcb->neigh, m)) ||
	    (kind == ANY && rs_segment_has_ip_options(seg)))
		follow_peer(tcp, tcb, seg, m);
	if (opt->has_ts)
		rs_ts_take(tcb, seg, opt);
	if (unlikely(opt->has_uto))
		rs_uto_take(tcp, tcb, opt->uto);
	if ((tcb->flags & (RS_F_KEEPALIVE | RS_F_TS)) != 0 && tcb->snd_una == tcb->snd_nxt)
		rs_tcp_life_idle(tcp, tcb);
	steps_6_to_8(tcp, tcb, seg, m, kind);
	rs_tcb_busy_release(tcp, tcb); /* which an ACK with text has not done */
}

/*
 * The kind of a segment. Those that most connections receive have, of the control bits that have a
 * check of their own, only ACK, and no IP option.
 */
static inline enum kind
kind_of(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_segment *seg)
{
	if ((seg->flags & (SYN | RST | URG | ACK)) != ACK || tcb->state == RS_TIME_WAIT ||
	    (tcb->flags & (RS_F_SECURE | RS_F_ECN)) != 0 || rs_segment_has_ip_options(seg))
		return ANY;
	if (likely(rs_tcb_synchronized(tcb)))
		return (tcb->flags & RS_F_TS) != 0 || has_options(tcp, tcb, seg) ? PLAIN : BARE;
	return tcb->state == RS_SYN_RECEIVED && (tcb->flags & RS_F_ACTIVE) == 0 ? HANDSHAKE : ANY;
}

/*
 * 3.10.7.4 for a plain segment. Flattened: it contains all that it calls, but for the functions
 * that are noinline, because few segments need them.
 */
static __rte_noinline __attribute__((flatten)) void
other_states_plain(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m)
{
	steps_of_other_states(tcp, tcb, seg, m, PLAIN);
}

/* The same without options. */
static __rte_noinline __attribute__((flatten)) void
other_states_bare(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m)
{
	steps_of_other_states(tcp, tcb, seg, m, BARE);
}

/* 3.10.7.4 for any segment. */
static __rte_noinline void
other_states(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg, struct rte_mbuf *m)
{
	steps_of_other_states(tcp, tcb, seg, m, ANY);
}

/*
 * Have the connection of a segment looked for in other stacks, because a device led it to this one.
 * The mbuf stays the burst's, which frees it. Of a chain the other stack gets a copy, because both
 * would take the chain apart. @return whether another stack got it, or no mbuf was free
 */
static __rte_noinline bool
seek_connection(const struct rs_tcp *tcp, const struct rs_segment *seg, struct rte_mbuf *m)
{
	const struct rs_link *link = tcp->link;

	if (likely(m->nb_segs == 1)) {
		rte_mbuf_refcnt_update(m, 1);
	} else {
		m = rte_pktmbuf_copy(m, link->mbufs, 0, UINT32_MAX);
		if (m == NULL) {
			tcp->stats->drop[RS_DROP_no_mbuf]++;
			return true;
		}
	}
	if (link->hand_over(link->hand_over_arg, &seg->tuple, m))
		return true;
	rte_pktmbuf_free(m);
	return false;
}

static inline bool
may_seek(const struct rs_tcp *tcp)
{
	return unlikely(__atomic_load_n(tcp->link->seek, __ATOMIC_RELAXED));
}

/* Whether a listener answers a segment that belongs to no connection with silence. */
static inline bool
is_silent(const struct rs_listener *listener, const struct rs_segment *seg)
{
	return unlikely(listener->no_connection_drop) && (seg->flags & ACK) != 0;
}

/* 3.10.7.2, LISTEN STATE: the port has a listener, the segment no connection. */
static void
listen_state(struct rs_tcp *tcp, const struct rs_listener *listener, struct rs_segment *seg,
	struct rte_mbuf *m)
{
	struct rs_tcb *tcb;

	/* First, check for a RST */
	if ((seg->flags & RST) != 0) {
		if (!may_seek(tcp) || !seek_connection(tcp, seg, m))
			rs_reset_received(tcp, NULL, seg, RS_LISTEN, RS_VERDICT_ignored_listen);
	/* Second, check for an ACK. That of a SYN cookie acknowledges a SYN of ours, so its
	 * connection is in SYN-RECEIVED until now. */
	} else if ((seg->flags & ACK) != 0) {
		if ((seg->flags & SYN) != 0)
			seg->owed = RS_RESET_listen_bad_ack;
		else if ((tcb = rs_syncookie_open(tcp, listener, seg, m)) != NULL)
			other_states(tcp, tcb, seg, m);
		else if (may_seek(tcp) && seek_connection(tcp, seg, m))
			seg->owed = RS_RESET_MAX;
		if (seg->owed == RS_RESET_listen_bad_ack && is_silent(listener, seg)) {
			seg->owed = RS_RESET_MAX;
			tcp->stats->drop[RS_DROP_no_connection_drop]++;
		}
	/* Third, check for a SYN */
	} else if ((seg->flags & SYN) != 0) {
		rs_listen_syn(tcp, listener, seg, m);
	/* Fourth, other data or control */
	} else {
		tcp->stats->tcp.rx_no_ack++;
	}
}

/*
 * A segment that belongs to no connection: 3.10.7.1, or 3.10.7.2 if its port has a listener.
 * noinline, so that the segments of connections do not save the registers that this needs.
 */
static __rte_noinline void
closed_or_listen_state(struct rs_tcp *tcp, struct rs_segment *seg, struct rte_mbuf *m)
{
	const struct rs_listener *listener = NULL;
	bool drop = tcp->par.closed_drop;

	/* most segments without a connection are for ports that no listener names */
	if (rs_listen_names(tcp, seg->tuple.lport))
		listener = rs_listen_find(tcp, seg, &drop);
	if (listener != NULL && !tcp->stopping)
		listen_state(tcp, listener, seg, m);
	else if (listener == NULL && rs_excepts(tcp->link) && rs_except_segment(tcp->link, seg, m))
		return;
	else if (!rs_listen_seeks(tcp, seg->tuple.lport, listener) ||
		 !seek_connection(tcp, seg, m))
		closed_state(tcp, seg, drop || (listener != NULL &&
			(tcp->par.stop_drop || is_silent(listener, seg))));
}

/* A segment of a connection that is not plain. */
static __rte_noinline void
rare_or_handshake(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m, enum kind kind)
{
	if (kind == HANDSHAKE)
		steps_of_other_states(tcp, tcb, seg, m, HANDSHAKE);
	else if (unlikely(tcb->state == RS_SYN_SENT))
		syn_sent_state(tcp, tcb, seg, m);
	else
		other_states(tcp, tcb, seg, m);
	/* a retransmitted SYN may have been led here, and the first one to another stack */
	if (seg->owed == RS_RESET_syn_received_bad_ack && may_seek(tcp) &&
	    seek_connection(tcp, seg, m))
		seg->owed = RS_RESET_MAX;
}

void
rs_tcp_input(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m)
{
	enum kind kind;

	tcp->stats->tcp.rx_segments++;
	if (tcb == NULL) {
		closed_or_listen_state(tcp, seg, m);
		return;
	}
	kind = kind_of(tcp, tcb, seg);
	if (likely(kind == BARE))
		other_states_bare(tcp, tcb, seg, m);
	else if (likely(kind == PLAIN))
		other_states_plain(tcp, tcb, seg, m);
	else
		rare_or_handshake(tcp, tcb, seg, m, kind);
}
