/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A stack that does not run: it only holds the counters that a test puts in it.
 */

#ifndef TEST_PLANTED_STACK_H
#define TEST_PLANTED_STACK_H

#include "rstack.h"

/**
 * Make a stack.
 *
 * @param listeners  its listeners' counters; stay the caller's
 * @param use        entries in use of its pools
 * @param stats      [out] its counters, to be written
 * @return the stack, for free(); NULL: no memory
 */
struct rs_stack *planted_stack_create(struct rs_listener_stats *listeners,
	const struct rs_pool_use *use, struct rs_stats **stats);

/** Log a received reset at a time, in microseconds; its SEQ is `seq`. */
void planted_stack_reset(struct rs_stack *stack, uint64_t time, uint32_t seq);

#endif /* TEST_PLANTED_STACK_H */
