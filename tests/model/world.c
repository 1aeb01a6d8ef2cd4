/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Two engines, the frames between them and their users. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ether.h>

#include "frame/frame.h"
#include "world.h"

/* Port 1000 of host 0 opens, port 2000 of host 1 listens and may open, too. */
#define PORT(host) ((uint16_t)(1000 + 1000 * (host)))

/* Time passes, microseconds, where a host may open a connection, because the clock of its ISNs
 * must have gone on before it opens the next one (RFC 9293 3.4.1). */
#define TICK 1000

/* Longest life of a frame (MSL), longest sleep, and the time in which all must end: us. */
#define MSL (UINT64_C(30) * 1000000)
#define SLEEP (UINT64_C(3600) * 1000000)
#define END_MOST (UINT64_C(4) * 3600 * 1000000)

/* Frames in a moment in which no timer runs and no user acts; two that answer each other for
 * ever have no end of them. */
#define ANSWERS_MOST 100

#define NO_TAG 255

const uint8_t model_budget[STEP_MAX] = {
	[STEP_OPEN] = 2, [STEP_SEND] = 1, [STEP_SHUTDOWN] = 1, [STEP_CLOSE] = 1, [STEP_ABORT] = 1,
	[STEP_CRASH] = 1, [STEP_DELIVER] = 255, [STEP_OVERTAKE] = 1, [STEP_LOSE] = 1,
	[STEP_REPEAT] = 1, [STEP_TIME] = 2,
};

const char *const model_fault_names[FAULT_MAX] = { "none", "octet", "time", "answers" };

static const char *const step_names[STEP_MAX] = {
	"opens", "sends an octet", "shuts down", "closes", "aborts", "crashes",
	"has its first frame delivered", "has its second frame delivered",
	"has its first frame lost", "has its first frame repeated", "sees time pass",
};

/* Print a thing that happens to a host, if that is wanted. */
static void __rte_format_printf(3, 4)
trace(const struct model_world *w, unsigned int host, const char *format, ...)
{
	va_list ap;

	if (!w->traced)
		return;
	printf("# %10.6f %*shost %u ", (double)(w->now - 1000000000) / 1e6, 40 * (int)host, "",
		host);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
}

static void
broken(struct model_world *w, const char *what)
{
	if (w->broken == NULL)
		w->broken = what;
}

/*
 * The users.
 */

static struct model_host *
host_of(struct model_world *w, const struct rs_tcb *tcb)
{
	return &w->hosts[rs_conn_tuple(tcb)->lport == PORT(1)];
}

static struct model_conn *
new_conn(struct model_world *w, uint8_t host, struct rs_tcb *tcb)
{
	uint8_t tag = w->n_conns++;

	if (tag >= MODEL_CONNS)
		rte_panic("more than %d connections in a path\n", MODEL_CONNS);
	w->conns[tag] = (struct model_conn){ .host = host, .from = NO_TAG };
	w->taken_by[tag] = NO_TAG;
	w->hosts[host].conn = tag;
	w->hosts[host].tcb = tcb;
	return &w->conns[tag];
}

static void
on_opened(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct model_world *w = rs_conn_arg(tcp, tcb);
	struct model_host *h = host_of(w, tcb);
	struct model_conn *c = h->tcb == tcb ? &w->conns[h->conn] :
		new_conn(w, (uint8_t)(h - w->hosts), tcb);

	h->happened++;
	trace(w, c->host, "is told: connection %u is open", h->conn);
	if (c->opened)
		broken(w, "a connection was opened twice");
	c->opened = true;
}

/* Octets of one connection, in order, that no other connection has taken. */
static void
take(struct model_world *w, struct model_host *h, unsigned int octet)
{
	struct model_conn *c = &w->conns[h->conn];
	uint8_t tag = (uint8_t)(octet >> 4);

	if (c->received == 0) {
		c->from = tag;
		if (tag >= w->n_conns || w->conns[tag].host == c->host)
			broken(w, "an octet was delivered that the peer never sent");
		else if (w->taken_by[tag] != NO_TAG)
			broken(w, "the octets of one connection were delivered to two");
		w->taken_by[tag & (MODEL_CONNS - 1)] = h->conn;
	}
	if (tag != c->from)
		broken(w, "octets of two connections were delivered to one");
	if ((octet & 15) != c->received)
		broken(w, "octets were delivered out of order, or twice");
	c->received++;
	if (c->peer_closed)
		broken(w, "an octet was delivered behind the FIN");
}

