/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* See loss_fixture.h. */

#include <stdlib.h>

#include <rte_eal.h>
#include <rte_malloc.h>

#include "loss_fixture.h"

int
loss_group(void **state __rte_unused)
{
	char *eal[] = { (char[]){ "test" }, (char[]){ "--no-huge" }, (char[]){ "--no-pci" },
		(char[]){ "--no-telemetry" }, (char[]){ "--no-shconf" }, (char[]){ "-m" },
		(char[]){ "64" }, (char[]){ "--log-level=4" } };

	return rte_eal_init(RTE_DIM(eal), eal) < 0 ? -1 : 0;
}

int
loss_setup(void **state)
{
	struct loss_test *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -1;
	/* as config/rstack.ini has them */
	t->par = (struct rs_tcp_params){
		.max_connections = LOSS_CONNECTIONS,
		.max_busy = LOSS_CONNECTIONS,
		.max_chunks = 64,
		.max_sent = 1024,
		.snd_window = 1 << 20,
		.rto_initial_ms = 1000,
		.rto_min_ms = 200,
		.rto_max_ms = 60000,
		.r1 = 3,
		.r2_ms = 100000,
		.congestion = RS_CC_NEWRENO,
		.initial_window = 10,
		.timestamps = true,
		.sack = true,
	};
	*state = t;
	return 0;
}

void
loss_start(struct loss_test *t)
{
	struct rs_tcp *tcp = &t->tcp;
	unsigned int socket = (unsigned int)SOCKET_ID_ANY;

	tcp->par = t->par;
	tcp->stats = &t->stats;
	tcp->link = &t->link;
	t->link.neighs = &t->neigh;
	t->listener.service = &t->service;
	tcp->listeners = &t->listener;
	tcp->n_listeners = 1;
	tcp->listener_stats = &t->listener_stats;
	assert_int_equal(rs_pool_init(&tcp->tcb_pool, t->par.max_connections,
		sizeof(struct rs_tcb), socket), 0);
	assert_int_equal(rs_pool_init(&tcp->buf.busy, t->par.max_busy, sizeof(struct rs_busy),
		socket), 0);
	assert_int_equal(rs_pool_init(&tcp->buf.chunks, t->par.max_chunks,
		sizeof(struct rs_chunk), socket), 0);
	assert_int_equal(rs_pool_init(&tcp->senders, t->par.max_busy, sizeof(struct rs_sender),
		socket), 0);
	assert_int_equal(rs_pool_init(&tcp->ranges, t->par.max_busy + t->par.max_sent,
		sizeof(struct rs_range), socket), 0);
	tcp->tcbs = (struct rs_tcb *)(void *)tcp->tcb_pool.base;
	assert_int_equal(rs_fifo_init(&tcp->ready, t->par.max_connections, socket), 0);
	rs_timer_init(&tcp->wheel, tcp->tcbs, tcp->tick);
}

void
loss_later(struct loss_test *t, uint64_t us)
{
	t->tcp.now += us;
	t->tcp.tick = (uint32_t)(t->tcp.now / 1000);
}

int
loss_teardown(void **state)
{
	struct loss_test *t = *state;
	struct rs_tcp *tcp = &t->tcp;
	uint32_t used = tcp->buf.busy.used + tcp->buf.chunks.used + tcp->senders.used +
		tcp->ranges.used;

	if (used != 0)
		print_error("left: %u busy blocks, %u chunks, %u senders, %u ranges\n",
			tcp->buf.busy.used, tcp->buf.chunks.used, tcp->senders.used,
			tcp->ranges.used);
	rs_pool_fini(&tcp->tcb_pool);
	rs_pool_fini(&tcp->buf.busy);
	rs_pool_fini(&tcp->buf.chunks);
	rs_pool_fini(&tcp->senders);
	rs_pool_fini(&tcp->ranges);
	rs_fifo_fini(&tcp->ready);
	free(t);
	return used == 0 ? 0 : -1;
}
