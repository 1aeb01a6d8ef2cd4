/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Freeing of bursts of mbufs. Nearly all are of one pool, hold a frame each and have no other
 * reference: these go back to the pool together, and their second cache line is not touched.
 */

#ifndef RS_BASE_MBUF_H
#define RS_BASE_MBUF_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

/** Whether an mbuf holds a frame alone, in its own buffer and without other references. */
static inline bool
rs_mbuf_is_whole(const struct rte_mbuf *m)
{
	/* refcnt and nb_segs by one load; others may change refcnt only if it is not 1 */
	const uint16_t whole[2] = { 1, 1 };
	uint32_t fields, wanted;

	static_assert(offsetof(struct rte_mbuf, nb_segs) ==
		offsetof(struct rte_mbuf, refcnt) + sizeof(m->refcnt), "they are neighbours");
	memcpy(&fields, &m->refcnt, sizeof(fields));
	memcpy(&wanted, whole, sizeof(wanted));
	return fields == wanted && RTE_MBUF_DIRECT(m);
}

/** Free n mbufs, 1 or more; their order changes. */
static inline void
rs_mbuf_free_burst(struct rte_mbuf **pkts, unsigned int n)
{
	struct rte_mempool *pool = pkts[0]->pool;
	unsigned int whole = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];

		if (likely(m->pool == pool && rs_mbuf_is_whole(m)))
			pkts[whole++] = m;
		else
			rte_pktmbuf_free(m);
	}
	if (likely(whole > 0))
		rte_mempool_put_bulk(pool, (void *const *)pkts, whole);
}

#endif /* RS_BASE_MBUF_H */
