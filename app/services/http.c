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

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "http_body.h"
#include "http_known.h"
#include "http_page.h"
#include "http_parse.h"
#include "http_reply.h"
#include "services.h"

/* Bytes that a closing connection discards, so that no reset destroys its last answer. */
#define DRAIN_MAX (1024 * 1024)

#define DEFAULT_TYPE "application/octet-stream"
#define MS_PER_S 1000

/* Time between two pieces of a page, in milliseconds. */
#define PIECE_MS 1

/* An incomplete request. */
struct context {
	TAILQ_ENTRY(context) next;
	struct rs_tcb *tcb;
	uint8_t held;         /* of struct conn */
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
	struct limits limits;
	struct context *contexts;
	uint32_t n_contexts;
	uint32_t fresh;       /* contexts from here on have never been used */
	struct contexts free;
	struct contexts half; /* in use, the oldest first */
	struct rs_http_replies replies;
	struct rs_http_pages *pages; /* written for each request; NULL: the resource is served */
	struct rs_http_known known[RS_HTTP_KNOWN_MAX];
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
	uint8_t reply;        /* SKIP, REPLY: index of the answer */
	uint8_t held;         /* index of the dated answers that it may have in flight, or of
			       * its page; 0: none */
	uint16_t sent;        /* REPLY: bytes of its text that are queued */
	uint32_t n;           /* SKIP: bytes left; REPLY: its Date; DRAIN: discarded bytes */
};

/* Between callbacks a connection is one word: in READ the address of a context or 0 before the
 * first request; else an odd number that holds the rest of struct conn. */
static_assert(sizeof(uintptr_t) == sizeof(uint64_t), "a connection's word has 64 bits");
static_assert(RS_HTTP_REPLIES_MAX <= 1 << 6, "reply has 6 bits in a connection's word");
static_assert(RS_HTTP_REPLY_MAX < 1 << 10, "sent has 10 bits in a connection's word");

static struct conn
conn_load(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uintptr_t word = (uintptr_t)rs_conn_user(tcb);
	struct conn c = { .tcp = tcp, .tcb = tcb, .http = rs_conn_arg(tcp, tcb) };

	if ((word & 1) == 0) {
		c.ctx = (void *)word;
		c.first = word == 0;
		c.held = c.first ? 0 : c.ctx->held;
		return c;
	}
	c.mode = word >> 1 & 3;
	c.head = word >> 3 & 1;
	c.last = word >> 4 & 1;
	c.reply = word >> 5 & 0x3f;
	c.sent = word >> 11 & 0x3ff;
	c.held = (uint8_t)(word >> 24);
	c.n = (uint32_t)(word >> 32);
	return c;
}

