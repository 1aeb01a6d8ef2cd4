/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Steering: each frame must reach the worker of its connection. Where all devices tell how they
 * spread frames (RSS), passive connections stay where their SYN arrives, and a worker chooses local
 * ports of active opens whose replies lead to itself. Elsewhere the workers steer in software: they
 * hash each frame by a key of their own (base/hash.h), or where a device puts its hash into packet
 * buffers, and the file says so, they take that one without a look at the frame. Where a file says
 * that devices spread connections in a way of their own, each worker owns a share of the local
 * ports. In all cases, a worker that receives a frame of another worker hands it over through that
 * worker's ring and never answers it by a reset.
 */

#ifndef RS_APP_STEER_H
#define RS_APP_STEER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "base/hash.h"
#include "rstack.h"

/** Size of a worker's ring of frames, which holds one frame less. */
#define RS_STEER_RING 2048

/** SYNs are dropped while a ring has less room, so that it has some for other frames. */
#define RS_STEER_SYNS (RS_STEER_RING / 2)

/**
 * In rte_mbuf.packet_type: the worker of the frame's connection is looked for, because it is not
 * known how the devices spread frames. No packet type of a device has all bits.
 */
#define RS_STEER_LOOKS UINT32_MAX

/** Segments of each worker by which a device shows that it hashes as it says. */
#define RS_STEER_VERIFY 64

/** Length of the longest RSS key of any known device. */
#define RS_RSS_KEY_MAX 64

/** How a device spreads frames with TCP over its queues. */
struct rs_rss {
	bool known;
	bool ports;             /**< IPv4: hash over addresses and ports; false: addresses */
	bool ipv6;              /**< it spreads IPv6 frames, too */
	bool ports6;            /**< as ports, for IPv6 */
	uint32_t key[RS_RSS_KEY_MAX / sizeof(uint32_t)]; /**< as rte_softrss_be() wants it */
	uint16_t mask;          /**< size of the table less 1 */
	uint16_t queue[RTE_ETH_RSS_RETA_SIZE_512];
};

/** Hashes of a device that are verified one by one; later one of RS_HASH_INTERVAL is. */
#define RS_HASH_VERIFY 1024
#define RS_HASH_INTERVAL 256

/** The hashes that a device puts into packet buffers, as one worker takes them. */
struct rs_steer_hash {
	bool *wrong;            /**< of all workers: one was wrong, so no more are taken; NULL: the
				 *   device's hashes are not taken */
	uint16_t types;         /**< packet types of the segments whose hashes are taken: bit i is
				 *   TCP over the type i << 4 of layer 3 */
	uint32_t verified;      /**< hashes, up to RS_HASH_VERIFY */
	uint32_t due;           /**< hashes that are taken until the next one is verified */
};

/** The steering of one worker. */
struct rs_steer {
	const struct rs_rss *rss; /**< NULL: each worker owns a share of the ports */
	struct rte_mempool *mbufs; /**< for copies of ARP replies */
	struct rte_ring **rings; /**< one a worker, RTE_MAX_LCORE at most */
	uint16_t n;             /**< workers; 0 or 1: nothing to steer */
	uint16_t self;          /**< number of this worker */
	const struct rs_hash_key *key; /**< the workers steer in software, by a hash with this key;
					* NULL: the devices spread frames */
	const struct rs_rss *toeplitz; /**< with `key`: connections of the families that it hashes
					* by ports have this hash; NULL: none */
	struct rs_steer_hash hashes[RS_DEVICES_MAX]; /**< by device, with `toeplitz` */
	bool *astray;           /**< of all workers, with `toeplitz`: a device's hash was wrong, so
				 *   connections may be at another worker than their owner */
	bool opens;             /**< the workers open connections */
	bool *seek;             /**< of all workers: the devices do not spread frames as they say,
				 *   or do not say how; or NULL */
	uint32_t verify;        /**< segments whose hash is still to be verified */
	bool inbox;             /**< the frames that are processed now come from other workers */
	uint16_t first, last;   /**< local ports of active opens */
	uint32_t inverse;       /**< 2^32 / n, for a remainder without a division */
};

/** Counters of steered frames. */
struct rs_steered {
	uint64_t over;          /**< handed over */
	uint64_t full;          /**< dropped, because a ring was full or no mbuf was free */
	uint64_t syns;          /**< SYNs dropped, because a ring was half full */
	uint64_t hashes;        /**< frames led by the device's hash, without reading them */
	uint64_t hashes_verified; /**< hashes that were computed again */
	uint64_t hashes_wrong;  /**< of these, those that the device had wrong */
};

