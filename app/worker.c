/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The poll loop, which is the only caller of the rx and tx bursts and the only reader of
 * the TSC.
 */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bsd/stdlib.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_keepalive.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "app.h"
#include "control.h"
#include "exception.h"
#include "services/services.h"
#include "watch/capture.h"
#include "worker.h"

/* How often a burst is offered to a full device before its rest is freed. Another thread
 * empties a device like a TAP, which may take a moment; with idle = poll there is one try.
 */
#define TX_TRIES 8

/* Bursts that a poll sends for other workers at most, as many as the others may have ready. */
#define OUTBOX_BURSTS (RS_STEER_RING / RS_BURST)

/* Bursts after which a device's hash is verified once more. */
#define VERIFY_BURSTS 65536

/* Interval at which the stack is told the wall clock. */
#define EPOCH_US (1000 * 1000)

static_assert(RS_WORKER_rx_batch_64 + 1 == RS_WORKER_STAT_MAX, "rs_worker_batch() counts on it");

void
rs_worker_clock_start(struct rs_clock *clock)
{
	rs_clock_init(clock, rte_rdtsc(), rte_get_tsc_hz());
}

uint64_t
rs_worker_clock_now(const struct rs_clock *clock)
{
	return rs_clock_us(clock, rte_rdtsc());
}

int
rs_worker_listener(struct rs_listener *listener, const struct rs_config_listener *config,
	const struct rs_listener *running, uint8_t tos, char *error, size_t size)
{
	const struct rs_service_type *type;

	*listener = (struct rs_listener){
		.name = config->name,
		.id = config->id,
		.addr = config->address,
		.port_first = config->port_first,
		.port_last = config->port_last,
		.drop = config->drop,
		.no_connection_drop = config->no_connection_drop,
		.nodelay = config->nodelay,
		.keepalive = config->keepalive,
		.linger_zero = config->linger_zero,
		.security = config->security,
		.allow = config->allow,
		.n_allow = config->n_allow,
		.resets_per_second = config->resets_per_second,
		.tos = config->tos != RS_CONFIG_TOS_TCP ? config->tos : tos,
	};
	if (config->closed || config->name[0] == '\0')
		return 0;
	type = rs_service_find(config->service);
	if (type == NULL) {
		snprintf(error, size, "there is no service %s", config->service);
		return -EINVAL;
	}
	listener->send_timeout_ms = rs_service_send_ms(type, config);
	listener->send_rate = config->min_rate;
	listener->max_connections = config->max_connections;
	listener->max_per_source = config->max_per_source;
	if (running != NULL) {
		listener->service = running->service;
		listener->arg = running->arg;
		return 0;
	}
	if (type->load != NULL)
		return type->load(config, listener, error, size) != 0 ? -EINVAL : 0;
	if (type->create != NULL && type->create(config, &listener->arg, error, size) != 0)
		return -EINVAL;
	listener->service = type->ops;
	return 0;
}

int
rs_worker_give_text(struct rs_listener *listener, const struct rs_config_listener *config,
	const struct rs_service_text *text)
{
	const struct rs_service_type *type = listener->service == NULL || text == NULL ? NULL :
		rs_service_find(config->service);

	return type != NULL && type->give != NULL ? type->give(listener->arg, text) : 0;
}

void
rs_worker_listener_end(struct rs_listener *listener, const struct rs_config_listener *config)
{
	const struct rs_service_type *type = rs_service_find(config->service);

	if (listener->service != NULL && type != NULL && type->unload != NULL)
		type->unload(listener);
	else if (listener->service != NULL && type != NULL && type->destroy != NULL)
		type->destroy(listener->arg);
	*listener = (struct rs_listener){ 0 };
}

