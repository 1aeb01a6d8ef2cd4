/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A hierarchical timer wheel over TCBs: ticks of 1 ms, 4 levels of 256 slots, lists of
 * 32-bit indexes inside the TCBs. The wheel holds one time for each TCB, no later than
 * its earliest deadline: a deadline that moves later is not relinked, the owner finds out
 * when it fires. Ticks count modulo 2^32 and deadlines lie less than 2^31 ahead.
 */

#ifndef RS_CONN_WHEEL_H
#define RS_CONN_WHEEL_H

#include <stdint.h>

#include "conn/tcb.h"

#define RS_WHEEL_BITS 8
#define RS_WHEEL_SLOTS (1 << RS_WHEEL_BITS)
#define RS_WHEEL_LEVELS 4

/** In rs_timer_node.prev: first of its slot, level << RS_WHEEL_BITS | slot in the low bits. */
#define RS_TIMER_HEAD (UINT32_C(1) << 31)

/** The wheel. */
struct rs_timer_wheel {
	struct rs_tcb *tcbs;
	uint32_t tick;          /**< all before it has been run */
	uint32_t count;         /**< TCBs linked */
	uint64_t occupied[RS_WHEEL_LEVELS][RS_WHEEL_SLOTS / 64];
	uint32_t slots[RS_WHEEL_LEVELS][RS_WHEEL_SLOTS];
};

/** Set up an empty wheel at tick `now`. */
void rs_timer_init(struct rs_timer_wheel *wheel, struct rs_tcb *tcbs, uint32_t now);

/** Make sure that TCB `index` fires at `expires` or before; one in the past fires next. */
void rs_timer_arm(struct rs_timer_wheel *wheel, uint32_t index, uint32_t expires);

/** Unlink TCB `index`, if it is linked. */
void rs_timer_cancel(struct rs_timer_wheel *wheel, uint32_t index);

/**
 * Run the wheel to tick `now` and take out what fired.
 *
 * @param index  [out] the TCBs that fired, now unlinked
 * @param max    room in index; the work of one call is bounded by it, the rest follows at
 *               the next call
 * @return how many fired
 */
uint16_t rs_timer_expire(struct rs_timer_wheel *wheel, uint32_t now, uint32_t *index,
	uint16_t max);

/** Ticks from `now` until one may fire, at most `most`. */
uint32_t rs_timer_next(const struct rs_timer_wheel *wheel, uint32_t now, uint32_t most);

#endif /* RS_CONN_WHEEL_H */
