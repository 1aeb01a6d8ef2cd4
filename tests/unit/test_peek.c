/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The owner of a frame that is not verified yet (packet/peek.h): each kind of frame, cut after
 * each of its bytes, and random bytes. No result may depend on a byte behind the frame's end.
 */

#include <netinet/in.h>
#include <stdlib.h>

#include "packet/icmp.h"
#include "packet/ipv6.h"
#include "packet/peek.h"
#include "packet_fixture.h"

/* Bytes of a tail behind a frame: more than any header that peek could read there. */
#define TAIL 128

#define ICMP_LEN sizeof(struct rte_icmp_hdr)

/* Connection of the segments and quotes of these tests, as this host sees it. */
static const struct rs_tuple conn = {
	.laddr = { .w = { 0, 0, RTE_BE32(0xffff), US } },
	.raddr = { .w = { 0, 0, RTE_BE32(0xffff), PEER } },
	.lport = 80,
	.rport = 40000,
};

/* The owner of the first n bytes of a frame, the same with any bytes behind them. */
static enum rs_peek
owner_of(const uint8_t *bytes, uint16_t n, struct rs_tuple *tuple)
{
	static const struct {
		uint16_t len;
		uint8_t fill;
	} tails[] = { { 0, 0 }, { TAIL, 0 }, { TAIL, 0xff }, { TAIL, 0x45 } };
	struct rs_tuple first, other;
	enum rs_peek kind = RS_PEEK_ANY;
	unsigned int i;

	for (i = 0; i < RTE_DIM(tails); i++) {
		struct rte_mbuf m;
		void *data = exact_mbuf(&m, bytes, n, tails[i].len, tails[i].fill);
		enum rs_peek got;

		memset(&other, 0xa5, sizeof(other));
		got = rs_peek_owner(&m, &other);
		free(data);
		if (i == 0) {
			kind = got;
			first = other;
		}
		assert_int_equal(kind, got);
		assert_memory_equal(&first, &other, sizeof(first));
	}
	*tuple = first;
	return kind;
}

/* Cut a frame after each byte: its owner is known from `need` bytes on, and any before. */
static void
expect_owner(const struct frame *f, enum rs_peek kind, unsigned int need)
{
	struct rs_tuple none, tuple, hosts = conn;
	uint16_t n;

	hosts.lport = hosts.rport = 0;
	hosts.raddr = rs_addr_from_ipv4(((const struct rte_ipv4_hdr *)&f->b[f->l3])->src_addr);
	memset(&none, 0xa5, sizeof(none));
	for (n = 0; n <= f->len; n++) {
		enum rs_peek want = n >= need ? kind : RS_PEEK_ANY;
		enum rs_peek got = owner_of(f->b, n, &tuple);

		if (got != want)
			fail_msg("%u of %u bytes: owner %d, not %d", n, f->len, got, want);
		assert_memory_equal(want == RS_PEEK_TUPLE ? &conn :
			want == RS_PEEK_FRAGMENT ? &hosts : &none, &tuple, sizeof(tuple));
	}
}

/* Build an ICMP error of a router that quotes a segment of ours with options in its IP header. */
static void
build_error(struct frame *f, bool tagged, uint8_t outer_options, uint8_t quoted_options)
{
	struct frame quoted;
	struct rte_tcp_hdr *th;
	struct rte_icmp_hdr *icmp;
	uint16_t quoted_len;

	frame_build(&quoted, &(struct shape){ .ip_options = quoted_options });
	frame_ip(&quoted)->src_addr = US;
	frame_ip(&quoted)->dst_addr = PEER;
	th = frame_tcp(&quoted);
	th->src_port = RTE_BE16(80);
	th->dst_port = RTE_BE16(40000);
	frame_fix(&quoted);
	quoted_len = (uint16_t)(quoted.l4 - quoted.l3 + 8); /* RFC 792: 8 bytes of the segment */
	frame_build(f, &(struct shape){ .tagged = tagged, .tci = 7, .proto = IPPROTO_ICMP,
		.ip_options = outer_options, .data = quoted_len });
	frame_ip(f)->src_addr = IPV4(198, 51, 100, 1);
	icmp = (struct rte_icmp_hdr *)&f->b[f->l4];
	icmp->icmp_type = RS_ICMP_UNREACHABLE;
	icmp->icmp_code = RS_ICMP_CODE_FRAGMENT;
	memcpy(icmp + 1, &quoted.b[quoted.l3], quoted_len);
	frame_fix(f);
}

