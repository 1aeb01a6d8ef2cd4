/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Greedy connections beside an honest one: whatever they hold, the honest one is served within
 * a bounded time, the counters say why, and every pool is idle afterwards (design section 5).
 */

#include "tcp_fixture.h"

#define HONEST 50000 /* its port */
#define ANSWER 100   /* bytes of an answer */
#define MSS 536      /* of a peer that announces none (MUST-15) */
#define COPIES 0     /* answers are COPIED bytes in mbufs of their own */
#define COPIED 6000
#define QUIET 6000   /* clients */

/*
 * The service: each byte is a request. An answer that finds no room waits until there is some,
 * and further requests are left until then. f->take is the length of an answer, or COPIES.
 */
static bool
send_answer(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct fixture *f = rs_conn_arg(tcp, conn);
	int64_t n = f->take == COPIES ? rs_conn_send_copy(tcp, conn, f->bytes, COPIED) :
		rs_conn_send(tcp, conn, f->bytes, (uint32_t)f->take);

	rs_conn_set_user(conn, n == 0 ? f : NULL);
	return n > 0;
}

static uint32_t
requests(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data __rte_unused, uint32_t len)
{
	uint32_t n = 0;

	while (n < len && rs_conn_user(conn) == NULL) {
		send_answer(tcp, conn);
		n++;
	}
	return n;
}

static void
room_for_an_answer(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	if (rs_conn_user(conn) != NULL && send_answer(tcp, conn))
		rs_conn_resume(tcp, conn);
}

static void
start_answering(struct fixture *f, uint64_t answer)
{
	f->service.data = requests;
	f->service.writable = room_for_an_answer;
	f->take = answer;
	fixture_start(f);
}

static void
start(struct fixture *f, uint32_t busy, uint32_t chunks)
{
	f->params.tcp.max_connections = 512;
	f->params.tcp.max_busy = busy;
	f->params.tcp.max_chunks = chunks;
	start_answering(f, ANSWER);
}

static struct rs_tcb *
open_on(struct fixture *f, uint16_t rport)
{
	return fixture_reach_on(f, LPORT, rport, RS_ESTABLISHED);
}

/* A peer sends n bytes, `off` bytes behind its last one; it acknowledges nothing. */
static void
sends(struct fixture *f, const struct rs_tcb *tcb, uint32_t off, uint16_t n, uint16_t wnd)
{
	uint16_t before = f->wnd;

	f->wnd = wnd;
	burst(f, { .flags = ACK, .seq = tcb->rcv_nxt + off, .ack = tcb->snd_una,
		.data = f->bytes, .len = n, .rport = tcb->tuple.rport });
	f->wnd = before;
	fixture_forget(f);
}

/* Peers of ports 1 to n: each sends a request of `bytes`, and closes its window. */
static void
zero_windows(struct fixture *f, uint16_t n, uint16_t bytes)
{
	uint16_t i;

	for (i = 1; i <= n; i++)
		sends(f, open_on(f, i), 0, bytes, 0);
}

/* The honest peer sends a request. @return milliseconds until its answer begins, `most` at most */
static unsigned int
honest_waits(struct fixture *f, const struct rs_tcb *tcb, unsigned int most)
{
	const struct out *out;
	unsigned int ms;

	burst(f, { .flags = ACK | PSH, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 1, .rport = tcb->tuple.rport });
	for (ms = 0; ms <= most; ms++) {
		while ((out = fixture_next(f)) != NULL)
			if (out->rport == tcb->tuple.rport && out->len > 0)
				return ms;
		fixture_after(f, 1);
	}
	print_error("no answer after %u ms\n", most);
	return ms;
}

/* The peers of ports 1 to n reset, the honest one has all: every pool is idle. */
static void
expect_idle(struct fixture *f, uint16_t n, const struct rs_tcb *honest)
{
	const struct rs_tcb *tcb;
	struct rs_pool_use use;
	unsigned int turns;
	uint16_t i;

	for (i = 1; i <= n; i++) {
		tcb = fixture_find(f, LPORT, i);
		if (tcb != NULL)
			input(f, .flags = RST, .seq = tcb->rcv_nxt, .rport = i);
	}
	for (turns = 0; turns < 20; turns++) {
		fixture_after(f, 1);
		fixture_forget(f);
		fixture_ack(f, honest);
	}
	fixture_after(f, 2000);
	fixture_forget(f);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.busy, 0);
	assert_int_equal(use.chunks, 0);
	assert_int_equal(use.ranges, 0);
	assert_int_equal(use.tcbs, 1);
	assert_int_equal(in_use(f->mbufs) + in_use(f->wire), 0);
	assert_null(rs_stack_audit(f->stack));
}

