/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Comparison of sequence numbers modulo 2^32 (RFC 9293 3.4). No other file compares them, so
 * that nobody writes a plain < by mistake.

 */

#ifndef RS_BASE_SEQ_H
#define RS_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/** a < b, modulo 2^32. */
static inline bool
rs_seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/** a =< b, modulo 2^32. */
static inline bool
rs_seq_leq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

/** a > b, modulo 2^32. */
static inline bool
rs_seq_gt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

/** a >= b, modulo 2^32. */
static inline bool
rs_seq_geq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) >= 0;
}

/** The later of a and b, modulo 2^32. */
static inline uint32_t
rs_seq_max(uint32_t a, uint32_t b)
{
	return rs_seq_gt(a, b) ? a : b;
}

/** left =< seq < left + size: whether seq lies in a window. */
static inline bool
rs_seq_in_window(uint32_t seq, uint32_t left, uint32_t size)
{
	return seq - left < size;
}

/** A range of sequence numbers, left =< SEQ < right; a SACK block. */
struct rs_sack {
	uint32_t left;
	uint32_t right;
};

#endif /* RS_BASE_SEQ_H */
