/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A connection's three timers (RFC 9293 3.8.3, 3.8.4, 3.8.6.3, 3.10.8). */

#include <errno.h>

#include "tcp_fixture.h"

/* Milliseconds until the next segment is sent, at most `most`; it is left to be looked at. */
static uint32_t
until_sent(struct fixture *f, uint32_t most)
{
	uint32_t ms;

	for (ms = 0; ms < most && f->next_out == f->n_out; ms++)
		fixture_after(f, 1);
	return ms;
}

static void
timer_is_never_early(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint32_t us;

	/* A time-out of 1000 ms that starts at any part of a tick is no shorter. */
	for (us = 0; us < 1000; us += 333) {
		f->now = 5000000 + us;
		tcb = fixture_reach(f, RS_SYN_RECEIVED);
		f->now += 999999;
		fixture_run(f);
		assert_null(fixture_next(f));
		f->now += 1001;
		fixture_run(f);
		fixture_expect(f, SYN | ACK);
		assert_int_equal(tcb->state, RS_SYN_RECEIVED);
		fixture_finish(f);
	}
}

/* MUST-40: an ACK is not delayed by 0.5 seconds, whatever else is slow. */
static void
delayed_ack_is_never_late(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint32_t us;

	f->params.tcp.ack_delay_ms = 499;
	for (us = 0; us < 1000; us += 333) {
		f->now = 5000000 + us;
		tcb = fixture_reach(f, RS_ESTABLISHED);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
			.data = f->bytes, .len = 10);
		fixture_run(f);
		assert_null(fixture_next(f));
		f->now += 499999;
		fixture_run(f);
		fixture_expect(f, ACK);
		assert_int_equal(f->stack->stats.tcp.delayed_acks, 1);
		fixture_finish(f);
	}
}

/* A worker that stood still for long runs the expired timers when it goes on. */
static void
delayed_ack_is_sent_after_a_standstill(void **state)
{
	const uint32_t still_ms[] = { 1000, 32000, 33000, 40000, 65000, 66000, 90000 };
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	unsigned int i;

	for (i = 0; i < RTE_DIM(still_ms); i++) {
		tcb = fixture_reach(f, RS_ESTABLISHED);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
			.data = f->bytes, .len = 10);
		fixture_run(f);
		f->now += still_ms[i] * UINT64_C(1000);
		fixture_run(f);
		fixture_expect(f, ACK);
		fixture_finish(f);
	}
}

/* MUST-23: R2 of a SYN is at least 3 minutes; then it ends, and neither end hears of it. */
static void
syn_received_is_given_up_after_r2(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_SYN_RECEIVED);

	fixture_after(f, 180000);
	assert_int_equal(tcb->state, RS_SYN_RECEIVED);
	fixture_forget(f);
	fixture_after(f, 1);
	assert_null(fixture_next(f));
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(f->stack->stats.tcp.half_open_expired, 1);
	assert_int_equal(f->notified[ENDED], 0);
}

/* R2 may be less than the first RTO, which is what the wheel waits for otherwise. */
static void
syn_received_is_given_up_before_the_rto(void **state)
{
	struct fixture *f = *state;

	f->params.tcp.r2_syn_ms = 500;
	fixture_reach(f, RS_SYN_RECEIVED);
	fixture_after(f, 499);
	assert_int_equal(f->stack->stats.tcp.half_open_expired, 0);
	fixture_after(f, 2);
	assert_int_equal(f->stack->stats.tcp.half_open_expired, 1);
	assert_int_equal(f->stack->stats.tcp.rto_expired, 0);
	fixture_forget(f);
}

/*
 * A small window holds data back until the override of 3.8.6.2.1 is due. It closes before that:
 * then the connection is one that makes no progress.
 */
