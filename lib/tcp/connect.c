/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Active opens: the OPEN call (RFC 9293 3.10.1), the choice of the local port (RFC 6056),
 * and the wait for the MAC of the next hop. SYN-SENT itself is in input.c.
 */

#include <errno.h>
#include <string.h>

#include <rte_tcp.h>

#include "base/siphash.h"
#include "tcp/tcp.h"

/* Tries for a free local port: at random, then one after the other. The random ones suffice unless
 * nearly all ports are in use. */
#define PORT_PICKS 32
#define PORT_TRIES 1024

/* Check that the tuple is free, and that its replies come to this worker. */
static int
check_tuple(const struct rs_tcp *tcp, const struct rs_tuple *tuple)
{
	uint32_t hash = rs_tuple_hash(&tcp->link->key, tuple);

	if (rs_conn_find(&tcp->table, tuple, hash) != 0)
		return -EADDRINUSE; /* also by a TIME-WAIT (MUST-13) */
	if (tcp->replies_here != NULL && !tcp->replies_here(tcp->replies_arg, tuple))
		return -EADDRNOTAVAIL;
	return 0;
}

/* Number i of a sequence that no peer can guess. No other message under this key has 8 bytes. */
static uint32_t
random_number(const struct rs_tcp *tcp, uint32_t i)
{
	const uint64_t message = i;

	return (uint32_t)rs_siphash13(tcp->isn_key, &message, 1, 0, sizeof(message));
}

void
rs_local_ports_init(struct rs_tcp *tcp)
{
	struct rs_local_ports *ports = &tcp->local_ports;
	uint32_t i;

	ports->n = (uint32_t)tcp->par.local_port_last - tcp->par.local_port_first + 1;
	for (i = 0; i < ports->n; i++)
		ports->ring[i] = (uint16_t)i;
	ports->next = random_number(tcp, UINT32_MAX) % ports->n;
}

/*
 * The place in the ring of the port that is picked after so many others: any of that half of the
 * ports which have rested longest. So none can be guessed, and none comes again soon (RFC 6056
 * 3.1): the peer's TIME-WAIT may have the same timestamp, and then a SYN that reopens it must be
 * ahead of all bytes of the last connection.
 */
static uint32_t
place_of_pick(const struct rs_tcp *tcp, uint32_t ahead)
{
	const struct rs_local_ports *ports = &tcp->local_ports;
	uint64_t half = (ports->n + 1) / 2;

	return (ports->next + ahead +
		(uint32_t)(random_number(tcp, ports->picks + ahead) * half >> 32)) % ports->n;
}

/* Take the port at a place of the ring, which rests from now on. */
static uint16_t
take_port(struct rs_tcp *tcp, uint32_t place)
{
	struct rs_local_ports *ports = &tcp->local_ports;
	uint16_t port = ports->ring[place];

	ports->ring[place] = ports->ring[ports->next];
	ports->ring[ports->next] = port;
	ports->next = ports->next + 1 == ports->n ? 0 : ports->next + 1;
	ports->picks++;
	return (uint16_t)(tcp->par.local_port_first + port);
}

/* Choose the local port of a tuple. @return 0 or -EADDRNOTAVAIL */
static int
choose_port(struct rs_tcp *tcp, struct rs_tuple *tuple)
{
	const struct rs_local_ports *ports = &tcp->local_ports;
	uint32_t tries = RTE_MIN(ports->n, (uint32_t)PORT_TRIES) + PORT_PICKS;
	uint32_t i;

	for (i = 0; i < tries; i++) {
		tuple->lport = take_port(tcp, i < PORT_PICKS ? place_of_pick(tcp, 0) : ports->next);
		if (!rs_listen_names(tcp, tuple->lport) && check_tuple(tcp, tuple) == 0)
			return 0;
	}
	return -EADDRNOTAVAIL;
}

/* Put the connection at the head of the list that waits for the neighbour's MAC. */
static void
wait_for_neigh(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_neigh *neigh = &tcp->link->neighs[tcb->neigh];
	uint32_t index = rs_tcb_index(tcp, tcb);

	tcb->flags |= RS_F_WAITS;
	tcb->wait_prev = 0;
	tcb->wait_next = neigh->waiting;
	if (neigh->waiting != 0)
		tcp->tcbs[neigh->waiting].wait_prev = index;
	neigh->waiting = index;
}

void
rs_connect_stop_waiting(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t *before;

	if (tcb->state != RS_SYN_SENT || (tcb->flags & RS_F_WAITS) == 0)
		return;
	before = tcb->wait_prev != 0 ? &tcp->tcbs[tcb->wait_prev].wait_next :
		&tcp->link->neighs[tcb->neigh].waiting;
	*before = tcb->wait_next;
	if (tcb->wait_next != 0)
		tcp->tcbs[tcb->wait_next].wait_prev = tcb->wait_prev;
	tcb->flags &= (uint32_t)~RS_F_WAITS;
	tcb->snd_wl1 = 0;
	tcb->ts_recent = 0;
}

