/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Passive opens: find a segment's listener, and make a connection of a SYN (RFC 9293
 * 3.10.7.2). open.c has the parts that active opens share, syncookie.c the SYN cookies.
 */

#include <string.h>

#include "tcp/tcp.h"

const struct rs_listener *
rs_listen_match(const struct rs_tcp *tcp, const struct rs_tuple *tuple)
{
	uint16_t port = tuple->lport;
	const struct rs_listener *best = NULL;
	unsigned int i;

	if (likely(tcp->only_listener[port] != 0))
		return &tcp->listeners[tcp->only_listener[port] - 1];
	if (!rs_listen_names(tcp, port))
		return NULL;
	/* The longest prefix wins, so a listener on one address beats one on any. */
	for (i = 0; i < tcp->n_listeners; i++) {
		const struct rs_listener *l = &tcp->listeners[i];

		if (port >= l->port_first && port <= l->port_last &&
		    rs_prefix_has(&l->addr, &tuple->laddr) &&
		    (best == NULL || l->addr.len > best->addr.len))
			best = l;
	}
	return best;
}

const struct rs_listener *
rs_listen_find(const struct rs_tcp *tcp, const struct rs_segment *seg, bool *drop)
{
	const struct rs_listener *best = rs_listen_match(tcp, &seg->tuple);

	*drop = tcp->par.closed_drop;
	if (best != NULL && best->service == NULL) {
		*drop = best->drop;
		return NULL;
	}
	return best;
}

/* Whether the peer of a segment may connect to a listener that has a list of prefixes. */
static __rte_noinline bool
is_allowed(const struct rs_listener *listener, const struct rs_tuple *tuple)
{
	unsigned int i;

	for (i = 0; i < listener->n_allow; i++) {
		const struct rs_prefix *allow = &listener->allow[i];

		/* ::/0 is of IPv6 only */
		if (rs_prefix_has(allow, &tuple->raddr) &&
		    rs_addr_is_ipv4(&allow->addr) == rs_addr_is_ipv4(&tuple->raddr))
			return true;
	}
	return false;
}

/*
 * Open a connection in SYN-RECEIVED, flattened because each connection passes here once, through
 * functions that share registers then. @return whether there was a TCB
 */
static __rte_noinline __attribute__((flatten)) bool
open_passive(struct rs_tcp *tcp, const struct rs_listener *listener, uint16_t neigh,
	const struct rs_segment *seg, const struct rte_mbuf *m)
{
	struct rs_tcb *tcb = rs_open_tcb(tcp, &seg->tuple, neigh, listener);

	if (tcb == NULL)
		return false;
	rs_open_bind(tcp, tcb, listener);
	rs_conn_insert(&tcp->table, seg->hash, rs_tcb_index(tcp, tcb));
	tcp->stats->tcp.passive_opens++;
	rs_open_begin(tcp, tcb, rs_open_isn(tcp, &tcb->tuple));
	rs_open_syn(tcp, tcb, seg, m);
	rs_open_received(tcp, tcb, seg);
	return true;
}

void
rs_listen_syn(struct rs_tcp *tcp, const struct rs_listener *listener, struct rs_segment *seg,
	struct rte_mbuf *m)
{
	uint16_t neigh;

	if (unlikely(listener->security.len != 0) &&
	    !rs_ip_options_secure(rs_segment_ip(seg, m), &listener->security)) {
		seg->owed = RS_RESET_security;
		return;
	}
	if (unlikely(listener->n_allow != 0) && !is_allowed(listener, &seg->tuple)) {
		seg->owed = RS_RESET_not_allowed;
		return;
	}
	if (unlikely(tcp->counts) && !rs_admit(tcp, listener, &seg->tuple))
		return; /* in silence: the peer retransmits its SYN */
	if (rs_syncookie_due(tcp) && rs_syncookie_answer(tcp, listener, seg, m))
		return;
	neigh = rs_neigh_get_half_open(tcp->link, m);
	if (likely(neigh != RS_NO_NEIGH) && likely(open_passive(tcp, listener, neigh, seg, m)))
		return;
	/* The ACK of a cookie needs a neighbour entry, too, which is there while only the half of
	 * half-open connections is used up. */
	if ((neigh == RS_NO_NEIGH && !rs_neigh_has_room(tcp->link)) ||
	    !rs_syncookie_answer(tcp, listener, seg, m))
		tcp->stats->tcp.syn_dropped++;
}

void
rs_listen_return(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_REOPENED) == 0) {
		rs_tcp_end(tcp, tcb, RS_END_ABORTED);
		return;
	}
	rs_half_open_leave(tcp, tcb);
	/* MAY-2 (2): the SYN was an old duplicate, so restore the saved sequence numbers and
	 * timestamps. TIME-WAIT only acknowledges, so it needs no other option. */
	tcb->flags = (tcb->flags & (uint32_t)~(RS_F_REOPENED | RS_F_SACK | RS_F_TS | RS_F_UTO)) |
		((tcb->flags & RS_F_OLD_TS) != 0 ? RS_F_TS : 0);
	tcb->flags &= (uint32_t)~RS_F_OLD_TS;
	tcb->ts_recent = tcb->old_ts_recent;
	tcb->user = NULL;
	tcb->rcv_nxt = tcb->snd_wl1;
	tcb->snd_nxt = tcb->old_snd_nxt;
	tcb->snd_una = tcb->old_snd_nxt;
	tcb->old_snd_nxt = 0;
	tcb->owes = 0;
	rs_timewait_enter(tcp, tcb);
}