static void
window_that_closes_while_data_is_held_back_is_a_stall(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	const struct rs_busy *busy;

	f->wnd = 10; /* less than a segment and half of the largest window */
	fixture_ack(f, tcb);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 1000), 1000);
	fixture_run(f);
	busy = rs_tcb_busy(f->tcp, tcb);
	assert_int_equal(tcb->snd_nxt, tcb->snd_una);
	assert_true((tcb->flags & RS_F_T_RTX) != 0);
	assert_int_equal(busy->stall, RS_STALL_NONE);
	f->wnd = 0;
	fixture_ack(f, tcb);
	while (f->stack->stats.tcp.tx_data_bytes == 0)
		fixture_after(f, 1);
	assert_int_equal(busy->stall, RS_STALL_WINDOW);
	fixture_forget(f);
}

/* SHLD-11: data is retransmitted for 100 s, then the connection is closed. */
static void
data_is_given_up_after_r2(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	fixture_run(f);
	fixture_after(f, 100000);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	fixture_forget(f);
	fixture_after(f, 1);
	fixture_expect(f, RST);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_rtx_limit], 1);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_TIMEOUT);
}

static void
data_is_given_up_after_the_user_timeout(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.user_timeout_ms = 7000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	fixture_run(f);
	fixture_after(f, 7000);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	fixture_after(f, 1);
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_user_timeout], 1);
	assert_int_equal(f->how, RS_END_TIMEOUT);
}

/* One that was closed, whose peer never sends its FIN. */
static void
fin_wait_2_of_a_closed_connection_is_given_up(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.fin_wait_2_ms = 5000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	rs_conn_close(f->tcp, tcb);
	fixture_run(f);
	fixture_ack(f, tcb);
	fixture_after(f, 5000);
	assert_int_equal(tcb->state, RS_FIN_WAIT_2);
	fixture_after(f, 1);
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_user_timeout], 1);
}

/* 3.6: a service that closed only its own side receives as long as the peer sends. */
static void
fin_wait_2_of_a_half_closed_connection_has_no_limit(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.fin_wait_2_ms = 1000;
	tcb = fixture_reach(f, RS_FIN_WAIT_2);
	fixture_after(f, 200000);
	assert_int_equal(tcb->state, RS_FIN_WAIT_2);
	rs_conn_close(f->tcp, tcb);
	fixture_after(f, 1001);
	assert_null(fixture_find(f, LPORT, RPORT));
}

/* RFC 9112 9.6 needs both: later data is taken, and the peer's time is limited. */
static void
fin_wait_2_of_one_that_finishes_is_given_up(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.fin_wait_2_ms = 5000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_conn_finish(f->tcp, tcb), 0);
	assert_int_equal(rs_conn_finish(f->tcp, tcb), -EPIPE);
	fixture_run(f);
	fixture_ack(f, tcb);
	fixture_after(f, 3000);
	fixture_input(f, &(struct seg){ .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 4 });
	assert_int_equal(f->n_got, 4);
	fixture_after(f, 2000);
	assert_int_equal(tcb->state, RS_FIN_WAIT_2);
	fixture_after(f, 1);
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_user_timeout], 1);
	assert_int_equal(f->how, RS_END_TIMEOUT);
}

static void
keepalive_params(struct fixture *f)
{
	f->params.tcp.keepalive_ms = 10000;
	f->params.tcp.keepalive_interval_ms = 1000;
	f->params.tcp.keepalive_probes = 3;
}

/* 3.8.4: <SEQ=SND.NXT-1>, only when idle; one that is not answered is no dead connection. */
static void
keepalive_probes_an_idle_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	const struct out *out;
	unsigned int i;

	keepalive_params(f);
	tcb = fixture_reach_on(f, LPORT_KEEPALIVE, RPORT, RS_ESTABLISHED);
	assert_int_equal(until_sent(f, 20000), 10001);
	out = fixture_expect(f, ACK);
	assert_int_equal(out->seq, tcb->snd_nxt - 1);
	assert_int_equal(out->ack, tcb->rcv_nxt);
	assert_int_equal(out->len, 0);
	for (i = 0; i < 2; i++) {
		assert_in_range(until_sent(f, 20000), 1000, 1001);
		fixture_expect(f, ACK);
	}
	/* MUST-29: the third went unanswered, too */
	assert_in_range(until_sent(f, 20000), 1000, 1001);
	fixture_expect(f, RST);
	assert_int_equal(f->stack->stats.tcp.keepalive_probes, 3);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_keepalive], 1);
	assert_int_equal(f->how, RS_END_TIMEOUT);
}

