/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The users of connections: a service on both hosts that does what the plan's scripts say and
 * checks what it is told: the right bytes, callbacks in order, the end once and last.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "sim.h"

static void act(struct sim *sim, struct sim_end *end);

static struct rs_tcp *
tcp_of(struct sim *sim, const struct sim_end *end)
{
	return rs_stack_tcp(sim->world.host[end->host].stack);
}

static void
wake_at(struct sim_end *end, uint64_t at)
{
	end->timer = RTE_MIN(end->timer, at);
}

/* A fresh end. */
static struct sim_end *
new_end(struct sim *sim, const struct sim_conn_plan *conn, uint8_t host, uint8_t side)
{
	struct sim_end *end = &sim->ends[sim->n_ends];

	if (sim->n_ends == SIM_ENDS_MAX) {
		sim_fail(sim, "more ends of connections than were opened");
		return NULL;
	}
	memset(end, 0, sizeof(*end));
	end->host = host;
	end->side = side;
	end->plan = conn;
	end->script = &conn->script[side];
	end->began = end->progress = sim->world.now;
	end->stream = (uint32_t)((sim->seed * 2654435761U + sim->n_ends * 40503U) % SIM_PATTERN);
	end->timer = sim->world.now + SIM_PATIENCE;
	sim->n_ends++;
	return end;
}

/*
 * SEND, SHUTDOWN, CLOSE and ABORT as the script says.
 */

/* A return of SEND that the contract has for it. @return bytes taken */
static uint32_t
taken(struct sim *sim, const struct sim_end *end, int64_t ret, uint32_t len)
{
	if (ret >= 0 && ret <= len && (ret == 0 || ret == len || end->script->copy ||
			end->script->echo))
		return (uint32_t)ret;
	if (ret != -ENOTCONN)
		sim_fail(sim, "SEND of %u bytes gave %d", len, (int)ret);
	return 0;
}

static void
send_some(struct sim *sim, struct sim_end *end)
{
	const struct sim_script *script = end->script;
	uint64_t now = sim->world.now;

	while (end->sent < script->total && now >= end->next_send && !end->ended) {
		uint32_t at = (uint32_t)((end->stream + end->sent) % SIM_PATTERN);
		uint32_t len = (uint32_t)RTE_MIN(script->total - end->sent,
			(uint64_t)RTE_MIN(script->piece, SIM_PATTERN));
		int64_t ret = script->copy ?
			rs_conn_send_copy(tcp_of(sim, end), end->tcb, sim->pattern + at, len) :
			rs_conn_send(tcp_of(sim, end), end->tcb, sim->pattern + at, len);
		uint32_t n = taken(sim, end, ret, len);

		end->sent += n;
		if (n < len)
			return; /* `writable` will come */
		end->next_send = now + script->pause;
	}
	if (end->sent < script->total)
		wake_at(end, end->next_send);
}

static void
call_shutdown(struct sim *sim, struct sim_end *end)
{
	end->shut = true;
	if (rs_conn_shutdown(tcp_of(sim, end), end->tcb) == -EPIPE)
		sim_fail(sim, "SHUTDOWN of what was not closed gave EPIPE");
}

static void
call_close(struct sim *sim, struct sim_end *end)
{
	end->shut = end->closed = true;
	rs_conn_close(tcp_of(sim, end), end->tcb);
}

static void
call_abort(struct sim *sim, struct sim_end *end)
{
	end->aborted = true;
	rs_conn_abort(tcp_of(sim, end), end->tcb);
}

/* What ends this side by now. */
static void
finish_some(struct sim *sim, struct sim_end *end)
{
	const struct sim_script *script = end->script;
	uint64_t now = sim->world.now;
	bool all = script->echo ? end->peer_closed : end->sent >= script->total;

	switch (script->finish) {
	case SIM_SHUTDOWN:
		if (all && !end->shut)
			call_shutdown(sim, end);
		break;
	case SIM_WAIT:
		if (all && end->peer_closed && !end->closed)
			call_close(sim, end);
		break;
	case SIM_CLOSE:
		if (all && !end->closed)
			call_close(sim, end);
		break;
	case SIM_ABORT:
		if (all)
			call_abort(sim, end);
		break;
	case SIM_ABORT_RECEIVED:
		if (end->received >= script->finish_at)
			call_abort(sim, end);
		else if (all && !end->shut)
			call_shutdown(sim, end);
		break;
	case SIM_ABORT_TIME:
	case SIM_CLOSE_TIME:
		if (now < end->opened_at + script->finish_at)
			wake_at(end, end->opened_at + script->finish_at);
		else if (script->finish == SIM_ABORT_TIME)
			call_abort(sim, end);
		else if (!end->closed)
			call_close(sim, end);
		break;
	}
}

