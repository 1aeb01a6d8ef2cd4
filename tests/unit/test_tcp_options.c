/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options, read and written (RFC 9293 3.1, 3.2; RFC 7323 2 and 3, 2018 2 and 3, 5482 3.3).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "packet/tcp_options.h"
#include "random.h"

static const struct {
	const char *name;
	uint8_t opt[40];
	uint8_t len;
	bool legal;
	struct rs_options expected;
} cases[] = {
	{ "none", { 0 }, 0, true, { 0 } },
	{ "MSS (3.2)", { 2, 4, 0x05, 0xb4 }, 4, true, { .mss = 1460 } },
	{ "window scale (RFC 7323 2.2)", { 3, 3, 7, 0 }, 4, true,
		{ .wscale = 7, .has_wscale = true } },
	{ "shift of 0 is an offer (RFC 7323 2.2)", { 3, 3, 0, 0 }, 4, true,
		{ .wscale = 0, .has_wscale = true } },
	{ "shift of 14", { 3, 3, 14, 0 }, 4, true, { .wscale = 14, .has_wscale = true } },
	{ "shift of 15 is taken as 14 (RFC 7323 2.3)", { 3, 3, 15, 0 }, 4, true,
		{ .wscale = 14, .has_wscale = true } },
	{ "shift of 255", { 3, 3, 255, 0 }, 4, true, { .wscale = 14, .has_wscale = true } },
	{ "as Linux sends: MSS, SACK permitted, timestamps, NOP, scale",
		{ 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7 }, 20, true,
		{ .mss = 1460, .wscale = 7, .has_wscale = true } },
	{ "any order", { 3, 3, 2, 1, 2, 4, 0x02, 0x18 }, 8, true,
		{ .mss = 536, .wscale = 2, .has_wscale = true } },
	{ "odd alignment (MUST-64)", { 1, 2, 4, 0x02, 0x18, 3, 3, 9 }, 8, true,
		{ .mss = 536, .wscale = 9, .has_wscale = true } },
	{ "only NOP", { 1, 1, 1, 1 }, 4, true, { 0 } },
	{ "bytes behind EOL are padding (3.1)", { 0, 2, 4, 0x05, 0xb4 }, 8, true, { 0 } },
	{ "EOL behind an option", { 2, 4, 0x05, 0xb4, 0, 3, 3, 7 }, 8, true, { .mss = 1460 } },
	{ "unknown ones are skipped by their length (MUST-6)",
		{ 254, 6, 2, 4, 9, 9, 2, 4, 0x05, 0xb4, 253, 2 }, 12, true, { .mss = 1460 } },
	{ "40 bytes of unknown", { 99, 40 }, 40, true, { 0 } },
	{ "length 0 (MUST-7)", { 2, 4, 0x05, 0xb4, 8, 0, 1, 1 }, 8, false, { .mss = 1460 } },
	{ "length 1", { 2, 4, 0x05, 0xb4, 8, 1, 1, 1 }, 8, false, { .mss = 1460 } },
	{ "length beyond the header", { 2, 4, 0x05, 0xb4, 1, 8, 3, 0 }, 7, false,
		{ .mss = 1460 } },
	{ "length byte missing", { 1, 1, 1, 2 }, 4, false, { 0 } },
	{ "MSS of length 3", { 2, 3, 0x05, 1 }, 4, false, { 0 } },
	{ "MSS of length 5", { 2, 5, 0x05, 0xb4, 1, 0, 0, 0 }, 8, false, { 0 } },
	{ "MSS cut off", { 1, 2, 4, 0x05 }, 4, false, { 0 } },
	{ "scale of length 2", { 3, 2, 1, 1 }, 4, false, { 0 } },
	{ "scale of length 4", { 3, 4, 1, 1 }, 4, false, { 0 } },
	{ "scale cut off", { 1, 1, 3, 3 }, 4, false, { 0 } },
};

/* Parse a copy of just this length, so that ASan sees any overrun. */
static bool
parse_copy(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	bool legal;

	memcpy(copy, opt, len);
	memset(options, 0xee, sizeof(*options));
	legal = rs_options_parse(copy, len, options);
	free(copy);
	return legal;
}

