/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The calls of a script: as much of sockets as a service of the engine has. All connections have
 * the same peer, so a callback belongs to the newest one.
 */

#include <errno.h>
#include <stdlib.h>

#include "play.h"

static struct sock *
find_sock(struct play *p, const struct call *c)
{
	int fd = atoi(c->args[0]);
	unsigned int i;

	for (i = 0; i < PLAY_SOCKETS; i++) {
		if (fd > 0 && p->socks[i].fd == fd)
			return &p->socks[i];
	}
	wire_fail(p->w, "%s: no socket has the number \"%s\"", c->name, c->args[0]);
}

static struct sock *
new_sock(struct play *p, int64_t fd)
{
	unsigned int i;

	for (i = 0; i < PLAY_SOCKETS; i++) {
		if (p->socks[i].fd == 0) {
			p->socks[i] = (struct sock){ .fd = (int)fd };
			return &p->socks[i];
		}
	}
	wire_fail(p->w, "a script has %d sockets at most", PLAY_SOCKETS);
}

static struct conn *
new_conn(struct play *p)
{
	if (p->n_conns == PLAY_CONNS)
		wire_fail(p->w, "a script has %d connections at most", PLAY_CONNS);
	p->conns[p->n_conns] = (struct conn){
		.c = TAILQ_LAST(&p->w->conns, wire_conns),
	};
	return &p->conns[p->n_conns++];
}

bool
sock_listening(const struct play *p)
{
	unsigned int i;

	for (i = 0; i < PLAY_SOCKETS; i++) {
		if (p->socks[i].fd != 0 && p->socks[i].listening)
			return true;
	}
	return false;
}

bool
sock_nonblock(const struct play *p, const struct call *c)
{
	int fd = atoi(c->args[0]);
	unsigned int i;

	for (i = 0; i < PLAY_SOCKETS; i++) {
		if (p->socks[i].fd == fd)
			return p->socks[i].nonblock;
	}
	return false;
}

/* The errno of an end. */
static int
end_error(enum rs_end how)
{
	switch (how) {
	case RS_END_CLOSED:
		return 0;
	case RS_END_RESET:
		return ECONNRESET;
	case RS_END_TIMEOUT:
		return ETIMEDOUT;
	case RS_END_REFUSED:
		return ECONNREFUSED;
	case RS_END_UNREACHABLE:
		return EHOSTUNREACH;
	case RS_END_ABORTED:
	case RS_END_EVICTED:
	default:
		return ECONNABORTED;
	}
}

void
sock_told(struct play *p)
{
	struct wire_event *e;

	while ((e = TAILQ_FIRST(&p->w->events)) != NULL) {
		struct conn *conn = p->n_conns > 0 ? &p->conns[p->n_conns - 1] : NULL;

		if (e->what == OPENED && (conn == NULL || conn->c == NULL || conn->opened))
			conn = new_conn(p);
		if (e->what == OPENED)
			conn->opened = true;
		else if (e->what == DATA)
			conn->got += e->len;
		else if (e->what == PEER_CLOSED || e->what == ENDED)
			conn->eof = true;
		if (e->what == ENDED) {
			conn->error = end_error(e->arg);
			conn->c = NULL;
		}
		TAILQ_REMOVE(&p->w->events, e, next);
		free(e);
	}
}

/* What was set before there was a connection. */
static void
apply(const struct sock *s)
{
	const struct wire_conn *c = s->conn->c;

	if (c == NULL)
		return;
	rs_conn_set_nodelay(c->tcb, s->nodelay);
	rs_conn_set_keepalive(c->tcp, c->tcb, s->keepalive);
	if (s->user_timeout > 0)
		rs_conn_set_user_timeout(c->tcp, c->tcb, s->user_timeout);
}

static bool
call_socket(struct play *p, const struct call *c, struct outcome *o)
{
	if (c->result <= 0)
		wire_fail(p->w, "socket() returns a number above 0");
	o->result = new_sock(p, c->result)->fd;
	return true;
}

static bool
call_bind(struct play *p, const struct call *c, struct outcome *o __rte_unused)
{
	find_sock(p, c);
	return true;
}

