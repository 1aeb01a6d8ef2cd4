/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The connection table: tuple -> TCB or record of TIME-WAIT. A bucket is one cache line of 8
 * entries; an entry is the keyed 32-bit hash of the tuple and the index. The number of buckets is
 * not rounded to a power of two, so a connection has the same share of the table, 10.7 bytes, in
 * a table of any size. A full bucket overflows into the next one. Removal pulls an overflowed
 * entry back, so there are no tombstones, and a lookup ends at the first bucket with a free
 * entry. One thread owns the table.
 */

#ifndef RS_CONN_TABLE_H
#define RS_CONN_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_prefetch.h>

#include "conn/tcb.h"
#include "conn/timewait.h"
#include "packet/segment.h"

/** Entries of a bucket. */
#define RS_BUCKET_ENTRIES 8

/** Bit in an index: the rest is the index of a struct rs_timewait, not of a TCB. */
#define RS_CONN_WAITS (UINT32_C(1) << 30)

/** A bucket; an entry with index 0 is free. Used entries come first. */
struct rs_bucket {
	uint32_t hash[RS_BUCKET_ENTRIES];
	uint32_t index[RS_BUCKET_ENTRIES];
} __rte_cache_aligned;

static_assert(sizeof(struct rs_bucket) == RTE_CACHE_LINE_SIZE, "a bucket is one line");

/** The table. */
struct rs_conn_table {
	struct rs_bucket *buckets;
	uint32_t n_buckets;
	uint32_t count;          /**< connections in it */
	uint32_t version;        /**< changes with each insertion and removal */
	uint64_t inserted;       /**< a bit for the hash of each connection that was inserted since
				  *   the caller set it to 0: rs_conn_may_be_new() */
	const struct rs_tcb *tcbs;
	const struct rs_timewait *waits; /**< NULL: no index has RS_CONN_WAITS */
};

/** Buckets of a table for max_connections: so many that 3/4 of the entries are used at most. */
uint32_t rs_conn_table_buckets(uint32_t max_connections);

/** The bucket in which the entry of a hash is, unless that bucket was full. */
static inline uint32_t
rs_conn_home(const struct rs_conn_table *table, uint32_t hash)
{
	/* the hash as a fraction of 2^32, times the buckets: a remainder would be a division */
	return (uint32_t)((uint64_t)hash * table->n_buckets >> 32);
}

/**
 * Make a table, on the rte_malloc heap.
 *
 * @param max_connections  1..2^27 + 2^25: TCBs and records
 * @param tcbs             the array that the indexes refer to, the caller's; `waits` is
 *                         another, which the caller sets
 * @param socket           NUMA node
 * @return 0 or -ENOMEM
 */
int rs_conn_table_init(struct rs_conn_table *table, uint32_t max_connections,
	const struct rs_tcb *tcbs, unsigned int socket);

/** Free the table's memory. */
void rs_conn_table_fini(struct rs_conn_table *table);

/** Whether a connection of this hash may have been inserted since `inserted` was set to 0. */
static inline bool
rs_conn_may_be_new(const struct rs_conn_table *table, uint32_t hash)
{
	return (table->inserted >> (hash % 64) & 1) != 0;
}

/** Find the connection of a tuple; hash is rs_tuple_hash(). @return its index, 0: none */
uint32_t rs_conn_find(const struct rs_conn_table *table, const struct rs_tuple *tuple,
	uint32_t hash);

/** Fetch the bucket of a hash, for a later search. */
static inline void
rs_conn_prefetch(const struct rs_conn_table *table, uint32_t hash)
{
	rte_prefetch0(&table->buckets[rs_conn_home(table, hash)]);
}

/**
 * Match the first `ahead` segments: find the entries with their hashes, and fetch the TCBs or
 * records of these. Fetch the buckets of the `ahead` segments behind them.
 *
 * @param segs   n segments
 * @param ahead  if n is less, all are matched
 * @param index  [out] of the segments that are matched: the first entry with the hash, which may be
 *               another connection; 0: there is none
 */
void rs_conn_match(const struct rs_conn_table *table, const struct rs_segment *segs, uint32_t n,
	uint32_t ahead, uint32_t *index);

/**
 * Begin to match the segments of a burst. The caller processes one segment after the other and
 * calls rs_conn_match_ahead() before each, so that the connections of the next segments are
 * fetched meanwhile. They are fetched a few at a time, because a core may lose prefetches where
 * many are under way (an EPYC does: commit 58a3026 has the figures). The caller compares the tuple
 * of a segment with that of its entry when its turn comes, because the entry may be another
 * connection with the same hash, and because an earlier segment of the burst may have ended the
 * connection.
 *
 * @param ahead  segments to match at a time
 * @param index  [out] as of rs_conn_match(), room for n
 */
static inline void
rs_conn_match_begin(const struct rs_conn_table *table, const struct rs_segment *segs, uint32_t n,
	uint32_t ahead, uint32_t *index)
{
	uint32_t i;

	for (i = 0; i < RTE_MIN(n, ahead); i++)
		rs_conn_prefetch(table, segs[i].hash);
	rs_conn_match(table, segs, n, ahead, index);
}

/** Match the next segments if it is time, before the caller processes segment i. */
static inline void
rs_conn_match_ahead(const struct rs_conn_table *table, const struct rs_segment *segs, uint32_t i,
	uint32_t n, uint32_t ahead, uint32_t *index)
{
	uint32_t next = i + ahead;

	if (i % ahead == 0 && next < n)
		rs_conn_match(table, &segs[next], n - next, ahead, &index[next]);
}

/**
 * Find the connections of a burst. The states of the TCBs are not read, because an earlier segment
 * of the burst may still change them.
 *
 * @param index  [out] as of rs_conn_find()
 */
void rs_conn_find_burst(const struct rs_conn_table *table, const struct rs_segment *segs,
	uint16_t n, uint32_t *index);

/** Insert a connection whose tuple is not in the table, which holds at most max_connections. */
void rs_conn_insert(struct rs_conn_table *table, uint32_t hash, uint32_t index);

/** Remove the entry of this hash and index, which must be in the table. */
void rs_conn_remove(struct rs_conn_table *table, uint32_t hash, uint32_t index);

/** Let the entry of this hash and index refer to another index, which has the same tuple. */
void rs_conn_replace(struct rs_conn_table *table, uint32_t hash, uint32_t index,
	uint32_t by);

#endif /* RS_CONN_TABLE_H */
