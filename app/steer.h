/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Which worker a connection that was opened here belongs to, so that its replies reach it.
 * Where all ports tell how they spread frames (RSS), local ports are chosen that lead to
 * their worker; elsewhere each worker has a share of the ports. In both, a frame that comes
 * to another worker is handed over through that one's ring, never answered by a reset.
 */

#ifndef RS_APP_STEER_H
#define RS_APP_STEER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "rstack.h"

/** Frames that wait for one worker, at most one less. */
#define RS_STEER_RING 1024

/** The longest RSS key of a device that is known. */
#define RS_RSS_KEY_MAX 64

/** How a device spreads IPv4 frames with TCP over its queues. */
struct rs_rss {
	bool known;
	bool ports;             /**< the hash is over addresses and ports; false: addresses */
	uint32_t key[RS_RSS_KEY_MAX / sizeof(uint32_t)]; /**< as rte_softrss_be() wants it */
	uint16_t mask;          /**< size of the table less 1 */
	uint16_t queue[RTE_ETH_RSS_RETA_SIZE_512];
};

/** The steering of one worker. */
struct rs_steer {
	const struct rs_rss *rss; /**< NULL: ports are shared out by number */
	struct rte_mempool *mbufs; /**< for copies of ARP replies */
	struct rte_ring **rings; /**< one a worker, RTE_MAX_LCORE at most */
	uint16_t n;             /**< workers; 0 or 1: nothing to steer */
	uint16_t self;
	uint16_t first, last;   /**< local ports of connections that are opened */
	uint32_t inverse;       /**< of n, for a remainder without a division */
};

/** What became of frames of other workers. */
struct rs_steered {
	uint64_t over;          /**< handed over */
	uint64_t full;          /**< freed, because a ring was full or no mbuf free */
};

/**
 * Set the steering of worker `self` of n.
 *
 * @param rss    of all ports alike; NULL: unknown
 * @param rings  n of them, made by rs_steer_ring(); stay the caller's
 */
void rs_steer_init(struct rs_steer *steer, const struct rs_rss *rss, struct rte_ring **rings,
	uint16_t n, uint16_t self, const struct rs_tcp_params *tcp, struct rte_mempool *mbufs);

/** Make the ring of a worker, or return NULL with rte_errno. */
struct rte_ring *rs_steer_ring(const char *name, unsigned int socket);

/** Free a ring with the frames in it. */
void rs_steer_ring_free(struct rte_ring *ring);

/** The worker that owns a connection with this tuple. */
uint16_t rs_steer_owner(const struct rs_steer *steer, const struct rs_tuple *tuple);

/** An rs_replies_here; arg is the struct rs_steer. */
bool rs_steer_replies_here(void *arg, const struct rs_tuple *tuple);

/**
 * Hand frames over that belong to others; ARP replies, which any may wait for, to all.
 *
 * @param pkts  [in,out] n frames; those that stay come first
 * @param out   [in,out] what became of the others
 * @return how many stay
 */
uint16_t rs_steer_burst(const struct rs_steer *steer, struct rte_mbuf **pkts, uint16_t n,
	struct rs_steered *out);

/** Whether two devices spread frames alike. */
bool rs_rss_equal(const struct rs_rss *a, const struct rs_rss *b);

#endif /* RS_APP_STEER_H */
