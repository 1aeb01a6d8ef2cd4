/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The connection table beside rte_hash: lookups in bursts of 32 that end with a read of the TCB
 * that was found. A table of our own is worth its code only while it is clearly faster. With
 * --long for 10 million connections, too, and for as many as 14 GB of hugepages hold, without
 * rte_hash, for which there is no memory left.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_hash.h>
#include <rte_jhash.h>
#include <rte_malloc.h>
#include <rte_random.h>

#include "base/hash.h"
#include "conn/table.h"
#include "perf.h"

#define BURST 32
#define QUERIES_MAX (1u << 20)
#define MANY (10u * 1000 * 1000)

/* What is looked up: small, so that the tables have the caches for themselves. */
struct query {
	uint32_t number;    /* of the tuple */
	uint32_t hash;
	hash_sig_t sig;     /* rte_hash's hash */
};

/* A burst of queries, as a parser would leave it. */
struct burst {
	struct rs_segment segs[BURST];
	const void *keys[BURST];
	hash_sig_t sigs[BURST];
};

/* Both tables with the same entries, and what is looked up in them. */
struct bench {
	uint32_t n;
	struct rs_hash_key key;
	struct rs_tcb *tcbs;            /* [1..n] */
	struct rs_conn_table table;
	struct rte_hash *hash;          /* NULL: left out */
	struct query *queries;          /* in random order */
	uint32_t n_queries;             /* so many that the caches do not hold their lines */
	bool hit;                       /* what the queries must find */
};

/* The tuple of connection i, or, from n on, of none. */
static struct rs_tuple
tuple_of(uint32_t i)
{
	return (struct rs_tuple){
		.laddr = rs_addr_from_ipv4(RTE_BE32(0xc6120001)),
		.raddr = rs_addr_from_ipv4(rte_cpu_to_be_32(0x0a000000 + (i >> 8))),
		.lport = 80,
		.rport = (uint16_t)(1024 + (i & 0xff)),
	};
}

/* Take memory that may be missing. @return NULL: it is */
static void *
try(size_t n, size_t size)
{
	return rte_zmalloc("perf", n * size, RTE_CACHE_LINE_SIZE);
}

static void *
take(size_t n, size_t size)
{
	void *p = try(n, size);

	perf_require(p != NULL, "memory was refused");
	return p;
}

/* Make the tables and fill them. @return false: the memory is not there */
static bool
fill(struct bench *b, uint32_t n)
{
	struct rte_hash_parameters params = {
		.name = "perf",
		.entries = n + n / 3, /* the load of the table's worst case */
		.key_len = sizeof(struct rs_tuple),
		.hash_func = rte_jhash,
		.hash_func_init_val = 1,
	};
	uint32_t i;

	b->n = n;
	b->n_queries = n < MANY ? QUERIES_MAX / 4 : QUERIES_MAX;
	b->tcbs = try((size_t)n + 1, sizeof(b->tcbs[0]));
	if (b->tcbs == NULL)
		return false;
	if (rs_conn_table_init(&b->table, n, b->tcbs, 0) != 0) {
		rte_free(b->tcbs);
		return false;
	}
	b->hash = n <= MANY ? rte_hash_create(&params) : NULL;
	perf_require(b->hash != NULL || n >= MANY, "no rte_hash");
	for (i = 1; i <= n; i++) {
		struct rs_tcb *tcb = &b->tcbs[i];

		tcb->tuple = tuple_of(i - 1);
		tcb->rcv_nxt = 1;
		rs_conn_insert(&b->table, rs_tuple_hash(&b->key, &tcb->tuple), i);
		perf_require(b->hash == NULL || rte_hash_add_key_data(b->hash, &tcb->tuple,
			tcb) == 0, "rte_hash is full");
	}
	return true;
}

static void
empty(struct bench *b)
{
	rte_hash_free(b->hash); /* may be NULL */
	rs_conn_table_fini(&b->table);
	rte_free(b->tcbs);
}

static void
ask(struct bench *b, bool hit)
{
	uint32_t i;

	b->hit = hit;
	for (i = 0; i < b->n_queries; i++) {
		struct query *q = &b->queries[i];
		struct rs_tuple tuple;

		q->number = (uint32_t)rte_rand_max(b->n) + (hit ? 0 : b->n);
		tuple = tuple_of(q->number);
		q->hash = rs_tuple_hash(&b->key, &tuple);
		q->sig = b->hash != NULL ? rte_hash_hash(b->hash, &tuple) : 0;
	}
}

static void
make_burst(const struct bench *b, uint32_t first, struct burst *burst)
{
	uint32_t i;

	for (i = 0; i < BURST; i++) {
		const struct query *q = &b->queries[first + i];

		burst->segs[i].tuple = tuple_of(q->number);
		burst->segs[i].hash = q->hash;
		burst->keys[i] = &burst->segs[i].tuple;
		burst->sigs[i] = q->sig;
	}
}

