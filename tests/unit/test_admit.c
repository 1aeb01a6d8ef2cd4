/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The limits on the connections of a listener, and the table of peers behind max_per_source. */

#include "tcp_fixture.h"

/* A connection of another peer changes from one state to another. */
static void
change(struct fixture *f, const struct rs_addr *peer, enum rs_state from, enum rs_state to)
{
	struct rs_tcb tcb = { .tuple.raddr = *peer, .state = (uint8_t)from };

	rs_admit_state(f->tcp, &tcb, to);
}

static bool
admits(struct fixture *f, const struct rs_addr *peer)
{
	const struct rs_tuple tuple = { .raddr = *peer };

	return rs_admit(f->tcp, &f->listeners[0], &tuple);
}

/* A SYN beyond max_connections gets no answer; when a connection ends, the next one does. */
static void
syn_beyond_max_connections_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->listeners[0].max_connections = 2;
	tcb = fixture_reach_on(f, LPORT, 1000, RS_ESTABLISHED);
	fixture_reach_on(f, LPORT, 1001, RS_SYN_RECEIVED);
	burst(f, { .flags = SYN, .seq = f->irs, .rport = 1002 });
	assert_null(fixture_next(f));
	assert_null(fixture_find(f, LPORT, 1002));
	assert_int_equal(f->stack->stats.drop[RS_DROP_listener_full], 1);
	/* other listeners have their own */
	fixture_reach_on(f, LPORT_NODELAY, 1002, RS_ESTABLISHED);
	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	fixture_reach_on(f, LPORT, 1002, RS_ESTABLISHED);
}

static void
time_wait_does_not_count(void **state)
{
	struct fixture *f = *state;

	f->listeners[0].max_connections = 1;
	f->listeners[0].max_per_source = 1;
	fixture_reach_on(f, LPORT, 1000, RS_TIME_WAIT);
	fixture_reach_on(f, LPORT, 1001, RS_ESTABLISHED);
	burst(f, { .flags = SYN, .seq = f->irs, .rport = 1002 });
	assert_null(fixture_next(f));
}

/* A SYN cookie takes no place, so the ACK that brings it back is what the limit refuses. */
static void
ack_of_a_cookie_beyond_max_connections_is_dropped(void **state)
{
	struct fixture *f = *state;
	uint32_t iss[2];
	uint16_t i;

	f->listeners[0].max_connections = 1;
	f->params.tcp.syn_cookies = RS_COOKIES_ALWAYS;
	fixture_start(f);
	for (i = 0; i < 2; i++) {
		burst(f, { .flags = SYN, .seq = f->irs, .rport = (uint16_t)(1000 + i) });
		iss[i] = fixture_expect(f, SYN | ACK)->seq;
	}
	for (i = 0; i < 2; i++) {
		burst(f, { .flags = ACK, .seq = f->irs + 1, .ack = iss[i] + 1,
			.rport = (uint16_t)(1000 + i) });
		assert_null(fixture_next(f));
	}
	assert_non_null(fixture_find(f, LPORT, 1000));
	assert_null(fixture_find(f, LPORT, 1001));
	assert_int_equal(f->stack->stats.drop[RS_DROP_listener_full], 1);
}

/* A forged source is locked out only until its half-open connections end. */
static void
syn_beyond_max_per_source_is_dropped(void **state)
{
	struct fixture *f = *state;
	const struct rs_addr other = rs_addr_from_ipv4(RTE_BE32(0xc0000264));
	unsigned int i;

	f->listeners[0].max_per_source = 3;
	for (i = 0; i < 3; i++)
		fixture_reach_on(f, LPORT, (uint16_t)(1000 + i), RS_SYN_RECEIVED);
	burst(f, { .flags = SYN, .seq = f->irs, .rport = 1003 });
	assert_null(fixture_next(f));
	assert_int_equal(f->stack->stats.drop[RS_DROP_source_full], 1);
	assert_true(admits(f, &other));
	f->now += f->params.tcp.r2_syn_ms * UINT64_C(1000);
	fixture_after(f, 200);
	fixture_forget(f);
	fixture_reach_on(f, LPORT, 1003, RS_ESTABLISHED);
}

