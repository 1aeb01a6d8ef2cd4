/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Goodput under overload, in lockstep with the engine: simulated time goes on by the CPU time
 * that each run of the engine takes. Connections arrive by that clock, whatever became of those
 * before them (open loop). A receive ring of 1,024 frames drops the frames beyond. Clients
 * retransmit as RFC 6298 says, and give up. Printed are completed connections a second, the time
 * that they took, and the longest run.
 *
 * The clients take turns with the engine in a thread on another core, where there is one,
 * because millions of them would empty the caches of the engine's core. As with a device, the
 * two share nothing but the bytes of frames.
 *
 * Each workload is measured twice: with SYNs among the other frames, and with SYNs that the
 * device puts into a ring of their own, as [port] syn_queue asks for. A full ring drops frames at
 * no cost.
 *
 * Hugepages matter: with pages of 4 KiB the frames that wait miss the TLB, and a dropped SYN
 * costs about twice as much.
 */

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "frames.h"
#include "packet/intake.h"
#include "perf.h"
#include "rstack.h"

#define HTTP_PORT 80
#define ECHO_PORT 7
#define SECOND UINT64_C(1000000000)     /* all times here are nanoseconds */
#define PATHS 16u                       /* clients of different distance */
#define ONE_WAY (40 * UINT64_C(1000))   /* delay of the nearest, either way */
#define FARTHER (3 * UINT64_C(1000))    /* and of each next one */
#define RX_RING 1024u
#define DEVICE_MAX (50 * UINT64_C(1000))
#define NUMBERS (1u << 26)              /* clients that come in one measurement */
#define NUMBERS_VERIFY (1u << 21)
#define SLOTS (1u << 19)                /* clients that are connected at a time */
#define TOOK (1u << 22)                 /* connections completed in one measurement */
#define TURNS 20                        /* of the load and of a closed loop */
#define WIRE (1u << 14)                 /* segments on the way, of a path */
#define TIMEOUTS (1u << 22)             /* segments of the longest time-out, acknowledged or not */
#define CLOSED_LOOP 256u                /* clients at a time that measure the capacity */
#define REQUEST 64
#define RESPONSE 128

/* The segments of a client. */
enum step { STEP_SYN, STEP_REQUEST, STEP_FIN, STEP_ACK, STEP_MAX };

/* SYNs are sent again so long after the first one, data after these times (RFC 6298). */
static const uint64_t syn_again[] = { SECOND, 3 * SECOND };
static const uint64_t timeouts[] = { SECOND / 5, SECOND * 2 / 5, SECOND * 4 / 5 };

/* Fate of a client's number; another value is the index of its slot. */
#define NO_ANSWER 0u                    /* none to its SYN so far */
#define ENDED UINT32_MAX

/* A client that is connected. */
struct client {
	uint32_t number;
	uint32_t ack;           /* RCV.NXT */
	uint8_t step;           /* the last segment that wants an answer */
	uint8_t tries;
	uint16_t armed;         /* changes with each segment: an older time-out is void */
};

/* A segment on its way. */
struct event {
	uint64_t at;
	uint32_t number;
	uint32_t ack;
	uint16_t off;           /* of SEG.SEQ from the ISS */
	uint8_t step;
};

struct timeout {
	uint64_t at;
	uint32_t slot;
	uint16_t armed;
};

/* A FIFO of events or time-outs. */
struct fifo {
	void *elements;
	uint32_t mask;
	uint32_t head;
	uint32_t tail;
};

/* A frame in the memory of the device. */
struct slot {
	uint16_t len;
	uint8_t bytes[126];
};

/* A receive queue. */
struct ring {
	struct slot slots[RX_RING];
	uint32_t head;          /* counts frames received by the engine */
	uint32_t tail;          /* counts frames from the clients */
};

/* What the device has of both directions. */
struct device {
	struct ring rx;
	struct ring syns;       /* of SYNs alone, if the device steers them */
	struct slot tx[4 * RS_BURST]; /* of a poll, which may have two runs */
	uint16_t n_tx;
};

/* Whose turn it is. */
enum turn { TURN_ENGINE, TURN_CLIENTS, TURN_END };

