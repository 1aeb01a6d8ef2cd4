/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Samples, and their differences. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sample.h"

/* The parts of a sample that are one answer each. */
static const struct {
	const char *name;
	const char *command;
} parts[] = {
	{ "info", "/rstack/info" },
	{ "stats", "/rstack/stats" },
	{ "states", "/rstack/tcp/states" },
	{ "resets_sent", "/rstack/reset/sent" },
	{ "resets_received", "/rstack/reset/received" },
	{ "resets_limited", "/rstack/reset/limited" },
	{ "drops", "/rstack/drop" },
};

/* The counters of a device that are taken from DPDK's own statistics. */
static const char *const device_keys[] = {
	"ipackets", "opackets", "ibytes", "obytes", "imissed", "ierrors", "oerrors", "rx_nombuf",
};

/* Parts whose numbers go up and down. */
static const char *const gauges[] = { "info", "states" };

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Ask about one of several things. */
static json_t *
ask_about(struct rs_top_socket *s, const char *command, long long id)
{
	char text[RS_TOP_COMMAND_MAX + 1];

	snprintf(text, sizeof(text), "%s,%lld", command, id);
	return rs_top_socket_ask(s, text);
}

/* Add the members of an answer to an object. @return 0 or -errno */
static int
merge(json_t *object, json_t *answer)
{
	if (answer == NULL)
		return -errno;
	json_object_update(object, answer);
	json_decref(answer);
	return 0;
}

static int
add_worker(struct rs_top_socket *s, json_t *workers, long long id)
{
	char name[24];
	json_t *stats = ask_about(s, "/rstack/lcore/stats", id);

	if (stats == NULL)
		return -errno;
	snprintf(name, sizeof(name), "%lld", id);
	json_object_set_new(workers, name, stats);
	return 0;
}

static int
add_listener(struct rs_top_socket *s, json_t *listeners, long long id)
{
	json_t *listener = ask_about(s, "/rstack/listener/info", id);
	const char *name = json_string_value(json_object_get(listener, "name"));

	if (listener == NULL)
		return -errno;
	if (name == NULL) { /* it has gone meanwhile */
		json_decref(listener);
		return 0;
	}
	json_object_set_new(listeners, name, listener);
	return merge(listener, ask_about(s, "/rstack/listener/stats", id));
}

static int
add_port(struct rs_top_socket *s, json_t *ports, long long id)
{
	json_t *port = ask_about(s, "/rstack/port/info", id);
	json_t *device;
	char name[24];
	unsigned int i;

	if (port == NULL)
		return -errno;
	snprintf(name, sizeof(name), "%lld", id);
	json_object_set_new(ports, name, port);
	device = ask_about(s, "/ethdev/stats",
		json_integer_value(json_object_get(port, "ethdev")));
	if (device == NULL)
		return -errno;
	for (i = 0; i < N(device_keys); i++) {
		json_t *value = json_object_get(device, device_keys[i]);

		if (value != NULL)
			json_object_set(port, device_keys[i], value);
	}
	json_decref(device);
	return 0;
}

/* The lists, and the function that asks about each of their members. */
static const struct {
	const char *name;
	const char *command;
	int (*add)(struct rs_top_socket *s, json_t *object, long long id);
} lists[] = {
	{ "workers", "/rstack/lcore/list", add_worker },
	{ "listeners", "/rstack/listener/list", add_listener },
	{ "ports", "/rstack/port/list", add_port },
};

static int
add_list(struct rs_top_socket *s, json_t *tree, unsigned int list)
{
	json_t *ids = rs_top_socket_ask(s, lists[list].command);
	json_t *object = json_object();
	json_t *id;
	size_t i;
	int ret = ids == NULL ? -errno : 0;

	json_object_set_new(tree, lists[list].name, object);
	json_array_foreach(ids, i, id) {
		if (ret == 0)
			ret = lists[list].add(s, object, json_integer_value(id));
	}
	json_decref(ids);
	return ret;
}

int
rs_top_sample_take(struct rs_top_socket *s, struct rs_top_sample *sample)
{
	json_t *tree = json_object();
	struct timespec now;
	unsigned int i;
	int ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (i = 0; ret == 0 && i < N(parts); i++) {
		json_t *part = rs_top_socket_ask(s, parts[i].command);

		if (part == NULL)
			ret = -errno;
		else if (!json_is_object(part))
			ret = -EPROTONOSUPPORT;
		else if (json_object_get(part, "error") != NULL)
			ret = -ECONNRESET; /* it is ending */
		json_object_set_new(tree, parts[i].name, part);
	}
	for (i = 0; ret == 0 && i < N(lists); i++)
		ret = add_list(s, tree, i);
	if (ret != 0) {
		json_decref(tree);
		return ret;
	}
	sample->tree = tree;
	sample->time = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	return 0;
}

void
rs_top_sample_free(struct rs_top_sample *sample)
{
	json_decref(sample->tree);
	sample->tree = NULL;
}

/* Whether a member only grows. */
static bool
is_counter(const char *key)
{
	static const char *const others[] = { "open", "id", "port_first", "port_last", "ethdev",
		"mtu", "vlan_priority" };
	unsigned int i;

	for (i = 0; i < N(others); i++) {
		if (strcmp(key, others[i]) == 0)
			return false;
	}
	for (i = 0; i < N(gauges); i++) {
		if (strcmp(key, gauges[i]) == 0)
			return false;
	}
	return strncmp(key, "used_", strlen("used_")) != 0;
}

/* The rates of the members of an object, and of the objects in it. */
static json_t *
object_rates(const json_t *before, json_t *now, double seconds)
{
	json_t *rates = json_object();
	const char *key;
	json_t *value;

	json_object_foreach(now, key, value) {
		const json_t *old = json_object_get(before, key);

		if (!is_counter(key) || json_typeof(value) == JSON_STRING || old == NULL)
			continue;
		if (json_is_object(value) && json_is_object(old))
			json_object_set_new(rates, key, object_rates(old, value, seconds));
		else if (json_is_integer(value) &&
			 json_integer_value(value) >= json_integer_value(old))
			json_object_set_new(rates, key, json_real((double)
				(json_integer_value(value) - json_integer_value(old)) / seconds));
	}
	return rates;
}

json_t *
rs_top_rates(const struct rs_top_sample *before, const struct rs_top_sample *now)
{
	double seconds = now->time - before->time;

	return object_rates(before->tree, now->tree, seconds > 0 ? seconds : 1);
}

bool
rs_top_sample_same(const struct rs_top_sample *before, const struct rs_top_sample *now)
{
	return rs_top_number(before->tree, "info", "pid", NULL) ==
		rs_top_number(now->tree, "info", "pid", NULL) &&
		rs_top_number(before->tree, "info", "uptime_ms", NULL) <=
		rs_top_number(now->tree, "info", "uptime_ms", NULL);
}

double
rs_top_number(const json_t *tree, ...)
{
	const char *key;
	va_list keys;

	va_start(keys, tree);
	while ((key = va_arg(keys, const char *)) != NULL)
		tree = json_object_get(tree, key);
	va_end(keys);
	return json_number_value(tree);
}
