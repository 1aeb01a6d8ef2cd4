/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Loss recovery as the state machine uses it: round-trip times, retransmission, persist timer.
 */

#ifndef RS_TCP_LOSS_LOSS_H
#define RS_TCP_LOSS_LOSS_H

#include "tcp/core/core.h"
#include "tcp/loss/sender.h"
#include "tcp/options/options.h"

/* rtt.c: RFC 6298 */

/** Take a sample of the round-trip time, microseconds (2.2, 2.3). */
void rs_rtt_sample(struct rs_tcb *tcb, uint64_t rtt);

/** The RTO with its backoff, milliseconds (2.1 to 2.5, 5.5). */
uint32_t rs_rtt_rto(const struct rs_tcp_params *par, const struct rs_tcb *tcb);

/* rtx.c: retransmission, persist, R1 and R2 */

/** rs_tcp_life_idle() of a connection whose t_life has, or is to get, another meaning. */
void rs_tcp_life_set(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Nothing is in flight: set t_life for an idle connection (keep-alive or none). */
static inline void
rs_tcp_life_idle(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & (RS_F_T_RTX | RS_F_LIMIT | RS_F_KEEPALIVE | RS_F_TS)) != 0 ||
	    tcb->state == RS_TIME_WAIT || tcb->state == RS_FIN_WAIT_2)
		rs_tcp_life_set(tcp, tcb);
	else
		rs_tcp_timer_stop(tcb, RS_TIMER_LIFE);
}

/** A segment that must be acknowledged was sent: start the timers that are not running. */
void rs_rtx_sent(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** The same for the first segments of a flight, while t_rtx does not run: set it to `ms`. */
void rs_rtx_begin(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ms);

/** All that was sent is acknowledged: stop the timers of retransmission (RFC 6298 5.2). */
static inline void
rs_rtx_stop(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	rs_tcp_timer_stop(tcb, RS_TIMER_RTX);
	tcb->owes &= (uint8_t)~(RS_OWES_RTX | RS_OWES_PROBE);
	rs_tcp_life_idle(tcp, tcb);
}

/**
 * SND.UNA moved by n: bytes of the send queue, and perhaps our SYN or FIN. The caller releases the
 * busy block afterwards.
 */
void rs_rtx_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t n);

/** rs_rtx_ack() while t_rtx runs. */
void rs_rtx_ack_running(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt);

/** Process an ACK with SND.UNA =< SEG.ACK =< SND.NXT, before SND.WND is updated from it. */
static inline void
rs_rtx_ack(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt)
{
	if ((tcb->flags & RS_F_T_RTX) != 0)
		rs_rtx_ack_running(tcp, tcb, seg, opt);
}

/** A closed window opened: retransmit the window probe at once, with the data behind it. */
void rs_rtx_window_opened(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** The path MTU became smaller: retransmit all that is in flight in smaller segments. */
void rs_rtx_resegment(struct rs_tcp *tcp, struct rs_tcb *tcb);

/**
 * Set t_rtx to the earliest of the RTO, the tail loss probe and the reordering timer.
 *
 * @param reo  microseconds until the reordering timer is due; 0: it is not needed
 */
void rs_rtx_rearm(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd, uint32_t reo);

/** t_rtx expired. */
void rs_rtx_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Start the persist timer: data waits for the window, and nothing is in flight. */
void rs_rtx_persist(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Bytes queued and not yet sent, without the FIN. */
uint64_t rs_rtx_unsent(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

#endif /* RS_TCP_LOSS_LOSS_H */
