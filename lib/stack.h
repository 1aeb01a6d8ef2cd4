/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The stack of one worker: the link below TCP, the TCP engine, and their counters. rstack.h has
 * its functions.
 */

#ifndef RS_STACK_H
#define RS_STACK_H

#include "base/stats.h"
#include "link/link.h"
#include "tcp/tcp.h"

/** A stack. One worker owns it; other threads may read its counters and nothing else. */
struct rs_stack {
	struct rs_link link;
	struct rs_tcp tcp;
	struct rs_stats stats __rte_cache_aligned;
	struct rs_parsed parsed; /**< the burst that is being processed */
};

#endif /* RS_STACK_H */
