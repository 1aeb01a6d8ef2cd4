/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The timer wheel against a plain array of times, which do not wrap: never early, never
 * late, however far the clock goes. The work of a call is counted in TCBs and does not grow with
 * their number.
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
	uint32_t last; /* the last node that was ever armed */
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

	for (i = 1; i <= m->last; i++)
		first = RTE_MIN(first, m->due[i]);
	return first;
}

static void
model_arm(struct model *m, uint32_t i, uint64_t at)
{
	rs_timer_arm(&m->wheel, i, (uint32_t)at);
	m->count += m->due[i] == NEVER;
	m->due[i] = RTE_MIN(m->due[i], at);
	m->last = RTE_MAX(m->last, i);
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

/* Call until no work is left in this tick. */
static void
expire_settle(struct model *m)
{
	unsigned int calls = 0;

	do {
		expire_once(m, 1024);
		assert_true(++calls <= 50);
	} while (m->count > 0 && rs_timer_next(&m->wheel, (uint32_t)m->now, 1) == 0);
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
 * From `start` on until `end`: at each step all that is due fires, in a few calls, and nothing
 * else.
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
		expire_settle(&m);
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
	m.now = 100000;
	assert_int_equal(expire_once(&m, 8), 2);
	assert_int_equal(m.count, 0);
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

/* A wheel with many TCBs. */
struct crowd {
	struct rs_timer_wheel wheel;
	struct rs_tcb *tcbs;
	struct rs_tcb *before;  /* a copy, to see which TCBs a call has touched; NULL: none */
	uint32_t n;
	uint32_t now;
	uint32_t fired;
	uint32_t calls;
	uint32_t touched_most;
	uint32_t waited_for;    /* a TCB */
	bool has_fired;
};

static void
crowd_init(struct crowd *c, uint32_t n, uint32_t now)
{
	size_t size = (n + 2) * sizeof(*c->tcbs);

	memset(c, 0, sizeof(*c));
	c->tcbs = aligned_alloc(RTE_CACHE_LINE_SIZE, size);
	assert_non_null(c->tcbs);
	memset(c->tcbs, 0, size);
	c->n = n;
	c->now = now;
	c->waited_for = n + 1;
	rs_timer_init(&c->wheel, c->tcbs, now);
}

static void
crowd_fini(struct crowd *c)
{
	free(c->tcbs);
	free(c->before);
}

/* Arm TCBs 1..n in turns over `span` ticks from `first` on. */
static void
crowd_arm(struct crowd *c, uint32_t first, uint32_t span)
{
	uint32_t i;

	for (i = 1; i <= c->n; i++)
		rs_timer_arm(&c->wheel, i, first + i % span);
}

/* Have each call counted by the TCBs that it changes. */
static void
crowd_watch(struct crowd *c)
{
	c->before = malloc((c->n + 2) * sizeof(*c->tcbs));
	assert_non_null(c->before);
}

static void
crowd_call(struct crowd *c)
{
	uint32_t fired[RS_TIMER_BURST];
	uint32_t touched = 0;
	uint16_t n, i;
	uint32_t k;

	if (c->before != NULL)
		memcpy(c->before, c->tcbs, (c->n + 2) * sizeof(*c->tcbs));
	n = rs_timer_expire(&c->wheel, c->now, fired, RS_TIMER_BURST);
	assert_true(n <= RS_TIMER_BURST);
	for (i = 0; i < n; i++) {
		assert_true(rs_seq_leq(c->tcbs[fired[i]].timer.expires, c->now));
		c->has_fired |= fired[i] == c->waited_for;
	}
	c->fired += n;
	c->calls++;
	for (k = 1; c->before != NULL && k <= c->n + 1; k++)
		touched += memcmp(&c->before[k], &c->tcbs[k], sizeof(c->tcbs[k])) != 0;
	c->touched_most = RTE_MAX(c->touched_most, touched);
}

/* Up to the tick `until`, with so many calls in each tick. */
static void
crowd_run(struct crowd *c, uint32_t until, unsigned int calls)
{
	unsigned int i;

	for (; rs_seq_lt(c->now, until); c->now++)
		for (i = 0; i < calls; i++)
			crowd_call(c);
}

/* Ticks at which slots of the levels above 0 begin. */
static const uint32_t slot_begins[] = { 3 << 8, 256 << 8, 3 << 16, 256 << 16, 3u << 24, 0 };

/*
 * All other TCBs are due in `ticks` ticks of one upper slot, and one TCB, armed by a segment late,
 * at its third tick: it fires in the first call at that tick, though there is one call a tick.
 */
static void
check_not_delayed(uint32_t ticks)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(slot_begins); i++) {
		uint32_t begin = slot_begins[i];
		struct crowd c;

		crowd_init(&c, 200000, begin - 700);
		crowd_arm(&c, begin, ticks);
		crowd_run(&c, begin - 37, 1);
		rs_timer_arm(&c.wheel, c.waited_for, begin + 3);
		crowd_run(&c, begin + 3, 1);
		assert_false(c.has_fired);
		crowd_call(&c);
		assert_true(c.has_fired);
		crowd_fini(&c);
	}
}

