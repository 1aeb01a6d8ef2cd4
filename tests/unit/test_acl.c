/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The access list against a model that reads the rules one after the other, and in front of the
 * state machine: RFC 9293 3.10.7.1 for the resets.
 */

#include <rte_malloc.h>

#include "packet/acl.h"
#include "tcp_fixture.h"

#define MANY 10000
#define KEYS 20000

#define ADDR(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* The peer of the fixture. */
#define PEER { rs_addr_from_ipv4(ADDR(192, 0, 2, 99)), 128 }

static struct rs_acl_rule rules[RS_ACL_RULES_MAX];

/* The rule that decides, as documented: the first that matches. */
static enum rs_acl_action
model(const struct rs_acl_rule *list, unsigned int n, const struct rs_acl_key *key)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct rs_acl_rule *rule = &list[i];
		uint16_t port = rte_be_to_cpu_16(key->port);

		if (!rule->any && (rs_addr_is_ipv4(&rule->source.addr) !=
				rs_addr_is_ipv4(&key->source) ||
				!rs_prefix_has(&rule->source, &key->source)))
			continue;
		if (rule->port_first != 0 && (port < rule->port_first || port > rule->port_last))
			continue;
		if (rule->listener < 0 || rule->listener == key->listener)
			return rule->action;
	}
	return RS_ACL_ALLOW;
}

/* The decision of the list, as of a stray: that of rs_acl_decide() if its source is a suspect. */
static enum rs_acl_action
decide(const struct rs_acl *acl, const struct rs_acl_key *key)
{
	struct rs_acl_search search = { .n = 1, .keys = { *key }, .actions = { RS_ACL_ALLOW } };

	if (rs_acl_suspects(acl, key))
		rs_acl_decide(acl, &search);
	return search.actions[0];
}

static size_t
heap_in_use(void)
{
	struct rte_malloc_socket_stats stats;

	assert_int_equal(rte_malloc_get_socket_stats(0, &stats), 0);
	return stats.heap_allocsz_bytes;
}

/* Cut the bits behind the prefix. */
static void
cut(struct rs_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < 128; i++)
		if (i >= prefix->len)
			prefix->addr.b[i / 8] &= (uint8_t)~(0x80 >> i % 8);
}

