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

/** Most addresses of a source route, because options have 40 bytes. */
#define RS_ROUTE_HOPS_MAX 9

/** Longest source route option: type, length, pointer and addresses. */
#define RS_ROUTE_MAX (3 + 4 * RS_ROUTE_HOPS_MAX)

/** A source route as datagrams that we send carry it. */
struct rs_source_route {
	rte_be32_t first;       /**< destination address of the IP header: the first hop */
	uint8_t len;            /**< bytes of option; 0: no route, and `first` is undefined */
	uint8_t option[RS_ROUTE_MAX];
};

/**
 * The fields of an IP header that few connections have: options, and a DiffServ field other
 * than the listener's. NULL stands for a connection without them.
 */
struct rs_ip_extra {
	uint8_t tos;            /**< DiffServ field */
	uint8_t len;            /**< bytes of options in the header, padding included */
	bool route_set;         /**< by the opener, so no received route replaces it (MUST-52) */
	struct rs_security security; /**< len 0: none */
	struct rs_source_route route; /**< len 0: none */
};

/** Bytes of a security option and a source route in an IP header, padded (RFC 791 3.1). */
static inline uint16_t
rs_ip_options_len(const struct rs_security *security, const struct rs_source_route *route)
{
	return (uint16_t)RTE_ALIGN_CEIL((unsigned int)security->len + route->len, 4u);
}

/** Whether a security option and a source route fit in one IP header. */
static inline bool
rs_ip_options_fit(const struct rs_security *security, const struct rs_source_route *route)
{
	return rs_ip_options_len(security, route) <= RS_IP_OPTIONS_MAX;
}

/**
 * Write the options of a connection behind an IP header, and update the header's length, its
 * destination (the first hop of a source route) and its checksum.
 *
 * @param ip  a header without options, with room for extra->len bytes behind it
 */
void rs_ip_options_write(struct rte_ipv4_hdr *ip, const struct rs_ip_extra *extra);

/**
 * Whether a header carries exactly this security option (RFC 9293 3.10.7, third check).
 *
 * @param ip        a header whose length was checked; one of IPv6 carries no such option
 * @param security  len 0: none is required, so every header passes
 */
bool rs_ip_options_secure(const struct rte_ipv4_hdr *ip, const struct rs_security *security);

/**
 * Make the source route over n hops to a destination.
 *
 * @param route   [out]
 * @param strict  no router may lie between two hops (SSRR); false: LSRR
 * @param n       1..RS_ROUTE_HOPS_MAX
 * @param last    the destination
 */
void rs_source_route_make(struct rs_source_route *route, bool strict, const rte_be32_t *hops,
	unsigned int n, rte_be32_t last);

/** The first hop of a route, which its datagrams are addressed to. */
static inline struct rs_addr
rs_source_route_first(const struct rs_source_route *route)
{
	return rs_addr_from_ipv4(route->first);
}

/**
 * Make the reverse of the source route that a received datagram has followed to its end (RFC
 * 1122 3.2.1.8 (c)).
 *
 * @param route  [out] without such a route len is 0
 * @param ip     the datagram's header, whose length was checked
 * @return whether the datagram has such a route
 */

bool rs_source_route_back(struct rs_source_route *route, const struct rte_ipv4_hdr *ip);

#endif /* RS_PACKET_IP_OPTIONS_H */
