/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The timer wheel. Three kinds of work are spread over the calls, so that none grows with the
 * number of TCBs: moving TCBs down a level, firing, and passing over used slots.
 */

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include "base/seq.h"
#include "conn/wheel.h"

#define TURN (1U << RS_WHEEL_BITS)
#define SLOT_MASK (RS_WHEEL_SLOTS - 1U)
#define CHAINS RS_WHEEL_CHAINS
#define LIST_MASK (RS_TIMER_HEAD - 1)

static_assert(64 % CHAINS == 0, "the bits of a slot's lists are in one word");

void
rs_timer_init(struct rs_timer_wheel *wheel, struct rs_tcb *tcbs, uint32_t now)
{
	uint32_t i;

	memset(wheel, 0, sizeof(*wheel));
	wheel->tcbs = tcbs;
	wheel->tick = now;
	for (i = 0; i < RS_WHEEL_LISTS; i++)
		wheel->lists[i] = (struct rs_timer_list){ RS_TIMER_HEAD | i, RS_TIMER_HEAD | i };
}

/* The number of slots of a level. The top level goes round once in 2^32 ticks. */
static inline uint32_t
level_slots(unsigned int level)
{
	return level == RS_WHEEL_LEVELS - 1 ? TURN : RS_WHEEL_SLOTS;
}

/* Slots of a level from the one of the wheel's tick to the one of `tick`, which is not before. */
static inline uint32_t
slots_ahead(const struct rs_timer_wheel *wheel, unsigned int level, uint32_t tick)
{
	uint32_t below = (UINT32_C(1) << (level * RS_WHEEL_BITS)) - 1;

	return (tick - (wheel->tick & ~below)) >> (level * RS_WHEEL_BITS);
}

/* The slot `ahead` slots after the one of the wheel's tick. */
static inline uint32_t
slot_ahead(const struct rs_timer_wheel *wheel, unsigned int level, uint32_t ahead)
{
	uint32_t slot = (wheel->tick >> (level * RS_WHEEL_BITS)) + ahead;

	return level * RS_WHEEL_SLOTS + (slot & (level_slots(level) - 1));
}

/* The list of a slot in which TCB `index` stands, and those of another slot's list `index`. */
static inline uint32_t
list_of(uint32_t slot, uint32_t index)
{
	return slot * CHAINS + index % CHAINS;
}

/* The slot for a TCB that fires at tick `expires`: on the lowest level that reaches it. */
static inline uint32_t
slot_of(const struct rs_timer_wheel *wheel, uint32_t expires)
{
	unsigned int level;

	if (expires - wheel->tick - 1 < RS_WHEEL_SLOTS - 1)
		return expires & SLOT_MASK;
	if (rs_seq_leq(expires, wheel->tick))
		return RS_WHEEL_DUE;
	for (level = 1; level < RS_WHEEL_LEVELS - 1; level++)
		if (slots_ahead(wheel, level, expires) < RS_WHEEL_SLOTS)
			break;
	return level * RS_WHEEL_SLOTS + ((expires >> (level * RS_WHEEL_BITS)) & SLOT_MASK);
}

/* The lists of a slot that have TCBs, a bit each. */
static inline uint32_t
slot_lists(const struct rs_timer_wheel *wheel, uint32_t slot)
{
	uint32_t first = slot * CHAINS;

	return (uint32_t)(wheel->occupied[first / 64] >> (first % 64)) & ((1U << CHAINS) - 1);
}

static inline bool
slot_occupied(const struct rs_timer_wheel *wheel, uint32_t slot)
{
	return slot_lists(wheel, slot) != 0;
}

/* The list whose turn it is among those of a slot that have TCBs, which there are. */
static inline uint32_t
list_in_turn(const struct rs_timer_wheel *wheel, uint32_t slot, uint32_t turn)
{
	uint32_t lists = slot_lists(wheel, slot);
	uint32_t from = turn % CHAINS;
	uint32_t ahead = (uint32_t)__builtin_ctz((lists | lists << CHAINS) >> from);

	return slot * CHAINS + (from + ahead) % CHAINS;
}

