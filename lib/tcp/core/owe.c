/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Note the segments that a connection owes, so that output serves it once a run; and the two
 * kinds of ACK that answer a segment that is dropped.
 */

#include <rte_tcp.h>

#include "tcp/core/core.h"

void
rs_tcp_ready(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	tcb->flags |= RS_F_READY;
	rs_fifo_push(&tcp->ready, rs_tcb_index(tcp, tcb));
}

__rte_noinline bool
rs_tcp_challenge(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	/* RFC 5961 7, limited per connection and not per host (CVE-2016-5696) */
	uint16_t second = (uint16_t)(tcp->now / 1000000 << RS_CHALLENGE_BITS);

	if ((tcb->challenges & ~RS_CHALLENGES_MAX) != second)
		tcb->challenges = second;
	if ((tcb->challenges & RS_CHALLENGES_MAX) >= tcp->par.challenge_acks) {
		tcp->stats->tcp.challenge_limited++;
		return false;
	}
	tcb->challenges++;
	tcp->stats->tcp.challenge_acks++;
	rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
	return true;
}

void
rs_tcp_ack_unacceptable(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg)
{
	/* A segment without text may itself be such an ACK. Two hosts out of step would answer
	 * each other for ever, so ACKs of these segments count against the challenge limit. */
	if (seg->len == 0 || (seg->flags & RTE_TCP_SYN_FLAG) != 0)
		rs_tcp_challenge(tcp, tcb);
	else
		rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
}
