/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A hierarchical timer wheel over TCBs: ticks of 1 ms, 4 levels, lists of 32-bit indexes inside
 * the TCBs. The wheel holds one time for each TCB, no later than its earliest deadline. A
 * deadline that moves later is not relinked: the TCB fires early, and its owner arms it again.
 * Ticks count modulo 2^32 and deadlines lie less than 2^31 ahead.
 */

#ifndef RS_CONN_WHEEL_H
#define RS_CONN_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/tcb.h"

/**
 * A slot spans 2^8 slots of the level below. A level has room for two such turns, because the
 * TCBs of an upper slot are moved down during the turn before it begins, a few in each call.
 */
#define RS_WHEEL_BITS 8
#define RS_WHEEL_SLOTS (2 << RS_WHEEL_BITS)
#define RS_WHEEL_LEVELS 4

/** Beside the slots: TCBs due in the present tick, and those left over from earlier ones. */
#define RS_WHEEL_DUE (RS_WHEEL_LEVELS * RS_WHEEL_SLOTS)
#define RS_WHEEL_LATE (RS_WHEEL_DUE + 1)

/**
 * A slot has so many lists; the index of a TCB says in which of them it stands. A walk over a long
 * list waits for memory at each TCB, because only there is the way to the next one. A walk over
 * several lists in turns waits for several TCBs at a time.
 */
#define RS_WHEEL_CHAINS 8
#define RS_WHEEL_LISTS ((RS_WHEEL_LATE + 1) * RS_WHEEL_CHAINS)

/** Bit in rs_timer_node.next and prev at the ends of a list: the number of the list is below. */
#define RS_TIMER_HEAD (UINT32_C(1) << 31)

/**
 * Bounds of the work of one call. It moves TCBs down from at most two slots a level, the present
 * one and the next one: RS_WHEEL_MOVES_LEAST of each, more the nearer the end of the slot's time
 * comes, never more than RS_WHEEL_MOVES_MOST. It fires RS_WHEEL_FIRES, and one more for each tick
 * that TCBs have been left over, up to the room that it is given. It joins RS_WHEEL_JOINS lists
 * when the clock passes their slots.
 */
#define RS_WHEEL_MOVES_LEAST 8
#define RS_WHEEL_MOVES_MOST 128
#define RS_WHEEL_FIRES 64
#define RS_WHEEL_JOINS 64

/** A list of TCBs; both ends are RS_TIMER_HEAD and its number if it is empty. */
struct rs_timer_list {
	uint32_t first;
	uint32_t last;
};

/**
 * The wheel.
 *
 * No TCB fires early. A TCB fires in the first call at its tick, unless
 * - more than RS_WHEEL_FIRES / 2 TCBs fall due in that tick: of N that are due a TCB fires within
 *   N / (RS_WHEEL_FIRES / 2) + 1 calls, because those left over have half of each call. One that
 *   was armed less than RS_WHEEL_SLOTS ticks before comes before those that have moved down;
 * - its upper slot has so many TCBs that they could not be moved down in the turn before: N TCBs
 *   take at most N / RS_WHEEL_MOVES_LEAST calls. They delay no TCB of another slot, and all that
 *   are left are due at once when the time of their slot is over;
 * - the clock has jumped over more than RS_WHEEL_JOINS used lists: 224 calls pass over all.
 */
struct rs_timer_wheel {
	struct rs_tcb *tcbs;
	uint32_t tick;          /**< the slots of this tick and of earlier ones are empty */
	uint32_t count;         /**< TCBs linked */
	uint32_t late_since;    /**< tick from which on RS_WHEEL_LATE has not been empty */
	bool pending;           /**< there is work before the next tick */
	uint64_t occupied[RS_WHEEL_LISTS / 64 + 1]; /**< a bit for each list */
	struct rs_timer_list lists[RS_WHEEL_LISTS]; /**< of slots, level by level; due; late */
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
 * @param max    room in index, at least 2; the next call continues
 * @return the number of TCBs that fired
 */
uint16_t rs_timer_expire(struct rs_timer_wheel *wheel, uint32_t now, uint32_t *index,
	uint16_t max);

/** Ticks from `now` until there is work for rs_timer_expire(), 0..most. */
uint32_t rs_timer_next(const struct rs_timer_wheel *wheel, uint32_t now, uint32_t most);

#endif /* RS_CONN_WHEEL_H */
