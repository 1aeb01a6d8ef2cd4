/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * How much is sent, and when: Nagle (RFC 9293 3.7.4), sender SWS avoidance (3.8.6.2.1), the
 * window, PSH, and the turns of connections.
 */

#include "tcp_fixture.h"

#define MSS 536 /* of a peer that sends no option (MUST-15) */

static void
queue(struct fixture *f, struct rs_tcb *tcb, uint32_t off, uint32_t len)
{
	assert_int_equal(rs_conn_send(f->tcp, tcb, &f->bytes[off], len), len);
}

/* A new segment of these bytes, which are at the same offset in the connection's stream. */
static void
expect_data(struct fixture *f, const struct rs_tcb *tcb, uint8_t flags, uint32_t seq,
	uint32_t off, uint16_t len)
{
	const struct out *out = fixture_expect(f, flags);

	assert_int_equal(out->seq, seq);
	assert_int_equal(out->ack, tcb->rcv_nxt);
	assert_int_equal(out->len, len);
	assert_memory_equal(out->data, &f->bytes[off], len);
}

/* MUST-60, MUST-61: PSH with the last queued octet, not before. */
static void
output_segments_have_the_mss_and_the_last_is_pushed(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t first = tcb->snd_nxt;

	rs_conn_set_nodelay(tcb, true);
	queue(f, tcb, 0, 2 * MSS + 1);
	fixture_run(f);
	expect_data(f, tcb, ACK, first, 0, MSS);
	expect_data(f, tcb, ACK, first + MSS, MSS, MSS);
	expect_data(f, tcb, PSH | ACK, first + 2 * MSS, 2 * MSS, 1);
	assert_null(fixture_next(f));
	assert_int_equal(tcb->snd_nxt, first + 2 * MSS + 1);
}

/* 3.7.4: less than a full segment waits while data is unacknowledged. */
static void
output_nagle_holds_back_small_segments(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t first = tcb->snd_nxt;

	queue(f, tcb, 0, 10);
	fixture_run(f);
	expect_data(f, tcb, PSH | ACK, first, 0, 10);
	queue(f, tcb, 10, 20);
	fixture_run(f);
	assert_null(fixture_next(f));
	/* A full segment is sent, the rest behind it waits. */
	queue(f, tcb, 30, MSS);
	fixture_run(f);
	expect_data(f, tcb, ACK, first + 10, 10, MSS);
	assert_null(fixture_next(f));
	fixture_ack(f, tcb);
	fixture_run(f);
	expect_data(f, tcb, PSH | ACK, first + 10 + MSS, 10 + MSS, 20);
}

/* MUST-17: it can be disabled, on a connection whose data waits as well. */
static void
output_without_nagle_sends_at_once(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach_on(f, LPORT_NODELAY, RPORT, RS_ESTABLISHED);
	uint32_t first = tcb->snd_nxt;
	uint32_t i;

	for (i = 0; i < 5; i++) {
		queue(f, tcb, i, 1);
		fixture_run(f);
		expect_data(f, tcb, PSH | ACK, first + i, i, 1);
	}
}

/* 3.8.6.2.1: min(D,U) >= Eff.snd.MSS; or all there is; or half of the largest window. */
static void
output_sws_avoidance_waits_for_a_window(void **state)
{
	const struct { uint16_t max, wnd; uint32_t data; uint16_t sent; } cases[] = {
		{ 2000, 500, 1000, 0 },      /* less than all, than MSS, than half of 2000 */
		{ 2000, MSS - 1, 1000, 0 },
		{ 2000, MSS, 1000, MSS },    /* (1) a full segment */
		{ 2000, 500, 500, 500 },     /* (2) all there is */
		{ 2000, 500, 501, 0 },
		{ 600, 300, 1000, 300 },     /* (3) half of the largest */
		{ 600, 299, 1000, 0 },
		{ 2000, 0, 10, 0 },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		struct rs_tcb *tcb;

		f->wnd = cases[i].max;
		tcb = fixture_reach(f, RS_ESTABLISHED);
		f->wnd = cases[i].wnd;
		fixture_ack(f, tcb);
		queue(f, tcb, 0, cases[i].data);
		fixture_run(f);
		assert_int_equal(tcb->snd_nxt - tcb->snd_una, cases[i].sent);
		rs_conn_abort(f->tcp, tcb);
		fixture_run(f);
		fixture_finish(f);
	}
}

