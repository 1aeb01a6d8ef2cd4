/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* See faults.h. */

#include <stdio.h>
#include <string.h>

#include "wire.h"

struct wire_faults wire_faults;

/* Counters that tell of an allocation that failed, or of what was done in its place. */
static uint64_t
shortages(const struct rs_stats *s)
{
	return s->drop[RS_DROP_no_mbuf] + s->packet.no_neighbour + s->tcp.cookies_no_room +
		s->tcp.cookies_sent + s->tcp.half_open_evicted + s->tcp.no_chunk +
		s->tcp.no_ip_extra + s->tcp.no_range + s->tcp.chunk_share + s->tcp.range_share +
		s->tcp.rx_no_room + s->tcp.syn_dropped + s->tcp.time_wait_evicted;
}

bool
wire_fault_due(enum wire_fault kind, const char *what, const char *file, int line)
{
	struct wire_faults *f = &wire_faults;

	if (!f->on)
		return false;
	f->seen[kind]++;
	if (f->at == 0 || f->kind != kind || f->seen[kind] != f->at)
		return false;
	f->what = what;
	f->file = file;
	f->line = line;
	f->uncounted = kind == WIRE_FAULT_memory && f->stats != NULL;
	if (f->uncounted)
		f->shortages = shortages(f->stats);
	return true;
}

bool
wire_fault_counted(void)
{
	struct wire_faults *f = &wire_faults;
	bool good = !f->uncounted || shortages(f->stats) > f->shortages;

	f->uncounted = false;
	return good;
}

#define NAME(name, help) #name,
#define HELP(name, help) help,
static const char *const names[] = { WIRE_FAULTS(NAME) };
static const char *const helps[] = { WIRE_FAULTS(HELP) };

void
wire_fault_print(void)
{
	const struct wire_faults *f = &wire_faults;

	if (f->on && f->at != 0)
		printf("# fault %s %u%s%s: %s:%d\n", names[f->kind], f->at,
			f->what != NULL ? ", " : " did not happen",
			f->what != NULL ? f->what : "", f->what != NULL ? f->file : "",
			f->line);
}

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

/* Whether the sample has this event of a case: a hash that is the same in each run of the program. */
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

bool
wire_fault_summary(const struct wire_fault_total *total)
{
	bool all = true;
	unsigned int kind;

	for (kind = 0; kind < WIRE_FAULT_MAX; kind++) {
		printf("# %-8s %7u events, %6u runs: %s\n", names[kind], total->events[kind],
			total->runs[kind], helps[kind]);
		all &= total->runs[kind] > 0;
	}
	printf("# %u failed, %u not judged\n", total->failed, total->unjudged);
	return all;
}