struct world {
	struct rs_stack *stack;
	struct rte_mempool *mbufs;
	bool steered;           /* SYNs have a receive queue of their own */
	bool empty;             /* neither a ring nor the intake has a frame */
	struct device device;
	struct client *clients; /* SLOTS */
	uint32_t *free_slots;
	uint32_t n_free;
	uint32_t *fates;        /* by number */
	struct frame frames[STEP_MAX];
	struct fifo wires[PATHS]; /* from the clients */
	struct fifo timers[RTE_DIM(timeouts)];
	uint64_t tsc_hz;
	uint64_t device_ns;     /* time of the device in a run */
	struct rs_intake intake;
	uint64_t now;
	uint64_t interval;      /* between arrivals; 0: closed loop */
	uint64_t next;          /* arrival */
	uint32_t n_numbers;     /* arrivals so far */
	uint32_t numbers_max;
	uint32_t again[RTE_DIM(syn_again)]; /* numbers below have sent their SYN again */
	uint32_t *starts;       /* when each came: by number, microseconds */
	uint16_t response;      /* bytes of an answer */
	/* since the measuring began */
	uint64_t n_frames, completed, refused, gave_up, ring_drops, syn_drops;
	uint64_t run_ns, runs, run_max;
	uint32_t *took;         /* microseconds, of each completed connection */
};

/* The thread of the clients, those of all worlds. */
static struct {
	pthread_t thread;
	bool runs;
	enum turn turn;
	struct world *world;    /* whose clients have the turn */
} clients;

/* What clients ask for, and how their SYNs arrive. */
struct workload {
	const char *name;
	uint16_t port;
	bool steered;           /* by the device, into a receive queue of their own */
};

