/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The commands. Telemetry runs callbacks on threads of its own, several at a time. DPDK 22.11
 * gives them no argument, so a variable of this file leads them to the appliance. It is not in
 * EAL's memory, because the threads run on while rte_eal_cleanup() unmaps that.
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <rte_common.h>
#include <rte_rwlock.h>
#include <rte_telemetry.h>
#include <rte_version.h>

#include "config/keys.h"
#include "watch/filter.h"
#include "watch/metrics.h"
#include "watch/port_stats.h"
#include "watch/telemetry.h"

/* A command holds the lock for reading, the start and the stop for writing. */
static struct {
	rte_rwlock_t lock;
	const struct rs_app *app; /* NULL: the appliance is gone */
	const struct rs_telemetry_command *more;
} gate = { .lock = RTE_RWLOCK_INITIALIZER };

/* Replace what JSON would need an escape for. */
static void
make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			*text = '?';
}

int
rs_telemetry_refuse(struct rte_tel_data *data, const char *format, ...)
{
	char text[RS_TELEMETRY_STRING_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* parameters that a text quotes may hold anything, and may be cut inside a character */
	make_plain(text);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "error", text);
	return 0;
}

void
rs_telemetry_row_start(struct rs_telemetry_row *row, struct rte_tel_data *data)
{
	rte_tel_data_start_dict(data);
	*row = (struct rs_telemetry_row){ .data = data, .bytes = 2 };
}

void
rs_telemetry_row_u64(struct rs_telemetry_row *row, const char *key, uint64_t value)
{
	rte_tel_data_add_dict_u64(row->data, key, value);
	row->bytes += strlen(key) + sizeof("\"\":,") +
		(size_t)snprintf(NULL, 0, "%" PRIu64, value);
}

void
rs_telemetry_row_string(struct rs_telemetry_row *row, const char *key, const char *value)
{
	rte_tel_data_add_dict_string(row->data, key, value);
	row->bytes += strlen(key) + sizeof("\"\":\"\",") + strlen(value);
}

const char *
rs_telemetry_addr(const struct rs_addr *addr, char *text)
{
	if (rs_addr_is_ipv4(addr))
		return inet_ntop(AF_INET, &addr->w[3], text, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, addr->b, text, INET6_ADDRSTRLEN);
}

bool
rs_telemetry_number(const char *text, unsigned long max, unsigned long *value, const char **end)
{
	char *stop;

	if (text == NULL || !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoul(text, &stop, 10);
	if (errno != 0 || *value > max)
		return false;
	if (end != NULL)
		*end = stop;
	return end != NULL || *stop == '\0';
}

/* Read "a.b.c.d:port" or "[IPv6]:port", followed by the character `last`. */
static bool
read_socket(const char *text, char last, struct rs_addr *addr, uint16_t *port, const char **end)
{
	bool bracket = text[0] == '[';
	char host[INET6_ADDRSTRLEN] = "";
	size_t len;
	struct in_addr ipv4;
	unsigned long value;

	text += bracket;
	len = strcspn(text, bracket ? "]" : ":");
	if (len >= sizeof(host) || text[len] == '\0')
		return false;
	memcpy(host, text, len);
	text += len + bracket;
	if (text[0] != ':' ||
	    !rs_telemetry_number(text + 1, UINT16_MAX, &value, end) || **end != last)
		return false;
	if (bracket) {
		if (inet_pton(AF_INET6, host, addr) != 1)
			return false;
	} else if (inet_pton(AF_INET, host, &ipv4) == 1) {
		*addr = rs_addr_from_ipv4(ipv4.s_addr);
	} else {
		return false;
	}
	*port = (uint16_t)value;
	return true;
}

bool
rs_telemetry_tuple(const char *text, struct rs_tuple *tuple)
{
	const char *end;

	return text != NULL && read_socket(text, ',', &tuple->laddr, &tuple->lport, &end) &&
	       read_socket(end + 1, '\0', &tuple->raddr, &tuple->rport, &end) &&
	       rs_addr_is_ipv4(&tuple->laddr) == rs_addr_is_ipv4(&tuple->raddr);
}

/* Add each metric of a group, summed over all workers; `listener` as for rs_metric_read(). */
static void
add_sums(const struct rs_app *app, struct rte_tel_data *data, enum rs_metric_group group,
	unsigned int listener)
{
	unsigned int i;

	for (i = 0; i < RS_METRIC_MAX; i++)
		if (rs_metrics[i].group == group)
			rte_tel_data_add_dict_u64(data, rs_metrics[i].key,
				rs_metric_sum(&rs_metrics[i], app, listener));
}

/* Answer with one group of metrics. */
static int
answer_group(const struct rs_app *app, struct rte_tel_data *data, enum rs_metric_group group)
{
	rte_tel_data_start_dict(data);
	add_sums(app, data, group, 0);
	return 0;
}

/* The name of an idle mode in the configuration. */
static const char *
idle_name(enum rs_worker_idle idle)
{
	switch (idle) {
	case RS_IDLE_POLL: return "poll";
	case RS_IDLE_YIELD: return "yield";
	case RS_IDLE_SLEEP: return "sleep";
	}
	return "";
}

/* Add the absolute path of the configuration file; of a long one the end, which telemetry takes. */
static void
add_config_path(const struct rs_app *app, struct rte_tel_data *data)
{
	char path[PATH_MAX];
	size_t len;

	if (realpath(app->config.path, path) == NULL) /* it was removed meanwhile */
		strlcpy(path, app->config.path, sizeof(path));
	len = strlen(path);
	rte_tel_data_add_dict_string(data, "config",
		&path[len - RTE_MIN(len, (size_t)RS_TELEMETRY_STRING_MAX - 1)]);
}

/* The number of listeners and closed ranges that the file has. */
static uint64_t
count_listeners(const struct rs_app *app)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < app->config.n_listeners; i++)
		n += !app->config.listeners[i].gone;
	return n;
}

