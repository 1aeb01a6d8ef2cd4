/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Retransmission (RFC 6298, RFC 9293 3.8.1), R1 and R2 (3.8.3), and the persist timer
 * (3.8.6.1). t_rtx is both timers: something is in flight, or it waits for a window.
 */

#include "base/seq.h"
#include "tcp/tcp.h"

/* Override time-out of sender SWS avoidance, at most (3.8.6.2.1). */
#define OVERRIDE_MAX_MS 1000

uint64_t
rs_rtx_unsent(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_side *side = rs_tcb_side(tcp, tcb);

	if (side == NULL || (tcb->flags & RS_F_FIN_SENT) != 0)
		return 0;
	return side->snd_len - (tcb->snd_nxt - tcb->snd_una);
}

/* What is in flight is to be sent again, from a loss window of one segment (RFC 5681 3.1). */
static void
start_over(const struct rs_tcb *tcb, struct rs_side *side)
{
	side->rtt_timing = false; /* Karn (MUST-18) */
	side->rtx_nxt = tcb->snd_una;
	side->rtx_recover = tcb->snd_nxt;
	side->rtx_wnd = tcb->snd_mss;
}

/* R2, or the user time-out where that is shorter (3.8.3, 3.10.8). */
static uint32_t
give_up_after(const struct rs_tcp_params *par)
{
	return par->user_timeout_ms != 0 && par->user_timeout_ms < par->r2_ms ?
		par->user_timeout_ms : par->r2_ms;
}

/* R2 begins to run, unless it does (3.8.3); that of SYN-RECEIVED runs from its start. */
static void
start_r2(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_T_LIFE) == 0)
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, give_up_after(&tcp->par));
}

void
rs_rtx_sent(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_T_RTX) != 0)
		return;
	/* While t_rtx runs, t_life is R2's; until now it was the keep-alive's. */
	if (tcb->state != RS_SYN_RECEIVED)
		rs_tcp_timer_stop(tcb, RS_TIMER_LIFE);
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, rs_rtt_rto(&tcp->par, tcb));
	start_r2(tcp, tcb);
}

void
rs_rtx_window_opened(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_side *side = rs_tcb_side(tcp, tcb);

	/* What probed the closed window, and its backed-off timer, are no sign of loss. */
	rs_tcp_timer_stop(tcb, RS_TIMER_RTX);
	tcb->backoff = 0;
	tcb->owes &= (uint8_t)~RS_OWES_PROBE;
	if (tcb->snd_una == tcb->snd_nxt) {
		rs_tcp_life_idle(tcp, tcb);
		return;
	}
	/* The probe's octet was not taken: it goes again, with what follows it. */
	rs_rtx_sent(tcp, tcb);
	if (side != NULL)
		start_over(tcb, side);
	rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
}

/* Take acknowledged bytes off the queue. */
static void
queue_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t n)
{
	struct rs_side *side = rs_tcb_side(tcp, tcb);

	if (side == NULL)
		return;
	if (side->rtt_timing && rs_seq_geq(tcb->snd_una, side->rtt_seq)) {
		side->rtt_timing = false;
		rs_rtt_sample(tcb, tcp->now - side->rtt_sent);
	}
	side->rtx_count = 0;
	if (n > side->snd_len) /* the FIN is no byte of the queue */
		n = (uint32_t)side->snd_len;
	side->snd_copied -= rs_queue_drop(&tcp->buf, &side->snd, n);
	side->snd_len -= n;
	if (side->rtx_wnd == 0)
		return;
	/* After a time-out: slow start from the loss window (RFC 5681 3.1). */
	if (rs_seq_geq(tcb->snd_una, side->rtx_recover)) {
		side->rtx_wnd = 0;
	} else {
		side->rtx_nxt = rs_seq_max(side->rtx_nxt, tcb->snd_una);
		side->rtx_wnd += n;
		rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
	}
}

