/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * IPv4 options: source routes (RFC 791 3.1, RFC 1122 3.2.1.8 (c)), the basic security option
 * (RFC 1108 2), and their writing into a header.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "packet/ip_options.h"

#define IPV4(a, b, c, d) \
	RTE_BE32((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

#define PEER IPV4(198, 51, 100, 1)

/* A header with options; zeroed behind them (RFC 791: padding is zero). */
struct datagram {
	struct rte_ipv4_hdr ip;
	uint8_t options[40];
};

static const struct rte_ipv4_hdr *
datagram(struct datagram *d, const char *options, size_t len)
{
	memset(d, 0, sizeof(*d));
	d->ip.version_ihl = (uint8_t)(0x45 + (len + 3) / 4);
	d->ip.src_addr = PEER;
	memcpy(d->options, options, len);
	return &d->ip;
}

#define BACK(options_) rs_source_route_back(&route, datagram(&d, options_, sizeof(options_) - 1))

/* "the return route [...] the recorded route reversed" (RFC 1122 3.2.1.8 (c)) */
static void
back_is_the_recorded_route_reversed(void **state __rte_unused)
{
	struct rs_source_route route;
	struct datagram d;

	/* came over 10.0.0.1, 10.0.0.2, 10.0.0.3 */
	assert_true(BACK("\x83\x0f\x10\x0a\0\0\1\x0a\0\0\2\x0a\0\0\3"));
	assert_int_equal(route.first, IPV4(10, 0, 0, 3));
	assert_int_equal(route.len, 15);
	assert_memory_equal(route.option, "\x83\x0f\x04\x0a\0\0\2\x0a\0\0\1\xc6\x33\x64\1", 15);
}

static void
back_over_one_hop(void **state __rte_unused)
{
	struct rs_source_route route;
	struct datagram d;

	assert_true(BACK("\1\1\x89\x07\x08\x0a\0\0\1\0\0\0"));
	assert_int_equal(route.first, IPV4(10, 0, 0, 1));
	assert_memory_equal(route.option, "\x89\x07\x04\xc6\x33\x64\1", 7);
}

static void
back_over_nine_hops(void **state __rte_unused)
{
	uint8_t option[RS_ROUTE_MAX] = { 0x83, RS_ROUTE_MAX, RS_ROUTE_MAX + 1 };
	struct rs_source_route route;
	struct datagram d;
	unsigned int i;

	for (i = 0; i < RS_ROUTE_HOPS_MAX; i++)
		option[3 + 4 * i + 3] = (uint8_t)(i + 1);
	assert_true(rs_source_route_back(&route, datagram(&d, (char *)option, sizeof(option))));
	assert_int_equal(route.first, IPV4(0, 0, 0, 9));
	assert_int_equal(route.len, RS_ROUTE_MAX);
	for (i = 0; i < RS_ROUTE_HOPS_MAX - 1; i++)
		assert_int_equal(route.option[3 + 4 * i + 3], 8 - i);
	assert_memory_equal(&route.option[35], "\xc6\x33\x64\1", 4);
}

static void
no_way_back(void **state __rte_unused)
{
	struct rs_source_route route;
	struct datagram d;

	assert_false(BACK(""));                               /* no option */
	assert_false(BACK("\1\1\1\0"));                       /* none of a route */
	assert_false(BACK("\x83\x0b\x08\x0a\0\0\1\x0a\0\0\2")); /* not at its end */
	assert_false(BACK("\x83\x03\x04"));                   /* over no hop */
	assert_false(BACK("\x83\x0b\x0c\x0a"));               /* longer than the header */
	assert_false(BACK("\x83\x01\x04"));                   /* of illegal length */
	assert_false(BACK("\x83"));
	assert_false(BACK("\0\x83\x07\x08\x0a\0\0\1"));       /* behind the end */
	assert_int_equal(route.len, 0);
}

static void
a_route_that_is_made(void **state __rte_unused)
{
	static const rte_be32_t hops[] = { IPV4(10, 0, 0, 1), IPV4(10, 0, 0, 2) };
	struct rs_source_route route;

	rs_source_route_make(&route, false, hops, 2, PEER);
	assert_int_equal(route.first, hops[0]);
	assert_memory_equal(route.option, "\x83\x0b\x04\x0a\0\0\2\xc6\x33\x64\1", 11);
}

/* A security option of len bytes. */
static struct rs_security
security_of(uint8_t len)
{
	struct rs_security security = { .len = len, .option = { 130, len } };
	uint8_t i;

	for (i = 2; i < len; i++)
		security.option[i] = (uint8_t)(0xa0 + i);
	return security;
}

/* A loose source route over n hops. */
static struct rs_source_route
route_of(unsigned int n)
{
	rte_be32_t hops[RS_ROUTE_HOPS_MAX];
	struct rs_source_route route;
	unsigned int i;

	for (i = 0; i < n; i++)
		hops[i] = IPV4(10, 0, 0, i + 1);
	rs_source_route_make(&route, false, hops, n, PEER);
	return route;
}

#define SECURE(options_) \
	rs_ip_options_secure(datagram(&d, options_, sizeof(options_) - 1), &security)

/* RFC 9293 3.10.7 third: the option must be exactly the configured one. */
static void
secure_with_the_very_option_only(void **state __rte_unused)
{
	const struct rs_security security = { .len = 5, .option = { 130, 5, 0xab, 0, 1 } };
	struct datagram d;

	assert_true(SECURE("\x82\5\xab\0\1"));
	assert_true(SECURE("\1\1\x82\5\xab\0\1\0"));           /* behind no-operations */
	assert_true(SECURE("\x94\4\0\0\x82\5\xab\0\1"));      /* behind another option */
	assert_true(SECURE("\x82\5\xab\0\1\x94\4\0\0"));      /* in front of one */
	assert_false(SECURE(""));
	assert_false(SECURE("\x94\4\0\0"));                   /* another option alone */
	assert_false(SECURE("\x82\5\xab\0\0"));               /* another level */
	assert_false(SECURE("\x82\4\xab\0\1"));               /* shorter */
	assert_false(SECURE("\x82\6\xab\0\1\0"));             /* longer */
	assert_false(SECURE("\x83\5\xab\0\1"));               /* another type */
	assert_false(SECURE("\0\x82\5\xab\0\1"));             /* behind the end of the list */
	assert_false(SECURE("\x94\1\x82\5\xab\0\1"));         /* behind an illegal length */
	assert_false(SECURE("\x94\x28\x82\5\xab\0\1"));       /* behind one beyond the header */
	assert_false(SECURE("\x82\5\xab\0\0\x82\5\xab\0\1")); /* the first one counts */
}

static void
every_header_is_secure_where_no_option_is_required(void **state __rte_unused)
{
	const struct rs_security security = { .len = 0 };
	struct datagram d;

	assert_true(SECURE(""));
	assert_true(SECURE("\x82\5\xab\0\1"));
	assert_true(SECURE("\x82\1"));
}

static void
longest_security_option_is_compared_to_its_last_byte(void **state __rte_unused)
{
	const struct rs_security security = security_of(RS_SECURITY_MAX);
	struct rs_security other = security;
	struct datagram d;

	assert_true(rs_ip_options_secure(datagram(&d, (const char *)other.option, other.len),
		&security));
	other.option[RS_SECURITY_MAX - 1] ^= 1;
	assert_false(rs_ip_options_secure(datagram(&d, (const char *)other.option, other.len),
		&security));
}

/* RFC 791 3.1: a header has 60 bytes at most. */
static void
options_of_40_bytes_fit_and_of_41_do_not(void **state __rte_unused)
{
	unsigned int len, hops;

	for (len = 0; len <= RS_SECURITY_MAX; len++) {
		for (hops = 0; hops <= RS_ROUTE_HOPS_MAX; hops++) {
			const struct rs_security security = security_of((uint8_t)len);
			struct rs_source_route route = { .len = 0 };
			unsigned int sum = len + (hops == 0 ? 0 : 3 + 4 * hops);

			if (hops != 0)
				route = route_of(hops);
			assert_int_equal((sum + 3) / 4 * 4, rs_ip_options_len(&security, &route));
			assert_int_equal(sum <= 40, rs_ip_options_fit(&security, &route));
		}
	}
	/* the sums on both sides of the border are among these */
	assert_true(rs_ip_options_fit(&(struct rs_security){ .len = 33 },
		&(struct rs_source_route){ .len = 7 }));
	assert_false(rs_ip_options_fit(&(struct rs_security){ .len = 34 },
		&(struct rs_source_route){ .len = 7 }));
}

/* Write options behind a header, and compare every byte; the checksum is DPDK's. */
static void
expect_written(uint8_t security_len, unsigned int hops)
{
	struct rs_ip_extra extra = { .security = security_of(security_len) };
	struct rte_ipv4_hdr before = {
		.version_ihl = RTE_IPV4_VHL_DEF, .type_of_service = 0x28, .time_to_live = 61,
		.total_length = RTE_BE16(1480), .next_proto_id = 6, .hdr_checksum = 0x1234,
		.src_addr = IPV4(192, 0, 2, 1), .dst_addr = PEER,
	};
	uint8_t want[RS_IP_OPTIONS_MAX] = { 0 };
	struct rte_ipv4_hdr *ip;
	rte_be16_t cksum;

	if (hops != 0)
		extra.route = route_of(hops);
	extra.len = (uint8_t)rs_ip_options_len(&extra.security, &extra.route);
	assert_in_range(extra.len, 0, RS_IP_OPTIONS_MAX);
	memcpy(want, extra.security.option, extra.security.len);
	memcpy(want + extra.security.len, extra.route.option, extra.route.len);
	ip = malloc(sizeof(*ip) + extra.len); /* ASan traps a write behind the options */
	assert_non_null(ip);
	memset(ip, 0x5a, sizeof(*ip) + extra.len);
	*ip = before;
	rs_ip_options_write(ip, &extra);
	assert_int_equal(sizeof(*ip) + extra.len, rte_ipv4_hdr_len(ip));
	assert_memory_equal(want, ip + 1, extra.len);
	assert_int_equal(UINT16_MAX, rte_raw_cksum(ip, rte_ipv4_hdr_len(ip)));
	cksum = ip->hdr_checksum;
	ip->hdr_checksum = 0;
	assert_int_equal(rte_ipv4_cksum(ip), cksum);
	/* no other field but the destination of a route has changed */
	before.version_ihl = ip->version_ihl;
	before.hdr_checksum = 0;
	if (hops != 0)
		before.dst_addr = IPV4(10, 0, 0, 1);
	assert_memory_equal(&before, ip, sizeof(before));
	free(ip);
}

static void
written_options_make_a_right_header(void **state __rte_unused)
{
	uint8_t len;
	unsigned int hops;

	for (len = 3; len <= RS_SECURITY_MAX; len++) /* security alone, with 0 to 3 of padding */
		expect_written(len, 0);
	for (hops = 1; hops <= RS_ROUTE_HOPS_MAX; hops++) /* a route alone */
		expect_written(0, hops);
	for (len = 3; len <= RS_SECURITY_MAX; len++) /* both, as far as they fit */
		for (hops = 1; len + 3 + 4 * hops <= RS_IP_OPTIONS_MAX; hops++)
			expect_written(len, hops);
}

/* Written options are read again by the functions that read them. */
static void
written_options_are_read_again(void **state __rte_unused)
{
	struct rs_ip_extra extra = { .security = security_of(11), .route = route_of(3) };
	struct datagram d = { .ip = { .version_ihl = RTE_IPV4_VHL_DEF } };
	struct rs_source_route back;

	extra.len = (uint8_t)rs_ip_options_len(&extra.security, &extra.route);
	rs_ip_options_write(&d.ip, &extra);
	assert_true(rs_ip_options_secure(&d.ip, &extra.security));
	assert_false(rs_source_route_back(&back, &d.ip)); /* not yet at its end */
	d.options[11 + 2] = (uint8_t)(extra.route.len + 1);
	assert_true(rs_source_route_back(&back, &d.ip));
	assert_int_equal(extra.route.len, back.len);
}

static uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 32);
}