int
rs_worker_init(struct rs_worker *w, const struct rs_config *config, uint16_t mtu, char *error,
	size_t size)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	unsigned int i;

	pthread_mutex_init(&w->pace.lock, NULL);
	w->idle = config->idle;
	w->idle_sleep_us = config->idle_sleep_us;
	w->listeners = calloc(RS_LISTENERS_MAX, sizeof(*w->listeners));
	if (w->listeners == NULL) {
		snprintf(error, size, "worker %u: %s", w->lcore, strerror(ENOMEM));
		return -ENOMEM;
	}
	for (i = 0; i < config->n_listeners; i++)
		if (rs_worker_listener(&w->listeners[w->n_listeners++], &config->listeners[i],
				NULL, config->tcp.tos, error, size) != 0)
			return -EINVAL;

	snprintf(name, sizeof(name), "mbufs_%u", w->lcore);
	if (w->mbuf_shares > 0)
		w->mbufs = rte_pktmbuf_pool_create(name, w->mbuf_shares * config->mbufs,
			config->mbuf_cache, 0, rs_mbuf_room(mtu), (int)w->socket);
	snprintf(name, sizeof(name), "mailbox_%u", w->lcore);
	w->mailbox = rs_control_create(name, w->socket);
	if (w->mbufs == NULL || w->mailbox == NULL) {
		snprintf(error, size, "worker %u: %s", w->lcore, rte_strerror(rte_errno));
		return -ENOMEM;
	}
	return 0;
}

/* The parameters of a stack, without its ports and secret. */
static struct rs_stack_params
stack_params(const struct rs_config *config)
{
	return (struct rs_stack_params){
		.tcp = config->tcp,
		.n_ports = config->n_ports,
		.n_listeners = config->n_listeners,
		.max_neighbours = config->max_neighbours,
		.max_fragments = config->max_fragments,
		.reassembly_timeout_ms = config->reassembly_timeout_ms,
		.icmp_errors_per_second = config->icmp_errors_per_second,
		.icmp_echoes_per_second = config->icmp_echoes_per_second,
		.resets_per_second = config->resets_per_second,
		.resets_per_source = config->resets_per_source,
		.source_prefix = config->source_prefix,
	};
}

uint64_t
rs_worker_memory(const struct rs_config *config)
{
	struct rs_stack_params params = stack_params(config);

	return rs_stack_memory(&params) + rs_config_mbuf_memory(config);
}

/*
 * Tell the stack the wall clock, which hosts share. Again each EPOCH_US, because the clock of the
 * TSC may be off by minutes a day.
 */
static void
set_epoch(struct rs_worker *w)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	rs_stack_set_epoch(w->stack, (uint64_t)wall.tv_sec * 1000000 +
		(uint64_t)wall.tv_nsec / 1000 - w->now);
	w->epoch_due = w->now + EPOCH_US;
}

static void
count_steered(struct rs_worker *w, const struct rs_steered *out)
{
	w->count[RS_WORKER_handed_over] += out->over;
	w->count[RS_WORKER_handover_full] += out->full;
	w->count[RS_WORKER_syns_dropped] += out->syns;
	w->count[RS_WORKER_hashes_taken] += out->hashes;
	w->count[RS_WORKER_hashes_verified] += out->hashes_verified;
	w->count[RS_WORKER_hashes_wrong] += out->hashes_wrong;
}

/* Pass a frame of the stack on to another worker, or without a tuple a copy to each. */
static bool
pass_on(void *arg, const struct rs_tuple *tuple, struct rte_mbuf *m)
{
	struct rs_worker *w = arg;
	struct rs_steered out = { 0 };
	bool passed = false;

	if (tuple == NULL)
		rs_steer_copy(&w->steer, m, &out);
	else
		passed = rs_steer_pass(&w->steer, tuple, m, &out);
	count_steered(w, &out);
	return passed;
}

struct rs_stack_params
rs_worker_params(struct rs_worker *w, const struct rs_app *app)
{
	struct rs_stack_params params = stack_params(&app->config);

	params.mbufs = w->mbufs;
	params.socket = w->socket;
	params.ports = app->ports;
	params.terminate = app->terminate;
	params.terminate_port = app->terminate_port;
	params.n_terminate = app->n_terminate;
	params.listeners = w->listeners;
	params.n_listeners = w->n_listeners;
	params.acl = app->acl;
	arc4random_buf(params.secret, sizeof(params.secret));
	params.cookie_secret = app->config.cookie_bytes;
	params.cookie_secret_len = app->config.n_cookie_bytes;

	if (w->steer.n > 1) {
		params.replies_here = rs_steer_replies_here;
		params.replies_arg = &w->steer;
		params.hand_over = pass_on;
		params.hand_over_arg = w;
		params.seek = &app->seek;
	}
	if (app->exceptions != NULL) {
		params.except = rs_exception_give;
		params.except_arg = w;
	}
	/* one worker speaks for the ports */
	params.mld = w->steer.self == 0;
	params.dad_silent = w->steer.self != 0;
	params.speak_delay_us = app->speak_delay_us;
	return params;
}

