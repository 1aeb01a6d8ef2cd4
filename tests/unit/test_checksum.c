/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The Internet checksum (RFC 1071) and SipHash-2-4.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>
#include <rte_ip.h>

#include "base/checksum.h"
#include "base/copy_sum.h"
#include "base/siphash.h"
#include "random.h"

/* RTE_IPV4() shifts an int too far for an address whose first byte is above 127. */
#define IPV4(a, b, c, d) \
	RTE_BE32((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* The numerical example of RFC 1071 3. */
static void
cksum_of_rfc_1071_example(void **state)
{
	static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	uint64_t sum = rs_cksum_add(0, data, sizeof(data));

	(void)state;
	assert_int_equal(RTE_BE16(0xddf2), rs_cksum_fold(sum));
	assert_int_equal(RTE_BE16(0x220d), rs_cksum_finish(sum));
}

/* Every length and alignment, against DPDK's; exact copies, so that ASan sees any overrun. */
static void
cksum_of_any_length(void **state)
{
	size_t len, off, i;

	(void)state;
	for (len = 0; len <= 130; len++) {
		for (off = 0; off < 8; off++) {
			uint8_t *p = malloc(off + len + 1);

			for (i = 0; i < off + len; i++)
				p[i] = (uint8_t)(i * 151 + len * 7 + 0xc0);
			p = realloc(p, off + len + (len + off == 0));
			assert_int_equal(rte_raw_cksum(p + off, len),
				rs_cksum_fold(rs_cksum_add(0, p + off, len)));
			free(p);
		}
	}
}

/* The same of bytes that are copied: no other byte is written. */
static void
copy_sum_of_any_length(void **state)
{
	size_t len, off, i;

	(void)state;
	for (len = 0; len <= 200; len++) {
		for (off = 0; off < 8; off++) {
			uint8_t from[210], to[210];
			uint64_t sum;

			for (i = 0; i < sizeof(from); i++)
				from[i] = (uint8_t)(i * 151 + len * 7 + 0xc0);
			memset(to, 0x5a, sizeof(to));
			sum = rs_copy_sum(to + 1, from + off, len);
			assert_int_equal(rte_raw_cksum(from + off, len), rs_cksum_fold(sum));
			assert_memory_equal(to + 1, from + off, len);
			assert_int_equal(to[0], 0x5a);
			assert_int_equal(to[len + 1], 0x5a);
		}
	}
}

/* Each 64-bit word overflows the sum of words, and no carry is lost. */
static void
copy_sum_of_all_ones(void **state)
{
	static uint8_t from[65535], to[65535];

	(void)state;
	memset(from, 0xff, sizeof(from));
	assert_int_equal(rte_raw_cksum(from, sizeof(from)),
		rs_cksum_fold(rs_copy_sum(to, from, sizeof(from))));
	assert_memory_equal(from, to, sizeof(from));
	from[65533] = 0; /* a word of another value, so that a sum of 0 is not right by chance */
	assert_int_equal(rte_raw_cksum(from, sizeof(from)),
		rs_cksum_fold(rs_copy_sum(to, from, sizeof(from))));
}

/* The function for long copies of this CPU, if it has one, is the same. */
static void
copy_sum_of_long_copies(void **state)
{
	rs_copy_sum_long *copy_sum = rs_copy_sum_choose();
	static uint8_t from[3000], to[3000];
	size_t len, i;

	(void)state;
	if (copy_sum == NULL)
		return;
	for (i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * i * 151 + i * 7 + 0xf3);
	for (len = 0; len < 2900; len++) {
		size_t off = len % 67;

		memset(to, 0x5a, sizeof(to));
		assert_int_equal(rte_raw_cksum(from + off, len),
			rs_cksum_fold(copy_sum(to + 1, from + off, len)));
		assert_memory_equal(to + 1, from + off, len);
		assert_int_equal(to[0], 0x5a);
		assert_int_equal(to[len + 1], 0x5a);
	}
}

/* No carry is lost over the most and the largest words that a datagram can have. */
static void
cksum_of_all_ones(void **state)
{
	static uint8_t data[65535];
	uint64_t sum;

	(void)state;
	memset(data, 0xff, sizeof(data));
	sum = rs_cksum_add(0, data, sizeof(data) - 1);
	assert_int_equal(0xffff, rs_cksum_fold(sum));
	/* the odd byte is the upper one of its word, ffff is nought in one's complement */
	assert_int_equal(RTE_BE16(0xff00), rs_cksum_fold(rs_cksum_add(0, data, sizeof(data))));
	assert_int_equal(0xffff, rs_cksum_fold(UINT64_MAX));
	assert_int_equal(0, rs_cksum_fold(0));
	assert_int_equal(1, rs_cksum_fold(0x10000));
	assert_int_equal(1, rs_cksum_fold(UINT64_C(1) << 48));
}

/* Sums of 64-bit words, wherever they lie, are those of their 16-bit ones; carries count. */
static void
cksum_of_wide_words(void **state)
{
	uint8_t data[1 + 16];
	unsigned int seed, i;

	(void)state;
	for (seed = 0; seed < 256; seed++) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(i * seed * 77 + (seed | 0xf0));
		assert_int_equal(rte_raw_cksum(&data[1], 16), rs_cksum_fold(rs_cksum_add64(
			rs_cksum_word64(&data[1]), rs_cksum_word64(&data[9]))));
	}
	assert_true(rs_cksum_add64(UINT64_MAX, 1) == 1);
	assert_true(rs_cksum_add64(1, UINT64_MAX) == 1);
	assert_true(rs_cksum_add64(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
	assert_true(rs_cksum_add64(UINT64_MAX, 0) == UINT64_MAX);
	rs_cksum_put64(&data[1], UINT64_C(0x0123456789abcdef));
	assert_true(rs_cksum_word64(&data[1]) == UINT64_C(0x0123456789abcdef));
}

/* RFC 9293 3.1: source, destination, zero, protocol, length. */
static void
cksum_of_pseudo_header(void **state)
{
	static const uint8_t pseudo[] = { 192, 0, 2, 1, 198, 51, 100, 7, 0, 6, 0x05, 0xdc };

	(void)state;
	assert_int_equal(rte_raw_cksum(pseudo, sizeof(pseudo)),
		rs_cksum_fold(rs_cksum_pseudo(IPV4(192, 0, 2, 1),
			IPV4(198, 51, 100, 7), 6, 1500)));
}

/* The product agrees with the folded sum (ffff is right) for any sum but 0. */
static void
cksum_is_good_when_it_folds_to_ffff(void **state)
{
	uint64_t sums[] = { 1, 0xfffe, 0xffff, 0x10000, 0x1fffe, 0x1ffff, 0xffffffff,
		UINT64_C(0x100000000), UINT64_C(0xffff0000ffff), UINT64_MAX - 1, UINT64_MAX };
	uint64_t sum;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(sums); i++)
		assert_int_equal(rs_cksum_fold(sums[i]) == 0xffff, rs_cksum_is_good(sums[i]));
	for (sum = 1; sum < UINT64_C(1) << 36; sum += UINT64_C(0x2fd31)) {
		assert_int_equal(rs_cksum_fold(sum) == 0xffff, rs_cksum_is_good(sum));
		assert_true(rs_cksum_is_good(sum * 0xffff));
		assert_false(rs_cksum_is_good(sum * 0xffff + 1));
	}
}

/* Sums at the ends of the range, and random ones of any size; every third one is right. */
static uint64_t
pick_sum(uint64_t *seed, unsigned int i)
{
	static const uint64_t ends[] = {
		0, 1, UINT16_MAX, UINT32_MAX, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 48,
		UINT64_C(0xffff000000000000), UINT64_C(0xffff00000000ffff),
	};
	uint64_t sum = (uint64_t)next_random(seed) << 32 | next_random(seed);

	if (i % 16 == 0)
		return ends[next_random(seed) % RTE_DIM(ends)];
	sum >>= next_random(seed) % 64;
	return i % 3 == 0 ? sum - sum % UINT16_MAX : sum;
}

static void
cksums_of_two_headers_are_those_of_each(void **state)
{
	uint64_t seed = 1071;
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		uint64_t a = pick_sum(&seed, i);
		uint64_t b = pick_sum(&seed, i / 2);
		struct rs_cksums both = rs_cksum_finish_both(a, b);
		struct rs_cksums twin = rs_cksum_finish_both_scalar(a, b);

		assert_int_equal(both.a, twin.a);
		assert_int_equal(both.b, twin.b);
		assert_int_equal(both.a, rs_cksum_finish(a));
	}
}

/* Two right sums are good, but for those that are nearly 2^64; a wrong one never is. */
static void
cksums_of_two_headers_are_good_when_each_is(void **state)
{
	uint64_t seed = 791;
	unsigned int i, good = 0;

	(void)state;
	for (i = 0; i < 100000; i++) {
		uint64_t a = pick_sum(&seed, i);
		uint64_t b = pick_sum(&seed, i / 2);
		bool each = rs_cksum_is_good(a) && rs_cksum_is_good(b);

		good += rs_cksum_both_good(a, b);
		if (rs_cksum_both_good(a, b))
			assert_true(each);
		else if (each)
			assert_true(a >> 48 == UINT16_MAX || b >> 48 == UINT16_MAX);
	}
	assert_in_range(good, 10000, 90000);
}

/*
 * SipHash-2-4 of its authors' test: key 00 01 .. 0f, messages of 0, 1, .. 15 bytes
 * 00 01 ..; the last is the example of the paper's appendix A. Results as bytes.
 */
static void
siphash_of_authors_vectors(void **state)
{
	static const uint8_t vectors[16][8] = {
		{ 0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72 },
		{ 0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74 },
		{ 0x5a, 0x4f, 0xa9, 0xd9, 0x09, 0x80, 0x6c, 0x0d },
		{ 0x2d, 0x7e, 0xfb, 0xd7, 0x96, 0x66, 0x67, 0x85 },
		{ 0xb7, 0x87, 0x71, 0x27, 0xe0, 0x94, 0x27, 0xcf },
		{ 0x8d, 0xa6, 0x99, 0xcd, 0x64, 0x55, 0x76, 0x18 },
		{ 0xce, 0xe3, 0xfe, 0x58, 0x6e, 0x46, 0xc9, 0xcb },
		{ 0x37, 0xd1, 0x01, 0x8b, 0xf5, 0x00, 0x02, 0xab },
		{ 0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93 },
		{ 0xb0, 0xe4, 0xa9, 0x0b, 0xdf, 0x82, 0x00, 0x9e },
		{ 0xf3, 0xb9, 0xdd, 0x94, 0xc5, 0xbb, 0x5d, 0x7a },
		{ 0xa7, 0xad, 0x6b, 0x22, 0x46, 0x2f, 0xb3, 0xf4 },
		{ 0xfb, 0xe5, 0x0e, 0x86, 0xbc, 0x8f, 0x1e, 0x75 },
		{ 0x90, 0x3d, 0x84, 0xc0, 0x27, 0x56, 0xea, 0x14 },
		{ 0xee, 0xf2, 0x7a, 0x8e, 0x90, 0xca, 0x23, 0xf7 },
		{ 0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1 },
	};
	const uint64_t key[2] = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
	uint8_t message[16];
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(vectors); i++) {
		uint64_t hash;

		message[i] = (uint8_t)i;
		hash = rte_cpu_to_le_64(rs_siphash(key, message, i));
		assert_memory_equal(vectors[i], &hash, sizeof(hash));
	}
}

