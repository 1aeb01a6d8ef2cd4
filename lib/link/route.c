/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The next hop of an active open: the destination itself if it is on-link, else the gateway of
 * a port (RFC 1122 3.3.1.1). Replies need no route, because they return to their sender's MAC.
 */

#include <errno.h>

#include "link/link.h"

/* Rank of a port's route to raddr: its prefix length; 0: by its gateway, -1: no route. */
static int
port_rank(const struct rs_port *port, const struct rs_addr *raddr)
{
	if (rs_prefix_has(&port->subnet, raddr))
		return port->subnet.len;
	return rs_addr_is_zero(&port->gateway) ? -1 : 0;
}

bool
rs_route_peer_is_good(const struct rs_link *link, const struct rs_addr *raddr)
{
	return rs_addr_is_ipv4(raddr) && rs_ipv4_is_host(raddr->w[3]) &&
	       !rs_link_is_us(link, raddr->w[3]);
}

int
rs_route(const struct rs_link *link, struct rs_addr *laddr, const struct rs_addr *raddr,
	uint16_t *port, struct rs_addr *hop)
{
	bool any = rs_addr_is_zero(laddr);
	bool ours = any;
	int best = -1;
	uint16_t i;

	if (!rs_route_peer_is_good(link, raddr))
		return -EINVAL;
	for (i = 0; i < RS_PORTS_MAX; i++) {
		int rank;

		if (link->ports[i].mtu == 0 || (!any && !rs_link_owns(link, i, laddr)))
			continue;
		ours = true;
		rank = port_rank(&link->ports[i], raddr);
		if (rank > best) {
			best = rank;

			*port = i;
		}
	}
	if (!ours)
		return -EADDRNOTAVAIL;
	if (best < 0)
		return -ENETUNREACH;
	*hop = best > 0 ? *raddr : link->ports[*port].gateway;
	if (best > 0 && (raddr->w[3] == link->words[*port].no_peer[RS_NO_PEER_NETWORK] ||
	    raddr->w[3] == link->words[*port].no_peer[RS_NO_PEER_BROADCAST]))
		return -EINVAL;
	if (any)
		*laddr = link->ports[*port].subnet.addr;
	return 0;
}
