/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The connection table against a plain array. Hashes are the test's own, so that buckets
 * overflow as they do but once in a great while.
 */

#include <errno.h>
#include <stdlib.h>

#include "conn/table.h"
#include "tcp_fixture.h"

#define STEPS 100000
#define CONNS 64

/* The connections that the table must hold; index i is TCB i. */
struct model {
	struct rs_conn_table table;
	struct rs_tcb *tcbs;
	uint32_t hash[CONNS];
	bool in[CONNS];
	uint32_t max;
	uint32_t count;
	uint64_t seed;
};

static struct rs_tuple
tuple_of(uint32_t i)
{
	return (struct rs_tuple){
		.laddr = rs_addr_from_ipv4(RTE_BE32(0xc0000201)),
		.raddr = rs_addr_from_ipv4(rte_cpu_to_be_32(0xc6120000 + i / 7)),
		.lport = 80,
		.rport = (uint16_t)(1000 + i % 7),
	};
}

static void
model_init(struct model *m, uint32_t max, uint64_t seed)
{
	uint32_t i;

	memset(m, 0, sizeof(*m));
	m->max = max;
	m->seed = seed;
	m->tcbs = aligned_alloc(RTE_CACHE_LINE_SIZE, CONNS * sizeof(*m->tcbs));
	assert_non_null(m->tcbs);
	memset(m->tcbs, 0, CONNS * sizeof(*m->tcbs));
	for (i = 1; i < CONNS; i++)
		m->tcbs[i].tuple = tuple_of(i);
	assert_int_equal(rs_conn_table_init(&m->table, max, m->tcbs, 0), 0);
}

static void
model_fini(struct model *m)
{
	rs_conn_table_fini(&m->table);
	assert_null(m->table.buckets);
	free(m->tcbs);
}

static bool
is_full(const struct rs_conn_table *t, uint32_t at)
{
	return t->buckets[at].index[RS_BUCKET_ENTRIES - 1] != 0;
}

/* The hash number `i`, 0 to 2, of those whose home is this bucket. */
static uint32_t
hash_of(const struct rs_conn_table *t, uint32_t home, uint32_t i)
{
	uint32_t hash = (uint32_t)((((uint64_t)home << 32) + t->n_buckets - 1) / t->n_buckets);

	assert_int_equal(rs_conn_home(t, hash + i), home);
	return hash + i;
}

/* Used entries come first, free ones are 0, and each bucket on an entry's way is full. */
static void
check_invariant(const struct rs_conn_table *t)
{
	uint32_t count = 0;
	uint32_t at, i, way;

	for (at = 0; at < t->n_buckets; at++) {
		const struct rs_bucket *b = &t->buckets[at];

		for (i = 0; i < RS_BUCKET_ENTRIES; i++) {
			if (b->index[i] == 0) {
				assert_int_equal(b->hash[i], 0);
				continue;
			}
			assert_true(i == 0 || b->index[i - 1] != 0);
			count++;
			for (way = rs_conn_home(t, b->hash[i]); way != at;
			     way = (way + 1) % t->n_buckets)
				assert_true(is_full(t, way));
		}
	}
	assert_int_equal(count, t->count);
}

/* Both lookups, by burst and one by one, find the connections in the table and no other. */
static void
check_lookups(struct model *m)
{
	struct rs_segment segs[CONNS];
	uint32_t found[CONNS];
	uint32_t i;

	for (i = 0; i < CONNS; i++) {
		uint32_t other = next_random(&m->seed) % CONNS;

		memset(&segs[i], 0, sizeof(segs[i]));
		/* an unknown tuple in place of 0, often with the hash of a known one */
		segs[i].tuple = tuple_of(i != 0 ? i : CONNS + other);
		segs[i].hash = i != 0 ? m->hash[i] : m->hash[other];
	}
	rs_conn_find_burst(&m->table, segs, CONNS, found);
	for (i = 0; i < CONNS; i++) {
		assert_int_equal(found[i], m->in[i] ? i : 0);
		assert_int_equal(rs_conn_find(&m->table, &segs[i].tuple, segs[i].hash), found[i]);
	}
}

static void
model_flip(struct model *m, uint32_t i, uint32_t hash)
{
	uint32_t version = m->table.version;

	if (m->in[i]) {
		rs_conn_remove(&m->table, m->hash[i], i);
		m->count--;
	} else {
		m->hash[i] = hash;
		rs_conn_insert(&m->table, hash, i);
		m->count++;
	}
	m->in[i] = !m->in[i];
	assert_int_not_equal(m->table.version, version);
	assert_int_equal(m->table.count, m->count);
}

/* A hash whose home is among `spread` buckets from `first` on, few of them different. */
static uint32_t
skewed_hash(struct model *m, uint32_t first, uint32_t spread)
{
	uint32_t home = (first + next_random(&m->seed) % spread) % m->table.n_buckets;

	return hash_of(&m->table, home, next_random(&m->seed) % 3);
}

static void
run_model(uint32_t max, uint32_t first, uint32_t spread, unsigned int steps)
{
	struct model m;
	bool growing = true;

	model_init(&m, max, max * 1000 + first * 10 + spread);
	while (steps-- > 0) {
		uint32_t i = next_random(&m.seed) % (CONNS - 1) + 1;

		/* Mostly up to all that may be in it, mostly down to none, and so on. */
		if (m.count == max)
			growing = false;
		else if (m.count == 0)
			growing = true;
		if ((m.in[i] == growing && next_random(&m.seed) % 4 != 0) ||
		    (!m.in[i] && m.count == max))
			continue;
		model_flip(&m, i, skewed_hash(&m, first, spread));
		check_invariant(&m.table);
		check_lookups(&m);
	}
	model_fini(&m);
}

