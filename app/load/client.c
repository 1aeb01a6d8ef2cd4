/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Sessions move from list to list as their state changes. All sessions of a state have the same
 * time-out, so each list is in the order in which they expire.
 */

#include <errno.h>

#include <rte_branch_prediction.h>

#include "client.h"

/* The most connections that one poll opens, and the most sessions that it expires. */
#define POLL_MAX RS_BURST

/* The lowest HTTP status that is an error (RFC 9110 15.5, 15.6). */
#define STATUS_ERROR 400

#define COUNTER_ROW(name, unit, help) { #name, help },
const struct rs_stat_name rs_load_counter_names[RS_LOAD_COUNTER_MAX] = {
	RS_LOAD_COUNTERS(COUNTER_ROW)
};

#define TIME_ROW(name, help) { #name, help },
const struct rs_stat_name rs_load_time_names[RS_LOAD_TIME_MAX] = {
	RS_LOAD_TIMES(TIME_ROW)
};

static void
count_one(struct rs_load_client *c, enum rs_load_counter counter)
{
	c->count[counter]++;
}

static void
set_state(struct rs_load_client *c, struct rs_session *s, enum rs_session_state state, uint64_t now)
{
	TAILQ_REMOVE(&c->lists[s->state], s, link);
	if (s->state == RS_SESSION_FREE)
		c->active++;
	if (state == RS_SESSION_FREE) {
		c->active--;
		/* first, because the next session then begins in memory that is in the caches */
		TAILQ_INSERT_HEAD(&c->lists[state], s, link);
	} else {
		TAILQ_INSERT_TAIL(&c->lists[state], s, link);
	}
	s->state = (uint8_t)state;
	s->since = now;
}

/* Fail the session: its request and those that were to follow. */
static void
fail_session(struct rs_load_client *c, struct rs_session *s, enum rs_load_counter why, uint64_t now)
{
	count_one(c, why);
	if (why != RS_LOAD_stopped)
		count_one(c, RS_LOAD_failed);
	s->reopen = false;
	set_state(c, s, s->conn != NULL ? RS_SESSION_ENDING : RS_SESSION_FREE, now);
}

/* Fail the session because of its answer, and keep a sample. data: what showed it, or NULL. */
static void
fail_bad(struct rs_load_client *c, struct rs_session *s, enum rs_load_bad why,
	const uint8_t *data, uint32_t len)
{
	const struct rs_load_sample sample = {
		.received = s->received,
		.port = rs_conn_tuple(s->conn)->lport,
		.status = s->answer.status,
		.why = (uint8_t)why,
	};

	rs_load_samples_add(&c->samples, &sample, data, len);
	fail_session(c, s, RS_LOAD_bad, rs_tcp_now(c->tcp));
}

/* Connections that are opened before the one whose memory is fetched. */
#define FETCH_AHEAD 4

/* The own address of the connection after the `ahead` next ones; all 0: the engine chooses. */
static struct rs_addr
source_of(const struct rs_load_client *c, uint32_t ahead)
{
	const struct rs_prefix *source = &c->config->source;
	struct rs_addr addr = { .w = { 0 } };
	uint32_t mask;

	if (source->len == 0)
		return addr;
	addr = source->addr;
	/* of a prefix shorter than /96, the first 2^32 addresses are used */
	mask = source->len >= 128 ? 0 : UINT32_MAX >> (source->len < 96 ? 0 : source->len - 96);
	addr.w[3] |= rte_cpu_to_be_32((c->next_source + ahead) & mask);
	return addr;
}

/*
 * Open the connection of a session.
 *
 * @return whether another can be opened now; false: no port or TCB is free, or rstack-load stops
 */
static bool
open_connection(struct rs_load_client *c, struct rs_session *s)
{
	struct rs_connect to = {
		.laddr = source_of(c, FETCH_AHEAD),
		.raddr = c->config->target.addr,
		.rport = c->config->target.port,
		.listener = c->listener,
		.user = s,
	};

	s->sent = false;
	s->peer_closed = false;
	s->established = false;
	s->first = true;
	s->syn = c->now;
	s->reopen = false;
	s->received = 0;
	if (c->config->source.len != 0)
		rs_connect_prefetch(c->tcp, &to, FETCH_AHEAD);
	to.laddr = source_of(c, 0);
	c->next_source++;
	switch (rs_connect(c->tcp, &to, &s->conn)) {
	case 0:
		count_one(c, RS_LOAD_attempted);
		set_state(c, s, RS_SESSION_CONNECTING, c->now);
		return true;
	case -EADDRINUSE:
	case -EADDRNOTAVAIL:
	case -ENOBUFS:
		s->conn = NULL;
		c->held = true;
		count_one(c, RS_LOAD_held);
		return false;
	case -ESHUTDOWN:
		s->conn = NULL;
		c->stopping = true;
		return false;
	default:
		s->conn = NULL;
		count_one(c, RS_LOAD_attempted);
		fail_session(c, s, RS_LOAD_unreachable, c->now);
		return true;
	}
}

