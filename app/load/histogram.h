/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Log-linear histograms, as HdrHistogram has them: each power of two is cut into 128 equal
 * buckets, so a percentile is less than 1/128 above the exact value.
 */

#ifndef RS_LOAD_HISTOGRAM_H
#define RS_LOAD_HISTOGRAM_H

#include <stdint.h>

#include <rte_common.h>

/** Leading bits of a value that select its bucket, the first one excluded. */
#define RS_HISTOGRAM_BITS 7
#define RS_HISTOGRAM_SUB (1u << RS_HISTOGRAM_BITS)

/** Larger values count as this one; in microseconds it is twelve days. */
#define RS_HISTOGRAM_MAX ((UINT64_C(1) << 40) - 1)
#define RS_HISTOGRAM_BUCKETS ((40 - RS_HISTOGRAM_BITS + 1) * RS_HISTOGRAM_SUB)

/** A histogram. It has one writer; other threads may read its words relaxed. */
struct rs_histogram {
	uint64_t max;           /**< the largest value, exactly */
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

/** Record a value. The writer's thread. */
static inline void
rs_histogram_record(struct rs_histogram *h, uint64_t value)
{
	if (value > RS_HISTOGRAM_MAX)
		value = RS_HISTOGRAM_MAX;
	h->count[rs_histogram_bucket(value)]++;
	if (value > h->max)
		h->max = value;
}

/** Add the counts of `from`, which its writer may be changing. */
void rs_histogram_add(struct rs_histogram *to, const struct rs_histogram *from);

/** Subtract the counts of an earlier copy. The maximum does not change. */
void rs_histogram_subtract(struct rs_histogram *from, const struct rs_histogram *before);

/** The number of values recorded. */
uint64_t rs_histogram_total(const struct rs_histogram *h);

/**
 * The percentile at ppm / 10,000 percent, rounded up to the end of its bucket, at most the
 * maximum; 0 if nothing was recorded.
 */
uint64_t rs_histogram_percentile(const struct rs_histogram *h, uint32_t ppm);

#endif /* RS_LOAD_HISTOGRAM_H */
