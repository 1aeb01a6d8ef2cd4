/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Two hosts, a link between them and the time: each step of a world is the next thing that
 * happens. A host is a stack with a clock of its own; it looks at its port every `grain`.
 */

#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "link.h"
#include "rstack.h"

/** Frames that one run of a stack can send. */
#define SIM_TX_MAX 512

/** A host. */
struct sim_host {
	struct rs_stack *stack;         /**< NULL: it is down, and frames to it are lost */
	struct rs_port port;
	uint64_t offset;                /**< its clock is so many microseconds ahead */
	uint64_t grain;                 /**< microseconds from poll to poll; 0: at once */
	uint64_t wake;                  /**< when it runs next */
	bool offload;                   /**< its device makes and verifies checksums */
	uint16_t scatter;               /**< bytes of a buffer that its device receives into, so
					 *   that larger frames lie in several; 0: each in one */
	struct sim_flight in[RS_BURST]; /**< frames that wait in its port */
	uint16_t n_in;
};

/** Who watches a world. */
struct sim_watcher {
	void *arg;
	/** Host `from` sends m. @return the tag that comes with it */
	uint32_t (*sent)(void *arg, uint8_t from, struct rte_mbuf *m);
	/** What the next run of host `to` sees. */
	void (*delivered)(void *arg, const struct sim_flight *flight);
	/** Host `i` has run. */
	void (*ran)(void *arg, uint8_t i);
};

/** A world. */
struct sim_world {
	uint64_t now;                   /**< microseconds of simulated time */
	uint64_t runs;                  /**< of stacks, until now */
	uint64_t frames;                /**< sent, until now */
	struct sim_host host[2];
	struct sim_link link;
	struct rte_mempool *mbufs;
	bool ipv6;                      /**< the family of the hosts' addresses */
	struct sim_watcher watcher;
};

/** Set up a world without stacks. */
void sim_world_init(struct sim_world *w, struct rte_mempool *mbufs, uint64_t seed, bool ipv6);

/** The address of host i: 192.0.2.(i + 1), or 2001:db8:: with these four octets at its end. */
struct rs_addr sim_world_addr(uint8_t i, bool ipv6);

/**
 * Start the stack of host i; port and mbufs of the parameters are filled in.
 *
 * @return whether the engine took them
 */
bool sim_world_start(struct sim_world *w, uint8_t i, struct rs_stack_params *params);

/** Host i is gone, with all that it knew and all that waits in its port. */
void sim_world_crash(struct sim_world *w, uint8_t i);

/**
 * Run host i now, so that its stack knows the time, and once more when its user, who is to
 * call the stack next, is done.
 */
void sim_world_wake(struct sim_world *w, uint8_t i);

/** When something happens next; SIM_NEVER: nothing will. */
uint64_t sim_world_next(const struct sim_world *w);

/** Let happen what is next, or let the time become `until` if that is sooner. */
void sim_world_step(struct sim_world *w, uint64_t until);

/** Free all. */
void sim_world_fini(struct sim_world *w);

#endif /* SIM_WORLD_H */