/* Five clients pipeline requests and read nothing: their shares leave room for the others. */
static void
greedy_pipelining_leaves_chunks_for_others(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest, *tcb;
	struct rs_pool_use use;
	uint16_t i, n;

	start(f, 64, 512);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 5; i++) {
		tcb = open_on(f, i);
		for (n = 0; n < 5; n++)
			sends(f, tcb, 0, 200, 0);
	}
	rs_stack_pools(f->stack, &use);
	assert_true(use.chunks < 512);
	assert_true(use.chunks > 200); /* a share is no quota: much of the pool serves them */
	assert_int_equal(honest_waits(f, honest, 0), 0);
	assert_true(f->stack->stats.tcp.chunk_share > 0);
	assert_int_equal(f->stack->stats.tcp.aborted, 0);
	expect_idle(f, 5, honest);
}

/* Clients that hold few chunks each fill a pool that is too small to be divided: the one that
 * stalled first makes way. */
static void
greedy_few_chunks_of_many_are_evicted_in_order(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest;

	start(f, 256, 60);
	honest = open_on(f, HONEST);
	zero_windows(f, 20, 3);
	assert_int_equal(f->stack->tcp.buf.chunks.used, 60);
	assert_true(honest_waits(f, honest, 1100) <= 1100);
	assert_int_equal(f->stack->stats.tcp.evicted_window, 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_evicted], 1);
	assert_null(fixture_find(f, LPORT, 1));
	assert_non_null(fixture_find(f, LPORT, 2));
	assert_int_equal(f->how, RS_END_EVICTED);
	expect_idle(f, 20, honest);
}

/* Data that a closed window holds back has no part in the reserve, so an open one is served at
 * once, and nobody is evicted. */
static void
greedy_zero_windows_leave_the_reserve(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest;

	start(f, 256, 512);
	honest = open_on(f, HONEST);
	zero_windows(f, 170, 3);
	assert_in_range(f->stack->tcp.buf.chunks.used, 300, 512 - 512 / 4 + 2);
	assert_int_equal(honest_waits(f, honest, 0), 0);
	assert_int_equal(f->stack->stats.tcp.aborted, 0);
	assert_true(f->stack->stats.tcp.chunk_share > 0);
	expect_idle(f, 170, honest);
}

/* Out-of-order pieces fill no more of the pool than their shares. */
static void
greedy_out_of_order_text_leaves_chunks_for_others(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest, *tcb;
	uint16_t i;
	uint32_t n;

	start(f, 64, 256);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 12; i++) {
		tcb = open_on(f, i);
		for (n = 0; n < 50; n++)
			sends(f, tcb, 600 + n * 1200, 600, 32768);
	}
	assert_int_equal(honest_waits(f, honest, 0), 0);
	assert_true(f->stack->stats.tcp.chunk_share > 0);
	expect_idle(f, 12, honest);
}

/* Few pieces of each of many fill the pool: the oldest are dropped, and no connection ends. */
static void
greedy_out_of_order_text_is_dropped_first(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest, *tcb;
	uint16_t i;
	uint32_t n;

	start(f, 256, 256);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 100; i++) {
		tcb = open_on(f, i);
		for (n = 0; n < 3; n++)
			sends(f, tcb, 600 + n * 1200, 600, 32768);
	}
	assert_int_equal(f->stack->tcp.buf.chunks.used, 256);
	assert_int_equal(honest_waits(f, honest, 1), 0);
	assert_int_equal(f->stack->stats.tcp.dropped_out_of_order, 1);
	assert_int_equal(f->stack->stats.tcp.aborted, 0);
	/* RFC 2018 8: the peer retransmits the text that it had been told was received */
	tcb = fixture_find(f, LPORT, 1);
	n = tcb->rcv_nxt;
	sends(f, tcb, 0, 1, 32768);
	assert_int_equal(tcb->rcv_nxt, n + 1);
	expect_idle(f, 100, honest);
}

/* Zero windows hold every busy block: the one that was closed first makes way, in a second. */
static void
greedy_zero_windows_are_evicted_in_order(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest;
	unsigned int waited;
	uint16_t i;

	start(f, 16, 512);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 16; i++) {
		sends(f, open_on(f, i), 0, 1, 0);
		fixture_after(f, 10);
		fixture_forget(f);
	}
	waited = honest_waits(f, honest, 1100);
	assert_true(waited > 500 && waited <= 1100);
	assert_int_equal(f->stack->stats.tcp.evicted_window, 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_evicted], 1);
	assert_null(fixture_find(f, LPORT, 1));
	assert_non_null(fixture_find(f, LPORT, 2));
	expect_idle(f, 16, honest);
}

