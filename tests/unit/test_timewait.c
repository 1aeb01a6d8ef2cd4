/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* TIME-WAIT (RFC 9293 3.6.1, MUST-13) and its reopening by a new SYN (MAY-2). */

#include "tcp_fixture.h"

#define MSL 100

/* A connection in TIME-WAIT, of 2 * MSL ms. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(time_wait_lasts_two_msl),
		fixture_test(time_wait_starts_again),
		fixture_test(time_wait_ends_the_service_when_all_is_taken),
		fixture_test(time_wait_is_reopened_by_a_later_syn),
		fixture_test(time_wait_is_reopened_with_a_larger_iss),
		fixture_test(time_wait_comes_back_if_the_syn_was_old),
		fixture_test(time_wait_is_not_reopened_when_stopping),
		fixture_test(time_wait_is_reopened_from_another_neighbour),
		fixture_test(time_wait_that_is_reopened_is_counted_as_ended),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
