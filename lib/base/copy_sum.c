/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * rs_copy_sum() with wider vectors, for CPUs that have them.
 */

#include <rte_cpuflags.h>

#include "base/copy_sum.h"

#ifdef RTE_ARCH_X86

typedef uint64_t wide_lanes __attribute__((vector_size(32)));

/* rs_copy_sum() with vectors of AVX2. */
static __attribute__((target("avx2"))) uint64_t
copy_sum_avx2(void *to, const void *from, size_t len)
{
	wide_lanes all = { 0 };
	wide_lanes high = { 0 };
	const uint8_t *f = from;
	uint8_t *t = to;
	uint64_t sum = 0;
	size_t i;

	for (; len >= 128; len -= 128, f += 128, t += 128) {
		for (i = 0; i < 4; i++) {
			wide_lanes x;

			memcpy(&x, f + i * sizeof(x), sizeof(x));
			memcpy(t + i * sizeof(x), &x, sizeof(x));
			all += x;
			high += x >> 32;
		}
	}
	for (i = 0; i < 4; i++)
		sum += rs_sum_lane(all[i], high[i]);
	return sum + rs_copy_sum(t, f, len);
}

rs_copy_sum_long *
rs_copy_sum_choose(void)
{
	return rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0 ? copy_sum_avx2 : NULL;
}

#else

rs_copy_sum_long *
rs_copy_sum_choose(void)
{
	return NULL;
}

#endif