/* Do what is possible now. */
static void
act(struct sim *sim, struct sim_end *end)
{
	if (end->tcb == NULL || !end->opened || end->aborted)
		return;
	if (!end->shut)
		send_some(sim, end);
	if (!end->ended)
		finish_some(sim, end);
}

/*
 * Taking.
 */

static bool
is_deaf(const struct sim *sim, struct sim_end *end)
{
	const struct sim_script *script = end->script;

	if (sim->world.now < end->opened_at + script->deaf_from ||
	    sim->world.now >= end->opened_at + script->deaf_until)
		return false;
	wake_at(end, end->opened_at + script->deaf_until);
	return true;
}

/* How many of len bytes the user takes now. */
static uint32_t
wants(struct sim *sim, struct sim_end *end, uint32_t len)
{
	uint32_t n;

	if (is_deaf(sim, end))
		return 0;
	if (end->script->take == 0)
		return len;
	n = (uint32_t)RTE_MIN(end->allowed, (uint64_t)len);
	end->allowed -= n;
	if (n < len)
		wake_at(end, sim->world.now + end->script->rest);
	return n;
}

static void
check_bytes(struct sim *sim, const struct sim_end *end, const uint8_t *data, uint32_t len)
{
	const struct sim_end *peer = end->peer;

	if (peer == NULL)
		sim_fail(sim, "data of a peer that opened nothing");
	else if (end->received + len > peer->sent)
		sim_fail(sim, "%u bytes after %" PRIu64 " came, only %" PRIu64 " were sent", len,
			end->received, peer->sent);
	else if (len > SIM_PATTERN || memcmp(data, sim->pattern +
			(peer->stream + end->received) % SIM_PATTERN, len) != 0)
		sim_fail(sim, "a wrong byte among the %u after %" PRIu64, len, end->received);
}

static struct sim_end *
user_of(struct sim *sim, struct rs_tcb *tcb, const char *what)
{
	struct sim_end *end = rs_conn_user(tcb);

	if (end == NULL || !end->opened || end->ended || end->tcb != tcb) {
		sim_fail(sim, "%s was told before `opened` or after `ended`", what);
		return NULL;
	}
	return end;
}

static uint32_t
service_data(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	struct sim_users *users = rs_conn_arg(tcp, tcb);
	struct sim *sim = users->sim;
	struct sim_end *end = user_of(sim, tcb, "data");
	uint32_t n;

	if (end == NULL)
		return len;
	if (len == 0 || end->peer_closed)
		sim_fail(sim, "%u bytes are offered%s", len, end->peer_closed ?
			" after the peer's close" : "");
	check_bytes(sim, end, data, len);
	n = wants(sim, end, len);
	end->slow |= n < len;
	if (end->script->echo && n > 0) {
		uint32_t room = rs_conn_send_room(tcp, tcb);
		int64_t ret = rs_conn_send_mbuf(tcp, tcb, m, data, n);

		n = taken(sim, end, ret, n);
		if (n > room)
			sim_fail(sim, "SEND took %u bytes, there was room for %u", n, room);
		end->sent += n;
	}
	end->received += n;
	if (n > 0)
		act(sim, end);
	return n;
}

/*
 * The other callbacks.
 */

/* The other end of a connection: the one whose numbers are the same. */
static void
find_peer(struct sim *sim, struct sim_end *end)
{
	unsigned int i;

	for (i = 0; i < sim->n_ends; i++) {
		struct sim_end *peer = &sim->ends[i];

		if (peer->host == end->host || peer->tuple.lport != end->tuple.rport ||
		    peer->tuple.rport != end->tuple.lport || peer->iss != end->irs)
			continue;
		if (peer->peer != NULL && peer->peer != end)
			sim_fail(sim, "a SYN made two connections");
		end->peer = peer;
		peer->peer = end;
		if (end->script->echo)
			end->stream = peer->stream;
		return;
	}
}

