/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The timer wheel against a plain array of times, which do not wrap: never early, never
 * late, however far the clock goes, and no more work in a call than it was given.
 */

#include <stdlib.h>

#include "base/seq.h"
#include "conn/wheel.h"
#include "tcp_fixture.h"

#define NODES 200
#define NEVER UINT64_MAX

/* A wheel, and when each of its nodes must fire. */
struct model {
	struct rs_timer_wheel wheel;
	struct rs_tcb *tcbs;
	uint64_t due[NODES + 1]; /* absolute, NEVER: not armed */
	uint64_t now;
	uint64_t seed;
	uint32_t count;
};

static void
model_init(struct model *m, uint64_t now, uint64_t seed)
{
	uint32_t i;

	memset(m, 0, sizeof(*m));
	m->tcbs = aligned_alloc(RTE_CACHE_LINE_SIZE, (NODES + 1) * sizeof(*m->tcbs));
	assert_non_null(m->tcbs);
	memset(m->tcbs, 0, (NODES + 1) * sizeof(*m->tcbs));
	m->now = now;
	m->seed = seed;
	for (i = 0; i <= NODES; i++)
		m->due[i] = NEVER;
	rs_timer_init(&m->wheel, m->tcbs, (uint32_t)now);
}

static void
model_fini(struct model *m)
{
	free(m->tcbs);
}

static uint64_t
first_due(const struct model *m)
{
	uint64_t first = NEVER;
	uint32_t i;

	for (i = 1; i <= NODES; i++)
		first = RTE_MIN(first, m->due[i]);
	return first;
}

static void
model_arm(struct model *m, uint32_t i, uint64_t at)
{
	rs_timer_arm(&m->wheel, i, (uint32_t)at);
	m->count += m->due[i] == NEVER;
	m->due[i] = RTE_MIN(m->due[i], at);
	assert_true((m->tcbs[i].flags & RS_F_TIMER) != 0);
	assert_int_equal(m->wheel.count, m->count);
}

static void
model_cancel(struct model *m, uint32_t i)
{
	rs_timer_cancel(&m->wheel, i);
	m->count -= m->due[i] != NEVER;
	m->due[i] = NEVER;
	assert_true((m->tcbs[i].flags & RS_F_TIMER) == 0);
	assert_int_equal(m->wheel.count, m->count);
}

/* Level that a node is linked on, -1: not linked. */
static int
level_of(const struct model *m, uint32_t i)
{
	uint32_t level, slot, at;

	for (level = 0; level < RS_WHEEL_LEVELS; level++)
		for (slot = 0; slot < RS_WHEEL_SLOTS; slot++)
			for (at = m->wheel.slots[level][slot]; at != 0;
					at = m->tcbs[at].timer.next)
				if (at == i)
					return (int)level;
	return -1;
}

/* Where every node is, level by level. */
static void
levels(const struct model *m, int *level)
{
	uint32_t l, slot, at;

	for (at = 0; at <= NODES; at++)
		level[at] = -1;
	for (l = 0; l < RS_WHEEL_LEVELS; l++)
		for (slot = 0; slot < RS_WHEEL_SLOTS; slot++)
			for (at = m->wheel.slots[l][slot]; at != 0; at = m->tcbs[at].timer.next)
				level[at] = (int)l;
}

/* One call. A TCB that fires must be due and armed. @return the number that fired */
static uint16_t
expire_once(struct model *m, uint16_t max)
{
	uint32_t fired[1024];
	uint16_t n = rs_timer_expire(&m->wheel, (uint32_t)m->now, fired, max);
	uint16_t i;

	assert_true(n <= max);
	for (i = 0; i < n; i++) {
		assert_in_range(fired[i], 1, NODES);
		assert_true(m->due[fired[i]] <= m->now); /* never early, never twice */
		m->due[fired[i]] = NEVER;
		m->count--;
		assert_true((m->tcbs[fired[i]].flags & RS_F_TIMER) == 0);
	}
	assert_int_equal(m->wheel.count, m->count);
	return n;
}

/* The wait ends before the first deadline, and is not 0 for ever. */
static void
check_next(const struct model *m, bool all_run)
{
	const uint32_t most[] = { 0, 1, 100, 1000, UINT32_MAX };
	uint64_t first = first_due(m);
	unsigned int i;

	for (i = 0; i < RTE_DIM(most); i++) {
		uint32_t next = rs_timer_next(&m->wheel, (uint32_t)m->now, most[i]);

		assert_true(next <= most[i]);
		if (first != NEVER)
			assert_true(m->now + next <= RTE_MAX(first, m->now));
		else
			assert_int_equal(next, most[i]);
		if (all_run && most[i] > 0)
			assert_true(next > 0);
	}
}

