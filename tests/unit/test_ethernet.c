/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Ethernet headers and VLAN tags (link/ethernet.h): reading at every length, writing, and
 * returning a frame to its sender.
 */

#include <stdlib.h>

#include "link/ethernet.h"
#include "packet_fixture.h"

/* Bytes behind a header that is written. */
#define TAIL 22


/* Read the header of the first n bytes of a frame. */
static enum rs_drop
header_read(const uint8_t *bytes, uint16_t n, struct rs_ether *ether)
{
	struct rte_mbuf m;
	void *data = exact_mbuf(&m, bytes, n, 0, 0);
	enum rs_drop drop = rs_ether_read(&m, ether);

	if (drop == RS_DROP_MAX)
		assert_int_equal(ether->vlan, rs_ether_vlan(&m));
	free(data);
	return drop;
}

static void
expect_header(const struct frame *f, uint16_t n, uint16_t type, uint16_t vlan, uint16_t len)
{
	struct rs_ether ether;

	assert_int_equal(RS_DROP_MAX, header_read(f->b, n, &ether));
	assert_int_equal(rte_cpu_to_be_16(type), ether.type);
	assert_int_equal(vlan, ether.vlan);
	assert_int_equal(len, ether.len);
	assert_int_equal(len, rs_ether_len(vlan));
}

static void
untagged_header_is_read_from_14_bytes_on(void **state __rte_unused)
{
	struct rs_ether ether;
	struct frame f;
	uint16_t n;

	frame_build(&f, &(struct shape){ .data = 4 });
	for (n = 0; n < 14; n++) {
		assert_int_equal(RS_DROP_short_frame, header_read(f.b, n, &ether));
		assert_int_equal(RS_NO_VLAN, ether.vlan);
	}
	for (n = 14; n <= f.len; n++)
		expect_header(&f, n, RTE_ETHER_TYPE_IPV4, RS_NO_VLAN, 14);
	frame_arp(&f, false);
	expect_header(&f, f.len, RTE_ETHER_TYPE_ARP, RS_NO_VLAN, 14);
}

static void
tagged_header_is_read_from_18_bytes_on(void **state __rte_unused)
{
	struct rs_ether ether;
	struct frame f;
	uint16_t n;

	frame_build(&f, &(struct shape){ .tagged = true, .tci = 0xa123, .data = 4 });
	for (n = 0; n < 18; n++) {
		assert_int_equal(RS_DROP_short_frame, header_read(f.b, n, &ether));
		assert_int_equal(RS_NO_VLAN, ether.vlan);
	}
	for (n = 18; n <= f.len; n++)
		expect_header(&f, n, RTE_ETHER_TYPE_IPV4, 0xa123, 18);
}

/* IEEE 802.1Q 9.6: 4095 is reserved; 0 is a priority tag, and priority and DEI are not the VLAN. */
static void
vlan_4095_is_refused_with_any_priority(void **state __rte_unused)
{
	struct rs_ether ether;
	struct frame f;
	unsigned int tci;

	for (tci = 0; tci <= UINT16_MAX; tci++) {
		frame_build(&f, &(struct shape){ .tagged = true, .tci = (uint16_t)tci });
		if ((tci & 0xfff) != 0xfff) {
			expect_header(&f, f.len, RTE_ETHER_TYPE_IPV4, (uint16_t)tci, 18);
			continue;
		}
		assert_int_equal(RS_DROP_vlan_reserved, header_read(f.b, f.len, &ether));
		assert_int_equal(tci, ether.vlan); /* it is counted as tagged */
	}
}

/* 0x88a8 alone is no tag of 802.1Q, so it is an EtherType as any other. */
static void
second_tag_is_refused(void **state __rte_unused)
{
	static const uint16_t inner[] = { RTE_ETHER_TYPE_VLAN, RTE_ETHER_TYPE_QINQ };
	struct rs_ether ether;
	struct frame f;
	unsigned int i;

	for (i = 0; i < RTE_DIM(inner); i++) {
		frame_build(&f, &(struct shape){ .tagged = true, .tci = 7 });
		((struct rte_vlan_hdr *)&f.b[14])->eth_proto = rte_cpu_to_be_16(inner[i]);
		assert_int_equal(RS_DROP_two_vlan_tags, header_read(f.b, f.len, &ether));
		assert_int_equal(7, ether.vlan);
	}
	frame_build(&f, &(struct shape){ .tagged = true, .tci = 7 });
	((struct rte_ether_hdr *)f.b)->ether_type = RTE_BE16(RTE_ETHER_TYPE_QINQ);
	expect_header(&f, f.len, RTE_ETHER_TYPE_QINQ, RS_NO_VLAN, 14);
}

