/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rstack-load's client without an engine: when it connects, requests, fails and retries. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"
#include "load/client.h"

/* Because RTE_IPV4() shifts an int too far for addresses from 128.0.0.0 on. */
#define IPV4(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

#define N_CONNS 256
#define MS 1000
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define LAST_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx"

/* A client and the connections that it opened. */
struct world {
	struct rs_tcp tcp;      /* first: the engine that the client sees */
	struct rs_load_config config;
	struct rs_load_client *client;
	struct rs_tcb conns[N_CONNS];
	struct rs_connect to[N_CONNS];
	struct rs_addr fetched[N_CONNS]; /* laddr of the connection after so many others */
	unsigned int n_conns;
	int refuse;             /* result of rs_connect(); 0: it connects */
	uint32_t slots;         /* of each new connection */
	bool stopping;
	bool behind;
};

int
rs_connect(struct rs_tcp *tcp, const struct rs_connect *to, struct rs_tcb **conn)
{
	struct world *w = (struct world *)tcp;

	if (w->refuse != 0)
		return w->refuse;
	assert_true(w->n_conns < N_CONNS);
	w->to[w->n_conns] = *to;
	*conn = &w->conns[w->n_conns++];
	**conn = (struct rs_tcb){
		.tcp = tcp, .ops = &rs_load_service, .room = FAKE_ANY, .slots = w->slots,
		.user = to->user,
	};
	return 0;
}

uint32_t
rs_connect_prefetch(const struct rs_tcp *tcp, const struct rs_connect *to, uint32_t ahead)
{
	struct world *w = (struct world *)(uintptr_t)tcp;

	assert_true(w->n_conns + ahead < N_CONNS);
	w->fetched[w->n_conns + ahead] = to->laddr;
	return 0;
}

struct rs_tcp *
rs_stack_tcp(struct rs_stack *stack)
{
	return (struct rs_tcp *)stack;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->slots = FAKE_ANY;
	w->config = (struct rs_load_config){
		.target = { rs_addr_from_ipv4(rte_cpu_to_be_32(IPV4(192, 0, 2, 1))), 80 },
		.concurrency = 1,
		.path = "/x",
		.body.size = 3,
		.answer_size = 5,
		.requests = 1,
		.retry = 3,
		.connect_timeout_ms = 1000,
		.request_timeout_ms = 2000,
	};
	w->tcp.now = 7777777;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	unsigned int i;

	for (i = 0; i < w->n_conns; i++)
		fake_free(&w->conns[i]);
	rs_load_client_free(w->client);
	free(w);
	return 0;
}

/* Advance the time and poll the client. */
static void
poll(struct world *w, uint64_t us)
{
	w->tcp.now += us;
	rs_load_client_ops.poll(w->client, (struct rs_stack *)&w->tcp, w->tcp.now, w->stopping,
		w->behind);
}

/* Make the client of worker i of n. */
static void
begin_worker(struct world *w, unsigned int i, unsigned int n)
{
	char error[256] = "";

	w->client = rs_load_client_create(&w->config, i, n, 3, error, sizeof(error));
	assert_string_equal(error, "");
	assert_non_null(w->client);
	w->tcp.arg = w->client;
	poll(w, 0);
}

static void
begin(struct world *w)
{
	begin_worker(w, 0, 1);
}

/* The newest connection. */
static struct rs_tcb *
newest(struct world *w)
{
	assert_true(w->n_conns > 0);
	return &w->conns[w->n_conns - 1];
}

static void
assert_count(const struct world *w, enum rs_load_counter counter, uint64_t n)
{
	if (w->client->count[counter] != n)
		fail_msg("%s is %ju, expected %ju", rs_load_counter_names[counter].name,
			(uintmax_t)w->client->count[counter], (uintmax_t)n);
}

static bool
sent_is(const struct rs_tcb *conn, const char *text)
{
	return conn->sent.len == strlen(text) && memcmp(conn->sent.data, text, strlen(text)) == 0;
}

static bool
sent_has(const struct rs_tcb *conn, const char *text)
{
	return memmem(conn->sent.data, conn->sent.len, text, strlen(text)) != NULL;
}