static void
table_agrees_with_a_model(void **state __rte_unused)
{
	/* 47 connections in 8 buckets, 41 in 7, 23 in 4, 11 in 2, 5 in one. */
	run_model(47, 0, 8, STEPS / 10);
	run_model(47, 3, 1, STEPS / 10);
	run_model(47, 6, 3, STEPS / 5); /* from the last buckets round to the first */
	run_model(47, 7, 2, STEPS / 5);
	run_model(41, 5, 3, STEPS / 10);
	run_model(41, 0, 7, STEPS / 10);
	run_model(23, 3, 1, STEPS / 10);
	run_model(23, 2, 4, STEPS / 10);
	run_model(11, 1, 2, STEPS / 10);
	run_model(5, 0, 1, STEPS / 10);
}

static void
table_tells_tuples_of_one_hash_apart(void **state __rte_unused)
{
	const uint32_t hashes[] = { 0, 5, UINT32_MAX };
	struct model m;
	unsigned int h;
	uint32_t i;

	for (h = 0; h < RTE_DIM(hashes); h++) {
		model_init(&m, 47, h);
		for (i = 1; i <= 47; i++)
			model_flip(&m, i, hashes[h]);
		check_invariant(&m.table);
		check_lookups(&m);
		/* Every second one goes, the others are found still. */
		for (i = 1; i <= 47; i += 2) {
			model_flip(&m, i, 0);
			check_invariant(&m.table);
			check_lookups(&m);
		}
		model_fini(&m);
	}
}

/* An entry that had overflowed over the end of the table comes home by steps. */
static void
table_pulls_back_round_its_end(void **state __rte_unused)
{
	struct model m;
	uint32_t i;

	model_init(&m, 47, 1);
	assert_int_equal(m.table.n_buckets, 8);
	for (i = 1; i <= 17; i++)
		model_flip(&m, i, hash_of(&m.table, 7, 0));
	/* 8 in bucket 7, 8 in bucket 0, one in bucket 1 */
	assert_int_equal(m.table.buckets[1].index[0], 17);
	model_flip(&m, 3, 0);
	assert_true(is_full(&m.table, 7) && is_full(&m.table, 0));
	assert_int_equal(m.table.buckets[1].index[0], 0);
	check_invariant(&m.table);
	check_lookups(&m);
	model_fini(&m);
}

/* One that is at home stays there, though a bucket before it gets room. */
static void
table_leaves_what_is_at_home(void **state __rte_unused)
{
	struct model m;
	uint32_t i;

	model_init(&m, 47, 1);
	for (i = 1; i <= 8; i++)
		model_flip(&m, i, hash_of(&m.table, 2, 0));
	model_flip(&m, 9, hash_of(&m.table, 3, 0));
	model_flip(&m, 1, 0);
	assert_false(is_full(&m.table, 2));
	assert_int_equal(m.table.buckets[3].index[0], 9);
	check_invariant(&m.table);
	model_fini(&m);
}

static void
table_finds_bursts_of_any_size(void **state __rte_unused)
{
	struct rs_segment segs[RS_BURST];
	uint32_t found[RS_BURST + 1];
	struct model m;
	uint16_t n, i;

	model_init(&m, 47, 5);
	for (i = 1; i <= 47; i++)
		model_flip(&m, i, skewed_hash(&m, 0, 8));
	for (n = 0; n <= RS_BURST; n++) {
		memset(found, 0xff, sizeof(found));
		for (i = 0; i < n; i++) {
			segs[i].tuple = tuple_of(i % CONNS);
			segs[i].hash = m.hash[i % CONNS];
		}
		rs_conn_find_burst(&m.table, segs, n, found);
		for (i = 0; i < n; i++)
			assert_int_equal(found[i], m.in[i % CONNS] ? i % CONNS : 0);
		assert_int_equal(found[n], UINT32_MAX);
	}
	model_fini(&m);
}

static void
table_is_at_most_three_quarters_full(void **state __rte_unused)
{
	uint32_t max;

	for (max = 1; max < 100000; max += max / 7 + 1) {
		uint64_t entries = (uint64_t)rs_conn_table_buckets(max) * RS_BUCKET_ENTRIES;

		assert_true(entries * 3 >= (uint64_t)max * 4);
		/* and no more buckets than that takes */
		assert_true((entries - RS_BUCKET_ENTRIES) * 3 <= (uint64_t)max * 4 + 3);
	}
	/* 2^27 connections and as many records as there can be */
	assert_int_equal(rs_conn_table_buckets((UINT32_C(1) << 27) + (UINT32_C(1) << 25)),
		(UINT32_C(5) << 25) / 6 + 1);
}

static void
table_says_when_memory_is_short(void **state __rte_unused)
{
	struct rs_conn_table table;

	assert_int_equal(rs_conn_table_init(&table, UINT32_C(1) << 27, NULL, 0), -ENOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_agrees_with_a_model),
		cmocka_unit_test(table_tells_tuples_of_one_hash_apart),
		cmocka_unit_test(table_pulls_back_round_its_end),
		cmocka_unit_test(table_leaves_what_is_at_home),
		cmocka_unit_test(table_finds_bursts_of_any_size),
		cmocka_unit_test(table_is_at_most_three_quarters_full),
		cmocka_unit_test(table_says_when_memory_is_short),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
