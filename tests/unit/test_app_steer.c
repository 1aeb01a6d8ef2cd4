/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Steering: each frame reaches the worker that owns it. */

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_arp.h>
#include <rte_eal.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_thash.h>

#include "steer.h"

#define N 3
#define DEVICE 5
#define FIRST 40000
#define LAST 49999

/* RTE_IPV4() shifts an int too far for addresses that begin with 128 or more. */
#define IPV4(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define OURS IPV4(192, 0, 2, 1)
#define THEIRS IPV4(192, 0, 2, 2)

struct fixture {
	struct rte_mempool *pool;
	struct rte_ring *rings[N];
	struct rs_steer steer;      /* of worker 1 */
	struct rs_steered out;
};

static const struct rs_tcp_params params = {
	.local_port_first = FIRST, .local_port_last = LAST,
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char name[16];
	unsigned int i;

	f->pool = rte_pktmbuf_pool_create("steer", 4 * RS_STEER_RING - 1, 0, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "ring%u", i);
		f->rings[i] = rs_steer_ring(name, 0);
	}
	rs_steer_init(&f->steer, NULL, f->rings, N, 1, &params, f->pool);
	*state = f;
	return 0;
}

/* After each test every mbuf is back in the pool, those in the rings, too. */
static int
teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int i;
	int lost;

	for (i = 0; i < N; i++)
		rs_steer_ring_free(f->rings[i]);
	lost = (int)rte_mempool_in_use_count(f->pool);
	rte_mempool_free(f->pool);
	free(f);
	return lost;
}

/* A frame with len zeroed bytes behind its Ethernet header; tagged: with a VLAN tag. */
static struct rte_mbuf *
make_frame(struct fixture *f, uint16_t type, bool tagged, size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->pool);
	size_t head = RTE_ETHER_HDR_LEN + (tagged ? RTE_VLAN_HLEN : 0);
	char *p = rte_pktmbuf_append(m, (uint16_t)(head + len));
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)p;

	memset(p, 0, head + len);
	eth->ether_type = rte_cpu_to_be_16(tagged ? RTE_ETHER_TYPE_VLAN : type);
	if (tagged)
		((struct rte_vlan_hdr *)(eth + 1))->eth_proto = rte_cpu_to_be_16(type);
	return m;
}

/* Write an IPv4 header, and for TCP the ports behind it. */
static void
write_tcp(uint8_t *p, uint8_t proto, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(ip + 1);

	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->next_proto_id = proto;
	ip->src_addr = rte_cpu_to_be_32(src);
	ip->dst_addr = rte_cpu_to_be_32(dst);
	if (proto != IPPROTO_TCP)
		return;
	th->src_port = rte_cpu_to_be_16(sport);
	th->dst_port = rte_cpu_to_be_16(dport);
}

/* A segment from the peer to one of our ports. */
static struct rte_mbuf *
make_segment(struct fixture *f, bool tagged, uint16_t dport)
{
	struct rte_mbuf *m = make_frame(f, RTE_ETHER_TYPE_IPV4, tagged, 40);

	write_tcp(rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len - 40), IPPROTO_TCP, THEIRS,
		OURS, 80, dport);
	return m;
}

/* A segment of IPv6 from the peer to one of our ports. */
static struct rte_mbuf *
make_segment6(struct fixture *f, uint16_t dport)
{
	struct rte_mbuf *m = make_frame(f, RTE_ETHER_TYPE_IPV6, false, 60);
	struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *,
		RTE_ETHER_HDR_LEN);
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(ip + 1);

	ip->proto = IPPROTO_TCP;
	ip->src_addr[0] = ip->dst_addr[0] = 0xfd;
	ip->src_addr[15] = 1;
	ip->dst_addr[15] = 2;
	th->src_port = RTE_BE16(80);
	th->dst_port = rte_cpu_to_be_16(dport);
	return m;
}

/* An ICMP error about a segment that one of our ports sent. */
static struct rte_mbuf *
make_icmp(struct fixture *f, uint16_t sport)
{
	struct rte_mbuf *m = make_frame(f, RTE_ETHER_TYPE_IPV4, false, 20 + 8 + 40);
	uint8_t *p = rte_pktmbuf_mtod_offset(m, uint8_t *, RTE_ETHER_HDR_LEN);

	write_tcp(p, IPPROTO_ICMP, THEIRS, OURS, 0, 0);
	p[20] = RTE_IP_ICMP_ECHO_REPLY + 3; /* destination unreachable */
	write_tcp(p + 28, IPPROTO_TCP, OURS, THEIRS, sport, 80);
	return m;
}

/* Number of frames in the ring of a worker. */
static unsigned int
frames_waiting(const struct fixture *f, unsigned int worker)
{
	return rte_ring_count(f->rings[worker]);
}

/* Steer one frame. @return whether it stays */
static bool
frame_stays(struct fixture *f, struct rte_mbuf *m)
{
	struct rte_mbuf *pkts[1] = { m };
	bool stay = rs_steer_burst(&f->steer, DEVICE, pkts, 1, &f->out) == 1;

	if (stay)
		rte_pktmbuf_free(m);
	return stay;
}

static void
ports_are_shared_out_by_remainder(void **state __rte_unused)
{
	struct rs_tuple tuple = { .lport = 0 };
	struct rs_steer steer;
	unsigned int port;
	uint16_t n;

	for (n = 1; n <= RTE_MAX_LCORE; n++) {
		rs_steer_init(&steer, NULL, NULL, n, 0, &params, NULL);
		for (port = FIRST; port <= LAST; port++) {
			tuple.lport = (uint16_t)port;
			if (rs_steer_owner(&steer, &tuple) != (port - FIRST) % n)
				fail_msg("port %u of %u workers", port, n);
		}
	}
}

