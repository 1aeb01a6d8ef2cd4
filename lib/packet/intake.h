/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Frames between a receive queue and the stack. A worker that cannot keep up must choose, because
 * a receive ring that overflows drops any frame: also the last one of a connection that has cost
 * a worker all its work. So the ring is emptied in time, and SYNs are dropped here first, at a
 * small part of the cost of serving them; what is under way is completed (design: goodput at ten
 * times the capacity is that at the capacity).
 */

#ifndef RS_PACKET_INTAKE_H
#define RS_PACKET_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "rstack.h"

/**
 * While more frames wait, SYNs are dropped, once the queue stands. Clients see these frames' time
 * as latency.
 */
#define RS_INTAKE_SYNS 512

/**
 * Bursts after which a queue stands: so many have been taken, as many as the intake holds, and
 * half of RS_INTAKE_SYNS has waited all the while. A shorter queue comes from a worker that lost
 * its core for a moment. No SYN is dropped then, because each costs its client a second.
 */
#define RS_INTAKE_STANDS (RS_INTAKE_MAX / RS_BURST)

/** Bursts that one call receives at most: a receive ring of the usual size. */
#define RS_INTAKE_BURSTS 16

/** Polls full of other frames after which SYNs in a queue of their own have a turn. */
#define RS_INTAKE_FULL 16

/** Full bursts of SYNs alone after which no other frame is expected behind them. */
#define RS_INTAKE_QUIET 64

/**
 * Receive a burst.
 *
 * @param rx    [out] room for RS_BURST frames, which become the caller's
 * @param more  [out] whether the queue had a full burst, so that it may have more
 * @return frames in rx
 */
typedef uint16_t rs_receive(void *arg, struct rte_mbuf **rx, bool *more);

/** The frames of one receive queue that wait for the stack; one worker owns it. */
struct rs_intake {
	struct rte_mbuf *frames[RS_INTAKE_MAX];
	uint32_t head;          /**< counts frames taken */
	uint32_t tail;          /**< counts frames added */
	uint32_t quiet;         /**< bursts of SYNs alone, up to RS_INTAKE_QUIET */
	uint32_t full;          /**< polls without room for SYNs, up to RS_INTAKE_FULL */
	uint32_t standing;      /**< bursts since the queue was short, up to RS_INTAKE_STANDS */
	uint64_t syns_dropped;
};

/** Whether a frame is a SYN, without ACK or RST. A frame that cannot be read is none. */
bool rs_intake_is_syn(const struct rte_mbuf *m);

/**
 * Receive frames, and take the burst that the stack shall process next.
 *
 * @param protect  whether connections are open whose segments must not be lost; without any,
 *                 a burst is passed on as it is
 * @param rx       [out] room for RS_BURST frames, which become the caller's
 * @return frames in rx
 */
uint16_t rs_intake_receive(struct rs_intake *intake, rs_receive *receive, void *arg,
	bool protect, struct rte_mbuf **rx);

/**
 * How many SYNs a poll receives, if the device puts them into a queue of their own: what the other
 * frames of the poll leave free, so that the device drops the SYNs that nobody has time for, at no
 * cost to the worker. A burst that other frames more than half fill leaves nothing, because drivers
 * receive some frames at a time; if that lasts, SYNs have a burst now and then all the same.
 *
 * @param n  frames of the poll from the other queue
 * @return 0..RS_BURST; more than RS_BURST - n only as a burst of its own, behind the n frames
 */
uint16_t rs_intake_syn_room(struct rs_intake *intake, uint16_t n);

/** Free the frames that wait. */
void rs_intake_clear(struct rs_intake *intake);

#endif /* RS_PACKET_INTAKE_H */
