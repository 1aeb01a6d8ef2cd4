/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Slow clients of the http service over the engine, in simulated time: half requests
 * (slow-loris), slow reading, idle connections. Honest clients must be served meanwhile.
 */

#include <stdio.h>
#include <stdlib.h>

#include "services/services.h"
#include "tcp_fixture.h"

#define PORT 80
#define SECOND 1000 /* milliseconds */
#define HALF "GET / HTTP/1.1\r\n"
#define REST "Host: a\r\n\r\n"
#define GET HALF REST
#define BODY 100000
#define SIP 1072 /* bytes that a slow reader takes at a time, two segments (RFC 9293 3.7.1) */

/* A client with its numbers. */
struct client {
	uint16_t rport;
	uint32_t seq, ack;
};

/* A stack with the service as it is configured by default, but for the size of its body. */
static void
start(struct fixture *f, uint32_t body)
{
	static const struct rs_config_listener config = {
		.content_type = "text/x-test",
		.idle_timeout_ms = 75 * SECOND,
		.send_timeout_ms = 60 * SECOND,
		.min_rate = 240,
		.header_timeout_ms = 60 * SECOND,
		.body_timeout_ms = 60 * SECOND,
		.half_requests = 4096,
	};
	struct rs_config_listener mine = config;
	struct rs_listener *l = &f->listeners[f->params.n_listeners++];
	char error[256] = "";

	mine.body.size = body;
	*l = (struct rs_listener){
		.name = "web", .port_first = PORT, .port_last = PORT,
		.service = rs_service_http.ops,
		.send_timeout_ms = 60 * SECOND, .send_rate = 240,
	};
	assert_int_equal(rs_service_http.create(&mine, &l->arg, error, sizeof(error)), 0);
	f->params.tcp.max_connections = 16384;
	fixture_start(f);
}

static void
stop(struct fixture *f)
{
	fixture_finish(f);
	rs_service_http.destroy(f->listeners[f->params.n_listeners - 1].arg);
}

static struct client
client_open(struct fixture *f, uint16_t rport)
{
	struct client c = { .rport = rport, .seq = f->irs + 1 };

	fixture_forget(f);
	burst(f, { .flags = SYN, .seq = f->irs, .lport = PORT, .rport = rport });
	c.ack = fixture_expect(f, SYN | ACK)->seq + 1;
	burst(f, { .flags = ACK, .seq = c.seq, .ack = c.ack, .lport = PORT, .rport = rport });
	return c;
}

static void
client_send(struct fixture *f, struct client *c, const char *s)
{
	uint16_t len = (uint16_t)strlen(s);

	burst(f, { .flags = ACK | PSH, .seq = c->seq, .ack = c->ack, .lport = PORT,
		.rport = c->rport, .data = (const uint8_t *)s, .len = len });
	c->seq += len;
}

/* Acknowledge bytes with this window. */
static void
client_ack(struct fixture *f, struct client *c, uint32_t bytes, uint16_t wnd)
{
	c->ack += bytes;
	f->wnd = wnd;
	burst(f, { .flags = ACK, .seq = c->seq, .ack = c->ack, .lport = PORT,
		.rport = c->rport });
	f->wnd = 32768;
}

/* The status of the answer that was just sent to a client; 0: none. */
static unsigned int
client_status(struct fixture *f, const struct client *c)
{
	const struct out *out;
	unsigned int status = 0;

	while ((out = fixture_next(f)) != NULL) {
		if (out->rport == c->rport && out->len > 12 &&
		    memcmp(out->data, "HTTP/1.1 ", 9) == 0)
			status = (unsigned int)strtoul((const char *)out->data + 9, NULL, 10);
	}
	return status;
}

/* An honest client asks in two segments, and again on the same connection. */
static unsigned int
honest(struct fixture *f, uint16_t rport)
{
	struct client c = client_open(f, rport);
	unsigned int status;

	fixture_forget(f);
	client_send(f, &c, HALF);
	client_send(f, &c, REST);
	status = client_status(f, &c);
	burst(f, { .flags = RST, .seq = c.seq, .lport = PORT, .rport = rport });
	return status;
}

