/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Parameters and texts of telemetry; tests/unit/test_app_metrics.c and tests/e2e run commands. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <rte_byteorder.h>
#include <rte_common.h>

#include <rte_tcp.h>

#include "watch/filter.h"
#include "watch/telemetry.h"

static void
number_takes_whole_decimals_only(void **state __rte_unused)
{
	static const char *const refused[] = { "", " 1", "+1", "-1", "x", "1x", "1 ", "0x1", "11",
		"99999999999999999999999", NULL };
	unsigned long value;
	const char *end;
	size_t i;

	assert_true(rs_telemetry_number("0", 10, &value, NULL));
	assert_int_equal(value, 0);
	assert_true(rs_telemetry_number("010", 10, &value, NULL));
	assert_int_equal(value, 10);
	for (i = 0; refused[i] != NULL; i++)
		assert_false(rs_telemetry_number(refused[i], 10, &value, NULL));
	assert_false(rs_telemetry_number(NULL, 10, &value, NULL));
	assert_true(rs_telemetry_number("7,8", 10, &value, &end));
	assert_int_equal(value, 7);
	assert_string_equal(end, ",8");
}

static void
tuple_is_read(void **state __rte_unused)
{
	struct rs_tuple tuple;

	assert_true(rs_telemetry_tuple("192.0.2.1:80,198.51.100.7:65535", &tuple));
	assert_true(rs_addr_is_ipv4(&tuple.laddr));
	assert_int_equal(tuple.laddr.w[3], RTE_BE32(0xc0000201));
	assert_int_equal(tuple.lport, 80);
	assert_int_equal(tuple.raddr.w[3], RTE_BE32(0xc6336407));
	assert_int_equal(tuple.rport, 65535);
	assert_true(rs_telemetry_tuple("[2001:db8::1]:80,[2001:db8::2]:81", &tuple));
	assert_int_equal(tuple.laddr.w[0], RTE_BE32(0x20010db8));
	assert_int_equal(tuple.laddr.w[3], RTE_BE32(1));
	assert_int_equal(tuple.raddr.w[3], RTE_BE32(2));
	assert_int_equal(tuple.lport, 80);
	assert_int_equal(tuple.rport, 81);
}

static void
tuple_refuses_other_text(void **state __rte_unused)
{
	static const char *const refused[] = {
		"", ":", ",", "1.2.3.4", "1.2.3.4:", "1.2.3.4:5", "1.2.3.4:5,", "1.2.3.4:5,6.7.8.9",
		"1.2.3.4:5,6.7.8.9:", "1.2.3.4:5,6.7.8.9:65536", "1.2.3.4:5,6.7.8.9:1 ",
		" 1.2.3.4:5,6.7.8.9:1", "1.2.3.4:5, 6.7.8.9:1", "1.2.3.4:5,6.7.8.9:1,",
		"1.2.3:5,6.7.8.9:1", "1.2.3.256:5,6.7.8.9:1", "111111111111111111111:5,6.7.8.9:1",
		"1.2.3.4:5;6.7.8.9:1", "1.2.3.4:+5,6.7.8.9:1", "[::1:5,6.7.8.9:1",
		"[1.2.3.4]:5,6.7.8.9:1", "[2001:db8::1]5,6.7.8.9:1", "2001:db8::1:5,6.7.8.9:1",
	};
	struct rs_tuple tuple;
	size_t i;

	for (i = 0; i < RTE_DIM(refused); i++)
		assert_false(rs_telemetry_tuple(refused[i], &tuple));
	assert_false(rs_telemetry_tuple(NULL, &tuple));
}

static void
reset_is_written_in_one_line(void **state __rte_unused)
{
	struct rs_reset_record record = {
		.time = 1000000,
		.tuple = { rs_addr_from_ipv4(RTE_BE32(0xc0000201)),
			rs_addr_from_ipv4(RTE_BE32(0xc0000202)), 99, 40000 },
		.seq = 1, .ack = 2, .flags = RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG,
		.state = RS_CLOSED, .cause = RS_RESET_no_listener,
		.sent = true,
	};
	char text[RS_TELEMETRY_RESET_MAX];

	rs_telemetry_reset(&record, 3004567, text);
	assert_string_equal(text,
		"-2.004 sent no_listener 192.0.2.1:99 192.0.2.2:40000 CLOSED seq=1 ack=2");
	record.sent = false;
	record.cause = RS_VERDICT_challenged;
	record.state = RS_ESTABLISHED;
	record.flags = RTE_TCP_RST_FLAG; /* without ACK */
	/* a record newer than the reader's clock has age 0, not centuries */
	rs_telemetry_reset(&record, 999999, text);
	assert_string_equal(text,
		"-0.000 received challenged 192.0.2.1:99 192.0.2.2:40000 ESTABLISHED seq=1");
}

