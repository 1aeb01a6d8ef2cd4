/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reports: a line each interval with its increments, and the totals at the end.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "kpi.h"
#include "report.h"

/* Lines between two headings. */
#define HEADING_EVERY 20

/* The percentiles that are reported; the last is the maximum. */
static const struct {
	const char *name;
	const char *key; /* in telemetry, which refuses names with a dot */
	uint32_t ppm;    /* millionths */
} percentiles[] = {
	{ "p50", "p50", 500000 }, { "p90", "p90", 900000 }, { "p99", "p99", 990000 },
	{ "p99.9", "p99_9", 999000 }, { "max", "max", 1000000 },
};

/* The counters of a line, and the widths of their columns. */
static const struct {
	enum rs_load_counter counter;
	int width;
} columns[] = {
	{ RS_LOAD_attempted, 10 }, { RS_LOAD_established, 12 }, { RS_LOAD_completed, 10 },
	{ RS_LOAD_refused, 8 }, { RS_LOAD_reset, 8 }, { RS_LOAD_timed_out, 10 },
	{ RS_LOAD_unreachable, 12 }, { RS_LOAD_retried, 8 }, { RS_LOAD_failed, 8 },
	{ RS_LOAD_rx_bytes, 12 }, { RS_LOAD_tx_bytes, 12 },
};

#define METRIC_ROW(name_, unit_, help_) \
	[RS_LOAD_##name_] = { \
		.name = "load_" #name_, \
		.key = #name_, \
		.help = help_, \
		.kind = RS_METRIC_COUNTER, \
		.unit = RS_UNIT_##unit_, \
		.group = RS_METRIC_GROUP_load, \
		.source = RS_METRIC_FROM_CLIENT, \
		.words = 1, \
		.offset = offsetof(struct rs_load_client, count) + \
			RS_LOAD_##name_ * sizeof(uint64_t), \
	},

const struct rs_metric rs_load_metrics[RS_LOAD_COUNTER_MAX] = {
	RS_LOAD_COUNTERS(METRIC_ROW)
};

/* Take over the samples of a client, as long as there is room. */
static void
add_samples(struct rs_load_sum *sum, const struct rs_load_samples *samples)
{
	unsigned int n = rs_load_samples_count(samples);
	unsigned int i;

	for (i = 0; i < n && sum->n_samples < RS_LOAD_REPORT_SAMPLES; i++)
		sum->samples[sum->n_samples++] = samples->sample[i];
}

static uint64_t
worker_count(const struct rs_worker *w, enum rs_worker_stat counter)
{
	return __atomic_load_n(&w->count[counter], __ATOMIC_RELAXED);
}

void
rs_load_sum(struct rs_load_sum *sum, const struct rs_worker *workers, unsigned int n, uint64_t us)
{
	unsigned int i, j;

	memset(sum, 0, sizeof(*sum));
	sum->us = us;
	for (i = 0; i < n; i++) {
		const struct rs_load_client *c = workers[i].client_arg;

		sum->concurrent += __atomic_load_n(&c->open_max, __ATOMIC_RELAXED);
		sum->tx_full += worker_count(&workers[i], RS_WORKER_tx_full);
		sum->busy_cycles += worker_count(&workers[i], RS_WORKER_busy_cycles);
		sum->total_cycles += worker_count(&workers[i], RS_WORKER_total_cycles);
		for (j = 0; j < RS_LOAD_COUNTER_MAX; j++)
			sum->count[j] += __atomic_load_n(&c->count[j], __ATOMIC_RELAXED);
		for (j = 0; j < RS_LOAD_TIME_MAX; j++)
			rs_histogram_add(&sum->times[j], &c->times[j]);
		for (j = 0; j < RS_LOAD_STATUS_MAX; j++)
			sum->status[j] += __atomic_load_n(&c->status[j], __ATOMIC_RELAXED);
		add_samples(sum, &c->samples);
	}
}

