/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The runs of a case, each with another fault. */

#include <stdio.h>
#include <string.h>

#include "wire.h"

void
wire_fault_start(uint32_t of, uint32_t seed)
{
	wire_faults.on = true;
	wire_faults.of = of != 0 ? of : 1;
	wire_faults.seed = seed;
}

/* Set the fault of the next run. */
static void
next_run(enum wire_fault kind, uint32_t at)
{
	wire_faults = (struct wire_faults){
		.on = true,
		.of = wire_faults.of,
		.seed = wire_faults.seed,
		.kind = kind,
		.at = at,
	};
}

/* Whether the sample has this event of a case: by a hash, so that each run has the same sample. */
static bool
is_chosen(const char *name, uint32_t variant, enum wire_fault kind, uint32_t at)
{
	uint32_t hash = wire_faults.seed ^ UINT32_C(2166136261);

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
	hash = (hash ^ variant) * UINT32_C(16777619);
	hash = (hash ^ (uint32_t)kind) * UINT32_C(16777619);
	hash = (hash ^ at) * UINT32_C(16777619);
	hash = (hash ^ hash >> 15) * UINT32_C(2246822519);
	return (hash ^ hash >> 13) % wire_faults.of == 0;
}

/*
 * Of a case in which very many frames are sent, or much time passes, so many events at most: evenly
 * spread, because neighbours are alike.
 */
#define EVENTS_MAX 256

void
wire_fault_each(struct wire *w, const struct wire_case *c, const struct wire_start *start,
	enum rs_state param, uint8_t flags, struct wire_fault_total *total)
{
	uint32_t variant = (uint32_t)param << 8 | flags;
	uint32_t seen[WIRE_FAULT_MAX];
	enum wire_result result;
	unsigned int kind;
	uint32_t at, step;

	next_run(WIRE_FAULT_memory, 0);
	result = wire_run_case(w, c, start, param, flags);
	total->failed += result == FAILED;
	if (result != PASSED)
		return;
	memcpy(seen, wire_faults.seen, sizeof(seen));
	for (kind = 0; kind < WIRE_FAULT_MAX; kind++) {
		total->events[kind] += seen[kind];
		step = 1 + seen[kind] / EVENTS_MAX;
		for (at = 1; at <= seen[kind]; at += step) {
			if (!is_chosen(c->name, variant, kind, at))
				continue;
			next_run(kind, at);
			result = wire_run_case(w, c, start, param, flags);
			total->runs[kind]++;
			total->failed += result == FAILED;
			total->unjudged += result == UNJUDGED;
			if (result == FAILED)
				printf("# in %s, variant %#x\n", c->name, variant);
		}
	}
}
