/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The timer wheel beside rte_timer, which it replaces because the engine has no clock of
 * its own and because 100 million connections cannot have 64 bytes each for a timer. Timers are
 * armed in bursts of 32, whose memory is fetched before, as the segments of a burst have their
 * TCBs fetched; the time of that alone is printed first. With --long for 1 million timers, too,
 * and the wheel alone for 10 million.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>
#include <rte_random.h>
#include <rte_timer.h>

#include "conn/wheel.h"
#include "perf.h"

#define BURST 32u
#define FIRED 64
#define MANY (10u * 1000 * 1000)
#define SPAN 3000 /* ms that deadlines lie ahead: retransmission and delayed ACK */

/* n timers of each kind. */
struct bench {
	uint32_t n;
	uint32_t now;             /* tick of the wheel */
	uint32_t *order;          /* 1..n, shuffled: the order in which segments come */
	uint32_t *ahead;          /* random deadlines, 1..SPAN */
	struct rs_tcb *tcbs;      /* [1..n] */
	struct rs_timer_wheel wheel;
	struct rte_timer *timers; /* [1..n]; NULL: left out */
	uint32_t fired;
};

static void *
take(size_t n, size_t size)
{
	void *p = rte_zmalloc("perf", n * size, RTE_CACHE_LINE_SIZE);

	perf_require(p != NULL, "memory was refused");
	return p;
}

/* @return false: the memory is not there */
static bool
make(struct bench *b, uint32_t n)
{
	uint32_t i;

	memset(b, 0, sizeof(*b));
	b->n = n;
	b->tcbs = rte_zmalloc("perf", ((size_t)n + 1) * sizeof(b->tcbs[0]), RTE_CACHE_LINE_SIZE);
	if (b->tcbs == NULL)
		return false;
	b->order = take(n, sizeof(b->order[0]));
	b->ahead = take(n, sizeof(b->ahead[0]));
	b->timers = n < MANY ? take((size_t)n + 1, sizeof(b->timers[0])) : NULL;
	rs_timer_init(&b->wheel, b->tcbs, 0);
	for (i = 0; i < n; i++) {
		uint32_t j = (uint32_t)rte_rand_max(i + 1);

		b->order[i] = b->order[j];
		b->order[j] = i + 1;
		b->ahead[i] = 1 + (uint32_t)rte_rand_max(SPAN);
		if (b->timers != NULL)
			rte_timer_init(&b->timers[i + 1]);
	}
	return true;
}

static void
unmake(struct bench *b)
{
	rte_free(b->timers);
	rte_free(b->tcbs);
	rte_free(b->ahead);
	rte_free(b->order);
}

/* Before timer i of the order is used: at the begin of a burst fetch the TCBs of all of it. */
static inline void
fetch_tcbs(const struct bench *b, uint32_t i)
{
	uint32_t end = RTE_MIN(i + BURST, b->n);

	if (i % BURST != 0)
		return;
	for (; i < end; i++) {
		rte_prefetch0(&b->tcbs[b->order[i]].tuple);
		rte_prefetch0(&b->tcbs[b->order[i]].timer);
	}
}

/* The same for rte_timer. */
static inline void
fetch_timers(const struct bench *b, uint32_t i)
{
	uint32_t end = RTE_MIN(i + BURST, b->n);

	if (i % BURST != 0)
		return;
	for (; i < end; i++) {
		rte_prefetch0(&b->timers[b->order[i]]);
		rte_prefetch0(&b->timers[b->order[i]].sl_next[6]);
	}
}

/* The TCBs alone, both lines of each, which a segment or a timer has touched anyway. */
static uint64_t
touch_tcbs(void *arg)
{
	struct bench *b = arg;
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		struct rs_tcb *tcb = &b->tcbs[b->order[i]];

		fetch_tcbs(b, i);
		tcb->rcv_nxt++;
		tcb->snd_wl1++;
	}
	return b->n;
}

static uint64_t
wheel_arm(struct bench *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		fetch_tcbs(b, i);
		rs_timer_arm(&b->wheel, b->order[i], b->now + b->ahead[i]);
	}
	return b->n;
}

