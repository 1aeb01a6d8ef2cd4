/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A run does a bounded amount of work, whatever the number of connections that wait for a pool,
 * for room in the burst or for their end; and each of them gets its turn.
 */

#include "tcp_fixture.h"

enum {
	HOG = 1,                /* its peer's port; it holds every chunk */
	FIRST = 100,            /* port of the first connection that waits */
	WAITERS = 600,
	BULK = 64,
	ENDED_CONNECTIONS = 40,
	ROOM = 4,               /* frames of a small burst */
};

/* The order in which `writable` was called. */
static uint16_t order[4 * WAITERS];
static unsigned int n_order;

static void
ask_again(struct fixture *f, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	if (n_order < RTE_DIM(order))
		order[n_order++] = conn->tuple.rport;
	rs_conn_send(tcp, conn, f->bytes, 10);
}

/* One connection holds every chunk, and WAITERS others could not send. */
static struct rs_tcb *
start_waiters(struct fixture *f)
{
	struct rs_tcb *hog;
	uint16_t i;

	n_order = 0;
	f->params.tcp.max_connections = 1024;
	f->params.tcp.max_busy = 1024;
	f->params.tcp.max_chunks = 2;
	hog = fixture_reach_on(f, LPORT, HOG, RS_ESTABLISHED);
	for (i = 0; i < 2; i++)
		assert_int_equal(rs_conn_send(f->tcp, hog, f->bytes, 100), 100);
	fixture_run(f);
	f->on[WRITABLE] = ask_again;
	for (i = 0; i < WAITERS; i++) {
		struct rs_tcb *tcb = fixture_reach_on(f, LPORT, (uint16_t)(FIRST + i),
			RS_ESTABLISHED);

		assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 0);
	}
	fixture_forget(f);
	return hog;
}

/* Nothing is asked again while the pool stays empty, but for a few a millisecond. */
static void
waiters_are_not_polled(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	start_waiters(f);
	fixture_run(f);
	n_order = 0;
	for (i = 0; i < 100; i++) {
		uint64_t work = f->tcp->work;

		fixture_run(f);
		assert_true(f->tcp->work - work <= 4);
	}
	assert_int_equal(n_order, 0);
	fixture_after(f, 10);
	assert_in_range(n_order, 1, 10 * RS_WAKE_BURST);
}

/* As the pool refills the ones that have waited longest are asked first, each in its turn. */
static void
waiters_are_woken_in_order(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *hog = start_waiters(f);
	unsigned int i;

	fixture_after(f, 1);
	n_order = 0;
	fixture_ack(f, hog);
	fixture_run(f);
	assert_true(n_order >= 2);
	for (i = 1; i < n_order; i++)
		assert_int_equal(order[i], order[i - 1] + 1);
	/* each that could send is acknowledged, so the next one can: all get through */
	for (i = 0; i < 4 * WAITERS && f->tcp->stats->tcp.tx_data_bytes < 200 + 10 * WAITERS; i++) {
		const struct out *out;

		fixture_after(f, 1);
		while ((out = fixture_next(f)) != NULL) {
			struct rs_tcb *tcb = fixture_find(f, LPORT, out->rport);

			if (out->len > 0 && tcb->snd_una != tcb->snd_nxt)
				fixture_ack(f, tcb);
		}
	}
	assert_int_equal(f->tcp->stats->tcp.tx_data_bytes, 200 + 10 * WAITERS);
}

/* A connection that ends while it waits is buried; it does not stay in the line for ever. */
static void
waiters_that_end_are_buried(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *hog = start_waiters(f);
	uint16_t i;

	for (i = 0; i < WAITERS; i++)
		rs_conn_abort(f->tcp, fixture_find(f, LPORT, (uint16_t)(FIRST + i)));
	fixture_ack(f, hog);
	for (i = 0; i < WAITERS / RS_WAKE_BURST + WAITERS / RS_BURST + 2; i++) {
		fixture_after(f, 1);
		fixture_forget(f);
	}
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_abort], WAITERS);
	assert_int_equal(f->tcp->tcb_pool.used, 1);
}

/* BULK connections with more to send than a small burst has room for, in every run. */
static void
start_bulk(struct fixture *f)
{
	uint16_t i;

	f->wnd = UINT16_MAX;
	for (i = 0; i < BULK; i++)
		fixture_reach_on(f, LPORT_NODELAY, (uint16_t)(FIRST + i), RS_ESTABLISHED);
	for (i = 0; i < BULK; i++) {
		struct rs_tcb *tcb = fixture_find(f, LPORT_NODELAY, (uint16_t)(FIRST + i));

		/* no congestion window limits it, as if one had grown just now */
		tcb->idle.cwnd = 1000;
		tcb->idle_since = f->tcp->tick & 0xffffff;
		assert_true(rs_conn_send(f->tcp, tcb, f->bytes, 60000) > 0);
	}
}

/* A stack for many connections whose sending is not spread over time. */
static void
start_unpaced(struct fixture *f)
{
	f->params.tcp.max_connections = 1024;
	f->params.tcp.congestion = RS_CC_NEWRENO;
	fixture_start(f);
}

