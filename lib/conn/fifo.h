/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A FIFO of connections by TCB index, with room for every TCB once, so that it is never full. The
 * first RS_FIFO_RING of them stand in a ring. Behind these the others are bits of a bitmap, so
 * that a FIFO of millions of connections takes a bit of each and not a word. They get into the
 * ring in the order of their indexes, round and round.
 */

#ifndef RS_CONN_FIFO_H
#define RS_CONN_FIFO_H

#include <stdint.h>

#include <rte_bitmap.h>
#include <rte_common.h>
#include <rte_debug.h>

/** Most entries of the ring. */
#define RS_FIFO_RING (UINT32_C(1) << 16)

/** A FIFO; a flag of the TCB says that it stands in it, so it stands there once. */
struct rs_fifo {
	uint32_t *ring;
	uint32_t mask;          /**< entries of the ring, a power of two, less 1 */
	uint32_t head;          /**< the oldest entry */
	uint32_t tail;          /**< the entry behind the newest */
	uint32_t n;             /**< connections in the FIFO */
	struct rte_bitmap *rest; /**< those that the ring has no room for; NULL: it has */
	uint64_t slab;          /**< 64 bits of `rest` that are being moved to the ring */
	uint32_t slab_at;       /**< the index of the lowest bit */
};

/** Bytes of memory of a FIFO for the TCBs 1 to max. */
uint64_t rs_fifo_memory(uint32_t max);

/** Make a FIFO for the TCBs 1 to max, on the rte_malloc heap of a NUMA node. @return 0, -ENOMEM */
int rs_fifo_init(struct rs_fifo *fifo, uint32_t max, unsigned int socket);

/** Free the memory of a FIFO. */
void rs_fifo_fini(struct rs_fifo *fifo);

/** Append a TCB index for which the ring has no room. */
void rs_fifo_rest_push(struct rs_fifo *fifo, uint32_t index);

/** The index that leaves the bitmap next; there is one. */
uint32_t rs_fifo_rest_pop(struct rs_fifo *fifo);

/** Append a TCB index. */
static inline void
rs_fifo_push(struct rs_fifo *fifo, uint32_t index)
{
	if (unlikely(fifo->n++ > fifo->mask)) { /* the ring is full */
		rs_fifo_rest_push(fifo, index);
		return;
	}
	fifo->ring[fifo->tail] = index;
	fifo->tail = (fifo->tail + 1) & fifo->mask;
}

/** The oldest TCB index; there is one. */
static inline uint32_t
rs_fifo_oldest(const struct rs_fifo *fifo)
{
	return fifo->ring[fifo->head];
}

/** The TCB index that is `i` behind the oldest, i below RS_FIFO_RING; 0: there is none. */
static inline uint32_t
rs_fifo_ahead(const struct rs_fifo *fifo, uint32_t i)
{
	return i < fifo->n && i <= fifo->mask ? fifo->ring[(fifo->head + i) & fifo->mask] : 0;
}

/** Remove the oldest TCB index; there is one. */
static inline uint32_t
rs_fifo_pop(struct rs_fifo *fifo)
{
	uint32_t index = fifo->ring[fifo->head];

	RTE_ASSERT(fifo->n > 0);
	if (unlikely(fifo->n-- > fifo->mask + 1)) {
		fifo->ring[fifo->tail] = rs_fifo_rest_pop(fifo); /* head = tail: the ring is full */
		fifo->tail = (fifo->tail + 1) & fifo->mask;
	}
	fifo->head = (fifo->head + 1) & fifo->mask;
	return index;
}

#endif /* RS_CONN_FIFO_H */
