/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Joined segments: a device that cuts them, which the test is here, gives what went in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_eal.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_random.h>
#include <rte_tcp.h>

#include "tso.h"

#define BURST 64
#define FRAME 1800              /* room for a frame */
#define MSS 1448
#define OPTIONS 12              /* bytes of timestamps */
#define MOST RS_TSO_SEGS_MAX

/* A segment. */
struct seg {
	uint32_t seq;
	uint32_t ack;
	uint16_t len;           /* of its text */
	uint16_t port;          /* of the peer */
	uint8_t flags;
	uint8_t tos;
	uint8_t option;         /* the last byte of its options */
	uint8_t tags;           /* in front of its IP header */
	uint16_t tci;           /* of the tag that the device inserts */
	bool ipv6;
	bool ip_sum;            /* the device computes the IPv4 header's checksum */
	bool no_offload;        /* the device computes nothing */
};

struct fixture {
	struct rte_mempool *pool;
	struct rte_mbuf *tx[BURST];
	uint8_t in[BURST][FRAME]; /* the frames as they were made */
	uint16_t in_len[BURST];
	uint16_t n_in;          /* of them */
	uint16_t n_cut;         /* of those, how many the device sent */
};

static const struct seg plain = { .seq = 1000, .ack = 77, .len = MSS, .port = 4000,
	.flags = RTE_TCP_ACK_FLAG };

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = rte_pktmbuf_pool_create("tso", 4 * BURST - 1, 0, 0, 2048, SOCKET_ID_ANY);
	*state = f;
	return f->pool == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	int lost = (int)rte_mempool_in_use_count(f->pool);

	rte_mempool_free(f->pool);
	free(f);
	return lost;
}

/* The TCP header of a frame in `data` that has the offsets of m. */
static struct rte_tcp_hdr *
tcp_in(uint8_t *data, const struct rte_mbuf *m)
{
	return (struct rte_tcp_hdr *)(void *)(data + m->l2_len + m->l3_len);
}

/* Write the lengths of the IP header, and its checksum where the device does not. */
static void
write_lengths(uint8_t *data, const struct rte_mbuf *m, uint16_t len)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(void *)(data + m->l2_len);
	struct rte_ipv6_hdr *ip6 = (struct rte_ipv6_hdr *)(void *)ip;

	if ((m->ol_flags & RTE_MBUF_F_TX_IPV6) != 0) {
		ip6->payload_len = rte_cpu_to_be_16((uint16_t)(len - m->l2_len - sizeof(*ip6)));
		return;
	}
	ip->total_length = rte_cpu_to_be_16((uint16_t)(len - m->l2_len));
	ip->hdr_checksum = 0;
	if ((m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) == 0)
		ip->hdr_checksum = rte_ipv4_cksum(ip);
}

/* The sum of the pseudo-header that a device needs. */
static uint16_t
pseudo(uint8_t *data, const struct rte_mbuf *m)
{
	void *ip = data + m->l2_len;

	return (m->ol_flags & RTE_MBUF_F_TX_IPV6) != 0 ? rte_ipv6_phdr_cksum(ip, m->ol_flags) :
		rte_ipv4_phdr_cksum(ip, m->ol_flags);
}

/* Make a frame at the end of the burst, as the stack makes it. */
static void
add(struct fixture *f, const struct seg *s)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->pool);
	uint16_t l2 = (uint16_t)(RTE_ETHER_HDR_LEN + 4 * s->tags);
	uint16_t l3 = s->ipv6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	uint16_t l4 = sizeof(struct rte_tcp_hdr) + OPTIONS;
	uint16_t len = (uint16_t)(l2 + l3 + l4 + s->len);
	uint8_t *data = (uint8_t *)rte_pktmbuf_append(m, len);
	struct rte_tcp_hdr *th;
	uint16_t i;

	assert_non_null(data);
	memset(data, 0x11, l2);
	memset(data + l2, 0, l3 + l4);
	data[l2] = s->ipv6 ? 0x60 : RTE_IPV4_VHL_DEF;
	data[l2 + 1] = (uint8_t)(s->ipv6 ? s->tos << 4 : s->tos);
	m->tx_offload = rte_mbuf_tx_offload(l2, l3, l4, 0, 0, 0, 0);
	m->ol_flags = s->ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
	m->ol_flags |= s->ip_sum && !s->ipv6 ? RTE_MBUF_F_TX_IP_CKSUM : 0;
	m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM | (s->tci != 0 ? RTE_MBUF_F_TX_VLAN : 0);
	m->vlan_tci = s->tci;
	write_lengths(data, m, len);
	th = tcp_in(data, m);
	*th = (struct rte_tcp_hdr){ .src_port = RTE_BE16(80),
		.dst_port = rte_cpu_to_be_16(s->port), .sent_seq = rte_cpu_to_be_32(s->seq),
		.recv_ack = rte_cpu_to_be_32(s->ack), .data_off = (uint8_t)(l4 / 4 << 4),
		.tcp_flags = s->flags };
	th->cksum = pseudo(data, m);
	((uint8_t *)th)[l4 - 1] = s->option;
	for (i = 0; i < s->len; i++)
		data[l2 + l3 + l4 + i] = (uint8_t)(s->seq + i);
	if (s->no_offload)
		m->ol_flags = m->tx_offload = 0;
	memcpy(f->in[f->n_in], data, len);
	f->in_len[f->n_in] = len;
	f->tx[f->n_in++] = m;
}