/* One request on a connection that the peer closes after the answer. */
static void
get_is_sent_and_answered(void **state)
{
	struct world *w = *state;
	struct rs_tcb *conn;

	w->config.count = 1;
	begin(w);
	assert_int_equal(w->n_conns, 1);
	assert_int_equal(w->to[0].listener, 3);
	assert_int_equal(w->to[0].rport, 80);
	assert_int_equal(w->to[0].lport, 0);
	assert_true(rs_addr_is_zero(&w->to[0].laddr));
	assert_true(rs_addr_equal(&w->to[0].raddr, &w->config.target.addr));
	conn = newest(w);
	poll(w, 100);
	assert_int_equal(w->n_conns, 1);
	fake_open(conn);
	assert_true(sent_is(conn, "GET /x HTTP/1.1\r\nHost: 192.0.2.1:80\r\n"
		"User-Agent: rstack-load\r\nAccept: */*\r\nConnection: close\r\n\r\n"));
	w->tcp.now += 300;
	fake_receive_str(conn, "HTTP");
	w->tcp.now += 500;
	fake_receive_str(conn, LAST_ANSWER + 4);
	assert_count(w, RS_LOAD_completed, 1);
	assert_false(conn->closed || conn->aborted || conn->shut);
	fake_fin(conn);
	assert_true(conn->closed);
	poll(w, 0);
	assert_false(w->client->done);
	fake_end(conn, RS_END_CLOSED);
	poll(w, 0);
	assert_true(w->client->done);
	assert_int_equal(w->n_conns, 1);
	assert_count(w, RS_LOAD_attempted, 1);
	assert_count(w, RS_LOAD_established, 1);
	assert_count(w, RS_LOAD_failed, 0);
	assert_count(w, RS_LOAD_rx_bytes, strlen(LAST_ANSWER));
	assert_count(w, RS_LOAD_tx_bytes, 17 + 20 + 25 + 13 + 19 + 2);
	assert_int_equal(w->client->times[RS_LOAD_TIME_connect].max, 100);
	assert_int_equal(w->client->times[RS_LOAD_TIME_first_byte].max, 300);
	assert_int_equal(w->client->times[RS_LOAD_TIME_whole].max, 900);
	/* RFC 9411 6.3: both from the SYN on */
	assert_int_equal(w->client->times[RS_LOAD_TIME_ttfb].max, 400);
	assert_int_equal(w->client->times[RS_LOAD_TIME_ttlb].max, 900);
	assert_int_equal(w->client->open_max, 1);
	assert_int_equal(w->client->open, 0);
}

static void
close_says_how_we_end_a_connection(void **state)
{
	struct world *w = *state;

	w->config.close = RS_LOAD_BY_FIN;
	w->config.count = 1;
	strlcpy(w->config.host, "example.org", sizeof(w->config.host));
	begin(w);
	fake_open(newest(w));
	assert_true(sent_has(newest(w), "\r\nHost: example.org\r\n"));
	assert_false(sent_has(newest(w), "Connection: close"));
	fake_receive_str(newest(w), ANSWER);
	assert_true(newest(w)->closed);
	fake_end(newest(w), RS_END_CLOSED);

	rs_load_client_free(w->client);
	w->config.close = RS_LOAD_BY_RESET;
	begin(w);
	fake_open(newest(w));
	fake_receive_str(newest(w), ANSWER);
	assert_true(newest(w)->aborted);
	fake_end(newest(w), RS_END_ABORTED);
	assert_count(w, RS_LOAD_completed, 1);
	assert_count(w, RS_LOAD_stopped, 0);
	assert_count(w, RS_LOAD_failed, 0);
}

static void
requests_follow_on_one_connection(void **state)
{
	struct world *w = *state;

	w->config.requests = 3;
	w->config.count = 1;
	begin(w);
	fake_open(newest(w));
	assert_false(sent_has(newest(w), "close"));
	fake_receive_str(newest(w), ANSWER);
	w->tcp.now += 40;
	fake_receive_str(newest(w), ANSWER);
	fake_forget(newest(w));
	assert_false(newest(w)->closed);
	fake_receive_str(newest(w), ANSWER);
	assert_count(w, RS_LOAD_completed, 3);
	assert_int_equal(w->n_conns, 1);
	assert_int_equal(w->client->times[RS_LOAD_TIME_whole].max, 40);
	/* only the first request of a connection is counted from its SYN */
	assert_int_equal(rs_histogram_total(&w->client->times[RS_LOAD_TIME_ttfb]), 1);
	assert_int_equal(rs_histogram_total(&w->client->times[RS_LOAD_TIME_ttlb]), 1);
	fake_fin(newest(w));
	fake_end(newest(w), RS_END_CLOSED);
	poll(w, 0);
	assert_true(w->client->done);
}

