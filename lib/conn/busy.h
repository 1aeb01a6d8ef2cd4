/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The busy block: the queues of a connection with data queued. It is taken from a pool with the
 * first data and given back when all data is acknowledged and taken. A queue is a list of
 * chunks, each a range of a held mbuf or of the service's immutable memory.
 */

#ifndef RS_CONN_BUSY_H
#define RS_CONN_BUSY_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/copy_sum.h"
#include "base/seq.h"
#include "conn/pool.h"
#include "conn/tcb.h"
#include "packet/tcp_options.h"

/** A range of bytes. The pool of chunks bounds the number of mbufs that queues hold. */
struct rs_chunk {
	uint32_t next;          /**< in its queue; 0: last. The pool's free list uses it, too */
	uint32_t len;
	struct rte_mbuf *m;     /**< holds data, one reference; NULL: immutable memory */
	const uint8_t *data;
	bool own;               /**< m was allocated here, so bytes may be added behind data */
};

static_assert(sizeof(struct rs_chunk) == 32, "two chunks a line");

/** A queue of chunks. */
struct rs_queue {
	uint32_t head;          /**< index; 0: the queue is empty */
	uint32_t tail;
	uint32_t n;             /**< chunks; the ones of the reassembly queue are in n_ooo */
};

/** Most blocks of out-of-order text that a connection reports (RFC 2018 3). */
#define RS_SACK_BLOCKS RS_SACK_MAX

/**
 * Lists of busy blocks, each in the order in which the blocks joined it. Eviction begins at the
 * head (tcp/evict.c).
 */
enum rs_busy_list {
	RS_BUSY_OOO,            /**< text waits in ooo */
	RS_BUSY_STALLED,        /**< enum rs_stall is not RS_STALL_NONE */
	RS_BUSY_LISTS
};

/** Why a connection makes no progress. */
enum rs_stall {
	RS_STALL_NONE,
	RS_STALL_WINDOW,        /**< the peer's window is closed */
	RS_STALL_UNACKED,       /**< the RTO expired, and SND.UNA has not moved since */
	RS_STALL_UNREAD,        /**< the service does not take the text in rcv */
	RS_STALL_URGENT,        /**< nothing is queued, RCV.UP is ahead of all received text */
};

/** A block's place in a list. */
struct rs_busy_node {
	uint32_t next;          /**< 0: last */
	uint32_t prev;          /**< 0: first */
};

/** The state that only a busy connection needs. */
struct rs_busy {
	union {
		uint32_t tcb;   /**< index of its connection */
		uint32_t link;  /**< of a free block: the pool's free list */
	};
	struct rs_queue snd;    /**< from SND.UNA on: data in flight, then data to be sent */
	struct rs_queue rcv;    /**< in order, acknowledged, not taken by the service */
	struct rs_queue ooo;    /**< out of order: struct rs_run, not chunks (conn/runs.h) */
	const uint8_t *snd_text; /**< all that is queued, and snd is empty: rs_busy_text_queue() */
	uint64_t snd_len;       /**< bytes in snd, or at snd_text */
	uint32_t snd_copied;    /**< bytes in snd that lie in mbufs, not in the service's memory */
	uint32_t rcv_len;       /**< bytes in rcv: RCV.USER */
	struct rs_sack sack[RS_SACK_BLOCKS]; /**< blocks of ooo, the latest to grow first */
	struct rs_sack dsack;   /**< duplicate text, to be reported once; empty: none */
	uint8_t n_sack;         /**< blocks in sack */
	uint8_t lists;          /**< bit i: it is in list i */
	uint8_t stall;          /**< enum rs_stall */
	bool bulk : 1;          /**< in the bulk list of tcp/ */
	bool urgent : 1;        /**< RCV.UP is ahead of the bytes that the service took */
	bool snd_limited : 1;   /**< snd_due is set */
	bool light : 1;         /**< all in flight was sent at light_sent, once, without a sender */
	uint32_t light_sent;    /**< with `light`: microseconds, low bits */
	uint32_t snd_due;       /**< tick at which the peer must have acknowledged more */
	uint32_t limit_ms;      /**< rest of the service's time limit while t_rtx runs; 0: none */
	struct rs_idle idle;    /**< start values of its sender, or those that the TCB gets back */
	uint32_t sender;        /**< index of tcp/'s struct rs_sender; 0: it has none */
	/* of a block that is in a list only */
	uint32_t stalled_at;    /**< the tick in which the stall began */
	struct rs_busy_node nodes[RS_BUSY_LISTS];
	uint32_t rcv_up;        /**< RCV.UP */
	uint32_t n_ooo;         /**< entries of the pool of chunks in ooo: runs and their chunks */
	uint32_t ooo_len;       /**< bytes in ooo */
	uint32_t ooo_hint;      /**< the run that text was last received for; 0: not known */
	uint32_t bulk_next;     /**< in the bulk list: the next busy block; 0: last */
	uint32_t bulk_prev;     /**< in the bulk list: the previous one; 0: first */
} __rte_cache_aligned;

