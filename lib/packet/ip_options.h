/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * IPv4 source routes (RFC 791 3.1, RFC 1122 3.2.1.8 (c)): the one that a connection is opened
 * with, and the way back of one that a datagram came by (RFC 9293 3.9.2.1).
 */

#ifndef RS_PACKET_IP_OPTIONS_H
#define RS_PACKET_IP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "base/addr.h"

/** Most addresses that the 40 bytes of IP options can tell. */
#define RS_ROUTE_HOPS_MAX 9

/** Longest source route option: type, length, pointer and addresses. */
#define RS_ROUTE_MAX (3 + 4 * RS_ROUTE_HOPS_MAX)

/** A source route as it stands in the datagrams that leave here. */
struct rs_source_route {
	rte_be32_t first;       /**< destination address of the IP header: the first hop */
	uint8_t len;            /**< of option; 0: no route, `first` means nothing */
	uint8_t option[RS_ROUTE_MAX];
};

/**
 * The route over `n` hops to `last`.
 *
 * @param strict  nothing may lie between the hops (SSRR, else LSRR)
 * @param n       1..RS_ROUTE_HOPS_MAX
 */
void rs_source_route_make(struct rs_source_route *route, bool strict, const rte_be32_t *hops,
	unsigned int n, rte_be32_t last);

/** The address that datagrams are sent to. */
static inline struct rs_addr
rs_source_route_first(const struct rs_source_route *route)
{
	return rs_addr_from_ipv4(route->first);
}

/**
 * The way back of a datagram that has come to the end of its source route.
 *
 * @param ip  its header, whose length was checked
 * @return whether there was such a route; if not, route->len is 0
 */
bool rs_source_route_back(struct rs_source_route *route, const struct rte_ipv4_hdr *ip);

#endif /* RS_PACKET_IP_OPTIONS_H */
