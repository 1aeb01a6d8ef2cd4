/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A FIFO of connections by TCB index, with room for every TCB once, so that it is never full.
 */

#ifndef RS_CONN_FIFO_H
#define RS_CONN_FIFO_H

#include <errno.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_malloc.h>

/** A FIFO; a flag of the TCB says that it stands in it, so it stands there once. */
struct rs_fifo {
	uint32_t *ring;
	uint32_t size;          /**< entries of the ring */
	uint32_t head;          /**< the oldest entry */
	uint32_t tail;          /**< the entry behind the newest */
	uint32_t n;             /**< connections in it */
};

/** Make a FIFO for `size` TCBs, on the rte_malloc heap of a NUMA node. @return 0 or -ENOMEM */
static inline int
rs_fifo_init(struct rs_fifo *fifo, uint32_t size, unsigned int socket)
{
	fifo->ring = rte_malloc_socket("rs_fifo", (size_t)size * sizeof(fifo->ring[0]),
		RTE_CACHE_LINE_SIZE, (int)socket);
	fifo->size = size;
	return fifo->ring != NULL ? 0 : -ENOMEM;
}

/** Free the memory of a FIFO. */
static inline void
rs_fifo_fini(struct rs_fifo *fifo)
{
	rte_free(fifo->ring);
}

/** Append a TCB index. */
static inline void
rs_fifo_push(struct rs_fifo *fifo, uint32_t index)
{
	RTE_ASSERT(fifo->n < fifo->size);
	fifo->ring[fifo->tail] = index;
	fifo->tail = fifo->tail + 1 < fifo->size ? fifo->tail + 1 : 0;
	fifo->n++;
}

/** The oldest TCB index; there is one. */
static inline uint32_t
rs_fifo_oldest(const struct rs_fifo *fifo)
{
	return fifo->ring[fifo->head];
}

/** Remove the oldest TCB index; there is one. */
static inline uint32_t
rs_fifo_pop(struct rs_fifo *fifo)
{
	uint32_t index = fifo->ring[fifo->head];

	RTE_ASSERT(fifo->n > 0);
	fifo->head = fifo->head + 1 < fifo->size ? fifo->head + 1 : 0;
	fifo->n--;
	return index;
}

#endif /* RS_CONN_FIFO_H */