static int
cmd_info(const struct rs_app *app, const char *params __rte_unused, struct rte_tel_data *data)
{
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "version", RS_VERSION);
	rte_tel_data_add_dict_string(data, "dpdk", rte_version());
	add_config_path(app, data);
	rte_tel_data_add_dict_u64(data, "pid", (uint64_t)getpid());
	rte_tel_data_add_dict_u64(data, "stopping",
		__atomic_load_n(&app->stopping, __ATOMIC_RELAXED));
	rte_tel_data_add_dict_u64(data, "uptime_ms", rs_worker_clock_now(&app->clock) / 1000);
	rte_tel_data_add_dict_u64(data, "workers", app->n_workers);
	rte_tel_data_add_dict_u64(data, "ports", app->config.n_ports);
	rte_tel_data_add_dict_u64(data, "listeners", count_listeners(app));
	rte_tel_data_add_dict_string(data, "idle", idle_name(app->config.idle));
	rte_tel_data_add_dict_string(data, "memory", app->no_huge ? "no-huge" : "hugepages");
	rte_tel_data_add_dict_string(data, "dumpcap", app->pdump ? "yes" :
		"no: dpdk-dumpcap and dpdk-pdump need hugepages, and in-memory = no");
	rte_tel_data_add_dict_string(data, "closed",
		app->config.tcp.closed_drop ? "drop" : "reset");
	return 0;
}

static int
cmd_stats(const struct rs_app *app, const char *params __rte_unused, struct rte_tel_data *data)
{
	static const enum rs_metric_group groups[] = {
		RS_METRIC_GROUP_packet, RS_METRIC_GROUP_tcp, RS_METRIC_GROUP_total,
		RS_METRIC_GROUP_worker, RS_METRIC_GROUP_pool,
	};
	unsigned int i;

	rte_tel_data_start_dict(data);
	for (i = 0; i < RTE_DIM(groups); i++)
		add_sums(app, data, groups[i], 0);
	if (app->config.n_ports > 0)
		rs_port_stats_add_sums(app, data);
	return 0;
}

static int
cmd_lcore_list(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	unsigned int i;

	rte_tel_data_start_array(data, RTE_TEL_U64_VAL);
	for (i = 0; i < app->n_workers; i++)
		rte_tel_data_add_array_u64(data, app->workers[i].lcore);
	return 0;
}

