/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The random numbers of a seed: splitmix64, so that a seed is the same run on every machine.
 */

#ifndef SIM_RAND_H
#define SIM_RAND_H

#include <stdbool.h>
#include <stdint.h>

/** A source of random numbers. */
struct sim_rand {
	uint64_t state;
};

/** What is certain, for sim_chance(). */
#define SIM_MILLION 1000000U

static inline uint64_t
sim_rand_next(struct sim_rand *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** 0..n - 1; n > 0 */
static inline uint32_t
sim_below(struct sim_rand *r, uint32_t n)
{
	return (uint32_t)((sim_rand_next(r) >> 32) * n >> 32);
}

/** first..last */
static inline uint64_t
sim_between(struct sim_rand *r, uint64_t first, uint64_t last)
{
	return first + sim_rand_next(r) % (last - first + 1);
}

/** first..last, each power of two of it as likely as the others; first > 0 */
static inline uint64_t
sim_log_between(struct sim_rand *r, uint64_t first, uint64_t last)
{
	unsigned int low = 63 - (unsigned int)__builtin_clzll(first);
	unsigned int high = 63 - (unsigned int)__builtin_clzll(last);
	unsigned int bit = low + sim_below(r, high - low + 1);
	uint64_t n = (UINT64_C(1) << bit) + sim_rand_next(r) % (UINT64_C(1) << bit);

	return n < first ? first : n > last ? last : n;
}

/** True in `chance` of a million cases. */
static inline bool
sim_chance(struct sim_rand *r, uint32_t chance)
{
	return chance > 0 && sim_below(r, SIM_MILLION) < chance;
}

/** True in `percent` of a hundred cases. */
static inline bool
sim_percent(struct sim_rand *r, uint32_t percent)
{
	return sim_below(r, 100) < percent;
}

#endif /* SIM_RAND_H */
