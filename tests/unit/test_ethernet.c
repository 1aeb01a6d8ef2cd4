/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Ethernet headers and VLAN tags (link/ethernet.h): reading at every length, writing, removing
 * and adding tags, and returning a frame to its sender.
 */

#include <stdlib.h>

#include "link/ethernet.h"
#include "packet_fixture.h"

/* Bytes behind a header that is written. */
#define TAIL 22

/* Read the header of the first n bytes of a frame. */
static bool
header_read(const uint8_t *bytes, uint16_t n, struct rs_ether *ether)
{
	struct rte_mbuf m;
	void *data = exact_mbuf(&m, bytes, n, 0, 0);
	bool read = rs_ether_read(&m, ether);

	free(data);
	return read;
}

/* Build a frame with two tags, of 802.1ad and 802.1Q. */
static void
frame_two_tags(struct frame *f, uint16_t outer, uint16_t inner)
{
	struct rte_vlan_hdr *tag = (struct rte_vlan_hdr *)&f->b[RTE_ETHER_HDR_LEN];

	frame_build(f, &(struct shape){ .tagged = true, .tci = inner, .data = 4 });
	memmove(&f->b[16], &f->b[12], f->len - 12u);
	((struct rte_ether_hdr *)f->b)->ether_type = RTE_BE16(RTE_ETHER_TYPE_QINQ);
	tag->vlan_tci = rte_cpu_to_be_16(outer);
	f->len = (uint16_t)(f->len + 4);
}

static void
untagged_header_is_read_from_14_bytes_on(void **state __rte_unused)
{
	struct rs_ether ether;
	struct frame f;
	uint16_t n;

	frame_build(&f, &(struct shape){ .data = 4 });
	for (n = 0; n <= f.len; n++) {
		assert_int_equal(n >= 14, header_read(f.b, n, &ether));
		assert_int_equal(0, ether.n_tags);
		assert_int_equal(14, ether.len);
		assert_int_equal(n >= 14 ? RTE_BE16(RTE_ETHER_TYPE_IPV4) : 0, ether.type);
	}
}

static void
tagged_header_is_read_from_18_bytes_on(void **state __rte_unused)
{
	struct rs_ether ether;
	struct frame f;
	uint16_t n;

	frame_build(&f, &(struct shape){ .tagged = true, .tci = 0xa123, .data = 4 });
	for (n = 0; n <= f.len; n++) {
		assert_int_equal(n >= 18, header_read(f.b, n, &ether));
		if (n < 18)
			continue;
		assert_int_equal(1, ether.n_tags);
		assert_int_equal(18, ether.len);
		assert_int_equal(RTE_BE16(RTE_ETHER_TYPE_VLAN), ether.outer_type);
		assert_int_equal(RTE_BE16(RTE_ETHER_TYPE_IPV4), ether.type);
		assert_int_equal(0xa123, ether.tci[0]);
	}
}

static void
two_tags_are_read_from_22_bytes_on(void **state __rte_unused)
{
	struct rs_ether ether;
	struct frame f;
	uint16_t n;

	frame_two_tags(&f, 0x2111, 0x3222);
	for (n = 0; n <= f.len; n++) {
		assert_int_equal(n >= 22, header_read(f.b, n, &ether));
		if (n < 22)
			continue;
		assert_int_equal(2, ether.n_tags);
		assert_int_equal(22, ether.len);
		assert_int_equal(RTE_BE16(RTE_ETHER_TYPE_QINQ), ether.outer_type);
		assert_int_equal(RTE_BE16(RTE_ETHER_TYPE_IPV4), ether.type);
		assert_int_equal(0x2111, ether.tci[0]);
		assert_int_equal(0x3222, ether.tci[1]);
	}
	/* the third tag is the type of what follows two */
	((struct rte_vlan_hdr *)&f.b[18])->eth_proto = RTE_BE16(RTE_ETHER_TYPE_VLAN);
	assert_true(header_read(f.b, f.len, &ether));
	assert_int_equal(2, ether.n_tags);
	assert_int_equal(RTE_BE16(RTE_ETHER_TYPE_VLAN), ether.type);
}

