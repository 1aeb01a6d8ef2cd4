/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A hierarchical timer wheel over TCBs: ticks of 1 ms, 4 levels of 256 slots, lists of 32-bit
 * indexes inside the TCBs. The wheel holds one time for each TCB, no later than its earliest
 * deadline. A deadline that moves later is not relinked: the TCB fires early, and its owner
 * arms it again. Ticks count modulo 2^32 and deadlines lie less than 2^31 ahead.
 */

#ifndef RS_CONN_WHEEL_H
#define RS_CONN_WHEEL_H

#include <stdint.h>

#include "conn/tcb.h"

#define RS_WHEEL_BITS 8
#define RS_WHEEL_SLOTS (1 << RS_WHEEL_BITS)
#define RS_WHEEL_LEVELS 4

/** Bit in rs_timer_node.prev of a slot's first: level << RS_WHEEL_BITS | slot is below it. */
#define RS_TIMER_HEAD (UINT32_C(1) << 31)

/** The wheel. */
struct rs_timer_wheel {
	struct rs_tcb *tcbs;
	uint32_t tick;          /**< every earlier tick has been processed */
	uint32_t count;         /**< TCBs linked */
	uint64_t occupied[RS_WHEEL_LEVELS][RS_WHEEL_SLOTS / 64]; /**< a bit for each slot */
	uint32_t slots[RS_WHEEL_LEVELS][RS_WHEEL_SLOTS]; /**< first TCB; 0: empty */
};

/** Initialize an empty wheel at tick `now`, over the TCBs that `tcbs` points at. */
void rs_timer_init(struct rs_timer_wheel *wheel, struct rs_tcb *tcbs, uint32_t now);

/** Arm TCB `index` to fire at tick `expires` or before; a past tick fires at the next call. */
void rs_timer_arm(struct rs_timer_wheel *wheel, uint32_t index, uint32_t expires);

/** Unlink TCB `index`, if it is linked. */
void rs_timer_cancel(struct rs_timer_wheel *wheel, uint32_t index);

/**
 * Advance the wheel to tick `now` and unlink the TCBs that fire.
 *
 * @param index  [out] the TCBs that fired
 * @param max    room in index. It bounds the work of one call, TCBs that move down a level
 *               included; the next call continues
 * @return the number of TCBs that fired
 */
uint16_t rs_timer_expire(struct rs_timer_wheel *wheel, uint32_t now, uint32_t *index,
	uint16_t max);

/** Ticks from `now` until a TCB may fire, 0..most. */

uint32_t rs_timer_next(const struct rs_timer_wheel *wheel, uint32_t now, uint32_t most);

#endif /* RS_CONN_WHEEL_H */
