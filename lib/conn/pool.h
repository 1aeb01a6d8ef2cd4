/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A pool of entries that are handed out by 32-bit index, last in first out; index 0 is none. It
 * is not an rte_mempool, because one thread owns it, so it needs no lock, and because an index
 * is half as long as a pointer. Memory of entries that were never handed out is never touched.
 */

#ifndef RS_CONN_POOL_H
#define RS_CONN_POOL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Shares of a pool (the dynamic threshold of Choudhury and Hahne): a user may take one more entry
 * only while it holds less than half of the free ones, so the share of each shrinks as the pool
 * empties, and no number of greedy users takes all. A quarter of the pool is kept for users that
 * hold few entries.
 */
#define RS_SHARE_FEW 4
#define RS_SHARE_SHIFT 1
#define RS_SHARE_RESERVE_SHIFT 2

/** A smaller pool is not divided, because a share of it would be of no use. */
#define RS_SHARE_POOL_MIN 64

/** Whether a user that holds `held` of n entries may have one more, when `used` are in use. */
static inline bool
rs_share_allows(uint32_t n, uint32_t used, uint32_t held)
{
	uint32_t reserve = n >> RS_SHARE_RESERVE_SHIFT;

	if (used >= n)
		return false;
	if (held < RS_SHARE_FEW || n < RS_SHARE_POOL_MIN)
		return true;
	return n - used > reserve && held < (n - used - reserve) >> RS_SHARE_SHIFT;
}

/** A pool; a free entry holds the index of the next free one in its first word. */
struct rs_pool {
	uint8_t *base;    /**< n + 1 entries, [0] unused */
	uint32_t stride;  /**< bytes of an entry */
	uint32_t n;       /**< entries */
	uint32_t scarce;  /**< so many are in use when only the reserve is left */
	uint32_t free;    /**< head of the free list; 0: empty */
	uint32_t fresh;   /**< entries with a larger index were never handed out */
	uint32_t used;    /**< entries handed out or reserved now; read by other threads */
};

/**
 * Make a pool of n entries, on the rte_malloc heap.
 *
 * @param stride  bytes of an entry, a multiple of 4
 * @param socket  NUMA node
 * @return 0 or -ENOMEM
 */
int rs_pool_init(struct rs_pool *pool, uint32_t n, uint32_t stride, unsigned int socket);

/** Free the pool's memory. */
void rs_pool_fini(struct rs_pool *pool);

/** The entry of an index. */
static inline void *
rs_pool_at(const struct rs_pool *pool, uint32_t index)
{
	return pool->base + (uint64_t)index * pool->stride;
}

/** Whether only the reserve of a pool is left. */
static inline bool
rs_pool_scarce(const struct rs_pool *pool)
{
	return pool->used >= pool->scarce;
}

/** Reserve an entry: it counts as used, and can be taken later. @return whether one is left */
static inline bool
rs_pool_reserve(struct rs_pool *pool)
{
	bool left = pool->used < pool->n;

	pool->used += left;
	return left;
}

/** Give up a reservation. */
static inline void
rs_pool_unreserve(struct rs_pool *pool)
{
	pool->used--;
}

/** Take the entry that was reserved; its content is undefined. @return its index */
static inline uint32_t
rs_pool_get_reserved(struct rs_pool *pool)
{
	uint32_t index = pool->free;

	if (index != 0)
		pool->free = *(uint32_t *)rs_pool_at(pool, index);
	else
		index = ++pool->fresh;
	return index;
}

/** Take an entry; its content is undefined. @return its index, 0: none is left */
static inline uint32_t
rs_pool_get(struct rs_pool *pool)
{
	return rs_pool_reserve(pool) ? rs_pool_get_reserved(pool) : 0;
}

/** Give an entry back; its first word is overwritten. */
static inline void
rs_pool_put(struct rs_pool *pool, uint32_t index)
{
	*(uint32_t *)rs_pool_at(pool, index) = pool->free;
	pool->free = index;
	pool->used--;
}

#endif /* RS_CONN_POOL_H */
