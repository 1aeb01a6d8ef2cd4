/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* CLOSE and ABORT (RFC 9293 3.10.4, 3.10.5) in each state, and how a connection ends. */

#include <errno.h>

#include "tcp_fixture.h"

static void
arrive(struct fixture *f, const struct rs_tcb *tcb, uint32_t off, uint16_t len)
{
	input(f, .flags = ACK, .seq = f->irs + 1 + off, .ack = tcb->snd_nxt,
		.data = &f->bytes[off], .len = len, .lport = tcb->tuple.lport);
}

/* A call on a connection in a state, and the state after it. */
struct call {
	enum rs_state state;
	int ret;
	enum rs_state after;    /* before anything is sent; CLOSED: it is gone */
	uint8_t sends;          /* flags, 0: nothing */
};

static void
check_calls(struct fixture *f, int (*call)(struct rs_tcp *tcp, struct rs_tcb *conn),
	const struct call *want, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct rs_tcb *tcb = fixture_reach(f, want[i].state);

		assert_int_equal(call(f->tcp, tcb), want[i].ret);
		assert_int_equal(tcb->state, want[i].after);
		assert_int_equal(fixture_find(f, LPORT, RPORT) == NULL,
			want[i].after == RS_CLOSED);
		fixture_run(f);
		if (want[i].sends != 0)
			fixture_expect(f, want[i].sends);
		assert_null(fixture_next(f));
		fixture_finish(f);
	}
}

/* 3.10.4; CLOSE-WAIT's FIN makes it LAST-ACK when it is sent. */
static void
shutdown_by_state(void **state)
{
	const struct call want[] = {
		{ RS_ESTABLISHED, 0, RS_FIN_WAIT_1, FIN | ACK },
		{ RS_CLOSE_WAIT, 0, RS_CLOSE_WAIT, FIN | ACK },
		{ RS_FIN_WAIT_1, -EPIPE, RS_FIN_WAIT_1, 0 },
		{ RS_FIN_WAIT_2, -EPIPE, RS_FIN_WAIT_2, 0 },
		{ RS_CLOSING, -EPIPE, RS_CLOSING, 0 },
		{ RS_LAST_ACK, -EPIPE, RS_LAST_ACK, 0 },
		{ RS_TIME_WAIT, -EPIPE, RS_TIME_WAIT, 0 },
	};

	check_calls(*state, rs_conn_shutdown, want, RTE_DIM(want));
}

static void
close_by_state(void **state)
{
	const struct call want[] = {
		{ RS_ESTABLISHED, 0, RS_FIN_WAIT_1, FIN | ACK },
		{ RS_CLOSE_WAIT, 0, RS_CLOSE_WAIT, FIN | ACK },
		{ RS_FIN_WAIT_1, 0, RS_FIN_WAIT_1, 0 },
		{ RS_FIN_WAIT_2, 0, RS_FIN_WAIT_2, 0 },
		{ RS_CLOSING, 0, RS_CLOSING, 0 },
		{ RS_LAST_ACK, 0, RS_LAST_ACK, 0 },
		{ RS_TIME_WAIT, 0, RS_TIME_WAIT, 0 },
	};

	check_calls(*state, rs_conn_close, want, RTE_DIM(want));
}

/* 3.10.5: a reset in the first four, none in the last three. */
static void
abort_by_state(void **state)
{
	const struct call want[] = {
		{ RS_SYN_RECEIVED, 0, RS_CLOSED, RST },
		{ RS_ESTABLISHED, 0, RS_CLOSED, RST },
		{ RS_FIN_WAIT_1, 0, RS_CLOSED, RST },
		{ RS_FIN_WAIT_2, 0, RS_CLOSED, RST },
		{ RS_CLOSE_WAIT, 0, RS_CLOSED, RST },
		{ RS_CLOSING, 0, RS_CLOSED, 0 },
		{ RS_LAST_ACK, 0, RS_CLOSED, 0 },
		{ RS_TIME_WAIT, 0, RS_CLOSED, 0 },
	};

	check_calls(*state, rs_conn_abort, want, RTE_DIM(want));
}

