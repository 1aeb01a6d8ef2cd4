/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The stack of the engine's target, its service, and what must hold after each run. */

#include <inttypes.h>
#include <string.h>

#include <rte_common.h>

#include "frame/frame.h"
#include "fuzz/engine.h"
#include "tcp/tcp.h"

/* Longest time until every connection, neighbour and fragment is gone, and its shortest step. */
#define END_US UINT64_C(1000000000)
#define END_STEP_US 50000

/*
 * The service.
 */

struct engine_conn *
engine_conn_new(struct engine *e)
{
	unsigned int i;

	for (i = 0; i < ENGINE_CONNS; i++) {
		if (e->conns[i].tcb == NULL)
			return &e->conns[i];
	}
	return NULL;
}

static void
service_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct engine *e = rs_conn_arg(tcp, conn);
	struct engine_conn *c = rs_conn_user(conn);

	if (c == NULL) {
		c = engine_conn_new(e);
		fuzz_check(c != NULL, "more connections than TCBs");
		*c = (struct engine_conn){ .tcb = conn };
		rs_conn_set_user(conn, c);
	}
	fuzz_check(c->tcb == conn && !c->opened, "opened twice");
	c->opened = true;
	if ((e->mode & 0x10) != 0)
		rs_conn_send_copy(tcp, conn, "hello", 5);
	if ((e->mode & 0x20) != 0)
		rs_conn_set_time_limit(tcp, conn, 3000);
}

static uint32_t
service_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	const struct engine *e = rs_conn_arg(tcp, conn);
	const struct engine_conn *c = rs_conn_user(conn);
	int64_t n;

	fuzz_check(len > 0 && c != NULL && c->opened && !c->peer_closed, "data out of order");
	fuzz_check(data[0] == 'x' || data[0] != 'x' + 1, "data cannot be read");
	switch (e->mode & 7) {
	case 0:
		return 0;
	case 1:
		return len / 2;
	case 2:
		n = rs_conn_send_mbuf(tcp, conn, m, data, len);
		return n > 0 ? (uint32_t)n : 0;
	case 3:
		n = rs_conn_send_copy(tcp, conn, data, len);
		return n > 0 ? (uint32_t)n : len;
	case 4:
		rs_conn_close(tcp, conn);
		return len;
	case 5:
		rs_conn_abort(tcp, conn);
		return len / 2;
	default:
		return len;
	}
}

static void
service_writable(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	const struct engine *e = rs_conn_arg(tcp, conn);

	if ((e->mode & 8) != 0)
		rs_conn_send_copy(tcp, conn, "more", 4);
}

static void
service_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	const struct engine *e = rs_conn_arg(tcp, conn);
	struct engine_conn *c = rs_conn_user(conn);

	fuzz_check(c != NULL && c->opened && !c->peer_closed, "closed twice, or not open");
	c->peer_closed = true;
	if ((e->mode & 0x40) != 0)
		rs_conn_close(tcp, conn);
}

static void
service_ended(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn, enum rs_end how __rte_unused)
{
	struct engine_conn *c = rs_conn_user(conn);

	fuzz_check(c != NULL && c->tcb == conn, "ended twice, or not open");
	c->tcb = NULL;
	rs_conn_set_user(conn, NULL);
}

static void
service_urgent(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ahead)
{
	const struct engine *e = rs_conn_arg(tcp, conn);
	uint32_t kept = rs_conn_urgent(tcp, conn);
	struct rs_pool_use use;

	rs_stack_pools(e->stack, &use);
	fuzz_check(ahead == kept || (kept == 0 && (engine_faults.failed ||
		use.busy == e->params.tcp.max_busy)), "another urgent pointer");
}

static void
service_error(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_error error __rte_unused,
	uint32_t detail __rte_unused)
{
	const struct engine *e = rs_conn_arg(tcp, conn);

	if ((e->mode & 0x80) != 0)
		rs_conn_abort(tcp, conn);
}

static void
service_expired(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_reset(tcp, conn, RS_RESET_service_timeout);
}

const struct rs_service engine_service = {
	.name = "fuzz",
	.opened = service_opened,
	.data = service_data,
	.writable = service_writable,
	.urgent = service_urgent,
	.error = service_error,
	.expired = service_expired,
	.peer_closed = service_peer_closed,
	.ended = service_ended,
};

