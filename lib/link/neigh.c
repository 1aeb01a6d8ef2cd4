/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The neighbour table: MAC and port of the next hop of each connection; a hash with chains of
 * 16-bit indexes. An entry made from a frame is keyed by MAC and port, and lives while a
 * connection refers to it. An entry made by resolve.c is keyed by its address and port.
 */

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "link/neigh.h"

/* Entries that are examined for eviction when the table is full. */
#define EVICT_TRIES 64

/* Set mac and port of neigh to those of the sender of frame m. */
static void
neigh_from_frame(const struct rte_mbuf *m, struct rs_neigh *neigh)
{
	neigh->mac = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *)->src_addr;
	neigh->port = m->port;
}

/* Whether two entries have the same key. */
static bool
neigh_same_key(const struct rs_neigh *a, const struct rs_neigh *b)
{
	if ((a->state == RS_NEIGH_LEARNED) != (b->state == RS_NEIGH_LEARNED) ||
	    a->port != b->port)
		return false;
	if (a->state == RS_NEIGH_LEARNED)
		return rte_is_same_ether_addr(&a->mac, &b->mac);
	return rs_addr_equal(&a->addr, &b->addr);
}

/* The head of the hash chain that a neighbour belongs to. */
static uint16_t *
neigh_head(const struct rs_link *link, const struct rs_neigh *neigh)
{
	uint64_t w[2] = { 0, 0 };
	uint64_t hash;

	if (neigh->state == RS_NEIGH_LEARNED)
		memcpy(w, &neigh->mac, sizeof(neigh->mac));
	else
		memcpy(w, &neigh->addr, sizeof(w));
	hash = rs_hash_nh(w[0], w[1], link->key.k[0], link->key.k[1]);
	hash = rs_hash_nh(hash, neigh->port, link->key.k[2], link->key.k[3]);
	return &link->neigh_heads[(uint32_t)(hash ^ hash >> 32) & link->neigh_mask];
}

void
rs_neigh_move(struct rs_link *link, uint16_t neigh, enum rs_neigh_list list)
{
	struct rs_neigh *n = &link->neighs[neigh];

	if (n->list < RS_NEIGHS_LISTS) {
		uint16_t *oldest = &link->neigh_lists[n->list].oldest;
		uint16_t *newest = &link->neigh_lists[n->list].newest;

		*(n->older != RS_NO_NEIGH ? &link->neighs[n->older].newer : oldest) = n->newer;
		*(n->newer != RS_NO_NEIGH ? &link->neighs[n->newer].older : newest) = n->older;
	}
	n->list = (uint8_t)list;
	n->newer = RS_NO_NEIGH;
	if (list == RS_NEIGHS_LISTS)
		return;
	n->older = link->neigh_lists[list].newest;
	*(n->older != RS_NO_NEIGH ? &link->neighs[n->older].newer :
		&link->neigh_lists[list].oldest) = neigh;
	link->neigh_lists[list].newest = neigh;
}

void
rs_neigh_unhash(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];
	uint16_t *at;

	for (at = neigh_head(link, n); *at != neigh; at = &link->neighs[*at].next)
		;
	*at = n->next;
}

void
rs_neigh_free(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];

	RTE_ASSERT(neigh != RS_NO_NEIGH && n->refs == 0);
	if (n->state != RS_NEIGH_FAILED) /* a failed entry is in no chain */
		rs_neigh_unhash(link, neigh);
	rs_neigh_move(link, neigh, RS_NEIGHS_LISTS);
	n->next = link->neigh_free;
	link->neigh_free = neigh;
}

/*
 * The table is full: free an entry that no connection uses. The search is bounded, because SYNs
 * of any number ask for it, and goes on where the last one stopped.
 */
static void
neigh_evict(struct rs_link *link)
{
	unsigned int i;

	if (!rs_neigh_has_room(link))
		return;
	for (i = 0; i < EVICT_TRIES; i++) {
		if (++link->neigh_hand >= link->n_neighs)
			link->neigh_hand = RS_NO_NEIGH + 1;
		if (link->neighs[link->neigh_hand].refs == 0) {
			rs_neigh_free(link, link->neigh_hand);
			return;
		}
	}
}

uint16_t
rs_neigh_find(const struct rs_link *link, const struct rs_neigh *want)
{
	uint16_t i = *neigh_head(link, want);

	while (i != RS_NO_NEIGH && !neigh_same_key(&link->neighs[i], want))
		i = link->neighs[i].next;
	return i;
}

