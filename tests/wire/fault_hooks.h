/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Included in front of those sources of the engine that take memory (see meson.build): each
 * allocation asks first whether it shall fail. The engine itself has no such question.
 *
 * Two allocations cannot fail, and the engine counts on it: there is a sender for each busy block,
 * and a first range for each sender.
 */

#ifndef WIRE_FAULT_HOOKS_H
#define WIRE_FAULT_HOOKS_H

#include <errno.h>
#include <string.h>

#include <rte_hash.h>
#include <rte_mbuf.h>

#include "conn/pool.h"
#include "link/neigh.h"
#include "wire/faults.h"

/*
 * A pool without entries in use is not empty. Where all records of TIME-WAIT are in use, the engine
 * ends the oldest and takes the record that this has given back: such a call cannot fail, because
 * it finds all but one in use and one given back.
 */
static inline bool
fault_pool_fails(const struct rs_pool *pool, const char *name, const char *file, int line)
{
	if (strcmp(name, "&tcp->senders") == 0 || strcmp(name, "&tcp->ranges") == 0 ||
			(strcmp(name, "&tcp->waits.pool") == 0 &&
				(pool->used == 0 ||
					(pool->used == pool->n - 1 && pool->free != 0))))
		return false;
	return wire_fault_due(WIRE_FAULT_memory, name, file, line);
}

/* Out-of-order text may have room in the last chunk of its run, beyond the share, too. */
static inline bool
fault_share_fails(const char *file, int line)
{
	if (!wire_fault_due(WIRE_FAULT_memory, "share", file, line))
		return false;
	if (strstr(file, "tcp/reassembly.c") != NULL)
		wire_fault_needs_no_counter();
	return true;
}

/* Out-of-order text that cannot be copied together is kept where it was received. */
static inline bool
fault_mbuf_fails(const char *file, int line)
{
	if (!wire_fault_due(WIRE_FAULT_memory, "mbuf", file, line))
		return false;
	if (strstr(file, "conn/runs.c") != NULL)
		wire_fault_needs_no_counter();
	return true;
}

/* The table of neighbours is as it is when each entry is in use. */
struct fault_neighs {
	uint32_t used;
	uint16_t free;
};

static inline struct fault_neighs
fault_neighs_fill(struct rs_link *link)
{
	struct fault_neighs was = { .used = link->neighs_used, .free = link->neigh_free };

	link->neighs_used = link->n_neighs - 1;
	link->neigh_free = RS_NO_NEIGH;
	return was;
}

static inline void
fault_neighs_restore(struct rs_link *link, struct fault_neighs was)
{
	link->neighs_used = was.used + (link->neighs_used - (link->n_neighs - 1));
	link->neigh_free = was.free;
}

#define FAULT_NEIGH(call_, link_) __extension__ ({ \
	struct rs_link *fault_link = link_; \
	bool fault_full = wire_fault_due(WIRE_FAULT_memory, "neighbour", __FILE__, __LINE__); \
	struct fault_neighs fault_was = { 0 }; \
	uint16_t fault_neigh; \
	if (fault_full) \
		fault_was = fault_neighs_fill(fault_link); \
	fault_neigh = call_; \
	if (fault_full) { \
		fault_neighs_restore(fault_link, fault_was); \
		/* an entry that was there has been found */ \
		if (fault_neigh != RS_NO_NEIGH) \
			wire_fault_needs_no_counter(); \
	} \
	fault_neigh; \
})

#define FAULT_MBUF() fault_mbuf_fails(__FILE__, __LINE__)
#define FAULT_POOL(pool_) fault_pool_fails(pool_, #pool_, __FILE__, __LINE__)
#define FAULT_SHARE() fault_share_fails(__FILE__, __LINE__)
#define FAULT_HASH() wire_fault_due(WIRE_FAULT_memory, "hash", __FILE__, __LINE__)

/* A macro does not expand itself: the call in each is the engine's or DPDK's function. */
#define rte_pktmbuf_alloc(pool_) (FAULT_MBUF() ? NULL : rte_pktmbuf_alloc(pool_))
#define rte_pktmbuf_copy(m_, pool_, first_, len_) \
	(FAULT_MBUF() ? NULL : rte_pktmbuf_copy(m_, pool_, first_, len_))
#define rte_hash_add_key(hash_, key_) (FAULT_HASH() ? -ENOSPC : rte_hash_add_key(hash_, key_))
#define rs_pool_get(pool_) (FAULT_POOL(pool_) ? 0 : rs_pool_get(pool_))
/* where no chunk can be reserved, the queue is used as it is in general */
#define rs_pool_reserve(pool_) \
	(FAULT_POOL(pool_) ? wire_fault_needs_no_counter() : rs_pool_reserve(pool_))
#define rs_share_allows(n_, used_, held_) \
	(rs_share_allows(n_, used_, held_) && !FAULT_SHARE())
#define rs_neigh_add(link_, want_) FAULT_NEIGH(rs_neigh_add(link_, want_), link_)
#define rs_neigh_get(link_, m_) FAULT_NEIGH(rs_neigh_get(link_, m_), link_)
#define rs_neigh_get_half_open(link_, m_) \
	FAULT_NEIGH(rs_neigh_get_half_open(link_, m_), link_)

#endif /* WIRE_FAULT_HOOKS_H */
