/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The stack of one worker: what lies below TCP, the TCP engine, and its counters.
 */

#ifndef RS_STACK_H
#define RS_STACK_H

#include "base/stats.h"
#include "link/link.h"
#include "tcp/tcp.h"

/** A stack; nothing in it is shared with another worker but counters, for reading. */
struct rs_stack {
	struct rs_link link;
	struct rs_tcp tcp;
	struct rs_stats stats __rte_cache_aligned;
	struct rs_segment segs[RS_BURST]; /**< of the burst that is being run */
};

#endif /* RS_STACK_H */
