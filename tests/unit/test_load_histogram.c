/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Histograms compared with percentiles of sorted values, and the pacer with its rate. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "load/histogram.h"
#include "load/pacer.h"

#define N_VALUES 20000

static int
setup(void **state)
{
	*state = calloc(2, sizeof(struct rs_histogram));
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

/* Buckets are contiguous and narrow enough. */
static void
buckets_cover_all_values(void **state __rte_unused)
{
	unsigned int bucket = 0;
	uint64_t first = 0;
	uint64_t value = 0;

	while (value <= RS_HISTOGRAM_MAX) {
		uint64_t step = value < 1024 ? 1 : value / 512;

		if (rs_histogram_bucket(value) != bucket) {
			assert_in_range(rs_histogram_bucket(value), bucket, bucket + 2);
			bucket = rs_histogram_bucket(value);
			first = value;
		}
		/* all values of a bucket lie within 1/128 of its first */
		assert_true((value - first) * RS_HISTOGRAM_SUB <= first);
		value += step;
	}
	assert_int_equal(rs_histogram_bucket(RS_HISTOGRAM_MAX), RS_HISTOGRAM_BUCKETS - 1);
}

static int
compare_values(const void *a, const void *b)
{
	const uint64_t *va = a;
	const uint64_t *vb = b;

	return (*va > *vb) - (*va < *vb);
}

/* Each percentile is the exact one or at most 1/128 above it. */
static void
assert_percentiles(const struct rs_histogram *h, uint64_t *values, size_t n)
{
	static const uint32_t ppms[] = { 1, 10000, 500000, 900000, 990000, 999000, 1000000 };
	size_t i, rank;

	qsort(values, n, sizeof(*values), compare_values);
	for (i = 0; i < RTE_DIM(ppms); i++) {
		uint64_t got = rs_histogram_percentile(h, ppms[i]);
		uint64_t exact;

		rank = (n * ppms[i] + 999999) / 1000000;
		exact = values[rank == 0 ? 0 : rank - 1];
		assert_true(got >= exact);
		assert_true((got - exact) * RS_HISTOGRAM_SUB <= exact);
	}
	assert_int_equal(rs_histogram_percentile(h, 1000000), values[n - 1]);
}

static void
percentiles_are_those_of_the_values(void **state)
{
	struct rs_histogram *h = *state;
	uint64_t *values = calloc(N_VALUES, sizeof(*values));
	uint64_t x = 88172645463325252ull;
	size_t i;
	int shape;

	for (shape = 0; shape < 4; shape++) {
		memset(h, 0, sizeof(*h));
		for (i = 0; i < N_VALUES; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			/* all small; up to a second; any magnitude; two far apart */
			values[i] = shape == 0 ? x % 200 : shape == 1 ? x % 1000000 :
				shape == 2 ? (x & RS_HISTOGRAM_MAX) >> (x >> 58) % 40 :
				x % 100 == 0 ? 5000000 : 37;
			rs_histogram_record(h, values[i]);
		}
		assert_int_equal(rs_histogram_total(h), N_VALUES);
		assert_percentiles(h, values, N_VALUES);
	}
	free(values);
}

static void
empty_and_extreme_values(void **state)
{
	struct rs_histogram *h = *state;

	assert_int_equal(rs_histogram_percentile(h, 500000), 0);
	rs_histogram_record(h, 0);
	assert_int_equal(rs_histogram_percentile(h, 1000000), 0);
	rs_histogram_record(h, UINT64_MAX);
	assert_int_equal(rs_histogram_percentile(h, 1000000), RS_HISTOGRAM_MAX);
	assert_int_equal(rs_histogram_percentile(h, 500000), 0);
	assert_int_equal(rs_histogram_total(h), 2);
}

/* Histograms of two workers are added; an earlier copy is subtracted. */
static void
sums_and_differences(void **state)
{
	struct rs_histogram *a = *state;
	struct rs_histogram *b = a + 1;

	rs_histogram_record(a, 10);
	rs_histogram_record(b, 20);
	rs_histogram_record(b, 30);
	rs_histogram_add(a, b);
	assert_int_equal(rs_histogram_total(a), 3);
	assert_int_equal(rs_histogram_percentile(a, 500000), 20);
	assert_int_equal(a->max, 30);
	rs_histogram_subtract(a, b);
	assert_int_equal(rs_histogram_total(a), 1);
	assert_int_equal(rs_histogram_percentile(a, 500000), 10);
}

/* The number of connections that n workers open in `us` when polled every `step`. */
static unsigned int
count_opened(uint32_t rate, unsigned int n, uint64_t us, uint64_t step)
{
	const uint64_t begin = 5000000;
	unsigned int total = 0;
	struct rs_pacer p;
	unsigned int i;
	uint64_t now;

	for (i = 0; i < n; i++) {
		rs_pacer_init(&p, rate, i, n, begin);
		for (now = begin; now < begin + us; now += step) {
			while (rs_pacer_due(&p, now)) {
				rs_pacer_advance(&p);
				total++;
			}
		}
	}
	return total;
}

static void
pacer_keeps_the_rate(void **state __rte_unused)
{
	assert_in_range(count_opened(1000, 1, 1000000, 100), 999, 1000);
	assert_in_range(count_opened(1000, 3, 1000000, 100), 998, 1000);
	assert_in_range(count_opened(3, 1, 10000000, 1000), 29, 30);
	/* intervals that are no whole number of nanoseconds: 14.3, and 42.9 of each of three */
	assert_in_range(count_opened(70000000, 1, 10000, 10), 699000, 700000);
	assert_in_range(count_opened(70000000, 3, 10000, 10), 699000, 700001);
	/* a late poll opens all connections that are due */
	assert_in_range(count_opened(100000, 2, 1000000, 5000), 99000, 100000);
}

/* Connections that are left out are so many as would have been opened. */
static void
pacer_leaves_out_at_the_rate(void **state __rte_unused)
{
	struct rs_pacer p;

	rs_pacer_init(&p, 70000000, 0, 1, 0);
	/* 14.3 ns: 7 in 100 ns, and so on; the first is due at 0 */
	assert_int_equal(rs_pacer_skip(&p, 1000000), 70000000);
	assert_true(rs_pacer_due(&p, 1000000));
	assert_int_equal(rs_pacer_skip(&p, 1000000), 0);
	/* an hour at a time: no overflow */
	assert_int_equal(rs_pacer_skip(&p, 3601000000), UINT64_C(70000000) * 3600);
}

static void
pacer_does_not_make_up_for_long_stops(void **state __rte_unused)
{
	struct rs_pacer p;
	uint64_t now = 1000000;
	unsigned int n = 0;

	rs_pacer_init(&p, 1000, 0, 1, now);
	now += 10 * 1000000;
	/* those due up to 100 ms before now are left out, each of them counted */
	assert_int_equal(rs_pacer_skip(&p, now - RS_PACER_LAG_US), 9900);
	assert_int_equal(rs_pacer_skip(&p, now - RS_PACER_LAG_US), 0);
	assert_int_equal(rs_pacer_due_time(&p, now), now - RS_PACER_LAG_US);
	for (; rs_pacer_due(&p, now) && n < 100000; n++)
		rs_pacer_advance(&p);
	assert_int_equal(n, 101);
	/* the first microsecond at which a connection is due again */
	now += rs_pacer_wait(&p, now);
	assert_true(rs_pacer_due(&p, now));
	assert_int_equal(rs_pacer_wait(&p, now), 0);
	assert_false(rs_pacer_due(&p, now - 2));
}

static void
pacer_without_rate_is_always_due(void **state __rte_unused)
{
	struct rs_pacer p;
	unsigned int i;

	rs_pacer_init(&p, 0, 1, 2, 77);
	for (i = 0; i < 1000; i++) {
		assert_true(rs_pacer_due(&p, 77));
		assert_int_equal(rs_pacer_wait(&p, 77), 0);
		assert_int_equal(rs_pacer_due_time(&p, 77), 77);
		assert_int_equal(rs_pacer_skip(&p, 77), 0);
		rs_pacer_advance(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_cover_all_values),
		cmocka_unit_test_setup_teardown(empty_and_extreme_values, setup, teardown),
		cmocka_unit_test(pacer_leaves_out_at_the_rate),
		cmocka_unit_test(pacer_does_not_make_up_for_long_stops),
		cmocka_unit_test(pacer_keeps_the_rate),
		cmocka_unit_test(pacer_without_rate_is_always_due),
		cmocka_unit_test_setup_teardown(percentiles_are_those_of_the_values, setup,
			teardown),
		cmocka_unit_test_setup_teardown(sums_and_differences, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
