/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The summary: a few totals, the counters of the devices, then the metrics of each titled group
 * that are not 0.
 */

#include <inttypes.h>

#include <bsd/stdlib.h>

#include "watch/metrics.h"
#include "watch/port_stats.h"
#include "watch/summary.h"

/* The sum of a metric over all workers. */
static uint64_t
sum_of(const struct rs_app *app, enum rs_metric_id id)
{
	return rs_metric_sum(&rs_metrics[id], app, 0);
}

/* One line, unless the metric is 0. */
static void
write_metric(const struct rs_app *app, FILE *out, enum rs_metric_id id, const char *title)
{
	uint64_t sum = sum_of(app, id);

	if (sum != 0)
		fprintf(out, "  %-15s %12" PRIu64 "  %s: %s\n", title, sum, rs_metrics[id].key,
			rs_metrics[id].help);
}

/* The share of their time in which the workers received or sent frames. */
static void
write_load(const struct rs_app *app, FILE *out)
{
	uint64_t total = sum_of(app, RS_METRIC_worker_total_cycles);
	uint64_t busy = sum_of(app, RS_METRIC_worker_busy_cycles);

	fprintf(out, "%s: %u worker%s, busy for %.1f %% of the time\n", getprogname(),
		app->n_workers, app->n_workers == 1 ? "" : "s",
		total == 0 ? 0.0 : 100.0 * (double)busy / (double)total);
}

/* Connections in any state. */
static uint64_t
count_left(const struct rs_app *app)
{
	uint64_t n = 0;
	unsigned int id;

	for (id = 0; id < RS_METRIC_MAX; id++)
		if (rs_metrics[id].group == RS_METRIC_GROUP_state)
			n += sum_of(app, (enum rs_metric_id)id);
	return n;
}

static void
write_totals(const struct rs_app *app, FILE *out)
{
	fprintf(out, "  frames          %12" PRIu64 " received, %" PRIu64 " sent\n",
		sum_of(app, RS_METRIC_packet_rx_frames), sum_of(app, RS_METRIC_packet_tx_frames));
	fprintf(out, "  segments        %12" PRIu64 " received, %" PRIu64 " sent, %" PRIu64
		" retransmitted\n", sum_of(app, RS_METRIC_tcp_rx_segments),
		sum_of(app, RS_METRIC_tcp_tx_segments), sum_of(app, RS_METRIC_tcp_retransmitted));
	fprintf(out, "  data bytes      %12" PRIu64 " received, %" PRIu64 " sent\n",
		sum_of(app, RS_METRIC_tcp_rx_data_bytes), sum_of(app, RS_METRIC_tcp_tx_data_bytes));
	/* as many as were opened were closed, were aborted, or are left */
	fprintf(out, "  connections     %12" PRIu64 " opened, %" PRIu64 " established, %" PRIu64
		" closed in order, %" PRIu64 " aborted, %" PRIu64 " left\n",
		sum_of(app, RS_METRIC_tcp_passive_opens) + sum_of(app, RS_METRIC_tcp_active_opens) +
		sum_of(app, RS_METRIC_tcp_reopened), sum_of(app, RS_METRIC_tcp_established),
		sum_of(app, RS_METRIC_tcp_closed), sum_of(app, RS_METRIC_tcp_aborted),
		count_left(app));
}

void
rs_summary_write(const struct rs_app *app, FILE *out)
{
	unsigned int id;

	write_load(app, out);
	write_totals(app, out);
	rs_port_stats_write(app, out);
	for (id = 0; id < RS_METRIC_MAX; id++) {
		const char *title = rs_metric_groups[rs_metrics[id].group].title;

		if (title != NULL)
			write_metric(app, out, (enum rs_metric_id)id, title);
	}
	write_metric(app, out, RS_METRIC_worker_tx_full, "frames dropped");
	write_metric(app, out, RS_METRIC_worker_handover_full, "frames dropped");
	write_metric(app, out, RS_METRIC_worker_handed_over, "handed over");
	fflush(out);
}