/* An IPv6 host counts as its /64, an IPv4 host as itself. */
static void
hosts_of_a_64_are_one_source(void **state)
{
	struct fixture *f = *state;
	const struct rs_addr a = { .b = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9, 9 } };
	const struct rs_addr same = { .b = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 8, 8, 8 } };
	const struct rs_addr next = { .b = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 2, 9, 9 } };
	const struct rs_addr v4 = rs_addr_from_ipv4(RTE_BE32(0xc0000264));
	const struct rs_addr next_v4 = rs_addr_from_ipv4(RTE_BE32(0xc0000265));

	f->listeners[0].max_per_source = 1;
	fixture_start(f);
	change(f, &a, RS_CLOSED, RS_SYN_RECEIVED);
	assert_false(admits(f, &same));
	assert_true(admits(f, &next));
	change(f, &v4, RS_CLOSED, RS_SYN_RECEIVED);
	assert_false(admits(f, &v4));
	assert_true(admits(f, &next_v4));
	change(f, &a, RS_SYN_RECEIVED, RS_CLOSED);
	change(f, &v4, RS_ESTABLISHED, RS_TIME_WAIT);
	assert_true(admits(f, &same));
	assert_true(admits(f, &v4));
}

/* The table against an array of counts, as full as it can be: one peer for each TCB. */
static void
table_of_peers_is_exact(void **state)
{
	struct fixture *f = *state;
	uint32_t counts[512] = { 0 };
	uint32_t used = 0, i, n;
	uint64_t seed = 4;

	f->listeners[0].max_per_source = 1000;
	fixture_start(f);
	for (n = 0; n < 100000; n++) {
		uint32_t host = (uint32_t)(next_random(&seed) % RTE_DIM(counts));
		const struct rs_addr peer = rs_addr_from_ipv4(rte_cpu_to_be_32(0x0a000000 + host));
		bool begins = next_random(&seed) % 2 == 0;

		if (begins ? used == f->params.tcp.max_connections : counts[host] == 0)
			continue;
		change(f, &peer, begins ? RS_CLOSED : RS_ESTABLISHED,
			begins ? RS_SYN_RECEIVED : RS_CLOSED);
		counts[host] += begins ? 1 : UINT32_MAX;
		used += begins ? 1 : UINT32_MAX;
	}
	for (i = 0; i < RTE_DIM(counts); i++) {
		const struct rs_addr peer = rs_addr_from_ipv4(rte_cpu_to_be_32(0x0a000000 + i));

		f->listeners[0].max_per_source = counts[i] + 1;
		assert_true(admits(f, &peer));
		for (n = counts[i]; n > 0; n--) {
			f->listeners[0].max_per_source = counts[i];
			assert_int_equal(admits(f, &peer), n != counts[i]);
			change(f, &peer, RS_ESTABLISHED, RS_CLOSED);
		}
	}
	assert_int_equal(f->tcp->limits[0].open, 0);
	for (i = 0; i <= f->tcp->sources.mask; i++)
		assert_int_equal(f->tcp->sources.slots[i].count, 0);
	f->listeners[0].max_per_source = 1000;
}

/* A table is made for the listeners that the stack has, if one of them needs it. */
static void
table_of_peers_is_made_if_a_listener_needs_it(void **state __rte_unused)
{
	struct rs_listener listeners[] = { { .max_per_source = 0 }, { .max_per_source = 1 } };
	struct rs_stack_params params = { .listeners = listeners, .n_listeners = 1,
		.tcp.max_connections = 10 };

	assert_int_equal(rs_admit_memory(&params), 0);
	params.n_listeners = 2;
	assert_true(rs_admit_memory(&params) >= 10 * sizeof(struct rs_source));
	params.listeners = NULL;
	assert_int_equal(rs_admit_memory(&params), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(syn_beyond_max_connections_is_dropped),
		fixture_test(time_wait_does_not_count),
		fixture_test(ack_of_a_cookie_beyond_max_connections_is_dropped),
		fixture_test(syn_beyond_max_per_source_is_dropped),
		fixture_test(hosts_of_a_64_are_one_source),
		fixture_test(table_of_peers_is_exact),
		cmocka_unit_test(table_of_peers_is_made_if_a_listener_needs_it),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