static int
cmd_lcore_stats(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	unsigned long lcore;
	unsigned int i, j;

	if (!rs_telemetry_number(params, RTE_MAX_LCORE - 1, &lcore, NULL))
		return rs_telemetry_refuse(data, "the parameter is an lcore ID; "
			"/rstack/lcore/list lists them");
	for (i = 0; i < app->n_workers; i++) {
		const struct rs_worker *w = &app->workers[i];

		if (w->lcore != lcore)
			continue;
		rte_tel_data_start_dict(data);
		for (j = 0; j < RS_METRIC_MAX; j++)
			if (rs_metrics[j].group == RS_METRIC_GROUP_worker)
				rte_tel_data_add_dict_u64(data, rs_metrics[j].key,
					rs_metric_read(&rs_metrics[j], w, 0));
		return 0;
	}
	return rs_telemetry_refuse(data, "lcore %lu is no worker", lcore);
}

static int
cmd_port_list(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	unsigned int i;

	rte_tel_data_start_array(data, RTE_TEL_U64_VAL);
	for (i = 0; i < app->config.n_ports; i++)
		rte_tel_data_add_array_u64(data, app->config.ports[i].number);
	return 0;
}

/* Add a word for work that the device or rstack does. */
static void
add_work(struct rte_tel_data *data, const char *name, bool device)
{
	rte_tel_data_add_dict_string(data, name, device ? "device" : "software");
}

/* Add the tags of a port, and whether the device or rstack handles them. */
static void
add_tags(struct rte_tel_data *data, const struct rs_port *port)
{
	const struct rs_tags *tags = &port->tags;
	char text[sizeof("4094.4094")] = "none";

	if (tags->n == 1)
		snprintf(text, sizeof(text), "%u", tags->vid[0] & 0xfffu);
	else if (tags->n == 2)
		snprintf(text, sizeof(text), "%u.%u", tags->vid[0] & 0xfffu,
			tags->vid[1] & 0xfffu);
	rte_tel_data_add_dict_string(data, "vlan", text);
	if (tags->n == 0)
		return;
	rte_tel_data_add_dict_u64(data, "vlan_priority", tags->priority);
	add_work(data, "vlan_strip", port->rx_vlan);
	add_work(data, "vlan_insert", port->tx_vlan);
}

/* Add all own addresses of a port, with the lengths of their subnets. */
static void
add_addresses(struct rte_tel_data *data, const struct rs_config_port *port)
{
	struct rte_tel_data *list = rte_tel_data_alloc();
	char text[INET6_ADDRSTRLEN + sizeof("/128")];
	unsigned int i;

	if (list == NULL)
		return;
	rte_tel_data_start_array(list, RTE_TEL_STRING_VAL);
	for (i = 0; i < port->n_addresses + port->n_addresses6; i++) {
		rs_prefix_format(i < port->n_addresses ? &port->addresses[i] :
			&port->addresses6[i - port->n_addresses], text, sizeof(text));
		rte_tel_data_add_array_string(list, text);
	}
	rte_tel_data_add_dict_container(data, "addresses", list, 0);
}

