/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Writing frames: of a connection to its neighbour, and answers in the mbuf that asked
 * (RFC 894, 791, 6864, 9293 3.1).
 */

#include <netinet/in.h>

#include "base/copy_sum.h"
#include "packet_fixture.h"

/* Compare the TCP header at l4 with the one to be written, except for the checksum. */
static void
check_tcp(const struct rte_mbuf *m, uint16_t l4, const struct rs_tcp_out *out)
{
	const struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, l4);

	assert_int_equal(out->tuple->lport, rte_be_to_cpu_16(th->src_port));
	assert_int_equal(out->tuple->rport, rte_be_to_cpu_16(th->dst_port));
	assert_int_equal(out->seq, rte_be_to_cpu_32(th->sent_seq));
	assert_int_equal(out->ack, rte_be_to_cpu_32(th->recv_ack));
	assert_int_equal((20 + out->opt_len) / 4 << 4, th->data_off); /* reserved bits 0 */
	assert_int_equal(out->flags, th->tcp_flags);
	assert_int_equal(out->wnd, rte_be_to_cpu_16(th->rx_win));
	assert_int_equal(out->up, rte_be_to_cpu_16(th->tcp_urp));
	if (out->opt_len > 0)
		assert_memory_equal(out->opt, th + 1, out->opt_len);
}

/* Compare link and IP header with those of an answer to f. */
static void
check_headers(const struct rte_mbuf *m, const struct frame *f, uint8_t tos)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *,
		f->l3);

	assert_memory_equal(&peer_mac, &eth->dst_addr, sizeof(peer_mac));
	assert_memory_equal(&us_mac, &eth->src_addr, sizeof(us_mac));
	assert_memory_equal(f->b + 12, (const uint8_t *)eth + 12, f->l3 - 12u); /* type and tag */
	assert_int_equal(tos, ip->type_of_service);
	assert_int_equal(IPPROTO_TCP, ip->next_proto_id);
	assert_int_equal(US, ip->src_addr);
	assert_int_equal(PEER, ip->dst_addr);
}

/* Answer f and check it. */
static void
answer(struct packet_test *t, const struct frame *f)
{
	struct rte_mbuf *m = expect_segment(t, f);
	struct rs_segment *seg = &t->parsed.segs[0];
	struct rs_tcp_out out = {
		.tuple = &seg->tuple, .seq = 0xfffefdfc, .ack = 0x12345678,
		.flags = RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG,
	};
	uint64_t sent = t->stats.packet.tx_frames;

	m->ol_flags = RTE_MBUF_F_RX_RSS_HASH | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	rs_frame_answer(&t->link, seg, m, out.seq, out.ack, out.flags);
	assert_int_equal(f->l3 + 40, m->data_len);
	check_headers(m, f, t->link.tos);
	expect_good_ipv4(t, m, f->l3);
	check_tcp(m, (uint16_t)(f->l3 + 20), &out);
	assert_int_equal(0, m->ol_flags);
	assert_int_equal(0, m->port);
	assert_int_equal(sent + 1, t->stats.packet.tx_frames);
	frame_free(m);
}

/* Options, payload and padding are gone, of whatever length they were. */
static void
answer_has_headers_only(void **state)
{
	unsigned int ip_options, tcp_options, data;
	struct frame f;

	for (ip_options = 0; ip_options <= 40; ip_options += 20) {
		for (tcp_options = 0; tcp_options <= 40; tcp_options += 20) {
			for (data = 0; data <= 1380; data += 276) {
				frame_build(&f, &(struct shape){
					.ip_options = (uint8_t)ip_options,
					.tcp_options = (uint8_t)tcp_options,
					.data = (uint16_t)data, .padding = 6 });
				answer(*state, &f);
			}
		}
	}
}

