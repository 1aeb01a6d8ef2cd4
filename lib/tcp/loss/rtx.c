/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Retransmission (RFC 6298, RFC 9293 3.8.1), R1 and R2 (3.8.3), and the persist timer
 * (3.8.6.1). t_rtx serves all of them: while data is in flight it is the RTO or an earlier timer
 * of the sender (enum rs_rtx_timer), while data waits for a window the persist timer.
 */

#include "base/seq.h"
#include "tcp/loss/loss.h"

/* Largest override time-out of sender SWS avoidance (3.8.6.2.1). */
#define OVERRIDE_MAX_MS 1000

/* Bytes of a busy block's queue that are not sent. */
static inline uint64_t
queue_unsent(const struct rs_tcb *tcb, const struct rs_busy *busy)
{
	if (busy == NULL || (tcb->flags & RS_F_FIN_SENT) != 0)
		return 0;
	return busy->snd_len - (tcb->snd_nxt - tcb->snd_una);
}

uint64_t
rs_rtx_unsent(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return queue_unsent(tcb, rs_tcb_busy(tcp, tcb));
}

/* Start R2 unless it runs (3.8.3); R2 of a SYN runs since the OPEN. */
static void
start_r2(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (!rs_limit_r2_runs(tcp, tcb))
		rs_limit_set_r2(tcp, tcb, rs_uto_ms(tcp, tcb));
}

void
rs_rtx_begin(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ms)
{
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, ms);
	if (!rs_tcb_synchronized(tcb)) {
		start_r2(tcp, tcb);
		return;
	}
	/* While t_rtx runs, t_life is R2; until now it was the keep-alive timer or a limit. */
	if ((tcb->flags & RS_F_LIMIT) != 0)
		rs_limit_suspend(tcp, tcb);
	rs_limit_set_r2(tcp, tcb, rs_uto_ms(tcp, tcb));
}

/* t_rtx is the RTO now. */
static void
note_rto(const struct rs_tcb *tcb, struct rs_sender *snd)
{
	snd->timer = RS_RTX_RTO;
	snd->rto_due = tcb->t_rtx;
}

/* Start the RTO anew (RFC 6298 5.3). */
static void
start_rto(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd)
{
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, rs_rtt_rto(&tcp->par, tcb));
	if (snd != NULL)
		note_rto(tcb, snd);
}

void
rs_rtx_sent(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_sender *snd;

	if ((tcb->flags & RS_F_T_RTX) != 0)
		return;
	rs_rtx_begin(tcp, tcb, rs_rtt_rto(&tcp->par, tcb));
	snd = rs_sender(tcp, tcb);
	if (snd != NULL)
		note_rto(tcb, snd);
}

void
rs_rtx_rearm(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd, uint32_t reo)
{
	uint32_t ms = reo != 0 ? reo / 1000 : rs_tlp_pto(tcb, snd);

	snd->timer = RS_RTX_RTO;
	tcb->t_rtx = snd->rto_due;
	/* A timer that is due before the RTO takes its place (RFC 8985 6.3, 7.2). */
	if (ms + reo == 0 || rs_seq_geq(tcp->tick + ms + 1, snd->rto_due))
		return;
	snd->timer = reo != 0 ? RS_RTX_REO : RS_RTX_PTO;
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, ms);
}

void
rs_rtx_window_opened(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_sender *snd = rs_sender_of_flight(tcp, tcb);

	/* Window probes and their backed-off timer are no sign of loss. */
	rs_tcp_timer_stop(tcb, RS_TIMER_RTX);
	tcb->backoff = 0;
	tcb->owes &= (uint8_t)~RS_OWES_PROBE;
	if (tcb->snd_una == tcb->snd_nxt) {
		rs_tcp_life_idle(tcp, tcb);
		return;
	}
	/* The peer did not take the probe's octet: retransmit it, with the data behind it. */
	rs_rtx_sent(tcp, tcb);
	if (snd != NULL) {
		if (tcb->snd_nxt - tcb->snd_una > tcb->snd_mss)
			/* More than a probe is in flight, sent before the window shrank: slow
			 * start (RFC 5681 4.1). */
			snd->cc.cwnd = snd->cc.mss;
		rs_range_lose_all(tcp, &snd->board, 0);
		if (tcp->paths.n > 0)
			rs_path_probe_lost(tcp, tcb, snd);
	}
	rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
}

/* Drop acknowledged bytes, at least one, from the send queue. */
static inline void
drop_acked(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_busy *busy, uint32_t n)
{
	if (unlikely(busy->stall != RS_STALL_NONE))
		rs_busy_resume(&tcp->buf, busy, tcp->tick);
	if (likely(busy->snd_text != NULL && n >= busy->snd_len)) {
		rs_busy_text_drop(&tcp->buf, busy);
		busy->snd_limited = false;
		return;
	}
	rs_busy_use_queue(&tcp->buf, busy);
	if (n > busy->snd_len) /* the FIN is not in the queue */
		n = (uint32_t)busy->snd_len;
	busy->snd_copied -= rs_queue_drop(&tcp->buf, &busy->snd, n);
	busy->snd_len -= n;
	if (busy->snd_limited)
		rs_limit_send_acked(tcp, tcb, busy, n);
}

