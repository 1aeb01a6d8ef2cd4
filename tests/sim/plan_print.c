/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A plan for people to read. */

#include <inttypes.h>
#include <stdio.h>

#include "plan.h"

static void
print_script(const char *what, const struct sim_script *s)
{
	static const char *const finish[] = {
		"shutdown", "wait", "close", "abort", "abort at", "abort after bytes", "close at",
	};

	printf("#    %s: sends %" PRIu64 " by %u every %" PRIu64 " us%s%s,", what, s->total,
		s->piece, s->pause, s->copy ? ", copies" : "", s->echo ? ", echo" : "");
	printf(" takes %u every %" PRIu64 " us,", s->take, s->rest);
	printf(" deaf %" PRIu64 "..%" PRIu64 ",", s->deaf_from, s->deaf_until);
	printf(" then %s %" PRIu64 "\n", finish[s->finish], s->finish_at);
}

static void
print_path(unsigned int i, const struct sim_path *p)
{
	printf("# path %u: loss %u burst %u/%u corrupt %u dup %u reorder %u ppm,", i, p->loss,
		p->burst_begin, p->burst_end, p->corrupt, p->duplicate, p->reorder);
	printf(" delay %" PRIu64 " jitter %" PRIu64 " hold %" PRIu64 " us,", p->delay, p->jitter,
		p->hold);
	printf(" rate %" PRIu64 " queue %" PRIu64 " mark %" PRIu64 "\n", p->rate, p->queue,
		p->mark);
}

static void
print_host(unsigned int i, const struct sim_host_plan *h)
{
	const struct rs_tcp_params *t = &h->tcp;

	printf("# host %u: mtu %u offset %" PRIu64 " grain %" PRIu64 "\n", i, h->mtu, h->offset,
		h->grain);
	if (h->crash_at != SIM_NEVER)
		printf("#   crashes at %" PRIu64 " for %" PRIu64 "\n", h->crash_at, h->crash_for);
	printf("#   rcv_buf %u snd_buf %u snd_window %u msl %u rto %u/%u/%u r2 %u/%u ack %u\n",
		t->rcv_buf, t->snd_buf, t->snd_window, t->msl_ms, t->rto_initial_ms,
		t->rto_min_ms, t->rto_max_ms, t->r2_ms, t->r2_syn_ms, t->ack_delay_ms);
	printf("#   fin_wait_2 %u keepalive %u/%u user timeout %u challenges %u tw_rst %d\n",
		t->fin_wait_2_ms, t->keepalive_ms, t->keepalive_interval_ms,
		t->user_timeout_ms, t->challenge_acks, t->time_wait_rst);
	printf("#   cc %d iw %u pacing %d ts %d ws %d sack %d ecn %d uto %d bh %d\n",
		(int)t->congestion, t->initial_window, t->pacing, t->timestamps,
		t->window_scale, t->sack, (int)t->ecn, t->uto, t->black_holes);
}

void
sim_plan_print(const struct sim_plan *plan)
{
	unsigned int i;

	printf("# %s, %s, %s\n", plan->ipv6 ? "IPv6" : "IPv4",
		plan->lossless ? "lossless" : "lossy", plan->offload ?
		"devices verify checksums: nothing is corrupted" : "checksums by the stacks");
	if (plan->scatter != 0)
		printf("# devices receive into buffers of %u bytes\n", plan->scatter);
	for (i = 0; i < SIM_BLACKOUTS_MAX && plan->black_until[0] > 0; i++)
		printf("# blackout %" PRIu64 "..%" PRIu64 "\n", plan->black_from[i],
			plan->black_until[i]);
	for (i = 0; i < 2; i++) {
		print_path(i, &plan->path[i]);
		print_host(i, &plan->host[i]);
	}
	for (i = 0; i < plan->n_conns; i++) {
		const struct sim_conn_plan *c = &plan->conn[i];

		printf("# connection %u: at %" PRIu64 " host %u, %u > %u, settings %u", i, c->at,
			c->from, c->lport, c->rport, c->settings);
		if (c->at_other != SIM_NEVER)
			printf(", the other opens at %" PRIu64, c->at_other);
		printf("\n");
		print_script("first", &c->script[0]);
		print_script("other", &c->script[1]);
	}
}
