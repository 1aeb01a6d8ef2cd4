/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A stack by its public face, rstack.h: bursts of frames in, bursts of frames out. */

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_malloc.h>

#include "tcp_fixture.h"

static void
create_says_what_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct rs_stack_params good = f->params;
	struct rs_port jumbo = f->params.ports[0];

	f->params.n_ports = 0;
	rte_errno = 0;
	assert_null(rs_stack_create(&f->params, f->now));
	assert_int_equal(rte_errno, EINVAL);
	f->params = good;
	f->params.tcp.max_connections = 0;
	rte_errno = 0;
	assert_null(rs_stack_create(&f->params, f->now));
	assert_int_equal(rte_errno, EINVAL);
	/* mbufs of 2 KB, a port of 9,000 bytes */
	jumbo.mtu = 9000;
	f->params = good;
	f->params.ports = &jumbo;
	rte_errno = 0;
	assert_null(rs_stack_create(&f->params, f->now));
	assert_int_equal(rte_errno, EINVAL);
	f->params = good;
	f->params.tcp.max_connections = UINT32_C(1) << 27;
	rte_errno = 0;
	assert_null(rs_stack_create(&f->params, f->now));
	assert_int_equal(rte_errno, ENOMEM);
	rs_stack_free(NULL);
}

static uint64_t
heap_in_use(void)
{
	struct rte_malloc_socket_stats stats;

	assert_int_equal(rte_malloc_get_socket_stats(0, &stats), 0);
	return stats.heap_allocsz_bytes;
}

/* All memory is taken at once, agrees with rs_stack_memory(), and is given back. */
static void
check_memory(struct fixture *f)
{
	const uint32_t connections[] = { 1, 1000, 65536, 300000 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(connections); i++) {
		uint64_t before, taken, told;

		f->params.tcp.max_connections = connections[i];
		told = rs_stack_memory(&f->params);
		before = heap_in_use();
		fixture_start(f);
		taken = heap_in_use() - before;
		assert_in_range(told, taken - taken / 10, taken + taken / 10);
		fixture_reach(f, RS_ESTABLISHED);
		assert_int_equal(heap_in_use() - before, taken);
		fixture_finish(f);
		assert_int_equal(heap_in_use(), before);
	}
}

static void
create_takes_the_memory_that_is_told(void **state)
{
	check_memory(*state);
}

/* The tables of peers, of sources of resets, and of fragments. */
static void
create_takes_the_memory_of_its_limits(void **state)
{
	struct fixture *f = *state;

	f->listeners[0].max_per_source = 10;
	f->params.resets_per_source = 100;
	f->params.source_prefix = 32;
	f->params.max_fragments = 512;
	check_memory(f);
}

/*
 * Each established connection that is idle costs 145 bytes at most, in a stack of any size: its
 * TCB, its part of the table, and a bit in each FIFO.
 */
static void
an_idle_connection_costs_145_bytes(void **state)
{
	const struct fixture *f = *state;
	struct rs_stack_params params = f->params;
	uint32_t n;

	for (n = 100 * 1000; n < 100 * 1000 * 1000; n += n / 3) {
		uint64_t few;

		params.tcp.max_connections = n;
		params.tcp.life = false;
		few = rs_stack_memory(&params);
		params.tcp.max_connections = n + 100000;
		assert_true(rs_stack_memory(&params) - few <= 100000 * UINT64_C(145));
		/* 16 more with its struct rs_birth: 100 million still fit in 16 GiB */
		few = rs_stack_memory(&params);
		params.tcp.life = true;
		assert_int_equal(rs_stack_memory(&params) - few, (n + 100000) * UINT64_C(16));
	}
}

/* Run n frames; @return how many came out */
static uint16_t
run(struct fixture *f, struct rte_mbuf **rx, uint16_t n, struct rte_mbuf **tx)
{
	uint16_t n_tx = rs_stack_run(f->stack, rx, n, f->now, tx, 2 * RS_BURST);

	assert_true(n_tx <= 2 * RS_BURST);
	return n_tx;
}

static const struct rte_tcp_hdr *
tcp_of(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, 34);
}

/* The one frame that answers a segment is the mbuf that it came in, with these flags. */
static void
expect_reuse(struct fixture *f, const struct seg *s, uint8_t flags)
{
	struct rte_mbuf *m = fixture_frame(f, s);
	struct rte_mbuf *tx[2 * RS_BURST];

	assert_int_equal(run(f, &m, 1, tx), 1);
	assert_ptr_equal(tx[0], m);
	assert_int_equal(tcp_of(m)->tcp_flags, flags);
	rte_pktmbuf_free(m);
}

