/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rstack-load's metrics, its answer to telemetry and its final report. */

#include <setjmp.h>
#include <stdarg.h>
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

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(metrics_read_their_counters),
		fixture_test(telemetry_answers_counters_and_times),
		fixture_test(text_has_each_counter),
		fixture_test(results_have_the_names_of_rfc_9411),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