static const struct workload workloads[] = {
	{ "http", HTTP_PORT, false },
	{ "echo", ECHO_PORT, false },
	{ "http, SYN queue", HTTP_PORT, true },
	{ "echo, SYN queue", ECHO_PORT, true },
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

/* Memory that is there at once: a page fault of the clients would interrupt the engine's core. */
static void *
get_memory(size_t n, size_t size)
{
	void *p = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	perf_require(p != MAP_FAILED, "memory was refused");
	return p;
}

static uint32_t
iss_of(uint32_t number)
{
	return number * UINT32_C(2654435761);
}

static void
fifo_init(struct fifo *fifo, uint32_t n, size_t size)
{
	*fifo = (struct fifo){ .elements = get_memory(n, size), .mask = n - 1 };
}

static uint32_t
fifo_add(struct fifo *fifo)
{
	perf_require(fifo->tail - fifo->head <= fifo->mask, "a FIFO is full");
	return fifo->tail++ & fifo->mask;
}

static struct event *
event_at(const struct fifo *fifo, uint32_t i)
{
	return &((struct event *)fifo->elements)[i & fifo->mask];
}

static struct timeout *
timeout_at(const struct fifo *fifo, uint32_t i)
{
	return &((struct timeout *)fifo->elements)[i & fifo->mask];
}

/* The delay of a client's path, either way. */
static uint64_t
delay_of(uint32_t number)
{
	return ONE_WAY + number % PATHS * FARTHER;
}

/* Put a segment on the way. */
static void
send_event(struct world *w, uint32_t number, enum step step, uint16_t off, uint32_t ack)
{
	struct fifo *wire = &w->wires[number % PATHS];

	*event_at(wire, fifo_add(wire)) = (struct event){
		.at = w->now + delay_of(number), .number = number, .ack = ack, .off = off,
		.step = (uint8_t)step,
	};
}

/* Send a segment that has to be acknowledged in time. */
static void
client_send(struct world *w, uint32_t slot, enum step step)
{
	struct client *c = &w->clients[slot];
	struct fifo *timer = &w->timers[c->tries];

	c->step = (uint8_t)step;
	send_event(w, c->number, step, step == STEP_REQUEST ? 1 : 1 + REQUEST, c->ack);
	*timeout_at(timer, fifo_add(timer)) = (struct timeout){
		.at = w->now + timeouts[c->tries], .slot = slot, .armed = ++c->armed,
	};
}

static void
client_start(struct world *w)
{
	uint32_t number = w->n_numbers++;

	perf_require(number < w->numbers_max, "there is no number for another client");
	w->starts[number] = (uint32_t)((w->interval != 0 ? w->next : w->now) / 1000);
	send_event(w, number, STEP_SYN, 0, 0);
}

static void
client_end(struct world *w, uint32_t slot, uint64_t *count)
{
	w->fates[w->clients[slot].number] = ENDED;
	w->clients[slot].armed++;
	w->free_slots[w->n_free++] = slot;
	(*count)++;
	if (w->interval == 0)
		client_start(w);
}

static void
client_timeout(struct world *w, const struct timeout *timeout)
{
	struct client *c = &w->clients[timeout->slot];

	if (c->armed != timeout->armed)
		return;
	if (++c->tries == RTE_DIM(timeouts))
		client_end(w, timeout->slot, &w->gave_up);
	else
		client_send(w, timeout->slot, c->step);
}

/* The SYN-ACK is there. */
static void
client_connected(struct world *w, uint32_t number, uint32_t ack)
{
	uint32_t slot;

	perf_require(w->n_free > 0, "too many clients are connected");
	slot = w->free_slots[--w->n_free];
	w->fates[number] = slot;
	w->clients[slot] = (struct client){
		.number = number, .ack = ack, .armed = w->clients[slot].armed,
	};
	send_event(w, number, STEP_ACK, 1, ack);
	client_send(w, slot, STEP_REQUEST);
}

/* The answer is there: it took so long from the first SYN. */
static void
client_answered(struct world *w, uint32_t slot, uint32_t len)
{
	struct client *c = &w->clients[slot];

	c->ack += len;
	c->tries = 0;
	w->took[w->completed++] = (uint32_t)((w->now + delay_of(c->number)) / 1000) -
		w->starts[c->number];
	client_send(w, slot, STEP_FIN);
}

static void
client_receive(struct world *w, const struct slot *frame)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(const void *)(frame->bytes +
		sizeof(struct rte_ether_hdr));
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);
	uint32_t number = peer_number(ip->dst_addr, th->dst_port);
	uint32_t seq = rte_be_to_cpu_32(th->sent_seq);
	uint32_t ack = rte_be_to_cpu_32(th->recv_ack);
	uint32_t len = rte_be_to_cpu_16(ip->total_length) - (uint32_t)sizeof(*ip) -
		(uint32_t)(th->data_off >> 4) * 4;
	bool fin = (th->tcp_flags & RTE_TCP_FIN_FLAG) != 0;
	uint32_t slot = w->fates[number];
	struct client *c;

	if ((th->tcp_flags & RTE_TCP_RST_FLAG) != 0) {
		if (slot != NO_ANSWER && slot != ENDED)
			client_end(w, slot, &w->refused);
		else
			w->refused++;
		return;
	}
	if (slot == NO_ANSWER) {
		if ((th->tcp_flags & RTE_TCP_SYN_FLAG) != 0)
			client_connected(w, number, seq + 1);
		return;
	}
	if (slot == ENDED) {
		if (fin) /* our last ACK was lost */
			send_event(w, number, STEP_ACK, 2 + REQUEST, seq + len + 1);
		return;
	}
	c = &w->clients[slot];
	if (c->step == STEP_REQUEST && len == w->response && seq == c->ack) {
		client_answered(w, slot, len);
	} else if (c->step == STEP_FIN && fin && ack == iss_of(number) + 1 + REQUEST + 1) {
		uint64_t closed = 0;

		send_event(w, number, STEP_ACK, 2 + REQUEST, seq + len + 1);
		client_end(w, slot, &closed);
	}
}

/* Put the frame of a segment into its receive ring, which drops it when it is full. */
static void
put_frame(struct world *w, const struct event *event)
{
	const struct frame *frame = &w->frames[event->step];
	struct ring *ring = w->steered && event->step == STEP_SYN ? &w->device.syns :
		&w->device.rx;
	struct slot *slot = &ring->slots[ring->tail % RX_RING];
	struct peer peer;

	if (ring->tail - ring->head == RX_RING) {
		(*(ring == &w->device.syns ? &w->syn_drops : &w->ring_drops))++;
		return;
	}
	ring->tail++;

	peer_init(&peer, event->number);
	peer.ack = event->ack;
	slot->len = frame->len;
	frame_write(frame, &peer, iss_of(event->number) + event->off, slot->bytes);
}

