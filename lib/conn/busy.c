/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Busy blocks, chunks and their queues.
 */

#include <string.h>

#include "base/checksum.h"
#include "conn/busy.h"
#include "conn/runs.h"

/* Most bytes of a received mbuf that are copied; a larger piece holds the mbuf. */
#define COPY_MAX 512

void
rs_busy_put(struct rs_buffers *buf, uint32_t index)
{
	struct rs_busy *busy = rs_busy_at(buf, index);

	if (unlikely(busy->snd_text != NULL))
		rs_busy_text_drop(buf, busy);
	rs_queue_clear(buf, &busy->snd);
	rs_queue_clear(buf, &busy->rcv);
	rs_runs_clear(buf, busy);
	rs_busy_put_empty(buf, index);
}

void
rs_busy_put_empty(struct rs_buffers *buf, uint32_t index)
{
	struct rs_busy *busy = rs_busy_at(buf, index);

	if (unlikely(busy->lists != 0)) {
		rs_busy_delist(buf, busy, RS_BUSY_OOO);
		rs_busy_delist(buf, busy, RS_BUSY_STALLED);
	}
	/* a connection may have taken it in vain, which must not wake the next one to do so, too */
	buf->given_back += buf->busy.used == buf->busy.n;
	rs_pool_put(&buf->busy, index);
}

/* The index of a busy block. */
static uint32_t
busy_index(const struct rs_buffers *buf, const struct rs_busy *busy)
{
	return (uint32_t)(busy - (const struct rs_busy *)(const void *)buf->busy.base);
}

void
rs_busy_enlist(struct rs_buffers *buf, struct rs_busy *busy, enum rs_busy_list list)
{
	struct rs_busy_node *node = &busy->nodes[list];
	uint32_t index = busy_index(buf, busy);
	uint32_t tail = buf->lists[list].tail;

	if ((busy->lists & 1 << list) != 0)
		return;
	busy->lists |= (uint8_t)(1 << list);
	node->next = 0;
	node->prev = tail;
	*(tail != 0 ? &rs_busy_at(buf, tail)->nodes[list].next : &buf->lists[list].head) = index;
	buf->lists[list].tail = index;
}

__rte_noinline void
rs_busy_delist(struct rs_buffers *buf, struct rs_busy *busy, enum rs_busy_list list)
{
	uint32_t next = busy->nodes[list].next;
	uint32_t prev = busy->nodes[list].prev;

	if ((busy->lists & 1 << list) == 0)
		return;
	busy->lists &= (uint8_t)~(1 << list);
	*(prev != 0 ? &rs_busy_at(buf, prev)->nodes[list].next : &buf->lists[list].head) = next;
	*(next != 0 ? &rs_busy_at(buf, next)->nodes[list].prev : &buf->lists[list].tail) = prev;
}

__rte_noinline void
rs_busy_stall(struct rs_buffers *buf, struct rs_busy *busy, enum rs_stall why, uint32_t now)
{
	if (busy->stall != RS_STALL_NONE)
		return;
	busy->stall = (uint8_t)why;
	busy->stalled_at = now;
	rs_busy_enlist(buf, busy, RS_BUSY_STALLED);
}

void
rs_busy_resume(struct rs_buffers *buf, struct rs_busy *busy, uint32_t now)
{
	busy->stall = RS_STALL_NONE;
	rs_busy_delist(buf, busy, RS_BUSY_STALLED);
	if (busy->rcv.head != 0)
		rs_busy_stall(buf, busy, RS_STALL_UNREAD, now);
	else if (busy->urgent)
		rs_busy_stall(buf, busy, RS_STALL_URGENT, now);
}

/* Fill in a chunk that was taken. */
static void
chunk_fill(struct rs_buffers *buf, uint32_t index, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	*rs_chunk_at(buf, index) = (struct rs_chunk){ .m = m, .data = data, .len = len };
}

uint32_t
rs_chunk_get(struct rs_buffers *buf, struct rte_mbuf *m, const uint8_t *data, uint32_t len)
{
	uint32_t index = rs_pool_get(&buf->chunks);

	if (index == 0)
		return 0;
	if (m != NULL)
		rte_mbuf_refcnt_update(m, 1);
	chunk_fill(buf, index, m, data, len);
	return index;
}

__rte_noinline void
rs_busy_text_to_queue(struct rs_buffers *buf, struct rs_busy *busy)
{
	uint32_t index = rs_pool_get_reserved(&buf->chunks);

	chunk_fill(buf, index, NULL, busy->snd_text, (uint32_t)busy->snd_len);
	rs_queue_push(buf, &busy->snd, index);
	busy->snd_text = NULL;
}

__rte_noinline void
rs_chunk_put(struct rs_buffers *buf, uint32_t index)
{
	rte_pktmbuf_free(rs_chunk_at(buf, index)->m);
	rs_pool_put(&buf->chunks, index);
	buf->given_back++;
}

void
rs_queue_push(const struct rs_buffers *buf, struct rs_queue *queue, uint32_t index)
{
	if (queue->tail != 0)
		rs_chunk_at(buf, queue->tail)->next = index;
	else
		queue->head = index;
	queue->tail = index;
	queue->n++;
}

/*
 * Append an empty chunk with a new mbuf. @return the chunk, NULL: no mbuf or chunk is left, or the
 * queue has its share
 */
