/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Goodput under overload, in lockstep with the engine: simulated time goes on by the CPU time
 * that each run of the engine takes. Connections arrive by that clock, whatever became of those
 * before them (open loop). A receive ring of 1,024 frames drops the frames beyond. Clients
 * retransmit as RFC 6298 says, and give up. Printed are completed connections a second, the time
 * that they took, and the longest run.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_errno.h>

#include "frames.h"
#include "packet/intake.h"
#include "perf.h"
#include "rstack.h"

#define HTTP_PORT 80
#define ECHO_PORT 7
#define SECOND UINT64_C(1000000000)     /* all times here are nanoseconds */
#define ONE_WAY (50 * UINT64_C(1000))   /* delay of the path, either way */
#define RX_RING 1024u
#define DEVICE_MAX (50 * UINT64_C(1000))
#define CLIENTS (1u << 24)              /* tuples: as many as peer_init() knows */
#define CLIENTS_VERIFY (1u << 20)
#define CLOSED_LOOP 512u                /* clients at a time that measure the capacity */
#define REQUEST 64
#define RESPONSE 128

/* The segments of a client, and at the same time the state that it is in after sending one. */
enum step { STEP_NONE, STEP_SYN, STEP_REQUEST, STEP_FIN, STEP_ACK };

/* Time-outs: that of a SYN and its doublings, that of data and its doublings (RFC 6298). */
static const uint64_t timeouts[] = {
	SECOND, 2 * SECOND, 4 * SECOND, SECOND / 5, SECOND * 2 / 5, SECOND * 4 / 5,
};
#define SYN_TRIES 3
#define TRIES 3

struct client {
	uint64_t start;         /* of its first SYN */
	uint32_t iss;
	uint32_t ack;           /* RCV.NXT */
	uint8_t step;
	uint8_t tries;
	uint16_t armed;         /* changes with each segment: an older time-out is void */
};

/* A segment on its way, or a time-out. */
struct event {
	uint64_t at;
	uint32_t client;
	uint16_t armed;
	uint8_t step;
};

struct fifo {
	struct event *events;
	uint32_t mask;
	uint32_t head;
	uint32_t tail;
};

struct world {
	struct rs_stack *stack;
	struct rte_mempool *mbufs;
	struct client *clients;
	struct frame frames[STEP_ACK + 1];
	struct fifo wire;       /* from the clients */
	struct fifo ring;
	uint64_t tsc_hz;
	uint64_t device_ns;     /* time of the device in a run */
	struct rs_intake intake;
	struct fifo timers[RTE_DIM(timeouts)];
	uint64_t now;
	uint64_t next_arrival;
	uint64_t interval;      /* between arrivals; 0: closed loop */
	uint32_t clients_max;   /* a power of 2 */
	uint32_t n_clients;     /* arrivals so far */
	uint32_t open;          /* clients that are in no end */
	uint16_t response;      /* bytes of an answer */
	/* since the measuring began */
	uint64_t n_frames, completed, refused, gave_up, ring_drops, run_ns, runs, run_max;
	uint32_t *took;         /* microseconds, of each completed connection */
};

static const char response[RESPONSE] =
	"HTTP/1.1 200 OK\r\nContent-Length: 64\r\nContent-Type: text/plain\r\n\r\n";

static uint32_t
answer(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	(void)m;
	(void)data;
	return rs_conn_send(tcp, conn, response, RESPONSE) == RESPONSE ? len : 0;
}

static uint32_t
echo(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	int64_t sent = rs_conn_send_mbuf(tcp, conn, m, data, len);

	return sent > 0 ? (uint32_t)sent : 0;
}