void
rs_worker_set_queues(struct rs_worker *w, uint16_t device, const struct rs_spread *spread,
	uint16_t n_workers)
{
	bool syns = spread != NULL && spread->syns_steered;
	uint16_t i;

	for (i = 0; i < w->n_ports; i++)
		if (w->ports[i] == device)
			__atomic_store_n(&w->syn_queues[i],
				syns ? (uint16_t)(n_workers + w->queue) : 0, __ATOMIC_RELEASE);
	__atomic_store_n(&w->n_queues[device], spread != NULL ? spread->n_queues : 0,
		__ATOMIC_RELEASE);
}

int
rs_worker_open(struct rs_worker *w, const struct rs_app *app)
{
	struct rs_stack_params params = rs_worker_params(w, app);
	unsigned int i;

	for (i = 0; i < w->n_listeners; i++)
		if (rs_worker_give_text(&w->listeners[i], &app->config.listeners[i],
				app->text) != 0)
			return -ENOMEM;

	if (app->capture != NULL) {
		w->capture = rs_capture_create(app->config.capture_ring,
			app->config.capture_frames, &app->capture->causes, &app->capture->on,
			w->socket);
		if (w->capture == NULL)
			return -ENOMEM;
		params.frames_seen = rs_capture_seen;
		params.frames_arg = w->capture;
	}

	w->clock = &app->clock;
	w->now = rs_worker_clock_now(w->clock);
	for (i = 0; i < app->config.n_ports; i++) {
		uint16_t device = app->ports[i].device;

		if (rs_config_device_first(&app->config, i) != i)
			continue;
		w->cuts[device] = (app->spread[device].tx_offloads &
			RTE_ETH_TX_OFFLOAD_TCP_TSO) != 0;
		w->ports[w->n_ports++] = device;
		rs_worker_set_queues(w, device, &app->spread[device], (uint16_t)app->n_workers);
	}
	w->intakes = rte_zmalloc_socket("rs_intakes", w->n_ports * sizeof(*w->intakes),
		RTE_CACHE_LINE_SIZE, (int)w->socket);
	if (w->intakes == NULL)
		return -ENOMEM;
	w->stack = rs_stack_create(&params, w->now);
	explicit_bzero(params.secret, sizeof(params.secret));
	if (w->stack == NULL)
		return -rte_errno;
	set_epoch(w);
	return 0;
}

/* Whether a worker has a queue of a device, whose queues another thread may take away. */
static inline bool
has_queue(const struct rs_worker *w, uint16_t port)
{
	return likely(w->queue < __atomic_load_n(&w->n_queues[port], __ATOMIC_ACQUIRE));
}

/*
 * Give frames to a worker that has a transmit queue. One worker always takes the same one. While a
 * device has no queues, its frames are lost.
 */
static __rte_noinline void
send_through(struct rs_worker *w, uint16_t port, struct rte_mbuf **tx, uint16_t n)
{
	uint16_t n_queues = __atomic_load_n(&w->n_queues[port], __ATOMIC_ACQUIRE);
	uint16_t given = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		tx[i]->port = port;
	/* another worker, unless this one has got its queue back just now */
	if (n_queues != 0 && w->queue >= n_queues)
		given = (uint16_t)rte_ring_enqueue_burst(w->outboxes[w->queue % n_queues],
			(void **)tx, n, NULL);
	w->count[RS_WORKER_tx_handed_over] += given;
	if (unlikely(given < n)) {
		w->count[RS_WORKER_tx_full] += n - given;
		rte_pktmbuf_free_bulk(&tx[given], n - given);
	}
}

/* Note whether a device took frames of a burst, or none, for the main lcore. */
static __rte_noinline void
note_stall(struct rs_worker *w, uint16_t port, bool took)
{
	struct rs_stall *stall = &w->stalls[port];
	uint64_t now = RTE_MAX(w->now, UINT64_C(1)); /* 0 is no stall */

	if (!took)
		__atomic_store_n(&stall->last, now, __ATOMIC_RELAXED);
	if (took || stall->since == 0)
		__atomic_store_n(&stall->since, took ? 0 : now, __ATOMIC_RELEASE);
}

/*
 * Have the driver prepare frames that its device cuts into segments (TSO), as some must. A port
 * whose driver refuses one gets no more of them, because it would refuse each.
 *
 * @return the number of frames that are left in tx
 */