static void
calls_on_a_dead_connection_say_so(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_int_equal(rs_conn_abort(f->tcp, tcb), 0);
	assert_int_equal(rs_conn_abort(f->tcp, tcb), -ENOTCONN);
	assert_int_equal(rs_conn_close(f->tcp, tcb), -ENOTCONN);
	assert_int_equal(rs_conn_shutdown(f->tcp, tcb), -ENOTCONN);
	fixture_run(f);
	fixture_expect(f, RST);
	assert_null(fixture_next(f));
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_abort], 1);
}

/* Linger 0: close is an abort, in its own name (3.10.5, SHLD-2). */
static void
close_with_linger_zero_is_an_abort(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach_on(f, LPORT_LINGER, RPORT, RS_ESTABLISHED);
	uint32_t snd_nxt = tcb->snd_nxt;

	rs_conn_send(f->tcp, tcb, f->bytes, 100);
	assert_int_equal(rs_conn_close(f->tcp, tcb), 0);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, RST)->seq, snd_nxt);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_linger], 1);
	assert_int_equal(f->how, RS_END_ABORTED);
}

/* SHLD-3: data that was received and not read is lost by a close: a reset says so. */
static void
close_with_unread_data_is_a_reset(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->take = 5;
	arrive(f, tcb, 0, 10);
	assert_int_equal(rs_conn_close(f->tcp, tcb), 0);
	fixture_run(f);
	fixture_expect(f, RST);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_unread_data], 1);
	/* and so does out-of-order text */
	tcb = fixture_reach(f, RS_ESTABLISHED);
	arrive(f, tcb, 5, 10);
	assert_int_equal(rs_conn_close(f->tcp, tcb), 0);
	fixture_run(f);
	fixture_expect(f, RST);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_unread_data], 2);
}

/* A half close loses nothing: unread text is still offered. */
static void
shutdown_with_unread_data_is_none(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->take = 5;
	arrive(f, tcb, 0, 10);
	assert_int_equal(rs_conn_shutdown(f->tcp, tcb), 0);
	fixture_run(f);
	fixture_expect(f, FIN | ACK);
	f->take = UINT64_MAX;
	rs_conn_resume(f->tcp, tcb);
	fixture_run(f);
	arrive(f, tcb, 10, 10);
	assert_int_equal(f->n_got, 20);
	assert_memory_equal(f->got, f->bytes, 20);
}

static void
data_after_close_is_a_reset(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_conn_close(f->tcp, tcb);
	fixture_run(f);
	fixture_forget(f);
	arrive(f, tcb, 0, 1);
	fixture_run(f);
	fixture_expect(f, RST);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_data_after_close], 1);
	assert_int_equal(f->notified[DATA], 0);
}

static void
close_it(struct fixture *f __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

/* A close inside `data` loses only the offered bytes that the callback does not take. */
static void
close_inside_data_counts_what_is_taken(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->on[DATA] = close_it;
	arrive(f, tcb, 0, 10);
	fixture_run(f);
	fixture_expect(f, FIN | ACK);
	assert_null(fixture_next(f));
	assert_int_equal(tcb->state, RS_FIN_WAIT_1);
	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	fixture_forget(f);
	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->take = 9;
	arrive(f, tcb, 0, 10);
	fixture_run(f);
	fixture_expect(f, RST);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_unread_data], 1);
}

/* That holds as well for bytes that were left, and are offered again. */
static void
close_inside_data_that_was_left_counts_what_is_taken(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->take = 0;
	arrive(f, tcb, 0, 10);
	f->take = UINT64_MAX;
	f->on[DATA] = close_it;
	rs_conn_resume(f->tcp, tcb);
	fixture_run(f);
	assert_int_equal(f->n_got, 10);
	assert_int_equal(tcb->state, RS_FIN_WAIT_1);
	fixture_run(f);
	fixture_expect(f, FIN | ACK);
	assert_null(fixture_next(f));
}