/* The SYNs that are due now, first ones and repeated ones. */
static void
run_arrivals(struct world *w)
{
	unsigned int i;

	for (; w->next <= w->now; w->next += w->interval)
		client_start(w);
	for (i = 0; i < RTE_DIM(syn_again); i++)
		for (; w->again[i] < w->n_numbers &&
		       w->starts[w->again[i]] * UINT64_C(1000) + syn_again[i] <= w->now;
		     w->again[i]++)
			if (w->fates[w->again[i]] == NO_ANSWER)
				send_event(w, w->again[i], STEP_SYN, 0, 0);
}

/* The path whose segment arrives first; NULL: nothing is on the way. */
static struct fifo *
first_wire(struct world *w)
{
	struct fifo *first = NULL;
	unsigned int i;

	for (i = 0; i < PATHS; i++) {
		struct fifo *wire = &w->wires[i];

		if (wire->head != wire->tail && (first == NULL ||
		    event_at(wire, wire->head)->at < event_at(first, first->head)->at))
			first = wire;
	}
	return first;
}

/* Everything that happens to clients until now; frames that arrived stand in the ring. */
static void
run_clients(struct world *w)
{
	struct fifo *wire;
	unsigned int i;

	for (i = 0; i < RTE_DIM(timeouts); i++) {
		struct fifo *timer = &w->timers[i];

		while (timer->head != timer->tail && timeout_at(timer, timer->head)->at <= w->now)
			client_timeout(w, timeout_at(timer, timer->head++));
	}
	if (w->interval != 0)
		run_arrivals(w);
	while ((wire = first_wire(w)) != NULL && event_at(wire, wire->head)->at <= w->now) {
		put_frame(w, event_at(wire, wire->head));
		wire->head++;
	}
}

/*
 * The receive burst of the device. Its time is not the engine's. It is read from the TSC, because
 * the clock of CPU time is a system call that costs as much as a burst; a burst that seems to
 * take longer than DEVICE_MAX was preempted, which CPU time does not count.
 */
static uint16_t
receive(struct world *w, struct ring *ring, struct rte_mbuf **rx, uint16_t room)
{
	uint64_t start = rte_rdtsc_precise();
	uint64_t ns;
	uint16_t n = (uint16_t)RTE_MIN(ring->tail - ring->head, (uint32_t)room);
	uint16_t i;

	if (n > 0 && rte_pktmbuf_alloc_bulk(w->mbufs, rx, n) != 0)
		n = 0;
	for (i = 0; i < n; i++) {
		const struct slot *slot = &ring->slots[ring->head++ % RX_RING];

		memcpy(rte_pktmbuf_mtod(rx[i], void *), slot->bytes, slot->len);
		rx[i]->data_len = slot->len;
		rx[i]->pkt_len = slot->len;
		rx[i]->port = 0;
	}
	ns = (rte_rdtsc_precise() - start) * SECOND / w->tsc_hz;
	w->device_ns += RTE_MIN(ns, DEVICE_MAX);
	return n;
}

static uint16_t
receive_burst(void *arg, struct rte_mbuf **rx, bool *more)
{
	struct world *w = arg;
	uint16_t n = receive(w, &w->device.rx, rx, RS_BURST);

	*more = n == RS_BURST;
	return n;
}

/* The transmit burst of the device. Its time is not the engine's either. */
static void
send_frames(struct world *w, struct rte_mbuf **tx, uint16_t n)
{
	uint64_t start = rte_rdtsc_precise();
	uint64_t ns;
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct slot *slot = &w->device.tx[w->device.n_tx++];

		slot->len = (uint16_t)RTE_MIN(tx[i]->data_len, sizeof(slot->bytes));
		memcpy(slot->bytes, rte_pktmbuf_mtod(tx[i], const void *), slot->len);
	}
	rte_pktmbuf_free_bulk(tx, n);
	ns = (rte_rdtsc_precise() - start) * SECOND / w->tsc_hz;
	w->device_ns += RTE_MIN(ns, DEVICE_MAX);
}

