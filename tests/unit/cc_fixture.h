/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A congestion window alone: time goes on, and each round trip what the window held is
 * acknowledged, evenly spread, as a path that loses nothing would do.
 */

#ifndef CC_FIXTURE_H
#define CC_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <rte_common.h>

#include "tcp/congestion/cc.h"

/** A path and the window on it. */
struct path {
	struct rs_cc cc;
	uint64_t now;           /**< microseconds */
	uint32_t rtt;           /**< microseconds */
	uint32_t acked_each;    /**< bytes an ACK is for */
	uint32_t snd_una;
	uint32_t ticks;         /**< of time that is left from the spacing of ACKs, bytes */
};

/** A path with a window of IW, an ACK for each two segments. */
void path_init(struct path *path, enum rs_congestion algorithm, uint16_t mss, uint32_t rtt);

/** One ACK, a part of the round trip later. @return bytes it is for */
uint32_t path_ack(struct path *path);

/** ACKs for a round trip's time. */
void path_round(struct path *path);

/** a is b, or less than `off` from it. */
#define assert_near(a, b, off) assert_true(fabs((a) - (b)) <= (off))

#endif /* CC_FIXTURE_H */