static uint32_t
on_data(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m __rte_unused,
	const uint8_t *data, uint32_t len)
{
	struct model_world *w = rs_conn_arg(tcp, tcb);
	struct model_host *h = host_of(w, tcb);
	uint32_t i;

	h->happened++;
	trace(w, w->conns[h->conn].host, "is told: %u octets", len);
	for (i = 0; i < len; i++)
		take(w, h, data[i] ^ (w->fault == FAULT_OCTET));
	return len;
}

static void
on_peer_closed(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct model_world *w = rs_conn_arg(tcp, tcb);
	struct model_host *h = host_of(w, tcb);
	struct model_conn *c = &w->conns[h->conn];

	h->happened++;
	if (c->received > 0 && c->received != w->conns[c->from].sent)
		broken(w, "the peer's FIN was told before all that it sent");
	c->peer_closed = true;
}

static void
on_ended(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how)
{
	struct model_world *w = rs_conn_arg(tcp, tcb);
	struct model_host *h = host_of(w, tcb);

	h->happened++;
	trace(w, w->conns[h->conn].host, "is told: connection %u ended (%d)", h->conn, how);
	if (w->conns[h->conn].ended)
		broken(w, "a connection ended twice");
	w->conns[h->conn].ended = true;
	w->conns[h->conn].failed = how != RS_END_CLOSED;
	h->tcb = NULL;
}

static const struct rs_service service = {
	.name = "model",
	.opened = on_opened,
	.data = on_data,
	.peer_closed = on_peer_closed,
	.ended = on_ended,
};

/*
 * The hosts.
 */

static struct rs_addr
addr_of(unsigned int host)
{
	return rs_addr_from_ipv4(RTE_BE32(0xc0000201) + RTE_BE32(host));
}

static void
start(struct model_world *w, unsigned int host)
{
	/* one world at a time: the listeners need to live as long as the stack */
	static struct rs_listener listeners[2];
	struct rs_port port = {
		.mtu = 1500,
		.mac = { .addr_bytes = { 2, 0, 0, 0, 0, (uint8_t)(host + 1) } },
		.subnet = { addr_of(host), 96 + 24 },
	};
	struct rs_stack_params params = {
		.mbufs = w->mbufs,
		.secret = "a secret of the host number 0",
		.ports = &port,
		.n_ports = 1,
		.listeners = listeners,
		.n_listeners = RTE_DIM(listeners),
		.max_neighbours = 4,
	};

	params.secret[28] = (uint8_t)('0' + host);
	listeners[0] = (struct rs_listener){ .name = "listen", .service = &service, .arg = w,
		.port_first = PORT(1), .port_last = PORT(1) };
	listeners[1] = (struct rs_listener){ .name = "connect", .service = &service, .arg = w };
	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = 8;
	params.tcp.max_half_open = 8;
	params.tcp.max_time_wait = 8;
	params.tcp.max_busy = 8;
	params.tcp.max_chunks = 64;
	params.tcp.max_sent = 64;
	params.tcp.msl_ms = MSL / 1000;
	/* fewer states: an ACK is due at once, no option, nothing depends on the round trip */
	params.tcp.ack_delay_ms = 0;
	params.tcp.timestamps = params.tcp.window_scale = params.tcp.sack = false;
	params.tcp.ecn = RS_ECN_OFF;
	params.tcp.pacing = params.tcp.black_holes = false;
	params.tcp.syn_cookies = RS_COOKIES_NEVER;
	w->hosts[host].stack = rs_stack_create(&params, w->now);
	if (w->hosts[host].stack == NULL)
		rte_panic("no stack: %s\n", rte_strerror(rte_errno));
}

void
model_begin(struct model_world *w)
{
	w->now = UINT64_C(1000000000);
	start(w, 0);
	start(w, 1);
}

