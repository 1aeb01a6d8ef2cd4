/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The sums over all workers, and the summary at the end or at SIGUSR1.
 */

#include <inttypes.h>
#include <stddef.h>

#include <bsd/stdlib.h>
#include <rte_common.h>

#include "app.h"

uint64_t
rs_app_sum(const struct rs_app *app, size_t offset)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		const struct rs_stats *stats = rs_stack_stats(app->workers[i].stack);

		sum += __atomic_load_n((const uint64_t *)RTE_PTR_ADD(stats, offset),
			__ATOMIC_RELAXED);
	}
	return sum;
}

uint64_t
rs_app_sum_worker(const struct rs_app *app, enum rs_worker_stat stat)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++)
		sum += __atomic_load_n(&app->workers[i].count[stat], __ATOMIC_RELAXED);
	return sum;
}

const char *
rs_app_idle_name(enum rs_idle idle)
{
	switch (idle) {
	case RS_IDLE_POLL: return "poll";
	case RS_IDLE_YIELD: return "yield";
	case RS_IDLE_SLEEP: return "sleep";
	}
	return "";
}

/* One line a counter that is not 0. */
static void
print_counters(const struct rs_app *app, FILE *out, const char *title,
	const struct rs_stat_name *names, unsigned int n, size_t offset)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		uint64_t sum = rs_app_sum(app, offset + i * sizeof(uint64_t));

		if (sum != 0)
			fprintf(out, "  %-15s %12" PRIu64 "  %s: %s\n", title, sum, names[i].name,
				names[i].help);
	}
}

#define SUM(field) rs_app_sum(app, offsetof(struct rs_stats, field))

void
rs_app_summary(const struct rs_app *app, FILE *out)
{
	uint64_t total = rs_app_sum_worker(app, RS_WORKER_total_cycles);
	uint64_t busy = rs_app_sum_worker(app, RS_WORKER_busy_cycles);
	uint64_t handed = rs_app_sum_worker(app, RS_WORKER_handed_over);
	uint64_t full = rs_app_sum_worker(app, RS_WORKER_handover_full);
	uint64_t tx_full = rs_app_sum_worker(app, RS_WORKER_tx_full);

	fprintf(out, "%s: %u worker%s, busy for %.1f %% of the time\n", getprogname(),
		app->n_workers, app->n_workers == 1 ? "" : "s",
		total == 0 ? 0.0 : 100.0 * (double)busy / (double)total);
	fprintf(out, "  frames          %12" PRIu64 " received, %" PRIu64 " sent\n",
		SUM(packet.rx_frames), SUM(packet.tx_frames));
	fprintf(out, "  segments        %12" PRIu64 " received, %" PRIu64 " sent, %" PRIu64
		" of them again\n", SUM(tcp.rx_segments), SUM(tcp.tx_segments),
		SUM(tcp.retransmitted));
	fprintf(out, "  bytes           %12" PRIu64 " received, %" PRIu64 " sent\n",
		SUM(tcp.rx_data_bytes), SUM(tcp.tx_data_bytes));
	fprintf(out, "  connections     %12" PRIu64 " established, %" PRIu64 " closed, %" PRIu64
		" aborted\n", SUM(tcp.established), SUM(tcp.closed), SUM(tcp.aborted));
	print_counters(app, out, "resets sent", rs_reset_reason_names, RS_RESET_MAX,
		offsetof(struct rs_stats, reset_sent));
	print_counters(app, out, "resets received", rs_reset_verdict_names, RS_VERDICT_MAX,
		offsetof(struct rs_stats, reset_received));
	print_counters(app, out, "dropped", rs_drop_names, RS_DROP_MAX,
		offsetof(struct rs_stats, drop));
	if (handed != 0 || full != 0)
		fprintf(out, "  handed over     %12" PRIu64 " frames to the worker of their "
			"connection, %" PRIu64 " lost\n", handed, full);
	if (tx_full != 0)
		fprintf(out, "  dropped         %12" PRIu64 "  tx_full: %s\n", tx_full,
			rs_worker_stat_names[RS_WORKER_tx_full].help);
	fflush(out);
}
