/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * HTTP/1.1 (RFC 9112, RFC 9110): GET and HEAD of one resource, a file or a generated body.
 * The state of an answer is kept in the word of the connection, and a request that arrives
 * in one segment on the stack, so memory of a pool is needed only for an incomplete request.
 */

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include <rte_common.h>

#include "http_body.h"
#include "http_parse.h"
#include "services.h"

/* Bytes that a closing connection discards, so that no reset destroys its last answer. */
#define DRAIN_MAX (1024 * 1024)

#define DEFAULT_TYPE "application/octet-stream"
#define DATE_LEN (sizeof("Sun, 06 Nov 1994 08:49:37 GMT") - 1)
#define US_PER_S 1000000
#define MS_PER_S 1000

#define STATUSES(X) \
	X(200, "OK") \
	X(400, "Bad Request") \
	X(404, "Not Found") \
	X(405, "Method Not Allowed") \
	X(408, "Request Timeout") \
	X(411, "Length Required") \
	X(413, "Content Too Large") \
	X(414, "URI Too Long") \
	X(417, "Expectation Failed") \
	X(421, "Misdirected Request") \
	X(431, "Request Header Fields Too Large") \
	X(501, "Not Implemented") \
	X(505, "HTTP Version Not Supported")

static const struct {
	uint16_t code;
	const char *phrase;
} statuses[] = {
#define STATUS_ROW(code, phrase) { code, phrase },
	STATUSES(STATUS_ROW)
};

/* The connection after an answer: it persists, the default of HTTP/1.1; it persists, which
 * HTTP/1.0 needs a field for; it closes. */
enum persistence { PERSIST_11, PERSIST_10, CLOSE, PERSISTENCES };

static const char *const connection_fields[PERSISTENCES] = {
	[PERSIST_11] = "",
	[PERSIST_10] = "Connection: keep-alive\r\n",
	[CLOSE] = "Connection: close\r\n",
};

#define REPLIES (RTE_DIM(statuses) * PERSISTENCES)

/* An answer without the content of a 200. Only its Date changes. */
struct reply {
	uint32_t date;        /* of the text, seconds since 1970 */
	uint16_t date_off;
	uint16_t head_len;    /* the answer to a HEAD */
	uint16_t len;
	bool body;            /* the resource follows the text */
	char text[512];
};

/* An incomplete request. */
struct context {
	TAILQ_ENTRY(context) next;
	struct rs_tcb *tcb;
	struct rs_http_request req;
};
TAILQ_HEAD(contexts, context);

/* Time limits, in milliseconds; 0: none. */
struct limits {
	uint32_t header;
	uint32_t body;
	uint32_t idle;
	uint32_t body_credit; /* for each byte of a request's content, times 2^16; 0: all of body */
};

/* One listener of one worker. */
struct http {
	struct rs_http_body body;
	uint32_t date;        /* seconds since 1970 */
	uint64_t date_until;  /* microseconds of the engine's clock */
	struct limits limits;
	struct context *contexts;
	uint32_t n_contexts;
	uint32_t fresh;       /* contexts from here on have never been used */
	struct contexts free;
	struct contexts half; /* in use, the oldest first */
	struct reply replies[REPLIES];
};

/* State of a connection, which decides about received bytes. */
enum mode {
	READ,    /* they are the head of a request */
	SKIP,    /* they are the content of a request, after which the answer is due */
	REPLY,   /* they stay in the engine, because an answer waits for room */
	DRAIN,   /* they are discarded, because the last answer and a FIN are queued */
};

/* A connection during a callback. */
struct conn {
	struct rs_tcp *tcp;
	struct rs_tcb *tcb;
	struct http *http;
	struct context *ctx;  /* READ: an incomplete request, or NULL */
	bool first;           /* READ: no request has been read yet, and its limit runs */
	uint8_t mode;
	bool head;            /* the request is a HEAD */
	bool last;            /* the answer is the last one */
	uint8_t reply;        /* SKIP, REPLY: index in replies */
	uint16_t sent;        /* REPLY: bytes of its text that are queued */
	uint32_t n;           /* SKIP: bytes left; REPLY: its Date; DRAIN: discarded bytes */
};