/* Microsoft's verification suite of RSS: a key, tuples and their hashes. */
static void
rss_gives_the_queue_of_the_hash(void **state __rte_unused)
{
	static const uint8_t key[40] __rte_aligned(4) = {
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
		0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
		0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
		0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
	};
	static const struct {
		uint32_t raddr, laddr;
		uint16_t rport, lport;
		uint32_t hash, hash_addresses;
	} cases[] = {
		{ IPV4(66, 9, 149, 187), IPV4(161, 142, 100, 80), 2794, 1766,
			0x51ccc178, 0x323e8fc2 },
		{ IPV4(199, 92, 111, 2), IPV4(65, 69, 140, 83), 14230, 4739,
			0xc626b0ea, 0xd718262a },
		{ IPV4(24, 19, 198, 95), IPV4(12, 22, 207, 184), 12898, 38024,
			0x5c2b394a, 0xd2d0a5de },
		{ IPV4(38, 27, 205, 30), IPV4(209, 142, 163, 6), 48228, 2217,
			0xafc7327f, 0x82989176 },
		{ IPV4(153, 39, 163, 191), IPV4(202, 188, 127, 2), 44251, 1303,
			0x10e828a2, 0x5d1809c5 },
	};
	struct rs_rss rss = { .known = true, .mask = 127 };
	struct rs_steer steer;
	unsigned int i;

	rte_convert_rss_key((const uint32_t *)key, rss.key, sizeof(key));
	for (i = 0; i <= rss.mask; i++)
		rss.queue[i] = (uint16_t)(i * 7 % 5);
	for (i = 0; i < RTE_DIM(cases); i++) {
		const struct rs_tuple tuple = {
			.laddr = rs_addr_from_ipv4(rte_cpu_to_be_32(cases[i].laddr)),
			.raddr = rs_addr_from_ipv4(rte_cpu_to_be_32(cases[i].raddr)),
			.lport = cases[i].lport,
			.rport = cases[i].rport,
		};
		uint16_t owner = (uint16_t)((cases[i].hash & 127) * 7 % 5);

		rs_steer_init(&steer, &rss, NULL, 5, owner, &params, NULL);
		rss.ports = true;
		assert_int_equal(rs_steer_owner(&steer, &tuple), owner);
		assert_true(rs_steer_replies_here(&steer, &tuple));
		steer.self = (uint16_t)(owner + 1);
		assert_false(rs_steer_replies_here(&steer, &tuple));
		rss.ports = false;
		assert_int_equal(rs_steer_owner(&steer, &tuple),
			(cases[i].hash_addresses & 127) * 7 % 5);
	}
}

/* Devices whose tables differ in one entry, or are not known, are not alike. */
static void
rss_of_two_ports_is_compared(void **state __rte_unused)
{
	struct rs_rss a = { .known = true, .ports = true, .mask = 7, .key = { 1 } };
	struct rs_rss b = a;

	assert_true(rs_rss_equal(&a, &b));
	b.queue[8] = 1; /* behind the table */
	assert_true(rs_rss_equal(&a, &b));
	b.queue[7] = 1;
	assert_false(rs_rss_equal(&a, &b));
	b = a;
	b.key[9] = 1;
	assert_false(rs_rss_equal(&a, &b));
	b = a;
	b.known = a.known = false;
	assert_false(rs_rss_equal(&a, &b));
}

/* Worker 1 of 3 keeps frames to every third port, and those of no active open. */
static void
segments_go_to_their_worker(void **state)
{
	struct fixture *f = *state;
	void *m = NULL;

	assert_true(frame_stays(f, make_segment(f, false, FIRST + 1)));
	assert_true(frame_stays(f, make_segment(f, true, FIRST + 4)));
	assert_false(frame_stays(f, make_segment(f, false, FIRST)));
	assert_false(frame_stays(f, make_segment(f, true, FIRST + 3)));
	assert_false(frame_stays(f, make_segment(f, false, FIRST + 2)));
	assert_int_equal(frames_waiting(f, 0), 2);
	assert_int_equal(frames_waiting(f, 1), 0);
	assert_int_equal(frames_waiting(f, 2), 1);
	assert_int_equal(f->out.over, 3);
	assert_int_equal(rte_ring_dequeue(f->rings[2], &m), 0);
	assert_int_equal(((struct rte_mbuf *)m)->data_len, 54);
	rte_pktmbuf_free(m);

	assert_true(frame_stays(f, make_segment(f, false, FIRST - 1)));
	assert_true(frame_stays(f, make_segment(f, false, LAST + 1)));
	assert_true(frame_stays(f, make_segment(f, false, 80)));
	assert_int_equal(f->out.over, 3);
}

/* Pass a frame on. @return whether it was */
static bool
is_passed(struct fixture *f, const struct rs_tuple *tuple, struct rte_mbuf *m)
{
	bool passed = rs_steer_pass(&f->steer, tuple, m, &f->out);

	if (!passed)
		rte_pktmbuf_free(m);
	return passed;
}

/* By port, where workers open connections: to the owner, once. */
static void
frame_is_passed_to_the_owner_of_its_port(void **state)
{
	struct fixture *f = *state;
	struct rs_tuple tuple = { .lport = FIRST + 2 };

	assert_true(is_passed(f, &tuple, make_icmp(f, FIRST + 2)));
	assert_int_equal(frames_waiting(f, 2), 1);
	tuple.lport = FIRST + 1;
	assert_false(is_passed(f, &tuple, make_icmp(f, FIRST + 1)));
	tuple.lport = FIRST;
	f->steer.inbox = true;
	assert_false(is_passed(f, &tuple, make_icmp(f, FIRST)));
	assert_int_equal(f->out.over, 1);
}

