/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Random numbers that are the same on each run. */

#ifndef UNIT_RANDOM_H
#define UNIT_RANDOM_H

#include <stdint.h>

/** The next number of a seed: Knuth's MMIX generator, its upper half. */
static inline uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 32);
}

#endif /* UNIT_RANDOM_H */
