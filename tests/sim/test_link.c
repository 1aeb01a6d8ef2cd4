/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The link does to frames what it is asked to: rate, queue, delay, order, chances, and that no
 * corruption passes the checksums. And two stacks in a world answer each other.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <rte_eal.h>
#include <rte_ether.h>

#include "frame.h"
#include "world.h"

#define MBUFS 4095
#define FRAME 1000
#define MS UINT64_C(1000)

struct fixture {
	struct rte_mempool *mbufs;
	struct sim_link link;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f.mbufs = rte_pktmbuf_pool_create("link", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	sim_link_init(&f.link, f.mbufs, 1);
	*state = &f;
	return f.mbufs == NULL;
}

/* Whatever was done, each mbuf is back. */
static int
tear_down(void **state)
{
	struct fixture *f = *state;
	unsigned int left;

	sim_link_fini(&f->link);
	left = rte_mempool_avail_count(f->mbufs);
	rte_mempool_free(f->mbufs);
	return left != MBUFS;
}

/* A datagram of TCP with some text, all checksums right. */
static struct rte_mbuf *
frame(struct fixture *f, uint8_t tos)
{
	static const uint8_t head[] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, 0, 3, 0xda, 0, 0, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
		0, 80, 1, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 4, 0,
	};
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->mbufs);
	uint8_t *p;

	assert_non_null(m);
	p = (uint8_t *)rte_pktmbuf_append(m, FRAME);
	memset(p, 0x5a, FRAME);
	memcpy(p, head, sizeof(head));
	p[15] = tos;
	frame_set_checksums(p + FRAME_ETHER_LEN);
	return m;
}

/* The same of IPv6. */
static struct rte_mbuf *
frame_ipv6(struct fixture *f, uint8_t tos)
{
	struct rte_mbuf *m = frame(f, 0);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t *ip = p + FRAME_ETHER_LEN;

	memmove(ip + FRAME_IP6_LEN, ip + FRAME_IP_LEN, FRAME_TCP_LEN);
	memset(ip, 0, FRAME_IP6_LEN);
	put16(p + 12, 0x86dd);
	put32(ip, 6u << 28 | (uint32_t)tos << 20);
	put16(ip + 4, FRAME - FRAME_ETHER_LEN - FRAME_IP6_LEN);
	put16(ip + 6, 6 << 8 | 64);
	put32(ip + 8, 0x20010db8);
	put32(ip + 20, 0xc0000201);
	put32(ip + 24, 0x20010db8);
	put32(ip + 36, 0xc0000202);
	frame_set_checksums(ip);
	return m;
}

/* Send n frames at once at time 0. @return how many arrive by `until` */
static unsigned int
send_many(struct fixture *f, unsigned int n, uint64_t until)
{
	struct sim_flight flight;
	unsigned int arrived = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		sim_link_send(&f->link, 0, frame(f, 2), i, 0);
	while (sim_link_receive(&f->link, until, &flight)) {
		assert_int_equal(flight.to, 1);
		rte_pktmbuf_free(flight.m);
		arrived++;
	}
	return arrived;
}

static void
link_delay_is_exact(void **state)
{
	struct fixture *f = *state;

	f->link.path[0].delay = 30 * MS;
	assert_int_equal(send_many(f, 3, 30 * MS - 1), 0);
	assert_int_equal(sim_link_next(&f->link), 30 * MS);
	assert_int_equal(send_many(f, 0, 30 * MS), 3);
	assert_int_equal(sim_link_next(&f->link), SIM_NEVER);
}

static void
link_keeps_order(void **state)
{
	struct fixture *f = *state;
	struct sim_flight flight;
	uint32_t i;

	for (i = 0; i < 1000; i++)
		sim_link_send(&f->link, 0, frame(f, 0), i, i / 10);
	for (i = 0; i < 1000; i++) {
		assert_true(sim_link_receive(&f->link, 100, &flight));
		assert_int_equal(flight.tag, i);
		rte_pktmbuf_free(flight.m);
	}
}

/* 1000 bytes at 8 Mbit/s take a millisecond each. */
static void
link_rate_is_kept(void **state)
{
	struct fixture *f = *state;

	f->link.path[0].rate = 8000000;
	f->link.path[0].queue = 1000 * FRAME;
	f->link.path[0].delay = 5 * MS;
	assert_int_equal(send_many(f, 100, 15 * MS), 10);
	assert_int_equal(send_many(f, 0, 105 * MS - 1), 89);
	assert_int_equal(send_many(f, 0, 105 * MS), 1);
}

/* One is being sent and ten wait; who finds no room is dropped. */
static void
link_queue_drops_its_tail(void **state)
{
	struct fixture *f = *state;

	f->link.path[0].rate = 8000000;
	f->link.path[0].queue = 11 * FRAME;
	assert_int_equal(send_many(f, 100, SIM_NEVER), 11);
	assert_int_equal(f->link.count[0].dropped, 89);
}

