/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The sections of the page. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

#define BAR_WIDTH 20

/* The number at a path of the sample, or its growth a second, as text. */
#define TOTAL(view, text, ...) \
	rs_top_format(rs_top_number((view)->now.tree, __VA_ARGS__, NULL), text)
#define RATE(view, text, ...) \
	rs_top_format(rs_top_number((view)->rates, __VA_ARGS__, NULL), text)

/* Room for numbers of a line. */
typedef char number[RS_TOP_NUMBER_MAX];

/* Add an empty line. @return NULL: no memory */
static struct rs_top_line *
new_line(struct rs_top_page *page)
{
	struct rs_top_line *lines = page->lines;

	if (page->n == page->room) {
		lines = realloc(lines, (page->room + 64) * sizeof(*lines));
		if (lines == NULL)
			return NULL;
		page->lines = lines;
		page->room += 64;
	}
	lines = &page->lines[page->n++];
	*lines = (struct rs_top_line){ 0 };
	return lines;
}

static void __attribute__((format(printf, 2, 3)))
add(struct rs_top_page *page, const char *format, ...)
{
	struct rs_top_line *line = new_line(page);
	va_list args;

	if (line == NULL)
		return;
	va_start(args, format);
	vsnprintf(line->text, sizeof(line->text), format, args);
	va_end(args);
}

/* Begin a section: its title, and the heads of its columns. */
static void __attribute__((format(printf, 2, 3)))
add_title(struct rs_top_page *page, const char *format, ...)
{
	struct rs_top_line *line;
	va_list args;

	new_line(page);
	line = new_line(page);
	if (line == NULL)
		return;
	line->title = true;
	va_start(args, format);
	vsnprintf(line->text, sizeof(line->text), format, args);
	va_end(args);
}

static const char *
string_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void
add_head(struct rs_top_page *page, const struct rs_top_view *view)
{
	const json_t *info = json_object_get(view->now.tree, "info");
	char time[RS_TOP_NUMBER_MAX * 2];

	add(page, "rstack %s, %s, file prefix %s, process %.0f, up %s%s",
		string_at(info, "version"), string_at(info, "dpdk"), view->prefix,
		rs_top_number(info, "pid", NULL),
		rs_top_format_time(rs_top_number(info, "uptime_ms", NULL) / 1000, time),
		rs_top_number(info, "stopping", NULL) > 0 ? ", STOPPING" : "");
	add(page, "%s", string_at(info, "config"));
}

static void
add_rates(struct rs_top_page *page, const struct rs_top_view *view)
{
	number a, b, c, d;

	add_title(page, "%-14s %9s %9s   %-14s %9s %9s", "EACH SECOND", "in", "out",
		"CONNECTIONS", "now", "a second");
	add(page, "%-14s %9s %9s   %-14s %9s %9s", "frames",
		RATE(view, a, "stats", "rx_frames"), RATE(view, b, "stats", "tx_frames"),
		"established", TOTAL(view, c, "states", "ESTABLISHED"),
		RATE(view, d, "stats", "established"));
	add(page, "%-14s %9s %9s   %-14s %9s %9s", "segments",
		RATE(view, a, "stats", "rx_segments"), RATE(view, b, "stats", "tx_segments"),
		"half-open", TOTAL(view, c, "stats", "used_half_open"),
		RATE(view, d, "stats", "passive_opens"));
	add(page, "%-14s %9s %9s   %-14s %9s %9s", "data bytes",
		RATE(view, a, "stats", "rx_data_bytes"), RATE(view, b, "stats", "tx_data_bytes"),
		"closed", "", RATE(view, d, "stats", "closed"));
	add(page, "%-14s %9s %9s   %-14s %9s %9s", "resets",
		RATE(view, a, "stats", "resets_received"), RATE(view, b, "stats", "resets_sent"),
		"aborted", "", RATE(view, d, "stats", "aborted"));
	add(page, "%-14s %9s %9s   %-14s %9s %9s", "retransmitted", "",
		RATE(view, b, "stats", "retransmitted"), "time-wait",
		TOTAL(view, c, "stats", "used_time_waits"), RATE(view, d, "stats", "time_waits"));
	add(page, "%-14s %9s %9s   %-14s %9s %9s", "dropped", RATE(view, a, "stats", "drops"), "",
		"cookies", "", RATE(view, d, "stats", "cookies_sent"));
}

