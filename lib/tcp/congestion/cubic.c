/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * CUBIC (RFC 9438) in integers: windows are in bytes, times in microseconds, and times to be
 * cubed in seconds with 20 binary places. C is 0.4 segments/s^3 (5.1), beta is 0.7 (4.6).
 */

#include <rte_common.h>

#include "tcp/congestion/cc.h"

/* C and alpha_cubic = 3 * (1 - beta) / (1 + beta) as fractions (4.3). */
#define C_NUM 2U
#define C_DEN 5U
#define ALPHA_NUM 9U
#define ALPHA_DEN 17U

/* Microseconds. Further from K, the target is beyond its bounds for any window. */
#define DT_MAX UINT32_C(400000000)

/* L of RFC 9406 4.3 for a sender that does not pace, segments. */
#define HYSTART_LIMIT 8U

/* Microseconds as seconds with 20 binary places: 2^20/10^6 is 1099512/2^20 within 10^-6. */
static uint64_t
binary_seconds(uint32_t us)
{
	return us * UINT64_C(1099512) >> 20;
}

/* C * dt^3 in bytes. */
static uint64_t
cubic_bytes(uint32_t dt, uint32_t mss)
{
	uint64_t s = binary_seconds(RTE_MIN(dt, DT_MAX));
	uint64_t cube = (uint64_t)((unsigned __int128)s * s * s >> 40);

	return (cube * C_NUM / C_DEN) * mss >> 20;
}

/* W_cubic(t) in bytes (figure 1). */
static uint64_t
w_cubic(const struct rs_cubic_epoch *epoch, uint64_t t, uint32_t mss)
{
	uint64_t below;

	if (t >= epoch->k)
		return epoch->w_max + cubic_bytes((uint32_t)RTE_MIN(t - epoch->k,
			(uint64_t)DT_MAX), mss);
	below = cubic_bytes((uint32_t)(epoch->k - t), mss);
	return below < epoch->w_max ? epoch->w_max - below : 0;
}

/* K, microseconds, for which C * K^3 is `bytes` (figure 2). Called once an epoch. */
static uint32_t
time_to_grow(uint32_t bytes, uint32_t mss)
{
	unsigned __int128 cube = ((unsigned __int128)bytes * C_DEN << 60) / (C_NUM * mss);
	uint64_t s = 0;
	unsigned int bit;

	for (bit = 30; bit-- > 0; ) {
		uint64_t try = s | UINT64_C(1) << bit;

		if ((unsigned __int128)try * try * try <= cube)
			s = try;
	}
	return (uint32_t)RTE_MIN(s * 1000000 >> 20, (uint64_t)DT_MAX);
}

static void
cubic_init(struct rs_cc *cc)
{
	cc->cubic = (struct rs_cubic){ 0 };
}

/* Begin a stage of congestion avoidance. */
static void
start_epoch(struct rs_cc *cc, uint64_t now)
{
	struct rs_cubic_epoch *epoch = &cc->cubic.epoch;

	epoch->start = now;
	epoch->w_est = cc->cwnd;
	if (epoch->cwnd_prior == 0) /* slow start ended without a loss (4.10) */
		epoch->cwnd_prior = cc->cwnd;
	if (epoch->w_max > cc->cwnd) {
		epoch->k = time_to_grow(epoch->w_max - cc->cwnd, cc->mss);
	} else {
		epoch->w_max = cc->cwnd; /* also 4.8 and 4.10: K = 0, W_max = cwnd */
		epoch->k = 0;
	}
	cc->cubic.credit = 0;
	cc->cubic.w_est_credit = 0;
}

/* Grow W_est, an estimate of Reno's window (figure 4): a segment for each cwnd / alpha bytes. */
static void
grow_w_est(struct rs_cc *cc, uint32_t acked)
{
	struct rs_cubic *cubic = &cc->cubic;
	/* alpha is 1 once W_est has reached cwnd as before the reduction (4.3) */
	uint32_t alpha = cubic->epoch.w_est >= cubic->epoch.cwnd_prior ? ALPHA_DEN : ALPHA_NUM;
	uint64_t window = (uint64_t)cc->cwnd * ALPHA_DEN;

	cubic->w_est_credit += (uint64_t)acked * alpha;
	if (cubic->w_est_credit < window)
		return;
	cubic->w_est_credit = RTE_MIN(cubic->w_est_credit - window, window);
	cubic->epoch.w_est = RTE_MIN(cubic->epoch.w_est + cc->mss, RS_CC_CWND_MAX);
}

/* Grow cwnd by (target - cwnd) / cwnd of the acknowledged bytes (4.4, 4.5). */
static void
grow_to_target(struct rs_cc *cc, uint64_t target, uint32_t acked)
{
	uint64_t credit;
	uint32_t grow;

	target = RTE_MIN(target, (uint64_t)cc->cwnd + cc->cwnd / 2); /* 4.2 */
	if (target <= cc->cwnd)
		return;
	credit = cc->cubic.credit + (target - cc->cwnd) * acked;
	grow = (uint32_t)RTE_MIN(credit / cc->cwnd, target - cc->cwnd);
	cc->cubic.credit = (uint32_t)RTE_MIN(credit - (uint64_t)grow * cc->cwnd,
		(uint64_t)cc->cwnd);
	cc->cwnd += grow;
}

