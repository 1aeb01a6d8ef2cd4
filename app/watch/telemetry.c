/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The commands. Telemetry runs callbacks on threads of its own, several at a time. DPDK 22.11
 * gives them no argument, so a memzone leads them to the appliance.
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_memzone.h>
#include <rte_rwlock.h>
#include <rte_tcp.h>
#include <rte_telemetry.h>
#include <rte_version.h>

#include "control.h"
#include "watch/metrics.h"
#include "watch/telemetry.h"

#define MEMZONE "rstack_telemetry"

/* In the memzone. A command holds the lock for reading, rs_telemetry_stop() for writing. */
struct gate {
	rte_rwlock_t lock;
	const struct rs_app *app; /* NULL: the appliance is gone */
	const struct rs_telemetry_command *more;
};

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

/* Read "a.b.c.d:port", followed by the character `last`. */
static bool
read_socket(const char *text, char last, struct rs_addr *addr, uint16_t *port, const char **end)
{
	char host[INET_ADDRSTRLEN] = "";
	size_t len = strcspn(text, ":");
	struct in_addr ipv4;
	unsigned long value;

	if (len >= sizeof(host) || text[len] != ':')
		return false;
	memcpy(host, text, len);
	if (inet_pton(AF_INET, host, &ipv4) != 1 ||
	    !rs_telemetry_number(&text[len + 1], UINT16_MAX, &value, end) || **end != last)
		return false;
	*addr = rs_addr_from_ipv4(ipv4.s_addr);
	*port = (uint16_t)value;
	return true;
}

bool
rs_telemetry_tuple(const char *text, struct rs_tuple *tuple)
{
	const char *end;

	return text != NULL && read_socket(text, ',', &tuple->laddr, &tuple->lport, &end) &&
	       read_socket(end + 1, '\0', &tuple->raddr, &tuple->rport, &end);
}

/* Write an address to `text` of INET6_ADDRSTRLEN bytes. @return text */
static const char *
addr_text(const struct rs_addr *addr, char *text)
{
	if (rs_addr_is_ipv4(addr))
		return inet_ntop(AF_INET, &addr->w[3], text, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, addr->b, text, INET6_ADDRSTRLEN);
}

void
rs_telemetry_reset(const struct rs_reset_record *record, uint64_t now, char *text)
{
	uint64_t ms = (now - RTE_MIN(now, record->time)) / 1000;
	const struct rs_stat_name *cause = record->sent ?
		&rs_reset_reason_names[RTE_MIN(record->cause, RS_RESET_MAX - 1)] :
		&rs_reset_verdict_names[RTE_MIN(record->cause, RS_VERDICT_MAX - 1)];
	char laddr[INET6_ADDRSTRLEN];
	char raddr[INET6_ADDRSTRLEN];
	char ack[sizeof(" ack=4294967295")] = "";

	if ((record->flags & RTE_TCP_ACK_FLAG) != 0)
		snprintf(ack, sizeof(ack), " ack=%u", record->ack);
	snprintf(text, RS_TELEMETRY_RESET_MAX,
		"-%" PRIu64 ".%03u %s %s %s:%u %s:%u %s seq=%u%s",
		ms / 1000, (unsigned int)(ms % 1000), record->sent ? "sent" : "received",
		cause->name, addr_text(&record->tuple.laddr, laddr), record->tuple.lport,
		addr_text(&record->tuple.raddr, raddr), record->tuple.rport,
		rs_state_names[RTE_MIN(record->state, RS_STATE_MAX - 1)], record->seq, ack);
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

static int
cmd_info(const struct rs_app *app, const char *params __rte_unused, struct rte_tel_data *data)
{
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "version", RS_VERSION);
	rte_tel_data_add_dict_string(data, "dpdk", rte_version());
	rte_tel_data_add_dict_string(data, "config", app->config.path);
	rte_tel_data_add_dict_u64(data, "pid", (uint64_t)getpid());
	rte_tel_data_add_dict_u64(data, "uptime_ms", rs_worker_clock_now(&app->clock) / 1000);
	rte_tel_data_add_dict_u64(data, "workers", app->n_workers);
	rte_tel_data_add_dict_u64(data, "ports", app->config.n_ports);
	rte_tel_data_add_dict_u64(data, "listeners", app->config.n_listeners);
	rte_tel_data_add_dict_string(data, "idle", idle_name(app->config.idle));
	rte_tel_data_add_dict_string(data, "memory", app->no_huge ? "no-huge" : "hugepages");
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
		return -1;
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
	return -1;
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
	rte_tel_data_add_dict_string(data, "vlan_strip", port->rx_vlan ? "device" : "software");
	rte_tel_data_add_dict_string(data, "vlan_insert", port->tx_vlan ? "device" : "software");
}

