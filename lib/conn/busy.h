/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The busy block: the queues of a connection that has something queued, taken from a pool
 * when first needed and given back when all is acknowledged and taken. A queue is a list
 * of chunks, each a range of a held mbuf or of the service's immutable memory.
 */

#ifndef RS_CONN_BUSY_H
#define RS_CONN_BUSY_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "base/seq.h"
#include "conn/pool.h"
#include "conn/tcb.h"

/** A range of bytes. The pool of chunks bounds how many mbufs queues can hold. */
struct rs_chunk {
	uint32_t next;          /**< in its queue; 0: last (first word: the pool's too) */
	uint32_t seq;           /**< reassembly: sequence number of data[0] */
	struct rte_mbuf *m;     /**< holds data, one reference; NULL: immutable memory */
	const uint8_t *data;
	uint32_t len;
	bool fin;               /**< reassembly: FIN follows data */
	bool own;               /**< m is ours alone, so bytes may be added behind data */
};

static_assert(sizeof(struct rs_chunk) == 32, "two chunks a line");

/** A queue of chunks. */
struct rs_queue {
	uint32_t head;
	uint32_t tail;
};

/** Blocks of out-of-order text that a connection reports at most (RFC 2018 3). */
#define RS_SACK_BLOCKS 4

/** What only a busy connection needs. */
struct rs_busy {
	uint32_t link;          /**< the pool's */
	struct rs_queue snd;    /**< from SND.UNA on: sent, and not yet sent */
	struct rs_queue rcv;    /**< in order, acknowledged, not taken by the service */
	struct rs_queue ooo;    /**< out of order, by sequence number, no overlaps */
	uint64_t snd_len;       /**< bytes in snd */
	uint32_t snd_copied;    /**< of them those that hold mbufs of ours */
	uint32_t rcv_len;       /**< bytes in rcv: RCV.USER */
	uint32_t n_ooo;         /**< chunks in ooo */
	struct rs_sack sack[RS_SACK_BLOCKS]; /**< blocks of ooo, as lately as they grew */
	struct rs_sack dsack;   /**< what came twice, to be reported once; empty: nothing */
	uint8_t n_sack;
	uint32_t rcv_up;        /**< RCV.UP */
	bool urgent;            /**< RCV.UP is ahead of what the service took */
	struct rs_idle idle;    /**< for its sender, or kept for the TCB */
	uint32_t sender;        /**< index of tcp/'s struct rs_sender; 0: nothing was sent */
};

/** The pools that queues live from. */
struct rs_buffers {
	struct rs_pool busy;
	struct rs_pool chunks;
	struct rte_mempool *mbufs;
};

static inline struct rs_busy *
rs_busy_at(const struct rs_buffers *buf, uint32_t index)
{
	return rs_pool_at(&buf->busy, index);
}

static inline struct rs_chunk *
rs_chunk_at(const struct rs_buffers *buf, uint32_t index)
{
	return rs_pool_at(&buf->chunks, index);
}

/** A fresh busy block. @return its index, 0: none left */
uint32_t rs_busy_get(struct rs_buffers *buf);

/** Give a busy block back, with all that its queues hold. */
void rs_busy_put(struct rs_buffers *buf, uint32_t index);

/** A chunk for [data, data + len) of m, which gets one reference more (NULL: none). */
uint32_t rs_chunk_get(struct rs_buffers *buf, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len);

/** Give a chunk and its reference back. */
void rs_chunk_put(struct rs_buffers *buf, uint32_t index);

/** Append a chunk. */
void rs_queue_push(const struct rs_buffers *buf, struct rs_queue *queue, uint32_t index);

/**
 * Append a copy of len bytes, in the room behind the last chunk where that is an mbuf of
 * ours, else in new mbufs.
 *
 * @return bytes appended, less than len when mbufs or chunks ran out
 */
uint32_t rs_queue_append_copy(struct rs_buffers *buf, struct rs_queue *queue,
	const uint8_t *data, uint32_t len);

/**
 * Append bytes of a received mbuf: by reference, or copied where they are few, so that
 * many small segments do not each hold an mbuf.
 *
 * @return bytes appended, 0..len
 */
uint32_t rs_queue_append_mbuf(struct rs_buffers *buf, struct rs_queue *queue,
	struct rte_mbuf *m, const uint8_t *data, uint32_t len);

/** Remove n bytes from the front. @return of them, those that were in mbufs */
uint32_t rs_queue_drop(struct rs_buffers *buf, struct rs_queue *queue, uint64_t n);

/** Remove all. */
void rs_queue_clear(struct rs_buffers *buf, struct rs_queue *queue);

/** Copy len bytes, which are there, beginning at offset `off` of chunk `*index`; moves both on. */
void rs_queue_copy(const struct rs_buffers *buf, uint32_t *index, uint32_t *off, uint8_t *to,
	uint32_t len);

/** Find the chunk and offset of byte n of a queue; at its end: of the last chunk (0: empty). */
void rs_queue_seek(const struct rs_buffers *buf, const struct rs_queue *queue, uint64_t n,
	uint32_t *index, uint32_t *off);

#endif /* RS_CONN_BUSY_H */
