/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Building the trees of an access list: first with a node for each further 8 bits of each prefix,
 * then with tails where that is possible.
 */

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

/* A tail is in place of so many nodes at least; the comparison costs as much as two steps. */
#define TAIL_NODES 3

static_assert(RS_ACL_TREE_BITS - ROOT_BITS < TAIL_NODES * NODE_BITS, "IPv4 has no tails");

/*
 * The sources below an entry, if at most those of one prefix have another verdict than the others
 * there.
 */
struct shape {
	bool simple;
	uint16_t inside, outside;
	unsigned int bits;      /* of the prefix */
	uint64_t prefix;
	unsigned int n_nodes;   /* from the entry on, one below the other */
	bool kept;              /* a node that no tail replaces */
	uint16_t number;        /* of a kept one, in the finished tree */
};

/* A tree while rules are added. It has no tails yet. */
struct builder {
	struct rs_acl_tree *tree;
	uint32_t n_nodes;       /* the first RS_ACL_NUMBERS, which are not used, included */
	uint32_t room;          /* for nodes */
	bool *full;             /* by node: a rule decides about all of its sources */
	struct shape *shapes;   /* by node */
	uint32_t n_tails;       /* those that are not used included */
};

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
static uint16_t *
entry_at(struct rs_acl_tree *tree, uint16_t *entries, uint32_t bits)
{
	return &entries[entries == tree->root ? rte_cpu_to_be_16((uint16_t)bits) : bits];
}

/* Give the sources below an entry about which no earlier rule decides this verdict. */
static void
fill_entry(struct builder *b, uint16_t *entry, uint16_t verdict)
{
	unsigned int i;

	if (*entry == RS_ACL_NO_RULE)
		*entry = verdict;
	if (*entry < RS_ACL_NUMBERS || b->full[*entry])
		return;
	b->full[*entry] = true;
	for (i = 0; i < RS_ACL_NODE_ENTRIES; i++)
		fill_entry(b, &b->tree->nodes[*entry].entries[i], verdict);
}

/*
 * Have an entry lead to a node, so that a longer prefix has entries of its own. @return the node's
 * entries; NULL: an earlier rule decides about all its sources, or nothing does for want of nodes
 */
static uint16_t *
enter_node(struct builder *b, uint16_t *entry)
{
	if (*entry == RS_ACL_NO_RULE) {
		b->tree->undecided |= b->n_nodes == b->room;
		*entry = b->n_nodes < b->room ? (uint16_t)b->n_nodes++ : RS_ACL_UNDECIDED;
	}
	return *entry < RS_ACL_NUMBERS ? NULL : b->tree->nodes[*entry].entries;
}

/* Add a rule. */
static void
add_rule(struct builder *b, const struct rs_acl_rule *rule, bool ipv6)
{
	const unsigned int most = ipv6 ? RS_ACL_TREE6_BITS : RS_ACL_TREE_BITS;
	unsigned int bits = rs_acl_rule_bits(rule, ipv6);
	uint16_t verdict = (uint16_t)(rule->action + 1);
	uint64_t prefix = prefix_bits(rule, ipv6);
	uint16_t *entries = b->tree->root;
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
	uint32_t count = RS_ACL_NUMBERS;
	unsigned int i;

	for (i = 0; i < n; i++) {
		unsigned int bits = RTE_MIN(rs_acl_rule_bits(&rules[i], ipv6), most);

		if (has_rule(&rules[i], ipv6) && bits > ROOT_BITS)
			count += (bits - ROOT_BITS + NODE_BITS - 1) / NODE_BITS;
	}
	return RTE_MIN(count, (uint32_t)UINT16_MAX + 1);
}

/* The shape of an entry; that of a node is known. */
static struct shape
shape_of(const struct builder *b, uint16_t entry)
{
	if (entry >= RS_ACL_NUMBERS)
		return b->shapes[entry];
	return (struct shape){ .simple = true, .inside = entry, .outside = entry };
}

/*
 * Find the shape of a node whose entries have this verdict, but for some next to each other.
 * @param prefix  that its sources share
 * @param end     bits up to the end of those that select an entry
 */
static struct shape
shape_around(const struct builder *b, const uint16_t *entries, uint16_t outside, uint64_t prefix,
	unsigned int end)
{
	unsigned int first = 0, last = RS_ACL_NODE_ENTRIES - 1;
	unsigned int n, i;
	struct shape shape;

	while (first < last && entries[first] == outside)
		first++;
	while (last > first && entries[last] == outside)
		last--;
	n = last - first + 1;
	shape = shape_of(b, entries[first]);
	for (i = first; i <= last; i++)
		shape.simple &= entries[i] == entries[first];
	if (entries[first] >= RS_ACL_NUMBERS) {
		shape.simple &= n == 1 && shape.outside == outside;
	} else {
		shape.simple &= rte_is_power_of_2(n) && first % n == 0;
		shape.outside = outside;
		shape.bits = end - rte_bsf32(n);
		shape.prefix = prefix | (uint64_t)first << (64 - end);
	}
	shape.n_nodes++;
	return shape;
}

/*
 * Find the shapes of a node and of those below it. @param around  an entry beside that of the node;
 * where a prefix is one half of the node, the half that is as this one is outside
 */
static void
find_shapes(struct builder *b, uint16_t entry, uint16_t around, uint64_t prefix, unsigned int end)
{
	const uint16_t *entries = b->tree->nodes[entry].entries;
	const uint16_t first = entries[0], last = entries[RS_ACL_NODE_ENTRIES - 1];
	const uint16_t outside[] = { last == around ? last : first, last == around ? first : last };
	struct shape *shape = &b->shapes[entry];
	unsigned int i;

	for (i = 0; i < RS_ACL_NODE_ENTRIES; i++)
		if (entries[i] >= RS_ACL_NUMBERS)
			find_shapes(b, entries[i], i > 0 ? first : last,
				prefix | (uint64_t)i << (64 - end), end + NODE_BITS);
	/* one of the two is outside of a prefix within the node */
	for (i = 0; i < RTE_DIM(outside) && !shape->simple; i++)
		if (outside[i] < RS_ACL_NUMBERS)
			*shape = shape_around(b, entries, outside[i], prefix, end);
}