static void
options_are_read(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(cases); i++) {
		const struct rs_options *e = &cases[i].expected;
		struct rs_options got;
		bool legal = parse_copy(cases[i].opt, cases[i].len, &got);

		if (legal != cases[i].legal || got.mss != e->mss || got.wscale != e->wscale ||
		    got.has_wscale != e->has_wscale)
			fail_msg("%s: legal %d, MSS %u, scale %u, has scale %d", cases[i].name,
				legal, got.mss, got.wscale, got.has_wscale);
	}
}

/* Whether the options of a SYN are the same, except the blocks of SACK, which none has. */
static bool
same_options(const struct rs_options *a, const struct rs_options *b)
{
	return a->mss == b->mss && a->has_wscale == b->has_wscale && a->wscale == b->wscale &&
	       a->wscale_large == b->wscale_large && a->sack_permitted == b->sack_permitted &&
	       a->has_ts == b->has_ts && a->tsval == b->tsval && a->tsecr == b->tsecr &&
	       a->has_uto == b->has_uto && a->n_sack == b->n_sack;
}

/* The layout that most SYNs have is read as any other: here with one byte of it replaced. */
static void
options_of_the_common_syn_are_read_as_others(void **state)
{
	uint8_t opt[] = {
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7, 1,
	};
	struct rs_options got, other;
	unsigned int i, value;
	bool legal;

	(void)state;
	assert_true(parse_copy(opt, 20, &got));
	assert_int_equal(1460, got.mss);
	assert_true(got.sack_permitted && got.has_ts && got.has_wscale);
	assert_int_equal(0x01020304, got.tsval);
	assert_int_equal(0x05060708, got.tsecr);
	assert_int_equal(7, got.wscale);
	for (i = 0; i < 20; i++) {
		for (value = 0; value < 256; value++) {
			uint8_t saved = opt[i];

			opt[i] = (uint8_t)value;
			legal = parse_copy(opt, 20, &got);
			/* with one NOP behind it, it has no common layout */
			assert_int_equal(legal, parse_copy(opt, 21, &other));
			assert_true(same_options(&got, &other));
			opt[i] = saved;
		}
	}
}

/* Whatever the bytes, the parser ends, stays inside, and gives values that can be used. */
static void
options_of_random_bytes(void **state)
{
	uint64_t seed = 1;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < 100000; i++) {
		struct rs_options got;
		uint8_t opt[40];

		for (k = 0; k < sizeof(opt); k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			/* small numbers are kinds and lengths */
			opt[k] = (uint8_t)((seed >> 33) & (seed >> 62 ? 7 : 0xff));
		}
		parse_copy(opt, (uint8_t)(i % 41), &got);
		assert_in_range(got.wscale, 0, 14);
		assert_true(got.has_wscale || got.wscale == 0);
	}
}

/* RFC 9293 3.2: kind 2, length 4, MSS. */
static void
options_written_with_mss(void **state)
{
	static const uint8_t expected[] = { 2, 4, 0x05, 0xb4 };
	struct rs_options options = { .mss = 1460 };
	uint8_t opt[RS_OPTIONS_MAX];

	(void)state;
	assert_int_equal(4, rs_options_write_syn(opt, &options));
	assert_memory_equal(expected, opt, sizeof(expected));
}

/* RFC 7323 2.2 and MUST-69: a whole number of words, and read back as written. */
static void
options_written_with_window_scale(void **state)
{
	struct rs_options options = { .mss = 536, .wscale = 3, .has_wscale = true };
	struct rs_options got;
	uint8_t opt[RS_OPTIONS_MAX];
	uint8_t len = rs_options_write_syn(opt, &options);

	(void)state;
	assert_int_equal(0, len % 4);
	assert_true(parse_copy(opt, len, &got));
	assert_int_equal(536, got.mss);
	assert_int_equal(3, got.wscale);
	assert_true(got.has_wscale);
}

