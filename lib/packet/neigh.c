/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The neighbour table: where the frames of connections go. A hash with chains of 16-bit
 * indexes; an entry lives as long as a connection refers to it.
 */

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "packet/neigh.h"

/* Set mac, vlan and port to those that frame m came from. */
static void
neigh_of(const struct rte_mbuf *m, struct rs_neigh *neigh)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_vlan_hdr *vlan = (const struct rte_vlan_hdr *)(eth + 1);

	neigh->mac = eth->src_addr;
	neigh->port = m->port;
	neigh->vlan = RS_NO_VLAN;
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_VLAN))
		neigh->vlan = rte_be_to_cpu_16(vlan->vlan_tci);
}

static bool
neigh_equal(const struct rs_neigh *a, const struct rs_neigh *b)
{
	return rte_is_same_ether_addr(&a->mac, &b->mac) && a->vlan == b->vlan &&
	       a->port == b->port;
}

/* The chain that a neighbour belongs to. */
static uint16_t *
neigh_head(const struct rs_link *link, const struct rs_neigh *neigh)
{
	uint32_t w[2]; /* mac and vlan */
	uint32_t hash;

	memcpy(w, neigh, sizeof(w));
	hash = rs_hash_ipv4(&link->key, w[0], w[1], neigh->port);
	return &link->neigh_heads[hash & link->neigh_mask];
}

uint16_t
rs_neigh_get(struct rs_link *link, const struct rte_mbuf *m)
{
	struct rs_neigh want;
	uint16_t *head;
	uint16_t i;

	neigh_of(m, &want);
	head = neigh_head(link, &want);
	for (i = *head; i != RS_NO_NEIGH; i = link->neighs[i].next) {
		if (neigh_equal(&link->neighs[i], &want)) {
			link->neighs[i].refs++;
			return i;
		}
	}
	i = link->neigh_free;
	if (i == RS_NO_NEIGH)
		return RS_NO_NEIGH;
	link->neigh_free = link->neighs[i].next;
	link->neighs_used++;
	want.next = *head;
	want.refs = 1;
	link->neighs[i] = want;
	*head = i;
	return i;
}

bool
rs_neigh_is(const struct rs_link *link, uint16_t neigh, const struct rte_mbuf *m)
{
	struct rs_neigh sender;

	neigh_of(m, &sender);
	return neigh_equal(&link->neighs[neigh], &sender);
}

void
rs_neigh_put(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];
	uint16_t *at;

	RTE_ASSERT(neigh != RS_NO_NEIGH && n->refs > 0);
	if (--n->refs > 0)
		return;
	/* take it out of its chain */
	for (at = neigh_head(link, n); *at != neigh; at = &link->neighs[*at].next)
		;
	*at = n->next;
	n->next = link->neigh_free;
	link->neigh_free = neigh;
	link->neighs_used--;
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
	/* every entry is free, the first one first; the last one's next is RS_NO_NEIGH */
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
