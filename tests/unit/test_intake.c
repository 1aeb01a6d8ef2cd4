/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The intake: while more frames wait than the worker can process, SYNs are dropped and every
 * other frame is kept, in order.
 */

#include "tcp_fixture.h"
#include "packet/intake.h"

/* A receive queue: frames by number, every `rate`-th is an ACK and the others are SYNs. */
struct queue {
	struct fixture *f;
	unsigned int left;      /* frames */
	unsigned int rate;
	uint16_t number;        /* of the next frame: its source port */
	unsigned int calls;
};

static uint16_t
receive(void *arg, struct rte_mbuf **rx, bool *more)
{
	struct queue *q = arg;
	uint16_t n = (uint16_t)RTE_MIN(q->left, (unsigned int)RS_BURST);
	uint16_t i;

	q->calls++;
	for (i = 0; i < n; i++) {
		bool ack = q->rate != 0 && q->number % q->rate == 0;

		rx[i] = fixture_frame(q->f, &(struct seg){ .flags = ack ? ACK : SYN,
			.rport = ++q->number });
		assert_non_null(rx[i]);
	}
	q->left -= n;
	*more = n == RS_BURST;
	return n;
}

static uint8_t
flags_of(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, 34)->tcp_flags;
}

static struct rs_intake *
start_intake(struct fixture *f)
{
	static struct rs_intake intake;

	fixture_start(f);
	memset(&intake, 0, sizeof(intake));
	rte_mempool_free(f->wire);
	f->wire = rte_pktmbuf_pool_create("many", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	assert_non_null(f->wire);
	return &intake;
}

/* What fits in one burst is passed on without another look at the queue. */
static void
a_small_burst_is_passed_on(void **state)
{
	struct fixture *f = *state;
	struct rs_intake *intake = start_intake(f);
	struct queue q = { .f = f, .left = 63 };
	struct rte_mbuf *rx[RS_BURST];

	assert_int_equal(rs_intake_receive(intake, receive, &q, true, rx), 63);
	assert_int_equal(q.calls, 1);
	rte_pktmbuf_free_bulk(rx, 63);
}

/* Without connections there is nothing to protect: each burst is answered as it comes. */
static void
nothing_is_dropped_without_connections(void **state)
{
	struct fixture *f = *state;
	struct rs_intake *intake = start_intake(f);
	struct queue q = { .f = f, .left = 2000 };
	struct rte_mbuf *rx[RS_BURST];
	unsigned int got = 0;
	uint16_t n;

	while ((n = rs_intake_receive(intake, receive, &q, false, rx)) > 0) {
		rte_pktmbuf_free_bulk(rx, n);
		got += n;
	}
	assert_int_equal(got, 2000);
	assert_int_equal(intake->syns_dropped, 0);
}

/*
 * A worker that serves 64 frames a run while 640 arrive, 32 of them of open connections: these
 * all get through, in order, and SYNs have what is left of each burst.
 */
static void
segments_of_connections_survive_overload(void **state)
{
	struct fixture *f = *state;
	struct rs_intake *intake = start_intake(f);
	struct queue q = { .f = f, .rate = 20 };
	struct rte_mbuf *rx[RS_BURST];
	unsigned int acks = 0, syns = 0, run;
	uint16_t before = 0;
	uint16_t n, i;

	for (run = 0; run < 90; run++) {
		if (run < 80)
			q.left += 640;
		n = rs_intake_receive(intake, receive, &q, true, rx);
		for (i = 0; i < n; i++) {
			uint16_t number = rte_be_to_cpu_16(rte_pktmbuf_mtod_offset(rx[i],
				const struct rte_tcp_hdr *, 34)->src_port);

			assert_true(number > before);
			before = number;
			acks += flags_of(rx[i]) == ACK;
			syns += flags_of(rx[i]) == SYN;
		}
		rte_pktmbuf_free_bulk(rx, n);
	}
	assert_int_equal(q.left, 0);
	assert_int_equal(acks, 80 * 32);
	assert_in_range(syns, 80 * 30, 90 * 40);
	assert_int_equal(intake->syns_dropped, 80 * 640 - acks - syns -
		(intake->tail - intake->head));
	rs_intake_clear(intake);
}

/* A worker that lost its core for a moment serves all that came meanwhile. */
static void
no_syn_is_dropped_after_a_stall(void **state)
{
	struct fixture *f = *state;
	struct rs_intake *intake = start_intake(f);
	struct queue q = { .f = f, .rate = 3, .left = 900 };
	struct rte_mbuf *rx[RS_BURST];
	unsigned int got = 0;
	uint16_t n;

	while ((n = rs_intake_receive(intake, receive, &q, true, rx)) > 0) {
		rte_pktmbuf_free_bulk(rx, n);
		got += n;
		if (got < 2000)
			q.left += 40;
	}
	assert_true(got >= 2000);
	assert_int_equal(intake->syns_dropped, 0);
}

/* A flood of SYNs alone is not looked through to its end: the worker answers it instead. */
static void
a_flood_of_syns_alone_costs_no_more_than_a_burst(void **state)
{
	struct fixture *f = *state;
	struct rs_intake *intake = start_intake(f);
	struct queue q = { .f = f };
	struct rte_mbuf *rx[RS_BURST];
	unsigned int run, calls = 0;
	uint16_t n;

	for (run = 0; run < 100; run++) {
		q.left = 4 * RS_BURST;
		q.calls = 0;
		n = rs_intake_receive(intake, receive, &q, true, rx);
		rte_pktmbuf_free_bulk(rx, n);
		calls = q.calls;
		assert_true(calls <= RS_INTAKE_BURSTS + 1);
	}
	assert_true(calls <= 1);
	rs_intake_clear(intake);
}

/* Full bursts of SYNs, each of them in two mbufs. */
static uint16_t
receive_chains(void *arg, struct rte_mbuf **rx, bool *more)
{
	struct queue *q = arg;
	uint16_t n = receive(arg, rx, more);
	uint16_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(rte_pktmbuf_chain(rx[i], rte_pktmbuf_alloc(q->f->wire)), 0);
	return n;
}

/* Of a SYN that is dropped each mbuf is freed. */
static void
dropped_chains_are_freed(void **state)
{
	struct fixture *f = *state;
	struct rs_intake *intake = start_intake(f);
	struct queue q = { .f = f, .rate = 20 };
	struct rte_mbuf *rx[RS_BURST];
	unsigned int run;
	uint16_t n;

	for (run = 0; run < 90; run++) {
		if (run < 80)
			q.left += 640;
		n = rs_intake_receive(intake, receive_chains, &q, true, rx);
		rte_pktmbuf_free_bulk(rx, n);
	}
	assert_int_equal(q.left, 0);
	assert_true(intake->syns_dropped > 0);
	rs_intake_clear(intake);
	assert_int_equal(in_use(f->wire), 0);
}

/* SYNs from a queue of their own have the room that other frames leave, and more now and then. */
static void
syns_have_the_room_that_is_left(void **state)
{
	struct fixture *f = *state;
	struct rs_intake *intake = start_intake(f);
	unsigned int poll;

	assert_int_equal(rs_intake_syn_room(intake, 0), RS_BURST);
	assert_int_equal(rs_intake_syn_room(intake, 1), RS_BURST - 1);
	assert_int_equal(rs_intake_syn_room(intake, RS_BURST / 2), RS_BURST / 2);
	for (poll = 1; poll < RS_INTAKE_FULL; poll++)
		assert_int_equal(rs_intake_syn_room(intake, RS_BURST / 2 + 1), 0);
	assert_int_equal(rs_intake_syn_room(intake, RS_BURST), RS_BURST / 2);
	assert_int_equal(rs_intake_syn_room(intake, RS_BURST), 0);
	/* a poll with room ends the count */
	assert_true(rs_intake_syn_room(intake, 0) > 0);
	for (poll = 1; poll < RS_INTAKE_FULL; poll++)
		assert_int_equal(rs_intake_syn_room(intake, RS_BURST), 0);
	assert_true(rs_intake_syn_room(intake, RS_BURST) > 0);
}

/* A SYN in an IPv4 packet with options, in a tag, in IPv6; and frames that are none. */
static void
a_syn_is_known_in_every_frame(void **state)
{
	static const uint8_t ipv6[] = { 0x60, 0, 0, 0, 0, 20, 6, 64 };
	struct fixture *f = *state;
	struct rte_mbuf *m;
	uint8_t *frame;
	uint16_t len;

	start_intake(f);
	m = fixture_frame(f, &(struct seg){ .flags = SYN });
	assert_true(rs_intake_is_syn(m));
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	for (len = 0; len < 54; len++) {
		m->data_len = len;
		assert_false(rs_intake_is_syn(m));
	}
	m->data_len = 54;
	frame[14 + 9] = 17;
	assert_false(rs_intake_is_syn(m)); /* UDP */
	frame[14 + 9] = 6;
	frame[14 + 7] = 1;
	assert_false(rs_intake_is_syn(m)); /* a later fragment */
	frame[14 + 7] = 0;
	frame[47] = SYN | ACK;
	assert_false(rs_intake_is_syn(m));
	frame[47] = RST;
	assert_false(rs_intake_is_syn(m));
	/* the same SYN in IPv6, then in a tag */
	m->data_len = 94;
	memmove(frame + 54, frame + 34, 20);
	memcpy(frame + 14, ipv6, sizeof(ipv6));
	frame[54 + 13] = SYN;
	assert_true(rs_intake_is_syn(m));
	memmove(frame + 18, frame + 14, 60);
	memcpy(frame + 12, "\x81\x00\x00\x05", 4);
	assert_true(rs_intake_is_syn(m));
	frame[58 + 13] = ACK;
	assert_false(rs_intake_is_syn(m));
	rte_pktmbuf_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_small_burst_is_passed_on),
		fixture_test(nothing_is_dropped_without_connections),
		fixture_test(segments_of_connections_survive_overload),
		fixture_test(no_syn_is_dropped_after_a_stall),
		fixture_test(a_flood_of_syns_alone_costs_no_more_than_a_burst),
		fixture_test(dropped_chains_are_freed),
		fixture_test(syns_have_the_room_that_is_left),
		fixture_test(a_syn_is_known_in_every_frame),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