static struct rte_ipv4_hdr *
error_quoted_ip(struct frame *f)
{
	return (struct rte_ipv4_hdr *)&f->b[f->l4 + ICMP_LEN];
}

static void
segment_is_its_connection_s_from_the_ports_on(void **state __rte_unused)
{
	struct frame f;
	uint8_t options;

	for (options = 0; options <= 40; options += 4) {
		frame_build(&f, &(struct shape){ .ip_options = options, .data = 20 });
		expect_owner(&f, RS_PEEK_TUPLE, f.l4 + 4u);
		frame_build(&f, &(struct shape){ .ip_options = options, .data = 20,
			.tagged = true, .tci = 0xe123, .tcp_options = 12 });
		expect_owner(&f, RS_PEEK_TUPLE, f.l4 + 4u);
	}
}

/* Its checksums, flags and lengths are the owner's to verify. */
static void
segment_is_not_verified(void **state __rte_unused)
{
	struct frame f;

	frame_build(&f, &(struct shape){ .flags = RTE_TCP_RST_FLAG });
	frame_ip(&f)->hdr_checksum ^= 1;
	frame_ip(&f)->total_length = 0;
	frame_tcp(&f)->cksum ^= 1;
	frame_tcp(&f)->data_off = 0;
	expect_owner(&f, RS_PEEK_TUPLE, f.l4 + 4u);
}

static void
fragment_is_its_hosts(void **state __rte_unused)
{
	struct frame f;

	/* the first one, too, although it has ports, so that all stay together */
	frame_build(&f, &(struct shape){ .data = 32 });
	frame_ip(&f)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG);
	expect_owner(&f, RS_PEEK_FRAGMENT, f.l4);
	frame_ip(&f)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	expect_owner(&f, RS_PEEK_TUPLE, f.l4 + 4u);
	frame_ip(&f)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG | 1);
	expect_owner(&f, RS_PEEK_FRAGMENT, f.l4);
	frame_ip(&f)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK);
	expect_owner(&f, RS_PEEK_FRAGMENT, f.l4);
}

static void
header_length_that_cannot_be_has_any_owner(void **state __rte_unused)
{
	struct frame f;
	uint8_t words;

	for (words = 0; words < 5; words++) {
		frame_build(&f, &(struct shape){ .data = 32 });
		frame_ip(&f)->version_ihl = (uint8_t)(0x40 | words);
		expect_owner(&f, RS_PEEK_ANY, 0);
	}
	/* 60 bytes of header in a frame that ends before it does */
	frame_build(&f, &(struct shape){ .data = 0 });
	frame_ip(&f)->version_ihl = 0x4f;
	expect_owner(&f, RS_PEEK_ANY, 0);
}

static void
icmp_error_is_the_quoted_segment_s(void **state __rte_unused)
{
	struct frame f;
	uint8_t outer, quoted, tagged;

	for (outer = 0; outer <= 40; outer += 20) {
		for (quoted = 0; quoted <= 40; quoted += 8) {
			for (tagged = 0; tagged < 2; tagged++) {
				build_error(&f, tagged, outer, quoted);
				expect_owner(&f, RS_PEEK_TUPLE,
					f.l4 + (unsigned int)ICMP_LEN + 20u + quoted + 4u);
			}
		}
	}
}

