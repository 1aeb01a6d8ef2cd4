/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Do the workers poll? rte_keepalive notices a worker that does not for two to three intervals,
 * which are at most a second. It is named once, and systemd's watchdog is not fed meanwhile.
 */

#ifndef RS_APP_HEALTH_H
#define RS_APP_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>

#include "app.h"

/** Milliseconds between two looks, and between two calls of rs_health_look() at most. */
#define RS_HEALTH_MS 300
#define RS_HEALTH_CALL_MS 20

/** The state of the watch. The main lcore's. */
struct rs_health {
	struct rs_logs *logs;
	struct rte_keepalive *keepalive;
	uint64_t next;         /**< microseconds: when the next look is due */
	unsigned int n_gone;   /**< workers that do not poll */
	bool gone[RTE_MAX_LCORE];
	uint64_t since[RTE_MAX_LCORE]; /**< microseconds: the last look at which it had polled */
	bool watchdog;         /**< systemd's watchdog is to be fed */
};

/** Begin, before the workers run. Without memory no worker is watched. */
void rs_health_start(struct rs_health *health, struct rs_app *app);

/** Look, if it is due at `now`, in microseconds. */
void rs_health_look(struct rs_health *health, uint64_t now);

/** End, after the workers. */
void rs_health_end(struct rs_health *health);

#endif /* RS_APP_HEALTH_H */
