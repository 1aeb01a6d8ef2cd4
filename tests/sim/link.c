/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The link: what happens to a frame on its way, and a heap of those that are. */

#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "link.h"

void
sim_link_init(struct sim_link *link, struct rte_mempool *mbufs, uint64_t seed)
{
	memset(link, 0, sizeof(*link));
	link->mbufs = mbufs;
	link->rand.state = seed;
}

void
sim_link_fini(struct sim_link *link)
{
	size_t i;

	for (i = 0; i < link->n; i++)
		rte_pktmbuf_free(link->heap[i].m);
	free(link->heap);
	link->heap = NULL;
	link->n = link->room = 0;
}

static bool
is_before(const struct sim_flight *a, const struct sim_flight *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void
heap_push(struct sim_link *link, const struct sim_flight *flight)
{
	size_t i = link->n++;

	if (link->n > link->room) {
		link->room = link->room * 2 + 64;
		link->heap = realloc(link->heap, link->room * sizeof(*link->heap));
		if (link->heap == NULL)
			rte_panic("no memory for %zu frames\n", link->room);
	}
	while (i > 0 && is_before(flight, &link->heap[(i - 1) / 2])) {
		link->heap[i] = link->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	link->heap[i] = *flight;
}

static void
heap_pop(struct sim_link *link, struct sim_flight *flight)
{
	const struct sim_flight *last = &link->heap[--link->n];
	size_t i = 0;

	*flight = link->heap[0];
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= link->n)
			break;
		if (child + 1 < link->n && is_before(&link->heap[child + 1], &link->heap[child]))
			child++;
		if (!is_before(&link->heap[child], last))
			break;
		link->heap[i] = link->heap[child];
		i = child;
	}
	link->heap[i] = *last;
}

/* The IP header of a frame, or NULL: an ARP packet. */
static void *
ip_of(struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	return eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP) ? NULL : eth + 1;
}

static bool
is_ipv6(const void *ip)
{
	return *(const uint8_t *)ip >> 4 == 6;
}

/* Congestion experienced, where the sender is capable of ECN (RFC 3168 5). */
static bool
mark(struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip = ip_of(m);
	struct rte_ipv6_hdr *ipv6 = ip_of(m);

	if (ip != NULL && is_ipv6(ip)) {
		if ((ipv6->vtc_flow & RTE_BE32(RTE_IPV6_HDR_ECN_MASK)) == 0)
			return false;
		ipv6->vtc_flow |= RTE_BE32(RTE_IPV6_HDR_ECN_CE);
		return true;
	}
	if (ip == NULL || (ip->type_of_service & RTE_IPV4_HDR_ECN_MASK) == 0)
		return false;
	ip->type_of_service |= RTE_IPV4_HDR_ECN_CE;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return true;
}

/* Wait for the rate. @return nanoseconds when it has left, SIM_NEVER: no room to wait */
static uint64_t
queue(struct sim_link *link, uint8_t from, struct rte_mbuf *m, uint64_t now)
{
	const struct sim_path *path = &link->path[from];
	uint64_t start = RTE_MAX(now, link->busy[from]);
	uint64_t bytes;

	if (path->rate == 0)
		return now;
	bytes = (uint64_t)((double)(start - now) * (double)path->rate / 8e9);
	if (bytes + m->pkt_len > path->queue && start > now)
		return SIM_NEVER;
	if (path->mark != 0 && bytes >= path->mark && mark(m))
		link->count[from].marked++;
	link->busy[from] = start + (uint64_t)(m->pkt_len * 8e9 / (double)path->rate);
	return link->busy[from];
}

static bool
is_black(const struct sim_link *link, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < SIM_BLACKOUTS_MAX; i++) {
		if (now >= link->blackout[i].from && now < link->blackout[i].until)
			return true;
	}
	return false;
}

