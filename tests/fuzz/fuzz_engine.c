/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The whole engine: the input is a sequence of frames, steps of the clock, calls of services and
 * operators, and shortages of mbufs. After each run the audit and the sums of the counters are
 * checked, and each frame that was sent is read byte by byte.
 */

#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "fuzz/engine.h"
#include "packet/ip_options.h"

#define MBUFS 1023

/* Port of an mbuf that check_pool() has seen. */
#define FREED (RTE_MBUF_PORT_INVALID - 1)

/* Longest input that is worth its time: some hundred steps. */
#define INPUT_MAX 2048

static uint8_t immutable[5000];

static void
push(struct engine *e, const struct engine_frame *f)
{
	struct rte_mbuf *m = engine_received(e, f);

	if (m != NULL)
		e->rx[e->n_rx++] = m;
	if (e->n_rx == RS_BURST)
		engine_run(e);
}

/* The connection that the next byte chooses; NULL: none is open. */
static struct engine_conn *
choose(struct engine *e)
{
	unsigned int first = fuzz_u8(&e->in);
	unsigned int i;

	for (i = 0; i < ENGINE_CONNS; i++) {
		struct engine_conn *c = &e->conns[(first + i) % ENGINE_CONNS];

		if (c->tcb != NULL)
			return c;
	}
	return NULL;
}

/* A connection of the service's, or one by its ports. @return whether it is of the VLAN */
static bool
choose_tuple(struct engine *e, struct rs_tuple *t)
{
	uint8_t how = fuzz_u8(&e->in);
	bool ipv6 = (how & 4) != 0;
	uint8_t network = (how & 0xc0) == 0xc0 ? 2 : (how & 0xc0) == 0x80 && !ipv6;
	const struct engine_conn *c = (how & 0xc3) == 0x43 ? choose(e) : NULL;

	memset(t, 0, sizeof(*t));
	if (c != NULL) {
		*t = *rs_conn_tuple(c->tcb);
		return t->laddr.b[0] == 0 ? t->laddr.b[12] == 203 : t->laddr.b[5] == 2;
	}
	t->laddr = engine_addr(ipv6, network, ENGINE_US);
	t->raddr = engine_addr(ipv6, network == 2 ? 2 : 0, (uint8_t)(2 + (how & 1)));
	t->lport = (uint16_t)(80 + (how >> 3 & 7));
	t->rport = (uint16_t)(40000 + (how & 3));
	return network == 2;
}

static void
find_numbers(const struct engine *e, const struct rs_tuple *t, struct engine_numbers *at)
{
	const struct engine_sent *sent = &e->sent[t->rport & 3];
	struct rs_conn_info info;

	*at = (struct engine_numbers){ .seq = 1000, .now_ms = (uint32_t)(e->now / 1000),
		.ts = sent->ts, .window = 4000 };
	if (rs_stack_inspect(e->stack, t, &info) == 0) {
		at->una = info.snd_una;
		at->nxt = info.snd_nxt;
		if (info.state != RS_SYN_SENT)
			at->seq = info.rcv_nxt;
		at->window = info.rcv_wnd;
	} else if (sent->lport == t->lport) {
		at->una = at->nxt = sent->seq;
		at->seq = sent->ack;
	}
}

static void
push_spoiled(struct engine *e, struct engine_frame *f, uint8_t how)
{
	struct engine_frame part[2];

	if ((how & 0x80) != 0)
		engine_spoil(&e->in, f);
	if ((how & 0x60) == 0x60 && f->len > f->l3 + 60 && engine_cut(&e->in, f, part)) {
		push(e, &part[fuzz_u8(&e->in) & 1]);
		push(e, &part[fuzz_u8(&e->in) & 1]);
		return;
	}
	push(e, f);
}

/* A frame of the kind that `how` chooses. */
static void
frame_in(struct engine *e, uint8_t how)
{
	struct engine_frame f;
	struct engine_numbers at;
	struct rs_tuple t;
	uint8_t tags;

	memset(&f, 0, sizeof(f));
	switch (how & 7) {
	case 0:
		engine_neighbour(&e->in, &f);
		break;
	case 1:
		engine_echo(&e->in, &f);
		break;
	case 2:
		engine_raw(&e->in, &f);
		break;
	case 3:
		choose_tuple(e, &t);
		find_numbers(e, &t, &at);
		engine_icmp_error(&e->in, &t, &at, &f);
		break;
	default:
		tags = choose_tuple(e, &t) ? e->ports[1].tags.n : 0;
		find_numbers(e, &t, &at);
		engine_segment(&e->in, &t, &at, tags, &f);
		break;
	}
	push_spoiled(e, &f, how);
}