/* Ended: out of the table now, one callback, memory free after the output pass. */
static void
end_is_told_once_and_frees_later(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	struct rs_pool_use use;

	f->take = 0;
	arrive(f, tcb, 0, 10);
	rs_conn_send_copy(f->tcp, tcb, f->bytes, 10);
	rs_tcp_end(f->tcp, tcb, RS_END_CLOSED);
	assert_null(fixture_find(f, LPORT, RPORT));
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.tcbs, 1);
	assert_int_equal(use.busy + use.chunks, 0);
	assert_int_equal(in_use(f->mbufs) + in_use(f->wire), 0);
	assert_int_equal(f->notified[ENDED], 0);
	assert_int_equal(f->stack->stats.states[RS_ESTABLISHED], 0);
	/* A new connection of the same tuple has another TCB. */
	f->take = UINT64_MAX;
	input(f, .flags = SYN, .seq = f->irs);
	assert_ptr_not_equal(fixture_find(f, LPORT, RPORT), tcb);
	fixture_run(f);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_CLOSED);
	fixture_run(f);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.tcbs, 1);
	assert_int_equal(f->notified[ENDED], 1);
}

/* Text received in order before a reset is offered once more before `ended`. */
static void
end_by_reset_offers_what_was_left(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->take = 0;
	arrive(f, tcb, 0, 10);
	f->take = 7;
	rs_tcp_end(f->tcp, tcb, RS_END_RESET);
	assert_int_equal(f->n_got, 7);
	assert_memory_equal(f->got, f->bytes, 7);
	fixture_run(f);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_RESET);
	assert_null(fixture_next(f));
}

static void
abort_it(struct fixture *f __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_abort(tcp, conn);
}

/* MUST NOT: a service that aborts in that last call does not answer the reset by one. */
static void
end_by_reset_is_never_answered(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->take = 0;
	arrive(f, tcb, 0, 10);
	f->on[DATA] = abort_it;
	input(f, .flags = RST, .seq = tcb->rcv_nxt);
	fixture_run(f);
	assert_null(fixture_next(f));
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_RESET);
	assert_int_equal(f->tcp->listener_stats[0].open, 0);
	assert_int_equal(f->tcp->listener_stats[0].aborted, 1);
}

static void
ends_are_counted_by_kind(void **state)
{
	const struct { enum rs_end how; bool in_order; } ends[] = {
		{ RS_END_CLOSED, true }, { RS_END_RESET, false }, { RS_END_TIMEOUT, false },
		{ RS_END_ABORTED, false },
	};
	struct fixture *f = *state;
	const struct rs_listener_stats *stats;
	unsigned int i;

	for (i = 0; i < RTE_DIM(ends); i++) {
		struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

		stats = &f->tcp->listener_stats[0];
		assert_int_equal(stats->open, 1);
		rs_tcp_end(f->tcp, tcb, ends[i].how);
		fixture_run(f);
		assert_int_equal(stats->open, 0);
		assert_int_equal(stats->ended, ends[i].in_order);
		assert_int_equal(stats->aborted, !ends[i].in_order);
		assert_int_equal(f->stack->stats.tcp.closed, ends[i].in_order);
		assert_int_equal(f->stack->stats.tcp.aborted, !ends[i].in_order);
		assert_int_equal(f->how, ends[i].how);
		fixture_finish(f);
	}
}

/* Resets that find no room in tx wait, and none is lost. */
static void
bury_keeps_what_finds_no_room(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *tx[2];
	uint16_t i, n, sent = 0;

	fixture_start(f);
	for (i = 1; i <= 7; i++)
		rs_conn_abort(f->tcp, fixture_reach_on(f, LPORT, i, RS_ESTABLISHED));
	/* the runs of fixture_reach_on() have buried all but the last */
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_abort], 6);
	for (i = 1; i <= 6; i++)
		input(f, .flags = SYN, .rport = (uint16_t)(100 + i));
	fixture_run(f);
	fixture_forget(f);
	for (i = 1; i <= 6; i++)
		rs_conn_abort(f->tcp, fixture_find(f, LPORT, (uint16_t)(100 + i)));
	assert_int_equal(rs_tcp_bury(f->tcp, tx, 0), 0);
	while ((n = rs_tcp_bury(f->tcp, tx, 2)) > 0) {
		assert_int_equal(n, 2);
		rte_pktmbuf_free_bulk(tx, n);
		sent = (uint16_t)(sent + n);
	}
	assert_int_equal(sent, 6);
	assert_int_equal(f->tcp->tcb_pool.used, 0);
	assert_int_equal(f->tcp->dead, 0);
}