static_assert(offsetof(struct rs_busy, stalled_at) <= 2 * RTE_CACHE_LINE_SIZE,
	"two lines have all that a connection which makes progress needs");

/** The pools that the queues of a stack are made of. */
struct rs_buffers {
	struct rs_pool busy;
	struct rs_pool chunks;
	struct rte_mempool *mbufs;
	rs_copy_sum_long *copy_sum; /**< for long copies; NULL: rs_copy_sum() */
	struct { uint32_t head, tail; } lists[RS_BUSY_LISTS]; /**< of busy blocks */
	uint32_t given_back;    /**< busy blocks and chunks, ever: rs_tcp_wake() */
};

/** The busy block of an index. */
static inline struct rs_busy *
rs_busy_at(const struct rs_buffers *buf, uint32_t index)
{
	return (struct rs_busy *)(void *)buf->busy.base + index;
}

/** The chunk of an index. */
static inline struct rs_chunk *
rs_chunk_at(const struct rs_buffers *buf, uint32_t index)
{
	return (struct rs_chunk *)(void *)buf->chunks.base + index;
}

/** Take a busy block, zeroed. @return its index, 0: none is left */
static inline uint32_t
rs_busy_get(struct rs_buffers *buf)
{
	uint32_t index = rs_pool_get(&buf->busy);

	if (index != 0)
		memset(rs_busy_at(buf, index), 0, sizeof(struct rs_busy));
	return index;
}

/** Give a busy block back, with the chunks of its queues. */
void rs_busy_put(struct rs_buffers *buf, uint32_t index);

/** Whether nothing is queued. */
static inline bool
rs_busy_is_empty(const struct rs_busy *busy)
{
	return busy->snd_len == 0 && (busy->rcv.head | busy->ooo.head) == 0;
}

/** Give a busy block back whose queues are empty. */
void rs_busy_put_empty(struct rs_buffers *buf, uint32_t index);

/** Put a busy block at the tail of a list, unless it is in it. */
void rs_busy_enlist(struct rs_buffers *buf, struct rs_busy *busy, enum rs_busy_list list);

/** Take a busy block out of a list, if it is in it. */
void rs_busy_delist(struct rs_buffers *buf, struct rs_busy *busy, enum rs_busy_list list);

/** The connection stalls for a reason from tick `now` on, unless it has stalled before. */
void rs_busy_stall(struct rs_buffers *buf, struct rs_busy *busy, enum rs_stall why, uint32_t now);

/** A stalled connection made progress at tick `now`. It stalls anew if text waits in rcv. */
void rs_busy_resume(struct rs_buffers *buf, struct rs_busy *busy, uint32_t now);

/** Whether a queue of n chunks may have one more, as its share of the pool is now. */
static inline bool
rs_queue_may_grow(const struct rs_buffers *buf, uint32_t n)
{
	return rs_share_allows(buf->chunks.n, buf->chunks.used, n);
}

/**
 * Take a chunk for the bytes [data, data + len).
 *
 * @param m  the mbuf that holds them, of which the chunk takes a reference; NULL: they are
 *           immutable memory
 * @return its index, 0: none is left
 */
uint32_t rs_chunk_get(struct rs_buffers *buf, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len);

/** Give a chunk and its reference back. */
void rs_chunk_put(struct rs_buffers *buf, uint32_t index);