/* Set the bits from this one on. */
static void
set_bits(struct rs_addr *addr, unsigned int from)
{
	unsigned int i;

	for (i = from; i < 128; i++)
		addr->b[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* A random address; few first bits, so that prefixes meet. */
static struct rs_addr
pick_addr(uint64_t *seed, bool ipv6)
{
	struct rs_addr addr;
	unsigned int i;

	if (!ipv6)
		return rs_addr_from_ipv4(rte_cpu_to_be_32(next_random(seed) & 0x0f3fffff));
	for (i = 0; i < RTE_DIM(addr.w); i++)
		addr.w[i] = rte_cpu_to_be_32(next_random(seed) & 0x0f0f0f0f);
	addr.b[0] = 0x20;
	return addr;
}

/* A random rule. @param shortest  least length of its prefix */
static struct rs_acl_rule
pick_rule(uint64_t *seed, bool ipv6, unsigned int shortest)
{
	unsigned int most = ipv6 ? 128 : 32;
	struct rs_acl_rule rule = { .listener = -1 };

	rule.action = next_random(seed) % 3;
	rule.any = shortest == 0 && next_random(seed) % 50 == 0;
	rule.source.len = (uint8_t)(128 - most + shortest + next_random(seed) %
		(most - shortest + 1));
	rule.source.addr = pick_addr(seed, ipv6);
	cut(&rule.source);
	if (!ipv6)
		rule.source.addr.w[2] = rs_addr_from_ipv4(0).w[2];
	if (next_random(seed) % 4 == 0) {
		rule.port_first = (uint16_t)(1 + next_random(seed) % 200);
		rule.port_last = (uint16_t)(rule.port_first + next_random(seed) % 3);
	}
	if (next_random(seed) % 4 == 0)
		rule.listener = (int16_t)(next_random(seed) % 4);
	return rule;
}

/* A random segment, near a rule more often than not. */
static struct rs_acl_key
pick_key(uint64_t *seed, const struct rs_acl_rule *list, unsigned int n)
{
	const struct rs_acl_rule *near = &list[next_random(seed) % n];
	struct rs_acl_key key = { .listener = (uint8_t)(next_random(seed) % 8) };

	if (key.listener > 3)
		key.listener = RS_ACL_NO_LISTENER;
	key.source = near->source.addr;
	key.source.b[12 + next_random(seed) % 4] ^= (uint8_t)(next_random(seed) % 4 == 0);
	if (!rs_addr_is_ipv4(&key.source))
		key.source.b[next_random(seed) % 16] ^= (uint8_t)(next_random(seed) % 3 == 0);
	if (next_random(seed) % 4 == 0 || near->any)
		key.source = pick_addr(seed, next_random(seed) % 2);
	key.port = rte_cpu_to_be_16((uint16_t)(1 + next_random(seed) % 210));
	return key;
}

/* Compare the list with the model. @return how many segments it refuses */
static unsigned int
compare(const struct rs_acl *acl, unsigned int n, uint64_t *seed, unsigned int keys)
{
	unsigned int refused = 0;
	unsigned int i;

	for (i = 0; i < keys; i++) {
		struct rs_acl_key key = pick_key(seed, rules, n);
		enum rs_acl_action decided = decide(acl, &key);

		assert_int_equal(decided, model(rules, n, &key));
		refused += decided != RS_ACL_ALLOW;
	}
	return refused;
}

/* Lists of all lengths, with prefixes of all lengths that lie in one another. */
static void
list_decides_as_the_model(void **state)
{
	uint64_t seed = 11;
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 60; round++) {
		unsigned int n = 1 + next_random(&seed) % (1U << round % 10);
		size_t before = heap_in_use();
		struct rs_acl *acl;

		for (i = 0; i < n; i++)
			rules[i] = pick_rule(&seed, next_random(&seed) % 2, 0);
		acl = rs_acl_create(rules, n, 0);
		assert_non_null(acl);
		assert_true(heap_in_use() - before <= rs_acl_memory(n));
		compare(acl, n, &seed, KEYS / 20);
		rs_acl_free(acl);
		assert_int_equal(heap_in_use(), before);
	}
}

/* 10,000 rules, as a list of blocked networks has them; no more memory than is told. */
static void
ten_thousand_rules(void **state)
{
	uint64_t seed = 12;
	unsigned int ipv6, i;

	(void)state;
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		size_t before = heap_in_use();
		struct rs_acl *acl;

		for (i = 0; i < MANY; i++)
			rules[i] = pick_rule(&seed, ipv6, ipv6 ? 40 : 16);
		acl = rs_acl_create(rules, MANY, 0);
		assert_non_null(acl);
		assert_true(heap_in_use() - before <= rs_acl_memory(MANY));
		assert_true(compare(acl, MANY, &seed, KEYS) > KEYS / 10);
		rs_acl_free(acl);
		assert_int_equal(heap_in_use(), before);
	}
}

/* A burst of both families gets the decisions of its segments in its order. */
static void
burst_is_decided_together(void **state)
{
	struct rs_acl_search search;
	uint64_t seed = 13;
	struct rs_acl *acl;
	unsigned int n, i;

	(void)state;
	for (i = 0; i < 200; i++)
		rules[i] = pick_rule(&seed, i % 2, 4);
	acl = rs_acl_create(rules, 200, 0);
	assert_non_null(acl);
	for (n = 1; n <= RS_BURST; n++) {
		for (i = 0; i < n; i++)
			search.keys[i] = pick_key(&seed, rules, 200);
		search.n = n;
		memset(search.actions, 0xff, sizeof(search.actions));
		rs_acl_decide(acl, &search);
		for (i = 0; i < n; i++)
			assert_int_equal(search.actions[i], model(rules, 200, &search.keys[i]));
		assert_true(n == RS_BURST || search.actions[n] == 0xff);
	}
	rs_acl_free(acl);
}