static void
link_queue_marks_who_can_be(void **state)
{
	struct fixture *f = *state;
	struct sim_flight flight;
	struct frame_seg s;
	const char *why;
	unsigned int marked = 0;
	unsigned int i;

	f->link.path[0].rate = 8000000;
	f->link.path[0].queue = 100 * FRAME;
	f->link.path[0].mark = 4 * FRAME;
	for (i = 0; i < 20; i++)
		sim_link_send(&f->link, 0, (i % 4 < 2 ? frame : frame_ipv6)(f,
			i % 2 == 0 ? 2 : 0), i, 0);
	while (sim_link_receive(&f->link, SIM_NEVER, &flight)) {
		assert_int_equal(sim_frame_read(rte_pktmbuf_mtod(flight.m, uint8_t *), FRAME, &s,
			&why), FRAME_TCP);
		assert_int_equal(s.tos, flight.tag % 2 == 1 ? 0 : flight.tag >= 4 ? 3 : 2);
		marked += s.tos == 3;
		rte_pktmbuf_free(flight.m);
	}
	assert_int_equal(marked, 8);
	assert_int_equal(f->link.count[0].marked, 8);
}

/* Of 2000 frames at 10 % within 5 standard deviations of 200. */
static void
link_chances_are_kept(void **state)
{
	struct fixture *f = *state;

	f->link.path[0].loss = 100000;
	assert_in_range(send_many(f, 2000, SIM_NEVER), 1800 - 67, 1800 + 67);
	f->link.path[0].loss = 0;
	f->link.path[0].duplicate = 100000;
	assert_in_range(send_many(f, 2000, SIM_NEVER), 2200 - 67, 2200 + 67);
}

/* A burst begins with 1 % and goes on for 20 frames: 1 - 100 / 120 of all are lost. */
static void
link_loses_in_bursts(void **state)
{
	struct fixture *f = *state;
	unsigned int arrived = 0;
	unsigned int i;

	f->link.path[0].burst_begin = 10000;
	f->link.path[0].burst_end = 50000;
	for (i = 0; i < 20; i++)
		arrived += send_many(f, 1000, SIM_NEVER);
	assert_in_range(arrived, 15500, 17800);
}

static void
link_is_black(void **state)
{
	struct fixture *f = *state;
	struct sim_flight flight;
	uint64_t t;

	f->link.blackout[0].from = 10;
	f->link.blackout[0].until = 20;
	for (t = 0; t < 30; t++)
		sim_link_send(&f->link, 1, frame(f, 0), (uint32_t)t, t);
	for (t = 0; t < 30; t++) {
		if (t >= 10 && t < 20)
			continue;
		assert_true(sim_link_receive(&f->link, SIM_NEVER, &flight));
		assert_int_equal(flight.tag, t);
		rte_pktmbuf_free(flight.m);
	}
	assert_int_equal(f->link.count[1].lost, 10);
}

static void
link_reorders(void **state)
{
	struct fixture *f = *state;
	struct sim_flight flight;
	uint32_t before = 0, earlier = 0;
	uint32_t i;

	f->link.path[0].reorder = 100000;
	f->link.path[0].hold = 100;
	for (i = 0; i < 1000; i++)
		sim_link_send(&f->link, 0, frame(f, 0), i, i);
	while (sim_link_receive(&f->link, SIM_NEVER, &flight)) {
		earlier += flight.tag < before;
		before = flight.tag;
		rte_pktmbuf_free(flight.m);
	}
	assert_in_range(earlier, 50, 150);
}

/* Every corrupted datagram is found out by one of its checksums, or lies about its length. */
static void
link_corruption_is_seen(void **state)
{
	struct fixture *f = *state;
	struct sim_flight flight;
	struct frame_seg s;
	const char *why;
	unsigned int i;

	f->link.path[0].corrupt = SIM_MILLION;
	for (i = 0; i < 10000; i++) {
		sim_link_send(&f->link, 0, (i % 2 == 0 ? frame : frame_ipv6)(f, 0), 0, 0);
		assert_true(sim_link_receive(&f->link, 0, &flight));
		assert_true(flight.corrupt);
		assert_int_equal(sim_frame_read(rte_pktmbuf_mtod(flight.m, uint8_t *), FRAME, &s,
			&why), FRAME_BAD);
		rte_pktmbuf_free(flight.m);
	}
}

/* Two stacks, no connection: a segment for a closed port is answered across the link. */
static void
world_carries(struct fixture *f, bool ipv6)
{
	struct sim_world w;
	struct rs_stack_params params = { .max_neighbours = 4 };
	uint8_t i;

	sim_world_init(&w, f->mbufs, 1, ipv6);
	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = params.tcp.max_busy = params.tcp.max_chunks = 16;
	w.link.path[0].delay = w.link.path[1].delay = 20 * MS;
	for (i = 0; i < 2; i++)
		assert_true(sim_world_start(&w, i, &params));
	sim_link_send(&w.link, 0, (ipv6 ? frame_ipv6 : frame)(f, 0), 0, 0);
	while (sim_world_next(&w) != SIM_NEVER)
		sim_world_step(&w, SIM_NEVER - 1);
	assert_int_equal(w.now, 40 * MS);
	assert_int_equal(rs_stack_stats(w.host[1].stack)->reset_sent[RS_RESET_no_connection], 1);
	assert_int_equal(rs_stack_stats(w.host[0].stack)->
		reset_received[RS_VERDICT_ignored_closed], 1);
	sim_world_fini(&w);
}

static void
world_carries_an_answer(void **state)
{
	world_carries(*state, false);
	world_carries(*state, true);
}

int
main(int argc __rte_unused, char **argv)
{
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m",
		"128", "--log-level=error" };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(link_delay_is_exact, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_keeps_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_rate_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_queue_drops_its_tail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_queue_marks_who_can_be, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_chances_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_loses_in_bursts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_is_black, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_reorders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(link_corruption_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(world_carries_an_answer, set_up, tear_down),
	};

	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
