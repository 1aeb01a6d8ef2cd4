/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The rs_conn_ functions of rstack.h that services use, without an engine behind them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "fake_conn.h"

static void
bytes_append(struct fake_bytes *b, const void *data, size_t len)
{
	if (b->len + len > b->size) {
		b->size = (b->len + len) * 2;
		b->data = realloc(b->data, b->size);
		assert_non_null(b->data);
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void
bytes_clear(struct fake_bytes *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

/* Remember memory that the service may not change while it is in flight. */
static void
hold(struct rs_tcb *conn, const void *data, size_t len)
{
	struct fake_range range = { .memory = data, .copy = malloc(len + 1), .len = len };

	assert_non_null(range.copy);
	memcpy(range.copy, data, len);
	bytes_append(&conn->held, &range, sizeof(range));
	conn->held_last = len;
}

/* The range that begins at a byte of conn->held. */
static struct fake_range
range_at(const struct rs_tcb *conn, size_t at)
{
	struct fake_range range;

	memcpy(&range, conn->held.data + at, sizeof(range));
	return range;
}

/* Forget the memory that is held. */
static void
release(struct rs_tcb *conn)
{
	size_t at;

	for (at = 0; at < conn->held.len; at += sizeof(struct fake_range))
		free(range_at(conn, at).copy);
	bytes_clear(&conn->held);
}

void
fake_acked(struct rs_tcb *conn)
{
	size_t at;

	for (at = 0; at < conn->held.len; at += sizeof(struct fake_range)) {
		struct fake_range range = range_at(conn, at);

		assert_memory_equal(range.memory, range.copy, range.len);
	}
	release(conn);
	conn->unacked = false;
}

/* Offer what is left once, in a buffer of exactly its size, so that ASan sees overruns. */
static void
offer(struct rs_tcb *conn)
{
	size_t len = conn->left.len;
	uint8_t *copy;
	uint32_t taken;

	conn->resume = false;
	if (len == 0 || conn->aborted)
		return;
	copy = malloc(len);
	assert_non_null(copy);
	memcpy(copy, conn->left.data, len);
	conn->offers++;
	taken = conn->ops->data(conn->tcp, conn, NULL, copy, (uint32_t)len);
	assert_true(taken <= len);
	/* `data` is valid during the call only. */
	memset(copy, 0xee, len);
	free(copy);
	memmove(conn->left.data, conn->left.data + taken, len - taken);
	conn->left.len -= taken;
}

/* What the engine does after every callback. */
static void
settle(struct rs_tcb *conn)
{
	while (conn->resume)
		offer(conn);
	if (conn->fin && !conn->told_fin && conn->left.len == 0 && !conn->aborted) {
		conn->told_fin = true;
		if (conn->ops->peer_closed != NULL)
			conn->ops->peer_closed(conn->tcp, conn);
	}
}

void
fake_listen(struct rs_tcp *tcp, const struct rs_service_type *type,
	const struct rs_config_listener *config)
{
	char error[256] = "";

	memset(tcp, 0, sizeof(*tcp));
	if (type->create != NULL && type->create(config, &tcp->arg, error, sizeof(error)) < 0)
		fail_msg("create: %s", error);
}

void
fake_open(struct rs_tcb *conn)
{
	struct rs_tcb fresh = {
		.tcp = conn->tcp,
		.ops = conn->ops,
		.room = conn->room,
		.slots = conn->slots,
		.user = conn->user,
	};

	*conn = fresh;
	if (conn->ops->opened != NULL)
		conn->ops->opened(conn->tcp, conn);
	settle(conn);
}

void
fake_receive(struct rs_tcb *conn, const void *data, size_t len)
{
	if (conn->aborted)
		return;
	assert_false(conn->fin);
	bytes_append(&conn->left, data, len);
	offer(conn);
	settle(conn);
}

void
fake_receive_str(struct rs_tcb *conn, const char *s)
{
	fake_receive(conn, s, strlen(s));
}

void
fake_room(struct rs_tcb *conn, uint32_t room, uint32_t slots)
{
	conn->room = room;
	conn->slots = slots;
	if (!conn->wants_room || conn->aborted)
		return;
	/* Offered again before writable is told, or not at all but for resume: the contract
	 * allows both orders. */
	conn->wants_room = false;
	offer(conn);
	if (conn->ops->writable != NULL)
		conn->ops->writable(conn->tcp, conn);
	settle(conn);
}

void
fake_fin(struct rs_tcb *conn)
{
	conn->fin = true;
	settle(conn);
}

void
fake_after(struct rs_tcb *conn, uint64_t ms)
{
	conn->tcp->now += ms * 1000;
	if (conn->expires == 0 || conn->tcp->now < conn->expires)
		return;
	conn->expires = 0;
	assert_non_null(conn->ops->expired);
	conn->ops->expired(conn->tcp, conn);
	settle(conn);
}

void
fake_end(struct rs_tcb *conn, enum rs_end how)
{
	fake_acked(conn);
	if (conn->ops->ended != NULL)
		conn->ops->ended(conn->tcp, conn, how);
	bytes_clear(&conn->sent);
	bytes_clear(&conn->left);
}

void
fake_forget(struct rs_tcb *conn)
{
	bytes_clear(&conn->sent);
}

void
fake_free(struct rs_tcb *conn)
{
	release(conn);
	bytes_clear(&conn->sent);
	bytes_clear(&conn->left);
}

/* Whether sending is over, as the result of a send; 0: it is not. */
static int64_t
sending_over(const struct rs_tcb *conn)
{
	if (conn->gone || conn->aborted)
		return -ENOTCONN;
	return conn->shut || conn->closed ? -EPIPE : 0;
}

int64_t
rs_conn_send(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn, const void *data, uint32_t len)
{
	int64_t over = sending_over(conn);

	if (over < 0)
		return over;
	if (conn->slots == 0) {
		conn->wants_room = true;
		return 0;
	}
	if (conn->slots != FAKE_ANY)
		conn->slots--;
	hold(conn, data, len);
	conn->unacked = true;
	bytes_append(&conn->sent, data, len);
	return len;
}

int64_t
rs_conn_send_copy(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn, const void *data,
	uint32_t len)
{
	int64_t over = sending_over(conn);
	uint32_t n = RTE_MIN(len, conn->room);

	if (over < 0)
		return over;
	if (conn->room != FAKE_ANY)
		conn->room -= n;
	if (n < len)
		conn->wants_room = true;
	conn->unacked |= n > 0;
	bytes_append(&conn->sent, data, n);
	return n;
}

bool
rs_conn_unacked(const struct rs_tcp *tcp __rte_unused, const struct rs_tcb *conn)
{
	return conn->unacked;
}

int64_t
rs_conn_send_mbuf(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data, uint32_t len)
{
	return rs_conn_send_copy(tcp, conn, data, len);
}

void
rs_conn_resume(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn)
{
	conn->resume = true;
}

int
rs_conn_shutdown(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn)
{
	int64_t over = sending_over(conn);

	if (over < 0)
		return (int)over;
	conn->shut = true;
	conn->expires = 0;
	return 0;
}

int
rs_conn_finish(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	int ret = rs_conn_shutdown(tcp, conn);

	conn->finish = ret == 0;
	return ret;
}

int
rs_conn_close(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn)
{
	if (conn->gone || conn->aborted)
		return -ENOTCONN;
	conn->closed = true;
	conn->expires = 0;
	return 0;
}

int
rs_conn_abort(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn)
{
	if (conn->gone || conn->aborted)
		return -ENOTCONN;
	conn->aborted = true;
	return 0;
}

int
rs_conn_reset(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_reset_reason reason)
{
	conn->reason = reason;
	return rs_conn_abort(tcp, conn);
}

void
rs_conn_set_time_limit(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ms)
{
	if (!conn->gone && !conn->shut && !conn->closed && !conn->aborted)
		conn->expires = ms != 0 ? tcp->now + ms * UINT64_C(1000) : 0;
}

uint32_t
rs_conn_time_left(const struct rs_tcp *tcp, const struct rs_tcb *conn)
{
	return conn->expires > tcp->now ? (uint32_t)((conn->expires - tcp->now) / 1000) : 0;
}

const struct rs_tuple *
rs_conn_tuple(const struct rs_tcb *conn)
{
	return &conn->tuple;
}

void *
rs_conn_user(const struct rs_tcb *conn)
{
	return conn->user;
}

void
rs_conn_set_user(struct rs_tcb *conn, void *user)
{
	conn->user = user;
}

void *
rs_conn_arg(const struct rs_tcp *tcp, const struct rs_tcb *conn __rte_unused)
{
	return tcp->arg;
}

uint64_t
rs_tcp_now(const struct rs_tcp *tcp)
{
	return tcp->now;
}
