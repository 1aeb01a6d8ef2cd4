/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* IPv4 source routes: RFC 791 3.1, RFC 1122 3.2.1.8 (c). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(back_is_the_recorded_route_reversed),
		cmocka_unit_test(back_over_one_hop),
		cmocka_unit_test(back_over_nine_hops),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(a_route_that_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