static bool
call_listen(struct play *p, const struct call *c, struct outcome *o __rte_unused)
{
	find_sock(p, c)->listening = true;
	return true;
}

static bool
call_accept(struct play *p, const struct call *c, struct outcome *o)
{
	const struct sock *listener = find_sock(p, c);
	struct sock *s;
	unsigned int i;

	for (i = 0; i < p->n_conns; i++) {
		if (!p->conns[i].opened || p->conns[i].accepted)
			continue;
		p->conns[i].accepted = true;
		s = new_sock(p, c->result);
		s->nodelay = listener->nodelay;
		s->keepalive = listener->keepalive;
		s->linger_zero = listener->linger_zero;
		s->user_timeout = listener->user_timeout;
		s->conn = &p->conns[i];
		apply(s);
		o->result = s->fd;
		return true;
	}
	return false;
}

/* Tell the error of a connection, once. */
static bool
failed(struct conn *conn, struct outcome *o)
{
	if (conn->error == 0)
		return false;
	*o = (struct outcome){ -1, conn->error };
	conn->error = 0;
	return true;
}

static bool
call_connect(struct play *p, const struct call *c, struct outcome *o)
{
	struct wire *w = p->w;
	struct sock *s = find_sock(p, c);

	if (s->conn == NULL) {
		connect();
		s->conn = new_conn(p);
		s->conn->accepted = true;
		apply(s);
	}
	return s->conn->opened || failed(s->conn, o);
}

static struct conn *
find_conn(struct play *p, const struct call *c)
{
	struct conn *conn = find_sock(p, c)->conn;

	if (conn == NULL)
		wire_fail(p->w, "%s: socket %s has no connection", c->name, c->args[0]);
	return conn;
}

static bool
call_read(struct play *p, const struct call *c, struct outcome *o)
{
	struct conn *conn = find_conn(p, c);

	if (c->n_args < 3)
		wire_fail(p->w, "%s needs a socket, a buffer and its size", c->name);
	p->w->take = (uint64_t)atoll(c->args[2]) - conn->got;
	if (conn->got == 0 && conn->c != NULL) {
		rs_conn_resume(conn->c->tcp, conn->c->tcb);
		play_run(p);
	}
	if (conn->got > 0) {
		o->result = conn->got;
		conn->got = 0;
	} else if (!failed(conn, o) && !conn->eof) {
		return false; /* what arrives is taken for it */
	}
	p->w->take = 0;
	return true;
}

static bool
call_write(struct play *p, const struct call *c, struct outcome *o)
{
	static const uint8_t zeros[1 << 20];
	struct conn *conn = find_conn(p, c);
	uint32_t len;

	if (c->n_args < 3)
		wire_fail(p->w, "%s needs a socket, data and its size", c->name);
	len = (uint32_t)RTE_MIN(strtoul(c->args[2], NULL, 0), sizeof(zeros));
	if (failed(conn, o))
		return true;
	o->result = conn->c == NULL ? -EPIPE :
		rs_conn_send_copy(conn->c->tcp, conn->c->tcb, zeros, len);
	if (o->result < 0)
		*o = (struct outcome){ -1, EPIPE };
	play_run(p);
	return o->result != 0 || len == 0;
}

static bool
call_shutdown(struct play *p, const struct call *c, struct outcome *o)
{
	const struct conn *conn = find_conn(p, c);

	if (strcmp(c->args[1], "SHUT_WR") != 0 && strcmp(c->args[1], "SHUT_RDWR") != 0)
		wire_fail(p->w, "shutdown(): a service has SHUT_WR and SHUT_RDWR");
	if (conn->c == NULL)
		*o = (struct outcome){ -1, ENOTCONN };
	else
		rs_conn_shutdown(conn->c->tcp, conn->c->tcb);
	play_run(p);
	return true;
}

