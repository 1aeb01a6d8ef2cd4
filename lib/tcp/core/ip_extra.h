/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What the IP header of one connection has that those of its listener do not: a source route
 * (RFC 9293 3.9.2.1) or a DiffServ field of its own (3.9.1.9). Few connections have any, so it
 * stands beside the TCBs and a flag, RS_F_IP_EXTRA, says that it is there.
 */

#ifndef RS_TCP_CORE_IP_EXTRA_H
#define RS_TCP_CORE_IP_EXTRA_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_hash.h>

#include "conn/tcb.h"
#include "packet/segment.h"

struct rs_tcp;

/** Connections of a stack that can have a path of their own. */
#define RS_IP_EXTRAS_MAX 1024

/** A connection's own path. */
struct rs_ip_extra {
	struct rs_source_route route; /**< len 0: none */
	bool route_set;         /**< by who opened it: what arrives changes nothing (MUST-52) */
	bool has_tos;
	uint8_t tos;            /**< with has_tos */
};

/** All of a stack. */
struct rs_ip_extras {
	struct rte_hash *index; /**< TCB index -> place in path */
	struct rs_ip_extra *extra;
};

/** Make room for them. @return 0 or -ENOMEM */
int rs_ip_extra_init(struct rs_tcp *tcp, unsigned int socket);

/** Give it back. */
void rs_ip_extra_fini(struct rs_tcp *tcp);

/** The path of a connection with RS_F_IP_EXTRA. */
const struct rs_ip_extra *rs_ip_extra_of(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** A connection is opened with a source route (MUST-51). @return 0, -ENOBUFS, -EINVAL */
int rs_ip_extra_open(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_source_route *route);

/** A segment has IP options: the way back of its source route is ours (MUST-53, SHLD-24). */
void rs_ip_extra_learn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/** The connection is over, or another one takes its TCB. */
void rs_ip_extra_put(struct rs_tcp *tcp, struct rs_tcb *tcb);

#endif /* RS_TCP_CORE_IP_EXTRA_H */