static int
cmd_port_info(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	char addr[INET6_ADDRSTRLEN];
	const struct rs_port *port;
	unsigned long number;
	unsigned int i = 0;

	if (!rs_telemetry_number(params, RS_CONFIG_PORTS_MAX - 1, &number, NULL))
		return -1;
	while (i < app->config.n_ports && app->config.ports[i].number != number)
		i++;
	if (i == app->config.n_ports)
		return -1;
	port = &app->ports[i];
	rte_ether_format_addr(mac, sizeof(mac), &port->mac);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "device", app->config.ports[i].device);
	rte_tel_data_add_dict_u64(data, "ethdev", port->device);
	rte_tel_data_add_dict_string(data, "mac", mac);
	rte_tel_data_add_dict_u64(data, "mtu", port->mtu);
	rte_tel_data_add_dict_string(data, "address", addr_text(&port->subnet.addr, addr));
	rte_tel_data_add_dict_string(data, "ip_checksum",
		port->tx_ip_cksum ? "device" : "software");
	rte_tel_data_add_dict_string(data, "tcp_checksum",
		port->tx_tcp_cksum ? "device" : "software");
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
		if (!app->config.listeners[i].closed)
			rte_tel_data_add_array_u64(data, i);
	return 0;
}

/* The listener that params names, or NULL. */
static const struct rs_config_listener *
find_listener(const struct rs_app *app, const char *params, unsigned long *id)
{
	if (!rs_telemetry_number(params, RS_CONFIG_LISTENERS_MAX - 1, id, NULL) ||
	    *id >= app->config.n_listeners || app->config.listeners[*id].closed)
		return NULL;
	return &app->config.listeners[*id];
}

static int
cmd_listener_info(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	const struct rs_config_listener *listener;
	char addr[INET6_ADDRSTRLEN];
	unsigned long id;

	listener = find_listener(app, params, &id);
	if (listener == NULL)
		return -1;
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "name", listener->name);
	rte_tel_data_add_dict_string(data, "service", listener->service);
	rte_tel_data_add_dict_string(data, "address",
		listener->address.len == 0 ? "any" : addr_text(&listener->address.addr, addr));
	rte_tel_data_add_dict_u64(data, "port_first", listener->port_first);
	rte_tel_data_add_dict_u64(data, "port_last", listener->port_last);
	return 0;
}

static int
cmd_listener_stats(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	unsigned long id;

	if (find_listener(app, params, &id) == NULL)
		return -1;
	rte_tel_data_start_dict(data);
	add_sums(app, data, RS_METRIC_GROUP_listener, (unsigned int)id);
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

/* Order by time, the newest first, for qsort(). */
static int
compare_resets(const void *a, const void *b)
{
	const struct rs_reset_record *ra = a;
	const struct rs_reset_record *rb = b;

	return (ra->time < rb->time) - (ra->time > rb->time);
}

/* Read "[first[,count]]", or take the defaults. @return whether it was valid */
static bool
read_page(const char *params, unsigned long max, unsigned long *first, unsigned long *count)
{
	const char *end;

	*first = 0;
	*count = RS_TELEMETRY_PAGE;
	if (params == NULL || *params == '\0')
		return true;
	if (!rs_telemetry_number(params, max, first, &end))
		return false;
	if (*end == '\0')
		return true;
	return *end == ',' && rs_telemetry_number(end + 1, RS_TELEMETRY_PAGE, count, NULL);
}

static int
cmd_reset_recent(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_reset_record *records;
	unsigned long first, count;
	uint64_t now = rs_worker_clock_now(&app->clock);
	size_t n = 0;
	unsigned int i;

	if (!read_page(params, (unsigned long)app->n_workers * RS_RESET_LOG, &first, &count))
		return -1;
	records = calloc((size_t)app->n_workers * RS_RESET_LOG, sizeof(*records));
	if (records == NULL)
		return -1;
	for (i = 0; i < app->n_workers; i++)
		n += rs_stack_resets(app->workers[i].stack, &records[n], RS_RESET_LOG);
	qsort(records, n, sizeof(*records), compare_resets);

	rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
	for (; first < n && count > 0; first++, count--) {
		char text[RS_TELEMETRY_RESET_MAX];

		rs_telemetry_reset(&records[first], now, text);
		rte_tel_data_add_array_string(data, text);
	}
	free(records);
	return 0;
}

/*
 * Ask each worker until one succeeds, because only the NIC knows which worker a connection
 * belongs to. @return 0, or the error of the last one
 */
static int
ask_workers(const struct rs_app *app, struct rs_control *control)
{
	int ret = -ENOENT;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		ret = rs_control_ask(app->workers[i].mailbox, control, RS_CONTROL_TIMEOUT_MS);
		if (ret == 0)
			ret = control->result;
		if (ret == 0)
			break;
	}
	return ret;
}

static int
cmd_conn_kill(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_control control = { .verb = RS_CONTROL_KILL };

	if (!rs_telemetry_tuple(params, &control.tuple))
		return -1;
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_u64(data, "killed", ask_workers(app, &control) == 0);
	return 0;
}

