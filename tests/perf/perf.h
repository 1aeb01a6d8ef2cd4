/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What the benchmarks share: EAL with hugepages where there are any, and the measuring
 * of a round of work. No benchmark fails by time; each fails when the work was wrong.
 */

#ifndef RS_PERF_H
#define RS_PERF_H

#include <stdbool.h>
#include <stdint.h>

/** The most runs. */
#define PERF_RUNS_MAX 99

/** Options of the command line. */
struct perf {
	unsigned int runs;      /**< --runs N, of which the median is taken */
	unsigned int run_ms;    /**< --ms N: how long each goes on at least */
	bool large;             /**< --long: the largest sizes, too */
	bool verify;            /**< --verify: check the work, measure nothing */
	const char *only;       /**< --only TEXT: what has it in its name; NULL: all */
	int instructions;       /**< perf_event_open() file, or -1 */
};

/** Of an operation, over the runs. */
struct perf_time {
	double ns, ns_min, ns_max;
	double instructions;    /**< < 0: not available */
};

/**
 * Read the command line and set EAL up on one core.
 *
 * @param mb  megabytes that the benchmark needs
 */
void perf_start(struct perf *perf, int argc, char **argv, unsigned int mb);

/** Whether the command line has --long, before perf_start(). */
bool perf_is_long(int argc, char **argv);

/** Whether so many megabytes of hugepages are free. */
bool perf_huge(unsigned long mb);

/**
 * Nanoseconds that this thread had a core: on a machine that others use too, the TSC alone would
 * count their work as ours.
 */
uint64_t perf_cpu_ns(void);

/** Instructions of this thread so far; 0: the machine does not count them. */
uint64_t perf_instructions(const struct perf *perf);

/** Undo perf_start(). */
void perf_end(struct perf *perf);

/** The most rounds measured beside each other. */
#define PERF_ROUNDS_MAX 8

/** What is measured: does work, and returns how many operations it was. */
struct perf_round {
	const char *name;
	uint64_t (*run)(void *arg);
};

/**
 * Measure n rounds in turns, so that what disturbs the machine disturbs all alike.
 *
 * @param times  [out] room for n
 */
void perf_measure(const struct perf *perf, const struct perf_round *rounds, unsigned int n,
	void *arg, struct perf_time *times);

/** One line: what, and ns for each `unit`. */
void perf_print(const struct perf *perf, const char *what, const char *unit,
	const struct perf_time *time);

/** a - b, as the medians have it; the spread stays that of a. */
struct perf_time perf_minus(const struct perf_time *a, const struct perf_time *b);

/** Whether the command line asks for this. */
bool perf_wanted(const struct perf *perf, const char *what);

/** End with a sentence unless the work was right. */
void perf_require(bool right, const char *what);

#endif /* RS_PERF_H */