static bool
call_close(struct play *p, const struct call *c, struct outcome *o __rte_unused)
{
	struct sock *s = find_sock(p, c);
	const struct wire_conn *conn = s->conn != NULL ? s->conn->c : NULL;
	bool abort = s->linger_zero;

	s->fd = 0;
	if (conn != NULL && abort)
		rs_conn_abort(conn->tcp, conn->tcb);
	else if (conn != NULL)
		rs_conn_close(conn->tcp, conn->tcb);
	play_run(p);
	return true;
}

static bool
call_fcntl(struct play *p, const struct call *c, struct outcome *o)
{
	struct sock *s = find_sock(p, c);

	if (strcmp(c->args[1], "F_GETFL") == 0)
		o->result = 2; /* O_RDWR */
	else if (strcmp(c->args[1], "F_SETFL") == 0)
		s->nonblock = strstr(c->args[2], "O_NONBLOCK") != NULL;
	else
		wire_fail(p->w, "fcntl(): F_GETFL and F_SETFL are known");
	return true;
}

/* The number of an argument like [1]; -1: it is none. */
static long
bracketed(const char *arg)
{
	return arg[0] == '[' ? strtol(arg + 1, NULL, 0) : -1;
}

static bool
call_setsockopt(struct play *p, const struct call *c, struct outcome *o __rte_unused)
{
	struct sock *s = find_sock(p, c);
	const char *name = c->args[2];
	long value = bracketed(c->args[3]);

	if (strcmp(name, "TCP_NODELAY") == 0)
		s->nodelay = value > 0;
	else if (strcmp(name, "SO_KEEPALIVE") == 0)
		s->keepalive = value > 0;
	else if (strcmp(name, "TCP_USER_TIMEOUT") == 0)
		s->user_timeout = (uint32_t)(value + 999) / 1000;
	else if (strcmp(name, "SO_LINGER") == 0)
		s->linger_zero = strstr(c->args[3], "onoff=1") != NULL &&
			strstr(c->args[3], "linger=0") != NULL;
	else if (strcmp(name, "SO_REUSEADDR") != 0)
		wire_fail(p->w, "setsockopt(): a service has TCP_NODELAY, SO_KEEPALIVE, "
			"TCP_USER_TIMEOUT, SO_LINGER and SO_REUSEADDR, but not %s", name);
	if (s->conn != NULL)
		apply(s);
	return true;
}

static bool
call_getsockopt(struct play *p, const struct call *c, struct outcome *o __rte_unused)
{
	struct conn *conn = find_conn(p, c);

	if (strcmp(c->args[2], "SO_ERROR") != 0)
		wire_fail(p->w, "getsockopt(): SO_ERROR is known");
	if (bracketed(c->args[3]) != conn->error)
		wire_fail(p->w, "SO_ERROR is [%d], expected %s", conn->error, c->args[3]);
	conn->error = 0;
	return true;
}

static const struct {
	const char *name;
	int n_args;
	bool (*call)(struct play *p, const struct call *c, struct outcome *o);
} calls[] = {
	{ "accept", 1, call_accept },
	{ "bind", 1, call_bind },
	{ "close", 1, call_close },
	{ "connect", 1, call_connect },
	{ "fcntl", 2, call_fcntl },
	{ "getsockopt", 4, call_getsockopt },
	{ "listen", 1, call_listen },
	{ "read", 3, call_read },
	{ "recv", 3, call_read },
	{ "send", 3, call_write },
	{ "setsockopt", 4, call_setsockopt },
	{ "shutdown", 2, call_shutdown },
	{ "socket", 0, call_socket },
	{ "write", 3, call_write },
};

bool
sock_call(struct play *p, const struct call *c, struct outcome *o)
{
	unsigned int i;

	*o = (struct outcome){ 0 };
	for (i = 0; i < RTE_DIM(calls); i++) {
		if (strcmp(calls[i].name, c->name) != 0)
			continue;
		if (c->n_args < calls[i].n_args)
			wire_fail(p->w, "%s needs %d arguments", c->name, calls[i].n_args);
		return calls[i].call(p, c, o);
	}
	wire_fail(p->w, "the call %s is not known: accept, bind, close, connect, fcntl, "
		"getsockopt, listen, read, recv, send, setsockopt, shutdown, socket and write are",
		c->name);
}
