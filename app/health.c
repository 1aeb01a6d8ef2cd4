/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Watching the workers. */

#include <inttypes.h>
#include <string.h>

#include <rte_keepalive.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "health.h"
#include "log.h"
#include "notify.h"

/* A worker has stopped polling. */
static void
note_gone(void *data, const int lcore)
{
	struct rs_health *h = data;

	h->gone[lcore] = true;
	h->n_gone++;
	rs_log(h->logs, RS_LOG_health, RS_LOG_WARNING,
		"the worker on lcore %d has not polled for %" PRIu64 " ms: it hangs, or other work "
		"keeps its CPU busy", lcore, (h->next - h->since[lcore]) / 1000);
	rs_notify("STATUS=the worker on lcore %d does not poll", lcore);
}

/* The state of a worker at a look: MISSING if it has polled since the look before. */
static void
note_state(void *data, const int lcore, enum rte_keepalive_state state,
	uint64_t last_seen __rte_unused)
{
	struct rs_health *h = data;

	if (state != RTE_KA_STATE_MISSING)
		return;
	if (h->gone[lcore]) {
		h->gone[lcore] = false;
		h->n_gone--;
		rs_log(h->logs, RS_LOG_health, RS_LOG_NOTICE,
			"the worker on lcore %d polls again, after %" PRIu64 " ms", lcore,
			(h->next - h->since[lcore]) / 1000);
		if (h->n_gone == 0)
			rs_notify("STATUS=all workers poll");
	}
	h->since[lcore] = h->next;
}

void
rs_health_start(struct rs_health *health, struct rs_app *app)
{
	unsigned int i;

	memset(health, 0, sizeof(*health));
	health->logs = app->logs;
	health->watchdog = rs_notify_watchdog();
	health->next = rs_worker_clock_now(&app->clock);
	health->keepalive = rte_keepalive_create(note_gone, health);
	if (health->keepalive == NULL) {
		rs_log(app->logs, RS_LOG_health, RS_LOG_ERROR, "no memory to watch the workers");
		return;
	}
	rte_keepalive_register_relay_callback(health->keepalive, note_state, health);
	for (i = 0; i < app->n_workers; i++) {
		health->since[app->workers[i].lcore] = health->next;
		rte_keepalive_register_core(health->keepalive, (int)app->workers[i].lcore);
		app->workers[i].keepalive = health->keepalive;
	}
}

void
rs_health_look(struct rs_health *health, uint64_t now)
{
	if (health->keepalive == NULL || now < health->next)
		return;
	health->next = now;
	rte_keepalive_dispatch_pings(NULL, health->keepalive);
	health->next = now + RS_HEALTH_MS * 1000;
	if (health->watchdog && health->n_gone == 0)
		rs_notify("WATCHDOG=1");
}

void
rs_health_end(struct rs_health *health)
{
	rte_free(health->keepalive);
	health->keepalive = NULL;
}