/* A header that was written is read again, and no byte behind it is written. */
static void
written_header_is_read_again(void **state __rte_unused)
{
	static const uint16_t vlans[] = { RS_NO_VLAN, 0, 1, 0xe123, 0xfffe };
	unsigned int i;

	for (i = 0; i < RTE_DIM(vlans); i++) {
		struct frame f = { .len = 0 };
		struct rte_mbuf m;
		const struct rte_ether_hdr *eth;
		void *data = exact_mbuf(&m, f.b, rs_ether_len(vlans[i]), TAIL, 0x5a);
		uint16_t at;

		rs_ether_write(&m, &peer_mac, &us_mac, vlans[i], RTE_ETHER_TYPE_ARP);
		memcpy(f.b, data, m.data_len + (size_t)TAIL);
		free(data);
		eth = (const struct rte_ether_hdr *)f.b;
		assert_true(rte_is_same_ether_addr(&peer_mac, &eth->dst_addr));
		assert_true(rte_is_same_ether_addr(&us_mac, &eth->src_addr));
		expect_header(&f, m.data_len, RTE_ETHER_TYPE_ARP, vlans[i],
			rs_ether_len(vlans[i]));
		for (at = 0; at < TAIL; at++)
			assert_int_equal(0x5a, f.b[m.data_len + at]);
	}
}

static void
turned_frame_goes_to_its_sender_with_its_tag(void **state __rte_unused)
{
	uint8_t tagged;

	for (tagged = 0; tagged < 2; tagged++) {
		struct frame f, want;
		struct rte_ether_hdr *eth = (struct rte_ether_hdr *)want.b;
		struct rte_mbuf m;
		void *data;

		frame_build(&f, &(struct shape){ .tagged = tagged, .tci = 0xa123, .data = 9 });
		want = f;
		eth->dst_addr = peer_mac;
		eth->src_addr = us_1_mac;
		data = exact_mbuf(&m, f.b, f.len, 0, 0);
		rs_ether_turn(&m, &us_1_mac);
		assert_memory_equal(want.b, data, f.len);
		free(data);
	}
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
		uint8_t b[24];
		uint16_t n = (uint16_t)(next_random(&seed) % (sizeof(b) + 1));
		enum rs_drop drop;

		for (k = 0; k < sizeof(b); k++)
			b[k] = (uint8_t)next_random(&seed);
		memcpy(&b[12], types[next_random(&seed) % 4], 2);
		memcpy(&b[16], types[next_random(&seed) % 4], 2);
		if (next_random(&seed) % 4 == 0)
			memset(&b[14], 0xff, 2);
		drop = header_read(b, n, &ether);
		if (n < 14 || (n < 18 && b[12] == 0x81))
			assert_int_equal(RS_DROP_short_frame, drop);
		else if (b[12] == 0x81 && (b[16] == 0x81 || b[16] == 0x88))
			assert_int_equal(RS_DROP_two_vlan_tags, drop);
		else if (b[12] == 0x81 && (b[14] & 0xf) == 0xf && b[15] == 0xff)
			assert_int_equal(RS_DROP_vlan_reserved, drop);
		else
			assert_int_equal(RS_DROP_MAX, drop);
		assert_true(drop != RS_DROP_MAX || ether.len <= n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untagged_header_is_read_from_14_bytes_on),
		cmocka_unit_test(tagged_header_is_read_from_18_bytes_on),
		cmocka_unit_test(vlan_4095_is_refused_with_any_priority),
		cmocka_unit_test(second_tag_is_refused),
		cmocka_unit_test(written_header_is_read_again),
		cmocka_unit_test(turned_frame_goes_to_its_sender_with_its_tag),
		cmocka_unit_test(random_bytes_are_read_within_the_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
