/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Retransmission (RFC 6298, RFC 9293 3.8.1), R1 (3.8.3) and the persist timer (3.8.6.1),
 * tested through the functions of tcp/loss/rtx.c.
 */

#include "tcp_fixture.h"

#define MSS 536 /* of a peer that sends no option (MUST-15) */

static bool
runs(const struct rs_tcb *tcb, enum rs_timer_kind kind)
{
	return (tcb->flags & kind) != 0;
}

/* An established connection that has queued n bytes and sent as many as the window allows. */
static struct rs_tcb *
in_flight(struct fixture *f, uint32_t n)
{
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_conn_set_nodelay(tcb, true);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, n), n);
	fixture_run(f);
	fixture_forget(f);
	return tcb;
}

/* The peer acknowledges up to `ack`, with window f->wnd. */
static void
acked(struct fixture *f, const struct rs_tcb *tcb, uint32_t ack)
{
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = ack);
	fixture_run(f);
}

/* The next segment carries the bytes [off, off + len) of the stream. */
static void
expect_bytes(struct fixture *f, uint32_t first, uint32_t off, uint16_t len)
{
	const struct out *out = fixture_next(f);

	assert_non_null(out);
	assert_int_equal(out->seq - first, off);
	assert_int_equal(out->len, len);
	assert_memory_equal(out->data, &f->bytes[off], len);
}

/* Let time pass until a segment is sent. @return milliseconds */
static uint32_t
until_sent(struct fixture *f)
{
	uint32_t ms;

	for (ms = 0; ms < 200000 && f->next_out == f->n_out; ms++)
		fixture_after(f, 1);
	return ms;
}

static void
rtx_unsent_counts_bytes_and_no_fin(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->wnd = 100;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_rtx_unsent(f->tcp, tcb), 0);
	rs_conn_send(f->tcp, tcb, f->bytes, 250);
	rs_conn_shutdown(f->tcp, tcb);
	assert_int_equal(rs_rtx_unsent(f->tcp, tcb), 250);
	fixture_run(f);
	assert_int_equal(rs_rtx_unsent(f->tcp, tcb), 150);
	acked(f, tcb, tcb->snd_nxt);
	assert_int_equal(rs_rtx_unsent(f->tcp, tcb), 50);
	acked(f, tcb, tcb->snd_nxt);
	assert_int_equal(rs_rtx_unsent(f->tcp, tcb), 0);
	assert_int_equal(tcb->state, RS_FIN_WAIT_1);
	assert_true((tcb->flags & RS_F_FIN_SENT) != 0);
}

/* RFC 6298 5.1: the timer starts when data is sent, 5.2: and stops when all is acknowledged. */
static void
rtx_timer_runs_while_data_is_in_flight(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t due;

	assert_false(runs(tcb, RS_TIMER_RTX));
	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	fixture_run(f);
	assert_true(runs(tcb, RS_TIMER_RTX));
	due = tcb->t_rtx;
	/* 5.1: "if the timer is not running": further data does not move it */
	fixture_after(f, 300);
	rs_conn_send(f->tcp, tcb, &f->bytes[10], MSS);
	fixture_run(f);
	assert_int_equal(tcb->t_rtx, due);
	/* 5.3: an ACK of new data starts it anew */
	acked(f, tcb, tcb->snd_una + 10);
	assert_true(runs(tcb, RS_TIMER_RTX));
	assert_true(rs_seq_gt(tcb->t_rtx, due));
	acked(f, tcb, tcb->snd_nxt);
	assert_false(runs(tcb, RS_TIMER_RTX));
	assert_false(runs(tcb, RS_TIMER_LIFE));
	assert_false(tcb->flags & RS_F_BUSY);
}

/* 5.4, 5.5: the earliest segment is retransmitted, and RTO doubles, up to its largest value. */
static void
rtx_of_the_first_segment_backs_off(void **state)
{
	const uint32_t rto[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	unsigned int i;
	uint32_t first;

	f->params.tcp.r2_ms = 1000000;
	tcb = in_flight(f, 3 * MSS);
	first = tcb->snd_una;
	for (i = 0; i < RTE_DIM(rto); i++) {
		assert_in_range(until_sent(f), rto[i], rto[i] + 1);
		expect_bytes(f, first, 0, MSS);
		assert_null(fixture_next(f));
		assert_int_equal(f->stack->stats.tcp.retransmitted, i + 1);
		assert_int_equal(f->stack->stats.tcp.rto_expired, i + 1);
		/* R1 of three retransmissions is reported once (SHLD-10) */
		assert_int_equal(f->stack->stats.tcp.r1_reached, i + 1 >= 3);
	}
	assert_int_equal(f->stack->stats.tcp.tx_data_bytes, 3 * MSS);
}

/* Karn (MUST-18): a retransmitted segment gives no sample, and the backed-off RTO stays. */
static void
rtx_takes_no_sample_of_a_retransmitted_segment(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f, 100);
	uint32_t srtt = tcb->srtt;

	until_sent(f);
	fixture_forget(f);
	acked(f, tcb, tcb->snd_nxt);
	assert_int_equal(tcb->srtt, srtt);
	assert_int_equal(tcb->backoff, 1);
	/* the next segment, sent once, gives a sample, which ends the back-off */
	rs_conn_send(f->tcp, tcb, f->bytes, 100);
	fixture_run(f);
	f->now += 700000;
	acked(f, tcb, tcb->snd_nxt);
	assert_int_not_equal(tcb->srtt, srtt);
	assert_int_equal(tcb->backoff, 0);
}