static void
icmp_error_without_a_quoted_segment_has_any_owner(void **state __rte_unused)
{
	struct frame f;

	build_error(&f, false, 0, 0); /* the error is a fragment */
	frame_ip(&f)->fragment_offset = RTE_BE16(5);
	expect_owner(&f, RS_PEEK_FRAGMENT, f.l4);
	build_error(&f, false, 0, 0); /* the quoted datagram is one, without the ports */
	error_quoted_ip(&f)->fragment_offset = RTE_BE16(5);
	expect_owner(&f, RS_PEEK_ANY, 0);
	build_error(&f, false, 0, 0);
	error_quoted_ip(&f)->next_proto_id = IPPROTO_UDP;
	expect_owner(&f, RS_PEEK_ANY, 0);
	build_error(&f, false, 0, 0); /* no quote in a quote */
	error_quoted_ip(&f)->next_proto_id = IPPROTO_ICMP;
	expect_owner(&f, RS_PEEK_ANY, 0);
	build_error(&f, false, 0, 0);
	error_quoted_ip(&f)->version_ihl = 0x44;
	expect_owner(&f, RS_PEEK_ANY, 0);
	build_error(&f, false, 0, 0);
	error_quoted_ip(&f)->version_ihl = 0x4f;
	expect_owner(&f, RS_PEEK_ANY, 0);
	frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP, .data = 60 }); /* echo */
	expect_owner(&f, RS_PEEK_ANY, 0);
}

static void
arp_reply_is_every_worker_s_and_a_request_any_s(void **state __rte_unused)
{
	struct frame f;
	uint8_t tagged;

	for (tagged = 0; tagged < 2; tagged++) {
		frame_arp(&f, tagged);
		expect_owner(&f, RS_PEEK_ANY, 0);
		frame_arp_hdr(&f)->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
		expect_owner(&f, RS_PEEK_ALL, f.len);
		frame_arp_hdr(&f)->arp_opcode = RTE_BE16(RTE_ARP_OP_REVREQUEST);
		expect_owner(&f, RS_PEEK_ANY, 0);
	}
}

static void
other_payload_has_any_owner(void **state __rte_unused)
{
	static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_IGMP, IPPROTO_IPV6, 255 };
	static const uint16_t types[] = {
		RTE_ETHER_TYPE_IPV6, RTE_ETHER_TYPE_RARP, RTE_ETHER_TYPE_QINQ, RTE_ETHER_TYPE_MPLS,
		0, 46, UINT16_MAX,
	};
	struct frame f;
	unsigned int i;

	for (i = 0; i < RTE_DIM(protos); i++) {
		frame_build(&f, &(struct shape){ .proto = protos[i], .data = 60 });
		expect_owner(&f, RS_PEEK_ANY, 0);
	}
	for (i = 0; i < RTE_DIM(types); i++) {
		frame_build(&f, &(struct shape){ .data = 20 });
		((struct rte_ether_hdr *)f.b)->ether_type = rte_cpu_to_be_16(types[i]);
		expect_owner(&f, RS_PEEK_ANY, 0);
	}
}

/* The owner is found behind two tags of any identifier; a third tag is of no frame that we take. */
static void
owner_is_found_behind_two_tags(void **state __rte_unused)
{
	struct rte_vlan_hdr *tag;
	struct frame f;

	frame_build(&f, &(struct shape){ .tagged = true, .tci = 0x1fff, .data = 20 });
	expect_owner(&f, RS_PEEK_TUPLE, f.l4 + 4u);
	memmove(&f.b[16], &f.b[12], f.len - 12u);
	f.len = (uint16_t)(f.len + 4);
	f.l3 = (uint16_t)(f.l3 + 4);
	f.l4 = (uint16_t)(f.l4 + 4);
	((struct rte_ether_hdr *)f.b)->ether_type = RTE_BE16(RTE_ETHER_TYPE_QINQ);
	expect_owner(&f, RS_PEEK_TUPLE, f.l4 + 4u);
	tag = (struct rte_vlan_hdr *)&f.b[18];
	tag->eth_proto = RTE_BE16(RTE_ETHER_TYPE_VLAN);
	expect_owner(&f, RS_PEEK_ANY, 0);
}

/*
 * Frames with random bytes in them, cut anywhere: nothing behind the cut is read, and no tuple
 * is given without RS_PEEK_TUPLE or RS_PEEK_FRAGMENT.
 */
