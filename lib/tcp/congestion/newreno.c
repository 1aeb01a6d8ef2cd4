/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * NewReno's window (RFC 5681 3.1), counting bytes (RFC 3465); what makes it New, recovery
 * from several losses in a window (RFC 6582), is recovery.c's.
 */

#include "tcp/congestion/cc.h"

static void
newreno_init(struct rs_cc *cc)
{
	cc->newreno = (struct rs_newreno){ 0 };
}

static void
newreno_acked(struct rs_cc *cc, const struct rs_cc_ack *ack)
{
	if (rs_cc_in_slow_start(cc)) {
		rs_cc_slow_start(cc, ack->acked, 0);
		return;
	}
	/* A segment for each window that was acknowledged (RFC 3465 2.1). */
	cc->newreno.credit += ack->acked;
	if (cc->newreno.credit >= cc->cwnd) {
		cc->newreno.credit -= cc->cwnd;
		cc->cwnd += cc->mss;
		if (cc->newreno.credit > cc->cwnd) /* an ACK for more than a window */
			cc->newreno.credit = cc->cwnd;
	}
}

/* RFC 5681 3.1 (4) */
static uint32_t
newreno_halve(struct rs_cc *cc, uint32_t flight)
{
	cc->newreno.credit = 0;
	return flight / 2;
}

const struct rs_cc_ops rs_cc_newreno = {
	.name = "newreno",
	.init = newreno_init,
	.acked = newreno_acked,
	.congestion = newreno_halve,
	.timeout = newreno_halve,
};
