/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Receive queues of SYNs alone. A worker that cannot keep up drops SYNs first. If a device puts
 * them into a queue of their own, which the worker leaves alone while it has no room for them, the
 * device drops them for nothing (packet/intake.h).
 */

#ifndef RS_APP_SYN_QUEUE_H
#define RS_APP_SYN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_flow.h>

/**
 * Have a started device put SYNs into the queues n .. 2 n - 1, one for each worker, and every other
 * frame into the queues 0 .. n - 1. Of several workers any may get a SYN (rs_steer_syns()).
 *
 * @param n       workers, so the device has 2 n receive queues
 * @param rss_hf  the fields that the device hashes (RTE_ETH_RSS_*)
 * @param ipv6    IPv6 SYNs, too
 * @param error   [out] a sentence of the driver, or NULL
 * @return 0 or -errno; then no rule is left
 */
int rs_syn_queue_steer(uint16_t device, uint16_t n, uint64_t rss_hf, bool ipv6,
	const char **error);

#endif /* RS_APP_SYN_QUEUE_H */