/* A header that was written is read again, and no byte behind it is written. */
static void
written_header_is_read_again(void **state __rte_unused)
{
	struct frame f = { .len = 0 };
	struct rte_mbuf m;
	struct rs_ether ether;
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)f.b;
	void *data = exact_mbuf(&m, f.b, RTE_ETHER_HDR_LEN, TAIL, 0x5a);
	uint16_t at;

	rs_ether_write(&m, &peer_mac, &us_mac, RTE_ETHER_TYPE_ARP);
	memcpy(f.b, data, m.data_len + (size_t)TAIL);
	free(data);
	assert_true(rte_is_same_ether_addr(&peer_mac, &eth->dst_addr));
	assert_true(rte_is_same_ether_addr(&us_mac, &eth->src_addr));
	assert_true(header_read(f.b, m.data_len, &ether));
	assert_int_equal(RTE_BE16(RTE_ETHER_TYPE_ARP), ether.type);
	for (at = 0; at < TAIL; at++)
		assert_int_equal(0x5a, f.b[m.data_len + at]);
}

static void
turned_frame_goes_to_its_sender(void **state __rte_unused)
{
	struct frame f, want;
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)want.b;
	struct rte_mbuf m;
	void *data;

	frame_build(&f, &(struct shape){ .data = 9 });
	want = f;
	eth->dst_addr = peer_mac;
	eth->src_addr = us_1_mac;
	data = exact_mbuf(&m, f.b, f.len, 0, 0);
	rs_ether_turn(&m, &us_1_mac);
	assert_memory_equal(want.b, data, f.len);
	free(data);
}

/* What remains without its tags is the frame that never had any, and adding them undoes it. */
static void
tags_are_removed_and_added(void **state)
{
	struct packet_test *t = *state;
	const rte_be32_t tags[] = { RTE_BE32(0x88a82111), RTE_BE32(0x81003222) };
	struct frame tagged, plain;
	struct rte_mbuf *m;

	frame_build(&plain, &(struct shape){ .data = 4 });
	frame_two_tags(&tagged, 0x2111, 0x3222);
	m = frame_mbuf(t, &tagged, 0);
	rs_ether_untag(m, 8);
	assert_int_equal(plain.len, m->pkt_len);
	assert_memory_equal(plain.b, rte_pktmbuf_mtod(m, void *), plain.len);
	assert_true(rs_ether_tag(m, tags, 2));
	assert_int_equal(tagged.len, m->pkt_len);
	assert_memory_equal(tagged.b, rte_pktmbuf_mtod(m, void *), tagged.len);
	/* no room in front of the frame */
	rte_pktmbuf_prepend(m, rte_pktmbuf_headroom(m));
	assert_false(rs_ether_tag(m, tags, 1));
	rte_pktmbuf_free(m);
}

/* Random bytes, biased to tags, cut anywhere: ASan traps a read behind the cut. */
static void
random_bytes_are_read_within_the_frame(void **state __rte_unused)
{
	static const uint8_t types[][2] = { { 0x81, 0 }, { 0x88, 0xa8 }, { 8, 0 }, { 8, 6 } };
	struct rs_ether ether;
	uint64_t seed = 20260102;
	unsigned int i, k;

	for (i = 0; i < 200000; i++) {
		uint8_t b[28];
		uint16_t n = (uint16_t)(next_random(&seed) % (sizeof(b) + 1));
		uint16_t need = 14;

		for (k = 0; k < sizeof(b); k++)
			b[k] = (uint8_t)next_random(&seed);
		memcpy(&b[12], types[next_random(&seed) % 4], 2);
		memcpy(&b[16], types[next_random(&seed) % 4], 2);
		if (b[12] != 8)
			need = b[16] != 8 ? 22 : 18;
		assert_int_equal(n >= need, header_read(b, n, &ether));
		assert_true(n < need || ether.len == need);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untagged_header_is_read_from_14_bytes_on),
		cmocka_unit_test(tagged_header_is_read_from_18_bytes_on),
		cmocka_unit_test(two_tags_are_read_from_22_bytes_on),
		cmocka_unit_test(written_header_is_read_again),
		cmocka_unit_test(turned_frame_goes_to_its_sender),
		cmocka_unit_test_setup_teardown(tags_are_removed_and_added, packet_setup,
			packet_teardown),
		cmocka_unit_test(random_bytes_are_read_within_the_frame),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