/* An ACK may give room to lost ranges, new data and the FIN: owe them. */
static inline void
owe_more(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_busy *busy)
{
	if (busy != NULL && busy->sender != 0 && rs_sender(tcp, tcb)->board.lost > 0)
		rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
	if (rs_tcb_fin_unsent(tcb) || queue_unsent(tcb, busy) > 0)
		rs_tcp_owe(tcp, tcb, RS_OWES_DATA);
}

/* All that the sender of a connection has sent is acknowledged. */
static void
sender_all_acked(struct rs_sender *snd)
{
	snd->tlp.owed = 0;
	snd->timer = RS_RTX_RTO; /* the persist timer has no other meaning */
	/* No segment in flight was sent before the last delivered one, and its time would be
	 * compared wrongly after half of 2^32 microseconds. */
	snd->rack.rtt = 0;
}

void
rs_rtx_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t n)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	if (busy != NULL && n > 0)
		drop_acked(tcp, tcb, busy, n);
	if (likely(tcb->snd_una == tcb->snd_nxt)) {
		if (busy != NULL && busy->sender != 0)
			sender_all_acked(rs_sender(tcp, tcb));
		rs_rtx_stop(tcp, tcb);
	} else {
		tcb->owes &= (uint8_t)~RS_OWES_PROBE;
		start_rto(tcp, tcb, rs_sender(tcp, tcb));
		rs_limit_set_r2(tcp, tcb, rs_uto_ms(tcp, tcb));
	}
	owe_more(tcp, tcb, busy);
	if ((tcb->flags & RS_F_WANT_WRITE) != 0)
		rs_tcp_owe(tcp, tcb, RS_OWES_OFFER);
}

/* The connection makes no progress: note it, in case its busy block is needed. */
static void
note_stall(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	if (busy != NULL)
		rs_busy_stall(&tcp->buf, busy,
			tcb->snd_wnd == 0 ? RS_STALL_WINDOW : RS_STALL_UNACKED, tcp->tick);
}

/* Process an ACK while data is in flight that is not a light flight. */
static __rte_noinline void
ack_in_flight(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt)
{
	struct rs_ack ack = { .tcp = tcp, .tcb = tcb, .opt = opt };
	struct rs_sender *snd;

	ack.snd = rs_sender(tcp, tcb);
	if (ack.snd != NULL) {
		rs_recovery_ack(&ack, seg);
	} else {
		ack.acked = seg->ack - tcb->snd_una;
		tcb->snd_una = seg->ack;
	}
	if (ack.acked > 0) {
		rs_rtx_acked(tcp, tcb, ack.acked);
		rs_tcb_busy_release(tcp, tcb);
	} else if (ack.sacked || ack.dsack) {
		owe_more(tcp, tcb, rs_tcb_busy(tcp, tcb));
	}
	snd = rs_sender(tcp, tcb); /* the busy block may have been given back with it */
	if (snd != NULL && tcb->snd_una != tcb->snd_nxt && ack.acked + ack.sacked > 0)
		rs_rtx_rearm(tcp, tcb, snd, ack.reo);
}

/* flattened, because nearly each ACK of data ends a light flight */
__attribute__((flatten)) void
rs_rtx_ack_running(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt)
{
	if (unlikely(seg->ack == tcb->snd_una && tcb->snd_wnd == 0))
		/* The peer is alive though its window is closed, so R2 starts anew with the next
		 * probe (MUST-37). */
		rs_limit_stop_r2(tcp, tcb);
	if (likely(tcb->snd_una != tcb->snd_nxt) && !rs_light_acked(tcp, tcb, seg, opt))
		ack_in_flight(tcp, tcb, seg, opt);
}

void
rs_rtx_persist(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t rto = rs_rtt_rto(&tcp->par, tcb);

	if ((tcb->flags & RS_F_T_RTX) != 0)
		return;
	/* If the window is open, the data only waits for the SWS override. */
	if (tcb->snd_wnd == 0)
		note_stall(tcp, tcb);
	else if (rto > OVERRIDE_MAX_MS)
		rto = OVERRIDE_MAX_MS;
	rs_limit_suspend(tcp, tcb);
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, rto);
	rs_limit_stop_r2(tcp, tcb); /* R2 starts with the first probe */
}

/* Count a retransmission of the segment at SND.UNA, which may be a SYN, SYN-ACK or FIN. */
static uint8_t
count_retransmission(const struct rs_tcb *tcb, struct rs_sender *snd)
{
	if (snd == NULL)
		return tcb->backoff;
	if (snd->rtx_count < UINT8_MAX)
		snd->rtx_count++;
	return snd->rtx_count;
}