/* A call of the service. */
static void
call(struct engine *e)
{
	struct rs_tcp *tcp = rs_stack_tcp(e->stack);
	uint8_t what = fuzz_u8(&e->in);
	const struct engine_conn *c = choose(e);
	uint16_t n = fuzz_u16(&e->in);

	if (c == NULL)
		return;
	switch (what & 15) {
	case 0: rs_conn_send(tcp, c->tcb, immutable, n % sizeof(immutable)); break;
	case 1: rs_conn_send_copy(tcp, c->tcb, immutable, n % sizeof(immutable)); break;
	case 2: rs_conn_shutdown(tcp, c->tcb); break;
	case 3: rs_conn_finish(tcp, c->tcb); break;
	case 4: rs_conn_close(tcp, c->tcb); break;
	case 5: rs_conn_abort(tcp, c->tcb); break;
	case 6: rs_conn_reset(tcp, c->tcb, RS_RESET_service_evicted); break;
	case 7: rs_conn_resume(tcp, c->tcb); break;
	case 8: rs_conn_set_time_limit(tcp, c->tcb, n); break;
	case 9: rs_conn_set_nodelay(c->tcb, (n & 1) != 0); break;
	case 10: rs_conn_set_keepalive(tcp, c->tcb, (n & 1) != 0); break;
	case 11: rs_conn_set_user_timeout(tcp, c->tcb, n); break;
	case 12: rs_conn_set_tos(tcp, c->tcb, (uint8_t)(n & 0xfc)); break;
	default:
		fuzz_check(rs_conn_send_room(tcp, c->tcb) <= e->params.tcp.snd_buf,
			"more room than there is");
		break;
	}
}

static void
connect_to(struct engine *e)
{
	struct engine_conn *c = engine_conn_new(e);
	uint8_t how = fuzz_u8(&e->in);
	const rte_be32_t hop = RTE_BE32(0xc0000209); /* the gateway */
	struct rs_source_route route;
	rte_be32_t last;
	struct rs_connect to = {
		.raddr = engine_addr((how & 1) != 0, (how & 2) != 0 ? 3 : 0,
			(uint8_t)(2 + (how >> 2 & 3))),
		.rport = (uint16_t)(40000 + (how >> 4 & 3)),
		.lport = (how & 0x40) != 0 ? 5000 : 0,
		.listener = ENGINE_CONNECT,
		.user = c,
	};

	if (c == NULL)
		return;
	if ((how & 0x81) == 0x80) {
		memcpy(&last, to.raddr.b + 12, sizeof(last));
		rs_source_route_make(&route, (how & 2) != 0, &hop, 1, last);
		to.route = &route;
	}
	*c = (struct engine_conn){ 0 };
	if (rs_connect(rs_stack_tcp(e->stack), &to, &c->tcb) != 0)
		c->tcb = NULL;
}

/* Other listeners, with the access list or without it; the heap may fail. */
static void
change(struct engine *e, uint8_t how)
{
	const struct rs_acl *acl = e->params.acl;
	struct rs_stack_change *change;

	e->params.listeners = e->listeners[e->set ^ 1];
	e->params.acl = acl == NULL ? e->acl : NULL;
	engine_faults.heap = (how & 0x80) != 0 ? 1 + (how >> 3 & 15) : 0;
	engine_faults.failed = false;
	change = rs_stack_change_create(&e->params);
	engine_faults.heap = 0;
	fuzz_check(change != NULL || engine_faults.failed || rte_errno == EINVAL ||
		(how & 0x80) == 0, "a change failed for no reason");
	if (change == NULL) {
		e->params.listeners = e->listeners[e->set];
		e->params.acl = acl;
		return;
	}
	e->set ^= 1;
	rs_stack_change(e->stack, change);
	rs_stack_change_free(change);
}

/* An order of the operator. */
static void
order(struct engine *e)
{
	struct rs_conn_filter filter = { .any_listener = true };
	struct rs_reset_record records[8];
	struct rs_conn_entry entries[4];
	uint8_t how = fuzz_u8(&e->in);
	uint64_t position = 0;
	struct rs_tuple t;

	switch (how & 7) {
	case 0:
		choose_tuple(e, &t);
		rs_stack_kill(e->stack, &t);
		break;
	case 1:
		filter.states = fuzz_u16(&e->in);
		rs_stack_kill_some(e->stack, &filter, (enum rs_kill)((how >> 3) % 3), &position);
		break;
	case 2:
		do
			rs_stack_walk(e->stack, &filter, &position, entries, RTE_DIM(entries));
		while (position != 0);
		break;
	case 3:
		rs_stack_resets(e->stack, records, RTE_DIM(records));
		break;
	case 4:
		change(e, how);
		break;
	case 5:
		rs_stack_stop(e->stack, (how & 8) != 0 ? RS_STOP_RESET : RS_STOP_FINISH);
		break;
	case 7:
		if ((how & 0xc0) == 0xc0) {
			engine_forward(e);
			break;
		}
		if ((how & 0xc0) == 0x80) {
			rs_stack_cut_nothing(e->stack, 0);
			break;
		}
		/* FALLTHROUGH */
	default:
		rs_stack_set_epoch(e->stack, fuzz_u32(&e->in));
		break;
	}
}

