/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The text format of Prometheus, version 0.0.4. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include "seqcount.h"
#include "watch/metrics.h"
#include "watch/prometheus.h"

/* A position is the number of a family's sample: that of the metric, and of the worker,
 * listener or port. The first one is of the appliance itself. */
#define INSTANCE_BITS 16
#define FIRST_METRIC 1

/* Words that reading the use of a mempool takes: one for each lcore that may have a cache. */
#define MEMPOOL_READS RTE_MAX_LCORE

/* Room for a name, which has the unit seconds in place of cycles, and for labels. */
#define NAME_MAX_LEN 80

/* A piece of the text. */
struct piece {
	char *text;
	uint32_t len, size;
};

static void __rte_format_printf(2, 3)
add(struct piece *piece, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(piece->text + piece->len, piece->size - piece->len, format, args);
	va_end(args);
	if (n > 0)
		piece->len = RTE_MIN(piece->len + (uint32_t)n, piece->size - 1);
}

/* Whether each worker has a sample of its own, because it has a CPU and pools of its own. */
static bool
is_per_worker(const struct rs_metric *metric)
{
	return metric->group == RS_METRIC_GROUP_worker || metric->group == RS_METRIC_GROUP_pool;
}

/* The number of samples that a metric has at most. */
static unsigned int
count_instances(const struct rs_metric *metric, const struct rs_app *app)
{
	if (metric->group == RS_METRIC_GROUP_total)
		return 0;
	if (is_per_worker(metric))
		return app->n_workers;
	if (metric->group == RS_METRIC_GROUP_port)
		return app->config.n_ports;
	return metric->group == RS_METRIC_GROUP_listener ? app->config.n_listeners : 1;
}

/* Write the name of a metric's family. */
static void
write_name(const struct rs_metric *metric, char name[NAME_MAX_LEN])
{
	const char *family = rs_metric_groups[metric->group].family;
	const char *total = metric->kind == RS_METRIC_COUNTER ? "_total" : "";
	size_t len = strlen(metric->name);

	if (family != NULL)
		snprintf(name, NAME_MAX_LEN, "rstack_%s%s", family, total);
	else if (metric->unit == RS_UNIT_cycles)
		snprintf(name, NAME_MAX_LEN, "rstack_%.*sseconds%s",
			(int)(len - strlen("cycles")), metric->name, total);
	else
		snprintf(name, NAME_MAX_LEN, "rstack_%s%s", metric->name, total);
}

/* The help text of a family: of a labelled group that of the whole. */
static void
add_help(struct piece *piece, const struct rs_metric *metric, const char *name)
{
	static const char cycles[] = "TSC cycles";
	const struct rs_metric_group_info *group = &rs_metric_groups[metric->group];
	const char *help = metric->help;

	add(piece, "# HELP %s ", name);
	if (group->family != NULL)
		add(piece, "%s, by %s", group->title != NULL ? group->title : "connections now",
			group->label);
	else if (metric->unit == RS_UNIT_cycles && strncmp(help, cycles, strlen(cycles)) == 0)
		add(piece, "seconds%s", help + strlen(cycles));
	else
		add(piece, "%s", help);
	add(piece, "\n# TYPE %s %s\n", name,
		metric->kind == RS_METRIC_COUNTER ? "counter" : "gauge");
}

/* Whether a metric is the first of its family. */
static bool
is_first(const struct rs_metric *metric)
{
	return metric == rs_metrics || rs_metric_groups[metric->group].family == NULL ||
	       metric[-1].group != metric->group;
}

/* The value of one instance of a metric. */
static uint64_t
read_value(const struct rs_metric *metric, const struct rs_app *app, unsigned int instance)
{
	return is_per_worker(metric) ? rs_metric_read(metric, &app->workers[instance], 0) :
		rs_metric_sum(metric, app, instance);
}

static void
add_value(struct piece *piece, const struct rs_metric *metric, const struct rs_app *app,
	uint64_t value)
{
	uint64_t us = (uint64_t)((unsigned __int128)value * app->clock.mult >> 64);

	if (metric->unit == RS_UNIT_cycles)
		add(piece, " %" PRIu64 ".%06" PRIu64 "\n", us / US_PER_S, us % US_PER_S);
	else
		add(piece, " %" PRIu64 "\n", value);
}

/* Whether an index is that of a listener: not of closed ports, or one that a reload took away. */
static bool
is_served(const struct rs_app *app, unsigned int instance)
{
	const struct rs_config_listener *listener = &app->config.listeners[instance];

	return !listener->closed && !listener->gone && listener->name[0] != '\0';
}

/* Whether an instance of a metric has a sample: it is no VLAN of a device that another port has. */
static bool
has_sample(const struct rs_metric *metric, const struct rs_app *app, unsigned int instance)
{
	if (metric->group == RS_METRIC_GROUP_listener)
		return is_served(app, instance);
	return metric->group != RS_METRIC_GROUP_port ||
	       rs_config_device_first(&app->config, instance) == instance;
}

