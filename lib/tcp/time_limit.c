/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The time limit that a service sets for its connection; core/limit.c has the timer.
 */

#include "base/seq.h"
#include "tcp/tcp.h"

/* Whether a limit can run: data can come, and nothing else ends the connection in time. */
static bool
can_limit(const struct rs_tcb *tcb)
{
	return (tcb->state == RS_ESTABLISHED || tcb->state == RS_CLOSE_WAIT) &&
	       (tcb->flags & RS_F_FIN_QUEUED) == 0;
}

void
rs_conn_set_time_limit(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ms)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	bool had = (tcb->flags & RS_F_LIMIT) != 0;

	if (!can_limit(tcb) || (ms == 0 && !had))
		return;
	rs_tcb_set_flag(tcb, RS_F_LIMIT, ms != 0);
	if ((tcb->flags & RS_F_T_RTX) != 0 && busy != NULL) {
		busy->limit_ms = ms;
		return;
	}
	/* The data that the service has just queued starts t_rtx in this run. */
	if (busy != NULL && busy->snd_len > 0 && (tcb->owes & RS_OWES_DATA) != 0) {
		rs_tcp_timer_stop(tcb, RS_TIMER_LIFE);
		busy->limit_ms = ms;
		return;
	}
	if (busy != NULL)
		busy->limit_ms = 0;
	if (ms != 0)
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, ms);
	else
		rs_tcp_life_idle(tcp, tcb);
}

uint32_t
rs_conn_time_left(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	if (!can_limit(tcb) || (tcb->flags & RS_F_LIMIT) == 0)
		return 0;
	if (busy != NULL && busy->limit_ms != 0)
		return busy->limit_ms;
	return rs_seq_gt(tcb->t_life, tcp->tick) ? tcb->t_life - tcp->tick : 1;
}

void
rs_time_limit_over(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);

	tcb->flags &= (uint32_t)~RS_F_LIMIT;
	tcp->stats->tcp.time_limits++;
	if (service->expired != NULL)
		service->expired(tcp, tcb);
	else
		rs_tcp_abort(tcp, tcb, RS_RESET_service_timeout, RS_END_TIMEOUT);
	/* the service may have set another limit, or have closed */
	if (tcb->state != RS_CLOSED && (tcb->flags & RS_F_T_LIFE) == 0)
		rs_tcp_life_idle(tcp, tcb);
}