/* A frame of the device is the next one that was made. */
static void
expect_next(struct fixture *f, const uint8_t *data, uint16_t len)
{
	assert_true(f->n_cut < f->n_in);
	assert_int_equal(len, f->in_len[f->n_cut]);
	assert_memory_equal(data, f->in[f->n_cut], len);
	f->n_cut++;
}

/* Cut a frame as a device does. */
static void
cut(struct fixture *f, const struct rte_mbuf *m)
{
	uint16_t header = (uint16_t)(m->l2_len + m->l3_len + m->l4_len);
	uint8_t whole[RS_TSO_SEGS_MAX * FRAME], data[FRAME];
	struct rte_mbuf one = *m;
	uint32_t mss = m->tso_segsz;
	uint32_t off;

	assert_true(m->pkt_len <= sizeof(whole) && m->pkt_len - m->l2_len <= UINT16_MAX);
	assert_true(m->nb_segs == 1 || m->data_len > header);
	if (rte_pktmbuf_read(m, 0, m->pkt_len, whole) != whole)
		memcpy(whole, rte_pktmbuf_mtod(m, const void *), m->pkt_len);
	if ((m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) == 0) {
		assert_int_equal(m->nb_segs, 1);
		expect_next(f, whole, (uint16_t)m->pkt_len);
		return;
	}
	assert_true(m->nb_segs > 1);
	assert_int_equal(tcp_in(whole, m)->cksum, pseudo(whole, m));
	memcpy(data, whole, sizeof(data));
	write_lengths(data, m, (uint16_t)m->pkt_len);
	assert_memory_equal(data, whole, m->l2_len + m->l3_len);
	one.ol_flags &= ~RTE_MBUF_F_TX_TCP_SEG;
	for (off = header; off < m->pkt_len; off += mss) {
		uint16_t text = (uint16_t)RTE_MIN(mss, m->pkt_len - off);
		struct rte_tcp_hdr *th = tcp_in(data, m);

		memcpy(data, whole, header);
		memcpy(data + header, whole + off, text);
		write_lengths(data, &one, (uint16_t)(header + text));
		th->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(th->sent_seq) + off - header);
		if (off + text < m->pkt_len)
			th->tcp_flags &= (uint8_t)~(RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG);
		th->cksum = pseudo(data, &one);
		expect_next(f, data, (uint16_t)(header + text));
	}
}

/* Join the burst, have the device cut it, and compare. @return frames that the device got */
static uint16_t
join(struct fixture *f, uint16_t most)
{
	uint16_t n = rs_tso_join(f->tx, f->n_in, most);
	uint16_t i;

	f->n_cut = 0;
	for (i = 0; i < n; i++) {
		rte_mbuf_sanity_check(f->tx[i], 1);
		assert_true(f->tx[i]->nb_segs <= most);
		cut(f, f->tx[i]);
		rte_pktmbuf_free(f->tx[i]);
	}
	assert_int_equal(f->n_cut, f->n_in);
	f->n_in = 0;
	return n;
}

/* Add n segments of a connection, the last of this length. */
static void
add_run(struct fixture *f, const struct seg *first, uint16_t n, uint16_t last)
{
	struct seg s = *first;
	uint16_t i;

	for (i = 0; i < n; i++) {
		s.len = i + 1 == n ? last : first->len;
		add(f, &s);
		s.seq += s.len;
	}
}

