/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The part of the IP header that few connections have (struct rs_ip_extra): the security
 * option of a listener, a source route (RFC 9293 3.9.2.1), a DiffServ field of one connection
 * (3.9.1.9). It is kept beside the TCBs, because a TCB has no room for it; two flags say that
 * a connection has one.
 */

#ifndef RS_TCP_CORE_IP_EXTRA_H
#define RS_TCP_CORE_IP_EXTRA_H

#include <rte_hash.h>

#include "conn/tcb.h"
#include "packet/ip_options.h"
#include "packet/segment.h"

struct rs_tcp;

/** Connections of a stack that can have an IP header part of their own. */
#define RS_IP_EXTRAS_MAX 1024

/** All IP header parts of a stack. */
struct rs_ip_extras {
	struct rte_hash *index;      /**< TCB index -> place in own */
	struct rs_ip_extra *own;     /**< of connections with RS_F_IP_EXTRA */
	struct rs_ip_extra *listeners; /**< one per listener, for its other connections */
};

/** Fill in the part of a listener. */
void rs_ip_extra_listener(struct rs_tcp *tcp, unsigned int listener);

/** Allocate memory. @return 0 or -ENOMEM */
int rs_ip_extra_init(struct rs_tcp *tcp, unsigned int socket);

/** Free the memory. */
void rs_ip_extra_fini(struct rs_tcp *tcp);

/** The IP header part of a connection with RS_F_SECURE or RS_F_IP_EXTRA. */
const struct rs_ip_extra *rs_ip_extra_of(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** The IP header part of any connection; NULL: it has none. */
static inline const struct rs_ip_extra *
rs_tcb_ip_extra(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	if (likely((tcb->flags & (RS_F_SECURE | RS_F_IP_EXTRA)) == 0))
		return NULL;
	return rs_ip_extra_of(tcp, tcb);
}

/**
 * Give a connection that is being opened a source route, which fits (MUST-51).
 *
 * @return false: RS_IP_EXTRAS_MAX connections have an IP header part of their own
 */
bool rs_ip_extra_open(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_source_route *route);

/** Take over the way back of a segment's source route (MUST-53, SHLD-24). */
void rs_ip_extra_learn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/** Free a connection's own part, because it ended or another one takes its TCB. */
void rs_ip_extra_put(struct rs_tcp *tcp, struct rs_tcb *tcb);

#endif /* RS_TCP_CORE_IP_EXTRA_H */