/* RFC 9112 9.3: the server closes a connection before all its requests are sent. */
static void
requests_left_go_on_another_connection(void **state)
{
	struct world *w = *state;

	w->config.requests = 2;
	w->config.count = 1;
	begin(w);
	fake_open(newest(w));
	fake_receive_str(newest(w), LAST_ANSWER);
	assert_true(newest(w)->closed);
	assert_count(w, RS_LOAD_completed, 1);
	fake_fin(newest(w));
	fake_end(newest(w), RS_END_CLOSED);
	poll(w, 0);
	assert_int_equal(w->n_conns, 2);
	fake_open(newest(w));
	assert_true(sent_has(newest(w), "Connection: close"));
	fake_receive_str(newest(w), LAST_ANSWER);
	assert_count(w, RS_LOAD_completed, 2);
	assert_count(w, RS_LOAD_attempted, 2);
	assert_count(w, RS_LOAD_retried, 0);
	fake_fin(newest(w));
	fake_end(newest(w), RS_END_CLOSED);
	poll(w, 0);
	assert_true(w->client->done);
}

/* After a reset a GET is retried up to `retry` times, each time on a new connection. */
static void
reset_is_retried(void **state)
{
	struct world *w = *state;
	unsigned int i;

	w->config.count = 1;
	begin(w);
	for (i = 0; i < 4; i++) {
		assert_int_equal(w->n_conns, i + 1);
		fake_open(newest(w));
		fake_receive_str(newest(w), "HTTP/1.1 2");
		fake_end(newest(w), RS_END_RESET);
		poll(w, 10);
	}
	assert_int_equal(w->n_conns, 4);
	assert_count(w, RS_LOAD_reset, 4);
	assert_count(w, RS_LOAD_retried, 3);
	assert_count(w, RS_LOAD_attempted, 4);
	assert_count(w, RS_LOAD_failed, 1);
	assert_true(w->client->done);
}

/* The answer to a retry counts as any other; its time begins with the first SYN. */
static void
retry_reads_the_answer_anew(void **state)
{
	struct world *w = *state;

	w->config.count = 1;
	begin(w);
	fake_open(newest(w));
	fake_receive_str(newest(w), "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel");
	w->tcp.now += 1000;
	fake_end(newest(w), RS_END_RESET);
	poll(w, 0);
	fake_open(newest(w));
	fake_receive_str(newest(w), ANSWER);
	assert_count(w, RS_LOAD_completed, 1);
	assert_count(w, RS_LOAD_retried, 1);
	assert_count(w, RS_LOAD_failed, 0);
	assert_int_equal(w->client->times[RS_LOAD_TIME_whole].max, 1000);
	assert_int_equal(w->client->times[RS_LOAD_TIME_first_byte].max, 0);
}

/* Each request of a connection has its own retries; answered requests are not repeated. */
static void
retries_are_counted_by_request(void **state)
{
	struct world *w = *state;
	unsigned int i;

	w->config.count = 1;
	w->config.requests = 3;
	w->config.retry = 1;
	begin(w);
	for (i = 0; i < 2; i++) {
		fake_open(newest(w));
		fake_receive_str(newest(w), ANSWER);
		fake_end(newest(w), RS_END_RESET);
		poll(w, 0);
	}
	fake_open(newest(w));
	assert_true(sent_has(newest(w), "Connection: close"));
	fake_receive_str(newest(w), ANSWER);
	assert_count(w, RS_LOAD_completed, 3);
	assert_count(w, RS_LOAD_retried, 2);
	assert_count(w, RS_LOAD_failed, 0);
}

/* RFC 9110 9.2.2: the server may have acted on a request that is not idempotent. */
static void
bytes_are_retried_only_without_answer(void **state)
{
	struct world *w = *state;

	w->config.count = 1;
	w->config.request = RS_LOAD_BYTES;
	w->config.answer = RS_LOAD_SIZE;
	begin(w);
	fake_open(newest(w));
	assert_true(sent_is(newest(w), "012"));
	fake_end(newest(w), RS_END_RESET);
	poll(w, 0);
	assert_int_equal(w->n_conns, 2);
	fake_open(newest(w));
	fake_receive_str(newest(w), "a");
	fake_end(newest(w), RS_END_RESET);
	poll(w, 0);
	assert_int_equal(w->n_conns, 2);
	assert_count(w, RS_LOAD_retried, 1);
	assert_count(w, RS_LOAD_failed, 1);
}

