/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The poll loop and its mailbox, with an engine and devices of the test's own. */

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "control.h"
#include "spread.h"
#include "worker.h"

#define N_MBUFS 1023
#define N_PORTS 2

/* An engine that sends what it receives by the next port, and `extra` frames of its own. */
struct rs_stack {
	struct rte_mempool *pool;
	struct rs_worker *worker;
	unsigned int n_ports;
	unsigned int runs;
	unsigned int max_runs;    /* then the worker is told to quit */
	unsigned int extra;
	bool large;             /* those are to be cut into segments */
	unsigned int cuts_ended;
	uint64_t work;            /* grows by work_a_run in each run */
	uint64_t work_a_run;
	uint64_t last_now;
	uint32_t open;
	bool serves;
	bool stopped;
	unsigned int runs_after_stop;
	unsigned int kills;
	unsigned int epochs;      /* calls of rs_stack_set_epoch() */
};

/* A device that gives bursts of these sizes and takes `room` frames a burst. */
struct device {
	struct rte_mempool *pool;
	uint16_t id;
	uint16_t sizes[8];
	uint16_t asked[8];        /* room of each of these bursts */
	unsigned int next;
	bool syns;                /* its queue is one of SYNs */
	uint16_t room;
	uint16_t dport;           /* of the segments that it gives; 0: frames of nothing */
	unsigned int bursts;
	unsigned int sent;
	unsigned int strangers;   /* frames of another port */
};

struct fixture {
	struct rte_mempool *pool;
	struct rs_clock clock;
	struct rs_stack stack;
	struct rs_worker worker;
	struct rs_intake intakes[N_PORTS];
	struct device devices[N_PORTS];
	struct device syns;       /* of device 0 */
	void *queues[N_PORTS][2];
	struct rte_eth_rxtx_callback *callbacks[2];
};

uint16_t
rs_stack_run(struct rs_stack *stack, struct rte_mbuf **rx, uint16_t n_rx, uint64_t now,
	struct rte_mbuf **tx, uint16_t n_tx)
{
	uint16_t i;

	assert_true(now >= stack->last_now);
	assert_true(n_tx >= 2 * RS_BURST);
	stack->last_now = now;
	for (i = 0; i < n_rx; i++) {
		tx[i] = rx[i];
		tx[i]->port = (uint16_t)((rx[i]->port + i) % stack->n_ports);
	}
	for (; stack->extra > 0; stack->extra--) {
		tx[i] = rte_pktmbuf_alloc(stack->pool);
		if (stack->large)
			tx[i]->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
		tx[i++]->port = 0;
	}
	stack->work += stack->work_a_run;
	if (stack->stopped)
		stack->runs_after_stop++;
	if (++stack->runs == stack->max_runs)
		stack->worker->quit = true;
	return i;
}

/* The wall clock, which is later than 2020. */
void
rs_stack_set_epoch(struct rs_stack *stack, uint64_t epoch)
{
	assert_true(epoch + stack->last_now > UINT64_C(1577836800000000));
	stack->epochs++;
}

uint32_t
rs_stack_open(const struct rs_stack *stack)
{
	return stack->open;
}

bool
rs_stack_serves(const struct rs_stack *stack)
{
	return stack->serves;
}

uint16_t
rs_stack_forward(struct rs_stack *stack __rte_unused, struct rte_mbuf **tx __rte_unused, uint16_t n)
{
	return n;
}

void
rs_stack_cut_nothing(struct rs_stack *stack, uint16_t device)
{
	assert_int_equal(device, 0);
	stack->cuts_ended++;
}

uint64_t
rs_stack_work(const struct rs_stack *stack)
{
	return stack->work;
}

uint64_t
rs_stack_idle(const struct rs_stack *stack __rte_unused, uint64_t most)
{
	return most;
}

void
rs_stack_stop(struct rs_stack *stack, enum rs_stop how)
{
	assert_int_equal(how, RS_STOP_RESET);
	stack->stopped = true;
	stack->open = 0;
}

int
rs_stack_kill(struct rs_stack *stack, const struct rs_tuple *tuple)
{
	stack->kills++;
	return tuple->lport == 7 ? 0 : -ENOENT;
}

int
rs_stack_inspect(const struct rs_stack *stack __rte_unused,
	const struct rs_tuple *tuple __rte_unused, struct rs_conn_info *info)
{
	info->rcv_nxt = 12345;
	return 0;
}