static void
honest_requests_are_answered_among_half_requests(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	start(f, 100);
	for (i = 0; i < 5000; i++) {
		struct client c = client_open(f, (uint16_t)(1000 + i));

		client_send(f, &c, HALF);
		if (i % 100 == 99)
			assert_int_equal(honest(f, 60000), 200);
	}
	stop(f);
}

static void
half_request_ends_after_a_minute(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start(f, 100);
	c = client_open(f, 1000);
	fixture_forget(f);
	/* A byte each second makes the head no younger. */
	client_send(f, &c, HALF);
	client_send(f, &c, "X: ");
	while (c.seq - f->irs < strlen(HALF "X: ") + 58) {
		fixture_after(f, SECOND);
		fixture_forget(f);
		client_send(f, &c, "x");
		assert_int_equal(client_status(f, &c), 0);
	}
	fixture_after(f, 4 * SECOND);
	assert_int_equal(client_status(f, &c), 408);
	assert_int_equal(fixture_find(f, PORT, 1000)->state, RS_FIN_WAIT_1);
	stop(f);
}

static void
connection_without_a_request_is_closed(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start(f, 100);
	/* nginx: client_header_timeout for the first request, keepalive_timeout for others */
	client_open(f, 1000);
	fixture_after(f, 59 * SECOND);
	assert_int_equal(fixture_find(f, PORT, 1000)->state, RS_ESTABLISHED);
	fixture_after(f, 2 * SECOND);
	assert_int_equal(fixture_find(f, PORT, 1000)->state, RS_FIN_WAIT_1);
	c = client_open(f, 1001);
	fixture_forget(f);
	client_send(f, &c, GET);
	assert_int_equal(client_status(f, &c), 200);
	client_ack(f, &c, f->tcp->tcbs[2].snd_nxt - c.ack, 32768);
	fixture_after(f, 74 * SECOND);
	assert_int_equal(fixture_find(f, PORT, 1001)->state, RS_ESTABLISHED);
	fixture_after(f, 2 * SECOND);
	assert_int_equal(fixture_find(f, PORT, 1001)->state, RS_FIN_WAIT_1);
	stop(f);
}

/* A client that asks for BODY bytes and has taken what the first window let come. */
static struct client
reader(struct fixture *f, uint16_t rport)
{
	struct client c = client_open(f, rport);

	fixture_forget(f);
	client_send(f, &c, GET);
	client_ack(f, &c, fixture_find(f, PORT, rport)->snd_nxt - c.ack, 0);
	fixture_forget(f);
	return c;
}

/* RFC 9293 3.8.6.1 keeps a connection open for as long as its window probes are answered. */
static void
closed_window_ends_after_a_minute(void **state)
{
	struct fixture *f = *state;
	struct client c;
	unsigned int i;

	start(f, BODY);
	c = reader(f, 1000);
	for (i = 0; i < 59; i++) {
		fixture_after(f, SECOND);
		client_ack(f, &c, 0, 0);
		fixture_forget(f);
		assert_non_null(fixture_find(f, PORT, 1000));
	}
	assert_int_equal(honest(f, 60000), 200);
	fixture_after(f, 2 * SECOND);
	assert_null(fixture_find(f, PORT, 1000));
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_timeout], 1);
	assert_int_equal(f->tcp->buf.chunks.used, 0);
	stop(f);
}

/* A peer that acknowledges nothing has the whole time, and no millisecond less. */
static void
unacknowledged_answer_ends_after_a_minute(void **state)
{
	struct fixture *f = *state;
	struct client c;
	unsigned int i;

	start(f, BODY);
	c = client_open(f, 1000);
	client_send(f, &c, GET);
	for (i = 0; i < 60; i++) {
		fixture_after(f, SECOND);
		fixture_forget(f);
	}
	assert_non_null(fixture_find(f, PORT, 1000));
	fixture_after(f, 2);
	assert_null(fixture_find(f, PORT, 1000));
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_timeout], 1);
	stop(f);
}

