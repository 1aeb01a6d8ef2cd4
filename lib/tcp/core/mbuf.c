/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Mbufs for outgoing frames.
 */

#include "tcp/core/core.h"

struct rte_mbuf *
rs_tcp_mbuf_new(struct rs_tcp *tcp)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(tcp->buf.mbufs);

	if (unlikely(m == NULL)) {
		tcp->stats->drop[RS_DROP_no_mbuf]++;
		tcp->no_mbuf = true;
		tcp->wanted.mbufs = true;
		tcp->wanted.any = true;
	}
	return m;
}
