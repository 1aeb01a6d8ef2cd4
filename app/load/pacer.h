/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The pacer: when the next connection is due, at a rate that the workers share. It is an open
 * loop: connections are due by the clock, whatever became of those before.
 */

#ifndef RS_LOAD_PACER_H
#define RS_LOAD_PACER_H

#include <stdbool.h>
#include <stdint.h>

/** A connection that cannot be opened for so long is left out, so that no long burst follows. */
#define RS_PACER_LAG_US 100000

/** The pacer of one worker. */
struct rs_pacer {
	uint64_t next;     /**< nanoseconds: when the next connection is due */
	uint64_t interval; /**< nanoseconds between two; 0: one is always due */
};

/**
 * Start the pacer of worker i of n. The connections of the workers are spread evenly.
 *
 * @param rate  connections a second of all workers together; 0: no limit
 * @param now   microseconds
 */
static inline void
rs_pacer_init(struct rs_pacer *p, uint32_t rate, unsigned int i, unsigned int n, uint64_t now)
{
	uint64_t step = rate == 0 ? 0 : UINT64_C(1000000000) * n / rate;

	p->interval = step;
	p->next = now * 1000 + step * i / n;
}

/** Whether a connection is due at `now`, in microseconds. */
static inline bool
rs_pacer_due(const struct rs_pacer *p, uint64_t now)
{
	return p->next <= now * 1000;
}

/** When the connection is due that rs_pacer_due() says is due at `now`, in microseconds. */
static inline uint64_t
rs_pacer_due_time(const struct rs_pacer *p, uint64_t now)
{
	return p->interval == 0 ? now : p->next / 1000;
}

/** Go on to the next connection, after the one that was due has been opened. */
static inline void
rs_pacer_advance(struct rs_pacer *p)
{
	p->next += p->interval;
}

/** Leave out the connections that were due before `until`, microseconds. @return how many */
static inline uint64_t
rs_pacer_skip(struct rs_pacer *p, uint64_t until)
{
	uint64_t skipped;

	if (p->interval == 0 || p->next >= until * 1000)
		return 0;
	skipped = (until * 1000 - p->next - 1) / p->interval + 1;
	p->next += skipped * p->interval;
	return skipped;
}

/** Microseconds until a connection is due. */
static inline uint64_t
rs_pacer_wait(const struct rs_pacer *p, uint64_t now)
{
	return rs_pacer_due(p, now) ? 0 : (p->next - now * 1000) / 1000 + 1;
}

#endif /* RS_LOAD_PACER_H */
