/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Records of TIME-WAIT (RFC 9293 3.6.1): 64 bytes with all that acknowledging a retransmitted
 * FIN, refusing an old duplicate and reopening need, so that a connection in TIME-WAIT gives
 * its TCB back. 2 MSL is the same for all, so they stand in one list in the order in which they
 * expire, and need no node in the timer wheel.
 */

#ifndef RS_CONN_TIMEWAIT_H
#define RS_CONN_TIMEWAIT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "base/addr.h"
#include "conn/pool.h"

/** Bits of the index of a record, so there are less than 2^25. */
#define RS_TIMEWAIT_BITS 25
#define RS_TIMEWAIT_MASK ((UINT32_C(1) << RS_TIMEWAIT_BITS) - 1)

/** Largest MSL, ms: 2 MSL and a lag of 14 minutes are told apart by RS_SINCE_BITS. */
#define RS_MSL_MAX_MS (10 * 60 * 1000)
#define RS_SINCE_BITS 21
#define RS_SINCE_MASK ((UINT32_C(1) << RS_SINCE_BITS) - 1)

/** A connection in TIME-WAIT whose service's part is over; snd_una is snd_nxt. */
struct rs_timewait {
	struct rs_tuple tuple;
	uint32_t rcv_nxt;
	uint32_t snd_nxt;
	uint32_t ts_recent;      /**< TS.Recent (RFC 7323 4.3) */
	uint32_t older : RS_TIMEWAIT_BITS; /**< record that expires before it; 0: none */
	uint32_t challenges : 4; /**< challenge ACKs of its `second` */
	uint32_t ts : 1;         /**< both sides send timestamps */
	uint32_t sack : 1;       /**< the peer takes SACK blocks */
	uint32_t ts_later : 1;   /**< our timestamps are a unit of their origin later */
	uint32_t newer : RS_TIMEWAIT_BITS; /**< record that expires after it; 0: none */
	uint32_t max_snd : 5;    /**< MAX.SND.WND, rounded up to 2^max_snd - 1 (RFC 5961 5) */
	uint32_t scaled : 1;     /**< rcv_wnd counts in units of our window scale */
	uint32_t since : RS_SINCE_BITS; /**< tick at which 2 MSL began, low bits */
	uint32_t listener : 8;
	uint32_t second : 2;     /**< of the last challenge ACK, modulo 4 */
	uint32_t owes_ack : 1;   /**< it is in rs_timewaits.acks */
	uint16_t neigh;
	uint16_t rcv_wnd;        /**< RCV.WND as it stands in a header */
} __rte_cache_aligned;

static_assert(sizeof(struct rs_timewait) == RTE_CACHE_LINE_SIZE, "half of a TCB");

/** All records of a worker. */
struct rs_timewaits {
	struct rs_pool pool;
	uint32_t oldest;         /**< the first to expire, and to make way; 0: there is none */
	uint32_t newest;
};

/** The record of an index. */
static inline struct rs_timewait *
rs_timewait_at(const struct rs_timewaits *waits, uint32_t index)
{
	return (struct rs_timewait *)(void *)waits->pool.base + index;
}

/** Ticks since 2 MSL began. */
static inline uint32_t
rs_timewait_age(const struct rs_timewait *tw, uint32_t tick)
{
	return (tick - tw->since) & RS_SINCE_MASK;
}

/** Begin 2 MSL: the record becomes the newest. It must not be in the list. */
void rs_timewait_link(struct rs_timewaits *waits, uint32_t index, uint32_t tick);

/** The same for a record whose since, older (the newest) and newer (none) are filled in. */
void rs_timewait_append(struct rs_timewaits *waits, uint32_t index);

/** Take a record off the list. */
void rs_timewait_unlink(struct rs_timewaits *waits, uint32_t index);

#endif /* RS_CONN_TIMEWAIT_H */
