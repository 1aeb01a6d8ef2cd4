/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The part of the IP header that few connections have.
 */

#include <errno.h>
#include <stdio.h>

#include <rte_malloc.h>

#include "tcp/core/core.h"

int
rs_ip_extra_init(struct rs_tcp *tcp, unsigned int socket)
{
	struct rs_ip_extras *extras = &tcp->ip_extras;
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = RS_IP_EXTRAS_MAX,
		.key_len = sizeof(uint32_t),
		.socket_id = (int)socket,
		/* without it the table refuses an entry before it is full */
		.extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};

	snprintf(name, sizeof(name), "rs_extra_%p", (void *)tcp);
	extras->index = rte_hash_create(&params);
	extras->own = rte_zmalloc_socket("rs_ip_extra_own",
		RS_IP_EXTRAS_MAX * sizeof(*extras->own), RTE_CACHE_LINE_SIZE, (int)socket);
	extras->listeners = rte_zmalloc_socket("rs_ip_extra_listeners",
		RS_LISTENERS_MAX * sizeof(*extras->listeners), RTE_CACHE_LINE_SIZE,
		(int)socket);
	if (extras->index == NULL || extras->own == NULL || extras->listeners == NULL)
		return -ENOMEM;
	return 0;
}

void
rs_ip_extra_listener(struct rs_tcp *tcp, unsigned int listener)
{
	const struct rs_listener *l = &tcp->listeners[listener];
	struct rs_ip_extra extra = { .tos = l->tos, .security = l->security };

	extra.len = (uint8_t)rs_ip_options_len(&extra.security, &extra.route);
	tcp->ip_extras.listeners[listener] = extra;
}

void
rs_ip_extra_fini(struct rs_tcp *tcp)
{
	rte_hash_free(tcp->ip_extras.index);
	rte_free(tcp->ip_extras.own);
	rte_free(tcp->ip_extras.listeners);
}

/* Get a connection's own part, copied from its listener's at first. @return NULL: no room */
static struct rs_ip_extra *
get_own(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_ip_extras *extras = &tcp->ip_extras;
	uint32_t index = rs_tcb_index(tcp, tcb);
	bool known = (tcb->flags & RS_F_IP_EXTRA) != 0;
	int32_t at = known ? rte_hash_lookup(extras->index, &index) :
		rte_hash_add_key(extras->index, &index);

	if (at < 0) {
		tcp->stats->tcp.no_ip_extra++;
		return NULL;
	}
	if (!known)
		extras->own[at] = extras->listeners[tcb->listener];
	tcb->flags |= RS_F_IP_EXTRA;
	return &extras->own[at];
}

const struct rs_ip_extra *
rs_ip_extra_of(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_ip_extras *extras = &tcp->ip_extras;
	uint32_t index = rs_tcb_index(tcp, tcb);
	int32_t at;

	if ((tcb->flags & RS_F_IP_EXTRA) == 0)
		return &extras->listeners[tcb->listener];
	at = rte_hash_lookup(extras->index, &index);
	RTE_ASSERT(at >= 0);
	return &extras->own[at];
}

/* Set the route of a connection, for which there is room beside its security option. */
static void
set_route(struct rs_ip_extra *extra, const struct rs_source_route *route)
{
	RTE_ASSERT(rs_ip_options_fit(&extra->security, route));
	extra->route = *route;
	extra->len = (uint8_t)rs_ip_options_len(&extra->security, route);
}

bool
rs_ip_extra_open(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_source_route *route)
{
	struct rs_ip_extra *extra = get_own(tcp, tcb);

	if (extra == NULL)
		return false;
	set_route(extra, route);
	extra->route_set = true;
	return true;
}

void
rs_ip_extra_learn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	struct rs_source_route route;
	struct rs_ip_extra *extra;

	/* the way back is as long as the way here, which came beside the same security option */
	if (!tcp->par.source_route || !rs_source_route_back(&route, rs_segment_ip(seg, m)))
		return;
	extra = get_own(tcp, tcb);
	if (extra != NULL && !extra->route_set)
		set_route(extra, &route);
}

void
rs_ip_extra_put(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);

	if ((tcb->flags & RS_F_IP_EXTRA) == 0)
		return;
	rte_hash_del_key(tcp->ip_extras.index, &index);
	tcb->flags &= (uint32_t)~RS_F_IP_EXTRA;
}

int
rs_conn_set_tos(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t tos)
{
	struct rs_ip_extra *extra;

	if (tcb->state == RS_CLOSED)
		return -ENOTCONN;
	extra = get_own(tcp, tcb);
	if (extra == NULL)
		return -ENOBUFS;
	extra->tos = tos;
	return 0;
}