/* So many mbufs that only a few are free, or none of them; or the engine's next allocations succeed
 * but for one. */
static void
take_mbufs(struct engine *e)
{
	unsigned int leave = fuzz_u8(&e->in);
	struct rte_mbuf *m;

	if ((leave & 0xc0) == 0xc0) {
		engine_faults.memory = 1 + (leave & 0x3f);
		return;
	}
	rte_pktmbuf_free_bulk(e->taken, e->n_taken);
	e->n_taken = 0;
	if ((leave & 0xc0) != 0)
		return;
	while (rte_mempool_avail_count(e->own) > leave && e->n_taken < RTE_DIM(e->taken)) {
		m = rte_pktmbuf_alloc(e->own);
		if (m == NULL)
			return;
		e->taken[e->n_taken++] = m;
	}
}

/* The clock goes on by 0 to some hours, rarely by much. */
static void
step(struct engine *e)
{
	static const uint32_t units[] = {
		0, 10, 1000, 20000, 100000, 1000000, 30000000, 600000000,
	};
	uint8_t how = fuzz_u8(&e->in);

	e->now += (uint64_t)units[how & 7] * (1 + (how >> 3));
	engine_run(e);
}

static void
one(struct engine *e)
{
	uint8_t what = fuzz_u8(&e->in);

	if (what < 0xa0) {
		frame_in(e, what);
		if ((what & 0x10) != 0)
			engine_run(e);
		return;
	}
	if (what < 0xd0) {
		step(e);
		return;
	}
	e->quiet_until = 0;
	switch (what & 7) {
	case 0: connect_to(e); break;
	case 1: order(e); break;
	case 2: take_mbufs(e); break;
	case 3: e->mode = fuzz_u8(&e->in); break;
	default: call(e); break;
	}
	engine_check(e);
}

/* All steps of an input, and the end of its stack. */
static void
whole(struct engine *e)
{
	while (e->in.n > 0)
		one(e);
	engine_faults.memory = 0;
	engine_end(e);
	rs_stack_free(e->stack);
}

/* All mbufs are in their pool, each once and as rte_pktmbuf_alloc() expects it. */
static void
check_pool(struct rte_mempool *pool)
{
	static struct rte_mbuf *m[MBUFS];
	unsigned int i;

	fuzz_check(rte_mempool_avail_count(pool) == MBUFS &&
		rte_mempool_get_bulk(pool, (void **)m, MBUFS) == 0, "an mbuf leaked");
	for (i = 0; i < MBUFS; i++) {
		fuzz_check(m[i]->port != FREED, "an mbuf was freed twice");
		m[i]->port = FREED;
		fuzz_check(m[i]->next == NULL && m[i]->nb_segs == 1 &&
			rte_mbuf_refcnt_read(m[i]) == 1, "an mbuf was freed as part of a chain");
	}
	for (i = 0; i < MBUFS; i++)
		m[i]->port = RTE_MBUF_PORT_INVALID;
	rte_mempool_put_bulk(pool, (void *const *)m, MBUFS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct engine e;
	static struct rte_mempool *own, *foreign;
	static const struct rs_acl *acl;
	struct rte_malloc_socket_stats before, after;

	if (own == NULL) {
		fuzz_eal();
		own = fuzz_pool("own", MBUFS);
		foreign = fuzz_pool("foreign", MBUFS);
		acl = engine_acl();
	}
	rte_malloc_get_socket_stats(0, &before);
	memset(&e, 0, sizeof(e));
	memset(&engine_faults, 0, sizeof(engine_faults));
	e.in = (struct fuzz_in){ data, RTE_MIN(size, (size_t)INPUT_MAX) };
	e.own = own;
	e.foreign = foreign;
	e.acl = acl;
	e.now = 1000000;
	engine_params(&e);
	e.stack = rs_stack_create(&e.params, e.now);
	fuzz_check(e.stack != NULL || (engine_faults.failed && rte_errno == ENOMEM),
		"no stack: %s", rte_strerror(rte_errno));
	engine_faults.heap = 0;
	if (e.stack != NULL)
		whole(&e);
	rte_malloc_get_socket_stats(0, &after);
	fuzz_check(before.alloc_count == after.alloc_count, "memory is left allocated");
	check_pool(own);
	check_pool(foreign);
	return 0;
}