/* SYN -> SYN-ACK, data -> ACK and segment -> RST take nothing from the mempool (lib/README.md). */
static void
replies_reuse_the_mbuf_that_came(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *taken[MBUFS];
	struct rs_tcb *tcb;
	unsigned int n = fixture_drain(f->mbufs, taken, MBUFS);

	f->params.tcp.ack_delay_ms = 0;
	fixture_start(f);
	expect_reuse(f, &(struct seg){ .flags = SYN, .seq = f->irs }, SYN | ACK);
	tcb = fixture_find(f, LPORT, RPORT);
	assert_non_null(tcb);
	fixture_ack(f, tcb);
	expect_reuse(f, &(struct seg){ .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 1000 }, ACK);
	expect_reuse(f, &(struct seg){ .flags = SYN, .lport = LPORT_CLOSED }, RST | ACK);
	expect_reuse(f, &(struct seg){ .flags = ACK, .rport = 3 }, RST);
	expect_reuse(f, &(struct seg){ .flags = FIN | ACK, .seq = tcb->rcv_nxt,
		.ack = tcb->snd_nxt }, ACK);
	assert_int_equal(f->stack->stats.drop[RS_DROP_no_mbuf], 0);
	fixture_give(taken, n);
}

/* Hazards of a burst (tcp/core/core.h): the second segment sees what the first did. */
static void
burst_with_a_whole_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint32_t iss;

	fixture_start(f);
	burst(f, { .flags = SYN, .seq = f->irs });
	tcb = fixture_find(f, LPORT, RPORT);
	iss = tcb->snd_una;
	assert_int_equal(fixture_expect(f, SYN | ACK)->seq, iss);
	burst(f, { .flags = ACK, .seq = f->irs + 1, .ack = iss + 1 },
		{ .flags = ACK, .seq = f->irs + 1, .ack = iss + 1, .data = f->bytes, .len = 10 },
		{ .flags = ACK, .seq = f->irs + 11, .ack = iss + 1, .data = &f->bytes[10],
			.len = 10 },
		{ .flags = FIN | ACK, .seq = f->irs + 21, .ack = iss + 1 });
	assert_int_equal(f->n_got, 20);
	assert_int_equal(f->notified[PEER_CLOSED], 1);
	/* MUST-58: one ACK for all of them */
	assert_int_equal(fixture_expect(f, ACK)->ack, f->irs + 22);
	assert_null(fixture_next(f));
	/* a reset; the segments behind it belong to no connection any more */
	burst(f, { .flags = RST, .seq = f->irs + 22 },
		{ .flags = ACK, .seq = f->irs + 22, .ack = iss + 1 },
		{ .flags = SYN, .seq = f->irs + 1000 });
	assert_int_equal(f->how, RS_END_RESET);
	assert_int_equal(fixture_expect(f, RST)->seq, iss + 1);
	assert_int_equal(fixture_expect(f, SYN | ACK)->ack, f->irs + 1001);
	assert_null(fixture_next(f));
	assert_ptr_not_equal(fixture_find(f, LPORT, RPORT), tcb);
}

/* A SYN twice in a burst makes one connection; the second is an old one's (3.10.7.4). */
static void
burst_with_a_syn_twice(void **state)
{
	struct fixture *f = *state;

	fixture_start(f);
	burst(f, { .flags = SYN, .seq = f->irs }, { .flags = SYN, .seq = f->irs, .rport = 2 },
		{ .flags = SYN, .seq = f->irs, .rport = 3 },
		{ .flags = SYN, .seq = f->irs, .rport = 2 });
	assert_int_equal(f->stack->stats.tcp.passive_opens, 3);
	assert_int_equal(fixture_expect(f, SYN | ACK)->rport, RPORT);
	assert_int_equal(fixture_expect(f, SYN | ACK)->rport, 2);
	assert_int_equal(fixture_expect(f, SYN | ACK)->rport, 3);
	assert_null(fixture_next(f));
}

/* A full burst, each of which asks for an answer. */
static void
burst_of_the_largest_size(void **state)
{
	struct fixture *f = *state;
	struct seg segs[RS_BURST];
	uint16_t i;

	fixture_start(f);
	for (i = 0; i < RS_BURST; i++)
		segs[i] = (struct seg){ .flags = i % 2 ? SYN : ACK, .seq = i, .ack = i,
			.rport = (uint16_t)(1 + i), .lport = i % 4 ? LPORT : LPORT_CLOSED };
	fixture_burst(f, segs, RS_BURST);
	assert_int_equal(f->stack->stats.tcp.rx_segments, RS_BURST);
	assert_int_equal(fixture_forget(f), RS_BURST);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_no_connection], RS_BURST / 4);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_listen_bad_ack], RS_BURST / 4);
	assert_int_equal(f->stack->stats.tcp.passive_opens, RS_BURST / 2);
}

/* A tuple and its hash under the stack's secret. */
struct hashed {
	uint32_t hash;
	uint16_t lport, rport;
};

