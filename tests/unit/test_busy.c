/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Busy blocks, chunks and queues: the promises of conn/busy.h, and that nothing leaks. */

#include <rte_ip.h>

#include "base/checksum.h"
#include "conn/busy.h"
#include "conn/runs.h"
#include "tcp_fixture.h"

#define CHUNKS 300
#define ROOM (RTE_MBUF_DEFAULT_BUF_SIZE - RTE_PKTMBUF_HEADROOM) /* bytes of one of ours */
#define LARGE 600 /* bytes of a received mbuf that are kept by reference */

/* Buffers of the fixture's mbufs, without a stack. */
static void
buffers_init(struct fixture *f, struct rs_buffers *buf, uint32_t busy, uint32_t chunks)
{
	buf->mbufs = f->mbufs;
	buf->copy_sum = rs_copy_sum_choose();
	assert_int_equal(rs_pool_init(&buf->busy, busy, sizeof(struct rs_busy), 0), 0);
	assert_int_equal(rs_pool_init(&buf->chunks, chunks, sizeof(struct rs_chunk), 0), 0);
}

/* All must have been given back. */
static void
buffers_fini(struct fixture *f, struct rs_buffers *buf)
{
	assert_int_equal(buf->busy.used, 0);
	assert_int_equal(buf->chunks.used, 0);
	assert_int_equal(in_use(f->mbufs), 0);
	assert_int_equal(in_use(f->wire), 0);
	rs_pool_fini(&buf->busy);
	rs_pool_fini(&buf->chunks);
}

/* A received mbuf that holds len bytes of the stream from `off` on. */
static struct rte_mbuf *
received(struct fixture *f, uint32_t off, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->wire);

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, len), &f->bytes[off], len);
	return m;
}

/* Bytes that a queue has. */
static uint64_t
queue_len(const struct rs_buffers *buf, const struct rs_queue *queue)
{
	uint64_t len = 0;
	uint32_t at;

	for (at = queue->head; at != 0; at = rs_chunk_at(buf, at)->next) {
		len += rs_chunk_at(buf, at)->len;
		if (rs_chunk_at(buf, at)->next == 0)
			assert_int_equal(queue->tail, at);
	}
	if (queue->head == 0)
		assert_int_equal(queue->tail, 0);
	return len;
}

/* The queue is [off, off + len) of the stream. */
static void
check_queue(struct fixture *f, const struct rs_buffers *buf, const struct rs_queue *queue,
	uint32_t off, uint32_t len)
{
	uint8_t copy[20000];
	uint32_t chunk, at;

	assert_true(len <= sizeof(copy));
	assert_int_equal(queue_len(buf, queue), len);
	if (len == 0)
		return;
	rs_queue_seek(buf, queue, 0, &chunk, &at);
	rs_queue_copy(buf, &chunk, &at, copy, len);
	assert_memory_equal(copy, &f->bytes[off], len);
}

static void
busy_is_fresh_and_gives_all_back(void **state)
{
	static const struct rs_busy fresh;
	struct fixture *f = *state;
	struct rs_buffers buf;
	struct rs_busy *busy;
	uint32_t index;

	buffers_init(f, &buf, 2, CHUNKS);
	memset(rs_busy_at(&buf, 1), 0xa5, sizeof(*busy));
	index = rs_busy_get(&buf);
	busy = rs_busy_at(&buf, index);
	assert_memory_equal(busy, &fresh, sizeof(fresh));
	rs_queue_append_copy(&buf, &busy->snd, f->bytes, 5000);
	rs_queue_append_copy(&buf, &busy->rcv, f->bytes, 100);
	assert_true(rs_run_append(&buf, busy, rs_run_insert(&buf, busy, 0, 1), NULL, f->bytes, 9,
		true));
	assert_true(in_use(f->mbufs) > 2);
	rs_busy_put(&buf, index);
	assert_int_equal(rs_busy_get(&buf), index);
	assert_memory_equal(busy, &fresh, sizeof(fresh));
	assert_int_not_equal(rs_busy_get(&buf), 0);
	assert_int_equal(rs_busy_get(&buf), 0);
	rs_busy_put(&buf, 1);
	rs_busy_put(&buf, 2);
	buffers_fini(f, &buf);
}

