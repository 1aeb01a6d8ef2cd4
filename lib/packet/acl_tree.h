/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The verdict of an access list by the source alone. A tree has an entry for the first 16 bits of
 * a source, and where they do not decide, entries for each further 8 bits. So a source that no rule
 * comes near is found in one step, and any IPv4 source in three. Where only one IPv6 prefix has
 * another verdict than the sources around it, a comparison with it, a tail, is in place of further
 * steps. Rules are added in their order, and the first rule that covers a source decides about it.
 */

#ifndef RS_PACKET_ACL_TREE_H
#define RS_PACKET_ACL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

#include "rstack.h"

/** Entries of the first table, which the first 16 bits of a source select, and of a node. */
#define RS_ACL_ROOT_ENTRIES (UINT32_C(1) << 16)
#define RS_ACL_NODE_ENTRIES (UINT32_C(1) << 8)

/** Bits of a source that a tree distinguishes: all of IPv4, the first 64 of IPv6. */
#define RS_ACL_TREE_BITS 32
#define RS_ACL_TREE6_BITS 64

/**
 * An entry: a verdict, from RS_ACL_NUMBERS on the number of a tail, or from rs_acl_tree.first_node
 * on that of a node.
 */
enum rs_acl_entry {
	RS_ACL_NO_RULE,                         /**< allowed, because no rule covers the source */
	RS_ACL_ALLOWED = RS_ACL_ALLOW + 1,
	RS_ACL_DROPPED = RS_ACL_DROP + 1,
	RS_ACL_RESETS = RS_ACL_RESET + 1,
	RS_ACL_UNDECIDED,                       /**< the tree does not know, ask the rules */
	RS_ACL_NUMBERS,
};

/** The entries of the next 8 bits. */
struct rs_acl_node {
	uint16_t entries[RS_ACL_NODE_ENTRIES];
};

/** The end of a way through the tree: a verdict about the sources of a prefix, one about others. */
struct rs_acl_tail {
	uint64_t mask, prefix;  /**< as a source is in memory */
	uint16_t inside, outside;
};

/** The tree of one family. */
struct rs_acl_tree {
	uint16_t root[RS_ACL_ROOT_ENTRIES];
	struct rs_acl_node *nodes;      /**< of IPv4 the first RS_ACL_NUMBERS are not used */
	struct rs_acl_tail *tails;      /**< of IPv6; the first RS_ACL_NUMBERS are not used */
	size_t first_node;              /**< of IPv6: the number of nodes[0] */
	bool undecided;                 /**< some entry is RS_ACL_UNDECIDED */
};

/**
 * The entry of the first table for a source, whose first 16 bits are as in memory. Entries are
 * size_t here, because they index arrays without being extended then.
 */
static inline size_t
rs_acl_tree_root(const struct rs_acl_tree *tree, const uint8_t *source)
{
	uint16_t index;

	memcpy(&index, source, sizeof(index));
	return tree->root[index];
}

/** The entry for the next byte of an IPv4 source, if an entry leads to a node. */
static inline size_t
rs_acl_tree_step(const struct rs_acl_tree *tree, size_t entry, uint8_t byte)
{
	return entry < RS_ACL_NUMBERS ? entry : tree->nodes[entry].entries[byte];
}

/** The verdict about an IPv4 source, below RS_ACL_NUMBERS. @param source  its bytes */
static inline size_t
rs_acl_tree_find(const struct rs_acl_tree *tree, const uint8_t *source)
{
	size_t entry = rs_acl_tree_root(tree, source);

	entry = rs_acl_tree_step(tree, entry, source[2]);
	return rs_acl_tree_step(tree, entry, source[3]);
}

/** As rs_acl_tree_step(), of an IPv6 source. */
static inline size_t
rs_acl_tree_step6(const struct rs_acl_tree *tree, size_t entry, uint8_t byte)
{
	return entry < tree->first_node ? entry :
		tree->nodes[entry - tree->first_node].entries[byte];
}

/**
 * The verdict about an IPv6 source, by the first RS_ACL_TREE6_BITS of it. Step by step rather than
 * in a loop, which takes two instructions more for each byte.
 */
static inline size_t
rs_acl_tree_find6(const struct rs_acl_tree *tree, const uint8_t *source)
{
	size_t entry = rs_acl_tree_root(tree, source);
	const struct rs_acl_tail *tail;
	uint64_t bits;

	if (entry < RS_ACL_NUMBERS)
		return entry;
	entry = rs_acl_tree_step6(tree, entry, source[2]);
	entry = rs_acl_tree_step6(tree, entry, source[3]);
	entry = rs_acl_tree_step6(tree, entry, source[4]);
	entry = rs_acl_tree_step6(tree, entry, source[5]);
	entry = rs_acl_tree_step6(tree, entry, source[6]);
	entry = rs_acl_tree_step6(tree, entry, source[7]);
	if (entry < RS_ACL_NUMBERS)
		return entry;
	tail = &tree->tails[entry];
	memcpy(&bits, source, sizeof(bits));
	return (bits & tail->mask) == tail->prefix ? tail->inside : tail->outside;
}

/**
 * Add the rules of a list that hold for all ports and listeners to an empty tree.
 *
 * @param ipv6  the family of the tree
 * @return 0 or -ENOMEM
 */
int rs_acl_tree_init(struct rs_acl_tree *tree, const struct rs_acl_rule *rules, unsigned int n,
	unsigned int socket, bool ipv6);

/** Most bytes of the nodes and tails of both families for n rules. */
uint64_t rs_acl_tree_memory(unsigned int n);

/** Free the nodes and tails of a tree. */
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
