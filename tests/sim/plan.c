/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Drawing a plan. Most seeds are short: the segments of a seed are drawn first, by powers of
 * two and fewer where the link loses much, and all connections share them.
 */

#include <string.h>

#include "base/siphash.h"
#include "frame/frame.h"
#include "plan.h"
#include "world.h"

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

/* A round trip is longer than a tick of the ISN's clock, 4 us, or numbers would be the same. */
#define DELAY_LEAST 20

/* The lowest MTUs (RFC 791 3.2, RFC 8200 5), and the highest one of jumbo frames. */
#define MTU_MIN 68
#define MTU_MIN_IPV6 1280
#define HEAVY_LOSS 50000 /* ppm */
#define MTU_MAX 9000

/*
 * Black holes: pieces of the data, the pause between them, and how long the hole lasts at most. All
 * of it is sent in less than SIM_PATIENCE, and three searches of ten minutes (RFC 4821 7.4) fit
 * behind the hole. A piece takes some round trips of HOLE_DELAY at least, because a probe is sent
 * only while more data waits.
 */
#define HOLE_PIECES 175
#define HOLE_PIECE 60000
#define HOLE_PAUSE (20 * SECOND)
#define HOLE_LASTS (15 * 60 * SECOND)
#define HOLE_DELAY (10 * MS)

/* The smallest datagrams that pass one. */
#define HOLE_MIN 576

/* With less, the other end's MTU counts, too: an MSS under 48 is not believed. */
#define MTU_MIN_UNEQUAL 88

static void
draw_path(struct sim_rand *r, struct sim_path *path, bool lossless, bool corrupt)
{
	path->delay = DELAY_LEAST;
	if (sim_percent(r, 80))
		path->delay += sim_log_between(r, 1, 200 * MS);
	if (sim_percent(r, 40))
		path->jitter = sim_log_between(r, 1, 50 * MS);
	if (sim_percent(r, 30))
		path->duplicate = (uint32_t)sim_log_between(r, 1000, 300000);
	if (sim_percent(r, 40))
		path->reorder = (uint32_t)sim_log_between(r, 1000, 300000);
	path->hold = sim_log_between(r, 1, 300 * MS);
	if (lossless)
		return;
	if (sim_percent(r, 60))
		path->loss = (uint32_t)sim_log_between(r, 100, 300000);
	if (corrupt && sim_percent(r, 30))
		path->corrupt = (uint32_t)sim_log_between(r, 100, 200000);
	if (sim_percent(r, 15)) {
		path->burst_begin = (uint32_t)sim_log_between(r, 100, 50000);
		path->burst_end = (uint32_t)sim_log_between(r, 50000, 500000);
	}
	if (sim_percent(r, 30)) {
		path->rate = sim_log_between(r, 100000, UINT64_C(10000000000));
		/* at most a second of it, so that MSL can be more than a segment's life */
		path->queue = sim_log_between(r, 3000, RTE_MIN(path->rate / 8, UINT64_C(1000000)));
		path->mark = sim_percent(r, 50) ? path->queue / 4 : 0;
	}
}

static void
draw_link(struct sim_rand *r, struct sim_plan *plan)
{
	unsigned int i;

	plan->offload = sim_percent(r, 20);
	plan->lossless = sim_percent(r, 30);
	for (i = 0; i < 2; i++)
		draw_path(r, &plan->path[i], plan->lossless, !plan->offload);
	if (sim_percent(r, 50))
		plan->path[1] = plan->path[0];
	if (plan->lossless || !sim_percent(r, 15))
		return;
	for (i = 0; i < SIM_BLACKOUTS_MAX; i++) {
		plan->black_from[i] = sim_log_between(r, MS, 60 * SECOND);
		plan->black_until[i] = plan->black_from[i] + sim_log_between(r, MS, 10 * SECOND);
	}
}

