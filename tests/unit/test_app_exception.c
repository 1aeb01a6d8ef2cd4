/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The exception path between a worker and the interface of the kernel, which is a test's own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_eal.h>
#include <rte_ethdev.h>

#include "exception.h"
#include "worker.h"

#define PORT 33
#define TAP 2
#define MBUFS 2047

/* The interface: gives bursts of these sizes, and takes `room` frames. */
struct interface {
	struct rte_mempool *pool;
	uint16_t give;
	uint16_t room;
	unsigned int n;         /* frames that it took */
	uint8_t last[64];       /* the bytes of the last one */
	uint16_t last_len;
};

struct fixture {
	struct rte_mempool *pool;    /* of the worker */
	struct rs_exception_paths all;
	struct rs_exception *path;
	struct rs_rate limits[RS_PORTS_MAX];
	struct rs_worker worker;
	struct interface interface;
	void *queue[1];
	struct rte_eth_rxtx_callback *callback[1];
};

static uint16_t
interface_rx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct interface *interface = queue;
	uint16_t i;

	assert_int_equal(n, RS_BURST);
	for (i = 0; i < interface->give; i++) {
		pkts[i] = rte_pktmbuf_alloc(interface->pool);
		pkts[i]->port = TAP;
		pkts[i]->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	}
	return i;
}

static uint16_t
interface_tx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct interface *interface = queue;
	uint16_t i;

	for (i = 0; i < n && i < interface->room; i++) {
		interface->last_len = pkts[i]->data_len;
		memcpy(interface->last, rte_pktmbuf_mtod(pkts[i], const void *),
			RTE_MIN(sizeof(interface->last), (size_t)pkts[i]->data_len));
		rte_pktmbuf_free(pkts[i]);
	}
	interface->n += i;
	return i;
}

static int
setup(void **state)
{
	struct fixture *f = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(sizeof(*f), RTE_CACHE_LINE_SIZE));
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[TAP];

	memset(f, 0, sizeof(*f));
	f->pool = rte_pktmbuf_pool_create("worker", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
		SOCKET_ID_ANY);
	f->path = &f->all.paths[0];
	f->all.n = 1;
	f->all.by_port[PORT] = f->path;
	*f->path = (struct rs_exception){
		.port = PORT,
		.tap = TAP,
		.mbufs = rte_pktmbuf_pool_create("path", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			SOCKET_ID_ANY),
		.ring = rte_ring_create("path", RS_KERNEL_RING, SOCKET_ID_ANY,
			RING_F_MP_RTS_ENQ | RING_F_SC_DEQ),
	};
	f->worker.exceptions = &f->all;
	f->worker.kernel_limits = f->limits;
	f->interface = (struct interface){ .pool = f->path->mbufs, .room = UINT16_MAX };
	f->queue[0] = &f->interface;
	ops->rx_pkt_burst = interface_rx;
	ops->tx_pkt_burst = interface_tx;
	ops->rxq.data = f->queue;
	ops->txq.data = f->queue;
	ops->rxq.clbk = (void **)f->callback;
	ops->txq.clbk = (void **)f->callback;
	*state = f;
	return f->pool == NULL || f->path->mbufs == NULL || f->path->ring == NULL ? -1 : 0;
}

/* After each test every mbuf is back, those in the ring, too. */
static int
teardown(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *m;
	int lost;

	while (rte_ring_dequeue(f->path->ring, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	lost = (int)(rte_mempool_in_use_count(f->pool) +
		rte_mempool_in_use_count(f->path->mbufs));
	rte_ring_free(f->path->ring);
	rte_mempool_free(f->path->mbufs);
	rte_mempool_free(f->pool);
	free(f);
	return lost;
}

/* Give the kernel n frames of the worker, as the stack does: they stay the stack's. */
static void
give(struct fixture *f, unsigned int n, bool neighbour)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->pool);
	unsigned int i;

	memset(rte_pktmbuf_append(m, 60), 0x5a, 60);
	m->port = PORT;
	for (i = 0; i < n; i++)
		rs_exception_give(&f->worker, m, neighbour);
	assert_int_equal(rte_mbuf_refcnt_read(m), 1);
	rte_pktmbuf_free(m);
}

/* Poll the interface. @return how many frames it gave, which are freed */
static uint16_t
poll_path(struct fixture *f, bool *busy)
{
	struct rte_mbuf *tx[RS_BURST];
	uint16_t n;
	uint16_t i;

	*busy = false;
	n = rs_exception_poll(&f->worker, f->path, tx, busy);
	for (i = 0; i < n; i++) {
		assert_int_equal(tx[i]->port, PORT);
		assert_int_equal(tx[i]->ol_flags, 0);
	}
	if (n > 0)
		rte_pktmbuf_free_bulk(tx, n);
	return n;
}

