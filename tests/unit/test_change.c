/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rs_stack_change(): new listeners, prefixes and limits, while connections go on. */

#include "tcp_fixture.h"

/* The listeners after the change; the stack refers to them, so they outlive a test's end. */
static struct rs_listener next[LISTENERS + 2];

/* Begin with the listeners of the fixture. */
static void
setup(struct fixture *f)
{
	fixture_start(f);
	memset(next, 0, sizeof(next));
	memcpy(next, f->listeners, sizeof(f->listeners));
	f->params.listeners = next;
	f->params.n_listeners = LISTENERS + 2;
}

/* Change the stack to f->params. */
static void
change(struct fixture *f)
{
	struct rs_stack_change *c = rs_stack_change_create(&f->params);

	assert_non_null(c);
	assert_false(rs_stack_change_applied(c));
	rs_stack_change(f->stack, c);
	assert_true(rs_stack_change_applied(c));
	rs_stack_change_free(c);
	assert_null(rs_stack_audit(f->stack));
}

/* The flags of the answer to a SYN; 0: there is none. */
static uint8_t
answer(struct fixture *f, uint16_t lport)
{
	const struct out *out;

	burst(f, { .flags = SYN, .seq = f->irs, .lport = lport, .rport = 3000 });
	out = fixture_next(f);
	return out != NULL ? out->flags : 0;
}

/* A listener takes its ports away; its connections live on, up to and through TIME-WAIT. */
static void
connection_of_a_listener_that_is_gone_lives_on(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	setup(f);
	tcb = fixture_reach(f, RS_ESTABLISHED);
	next[0].port_first = 0;
	next[0].port_last = 0;
	change(f);
	assert_int_equal(answer(f, LPORT), RST | ACK);
	assert_false(rs_stack_listener_over(f->stack, 0));
	f->take = UINT64_MAX;
	burst(f, { .flags = ACK | PSH, .seq = f->irs + 1, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 100 });
	assert_int_equal(f->n_got, 100);
	fixture_forget(f);
	burst(f, { .flags = RST, .seq = f->irs + 101 });
	fixture_run(f);
	assert_int_equal(f->notified[ENDED], 1);
	assert_true(rs_stack_listener_over(f->stack, 0));
}

static unsigned int asked;

static bool
other_stack_takes(void *arg __rte_unused, const struct rs_tuple *tuple, struct rte_mbuf *m)
{
	assert_int_equal(tuple->lport, LPORT);
	rte_pktmbuf_free(m);
	asked++;
	return true;
}

/* Another stack may have a connection of a listener that is gone. */
static void
segment_to_a_listener_that_is_gone_is_handed_over(void **state)
{
	struct fixture *f = *state;
	const struct rs_tuple tuple = { .lport = LPORT };
	const struct rs_tuple closed = { .lport = LPORT_CLOSED };
	bool seek = true;

	f->params.hand_over = other_stack_takes;
	f->params.seek = &seek;
	asked = 0;
	setup(f);
	next[0].port_first = 0;
	next[0].port_last = 0;
	change(f);
	burst(f, { .flags = ACK | PSH, .seq = 1, .ack = 2, .data = f->bytes, .len = 100 });
	assert_null(fixture_next(f));
	assert_int_equal(asked, 1);
	assert_true(rs_stack_seeks(f->stack, &tuple));
	assert_false(rs_stack_seeks(f->stack, &closed));
	/* a port that was never listened to has no connection anywhere */
	burst(f, { .flags = ACK, .seq = 1, .ack = 2, .lport = LPORT_CLOSED });
	assert_int_equal(fixture_next(f)->flags, RST);
	assert_int_equal(asked, 1);
	/* with a hash that is known, none has come here */
	seek = false;
	burst(f, { .flags = ACK, .seq = 1, .ack = 2 });
	assert_int_equal(fixture_next(f)->flags, RST);
	assert_int_equal(asked, 1);
	assert_false(rs_stack_seeks(f->stack, &tuple));
}

