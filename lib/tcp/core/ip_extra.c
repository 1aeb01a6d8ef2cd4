/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Paths of connections that have one of their own.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_malloc.h>

#include "tcp/core/core.h"

int
rs_ip_extra_init(struct rs_tcp *tcp, unsigned int socket)
{
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = RS_IP_EXTRAS_MAX,
		.key_len = sizeof(uint32_t),
		.socket_id = (int)socket,
	};

	snprintf(name, sizeof(name), "rs_ip_extra_%p", (void *)tcp);
	tcp->ip_extras.index = rte_hash_create(&params);
	tcp->ip_extras.extra = rte_zmalloc_socket("rs_ip_extras",
		RS_IP_EXTRAS_MAX * sizeof(struct rs_ip_extra), RTE_CACHE_LINE_SIZE, (int)socket);
	return tcp->ip_extras.index != NULL && tcp->ip_extras.extra != NULL ? 0 : -ENOMEM;
}

void
rs_ip_extra_fini(struct rs_tcp *tcp)
{
	rte_hash_free(tcp->ip_extras.index);
	rte_free(tcp->ip_extras.extra);
}

/* The path of a connection, made where it has none; NULL: no more can be. */
static struct rs_ip_extra *
path_get(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);
	bool known = (tcb->flags & RS_F_IP_EXTRA) != 0;
	int32_t at = known ? rte_hash_lookup(tcp->ip_extras.index, &index) : -ENOENT;

	if (!known && rte_hash_count(tcp->ip_extras.index) < RS_IP_EXTRAS_MAX)
		at = rte_hash_add_key(tcp->ip_extras.index, &index);
	if (at < 0) {
		tcp->stats->tcp.no_ip_extra++;
		return NULL;
	}
	if (!known)
		memset(&tcp->ip_extras.extra[at], 0, sizeof(struct rs_ip_extra));
	tcb->flags |= RS_F_IP_EXTRA;
	return &tcp->ip_extras.extra[at];
}

const struct rs_ip_extra *
rs_ip_extra_of(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);
	int32_t at = rte_hash_lookup(tcp->ip_extras.index, &index);

	RTE_ASSERT(at >= 0);
	return &tcp->ip_extras.extra[at];
}

/* Whether a route has room beside the security option of the connection (RFC 791 3.1). */
static bool
fits(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_source_route *route)
{
	return rs_ip_options_len(rs_tcb_security(tcp, tcb), route) <= RS_IP_OPTIONS_MAX;
}

int
rs_ip_extra_open(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_source_route *route)
{
	struct rs_ip_extra *path;

	if (!fits(tcp, tcb, route))
		return -EINVAL;
	path = path_get(tcp, tcb);
	if (path == NULL)
		return -ENOBUFS;
	path->route = *route;
	path->route_set = true;
	return 0;
}

void
rs_ip_extra_learn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	struct rs_source_route route;
	struct rs_ip_extra *path;

	if (!tcp->par.source_route || !rs_segment_route_back(seg, m, &route) ||
	    !fits(tcp, tcb, &route))
		return;
	path = path_get(tcp, tcb);
	if (path != NULL && !path->route_set)
		path->route = route;
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
	struct rs_ip_extra *path;

	if (tcb->state == RS_CLOSED)
		return -ENOTCONN;
	path = path_get(tcp, tcb);
	if (path == NULL)
		return -ENOBUFS;
	path->has_tos = true;
	path->tos = tos;
	return 0;
}