/* RFC 6298 3: one sample a round trip, however many ACKs come in it. */
static void
rtx_takes_one_sample_a_round_trip(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f, 2 * MSS);
	uint32_t srtt = tcb->srtt;

	fixture_after(f, 100);
	acked(f, tcb, tcb->snd_una + 100);
	/* RFC 6298 2.3 of 100 ms */
	srtt = (uint32_t)((7 * (uint64_t)srtt + 100000) / 8);
	assert_int_equal(tcb->srtt, srtt);
	fixture_after(f, 300);
	acked(f, tcb, tcb->snd_una + MSS - 100);
	assert_int_equal(tcb->srtt, srtt);
	/* Data that is sent now belongs to the next round trip. */
	rs_conn_send(f->tcp, tcb, f->bytes, MSS);
	fixture_run(f);
	f->now += 200000;
	acked(f, tcb, tcb->snd_nxt);
	assert_int_equal(tcb->srtt, (7 * (uint64_t)srtt + 200000) / 8);
}

/* RFC 5681 3.1: after a time-out the loss window is one segment, then it grows. */
static void
rtx_starts_slowly_after_a_timeout(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f, 8 * MSS);
	uint32_t first = tcb->snd_una;

	until_sent(f);
	expect_bytes(f, first, 0, MSS);
	assert_null(fixture_next(f));
	acked(f, tcb, first + MSS);
	expect_bytes(f, first, MSS, MSS);
	expect_bytes(f, first, 2 * MSS, MSS);
	assert_null(fixture_next(f));
	/* An ACK of all that was in flight ends it, and new data goes on. */
	rs_conn_send(f->tcp, tcb, &f->bytes[8 * MSS], 3 * MSS);
	acked(f, tcb, first + 8 * MSS);
	expect_bytes(f, first, 8 * MSS, MSS);
	expect_bytes(f, first, 9 * MSS, MSS);
	expect_bytes(f, first, 10 * MSS, MSS);
	acked(f, tcb, tcb->snd_nxt);
	assert_false(tcb->flags & RS_F_BUSY);
}

/* A LOST range that is acknowledged is not retransmitted. */
static void
rtx_goes_on_behind_acknowledged_data(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f, 6 * MSS);
	uint32_t first = tcb->snd_una;

	until_sent(f);
	fixture_forget(f);
	/* only the first was lost */
	acked(f, tcb, first + 4 * MSS);
	expect_bytes(f, first, 4 * MSS, MSS);
	expect_bytes(f, first, 5 * MSS, MSS);
	assert_null(fixture_next(f));
}

/*
 * New data waits for lost data, a single byte of it, too, which shares its segment with new data
 * (RFC 6675 5, NextSeg() (1) before (2)): cwnd has room for the new data, but not for that segment.
 */
static void
rtx_goes_before_new_data(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f, MSS + 1);
	uint32_t first = tcb->snd_una;

	until_sent(f);
	fixture_forget(f);
	/* RFC 5681 3.1: cwnd is one segment, and grows by what is acknowledged */
	rs_conn_send(f->tcp, tcb, &f->bytes[MSS + 1], 100);
	acked(f, tcb, first + 100);
	assert_null(fixture_next(f));
	acked(f, tcb, first + MSS);
	expect_bytes(f, first, MSS, 101);
	assert_null(fixture_next(f));
}

static void
rtx_of_a_fin_alone(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_FIN_WAIT_1);
	const struct out *out;

	assert_in_range(until_sent(f), 1000, 1001);
	out = fixture_expect(f, FIN | ACK);
	assert_int_equal(out->seq, tcb->snd_una);
	assert_int_equal(out->len, 0);
	assert_in_range(until_sent(f), 2000, 2001);
	fixture_expect(f, FIN | ACK);
	assert_int_equal(f->stack->stats.tcp.retransmitted, 2);
	acked(f, tcb, tcb->snd_nxt);
	assert_int_equal(tcb->state, RS_FIN_WAIT_2);
}