/*
 * SipHash-1-3 of the same messages with key 0, from another implementation: hash() of Python
 * 3.11's bytes under PYTHONHASHSEED=0.
 */
static void
siphash_1_3_of_pythons_hashes(void **state)
{
	static const struct {
		unsigned int len;
		uint64_t hash;
	} vectors[] = {
		{ 1, UINT64_C(0x68a914128e01e473) }, { 7, UINT64_C(0x2f098ab0c751325a) },
		{ 8, UINT64_C(0xead411e67ebe2eea) }, { 12, UINT64_C(0xa6baf4fb0f9fe1c2) },
		{ 20, UINT64_C(0x639e355ae68c0100) }, { 23, UINT64_C(0x37332b1389daa4ff) },
		{ 40, UINT64_C(0x95bc321ab41d8206) }, { 47, UINT64_C(0x8485f7f5ae725a0d) },
	};
	const uint64_t key[2] = { 0, 0 };
	unsigned int i, n;

	(void)state;
	for (i = 0; i < RTE_DIM(vectors); i++) {
		uint64_t words[6] = { 0 };

		for (n = 0; n < vectors[i].len; n++)
			words[n / 8] |= (uint64_t)n << n % 8 * 8;
		assert_int_equal(rs_siphash13(key, words, n / 8, words[n / 8], n),
			vectors[i].hash);
	}
}