/* A peer that takes the octet of a window probe has made progress, so others go first. */
static void
greedy_progress_moves_a_connection_back(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest, *tcb;

	start(f, 2, 512);
	honest = open_on(f, HONEST);
	zero_windows(f, 2, 1);
	fixture_after(f, 1200); /* the first probes */
	fixture_forget(f);
	tcb = fixture_find(f, LPORT, 1);
	f->wnd = 0;
	fixture_ack(f, tcb);
	f->wnd = 32768;
	assert_true(honest_waits(f, honest, 10) <= 10);
	assert_non_null(fixture_find(f, LPORT, 1));
	assert_null(fixture_find(f, LPORT, 2));
	expect_idle(f, 2, honest);
}

/* Peers that vanished hold every busy block: they are evicted after the RTO and a second. */
static void
greedy_vanished_peers_are_evicted(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest;
	uint16_t i;

	start(f, 8, 512);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 8; i++)
		sends(f, open_on(f, i), 0, 1, 32768);
	assert_true(honest_waits(f, honest, 2100) <= 2100);
	assert_int_equal(f->stack->stats.tcp.evicted_unacked, 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_evicted], 1);
	expect_idle(f, 8, honest);
}

/* A burst of honest connections waits for busy blocks, and none is evicted. */
static void
greedy_nobody_in_a_burst_of_honest_connections(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcbs[12];
	uint16_t i;
	unsigned int turns;

	start(f, 4, 512);
	for (i = 0; i < 12; i++)
		tcbs[i] = open_on(f, (uint16_t)(i + 1));
	for (i = 0; i < 12; i++)
		sends(f, tcbs[i], 0, 1, 32768);
	for (turns = 0; turns < 4; turns++) {
		fixture_after(f, 300); /* a round trip */
		fixture_forget(f);
		for (i = 0; i < 12; i++)
			fixture_ack(f, tcbs[i]);
	}
	assert_int_equal(f->stack->stats.tcp.tx_data_bytes, 12 * ANSWER);
	assert_int_equal(f->stack->stats.tcp.aborted, 0);
	expect_idle(f, 11, tcbs[11]);
}

/* The service of some connections does not read: they are evicted after a second. */
static void
greedy_unread_text_is_evicted(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest;
	uint16_t i;

	start(f, 4, 512);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 4; i++) {
		struct rs_tcb *tcb = open_on(f, i);

		rs_conn_set_user(tcb, f); /* it takes nothing */
		sends(f, tcb, 0, 1, 32768);
	}
	assert_true(honest_waits(f, honest, 1100) <= 1100);
	assert_int_equal(f->stack->stats.tcp.evicted_unread, 1);
	assert_null(fixture_find(f, LPORT, 1));
	expect_idle(f, 4, honest);
}

/* Urgent pointers ahead of all text hold every busy block: they are forgotten, no one ends. */
static void
greedy_urgent_pointers_are_forgotten(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest, *tcb;
	uint16_t i;

	start(f, 4, 512);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 4; i++) {
		tcb = open_on(f, i);
		input(f, .flags = ACK | URG, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .up = 1000,
			.rport = i);
	}
	assert_int_equal(f->tcp->buf.busy.used, 4);
	assert_true(honest_waits(f, honest, 1100) <= 1100);
	assert_int_equal(f->stack->stats.tcp.dropped_urgent, 1);
	assert_int_equal(f->stack->stats.tcp.aborted, 0);
	expect_idle(f, 4, honest);
}

/* A peer SACKs segment n of those in flight. */
static void
sacks(struct fixture *f, const struct rs_tcb *tcb, uint32_t n)
{
	uint32_t edges[2] = { rte_cpu_to_be_32(tcb->snd_una + n * MSS),
		rte_cpu_to_be_32(tcb->snd_una + (n + 1) * MSS) };
	char opt[12] = { 1, 1, 5, 10 };

	memcpy(&opt[4], edges, sizeof(edges));
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una, .opt = opt,
		.opt_len = sizeof(opt), .rport = tcb->tuple.rport);
}