static int
cmd_conn_show(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_control control = { .verb = RS_CONTROL_INSPECT };
	const struct rs_conn_info *info = &control.info;

	if (!rs_telemetry_tuple(params, &control.tuple) || ask_workers(app, &control) != 0)
		return -1;
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "state", rs_state_names[info->state]);
	rte_tel_data_add_dict_u64(data, "listener", info->listener);
	rte_tel_data_add_dict_u64(data, "snd_una", info->snd_una);
	rte_tel_data_add_dict_u64(data, "snd_nxt", info->snd_nxt);
	rte_tel_data_add_dict_u64(data, "snd_wnd", info->snd_wnd);
	rte_tel_data_add_dict_u64(data, "rcv_nxt", info->rcv_nxt);
	rte_tel_data_add_dict_u64(data, "rcv_wnd", info->rcv_wnd);
	rte_tel_data_add_dict_u64(data, "mss", info->mss);
	rte_tel_data_add_dict_u64(data, "srtt_us", info->srtt_us);
	rte_tel_data_add_dict_u64(data, "rto_ms", info->rto_ms);
	return 0;
}

static const struct rs_telemetry_command commands[] = {
	{ "/rstack/info", cmd_info,
		"Version, configuration file, uptime, number of workers, ports and listeners" },
	{ "/rstack/stats", cmd_stats,
		"Totals of all workers: frames, TCP, resets, drops, load, pool entries in use" },
	{ "/rstack/lcore/list", cmd_lcore_list, "Lcore IDs of the workers" },
	{ "/rstack/lcore/stats", cmd_lcore_stats,
		"Cycles, polls and bursts of a worker. Parameters: lcore ID" },
	{ "/rstack/port/list", cmd_port_list, "Numbers of the ports: N of each [port N]" },
	{ "/rstack/port/info", cmd_port_info,
		"Device, address, MTU, VLAN and offloads of a port. Parameters: its number" },
	{ "/rstack/listener/list", cmd_listener_list, "IDs of the listeners" },
	{ "/rstack/listener/info", cmd_listener_info,
		"Name, service, address and ports of a listener. Parameters: listener ID" },
	{ "/rstack/listener/stats", cmd_listener_stats,
		"Connections and bytes of a listener. Parameters: listener ID" },
	{ "/rstack/tcp/stats", cmd_tcp_stats, "Counters of TCP" },
	{ "/rstack/tcp/states", cmd_tcp_states, "Number of connections in each state now" },
	{ "/rstack/reset/sent", cmd_reset_sent, "Resets sent, by reason" },
	{ "/rstack/reset/received", cmd_reset_received, "Resets received, by verdict" },
	{ "/rstack/reset/limited", cmd_reset_limited, "Resets withheld, by rate limit" },
	{ "/rstack/reset/recent", cmd_reset_recent,
		"The latest resets, newest first. Parameters: first, count (both optional)" },
	{ "/rstack/drop", cmd_drop, "Frames dropped, by reason" },
	{ "/rstack/conn/kill", cmd_conn_kill,
		"Reset a connection. Parameters: laddr:lport,raddr:rport" },
	{ "/rstack/conn/show", cmd_conn_show,
		"State of a connection. Parameters: laddr:lport,raddr:rport" },
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

const struct rs_telemetry_command *
rs_telemetry_find(const char *name)
{
	return find_command(commands, name);
}

/* The callback of all commands. Holds the lock, so that the appliance stays while it runs. */
static int
run_command(const char *name, const char *params, struct rte_tel_data *data)
{
	const struct rte_memzone *zone = rte_memzone_lookup(MEMZONE);
	const struct rs_telemetry_command *command = rs_telemetry_find(name);
	struct gate *gate;
	int ret = -1;

	if (zone == NULL)
		return -1;
	gate = zone->addr;
	rte_rwlock_read_lock(&gate->lock);
	if (command == NULL)
		command = find_command(gate->more, name);
	if (gate->app != NULL && command != NULL)
		ret = command->run(gate->app, params, data);
	rte_rwlock_read_unlock(&gate->lock);
	return ret;
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
	const struct rte_memzone *zone;
	struct gate *gate;
	int ret;

	zone = rte_memzone_reserve(MEMZONE, sizeof(*gate), SOCKET_ID_ANY, 0);
	if (zone == NULL)
		return -rte_errno;
	gate = zone->addr;
	rte_rwlock_init(&gate->lock);
	gate->app = app;
	gate->more = more;
	ret = register_commands(commands);
	return ret != 0 ? ret : register_commands(more);
}

void
rs_telemetry_stop(void)
{
	const struct rte_memzone *zone = rte_memzone_lookup(MEMZONE);
	struct gate *gate;

	if (zone == NULL)
		return;
	gate = zone->addr;
	rte_rwlock_write_lock(&gate->lock);
	gate->app = NULL;
	rte_rwlock_write_unlock(&gate->lock);
}
