/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Neighbour resolution: find the MAC of a next hop by ARP (RFC 826) or neighbour discovery (RFC
 * 4861 7.2). Retry interval and limit follow RFC 1122 2.3.2.1; for IPv6 they are RETRANS_TIMER and
 * MAX_MULTICAST_SOLICIT, and polls go on with multicast (RFC 7048 3). An ARP packet or message
 * about any other address makes no entry. No datagram is queued here, because the SYN that waits
 * for the MAC is built when it is known.
 */

#include "link/arp.h"
#include "link/nd.h"
#include "link/neigh.h"
#include "link/ra.h"

#define SECOND UINT64_C(1000000)

/* Interval between two requests for one neighbour. */
#define ASK_AFTER SECOND

/* Requests to all before a neighbour has failed; an old MAC is polled before these, an IPv6
 * neighbour MAX_UNICAST_SOLICIT times. */
#define ASK_TRIES 3
#define POLL_TRIES 2
#define POLL_TRIES_IPV6 3

/* Age at which a reply is old, a minute (RFC 1122 2.3.2.1). */
#define OLD_AFTER (60 * SECOND)

/* Find the entry of an address; make it, to be asked, if there is none. */
static uint16_t
find_or_ask(struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	const struct rs_neigh want = {
		.state = RS_NEIGH_INCOMPLETE,
		.port = port,
		.addr = *addr,
	};
	uint16_t neigh = rs_neigh_find(link, &want);

	if (neigh == RS_NO_NEIGH) {
		neigh = rs_neigh_add(link, &want);
		if (neigh != RS_NO_NEIGH)
			rs_neigh_move(link, neigh, RS_NEIGHS_TO_ASK);
	}
	return neigh;
}

uint16_t
rs_resolve(struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	uint16_t neigh = find_or_ask(link, port, addr);

	if (neigh != RS_NO_NEIGH)
		rs_neigh_ref(link, neigh);
	return neigh;
}

uint16_t
rs_resolve_known(struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	uint16_t neigh = find_or_ask(link, port, addr);

	if (neigh == RS_NO_NEIGH || !rs_neigh_usable(link, neigh))
		return RS_NO_NEIGH;
	rs_neigh_ref(link, neigh);
	return neigh;
}

/* The tick of a time. */
static uint32_t
tick_of(uint64_t now)
{
	return (uint32_t)(now / 1000);
}

/* Whether a connection through a neighbour made progress in the last `us` microseconds. */
static bool
made_progress(const struct rs_neigh *n, uint64_t now, uint64_t us)
{
	return tick_of(now) - n->progress < us / 1000;
}

/* A neighbour replied: notify the TCBs that wait for it, or else let the reply age. */
static void
neigh_answered(struct rs_link *link, uint16_t neigh, uint64_t now)
{
	struct rs_neigh *n = &link->neighs[neigh];

	n->state = RS_NEIGH_REACHABLE;
	n->tries = 0;
	n->due = now + OLD_AFTER;
	n->progress = tick_of(now - OLD_AFTER); /* none since this reply */
	rs_neigh_move(link, neigh, n->waiting != 0 ? RS_NEIGHS_CHANGED : RS_NEIGHS_ANSWERED);
}

bool
rs_resolve_learn(struct rs_link *link, const struct rte_mbuf *m, const struct rs_addr *addr,
	const struct rte_ether_addr *mac, uint64_t now)
{
	const struct rs_neigh want = {
		.state = RS_NEIGH_REACHABLE, .port = m->port, .addr = *addr,
	};
	uint16_t neigh = rs_neigh_find(link, &want);
	struct rs_neigh *n = &link->neighs[neigh];

	if (neigh == RS_NO_NEIGH)
		return false;
	n->mac = *mac;
	link->stats->packet.arp_learned++;
	if (n->list != RS_NEIGHS_CHANGED)
		neigh_answered(link, neigh, now);
	return true;
}

/* Ask a neighbour again soon; connections use the MAC that it has meanwhile. */
static void
neigh_probe(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];

	if (n->list == RS_NEIGHS_CHANGED)
		return;
	n->state = RS_NEIGH_PROBE;
	n->tries = 0;
	rs_neigh_move(link, neigh, RS_NEIGHS_TO_ASK);
}

