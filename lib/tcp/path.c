/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Paths of connections that have one of their own.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_malloc.h>

#include "tcp/tcp.h"

int
rs_path_init(struct rs_tcp *tcp, unsigned int socket)
{
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = RS_PATHS_MAX,
		.key_len = sizeof(uint32_t),
		.socket_id = (int)socket,
	};

	snprintf(name, sizeof(name), "rs_path_%p", (void *)tcp);
	tcp->paths.index = rte_hash_create(&params);
	tcp->paths.path = rte_zmalloc_socket("rs_paths", RS_PATHS_MAX * sizeof(struct rs_path),
		RTE_CACHE_LINE_SIZE, (int)socket);
	return tcp->paths.index != NULL && tcp->paths.path != NULL ? 0 : -ENOMEM;
}

void
rs_path_fini(struct rs_tcp *tcp)
{
	rte_hash_free(tcp->paths.index);
	rte_free(tcp->paths.path);
}

/* The path of a connection, made where it has none; NULL: no more can be. */
static struct rs_path *
path_get(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);
	bool known = (tcb->flags & RS_F_PATH) != 0;
	int32_t at = known ? rte_hash_lookup(tcp->paths.index, &index) : -ENOENT;

	if (!known && rte_hash_count(tcp->paths.index) < RS_PATHS_MAX)
		at = rte_hash_add_key(tcp->paths.index, &index);
	if (at < 0) {
		tcp->stats->tcp.no_path++;
		return NULL;
	}
	if (!known)
		memset(&tcp->paths.path[at], 0, sizeof(struct rs_path));
	tcb->flags |= RS_F_PATH;
	return &tcp->paths.path[at];
}

const struct rs_path *
rs_path_of(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);
	int32_t at = rte_hash_lookup(tcp->paths.index, &index);

	RTE_ASSERT(at >= 0);
	return &tcp->paths.path[at];
}

/* Whether a route has room beside the security option of the connection (RFC 791 3.1). */
static bool
fits(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_source_route *route)
{
	return rs_ip_options_len(rs_tcb_security(tcp, tcb), route) <= RS_IP_OPTIONS_MAX;
}

int
rs_path_open(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_source_route *route)
{
	struct rs_path *path;

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
rs_path_learn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	struct rs_source_route route;
	struct rs_path *path;

	if (!tcp->par.source_route || !rs_segment_route_back(seg, m, &route) ||
	    !fits(tcp, tcb, &route))
		return;
	path = path_get(tcp, tcb);
	if (path != NULL && !path->route_set)
		path->route = route;
}

void
rs_path_put(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);

	if ((tcb->flags & RS_F_PATH) == 0)
		return;
	rte_hash_del_key(tcp->paths.index, &index);
	tcb->flags &= (uint32_t)~RS_F_PATH;
}

int
rs_conn_set_tos(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t tos)
{
	struct rs_path *path;

	if (tcb->state == RS_CLOSED)
		return -ENOTCONN;
	path = path_get(tcp, tcb);
	if (path == NULL)
		return -ENOBUFS;
	path->has_tos = true;
	path->tos = tos;
	return 0;
}
