/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The rate limits of resets, and the token buckets that they are made of. */

#include "base/rate.h"
#include "tcp_fixture.h"

#define SECOND UINT64_C(1000000) /* microseconds */

/* Let the limits withhold a reset of a source, in a burst of its own, or not. */
static enum rs_limited
take(struct rs_ratelimit *limit, uint64_t source, struct rs_rate *listener, uint64_t now)
{
	struct rs_ratelimit_burst burst = rs_ratelimit_begin(limit, now);
	enum rs_limited limited = rs_ratelimit_take(limit, &burst, source, listener);

	rs_ratelimit_end(limit, &burst);
	return limited;
}

/* The same of a peer. */
static enum rs_limited
ask(struct fixture *f, uint32_t peer, uint64_t now)
{
	struct rs_ratelimit *limit = &f->tcp->ratelimit;
	const struct rs_addr addr = rs_addr_from_ipv4(rte_cpu_to_be_32(peer));

	return take(limit, rs_ratelimit_source(limit, &addr), NULL, now);
}

/* At any rate a second gives a second's tokens at once, and then as many in each second. */
static void
bucket_gives_its_rate(void **state)
{
	static const uint32_t rates[] = { 1, 2, 3, 7, 10, 999, 1000, 1001, 65537, 1000000 };
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(rates); i++) {
		struct rs_rate bucket = rs_rate_of(rates[i]);
		uint64_t now = 12345678;
		uint64_t taken = 0;

		while (rs_rate_take(&bucket, rs_rate_clock(now)))
			taken++;
		assert_in_range(taken, rates[i], rates[i] + rates[i] / 10000);
		/* by steps that the time of a token is no multiple of */
		for (taken = 0; now < 12345678 + 10 * SECOND; now += 77) {
			while (rs_rate_take(&bucket, rs_rate_clock(now)))
				taken++;
		}
		assert_in_range(taken, rates[i] * UINT64_C(10) - rates[i] / 10000 - 1,
			rates[i] * UINT64_C(10) + rates[i] / 100 + 1);
	}
}

/* What is not taken adds up for one second and no longer, however long the silence is. */
static void
bucket_holds_one_second(void **state)
{
	struct rs_rate bucket = rs_rate_of(100);
	uint64_t now = 0;
	unsigned int i, n;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (n = 0; rs_rate_take(&bucket, rs_rate_clock(now)); n++)
			;
		assert_int_equal(n, 100);
		now += SECOND << (i * 16);
	}
	/* half a second is half of it */
	for (n = 0; rs_rate_take(&bucket, rs_rate_clock(now)); n++)
		;
	assert_int_equal(n, 100);
	now += SECOND / 2;
	for (n = 0; rs_rate_take(&bucket, rs_rate_clock(now)); n++)
		;
	assert_int_equal(n, 50);
}

static void
bucket_without_limit_and_without_tokens(void **state)
{
	struct rs_rate open = rs_rate_of(0);
	struct rs_rate shut = rs_rate_some(0);
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		assert_true(rs_rate_take(&open, rs_rate_clock(i)));
		assert_false(rs_rate_take(&shut, rs_rate_clock(i * SECOND)));
	}
	assert_int_equal(open.full, rs_rate_clock(i - 1));
}

/* Addresses under one prefix are one source, and each prefix has a limit of its own. */
static void
source_is_a_prefix(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	f->params.resets_per_source = 50;
	f->params.source_prefix = 24;
	fixture_start(f);
	for (i = 0; i < 50; i++)
		assert_int_equal(ask(f, 0x0a010200 + i, 0), RS_LIMITED_MAX);
	assert_int_equal(ask(f, 0x0a0102ff, 0), RS_LIMITED_source);
	for (i = 0; i < 50; i++)
		assert_int_equal(ask(f, 0x0a010300 + i, 0), RS_LIMITED_MAX);
	assert_int_equal(ask(f, 0x0a010300, 0), RS_LIMITED_source);
	assert_int_equal(ask(f, 0x0a010200, SECOND / 50 - 1), RS_LIMITED_source);
	assert_int_equal(ask(f, 0x0a010200, SECOND / 50), RS_LIMITED_MAX);
	assert_int_equal(ask(f, 0x0a010200, SECOND / 50), RS_LIMITED_source);
}