uint16_t
rs_neigh_add(struct rs_link *link, const struct rs_neigh *want)
{
	uint16_t *head = neigh_head(link, want);
	uint16_t i;

	if (link->neigh_free == RS_NO_NEIGH)
		neigh_evict(link);
	i = link->neigh_free;
	if (i == RS_NO_NEIGH) {
		link->stats->packet.no_neighbour++;
		return RS_NO_NEIGH;
	}
	link->neigh_free = link->neighs[i].next;
	link->neighs[i] = *want;
	link->neighs[i].list = RS_NEIGHS_LISTS;
	link->neighs[i].next = *head;
	*head = i;
	return i;
}

/* Whether only half-open connections use an entry. */
static bool
neigh_only_half_open(const struct rs_neigh *n)
{
	return n->half_open != 0 && n->half_open == n->refs;
}

void
rs_neigh_ref(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];

	/* the new reference is not that of a half-open connection yet */
	if (likely(n->refs > n->half_open)) {
		n->refs++;
		return;
	}
	link->neighs_half_open -= neigh_only_half_open(n);
	link->neighs_used += n->refs == 0;
	n->refs++;
}

/* Find the entry of the sender of a frame. @param make an entry, if there is none */
static uint16_t
neigh_of_sender(struct rs_link *link, const struct rte_mbuf *m, bool make)
{
	struct rs_neigh want = { .state = RS_NEIGH_LEARNED };
	uint16_t i;

	neigh_from_frame(m, &want);
	i = rs_neigh_find(link, &want);
	if (i == RS_NO_NEIGH && make)
		i = rs_neigh_add(link, &want);
	else if (i == RS_NO_NEIGH)
		link->stats->packet.no_neighbour++;
	return i;
}

/* Take a reference to the entry of the sender of a frame. @param make an entry, if there is none */
static __rte_noinline uint16_t
neigh_get(struct rs_link *link, const struct rte_mbuf *m, bool make)
{
	uint16_t i = neigh_of_sender(link, m, make);

	if (i == RS_NO_NEIGH)
		return RS_NO_NEIGH;
	link->neigh_last = i;
	rs_neigh_ref(link, i);
	return i;
}

/*
 * Most frames come from one router, so the entry that the last call found is looked at first;
 * while it has references it is hashed. @return whether it is that of the sender of a frame
 */
static inline bool
is_last(const struct rs_link *link, const struct rte_mbuf *m)
{
	const struct rs_neigh *last = &link->neighs[link->neigh_last];

	return likely(last->refs != 0 && last->state == RS_NEIGH_LEARNED &&
		rs_neigh_is(link, link->neigh_last, m));
}

uint16_t
rs_neigh_get(struct rs_link *link, const struct rte_mbuf *m)
{
	if (!is_last(link, m))
		return neigh_get(link, m, true);
	rs_neigh_ref(link, link->neigh_last);
	return link->neigh_last;
}

uint16_t
rs_neigh_get_half_open(struct rs_link *link, const struct rte_mbuf *m)
{
	if (!is_last(link, m))
		return neigh_get(link, m, link->neighs_half_open < link->n_neighs / 2);
	rs_neigh_ref(link, link->neigh_last);
	return link->neigh_last;
}

void
rs_neigh_put(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];

	/* the reference is not that of a half-open connection any more */
	RTE_ASSERT(neigh != RS_NO_NEIGH && n->refs > n->half_open);
	n->refs--;
	if (likely(n->refs > n->half_open))
		return;
	link->neighs_half_open += neigh_only_half_open(n);
	if (n->refs > 0)
		return;
	link->neighs_used--;
	/* a reachable neighbour is kept for the next connection until its reply is old */
	if (n->state != RS_NEIGH_REACHABLE)
		rs_neigh_free(link, neigh);
}

int
rs_neigh_init(struct rs_link *link, uint32_t max, unsigned int socket)
{
	uint32_t heads = rte_align32pow2(max);
	uint16_t i;

	if (max == 0 || max > RS_NEIGHS_MAX)
		return -EINVAL;
	link->neighs = rte_zmalloc_socket("rs_neighs", (max + 1) * sizeof(*link->neighs),
		RTE_CACHE_LINE_SIZE, (int)socket);
	link->neigh_heads = rte_zmalloc_socket("rs_neigh_heads",
		heads * sizeof(*link->neigh_heads), RTE_CACHE_LINE_SIZE, (int)socket);
	if (link->neighs == NULL || link->neigh_heads == NULL) {
		rs_neigh_fini(link);
		return -ENOMEM;
	}
	link->n_neighs = max + 1;
	link->neigh_mask = heads - 1;
	/* every entry is in the free list, the first at its head; the last has next RS_NO_NEIGH */

	link->neigh_free = 1;
	for (i = 1; i < max; i++)
		link->neighs[i].next = (uint16_t)(i + 1);
	return 0;
}

void
rs_neigh_fini(struct rs_link *link)
{
	rte_free(link->neighs);
	rte_free(link->neigh_heads);
	link->neighs = NULL;
	link->neigh_heads = NULL;
}
