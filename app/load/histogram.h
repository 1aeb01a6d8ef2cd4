/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Log-linear counts of values, as HdrHistogram has them: each power of two is cut into 128
 * equal buckets, so what is read is less than 1/128 above what was recorded.
 */

#ifndef RS_LOAD_HISTOGRAM_H
#define RS_LOAD_HISTOGRAM_H

#include <stdint.h>

#include <rte_common.h>

/** Bits of a value that are told apart. */
#define RS_HISTOGRAM_BITS 7
#define RS_HISTOGRAM_SUB (1u << RS_HISTOGRAM_BITS)

/** Larger values count as the largest: of microseconds, twelve days. */
#define RS_HISTOGRAM_MAX ((UINT64_C(1) << 40) - 1)
#define RS_HISTOGRAM_BUCKETS ((40 - RS_HISTOGRAM_BITS + 1) * RS_HISTOGRAM_SUB)

/** One writer; others may read its words relaxed. */
struct rs_histogram {
	uint64_t max;           /**< the largest value, exact */
	uint64_t count[RS_HISTOGRAM_BUCKETS];
};

/** The bucket of a value. */
static inline unsigned int
rs_histogram_bucket(uint64_t value)
{
	unsigned int shift;

	if (value < 2 * RS_HISTOGRAM_SUB)
		return (unsigned int)value;
	shift = (unsigned int)rte_fls_u64(value) - 1 - RS_HISTOGRAM_BITS;
	return (shift << RS_HISTOGRAM_BITS) + (unsigned int)(value >> shift);
}

/** Record a value. */
static inline void
rs_histogram_record(struct rs_histogram *h, uint64_t value)
{
	if (value > RS_HISTOGRAM_MAX)
		value = RS_HISTOGRAM_MAX;
	h->count[rs_histogram_bucket(value)]++;
	if (value > h->max)
		h->max = value;
}

/** Add what `from`, which may still be written, has counted. */
void rs_histogram_add(struct rs_histogram *to, const struct rs_histogram *from);

/** Take away what had been counted before; the maximum stays that of all. */
void rs_histogram_subtract(struct rs_histogram *from, const struct rs_histogram *before);

/** Values recorded. */
uint64_t rs_histogram_total(const struct rs_histogram *h);

/**
 * The least value that at least ppm / 1,000,000 of all are not above, but for the width of
 * its bucket, and at most the maximum; 0: nothing was recorded.
 */
uint64_t rs_histogram_percentile(const struct rs_histogram *h, uint32_t ppm);

#endif /* RS_LOAD_HISTOGRAM_H */
