/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Tries every sequence of steps up to a depth, breadth first. A world that was seen before is not
 * looked at again. From each new one nothing is lost any more, and all must come to an end.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "world.h"

#define MBUFS 1023

/* Worlds that were seen: their hashes, open addressing; and the paths that lead to them. */
struct seen {
	uint64_t *hashes;
	size_t room, n;
};

struct path {
	uint8_t n;
	model_choice steps[MODEL_STEPS];
};

struct queue {
	struct path *paths;
	size_t room, n;
};

/* What every path is walked with. */
struct walker {
	struct rte_mempool *mbufs;
	enum model_fault fault;
	struct seen seen;
};

/* @return whether it is new */
static bool
see(struct seen *seen, uint64_t hash)
{
	size_t i;

	hash |= hash == 0; /* 0: a free place */
	for (i = hash & (seen->room - 1); seen->hashes[i] != 0; i = (i + 1) & (seen->room - 1)) {
		if (seen->hashes[i] == hash)
			return false;
	}
	if (++seen->n > seen->room / 4 * 3)
		rte_panic("more than %zu worlds: take a smaller depth\n", seen->n);
	seen->hashes[i] = hash;
	return true;
}

static void
push(struct queue *q, const struct path *path)
{
	if (q->n == q->room) {
		q->room = RTE_MAX(2 * q->room, (size_t)1024);
		q->paths = realloc(q->paths, q->room * sizeof(*q->paths));
		if (q->paths == NULL)
			rte_panic("no memory for %zu paths\n", q->room);
	}
	q->paths[q->n++] = *path;
}

static void
walk(struct model_world *w, const struct walker *walker, const struct path *path, bool traced)
{
	unsigned int i;

	*w = (struct model_world){ .mbufs = walker->mbufs, .fault = walker->fault,
		.traced = traced };
	model_begin(w);
	for (i = 0; i < path->n; i++)
		model_do(w, path->steps[i]);
}

/* Print the path that leads to a broken property, and then all that happens on it. */
static void
print_path(const char *broken, const struct walker *walker, const struct path *path)
{
	struct model_world w;
	char text[64];
	unsigned int i;

	printf("# %s, after:\n", broken);
	for (i = 0; i < path->n; i++) {
		model_print(path->steps[i], text, sizeof(text));
		printf("#  %2u. %s\n", i + 1, text);
	}
	walk(&w, walker, path, true);
	printf("# from now on all arrives, and the users send and close\n");
	model_finish(&w);
	model_end(&w);
}

/* Look at the world at the end of a path. @return whether all properties hold */
static bool
look(struct walker *walker, const struct path *path, struct queue *next)
{
	struct path longer = *path;
	struct model_world w;
	unsigned int choice;

	walk(&w, walker, path, false);
	if (see(&walker->seen, model_hash(&w)) && w.broken == NULL) {
		longer.n++;
		for (choice = 0; choice < 2 * STEP_MAX; choice++) {
			if (!model_can(&w, (model_choice)choice))
				continue;
			longer.steps[path->n] = (model_choice)choice;
			push(next, &longer);
		}
		model_finish(&w);
	}
	model_end(&w);
	if (rte_mempool_avail_count(walker->mbufs) != MBUFS && w.broken == NULL)
		w.broken = "an mbuf is lost";
	if (w.broken != NULL)
		print_path(w.broken, walker, path);
	return w.broken == NULL;
}

static bool
explore(struct walker *walker, unsigned int depth)
{
	struct queue now = { 0 }, next = { 0 }, old;
	struct path path = { 0 };
	uint64_t walked = 0;
	bool good = true;
	size_t i;

	push(&now, &path);
	for (path.n = 0; path.n <= depth && good; path.n++) {
		for (i = 0; i < now.n && good; i++)
			good = look(walker, &now.paths[i], &next);
		walked += i;
		printf("# %u steps: %zu worlds, %" PRIu64 " paths walked\n", path.n,
			walker->seen.n, walked);
		fflush(stdout);
		old = now;
		now = next;
		next = old;
		next.n = 0;
	}
	free(now.paths);
	free(next.paths);
	return good;
}

static enum model_fault
fault_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < FAULT_MAX; i++) {
		if (strcmp(name, model_fault_names[i]) == 0)
			return i;
	}
	return FAULT_MAX;
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m",
		"128", "--log-level=error" };
	unsigned int depth = argc > 2 && strcmp(argv[1], "--depth") == 0 ?
		(unsigned int)strtoul(argv[2], NULL, 10) : 0;
	struct walker walker = { .seen.room = (size_t)1 << 24 };
	bool good;

	if (argc == 5 && strcmp(argv[3], "--break") == 0)
		walker.fault = fault_of(argv[4]);
	if (depth == 0 || depth >= MODEL_STEPS || argc == 4 || walker.fault == FAULT_MAX) {
		fprintf(stderr, "usage: %s --depth STEPS [--break octet | time | answers]\n",
			argv[0]);
		return 2;
	}
	walker.seen.hashes = calloc(walker.seen.room, sizeof(*walker.seen.hashes));
	if (walker.seen.hashes == NULL || rte_eal_init(RTE_DIM(eal), eal) < 0 ||
	    (walker.mbufs = rte_pktmbuf_pool_create("model", MBUFS, 0, 0,
			RTE_MBUF_DEFAULT_BUF_SIZE, 0)) == NULL) {
		printf("Bail out! %s\n", rte_strerror(rte_errno));
		return 1;
	}
	printf("1..1\n");
	good = explore(&walker, depth);
	if (walker.fault != FAULT_NONE) {
		printf("# the fault is %s\n", good ? "not seen" : "seen");
		good = !good;
	}
	printf("%sok 1 - every world of up to %u steps comes to an end # %zu worlds\n",
		good ? "" : "not ", depth, walker.seen.n);
	free(walker.seen.hashes);
	rte_mempool_free(walker.mbufs);
	rte_eal_cleanup();
	return good ? 0 : 1;
}