static void
remove_flight(struct model_host *h, unsigned int i)
{
	h->n_flights--;
	memmove(&h->flights[i], &h->flights[i + 1],
		(h->n_flights - i) * sizeof(h->flights[0]));
}

static void
lose(struct model_host *h, unsigned int i)
{
	rte_pktmbuf_free(h->flights[i].m);
	remove_flight(h, i);
}

void
model_end(struct model_world *w)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		while (w->hosts[i].n_flights > 0)
			lose(&w->hosts[i], 0);
		rs_stack_free(w->hosts[i].stack);
	}
}

static void run(struct model_world *w, unsigned int host, struct rte_mbuf *m);

static void
read_frame(struct model_world *w, const struct rte_mbuf *m, struct frame_seg *s,
	enum frame_kind *kind)
{
	const char *why = NULL;

	*kind = frame_read(rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, s, &why);
	if (*kind == FRAME_BAD)
		broken(w, why);
}

static uint64_t from_isn(const struct model_host *h, uint32_t number);

/* A segment, with numbers as connection.offset: 1.2 is the second octet of the second ISN. */
static void
trace_frame(const struct model_world *w, unsigned int host, const char *verb,
	const struct frame_seg *s)
{
	unsigned int from = s->sport == PORT(1);
	uint64_t seq = from_isn(&w->hosts[from], s->seq), ack = from_isn(&w->hosts[!from], s->ack);
	char flags[8];
	unsigned int i, n = 0;

	for (i = 0; i < 5; i++) {
		if ((s->flags & 1u << i) != 0)
			flags[n++] = "FSRPA"[i];
	}
	flags[n] = '\0';
	trace(w, host, "%s %s SEQ %d.%u ACK %d.%u LEN %u", verb, flags, (int)(seq >> 32),
		(uint32_t)seq, (int)(ack >> 32), (uint32_t)ack, s->len);
}

/* A frame is on its way; frames that ask for a neighbour's address arrive at once. */
static void
transmit(struct model_world *w, unsigned int host, struct rte_mbuf *m)
{
	struct model_host *h = &w->hosts[host];
	enum frame_kind kind;
	struct frame_seg s;

	m->port = 0;
	m->ol_flags = 0;
	read_frame(w, m, &s, &kind);
	if (kind != FRAME_TCP) {
		run(w, !host, m);
		return;
	}
	h->happened++;
	trace_frame(w, host, "sends", &s);
	if ((s.flags & SYN) != 0 && (h->n_isns == 0 || h->isns[h->n_isns - 1] != s.seq)) {
		if (h->n_isns == MODEL_ISNS)
			rte_panic("more than %d ISNs of a host\n", MODEL_ISNS);
		h->isns[h->n_isns++] = s.seq;
	}
	if (h->n_flights == MODEL_FLIGHTS) {
		broken(w, "too many frames are on their way");
		rte_pktmbuf_free(m);
		return;
	}
	h->flights[h->n_flights].born = w->now;
	h->flights[h->n_flights++].m = m;
}

static void
run(struct model_world *w, unsigned int host, struct rte_mbuf *m)
{
	struct rs_stack *stack = w->hosts[host].stack;
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t n, i;

	n = rs_stack_run(stack, &m, m != NULL, w->now, tx, RTE_DIM(tx));
	if (rs_stack_audit(stack) != NULL)
		broken(w, rs_stack_audit(stack));
	for (i = 0; i < n; i++)
		transmit(w, host, tx[i]);
}

static void
deliver(struct model_world *w, unsigned int host, unsigned int i)
{
	struct rte_mbuf *m = w->hosts[host].flights[i].m;
	enum frame_kind kind;
	struct frame_seg s;

	read_frame(w, m, &s, &kind);
	trace_frame(w, !host, "receives", &s);
	w->now += (s.flags & SYN) != 0 ? TICK : 0;
	remove_flight(&w->hosts[host], i);
	run(w, !host, m);
}

/*
 * Time.
 */

static bool
holds_connections(const struct model_world *w)
{
	struct rs_pool_use use[2];

	rs_stack_pools(w->hosts[0].stack, &use[0]);
	rs_stack_pools(w->hosts[1].stack, &use[1]);
	return (use[0].tcbs | use[0].time_waits | use[1].tcbs | use[1].time_waits) != 0;
}