bool
rs_stack_seeks(const struct rs_stack *stack __rte_unused,
	const struct rs_tuple *tuple __rte_unused)
{
	return false;
}

unsigned int
rs_stack_walk(const struct rs_stack *stack __rte_unused, const struct rs_conn_filter *filter,
	uint64_t *position, struct rs_conn_entry *entries, unsigned int n)
{
	assert_int_equal(filter->age_ms, 77);
	entries[0].position = *position + 1;
	*position += 2;
	return n > 0;
}

unsigned int
rs_stack_kill_some(struct rs_stack *stack, const struct rs_conn_filter *filter __rte_unused,
	enum rs_kill how, uint64_t *position)
{
	assert_int_equal(how, RS_KILL_STOP_RESET);
	stack->kills += 3;
	*position = 0;
	return 3;
}

void
rs_stack_change(struct rs_stack *stack, struct rs_stack_change *change)
{
	assert_ptr_equal(change, stack);
	stack->kills += 5;
}

void
rs_stack_link_up(struct rs_stack *stack, uint16_t device)
{
	stack->kills += device;
}

bool
rs_stack_listener_over(const struct rs_stack *stack __rte_unused, unsigned int listener)
{
	return listener == 7;
}

/* No capture is under test. */
uint64_t
rs_stack_conn_resets(const struct rs_stack *stack __rte_unused)
{
	return 0;
}

unsigned int
rs_stack_resets_from(const struct rs_stack *stack __rte_unused, uint64_t *from __rte_unused,
	struct rs_reset_record *records __rte_unused, unsigned int n __rte_unused)
{
	return 0;
}

/* What set-up needs of the engine, which is not under test here. */
struct rs_stack *
rs_stack_create(const struct rs_stack_params *params __rte_unused, uint64_t now __rte_unused)
{
	return NULL;
}

void
rs_stack_free(struct rs_stack *stack __rte_unused)
{
}

uint64_t
rs_stack_memory(const struct rs_stack_params *params __rte_unused)
{
	return 0;
}

/* Make a frame a segment to this port, as far as it is looked at. */
static void
write_segment(struct rte_mbuf *m, uint16_t dport)
{
	const size_t len = RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr) +
		sizeof(struct rte_tcp_hdr);
	struct rte_ether_hdr *eth = (void *)rte_pktmbuf_append(m, (uint16_t)len);
	struct rte_ipv4_hdr *ip = (void *)(eth + 1);
	struct rte_tcp_hdr *tcp = (void *)(ip + 1);

	memset(eth, 0, len);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->next_proto_id = IPPROTO_TCP;
	tcp->dst_port = rte_cpu_to_be_16(dport);
}

static uint16_t
device_rx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct device *device = queue;
	uint16_t size = 0;
	uint16_t i;

	if (device->next < RTE_DIM(device->sizes)) {
		device->asked[device->next] = n;
		size = device->sizes[device->next++];
		size = size < n ? size : n;
	}
	assert_true(device->syns || n == RS_BURST);
	for (i = 0; i < size; i++) {
		pkts[i] = rte_pktmbuf_alloc(device->pool);
		pkts[i]->port = device->id;
		if (device->dport != 0)
			write_segment(pkts[i], device->dport);
	}
	return size;
}

static uint16_t
device_tx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct device *device = queue;
	uint16_t taken = n < device->room ? n : device->room;
	uint16_t i;

	for (i = 0; i < n; i++)
		device->strangers += pkts[i]->port != device->id;
	device->bursts++;
	device->sent += taken;
	device->room = (uint16_t)(device->room - taken);
	rte_pktmbuf_free_bulk(pkts, taken);
	return taken;
}

