/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The inside of the neighbour table, for the files of link/: neigh.c makes entries from
 * received frames, resolve.c from addresses. link/link.h has the functions for other rooms.
 */

#ifndef RS_LINK_NEIGH_H
#define RS_LINK_NEIGH_H

#include "link/link.h"

/** Most neighbours that 16-bit indexes can number, RS_NO_NEIGH excluded. */
#define RS_NEIGHS_MAX UINT16_MAX

/**
 * Make the neighbour table, on the rte_malloc heap.
 *
 * @param max     neighbours, 1..RS_NEIGHS_MAX
 * @param socket  NUMA node
 * @return 0, -EINVAL (max) or -ENOMEM
 */
int rs_neigh_init(struct rs_link *link, uint32_t max, unsigned int socket);

/** Free the memory of the neighbour table. */
void rs_neigh_fini(struct rs_link *link);

/**
 * Add an entry with the key of `want` (state, port, and MAC or address), without
 * a reference and in no list.
 *
 * @return its index, or RS_NO_NEIGH (the table is full)
 */
uint16_t rs_neigh_add(struct rs_link *link, const struct rs_neigh *want);

/** Find the entry with the key of `want`; RS_NO_NEIGH: none. */
uint16_t rs_neigh_find(const struct rs_link *link, const struct rs_neigh *want);

/** Take a reference. */
void rs_neigh_ref(struct rs_link *link, uint16_t neigh);

/** Remove the entry from its hash chain. References to it stay valid. */
void rs_neigh_unhash(struct rs_link *link, uint16_t neigh);

/** Free an entry without references. */
void rs_neigh_free(struct rs_link *link, uint16_t neigh);

/** Move an entry from its list to the end of another one; RS_NEIGHS_LISTS: to no list. */
void rs_neigh_move(struct rs_link *link, uint16_t neigh, enum rs_neigh_list list);

/**
 * Update the entry of an address, if there is one, with the MAC that an ARP packet in m gives.
 *
 * @return whether there is such an entry
 */
bool rs_resolve_learn(
struct rs_link *link, const struct rte_mbuf *m, const struct rs_addr *addr,
	const struct rte_ether_addr *mac, uint64_t now);

/** The news that a message of neighbour discovery brings (RFC 4861 7.2.3, 7.2.5). */
struct rs_advertised {
	struct rs_addr addr;    /**< the neighbour's */
	const struct rte_ether_addr *mac; /**< NULL: the message has none */
	bool solicited;         /**< it answers a solicitation, so the neighbour is reachable */
	bool override;          /**< mac replaces another one */
};

/**
 * Update the entry of an IPv6 address, if there is one, with the tag and port of m.
 *
 * @return whether there is such an entry
 */
bool rs_resolve_advertised(struct rs_link *link, const struct rte_mbuf *m,
	const struct rs_advertised *ad, uint64_t now);

#endif /* RS_LINK_NEIGH_H */