void
rs_rtx_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ack)
{
	uint32_t n = ack - tcb->snd_una;

	tcb->snd_una = ack;
	queue_acked(tcp, tcb, n);
	tcb->owes &= (uint8_t)~RS_OWES_PROBE;
	if (tcb->snd_una == tcb->snd_nxt) {
		/* RFC 6298 5.2: all is acknowledged */
		rs_tcp_timer_stop(tcb, RS_TIMER_RTX);
		tcb->owes &= (uint8_t)~RS_OWES_RTX;
		rs_tcp_life_idle(tcp, tcb);
	} else {
		/* RFC 6298 5.3 */
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, rs_rtt_rto(&tcp->par, tcb));
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, give_up_after(&tcp->par));
	}
	if (rs_rtx_unsent(tcp, tcb) > 0 ||
	    (tcb->flags & (RS_F_FIN_QUEUED | RS_F_FIN_SENT)) == RS_F_FIN_QUEUED)
		rs_tcp_owe(tcp, tcb, RS_OWES_DATA);
	if ((tcb->flags & RS_F_WANT_WRITE) != 0)
		rs_tcp_owe(tcp, tcb, RS_OWES_OFFER);
	rs_tcb_side_release(tcp, tcb);
}

void
rs_rtx_ack(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt __rte_unused)
{
	if (seg->ack != tcb->snd_una)
		rs_rtx_acked(tcp, tcb, seg->ack);
	else if (tcb->snd_wnd == 0 && (tcb->flags & RS_F_T_RTX) != 0)
		/* The peer is alive though its window is closed: R2 waits for the next probe
		 * (MUST-37). */
		rs_tcp_timer_stop(tcb, RS_TIMER_LIFE);
}

void
rs_rtx_persist(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t rto = rs_rtt_rto(&tcp->par, tcb);

	if ((tcb->flags & RS_F_T_RTX) != 0)
		return;
	/* A window that is not closed only waits for the SWS override. */
	if (tcb->snd_wnd > 0 && rto > OVERRIDE_MAX_MS)
		rto = OVERRIDE_MAX_MS;
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, rto);
	rs_tcp_timer_stop(tcb, RS_TIMER_LIFE); /* R2 runs from the first probe on */
}

/*
 * One retransmission more of what is at SND.UNA, SYN-ACK and FIN as well. Returns whether
 * that makes R1 of them (3.8.3 b).
 */
static bool
count_retransmission(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_side *side)
{
	uint8_t n = tcb->backoff;

	if (side != NULL) {
		if (side->rtx_count < UINT8_MAX)
			side->rtx_count++;
		n = side->rtx_count;
	}
	return n == tcp->par.r1;
}

void
rs_rtx_again(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_side *side = rs_tcb_side(tcp, tcb);

	if (side != NULL)
		start_over(tcb, side);
	rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
}

void
rs_rtx_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_side *side = rs_tcb_side(tcp, tcb);
	bool probe = tcb->snd_una == tcb->snd_nxt || tcb->snd_wnd == 0;
	bool r1 = false;

	/* RFC 6298 5.5; what an SWS override sends is no second try. */
	if (tcb->backoff < UINT8_MAX && !(tcb->snd_una == tcb->snd_nxt && tcb->snd_wnd > 0))
		tcb->backoff++;
	if (tcb->state == RS_SYN_RECEIVED) {
		tcp->stats->tcp.rto_expired++;
		r1 = count_retransmission(tcp, tcb, NULL);
		rs_tcp_owe(tcp, tcb, RS_OWES_SYN);
	} else if (probe) {
		/* A closed window is probed for ever, as long as probes are answered
		 * (MUST-37): each answer stops R2. */
		rs_tcp_owe(tcp, tcb, RS_OWES_PROBE);
	} else {
		tcp->stats->tcp.rto_expired++;
		r1 = count_retransmission(tcp, tcb, side);
		if (side != NULL)
			start_over(tcb, side);
		rs_tcp_owe(tcp, tcb, RS_OWES_RTX);
	}
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_RTX, rs_rtt_rto(&tcp->par, tcb));
	start_r2(tcp, tcb);
	if (r1) {
		tcp->stats->tcp.r1_reached++;
		rs_tcp_report(tcp, tcb, RS_ERROR_R1, tcp->par.r1);
	}
}
