/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The verdict on a seed: how each connection ended must be what its users and the link did,
 * and nothing may be left of it.
 */

#include <inttypes.h>

#include "frame/frame.h"
#include "sim.h"

static const char *const end_names[] = {
	[RS_END_CLOSED] = "closed", [RS_END_RESET] = "reset", [RS_END_TIMEOUT] = "timed out",
	[RS_END_ABORTED] = "aborted", [RS_END_REFUSED] = "refused",
	[RS_END_UNREACHABLE] = "unreachable", [RS_END_EVICTED] = "evicted",
};

static bool
is_active(const struct sim_end *end)
{
	return end->side == 0 || end->plan->at_other != SIM_NEVER;
}

static bool
lingers_zero(const struct sim_end *end)
{
	return is_active(end) ? end->plan->settings == SIM_LINGER_ZERO :
		end->plan->rport == SIM_PORT + SIM_LINGER_ZERO;
}

/* Whether it hears the other end out and closes in order. */
static bool
is_polite(const struct sim_end *end)
{
	return end->script->finish == SIM_SHUTDOWN ||
	       (end->script->finish == SIM_WAIT && !lingers_zero(end));
}

static bool
somebody_crashes(const struct sim *sim)
{
	return sim->plan.host[0].crash_at != SIM_NEVER || sim->plan.host[1].crash_at != SIM_NEVER;
}

/* Whether nothing may come between two polite users. */
static bool
is_benign(const struct sim *sim, const struct sim_end *end)
{
	return sim->plan.lossless && !somebody_crashes(sim) && is_polite(end) &&
	       end->peer != NULL && is_polite(end->peer);
}

/* Whether the other end is known to have ended otherwise than in order. */
static bool
is_gone(const struct sim_end *peer)
{
	return peer != NULL && peer->ended && peer->how != RS_END_CLOSED;
}

/* An orderly close: all that the peer sent came, and it closed, too (RFC 9293 3.6). */
static void
judge_closed(struct sim *sim, const struct sim_end *end)
{
	const struct sim_end *peer = end->peer;

	if (peer == NULL || !peer->shut || !end->shut)
		sim_fail(sim, "told closed, but not both sides did");
	else if (end->received != peer->sent)
		sim_fail(sim, "told closed after %" PRIu64 " of %" PRIu64 " bytes", end->received,
			peer->sent);
}

/* A reset comes from a peer that ended otherwise, or knows nothing of it any more. */
static void
judge_reset(struct sim *sim, const struct sim_end *end)
{
	const struct sim_end *peer = end->peer;
	uint64_t msl;

	if (!end->opened)
		sim_fail(sim, "told reset before it was opened");
	if (peer == NULL || sim->plan.host[peer->host].crash_at != SIM_NEVER)
		return;
	msl = sim->plan.host[peer->host].tcp.msl_ms * UINT64_C(1000);
	if (!peer->ended)
		sim_fail(sim, "told reset, but its peer is there");
	else if (peer->how == RS_END_CLOSED && end->ended_at < peer->ended_at + 2 * msl &&
		 sim->plan.n_conns == 1 && !peer->slow)
		sim_fail(sim, "told reset, but its peer was told closed %" PRIu64 " us before",
			end->ended_at - peer->ended_at);
}

/* A time-out takes as long as the parameters say, with nothing acknowledged meanwhile. */
static void
judge_timeout(struct sim *sim, const struct sim_end *end)
{
	const struct rs_tcp_params *tcp = &sim->plan.host[end->host].tcp;
	uint64_t waited = (end->ended_at - end->progress) / 1000 + 2;
	uint64_t least = end->opened ? tcp->r2_ms : tcp->r2_syn_ms;

	/* What was held back may keep a peer's reset from being believed (RFC 5961 3). */
	if (end->closed)
		least = RTE_MIN(least, (uint64_t)tcp->fin_wait_2_ms);
	else if (sim->plan.lossless && !somebody_crashes(sim) && !is_gone(end->peer))
		sim_fail(sim, "timed out, and nothing was ever lost");
	if (end->opened && tcp->user_timeout_ms != 0)
		least = RTE_MIN(least, (uint64_t)tcp->user_timeout_ms);
	if (end->opened && tcp->uto)
		least = RTE_MIN(least, (uint64_t)tcp->uto_min_ms);
	if (end->opened)
		least = RTE_MIN(least, (uint64_t)tcp->keepalive_ms +
			tcp->keepalive_interval_ms);
	if (waited < least)
		sim_fail(sim, "timed out %" PRIu64 " ms after the last progress", waited);
}

static void
judge_refused(struct sim *sim, const struct sim_end *end)
{
	bool listens = end->plan->at_other == SIM_NEVER && end->plan->rport != SIM_PORT_CLOSED;

	if (!is_active(end) || end->opened)
		sim_fail(sim, "told refused, but it was opened");
	if (listens && sim->plan.lossless && !somebody_crashes(sim))
		sim_fail(sim, "told refused by a port where somebody listens");
}