static void
idempotent_key_decides_on_retries(void **state)
{
	struct world *w = *state;

	w->config.idempotent = RS_LOAD_IDEMPOTENT_NO;
	w->config.count = 1;
	begin(w);
	fake_open(newest(w));
	fake_receive_str(newest(w), "H");
	fake_end(newest(w), RS_END_RESET);
	poll(w, 0);
	assert_count(w, RS_LOAD_retried, 0);
	assert_count(w, RS_LOAD_failed, 1);
	rs_load_client_free(w->client);

	w->config.idempotent = RS_LOAD_IDEMPOTENT_YES;
	w->config.request = RS_LOAD_BYTES;
	begin(w);
	fake_open(newest(w));
	fake_receive_str(newest(w), "H");
	fake_end(newest(w), RS_END_RESET);
	poll(w, 0);
	assert_count(w, RS_LOAD_retried, 1);
}

/* Only a reset is retried; every other end is counted once, under its own counter. */
static void
other_ends_are_not_retried(void **state)
{
	static const struct {
		enum rs_end how;
		enum rs_load_counter counter;
		bool failed;
	} cases[] = {
		{ RS_END_REFUSED, RS_LOAD_refused, true },
		{ RS_END_TIMEOUT, RS_LOAD_timed_out, true },
		{ RS_END_EVICTED, RS_LOAD_timed_out, true },
		{ RS_END_UNREACHABLE, RS_LOAD_unreachable, true },
		{ RS_END_ABORTED, RS_LOAD_stopped, false },
	};
	struct world *w = *state;
	unsigned int i;

	w->config.count = 1;
	for (i = 0; i < RTE_DIM(cases); i++) {
		w->n_conns = 0;
		begin(w);
		fake_end(newest(w), cases[i].how);
		poll(w, 0);
		assert_int_equal(w->n_conns, 1);
		assert_count(w, cases[i].counter, 1);
		assert_count(w, RS_LOAD_failed, cases[i].failed);
		assert_count(w, RS_LOAD_retried, 0);
		assert_true(w->client->done);
		rs_load_client_free(w->client);
	}
	w->client = NULL;
}

static void
retry_0_never_retries(void **state)
{
	struct world *w = *state;

	w->config.count = 1;
	w->config.retry = 0;
	begin(w);
	fake_open(newest(w));
	fake_end(newest(w), RS_END_RESET);
	poll(w, 0);
	assert_count(w, RS_LOAD_reset, 1);
	assert_count(w, RS_LOAD_failed, 1);
	assert_true(w->client->done);
}

/* A reset after the complete answer is counted, but is no failure. */
static void
reset_after_the_answer_is_no_failure(void **state)
{
	struct world *w = *state;

	w->config.count = 1;
	begin(w);
	fake_open(newest(w));
	fake_receive_str(newest(w), ANSWER);
	fake_end(newest(w), RS_END_RESET);
	poll(w, 0);
	assert_count(w, RS_LOAD_completed, 1);
	assert_count(w, RS_LOAD_reset, 1);
	assert_count(w, RS_LOAD_failed, 0);
	assert_count(w, RS_LOAD_retried, 0);
	assert_true(w->client->done);
}

static void
bad_answers_fail(void **state)
{
	static const char *const answers[] = { "HTTP/1.1 2x\r\n", NOT_FOUND,
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "" };
	static const enum rs_load_bad whys[] = { RS_LOAD_BAD_FORMAT, RS_LOAD_BAD_STATUS,
		RS_LOAD_BAD_SHORT };
	struct world *w = *state;
	unsigned int i;

	w->config.count = RTE_DIM(answers);
	begin(w);
	for (i = 0; i < RTE_DIM(answers); i++) {
		struct rs_tcb *conn = newest(w);

		assert_int_equal(w->n_conns, i + 1);
		fake_open(conn);
		fake_receive_str(conn, answers[i]);
		if (!conn->aborted)
			fake_fin(conn);
		assert_true(conn->closed || conn->aborted);
		fake_end(conn, conn->aborted ? RS_END_ABORTED : RS_END_CLOSED);
		poll(w, 0);
	}
	assert_count(w, RS_LOAD_bad, RTE_DIM(answers));
	assert_count(w, RS_LOAD_failed, RTE_DIM(answers));
	/* only complete answers have their status counted; the first bad ones are kept */
	assert_int_equal(w->client->status[404], 1);
	assert_int_equal(w->client->status[200], 0);
	assert_int_equal(rs_load_samples_count(&w->client->samples), RS_LOAD_SAMPLES_MAX);
	for (i = 0; i < RS_LOAD_SAMPLES_MAX; i++) {
		const struct rs_load_sample *sample = &w->client->samples.sample[i];

		assert_int_equal(sample->why, whys[i]);
		assert_int_equal(sample->received, strlen(answers[i]));
		if (whys[i] != RS_LOAD_BAD_SHORT)
			assert_memory_equal(sample->data, answers[i], sample->len);
	}
	assert_count(w, RS_LOAD_completed, 0);
	assert_true(w->client->done);
}

