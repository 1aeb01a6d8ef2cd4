/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The timer wheel.
 */

#include <string.h>

#include "base/seq.h"
#include "conn/wheel.h"

#define SLOT_MASK (RS_WHEEL_SLOTS - 1)

void
rs_timer_init(struct rs_timer_wheel *wheel, struct rs_tcb *tcbs, uint32_t now)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->tcbs = tcbs;
	wheel->tick = now;
}

/* The slot of a tick on a level. */
static inline uint32_t
slot_of(uint32_t tick, unsigned int level)
{
	return (tick >> (level * RS_WHEEL_BITS)) & SLOT_MASK;
}

/* Link a TCB under `expires`, which is not before the wheel's tick. */
static void
link_node(struct rs_timer_wheel *wheel, uint32_t index, uint32_t expires)
{
	uint32_t ahead = expires - wheel->tick;
	unsigned int level = 0;
	struct rs_timer_node *node = &wheel->tcbs[index].timer;
	uint32_t slot;
	uint32_t *head;

	while (level < RS_WHEEL_LEVELS - 1 && ahead >> ((level + 1) * RS_WHEEL_BITS) != 0)
		level++;
	slot = slot_of(expires, level);
	head = &wheel->slots[level][slot];
	node->expires = expires;
	node->next = *head;
	node->prev = RS_TIMER_HEAD | level << RS_WHEEL_BITS | slot;
	if (*head != 0)
		wheel->tcbs[*head].timer.prev = index;
	*head = index;
	wheel->occupied[level][slot / 64] |= UINT64_C(1) << (slot % 64);
}

/* Unlink a TCB from its slot. */
static void
unlink_node(struct rs_timer_wheel *wheel, uint32_t index)
{
	const struct rs_timer_node *node = &wheel->tcbs[index].timer;

	if (node->next != 0)
		wheel->tcbs[node->next].timer.prev = node->prev;
	if ((node->prev & RS_TIMER_HEAD) != 0) {
		uint32_t level = (node->prev >> RS_WHEEL_BITS) & (RS_WHEEL_LEVELS - 1);
		uint32_t slot = node->prev & SLOT_MASK;

		wheel->slots[level][slot] = node->next;
		if (node->next == 0)
			wheel->occupied[level][slot / 64] &= ~(UINT64_C(1) << (slot % 64));
	} else {
		wheel->tcbs[node->prev].timer.next = node->next;
	}
}

void
rs_timer_arm(struct rs_timer_wheel *wheel, uint32_t index, uint32_t expires)
{
	struct rs_tcb *tcb = &wheel->tcbs[index];

	if (rs_seq_lt(expires, wheel->tick))
		expires = wheel->tick;
	if ((tcb->flags & RS_F_TIMER) != 0) {
		if (rs_seq_leq(tcb->timer.expires, expires))
			return;
		unlink_node(wheel, index);
	} else {
		tcb->flags |= RS_F_TIMER;
		wheel->count++;
	}
	link_node(wheel, index, expires);
}

void
rs_timer_cancel(struct rs_timer_wheel *wheel, uint32_t index)
{
	struct rs_tcb *tcb = &wheel->tcbs[index];

	if ((tcb->flags & RS_F_TIMER) == 0)
		return;
	tcb->flags &= (uint32_t)~RS_F_TIMER;
	wheel->count--;
	unlink_node(wheel, index);
}

/* The slot of a level above 0 that begins at the wheel's tick; NULL: none begins there. */
static const uint32_t *
slot_starting(const struct rs_timer_wheel *wheel, unsigned int level)
{
	uint32_t below = (UINT32_C(1) << (level * RS_WHEEL_BITS)) - 1;

	return (wheel->tick & below) == 0 ?
		&wheel->slots[level][slot_of(wheel->tick, level)] : NULL;
}

/*
 * Move the TCBs of each upper slot that begins at the wheel's tick down to the levels below.
 * Each TCB costs one of *budget. @return false: the budget ran out, the next call continues
 */
static bool
slots_cascade(struct rs_timer_wheel *wheel, uint16_t *budget)
{
	unsigned int level;

	for (level = RS_WHEEL_LEVELS - 1; level > 0; level--) {
		const uint32_t *head = slot_starting(wheel, level);

		for (; head != NULL && *head != 0; (*budget)--) {
			uint32_t index = *head;

			if (*budget == 0)
				return false;
			unlink_node(wheel, index);
			link_node(wheel, index, wheel->tcbs[index].timer.expires);
		}
	}
	return true;
}

/* Whether the budget of the last call ended in the middle of a cascade. */
static bool
cascade_pending(const struct rs_timer_wheel *wheel)
{
	unsigned int level;

	for (level = 1; level < RS_WHEEL_LEVELS; level++) {
		const uint32_t *head = slot_starting(wheel, level);

		if (head != NULL && *head != 0)
			return true;
	}
	return false;
}

/* The first occupied slot of level 0 in [from, RS_WHEEL_SLOTS), or RS_WHEEL_SLOTS. */
static uint32_t
next_occupied(const struct rs_timer_wheel *wheel, uint32_t from)
{
	uint32_t word;

	for (word = from / 64; word < RS_WHEEL_SLOTS / 64; word++) {
		uint64_t bits = wheel->occupied[0][word];

		if (word == from / 64)
			bits &= UINT64_MAX << (from % 64);
		if (bits != 0)
			return word * 64 + (uint32_t)__builtin_ctzll(bits);
	}
	return RS_WHEEL_SLOTS;
}

/* Ticks that the wheel may advance at once: to the next occupied slot or the end of the turn. */

static uint32_t
tick_step(const struct rs_timer_wheel *wheel, uint32_t most)
{
	uint32_t slot = slot_of(wheel->tick, 0);
	uint32_t ahead = next_occupied(wheel, slot + 1) - slot;

	return ahead < most ? ahead : most;
}

uint16_t
rs_timer_expire(struct rs_timer_wheel *wheel, uint32_t now, uint32_t *index, uint16_t max)
{
	uint16_t budget = max;
	uint16_t n = 0;

	if (wheel->count == 0) {
		wheel->tick = now;
		return 0;
	}
	for (;;) {
		const uint32_t *head = &wheel->slots[0][slot_of(wheel->tick, 0)];

		if (!slots_cascade(wheel, &budget))
			return n;
		for (; *head != 0; budget--) {
			if (budget == 0)
				return n;
			index[n] = *head;
			unlink_node(wheel, *head);
			wheel->tcbs[index[n]].flags &= (uint32_t)~RS_F_TIMER;
			wheel->count--;
			n++;
		}
		if (rs_seq_geq(wheel->tick, now))
			return n;
		wheel->tick += tick_step(wheel, now - wheel->tick);
	}
}

uint32_t
rs_timer_next(const struct rs_timer_wheel *wheel, uint32_t now, uint32_t most)
{
	uint32_t slot = slot_of(wheel->tick, 0);
	uint32_t due;

	if (wheel->count == 0)
		return most;
	if (cascade_pending(wheel))
		return 0;
	due = wheel->tick + next_occupied(wheel, slot) - slot;
	if (rs_seq_leq(due, now))
		return 0;
	return due - now < most ? due - now : most;
}
