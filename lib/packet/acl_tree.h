/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The verdict of an access list by the source alone. A tree has an entry for the first 16 bits of
 * a source, and where they do not decide, entries for each further 8 bits. So a source that no rule
 * comes near is found in one step, and any other in three of IPv4 and in seven of IPv6. Rules are
 * added in their order, and the first rule that covers a source decides about it.
 */

#ifndef RS_PACKET_ACL_TREE_H
#define RS_PACKET_ACL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rstack.h"

/** Entries of the first table, which the first 16 bits of a source select, and of a node. */
#define RS_ACL_ROOT_ENTRIES (UINT32_C(1) << 16)
#define RS_ACL_NODE_ENTRIES (UINT32_C(1) << 8)

/** Bits of a source that a tree distinguishes: all of IPv4, the first 64 of IPv6. */
#define RS_ACL_TREE_BITS 32
#define RS_ACL_TREE6_BITS 64

/**
 * An entry is the index in rs_acl_tree.entries of the first entry of a node. The first nodes are
 * the verdicts: all entries of such a node are the node itself, so a step from it stays there, and
 * a lookup need not ask after each step whether it is at the end.
 */
enum rs_acl_entry {
	RS_ACL_NO_RULE,                         /**< allowed, because no rule covers the source */
	RS_ACL_ALLOWED = (RS_ACL_ALLOW + 1) * RS_ACL_NODE_ENTRIES,
	RS_ACL_DROPPED = (RS_ACL_DROP + 1) * RS_ACL_NODE_ENTRIES,
	RS_ACL_RESETS = (RS_ACL_RESET + 1) * RS_ACL_NODE_ENTRIES,
	RS_ACL_UNDECIDED = RS_ACL_RESETS + RS_ACL_NODE_ENTRIES, /**< ask the rules */
	RS_ACL_FIRST_NODE = RS_ACL_UNDECIDED + RS_ACL_NODE_ENTRIES,
};

/** The tree of one family. */
struct rs_acl_tree {
	uint32_t root[RS_ACL_ROOT_ENTRIES];
	uint32_t *entries;      /**< of the nodes, RS_ACL_NODE_ENTRIES each, verdicts first */
	bool undecided;         /**< some entry is RS_ACL_UNDECIDED */
};

/** The entry of the first table for a source, whose first 16 bits are as in memory. */
static inline uint32_t
rs_acl_tree_root(const struct rs_acl_tree *tree, const uint8_t *source)
{
	uint16_t index;

	memcpy(&index, source, sizeof(index));
	return tree->root[index];
}

/** The entry of a node for the next byte of a source. The index of a node has no bits of a byte. */
static inline uint32_t
rs_acl_tree_step(const struct rs_acl_tree *tree, uint32_t node, uint8_t byte)
{
	return tree->entries[node | byte];
}

/** The verdict about an IPv4 source, below RS_ACL_FIRST_NODE. @param source  its bytes */
static inline uint32_t
rs_acl_tree_find(const struct rs_acl_tree *tree, const uint8_t *source)
{
	uint32_t node = rs_acl_tree_root(tree, source);

	if (node <= RS_ACL_ALLOWED)
		return node;
	node = rs_acl_tree_step(tree, node, source[2]);
	return rs_acl_tree_step(tree, node, source[3]);
}

/** The verdict about an IPv6 source, by the first RS_ACL_TREE6_BITS of it. */
static inline uint32_t
rs_acl_tree_find6(const struct rs_acl_tree *tree, const uint8_t *source)
{
	uint32_t node = rs_acl_tree_root(tree, source);

	if (node <= RS_ACL_ALLOWED)
		return node;
	node = rs_acl_tree_step(tree, node, source[2]);
	node = rs_acl_tree_step(tree, node, source[3]);
	node = rs_acl_tree_step(tree, node, source[4]);
	node = rs_acl_tree_step(tree, node, source[5]);
	node = rs_acl_tree_step(tree, node, source[6]);
	return rs_acl_tree_step(tree, node, source[7]);
}

/**
 * Add the rules of a list that hold for all ports and listeners to an empty tree.
 *
 * @param ipv6  the family of the tree
 * @return 0 or -ENOMEM
 */
int rs_acl_tree_init(struct rs_acl_tree *tree, const struct rs_acl_rule *rules, unsigned int n,
	unsigned int socket, bool ipv6);

/** Most bytes of the nodes of both families for n rules. */
uint64_t rs_acl_tree_memory(unsigned int n);

/** Free the nodes of a tree. */
void rs_acl_tree_free(struct rs_acl_tree *tree);

/** Whether a rule concerns a family. */
static inline bool
rs_acl_rule_is_of(const struct rs_acl_rule *rule, bool ipv6)
{
	return rule->any || rs_addr_is_ipv4(&rule->source.addr) != ipv6;
}

/** Bits of a rule's source prefix in addresses of its family. */
static inline unsigned int
rs_acl_rule_bits(const struct rs_acl_rule *rule, bool ipv6)
{
	if (rule->any)
		return 0;
	return ipv6 ? rule->source.len : rule->source.len - (unsigned int)RS_ADDR_IPV4_BITS;
}

/** Whether a rule holds for all ports and listeners. */
static inline bool
rs_acl_rule_is_by_source(const struct rs_acl_rule *rule)
{
	return rule->port_first == 0 && rule->listener < 0;
}

#endif /* RS_PACKET_ACL_TREE_H */
