/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The metrics service: pages that are written in pieces, over the callbacks of http. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"
#include "services/http_page.h"

#define GET "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

#define LINE "line_of_a_text 1\n"
#define LINES 1000
#define TEXT_LEN (LINES * (sizeof(LINE) - 1))

/* A call of the service writes no more than this, so a page takes so many milliseconds. */
#define PIECES (TEXT_LEN / RS_HTTP_PAGE_PIECE + 1)

/* The call, counted from 1 on, that says that the text must begin anew; 0: none. */
static unsigned int anew_at;

/* A text of LINES lines. @param arg  counts the calls */
static uint32_t
write_lines(const void *arg, uint64_t *position, char *text, uint32_t n)
{
	const uint32_t len = sizeof(LINE) - 1;
	uint32_t used = 0;

	if (++**(unsigned int *const *)arg == anew_at) {
		*position = RS_SERVICE_TEXT_ANEW;
		memset(text, '?', n);
		return 0;
	}
	for (; *position < LINES && n - used >= len; used += len, ++*position)
		memcpy(text + used, LINE, len);
	if (*position == LINES)
		*position = 0;
	return used;
}

/* The listener, whose text counts its calls. */
static void
listen_metrics(struct rs_tcp *tcp, unsigned int **calls)
{
	const struct rs_config_listener config = {
		.half_requests = 10,
		.header_timeout_ms = 60000,
		.body_timeout_ms = 60000,
		.idle_timeout_ms = RS_CONFIG_TIMEOUT_DEFAULT,
	};
	const struct rs_service_text text = {
		.write = write_lines, .arg = calls, .size = TEXT_LEN, .type = "text/x-test",
	};

	**calls = 0;
	fake_listen(tcp, &rs_service_metrics, &config);
	assert_int_equal(rs_service_metrics.give(tcp->arg, &text), 0);
}

static struct rs_tcb
open_conn(struct rs_tcp *tcp)
{
	struct rs_tcb conn = { .tcp = tcp, .ops = rs_service_metrics.ops, .room = FAKE_ANY,
		.slots = FAKE_ANY };

	fake_open(&conn);
	return conn;
}

/* Let the service write the rest of a page. */
static void
finish(struct rs_tcb *conn)
{
	unsigned int i;

	for (i = 0; i < PIECES; i++)
		fake_after(conn, 1);
}

/* All that was sent is one answer with this status; a 200 has the whole text. */
static void
check_answer(struct rs_tcb *conn, const char *status, bool head)
{
	const char *text = (const char *)conn->sent.data;
	const char *end;
	size_t len;
	unsigned int i;

	assert_true(conn->sent.len > strlen("HTTP/1.1 200"));
	assert_memory_equal(text + strlen("HTTP/1.1 "), status, 3);
	if (strcmp(status, "200") != 0)
		return;
	end = memmem(text, conn->sent.len, "\r\n\r\n", 4);
	assert_non_null(end);
	assert_non_null(memmem(text, conn->sent.len, "\r\nContent-Type: text/x-test\r\n",
		strlen("\r\nContent-Type: text/x-test\r\n")));
	assert_non_null(memmem(text, conn->sent.len, "\r\nContent-Length: 17000\r\n",
		strlen("\r\nContent-Length: 17000\r\n")));
	len = conn->sent.len - (size_t)(end + 4 - text);
	assert_int_equal(len, head ? 0 : TEXT_LEN);
	for (i = 0; i < len / (sizeof(LINE) - 1); i++)
		assert_memory_equal(end + 4 + i * (sizeof(LINE) - 1), LINE, sizeof(LINE) - 1);
}

