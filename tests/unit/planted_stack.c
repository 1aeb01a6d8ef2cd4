/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A file of its own, because stack.h and the appliance's headers do not go together. */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_tcp.h>

#include "planted_stack.h"
#include "stack.h"

struct rs_stack *
planted_stack_create(struct rs_listener_stats *listeners, const struct rs_pool_use *use,
	struct rs_stats **stats)
{
	struct rs_stack *stack = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*stack));

	if (stack == NULL)
		return NULL;
	memset(stack, 0, sizeof(*stack));
	stack->tcp.listener_stats = listeners;
	stack->tcp.stats = &stack->stats;
	stack->tcp.tcb_pool.used = use->tcbs;
	stack->tcp.waits.pool.used = use->time_waits;
	stack->tcp.buf.busy.used = use->busy;
	stack->tcp.buf.chunks.used = use->chunks;
	stack->tcp.ranges.used = use->ranges;
	stack->tcp.half_open.n = use->half_open;
	stack->link.neighs_used = use->neighbours;
	stack->link.n_fragments = use->fragments;
	*stats = &stack->stats;
	return stack;
}

void
planted_stack_reset(struct rs_stack *stack, uint64_t time, uint32_t seq)
{
	const struct rs_segment seg = { .seq = seq, .flags = RTE_TCP_RST_FLAG };

	stack->tcp.now = time;
	rs_reset_received(&stack->tcp, NULL, &seg, RS_CLOSED, RS_VERDICT_ignored_closed);
}
