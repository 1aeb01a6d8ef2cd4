/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Full is not fatal: conversations while mbufs, TCBs, busy blocks, chunks or neighbours run
 * out. Peers follow TCP, and retransmit until they are answered; then every byte
 * is echoed, each connection ends in order, and every pool is full again.
 */

#include "tcp_fixture.h"

#define TOTAL 12000 /* bytes that a peer sends, and gets back */
#define PEERS_MAX 2
#define STEPS_MAX 3000

/* A peer: sends the stream and a FIN, and awaits both back. */
struct peer {
	uint16_t rport;
	uint8_t mac;
	bool open;              /* SYN-ACK came */
	bool fin_acked, fin_got;
	bool left;              /* the stack's FIN has been acknowledged */
	unsigned int refused;   /* its SYN was answered by a reset */
	uint32_t first;         /* of the stack's bytes, SEG.SEQ */
	uint32_t acked;         /* bytes that the stack has acknowledged */
	uint32_t got;           /* bytes that came back */
	uint16_t wnd;           /* SEG.WND of the stack */
};

/* The service: it echoes the bytes that it has room to send, and leaves the others. */
static uint32_t
echo_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	int64_t n = rs_conn_send_mbuf(tcp, conn, m, data, len);

	return n > 0 ? (uint32_t)n : 0;
}

static void
echo_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static bool
is_done(const struct peer *p)
{
	return p->fin_acked && p->fin_got;
}

/* Segments that a peer sends in a step, from the first unacknowledged byte. @return how many */
static uint16_t
peer_sends(const struct fixture *f, const struct peer *p, struct seg *segs)
{
	const uint16_t sizes[] = { 600, 100, 700, 1 };
	struct seg s = { .flags = ACK, .rport = p->rport, .mac = p->mac,
		.seq = f->irs + 1 + p->acked, .ack = p->first + p->got + p->fin_got };
	uint32_t off = p->acked;
	uint16_t n = 0;

	if (!p->open) {
		s.flags = SYN;
		s.seq = f->irs;
		segs[0] = s;
		return 1;
	}
	for (; n < RTE_DIM(sizes) && off < TOTAL; n++) {
		s.seq = f->irs + 1 + off;
		s.data = &f->bytes[off];
		s.len = (uint16_t)RTE_MIN(TOTAL - off, (uint32_t)sizes[n]);
		if (off + s.len - p->acked > p->wnd)
			break;
		segs[n] = s;
		off += s.len;
	}
	if (n > 0)
		return n;
	s.len = 0;
	s.seq = f->irs + 1 + p->acked + p->fin_acked;
	if (p->acked == TOTAL && !p->fin_acked)
		s.flags = FIN | ACK;
	segs[0] = s;
	return 1;
}

static void
peer_takes(struct fixture *f, struct peer *p, const struct out *out)
{
	uint32_t acked = out->ack - (f->irs + 1);
	uint32_t off;

	if ((out->flags & RST) != 0) {
		assert_false(p->open); /* no connection is lost */
		p->refused++;
		return;
	}
	if ((out->flags & SYN) != 0) {
		p->open = true;
		p->first = out->seq + 1;
		p->wnd = out->wnd;
		return;
	}
	assert_true(p->open);
	assert_true(acked <= TOTAL + 1);
	p->fin_acked |= acked == TOTAL + 1;
	if (RTE_MIN(acked, (uint32_t)TOTAL) >= p->acked)
		p->wnd = out->wnd;
	p->acked = RTE_MAX(p->acked, RTE_MIN(acked, (uint32_t)TOTAL));
	off = out->seq - p->first;
	assert_true(off <= TOTAL + 1 && off + out->len <= TOTAL);
	assert_memory_equal(out->data, &f->bytes[off], out->len);
	if (off <= p->got && off + out->len > p->got)
		p->got = off + out->len;
	if ((out->flags & FIN) != 0 && off + out->len == p->got) {
		assert_int_equal(p->got, TOTAL);
		p->fin_got = true;
	}
}

