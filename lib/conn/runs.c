/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The out-of-order queue. An mbuf that was allocated here may hold chunks of several runs, so
 * that a short piece does not hold a whole one: its data_len says how many bytes are in use, and
 * the chunk whose bytes are the last may grow in place.
 */

#include <string.h>

#include "base/seq.h"
#include "conn/runs.h"

uint32_t
rs_run_find(const struct rs_buffers *buf, const struct rs_busy *busy, uint32_t seq)
{
	uint32_t index = busy->ooo.tail;
	uint32_t next;

	/* Most text is behind all that is queued; other text is near the text before it. */
	if (index == 0 || rs_seq_leq(rs_run_at(buf, index)->seq, seq))
		return index;
	if (busy->ooo_hint != 0)
		index = busy->ooo_hint;
	while (index != 0 && rs_seq_gt(rs_run_at(buf, index)->seq, seq))
		index = rs_run_at(buf, index)->prev;
	next = index != 0 ? rs_run_at(buf, index)->next : 0;
	while (next != 0 && rs_seq_leq(rs_run_at(buf, next)->seq, seq)) {
		index = next;
		next = rs_run_at(buf, next)->next;
	}
	return index;
}

uint32_t
rs_run_insert(struct rs_buffers *buf, struct rs_busy *busy, uint32_t prev, uint32_t seq)
{
	uint32_t index = rs_pool_get(&buf->chunks);
	uint32_t next = prev != 0 ? rs_run_at(buf, prev)->next : busy->ooo.head;

	if (index == 0)
		return 0;
	*rs_run_at(buf, index) = (struct rs_run){
		.next = next, .prev = prev, .seq = seq, .end = seq,
	};
	*(prev != 0 ? &rs_run_at(buf, prev)->next : &busy->ooo.head) = index;
	*(next != 0 ? &rs_run_at(buf, next)->prev : &busy->ooo.tail) = index;
	busy->n_ooo++;
	return index;
}

/* Remove a run that has no text. */
static void
remove_empty(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index)
{
	const struct rs_run *run = rs_run_at(buf, index);

	*(run->prev != 0 ? &rs_run_at(buf, run->prev)->next : &busy->ooo.head) = run->next;
	*(run->next != 0 ? &rs_run_at(buf, run->next)->prev : &busy->ooo.tail) = run->prev;
	if (busy->ooo_hint == index)
		busy->ooo_hint = run->prev;
	rs_pool_put(&buf->chunks, index);
	buf->given_back++;
	busy->n_ooo--;
}

void
rs_run_remove(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index)
{
	struct rs_run *run = rs_run_at(buf, index);
	uint32_t chunk, next;

	busy->ooo_len -= run->end - run->seq;
	for (chunk = run->text.head; chunk != 0; chunk = next) {
		next = rs_chunk_at(buf, chunk)->next;
		rs_chunk_put(buf, chunk);
		busy->n_ooo--;
	}
	remove_empty(buf, busy, index);
}

__rte_noinline void
rs_runs_clear(struct rs_buffers *buf, struct rs_busy *busy)
{
	while (busy->ooo.head != 0)
		rs_run_remove(buf, busy, busy->ooo.head);
}

/*
 * Get room for len bytes in an mbuf that was allocated here: behind the bytes of the mbuf of the
 * chunk `near` (NULL: none), else in a new one. The caller has a reference of the mbuf.
 */
static struct rte_mbuf *
own_room(struct rs_buffers *buf, const struct rs_chunk *near, uint32_t len, uint8_t **room)
{
	struct rte_mbuf *m;

	if (near != NULL && near->own && rte_pktmbuf_tailroom(near->m) >= len) {
		m = near->m;
		rte_mbuf_refcnt_update(m, 1);
	} else {
		m = rte_pktmbuf_alloc(buf->mbufs);
		if (m == NULL)
			return NULL;
	}
	*room = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)len);
	if (*room == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	return m;
}

/* Move a chunk to where its bytes and others stand together. */
static bool
gather(struct rs_buffers *buf, struct rs_chunk *chunk, const uint8_t *first, uint32_t n_first,
	const uint8_t *second, uint32_t n_second)
{
	struct rte_mbuf *m;
	uint8_t *room;

	if (n_first + n_second > RS_RUN_COPY_MAX)
		return false;
	m = own_room(buf, chunk, n_first + n_second, &room);
	if (m == NULL)
		return false;
	memcpy(room, first, n_first);
	memcpy(room + n_first, second, n_second);
	rte_pktmbuf_free(chunk->m);
	chunk->m = m;
	chunk->data = room;
	chunk->len = n_first + n_second;
	chunk->own = true;
	return true;
}

/* Add a copy of bytes behind those of a chunk: in place, or where both have room. */
static bool
chunk_append(struct rs_buffers *buf, struct rs_chunk *chunk, const uint8_t *data, uint32_t len)
{
	const uint8_t *end = chunk->data + chunk->len;

	if (len > RS_RUN_COPY_MAX)
		return false;
	if (chunk->own && rte_pktmbuf_tailroom(chunk->m) >= len &&
	    end == rte_pktmbuf_mtod_offset(chunk->m, const uint8_t *, chunk->m->data_len)) {
		memcpy(rte_pktmbuf_append(chunk->m, (uint16_t)len), data, len);
		chunk->len += len;
		return true;
	}
	return gather(buf, chunk, chunk->data, chunk->len, data, len);
}

