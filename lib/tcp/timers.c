/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A connection's three timers, and the events when one expires (RFC 9293 3.10.8).
 */

#include "base/seq.h"
#include "tcp/loss/pacing.h"
#include "tcp/tcp.h"

/* Retransmissions of a SYN-ACK while half-open connections are scarce: 7 s in all. */
#define SYN_ACK_RTX_SCARCE 2

/*
 * An idle connection's timer expired: its service's time limit is over; or probe it if it has
 * keep-alive, or end it (3.8.4).
 */
static void
idle_due(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_LIMIT) != 0) {
		rs_time_limit_over(tcp, tcb);
		return;
	}
	if ((tcb->flags & RS_F_KEEPALIVE) == 0) {
		tcb->flags |= RS_F_TS_STALE; /* RFC 7323 5.5 */
		return;
	}
	if (tcb->probes >= tcp->par.keepalive_probes) {
		rs_tcp_abort(tcp, tcb, RS_RESET_keepalive, RS_END_TIMEOUT);
		return;
	}
	if (tcb->probes > 0)
		rs_tcp_move_back(tcp, tcb);
	tcb->probes++;
	rs_tcp_owe(tcp, tcb, RS_OWES_KEEPALIVE);
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, tcp->par.keepalive_interval_ms);
}

/* A half-open connection ends without a reset, because a flood may have made it (RFC 4987 3.3). */
static void
half_open_expire(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	tcp->stats->tcp.half_open_expired++;
	rs_tcp_end(tcp, tcb, RS_END_TIMEOUT);
}

/* t_life expired: its meaning depends on the state (conn/tcb.h). */
static void
life_due(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (tcb->state == RS_TIME_WAIT)
		rs_timewait_over(tcp, tcb);
	else if (rs_half_open_is(tcb))
		half_open_expire(tcp, tcb);
	else if (!rs_tcb_synchronized(tcb))
		rs_tcp_abort(tcp, tcb, RS_RESET_rtx_limit, RS_END_TIMEOUT);
	else if (rs_tcb_waits_for_fin(tcb))
		rs_tcp_abort(tcp, tcb, RS_RESET_user_timeout, RS_END_TIMEOUT);
	else if ((tcb->flags & RS_F_T_RTX) == 0)
		idle_due(tcp, tcb);
	else if (rs_limit_send_over(tcp, tcb))
		rs_tcp_abort(tcp, tcb, RS_RESET_service_timeout, RS_END_TIMEOUT);
	else if (tcb->uto != 0 || rs_uto_configured(&tcp->par))
		rs_tcp_abort(tcp, tcb, RS_RESET_user_timeout, RS_END_TIMEOUT);
	else
		rs_tcp_abort(tcp, tcb, RS_RESET_rtx_limit, RS_END_TIMEOUT);
}

/* The full tick of t_ack. It is never further ahead than the longest delay, so a larger
 * distance means that it has passed. */
static uint32_t
ack_due(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	uint16_t ahead = (uint16_t)(tcb->t_ack - tcp->tick);

	return tcp->tick + (ahead < RS_ACK_DELAY_LIMIT_MS ? ahead : 0);
}

void
rs_tcp_ack_arm(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	rs_timer_arm(&tcp->wheel, rs_tcb_index(tcp, tcb), ack_due(tcp, tcb));
}

/*
 * t_rtx expired. While half-open connections are scarce, one ends after SYN_ACK_RTX_SCARCE
 * retransmissions of its SYN-ACK instead of R2.
 */
static void
rtx_due(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (unlikely(rs_half_open_is(tcb)) && tcb->backoff >= SYN_ACK_RTX_SCARCE &&
	    rs_half_open_scarce(tcp))
		half_open_expire(tcp, tcb);
	else
		rs_rtx_timeout(tcp, tcb);
}

static bool
is_due(const struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_timer_kind kind,
	uint32_t due)
{
	return (tcb->flags & kind) != 0 && rs_seq_leq(due, tcp->tick);
}

/* Run the expired timers of one connection, and arm the wheel for the next one. */
static void
run_due_timers(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);

	/* A service that was notified of another timer may have ended this connection, too. */
	if (tcb->state == RS_CLOSED)
		return;
	if (is_due(tcp, tcb, RS_TIMER_LIFE, tcb->t_life)) {
		rs_tcp_timer_stop(tcb, RS_TIMER_LIFE);
		life_due(tcp, tcb);
	}
	if (tcb->state != RS_CLOSED && is_due(tcp, tcb, RS_TIMER_ACK, ack_due(tcp, tcb))) {
		rs_tcp_timer_stop(tcb, RS_TIMER_ACK);
		tcp->stats->tcp.delayed_acks++;
		rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
	}
	if (tcb->state != RS_CLOSED && is_due(tcp, tcb, RS_TIMER_RTX, tcb->t_rtx)) {
		rs_tcp_timer_stop(tcb, RS_TIMER_RTX);
		rtx_due(tcp, tcb);
	}
	if (tcb->state == RS_CLOSED)
		return;
	if ((tcb->flags & RS_F_T_PACE) != 0)
		rs_pacing_due(tcp, tcb);
	if ((tcb->flags & RS_F_T_LIFE) != 0)
		rs_timer_arm(&tcp->wheel, index, tcb->t_life);
	if ((tcb->flags & RS_F_T_ACK) != 0)
		rs_tcp_ack_arm(tcp, tcb);
	if ((tcb->flags & RS_F_T_RTX) != 0)
		rs_timer_arm(&tcp->wheel, index, tcb->t_rtx);
}

void
rs_tcp_timers(struct rs_tcp *tcp)
{
	uint32_t fired[RS_TIMER_BURST];
	uint16_t n = rs_timer_expire(&tcp->wheel, tcp->tick, fired, RS_TIMER_BURST);
	uint16_t i;

	tcp->work += n;
	for (i = 0; i < n; i++)
		run_due_timers(tcp, &tcp->tcbs[fired[i]]);
}
