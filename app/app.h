/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The appliance as a whole: what the main lcore sets up and telemetry looks at.
 */

#ifndef RS_APP_APP_H
#define RS_APP_APP_H

#include <stdbool.h>

#include "clock.h"
#include "config/config.h"
#include "rstack.h"
#include "worker.h"

struct rs_app {
	struct rs_config config;
	struct rs_clock clock;
	struct rs_port ports[RS_PORTS_MAX];      /**< of config.ports */
	struct rs_prefix terminate[RS_PREFIXES_MAX];
	uint16_t terminate_port[RS_PREFIXES_MAX];
	unsigned int n_terminate;
	bool no_huge;
	struct rs_worker *workers;
	unsigned int n_workers;
	struct rs_rss rss;                       /**< of all ports alike, or unknown */
	struct rte_ring *inboxes[RTE_MAX_LCORE]; /**< of the workers, where they have clients */
	void *program_data;                      /**< of rs_program.create() to destroy() */
};

/** The word that the configuration has for an idle mode. */
const char *rs_app_idle_name(enum rs_idle idle);

/** Write what has been counted so far: frames, connections, resets, drops, load. */
void rs_app_summary(const struct rs_app *app, FILE *out);

/** One word of all workers' rs_stats, at a byte offset, summed. */
uint64_t rs_app_sum(const struct rs_app *app, size_t offset);

/** A worker's counter, summed over all workers. */
uint64_t rs_app_sum_worker(const struct rs_app *app, enum rs_worker_stat stat);

#endif /* RS_APP_APP_H */
