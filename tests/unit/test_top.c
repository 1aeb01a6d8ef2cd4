/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rstack-top without a socket and a terminal: numbers, rates, sparklines and the page. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "top/page.h"

static void
numbers_have_three_digits(void **state)
{
	static const struct { double value; const char *text; } want[] = {
		{ 0, "0" }, { 1, "1" }, { 0.25, "0.25" }, { 0.004, "0.00" }, { 9.994, "9.99" },
		{ 9.996, "10.0" }, { 42.25, "42.2" }, { 99.94, "99.9" }, { 99.96, "100" },
		{ 999, "999" }, { 999.4, "999" }, { 999.6, "1.00k" }, { 1000, "1.00k" },
		{ 12345, "12.3k" }, { 999499, "999k" }, { 999600, "1.00M" }, { 1.5e9, "1.50G" },
		{ 1.8446744073709552e19, "18.4E" },
	};
	char text[RS_TOP_NUMBER_MAX];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_string_equal(rs_top_format(want[i].value, text), want[i].text);
}

static void
times_are_read_as_clocks(void **state)
{
	char text[2 * RS_TOP_NUMBER_MAX];

	(void)state;
	assert_string_equal(rs_top_format_time(59.9, text), "59s");
	assert_string_equal(rs_top_format_time(60, text), "1:00");
	assert_string_equal(rs_top_format_time(3599, text), "59:59");
	assert_string_equal(rs_top_format_time(3600, text), "1:00:00");
	assert_string_equal(rs_top_format_time(86400 * 400.0 + 3723, text), "400d 1:02:03");
}

static void
bars_and_sparklines_are_relative(void **state)
{
	const float values[] = { 0, 0.01f, 50, 100 };
	char text[RS_TOP_SPARK_MAX];
	float many[RS_TOP_HISTORY];
	char bar[11];
	unsigned int i;

	(void)state;
	assert_string_equal(rs_top_format_bar(0, bar, 10), "          ");
	assert_string_equal(rs_top_format_bar(0.5, bar, 10), "#####     ");
	assert_string_equal(rs_top_format_bar(1.5, bar, 10), "##########");
	assert_string_equal(rs_top_format_bar(-1, bar, 10), "          ");
	assert_string_equal(rs_top_format_spark(values, 4, false, text), " .+#");
	assert_string_equal(rs_top_format_spark(values, 4, true, text), " ▁▅█");
	assert_string_equal(rs_top_format_spark(values, 1, true, text), " ");
	for (i = 0; i < RS_TOP_HISTORY; i++)
		many[i] = 1e30f;
	rs_top_format_spark(many, RS_TOP_HISTORY, true, text);
	assert_int_equal(strlen(text), RS_TOP_SPARK_MAX - 1);
}

/* A sample of this JSON. */
static struct rs_top_sample
sample_of(const char *text, double time)
{
	struct rs_top_sample sample = { .time = time };

	sample.tree = json_loads(text, 0, NULL);
	assert_non_null(sample.tree);
	return sample;
}

#define BEFORE "{\"info\": {\"pid\": 7, \"uptime_ms\": 1000}, " \
	"\"stats\": {\"rx_frames\": 100, \"used_tcbs\": 5, \"drops\": 9}, " \
	"\"states\": {\"ESTABLISHED\": 5}, \"resets_sent\": {\"no_listener\": 10}, " \
	"\"workers\": {\"1\": {\"busy_cycles\": 0, \"total_cycles\": 100}}, " \
	"\"listeners\": {\"web\": {\"id\": 0, \"open\": 1, \"accepted\": 10, \"name\": \"web\"}}}"
#define NOW "{\"info\": {\"pid\": 7, \"uptime_ms\": 3000, \"version\": \"1\", " \
	"\"config\": \"/etc/a.ini\"}, " \
	"\"stats\": {\"rx_frames\": 300, \"used_tcbs\": 7, \"drops\": 3, \"new\": 1}, " \
	"\"states\": {\"ESTABLISHED\": 7, \"CLOSED\": 0}, " \
	"\"resets_sent\": {\"no_listener\": 2010, \"keepalive\": 0}, " \
	"\"workers\": {\"1\": {\"busy_cycles\": 50, \"total_cycles\": 200}}, " \
	"\"listeners\": {\"web\": {\"id\": 0, \"open\": 3, \"accepted\": 14, \"name\": \"web\"," \
	"\"port_first\": 80, \"port_last\": 89}}}"