/* Get a chunk: a copy of short text beside the chunk `near`, else a reference. 0: none is left */
static uint32_t
new_chunk(struct rs_buffers *buf, const struct rs_chunk *near, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len)
{
	struct rte_mbuf *own = NULL;
	uint32_t index;
	uint8_t *room;

	if (len <= RS_RUN_COPY_MAX)
		own = own_room(buf, near, len, &room);
	if (own == NULL)
		return rs_chunk_get(buf, m, data, len);
	memcpy(room, data, len);
	index = rs_chunk_get(buf, own, room, len);
	rte_pktmbuf_free(own); /* the chunk's reference stays */
	if (index != 0)
		rs_chunk_at(buf, index)->own = true;
	return index;
}

/* The last chunk of a run; NULL: it has none, or there is no run. */
static struct rs_chunk *
last_chunk(const struct rs_buffers *buf, uint32_t index)
{
	uint32_t tail = index != 0 ? rs_run_at(buf, index)->text.tail : 0;

	return tail != 0 ? rs_chunk_at(buf, tail) : NULL;
}

/* A chunk in whose mbuf new text of a run may have room. */
static const struct rs_chunk *
chunk_near(const struct rs_buffers *buf, const struct rs_run *run)
{
	const struct rs_chunk *near = run->text.tail != 0 ? rs_chunk_at(buf, run->text.tail) :
		last_chunk(buf, run->prev);

	return near != NULL ? near : last_chunk(buf, run->next);
}

bool
rs_run_append(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index,
	struct rte_mbuf *m, const uint8_t *data, uint32_t len, bool may_grow)
{
	struct rs_run *run = rs_run_at(buf, index);
	struct rs_chunk *tail = last_chunk(buf, index);

	if (tail == NULL || !chunk_append(buf, tail, data, len)) {
		uint32_t chunk = may_grow ? new_chunk(buf, chunk_near(buf, run), m, data, len) : 0;

		if (chunk == 0)
			return false;
		rs_queue_push(buf, &run->text, chunk);
		busy->n_ooo++;
	}
	run->end += len;
	busy->ooo_len += len;
	return true;
}

bool
rs_run_prepend(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index,
	struct rte_mbuf *m, const uint8_t *data, uint32_t len, bool may_grow)
{
	struct rs_run *run = rs_run_at(buf, index);
	struct rs_chunk *head = rs_chunk_at(buf, run->text.head);

	if (run->text.head == 0 || !gather(buf, head, data, len, head->data, head->len)) {
		uint32_t chunk = may_grow ? new_chunk(buf, chunk_near(buf, run), m, data, len) : 0;

		if (chunk == 0)
			return false;
		rs_chunk_at(buf, chunk)->next = run->text.head;
		if (run->text.head == 0)
			run->text.tail = chunk;
		run->text.head = chunk;
		busy->n_ooo++;
	}
	run->seq -= len;
	busy->ooo_len += len;
	return true;
}

/* Unlink the first chunk of a run. */
static uint32_t
unlink_head(const struct rs_buffers *buf, struct rs_run *run)
{
	uint32_t chunk = run->text.head;

	run->text.head = rs_chunk_at(buf, chunk)->next;
	if (run->text.head == 0)
		run->text.tail = 0;
	return chunk;
}

void
rs_run_join_next(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index)
{
	struct rs_run *run = rs_run_at(buf, index);
	uint32_t other = run->next;
	struct rs_run *next = rs_run_at(buf, other);
	const struct rs_chunk *head = rs_chunk_at(buf, next->text.head);

	/* a short beginning of the next run is copied to the end of this one */
	if (next->text.head != 0 &&
	    chunk_append(buf, rs_chunk_at(buf, run->text.tail), head->data, head->len)) {
		rs_chunk_put(buf, unlink_head(buf, next));
		busy->n_ooo--;
	}
	if (next->text.head != 0) {
		rs_chunk_at(buf, run->text.tail)->next = next->text.head;
		run->text.tail = next->text.tail;
	}
	run->end = next->end;
	run->fin = next->fin;
	remove_empty(buf, busy, other);
}

uint32_t
rs_runs_take_first(struct rs_buffers *buf, struct rs_busy *busy, uint32_t *seq, bool *fin)
{
	struct rs_run *run = rs_run_at(buf, busy->ooo.head);
	uint32_t chunk = unlink_head(buf, run);
	uint32_t len = rs_chunk_at(buf, chunk)->len;

	*seq = run->seq;
	*fin = run->text.head == 0 && run->fin;
	run->seq += len;
	busy->ooo_len -= len;
	busy->n_ooo--;
	if (run->text.head == 0)
		remove_empty(buf, busy, busy->ooo.head);
	return chunk;
}

bool
rs_runs_put_back(struct rs_buffers *buf, struct rs_busy *busy, uint32_t chunk, uint32_t seq,
	bool fin)
{
	struct rs_chunk *c = rs_chunk_at(buf, chunk);
	uint32_t index = busy->ooo.head;
	struct rs_run *run;

	if (index == 0 || rs_run_at(buf, index)->seq != seq + c->len)
		index = rs_run_insert(buf, busy, 0, seq + c->len);
	if (index == 0) {
		rs_chunk_put(buf, chunk);
		return false;
	}
	run = rs_run_at(buf, index);
	run->seq = seq;
	run->fin |= fin;
	c->next = run->text.head;
	if (run->text.head == 0)
		run->text.tail = chunk;
	run->text.head = chunk;
	busy->ooo_len += c->len;
	busy->n_ooo++;
	return true;
}