/* The longest possible line, three years old, is not cut. */
static void
reset_of_any_kind_fits(void **state __rte_unused)
{
	struct rs_reset_record record = {
		.tuple = { { .w = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX } },
			{ .w = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX } },
			UINT16_MAX, UINT16_MAX },
		.seq = UINT32_MAX, .ack = UINT32_MAX, .flags = RTE_TCP_ACK_FLAG,
	};
	char text[RS_TELEMETRY_RESET_MAX];
	unsigned int i;

	for (i = 0; i < (RS_RESET_MAX + RS_VERDICT_MAX) * RS_STATE_MAX; i++) {
		unsigned int cause = i / RS_STATE_MAX;

		record.sent = cause < RS_RESET_MAX;
		record.cause = (uint8_t)(record.sent ? cause : cause - RS_RESET_MAX);
		record.state = (uint8_t)(i % RS_STATE_MAX);
		rs_telemetry_reset(&record, UINT64_C(99999999) * 1000000, text);
		assert_string_equal(strrchr(text, ' '), " ack=4294967295");
	}
	/* values out of range are still written as text */
	record.cause = UINT8_MAX;
	record.state = UINT8_MAX;
	rs_telemetry_reset(&record, 0, text);
	assert_in_range(strlen(text), 1, RS_TELEMETRY_RESET_MAX - 1);
}

#define ALL_KEYS ((1u << RS_FILTER_MAX) - 1)

/* An appliance with two listeners; static, because it is large. */
static struct rs_app *
app_with_listeners(void)
{
	static struct rs_app app;

	app.config.n_listeners = 2;
	app.config.tcp.life = true;
	app.config.listeners[0] = (struct rs_config_listener){ .name = "web", .port_first = 80,
		.port_last = 81 };
	app.config.listeners[1] = (struct rs_config_listener){ .name = "7", .port_first = 7,
		.port_last = 7, .address = { rs_addr_from_ipv4(RTE_BE32(0xc0000201)), 128 } };
	return &app;
}

static void
page_and_filters_are_read(void **state __rte_unused)
{
	const struct rs_app *app = app_with_listeners();
	char error[RS_FILTER_ERROR_MAX];
	struct rs_filter f;

	assert_true(rs_filter_parse(app, NULL, 0, 50, &f, error));
	assert_int_equal(f.count, 50);
	assert_int_equal(f.position, 0);
	assert_true(rs_filter_parse(app, "", 0, 50, &f, error));
	assert_true(rs_filter_parse(app, "18446744073709551615,1", 0, 50, &f, error));
	assert_int_equal(f.position, UINT64_MAX);
	assert_int_equal(f.count, 1);
	assert_true(rs_filter_parse(app, "7,50,reason=killed,verdict=accepted,listener=web,"
		"prefix=198.51.100.0/24,state=FIN_WAIT_1,age=3600", ALL_KEYS, 50, &f, error));
	assert_int_equal(f.position, 7);
	assert_int_equal(f.reason, RS_RESET_killed);
	assert_int_equal(f.verdict, RS_VERDICT_accepted);
	assert_int_equal(f.listener, 0);
	assert_int_equal(f.prefix.addr.w[3], RTE_BE32(0xc6336400));
	assert_int_equal(f.prefix.len, 96 + 24);
	assert_int_equal(f.state, RS_FIN_WAIT_1);
	assert_int_equal(f.age_ms, 3600 * 1000);
	assert_int_equal(f.keys, ALL_KEYS);
	assert_true(rs_filter_parse(app, "prefix=2001:db8::/32", ALL_KEYS, 50, &f, error));
	assert_int_equal(f.prefix.len, 32);
	assert_true(rs_filter_parse(app, "prefix=192.0.2.9", ALL_KEYS, 50, &f, error));
	assert_int_equal(f.prefix.len, 128);
	/* an ID before a name of the same characters */
	assert_true(rs_filter_parse(app, "listener=1", ALL_KEYS, 50, &f, error));
	assert_int_equal(f.listener, 1);
	assert_true(rs_filter_parse(app, "listener=7", ALL_KEYS, 50, &f, error));
	assert_int_equal(f.listener, 1);
}