/* The peer's FIN ends the answer; our FIN follows the request. */
static void
close_ends_the_answer(void **state)
{
	struct world *w = *state;

	w->config.count = 1;
	w->config.request = RS_LOAD_BYTES;
	w->config.answer = RS_LOAD_CLOSE;
	w->config.half_close = true;
	begin(w);
	fake_open(newest(w));
	assert_true(newest(w)->shut);
	fake_receive_str(newest(w), "any");
	assert_count(w, RS_LOAD_completed, 0);
	fake_fin(newest(w));
	assert_count(w, RS_LOAD_completed, 1);
	assert_true(newest(w)->closed);
	fake_end(newest(w), RS_END_CLOSED);
	poll(w, 0);
	assert_true(w->client->done);
}

static void
request_waits_for_room(void **state)
{
	struct world *w = *state;

	w->slots = 0;
	begin(w);
	fake_open(newest(w));
	assert_int_equal(newest(w)->sent.len, 0);
	fake_room(newest(w), FAKE_ANY, FAKE_ANY);
	assert_true(sent_has(newest(w), "GET /x"));
	assert_count(w, RS_LOAD_tx_bytes, newest(w)->sent.len);
	/* more room does not send the request twice */
	newest(w)->wants_room = true;
	fake_room(newest(w), FAKE_ANY, FAKE_ANY);
	assert_count(w, RS_LOAD_tx_bytes, newest(w)->sent.len);
}

static void
connect_times_out(void **state)
{
	struct world *w = *state;

	w->config.count = 1;
	begin(w);
	poll(w, 999 * MS);
	assert_false(newest(w)->aborted);
	assert_int_equal(rs_load_client_ops.idle(w->client, w->tcp.now, 100000), 1 * MS);
	poll(w, 1 * MS);
	assert_true(newest(w)->aborted);
	assert_count(w, RS_LOAD_timed_out, 1);
	assert_count(w, RS_LOAD_failed, 1);
	fake_end(newest(w), RS_END_ABORTED);
	poll(w, 0);
	assert_count(w, RS_LOAD_stopped, 0);
	assert_true(w->client->done);
	assert_int_equal(w->n_conns, 1);
}

/* The time-out starts anew with each request, and with the wait for the close. */
static void
requests_and_closes_time_out(void **state)
{
	struct world *w = *state;

	w->config.count = 2;
	w->config.requests = 2;
	begin(w);
	fake_open(newest(w));
	poll(w, 1999 * MS);
	fake_receive_str(newest(w), ANSWER);
	poll(w, 1999 * MS);
	assert_false(newest(w)->aborted);
	poll(w, 1 * MS);
	assert_true(newest(w)->aborted);
	assert_count(w, RS_LOAD_timed_out, 1);
	fake_end(newest(w), RS_END_ABORTED);

	poll(w, 0);
	assert_int_equal(w->n_conns, 2);
	fake_open(newest(w));
	fake_receive_str(newest(w), ANSWER);
	fake_receive_str(newest(w), ANSWER);
	poll(w, 2000 * MS);
	assert_true(newest(w)->aborted);
	fake_end(newest(w), RS_END_ABORTED);
	poll(w, 0);
	/* both requests of this connection were answered */
	assert_count(w, RS_LOAD_timed_out, 1);
	assert_count(w, RS_LOAD_failed, 1);
	assert_count(w, RS_LOAD_completed, 3);
	assert_true(w->client->done);
}

static void
concurrency_is_kept(void **state)
{
	struct world *w = *state;

	w->config.concurrency = 7;
	begin(w);
	poll(w, 1);
	assert_int_equal(w->n_conns, 7);
	fake_end(&w->conns[0], RS_END_REFUSED);
	fake_end(&w->conns[3], RS_END_REFUSED);
	poll(w, 1);
	assert_int_equal(w->n_conns, 9);
	assert_int_equal(w->client->active, 7);
}

static void
rate_is_kept(void **state)
{
	struct world *w = *state;

	w->config.concurrency = 100;
	w->config.rate = 1000;
	begin(w);
	assert_int_equal(w->n_conns, 1);
	assert_in_range(rs_load_client_ops.idle(w->client, w->tcp.now, 100000), 1000, 1001);
	poll(w, 10 * MS);
	assert_int_equal(w->n_conns, 11);
	poll(w, 500);
	assert_int_equal(w->n_conns, 11);
	poll(w, 500);
	assert_int_equal(w->n_conns, 12);
}

