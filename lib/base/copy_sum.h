/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Copy bytes and sum them for the Internet checksum (RFC 1071) in one pass, so that payload is
 * read once. The vectors are those of the compiler, so no instruction set is named here.
 */

#ifndef RS_BASE_COPY_SUM_H
#define RS_BASE_COPY_SUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_common.h>

/** Lanes that are summed side by side. */
typedef uint64_t rs_sum_lanes __attribute__((vector_size(16)));

/** Sums of lanes. The sum of all 64-bit words loses its carries, which `high` brings back. */
struct rs_sum_vector {
	rs_sum_lanes all;       /**< of the words, modulo 2^64 */
	rs_sum_lanes high;      /**< of the upper halves of the words, exact */
};

/** Copy the i-th vector of `from` and add it. */
static __rte_always_inline void
rs_sum_copy_vector(struct rs_sum_vector *sum, uint8_t *to, const uint8_t *from, size_t i)
{
	rs_sum_lanes x;

	memcpy(&x, from + i * sizeof(x), sizeof(x));
	memcpy(to + i * sizeof(x), &x, sizeof(x));
	sum->all += x;
	sum->high += x >> 32;
}

/** The sum of 32-bit words: the lower halves are the rest of the words, exact too. */
static __rte_always_inline uint64_t
rs_sum_lane(uint64_t all, uint64_t high)
{
	return all - (high << 32) + high;
}

/** Copy fewer than 16 bytes. @return their sum */
static __rte_always_inline uint64_t
rs_copy_sum_rest(uint8_t *to, const uint8_t *from, size_t len)
{
	uint64_t sum = 0;
	uint64_t w8;
	uint32_t w4;
	uint16_t w2;

	if (len & 8) {
		memcpy(&w8, from, 8);
		memcpy(to, &w8, 8);
		sum = (uint32_t)w8 + (w8 >> 32);
		from += 8;
		to += 8;
	}
	if (len & 4) {
		memcpy(&w4, from, 4);
		memcpy(to, &w4, 4);
		sum += w4;
		from += 4;
		to += 4;
	}
	if (len & 2) {
		memcpy(&w2, from, 2);
		memcpy(to, &w2, 2);
		sum += w2;
		from += 2;
		to += 2;
	}
	if (len & 1) {
		w2 = 0;
		memcpy(&w2, from, 1); /* padded with a zero byte (RFC 1071 1) */
		*to = *from;
		sum += w2;
	}
	return sum;
}

/**
 * Copy len bytes, less than 2^32 of them.
 *
 * @return their sum, less than 2^63, as rs_cksum_add() makes it if they lie at an even offset of
 *   the packet
 */
static inline uint64_t
rs_copy_sum(void *to, const void *from, size_t len)
{
	struct rs_sum_vector sum = { { 0 }, { 0 } };
	const uint8_t *f = from;
	uint8_t *t = to;

	for (; len >= 64; len -= 64, f += 64, t += 64) {
		rs_sum_copy_vector(&sum, t, f, 0);
		rs_sum_copy_vector(&sum, t, f, 1);
		rs_sum_copy_vector(&sum, t, f, 2);
		rs_sum_copy_vector(&sum, t, f, 3);
	}
	for (; len >= 16; len -= 16, f += 16, t += 16)
		rs_sum_copy_vector(&sum, t, f, 0);
	return rs_sum_lane(sum.all[0], sum.high[0]) + rs_sum_lane(sum.all[1], sum.high[1]) +
	       rs_copy_sum_rest(t, f, len);
}

/** Bytes from which on the call of rs_copy_sum_choose()'s function costs less. */
#define RS_COPY_SUM_LONG 256

/** As rs_copy_sum(). */
typedef uint64_t rs_copy_sum_long(void *to, const void *from, size_t len);

/** Choose the function for long copies on this CPU. @return NULL: rs_copy_sum() */
rs_copy_sum_long *rs_copy_sum_choose(void);

#endif /* RS_BASE_COPY_SUM_H */
