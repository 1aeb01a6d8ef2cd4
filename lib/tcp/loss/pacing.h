/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Pacing: the sender spreads a window over the round trip instead of sending it in one burst,
 * at a rate that still fills the window (RFC 9406 4.3).
 */

#ifndef RS_TCP_LOSS_PACING_H
#define RS_TCP_LOSS_PACING_H

#include <stdbool.h>
#include <stdint.h>

struct rs_sender;
struct rs_tcb;
struct rs_tcp;

/** Pacing state of a sender. */
struct rs_pacing {
	uint64_t counted;       /**< time until which credit was earned, microseconds */
	uint32_t credit;        /**< bytes that may be sent now */
	uint32_t due;           /**< with RS_F_T_PACE: tick at which the connection owes data */
};

/**
 * Take credit for n bytes of new data. If there is too little, a timer makes the connection owe
 * data later.
 *
 * @return whether the n bytes may be sent now
 */
bool rs_pacing_allows(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd, uint32_t n);

/**
 * Take credit for a part of n more bytes, a multiple of `piece`, after rs_pacing_allows() allowed
 * the first piece. No timer is started.
 *
 * @return the bytes that may be sent now
 */
uint32_t rs_pacing_take(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t n, uint32_t piece);

/** Give credit back for n bytes that were allowed, but are not sent, because no mbuf was left. */
void rs_pacing_give(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t n);

/** A timer of a connection with RS_F_T_PACE fired: it owes data if the pacing timer is due. */
void rs_pacing_due(struct rs_tcp *tcp, struct rs_tcb *tcb);

#endif /* RS_TCP_LOSS_PACING_H */
