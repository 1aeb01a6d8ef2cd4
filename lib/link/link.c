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
#include "link/mld.h"
#include "link/neigh.h"
#include "link/ra.h"
#include "link/vlan.h"

/* The smallest MTUs that IPv4 and IPv6 allow (RFC 791 3.2, RFC 8200 5). */
#define MTU_MIN 68
#define MTU_MIN_IPV6 1280

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
	words->src_ipv4 = rs_ether_src(&port->mac, RTE_BE16(RTE_ETHER_TYPE_IPV4));
	words->addr = addr;
	/* identification 0, DF set (RFC 6864 4.1) */
	words->reply[0] = words->src_ipv4;
	words->reply[1] = rte_cpu_to_be_64((uint64_t)RTE_IPV4_VHL_DEF << 56 |
		(uint64_t)link->tos << 48 | reply_len << 32 | RTE_IPV4_HDR_DF_FLAG);
	words->reply_ttl = rte_cpu_to_be_32((uint32_t)link->ttl << 24 | IPPROTO_TCP << 16);
	words->reply_sum = (words->reply[1] >> 32) + (uint32_t)words->reply[1] + words->reply_ttl;
	if (port->tx_ip_cksum || port->tx_tcp_cksum)
		words->tx_flags = RTE_MBUF_F_TX_IPV4 |
			(port->tx_ip_cksum ? RTE_MBUF_F_TX_IP_CKSUM : 0) |
			(port->tx_tcp_cksum ? RTE_MBUF_F_TX_TCP_CKSUM : 0);
	memset(words->no_peer_mask, 0xff, sizeof(words->no_peer_mask));
	words->no_peer[RS_NO_PEER_LOOPBACK] = RTE_BE32(UINT32_C(127) << 24);
	words->no_peer_mask[RS_NO_PEER_LOOPBACK] = RTE_BE32(UINT32_C(0xff) << 24);
}

/* Set the words of a port for IPv6 that depend on its MAC. */
static void
words6_init(const struct rs_link *link, struct rs_port_words6 *words, const struct rs_port *port)
{
	memcpy(words->head, &port->mac, sizeof(port->mac));
	words->src_ipv6 = rs_ether_src(&port->mac, RTE_BE16(RTE_ETHER_TYPE_IPV6));
	words->reply = rte_cpu_to_be_64((UINT64_C(6) << 28 | (uint64_t)link->tos << 20) << 32 |
		sizeof(struct rte_tcp_hdr) << 16 | IPPROTO_TCP << 8 | link->ttl);
}

/* Set the address of a port that plain frames are compared with; it is in use. */
static void
words6_use(struct rs_port_words6 *words, const struct rs_addr *addr)
{
	words->head[1] = RTE_BE64((uint64_t)RTE_ETHER_TYPE_IPV6 << 16 | 6 << 12);
	words->addr = *addr;
	words->addr_sum = (uint64_t)addr->w[0] + addr->w[1] + addr->w[2] + addr->w[3] +
		RTE_BE32(IPPROTO_TCP);
}

void
rs_link_choose6(struct rs_link *link)
{
	unsigned int i;

	for (i = 0; i < RS_PORTS_MAX; i++) {
		link->words6[i].head[1] = 0; /* no frame is plain IPv6 */
		link->words6[i].addr = (struct rs_addr){ 0 };
	}
	for (i = 0; i < link->n_owned6; i++) {
		const struct rs_owned6 *own = &link->owned6[i];
		struct rs_port_words6 *words = &link->words6[own->port];

		if (own->state == RS_OWN_READY && !rs_ipv6_is_link_local(&own->value) &&
		    rs_addr_is_zero(&words->addr))
			words6_use(words, &own->value);
	}
}

