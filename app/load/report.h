/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* What the clients of all workers did: lines while they run, the end, telemetry. */

#ifndef RS_LOAD_REPORT_H
#define RS_LOAD_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client.h"
#include "watch/metrics.h"
#include "watch/telemetry.h"

/** Counters and times of all clients at one moment. */
struct rs_load_sum {
	uint64_t us;            /**< since the start */
	uint64_t count[RS_LOAD_COUNTER_MAX];
	struct rs_histogram times[RS_LOAD_TIME_MAX];
};

/** What a report goes by; kept in the configuration's order. */
struct rs_load_report {
	struct rs_load_sum now, last; /**< `last`: at the last line */
	struct rs_histogram since; /**< of RS_LOAD_TIME_whole, since the last line */
	uint64_t next;          /**< microseconds: when the next line is due */
	uint64_t done;          /**< microseconds: when all was done; 0: not yet */
	unsigned int lines;
};

/** Sum up what the clients of n workers did until `us`. Any thread. */
void rs_load_sum(struct rs_load_sum *sum, const struct rs_worker *workers, unsigned int n,
	uint64_t us);

/** Write a line if it is due; `now` is in report->now. */
void rs_load_report_line(struct rs_load_report *report, const struct rs_load_config *config,
	FILE *out);

/** Write the end as text. */
void rs_load_report_text(const struct rs_load_sum *sum, FILE *out);

/** Write the end as one line of JSON. */
void rs_load_report_json(const struct rs_load_sum *sum, FILE *out);

/** Whether all that was asked for was answered. */
bool rs_load_all_well(const struct rs_load_sum *sum, const struct rs_load_config *config);

/** The clients' counters as metrics, for rs_metric_sum(). */
extern const struct rs_metric rs_load_metrics[RS_LOAD_COUNTER_MAX];

/** /rstack/load/... */
extern const struct rs_telemetry_command rs_load_commands[];

#endif /* RS_LOAD_REPORT_H */
