/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The small headers of lib/base: addresses, sequence numbers, the tuple's hash, counters.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>
#include <rte_ip.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/seq.h"
#include "base/stats.h"

/* RTE_IPV4() shifts an int too far for an address whose first byte is above 127. */
#define IPV4(a, b, c, d) \
	RTE_BE32((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* An IPv4 address within IPv6 (RFC 4291 2.5.5.2): 80 bits 0, 16 bits 1, the address. */
static void
addr_ipv4_is_mapped(void **state)
{
	static const uint8_t mapped[16] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1,
	};
	struct rs_addr a = rs_addr_from_ipv4(IPV4(192, 0, 2, 1));
	unsigned int i;

	(void)state;
	assert_memory_equal(mapped, a.b, sizeof(mapped));
	assert_true(rs_addr_is_ipv4(&a));
	for (i = 0; i < 12; i++) {
		struct rs_addr b = a;

		b.b[i] ^= 0x10;
		assert_false(rs_addr_is_ipv4(&b));
	}
}

static void
addr_equal_sees_each_byte(void **state)
{
	struct rs_addr a = rs_addr_from_ipv4(IPV4(192, 0, 2, 1));
	unsigned int i;

	(void)state;
	assert_true(rs_addr_equal(&a, &a));
	for (i = 0; i < sizeof(a); i++) {
		struct rs_addr b = a;

		b.b[i] ^= 1;
		assert_false(rs_addr_equal(&a, &b));
	}
}

/* The first len bits of an address decide, no other. */
static void
prefix_has_what_shares_its_bits(void **state)
{
	struct rs_prefix p = { .addr = { .b = { 0xa5, 0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9 } } };
	unsigned int len, bit;

	(void)state;
	for (len = 0; len <= 128; len++) {
		p.len = (uint8_t)len;
		for (bit = 0; bit < 128; bit++) {
			struct rs_addr a = p.addr;

			a.b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			assert_int_equal(bit >= len, rs_prefix_has(&p, &a));
		}
		assert_true(rs_prefix_has(&p, &p.addr));
	}
}

static void
tuple_equal_sees_each_byte(void **state)
{
	struct rs_tuple a = { .laddr = { .b = { 1 } }, .raddr = { .b = { 2 } }, .lport = 3,
		.rport = 4 };
	unsigned int i;

	(void)state;
	assert_true(rs_tuple_equal(&a, &a));
	for (i = 0; i < sizeof(a); i++) {
		struct rs_tuple b = a;

		((uint8_t *)&b)[i] ^= 1;
		assert_false(rs_tuple_equal(&a, &b));
	}
}

/* RFC 9293 3.4: arithmetic modulo 2^32, "less than or equal (modulo 2^32)". */
static void
seq_compares_modulo_2_32(void **state)
{
	static const uint32_t starts[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	static const uint32_t steps[] = { 1, 2, 1000, 0x7fffffff };
	unsigned int i, k;

	(void)state;
	for (i = 0; i < RTE_DIM(starts); i++) {
		uint32_t a = starts[i];

		assert_false(rs_seq_lt(a, a));
		assert_true(rs_seq_leq(a, a));
		assert_false(rs_seq_gt(a, a));
		assert_true(rs_seq_geq(a, a));
		for (k = 0; k < RTE_DIM(steps); k++) {
			uint32_t b = a + steps[k];

			assert_true(rs_seq_lt(a, b) && rs_seq_leq(a, b));
			assert_false(rs_seq_lt(b, a) || rs_seq_leq(b, a));
			assert_true(rs_seq_gt(b, a) && rs_seq_geq(b, a));
			assert_false(rs_seq_gt(a, b) || rs_seq_geq(a, b));
			assert_int_equal(b, rs_seq_max(a, b));
			assert_int_equal(b, rs_seq_max(b, a));
		}
	}
}

/* RFC 9293 3.4: RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND, across the wrap too. */
static void
seq_in_window_is_half_open(void **state)
{
	static const uint32_t lefts[] = { 0, 5, 0xfffffff0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(lefts); i++) {
		uint32_t left = lefts[i];

		assert_true(rs_seq_in_window(left, left, 100));
		assert_true(rs_seq_in_window(left + 99, left, 100));
		assert_false(rs_seq_in_window(left + 100, left, 100));
		assert_false(rs_seq_in_window(left - 1, left, 100));
		assert_false(rs_seq_in_window(left, left, 0));
	}
}

static struct rs_hash_key
key_number(uint64_t n)
{
	struct rs_hash_key key;
	unsigned int i;

	/* words without a pattern; any will do */
	for (i = 0; i < RTE_DIM(key.k); i++) {
		n = n * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		key.k[i] = n ^ n >> 29;
	}
	return key;
}

static struct rs_tuple
tuple_number(uint32_t n)
{
	return (struct rs_tuple){
		.laddr = rs_addr_from_ipv4(IPV4(192, 0, 2, 1)),
		.raddr = rs_addr_from_ipv4(rte_cpu_to_be_32((10u << 24) + (n >> 8))),
		.lport = 80,
		.rport = (uint16_t)(1024 + (n & 0xff)),
	};
}

static void
hash_of_ipv4_tuple_is_hash_of_its_words(void **state)
{
	struct rs_hash_key key = key_number(1);
	struct rs_tuple t = tuple_number(12345);

	(void)state;
	assert_int_equal(rs_tuple_hash(&key, &t), rs_hash_ipv4(&key, t.laddr.w[3], t.raddr.w[3],
		(uint32_t)t.rport << 16 | t.lport));
}

/* A changed bit of the tuple changes the hash; but for one in 2^32, and these keys are fixed. */
static void
hash_depends_on_every_bit(void **state)
{
	struct rs_hash_key key = key_number(2);
	struct rs_tuple v4 = tuple_number(1);
	struct rs_tuple v6 = v4;
	unsigned int bit;

	(void)state;
	v6.laddr.b[0] = 0x20;
	v6.raddr.b[0] = 0x20;
	for (bit = 0; bit < 8 * sizeof(v6); bit++) {
		struct rs_tuple a = v4;
		struct rs_tuple b = v6;

		((uint8_t *)&a)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		((uint8_t *)&b)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* the family is told by the first half of the local address; both are of one */
		if (bit / 8 < 8 || (bit / 8 >= 12 && bit / 8 < 16) || bit / 8 >= 28)
			assert_int_not_equal(rs_tuple_hash(&key, &v4), rs_tuple_hash(&key, &a));
		assert_int_not_equal(rs_tuple_hash(&key, &v6), rs_tuple_hash(&key, &b));
	}
}

/*
 * Tuples that fall into one bucket under one secret do not under another, because the hash is not
 * linear. So nobody can compute tuples that collide in every stack.
 */
static void
hash_collisions_depend_on_the_key(void **state)
{
	enum { TUPLES = 65536, BUCKETS = 256 };
	struct rs_hash_key one = key_number(3);
	struct rs_hash_key other = key_number(4);
	unsigned int under_one = 0, under_both = 0, n;
	struct rs_tuple t = tuple_number(0);
	uint32_t bucket = rs_tuple_hash(&one, &t) % BUCKETS;
	uint32_t other_bucket = rs_tuple_hash(&other, &t) % BUCKETS;

	(void)state;
	for (n = 1; n < TUPLES; n++) {
		t = tuple_number(n);
		if (rs_tuple_hash(&one, &t) % BUCKETS != bucket)
			continue;
		under_one++;
		under_both += rs_tuple_hash(&other, &t) % BUCKETS == other_bucket;
	}
	/* chance gives 256 and 1; a linear hash would give 256 and 256 */
	assert_in_range(under_one, 128, 512);
	assert_in_range(under_both, 0, 10);
}

/* Telemetry takes names of these characters (rte_tel_data_add_dict of 22.11). */
static void
check_names(const struct rs_stat_name *names, unsigned int n)
{
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		assert_non_null(names[i].name);
		assert_true(strlen(names[i].name) > 0 && strlen(names[i].name) < 64);
		assert_int_equal(strlen(names[i].name),
			strspn(names[i].name, "abcdefghijklmnopqrstuvwxyz0123456789_"));
		assert_true(strlen(names[i].help) > 0);
		for (k = 0; k < i; k++)
			assert_string_not_equal(names[i].name, names[k].name);
	}
}

static void
stats_have_one_name_each(void **state)
{
	unsigned int i;

	(void)state;
	check_names(rs_drop_names, RS_DROP_MAX);
	check_names(rs_reset_reason_names, RS_RESET_MAX);
	check_names(rs_reset_verdict_names, RS_VERDICT_MAX);
	check_names(rs_packet_stat_names, RS_PACKET_STATS_MAX);
	check_names(rs_tcp_stat_names, RS_TCP_STATS_MAX);
	for (i = 0; i < RS_STATE_MAX; i++)
		assert_true(strlen(rs_state_names[i]) > 0);
}

/* Telemetry reads packet and tcp as arrays of words in the order of their names. */
static void
stats_are_words_in_the_order_of_names(void **state)
{
	struct rs_stats stats = { 0 };

	(void)state;
	assert_int_equal(RS_PACKET_STATS_MAX * sizeof(uint64_t), sizeof(stats.packet));
	assert_int_equal(RS_TCP_STATS_MAX * sizeof(uint64_t), sizeof(stats.tcp));
	assert_string_equal("rx_frames", rs_packet_stat_names[0].name);
	assert_ptr_equal(&stats.packet, &stats.packet.rx_frames);
	assert_string_equal("rx_ip_options", rs_packet_stat_names[RS_PACKET_STATS_MAX - 1].name);
	assert_ptr_equal((uint64_t *)&stats.packet + RS_PACKET_STATS_MAX - 1,
		&stats.packet.rx_ip_options);
	assert_string_equal("multi_segment", rs_drop_names[RS_DROP_multi_segment].name);
	assert_string_equal("no_mbuf", rs_drop_names[RS_DROP_no_mbuf].name);
	assert_string_equal("killed", rs_reset_reason_names[RS_RESET_killed].name);
	assert_string_equal("bad_ack", rs_reset_verdict_names[RS_VERDICT_bad_ack].name);
	assert_string_equal("TIME_WAIT", rs_state_names[RS_TIME_WAIT]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addr_ipv4_is_mapped),
		cmocka_unit_test(addr_equal_sees_each_byte),
		cmocka_unit_test(prefix_has_what_shares_its_bits),
		cmocka_unit_test(tuple_equal_sees_each_byte),
		cmocka_unit_test(seq_compares_modulo_2_32),
		cmocka_unit_test(seq_in_window_is_half_open),
		cmocka_unit_test(hash_of_ipv4_tuple_is_hash_of_its_words),
		cmocka_unit_test(hash_depends_on_every_bit),
		cmocka_unit_test(hash_collisions_depend_on_the_key),
		cmocka_unit_test(stats_have_one_name_each),
		cmocka_unit_test(stats_are_words_in_the_order_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
