/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The engine as a whole: making and unmaking it, busy blocks, and the line for output. */

#include <errno.h>
#include <stdlib.h>

#include "conn/runs.h"
#include "tcp_fixture.h"

/* An engine of its own, with the fixture's parameters. @return rs_tcp_init()'s result */
static int
init(struct fixture *f)
{
	struct rs_tcp *tcp = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_CACHE_LINE_ROUNDUP(sizeof(*tcp)));
	struct rs_stats stats = { .packet = { 0 } };
	struct rs_link link = { .stats = &stats };
	int ret;

	assert_non_null(tcp);
	memset(tcp, 0, sizeof(*tcp));
	ret = rs_tcp_init(tcp, &f->params, &link, &stats, f->now);
	if (ret == 0)
		rs_tcp_fini(tcp);
	free(tcp);
	return ret;
}

/* rstack.h, struct rs_tcp_params: the ranges that are given there, at both ends. */
static void
parameters_are_checked(void **state)
{
#define PARAM(name_, value_, ret_) \
	{ offsetof(struct rs_tcp_params, name_), value_, ret_ }
	const struct { size_t off; uint32_t value; int ret; } cases[] = {
		PARAM(max_connections, 0, -EINVAL), PARAM(max_connections, 1, 0),
		PARAM(max_connections, (UINT32_C(1) << 27) + 1, -EINVAL),
		PARAM(max_time_wait, 0, 0), PARAM(max_time_wait, 1, 0),
		PARAM(max_time_wait, UINT32_C(1) << 26, -EINVAL),
		PARAM(max_busy, 0, -EINVAL), PARAM(max_busy, 1, 0),
		PARAM(max_chunks, 0, -EINVAL), PARAM(max_chunks, 1, 0),
		PARAM(rcv_buf, 0, -EINVAL), PARAM(rcv_buf, 1, 0),
		PARAM(rcv_buf, UINT32_C(1) << 30, 0),
		PARAM(rcv_buf, (UINT32_C(1) << 30) + 1, -EINVAL),
		PARAM(snd_buf, 0, -EINVAL), PARAM(snd_buf, 1, 0),
		PARAM(snd_window, 0, -EINVAL), PARAM(snd_window, 1, 0),
		/* the last of the ports lies behind the first */
		PARAM(local_port_first, UINT32_C(65535) << 16, -EINVAL),
		PARAM(local_port_first, UINT32_C(1023) << 16 | 1024, -EINVAL),
		PARAM(local_port_first, UINT32_C(1024) << 16 | 1024, 0),
		PARAM(msl_ms, 0, -EINVAL), PARAM(msl_ms, 1, 0),
		PARAM(msl_ms, 10 * 60 * 1000, 0), PARAM(msl_ms, 10 * 60 * 1000 + 1, -EINVAL),
		PARAM(rto_initial_ms, 0, -EINVAL), PARAM(rto_initial_ms, 60000, 0),
		PARAM(rto_initial_ms, 60001, -EINVAL), /* beyond rto_max_ms */
		PARAM(rto_min_ms, 0, -EINVAL), PARAM(rto_min_ms, 60000, 0),
		PARAM(rto_min_ms, 60001, -EINVAL),
		PARAM(ack_delay_ms, 0, 0), PARAM(ack_delay_ms, 499, 0),
		PARAM(ack_delay_ms, 500, -EINVAL), /* MUST-40 */
	};
#undef PARAM
	struct fixture *f = *state;
	struct rs_tcp_params defaults = f->params.tcp;
	unsigned int i;

	assert_int_equal(init(f), 0);
	for (i = 0; i < RTE_DIM(cases); i++) {
		f->params.tcp = defaults;
		memcpy((uint8_t *)&f->params.tcp + cases[i].off, &cases[i].value,
			sizeof(cases[i].value));
		if (init(f) != cases[i].ret)
			fail_msg("case %u", i);
	}
}

static void
listeners_are_checked(void **state)
{
	struct fixture *f = *state;
	struct rs_listener *l = &f->listeners[0];

	l->port_first = 0;
	assert_int_equal(init(f), -EINVAL);
	l->port_first = 9;
	l->port_last = 8;
	assert_int_equal(init(f), -EINVAL);
	l->port_first = 1;
	l->port_last = 65535;
	assert_int_equal(init(f), 0);
	f->params.n_listeners = 0;
	assert_int_equal(init(f), 0);
	f->params.n_listeners = RS_LISTENERS_MAX + 1;
	assert_int_equal(init(f), -EINVAL);
}