/* All peers send, the stack runs, all peers take their frames; 20 ms pass. */
static void
step(struct fixture *f, struct peer *peers, unsigned int n_peers)
{
	struct seg segs[4 * PEERS_MAX];
	const struct out *out;
	uint16_t n = 0;
	unsigned int i;

	for (i = 0; i < n_peers; i++) {
		if (peers[i].left)
			continue;
		peers[i].left = is_done(&peers[i]);
		n = (uint16_t)(n + peer_sends(f, &peers[i], &segs[n]));
	}
	fixture_burst(f, segs, n);
	while ((out = fixture_next(f)) != NULL) {
		for (i = 0; i < n_peers; i++) {
			if (peers[i].rport == out->rport)
				peer_takes(f, &peers[i], out);
		}
	}
	f->now += 20000;
}

/* Steps until all peers have their bytes and the stack's FIN; their last ACK may be owed. */
static void
finish(struct fixture *f, struct peer *peers, unsigned int n_peers)
{
	unsigned int steps, done, i;

	for (steps = 0; steps < STEPS_MAX; steps++) {
		step(f, peers, n_peers);
		for (done = 0, i = 0; i < n_peers; i++)
			done += is_done(&peers[i]);
		if (done == n_peers)
			return;
	}
	for (i = 0; i < n_peers; i++)
		print_error("peer %u: %u bytes acknowledged, %u back\n", i, peers[i].acked,
			peers[i].got);
	fail_msg("no end after %u steps", STEPS_MAX);
}

static void
start(struct fixture *f)
{
	f->service.data = echo_data;
	f->service.peer_closed = echo_peer_closed;
	f->params.tcp.snd_buf = 4000; /* so that back-pressure is felt */
	f->params.tcp.rcv_buf = 8000;
	fixture_start(f);
}

/* The last ACKs of peers; their connections are gone, and all that they had. */
static void
expect_gone(struct fixture *f, struct peer *peers, unsigned int n_peers)
{
	struct rs_pool_use use;
	unsigned int i;

	step(f, peers, n_peers);
	for (i = 0; i < n_peers; i++)
		assert_null(fixture_find(f, LPORT, peers[i].rport));
	fixture_run(f);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.tcbs + use.busy + use.chunks + use.neighbours, 0);
	assert_int_equal(in_use(f->mbufs) + in_use(f->wire), 0);
}

static void
peers_are_well_without_want(void **state)
{
	struct peer p[] = { { .rport = 1 }, { .rport = 2, .mac = 7 } };
	struct fixture *f = *state;

	start(f);
	finish(f, p, 2);
	assert_int_equal(p[0].refused + p[1].refused, 0);
	assert_int_equal(f->stack->stats.drop[RS_DROP_no_mbuf], 0);
	assert_int_equal(f->stack->stats.tcp.no_chunk, 0);
}

/* At step n only `left` mbufs are left, for `held` steps. */
static void
want_of_mbufs(struct fixture *f, unsigned int n, unsigned int left, unsigned int held)
{
	struct peer p = { .rport = (uint16_t)(1 + n) };
	struct rte_mbuf *taken[MBUFS];
	unsigned int i, n_taken;

	for (i = 1; i < n; i++)
		step(f, &p, 1);
	n_taken = fixture_drain(f->mbufs, taken, MBUFS);
	fixture_give(&taken[n_taken - RTE_MIN(left, n_taken)], RTE_MIN(left, n_taken));
	for (i = 0; i < held; i++)
		step(f, &p, 1);
	fixture_give(taken, n_taken - RTE_MIN(left, n_taken));
	finish(f, &p, 1);
	expect_gone(f, &p, 1);
}

static void
no_mbufs_at_the_nth_step(void **state)
{
	const unsigned int held[] = { 1, 5, 60 };
	struct fixture *f = *state;
	unsigned int n, left, h;

	start(f);
	for (n = 1; n <= 40; n++) {
		for (left = 0; left < 4; left++) {
			for (h = 0; h < RTE_DIM(held); h++)
				want_of_mbufs(f, n, left, held[h]);
		}
	}
	assert_true(f->stack->stats.drop[RS_DROP_no_mbuf] > 0);
	assert_int_equal(f->notified[ENDED], 40 * 4 * RTE_DIM(held));
	assert_int_equal(f->stack->stats.tcp.closed, f->notified[ENDED]);
	assert_int_equal(f->stack->stats.tcp.aborted, 0);
}

