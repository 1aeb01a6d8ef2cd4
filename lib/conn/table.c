/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The connection table: lookup, one by one and in bursts, insertion and removal.
 */

#include <errno.h>
#include <string.h>

#include <rte_malloc.h>
#include <rte_prefetch.h>
#include <rte_vect.h>

#include "conn/table.h"

/*
 * Segments that rs_conn_find_burst() matches ahead of the one whose tuple it compares. It has no
 * other work, so more are fetched at a time than where segments are processed meanwhile.
 */
#define FIND_AHEAD 8

uint32_t
rs_conn_table_buckets(uint32_t max_connections)
{
	uint64_t entries = (uint64_t)max_connections * 4 / 3 + 1;

	return (uint32_t)((entries + RS_BUCKET_ENTRIES - 1) / RS_BUCKET_ENTRIES);
}

int
rs_conn_table_init(struct rs_conn_table *table, uint32_t max_connections,
	const struct rs_tcb *tcbs, unsigned int socket)
{
	uint32_t buckets = rs_conn_table_buckets(max_connections);

	memset(table, 0, sizeof(*table));
	table->buckets = rte_zmalloc_socket("rs_conn_table",
		(size_t)buckets * sizeof(struct rs_bucket), RTE_CACHE_LINE_SIZE, (int)socket);
	if (table->buckets == NULL)
		return -ENOMEM;
	table->n_buckets = buckets;
	table->tcbs = tcbs;
	return 0;
}

void
rs_conn_table_fini(struct rs_conn_table *table)
{
	rte_free(table->buckets);
	memset(table, 0, sizeof(*table));
}

/* The words that equal `want`, as a bit mask. */
#ifdef __SSE2__
static inline uint32_t
words_match(const uint32_t words[RS_BUCKET_ENTRIES], uint32_t want)
{
	__m128i wanted = _mm_set1_epi32((int)want);
	__m128i low = _mm_cmpeq_epi32(wanted, _mm_load_si128((const __m128i *)&words[0]));
	__m128i high = _mm_cmpeq_epi32(wanted, _mm_load_si128((const __m128i *)&words[4]));

	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(low, high),
		_mm_setzero_si128()));
}
#else
static inline uint32_t
words_match(const uint32_t words[RS_BUCKET_ENTRIES], uint32_t want)
{
	uint32_t match = 0;
	unsigned int i;

	for (i = 0; i < RS_BUCKET_ENTRIES; i++)
		match |= (uint32_t)(words[i] == want) << i;
	return match;
}
#endif

/* The entries of a bucket with this hash, as a bit mask; a free entry may be among them. */
static inline uint32_t
bucket_match(const struct rs_bucket *b, uint32_t hash)
{
	return words_match(b->hash, hash);
}

/* The number of used entries, which come first. */
static inline unsigned int
bucket_used(const struct rs_bucket *b)
{
	return rte_bsf32(words_match(b->index, 0) | 1U << RS_BUCKET_ENTRIES);
}

/* The bucket into which another one overflows. */
static inline uint32_t
bucket_next(const struct rs_conn_table *table, uint32_t at)
{
	return at + 1 < table->n_buckets ? at + 1 : 0;
}

/* How many steps of bucket_next() lead from one bucket to another. */
static inline uint32_t
bucket_distance(const struct rs_conn_table *table, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to - from + table->n_buckets;
}

/* Whether a bucket is full, so that entries may have overflowed into the next one. */
static inline bool
bucket_full(const struct rs_bucket *b)
{
	return b->index[RS_BUCKET_ENTRIES - 1] != 0;
}

/* The tuple of an entry: it is what a TCB and a record of TIME-WAIT begin with. */
static inline const struct rs_tuple *
tuple_at(const struct rs_conn_table *table, uint32_t index)
{
	if (unlikely((index & RS_CONN_WAITS) != 0))
		return &table->waits[index & ~RS_CONN_WAITS].tuple;
	return &table->tcbs[index].tuple;
}

uint32_t
rs_conn_find(const struct rs_conn_table *table, const struct rs_tuple *tuple, uint32_t hash)
{
	uint32_t at = rs_conn_home(table, hash);

	for (;; at = bucket_next(table, at)) {
		const struct rs_bucket *b = &table->buckets[at];
		uint32_t match = bucket_match(b, hash);

		for (; match != 0; match &= match - 1) {
			uint32_t index = b->index[rte_bsf32(match)];

			if (index != 0 && rs_tuple_equal(tuple_at(table, index), tuple))
				return index;
		}
		if (!bucket_full(b))
			return 0;
	}
}

/* Bucket `at` is full and has no such hash: the first entry that has it behind there; 0: none. */
static uint32_t
overflow_match(const struct rs_conn_table *table, uint32_t at, uint32_t hash)
{
	const struct rs_bucket *b;
	uint32_t match;

	do {
		at = bucket_next(table, at);
		b = &table->buckets[at];
		match = bucket_match(b, hash);
		if (match != 0)
			return b->index[rte_bsf32(match)];
	} while (bucket_full(b));
	return 0;
}

