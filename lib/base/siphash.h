/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SipHash (Aumasson and Bernstein, 2012): a keyed pseudo-random function of 64 bits. SipHash-2-4
 * is for keys derived from the stack's secret. SipHash-1-3 is for initial sequence numbers (RFC
 * 6528), SYN cookies and the origin of timestamps, because each SYN of a flood may cost two of
 * them.
 */

#ifndef RS_BASE_SIPHASH_H
#define RS_BASE_SIPHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_common.h>

#include "base/addr.h"

/** Rotate x left by n bits, 1..63. */
static inline uint64_t
rs_siphash_rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

/** Make the initial state v of a key. */
static __rte_always_inline void
rs_siphash_init(uint64_t v[4], const uint64_t key[2])
{
	v[0] = key[0] ^ 0x736f6d6570736575;
	v[1] = key[1] ^ 0x646f72616e646f6d;
	v[2] = key[0] ^ 0x6c7967656e657261;
	v[3] = key[1] ^ 0x7465646279746573;
}

/** Apply one SipRound to the state v. */
static __rte_always_inline void
rs_siphash_round(uint64_t v[4])
{
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

/** Apply n SipRounds to the state v. */
static inline void
rs_siphash_rounds(uint64_t v[4], unsigned int n)
{
	while (n-- > 0)
		rs_siphash_round(v);
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
	uint64_t v[4];
	uint64_t word;
	size_t i;

	rs_siphash_init(v, key);
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

/**
 * SipHash-1-3 of a message of n whole words and up to 7 bytes behind them.
 *
 * @param words  the whole words, as numbers
 * @param rest   the bytes behind them as a number
 * @param len    bytes of the whole message
 */
static __rte_always_inline uint64_t
rs_siphash13(const uint64_t key[2], const uint64_t *words, unsigned int n, uint64_t rest,
	uint64_t len)
{
	uint64_t v[4];
	unsigned int i;

	rs_siphash_init(v, key);
	for (i = 0; i < n; i++) {
		v[3] ^= words[i];
		rs_siphash_round(v);
		v[0] ^= words[i];
	}
	rest |= len << 56;
	v[3] ^= rest;
	rs_siphash_round(v);
	v[0] ^= rest;
	v[2] ^= 0xff;
	rs_siphash_round(v);
	rs_siphash_round(v);
	rs_siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/** SipHash-1-3 of a tuple: of the addresses and ports that its family has. */
static __rte_always_inline uint64_t
rs_tuple_siphash13(const uint64_t key[2], const struct rs_tuple *tuple)
{
	uint64_t ports = (uint64_t)tuple->rport << 16 | tuple->lport;
	uint64_t words[4];

	if (likely(rs_addr_is_ipv4(&tuple->raddr))) {
		words[0] = (uint64_t)tuple->laddr.w[3] << 32 | tuple->raddr.w[3];
		return rs_siphash13(key, words, 1, ports, 12);
	}
	memcpy(words, tuple, sizeof(words));
	return rs_siphash13(key, words, 4, ports, 36);
}

/** Most messages of rs_siphash13_burst, most whole words of each. */
#define RS_SIPHASH_BURST 64
#define RS_SIPHASH_WORDS 5

/** Messages of the same length: n_words (1 or more) whole words, and up to 7 bytes behind them. */
struct rs_siphash_messages {
	uint64_t words[RS_SIPHASH_WORDS][RS_SIPHASH_BURST]; /**< as numbers */
	uint64_t rest[RS_SIPHASH_BURST]; /**< the bytes behind them, as a number */
	unsigned int n_words;
	uint64_t len;           /**< bytes of a whole message */
};

/**
 * SipHash-1-3 of n messages.
 *
 * @param hashes  [out] room for n, rounded up to a multiple of 4
 */
typedef void rs_siphash13_burst(const uint64_t key[2], const struct rs_siphash_messages *messages,
	unsigned int n, uint64_t *hashes);

/** Choose the function for this CPU. @param scalar for tests: the one for any CPU */
rs_siphash13_burst *rs_siphash13_choose(bool scalar);

#endif /* RS_BASE_SIPHASH_H */
