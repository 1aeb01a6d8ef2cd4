/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The character generator against RFC 864. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"

static const struct rs_config_listener config;

/*
 * RFC 864, Data Syntax: 95 printing characters in order, a ring. "On line N, put characters
 * (0+N mod 95) through (71+N mod 95). End each line with carriage return and line feed."
 */
static uint8_t
expected(size_t at)
{
	static const char ring[] =
		" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
		"abcdefghijklmnopqrstuvwxyz{|}~";
	size_t line = at / 74, column = at % 74;

	assert_int_equal(strlen(ring), 95);
	if (column >= 72)
		return column == 72 ? '\r' : '\n';
	return (uint8_t)ring[(line + column) % 95];
}

static void
chargen_sends_the_pattern(void **state __rte_unused)
{
	/* The line that RFC 864's example begins with: characters 1 to 72. */
	static const char line_1[] =
		"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n";
	struct rs_tcp tcp;
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_chargen.ops, .slots = 3 };
	size_t i;

	fake_listen(&tcp, &rs_service_chargen, &config);
	fake_open(&conn);
	/* At least the whole ring, and across the seam between two slices. */
	assert_true(conn.sent.len >= 2 * 95 * 74);
	for (i = 0; i < conn.sent.len; i++)
		assert_int_equal(conn.sent.data[i], expected(i));
	assert_memory_equal(conn.sent.data + 74, line_1, 74);
	fake_end(&conn, RS_END_RESET);
	rs_service_chargen.destroy(tcp.arg);
}

static void
chargen_goes_on_while_there_is_room(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_chargen.ops, .slots = 1 };
	size_t before, i;
	unsigned int round;

	fake_listen(&tcp, &rs_service_chargen, &config);
	fake_open(&conn);
	for (round = 0; round < 20; round++) {
		/* It fills all the room, so that it is told when there is more. */
		assert_int_equal(conn.slots, 0);
		assert_true(conn.wants_room);
		before = conn.sent.len;
		fake_room(&conn, 0, 1 + round % 3);
		assert_true(conn.sent.len > before);
	}
	for (i = 0; i < conn.sent.len; i++)
		assert_int_equal(conn.sent.data[i], expected(i));
	/* "any data received is thrown away" */
	fake_receive_str(&conn, "stop");
	assert_int_equal(conn.left.len, 0);
	/* "until the calling user terminates the connection" */
	assert_false(conn.closed);
	fake_fin(&conn);
	assert_true(conn.closed);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_chargen.destroy(tcp.arg);
}

static void
chargen_ends_when_sending_is_over(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn = { .tcp = &tcp, .ops = rs_service_chargen.ops };

	/* "prepared for either the careful close or the rude abort" */
	fake_listen(&tcp, &rs_service_chargen, &config);
	fake_open(&conn);
	conn.gone = true;
	fake_room(&conn, FAKE_ANY, FAKE_ANY);
	assert_int_equal(conn.sent.len, 0);
	fake_end(&conn, RS_END_RESET);
	rs_service_chargen.destroy(tcp.arg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chargen_sends_the_pattern),
		cmocka_unit_test(chargen_goes_on_while_there_is_room),
		cmocka_unit_test(chargen_ends_when_sending_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
