/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * IPv4 options. With a source route the IP header has the next hop, and the option has the later
 * hops and the destination. Each hop replaces its address in the option by that of the interface
 * it sends the datagram through.
 */

#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>

#include "base/checksum.h"
#include "packet/ip_options.h"

/* Option types (RFC 791 3.1, RFC 1108 2). */
#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_SECURITY 130
#define OPTION_LOOSE 131
#define OPTION_STRICT 137

/* Type, length and pointer; the pointer counts from 1, so that of an unused route is 4. */
#define HEAD_LEN 3
#define POINTER_FIRST (HEAD_LEN + 1)

#define ADDR_LEN sizeof(rte_be32_t)

void
rs_source_route_make(struct rs_source_route *route, bool strict, const rte_be32_t *hops,
	unsigned int n, rte_be32_t last)
{
	uint8_t *addr = &route->option[HEAD_LEN];

	route->first = hops[0];
	route->len = (uint8_t)(HEAD_LEN + ADDR_LEN * n);
	route->option[0] = strict ? OPTION_STRICT : OPTION_LOOSE;
	route->option[1] = route->len;
	route->option[2] = POINTER_FIRST;
	memcpy(addr, &hops[1], ADDR_LEN * (n - 1));
	memcpy(addr + ADDR_LEN * (n - 1), &last, ADDR_LEN);
}

/*
 * Find the first option of one of two types, which may be the same. NULL: there is none, or an
 * option of illegal length precedes it.
 */
static const uint8_t *
find_option(const struct rte_ipv4_hdr *ip, uint8_t type, uint8_t other)
{
	const uint8_t *opt = (const uint8_t *)(ip + 1);
	unsigned int len = rte_ipv4_hdr_len(ip) - (unsigned int)sizeof(*ip);
	unsigned int i = 0;

	while (i < len && opt[i] != OPTION_END) {
		if (opt[i] == OPTION_NOP) {
			i++;
			continue;
		}
		if (i + 1 >= len || opt[i + 1] < 2 || opt[i + 1] > len - i)
			return NULL;
		if (opt[i] == type || opt[i] == other)
			return &opt[i];
		i += opt[i + 1];
	}
	return NULL;
}

bool
rs_ip_options_secure(const struct rte_ipv4_hdr *ip, const struct rs_security *security)
{
	const uint8_t *opt;

	if (security->len == 0)
		return true;
	if (ip->version_ihl >> 4 != IPVERSION)
		return false; /* IPv6 has no such option, so a listener that asks for it has none */
	opt = find_option(ip, OPTION_SECURITY, OPTION_SECURITY);
	return opt != NULL && opt[1] == security->len &&
	       memcmp(opt, security->option, security->len) == 0;
}

void
rs_ip_options_write(struct rte_ipv4_hdr *ip, const struct rs_ip_extra *extra)
{
	uint8_t *opt = (uint8_t *)(ip + 1);

	memset(opt, OPTION_END, extra->len);
	memcpy(opt, extra->security.option, extra->security.len);
	if (extra->route.len != 0) {
		memcpy(opt + extra->security.len, extra->route.option, extra->route.len);
		ip->dst_addr = extra->route.first;
	}
	ip->version_ihl = (uint8_t)(ip->version_ihl + extra->len / RTE_IPV4_IHL_MULTIPLIER);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rs_cksum_finish(rs_cksum_add(0, ip, sizeof(*ip) + extra->len));
}

bool
rs_source_route_back(struct rs_source_route *route, const struct rte_ipv4_hdr *ip)
{
	const uint8_t *opt = find_option(ip, OPTION_LOOSE, OPTION_STRICT);
	rte_be32_t hops[RS_ROUTE_HOPS_MAX];
	unsigned int n;
	unsigned int i;

	route->len = 0;
	/* the route is used up when the pointer is beyond the option (RFC 791 3.1) */

	if (opt == NULL || opt[1] < HEAD_LEN + ADDR_LEN || opt[2] <= opt[1])
		return false;
	n = (unsigned int)((opt[1] - HEAD_LEN) / ADDR_LEN);
	for (i = 0; i < n; i++)
		memcpy(&hops[i], &opt[HEAD_LEN + ADDR_LEN * (n - 1 - i)], ADDR_LEN);
	rs_source_route_make(route, opt[0] == OPTION_STRICT, hops, n, ip->src_addr);
	return true;
}