/* A call writes one piece; the answer goes out as a whole when all of them are written. */
static void
page_is_written_in_pieces(void **state __rte_unused)
{
	unsigned int n, *calls = &n;
	struct rs_tcp tcp;
	struct rs_tcb conn;
	unsigned int i;

	listen_metrics(&tcp, &calls);
	conn = open_conn(&tcp);
	fake_receive_str(&conn, GET);
	for (i = 1; i < PIECES; i++) {
		assert_int_equal(n, i);
		assert_int_equal(conn.sent.len, 0);
		fake_after(&conn, 1);
	}
	check_answer(&conn, "200", false);
	assert_int_equal(n, PIECES);
	/* the connection persists, and its idle_timeout runs now */
	assert_false(conn.closed || conn.finish);
	fake_acked(&conn);
	fake_forget(&conn);
	fake_receive_str(&conn, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	finish(&conn);
	check_answer(&conn, "200", true);
	fake_acked(&conn);
	fake_after(&conn, 75000);
	assert_true(conn.closed);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_metrics.destroy(tcp.arg);
}

/* The appliance changed between two pieces: those before are dropped, and it is asked again. */
static void
page_begins_anew(void **state __rte_unused)
{
	unsigned int n, *calls = &n;
	struct rs_tcp tcp;
	struct rs_tcb conn;

	for (anew_at = 1; anew_at <= PIECES; anew_at++) {
		listen_metrics(&tcp, &calls);
		conn = open_conn(&tcp);
		fake_receive_str(&conn, GET);
		while (n < anew_at + PIECES) {
			assert_int_equal(conn.sent.len, 0);
			fake_after(&conn, 1);
		}
		check_answer(&conn, "200", false);
		fake_end(&conn, RS_END_CLOSED);
		rs_service_metrics.destroy(tcp.arg);
	}
	anew_at = 0;
}

static void
requests_of_any_form_are_answered(void **state __rte_unused)
{
	static const char slow[] = GET;
	unsigned int n, *calls = &n;
	struct rs_tcp tcp;
	struct rs_tcb conn;
	unsigned int i;

	listen_metrics(&tcp, &calls);
	/* byte by byte */
	conn = open_conn(&tcp);
	for (i = 0; slow[i] != '\0'; i++)
		fake_receive(&conn, &slow[i], 1);
	finish(&conn);
	check_answer(&conn, "200", false);
	fake_forget(&conn);
	/* others than GET of the page */
	fake_receive_str(&conn, "GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
	check_answer(&conn, "404", false);
	fake_forget(&conn);
	fake_receive_str(&conn, "DELETE /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	check_answer(&conn, "405", false);
	fake_forget(&conn);
	/* with a query; the connection closes when it is asked to */
	fake_receive_str(&conn, "GET /metrics?a=b HTTP/1.1\r\nHost: a\r\n"
		"Connection: close\r\n\r\n");
	finish(&conn);
	check_answer(&conn, "200", false);
	assert_true(conn.finish);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_metrics.destroy(tcp.arg);
}

/* A second request waits in the engine while the page of the first is written. */
static void
pipelined_requests_are_answered_in_order(void **state __rte_unused)
{
	unsigned int n, *calls = &n;
	struct rs_tcp tcp;
	struct rs_tcb conn;

	listen_metrics(&tcp, &calls);
	conn = open_conn(&tcp);
	fake_receive_str(&conn, GET GET);
	assert_int_equal(conn.left.len, strlen(GET));
	fake_fin(&conn);
	finish(&conn);
	check_answer(&conn, "200", false);
	assert_int_equal(conn.left.len, 0);
	fake_forget(&conn);
	finish(&conn);
	check_answer(&conn, "200", false);
	/* the first page is still in flight, and its bytes have not changed: fake_acked() looks */
	fake_acked(&conn);
	assert_true(conn.finish || conn.closed);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_metrics.destroy(tcp.arg);
}

/* Pages are given back when their peers have them, or are gone; until then others get 503. */
static void
no_more_pages_than_there_are(void **state __rte_unused)
{
	struct rs_tcb conns[RS_HTTP_PAGES_MAX + 1];
	unsigned int n, *calls = &n;
	struct rs_tcb *last = &conns[RS_HTTP_PAGES_MAX];
	struct rs_tcp tcp;
	unsigned int i;

	listen_metrics(&tcp, &calls);
	for (i = 0; i < RTE_DIM(conns); i++)
		conns[i] = open_conn(&tcp);
	for (i = 0; i < RS_HTTP_PAGES_MAX; i++)
		fake_receive_str(&conns[i], GET);
	fake_receive_str(last, GET);
	check_answer(last, "503", false);
	fake_forget(last);
	/* one is sent but not acknowledged, one is gone before it is written */
	finish(&conns[0]);
	check_answer(&conns[0], "200", false);
	fake_receive_str(last, GET);
	check_answer(last, "503", false);
	fake_forget(last);
	fake_end(&conns[1], RS_END_RESET);
	fake_receive_str(last, GET);
	finish(last);
	check_answer(last, "200", false);
	fake_forget(last);
	fake_acked(last);
	fake_acked(&conns[0]);
	conns[1] = open_conn(&tcp);
	fake_receive_str(&conns[1], GET);
	finish(&conns[1]);
	check_answer(&conns[1], "200", false);
	for (i = 0; i < RTE_DIM(conns); i++)
		fake_end(&conns[i], RS_END_CLOSED);
	rs_service_metrics.destroy(tcp.arg);
}

/* The engine has no room: the page waits for it. */
static void
written_page_waits_for_room(void **state __rte_unused)
{
	unsigned int n, *calls = &n;
	struct rs_tcp tcp;
	struct rs_tcb conn;

	listen_metrics(&tcp, &calls);
	conn = open_conn(&tcp);
	conn.slots = 0;
	fake_receive_str(&conn, GET);
	finish(&conn);
	assert_int_equal(conn.sent.len, 0);
	fake_room(&conn, FAKE_ANY, FAKE_ANY);
	check_answer(&conn, "200", false);
	assert_int_equal(n, PIECES);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_metrics.destroy(tcp.arg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_is_written_in_pieces),
		cmocka_unit_test(page_begins_anew),
		cmocka_unit_test(requests_of_any_form_are_answered),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(no_more_pages_than_there_are),
		cmocka_unit_test(written_page_waits_for_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