static int
setup(void **state)
{
	struct fixture *f = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(sizeof(struct fixture), RTE_CACHE_LINE_SIZE));
	uint16_t i;

	memset(f, 0, sizeof(*f));
	f->pool = rte_pktmbuf_pool_create("test", N_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
		SOCKET_ID_ANY);
	rs_worker_clock_start(&f->clock);
	f->stack = (struct rs_stack){ .pool = f->pool, .worker = &f->worker, .n_ports = 1,
		.max_runs = 100 };
	f->worker.stack = &f->stack;
	f->worker.clock = &f->clock;
	f->worker.n_ports = 1;
	f->worker.intakes = f->intakes;
	f->worker.mailbox = rs_control_create("test", 0);
	for (i = 0; i < N_PORTS; i++) {
		struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[i];

		f->worker.ports[i] = i;
		f->worker.n_queues[i] = 1;
		f->devices[i] = (struct device){ .pool = f->pool, .id = i, .room = UINT16_MAX };
		f->queues[i][0] = &f->devices[i];
		ops->rx_pkt_burst = device_rx;
		ops->tx_pkt_burst = device_tx;
		ops->rxq.data = f->queues[i];
		ops->txq.data = f->queues[i];
		ops->rxq.clbk = (void **)f->callbacks;
		ops->txq.clbk = (void **)f->callbacks;
	}
	f->syns = (struct device){ .pool = f->pool, .syns = true };
	f->queues[0][1] = &f->syns;
	*state = f;
	return 0;
}

/* After each test every mbuf is back. */
static int
teardown(void **state)
{
	struct fixture *f = *state;
	int lost = f->pool != NULL ? (int)rte_mempool_in_use_count(f->pool) : -1;

	rs_control_free(f->worker.mailbox);
	rte_mempool_free(f->pool);
	free(f);
	return lost;
}

static void
clock_is_exact_for_years(void **state __rte_unused)
{
	static const uint64_t rates[] = { 1000001, 1900000000, 2999998000, 5000000000 };
	size_t i;

	for (i = 0; i < RTE_DIM(rates); i++) {
		struct rs_clock clock;
		uint64_t year = UINT64_C(365) * 86400;
		uint64_t us;

		rs_clock_init(&clock, 77, rates[i]);
		assert_int_equal(rs_clock_us(&clock, 77), 0);
		us = rs_clock_us(&clock, 77 + rates[i]);
		assert_in_range(us, 999999, 1000000);
		us = rs_clock_us(&clock, 77 + 3 * year * rates[i]);
		assert_in_range(us, 3 * year * 1000000 - 1, 3 * year * 1000000);
	}
}

static void
clock_never_goes_back(void **state __rte_unused)
{
	struct rs_clock clock;
	uint64_t last = 0;
	uint64_t tsc;

	rs_clock_init(&clock, 0, 2400000000);
	for (tsc = 0; tsc < 1000000; tsc += 7) {
		uint64_t us = rs_clock_us(&clock, tsc);

		assert_in_range(us, last, last + 1);
		last = us;
	}
	assert_int_equal(last, 1000000 / 2400);
}

/*
 * The TSC went back by an hour, as that of a virtual machine may: the stack's clock stands still
 * (rs_stack_run() in this file checks each time), and frames are served meanwhile.
 */
static void
clock_of_the_stack_stands_still_when_the_tsc_goes_back(void **state)
{
	struct fixture *f = *state;
	uint64_t later = rs_worker_clock_now(&f->clock) + UINT64_C(3600) * 1000000;

	f->worker.now = later;
	f->stack.last_now = later;
	f->devices[0].sizes[0] = 64;
	rs_worker_run(&f->worker);
	assert_int_equal(f->stack.last_now, later);
	assert_int_equal(f->devices[0].sent, 64);
}

static void
batches_are_counted_by_size(void **state)
{
	static const uint16_t sizes[] = { 1, 2, 3, 4, 7, 8, 63, 64 };
	struct fixture *f = *state;
	const uint64_t *count = f->worker.count;

	memcpy(f->devices[0].sizes, sizes, sizeof(sizes));
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 152);
	assert_int_equal(count[RS_WORKER_rx_bursts], 8);
	assert_int_equal(count[RS_WORKER_tx_bursts], 8);
	assert_int_equal(count[RS_WORKER_rx_batch_1], 1);
	assert_int_equal(count[RS_WORKER_rx_batch_2_3], 2);
	assert_int_equal(count[RS_WORKER_rx_batch_4_7], 2);
	assert_int_equal(count[RS_WORKER_rx_batch_8_15], 1);
	assert_int_equal(count[RS_WORKER_rx_batch_16_31], 0);
	assert_int_equal(count[RS_WORKER_rx_batch_32_63], 1);
	assert_int_equal(count[RS_WORKER_rx_batch_64], 1);
	assert_int_equal(count[RS_WORKER_polls], 100);
	assert_int_equal(count[RS_WORKER_tx_full], 0);
	assert_true(count[RS_WORKER_busy_cycles] > 0);
	assert_true(count[RS_WORKER_busy_cycles] < count[RS_WORKER_total_cycles]);
}

