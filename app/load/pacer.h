/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* When the next connection is due, at a set rate that the workers share. */

#ifndef RS_LOAD_PACER_H
#define RS_LOAD_PACER_H

#include <stdbool.h>
#include <stdint.h>

/** What was held up longer than this is left out, not made up for in a burst. */
#define RS_PACER_LAG_US 100000

/** The pacer of one worker. */
struct rs_pacer {
	uint64_t next;     /**< nanoseconds; when one is due */
	uint64_t interval; /**< nanoseconds; 0: always */
};

/**
 * Start at `now`, microseconds: worker i of n, whose turns are spread evenly.
 *
 * @param rate  of all workers together, a second; 0: no limit
 */
static inline void
rs_pacer_init(struct rs_pacer *p, uint32_t rate, unsigned int i, unsigned int n, uint64_t now)
{
	uint64_t step = rate == 0 ? 0 : UINT64_C(1000000000) * n / rate;

	p->interval = step;
	p->next = now * 1000 + step * i / n;
}

/** Whether one is due. */
static inline bool
rs_pacer_due(const struct rs_pacer *p, uint64_t now)
{
	return p->next <= now * 1000;
}

/** Take the one that is due. */
static inline void
rs_pacer_take(struct rs_pacer *p, uint64_t now)
{
	uint64_t late = (now - (now < RS_PACER_LAG_US ? now : RS_PACER_LAG_US)) * 1000;

	if (p->interval == 0)
		return;
	p->next = p->next > late ? p->next : late;
	p->next += p->interval;
}

/** Microseconds until one is due. */
static inline uint64_t
rs_pacer_wait(const struct rs_pacer *p, uint64_t now)
{
	return rs_pacer_due(p, now) ? 0 : (p->next - now * 1000) / 1000 + 1;
}

#endif /* RS_LOAD_PACER_H */
