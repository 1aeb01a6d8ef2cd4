/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * CUBIC compared with RFC 9438's formulas in double precision, ACK by ACK over whole epochs. The
 * integers may differ from them by a thousandth of the window and two segments.
 */

#include "cc_fixture.h"

#define C 0.4
#define BETA 0.7
#define ALPHA (3 * (1 - BETA) / (1 + BETA))

/* The RFC's variables, in segments and seconds. */
struct model {
	double cwnd, w_max, w_est, cwnd_prior, k;
	uint64_t epoch_start;
};

/* Begin a stage of congestion avoidance (4.2, figure 2). */
static void
model_start(struct model *m, uint64_t now)
{
	m->epoch_start = now;
	m->w_est = m->cwnd;
	if (m->w_max < m->cwnd)
		m->w_max = m->cwnd;
	m->k = cbrt((m->w_max - m->cwnd) / C);
}

static double
model_w_cubic(const struct model *m, double t)
{
	double s = t - m->k;

	return C * s * s * s + m->w_max;
}

/* Apply 4.2 to 4.5 to an ACK of `segments`. */
static void
model_ack(struct model *m, double segments, uint64_t now, double rtt)
{
	double t = (double)(now - m->epoch_start) / 1e6;
	double target = model_w_cubic(m, t + rtt);

	m->w_est += (m->w_est >= m->cwnd_prior ? 1 : ALPHA) * segments / m->cwnd;
	if (model_w_cubic(m, t) < m->w_est) {
		m->cwnd = fmax(m->cwnd, m->w_est);
		return;
	}
	target = fmin(fmax(target, m->cwnd), 1.5 * m->cwnd);
	m->cwnd += segments * (target - m->cwnd) / m->cwnd;
}

static double
segments(const struct rs_cc *cc)
{
	return (double)cc->cwnd / cc->mss;
}

/* Compare an epoch, from a loss at w_max segments until twice K has passed. */
static void
compare_epoch(uint32_t rtt_us, double w_max, uint16_t mss, uint32_t acked_segments)
{
	struct model m = { .cwnd = w_max, .w_max = w_max, .cwnd_prior = w_max };
	struct path p;
	double worst = 0;

	path_init(&p, RS_CC_CUBIC, mss, rtt_us);
	p.acked_each = acked_segments * mss;
	p.cc.cwnd = (uint32_t)(w_max * mss);
	p.cc.ssthresh = p.cc.cwnd;
	rs_cc_congestion(&p.cc, p.cc.cwnd);
	p.cc.cwnd = p.cc.ssthresh;
	m.cwnd = segments(&p.cc);
	assert_near(m.cwnd, BETA * w_max, 1);
	do {
		uint32_t acked = path_ack(&p);
		double off;

		if (m.epoch_start == 0)
			model_start(&m, p.now);
		model_ack(&m, (double)acked / mss, p.now, rtt_us / 1e6);
		off = fabs(segments(&p.cc) - m.cwnd);
		worst = fmax(worst, off - 0.001 * m.cwnd);
	} while (p.now < m.epoch_start + (uint64_t)(2e6 * m.k));
	assert_true(worst < 2);
	/* Figure 1 itself: where W_est is not ahead, cwnd follows the curve by less than an RTT. */
	if (m.w_est < 0.9 * m.cwnd) {
		double t = (double)(p.now - m.epoch_start) / 1e6;

		assert_true(segments(&p.cc) <= model_w_cubic(&m, t + rtt_us / 1e6) * 1.001 + 2);
		assert_true(segments(&p.cc) >= model_w_cubic(&m, t - rtt_us / 1e6) * 0.999 - 2);
	}
}

static void
cubic_follows_the_formulas(void **state __rte_unused)
{
	/* 100 Mbit/s and 10 Gbit/s of 1460-byte segments at 10 and 100 ms */
	compare_epoch(10000, 83, 1460, 1);
	compare_epoch(100000, 833, 1460, 1);
	compare_epoch(10000, 8333, 1460, 2);
	compare_epoch(100000, 83333, 1460, 64);
	/* windows at which Reno is ahead throughout, and at which it never is */
	compare_epoch(1000, 10, 1460, 2);
	compare_epoch(300000, 5000, 536, 1);
	compare_epoch(10000, 15000, 8960, 16);
}