/* Two connections need a block that only one can have. */
static void
expect_both_served(struct fixture *f)
{
	struct peer p[] = { { .rport = 1 }, { .rport = 2 } };

	start(f);
	finish(f, p, 2);
	expect_gone(f, p, 2);
	assert_int_equal(f->stack->stats.tcp.closed, 2);
}

static void
one_busy_block_for_two(void **state)
{
	struct fixture *f = *state;

	f->params.tcp.max_busy = 1;
	expect_both_served(f);
	assert_true(f->stack->stats.tcp.no_chunk > 0);
	assert_true(f->stack->stats.tcp.rx_no_room > 0);
}

static void
one_chunk_for_two(void **state)
{
	struct fixture *f = *state;

	f->params.tcp.max_chunks = 1;
	expect_both_served(f);
	assert_true(f->stack->stats.tcp.no_chunk > 0);
}

static void
a_few_chunks_for_two(void **state)
{
	struct fixture *f = *state;
	uint32_t chunks;

	for (chunks = 2; chunks < 12; chunks++) {
		f->params.tcp.max_chunks = chunks;
		expect_both_served(f);
		fixture_finish(f);
	}
}

/* One of two gets no answer to its SYN, until there is room (RFC 9293 3.10.1). */
static void
expect_one_waits(struct fixture *f, uint8_t mac)
{
	struct peer p[] = { { .rport = 1 }, { .rport = 2, .mac = mac } };

	start(f);
	finish(f, p, 1);
	assert_false(p[1].open);
	fixture_forget(f);
	/* the first one's end is not yet acknowledged: it has its TCB still */
	step(f, &p[1], 1);
	assert_false(p[1].open);
	assert_int_equal(f->stack->stats.tcp.syn_dropped, 1);
	expect_gone(f, &p[0], 1);
	finish(f, &p[1], 1);
	assert_int_equal(p[1].refused, 0);
	expect_gone(f, &p[1], 1);
}

static void
one_tcb_for_two(void **state)
{
	struct fixture *f = *state;

	f->params.tcp.max_connections = 1;
	f->params.tcp.syn_cookies = RS_COOKIES_NEVER;
	expect_one_waits(f, 0);
}

static void
one_neighbour_for_two(void **state)
{
	struct peer p[] = { { .rport = 1 }, { .rport = 2, .mac = 7 } };
	struct fixture *f = *state;

	f->params.max_neighbours = 1;
	start(f);
	finish(f, p, 1);
	/* the first one's end is not yet acknowledged: it has its entry still */
	step(f, &p[1], 1);
	assert_false(p[1].open);
	assert_int_equal(f->stack->stats.packet.no_neighbour, 1);
	expect_gone(f, &p[0], 1);
	finish(f, &p[1], 1);
	assert_int_equal(p[1].refused, 0);
	expect_gone(f, &p[1], 1);
}

/* One more segment of a connection that reads nothing: text of a kind, at a distance ahead. */
static void
send_unread(struct fixture *f, uint16_t rport, const struct out *syn_ack, uint32_t seq,
	uint16_t len)
{
	burst(f, { .flags = ACK, .rport = rport, .seq = seq, .ack = syn_ack->seq + 1,
		.data = f->bytes, .len = len });
}

/*
 * Whatever peers send to services that do not read, queues hold no more mbufs than there are
 * chunks. The rest is left to receive and to send with, so another peer is served meanwhile.
 */
