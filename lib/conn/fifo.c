/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Memory of a FIFO of connections, and the bitmap of those that its ring has no room for.
 */

#include <errno.h>
#include <string.h>

#include <rte_malloc.h>

#include "conn/fifo.h"

/* Entries of the ring of a FIFO for max TCBs. */
static uint32_t
ring_size(uint32_t max)
{
	return rte_align32pow2(RTE_MIN(max, RS_FIFO_RING));
}

/* Bytes of its bitmap; index 0 has a bit, too. */
static uint32_t
bitmap_size(uint32_t max)
{
	return max > RS_FIFO_RING ? rte_bitmap_get_memory_footprint(max + 1) : 0;
}

uint64_t
rs_fifo_memory(uint32_t max)
{
	return (uint64_t)ring_size(max) * sizeof(uint32_t) + bitmap_size(max);
}

int
rs_fifo_init(struct rs_fifo *fifo, uint32_t max, unsigned int socket)
{
	uint32_t size = bitmap_size(max);
	uint8_t *mem;

	memset(fifo, 0, sizeof(*fifo));
	fifo->mask = ring_size(max) - 1;
	fifo->ring = rte_malloc_socket("rs_fifo", ring_size(max) * sizeof(fifo->ring[0]),
		RTE_CACHE_LINE_SIZE, (int)socket);
	if (fifo->ring == NULL)
		return -ENOMEM;
	if (size == 0)
		return 0;
	mem = rte_malloc_socket("rs_fifo_rest", size, RTE_CACHE_LINE_SIZE, (int)socket);
	if (mem == NULL)
		return -ENOMEM;
	fifo->rest = rte_bitmap_init(max + 1, mem, size);
	return 0;
}

void
rs_fifo_fini(struct rs_fifo *fifo)
{
	rte_free(fifo->ring);
	rte_free(fifo->rest); /* the bitmap begins with its head */
	memset(fifo, 0, sizeof(*fifo));
}

__rte_noinline void
rs_fifo_rest_push(struct rs_fifo *fifo, uint32_t index)
{
	RTE_ASSERT(fifo->rest != NULL);
	rte_bitmap_set(fifo->rest, index);
}

uint32_t
rs_fifo_rest_pop(struct rs_fifo *fifo)
{
	uint32_t index;

	if (fifo->slab == 0)
		rte_bitmap_scan(fifo->rest, &fifo->slab_at, &fifo->slab);
	RTE_ASSERT(fifo->slab != 0);
	index = fifo->slab_at + (uint32_t)__builtin_ctzll(fifo->slab);
	fifo->slab &= fifo->slab - 1;
	rte_bitmap_clear(fifo->rest, index);
	return index;
}