/*
 * The parameters.
 */

static void
make_listeners(struct engine *e)
{
	const struct rs_security label = { .len = 4, .option = { 0x82, 4, 0x5a, 0x80 } };
	const struct rs_listener all[ENGINE_LISTENERS] = {
		{ .id = 1, .port_first = 80, .port_last = 80, .send_timeout_ms = 20000,
			.send_rate = 100 },
		{ .id = 2, .port_first = 81, .port_last = 81, .nodelay = true, .keepalive = true,
			.resets_per_second = 10 },
		{ .id = 3, .port_first = 82, .port_last = 82, .linger_zero = true, .tos = 0x28,
			.no_connection_drop = true },
		{ .id = 4, .port_first = 83, .port_last = 83, .security = label },
		{ .id = 5, .port_first = 84, .port_last = 84, .allow = &e->allow, .n_allow = 1,
			.max_connections = 2, .max_per_source = 1 },
		{ .id = 6, .port_first = 85, .port_last = 85, .resets_per_second = 2 },
		{ .id = 7, .port_first = 86, .port_last = 86, .drop = true },
		[ENGINE_CONNECT] = { .id = 8 },
	};
	unsigned int i, set;

	e->allow = (struct rs_prefix){ engine_addr(false, 0, 2), 127 };
	for (set = 0; set < 2; set++) {
		memcpy(e->listeners[set], all, sizeof(all));
		for (i = 0; i < ENGINE_LISTENERS; i++) {
			e->listeners[set][i].arg = e;
			e->listeners[set][i].name = "fuzz";
			if (i < 5 || i == ENGINE_CONNECT)
				e->listeners[set][i].service = &engine_service;
		}
	}
	/* the change takes the second away, and changes a limit */
	e->listeners[1][1].port_first = e->listeners[1][1].port_last = 0;
	e->listeners[1][4].max_connections = 3;
}

static void
make_ports(struct engine *e)
{
	const struct rte_ether_addr mac = { { 2, 0, 0, 0, 0, ENGINE_US } };

	e->ports[0] = (struct rs_port){
		.mtu = 1500,
		.mac = mac,
		.subnet = { engine_addr(false, 0, ENGINE_US), 96 + 24 },
		.subnets6 = { { engine_addr(true, 0, ENGINE_US), 64 } },
		.n_subnets6 = 1,
		.gateway = engine_addr(false, 0, 9),
		.gateway6 = engine_addr(true, 0, 9),
	};
	e->ports[1] = (struct rs_port){
		.id = RS_DEVICES_MAX,
		.mtu = 1500,
		.mac = mac,
		.tags = { .n = 1, .priority = 3, .vid = { ENGINE_VLAN } },
		.subnet = { engine_addr(false, 2, ENGINE_US), 96 + 24 },
		.subnets6 = { { engine_addr(true, 2, ENGINE_US), 64 } },
		.n_subnets6 = 1,
	};
	e->terminate = (struct rs_prefix){ engine_addr(false, 1, 0), 96 + 24 };
	e->terminate_port = 0;
}

static bool
hand_over(void *arg, const struct rs_tuple *tuple, struct rte_mbuf *m)
{
	const struct engine *e = arg;

	if (tuple == NULL || (e->mode & 8) == 0)
		return false;
	rte_pktmbuf_free(m);
	return true;
}

/* The parameters of TCP: small pools, so that they are soon empty. @return whether the input has
 * further parameters */