static void
random_bytes_are_read_within_the_frame(void **state __rte_unused)
{
	struct rs_tuple none, tuple;
	unsigned int kinds[RS_PEEK_ALL + 1] = { 0 };
	uint64_t seed = 20260101;
	struct frame f;
	unsigned int i, k;

	memset(&none, 0xa5, sizeof(none));
	for (i = 0; i < 50000; i++) {
		uint8_t tagged = next_random(&seed) % 2;
		uint8_t options = (uint8_t)(next_random(&seed) % 11 * 4);
		enum rs_peek kind;

		if (i % 3 == 0)
			build_error(&f, tagged, 0, options);
		else if (i % 3 == 1)
			frame_build(&f, &(struct shape){ .tagged = tagged, .tci = 5,
				.ip_options = options });
		else
			frame_arp(&f, tagged);
		for (k = next_random(&seed) % 8; k > 0; k--)
			f.b[12 + next_random(&seed) % (f.len - 12u)] = (uint8_t)next_random(&seed);
		kind = owner_of(f.b, (uint16_t)(next_random(&seed) % (f.len + 1u)), &tuple);
		assert_in_range(kind, RS_PEEK_ANY, RS_PEEK_ALL);
		kinds[kind]++;
		if (kind != RS_PEEK_TUPLE && kind != RS_PEEK_FRAGMENT)
			assert_memory_equal(&none, &tuple, sizeof(tuple));
		else
			assert_true(rs_addr_is_ipv4(&tuple.laddr) && rs_addr_is_ipv4(&tuple.raddr));
	}
	assert_true(kinds[RS_PEEK_ANY] > 100 && kinds[RS_PEEK_TUPLE] > 100);
}

/* An IPv6 header at p, from `src` to `dst`. */
static void
put_ipv6(uint8_t *p, uint8_t next, const struct rs_addr *src, const struct rs_addr *dst)
{
	p[0] = 6 << 4;
	p[6] = next;
	memcpy(p + 8, src, sizeof(*src));
	memcpy(p + 24, dst, sizeof(*dst));
}

/* The first n bytes of a frame have this owner, from `need` bytes on, and any before. */
static void
expect_owner6(const uint8_t *b, uint16_t len, enum rs_peek kind, unsigned int need,
	const struct rs_tuple *want)
{
	struct rs_tuple tuple;
	uint16_t n;

	for (n = 0; n <= len; n++) {
		assert_int_equal(owner_of(b, n, &tuple), n >= need ? kind : RS_PEEK_ANY);
		if (n >= need && kind == RS_PEEK_TUPLE)
			assert_true(rs_tuple_equal(&tuple, want));
	}
}

static void
ipv6_frames_have_the_same_owners(void **state __rte_unused)
{
	enum { L4 = 54, QUOTED = L4 + 8, QUOTED_L4 = QUOTED + 40, LEN = QUOTED_L4 + 8 };
	const struct rs_tuple tuple = {
		.laddr = { .b = { 0x20, 1, [15] = 1 } }, .raddr = { .b = { 0x20, 1, [15] = 2 } },
		.lport = 80, .rport = 40000,
	};
	const struct rs_addr none = { .b = { 0 } };
	uint8_t b[LEN] = { [12] = 0x86, [13] = 0xdd };

	put_ipv6(b + 14, IPPROTO_TCP, &tuple.raddr, &tuple.laddr);
	memcpy(b + L4, "\x9c\x40\0\x50", 4);
	expect_owner6(b, LEN, RS_PEEK_TUPLE, L4 + 4, &tuple);
	/* an error belongs to the connection of the segment that it quotes, which is ours */
	put_ipv6(b + 14, IPPROTO_ICMPV6, &tuple.raddr, &tuple.laddr);
	memcpy(b + L4, "\2\0\0\0\0\0\5\0", 8);
	put_ipv6(b + QUOTED, IPPROTO_TCP, &tuple.laddr, &tuple.raddr);
	memcpy(b + QUOTED_L4, "\0\x50\x9c\x40", 4);
	expect_owner6(b, LEN, RS_PEEK_TUPLE, QUOTED_L4 + 4, &tuple);
	b[L4] = 128; /* an echo request */
	expect_owner6(b, LEN, RS_PEEK_ANY, 0, NULL);
	b[L4] = 136; /* each worker may wait for an advertisement */
	expect_owner6(b, LEN, RS_PEEK_ALL, L4 + 4, NULL);
	b[L4] = 135; /* any worker answers a solicitation */
	expect_owner6(b, LEN, RS_PEEK_ANY, 0, NULL);
	put_ipv6(b + 14, IPPROTO_ICMPV6, &none, &tuple.laddr); /* each may try the same address */
	expect_owner6(b, LEN, RS_PEEK_ALL, L4 + 4, NULL);
}