/**
 * Queue immutable memory as all that a busy block has to send; the caller sets snd_len. Most
 * responses are such a text and are acknowledged as a whole, so a chunk is only reserved for it.
 *
 * @return false: no chunk is left for it, or the block has something to send already
 */
static inline bool
rs_busy_text_queue(struct rs_buffers *buf, struct rs_busy *busy, const uint8_t *text)
{
	if (busy->snd_len != 0 || !rs_pool_reserve(&buf->chunks))
		return false;
	busy->snd_text = text;
	return true;
}

/** All of the text is acknowledged, or dropped: give the reserved chunk back. */
static inline void
rs_busy_text_drop(struct rs_buffers *buf, struct rs_busy *busy)
{
	busy->snd_text = NULL;
	busy->snd_len = 0;
	rs_pool_unreserve(&buf->chunks);
	buf->given_back++;
}

/** Make a chunk of the text, for a caller that needs the queue as it is in general. */
void rs_busy_text_to_queue(struct rs_buffers *buf, struct rs_busy *busy);

/** The same, if the block has such a text. */
static inline void
rs_busy_use_queue(struct rs_buffers *buf, struct rs_busy *busy)
{
	if (unlikely(busy->snd_text != NULL))
		rs_busy_text_to_queue(buf, busy);
}

/** Append a chunk to snd or rcv. */
void rs_queue_push(const struct rs_buffers *buf, struct rs_queue *queue, uint32_t index);

/**
 * Append a copy of len bytes: in the room behind the last chunk if its mbuf was allocated
 * here, then in new mbufs.
 *
 * @return bytes appended, less than len when mbufs, chunks or the queue's share of them ran out
 */
uint32_t rs_queue_append_copy(struct rs_buffers *buf, struct rs_queue *queue,
	const uint8_t *data, uint32_t len);

/**
 * Append bytes of a received mbuf: a large piece by reference, a small one as a copy, so that
 * many small segments do not hold an mbuf each.
 *
 * @return bytes appended, 0..len, less than len when mbufs, chunks or the queue's share ran out
 */
uint32_t rs_queue_append_mbuf(struct rs_buffers *buf, struct rs_queue *queue,
	struct rte_mbuf *m, const uint8_t *data, uint32_t len);

/** Remove n bytes from the front of a queue. @return the number of them that lay in mbufs */
uint32_t rs_queue_drop(struct rs_buffers *buf, struct rs_queue *queue, uint64_t n);

/** Empty a queue. */
void rs_queue_clear(struct rs_buffers *buf, struct rs_queue *queue);

/** Copy len bytes. @return with `summed` their sum, which begins at an even offset of a packet */
static __rte_always_inline uint64_t
rs_bytes_copy(const struct rs_buffers *buf, uint8_t *to, const uint8_t *from, uint32_t len,
	bool summed)
{
	if (!summed) {
		/* not rte_memcpy(), because libc's has the vectors of this CPU */
		memcpy(to, from, len);
		return 0;
	}
	return len >= RS_COPY_SUM_LONG && buf->copy_sum != NULL ? buf->copy_sum(to, from, len) :
		rs_copy_sum(to, from, len);
}

/**
 * Copy len bytes of a queue, which must hold as many from there on.
 *
 * @param index  [in,out] chunk of the first byte; afterwards of the byte behind the last
 * @param off    [in,out] offset of that byte in the chunk
 */
void rs_queue_copy(const struct rs_buffers *buf, uint32_t *index, uint32_t *off, uint8_t *to,
	uint32_t len);

/** The same. @return the sum of the bytes, which begin at an even offset of a packet */
uint64_t rs_queue_copy_sum(const struct rs_buffers *buf, uint32_t *index, uint32_t *off,
	uint8_t *to, uint32_t len);

/**
 * Find byte n of a queue.
 *
 * @param index  [out] its chunk; with n the length of the queue the last one, 0: empty
 * @param off    [out] its offset in the chunk
 */

void rs_queue_seek(const struct rs_buffers *buf, const struct rs_queue *queue, uint64_t n,
	uint32_t *index, uint32_t *off);

#endif /* RS_CONN_BUSY_H */
