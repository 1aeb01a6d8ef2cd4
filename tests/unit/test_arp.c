/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ARP (RFC 826): answers, and the defence of our addresses (RFC 5227).
 */

#include "packet_fixture.h"

#define SECOND UINT64_C(1000000)

/* Check an ARP packet of ours in m; the arguments are the fields in which kinds differ. */
static void
check_arp(const struct rte_mbuf *m, const struct rte_ether_addr *dst, uint16_t opcode,
	rte_be32_t sip, const struct rte_ether_addr *tha, rte_be32_t tip)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(m, const struct rte_arp_hdr *,
		14);

	assert_int_equal(42, m->data_len);
	assert_memory_equal(dst, &eth->dst_addr, sizeof(*dst));
	assert_memory_equal(&us_mac, &eth->src_addr, sizeof(us_mac));
	assert_int_equal(RTE_BE16(1), arp->arp_hardware);
	assert_int_equal(RTE_BE16(0x0800), arp->arp_protocol);
	assert_int_equal(6, arp->arp_hlen);
	assert_int_equal(4, arp->arp_plen);
	assert_int_equal(rte_cpu_to_be_16(opcode), arp->arp_opcode);
	assert_memory_equal(&us_mac, &arp->arp_data.arp_sha, sizeof(us_mac));
	assert_int_equal(sip, arp->arp_data.arp_sip);
	assert_memory_equal(tha, &arp->arp_data.arp_tha, sizeof(*tha));
	assert_int_equal(tip, arp->arp_data.arp_tip);
}

/* RFC 826, reception: swap the fields, put ours in, send it to the sender of the request. */
static void
arp_request_is_answered(void **state)
{
	static const rte_be32_t ours[] = { US, IPV4(198, 18, 0, 0),
		IPV4(198, 19, 255, 255) };
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;
	unsigned int i;

	for (i = 0; i < 2 * RTE_DIM(ours); i++) {
		frame_arp(&f, i % 2);
		f.len = (uint16_t)(f.len + i * 5); /* padding, which is not sent back */
		frame_arp_hdr(&f)->arp_data.arp_tip = ours[i / 2];
		m = expect_reply(t, &f);
		check_arp(m, &peer_mac, RTE_ARP_OP_REPLY, ours[i / 2], &peer_mac, PEER);
		assert_int_equal(RTE_BE16(RTE_ETHER_TYPE_ARP),
			rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type);
		assert_int_equal(0, m->port);
		assert_int_equal(0, m->ol_flags);
		frame_free(m);
		assert_int_equal(i + 1, t->stats.packet.rx_arp);
		assert_int_equal(i + 1, t->stats.packet.arp_replies);
	}
}

/* A request may come to our MAC alone, as a check of a known entry (RFC 1122 2.3.2.1). */
static void
arp_unicast_request_is_answered(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_arp(&f, false);
	((struct rte_ether_hdr *)f.b)->dst_addr = us_mac;
	m = expect_reply(t, &f);
	check_arp(m, &peer_mac, RTE_ARP_OP_REPLY, US, &peer_mac, PEER);
	frame_free(m);
	((struct rte_ether_hdr *)f.b)->dst_addr = us_1_mac;
	expect_drop(t, &f, RS_DROP_not_our_mac);
}

/* RFC 5227 2.1.1: the sender address of a probe is 0; it must learn that ours is taken. */
static void
arp_probe_is_answered(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_arp(&f, false);
	frame_arp_hdr(&f)->arp_data.arp_sip = 0;
	m = expect_reply(t, &f);
	check_arp(m, &peer_mac, RTE_ARP_OP_REPLY, US, &peer_mac, 0);
	assert_int_equal(0, t->stats.packet.arp_conflicts);
	frame_free(m);
}

/* The reply goes to the hardware address in the packet, not to the frame's (RFC 826). */
static void
arp_answer_goes_to_the_packets_sender(void **state)
{
	static const struct rte_ether_addr other = { { 2, 9, 9, 9, 9, 9 } };
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_arp(&f, false);
	frame_arp_hdr(&f)->arp_data.arp_sha = other;
	m = expect_reply(t, &f);
	check_arp(m, &other, RTE_ARP_OP_REPLY, US, &other, PEER);
	frame_free(m);
}

static void
arp_not_ours_is_counted(void **state)
{
	static const rte_be32_t others[] = { IPV4(192, 0, 2, 2), US_1, 0,
		IPV4(192, 0, 2, 255), IPV4(198, 20, 0, 0) };
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i;

	for (i = 0; i < RTE_DIM(others); i++) {
		frame_arp(&f, false);
		frame_arp_hdr(&f)->arp_data.arp_tip = others[i];
		expect_drop(t, &f, RS_DROP_arp_not_ours);
	}
	/* a reply to a request that we never sent */
	frame_arp(&f, false);
	frame_arp_hdr(&f)->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
	expect_drop(t, &f, RS_DROP_arp_not_ours);
	/* another host's announcement */
	frame_arp(&f, false);
	frame_arp_hdr(&f)->arp_data.arp_tip = PEER;
	expect_drop(t, &f, RS_DROP_arp_not_ours);
	assert_int_equal(0, t->stats.packet.arp_replies);
}