/* Own an IPv6 prefix on a port. @return NULL: no host can have it, or another port has it */
static struct rs_owned6 *
link_own6(struct rs_link *link, uint16_t port, const struct rs_prefix *prefix)
{
	struct rs_owned6 own = { .port = port, .mask = rs_ipv6_mask(prefix->len) };
	unsigned int i;

	for (i = 0; i < RTE_DIM(own.value.w); i++)
		own.value.w[i] = prefix->addr.w[i] & own.mask.w[i];
	/* a shorter prefix than /8 would meet those that no host can have */
	if (!rs_ipv6_is_host(&own.value) || prefix->len < 8 ||
	    link->n_owned6 == RTE_DIM(link->owned6))
		return NULL;
	for (i = 0; i < link->n_owned6; i++) {
		const struct rs_owned6 *o = &link->owned6[i];

		/* each port has link-local addresses of its own */
		if (o->port != port && !rs_ipv6_is_link_local(&own.value) &&
		    (rs_addr_equal_masked(&o->value, &own.value, &o->mask) ||
		     rs_addr_equal_masked(&o->value, &own.value, &own.mask)))
			return NULL;
	}
	if (!rs_ipv6_is_link_local(&own.value)) {
		if (rs_addr_is_zero(&link->common6))
			link->common6_mask = rs_ipv6_mask(128);
		for (i = 0; i < RTE_DIM(own.value.w); i++) {
			link->common6_mask.w[i] &= own.mask.w[i] &
				(rs_addr_is_zero(&link->common6) ? UINT32_MAX :
				 ~(link->common6.w[i] ^ own.value.w[i]));
		}
		link->common6 = own.value;
	}
	link->owned6[link->n_owned6] = own;
	return &link->owned6[link->n_owned6++];
}

/* Own an address of a port: it is tentative if the port asks for duplicate address detection. */
static bool
link_own_address6(struct rs_link *link, const struct rs_port *port,
	const struct rs_addr *addr, uint8_t subnet_len)
{
	const struct rs_prefix whole = { *addr, 128 };
	struct rs_owned6 *own = link_own6(link, port->id, &whole);

	if (own == NULL)
		return false;
	own->subnet_len = subnet_len;
	if (port->dad_transmits == 0) {
		rs_link_own6_settle(link, own, RS_OWN_READY);
		return true;
	}
	own->state = RS_OWN_TENTATIVE;
	own->solicits = port->dad_transmits;
	own->due = link->speak_at;
	return true;
}

/* The link-local address that follows from a MAC (RFC 4862 5.3, RFC 4291 appendix A). */
static struct rs_addr
link_local_of(const struct rte_ether_addr *mac)
{
	const uint8_t *m = mac->addr_bytes;

	return (struct rs_addr){ .b = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0,
		m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5] } };
}

/* Own the IPv6 addresses of a port, with a link-local one. @return 0 or -EINVAL */
static int
link_add_addresses6(struct rs_link *link, const struct rs_port *port)
{
	const struct rs_addr local = link_local_of(&port->mac);
	bool has_local = false;
	unsigned int i;

	if (port->n_subnets6 == 0)
		return rs_addr_is_zero(&port->gateway6) ? 0 : -EINVAL;
	if (port->n_subnets6 > RS_SUBNETS6_MAX || port->mtu < MTU_MIN_IPV6 ||
	    (!rs_addr_is_zero(&port->gateway6) && !rs_ipv6_is_host(&port->gateway6)))
		return -EINVAL;
	for (i = 0; i < port->n_subnets6; i++) {
		const struct rs_prefix *p = &port->subnets6[i];
		bool is_local = rs_ipv6_is_link_local(&p->addr);

		if (p->len == 0 || p->len > 128 ||
		    rs_link_find6(link, is_local ? port->id : RS_PORTS_MAX, &p->addr) != NULL ||
		    !link_own_address6(link, port, &p->addr, p->len))
			return -EINVAL;
		has_local |= is_local;
	}
	if (!has_local && !link_own_address6(link, port, &local, 64))
		return -EINVAL;
	rs_mld_join(link, port->id, link->speak_at);
	return 0;
}

/* Note an address of a port that no host has, because it is that of a subnet or its broadcast. */
static void
link_add_no_host(struct rs_link *link, uint16_t port, rte_be32_t addr)
{
	link->odd_octet[rte_be_to_cpu_32(addr) >> 24] = true;
	if (!rs_link_no_host_has(link, port, addr))
		link->no_hosts[link->n_no_hosts++] = (struct rs_no_host){ addr, port };
}

/* Own IPv4 address i of a port. @return 0 or -EINVAL */
static int
link_add_address(struct rs_link *link, const struct rs_port *port, unsigned int i)
{
	const struct rs_prefix *subnet = rs_port_subnet(port, i);
	struct rs_port_words *words = &link->words[port->id];
	rte_be32_t addr = subnet->addr.w[3];
	rte_be32_t mask, network, broadcast;

	if (!prefix_mask(subnet, &mask))
		return -EINVAL;
	/* a /31 and a /32 have no network or broadcast address (RFC 3021 2.1) */
	if (subnet->len < RS_ADDR_IPV4_BITS + 31) {
		network = addr & mask;
		broadcast = addr | ~mask;
		if (addr == network || addr == broadcast)
			return -EINVAL;
		if (i == 0) {
			words->no_peer[RS_NO_PEER_NETWORK] = network;
			words->no_peer[RS_NO_PEER_BROADCAST] = broadcast;
		}
		link_add_no_host(link, port->id, network);
		link_add_no_host(link, port->id, broadcast);
	}
	return link_own(link, port->id, addr, UINT32_MAX);
}

