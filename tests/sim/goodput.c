/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Goodput under random loss, in simulated time: one connection over a bottleneck with a
 * drop-tail queue of one bandwidth-delay product, beside the response function of its
 * congestion control. Less than 0.8 of that is a failure. Prints TAP, the table as comments.
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mempool.h>

#include "world.h"

#define LEAST 0.8

#define MSS 1448.0              /* 1500 less the headers and timestamps */
#define FRAME 1514.0
#define MBUFS 524287
#define MBUF_ROOM (RTE_PKTMBUF_HEADROOM + 1536)
#define BUFFER (UINT32_C(1) << 29) /* more than any path holds */
#define PIECE (UINT32_C(64) << 20)
#define PORT 9
#define SECOND UINT64_C(1000000)

/* A row of the table. */
struct cell {
	enum rs_congestion cc;
	uint32_t mbit;
	uint32_t rtt_ms;
	uint32_t loss;          /* of a million frames */
};

/* One flow. */
struct flow {
	struct sim_world world;
	struct rs_tcb *conn;
	uint8_t *data;          /* PIECE bytes, of no interest */
	uint64_t taken;         /* bytes that the receiver took */
	bool ended;
};

/* The services' callbacks have no argument of their own but the listener's. */
static struct flow *
flow_of(const struct rs_tcp *tcp, const struct rs_tcb *conn)
{
	return rs_conn_arg(tcp, conn);
}

/* What crosses the bottleneck in a round trip, bytes. */
static double
path_bytes(const struct cell *cell)
{
	return cell->mbit * 1e6 / 8 * cell->rtt_ms / 1e3;
}

static uint32_t
on_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data __rte_unused, uint32_t len)
{
	flow_of(tcp, conn)->taken += len;
	return len;
}

static void
on_writable(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	while (rs_conn_send(tcp, conn, flow_of(tcp, conn)->data, PIECE) > 0)
		;
}

static void
on_ended(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_end how __rte_unused)
{
	flow_of(tcp, conn)->ended = true;
}

static const struct rs_service sender = {
	.name = "sender",
	.opened = on_writable,
	.writable = on_writable,
	.ended = on_ended,
};

static const struct rs_service receiver = {
	.name = "receiver",
	.data = on_data,
	.ended = on_ended,
};

static bool
start_host(struct flow *flow, uint8_t i, const struct cell *cell)
{
	const struct rs_listener listeners[] = {
		{ .name = "to", .port_first = PORT, .port_last = PORT, .service = &receiver,
			.arg = flow },
		{ .name = "from", .service = &sender, .arg = flow },
	};
	static struct rs_listener kept[2][RTE_DIM(listeners)];
	struct rs_stack_params params = {
		.secret = { i },
		.listeners = kept[i],
		.n_listeners = RTE_DIM(listeners),
		.max_neighbours = 4,
	};

	memcpy(kept[i], listeners, sizeof(listeners));
	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = 8;
	params.tcp.max_busy = 8;
	params.tcp.max_chunks = MBUFS;
	params.tcp.rcv_buf = BUFFER;
	/* Path and queue hold twice as much: nothing is lost but by chance. */
	params.tcp.snd_window = (uint32_t)(1.5 * path_bytes(cell));
	params.tcp.congestion = cell->cc;
	/* What the response functions assume: an ACK a segment; and no time-outs, which are
	 * then at least not a hundred times as long as the path (RFC 6298 2.4 has a second). */
	params.tcp.ack_delay_ms = 0;
	/* they know one MSS, too */
	params.tcp.black_holes = false;
	params.tcp.rto_min_ms = 3 * cell->rtt_ms;
	flow->world.host[i].offload = true;
	/* often enough for 10 Gbit/s: a turn of output is 16 segments */
	flow->world.host[i].grain = 10;
	return sim_world_start(&flow->world, i, &params);
}

static bool
connect_flow(struct flow *flow)
{
	const struct rs_connect to = {
		.raddr = sim_world_addr(1, false),
		.rport = PORT,
		.listener = 1,
	};
	bool ok = rs_connect(rs_stack_tcp(flow->world.host[0].stack), &to, &flow->conn) == 0;

	sim_world_wake(&flow->world, 0);
	return ok;
}

static void
set_path(struct sim_link *link, const struct cell *cell)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		link->path[i].rate = UINT64_C(1000000) * cell->mbit;
		link->path[i].queue = (uint64_t)path_bytes(cell);
		link->path[i].delay = cell->rtt_ms * UINT64_C(1000) / 2;
	}
	link->path[0].loss = cell->loss; /* of data; ACKs arrive */
}

/* Segments a round trip: RFC 5681's as RFC 3649 1 gives it, RFC 9438 5.1 and 5.2. */
static double
response(const struct cell *cell)
{
	double p = cell->loss / 1e6;
	double reno = 1.2 / sqrt(p);
	double cubic = pow(0.4 * 3.7 / (4 * 0.3), 0.25) * pow(cell->rtt_ms / 1e3 / p, 0.75);

	return cell->cc == RS_CC_CUBIC ? fmax(cubic, reno) : reno;
}