/* A connection that the peer opened: the plan says what we do with it. */
static struct sim_end *
passive_end(struct sim *sim, uint8_t host, const struct rs_tuple *tuple, uint32_t irs)
{
	unsigned int i;

	for (i = 0; i < sim->n_ends; i++) {
		const struct sim_end *peer = &sim->ends[i];

		if (peer->host != host && peer->tuple.lport == tuple->rport &&
		    peer->tuple.rport == tuple->lport && peer->iss == irs && peer->side == 0)
			return new_end(sim, peer->plan, host, 1);
	}
	sim_fail(sim, "opened by a SYN that no user of the peer asked for");
	return NULL;
}

/* Never two connections for one tuple (RFC 9293 3.10.1). */
static void
check_single(struct sim *sim, const struct sim_end *end)
{
	unsigned int i;

	for (i = 0; i < sim->n_ends; i++) {
		const struct sim_end *other = &sim->ends[i];

		if (other != end && other->host == end->host && !other->ended &&
		    other->opened && rs_tuple_equal(&other->tuple, &end->tuple))
			sim_fail(sim, "two connections for ports %u and %u", end->tuple.lport,
				end->tuple.rport);
	}
}

static void
service_opened(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct sim_users *users = rs_conn_arg(tcp, tcb);
	struct sim *sim = users->sim;
	struct sim_end *end = rs_conn_user(tcb);
	const struct rs_tuple *tuple = rs_conn_tuple(tcb);
	struct rs_conn_info info;

	if (rs_stack_inspect(sim->world.host[users->host].stack, tuple, &info) != 0) {
		sim_fail(sim, "opened, but not in the table");
		return;
	}
	if (end == NULL)
		end = passive_end(sim, users->host, tuple, info.rcv_nxt - 1);
	if (end == NULL)
		return;
	if (end->opened || end->ended)
		sim_fail(sim, "opened twice");
	rs_conn_set_user(tcb, end);
	end->tcb = tcb;
	end->tuple = *tuple;
	end->opened = true;
	end->opened_at = end->progress = sim->world.now;
	end->iss = info.snd_una - 1;
	end->irs = info.rcv_nxt - 1;
	end->allowed = end->script->take;
	find_peer(sim, end);
	check_single(sim, end);
	act(sim, end);
}

static void
service_writable(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct sim_users *users = rs_conn_arg(tcp, tcb);
	struct sim_end *end = user_of(users->sim, tcb, "writable");

	if (end == NULL)
		return;
	if (end->script->echo)
		rs_conn_resume(tcp, tcb);
	act(users->sim, end);
}

static void
service_urgent(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ahead)
{
	struct sim_users *users = rs_conn_arg(tcp, tcb);

	sim_fail(users->sim, "%u bytes of urgent data that nobody sent", ahead);
}

static void
service_peer_closed(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct sim_users *users = rs_conn_arg(tcp, tcb);
	struct sim *sim = users->sim;
	struct sim_end *end = user_of(sim, tcb, "the peer's close");

	if (end == NULL)
		return;
	if (end->peer_closed)
		sim_fail(sim, "the peer's close was told twice");
	if (end->peer == NULL || !end->peer->shut)
		sim_fail(sim, "the peer's close was told, but it did not");
	else if (end->received != end->peer->sent)
		sim_fail(sim, "the peer's close was told after %" PRIu64 " of %" PRIu64 " bytes",
			end->received, end->peer->sent);
	end->peer_closed = true;
	act(sim, end);
}

static void
service_ended(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how)
{
	struct sim_users *users = rs_conn_arg(tcp, tcb);
	struct sim *sim = users->sim;
	struct sim_end *end = rs_conn_user(tcb);

	if (end == NULL || end->ended || end->tcb != tcb) {
		sim_fail(sim, "ended twice, or what never was");
		return;
	}
	end->ended = true;
	end->how = how;
	end->ended_at = sim->world.now;
	end->timer = SIM_NEVER;
	end->tcb = NULL;
}

static const struct rs_service service = {
	.name = "sim",
	.opened = service_opened,
	.data = service_data,
	.writable = service_writable,
	.urgent = service_urgent,
	.peer_closed = service_peer_closed,
	.ended = service_ended,
};

