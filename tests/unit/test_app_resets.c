/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The list of the resets of all workers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "app.h"
#include "planted_stack.h"
#include "watch/resets.h"

#define N_WORKERS 2

struct fixture {
	struct rs_app app;
	struct rs_worker workers[N_WORKERS];
	struct rs_resets *resets;
	struct rs_logged_reset out[RS_RESETS_KEPT + 1];
};

static int
setup(void **state)
{
	struct fixture *f = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(sizeof(*f), (size_t)RTE_CACHE_LINE_SIZE));
	const struct rs_pool_use use = { 0 };
	struct rs_stats *stats;
	unsigned int w;

	assert_non_null(f);
	memset(f, 0, sizeof(*f));
	f->app.workers = f->workers;
	f->app.n_workers = N_WORKERS;
	rs_clock_init(&f->app.clock, 0, 1000 * 1000 * 1000);
	for (w = 0; w < N_WORKERS; w++) {
		f->workers[w].stack = planted_stack_create(NULL, &use, &stats);
		assert_non_null(f->workers[w].stack);
	}
	f->resets = rs_resets_create();
	assert_non_null(f->resets);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int w;

	rs_resets_free(f->resets);
	rs_resets_free(NULL);
	for (w = 0; w < N_WORKERS; w++)
		free(f->workers[w].stack);
	free(f);
	return 0;
}

/* Read behind a number. @return how many */
static unsigned int
read_after(struct fixture *f, uint64_t after, unsigned int n)
{
	rs_resets_collect(f->resets, &f->app);
	return rs_resets_read(f->resets, after, NULL, NULL, f->out, n);
}

/* Those of one collection are numbered in the order of time, whatever their worker. */
static void
workers_are_merged_by_time(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	assert_int_equal(read_after(f, 0, 100), 0);
	for (i = 0; i < 10; i++) /* worker 1 comes first */
		planted_stack_reset(f->workers[(i + 1) % N_WORKERS].stack, 1000 + i, i);
	assert_int_equal(read_after(f, 0, 100), 10);
	for (i = 0; i < 10; i++) {
		assert_int_equal(f->out[i].number, i + 1);
		assert_int_equal(f->out[i].record.seq, i);
		assert_int_equal(f->out[i].utc_us, f->out[0].utc_us + i);
	}
	/* once, and the next ones behind them */
	planted_stack_reset(f->workers[0].stack, 2000, 10);
	assert_int_equal(read_after(f, 10, 100), 1);
	assert_int_equal(f->out[0].number, 11);
	assert_int_equal(f->out[0].record.seq, 10);
	assert_int_equal(read_after(f, 3, 2), 2);
	assert_int_equal(f->out[0].number, 4);
	assert_int_equal(read_after(f, 11, 100), 0);
	assert_int_equal(read_after(f, UINT64_MAX, 100), 0);
}

/* A worker overwrote 45 of 300: the numbers skip as many. */
static void
lost_resets_leave_a_gap(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	planted_stack_reset(f->workers[0].stack, 1, 0);
	assert_int_equal(read_after(f, 0, 1000), 1);
	for (i = 1; i <= 300; i++)
		planted_stack_reset(f->workers[0].stack, 1 + i, i);
	assert_int_equal(read_after(f, 0, 1000), 1 + RS_RESET_LOG);
	assert_int_equal(f->out[0].number, 1);
	for (i = 1; i <= RS_RESET_LOG; i++) {
		assert_int_equal(f->out[i].number, 1 + 300 - RS_RESET_LOG + i);
		assert_int_equal(f->out[i].record.seq, 300 - RS_RESET_LOG + i);
	}
}

/* The latest RS_RESETS_KEPT stay. */
static void
old_resets_are_dropped(void **state)
{
	struct fixture *f = *state;
	unsigned int i, n;

	for (i = 0; i < 2 * RS_RESETS_KEPT; i++) {
		planted_stack_reset(f->workers[i % N_WORKERS].stack, i, i);
		if (i % 100 == 0)
			rs_resets_collect(f->resets, &f->app);
	}
	n = read_after(f, 0, RS_RESETS_KEPT + 1);
	assert_int_equal(n, RS_RESETS_KEPT);
	for (i = 0; i < n; i++) {
		assert_int_equal(f->out[i].number, RS_RESETS_KEPT + i + 1);
		assert_int_equal(f->out[i].record.seq, RS_RESETS_KEPT + i);
	}
}

static bool
is_even(const void *arg, const struct rs_reset_record *record)
{
	assert_ptr_equal(arg, &is_even);
	return record->seq % 2 == 0;
}

static void
caller_chooses(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 10; i++)
		planted_stack_reset(f->workers[0].stack, i, i);
	rs_resets_collect(f->resets, &f->app);
	assert_int_equal(rs_resets_read(f->resets, 2, is_even, &is_even, f->out, 3), 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(f->out[i].record.seq, 2 + 2 * i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(workers_are_merged_by_time, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_resets_leave_a_gap, setup, teardown),
		cmocka_unit_test_setup_teardown(old_resets_are_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(caller_chooses, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
