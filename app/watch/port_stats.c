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

/* Make the counters of a port those that its device has now. */
static void
keep_device(uint16_t device, struct rs_port_counts *counts)
{
	struct rte_eth_stats stats = { .ipackets = 0 };
	struct rte_eth_link link = { .link_status = RTE_ETH_LINK_DOWN };
	struct rs_port_counts now;
	const uint64_t *from = (const uint64_t *)&now;
	uint64_t *to = (uint64_t *)counts;
	size_t i;

	if (rte_eth_stats_get(device, &stats) != 0)
		return;
	/* a driver that does not know the state of its link has one that is up */
	if (rte_eth_link_get_nowait(device, &link) != 0)
		link.link_status = RTE_ETH_LINK_UP;
	now = (struct rs_port_counts){
		.rx_frames = stats.ipackets,
		.rx_bytes = stats.ibytes,
		.rx_missed = stats.imissed,
		.rx_errors = stats.ierrors,
		.rx_no_mbuf = stats.rx_nombuf,
		.tx_frames = stats.opackets,
		.tx_bytes = stats.obytes,
		.tx_errors = stats.oerrors,
		.link_up = link.link_status == RTE_ETH_LINK_UP,
	};
	/* other threads read them */
	for (i = 0; i < sizeof(now) / sizeof(*from); i++)
		__atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
}

void
rs_port_stats_keep(struct rs_app *app, uint64_t now)
{
	unsigned int i;

	if (now < app->port_counts_due)
		return;
	app->port_counts_due = now + RS_PORT_COUNTS_US;
	for (i = 0; i < app->config.n_ports; i++)
		if (rs_config_device_first(&app->config, i) == i)
			keep_device(app->ports[i].device, &app->port_counts[i]);
}