/* A run without a frame in or out is busy if the stack served a timer or a waiting connection. */
static void
runs_without_frames_that_work_are_busy(void **state)
{
	struct fixture *f = *state;
	const uint64_t *count = f->worker.count;

	f->stack.work_a_run = 1;
	rs_worker_run(&f->worker);
	assert_int_equal(count[RS_WORKER_rx_bursts] + count[RS_WORKER_tx_bursts], 0);
	assert_int_equal(count[RS_WORKER_polls], 100);
	assert_int_equal(count[RS_WORKER_busy_cycles], count[RS_WORKER_total_cycles]);
}

static void
full_device_costs_frames_not_mbufs(void **state)
{
	struct fixture *f = *state;

	f->devices[0].sizes[0] = 64;
	f->devices[0].sizes[1] = 10;
	f->devices[0].room = 50;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 50);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 24);
	/* a NIC that is polled is asked once */
	assert_int_equal(f->devices[0].bursts, 2);
}

/* A full device costs the frames of its port only, and it passes. */
static void
full_device_passes(void **state)
{
	struct fixture *f = *state;

	f->worker.n_ports = 2;
	f->devices[0].sizes[0] = 64;
	f->devices[0].room = 0;
	f->devices[1].sizes[0] = 64;
	f->stack.n_ports = 2;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 0);
	assert_int_equal(f->devices[1].sent, 64);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 64);
	assert_int_equal(rte_mempool_in_use_count(f->pool), 0);
	assert_int_not_equal(f->worker.stalls[0].since, 0);
	assert_true(f->worker.stalls[0].last >= f->worker.stalls[0].since);
	assert_int_equal(f->worker.stalls[1].since, 0);

	f->devices[0].room = UINT16_MAX;
	f->devices[0].sizes[f->devices[0].next = 0] = 32;
	f->stack.runs = 0;
	f->worker.quit = false;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 16);
	assert_int_equal(f->devices[1].sent, 64 + 16);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 64);
	assert_int_equal(f->worker.stalls[0].since, 0);
}

/* A worker whose queues were taken away leaves the device alone, and its frames are counted. */
static void
device_without_queues_costs_frames_not_mbufs(void **state)
{
	const struct rs_spread spread = { .n_queues = 1, .syns_steered = true };
	struct fixture *f = *state;

	rs_worker_set_queues(&f->worker, 0, &spread, 1);
	assert_int_equal(f->worker.syn_queues[0], 1);
	rs_worker_set_queues(&f->worker, 0, NULL, 1);
	f->devices[0].sizes[0] = 64;
	f->syns.sizes[0] = 64;
	f->stack.extra = 10;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].next + f->syns.next, 0);
	assert_int_equal(f->devices[0].bursts, 0);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 10);
	assert_int_equal(rte_mempool_in_use_count(f->pool), 0);

	rs_worker_set_queues(&f->worker, 0, &spread, 1);
	f->stack.runs = 0;
	f->worker.quit = false;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 128);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 10);
}

static void
full_device_is_asked_again_when_the_cpu_is_shared(void **state)
{
	struct fixture *f = *state;

	f->worker.idle = RS_IDLE_YIELD;
	f->devices[0].sizes[0] = 64;
	f->devices[0].room = 50;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 50);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 14);
	assert_in_range(f->devices[0].bursts, 2, 20);
	assert_int_equal(f->worker.count[RS_WORKER_idles], 99);
}

static void
frames_leave_by_their_port(void **state)
{
	struct fixture *f = *state;

	f->worker.n_ports = 2;
	f->stack.n_ports = 2;
	f->devices[0].sizes[0] = 7;
	f->devices[1].sizes[0] = 4;
	f->devices[1].sizes[1] = 64;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].strangers, 0);
	assert_int_equal(f->devices[1].strangers, 0);
	assert_int_equal(f->devices[0].sent, 4 + 2 + 32);
	assert_int_equal(f->devices[1].sent, 3 + 2 + 32);
}

