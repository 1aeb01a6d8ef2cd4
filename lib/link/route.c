/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The next hop of an active open: the destination itself if it is on-link, else the gateway of
 * a port (RFC 1122 3.3.1.1, RFC 4861 5.2). Replies need no route, because they return to their
 * sender's MAC.
 */

#include <errno.h>

#include "link/ra.h"

/* The gateway of a port for raddr; all 0: none. */
static const struct rs_addr *
port_gateway(const struct rs_port *port, const struct rs_addr *raddr)
{
	return rs_addr_is_ipv4(raddr) ? &port->gateway : &port->gateway6;
}

/* The longest on-link prefix of a port that has raddr; 0: none. */
static uint8_t
port_on_link(const struct rs_link *link, uint16_t id, const struct rs_addr *raddr)
{
	const struct rs_port *port = &link->ports[id];
	const struct rs_prefix link_local = { { .b = { 0xfe, 0x80 } }, 64 };
	uint8_t best;
	unsigned int i;

	if (rs_addr_is_ipv4(raddr)) {
		const struct rs_prefix *subnet;

		best = 0;
		for (i = 0; (subnet = rs_port_subnet(port, i)) != NULL; i++) {
			if (subnet->len > best && rs_prefix_has(subnet, raddr))
				best = subnet->len;
		}
		return best;
	}
	best = rs_ra_on_link(link, id, raddr);
	for (i = 0; i < port->n_subnets6; i++) {
		const struct rs_prefix *subnet = &port->subnets6[i];

		if (subnet->len > best && rs_prefix_has(subnet, raddr))
			best = subnet->len;
	}
	if (best == 0 && port->n_subnets6 > 0 && rs_prefix_has(&link_local, raddr))
		best = link_local.len;
	return best;
}

/* Rank of a port's route to raddr: its prefix length; 0: by its gateway, -1: no route. */
static int
port_rank(const struct rs_link *link, uint16_t port, const struct rs_addr *raddr)
{
	uint8_t on_link = port_on_link(link, port, raddr);

	if (on_link != 0)
		return on_link;
	return rs_addr_is_zero(port_gateway(&link->ports[port], raddr)) ? -1 : 0;
}

bool
rs_route_peer_is_good(const struct rs_link *link, const struct rs_addr *raddr)
{
	if (rs_addr_is_ipv4(raddr))
		return rs_ipv4_is_host(raddr->w[3]) && !rs_link_is_us(link, raddr->w[3]);
	return rs_ipv6_is_host(raddr) && !rs_link_is_us_ipv6(link, raddr);
}

/*
 * The address of a port for datagrams to raddr; NULL: none is in use. An IPv4 peer behind the
 * gateway sees the address on the gateway's subnet.
 */
static const struct rs_addr *
port_source(const struct rs_link *link, uint16_t port, const struct rs_addr *raddr)
{
	if (!rs_addr_is_ipv4(raddr))
		return rs_link_source6(link, port, raddr);
	return rs_link_source4(link, port, port_on_link(link, port, raddr) != 0 ? raddr :
		&link->ports[port].gateway);
}

int
rs_route(const struct rs_link *link, struct rs_addr *laddr, const struct rs_addr *raddr,
	uint16_t *port, struct rs_addr *hop)
{
	bool any = rs_addr_is_zero(laddr);
	bool ours = any;
	int best = -1;
	uint16_t i;

	if (!rs_route_peer_is_good(link, raddr) ||
	    (!any && rs_addr_is_ipv4(laddr) != rs_addr_is_ipv4(raddr)))
		return -EINVAL;
	for (i = 0; i < link->n_port_ids; i++) {
		uint16_t id = link->port_ids[i];
		int rank;

		if (any ? port_source(link, id, raddr) == NULL : !rs_link_owns(link, id, laddr))
			continue;
		ours = true;
		rank = port_rank(link, id, raddr);
		if (rank > best) {
			best = rank;
			*port = id;
		}
	}
	if (!ours)
		return -EADDRNOTAVAIL;
	if (best < 0)
		return -ENETUNREACH;
	if (best > 0 && rs_addr_is_ipv4(raddr) && rs_link_no_host_has(link, *port, raddr->w[3]))
		return -EINVAL;
	if (any)
		*laddr = *port_source(link, *port, raddr);
	/* last, because the caller may keep both in one place */
	*hop = best > 0 ? *raddr : *port_gateway(&link->ports[*port], raddr);
	return 0;
}
