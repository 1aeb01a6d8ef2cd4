/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The window of NewReno (RFC 5681 3.1), counted in bytes (RFC 3465). The recovery from several
 * losses in a window, which is new in NewReno (RFC 6582), is in loss/recovery.c.
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
	/* One segment for each acknowledged window (RFC 3465 2.1). */
	cc->newreno.credit += ack->acked;
	if (cc->newreno.credit >= cc->cwnd) {
		cc->newreno.credit -= cc->cwnd;
		cc->cwnd += cc->mss;
		if (cc->newreno.credit > cc->cwnd) /* an ACK of more than a window */
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
