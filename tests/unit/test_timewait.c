/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* TIME-WAIT (RFC 9293 3.6.1, MUST-13) and its reopening by a new SYN (MAY-2). */

#include "tcp_fixture.h"

#define MSL 100

/* A connection in TIME-WAIT of 2 * MSL ms, in its TCB. */
static struct rs_tcb *
wait_start(struct fixture *f)
{
	f->params.tcp.msl_ms = MSL;
	return fixture_reach(f, RS_TIME_WAIT);
}

static void
time_wait_lasts_two_msl(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = wait_start(f);

	assert_int_equal(f->stack->stats.tcp.time_waits, 1);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->how, RS_END_CLOSED);
	fixture_after(f, 2 * MSL);
	assert_int_equal(tcb->state, RS_TIME_WAIT);
	fixture_after(f, 1);
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->stack->stats.tcp.closed, 1);
	assert_int_equal(f->tcp->listener_stats[0].ended, 1);
	assert_int_equal(f->tcp->listener_stats[0].open, 0);
}

static void
time_wait_starts_again(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = wait_start(f);

	fixture_after(f, MSL);
	rs_timewait_enter(f->tcp, tcb);
	assert_int_equal(f->stack->stats.tcp.time_waits, 1);
	fixture_after(f, 2 * MSL);
	assert_int_equal(tcb->state, RS_TIME_WAIT);
	fixture_after(f, 1);
	assert_null(fixture_find(f, LPORT, RPORT));
}

/* A service that has left text is notified of the end only after it has taken it. */
static void
time_wait_ends_the_service_when_all_is_taken(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.msl_ms = MSL;
	tcb = fixture_reach(f, RS_FIN_WAIT_2);
	f->take = 0;
	input(f, .flags = FIN | ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	fixture_run(f);
	assert_int_equal(tcb->state, RS_TIME_WAIT);
	assert_int_equal(f->notified[PEER_CLOSED] + f->notified[ENDED], 0);
	f->take = UINT64_MAX;
	rs_conn_resume(f->tcp, tcb);
	fixture_run(f);
	assert_int_equal(f->n_got, 10);
	assert_int_equal(f->notified[PEER_CLOSED], 1);
	assert_int_equal(f->notified[ENDED], 1);
}

/* A SYN in TIME-WAIT. @return whether it reopened the connection */
static bool
syn(struct fixture *f, const struct rs_tcb *tcb, uint32_t seq)
{
	input(f, .flags = SYN, .seq = seq);
	return tcb->state == RS_SYN_RECEIVED;
}

/*
 * MAY-2: "(1) assigns its initial sequence number for the new connection to be larger than
 * the largest sequence number it used on the previous connection incarnation".
 */
static void
time_wait_is_reopened_by_a_later_syn(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint32_t snd_nxt;

	tcb = wait_start(f);
	snd_nxt = tcb->snd_nxt;
	rs_conn_set_user(tcb, f); /* which the service of the connection before does not clear */
	/* a SEG.SEQ that the peer used before is an old duplicate's */
	assert_false(syn(f, tcb, tcb->rcv_nxt - 1));
	assert_false(syn(f, tcb, tcb->rcv_nxt - 0x7fffffff));
	assert_int_equal(tcb->state, RS_TIME_WAIT);
	assert_true(syn(f, tcb, tcb->rcv_nxt));
	assert_true(rs_seq_gt(tcb->snd_una, snd_nxt - 1));
	assert_null(rs_conn_user(tcb));
	assert_int_equal(tcb->snd_nxt, tcb->snd_una + 1);
	assert_int_equal(f->stack->stats.tcp.reopened, 1);
	/* and is one like any other */
	fixture_run(f);
	fixture_ack(f, tcb);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_int_equal(f->notified[OPENED], 2);
	assert_int_equal(f->notified[ENDED], 1);
}

/* The connection before had a DiffServ field of its own; the next one has its listener's. */
static void
time_wait_is_reopened_with_the_listeners_ip_header(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = wait_start(f);

	assert_int_equal(rs_conn_set_tos(f->tcp, tcb, 0x28), 0);
	assert_true(syn(f, tcb, tcb->rcv_nxt));
	assert_null(rs_tcb_ip_extra(f->tcp, tcb));
	assert_null(rs_stack_audit(f->stack)); /* and the part is free */
	fixture_forget(f);
}

/* Where the ISN of the clock is not larger, another is taken. */
static void
time_wait_is_reopened_with_a_larger_iss(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = wait_start(f);

	tcb->snd_nxt = rs_open_isn(f->tcp, &tcb->tuple) + 1000000;
	tcb->snd_una = tcb->snd_nxt;
	assert_true(syn(f, tcb, tcb->rcv_nxt + 5));
	assert_true(rs_seq_gt(tcb->snd_una, rs_open_isn(f->tcp, &tcb->tuple) + 1000000));
}

/*
 * MAY-2: "(2) returns to TIME-WAIT state if the SYN turns out to be an old duplicate".
 */
static void
time_wait_comes_back_if_the_syn_was_old(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = wait_start(f);
	uint32_t snd_nxt = tcb->snd_nxt, rcv_nxt = tcb->rcv_nxt;

	assert_true(syn(f, tcb, rcv_nxt + 1000));
	fixture_run(f);
	fixture_forget(f);
	fixture_after(f, MSL);
	/* the peer has sent no SYN, so it resets */
	input(f, .flags = RST, .seq = tcb->rcv_nxt);
	assert_int_equal(tcb->state, RS_TIME_WAIT);
	assert_int_equal(tcb->snd_nxt, snd_nxt);
	assert_int_equal(tcb->snd_una, snd_nxt);
	assert_int_equal(tcb->rcv_nxt, rcv_nxt);
	fixture_run(f);
	assert_null(fixture_next(f));
	/* the peer's FIN again is acknowledged as before */
	input(f, .flags = FIN | ACK, .seq = rcv_nxt - 1, .ack = snd_nxt);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->ack, rcv_nxt);
	fixture_after(f, 2 * MSL);
	assert_int_equal(tcb->state, RS_TIME_WAIT);
	fixture_after(f, 1);
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(f->notified[OPENED], 1);
	assert_int_equal(f->notified[ENDED], 1);
}