static void
draw_timers(struct sim_rand *r, struct rs_tcp_params *tcp)
{
	tcp->rto_min_ms = (uint32_t)sim_log_between(r, 1, 1000);
	tcp->rto_initial_ms = (uint32_t)sim_log_between(r, tcp->rto_min_ms, 3000);
	tcp->rto_max_ms = (uint32_t)sim_log_between(r, 2000, 60000);
	tcp->rto_max_ms = RTE_MAX(tcp->rto_max_ms, tcp->rto_initial_ms);
	tcp->r2_ms = (uint32_t)sim_log_between(r, 100000, 1000000);
	tcp->r2_syn_ms = (uint32_t)sim_log_between(r, 180000, 1000000);
	tcp->ack_delay_ms = sim_percent(r, 30) ? 0 : (uint32_t)sim_log_between(r, 1, 499);
	tcp->fin_wait_2_ms = (uint32_t)sim_log_between(r, 1000, 120000);
	tcp->keepalive_ms = (uint32_t)sim_log_between(r, 1000, 600000);
	tcp->keepalive_interval_ms = (uint32_t)sim_log_between(r, 1000, 75000);
	if (sim_percent(r, 10))
		tcp->user_timeout_ms = (uint32_t)sim_log_between(r, 100000, 1000000);
}

static void
draw_tcp(struct sim_rand *r, struct rs_tcp_params *tcp)
{
	rs_tcp_defaults(tcp);
	draw_timers(r, tcp);
	tcp->max_connections = 64;
	tcp->max_busy = 64;
	tcp->max_chunks = 4096;
	if (sim_percent(r, 60))
		tcp->rcv_buf = (uint32_t)sim_log_between(r, 1, 1 << 22);
	if (sim_percent(r, 60))
		tcp->snd_buf = (uint32_t)sim_log_between(r, 1, 1 << 20);
	if (sim_percent(r, 60))
		tcp->snd_window = (uint32_t)sim_log_between(r, 1, 1 << 22);
	tcp->challenge_acks = (uint8_t)sim_between(r, 1, RS_CHALLENGES_MAX);
	tcp->ttl = (uint8_t)sim_between(r, 1, 255);
	tcp->congestion = sim_percent(r, 50) ? RS_CC_CUBIC : RS_CC_NEWRENO;
	tcp->initial_window = (uint8_t)sim_between(r, 1, 10);
	tcp->pacing = sim_percent(r, 50);
	tcp->timestamps = sim_percent(r, 60);
	tcp->window_scale = sim_percent(r, 70);
	tcp->sack = sim_percent(r, 70);
	tcp->ecn = (enum rs_ecn)sim_below(r, 3);
	tcp->uto = sim_percent(r, 20);
	tcp->time_wait_rst = sim_percent(r, 10);
	tcp->local_port_first = (uint16_t)sim_between(r, 1024, 60000);
	tcp->local_port_last = (uint16_t)(tcp->local_port_first +
		(sim_percent(r, 10) ? 30 : 5000));
}

/*
 * A clock at which something wraps soon: the 32 bits of a millisecond or microsecond clock,
 * or, by RFC 6528 3's formula, the sequence numbers of the plan's first connection.
 */
static void
draw_clock(struct sim_rand *r, const struct sim_plan *plan, uint8_t i,
	struct sim_host_plan *host)
{
	const struct sim_conn_plan *conn = &plan->conn[0];
	bool first = conn->from == i;
	uint16_t lport = first ? conn->lport : conn->rport;
	uint16_t rport = first ? conn->rport : conn->lport;
	struct rs_tuple tuple = {
		.laddr = sim_world_addr(i, plan->ipv6),
		.raddr = sim_world_addr((uint8_t)(1 - i), plan->ipv6),
		.lport = lport, .rport = rport,
	};
	uint64_t key[2];
	uint32_t before = (uint32_t)sim_log_between(r, 1, 100000);
	uint32_t iss = 0;

