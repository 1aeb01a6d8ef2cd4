/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Honest users: connections of a second stack, each with one request. A user asks, reads the
 * whole answer, closes, thinks, and comes again. A request without its answer is not repeated,
 * but for what TCP retransmits.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "attack.h"

#define USERS 8
#define THINK 10000u            /* microseconds from an answer to the next request */
#define SPLIT 5000u             /* microseconds between the parts of a split request */
#define HEAD_MAX 512
#define WEB_BODY 1024
#define BIG_BODY 65536
#define ECHO_LEN 100

static const char request[] = "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n";
#define REQUEST_LEN (sizeof(request) - 1)
static const char echo_text[ECHO_LEN + 1] =
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
	"890123456789";

struct user {
	struct honest *honest;
	enum { USER_THINKS, USER_OPENS, USER_ASKS, USER_READS, USER_CLOSES } state;
	struct rs_tcb *tcb;     /* NULL: none */
	uint64_t due;           /* THINKS, ASKS: it acts then */
	uint64_t begin;
	bool echo;
	uint32_t received;      /* bytes of the answer */
	uint32_t expected;      /* 0: not known yet */
	char head[HEAD_MAX];
};

struct honest {
	struct rs_stack *stack;
	struct profile profile;
	struct rs_addr server;
	struct rs_listener settings;
	struct user users[USERS];
	uint32_t left;          /* requests that no user has begun */
	uint32_t number;        /* of requests that were begun */
	struct honest_result result;
};

/* The request of a user has ended in one way or the other. */
static void
end_request(struct user *u, uint32_t *count, uint64_t now)
{
	struct honest_result *result = &u->honest->result;

	(*count)++;
	result->busy_us += now - u->begin + THINK;
	result->worst_us = RTE_MAX(result->worst_us, now - u->begin);
	u->state = USER_CLOSES;
}

static void
opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct user *u = rs_conn_user(conn);

	if (u->echo) {
		rs_conn_send(tcp, conn, echo_text, ECHO_LEN);
		u->state = USER_READS;
	} else if (u->honest->profile.split) {
		rs_conn_send(tcp, conn, request, REQUEST_LEN / 2);
		u->state = USER_ASKS;
		u->due = rs_tcp_now(tcp) + SPLIT;
	} else {
		rs_conn_send(tcp, conn, request, REQUEST_LEN);
		u->state = USER_READS;
	}
}

/* Whether the answer begins as it has to. Its length is known when its head is complete. */
static bool
check_head(struct user *u)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\n";
	uint32_t n = RTE_MIN(u->received, (uint32_t)HEAD_MAX);
	const char *end;

	if (u->echo)
		return memcmp(u->head, echo_text, RTE_MIN(n, (uint32_t)ECHO_LEN)) == 0;
	if (memcmp(u->head, ok, RTE_MIN(n, sizeof(ok) - 1)) != 0)
		return false;
	end = memmem(u->head, n, "\r\n\r\n", 4);
	if (end != NULL)
		u->expected = (uint32_t)(end + 4 - u->head) +
			(u->honest->profile.big ? BIG_BODY : WEB_BODY);
	return true;
}

static uint32_t
receive(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data, uint32_t len)
{
	struct user *u = rs_conn_user(conn);
	struct honest_result *result = &u->honest->result;
	uint64_t now = rs_tcp_now(tcp);

	if (u->state == USER_CLOSES)
		return len;
	if (u->received < HEAD_MAX)
		memcpy(u->head + u->received, data, RTE_MIN(len, HEAD_MAX - u->received));
	u->received += len;
	if (!check_head(u) || (u->expected != 0 && u->received > u->expected))
		end_request(u, &result->wrong, now);
	else if (u->received == u->expected)
		end_request(u, &result->answered, now);
	else
		return len;
	rs_conn_close(tcp, conn);
	return len;
}

static void
peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct user *u = rs_conn_user(conn);

	if (u->state != USER_CLOSES)
		end_request(u, &u->honest->result.wrong, rs_tcp_now(tcp));
	rs_conn_close(tcp, conn);
}

static void
ended(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_end how)
{
	struct user *u = rs_conn_user(conn);
	struct honest_result *result = &u->honest->result;
	uint64_t now = rs_tcp_now(tcp);

	if (u->state != USER_CLOSES)
		end_request(u, how == RS_END_RESET || how == RS_END_REFUSED ? &result->reset :
			&result->timed_out, now);
	u->state = USER_THINKS;
	u->tcb = NULL;
	u->due = now + THINK;
}

