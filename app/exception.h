/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The exception path: frames for our addresses that rstack does not serve go to the kernel of the
 * host through a TAP, and the kernel's frames leave through the port. The TAP is a DPDK port of the
 * driver net_tap. Its driver virtio-user with vhost-net would cost a worker less, but needs
 * /dev/vhost-net, which most containers and some kernels lack; both are behind rte_ethdev.
 *
 * Each worker copies its frames into mbufs of the path's own and gives them to a ring, so that a
 * slow kernel holds no packet buffer of a worker. The first worker has the TAP and empties the
 * ring; its queue of the port sends the kernel's frames.
 */

#ifndef RS_APP_EXCEPTION_H
#define RS_APP_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "base/rate.h"
#include "config/config.h"
#include "rstack.h"

struct rs_app;
struct rs_eal_log;
struct rs_worker;

/** The exception path of a port. */
struct rs_exception {
	uint16_t port;          /**< id of the port */
	uint16_t tap;           /**< DPDK's id of the kernel's interface */
	bool started;           /**< it has one */
	uint32_t rate;          /**< frames a second; 0: no limit */
	struct rte_ring *ring;  /**< frames for the kernel */
	struct rte_mempool *mbufs; /**< of all frames on the path */
	struct rs_rate from;    /**< limit of the kernel's frames */
};

/** The exception paths of all ports. */
struct rs_exception_paths {
	struct rs_exception paths[RS_CONFIG_PORTS_MAX];
	unsigned int n;
	struct rs_exception *by_port[RS_PORTS_MAX]; /**< by port id; NULL: none */
};

/**
 * Make the exception paths that the configuration asks for: app->exceptions, or NULL if there are
 * none. The ports are found; a failure is explained on standard error.
 *
 * @return 0 or -1
 */
int rs_exception_start(struct rs_app *app, struct rs_eal_log *log);

/** Give each worker its part. The workers are made. @return 0 or -ENOMEM */
int rs_exception_attach(struct rs_app *app);

/**
 * Stop and free them. The workers are closed, and the ports stopped, because their queues may hold
 * frames of the kernel.
 *
 * @param app  may have none
 */
void rs_exception_end(struct rs_app *app);

/** Take a frame for the kernel, of a worker (rs_except). @param worker  struct rs_worker */
void rs_exception_give(void *worker, const struct rte_mbuf *m, bool neighbour);

/**
 * Move frames to the interface of the kernel, and a burst of its frames from there. The worker that
 * has it.
 *
 * @param path  of a port
 * @param tx    [out] room for RS_BURST frames to be sent; m->port is the id of the port
 * @param busy  [in,out] set if there was a frame
 * @return their number
 */
uint16_t rs_exception_poll(struct rs_worker *w, struct rs_exception *path, struct rte_mbuf **tx,
	bool *busy);

#endif /* RS_APP_EXCEPTION_H */