/* 3.8.6: never beyond SND.UNA + SND.WND, whatever is queued. */
static void
output_stays_in_the_window(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint64_t seed = 5;
	uint32_t edge, i;

	f->wnd = 3000;
	f->params.tcp.snd_window = 100000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	edge = tcb->snd_una + 3000;
	queue(f, tcb, 0, STREAM);
	for (i = 0; i < 300; i++) {
		uint32_t n = next_random(&seed) % (tcb->snd_nxt - tcb->snd_una + 1);

		fixture_run(f);
		fixture_forget(f);
		assert_true(rs_seq_leq(tcb->snd_nxt, edge));
		f->wnd = (uint16_t)(next_random(&seed) % 9000);
		/* The right edge moves left: bytes in flight stay, and no more are sent. */
		edge = rs_seq_max(tcb->snd_una + n + f->wnd, tcb->snd_nxt);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una + n);
	}
}

/* And no more of it than is configured. */
static void
output_stays_in_snd_window(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.snd_window = 4 * MSS;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	queue(f, tcb, 0, 100000);
	fixture_run(f);
	fixture_run(f);
	assert_int_equal(tcb->snd_nxt - tcb->snd_una, 4 * MSS);
	fixture_forget(f);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una + MSS);
	fixture_run(f);
	assert_int_equal(tcb->snd_nxt - tcb->snd_una, 4 * MSS);
	assert_int_equal(fixture_forget(f), 1);
}

/* A scaled window is as large as it says (RFC 7323 2.3). */
static void
output_knows_scaled_windows(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->syn_opt = "\3\3\4";
	f->syn_opt_len = 4;
	f->wnd = 100;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_tcb_snd_wnd(tcb), 1600);
	queue(f, tcb, 0, 100000);
	fixture_run(f);
	fixture_run(f);
	assert_int_equal(tcb->snd_nxt - tcb->snd_una, 2 * MSS);
}

static void
output_fin_goes_with_the_last_data(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t first = tcb->snd_nxt;

	queue(f, tcb, 0, MSS + 10);
	rs_conn_shutdown(f->tcp, tcb);
	rs_conn_set_nodelay(tcb, true);
	fixture_run(f);
	expect_data(f, tcb, ACK, first, 0, MSS);
	expect_data(f, tcb, FIN | PSH | ACK, first + MSS, MSS, 10);
	assert_int_equal(tcb->snd_nxt, first + MSS + 10 + 1);
	assert_int_equal(tcb->state, RS_FIN_WAIT_1);
}

/* A FIN takes an octet of the window, and waits for it. */
static void
output_fin_waits_for_the_window(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->wnd = 100;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	queue(f, tcb, 0, 100);
	rs_conn_shutdown(f->tcp, tcb);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, PSH | ACK)->len, 100);
	assert_null(fixture_next(f));
	fixture_ack(f, tcb);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, FIN | ACK)->len, 0);
}

/* CLOSE-WAIT becomes LAST-ACK with its FIN (3.10.4). */
static void
output_fin_of_close_wait_makes_last_ack(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_CLOSE_WAIT);

	rs_conn_shutdown(f->tcp, tcb);
	assert_int_equal(tcb->state, RS_CLOSE_WAIT);
	fixture_run(f);
	fixture_expect(f, FIN | ACK);
	assert_int_equal(tcb->state, RS_LAST_ACK);
}

/* MUST-58, MUST-59: one ACK for all, and none beside data. */
static void
output_data_carries_the_ack(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	queue(f, tcb, 0, 10);
	fixture_run(f);
	fixture_expect(f, PSH | ACK);
	assert_null(fixture_next(f));
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->seq, tcb->snd_nxt);
	assert_null(fixture_next(f));
	/* and a delayed one is paid with any */
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 5);
	assert_true((tcb->flags & RS_F_T_ACK) != 0);
	queue(f, tcb, 10, 10);
	fixture_run(f);
	fixture_expect(f, PSH | ACK);
	assert_false((tcb->flags & RS_F_T_ACK) != 0);
	fixture_after(f, 100);
	assert_null(fixture_next(f));
}

/* A congestion window that does not matter, as if it had been one in the past. */
static void
widen(const struct fixture *f, struct rs_tcb *tcb)
{
	tcb->idle.cwnd = 1000;
	tcb->idle_since = f->tcp->tick & 0xffffff;
}

/* A connection with much to send has its turn of RS_OUTPUT_QUANTUM, then the others. */
static void
output_takes_turns(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb[3];
	unsigned int i, k;

	f->wnd = 65535;
	for (i = 0; i < 3; i++) {
		tcb[i] = fixture_reach_on(f, LPORT, (uint16_t)(1 + i), RS_ESTABLISHED);
		widen(f, tcb[i]);
		queue(f, tcb[i], 0, 60000);
	}
	for (k = 0; k < 2; k++) {
		fixture_run(f);
		for (i = 0; i < 3 * RS_OUTPUT_QUANTUM; i++)
			assert_int_equal(fixture_expect(f, ACK)->rport,
				1 + i / RS_OUTPUT_QUANTUM);
		assert_null(fixture_next(f));
	}
}