static bool
device_empty(const struct device *d)
{
	return d->rx.head == d->rx.tail && d->syns.head == d->syns.tail;
}

/* Give frames to the stack, and what it sends to the device. */
static void
run_burst(struct world *w, struct rte_mbuf **rx, uint16_t n)
{
	struct rte_mbuf *tx[2 * RS_BURST];

	w->n_frames += n;
	n = rs_stack_run(w->stack, rx, n, w->now / 1000, tx, 2 * RS_BURST);
	send_frames(w, tx, n);
}

/* One poll of a worker, by whose duration the clock moves. */
static void
run_engine(struct world *w)
{
	struct rte_mbuf *rx[RS_BURST];
	uint64_t start = perf_cpu_ns();
	uint16_t room = 0;
	uint64_t ns;
	uint16_t n;

	w->device_ns = 0;
	w->device.n_tx = 0;
	n = rs_intake_receive(&w->intake, receive_burst, w, rs_stack_serves(w->stack), rx);
	if (w->steered)
		room = rs_intake_syn_room(&w->intake, n);
	if (room > RS_BURST - n) {
		run_burst(w, rx, n);
		n = 0;
	}
	if (room > 0)
		n = (uint16_t)(n + receive(w, &w->device.syns, &rx[n], room));
	run_burst(w, rx, n);
	ns = perf_cpu_ns() - start;
	ns -= RTE_MIN(ns, w->device_ns);
	w->now += ns;
	w->run_ns += ns;
	w->runs++;
	w->run_max = RTE_MAX(w->run_max, ns);
	w->empty = device_empty(&w->device) && w->intake.head == w->intake.tail;
}

/* Nothing has arrived: the clock moves to the next event, or the engine's next millisecond. */
static void
wait_for_event(struct world *w)
{
	uint64_t next = w->now + SECOND / 1000;
	const struct fifo *wire = first_wire(w);
	unsigned int i;

	if (wire != NULL)
		next = RTE_MIN(next, event_at(wire, wire->head)->at);
	for (i = 0; i < RTE_DIM(timeouts); i++)
		if (w->timers[i].head != w->timers[i].tail)
			next = RTE_MIN(next, timeout_at(&w->timers[i], w->timers[i].head)->at);
	if (w->interval != 0)
		next = RTE_MIN(next, w->next);
	w->now = RTE_MAX(w->now, next);
}

static void
turn_set(enum turn turn)
{
	__atomic_store_n(&clients.turn, turn, __ATOMIC_RELEASE);
}

/* Wait while it is another's turn. Yields now and then, in case both threads have one core. */
static enum turn
turn_wait(enum turn other)
{
	unsigned int spins = 0;
	enum turn turn;

	while ((turn = __atomic_load_n(&clients.turn, __ATOMIC_ACQUIRE)) == other) {
		rte_pause();
		if (++spins % (1u << 20) == 0)
			sched_yield();
	}
	return turn;
}

static void
clients_turn(struct world *w)
{
	uint16_t i;

	for (i = 0; i < w->device.n_tx; i++)
		client_receive(w, &w->device.tx[i]);
	run_clients(w);
	if (w->empty && device_empty(&w->device))
		wait_for_event(w);
}

static void *
clients_run(void *arg)
{
	(void)arg;
	while (turn_wait(TURN_ENGINE) == TURN_CLIENTS) {
		clients_turn(clients.world);
		turn_set(TURN_ENGINE);
	}
	return NULL;
}

static void
run_for(struct world *w, uint64_t ns)
{
	uint64_t end = w->now + ns;

	while (w->now < end) {
		if (clients.runs) {
			clients.world = w;
			turn_set(TURN_CLIENTS);
			turn_wait(TURN_CLIENTS);
		} else {
			clients_turn(w);
		}
		run_engine(w);
	}
}

