/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Loss recovery as the state machine uses it: round-trip times, retransmission, persist.
 */

#ifndef RS_TCP_LOSS_LOSS_H
#define RS_TCP_LOSS_LOSS_H

#include "tcp/core/core.h"
#include "tcp/loss/sender.h"
#include "tcp/options/options.h"

/* rtt.c: RFC 6298 */

/** A sample of the round-trip time, microseconds (2.2, 2.3). */
void rs_rtt_sample(struct rs_tcb *tcb, uint64_t rtt);

/** RTO with its backoff, milliseconds (2.1 to 2.5, 5.5). */
uint32_t rs_rtt_rto(const struct rs_tcp_params *par, const struct rs_tcb *tcb);

/* rtx.c: retransmission, persist, R1 and R2 */

/** Something that must be acknowledged goes out: start the timers that do not run. */
void rs_rtx_sent(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** SND.UNA has moved, over n bytes of the queue and perhaps our SYN or FIN. */
void rs_rtx_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t n);

/** An acceptable ACK, SND.UNA =< SEG.ACK =< SND.NXT; SND.WND is still that of before. */
void rs_rtx_ack(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt);

/** A closed window opened: what was a probe is sent again at once, with what follows. */
void rs_rtx_window_opened(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** What is in flight was too large for the path: it goes again, cut anew. */
void rs_rtx_again(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Set t_rtx to what comes first: the RTO, a probe of the tail, or `reo` microseconds. */
void rs_rtx_rearm(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd, uint32_t reo);

/** t_rtx fell due. */
void rs_rtx_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Data waits that may not be sent, and nothing is in flight: start the persist timer. */
void rs_rtx_persist(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Bytes queued and not yet sent, FIN not counted. */
uint64_t rs_rtx_unsent(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Nothing is in flight: t_life becomes that of an idle connection (keep-alive or none). */
void rs_tcp_life_idle(struct rs_tcp *tcp, struct rs_tcb *tcb);

#endif /* RS_TCP_LOSS_LOSS_H */