/* Several messages at once have the hashes that each has alone, with either function. */
static void
siphash_1_3_of_several_messages(void **state)
{
	static struct rs_siphash_messages messages;
	uint64_t hashes[RS_SIPHASH_BURST];
	uint64_t seed = 13;
	unsigned int round, i, k;

	(void)state;
	for (round = 0; round < 2000; round++) {
		rs_siphash13_burst *hash = rs_siphash13_choose(round % 2 == 0);
		uint64_t key[2] = { next_random(&seed), (uint64_t)next_random(&seed) << 32 | 1 };
		unsigned int n = 1 + next_random(&seed) % RS_SIPHASH_BURST;
		uint32_t rest_len = next_random(&seed) % 8;

		messages.n_words = 1 + next_random(&seed) % RS_SIPHASH_WORDS;
		messages.len = messages.n_words * 8 + rest_len;
		for (i = 0; i < n; i++) {
			for (k = 0; k < RS_SIPHASH_WORDS; k++)
				messages.words[k][i] = (uint64_t)next_random(&seed) << 32 |
					(k % 2 ? ~i : i);
			messages.rest[i] = ((uint64_t)next_random(&seed) << 32 | i) &
				((UINT64_C(1) << rest_len * 8) - 1);
		}
		hash(key, &messages, n, hashes);
		for (i = 0; i < n; i++) {
			uint64_t words[RS_SIPHASH_WORDS];

			for (k = 0; k < RS_SIPHASH_WORDS; k++)
				words[k] = messages.words[k][i];
			assert_true(hashes[i] == rs_siphash13(key, words, messages.n_words,
				messages.rest[i], messages.len));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cksum_of_rfc_1071_example),
		cmocka_unit_test(cksum_of_any_length),
		cmocka_unit_test(cksum_of_all_ones),
		cmocka_unit_test(cksum_of_wide_words),
		cmocka_unit_test(copy_sum_of_all_ones),
		cmocka_unit_test(copy_sum_of_any_length),
		cmocka_unit_test(copy_sum_of_long_copies),
		cmocka_unit_test(cksum_of_pseudo_header),
		cmocka_unit_test(cksum_is_good_when_it_folds_to_ffff),
		cmocka_unit_test(cksums_of_two_headers_are_those_of_each),
		cmocka_unit_test(cksums_of_two_headers_are_good_when_each_is),
		cmocka_unit_test(siphash_of_authors_vectors),
		cmocka_unit_test(siphash_1_3_of_pythons_hashes),
		cmocka_unit_test(siphash_1_3_of_several_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