static void
conn_store(const struct conn *c)
{
	uintptr_t word = (uintptr_t)c->ctx;

	if (c->mode != READ || (c->ctx == NULL && !c->first))
		word = 1 | (uintptr_t)c->mode << 1 | (uintptr_t)c->head << 3 |
			(uintptr_t)c->last << 4 | (uintptr_t)c->reply << 5 |
			(uintptr_t)c->sent << 11 | (uintptr_t)c->held << 24 |
			(uintptr_t)c->n << 32;
	else if (c->ctx != NULL)
		c->ctx->held = c->held;
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

/* Hold the dated answers of an index, in place of those that the connection held before. */
static inline void
dated_hold(struct conn *c, uint8_t index)
{
	struct rs_http_dated *dated = c->http->replies.dated;

	if (c->held != 0)
		dated[c->held].holders--;
	if (index != 0)
		dated[index].holders++;
	c->held = index;
}

/* The answer is queued, or n < 0: the connection is gone. */
static inline void
reply_end(struct conn *c, int64_t n)
{
	/* RFC 9112 9.6: half-close, and read for a time, until the peer closes. If the
	 * connection is gone, received bytes are discarded, too. */
	c->mode = c->last || n < 0 ? DRAIN : READ;
	c->n = 0;
	c->first = false;
	if (c->last)
		rs_conn_finish(c->tcp, c->tcb);
	else
		rs_conn_set_time_limit(c->tcp, c->tcb, c->http->limits.idle);
}

/*
 * Queue the rest of the answer. The engine takes the text in parts, which have the same
 * Date, and the resource as a whole. http_writable() continues if there is no room.
 */
static void
reply_send(struct conn *c)
{
	struct http *http = c->http;
	struct rs_http_reply *r = &http->replies.reply[c->reply];
	uint16_t end = c->head ? r->head_len : r->len;
	int64_t n = 0;

	/* The engine limits the time that the peer takes to read (send_timeout). */
	rs_conn_set_time_limit(c->tcp, c->tcb, 0);
	if (c->sent < end) {
		rs_http_reply_set_date(r, c->n);
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
	reply_end(c, n);
}

/*
 * Queue the dated answer, which is immutable: the whole answer, or its text. The connection holds
 * the dated answers of one second at a time, so that it can change to those of another second
 * only when nothing is in flight.
 *
 * @return whether it is queued
 */
static inline bool
reply_send_dated(struct conn *c, const struct rs_http_reply *r)
{
	const struct rs_http_replies *replies = &c->http->replies;
	uint8_t current = replies->current;

	if (r->dated_len == 0 || current == 0)
		return false;
	if (c->held != current && c->held != 0 && rs_conn_unacked(c->tcp, c->tcb))
		return false;
	if (rs_conn_send(c->tcp, c->tcb, replies->dated[current].text[r->persistence],
			c->head ? r->head_len : r->dated_len) <= 0)
		return false;
	if (c->held != current)
		dated_hold(c, current);
	return true;
}

/* Whether the dated answer is the whole answer. */
static inline bool
dated_is_whole(const struct conn *c, const struct rs_http_reply *r)
{
	return r->joined || c->head;
}

/*
 * Write the page of an answer, and send it if it is written. Between its pieces the worker polls,
 * because a time limit of a millisecond runs: nothing is in flight, which would stop it.
 */
static void
page_continue(struct conn *c, struct rs_http_page *page)
{
	uint32_t date = rs_http_replies_date(&c->http->replies, &c->http->body,
		rs_tcp_now(c->tcp));
	int64_t n;

	if (!page->written && !rs_http_page_write(c->http->pages, page, date, c->last)) {
		rs_conn_set_time_limit(c->tcp, c->tcb, PIECE_MS);
		return;
	}
	rs_conn_set_time_limit(c->tcp, c->tcb, 0);
	n = rs_conn_send(c->tcp, c->tcb, page->memory + page->start,
		page->head_len + (c->head ? 0 : page->len));
	if (n != 0)
		reply_end(c, n);
}

/* Continue the answer, of a page or of another kind. */
static void
reply_continue(struct conn *c)
{
	struct rs_http_page *page = c->http->pages == NULL ? NULL :
		rs_http_page_of(c->http->pages, c->held, c->tcb);

	if (page != NULL && c->http->replies.reply[c->reply].body)
		page_continue(c, page);
	else
		reply_send(c);
}

/* Take a page for the answer; without one the answer is 503. @return whether there is one */
static bool
page_begin(struct conn *c)
{
	const struct rs_http_reply *r = &c->http->replies.reply[c->reply];

	c->held = rs_http_page_take(c->http->pages, c->tcp, c->tcb);
	if (c->held != 0)
		return true;
	c->reply = rs_http_reply_find(503, (enum rs_http_persistence)r->persistence);
	return false;
}

/* Begin the answer that was chosen. */
static void
reply_begin(struct conn *c)
{
	struct rs_http_replies *replies = &c->http->replies;
	const struct rs_http_reply *r = &replies->reply[c->reply];

	context_put(c);
	c->mode = REPLY;
	c->n = rs_http_replies_date(replies, &c->http->body, rs_tcp_now(c->tcp));
	c->sent = 0;
	if (unlikely(c->http->pages != NULL) && r->body && page_begin(c)) {
		reply_continue(c);
		return;
	}
	if (reply_send_dated(c, r)) {
		c->sent = c->head ? r->head_len : r->len;
		if (dated_is_whole(c, r)) {
			reply_end(c, 0);
			return;
		}
	}
	reply_send(c);
}

static void
reply_choose(struct conn *c, uint16_t status, enum rs_http_persistence persistence, bool head)
{
	c->reply = rs_http_reply_find(status, persistence);
	c->last = persistence == RS_HTTP_CLOSE;
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

/* Choose the answer to a complete request. @return whether its content is skipped before */
static bool
request_choose(struct conn *c, const struct rs_http_request *req)
{
	uint16_t status = req->error != 0 ? req->error : choose_status(c->http, req);
	enum rs_http_persistence persistence = req->minor > 0 ? RS_HTTP_PERSIST_11 :
		RS_HTTP_PERSIST_10;
	bool skip = req->error == 0 && req->content_length > 0;

	/* A client that waits for a 100 (Continue) and gets the final answer may send the
	 * content or not (RFC 9110 10.1.1), so no further request can be read. */
	if (skip && (req->expect_continue || req->expect_other)) {
		persistence = RS_HTTP_CLOSE;
		skip = false;
	}
	if (req->error != 0 || !req->persist)
		persistence = RS_HTTP_CLOSE;
	reply_choose(c, status, persistence, req->method == RS_HTTP_HEAD);
	return skip;
}

/* Skip the content of a request, after which the answer is due. */
static void
content_begin(struct conn *c, uint32_t content_length)
{
	c->mode = SKIP;
	c->n = content_length;
	context_put(c);
	rs_conn_set_time_limit(c->tcp, c->tcb, c->http->limits.body);
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

/* Parse the head of a request that is not known. @return how many bytes it took */
static uint32_t
request_parse(struct conn *c, const uint8_t *data, uint32_t len)
{
	struct rs_http_request here;
	struct rs_http_request *req = c->ctx != NULL ? &c->ctx->req : &here;
	uint32_t n;

	if (c->ctx == NULL)
		rs_http_request_init(&here);
	n = rs_http_request_read(req, data, len);
	if (!rs_http_request_done(req)) {
		if (c->ctx == NULL && rs_http_request_begun(req))
			request_keep(c, req);
		return n;
	}
	if (request_choose(c, req)) {
		content_begin(c, req->content_length);
		return n;
	}
	if (c->ctx == NULL && req->error == 0) {
		const struct rs_http_known choice = {
			.reply = c->reply, .head = c->head, .last = c->last,
		};

		rs_http_known_keep(c->http->known, &choice, data, n);
	}
	reply_begin(c);
	return n;
}

/* Choose the answer to the request, if it is known. @return whether it is */
static inline bool
known_choose(struct conn *c, const uint8_t *data, uint32_t len)
{
	const struct rs_http_known *known = rs_http_known_find(c->http->known, data, len);

	if (known == NULL)
		return false;
	c->reply = known->reply;
	c->head = known->head;
	c->last = known->last;
	return true;
}

static uint32_t
mode_read(struct conn *c, const uint8_t *data, uint32_t len)
{
	if (c->ctx != NULL || !known_choose(c, data, len))
		return request_parse(c, data, len);
	reply_begin(c);
	return len;
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

/* Receive bytes of any request, in any state. */
static __rte_noinline uint32_t
receive(struct rs_tcp *tcp, struct rs_tcb *tcb, const uint8_t *data, uint32_t len)
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

/* Answer a request that is known by a dated answer. @return whether that is the answer */
static inline bool
answer_known(struct conn *c, const uint8_t *data, uint32_t len)
{
	struct rs_http_replies *replies = &c->http->replies;
	const struct rs_http_reply *r;

	if (!known_choose(c, data, len))
		return false;
	r = &replies->reply[c->reply];
	rs_http_replies_date(replies, &c->http->body, rs_tcp_now(c->tcp));
	if (!dated_is_whole(c, r) || !reply_send_dated(c, r))
		return false;
	reply_end(c, 0);
	return true;
}

/* Most requests come in one segment and are known. The compiler keeps their struct conn in
 * registers, because no function that is not inlined gets its address. */
static uint32_t
http_data(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m __rte_unused,
	const uint8_t *data, uint32_t len)
{
	struct conn c = conn_load(tcp, tcb);

	if (unlikely(c.mode != READ || c.ctx != NULL || !answer_known(&c, data, len)))
		return receive(tcp, tcb, data, len);
	conn_store(&c);
	return len;
}

static void
http_opened(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct http *http = rs_conn_arg(tcp, tcb);

	rs_conn_set_time_limit(tcp, tcb, http->limits.header);
}

/* Answer a request that did not come in time or as a whole, and close. */
static __rte_noinline void
answer_incomplete(struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t status)
{
	struct conn c = conn_load(tcp, tcb);
	bool head = c.ctx != NULL ? c.ctx->req.method == RS_HTTP_HEAD : c.head;

	reply_choose(&c, status, RS_HTTP_CLOSE, head);
	reply_begin(&c);
	conn_store(&c);
}

static void
http_writable(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct conn c = conn_load(tcp, tcb);

	if (c.mode != REPLY)
		return;
	reply_continue(&c);
	conn_store(&c);
	if (c.mode != REPLY)
		rs_conn_resume(tcp, tcb);
}

static void
http_expired(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct conn c = conn_load(tcp, tcb);

	/* RFC 9110 15.5.9: without a byte of a request there is nothing to answer. */
	if (c.ctx != NULL || c.mode == SKIP)
		answer_incomplete(tcp, tcb, 408);
	else if (c.mode == REPLY)
		http_writable(tcp, tcb); /* the next piece of a page is due */
	else
		rs_conn_close(tcp, tcb);
}

static void
http_peer_closed(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct conn c = conn_load(tcp, tcb);

	if (c.ctx != NULL || c.mode == SKIP) {
		/* RFC 9112 8: an incomplete request may be answered before the close; a peer
		 * that has closed only its sending side reads the reason. */
		answer_incomplete(tcp, tcb, 400);
	} else if (c.mode == READ) {
		rs_conn_close(tcp, tcb);
	} else {
		/* the answer that is queued or waits is the last */
		c.last = true;
		conn_store(&c);
	}
}

static void
http_ended(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how __rte_unused)
{
	struct conn c = conn_load(tcp, tcb);

	context_put(&c);
	if (c.http->pages != NULL)
		rs_http_page_give_back(c.http->pages, tcb);
	else
		dated_hold(&c, 0);
	rs_conn_set_user(tcb, NULL);
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
	if (http->pages != NULL)
		rs_http_pages_free(http->pages);
	free(http->pages);
	rs_http_replies_free(&http->replies);
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
	if (rs_http_replies_create(&http->replies, &http->body, type) < 0) {
		snprintf(error, size, "no memory for the answers of http");
		http_destroy(http);
		return -1;
	}
	*arg = http;
	return 0;
}

/* The resource of a listener of the service metrics is a text that the appliance writes. */
static int
metrics_create(const struct rs_config_listener *config, void **arg, char *error, size_t size)
{
	struct rs_config_listener own = *config;
	struct http *http;
	unsigned int i;

	own.body = (struct rs_config_bytes){ .size = 0 };
	if (http_create(&own, arg, error, size) < 0)
		return -1;
	http = *arg;
	/* the content is not known before the request */
	for (i = 0; i < RTE_DIM(http->replies.reply); i++) {
		if (http->replies.reply[i].body)
			http->replies.reply[i].dated_len = 0;
	}
	snprintf(http->body.path, sizeof(http->body.path), "/metrics");
	return 0;
}

static int
metrics_give(void *arg, const struct rs_service_text *text)
{
	struct http *http = arg;

	http->pages = calloc(1, sizeof(*http->pages));
	if (http->pages == NULL)
		return -1;
	return rs_http_pages_create(http->pages, text);
}

#define HTTP_OPS(name_) { \
	.name = name_, \
	.opened = http_opened, \
	.data = http_data, \
	.writable = http_writable, \
	.expired = http_expired, \
	.peer_closed = http_peer_closed, \
	.ended = http_ended, \
}
static const struct rs_service http_ops = HTTP_OPS("http");
static const struct rs_service metrics_ops = HTTP_OPS("metrics");

const struct rs_service_type rs_service_http = {
	.ops = &http_ops,
	.create = http_create,
	.destroy = http_destroy,
	.idle_timeout_ms = 75 * MS_PER_S, /* nginx: keepalive_timeout */
	.send_timeout_ms = 60 * MS_PER_S, /* nginx: send_timeout */
};

const struct rs_service_type rs_service_metrics = {
	.ops = &metrics_ops,
	.create = metrics_create,
	.give = metrics_give,
	.destroy = http_destroy,
	.idle_timeout_ms = 75 * MS_PER_S,
	.send_timeout_ms = 60 * MS_PER_S,
};