static void
keepalive_starts_anew_with_each_segment(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	unsigned int i;

	keepalive_params(f);
	tcb = fixture_reach_on(f, LPORT_KEEPALIVE, RPORT, RS_ESTABLISHED);
	for (i = 0; i < 5; i++) {
		assert_int_equal(until_sent(f, 20000), 10001);
		fixture_expect(f, ACK);
		assert_in_range(until_sent(f, 20000), 1000, 1001);
		fixture_expect(f, ACK);
		fixture_ack(f, tcb);
		fixture_after(f, 5000);
		assert_null(fixture_next(f));
		fixture_ack(f, tcb);
	}
	assert_int_equal(tcb->state, RS_ESTABLISHED);
}

/* MUST-25: it is off unless it was turned on; and can be turned on and off. */
static void
keepalive_is_off_and_can_be_turned_on(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	keepalive_params(f);
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(until_sent(f, 30000), 30000);
	rs_conn_set_keepalive(f->tcp, tcb, true);
	assert_int_equal(until_sent(f, 30000), 10001);
	fixture_expect(f, ACK);
	rs_conn_set_keepalive(f->tcp, tcb, false);
	assert_int_equal(until_sent(f, 30000), 30000);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
}

/* While data is in flight, its retransmissions show whether the peer lives. */
static void
keepalive_waits_for_what_is_in_flight(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	keepalive_params(f);
	tcb = fixture_reach_on(f, LPORT_KEEPALIVE, RPORT, RS_ESTABLISHED);
	fixture_after(f, 9000);
	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	fixture_after(f, 60000);
	assert_int_equal(f->stack->stats.tcp.keepalive_probes, 0);
	fixture_ack(f, tcb);
	fixture_forget(f);
	assert_int_equal(until_sent(f, 30000), 10001);
	assert_int_equal(f->stack->stats.tcp.keepalive_probes, 1);
}

/*
 * 3.6: in FIN-WAIT-2 data still comes. A keep-alive must not end a connection whose peer
 * sends, and one that is idle is probed before it is given up (3.8.4, MUST-29).
 */
static void
keepalive_in_fin_wait_2_ends_no_live_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	unsigned int i;

	keepalive_params(f);
	tcb = fixture_reach_on(f, LPORT_KEEPALIVE, RPORT, RS_FIN_WAIT_2);
	for (i = 0; i < 30; i++) {
		fixture_after(f, 1000);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
			.data = f->bytes, .len = 10, .lport = LPORT_KEEPALIVE);
		fixture_run(f);
		assert_int_equal(tcb->state, RS_FIN_WAIT_2);
	}
	fixture_forget(f);
	fixture_after(f, 9000);
	assert_int_equal(tcb->state, RS_FIN_WAIT_2);
}

static void
abort_then_set_keepalive(struct fixture *f __rte_unused, struct rs_tcp *tcp,
	struct rs_tcb *conn)
{
	rs_conn_abort(tcp, conn);
	rs_conn_set_keepalive(tcp, conn, true);
}

/* rstack.h: "Any callback may use the rs_conn_ functions", after an abort as before it. */
static void
keepalive_of_a_dead_connection_does_nothing(void **state)
{
	struct fixture *f = *state;
	struct rs_pool_use use;
	struct rs_tcb *tcb;
	uint16_t i;

	fixture_start(f);
	f->on[DATA] = abort_then_set_keepalive;
	for (i = 1; i <= 3; i++) {
		tcb = fixture_reach_on(f, LPORT, i, RS_ESTABLISHED);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
			.data = f->bytes, .len = 10, .rport = i);
	}
	assert_int_equal(f->tcp->wheel.count, 0);
	fixture_run(f);
	fixture_run(f);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.tcbs, 0);
	assert_int_equal(f->notified[ENDED], 3);
}