/* A source that an earlier rule allows is no suspect, nor one that no rule names, also beside those
 * that a rule refuses. */
static void
trees_know_each_source(void **state)
{
	const struct rs_acl_rule list[] = {
		{ .action = RS_ACL_ALLOW, .source = { rs_addr_from_ipv4(ADDR(10, 0, 0, 0)), 104 },
			.listener = -1 },
		{ .action = RS_ACL_DROP, .source = { rs_addr_from_ipv4(ADDR(10, 1, 0, 0)), 112 },
			.listener = -1 },
		{ .action = RS_ACL_DROP, .source = { rs_addr_from_ipv4(ADDR(11, 1, 0, 8)), 126 },
			.listener = -1 },
		{ .action = RS_ACL_DROP, .source = { { .b = { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5 } },
			63 }, .listener = -1 },
		{ .action = RS_ACL_DROP, .source = { { .b = { 0x20, 1, 0xd, 0xb8, 1, 2, 7, 7, 5 } },
			65 }, .listener = -1 },
		{ .action = RS_ACL_RESET, .any = true, .port_first = 23, .port_last = 23,
			.listener = -1 },
	};
	const struct { uint8_t bytes[8]; bool suspect; } sources6[] = {
		{ { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 3 }, false },
		{ { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4 }, true },
		{ { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 5 }, true },
		{ { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 6 }, false },
		/* the tree ends within the address, so the rules are asked */
		{ { 0x20, 1, 0xd, 0xb8, 1, 2, 7, 7 }, true },
		{ { 0x20, 1, 0xd, 0xb8, 1, 2, 7, 8 }, false },
	};
	struct rs_acl *acl = rs_acl_create(list, RTE_DIM(list), 0);
	unsigned int i;

	(void)state;
	assert_non_null(acl);
	for (i = 0; i < 16; i++) {
		const uint8_t source[] = { 11, 1, 0, (uint8_t)i };

		assert_int_equal(rs_acl_suspects_ipv4(acl, source), i >= 8 && i < 12);
	}
	assert_false(rs_acl_suspects_ipv4(acl, (uint8_t[]){ 10, 1, 0, 1 }));
	assert_false(rs_acl_suspects_ipv4(acl, (uint8_t[]){ 11, 2, 0, 8 }));
	for (i = 0; i < RTE_DIM(sources6); i++)
		assert_int_equal(rs_acl_suspects_ipv6(acl, sources6[i].bytes), sources6[i].suspect);
	rs_acl_free(acl);
}

/*
 * A prefix of each length, alone or in a wider one of another verdict: the sources at both ends of
 * it and beside it, and those that differ in one bit, have the verdict of the rules.
 */
static void
prefixes_are_exact(void **state)
{
	unsigned int bits, wide, i;

	(void)state;
	for (bits = 17; bits <= RS_ACL_TREE6_BITS; bits++) {
		for (wide = 0; wide < 2; wide++) {
			struct rs_acl_key key = { .listener = RS_ACL_NO_LISTENER,
				.port = RTE_BE16(80) };
			struct rs_acl *acl;

			rules[0] = (struct rs_acl_rule){ .action = RS_ACL_DROP, .listener = -1,
				.source = { .len = (uint8_t)bits, .addr.b = {
					0x20, 0x01, 0x55, 0xaa, 0x5a, 0xa5, 0x33, 0xcc
				} } };
			cut(&rules[0].source);
			rules[1] = (struct rs_acl_rule){ .action = RS_ACL_RESET, .listener = -1,
				.source = { .len = 16, .addr.b = { 0x20, 0x01 } } };
			acl = rs_acl_create(rules, 1 + wide, 0);
			assert_non_null(acl);
			for (i = 0; i <= 2 * 128; i++) {
				key.source = rules[0].source.addr;
				if (i < 128)
					key.source.b[i / 8] ^= (uint8_t)(0x80 >> i % 8);
				else if (i < 2 * 128) /* the last source of a prefix of i - 128 */
					set_bits(&key.source, i - 128);
				assert_int_equal(decide(acl, &key), model(rules, 1 + wide, &key));
			}
			rs_acl_free(acl);
		}
	}
}