/* Fetch the TCB or record of an entry. */
static inline void
tuple_fetch(const struct rs_conn_table *table, uint32_t index)
{
	const struct rs_tuple *tuple = tuple_at(table, index);

	/* the second line, too: nearly all segments of a connection touch it */
	rte_prefetch0(tuple);
	rte_prefetch0((const uint8_t *)tuple + RTE_CACHE_LINE_SIZE);
}

/* noinline, so that the compiler keeps the loops' variables in registers */
__rte_noinline void
rs_conn_match(const struct rs_conn_table *table, const struct rs_segment *segs, uint32_t n,
	uint32_t ahead, uint32_t *index)
{
	uint32_t end = RTE_MIN(n, ahead);
	uint32_t i;

	for (i = end; i < RTE_MIN(n, 2 * ahead); i++)
		rs_conn_prefetch(table, segs[i].hash);
	for (i = 0; i < end; i++) {
		uint32_t at = rs_conn_home(table, segs[i].hash);
		const struct rs_bucket *b = &table->buckets[at];
		uint32_t match = bucket_match(b, segs[i].hash);

		index[i] = 0;
		if (match != 0)
			index[i] = b->index[rte_bsf32(match)];
		else if (unlikely(bucket_full(b)))
			index[i] = overflow_match(table, at, segs[i].hash);
		if (index[i] != 0)
			tuple_fetch(table, index[i]);
	}
}

void
rs_conn_find_burst(const struct rs_conn_table *table, const struct rs_segment *segs,
	uint16_t n, uint32_t *index)
{
	uint16_t i;

	rs_conn_match_begin(table, segs, n, FIND_AHEAD, index);
	for (i = 0; i < n; i++) {
		rs_conn_match_ahead(table, segs, i, n, FIND_AHEAD, index);
		if (index[i] != 0 && !rs_tuple_equal(tuple_at(table, index[i]), &segs[i].tuple))
			index[i] = rs_conn_find(table, &segs[i].tuple, segs[i].hash);
	}
}

void
rs_conn_insert(struct rs_conn_table *table, uint32_t hash, uint32_t index)
{
	uint32_t at = rs_conn_home(table, hash);
	struct rs_bucket *b = &table->buckets[at];
	unsigned int i;

	while (bucket_full(b)) {
		at = bucket_next(table, at);
		b = &table->buckets[at];
	}
	i = bucket_used(b);
	b->hash[i] = hash;
	b->index[i] = index;
	table->count++;
	table->version++;
	table->inserted |= UINT64_C(1) << (hash % 64);
}

/* Remove entry i of a bucket; the last entry takes its place. */
static void
bucket_remove(struct rs_bucket *b, unsigned int i)
{
	unsigned int last = bucket_used(b) - 1;

	b->hash[i] = b->hash[last];
	b->index[i] = b->index[last];
	b->hash[last] = 0;
	b->index[last] = 0;
}

/*
 * Restore the rule that a lookup may stop at a bucket with a free entry. Bucket `hole` was full
 * and has lost an entry, so entries that overflowed beyond it would not be found any more. Pull
 * the first of them back, which leaves a hole in its bucket, and repeat from there up to the
 * first bucket that was not full.
 */
static void
overflow_pull_back(struct rs_conn_table *table, uint32_t hole)
{
	uint32_t at = hole;
	unsigned int i;

	for (;;) {
		struct rs_bucket *from;
		bool was_full;

		at = bucket_next(table, at);
		if (at == hole)
			return;
		from = &table->buckets[at];
		was_full = bucket_full(from);
		for (i = 0; i < RS_BUCKET_ENTRIES && from->index[i] != 0; i++) {
			uint32_t home = rs_conn_home(table, from->hash[i]);

			/* its home is at or before the hole, so lookups of it pass the hole */
			if (bucket_distance(table, home, at) >= bucket_distance(table, hole, at)) {
				struct rs_bucket *to = &table->buckets[hole];

				to->hash[RS_BUCKET_ENTRIES - 1] = from->hash[i];
				to->index[RS_BUCKET_ENTRIES - 1] = from->index[i];
				bucket_remove(from, i);
				hole = at;
				break;
			}
		}
		if (!was_full)
			return;
	}
}

/* Find the entry of this hash and index. @param i [out] its place. @return its bucket */
static uint32_t
entry_find(const struct rs_conn_table *table, uint32_t hash, uint32_t index, unsigned int *i)
{
	uint32_t at = rs_conn_home(table, hash);

	for (;; at = bucket_next(table, at)) {
		uint32_t match = words_match(table->buckets[at].index, index);

		if (match != 0) {
			*i = rte_bsf32(match);
			return at;
		}
	}
}

void
rs_conn_remove(struct rs_conn_table *table, uint32_t hash, uint32_t index)
{
	unsigned int i;
	uint32_t at = entry_find(table, hash, index, &i);
	bool was_full = bucket_full(&table->buckets[at]);

	bucket_remove(&table->buckets[at], i);
	table->count--;
	table->version++;
	if (was_full)
		overflow_pull_back(table, at);
}

void
rs_conn_replace(struct rs_conn_table *table, uint32_t hash, uint32_t index, uint32_t by)
{
	unsigned int i;
	uint32_t at = entry_find(table, hash, index, &i);

	table->buckets[at].index[i] = by;
	table->version++;
}
