/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Runs seeds and prints them in the Test Anything Protocol, a hundred a line. A seed that fails
 * is run again with a pcap file, and the command that replays it is printed.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "sim.h"

#define MBUFS 16383
#define MBUF_ROOM (RTE_PKTMBUF_HEADROOM + 9216)
#define BLOCK 100

/* A seed takes milliseconds; one that takes so many seconds hangs. Seconds of CPU time, because a
 * test that runs beside others may wait for minutes. */
#define HANGS_AFTER 120

/* What a signal handler can say: the seed that is being run. */
static volatile uint64_t running;

static void
on_signal(int number)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "# seed %" PRIu64 " %s\nBail out! seed %" PRIu64 "\n",
		running, number == SIGPROF ? "hangs" : "crashed", running);

	if (write(STDOUT_FILENO, text, (size_t)n) != n)
		_exit(3);
	_exit(2);
}

/* The seed that begins may take HANGS_AFTER. */
static void
watch(void)
{
	const struct itimerval timer = { .it_value.tv_sec = HANGS_AFTER };

	setitimer(ITIMER_PROF, &timer, NULL);
}

struct args {
	uint64_t first, last;
	uint64_t fresh;         /* so many seeds that no run has had, 0: those of the range */
	bool verbose;
	bool holes;             /* of plans with a black hole */
	bool breaks;            /* prove that what is wrong is found */
	const char *pcap;
	const char *program;
};

/* Say what went wrong and how to see it again. */
static void
report(struct sim *sim, struct rte_mempool *mbufs, const struct args *args)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/rstack-sim-%" PRIu64 ".pcap", sim->seed);
	printf("# seed %" PRIu64 ": %s\n#   at %.6f s of simulated time; %s\n"
		"#   again: %s --%s %" PRIu64 " -v --pcap FILE; this time's: %s\n", sim->seed,
		sim->failure, (double)sim->failed_at / 1e6,
		sim->plan.offload ? "checksums are the devices'" : "checksums are the stacks'",
		args->program, sim->holes ? "holes" : "seed", sim->seed, path);
	sim->pcap = sim_pcap_open(path);
	if (sim->pcap == NULL)
		return;
	sim_run(sim, mbufs, sim->seed);
	fclose(sim->pcap);
	sim->pcap = NULL;
}

static bool
run_seed(struct sim *sim, struct rte_mempool *mbufs, const struct args *args, uint64_t seed)
{
	bool ok;

	running = seed;
	watch();
	ok = sim_run(sim, mbufs, seed);
	if (!ok && args->verbose)
		printf("# seed %" PRIu64 " at %.6f: %s\n", seed, (double)sim->failed_at / 1e6,
			sim->failure);
	else if (!ok)
		report(sim, mbufs, args);
	return ok;
}

/* All seeds, a line for each block. @return blocks that failed */
static unsigned int
run_seeds(struct sim *sim, struct rte_mempool *mbufs, const struct args *args)
{
	unsigned int n = 0, failed = 0;
	uint64_t first, seed;

	printf("1..%" PRIu64 "\n", (args->last - args->first) / BLOCK + 1);
	for (first = args->first; first <= args->last; first += BLOCK) {
		uint64_t last = RTE_MIN(first + BLOCK - 1, args->last);
		unsigned int bad = 0;

		for (seed = first; seed <= last; seed++)
			bad += !run_seed(sim, mbufs, args, seed);
		printf("%sok %u - seeds %" PRIu64 " to %" PRIu64 "\n", bad > 0 ? "not " : "", ++n,
			first, last);
		fflush(stdout);
		failed += bad > 0;
	}
	sim_print_total(&sim->total);
	return failed;
}

/* What is to be found out, and a part of the sentence that says so. */
static const struct {
	enum sim_break broken;
	const char *what;
	const char *found;
} breaks[] = {
	{ SIM_BREAK_ACK, "an ACK beyond what came", "what came ends at" },
	{ SIM_BREAK_CHECKSUM, "a wrong checksum", "wrong TCP checksum" },
	{ SIM_BREAK_DELIVER, "a byte that is changed on its way", "a wrong byte" },
	{ SIM_BREAK_HOLE, "a black hole that is not looked for", "though small segments passed" },
	{ SIM_BREAK_LEAK, "an mbuf that is kept", "1 mbufs leak" },
	{ SIM_BREAK_RESET, "a reset in answer to a reset", "in answer to a reset" },
	{ SIM_BREAK_SACK, "a SACK block of what never came", "of what never came" },
	{ SIM_BREAK_SILENCE, "a connection that cannot be", "nothing was ever lost" },
	{ SIM_BREAK_TS, "timestamps that go backwards", "RFC 7323 4.1" },
	{ SIM_BREAK_WINDOW, "a window that shrinks", "the window shrinks" },
	{ SIM_BREAK_WIRE, "a byte that the user did not send", "not those that the user sent" },
};