/* Frames that are older than the MSL are gone. */
static void
die(struct model_world *w)
{
	unsigned int host, i;

	for (host = 0; host < 2; host++) {
		for (i = w->hosts[host].n_flights; i-- > 0;) {
			if (w->now - w->hosts[host].flights[i].born > MSL)
				lose(&w->hosts[host], i);
		}
	}
}

static uint32_t
in_use(const struct model_world *w)
{
	struct rs_pool_use use;
	uint32_t n = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		rs_stack_pools(w->hosts[i].stack, &use);
		n = 16 * n + use.tcbs + use.time_waits;
	}
	return n;
}

/* Time passes until a timer sends a frame, tells a user, or ends TIME-WAIT. @return false: no
 * timer runs */
static bool
pass_time(struct model_world *w)
{
	uint32_t happened = w->hosts[0].happened + w->hosts[1].happened;
	uint32_t used = in_use(w);
	uint64_t until = w->fault == FAULT_TIME ? w->now : w->now + SLEEP;

	while (w->now < until) {
		uint64_t sleep = RTE_MIN(rs_stack_idle(w->hosts[0].stack, SLEEP),
			rs_stack_idle(w->hosts[1].stack, SLEEP));

		w->now += RTE_MIN(RTE_MAX(sleep, UINT64_C(1)), until - w->now);
		run(w, 0, NULL);
		run(w, 1, NULL);
		if (w->hosts[0].happened + w->hosts[1].happened != happened || in_use(w) != used) {
			die(w);
			return true;
		}
	}
	return false;
}

/*
 * Steps.
 */

bool
model_can(const struct model_world *w, model_choice choice)
{
	enum model_step step = choice / 2;
	const struct model_host *h = &w->hosts[choice & 1];
	const struct model_conn *c = &w->conns[h->conn];
	bool mine = h->tcb != NULL && !c->closed;

	if (h->used[step] >= model_budget[step])
		return false;
	switch (step) {
	case STEP_OPEN:
		return h->tcb == NULL;
	case STEP_SEND:
	case STEP_SHUTDOWN:
		return mine && !c->shut;
	case STEP_CLOSE:
	case STEP_ABORT:
		return mine;
	case STEP_CRASH:
		return h->tcb != NULL;
	case STEP_DELIVER:
	case STEP_LOSE:
	case STEP_REPEAT:
		return h->n_flights > 0;
	case STEP_OVERTAKE:
		return h->n_flights > 1;
	case STEP_TIME:
		return (choice & 1) == 0 && holds_connections(w);
	case STEP_MAX:
	default:
		return false;
	}
}

static void
open(struct model_world *w, unsigned int host)
{
	struct rs_connect to = {
		.laddr = addr_of(host), .raddr = addr_of(!host),
		.lport = PORT(host), .rport = PORT(!host), .listener = 1,
	};
	struct rs_tcb *tcb;
	int ret = rs_connect(rs_stack_tcp(w->hosts[host].stack), &to, &tcb);

	if (ret == 0)
		new_conn(w, (uint8_t)host, tcb);
	else if (ret != -EADDRINUSE) /* TIME-WAIT, or the peer's SYN was first */
		broken(w, "an active open was refused");
}

static void
send_octet(struct model_world *w, struct model_host *h)
{
	static const uint8_t octets[256] = {
#define ROW(t) t, t + 1, t + 2, t + 3, t + 4, t + 5, t + 6, t + 7, t + 8, t + 9, t + 10, t + 11, \
		t + 12, t + 13, t + 14, t + 15
		ROW(0x00), ROW(0x10), ROW(0x20), ROW(0x30), ROW(0x40), ROW(0x50), ROW(0x60),
		ROW(0x70), ROW(0x80), ROW(0x90), ROW(0xa0), ROW(0xb0), ROW(0xc0), ROW(0xd0),
		ROW(0xe0), ROW(0xf0)
	};
	struct model_conn *c = &w->conns[h->conn];
	const uint8_t *octet = &octets[((h->conn & 15) << 4) + c->sent];

	if (rs_conn_send(rs_stack_tcp(h->stack), h->tcb, octet, 1) == 1)
		c->sent++;
	else
		broken(w, "an octet could not be queued");
}