/* A passive connection of a port that is no listener's must not touch the count of active ones. */
static void
port_that_was_listened_to_stays_looked_up(void **state)
{
	struct fixture *f = *state;

	setup(f);
	fixture_reach(f, RS_ESTABLISHED);
	next[0].port_first = 0;
	next[0].port_last = 0;
	change(f);
	burst(f, { .flags = RST, .seq = f->irs + 1 });
	assert_int_equal(f->tcp->active[LPORT], 0);
	assert_true(rs_portset_has(&f->tcp->lookup, LPORT));
	assert_false(rs_portset_has(&f->tcp->lookup, LPORT_CLOSED));
}

static void
another_listener_begins_with_new_counters(void **state)
{
	struct fixture *f = *state;

	setup(f);
	fixture_reach(f, RS_ESTABLISHED);
	fixture_reach_on(f, LPORT_NODELAY, 1001, RS_ESTABLISHED);
	burst(f, { .flags = RST, .seq = f->irs + 1, .lport = LPORT_NODELAY, .rport = 1001 });
	fixture_run(f);
	next[0].nodelay = true;     /* the same */
	next[1].id = 7;             /* another */
	next[LISTENERS + 1] = (struct rs_listener){ .id = 8, .port_first = LPORT_CLOSED,
		.port_last = LPORT_CLOSED, .service = &f->service, .arg = f };
	change(f);
	assert_int_equal(rs_stack_listener_stats(f->stack, 0)->accepted, 1);
	assert_int_equal(rs_stack_listener_stats(f->stack, 1)->accepted, 0);
	assert_int_equal(answer(f, LPORT_CLOSED), SYN | ACK);
	assert_int_equal(rs_stack_listener_stats(f->stack, LISTENERS + 1)->accepted, 1);
}

/* A listener is another one if its service, or what belongs to that, is. */
static void
another_service_begins_with_new_counters(void **state)
{
	struct fixture *f = *state;
	struct rs_service other;
	int arg;

	setup(f);
	other = f->service;
	fixture_reach(f, RS_ESTABLISHED);
	fixture_reach_on(f, LPORT_NODELAY, 1001, RS_ESTABLISHED);
	burst(f, { .flags = RST, .seq = f->irs + 1 });
	burst(f, { .flags = RST, .seq = f->irs + 1, .lport = LPORT_NODELAY, .rport = 1001 });
	fixture_run(f);
	next[0].service = &other;
	next[1].arg = &arg;
	change(f);
	assert_int_equal(rs_stack_listener_stats(f->stack, 0)->accepted, 0);
	assert_int_equal(rs_stack_listener_stats(f->stack, 1)->accepted, 0);
}

/* A limit that is new counts the connections of the listener with the new id, not older ones. */
static void
limit_that_is_new_counts_new_connections(void **state)
{
	struct fixture *f = *state;

	setup(f);
	fixture_reach(f, RS_ESTABLISHED);
	next[6] = next[0];
	next[6].id = 9;
	next[6].max_connections = 1;
	next[6].max_per_source = 1;
	next[0].port_first = 0;
	next[0].port_last = 0;
	change(f);
	assert_int_equal(answer(f, LPORT), SYN | ACK);
	burst(f, { .flags = SYN, .seq = f->irs, .rport = 3001 });
	assert_null(fixture_next(f));
	assert_int_equal(f->stack->stats.drop[RS_DROP_listener_full], 1);
	/* the older one ends, which frees no place */
	burst(f, { .flags = RST, .seq = f->irs + 1 });
	burst(f, { .flags = SYN, .seq = f->irs, .rport = 3001 });
	assert_null(fixture_next(f));
	/* a higher limit of the same listener counts those that it has */
	next[6].max_connections = 2;
	next[6].max_per_source = 2;
	change(f);
	burst(f, { .flags = SYN, .seq = f->irs, .rport = 3001 });
	assert_non_null(fixture_next(f));
	burst(f, { .flags = SYN, .seq = f->irs, .rport = 3002 });
	assert_null(fixture_next(f));
}

