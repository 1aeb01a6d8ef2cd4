/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Reading the counters of devices. */

#include <string.h>

#include <rte_ethdev.h>

#include "watch/port_counts.h"

/* Make the counters of a port those that its device has now. */
static void
read_device(uint16_t device, struct rs_port_counts *counts)
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
rs_port_counts_read(struct rs_app *app, uint64_t now)
{
	unsigned int i;

	if (now < app->port_counts_due)
		return;
	app->port_counts_due = now + RS_PORT_COUNTS_US;
	for (i = 0; i < app->config.n_ports; i++)
		if (rs_config_device_first(&app->config, i) == i)
			read_device(app->ports[i].device, &app->port_counts[i]);
}