static void
add_workers(struct rs_top_page *page, const struct rs_top_view *view)
{
	json_t *workers = json_object_get(view->now.tree, "workers");
	char bar[BAR_WIDTH + 1];
	number a, b, c, d;
	const char *id;
	json_t *worker;

	add_title(page, "%-8s %6s %-*s %9s %9s %9s %9s", "WORKER", "busy", BAR_WIDTH + 2, "",
		"polls/s", "bursts/s", "SYNs lost", "tx full");
	json_object_foreach(workers, id, worker) {
		double total = rs_top_number(view->rates, "workers", id, "total_cycles", NULL);
		double busy = rs_top_number(view->rates, "workers", id, "busy_cycles", NULL);
		double share = total > 0 ? busy / total : 0;

		add(page, "%-8s %5.1f%% [%s] %9s %9s %9s %9s", id, 100 * share,
			rs_top_format_bar(share, bar, BAR_WIDTH),
			RATE(view, a, "workers", id, "polls"),
			RATE(view, b, "workers", id, "rx_bursts"),
			TOTAL(view, c, "workers", id, "syns_dropped"),
			TOTAL(view, d, "workers", id, "tx_full"));
	}
}

/* The states that any connection is in, side by side. */
static void
add_states(struct rs_top_page *page, const struct rs_top_view *view)
{
	json_t *states = json_object_get(view->now.tree, "states");
	char line[RS_TOP_LINE_MAX] = "";
	const char *state;
	json_t *value;
	size_t n = 0;
	number a;

	add_title(page, "CONNECTIONS BY STATE");
	json_object_foreach(states, state, value) {
		if (json_integer_value(value) == 0 || n >= sizeof(line) - 64)
			continue;
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s %s", n > 0 ? "   " : "",
			state, rs_top_format((double)json_integer_value(value), a));
	}
	add(page, "%s", n > 0 ? line : "none");
}

/* The index of a series; history->n: there is none. */
static size_t
find_series(const struct rs_top_history *history, const char *part, const char *key)
{
	char name[sizeof(history->series[0].name)];
	size_t i = 0;

	snprintf(name, sizeof(name), "%s/%s", part, key);
	while (i < history->n && strcmp(history->series[i].name, name) != 0)
		i++;
	return i;
}

/* The latest rates of a counter as text, "" without a history of it. */
static const char *
sparkline(const struct rs_top_view *view, const char *part, const char *key,
	char text[RS_TOP_SPARK_MAX])
{
	size_t i = view->history == NULL ? 0 : find_series(view->history, part, key);

	text[0] = '\0';
	if (view->history != NULL && i < view->history->n)
		rs_top_format_spark(view->history->series[i].values, RS_TOP_HISTORY, view->utf8,
			text);
	return text;
}

/* The counters of a part that are not 0, with their rates and sparklines. */
static void
add_counters(struct rs_top_page *page, const struct rs_top_view *view, const char *part,
	const char *title)
{
	json_t *counters = json_object_get(view->now.tree, part);
	char spark[RS_TOP_SPARK_MAX];
	const char *key;
	json_t *value;
	number a, b;
	size_t lines;

	add_title(page, "%-22s %9s %9s", title, "total", "a second");
	lines = page->n;
	json_object_foreach(counters, key, value) {
		if (json_integer_value(value) == 0)
			continue;
		add(page, "%-22s %9s %9s  %s", key,
			rs_top_format((double)json_integer_value(value), a),
			RATE(view, b, part, key), sparkline(view, part, key, spark));
	}
	if (page->n == lines)
		add(page, "none");
}

