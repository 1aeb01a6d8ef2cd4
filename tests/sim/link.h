/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A link between two hosts in simulated time: each direction has a rate with a drop-tail
 * queue, then loses, corrupts, repeats and delays. Frames are mbufs, handed over as they are.
 */

#ifndef SIM_LINK_H
#define SIM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "rand.h"

/** No time: nothing will happen. */
#define SIM_NEVER UINT64_MAX

/** Spans of time in which a link loses all. */
#define SIM_BLACKOUTS_MAX 4

/** One direction. Chances are of a million frames, times microseconds. */
struct sim_path {
	uint64_t rate;          /**< bits a second; 0: no limit, and no queue */
	uint64_t queue;         /**< bytes that wait for the rate; what finds no room is lost */
	uint64_t mark;          /**< ECN: CE for what finds as many bytes waiting; 0: never */
	uint32_t loss;          /**< each frame for itself */
	uint32_t burst_begin;   /**< a burst of losses begins with this frame */
	uint32_t burst_end;     /**< the burst is over before this frame */
	uint32_t corrupt;       /**< one byte of an IPv4 datagram is changed */
	uint32_t duplicate;
	uint32_t reorder;       /**< is held back */
	uint64_t delay;
	uint64_t jitter;        /**< 0..jitter more, drawn for each frame */
	uint64_t hold;          /**< 0..hold more for one that is held back or is a copy */
	uint32_t hole;          /**< frames of more bytes are lost until hole_until: a black hole */
	uint64_t hole_until;
};

/** What a direction did with frames. */
struct sim_path_count {
	uint64_t sent, lost, dropped, corrupted, duplicated, marked, delivered;
	uint64_t swallowed;     /**< by the black hole; they count as lost, too */
	uint32_t largest;       /**< bytes of the largest frame that was sent after it */
};

/** A frame on its way. */
struct sim_flight {
	uint64_t at;            /**< when it arrives */
	uint64_t order;         /**< in which it was sent: decides where times are equal */
	struct rte_mbuf *m;
	uint32_t tag;           /**< the sender's word for it */
	uint8_t to;             /**< host, 0 or 1 */
	bool corrupt;
};

/** A link; path[i] is that from host i. */
struct sim_link {
	struct sim_path path[2];
	struct {
		uint64_t from, until;
	} blackout[SIM_BLACKOUTS_MAX];
	struct sim_path_count count[2];
	struct sim_rand rand;
	struct rte_mempool *mbufs;      /**< copies come from it */
	struct sim_flight *heap;        /**< by time of arrival */
	size_t n, room;
	uint64_t order;
	uint64_t busy[2];               /**< nanoseconds: the last of the queue has left */
	bool burst[2];
};

/** Set up a link that delivers all at once; change path[] and blackout[] as wished. */
void sim_link_init(struct sim_link *link, struct rte_mempool *mbufs, uint64_t seed);

/** Free what is on its way and the memory of the link. */
void sim_link_fini(struct sim_link *link);

/** Host `from` sends m, which is the link's from now on. */
void sim_link_send(struct sim_link *link, uint8_t from, struct rte_mbuf *m, uint32_t tag,
	uint64_t now);

/** When the next frame arrives; SIM_NEVER: none is on its way. */
uint64_t sim_link_next(const struct sim_link *link);

/** The next frame that has arrived by `now`, the caller's now. @return false: none */
bool sim_link_receive(struct sim_link *link, uint64_t now, struct sim_flight *flight);

#endif /* SIM_LINK_H */
