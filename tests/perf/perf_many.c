/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Many connections through the engine, in lockstep and with the default pools: open all, send
 * each of a part of them a request and then data, in random order, and close all. Printed are
 * the memory of a connection, and the time and instructions of each step; the frames of the
 * peers are made outside of the time. Each reply is verified, and at the end all pools are idle.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "frames.h"
#include "perf.h"
#include "rstack.h"

#define PORT 80
#define PEER_ISN 1000u
#define REQUEST 64
#define BURST 32u
#define BURST_US 2              /* simulated time of a burst */
#define ACK_DELAY_MS 40
#define SOME (1u << 20)         /* connections that a step serves at most */
#define COUNTED_OF 17           /* one run in so many is counted in place of timed */
#define BASE_CONNECTIONS 1000u
#define PREEMPTED_US 500        /* in so long a run the kernel had the core */

enum frame_kind {
	FRAME_SYN, FRAME_ACK, FRAME_REQUEST, FRAME_DATA, FRAME_FIN, FRAME_LAST_ACK, FRAME_MAX,
};

/* The runs of a step. */
struct meter {
	uint64_t runs, timed, tsc, instructions;
};

struct world {
	const struct perf *perf;
	struct rs_stack *stack;
	struct rte_mempool *mbufs;
	struct frame frames[FRAME_MAX];
	uint64_t now;           /* microseconds */
	uint32_t n;
	uint32_t *ack;          /* of each peer */
	uint8_t *sent;          /* segments with text that each peer has sent */
	uint32_t step;          /* of the random order, prime to n */
	uint32_t next;          /* peer that is next in it */
	uint64_t replies;       /* of the present step */
	struct meter *meter;    /* of the segments of now: one of the two */
	struct meter asking;
	struct meter answering; /* ACKs of what the stack has sent */
};

static const char response[REQUEST] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/* A request begins with G, other text is discarded. */
static uint32_t
serve(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	(void)m;
	if (data[0] == 'G')
		perf_require(rs_conn_send(tcp, conn, response, REQUEST) == REQUEST,
			"no room to send");
	return len;
}

