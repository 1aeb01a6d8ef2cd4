/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Two limits on the time that a connection takes. The peer must acknowledge queued data
 * (rs_listener.send_timeout_ms); a service limits the time in which nothing is in flight
 * (rs_conn_set_time_limit()). Both use t_life, so an idle connection needs no memory for them:
 *
 * - while t_rtx runs, t_life is the earlier of R2 and snd_due of the busy block, which every
 *   connection with queued data has. The rest of the service's limit is kept in limit_ms;
 * - otherwise, with RS_F_LIMIT, t_life is the end of the service's limit.
 */

#include "base/seq.h"
#include "tcp/core/core.h"

void
rs_limit_send_begin(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_busy *busy)
{
	const struct rs_limits *limits = &tcp->limits[tcb->listener];

	if (limits->send_ms == 0)
		return;
	busy->snd_limited = true;
	busy->snd_due = tcp->tick + limits->send_ms + 1;
}

/*
 * Each byte earns the time that it takes at send_rate, up to send_timeout from now. So a peer
 * that is as fast as that keeps all its time, and one that is slower loses it bit by bit.
 */
void
rs_limit_send_acked(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_busy *busy,
	uint32_t n)
{
	const struct rs_limits *limits = &tcp->limits[tcb->listener];
	uint64_t earned = (uint64_t)n * limits->send_credit >> 16;
	uint32_t most = tcp->tick + limits->send_ms + 1;

	if (busy->snd_len == 0)
		busy->snd_limited = false;
	if (limits->send_credit == 0 || earned >= limits->send_ms ||
	    rs_seq_gt(busy->snd_due + (uint32_t)earned, most))
		busy->snd_due = most;
	else
		busy->snd_due += (uint32_t)earned;
}

/* The busy block whose peer has a limit, or NULL. */
static const struct rs_busy *
limited(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	return busy != NULL && busy->snd_limited ? busy : NULL;
}

bool
rs_limit_send_over(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = limited(tcp, tcb);

	return busy != NULL && rs_seq_leq(busy->snd_due, tcp->tick);
}

/* Set t_life to a tick. */
static void
set_life(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t due)
{
	tcb->flags |= RS_F_T_LIFE;
	tcb->t_life = due;
	rs_tcp_timer_arm(tcp, tcb, due);
}

void
rs_limit_set_r2(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ms)
{
	const struct rs_busy *busy = limited(tcp, tcb);
	uint32_t due = tcp->tick + ms + 1;

	if (busy != NULL && rs_seq_lt(busy->snd_due, due))
		due = busy->snd_due;
	set_life(tcp, tcb, due);
}

void
rs_limit_stop_r2(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct rs_busy *busy = limited(tcp, tcb);

	if (busy != NULL)
		set_life(tcp, tcb, busy->snd_due);
	else
		rs_tcp_timer_stop(tcb, RS_TIMER_LIFE);
}

bool
rs_limit_r2_runs(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = limited(tcp, tcb);

	/* If R2 is later than snd_due, t_life does not hold it; then it decides nothing. */
	return (tcb->flags & RS_F_T_LIFE) != 0 && (busy == NULL || tcb->t_life != busy->snd_due);
}

void
rs_limit_suspend(const struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	/* Without a busy block only our FIN is in flight, and the service's part is over. */
	if ((tcb->flags & RS_F_LIMIT) == 0 || !rs_tcb_synchronized(tcb) || busy == NULL ||
	    busy->limit_ms != 0)
		return;
	busy->limit_ms = rs_seq_gt(tcb->t_life, tcp->tick) ? tcb->t_life - tcp->tick : 1;
}

void
rs_limit_resume(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	if (busy == NULL || busy->limit_ms == 0)
		return; /* it has not been suspended */
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, busy->limit_ms);
	busy->limit_ms = 0;
}
