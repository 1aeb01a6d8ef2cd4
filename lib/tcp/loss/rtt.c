/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The round-trip time, in microseconds, and the retransmission time-out (RFC 6298).
 */

#include "tcp/loss/loss.h"

/* Largest sample: it is longer than any RTO, and 8 times it fit 32 bits. */
#define SAMPLE_MAX (UINT32_MAX / 8)

void
rs_rtt_sample(struct rs_tcb *tcb, uint64_t rtt)
{
	uint32_t r = rtt < SAMPLE_MAX ? (uint32_t)rtt : SAMPLE_MAX;

	if (r == 0)
		r = 1;
	if (tcb->srtt == 0) {
		/* RFC 6298 2.2 */
		tcb->srtt = r;
		tcb->rttvar = r / 2;
	} else {
		/* RFC 6298 2.3: beta = 1/4, alpha = 1/8 */
		uint32_t delta = tcb->srtt > r ? tcb->srtt - r : r - tcb->srtt;

		tcb->rttvar = (3 * tcb->rttvar + delta) / 4;
		tcb->srtt = (uint32_t)(((uint64_t)tcb->srtt * 7 + r) / 8);
	}
	tcb->backoff = 0;
}

uint32_t
rs_rtt_rto(const struct rs_tcp_params *par, const struct rs_tcb *tcb)
{
	uint64_t rto;

	if (tcb->srtt == 0) {
		rto = tcb->rttvar / 1000;
	} else {
		/* RFC 6298 2.3: RTO = SRTT + max(G, 4 * RTTVAR), G is the 1 ms tick */
		uint64_t var = (uint64_t)tcb->rttvar * 4;

		rto = (tcb->srtt + (var > 1000 ? var : 1000) + 999) / 1000;
		if (rto < par->rto_min_ms)
			rto = par->rto_min_ms;
	}
	rto <<= tcb->backoff < 16 ? tcb->backoff : 16;
	return rto < par->rto_max_ms ? (uint32_t)rto : par->rto_max_ms;
}