/* An IPv6 source is a /64, and none is that of an IPv4 address. */
static void
source_of_ipv6_is_a_64(void **state)
{
	struct fixture *f = *state;
	struct rs_addr a = { .b = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9 } };
	struct rs_ratelimit *limit;
	uint64_t source;

	f->params.resets_per_source = 1;
	f->params.source_prefix = 32;
	fixture_start(f);
	limit = &f->tcp->ratelimit;
	source = rs_ratelimit_source(limit, &a);
	a.b[8] = 0xff;
	assert_int_equal(rs_ratelimit_source(limit, &a), source);
	a.b[7] = 2;
	assert_int_not_equal(rs_ratelimit_source(limit, &a), source);
	a = rs_addr_from_ipv4(RTE_BE32(0x0a010203));
	assert_int_equal(rs_ratelimit_source(limit, &a), RTE_BE32(0x0a010203));
}

/* Sources that differ in one bit do not share their buckets, whatever the secret is. */
static void
each_bit_of_a_source_counts(void **state)
{
	const struct fixture *f = *state;
	struct rs_stack_params params = f->params;
	unsigned int i, bit;

	params.resets_per_source = 1;
	for (i = 0; i < 32; i++) {
		struct rs_ratelimit limit = { 0 };

		params.secret[0] = (uint8_t)i;
		assert_int_equal(rs_ratelimit_init(&limit, &params), 0);
		for (bit = 0; bit < 64; bit++)
			assert_int_not_equal(rs_ratelimit_hash(&limit, 0),
				rs_ratelimit_hash(&limit, UINT64_C(1) << bit));
		rs_ratelimit_fini(&limit);
	}
}

/*
 * The table never gives a source more than its limit, however many sources share the buckets:
 * 3 seconds of 20,000 sources at once, and an exact count of each.
 */
static void
no_source_gets_more_than_its_limit(void **state)
{
	enum { SOURCES = 20000, RATE = 10, SECONDS = 3 };
	struct fixture *f = *state;
	uint32_t *sent = calloc(SOURCES, sizeof(*sent));
	uint64_t seed = 1812;
	uint64_t now;
	uint32_t i;

	assert_non_null(sent);
	f->params.resets_per_source = RATE;
	f->params.source_prefix = 32;
	fixture_start(f);
	for (now = 0; now < SECONDS * SECOND; now++) {
		uint32_t source = (uint32_t)(next_random(&seed) % SOURCES);

		if (ask(f, 0x0a000000 + source, now) == RS_LIMITED_MAX)
			sent[source]++;
	}
	for (i = 0; i < SOURCES; i++)
		assert_in_range(sent[i], 0, RATE * (SECONDS + 1));
	free(sent);
}

/* Sources that use up their limit, a tenth as many as buckets, take nothing from the others. */
static void
few_loud_sources_do_not_limit_others(void **state)
{
	enum { LOUD = RS_RATELIMIT_BUCKETS / 10, QUIET = 10000, RATE = 100 };
	struct fixture *f = *state;
	unsigned int refused = 0;
	uint32_t i, n;

	f->params.resets_per_source = RATE;
	f->params.source_prefix = 32;
	fixture_start(f);
	for (i = 0; i < LOUD; i++) {
		for (n = 0; n < 2 * RATE; n++)
			ask(f, 0x0b000000 + i, 0);
		assert_int_equal(ask(f, 0x0b000000 + i, 0), RS_LIMITED_source);
	}
	for (i = 0; i < QUIET; i++)
		refused += ask(f, 0x0c000000 + i, 0) != RS_LIMITED_MAX;
	/* both of its buckets are those of loud ones with a chance of about 1 / 110 */
	assert_in_range(refused, QUIET / 300, QUIET / 55);
}

