/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Faults: with --faults each case runs again and again, and in each run one thing fails that can
 * fail: an allocation, a frame, the clock. After that the case's expectations cannot hold; what
 * must hold is said in faults_end().
 *
 * fault_hooks.h puts the questions into the engine's sources; only the program wire_faults is
 * built with it.
 */

#ifndef WIRE_FAULTS_H
#define WIRE_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/stats.h"

struct wire;
struct wire_case;
struct wire_start;

/** The kinds of faults, and what happens. */
#define WIRE_FAULTS(X) \
	X(memory,   "an allocation of the engine fails: mbuf, pool, share of a pool, table") \
	X(heap,     "an allocation of the heap fails, at set-up") \
	X(transmit, "the device does not take a frame") \
	X(receive,  "a frame is lost in front of the stack, because the device has no mbuf") \
	X(jump,     "the clock jumps by hours") \
	X(still,    "the clock stands still from now on")

#define WIRE_FAULT_ENUM(name, help) WIRE_FAULT_##name,
enum wire_fault { WIRE_FAULTS(WIRE_FAULT_ENUM) WIRE_FAULT_MAX };

/** The fault of the run. */
struct wire_faults {
	bool on;                /**< the program tries faults */
	uint32_t of, seed;      /**< one of so many events, see wire_fault_start() */
	enum wire_fault kind;
	uint32_t at;            /**< the event of its kind that fails, from 1 on; 0: none */
	uint32_t seen[WIRE_FAULT_MAX]; /**< events so far */
	const char *what;       /**< what failed; NULL: nothing yet */
	const char *file;       /**< and where */
	int line;
	const struct rs_stats *stats; /**< of the stack */
	uint64_t shortages;     /**< counted before the fault */
	bool uncounted;         /**< it has happened, and no counter has moved yet */
	unsigned int forgiven;  /**< expectations that did not hold */
	unsigned int runs;      /**< of the stack, since */
};

extern struct wire_faults wire_faults;

/** Something may fail. @return whether it does, which is noted */
bool wire_fault_due(enum wire_fault kind, const char *what, const char *file, int line);

/** Whether the fault of this run has happened. */
static inline bool
wire_faulted(void)
{
	return wire_faults.what != NULL;
}

/**
 * The failure of this run has been made good without a loss, or its caller was told, so no counter
 * need tell of it. @return false
 */
static inline bool
wire_fault_needs_no_counter(void)
{
	wire_faults.uncounted = false;
	return false;
}

/** Print the fault of this run. */
void wire_fault_print(void);

/** The stack has run: has the failure been counted? @return false: it has not */
bool wire_fault_counted(void);

/** What the faults of all cases came to. */
struct wire_fault_total {
	unsigned int events[WIRE_FAULT_MAX]; /**< that could have failed */
	unsigned int runs[WIRE_FAULT_MAX];   /**< in which one did */
	unsigned int failed;
	unsigned int unjudged;  /**< the case gave up inside of a run of the stack */
};

/** From now on faults are tried: one of `of` events, chosen by `seed`. */
void wire_fault_start(uint32_t of, uint32_t seed);

/** Run a case without a fault, and once for each event of it that is chosen. */
void wire_fault_each(struct wire *w, const struct wire_case *c, const struct wire_start *start,
	enum rs_state param, uint8_t flags, struct wire_fault_total *total);

/** Print what was tried. @return whether faults of each kind were */
bool wire_fault_summary(const struct wire_fault_total *total);

#endif /* WIRE_FAULTS_H */