/* Read SIP bytes each `every` seconds. @return the seconds until the connection is gone */
static unsigned int
sip(struct fixture *f, unsigned int every)
{
	struct client c = reader(f, 1000);
	unsigned int seconds;

	for (seconds = 1; seconds <= 600; seconds++) {
		const struct rs_tcb *tcb;

		fixture_after(f, SECOND);
		fixture_forget(f);
		if (seconds % every == 0) {
			client_ack(f, &c, 0, SIP); /* the window opens */
			tcb = fixture_find(f, PORT, 1000);
			client_ack(f, &c, tcb->snd_nxt - c.ack, 0);
		} else {
			client_ack(f, &c, 0, 0);
		}
		fixture_forget(f);
		if (fixture_find(f, PORT, 1000) == NULL)
			return seconds;
	}
	burst(f, { .flags = RST, .seq = c.seq, .lport = PORT, .rport = 1000 });
	return seconds;
}

static void
reading_slower_than_the_least_rate_ends(void **state)
{
	struct fixture *f = *state;
	unsigned int seconds;

	start(f, 10 * BODY);
	/* 1072 bytes in 3 s are 357 a second */
	assert_int_equal(sip(f, 3), 601);
	/* 1072 bytes earn 4.5 s: in each 20 s 15.5 s of the minute are used up */
	seconds = sip(f, 20);
	assert_in_range(seconds, 70, 80);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_timeout], 1);
	stop(f);
}

static void
slow_content_is_answered_with_408(void **state)
{
	struct fixture *f = *state;
	struct client c;
	unsigned int i;

	start(f, 100);
	c = client_open(f, 1000);
	fixture_forget(f);
	client_send(f, &c, HALF "Content-Length: 10000\r\n" REST);
	/* 120 bytes each 5 s earn half a second: after 66 s the minute is used up */
	for (i = 0; i < 13; i++) {
		fixture_after(f, 5 * SECOND);
		client_send(f, &c, "012345678901234567890123456789012345678901234567890123456789"
			"012345678901234567890123456789012345678901234567890123456789");
		assert_int_equal(client_status(f, &c), 0);
	}
	fixture_after(f, 2 * SECOND);
	assert_int_equal(client_status(f, &c), 408);
	stop(f);
}

/* The time-out between two requests begins when the answer has been taken. */
static void
long_answer_is_not_idle(void **state)
{
	struct fixture *f = *state;
	struct client c;
	unsigned int i;

	start(f, BODY);
	c = reader(f, 1000);
	for (i = 0; i < 30; i++) {
		fixture_after(f, 5 * SECOND);
		client_ack(f, &c, 0, 1500);
		client_ack(f, &c, fixture_find(f, PORT, 1000)->snd_nxt - c.ack, 0);
		fixture_forget(f);
	}
	while (fixture_find(f, PORT, 1000)->snd_una != fixture_find(f, PORT, 1000)->snd_nxt ||
	       (fixture_find(f, PORT, 1000)->flags & RS_F_BUSY) != 0) {
		client_ack(f, &c, fixture_find(f, PORT, 1000)->snd_nxt - c.ack, 32768);
		fixture_forget(f);
	}
	fixture_after(f, 74 * SECOND);
	assert_int_equal(fixture_find(f, PORT, 1000)->state, RS_ESTABLISHED);
	fixture_after(f, 2 * SECOND);
	assert_int_equal(fixture_find(f, PORT, 1000)->state, RS_FIN_WAIT_1);
	stop(f);
}

/* Only its TCB: neither a busy block nor a context, though its time is limited. */
static void
idle_connection_is_cheap(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start(f, 100);
	c = client_open(f, 1000);
	assert_int_equal(f->tcp->buf.busy.used, 0);
	client_send(f, &c, GET);
	assert_int_equal(f->tcp->buf.busy.used, 1);
	client_ack(f, &c, fixture_find(f, PORT, 1000)->snd_nxt - c.ack, 32768);
	assert_int_equal(f->tcp->buf.busy.used, 0);
	assert_int_equal(f->tcp->buf.chunks.used, 0);
	assert_int_equal((uintptr_t)rs_conn_user(fixture_find(f, PORT, 1000)) & 1, 1);
	stop(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(honest_requests_are_answered_among_half_requests),
		fixture_test(half_request_ends_after_a_minute),
		fixture_test(connection_without_a_request_is_closed),
		fixture_test(closed_window_ends_after_a_minute),
		fixture_test(unacknowledged_answer_ends_after_a_minute),
		fixture_test(reading_slower_than_the_least_rate_ends),
		fixture_test(slow_content_is_answered_with_408),
		fixture_test(long_answer_is_not_idle),
		fixture_test(idle_connection_is_cheap),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
