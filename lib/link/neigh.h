/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The neighbour table, for those who fill it: neigh.c from frames, resolve.c by asking.
 * Its use is in link/link.h.
 */

#ifndef RS_LINK_NEIGH_H
#define RS_LINK_NEIGH_H

#include "link/link.h"

/** The most neighbours that 16-bit indexes can tell apart, RS_NO_NEIGH left out. */
#define RS_NEIGHS_MAX UINT16_MAX

/**
 * Make the neighbour table.
 *
 * @param max  neighbours, 1..RS_NEIGHS_MAX
 * @return 0, -EINVAL or -ENOMEM
 */
int rs_neigh_init(struct rs_link *link, uint32_t max, unsigned int socket);

/** Give its memory back. */
void rs_neigh_fini(struct rs_link *link);

/**
 * A new entry with the key of `want` (state, port, and MAC and tag or the address), without
 * a reference, in its chain and in no list; RS_NO_NEIGH: the table is full.
 */
uint16_t rs_neigh_add(struct rs_link *link, const struct rs_neigh *want);

/** The entry with the key of `want`, RS_NO_NEIGH: none. */
uint16_t rs_neigh_find(const struct rs_link *link, const struct rs_neigh *want);

/** Take one reference more. */
void rs_neigh_ref(struct rs_link *link, uint16_t neigh);

/** Nobody shall find it any more. */
void rs_neigh_unhash(struct rs_link *link, uint16_t neigh);

/** Free an entry without references. */
void rs_neigh_free(struct rs_link *link, uint16_t neigh);

/** Put it at the end of a list, out of the one that it is in; RS_NEIGHS_LISTS: in none. */
void rs_neigh_move(struct rs_link *link, uint16_t neigh, enum rs_neigh_list list);

/** Whether a neighbour of this address is known or being asked for: what an ARP packet says. */
bool rs_resolve_learn(struct rs_link *link, const struct rte_mbuf *m, const struct rs_addr *addr,
	const struct rte_ether_addr *mac, uint64_t now);

#endif /* RS_LINK_NEIGH_H */
