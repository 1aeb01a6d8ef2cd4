/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The discard service against RFC 863. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"

static void
discard_takes_all_sends_nothing(void **state __rte_unused)
{
	struct rs_tcp tcp = { 0 };
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_discard.ops, .room = FAKE_ANY };
	unsigned int i;

	/* RFC 863: "simply throws away any data it receives." */
	fake_open(&conn);
	for (i = 0; i < 100; i++) {
		fake_receive_str(&conn, "anything");
		assert_int_equal(conn.left.len, 0);
	}
	assert_int_equal(conn.sent.len, 0);
	/* "This continues until the calling user terminates the connection." */
	assert_false(conn.closed);
	fake_fin(&conn);
	assert_true(conn.closed);
	fake_end(&conn, RS_END_CLOSED);
}

static void
services_are_found_by_name(void **state __rte_unused)
{
	assert_ptr_equal(rs_service_find("chargen"), &rs_service_chargen);
	assert_ptr_equal(rs_service_find("discard"), &rs_service_discard);
	assert_ptr_equal(rs_service_find("echo"), &rs_service_echo);
	assert_ptr_equal(rs_service_find("http"), &rs_service_http);
	assert_ptr_equal(rs_service_find("metrics"), &rs_service_metrics);
	assert_ptr_equal(rs_service_find("reset"), &rs_service_reset);
	assert_ptr_equal(rs_service_find("plugin"), &rs_service_plugin);
	/* a plugin has a name of its own */
#define HAS_ITS_NAME(service, help) \
	if (rs_service_##service.ops != NULL) \
		assert_string_equal(rs_service_##service.ops->name, #service);
	RS_SERVICES(HAS_ITS_NAME)
	assert_null(rs_service_find("finger"));
	assert_null(rs_service_find(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discard_takes_all_sends_nothing),
		cmocka_unit_test(services_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
