/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rstack-load's metrics, its answer to telemetry and its final report. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_telemetry.h"
#include "load/report.h"

#define N_WORKERS 2

struct fixture {
	struct rs_app app;
	struct rs_worker workers[N_WORKERS];
	struct rs_load_client *clients[N_WORKERS];
	struct rte_tel_data data;
};

/* Two clients with a value of its own in each counter, and three times of 1 to 3 ms each. */
static int
setup(void **state)
{
	struct fixture *f = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(sizeof(*f), (size_t)RTE_CACHE_LINE_SIZE));
	unsigned int w, i;

	assert_non_null(f);
	memset(f, 0, sizeof(*f));
	f->app.workers = f->workers;
	f->app.n_workers = N_WORKERS;
	for (w = 0; w < N_WORKERS; w++) {
		struct rs_load_client *c = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*c));

		assert_non_null(c);
		memset(c, 0, sizeof(*c));
		for (i = 0; i < RS_LOAD_COUNTER_MAX; i++)
			c->count[i] = (w + 1) * 10000 + i + 1;
		for (i = 0; i < RS_LOAD_TIME_MAX; i++) {
			rs_histogram_record(&c->times[i], 1000 * (i + 1));
			rs_histogram_record(&c->times[i], 1000 * (i + 1));
		}
		f->clients[w] = c;
		f->workers[w].client_arg = c;
	}
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int w;

	for (w = 0; w < N_WORKERS; w++)
		free(f->clients[w]);
	free(f);
	return 0;
}

static void
metrics_read_their_counters(void **state)
{
	const struct fixture *f = *state;
	unsigned int i, j;

	for (i = 0; i < RS_LOAD_COUNTER_MAX; i++) {
		const struct rs_metric *m = &rs_load_metrics[i];
		char name[64];

		snprintf(name, sizeof(name), "load_%s", m->key);
		assert_string_equal(m->name, name);
		assert_string_equal(m->key, rs_load_counter_names[i].name);
		assert_string_equal(m->help, rs_load_counter_names[i].help);
		assert_int_equal(m->kind, RS_METRIC_COUNTER);
		assert_in_range(m->unit, RS_UNIT_UNSET + 1, RS_UNIT_MAX - 1);
		assert_int_equal(m->group, RS_METRIC_GROUP_load);
		assert_int_equal(rs_metric_read(m, &f->workers[1], 0), 20000 + i + 1);
		assert_int_equal(rs_metric_sum(m, &f->app, 0), 30000 + 2 * (i + 1));
		for (j = 0; j < RS_METRIC_MAX; j++)
			assert_string_not_equal(m->name, rs_metrics[j].name);
	}
}

static void
telemetry_answers_counters_and_times(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	assert_string_equal(rs_load_commands[0].name, "/rstack/load/stats");
	fake_telemetry_ask(&rs_load_commands[0], &f->app, NULL, &f->data);
	for (i = 0; i < RS_LOAD_COUNTER_MAX; i++)
		assert_int_equal(fake_telemetry_value(&f->data, rs_load_metrics[i].key),
			30000 + 2 * (i + 1));
	assert_int_equal(fake_telemetry_value(&f->data, "connect_us_max"), 1000);
	assert_int_equal(fake_telemetry_value(&f->data, "whole_us_p99_9"), 3000);
}

static void
text_has_each_counter(void **state)
{
	struct fixture *f = *state;
	struct rs_load_sum *sum = malloc(sizeof(*sum));
	char *text = NULL;
	char line[256];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	assert_non_null(sum);
	assert_non_null(out);
	rs_load_sum(sum, f->workers, N_WORKERS, 2000000);
	rs_load_report_text(sum, out);
	fclose(out);
	for (i = 0; i < RS_LOAD_COUNTER_MAX; i++) {
		snprintf(line, sizeof(line), "  %-15s %12u  %s\n", rs_load_counter_names[i].name,
			30000 + 2 * (i + 1), rs_load_counter_names[i].help);
		assert_non_null(strstr(text, line));
	}
	free(text);
	free(sum);
}

