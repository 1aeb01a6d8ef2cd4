/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* HTTP answers of RFC 9112 and RFC 9110, in pieces of every length. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "load/answer.h"

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

struct answer_case {
	const char *text;
	enum rs_answer_state state;
	uint16_t status;
	uint32_t beyond;     /* bytes of text after the end of the answer */
	bool persists;
};

static const struct answer_case cases[] = {
	{ OK "Content-Length: 5\r\n\r\nhello", RS_ANSWER_DONE, 200, 0, true },
	{ OK "Content-Length: 5\r\n\r\nhelloHTTP", RS_ANSWER_DONE, 200, 4, true },
	{ OK "Content-Length: 5\r\n\r\nhell", RS_ANSWER_BODY, 200, 0, false },
	{ OK "content-length:0\r\n\r\n", RS_ANSWER_DONE, 200, 0, true },
	{ OK "Content-Length: 2 \r\nContent-Length: 2\r\n\r\nab", RS_ANSWER_DONE, 200, 0, true },
	{ OK "\r\nany length", RS_ANSWER_CLOSE, 200, 0, false },
	{ OK "Connection: close\r\nContent-Length: 1\r\n\r\na", RS_ANSWER_DONE, 200, 0, false },
	/* options are whole words (RFC 9110 7.6.1) */
	{ OK "Connection: x,\tCLOSE , y\r\nContent-Length: 1\r\n\r\na", RS_ANSWER_DONE, 200, 0,
		false },
	{ OK "Connection: closed, not-close\r\nContent-Length: 1\r\n\r\na", RS_ANSWER_DONE, 200,
		0, true },
	/* a 1.0 connection persists only with keep-alive (RFC 9112 9.3) */
	{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", RS_ANSWER_DONE, 200, 0, false },
	{ "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na",
		RS_ANSWER_DONE, 200, 0, true },
	/* no reason phrase; no carriage return; statuses without content */
	{ "HTTP/1.1 404\r\nContent-Length: 1\r\n\r\na", RS_ANSWER_DONE, 404, 0, true },
	{ "HTTP/1.1 200 OK\nContent-Length: 1\n\na", RS_ANSWER_DONE, 200, 0, true },
	{ "HTTP/1.1 204 No Content\r\n\r\n", RS_ANSWER_DONE, 204, 0, true },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", RS_ANSWER_DONE, 304, 0, true },
	/* interim answers come first (RFC 9110 15.2) */
	{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
		RS_ANSWER_DONE, 200, 0, true },
	/* a line longer than RS_ANSWER_LINE_MAX */
	{ OK "X: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n"
		"Content-Length: 1\r\n\r\na", RS_ANSWER_DONE, 200, 0, true },
	/* chunks, their extensions and a trailer (RFC 9112 7.1) */
	{ CHUNKED "5\r\nhello\r\n0\r\n\r\n", RS_ANSWER_DONE, 200, 0, true },
	{ CHUNKED "5\r\nhello\r\n00A \t;x=\"y\"\r\n0123456789\r\n0\r\n\r\nHTTP",
		RS_ANSWER_DONE, 200, 4, true },
	{ CHUNKED "0\r\nA: b\r\nContent-Length: 7\r\n\r\n", RS_ANSWER_DONE, 200, 0, true },
	{ CHUNKED "1;01234567890123456789012345678901234567890123456789012345678901234567\r\na\r\n"
		"0\r\n\r\n", RS_ANSWER_DONE, 200, 0, true },
	{ CHUNKED "5\nhello\n0\n\n", RS_ANSWER_DONE, 200, 0, true },
	{ CHUNKED "6\r\nhello", RS_ANSWER_BODY, 200, 0, false },
	{ CHUNKED "5\r\nhello", RS_ANSWER_END, 200, 0, false },
	{ CHUNKED "5\r\nhello\r\n", RS_ANSWER_SIZE, 200, 0, false },
	{ CHUNKED "5\r\nhello\r\n0\r\n", RS_ANSWER_TRAILER, 200, 0, false },
	/* a transfer coding overrides Content-Length; only the last coding frames (RFC 9112 6.3) */
	{ OK "Content-Length: 9\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n0\r\n\r\n",
		RS_ANSWER_DONE, 200, 0, true },
	{ OK "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nabc", RS_ANSWER_CLOSE, 200, 0,
		false },
	{ OK "Transfer-Encoding: chunkedx\r\n\r\nabc", RS_ANSWER_CLOSE, 200, 0, false },
	{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
		"0\r\n\r\n", RS_ANSWER_DONE, 200, 0, false },
	{ OK "Content-Length: 1\r\n", RS_ANSWER_HEAD, 200, 0, false },
	{ "", RS_ANSWER_HEAD, 0, 0, false },

	{ "SSH-2.0-x\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ "HTTP/2.0 200 OK\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ "HTTP/1.1 20 OK\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ "HTTP/1.1 2000\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ "\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ OK "Content-Length: -1\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ OK "Content-Length: 1 2\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ OK "Content-Length: 9999999999999999999\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ OK "Content-Length: 1\r\nContent-Length: 2\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ CHUNKED "x\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ CHUNKED "\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ CHUNKED "-1\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ CHUNKED "1 1\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ CHUNKED "1000000000000000\r\n", RS_ANSWER_BAD, 0, 0, false },
	{ CHUNKED "5\r\nhello!\r\n", RS_ANSWER_BAD, 0, 0, false },
};

/* Read text in pieces of `piece` bytes, each in memory of exactly its size. */
static uint32_t
read_in_pieces(struct rs_answer *a, const char *text, size_t piece)
{
	size_t len = strlen(text);
	size_t at, n;
	uint32_t taken = 0;

	memset(a, 0, sizeof(*a));
	for (at = 0; at < len; at += n) {
		uint8_t *copy;

		n = RTE_MIN(piece, len - at);
		copy = malloc(n);
		memcpy(copy, text + at, n);
		if (a->state < RS_ANSWER_DONE)
			taken += rs_answer_read(a, copy, (uint32_t)n);
		free(copy);
	}
	return taken;
}

static void
answer_is_the_same_however_cut(void **state __rte_unused)
{
	size_t i, piece;

	for (i = 0; i < RTE_DIM(cases); i++) {
		const struct answer_case *c = &cases[i];
		size_t len = strlen(c->text);

		for (piece = 1; piece <= len + 1; piece++) {
			struct rs_answer a;
			uint32_t taken = read_in_pieces(&a, c->text, piece);

			if (a.state != c->state)
				fail_msg("%s in pieces of %zu: state %u", c->text, piece, a.state);
			if (c->state == RS_ANSWER_BAD)
				continue;
			assert_int_equal(a.status, c->status);
			assert_int_equal(taken, len - c->beyond);
			assert_int_equal(rs_answer_persists(&a), c->persists);
		}
	}
}

/* A head that never ends is no answer. */
static void
answer_head_is_bounded(void **state __rte_unused)
{
	static const uint8_t field[] = "A: b\r\n";
	struct rs_answer a = { 0 };
	uint32_t taken;

	taken = rs_answer_read(&a, (const uint8_t *)OK, strlen(OK));
	while (a.state == RS_ANSWER_HEAD && taken < 1000000)
		taken += rs_answer_read(&a, field, sizeof(field) - 1);
	assert_int_equal(a.state, RS_ANSWER_BAD);
	assert_int_equal(taken, RS_ANSWER_HEAD_MAX + 1);
}

/* Each chunk begins anew, so any number of them is read; their lines are bounded. */
static void
answer_may_have_many_chunks(void **state __rte_unused)
{
	static const uint8_t chunk[] = "1\r\na\r\n";
	static const uint8_t extension[] = "1;aaaaaaaa";
	struct rs_answer a = { 0 };
	uint32_t taken, i;

	rs_answer_read(&a, (const uint8_t *)CHUNKED, strlen(CHUNKED));
	for (i = 0; i < RS_ANSWER_HEAD_MAX; i++)
		assert_int_equal(rs_answer_read(&a, chunk, sizeof(chunk) - 1), sizeof(chunk) - 1);
	assert_int_equal(a.state, RS_ANSWER_SIZE);
	taken = 0;
	while (a.state == RS_ANSWER_SIZE && taken < 1000000)
		taken += rs_answer_read(&a, extension, sizeof(extension) - 1);
	assert_int_equal(a.state, RS_ANSWER_BAD);
}

/* Random bytes neither crash the reader nor are accepted as an answer. */
static void
noise_is_no_answer(void **state __rte_unused)
{
	uint32_t x = 2463534242u;
	unsigned int round, i;

	for (round = 0; round < 20000; round++) {
		struct rs_answer a = { 0 };
		uint8_t noise[64];

		for (i = 0; i < sizeof(noise); i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			/* many newlines, so that lines end */
			noise[i] = x % 9 == 0 ? '\n' : (uint8_t)x;
		}
		if (round % 2 == 0)
			rs_answer_read(&a, (const uint8_t *)OK, strlen(OK));
		rs_answer_read(&a, noise, sizeof(noise));
		if (round % 2 != 0)
			assert_true(a.state == RS_ANSWER_BAD || a.state == RS_ANSWER_HEAD);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_is_no_answer),
		cmocka_unit_test(answer_head_is_bounded),
		cmocka_unit_test(answer_may_have_many_chunks),
		cmocka_unit_test(answer_is_the_same_however_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