static void
close_too(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static const struct rs_service service = {
	.name = "many", .data = serve, .peer_closed = close_too,
};
static const struct rs_listener listeners[] = {
	{ .name = "many", .port_first = PORT, .port_last = PORT, .service = &service },
};

/* NULL: the memory is not there. */
static struct rs_stack *
make_stack(struct rte_mempool *mbufs, uint32_t n, bool life)
{
	const struct rs_port port = {
		.id = 0, .mtu = 1500, .mac = PERF_MAC,
		.subnet = { .addr = rs_addr_from_ipv4(PERF_ADDR), .len = 96 + 24 },
	};
	struct rs_stack_params params = {
		.mbufs = mbufs, .ports = &port, .n_ports = 1,
		.listeners = listeners, .n_listeners = RTE_DIM(listeners),
		.max_neighbours = 16,
	};

	memset(params.secret, 0x5a, sizeof(params.secret));
	rs_tcp_defaults(&params.tcp); /* but for this, all pools are those of any stack */
	params.tcp.max_connections = n;
	params.tcp.life = life;
	return rs_stack_create(&params, 0);
}

static uint64_t
heap_in_use(void)
{
	struct rte_malloc_socket_stats stats;

	perf_require(rte_malloc_get_socket_stats(0, &stats) == 0, "no heap");
	return stats.heap_allocsz_bytes;
}

static void
make_frames(struct world *w)
{
	char text[REQUEST] = "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: perf\r\n";

	frame_init(&w->frames[FRAME_SYN], RTE_TCP_SYN_FLAG, PORT, NULL, 0);
	frame_init(&w->frames[FRAME_ACK], RTE_TCP_ACK_FLAG, PORT, NULL, 0);
	frame_init(&w->frames[FRAME_REQUEST], RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, PORT, text,
		REQUEST);
	text[0] = 'x';
	frame_init(&w->frames[FRAME_DATA], RTE_TCP_ACK_FLAG, PORT, text, REQUEST);
	frame_init(&w->frames[FRAME_FIN], RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG, PORT, NULL, 0);
	w->frames[FRAME_LAST_ACK] = w->frames[FRAME_ACK];
}

/* noinline, because tests/perf/instructions counts the work of this function. */
static __rte_noinline uint16_t
run_many(struct world *w, struct rte_mbuf **rx, uint16_t n, struct rte_mbuf **tx)
{
	return rs_stack_run(w->stack, rx, n, w->now, tx, 2 * RS_BURST);
}

/*
 * One run. Few are counted and not timed, because reading the counter is a system call. Their time
 * is taken to be the mean of the others, as is that of runs in which the core was preempted.
 */
static uint16_t
run(struct world *w, struct rte_mbuf **rx, uint16_t n_rx, struct rte_mbuf **tx)
{
	struct meter *meter = w->meter;
	uint64_t before, tsc;
	uint16_t n;

	w->now += BURST_US;
	if (meter->runs++ % COUNTED_OF == COUNTED_OF - 1) {
		before = perf_instructions(w->perf);
		n = run_many(w, rx, n_rx, tx);
		meter->instructions += perf_instructions(w->perf) - before;
		return n;
	}
	before = rte_rdtsc();
	n = run_many(w, rx, n_rx, tx);
	tsc = rte_rdtsc() - before;
	if (tsc < rte_get_tsc_hz() / 1000000 * PREEMPTED_US) {
		meter->tsc += tsc;
		meter->timed++;
	}
	return n;
}

/* The nanoseconds, and the instructions, of each of n operations. */
static void
mean_of(const struct meter *m, uint64_t n, double *ns, double *instructions)
{
	double scale = (double)m->runs / (double)n;

	if (m->timed == 0)
		return;
	*ns += (double)m->tsc * 1e9 / (double)rte_get_tsc_hz() / (double)m->timed * scale;
	*instructions += (double)m->instructions / ((double)m->runs / COUNTED_OF) * scale;
}

/* Print the mean of `n` operations: of the segments of `one`, of all if it is NULL. */
static void
report(const struct world *w, const struct meter *one, const char *what, const char *unit,
	uint64_t n)
{
	double ns = 0;
	double instructions = 0;

	if (w->perf->verify) {
		printf("ok - %u connections: %s\n", w->n, what);
		return;
	}
	mean_of(one != NULL ? one : &w->asking, n, &ns, &instructions);
	if (one == NULL)
		mean_of(&w->answering, n, &ns, &instructions);
	printf("%9u connections: %-42s %7.1f ns a %s, %.0f instructions, %.2f M/s\n", w->n, what,
		ns, unit, w->perf->instructions < 0 ? 0.0 : instructions, 1000 / ns);
}

static void
begin_step(struct world *w)
{
	w->asking = (struct meter){ 0 };
	w->answering = (struct meter){ 0 };
	w->meter = &w->asking;
	w->replies = 0;
}

/* Note and verify a reply: what it acknowledges is what the peer has sent (RFC 9293 3.10.7.4). */
static void
receive(struct world *w, const struct rte_mbuf *m, uint8_t flags, uint16_t len)
{
	struct reply reply = reply_read(m);
	uint32_t sent;

	perf_require(reply.peer < w->n && (reply.flags & ~RTE_TCP_PSH_FLAG) == flags &&
		reply.data_len == len, "an unexpected reply");
	sent = PEER_ISN + 1 + (uint32_t)w->sent[reply.peer] * REQUEST +
		(flags == (RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG));
	perf_require(reply.ack == sent, "the acknowledgment of a reply");
	perf_require((flags & RTE_TCP_SYN_FLAG) != 0 || reply.seq == w->ack[reply.peer],
		"the sequence number of a reply");
	w->ack[reply.peer] = reply.seq + len +
		((flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG)) != 0);
	w->replies++;
}

static uint32_t
next_peer(struct world *w)
{
	uint32_t number = w->next;

	w->next = (uint32_t)(((uint64_t)w->next + w->step) % w->n);
	return number;
}