/* RSS is known: to the worker of the hash, whatever the port. */
static void
frame_is_passed_to_the_queue_of_its_hash(void **state)
{
	struct fixture *f = *state;
	struct rs_rss rss = { .known = true, .mask = 0, .queue = { 2 } };
	struct rs_tuple tuple = { .laddr = rs_addr_from_ipv4(RTE_BE32(OURS)),
		.raddr = rs_addr_from_ipv4(RTE_BE32(THEIRS)), .lport = 80 };

	f->steer.rss = &rss;
	f->steer.opens = false;
	assert_true(is_passed(f, &tuple, make_icmp(f, 80)));
	assert_int_equal(frames_waiting(f, 2), 1);
	rss.queue[0] = f->steer.self;
	assert_false(is_passed(f, &tuple, make_icmp(f, 80)));
	f->steer.rss = NULL;
}

/* Not known: from worker to worker, until each has looked once. */
static void
frame_is_passed_until_each_worker_has_looked(void **state)
{
	struct fixture *f = *state;
	struct rs_tuple tuple = { .lport = 80 };
	void *m = make_icmp(f, 80);
	uint16_t order[] = { 2, 0 };
	unsigned int i;

	((struct rte_mbuf *)m)->hash.usr = 12345; /* of the device: nothing to believe */
	f->steer.opens = false;
	for (i = 0; i < RTE_DIM(order); i++) {
		assert_true(rs_steer_pass(&f->steer, &tuple, m, &f->out));
		assert_int_equal(rte_ring_dequeue(f->rings[order[i]], &m), 0);
		f->steer.self = order[i];
		f->steer.inbox = true;
	}
	assert_false(is_passed(f, &tuple, m));
	assert_int_equal(f->out.over, 2);
}

/* The stack of a worker, which has the connections to these ports. */
static uint16_t known_port;

int
rs_stack_inspect(const struct rs_stack *stack __rte_unused, const struct rs_tuple *tuple,
	struct rs_conn_info *info __rte_unused)
{
	return tuple->lport == known_port ? 0 : -ENOENT;
}

/* Its listener looks for connections by itself. */
#define SEEKING 90

bool
rs_stack_seeks(const struct rs_stack *stack __rte_unused, const struct rs_tuple *tuple)
{
	return tuple->lport == SEEKING;
}

/*
 * A frame that looks for its worker is passed on before the stack sees it, because the stack would
 * answer a reassembled segment by a reset; the worker that has the connection keeps it, and the
 * last one.
 */
static void
frames_that_look_for_their_worker_are_passed_on(void **state)
{
	struct fixture *f = *state;
	struct rs_tuple tuple = { .lport = 80 };
	struct rte_mbuf *pkts[3];
	void *m = NULL;

	f->steer.opens = false;
	known_port = 81;
	assert_true(rs_steer_pass(&f->steer, &tuple, make_segment(f, false, 80), &f->out));
	assert_int_equal(rte_ring_dequeue(f->rings[2], &m), 0);
	/* worker 2 has a connection to port 81, and one frame is not marked */
	f->steer.self = 2;
	f->steer.inbox = true;
	pkts[0] = make_segment(f, false, 80);
	pkts[1] = m;
	pkts[2] = make_segment(f, false, 81);
	pkts[2]->packet_type = pkts[1]->packet_type;
	assert_int_equal(rs_steer_look(&f->steer, NULL, pkts, 3, &f->out), 2);
	assert_int_equal(frames_waiting(f, 0), 1);
	assert_int_equal(f->out.over, 2);
	rte_pktmbuf_free(pkts[0]);
	rte_pktmbuf_free(pkts[1]);
	/* the last worker keeps it, to answer it */
	assert_int_equal(rte_ring_dequeue(f->rings[0], &m), 0);
	f->steer.self = 0;
	pkts[0] = m;
	assert_int_equal(rs_steer_look(&f->steer, NULL, pkts, 1, &f->out), 1);
	rte_pktmbuf_free(pkts[0]);
	assert_int_equal(f->out.over, 2);
}

/* The stack may have sent the cookie that a segment acknowledges; else it passes the segment on. */
static void
frames_that_the_stack_looks_for_stay(void **state)
{
	struct fixture *f = *state;
	struct rs_tuple tuple = { .lport = SEEKING };
	struct rte_mbuf *pkts[1];
	void *m = NULL;

	f->steer.opens = false;
	known_port = 81;
	assert_true(rs_steer_pass(&f->steer, &tuple, make_segment(f, false, SEEKING), &f->out));
	assert_int_equal(rte_ring_dequeue(f->rings[2], &m), 0);
	f->steer.self = 2;
	f->steer.inbox = true;
	pkts[0] = m;
	assert_int_equal(rs_steer_look(&f->steer, NULL, pkts, 1, &f->out), 1);
	/* the last worker is asked, too */
	assert_true(rs_steer_pass(&f->steer, &tuple, m, &f->out));
	assert_int_equal(rte_ring_dequeue(f->rings[0], &m), 0);
	f->steer.self = 0;
	assert_false(is_passed(f, &tuple, m));
}

/* The frames of a burst that stay keep their order. */
static void
burst_keeps_its_order(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *pkts[9], *before[9];
	uint16_t i;

	for (i = 0; i < 9; i++)
		pkts[i] = before[i] = make_segment(f, false, (uint16_t)(FIRST + i));
	assert_int_equal(rs_steer_burst(&f->steer, DEVICE, pkts, 9, &f->out), 3);
	for (i = 0; i < 3; i++) {
		assert_ptr_equal(pkts[i], before[3 * i + 1]);
		rte_pktmbuf_free(pkts[i]);
	}
	assert_int_equal(frames_waiting(f, 0), 3);
	assert_int_equal(frames_waiting(f, 2), 3);
}