static void
write_heading(FILE *out)
{
	unsigned int i;

	fprintf(out, "%8s", "time");
	for (i = 0; i < RTE_DIM(columns); i++)
		fprintf(out, " %*s", columns[i].width,
			rs_load_counter_names[columns[i].counter].name);
	fprintf(out, " %9s %9s\n", "p50_us", "p99_us");
}

/* Write a percentile in a column of 9 characters; "-" if nothing was measured. */
static void
write_percentile(const struct rs_histogram *times, uint32_t ppm, FILE *out)
{
	if (rs_histogram_total(times) == 0)
		fprintf(out, " %9s", "-");
	else
		fprintf(out, " %9" PRIu64, rs_histogram_percentile(times, ppm));
}

void
rs_load_report_line(struct rs_load_report *r, const struct rs_load_config *config, FILE *out)
{
	unsigned int i;

	if (config->report_ms == 0 || config->json || r->now.us < r->next)
		return;
	r->since = r->now.times[RS_LOAD_TIME_whole];
	rs_histogram_subtract(&r->since, &r->last.times[RS_LOAD_TIME_whole]);
	if (r->lines++ % HEADING_EVERY == 0)
		write_heading(out);
	fprintf(out, "%8.1f", (double)r->now.us / 1e6);
	for (i = 0; i < RTE_DIM(columns); i++)
		fprintf(out, " %*" PRIu64, columns[i].width,
			r->now.count[columns[i].counter] - r->last.count[columns[i].counter]);
	write_percentile(&r->since, 500000, out);
	write_percentile(&r->since, 990000, out);
	fputc('\n', out);
	fflush(out);
	r->last = r->now;
	r->next = r->now.us + UINT64_C(1000) * config->report_ms;
}

/* The average of a counter per second. */
static double
per_second(const struct rs_load_sum *sum, enum rs_load_counter counter)
{
	return sum->us == 0 ? 0 : (double)sum->count[counter] * 1e6 / (double)sum->us;
}

/* Write the table of times. */
static void
write_times(const struct rs_load_sum *sum, FILE *out)
{
	unsigned int i, j;

	fprintf(out, "  %-15s", "time, us");
	for (i = 0; i < RTE_DIM(percentiles); i++)
		fprintf(out, " %9s", percentiles[i].name);
	fprintf(out, "\n");
	for (i = 0; i < RS_LOAD_TIME_MAX; i++) {
		fprintf(out, "  %-15s", rs_load_time_names[i].name);
		for (j = 0; j < RTE_DIM(percentiles); j++)
			write_percentile(&sum->times[i], percentiles[j].ppm, out);
		fprintf(out, "  %s\n", rs_load_time_names[i].help);
	}
}

/* Write the statuses that were received, and the samples of bad answers. */
static void
write_answers(const struct rs_load_sum *sum, FILE *out)
{
	unsigned int i;

	for (i = 0; i < RS_LOAD_STATUS_MAX; i++)
		if (sum->status[i] != 0)
			fprintf(out, "  status %03u      %12" PRIu64 "  complete answers with this "
				"HTTP status\n", i, sum->status[i]);
	if (sum->n_samples > 0)
		fprintf(out, "bad answers, the first %u:\n", sum->n_samples);
	for (i = 0; i < sum->n_samples; i++)
		rs_load_sample_text(&sum->samples[i], out);
}

void
rs_load_report_text(const struct rs_load_sum *sum, FILE *out)
{
	unsigned int i;

	fprintf(out, "rstack-load: %.2f s, %.0f connections/s, %.0f answers/s\n",
		(double)sum->us / 1e6, per_second(sum, RS_LOAD_established),
		per_second(sum, RS_LOAD_completed));
	for (i = 0; i < RS_LOAD_COUNTER_MAX; i++)
		fprintf(out, "  %-15s %12" PRIu64 "  %s\n", rs_load_counter_names[i].name,
			sum->count[i], rs_load_counter_names[i].help);
	rs_load_kpi_text(sum, out);
	write_times(sum, out);
	write_answers(sum, out);
	fflush(out);
}