static void
cubic_plateau_is_at_w_max(void **state __rte_unused)
{
	struct path p;
	uint64_t end;

	/* 10 Gbit/s at 100 ms: K = cbrt(83333 * 0.3 / 0.4) = 39.69 s, W_cubic(K) = W_max */
	path_init(&p, RS_CC_CUBIC, 1500, 100000);
	p.acked_each = 64 * 1500;
	p.cc.cwnd = p.cc.ssthresh = 83333 * 1500;
	rs_cc_congestion(&p.cc, p.cc.cwnd);
	p.cc.cwnd = p.cc.ssthresh;
	end = p.now + 39686000;
	while (p.now < end)
		path_ack(&p);
	assert_near(segments(&p.cc), 83333, 5);
	/* concave before, convex behind: cwnd hardly grows in the second around W_max */
	end = p.now + 1000000;
	while (p.now < end)
		path_ack(&p);
	assert_near(segments(&p.cc), 83333 + C, 5);
	end = p.now + 9000000;
	while (p.now < end)
		path_ack(&p);
	assert_near(segments(&p.cc), 83333 + C * 1000, 15);
}

static void
cubic_target_is_bounded(void **state __rte_unused)
{
	struct path p;
	uint32_t cwnd;

	/* 4.2: the target is at most 1.5*cwnd: half a window more in a round trip, however far
	 * the curve has gone ahead. */
	path_init(&p, RS_CC_CUBIC, 1000, 100000);
	p.cc.cwnd = p.cc.ssthresh = 100000;
	path_ack(&p);
	p.now += UINT64_C(3600) * 1000000;
	cwnd = p.cc.cwnd;
	p.acked_each = cwnd;
	path_ack(&p);
	assert_in_range(p.cc.cwnd, cwnd + cwnd / 2 - 1, cwnd + cwnd / 2);
}

static void
cubic_events_reduce_by_beta(void **state __rte_unused)
{
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_CUBIC, 10, 1000);
	cc.cwnd = 100000;
	rs_cc_congestion(&cc, 90000);
	assert_int_equal(cc.ssthresh, 63000);    /* 4.6 */
	assert_int_equal(cc.cubic.epoch.w_max, 100000);
	assert_int_equal(cc.cubic.epoch.cwnd_prior, 100000);
	rs_cc_congestion(&cc, 1000);
	assert_int_equal(cc.ssthresh, 2000);     /* 4.6: not below 2 segments */
	/* 4.6: cwnd stands for flight_size where cwnd had no room for another segment */
	cc.cwnd = 5900;
	rs_cc_congestion(&cc, 5000);
	assert_int_equal(cc.ssthresh, 4130);
	rs_cc_congestion(&cc, 4900);
	assert_int_equal(cc.ssthresh, 3430);
}

static void
cubic_fast_convergence(void **state __rte_unused)
{
	struct rs_cc cc;

	/* 4.7: cwnd is reduced before it reached W_max, so W_max is cwnd * (1 + beta) / 2 */
	rs_cc_init(&cc, RS_CC_CUBIC, 10, 1000);
	cc.cwnd = 100000;
	rs_cc_congestion(&cc, 100000);
	cc.cwnd = 80000;
	rs_cc_congestion(&cc, 80000);
	assert_int_equal(cc.cubic.epoch.w_max, 68000);
	cc.cwnd = 90000;
	rs_cc_congestion(&cc, 90000);
	assert_int_equal(cc.cubic.epoch.w_max, 90000);
}

static void
cubic_timeout_starts_again(void **state __rte_unused)
{
	struct path p;
	uint32_t cwnd;
	double t;

	path_init(&p, RS_CC_CUBIC, 1000, 100000);
	p.cc.cwnd = p.cc.ssthresh = 200000;
	rs_cc_timeout(&p.cc, 200000);
	assert_int_equal(p.cc.cwnd, 1000);
	assert_int_equal(p.cc.ssthresh, 140000); /* 4.8: beta */
	while (rs_cc_in_slow_start(&p.cc))
		path_ack(&p);
	/* 4.8: K = 0, W_max is the window at which congestion avoidance begins */
	cwnd = p.cc.cwnd;
	path_ack(&p);
	assert_int_equal(p.cc.cubic.epoch.k, 0);
	assert_int_equal(p.cc.cubic.epoch.w_max, cwnd);
	assert_int_equal(p.cc.cubic.epoch.w_est, cwnd);
	t = 8.0;
	while (p.now < p.cc.cubic.epoch.start + 8000000)
		path_ack(&p);
	/* the curve rises from there, and is a round trip ahead at most */
	assert_true(segments(&p.cc) >= cwnd / 1000.0 + C * pow(t - 0.1, 3) - 2);
	assert_true(segments(&p.cc) <= cwnd / 1000.0 + C * pow(t + 0.1, 3) + 2);
}

