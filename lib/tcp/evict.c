/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Eviction: a pool is empty, and a connection that holds little of it was refused. Out-of-order
 * text is dropped first, the oldest queue at once, because the peer still has the text (RFC 2018
 * 8). Then the connection that has stalled longest is reset, if that is long enough that a burst
 * of honest connections only waits. It runs between input and output, when no function holds a
 * pointer to a connection.
 */

#include "tcp/tcp.h"

/* The first busy block of a list; NULL: the list is empty. */
static struct rs_busy *
first_of(const struct rs_tcp *tcp, enum rs_busy_list list)
{
	uint32_t index = tcp->buf.lists[list].head;

	return index != 0 ? rs_busy_at(&tcp->buf, index) : NULL;
}

static void
drop_out_of_order(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	tcp->stats->tcp.dropped_out_of_order++;
	rs_reassembly_drop(tcp, tcb);
	rs_tcb_busy_release(tcp, tcb);
}

static void
drop_urgent(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_busy *busy)
{
	tcp->stats->tcp.dropped_urgent++;
	busy->urgent = false;
	rs_busy_resume(&tcp->buf, busy, tcp->tick);
	rs_tcb_busy_release(tcp, tcb);
}

/* Evict the connection that has stalled longest. @return whether there was one */
static bool
evict_stalled(struct rs_tcp *tcp)
{
	struct rs_busy *busy = first_of(tcp, RS_BUSY_STALLED);
	struct rs_tcb *tcb;

	if (busy == NULL || tcp->tick - busy->stalled_at < RS_EVICT_AGE_MS)
		return false;
	tcb = &tcp->tcbs[busy->tcb];
	if (busy->stall == RS_STALL_URGENT) {
		drop_urgent(tcp, tcb, busy);
		return true;
	}
	tcp->stats->tcp.evicted_window += busy->stall == RS_STALL_WINDOW;
	tcp->stats->tcp.evicted_unacked += busy->stall == RS_STALL_UNACKED;
	tcp->stats->tcp.evicted_unread += busy->stall == RS_STALL_UNREAD;
	rs_tcp_abort(tcp, tcb, RS_RESET_evicted, RS_END_EVICTED);
	return true;
}

/*
 * Free an entry of a pool: drop the oldest out-of-order text, and evict the connection that has
 * stalled longest if that freed none. @return whether there was one or the other
 */
static bool
evict_one(struct rs_tcp *tcp, const struct rs_pool *pool)
{
	const struct rs_busy *busy = first_of(tcp, RS_BUSY_OOO);
	uint32_t used = pool->used;

	if (busy != NULL)
		drop_out_of_order(tcp, &tcp->tcbs[busy->tcb]);
	if (pool->used < used)
		return true;
	return evict_stalled(tcp) || busy != NULL;
}

/* Evict until a pool has n entries free. @return whether it has them */
static bool
make_room(struct rs_tcp *tcp, const struct rs_pool *pool, uint32_t n)
{
	unsigned int i;

	n = RTE_MIN(n, pool->n);
	for (i = 0; i < RS_EVICT_BURST && pool->n - pool->used < n; i++)
		if (!evict_one(tcp, pool))
			break;
	return pool->n - pool->used >= n;
}

/* Whether queues hold so many mbufs that one of them is the cause when none is free. */
static bool
queues_hold_mbufs(const struct rs_tcp *tcp)
{
	return tcp->buf.chunks.used > tcp->buf.mbufs->size / 2;
}

void
rs_evict_run(struct rs_tcp *tcp)
{
	struct rs_wanted want = tcp->wanted;
	struct rs_wanted more = { .any = false };

	/* A connection that was refused in an earlier run and does not ask again is served, too. */
	more.more_busy = !make_room(tcp, &tcp->buf.busy,
		RTE_MAX(want.busy, (uint32_t)want.more_busy));
	more.more_chunks = !make_room(tcp, &tcp->buf.chunks,
		RTE_MAX(want.chunks, (uint32_t)want.more_chunks));
	if (want.mbufs && queues_hold_mbufs(tcp))
		evict_one(tcp, &tcp->buf.chunks);
	more.any = more.more_busy || more.more_chunks;
	tcp->wanted = more;
}
