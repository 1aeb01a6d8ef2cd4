/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Create and destroy the engine: parameters, ports, pools and tables.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "base/seq.h"
#include "base/siphash.h"
#include "tcp/loss/sender.h"
#include "tcp/tcp.h"

int
rs_listen_mark(const struct rs_listener *listeners, unsigned int n, uint8_t *only_listener,
	struct rs_portset *listening)
{
	unsigned int i;
	uint32_t port;

	if (n > RS_LISTENERS_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		const struct rs_listener *l = &listeners[i];

		if (l->security.len > RS_SECURITY_MAX || l->port_last < l->port_first ||
		    (l->port_first == 0 && l->port_last != 0))
			return -EINVAL;
		if (l->port_first == 0)
			continue; /* settings of connections only: no segment matches port 0 */
		for (port = l->port_first; port <= l->port_last; port++) {
			bool only = l->addr.len == 0 &&
				!rs_portset_has(listening, (uint16_t)port);

			only_listener[port] = only ? (uint8_t)(i + 1) : 0;
			rs_portset_add(listening, (uint16_t)port);
		}
	}
	return 0;
}

void
rs_listen_lookup(struct rs_tcp *tcp)
{
	uint32_t port;

	if (tcp->par.closed_drop) { /* strays are owed resets */
		memset(&tcp->lookup, 0xff, sizeof(tcp->lookup));
		return;
	}
	tcp->lookup = tcp->known;
	rs_portset_add(&tcp->lookup, 0); /* the parser drops segments to it */
	if (tcp->acl != NULL)
		rs_portset_merge(&tcp->lookup, &tcp->acl->ports);
	for (port = 1; port <= UINT16_MAX; port++) {
		if (tcp->active[port] != 0)
			rs_portset_add(&tcp->lookup, (uint16_t)port);
	}
}

void
rs_listen_init(struct rs_tcp *tcp, unsigned int listener)
{
	const struct rs_listener *l = &tcp->listeners[listener];
	struct rs_limits *limits = &tcp->limits[listener];

	*limits = (struct rs_limits){
		.send_ms = l->send_timeout_ms,
		.send_credit = l->send_rate != 0 ?
			(UINT32_C(1000) << 16) / l->send_rate + 1 : 0,
		.resets = rs_rate_of(l->resets_per_second),
	};
	memset(&tcp->listener_stats[listener], 0, sizeof(tcp->listener_stats[listener]));
	rs_ip_extra_listener(tcp, listener);
	rs_admit_listener(tcp, listener);
}

/* Check the ranges of the parameters. @return 0 or -EINVAL */
static int
check_params(const struct rs_tcp_params *par)
{
	if (par->max_connections == 0 || par->max_connections > UINT32_C(1) << 27 ||
	    par->max_time_wait > RS_TIMEWAIT_MASK || par->max_half_open == 0)
		return -EINVAL;
	if (par->max_busy == 0 || par->max_chunks == 0 || par->max_sent == 0)
		return -EINVAL;
	if (par->rcv_buf == 0 || par->rcv_buf > UINT32_C(1) << 30 || par->snd_buf == 0 ||
	    par->snd_window == 0 || par->snd_window > UINT32_C(1) << 30)
		return -EINVAL;
	if (par->rto_min_ms == 0 || par->rto_min_ms > par->rto_max_ms ||
	    par->rto_initial_ms == 0 || par->rto_initial_ms > par->rto_max_ms ||
	    par->ack_delay_ms >= RS_ACK_DELAY_LIMIT_MS || par->msl_ms == 0 ||
	    par->msl_ms > RS_MSL_MAX_MS)
		return -EINVAL;
	if (par->uto_min_ms > par->uto_max_ms || par->local_port_first == 0 ||
	    par->local_port_first > par->local_port_last)
		return -EINVAL;
	return 0;
}

/* Allocate pools, tables and FIFOs. @return 0 or -ENOMEM */
static int
init_memory(struct rs_tcp *tcp, const struct rs_stack_params *params)
{
	const struct rs_tcp_params *par = &tcp->par;

	if (rs_pool_init(&tcp->tcb_pool, par->max_connections, sizeof(struct rs_tcb),
			params->socket) != 0 ||
	    rs_pool_init(&tcp->waits.pool, par->max_time_wait, sizeof(struct rs_timewait),
			params->socket) != 0 ||
	    rs_pool_init(&tcp->buf.busy, par->max_busy, sizeof(struct rs_busy),
			params->socket) != 0 ||
	    rs_pool_init(&tcp->buf.chunks, par->max_chunks, sizeof(struct rs_chunk),
			params->socket) != 0 ||
	    rs_pool_init(&tcp->senders, par->max_busy, sizeof(struct rs_sender),
			params->socket) != 0 ||
	    rs_pool_init(&tcp->ranges, par->max_busy + par->max_sent, sizeof(struct rs_range),
			params->socket) != 0)
		return -ENOMEM;
	tcp->tcbs = (struct rs_tcb *)(void *)tcp->tcb_pool.base;
	tcp->birth_mask = par->life ? UINT32_MAX : 0;
	tcp->births = rte_zmalloc_socket("rs_births",
		(par->life ? par->max_connections + UINT64_C(1) : 1) * sizeof(*tcp->births),
		RTE_CACHE_LINE_SIZE, (int)params->socket);
	if (tcp->births == NULL)
		return -ENOMEM;
	if (rs_conn_table_init(&tcp->table, par->max_connections + par->max_time_wait, tcp->tcbs,
			params->socket) != 0)
		return -ENOMEM;
	tcp->table.waits = rs_timewait_at(&tcp->waits, 0);
	tcp->listener_stats = rte_zmalloc_socket("rs_listener_stats",
		RS_LISTENERS_MAX * sizeof(*tcp->listener_stats), RTE_CACHE_LINE_SIZE,
		(int)params->socket);
	tcp->limits = rte_zmalloc_socket("rs_limits", RS_LISTENERS_MAX *
		sizeof(*tcp->limits), RTE_CACHE_LINE_SIZE, (int)params->socket);
	if (tcp->listener_stats == NULL || tcp->limits == NULL ||
	    rs_fifo_init(&tcp->ready, par->max_connections, params->socket) != 0 ||
	    rs_fifo_init(&tcp->waiting, par->max_connections, params->socket) != 0)
		return -ENOMEM;
	if (rs_admit_init(&tcp->sources, params) != 0)
		return -ENOMEM;
	if (rs_path_init(&tcp->paths, par->max_connections, params->socket) != 0)
		return -ENOMEM;
	return rs_ip_extra_init(tcp, params->socket);
}