void
rs_rtx_resegment(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_sender *snd = rs_sender_of_flight(tcp, tcb);

	if (snd != NULL) {
		snd->cc.mss = tcb->snd_mss;
		rs_scoreboard_set_mss(&snd->board, tcb->snd_mss);
		snd->cc.cwnd = tcb->snd_mss; /* one segment, then slow start (RFC 1191 6.4) */
		rs_range_lose_all(tcp, &snd->board, 0);
	}
	rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
}

/*
 * The RTO or the persist timer expired. @return how often the segment at SND.UNA was retransmitted,
 * this time included; 0: a probe is sent
 */
static uint8_t
rto_expired(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd)
{
	bool probe = tcb->snd_una == tcb->snd_nxt || tcb->snd_wnd == 0;
	uint8_t n = 0;

	/* RFC 6298 5.5; an SWS override sends new data, which is no retransmission. */
	if (tcb->backoff < UINT8_MAX && !(tcb->snd_una == tcb->snd_nxt && tcb->snd_wnd > 0))
		tcb->backoff++;
	if (rs_tcb_synchronized(tcb) && (tcb->snd_wnd == 0 || tcb->snd_una != tcb->snd_nxt))
		note_stall(tcp, tcb);
	if (tcp->paths.n > 0 && snd != NULL)
		rs_path_probe_lost(tcp, tcb, snd);
	if (!rs_tcb_synchronized(tcb)) {
		tcp->stats->tcp.rto_expired++;
		n = count_retransmission(tcb, NULL);
		rs_tcp_owe(tcp, tcb, RS_OWES_SYN);
	} else if (probe) {
		/* A closed window is probed for as long as the peer answers (MUST-37), because
		 * each answer stops R2. */
		rs_tcp_owe(tcp, tcb, RS_OWES_PROBE);
	} else {
		tcp->stats->tcp.rto_expired++;
		n = count_retransmission(tcb, snd);
		if (snd != NULL) {
			rs_path_timeout(tcp, tcb, snd);
			rs_recovery_timeout(tcp, tcb, snd);
		}
		rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
	}
	return n;
}

void
rs_rtx_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_sender *snd = rs_sender_of_flight(tcp, tcb);
	uint8_t n = 0;

	if (snd != NULL && snd->timer == RS_RTX_REO) {
		tcb->flags |= RS_F_T_RTX;
		rs_rtx_rearm(tcp, tcb, snd, rs_recovery_reorder(tcp, tcb, snd));
		return;
	}
	if (snd != NULL && snd->timer == RS_RTX_PTO && tcb->snd_wnd == 0) {
		/* The window has closed meanwhile: it is probed when the RTO expires. */
		tcb->flags |= RS_F_T_RTX;
		rs_rtx_rearm(tcp, tcb, snd, 0);
		return;
	}
	if (snd != NULL && snd->timer == RS_RTX_PTO) {
		snd->tlp.owed |= RS_PROBE_TAIL;
		rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
	} else {
		n = rto_expired(tcp, tcb, snd);
		/* A passive connection moves from R1 on (3.8.3 b), and not before, because it
		 * sends to where its peer's segments come from. */
		if ((tcb->flags & RS_F_ACTIVE) != 0 || (n > 0 && n >= tcp->par.r1))
			rs_tcp_move_back(tcp, tcb);
	}
	start_rto(tcp, tcb, snd);
	start_r2(tcp, tcb);
	if (n > 0 && n == tcp->par.r1) {
		tcp->stats->tcp.r1_reached++;
		rs_resolve_suspect(tcp->link, tcb->neigh, tcp->now);
		rs_tcp_report(tcp, tcb, RS_ERROR_R1, tcp->par.r1);
	}
}

__rte_noinline void
rs_tcp_life_set(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (tcb->state == RS_TIME_WAIT || rs_tcb_waits_for_fin(tcb))
		return; /* t_life has another meaning in these states */
	if ((tcb->flags & RS_F_T_RTX) != 0)
		return; /* t_life is R2 */
	if ((tcb->flags & RS_F_LIMIT) != 0) {
		rs_limit_resume(tcp, tcb);
		return;
	}
	/* No keep-alive in LAST-ACK: our FIN is acknowledged and only the service has data to
	 * take, so the peer may be gone. */
	if ((tcb->flags & RS_F_KEEPALIVE) != 0 && tcb->state != RS_LAST_ACK) {
		tcb->probes = 0;
		/* RFC 5482 4.2: later than the user time-out that the peer requested */
		uint32_t ms = tcb->uto != 0 ? rs_uto_ms(tcp, tcb) + 1 : 0;

		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, RTE_MAX(tcp->par.keepalive_ms, ms));
	} else if ((tcb->flags & RS_F_TS) != 0) {
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, RS_TS_IDLE_MS);
	} else {
		rs_tcp_timer_stop(tcb, RS_TIMER_LIFE);
	}
}
