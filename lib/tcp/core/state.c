/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A connection's state, busy block, announced MSS and next hop.
 */

#include "tcp/core/core.h"

void
rs_tcb_set_state(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_state state)
{
	if (unlikely(tcp->counts))
		rs_admit_state(tcp, tcb, state);
	if (tcb->state != RS_CLOSED)
		tcp->stats->states[tcb->state]--;
	if (state != RS_CLOSED)
		tcp->stats->states[state]++;
	tcb->state = (uint8_t)state;
}

struct rs_busy *
rs_tcb_busy_get(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_BUSY) == 0) {
		uint32_t index = rs_busy_get(&tcp->buf);

		if (index == 0) {
			tcp->stats->tcp.no_chunk++;
			tcp->wanted.busy++;
			tcp->wanted.any = true;
			return NULL;
		}
		rs_busy_at(&tcp->buf, index)->tcb = rs_tcb_index(tcp, tcb);
		rs_busy_at(&tcp->buf, index)->idle.cwnd = tcb->idle.cwnd;
		rs_busy_at(&tcp->buf, index)->idle.ssthresh = tcb->idle.ssthresh;
		tcb->busy = index;
		tcb->flags |= RS_F_BUSY;
	}
	return rs_busy_at(&tcp->buf, tcb->busy);
}

void
rs_tcp_no_chunk(struct rs_tcp *tcp, uint32_t n)
{
	const struct rs_pool *chunks = &tcp->buf.chunks;

	if (rs_queue_may_grow(&tcp->buf, n)) {
		tcp->stats->tcp.no_chunk++; /* no mbuf was free for it */
		tcp->wanted.mbufs = true;
	} else if (chunks->used < chunks->n) {
		tcp->stats->tcp.chunk_share++;
		return;
	} else {
		tcp->stats->tcp.no_chunk++;
		if (n >= RS_SHARE_FEW)
			return;
		tcp->wanted.chunks++;
	}
	tcp->wanted.any = true;
}

uint16_t
rs_tcp_rmss(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_neigh *neigh = &tcp->link->neighs[tcb->neigh];

	return tcp->par.mss != 0 ? tcp->par.mss :
		(uint16_t)(tcp->link->ports[neigh->port].mtu - rs_headers_len(&tcb->tuple.raddr));
}

void
rs_tcp_move(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m)
{
	uint16_t neigh;

	if (!rs_tcp_in_vlan(tcp, tcb, m))
		return;
	neigh = rs_neigh_get(tcp->link, m);
	if (neigh == RS_NO_NEIGH)
		return;
	rs_neigh_put(tcp->link, tcb->neigh);
	tcb->neigh = neigh;
}

uint64_t
rs_tcp_now(const struct rs_tcp *tcp)
{
	return tcp->now;
}