/* The peers of a burst send a segment each. `flags` and `len` are those of the replies. */
static void
exchange(struct world *w, const uint32_t *numbers, uint16_t n, enum frame_kind kind, uint8_t flags,
	uint16_t len)
{
	static const uint8_t off[] = { [FRAME_ACK] = 1, [FRAME_REQUEST] = 1, [FRAME_DATA] = 1,
		[FRAME_FIN] = 1, [FRAME_LAST_ACK] = 2 };
	struct rte_mbuf *rx[BURST];
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t i;

	if (n > 0)
		perf_require(rte_pktmbuf_alloc_bulk(w->mbufs, rx, n) == 0, "out of mbufs");
	for (i = 0; i < n; i++) {
		uint32_t number = numbers[i];
		struct peer peer;

		peer_init(&peer, number);
		peer.ack = w->ack[number];
		frame_stamp(&w->frames[kind], &peer, PEER_ISN + off[kind] +
			(uint32_t)w->sent[number] * REQUEST, rx[i]);
		w->sent[number] = (uint8_t)(w->sent[number] + (w->frames[kind].data_len > 0));
	}
	n = run(w, rx, n, tx);
	for (i = 0; i < n; i++)
		receive(w, tx[i], flags, len);
	rte_pktmbuf_free_bulk(tx, n);
}

/*
 * `total` peers send a segment in bursts, in random order or in that of their numbers. Each gets
 * a reply, at once, and acknowledges it.
 */
static void
converse(struct world *w, uint32_t total, enum frame_kind kind, uint8_t flags, uint16_t len)
{
	enum frame_kind ack = kind == FRAME_FIN ? FRAME_LAST_ACK : FRAME_ACK;
	uint32_t done = 0;

	while (done < total) {
		uint16_t n = (uint16_t)RTE_MIN(total - done, BURST);
		uint32_t numbers[BURST];
		uint16_t i;

		for (i = 0; i < n; i++)
			numbers[i] = kind == FRAME_SYN ? done + i : next_peer(w);
		exchange(w, numbers, n, kind, flags, len);
		done += n;
		perf_require(w->replies == done, "each segment has a reply");
		w->meter = &w->answering;
		exchange(w, numbers, n, ack, 0, 0);
		w->meter = &w->asking;
		perf_require(w->replies == done, "an ACK has no reply");
	}
}

/* `total` peers send text that is taken and acknowledged, at the latest when its delay is over. */
static void
send_data(struct world *w, uint32_t total)
{
	uint64_t end = w->now + (uint64_t)total / BURST * BURST_US + (ACK_DELAY_MS + 2) * 1000;
	uint32_t done = 0;

	while (done < total) {
		uint16_t n = (uint16_t)RTE_MIN(total - done, BURST);
		uint32_t numbers[BURST];
		uint16_t i;

		for (i = 0; i < n; i++)
			numbers[i] = next_peer(w);
		exchange(w, numbers, n, FRAME_DATA, RTE_TCP_ACK_FLAG, 0);
		done += n;
	}
	while (w->replies < total && w->now < end)
		exchange(w, NULL, 0, FRAME_DATA, RTE_TCP_ACK_FLAG, 0);
	perf_require(w->replies == total, "all text is acknowledged in time");
}

static void
require_idle(const struct world *w, uint32_t n)
{
	struct rs_pool_use use;

	rs_stack_pools(w->stack, &use);
	perf_require(use.tcbs == n && use.time_waits == 0 && use.busy == 0 && use.chunks == 0 &&
		use.ranges == 0 && use.half_open == 0, "a pool is not idle");
	perf_require(rs_stack_stats(w->stack)->states[RS_ESTABLISHED] == n &&
		rs_stack_open(w->stack) == n, "not all are established");
	perf_require(rte_mempool_avail_count(w->mbufs) == w->mbufs->size, "an mbuf is held");
}