/* SYNs to any port go to the worker that RSS leads the rest of their connection to. */
static void
syns_go_to_the_worker_of_their_hash(void **state)
{
	static struct rs_rss rss = { .known = true, .ports = true, .mask = 127,
		.key = { 0x6d5a56da, 0x255b0ec2, 0x4167253d, 0x43a38fb0, 0xd0ca2bcb,
			0xae7b30b4, 0x77cb2da3, 0x8030f20c, 0x6a42b73b, 0xbeac01fa } };
	struct fixture *f = *state;
	unsigned int to[N] = { 0 };
	struct rte_mbuf *pkts[64];
	uint16_t n, i;

	for (i = 0; i <= rss.mask; i++)
		rss.queue[i] = i % N;
	f->steer.rss = &rss;
	f->steer.opens = false;
	for (i = 0; i < 64; i++) {
		struct rs_tuple tuple = {
			.laddr = rs_addr_from_ipv4(rte_cpu_to_be_32(OURS)),
			.raddr = rs_addr_from_ipv4(rte_cpu_to_be_32(THEIRS)),
			.lport = (uint16_t)(7 + i), .rport = 80,
		};

		pkts[i] = make_segment(f, false, tuple.lport);
		to[rs_steer_owner(&f->steer, &tuple)]++;
	}
	n = rs_steer_syns(&f->steer, pkts, 64, &f->out);
	assert_int_equal(n, to[1]);
	assert_int_equal(frames_waiting(f, 0), to[0]);
	assert_int_equal(frames_waiting(f, 2), to[2]);
	assert_true(to[0] > 0 && to[1] > 0 && to[2] > 0);
	assert_int_equal(f->out.over, to[0] + to[2]);
	rte_pktmbuf_free_bulk(pkts, n);

	/* what cannot be read stays */
	pkts[0] = make_frame(f, RTE_ETHER_TYPE_IPV4, false, 0);
	assert_int_equal(rs_steer_syns(&f->steer, pkts, 1, &f->out), 1);
	rte_pktmbuf_free(pkts[0]);
}

/* Have worker 1 of 3 steer in software; the key is as random as ever. */
static void
steer_in_software(struct fixture *f)
{
	static struct rs_hash_key key;

	rs_steer_choose_key(&key);
	f->steer.key = &key;
	f->steer.opens = false;
}

/* The tuple of make_segment() and make_icmp(). */
static struct rs_tuple
tuple_of(uint16_t lport)
{
	return (struct rs_tuple){
		.laddr = rs_addr_from_ipv4(rte_cpu_to_be_32(OURS)),
		.raddr = rs_addr_from_ipv4(rte_cpu_to_be_32(THEIRS)),
		.lport = lport, .rport = 80,
	};
}

/* Every worker has its share of the connections of either family, and no two starts hash alike. */
static void
software_spreads_evenly_by_a_random_key(void **state __rte_unused)
{
	enum { WORKERS = 5, PORTS = 10000 };
	struct rs_hash_key keys[2];
	struct rs_steer steers[2];
	unsigned int i, ipv6;

	for (i = 0; i < RTE_DIM(steers); i++) {
		rs_steer_init(&steers[i], NULL, NULL, WORKERS, 0, &params, NULL);
		rs_steer_choose_key(&keys[i]);
		steers[i].key = &keys[i];
	}
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		unsigned int share[WORKERS] = { 0 };
		unsigned int alike = 0;

		for (i = 0; i < PORTS; i++) {
			struct rs_tuple tuple = tuple_of((uint16_t)i);
			uint16_t owner;

			if (ipv6)
				tuple.laddr.w[0] = tuple.raddr.w[0] = RTE_BE32(0x20010db8);
			owner = rs_steer_owner(&steers[0], &tuple);
			assert_in_range(owner, 0, WORKERS - 1);
			share[owner]++;
			alike += owner == rs_steer_owner(&steers[1], &tuple);
		}
		for (i = 0; i < WORKERS; i++)
			assert_in_range(share[i], PORTS / 6, PORTS / 4);
		assert_in_range(alike, PORTS / 6, PORTS / 4);
	}
}

/*
 * Whichever worker a device gives a frame to, one worker has all of a connection: segments to any
 * port, tagged or not, and the ICMP errors about them. A device whose hash is wrong on purpose.
 */
static void
software_leads_each_connection_to_one_worker(void **state)
{
	struct fixture *f = *state;
	unsigned int to[N] = { 0 };
	uint16_t port;

	steer_in_software(f);
	for (port = 1; port < 400; port++) {
		const struct rs_tuple tuple = tuple_of(port);
		uint16_t owner = rs_steer_owner(&f->steer, &tuple);
		struct rte_mbuf *m[3];
		uint16_t from, i;
		void *got = NULL;

		assert_in_range(owner, 0, N - 1);
		to[owner]++;
		for (from = 0; from < N; from++) {
			m[0] = make_segment(f, false, port);
			m[1] = make_segment(f, true, port);
			m[2] = make_icmp(f, port);
			f->steer.self = from;
			assert_int_equal(rs_steer_burst(&f->steer, DEVICE, m, 3, &f->out),
				from == owner ? 3 : 0);
			for (i = 0; i < 3; i++) {
				if (from != owner) {
					assert_int_equal(rte_ring_dequeue(f->rings[owner], &got),
						0);
					m[i] = got;
				}
				assert_int_equal(m[i]->data_len, i == 0 ? 54 : i == 1 ? 58 : 82);
				rte_pktmbuf_free(m[i]);
			}
			assert_int_equal(frames_waiting(f, 0) + frames_waiting(f, 1) +
				frames_waiting(f, 2), 0);
		}
	}
	assert_true(to[0] > 0 && to[1] > 0 && to[2] > 0);
	assert_int_equal(f->out.full, 0);
}

/*
 * The fragments of a datagram meet at the worker of the two addresses. There it becomes whole, and
 * is passed on to the worker of the connection, although the fragments came from another one.
 */
