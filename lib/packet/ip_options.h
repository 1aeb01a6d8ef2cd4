/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * IPv4 options (RFC 791 3.1) as TCP uses them: the basic security option (RFC 1108 2) and
 * source routes (RFC 1122 3.2.1.8 (c), RFC 9293 3.9.2.1).
 */

#ifndef RS_PACKET_IP_OPTIONS_H
#define RS_PACKET_IP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "base/addr.h"
#include "rstack.h"

/** Most bytes of options in an IP header. */
#define RS_IP_OPTIONS_MAX 40

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
 * The part of an IP header that few connections have: options, and a DiffServ field other
 * than the listener's. Connections without one have NULL in its place.
 */
struct rs_ip_extra {
	uint8_t tos;            /**< DiffServ field */
	uint8_t len;            /**< bytes of options in the header, padding included */
	bool route_set;         /**< by the opener, so no received route replaces it (MUST-52) */
	struct rs_security security; /**< len 0: none */
	struct rs_source_route route; /**< len 0: none */
};

/** Bytes that a security option and a source route take in an IP header (RFC 791 3.1). */
static inline uint16_t
rs_ip_options_len(const struct rs_security *security, const struct rs_source_route *route)
{
	return (uint16_t)RTE_ALIGN_CEIL((unsigned int)security->len + route->len, 4u);
}

/** Whether both have room in one IP header. */
static inline bool
rs_ip_options_fit(const struct rs_security *security, const struct rs_source_route *route)
{
	return rs_ip_options_len(security, route) <= RS_IP_OPTIONS_MAX;
}

/**
 * Write the extra->len bytes of options behind an IP header and make the header agree: its
 * length, its destination (the first hop of a source route) and its checksum.
 */
void rs_ip_options_write(struct rte_ipv4_hdr *ip, const struct rs_ip_extra *extra);

/** Whether a header carries exactly this security option (RFC 9293 3.10.7, third check). */
bool rs_ip_options_secure(const struct rte_ipv4_hdr *ip, const struct rs_security *security);

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
