/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A congestion window alone, on a path that loses nothing: in each round trip the ACKs of a whole
 * window arrive, evenly spread.
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
	uint32_t acked_each;    /**< bytes that an ACK acknowledges */
	uint32_t snd_una;
	uint32_t ticks;         /**< remainder of the spacing of ACKs, in 1 / cwnd microseconds */
};

/** Set up a path with a window of IW and an ACK for each two segments. */
void path_init(struct path *path, enum rs_congestion algorithm, uint16_t mss, uint32_t rtt);

/** Let one ACK arrive, a part of the round trip later. @return bytes that it acknowledges */
uint32_t path_ack(struct path *path);

/** Let ACKs arrive for a round trip. */
void path_round(struct path *path);

/** a differs from b by at most `off`. */
#define assert_near(a, b, off) assert_true(fabs((a) - (b)) <= (off))

#endif /* CC_FIXTURE_H */
