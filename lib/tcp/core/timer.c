/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Set a timer of a connection.
 */

#include "tcp/core/core.h"

void
rs_tcp_timer_set(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_timer_kind kind, uint32_t ms)
{
	uint32_t due = tcp->tick + ms + 1; /* the current tick has begun: never early */

	RTE_ASSERT(kind != RS_TIMER_ACK);
	tcb->flags |= (uint32_t)kind;
	if (kind == RS_TIMER_RTX)
		tcb->t_rtx = due;
	else
		tcb->t_life = due;
	rs_tcp_timer_arm(tcp, tcb, due);
}
