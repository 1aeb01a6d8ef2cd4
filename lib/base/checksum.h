/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The Internet checksum (RFC 1071). Sums are of 32-bit words as they lie in memory, held
 * in 64 bits and folded once; so nothing is swapped and no carry is lost.
 */

#ifndef RS_BASE_CHECKSUM_H
#define RS_BASE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

/** The n-th 32-bit word from p, which need not be aligned. */
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

/** The 64-bit word at p, which need not be aligned. */
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

/** Add a 64-bit word to sum, the carry coming round: 2^64 is 1 modulo 65535. */
static inline uint64_t
rs_cksum_add64(uint64_t sum, uint64_t w)
{
	sum += w;
	return sum + (sum < w);
}

/** Add len bytes at p to sum; they start at an even place of what is summed up. */
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
		memcpy(&w2[1], b, 1); /* as if a zero byte followed (RFC 1071 1) */
	wide += (uint32_t)w2[0] + w2[1];
	return (uint64_t)(wide >> 64) + (uint32_t)(wide >> 32) + (uint32_t)wide;
}

/** Sum over the pseudo-header of UDP and TCP (RFC 9293 3.1); len is of header and data. */
static inline uint64_t
rs_cksum_pseudo(rte_be32_t src, rte_be32_t dst, uint8_t proto, uint16_t len)
{
	return (uint64_t)src + dst + rte_cpu_to_be_32((uint32_t)proto << 16 | len);
}

/** The 16-bit one's complement sum that sum stands for. */
static inline uint16_t
rs_cksum_fold(uint64_t sum)
{
	uint32_t s;

	/* a number added to itself, halves exchanged, has the folded sum in its upper half */
	sum += sum << 32 | sum >> 32;
	s = (uint32_t)(sum >> 32);
	s += s << 16 | s >> 16;
	return (uint16_t)(s >> 16);
}

/**
 * Whether sum, over data with its checksum in it and not all zero, is right: a multiple of
 * 65535, which a product with that number's inverse modulo 2^64 tells.
 */
static inline bool
rs_cksum_is_good(uint64_t sum)
{
	return sum * UINT64_C(0xfffefffefffeffff) <= UINT64_C(0x0001000100010001);
}

/** The checksum to put into a header: the complement of the folded sum. */
static inline rte_be16_t
rs_cksum_finish(uint64_t sum)
{
	return (rte_be16_t)~rs_cksum_fold(sum);
}

#endif /* RS_BASE_CHECKSUM_H */
