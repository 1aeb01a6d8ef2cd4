/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The Internet checksum (RFC 1071). Sums are of 32-bit words as they lie in memory, held
 * in 64 bits and folded once; so nothing is swapped and no carry is lost below 2^32 words.
 */

#ifndef RS_BASE_CHECKSUM_H
#define RS_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

/** What the sum over data with its right checksum in it folds to. */
#define RS_CKSUM_GOOD 0xffff

/** The n-th 32-bit word from p, which need not be aligned. */
static inline uint32_t
rs_cksum_word(const void *p, size_t n)
{
	uint32_t w;

	memcpy(&w, (const uint8_t *)p + n * sizeof(w), sizeof(w));
	return w;
}

/** Sum over the 20 bytes that an IPv4 or a TCP header without options has. */
static inline uint64_t
rs_cksum_header(const void *p)
{
	return (uint64_t)rs_cksum_word(p, 0) + rs_cksum_word(p, 1) + rs_cksum_word(p, 2) +
	       rs_cksum_word(p, 3) + rs_cksum_word(p, 4);
}

/** Add len bytes at p to sum; they start at an even place of what is summed up. */
static inline uint64_t
rs_cksum_add(uint64_t sum, const void *p, size_t len)
{
	const uint8_t *b = p;
	uint32_t last = 0;
	size_t i;

	for (i = 0; i < len / sizeof(uint32_t); i++)
		sum += rs_cksum_word(b, i);
	/* as if zero bytes followed (RFC 1071 1) */
	memcpy(&last, b + i * sizeof(uint32_t), len % sizeof(uint32_t));
	return sum + last;
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

/** The checksum to put into a header: the complement of the folded sum. */
static inline rte_be16_t
rs_cksum_finish(uint64_t sum)
{
	return (rte_be16_t)~rs_cksum_fold(sum);
}

#endif /* RS_BASE_CHECKSUM_H */
