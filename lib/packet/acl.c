/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The access list: its trees, and the tables of rte_acl, one for each family. */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <rte_acl.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "packet/acl.h"

/* Bytes of the tables of both families: as they are without rules, and for each rule. Prefixes of
 * random lengths take 1,200 bytes each, those of one length less. */
#define TABLE_BYTES (UINT64_C(128) << 10)
#define RULE_BYTES UINT64_C(2048)

/* Fields of a rule: the first is one byte, the others are in words of four bytes, as rte_acl
 * requires it. */
enum { LISTENER, SOURCE, PORT, REST, FIELDS };
enum { SOURCE6, PORT6 = SOURCE6 + 5, REST6, FIELDS6 };

#define FIELD(kind, bytes, number, word, member) { \
	.type = RTE_ACL_FIELD_TYPE_##kind, .size = bytes, .field_index = number, \
	.input_index = word, .offset = offsetof(struct rs_acl_key, member) }

static const struct rte_acl_field_def fields[FIELDS] = {
	[LISTENER] = FIELD(BITMASK, 1, LISTENER, 0, listener),
	[SOURCE] = FIELD(MASK, 4, SOURCE, 1, source.w[3]),
	[PORT] = FIELD(RANGE, 2, PORT, 2, port),
	[REST] = FIELD(RANGE, 2, REST, 2, rest),
};

static const struct rte_acl_field_def fields6[FIELDS6] = {
	[LISTENER] = FIELD(BITMASK, 1, LISTENER, 0, listener),
	FIELD(MASK, 4, 1, 1, source.w[0]),
	FIELD(MASK, 4, 2, 2, source.w[1]),
	FIELD(MASK, 4, 3, 3, source.w[2]),
	FIELD(MASK, 4, 4, 4, source.w[3]),
	[PORT6] = FIELD(RANGE, 2, PORT6, 5, port),
	[REST6] = FIELD(RANGE, 2, REST6, 5, rest),
};

RTE_ACL_RULE_DEF(acl_rule, FIELDS6);

/* A field of a rule: `first` and `last` are a value and its mask or length, or a range. */
static struct rte_acl_field
field(uint32_t first, uint32_t last)
{
	return (struct rte_acl_field){ .value.u32 = first, .mask_range.u32 = last };
}

/* Make the rule of rte_acl. @param order of the rule: the first one has the highest priority */
static struct acl_rule
compile(const struct rs_acl_rule *rule, unsigned int order, bool ipv6)
{
	struct acl_rule out = {
		.data = { .category_mask = 1, .priority = RTE_ACL_MAX_PRIORITY - (int32_t)order,
			.userdata = (uint32_t)rule->action + 1 }, /* 0 is no match */
	};
	unsigned int port = ipv6 ? PORT6 : PORT;
	unsigned int bits = rs_acl_rule_bits(rule, ipv6);
	unsigned int i;

	out.field[LISTENER] = rule->listener < 0 ? field(0, 0) :
		field((uint32_t)rule->listener, UINT8_MAX);
	for (i = ipv6 ? 0 : 3; i < RTE_DIM(rule->source.addr.w); i++) {
		unsigned int n = RTE_MIN(bits, 32U);

		out.field[ipv6 ? SOURCE6 + 1 + i : SOURCE] = field(n == 0 ? 0 :
			rte_be_to_cpu_32(rule->source.addr.w[i]), n);
		bits -= n;
	}
	out.field[port] = rule->port_first == 0 ? field(0, UINT16_MAX) :
		field(rule->port_first, rule->port_last);
	out.field[port + 1] = field(0, UINT16_MAX);
	return out;
}

/*
 * Make the table of a family, if the tree of it does not decide about all segments.
 * @return 0 or -errno
 */
static int
table_create(struct rte_acl_ctx **table, const struct rs_acl_rule *rules, unsigned int n,
	unsigned int socket, bool ipv6, bool needed)
{
	struct rte_acl_config config = { .num_categories = 1,
		.num_fields = ipv6 ? FIELDS6 : FIELDS };
	char name[RTE_ACL_NAMESIZE];
	struct rte_acl_param param = {
		.name = name, .socket_id = (int)socket, .max_rule_num = n,
		.rule_size = RTE_ACL_RULE_SZ(FIELDS6),
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n && !needed; i++)
		needed = rs_acl_rule_is_of(&rules[i], ipv6) && !rs_acl_rule_is_by_source(&rules[i]);
	if (!needed)
		return 0;
	/* rte_acl finds tables by name; this is no other's, because the address is ours */
	snprintf(name, sizeof(name), "rs_acl_%p", (void *)table);
	*table = rte_acl_create(&param);
	if (*table == NULL)
		return -rte_errno;
	for (i = 0; i < n && ret == 0; i++) {
		struct acl_rule rule = compile(&rules[i], i, ipv6);

		if (rs_acl_rule_is_of(&rules[i], ipv6))
			ret = rte_acl_add_rules(*table, (const struct rte_acl_rule *)&rule, 1);
	}
	memcpy(config.defs, ipv6 ? fields6 : fields, config.num_fields * sizeof(config.defs[0]));
	return ret != 0 ? ret : rte_acl_build(*table, &config);
}