static void
judge_end(struct sim *sim, const struct sim_end *end)
{
	if (!end->ended) {
		sim_fail(sim, "its end was never told");
		return;
	}
	if (end->crashed)
		return;
	switch (end->how) {
	case RS_END_CLOSED:
		judge_closed(sim, end);
		break;
	case RS_END_RESET:
		judge_reset(sim, end);
		break;
	case RS_END_TIMEOUT:
		judge_timeout(sim, end);
		break;
	case RS_END_ABORTED:
		if (!end->aborted && !end->closed)
			sim_fail(sim, "told aborted, which its user did not");
		break;
	case RS_END_REFUSED:
		judge_refused(sim, end);
		break;
	case RS_END_UNREACHABLE:
		if (sim->plan.lossless && !somebody_crashes(sim))
			sim_fail(sim, "told unreachable, and nothing was ever lost");
		break;
	case RS_END_EVICTED:
		sim_fail(sim, "evicted, and every pool had room");
		break;
	}
	if (is_benign(sim, end) && end->how != RS_END_CLOSED)
		sim_fail(sim, "told %s, though both users were polite and nothing was lost",
			end_names[end->how]);
}

/*
 * A path that swallowed large frames: all data went through, in smaller segments, and afterwards in
 * full ones again (RFC 4821 7.7, RFC 8899 3).
 */
static void
judge_hole(struct sim *sim)
{
	uint8_t from = sim->plan.conn[0].from;
	const struct sim_path_count *count = &sim->world.link.count[from];
	const struct rs_stack *stack = sim->world.host[from].stack;
	unsigned int i;

	for (i = 0; i < sim->n_ends; i++) {
		if (sim->ends[i].how != RS_END_CLOSED)
			sim_fail(sim, "told %s, though small segments passed",
				end_names[sim->ends[i].how]);
	}
	if (count->swallowed == 0)
		sim_fail(sim, "no frame was too large");
	if (rs_stack_stats(stack)->tcp.path_black_holes == 0)
		sim_fail(sim, "the black hole was not found");
	if (count->largest != (uint32_t)FRAME_ETHER_LEN + sim->plan.host[from].mtu)
		sim_fail(sim, "behind the black hole frames have %u bytes at most",
			count->largest);
}

static void
print_end(const struct sim_end *end)
{
	printf("# %12.6f host %u ports %u and %u: sent %" PRIu64 ", received %" PRIu64
		"%s%s%s%s%s: %s\n", (double)end->ended_at / 1e6, end->host, end->tuple.lport,
		end->tuple.rport, end->sent, end->received, end->opened ? ", opened" : "",
		end->shut ? ", shut" : "", end->closed ? ", closed" : "",
		end->aborted ? ", aborted" : "", end->peer_closed ? ", peer closed" : "",
		end->crashed ? "crashed" : end->ended ? end_names[end->how] : "open");
}

/* Nothing is left in a stack whose connections have all ended. */
static void
judge_stack(struct sim *sim, const struct rs_stack *stack)
{
	struct rs_pool_use use;
	unsigned int i;

	if (stack == NULL)
		return;
	rs_stack_pools(stack, &use);
	if ((use.tcbs | use.time_waits | use.busy | use.chunks | use.neighbours) != 0)
		sim_fail(sim, "left in use: %u TCBs, %u TIME-WAITs, %u sides, %u chunks, "
			"%u neighbours", use.tcbs, use.time_waits, use.busy, use.chunks,
			use.neighbours);
	for (i = 0; i < RS_STATE_MAX; i++) {
		if (rs_stack_stats(stack)->states[i] != 0)
			sim_fail(sim, "a connection is left in %s", rs_state_names[i]);
	}
}

static void
add_up(struct sim *sim)
{
	struct sim_total *total = &sim->total;
	unsigned int i;

	total->seeds++;
	total->frames += sim->world.frames;
	total->time += sim->world.now;
	for (i = 0; i < 2; i++) {
		const struct sim_path_count *count = &sim->world.link.count[i];

		total->lost += count->lost + count->dropped;
		total->corrupted += count->corrupted;
	}
	for (i = 0; i < sim->n_ends; i++) {
		const struct sim_end *end = &sim->ends[i];

		total->bytes += end->received;
		*(end->crashed ? &total->crashed : &total->ends[end->how]) += end->ended;
	}
}

void
sim_print_total(const struct sim_total *total)
{
	unsigned int i;

	printf("# %" PRIu64 " seeds, %" PRIu64 " h of simulated time, %" PRIu64 " frames (%" PRIu64
		" lost, %" PRIu64 " corrupted), %" PRIu64 " bytes taken\n# ends:", total->seeds,
		total->time / 3600000000, total->frames, total->lost, total->corrupted,
		total->bytes);
	for (i = 0; i < RTE_DIM(end_names); i++)
		printf(" %" PRIu64 " %s,", total->ends[i], end_names[i]);
	printf(" %" PRIu64 " crashed\n", total->crashed);
}

void
sim_verdict(struct sim *sim)
{
	unsigned int i;

	add_up(sim);

	for (i = 0; i < sim->n_ends; i++) {
		if (sim->verbose)
			print_end(&sim->ends[i]);
		if (!sim->failed)
			judge_end(sim, &sim->ends[i]);
	}
	if (sim->plan.hole)
		judge_hole(sim);
	for (i = 0; i < 2; i++)
		judge_stack(sim, sim->world.host[i].stack);
}