/* Never more than there is room for; the rest follows, in order and complete. */
static void
output_keeps_to_the_room(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *tx[RS_BURST];
	struct rs_tcb *tcb;
	uint32_t len = 0;
	uint16_t room, n, i;

	f->wnd = 65535;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	rs_conn_set_nodelay(tcb, true);
	widen(f, tcb);
	queue(f, tcb, 0, 20000);
	assert_int_equal(rs_tcp_output_burst(f->tcp, tx, 0), 0);
	for (room = 1; len < 20000; room++) {
		n = rs_tcp_output_burst(f->tcp, tx, room);
		assert_true(n > 0 && n <= room);
		for (i = 0; i < n; i++) {
			uint32_t part = tx[i]->pkt_len - 54;

			assert_memory_equal(rte_pktmbuf_mtod_offset(tx[i], uint8_t *, 54),
				&f->bytes[len], part);
			len += part;
		}
		rte_pktmbuf_free_bulk(tx, n);
	}
	assert_int_equal(len, 20000);
	assert_int_equal(rs_tcp_output_burst(f->tcp, tx, RS_BURST), 0);
}

/* One that comes in line while others are served waits for the next run. */
static void
send_in_writable(struct fixture *f, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	f->result += rs_conn_send(tcp, conn, f->bytes, 1);
	rs_conn_resume(tcp, conn);
	conn->flags |= RS_F_WANT_WRITE;
}

static void
output_ends_though_a_service_always_wants_more(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach_on(f, LPORT_NODELAY, RPORT, RS_ESTABLISHED);
	unsigned int i;

	f->on[WRITABLE] = send_in_writable;
	tcb->flags |= RS_F_WANT_WRITE;
	rs_conn_resume(f->tcp, tcb);
	for (i = 1; i <= 10; i++) {
		fixture_run(f);
		assert_int_equal(f->notified[WRITABLE], i);
		fixture_expect(f, PSH | ACK);
		assert_null(fixture_next(f));
	}
	f->on[WRITABLE] = NULL;
}

/* Without mbufs nothing is lost: it goes when there are some. */
static void
output_without_mbufs_goes_on_later(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t first = tcb->snd_nxt;
	struct rte_mbuf *taken[MBUFS];
	unsigned int n;

	rs_conn_set_nodelay(tcb, true);
	queue(f, tcb, 0, MSS + 10);
	rs_conn_shutdown(f->tcp, tcb);
	n = fixture_drain(f->mbufs, taken, MBUFS);
	fixture_run(f);
	assert_null(fixture_next(f));
	assert_int_equal(f->stack->stats.drop[RS_DROP_no_mbuf], 1);
	assert_int_equal(tcb->snd_nxt, first);
	fixture_give(&taken[n - 1], 1);
	fixture_run(f);
	expect_data(f, tcb, ACK, first, 0, MSS);
	assert_null(fixture_next(f));
	fixture_give(taken, n - 1);
	fixture_run(f);
	expect_data(f, tcb, FIN | PSH | ACK, first + MSS, MSS, 10);
}

/* A received mbuf that is free serves first, whatever it had been. */
static void
output_uses_spare_mbufs(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->wire);
	struct rte_mbuf *tx[1];

	assert_non_null(m);
	rte_pktmbuf_append(m, 1000);
	rte_pktmbuf_adj(m, 500);
	m->ol_flags = RTE_MBUF_F_RX_VLAN;
	f->tcp->spare[f->tcp->n_spare++] = m;
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	assert_int_equal(rs_tcp_output_burst(f->tcp, tx, 1), 1);
	assert_ptr_equal(tx[0], m);
	assert_int_equal(f->tcp->n_spare, 0);
	assert_int_equal(m->pkt_len, 54);
	assert_int_equal(m->data_off, RTE_PKTMBUF_HEADROOM);
	assert_int_equal(m->ol_flags, 0);
	rte_pktmbuf_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(output_segments_have_the_mss_and_the_last_is_pushed),
		fixture_test(output_nagle_holds_back_small_segments),
		fixture_test(output_without_nagle_sends_at_once),
		fixture_test(output_sws_avoidance_waits_for_a_window),
		fixture_test(output_stays_in_the_window),
		fixture_test(output_stays_in_snd_window),
		fixture_test(output_knows_scaled_windows),
		fixture_test(output_fin_goes_with_the_last_data),
		fixture_test(output_fin_waits_for_the_window),
		fixture_test(output_fin_of_close_wait_makes_last_ack),
		fixture_test(output_data_carries_the_ack),
		fixture_test(output_takes_turns),
		fixture_test(output_keeps_to_the_room),
		fixture_test(output_ends_though_a_service_always_wants_more),
		fixture_test(output_without_mbufs_goes_on_later),
		fixture_test(output_uses_spare_mbufs),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