/* Note the ports and listeners that rules name. @return 0, or -EINVAL: a rule is wrong */
static int
note_names(struct rs_acl *acl, const struct rs_acl_rule *rules, unsigned int n)
{
	unsigned int i;
	uint32_t port;

	for (i = 0; i < n; i++) {
		const struct rs_acl_rule *rule = &rules[i];

		if (rule->port_last < rule->port_first || rule->listener >= RS_LISTENERS_MAX ||
		    (rule->port_first == 0 && rule->port_last != 0) ||
		    rule->action > RS_ACL_RESET || rule->source.len > 128 ||
		    (!rule->any && rs_addr_is_ipv4(&rule->source.addr) &&
		     rule->source.len < RS_ADDR_IPV4_BITS))
			return -EINVAL;
		/* all segments of a listener that a rule names are looked up */
		if (rule->listener >= 0)
			acl->listeners[rule->listener] = true;
		else
			for (port = rule->port_first; port != 0 && port <= rule->port_last; port++)
				rs_portset_add(&acl->ports, (uint16_t)port);
	}
	return 0;
}

uint64_t
rs_acl_memory(unsigned int n)
{
	return n == 0 ? 0 : sizeof(struct rs_acl) + rs_acl_tree_memory(n) + TABLE_BYTES +
		n * RULE_BYTES;
}

struct rs_acl *
rs_acl_create(const struct rs_acl_rule *rules, unsigned int n, unsigned int socket)
{
	struct rs_acl *acl;
	int ret = -EINVAL;

	acl = rte_zmalloc_socket("rs_acl", sizeof(*acl), RTE_CACHE_LINE_SIZE, (int)socket);
	if (acl == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	if (n <= RS_ACL_RULES_MAX)
		ret = note_names(acl, rules, n);
	if (ret == 0)
		ret = rs_acl_tree_init(&acl->tree, rules, n, socket, false);
	if (ret == 0)
		ret = rs_acl_tree_init(&acl->tree6, rules, n, socket, true);
	if (ret == 0)
		ret = table_create(&acl->ipv4, rules, n, socket, false, acl->tree.undecided);
	if (ret == 0)
		ret = table_create(&acl->ipv6, rules, n, socket, true, acl->tree6.undecided);
	if (ret == 0)
		return acl;
	rs_acl_free(acl);
	rte_errno = -ret;
	return NULL;
}

void
rs_acl_free(struct rs_acl *acl)
{
	if (acl == NULL)
		return;
	rte_acl_free(acl->ipv4);
	rte_acl_free(acl->ipv6);
	rs_acl_tree_free(&acl->tree);
	rs_acl_tree_free(&acl->tree6);
	rte_free(acl);
}

/* Search the rules for the segments of one family, whose keys are at `data`. */
static void
search_rules(struct rte_acl_ctx *table, const uint8_t **data, const uint8_t *which,
	unsigned int n, uint8_t *actions)
{
	uint32_t results[RS_BURST];
	unsigned int i;

	if (n == 0)
		return;
	rte_acl_classify(table, data, results, n, 1);
	for (i = 0; i < n; i++)
		actions[which[i]] = (uint8_t)(results[i] == 0 ? RS_ACL_ALLOW : results[i] - 1);
}

/*
 * The tree's verdict about a segment: RS_ACL_UNDECIDED where a rule may name its port or listener,
 * which only those of a family with a table do.
 */
static uint32_t
ask_tree(const struct rs_acl *acl, const struct rs_acl_key *key, bool ipv6)
{
	if ((ipv6 ? acl->ipv6 : acl->ipv4) != NULL &&
	    (acl->listeners[key->listener] || rs_portset_has_be(&acl->ports, key->port)))
		return RS_ACL_UNDECIDED;
	return ipv6 ? rs_acl_tree_find6(&acl->tree6, key->source.b) :
		rs_acl_tree_find(&acl->tree, &key->source.b[12]);
}

void
rs_acl_decide(const struct rs_acl *acl, struct rs_acl_search *search)
{
	const uint8_t *data[2][RS_BURST];
	uint8_t which[2][RS_BURST];
	unsigned int count[2] = { 0 };
	unsigned int i;

	for (i = 0; i < search->n; i++) {
		const struct rs_acl_key *key = &search->keys[i];
		bool ipv6 = !rs_addr_is_ipv4(&key->source);
		uint32_t verdict = ask_tree(acl, key, ipv6);

		search->actions[i] = (uint8_t)(verdict == RS_ACL_DROPPED ? RS_ACL_DROP :
			verdict == RS_ACL_RESETS ? RS_ACL_RESET : RS_ACL_ALLOW);
		if (verdict != RS_ACL_UNDECIDED)
			continue;
		data[ipv6][count[ipv6]] = (const uint8_t *)key;
		which[ipv6][count[ipv6]++] = (uint8_t)i;
	}
	search_rules(acl->ipv4, data[0], which[0], count[0], search->actions);
	search_rules(acl->ipv6, data[1], which[1], count[1], search->actions);
}