/* Whichever memory is short, init fails, and frees all that it has allocated. */
static void
memory_that_is_short_is_said(void **state)
{
	struct fixture *f = *state;
	struct rs_tcp_params defaults = f->params.tcp;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		f->params.tcp = defaults;
		f->params.tcp.max_connections = UINT32_C(1) << 24; /* 2 GiB */
		assert_int_equal(init(f), -ENOMEM);
		f->params.tcp = defaults;
		f->params.tcp.max_connections = 300000; /* and more than fits with the rest */
		f->params.tcp.max_busy = UINT32_C(1) << 24;
		assert_int_equal(init(f), -ENOMEM);
		f->params.tcp = defaults;
		f->params.tcp.max_connections = 300000;
		f->params.tcp.max_chunks = UINT32_C(1) << 24;
		assert_int_equal(init(f), -ENOMEM);
	}
	f->params.tcp = defaults;
	f->params.tcp.max_connections = 300000;
	assert_int_equal(init(f), 0);
}

/* The memory of live connections is freed with the engine. */
static void
fini_frees_what_connections_hold(void **state)
{
	struct fixture *f = *state;
	uint16_t i;

	f->take = 0;
	for (i = 1; i <= 20; i++) {
		struct rs_tcb *tcb = fixture_reach_on(f, LPORT, i, RS_ESTABLISHED);

		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .rport = i,
			.data = f->bytes, .len = 700);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt + 1, .ack = tcb->snd_nxt, .rport = i,
			.data = f->bytes, .len = 700);
		rs_conn_send_copy(f->tcp, tcb, f->bytes, 5000);
		if (i % 4 == 0)
			rs_conn_abort(f->tcp, tcb);
	}
	assert_true(in_use(f->mbufs) > 0);
	assert_true(in_use(f->wire) > 0);
	rs_stack_free(f->stack);
	f->stack = NULL;
	assert_int_equal(in_use(f->mbufs), 0);
	assert_int_equal(in_use(f->wire), 0);
	assert_int_equal(f->notified[ENDED], 4); /* buried in the runs since, but for the last */
}

static void
busy_block_is_had_while_something_is_in_it(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb, *other;
	struct rs_busy *busy;

	f->params.tcp.max_busy = 1;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	other = fixture_reach_on(f, LPORT, 2, RS_ESTABLISHED);
	assert_null(rs_tcb_busy(f->tcp, tcb));
	busy = rs_tcb_busy_get(f->tcp, tcb);
	assert_non_null(busy);
	assert_ptr_equal(rs_tcb_busy_get(f->tcp, tcb), busy);
	assert_ptr_equal(rs_tcb_busy(f->tcp, tcb), busy);
	assert_null(rs_tcb_busy_get(f->tcp, other));
	assert_int_equal(f->stack->stats.tcp.no_chunk, 1);
	/* something in it */
	assert_int_not_equal(rs_run_insert(&f->tcp->buf, busy, 0, 1), 0);
	rs_tcb_busy_release(f->tcp, tcb);
	assert_ptr_equal(rs_tcb_busy(f->tcp, tcb), busy);
	rs_runs_clear(&f->tcp->buf, busy);
	/* an urgent pointer ahead */
	busy->urgent = true;
	busy->rcv_up = tcb->rcv_nxt + 1;
	rs_tcb_busy_release(f->tcp, tcb);
	assert_ptr_equal(rs_tcb_busy(f->tcp, tcb), busy);
	busy->rcv_up--;
	rs_tcb_busy_release(f->tcp, tcb);
	assert_null(rs_tcb_busy(f->tcp, tcb));
	rs_tcb_busy_release(f->tcp, tcb);
	assert_non_null(rs_tcb_busy_get(f->tcp, other));
	rs_tcb_busy_release(f->tcp, other);
}