bool
rs_resolve_advertised(struct rs_link *link, const struct rte_mbuf *m,
	const struct rs_advertised *ad, uint64_t now)
{
	const struct rs_neigh want = {
		.state = RS_NEIGH_REACHABLE, .port = m->port, .addr = ad->addr,
	};
	uint16_t neigh = rs_neigh_find(link, &want);
	struct rs_neigh *n = &link->neighs[neigh];
	bool incomplete, other;

	if (neigh == RS_NO_NEIGH)
		return false;
	incomplete = n->state == RS_NEIGH_INCOMPLETE;
	if (incomplete && ad->mac == NULL)
		return true; /* RFC 4861 7.2.5: of no use without the address */
	link->stats->packet.nd_learned++;
	other = ad->mac != NULL && (incomplete || !rte_is_same_ether_addr(ad->mac, &n->mac));
	if (other && !incomplete && !ad->override) {
		if (n->state == RS_NEIGH_REACHABLE)
			neigh_probe(link, neigh);
		return true;
	}
	if (other)
		n->mac = *ad->mac;
	if ((ad->solicited || incomplete) && n->list != RS_NEIGHS_CHANGED)
		neigh_answered(link, neigh, now);
	if (!ad->solicited && other && n->waiting == 0)
		neigh_probe(link, neigh); /* STALE */
	return true;
}

/* Polls of the MAC that a neighbour had, before all hosts are asked. */
static uint8_t
poll_tries(const struct rs_neigh *n)
{
	return rs_addr_is_ipv4(&n->addr) ? POLL_TRIES : POLL_TRIES_IPV6;
}

/* An IPv6 neighbour does not reply: if it is a router, the next open takes another one. */
static void
neigh6_failed(struct rs_link *link, const struct rs_neigh *n)
{
	link->stats->packet.nd_failed++;
	rs_ra_unreachable(link, n->port, &n->addr);
}

/* A neighbour does not reply. Connections keep the MAC that it had, if any. */
static void
neigh_failed(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];

	if (rs_addr_is_ipv4(&n->addr))
		link->stats->packet.arp_failed++;
	else
		neigh6_failed(link, n);
	rs_neigh_unhash(link, neigh);
	n->state = RS_NEIGH_FAILED;
	rs_neigh_move(link, neigh, n->waiting != 0 ? RS_NEIGHS_CHANGED : RS_NEIGHS_LISTS);
	if (n->refs == 0)
		rs_neigh_free(link, neigh);
}

/* Build one request; without an mbuf it counts as lost. @return the number of frames in tx */
static uint16_t
request_send(struct rs_link *link, struct rs_neigh *n, struct rte_mbuf **tx)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(link->mbufs);
	bool to_all = n->state == RS_NEIGH_INCOMPLETE || n->tries >= poll_tries(n);

	if (m == NULL) {
		link->stats->drop[RS_DROP_no_mbuf]++;
		return 0;
	}
	if (rs_addr_is_ipv4(&n->addr)) {
		rs_arp_request(link, m, n, to_all);
		link->stats->packet.arp_requests++;
	} else {
		rs_nd_solicit(link, m, n, to_all);
		link->stats->packet.nd_solicitations++;
	}
	*tx = m;
	return 1;
}

/* The oldest entry of a list if it is due, else RS_NO_NEIGH. */
static uint16_t
list_next_due(const struct rs_link *link, enum rs_neigh_list list, uint64_t now)
{
	uint16_t neigh = link->neigh_lists[list].oldest;

	return neigh != RS_NO_NEIGH && link->neighs[neigh].due <= now ? neigh : RS_NO_NEIGH;
}

void
rs_resolve_suspect(struct rs_link *link, uint16_t neigh, uint64_t now)
{
	if (link->neighs[neigh].list != RS_NEIGHS_ANSWERED ||
	    link->neighs[neigh].due > now + OLD_AFTER - ASK_AFTER)
		return;
	link->neighs[neigh].state = RS_NEIGH_PROBE;
	rs_neigh_move(link, neigh, RS_NEIGHS_TO_ASK);
}