/* A text that is all that is queued takes no chunk, and yet none can lack for it. */
static void
busy_text_has_its_chunk(void **state)
{
	struct fixture *f = *state;
	struct rs_buffers buf;
	struct rs_busy *busy;
	uint32_t index;

	buffers_init(f, &buf, 2, 2);
	index = rs_busy_get(&buf);
	busy = rs_busy_at(&buf, index);
	assert_true(rs_busy_text_queue(&buf, busy, f->bytes));
	busy->snd_len = 3000;
	assert_false(rs_busy_text_queue(&buf, busy, f->bytes)); /* it has one */
	assert_int_equal(buf.chunks.used, 1);
	assert_int_not_equal(rs_chunk_get(&buf, NULL, f->bytes, 1), 0);
	assert_int_equal(rs_chunk_get(&buf, NULL, f->bytes, 1), 0);
	assert_false(rs_busy_text_queue(&buf, rs_busy_at(&buf, rs_busy_get(&buf)), f->bytes));
	/* the queue in general has the same bytes */
	rs_busy_use_queue(&buf, busy);
	rs_busy_use_queue(&buf, busy);
	assert_null(busy->snd_text);
	assert_int_equal(busy->snd.n, 1);
	check_queue(f, &buf, &busy->snd, 0, 3000);
	rs_queue_drop(&buf, &busy->snd, 3000);
	busy->snd_len = 0;
	/* dropped, or given back with the block */
	assert_true(rs_busy_text_queue(&buf, busy, f->bytes));
	busy->snd_len = 10;
	rs_busy_text_drop(&buf, busy);
	assert_int_equal(busy->snd_len, 0);
	assert_int_equal(buf.chunks.used, 1);
	assert_true(rs_busy_text_queue(&buf, busy, f->bytes));
	rs_busy_put(&buf, index);
	assert_int_equal(buf.chunks.used, 1);
	rs_chunk_put(&buf, 1);
	rs_busy_put(&buf, 2);
	buffers_fini(f, &buf);
}

static void
chunk_holds_one_reference(void **state)
{
	struct fixture *f = *state;
	struct rs_buffers buf;
	struct rte_mbuf *m;
	uint32_t index;

	buffers_init(f, &buf, 1, 1);
	m = received(f, 0, 100);
	index = rs_chunk_get(&buf, m, rte_pktmbuf_mtod(m, uint8_t *), 100);
	assert_int_not_equal(index, 0);
	assert_int_equal(rte_mbuf_refcnt_read(m), 2);
	/* none is left, and none is held for nothing */
	assert_int_equal(rs_chunk_get(&buf, m, NULL, 1), 0);
	assert_int_equal(rte_mbuf_refcnt_read(m), 2);
	rte_pktmbuf_free(m);
	assert_int_equal(in_use(f->wire), 1);
	rs_chunk_put(&buf, index);
	assert_int_equal(in_use(f->wire), 0);
	buffers_fini(f, &buf);
}

static void
queue_of_copies_fills_mbufs(void **state)
{
	struct fixture *f = *state;
	struct rs_queue queue = { 0 };
	struct rs_buffers buf;
	uint32_t i;

	/* 1000 pieces of one byte are 1000 bytes of one mbuf of 2048. */
	buffers_init(f, &buf, 1, CHUNKS);
	for (i = 0; i < 1000; i++)
		assert_int_equal(rs_queue_append_copy(&buf, &queue, &f->bytes[i], 1), 1);
	assert_int_equal(in_use(f->mbufs), 1);
	check_queue(f, &buf, &queue, 0, 1000);
	/* A large piece fills it up and goes on in as many as it needs. */
	assert_int_equal(rs_queue_append_copy(&buf, &queue, &f->bytes[1000], 9000), 9000);
	assert_int_equal(in_use(f->mbufs), (10000 + ROOM - 1) / ROOM);
	check_queue(f, &buf, &queue, 0, 10000);
	/* A copy that fills the mbuf exactly leaves no empty mbuf behind. */
	i = (10000 + ROOM - 1) / ROOM * ROOM - 10000;
	assert_int_equal(rs_queue_append_copy(&buf, &queue, &f->bytes[10000], i), i);
	assert_int_equal(in_use(f->mbufs), (10000 + ROOM - 1) / ROOM);
	assert_int_equal(rs_queue_append_copy(&buf, &queue, NULL, 0), 0);
	assert_int_equal(in_use(f->mbufs), (10000 + ROOM - 1) / ROOM);
	check_queue(f, &buf, &queue, 0, 10000 + i);
	rs_queue_clear(&buf, &queue);
	check_queue(f, &buf, &queue, 0, 0);
	buffers_fini(f, &buf);
}

