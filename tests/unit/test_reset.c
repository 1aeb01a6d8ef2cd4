/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The reset service: it aborts when it says, and not before (RFC 9293 3.10.5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"

static void
open_with(struct rs_tcp *tcp, struct rs_tcb *conn, uint64_t reset_after)
{
	const struct rs_config_listener config = { .reset_after = reset_after };

	fake_listen(tcp, &rs_service_reset, &config);
	*conn = (struct rs_tcb){ .tcp = tcp, .ops = rs_service_reset.ops, .room = FAKE_ANY };
	fake_open(conn);
}

static void
reset_at_once(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;

	open_with(&tcp, &conn, 0);
	assert_true(conn.aborted);
	fake_end(&conn, RS_END_ABORTED);
}

static void
reset_after_bytes(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;

	open_with(&tcp, &conn, 5);
	assert_false(conn.aborted);
	fake_receive_str(&conn, "ab");
	fake_receive_str(&conn, "cd");
	assert_false(conn.aborted);
	fake_receive_str(&conn, "e");
	assert_true(conn.aborted);
	assert_int_equal(conn.sent.len, 0);
	fake_end(&conn, RS_END_ABORTED);
}

static void
reset_after_more_bytes_than_asked(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;

	open_with(&tcp, &conn, 5);
	fake_receive_str(&conn, "abcdefghij");
	assert_true(conn.aborted);
	fake_end(&conn, RS_END_ABORTED);
}

static void
reset_not_when_closed_before(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;

	open_with(&tcp, &conn, 5);
	fake_receive_str(&conn, "abcd");
	fake_fin(&conn);
	assert_false(conn.aborted);
	assert_true(conn.closed);
	fake_end(&conn, RS_END_CLOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_at_once),
		cmocka_unit_test(reset_after_bytes),
		cmocka_unit_test(reset_after_more_bytes_than_asked),
		cmocka_unit_test(reset_not_when_closed_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