void
rs_resolve_link_up(struct rs_link *link, uint16_t device)
{
	uint16_t neigh = link->neigh_lists[RS_NEIGHS_ANSWERED].oldest;

	while (neigh != RS_NO_NEIGH) {
		struct rs_neigh *n = &link->neighs[neigh];
		uint16_t next = n->newer;

		if (link->ports[n->port].device == device && n->refs == 0) {
			rs_neigh_free(link, neigh);
		} else if (link->ports[n->port].device == device) {
			n->state = RS_NEIGH_PROBE;
			n->tries = poll_tries(n); /* the next requests are to all */
			rs_neigh_move(link, neigh, RS_NEIGHS_TO_ASK);
		}
		neigh = next;
	}
}

/*
 * Ask a neighbour again whose reply is old, or free the entry if no connection uses it. While
 * connections through it make progress it is not asked (RFC 4861 7.3.1).
 */
static void
answers_expire(struct rs_link *link, uint64_t now)
{
	uint16_t neigh;

	while ((neigh = list_next_due(link, RS_NEIGHS_ANSWERED, now)) != RS_NO_NEIGH) {
		if (link->neighs[neigh].refs == 0)
			rs_neigh_free(link, neigh);
		else if (made_progress(&link->neighs[neigh], now, OLD_AFTER))
			neigh_answered(link, neigh, now);
		else
			rs_resolve_suspect(link, neigh, now);
	}
}

/*
 * Repeat requests without a reply, up to the limit. A neighbour that does not reply to a poll, but
 * through which a connection has made progress since, is reachable all the same.
 */
static void
requests_retry(struct rs_link *link, uint64_t now)
{
	uint16_t neigh;

	while ((neigh = list_next_due(link, RS_NEIGHS_ASKED, now)) != RS_NO_NEIGH) {
		const struct rs_neigh *n = &link->neighs[neigh];
		uint8_t tries = n->state == RS_NEIGH_PROBE ?
			(uint8_t)(poll_tries(n) + ASK_TRIES) : ASK_TRIES;

		if (n->state == RS_NEIGH_PROBE && made_progress(n, now, ASK_AFTER))
			neigh_answered(link, neigh, now);
		else if (n->tries < tries)
			rs_neigh_move(link, neigh, RS_NEIGHS_TO_ASK);
		else
			neigh_failed(link, neigh);
	}
}

uint16_t
rs_resolve_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room)
{
	uint16_t sent = unlikely(link->nd_due <= now) ? rs_nd_run(link, now, tx, room) : 0;
	uint16_t neigh;

	answers_expire(link, now);
	requests_retry(link, now);
	while (sent < room &&
	       (neigh = link->neigh_lists[RS_NEIGHS_TO_ASK].oldest) != RS_NO_NEIGH) {
		struct rs_neigh *n = &link->neighs[neigh];

		sent = (uint16_t)(sent + request_send(link, n, &tx[sent]));
		n->tries++;
		n->due = now + ASK_AFTER;
		rs_neigh_move(link, neigh, RS_NEIGHS_ASKED);
	}
	return sent;
}

uint64_t
rs_resolve_due(const struct rs_link *link)
{
	uint16_t asked = link->neigh_lists[RS_NEIGHS_ASKED].oldest;
	uint16_t answer = link->neigh_lists[RS_NEIGHS_ANSWERED].oldest;
	uint64_t due = link->nd_due;

	if (link->neigh_lists[RS_NEIGHS_TO_ASK].oldest != RS_NO_NEIGH ||
	    rs_resolve_changed(link) != RS_NO_NEIGH)
		return 0;
	if (asked != RS_NO_NEIGH)
		due = RTE_MIN(due, link->neighs[asked].due);
	if (answer != RS_NO_NEIGH)
		due = RTE_MIN(due, link->neighs[answer].due);
	return due;
}

void
rs_resolve_notified(struct rs_link *link, uint16_t neigh)
{
	bool usable = rs_neigh_usable(link, neigh);

	rs_neigh_move(link, neigh, usable ? RS_NEIGHS_ANSWERED : RS_NEIGHS_LISTS);
}
