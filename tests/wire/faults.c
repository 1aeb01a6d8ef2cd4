/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The fault of a run: whether it is due, whether it was counted, and how it is printed. */

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
