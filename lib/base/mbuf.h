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

/** Take the first mbuf out of its chain. @return the others, which are a chain; NULL: none */
static inline struct rte_mbuf *
rs_mbuf_detach(struct rte_mbuf *m)
{
	struct rte_mbuf *rest = m->next;

	if (rest != NULL) {
		rest->nb_segs = (uint16_t)(m->nb_segs - 1);
		rest->pkt_len = m->pkt_len - m->data_len;
		m->next = NULL;
		m->nb_segs = 1;
		m->pkt_len = m->data_len;
	}
	return rest;
}

/**
 * The parts of a text that lies in a chain, one after the other. Each mbuf is taken out of the
 * chain before its part is given out, because a queue may hold it longer than the others.
 */
struct rs_parts {
	struct rte_mbuf *first; /**< stays the caller's */
	struct rte_mbuf *m;     /**< of the present part, an mbuf alone */
	struct rte_mbuf *rest;
	uint32_t off;           /**< of the text behind the parts before, in `rest` */
	uint32_t left;          /**< bytes of that text */
	const uint8_t *data;    /**< the present part */
	uint32_t len;
};

/**
 * Begin with the text of len bytes at `data`, which is counted from the first byte of m on. No part
 * is present yet.
 */
static inline struct rs_parts
rs_parts_of(struct rte_mbuf *m, const uint8_t *data, uint32_t len)
{
	return (struct rs_parts){ .first = m, .rest = m, .left = len,
		.off = (uint32_t)(data - rte_pktmbuf_mtod(m, const uint8_t *)) };
}

/** Free all mbufs but the first. No part is present any more. */
static inline void
rs_parts_end(struct rs_parts *parts)
{
	if (parts->m != parts->first)
		rte_pktmbuf_free(parts->m);
	if (parts->rest != parts->first)
		rte_pktmbuf_free(parts->rest);
	parts->m = NULL;
	parts->rest = NULL;
}

/** Go on to the next part, which is not empty. @return false: there is none, and it is the end */
static inline bool
rs_parts_next(struct rs_parts *parts)
{
	while (parts->left > 0 && parts->rest != NULL) {
		uint32_t skip = RTE_MIN(parts->off, (uint32_t)parts->rest->data_len);

		if (parts->m != parts->first)
			rte_pktmbuf_free(parts->m);
		parts->m = parts->rest;
		parts->rest = rs_mbuf_detach(parts->m);
		parts->off -= skip;
		parts->len = RTE_MIN(parts->m->data_len - skip, parts->left);
		parts->left -= parts->len;
		parts->data = rte_pktmbuf_mtod_offset(parts->m, const uint8_t *, skip);
		if (parts->len > 0)
			return true;
	}
	rs_parts_end(parts);
	return false;
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