/* The goodput that must be met, bytes a second: no more than the link carries. */
static double
expected(const struct cell *cell)
{
	double link = cell->mbit * 1e6 / 8 * MSS / FRAME;

	if (cell->loss == 0)
		return link;
	return fmin(link, response(cell) * MSS / (cell->rtt_ms / 1e3));
}

/* Run until so much time has passed, or so many bytes were taken. */
static void
run(struct flow *flow, uint64_t us, uint64_t bytes)
{
	uint64_t until = flow->world.now + us;
	uint64_t taken = flow->taken + bytes;

	while (flow->world.now < until && flow->taken < taken && !flow->ended)
		sim_world_step(&flow->world, until);
}

/* Time to let slow start end, and to measure; in which the losses are many. */
static double
measure(struct flow *flow, const struct cell *cell)
{
	/* Without loss what counts is that the link is and stays full. */
	double losses = cell->loss < 10000 ? 400 : 10000;
	uint64_t bytes = cell->loss == 0 ? UINT64_MAX / 2 :
		(uint64_t)(losses * MSS * 1e6 / cell->loss);
	uint64_t most = cell->loss == 0 ? cell->rtt_ms * SECOND / 10 : 3600 * SECOND;
	uint64_t began, taken;

	run(flow, most, bytes / 8);
	began = flow->world.now;
	taken = flow->taken;
	run(flow, most, bytes);
	return flow->ended ? 0 : (double)(flow->taken - taken) * 1e6 /
		(double)(flow->world.now - began);
}

/* @return whether the goodput is what it must be */
static bool
run_cell(const struct cell *cell, unsigned int n, struct rte_mempool *mbufs, uint8_t *data)
{
	static struct flow flow;
	double want = expected(cell);
	double got = 0;
	char name[96];

	memset(&flow, 0, sizeof(flow));
	flow.data = data;
	sim_world_init(&flow.world, mbufs, n, false);
	set_path(&flow.world.link, cell);
	if (start_host(&flow, 0, cell) && start_host(&flow, 1, cell) && connect_flow(&flow))
		got = measure(&flow, cell);
	snprintf(name, sizeof(name), "%-7s %5u Mbit/s %3u ms loss %-4g %%",
		cell->cc == RS_CC_CUBIC ? "cubic" : "newreno", cell->mbit, cell->rtt_ms,
		cell->loss / 1e4);
	printf("# %s %10.2f %10.2f %6.2f\n", name, got * 8 / 1e6, want * 8 / 1e6, got / want);
	printf("%sok %u - %s\n", got < LEAST * want ? "not " : "", n, name);
	fflush(stdout);
	sim_world_fini(&flow.world);
	return got >= LEAST * want;
}

/* The rows: all of them, or without the longest. */
static unsigned int
make_cells(struct cell *cells, bool all)
{
	static const enum rs_congestion cc[] = { RS_CC_CUBIC, RS_CC_NEWRENO };
	static const uint32_t mbit[] = { 100, 10000 };
	static const uint32_t rtt[] = { 10, 100 };
	static const uint32_t loss[] = { 0, 100, 1000, 10000, 50000 };
	unsigned int a, b, c, d, n = 0;

	for (a = 0; a < RTE_DIM(cc); a++)
	for (b = 0; b < RTE_DIM(mbit); b++)
	for (c = 0; c < RTE_DIM(rtt); c++)
	for (d = 0; d < RTE_DIM(loss); d++) {
		/* those with the fewest losses take the longest */
		if (!all && loss[d] == 100)
			continue;
		cells[n++] = (struct cell){ cc[a], mbit[b], rtt[c], loss[d] };
	}
	return n;
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m",
		"2048", "--log-level=error" };
	struct cell cells[64];
	struct rte_mempool *mbufs;
	uint8_t *data;
	unsigned int i, n, failed = 0;
	bool all = argc == 2 && strcmp(argv[1], "--all") == 0;

	if (argc > 1 && !all) {
		fprintf(stderr, "usage: %s [--all]\n", argv[0]);
		return 2;
	}
	if (rte_eal_init(RTE_DIM(eal), eal) < 0) {
		printf("Bail out! EAL: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	mbufs = rte_pktmbuf_pool_create("goodput", MBUFS, 0, 0, MBUF_ROOM, 0);
	data = calloc(1, PIECE);
	if (mbufs == NULL || data == NULL) {
		printf("Bail out! no memory\n");
		return 1;
	}
	n = make_cells(cells, all);
	printf("1..%u\n# %-42s Mbit/s   response  ratio\n", n, "");
	for (i = 0; i < n; i++)
		failed += !run_cell(&cells[i], i + 1, mbufs, data);
	free(data);
	rte_mempool_free(mbufs);
	rte_eal_cleanup();
	return failed > 0 ? 1 : 0;
}
