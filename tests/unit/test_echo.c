/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The echo service against RFC 862. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"

static void
echo_sends_back_and_closes_last(void **state __rte_unused)
{
	struct rs_tcp tcp = { 0 };
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_echo.ops, .room = FAKE_ANY };

	/* RFC 862: "any data received is sent back. This continues until the calling user
	 * terminates the connection." */
	fake_open(&conn);
	fake_receive_str(&conn, "one ");
	fake_receive_str(&conn, "two");
	assert_int_equal(conn.sent.len, 7);
	assert_memory_equal(conn.sent.data, "one two", 7);
	assert_false(conn.closed);
	fake_fin(&conn);
	assert_true(conn.closed);
	fake_end(&conn, RS_END_CLOSED);
}

static void
echo_leaves_what_has_no_room(void **state __rte_unused)
{
	struct rs_tcp tcp = { 0 };
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_echo.ops, .room = 3 };

	fake_open(&conn);
	fake_receive_str(&conn, "abcdef");
	assert_int_equal(conn.sent.len, 3);
	assert_int_equal(conn.left.len, 3);
	/* A FIN behind what was left must not close before it has been echoed. */
	fake_fin(&conn);
	assert_false(conn.closed);
	fake_room(&conn, 2, 0);
	assert_int_equal(conn.left.len, 1);
	assert_false(conn.closed);
	fake_room(&conn, 2, 0);
	assert_int_equal(conn.sent.len, 6);
	assert_memory_equal(conn.sent.data, "abcdef", 6);
	assert_true(conn.closed);
	fake_end(&conn, RS_END_CLOSED);
}

static void
echo_is_exact_under_random_room(void **state __rte_unused)
{
	enum { SIZE = 1 << 20 };
	struct rs_tcp tcp = { 0 };
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_echo.ops };
	uint8_t *data = malloc(SIZE);
	size_t fed = 0, i;

	assert_non_null(data);
	srandom(862);
	for (i = 0; i < SIZE; i++)
		data[i] = (uint8_t)random();
	fake_open(&conn);
	while (conn.sent.len < SIZE) {
		size_t n = RTE_MIN((size_t)random() % 3000, SIZE - fed);

		fake_receive(&conn, data + fed, n);
		fed += n;
		assert_int_equal(conn.sent.len + conn.left.len, fed);
		fake_room(&conn, (uint32_t)random() % 4000, 0);
	}
	assert_int_equal(conn.sent.len, SIZE);
	assert_memory_equal(conn.sent.data, data, SIZE);
	fake_end(&conn, RS_END_RESET);
	free(data);
}

static void
echo_takes_all_when_sending_is_over(void **state __rte_unused)
{
	struct rs_tcp tcp = { 0 };
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_echo.ops, .room = FAKE_ANY };

	fake_open(&conn);
	conn.gone = true;
	fake_receive_str(&conn, "late");
	assert_int_equal(conn.sent.len, 0);
	assert_int_equal(conn.left.len, 0);
	fake_end(&conn, RS_END_RESET);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_sends_back_and_closes_last),
		cmocka_unit_test(echo_leaves_what_has_no_room),
		cmocka_unit_test(echo_is_exact_under_random_room),
		cmocka_unit_test(echo_takes_all_when_sending_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