static int
hash_compare(const void *a, const void *b)
{
	uint32_t x = ((const struct hashed *)a)->hash;
	uint32_t y = ((const struct hashed *)b)->hash;

	return (x > y) - (x < y);
}

/* Find two connections to four ports with the same hash: of 2^18 tuples, chance gives 8 pairs. */
static void
find_two_alike(const struct fixture *f, struct hashed pair[2])
{
	enum { PORTS = 65535, TUPLES = 4 * PORTS };
	struct hashed *all = calloc(TUPLES, sizeof(*all));
	uint32_t i;

	assert_non_null(all);
	for (i = 0; i < TUPLES; i++) {
		struct seg s = { .lport = (uint16_t)(LPORT + i / PORTS),
			.rport = (uint16_t)(1 + i % PORTS) };
		struct rs_segment segment = fixture_segment(f, &s);

		all[i] = (struct hashed){ rs_tuple_hash(&f->tcp->link->key, &segment.tuple),
			s.lport, s.rport };
	}
	qsort(all, TUPLES, sizeof(all[0]), hash_compare);
	for (i = 1; i < TUPLES && all[i].hash != all[i - 1].hash; i++)
		;
	assert_in_range(i, 1, TUPLES - 1);
	memcpy(pair, &all[i - 1], 2 * sizeof(pair[0]));
	free(all);
}

/* RFC 9293 3.4.1: a pair of sockets is a connection, whichever others have the same hash. */
static void
burst_for_connections_with_the_same_hash(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcbs[2];
	struct hashed pair[2];
	struct seg segs[4];
	uint32_t before[2], i;

	fixture_start(f);
	find_two_alike(f, pair);
	for (i = 0; i < 2; i++) {
		tcbs[i] = fixture_reach_on(f, pair[i].lport, pair[i].rport, RS_ESTABLISHED);
		before[i] = tcbs[i]->rcv_nxt;
	}
	for (i = 0; i < 4; i++)
		segs[i] = (struct seg){ .flags = ACK, .lport = pair[i % 2].lport,
			.rport = pair[i % 2].rport, .seq = before[i % 2] + i / 2 * 10,
			.ack = tcbs[i % 2]->snd_nxt, .data = f->bytes, .len = 10 };
	fixture_burst(f, segs, 4);
	assert_int_equal(f->n_got, 40);
	for (i = 0; i < 2; i++)
		assert_int_equal(tcbs[i]->rcv_nxt, before[i] + 20);
	/* the first ends, and its entry with it: what comes for it then is a stray */
	segs[0].flags = RST;
	segs[0].seq = before[0] + 20;
	segs[0].len = 0;
	segs[1].seq = before[1] + 20;
	segs[2].seq = before[0] + 20;
	segs[3].seq = before[1] + 30;
	fixture_forget(f);
	fixture_burst(f, segs, 4);
	assert_null(fixture_find(f, pair[0].lport, pair[0].rport));
	assert_int_equal(tcbs[1]->rcv_nxt, before[1] + 40);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_listen_bad_ack], 1);
}

/* The same where the other connection is in TIME-WAIT, and only its record is left. */
static void
burst_for_a_connection_with_the_hash_of_a_record(void **state)
{
	struct fixture *f = *state;
	const struct rs_tcb *tcb;
	struct rs_pool_use use;
	struct hashed pair[2];
	struct seg segs[2];

	f->params.tcp.max_time_wait = 1;
	fixture_start(f);
	find_two_alike(f, pair);
	fixture_reach_on(f, pair[0].lport, pair[0].rport, RS_TIME_WAIT);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.time_waits, 1);
	tcb = fixture_reach_on(f, pair[1].lport, pair[1].rport, RS_ESTABLISHED);
	fixture_forget(f);
	segs[0] = (struct seg){ .flags = ACK, .lport = pair[1].lport, .rport = pair[1].rport,
		.seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes, .len = 10 };
	segs[1] = segs[0];
	segs[1].seq += 10;
	f->n_got = 0;
	fixture_burst(f, segs, 2);
	assert_int_equal(f->n_got, 20);
	assert_int_equal(tcb->rcv_nxt, segs[1].seq + 10);
}

/* Each frame, segment and reset that is sent is counted once. */
static void
frames_sent_are_counted_once(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	fixture_start(f);
	burst(f, { .flags = SYN, .seq = f->irs }, { .flags = SYN, .lport = LPORT_CLOSED },
		{ .flags = RST }, { .flags = ACK, .lport = LPORT_DROP });
	assert_int_equal(f->stack->stats.packet.rx_frames, 4);
	assert_int_equal(f->stack->stats.packet.tx_frames, 2);
	assert_int_equal(f->stack->stats.tcp.tx_segments, 2);
	tcb = fixture_find(f, LPORT, RPORT);
	burst(f, { .flags = ACK, .seq = f->irs + 1, .ack = tcb->snd_una + 1 });
	rs_conn_send(f->tcp, tcb, f->bytes, 100);
	fixture_run(f);
	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	assert_int_equal(f->stack->stats.packet.tx_frames, 4);
	assert_int_equal(f->stack->stats.tcp.tx_segments, 4);
	assert_ptr_equal(rs_stack_stats(f->stack), &f->stack->stats);
}