/* RFC 9411 6.3: the names of the results, and their values from counters of the setup. */
static void
results_have_the_names_of_rfc_9411(void **state)
{
	static const char *const expected[] = {
		"\"tcp_connections_per_second\": 50000,", "\"concurrent_tcp_connections\": 70,",
		"\"transactions_per_second\": 12500,", "\"unexpected_resets_percent\": 0.00200}",
		"\"ttfb_us\": {\"count\": 4, \"p50\": 4", "\"ttlb_us\": {\"count\": 4, \"p50\": 5",
	};
	struct fixture *f = *state;
	struct rs_load_sum *sum = malloc(sizeof(*sum));
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	assert_non_null(sum);
	assert_non_null(out);
	f->clients[0]->open_max = 30;
	f->clients[1]->open_max = 40;
	rs_load_sum(sum, f->workers, N_WORKERS, 2000000);
	sum->count[RS_LOAD_attempted] = 200000;
	sum->count[RS_LOAD_established] = 100000;
	sum->count[RS_LOAD_completed] = 25000;
	sum->count[RS_LOAD_reset] = 4;
	rs_load_report_json(sum, out);
	fclose(out);
	for (i = 0; i < RTE_DIM(expected); i++) {
		if (strstr(text, expected[i]) == NULL)
			fail_msg("no %s in %s", expected[i], text);
	}
	free(text);
	free(sum);
}

/* The report as text or JSON; free() it. */
static char *
report(const struct rs_load_sum *sum, bool json)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (json)
		rs_load_report_json(sum, out);
	else
		rs_load_report_text(sum, out);
	fclose(out);
	return text;
}

/* Statuses are listed with their counts, and bad answers by their first bytes, escaped. */
static void
answers_are_listed(void **state)
{
	static const uint8_t bytes[] = "a\"\\\r\n\x1b\xff";
	static const struct rs_load_sample samples[] = {
		{ .received = 7, .port = 1024, .why = RS_LOAD_BAD_FORMAT },
		{ .received = 90, .port = 1025, .status = 404, .why = RS_LOAD_BAD_STATUS },
		{ .received = 3, .port = 1026, .why = RS_LOAD_BAD_SHORT },
		{ .port = 1 },
	};
	struct fixture *f = *state;
	struct rs_load_sum *sum = malloc(sizeof(*sum));
	char *text;
	unsigned int i;

	f->clients[0]->status[200] = 4;
	f->clients[1]->status[200] = 3;
	f->clients[1]->status[404] = 1;
	rs_load_samples_add(&f->clients[0]->samples, &samples[0], bytes, sizeof(bytes) - 1);
	for (i = 1; i < RTE_DIM(samples); i++)
		rs_load_samples_add(&f->clients[1]->samples, &samples[i], NULL, 0);
	rs_load_samples_add(&f->clients[1]->samples, &samples[3], NULL, 0); /* no room */
	rs_load_sum(sum, f->workers, N_WORKERS, 2000000);
	text = report(sum, false);
	assert_non_null(strstr(text, "  status 200                 7  complete"));
	assert_non_null(strstr(text, "  status 404                 1  complete"));
	assert_null(strstr(text, "status 000"));
	assert_non_null(strstr(text, "bad answers, the first 4:\n"
		"  local port 1024, not HTTP after 7 bytes: \"a\\\"\\\\\\r\\n\\u001b\\u00ff\"\n"
		"  local port 1025, status 404 after 90 bytes\n"
		"  local port 1026, cut short after 3 bytes\n"));
	free(text);
	text = report(sum, true);
	assert_non_null(strstr(text, ", \"status\": {\"200\": 7, \"404\": 1}, \"bad_samples\": ["
		"{\"port\": 1024, \"why\": \"not HTTP\", \"received\": 7, "
		"\"data\": \"a\\\"\\\\\\r\\n\\u001b\\u00ff\"}, {\"port\": 1025, "));
	free(text);
	free(sum);
}

/* A time that was never measured is no 0. */
static void
nothing_measured_is_no_time(void **state)
{
	struct fixture *f = *state;
	struct rs_load_sum *sum = malloc(sizeof(*sum));
	unsigned int i;
	char *text;

	for (i = 0; i < N_WORKERS; i++)
		memset(f->clients[i]->times, 0, sizeof(f->clients[i]->times));
	rs_load_sum(sum, f->workers, N_WORKERS, 2000000);
	text = report(sum, false);
	assert_non_null(strstr(text, "  connect                 -         -         -         -"
		"         -  from the SYN"));
	free(text);
	text = report(sum, true);
	assert_non_null(strstr(text, "\"connect_us\": {\"count\": 0, \"p50\": null, \"p90\": null, "
		"\"p99\": null, \"p99.9\": null, \"max\": null}"));
	assert_non_null(strstr(text, ", \"status\": {}, \"bad_samples\": []}\n"));
	free(text);
	free(sum);
}

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(answers_are_listed),
		fixture_test(metrics_read_their_counters),
		fixture_test(nothing_measured_is_no_time),
		fixture_test(telemetry_answers_counters_and_times),
		fixture_test(text_has_each_counter),
		fixture_test(results_have_the_names_of_rfc_9411),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