/* Between callbacks a connection is one word: in READ the address of a context or 0 before the
 * first request; else an odd number that holds the rest of struct conn. */
static_assert(sizeof(uintptr_t) == sizeof(uint64_t), "a connection's word has 64 bits");
static_assert(REPLIES <= UINT8_MAX, "reply has 8 bits in a connection's word");

static struct conn
conn_load(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uintptr_t word = (uintptr_t)rs_conn_user(tcb);
	struct conn c = { .tcp = tcp, .tcb = tcb, .http = rs_conn_arg(tcp, tcb) };

	if ((word & 1) == 0) {
		c.ctx = (void *)word;
		c.first = word == 0;
		return c;
	}
	c.mode = word >> 1 & 3;
	c.head = word >> 3 & 1;
	c.last = word >> 4 & 1;
	c.reply = (uint8_t)(word >> 8);
	c.sent = (uint16_t)(word >> 16);
	c.n = (uint32_t)(word >> 32);
	return c;
}

static void
conn_store(const struct conn *c)
{
	uintptr_t word = (uintptr_t)c->ctx;

	if (c->mode != READ || (c->ctx == NULL && !c->first))
		word = 1 | (uintptr_t)c->mode << 1 | (uintptr_t)c->head << 3 |
			(uintptr_t)c->last << 4 | (uintptr_t)c->reply << 8 |
			(uintptr_t)c->sent << 16 | (uintptr_t)c->n << 32;
	rs_conn_set_user(c->tcb, (void *)word);
}

static void
context_put(struct conn *c)
{
	if (c->ctx == NULL)
		return;
	TAILQ_REMOVE(&c->http->half, c->ctx, next);
	TAILQ_INSERT_HEAD(&c->http->free, c->ctx, next);
	c->ctx = NULL;
}

/* Reset the connection of the oldest incomplete request, which makes way for a newer one. */
static void
context_evict(struct rs_tcp *tcp, struct http *http)
{
	struct conn oldest = conn_load(tcp, TAILQ_FIRST(&http->half)->tcb);

	context_put(&oldest);
	oldest.mode = DRAIN;
	conn_store(&oldest);
	rs_conn_reset(tcp, oldest.tcb, RS_RESET_service_evicted);
}

/* Take a context. There is always one, because the oldest request makes way. */
static struct context *
context_get(const struct conn *c)
{
	struct http *http = c->http;
	struct context *ctx = &http->contexts[http->fresh];

	if (TAILQ_EMPTY(&http->free) && http->fresh < http->n_contexts) {
		http->fresh++;
	} else {
		if (TAILQ_EMPTY(&http->free))
			context_evict(c->tcp, http);
		ctx = TAILQ_FIRST(&http->free);
		TAILQ_REMOVE(&http->free, ctx, next);
	}
	TAILQ_INSERT_TAIL(&http->half, ctx, next);
	ctx->tcb = c->tcb;
	return ctx;
}

/* RFC 9110 6.6.1, 5.6.7: IMF-fixdate. */
static void
reply_set_date(struct reply *r, uint32_t date)
{
	char text[DATE_LEN + 1];
	time_t t = date;
	struct tm tm;

	if (r->date == date)
		return;
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&t, &tm));
	memcpy(r->text + r->date_off, text, DATE_LEN);
	r->date = date;
}

/* Get the time, from the system at most once a second. */
static uint32_t
http_date(struct http *http, uint64_t now)
{
	if (now >= http->date_until) {
		http->date = (uint32_t)time(NULL);
		http->date_until = now + US_PER_S;
	}
	return http->date;
}

/*
 * Queue the rest of the answer. The engine takes the text in parts, which have the same
 * Date, and the resource as a whole. http_writable() continues if there is no room.
 */