/* Own the IPv4 addresses of a port, if it has any. @return 0 or -EINVAL */
static int
link_add_addresses(struct rs_link *link, const struct rs_port *port)
{
	unsigned int i, j;
	int rc = 0;

	if (port->n_more_subnets > RS_SUBNETS_MAX - 1)
		return -EINVAL;
	for (i = 0; rs_port_subnet(port, i) != NULL && rc == 0; i++) {
		for (j = 0; j < i; j++) {
			if (rs_addr_equal(&rs_port_subnet(port, i)->addr,
					&rs_port_subnet(port, j)->addr))
				return -EINVAL;
		}
		rc = link_add_address(link, port, i);
	}
	if (i == 0)
		link->words[port->id].head[1] = 0; /* no frame is plain IPv4 */
	return rc;
}

/* Add a port and own its addresses. @return 0 or -EINVAL */
static int
link_add_port(struct rs_link *link, const struct rs_port *port)
{
	struct rs_port_words *words;

	if (!rs_vlan_is_valid(port) || link->ports[port->id].mtu != 0 ||
	    rs_vlan_add(link, port) != 0 || port->mtu < MTU_MIN ||
	    (port->subnet.len == 0 && (port->n_subnets6 == 0 || port->n_more_subnets > 0)) ||
	    !gateway_is_good(&port->gateway))
		return -EINVAL;
	link->ports[port->id] = *port;
	words = &link->words[port->id];
	words_init(link, words, port, port->subnet.addr.w[3]);
	link->offload |= words->tx_flags != 0;
	if (!port->tx_tcp_cksum)
		link->ports[port->id].tso_mbufs = 0;
	link->tso |= link->ports[port->id].tso_mbufs > 1;
	words6_init(link, &link->words6[port->id], port);
	if (link_add_addresses6(link, port) != 0)
		return -EINVAL;
	rs_ra_init(link, port);
	return link_add_addresses(link, port);
}

