/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Initialization of a link: its ports, the addresses that it answers for, its hash key and
 * the memory of its neighbour table.
 */

#include <errno.h>
#include <netinet/in.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "base/siphash.h"
#include "link/neigh.h"
#include "link/vlan.h"

/* The smallest MTU that IPv4 allows (RFC 791 3.2). */
#define MTU_MIN 68

/* Derive the hash key from the secret: SipHash of a counter for each word. */
static void
link_make_key(struct rs_link *link, const struct rs_stack_params *params)
{
	struct {
		uint8_t rest[16];
		uint64_t counter;
	} message;
	uint64_t key[2];
	unsigned int i;

	memcpy(key, params->secret, sizeof(key));
	memcpy(message.rest, params->secret + sizeof(key), sizeof(message.rest));
	for (i = 0; i < RTE_DIM(link->key.k); i++) {
		message.counter = i;
		link->key.k[i] = rs_siphash(key, &message, sizeof(message));
	}
}

/* Find the mask of p. @return whether p is a prefix of IPv4 addresses */
static bool
prefix_mask(const struct rs_prefix *p, rte_be32_t *mask)
{
	if (!rs_addr_is_ipv4(&p->addr) || p->len < RS_ADDR_IPV4_BITS ||
	    p->len > RS_ADDR_IPV4_BITS + 32)
		return false;
	*mask = rs_ipv4_mask(p->len - RS_ADDR_IPV4_BITS);
	return true;
}

/*
 * Answer for the addresses under mask on a port. Prefixes of one port may overlap, because a
 * terminated prefix may contain the port's own address; prefixes of two ports may not.
 */
static int
link_own(struct rs_link *link, uint16_t port, rte_be32_t addr, rte_be32_t mask)
{
	rte_be32_t first = addr & mask;
	unsigned int i;

	if (!rs_ipv4_are_hosts(addr, mask))
		return -EINVAL;
	for (i = 0; i < link->n_owned; i++) {
		const struct rs_owned *o = &link->owned[i];

		if (o->port != port && ((o->value ^ first) & o->mask & mask) == 0)
			return -EINVAL;
	}
	if (link->n_owned == 0)
		link->common = (struct rs_owned){ .value = first, .mask = mask };
	link->common.mask &= mask & ~(link->common.value ^ first);
	link->owned[link->n_owned++] = (struct rs_owned){
		.value = first, .mask = mask, .port = port,
	};
	return 0;
}

/* Whether a gateway is unset, or an address that a host can have. */
static bool
gateway_is_good(const struct rs_addr *gateway)
{
	return rs_addr_is_zero(gateway) ||
	       (rs_addr_is_ipv4(gateway) && rs_ipv4_is_host(gateway->w[3]));
}

/* Set the words of a port that depend on its MAC and its own address. */
static void
words_init(const struct rs_link *link, struct rs_port_words *words, const struct rs_port *port,
	rte_be32_t addr)
{
	uint64_t reply_len = sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_tcp_hdr);

	memcpy(words->head, &port->mac, sizeof(port->mac));
	words->head[1] = RTE_BE64((uint64_t)RTE_ETHER_TYPE_IPV4 << 16 | RTE_IPV4_VHL_DEF << 8);
	words->src_ipv4 = rs_ether_src_ipv4(&port->mac);
	words->addr = addr;
	/* identification 0, DF set (RFC 6864 4.1) */
	words->reply[0] = words->src_ipv4;
	words->reply[1] = rte_cpu_to_be_64((uint64_t)RTE_IPV4_VHL_DEF << 56 |
		(uint64_t)link->tos << 48 | reply_len << 32 | RTE_IPV4_HDR_DF_FLAG);
	words->reply_ttl = rte_cpu_to_be_32((uint32_t)link->ttl << 24 | IPPROTO_TCP << 16);
	words->reply_sum = (words->reply[1] >> 32) + (uint32_t)words->reply[1] + words->reply_ttl;
	words->offload = port->tx_ip_cksum || port->tx_tcp_cksum;
	memset(words->no_peer_mask, 0xff, sizeof(words->no_peer_mask));
	words->no_peer[RS_NO_PEER_LOOPBACK] = RTE_BE32(UINT32_C(127) << 24);
	words->no_peer_mask[RS_NO_PEER_LOOPBACK] = RTE_BE32(UINT32_C(0xff) << 24);
}