/* Each stands in line at most once, first come first served, round the ring's end. */
static void
line_is_first_come_first_served(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb[3];
	unsigned int i, round;

	f->params.tcp.max_connections = 3;
	for (i = 0; i < 3; i++)
		tcb[i] = fixture_reach_on(f, LPORT, (uint16_t)(i + 1), RS_ESTABLISHED);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 9; i++)
			rs_tcp_owe(f->tcp, tcb[(i + round) % 3], RS_OWES_ACK);
		assert_int_equal(f->tcp->ready.n, 3);
		fixture_run(f);
		for (i = 0; i < 3; i++)
			assert_int_equal(fixture_expect(f, ACK)->rport, (i + round) % 3 + 1);
		assert_null(fixture_next(f));
		assert_int_equal(f->tcp->ready.n, 0);
	}
}

static void
states_are_gauged(void **state)
{
	const enum rs_state all[] = {
		RS_SYN_RECEIVED, RS_ESTABLISHED, RS_FIN_WAIT_1, RS_FIN_WAIT_2, RS_CLOSE_WAIT,
		RS_CLOSING, RS_LAST_ACK, RS_TIME_WAIT,
	};
	struct fixture *f = *state;
	unsigned int i, k;

	fixture_start(f);
	for (i = 0; i < RTE_DIM(all); i++) {
		fixture_reach_on(f, LPORT, (uint16_t)(i + 1), all[i]);
		for (k = 0; k < RTE_DIM(all); k++)
			assert_int_equal(f->stack->stats.states[all[k]], k <= i);
	}
	rs_stack_stop(f->stack, RS_STOP_RESET);
	fixture_run(f);
	fixture_forget(f);
	for (i = 0; i < RS_STATE_MAX; i++)
		assert_int_equal(f->stack->stats.states[i], 0);
}

static void
connections_move_to_a_neighbour_if_there_is_room(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	struct rte_mbuf *m;
	struct rs_pool_use use;
	uint16_t neigh;

	f->params.max_neighbours = 1;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	neigh = tcb->neigh;
	m = fixture_frame(f, &(struct seg){ .mac = 0x42 });
	rs_tcp_move(f->tcp, tcb, m); /* the table is full: it stays where it is */
	assert_int_equal(tcb->neigh, neigh);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.neighbours, 1);
	rte_pktmbuf_free(m);
	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	fixture_finish(f);
	f->params.max_neighbours = 2;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	m = fixture_frame(f, &(struct seg){ .mac = 0x42 });
	rs_tcp_move(f->tcp, tcb, m);
	assert_true(rs_neigh_is(f->tcp->link, tcb->neigh, m));
	rte_pktmbuf_free(m);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.neighbours, 1); /* the one before has nobody left */
}

/* The MSS that is announced: as configured, or of the port's MTU (MUST-67). */
static void
announced_mss_is_of_the_port(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->port.mtu = 1280;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_tcp_rmss(f->tcp, tcb), 1240);
	fixture_finish(f);
	f->params.tcp.mss = 1234;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_tcp_rmss(f->tcp, tcb), 1234);
}

/* A segment arrives that came over a router, whose way back is the way of the answers (MUST-53). */
static void
come_over_router(struct fixture *f, struct rs_tcb *tcb)
{
	/* a loose source route of one hop, 192.0.2.7, which is at its end (RFC 791 3.1) */
	uint8_t datagram[28] = { 0x47, [20] = 0x83, 7, 8, 192, 0, 2, 7 };
	struct rte_mbuf m = { .buf_addr = datagram };
	struct rs_segment seg = { .l3_off = 0 };

	rs_ip_extra_learn(f->tcp, tcb, &seg, &m);
}

