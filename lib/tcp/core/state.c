/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A connection's busy block, announced MSS and next hop.
 */

#include "tcp/core/core.h"

struct rs_busy *
rs_tcb_busy_take(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t index = rs_busy_get(&tcp->buf);
	struct rs_busy *busy = rs_busy_at(&tcp->buf, index);

	if (unlikely(index == 0)) {
		tcp->stats->tcp.no_chunk++;
		tcp->wanted.busy++;
		tcp->wanted.any = true;
		return NULL;
	}
	busy->tcb = rs_tcb_index(tcp, tcb);
	busy->idle = tcb->idle;
	tcb->busy = index;
	tcb->flags |= RS_F_BUSY;
	return busy;
}

__rte_noinline void
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
rs_tcp_rmss_on(const struct rs_tcp *tcp, uint16_t port, const struct rs_addr *raddr)
{
	uint16_t most = (uint16_t)(rs_link_mtu(tcp->link, port, raddr) - rs_headers_len(raddr));

	return tcp->par.mss != 0 && tcp->par.mss < most ? tcp->par.mss : most;
}

uint16_t
rs_tcp_rmss(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return rs_tcp_rmss_on(tcp, tcp->link->neighs[tcb->neigh].port, &tcb->tuple.raddr);
}

__rte_noinline void
rs_tcp_move(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m)
{
	uint16_t neigh = rs_neigh_get(tcp->link, m);

	if (neigh == RS_NO_NEIGH)
		return;
	rs_neigh_put(tcp->link, tcb->neigh);
	rs_resolve_suspect(tcp->link, tcb->neigh, tcp->now); /* even if nobody uses it now */
	tcb->neigh = neigh;
}

/* The entry of a connection's next hop if its MAC is known, else RS_NO_NEIGH: it is asked for. */
static uint16_t
next_hop(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_ip_extra *extra = rs_tcb_ip_extra(tcp, tcb);
	struct rs_addr hop = tcb->tuple.raddr;
	struct rs_addr laddr = tcb->tuple.laddr;
	uint16_t port = 0;

	if (extra != NULL && extra->route.len != 0)
		hop = rs_source_route_first(&extra->route);
	if (rs_route(tcp->link, &laddr, &hop, &port, &hop) != 0)
		return RS_NO_NEIGH;
	return rs_resolve_known(tcp->link, port, &hop);
}

void
rs_tcp_move_back(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint8_t state = tcp->link->neighs[tcb->neigh].state;
	uint16_t neigh;

	if (tcb->state == RS_SYN_SENT || (state != RS_NEIGH_LEARNED && state != RS_NEIGH_FAILED))
		return;
	/* a flood of SYNs from many addresses must not make us send requests */
	if ((tcb->flags & RS_F_ACTIVE) == 0 && !rs_tcb_synchronized(tcb))
		return;
	neigh = next_hop(tcp, tcb);
	if (neigh == RS_NO_NEIGH)
		return;
	rs_neigh_put(tcp->link, tcb->neigh);
	tcb->neigh = neigh;
}

void
rs_tcp_follow_syn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m)
{
	uint16_t neigh;

	if (!rs_tcb_synchronized(tcb) || rs_neigh_is(tcp->link, tcb->neigh, m))
		return;
	neigh = next_hop(tcp, tcb);
	if (neigh == RS_NO_NEIGH)
		return;
	if (rs_neigh_is(tcp->link, neigh, m)) {
		rs_neigh_put(tcp->link, tcb->neigh);
		tcb->neigh = neigh;
	} else {
		rs_resolve_suspect(tcp->link, neigh, tcp->now);
		rs_neigh_put(tcp->link, neigh);
	}
}

struct rs_conn_life
rs_tcb_life(const struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_state state)
{
	const struct rs_birth *birth = rs_tcb_birth(tcp, tcb);
	bool fin = (tcb->flags & RS_F_FIN_SENT) != 0;
	/* the peer's FIN is in RCV.NXT in these states */
	bool peer_fin = state == RS_CLOSE_WAIT || state == RS_CLOSING || state == RS_LAST_ACK ||
		state == RS_TIME_WAIT;
	struct rs_conn_life life;

	if (!tcp->par.life)
		return (struct rs_conn_life){ 0 };
	life = (struct rs_conn_life){
		.age_ms = ((tcp->now >> 10) - birth->since) * 1024 / 1000,
		.retransmitted = (uint32_t)birth->retransmitted,
	};

	if (state >= RS_ESTABLISHED) {
		life.tx_bytes = tcb->snd_nxt - birth->iss - 1 - fin;
		life.rx_bytes = tcb->rcv_nxt - birth->irs - 1 - peer_fin;
	}
	return life;
}

uint64_t
rs_tcp_now(const struct rs_tcp *tcp)
{
	return tcp->now;
}