/* Add a port and own its address. @return 0 or -EINVAL */
static int
link_add_port(struct rs_link *link, const struct rs_port *port)
{
	rte_be32_t addr = port->subnet.addr.w[3];
	struct rs_port_words *words;
	rte_be32_t network, broadcast;
	rte_be32_t mask;

	if (!rs_vlan_is_valid(port) || link->ports[port->id].mtu != 0 ||
	    rs_vlan_add(link, port) != 0 || port->mtu < MTU_MIN ||
	    !prefix_mask(&port->subnet, &mask) || !gateway_is_good(&port->gateway))
		return -EINVAL;
	link->ports[port->id] = *port;
	words = &link->words[port->id];
	words_init(link, words, port, addr);
	link->offload |= words->offload;
	/* a /31 and a /32 have no network or broadcast address (RFC 3021 2.1) */
	if (port->subnet.len < RS_ADDR_IPV4_BITS + 31) {
		network = addr & mask;
		broadcast = addr | ~mask;
		if (addr == network || addr == broadcast)
			return -EINVAL;
		words->no_peer[RS_NO_PEER_NETWORK] = network;
		words->no_peer[RS_NO_PEER_BROADCAST] = broadcast;
		link->odd_octet[rte_be_to_cpu_32(network) >> 24] = true;
		link->odd_octet[rte_be_to_cpu_32(broadcast) >> 24] = true;
	}
	return link_own(link, port->id, addr, UINT32_MAX);
}

/* Answer for a terminated prefix on a port. @return 0 or -EINVAL */
static int
link_add_prefix(
struct rs_link *link, uint16_t port, const struct rs_prefix *prefix)
{
	rte_be32_t mask;

	if (port >= RS_PORTS_MAX || link->ports[port].mtu == 0 || !prefix_mask(prefix, &mask))
		return -EINVAL;
	return link_own(link, port, prefix->addr.w[3], mask);
}

/* Note the first octets of addresses that are no host's (RFC 1122 3.2.1.3), or are ours. */
static void
link_find_odd_octets(struct rs_link *link)
{
	unsigned int octet, i;

	for (octet = 0; octet <= UINT8_MAX; octet++) {
		rte_be32_t addr = rte_cpu_to_be_32(octet << 24);

		if (!rs_ipv4_is_host(addr))
			link->odd_octet[octet] = true;
		for (i = 0; i < link->n_owned; i++) {
			const struct rs_owned *o = &link->owned[i];

			if (((addr ^ o->value) & o->mask & rs_ipv4_mask(8)) == 0)
				link->odd_octet[octet] = true;
		}
	}
}

uint32_t
rs_frame_max(uint16_t mtu)
{
	return mtu + (uint32_t)RS_ETHER_MAX;
}

int
rs_link_init(struct rs_link *link, const struct rs_stack_params *params,
	struct rs_stats *stats)
{
	unsigned int i;
	int rc = 0;

	if (params->n_ports == 0 || params->n_ports > RS_PORTS_MAX ||
	    params->n_terminate > RS_PREFIXES_MAX)
		return -EINVAL;
	link->stats = stats;
	link->mbufs = params->mbufs;
	link->hand_over = params->hand_over;
	link->hand_over_arg = params->hand_over_arg;
	link->ttl = params->tcp.ttl;
	link->tos = params->tcp.tos;
	link->icmp_errors = rs_rate_some(params->icmp_errors_per_second);
	link->icmp_echoes = rs_rate_of(params->icmp_echoes_per_second);
	link_make_key(link, params);
	for (i = 0; i < params->n_ports && rc == 0; i++)
		rc = link_add_port(link, &params->ports[i]);
	for (i = 0; i < params->n_terminate && rc == 0; i++)
		rc = link_add_prefix(link, params->terminate_port[i], &params->terminate[i]);
	if (rc != 0)
		return rc;
	for (i = 0; i < RS_PORTS_MAX; i++) {
		link->words[i].no_peer[RS_NO_PEER_OURS] = link->common.value & link->common.mask;
		link->words[i].no_peer_mask[RS_NO_PEER_OURS] = link->common.mask;
	}
	link_find_odd_octets(link);
	return rs_neigh_init(link, params->max_neighbours, params->socket);
}

void
rs_link_fini(struct rs_link *link)
{
	rs_neigh_fini(link);
}

bool
rs_link_owns(const struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	return rs_addr_is_ipv4(addr) && rs_link_owns_ipv4(link, port, addr->w[3]);
}