static struct rs_chunk *
push_own_mbuf(struct rs_buffers *buf, struct rs_queue *queue)
{
	struct rte_mbuf *m = NULL;
	struct rs_chunk *chunk;
	uint32_t index;

	if (rs_queue_may_grow(buf, queue->n))
		m = rte_pktmbuf_alloc(buf->mbufs);
	if (m == NULL)
		return NULL;
	index = rs_chunk_get(buf, m, rte_pktmbuf_mtod(m, const uint8_t *), 0);
	rte_pktmbuf_free(m); /* the chunk's reference stays */
	if (index == 0)
		return NULL;
	chunk = rs_chunk_at(buf, index);
	chunk->own = true;
	rs_queue_push(buf, queue, index);
	return chunk;
}

/* Bytes that may be added behind a chunk, in the mbuf that was allocated for it. */
static uint32_t
chunk_room(const struct rs_chunk *chunk)
{
	const uint8_t *end;

	if (!chunk->own)
		return 0;
	end = (const uint8_t *)chunk->m->buf_addr + chunk->m->buf_len;
	return (uint32_t)(end - (chunk->data + chunk->len));
}

uint32_t
rs_queue_append_copy(struct rs_buffers *buf, struct rs_queue *queue, const uint8_t *data,
	uint32_t len)
{
	struct rs_chunk *chunk = queue->tail != 0 ? rs_chunk_at(buf, queue->tail) : NULL;
	uint32_t done = 0;

	while (done < len) {
		uint32_t n = chunk != NULL ? chunk_room(chunk) : 0;

		if (n == 0) {
			chunk = push_own_mbuf(buf, queue);
			if (chunk == NULL)
				break;
			continue;
		}
		if (n > len - done)
			n = len - done;
		/* not const: the mbuf was allocated here, and no byte behind data is in use */

		memcpy((uint8_t *)(uintptr_t)chunk->data + chunk->len, data + done, n);
		chunk->len += n;
		done += n;
	}
	return done;
}

__rte_noinline uint32_t
rs_queue_append_mbuf(struct rs_buffers *buf, struct rs_queue *queue, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len)
{
	uint32_t index;

	if (len <= COPY_MAX)
		return rs_queue_append_copy(buf, queue, data, len);
	index = rs_queue_may_grow(buf, queue->n) ? rs_chunk_get(buf, m, data, len) : 0;
	if (index == 0)
		return 0;
	rs_queue_push(buf, queue, index);
	return len;
}

__rte_noinline uint32_t
rs_queue_drop(struct rs_buffers *buf, struct rs_queue *queue, uint64_t n)
{
	uint32_t held = 0;

	while (n > 0) {
		uint32_t index = queue->head;
		struct rs_chunk *chunk = rs_chunk_at(buf, index);
		uint32_t part = n < chunk->len ? (uint32_t)n : chunk->len;

		if (chunk->m != NULL)
			held += part;
		n -= part;
		chunk->data += part;
		chunk->len -= part;
		if (chunk->len > 0)
			break;
		queue->head = chunk->next;
		if (queue->head == 0)
			queue->tail = 0;
		queue->n--;
		rs_chunk_put(buf, index);
	}
	return held;
}

void
rs_queue_clear(struct rs_buffers *buf, struct rs_queue *queue)
{
	uint32_t index = queue->head;

	while (index != 0) {
		uint32_t next = rs_chunk_at(buf, index)->next;

		rs_chunk_put(buf, index);
		index = next;
	}
	queue->head = 0;
	queue->tail = 0;
	queue->n = 0;
}

/* Copy bytes of a queue, and sum them if `summed`. @return the sum */
static __rte_always_inline uint64_t
queue_copy(const struct rs_buffers *buf, uint32_t *index, uint32_t *off, uint8_t *to, uint32_t len,
	bool summed)
{
	uint64_t sum = 0;
	uint32_t done = 0;

	while (done < len) {
		const struct rs_chunk *chunk = rs_chunk_at(buf, *index);
		uint32_t n = RTE_MIN(chunk->len - *off, len - done);
		uint64_t part = rs_bytes_copy(buf, to + done, chunk->data + *off, n, summed);

		/* at an odd offset the bytes of each word are exchanged (RFC 1071 2 B) */
		sum += unlikely(done & 1) ? rte_bswap16(rs_cksum_fold(part)) : part;
		done += n;
		*off += n;
		if (*off == chunk->len && chunk->next != 0) {
			*index = chunk->next;
			*off = 0;
		}
	}
	return sum;
}

void
rs_queue_copy(const struct rs_buffers *buf, uint32_t *index, uint32_t *off, uint8_t *to,
	uint32_t len)
{
	queue_copy(buf, index, off, to, len, false);
}

uint64_t
rs_queue_copy_sum(const struct rs_buffers *buf, uint32_t *index, uint32_t *off, uint8_t *to,
	uint32_t len)
{
	return queue_copy(buf, index, off, to, len, true);
}

void
rs_queue_seek(const struct rs_buffers *buf, const struct rs_queue *queue, uint64_t n,
	uint32_t *index, uint32_t *off)
{
	*index = queue->head;
	while (*index != 0) {
		const struct rs_chunk *chunk = rs_chunk_at(buf, *index);

		if (n < chunk->len || chunk->next == 0)
			break;
		n -= chunk->len;
		*index = chunk->next;
	}
	*off = (uint32_t)n;
}
