/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * HyStart++ (RFC 9406 4.2): when the least round-trip time of a round grows, a queue may be
 * growing. Conservative Slow Start (CSS) then checks for five rounds whether it is.
 */

#include <rte_common.h>

#include "base/seq.h"
#include "tcp/congestion/cc.h"

/* RFC 9406 4.3; times in microseconds */
#define MIN_RTT_THRESH 4000U
#define MAX_RTT_THRESH 16000U
#define MIN_RTT_DIVISOR 8U
#define N_RTT_SAMPLE 8U
#define CSS_GROWTH_DIVISOR 4U
#define CSS_ROUNDS 5U

#define NO_RTT UINT32_MAX

static void
start_round(struct rs_hystart *h, uint32_t end)
{
	h->last_min = h->started ? h->min : NO_RTT;
	h->min = NO_RTT;
	h->samples = 0;
	h->window_end = end;
	h->started = true;
}

/* RttThresh, which tells growth of the RTT from jitter: an eighth of it, within bounds. */
static uint32_t
rtt_threshold(uint32_t rtt)
{
	return RTE_MAX(MIN_RTT_THRESH, RTE_MIN(rtt / MIN_RTT_DIVISOR, MAX_RTT_THRESH));
}

/* Enter CSS if the RTT has grown, and leave it if the RTT has fallen. */
static void
update_css(struct rs_hystart *h)
{
	if (h->samples < N_RTT_SAMPLE || h->min == NO_RTT)
		return;
	if (h->css_base != 0) {
		if (h->min < h->css_base) { /* there is no queue: resume slow start */
			h->css_base = 0;
			h->css_rounds = 0;
		}
	} else if (h->last_min != NO_RTT &&
		   h->min >= h->last_min + rtt_threshold(h->last_min)) {
		h->css_base = h->min;
		h->css_rounds = 0;
	}
}

uint32_t
rs_hystart_ack(struct rs_hystart *h, const struct rs_cc_ack *ack)
{
	if (!h->started)
		start_round(h, ack->snd_nxt);
	if (ack->rtt != 0) {
		h->min = RTE_MIN(h->min, ack->rtt);
		if (h->samples < N_RTT_SAMPLE)
			h->samples++;
	}
	update_css(h);
	if (rs_seq_geq(ack->snd_una, h->window_end)) {
		/* The round in which CSS began counts as one of its rounds. */
		if (h->css_base != 0 && ++h->css_rounds >= CSS_ROUNDS)
			return 0;
		start_round(h, ack->snd_nxt);
	}
	return h->css_base != 0 ? CSS_GROWTH_DIVISOR : 1;
}