/* Begin to count anew. */
static void
reset_counts(struct world *w)
{
	w->completed = w->refused = w->gave_up = w->ring_drops = w->syn_drops = 0;
	w->run_ns = w->runs = w->run_max = w->n_frames = 0;
	w->intake.syns_dropped = 0;
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
world_init(struct world *w, const struct perf *perf, struct rte_mempool *mbufs,
	const struct workload *workload, uint64_t interval)
{
	static const char request[REQUEST] = "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n";
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->mbufs = mbufs;
	w->steered = workload->steered;
	w->numbers_max = perf->verify ? NUMBERS_VERIFY : NUMBERS;
	w->stack = make_stack(mbufs);
	w->clients = get_memory(SLOTS, sizeof(*w->clients));
	w->free_slots = get_memory(SLOTS, sizeof(*w->free_slots));
	for (i = SLOTS - 1; i > 0; i--) /* not slot 0, which is NO_ANSWER */
		w->free_slots[w->n_free++] = i;
	w->fates = get_memory(w->numbers_max, sizeof(*w->fates));
	w->starts = get_memory(w->numbers_max, sizeof(*w->starts));
	w->took = get_memory(TOOK, sizeof(*w->took));
	w->interval = interval;
	w->response = workload->port == HTTP_PORT ? RESPONSE : REQUEST;
	for (i = 0; i < PATHS; i++)
		fifo_init(&w->wires[i], WIRE, sizeof(struct event));
	w->tsc_hz = rte_get_tsc_hz();
	for (i = 0; i < RTE_DIM(timeouts); i++)
		fifo_init(&w->timers[i], TIMEOUTS, sizeof(struct timeout));
	frame_init(&w->frames[STEP_SYN], RTE_TCP_SYN_FLAG, workload->port, NULL, 0);
	frame_init(&w->frames[STEP_ACK], RTE_TCP_ACK_FLAG, workload->port, NULL, 0);
	frame_init(&w->frames[STEP_REQUEST], RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, workload->port,
		request, REQUEST);
	frame_init(&w->frames[STEP_FIN], RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG, workload->port,
		NULL, 0);
}

static void
world_free(struct world *w)
{
	unsigned int i;

	rs_stack_free(w->stack);
	rs_intake_clear(&w->intake);
	munmap(w->clients, SLOTS * sizeof(*w->clients));
	munmap(w->free_slots, SLOTS * sizeof(*w->free_slots));
	munmap(w->fates, w->numbers_max * sizeof(*w->fates));
	munmap(w->starts, w->numbers_max * sizeof(*w->starts));
	munmap(w->took, TOOK * sizeof(*w->took));
	for (i = 0; i < PATHS; i++)
		munmap(w->wires[i].elements, WIRE * sizeof(struct event));
	for (i = 0; i < RTE_DIM(timeouts); i++)
		munmap(w->timers[i].elements, 2 * SLOTS * sizeof(struct timeout));
}

static int
compare_times(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* One line. */
static void
print_result(struct world *w, const char *name, double offered, uint64_t ns)
{
	uint32_t n = (uint32_t)w->completed;

	qsort(w->took, n, sizeof(w->took[0]), compare_times);
	printf("%-15s %9.0f offered %9.0f completed a second, p50 %7u p99 %7u us, "
		"busy %3.0f %%, %9" PRIu64 " dropped by the ring, %9" PRIu64 " by that of SYNs, "
		"%9" PRIu64 " SYNs by the intake, "
		"%7" PRIu64 " refused, "
		"longest run %6.0f us, %.1f frames a run, %.0f ns a run\n", name, offered,
		(double)w->completed * (double)SECOND / (double)ns,
		n > 0 ? w->took[n / 2] : 0, n > 0 ? w->took[(uint64_t)n * 99 / 100] : 0,
		100.0 * (double)w->run_ns / (double)ns, w->ring_drops, w->syn_drops,
		w->intake.syns_dropped, w->refused,
		(double)w->run_max / 1000, (double)w->n_frames / (double)w->runs,
		(double)w->run_ns / (double)w->runs);
}

/*
 * The most that can be completed: clients that wait for an answer before they come again.
 * @return completed connections a second
 */
static double
measure_capacity(struct world *w, uint64_t ns)
{
	uint64_t completed = w->completed;
	uint64_t start = w->now;

	do
		run_for(w, ns);
	while (w->completed == completed); /* as in a slow build on a busy machine */
	return (double)(w->completed - completed) * (double)SECOND / (double)(w->now - start);
}

static int
compare_ratios(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * A load and the closed loop in turns, each with an engine of its own, because a machine that
 * others use is not as fast from one moment to the next. Each turn offers a multiple of what
 * the closed loop completed just before. @param ratios  [out] of each turn, in order of size
 */
static void
take_turns(struct world *load, struct world *loop, double factor, uint64_t ns, double *ratios,
	double *offered)
{
	double before = measure_capacity(loop, ns);
	double sum = 0;
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		uint64_t completed = load->completed;
		double rate, after;

		load->interval = (uint64_t)((double)SECOND / (before * factor));
		sum += before * factor;
		run_for(load, ns);
		rate = (double)(load->completed - completed) * (double)SECOND / (double)ns;
		after = measure_capacity(loop, ns);
		ratios[i] = 2 * rate / (before + after);
		before = after;
	}
	qsort(ratios, TURNS, sizeof(ratios[0]), compare_ratios);
	*offered = sum / TURNS;
}

/* One load of a workload. */
static void
measure_load(const struct perf *perf, struct rte_mempool *mbufs, const struct workload *workload,
	double factor)
{
	uint64_t ns = perf->verify ? SECOND / 20 : 2 * SECOND;
	static struct world load, loop;
	double ratios[TURNS];
	double capacity, offered;
	uint32_t i;

	world_init(&loop, perf, mbufs, workload, 0);
	for (i = 0; i < CLOSED_LOOP; i++)
		client_start(&loop);
	capacity = measure_capacity(&loop, ns / 4);
	world_init(&load, perf, mbufs, workload,
		(uint64_t)((double)SECOND / (capacity * factor)));
	run_for(&load, ns * 3 / 2);
	reset_counts(&load);
	reset_counts(&loop);
	take_turns(&load, &loop, factor, ns / TURNS, ratios, &offered);
	print_result(&load, workload->name, offered, ns);
	print_result(&loop, workload->name, 0, ns + ns / TURNS);
	perf_require(loop.completed > 0 &&
		loop.gave_up + loop.refused + loop.ring_drops + loop.syn_drops +
			loop.intake.syns_dropped == 0,
		"a closed loop has to complete every connection");
	printf("%-15s %4.1f x the capacity offered: %.2f x completed (%.2f..%.2f in %u turns)\n",
		workload->name, factor, (ratios[TURNS / 2 - 1] + ratios[TURNS / 2]) / 2, ratios[0],
		ratios[TURNS - 1], TURNS);
	world_free(&load);
	world_free(&loop);
	perf_require(rte_mempool_avail_count(mbufs) == mbufs->size, "mbufs leaked");
}

/* A workload, or one load of it as `--only "http 10 x"` asks. */
static void
measure(const struct perf *perf, struct rte_mempool *mbufs, const struct workload *workload)
{
	static const double factors[] = { 0.5, 1, 2, 5, 10 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(factors); i++) {
		char what[32];

		snprintf(what, sizeof(what), "%s %g x", workload->name, factors[i]);
		if (perf_wanted(perf, what))
			measure_load(perf, mbufs, workload, factors[i]);
	}
}

int
main(int argc, char **argv)
{
	struct rte_mempool *mbufs;
	struct perf perf;
	unsigned int i;

	perf_start(&perf, argc, argv, 256);
	mbufs = rte_pktmbuf_pool_create("perf", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	perf_require(mbufs != NULL, "no mempool");
	/* EAL gives its control threads the cores that no lcore has */
	clients.runs = !perf.verify;
	perf_require(!clients.runs ||
		rte_ctrl_thread_create(&clients.thread, "clients", NULL, clients_run, NULL) == 0,
		"no thread");
	for (i = 0; i < RTE_DIM(workloads); i++)
		measure(&perf, mbufs, &workloads[i]);
	if (clients.runs) {
		turn_set(TURN_END);
		pthread_join(clients.thread, NULL);
	}
	rte_mempool_free(mbufs);
	perf_end(&perf);
	return 0;
}