/* Answer the request of a connection, and end it. */
static void
answer_and_end(struct rs_tcb *conn)
{
	fake_open(conn);
	fake_receive_str(conn, LAST_ANSWER);
	fake_fin(conn);
	fake_end(conn, RS_END_CLOSED);
}

/* With a rate, a session's time begins when it is due, though none was free to begin it. */
static void
rate_counts_times_from_the_due_time(void **state)
{
	struct world *w = *state;

	w->config.concurrency = 1;
	w->config.rate = 1000;
	begin(w);
	poll(w, 50 * MS);
	assert_int_equal(w->n_conns, 1);
	answer_and_end(&w->conns[0]);
	assert_int_equal(w->client->times[RS_LOAD_TIME_whole].max, 50 * MS);
	/* the next one was due 1 ms after the first */
	poll(w, 10 * MS);
	assert_int_equal(w->n_conns, 2);
	w->tcp.now += 5 * MS;
	answer_and_end(&w->conns[1]);
	assert_int_equal(w->client->times[RS_LOAD_TIME_whole].max, 64 * MS);
	assert_int_equal(w->client->times[RS_LOAD_TIME_connect].max, 50 * MS);
	assert_count(w, RS_LOAD_not_offered, 0);
}

/*
 * A client that cannot keep up with the frames that come begins only half as many sessions at a
 * rate as were answered, so that it does not measure time-outs of its own making, and its target
 * does not run dry. Without a rate it does as the answers say.
 */
static void
client_that_is_behind_begins_half_as_many_sessions(void **state)
{
	struct world *w = *state;

	w->config.concurrency = 10;
	w->config.rate = 1000;
	begin(w);
	assert_int_equal(w->n_conns, 1);
	w->behind = true;
	poll(w, 2 * MS);
	assert_int_equal(w->n_conns, 1);
	w->behind = false;
	poll(w, 0);
	assert_int_equal(w->n_conns, 3);
	w->behind = true;
	poll(w, 102 * MS + 1);
	assert_int_equal(w->n_conns, 3);
	assert_count(w, RS_LOAD_not_offered, 2);
	answer_and_end(&w->conns[0]);
	answer_and_end(&w->conns[1]);
	poll(w, 0);
	assert_int_equal(w->n_conns, 4);
	poll(w, 0);
	assert_int_equal(w->n_conns, 4);
	answer_and_end(&w->conns[2]);
	poll(w, 0);
	assert_int_equal(w->n_conns, 4);
	w->behind = false;
	poll(w, 0);
	assert_int_equal(w->n_conns, 10 + 3);
}

/* The session that begins next has the memory of the one that ended last, which is warm. */
static void
session_that_ended_last_is_the_next(void **state)
{
	struct world *w = *state;
	struct rs_session *s;

	w->config.concurrency = 100;
	w->config.rate = 1000;
	begin(w);
	s = w->to[0].user;
	answer_and_end(newest(w));
	poll(w, 1 * MS);
	assert_int_equal(w->n_conns, 2);
	assert_ptr_equal(w->to[1].user, s);
}

static void
client_without_a_rate_is_never_behind(void **state)
{
	struct world *w = *state;

	w->config.concurrency = 2;
	w->behind = true;
	begin(w);
	assert_int_equal(w->n_conns, 2);
}

/* The memory of a connection is fetched while others are opened; its address tells which. */
static void
memory_of_later_connections_is_fetched(void **state)
{
	struct world *w = *state;
	unsigned int i, n = 0;

	w->config.concurrency = 20;
	w->config.source = (struct rs_prefix){
		rs_addr_from_ipv4(rte_cpu_to_be_32(IPV4(198, 18, 0, 0))), 96 + 15 };
	begin(w);
	assert_int_equal(w->n_conns, 20);
	for (i = 0; i < w->n_conns; i++) {
		if (rs_addr_is_zero(&w->fetched[i]))
			continue;
		assert_memory_equal(&w->fetched[i], &w->to[i].laddr, sizeof(w->fetched[i]));
		n++;
	}
	assert_in_range(n, 10, 19);
}

