/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The queues of connections that wait: for a pool to refill, for room in the burst for their
 * data, and, when they have ended, for their burial. A run serves a bounded part of each, and
 * goes on there in the next run.
 */

#include "tcp/core/core.h"

__rte_noinline void
rs_tcp_wait_pool(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (!rs_tcb_synchronized(tcb) || (tcb->flags & RS_F_WAITS_POOL) != 0)
		return;
	tcb->flags |= RS_F_WAITS_POOL;
	tcp->stats->tcp.pool_waits++;
	rs_fifo_push(&tcp->waiting, rs_tcb_index(tcp, tcb));
}

void
rs_tcp_wake(struct rs_tcp *tcp)
{
	uint32_t n = tcp->buf.given_back - tcp->woken;
	uint32_t left = RTE_MIN(tcp->waiting.n, (uint32_t)RS_WAKE_BURST);

	tcp->woken = tcp->buf.given_back;
	if (tcp->woken_tick != tcp->tick)
		n = RS_WAKE_BURST;
	tcp->woken_tick = tcp->tick;
	for (; left > 0; left--) {
		struct rs_tcb *tcb = &tcp->tcbs[rs_fifo_oldest(&tcp->waiting)];

		rs_tcb_prefetch(tcp, rs_fifo_ahead(&tcp->waiting, RS_TCBS_AHEAD));
		if (tcb->state != RS_CLOSED && n-- == 0)
			break;
		rs_fifo_pop(&tcp->waiting);
		tcp->work++;
		tcb->flags &= (uint32_t)~RS_F_WAITS_POOL;
		if (tcb->state == RS_CLOSED)
			rs_tcp_dead_add(tcp, tcb);
		else
			rs_tcp_owe(tcp, tcb, RS_OWES_OFFER);
	}
}

void
rs_tcp_bulk_add(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_busy_at(&tcp->buf, tcb->busy);

	if (busy->bulk)
		return;
	busy->bulk = true;
	busy->bulk_next = 0;
	busy->bulk_prev = tcp->bulk.tail;
	*(tcp->bulk.tail != 0 ? &rs_busy_at(&tcp->buf, tcp->bulk.tail)->bulk_next :
		&tcp->bulk.head) = tcb->busy;
	tcp->bulk.tail = tcb->busy;
	tcp->bulk.n++;
}

void
rs_tcp_bulk_remove(struct rs_tcp *tcp, struct rs_busy *busy)
{
	if (!busy->bulk)
		return;
	*(busy->bulk_prev != 0 ? &rs_busy_at(&tcp->buf, busy->bulk_prev)->bulk_next :
		&tcp->bulk.head) = busy->bulk_next;
	*(busy->bulk_next != 0 ? &rs_busy_at(&tcp->buf, busy->bulk_next)->bulk_prev :
		&tcp->bulk.tail) = busy->bulk_prev;
	busy->bulk = false;
	tcp->bulk.n--;
}

void
rs_tcp_dead_add(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);

	if ((tcb->flags & (RS_F_READY | RS_F_WAITS_POOL)) != 0)
		return; /* the one that takes it out of its FIFO calls again */
	tcb->timer.next = 0;
	*(tcp->dead != 0 ? &tcp->tcbs[tcp->dead_newest].timer.next : &tcp->dead) = index;
	tcp->dead_newest = index;
}