static void
close_too(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static const struct rs_service http_service = {
	.name = "http", .data = answer, .peer_closed = close_too,
};
static const struct rs_service echo_service = {
	.name = "echo", .data = echo, .peer_closed = close_too,
};
static const struct rs_listener listeners[] = {
	{ .name = "http", .port_first = HTTP_PORT, .port_last = HTTP_PORT,
	  .service = &http_service },
	{ .name = "echo", .port_first = ECHO_PORT, .port_last = ECHO_PORT,
	  .service = &echo_service },
};

static void *
get_memory(size_t n, size_t size)
{
	void *p = calloc(n, size);

	perf_require(p != NULL, "memory was refused");
	return p;
}

static void
fifo_init(struct fifo *fifo, uint32_t size)
{
	*fifo = (struct fifo){ .events = get_memory(size, sizeof(struct event)), .mask = size - 1 };
}

static bool
fifo_push(struct fifo *fifo, const struct event *event)
{
	if (fifo->tail - fifo->head > fifo->mask)
		return false;
	fifo->events[fifo->tail++ & fifo->mask] = *event;
	return true;
}

/* The oldest event that is due; NULL: none. */
static const struct event *
fifo_due(const struct fifo *fifo, uint64_t now)
{
	const struct event *event = &fifo->events[fifo->head & fifo->mask];

	return fifo->head != fifo->tail && event->at <= now ? event : NULL;
}

static uint64_t
fifo_next(const struct fifo *fifo)
{
	return fifo->head != fifo->tail ? fifo->events[fifo->head & fifo->mask].at : UINT64_MAX;
}

/* Client sends the segment of a step, which must be acknowledged in time but for an ACK. */
static void
client_send(struct world *w, uint32_t number, enum step step)
{
	struct client *c = &w->clients[number];
	struct event event = { .at = w->now + ONE_WAY, .client = number, .step = (uint8_t)step };
	unsigned int timer = step == STEP_SYN ? 0 : SYN_TRIES;

	perf_require(fifo_push(&w->wire, &event), "no room on the wire");
	if (step == STEP_ACK)
		return;
	c->step = (uint8_t)step;
	event.armed = ++c->armed;
	event.at = w->now + timeouts[timer + c->tries];
	perf_require(fifo_push(&w->timers[timer + c->tries], &event), "no room for a time-out");
}

static void
client_start(struct world *w, uint64_t at)
{
	uint32_t number = w->n_clients++ % w->clients_max;
	struct client *c = &w->clients[number];

	if (c->step != STEP_NONE)
		w->gave_up++; /* its tuple is needed again */
	else
		w->open++;
	c->start = at;
	c->iss = number * UINT32_C(2654435761);
	c->tries = 0;
	client_send(w, number, STEP_SYN);
}

static void
client_end(struct world *w, uint32_t number, uint64_t *count)
{
	w->clients[number].step = STEP_NONE;
	w->clients[number].armed++;
	w->open--;
	(*count)++;
	if (w->interval == 0)
		client_start(w, w->now);
}

static void
client_timeout(struct world *w, const struct event *event)
{
	struct client *c = &w->clients[event->client];

	if (c->armed != event->armed || c->step == STEP_NONE)
		return;
	if (++c->tries == TRIES)
		client_end(w, event->client, &w->gave_up);
	else
		client_send(w, event->client, c->step);
}

/* The answer is there: it took so long from the first SYN. */
static void
client_answered(struct world *w, uint32_t number)
{
	uint64_t took = (w->now + ONE_WAY - w->clients[number].start) / 1000;

	if (w->completed < w->clients_max)
		w->took[w->completed] = (uint32_t)took;
	w->completed++;
}

static void
client_receive(struct world *w, const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *,
		sizeof(struct rte_ether_hdr));
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);
	uint32_t number = peer_number(ip->dst_addr, th->dst_port);
	uint32_t seq = rte_be_to_cpu_32(th->sent_seq);
	uint32_t ack = rte_be_to_cpu_32(th->recv_ack);
	uint32_t len = rte_be_to_cpu_16(ip->total_length) - (uint32_t)sizeof(*ip) -
		(uint32_t)(th->data_off >> 4) * 4;
	struct client *c = &w->clients[number];

	if ((th->tcp_flags & RTE_TCP_RST_FLAG) != 0) {
		if (c->step != STEP_NONE)
			client_end(w, number, &w->refused);
	} else if (c->step == STEP_SYN && (th->tcp_flags & RTE_TCP_SYN_FLAG) != 0) {
		c->ack = seq + 1;
		c->tries = 0;
		client_send(w, number, STEP_ACK);
		client_send(w, number, STEP_REQUEST);
	} else if (c->step == STEP_REQUEST && len == w->response && seq == c->ack) {
		c->ack += len;
		c->tries = 0;
		client_answered(w, number);
		client_send(w, number, STEP_FIN);
	} else if (c->step == STEP_FIN && (th->tcp_flags & RTE_TCP_FIN_FLAG) != 0 &&
		   ack == c->iss + 1 + REQUEST + 1) {
		uint64_t closed = 0;

		c->ack = seq + len + 1;
		client_send(w, number, STEP_ACK);
		client_end(w, number, &closed);
	} else if (c->step == STEP_NONE && (th->tcp_flags & RTE_TCP_FIN_FLAG) != 0) {
		client_send(w, number, STEP_ACK); /* our last ACK was lost */
	}
}