static void
time_wait_is_not_reopened_when_stopping(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = wait_start(f);

	f->tcp->stopping = true;
	assert_false(syn(f, tcb, tcb->rcv_nxt + 1));
	f->tcp->stopping = false;
}

/* A reopened connection sends to the sender of the new SYN. */
static void
time_wait_is_reopened_from_another_neighbour(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = wait_start(f);

	input(f, .flags = SYN, .seq = tcb->rcv_nxt, .mac = 0x12);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, SYN | ACK)->mac, 0x12);
}

/* Every connection that was accepted is open, ended or aborted: none is lost in between. */
static void
time_wait_that_is_reopened_is_counted_as_ended(void **state)
{
	struct fixture *f = *state;
	const struct rs_listener_stats *stats;
	struct rs_tcb *tcb = wait_start(f);
	unsigned int i;

	stats = &f->tcp->listener_stats[0];
	for (i = 0; i < 3; i++) {
		assert_int_equal(stats->accepted, stats->open + stats->ended + stats->aborted);
		assert_true(syn(f, tcb, tcb->rcv_nxt + 1));
		fixture_run(f);
		/* once it turns out to be old, once it is a new connection */
		if (i == 1) {
			input(f, .flags = RST, .seq = tcb->rcv_nxt);
			continue;
		}
		fixture_ack(f, tcb);
		rs_conn_shutdown(f->tcp, tcb);
		fixture_run(f);
		fixture_ack(f, tcb);
		input(f, .flags = FIN | ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt);
		fixture_run(f);
		assert_int_equal(tcb->state, RS_TIME_WAIT);
	}
	fixture_after(f, 2 * MSL + 1);
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(stats->open, 0);
	assert_int_equal(stats->accepted, stats->ended + stats->aborted);
	assert_int_equal(f->stack->stats.tcp.closed + f->stack->stats.tcp.aborted,
		f->stack->stats.tcp.passive_opens + f->stack->stats.tcp.reopened);
}

/*
 * Records
 */