/* Every TCB has rcv_nxt 1, so the sum counts what was found. */
static uint64_t
found_all(const struct bench *b, uint64_t sum)
{
	perf_require(sum == (b->hit ? b->n_queries : 0),
		"a lookup found a connection that is not there, or not all");
	return b->n_queries;
}

static uint64_t
sum_found(const struct bench *b, const uint32_t *index)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < BURST; i++)
		sum += b->tcbs[index[i]].rcv_nxt; /* [0] has 0 */
	return sum;
}

static uint64_t
sum_data(uint64_t mask, void *const *data)
{
	uint64_t sum = 0;

	for (; mask != 0; mask &= mask - 1)
		sum += ((const struct rs_tcb *)data[__builtin_ctzll(mask)])->rcv_nxt;
	return sum;
}

/* The bursts alone. */
static uint64_t
round_nothing(void *arg)
{
	const struct bench *b = arg;
	struct burst burst;
	uint32_t i;

	for (i = 0; i < b->n_queries; i += BURST) {
		make_burst(b, i, &burst);
		rte_compiler_barrier();
	}
	return b->n_queries;
}

static uint64_t
round_table(void *arg)
{
	const struct bench *b = arg;
	struct burst burst;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < b->n_queries; i += BURST) {
		uint32_t index[BURST];

		make_burst(b, i, &burst);
		rs_conn_find_burst(&b->table, burst.segs, BURST, index);
		sum += sum_found(b, index);
	}
	return found_all(b, sum);
}

static uint64_t
round_table_hashing(void *arg)
{
	const struct bench *b = arg;
	struct burst burst;
	uint64_t sum = 0;
	uint32_t i;
	uint32_t j;

	for (i = 0; i < b->n_queries; i += BURST) {
		uint32_t index[BURST];

		make_burst(b, i, &burst);
		for (j = 0; j < BURST; j++)
			burst.segs[j].hash = rs_tuple_hash(&b->key, &burst.segs[j].tuple);
		rs_conn_find_burst(&b->table, burst.segs, BURST, index);
		sum += sum_found(b, index);
	}
	return found_all(b, sum);
}

static uint64_t
round_rte(void *arg)
{
	const struct bench *b = arg;
	struct burst burst;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < b->n_queries; i += BURST) {
		void *data[BURST];
		uint64_t mask = 0;

		make_burst(b, i, &burst);
		rte_hash_lookup_with_hash_bulk_data(b->hash, burst.keys, burst.sigs, BURST, &mask,
			data);
		sum += sum_data(mask, data);
	}
	return found_all(b, sum);
}

static uint64_t
round_rte_hashing(void *arg)
{
	const struct bench *b = arg;
	struct burst burst;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < b->n_queries; i += BURST) {
		void *data[BURST];
		uint64_t mask = 0;

		make_burst(b, i, &burst);
		rte_hash_lookup_bulk_data(b->hash, burst.keys, BURST, &mask, data);
		sum += sum_data(mask, data);
	}
	return found_all(b, sum);
}

static void
measure(const struct perf *perf, struct bench *b)
{
	static const struct perf_round rounds[] = {
		{ "the keys alone", round_nothing },
		{ "conn_table, hash given", round_table },
		{ "conn_table and its hash", round_table_hashing },
		{ "rte_hash, hash given", round_rte },
		{ "rte_hash and jhash", round_rte_hashing },
	};
	unsigned int n = b->hash != NULL ? RTE_DIM(rounds) : 3;
	struct perf_time times[RTE_DIM(rounds)];
	char what[64];
	unsigned int i;

	perf_measure(perf, rounds, n, b, times);
	for (i = 1; i < n; i++) {
		times[i] = perf_minus(&times[i], &times[0]);
		snprintf(what, sizeof(what), "%u entries, %s: %s", b->n, b->hit ? "hit" : "miss",
			rounds[i].name);
		perf_print(perf, what, "lookup", &times[i]);
	}
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1000, 64 * 1000, 1000 * 1000, MANY, 10 * MANY };
	struct perf perf;
	struct bench b;
	unsigned int n_sizes = RTE_DIM(sizes);
	unsigned int i;

	perf_start(&perf, argc, argv, 768); /* EAL takes more if there are hugepages */
	memset(&b, 0, sizeof(b));
	for (i = 0; i < RTE_DIM(b.key.k); i++)
		b.key.k[i] = rte_rand();
	b.queries = take(QUERIES_MAX, sizeof(b.queries[0]));
	if (!perf.large)
		n_sizes -= 2;
	for (i = 0; i < n_sizes; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%u entries", sizes[i]);
		if (!perf_wanted(&perf, name))
			continue;
		if (!fill(&b, sizes[i])) {
			printf("%u entries: left out, the memory is not there\n", sizes[i]);
			continue;
		}
		ask(&b, true);
		measure(&perf, &b);
		ask(&b, false);
		measure(&perf, &b);
		empty(&b);
	}
	rte_free(b.queries);
	perf_end(&perf);
	return 0;
}