/* 4.9: cwnd, ssthresh, W_max, K, t_epoch and W_est are as before a reduction that is undone. */
static void
check_undo(void (*reduce)(struct rs_cc *cc, uint32_t flight))
{
	struct path p;
	struct rs_cc before;
	unsigned int i;

	path_init(&p, RS_CC_CUBIC, 1000, 10000);
	p.cc.cwnd = 500000;
	rs_cc_congestion(&p.cc, 500000);
	p.cc.cwnd = p.cc.ssthresh;
	for (i = 0; i < 1000; i++)
		path_ack(&p);
	before = p.cc;
	reduce(&p.cc, p.cc.cwnd);
	p.cc.cwnd = RTE_MIN(p.cc.cwnd, p.cc.ssthresh);
	for (i = 0; i < 3; i++)
		path_ack(&p);
	rs_cc_undo(&p.cc);
	assert_int_equal(p.cc.cwnd, before.cwnd);
	assert_int_equal(p.cc.ssthresh, before.ssthresh);
	assert_memory_equal(&p.cc.cubic.epoch, &before.cubic.epoch, sizeof(before.cubic.epoch));
}

static void
cubic_undo_restores(void **state __rte_unused)
{
	check_undo(rs_cc_timeout);
	check_undo(rs_cc_congestion);
}

static void
cubic_time_without_use_does_not_count(void **state __rte_unused)
{
	struct path p, idle;
	struct rs_cc_ack ack;
	unsigned int i;

	path_init(&p, RS_CC_CUBIC, 1000, 10000);
	p.cc.cwnd = p.cc.ssthresh = 300000;
	for (i = 0; i < 200; i++)
		path_ack(&p);
	/* 4.2: t excludes the hour in which the application sent little */
	idle = p;
	for (i = 0; i < 3600; i++) {
		idle.now += 1000000;
		ack = (struct rs_cc_ack){ .now = idle.now, .acked = 1, .srtt = 10000 };
		rs_cc_acked(&idle.cc, &ack, false);
	}
	assert_int_equal(idle.cc.cwnd, p.cc.cwnd);
	for (i = 0; i < 2000; i++) {
		path_ack(&p);
		path_ack(&idle);
	}
	assert_int_equal(idle.cc.cwnd, p.cc.cwnd);
}

static void
cubic_limits_do_not_overflow(void **state __rte_unused)
{
	static const uint16_t mss[] = { 48, 536, 1460, 65495 };
	unsigned int i, n;

	for (i = 0; i < RTE_DIM(mss); i++) {
		struct path p;
		uint32_t last;

		path_init(&p, RS_CC_CUBIC, mss[i], 100000);
		p.cc.cwnd = p.cc.ssthresh = UINT32_C(1) << 30;
		rs_cc_congestion(&p.cc, p.cc.cwnd);
		p.cc.cwnd = p.cc.ssthresh;
		p.acked_each = UINT32_C(1) << 27;
		for (n = 0, last = p.cc.cwnd; n < 40000; n++, last = p.cc.cwnd) {
			path_ack(&p);
			assert_in_range(p.cc.cwnd, last, UINT32_C(1) << 30);
		}
		/* K is 255 s at the most, and 500 s have passed */
		assert_int_equal(p.cc.cwnd, UINT32_C(1) << 30);
		p.now += UINT64_C(1) << 40; /* twelve days, and the ACK is for everything */
		p.acked_each = UINT32_C(1) << 30;
		path_ack(&p);
		assert_int_equal(p.cc.cwnd, UINT32_C(1) << 30);
	}
}

static void
cubic_asks_for_pacing(void **state __rte_unused)
{
	struct rs_cc cc;

	rs_cc_init(&cc, RS_CC_CUBIC, 10, 1000);
	assert_int_equal(cc.ops->per_rtt(&cc), 20000);
	cc.ssthresh = cc.cwnd;
	assert_int_equal(cc.ops->per_rtt(&cc), 12000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cubic_follows_the_formulas),
		cmocka_unit_test(cubic_plateau_is_at_w_max),
		cmocka_unit_test(cubic_target_is_bounded),
		cmocka_unit_test(cubic_events_reduce_by_beta),
		cmocka_unit_test(cubic_fast_convergence),
		cmocka_unit_test(cubic_timeout_starts_again),
		cmocka_unit_test(cubic_undo_restores),
		cmocka_unit_test(cubic_time_without_use_does_not_count),
		cmocka_unit_test(cubic_limits_do_not_overflow),
		cmocka_unit_test(cubic_asks_for_pacing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