/* No entry of tx at or behind the returned number is written. */
static void
frames_behind_the_last_are_not_touched(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *rx[2], *tx[2 * RS_BURST];
	uint16_t n, i;

	fixture_start(f);
	memset(tx, 0x5a, sizeof(tx));
	rx[0] = fixture_frame(f, &(struct seg){ .flags = SYN });
	rx[1] = fixture_frame(f, &(struct seg){ .flags = SYN, .lport = LPORT_CLOSED });
	n = run(f, rx, 2, tx);
	assert_int_equal(n, 2);
	for (i = n; i < RTE_DIM(tx); i++)
		assert_int_equal((uintptr_t)tx[i], (uintptr_t)0x5a5a5a5a5a5a5a5a);
	rte_pktmbuf_free_bulk(tx, n);
}

/* The time that a worker may sleep ends before the next deadline. */
static void
idle_is_until_the_first_timer(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint64_t idle;

	fixture_start(f);
	assert_int_equal(rs_stack_idle(f->stack, 12345), 12345);
	assert_int_equal(rs_stack_idle(f->stack, 0), 0);
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_stack_idle(f->stack, 12345), 12345);
	/* output waits */
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	assert_int_equal(rs_stack_idle(f->stack, 12345), 0);
	fixture_run(f);
	fixture_forget(f);
	/* a delayed ACK, due in 40 ms at most */
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	fixture_run(f);
	assert_true(rs_stack_idle(f->stack, 1000000) <= 40000);
	while (f->next_out == f->n_out) {
		idle = rs_stack_idle(f->stack, 1000000);
		assert_int_not_equal(idle, 0);
		f->now += idle;
		fixture_run(f);
	}
	assert_true(f->now <= 1000000 + 40000);
	/* a dead one is to be buried */
	rs_conn_abort(f->tcp, tcb);
	assert_int_equal(rs_stack_idle(f->stack, 12345), 0);
	fixture_run(f);
	assert_int_equal(rs_stack_idle(f->stack, 12345), 12345);
	/* a stop goes on */
	rs_stack_stop(f->stack, RS_STOP_RESET);
	assert_int_equal(rs_stack_idle(f->stack, 12345), 0);
}

/* The clock does not stand at the begin of a tick when it is asked. */
static void
idle_knows_the_part_of_a_tick(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint64_t due;

	f->now = 1024000; /* where a turn of the wheel begins, so that it sees the timer */
	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->now += 999;
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	fixture_run(f);
	/* MUST-40's 40 ms are counted from the tick that the text came in */
	due = (f->now / 1000 + 40) * 1000;
	assert_true(f->now + rs_stack_idle(f->stack, 1000000) <= due);
}

static void
listener_stats_are_its_own(void **state)
{
	struct fixture *f = *state;
	const struct rs_listener_stats *plain, *nodelay;
	struct rs_tcb *tcb;

	fixture_reach_on(f, LPORT, 1, RS_SYN_RECEIVED);
	tcb = fixture_reach_on(f, LPORT_NODELAY, 1, RS_ESTABLISHED);
	plain = rs_stack_listener_stats(f->stack, 0);
	nodelay = rs_stack_listener_stats(f->stack, 1);
	rs_conn_send(f->tcp, tcb, f->bytes, 77);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 33, .lport = LPORT_NODELAY, .rport = 1);
	fixture_run(f);
	assert_int_equal(plain->accepted, 1);
	assert_int_equal(plain->established, 0);
	assert_int_equal(plain->open, 1);
	assert_int_equal(plain->rx_bytes + plain->tx_bytes, 0);
	assert_int_equal(nodelay->accepted, 1);
	assert_int_equal(nodelay->established, 1);
	assert_int_equal(nodelay->rx_bytes, 33);
	assert_int_equal(nodelay->tx_bytes, 77);
	/* a retransmission is no byte more */
	fixture_after(f, 1100);
	assert_int_equal(f->stack->stats.tcp.retransmitted, 2);
	assert_int_equal(nodelay->tx_bytes, 77);
}