/* Queue the complete request. If there is no room, `writable` calls this again. */
static void
send_request(struct rs_load_client *c, struct rs_session *s)
{
	const struct rs_http_body *request = s->requests == 1 ? &c->last : &c->request;

	if (request->len > 0) {
		int64_t n = rs_conn_send(c->tcp, s->conn, request->data, request->len);

		if (n <= 0)
			return; /* `writable` or `ended` follows */
		c->count[RS_LOAD_tx_bytes] += request->len;
	}
	s->sent = true;
	if (c->config->half_close && s->requests == 1)
		rs_conn_shutdown(c->tcp, s->conn);
}

/* Begin a request on an established connection. */
static void
begin_request(struct rs_load_client *c, struct rs_session *s, uint64_t now)
{
	rs_answer_begin(&s->answer);
	s->received = 0;
	s->sent = false;
	set_state(c, s, RS_SESSION_ASKING, now);
	send_request(c, s);
}

/* End the connection as [load] close says, because all requests are answered. */
static void
end_connection(struct rs_load_client *c, struct rs_session *s, uint64_t now)
{
	c->answered++;
	set_state(c, s, RS_SESSION_ENDING, now);
	if (c->config->close == RS_LOAD_BY_RESET)
		rs_conn_abort(c->tcp, s->conn);
	else if (c->config->close == RS_LOAD_BY_FIN || s->peer_closed)
		rs_conn_close(c->tcp, s->conn);
}

/*
 * The answer is complete: begin the next request or end the connection.
 *
 * @param data  the last segment of the answer, for a sample; NULL: none
 */
static void
finish_request(struct rs_load_client *c, struct rs_session *s, uint64_t now, const uint8_t *data,
	uint32_t len)
{
	bool http = c->config->answer == RS_LOAD_HTTP;

	rs_histogram_record(&c->times[RS_LOAD_TIME_whole], now - s->began);
	if (http)
		c->status[s->answer.status]++;
	if (http && s->answer.status >= STATUS_ERROR) {
		fail_bad(c, s, RS_LOAD_BAD_STATUS, data, len);
		rs_conn_close(c->tcp, s->conn);
		return;
	}
	count_one(c, RS_LOAD_completed);
	if (s->first)
		rs_histogram_record(&c->times[RS_LOAD_TIME_ttlb], now - s->syn);
	s->first = false;
	s->retries = 0;
	s->began = now;
	if (--s->requests == 0) {
		end_connection(c, s, now);
	} else if (s->peer_closed || (http && !rs_answer_persists(&s->answer))) {
		/* RFC 9112 9.3: the requests left go on another connection */
		s->reopen = true;
		set_state(c, s, RS_SESSION_ENDING, now);
		rs_conn_close(c->tcp, s->conn);
	} else {
		begin_request(c, s, now);
	}
}

static void
client_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct rs_load_client *c = rs_conn_arg(tcp, conn);
	struct rs_session *s = rs_conn_user(conn);
	uint64_t now = rs_tcp_now(tcp);

	count_one(c, RS_LOAD_established);
	s->established = true;
	if (++c->open > c->open_max)
		c->open_max = c->open;
	if (s->state != RS_SESSION_CONNECTING)
		return;
	rs_histogram_record(&c->times[RS_LOAD_TIME_connect], now - s->since);
	begin_request(c, s, now);
}

static void
client_writable(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct rs_session *s = rs_conn_user(conn);

	if (s->state == RS_SESSION_ASKING && !s->sent)
		send_request(rs_conn_arg(tcp, conn), s);
}

/* Read bytes of the answer. @return whether it is complete or bad */
static bool
read_answer(const struct rs_load_client *c, struct rs_session *s, const uint8_t *data,
	uint32_t len)
{
	switch (c->config->answer) {
	case RS_LOAD_HTTP:
		rs_answer_read(&s->answer, data, len);
		return s->answer.state >= RS_ANSWER_DONE;
	case RS_LOAD_SIZE:
		return s->received >= c->config->answer_size;
	case RS_LOAD_CLOSE:
		break;
	}
	return false;
}