/* As many nodes as rules can need: a tree knows all sources, in the memory that is told. */
static void
tree_has_nodes_for_all_rules(void **state)
{
	size_t before = heap_in_use();
	uint64_t seed = 14;
	struct rs_acl *acl;
	unsigned int i;

	(void)state;
	for (i = 0; i < RS_ACL_RULES_MAX; i++) {
		rules[i] = (struct rs_acl_rule){ .action = i % 3, .listener = -1,
			.source = { .len = 64, .addr.b = {
				0x20, (uint8_t)(i >> 8), (uint8_t)i, 1, 2, 3, 4, 5
			} } };
	}
	acl = rs_acl_create(rules, RS_ACL_RULES_MAX, 0);
	assert_non_null(acl);
	assert_false(acl->tree6.undecided);
	assert_null(acl->ipv6);
	assert_true(heap_in_use() - before <= rs_acl_memory(RS_ACL_RULES_MAX));
	for (i = 0; i < RS_ACL_RULES_MAX; i += 7) {
		struct rs_acl_key key = { .listener = RS_ACL_NO_LISTENER, .port = RTE_BE16(80),
			.source = rules[i].source.addr };

		key.source.b[7] ^= (uint8_t)(next_random(&seed) % 2);
		assert_int_equal(decide(acl, &key), key.source.b[7] != 5 ? RS_ACL_ALLOW :
			(int)rules[i].action);
	}
	rs_acl_free(acl);
	assert_int_equal(heap_in_use(), before);
}

static void
wrong_rules_are_refused(void **state)
{
	static const struct rs_acl_rule wrong[] = {
		{ .any = true, .port_first = 9, .port_last = 8, .listener = -1 },
		{ .any = true, .port_last = 8, .listener = -1 },
		{ .any = true, .listener = RS_LISTENERS_MAX },
		{ .any = true, .action = RS_ACL_RESET + 1, .listener = -1 },
		{ .source = { .addr = { .b = { 0x20 } }, .len = 129 }, .listener = -1 },
	};
	size_t before = heap_in_use();
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(wrong); i++)
		assert_null(rs_acl_create(&wrong[i], 1, 0));
	assert_null(rs_acl_create(rules, RS_ACL_RULES_MAX + 1, 0));
	assert_int_equal(heap_in_use(), before);
	rs_acl_free(NULL);
}

/* Give the stack of a fixture a list. */
static struct rs_acl *
start(struct fixture *f, const struct rs_acl_rule *list, unsigned int n)
{
	struct rs_acl *acl = rs_acl_create(list, n, 0);

	assert_non_null(acl);
	f->params.acl = acl;
	fixture_start(f);
	return acl;
}

/* End it: the stack goes before the list. */
static void
end(struct fixture *f, struct rs_acl *acl)
{
	fixture_finish(f);
	rs_acl_free(acl);
}