static void
inspect_tells_of_a_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_conn_info info;
	struct rs_tuple other;
	struct rs_tcb *tcb;

	f->port.mtu = 1000;
	f->syn_opt = "\2\4\5\xb4";
	f->syn_opt_len = 4;
	tcb = fixture_reach_on(f, LPORT_NODELAY, RPORT, RS_ESTABLISHED);
	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	fixture_run(f);
	assert_int_equal(rs_stack_inspect(f->stack, &tcb->tuple, &info), 0);
	assert_int_equal(info.state, RS_ESTABLISHED);
	assert_int_equal(info.snd_una, tcb->snd_una);
	assert_int_equal(info.snd_nxt, info.snd_una + 10);
	assert_int_equal(info.snd_wnd, f->wnd);
	assert_int_equal(info.rcv_nxt, f->irs + 1);
	assert_int_equal(info.rcv_wnd, tcb->rcv_wnd);
	assert_int_equal(info.rto_ms, 1000);
	assert_int_equal(info.mss, 960);
	assert_int_equal(info.listener, 1);
	assert_int_equal(info.rcv_mss, 960);
	assert_true(info.nodelay);
	assert_false(info.keepalive || info.active || info.sack || info.timestamps || info.ecn ||
		info.window_scale);
	assert_string_equal(info.congestion, "cubic");
	assert_string_equal(info.recovery, "none");
	assert_int_equal(info.cwnd, 10 * 960); /* RFC 6928 2 */
	assert_int_equal(info.ssthresh, 0);
	assert_int_equal(info.pipe, 10);
	assert_int_equal(info.queued, 10);
	assert_int_equal(info.life.tx_bytes, 10);
	assert_int_equal(info.life.rx_bytes, 0);
	assert_in_range(info.rtx_left_ms, 1, 1001);
	/* the RTO expires, and text of the peer arrives behind a gap */
	fixture_after(f, 1100);
	burst(f, { .flags = ACK, .seq = f->irs + 51, .ack = tcb->snd_una, .lport = LPORT_NODELAY,
		.data = f->bytes, .len = 7 });
	assert_int_equal(rs_stack_inspect(f->stack, &tcb->tuple, &info), 0);
	assert_int_equal(info.life.retransmitted, f->stack->stats.tcp.retransmitted);
	assert_true(info.life.retransmitted > 0);
	assert_int_equal(info.out_of_order, 7);
	assert_int_equal(info.life.rx_bytes, 0);
	other = tcb->tuple;
	other.rport++;
	assert_int_equal(rs_stack_inspect(f->stack, &other, &info), -ENOENT);
}

/* Walk over all connections, n entries a call. @return how many were found; of each the rport */
static unsigned int
walk_all(const struct fixture *f, const struct rs_conn_filter *filter, unsigned int n,
	uint16_t *rports)
{
	struct rs_conn_entry entries[RS_WALK_BURST];
	unsigned int found = 0;
	uint64_t position = 0;
	uint64_t last = 0;

	do {
		unsigned int got = rs_stack_walk(f->stack, filter, &position, entries, n);
		unsigned int i;

		assert_true(got <= n);
		for (i = 0; i < got; i++) {
			assert_true(entries[i].position > last);
			last = entries[i].position;
			rports[found++] = entries[i].tuple.rport;
		}
	} while (position != 0);
	return found;
}

static void
walk_visits_each_connection_once(void **state)
{
	enum { MANY = 300 };
	struct fixture *f = *state;
	struct rs_conn_filter filter = { .any_listener = true };
	uint16_t rports[2 * MANY];
	bool seen[MANY] = { false };
	struct rs_conn_entry entry;
	uint64_t position = 0;
	unsigned int i, n;

	f->params.tcp.max_connections = MANY;
	fixture_start(f);
	assert_int_equal(walk_all(f, &filter, 7, rports), 0);
	for (i = 0; i < MANY; i++)
		fixture_reach_on(f, i % 2 == 0 ? LPORT : LPORT_NODELAY, (uint16_t)(1000 + i),
			i % 3 == 0 ? RS_TIME_WAIT : RS_ESTABLISHED);
	fixture_run(f);
	for (n = 1; n <= RS_WALK_BURST; n = n * 3 + 1) {
		assert_int_equal(walk_all(f, &filter, n, rports), MANY);
		memset(seen, 0, sizeof(seen));
		for (i = 0; i < MANY; i++) {
			assert_false(seen[rports[i] - 1000]);
			seen[rports[i] - 1000] = true;
		}
	}
	filter.states = 1u << RS_TIME_WAIT;
	assert_int_equal(walk_all(f, &filter, 50, rports), MANY / 3);
	filter.states |= 1u << RS_ESTABLISHED;
	assert_int_equal(walk_all(f, &filter, 50, rports), MANY);
	filter.any_listener = false;
	filter.listener = 1;
	assert_int_equal(walk_all(f, &filter, 50, rports), MANY / 2);
	filter.age_ms = 1000 * 1000;
	assert_int_equal(walk_all(f, &filter, 50, rports), 0);
	filter = (struct rs_conn_filter){ .any_listener = true, .prefix = {
		rs_addr_from_ipv4(RTE_BE32(0x0a000000)), RS_ADDR_IPV4_BITS + 8 } };
	n = walk_all(f, &filter, 50, rports);
	filter.prefix.addr = rs_addr_from_ipv4(RTE_BE32(0xc0000000));
	assert_int_equal(n + walk_all(f, &filter, 50, rports), MANY);
	/* a position that no walk gave is the end, or a free entry */
	position = UINT64_MAX;
	assert_int_equal(rs_stack_walk(f->stack, &filter, &position, &entry, 1), 0);
	assert_int_equal(position, 0);
}