/* Extension headers are walked, 8 at most, to the ports or to the header of a fragment. */
static void
ipv6_extension_headers_are_walked(void **state __rte_unused)
{
	enum { L4 = 54, LEN = 200 };
	const struct rs_tuple tuple = {
		.laddr = { .b = { 0x20, 1, [15] = 1 } }, .raddr = { .b = { 0x20, 1, [15] = 2 } },
		.lport = 80, .rport = 40000,
	};
	uint8_t b[LEN] = { [12] = 0x86, [13] = 0xdd };
	uint8_t *next = b + 20;
	struct rs_tuple got;
	unsigned int n;

	put_ipv6(b + 14, 0, &tuple.raddr, &tuple.laddr);
	for (n = 0; n <= RS_IPV6_EXTENSIONS_MAX; n++) {
		*next = IPPROTO_TCP;
		memcpy(b + L4 + 8 * n, "\x9c\x40\0\x50", 4);
		expect_owner6(b, LEN, RS_PEEK_TUPLE, L4 + 8 * n + 4, &tuple);
		*next = n % 2 == 0 ? IPPROTO_DSTOPTS : IPPROTO_ROUTING;
		next = b + L4 + 8 * n;
		memset(next, 0, 8);
	}
	*next = IPPROTO_TCP; /* the ninth */
	memcpy(b + L4 + 8 * n, "\x9c\x40\0\x50", 4);
	expect_owner6(b, LEN, RS_PEEK_ANY, 0, NULL);

	put_ipv6(b + 14, IPPROTO_DSTOPTS, &tuple.raddr, &tuple.laddr);
	memcpy(b + L4, "\x2c\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	memcpy(b + L4 + 16, "\6\0\0\1\0\0\0\0\x9c\x40\0\x50", 12); /* M: more follow */
	expect_owner6(b, LEN, RS_PEEK_FRAGMENT, L4 + 16 + 4, NULL);
	assert_int_equal(owner_of(b, LEN, &got), RS_PEEK_FRAGMENT);
	assert_int_equal(got.lport | got.rport, 0);
	assert_memory_equal(&got.raddr, &tuple.raddr, sizeof(got.raddr));
	b[L4 + 16 + 2] = 1; /* the last one */
	b[L4 + 16 + 3] = 0;
	expect_owner6(b, LEN, RS_PEEK_FRAGMENT, L4 + 16 + 4, NULL);
	b[L4 + 16 + 2] = 0;
	b[L4 + 16 + 3] = 6; /* an atomic one; reserved bits are ignored */
	expect_owner6(b, LEN, RS_PEEK_TUPLE, L4 + 24 + 4, &tuple);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segment_is_its_connection_s_from_the_ports_on),
		cmocka_unit_test(segment_is_not_verified),
		cmocka_unit_test(fragment_is_its_hosts),
		cmocka_unit_test(header_length_that_cannot_be_has_any_owner),
		cmocka_unit_test(icmp_error_is_the_quoted_segment_s),
		cmocka_unit_test(icmp_error_without_a_quoted_segment_has_any_owner),
		cmocka_unit_test(arp_reply_is_every_worker_s_and_a_request_any_s),
		cmocka_unit_test(other_payload_has_any_owner),
		cmocka_unit_test(owner_is_found_behind_two_tags),
		cmocka_unit_test(ipv6_frames_have_the_same_owners),
		cmocka_unit_test(ipv6_extension_headers_are_walked),
		cmocka_unit_test(random_bytes_are_read_within_the_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