static void
software_has_fragments_meet(void **state)
{
	struct fixture *f = *state;
	struct rs_tuple hosts = tuple_of(0), tuple = tuple_of(1);
	uint16_t meet, from;

	steer_in_software(f);
	hosts.rport = 0;
	meet = rs_steer_owner(&f->steer, &hosts);
	for (from = 0; from < N; from++) {
		struct rte_mbuf *m = make_segment(f, from % 2, (uint16_t)(7 + from));
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *,
			m->data_len - 40);

		ip->fragment_offset = from == 0 ? RTE_BE16(RTE_IPV4_HDR_MF_FLAG) : RTE_BE16(2);
		f->steer.self = from;
		assert_int_equal(frame_stays(f, m), from == meet);
	}
	assert_int_equal(frames_waiting(f, meet), N - 1);

	while (rs_steer_owner(&f->steer, &tuple) == meet)
		tuple.lport++;
	f->steer.self = meet;
	f->steer.inbox = true;
	assert_true(is_passed(f, &tuple, make_segment(f, false, tuple.lport)));
	f->steer.self = rs_steer_owner(&f->steer, &tuple);
	assert_int_equal(frames_waiting(f, f->steer.self), 1);
	/* there it ends, connection or not */
	assert_false(is_passed(f, &tuple, make_segment(f, false, tuple.lport)));
}

/* How the device of these tests hashes, and what the workers found out about it. */
static struct rs_rss device_rss;
static bool device_wrong, astray;

/* Have worker 1 of 3 take the hashes of a device. */
static void
take_hashes(struct fixture *f, bool ipv4, bool ipv6)
{
	device_rss = (struct rs_rss){ .ports = ipv4, .ports6 = ipv6,
		.key = { 0x6d5a56da, 0x255b0ec2, 0x4167253d, 0x43a38fb0, 0xd0ca2bcb,
			0xae7b30b4, 0x77cb2da3, 0x8030f20c, 0x6a42b73b, 0xbeac01fa } };
	device_wrong = astray = false;
	steer_in_software(f);
	f->steer.toeplitz = &device_rss;
	f->steer.astray = &astray;
	rs_steer_take_hashes(&f->steer, DEVICE, &device_wrong);
}

/* The words of a segment that a device hashes, in host order. @return how many */
static unsigned int
words_of(const struct rte_mbuf *m, uint32_t *words)
{
	bool ipv6 = m->data_len == RTE_ETHER_HDR_LEN + 60;
	unsigned int n = ipv6 ? 9 : 3;
	unsigned int i;

	/* addresses and ports lie one behind the other */
	memcpy(words, rte_pktmbuf_mtod_offset(m, const uint8_t *,
		RTE_ETHER_HDR_LEN + (ipv6 ? 8 : 12)), n * 4);
	for (i = 0; i < n; i++)
		words[i] = rte_be_to_cpu_32(words[i]);
	return n;
}

/* Have a device say what it says of a whole segment: its type, and its hash, less these bits. */
static struct rte_mbuf *
hashed(struct rte_mbuf *m, uint32_t wrong_bits)
{
	uint32_t words[9];
	unsigned int n = words_of(m, words);

	m->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
	m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L4_TCP |
		(n == 3 ? RTE_PTYPE_L3_IPV4_EXT_UNKNOWN : RTE_PTYPE_L3_IPV6);
	m->hash.rss = rte_softrss_be(words, n, (const uint8_t *)device_rss.key) ^ wrong_bits;
	return m;
}

/* The worker that a frame of a device gets to, which is freed. */
static uint16_t
worker_from(struct fixture *f, uint16_t device, struct rte_mbuf *m)
{
	uint16_t worker = f->steer.self;
	void *got = m;
	uint16_t i;

	if (rs_steer_burst(&f->steer, device, &m, 1, &f->out) == 0) {
		for (i = 0; i < N; i++)
			if (rte_ring_dequeue(f->rings[i], &got) == 0)
				worker = i;
		assert_int_not_equal(worker, f->steer.self);
	}
	rte_pktmbuf_free(got);
	return worker;
}

static uint16_t
worker_of(struct fixture *f, struct rte_mbuf *m)
{
	return worker_from(f, DEVICE, m);
}

/* The owner of make_segment() or make_segment6(). */
static uint16_t
owner_of(const struct fixture *f, uint16_t lport, bool ipv6)
{
	struct rs_tuple tuple = tuple_of(lport);

	if (ipv6) {
		memset(&tuple.laddr, 0, sizeof(tuple.laddr));
		memset(&tuple.raddr, 0, sizeof(tuple.raddr));
		tuple.laddr.w[0] = tuple.raddr.w[0] = RTE_BE32(0xfd000000);
		tuple.laddr.w[3] = RTE_BE32(2);
		tuple.raddr.w[3] = RTE_BE32(1);
	}
	return rs_steer_owner(&f->steer, &tuple);
}

/*
 * The device's hash, ours and that of frames without one lead to the same worker. The first hashes
 * are all verified, then one of many.
 */
static void
hash_of_the_device_is_taken(void **state)
{
	struct fixture *f = *state;
	unsigned int to[N] = { 0 };
	unsigned int n = 0;
	uint16_t port;

	take_hashes(f, true, true);
	for (port = 1; port <= 4000; port++) {
		bool ipv6 = port % 2 != 0;
		uint16_t owner = owner_of(f, port, ipv6);

		to[owner]++;
		assert_int_equal(worker_of(f, hashed(ipv6 ? make_segment6(f, port) :
			make_segment(f, false, port), 0)), owner);
		assert_int_equal(f->out.hashes_verified, port <= RS_HASH_VERIFY ? port :
			RS_HASH_VERIFY + (port - RS_HASH_VERIFY - 1 + RS_HASH_INTERVAL) /
			RS_HASH_INTERVAL);
		n++;
		/* the same connection, without the hash or the type */
		assert_int_equal(worker_of(f, ipv6 ? make_segment6(f, port) :
			make_segment(f, false, port)), owner);
	}
	assert_true(to[0] > 1000 && to[1] > 1000 && to[2] > 1000);
	assert_int_equal(f->out.hashes + f->out.hashes_verified, n);
	assert_int_equal(f->out.hashes_wrong, 0);
	assert_false(device_wrong || astray);
}