/* Thousands of random tuples and numbers: checksums are right whatever the carries. */
static void
answer_of_random_segments(void **state)
{
	struct packet_test *t = *state;
	uint64_t seed = 3;
	struct frame f;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		struct rte_mbuf *m;

		frame_build(&f, &(struct shape){ .flags = 0 });
		frame_ip(&f)->src_addr = IPV4(10, 0, 0, 0) |
			(next_random(&seed) & RTE_BE32(0x00ffffff));
		frame_ip(&f)->dst_addr = IPV4(198, 18, 0, 0) |
			(next_random(&seed) & RTE_BE32(0x0001ffff));
		frame_tcp(&f)->src_port |= (rte_be16_t)next_random(&seed);
		frame_tcp(&f)->sent_seq = next_random(&seed);
		frame_fix(&f);
		m = expect_segment(t, &f);
		rs_frame_answer(&t->link, &t->parsed.segs[0], m, next_random(&seed),
			next_random(&seed), (uint8_t)next_random(&seed));
		expect_good_ipv4(t, m, f.l3);
		frame_free(m);
	}
}

/* The offload flags, for each of the two checksums alone and for both. */
static void
answer_with_offload(void **state)
{
	struct packet_test *t = *state;
	unsigned int i;
	struct frame f;

	for (i = 0; i < 4; i++) {
		bool ip_off = (i & 1) != 0, tcp_off = (i & 2) != 0;
		struct rte_ipv4_hdr *ip;
		struct rte_tcp_hdr *th;
		struct rte_mbuf *m;
		uint64_t flags = 0;

		t->link.ports[0].tx_ip_cksum = ip_off;
		t->link.ports[0].tx_tcp_cksum = tcp_off;
		frame_build(&f, &(struct shape){ .data = 9 });
		m = expect_segment(t, &f);
		m->ol_flags = RTE_MBUF_F_RX_RSS_HASH;
		rs_frame_answer(&t->link, &t->parsed.segs[0], m, 1, 2, RTE_TCP_RST_FLAG);
		ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, f.l3);
		th = (struct rte_tcp_hdr *)(ip + 1);
		if (i != 0) {
			flags = RTE_MBUF_F_TX_IPV4;
			assert_int_equal(f.l3, m->l2_len);
			assert_int_equal(20, m->l3_len);
			assert_int_equal(20, m->l4_len);
		}
		if (tcp_off) {
			/* rte_mbuf_core.h: the checksum field is that of the pseudo-header */
			flags |= RTE_MBUF_F_TX_TCP_CKSUM;
			assert_int_equal(rte_ipv4_phdr_cksum(ip, 0), th->cksum);
			th->cksum = 0;
			th->cksum = rte_ipv4_udptcp_cksum(ip, th);
		}
		if (ip_off) {
			flags |= RTE_MBUF_F_TX_IP_CKSUM;
			assert_int_equal(0, ip->hdr_checksum);
			ip->hdr_checksum = rte_ipv4_cksum(ip);
		}
		assert_int_equal(flags, m->ol_flags);
		expect_good_ipv4(t, m, f.l3);
		frame_free(m);
	}
}

/* Write a frame to the sender of f and check it. */
static void
write_one(struct packet_test *t, const struct frame *f, uint8_t opt_len, uint16_t data_len)
{
	struct rs_tuple tuple = { .laddr = rs_addr_from_ipv4(US),
		.raddr = rs_addr_from_ipv4(PEER), .lport = 80, .rport = 40000 };
	uint8_t opt[40] = { 2, 4, 5, 0xb4, 1, 3, 3, 7, 0xfe, 32 };
	struct rs_tcp_out out = { .tuple = &tuple, .seq = 0xdeadbeef, .ack = 0x01020304,
		.wnd = 0xabcd, .up = 0x5566, .flags = RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG,
		.tos = 0xb8,
		.opt_len = opt_len, .opt = opt };
	uint16_t header = (uint16_t)(f->l3 + 40 + opt_len);
	struct rte_mbuf *from = frame_mbuf(t, f, 0);
	uint16_t neigh = rs_neigh_get(&t->link, from);
	struct rte_mbuf *m = rte_pktmbuf_alloc(t->pool);
	uint8_t *payload;
	uint16_t i;

	assert_int_equal(header, rs_frame_header_len(&out));
	payload = rte_pktmbuf_mtod_offset(m, uint8_t *, header);
	for (i = 0; i < data_len; i++)
		payload[i] = (uint8_t)(i * 3 + 5);
	m->port = RTE_MBUF_PORT_INVALID;
	rs_frame_write(&t->link, neigh, m, &out, data_len,
		rs_copy_sum(payload, payload, data_len));
	assert_int_equal(header + data_len, m->data_len);
	assert_int_equal(0, m->port);
	assert_int_equal(0, m->ol_flags);
	check_headers(m, f, out.tos);
	expect_good_ipv4(t, m, f->l3);
	check_tcp(m, (uint16_t)(f->l3 + 20), &out);
	for (i = 0; i < data_len; i++)
		assert_int_equal((uint8_t)(i * 3 + 5), payload[i]);
	rs_neigh_put(&t->link, neigh);
	frame_free(from);
	frame_free(m);
}

