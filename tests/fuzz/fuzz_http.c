/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The parser of HTTP requests (services/http_parse.h), for which it makes no difference where the
 * bytes are split, and the service behind it, on a connection that takes as many bytes as the input
 * says.
 */

#include <stdlib.h>
#include <string.h>

#include "fake_conn.h"
#include "fuzz/fuzz.h"
#include "services/http_parse.h"

/* Read a head in pieces. @return how many bytes belong to it */
static size_t
read_head(const uint8_t *data, size_t size, size_t piece, struct rs_http_request *req)
{
	size_t done = 0;
	uint32_t n, taken;
	uint8_t *exact;

	memset(req, 0, sizeof(*req));
	rs_http_request_init(req);
	while (done < size && !rs_http_request_done(req)) {
		n = (uint32_t)(size - done < piece ? size - done : piece);
		exact = malloc(n);
		memcpy(exact, data + done, n);
		taken = rs_http_request_read(req, exact, n);
		free(exact);
		fuzz_check(taken <= n, "more bytes than there are");
		fuzz_check(taken == n || rs_http_request_done(req), "bytes left without an end");
		done += taken;
	}
	return done;
}

static void
parser(const uint8_t *data, size_t size, size_t piece)
{
	struct rs_http_request whole, pieces;
	size_t n = read_head(data, size, size, &whole);

	fuzz_check(read_head(data, size, piece, &pieces) == n, "another head, read in pieces");
	fuzz_check(rs_http_request_done(&whole) == rs_http_request_done(&pieces) &&
		rs_http_request_begun(&whole) == rs_http_request_begun(&pieces),
		"another state, read in pieces");
	if (!rs_http_request_done(&whole))
		return;
	fuzz_check(whole.error == pieces.error && whole.method == pieces.method,
		"another request, read in pieces");
	if (whole.error == 0)
		fuzz_check(whole.persist == pieces.persist &&
			whole.content_length == pieces.content_length &&
			whole.path.len == pieces.path.len && whole.path.len <= RS_HTTP_TEXT_MAX &&
			memcmp(whole.path.s, pieces.path.s, whole.path.len) == 0,
			"another meaning, read in pieces");
}

/* Each step of the service: bytes, room, time, acknowledgment. */
static void
service(struct rs_tcp *tcp, struct fuzz_in *in, size_t piece)
{
	struct rs_tcb conn = {
		.tcp = tcp,
		.ops = rs_service_http.ops,
		.room = 4000,
		.slots = 2,
	};
	uint32_t n;

	fake_open(&conn);
	while (in->n > 0 && !conn.aborted) {
		n = (uint32_t)(in->n < piece ? in->n : piece);
		fake_receive(&conn, in->p, n);
		in->p += n;
		in->n -= n;
		if (in->n % 3 == 0)
			fake_acked(&conn);
		if (in->n % 5 == 0)
			fake_after(&conn, 1000);
		fake_room(&conn, (uint32_t)(in->n * 7 % 5000), (uint32_t)(in->n % 3));
		fake_forget(&conn);
	}
	if (!conn.aborted)
		fake_fin(&conn);
	fake_end(&conn, RS_END_CLOSED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rs_config_listener config = {
		.body.size = 1000,
		.content_type = "text/x-test",
		.half_requests = 4,
		.header_timeout_ms = 60000,
		.body_timeout_ms = 30000,
		.idle_timeout_ms = 75000,
		.min_rate = 1000,
	};
	static struct rs_tcp tcp;
	struct fuzz_in in = { data, size };
	size_t piece = 1 + fuzz_u8(&in);

	if (tcp.arg == NULL)
		fake_listen(&tcp, &rs_service_http, &config);
	if (in.n == 0)
		return 0;
	parser(in.p, in.n, piece);
	service(&tcp, &in, piece);
	return 0;
}
