/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A counter that is odd while one thread changes data that others read without a lock. DPDK's
 * rte_seqcount is experimental in 22.11.
 */

#ifndef RS_APP_SEQCOUNT_H
#define RS_APP_SEQCOUNT_H

#include <stdbool.h>
#include <stdint.h>

/** Begin a change. One thread at a time. */
static inline void
rs_seqcount_begin(uint32_t *count)
{
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/** End a change. */
static inline void
rs_seqcount_end(uint32_t *count)
{
	__atomic_store_n(count, *count + 1, __ATOMIC_RELEASE);
}

/** @return the count, for rs_seqcount_same() after the data was read */
static inline uint32_t
rs_seqcount_read(const uint32_t *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

/** @return whether the data that was read since rs_seqcount_read() is of one state */
static inline bool
rs_seqcount_same(const uint32_t *count, uint32_t before)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return (before & 1) == 0 && __atomic_load_n(count, __ATOMIC_RELAXED) == before;
}

#endif /* RS_APP_SEQCOUNT_H */
