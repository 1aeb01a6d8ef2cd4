/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The limits on a listener's connections: max_connections, and max_per_source of one peer. They
 * count from SYN-RECEIVED to LAST-ACK; TIME-WAIT does not count, because it serves nobody.
 *
 * Peers are kept in a hash table with linear probing. It has more slots than the stack has TCBs,
 * so it is never full and at least a quarter empty. Its hash is keyed, so no peer can choose
 * addresses that collide.
 */

#include <errno.h>
#include <string.h>

#include <rte_malloc.h>

#include "base/siphash.h"
#include "tcp/core/core.h"

/* Slots of the table: a power of 2, a third more than TCBs at least. */
static uint32_t
slots_of(const struct rs_stack_params *params)
{
	uint32_t n = params->tcp.max_connections;

	return rte_align32pow2(n + n / 3 + 1);
}

static bool
has_sources(const struct rs_stack_params *params)
{
	unsigned int i;

	for (i = 0; i < params->n_listeners && params->listeners != NULL; i++) {
		if (params->listeners[i].max_per_source != 0)
			return true;
	}
	return false;
}

uint64_t
rs_admit_memory(const struct rs_stack_params *params)
{
	return has_sources(params) ? slots_of(params) * sizeof(struct rs_source) : 0;
}

int
rs_admit_init(struct rs_sources *sources, const struct rs_stack_params *params)
{
	uint64_t key[2];

	if (!has_sources(params))
		return 0;
	memcpy(key, params->secret, sizeof(key));
	sources->mask = slots_of(params) - 1;
	sources->key[0] = rs_siphash(key, "sources 0", strlen("sources 0"));
	sources->key[1] = rs_siphash(key, "sources 1", strlen("sources 1"));
	sources->slots = rte_zmalloc_socket("rs_sources", rs_admit_memory(params),
		RTE_CACHE_LINE_SIZE, (int)params->socket);
	return sources->slots != NULL ? 0 : -ENOMEM;
}

void
rs_admit_fini(struct rs_sources *sources)
{
	rte_free(sources->slots);
}

void
rs_admit_listener(struct rs_tcp *tcp, unsigned int listener)
{
	const struct rs_listener *l = &tcp->listeners[listener];
	struct rs_limits *limits = &tcp->limits[listener];

	limits->by_source = l->max_per_source != 0;
	limits->counted = l->max_connections != 0 || limits->by_source;
	limits->open = 0;
	/* it stays set, because connections of a listener that is gone count until they end */
	tcp->counts |= limits->counted;
}

/* The slot at which the search for a peer begins. */
static uint32_t
slot_first(const struct rs_sources *sources, const struct rs_source *source)
{
	const uint64_t words[2] = { source->host, source->listener };

	return (uint32_t)rs_siphash(sources->key, words, sizeof(words)) & sources->mask;
}

/* Find the slot of a peer, or the free one in which it would be. */
static struct rs_source *
source_find(const struct rs_sources *sources, uint32_t listener, const struct rs_addr *addr)
{
	struct rs_source key = { .listener = listener };
	struct rs_source *slot;
	uint32_t at;

	/* An IPv6 host has all addresses of its /64. ::ffff:0:0/32 as a /64 has no hosts. */
	if (rs_addr_is_ipv4(addr))
		memcpy(&key.host, &addr->w[2], sizeof(key.host));
	else
		memcpy(&key.host, addr, sizeof(key.host));
	for (at = slot_first(sources, &key);; at = (at + 1) & sources->mask) {
		slot = &sources->slots[at];
		if (slot->count == 0)
			break;
		if (slot->host == key.host && slot->listener == listener)
			return slot;
	}
	slot->host = key.host;
	slot->listener = listener;
	return slot;
}

/* Free a slot: move up the peers behind it whose search would end at it. */
static void
source_free(struct rs_sources *sources, struct rs_source *slot)
{
	uint32_t hole = (uint32_t)(slot - sources->slots);
	uint32_t at = hole;

	for (;;) {
		at = (at + 1) & sources->mask;
		if (sources->slots[at].count == 0)
			break;
		/* at may move if its search begins at the hole or before */
		if (((at - slot_first(sources, &sources->slots[at])) & sources->mask) >=
		    ((at - hole) & sources->mask)) {
			sources->slots[hole] = sources->slots[at];
			hole = at;
		}
	}
	sources->slots[hole].count = 0;
}

bool
rs_admit_counted(const struct rs_tcp *tcp, const struct rs_listener *listener,
	const struct rs_tuple *tuple)
{
	uint32_t index = (uint32_t)(listener - tcp->listeners);

	if (listener->max_connections != 0 &&
	    tcp->limits[index].open >= listener->max_connections) {
		tcp->stats->drop[RS_DROP_listener_full]++;
		return false;
	}
	if (listener->max_per_source != 0 &&
	    source_find(&tcp->sources, index, &tuple->raddr)->count >=
			listener->max_per_source) {
		tcp->stats->drop[RS_DROP_source_full]++;
		return false;
	}
	return true;
}

/* Whether a connection in this state counts. */
static bool
state_counts(enum rs_state state)
{
	return state != RS_CLOSED && state != RS_TIME_WAIT;
}

__rte_noinline void
rs_admit_state(struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_state state)
{
	bool begins = state_counts(state);
	struct rs_source *source;

	if (begins == state_counts(tcb->state) || !tcp->limits[tcb->listener].counted)
		return;
	tcp->limits[tcb->listener].open += begins ? 1U : UINT32_MAX;
	if (!tcp->limits[tcb->listener].by_source)
		return;
	source = source_find(&tcp->sources, tcb->listener, &tcb->tuple.raddr);
	source->count += begins ? 1U : UINT32_MAX;
	if (source->count == 0)
		source_free(&tcp->sources, source);
}