/* Whether a frame is swallowed, because it is too large for a hop that sends no error. */
static bool
is_swallowed(struct sim_link *link, uint8_t from, const struct rte_mbuf *m, uint64_t now)
{
	const struct sim_path *path = &link->path[from];
	struct sim_path_count *count = &link->count[from];

	if (now >= path->hole_until) {
		count->largest = RTE_MAX(count->largest, m->pkt_len);
		return false;
	}
	count->swallowed += m->pkt_len > path->hole;
	return m->pkt_len > path->hole;
}

static bool
is_lost(struct sim_link *link, uint8_t from, uint64_t now)
{
	const struct sim_path *path = &link->path[from];

	if (link->burst[from])
		link->burst[from] = !sim_chance(&link->rand, path->burst_end);
	else
		link->burst[from] = sim_chance(&link->rand, path->burst_begin);
	return link->burst[from] || sim_chance(&link->rand, path->loss) || is_black(link, now);
}

/*
 * Change one byte that a checksum covers: an error of less than 16 bits, so the sum of IPv4, TCP
 * or ICMPv6 cannot be right by chance (RFC 1071). That is none of an ARP packet, and none of the
 * IPv6 header in front of its addresses.
 */
static bool
corrupt(struct sim_link *link, struct rte_mbuf *m)
{
	uint8_t *ip = ip_of(m);
	uint32_t first = 0;
	uint32_t len;
	uint8_t *byte;

	if (ip == NULL)
		return false;
	len = rte_be_to_cpu_16(((const struct rte_ipv4_hdr *)ip)->total_length);
	if (is_ipv6(ip)) {
		first = offsetof(struct rte_ipv6_hdr, src_addr);
		len = (uint32_t)sizeof(struct rte_ipv6_hdr) - first +
			rte_be_to_cpu_16(((const struct rte_ipv6_hdr *)ip)->payload_len);
	}
	byte = ip + first + sim_below(&link->rand, len);
	*byte = (uint8_t)(*byte ^ (1 + sim_below(&link->rand, 255)));
	return true;
}

/* A copy, later. */
static void
repeat(struct sim_link *link, struct sim_flight flight, const struct sim_path *path)
{
	flight.m = rte_pktmbuf_copy(flight.m, link->mbufs, 0, UINT32_MAX);
	if (flight.m == NULL)
		return;
	flight.at += sim_between(&link->rand, 0, path->hold);
	flight.order = link->order++;
	heap_push(link, &flight);
}

void
sim_link_send(struct sim_link *link, uint8_t from, struct rte_mbuf *m, uint32_t tag,
	uint64_t now)
{
	const struct sim_path *path = &link->path[from];
	struct sim_path_count *count = &link->count[from];
	uint64_t left = queue(link, from, m, now * 1000);
	struct sim_flight flight = { .m = m, .tag = tag, .to = (uint8_t)(1 - from) };

	count->sent++;
	if (left == SIM_NEVER || is_swallowed(link, from, m, now) || is_lost(link, from, now)) {
		*(left == SIM_NEVER ? &count->dropped : &count->lost) += 1;
		rte_pktmbuf_free(m);
		return;
	}
	flight.at = (left + 999) / 1000 + path->delay;
	if (path->jitter > 0)
		flight.at += sim_between(&link->rand, 0, path->jitter);
	if (sim_chance(&link->rand, path->duplicate)) {
		repeat(link, flight, path);
		count->duplicated++;
	}
	if (sim_chance(&link->rand, path->corrupt)) {
		flight.corrupt = corrupt(link, m);
		count->corrupted++;
	}
	if (sim_chance(&link->rand, path->reorder))
		flight.at += sim_between(&link->rand, 0, path->hold);
	flight.order = link->order++;
	heap_push(link, &flight);
}

uint64_t
sim_link_next(const struct sim_link *link)
{
	return link->n > 0 ? link->heap[0].at : SIM_NEVER;
}

bool
sim_link_receive(struct sim_link *link, uint64_t now, struct sim_flight *flight)
{
	if (sim_link_next(link) > now || link->n == 0)
		return false;
	heap_pop(link, flight);
	link->count[1 - flight->to].delivered++;
	return true;
}