static void
full_queues_leave_mbufs(void **state)
{
	enum { CHUNKS = 40, CONNECTIONS = 5 };
	struct peer other = { .rport = 1 };
	struct fixture *f = *state;
	struct out syn_ack[CONNECTIONS];
	struct rs_pool_use use;
	uint16_t i, k;

	f->params.tcp.max_chunks = CHUNKS;
	f->params.tcp.rcv_buf = 1 << 17;
	fixture_start(f);
	for (i = 0; i < CONNECTIONS; i++) {
		burst(f, { .flags = SYN, .rport = (uint16_t)(100 + i), .seq = f->irs, .opt =
			"\x01\x03\x03\x07", .opt_len = 4 });
		syn_ack[i] = *fixture_expect(f, SYN | ACK);
		burst(f, { .flags = ACK, .rport = (uint16_t)(100 + i), .seq = f->irs + 1,
			.ack = syn_ack[i].seq + 1 });
	}
	f->take = 0;
	for (k = 0; k < 60; k++) {
		for (i = 0; i < CONNECTIONS; i++) {
			uint16_t rport = (uint16_t)(100 + i);
			const struct rs_tcb *tcb = fixture_find(f, LPORT, rport);
			uint32_t next = tcb->rcv_nxt;

			/* in order, out of order, by reference and copied */
			send_unread(f, rport, &syn_ack[i], next + 700u * (k % 3),
				k % 2 == 0 ? 600 : 60);
			fixture_forget(f);
			assert_in_range(in_use(f->mbufs) + in_use(f->wire), 0, CHUNKS);
		}
	}
	assert_int_equal(f->stack->stats.drop[RS_DROP_no_mbuf], 0);
	rs_stack_pools(f->stack, &use);
	assert_in_range(use.chunks, CHUNKS / 2, CHUNKS);
	burst(f, { .flags = SYN, .rport = other.rport, .seq = f->irs });
	fixture_expect(f, SYN | ACK);
	/* They read, so all is free again. */
	f->take = UINT64_MAX;
	for (i = 0; i < CONNECTIONS; i++)
		rs_conn_resume(f->tcp, fixture_find(f, LPORT, (uint16_t)(100 + i)));
	fixture_run(f);
	fixture_forget(f);
}

/* A peer that moves while the table is full is answered where it was known to be. */
static void
no_neighbour_to_move_to(void **state)
{
	struct peer p[] = { { .rport = 1 }, { .rport = 2 } };
	struct fixture *f = *state;
	unsigned int i;

	f->params.max_neighbours = 1;
	start(f);
	for (i = 0; i < 5; i++)
		step(f, p, 2);
	p[1].mac = 7;
	finish(f, p, 2);
	expect_gone(f, p, 2);
}

/* All at once, by chance, for a long time. */
static void
want_of_everything_by_chance(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = 42;
	unsigned int round, i;

	f->params.tcp.max_connections = 2;
	f->params.tcp.max_busy = 1;
	f->params.tcp.max_chunks = 3;
	f->params.max_neighbours = 1;
	start(f);
	for (round = 0; round < 100; round++) {
		struct peer p[] = {
			{ .rport = (uint16_t)(2 * round + 1) },
			{ .rport = (uint16_t)(2 * round + 2) },
		};

		for (i = 0; i < 30; i++) {
			struct rte_mbuf *taken[MBUFS];
			unsigned int n = fixture_drain(f->mbufs, taken,
				MBUFS - next_random(&seed) % 4);

			step(f, p, 2);
			fixture_give(taken, n);
			if (next_random(&seed) % 2 == 0)
				step(f, p, 2);
		}
		finish(f, p, 2);
		expect_gone(f, p, 2);
	}
	assert_int_equal(f->stack->stats.tcp.closed, 200);
	assert_true(f->stack->stats.tcp.no_chunk > 0);
	assert_true(f->stack->stats.tcp.rx_no_room > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(peers_are_well_without_want),
		fixture_test(no_mbufs_at_the_nth_step),
		fixture_test(one_busy_block_for_two),
		fixture_test(one_chunk_for_two),
		fixture_test(a_few_chunks_for_two),
		fixture_test(one_tcb_for_two),
		fixture_test(one_neighbour_for_two),
		fixture_test(full_queues_leave_mbufs),
		fixture_test(no_neighbour_to_move_to),
		fixture_test(want_of_everything_by_chance),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
