/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The parts that passive and active opens share: the TCB, the ISN, a connection's settings, and
 * the numbers of the peer's SYN (RFC 9293 3.4.1, 3.7.1; RFC 6528). Its options: options/syn.c.
 * And the list of half-open connections (RFC 4987 3.4).
 */

#include <string.h>

#include <rte_prefetch.h>

#include "base/siphash.h"
#include "tcp/loss/ecn.h"
#include "tcp/tcp.h"

/* Half-open TCBs looked at for one that can be reused in this run. */
#define EVICT_TRIES 8

void
rs_half_open_enter(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_half_open *half_open = &tcp->half_open;
	uint32_t index = rs_tcb_index(tcp, tcb);

	half_open->n++;
	rs_neigh_half_open_add(tcp->link, tcb->neigh);
	if ((tcb->flags & RS_F_REOPENED) != 0)
		return;
	tcb->half_next = 0;
	tcb->half_prev = half_open->last;
	if (half_open->last != 0)
		tcp->tcbs[half_open->last].half_next = index;
	else
		half_open->first = index;
	half_open->last = index;
}

void
rs_half_open_leave(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_half_open *half_open = &tcp->half_open;

	half_open->n--;
	rs_neigh_half_open_remove(tcp->link, tcb->neigh);
	if ((tcb->flags & RS_F_REOPENED) != 0)
		return;
	if (tcb->half_prev != 0)
		tcp->tcbs[tcb->half_prev].half_next = tcb->half_next;
	else
		half_open->first = tcb->half_next;
	if (tcb->half_next != 0)
		tcp->tcbs[tcb->half_next].half_prev = tcb->half_prev;
	else
		half_open->last = tcb->half_prev;
	tcb->user = NULL;
}

/*
 * Drop the oldest half-open connection, without a reset and at once, so that its TCB can be
 * reused. Those that the ready FIFO refers to are passed over.
 *
 * @return its index, which is not in the pool; 0: none can be dropped
 */
static uint32_t
evict_half_open(struct rs_tcp *tcp)
{
	uint32_t index = tcp->half_open.first;
	struct rs_tcb *tcb;
	unsigned int i;

	for (i = 0; index != 0 && (tcp->tcbs[index].flags & RS_F_READY) != 0; i++)
		index = i < EVICT_TRIES ? tcp->tcbs[index].half_next : 0;
	if (index == 0)
		return 0;
	tcb = &tcp->tcbs[index];
	tcp->stats->tcp.half_open_evicted++;
	rs_half_open_leave(tcp, tcb);
	rs_tcp_count_end(tcp, tcb, RS_END_ABORTED);
	rs_conn_remove(&tcp->table, rs_tuple_hash(&tcp->link->key, &tcb->tuple), index);
	rs_timer_cancel(&tcp->wheel, index);
	rs_tcb_set_state(tcp, tcb, RS_CLOSED);
	rs_ip_extra_put(tcp, tcb);
	rs_path_end(tcp, tcb);
	rs_neigh_put(tcp->link, tcb->neigh);
	return index;
}

/* Take a TCB. @param completed the handshake is over, so a half-open one may make way */
static uint32_t
take_tcb(struct rs_tcp *tcp, bool completed)
{
	uint32_t index = rs_pool_get(&tcp->tcb_pool);

	if (unlikely(index == 0) && completed)
		index = evict_half_open(tcp);
	return index;
}

/* Fetch the TCB that the next open takes, which no segment has touched for a while. */
static inline void
prefetch_next_tcb(const struct rs_tcp *tcp)
{
	const struct rs_pool *pool = &tcp->tcb_pool;
	const struct rs_tcb *next = &tcp->tcbs[pool->free != 0 ? pool->free : pool->fresh + 1];

	rte_prefetch0(next);
	rte_prefetch0(&next->last_ack);
	rte_prefetch0(rs_tcb_birth(tcp, next));
}