/* Few connections have a DiffServ field or a route of their own: the next one has no room. */
static void
ip_header_part_of_its_own_is_for_few(void **state)
{
	const struct rs_source_route none = { .len = 0 };
	struct fixture *f = *state;
	struct rs_tcb *tcb = NULL, *first = NULL;
	unsigned int n = 0;
	int ret = 0;

	f->params.tcp.max_connections = RS_IP_EXTRAS_MAX + 1;
	f->params.tcp.max_half_open = 8;
	f->params.tcp.source_route = true;
	for (; n <= RS_IP_EXTRAS_MAX && ret == 0; n++) {
		tcb = fixture_reach_on(f, LPORT, (uint16_t)(1000 + n), RS_ESTABLISHED);
		ret = rs_conn_set_tos(f->tcp, tcb, 0x28);
		if (n == 0)
			first = tcb;
	}
	assert_int_equal(ret, -ENOBUFS);
	assert_int_equal(n, RS_IP_EXTRAS_MAX + 1);
	assert_int_equal(f->stack->stats.tcp.no_ip_extra, 1);
	assert_false(rs_ip_extra_open(f->tcp, tcb, &none));
	come_over_router(f, tcb);
	assert_int_equal(f->stack->stats.tcp.no_ip_extra, 3);
	assert_null(rs_tcb_ip_extra(f->tcp, tcb));
	assert_int_equal(rs_conn_set_tos(f->tcp, first, 0xb8), 0); /* it has one */
	assert_int_equal(rs_ip_extra_of(f->tcp, first)->tos, 0xb8);
	/* a connection that ends gives its part back */
	rs_conn_abort(f->tcp, first);
	assert_int_equal(rs_conn_set_tos(f->tcp, first, 0x28), -ENOTCONN);
	fixture_run(f);
	fixture_forget(f);
	assert_int_equal(rs_conn_set_tos(f->tcp, tcb, 0x28), 0);
}

/* Two flags of one bit would each be taken for the other. */
static void
tcp_flags_have_bits_of_their_own(void **state __rte_unused)
{
	static const uint32_t flags[] = {
		RS_F_READY, RS_F_TIMER, RS_F_T_RTX, RS_F_T_ACK, RS_F_T_LIFE, RS_F_NODELAY,
		RS_F_KEEPALIVE, RS_F_REOPENED, RS_F_OPENED, RS_F_FIN_QUEUED, RS_F_FIN_SENT,
		RS_F_FIN_RCVD, RS_F_RX_CLOSED, RS_F_WANT_WRITE, RS_F_LINGER_ZERO, RS_F_WSCALE,
		RS_F_BUSY, RS_F_ACTIVE, RS_F_SACK, RS_F_TS, RS_F_TS_STALE, RS_F_ECN, RS_F_ECE,
		RS_F_CWR, RS_F_T_PACE, RS_F_UTO, RS_F_FINISH, RS_F_OLD_TS, RS_F_WAITS,
		RS_F_UTO_SET,
	};
	uint32_t seen = 0;
	unsigned int i;

	for (i = 0; i < RTE_DIM(flags); i++) {
		assert_int_equal(__builtin_popcount(flags[i]), 1);
		assert_int_equal(seen & flags[i], 0);
		seen |= flags[i];
	}
}

static void
abort_on_error(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_error error, uint32_t detail)
{
	assert_int_equal(error, RS_ERROR_ICMP);
	assert_int_equal(detail, 3 << 8 | 2);
	rs_conn_abort(tcp, tcb);
}

/* A service that ends its connection when it hears of an error: that is its end, once. */
static void
error_that_a_service_answers_with_an_abort(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->service.error = abort_on_error;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 100), 100);
	fixture_run(f);
	f->stack->link.errors[0] = (struct rs_icmp_error){ .tuple = tcb->tuple,
		.seq = tcb->snd_una, .type = 3, .code = 2, .kind = RS_ICMP_HARD };
	f->stack->link.n_errors = 1;
	rs_tcp_icmp(f->tcp);
	assert_int_equal(f->stack->stats.tcp.icmp_taken, 1);
	assert_int_equal(tcb->state, RS_CLOSED);
	fixture_run(f);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_ABORTED);
	assert_int_equal(f->tcp->listener_stats[0].open, 0);
	assert_int_equal(f->tcp->listener_stats[0].aborted, 1);
	assert_null(rs_stack_audit(f->stack));
	fixture_forget(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_flags_have_bits_of_their_own),
		fixture_test(parameters_are_checked),
		fixture_test(listeners_are_checked),
		fixture_test(memory_that_is_short_is_said),
		fixture_test(fini_frees_what_connections_hold),
		fixture_test(busy_block_is_had_while_something_is_in_it),
		fixture_test(line_is_first_come_first_served),
		fixture_test(states_are_gauged),
		fixture_test(connections_move_to_a_neighbour_if_there_is_room),
		fixture_test(announced_mss_is_of_the_port),
		fixture_test(ip_header_part_of_its_own_is_for_few),
		fixture_test(error_that_a_service_answers_with_an_abort),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