/* Rate limits of resets begin and end; a limit that stays keeps its bucket. */
static void
limits_of_resets_change(void **state)
{
	struct fixture *f = *state;

	setup(f);
	f->params.resets_per_second = 1;
	change(f);
	assert_int_equal(answer(f, LPORT_CLOSED), RST | ACK);
	assert_int_equal(answer(f, LPORT_CLOSED), 0);
	f->params.icmp_errors_per_second = 5;
	change(f);
	assert_int_equal(answer(f, LPORT_CLOSED), 0);
	f->params.resets_per_source = 1;
	f->params.resets_per_second = 0;
	change(f);
	assert_int_equal(answer(f, LPORT_CLOSED), RST | ACK);
	change(f);
	assert_int_equal(answer(f, LPORT_CLOSED), 0);
	f->params.resets_per_source = 0;
	change(f);
	assert_int_equal(answer(f, LPORT_CLOSED), RST | ACK);
}

static void
closed_ports_drop_and_reset_again(void **state)
{
	struct fixture *f = *state;

	setup(f);
	f->params.tcp.closed_drop = true;
	next[4].drop = true;
	change(f);
	assert_int_equal(answer(f, LPORT_CLOSED), 0);
	assert_int_equal(answer(f, LPORT_RESET), 0);
	f->params.tcp.closed_drop = false;
	next[4].drop = false;
	change(f);
	assert_int_equal(answer(f, LPORT_CLOSED), RST | ACK);
	assert_int_equal(answer(f, LPORT_RESET), RST | ACK);
}

static void
prefixes_change(void **state)
{
	struct fixture *f = *state;
	const struct rs_prefix prefix = { rs_addr_from_ipv4(RTE_BE32(0xc6120000)),
		RS_ADDR_IPV4_BITS + 15 };
	const uint16_t port = f->port.id;

	setup(f);
	f->params.terminate = &prefix;
	f->params.terminate_port = &port;
	f->params.n_terminate = 1;
	change(f);
	assert_true(rs_link_owns(&f->stack->link, port, &prefix.addr));
	assert_true(rs_link_owns(&f->stack->link, port, &f->port.subnet.addr));
	f->params.n_terminate = 0;
	change(f);
	assert_false(rs_link_owns(&f->stack->link, port, &prefix.addr));
	assert_true(rs_link_owns(&f->stack->link, port, &f->port.subnet.addr));
}

/*
 * RFC 4862 5.4.5: an address that another host has must not be used, and a change that leaves it in
 * place does not detect it anew; one that is new starts as any does.
 */
static void
ipv6_addresses_keep_their_state(void **state)
{
	const struct rs_addr first = { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } };
	const struct rs_addr second = { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 2 } };
	struct fixture *f = *state;
	struct rs_link *link;

	f->port.subnets6[0] = (struct rs_prefix){ first, 64 };
	f->port.n_subnets6 = 1;
	f->params.dad_silent = true;
	setup(f);
	link = &f->stack->link;
	assert_true(rs_addr_equal(&link->owned6[0].value, &first));
	link->owned6[0].state = RS_OWN_DUPLICATE;
	change(f);
	assert_int_equal(link->owned6[0].state, RS_OWN_DUPLICATE);
	f->port.subnets6[0].addr = second;
	change(f);
	assert_true(rs_addr_equal(&link->owned6[0].value, &second));
	assert_int_not_equal(link->owned6[0].state, RS_OWN_DUPLICATE);
}

