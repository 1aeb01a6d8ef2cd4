/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Microseconds from TSC cycles, by one multiplication: a poll must not divide.
 */

#ifndef RS_APP_CLOCK_H
#define RS_APP_CLOCK_H

#include <stdint.h>

/** A clock that started at 0 microseconds when the TSC stood at `start`. */
struct rs_clock {
	uint64_t start;
	uint64_t mult; /**< microseconds a cycle, times 2^64 */
};

/** Set a clock that starts at tsc; hz, the TSC's frequency, must be above 1 MHz. */
static inline void
rs_clock_init(struct rs_clock *clock, uint64_t tsc, uint64_t hz)
{
	clock->start = tsc;
	clock->mult = (uint64_t)(((unsigned __int128)1000000 << 64) / hz);
}

/** Microseconds since the start, when the TSC stands at tsc. */
static inline uint64_t
rs_clock_us(const struct rs_clock *clock, uint64_t tsc)
{
	return (uint64_t)((unsigned __int128)(tsc - clock->start) * clock->mult >> 64);
}

#endif /* RS_APP_CLOCK_H */
