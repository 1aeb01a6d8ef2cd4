/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The counters of devices, as their drivers keep them: where a frame was lost that no worker saw.
 * The main lcore also keeps those that the service metrics show, so that a worker that writes them
 * does not wait for a driver.
 */

#ifndef RS_WATCH_PORT_STATS_H
#define RS_WATCH_PORT_STATS_H

#include <stdint.h>
#include <stdio.h>

#include <rte_telemetry.h>

#include "app.h"

/** X(name): members of struct rte_eth_stats that are shown, by these names. */
#define RS_PORT_STATS(X) \
	X(ipackets) \
	X(opackets) \
	X(ibytes) \
	X(obytes) \
	X(imissed) \
	X(ierrors) \
	X(oerrors) \
	X(rx_nombuf)

/** Extended counters in an answer, at most. */
#define RS_PORT_XSTATS_MAX 160

/** Interval in which they are kept, in microseconds. */
#define RS_PORT_COUNTS_US UINT64_C(300000)

/** Add the sums over all devices, each under its name after "port_". */
void rs_port_stats_add_sums(const struct rs_app *app, struct rte_tel_data *data);

/** Add the counters of the device of a port, and its extended ones that are not 0. */
void rs_port_stats_add(const struct rs_port *port, struct rte_tel_data *data);

/** Write a line for each device: bytes, and the frames that were lost. */
void rs_port_stats_write(const struct rs_app *app, FILE *out);

/**
 * Keep the counters of all devices in app->port_counts if they are due. The main lcore, while the
 * devices exist.
 *
 * @param now  microseconds of the workers' clock
 */
void rs_port_stats_keep(struct rs_app *app, uint64_t now);

#endif /* RS_WATCH_PORT_STATS_H */