/* Peers SACK every second segment: others still have ranges for their losses. */
static void
greedy_sack_splinters_leave_ranges_for_others(void **state)
{
	static const char sack_permitted[] = { 4, 2, 1, 1 };
	struct fixture *f = *state;
	struct rs_tcb *honest, *tcb;
	uint16_t i;
	uint32_t n;

	f->params.tcp.max_busy = 32;
	f->params.tcp.max_sent = 8 * 32;
	f->syn_opt = sack_permitted;
	f->syn_opt_len = sizeof(sack_permitted);
	start_answering(f, 10 * MSS);
	honest = open_on(f, HONEST);
	for (i = 1; i <= 31; i++) {
		tcb = open_on(f, i);
		sends(f, tcb, 0, 1, 32768);
		for (n = 1; n < 10; n += 2)
			sacks(f, tcb, n);
	}
	assert_true(f->stack->stats.tcp.range_share > 0);
	n = (uint32_t)f->stack->stats.tcp.no_range;
	assert_int_equal(honest_waits(f, honest, 0), 0);
	sacks(f, honest, 1); /* the first one is lost: two more ranges */
	assert_int_equal(f->stack->stats.tcp.no_range, n);
	fixture_forget(f);
	expect_idle(f, 31, honest);
}

/*
 * The default pools serve 6,000 keep-alive clients that acknowledge an answer only with their
 * next request, one each 1.9 s.
 */
static void
greedy_nobody_of_6000_quiet_clients(void **state)
{
	struct fixture *f = *state;
	struct rs_tcp_params defaults;
	struct rs_tcb *tcb;
	unsigned int round;
	uint16_t i;

	rs_tcp_defaults(&defaults);
	f->params.tcp.max_connections = QUIET;
	f->params.tcp.max_busy = defaults.max_busy;
	f->params.tcp.max_chunks = defaults.max_chunks;
	start_answering(f, ANSWER);
	for (i = 1; i <= QUIET; i++)
		open_on(f, i);
	for (round = 1; round <= 3; round++) {
		for (i = 1; i <= QUIET; i++) {
			if (i % 4 == 0) {
				fixture_after(f, 1);
				fixture_forget(f);
			}
			tcb = fixture_find(f, LPORT, i);
			input(f, .flags = ACK | PSH, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
				.data = f->bytes, .len = 1, .rport = i);
		}
		for (i = 0; i < 400; i++) {
			fixture_after(f, 1);
			fixture_forget(f);
		}
		assert_int_equal(f->stack->stats.tcp.tx_data_bytes, round * QUIET * ANSWER);
	}
	assert_int_equal(f->stack->stats.tcp.no_chunk, 0);
	assert_int_equal(f->stack->stats.tcp.pool_waits, 0);
	for (i = 1; i < QUIET; i++)
		fixture_ack(f, fixture_find(f, LPORT, i));
	for (i = 1; i < QUIET; i++) {
		rs_conn_abort(f->tcp, fixture_find(f, LPORT, i));
		if (i % 100 == 0) {
			fixture_run(f);
			fixture_forget(f);
		}
	}
	expect_idle(f, 0, fixture_find(f, LPORT, QUIET));
}

/* The queues hold every mbuf: the one that stalled longest makes way. */
static void
greedy_copies_that_hold_all_mbufs_are_evicted(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *honest;

	f->params.tcp.max_connections = 512;
	f->params.tcp.max_busy = 512;
	f->params.tcp.max_chunks = 2048;
	start_answering(f, COPIES);
	honest = open_on(f, HONEST);
	zero_windows(f, 340, 1);
	assert_true(in_use(f->mbufs) >= 1017);
	sends(f, open_on(f, 341), 0, 1, 0);
	sends(f, open_on(f, 342), 0, 1, 0);
	assert_true(honest_waits(f, honest, 2200) <= 2200);
	assert_true(f->stack->stats.tcp.evicted_window > 0);
	assert_null(fixture_find(f, LPORT, 1));
	expect_idle(f, 342, honest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(greedy_pipelining_leaves_chunks_for_others),
		fixture_test(greedy_few_chunks_of_many_are_evicted_in_order),
		fixture_test(greedy_zero_windows_leave_the_reserve),
		fixture_test(greedy_out_of_order_text_leaves_chunks_for_others),
		fixture_test(greedy_out_of_order_text_is_dropped_first),
		fixture_test(greedy_zero_windows_are_evicted_in_order),
		fixture_test(greedy_progress_moves_a_connection_back),
		fixture_test(greedy_vanished_peers_are_evicted),
		fixture_test(greedy_nobody_in_a_burst_of_honest_connections),
		fixture_test(greedy_unread_text_is_evicted),
		fixture_test(greedy_urgent_pointers_are_forgotten),
		fixture_test(greedy_sack_splinters_leave_ranges_for_others),
		fixture_test(greedy_nobody_of_6000_quiet_clients),
		fixture_test(greedy_copies_that_hold_all_mbufs_are_evicted),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
