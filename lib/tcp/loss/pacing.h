/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Pacing: what a window allows is spread over the round trip instead of sent in one burst,
 * at a rate at which the window still fills (RFC 9406 4.3).
 */

#ifndef RS_TCP_LOSS_PACING_H
#define RS_TCP_LOSS_PACING_H

#include <stdbool.h>
#include <stdint.h>

struct rs_sender;
struct rs_tcb;
struct rs_tcp;

/** A sender's pacing. */
struct rs_pacing {
	uint64_t counted;       /**< microseconds: until when credit was earned */
	uint32_t credit;        /**< bytes that may go now */
	uint32_t due;           /**< with RS_F_T_PACE: tick at which output is asked again */
};

/** Whether n bytes of new data may go now, which they then do; else a timer asks again. */
bool rs_pacing_allows(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd, uint32_t n);

/** A timer of a connection with RS_F_T_PACE fired: output is asked, if it is time. */
void rs_pacing_due(struct rs_tcp *tcp, struct rs_tcb *tcb);

#endif /* RS_TCP_LOSS_PACING_H */