	memcpy(key, host->secret + sizeof(host->secret) - sizeof(key), sizeof(key));
	switch (sim_below(r, 6)) {
	case 0:
		host->offset = (UINT64_C(1) << 32) * 1000 - before * 1000;
		break;
	case 1:
		host->offset = (UINT64_C(1) << 32) - before * 10;
		break;
	case 2:
		iss = UINT32_C(1) << 31;
		/* fall through */
	case 3:
		iss -= before + (uint32_t)rs_tuple_siphash13(key, &tuple);
		host->offset = (uint64_t)iss * 4;
		break;
	default:
		host->offset = sim_log_between(r, 1, UINT64_C(1) << 50);
		break;
	}
}

/* The longest that a segment lives, milliseconds: MSL must be more (RFC 9293 3.4.3). */
static uint64_t
lifetime(const struct sim_plan *plan)
{
	uint64_t most = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct sim_path *path = &plan->path[i];
		uint64_t life = path->delay + path->jitter + 2 * path->hold + 2 * MS;

		if (path->rate != 0)
			life += (path->queue + MTU_MAX) * 8 * SECOND / path->rate;
		most = RTE_MAX(most, life);
	}
	return most / MS + 1;
}

static void
draw_host(struct sim_rand *r, const struct sim_plan *plan, uint8_t i, struct sim_host_plan *host)
{
	unsigned int k;

	draw_tcp(r, &host->tcp);
	/* a path that loses most flights looks as if it swallowed large segments, and a transfer in
	 * small ones would take longer than a run */
	host->tcp.black_holes = plan->path[i].loss < HEAVY_LOSS;
	host->tcp.msl_ms = (uint32_t)(lifetime(plan) + sim_log_between(r, 1, 30000));
	for (k = 0; k < sizeof(host->secret); k++)
		host->secret[k] = (uint8_t)sim_rand_next(r);
	if (sim_percent(r, 40))
		host->grain = sim_log_between(r, 1, 2 * MS);
	host->crash_at = SIM_NEVER;
	draw_clock(r, plan, i, host);
}

bool
sim_script_is_polite(const struct sim_script *script)
{
	return script->finish == SIM_SHUTDOWN || script->finish == SIM_WAIT;
}

/* A slow reader: at most 20 seconds of it, in at most 2000 takes. */
static void
draw_reading(struct sim_rand *r, struct sim_script *script, uint64_t incoming)
{
	if (sim_percent(r, 20)) {
		uint64_t takes = sim_log_between(r, 1, 2000);

		script->take = (uint32_t)RTE_MAX(incoming / takes, UINT64_C(1));
		script->rest = sim_log_between(r, MS, 20 * SECOND / takes);
	}
	if (sim_percent(r, 15)) {
		script->deaf_from = sim_percent(r, 30) ? 0 : sim_log_between(r, 1, 5 * SECOND);
		script->deaf_until = script->deaf_from + sim_log_between(r, MS, 100 * SECOND);
	}
}

static void
draw_finish(struct sim_rand *r, struct sim_script *script)
{
	if (!sim_percent(r, 25)) {
		script->finish = sim_percent(r, 70) ? SIM_SHUTDOWN : SIM_WAIT;
		return;
	}
	script->finish = (enum sim_finish)sim_between(r, SIM_CLOSE, SIM_CLOSE_TIME);
	script->finish_at = script->finish == SIM_ABORT_RECEIVED ?
		sim_log_between(r, 1, RTE_MAX(script->total * 2, UINT64_C(1))) :
		sim_log_between(r, 1, 20 * SECOND);
}

static void
draw_script(struct sim_rand *r, struct sim_script *script, uint64_t bytes)
{
	script->total = sim_percent(r, 10) ? 0 : sim_log_between(r, 1, RTE_MAX(bytes, 2U));
	script->piece = sim_percent(r, 50) ? UINT32_MAX :
		(uint32_t)sim_log_between(r, RTE_MAX(script->total / 300, UINT64_C(1)),
			script->total + 1);
	if (script->piece < UINT32_MAX && sim_percent(r, 30)) {
		uint64_t pieces = script->total / script->piece + 1;

		script->pause = sim_log_between(r, 1, 30 * SECOND / pieces);
	}
	script->copy = sim_percent(r, 50);
	draw_finish(r, script);
}

