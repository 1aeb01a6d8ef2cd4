/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SipHash-1-3 of several messages, four at a time on CPUs that have vectors of four 64-bit words.
 */

#include <rte_cpuflags.h>

#include "base/siphash.h"

/* The scalar twin of siphash13_avx2(). */
static void
siphash13_scalar(const uint64_t key[2], const struct rs_siphash_messages *messages,
	unsigned int n, uint64_t *hashes)
{
	uint64_t words[RS_SIPHASH_WORDS];
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < messages->n_words; k++)
			words[k] = messages->words[k][i];
		hashes[i] = rs_siphash13(key, words, messages->n_words, messages->rest[i],
			messages->len);
	}
}

#ifdef RTE_ARCH_X86

typedef uint64_t lanes __attribute__((vector_size(32)));
typedef uint32_t half_lanes __attribute__((vector_size(32)));
typedef uint16_t quarter_lanes __attribute__((vector_size(32)));

/* Rotate each lane; by 16 and 32 bits a shuffle does. */
#define ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define ROTL16(x) ((lanes)__builtin_shufflevector((quarter_lanes)(x), (quarter_lanes)(x), \
	3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14))
#define ROTL32(x) ((lanes)__builtin_shufflevector((half_lanes)(x), (half_lanes)(x), \
	1, 0, 3, 2, 5, 4, 7, 6))

/* One SipRound in each lane. */
static inline __attribute__((target("avx2"), always_inline)) void
round_avx2(lanes v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = ROTL(v[1], 13) ^ v[0];
	v[3] = ROTL16(v[3]) ^ v[2];
	v[0] = ROTL32(v[0]);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = ROTL(v[1], 17) ^ v[2];
	v[3] = ROTL(v[3], 21) ^ v[0];
	v[2] = ROTL32(v[2]);
}

/* Compress a word of four messages. */
static inline __attribute__((target("avx2"), always_inline)) void
word_avx2(lanes v[4], const uint64_t *p, uint64_t also)
{
	lanes word;

	memcpy(&word, p, sizeof(word));
	word |= also;
	v[3] ^= word;
	round_avx2(v);
	v[0] ^= word;
}

static __attribute__((target("avx2"))) void
siphash13_avx2(const uint64_t key[2], const struct rs_siphash_messages *messages,
	unsigned int n, uint64_t *hashes)
{
	uint64_t start[4];
	unsigned int i, k;

	rs_siphash_init(start, key);
	/* lanes behind the n-th message have a hash of anything, which none reads */
	for (i = 0; i < n; i += 4) {
		const lanes zero = { 0 };
		lanes v[4] = { zero + start[0], zero + start[1], zero + start[2], zero + start[3] };

		for (k = 0; k < messages->n_words; k++)
			word_avx2(v, &messages->words[k][i], 0);
		word_avx2(v, &messages->rest[i], messages->len << 56);
		v[2] ^= 0xff;
		round_avx2(v);
		round_avx2(v);
		round_avx2(v);
		v[0] ^= v[1] ^ v[2] ^ v[3];
		memcpy(&hashes[i], &v[0], sizeof(v[0]));
	}
}

rs_siphash13_burst *
rs_siphash13_choose(bool scalar)
{
	return !scalar && rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0 ? siphash13_avx2 :
		siphash13_scalar;
}

#else

rs_siphash13_burst *
rs_siphash13_choose(bool scalar)
{
	(void)scalar;
	return siphash13_scalar;
}

#endif