/* A reset that one limit withholds costs nothing of the others. */
static void
refused_reset_takes_no_token(void **state)
{
	struct fixture *f = *state;
	struct rs_rate listener = rs_rate_of(2);
	struct rs_ratelimit *limit;
	unsigned int i;

	f->params.resets_per_source = 1;
	f->params.resets_per_second = 4;
	f->params.source_prefix = 32;
	fixture_start(f);
	limit = &f->tcp->ratelimit;
	/* one source: the first only */
	assert_int_equal(take(limit, 1, &listener, 0), RS_LIMITED_MAX);
	for (i = 0; i < 100; i++)
		assert_int_equal(take(limit, 1, &listener, 0), RS_LIMITED_source);
	/* another one gets the listener's second, and then no more */
	assert_int_equal(take(limit, 2, &listener, 0), RS_LIMITED_MAX);
	for (i = 0; i < 100; i++)
		assert_int_equal(take(limit, 3, &listener, 0), RS_LIMITED_listener);
	/* on other ports two are left of the worker's */
	assert_int_equal(take(limit, 3, NULL, 0), RS_LIMITED_MAX);
	assert_int_equal(take(limit, 4, NULL, 0), RS_LIMITED_MAX);
	for (i = 0; i < 100; i++)
		assert_int_equal(take(limit, 5, NULL, 0), RS_LIMITED_worker);
	/* a quarter of a second later the worker has another one, and source 5 its first */
	assert_int_equal(take(limit, 5, NULL, SECOND / 4), RS_LIMITED_MAX);
	assert_int_equal(take(limit, 6, NULL, SECOND / 4), RS_LIMITED_worker);
}

/* The mbuf of a segment whose reset is withheld is freed, and the counters say why. */
static void
withheld_reset_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	const struct rs_stats *stats;
	unsigned int i;

	f->params.resets_per_second = 3;
	fixture_start(f);
	stats = &f->stack->stats;
	for (i = 0; i < 10; i++)
		burst(f, { .flags = SYN, .seq = 100, .lport = LPORT_CLOSED });
	for (i = 0; i < 3; i++)
		fixture_expect(f, RST | ACK);
	assert_null(fixture_next(f));
	assert_int_equal(stats->reset_sent[RS_RESET_no_listener], 3);
	assert_int_equal(stats->reset_limited[RS_LIMITED_worker], 7);
	assert_int_equal(stats->tcp.tx_segments, 3);
	assert_int_equal(rte_mempool_in_use_count(f->wire), 0);
}

/* The resets that end connections pass, whatever the limit. */
static void
resets_of_connections_are_not_limited(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint16_t i;

	f->params.resets_per_second = 1;
	fixture_start(f);
	burst(f, { .flags = SYN, .seq = 100, .lport = LPORT_CLOSED });
	fixture_expect(f, RST | ACK);
	for (i = 0; i < 10; i++) {
		tcb = fixture_reach_on(f, LPORT, (uint16_t)(1000 + i), RS_ESTABLISHED);
		rs_conn_abort(f->tcp, tcb);
		fixture_run(f);
		fixture_expect(f, RST);
	}
	burst(f, { .flags = SYN, .seq = 100, .lport = LPORT_CLOSED });
	assert_null(fixture_next(f));
}

static void
parameters_out_of_range_are_refused(void **state)
{
	struct fixture *f = *state;

	f->params.source_prefix = 33;
	assert_null(rs_stack_create(&f->params, 0));
	f->params.source_prefix = 32;
	f->params.resets_per_second = RS_RATE_MAX + 1;
	assert_null(rs_stack_create(&f->params, 0));
	f->params.resets_per_second = 0;
	f->params.resets_per_source = RS_RATE_MAX + 1;
	assert_null(rs_stack_create(&f->params, 0));
	f->params.resets_per_source = RS_RATE_MAX;
	f->listeners[0].resets_per_second = RS_RATE_MAX + 1;
	assert_null(rs_stack_create(&f->params, 0));
	f->listeners[0].resets_per_second = RS_RATE_MAX;
	fixture_start(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bucket_gives_its_rate),
		cmocka_unit_test(bucket_holds_one_second),
		cmocka_unit_test(bucket_without_limit_and_without_tokens),
		fixture_test(source_is_a_prefix),
		fixture_test(source_of_ipv6_is_a_64),
		fixture_test(each_bit_of_a_source_counts),
		fixture_test(no_source_gets_more_than_its_limit),
		fixture_test(few_loud_sources_do_not_limit_others),
		fixture_test(refused_reset_takes_no_token),
		fixture_test(withheld_reset_leaves_nothing),
		fixture_test(resets_of_connections_are_not_limited),
		fixture_test(parameters_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
