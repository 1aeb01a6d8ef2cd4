/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The resets of all workers in one list, numbered in the order in which they were collected. A
 * worker keeps its latest RS_RESET_LOG only, so the main lcore collects them many times a second;
 * the number skips those that a worker overwrote meanwhile.
 */

#ifndef RS_WATCH_RESETS_H
#define RS_WATCH_RESETS_H

#include <stdint.h>

#include "rstack.h"

struct rs_app;

/** Resets that are kept. */
#define RS_RESETS_KEPT 8192

/** A reset in the list. */
struct rs_logged_reset {
	uint64_t number;         /**< from 1, only grows */
	uint64_t utc_us;         /**< microseconds since 1970, UTC */
	struct rs_reset_record record;
};

/** The list. */
struct rs_resets;

/** Create an empty list. @return NULL: no memory */
struct rs_resets *rs_resets_create(void);

/** Free the list, which may be NULL. */
void rs_resets_free(struct rs_resets *resets);

/** Collect the resets of the workers since the last call. Any thread but a worker's. */
void rs_resets_collect(struct rs_resets *resets, const struct rs_app *app);

/** Chooses resets for rs_resets_read(). */
typedef bool rs_resets_choose(const void *arg, const struct rs_reset_record *record);

/**
 * Copy resets behind a number, the oldest first. Any thread.
 *
 * @param after   number of the last reset that the caller has; 0: none
 * @param choose  NULL: take each
 * @param out     [out] room for n
 * @return how many were copied
 */
unsigned int rs_resets_read(struct rs_resets *resets, uint64_t after, rs_resets_choose *choose,
	const void *arg, struct rs_logged_reset *out, unsigned int n);

#endif /* RS_WATCH_RESETS_H */