static void
timer_is_not_delayed_by_a_full_upper_slot(void **state __rte_unused)
{
	check_not_delayed(256);
}

/* The others are due in its tick, too: those armed last come before those that moved down. */
static void
timer_armed_last_fires_before_those_moved_down(void **state __rte_unused)
{
	check_not_delayed(4);
}

/* The same behind TCBs that are all due in one tick. */
static void
timer_is_not_delayed_by_those_due_before(void **state __rte_unused)
{
	struct crowd c;

	crowd_init(&c, 200000, 1000);
	crowd_arm(&c, 1100, 1);
	rs_timer_arm(&c.wheel, c.waited_for, 1101);
	crowd_run(&c, 1101, 1);
	assert_false(c.has_fired);
	crowd_call(&c);
	assert_true(c.has_fired);
	crowd_fini(&c);
}

/*
 * With some calls in each tick, as a worker makes them, the TCBs of an upper slot are on level 0
 * when it begins, and each fires in its tick.
 */
static void
timer_of_a_full_upper_slot_fires_when_due(void **state __rte_unused)
{
	const uint32_t n = 50000;
	unsigned int i;

	for (i = 0; i < RTE_DIM(slot_begins); i++) {
		uint32_t begin = slot_begins[i];
		struct crowd c;
		uint32_t tick;

		crowd_init(&c, n, begin - 700);
		crowd_arm(&c, begin, 256);
		crowd_run(&c, begin, 20);
		assert_int_equal(c.fired, 0);
		for (tick = 0; tick < 256; tick++) {
			crowd_run(&c, begin + tick + 1, 20);
			assert_int_equal(c.fired, (n / 256) * (tick + 1) + RTE_MIN(tick, n % 256));
		}
		assert_int_equal(c.fired, n);
		crowd_fini(&c);
	}
}

/* Of N that are due each fires within N / (RS_WHEEL_FIRES / 2) + 1 calls, with others due later. */
static void
timers_due_at_once_fire_within_the_bound(void **state __rte_unused)
{
	const uint32_t n = 50000;
	struct crowd c;
	uint32_t i;

	crowd_init(&c, 2 * n, 1000);
	for (i = 1; i <= n; i++)
		rs_timer_arm(&c.wheel, i, 1100);
	for (; i <= 2 * n; i++)
		rs_timer_arm(&c.wheel, i, 1101 + i % 400);
	crowd_run(&c, 1100, 1);
	c.now++; /* the first call comes a tick late */
	for (c.calls = 0; c.calls < n / (RS_WHEEL_FIRES / 2) + 1; c.now++)
		crowd_call(&c);
	for (i = 1; i <= n; i++)
		assert_true((c.tcbs[i].flags & RS_F_TIMER) == 0);
	crowd_fini(&c);
}

/* With far too few calls to move them all down, none is later than its slot, but for the room. */
static void
timer_left_in_an_upper_slot_is_due_when_the_slot_ends(void **state __rte_unused)
{
	const uint32_t n = 100000;
	struct crowd c;

	crowd_init(&c, n, 0);
	crowd_arm(&c, 1024, 256);
	c.now = 1024 + 256;
	for (c.calls = 0; c.calls < n / (RS_WHEEL_FIRES / 2) + 1; )
		crowd_call(&c);
	assert_int_equal(c.fired, n);
	assert_int_equal(c.wheel.count, 0);
	crowd_fini(&c);
}