static __rte_noinline uint16_t
prepare_large(struct rs_worker *w, uint16_t port, struct rte_mbuf **tx, uint16_t n)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if ((tx[i]->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0 &&
		    rte_eth_tx_prepare(port, w->queue, &tx[i], 1) == 0) {
			w->count[RS_WORKER_tx_refused]++;
			rte_pktmbuf_free(tx[i]);
			rs_stack_cut_nothing(w->stack, port);
			continue;
		}
		tx[kept++] = tx[i];
	}
	return kept;
}

/* Send frames of one port; frames that the device does not take are freed and counted. */
static void
send_port(struct rs_worker *w, uint16_t port, struct rte_mbuf **tx, uint16_t n)
{
	unsigned int tries = w->idle == RS_IDLE_POLL ? 1 : TX_TRIES;
	uint16_t sent = 0;

	if (unlikely(!has_queue(w, port))) {
		send_through(w, port, tx, n);
		return;
	}
	if (w->cuts[port])
		n = prepare_large(w, port, tx, n);
	w->count[RS_WORKER_tx_bursts]++;
	while (sent < n && tries-- > 0)
		sent += rte_eth_tx_burst(port, w->queue, &tx[sent], (uint16_t)(n - sent));
	if (unlikely(sent == 0 || w->stalls[port].since != 0))
		note_stall(w, port, sent > 0);
	if (unlikely(sent < n)) {
		w->count[RS_WORKER_tx_full] += n - sent;
		rte_pktmbuf_free_bulk(&tx[sent], n - sent);
	}
}

/* Send frames of any port, grouped by port; usually there is only one port. */
static void
send_all(struct rs_worker *w, struct rte_mbuf **tx, uint16_t n)
{
	uint16_t first = 0;

	if (likely(w->n_ports == 1)) {
		send_port(w, w->ports[0], tx, n);
		return;
	}
	while (first < n) {
		uint16_t end = (uint16_t)(first + 1);

		while (end < n && tx[end]->port == tx[first]->port)
			end++;
		send_port(w, tx[first]->port, &tx[first], (uint16_t)(end - first));
		first = end;
	}
}

/* Pass a burst to the stack, and send its output. @return whether the stack worked */
static bool
run_burst(struct rs_worker *w, struct rte_mbuf **rx, uint16_t n_rx)
{
	struct rte_mbuf *tx[2 * RS_BURST];
	uint64_t work = rs_stack_work(w->stack);
	uint16_t n_tx = rs_stack_run(w->stack, rx, n_rx, w->now, tx, RTE_DIM(tx));

	if (unlikely(w->capture != NULL))
		rs_capture_look(w->capture, w->stack, w->now);
	if (n_tx > 0)
		send_all(w, tx, n_tx);
	return n_tx > 0 || rs_stack_work(w->stack) != work;
}

/* Hand over the frames of other workers. @return how many frames stay */
static uint16_t
hand_over(struct rs_worker *w, uint16_t port, struct rte_mbuf **rx, uint16_t n)
{
	struct rs_steered out = { 0 };
	uint16_t stay = rs_steer_burst(&w->steer, port, rx, n, &out);

	count_steered(w, &out);
	return stay;
}

/* Process frames that other workers handed over. @return whether there was any */
static bool
poll_inbox(struct rs_worker *w)
{
	struct rte_mbuf *rx[RS_BURST];
	uint16_t n = (uint16_t)rte_ring_dequeue_burst(w->inbox, (void **)rx, RS_BURST, NULL);

	struct rs_steered out = { 0 };
	uint16_t stay;

	if (n == 0)
		return false;
	w->count[RS_WORKER_handed_in] += n;
	w->behind |= n == RS_BURST;
	w->steer.inbox = true;
	stay = rs_steer_look(&w->steer, w->stack, rx, n, &out);
	count_steered(w, &out);
	run_burst(w, rx, stay);
	w->steer.inbox = false;
	return true;
}

/* Send frames of workers without a transmit queue. @return whether there was any */
static bool
poll_outbox(struct rs_worker *w)
{
	struct rte_mbuf *tx[RS_BURST];
	unsigned int left = OUTBOX_BURSTS;
	bool any = false;
	uint16_t n;

	while (left-- > 0 && (n = (uint16_t)rte_ring_dequeue_burst(w->outbox, (void **)tx,
			RS_BURST, NULL)) > 0) {
		any = true;
		send_all(w, tx, n);
	}
	return any;
}