/* n connections enter TIME-WAIT now, from port `first` on, with room for `room` records. */
static void
records_start(struct fixture *f, uint32_t room, uint16_t first, uint16_t n)
{
	uint16_t i;

	f->params.tcp.msl_ms = MSL;
	f->params.tcp.max_time_wait = room;
	for (i = 0; i < n; i++)
		fixture_reach_on(f, LPORT, (uint16_t)(first + i), RS_TIME_WAIT);
}

static struct rs_pool_use
pool_use(const struct fixture *f)
{
	struct rs_pool_use use;

	rs_stack_pools(f->stack, &use);
	return use;
}

/* The records of n connections from port `first` on stand in the list behind `index`. */
static uint32_t
records_follow(const struct fixture *f, uint32_t index, uint16_t first, uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n; i++) {
		const struct rs_timewait *tw = rs_timewait_at(&f->tcp->waits, index);

		assert_int_not_equal(index, 0);
		assert_int_equal(tw->tuple.rport, first + i);
		index = tw->newer;
	}
	return index;
}

/* A record costs half of a TCB, and no TCB, busy block or wheel node. */
static void
record_takes_the_place_of_the_tcb(void **state)
{
	struct fixture *f = *state;
	struct rs_conn_info info;
	struct rs_tuple tuple;

	assert_true(2 * sizeof(struct rs_timewait) <= sizeof(struct rs_tcb));
	f->params.tcp.max_connections = 1;
	records_start(f, 8, 1, 5);
	assert_int_equal(pool_use(f).tcbs, 0);
	assert_int_equal(pool_use(f).time_waits, 5);
	assert_int_equal(pool_use(f).busy, 0);
	assert_int_equal(pool_use(f).neighbours, 1);
	assert_int_equal(f->tcp->wheel.count, 0);
	assert_int_equal(f->stack->stats.states[RS_TIME_WAIT], 5);
	assert_int_equal(rs_stack_open(f->stack), 0);
	assert_int_equal(f->tcp->listener_stats[0].open, 5);
	assert_int_equal(records_follow(f, f->tcp->waits.oldest, 1, 5), 0);
	tuple = rs_timewait_at(&f->tcp->waits, f->tcp->waits.oldest)->tuple;
	assert_int_equal(rs_stack_inspect(f->stack, &tuple, &info), 0);
	assert_int_equal(info.state, RS_TIME_WAIT);
	assert_int_equal(rs_stack_kill(f->stack, &tuple), 0);
	assert_int_equal(rs_stack_inspect(f->stack, &tuple, &info), -ENOENT);
	assert_int_equal(pool_use(f).time_waits, 4);
	assert_int_equal(f->tcp->listener_stats[0].aborted, 1);
	assert_int_equal(f->tcp->listener_stats[0].open, 4);
	assert_null(rs_stack_audit(f->stack));
}

/* The oldest makes way for the newest; a FIN that comes again makes its record the newest. */
static void
record_of_the_oldest_makes_way(void **state)
{
	struct fixture *f = *state;
	const struct rs_listener_stats *stats;
	const struct rs_timewait *tw;

	records_start(f, 3, 1, 3);
	tw = rs_timewait_at(&f->tcp->waits, f->tcp->waits.oldest);
	input(f, .flags = FIN | ACK, .seq = tw->rcv_nxt - 1, .ack = tw->snd_nxt, .rport = 1);
	assert_int_equal(f->tcp->n_acks, 1);
	f->tcp->n_acks = 0;
	rs_timewait_at(&f->tcp->waits, f->tcp->waits.newest)->owes_ack = 0;
	assert_int_equal(records_follow(f, records_follow(f, f->tcp->waits.oldest, 2, 2), 1, 1),
		0);
	records_start(f, 3, 4, 2);
	assert_int_equal(records_follow(f, records_follow(f, f->tcp->waits.oldest, 1, 1), 4, 2),
		0);
	assert_int_equal(f->stack->stats.tcp.time_wait_evicted, 2);
	stats = &f->tcp->listener_stats[0];
	assert_int_equal(stats->open, 3);
	assert_int_equal(stats->ended, 2);
	assert_int_equal(stats->accepted, 5);
	assert_int_equal(f->stack->stats.states[RS_TIME_WAIT], 3);
	assert_int_equal(f->stack->stats.tcp.closed, 2);
	assert_null(rs_stack_audit(f->stack));
}

