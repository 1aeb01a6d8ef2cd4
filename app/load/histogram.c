/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Sums and percentiles of histograms; recording is in the header. */

#include "histogram.h"

/* The largest value that counts in a bucket. */
static uint64_t
bucket_top(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < 2 * RS_HISTOGRAM_SUB)
		return bucket;
	shift = (bucket >> RS_HISTOGRAM_BITS) - 1;
	return ((uint64_t)(bucket - (shift << RS_HISTOGRAM_BITS) + 1) << shift) - 1;
}

void
rs_histogram_add(struct rs_histogram *to, const struct rs_histogram *from)
{
	uint64_t max = __atomic_load_n(&from->max, __ATOMIC_RELAXED);
	unsigned int i;

	for (i = 0; i < RS_HISTOGRAM_BUCKETS; i++)
		to->count[i] += __atomic_load_n(&from->count[i], __ATOMIC_RELAXED);
	to->max = RTE_MAX(to->max, max);
}

void
rs_histogram_subtract(struct rs_histogram *from, const struct rs_histogram *before)
{
	unsigned int i;

	for (i = 0; i < RS_HISTOGRAM_BUCKETS; i++)
		from->count[i] -= before->count[i];
}

uint64_t
rs_histogram_total(const struct rs_histogram *h)
{
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < RS_HISTOGRAM_BUCKETS; i++)
		total += h->count[i];
	return total;
}

uint64_t
rs_histogram_percentile(const struct rs_histogram *h, uint32_t ppm)
{
	unsigned __int128 wanted = (unsigned __int128)rs_histogram_total(h) * ppm;
	unsigned __int128 seen = 0;
	unsigned int i;

	for (i = 0; i < RS_HISTOGRAM_BUCKETS; i++) {
		seen += (unsigned __int128)h->count[i] * 1000000;
		if (h->count[i] > 0 && seen >= wanted)
			return RTE_MIN(bucket_top(i), h->max);
	}
	return 0;
}