static void
reply_send(struct conn *c)
{
	struct http *http = c->http;
	struct reply *r = &http->replies[c->reply];
	uint16_t end = c->head ? r->head_len : r->len;
	int64_t n = 0;

	/* The engine limits the time that the peer takes to read (send_timeout). */
	rs_conn_set_time_limit(c->tcp, c->tcb, 0);
	reply_set_date(r, c->n);
	if (c->sent < end) {
		n = rs_conn_send_copy(c->tcp, c->tcb, r->text + c->sent,
			(uint32_t)(end - c->sent));
		if (n >= 0)
			c->sent = (uint16_t)(c->sent + n);
		if (n >= 0 && c->sent < end)
			return;
	}
	if (n >= 0 && r->body && !c->head && http->body.len > 0) {
		n = rs_conn_send(c->tcp, c->tcb, http->body.data, http->body.len);
		if (n == 0)
			return;
	}
	/* RFC 9112 9.6: half-close, and read for a time, until the peer closes. If the
	 * connection is gone, received bytes are discarded, too. */
	c->mode = c->last || n < 0 ? DRAIN : READ;
	c->n = 0;
	c->first = false;
	if (c->last)
		rs_conn_finish(c->tcp, c->tcb);
	else
		rs_conn_set_time_limit(c->tcp, c->tcb, http->limits.idle);
}

static void
reply_begin(struct conn *c)
{
	context_put(c);
	c->mode = REPLY;
	c->sent = 0;
	c->n = http_date(c->http, rs_tcp_now(c->tcp));
	reply_send(c);
}

static void
reply_choose(struct conn *c, uint16_t status, enum persistence persistence, bool head)
{
	unsigned int i = 0;

	while (statuses[i].code != status)
		i++;
	c->reply = (uint8_t)(i * PERSISTENCES + persistence);
	c->last = persistence == CLOSE;
	c->head = head;
}

/* Choose the status of a request with valid syntax (RFC 9110 9, 10.1.1, 15). */
static uint16_t
choose_status(const struct http *http, const struct rs_http_request *req)
{
	const struct rs_http_text *path = &req->path;

	if (req->method == RS_HTTP_UNKNOWN)
		return 501;
	if (req->method != RS_HTTP_GET && req->method != RS_HTTP_HEAD)
		return 405;
	if (req->expect_other)
		return 417;
	if (path->len == 1 && path->s[0] == '/')
		return 200;
	if (path->len > 0 && !path->over && path->len == strlen(http->body.path) &&
	    memcmp(path->s, http->body.path, path->len) == 0)
		return 200;
	return 404;
}

/* Answer a complete request: now, or after its content has been skipped. */
static void
request_answer(struct conn *c, const struct rs_http_request *req)
{
	uint16_t status = req->error != 0 ? req->error : choose_status(c->http, req);
	enum persistence persistence = req->minor > 0 ? PERSIST_11 : PERSIST_10;
	bool skip = req->error == 0 && req->content_length > 0;

	/* A client that waits for a 100 (Continue) and gets the final answer may send the
	 * content or not (RFC 9110 10.1.1), so no further request can be read. */
	if (skip && (req->expect_continue || req->expect_other)) {
		persistence = CLOSE;
		skip = false;
	}
	if (req->error != 0 || !req->persist)
		persistence = CLOSE;
	reply_choose(c, status, persistence, req->method == RS_HTTP_HEAD);
	if (skip) {
		c->mode = SKIP;
		c->n = req->content_length;
		context_put(c);
		rs_conn_set_time_limit(c->tcp, c->tcb, c->http->limits.body);
	} else {
		reply_begin(c);
	}
}

/* Keep an incomplete request until the next segment. */
static void
request_keep(struct conn *c, const struct rs_http_request *req)
{
	c->ctx = context_get(c);
	c->ctx->req = *req;
	/* The limit is one of the whole head, so that a byte now and then does not extend it. That
	 * of the first request runs since the connection was opened. */
	if (!c->first)
		rs_conn_set_time_limit(c->tcp, c->tcb, c->http->limits.header);
}