/* Verified hashes, so that the next RS_HASH_INTERVAL - 1 are taken. */
static void
let_hashes_be_verified(struct fixture *f)
{
	uint16_t i;

	for (i = 0; i <= RS_HASH_VERIFY; i++)
		worker_of(f, hashed(make_segment(f, false, 7), 0));
	assert_int_equal(f->out.hashes_verified, RS_HASH_VERIFY + 1);
}

/* A frame is not read: one without a single byte goes where its hash leads. */
static void
frame_with_a_hash_is_not_read(void **state)
{
	struct fixture *f = *state;
	uint16_t port;

	take_hashes(f, true, false);
	let_hashes_be_verified(f);
	for (port = 8; port < 40; port++) {
		struct rte_mbuf *m = hashed(make_segment(f, false, port), 0);

		rte_pktmbuf_trim(m, m->data_len);
		assert_int_equal(worker_of(f, m), owner_of(f, port, false));
	}
	/* its hash cannot be verified: as without it */
	f->steer.hashes[DEVICE].due = 0;
	for (port = 8; port < 40; port++) {
		struct rte_mbuf *m = hashed(make_segment(f, false, port), 0);

		rte_pktmbuf_trim(m, m->data_len);
		assert_true(frame_stays(f, m));
	}
	assert_false(device_wrong);
}

/*
 * A frame is read if the device does not say that it is a whole segment of a family that it hashes
 * by ports, or is another device. A hash that these frames have is any number.
 */
static void
other_frames_are_read(void **state)
{
	static const uint32_t types[] = {
		0, RTE_PTYPE_L4_TCP, RTE_PTYPE_L3_IPV4, RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_FRAG,
		RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_UDP, RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_ICMP,
		RTE_PTYPE_L3_IPV6 | RTE_PTYPE_L4_TCP, RTE_PTYPE_L3_IPV6_EXT | RTE_PTYPE_L4_TCP,
		RTE_PTYPE_L3_IPV4 | RTE_PTYPE_TUNNEL_IP | RTE_PTYPE_INNER_L3_IPV4 |
			RTE_PTYPE_INNER_L4_TCP,
	};
	struct fixture *f = *state;
	struct rte_mbuf *m;
	uint16_t port;
	unsigned int i;

	take_hashes(f, true, false);
	let_hashes_be_verified(f);
	f->out.hashes = 0;
	for (port = 8; port < 40; port++) {
		uint16_t owner = owner_of(f, port, false);

		for (i = 0; i < RTE_DIM(types); i++) {
			m = hashed(make_segment(f, false, port), UINT32_C(1) << 31);
			m->packet_type = types[i];
			assert_int_equal(worker_of(f, m), owner);
		}
		m = hashed(make_segment(f, false, port), UINT32_C(1) << 31);
		m->ol_flags = 0;
		assert_int_equal(worker_of(f, m), owner);
		/* IPv6 has the hash of the workers */
		m = hashed(make_segment6(f, port), UINT32_C(1) << 31);
		assert_int_equal(worker_of(f, m), owner_of(f, port, true));
		m = hashed(make_segment(f, false, port), UINT32_C(1) << 31);
		assert_int_equal(worker_from(f, DEVICE + 1, m), owner);
	}
	assert_int_equal(f->out.hashes, 0);
	assert_false(device_wrong);
}

/* The first frame with a wrong hash that is verified, soon or late, ends the use of hashes. */
static void
wrong_hash_in_a_buffer_ends_their_use(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *m;
	unsigned int late, i;
	uint16_t port;

	for (late = 0; late < 2; late++) {
		f->out = (struct rs_steered){ 0 };
		take_hashes(f, true, true);
		if (late)
			let_hashes_be_verified(f);
		for (i = 0; !device_wrong; i++) {
			uint16_t worker = worker_of(f, hashed(make_segment(f, false, 9),
				UINT32_C(1) << 31));

			assert_true((worker == owner_of(f, 9, false)) == device_wrong);
		}
		assert_int_equal(i, late ? RS_HASH_INTERVAL : 1);
		assert_true(astray);
		for (port = 8; port < 40; port++)
			assert_int_equal(worker_of(f, hashed(make_segment6(f, port), 1u << 31)),
				owner_of(f, port, true));
		assert_int_equal(f->out.hashes_wrong, 1);
	}
	/* a fragment that the device calls a segment */
	take_hashes(f, true, true);
	f->out = (struct rs_steered){ 0 };
	m = hashed(make_segment(f, false, 9), 0);
	rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN)->fragment_offset =
		RTE_BE16(RTE_IPV4_HDR_MF_FLAG);
	worker_of(f, m);
	assert_true(device_wrong);
	assert_int_equal(f->out.hashes_wrong, 1);
}

/*
 * Before a wrong hash was found out, it may have led a SYN to a worker that is not the owner. From
 * then on a segment without a connection is shown to each worker; that it was steered before, with
 * a hash in its buffer, is no look.
 */
static void
connections_of_wrong_hashes_are_looked_for(void **state)
{
	struct fixture *f = *state;
	struct rs_tuple tuple = tuple_of(9);
	void *m = hashed(make_segment(f, false, 9), 0);
	unsigned int i;

	take_hashes(f, true, true);
	f->steer.self = rs_steer_owner(&f->steer, &tuple);
	f->steer.inbox = true;
	assert_false(is_passed(f, &tuple, hashed(make_segment(f, false, 9), 0)));
	astray = true;
	for (i = 1; i < N; i++) {
		uint16_t next = (uint16_t)((f->steer.self + 1) % N);

		assert_true(rs_steer_pass(&f->steer, &tuple, m, &f->out));
		assert_int_equal(rte_ring_dequeue(f->rings[next], &m), 0);
		f->steer.self = next;
	}
	assert_false(is_passed(f, &tuple, m));
}

/*
 * A device that hashes otherwise than it says is found out by its first segment that came to the
 * wrong worker, SYN or not. From then on a frame without a connection goes from worker to worker,
 * so that the one that has it, which the hash does not tell, sees it.
 */