static uint32_t
client_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data, uint32_t len)
{
	struct rs_load_client *c = rs_conn_arg(tcp, conn);
	struct rs_session *s = rs_conn_user(conn);
	uint64_t now = rs_tcp_now(tcp);

	c->count[RS_LOAD_rx_bytes] += len;
	/* unsolicited bytes, or those of an answer that came too late */
	if (s->state != RS_SESSION_ASKING)
		return len;
	if (s->received == 0)
		rs_histogram_record(&c->times[RS_LOAD_TIME_first_byte], now - s->since);
	if (s->received == 0 && s->first)
		rs_histogram_record(&c->times[RS_LOAD_TIME_ttfb], now - s->syn);
	s->received += len;
	if (!read_answer(c, s, data, len))
		return len;
	if (c->config->answer == RS_LOAD_HTTP && s->answer.state == RS_ANSWER_BAD) {
		fail_bad(c, s, RS_LOAD_BAD_FORMAT, data, len);
		rs_conn_abort(tcp, conn);
	} else {
		finish_request(c, s, now, data, len);
	}
	return len;
}

/* Whether the peer's close completes the answer. */
static bool
close_ends_answer(const struct rs_load_client *c, const struct rs_session *s)
{
	if (c->config->answer == RS_LOAD_HTTP)
		return s->answer.state == RS_ANSWER_CLOSE;
	return c->config->answer == RS_LOAD_CLOSE;
}

static void
client_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct rs_load_client *c = rs_conn_arg(tcp, conn);
	struct rs_session *s = rs_conn_user(conn);
	uint64_t now = rs_tcp_now(tcp);

	s->peer_closed = true;
	if (s->state == RS_SESSION_ASKING && close_ends_answer(c, s))
		finish_request(c, s, now, NULL, 0);
	else if (s->state == RS_SESSION_ASKING)
		fail_bad(c, s, RS_LOAD_BAD_SHORT, NULL, 0);
	rs_conn_close(tcp, conn);
}

/*
 * RFC 9110 9.2.2: a request is retried only if it is idempotent, or if no byte of its answer
 * was received, because then nothing shows that the server acted on it.
 */
static bool
may_retry(const struct rs_load_client *c, const struct rs_session *s)
{
	return s->retries < c->config->retry && !c->stopping &&
	       (c->idempotent || s->received == 0);
}

/* The connection ended before the answer was complete: retry or fail. */
static void
handle_early_end(struct rs_load_client *c, struct rs_session *s, enum rs_end how, uint64_t now)
{
	enum rs_load_counter why = RS_LOAD_stopped;

	switch (how) {
	case RS_END_RESET:
		if (may_retry(c, s)) {
			s->retries++;
			count_one(c, RS_LOAD_reset);
			count_one(c, RS_LOAD_retried);
			set_state(c, s, RS_SESSION_REOPENING, now);
			return;
		}
		why = RS_LOAD_reset;
		break;
	case RS_END_REFUSED:
		why = RS_LOAD_refused;
		break;
	case RS_END_TIMEOUT:
	case RS_END_EVICTED:
		why = RS_LOAD_timed_out;
		break;
	case RS_END_UNREACHABLE:
		why = RS_LOAD_unreachable;
		break;
	case RS_END_CLOSED:  /* by the stop, because client_peer_closed() handles the peer's */
	case RS_END_ABORTED: /* by the stop or the operator */
		break;
	}
	fail_session(c, s, why, now);
}

static void
client_ended(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_end how)
{
	struct rs_load_client *c = rs_conn_arg(tcp, conn);
	struct rs_session *s = rs_conn_user(conn);
	uint64_t now = rs_tcp_now(tcp);

	s->conn = NULL;
	if (s->established)
		c->open--;
	s->established = false;
	if (s->state != RS_SESSION_ENDING) {
		handle_early_end(c, s, how, now);
		return;
	}
	if (how == RS_END_RESET)
		count_one(c, RS_LOAD_reset);
	set_state(c, s, s->reopen ? RS_SESSION_REOPENING : RS_SESSION_FREE, now);
}

/* End the sessions that have been in a state for too long. */
static void
expire_sessions(struct rs_load_client *c, enum rs_session_state state, uint32_t timeout_ms)
{
	struct rs_session *s;
	unsigned int i;

	for (i = 0; i < POLL_MAX && timeout_ms != 0; i++) {
		s = TAILQ_FIRST(&c->lists[state]);
		if (s == NULL || s->since + UINT64_C(1000) * timeout_ms > c->now)
			return;
		if (state == RS_SESSION_ENDING)
			set_state(c, s, RS_SESSION_ENDING, c->now);
		else
			fail_session(c, s, RS_LOAD_timed_out, c->now);
		rs_conn_abort(c->tcp, s->conn);
	}
}

/* Whether the limits allow another session now; the pacer is not asked. */
static bool
may_begin(const struct rs_load_client *c)
{
	return !c->stopping && c->begun < c->limit && c->active < c->concurrency &&
	       c->now < c->end;
}

