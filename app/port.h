/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Ethernet devices: find, configure with a queue pair for each worker, start and stop.
 * A failure is one sentence on standard error, with a remedy.
 */

#ifndef RS_APP_PORT_H
#define RS_APP_PORT_H

#include "config/config.h"
#include "eal.h"
#include "rstack.h"
#include "spread.h"
#include "steer.h"
#include "worker.h"

/**
 * Find the device of a [port N] section; a virtual device is created by its driver.
 *
 * @param port  [out] id, device, tags, MAC address, MTU and subnet
 * @param log   messages of drivers
 * @return 0 or -1
 */
int rs_port_find(const struct rs_config_port *config, struct rs_port *port,
	struct rs_eal_log *log);

/** The pairs of queues that a device can use: those of its driver, which may promise too many. */
uint16_t rs_port_queues(const struct rte_eth_dev_info *info);

/**
 * Configure and start a device with queue i for worker i, as far as it has queues, and the offloads
 * that it has. With syn_queue, and if the device can, queue n_workers + i has the SYNs of worker i.
 *
 * @param first  the first port with this device (rs_config_device_first())
 * @param ports  [in,out] of config; those with this device get the flags of its offloads
 * @param spread  [in,out] n_queues, hash_asked; what the device grants is set
 * @return 0 or -1
 */
int rs_port_start(const struct rs_config *config, unsigned int first, struct rs_port *ports,
	const struct rs_worker *workers, uint16_t n_workers, struct rs_spread *spread);

/**
 * Reset a device that has run, and start it as rs_port_start() did. No worker uses it. The link may
 * still be down. Parameters and result: as those of rs_port_start().
 */
int rs_port_restart(const struct rs_config *config, unsigned int first, struct rs_port *ports,
	const struct rs_worker *workers, uint16_t n_workers, struct rs_spread *spread);

/**
 * Whether a device connects to its other side only when it starts: a net_memif that is the client
 * gets no link if the server's port has not started yet, and none when the server comes back.
 */
bool rs_port_connects_at_start(const struct rs_config_port *config, uint16_t id);

/** Time that such a device needs to connect, in milliseconds; it is not started again before. */
#define RS_CONNECT_WAIT_MS 500

/**
 * Start a device again, which connects at its start. No worker uses it, and the link is down.
 *
 * @return 0 or -errno: nothing listens
 */
int rs_port_connect(uint16_t id);

/**
 * Whether the device keeps buffers when it is closed: those of AF_XDP's rings, which the kernel
 * shares, are never given back to their pool.
 */
bool rs_port_keeps_buffers(const struct rs_port *port);

/** Find out how a started device spreads frames over its queues; unknown if it does not say. */
void rs_port_rss(const struct rs_port *port, struct rs_rss *rss);

/** Whether a device tells by rte_mbuf.packet_type that a frame is a TCP segment. */
bool rs_port_tells_segments(const struct rs_port *port);

/** Stop and close a device, which frees its mbufs. */
void rs_port_stop(const struct rs_port *port);

#endif /* RS_APP_PORT_H */