/* One run with room for a few frames. @return how many have these flags */
static unsigned int
small_run(struct fixture *f, uint8_t flags)
{
	struct rte_mbuf *tx[ROOM];
	uint16_t n = rs_stack_run(f->stack, NULL, 0, f->now, tx, ROOM);
	unsigned int found = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		const struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(tx[i],
			const struct rte_tcp_hdr *, sizeof(struct rte_ether_hdr) +
			sizeof(struct rte_ipv4_hdr));

		found += (th->tcp_flags & flags) == flags;
	}
	rte_pktmbuf_free_bulk(tx, n);
	return found;
}

/* RFC 9293 3.10.5: the reset of an abort is sent, though bulk data fills every burst. */
static void
resets_have_room_beside_bulk_data(void **state)
{
	struct fixture *f = *state;
	unsigned int resets = 0;
	uint16_t i;

	start_unpaced(f);
	for (i = 0; i < ENDED_CONNECTIONS; i++)
		fixture_reach_on(f, LPORT, (uint16_t)(1000 + i), RS_ESTABLISHED);
	start_bulk(f);
	for (i = 0; i < ENDED_CONNECTIONS; i++)
		rs_conn_abort(f->tcp, fixture_find(f, LPORT, (uint16_t)(1000 + i)));
	for (i = 0; i < 2 * ENDED_CONNECTIONS; i++)
		resets += small_run(f, RST);
	assert_int_equal(resets, ENDED_CONNECTIONS);
	assert_int_equal(f->tcp->tcb_pool.used, BULK);
}

/* A run looks at no more dead TCBs than it buries, however many there are. */
static void
the_walk_over_the_dead_stops_where_room_ends(void **state)
{
	struct fixture *f = *state;
	uint16_t i;

	f->params.tcp.max_connections = 1024;
	fixture_start(f);
	for (i = 0; i < 500; i++)
		fixture_reach_on(f, LPORT, (uint16_t)(1000 + i), RS_ESTABLISHED);
	for (i = 0; i < 500; i++)
		rs_conn_abort(f->tcp, fixture_find(f, LPORT, (uint16_t)(1000 + i)));
	while (f->tcp->dead != 0) {
		uint64_t work = f->tcp->work;

		assert_int_equal(small_run(f, RST), ROOM);
		assert_true(f->tcp->work - work <= 2 * ROOM);
	}
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_abort], 500);
	assert_int_equal(f->tcp->tcb_pool.used, 0);
}

/* RFC 9293 3.8.6.3: an ACK is not delayed behind the bulk data of other connections. */
static void
acks_have_room_beside_bulk_data(void **state)
{
	struct fixture *f = *state;
	uint16_t i;

	start_unpaced(f);
	f->take = STREAM;
	fixture_reach_on(f, LPORT, 7, RS_ESTABLISHED);
	start_bulk(f);
	small_run(f, ACK);
	for (i = 0; i < 10; i++) {
		const struct rs_tcb *tcb = fixture_find(f, LPORT, 7);
		uint32_t seq = tcb->rcv_nxt;

		/* two full segments are acknowledged without delay (SHLD-18) */
		input(f, .flags = ACK | PSH, .rport = 7, .seq = seq, .ack = tcb->snd_nxt,
			.data = f->bytes, .len = 1460);
		input(f, .flags = ACK | PSH, .rport = 7, .seq = seq + 1460, .ack = tcb->snd_nxt,
			.data = f->bytes, .len = 1460);
		small_run(f, ACK);
		assert_int_equal(tcb->last_ack, seq + 2920);
	}
}

/* The same before any of them had its turn: they leave room in the first burst, too. */
static void
acks_have_room_beside_new_data(void **state)
{
	struct fixture *f = *state;
	const struct rs_tcb *tcb;
	uint32_t seq;

	start_unpaced(f);
	f->take = STREAM;
	tcb = fixture_reach_on(f, LPORT, 7, RS_ESTABLISHED);
	start_bulk(f);
	assert_int_equal(f->tcp->ready.n, BULK);
	seq = tcb->rcv_nxt;
	input(f, .flags = ACK | PSH, .rport = 7, .seq = seq, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 1460);
	input(f, .flags = ACK | PSH, .rport = 7, .seq = seq + 1460, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 1460);
	small_run(f, ACK);
	assert_int_equal(tcb->last_ack, seq + 2920);
}

/* All bulk connections advance alike: none is passed over while the bursts are full. */
static void
bulk_connections_take_turns(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	start_unpaced(f);
	start_bulk(f);
	for (i = 0; i < BULK * RS_OUTPUT_QUANTUM / ROOM; i++)
		small_run(f, ACK);
	for (i = 0; i < BULK; i++) {
		const struct rs_tcb *tcb = fixture_find(f, LPORT_NODELAY, (uint16_t)(FIRST + i));

		assert_true(tcb->snd_nxt != tcb->snd_una);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(waiters_are_not_polled),
		fixture_test(waiters_are_woken_in_order),
		fixture_test(waiters_that_end_are_buried),
		fixture_test(resets_have_room_beside_bulk_data),
		fixture_test(the_walk_over_the_dead_stops_where_room_ends),
		fixture_test(acks_have_room_beside_bulk_data),
		fixture_test(acks_have_room_beside_new_data),
		fixture_test(bulk_connections_take_turns),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