/* Link a TCB at the front of its list of a slot. */
static inline void
link_front(struct rs_timer_wheel *wheel, uint32_t slot, uint32_t index)
{
	uint32_t number = list_of(slot, index);
	struct rs_timer_node *node = &wheel->tcbs[index].timer;
	struct rs_timer_list *list = &wheel->lists[number];

	node->next = list->first;
	node->prev = RS_TIMER_HEAD | number;
	list->first = index;
	if (likely((node->next & RS_TIMER_HEAD) == 0)) {
		wheel->tcbs[node->next].timer.prev = index;
		return;
	}
	list->last = index;
	wheel->occupied[number / 64] |= UINT64_C(1) << (number % 64);
}

/* Link a TCB at the back of its list of a slot. */
static inline void
link_back(struct rs_timer_wheel *wheel, uint32_t slot, uint32_t index)
{
	uint32_t number = list_of(slot, index);
	struct rs_timer_node *node = &wheel->tcbs[index].timer;
	struct rs_timer_list *list = &wheel->lists[number];

	node->prev = list->last;
	node->next = RS_TIMER_HEAD | number;
	if ((node->prev & RS_TIMER_HEAD) != 0)
		list->first = index;
	else
		wheel->tcbs[node->prev].timer.next = index;
	list->last = index;
	wheel->occupied[number / 64] |= UINT64_C(1) << (number % 64);
}

/* Unlink a TCB from its list. */
static inline void
unlink_node(struct rs_timer_wheel *wheel, uint32_t index)
{
	const struct rs_timer_node *node = &wheel->tcbs[index].timer;
	uint32_t next = node->next;
	uint32_t prev = node->prev;

	if ((next & RS_TIMER_HEAD) != 0)
		wheel->lists[next & LIST_MASK].last = prev;
	else
		wheel->tcbs[next].timer.prev = prev;
	if ((prev & RS_TIMER_HEAD) == 0) {
		wheel->tcbs[prev].timer.next = next;
		return;
	}
	prev &= LIST_MASK;
	wheel->lists[prev].first = next;
	if ((next & RS_TIMER_HEAD) != 0)
		wheel->occupied[prev / 64] &= ~(UINT64_C(1) << (prev % 64));
}

/* Append the TCBs of list `from` to list `to`, however many they are, and leave `from` empty. */
static void
list_join(struct rs_timer_wheel *wheel, uint32_t from, uint32_t to)
{
	struct rs_timer_list list = wheel->lists[from];
	struct rs_timer_list *dest = &wheel->lists[to];

	wheel->tcbs[list.first].timer.prev = dest->last;
	wheel->tcbs[list.last].timer.next = RS_TIMER_HEAD | to;
	if ((dest->last & RS_TIMER_HEAD) != 0)
		dest->first = list.first;
	else
		wheel->tcbs[dest->last].timer.next = list.first;
	dest->last = list.last;
	wheel->occupied[to / 64] |= UINT64_C(1) << (to % 64);
	wheel->lists[from] = (struct rs_timer_list){ RS_TIMER_HEAD | from, RS_TIMER_HEAD | from };
	wheel->occupied[from / 64] &= ~(UINT64_C(1) << (from % 64));
}

/* RS_WHEEL_LATE gets TCBs. */
static inline void
note_late(struct rs_timer_wheel *wheel)
{
	if (!slot_occupied(wheel, RS_WHEEL_LATE))
		wheel->late_since = wheel->tick;
}

/* Append a list to that of the same TCBs of RS_WHEEL_LATE. */
static void
list_is_late(struct rs_timer_wheel *wheel, uint32_t from)
{
	note_late(wheel);
	list_join(wheel, from, list_of(RS_WHEEL_LATE, from));
}