/* One that stands in line for output is freed only when it has left the line. */
static void
bury_waits_for_the_line(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	struct rte_mbuf *tx[4];

	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	rs_tcp_end(f->tcp, tcb, RS_END_CLOSED);
	assert_int_equal(rs_tcp_bury(f->tcp, tx, 4), 0);
	assert_int_equal(f->tcp->tcb_pool.used, 1);
	assert_int_equal(rs_tcp_output_burst(f->tcp, tx, 4), 0);
	assert_int_equal(rs_tcp_bury(f->tcp, tx, 4), 0);
	assert_int_equal(f->tcp->tcb_pool.used, 0);
}

/* A stop goes through all connections, a part of them in each run. */
static void
stop_resets_all_in_parts(void **state)
{
	struct fixture *f = *state;
	uint32_t open = 3 * RS_STOP_BURST;
	uint16_t i;

	fixture_start(f);
	for (i = 1; i <= open; i++)
		fixture_reach_on(f, LPORT, i, i % 5 == 0 ? RS_SYN_RECEIVED : RS_ESTABLISHED);
	rs_stack_stop(f->stack, RS_STOP_RESET);
	for (i = 1; i <= 3; i++) {
		fixture_run(f);
		assert_int_equal(rs_stack_open(f->stack), open - (uint32_t)i * RS_STOP_BURST);
		assert_int_equal(fixture_forget(f), RS_STOP_BURST);
	}
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_shutdown], open);
}

static void
stop_lets_peers_finish(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *syn, *open, *half, *unread;

	syn = fixture_reach_on(f, LPORT, 1, RS_SYN_RECEIVED);
	open = fixture_reach_on(f, LPORT, 2, RS_ESTABLISHED);
	half = fixture_reach_on(f, LPORT, 3, RS_CLOSE_WAIT);
	unread = fixture_reach_on(f, LPORT, 4, RS_ESTABLISHED);
	f->take = 0;
	input(f, .flags = ACK, .seq = unread->rcv_nxt, .ack = unread->snd_nxt, .rport = 4,
		.data = f->bytes, .len = 3);
	rs_stack_stop(f->stack, RS_STOP_FINISH);
	fixture_run(f);
	assert_int_equal(syn->state, RS_CLOSED);
	assert_int_equal(unread->state, RS_CLOSED);
	assert_int_equal(open->state, RS_FIN_WAIT_1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_shutdown], 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_unread_data], 1);
	fixture_run(f);
	assert_int_equal(half->state, RS_LAST_ACK);
	fixture_ack(f, half);
	fixture_ack(f, open);
	input(f, .flags = FIN | ACK, .seq = open->rcv_nxt, .ack = open->snd_nxt, .rport = 2);
	assert_int_equal(open->state, RS_TIME_WAIT);
	assert_int_equal(rs_stack_open(f->stack), 0);
	/* New ones are refused (in no connection's name). */
	assert_int_equal(input(f, .flags = SYN, .rport = 9), RS_RESET_shutdown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(shutdown_by_state),
		fixture_test(close_by_state),
		fixture_test(abort_by_state),
		fixture_test(calls_on_a_dead_connection_say_so),
		fixture_test(close_with_linger_zero_is_an_abort),
		fixture_test(close_with_unread_data_is_a_reset),
		fixture_test(shutdown_with_unread_data_is_none),
		fixture_test(data_after_close_is_a_reset),
		fixture_test(close_inside_data_counts_what_is_taken),
		fixture_test(close_inside_data_that_was_left_counts_what_is_taken),
		fixture_test(end_is_told_once_and_frees_later),
		fixture_test(end_by_reset_offers_what_was_left),
		fixture_test(end_by_reset_is_never_answered),
		fixture_test(ends_are_counted_by_kind),
		fixture_test(bury_keeps_what_finds_no_room),
		fixture_test(bury_waits_for_the_line),
		fixture_test(stop_resets_all_in_parts),
		fixture_test(stop_lets_peers_finish),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