static void
rates_are_of_counters(void **state)
{
	struct rs_top_sample before = sample_of(BEFORE, 10), now = sample_of(NOW, 12);
	json_t *rates = rs_top_rates(&before, &now);

	(void)state;
	assert_true(rs_top_number(rates, "stats", "rx_frames", NULL) == 100);
	assert_true(rs_top_number(rates, "resets_sent", "no_listener", NULL) == 1000);
	assert_true(rs_top_number(rates, "listeners", "web", "accepted", NULL) == 2);
	assert_true(rs_top_number(rates, "workers", "1", "busy_cycles", NULL) == 25);
	/* gauges, a counter that went back, and one that was not there have none */
	assert_null(json_object_get(rates, "states"));
	assert_null(json_object_get(rates, "info"));
	assert_null(json_object_get(json_object_get(rates, "stats"), "used_tcbs"));
	assert_null(json_object_get(json_object_get(rates, "stats"), "drops"));
	assert_null(json_object_get(json_object_get(rates, "stats"), "new"));
	assert_null(json_object_get(json_object_get(json_object_get(rates, "listeners"), "web"),
		"open"));
	assert_true(rs_top_number(rates, "no", "such", "thing", NULL) == 0);
	json_decref(rates);
	/* the same process goes on; another one, or an earlier time, does not */
	assert_true(rs_top_sample_same(&before, &now));
	assert_false(rs_top_sample_same(&now, &before));
	json_integer_set(json_object_get(json_object_get(now.tree, "info"), "pid"), 8);
	assert_false(rs_top_sample_same(&before, &now));
	rs_top_sample_free(&before);
	rs_top_sample_free(&now);
}

/* Whether the page has a line that begins with a text. */
static const char *
line_with(const struct rs_top_page *page, const char *start)
{
	size_t i;

	for (i = 0; i < page->n; i++) {
		if (strncmp(page->lines[i].text, start, strlen(start)) == 0)
			return page->lines[i].text;
	}
	fail_msg("no line begins with %s", start);
	return "";
}

static void
page_has_each_section(void **state)
{
	struct rs_top_sample before = sample_of(BEFORE, 10);
	struct rs_top_view view = { .prefix = "rte", .now = sample_of(NOW, 12) };
	struct rs_top_history *history = calloc(1, sizeof(*history));
	struct rs_top_page page = { 0 };
	size_t n;

	(void)state;
	assert_non_null(history);
	/* without rates at first */
	rs_top_page_fill(&page, &view);
	n = page.n;
	view.rates = rs_top_rates(&before, &view.now);
	view.history = history;
	rs_top_history_add(history, view.rates);
	rs_top_page_fill(&page, &view);
	assert_int_equal(page.n, n);
	assert_string_equal(page.lines[0].text, "rstack 1, , file prefix rte, process 7, up 3s");
	assert_string_equal(page.lines[1].text, "/etc/a.ini");
	assert_non_null(strstr(line_with(&page, "frames "), " 100 "));
	assert_non_null(strstr(line_with(&page, "1  "), " 50.0% [##########          ]"));
	assert_string_equal(line_with(&page, "ESTABLISHED"), "ESTABLISHED 7");
	/* "keepalive" is 0 and left out; the sparkline ends with its only value */
	assert_string_equal(line_with(&page, "no_listener") +
		strlen(line_with(&page, "no_listener")) - 2, " #");
	assert_non_null(strstr(line_with(&page, "no_listener"), " 2.01k     1.00k"));
	assert_non_null(strstr(line_with(&page, "web"), " 80-89 "));
	line_with(&page, "PORT");
	line_with(&page, "FRAMES DROPPED");
	json_decref(view.rates);
	rs_top_page_free(&page);
	rs_top_sample_free(&before);
	rs_top_sample_free(&view.now);
	free(history);
}

/* More counters than series, and longer names: none is written beyond its room. */
static void
history_and_lines_are_bounded(void **state)
{
	struct rs_top_history *history = calloc(1, sizeof(*history));
	struct rs_top_view view = { .prefix = "rte" };
	struct rs_top_page page = { 0 };
	json_t *counters = json_object();
	char name[2 * RS_TOP_LINE_MAX];
	unsigned int i;

	(void)state;
	assert_non_null(history);
	for (i = 0; i < 2 * RS_TOP_SERIES; i++) {
		memset(name, 'a', sizeof(name));
		snprintf(name, sizeof(name), "%u", i);
		name[strlen(name)] = i % 2 == 0 ? 'x' : '\0';
		name[sizeof(name) - 1] = '\0';
		json_object_set_new(counters, name, json_integer(i));
	}
	view.now.tree = json_pack("{s:O, s:O}", "resets_sent", counters, "states", counters);
	view.rates = json_pack("{s:o}", "resets_sent", counters);
	for (i = 0; i < 3; i++)
		rs_top_history_add(history, view.rates);
	assert_int_equal(history->n, RS_TOP_SERIES);
	view.history = history;
	rs_top_page_fill(&page, &view);
	assert_true(page.n > RS_TOP_SERIES);
	rs_top_page_free(&page);
	json_decref(view.now.tree);
	json_decref(view.rates);
	free(history);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_three_digits),
		cmocka_unit_test(times_are_read_as_clocks),
		cmocka_unit_test(bars_and_sparklines_are_relative),
		cmocka_unit_test(rates_are_of_counters),
		cmocka_unit_test(page_has_each_section),
		cmocka_unit_test(history_and_lines_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