static void
frames_of_the_engine_alone_are_sent(void **state)
{
	struct fixture *f = *state;

	f->stack.extra = 2 * RS_BURST;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 2 * RS_BURST);
	assert_int_equal(f->worker.count[RS_WORKER_rx_bursts], 0);
	assert_int_equal(f->worker.count[RS_WORKER_tx_bursts], 1);
}

/* A worker on a thread of its own. */
static void *
run_worker(void *worker)
{
	rs_worker_run(worker);
	return NULL;
}

/* The stack is told the wall clock with the first poll, and again after a second. */
static void
worker_tells_the_stack_the_wall_clock(void **state)
{
	struct fixture *f = *state;
	unsigned int told;

	rs_worker_run(&f->worker);
	told = f->stack.epochs;
	assert_true(told > 0);
	assert_true(f->worker.epoch_due >= 1000 * 1000);
	f->worker.epoch_due = f->worker.now;
	f->worker.quit = false;
	f->stack.max_runs += 100;
	rs_worker_run(&f->worker);
	assert_true(f->stack.epochs > told);
}

static void
worker_answers_and_stops_when_nothing_is_open(void **state)
{
	struct fixture *f = *state;
	struct rs_control kill = { .verb = RS_CONTROL_KILL, .tuple = { .lport = 7 } };
	struct rs_control miss = { .verb = RS_CONTROL_KILL, .tuple = { .lport = 8 } };
	struct rs_control look = { .verb = RS_CONTROL_INSPECT };
	struct rs_control walk = { .verb = RS_CONTROL_WALK, .filter.age_ms = 77, .n = 1000,
		.position = 40 };
	struct rs_control kill_some = { .verb = RS_CONTROL_KILL_SOME,
		.kill = RS_KILL_STOP_RESET };
	struct rs_control change = { .verb = RS_CONTROL_CHANGE, .change = (void *)&f->stack };
	struct rs_control over = { .verb = RS_CONTROL_OVER, .listener = 7 };
	struct rs_control link_up = { .verb = RS_CONTROL_LINK_UP, .device = 31 };
	struct rs_control stop = { .verb = RS_CONTROL_STOP, .how = RS_STOP_RESET };
	pthread_t thread;

	f->worker.idle = RS_IDLE_YIELD;
	f->stack.max_runs = 0;
	f->stack.open = 1;
	pthread_create(&thread, NULL, run_worker, &f->worker);
	assert_int_equal(rs_control_ask(f->worker.mailbox, &kill, 10000), 0);
	assert_int_equal(kill.result, 0);
	assert_int_equal(rs_control_ask(f->worker.mailbox, &miss, 10000), 0);
	assert_int_equal(miss.result, -ENOENT);
	assert_int_equal(rs_control_ask(f->worker.mailbox, &look, 10000), 0);
	assert_int_equal(look.info.rcv_nxt, 12345);
	assert_int_equal(rs_control_walk(f->worker.mailbox, &f->worker.pace, &walk), 0);
	assert_int_equal(walk.position, 42);
	assert_int_equal(walk.n, 1);
	assert_int_equal(walk.entries[0].position, 41);
	assert_int_equal(rs_control_walk(f->worker.mailbox, &f->worker.pace, &kill_some), 0);
	assert_int_equal(kill_some.n, 3);
	assert_int_equal(kill_some.position, 0);
	assert_int_equal(f->stack.kills, 5);
	assert_int_equal(rs_control_ask(f->worker.mailbox, &change, 10000), 0);
	assert_int_equal(f->stack.kills, 10);
	assert_int_equal(rs_control_ask(f->worker.mailbox, &over, 10000), 0);
	assert_int_equal(over.result, 1);
	assert_int_equal(rs_control_ask(f->worker.mailbox, &link_up, 10000), 0);
	assert_int_equal(f->stack.kills, 10 + 31);
	assert_int_equal(rs_control_ask(f->worker.mailbox, &stop, 10000), 0);
	/* ends by itself */
	pthread_join(thread, NULL);
	assert_true(f->stack.stopped);
	assert_int_equal(f->worker.count[RS_WORKER_messages], 9);
	assert_true(f->worker.count[RS_WORKER_message_cycles] > 0);
}

/* What a client was asked. */
struct client {
	unsigned int polls;
	unsigned int polls_stopping;
	unsigned int polls_behind;
	unsigned int idles;
	uint64_t last_now;
	const struct rs_stack *stack;
};

