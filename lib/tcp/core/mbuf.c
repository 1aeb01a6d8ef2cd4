/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Mbufs for outgoing frames.
 */

#include "tcp/core/core.h"

struct rte_mbuf *
rs_tcp_mbuf_get(struct rs_tcp *tcp)
{
	struct rte_mbuf *m;

	if (tcp->n_spare > 0) {
		m = tcp->spare[--tcp->n_spare];
		rte_pktmbuf_reset(m);
		return m;
	}
	m = rte_pktmbuf_alloc(tcp->buf.mbufs);
	if (m == NULL)
		tcp->stats->drop[RS_DROP_no_mbuf]++;
	return m;
}