static void
frames_reach_the_interface_as_they_are(void **state)
{
	struct fixture *f = *state;
	const uint64_t *count = f->worker.count;
	uint8_t same[60];
	bool busy;

	memset(same, 0x5a, sizeof(same));
	give(f, 3, false);
	give(f, 1, true);
	assert_int_equal(count[RS_WORKER_to_kernel], 4);
	assert_int_equal(poll_path(f, &busy), 0);
	assert_true(busy);
	assert_int_equal(f->interface.n, 4);
	assert_int_equal(f->interface.last_len, sizeof(same));
	assert_memory_equal(f->interface.last, same, sizeof(same));
	poll_path(f, &busy);
	assert_false(busy);
	assert_int_equal(count[RS_WORKER_kernel_full] + count[RS_WORKER_kernel_limited], 0);
}

/* kernel_rate: as many in a second, from a full bucket of one second. */
static void
frames_beyond_the_limit_are_counted(void **state)
{
	struct fixture *f = *state;
	const uint64_t *count = f->worker.count;

	f->limits[PORT] = rs_rate_of(10);
	f->worker.now = 5000000;
	give(f, 25, false);
	assert_int_equal(count[RS_WORKER_to_kernel], 10);
	assert_int_equal(count[RS_WORKER_kernel_limited], 15);
	f->worker.now += 500000;
	give(f, 25, true);
	assert_int_equal(count[RS_WORKER_to_kernel], 15);
	assert_int_equal(count[RS_WORKER_kernel_limited], 35);
}

static void
full_queue_is_counted(void **state)
{
	struct fixture *f = *state;
	const uint64_t *count = f->worker.count;
	bool busy;

	give(f, RS_KERNEL_RING + 7, false);
	assert_int_equal(count[RS_WORKER_to_kernel], RS_KERNEL_RING - 1);
	assert_int_equal(count[RS_WORKER_kernel_full], 8);
	/* a poll makes room for a burst */
	poll_path(f, &busy);
	give(f, RS_BURST + 1, false);
	assert_int_equal(count[RS_WORKER_to_kernel], RS_KERNEL_RING - 1 + RS_BURST);
	assert_int_equal(count[RS_WORKER_kernel_full], 9);
}

static void
empty_pool_costs_frames_only(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *all[MBUFS];

	assert_int_equal(rte_pktmbuf_alloc_bulk(f->path->mbufs, all, MBUFS), 0);
	give(f, 2, false);
	assert_int_equal(f->worker.count[RS_WORKER_kernel_full], 2);
	rte_pktmbuf_free_bulk(all, MBUFS);
}

/* An interface that is down takes no frame. */
static void
interface_that_takes_less_is_counted(void **state)
{
	struct fixture *f = *state;
	bool busy;

	f->interface.room = 1;
	give(f, 5, false);
	poll_path(f, &busy);
	assert_true(busy);
	assert_int_equal(f->interface.n, 1);
	assert_int_equal(f->worker.count[RS_WORKER_kernel_full], 4);
}

/* Each worker gets a copy of an ARP reply, and the kernel gets one of them. */
static void
neighbours_of_an_inbox_are_known(void **state)
{
	struct fixture *f = *state;

	f->worker.steer.inbox = true;
	give(f, 1, true);
	assert_int_equal(f->worker.count[RS_WORKER_to_kernel], 0);
	give(f, 1, false);
	assert_int_equal(f->worker.count[RS_WORKER_to_kernel], 1);
}

static void
frames_of_the_kernel_are_those_of_the_port(void **state)
{
	struct fixture *f = *state;
	bool busy;

	f->interface.give = 5;
	assert_int_equal(poll_path(f, &busy), 5);
	assert_true(busy);
	assert_int_equal(f->worker.count[RS_WORKER_from_kernel], 5);
}

/* Beyond the limit they wait in the interface: 64 frames at 10 a second take 6.4 seconds. */
static void
frames_of_the_kernel_wait_for_the_limit(void **state)
{
	struct fixture *f = *state;
	bool busy;

	f->path->from = rs_rate_of(10);
	f->interface.give = RS_BURST;
	f->worker.now = 5000000;
	assert_int_equal(poll_path(f, &busy), RS_BURST);
	f->worker.now += 5400000;
	assert_int_equal(poll_path(f, &busy), 0);
	assert_false(busy);
	f->worker.now += 200000;
	assert_int_equal(poll_path(f, &busy), RS_BURST);
}

int
main(void)
{
	char *argv[] = { (char *)(uintptr_t)"test", (char *)(uintptr_t)"--no-huge",
		(char *)(uintptr_t)"--no-pci", (char *)(uintptr_t)"--no-telemetry",
		(char *)(uintptr_t)"--no-shconf", (char *)(uintptr_t)"-m",
		(char *)(uintptr_t)"64", (char *)(uintptr_t)"--log-level=4" };
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(frames_reach_the_interface_as_they_are),
		TEST(frames_beyond_the_limit_are_counted),
		TEST(full_queue_is_counted),
		TEST(empty_pool_costs_frames_only),
		TEST(interface_that_takes_less_is_counted),
		TEST(neighbours_of_an_inbox_are_known),
		TEST(frames_of_the_kernel_are_those_of_the_port),
		TEST(frames_of_the_kernel_wait_for_the_limit),
	};

	if (rte_eal_init(RTE_DIM(argv), argv) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