static uint32_t
mode_read(struct conn *c, const uint8_t *data, uint32_t len)
{
	struct rs_http_request here;
	struct rs_http_request *req = c->ctx != NULL ? &c->ctx->req : &here;
	uint32_t n;

	if (c->ctx == NULL)
		rs_http_request_init(&here);
	n = rs_http_request_read(req, data, len);
	if (rs_http_request_done(req))
		request_answer(c, req);
	else if (c->ctx == NULL && rs_http_request_begun(req))
		request_keep(c, req);
	return n;
}

/* Each byte of a request's content earns the time that it takes at min_rate. */
static void
content_came(struct conn *c, uint32_t n)
{
	const struct limits *limits = &c->http->limits;
	uint64_t left = rs_conn_time_left(c->tcp, c->tcb) +
		((uint64_t)n * limits->body_credit >> 16);

	if (limits->body_credit == 0 || left > limits->body)
		left = limits->body;
	rs_conn_set_time_limit(c->tcp, c->tcb, (uint32_t)left);
}

static uint32_t
mode_skip(struct conn *c, uint32_t len)
{
	uint32_t n = RTE_MIN(len, c->n);

	c->n -= n;
	if (c->n == 0)
		reply_begin(c);
	else
		content_came(c, n);
	return n;
}

static uint32_t
mode_drain(struct conn *c, uint32_t len)
{
	c->n += len;
	/* a peer that sends so much has had time to read the answer */
	if (c->n > DRAIN_MAX)
		rs_conn_close(c->tcp, c->tcb);
	return len;
}

static uint32_t
http_data(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m __rte_unused,
	const uint8_t *data, uint32_t len)
{
	struct conn c = conn_load(tcp, tcb);
	uint32_t taken = 0;

	/* an answer that waits for room stops the input (back-pressure) */
	while (taken < len && c.mode != REPLY) {
		if (c.mode == READ)
			taken += mode_read(&c, data + taken, len - taken);
		else if (c.mode == SKIP)
			taken += mode_skip(&c, len - taken);
		else
			taken += mode_drain(&c, len - taken);
	}
	conn_store(&c);
	return taken;
}

static void
http_opened(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct http *http = rs_conn_arg(tcp, tcb);

	rs_conn_set_time_limit(tcp, tcb, http->limits.header);
}

/* Answer a request that did not come in time or as a whole, and close. */
static void
answer_incomplete(struct conn *c, uint16_t status)
{
	bool head = c->ctx != NULL ? c->ctx->req.method == RS_HTTP_HEAD : c->head;

	reply_choose(c, status, CLOSE, head);
	reply_begin(c);
}

static void
http_expired(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct conn c = conn_load(tcp, tcb);

	/* RFC 9110 15.5.9: without a byte of a request there is nothing to answer. */
	if (c.ctx != NULL || c.mode == SKIP)
		answer_incomplete(&c, 408);
	else
		rs_conn_close(tcp, tcb);
	conn_store(&c);
}

static void
http_writable(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct conn c = conn_load(tcp, tcb);

	if (c.mode != REPLY)
		return;
	reply_send(&c);
	conn_store(&c);
	if (c.mode != REPLY)
		rs_conn_resume(tcp, tcb);
}

static void
http_peer_closed(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct conn c = conn_load(tcp, tcb);

	if (c.ctx != NULL || c.mode == SKIP) {
		/* RFC 9112 8: an incomplete request may be answered before the close; a peer
		 * that has closed only its sending side reads the reason. */
		answer_incomplete(&c, 400);
	} else if (c.mode == READ) {
		rs_conn_close(tcp, tcb);
	} else {
		/* the answer that is queued or waits is the last */
		c.last = true;
	}
	conn_store(&c);
}