static void
client_poll(void *arg, struct rs_stack *stack, uint64_t now, bool stopping, bool behind)
{
	struct client *client = arg;

	/* what it opens goes out with the run that follows, at the same time */
	assert_int_equal(client->polls, stack->runs);
	assert_true(now >= client->last_now);
	client->last_now = now;
	client->stack = stack;
	client->polls++;
	client->polls_stopping += stopping;
	client->polls_behind += behind;
}

static uint64_t
client_idle(const void *arg, uint64_t now, uint64_t most)
{
	struct client *client = (struct client *)(uintptr_t)arg;

	assert_int_equal(now, client->last_now);
	assert_int_equal(most, 1000);
	client->idles++;
	return 0;
}

static const struct rs_client client_ops = { .poll = client_poll, .idle = client_idle };

static void
client_is_polled_before_each_run(void **state)
{
	struct fixture *f = *state;
	struct client client = { 0 };

	f->worker.client = &client_ops;
	f->worker.client_arg = &client;
	f->worker.idle = RS_IDLE_SLEEP;
	f->worker.idle_sleep_us = 1000;
	f->worker.stopping = true;
	f->stack.open = 1;
	rs_worker_run(&f->worker);
	assert_int_equal(client.polls, 100);
	assert_int_equal(client.polls_stopping, 100);
	assert_int_equal(client.polls_behind, 0);
	assert_ptr_equal(client.stack, &f->stack);
	/* it has something to do at once: no sleep */
	assert_int_equal(client.idles, 100);
	assert_int_equal(f->worker.count[RS_WORKER_idles], 0);
}

/* A burst that is full may have more frames behind it, one that is not has none. */
static void
client_is_told_when_it_is_behind(void **state)
{
	struct fixture *f = *state;
	struct client client = { 0 };

	f->worker.client = &client_ops;
	f->worker.client_arg = &client;
	f->devices[0].sizes[0] = RS_BURST;
	f->devices[0].sizes[1] = RS_BURST - 1;
	rs_worker_run(&f->worker);
	assert_true(client.polls > 2);
	assert_int_equal(client.polls_behind, 1);
}

static void
frames_of_another_worker_are_handed_over(void **state)
{
	const struct rs_tcp_params params = { .local_port_first = 1000, .local_port_last = 1999 };
	struct fixture *f = *state;
	struct rte_ring *rings[2];

	rings[0] = rs_steer_ring("ring0", 0);
	rings[1] = rs_steer_ring("ring1", 0);
	rs_steer_init(&f->worker.steer, NULL, rings, 2, 0, &params, f->pool);
	f->devices[0].sizes[0] = 64;
	f->devices[0].dport = 1001;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 0);
	assert_int_equal(rte_ring_count(rings[1]), 64);
	assert_int_equal(f->worker.count[RS_WORKER_handed_over], 64);
	assert_int_equal(f->worker.count[RS_WORKER_handover_full], 0);
	assert_int_equal(f->worker.count[RS_WORKER_rx_batch_64], 1);

	/* the other one answers them */
	f->worker.quit = false;
	f->worker.inbox = rings[1];
	f->worker.steer.self = 1;
	f->stack.max_runs += 100;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 64);
	assert_int_equal(f->worker.count[RS_WORKER_handed_over], 64);
	assert_int_equal(f->worker.count[RS_WORKER_handed_in], 64);
	rs_steer_ring_free(rings[0]);
	rs_steer_ring_free(rings[1]);
}

/*
 * A device with one queue for two workers: the first one receives and sends for the second, and the
 * frames of a connection keep their order.
 */
