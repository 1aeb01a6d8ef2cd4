/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The request parser against RFC 9112 and RFC 9110: what is refused, and what is read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "services/http_parse.h"

#define HOST "Host: a\r\n"

/* A request by its text and length, since some hold a NUL. */
struct request {
	const char *s;
	uint16_t error;
};

static const struct request refused[] = {
	/* RFC 9112 2.2: a bare CR, anywhere; lines that LF alone ends (MAY) are not taken. */
	{ "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400 },
	{ "GET /\rHTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\rX\n" HOST "\r\n", 400 },
	{ "\rGET / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\r\n", 400 },
	{ "GET / HTTP/1.1\n" HOST "\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a\n\r\n", 400 },
	/* RFC 9112 2.2: white space between the request line and the first field. */
	{ "GET / HTTP/1.1\r\n " HOST "\r\n", 400 },
	/* RFC 9112 3: the request line. */
	{ " GET / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
	{ "GET /  HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /\r\n", 400 },
	{ "GET\r\n", 400 },
	{ "GE(T / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "\x16\x03\x01\x02", 400 },
	/* RFC 9112 2.3: the version. */
	{ "GET / http/1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1.12\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/11\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/x.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/1,1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTPS1.1\r\n" HOST "\r\n", 400 },
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
	{ "GET / HTTP/0.9\r\n" HOST "\r\n", 505 },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
	/* RFC 9112 3.2, RFC 3986: the target. */
	{ "GET a HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET * HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "OPTIONS *x HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET ?q HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /<a> HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /\x80 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /%4 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /%4g HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET /?%g4 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "CONNECT / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "CONNECT  HTTP/1.1\r\n" HOST "\r\n", 400 },
	/* RFC 9110 4.2.1: an empty host; 4.2.4: userinfo; 7.4: https on a plain connection. */
	{ "GET http:///x HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET http://:80/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET http://u@h/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET http://h:8x/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET http:/h/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "GET https://h/ HTTP/1.1\r\n" HOST "\r\n", 421 },
	{ "GET ftp://h/ HTTP/1.1\r\n" HOST "\r\n", 421 },
	/* RFC 9112 5, 5.1: field names, and no white space before the colon. */
	{ "GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X(: a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X\x80: a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n", 400 },
	/* RFC 9112 5.2: obs-fold. */
	{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n", 400 },
	/* RFC 9110 5.5: control characters in a value. */
	{ "GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n", 400 },
	/* RFC 9112 3.2: Host. */
	{ "GET / HTTP/1.1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
	{ "GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: []\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a%4\r\n\r\n", 400 },
	{ "GET http://h/ HTTP/1.1\r\n\r\n", 400 },
	/* RFC 9112 6.3 item 5, RFC 9110 8.6: Content-Length. */
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1x\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1 1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 2\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\ncontent-length: 1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\n", 413 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 4294967297\r\n\r\n", 413 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", 413 },
	/* RFC 9112 6.3 items 3 and 4, 6.1: Transfer-Encoding. */
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
	  "Content-Length: 1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n", 400 },
	{ "GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 411 },
	{ "GET / HTTP/1.1\r\n" HOST "transfer-encoding: , Chunked \r\n\r\n", 411 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n", 501 },
};

static void
refused_with_the_status_due(void **state __rte_unused)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(refused); i++) {
		const char *s = refused[i].s;
		struct rs_http_request req;

		rs_http_request_init(&req);
		rs_http_request_read(&req, (const uint8_t *)s, (uint32_t)strlen(s));
		if (!rs_http_request_done(&req) || req.error != refused[i].error)
			fail_msg("%u instead of %u for: %s", req.error, refused[i].error, s);
	}
}

static void
nul_is_refused_everywhere(void **state __rte_unused)
{
	/* RFC 9110 5.5, RFC 9112 3, 5.1: NUL is in no part of the grammar. */
	static const char good[] = "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
	size_t i;

	for (i = 0; i < strlen(good); i++) {
		char bad[sizeof(good)];
		struct rs_http_request req;

		memcpy(bad, good, sizeof(bad));
		bad[i] = '\0';
		rs_http_request_init(&req);
		rs_http_request_read(&req, (const uint8_t *)bad, sizeof(bad) - 1);
		assert_true(rs_http_request_done(&req));
		assert_int_equal(req.error, 400);
	}
}

/* Requests that are good, and what is read out of them. */
static const struct {
	const char *s;
	const char *path;
	uint8_t method;
	bool persist;
	uint32_t content_length;
} taken[] = {
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", "/", RS_HTTP_GET, true, 0 },
	{ "HEAD /a/b.c?d/e?f HTTP/1.1\r\n" HOST "\r\n", "/a/b.c", RS_HTTP_HEAD, true, 0 },
	{ "GET /%7ea%20%41%3f HTTP/1.1\r\n" HOST "\r\n", "/~a A?", RS_HTTP_GET, true, 0 },
	{ "GET /-._~!$&'()*+,;=:@ HTTP/1.1\r\n" HOST "\r\n", "/-._~!$&'()*+,;=:@", RS_HTTP_GET,
	  true, 0 },
	/* RFC 9110 9.1: methods are case-sensitive. */
	{ "get / HTTP/1.1\r\n" HOST "\r\n", "/", RS_HTTP_UNKNOWN, true, 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 1048576\r\n\r\n", "/", RS_HTTP_OTHER, true,
	  1048576 },
	{ "PUT / HTTP/1.1\r\n" HOST "content-LENGTH:\t007 \r\n\r\n", "/", RS_HTTP_OTHER, true, 7 },
	/* RFC 9112 3.2.2 to 3.2.4: the other forms of a target. */
	{ "GET http://www.example.org/pub/a HTTP/1.1\r\n" HOST "\r\n", "/pub/a", RS_HTTP_GET, true,
	  0 },
	{ "GET HTTP://h HTTP/1.1\r\n" HOST "\r\n", "/", RS_HTTP_GET, true, 0 },
	{ "GET http://h:/x/y HTTP/1.1\r\n" HOST "\r\n", "/x/y", RS_HTTP_GET, true, 0 },
	{ "GET http://h:80?q HTTP/1.1\r\n" HOST "\r\n", "/", RS_HTTP_GET, true, 0 },
	{ "GET http://[2001:db8::1]:80/x HTTP/1.1\r\n" HOST "\r\n", "/x", RS_HTTP_GET, true, 0 },
	{ "CONNECT www.example.com:80 HTTP/1.1\r\n" HOST "\r\n", "", RS_HTTP_CONNECT, true, 0 },
	{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "", RS_HTTP_OPTIONS, true, 0 },
	/* RFC 9112 2.2: empty lines before the request. */
	{ "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "/", RS_HTTP_GET, true, 0 },
	/* RFC 9112 2.3, RFC 9110 2.5: a higher minor version is as 1.1. */
	{ "GET / HTTP/1.9\r\n" HOST "\r\n", "/", RS_HTTP_GET, true, 0 },
	/* RFC 9112 3.2: Host may be empty, and missing in HTTP/1.0. */
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", "/", RS_HTTP_GET, true, 0 },
	{ "GET / HTTP/1.1\r\nhost:  192.0.2.1:8080\t\r\n\r\n", "/", RS_HTTP_GET, true, 0 },
	{ "GET / HTTP/1.1\r\nHost: [::1]:\r\n\r\n", "/", RS_HTTP_GET, true, 0 },
	{ "GET / HTTP/1.1\r\nHost: a%2Db\r\n\r\n", "/", RS_HTTP_GET, true, 0 },
	/* RFC 9112 9.3: persistence. */
	{ "GET / HTTP/1.0\r\n\r\n", "/", RS_HTTP_GET, false, 0 },
	{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "/", RS_HTTP_GET, true, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "/", RS_HTTP_GET, false, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: a,\t,CLOSE , b\r\n\r\n", "/", RS_HTTP_GET, false,
	  0 },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n", "/",
	  RS_HTTP_GET, false, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: closed, not-close\r\n\r\n", "/", RS_HTTP_GET, true,
	  0 },
	{ "GET / HTTP/1.1\r\n" HOST "X-Connection: close\r\n\r\n", "/", RS_HTTP_GET, true, 0 },
	/* RFC 9110 5.5: any other value, and an empty one. */
	{ "GET / HTTP/1.1\r\n" HOST "X: \"(,\x80\xff)\"\tz\r\nY:\r\n!#$%&'*+-.^_`|~9z: a\r\n\r\n",
	  "/", RS_HTTP_GET, true, 0 },
};

/* Read all of it in pieces of n bytes, and check the result. */
static void
check_taken(unsigned int i, uint32_t n)
{
	const char *s = taken[i].s;
	uint32_t len = (uint32_t)strlen(s), at = 0;
	struct rs_http_request req;

	rs_http_request_init(&req);
	while (at < len && !rs_http_request_done(&req)) {
		uint32_t piece = RTE_MIN(n, len - at);

		assert_int_equal(rs_http_request_read(&req, (const uint8_t *)s + at, piece), piece);
		at += piece;
	}
	if (!rs_http_request_done(&req) || at != len || req.error != 0)
		fail_msg("error %u at %u of %u: %s", req.error, at, len, s);
	assert_int_equal(req.method, taken[i].method);
	assert_int_equal(req.persist, taken[i].persist);
	assert_int_equal(req.content_length, taken[i].content_length);
	assert_int_equal(req.path.len, strlen(taken[i].path));
	assert_memory_equal(req.path.s, taken[i].path, req.path.len);
}

static void
taken_whatever_the_pieces(void **state __rte_unused)
{
	unsigned int i;
	uint32_t n;

	for (i = 0; i < RTE_DIM(taken); i++) {
		for (n = 1; n <= strlen(taken[i].s); n++)
			check_taken(i, n);
	}
}

static void
reading_stops_behind_the_head(void **state __rte_unused)
{
	static const char two[] = "GET / HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n" HOST "\r\n";
	struct rs_http_request req;
	uint32_t n;

	rs_http_request_init(&req);
	assert_false(rs_http_request_begun(&req));
	n = rs_http_request_read(&req, (const uint8_t *)two, sizeof(two) - 1);
	assert_int_equal(n, strlen("GET / HTTP/1.1\r\n" HOST "\r\n"));
	assert_true(rs_http_request_done(&req));
	assert_int_equal(rs_http_request_read(&req, (const uint8_t *)two + n, 1), 0);
}

static void
expectations(void **state __rte_unused)
{
	/* RFC 9110 10.1.1. */
	static const struct {
		const char *s;
		bool is_continue, other;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n" HOST "\r\n", false, false },
		{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n\r\n", true, false },
		{ "GET / HTTP/1.0\r\n" HOST "Expect: 100-continue\r\n\r\n", false, false },
		{ "GET / HTTP/1.1\r\n" HOST "Expect: a=b\r\n\r\n", false, true },
		{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue, x\r\n\r\n", true, true },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		struct rs_http_request req;

		rs_http_request_init(&req);
		rs_http_request_read(&req, (const uint8_t *)cases[i].s,
			(uint32_t)strlen(cases[i].s));
		assert_true(rs_http_request_done(&req));
		assert_int_equal(req.error, 0);
		assert_int_equal(req.expect_continue, cases[i].is_continue);
		assert_int_equal(req.expect_other, cases[i].other);
	}
}

/* Read "before", n times c, "after"; return the error. */
static uint16_t
read_long(const char *before, char c, size_t n, const char *after)
{
	size_t len = strlen(before) + n + strlen(after);
	char *s = malloc(len + 1);
	struct rs_http_request req;

	assert_non_null(s);
	strcpy(s, before);
	memset(s + strlen(before), c, n);
	strcpy(s + strlen(before) + n, after);
	rs_http_request_init(&req);
	rs_http_request_read(&req, (const uint8_t *)s, (uint32_t)len);
	assert_true(rs_http_request_done(&req));
	free(s);
	return req.error;
}

static void
limits_are_exact(void **state __rte_unused)
{
	static const char end[] = " HTTP/1.1\r\n" HOST "\r\n";
	/* Of the section, but for X's value: "Host: a" CRLF, "X:" CRLF, CRLF. */
	const size_t around = strlen(HOST "X:\r\n\r\n");

	/* RFC 9112 3: lines of 8000 octets at least; a longer target is answered by 414. */
	assert_int_equal(read_long("GET /", 'a', 7999, end), 0);
	assert_int_equal(read_long("GET /", 'a', 8000, end), 414);
	assert_int_equal(read_long("GET /?", 'a', 7999, end), 414);
	assert_int_equal(read_long("GET http://h/", 'a', 8000, end), 414);
	/* RFC 9112 3: 501 for a method longer than any. */
	assert_int_equal(read_long("", 'A', 10000, " / HTTP/1.1\r\n" HOST "\r\n"), 501);
	/* RFC 6585 5. */
	assert_int_equal(read_long("GET / HTTP/1.1\r\n" HOST "X:", 'a', 16384 - around,
		"\r\n\r\n"), 0);
	assert_int_equal(read_long("GET / HTTP/1.1\r\n" HOST "X:", 'a', 16385 - around,
		"\r\n\r\n"), 431);
	assert_int_equal(read_long("GET / HTTP/1.1\r\n" HOST, 'N', 17000, ":\r\n\r\n"), 431);
	/* A name, a value and an authority that are longer than what is kept. */
	assert_int_equal(read_long("GET / HTTP/1.1\r\n" HOST, 'N', 9000, ":\r\n\r\n"), 0);
	assert_int_equal(read_long("GET / HTTP/1.1\r\n" HOST "Connection: ", 'c', 9000, "\r\n\r\n"),
		0);
	assert_int_equal(read_long("GET / HTTP/1.1\r\nHost: ", 'h', 255, ":65535\r\n\r\n"), 0);
	assert_int_equal(read_long("GET / HTTP/1.1\r\nHost: ", 'h', 300, "\r\n\r\n"), 400);
	assert_int_equal(read_long("GET http://", 'h', 300, "/ HTTP/1.1\r\n" HOST "\r\n"), 400);
	assert_int_equal(read_long("GET / HTTP/1.1\r\n" HOST "Content-Length: ", '0', 300,
		"\r\n\r\n"), 400);
}

static uint16_t
read_fields(unsigned int n)
{
	char s[4096] = "GET / HTTP/1.1\r\n" HOST;
	size_t len = strlen(s);
	struct rs_http_request req;
	unsigned int i;

	for (i = 1; i < n; i++)
		len += (size_t)snprintf(s + len, sizeof(s) - len, "X%u: y\r\n", i);
	len += (size_t)snprintf(s + len, sizeof(s) - len, "\r\n");
	rs_http_request_init(&req);
	rs_http_request_read(&req, (const uint8_t *)s, (uint32_t)len);
	assert_true(rs_http_request_done(&req));
	return req.error;
}

static void
fields_are_limited(void **state __rte_unused)
{
	assert_int_equal(read_fields(100), 0);
	assert_int_equal(read_fields(101), 431);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_with_the_status_due),
		cmocka_unit_test(nul_is_refused_everywhere),
		cmocka_unit_test(taken_whatever_the_pieces),
		cmocka_unit_test(reading_stops_behind_the_head),
		cmocka_unit_test(expectations),
		cmocka_unit_test(limits_are_exact),
		cmocka_unit_test(fields_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
