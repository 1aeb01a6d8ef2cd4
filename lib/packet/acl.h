/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The access list: ordered rules, the first of which that matches a segment decides about it. Trees
 * know the verdict about each source, so most segments cost a few instructions, however many rules
 * there are. Rules that name ports or listeners are searched by rte_acl, for the segments to these.
 */

#ifndef RS_PACKET_ACL_H
#define RS_PACKET_ACL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/portset.h"
#include "packet/acl_tree.h"
#include "rstack.h"

struct rte_acl_ctx;

/** Stands for no listener in rs_acl_key. */
#define RS_ACL_NO_LISTENER UINT8_MAX

/** An access list. It does not change, so that all workers may share it. */
struct rs_acl {
	struct rs_acl_tree tree;         /**< of IPv4 */
	struct rs_acl_tree tree6;        /**< of IPv6 */
	struct rs_portset ports;         /**< local ports that rules name */
	bool listeners[UINT8_MAX + 1];   /**< listeners that rules name */
	struct rte_acl_ctx *ipv4;        /**< NULL: the tree decides about all segments of IPv4 */
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

/** Whether segments of an IPv4 source may be refused. @param source  the bytes of the address */
static inline bool
rs_acl_suspects_ipv4(const struct rs_acl *acl, const uint8_t *source)
{
	return rs_acl_tree_find(&acl->tree, source) > RS_ACL_ALLOWED;
}

/** The same of IPv6. */
static inline bool
rs_acl_suspects_ipv6(const struct rs_acl *acl, const uint8_t *source)
{
	return rs_acl_tree_find6(&acl->tree6, source) > RS_ACL_ALLOWED;
}

/** Whether a segment may be refused. */
static inline bool
rs_acl_suspects(const struct rs_acl *acl, const struct rs_acl_key *key)
{
	bool ipv6 = !rs_addr_is_ipv4(&key->source);

	return acl->listeners[key->listener] || rs_portset_has_be(&acl->ports, key->port) ||
	       (ipv6 ? rs_acl_suspects_ipv6(acl, key->source.b) :
		rs_acl_suspects_ipv4(acl, &key->source.b[12]));
}

/** Segments of a burst that are searched. */
struct rs_acl_search {
	unsigned int n;
	struct rs_acl_key keys[RS_BURST];
	uint8_t actions[RS_BURST];      /**< enum rs_acl_action of each */
};

/** Decide about segments, together, because rte_acl then walks for several at a time. */
void rs_acl_decide(const struct rs_acl *acl, struct rs_acl_search *search);

#endif /* RS_PACKET_ACL_H */