__rte_noinline void
rs_timer_arm(struct rs_timer_wheel *wheel, uint32_t index, uint32_t expires)
{
	struct rs_tcb *tcb = &wheel->tcbs[index];
	uint32_t slot;

	if ((tcb->flags & RS_F_TIMER) != 0) {
		if (rs_seq_leq(tcb->timer.expires, expires))
			return;
		unlink_node(wheel, index);
	} else {
		tcb->flags |= RS_F_TIMER;
		wheel->count++;
	}
	slot = slot_of(wheel, expires);
	tcb->timer.expires = expires;
	link_front(wheel, slot, index);
	wheel->pending |= slot == RS_WHEEL_DUE;
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

/*
 * The first list with TCBs in the slots from `ahead` to `end`, slots ahead of the wheel's tick, as
 * the lists that it is ahead of the first list of that tick; end * CHAINS: there is none.
 */
static uint32_t
next_occupied(const struct rs_timer_wheel *wheel, unsigned int level, uint32_t ahead, uint32_t end)
{
	uint32_t at = ahead * CHAINS;

	while (at < end * CHAINS) {
		uint32_t list = slot_ahead(wheel, level, at / CHAINS) * CHAINS + at % CHAINS;
		uint64_t bits = wheel->occupied[list / 64] >> (list % 64);

		if (bits != 0)
			return RTE_MIN(at + (uint32_t)__builtin_ctzll(bits), end * CHAINS);
		at += 64 - list % 64;
	}
	return end * CHAINS;
}

/*
 * The clock goes on to `now`. All TCBs of the slots that it passes are due, on any level, so
 * their lists are joined as they are. @return false: more lists than one call may join
 */
static bool
pass_slots(struct rs_timer_wheel *wheel, uint32_t now)
{
	unsigned int budget = RS_WHEEL_JOINS;
	unsigned int level;

	for (level = 0; level < RS_WHEEL_LEVELS; level++) {
		/* the slot of `now` itself is over on level 0 only */
		uint32_t first = level == 0;
		uint32_t n = RTE_MIN(slots_ahead(wheel, level, now), level_slots(level) - first);
		uint32_t end = first + n;
		uint32_t at;

		if (n == 0)
			break;
		for (at = next_occupied(wheel, level, first, end); at < end * CHAINS;
		     at = next_occupied(wheel, level, at / CHAINS, end)) {
			uint32_t list = slot_ahead(wheel, level, at / CHAINS) * CHAINS +
				at % CHAINS;

			if (budget-- == 0)
				return false;
			if (level == 0)
				list_join(wheel, list, list_of(RS_WHEEL_DUE, list));
			else
				list_is_late(wheel, list);
		}
	}
	return true;
}

/* Advance the wheel to tick `now`, or leave it where it is if that takes more than one call. */
static void
advance(struct rs_timer_wheel *wheel, uint32_t now)
{
	uint32_t left = slot_lists(wheel, RS_WHEEL_DUE);

	for (; left != 0; left &= left - 1)
		list_is_late(wheel, list_of(RS_WHEEL_DUE, (uint32_t)__builtin_ctz(left)));
	if (pass_slots(wheel, now))
		wheel->tick = now;
}

/*
 * Unlink the TCB of a slot whose turn it is in a walk over its lists, from both ends of each or
 * only from the front, and fetch the one behind it. @return its index
 */
static inline uint32_t
unlink_in_turn(struct rs_timer_wheel *wheel, uint32_t slot, uint32_t turn, bool both_ends)
{
	const struct rs_timer_list *list = &wheel->lists[list_in_turn(wheel, slot, turn)];
	bool back = both_ends && turn / CHAINS % 2 != 0;
	uint32_t index = back ? list->last : list->first;
	const struct rs_timer_node *node = &wheel->tcbs[index].timer;
	uint32_t behind = back ? node->prev : node->next;

	if ((behind & RS_TIMER_HEAD) == 0) {
		rte_prefetch0(&wheel->tcbs[behind].timer);
		rte_prefetch0(&wheel->tcbs[behind].flags); /* on the other line */
	}
	unlink_node(wheel, index);
	return index;
}

/*
 * Move at most n TCBs of an upper slot down. They go behind the TCBs that were armed for their
 * new slot, because a short time is the more urgent.
 */
static void
move_down(struct rs_timer_wheel *wheel, uint32_t from, uint32_t n)
{
	for (; n > 0 && slot_occupied(wheel, from); n--) {
		uint32_t index = unlink_in_turn(wheel, from, n, true);
		uint32_t to = slot_of(wheel, wheel->tcbs[index].timer.expires);

		if (unlikely(to == RS_WHEEL_DUE)) {
			to = RS_WHEEL_LATE;
			note_late(wheel);
		}
		link_back(wheel, to, index);
	}
}

/*
 * Move TCBs of the next slot of each upper level down before its time comes, and of the present
 * slot if some are left there. The part of the slot's time that has passed decides how many.
 */
static void
cascade(struct rs_timer_wheel *wheel)
{
	unsigned int level;

	for (level = 1; level < RS_WHEEL_LEVELS; level++) {
		uint32_t passed = wheel->tick >> ((level - 1) * RS_WHEEL_BITS) & (TURN - 1);
		uint32_t present = slot_ahead(wheel, level, 0);
		uint32_t next = slot_ahead(wheel, level, 1);

		if (unlikely(slot_occupied(wheel, present)))
			move_down(wheel, present, RS_WHEEL_MOVES_MOST / 2 * (1 + passed / TURN) +
				passed * (RS_WHEEL_MOVES_MOST / 2) / TURN);
		if (slot_occupied(wheel, next))
			move_down(wheel, next, RS_WHEEL_MOVES_LEAST << passed / (TURN / 4));
	}
}

/* Take at most n TCBs from a slot for the caller to fire. @return how many */
static uint16_t
fire_slot(struct rs_timer_wheel *wheel, uint32_t slot, uint32_t *fired, uint32_t n)
{
	uint16_t i;

	for (i = 0; i < n && slot_occupied(wheel, slot); i++) {
		/* the late ones in their order */
		fired[i] = unlink_in_turn(wheel, slot, i, slot == RS_WHEEL_DUE);
		wheel->tcbs[fired[i]].flags &= (uint32_t)~RS_F_TIMER;
	}
	wheel->count -= i;
	return i;
}

/* Fire due TCBs; of those of the present tick so many that the late ones have half. */
static uint16_t
fire(struct rs_timer_wheel *wheel, uint32_t *fired, uint16_t max)
{
	uint32_t most = RS_WHEEL_FIRES;
	uint32_t n;

	if (!slot_occupied(wheel, RS_WHEEL_LATE)) {
		most = RTE_MIN(most, max);
		return fire_slot(wheel, RS_WHEEL_DUE, fired, most);
	}
	most = RTE_MIN(most + RTE_MIN(wheel->tick - wheel->late_since, (uint32_t)max), max);
	n = fire_slot(wheel, RS_WHEEL_DUE, fired, most / 2);
	n += fire_slot(wheel, RS_WHEEL_LATE, fired + n, most - n);
	n += fire_slot(wheel, RS_WHEEL_DUE, fired + n, most - n);
	return (uint16_t)n;
}

/* Whether a call before the next tick has work. */
static bool
has_work(const struct rs_timer_wheel *wheel)
{
	unsigned int level;
	bool work = slot_occupied(wheel, RS_WHEEL_DUE) || slot_occupied(wheel, RS_WHEEL_LATE);

	for (level = 1; level < RS_WHEEL_LEVELS; level++)
		work = work || slot_occupied(wheel, slot_ahead(wheel, level, 0)) ||
			slot_occupied(wheel, slot_ahead(wheel, level, 1));
	return work;
}

uint16_t
rs_timer_expire(struct rs_timer_wheel *wheel, uint32_t now, uint32_t *index, uint16_t max)
{
	uint16_t n;

	if (wheel->tick == now && !wheel->pending)
		return 0;
	if (wheel->count == 0) {
		wheel->tick = now;
		wheel->pending = false;
		return 0;
	}
	if (rs_seq_lt(wheel->tick, now))
		advance(wheel, now);
	cascade(wheel);
	n = fire(wheel, index, max);
	wheel->pending = has_work(wheel);
	return n;
}

uint32_t
rs_timer_next(const struct rs_timer_wheel *wheel, uint32_t now, uint32_t most)
{
	uint32_t due;

	if (wheel->count == 0)
		return most;
	if (wheel->pending)
		return 0;
	/* the next slot that is used, or the end of the turn, where slots are to be moved down */
	due = TURN - (wheel->tick & (TURN - 1));
	due = wheel->tick + next_occupied(wheel, 0, 1, due) / CHAINS;
	if (rs_seq_leq(due, now))
		return 0;
	return RTE_MIN(due - now, most);
}
