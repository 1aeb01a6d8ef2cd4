/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A fixed array of entries handed out by 32-bit index, last in first out; index 0 is
 * none. Single owner, so no lock: that, and that an index is half a pointer, is why it
 * is not an rte_mempool. Memory that was never handed out is never touched.
 */

#ifndef RS_CONN_POOL_H
#define RS_CONN_POOL_H

#include <stdint.h>

/** A pool; a free entry holds the index of the next free one in its first word. */
struct rs_pool {
	uint8_t *base;    /**< n + 1 entries, [0] unused */
	uint32_t stride;  /**< bytes of an entry */
	uint32_t n;
	uint32_t free;    /**< head of the free list */
	uint32_t fresh;   /**< entries above it were never handed out */
	uint32_t used;    /**< entries handed out now; read by other threads */
};

/**
 * Make a pool of n entries.
 *
 * @param stride  bytes of an entry, a multiple of 4
 * @return 0 or -ENOMEM
 */
int rs_pool_init(struct rs_pool *pool, uint32_t n, uint32_t stride, unsigned int socket);

/** Give the pool's memory back. */
void rs_pool_fini(struct rs_pool *pool);

/** The entry of an index. */
static inline void *
rs_pool_at(const struct rs_pool *pool, uint32_t index)
{
	return pool->base + (uint64_t)index * pool->stride;
}

/** Take an entry; its content is undefined. @return its index, or 0: none left */
static inline uint32_t
rs_pool_get(struct rs_pool *pool)
{
	uint32_t index = pool->free;

	if (index != 0)
		pool->free = *(uint32_t *)rs_pool_at(pool, index);
	else if (pool->fresh < pool->n)
		index = ++pool->fresh;
	else
		return 0;
	pool->used++;
	return index;
}

/** Give an entry back. */
static inline void
rs_pool_put(struct rs_pool *pool, uint32_t index)
{
	*(uint32_t *)rs_pool_at(pool, index) = pool->free;
	pool->free = index;
	pool->used--;
}

#endif /* RS_CONN_POOL_H */