/* A step of time or into the future: mostly small, at times as far as there is. */
static uint64_t
stride(struct model *m, uint32_t far)
{
	const uint32_t span[] = { 4, 300, 300, 70000, 70000, far };
	uint32_t kind = next_random(&m->seed) % RTE_DIM(span);

	return next_random(&m->seed) % span[kind];
}

static void
model_change(struct model *m, uint32_t far)
{
	uint32_t i = next_random(&m->seed) % NODES + 1;

	if (next_random(&m->seed) % 4 == 0)
		model_cancel(m, i);
	else
		model_arm(m, i, m->now + stride(m, far));
}

/*
 * From `start` on until `end`: at each step all that is due fires, in one call with room
 * for it, and nothing else.
 */
static void
run_model(uint64_t start, uint64_t end, uint32_t jump, uint32_t far)
{
	struct model m;

	model_init(&m, start, start + jump);
	while (m.now < end) {
		uint32_t changes = next_random(&m.seed) % 8;

		while (changes-- > 0)
			model_change(&m, far);
		check_next(&m, false);
		m.now += stride(&m, jump);
		expire_once(&m, 1024);
		assert_true(first_due(&m) > m.now); /* never late */
		check_next(&m, true);
	}
	model_fini(&m);
}

static void
timer_fires_when_due_over_each_boundary(void **state __rte_unused)
{
	const uint64_t boundary[] = {
		UINT64_C(1) << 8, UINT64_C(1) << 16, UINT64_C(1) << 24, UINT64_C(1) << 32,
		UINT64_C(3) << 24, UINT64_C(1) << 31, UINT64_C(5) << 32,
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(boundary); i++) {
		run_model(boundary[i] - 200, boundary[i] + 2000, 4, 100);
		run_model(boundary[i] - RTE_MIN(boundary[i], UINT64_C(100000)),
			boundary[i] + 100000, 300, 200000);
	}
}

static void
timer_fires_when_due_over_weeks(void **state __rte_unused)
{
	const uint64_t week = UINT64_C(7) * 24 * 3600 * 1000;

	/* over 2^32, with deadlines as far ahead as they may be */
	run_model((UINT64_C(1) << 32) - week, (UINT64_C(1) << 32) + 2 * week, 5000000, INT32_MAX);
}

static void
timer_of_the_next_ticks_fires_at_each_place_of_the_turn(void **state __rte_unused)
{
	struct model m;
	uint64_t at;

	for (at = 0; at < 600; at++) {
		model_init(&m, at, 1);
		model_arm(&m, 1, at);
		model_arm(&m, 2, at + 1);
		model_arm(&m, 3, at + 255);
		model_arm(&m, 4, at + 256);
		model_arm(&m, 5, at + 65535);
		model_arm(&m, 6, at + 65536);
		while (m.count > 0) {
			expire_once(&m, 16);
			assert_true(first_due(&m) > m.now);
			m.now++;
		}
		assert_int_equal(m.now, at + 65537);
		model_fini(&m);
	}
}

static void
timer_that_moves_later_is_not_relinked(void **state __rte_unused)
{
	struct model m;

	model_init(&m, 1000, 1);
	rs_timer_arm(&m.wheel, 1, 1100);
	rs_timer_arm(&m.wheel, 1, 5000);
	assert_int_equal(m.tcbs[1].timer.expires, 1100);
	rs_timer_arm(&m.wheel, 1, 1100);
	assert_int_equal(m.wheel.count, 1);
	/* one that moves nearer is */
	rs_timer_arm(&m.wheel, 1, 1050);
	assert_int_equal(m.tcbs[1].timer.expires, 1050);
	assert_int_equal(m.wheel.count, 1);
	m.due[1] = 1050;
	m.count = 1;
	m.now = 1049;
	assert_int_equal(expire_once(&m, 8), 0);
	m.now = 1050;
	assert_int_equal(expire_once(&m, 8), 1);
	model_fini(&m);
}