/* drop is silence towards SYNs to listeners and closed ports, and towards any other segment. */
static void
drop_is_silence(void **state)
{
	const struct rs_acl_rule list = { .action = RS_ACL_DROP, .source = PEER, .listener = -1 };
	struct fixture *f = *state;
	struct rs_acl *acl = start(f, &list, 1);

	burst(f, { .flags = SYN, .seq = f->irs }, { .flags = SYN, .lport = LPORT_CLOSED },
		{ .flags = ACK, .lport = LPORT_CLOSED }, { .flags = ACK },
		{ .flags = SYN, .lport = LPORT_RESET }, { .flags = RST, .lport = LPORT_CLOSED });
	assert_null(fixture_next(f));
	assert_int_equal(f->stack->stats.drop[RS_DROP_acl], 5);
	assert_int_equal(f->stack->stats.reset_received[RS_VERDICT_ignored_closed], 1);
	assert_int_equal(f->stack->stats.tcp.rx_segments, 6);
	assert_int_equal(f->stack->stats.tcp.passive_opens, 0);
	end(f, acl);
}

/* reset is the reset of a closed port (3.10.7.1), with a reason of its own. */
static void
reset_is_that_of_a_closed_port(void **state)
{
	const struct rs_acl_rule list = { .action = RS_ACL_RESET, .source = PEER, .listener = -1 };
	const uint16_t lports[] = { LPORT, LPORT_CLOSED, LPORT_DROP };
	struct fixture *f = *state;
	struct rs_acl *acl = start(f, &list, 1);
	struct rs_reset_record records[16];
	const struct out *out;
	unsigned int i;

	for (i = 0; i < RTE_DIM(lports); i++) {
		burst(f, { .flags = SYN, .seq = 100, .lport = lports[i] });
		out = fixture_expect(f, RST | ACK);
		assert_int_equal(out->seq, 0);
		assert_int_equal(out->ack, 101);
		burst(f, { .flags = ACK, .seq = 100, .ack = 777, .lport = lports[i] });
		out = fixture_expect(f, RST);
		assert_int_equal(out->seq, 777);
	}
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_acl], 2 * RTE_DIM(lports));
	assert_int_equal(rs_stack_resets(f->stack, records, 16), 2 * RTE_DIM(lports));
	for (i = 0; i < 2 * RTE_DIM(lports); i++)
		assert_int_equal(records[i].cause, RS_RESET_acl);
	end(f, acl);
}

/* A rule for a listener concerns its segments only, one for a port all segments to it. */
static void
listener_and_port_match(void **state)
{
	const struct rs_acl_rule list[] = {
		{ .action = RS_ACL_DROP, .any = true, .listener = 0 },
		{ .action = RS_ACL_RESET, .any = true, .port_first = LPORT_CLOSED,
			.port_last = LPORT_CLOSED, .listener = -1 },
	};
	struct fixture *f = *state;
	struct rs_acl *acl = start(f, list, RTE_DIM(list));

	burst(f, { .flags = SYN, .seq = f->irs });
	assert_null(fixture_next(f));
	burst(f, { .flags = SYN, .seq = f->irs, .lport = LPORT_NODELAY });
	fixture_expect(f, SYN | ACK);
	burst(f, { .flags = SYN, .lport = LPORT_CLOSED });
	fixture_expect(f, RST | ACK);
	burst(f, { .flags = SYN, .lport = LPORT_CLOSED + 1 });
	fixture_expect(f, RST | ACK);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_acl], 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_no_listener], 1);
	end(f, acl);
}

/* Give the running stack another list, or none. */
static void
change(struct fixture *f, const struct rs_acl *acl)
{
	struct rs_stack_change *c;

	f->params.acl = acl;
	c = rs_stack_change_create(&f->params);
	assert_non_null(c);
	rs_stack_change(f->stack, c);
	rs_stack_change_free(c);
}

/* An open connection goes on under a list that refuses its peer, also through TIME-WAIT, which a
 * new SYN does not end. */