/* Everything that happens to clients until now; frames that arrived stand in the ring. */
static void
run_clients(struct world *w)
{
	const struct event *event;
	unsigned int i;

	for (i = 0; i < RTE_DIM(timeouts); i++) {
		while ((event = fifo_due(&w->timers[i], w->now)) != NULL) {
			struct event due = *event;

			w->timers[i].head++;
			client_timeout(w, &due);
		}
	}
	for (; w->interval != 0 && w->next_arrival <= w->now; w->next_arrival += w->interval)
		client_start(w, w->next_arrival);
	while ((event = fifo_due(&w->wire, w->now)) != NULL) {
		if (w->ring.tail - w->ring.head < RX_RING)
			fifo_push(&w->ring, event);
		else
			w->ring_drops++;
		w->wire.head++;
	}
}

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* Make the frame of a segment that the ring holds. */
static void
write_frame(const struct world *w, const struct event *event, struct rte_mbuf *m)
{
	static const uint32_t seq[] = {
		[STEP_SYN] = 0, [STEP_REQUEST] = 1, [STEP_FIN] = 1 + REQUEST,
	};
	const struct client *c = &w->clients[event->client];
	uint32_t off = event->step != STEP_ACK ? seq[event->step] :
		c->step == STEP_NONE ? 2 + REQUEST : 1;
	struct peer peer;

	peer_init(&peer, event->client);
	peer.ack = c->ack;
	frame_stamp(&w->frames[event->step], &peer, c->iss + off, m);
}

/*
 * The receive burst of the device. Its time is not the engine's. It is read from the TSC, because
 * the clock of CPU time is a system call that costs as much as a burst; a burst that seems to
 * take longer than DEVICE_MAX was preempted, which CPU time does not count.
 */
static uint16_t
ring_receive(void *arg, struct rte_mbuf **rx, bool *more)
{
	struct world *w = arg;
	uint64_t start = rte_rdtsc_precise();
	uint64_t ns;
	uint16_t n = (uint16_t)RTE_MIN(w->ring.tail - w->ring.head, (uint32_t)RS_BURST);
	uint16_t i;

	if (n > 0 && rte_pktmbuf_alloc_bulk(w->mbufs, rx, n) != 0)
		n = 0;
	for (i = 0; i < n; i++)
		write_frame(w, &w->ring.events[w->ring.head++ & w->ring.mask], rx[i]);
	*more = n == RS_BURST;
	ns = (rte_rdtsc_precise() - start) * SECOND / w->tsc_hz;
	w->device_ns += RTE_MIN(ns, DEVICE_MAX);
	return n;
}