/* A plain IPv6 frame is compared with one address, which must not outlive its prefix. */
static void
plain_ipv6_frames_follow_the_prefixes(void **state)
{
	static const struct rs_prefix before = { { .b = { 0x20, 1, 0x0d, 0xb8, 1 } }, 64 };
	static const struct rs_prefix after = { { .b = { 0x20, 1, 0x0d, 0xb8, 2 } }, 64 };
	struct fixture *f = *state;
	const uint16_t port = f->port.id;
	const struct rs_port_words6 *words;

	f->params.terminate = &before;
	f->params.terminate_port = &port;
	f->params.n_terminate = 1;
	setup(f);
	words = &f->stack->link.words6[port];
	assert_true(rs_addr_equal(&words->addr, &before.addr));
	f->params.terminate = &after;
	change(f);
	assert_true(rs_addr_equal(&words->addr, &after.addr));
	f->params.n_terminate = 0;
	change(f);
	assert_true(rs_addr_is_zero(&words->addr));
	assert_int_equal(words->head[1], 0);
}

/* A change that cannot be made is refused before the stack is touched. */
static void
bad_change_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct rs_prefix own = { f->port.subnet.addr, RS_ADDR_IPV4_BITS + 32 };
	const uint16_t port = RS_PORTS_MAX;

	setup(f);
	next[0].port_last = LPORT - 1;
	assert_null(rs_stack_change_create(&f->params));
	next[0].port_last = LPORT;
	f->params.n_listeners = RS_LISTENERS_MAX + 1;
	assert_null(rs_stack_change_create(&f->params));
	f->params.n_listeners = LISTENERS;
	f->params.terminate = &own;
	f->params.terminate_port = &port;
	f->params.n_terminate = 1;
	assert_null(rs_stack_change_create(&f->params));
	f->params.n_terminate = 0;
	assert_int_equal(answer(f, LPORT), SYN | ACK);
}

/* Listeners that stop may be silent, so that peers try another host. */
static void
stop_may_be_silent(void **state)
{
	struct fixture *f = *state;

	setup(f);
	f->params.tcp.stop_drop = true;
	change(f);
	rs_stack_stop(f->stack, RS_STOP_FINISH);
	assert_int_equal(answer(f, LPORT), 0);
	assert_int_equal(answer(f, LPORT_CLOSED), RST | ACK);
}

/* The connections of one listener finish, or are reset with the reason of a stop. */
static void
kill_some_stops_a_listener(void **state)
{
	struct fixture *f = *state;
	const struct rs_conn_filter filter = { .listener = 0 };
	uint64_t position = 0;

	setup(f);
	fixture_reach(f, RS_ESTABLISHED);
	fixture_reach_on(f, LPORT_NODELAY, 1001, RS_ESTABLISHED);
	fixture_forget(f);
	assert_int_equal(rs_stack_kill_some(f->stack, &filter, RS_KILL_STOP_FINISH, &position), 1);
	fixture_run(f);
	fixture_expect(f, FIN | ACK);
	position = 0;
	assert_int_equal(rs_stack_kill_some(f->stack, &filter, RS_KILL_STOP_RESET, &position), 1);
	fixture_run(f);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_shutdown], 1);
	assert_non_null(fixture_find(f, LPORT_NODELAY, 1001));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(connection_of_a_listener_that_is_gone_lives_on),
		fixture_test(segment_to_a_listener_that_is_gone_is_handed_over),
		fixture_test(port_that_was_listened_to_stays_looked_up),
		fixture_test(another_listener_begins_with_new_counters),
		fixture_test(another_service_begins_with_new_counters),
		fixture_test(limit_that_is_new_counts_new_connections),
		fixture_test(limits_of_resets_change),
		fixture_test(closed_ports_drop_and_reset_again),
		fixture_test(prefixes_change),
		fixture_test(ipv6_addresses_keep_their_state),
		fixture_test(plain_ipv6_frames_follow_the_prefixes),
		fixture_test(bad_change_is_refused),
		fixture_test(stop_may_be_silent),
		fixture_test(kill_some_stops_a_listener),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