/* The wheel holds the nearest of three timers, and the later ones are not forgotten. */
static void
timers_of_a_connection_all_fire(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	fixture_run(f); /* RTX in 1 s, LIFE in 100 s */
	fixture_forget(f);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una, .data = f->bytes,
		.len = 10); /* ACK in 40 ms */
	assert_in_range(until_sent(f, 100), 40, 41);
	assert_int_equal(fixture_expect(f, ACK)->len, 0);
	assert_in_range(until_sent(f, 2000), 960, 962);
	assert_int_equal(fixture_expect(f, PSH | ACK)->len, 10);
	fixture_after(f, 98990);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	fixture_after(f, 20);
	assert_null(fixture_find(f, LPORT, RPORT));
}

static void
timers_stop_with_their_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	fixture_run(f);
	assert_int_equal(f->tcp->wheel.count, 1);
	rs_conn_abort(f->tcp, tcb);
	assert_int_equal(f->tcp->wheel.count, 0);
}

/* More connections than one run fires: the others in the next runs, none is left out. */
static void
timers_of_many_connections_fire_in_parts(void **state)
{
	struct fixture *f = *state;
	uint16_t i;

	fixture_start(f);
	for (i = 1; i <= 3 * RS_WHEEL_FIRES; i++)
		input(f, .flags = SYN, .rport = i);
	for (i = 0; i < 4; i++)
		fixture_run(f);
	assert_int_equal(fixture_forget(f), 3 * RS_WHEEL_FIRES);
	f->now += 1500000;
	for (i = 0; i < 20; i++)
		fixture_run(f);
	assert_int_equal(fixture_forget(f), 3 * RS_WHEEL_FIRES);
	assert_int_equal(f->stack->stats.tcp.rto_expired, 3 * RS_WHEEL_FIRES);
}

/* A service without `expired` loses its connection when the time is over. */
static void
time_limit_of_the_service_is_kept(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_conn_set_time_limit(f->tcp, tcb, 0); /* none runs, none begins */
	assert_int_equal(rs_conn_time_left(f->tcp, tcb), 0);
	rs_conn_set_time_limit(f->tcp, tcb, 500);
	/* a timer is never early, so the tick that has begun does not count */
	assert_in_range(rs_conn_time_left(f->tcp, tcb), 500, 501);
	fixture_after(f, 100);
	assert_in_range(rs_conn_time_left(f->tcp, tcb), 400, 401);
	rs_conn_set_time_limit(f->tcp, tcb, 0);
	assert_int_equal(rs_conn_time_left(f->tcp, tcb), 0);
	rs_conn_set_time_limit(f->tcp, tcb, 300);
	fixture_after(f, 299);
	assert_int_equal(f->notified[ENDED], 0);
	fixture_after(f, 3);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_TIMEOUT);
	assert_int_equal(f->stack->stats.tcp.time_limits, 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_timeout], 1);
	fixture_expect(f, RST);
}

/* The time stands still while data is unacknowledged. */
static void
time_limit_of_the_service_stands_still_in_flight(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 10);
	fixture_run(f);
	rs_conn_set_time_limit(f->tcp, tcb, 500);
	fixture_after(f, 200);
	assert_int_equal(rs_conn_time_left(f->tcp, tcb), 500);
	fixture_ack(f, tcb);
	fixture_run(f);
	fixture_after(f, 200);
	assert_in_range(rs_conn_time_left(f->tcp, tcb), 299, 301);
	fixture_forget(f);
}

/* A connection that is closing has R2 and fin_wait_2, and no other limit. */
static void
time_limit_of_the_service_ends_with_a_shutdown(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_conn_set_time_limit(f->tcp, tcb, 500);
	assert_int_equal(rs_conn_shutdown(f->tcp, tcb), 0);
	assert_int_equal(rs_conn_time_left(f->tcp, tcb), 0);
	rs_conn_set_time_limit(f->tcp, tcb, 100);
	assert_int_equal(rs_conn_time_left(f->tcp, tcb), 0);
	fixture_run(f);
	fixture_ack(f, tcb);
	fixture_after(f, 1000);
	assert_int_equal(tcb->state, RS_FIN_WAIT_2);
	assert_int_equal(f->stack->stats.tcp.time_limits, 0);
	fixture_forget(f);
}