static void
rtx_of_data_and_fin_is_one_segment(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	const struct out *out;

	rs_conn_send(f->tcp, tcb, f->bytes, 100);
	rs_conn_shutdown(f->tcp, tcb);
	fixture_run(f);
	fixture_expect(f, FIN | PSH | ACK);
	until_sent(f);
	out = fixture_expect(f, FIN | PSH | ACK);
	assert_int_equal(out->len, 100);
	assert_int_equal(out->seq, tcb->snd_una);
	/* the data arrived, the FIN did not */
	acked(f, tcb, tcb->snd_una + 100);
	fixture_forget(f);
	until_sent(f);
	out = fixture_expect(f, FIN | ACK);
	assert_int_equal(out->len, 0);
	assert_int_equal(out->seq, tcb->snd_nxt - 1);
}

/* 3.8.6.1: one octet, at growing intervals, for as long as ACKs come (MUST-35 to MUST-37). */
static void
persist_probes_a_closed_window(void **state)
{
	const uint32_t wait[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000 };
	struct fixture *f = *state;
	uint32_t first;
	struct rs_tcb *tcb;
	unsigned int i;

	f->wnd = 0;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	first = tcb->snd_una;
	rs_conn_send(f->tcp, tcb, f->bytes, 10 * MSS);
	fixture_run(f);
	assert_null(fixture_next(f));
	assert_true(runs(tcb, RS_TIMER_RTX));
	for (i = 0; i < RTE_DIM(wait); i++) {
		assert_in_range(until_sent(f), wait[i], wait[i] + 1);
		expect_bytes(f, first, 0, 1);
		assert_null(fixture_next(f));
		acked(f, tcb, first); /* not taken, but alive */
		assert_null(fixture_next(f));
	}
	assert_int_equal(f->stack->stats.tcp.window_probes, RTE_DIM(wait));
	assert_int_equal(f->stack->stats.tcp.r1_reached, 0);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	/* The window opens: data is sent at once, from the probe's octet on. */
	f->wnd = 32768;
	acked(f, tcb, first);
	expect_bytes(f, first, 0, MSS);
	assert_int_equal(tcb->backoff, 0);
}

/* The peer takes the probe's octet each time: the stream goes on in a closed window. */
static void
persist_goes_on_with_each_octet(void **state)
{
	struct fixture *f = *state;
	uint32_t first, off;
	struct rs_tcb *tcb;

	f->wnd = 0;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	first = tcb->snd_una;
	rs_conn_send(f->tcp, tcb, f->bytes, 5);
	rs_conn_shutdown(f->tcp, tcb);
	for (off = 0; off < 5; off++) {
		until_sent(f);
		expect_bytes(f, first, off, 1);
		acked(f, tcb, first + off + 1);
	}
	/* The FIN is a probe, too. */
	until_sent(f);
	fixture_expect(f, FIN | ACK);
	acked(f, tcb, tcb->snd_nxt);
	assert_int_equal(tcb->state, RS_FIN_WAIT_2);
	assert_false(tcb->flags & RS_F_BUSY);
}

/* MUST-37 is for a peer that answers: after R2 of probing in vain the connection ends. */
static void
persist_of_a_dead_peer_ends(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint32_t ms = 0;

	f->wnd = 0;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	for (ms = 0; tcb->state == RS_ESTABLISHED && ms < 200000; ms++)
		fixture_after(f, 1);
	assert_in_range(ms, 100000, 100000 + 1000 + 5);
	assert_int_equal(f->how, RS_END_TIMEOUT);
}

/* 3.8.6.2.1 (4): data that sender SWS avoidance holds back is sent after 0.1 to 1.0 s. */
static void
persist_overrides_sws_avoidance(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint32_t first, ms;

	f->wnd = 2000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	first = tcb->snd_una;
	f->wnd = 100; /* less than half of the largest, and than a segment */
	acked(f, tcb, first);
	rs_conn_send(f->tcp, tcb, f->bytes, 300);
	fixture_run(f);
	assert_null(fixture_next(f));
	ms = until_sent(f);
	assert_in_range(ms, 100, 1001);
	expect_bytes(f, first, 0, 100);
	assert_int_equal(f->stack->stats.tcp.window_probes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(rtx_unsent_counts_bytes_and_no_fin),
		fixture_test(rtx_timer_runs_while_data_is_in_flight),
		fixture_test(rtx_of_the_first_segment_backs_off),
		fixture_test(rtx_takes_no_sample_of_a_retransmitted_segment),
		fixture_test(rtx_takes_one_sample_a_round_trip),
		fixture_test(rtx_starts_slowly_after_a_timeout),
		fixture_test(rtx_goes_on_behind_acknowledged_data),
		fixture_test(rtx_goes_before_new_data),
		fixture_test(rtx_of_a_fin_alone),
		fixture_test(rtx_of_data_and_fin_is_one_segment),
		fixture_test(persist_probes_a_closed_window),
		fixture_test(persist_goes_on_with_each_octet),
		fixture_test(persist_of_a_dead_peer_ends),
		fixture_test(persist_overrides_sws_avoidance),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