static void
other_parameters_are_refused_by_a_sentence(void **state __rte_unused)
{
	static const char *const refused[] = {
		"x", "-1", "1,x", "1,0", "1,51", "1,2,3", ",", "1,", "18446744073709551616",
		"reason=", "reason=x", "verdict=killed", "listener=2", "listener=", "listener=WEB",
		"prefix=", "prefix=1.2.3/24", "prefix=1.2.3.4/33", "prefix=::/129",
		"prefix=1.2.3.4/",
		"state=established", "age=", "age=1s", "age=-1", "nothing=1", "=",
		"reason=killed,5",
	};
	const struct rs_app *app = app_with_listeners();
	char error[RS_FILTER_ERROR_MAX];
	char much[2000];
	struct rs_filter f;
	size_t i;

	for (i = 0; i < RTE_DIM(refused); i++) {
		error[0] = '\0';
		if (rs_filter_parse(app, refused[i], ALL_KEYS, 50, &f, error))
			fail_msg("%s is taken", refused[i]);
		assert_in_range(strlen(error), 10, RS_FILTER_ERROR_MAX - 1);
	}
	/* a key that the command does not know */
	assert_false(rs_filter_parse(app, "age=1", RS_FILTER_BIT(state), 50, &f, error));
	assert_false(rs_filter_parse(app, "1,51", 0, 50, &f, error));
	assert_string_equal(error, "COUNT is at most 50, and at least 1");
	memset(much, '9', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_false(rs_filter_parse(app, much, ALL_KEYS, 50, &f, error));
	memcpy(much, "reason=", 7);
	assert_false(rs_filter_parse(app, much, ALL_KEYS, 50, &f, error));
	much[500] = '\0';
	assert_false(rs_filter_parse(app, much, ALL_KEYS, 50, &f, error));
}

static void
resets_are_chosen(void **state __rte_unused)
{
	static const struct { const char *filter; bool sent, received; } cases[] = {
		{ "", true, true },
		{ "reason=killed", true, false },
		{ "reason=linger", false, false },
		{ "verdict=accepted", false, true },
		{ "verdict=bad_ack", false, false },
		{ "reason=killed,verdict=accepted", true, true },
		{ "listener=web", true, true },
		{ "listener=7", false, false },
		{ "prefix=192.0.2.0/24", true, true },
		{ "prefix=192.0.2.1/32", false, false }, /* ours, not the peer's */
		{ "verdict=accepted,prefix=192.0.3.0/24", false, false },
	};
	const struct rs_app *app = app_with_listeners();
	struct rs_reset_record sent = {
		.tuple = rs_tuple_from_ipv4(RTE_BE32(0xc0000201), RTE_BE32(0xc0000202),
			RTE_BE16(81), RTE_BE16(40000)),
		.sent = true, .cause = RS_RESET_killed,
	};
	struct rs_reset_record received = sent;
	char error[RS_FILTER_ERROR_MAX];
	size_t i;

	received.sent = false;
	received.cause = RS_VERDICT_accepted;
	for (i = 0; i < RTE_DIM(cases); i++) {
		struct rs_filter f;

		assert_true(rs_filter_parse(app, cases[i].filter, ALL_KEYS, 50, &f, error));
		assert_int_equal(rs_filter_has_reset(&f, app, &sent), cases[i].sent);
		assert_int_equal(rs_filter_has_reset(&f, app, &received), cases[i].received);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number_takes_whole_decimals_only),
		cmocka_unit_test(tuple_is_read),
		cmocka_unit_test(tuple_refuses_other_text),
		cmocka_unit_test(reset_is_written_in_one_line),
		cmocka_unit_test(reset_of_any_kind_fits),
		cmocka_unit_test(page_and_filters_are_read),
		cmocka_unit_test(other_parameters_are_refused_by_a_sentence),
		cmocka_unit_test(resets_are_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
