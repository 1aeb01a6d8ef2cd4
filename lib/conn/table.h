/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The connection table: tuple -> TCB index. A bucket is one cache line of 8 entries, an
 * entry the keyed 32-bit hash of the tuple and the index. A full bucket overflows into
 * the next; removing pulls an overflowed entry back, so there are no tombstones and a
 * lookup ends at the first bucket with a free entry. Single owner.
 */

#ifndef RS_CONN_TABLE_H
#define RS_CONN_TABLE_H

#include <stdint.h>

#include <rte_common.h>

#include "conn/tcb.h"
#include "packet/segment.h"

/** Entries of a bucket. */
#define RS_BUCKET_ENTRIES 8

/** A bucket; index 0 is a free entry. Used entries come first. */
struct rs_bucket {
	uint32_t hash[RS_BUCKET_ENTRIES];
	uint32_t index[RS_BUCKET_ENTRIES];
} __rte_cache_aligned;

static_assert(sizeof(struct rs_bucket) == RTE_CACHE_LINE_SIZE, "a bucket is one line");

/** The table. */
struct rs_conn_table {
	struct rs_bucket *buckets;
	uint32_t mask;           /**< buckets - 1 */
	uint32_t count;          /**< connections in it */
	uint32_t version;        /**< changes with each insertion and removal */
	const struct rs_tcb *tcbs;
};

/** Buckets for so many connections: a power of two, at most 3/4 full. */
uint32_t rs_conn_table_buckets(uint32_t max_connections);

/**
 * Make a table.
 *
 * @param tcbs  the TCBs that the indexes mean
 * @return 0 or -ENOMEM
 */
int rs_conn_table_init(struct rs_conn_table *table, uint32_t max_connections,
	const struct rs_tcb *tcbs, unsigned int socket);

/** Give the table's memory back. */
void rs_conn_table_fini(struct rs_conn_table *table);

/** @return the index of the connection with this tuple and hash, 0: none */
uint32_t rs_conn_find(const struct rs_conn_table *table, const struct rs_tuple *tuple,
	uint32_t hash);

/**
 * Find the connections of a burst, in three passes: prefetch buckets, match hashes and
 * prefetch TCBs, compare tuples. States are not read here: what one segment of a burst
 * changes, the next must see: the caller looks again when version moved.
 *
 * @param index  [out] room for n; 0: none
 */
void rs_conn_find_burst(const struct rs_conn_table *table, const struct rs_segment *segs,
	uint16_t n, uint32_t *index);

/**
 * Insert; the caller knows that the tuple is not there, and that there are no more than
 * max_connections.
 */
void rs_conn_insert(struct rs_conn_table *table, uint32_t hash, uint32_t index);

/** Remove the entry of this hash and index, which must be there. */
void rs_conn_remove(struct rs_conn_table *table, uint32_t hash, uint32_t index);

#endif /* RS_CONN_TABLE_H */