static void
timer_in_the_past_fires_next(void **state __rte_unused)
{
	struct model m;

	model_init(&m, UINT32_MAX - 5, 1);
	model_arm(&m, 1, m.now - 1);
	model_arm(&m, 2, m.now - 1000000);
	assert_int_equal(rs_timer_next(&m.wheel, (uint32_t)m.now, 100), 0);
	assert_int_equal(expire_once(&m, 8), 2);
	model_fini(&m);
}

static void
timer_that_is_cancelled_never_fires(void **state __rte_unused)
{
	struct model m;
	uint32_t i;

	model_init(&m, 0, 1);
	/* first, last and middle of one slot's list, and one alone */
	for (i = 1; i <= 5; i++)
		model_arm(&m, i, 100);
	model_arm(&m, 6, 70000);
	model_cancel(&m, 5);
	model_cancel(&m, 1);
	model_cancel(&m, 3);
	model_cancel(&m, 6);
	model_cancel(&m, 6); /* not linked: nothing */
	model_cancel(&m, 7);
	assert_int_equal(level_of(&m, 6), -1);
	m.now = 100000;
	assert_int_equal(expire_once(&m, 8), 2);
	assert_int_equal(m.count, 0);
	model_fini(&m);
}

/* The work of a call: TCBs that fired, and TCBs that moved down a level. */
static uint16_t
expire_bounded(struct model *m, uint16_t max)
{
	int before[NODES + 1], after[NODES + 1];
	uint16_t work, fired;
	uint32_t i;

	levels(m, before);
	fired = expire_once(m, max);
	levels(m, after);
	work = fired;
	for (i = 1; i <= NODES; i++)
		work = (uint16_t)(work + (after[i] != -1 && after[i] != before[i]));
	assert_true(work <= max);
	return work;
}

/* With little room, calls go on until nothing is due; none does more than it may. */
static void
timer_work_of_a_call_is_bounded(void **state __rte_unused)
{
	unsigned int round;
	struct model m;
	uint32_t i;

	model_init(&m, (UINT64_C(1) << 24) - 300, 3);
	for (round = 0; round < 300; round++) {
		uint16_t max = (uint16_t)(next_random(&m.seed) % 9 + 1);
		unsigned int calls = 0;

		for (i = 0; i < 20; i++)
			model_change(&m, 20000000);
		m.now += stride(&m, 200000);
		/* At most three moves and one firing for each node there is. */
		while (first_due(&m) <= m.now) {
			expire_bounded(&m, max);
			check_next(&m, false);
			assert_true(++calls <= 4 * NODES);
		}
	}
	model_fini(&m);
}

/*
 * A turn's nodes have not all moved down when the call's room is spent: how long to wait
 * must not be taken from those that have.
 */
static void
timer_next_sees_what_has_not_moved_down_yet(void **state __rte_unused)
{
	struct model m;
	uint32_t i;

	model_init(&m, 10, 1);
	model_arm(&m, 1, 512 + 5);
	for (i = 2; i <= 10; i++)
		model_arm(&m, i, 512 + 200);
	m.now = 512;
	expire_once(&m, 4);
	check_next(&m, false);
	model_fini(&m);
}

/* An empty wheel goes any way at once. */
static void
timer_wheel_that_is_empty_follows_the_clock(void **state __rte_unused)
{
	struct model m;

	model_init(&m, 7, 1);
	m.now = UINT64_C(1) << 40;
	assert_int_equal(expire_once(&m, 1), 0);
	assert_int_equal(m.wheel.tick, (uint32_t)m.now);
	assert_int_equal(rs_timer_next(&m.wheel, (uint32_t)m.now, 1234), 1234);
	model_arm(&m, 1, m.now + 3);
	assert_int_equal(rs_timer_next(&m.wheel, (uint32_t)m.now, 1234), 3);
	m.now += 2;
	assert_int_equal(expire_once(&m, 1), 0);
	m.now++;
	assert_int_equal(expire_once(&m, 1), 1);
	model_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timer_fires_when_due_over_each_boundary),
		cmocka_unit_test(timer_fires_when_due_over_weeks),
		cmocka_unit_test(timer_of_the_next_ticks_fires_at_each_place_of_the_turn),
		cmocka_unit_test(timer_that_moves_later_is_not_relinked),
		cmocka_unit_test(timer_in_the_past_fires_next),
		cmocka_unit_test(timer_that_is_cancelled_never_fires),
		cmocka_unit_test(timer_work_of_a_call_is_bounded),
		cmocka_unit_test(timer_next_sees_what_has_not_moved_down_yet),
		cmocka_unit_test(timer_wheel_that_is_empty_follows_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
