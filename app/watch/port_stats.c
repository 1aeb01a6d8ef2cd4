/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Reading the counters of devices. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "watch/port_stats.h"

/* Read the counters of the device whose first port is ports[i]. @return whether it is one */
static bool
read_device(const struct rs_app *app, unsigned int i, struct rte_eth_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return rs_config_device_first(&app->config, i) == i &&
	       rte_eth_stats_get(app->ports[i].device, stats) == 0;
}

void
rs_port_stats_add_sums(const struct rs_app *app, struct rte_tel_data *data)
{
	struct rte_eth_stats sums = { 0 };
	struct rte_eth_stats stats;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		if (!read_device(app, i, &stats))
			continue;
#define ADD(name) sums.name += stats.name;
		RS_PORT_STATS(ADD)
	}
#define ANSWER(name) rte_tel_data_add_dict_u64(data, "port_" #name, sums.name);
	RS_PORT_STATS(ANSWER)
}

/* Add the extended counters that are not 0, as many as an answer has room for. */
static void
add_extended(uint16_t device, struct rte_tel_data *data)
{
	int n = rte_eth_xstats_get_names(device, NULL, 0);
	struct rte_eth_xstat_name *names = NULL;
	struct rte_eth_xstat *values = NULL;
	unsigned int left = RS_PORT_XSTATS_MAX;
	int i;

	if (n > 0) {
		names = calloc((size_t)n, sizeof(*names));
		values = calloc((size_t)n, sizeof(*values));
	}
	if (names != NULL && values != NULL &&
	    rte_eth_xstats_get_names(device, names, (unsigned int)n) == n &&
	    rte_eth_xstats_get(device, values, (unsigned int)n) == n) {
		for (i = 0; i < n && left > 0; i++) {
			if (values[i].value == 0)
				continue;
			rte_tel_data_add_dict_u64(data, names[i].name, values[i].value);
			left--;
		}
	}
	free(names);
	free(values);
}

void
rs_port_stats_add(const struct rs_port *port, struct rte_tel_data *data)
{
	struct rte_eth_stats stats = { 0 };

	rte_eth_stats_get(port->device, &stats);
#define COUNTER(name) rte_tel_data_add_dict_u64(data, #name, stats.name);
	RS_PORT_STATS(COUNTER)
	add_extended(port->device, data);
}

void
rs_port_stats_write(const struct rs_app *app, FILE *out)
{
	struct rte_eth_stats stats;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		if (!read_device(app, i, &stats))
			continue;
		fprintf(out, "  port %-10u %12" PRIu64 " bytes received, %" PRIu64 " sent; frames "
			"lost: %" PRIu64 " imissed, %" PRIu64 " ierrors, %" PRIu64 " rx_nombuf, %"
			PRIu64 " oerrors\n", app->config.ports[i].number, stats.ibytes,
			stats.obytes, stats.imissed, stats.ierrors, stats.rx_nombuf,
			stats.oerrors);
	}
}