/* Whatever a SYN of ours has, in whole words, is read back as it was. */
static void
options_of_a_syn_are_read_back(void **state)
{
	unsigned int which;

	(void)state;
	for (which = 0; which < 16; which++) {
		struct rs_options options = {
			.mss = 1460, .wscale = (which & 1) != 0 ? 14 : 0,
			.has_wscale = (which & 1) != 0, .sack_permitted = (which & 2) != 0,
			.has_ts = (which & 4) != 0, .tsval = (which & 4) != 0 ? 0xfedcba98 : 0,
			.tsecr = (which & 4) != 0 ? 0x76543210 : 0,
			.has_uto = (which & 8) != 0, .uto = (which & 8) != 0 ? 0x8123 : 0,
		};
		struct rs_options got;
		uint8_t opt[RS_OPTIONS_MAX];
		uint8_t len = rs_options_write_syn(opt, &options);

		assert_int_equal(0, len % 4);
		assert_true(parse_copy(opt, len, &got));
		assert_int_equal(options.mss, got.mss);
		assert_int_equal(options.has_wscale, got.has_wscale);
		assert_int_equal(options.wscale, got.wscale);
		assert_int_equal(options.sack_permitted, got.sack_permitted);
		assert_int_equal(options.has_ts, got.has_ts);
		assert_int_equal(options.tsval, got.tsval);
		assert_int_equal(options.tsecr, got.tsecr);
		assert_int_equal(options.has_uto, got.has_uto);
		assert_int_equal(options.uto, got.uto);
		assert_int_equal(0, got.n_sack);
	}
}

/* RFC 7323 appendix A: two NOPs, kind 8, length 10, TSval, TSecr. */
static void
options_timestamps_as_most_segments_have_them(void **state)
{
	static const uint8_t expected[] = { 1, 1, 8, 10, 0xfe, 0xdc, 0xba, 0x98, 0, 0, 0, 7 };
	struct rs_options got;
	uint8_t opt[RS_OPTIONS_MAX];
	uint8_t i;

	(void)state;
	assert_int_equal(RS_OPTIONS_TS_LEN, rs_options_write_ts(opt, 0xfedcba98, 7));
	assert_memory_equal(expected, opt, sizeof(expected));
	assert_true(parse_copy(opt, RS_OPTIONS_TS_LEN, &got));
	assert_int_equal(0xfedcba98, got.tsval);
	memset(&got, 0xee, sizeof(got));
	assert_true(rs_options_only_ts(opt, RS_OPTIONS_TS_LEN, &got));
	assert_true(got.has_ts && !got.has_uto && !got.has_wscale && !got.sack_permitted);
	assert_int_equal(0xfedcba98, got.tsval);
	assert_int_equal(7, got.tsecr);
	assert_int_equal(0, got.n_sack);
	/* any other first word, or length, is for rs_options_parse() */
	assert_false(rs_options_only_ts(opt, RS_OPTIONS_TS_LEN + 4, &got));
	assert_false(rs_options_only_ts(opt, RS_OPTIONS_TS_LEN - 4, &got));
	for (i = 0; i < 4; i++) {
		opt[i] ^= 1;
		assert_false(rs_options_only_ts(opt, RS_OPTIONS_TS_LEN, &got));
		opt[i] ^= 1;
	}
}

/* RFC 2018 3: kind 5, length 8 n + 2, and the blocks in their order. */
static void
options_written_with_sack(void **state)
{
	static const uint8_t expected[] = { 1, 1, 5, 18, 0, 0, 0, 201, 0, 0, 1, 45,
		0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1 };
	const struct rs_sack blocks[4] = { { 201, 301 }, { 0xffffffff, 1 }, { 5, 6 }, { 7, 8 } };
	struct rs_options got;
	uint8_t opt[RS_OPTIONS_MAX];
	uint8_t n, i;

	(void)state;
	assert_int_equal(sizeof(expected), rs_options_write_sack(opt, blocks, 2));
	assert_memory_equal(expected, opt, sizeof(expected));
	for (n = 1; n <= 4; n++) {
		assert_int_equal(RS_OPTIONS_SACK_LEN(n), rs_options_write_sack(opt, blocks, n));
		assert_true(parse_copy(opt, (uint8_t)RS_OPTIONS_SACK_LEN(n), &got));
		assert_int_equal(n, got.n_sack);
		for (i = 0; i < n; i++) {
			assert_int_equal(blocks[i].left, got.sack[i].left);
			assert_int_equal(blocks[i].right, got.sack[i].right);
		}
	}
}