static void
draw_conn(struct sim_rand *r, struct sim_conn_plan *conn, unsigned int i, uint64_t bytes)
{
	conn->from = (uint8_t)sim_below(r, 2);
	conn->at = i == 0 ? 0 : sim_log_between(r, 1, 20 * SECOND);
	conn->at_other = SIM_NEVER;
	conn->settings = (uint8_t)sim_below(r, SIM_PORTS);
	conn->lport = i == 0 || sim_percent(r, 10) ? (uint16_t)(1000 + i) : 0;
	conn->rport = (uint16_t)(SIM_PORT + sim_below(r, SIM_PORTS));
	if (sim_percent(r, 3))
		conn->rport = SIM_PORT_CLOSED;
	if (sim_percent(r, 6)) {
		conn->lport = (uint16_t)(1000 + i);
		conn->rport = (uint16_t)(2000 + i);
		conn->at_other = conn->at + sim_log_between(r, 1, 400 * MS);
	}
	draw_script(r, &conn->script[0], bytes);
	draw_script(r, &conn->script[1], bytes);
	if (sim_percent(r, 10)) {
		conn->script[1].echo = true;
		conn->script[1].total = 0;
		conn->script[1].finish = SIM_WAIT;
	}
	/* Somebody must begin to close. */
	if (conn->script[0].finish == SIM_WAIT && conn->script[1].finish == SIM_WAIT)
		conn->script[0].finish = SIM_SHUTDOWN;
	draw_reading(r, &conn->script[0], conn->script[1].echo ? conn->script[0].total :
		conn->script[1].total);
	if (!conn->script[1].echo)
		draw_reading(r, &conn->script[1], conn->script[0].total);
}

/* The same two ports again and again: through TIME-WAIT, and what is left of the one before. */
static void
draw_port_reuse(struct sim_rand *r, struct sim_plan *plan)
{
	unsigned int i;

	for (i = 1; i < plan->n_conns && plan->conn[0].at_other == SIM_NEVER; i++) {
		struct sim_conn_plan *conn = &plan->conn[i];

		conn->from = plan->conn[0].from;
		conn->lport = plan->conn[0].lport;
		conn->rport = plan->conn[0].rport;
		conn->at_other = SIM_NEVER;
		conn->at = plan->conn[i - 1].at + sim_log_between(r, MS, 60 * SECOND);
	}
}

static void
draw_conns(struct sim_rand *r, struct sim_plan *plan)
{
	uint32_t loss = RTE_MAX(plan->path[0].loss + plan->path[0].corrupt,
		plan->path[1].loss + plan->path[1].corrupt);
	uint64_t segments = sim_log_between(r, 1, loss > 100000 ? 300 : loss > 10000 ? 2000 : 8000);
	uint16_t mss = (uint16_t)(RTE_MIN(plan->host[0].mtu, plan->host[1].mtu) -
		(plan->ipv6 ? 60 : 40));
	unsigned int i;

	plan->n_conns = sim_percent(r, 50) ? 1 : (unsigned int)sim_log_between(r, 1, SIM_CONNS_MAX);
	for (i = 0; i < plan->n_conns; i++)
		draw_conn(r, &plan->conn[i], i, segments * mss / plan->n_conns);
	if (sim_percent(r, 10))
		draw_port_reuse(r, plan);
}

/*
 * Round trips that a small buffer or window may make of one end's bytes: where much is lost,
 * each may take the longest RTO.
 */
#define TRIPS_MAX 300
#define TRIPS_MAX_LOSSY 30