static uint64_t
wheel_arm_cancel(void *arg)
{
	struct bench *b = arg;
	uint32_t i;

	wheel_arm(b);
	perf_require(b->wheel.count == b->n, "not all are armed");
	for (i = 0; i < b->n; i++) {
		fetch_tcbs(b, i);
		rs_timer_cancel(&b->wheel, b->order[i]);
	}
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
	for (i = 0; i < b->n; i++) {
		fetch_tcbs(b, i);
		rs_timer_arm(&b->wheel, b->order[i], b->now + SPAN + b->ahead[i]);
	}
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
		uint32_t index[FIRED];
		uint16_t n = rs_timer_expire(&b->wheel, b->now, index, FIRED);

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

	for (i = 0; i < b->n; i++) {
		fetch_timers(b, i);
		perf_require(rte_timer_reset(&b->timers[b->order[i]], base + b->ahead[i] * unit,
			SINGLE, lcore, on_timer, b) == 0, "rte_timer_reset failed");
	}
}

static uint64_t
rte_arm_cancel(void *arg)
{
	struct bench *b = arg;
	uint32_t i;

	rte_arm(b, 0, rte_get_timer_hz() / 1000);
	for (i = 0; i < b->n; i++) {
		fetch_timers(b, i);
		perf_require(rte_timer_stop(&b->timers[b->order[i]]) == 0, "rte_timer_stop failed");
	}
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

/* Measure rounds of the wheel, behind touch_tcbs(), and the same of rte_timer beside them. */
static void
measure_rounds(const struct perf *perf, struct bench *b, const struct perf_round *rounds,
	unsigned int n)
{
	struct perf_time times[PERF_ROUNDS_MAX];
	char what[64];
	unsigned int i;

	if (b->timers == NULL)
		n = 1 + n / 2; /* the first half is the wheel's */
	perf_measure(perf, rounds, n, b, times);
	for (i = 0; i < n; i++) {
		snprintf(what, sizeof(what), "%u timers: %s", b->n, rounds[i].name);
		perf_print(perf, what, "timer", &times[i]);
	}
}

static void
measure(const struct perf *perf, struct bench *b)
{
	static const struct perf_round rounds[] = {
		{ "the TCBs alone", touch_tcbs },
		{ "wheel, arm and cancel", wheel_arm_cancel },
		{ "wheel, arm and expire", wheel_arm_expire },
		{ "rte_timer, arm and cancel", rte_arm_cancel },
		{ "rte_timer, arm and expire", rte_arm_expire },
	};
	/* by themselves, because they leave all timers armed */
	static const struct perf_round moves[] = {
		{ "the TCBs alone", touch_tcbs },
		{ "wheel, move later", wheel_rearm },
		{ "rte_timer, move later", rte_rearm },
	};
	uint32_t i;

	measure_rounds(perf, b, rounds, RTE_DIM(rounds));
	measure_rounds(perf, b, moves, RTE_DIM(moves));
	for (i = 1; b->timers != NULL && i <= b->n; i++)
		rte_timer_stop(&b->timers[i]);
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1000, 100 * 1000, 1000 * 1000, MANY };
	struct perf perf;
	unsigned int n_sizes = RTE_DIM(sizes);
	struct bench *b;
	unsigned int i;

	perf_start(&perf, argc, argv, 256); /* EAL takes more if there are hugepages */
	if (!perf.large)
		n_sizes -= 2;
	perf_require(rte_timer_subsystem_init() == 0, "no rte_timer");
	b = take(1, sizeof(*b));
	for (i = 0; i < n_sizes; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%u timers", sizes[i]);
		if (!perf_wanted(&perf, name))
			continue;
		if (!make(b, sizes[i])) {
			printf("%u timers: left out, the memory is not there\n", sizes[i]);
			continue;
		}
		measure(&perf, b);
		unmake(b);
	}
	rte_free(b);
	rte_timer_subsystem_finalize();
	perf_end(&perf);
	return 0;
}