static void
add_listeners(struct rs_top_page *page, const struct rs_top_view *view)
{
	json_t *listeners = json_object_get(view->now.tree, "listeners");
	number a, b, c, d, e;
	char ports[16];
	const char *name;
	json_t *l;

	if (json_object_size(listeners) == 0)
		return;
	add_title(page, "%-16s %-9s %-11s %9s %9s %9s %9s %9s", "LISTENER", "service", "ports",
		"open", "accept/s", "abort/s", "in B/s", "out B/s");
	json_object_foreach(listeners, name, l) {
		int first = (int)rs_top_number(l, "port_first", NULL);
		int last = (int)rs_top_number(l, "port_last", NULL);

		snprintf(ports, sizeof(ports), first == last ? "%d" : "%d-%d", first, last);
		add(page, "%-16s %-9s %-11s %9s %9s %9s %9s %9s", name, string_at(l, "service"),
			ports, TOTAL(view, a, "listeners", name, "open"),
			RATE(view, b, "listeners", name, "accepted"),
			RATE(view, c, "listeners", name, "aborted"),
			RATE(view, d, "listeners", name, "rx_bytes"),
			RATE(view, e, "listeners", name, "tx_bytes"));
	}
}

static void
add_ports(struct rs_top_page *page, const struct rs_top_view *view)
{
	json_t *ports = json_object_get(view->now.tree, "ports");
	number a, b, c, d, e, f;
	const char *id;
	json_t *port;

	add_title(page, "%-4s %-26s %9s %9s %9s %9s %9s %9s", "PORT", "device", "in/s", "out/s",
		"missed", "no mbuf", "in bad", "out bad");
	json_object_foreach(ports, id, port)
		add(page, "%-4s %-26.26s %9s %9s %9s %9s %9s %9s", id, string_at(port, "device"),
			RATE(view, a, "ports", id, "ipackets"),
			RATE(view, b, "ports", id, "opackets"),
			TOTAL(view, c, "ports", id, "imissed"),
			TOTAL(view, d, "ports", id, "rx_nombuf"),
			TOTAL(view, e, "ports", id, "ierrors"),
			TOTAL(view, f, "ports", id, "oerrors"));
}

/* Append a value, in place of the oldest. */
static void
push(float values[RS_TOP_HISTORY], float value)
{
	memmove(values, values + 1, (RS_TOP_HISTORY - 1) * sizeof(*values));
	values[RS_TOP_HISTORY - 1] = value;
}

void
rs_top_history_add(struct rs_top_history *history, const json_t *rates)
{
	static const char *const names[] = { "resets_sent", "resets_received", "resets_limited" };
	unsigned int part;
	const char *key;
	json_t *value;

	for (part = 0; part < sizeof(names) / sizeof(names[0]); part++) {
		json_object_foreach(json_object_get(rates, names[part]), key, value) {
			size_t i = find_series(history, names[part], key);

			if (i == RS_TOP_SERIES)
				continue;
			if (i == history->n)
				snprintf(history->series[history->n++].name,
					sizeof(history->series[0].name), "%s/%s", names[part],
					key);
			push(history->series[i].values, (float)json_number_value(value));
		}
	}
}

/* Cut off the blanks at the end of each line. */
static void
trim(struct rs_top_page *page)
{
	size_t i;

	for (i = 0; i < page->n; i++) {
		char *text = page->lines[i].text;
		size_t len = strlen(text);

		while (len > 0 && text[len - 1] == ' ')
			text[--len] = '\0';
	}
}

void
rs_top_page_fill(struct rs_top_page *page, const struct rs_top_view *view)
{
	page->n = 0;
	add_head(page, view);
	add_rates(page, view);
	add_workers(page, view);
	add_states(page, view);
	add_counters(page, view, "resets_sent", "RESETS SENT");
	add_counters(page, view, "resets_received", "RESETS RECEIVED");
	add_counters(page, view, "resets_limited", "RESETS WITHHELD");
	add_listeners(page, view);
	add_ports(page, view);
	add_counters(page, view, "drops", "FRAMES DROPPED");
	trim(page);
}

void
rs_top_page_free(struct rs_top_page *page)
{
	free(page->lines);
	*page = (struct rs_top_page){ 0 };
}
