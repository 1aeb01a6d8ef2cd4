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
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

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
	uint8_t last[128];      /* the bytes of the last one */
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

/* A frame whose checksums its sender left to a device. */
struct unsummed {
	uint8_t macs[2 * RTE_ETHER_ADDR_LEN];
	rte_be16_t type;
	union {
		struct {
			struct rte_ipv4_hdr ip;
			struct rte_tcp_hdr th;
			uint8_t text[5];
		} tcp;
		struct {
			struct rte_ipv6_hdr ip;
			uint8_t options[8];      /* destination options: one PadN */
			struct rte_udp_hdr udp;
			uint8_t text[4];
		} udp6;
	};
};

static struct unsummed
unsummed_segment(void)
{
	return (struct unsummed){
		.type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.tcp = {
			.ip = {
				.version_ihl = RTE_IPV4_VHL_DEF, .time_to_live = 64,
				.total_length = RTE_BE16(45), .next_proto_id = IPPROTO_TCP,
				.src_addr = RTE_BE32(UINT32_C(0xc0000202)),
				.dst_addr = RTE_BE32(UINT32_C(0xc0000201)),
			},
			.th = { .src_port = RTE_BE16(4000), .dst_port = RTE_BE16(22),
				.data_off = 5 << 4, .tcp_flags = RTE_TCP_ACK_FLAG,
				.cksum = RTE_BE16(0x8439) },
			.text = "text",
		},
	};
}

static struct unsummed
unsummed_datagram(void)
{
	return (struct unsummed){
		.type = RTE_BE16(RTE_ETHER_TYPE_IPV6),
		.udp6 = {
			.ip = { .vtc_flow = RTE_BE32(6u << 28), .payload_len = RTE_BE16(20),
				.proto = IPPROTO_DSTOPTS, .hop_limits = 255,
				.src_addr = { 0xfe, 0x80, [15] = 2 },
				.dst_addr = { 0xfe, 0x80, [15] = 1 } },
			.options = { IPPROTO_UDP, 0, 1, 4 },
			.udp = { .src_port = RTE_BE16(4000), .dst_port = RTE_BE16(3784),
				.dgram_len = RTE_BE16(12) },
			.text = { 1, 2, 3, 4 },
		},
	};
}

/*
 * Give the kernel a frame with these flags and 3 bytes behind the datagram.
 *
 * @param last  [out] as the interface got it
 */
static void
give_frame(struct fixture *f, const struct unsummed *frame, uint16_t len, uint64_t flags,
	struct unsummed *last)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->pool);
	bool busy;

	memcpy(rte_pktmbuf_append(m, len), frame, len);
	memset(rte_pktmbuf_append(m, 3), 0x5a, 3);
	m->port = PORT;
	m->ol_flags = flags;
	rs_exception_give(&f->worker, m, false);
	assert_memory_equal(rte_pktmbuf_mtod(m, const void *), frame, len);
	rte_pktmbuf_free(m);
	assert_int_equal(poll_path(f, &busy), 0);
	memcpy(last, f->interface.last, sizeof(*last));
}

#define SEGMENT_LEN (RTE_ETHER_HDR_LEN + 45)
#define DATAGRAM_LEN (RTE_ETHER_HDR_LEN + 60)

/* virtio: the data is right, but nobody has filled in the checksum (rte_mbuf_core.h). */
static void
checksums_that_a_peer_left_out_are_filled_in(void **state)
{
	struct fixture *f = *state;
	struct unsummed frame = unsummed_segment(), last;
	uint16_t sum;

	give_frame(f, &frame, SEGMENT_LEN, RTE_MBUF_F_RX_L4_CKSUM_NONE |
		RTE_MBUF_F_RX_IP_CKSUM_NONE, &last);
	frame.tcp.ip.hdr_checksum = rte_ipv4_cksum(&frame.tcp.ip);
	frame.tcp.th.cksum = 0;
	sum = rte_ipv4_udptcp_cksum(&frame.tcp.ip, &frame.tcp.th);
	frame.tcp.th.cksum = sum;
	assert_memory_equal(&last, &frame, SEGMENT_LEN);

	frame = unsummed_datagram();
	give_frame(f, &frame, DATAGRAM_LEN, RTE_MBUF_F_RX_L4_CKSUM_NONE, &last);
	/* the pseudo-header names the protocol and the length behind the options (RFC 8200 8.1) */
	frame.udp6.ip.proto = IPPROTO_UDP;
	frame.udp6.ip.payload_len = RTE_BE16(12);
	sum = rte_ipv6_udptcp_cksum(&frame.udp6.ip, &frame.udp6.udp);
	frame = unsummed_datagram();
	frame.udp6.udp.dgram_cksum = sum;
	assert_memory_equal(&last, &frame, DATAGRAM_LEN);
}

/* The kernel is to find out itself whether a frame is damaged. */
static void
other_checksums_stay(void **state)
{
	struct fixture *f = *state;
	static const uint64_t flags[] = { 0, RTE_MBUF_F_RX_L4_CKSUM_BAD,
		RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD };
	struct unsummed frame = unsummed_segment(), last;
	unsigned int i;

	for (i = 0; i < RTE_DIM(flags); i++) {
		give_frame(f, &frame, SEGMENT_LEN, flags[i], &last);
		assert_memory_equal(&last, &frame, SEGMENT_LEN);
	}
}

/* Lengths that are wrong, and protocols without such a checksum. */
static void
frames_without_a_checksum_to_fill_in_stay(void **state)
{
	struct fixture *f = *state;
	struct unsummed frame = unsummed_segment(), last;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		frame = unsummed_segment();
		if (i == 0)
			frame.tcp.ip.total_length = RTE_BE16(49);
		else if (i == 1)
			frame.tcp.ip.total_length = RTE_BE16(37);
		else if (i == 2)
			frame.tcp.ip.next_proto_id = 89;
		else if (i == 3)
			frame.tcp.ip.fragment_offset = RTE_BE16(3);
		else
			frame.type = RTE_BE16(RTE_ETHER_TYPE_ARP);
		give_frame(f, &frame, SEGMENT_LEN, RTE_MBUF_F_RX_L4_CKSUM_NONE, &last);
		assert_memory_equal(&last, &frame, SEGMENT_LEN);
	}
	frame = unsummed_segment();
	for (i = RTE_ETHER_HDR_LEN; i < SEGMENT_LEN - 3; i++) {
		give_frame(f, &frame, (uint16_t)i, RTE_MBUF_F_RX_L4_CKSUM_NONE, &last);
		assert_memory_equal(&last, &frame, i);
	}
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
		TEST(checksums_that_a_peer_left_out_are_filled_in),
		TEST(other_checksums_stay),
		TEST(frames_without_a_checksum_to_fill_in_stay),
		TEST(frames_of_the_kernel_are_those_of_the_port),
		TEST(frames_of_the_kernel_wait_for_the_limit),
	};

	if (rte_eal_init(RTE_DIM(argv), argv) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