/**
 * Set the steering of worker `self` of n.
 *
 * @param rss     of all devices alike; NULL: not known
 * @param rings   one for each worker, made by rs_steer_ring(); they stay the caller's
 * @param params  the range of local ports
 * @param mbufs   pool for copies of ARP replies
 */
void rs_steer_init(struct rs_steer *steer, const struct rs_rss *rss, struct rte_ring **rings,
	uint16_t n, uint16_t self, const struct rs_tcp_params *params, struct rte_mempool *mbufs);

/** Choose a random key by which workers steer in software (rs_steer.key). */
void rs_steer_choose_key(struct rs_hash_key *key);

/** Whether received frames must go through rs_steer_burst(). */
static inline bool
rs_steer_needed(const struct rs_steer *steer)
{
	return steer->n > 1 && (steer->opens || steer->key != NULL);
}

/** Make the ring of a worker, or return NULL with rte_errno. */
struct rte_ring *rs_steer_ring(const char *name, unsigned int socket);

/** Free a ring with the frames in it. */
void rs_steer_ring_free(struct rte_ring *ring);

/** Find the worker that owns a connection with this tuple. */
uint16_t rs_steer_owner(const struct rs_steer *steer, const struct rs_tuple *tuple);

/** Whether the replies to an active open reach this worker (rs_replies_here). */
bool rs_steer_replies_here(void *arg, const struct rs_tuple *tuple);

/**
 * Hand over the frames that belong to other workers, and if workers open connections, copies of
 * ARP replies to all workers, because any of them may be waiting for the reply.
 *
 * @param device  that received the frames
 * @param pkts    [in,out] n frames, RS_BURST at most; the frames that stay are moved to the front
 * @param out     [in,out] counters
 * @return number of frames that stay
 */
uint16_t rs_steer_burst(struct rs_steer *steer, uint16_t device, struct rte_mbuf **pkts,
	uint16_t n, struct rs_steered *out);

/**
 * Have a worker take the hashes of a device, which tells by rte_mbuf.packet_type what a TCP segment
 * is, and a fragment is none. rs_steer.key, .toeplitz and .astray are set.
 *
 * @param wrong  of all workers; set when one of them finds a wrong hash
 */
void rs_steer_take_hashes(struct rs_steer *steer, uint16_t device, bool *wrong);

/**
 * Verify that a device hashes as it says, by the segments of a burst, before they are processed; if
 * not, set rs_steer.seek. The hash is known. Only plain segments count, because devices differ in
 * the headers that they skip, but not only SYNs, because a device may treat these alone otherwise.
 */
void rs_steer_verify(struct rs_steer *steer, struct rte_mbuf **pkts, uint16_t n);

/**
 * Hand over the SYNs of a queue of their own to the workers whose queues the devices' hash leads
 * the other segments of their connections to. That hash is known (rs_steer.rss).
 *
 * @param pkts, out  as with rs_steer_burst()
 * @return number of frames that stay
 */
uint16_t rs_steer_syns(const struct rs_steer *steer, struct rte_mbuf **pkts, uint16_t n,
	struct rs_steered *out);

/**
 * Pass on a frame about a connection that this worker does not have (rs_hand_over). Its owner
 * follows from the tuple; where it is not known how the devices spread frames, or not as they say,
 * the frame goes from worker to worker until each has looked.
 *
 * @param m    becomes the callee's on success
 * @param out  [in,out] counters
 * @return whether it was passed on
 */
bool rs_steer_pass(const struct rs_steer *steer, const struct rs_tuple *tuple,
	struct rte_mbuf *m, struct rs_steered *out);

/** Hand a copy of a frame over to each other worker, unless it came from one. */
void rs_steer_copy(const struct rs_steer *steer, const struct rte_mbuf *m, struct rs_steered *out);

/**
 * Pass on the frames of rs_steer_pass() that still look for their worker, which is not this one: a
 * reassembled segment would get a reset here. Those that the stack passes on by itself stay,
 * because it may have sent the SYN cookie that a segment acknowledges.
 *
 * @param pkts  [in,out] n frames of other workers; the frames that stay are moved to the front
 * @param out   [in,out] counters of the other frames
 * @return number of frames that stay
 */
uint16_t rs_steer_look(const struct rs_steer *steer, const struct rs_stack *stack,
	struct rte_mbuf **pkts, uint16_t n, struct rs_steered *out);

/** Whether two devices spread frames alike. */
bool rs_rss_equal(const struct rs_rss *a, const struct rs_rss *b);

#endif /* RS_APP_STEER_H */
