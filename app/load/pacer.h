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

/**
 * The pacer of one worker. Its times are nanoseconds with a fraction of 64 bits, because an
 * interval of whole nanoseconds would be 2 % too short at 70 million connections a second.
 */
struct rs_pacer {
	unsigned __int128 next;     /**< when the next connection is due */
	unsigned __int128 interval; /**< between two connections; 0: one is always due */
};

/** A time of the clock, in microseconds, as one of the pacer. */
static inline unsigned __int128
rs_pacer_time(uint64_t us)
{
	return (unsigned __int128)(us * 1000) << 64;
}

/** When the next connection is due, in whole nanoseconds. */
static inline uint64_t
rs_pacer_next(const struct rs_pacer *p)
{
	return (uint64_t)(p->next >> 64);
}

/**
 * Start the pacer of worker i of n. The connections of the workers are spread evenly.
 *
 * @param rate  connections a second of all workers together; 0: no limit
 * @param now   microseconds
 */
static inline void
rs_pacer_init(struct rs_pacer *p, uint32_t rate, unsigned int i, unsigned int n, uint64_t now)
{
	/* rounded up, because none may be due before its time */
	p->interval = rate == 0 ? 0 :
		(((unsigned __int128)n * 1000000000 << 64) + rate - 1) / rate;
	p->next = rs_pacer_time(now) + p->interval * i / n;
}

/** Whether a connection is due at `now`, in microseconds. */
static inline bool
rs_pacer_due(const struct rs_pacer *p, uint64_t now)
{
	return rs_pacer_next(p) <= now * 1000;
}

/** When the connection is due that rs_pacer_due() says is due at `now`, in microseconds. */
static inline uint64_t
rs_pacer_due_time(const struct rs_pacer *p, uint64_t now)
{
	return p->interval == 0 ? now : rs_pacer_next(p) / 1000;
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

	if (p->interval == 0 || p->next >= rs_pacer_time(until))
		return 0;
	skipped = (uint64_t)((rs_pacer_time(until) - p->next - 1) / p->interval) + 1;
	p->next += skipped * p->interval;
	return skipped;
}

/** Microseconds until a connection is due. */
static inline uint64_t
rs_pacer_wait(const struct rs_pacer *p, uint64_t now)
{
	return rs_pacer_due(p, now) ? 0 : (rs_pacer_next(p) - now * 1000) / 1000 + 1;
}

#endif /* RS_LOAD_PACER_H */
