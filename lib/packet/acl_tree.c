/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Building the trees of an access list. */

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "packet/acl_tree.h"

#define ROOT_BITS 16u
#define NODE_BITS 8u

/* Nodes on the way to a prefix at most. */
#define NODES_OF_RULE ((RS_ACL_TREE6_BITS - ROOT_BITS) / NODE_BITS)

static_assert(RS_ACL_TREE_BITS <= RS_ACL_TREE6_BITS, "NODES_OF_RULE is that of IPv6");

#define NODE_BYTES (RS_ACL_NODE_ENTRIES * sizeof(uint32_t))

/* A tree while rules are added. */
struct builder {
	struct rs_acl_tree *tree;
	uint32_t n_nodes;       /* those of the verdicts included */
	bool *full;             /* by node: a rule decides about all of its sources */
};

/* The number of the node that an entry leads to. */
static uint32_t
number_of(uint32_t entry)
{
	return entry / RS_ACL_NODE_ENTRIES;
}

/* The bits of a prefix that a tree distinguishes, first one at the top; IPv4 has 32. */
static uint64_t
prefix_bits(const struct rs_acl_rule *rule, bool ipv6)
{
	const rte_be32_t *w = rule->source.addr.w;

	if (rule->any)
		return 0;
	return ipv6 ? (uint64_t)rte_be_to_cpu_32(w[0]) << 32 | rte_be_to_cpu_32(w[1]) :
		(uint64_t)rte_be_to_cpu_32(w[3]) << 32;
}

/* The entry for these bits of a source in a table. The first table is in network byte order. */
static uint32_t *
entry_at(struct rs_acl_tree *tree, uint32_t *entries, uint32_t bits)
{
	return &entries[entries == tree->root ? rte_cpu_to_be_16((uint16_t)bits) : bits];
}

/* Give the sources below an entry about which no earlier rule decides this verdict. */
static void
fill_entry(struct builder *b, uint32_t *entry, uint32_t verdict)
{
	unsigned int i;

	if (*entry == RS_ACL_NO_RULE)
		*entry = verdict;
	if (*entry < RS_ACL_FIRST_NODE || b->full[number_of(*entry)])
		return;
	b->full[number_of(*entry)] = true;
	for (i = 0; i < RS_ACL_NODE_ENTRIES; i++)
		fill_entry(b, &b->tree->entries[*entry + i], verdict);
}

/*
 * Have an entry lead to a node, so that a longer prefix has entries of its own. @return the node's
 * entries; NULL: an earlier rule decides about all its sources
 */
static uint32_t *
enter_node(struct builder *b, uint32_t *entry)
{
	if (*entry == RS_ACL_NO_RULE)
		*entry = b->n_nodes++ * RS_ACL_NODE_ENTRIES;
	return *entry < RS_ACL_FIRST_NODE ? NULL : &b->tree->entries[*entry];
}

/* Add a rule. */
static void
add_rule(struct builder *b, const struct rs_acl_rule *rule, bool ipv6)
{
	const unsigned int most = ipv6 ? RS_ACL_TREE6_BITS : RS_ACL_TREE_BITS;
	unsigned int bits = rs_acl_rule_bits(rule, ipv6);
	uint32_t verdict = ((uint32_t)rule->action + 1) * RS_ACL_NODE_ENTRIES;
	uint64_t prefix = prefix_bits(rule, ipv6);
	uint32_t *entries = b->tree->root;
	unsigned int end = ROOT_BITS; /* bits up to the end of those that select an entry */
	uint32_t mask = RS_ACL_ROOT_ENTRIES - 1;
	uint32_t first, n, i;

	if (bits > most) {
		verdict = RS_ACL_UNDECIDED;
		b->tree->undecided = true;
		bits = most;
	}
	while (bits > end) {
		entries = enter_node(b, entry_at(b->tree, entries,
			(uint32_t)(prefix >> (64 - end)) & mask));
		if (entries == NULL)
			return;
		end += NODE_BITS;
		mask = RS_ACL_NODE_ENTRIES - 1;
	}
	n = UINT32_C(1) << (end - bits);
	first = (uint32_t)(prefix >> (64 - end)) & mask & ~(n - 1);
	for (i = first; i < first + n; i++)
		fill_entry(b, entry_at(b->tree, entries, i), verdict);
}

/* Whether the tree of a family has a rule, which is one for all ports and listeners. */
static bool
has_rule(const struct rs_acl_rule *rule, bool ipv6)
{
	return rs_acl_rule_is_of(rule, ipv6) && rs_acl_rule_is_by_source(rule);
}

/* The nodes that the rules need at most, and those that are not used. */
static uint32_t
count_nodes(const struct rs_acl_rule *rules, unsigned int n, bool ipv6)
{
	const unsigned int most = ipv6 ? RS_ACL_TREE6_BITS : RS_ACL_TREE_BITS;
	uint32_t count = number_of(RS_ACL_FIRST_NODE);
	unsigned int i;

	for (i = 0; i < n; i++) {
		unsigned int bits = RTE_MIN(rs_acl_rule_bits(&rules[i], ipv6), most);

		if (has_rule(&rules[i], ipv6) && bits > ROOT_BITS)
			count += (bits - ROOT_BITS + NODE_BITS - 1) / NODE_BITS;
	}
	return count;
}

int
rs_acl_tree_init(struct rs_acl_tree *tree, const struct rs_acl_rule *rules, unsigned int n,
	unsigned int socket, bool ipv6)
{
	struct builder b = { .tree = tree, .n_nodes = number_of(RS_ACL_FIRST_NODE) };
	const uint32_t room = count_nodes(rules, n, ipv6);
	uint32_t *less;
	unsigned int i;

	tree->entries = rte_zmalloc_socket("rs_acl_nodes", room * NODE_BYTES, RTE_CACHE_LINE_SIZE,
		(int)socket);
	b.full = rte_zmalloc("rs_acl_full", room * sizeof(b.full[0]), 0);
	if (tree->entries == NULL || b.full == NULL) {
		rte_free(b.full);
		return -ENOMEM;
	}
	for (i = 0; i < RS_ACL_FIRST_NODE; i++)
		tree->entries[i] = i & ~(RS_ACL_NODE_ENTRIES - 1);
	for (i = 0; i < n; i++)
		if (has_rule(&rules[i], ipv6))
			add_rule(&b, &rules[i], ipv6);
	rte_free(b.full);
	/* prefixes share nodes */
	less = rte_realloc_socket(tree->entries, b.n_nodes * NODE_BYTES, RTE_CACHE_LINE_SIZE,
		(int)socket);
	if (less != NULL)
		tree->entries = less;
	return 0;
}

uint64_t
rs_acl_tree_memory(unsigned int n)
{
	return (UINT64_C(2) * number_of(RS_ACL_FIRST_NODE) + (uint64_t)n * NODES_OF_RULE) *
		(NODE_BYTES + sizeof(bool));
}

void
rs_acl_tree_free(struct rs_acl_tree *tree)
{
	rte_free(tree->entries);
}