/* Random options, biased to the types that are read: nothing behind the header is read. */
static void
random_options_are_read_within_the_header(void **state __rte_unused)
{
	static const uint8_t bytes[] = { 0, 1, 2, 3, 4, 5, 7, 8, 11, 40, 41, 130, 131, 137, 255 };
	const struct rs_security security = { .len = 3, .option = { 130, 3, 1 } };
	unsigned int secure = 0, routes = 0, i, k;
	uint64_t seed = 20260103;

	for (i = 0; i < 300000; i++) {
		unsigned int len = next_random(&seed) % 11 * 4;
		struct rte_ipv4_hdr *ip = malloc(sizeof(*ip) + len);
		struct rs_source_route route;
		uint8_t *opt;

		assert_non_null(ip);
		memset(ip, 0, sizeof(*ip));
		ip->version_ihl = (uint8_t)(RTE_IPV4_VHL_DEF + len / 4);
		opt = (uint8_t *)(ip + 1);
		for (k = 0; k < len; k++)
			opt[k] = next_random(&seed) % 8 == 0 ? (uint8_t)next_random(&seed) :
				bytes[next_random(&seed) % RTE_DIM(bytes)];
		if (rs_ip_options_secure(ip, &security)) {
			for (k = 0; k + 3 <= len && memcmp(&opt[k], security.option, 3) != 0; k++)
				;
			assert_true(k + 3 <= len);
			secure++;
		}
		if (rs_source_route_back(&route, ip)) {
			assert_in_range(route.len, 7, RS_ROUTE_MAX);
			assert_int_equal(3, route.len % 4);
			assert_int_equal(route.len, route.option[1]);
			routes++;
		} else {
			assert_int_equal(0, route.len);
		}
		free(ip);
	}
	assert_true(secure > 0 && routes > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(back_is_the_recorded_route_reversed),
		cmocka_unit_test(back_over_one_hop),
		cmocka_unit_test(back_over_nine_hops),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(a_route_that_is_made),
		cmocka_unit_test(secure_with_the_very_option_only),
		cmocka_unit_test(every_header_is_secure_where_no_option_is_required),
		cmocka_unit_test(longest_security_option_is_compared_to_its_last_byte),
		cmocka_unit_test(options_of_40_bytes_fit_and_of_41_do_not),
		cmocka_unit_test(written_options_make_a_right_header),
		cmocka_unit_test(written_options_are_read_again),
		cmocka_unit_test(random_options_are_read_within_the_header),

	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