static const struct rs_service service = {
	.name = "honest",
	.opened = opened,
	.data = receive,
	.peer_closed = peer_closed,
	.ended = ended,
};

struct honest *
honest_create(struct rte_mempool *mbufs, const struct profile *profile, bool ipv6, uint64_t now)
{
	const struct rs_port port = {
		.mtu = 1500,
		.mac = { .addr_bytes = { 2, 0, 0, 0, 1, 1 } },
		.subnet = { .addr = world_addr(ATTACK_HONEST, false), .len = 96 + 24 },
		.subnets6 = { { .addr = world_addr(ATTACK_HONEST, true), .len = 64 } },
		.n_subnets6 = 1,
	};
	struct rs_stack_params params = {
		.mbufs = mbufs, .ports = &port, .n_ports = 1, .n_listeners = 1,
		.max_neighbours = 16,
	};
	struct honest *honest = calloc(1, sizeof(*honest));
	unsigned int i;

	if (honest == NULL)
		errx(1, "no memory for the honest users");
	honest->profile = *profile;
	honest->server = world_addr(ATTACK_SERVER_0, ipv6);
	honest->settings = (struct rs_listener){
		.name = "honest", .service = &service, .nodelay = true,
	};
	params.listeners = &honest->settings;
	memset(params.secret, 0xa5, sizeof(params.secret));
	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = 1024;
	params.tcp.msl_ms = 10;
	params.tcp.local_port_first = 1024;
	honest->stack = rs_stack_create(&params, now);
	if (honest->stack == NULL)
		errx(1, "no stack for the honest users: %s", rte_strerror(rte_errno));
	for (i = 0; i < USERS; i++)
		honest->users[i].honest = honest;
	return honest;
}

void
honest_free(struct honest *honest)
{
	rs_stack_free(honest->stack);
	free(honest);
}

struct rs_stack *
honest_stack(struct honest *honest)
{
	return honest->stack;
}

const struct profile *
honest_profile(const struct honest *honest)
{
	return &honest->profile;
}

void
honest_begin(struct honest *honest, uint32_t requests, uint64_t now)
{
	unsigned int i;

	honest->left = requests;
	/* not all at the same moment */
	for (i = 0; i < USERS; i++)
		honest->users[i].due = now + i * (THINK / USERS);
}

static void
begin_request(struct user *u, uint64_t now)
{
	struct honest *honest = u->honest;
	struct rs_connect to = {
		.raddr = honest->server,
		.rport = PORT_WEB,
		.user = u,
	};

	u->echo = !honest->profile.big && honest->number % 4 == 3;
	if (u->echo)
		to.rport = PORT_ECHO;
	else if (honest->profile.big)
		to.rport = PORT_BIG;
	honest->left--;
	honest->number++;
	u->received = 0;
	u->expected = u->echo ? ECHO_LEN : 0;
	u->begin = now;
	u->state = USER_OPENS;
	if (rs_connect(rs_stack_tcp(honest->stack), &to, &u->tcb) != 0)
		errx(1, "an honest user cannot open a connection");
}

bool
honest_poll(struct honest *honest, uint64_t now)
{
	bool open = honest->left > 0;
	unsigned int i;

	for (i = 0; i < USERS; i++) {
		struct user *u = &honest->users[i];

		if (u->state == USER_THINKS && honest->left > 0 && u->due <= now)
			begin_request(u, now);
		if (u->state == USER_ASKS && u->due <= now) {
			u->state = USER_READS;
			rs_conn_send(rs_stack_tcp(honest->stack), u->tcb,
				request + REQUEST_LEN / 2, REQUEST_LEN - REQUEST_LEN / 2);
		}
		open |= u->state == USER_OPENS || u->state == USER_ASKS || u->state == USER_READS;
	}
	return open;
}

struct honest_result
honest_result(const struct honest *honest, uint64_t now)
{
	struct honest_result result = honest->result;
	unsigned int i;

	for (i = 0; i < USERS; i++) {
		const struct user *u = &honest->users[i];

		if (u->state == USER_THINKS || u->state == USER_CLOSES)
			continue;
		result.open++;
		result.busy_us += now - u->begin;
		result.worst_us = RTE_MAX(result.worst_us, now - u->begin);
	}
	result.open += honest->left;
	return result;
}
