/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Ethernet devices: found, configured with a queue pair a worker, started and stopped.
 * What fails is told on standard error, in one sentence that says how to mend it.
 */

#ifndef RS_APP_PORT_H
#define RS_APP_PORT_H

#include "config/config.h"
#include "eal.h"
#include "rstack.h"
#include "steer.h"
#include "worker.h"

/**
 * Find the device of a [port N] section, made by its driver if it is a virtual one.
 *
 * @param port  [out] id, MAC address, MTU and subnet
 * @param log   what drivers say
 * @return 0 or -1
 */
int rs_port_find(const struct rs_config_port *config, struct rs_port *port,
	struct rs_eal_log *log);

/**
 * Configure and start a device with queue i for worker i, using what it offers.
 *
 * @param port  [in,out] gets which checksums the device fills in
 * @return 0 or -1
 */
int rs_port_start(const struct rs_config_port *config, struct rs_port *port,
	const struct rs_worker *workers, uint16_t n_workers);

/** Find out how a started device spreads frames over its queues, if it tells. */
void rs_port_rss(const struct rs_port *port, struct rs_rss *rss);

/** Stop and close a device; it gives its mbufs back. */
void rs_port_stop(const struct rs_port *port);

#endif /* RS_APP_PORT_H */
