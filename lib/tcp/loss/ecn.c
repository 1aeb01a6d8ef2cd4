/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Explicit congestion notification in TCP (RFC 3168 6.1), for both ends of a connection.
 */

#include "tcp/loss/ecn.h"
#include "tcp/loss/loss.h"

#define ECE RTE_TCP_ECE_FLAG
#define CWR RTE_TCP_CWR_FLAG

/*
 * Whether our SYN requested ECN and was sent once. A retransmitted SYN does not request ECN,
 * because some middleboxes drop SYNs that do (6.1.1.1), and a host that sent a SYN without the
 * request must not send ECT (6.1.1).
 */
static bool
syn_requests_ecn(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_ACTIVE) != 0 && tcp->par.ecn == RS_ECN_ON && tcb->backoff == 0;
}

uint8_t
rs_ecn_syn_flags(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	if (tcb->state == RS_SYN_SENT)
		return syn_requests_ecn(tcp, tcb) ? ECE | CWR : 0;
	return (tcb->flags & RS_F_ECN) != 0 ? ECE : 0;
}

void
rs_ecn_syn_agree(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t flags)
{
	bool may = (tcb->flags & RS_F_ACTIVE) != 0 ? syn_requests_ecn(tcp, tcb) :
		tcp->par.ecn != RS_ECN_OFF;
	/* A SYN-ACK with both bits comes from a host that only reflects reserved bits (6.1.1). */
	uint8_t wanted = (flags & RTE_TCP_ACK_FLAG) != 0 ? ECE : ECE | CWR;

	if (may && (flags & (ECE | CWR)) == wanted)
		tcb->flags |= RS_F_ECN;
}

void
rs_ecn_syn_again(struct rs_tcb *tcb, const struct rs_segment *seg)
{
	if (tcb->state == RS_SYN_RECEIVED && (seg->flags & (ECE | CWR)) != (ECE | CWR))
		tcb->flags &= ~(uint32_t)RS_F_ECN;
}

void
rs_ecn_text(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg)
{
	if ((seg->flags & CWR) != 0)
		tcb->flags &= ~(uint32_t)RS_F_ECE;
	/* A marked segment is a new event even if its CWR answers the last one. */
	if ((seg->tos & RS_ECN_BITS) == RS_ECN_CE) {
		tcp->stats->tcp.rx_ce++;
		tcb->flags |= RS_F_ECE;
	}
}

void
rs_ecn_out(struct rs_tcb *tcb, struct rs_tcp_out *out, uint32_t len)
{
	if ((tcb->flags & RS_F_ECE) != 0)
		out->flags |= ECE;
	/* Pure ACKs, retransmissions and window probes carry no ECT (6.1.4 to 6.1.6). */
	if (len == 0 || out->seq != tcb->snd_nxt || tcb->snd_wnd == 0)
		return;
	out->tos |= RS_ECN_ECT_0;
	if ((tcb->flags & RS_F_CWR) != 0)
		out->flags |= CWR;
	tcb->flags &= ~(uint32_t)RS_F_CWR;
}