/* A session that cannot begin within 100 ms is left out and counted, whatever the reason. */
static void
rate_counts_what_is_not_offered(void **state)
{
	struct world *w = *state;

	w->config.concurrency = 1;
	w->config.rate = 1000;
	w->config.connect_timeout_ms = 0;
	w->config.duration_ms = 1000;
	begin(w);
	poll(w, 100 * MS);
	assert_count(w, RS_LOAD_not_offered, 0);
	poll(w, 1 * MS + 1);
	assert_count(w, RS_LOAD_not_offered, 1);
	poll(w, 199 * MS);
	assert_count(w, RS_LOAD_not_offered, 200);
	answer_and_end(&w->conns[0]);
	/* no port or TCB is free */
	w->refuse = -ENOBUFS;
	poll(w, 100 * MS);
	assert_count(w, RS_LOAD_not_offered, 300);
	assert_int_equal(w->n_conns, 1);
	w->refuse = 0;
	poll(w, 0);
	assert_int_equal(w->n_conns, 2);
	assert_count(w, RS_LOAD_not_offered, 300);
	/* the rest, due until the end, and one of them begins still: 1000 in all */
	answer_and_end(&w->conns[1]);
	poll(w, 1 * MS);
	assert_int_equal(w->n_conns, 3);
	poll(w, 700 * MS);
	answer_and_end(&w->conns[2]);
	poll(w, 1 * MS);
	assert_true(w->client->done);
	assert_int_equal(w->n_conns, 3);
	assert_count(w, RS_LOAD_not_offered, 1000 - 3);
}

/* Without a rate none is due. */
static void
without_a_rate_nothing_is_left_out(void **state)
{
	struct world *w = *state;

	w->config.count = 3;
	begin(w);
	poll(w, 900 * MS);
	answer_and_end(&w->conns[0]);
	poll(w, 900 * MS);
	assert_int_equal(w->n_conns, 2);
	fake_open(&w->conns[1]);
	w->tcp.now += 7;
	fake_receive_str(&w->conns[1], LAST_ANSWER);
	assert_int_equal(w->client->times[RS_LOAD_TIME_whole].max, 900 * MS);
	assert_count(w, RS_LOAD_not_offered, 0);
}

/* The shares of the workers add up to the whole. */
static void
work_is_divided(void **state)
{
	struct world *w = *state;
	uint32_t places = 0;
	uint64_t limit = 0;
	unsigned int i;

	w->config.concurrency = 8;
	w->config.count = 10;
	for (i = 0; i < 3; i++) {
		w->n_conns = 0;
		begin_worker(w, i, 3);
		places += w->client->concurrency;
		limit += w->client->limit;
		rs_load_client_free(w->client);
	}
	assert_int_equal(places, 8);
	assert_int_equal(limit, 10);

	/* workers without a connection leave all sessions to the others */
	w->config.concurrency = 1;
	w->n_conns = 0;
	begin_worker(w, 1, 3);
	assert_true(w->client->done);
	assert_int_equal(w->n_conns, 0);
	rs_load_client_free(w->client);
	begin_worker(w, 0, 3);
	assert_int_equal(w->client->limit, 10);
}

static void
source_addresses_alternate(void **state)
{
	struct world *w = *state;
	unsigned int i;

	w->config.concurrency = 6;
	w->config.source.addr = rs_addr_from_ipv4(rte_cpu_to_be_32(IPV4(198, 18, 0, 4)));
	w->config.source.len = 96 + 30;
	begin(w);
	assert_int_equal(w->n_conns, 6);
	for (i = 0; i < 6; i++) {
		struct rs_addr addr = rs_addr_from_ipv4(
			rte_cpu_to_be_32(IPV4(198, 18, 0, 4 + i % 4)));

		assert_true(rs_addr_equal(&w->to[i].laddr, &addr));
	}
}

/* If no port or TCB is free, the connection is opened later, not left out. */
static void
connection_is_held_until_there_is_room(void **state)
{
	static const int errors[] = { -EADDRNOTAVAIL, -ENOBUFS, -EADDRINUSE };
	struct world *w = *state;
	unsigned int i;

	w->config.count = 1;
	w->refuse = errors[0];
	begin(w);
	for (i = 1; i < RTE_DIM(errors); i++) {
		w->refuse = errors[i];
		poll(w, 1);
	}
	assert_count(w, RS_LOAD_held, 3);
	assert_count(w, RS_LOAD_attempted, 0);
	assert_int_equal(rs_load_client_ops.idle(w->client, w->tcp.now, 100), 100);
	assert_false(w->client->done);
	w->refuse = 0;
	poll(w, 1);
	assert_int_equal(w->n_conns, 1);
	/* a retry is held, too */
	fake_open(newest(w));
	fake_end(newest(w), RS_END_RESET);
	assert_int_equal(rs_load_client_ops.idle(w->client, w->tcp.now, 100), 0);
	w->refuse = -ENOBUFS;
	poll(w, 1);
	assert_count(w, RS_LOAD_held, 4);
	assert_int_equal(rs_load_client_ops.idle(w->client, w->tcp.now, 100), 100);
	w->refuse = 0;
	poll(w, 1);
	assert_int_equal(w->n_conns, 2);
}