static void
segments_that_follow_are_one_frame(void **state)
{
	struct fixture *f = *state;
	struct seg s = plain;

	add_run(f, &s, 10, 100);
	assert_int_equal(join(f, MOST), 1);
	s.ipv6 = true;
	add_run(f, &s, 10, MSS);
	assert_int_equal(join(f, MOST), 1);
	s = plain;
	s.ip_sum = true;
	s.tags = 2;
	s.seq = UINT32_MAX - MSS; /* sequence numbers wrap */
	add_run(f, &s, 10, 1);
	assert_int_equal(join(f, MOST), 1);
	s = plain;
	s.tci = 100;
	add_run(f, &s, 2, MSS);
	assert_int_equal(join(f, MOST), 1);
	assert_int_equal(join(f, MOST), 0);
}

/* The device has a limit of buffers, and a datagram one of 65,535 bytes. */
static void
frames_have_limits(void **state)
{
	struct fixture *f = *state;
	struct seg s = plain;

	add_run(f, &s, 10, MSS);
	assert_int_equal(join(f, 4), 3);
	add_run(f, &s, 3, MSS);
	assert_int_equal(join(f, 1), 3);
	s.ipv6 = true;
	add_run(f, &s, BURST, MSS);
	assert_int_equal(join(f, MOST), 2);
	s.len = 1640; /* 40 of them are 65,600 bytes */
	add_run(f, &s, MOST, 1640);
	assert_int_equal(join(f, MOST), 2);
}

/* Each of these differs from the segment before it in a way that a device could not make. */
static void
others_are_not_joined(void **state)
{
	static const struct seg second[] = {
		{ .seq = 1001 + MSS, .ack = 77, .len = MSS, .port = 4000,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 78, .len = MSS, .port = 4000,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS + 1, .port = 4000,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = 0, .port = 4000,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS, .port = 4001,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS, .port = 4000,
			.flags = RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS, .port = 4000,
			.flags = RTE_TCP_ACK_FLAG | RTE_TCP_CWR_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS, .port = 4000, .tos = 2,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS, .port = 4000, .option = 1,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS, .port = 4000, .tci = 5,
			.flags = RTE_TCP_ACK_FLAG },
		{ .seq = 1000 + MSS, .ack = 77, .len = MSS, .port = 4000, .no_offload = true,
			.flags = RTE_TCP_ACK_FLAG },
	};
	struct fixture *f = *state;
	struct seg s;
	unsigned int i;

	for (i = 0; i < 2 * RTE_DIM(second); i++) {
		s = plain;
		s.ipv6 = i % 2 != 0;
		add(f, &s);
		s = second[i / 2];
		s.ipv6 = i % 2 != 0;
		add(f, &s);
		assert_int_equal(join(f, MOST), 2);
	}
	s = plain;
	s.flags |= RTE_TCP_PSH_FLAG; /* a device would set it in the last one only */
	add_run(f, &s, 2, MSS);
	assert_int_equal(join(f, MOST), 2);
	s = plain;
	add(f, &s);
	s.seq += MSS;
	s.flags |= RTE_TCP_PSH_FLAG;
	add(f, &s);
	s.seq += MSS;
	s.flags = RTE_TCP_ACK_FLAG;
	add(f, &s);
	assert_int_equal(join(f, MOST), 2);
}

/* Bursts of several connections with some of everything: the device sends what was made. */
static void
any_burst_is_what_was_made(void **state)
{
	struct fixture *f = *state;
	unsigned int round, joined = 0;
	uint16_t i, n;

	rte_srand(1);
	for (round = 0; round < 2000; round++) {
		struct seg s = plain;

		n = (uint16_t)(1 + rte_rand_max(BURST));
		for (i = 0; i < n; i++) {
			s.len = rte_rand_max(8) == 0 ? (uint16_t)rte_rand_max(MSS) : MSS;
			s.ack += rte_rand_max(16) == 0;
			s.ipv6 ^= rte_rand_max(16) == 0;
			s.ip_sum ^= rte_rand_max(16) == 0;
			s.port = (uint16_t)(s.port + (rte_rand_max(16) == 0));
			s.no_offload = rte_rand_max(16) == 0;
			s.flags = (uint8_t)(RTE_TCP_ACK_FLAG |
				(rte_rand_max(8) == 0 ? rte_rand_max(256) : 0));
			add(f, &s);
			s.seq += s.len;
		}
		joined += n - join(f, (uint16_t)(1 + rte_rand_max(MOST)));
	}
	assert_in_range(joined, 10000, 2000 * BURST);
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
		TEST(segments_that_follow_are_one_frame),
		TEST(frames_have_limits),
		TEST(others_are_not_joined),
		TEST(any_burst_is_what_was_made),
	};

	if (rte_eal_init(RTE_DIM(argv), argv) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