static bool
make_tcp(struct engine *e, struct rs_tcp_params *tcp)
{
	struct fuzz_in *in = &e->in;
	uint32_t bits = fuzz_u32(in);
	uint8_t sizes = fuzz_u8(in);
	uint8_t more = fuzz_u8(in);

	rs_tcp_defaults(tcp);
	tcp->max_connections = 1 + (sizes & 15);
	tcp->max_time_wait = sizes >> 4 & 3;
	tcp->max_half_open = 1 + (sizes >> 6);
	tcp->max_busy = 1 + (more & 7);
	tcp->max_chunks = 4u << (more >> 3 & 3);
	tcp->max_sent = 1u << (more >> 5 & 7);
	tcp->rcv_buf = (bits & 1) != 0 ? 4000 : 200000;
	tcp->snd_buf = (bits & 2) != 0 ? 100 : 20000;
	tcp->snd_window = (bits & 4) != 0 ? 3000 : 1000000;
	tcp->msl_ms = 1000;
	tcp->r2_ms = 30000;
	tcp->r2_syn_ms = 180000;
	tcp->fin_wait_2_ms = 5000;
	tcp->keepalive_ms = 7200000;
	tcp->ecn = (bits & 8) != 0 ? RS_ECN_ON : RS_ECN_PASSIVE;
	tcp->syn_cookies = (enum rs_syn_cookies)((bits >> 4) % 3);
	tcp->congestion = (bits & 0x40) != 0 ? RS_CC_NEWRENO : RS_CC_CUBIC;
	tcp->pacing = (bits & 0x80) != 0;
	tcp->timestamps = (bits & 0x100) == 0;
	tcp->window_scale = (bits & 0x200) == 0;
	tcp->sack = (bits & 0x400) == 0;
	tcp->uto = (bits & 0x800) != 0;
	tcp->source_route = (bits & 0x1000) != 0;
	tcp->time_wait_rst = (bits & 0x2000) != 0;
	tcp->closed_drop = (bits & 0x4000) != 0;
	tcp->stop_drop = (bits & 0x8000) != 0;
	tcp->life = (bits & 0x10000) != 0;
	tcp->reset_text = (bits & 0x20000) != 0;
	tcp->black_holes = (bits & 0x40000) == 0;
	tcp->user_timeout_ms = (bits & 0x80000) != 0 ? 10000 : 0;
	tcp->ack_delay_ms = (bits & 0x100000) != 0 ? 0 : 40;
	tcp->challenge_acks = (bits & 0x200000) != 0 ? 1 : 10;
	tcp->mss = (bits & 0x400000) != 0 ? 536 : 0;
	e->params.resets_per_second = (bits & 0x800000) != 0 ? 5 : 0;
	e->params.resets_per_source = (bits & 0x1000000) != 0 ? 2 : 0;
	e->params.max_fragments = (bits & 0x2000000) != 0 ? 0 : 32;
	e->params.mld = (bits & 0x4000000) != 0;
	e->params.hand_over = (bits & 0x8000000) != 0 ? hand_over : NULL;
	e->params.max_neighbours = (bits & 0x10000000) != 0 ? 2 : 16;
	e->params.icmp_echoes_per_second = (bits & 0x20000000) != 0 ? 3 : 0;
	e->ports[0].dad_transmits = (bits & 0x40000000) != 0;
	return (bits & 0x80000000) != 0;
}

void
engine_params(struct engine *e)
{
	make_listeners(e);
	make_ports(e);
	e->params = (struct rs_stack_params){
		.mbufs = e->own,
		.secret = "a secret that is always the sam",
		.ports = e->ports,
		.n_ports = 2,
		.terminate = &e->terminate,
		.terminate_port = &e->terminate_port,
		.n_terminate = 1,
		.listeners = e->listeners[0],
		.n_listeners = ENGINE_LISTENERS,
		.speak_delay_us = 1,
		.reassembly_timeout_ms = 2000,
		.icmp_errors_per_second = 10,
		.source_prefix = 24,
		.hand_over_arg = e,
	};
	if (make_tcp(e, &e->params.tcp))
		engine_features(e);
}

/*
 * Checks.
 */

static uint64_t
sum_of(const uint64_t *words, unsigned int n)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += words[i];
	return sum;
}

/* A frame that was built is sent, unless its mbuf has no room for its VLAN tag. */
static void
check_sent(const struct rs_stats *s, const char *name, uint64_t counted, uint64_t sent)
{
	fuzz_check(counted >= sent && counted - sent <= s->drop[RS_DROP_no_mbuf],
		"%" PRIu64 " %s sent, counted %" PRIu64, sent, name, counted);
}