/* Records of TIME-WAIT follow the TCBs; those that are free are none. */
static void
walk_visits_records_of_time_wait(void **state)
{
	enum { MANY = 20 };
	struct fixture *f = *state;
	struct rs_conn_filter filter = { .any_listener = true };
	struct rs_conn_entry entry;
	uint64_t position = 0;
	uint16_t rports[2 * MANY];
	unsigned int i;

	f->params.tcp.max_time_wait = MANY;
	f->params.tcp.life = true;
	for (i = 0; i < MANY; i++)
		fixture_reach_on(f, LPORT, (uint16_t)(1000 + i), i % 2 == 0 ? RS_TIME_WAIT :
			RS_ESTABLISHED);
	fixture_after(f, 50);
	assert_int_equal(walk_all(f, &filter, 3, rports), MANY);
	filter.states = 1u << RS_TIME_WAIT;
	assert_int_equal(walk_all(f, &filter, 3, rports), MANY / 2);
	for (i = 0; i < MANY / 2; i++)
		assert_int_equal(rports[i] % 2, 0);
	assert_int_equal(rs_stack_walk(f->stack, &filter, &position, &entry, 1), 1);
	assert_int_equal(entry.state, RS_TIME_WAIT);
	assert_in_range(entry.life.age_ms, 50, 60);
	rs_stack_kill(f->stack, &entry.tuple);
	assert_int_equal(walk_all(f, &filter, 3, rports), MANY / 2 - 1);
	filter.age_ms = 100;
	assert_int_equal(walk_all(f, &filter, 3, rports), 0);
	filter = (struct rs_conn_filter){ .any_listener = true, .local = {
		rs_addr_from_ipv4(RTE_BE32(0x0a000000)), RS_ADDR_IPV4_BITS + 8 } };
	assert_int_equal(walk_all(f, &filter, 3, rports), 0);
}

/* The age of a connection counts from the run that took its SYN, whatever the time was then. */
static void
walk_tells_the_age_from_the_syn_on(void **state)
{
	const struct rs_conn_filter filter = { .any_listener = true };
	struct fixture *f = *state;
	struct rs_conn_entry entry;
	uint16_t i;

	fixture_start(f);
	for (i = 0; i < 10; i++) {
		uint64_t position = 0;
		struct rs_tcb *tcb = fixture_reach(f, RS_SYN_RECEIVED);

		assert_int_equal(rs_stack_walk(f->stack, &filter, &position, &entry, 1), 1);
		assert_int_equal(entry.life.age_ms, 0);
		rs_conn_abort(f->tcp, tcb);
		fixture_run(f);
		f->now += 1024 - 77;
	}
}

/* Without rs_tcp_params.life nothing says how old a record is. */
static void
walk_knows_no_age_without_life(void **state)
{
	struct fixture *f = *state;
	const struct rs_conn_filter filter = { .any_listener = true };
	struct rs_conn_entry entry;
	struct rs_conn_info info;
	uint64_t position = 0;

	f->params.tcp.max_time_wait = 1;
	f->params.tcp.life = false;
	fixture_reach(f, RS_TIME_WAIT);
	fixture_after(f, 50);
	assert_int_equal(rs_stack_walk(f->stack, &filter, &position, &entry, 1), 1);
	assert_int_equal(entry.life.age_ms, 0);
	assert_int_equal(rs_stack_inspect(f->stack, &entry.tuple, &info), 0);
	assert_int_equal(info.state, RS_TIME_WAIT);
	assert_int_equal(info.life.age_ms, 0);
}

