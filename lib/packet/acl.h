/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The access list: ordered rules, the first of which that matches a segment decides about it. The
 * search is rte_acl's. In front of it stands a filter, because most segments come from a source
 * that no rule refuses: they cost a few instructions each, however many rules there are.
 */

#ifndef RS_PACKET_ACL_H
#define RS_PACKET_ACL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/portset.h"
#include "rstack.h"

struct rte_acl_ctx;

/** Groups of sources in the filter of a family: IPv4 addresses with the same first 20 bits, IPv6
 *  addresses whose first 32 bits have the same hash. */
#define RS_ACL_GROUP_BITS 20
#define RS_ACL_GROUPS (UINT32_C(1) << RS_ACL_GROUP_BITS)

/** Stands for no listener in rs_acl_key. */
#define RS_ACL_NO_LISTENER UINT8_MAX

/** Sources that may be refused, a bit for each group. */
struct rs_acl_filter {
	uint64_t words[RS_ACL_GROUPS / 64];
};

/** An access list. It does not change, so that all workers may share it. */
struct rs_acl {
	struct rs_acl_filter suspects;   /**< of IPv4 */
	struct rs_acl_filter suspects6;  /**< of IPv6 */
	struct rs_portset ports;         /**< local ports that rules name */
	bool listeners[UINT8_MAX + 1];   /**< listeners that rules name */
	struct rte_acl_ctx *ipv4;        /**< NULL: no rule for it */
	struct rte_acl_ctx *ipv6;
};

/** The fields of a segment that rules compare; all in network byte order, as rte_acl reads them. */
struct rs_acl_key {
	uint8_t listener;       /**< its index, or RS_ACL_NO_LISTENER */
	uint8_t zero[3];
	struct rs_addr source;
	rte_be16_t port;        /**< local */
	uint16_t rest;          /**< fills the last word, which rte_acl reads as a whole */
};

/** Whether a bit of a filter is set. */
static inline bool
rs_acl_filter_has(const struct rs_acl_filter *filter, uint32_t group)
{
	return (filter->words[group / 64] >> (group % 64) & 1) != 0;
}

/** The group of an IPv4 address. */
static inline uint32_t
rs_acl_group_ipv4(rte_be32_t addr)
{
	return rte_be_to_cpu_32(addr) >> (32 - RS_ACL_GROUP_BITS);
}

/** The group of an IPv6 address, by its first 32 bits. */
static inline uint32_t
rs_acl_group_ipv6(rte_be32_t first)
{
	return first * UINT32_C(0x9e3779b1) >> (32 - RS_ACL_GROUP_BITS);
}

/** Whether a segment without a listener may be refused. @param port local, network byte order */
static inline bool
rs_acl_suspects_ipv4(const struct rs_acl *acl, rte_be32_t source, rte_be16_t port)
{
	return rs_acl_filter_has(&acl->suspects, rs_acl_group_ipv4(source)) ||
	       rs_portset_has_be(&acl->ports, port);
}

/** The same of IPv6. @param first  32 bits of the source */
static inline bool
rs_acl_suspects_ipv6(const struct rs_acl *acl, rte_be32_t first, rte_be16_t port)
{
	return rs_acl_filter_has(&acl->suspects6, rs_acl_group_ipv6(first)) ||
	       rs_portset_has_be(&acl->ports, port);
}

/** Whether a segment may be refused. */
static inline bool
rs_acl_suspects(const struct rs_acl *acl, const struct rs_acl_key *key)
{
	return acl->listeners[key->listener] || (rs_addr_is_ipv4(&key->source) ?
		rs_acl_suspects_ipv4(acl, key->source.w[3], key->port) :
		rs_acl_suspects_ipv6(acl, key->source.w[0], key->port));
}

/** Segments of a burst that are searched. */
struct rs_acl_search {
	unsigned int n;
	struct rs_acl_key keys[RS_BURST];
	uint8_t actions[RS_BURST];      /**< enum rs_acl_action of each */
};

/** Search the rules for segments, together, because rte_acl then walks for several at a time. */
void rs_acl_decide(const struct rs_acl *acl, struct rs_acl_search *search);

#endif /* RS_PACKET_ACL_H */