/* RFC 7323 2.3: a shift above 14 is used as 14, and said. */
static void
options_window_scale_above_14(void **state)
{
	uint8_t opt[] = { 3, 3, 14, 0 };
	struct rs_options got;

	(void)state;
	assert_true(parse_copy(opt, sizeof(opt), &got));
	assert_false(got.wscale_large);
	opt[2] = 15;
	assert_true(parse_copy(opt, sizeof(opt), &got));
	assert_int_equal(14, got.wscale);
	assert_true(got.wscale_large);
}

/* SYNs of Linux, Windows, FreeBSD and macOS, an MSS alone; each byte of them may be another one. */
static void
options_of_common_hosts_are_read_as_others(void **state)
{
	static const struct {
		uint8_t len;
		uint8_t opt[24];
	} hosts[] = {
		{ 4, { 2, 4, 0x05, 0xb4 } },
		{ 20, { 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 3, 3, 7 } },
		{ 12, { 2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2 } },
		{ 20, { 2, 4, 0x05, 0xb4, 1, 3, 3, 6, 4, 2, 8, 10, 9, 8, 7, 6, 5, 4, 3, 2 } },
		{ 24, { 2, 4, 0x05, 0xb4, 1, 3, 3, 5, 1, 1, 8, 10, 9, 8, 7, 6, 5, 4, 3, 2, 4, 2 } },
	};
	unsigned int i, read[RTE_DIM(hosts)] = { 0 };
	uint64_t seed = 6;

	(void)state;
	for (i = 0; i < 200000; i++) {
		unsigned int host = i % RTE_DIM(hosts);
		struct rs_syn_offer offer;
		struct rs_options options;
		uint8_t opt[40] = { 0 };
		uint8_t len = hosts[host].len;
		bool legal;

		memcpy(opt, hosts[host].opt, sizeof(hosts[host].opt));
		if (i >= RTE_DIM(hosts)) /* the first ones as they are */
			opt[next_random(&seed) % len] = (uint8_t)(next_random(&seed) % 16);
		if (next_random(&seed) % 8 == 0 && i >= RTE_DIM(hosts))
			len = (uint8_t)(next_random(&seed) % 11 * 4);
		if (!rs_options_read_syn(opt, len, &offer)) {
			assert_true(i >= RTE_DIM(hosts));
			continue;
		}
		read[host]++;
		legal = rs_options_parse(opt, len, &options);
		assert_true(legal);
		assert_false(options.wscale_large);
		assert_int_equal(offer.mss, options.mss);
		assert_int_equal((offer.has & RS_OFFER_TS) != 0, options.has_ts);
		assert_int_equal((offer.has & RS_OFFER_SACK) != 0, options.sack_permitted);
		assert_int_equal((offer.has & RS_OFFER_WSCALE) != 0, options.has_wscale);
		if (options.has_wscale)
			assert_int_equal(offer.wscale, options.wscale);
		if (options.has_ts)
			assert_int_equal(rte_be_to_cpu_32(offer.tsval), options.tsval);
	}
	for (i = 0; i < RTE_DIM(hosts); i++)
		assert_true(read[i] > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(options_of_the_common_syn_are_read_as_others),
		cmocka_unit_test(options_of_common_hosts_are_read_as_others),
		cmocka_unit_test(options_of_random_bytes),
		cmocka_unit_test(options_written_with_mss),
		cmocka_unit_test(options_written_with_window_scale),
		cmocka_unit_test(options_of_a_syn_are_read_back),
		cmocka_unit_test(options_timestamps_as_most_segments_have_them),
		cmocka_unit_test(options_written_with_sack),
		cmocka_unit_test(options_window_scale_above_14),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