static void
no_route_is_a_failure(void **state)
{
	struct world *w = *state;

	w->config.count = 3;
	w->refuse = -ENETUNREACH;
	begin(w);
	poll(w, 0);
	assert_count(w, RS_LOAD_unreachable, 3);
	assert_count(w, RS_LOAD_failed, 3);
	assert_true(w->client->done);
}

static void
duration_ends_the_opening(void **state)
{
	struct world *w = *state;

	w->config.duration_ms = 10;
	begin(w);
	fake_end(newest(w), RS_END_REFUSED);
	poll(w, 9 * MS);
	assert_int_equal(w->n_conns, 2);
	poll(w, 1 * MS);
	assert_false(w->client->done);
	fake_open(newest(w));
	fake_receive_str(newest(w), ANSWER);
	fake_fin(newest(w));
	fake_end(newest(w), RS_END_CLOSED);
	poll(w, 0);
	assert_int_equal(w->n_conns, 2);
	assert_count(w, RS_LOAD_completed, 1);
	assert_true(w->client->done);
}

/* A stop ends all sessions, and nothing is retried. */
static void
stop_ends_all_sessions(void **state)
{
	struct world *w = *state;

	w->config.concurrency = 3;
	begin(w);
	assert_int_equal(w->n_conns, 3);
	fake_open(&w->conns[0]);
	fake_open(&w->conns[1]);
	fake_end(&w->conns[1], RS_END_RESET);
	w->stopping = true;
	poll(w, 0);
	assert_int_equal(w->n_conns, 3);
	assert_count(w, RS_LOAD_stopped, 1);
	fake_end(&w->conns[0], RS_END_CLOSED);
	fake_end(&w->conns[2], RS_END_RESET);
	poll(w, 0);
	assert_count(w, RS_LOAD_stopped, 2);
	assert_count(w, RS_LOAD_failed, 1);
	assert_true(w->client->done);
}

/* The stack refuses to connect before the client has been told of the stop. */
static void
stack_that_stops_refuses(void **state)
{
	struct world *w = *state;

	w->refuse = -ESHUTDOWN;
	begin(w);
	assert_true(w->client->done);
	assert_count(w, RS_LOAD_attempted, 0);
	assert_count(w, RS_LOAD_failed, 0);
}

static void
missing_body_file_is_reported(void **state)
{
	struct world *w = *state;
	char error[256] = "";

	w->config.request = RS_LOAD_BYTES;
	strlcpy(w->config.body.file, "/nonexistent", sizeof(w->config.body.file));
	assert_null(rs_load_client_create(&w->config, 0, 1, 0, error, sizeof(error)));
	assert_non_null(strstr(error, "/nonexistent"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bad_answers_fail),
		TEST(bytes_are_retried_only_without_answer),
		TEST(close_ends_the_answer),
		TEST(close_says_how_we_end_a_connection),
		TEST(concurrency_is_kept),
		TEST(connect_times_out),
		TEST(connection_is_held_until_there_is_room),
		TEST(duration_ends_the_opening),
		TEST(get_is_sent_and_answered),
		TEST(idempotent_key_decides_on_retries),
		TEST(missing_body_file_is_reported),
		TEST(memory_of_later_connections_is_fetched),
		TEST(no_route_is_a_failure),
		TEST(other_ends_are_not_retried),
		TEST(rate_counts_times_from_the_due_time),
		TEST(rate_counts_what_is_not_offered),
		TEST(client_that_is_behind_begins_half_as_many_sessions),
		TEST(session_that_ended_last_is_the_next),
		TEST(client_without_a_rate_is_never_behind),
		TEST(rate_is_kept),
		TEST(request_waits_for_room),
		TEST(requests_and_closes_time_out),
		TEST(requests_follow_on_one_connection),
		TEST(requests_left_go_on_another_connection),
		TEST(reset_after_the_answer_is_no_failure),
		TEST(reset_is_retried),
		TEST(retries_are_counted_by_request),
		TEST(retry_0_never_retries),
		TEST(retry_reads_the_answer_anew),
		TEST(source_addresses_alternate),
		TEST(stack_that_stops_refuses),
		TEST(stop_ends_all_sessions),
		TEST(without_a_rate_nothing_is_left_out),
		TEST(work_is_divided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
