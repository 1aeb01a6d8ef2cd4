/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Running a seed: what the plan has for a time is done, and the world goes on. */

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "sim.h"

/* Bounds of a seed: simulated time, and work. */
#define TIME_MAX (4 * SIM_PATIENCE)
#define RUNS_MAX UINT64_C(20000000)

void
sim_fail(struct sim *sim, const char *format, ...)
{
	va_list ap;

	if (sim->failed)
		return;
	sim->failed = true;
	sim->failed_at = sim->world.now;
	va_start(ap, format);
	vsnprintf(sim->failure, sizeof(sim->failure), format, ap);
	va_end(ap);
}

static void
start_host(struct sim *sim, uint8_t i)
{
	const struct sim_host_plan *plan = &sim->plan.host[i];
	struct rs_stack_params params = {
		.tcp = plan->tcp,
		.listeners = sim->listeners[i],
		.n_listeners = RTE_DIM(sim->listeners[i]),
		.max_neighbours = 8,
		.icmp_errors_per_second = 10,
	};

	memcpy(params.secret, plan->secret, sizeof(params.secret));
	sim->world.host[i].port.mtu = plan->mtu;
	sim->world.host[i].offset = plan->offset;
	sim->world.host[i].grain = plan->grain;
	sim->world.host[i].offload = sim->plan.offload;
	sim->world.host[i].scatter = sim->plan.scatter;
	if (!sim_world_start(&sim->world, i, &params))
		sim_fail(sim, "the engine refuses the parameters of host %u", i);
}

static void
start(struct sim *sim, struct rte_mempool *mbufs)
{
	struct sim_world *w = &sim->world;
	uint8_t i;

	sim_world_init(w, mbufs, sim->seed ^ UINT64_C(0x6c696e6b), sim->plan.ipv6);
	w->watcher = (struct sim_watcher){
		.arg = sim,
		.sent = sim_watch_sent,
		.delivered = sim_watch_delivered,
		.ran = sim_watch_ran,
	};
	for (i = 0; i < SIM_BLACKOUTS_MAX; i++) {
		w->link.blackout[i].from = sim->plan.black_from[i];
		w->link.blackout[i].until = sim->plan.black_until[i];
	}
	for (i = 0; i < 2; i++) {
		w->link.path[i] = sim->plan.path[i];
		if (sim->broken == SIM_BREAK_SILENCE)
			w->link.path[i].loss = SIM_MILLION;
		sim_users_init(sim, i);
		start_host(sim, i);
	}
	if (sim->broken == SIM_BREAK_LEAK)
		sim->kept = rte_pktmbuf_alloc(mbufs);
}

/* What of the plan lies between two times. */
struct span {
	uint64_t after;         /* SIM_NEVER: from the beginning */
	uint64_t until;
};

static bool
is_due(const struct span *span, uint64_t at)
{
	return at <= span->until && (span->after == SIM_NEVER || at > span->after);
}

static uint64_t
back_at(const struct sim_host_plan *host)
{
	return host->crash_at == SIM_NEVER ? SIM_NEVER : host->crash_at + host->crash_for;
}

/* Do what the plan has for a span. */
static void
plan_due(struct sim *sim, const struct span *span)
{
	unsigned int i;
	uint8_t h;

	for (h = 0; h < 2; h++) {
		if (is_due(span, sim->plan.host[h].crash_at)) {
			sim_users_crashed(sim, h);
			sim_world_crash(&sim->world, h);
		}
		if (is_due(span, back_at(&sim->plan.host[h])))
			start_host(sim, h);
	}
	for (i = 0; i < sim->plan.n_conns; i++) {
		const struct sim_conn_plan *conn = &sim->plan.conn[i];

		if (is_due(span, conn->at))
			sim_users_open(sim, conn, 0);
		if (is_due(span, conn->at_other))
			sim_users_open(sim, conn, 1);
	}
	for (i = 0; i < sim->n_ends; i++) {
		if (sim->ends[i].timer <= span->until)
			sim_users_act(sim, &sim->ends[i]);
	}
}

static uint64_t
later(uint64_t at, uint64_t after, uint64_t least)
{
	return at > after && at < least ? at : least;
}

/* When the plan or a user has something to do, after `after`. */
static uint64_t
plan_next(const struct sim *sim, uint64_t after)
{
	uint64_t next = SIM_NEVER;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		next = later(sim->plan.host[i].crash_at, after, next);
		next = later(back_at(&sim->plan.host[i]), after, next);
	}
	for (i = 0; i < sim->plan.n_conns; i++) {
		next = later(sim->plan.conn[i].at, after, next);
		next = later(sim->plan.conn[i].at_other, after, next);
	}
	return next;
}

static uint64_t
users_next(const struct sim *sim)
{
	uint64_t next = SIM_NEVER;
	unsigned int i;

	for (i = 0; i < sim->n_ends; i++)
		next = RTE_MIN(next, sim->ends[i].timer);
	return next;
}

/* Whether all is over: nothing planned, nobody waits, nothing is on its way. */
static bool
is_over(const struct sim *sim, uint64_t planned)
{
	const struct sim_world *w = &sim->world;
	struct rs_pool_use use;
	unsigned int i;

	if (planned != SIM_NEVER || w->link.n > 0)
		return false;
	for (i = 0; i < sim->n_ends; i++) {
		if (!sim->ends[i].ended)
			return false;
	}
	for (i = 0; i < 2; i++) {
		if (w->host[i].n_in > 0)
			return false;
		if (w->host[i].stack == NULL)
			continue;
		rs_stack_pools(w->host[i].stack, &use);
		if (use.tcbs + use.time_waits > 0 || w->host[i].wake <= w->now + 1)
			return false;
	}
	return true;
}

static void
go_on(struct sim *sim)
{
	struct sim_world *w = &sim->world;
	struct span span = { .after = SIM_NEVER };

	while (!sim->failed) {
		uint64_t planned, users;

		plan_due(sim, &span);
		planned = plan_next(sim, w->now);
		users = users_next(sim);
		if (is_over(sim, planned))
			return;
		if (sim_world_next(w) == SIM_NEVER && planned == SIM_NEVER && users == SIM_NEVER)
			sim_fail(sim, "nothing will happen any more, but not all has ended");
		if (w->now > TIME_MAX || w->runs > RUNS_MAX)
			sim_fail(sim, "no end after %" PRIu64 " runs of the stacks", w->runs);
		span.after = w->now;
		sim_world_step(w, RTE_MIN(planned, users));
		span.until = w->now;
	}
}

bool
sim_run(struct sim *sim, struct rte_mempool *mbufs, uint64_t seed)
{
	unsigned int all = rte_mempool_avail_count(mbufs);
	unsigned int left;

	sim->seed = seed;
	sim->n_ends = sim->n_tcbs = sim->n_seen = 0;
	sim->failed = false;
	sim->kept = NULL;
	(sim->holes ? sim_plan_hole : sim_plan)(&sim->plan, seed);
	if (sim->broken == SIM_BREAK_HOLE)
		sim->plan.host[0].tcp.black_holes = sim->plan.host[1].tcp.black_holes = false;
	if (sim->verbose)
		sim_plan_print(&sim->plan);
	start(sim, mbufs);
	go_on(sim);
	sim_verdict(sim);
	sim_world_fini(&sim->world);
	left = rte_mempool_avail_count(mbufs);
	if (left != all)
		sim_fail(sim, "%u mbufs leak", all - left);
	rte_pktmbuf_free(sim->kept);
	return !sim->failed;
}