/* Answer for a terminated prefix on a port. @return 0 or -EINVAL */
static int
link_add_prefix(struct rs_link *link, uint16_t port, const struct rs_prefix *prefix)
{
	const struct rs_owned6 *own;
	rte_be32_t mask;

	if (port >= RS_PORTS_MAX || link->ports[port].mtu == 0)
		return -EINVAL;
	if (!rs_addr_is_ipv4(&prefix->addr)) {
		if (prefix->len > 128 || link->ports[port].mtu < MTU_MIN_IPV6)
			return -EINVAL;
		own = link_own6(link, port, prefix);
		if (own == NULL)
			return -EINVAL;
		if (rs_addr_is_zero(&link->words6[port].addr))
			words6_use(&link->words6[port], &own->value);
		return 0;
	}
	if (!prefix_mask(prefix, &mask))
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

/*
 * Set the bits that all our addresses share. The addresses of a port's further subnets that no
 * host has share them, too, so that these are looked at as closely as a source that may be ours.
 */
static void
words_set_ours(struct rs_link *link, uint16_t port)
{
	struct rs_port_words *words = &link->words[port];
	rte_be32_t mask = link->common.mask;
	unsigned int i;

	for (i = 0; i < link->n_no_hosts; i++) {
		if (link->no_hosts[i].port == port)
			mask &= ~(link->common.value ^ link->no_hosts[i].addr);
	}
	words->no_peer[RS_NO_PEER_OURS] = link->common.value & mask;
	words->no_peer_mask[RS_NO_PEER_OURS] = mask;
}

uint32_t
rs_frame_max(uint16_t mtu)
{
	return mtu + (uint32_t)RS_ETHER_MAX;
}

/* Of a stack beside which there is no other one. */
static const bool never = false;

int
rs_link_init(struct rs_link *link, const struct rs_stack_params *params,
	struct rs_stats *stats, uint64_t now)
{
	unsigned int i;
	int rc = 0;

	if (params->n_ports == 0 || params->n_ports > RS_PORTS_MAX ||
	    params->n_terminate > RS_PREFIXES_MAX)
		return -EINVAL;
	link->stats = stats;
	link->started = now;
	link->mbufs = params->mbufs;
	link->hand_over = params->hand_over;
	link->hand_over_arg = params->hand_over_arg;
	link->seek = params->hand_over != NULL && params->seek != NULL ? params->seek : &never;
	link->ttl = params->tcp.ttl;
	link->tos = params->tcp.tos;
	link->icmp_errors = rs_rate_some(params->icmp_errors_per_second);
	link->icmp_echoes = rs_rate_of(params->icmp_echoes_per_second);
	link->mld_on = params->mld;
	link->dad_silent = params->dad_silent;
	link_make_key(link, params);
	link->speak_at = now + (params->speak_delay_us != 0 ? params->speak_delay_us :
		link->key.k[0] % RS_SPEAK_DELAY_MAX_US);
	for (i = 0; i < params->n_ports && rc == 0; i++)
		rc = link_add_port(link, &params->ports[i]);
	for (i = 0; i < params->n_terminate && rc == 0; i++)
		rc = link_add_prefix(link, params->terminate_port[i], &params->terminate[i]);
	if (rc != 0)
		return rc;
	for (i = 0; i < RS_PORTS_MAX; i++) {
		words_set_ours(link, (uint16_t)i);
		if (link->ports[i].mtu != 0)
			link->port_ids[link->n_port_ids++] = (uint16_t)i;
	}
	link_find_odd_octets(link);
	link->nd_due = RTE_MIN(RTE_MIN(rs_dad_due(link), rs_mld_due(link)), rs_ra_due(link));
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
	return rs_addr_is_ipv4(addr) ? rs_link_owns_ipv4(link, port, addr->w[3]) :
		rs_link_owns_ipv6(link, port, addr);
}

struct rs_owned6 *
rs_link_find6(const struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	unsigned int i;

	for (i = 0; i < link->n_owned6; i++) {
		const struct rs_owned6 *o = &link->owned6[i];

		if (rs_addr_equal_masked(addr, &o->value, &o->mask) &&
		    (port == RS_PORTS_MAX || o->port == port))
			return (struct rs_owned6 *)(uintptr_t)o;
	}
	return NULL;
}

bool
rs_link_owns_ipv6(const struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	const struct rs_owned6 *own = rs_link_find6(link, port, addr);

	return own != NULL && own->state == RS_OWN_READY;
}

bool
rs_link_is_no_host(const struct rs_link *link, uint16_t port, rte_be32_t addr)
{
	unsigned int i;

	for (i = 0; i < link->n_no_hosts; i++) {
		if (link->no_hosts[i].addr == addr && link->no_hosts[i].port == port)
			return true;
	}
	return false;
}

const struct rs_addr *
rs_link_source4(const struct rs_link *link, uint16_t port, const struct rs_addr *to)
{
	const struct rs_prefix *best = rs_port_subnet(&link->ports[port], 0);
	const struct rs_prefix *subnet;
	uint8_t best_len = 0;
	unsigned int i;

	for (i = 0; (subnet = rs_port_subnet(&link->ports[port], i)) != NULL; i++) {
		if (subnet->len > best_len && rs_prefix_has(subnet, to)) {
			best_len = subnet->len;
			best = subnet;
		}
	}
	return best != NULL ? &best->addr : NULL;
}

const struct rs_addr *
rs_link_source6(const struct rs_link *link, uint16_t port, const struct rs_addr *to)
{
	const struct rs_addr *best = NULL;
	int best_rank = -1;
	unsigned int i;

	for (i = 0; i < link->n_owned6; i++) {
		const struct rs_owned6 *o = &link->owned6[i];
		const struct rs_prefix subnet = { o->value, o->subnet_len };
		int rank;

		if (o->port != port || o->subnet_len == 0 || o->state != RS_OWN_READY)
			continue;
		if (rs_prefix_has(&subnet, to))
			rank = 2 + o->subnet_len;
		else
			rank = rs_ipv6_is_link_local(&o->value) == rs_ipv6_is_link_local(to);
		if (rank > best_rank) {
			best_rank = rank;
			best = &o->value;
		}
	}
	return best;
}

void
rs_link_own6_settle(struct rs_link *link, struct rs_owned6 *own, enum rs_own_state state)
{
	struct rs_port_words6 *words = &link->words6[own->port];
	bool was_tentative = own->state == RS_OWN_TENTATIVE;

	own->state = (uint8_t)state;
	/* reports without a source are not for routers: repeat them with one (RFC 3590 4) */
	if (was_tentative && state == RS_OWN_READY && rs_ipv6_is_link_local(&own->value))
		rs_mld_join(link, own->port, 0);
	if (state == RS_OWN_READY && !rs_ipv6_is_link_local(&own->value) &&
	    rs_addr_is_zero(&words->addr))
		words6_use(words, &own->value);
}
