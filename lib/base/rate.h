/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Token buckets for rate limits. A bucket holds the tokens of one second, and its level is one
 * word: the time at which it will be full again. A token moves that time on by its cost, so
 * refilling needs no work, and the path of a token neither divides nor multiplies.
 */

#ifndef RS_BASE_RATE_H
#define RS_BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

/** Buckets count time in 2^-12 microseconds, which last for 142 years. */
#define RS_RATE_SHIFT 12

/** Time in which an empty bucket fills: one second. */
#define RS_RATE_SECOND (UINT64_C(1000000) << RS_RATE_SHIFT)

/** A token bucket. */
struct rs_rate {
	uint64_t full;          /**< time at which it will be full; 0: it is full */
	uint64_t cost;          /**< time of a token; 0: there is no limit */
};

/** The time of the buckets, from microseconds. */
static inline uint64_t
rs_rate_clock(uint64_t now)
{
	return now << RS_RATE_SHIFT;
}

/** The cost of a token; 0 a second: no limit. At 10 million a second it is 0.2 % too low. */
static inline uint64_t
rs_rate_cost(uint32_t per_second)
{
	return per_second != 0 ? RS_RATE_SECOND / per_second : 0;
}

/** A full bucket. @param per_second 0: it has no limit */
static inline struct rs_rate
rs_rate_of(uint32_t per_second)
{
	return (struct rs_rate){ .cost = rs_rate_cost(per_second) };
}

/** The same, but with 0 tokens a second there are none. */
static inline struct rs_rate
rs_rate_some(uint32_t per_second)
{
	return (struct rs_rate){
		.cost = per_second != 0 ? rs_rate_cost(per_second) : RS_RATE_SECOND + 1,
	};
}

/** When a bucket would be full after another token, which it has if rs_rate_has(). */
static inline uint64_t
rs_rate_next(uint64_t full, uint64_t cost, uint64_t clock)
{
	return RTE_MAX(full, clock) + cost;
}

/** Whether the token that led to `next` is there. */
static inline bool
rs_rate_has(uint64_t next, uint64_t clock)
{
	return next <= clock + RS_RATE_SECOND;
}

/** Take a token. @return whether there was one */
static inline bool
rs_rate_take(struct rs_rate *bucket, uint64_t clock)
{
	uint64_t next = rs_rate_next(bucket->full, bucket->cost, clock);

	if (!rs_rate_has(next, clock))
		return false;
	bucket->full = next;
	return true;
}

#endif /* RS_BASE_RATE_H */