/* Move frames between the ports and the kernel of the host. @return whether there was any */
static __rte_noinline bool
poll_kernel(struct rs_worker *w)
{
	struct rte_mbuf *tx[RS_BURST];
	bool busy = false;
	unsigned int i;

	for (i = 0; i < w->exceptions->n; i++) {
		uint16_t n = rs_exception_poll(w, &w->exceptions->paths[i], tx, &busy);

		n = rs_stack_forward(w->stack, tx, n);
		if (n > 0)
			send_all(w, tx, n);
	}
	return busy;
}

/* A port of a worker, for receive_burst(). */
struct poll {
	struct rs_worker *w;
	uint16_t port;
	bool any;               /* frames were received */
};

static void
count_burst(struct rs_worker *w, uint16_t n)
{
	w->count[RS_WORKER_rx_bursts]++;
	w->count[rs_worker_batch(n)]++;
}

/* Receive a burst of a port, less the frames that are handed over (packet/intake.h). */
static uint16_t
receive_burst(void *arg, struct rte_mbuf **rx, bool *more)
{
	struct poll *poll = arg;
	struct rs_worker *w = poll->w;
	uint16_t n = rte_eth_rx_burst(poll->port, w->queue, rx, RS_BURST);

	*more = n == RS_BURST;
	if (n == 0)
		return 0;
	count_burst(w, n);
	poll->any = true;
	if (unlikely(w->steer.verify > 0))
		rs_steer_verify(&w->steer, rx, n);
	/* now and then once more, because a virtual function may move to another device */
	else if (unlikely(w->count[RS_WORKER_rx_bursts] % VERIFY_BURSTS == 0) && w->verifies)
		w->steer.verify = 1;
	return rs_steer_needed(&w->steer) ? hand_over(w, poll->port, rx, n) : n;
}

/*
 * Add SYNs to the n frames of a poll, as many as it has room for. If they need a burst of their
 * own, the n frames are processed before. @return frames in rx
 */
static uint16_t
receive_syns(struct rs_worker *w, uint16_t i, struct rte_mbuf **rx, uint16_t n)
{
	uint16_t queue = __atomic_load_n(&w->syn_queues[i], __ATOMIC_ACQUIRE);
	uint16_t room = rs_intake_syn_room(&w->intakes[i], n);
	struct rs_steered out = { 0 };
	uint16_t syns;

	if (room > RS_BURST - n) {
		run_burst(w, rx, n);
		n = 0;
	}
	syns = room > 0 && queue != 0 ? rte_eth_rx_burst(w->ports[i], queue, &rx[n], room) : 0;
	if (syns == 0)
		return n;
	count_burst(w, syns);
	if (w->steer.n > 1) {
		syns = rs_steer_syns(&w->steer, &rx[n], syns, &out);
		count_steered(w, &out);
	}
	return (uint16_t)(n + syns);
}

/* Receive a burst from each port and process it. @return whether there was any work */
static bool
poll_ports(struct rs_worker *w)
{
	struct rte_mbuf *rx[RS_BURST];
	bool protect = rs_stack_serves(w->stack);
	bool busy = false;
	uint16_t i;

	w->behind = false;
	for (i = 0; i < w->n_ports; i++) {
		struct poll poll = { .w = w, .port = w->ports[i] };
		uint64_t dropped = w->intakes[i].syns_dropped;
		uint16_t n = 0;

		if (likely(has_queue(w, poll.port)))
			n = rs_intake_receive(&w->intakes[i], receive_burst, &poll, protect, rx);
		w->count[RS_WORKER_syns_dropped] += w->intakes[i].syns_dropped - dropped;
		w->behind |= n == RS_BURST;
		if (w->syn_queues[i] != 0)
			n = receive_syns(w, i, rx, n);
		busy |= poll.any || n > 0;
		busy |= run_burst(w, rx, n);
	}
	if (w->inbox != NULL)
		busy |= poll_inbox(w);
	if (unlikely(w->outbox != NULL))
		busy |= poll_outbox(w);
	if (unlikely(w->exceptions != NULL) && w->queue == 0)
		busy |= poll_kernel(w);
	return busy;
}