static void
crash(struct model_world *w, unsigned int host)
{
	struct model_host *h = &w->hosts[host];

	rs_stack_free(h->stack);
	w->conns[h->conn].ended = w->conns[h->conn].failed = true;
	h->tcb = NULL;
	w->now += TICK;
	start(w, host);
}

static void
user_step(struct model_world *w, enum model_step step, unsigned int host)
{
	struct model_host *h = &w->hosts[host];
	struct model_conn *c = &w->conns[h->conn];
	struct rs_tcp *tcp = rs_stack_tcp(h->stack);

	trace(w, host, "%s", step_names[step]);
	if (step == STEP_OPEN) {
		w->now += TICK;
		run(w, host, NULL);
		open(w, host);
	} else if (step == STEP_SEND) {
		send_octet(w, h);
	} else if (step == STEP_SHUTDOWN) {
		c->shut = true;
		rs_conn_shutdown(tcp, h->tcb);
	} else if (step == STEP_CLOSE) {
		c->shut = c->closed = true;
		rs_conn_close(tcp, h->tcb);
	} else {
		c->shut = c->closed = true;
		rs_conn_abort(tcp, h->tcb);
	}
	run(w, host, NULL);
}

void
model_do(struct model_world *w, model_choice choice)
{
	enum model_step step = choice / 2;
	unsigned int host = choice & 1;
	struct model_host *h = &w->hosts[host];
	struct rte_mbuf *copy;

	h->used[step]++;
	switch (step) {
	case STEP_CRASH:
		crash(w, host);
		break;
	case STEP_DELIVER:
		h->used[step] = 0;
		deliver(w, host, 0);
		break;
	case STEP_OVERTAKE:
		deliver(w, host, 1);
		break;
	case STEP_LOSE:
		lose(h, 0);
		break;
	case STEP_REPEAT:
		copy = rte_pktmbuf_copy(h->flights[0].m, w->mbufs, 0, UINT32_MAX);
		if (copy == NULL)
			rte_panic("no mbuf for a copy\n");
		transmit(w, host, copy);
		break;
	case STEP_TIME:
		pass_time(w);
		break;
	default:
		user_step(w, step, host);
	}
}

/*
 * Equal worlds.
 */

/* FNV-1a. */
static void
mix(uint64_t *hash, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		*hash ^= (value >> 8 * i) & 0xff;
		*hash *= UINT64_C(0x100000001b3);
	}
}

/* A number of this host, counted from the nearest of its ISNs below. */
static uint64_t
from_isn(const struct model_host *h, uint32_t number)
{
	uint64_t best = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < h->n_isns; i++) {
		uint32_t off = number - h->isns[i];

		if (off < 65536)
			best = (uint64_t)i << 32 | off;
	}
	return best;
}

static void
mix_conn(const struct model_world *w, unsigned int host, uint64_t *hash)
{
	const struct model_host *h = &w->hosts[host], *peer = &w->hosts[!host];
	const struct rs_tuple tuple = {
		.laddr = addr_of(host), .raddr = addr_of(!host),
		.lport = PORT(host), .rport = PORT(!host),
	};
	struct rs_conn_info info;

	if (rs_stack_inspect(h->stack, &tuple, &info) != 0) {
		mix(hash, 0);
		return;
	}
	mix(hash, (uint64_t)info.state + 1);
	mix(hash, from_isn(h, info.snd_una));
	mix(hash, from_isn(h, info.snd_nxt));
	mix(hash, from_isn(peer, info.rcv_nxt));
	mix(hash, (uint64_t)info.snd_wnd << 32 | info.rcv_wnd);
	mix(hash, (uint64_t)info.rto_ms << 32 | info.backoff);
	mix(hash, (uint64_t)info.rtx_left_ms << 32 | info.life_left_ms);
	mix(hash, info.queued << 32 | info.out_of_order);
	mix(hash, (uint64_t)info.active << 8 | (uint8_t)info.recovery[0]);
}