/* Each of them must be found in one of the seeds. @return how many were not */
static unsigned int
run_breaks(struct sim *sim, struct rte_mempool *mbufs, const struct args *args)
{
	unsigned int failed = 0;
	unsigned int i;

	printf("1..%zu\n", RTE_DIM(breaks));
	for (i = 0; i < RTE_DIM(breaks); i++) {
		bool found = false;
		uint64_t seed;

		sim->broken = breaks[i].broken;
		sim->holes = sim->broken == SIM_BREAK_HOLE;
		for (seed = args->first; seed <= args->last && !found; seed++) {
			running = seed;
			watch();
			found = !sim_run(sim, mbufs, seed) &&
				strstr(sim->failure, breaks[i].found) != NULL;
			if (sim->failed && args->verbose)
				printf("# seed %" PRIu64 ": %s\n", seed, sim->failure);
		}
		printf("%sok %u - finds %s\n", found ? "" : "not ", i + 1, breaks[i].what);
		failed += !found;
	}
	return failed;
}

static int
usage(const char *program)
{
	fprintf(stderr, "usage: %s --seeds FIRST-LAST | --fresh COUNT | --break FIRST-LAST |\n"
		"       --holes FIRST[-LAST] | --seed N, with [-v] [--pcap FILE]\n", program);
	return 2;
}

static bool
parse_range(const char *text, struct args *args)
{
	char *end;

	args->first = args->last = strtoull(text, &end, 10);
	if (end != text && *end == '-')
		args->last = strtoull(end + 1, &end, 10);
	return *end == '\0' && args->first <= args->last;
}

static bool
parse(int argc, char **argv, struct args *args)
{
	bool given = false;
	int i;

	for (i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "-v") == 0) {
			args->verbose = true;
		} else if (strcmp(argv[i], "--pcap") == 0 && more) {
			args->pcap = argv[++i];
		} else if ((strcmp(argv[i], "--seeds") == 0 || strcmp(argv[i], "--seed") == 0 ||
				strcmp(argv[i], "--holes") == 0 ||
				strcmp(argv[i], "--break") == 0) && more) {
			args->breaks = strcmp(argv[i], "--break") == 0;
			args->holes = strcmp(argv[i], "--holes") == 0;
			given = parse_range(argv[++i], args);
		} else if (strcmp(argv[i], "--fresh") == 0 && more) {
			args->fresh = strtoull(argv[++i], NULL, 10);
			given = args->fresh > 0;
		} else {
			return false;
		}
	}
	return given;
}

/* A range of seeds that nobody has tried. */
static void
choose_seeds(struct args *args)
{
	if (args->fresh == 0)
		return;
	if (getrandom(&args->first, sizeof(args->first), 0) != sizeof(args->first))
		args->first = (uint64_t)getpid();
	args->first >>= 24;
	args->last = args->first + args->fresh - 1;
}

/* Random bytes, twice over, from a seed of their own. */
static uint8_t *
make_pattern(void)
{
	uint8_t *pattern = malloc(2 * SIM_PATTERN);
	struct sim_rand r = { .state = 1 };
	uint32_t i;

	for (i = 0; pattern != NULL && i < SIM_PATTERN; i++)
		pattern[i] = pattern[i + SIM_PATTERN] = (uint8_t)sim_rand_next(&r);
	return pattern;
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m",
		"512", "--log-level=error" };
	struct args args = { .program = argv[0] };
	struct rte_mempool *mbufs;
	struct sim *sim;
	unsigned int failed;

	if (!parse(argc, argv, &args))
		return usage(argv[0]);
	choose_seeds(&args);
	if (rte_eal_init(RTE_DIM(eal), eal) < 0) {
		printf("Bail out! EAL: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	mbufs = rte_pktmbuf_pool_create("sim", MBUFS, 0, 0, MBUF_ROOM, 0);
	sim = calloc(1, sizeof(*sim));
	if (mbufs == NULL || sim == NULL) {
		printf("Bail out! no memory\n");
		return 1;
	}
	sim->pattern = make_pattern();
	sim->holes = args.holes;
	sim->verbose = args.verbose && !args.breaks;
	sim->pcap = args.pcap != NULL ? sim_pcap_open(args.pcap) : NULL;
	signal(SIGSEGV, on_signal);
	signal(SIGABRT, on_signal);
	signal(SIGPROF, on_signal);
	failed = args.breaks ? run_breaks(sim, mbufs, &args) : run_seeds(sim, mbufs, &args);
	if (sim->pcap != NULL)
		fclose(sim->pcap);
	free((void *)(uintptr_t)sim->pattern);
	free(sim);
	rte_mempool_free(mbufs);
	rte_eal_cleanup();
	return failed > 0 ? 1 : 0;
}