static void
wrong_hash_is_found_out(void **state)
{
	struct fixture *f = *state;
	struct rs_rss rss = { .known = true, .ports = true, .mask = 127, .key = { 0x6d5a56da } };
	struct rte_mbuf *m[4];
	bool seek = false;
	uint16_t port;

	for (port = 0; port <= rss.mask; port++)
		rss.queue[port] = port % N;
	port = 1;
	f->steer.rss = &rss;
	f->steer.opens = false;
	f->steer.seek = &seek;
	f->steer.self = 0;
	for (; port < 60; port++) {
		const struct rs_tuple tuple = tuple_of(port);
		bool right = rs_steer_owner(&f->steer, &tuple) == 0;

		seek = false;
		f->steer.verify = 3;
		/* only plain segments count: no tagged frame, fragment or ICMP error */
		m[0] = make_segment(f, false, port);
		m[1] = make_segment(f, true, port);
		m[2] = make_icmp(f, port);
		m[3] = make_segment(f, false, port);
		rte_pktmbuf_mtod_offset(m[3], struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN)->
			fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG);
		rs_steer_verify(&f->steer, &m[1], 3);
		assert_false(seek);
		assert_int_equal(f->steer.verify, 3);
		rte_pktmbuf_mtod_offset(m[0], struct rte_tcp_hdr *, 14 + 20)->tcp_flags =
			port % 2 == 0 ? RTE_TCP_SYN_FLAG : RTE_TCP_ACK_FLAG;
		rs_steer_verify(&f->steer, m, 1);
		assert_int_equal(seek, !right);
		assert_int_equal(f->steer.verify, right ? 2 : 0);
		rte_pktmbuf_free_bulk(m, RTE_DIM(m));
	}
	seek = true;

	for (port = 1; port < 20; port++) { /* whichever worker the hash leads to */
		const struct rs_tuple tuple = tuple_of(port);
		void *frame = NULL;

		assert_true(is_passed(f, &tuple, make_segment(f, false, port)));
		assert_int_equal(rte_ring_dequeue(f->rings[1], &frame), 0);
		assert_int_equal(((struct rte_mbuf *)frame)->packet_type, RS_STEER_LOOKS);
		rte_pktmbuf_free(frame);
	}
	/* ports of active opens have an owner */
	f->steer.opens = true;
	rss.queue[0] = 0;
	rss.mask = 0;
	assert_false(is_passed(f, &(struct rs_tuple){ .lport = FIRST }, make_icmp(f, FIRST)));
}

/* Without active opens no worker waits for an ARP reply; frames of no connection stay. */
static void
software_leaves_other_frames(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *m = make_frame(f, RTE_ETHER_TYPE_ARP, false, sizeof(struct rte_arp_hdr));

	steer_in_software(f);
	rte_pktmbuf_mtod_offset(m, struct rte_arp_hdr *, RTE_ETHER_HDR_LEN)->arp_opcode =
		RTE_BE16(RTE_ARP_OP_REPLY);
	assert_true(frame_stays(f, m));
	m = make_segment(f, false, 7);
	rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN)->next_proto_id =
		IPPROTO_UDP;
	assert_true(frame_stays(f, m));
	assert_int_equal(f->out.over, 0);
}

/* A ring that is half full takes no SYNs, so that it has room for connections; they are counted. */
static void
half_full_ring_takes_no_syns(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 4 * RS_STEER_RING / 3; i++) {
		struct rte_mbuf *m = make_segment(f, false, FIRST);
		struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(m, struct rte_tcp_hdr *,
			RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr));

		th->tcp_flags = i % 2 == 0 ? RTE_TCP_SYN_FLAG : RTE_TCP_ACK_FLAG;
		assert_false(frame_stays(f, m));
	}
	assert_int_equal(f->out.full, 0);
	/* one of two frames once it was half full */
	assert_int_equal(f->out.syns, (i - RS_STEER_SYNS) / 2);
	assert_int_equal(frames_waiting(f, 0), i - f->out.syns);
}

static void
icmp_errors_go_to_the_worker_of_the_segment(void **state)
{
	struct fixture *f = *state;

	assert_false(frame_stays(f, make_icmp(f, FIRST + 2)));
	assert_int_equal(frames_waiting(f, 2), 1);
	assert_true(frame_stays(f, make_icmp(f, FIRST + 1)));
	assert_true(frame_stays(f, make_icmp(f, 80)));
}

/* Any worker may have sent the ARP request. */
static void
arp_replies_go_to_all(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *m = make_frame(f, RTE_ETHER_TYPE_ARP, false, sizeof(struct rte_arp_hdr));
	struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(m, struct rte_arp_hdr *,
		RTE_ETHER_HDR_LEN);

	arp->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
	assert_true(frame_stays(f, m));
	assert_int_equal(frames_waiting(f, 0), 1);
	assert_int_equal(frames_waiting(f, 1), 0);
	assert_int_equal(frames_waiting(f, 2), 1);
	m = make_frame(f, RTE_ETHER_TYPE_ARP, false, sizeof(struct rte_arp_hdr));
	arp = rte_pktmbuf_mtod_offset(m, struct rte_arp_hdr *, RTE_ETHER_HDR_LEN);
	arp->arp_opcode = RTE_BE16(RTE_ARP_OP_REQUEST);
	assert_true(frame_stays(f, m));
	assert_int_equal(frames_waiting(f, 0), 1);
}

/* Frames to a worker that does not keep up are dropped and counted. */
static void
full_ring_frees_and_counts(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < RS_STEER_RING + 9; i++)
		assert_false(frame_stays(f, make_segment(f, false, FIRST)));
	assert_int_equal(f->out.over, RS_STEER_RING - 1);
	assert_int_equal(f->out.full, 10);
	assert_int_equal(rte_mempool_in_use_count(f->pool), RS_STEER_RING - 1);
}