/* Write the labels of a port: its number, and its device without arguments. */
static void
add_port(struct piece *piece, const struct rs_config_port *port)
{
	add(piece, "{port=\"%u\",device=\"%.*s\"}", port->number,
		(int)strcspn(port->device, ","), port->device);
}

/* Write one sample, after the HELP and TYPE of its family if it is the first. */
static void
add_sample(struct piece *piece, const struct rs_metric *metric, const struct rs_app *app,
	unsigned int instance)
{
	const struct rs_metric_group_info *group = &rs_metric_groups[metric->group];
	char name[NAME_MAX_LEN];

	write_name(metric, name);
	if (instance == 0 && is_first(metric))
		add_help(piece, metric, name);
	if (!has_sample(metric, app, instance))
		return;
	add(piece, "%s", name);
	if (group->label != NULL)
		add(piece, "{%s=\"%s\"}", group->label, metric->key);
	else if (is_per_worker(metric))
		add(piece, "{worker=\"%u\"}", app->workers[instance].lcore);
	else if (metric->group == RS_METRIC_GROUP_listener)
		add(piece, "{listener=\"%s\"}", app->config.listeners[instance].name);
	else if (metric->group == RS_METRIC_GROUP_port)
		add_port(piece, &app->config.ports[instance]);
	add_value(piece, metric, app, read_value(metric, app, instance));
}

/* Write the lines about the appliance itself. */
static void
add_appliance(struct piece *piece, const struct rs_app *app)
{
	static const char build[] = "rstack_build_info";
	static const char uptime[] = "rstack_uptime_seconds";
	uint64_t us = rs_worker_clock_now(&app->clock);

	add(piece, "# HELP %s versions of rstack and DPDK\n# TYPE %s gauge\n"
		"%s{version=\"%s\",dpdk=\"%s\"} 1\n", build, build, build, RS_VERSION,
		rte_version());
	add(piece, "# HELP %s seconds since the start\n# TYPE %s gauge\n%s %" PRIu64
		".%06" PRIu64 "\n", uptime, uptime, uptime, us / US_PER_S, us % US_PER_S);
}

/* Words that reading a sample takes. */
static unsigned int
count_reads(const struct rs_metric *metric, const struct rs_app *app)
{
	unsigned int words = metric->source == RS_METRIC_FROM_MBUF_POOL ? MEMPOOL_READS :
		metric->words;

	return is_per_worker(metric) ? words : words * app->n_workers;
}

/* The position of a sample, or of the next one if the metric has no such instance; 0: none. */
static uint32_t
find_sample(const struct rs_app *app, uint32_t id, uint32_t instance)
{
	while (id < FIRST_METRIC + RS_METRIC_MAX &&
	       instance >= count_instances(&rs_metrics[id - FIRST_METRIC], app)) {
		id++;
		instance = 0;
	}
	return id < FIRST_METRIC + RS_METRIC_MAX ? id << INSTANCE_BITS | instance : 0;
}

/* Write a piece; the appliance may change meanwhile, and then the piece is of no use. */
static uint32_t
write_piece(const struct rs_app *app, uint32_t *position, char *text, uint32_t size)
{
	struct piece piece = { .text = text, .size = size };
	unsigned int reads = 0;

	if (*position == 0) {
		add_appliance(&piece, app);
		*position = find_sample(app, FIRST_METRIC, 0);
	}
	while (*position != 0 && reads < RS_PROMETHEUS_READS &&
	       piece.size - piece.len >= RS_PROMETHEUS_SAMPLE_MAX) {
		uint32_t id = *position >> INSTANCE_BITS;
		uint32_t instance = *position & ((1u << INSTANCE_BITS) - 1);
		const struct rs_metric *metric = &rs_metrics[id - FIRST_METRIC];

		add_sample(&piece, metric, app, instance);
		reads += count_reads(metric, app);
		*position = find_sample(app, id, instance + 1);
	}
	return piece.len;
}

uint32_t
rs_prometheus_write(const void *arg, uint64_t *position, char *text, uint32_t size)
{
	const struct rs_app *app = arg;
	/* the upper half of a position is the state of the appliance at the beginning */
	uint32_t changes = *position == 0 ? rs_seqcount_read(&app->changes) :
		(uint32_t)(*position >> 32);
	uint32_t sample = (uint32_t)*position;
	uint32_t len = write_piece(app, &sample, text, size);

	if (!rs_seqcount_same(&app->changes, changes)) {
		*position = RS_PROMETHEUS_ANEW;
		return 0;
	}
	*position = sample == 0 ? 0 : (uint64_t)changes << 32 | sample;
	return len;
}

uint32_t
rs_prometheus_size(const struct rs_app *app)
{
	uint32_t n = 1;
	unsigned int i;

	/* a reload may add listeners */
	for (i = 0; i < RS_METRIC_MAX; i++)
		n += 1 + (rs_metrics[i].group == RS_METRIC_GROUP_listener ?
			(unsigned int)RTE_DIM(app->config.listeners) :
			count_instances(&rs_metrics[i], app)) / 2;
	/* a sample without HELP and TYPE takes less than half of the room */
	return (n + 1) * RS_PROMETHEUS_SAMPLE_MAX;
}