/* Add the queues of a port, and how frames get to their workers. */
static void
add_spread(struct rte_tel_data *data, const struct rs_app *app, const struct rs_spread *spread)
{
	char text[RS_RSS_TEXT_MAX];

	rte_tel_data_add_dict_u64(data, "queues", spread->n_queues);
	rs_spread_fields(spread->rss_asked, text, sizeof(text));
	rte_tel_data_add_dict_string(data, "rss_asked", text);
	rs_spread_fields(spread->rss_granted, text, sizeof(text));
	rte_tel_data_add_dict_string(data, "rss_granted", text);
	rte_tel_data_add_dict_string(data, "rss_hash", spread->rss_known ? "known" : "unknown");
	rte_tel_data_add_dict_string(data, "mbuf_hash_asked", spread->hash_asked ? "yes" : "no");
	rte_tel_data_add_dict_string(data, "mbuf_hash_granted",
		(spread->rx_offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0 ? "yes" : "no");
	rte_tel_data_add_dict_string(data, "mbuf_hash_used",
		rs_hash_use_text(rs_spread_hash_now(spread)));
	rte_tel_data_add_dict_string(data, "steering", rs_steering_text(rs_spread_now(app)));
}

/* Add the work that the device does, as it was asked to, and as a port needs it. */
static void
add_offloads(struct rte_tel_data *data, const struct rs_port *port,
	const struct rs_spread *spread)
{
	add_work(data, "ip_checksum", port->tx_ip_cksum);
	add_work(data, "tcp_checksum", port->tx_tcp_cksum);
	add_work(data, "rx_ip_checksum",
		(spread->rx_offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0);
	add_work(data, "rx_tcp_checksum",
		(spread->rx_offloads & RTE_ETH_RX_OFFLOAD_TCP_CKSUM) != 0);
	rte_tel_data_add_dict_string(data, "scatter",
		(spread->rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0 ? "yes" : "no");
	add_work(data, "tso", port->tso_mbufs > 1);
	add_work(data, "fast_free",
		(spread->tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0);
}

/* The index of the port that params names, or n_ports after an error. */
static unsigned int
find_port(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	unsigned long number;
	unsigned int i = 0;

	if (!rs_telemetry_number(params, RS_CONFIG_PORTS_MAX - 1, &number, NULL)) {
		rs_telemetry_refuse(data, "the parameter is the number of a port");
		return app->config.n_ports;
	}
	while (i < app->config.n_ports && app->config.ports[i].number != number)
		i++;
	if (i == app->config.n_ports)
		rs_telemetry_refuse(data, "there is no port %lu", number);
	return i;
}

static int
cmd_port_stats(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	unsigned int i = find_port(app, params, data);

	if (i == app->config.n_ports)
		return 0;
	rte_tel_data_start_dict(data);
	rs_port_stats_add(&app->ports[i], data);
	return 0;
}

static int
cmd_port_info(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	char addr[INET6_ADDRSTRLEN];
	const struct rs_port *port;
	unsigned int i = find_port(app, params, data);

	if (i == app->config.n_ports)
		return 0;
	port = &app->ports[i];
	rte_ether_format_addr(mac, sizeof(mac), &port->mac);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "device", app->config.ports[i].device);
	rte_tel_data_add_dict_u64(data, "ethdev", port->device);
	rte_tel_data_add_dict_string(data, "mac", mac);
	rte_tel_data_add_dict_u64(data, "mtu", port->mtu);
	rte_tel_data_add_dict_string(data, "address", rs_telemetry_addr(&port->subnet.addr, addr));
	add_addresses(data, &app->config.ports[i]);
	add_offloads(data, port, &app->spread[port->device]);
	add_spread(data, app, &app->spread[port->device]);
	rte_tel_data_add_dict_string(data, "kernel",
		port->exceptions.on ? app->config.ports[i].kernel : "none");
	rte_tel_data_add_dict_string(data, "syn_queue",
		app->spread[port->device].syns_steered ? "device" : "none");
	add_tags(data, port);
	return 0;
}

static int
cmd_listener_list(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	unsigned int i;

	rte_tel_data_start_array(data, RTE_TEL_U64_VAL);
	for (i = 0; i < app->config.n_listeners; i++)
		if (!app->config.listeners[i].closed && !app->config.listeners[i].gone)
			rte_tel_data_add_array_u64(data, i);
	return 0;
}

/* The listener that params names, or NULL after an error. */
static const struct rs_config_listener *
find_listener(const struct rs_app *app, const char *params, struct rte_tel_data *data,
	unsigned int *id)
{
	if (params != NULL && rs_filter_listener(app, params, id) &&
	    !app->config.listeners[*id].closed)
		return &app->config.listeners[*id];
	rs_telemetry_refuse(data, params == NULL ? "the parameter is a listener's name or ID" :
		"there is no listener %.60s", params);
	return NULL;
}

static int
cmd_listener_info(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	const struct rs_config_listener *listener;
	char addr[INET6_ADDRSTRLEN];
	unsigned int id;

	listener = find_listener(app, params, data, &id);
	if (listener == NULL)
		return 0;
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_u64(data, "id", id);
	rte_tel_data_add_dict_string(data, "name", listener->name);
	rte_tel_data_add_dict_string(data, "service", listener->service);
	rte_tel_data_add_dict_string(data, "state", listener->gone ?
		"gone: its connections live on" : "open");
	rte_tel_data_add_dict_string(data, "address",
		listener->address.len == 0 ? "any" :
			rs_telemetry_addr(&listener->address.addr, addr));
	rte_tel_data_add_dict_u64(data, "port_first", listener->port_first);
	rte_tel_data_add_dict_u64(data, "port_last", listener->port_last);
	return 0;
}

static int
cmd_listener_stats(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	unsigned int id;

	if (find_listener(app, params, data, &id) == NULL)
		return 0;
	rte_tel_data_start_dict(data);
	add_sums(app, data, RS_METRIC_GROUP_listener, id);
	return 0;
}

static int
cmd_tcp_stats(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	return answer_group(app, data, RS_METRIC_GROUP_tcp);
}

static int
cmd_tcp_states(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	return answer_group(app, data, RS_METRIC_GROUP_state);
}

static int
cmd_reset_sent(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	return answer_group(app, data, RS_METRIC_GROUP_reset_sent);
}

static int
cmd_reset_received(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	return answer_group(app, data, RS_METRIC_GROUP_reset_received);
}

static int
cmd_reset_limited(const struct rs_app *app, const char *params __rte_unused,
	struct rte_tel_data *data)
{
	return answer_group(app, data, RS_METRIC_GROUP_reset_limited);
}

static int
cmd_drop(const struct rs_app *app, const char *params __rte_unused, struct rte_tel_data *data)
{
	return answer_group(app, data, RS_METRIC_GROUP_drop);
}

/* Find a metric by its name, or by the key that only one has. @return how many it may be */
static unsigned int
find_metric(const char *text, const struct rs_metric **found)
{
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < RS_METRIC_MAX; i++) {
		if (strcmp(rs_metrics[i].name, text) == 0) {
			*found = &rs_metrics[i];
			return 1;
		}
		if (strcmp(rs_metrics[i].key, text) == 0) {
			*found = &rs_metrics[i];
			n++;
		}
	}
	return n;
}

void
rs_telemetry_lines(struct rte_tel_data *data, const char *key, const char *text)
{
	struct rte_tel_data *lines = rte_tel_data_alloc();

	if (lines == NULL)
		return;
	rte_tel_data_start_array(lines, RTE_TEL_STRING_VAL);
	while (*text != '\0') {
		char line[RS_TELEMETRY_STRING_MAX];
		size_t len = strcspn(text, "\n");

		strlcpy(line, text, RTE_MIN(len + 1, sizeof(line)));
		if (len >= sizeof(line)) {
			char *blank = strrchr(line, ' ');

			len = blank != NULL ? (size_t)(blank - line) : sizeof(line) - 1;
			line[len] = '\0';
		}
		make_plain(line);
		rte_tel_data_add_array_string(lines, line);
		text += len;
		text += strspn(text, " \n");
	}
	rte_tel_data_add_dict_container(data, key, lines, 0);
}

static int
cmd_help(const struct rs_app *app __rte_unused, const char *params, struct rte_tel_data *data)
{
	const struct rs_metric *metric;
	unsigned int i;

	if (params == NULL) {
		rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
		for (i = 0; i < RS_METRIC_MAX; i++)
			rte_tel_data_add_array_string(data, rs_metrics[i].name);
		return 0;
	}
	i = find_metric(params, &metric);
	if (i != 1)
		return rs_telemetry_refuse(data, i == 0 ? "there is no metric %.40s; /rstack/help "
			"lists all" : "%.40s is the key of several metrics; /rstack/help lists "
			"their names", params);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "name", metric->name);
	rte_tel_data_add_dict_string(data, "key", metric->key);
	rte_tel_data_add_dict_string(data, "group", rs_metric_groups[metric->group].name);
	rte_tel_data_add_dict_string(data, "kind",
		metric->kind == RS_METRIC_COUNTER ? "counter" : "gauge");
	rte_tel_data_add_dict_string(data, "unit", rs_stat_unit_names[metric->unit]);
	rs_telemetry_lines(data, "help", metric->help);
	return 0;
}

static const struct rs_telemetry_command commands[] = {
	{ "/rstack/info", cmd_info,
		"Version, configuration file, uptime, number of workers, ports and listeners" },
	{ "/rstack/help", cmd_help,
		"Kind, unit and help text of a metric. Parameters: its name (none: all names)" },
	{ "/rstack/stats", cmd_stats,
		"Totals of all workers: frames, TCP, resets, drops, load, pool entries in use; "
		"totals of all devices: bytes, frames lost" },
	{ "/rstack/lcore/list", cmd_lcore_list, "Lcore IDs of the workers" },
	{ "/rstack/lcore/stats", cmd_lcore_stats,
		"Cycles, polls and bursts of a worker. Parameters: lcore ID" },
	{ "/rstack/port/list", cmd_port_list, "Numbers of the ports: N of each [port N]" },
	{ "/rstack/port/info", cmd_port_info,
		"Device, address, MTU, VLAN, queues, RSS and offloads of a port. Parameters: its "
		"number" },
	{ "/rstack/port/stats", cmd_port_stats,
		"Counters of a port's device, with its extended ones that are not 0. Parameters: "
		"its number" },
	{ "/rstack/listener/list", cmd_listener_list, "IDs of the listeners" },
	{ "/rstack/listener/info", cmd_listener_info,
		"Name, service, address and ports of a listener. Parameters: listener name or ID" },
	{ "/rstack/listener/stats", cmd_listener_stats,
		"Connections and bytes of a listener. Parameters: listener name or ID" },
	{ "/rstack/tcp/stats", cmd_tcp_stats, "Counters of TCP" },
	{ "/rstack/tcp/states", cmd_tcp_states, "Number of connections in each state now" },
	{ "/rstack/reset/sent", cmd_reset_sent, "Resets sent, by reason" },
	{ "/rstack/reset/received", cmd_reset_received, "Resets received, by verdict" },
	{ "/rstack/reset/limited", cmd_reset_limited, "Resets withheld, by rate limit" },
	{ "/rstack/drop", cmd_drop, "Frames dropped, by reason" },
	{ NULL, NULL, NULL },
};

/* The command of this name in a list, or NULL. */
static const struct rs_telemetry_command *
find_command(const struct rs_telemetry_command *list, const char *name)
{
	for (; list != NULL && list->name != NULL; list++)
		if (strcmp(name, list->name) == 0)
			return list;
	return NULL;
}

/* The lists of the common commands. */
static const struct rs_telemetry_command *const lists[] = {
	commands, rs_reset_commands, rs_conn_commands, rs_capture_commands, rs_log_commands,
	rs_order_commands,
};

const struct rs_telemetry_command *
rs_telemetry_find(const char *name)
{
	const struct rs_telemetry_command *command = NULL;
	unsigned int i;

	for (i = 0; command == NULL && i < RTE_DIM(lists); i++)
		command = find_command(lists[i], name);
	return command;
}

/*
 * The callback of all commands. Holds the lock, so that the appliance stays while it runs. It
 * never fails, because telemetry would answer null without a reason.
 */
static int
run_command(const char *name, const char *params, struct rte_tel_data *data)
{
	const struct rs_telemetry_command *command = rs_telemetry_find(name);
	int ret;

	rte_rwlock_read_lock(&gate.lock);
	if (command == NULL)
		command = find_command(gate.more, name);
	if (gate.app == NULL || command == NULL)
		ret = rs_telemetry_refuse(data, "rstack has stopped");
	else if (command->order != RS_ORDER_NONE)
		ret = 1;
	else
		ret = command->run(gate.app, params, data);
	rte_rwlock_read_unlock(&gate.lock);
	if (ret > 0) /* without the lock, which the main lcore needs to carry it out */
		ret = rs_order_give(command->order, params, data);
	return ret == 0 ? 0 : rs_telemetry_refuse(data, "no memory is left for the answer");
}

/* Register the commands of a list with telemetry. @return 0 or -errno */
static int
register_commands(const struct rs_telemetry_command *list)
{
	int ret = 0;

	for (; ret == 0 && list != NULL && list->name != NULL; list++)
		ret = rte_telemetry_register_cmd(list->name, run_command, list->help);
	return ret;
}

int
rs_telemetry_start(const struct rs_app *app, const struct rs_telemetry_command *more)
{
	unsigned int i;
	int ret = 0;

	rte_rwlock_write_lock(&gate.lock);
	gate.app = app;
	gate.more = more;
	rte_rwlock_write_unlock(&gate.lock);
	for (i = 0; ret == 0 && i < RTE_DIM(lists); i++)
		ret = register_commands(lists[i]);
	return ret != 0 ? ret : register_commands(more);
}

void
rs_telemetry_stop(void)
{
	rte_rwlock_write_lock(&gate.lock);
	gate.app = NULL;
	rte_rwlock_write_unlock(&gate.lock);
}

bool
rs_telemetry_lock(unsigned int ms)
{
	while (rte_rwlock_write_trylock(&gate.lock) != 0) {
		if (ms-- == 0)
			return false;
		usleep(1000);
	}
	return true;
}

void
rs_telemetry_unlock(void)
{
	rte_rwlock_write_unlock(&gate.lock);
}