/* A stack may sleep until the oldest record expires, and no longer. */
/* An ACK that finds no mbuf is lost; the peer retransmits its FIN (3.10.7.4), and is answered. */
static void
record_without_an_mbuf_owes_no_ack(void **state)
{
	struct fixture *f = *state;
	const struct rs_timewait *tw;
	struct rte_mbuf *taken[MBUFS];
	struct rte_mbuf *tx[1];
	unsigned int n;

	records_start(f, 8, 1, 1);
	tw = rs_timewait_at(&f->tcp->waits, f->tcp->waits.oldest);
	n = fixture_drain(f->mbufs, taken, MBUFS);
	input(f, .flags = FIN | ACK, .seq = tw->rcv_nxt - 1, .ack = tw->snd_nxt, .rport = 1);
	assert_int_equal(f->tcp->n_acks, 1);
	assert_int_equal(rs_timewait_acks(f->tcp, tx, 1), 0);
	assert_int_equal(f->stack->stats.drop[RS_DROP_no_mbuf], 1);
	assert_int_equal(f->tcp->n_acks + tw->owes_ack, 0);
	fixture_give(taken, n);
	input(f, .flags = FIN | ACK, .seq = tw->rcv_nxt - 1, .ack = tw->snd_nxt, .rport = 1);
	assert_int_equal(rs_timewait_acks(f->tcp, tx, 0), 0); /* no room in the burst */
	input(f, .flags = FIN | ACK, .seq = tw->rcv_nxt - 1, .ack = tw->snd_nxt, .rport = 1);
	assert_int_equal(rs_timewait_acks(f->tcp, tx, 1), 1);
	rte_pktmbuf_free(tx[0]);
	assert_null(rs_stack_audit(f->stack));
}

static void
record_expires_in_time(void **state)
{
	struct fixture *f = *state;
	uint64_t idle;

	records_start(f, 8, 1, 1);
	fixture_after(f, MSL);
	records_start(f, 8, 2, 1);
	idle = rs_stack_idle(f->stack, UINT64_C(1000000));
	assert_in_range(idle, (MSL - 1) * 1000, (MSL + 1) * 1000);
	fixture_after(f, MSL);
	assert_int_equal(pool_use(f).time_waits, 2);
	fixture_after(f, 1);
	assert_int_equal(pool_use(f).time_waits, 1);
	assert_int_equal(f->stack->stats.tcp.closed, 1);
	fixture_after(f, MSL);
	assert_int_equal(pool_use(f).time_waits, 0);
	assert_int_equal(pool_use(f).neighbours, 0);
	assert_int_equal(f->tcp->listener_stats[0].open, 0);
}

/* The work of a run is bounded, and more while it lags. */
static void
record_expiry_is_bounded(void **state)
{
	struct fixture *f = *state;
	uint16_t i, n = 6 * RS_TIMEWAIT_BURST;

	records_start(f, n, 1, n);
	for (i = 0; i <= 2 * MSL && pool_use(f).time_waits == n; i++)
		fixture_after(f, 1);
	assert_int_equal(pool_use(f).time_waits, n - RS_TIMEWAIT_BURST);
	assert_int_equal(rs_stack_idle(f->stack, 1000), 0);
	fixture_run(f);
	assert_int_equal(pool_use(f).time_waits, n - 2 * RS_TIMEWAIT_BURST);
	f->now += 10000;
	fixture_run(f);
	assert_int_equal(pool_use(f).time_waits, 0);
}