/* For a service that goes on without a limit. */
static unsigned int expired_calls;

static void
expired(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn __rte_unused)
{
	expired_calls++;
}

/* The service has left text, so the connection has a busy block, which keeps no time. */
static void
time_limit_of_the_service_is_notified_once(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	expired_calls = 0;
	f->service.expired = expired;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->take = 0;
	burst(f, { .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 100 });
	rs_conn_set_time_limit(f->tcp, tcb, 500);
	fixture_after(f, 1000);
	assert_int_equal(expired_calls, 1);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_int_equal(rs_conn_time_left(f->tcp, tcb), 0);
	assert_int_equal(f->notified[ENDED], 0);
	fixture_forget(f);
}

/* The peer's window changes, so output has a turn, but nothing waits to be sent in it. */
static void
time_limit_of_the_service_runs_if_nothing_is_queued(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->take = 0;
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 100);
	f->wnd /= 2;
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt);
	assert_true((tcb->owes & RS_OWES_DATA) != 0);
	rs_conn_set_time_limit(f->tcp, tcb, 500);
	assert_in_range(rs_conn_time_left(f->tcp, tcb), 500, 501);
	fixture_after(f, 300);
	assert_in_range(rs_conn_time_left(f->tcp, tcb), 200, 201);
	fixture_after(f, 202);
	assert_int_equal(f->stack->stats.tcp.time_limits, 1);
	fixture_forget(f);
}

/* As any timer: the tick that has begun when the data was queued does not count. */
static void
send_timeout_is_never_early(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->listeners[0].send_timeout_ms = 500;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->now += 999 - f->now % 1000; /* the tick is over in a microsecond */
	fixture_run(f);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 10);
	fixture_run(f);
	f->now += 1;
	fixture_after(f, 499);
	assert_int_equal(f->notified[ENDED], 0);
	fixture_after(f, 2);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_TIMEOUT);
	fixture_forget(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(timer_is_never_early),
		fixture_test(time_limit_of_the_service_is_kept),
		fixture_test(time_limit_of_the_service_stands_still_in_flight),
		fixture_test(time_limit_of_the_service_ends_with_a_shutdown),
		fixture_test(time_limit_of_the_service_is_notified_once),
		fixture_test(time_limit_of_the_service_runs_if_nothing_is_queued),
		fixture_test(send_timeout_is_never_early),
		fixture_test(delayed_ack_is_never_late),
		fixture_test(delayed_ack_is_sent_after_a_standstill),
		fixture_test(syn_received_is_given_up_after_r2),
		fixture_test(syn_received_is_given_up_before_the_rto),
		fixture_test(window_that_closes_while_data_is_held_back_is_a_stall),
		fixture_test(data_is_given_up_after_r2),
		fixture_test(data_is_given_up_after_the_user_timeout),
		fixture_test(fin_wait_2_of_a_closed_connection_is_given_up),
		fixture_test(fin_wait_2_of_a_half_closed_connection_has_no_limit),
		fixture_test(fin_wait_2_of_one_that_finishes_is_given_up),
		fixture_test(keepalive_probes_an_idle_connection),
		fixture_test(keepalive_starts_anew_with_each_segment),
		fixture_test(keepalive_is_off_and_can_be_turned_on),
		fixture_test(keepalive_waits_for_what_is_in_flight),
		fixture_test(keepalive_in_fin_wait_2_ends_no_live_connection),
		fixture_test(keepalive_of_a_dead_connection_does_nothing),
		fixture_test(timers_of_a_connection_all_fire),
		fixture_test(timers_stop_with_their_connection),
		fixture_test(timers_of_many_connections_fire_in_parts),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