static void
arp_malformed_is_counted(void **state)
{
	struct packet_test *t = *state;
	struct rte_arp_hdr *arp;
	struct frame f;
	unsigned int i;
	uint16_t len;

	for (i = 0; i < 9; i++) {
		frame_arp(&f, i % 2);
		arp = frame_arp_hdr(&f);
		arp->arp_hardware = i == 0 ? RTE_BE16(6) : arp->arp_hardware;
		arp->arp_protocol = i == 1 ? RTE_BE16(0x86dd) : arp->arp_protocol;
		arp->arp_hlen = i == 2 ? 8 : arp->arp_hlen;
		arp->arp_plen = i == 3 ? 16 : arp->arp_plen;
		arp->arp_opcode = i == 4 ? RTE_BE16(3) : arp->arp_opcode;
		arp->arp_opcode = i == 5 ? 0 : arp->arp_opcode;
		arp->arp_data.arp_sha.addr_bytes[0] |= i == 6;
		if (i == 7)
			arp->arp_data.arp_sha = broadcast_mac;
		if (i == 8)
			memset(&arp->arp_data.arp_sha, 0, 6);
		expect_drop(t, &f, RS_DROP_arp_bad);
	}
	frame_arp(&f, false);
	for (len = 14; len < 42; len++) {
		f.len = len;
		expect_drop(t, &f, RS_DROP_short_frame);
	}
}

/* A packet of another host with our address as sender. */
static void
frame_conflict(struct frame *f, uint16_t opcode, rte_be32_t addr)
{
	frame_arp(f, false);
	frame_arp_hdr(f)->arp_opcode = rte_cpu_to_be_16(opcode);
	frame_arp_hdr(f)->arp_data.arp_sip = addr;
	frame_arp_hdr(f)->arp_data.arp_tip = IPV4(192, 0, 2, 77);
	frame_arp_hdr(f)->arp_data.arp_tha = us_1_mac;
}

/*
 * RFC 5227 2.4 (c): "broadcast one single ARP Announcement"; 3: that is a request with
 * sender and target address ours, and 1.1: the target hardware address is zero.
 */
static void
arp_conflict_is_defended(void **state)
{
	static const struct rte_ether_addr zero = { { 0 } };
	static const rte_be32_t ours[] = { US, IPV4(198, 18, 7, 7) };
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		frame_conflict(&f, (uint16_t)(1 + i % 2), ours[i / 2]);
		m = expect_reply(t, &f);
		check_arp(m, &broadcast_mac, RTE_ARP_OP_REQUEST, ours[i / 2], &zero, ours[i / 2]);
		frame_free(m);
		assert_int_equal(i + 1, t->stats.packet.arp_conflicts);
		assert_int_equal(i + 1, t->stats.packet.arp_defences);
		t->now += 10 * SECOND;
	}
	assert_int_equal(0, t->stats.packet.arp_replies);
}

/* RFC 5227 2.4 (c): not again within DEFEND_INTERVAL, which is 10 s (1.1). */
static void
arp_defence_is_limited(void **state)
{
	struct packet_test *t = *state;
	struct frame f;

	frame_conflict(&f, RTE_ARP_OP_REQUEST, US);
	frame_free(expect_reply(t, &f));
	expect_drop(t, &f, RS_DROP_arp_limited);
	t->now += 10 * SECOND - 1;
	expect_drop(t, &f, RS_DROP_arp_limited);
	t->now += 1;
	frame_free(expect_reply(t, &f));
	expect_drop(t, &f, RS_DROP_arp_limited);
	assert_int_equal(5, t->stats.packet.arp_conflicts);
	assert_int_equal(2, t->stats.packet.arp_defences);
}

/* The clock may start at 0: the first conflict is defended all the same. */
static void
arp_defence_at_time_zero(void **state)
{
	struct packet_test *t = *state;
	struct frame f;

	t->now = 0;
	frame_conflict(&f, RTE_ARP_OP_REPLY, US);
	frame_free(expect_reply(t, &f));
}

/* One port's conflict does not silence another's. */
static void
arp_defence_is_of_each_port(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m[2];
	struct frame f;

	frame_conflict(&f, RTE_ARP_OP_REQUEST, US);
	m[0] = frame_mbuf(t, &f, 0);
	frame_conflict(&f, RTE_ARP_OP_REQUEST, US_1);
	m[1] = frame_mbuf(t, &f, 1);
	packet_parse(t, m, 2);
	assert_int_equal(2, t->parsed.n_replies);
	assert_int_equal(2, t->stats.packet.arp_defences);
	frame_free(m[0]);
	frame_free(m[1]);
}

/* RFC 5227 2.4: a conflict is another MAC with an address of that interface, not our own. */
static void
arp_of_our_own_mac_is_no_conflict(void **state)
{
	struct packet_test *t = *state;
	struct frame f;

	frame_conflict(&f, RTE_ARP_OP_REQUEST, US);
	frame_arp_hdr(&f)->arp_data.arp_sha = us_mac;
	expect_drop(t, &f, RS_DROP_arp_not_ours);
	frame_conflict(&f, RTE_ARP_OP_REQUEST, US_1); /* of port 1, seen on port 0 */
	expect_drop(t, &f, RS_DROP_arp_not_ours);
	assert_int_equal(0, t->stats.packet.arp_conflicts);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, packet_setup, packet_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(arp_request_is_answered),
		TEST(arp_unicast_request_is_answered),
		TEST(arp_probe_is_answered),
		TEST(arp_answer_goes_to_the_packets_sender),
		TEST(arp_not_ours_is_counted),
		TEST(arp_malformed_is_counted),
		TEST(arp_conflict_is_defended),
		TEST(arp_defence_is_limited),
		TEST(arp_defence_at_time_zero),
		TEST(arp_defence_is_of_each_port),
		TEST(arp_of_our_own_mac_is_no_conflict),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