void
rs_connect_resolved(struct rs_tcp *tcp)
{
	unsigned int left = RS_RESOLVED_BURST;
	uint16_t neigh;

	while ((neigh = rs_resolve_changed(tcp->link)) != RS_NO_NEIGH) {
		bool usable = rs_neigh_usable(tcp->link, neigh);
		uint32_t index;

		while ((index = tcp->link->neighs[neigh].waiting) != 0) {
			struct rs_tcb *tcb = &tcp->tcbs[index];

			if (left-- == 0)
				return;
			rs_connect_stop_waiting(tcp, tcb);
			if (usable)
				rs_tcp_owe(tcp, tcb, RS_OWES_SYN);
			else
				rs_tcp_end(tcp, tcb, RS_END_UNREACHABLE);
		}
		rs_resolve_notified(tcp->link, neigh);
	}
}

bool
rs_connect_reaches(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	bool waited = (tcb->flags & RS_F_WAITS) != 0;
	bool acks = (seg->flags & RTE_TCP_ACK_FLAG) != 0;

	rs_connect_stop_waiting(tcp, tcb);
	if (!rs_neigh_usable(tcp->link, tcb->neigh) ||
	    (acks && !rs_neigh_is(tcp->link, tcb->neigh, m)))
		rs_tcp_move(tcp, tcb, m);
	if (rs_neigh_usable(tcp->link, tcb->neigh))
		return true;
	if (waited)
		wait_for_neigh(tcp, tcb);
	return false;
}

/* Check the parameters of an open, and find its next hop. @return 0 or as rs_connect() */
static int
prepare_connect(struct rs_tcp *tcp, const struct rs_connect *to, struct rs_tuple *tuple,
	uint16_t *neigh)
{
	struct rs_addr hop;
	uint16_t port;
	int ret;

	if (tcp->stopping)
		return -ESHUTDOWN;
	if (to->rport == 0 || to->listener >= tcp->n_listeners ||
	    tcp->listeners[to->listener].port_first != 0)
		return -EINVAL;
	*tuple = (struct rs_tuple){
		.laddr = to->laddr, .raddr = to->raddr, .lport = to->lport, .rport = to->rport,
	};
	if (!rs_route_peer_is_good(tcp->link, &to->raddr) || (to->route != NULL &&
	    !rs_ip_options_fit(&tcp->listeners[to->listener].security, to->route)))
		return -EINVAL;
	/* IPv6 has neither a security option nor a source route */
	if (!rs_addr_is_ipv4(&to->raddr) &&
	    (to->route != NULL || tcp->listeners[to->listener].security.len != 0))
		return -EINVAL;
	hop = to->route != NULL ? rs_source_route_first(to->route) : to->raddr;
	ret = rs_route(tcp->link, &tuple->laddr, &hop, &port, &hop);
	if (ret == 0)
		ret = to->lport != 0 ? check_tuple(tcp, tuple) : choose_port(tcp, tuple);
	if (ret != 0)
		return ret;
	*neigh = rs_resolve(tcp->link, port, &hop);
	return *neigh != RS_NO_NEIGH ? 0 : -ENOBUFS;
}

uint32_t
rs_connect_prefetch(const struct rs_tcp *tcp, const struct rs_connect *to, uint32_t ahead)
{
	struct rs_tuple tuple = {
		.laddr = to->laddr, .raddr = to->raddr, .lport = to->lport, .rport = to->rport,
	};
	uint32_t hash;

	if (tuple.lport == 0)
		tuple.lport = (uint16_t)(tcp->par.local_port_first +
			tcp->local_ports.ring[place_of_pick(tcp, ahead)]);
	hash = rs_tuple_hash(&tcp->link->key, &tuple);
	rs_conn_prefetch(&tcp->table, hash);
	return hash;
}

int
rs_connect(struct rs_tcp *tcp, const struct rs_connect *to, struct rs_tcb **conn)
{
	struct rs_tuple tuple;
	const struct rs_listener *listener;
	struct rs_tcb *tcb;
	uint16_t neigh;
	int ret = prepare_connect(tcp, to, &tuple, &neigh);

	if (ret != 0)
		return ret;
	listener = &tcp->listeners[to->listener];
	tcb = rs_open_tcb(tcp, &tuple, neigh, listener);
	if (tcb == NULL)
		return -ENOBUFS;
	tcb->user = to->user;
	tcb->flags = RS_F_ACTIVE | RS_F_OPENED;
	if (to->route != NULL && !rs_ip_extra_open(tcp, tcb, to->route)) {
		rs_neigh_put(tcp->link, neigh);
		rs_pool_put(&tcp->tcb_pool, rs_tcb_index(tcp, tcb));
		return -ENOBUFS;
	}
	tcb->snd_mss = rs_mss_default(&tuple.raddr);
	rs_open_bind(tcp, tcb, listener);
	rs_conn_insert(&tcp->table, rs_tuple_hash(&tcp->link->key, &tuple),
		rs_tcb_index(tcp, tcb));
	rs_local_port_take(tcp, tuple.lport);
	tcp->stats->tcp.active_opens++;
	rs_open_begin(tcp, tcb, rs_open_isn(tcp, &tuple));
	rs_open_arm(tcp, tcb);
	rs_ts_start(tcp, tcb);
	rs_tcb_set_state(tcp, tcb, RS_SYN_SENT);
	if (rs_neigh_usable(tcp->link, neigh))
		rs_tcp_owe(tcp, tcb, RS_OWES_SYN);
	else
		wait_for_neigh(tcp, tcb);
	*conn = tcb;
	return 0;
}
