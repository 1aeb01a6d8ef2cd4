/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Explicit congestion notification (RFC 3168 6.1): routers mark packets instead of dropping
 * them, the receiver echoes the mark, and the sender reacts to the echo as to a loss.
 */

#ifndef RS_TCP_LOSS_ECN_H
#define RS_TCP_LOSS_ECN_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_tcp.h>

#include "conn/tcb.h"
#include "link/link.h"
#include "packet/frame.h"

struct rs_tcp;

/** Codepoints in the two low bits of the octet that has the DiffServ field (RFC 3168 5). */
enum rs_ecn_codepoint {
	RS_ECN_NOT_ECT = 0,
	RS_ECN_ECT_0 = 2,
	RS_ECN_CE = 3,
	RS_ECN_BITS = 3,
};

/** ECN flags of our SYN, to request ECN, or of our SYN-ACK, to agree to it (6.1.1). */
uint8_t rs_ecn_syn_flags(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** rs_ecn_syn() for a SYN or SYN-ACK with ECE or CWR. ECN is off until now. */
void rs_ecn_syn_agree(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t flags);

/**
 * The peer's SYN or SYN-ACK arrived: turn ECN on if both ends agree. Must be called before the
 * state and backoff of our own SYN are changed.
 */
static inline void
rs_ecn_syn(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t flags)
{
	tcb->flags &= ~(uint32_t)(RS_F_ECN | RS_F_ECE | RS_F_CWR);
	if (unlikely((flags & (RTE_TCP_ECE_FLAG | RTE_TCP_CWR_FLAG)) != 0))
		rs_ecn_syn_agree(tcp, tcb, flags);
}

/** The peer repeated its SYN in SYN-RECEIVED: without a request, ECN is turned off (6.1.1). */
void rs_ecn_syn_again(struct rs_tcb *tcb, const struct rs_segment *seg);

/** Text in the window arrived (6.1.3): start to echo CE, or stop. */
void rs_ecn_text(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg);

/** Whether an ACK echoes a mark (6.1.2). */
static inline bool
rs_ecn_is_echo(const struct rs_tcb *tcb, const struct rs_segment *seg)
{
	return (tcb->flags & RS_F_ECN) != 0 && (seg->flags & RTE_TCP_ECE_FLAG) != 0;
}

/** The window was reduced, for whatever reason: set CWR on the next new data (6.1.2). */
static inline void
rs_ecn_reduced(struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_ECN) != 0)
		tcb->flags |= RS_F_CWR;
}

/** Set ECE of a segment with len bytes of text, and of new data also ECT and CWR. */
void rs_ecn_out(struct rs_tcb *tcb, struct rs_tcp_out *out, uint32_t len);

#endif /* RS_TCP_LOSS_ECN_H */