/* The counters add up to what was seen, and the gauges to each other. */
static void
check_counters(const struct engine *e)
{
	const struct rs_stats *s = rs_stack_stats(e->stack);
	uint64_t open = 0;
	struct rs_pool_use use;
	unsigned int i;

	/* a reassembled datagram counts as one more, unless it is handed over or beyond the MTU */
	fuzz_check(s->packet.rx_frames >= e->rx_frames &&
		s->packet.rx_frames <= e->rx_frames + s->packet.reassembled,
		"%" PRIu64 " frames received, counted %" PRIu64, e->rx_frames,
		s->packet.rx_frames);
	check_sent(s, "frames", s->packet.tx_frames, e->tx_frames);
	check_sent(s, "segments", s->tcp.tx_segments, e->tx_segments);
	check_sent(s, "resets", sum_of(s->reset_sent, RS_RESET_MAX), e->resets);
	fuzz_check(s->packet.excepted == e->excepted, "%" PRIu64 " frames for the kernel, counted %"
		PRIu64, e->excepted, s->packet.excepted);
	for (i = 0; i < ENGINE_LISTENERS; i++) {
		const struct rs_listener_stats *l = rs_stack_listener_stats(e->stack, i);

		open += l->open;
	}
	fuzz_check(open == sum_of(s->states, RS_STATE_MAX), "listeners and states disagree");
	rs_stack_pools(e->stack, &use);
	fuzz_check(rs_stack_open(e->stack) + s->states[RS_TIME_WAIT] == open,
		"the table and the states disagree");
	fuzz_check(use.half_open <= s->states[RS_SYN_RECEIVED], "half-open ones are miscounted");
	fuzz_check(use.tcbs + use.time_waits >= open, "a connection has no memory");
}

void
engine_check(const struct engine *e)
{
	const char *wrong = rs_stack_audit(e->stack);

	fuzz_check(wrong == NULL, "audit: %s", wrong);
	check_counters(e);
}

void
engine_run(struct engine *e)
{
	struct rte_mbuf *tx[2 * RS_BURST];
	const struct rs_tcp *tcp = rs_stack_tcp(e->stack);
	bool quiet = e->n_rx == 0 && e->now < e->quiet_until;
	uint64_t idle;
	bool waits;
	uint16_t n, i;

	e->rx_frames += e->n_rx;
	n = rs_stack_run(e->stack, e->rx, e->n_rx, e->now, tx, RTE_DIM(tx));
	e->n_rx = 0;
	fuzz_check(n <= RTE_DIM(tx), "more frames than there is room");
	for (i = 0; i < n; i++)
		engine_sent(e, tx[i]);
	engine_check(e);
	fuzz_check(!quiet || n == 0, "sent before rs_stack_idle() said");
	idle = rs_stack_idle(e->stack, 10000000);
	/* what waits for a pool may be sent in any run, a millisecond later at the latest */
	waits = tcp->waiting.n > 0 || tcp->wanted.any;
	fuzz_check(!waits || idle <= 1000, "rs_stack_idle() forgets what waits for a pool");
	e->quiet_until = waits ? 0 : e->now + idle;
}

static bool
is_empty(const struct rs_stack *stack)
{
	struct rs_pool_use use;

	rs_stack_pools(stack, &use);
	return (use.tcbs | use.time_waits | use.busy | use.chunks | use.ranges | use.half_open |
		use.neighbours | use.fragments) == 0;
}

void
engine_end(struct engine *e)
{
	uint64_t until = e->now + END_US;
	unsigned int i;

	rte_pktmbuf_free_bulk(e->taken, e->n_taken);
	e->n_taken = 0;
	e->quiet_until = 0;
	engine_run(e);
	rs_stack_stop(e->stack, fuzz_u8(&e->in) % 2 == 0 ? RS_STOP_RESET : RS_STOP_FINISH);
	e->quiet_until = 0;
	while (!is_empty(e->stack) && e->now < until) {
		engine_run(e);
		e->now = RTE_MAX(e->now + END_STEP_US, e->quiet_until);
	}
	fuzz_check(is_empty(e->stack), "a pool is not full again");
	fuzz_check(rs_stack_open(e->stack) == 0, "a connection is left");
	for (i = 0; i < ENGINE_CONNS; i++)
		fuzz_check(e->conns[i].tcb == NULL, "the service was not told an end");
}