/* The least MSS that we announce on any port. */
static uint32_t
rmss_least(const struct rs_tcp *tcp)
{
	const struct rs_addr ipv6 = { .b = { 0x20 } };
	uint32_t least = UINT16_MAX;
	uint16_t i;

	for (i = 0; i < RS_PORTS_MAX; i++) {
		if (tcp->link->ports[i].mtu != 0)
			least = RTE_MIN(least, (uint32_t)rs_tcp_rmss_on(tcp, i, &ipv6));
		if (tcp->link->ra[i].on) /* a router may lower the MTU */
			least = RTE_MIN(least, (uint32_t)rs_mss_default(&ipv6));
	}
	return least;
}

int
rs_tcp_init(struct rs_tcp *tcp, const struct rs_stack_params *params, struct rs_link *link,
	struct rs_stats *stats, uint64_t now)
{
	int ret = check_params(&params->tcp);
	unsigned int i;

	if (ret != 0)
		return ret;
	tcp->par = params->tcp;
	tcp->link = link;
	tcp->stats = stats;
	tcp->now = now;
	tcp->tick = (uint32_t)(now / 1000);
	tcp->listeners = params->listeners;
	tcp->n_listeners = params->n_listeners;
	rs_screen_set(tcp, params->acl);
	tcp->buf.mbufs = params->mbufs;
	tcp->buf.copy_sum = rs_copy_sum_choose();
	tcp->replies_here = params->replies_here;
	tcp->replies_arg = params->replies_arg;
	tcp->frames_seen = params->frames_seen;
	tcp->frames_arg = params->frames_arg;
	memcpy(tcp->isn_key, params->secret + sizeof(params->secret) - sizeof(tcp->isn_key),
		sizeof(tcp->isn_key));
	tcp->uto = rs_uto_option(&tcp->par);
	tcp->rcv_shift = rs_syn_rcv_shift(&tcp->par);
	tcp->rcv_most[0] = rs_receive_window_most(tcp->par.rcv_buf, 0);
	tcp->rcv_most[1] = rs_receive_window_most(tcp->par.rcv_buf, tcp->rcv_shift);
	tcp->rmss_least = rmss_least(tcp);
	tcp->ts_base = (uint32_t)rs_siphash(tcp->isn_key, "timestamps", strlen("timestamps"));
	tcp->ts_key[0] = rs_siphash(tcp->isn_key, "origins 0", strlen("origins 0"));
	tcp->ts_key[1] = rs_siphash(tcp->isn_key, "origins 1", strlen("origins 1"));
	rs_syncookie_init(tcp, params);
	ret = rs_listen_mark(tcp->listeners, tcp->n_listeners, tcp->only_listener,
		&tcp->listening);
	tcp->known = tcp->listening;
	rs_portset_merge(&tcp->known, &link->except_tcp);
	rs_listen_lookup(tcp);
	rs_local_ports_init(tcp);
	if (ret == 0)
		ret = rs_ratelimit_init(&tcp->ratelimit, params);
	if (ret == 0)
		ret = init_memory(tcp, params);
	if (ret != 0) {
		rs_tcp_fini(tcp);
		return ret;
	}
	for (i = 0; i < tcp->n_listeners; i++)
		rs_listen_init(tcp, i);
	rs_timer_init(&tcp->wheel, tcp->tcbs, tcp->tick);
	return 0;
}

void
rs_tcp_fini(struct rs_tcp *tcp)
{
	uint32_t i;

	for (i = 1; i <= tcp->tcb_pool.fresh; i++) {
		struct rs_tcb *tcb = &tcp->tcbs[i];

		/* A free TCB has no state: rs_tcp_bury() left it CLOSED. */
		if (tcb->state != RS_CLOSED)
			rs_tcb_busy_put(tcp, tcb);
	}
	rs_conn_table_fini(&tcp->table);
	rs_pool_fini(&tcp->tcb_pool);
	rs_pool_fini(&tcp->waits.pool);
	rs_pool_fini(&tcp->buf.busy);
	rs_pool_fini(&tcp->buf.chunks);
	rs_pool_fini(&tcp->senders);
	rs_pool_fini(&tcp->ranges);
	rs_ip_extra_fini(tcp);
	rs_path_fini(&tcp->paths);
	rs_fifo_fini(&tcp->ready);
	rs_fifo_fini(&tcp->waiting);
	rte_free(tcp->births);
	rte_free(tcp->listener_stats);
	rte_free(tcp->limits);
	rs_admit_fini(&tcp->sources);
	rs_ratelimit_fini(&tcp->ratelimit);
}
