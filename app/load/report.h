/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Reports of all clients: a line each interval, the final report, telemetry. */

#ifndef RS_LOAD_REPORT_H
#define RS_LOAD_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client.h"
#include "watch/metrics.h"
#include "watch/telemetry.h"

/** Samples of bad answers that are reported. */
#define RS_LOAD_REPORT_SAMPLES 8

/** Counters and times of all clients at one moment. */
struct rs_load_sum {
	uint64_t us;            /**< microseconds since the start */
	uint64_t concurrent;    /**< most connections at a time of each client, added up */
	uint64_t tx_full;       /**< frames that the devices did not take */
	uint64_t busy_cycles;   /**< of the workers, of total_cycles */
	uint64_t total_cycles;
	unsigned int n_samples;
	struct rs_load_sample samples[RS_LOAD_REPORT_SAMPLES];
	uint64_t count[RS_LOAD_COUNTER_MAX];
	uint64_t status[RS_LOAD_STATUS_MAX];
	struct rs_histogram times[RS_LOAD_TIME_MAX];
};

/** The state of the report. */
struct rs_load_report {
	struct rs_load_sum now;
	struct rs_load_sum last; /**< at the last line */
	struct rs_histogram since; /**< RS_LOAD_TIME_whole since the last line */
	uint64_t next;          /**< microseconds: when the next line is due */
	uint64_t done;          /**< microseconds: when the clients were done; 0: not yet */
	unsigned int lines;     /**< written so far */
};

/**
 * Add up the counters and times of the clients of n workers. Any thread.
 *
 * @param us  microseconds since the start
 */
void rs_load_sum(struct rs_load_sum *sum, const struct rs_worker *workers, unsigned int n,
	uint64_t us);

/** Write a line for the interval up to report->now, if one is due. */
void rs_load_report_line(struct rs_load_report *report, const struct rs_load_config *config,
	FILE *out);

/** Write the final report as text. */
void rs_load_report_text(const struct rs_load_sum *sum, FILE *out);

/** Write the final report as one line of JSON. */
void rs_load_report_json(const struct rs_load_sum *sum, FILE *out);

/** Whether no request failed and, with a count, all requests were answered. */
bool rs_load_succeeded(const struct rs_load_sum *sum, const struct rs_load_config *config);

/** The clients' counters as metrics, for rs_metric_sum(). */
extern const struct rs_metric rs_load_metrics[RS_LOAD_COUNTER_MAX];

/** The /rstack/load/... commands, ended by a NULL name. */
extern const struct rs_telemetry_command rs_load_commands[];

#endif /* RS_LOAD_REPORT_H */