static void
open_connection_goes_on(void **state)
{
	const struct rs_acl_rule list = { .action = RS_ACL_DROP, .source = PEER, .listener = -1 };
	struct fixture *f = *state;
	struct rs_acl *acl = rs_acl_create(&list, 1, 0);
	struct rs_tcb *tcb;

	fixture_start(f);
	tcb = fixture_reach(f, RS_ESTABLISHED);
	fixture_forget(f);
	change(f, acl);
	f->take = UINT64_MAX;
	burst(f, { .flags = ACK | PSH, .seq = f->irs + 1, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 100 });
	assert_int_equal(f->n_got, 100);
	/* the connection's own SYN and its end, in one burst with a refused SYN */
	burst(f, { .flags = RST, .seq = f->irs + 101 }, { .flags = SYN, .seq = 99 });
	assert_int_equal(f->stack->stats.drop[RS_DROP_acl], 1);
	assert_int_equal(f->notified[ENDED], 1);
	change(f, NULL);
	burst(f, { .flags = SYN, .seq = f->irs });
	fixture_forget(f);
	assert_non_null(fixture_find(f, LPORT, RPORT));
	end(f, acl);
}

static void
time_wait_is_not_reopened(void **state)
{
	const struct rs_acl_rule list = { .action = RS_ACL_RESET, .source = PEER, .listener = -1 };
	struct fixture *f = *state;
	struct rs_acl *acl = rs_acl_create(&list, 1, 0);
	uint32_t i;

	for (i = 0; i < 2; i++) {
		f->params.acl = NULL;
		f->params.tcp.max_time_wait = i * 100; /* a TCB, or a record */
		fixture_start(f);
		fixture_reach(f, RS_TIME_WAIT);
		fixture_run(f);
		fixture_forget(f);
		change(f, acl);
		burst(f, { .flags = SYN, .seq = f->irs + 100000 });
		fixture_expect(f, RST | ACK);
		assert_int_equal(f->stack->stats.tcp.reopened, 0);
		assert_int_equal(f->stack->stats.states[RS_TIME_WAIT], 1);
		change(f, NULL);
		burst(f, { .flags = SYN, .seq = f->irs + 100000 });
		assert_int_equal(f->stack->stats.tcp.reopened, 1);
		fixture_forget(f);
		fixture_finish(f);
	}
	rs_acl_free(acl);
}

/* Rate limits and a stop come behind the list. */
static void
limits_hold_behind_the_list(void **state)
{
	const struct rs_acl_rule list[] = {
		{ .action = RS_ACL_RESET, .any = true, .port_first = LPORT_CLOSED,
			.port_last = LPORT_CLOSED, .listener = -1 },
	};
	struct fixture *f = *state;
	struct rs_acl *acl;
	unsigned int i;

	f->params.resets_per_second = 3;
	acl = start(f, list, RTE_DIM(list));
	for (i = 0; i < 4; i++)
		burst(f, { .flags = SYN, .lport = LPORT_CLOSED },
			{ .flags = SYN, .lport = LPORT_CLOSED + 1 });
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_acl] +
		f->stack->stats.reset_sent[RS_RESET_no_listener], 3);
	assert_int_equal(f->stack->stats.reset_limited[RS_LIMITED_worker], 5);
	rs_stack_stop(f->stack, RS_STOP_FINISH);
	f->now += 1000000;
	burst(f, { .flags = SYN, .lport = LPORT_CLOSED },
		{ .flags = SYN, .lport = LPORT_CLOSED + 1 });
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_shutdown], 1);
	end(f, acl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(list_decides_as_the_model),
		fixture_test(ten_thousand_rules),
		fixture_test(burst_is_decided_together),
		fixture_test(trees_know_each_source),
		fixture_test(tree_has_nodes_for_all_rules),
		fixture_test(prefixes_are_exact),
		fixture_test(wrong_rules_are_refused),
		fixture_test(drop_is_silence),
		fixture_test(reset_is_that_of_a_closed_port),
		fixture_test(listener_and_port_match),
		fixture_test(open_connection_goes_on),
		fixture_test(time_wait_is_not_reopened),
		fixture_test(limits_hold_behind_the_list),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