/* One call looks at RS_WALK_BURST, whatever the number of connections and of free TCBs. */
static void
walk_is_bounded(void **state)
{
	enum { MANY = 3 * RS_WALK_BURST };
	struct fixture *f = *state;
	const struct rs_conn_filter none = { .any_listener = true, .age_ms = UINT64_MAX };
	struct rs_conn_entry entries[RS_WALK_BURST];
	uint64_t position = 0;
	unsigned int i;

	f->params.tcp.max_connections = MANY;
	fixture_start(f);
	for (i = 0; i < MANY; i++)
		fixture_reach_on(f, LPORT, (uint16_t)(1000 + i), RS_ESTABLISHED);
	for (i = 1; i < MANY / RS_WALK_BURST; i++) {
		assert_int_equal(rs_stack_walk(f->stack, &none, &position, entries,
			RS_WALK_BURST), 0);
		assert_int_equal(position, 1 + i * RS_WALK_BURST);
	}
	/* all end, so the TCBs are free: the same bound */
	position = 0;
	for (i = 0; i < MANY; i++)
		rs_tcp_kill(f->tcp, i + 1);
	fixture_run(f);
	assert_int_equal(rs_stack_walk(f->stack, &none, &position, entries, RS_WALK_BURST), 0);
	assert_int_equal(position, 1 + RS_WALK_BURST);
	fixture_after(f, 10);
	fixture_forget(f);
}

static void
kill_some_ends_those_that_a_filter_chooses(void **state)
{
	enum { MANY = 100 };
	struct fixture *f = *state;
	const struct rs_conn_filter filter = { .listener = 1 };
	uint64_t position = 0;
	unsigned int killed = 0;
	unsigned int i;

	fixture_start(f);
	for (i = 0; i < MANY; i++)
		fixture_reach_on(f, i % 2 == 0 ? LPORT : LPORT_NODELAY, (uint16_t)(1000 + i),
			i % 5 == 0 ? RS_TIME_WAIT : RS_ESTABLISHED);
	fixture_forget(f);
	do {
		unsigned int n = rs_stack_kill_some(f->stack, &filter, RS_KILL_ABORT,
			&position);

		assert_true(n <= RS_KILL_BURST);
		killed += n;
		fixture_run(f);
	} while (position != 0);
	assert_int_equal(killed, MANY / 2);
	/* no reset of those in TIME-WAIT (3.10.5) */
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_killed], MANY / 2 - MANY / 10);
	assert_int_equal(fixture_forget(f), MANY / 2 - MANY / 10);
	assert_int_equal(f->tcp->table.count, MANY / 2);
}

/* As rs_stack_stop(): RS_STOP_FINISH leaves TIME-WAIT alone, RS_STOP_RESET ends it. */
static void
kill_some_stops_records_of_time_wait(void **state)
{
	struct fixture *f = *state;
	const struct rs_conn_filter filter = { .any_listener = true };
	uint64_t position = 0;
	struct rs_tcb *tcb;

	f->params.tcp.max_time_wait = 4;
	fixture_reach_on(f, LPORT, 1000, RS_TIME_WAIT);
	fixture_reach_on(f, LPORT, 1001, RS_TIME_WAIT);
	tcb = fixture_reach_on(f, LPORT, 1002, RS_ESTABLISHED);
	assert_int_equal(rs_stack_kill_some(f->stack, &filter, RS_KILL_STOP_FINISH, &position), 3);
	assert_int_equal(f->tcp->waits.pool.used, 2);
	fixture_run(f);
	assert_int_equal(tcb->state, RS_FIN_WAIT_1);
	position = 0;
	assert_int_equal(rs_stack_kill_some(f->stack, &filter, RS_KILL_STOP_RESET, &position), 3);
	assert_int_equal(f->tcp->waits.pool.used, 0);
	fixture_run(f);
	assert_int_equal(f->tcp->table.count, 0);
	fixture_forget(f);
}

static void
kill_ends_one_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	struct rs_tuple tuple = tcb->tuple;

	fixture_reach_on(f, LPORT, 2, RS_ESTABLISHED);
	assert_int_equal(rs_stack_open(f->stack), 2);
	assert_int_equal(rs_stack_kill(f->stack, &tuple), 0);
	assert_int_equal(rs_stack_open(f->stack), 1);
	assert_int_equal(rs_stack_kill(f->stack, &tuple), -ENOENT);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, RST)->rport, RPORT);
	assert_null(fixture_next(f));
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_killed], 1);
	assert_int_equal(f->how, RS_END_ABORTED);
}

static void
open_connections_are_those_not_in_time_wait(void **state)
{
	struct fixture *f = *state;

	fixture_start(f);
	assert_int_equal(rs_stack_open(f->stack), 0);
	fixture_reach_on(f, LPORT, 1, RS_SYN_RECEIVED);
	fixture_reach_on(f, LPORT, 2, RS_TIME_WAIT);
	fixture_reach_on(f, LPORT, 3, RS_CLOSING);
	assert_int_equal(rs_stack_open(f->stack), 2);
}

