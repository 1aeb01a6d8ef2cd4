/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The Internet checksum (RFC 1071). The words of a packet are summed in memory order into 64
 * bits, and the sum is folded to 16 bits once, so no byte is swapped and no carry is lost.
 */

#ifndef RS_BASE_CHECKSUM_H
#define RS_BASE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_vect.h>

/** Read the n-th 32-bit word from p, which need not be aligned. */
static inline uint32_t
rs_cksum_word(const void *p, size_t n)
{
	uint32_t w;

	memcpy(&w, (const uint8_t *)p + n * sizeof(w), sizeof(w));
	return w;
}

/** Write the n-th 32-bit word from p, which need not be aligned. */
static inline void
rs_cksum_put(void *p, size_t n, uint32_t w)
{
	memcpy((uint8_t *)p + n * sizeof(w), &w, sizeof(w));
}

/** Read the 64-bit word at p, which need not be aligned. */
static inline uint64_t
rs_cksum_word64(const void *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/** Write the 64-bit word at p, which need not be aligned. */
static inline void
rs_cksum_put64(void *p, uint64_t w)
{
	memcpy(p, &w, sizeof(w));
}

/** Add a 64-bit word to sum; a carry is added at the low end, because 2^64 mod 65535 is 1. */
static inline uint64_t
rs_cksum_add64(uint64_t sum, uint64_t w)
{
	bool carry = __builtin_add_overflow(sum, w, &sum);

	return sum + carry;
}

/** Add len bytes at p to sum; p must lie at an even offset of the packet. */
static inline uint64_t
rs_cksum_add(uint64_t sum, const void *p, size_t len)
{
	const uint8_t *b = p;
	unsigned __int128 wide = sum;
	uint64_t w8;
	uint32_t w4;
	uint16_t w2[2] = { 0, 0 };

	for (; len >= sizeof(w8); len -= sizeof(w8), b += sizeof(w8)) {
		memcpy(&w8, b, sizeof(w8));
		wide += w8;
	}
	if (len & 4) {
		memcpy(&w4, b, 4);
		wide += w4;
		b += 4;
	}
	if (len & 2) {
		memcpy(&w2[0], b, 2);
		b += 2;
	}
	if (len & 1)
		memcpy(&w2[1], b, 1); /* padded with a zero byte (RFC 1071 1) */
	wide += (uint32_t)w2[0] + w2[1];
	return (uint64_t)(wide >> 64) + (uint32_t)(wide >> 32) + (uint32_t)wide;
}

/** Sum the pseudo-header of UDP and TCP (RFC 9293 3.1); len counts header and data, bytes. */
static inline uint64_t
rs_cksum_pseudo(rte_be32_t src, rte_be32_t dst, uint8_t proto, uint16_t len)
{
	return (uint64_t)src + dst + rte_cpu_to_be_32((uint32_t)proto << 16 | len);
}

/** The same with IPv6 addresses (RFC 8200 8.1), each 16 bytes. */
static inline uint64_t
rs_cksum_pseudo6(const void *src, const void *dst, uint8_t proto, uint32_t len)
{
	const uint8_t *s = src;
	const uint8_t *d = dst;
	uint64_t sum = (uint64_t)rte_cpu_to_be_32(len) + rte_cpu_to_be_32(proto);

	sum = rs_cksum_add64(sum, rs_cksum_word64(s));
	sum = rs_cksum_add64(sum, rs_cksum_word64(s + 8));
	sum = rs_cksum_add64(sum, rs_cksum_word64(d));
	return rs_cksum_add64(sum, rs_cksum_word64(d + 8));
}

/** Fold a 64-bit sum to the 16-bit one's complement sum. */
static inline uint16_t
rs_cksum_fold(uint64_t sum)
{
	uint32_t s;

	/* x plus x with its halves exchanged has the folded sum in its upper half */
	sum += sum << 32 | sum >> 32;
	s = (uint32_t)(sum >> 32);
	s += s << 16 | s >> 16;
	return (uint16_t)(s >> 16);
}

/**
 * Add a few bytes at p to sum, as TCP options and short texts are: fewer instructions than
 * rs_cksum_add() below about 64 bytes.
 */
static inline uint64_t
rs_cksum_add_few(uint64_t sum, const void *p, size_t len)
{
	const uint8_t *b = p;
	uint16_t w2;

	for (; len >= sizeof(uint64_t); len -= sizeof(uint64_t), b += sizeof(uint64_t))
		sum = rs_cksum_add64(sum, rs_cksum_word64(b));
	if (len & 4) {
		sum = rs_cksum_add64(sum, rs_cksum_word(b, 0));
		b += 4;
	}
	if (len & 2) {
		memcpy(&w2, b, 2);
		sum = rs_cksum_add64(sum, w2);
		b += 2;
	}
	if (len & 1) /* padded with a zero byte (RFC 1071 1) */
		sum = rs_cksum_add64(sum, rte_cpu_to_be_16((uint16_t)(*b << 8)));
	return sum;
}

/**
 * Whether the sum over a packet that contains its checksum, and is not all zero, is right.
 * A right sum is a multiple of 65535, so its product with the inverse of 65535 modulo 2^64
 * is at most 2^64 / 65535.
 */
static inline bool
rs_cksum_is_good(uint64_t sum)
{
	return sum * UINT64_C(0xfffefffefffeffff) <= UINT64_C(0x0001000100010001);
}

/**
 * Whether two sums are right, as rs_cksum_is_good() says of each. A right sum that is nearly 2^64
 * is taken for a wrong one, so the caller looks at wrong ones again. (Quotients of right sums
 * below that are less than 2^48, those of wrong ones are not.)
 */
static inline bool
rs_cksum_both_good(uint64_t a, uint64_t b)
{
	return ((a * UINT64_C(0xfffefffefffeffff) | b * UINT64_C(0xfffefffefffeffff)) >> 48) == 0;
}

/** Make the checksum field of a header: the complement of the folded sum. */
static inline rte_be16_t
rs_cksum_finish(uint64_t sum)
{
	return (rte_be16_t)~rs_cksum_fold(sum);
}

/** Two checksum fields. */
struct rs_cksums {
	rte_be16_t a;
	rte_be16_t b;
};

/** The scalar twin of rs_cksum_finish_both(). */
static inline struct rs_cksums
rs_cksum_finish_both_scalar(uint64_t a, uint64_t b)
{
	return (struct rs_cksums){ rs_cksum_finish(a), rs_cksum_finish(b) };
}

#ifdef __SSE4_1__
/** Make the checksum fields of two headers. */
static inline struct rs_cksums
rs_cksum_finish_both(uint64_t a, uint64_t b)
{
	__m128i sums = _mm_set_epi64x((int64_t)b, (int64_t)a);
	__m128i folded;

	/* as rs_cksum_fold(): the result is in the upper 16 bits of each */
	sums = _mm_add_epi64(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(2, 3, 0, 1)));
	folded = _mm_shufflelo_epi16(sums, _MM_SHUFFLE(2, 3, 1, 0));
	folded = _mm_shufflehi_epi16(folded, _MM_SHUFFLE(2, 3, 1, 0));
	sums = _mm_xor_si128(_mm_add_epi32(sums, folded), _mm_set1_epi32(-1));
	return (struct rs_cksums){
		(rte_be16_t)_mm_extract_epi16(sums, 3), (rte_be16_t)_mm_extract_epi16(sums, 7),
	};
}
#else
static inline struct rs_cksums
rs_cksum_finish_both(uint64_t a, uint64_t b)
{
	return rs_cksum_finish_both_scalar(a, b);
}
#endif

#endif /* RS_BASE_CHECKSUM_H */