static void
worker_without_a_queue_sends_through_another(void **state)
{
	const struct rs_tcp_params params = { .local_port_first = 1000, .local_port_last = 1999 };
	struct fixture *f = *state;
	struct rte_ring *inboxes[2], *outboxes[2];
	uint64_t *count = f->worker.count;

	inboxes[0] = rs_steer_ring("ring0", 0);
	inboxes[1] = rs_steer_ring("ring1", 0);
	outboxes[0] = rs_steer_ring("ring2", 0);
	outboxes[1] = rs_steer_ring("ring3", 0);
	rs_steer_init(&f->worker.steer, NULL, inboxes, 2, 1, &params, f->pool);
	f->worker.queue = 1;
	f->worker.inbox = inboxes[1];
	f->worker.outbox = outboxes[1];
	f->worker.outboxes = outboxes;
	f->devices[0].sizes[0] = 9; /* nobody may ask for them */
	f->stack.extra = 2 * RS_BURST;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].next, 0);
	assert_int_equal(f->devices[0].bursts, 0);
	assert_int_equal(rte_ring_count(outboxes[0]), 2 * RS_BURST);
	assert_int_equal(count[RS_WORKER_tx_handed_over], 2 * RS_BURST);
	assert_int_equal(count[RS_WORKER_tx_bursts], 0);

	/* the first worker sends them, and what it receives itself */
	f->worker.queue = 0;
	f->worker.steer.self = 0;
	f->worker.inbox = inboxes[0];
	f->worker.outbox = outboxes[0];
	f->worker.quit = false;
	f->stack.max_runs += 100;
	rs_worker_run(&f->worker);
	assert_int_equal(f->devices[0].sent, 2 * RS_BURST + 9);
	assert_int_equal(f->devices[0].strangers, 0);
	assert_int_equal(rte_ring_count(outboxes[0]), 0);
	rs_steer_ring_free(inboxes[0]);
	rs_steer_ring_free(inboxes[1]);
	rs_steer_ring_free(outboxes[0]);
	rs_steer_ring_free(outboxes[1]);
}

/* A driver that refuses each frame that its device is to cut. */
static uint16_t
refuse(void *queue __rte_unused, struct rte_mbuf **pkts __rte_unused, uint16_t n)
{
	assert_int_equal(n, 1);
	return 0;
}

/* Refused frames are freed and counted, the engine is told, and the others leave. */
static void
refused_large_frames_are_freed(void **state)
{
	struct fixture *f = *state;

	rte_eth_fp_ops[0].tx_pkt_prepare = refuse;
	f->worker.cuts[0] = true;
	f->devices[0].sizes[0] = 9;
	f->stack.extra = 5;
	f->stack.large = true;
	rs_worker_run(&f->worker);
	assert_int_equal(f->worker.count[RS_WORKER_tx_refused], 5);
	assert_int_equal(f->stack.cuts_ended, 5);
	assert_int_equal(f->devices[0].sent, 9);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 0);
	rte_eth_fp_ops[0].tx_pkt_prepare = NULL;
}

/* The ring to the worker that sends is full: the frames are lost and counted, no mbuf is. */
static void
full_ring_to_the_sender_costs_frames_not_mbufs(void **state)
{
	struct fixture *f = *state;
	struct rte_ring *outboxes[2] = { rte_ring_create("small", 64, 0, 0), NULL };

	f->worker.queue = 1;
	f->worker.outboxes = outboxes;
	f->stack.extra = 2 * RS_BURST;
	rs_worker_run(&f->worker);
	assert_int_equal(f->worker.count[RS_WORKER_tx_handed_over], 63);
	assert_int_equal(f->worker.count[RS_WORKER_tx_full], 2 * RS_BURST - 63);
	assert_int_equal(rte_mempool_in_use_count(f->pool), 63);
	rs_steer_ring_free(outboxes[0]);
}

/* A worker that others need to receive and to send ends when each is done, and not before. */
static void
workers_that_share_queues_end_together(void **state)
{
	struct fixture *f = *state;
	struct rs_worker *peers = aligned_alloc(RTE_CACHE_LINE_SIZE, 2 * sizeof(*peers));
	struct rte_ring *outbox = rs_steer_ring("ring0", 0);

	memset(peers, 0, 2 * sizeof(*peers));
	f->worker.peers = peers;
	f->worker.n_peers = 2;
	f->worker.stopping = true;
	f->worker.outbox = outbox;
	peers[0].done = true;
	rs_worker_run(&f->worker);
	assert_int_equal(f->stack.runs, 100); /* until it was told to quit */
	assert_true(f->worker.done);

	/* the last frame of a worker that is done leaves, too */
	peers[1].done = true;
	f->worker.quit = false;
	f->stack.runs = 0;
	rs_worker_run(&f->worker);
	assert_int_equal(f->stack.runs, 1);
	free(peers);
	rs_steer_ring_free(outbox);
}