/* One run of the engine, by whose duration the clock moves. */
static void
run_engine(struct world *w)
{
	struct rte_mbuf *rx[RS_BURST];
	struct rte_mbuf *tx[2 * RS_BURST];
	uint64_t start = cpu_ns();
	uint64_t ns;
	uint16_t n, i;

	w->device_ns = 0;
	n = rs_intake_receive(&w->intake, ring_receive, w, rs_stack_serves(w->stack), rx);
	w->n_frames += n;
	n = rs_stack_run(w->stack, rx, n, w->now / 1000, tx, 2 * RS_BURST);
	ns = cpu_ns() - start;
	ns -= RTE_MIN(ns, w->device_ns);
	w->now += ns;
	w->run_ns += ns;
	w->runs++;
	w->run_max = RTE_MAX(w->run_max, ns);
	for (i = 0; i < n; i++)
		client_receive(w, tx[i]);
	rte_pktmbuf_free_bulk(tx, n);
}

/* Nothing has arrived: the clock moves to the next event, or the engine's next millisecond. */
static void
wait_for_event(struct world *w)
{
	uint64_t next = RTE_MIN(fifo_next(&w->wire), w->now + SECOND / 1000);
	unsigned int i;

	for (i = 0; i < RTE_DIM(timeouts); i++)
		next = RTE_MIN(next, fifo_next(&w->timers[i]));
	if (w->interval != 0)
		next = RTE_MIN(next, w->next_arrival);
	w->now = RTE_MAX(w->now, next);
}

static void
run_for(struct world *w, uint64_t ns)
{
	uint64_t end = w->now + ns;

	w->completed = w->refused = w->gave_up = w->ring_drops = 0;
	w->run_ns = w->runs = w->run_max = w->n_frames = 0;
	w->intake.syns_dropped = 0;
	while (w->now < end) {
		run_clients(w);
		if (w->ring.head == w->ring.tail && w->intake.head == w->intake.tail)
			wait_for_event(w);
		run_engine(w);
	}
}

static struct rs_stack *
make_stack(struct rte_mempool *mbufs)
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
	struct rs_stack *stack;

	memset(params.secret, 0x5a, sizeof(params.secret));
	rs_tcp_defaults(&params.tcp);
	stack = rs_stack_create(&params, 0);
	if (stack == NULL)
		rte_exit(EXIT_FAILURE, "no stack: %s\n", rte_strerror(rte_errno));
	return stack;
}

static void
world_init(struct world *w, const struct perf *perf, struct rte_mempool *mbufs, uint16_t port,
	uint64_t interval)
{
	static const char request[REQUEST] = "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n";
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->mbufs = mbufs;
	w->clients_max = perf->verify ? CLIENTS_VERIFY : CLIENTS;
	w->stack = make_stack(mbufs);
	w->clients = get_memory(w->clients_max, sizeof(*w->clients));
	w->took = get_memory(w->clients_max, sizeof(*w->took));
	w->interval = interval;
	w->response = port == HTTP_PORT ? RESPONSE : REQUEST;
	fifo_init(&w->wire, 1u << 22);
	fifo_init(&w->ring, RX_RING);
	w->tsc_hz = rte_get_tsc_hz();
	for (i = 0; i < RTE_DIM(timeouts); i++)
		fifo_init(&w->timers[i], w->clients_max * 2);
	frame_init(&w->frames[STEP_SYN], RTE_TCP_SYN_FLAG, port, NULL, 0);
	frame_init(&w->frames[STEP_ACK], RTE_TCP_ACK_FLAG, port, NULL, 0);
	frame_init(&w->frames[STEP_REQUEST], RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, port, request,
		REQUEST);
	frame_init(&w->frames[STEP_FIN], RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG, port, NULL, 0);
}

