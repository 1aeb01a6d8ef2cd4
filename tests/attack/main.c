/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Runs each attack, or those whose names match a pattern of the command line, and prints its
 * figures and its verdict in the Test Anything Protocol. The same honest users make the same
 * requests without the attack first: that is the rate that theirs is compared with. With --ipv6
 * as the first argument users and attackers have IPv6, and attacks of IPv4 only are left out.
 */

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "attack.h"

#define REQUESTS 1000u          /* so that a rate is in thousandths */
/* Requests without an answer are given up for lost after so long, microseconds. */
#define LIMIT (10 * ATTACK_SECOND)
/* The attackers fall silent: within this time no connection may be left. It is more than each
 * time limit of a connection, one after the other: of the service, FIN-WAIT-2, R2, 2 MSL.
 */
#define IDLE_LIMIT (400 * ATTACK_SECOND)
/* The rate that honest users keep, a thousandth of that without the attack. */
#define RATE_LEAST 900

/* What one run gave. */
struct outcome {
	struct honest_result honest;
	uint64_t idle_us;       /* from the end of the attack until all pools were idle */
	uint64_t attack_frames, bot_resets, bot_closes, ring_drops, no_mbuf;
	const char *wrong;      /* of a frame */
	const char *audit;
	bool memory_kept;
	bool idle;
	unsigned int leaked;
	struct rs_pool_use most; /* during the attack */
	char held[256];         /* in pools and states, at the end of the attack */
	char left[256];         /* the same after IDLE_LIMIT */
};

static bool
uses_nothing(const struct rs_stack *stack)
{
	const struct rs_stats *stats = rs_stack_stats(stack);
	struct rs_pool_use use;
	uint32_t words[sizeof(use) / sizeof(uint32_t)];
	unsigned int i;

	rs_stack_pools(stack, &use);
	memcpy(words, &use, sizeof(use));
	for (i = 0; i < RTE_DIM(words); i++) {
		if (words[i] != 0)
			return false;
	}
	for (i = 0; i < RS_STATE_MAX; i++) {
		if (stats->states[i] != 0)
			return false;
	}
	return true;
}

/* Name the pools and states in use. */
static void
print_use(const struct rs_stack *stack, char *text, size_t size)
{
	const struct rs_stats *stats = rs_stack_stats(stack);
	struct rs_pool_use use;
	unsigned int i;
	int n;

	rs_stack_pools(stack, &use);
	n = snprintf(text, size, "%u TCBs, %u busy blocks, %u chunks, %u ranges, %u neighbours, "
		"%u fragments", use.tcbs, use.busy, use.chunks, use.ranges, use.neighbours,
		use.fragments);
	for (i = 0; i < RS_STATE_MAX && n > 0 && (size_t)n < size; i++) {
		if (stats->states[i] != 0)
			n += snprintf(text + n, size - (size_t)n, ", %" PRIu64 " in %s",
				stats->states[i], rs_state_names[i]);
	}
}

static size_t
heap_bytes(void)
{
	struct rte_malloc_socket_stats stats;

	rte_malloc_get_socket_stats(0, &stats);
	return stats.heap_allocsz_bytes;
}

/* Let a step pass, and keep the highest use of each pool. */
static void
step(struct world *w, struct outcome *out)
{
	struct rs_pool_use use;

	world_step(w);
	rs_stack_pools(w->worker.stack, &use);
	out->most.tcbs = RTE_MAX(out->most.tcbs, use.tcbs);
	out->most.busy = RTE_MAX(out->most.busy, use.busy);
	out->most.chunks = RTE_MAX(out->most.chunks, use.chunks);
	out->most.ranges = RTE_MAX(out->most.ranges, use.ranges);
	out->most.neighbours = RTE_MAX(out->most.neighbours, use.neighbours);
}

/* The honest users make all of their requests, beside the attack if there is one. */
static void
run_users(struct world *w, struct outcome *out)
{
	uint64_t end;

	w->attacking = w->attack != NULL;
	if (w->attacking) {
		end = w->now + w->attack->lead_ms * UINT64_C(1000);
		while (w->now < end)
			step(w, out);
	}
	end = w->now + LIMIT;
	honest_begin(w->honest, REQUESTS, w->now);
	while (honest_poll(w->honest, w->now) && w->now < end)
		step(w, out);
	out->honest = honest_result(w->honest, w->now);
	out->audit = rs_stack_audit(w->worker.stack);
	print_use(w->worker.stack, out->held, sizeof(out->held));
	w->attacking = false;
}

/* The attackers are gone without a word: everything that they held must come back. */
static void
wait_idle(struct world *w, struct outcome *out)
{
	uint64_t begin = w->now;

	do {
		honest_poll(w->honest, w->now);
		world_wait(w);
		out->idle = uses_nothing(w->worker.stack);
	} while (!out->idle && w->now - begin < IDLE_LIMIT);
	out->idle_us = w->now - begin;
	if (!out->idle)
		print_use(w->worker.stack, out->left, sizeof(out->left));
}