static void
mix_flights(const struct model_world *w, unsigned int host, uint64_t *hash)
{
	const struct model_host *h = &w->hosts[host], *peer = &w->hosts[!host];
	unsigned int i;

	mix(hash, h->n_flights);
	for (i = 0; i < h->n_flights; i++) {
		const struct rte_mbuf *m = h->flights[i].m;
		struct frame_seg s;
		const char *why;

		frame_read(rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, &s, &why);
		mix(hash, (uint64_t)s.flags << 48 | (uint64_t)s.wnd << 16 | s.len);
		mix(hash, from_isn(h, s.seq));
		mix(hash, (s.flags & ACK) != 0 ? from_isn(peer, s.ack) : 0);
		mix(hash, s.len > 0 ? s.data[0] : 0);
	}
}

uint64_t
model_hash(const struct model_world *w)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	unsigned int i, k;

	for (i = 0; i < 2; i++) {
		const struct model_host *h = &w->hosts[i];

		mix_conn(w, i, &hash);
		mix_flights(w, i, &hash);
		mix(&hash, (uint64_t)(h->tcb != NULL) << 8 | h->conn);
		for (k = 0; k < STEP_MAX; k++)
			mix(&hash, h->used[k]);
	}
	for (i = 0; i < w->n_conns; i++) {
		const struct model_conn *c = &w->conns[i];

		mix(&hash, (uint64_t)c->host << 32 | (uint64_t)c->sent << 24 |
			(uint64_t)c->received << 16 | (uint64_t)c->from << 8 | c->opened |
			(uint64_t)c->shut << 1 | (uint64_t)c->closed << 2 |
			(uint64_t)c->peer_closed << 3 | (uint64_t)c->ended << 4 |
			(uint64_t)c->failed << 5);
		mix(&hash, w->taken_by[i]);
	}
	return hash;
}

/*
 * The end of a path.
 */

/* All that is on its way arrives, and so do the answers to it. */
static void
settle(struct model_world *w)
{
	unsigned int n;

	for (n = 0; w->hosts[0].n_flights + w->hosts[1].n_flights > 0; n++) {
		if (n == (w->fault == FAULT_ANSWERS ? 1 : ANSWERS_MOST)) {
			broken(w, "two hosts answer each other for ever");
			return;
		}
		if (w->hosts[0].n_flights > 0)
			deliver(w, 0, 0);
		if (w->hosts[1].n_flights > 0)
			deliver(w, 1, 0);
	}
}

static bool
waits(const struct model_world *w)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct model_host *h = &w->hosts[i];

		if (h->tcb != NULL && rs_conn_unacked(rs_stack_tcp(h->stack), h->tcb))
			return true;
	}
	return false;
}

/* No octet is lost in silence. */
static void
check_octets(struct model_world *w)
{
	unsigned int i;

	for (i = 0; i < w->n_conns; i++) {
		const struct model_conn *c = &w->conns[i];
		uint8_t by = w->taken_by[i];

		if (c->sent > 0 && !c->closed && !c->failed &&
				(by == NO_TAG || w->conns[by].received != c->sent))
			broken(w, "an octet was sent and never delivered");
	}
}

void
model_finish(struct model_world *w)
{
	static const enum model_step last[] = { STEP_SEND, STEP_SHUTDOWN, STEP_CLOSE };
	uint64_t until = w->now + END_MOST;
	unsigned int i, host;

	for (i = 0; i < RTE_DIM(last); i++) {
		for (host = 0; host < 2; host++) {
			const struct model_host *h = &w->hosts[host];
			const struct model_conn *c = &w->conns[h->conn];

			settle(w);
			if (h->tcb != NULL && !(last[i] == STEP_CLOSE ? c->closed : c->shut))
				user_step(w, last[i], host);
			settle(w);
		}
		while (w->broken == NULL && waits(w) && w->now < until && pass_time(w))
			settle(w);
		if (i == 0)
			check_octets(w);
	}
	while (w->broken == NULL && holds_connections(w) && w->now < until && pass_time(w))
		settle(w);
	if (holds_connections(w))
		broken(w, "a connection is left for ever");
}

void
model_print(model_choice choice, char *text, size_t size)
{
	snprintf(text, size, "host %u %s", choice & 1, step_names[choice / 2]);
}