static void
world_free(struct world *w)
{
	unsigned int i;

	rs_stack_free(w->stack);
	rs_intake_clear(&w->intake);
	perf_require(rte_mempool_avail_count(w->mbufs) == w->mbufs->size, "mbufs leaked");
	free(w->clients);
	free(w->took);
	free(w->wire.events);
	free(w->ring.events);
	for (i = 0; i < RTE_DIM(timeouts); i++)
		free(w->timers[i].events);
}

static int
compare_times(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* One line. @return completed connections a second */
static double
print_result(struct world *w, const char *name, double offered, uint64_t ns)
{
	uint32_t n = (uint32_t)RTE_MIN(w->completed, (uint64_t)w->clients_max);
	double rate = (double)w->completed * (double)SECOND / (double)ns;

	qsort(w->took, n, sizeof(w->took[0]), compare_times);
	printf("%-5s %9.0f offered %9.0f completed a second, p50 %7u p99 %7u us, "
		"busy %3.0f %%, %9" PRIu64 " dropped by the ring, %9" PRIu64 " SYNs by the intake, "
		"%7" PRIu64 " refused, "
		"longest run %6.0f us, %.1f frames a run, %.0f ns a run\n", name, offered, rate,
		n > 0 ? w->took[n / 2] : 0, n > 0 ? w->took[(uint64_t)n * 99 / 100] : 0,
		100.0 * (double)w->run_ns / (double)ns, w->ring_drops, w->intake.syns_dropped,
		w->refused,
		(double)w->run_max / 1000, (double)w->n_frames / (double)w->runs,
		(double)w->run_ns / (double)w->runs);
	return rate;
}

/* The most that can be completed: clients that wait for an answer before they come again. */
static double
measure_capacity(const struct perf *perf, struct rte_mempool *mbufs, uint16_t port,
	const char *name, uint64_t ns)
{
	struct world w;
	double rate;
	uint32_t i;

	world_init(&w, perf, mbufs, port, 0);
	for (i = 0; i < CLOSED_LOOP; i++)
		client_start(&w, 0);
	run_for(&w, ns / 4);
	run_for(&w, ns);
	rate = print_result(&w, name, 0, ns);
	perf_require(w.completed > 0 && w.gave_up == 0 && w.refused == 0,
		"a closed loop has to complete every connection");
	world_free(&w);
	return rate;
}

static void
measure(const struct perf *perf, struct rte_mempool *mbufs, uint16_t port, const char *name)
{
	static const double factors[] = { 0.5, 1, 2, 5, 10 };
	uint64_t ns = perf->verify ? SECOND / 20 : 2 * SECOND;
	double capacity = measure_capacity(perf, mbufs, port, name, ns / 4);
	double peak = capacity;
	double rates[RTE_DIM(factors)];
	unsigned int i;

	for (i = 0; i < RTE_DIM(factors); i++) {
		double offered = capacity * factors[i];
		struct world w;

		world_init(&w, perf, mbufs, port, (uint64_t)((double)SECOND / offered));
		run_for(&w, ns / 2);
		run_for(&w, ns);
		rates[i] = print_result(&w, name, offered, ns);
		peak = RTE_MAX(peak, rates[i]);
		world_free(&w);
	}
	for (i = 0; i < RTE_DIM(factors); i++)
		printf("%-5s %4.1f x the capacity: %.2f of the peak\n", name, factors[i],
			rates[i] / peak);
}

int
main(int argc, char **argv)
{
	struct rte_mempool *mbufs;
	struct perf perf;

	perf_start(&perf, argc, argv, 256);
	mbufs = rte_pktmbuf_pool_create("perf", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	perf_require(mbufs != NULL, "no mempool");
	if (perf_wanted(&perf, "http"))
		measure(&perf, mbufs, HTTP_PORT, "http");
	if (perf_wanted(&perf, "echo"))
		measure(&perf, mbufs, ECHO_PORT, "echo");
	rte_mempool_free(mbufs);
	perf_end(&perf);
	return 0;
}