/* A full ring costs its worker frames, and no other one; it goes on when there is room. */
static void
full_ring_is_one_workers_and_passes(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *pkts[3];
	unsigned int i;
	void *m = NULL;

	for (i = 0; i < RS_STEER_RING - 1; i++)
		assert_false(frame_stays(f, make_segment(f, false, FIRST)));
	for (i = 0; i < 3; i++)
		pkts[i] = make_segment(f, false, (uint16_t)(FIRST + i));
	/* of a burst for all three: lost, stays, handed over */
	assert_int_equal(rs_steer_burst(&f->steer, DEVICE, pkts, 3, &f->out), 1);
	rte_pktmbuf_free(pkts[0]);
	assert_int_equal(f->out.full, 1);
	assert_int_equal(frames_waiting(f, 2), 1);

	assert_int_equal(rte_ring_dequeue(f->rings[0], &m), 0);
	rte_pktmbuf_free(m);
	assert_false(frame_stays(f, make_segment(f, false, FIRST)));
	assert_int_equal(f->out.full, 1);
	assert_int_equal(frames_waiting(f, 0), RS_STEER_RING - 1);
}

/* A frame that each stack must see is copied once: not again by the workers that get a copy. */
static void
copies_are_made_by_the_first_worker_only(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *m = make_segment(f, false, 80);
	unsigned int i;

	rs_steer_copy(&f->steer, m, &f->out);
	for (i = 0; i < f->steer.n; i++)
		assert_int_equal(frames_waiting(f, i), i != f->steer.self);
	assert_int_equal(f->out.over, f->steer.n - 1);
	f->steer.inbox = true;
	rs_steer_copy(&f->steer, m, &f->out);
	assert_int_equal(f->out.over, f->steer.n - 1);
	rte_pktmbuf_free(m);
}

/* Without an mbuf for a copy only the copies are lost, and counted; later ones go to all. */
static void
copies_without_mbufs_are_counted(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *all[8192];
	struct rte_mbuf *arp[2];
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		arp[i] = make_frame(f, RTE_ETHER_TYPE_ARP, false, sizeof(struct rte_arp_hdr));
		rte_pktmbuf_mtod_offset(arp[i], struct rte_arp_hdr *,
			RTE_ETHER_HDR_LEN)->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
	}
	while (n < RTE_DIM(all) && (all[n] = rte_pktmbuf_alloc(f->pool)) != NULL)
		n++;
	assert_true(n < RTE_DIM(all));
	assert_true(frame_stays(f, arp[0]));
	assert_int_equal(f->out.full, 2);
	rte_pktmbuf_free_bulk(all, n);
	assert_true(frame_stays(f, arp[1]));
	assert_int_equal(f->out.full, 2);
	assert_int_equal(frames_waiting(f, 0) + frames_waiting(f, 2), 2);
}

/* Truncated frames, fragments and other protocols stay, and are not read beyond their end. */
static void
odd_frames_stay(void **state)
{
	struct fixture *f = *state;
	struct rte_ipv4_hdr *ip;
	struct rte_mbuf *m;
	uint16_t len;

	for (len = 0; len < 54; len++) {
		m = make_segment(f, false, FIRST);
		rte_pktmbuf_trim(m, (uint16_t)(m->data_len - len));
		assert_int_equal(frame_stays(f, m), len < 14 + 20 + 4);
	}
	for (len = 0; len < 14 + 20 + 8 + 40; len++) {
		m = make_icmp(f, FIRST);
		rte_pktmbuf_trim(m, (uint16_t)(m->data_len - len));
		assert_int_equal(frame_stays(f, m), len < 14 + 20 + 8 + 20 + 4);
	}
	m = make_segment(f, false, FIRST);
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	ip->fragment_offset = RTE_BE16(1);
	assert_true(frame_stays(f, m));
	m = make_segment(f, false, FIRST);
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	ip->version_ihl = 0x44;
	assert_true(frame_stays(f, m));
	m = make_segment(f, false, FIRST);
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	ip->next_proto_id = IPPROTO_UDP;
	assert_true(frame_stays(f, m));
	assert_true(frame_stays(f, make_frame(f, RTE_ETHER_TYPE_IPV6, true, 60)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(int argc __rte_unused, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_shared_out_by_remainder),
		cmocka_unit_test(rss_gives_the_queue_of_the_hash),
		cmocka_unit_test(rss_of_two_ports_is_compared),
		TEST(arp_replies_go_to_all),
		TEST(burst_keeps_its_order),
		TEST(frame_is_passed_to_the_owner_of_its_port),
		TEST(frame_is_passed_to_the_queue_of_its_hash),
		TEST(frame_is_passed_until_each_worker_has_looked),
		TEST(frames_that_look_for_their_worker_are_passed_on),
		TEST(frames_that_the_stack_looks_for_stay),
		TEST(full_ring_frees_and_counts),
		TEST(full_ring_is_one_workers_and_passes),
		TEST(copies_are_made_by_the_first_worker_only),
		TEST(copies_without_mbufs_are_counted),
		TEST(syns_go_to_the_worker_of_their_hash),
		cmocka_unit_test(software_spreads_evenly_by_a_random_key),
		TEST(software_leads_each_connection_to_one_worker),
		TEST(software_has_fragments_meet),
		TEST(software_leaves_other_frames),
		TEST(hash_of_the_device_is_taken),
		TEST(frame_with_a_hash_is_not_read),
		TEST(other_frames_are_read),
		TEST(wrong_hash_in_a_buffer_ends_their_use),
		TEST(connections_of_wrong_hashes_are_looked_for),
		TEST(wrong_hash_is_found_out),
		TEST(half_full_ring_takes_no_syns),
		TEST(icmp_errors_go_to_the_worker_of_the_segment),
		TEST(odd_frames_stay),
		TEST(segments_go_to_their_worker),
	};
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level=error", "-m", "256", NULL };

	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