/* Text that waits for its service keeps the TCB. */
static void
record_waits_until_all_is_taken(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.msl_ms = MSL;
	f->params.tcp.max_time_wait = 1;
	tcb = fixture_reach(f, RS_FIN_WAIT_2);
	f->take = 0;
	input(f, .flags = FIN | ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	fixture_run(f);
	assert_int_equal(tcb->state, RS_TIME_WAIT);
	assert_int_equal(pool_use(f).time_waits, 0);
	f->take = UINT64_MAX;
	rs_conn_resume(f->tcp, tcb);
	fixture_run(f);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(pool_use(f).tcbs, 0);
	assert_int_equal(pool_use(f).time_waits, 1);
	assert_int_equal(pool_use(f).busy, 0);
}

/* Reopening needs a TCB: without one the SYN is dropped, and TIME-WAIT goes on. */
static void
record_is_reopened_when_a_tcb_is_free(void **state)
{
	struct fixture *f = *state;
	const struct rs_timewait *tw;
	uint32_t seq;

	f->params.tcp.max_connections = 1;
	records_start(f, 8, 1, 1);
	tw = rs_timewait_at(&f->tcp->waits, f->tcp->waits.oldest);
	seq = tw->rcv_nxt;
	fixture_reach_on(f, LPORT, 2, RS_ESTABLISHED);
	assert_int_equal(input(f, .flags = SYN, .seq = seq, .rport = 1), RS_RESET_MAX);
	assert_int_equal(f->stack->stats.tcp.syn_dropped, 1);
	assert_int_equal(pool_use(f).time_waits, 1);
	fixture_run(f);
	assert_null(fixture_next(f));
	rs_conn_abort(f->tcp, fixture_find(f, LPORT, 2));
	fixture_run(f);
	fixture_forget(f);
	input(f, .flags = SYN, .seq = seq, .rport = 1);
	assert_int_equal(pool_use(f).time_waits, 0);
	assert_int_equal(fixture_find(f, LPORT, 1)->state, RS_SYN_RECEIVED);
	assert_int_equal(f->stack->stats.tcp.reopened, 1);
	/* the SYN was old: the record comes back */
	input(f, .flags = RST, .seq = seq + 1, .rport = 1);
	fixture_run(f);
	assert_int_equal(pool_use(f).time_waits, 1);
	assert_int_equal(pool_use(f).tcbs, 0);
	assert_int_equal(rs_timewait_at(&f->tcp->waits, f->tcp->waits.oldest)->rcv_nxt, seq);
	assert_int_equal(f->tcp->listener_stats[0].accepted,
		f->tcp->listener_stats[0].open + f->tcp->listener_stats[0].ended +
		f->tcp->listener_stats[0].aborted);
}

/* A stop that resets ends the records, too, some in each run; one that finishes does not. */
static void
record_ends_when_stopping(void **state)
{
	struct fixture *f = *state;

	records_start(f, 100, 1, RS_STOP_BURST + 1);
	rs_stack_stop(f->stack, RS_STOP_FINISH);
	fixture_run(f);
	assert_int_equal(pool_use(f).time_waits, RS_STOP_BURST + 1);
	rs_stack_stop(f->stack, RS_STOP_RESET);
	fixture_run(f);
	assert_int_equal(pool_use(f).time_waits, 1);
	assert_int_equal(rs_stack_idle(f->stack, 1000), 0);
	fixture_run(f);
	assert_int_equal(pool_use(f).time_waits, 0);
	assert_null(fixture_next(f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(time_wait_lasts_two_msl),
		fixture_test(time_wait_starts_again),
		fixture_test(time_wait_ends_the_service_when_all_is_taken),
		fixture_test(time_wait_is_reopened_by_a_later_syn),
		fixture_test(time_wait_is_reopened_with_the_listeners_ip_header),
		fixture_test(time_wait_is_reopened_with_a_larger_iss),
		fixture_test(time_wait_comes_back_if_the_syn_was_old),
		fixture_test(time_wait_is_not_reopened_when_stopping),
		fixture_test(time_wait_is_reopened_from_another_neighbour),
		fixture_test(time_wait_that_is_reopened_is_counted_as_ended),
		fixture_test(record_takes_the_place_of_the_tcb),
		fixture_test(record_of_the_oldest_makes_way),
		fixture_test(record_without_an_mbuf_owes_no_ack),
		fixture_test(record_expires_in_time),
		fixture_test(record_expiry_is_bounded),
		fixture_test(record_waits_until_all_is_taken),
		fixture_test(record_is_reopened_when_a_tcb_is_free),
		fixture_test(record_ends_when_stopping),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
