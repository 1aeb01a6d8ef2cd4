/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Microseconds from TSC cycles by one multiplication, because a poll must not divide.
 */

#ifndef RS_APP_CLOCK_H
#define RS_APP_CLOCK_H

#include <stdint.h>

/** A clock that was at 0 microseconds when the TSC was at `start`. */
struct rs_clock {
	uint64_t start;
	uint64_t mult; /**< microseconds per cycle, times 2^64 */
};

/** Start a clock at tsc; hz, the frequency of the TSC, must be above 1 MHz. */
static inline void
rs_clock_init(struct rs_clock *clock, uint64_t tsc, uint64_t hz)
{
	clock->start = tsc;
	clock->mult = (uint64_t)(((unsigned __int128)1000000 << 64) / hz);
}

/** @return microseconds from the start to tsc */
static inline uint64_t
rs_clock_us(const struct rs_clock *clock, uint64_t tsc)
{
	return (uint64_t)((unsigned __int128)(tsc - clock->start) * clock->mult >> 64);
}

#endif /* RS_APP_CLOCK_H */