/* Begin a session. @return whether its connection could be opened */
static bool
begin_session(struct rs_load_client *c)
{
	struct rs_session *s = TAILQ_FIRST(&c->lists[RS_SESSION_FREE]);

	s->requests = c->config->requests;
	s->retries = 0;
	s->began = rs_pacer_due_time(&c->pacer, c->now);
	if (!open_connection(c, s))
		return false;
	rs_pacer_advance(&c->pacer);
	c->begun++;
	return true;
}

/*
 * How many connections a poll may open. While a client with a rate is behind with the frames that
 * came, it opens one for each two whose requests were answered since the last poll: with more, its
 * receive ring would overflow, and it would measure its own time-outs; with none, its target would
 * run dry.
 */
static unsigned int
poll_quota(struct rs_load_client *c, bool behind)
{
	uint32_t answered = c->answered;

	c->answered = 0;
	if (!behind || c->pacer.interval == 0)
		return POLL_MAX;
	return answered / 2;
}

/* Open the connections that are due: first those of sessions that reopen, then new ones. */
static void
open_due(struct rs_load_client *c, bool behind)
{
	unsigned int quota = poll_quota(c, behind);
	struct rs_session *s;
	unsigned int i;

	c->held = false;
	for (i = 0; i < POLL_MAX; i++) {
		s = TAILQ_FIRST(&c->lists[RS_SESSION_REOPENING]);
		if (s != NULL && c->stopping)
			fail_session(c, s, RS_LOAD_stopped, c->now);
		else if (s != NULL && !open_connection(c, s))
			return;
		else if (s == NULL && (i >= quota || !may_begin(c) ||
				       !rs_pacer_due(&c->pacer, c->now) || !begin_session(c)))
			return;
	}
}

/* Count the connections that have been due for too long, or until the end, and were not opened. */
static void
leave_out(struct rs_load_client *c)
{
	uint64_t until = c->now - RTE_MIN(c->now, (uint64_t)RS_PACER_LAG_US);

	if (c->stopping || c->begun >= c->limit)
		return;
	c->count[RS_LOAD_not_offered] += rs_pacer_skip(&c->pacer,
		c->now >= c->end ? c->end : RTE_MIN(until, c->end));
}

static void
start_client(struct rs_load_client *c)
{
	c->started = true;
	rs_pacer_init(&c->pacer, c->config->rate, c->index, c->n, c->now);
	if (c->config->duration_ms != 0)
		c->end = c->now + UINT64_C(1000) * c->config->duration_ms;
}

static void
client_poll(void *client, struct rs_stack *stack, uint64_t now, bool stopping, bool behind)
{
	struct rs_load_client *c = client;
	bool done;

	c->now = now;
	c->tcp = rs_stack_tcp(stack);
	c->stopping |= stopping;
	if (unlikely(!c->started))
		start_client(c);
	expire_sessions(c, RS_SESSION_CONNECTING, c->config->connect_timeout_ms);
	expire_sessions(c, RS_SESSION_ASKING, c->config->request_timeout_ms);
	expire_sessions(c, RS_SESSION_ENDING, c->config->request_timeout_ms);
	open_due(c, behind);
	leave_out(c);
	done = c->active == 0 && (c->stopping || c->begun >= c->limit || now >= c->end);
	__atomic_store_n(&c->done, done, __ATOMIC_RELAXED);
}

/* Microseconds until the oldest session of a state expires, at most `most`. */
static uint64_t
time_to_expiry(const struct rs_load_client *c, enum rs_session_state state, uint32_t timeout_ms,
	uint64_t now, uint64_t most)
{
	const struct rs_session *s = TAILQ_FIRST(&c->lists[state]);
	uint64_t due;

	if (s == NULL || timeout_ms == 0)
		return most;
	due = s->since + UINT64_C(1000) * timeout_ms;
	return due > now ? RTE_MIN(due - now, most) : 0;
}

static uint64_t
client_idle(const void *client, uint64_t now, uint64_t most)
{
	const struct rs_load_client *c = client;

	/* a held session waits until a connection ends, which wakes the worker or has a time-out */
	if (!c->held && may_begin(c))
		most = RTE_MIN(most, rs_pacer_wait(&c->pacer, now));
	if (!c->held && !TAILQ_EMPTY(&c->lists[RS_SESSION_REOPENING]))
		return 0;
	most = time_to_expiry(c, RS_SESSION_CONNECTING, c->config->connect_timeout_ms, now, most);
	most = time_to_expiry(c, RS_SESSION_ASKING, c->config->request_timeout_ms, now, most);
	return time_to_expiry(c, RS_SESSION_ENDING, c->config->request_timeout_ms, now, most);
}

const struct rs_client rs_load_client_ops = {
	.poll = client_poll,
	.idle = client_idle,
};

const struct rs_service rs_load_service = {
	.name = "load",
	.opened = client_opened,
	.data = client_data,
	.writable = client_writable,
	.peer_closed = client_peer_closed,
	.ended = client_ended,
};