/* Bytes dropped from the front of an mbuf of ours are not room: none is overwritten. */
static void
queue_of_copies_grows_behind_what_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct rs_queue queue = { 0 };
	struct rs_buffers buf;
	uint32_t len = 0, off = 0, i;

	buffers_init(f, &buf, 1, CHUNKS);
	for (i = 0; i < 2000; i++) {
		uint32_t n = i % 37 + 1, drop = i % 31;

		assert_int_equal(rs_queue_append_copy(&buf, &queue, &f->bytes[off + len], n), n);
		len += n;
		drop = RTE_MIN(drop, len);
		assert_int_equal(rs_queue_drop(&buf, &queue, drop), drop);
		off += drop;
		len -= drop;
		check_queue(f, &buf, &queue, off, len);
		assert_true(in_use(f->mbufs) <= len / ROOM + 2);
	}
	rs_queue_clear(&buf, &queue);
	buffers_fini(f, &buf);
}

static void
queue_keeps_large_pieces_by_reference_and_copies_small_ones(void **state)
{
	struct fixture *f = *state;
	struct rs_queue queue = { 0 };
	struct rs_buffers buf;
	struct rte_mbuf *m;
	uint32_t i;

	buffers_init(f, &buf, 1, CHUNKS);
	m = received(f, 0, 1400);
	assert_int_equal(rs_queue_append_mbuf(&buf, &queue, m,
		rte_pktmbuf_mtod_offset(m, uint8_t *, 100), 1300), 1300);
	assert_int_equal(rte_mbuf_refcnt_read(m), 2);
	assert_int_equal(in_use(f->mbufs), 0);
	rte_pktmbuf_free(m);
	/* 100 segments of 10 bytes do not hold 100 mbufs of theirs. */
	for (i = 0; i < 100; i++) {
		m = received(f, 1400 + i * 10, 10);
		assert_int_equal(rs_queue_append_mbuf(&buf, &queue, m,
			rte_pktmbuf_mtod(m, uint8_t *), 10), 10);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(in_use(f->wire), 1);
	assert_int_equal(in_use(f->mbufs), 1);
	check_queue(f, &buf, &queue, 100, 2300);
	rs_queue_drop(&buf, &queue, 1300);
	assert_int_equal(in_use(f->wire), 0);
	rs_queue_drop(&buf, &queue, 1000);
	buffers_fini(f, &buf);
}

/* Nothing is ever written behind the bytes of an mbuf that is not ours. */
static void
queue_adds_nothing_to_what_it_does_not_own(void **state)
{
	struct fixture *f = *state;
	struct rs_queue queue = { 0 };
	struct rs_buffers buf;
	struct rte_mbuf *m;
	uint8_t *behind;
	uint8_t memory[8] = "immutab";

	buffers_init(f, &buf, 1, CHUNKS);
	m = received(f, 0, LARGE);
	behind = rte_pktmbuf_mtod_offset(m, uint8_t *, LARGE);
	memset(behind, 0x5a, 100);
	rs_queue_append_mbuf(&buf, &queue, m, rte_pktmbuf_mtod(m, uint8_t *), LARGE);
	rs_queue_append_copy(&buf, &queue, &f->bytes[LARGE], 100);
	assert_int_equal(behind[0], 0x5a);
	assert_int_equal(behind[99], 0x5a);
	check_queue(f, &buf, &queue, 0, LARGE + 100);
	rs_queue_clear(&buf, &queue);
	rs_queue_push(&buf, &queue, rs_chunk_get(&buf, NULL, memory, 4));
	rs_queue_append_copy(&buf, &queue, f->bytes, 4);
	assert_memory_equal(memory, "immutab", 8);
	rs_queue_clear(&buf, &queue);
	rte_pktmbuf_free(m);
	buffers_fini(f, &buf);
}

/* A queue of every kind of chunk: 10 of immutable memory, 600 of a held mbuf, 3000 copied. */
static void
mixed_queue(struct fixture *f, struct rs_buffers *buf, struct rs_queue *queue)
{
	struct rte_mbuf *m = received(f, 10, LARGE);

	memset(queue, 0, sizeof(*queue));
	rs_queue_push(buf, queue, rs_chunk_get(buf, NULL, f->bytes, 10));
	rs_queue_append_mbuf(buf, queue, m, rte_pktmbuf_mtod(m, uint8_t *), LARGE);
	rte_pktmbuf_free(m);
	rs_queue_append_copy(buf, queue, &f->bytes[10 + LARGE], 3000);
}

static void
queue_drops_any_number_of_bytes(void **state)
{
	const uint32_t total = 10 + LARGE + 3000;
	struct fixture *f = *state;
	struct rs_queue queue;
	struct rs_buffers buf;
	uint32_t n;

	buffers_init(f, &buf, 1, CHUNKS);
	for (n = 0; n <= total; n++) {
		mixed_queue(f, &buf, &queue);
		/* of them those in mbufs: not the 10 of immutable memory */
		assert_int_equal(rs_queue_drop(&buf, &queue, n), n > 10 ? n - 10 : 0);
		check_queue(f, &buf, &queue, n, total - n);
		rs_queue_clear(&buf, &queue);
	}
	buffers_fini(f, &buf);
}

static void
queue_seeks_and_copies_at_every_offset(void **state)
{
	const uint32_t total = 10 + LARGE + 3000;
	struct fixture *f = *state;
	struct rs_queue queue;
	struct rs_buffers buf;
	uint8_t copy[1500];
	uint32_t n, chunk, off;
	uint64_t sum;

	buffers_init(f, &buf, 1, CHUNKS);
	mixed_queue(f, &buf, &queue);
	for (n = 0; n < total; n++) {
		uint32_t len = RTE_MIN(total - n, n % 1400 + 1);

		rs_queue_seek(&buf, &queue, n, &chunk, &off);
		assert_true(off < rs_chunk_at(&buf, chunk)->len);
		copy[len] = 0x5a;
		rs_queue_copy(&buf, &chunk, &off, copy, len);
		assert_memory_equal(copy, &f->bytes[n], len);
		assert_int_equal(copy[len], 0x5a);
		/* the same with the sum, whatever the parity of the chunks' ends */
		memset(copy, 0, len);
		rs_queue_seek(&buf, &queue, n, &chunk, &off);
		sum = rs_queue_copy_sum(&buf, &chunk, &off, copy, len);
		assert_memory_equal(copy, &f->bytes[n], len);
		assert_int_equal(copy[len], 0x5a);
		assert_int_equal(rte_raw_cksum(copy, len), rs_cksum_fold(sum));
		/* and on from there */
		len = RTE_MIN(total - n - len, (uint32_t)700);
		if (len == 0)
			continue;
		rs_queue_copy(&buf, &chunk, &off, copy, len);
		assert_memory_equal(copy, &f->bytes[n + RTE_MIN(total - n, n % 1400 + 1)], len);
	}
	rs_queue_clear(&buf, &queue);
	buffers_fini(f, &buf);
}

/* A queue of which all was sent goes on where it ended, in the same chunk or a new one. */
static void
queue_goes_on_behind_its_end(void **state)
{
	struct fixture *f = *state;
	struct rs_queue queue = { 0 };
	struct rs_buffers buf;
	uint32_t chunk, off;
	uint8_t copy[8];

	buffers_init(f, &buf, 1, CHUNKS);
	rs_queue_seek(&buf, &queue, 0, &chunk, &off);
	assert_int_equal(chunk, 0);
	rs_queue_append_copy(&buf, &queue, f->bytes, 4);
	rs_queue_seek(&buf, &queue, 2, &chunk, &off);
	rs_queue_copy(&buf, &chunk, &off, copy, 2);
	rs_queue_append_copy(&buf, &queue, &f->bytes[4], 2);
	rs_queue_copy(&buf, &chunk, &off, copy, 2);
	assert_memory_equal(copy, &f->bytes[4], 2);
	rs_queue_push(&buf, &queue, rs_chunk_get(&buf, NULL, &f->bytes[6], 5));
	rs_queue_copy(&buf, &chunk, &off, copy, 5);
	assert_memory_equal(copy, &f->bytes[6], 5);
	rs_queue_clear(&buf, &queue);
	buffers_fini(f, &buf);
}

/* Out of chunks after n: bytes that were appended stay, the others leave nothing behind. */
static void
queue_keeps_what_it_has_when_chunks_run_out(void **state)
{
	struct fixture *f = *state;
	struct rs_queue queue;
	struct rs_buffers buf;
	struct rte_mbuf *m;
	uint32_t n;

	for (n = 1; n <= 5; n++) {
		memset(&queue, 0, sizeof(queue));
		buffers_init(f, &buf, 1, n);
		assert_int_equal(rs_queue_append_copy(&buf, &queue, f->bytes, 20000), n * ROOM);
		assert_int_equal(in_use(f->mbufs), n);
		m = received(f, 0, LARGE);
		assert_int_equal(rs_queue_append_mbuf(&buf, &queue, m,
			rte_pktmbuf_mtod(m, uint8_t *), LARGE), 0);
		assert_int_equal(rte_mbuf_refcnt_read(m), 1);
		rte_pktmbuf_free(m);
		check_queue(f, &buf, &queue, 0, n * ROOM);
		rs_queue_clear(&buf, &queue);
		buffers_fini(f, &buf);
	}
}

static void
queue_keeps_what_it_has_when_mbufs_run_out(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *taken[MBUFS];
	struct rs_queue queue;
	struct rs_buffers buf;
	unsigned int n, left;

	buffers_init(f, &buf, 1, CHUNKS);
	for (left = 0; left <= 5; left++) {
		memset(&queue, 0, sizeof(queue));
		n = fixture_drain(f->mbufs, taken, MBUFS - left);
		assert_int_equal(rs_queue_append_copy(&buf, &queue, f->bytes, 20000),
			left * ROOM);
		assert_int_equal(buf.chunks.used, left);
		check_queue(f, &buf, &queue, 0, (uint32_t)(left * ROOM));
		/* and goes on when there are some again */
		fixture_give(taken, n);
		assert_int_equal(rs_queue_append_copy(&buf, &queue, &f->bytes[left * ROOM], 500),
			500);
		check_queue(f, &buf, &queue, 0, (uint32_t)(left * ROOM + 500));
		rs_queue_clear(&buf, &queue);
	}
	buffers_fini(f, &buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(busy_is_fresh_and_gives_all_back),
		fixture_test(busy_text_has_its_chunk),
		fixture_test(chunk_holds_one_reference),
		fixture_test(queue_of_copies_fills_mbufs),
		fixture_test(queue_of_copies_grows_behind_what_is_dropped),
		fixture_test(queue_keeps_large_pieces_by_reference_and_copies_small_ones),
		fixture_test(queue_adds_nothing_to_what_it_does_not_own),
		fixture_test(queue_drops_any_number_of_bytes),
		fixture_test(queue_seeks_and_copies_at_every_offset),
		fixture_test(queue_goes_on_behind_its_end),
		fixture_test(queue_keeps_what_it_has_when_chunks_run_out),
		fixture_test(queue_keeps_what_it_has_when_mbufs_run_out),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