static void
run_steps(struct world *w)
{
	const uint8_t ack = RTE_TCP_ACK_FLAG;
	uint32_t some = RTE_MIN(w->n, SOME);
	char what[64];

	begin_step(w);
	converse(w, w->n, FRAME_SYN, RTE_TCP_SYN_FLAG | ack, 0);
	report(w, &w->asking, "SYN, state kept", "segment", w->n);
	report(w, NULL, "open, 2 in 1 out", "connection", w->n);
	require_idle(w, w->n);
	begin_step(w);
	converse(w, some, FRAME_REQUEST, ack, REQUEST);
	snprintf(what, sizeof(what), "request and answer on %u, 2 in 1 out", some);
	report(w, NULL, what, "request", some);
	require_idle(w, w->n);
	begin_step(w);
	send_data(w, some);
	snprintf(what, sizeof(what), "64 bytes and their ACK on %u", some);
	report(w, NULL, what, "segment", some);
	require_idle(w, w->n);
	begin_step(w);
	converse(w, w->n, FRAME_FIN, RTE_TCP_FIN_FLAG | ack, 0);
	report(w, NULL, "close, 2 in 1 out", "connection", w->n);
	require_idle(w, 0);
}

/* A number near 0.6 n that is prime to n. */
static uint32_t
step_prime_to(uint32_t n)
{
	uint32_t step = (uint32_t)((uint64_t)n * 618034 / 1000000) | 1;

	for (;; step += 2) {
		uint32_t a = n;
		uint32_t b = step;

		while (b != 0) {
			uint32_t rest = a % b;

			a = b;
			b = rest;
		}
		if (a == 1)
			return step;
	}
}

static void *
take(size_t n, size_t size)
{
	void *p = calloc(n, size);

	perf_require(p != NULL, "memory was refused");
	return p;
}

/*
 * Make a stack for n connections, with their ages and numbers or without.
 * @return the bytes it takes; 0: the memory is not there
 */
static uint64_t
create(struct world *w, uint32_t n, bool life)
{
	uint64_t before = heap_in_use();

	w->stack = make_stack(w->mbufs, n, life);
	return w->stack != NULL ? heap_in_use() - before : 0;
}

/* Make a stack for n connections, and print what each takes. @return false: no memory */
static bool
create_and_report(struct world *w, uint32_t n, bool life)
{
	uint64_t base = create(w, BASE_CONNECTIONS, life);
	uint64_t bytes;

	perf_require(base != 0, "no stack");
	rs_stack_free(w->stack);
	bytes = create(w, n, life);
	if (bytes == 0)
		return false;
	printf("%s%9u connections%s: %.1f bytes each\n", w->perf->verify ? "# " : "", n,
		life ? "" : " without life", (double)(bytes - base) / (n - BASE_CONNECTIONS));
	return true;
}

static void
measure(const struct perf *perf, struct rte_mempool *mbufs, uint32_t n)
{
	struct world w = { .perf = perf, .mbufs = mbufs, .n = n, .step = step_prime_to(n) };

	if (create_and_report(&w, n, false))
		rs_stack_free(w.stack);
	if (!create_and_report(&w, n, true)) {
		printf("%9u connections: left out, %s\n", n, rte_errno == ENOMEM ?
			"the memory is not there" : rte_strerror(rte_errno));
		return;
	}
	w.ack = take(n, sizeof(w.ack[0]));
	w.sent = take(n, sizeof(w.sent[0]));
	make_frames(&w);
	run_steps(&w);
	rs_stack_free(w.stack);
	free(w.ack);
	free(w.sent);
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 10000, 100000, 1000000, 10000000, 100000000 };
	struct rte_mempool *mbufs;
	struct perf perf;
	unsigned int n_sizes = 3;
	unsigned int i;

	/* EAL takes more as it is needed, if there are hugepages */
	perf_start(&perf, argc, argv, perf_is_long(argc, argv) ? 2048 : 256);
	mbufs = rte_pktmbuf_pool_create("perf", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	perf_require(mbufs != NULL, "no mempool");
	if (perf.verify)
		n_sizes = 1;
	else if (perf.large)
		n_sizes = RTE_DIM(sizes);
	for (i = 0; i < n_sizes; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%u connections", sizes[i]);
		if (perf_wanted(&perf, name))
			measure(&perf, mbufs, sizes[i]);
	}
	rte_mempool_free(mbufs);
	perf_end(&perf);
	return 0;
}