/* Over upper slots of each level, TCBs due at once, and a jump. @return most TCBs of a call */
static uint32_t
most_touched(uint32_t n)
{
	uint32_t most = 0;
	unsigned int i;

	for (i = 0; i < RTE_DIM(slot_begins); i++) {
		uint32_t begin = slot_begins[i];
		struct crowd c;

		crowd_init(&c, n, begin - 600);
		crowd_watch(&c);
		crowd_arm(&c, begin, i % 2 == 0 ? 256 : 70000);
		crowd_run(&c, begin + 40, 1);
		c.now += 1000;
		crowd_run(&c, c.now + 20, 1);
		rs_timer_arm(&c.wheel, c.waited_for, c.now);
		c.now += 40000000;
		crowd_run(&c, c.now + 40, 1);
		assert_true(c.has_fired);
		assert_true(c.fired > 0);
		most = RTE_MAX(most, c.touched_most);
		crowd_fini(&c);
	}
	return most;
}

/*
 * Moving a TCB down touches three, firing it two, joining a list three. Two slots of one level
 * can be full here, and one of them has RS_WHEEL_MOVES_MOST only when it is behind.
 */
static void
timer_work_of_a_call_does_not_grow_with_their_number(void **state __rte_unused)
{
	const uint32_t bound = 3 * (RS_WHEEL_MOVES_MOST + RS_WHEEL_MOVES_MOST / 2) +
		2 * RS_TIMER_BURST + 3 * RS_WHEEL_JOINS;

	assert_in_range(most_touched(1000), 1, bound);
	assert_in_range(most_touched(16000), 1, bound);
}

/* While TCBs of an upper slot have not all moved down there is work at once. */
static void
timer_next_sees_what_has_not_moved_down_yet(void **state __rte_unused)
{
	struct crowd c;
	unsigned int calls = 0;

	crowd_init(&c, 100, 10);
	crowd_arm(&c, 1024 + 200, 1);
	c.now = 768 - 1;
	crowd_call(&c);
	assert_int_equal(rs_timer_next(&c.wheel, c.now, 1000), 1);
	c.now++;
	crowd_call(&c);
	for (; rs_timer_next(&c.wheel, c.now, 1000) == 0; calls++)
		crowd_call(&c);
	assert_in_range(calls, 1, 100 / RS_WHEEL_MOVES_LEAST);
	assert_int_equal(c.fired, 0);
	crowd_fini(&c);
}

/* TCBs in every slot of each level, and the clock goes on by days. */
static void
timer_wheel_follows_a_jump_of_the_clock_in_few_calls(void **state __rte_unused)
{
	const uint32_t slots = 3 * RS_WHEEL_SLOTS;
	struct crowd c;
	uint32_t i;

	crowd_init(&c, slots, 0);
	for (i = 1; i <= slots; i++)
		rs_timer_arm(&c.wheel, i,
			(i % RS_WHEEL_SLOTS) << (i / RS_WHEEL_SLOTS * RS_WHEEL_BITS));
	c.now = UINT32_C(1) << 30;
	while (c.wheel.tick != c.now)
		crowd_call(&c);
	assert_in_range(c.calls, 1, slots / RS_WHEEL_JOINS + 1);
	while (c.fired < slots)
		crowd_call(&c);
	assert_in_range(c.calls, 1, 2 * slots / RS_WHEEL_FIRES + 2);
	crowd_fini(&c);
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
		cmocka_unit_test(timer_is_not_delayed_by_a_full_upper_slot),
		cmocka_unit_test(timer_armed_last_fires_before_those_moved_down),
		cmocka_unit_test(timer_is_not_delayed_by_those_due_before),
		cmocka_unit_test(timer_of_a_full_upper_slot_fires_when_due),
		cmocka_unit_test(timers_due_at_once_fire_within_the_bound),
		cmocka_unit_test(timer_left_in_an_upper_slot_is_due_when_the_slot_ends),
		cmocka_unit_test(timer_work_of_a_call_does_not_grow_with_their_number),
		cmocka_unit_test(timer_next_sees_what_has_not_moved_down_yet),
		cmocka_unit_test(timer_wheel_follows_a_jump_of_the_clock_in_few_calls),
		cmocka_unit_test(timer_wheel_that_is_empty_follows_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