void
sim_users_init(struct sim *sim, uint8_t i)
{
	unsigned int k;

	sim->users[i].sim = sim;
	sim->users[i].host = i;
	/* first the listeners, then the settings of what is opened */
	for (k = 0; k < SIM_PORTS * 2; k++) {
		uint16_t port = k < SIM_PORTS ? (uint16_t)(SIM_PORT + k) : 0;

		sim->listeners[i][k] = (struct rs_listener){
			.name = "sim",
			.port_first = port,
			.port_last = port,
			.service = &service,
			.arg = &sim->users[i],
			.nodelay = k % SIM_PORTS == SIM_NODELAY,
			.keepalive = k % SIM_PORTS == SIM_KEEPALIVE,
			.linger_zero = k % SIM_PORTS == SIM_LINGER_ZERO,
		};
	}
}

/* Whether a refusal of rs_connect() is one that the contract has for this case. */
static bool
may_refuse(const struct sim *sim, const struct sim_conn_plan *conn, int ret)
{
	/* A fixed port may still be in use; no port may be free in a small range. */
	return (ret == -EADDRINUSE && conn->lport != 0) ||
	       (ret == -EADDRNOTAVAIL && conn->lport == 0 && sim->plan.n_conns > 1);
}

void
sim_users_open(struct sim *sim, const struct sim_conn_plan *conn, uint8_t side)
{
	uint8_t host = conn->from ^ side;
	struct rs_stack *stack = sim->world.host[host].stack;
	struct sim_end *end = stack != NULL ? new_end(sim, conn, host, side) : NULL;
	struct rs_connect to = {
		.raddr = sim_world_addr(host ^ 1, sim->plan.ipv6),
		.lport = side == 0 ? conn->lport : conn->rport,
		.rport = side == 0 ? conn->rport : conn->lport,
		.listener = (uint16_t)(SIM_PORTS + conn->settings),
		.user = end,
	};
	struct rs_conn_info info;
	int ret;

	if (end == NULL)
		return;
	sim_world_wake(&sim->world, host);
	ret = rs_connect(rs_stack_tcp(stack), &to, &end->tcb);
	if (ret != 0) {
		sim->n_ends--;
		if (!may_refuse(sim, conn, ret))
			sim_fail(sim, "connect from port %u to %u gave %d", to.lport, to.rport,
				ret);
		return;
	}
	end->tuple = *rs_conn_tuple(end->tcb);
	if (rs_stack_inspect(stack, &end->tuple, &info) != 0 || info.state != RS_SYN_SENT)
		sim_fail(sim, "connect did not make a connection in SYN-SENT");
	else
		end->iss = info.snd_una;
}

/*
 * The user has lost patience. That is as it must be only where the end of the other side could
 * not be known: it crashed, or what told of it was lost, and here there was nothing to send.
 */
static void
give_up(struct sim *sim, struct sim_end *end)
{
	const struct sim_plan *plan = &sim->plan;
	const struct rs_stats *stats = rs_stack_stats(sim->world.host[end->host].stack);
	bool crash = plan->host[end->host ^ 1].crash_at != SIM_NEVER;
	/* a reset was not believed, and the challenge withheld (RFC 5961 7) */
	bool lossless = plan->lossless && stats->reset_received[RS_VERDICT_challenge_limited] == 0;

	if (!crash && (lossless || (end->peer != NULL && !end->peer->ended)))
		sim_fail(sim, "host %u: the connection of ports %u and %u does not end", end->host,
			end->tuple.lport, end->tuple.rport);
	call_abort(sim, end);
}

void
sim_users_act(struct sim *sim, struct sim_end *end)
{
	uint64_t now = sim->world.now;

	end->timer = now < end->began + SIM_PATIENCE ? end->began + SIM_PATIENCE : SIM_NEVER;
	sim_world_wake(&sim->world, end->host);
	if (end->tcb == NULL)
		return;
	if (end->timer == SIM_NEVER) {
		give_up(sim, end);
		return;
	}
	if (end->opened && end->script->take != 0)
		end->allowed = end->script->take;
	if (end->opened)
		rs_conn_resume(tcp_of(sim, end), end->tcb);
	act(sim, end);
}

void
sim_users_crashed(struct sim *sim, uint8_t host)
{
	unsigned int i;

	for (i = 0; i < sim->n_ends; i++) {
		struct sim_end *end = &sim->ends[i];

		if (end->host != host || end->ended)
			continue;
		end->ended = end->crashed = true;
		end->ended_at = sim->world.now;
		end->timer = SIM_NEVER;
		end->tcb = NULL;
	}
}
