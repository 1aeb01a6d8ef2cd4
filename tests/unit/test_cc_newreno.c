/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The initial window (RFC 6928) and NewReno's growth and reduction (RFC 5681 3.1, RFC 3465). */

#include "cc_fixture.h"

static uint32_t
initial_window(uint8_t segments, uint16_t mss)
{
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_NEWRENO, segments, mss);
	assert_int_equal(cc.ssthresh, RS_CC_NO_LIMIT);
	return cc.cwnd;
}

static void
cc_initial_window(void **state __rte_unused)
{
	/* RFC 6928 2: min (10*MSS, max (2*MSS, 14600)) */
	assert_int_equal(initial_window(10, 1460), 14600);
	assert_int_equal(initial_window(10, 536), 5360);
	assert_int_equal(initial_window(10, 4000), 14600);
	assert_int_equal(initial_window(10, 8960), 2 * 8960);
	assert_int_equal(initial_window(10, 65495), 2 * 65495);
	/* the configured number of segments may be less */
	assert_int_equal(initial_window(4, 1460), 4 * 1460);
	assert_int_equal(initial_window(3, 8960), 2 * 8960);
	/* RFC 5681 3.1: one segment after a SYN was lost */
	assert_int_equal(initial_window(1, 1460), 1460);
	assert_int_equal(initial_window(1, 8960), 8960);
}

static void
newreno_slow_start_doubles_every_round(void **state __rte_unused)
{
	struct path p;
	unsigned int i;
	uint32_t cwnd;

	path_init(&p, RS_CC_NEWRENO, 1000, 100000);
	for (i = 0, cwnd = p.cc.cwnd; i < 7; i++, cwnd = p.cc.cwnd) {
		/* as many ACKs as the window held at the start of the round */
		uint32_t acks = cwnd / p.acked_each;

		while (acks-- > 0)
			path_ack(&p);
		assert_int_equal(p.cc.cwnd, 2 * cwnd);
	}
}

static void
newreno_slow_start_is_bounded_by_ack(void **state __rte_unused)
{
	struct rs_cc_ack ack = { .now = 1, .acked = 5000, .srtt = 1000 };
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_NEWRENO, 10, 1000);
	/* RFC 3465 2.3: at most L = 2*SMSS for one ACK, and never more than it acknowledges */
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 12000);
	ack.acked = 300;
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 12300);
	/* and SMSS in the slow start that follows a time-out */
	rs_cc_timeout(&cc, 40000);
	assert_int_equal(cc.cwnd, 1000);
	assert_int_equal(cc.ssthresh, 20000);
	ack.acked = 5000;
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 2000);
}

/* RFC 3465 2.1: a segment more when the bytes acknowledged are as many as cwnd, and not before. */
static void
newreno_avoidance_counts_to_the_window(void **state __rte_unused)
{
	struct rs_cc_ack ack = { .now = 1, .acked = 9999, .srtt = 1000 };
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_NEWRENO, 10, 1000);
	cc.cwnd = cc.ssthresh = 10000;
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 10000);
	ack.acked = 1;
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 11000);
}

static void
newreno_avoidance_adds_a_segment_a_round(void **state __rte_unused)
{
	struct path p;
	unsigned int i;

	path_init(&p, RS_CC_NEWRENO, 1460, 10000);
	p.cc.cwnd = p.cc.ssthresh = 100 * 1460;
	for (i = 1; i <= 50; i++) {
		uint32_t window = p.cc.cwnd;
		uint32_t acked = 0;

		while (acked < window) /* RFC 5681 3.1: SMSS a window of data */
			acked += path_ack(&p);
		assert_in_range(p.cc.cwnd, (100 + i - 1) * 1460, (100 + i) * 1460);
	}
	assert_in_range(p.cc.cwnd, 149 * 1460, 150 * 1460);
}

/* RFC 3465 2.1: bytes beyond a window count towards the next segment, a window of them at most. */
static void
newreno_avoidance_keeps_a_window_of_credit(void **state __rte_unused)
{
	struct rs_cc_ack ack = { .now = 1, .acked = 50000, .srtt = 1000 };
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_NEWRENO, 10, 1000);
	cc.ssthresh = cc.cwnd;
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 11000);
	ack.acked = 1;
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 12000);
	rs_cc_acked(&cc, &ack, true);
	assert_int_equal(cc.cwnd, 12000);
}

static void
newreno_window_that_is_not_used_does_not_grow(void **state __rte_unused)
{
	struct rs_cc_ack ack = { .now = 1, .acked = 1000, .srtt = 1000 };
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_NEWRENO, 10, 1000);
	rs_cc_acked(&cc, &ack, false);
	assert_int_equal(cc.cwnd, 10000);
}

static void
newreno_events_halve_the_flight(void **state __rte_unused)
{
	struct rs_cc cc;

	/* RFC 5681 3.1 (4): ssthresh = max (FlightSize / 2, 2*SMSS) */
	rs_cc_init(&cc, RS_CC_NEWRENO, 10, 1000);
	cc.cwnd = 64000;
	rs_cc_congestion(&cc, 50000);
	assert_int_equal(cc.ssthresh, 25000);
	assert_int_equal(cc.cwnd, 64000); /* loss recovery reduces cwnd */
	rs_cc_congestion(&cc, 3000);
	assert_int_equal(cc.ssthresh, 2000);
	rs_cc_timeout(&cc, 20000);
	assert_int_equal(cc.ssthresh, 10000);
	assert_int_equal(cc.cwnd, 1000);
	rs_cc_timeout(&cc, 0);
	assert_int_equal(cc.ssthresh, 2000);
}

static void
newreno_undo_restores(void **state __rte_unused)
{
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_NEWRENO, 10, 1000);
	cc.cwnd = 64000;
	cc.ssthresh = 40000;
	rs_cc_timeout(&cc, 64000);
	rs_cc_undo(&cc);
	assert_int_equal(cc.cwnd, 64000);
	assert_int_equal(cc.ssthresh, 40000);
	/* an event is undone once */
	cc.cwnd = 70000;
	cc.ssthresh = 50000;
	rs_cc_undo(&cc);
	assert_int_equal(cc.cwnd, 70000);
	assert_int_equal(cc.ssthresh, 50000);
}

static void
newreno_stops_at_the_largest_window(void **state __rte_unused)
{
	struct path p;
	unsigned int i;

	path_init(&p, RS_CC_NEWRENO, 65495, 10000);
	p.acked_each = UINT32_C(1) << 30;
	for (i = 0; i < 20000; i++)
		path_ack(&p);
	assert_int_equal(p.cc.cwnd, UINT32_C(1) << 30);
	p.cc.ssthresh = 100000;
	for (i = 0; i < 10; i++)
		path_ack(&p);
	assert_int_equal(p.cc.cwnd, UINT32_C(1) << 30);
	rs_cc_congestion(&p.cc, UINT32_C(1) << 30);
	assert_int_equal(p.cc.ssthresh, UINT32_C(1) << 29);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cc_initial_window),
		cmocka_unit_test(newreno_slow_start_doubles_every_round),
		cmocka_unit_test(newreno_slow_start_is_bounded_by_ack),
		cmocka_unit_test(newreno_avoidance_counts_to_the_window),
		cmocka_unit_test(newreno_avoidance_adds_a_segment_a_round),
		cmocka_unit_test(newreno_avoidance_keeps_a_window_of_credit),
		cmocka_unit_test(newreno_window_that_is_not_used_does_not_grow),
		cmocka_unit_test(newreno_events_halve_the_flight),
		cmocka_unit_test(newreno_undo_restores),
		cmocka_unit_test(newreno_stops_at_the_largest_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
