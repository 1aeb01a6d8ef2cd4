/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A change of a running stack. Everything that takes memory or may fail is done before, in a
 * scratch copy, so that the worker only copies and swaps between two bursts.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "stack.h"

struct rs_stack_change {
	const struct rs_listener *listeners;
	unsigned int n_listeners;
	uint8_t only_listener[UINT16_MAX + 1]; /* as of rs_tcp */
	struct rs_portset listening;
	struct rs_ratelimit ratelimit;         /* the stack's, after the change */
	struct rs_sources sources;             /* likewise, if it had none */
	const struct rs_acl *acl;
	bool closed_drop;
	bool stop_drop;
	bool applied;
	struct rs_link link;                   /* only its addresses and limits are taken */
};

/* Own the addresses of a scratch link. @return 0 or -errno */
static int
own_addresses(struct rs_link *link, const struct rs_stack_params *params)
{
	struct rs_stack_params few = *params;
	int ret;

	few.max_neighbours = 1;
	ret = rs_link_init(link, &few, NULL, 0);
	if (ret == 0)
		rs_link_fini(link);
	return ret;
}

struct rs_stack_change *
rs_stack_change_create(const struct rs_stack_params *params)
{
	struct rs_stack_change *change = rte_zmalloc_socket("rs_stack_change", sizeof(*change),
		RTE_CACHE_LINE_SIZE, (int)params->socket);
	int ret;

	if (change == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	change->listeners = params->listeners;
	change->n_listeners = params->n_listeners;
	change->acl = params->acl;
	change->closed_drop = params->tcp.closed_drop;
	change->stop_drop = params->tcp.stop_drop;
	ret = rs_listen_mark(params->listeners, params->n_listeners, change->only_listener,
		&change->listening);
	if (ret == 0)
		ret = rs_ratelimit_init(&change->ratelimit, params);
	if (ret == 0)
		ret = rs_admit_init(&change->sources, params);
	if (ret == 0)
		ret = own_addresses(&change->link, params);
	if (ret == 0)
		return change;
	rs_stack_change_free(change);
	rte_errno = -ret;
	return NULL;
}

void
rs_stack_change_free(struct rs_stack_change *change)
{
	if (change == NULL)
		return;
	rs_ratelimit_fini(&change->ratelimit);
	rs_admit_fini(&change->sources);
	rte_free(change);
}

/* Keep the state of the IPv6 addresses of ports, whose duplicates may be being detected. */
static void
keep_states(const struct rs_link *link, struct rs_link *next)
{
	unsigned int n = RTE_MIN(link->n_owned6, next->n_owned6);
	unsigned int i;

	/* the addresses of ports stand before the prefixes, which have no state */
	for (i = 0; i < n; i++) {
		if (link->owned6[i].subnet_len != 0 &&
		    rs_addr_equal(&link->owned6[i].value, &next->owned6[i].value))
			next->owned6[i] = link->owned6[i];
	}
}

/* Change the owned addresses of a link. */
static void
change_addresses(struct rs_link *link, struct rs_link *next)
{
	unsigned int i;

	keep_states(link, next);
	memcpy(link->owned, next->owned, sizeof(link->owned));
	link->n_owned = next->n_owned;
	link->common = next->common;
	memcpy(link->odd_octet, next->odd_octet, sizeof(link->odd_octet));
	memcpy(link->owned6, next->owned6, sizeof(link->owned6));
	link->n_owned6 = next->n_owned6;
	link->common6 = next->common6;
	link->common6_mask = next->common6_mask;
	rs_link_choose6(link);
	for (i = 0; i < RS_PORTS_MAX; i++) {
		struct rs_port_words *to = &link->words[i];
		const struct rs_port_words *from = &next->words[i];

		memcpy(to->no_peer, from->no_peer, sizeof(to->no_peer));
		memcpy(to->no_peer_mask, from->no_peer_mask, sizeof(to->no_peer_mask));
	}
}

/* Change a token bucket, which keeps its tokens unless its limit is another one. */
static void
change_rate(struct rs_rate *rate, const struct rs_rate *next)
{
	if (rate->cost != next->cost)
		*rate = *next;
}

/* Swap the rate limits of resets; sources keep their tokens unless their limit is another one. */
static void
change_ratelimit(struct rs_ratelimit *limit, struct rs_ratelimit *next)
{
	struct rs_ratelimit old = *limit;
	bool same_sources = old.source_cost == next->source_cost && old.mask == next->mask;

	change_rate(&old.worker, &next->worker);
	*limit = *next;
	limit->worker = old.worker;
	if (same_sources) {
		limit->rows = old.rows;
		memcpy(limit->key, old.key, sizeof(limit->key));
		old.rows = next->rows;
	}
	*next = old;
}

/* Whether the listener at an index is another one than before. */
static bool
is_another(const struct rs_tcp *tcp, const struct rs_stack_change *change, unsigned int i)
{
	const struct rs_listener *next = &change->listeners[i];

	return i >= tcp->n_listeners || tcp->listeners[i].id != next->id ||
	       tcp->listeners[i].service != next->service || tcp->listeners[i].arg != next->arg;
}

static void
change_listeners(struct rs_tcp *tcp, const struct rs_stack_change *change)
{
	bool another[RS_LISTENERS_MAX];
	struct rs_rate rate;
	unsigned int i;

	for (i = 0; i < change->n_listeners; i++)
		another[i] = is_another(tcp, change, i);
	tcp->listeners = change->listeners;
	tcp->n_listeners = change->n_listeners;
	for (i = 0; i < change->n_listeners; i++) {
		if (another[i])
			rs_listen_init(tcp, i);
		rate = rs_rate_of(tcp->listeners[i].resets_per_second);
		change_rate(&tcp->limits[i].resets, &rate);
		rs_ip_extra_listener(tcp, i);
	}
	memcpy(tcp->only_listener, change->only_listener, sizeof(tcp->only_listener));
	tcp->listening = change->listening;
	rs_portset_merge(&tcp->known, &change->listening);
}

void
rs_stack_change(struct rs_stack *stack, struct rs_stack_change *change)
{
	struct rs_link *link = &stack->link;
	struct rs_tcp *tcp = &stack->tcp;

	change_addresses(link, &change->link);
	change_rate(&link->icmp_errors, &change->link.icmp_errors);
	change_rate(&link->icmp_echoes, &change->link.icmp_echoes);
	change_ratelimit(&tcp->ratelimit, &change->ratelimit);
	if (tcp->sources.slots == NULL) {
		tcp->sources = change->sources;
		change->sources.slots = NULL;
	}
	change_listeners(tcp, change);
	rs_screen_set(tcp, change->acl);
	tcp->par.closed_drop = change->closed_drop;
	tcp->par.stop_drop = change->stop_drop;
	rs_listen_lookup(tcp);
	__atomic_store_n(&change->applied, true, __ATOMIC_RELEASE);
}

bool
rs_stack_change_applied(const struct rs_stack_change *change)
{
	return __atomic_load_n(&change->applied, __ATOMIC_ACQUIRE);
}

bool
rs_stack_listener_over(const struct rs_stack *stack, unsigned int listener)
{
	const struct rs_tcp *tcp = &stack->tcp;
	uint32_t ended = tcp->tcb_pool.used - (tcp->table.count - tcp->waits.pool.used);

	/* the services of TCBs that have ended are notified when they are buried */
	return tcp->listener_stats[listener].open == 0 && ended == 0;
}