static void
http_ended(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how __rte_unused)
{
	struct conn c = conn_load(tcp, tcb);

	context_put(&c);
	rs_conn_set_user(tcb, NULL);
}

/* Write the answers, without their Date. */
static void
replies_write(struct http *http, const char *type)
{
	unsigned int i;

	for (i = 0; i < REPLIES; i++) {
		struct reply *r = &http->replies[i];
		uint16_t code = statuses[i / PERSISTENCES].code;
		const char *phrase = statuses[i / PERSISTENCES].phrase;
		char body[64] = "";
		int len;

		r->body = code == 200;
		if (!r->body)
			snprintf(body, sizeof(body), "%u %s\n", code, phrase);
		/* RFC 9110 15.5.6: a 405 has an Allow field */
		len = snprintf(r->text, sizeof(r->text),
			"HTTP/1.1 %u %s\r\nServer: rstack\r\nDate: %*s\r\n%s"
			"Content-Type: %s\r\nContent-Length: %zu\r\n%s\r\n%s",
			code, phrase, (int)DATE_LEN, "",
			code == 405 ? "Allow: GET, HEAD\r\n" : "",
			r->body ? type : "text/plain",
			r->body ? http->body.len : strlen(body),
			connection_fields[i % PERSISTENCES], body);
		r->len = (uint16_t)len;
		r->head_len = (uint16_t)(r->len - strlen(body));
		r->date_off = (uint16_t)(strstr(r->text, "Date: ") + strlen("Date: ") - r->text);
	}
}

static bool
type_is_printable(const char *type)
{
	const char *s;

	for (s = type; *s >= ' ' && *s <= '~'; s++)
		;
	return *s == '\0';
}

static void
http_destroy(void *arg)
{
	struct http *http = arg;

	if (http == NULL)
		return;
	free(http->contexts);
	rs_http_body_free(&http->body);
	free(http);
}

static struct http *
http_alloc(uint32_t n_contexts)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return NULL;
	TAILQ_INIT(&http->free);
	TAILQ_INIT(&http->half);
	http->n_contexts = n_contexts;
	/* the system gives this memory when it is first used */
	http->contexts = calloc(n_contexts, sizeof(*http->contexts));
	if (http->contexts == NULL) {
		free(http);
		return NULL;
	}
	return http;
}

static struct limits
http_limits(const struct rs_config_listener *config)
{
	struct limits limits = {
		.header = config->header_timeout_ms,
		.body = config->body_timeout_ms,
		.idle = rs_service_idle_ms(&rs_service_http, config),
	};

	if (config->min_rate != 0)
		limits.body_credit = (UINT32_C(1000) << 16) / config->min_rate + 1;
	return limits;
}

static int
http_create(const struct rs_config_listener *config, void **arg, char *error, size_t size)
{
	const char *type = config->content_type[0] != '\0' ? config->content_type : DEFAULT_TYPE;
	struct http *http;

	if (!type_is_printable(type)) {
		snprintf(error, size, "the content type has characters that are not printable");
		return -1;
	}
	http = http_alloc(config->half_requests);
	if (http == NULL) {
		snprintf(error, size, "no memory for %u incomplete HTTP requests",
			config->half_requests);
		return -1;
	}
	http->limits = http_limits(config);
	if (rs_http_body_create(&http->body, &config->body, error, size) < 0) {
		http_destroy(http);
		return -1;
	}
	replies_write(http, type);
	*arg = http;
	return 0;
}

static const struct rs_service http_ops = {
	.name = "http",
	.opened = http_opened,
	.data = http_data,
	.writable = http_writable,
	.expired = http_expired,
	.peer_closed = http_peer_closed,
	.ended = http_ended,
};

const struct rs_service_type rs_service_http = {
	.ops = &http_ops,
	.create = http_create,
	.destroy = http_destroy,
	.idle_timeout_ms = 75 * MS_PER_S, /* nginx: keepalive_timeout */
	.send_timeout_ms = 60 * MS_PER_S, /* nginx: send_timeout */
};
