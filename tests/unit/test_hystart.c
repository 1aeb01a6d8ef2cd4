/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* HyStart++ (RFC 9406 4.2) in CUBIC's slow start. */

#include "cc_fixture.h"

/* One round of `acks` ACKs with this RTT. @return growth of cwnd for each acknowledged byte */
static double
round_of(struct path *p, unsigned int acks, uint32_t rtt)
{
	struct rs_cc_ack ack = { .now = p->now, .acked = p->cc.mss, .srtt = rtt, .rtt = rtt };
	uint32_t cwnd = p->cc.cwnd;
	uint32_t end = p->snd_una + acks * ack.acked;
	unsigned int i;

	for (i = 0; i < acks; i++) {
		p->snd_una += ack.acked;
		ack.snd_una = p->snd_una;
		ack.snd_nxt = end + acks * ack.acked;
		ack.now += 10;
		rs_cc_acked(&p->cc, &ack, true);
	}
	p->now += rtt;
	return (double)(p->cc.cwnd - cwnd) / (acks * p->cc.mss);
}

/* Start with a whole round, because the first ACK of a path ends the round that it begins. */
static void
begin_rounds(struct path *p)
{
	path_init(p, RS_CC_CUBIC, 1000, 50000);
	p->cc.cubic.hystart.started = true;
	p->cc.cubic.hystart.min = UINT32_MAX;
	p->cc.cubic.hystart.last_min = UINT32_MAX;
	p->cc.cubic.hystart.window_end = p->snd_una + 20 * p->cc.mss;
}

static void
hystart_steady_rtt_is_slow_start(void **state __rte_unused)
{
	struct path p;
	unsigned int i;

	begin_rounds(&p);
	for (i = 0; i < 10; i++) {
		assert_near(round_of(&p, 20, 50000), 1.0, 0.001);
		assert_int_equal(p.cc.ssthresh, RS_CC_NO_LIMIT);
	}
}

static void
hystart_growth_leads_to_css_and_out(void **state __rte_unused)
{
	struct path p;
	unsigned int i;

	begin_rounds(&p);
	round_of(&p, 20, 50000);
	/* an eighth of 50 ms is 6.25 ms: a smaller growth is jitter */
	assert_near(round_of(&p, 20, 56000), 1.0, 0.001);
	/* more than an eighth of 56 ms: CSS from the eighth sample on, a quarter of the growth */
	assert_near(round_of(&p, 20, 64000), (7 + 13 * 0.25) / 20, 0.001);
	assert_int_equal(p.cc.ssthresh, RS_CC_NO_LIMIT);
	/* that was the first of CSS_ROUNDS = 5 rounds */
	for (i = 0; i < 3; i++)
		assert_near(round_of(&p, 20, 66000), 0.25, 0.001);
	assert_int_equal(p.cc.ssthresh, RS_CC_NO_LIMIT);
	round_of(&p, 20, 66000);
	assert_int_equal(p.cc.ssthresh, p.cc.cwnd);
	assert_false(rs_cc_in_slow_start(&p.cc));
}

static void
hystart_css_ends_when_the_rtt_falls(void **state __rte_unused)
{
	struct path p;

	begin_rounds(&p);
	round_of(&p, 20, 50000);
	assert_true(round_of(&p, 20, 58000) < 0.9);
	assert_near(round_of(&p, 20, 59000), 0.25, 0.001);
	/* below cssBaselineMinRtt with 8 samples: slow start goes on */
	assert_near(round_of(&p, 20, 57000), (7 * 0.25 + 13) / 20, 0.001);
	assert_near(round_of(&p, 20, 57000), 1.0, 0.001);
}

static void
hystart_needs_eight_samples(void **state __rte_unused)
{
	struct path p;

	begin_rounds(&p);
	p.cc.cubic.hystart.window_end = p.snd_una + 7 * p.cc.mss;
	round_of(&p, 7, 50000);
	assert_near(round_of(&p, 7, 90000), 1.0, 0.001);
	assert_near(round_of(&p, 7, 150000), 1.0, 0.001);
}

static void
hystart_threshold_is_bounded(void **state __rte_unused)
{
	struct path p;

	/* at least 4 ms, however short the path is */
	begin_rounds(&p);
	round_of(&p, 20, 1000);
	assert_near(round_of(&p, 20, 4900), 1.0, 0.001);
	assert_true(round_of(&p, 20, 8900) < 0.9);
	/* at most 16 ms, however long the path is */
	begin_rounds(&p);
	round_of(&p, 20, 400000);
	assert_near(round_of(&p, 20, 415900), 1.0, 0.001);
	assert_true(round_of(&p, 20, 432000) < 0.9);
}

static void
hystart_is_for_the_first_slow_start(void **state __rte_unused)
{
	struct path p;

	/* 4.3: after a loss standard slow start is used */
	begin_rounds(&p);
	rs_cc_timeout(&p.cc, 4000000);
	round_of(&p, 20, 50000);
	assert_near(round_of(&p, 20, 90000), 1.0, 0.001);
	assert_near(round_of(&p, 20, 150000), 1.0, 0.001);
}

static void
hystart_bounds_the_growth_of_an_ack(void **state __rte_unused)
{
	struct rs_cc_ack ack = { .now = 1, .acked = 20000, .srtt = 1000 };
	struct rs_cc cc;

	/* 4.3: L = 8 for a sender that does not pace */
	rs_cc_init(&cc, RS_CC_CUBIC, 10, 1000);
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 18000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hystart_steady_rtt_is_slow_start),
		cmocka_unit_test(hystart_growth_leads_to_css_and_out),
		cmocka_unit_test(hystart_css_ends_when_the_rtt_falls),
		cmocka_unit_test(hystart_needs_eight_samples),
		cmocka_unit_test(hystart_threshold_is_bounded),
		cmocka_unit_test(hystart_is_for_the_first_slow_start),
		cmocka_unit_test(hystart_bounds_the_growth_of_an_ack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