static void
write_of_every_option_and_data_length(void **state)
{
	static const uint16_t datas[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 536, 1459, 1460 };
	unsigned int i;
	struct frame f;
	uint8_t opt;

	frame_build(&f, &(struct shape){ .flags = 0 });
	for (opt = 0; opt <= 40; opt = (uint8_t)(opt + 4)) {
		for (i = 0; i < RTE_DIM(datas); i++)
			write_one(*state, &f, opt, datas[i]);
	}
}

/* Lengths for the device count the options, which are part of the TCP header. */
static void
write_with_offload(void **state)
{
	struct packet_test *t = *state;
	struct rs_tuple tuple = { .laddr = rs_addr_from_ipv4(US),
		.raddr = rs_addr_from_ipv4(PEER), .lport = 80, .rport = 40000 };
	static const uint8_t opt[8] = { 2, 4, 5, 0xb4, 1, 3, 3, 7 };
	struct rs_tcp_out out = { .tuple = &tuple, .flags = RTE_TCP_SYN_FLAG, .opt = opt,
		.opt_len = sizeof(opt) };
	struct rte_ipv4_hdr *ip;
	struct rte_tcp_hdr *th;
	struct rte_mbuf *from, *m;
	struct frame f;
	uint16_t neigh;

	t->link.ports[0].tx_ip_cksum = true;
	t->link.ports[0].tx_tcp_cksum = true;
	frame_build(&f, &(struct shape){ .flags = 0 });
	from = frame_mbuf(t, &f, 0);
	neigh = rs_neigh_get(&t->link, from);
	m = rte_pktmbuf_alloc(t->pool);
	rs_frame_write(&t->link, neigh, m, &out, 100, 0);
	assert_int_equal(14, m->l2_len);
	assert_int_equal(20, m->l3_len);
	assert_int_equal(28, m->l4_len);
	assert_int_equal(RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM,
		m->ol_flags);
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, 14);
	th = (struct rte_tcp_hdr *)(ip + 1);
	assert_int_equal(0, ip->hdr_checksum);
	assert_int_equal(rte_ipv4_phdr_cksum(ip, 0), th->cksum);
	assert_int_equal(148, rte_be_to_cpu_16(ip->total_length));
	rs_neigh_put(&t->link, neigh);
	frame_free(from);
	frame_free(m);
}

/* A frame goes out where its neighbour is, with that port's MAC. */
static void
write_to_the_neighbours_port(void **state)
{
	struct packet_test *t = *state;
	struct rs_tuple tuple = { .laddr = rs_addr_from_ipv4(US_1),
		.raddr = rs_addr_from_ipv4(PEER), .lport = 80, .rport = 40000 };
	struct rs_tcp_out out = { .tuple = &tuple, .flags = RTE_TCP_ACK_FLAG };
	struct rte_mbuf *from, *m;
	struct frame f;
	uint16_t neigh;

	frame_build(&f, &(struct shape){ .data = 1 });
	from = frame_mbuf(t, &f, 1);
	neigh = rs_neigh_get(&t->link, from);
	m = rte_pktmbuf_alloc(t->pool);
	rs_frame_write(&t->link, neigh, m, &out, 0, 0);
	assert_int_equal(1, m->port);
	assert_memory_equal(&us_1_mac, rte_pktmbuf_mtod_offset(m, void *, 6), 6);
	assert_memory_equal(&peer_mac, rte_pktmbuf_mtod(m, void *), 6);
	rs_neigh_put(&t->link, neigh);
	frame_free(from);
	frame_free(m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, packet_setup, packet_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answer_has_headers_only),
		TEST(answer_of_random_segments),
		TEST(answer_with_offload),
		TEST(write_of_every_option_and_data_length),
		TEST(write_with_offload),
		TEST(write_to_the_neighbours_port),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
