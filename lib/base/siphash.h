/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed pseudo-random function of 64 bits,
 * for initial sequence numbers (RFC 6528) and for keys derived from the stack's secret.
 */

#ifndef RS_BASE_SIPHASH_H
#define RS_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

/** Rotate x left by n bits, 1..63. */
static inline uint64_t
rs_siphash_rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

/** Apply n SipRounds to the state v. */
static inline void
rs_siphash_rounds(uint64_t v[4], unsigned int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rs_siphash_rotl(v[1], 13) ^ v[0];
		v[3] = rs_siphash_rotl(v[3], 16) ^ v[2];
		v[0] = rs_siphash_rotl(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rs_siphash_rotl(v[1], 17) ^ v[2];
		v[3] = rs_siphash_rotl(v[3], 21) ^ v[0];
		v[2] = rs_siphash_rotl(v[2], 32);
	}
}

/** Compress one word of the message into the state v. */
static inline void
rs_siphash_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rs_siphash_rounds(v, 2);
	v[0] ^= word;
}

/** SipHash-2-4 of len bytes at data; the key's words are its bytes in little-endian order. */
static inline uint64_t
rs_siphash(const uint64_t key[2], const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573,
	};
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		rs_siphash_word(v, rte_le_to_cpu_64(word));
	}
	/* the last word: the remaining 0..7 bytes, and the length in the top byte */

	word = 0;
	memcpy(&word, p + i, len - i);
	rs_siphash_word(v, rte_le_to_cpu_64(word) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	rs_siphash_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif /* RS_BASE_SIPHASH_H */