/* Whether an entry becomes a tail. */
static bool
is_tail(const struct builder *b, uint16_t entry)
{
	return entry >= RS_ACL_NUMBERS && b->shapes[entry].simple &&
	       b->shapes[entry].n_nodes >= TAIL_NODES;
}

/* Find the nodes that are left below a table, and the number of tails. */
static void
find_kept(struct builder *b, const uint16_t *entries, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (is_tail(b, entries[i])) {
			b->n_tails++;
		} else if (entries[i] >= RS_ACL_NUMBERS) {
			b->shapes[entries[i]].kept = true;
			find_kept(b, b->tree->nodes[entries[i]].entries, RS_ACL_NODE_ENTRIES);
		}
	}
}

/* Write the entries of a table as they are in the finished tree. */
static void
finish_entries(struct builder *b, uint16_t *entries, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct shape *shape = &b->shapes[entries[i]];

		if (is_tail(b, entries[i])) {
			b->tree->tails[b->n_tails] = (struct rs_acl_tail){
				.mask = rte_cpu_to_be_64(UINT64_MAX << (64 - shape->bits)),
				.prefix = rte_cpu_to_be_64(shape->prefix),
				.inside = shape->inside, .outside = shape->outside,
			};
			entries[i] = (uint16_t)b->n_tails++;
		} else if (entries[i] >= RS_ACL_NUMBERS) {
			entries[i] = shape->number;
		}
	}
}

/* Find out where tails take the place of nodes, and how many there are. */
static void
find_tails(struct builder *b)
{
	struct rs_acl_tree *tree = b->tree;
	uint32_t i;

	for (i = 0; i < RS_ACL_ROOT_ENTRIES; i++)
		if (tree->root[i] >= RS_ACL_NUMBERS)
			find_shapes(b, tree->root[i], RS_ACL_NO_RULE,
				(uint64_t)rte_be_to_cpu_16((uint16_t)i) << 48,
				ROOT_BITS + NODE_BITS);
	b->n_tails = RS_ACL_NUMBERS;
	find_kept(b, tree->root, RS_ACL_ROOT_ENTRIES);
	tree->first_node = b->n_tails;
}

/* Put tails in place of nodes. The nodes that are left move to the front. */
static void
make_tails(struct builder *b)
{
	struct rs_acl_tree *tree = b->tree;
	uint32_t kept = 0;
	uint32_t i;

	for (i = RS_ACL_NUMBERS; i < b->n_nodes; i++)
		if (b->shapes[i].kept)
			b->shapes[i].number = (uint16_t)(tree->first_node + kept++);
	b->n_tails = RS_ACL_NUMBERS;
	finish_entries(b, tree->root, RS_ACL_ROOT_ENTRIES);
	for (kept = 0, i = RS_ACL_NUMBERS; i < b->n_nodes; i++) {
		if (!b->shapes[i].kept)
			continue;
		finish_entries(b, tree->nodes[i].entries, RS_ACL_NODE_ENTRIES);
		tree->nodes[kept++] = tree->nodes[i];
	}
	b->n_nodes = kept;
}

int
rs_acl_tree_init(struct rs_acl_tree *tree, const struct rs_acl_rule *rules, unsigned int n,
	unsigned int socket, bool ipv6)
{
	struct builder b = { .tree = tree, .room = count_nodes(rules, n, ipv6) };
	struct rs_acl_node *less;
	int ret = -ENOMEM;
	unsigned int i;

	b.n_nodes = RS_ACL_NUMBERS;
	tree->nodes = rte_zmalloc_socket("rs_acl_nodes", b.room * sizeof(tree->nodes[0]), 0,
		(int)socket);
	b.full = rte_zmalloc("rs_acl_full", b.room * sizeof(b.full[0]), 0);
	b.shapes = rte_zmalloc("rs_acl_shapes", b.room * sizeof(b.shapes[0]), 0);
	if (tree->nodes != NULL && b.full != NULL && b.shapes != NULL) {
		for (i = 0; i < n; i++)
			if (has_rule(&rules[i], ipv6))
				add_rule(&b, &rules[i], ipv6);
		ret = 0;
	}
	if (ret == 0 && ipv6) {
		find_tails(&b);
		tree->tails = rte_malloc_socket("rs_acl_tails", b.n_tails *
			sizeof(tree->tails[0]), 0, (int)socket);
		ret = tree->tails == NULL ? -ENOMEM : 0;
	}
	if (ret == 0 && ipv6)
		make_tails(&b);
	rte_free(b.full);
	rte_free(b.shapes);
	if (ret != 0)
		return ret;
	/* prefixes share nodes, and tails replace some */
	less = rte_realloc_socket(tree->nodes, RTE_MAX(b.n_nodes, 1u) * sizeof(tree->nodes[0]), 0,
		(int)socket);
	if (less != NULL)
		tree->nodes = less;
	return 0;
}

uint64_t
rs_acl_tree_memory(unsigned int n)
{
	return (UINT64_C(2) * RS_ACL_NUMBERS + (uint64_t)n * NODES_OF_RULE) *
		(sizeof(struct rs_acl_node) + sizeof(bool) + sizeof(struct shape));
}

void
rs_acl_tree_free(struct rs_acl_tree *tree)
{
	rte_free(tree->nodes);
	rte_free(tree->tails);
}
