/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The Timestamps option: our clock, TS.Recent, and the protection against wrapped sequence
 * numbers (RFC 7323 3 to 5).
 */

#include <string.h>

#include <rte_tcp.h>

#include "base/seq.h"
#include "base/siphash.h"
#include "tcp/options/options.h"

uint16_t
rs_ts_origin(const struct rs_tcp *tcp, const struct rs_tuple *tuple)
{
	/* The origin depends on the tuple, so that its next connection continues after this one
	 * (RFC 7323 5.4, RFC 6191 4). */
	return (uint16_t)rs_tuple_siphash13(tcp->ts_key, tuple);
}

void
rs_ts_start(const struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	tcb->ts_offset = rs_ts_origin(tcp, &tcb->tuple);
}

void
rs_ts_start_after(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t tsval)
{
	uint32_t now;

	rs_ts_start(tcp, tcb);
	now = rs_ts_now(tcp, tcb);
	if (rs_seq_gt(tsval, now))
		tcb->ts_offset = (uint16_t)(tcb->ts_offset + ((tsval - now) >> 16) + 1);
}

bool
rs_ts_acceptable(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt)
{
	if (likely(opt->has_ts)) {
		if (likely(!rs_seq_lt(opt->tsval, tcb->ts_recent)) ||
		    (tcb->flags & RS_F_TS_STALE) != 0)
			return true;
		tcp->stats->tcp.paws_rejected++;
		rs_tcp_ack_unacceptable(tcp, tcb, seg);
		return false;
	}
	/* A peer that restarted does not know of our timestamps, so its SYN goes on, to be
	 * challenged (RFC 5961 4). */
	if ((seg->flags & RTE_TCP_SYN_FLAG) != 0)
		return true;
	tcp->stats->tcp.rx_no_timestamp++; /* 3.2: dropped in silence */
	return false;
}

void
rs_ts_take(struct rs_tcb *tcb, const struct rs_segment *seg, const struct rs_options *opt)
{
	/* 4.3 (2); a stale TS.Recent is replaced whatever its value (5.5) */
	if (rs_seq_leq(seg->seq, tcb->last_ack) && (!rs_seq_lt(opt->tsval, tcb->ts_recent) ||
			(tcb->flags & RS_F_TS_STALE) != 0)) {
		tcb->ts_recent = opt->tsval;
		tcb->flags &= (uint32_t)~RS_F_TS_STALE;
	}
}
