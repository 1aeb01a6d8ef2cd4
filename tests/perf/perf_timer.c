/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The timer wheel beside rte_timer, which it replaces because the engine has no clock of
 * its own and because 100 million connections cannot have 64 bytes each for a timer.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_random.h>
#include <rte_timer.h>

#include "conn/wheel.h"
#include "perf.h"

#define BURST 64
#define SPAN 3000 /* ms that deadlines lie ahead: retransmission and delayed ACK */

/* n timers of each kind. */
struct bench {
	uint32_t n;
	uint32_t now;             /* tick of the wheel */
	uint32_t *order;          /* 1..n, shuffled: the order in which segments come */
	uint32_t *ahead;          /* random deadlines, 1..SPAN */
	struct rs_tcb *tcbs;      /* [1..n] */
	struct rs_timer_wheel wheel;
	struct rte_timer *timers; /* [1..n] */
	uint32_t fired;
};

static void *
take(size_t n, size_t size)
{
	void *p = rte_zmalloc("perf", n * size, RTE_CACHE_LINE_SIZE);

	perf_require(p != NULL, "memory was refused");
	return p;
}

static void
make(struct bench *b, uint32_t n)
{
	uint32_t i;

	memset(b, 0, sizeof(*b));
	b->n = n;
	b->order = take(n, sizeof(b->order[0]));
	b->ahead = take(n, sizeof(b->ahead[0]));
	b->tcbs = take((size_t)n + 1, sizeof(b->tcbs[0]));
	b->timers = take((size_t)n + 1, sizeof(b->timers[0]));
	rs_timer_init(&b->wheel, b->tcbs, 0);
	for (i = 0; i < n; i++) {
		uint32_t j = (uint32_t)rte_rand_max(i + 1);

		b->order[i] = b->order[j];
		b->order[j] = i + 1;
		b->ahead[i] = 1 + (uint32_t)rte_rand_max(SPAN);
		rte_timer_init(&b->timers[i + 1]);
	}
}

static void
unmake(struct bench *b)
{
	rte_free(b->timers);
	rte_free(b->tcbs);
	rte_free(b->ahead);
	rte_free(b->order);
}

static uint64_t
wheel_arm(struct bench *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		rs_timer_arm(&b->wheel, b->order[i], b->now + b->ahead[i]);
	return b->n;
}

static uint64_t
wheel_arm_cancel(void *arg)
{
	struct bench *b = arg;
	uint32_t i;

	wheel_arm(b);
	perf_require(b->wheel.count == b->n, "not all are armed");
	for (i = 0; i < b->n; i++)
		rs_timer_cancel(&b->wheel, b->order[i]);
	perf_require(b->wheel.count == 0, "not all are cancelled");
	return b->n;
}

/* As each segment of a busy connection does: the deadline moves on by a little. */
static uint64_t
wheel_rearm(void *arg)
{
	struct bench *b = arg;
	uint32_t i;

	if (b->wheel.count == 0)
		wheel_arm(b);
	for (i = 0; i < b->n; i++)
		rs_timer_arm(&b->wheel, b->order[i], b->now + SPAN + b->ahead[i]);
	perf_require(b->wheel.count == b->n, "one was lost");
	return b->n;
}

static uint64_t
wheel_arm_expire(void *arg)
{
	struct bench *b = arg;
	uint32_t fired = 0;

	wheel_arm(b);
	while (fired < b->n) {
		uint32_t index[BURST];
		uint16_t n = rs_timer_expire(&b->wheel, b->now, index, BURST);

		fired += n;
		if (n == 0)
			b->now++;
	}
	perf_require(b->wheel.count == 0, "not all have fired");
	return b->n;
}

static void
on_timer(struct rte_timer *timer, void *arg)
{
	struct bench *b = arg;

	(void)timer;
	b->fired++;
}

/* rte_timer counts in TSC cycles; `unit` of them stand for a tick. */
static void
rte_arm(struct bench *b, uint64_t base, uint64_t unit)
{
	unsigned int lcore = rte_lcore_id();
	uint32_t i;

	for (i = 0; i < b->n; i++)
		perf_require(rte_timer_reset(&b->timers[b->order[i]], base + b->ahead[i] * unit,
			SINGLE, lcore, on_timer, b) == 0, "rte_timer_reset failed");
}

static uint64_t
rte_arm_cancel(void *arg)
{
	struct bench *b = arg;
	uint32_t i;

	rte_arm(b, 0, rte_get_timer_hz() / 1000);
	for (i = 0; i < b->n; i++)
		perf_require(rte_timer_stop(&b->timers[b->order[i]]) == 0, "rte_timer_stop failed");
	return b->n;
}

static uint64_t
rte_rearm(void *arg)
{
	struct bench *b = arg;

	rte_arm(b, rte_get_timer_hz() * SPAN / 1000, rte_get_timer_hz() / 1000);
	return b->n;
}

/* Cycles so short that all are due by the time they are armed: nothing waits. */
static uint64_t
rte_arm_expire(void *arg)
{
	struct bench *b = arg;

	b->fired = 0;
	rte_arm(b, 0, 1);
	while (b->fired < b->n)
		rte_timer_manage();
	return b->n;
}

static void
measure(const struct perf *perf, struct bench *b)
{
	static const struct perf_round rounds[] = {
		{ "wheel, arm and cancel", wheel_arm_cancel },
		{ "rte_timer, arm and cancel", rte_arm_cancel },
		{ "wheel, arm and expire", wheel_arm_expire },
		{ "rte_timer, arm and expire", rte_arm_expire },
		{ "wheel, move later", wheel_rearm },
		{ "rte_timer, move later", rte_rearm },
	};
	struct perf_time times[RTE_DIM(rounds)];
	char what[64];
	unsigned int i;

	perf_measure(perf, rounds, RTE_DIM(rounds), b, times);
	for (i = 0; i < RTE_DIM(rounds); i++) {
		snprintf(what, sizeof(what), "%u timers: %s", b->n, rounds[i].name);
		perf_print(perf, what, "timer", &times[i]);
	}
	for (i = 1; i <= b->n; i++)
		rte_timer_stop(&b->timers[i]);
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1000, 100 * 1000 };
	struct perf perf;
	struct bench *b;
	unsigned int i;

	perf_start(&perf, argc, argv, 256);
	perf_require(rte_timer_subsystem_init() == 0, "no rte_timer");
	b = take(1, sizeof(*b));
	for (i = 0; i < RTE_DIM(sizes); i++) {
		make(b, sizes[i]);
		measure(&perf, b);
		unmake(b);
	}
	rte_free(b);
	rte_timer_subsystem_finalize();
	perf_end(&perf);
	return 0;
}
