/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Allocation and release of an index pool.
 */

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "conn/pool.h"

int
rs_pool_init(struct rs_pool *pool, uint32_t n, uint32_t stride, unsigned int socket)
{
	memset(pool, 0, sizeof(*pool));
	pool->base = rte_malloc_socket("rs_pool", ((size_t)n + 1) * stride, RTE_CACHE_LINE_SIZE,
		(int)socket);
	if (pool->base == NULL)
		return -ENOMEM;
	pool->n = n;
	pool->scarce = n >= RS_SHARE_POOL_MIN ? n - (n >> RS_SHARE_RESERVE_SHIFT) : UINT32_MAX;
	pool->stride = stride;
	return 0;
}

void
rs_pool_fini(struct rs_pool *pool)
{
	rte_free(pool->base);
	memset(pool, 0, sizeof(*pool));
}
