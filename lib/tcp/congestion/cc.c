/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The part that all algorithms of congestion control share (RFC 5681 3.1): the initial window,
 * slow start, and the windows saved to undo a spurious event.
 */

#include <rte_common.h>

#include "tcp/congestion/cc.h"

/* L of RFC 3465 2.3, segments; 1 where an ACK may cover data that arrived long before. */
#define SLOW_START_LIMIT 2U
#define SLOW_START_LIMIT_AFTER_TIMEOUT 1U

void
rs_cc_init(struct rs_cc *cc, enum rs_congestion algorithm, uint8_t segments, uint16_t mss)
{
	cc->ops = algorithm == RS_CC_NEWRENO ? &rs_cc_newreno : &rs_cc_cubic;
	cc->cwnd = rs_cc_initial_window(segments, mss);
	cc->ssthresh = RS_CC_NO_LIMIT;
	cc->mss = mss;
	cc->prior_cwnd = 0;
	cc->prior_ssthresh = 0;
	cc->after_timeout = false;
	cc->ops->init(cc);
}

void
rs_cc_acked(struct rs_cc *cc, const struct rs_cc_ack *ack, bool limited)
{
	if (limited) {
		cc->ops->acked(cc, ack);
		cc->cwnd = RTE_MIN(cc->cwnd, RS_CC_CWND_MAX);
	} else if (cc->ops->unused != NULL) {
		cc->ops->unused(cc, ack);
	}
}

static void
save_windows(struct rs_cc *cc)
{
	cc->prior_cwnd = cc->cwnd;
	cc->prior_ssthresh = cc->ssthresh;
}

void
rs_cc_congestion(struct rs_cc *cc, uint32_t flight)
{
	save_windows(cc);
	cc->ssthresh = RTE_MAX(cc->ops->congestion(cc, flight), 2 * cc->mss);
}

void
rs_cc_timeout(struct rs_cc *cc, uint32_t flight)
{
	save_windows(cc);
	cc->ssthresh = RTE_MAX(cc->ops->timeout(cc, flight), 2 * cc->mss);
	cc->cwnd = cc->mss;
	cc->after_timeout = true;
}

void
rs_cc_undo(struct rs_cc *cc)
{
	if (cc->prior_cwnd == 0)
		return;
	/* cwnd may have grown beyond meanwhile, and undo must not reduce it (RFC 9438 4.9). */
	cc->cwnd = RTE_MAX(cc->cwnd, cc->prior_cwnd);
	cc->ssthresh = cc->prior_ssthresh;
	cc->prior_cwnd = 0;
	cc->after_timeout = false;
	if (cc->ops->undo != NULL)
		cc->ops->undo(cc);
}

void
rs_cc_slow_start(struct rs_cc *cc, uint32_t acked, uint32_t limit)
{
	if (limit == 0)
		limit = cc->after_timeout ? SLOW_START_LIMIT_AFTER_TIMEOUT : SLOW_START_LIMIT;
	cc->cwnd += RTE_MIN(acked, limit * cc->mss);
	if (cc->cwnd >= cc->ssthresh)
		cc->after_timeout = false;
}