/* Small windows, few bytes: a seed is to end soon. */
static void
limit_bytes(struct sim_plan *plan)
{
	uint64_t trips = plan->lossless ? TRIPS_MAX : TRIPS_MAX_LOSSY;
	unsigned int i, k;

	for (i = 0; i < plan->n_conns; i++) {
		struct sim_conn_plan *conn = &plan->conn[i];

		for (k = 0; k < 2; k++) {
			const struct rs_tcp_params *tx = &plan->host[conn->from ^ k].tcp;
			const struct rs_tcp_params *rx = &plan->host[conn->from ^ k ^ 1].tcp;
			uint64_t window = RTE_MIN(tx->snd_window, rx->rcv_buf);

			if (conn->script[1].echo) /* what it sends comes back */
				window = RTE_MIN(window, RTE_MIN(tx->rcv_buf, rx->snd_window));
			if (conn->script[k].copy || conn->script[1].echo)
				window = RTE_MIN(window, RTE_MIN(tx->snd_buf, rx->snd_buf));
			conn->script[k].total = RTE_MIN(conn->script[k].total, window * trips);
		}
	}
}

static void
draw_mtu(struct sim_rand *r, struct sim_plan *plan)
{
	uint16_t *mtu[2] = { &plan->host[0].mtu, &plan->host[1].mtu };
	uint16_t least = plan->ipv6 ? MTU_MIN_IPV6 : MTU_MIN;
	uint16_t unequal = plan->ipv6 ? MTU_MIN_IPV6 : MTU_MIN_UNEQUAL;

	*mtu[0] = *mtu[1] = 1500;
	if (sim_percent(r, 40))
		*mtu[0] = *mtu[1] = (uint16_t)sim_log_between(r, least, MTU_MAX);
	if (sim_percent(r, 20)) {
		*mtu[0] = (uint16_t)sim_log_between(r, unequal, MTU_MAX);
		*mtu[1] = (uint16_t)sim_log_between(r, unequal, MTU_MAX);
	}
}

void
sim_plan(struct sim_plan *plan, uint64_t seed)
{
	struct sim_rand r = { .state = seed };
	struct sim_host_plan *host;

	memset(plan, 0, sizeof(*plan));
	plan->ipv6 = seed % 2 != 0;
	draw_link(&r, plan);
	draw_mtu(&r, plan);
	draw_conns(&r, plan);
	draw_host(&r, plan, 0, &plan->host[0]);
	draw_host(&r, plan, 1, &plan->host[1]);
	limit_bytes(plan);
	if (sim_percent(&r, 8)) {
		host = &plan->host[sim_below(&r, 2)];
		host->crash_at = sim_log_between(&r, MS, 60 * SECOND);
		host->crash_for = sim_log_between(&r, MS, 200 * SECOND);
	}
	if (sim_percent(&r, 25))
		plan->scatter = (uint16_t)sim_log_between(&r, 64, 1024);
}

void
sim_plan_hole(struct sim_plan *plan, uint64_t seed)
{
	struct sim_rand r = { .state = ~seed };
	struct sim_conn_plan *conn = &plan->conn[0];
	unsigned int i;

	sim_plan(plan, seed);
	plan->hole = true;
	plan->lossless = false;
	memset(plan->black_until, 0, sizeof(plan->black_until));
	for (i = 0; i < 2; i++) {
		struct rs_tcp_params *tcp = &plan->host[i].tcp;

		plan->path[i] = (struct sim_path){ .delay = HOLE_DELAY + plan->path[i].delay };
		plan->host[i].mtu = 1500;
		plan->host[i].crash_at = SIM_NEVER;
		tcp->black_holes = true;
		tcp->rcv_buf = tcp->snd_buf = tcp->snd_window = 1 << 16;
		tcp->user_timeout_ms = 0;
		tcp->uto = false;
	}
	plan->n_conns = 1;
	*conn = (struct sim_conn_plan){
		.at_other = SIM_NEVER,
		.from = conn->from,
		.rport = SIM_PORT,
		.script = {
			{ .total = HOLE_PIECES * HOLE_PIECE, .piece = HOLE_PIECE,
				.pause = HOLE_PAUSE },
			{ .piece = UINT32_MAX, .finish = SIM_WAIT },
		},
	};
	plan->path[conn->from].hole = FRAME_ETHER_LEN + (uint32_t)sim_between(&r,
		plan->ipv6 ? MTU_MIN_IPV6 : HOLE_MIN, 1499);
	plan->path[conn->from].hole_until = sim_between(&r, 60 * SECOND, HOLE_LASTS);
}
