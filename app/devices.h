/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The watch over running devices. The log says when a link goes down or comes up, and when a
 * transmit queue takes no frame. A device whose driver asks for a reset, as that of a virtual
 * function does after a reset of the physical one, is started again, and so is one that connects
 * to its other side only at its start, when that has gone (the client of a memif); meanwhile no
 * worker uses it, and frames for it are counted and freed.
 */

#ifndef RS_APP_DEVICES_H
#define RS_APP_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"

struct rte_rcu_qsbr;

/** How a device is used. */
enum rs_device_state {
	RS_DEVICE_USED,
	RS_DEVICE_LEFT,         /**< the workers were told to use it no more */
	RS_DEVICE_UNUSED,       /**< none uses it; it is to be started again */
	RS_DEVICE_GONE,         /**< it was removed, so it stays unused */
};

/** The watch over one device. Other threads set `reset` and `removed`. */
struct rs_device {
	unsigned int first;     /**< the first port with this device */
	uint16_t id;
	bool watched;           /**< its driver reports events */
	bool connects;          /**< it is started again when the link is down */
	bool reset;             /**< the driver asked for a reset */
	bool removed;           /**< the driver reported its removal */
	bool link_down;         /**< at the last look */
	bool stalled;           /**< the log says that a transmit queue takes no frame */
	enum rs_device_state state;
	uint64_t link_since;    /**< microseconds, of the link's last change */
	uint64_t stalled_since;
	uint64_t left_since;    /**< of leaving RS_DEVICE_USED */
	uint64_t due;           /**< of the next try to start it */
	uint32_t wait_ms;       /**< until the try after that */
	uint64_t token;         /**< of the workers' quiescent states */
};

/** The watch over all devices, of the main lcore. */
struct rs_devices {
	struct rs_app *app;
	struct rte_rcu_qsbr *qsbr;
	struct rs_device devices[RS_CONFIG_PORTS_MAX];
	unsigned int n;
};

/**
 * Begin to watch the devices of app, which have started. rs_port_stats_keep() has been called.
 *
 * @param qsbr  of the workers
 */
void rs_devices_start(struct rs_devices *devices, struct rs_app *app, struct rte_rcu_qsbr *qsbr);

/**
 * Look at the devices, and start those again that wait for it.
 *
 * @param now  microseconds of the workers' clock
 * @return whether a device waits, so that the next call should be soon
 */
bool rs_devices_look(struct rs_devices *devices, uint64_t now);

/** Stop watching. */
void rs_devices_end(struct rs_devices *devices);

#endif /* RS_APP_DEVICES_H */