/* SYNs have what other frames leave of a burst, and only a device with such a queue is asked. */
static void
syns_fill_the_burst(void **state)
{
	static const uint16_t sizes[] = { 0, 10, 32, 33, 64, 0 };
	static const uint16_t syns[] = { 64, 64, 20, 5 };
	struct fixture *f = *state;

	memcpy(f->devices[0].sizes, sizes, sizeof(sizes));
	memcpy(f->syns.sizes, syns, sizeof(syns));
	f->worker.n_ports = 2;
	f->worker.syn_queues[0] = 1;
	rs_worker_run(&f->worker);
	assert_int_equal(f->syns.asked[0], RS_BURST);
	assert_int_equal(f->syns.asked[1], RS_BURST - 10);
	assert_int_equal(f->syns.asked[2], RS_BURST - 32);
	assert_int_equal(f->syns.asked[3], RS_BURST);
	assert_int_equal(f->devices[0].sent, 10 + 32 + 33 + 64 + 64 + 54 + 20 + 5);
	assert_int_equal(f->worker.count[RS_WORKER_rx_bursts], 4 + 4);
	assert_int_equal(f->worker.count[RS_WORKER_rx_batch_64], 2);
}

/* While other frames fill each poll, SYNs have a burst of their own now and then. */
static void
syns_are_not_starved(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < RTE_DIM(f->devices[0].sizes); i++)
		f->devices[0].sizes[i] = RS_BURST;
	f->intakes[0].full = RS_INTAKE_FULL - 3;
	f->syns.sizes[0] = RS_BURST;
	f->worker.syn_queues[0] = 1;
	rs_worker_run(&f->worker);
	assert_int_equal(f->syns.asked[0], RS_BURST / 2);
	assert_int_equal(f->devices[0].sent, 8 * RS_BURST + RS_BURST / 2);
}

static void
nobody_answers_in_time(void **state)
{
	struct fixture *f = *state;
	struct rs_control kill = { .verb = RS_CONTROL_KILL, .tuple = { .lport = 7 }, .result = 99 };
	bool stop = false;

	assert_int_equal(rs_control_ask(f->worker.mailbox, &kill, 1), -ETIMEDOUT);
	assert_int_equal(kill.result, 99);
	/* the worker finds it later: the sender's memory is not touched, nothing leaks */
	assert_int_equal(rs_control_serve(f->worker.mailbox, &f->stack, &stop), 1);
	assert_int_equal(f->stack.kills, 1);
	assert_int_equal(kill.result, 99);
	assert_false(stop);
	/* one more is left for teardown to free */
	assert_int_equal(rs_control_ask(f->worker.mailbox, &kill, 1), -ETIMEDOUT);
}

static void
full_mailbox_refuses(void **state)
{
	struct fixture *f = *state;
	struct rs_control kill = { .verb = RS_CONTROL_KILL };
	int ret = -ETIMEDOUT;
	unsigned int n = 0;

	while (ret == -ETIMEDOUT && n++ < 1000)
		ret = rs_control_ask(f->worker.mailbox, &kill, 0);
	assert_int_equal(ret, -ENOBUFS);
	assert_in_range(n, 2, 999);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(int argc __rte_unused, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_is_exact_for_years),
		cmocka_unit_test(clock_never_goes_back),
		TEST(clock_of_the_stack_stands_still_when_the_tsc_goes_back),
		TEST(batches_are_counted_by_size),
		TEST(client_is_polled_before_each_run),
		TEST(client_is_told_when_it_is_behind),
		TEST(runs_without_frames_that_work_are_busy),
		TEST(frames_of_another_worker_are_handed_over),
		TEST(worker_without_a_queue_sends_through_another),
		TEST(full_ring_to_the_sender_costs_frames_not_mbufs),
		TEST(refused_large_frames_are_freed),
		TEST(workers_that_share_queues_end_together),
		TEST(syns_fill_the_burst),
		TEST(syns_are_not_starved),
		TEST(full_device_costs_frames_not_mbufs),
		TEST(full_device_passes),
		TEST(device_without_queues_costs_frames_not_mbufs),
		TEST(full_device_is_asked_again_when_the_cpu_is_shared),
		TEST(frames_leave_by_their_port),
		TEST(frames_of_the_engine_alone_are_sent),
		TEST(worker_tells_the_stack_the_wall_clock),
		TEST(worker_answers_and_stops_when_nothing_is_open),
		TEST(nobody_answers_in_time),
		TEST(full_mailbox_refuses),
	};
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level=error", "-m", "256", NULL };

	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
