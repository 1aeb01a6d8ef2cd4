/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The index pool: the promises of conn/pool.h. */

#include <errno.h>

#include "conn/pool.h"
#include "tcp_fixture.h"

enum { ENTRIES = 100, STRIDE = 12 };

static void
pool_gives_each_index_once(void **state __rte_unused)
{
	bool seen[ENTRIES + 1] = { false };
	struct rs_pool pool;
	uint32_t i;

	assert_int_equal(rs_pool_init(&pool, ENTRIES, STRIDE, 0), 0);
	for (i = 1; i <= ENTRIES; i++) {
		uint32_t index = rs_pool_get(&pool);

		assert_in_range(index, 1, ENTRIES);
		assert_false(seen[index]);
		seen[index] = true;
		assert_int_equal(pool.used, i);
	}
	/* Empty, and that again. */
	assert_int_equal(rs_pool_get(&pool), 0);
	assert_int_equal(rs_pool_get(&pool), 0);
	assert_int_equal(pool.used, ENTRIES);
	rs_pool_put(&pool, 7);
	assert_int_equal(pool.used, ENTRIES - 1);
	assert_int_equal(rs_pool_get(&pool), 7);
	assert_int_equal(rs_pool_get(&pool), 0);
	rs_pool_fini(&pool);
	assert_null(pool.base);
}

static void
pool_keeps_what_is_reserved(void **state __rte_unused)
{
	struct rs_pool pool;
	uint32_t i;

	assert_int_equal(rs_pool_init(&pool, ENTRIES, STRIDE, 0), 0);
	assert_true(rs_pool_reserve(&pool));
	assert_true(rs_pool_reserve(&pool));
	assert_int_equal(pool.used, 2);
	for (i = 2; i < ENTRIES; i++)
		assert_int_not_equal(rs_pool_get(&pool), 0);
	/* The rest is reserved. */
	assert_int_equal(rs_pool_get(&pool), 0);
	assert_false(rs_pool_reserve(&pool));
	assert_int_equal(rs_pool_get_reserved(&pool), ENTRIES - 1);
	assert_int_equal(pool.used, ENTRIES);
	assert_int_equal(rs_pool_get(&pool), 0);
	rs_pool_unreserve(&pool);
	assert_int_equal(pool.used, ENTRIES - 1);
	assert_int_equal(rs_pool_get(&pool), ENTRIES);
	assert_int_equal(rs_pool_get(&pool), 0);
	rs_pool_fini(&pool);
}

static void
pool_is_scarce_when_only_its_reserve_is_left(void **state __rte_unused)
{
	struct rs_pool pool;
	uint32_t i;

	assert_int_equal(rs_pool_init(&pool, ENTRIES, STRIDE, 0), 0);
	for (i = 0; i < ENTRIES - ENTRIES / 4; i++) {
		assert_false(rs_pool_scarce(&pool));
		rs_pool_get(&pool);
	}
	assert_true(rs_pool_scarce(&pool));
	rs_pool_fini(&pool);
	/* A small pool is not divided. */
	assert_int_equal(rs_pool_init(&pool, RS_SHARE_POOL_MIN - 1, STRIDE, 0), 0);
	while (rs_pool_get(&pool) != 0)
		assert_false(rs_pool_scarce(&pool));
	rs_pool_fini(&pool);
}

static void
pool_is_last_in_first_out(void **state __rte_unused)
{
	struct rs_pool pool;

	assert_int_equal(rs_pool_init(&pool, ENTRIES, STRIDE, 0), 0);
	assert_int_equal(rs_pool_get(&pool), 1);
	assert_int_equal(rs_pool_get(&pool), 2);
	assert_int_equal(rs_pool_get(&pool), 3);
	rs_pool_put(&pool, 3);
	rs_pool_put(&pool, 1);
	assert_int_equal(rs_pool_get(&pool), 1);
	assert_int_equal(rs_pool_get(&pool), 3);
	assert_int_equal(rs_pool_get(&pool), 4);
	rs_pool_fini(&pool);
}

static void
pool_touches_nothing_that_was_never_handed_out(void **state __rte_unused)
{
	struct rs_pool pool;
	uint8_t *p;
	unsigned int i;

	assert_int_equal(rs_pool_init(&pool, ENTRIES, STRIDE, 0), 0);
	memset(pool.base, 0xa5, (ENTRIES + 1) * STRIDE);
	rs_pool_get(&pool);
	rs_pool_get(&pool);
	rs_pool_put(&pool, 1);
	rs_pool_put(&pool, 2);
	p = rs_pool_at(&pool, 3);
	for (i = 0; i < (ENTRIES - 2) * STRIDE; i++)
		assert_int_equal(p[i], 0xa5);
	rs_pool_fini(&pool);
}

static void
pool_entries_do_not_overlap(void **state __rte_unused)
{
	struct rs_pool pool;
	uint32_t index;

	assert_int_equal(rs_pool_init(&pool, ENTRIES, STRIDE, 0), 0);
	for (index = 1; index <= ENTRIES; index++)
		memset(rs_pool_at(&pool, rs_pool_get(&pool)), (int)index, STRIDE);
	for (index = 1; index <= ENTRIES; index++) {
		const uint8_t *p = rs_pool_at(&pool, index);

		assert_int_equal(p[0], index);
		assert_int_equal(p[STRIDE - 1], index);
	}
	rs_pool_fini(&pool);
}

/* No entry is handed out again before it was given back. */
static void
pool_agrees_with_a_model(void **state __rte_unused)
{
	bool out[ENTRIES + 1] = { false };
	struct rs_pool pool;
	uint64_t seed = 1;
	uint32_t used = 0;
	unsigned int i;

	assert_int_equal(rs_pool_init(&pool, ENTRIES, STRIDE, 0), 0);
	for (i = 0; i < 100000; i++) {
		uint32_t index = next_random(&seed) % ENTRIES + 1;

		if (out[index]) {
			rs_pool_put(&pool, index);
			out[index] = false;
			used--;
		} else {
			index = rs_pool_get(&pool);
			assert_in_range(index, 1, ENTRIES);
			assert_false(out[index]);
			out[index] = true;
			used++;
		}
		assert_int_equal(pool.used, used);
	}
	rs_pool_fini(&pool);
}

static void
pool_says_when_memory_is_short(void **state __rte_unused)
{
	struct rs_pool pool;

	assert_int_equal(rs_pool_init(&pool, UINT32_MAX, 128, 0), -ENOMEM);
	assert_null(pool.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_gives_each_index_once),
		cmocka_unit_test(pool_keeps_what_is_reserved),
		cmocka_unit_test(pool_is_scarce_when_only_its_reserve_is_left),
		cmocka_unit_test(pool_is_last_in_first_out),
		cmocka_unit_test(pool_touches_nothing_that_was_never_handed_out),
		cmocka_unit_test(pool_entries_do_not_overlap),
		cmocka_unit_test(pool_agrees_with_a_model),
		cmocka_unit_test(pool_says_when_memory_is_short),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