static struct rs_tcb *
open_tcb(struct rs_tcp *tcp, const struct rs_tuple *tuple, uint16_t neigh,
	const struct rs_listener *listener, bool completed)
{
	uint32_t index = take_tcb(tcp, completed);
	struct rs_tcb *tcb = &tcp->tcbs[index];

	if (index == 0) {
		rs_neigh_put(tcp->link, neigh);
		return NULL;
	}
	prefetch_next_tcb(tcp);
	memset(tcb, 0, sizeof(*tcb));
	tcb->tuple = *tuple;
	tcb->neigh = neigh;
	tcb->listener = (uint8_t)(listener - tcp->listeners);
	return tcb;
}

struct rs_tcb *
rs_open_tcb(struct rs_tcp *tcp, const struct rs_tuple *tuple, uint16_t neigh,
	const struct rs_listener *listener)
{
	return open_tcb(tcp, tuple, neigh, listener, false);
}

struct rs_tcb *
rs_open_tcb_completed(struct rs_tcp *tcp, const struct rs_tuple *tuple, uint16_t neigh,
	const struct rs_listener *listener)
{
	return open_tcb(tcp, tuple, neigh, listener, true);
}

uint32_t
rs_open_isn(const struct rs_tcp *tcp, const struct rs_tuple *tuple)
{
	/* RFC 6528 3: ISN = M + F(tuple, secret), M the 4 microsecond timer */
	return (uint32_t)(tcp->now / 4) + (uint32_t)rs_tuple_siphash13(tcp->isn_key, tuple);
}

void
rs_open_begin(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t iss)
{
	const struct rs_tcp_params *par = &tcp->par;
	struct rs_birth *birth = rs_tcb_birth(tcp, tcb);

	birth->since = tcp->now >> 10 & ((UINT64_C(1) << 40) - 1);
	birth->retransmitted = 0;
	birth->iss = iss;
	tcb->snd_una = iss;
	tcb->snd_nxt = iss + 1;
	/* The window of a SYN is not scaled (RFC 7323 2.2). */
	tcb->rcv_wnd = par->rcv_buf < UINT16_MAX ? par->rcv_buf : UINT16_MAX;
	tcb->srtt = 0;
	tcb->rttvar = par->rto_initial_ms * 1000;
	tcb->backoff = 0;
	tcb->owes = 0;
	tcb->flags |= RS_F_T_LIFE;
	tcb->t_life = tcp->tick + par->r2_syn_ms + 1;
}

void
rs_open_syn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	if (unlikely(rs_segment_has_ip_options(seg)))
		rs_ip_extra_learn(tcp, tcb, seg, m);
	rs_ecn_syn(tcp, tcb, seg->flags);
	rs_syn_options_take(tcp, tcb, seg, m);
	tcb->rcv_nxt = seg->seq + 1;
	rs_tcb_birth(tcp, tcb)->irs = seg->seq;
	tcb->snd_wnd = (uint16_t)(seg->wnd >> rs_tcb_snd_shift(tcb));
	tcb->max_snd_wnd = tcb->snd_wnd;
	tcb->snd_wl1 = seg->seq;
}

void
rs_open_received(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg)
{
	/* Text and FIN of a SYN are not acknowledged, so the peer retransmits them. */
	if (seg->len > 1)
		tcp->stats->tcp.rx_syn_data++;
	rs_tcb_set_state(tcp, tcb, RS_SYN_RECEIVED);
	if ((tcb->flags & RS_F_ACTIVE) == 0)
		rs_half_open_enter(tcp, tcb);
	rs_tcp_owe(tcp, tcb, RS_OWES_SYN);
	/* The SYN-ACK leaves in this run and arms the wheel for its RTO, which is sooner. */
	if (unlikely(tcp->par.r2_syn_ms < tcp->par.rto_initial_ms))
		rs_open_arm(tcp, tcb);
}

void
rs_open_bind(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_listener *listener)
{
	tcb->listener = (uint8_t)(listener - tcp->listeners);
	if (listener->nodelay)
		tcb->flags |= RS_F_NODELAY;
	if (listener->keepalive)
		tcb->flags |= RS_F_KEEPALIVE;
	if (listener->linger_zero)
		tcb->flags |= RS_F_LINGER_ZERO;
	if (listener->security.len != 0)
		tcb->flags |= RS_F_SECURE;
	rs_tcb_listener_stats(tcp, tcb)->accepted++;
	rs_tcb_listener_stats(tcp, tcb)->open++;
}