static void
pools_tell_what_is_in_use(void **state)
{
	struct fixture *f = *state;
	struct rs_pool_use use;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	fixture_reach_on(f, LPORT, 2, RS_ESTABLISHED);
	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	rs_conn_send(f->tcp, tcb, f->bytes, 10);
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.tcbs, 2);
	assert_int_equal(use.busy, 1);
	assert_int_equal(use.chunks, 2);
	assert_int_equal(use.neighbours, 1);
}

/* A frame in several mbufs, or held by others too, is no mbuf to send in. */
static void
frames_of_several_mbufs_are_not_reused(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	struct rte_mbuf *m, *tail, *tx[2 * RS_BURST];
	uint8_t *from;

	m = fixture_frame(f, &(struct seg){ .flags = FIN | ACK, .seq = tcb->rcv_nxt,
		.ack = tcb->snd_nxt, .data = f->bytes, .len = 300 });
	tail = rte_pktmbuf_alloc(f->wire);
	assert_non_null(tail);
	from = rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len - 100);
	memcpy(rte_pktmbuf_append(tail, 100), from, 100);
	rte_pktmbuf_trim(m, 100);
	assert_int_equal(rte_pktmbuf_chain(m, tail), 0);
	assert_int_equal(run(f, &m, 1, tx), 1);
	assert_int_equal(tx[0]->nb_segs, 1);
	assert_int_equal(tx[0]->pkt_len, 54);
	rte_pktmbuf_free(tx[0]);
	assert_int_equal(f->n_got, 300);
	assert_memory_equal(f->got, f->bytes, 300);
}

/* What rs_connect_prefetch() fetches is the place of a connection that is opened later. */
static void
prefetch_is_that_of_the_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_connect to = { .rport = 80, .listener = LISTENERS - 1 };
	struct rte_mbuf *tx[2 * RS_BURST];
	struct rs_tcb *tcbs[6];
	uint32_t hash[RTE_DIM(tcbs)], i;

	for (i = 6; i < LISTENERS; i++)
		f->listeners[i] = (struct rs_listener){
			.name = "active", .service = &f->service, .arg = f,
		};
	f->params.n_listeners = LISTENERS;
	fixture_start(f);
	to.laddr = f->port.subnet.addr;
	to.raddr = rs_addr_from_ipv4(RTE_BE32(0xc0000263));
	for (i = 0; i < RTE_DIM(hash); i++)
		hash[i] = rs_connect_prefetch(f->tcp, &to, i);
	for (i = 0; i < RTE_DIM(hash); i++) {
		assert_int_equal(rs_connect(f->tcp, &to, &tcbs[i]), 0);
		assert_int_equal(rs_tuple_hash(&f->tcp->link->key, &tcbs[i]->tuple), hash[i]);
		assert_true(i == 0 || hash[i] != hash[i - 1]);
	}
	/* a port that is given is that of the connection, too */
	to.lport = 7;
	hash[0] = rs_connect_prefetch(f->tcp, &to, 9);
	to.lport = 8;
	assert_int_not_equal(rs_connect_prefetch(f->tcp, &to, 9), hash[0]);
	for (i = 0; i < RTE_DIM(tcbs); i++)
		rs_conn_abort(f->tcp, tcbs[i]);
	rte_pktmbuf_free_bulk(tx, run(f, NULL, 0, tx)); /* the ARP request */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(create_says_what_is_wrong),
		fixture_test(create_takes_the_memory_that_is_told),
		fixture_test(create_takes_the_memory_of_its_limits),
		fixture_test(an_idle_connection_costs_145_bytes),
		fixture_test(replies_reuse_the_mbuf_that_came),
		fixture_test(burst_with_a_whole_connection),
		fixture_test(burst_with_a_syn_twice),
		fixture_test(burst_of_the_largest_size),
		fixture_test(burst_for_connections_with_the_same_hash),
		fixture_test(burst_for_a_connection_with_the_hash_of_a_record),
		fixture_test(frames_sent_are_counted_once),
		fixture_test(frames_behind_the_last_are_not_touched),
		fixture_test(idle_is_until_the_first_timer),
		fixture_test(idle_knows_the_part_of_a_tick),
		fixture_test(listener_stats_are_its_own),
		fixture_test(inspect_tells_of_a_connection),
		fixture_test(walk_visits_each_connection_once),
		fixture_test(walk_visits_records_of_time_wait),
		fixture_test(walk_tells_the_age_from_the_syn_on),
		fixture_test(walk_knows_no_age_without_life),
		fixture_test(walk_is_bounded),
		fixture_test(kill_some_ends_those_that_a_filter_chooses),
		fixture_test(kill_some_stops_records_of_time_wait),
		fixture_test(kill_ends_one_connection),
		fixture_test(open_connections_are_those_not_in_time_wait),
		fixture_test(pools_tell_what_is_in_use),
		fixture_test(frames_of_several_mbufs_are_not_reused),
		fixture_test(prefetch_is_that_of_the_connection),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
