/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The measuring that the benchmarks share. */

#include <errno.h>
#include <getopt.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_random.h>

#include "perf.h"

void
perf_require(bool right, const char *what)
{
	if (!right)
		rte_exit(EXIT_FAILURE, "wrong: %s\n", what);
}

bool
perf_wanted(const struct perf *perf, const char *what)
{
	return perf->only == NULL || strstr(what, perf->only) != NULL;
}

static unsigned int
number(const char *text, unsigned int most)
{
	const char *error = NULL;
	long long n = strtonum(text, 1, most, &error);

	if (error != NULL) {
		fprintf(stderr, "%s is %s: expected 1..%u\n", text, error, most);
		exit(2);
	}
	return (unsigned int)n;
}

static void
read_options(struct perf *perf, int argc, char **argv)
{
	static const struct option options[] = {
		{ "long", no_argument, NULL, 'l' },
		{ "ms", required_argument, NULL, 'm' },
		{ "only", required_argument, NULL, 'o' },
		{ "runs", required_argument, NULL, 'r' },
		{ "verify", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*perf = (struct perf){ .runs = 7, .run_ms = 200, .instructions = -1 };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'l') {
			perf->large = true;
		} else if (c == 'm') {
			perf->run_ms = number(optarg, 10000);
		} else if (c == 'o') {
			perf->only = optarg;
		} else if (c == 'r') {
			perf->runs = number(optarg, PERF_RUNS_MAX);
		} else if (c == 'v') {
			perf->verify = true;
		} else {
			fprintf(stderr, "usage: %s [--long] [--runs N] [--ms N] [--only TEXT] "
				"[--verify]\n",
				argv[0]);
			exit(2);
		}
	}
	optind = 1; /* EAL uses getopt too */
}

bool
perf_is_long(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--long") == 0)
			return true;
	return false;
}

/* The last core that this process may run on: the first has the interrupts. */
static unsigned int
last_core(void)
{
	cpu_set_t set;
	unsigned int core = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 0;
	while (core > 0 && !CPU_ISSET(core, &set))
		core--;
	return core;
}

/* Megabytes of free hugepages. */
static unsigned long
huge_mb(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long pages = 0;
	unsigned long kb = 0;
	char line[128];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "HugePages_Free:", 15) == 0)
			pages = strtoul(line + 15, NULL, 10);
		else if (strncmp(line, "Hugepagesize:", 13) == 0)
			kb = strtoul(line + 13, NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return pages * kb / 1024;
}

bool
perf_huge(unsigned long mb)
{
	return huge_mb() >= mb;
}

static void
start_eal(char *name, unsigned int mb, bool may_huge)
{
	bool huge = may_huge && perf_huge(mb);
	char core[16];
	char memory[16];
	char *argv[] = {
		name, (char[]){ "--no-pci" }, (char[]){ "--no-telemetry" },
		(char[]){ "--no-shconf" }, (char[]){ "--log-level=*:error" },
		(char[]){ "-l" }, core, (char[]){ "-m" }, memory,
		huge ? (char[]){ "--in-memory" } : (char[]){ "--no-huge" },
	};

	snprintf(core, sizeof(core), "%u", last_core());
	snprintf(memory, sizeof(memory), "%u", mb);
	if (rte_eal_init(RTE_DIM(argv), argv) < 0)
		rte_exit(EXIT_FAILURE, "EAL does not start: %s\n", rte_strerror(rte_errno));
	rte_srand(1);
	printf("# CPU time on core %s, TSC at %.0f MHz, %s hugepages\n", core,
		(double)rte_get_tsc_hz() / 1e6, huge ? "with" : "without");
}

static int
open_instructions(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

void
perf_start(struct perf *perf, int argc, char **argv, unsigned int mb)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_options(perf, argc, argv);
	start_eal(argv[0], mb, !perf->verify);
	perf->instructions = open_instructions();
	if (perf->instructions < 0)
		printf("# instructions are not available: perf_event_open() says %s\n",
			strerror(errno));
}

void
perf_end(struct perf *perf)
{
	if (perf->instructions >= 0)
		close(perf->instructions);
	rte_eal_cleanup();
}

uint64_t
perf_instructions(const struct perf *perf)
{
	uint64_t n = 0;

	if (perf->instructions >= 0 && read(perf->instructions, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

uint64_t
perf_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* One run; adds to the operations and instructions of the runs before. */
static double
run_once(const struct perf *perf, const struct perf_round *round, void *arg, uint64_t *ops_sum,
	uint64_t *instructions_sum)
{
	uint64_t instructions = perf_instructions(perf);
	uint64_t start = perf_cpu_ns();
	uint64_t ops = 0;
	uint64_t ns;

	do {
		ops += round->run(arg);
		ns = perf_cpu_ns() - start;
	} while (ns < perf->run_ms * UINT64_C(1000000));
	*instructions_sum += perf_instructions(perf) - instructions;
	*ops_sum += ops;
	return (double)ns / (double)ops;
}

void
perf_measure(const struct perf *perf, const struct perf_round *rounds, unsigned int n,
	void *arg, struct perf_time *times)
{
	double ns[PERF_ROUNDS_MAX][PERF_RUNS_MAX];
	uint64_t instructions[PERF_ROUNDS_MAX] = { 0 };
	uint64_t ops[PERF_ROUNDS_MAX] = { 0 };
	unsigned int i;
	unsigned int run;

	for (i = 0; i < n; i++) {
		times[i] = (struct perf_time){ .instructions = -1 };
		rounds[i].run(arg); /* also warms caches up */
	}
	if (perf->verify)
		return;
	for (run = 0; run < perf->runs; run++) {
		for (i = 0; i < n; i++)
			ns[i][run] = run_once(perf, &rounds[i], arg, &ops[i], &instructions[i]);
	}
	for (i = 0; i < n; i++) {
		qsort(ns[i], perf->runs, sizeof(ns[i][0]), compare);
		times[i].ns = ns[i][perf->runs / 2];
		times[i].ns_min = ns[i][0];
		times[i].ns_max = ns[i][perf->runs - 1];
		if (perf->instructions >= 0)
			times[i].instructions = (double)instructions[i] / (double)ops[i];
	}
}

struct perf_time
perf_minus(const struct perf_time *a, const struct perf_time *b)
{
	return (struct perf_time){
		.ns = a->ns - b->ns,
		.ns_min = a->ns_min - b->ns,
		.ns_max = a->ns_max - b->ns,
		.instructions = a->instructions < 0 ? -1 : a->instructions - b->instructions,
	};
}

void
perf_print(const struct perf *perf, const char *what, const char *unit,
	const struct perf_time *time)
{
	if (perf->verify) {
		printf("ok - %s\n", what);
		return;
	}
	printf("%-52s %7.1f ns a %s (%.1f..%.1f)", what, time->ns, unit, time->ns_min,
		time->ns_max);
	if (time->instructions >= 0)
		printf(", %.0f instructions", time->instructions);
	printf("\n");
}