static struct outcome
run_world(const struct attack *attack, const struct profile *profile, bool ipv6)
{
	struct world *w = malloc(sizeof(*w));
	struct outcome out = { 0 };
	unsigned int i;
	size_t heap;

	if (w == NULL)
		exit(1);
	world_init(w, attack, profile, ipv6);
	heap = heap_bytes();
	run_users(w, &out);
	wait_idle(w, &out);
	out.memory_kept = heap_bytes() == heap;
	out.wrong = w->wrong;
	if (out.audit == NULL)
		out.audit = rs_stack_audit(w->worker.stack);
	for (i = 0; i < ATTACK_DEVICES; i++) {
		out.ring_drops += w->rings[i].dropped;
		out.no_mbuf += w->rings[i].no_mbuf;
	}
	out.attack_frames = w->attack_frames;
	out.bot_resets = w->bot_resets;
	out.bot_closes = w->bot_closes;
	out.leaked = world_fini(w);
	free(w);
	return out;
}

/* The outcome without an attack, run once for each profile. */
static const struct outcome *
baseline(const struct profile *profile, bool ipv6)
{
	static struct {
		struct profile profile;
		struct outcome out;
		bool known;
	} runs[8];
	unsigned int i = 0;

	while (runs[i].known && (runs[i].profile.split != profile->split ||
			runs[i].profile.big != profile->big ||
			runs[i].profile.loss != profile->loss))
		i++;
	if (!runs[i].known) {
		runs[i].profile = *profile;
		runs[i].known = true;
		runs[i].out = run_world(NULL, profile, ipv6);
	}
	return &runs[i].out;
}

/* One reason for a failure, if there is one. @return whether it is well */
static bool
require(bool well, const char *reason, const char *more)
{
	if (!well)
		printf("# not so: %s%s%s\n", reason, more != NULL ? ": " : "",
			more != NULL ? more : "");
	return well;
}

static bool
judge(const struct outcome *out, uint64_t rate)
{
	bool well = require(out->honest.answered == REQUESTS, "every request is answered", NULL);

	well &= require(rate >= RATE_LEAST, "the honest users keep nine tenths of their rate",
		NULL);
	well &= require(out->wrong == NULL, "each frame of the server is well-formed",
		out->wrong);
	well &= require(out->audit == NULL, "the invariants of each connection hold",
		out->audit);
	well &= require(out->idle, "every pool is idle afterwards", out->left);
	well &= require(out->leaked == 0, "every mbuf is free in the end", NULL);
	return require(out->memory_kept, "memory stays as configured", NULL) && well;
}

static bool
run_attack(const struct attack *attack, bool ipv6)
{
	const struct outcome *before = baseline(&attack->profile, ipv6);
	struct outcome out = run_world(attack, &attack->profile, ipv6);
	uint64_t rate = before->honest.busy_us * out.honest.answered /
		RTE_MAX(out.honest.busy_us, UINT64_C(1));

	printf("# %s: %u of %u answered, %u wrong, %u reset, %u timed out, %u open; "
		"%" PRIu64 ".%03" PRIu64 " of their rate, longest %.1f ms, before %.1f ms; "
		"%" PRIu64 " frames, %" PRIu64 " dropped, %" PRIu64 " without an mbuf, "
		"%" PRIu64 " bots reset, %" PRIu64 " closed; idle after %.1f s\n"
		"# at most %u TCBs, %u busy blocks, %u chunks, %u ranges, %u neighbours; "
		"in the end %s\n", attack->name,
		out.honest.answered, REQUESTS, out.honest.wrong, out.honest.reset,
		out.honest.timed_out, out.honest.open, rate / 1000, rate % 1000,
		(double)out.honest.worst_us / 1000, (double)before->honest.worst_us / 1000,
		out.attack_frames, out.ring_drops, out.no_mbuf, out.bot_resets, out.bot_closes,
		(double)out.idle_us / 1e6, out.most.tcbs, out.most.busy,
		out.most.chunks, out.most.ranges, out.most.neighbours, out.held);
	if (before->honest.answered != REQUESTS || !before->idle) {
		printf("# without an attack %u of %u are answered, %s is left\n",
			before->honest.answered, REQUESTS, before->left);
		return false;
	}
	return judge(&out, rate);
}

static bool
is_wanted(const struct attack *attack, bool ipv6, int n, char **patterns)
{
	int i;

	if (ipv6 && attack->ipv4_only)
		return false;
	for (i = 0; i < n; i++) {
		if (fnmatch(patterns[i], attack->name, 0) == 0)
			return true;
	}
	return n == 0;
}

int
main(int argc, char **argv)
{
	static const struct attack *const lists[] = {
		attacks_flood, attacks_hold, attacks_link, attacks_link6, attacks_slow,
	};
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m",
		"512", "--log-level=error" };
	bool ipv6 = argc > 1 && strcmp(argv[1], "--ipv6") == 0;
	const struct attack *attack;
	unsigned int n = 0, failed = 0, i;

	if (rte_eal_init(RTE_DIM(eal), eal) < 0) {
		printf("Bail out! EAL: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	for (i = 0; i < RTE_DIM(lists); i++) {
		for (attack = lists[i]; attack->name != NULL; attack++) {
			bool ok;

			if (!is_wanted(attack, ipv6, argc - 1 - ipv6, argv + 1 + ipv6))
				continue;
			ok = run_attack(attack, ipv6);
			printf("%sok %u - %s%s\n", ok ? "" : "not ", ++n, attack->name,
				ipv6 ? ", IPv6" : "");
			fflush(stdout);
			failed += !ok;
		}
	}
	printf("1..%u\n", n);
	rte_eal_cleanup();
	return failed > 0 ? 1 : 0;
}
