/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The http service against RFC 9112 and RFC 9110, answers read by a parser of the test's. */

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST "\r\n"
#define GET_CLOSE "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
#define HEAD "HEAD / HTTP/1.1\r\n" HOST "\r\n"

#define BODY_SIZE 1000

/* Incomplete requests that the service keeps. */
#define CONTEXTS 100

/* The test's clock, in place of the C library's: RFC 9110 5.6.7's example. */
static const time_t sun_06_nov_1994 = 784111777;
static time_t clock_offset;
static unsigned int clock_reads;

time_t
time(time_t *t)
{
	clock_reads++;
	if (t != NULL)
		*t = sun_06_nov_1994 + clock_offset;
	return sun_06_nov_1994 + clock_offset;
}

/* An answer as it was sent. */
struct answer {
	unsigned int status;
	char head[1024];       /* NUL at the end */
	const uint8_t *body;
	size_t body_len;       /* as Content-Length says */
};

static void
listen_default(struct rs_tcp *tcp)
{
	const struct rs_config_listener config = {
		.body.size = BODY_SIZE,
		.content_type = "text/x-test",
		.half_requests = CONTEXTS,
		.header_timeout_ms = 60000,
		.body_timeout_ms = 30000,
		.idle_timeout_ms = 75000,
		.min_rate = 1000,
	};

	fake_listen(tcp, &rs_service_http, &config);
}

static struct rs_tcb
open_roomy(struct rs_tcp *tcp)
{
	struct rs_tcb conn = {
		.tcp = tcp,
		.ops = rs_service_http.ops,
		.room = FAKE_ANY,
		.slots = FAKE_ANY,
	};

	fake_open(&conn);
	return conn;
}

static bool
matches(const char *s, const char *pattern)
{
	regex_t re;
	bool found;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

/* Read the answer at offset `at` of what was sent; whole, or the test fails. */
static size_t
answer_read(const struct fake_bytes *sent, size_t at, bool to_head, struct answer *a)
{
	const char *s = (const char *)sent->data + at;
	const char *end = at < sent->len ? memmem(s, sent->len - at, "\r\n\r\n", 4) : NULL;
	size_t len;

	assert_non_null(end);
	len = (size_t)(end + 4 - s);
	assert_true(len < sizeof(a->head));
	memcpy(a->head, s, len);
	a->head[len] = '\0';
	/* RFC 9112 4, 5: a status line, then field lines, each ended by CRLF. */
	if (!matches(a->head, "^HTTP/1\\.1 [1-5][0-9][0-9] [ -~]*\r\n"
		"([A-Za-z-]+: [ -~]+\r\n)+\r\n$"))
		fail_msg("not an answer: %s", a->head);
	a->status = (unsigned int)strtoul(a->head + strlen("HTTP/1.1 "), NULL, 10);
	/* RFC 9110 6.6.1, 5.6.7. */
	assert_true(matches(a->head, "\r\nDate: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] "
		"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
		"[0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT\r\n"));
	end = strstr(a->head, "\r\nContent-Length: ");
	assert_non_null(end);
	a->body_len = strtoul(end + strlen("\r\nContent-Length: "), NULL, 10);
	a->body = (const uint8_t *)s + len;
	at += len + (to_head ? 0 : a->body_len);
	assert_true(at <= sent->len);
	return at;
}

/* Send s on a new connection, and read the only answer. The connection stays open. */
static struct rs_tcb
ask(struct rs_tcp *tcp, const char *s, struct answer *a)
{
	struct rs_tcb conn = open_roomy(tcp);

	fake_receive_str(&conn, s);
	assert_int_equal(answer_read(&conn.sent, 0, strncmp(s, "HEAD", 4) == 0, a), conn.sent.len);
	return conn;
}

static void
get_and_head(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb get, head;
	struct answer a, b;
	size_t i;

	listen_default(&tcp);
	get = ask(&tcp, GET, &a);
	assert_int_equal(a.status, 200);
	assert_int_equal(a.body_len, BODY_SIZE);
	for (i = 0; i < BODY_SIZE; i++)
		assert_true((a.body[i] == '\n') == (i % 64 == 63));
	assert_true(strncmp(a.head, "HTTP/1.1 200 OK\r\n", 17) == 0);
	assert_non_null(strstr(a.head, "\r\nServer: rstack\r\n"));
	assert_non_null(strstr(a.head, "\r\nContent-Type: text/x-test\r\n"));
	assert_non_null(strstr(a.head, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	assert_null(strstr(a.head, "\r\nConnection:"));
	assert_false(get.shut || get.closed);
	/* RFC 9110 9.3.2: as for GET, without content. */
	head = ask(&tcp, HEAD, &b);
	assert_string_equal(a.head, b.head);
	assert_int_equal(head.sent.len, strlen(b.head));
	fake_end(&get, RS_END_CLOSED);
	fake_end(&head, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

/* What the service makes of requests, with the connection going on or not. */
static const struct {
	const char *s;
	unsigned int status;
	bool closes;
} asked[] = {
	{ GET, 200, false },
	{ "GET /?query HTTP/1.1\r\n" HOST "\r\n", 200, false },
	{ "GET http://a/ HTTP/1.1\r\n" HOST "\r\n", 200, false },
	/* RFC 9112 9.3, 9.6: persistence. */
	{ GET_CLOSE, 200, true },
	{ "HEAD / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n\r\n", 200, true },
	{ "GET / HTTP/1.0\r\n\r\n", 200, true },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, false },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", 200, true },
	/* RFC 9110 15.5.1: bad syntax; nobody knows where the next request begins. */
	{ "GET / HTTP/1.1\r\n\r\n", 400, true },
	{ "HEAD / HTTP/1.1\r\n\r\n", 400, true },
	/* RFC 9110 15.5.5. */
	{ "GET /no HTTP/1.1\r\n" HOST "\r\n", 404, false },
	{ "GET // HTTP/1.1\r\n" HOST "\r\n", 404, false },
	{ "HEAD /no HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 404, true },
	/* RFC 9110 15.5.6. */
	{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 405, false },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 405, false },
	{ "PUT /no HTTP/1.1\r\n" HOST "\r\n", 405, false },
	{ "DELETE / HTTP/1.1\r\n" HOST "\r\n", 405, false },
	{ "TRACE / HTTP/1.1\r\n" HOST "\r\n", 405, false },
	{ "PATCH / HTTP/1.1\r\n" HOST "\r\n", 405, false },
	{ "CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", 405, false },
	/* RFC 9112 6.3, RFC 9110 15.5.12. */
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, true },
	/* RFC 9110 15.5.14. */
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\n", 413, true },
	/* RFC 9110 10.1.1, 15.5.18. */
	{ "GET / HTTP/1.1\r\n" HOST "Expect: x\r\n\r\n", 417, false },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: x\r\nContent-Length: 1\r\n\r\n", 417, true },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n", 200, false },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n", 200,
	  true },
	/* RFC 9110 7.4, 15.5.20. */
	{ "GET https://a/ HTTP/1.1\r\n" HOST "\r\n", 421, true },
	/* RFC 9110 9.1, 15.6.2. */
	{ "BREW / HTTP/1.1\r\n" HOST "\r\n", 501, false },
	{ "get / HTTP/1.1\r\n" HOST "\r\n", 501, false },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, true },
	/* RFC 9110 15.6.6. */
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", 505, true },
};