/* Write the percentiles of a time as members of an object; null if nothing was measured. */
static void
write_times_json(const struct rs_histogram *times, FILE *out)
{
	uint64_t total = rs_histogram_total(times);
	unsigned int i;

	fprintf(out, "{\"count\": %" PRIu64, total);
	for (i = 0; i < RTE_DIM(percentiles); i++) {
		fprintf(out, ", \"%s\": ", percentiles[i].name);
		if (total == 0)
			fputs("null", out);
		else
			fprintf(out, "%" PRIu64,
				rs_histogram_percentile(times, percentiles[i].ppm));
	}
	fputc('}', out);
}

/* Write the statuses that were received, and the samples of bad answers. */
static void
write_answers_json(const struct rs_load_sum *sum, FILE *out)
{
	const char *separator = "";
	unsigned int i;

	fputs(", \"status\": {", out);
	for (i = 0; i < RS_LOAD_STATUS_MAX; i++) {
		if (sum->status[i] == 0)
			continue;
		fprintf(out, "%s\"%03u\": %" PRIu64, separator, i, sum->status[i]);
		separator = ", ";
	}
	fputs("}, \"bad_samples\": [", out);
	for (i = 0; i < sum->n_samples; i++) {
		fputs(i == 0 ? "" : ", ", out);
		rs_load_sample_json(&sum->samples[i], out);
	}
	fputc(']', out);
}

void
rs_load_report_json(const struct rs_load_sum *sum, FILE *out)
{
	unsigned int i;

	fprintf(out, "{\"seconds\": %.6f", (double)sum->us / 1e6);
	for (i = 0; i < RS_LOAD_COUNTER_MAX; i++)
		fprintf(out, ", \"%s\": %" PRIu64, rs_load_counter_names[i].name, sum->count[i]);
	fprintf(out, ", \"tx_full\": %" PRIu64 ", \"busy_percent\": %.1f", sum->tx_full,
		sum->total_cycles == 0 ? 0.0 :
		100.0 * (double)sum->busy_cycles / (double)sum->total_cycles);
	for (i = 0; i < RS_LOAD_TIME_MAX; i++) {
		fprintf(out, ", \"%s_us\": ", rs_load_time_names[i].name);
		write_times_json(&sum->times[i], out);
	}
	fprintf(out, ", ");
	rs_load_kpi_json(sum, out);
	write_answers_json(sum, out);
	fprintf(out, "}\n");
	fflush(out);
}

bool
rs_load_succeeded(const struct rs_load_sum *sum, const struct rs_load_config *config)
{
	return sum->count[RS_LOAD_failed] == 0 &&
	       (config->count == 0 ||
		sum->count[RS_LOAD_completed] == config->count * config->requests);
}

static int
cmd_stats(const struct rs_app *app, const char *params __rte_unused, struct rte_tel_data *data)
{
	struct rs_load_sum *sum = malloc(sizeof(*sum));
	char name[32];
	unsigned int i, j;

	if (sum == NULL)
		return -1;
	rs_load_sum(sum, app->workers, app->n_workers, 0);
	rte_tel_data_start_dict(data);
	for (i = 0; i < RS_LOAD_COUNTER_MAX; i++)
		rte_tel_data_add_dict_u64(data, rs_load_metrics[i].key,
			rs_metric_sum(&rs_load_metrics[i], app, 0));
	for (i = 0; i < RS_LOAD_TIME_MAX; i++) {
		for (j = 0; j < RTE_DIM(percentiles); j++) {
			snprintf(name, sizeof(name), "%s_us_%s", rs_load_time_names[i].name,
				percentiles[j].key);
			rte_tel_data_add_dict_u64(data, name,
				rs_histogram_percentile(&sum->times[i], percentiles[j].ppm));
		}
	}
	free(sum);
	return 0;
}

const struct rs_telemetry_command rs_load_commands[] = {
	{ "/rstack/load/stats", cmd_stats,
		"Counters of rstack-load, and percentiles of its times in microseconds" },
	{ NULL, NULL, NULL },
};