/* Yield the CPU or sleep, as [worker] idle says. */
static void
idle_worker(struct rs_worker *w)
{
	struct timespec ts = { 0 };
	uint64_t us;

	switch (w->idle) {
	case RS_IDLE_POLL:
		return;
	case RS_IDLE_YIELD:
		sched_yield();
		break;
	case RS_IDLE_SLEEP:
		us = rs_stack_idle(w->stack, w->idle_sleep_us);
		if (w->client != NULL)
			us = w->client->idle(w->client_arg, w->now, us);
		if (us == 0)
			return;
		ts.tv_sec = (time_t)(us / 1000000);
		ts.tv_nsec = (long)(us % 1000000 * 1000);
		nanosleep(&ts, NULL);
		break;
	}
	w->count[RS_WORKER_idles]++;
}

/* Answer other threads. */
static void
serve_messages(struct rs_worker *w)
{
	uint64_t begin = rte_rdtsc();

	w->count[RS_WORKER_messages] += rs_control_serve(w->mailbox, w->stack, &w->stopping);
	w->count[RS_WORKER_message_cycles] += rte_rdtsc() - begin;
}

/*
 * Whether a worker that is to stop may end: it has no connection, and no other worker needs it to
 * receive or to send.
 */
static bool
may_end(struct rs_worker *w)
{
	unsigned int i;

	if (rs_stack_open(w->stack) != 0)
		return false;
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	for (i = 0; i < w->n_peers; i++)
		if (!__atomic_load_n(&w->peers[i].done, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

int
rs_worker_run(void *worker)
{
	struct rs_worker *w = worker;
	uint64_t tsc = rte_rdtsc();

	if (w->qsbr != NULL)
		rte_rcu_qsbr_thread_online(w->qsbr, w->queue);
	while (!__atomic_load_n(&w->quit, __ATOMIC_RELAXED)) {
		uint64_t begin = tsc;
		bool busy;

		/* the TSC of a virtual machine may go back when the machine is migrated */
		w->now = RTE_MAX(w->now, rs_clock_us(w->clock, tsc));
		if (w->keepalive != NULL)
			rte_keepalive_mark_alive(w->keepalive);
		if (w->qsbr != NULL)
			rte_rcu_qsbr_quiescent(w->qsbr, w->queue);
		if (unlikely(w->now >= w->epoch_due))
			set_epoch(w);
		if (w->client != NULL)
			w->client->poll(w->client_arg, w->stack, w->now, w->stopping,
				w->behind);
		busy = poll_ports(w);
		if (unlikely(!rte_ring_empty(w->mailbox)))
			serve_messages(w);
		/* not while busy, because the last resets may still wait in the stack */
		if (!busy) {
			if (unlikely(w->stopping) && may_end(w))
				break;
			idle_worker(w);
		}

		tsc = rte_rdtsc();
		w->count[RS_WORKER_polls]++;
		w->count[RS_WORKER_total_cycles] += tsc - begin;
		if (busy)
			w->count[RS_WORKER_busy_cycles] += tsc - begin;
	}
	if (w->outbox != NULL) /* the last frames of workers that were done before */
		poll_outbox(w);
	if (w->qsbr != NULL)
		rte_rcu_qsbr_thread_offline(w->qsbr, w->queue);
	return 0;
}

void
rs_worker_close(struct rs_worker *w)
{
	uint16_t i;

	for (i = 0; i < w->n_ports && w->intakes != NULL; i++)
		rs_intake_clear(&w->intakes[i]);
	rte_free(w->intakes);
	w->intakes = NULL;
	rs_stack_free(w->stack);
	w->stack = NULL;
	rs_capture_free(w->capture);
	w->capture = NULL;
	rs_steer_ring_free(w->inbox);
	w->inbox = NULL;
	rs_steer_ring_free(w->outbox);
	w->outbox = NULL;
}

unsigned int
rs_worker_fini(struct rs_worker *w, const struct rs_config *config)
{
	unsigned int lost = 0;
	unsigned int i;

	for (i = 0; i < w->n_listeners && i < config->n_listeners; i++)
		rs_worker_listener_end(&w->listeners[i], &config->listeners[i]);
	free(w->listeners);
	if (w->mbufs != NULL && w->mbuf_shares > 0) {
		lost = rte_mempool_in_use_count(w->mbufs);
		rte_mempool_free(w->mbufs);
	}
	rs_control_free(w->mailbox);
	pthread_mutex_destroy(&w->pace.lock);
	return lost;
}