static void
statuses(void **state __rte_unused)
{
	struct rs_tcp tcp;
	unsigned int i;

	listen_default(&tcp);
	for (i = 0; i < RTE_DIM(asked); i++) {
		struct answer a;
		struct rs_tcb conn = ask(&tcp, asked[i].s, &a);

		if (a.status != asked[i].status || conn.shut != asked[i].closes)
			fail_msg("%u, shut %d for: %s", a.status, conn.shut, asked[i].s);
		/* RFC 9112 9.6: a server that will close says so. */
		assert_int_equal(strstr(a.head, "\r\nConnection: close\r\n") != NULL,
			asked[i].closes);
		/* RFC 9110 15.5.6, 10.2.1. */
		assert_int_equal(strstr(a.head, "\r\nAllow: GET, HEAD\r\n") != NULL,
			a.status == 405);
		/* The connection goes on when it was said to, and not otherwise. */
		fake_forget(&conn);
		fake_receive_str(&conn, GET);
		assert_int_equal(conn.left.len, 0);
		assert_int_equal(conn.sent.len > 0, !asked[i].closes);
		assert_false(conn.closed);
		fake_end(&conn, RS_END_CLOSED);
	}
	rs_service_http.destroy(tcp.arg);
}

static void
long_target_and_header(void **state __rte_unused)
{
	static char s[20000];
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;

	listen_default(&tcp);
	snprintf(s, sizeof(s), "GET /%08000d HTTP/1.1\r\n" HOST "\r\n", 0);
	conn = ask(&tcp, s, &a);
	assert_int_equal(a.status, 414);
	assert_true(conn.shut);
	fake_end(&conn, RS_END_CLOSED);
	snprintf(s, sizeof(s), "GET / HTTP/1.1\r\n" HOST "X: %017000d\r\n\r\n", 0);
	conn = ask(&tcp, s, &a);
	assert_int_equal(a.status, 431);
	assert_true(conn.shut);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

static void
http_1_0_keep_alive_is_said(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;

	listen_default(&tcp);
	/* RFC 9112 9.3 and C.2.2: in HTTP/1.0 both sides have to say it. */
	conn = ask(&tcp, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &a);
	assert_non_null(strstr(a.head, "\r\nConnection: keep-alive\r\n"));
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

/* Streams of requests whose answer must not depend on where the segments are cut. */
static const char *const streams[] = {
	GET,
	GET HEAD GET_CLOSE,
	"\r\n\r\n" GET "\r\n" GET,
	"POST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789" GET,
	"HEAD /%41 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET http://a/ HTTP/1.0\r\n\r\n",
	GET "GET / HTTP/1.1\r\nHost : a\r\n\r\n" GET,
	GET "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	"GET / HTTP/3.0\r\n" GET GET,
};

static void
same_answer_at_every_cut(void **state __rte_unused)
{
	struct rs_tcp tcp;
	unsigned int i;
	size_t cut, at;

	listen_default(&tcp);
	for (i = 0; i < RTE_DIM(streams); i++) {
		const char *s = streams[i];
		struct rs_tcb whole = open_roomy(&tcp), bytewise = open_roomy(&tcp);

		fake_receive_str(&whole, s);
		assert_true(whole.sent.len > 0);
		for (cut = 1; cut < strlen(s); cut++) {
			struct rs_tcb conn = open_roomy(&tcp);

			fake_receive(&conn, s, cut);
			fake_receive_str(&conn, s + cut);
			assert_int_equal(conn.sent.len, whole.sent.len);
			assert_memory_equal(conn.sent.data, whole.sent.data, whole.sent.len);
			assert_int_equal(conn.shut, whole.shut);
			fake_end(&conn, RS_END_CLOSED);
		}
		for (at = 0; at < strlen(s); at++)
			fake_receive(&bytewise, s + at, 1);
		assert_int_equal(bytewise.sent.len, whole.sent.len);
		assert_memory_equal(bytewise.sent.data, whole.sent.data, whole.sent.len);
		fake_end(&bytewise, RS_END_CLOSED);
		fake_end(&whole, RS_END_CLOSED);
	}
	rs_service_http.destroy(tcp.arg);
}

static void
pipeline_with_tiny_room(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;
	size_t at = 0;
	unsigned int i;

	listen_default(&tcp);
	srandom(9112);
	conn = open_roomy(&tcp);
	fake_room(&conn, 0, 0);
	/* 100 requests, every third a HEAD, the last one closes. */
	for (i = 0; i < 100; i++)
		fake_receive_str(&conn, i == 99 ? GET_CLOSE : i % 3 == 2 ? HEAD : GET);
	/* RFC 9293 3.8.6: what cannot be answered is not taken, so that the window closes. */
	assert_true(conn.left.len >= 98 * strlen(GET));
	fake_fin(&conn);
	for (i = 0; i < 100000 && !conn.shut; i++)
		fake_room(&conn, (uint32_t)random() % 64, (uint32_t)random() % 2);
	assert_true(conn.shut);
	/* RFC 9112 9.3.2: answers in the order of the requests, none torn, none lost. */
	for (i = 0; i < 100; i++) {
		struct answer a;

		at = answer_read(&conn.sent, at, i % 3 == 2 && i != 99, &a);
		assert_int_equal(a.status, 200);
		assert_int_equal(strstr(a.head, "\r\nConnection: close\r\n") != NULL, i == 99);
	}
	assert_int_equal(at, conn.sent.len);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

static void
no_input_while_an_answer_waits(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;

	listen_default(&tcp);
	conn = open_roomy(&tcp);
	/* Room for the header, not for the content. */
	fake_room(&conn, FAKE_ANY, 0);
	fake_receive_str(&conn, GET GET);
	assert_int_equal(conn.left.len, strlen(GET));
	fake_receive_str(&conn, "more");
	assert_int_equal(conn.left.len, strlen(GET "more"));
	fake_room(&conn, FAKE_ANY, 1);
	assert_int_equal(answer_read(&conn.sent, 0, false, &a) + strlen(a.head), conn.sent.len);
	assert_int_equal(conn.left.len, strlen("more"));
	fake_end(&conn, RS_END_RESET);
	rs_service_http.destroy(tcp.arg);
}

static void
content_is_skipped(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;
	unsigned int i;
	size_t at;

	listen_default(&tcp);
	conn = open_roomy(&tcp);
	/* RFC 9112 6.3: that many bytes are content, whatever they look like. */
	fake_receive_str(&conn, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1048576\r\n\r\n");
	for (i = 0; i < 1048576 / 64; i++) {
		assert_int_equal(conn.sent.len, 0);
		fake_receive_str(&conn,
			GET "GET /no HTTP/1.1\r\n" HOST "\r\n64 bytes");
	}
	fake_receive_str(&conn, HEAD);
	at = answer_read(&conn.sent, 0, false, &a);
	assert_int_equal(a.status, 200);
	assert_int_equal(answer_read(&conn.sent, at, true, &a), conn.sent.len);
	assert_int_equal(a.status, 200);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

static void
after_the_last_answer_input_is_dropped(void **state __rte_unused)
{
	static char junk[65536];
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;
	unsigned int i;

	listen_default(&tcp);
	/* RFC 9112 9.6: half-close, then read on, so that no reset destroys the answer. */
	conn = ask(&tcp, "nonsense\r\n" GET, &a);
	assert_int_equal(a.status, 400);
	assert_true(conn.shut);
	assert_true(conn.finish); /* nor for a peer that is silent */
	for (i = 0; i < 16; i++) {
		assert_false(conn.closed);
		fake_receive(&conn, junk, sizeof(junk));
		assert_int_equal(conn.left.len, 0);
	}
	/* But not for ever. */
	fake_receive(&conn, junk, sizeof(junk));
	assert_true(conn.closed);
	assert_int_equal(answer_read(&conn.sent, 0, false, &a), conn.sent.len);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

static void
peer_closes_between_requests(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;

	listen_default(&tcp);
	conn = ask(&tcp, GET "\r\n", &a);
	fake_fin(&conn);
	assert_true(conn.closed);
	assert_int_equal(answer_read(&conn.sent, 0, false, &a), conn.sent.len);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

static void
peer_closes_while_an_answer_waits(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;

	listen_default(&tcp);
	conn = open_roomy(&tcp);
	fake_room(&conn, 7, 0);
	fake_receive_str(&conn, GET);
	fake_fin(&conn);
	assert_false(conn.shut || conn.closed);
	fake_room(&conn, FAKE_ANY, FAKE_ANY);
	assert_int_equal(answer_read(&conn.sent, 0, false, &a), conn.sent.len);
	assert_int_equal(a.status, 200);
	assert_true(conn.shut);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

static void
peer_closes_inside_a_request(void **state __rte_unused)
{
	/* RFC 9112 8: incomplete, in its head or in its content. */
	static const struct {
		const char *s;
		bool head;
	} cases[] = {
		{ "G", false },
		{ "GET / HTTP/1.1\r\n" HOST "\r", false },
		{ "HEAD / HTTP/1.1\r\n" HOST, true },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcd", false },
		{ "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcd", true },
	};
	struct rs_tcp tcp;
	unsigned int i;

	listen_default(&tcp);
	for (i = 0; i < RTE_DIM(cases); i++) {
		struct rs_tcb conn = open_roomy(&tcp);
		struct answer a;

		fake_receive_str(&conn, cases[i].s);
		assert_int_equal(conn.sent.len, 0);
		fake_fin(&conn);
		assert_int_equal(answer_read(&conn.sent, 0, cases[i].head, &a), conn.sent.len);
		assert_int_equal(a.status, 400);
		assert_true(conn.shut);
		fake_end(&conn, RS_END_CLOSED);
	}
	rs_service_http.destroy(tcp.arg);
}

static void
contexts_run_out_and_come_back(void **state __rte_unused)
{
	static struct rs_tcb conns[CONTEXTS];
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;
	unsigned int i, round;

	listen_default(&tcp);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < CONTEXTS; i++) {
			conns[i] = open_roomy(&tcp);
			fake_receive_str(&conns[i], "GET / HTTP/1.1\r\n");
			assert_int_equal(conns[i].sent.len, 0);
		}
		/* The oldest makes way. */
		conn = open_roomy(&tcp);
		fake_receive_str(&conn, "GET / HTTP/1.1\r\n");
		assert_true(conns[0].aborted);
		assert_int_equal(conns[0].reason, RS_RESET_service_evicted);
		assert_false(conns[1].aborted);
		fake_receive_str(&conn, HOST "\r\n");
		assert_int_equal(answer_read(&conn.sent, 0, false, &a), conn.sent.len);
		assert_int_equal(a.status, 200);
		fake_end(&conn, RS_END_CLOSED);
		/* What comes in one piece needs none. */
		conn = ask(&tcp, GET, &a);
		assert_int_equal(a.status, 200);
		fake_end(&conn, RS_END_CLOSED);
		/* One is enough for all that end: by a reset, or by being complete. */
		fake_receive_str(&conns[1], HOST "\r\n");
		assert_int_equal(answer_read(&conns[1].sent, 0, false, &a), conns[1].sent.len);
		assert_int_equal(a.status, 200);
		conn = open_roomy(&tcp);
		fake_receive_str(&conn, "G");
		assert_int_equal(conn.sent.len, 0);
		fake_end(&conn, RS_END_RESET);
		for (i = 1; i < CONTEXTS; i++)
			assert_false(conns[i].aborted);
		for (i = 0; i < CONTEXTS; i++)
			fake_end(&conns[i], RS_END_RESET);
	}
	rs_service_http.destroy(tcp.arg);
}

/* A time limit is over. */
static const struct {
	const char *s;       /* received before, in one piece */
	const char *more;    /* and then, after `wait` */
	unsigned int wait, limit; /* milliseconds */
	unsigned int status; /* of the answer; 0: the connection closes without one */
	bool head;
} limits[] = {
	/* before the first request: header_timeout, which empty lines do not extend */
	{ "", "", 0, 60000, 0, false },
	{ "\r\n", "\r\n", 59000, 1000, 0, false },
	/* the first head: its time runs since the connection was opened */
	{ "GET / HTTP/1.1\r\n", "X: y\r\n", 59000, 1000, 408, false },
	{ "", "HEAD / HTTP/1.1\r\n", 59000, 1000, 408, true },
	/* between requests: idle_timeout */
	{ GET, "", 0, 75000, 0, false },
	{ GET, "\r\n", 74000, 1000, 0, false },
	/* the head of another request, from its first byte; the answer before is the first one */
	{ GET, "GET ", 74000, 60000, 408, false },
	{ GET "GET / HTTP/1.1\r\n", "X: y\r\n", 59000, 1000, 408, false },
	/* content: at 1000 bytes a second each byte earns a millisecond */
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n", "", 0, 30000, 408, false },
	{ "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n", "", 0, 30000, 408, true },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n", "12345678", 29000, 1008, 408,
	  false },
};

static void
time_limits_end_connections(void **state __rte_unused)
{
	struct rs_tcp tcp;
	unsigned int i;

	listen_default(&tcp);
	for (i = 0; i < RTE_DIM(limits); i++) {
		struct rs_tcb conn = open_roomy(&tcp);
		struct answer a = { 0 };
		size_t at = 0;

		fake_receive_str(&conn, limits[i].s);
		fake_after(&conn, limits[i].wait);
		if (limits[i].more[0] != '\0')
			fake_receive_str(&conn, limits[i].more);
		fake_after(&conn, limits[i].limit - 2);
		assert_false(conn.shut || conn.closed || conn.aborted);
		at = strncmp(limits[i].s, GET, strlen(GET)) == 0 ?
			answer_read(&conn.sent, 0, false, &a) : 0;
		assert_int_equal(at, conn.sent.len);
		fake_after(&conn, 3);
		assert_int_equal(conn.closed, limits[i].status == 0);
		if (limits[i].status != 0) {
			at = answer_read(&conn.sent, at, limits[i].head, &a);
			assert_int_equal(a.status, limits[i].status);
			assert_true(conn.finish);
		}
		assert_int_equal(at, conn.sent.len);
		fake_end(&conn, RS_END_CLOSED);
	}
	rs_service_http.destroy(tcp.arg);
}

/* The engine limits the reading of answers. */
static void
no_limit_runs_while_an_answer_waits(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;

	listen_default(&tcp);
	conn = open_roomy(&tcp);
	fake_room(&conn, FAKE_ANY, 0);
	fake_receive_str(&conn, GET);
	assert_int_equal(conn.expires, 0);
	fake_room(&conn, FAKE_ANY, 1);
	assert_int_equal(conn.expires, 75000 * 1000);
	fake_end(&conn, RS_END_RESET);
	rs_service_http.destroy(tcp.arg);
}

static void
contexts_come_back_before_content(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct answer a;
	unsigned int i;

	listen_default(&tcp);
	for (i = 0; i <= CONTEXTS; i++) {
		struct rs_tcb conn = open_roomy(&tcp);

		fake_receive_str(&conn, "GET / HTTP/1.1\r\n");
		fake_receive_str(&conn, HOST "Content-Length: 2\r\n\r\n1");
		fake_receive_str(&conn, "2");
		assert_int_equal(answer_read(&conn.sent, 0, false, &a), conn.sent.len);
		assert_int_equal(a.status, 200);
		fake_end(&conn, RS_END_RESET);
	}
	rs_service_http.destroy(tcp.arg);
}

static void
nothing_is_kept_when_the_connection_is_gone(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb conn;

	listen_default(&tcp);
	conn = open_roomy(&tcp);
	conn.gone = true;
	fake_receive_str(&conn, GET GET "rest");
	assert_int_equal(conn.left.len, 0);
	assert_int_equal(conn.sent.len, 0);
	fake_end(&conn, RS_END_RESET);
	rs_service_http.destroy(tcp.arg);
}

static void
date_moves_and_is_never_mixed(void **state __rte_unused)
{
	struct rs_tcp tcp;
	struct rs_tcb slow, conn;
	struct answer a;
	unsigned int reads, i;

	listen_default(&tcp);
	slow = open_roomy(&tcp);
	/* Half of an answer's header, cut inside its Date, at 08:49:37. */
	fake_room(&slow, (uint32_t)strlen("HTTP/1.1 200 OK\r\nServer: rstack\r\nDate: Sun, 06"), 0);
	fake_receive_str(&slow, GET);
	reads = clock_reads;
	/* The clock is asked once a second, not for each answer. */
	for (i = 0; i < 100; i++) {
		tcp.now += 9999;
		conn = ask(&tcp, HEAD, &a);
		fake_end(&conn, RS_END_CLOSED);
	}
	assert_int_equal(clock_reads, reads);
	clock_offset = 31 * 86400;
	tcp.now += 1000000;
	conn = ask(&tcp, GET, &a);
	assert_non_null(strstr(a.head, "\r\nDate: Wed, 07 Dec 1994 08:49:37 GMT\r\n"));
	fake_end(&conn, RS_END_CLOSED);
	fake_room(&slow, FAKE_ANY, FAKE_ANY);
	assert_int_equal(answer_read(&slow.sent, 0, false, &a), slow.sent.len);
	assert_non_null(strstr(a.head, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	fake_end(&slow, RS_END_CLOSED);
	clock_offset = 0;
	rs_service_http.destroy(tcp.arg);
}

/* Send a GET and check the Date of its answer, the only one since the last fake_forget(). */
static void
ask_date(struct rs_tcb *conn, const char *date, bool copied)
{
	size_t held = conn->held.len;
	struct answer a;

	fake_receive_str(conn, GET);
	assert_int_equal(answer_read(&conn->sent, 0, false, &a), conn->sent.len);
	if (strstr(a.head, date) == NULL)
		fail_msg("not %s: %s", date, a.head);
	/* The content is immutable memory in any case; here it is sent with the head or alone. */
	assert_int_equal(conn->held.len, held + sizeof(struct fake_range));
	assert_int_equal(conn->held_last < a.body_len + strlen(a.head), copied);
	fake_forget(conn);
}

/* rstack.h: memory that rs_conn_send() was given does not change until it is acknowledged. */
static void
head_in_flight_never_changes(void **state __rte_unused)
{
	static struct rs_tcb slow[300];
	struct rs_tcp tcp;
	struct rs_tcb kept;
	char date[64];
	unsigned int i;

	listen_default(&tcp);
	kept = open_roomy(&tcp);
	ask_date(&kept, "08:49:37", false);
	ask_date(&kept, "08:49:37", false);
	clock_offset = 1;
	tcp.now += 1000000;
	/* The answers before are in flight, and of another second. */
	ask_date(&kept, "08:49:38", true);
	fake_acked(&kept);
	ask_date(&kept, "08:49:38", false);
	fake_acked(&kept);
	/* A peer that does not acknowledge holds the answers of its second. When all are held,
	 * answers are copied, and when those peers are gone, they are not. */
	for (i = 0; i < RTE_DIM(slow); i++) {
		clock_offset = 23 + (time_t)i;
		tcp.now += 1000000;
		slow[i] = open_roomy(&tcp);
		snprintf(date, sizeof(date), "08:%02u:%02u", 50 + i / 60, i % 60);
		ask_date(&slow[i], date, i >= 254);
	}
	ask_date(&kept, date, true);
	fake_acked(&kept);
	fake_end(&slow[7], RS_END_RESET);
	tcp.now += 1000000;
	ask_date(&kept, date, false);
	fake_end(&kept, RS_END_CLOSED);
	for (i = 0; i < RTE_DIM(slow); i++) {
		if (i != 7)
			fake_end(&slow[i], RS_END_RESET);
	}
	clock_offset = 0;
	rs_service_http.destroy(tcp.arg);
}

static void
file_is_served(void **state __rte_unused)
{
	static const char *const good[] = {
		"GET / HTTP/1.1\r\n" HOST "\r\n",
		"GET /a%20page.html HTTP/1.1\r\n" HOST "\r\n",
		"GET /%61%20page%2Ehtml?x HTTP/1.1\r\n" HOST "\r\n",
	};
	static const char *const bad[] = {
		"GET /a%20page.htm HTTP/1.1\r\n" HOST "\r\n",
		"GET /a%20page.html%00 HTTP/1.1\r\n" HOST "\r\n",
		"GET /a%20page.html/ HTTP/1.1\r\n" HOST "\r\n",
		"GET /A%20page.html HTTP/1.1\r\n" HOST "\r\n",
	};
	struct rs_config_listener config = { .body.size = 3 };
	char dir[] = "/tmp/rstack-http-XXXXXX";
	struct rs_tcp tcp;
	struct answer a;
	unsigned int i;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(config.body.file, sizeof(config.body.file), "%s/a page.html", dir);
	f = fopen(config.body.file, "w");
	assert_non_null(f);
	fputs("<p>hello", f);
	fclose(f);
	fake_listen(&tcp, &rs_service_http, &config);
	unlink(config.body.file);
	rmdir(dir);
	for (i = 0; i < RTE_DIM(good) + RTE_DIM(bad); i++) {
		bool found = i < RTE_DIM(good);
		struct rs_tcb conn = ask(&tcp, found ? good[i] : bad[i - RTE_DIM(good)], &a);

		assert_int_equal(a.status, found ? 200 : 404);
		if (found) {
			assert_int_equal(a.body_len, 8);
			assert_memory_equal(a.body, "<p>hello", 8);
			/* RFC 9110 8.3: what is not known to be anything else. */
			assert_non_null(strstr(a.head, "Content-Type: application/octet-stream\r"));
		}
		fake_end(&conn, RS_END_CLOSED);
	}
	rs_service_http.destroy(tcp.arg);
}

static void
empty_body(void **state __rte_unused)
{
	const struct rs_config_listener config = { .body.size = 0 };
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;

	fake_listen(&tcp, &rs_service_http, &config);
	conn = open_roomy(&tcp);
	/* With nothing to send, no room for it is needed. */
	fake_room(&conn, FAKE_ANY, 0);
	fake_receive_str(&conn, GET);
	assert_int_equal(answer_read(&conn.sent, 0, false, &a), conn.sent.len);
	assert_int_equal(a.status, 200);
	assert_int_equal(a.body_len, 0);
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

/* A body that does not fit the segment of its head is queued behind it, when there is room. */
static void
large_body(void **state __rte_unused)
{
	const struct rs_config_listener config = { .body.size = 100000 };
	struct rs_tcp tcp;
	struct rs_tcb conn;
	struct answer a;
	unsigned int i;

	fake_listen(&tcp, &rs_service_http, &config);
	conn = open_roomy(&tcp);
	for (i = 0; i < 2; i++) {
		/* room for the head, or for neither */
		fake_room(&conn, 0, 1 - i);
		fake_receive_str(&conn, GET);
		assert_true(i == 1 || conn.sent.len > 0);
		assert_true(conn.sent.len < 1000);
		fake_room(&conn, 0, 0);
		fake_room(&conn, FAKE_ANY, FAKE_ANY);
		assert_int_equal(answer_read(&conn.sent, 0, false, &a), conn.sent.len);
		assert_int_equal(a.status, 200);
		assert_int_equal(a.body_len, 100000);
		assert_int_equal(a.body[99999], 'V'); /* 99999 is 31 modulo 64 */
		fake_forget(&conn);
	}
	fake_end(&conn, RS_END_CLOSED);
	rs_service_http.destroy(tcp.arg);
}

/* create() refuses, with a sentence that has both words in it. */
static void
refuses(const struct rs_config_listener *config, const char *word, const char *reason)
{
	char error[256] = "";
	void *arg = NULL;

	assert_int_equal(rs_service_http.create(config, &arg, error, sizeof(error)), -1);
	if (strstr(error, word) == NULL || strstr(error, reason) == NULL)
		fail_msg("%s", error);
}

static void
create_says_what_is_wrong(void **state __rte_unused)
{
	const struct rs_config_listener missing = { .body.file = "/nonexistent/file" };
	const struct rs_config_listener folder = { .body.file = "/tmp" };
	const struct rs_config_listener device = { .body.file = "/dev/null" };
	const struct rs_config_listener large = { .body.size = UINT64_C(1) << 32 };
	/* RFC 9110 5.5: what would end the field line early. */
	const struct rs_config_listener type = { .content_type = "text/plain\r\nX: y" };

	refuses(&missing, "/nonexistent/file", "No such file or directory");
	refuses(&folder, "/tmp", "Is a directory");
	refuses(&device, "/dev/null", "Invalid argument");
	refuses(&large, "4294967296", "4294967295");
	refuses(&type, "content type", "not printable");
}

/* Change s somehow, in place; return its new length, which is never larger. */
static size_t
mutate(char *s, size_t len)
{
	static const char bytes[] = "\r\n :\t,/%\0\x7f\x80\xff""0aZ";
	unsigned int n = 1 + (unsigned int)random() % 4;

	while (n-- > 0 && len > 1) {
		size_t at = (size_t)random() % len;
		size_t from = (size_t)random() % len;
		size_t count = (size_t)random() % (len - RTE_MAX(at, from)) % 16;

		switch (random() % 4) {
		case 0:
			s[at] = (char)random();
			break;
		case 1:
			s[at] = bytes[(size_t)random() % (sizeof(bytes) - 1)];
			break;
		case 2:
			memmove(s + at, s + from, count);
			break;
		default:
			memmove(s + at, s + at + count, len - at - count);
			len -= count;
		}
	}
	return len;
}

static void
mutations_get_whole_answers(void **state __rte_unused)
{
	struct rs_tcp tcp;
	unsigned int i;

	listen_default(&tcp);
	for (i = 0; i < 10000; i++) {
		struct rs_tcb conn = open_roomy(&tcp);
		char s[512];
		size_t len, at = 0;

		srandom(i);
		len = mutate(s, strlcpy(s, streams[i % RTE_DIM(streams)], sizeof(s)));
		while (at < len) {
			size_t n = RTE_MIN(1 + (size_t)random() % 200, len - at);

			fake_receive(&conn, s + at, n);
			/* With room for every answer, everything is taken. */
			assert_int_equal(conn.left.len, 0);
			at += n;
		}
		fake_fin(&conn);
		/* It always ends, and all that was sent is whole answers; those to HEAD have
		 * no content, which shows only in what follows them. */
		assert_true(conn.shut || conn.closed);
		for (at = 0; at < conn.sent.len;) {
			struct answer a;
			size_t next = answer_read(&conn.sent, at, true, &a);

			if (next + a.body_len <= conn.sent.len &&
			    (conn.sent.len - next < 9 || memcmp(a.body, "HTTP/1.1 ", 9) != 0))
				next += a.body_len;
			at = next;
		}
		fake_end(&conn, RS_END_CLOSED);
	}
	rs_service_http.destroy(tcp.arg);
}

/* A request that came before is not parsed again, and gets the answer that the parser gives it. */
static void
repeated_requests_get_the_same_answers(void **state __rte_unused)
{
	struct rs_tcp tcp;
	unsigned int i, j;

	listen_default(&tcp);
	for (i = 0; i < 5000; i++) {
		struct rs_tcb bytewise = open_roomy(&tcp);
		char s[512];
		size_t len = strlcpy(s, asked[i % RTE_DIM(asked)].s, sizeof(s));
		size_t at;

		srandom(i);
		if (i >= RTE_DIM(asked))
			len = mutate(s, len);
		/* no segment has a whole request, so that each is parsed */
		for (at = 0; at < len; at++)
			fake_receive(&bytewise, s + at, 1);
		for (j = 0; j < 3; j++) {
			struct rs_tcb conn = open_roomy(&tcp);

			fake_receive(&conn, s, len);
			assert_int_equal(conn.sent.len, bytewise.sent.len);
			assert_memory_equal(conn.sent.data, bytewise.sent.data, conn.sent.len);
			assert_int_equal(conn.shut, bytewise.shut);
			fake_end(&conn, RS_END_CLOSED);
		}
		fake_end(&bytewise, RS_END_CLOSED);
	}
	rs_service_http.destroy(tcp.arg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(get_and_head),
		cmocka_unit_test(statuses),
		cmocka_unit_test(long_target_and_header),
		cmocka_unit_test(http_1_0_keep_alive_is_said),
		cmocka_unit_test(same_answer_at_every_cut),
		cmocka_unit_test(pipeline_with_tiny_room),
		cmocka_unit_test(no_input_while_an_answer_waits),
		cmocka_unit_test(content_is_skipped),
		cmocka_unit_test(after_the_last_answer_input_is_dropped),
		cmocka_unit_test(peer_closes_between_requests),
		cmocka_unit_test(peer_closes_while_an_answer_waits),
		cmocka_unit_test(peer_closes_inside_a_request),
		cmocka_unit_test(contexts_run_out_and_come_back),
		cmocka_unit_test(contexts_come_back_before_content),
		cmocka_unit_test(time_limits_end_connections),
		cmocka_unit_test(no_limit_runs_while_an_answer_waits),
		cmocka_unit_test(nothing_is_kept_when_the_connection_is_gone),
		cmocka_unit_test(date_moves_and_is_never_mixed),
		cmocka_unit_test(head_in_flight_never_changes),
		cmocka_unit_test(file_is_served),
		cmocka_unit_test(empty_body),
		cmocka_unit_test(large_body),
		cmocka_unit_test(create_says_what_is_wrong),
		cmocka_unit_test(mutations_get_whole_answers),
		cmocka_unit_test(repeated_requests_get_the_same_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