static void
avoid_congestion(struct rs_cc *cc, const struct rs_cc_ack *ack)
{
	struct rs_cubic *cubic = &cc->cubic;
	uint64_t t;

	if (cubic->epoch.start == 0)
		start_epoch(cc, ack->now);
	t = ack->now - cubic->epoch.start;
	grow_w_est(cc, ack->acked);
	if (w_cubic(&cubic->epoch, t, cc->mss) < cubic->epoch.w_est)
		/* Reno-friendly (4.3). cwnd may be ahead, having grown towards W_cubic(t + RTT). */
		cc->cwnd = RTE_MAX(cc->cwnd, cubic->epoch.w_est);
	else
		grow_to_target(cc, w_cubic(&cubic->epoch, t + ack->srtt, cc->mss), ack->acked);
}

/* HyStart++ is for the first slow start only (RFC 9406 4.3). */
static void
grow_in_slow_start(struct rs_cc *cc, const struct rs_cc_ack *ack)
{
	uint32_t divisor;

	if (cc->ssthresh != RS_CC_NO_LIMIT) {
		rs_cc_slow_start(cc, ack->acked, 0);
		return;
	}
	divisor = rs_hystart_ack(&cc->cubic.hystart, ack);
	if (divisor == 0)
		cc->ssthresh = cc->cwnd;
	else if (divisor == 1)
		rs_cc_slow_start(cc, ack->acked, HYSTART_LIMIT);
	else
		cc->cwnd += RTE_MIN(ack->acked, HYSTART_LIMIT * cc->mss) / divisor;
}

static void
cubic_acked(struct rs_cc *cc, const struct rs_cc_ack *ack)
{
	if (rs_cc_in_slow_start(cc))
		grow_in_slow_start(cc, ack);
	else
		avoid_congestion(cc, ack);
	cc->cubic.last_ack = ack->now;
}

/* Move the epoch on: t excludes the time in which cwnd was not used up (4.2, 5.8). */
static void
cubic_unused(struct rs_cc *cc, const struct rs_cc_ack *ack)
{
	struct rs_cubic *cubic = &cc->cubic;

	if (cubic->epoch.start != 0 && cubic->last_ack >= cubic->epoch.start)
		cubic->epoch.start += ack->now - cubic->last_ack;
	cubic->last_ack = ack->now;
}

/*
 * The new ssthresh: beta of flight_size (figure 5). Where cwnd has no room for another segment,
 * beta of cwnd, because 4.6 lets cwnd stand for flight_size if it grows only when used.
 */
static uint32_t
reduced_ssthresh(const struct rs_cc *cc, uint32_t flight)
{
	if (flight < cc->cwnd && flight + cc->mss > cc->cwnd)
		flight = cc->cwnd;
	return (uint32_t)(flight * UINT64_C(7) / 10);
}

static uint32_t
cubic_congestion(struct rs_cc *cc, uint32_t flight)
{
	struct rs_cubic *cubic = &cc->cubic;
	uint32_t w_max = cc->cwnd;

	cubic->prior = cubic->epoch;
	if (cc->cwnd < cubic->epoch.w_max) /* fast convergence (4.7): (1 + beta) / 2 */
		w_max = (uint32_t)(cc->cwnd * UINT64_C(17) / 20);
	cubic->epoch = (struct rs_cubic_epoch){ .w_max = w_max, .cwnd_prior = cc->cwnd };
	return reduced_ssthresh(cc, flight);
}

/* The epoch after the next slow start begins with K = 0 and W_max = cwnd (4.8). */
static uint32_t
cubic_timeout(struct rs_cc *cc, uint32_t flight)
{
	cc->cubic.prior = cc->cubic.epoch;
	cc->cubic.epoch = (struct rs_cubic_epoch){ .cwnd_prior = cc->cwnd };
	return reduced_ssthresh(cc, flight);
}

static void
cubic_undo(struct rs_cc *cc)
{
	cc->cubic.epoch = cc->cubic.prior;
}

/* Pace faster than the window grows: twice cwnd in slow start, 1.2 times cwnd later. */
static uint64_t
cubic_per_rtt(const struct rs_cc *cc)
{
	return rs_cc_in_slow_start(cc) ? (uint64_t)cc->cwnd * 2 : (uint64_t)cc->cwnd * 6 / 5;
}

const struct rs_cc_ops rs_cc_cubic = {
	.name = "cubic",
	.init = cubic_init,
	.acked = cubic_acked,
	.unused = cubic_unused,
	.congestion = cubic_congestion,
	.timeout = cubic_timeout,
	.undo = cubic_undo,
	.per_rtt = cubic_per_rtt,
};
