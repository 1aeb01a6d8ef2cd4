/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The language: segments in, segments out, time, the user's calls and what it was told.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>

#include "tcp/tcp.h"
#include "wire.h"

/* Connections up to which each run is followed by an audit. */
#define AUDIT_EACH_RUN 64

/* In here, messages name the statement of the case that called. */
#undef HERE
#define HERE w

/* Expectations that may be wrong after a fault, and runs of the stack, before the case is left. */
#define FORGIVE_MAX 200
#define FAULT_RUNS_MAX 200000

static void
print_place(const struct wire *w, const char *format, va_list ap)
{
	wire_fault_print();
	if (w->about[0] != '\0')
		printf("# %s\n", w->about);
	printf("# %s:%d: ", w->file, w->line);
	vprintf(format, ap);
	printf("\n");
}

/* The case is over because of its fault. */
static __rte_noreturn void
give_up(struct wire *w)
{
	longjmp(w->failed, w->running ? WIRE_UNJUDGED : WIRE_LOST);
}

void
wire_fail(struct wire *w, const char *format, ...)
{
	va_list ap;

	if (wire_faulted())
		give_up(w);
	va_start(ap, format);
	print_place(w, format, ap);
	va_end(ap);
	longjmp(w->failed, 1);
}

void
wire_differs(struct wire *w, const char *format, ...)
{
	va_list ap;

	if (wire_faulted()) {
		if (++wire_faults.forgiven > FORGIVE_MAX && !w->running)
			give_up(w);
		return;
	}
	va_start(ap, format);
	print_place(w, format, ap);
	va_end(ap);
	longjmp(w->failed, 1);
}

void
wire_wrong(struct wire *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_place(w, format, ap);
	va_end(ap);
	longjmp(w->failed, 1);
}

void
wire_skip_case(struct wire *w)
{
	longjmp(w->failed, WIRE_SKIPPED);
}

/*
 * The service that all listeners have.
 */

static void
record(struct rs_tcp *tcp, struct rs_tcb *conn, enum wire_told what, uint32_t arg,
	const uint8_t *data, uint32_t len)
{
	struct wire *w = rs_conn_arg(tcp, conn);
	struct wire_event *e = calloc(1, sizeof(*e) + len);

	e->what = what;
	e->rport = rs_conn_tuple(conn)->rport;
	e->arg = arg;
	e->len = len;
	if (len > 0)
		memcpy(e->data, data, len);
	TAILQ_INSERT_TAIL(&w->events, e, next);
	if (w->on[what] != NULL)
		w->on[what](w, tcp, conn);
}

static struct wire_conn *
new_conn(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn, uint16_t rport)
{
	struct wire_conn *c = calloc(1, sizeof(*c));

	c->tcp = tcp;
	c->tcb = conn;
	c->rport = rport;
	TAILQ_INSERT_TAIL(&w->conns, c, next);
	return c;
}

static void
service_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct wire *w = rs_conn_arg(tcp, conn);
	struct wire_conn *c = rs_conn_user(conn);

	if (c == NULL)
		c = new_conn(w, tcp, conn, rs_conn_tuple(conn)->rport);
	if (c->opened)
		w->broken = "opened twice, or the user's word was not 0";
	c->opened = true;
	rs_conn_set_user(conn, c);
	record(tcp, conn, OPENED, 0, NULL, 0);
}

static uint32_t
service_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data, uint32_t len)
{
	struct wire *w = rs_conn_arg(tcp, conn);
	uint32_t taken = (uint32_t)RTE_MIN(len, w->take);

	if (len == 0)
		w->broken = "no byte was offered";
	if (taken == 0)
		return 0;
	w->take -= taken;
	record(tcp, conn, DATA, 0, data, taken);
	return taken;
}

static void
service_writable(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	record(tcp, conn, WRITABLE, 0, NULL, 0);
}

static void
service_urgent(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ahead)
{
	record(tcp, conn, URGENT, ahead, NULL, 0);
}

static void
service_error(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_error what, uint32_t detail)
{
	const struct wire *w = rs_conn_arg(tcp, conn);

	if (w->reports)
		record(tcp, conn, ERROR, (uint32_t)what << 16 | detail, NULL, 0);
}

static void
service_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	record(tcp, conn, PEER_CLOSED, 0, NULL, 0);
}

static void
service_ended(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_end how)
{
	struct wire *w = rs_conn_arg(tcp, conn);
	struct wire_conn *c = rs_conn_user(conn);

	record(tcp, conn, ENDED, how, NULL, 0);
	if (c == NULL) {
		w->broken = "a connection that was not opened ended, or one ended twice";
		return;
	}
	rs_conn_set_user(conn, NULL);
	w->user_lost |= c->held;
	TAILQ_REMOVE(&w->conns, c, next);
	free(c);
}

static const struct rs_service service = {
	.name = "wire",
	.opened = service_opened,
	.data = service_data,
	.writable = service_writable,
	.urgent = service_urgent,
	.error = service_error,
	.peer_closed = service_peer_closed,
	.ended = service_ended,
};

void
wire_on_shutdown(struct wire *w __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_shutdown(tcp, conn);
}

void
wire_on_close(struct wire *w __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

void
wire_on_abort(struct wire *w __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_abort(tcp, conn);
}

/*
 * The stack.
 */

static void
listeners(struct wire *w)
{
	const struct rs_security label = { .len = 4, .option = { 0x82, 4, 0x5a, 0x80 } };
	const struct rs_listener all[WIRE_LISTENERS] = {
		{ .name = "plain", .port_first = WIRE_LPORT, .service = &w->service },
		{ .name = "nodelay", .port_first = WIRE_LPORT_NODELAY, .service = &w->service,
			.nodelay = true },
		{ .name = "linger", .port_first = WIRE_LPORT_LINGER, .service = &w->service,
			.linger_zero = true },
		{ .name = "keepalive", .port_first = WIRE_LPORT_KEEPALIVE, .service = &w->service,
			.keepalive = true },
		{ .name = "tos", .port_first = WIRE_LPORT_TOS, .service = &w->service },
		{ .name = "secret", .port_first = WIRE_LPORT_SECRET, .service = &w->service,
			.security = label },
		{ .name = "reset", .port_first = WIRE_LPORT_RESET,
			.port_last = WIRE_LPORT_RESET + 9 },
		{ .name = "drop", .port_first = WIRE_LPORT_DROP,
			.port_last = WIRE_LPORT_DROP + 9, .drop = true },
		{ .name = "connect", .service = &w->service },
		{ .name = "connect secret", .service = &w->service, .security = label },
	};
	unsigned int i;

	w->service = service;
	if (w->deaf)
		w->service.error = NULL;
	memcpy(w->listeners, all, sizeof(all));
	for (i = 0; i < WIRE_LISTENERS; i++) {
		w->listeners[i].arg = w;
		w->listeners[i].resets_per_second = w->resets_of_listeners;
		w->listeners[i].no_connection_drop = w->no_connection_drop;
		w->listeners[i].send_timeout_ms = w->send_timeout_ms;
		w->listeners[i].tos = w->listeners[i].port_first == WIRE_LPORT_TOS ? WIRE_TOS :
			w->tcp.tos;
		if (w->listeners[i].port_last == 0)
			w->listeners[i].port_last = w->listeners[i].port_first;
	}
}

void
wire_set_vlan(struct wire *w, struct rs_port *port, uint16_t vid)
{
	port->id = (uint16_t)(RS_DEVICES_MAX + w->n_vlans);
	port->tags = (struct rs_tags){ .n = 1, .priority = WIRE_PRIORITY, .vid = { vid } };
}

void
wire_set_tso(struct wire *w)
{
	w->port.tx_ip_cksum = true;
	w->port.tx_tcp_cksum = true;
	w->port.tso_mbufs = WIRE_TSO_MBUFS;
}

void
wire_add_vlan(struct wire *w, uint16_t vid, uint8_t host)
{
	struct rs_port *port = &w->vlans[w->n_vlans++];

	*port = w->port;
	if (wire_ipv6)
		port->subnets6[0].addr = wire_addr(host);
	else
		port->subnet.addr = wire_addr(host);
	wire_set_vlan(w, port, vid);
}

/* Make the stack, with what the case has set until now. */
static void
make_stack(struct wire *w)
{
	struct rs_port ports[1 + RTE_DIM(w->vlans)] = { w->port, w->vlans[0], w->vlans[1] };
	struct rs_stack_params params = {
		.tcp = w->tcp,
		.mbufs = w->mbufs,
		.socket = 0,
		.secret = "a secret that is always the sam",
		.ports = ports,
		.n_ports = 1 + w->n_vlans,
		.terminate = &w->terminate,
		.terminate_port = &w->port.id,
		.n_terminate = w->terminate.len > 0,
		.listeners = w->listeners,
		.n_listeners = WIRE_LISTENERS,
		.max_neighbours = w->max_neighbours != 0 ? w->max_neighbours : 64,
		.max_fragments = w->no_fragments ? 0 : 32,
		.reassembly_timeout_ms = 60 * 1000,
		.icmp_errors_per_second = 10,
		.icmp_echoes_per_second = w->echoes_per_second,
		.resets_per_second = w->resets_per_second,
		.resets_per_source = w->resets_per_source,
		.source_prefix = 32,
		.replies_here = w->replies_here,
		.replies_arg = w->replies_arg,
		.mld = w->mld,
		.dad_silent = w->dad_silent,
		.hand_over = w->hand_over,
		.hand_over_arg = w->hand_over_arg,
		.seek = w->seek,
		.except = w->except,
		.except_arg = w->except_arg,
	};

	params.secret[sizeof(params.secret) - 1] = w->secret;
	listeners(w);
	if (w->rules != NULL)
		w->acl = rs_acl_create(w->rules, w->n_rules, 0);
	params.acl = w->acl;
	w->stack = rs_stack_create(&params, w->now);
	if (w->stack == NULL && rte_errno != ENOMEM)
		wire_wrong(w, "no stack: %s", rte_strerror(rte_errno));
	if (w->stack == NULL)
		wire_fail(w, "no memory for the stack");
	wire_faults.stats = rs_stack_stats(w->stack);
}

struct rs_stack *
wire_stack(struct wire *w)
{
	if (w->stack == NULL)
		make_stack(w);
	return w->stack;
}

/* Remember a reset, to be found in the stack's log at the end of the case. */
static void
note_reset(struct wire *w, const struct wire_seg *s, bool sent)
{
	uint64_t *count = sent ? &w->rst_sent : &w->rst_received;

	if ((s->flags & RST) == 0)
		return;
	(*count)++;
	if (w->n_resets < RS_RESET_LOG)
		w->resets[w->n_resets] = (struct wire_reset){
			.tuple = wire_tuple(s->lhost, s->rhost, s->lport, s->rport),
			.seq = (uint32_t)s->seq,
			.ack = (s->flags & ACK) != 0 ? (uint32_t)s->ack : 0,
			.flags = s->flags,
			.sent = sent,
		};
	w->n_resets++;
}

/* What acknowledges the peer's numbers is checked as the case counts them. */
static void
count_from_base(const struct wire *w, struct wire_seg *s)
{
	int i;

	if ((s->flags & ACK) != 0)
		s->ack = (uint32_t)s->ack - w->base;
	for (i = 0; i < s->n_sack; i++) {
		s->sack[i].left -= w->base;
		s->sack[i].right -= w->base;
	}
}

/* A frame on the wire. */
/* Whether a frame asks for the MAC of a host. @param host [out] its number */
static bool
is_request(const struct wire_frame *f, uint8_t *host)
{
	const uint8_t *packet = f->bytes + 14;

	if (f->bytes[12] == 0x08 && f->bytes[13] == 0x06 && packet[7] == 1)
		*host = packet[27];
	else if (f->bytes[12] == 0x86 && f->bytes[13] == 0xdd && packet[6] == 58 &&
		 packet[FRAME_IP6_LEN] == 135)
		*host = packet[FRAME_IP6_LEN + 23];
	else
		return false;
	return true;
}

static void
collect(void *arg, const uint8_t *frame, uint32_t len)
{
	struct wire *w = arg;
	struct wire_frame *f = calloc(1, sizeof(*f));
	const char *wrong;
	char text[512];

	if (len > sizeof(f->bytes))
		wire_wrong(w, "a frame too long");
	f->time = w->now;
	f->len = (uint16_t)len;
	memcpy(f->bytes, frame, len);
	wrong = wire_parse(w, f);
	wire_print(&f->seg, text, sizeof(text));
	if (wrong != NULL)
		wire_wrong(w, "bad frame sent: %s: %s", wrong, text);
	if (f->is_tcp) {
		w->tcp_sent++;
		note_reset(w, &f->seg, true);
		count_from_base(w, &f->seg);
	}
	if (wire_fault_due(WIRE_FAULT_transmit, "frame", __FILE__, __LINE__) ||
	    (w->answers && is_request(f, &w->asked)))
		free(f);
	else
		TAILQ_INSERT_TAIL(&w->sent, f, next);
}

/* The device of the stack's port sends a frame. */
static void
transmit(struct wire *w, struct rte_mbuf *m)
{
	bool large = (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
	const char *why;

	if (m->port != w->port.device || (m->ol_flags != 0 && !w->port.tx_tcp_cksum) ||
	    m->nb_segs > (large ? w->port.tso_mbufs : 1))
		wire_wrong(w, "a frame for another port, or with work that it does not do");
	w->frames_sent++;
	w->large_sent += large;
	why = device_send(m, collect, w);
	if (why != NULL)
		wire_wrong(w, "a frame that the device refuses: it has %s", why);
	rte_pktmbuf_free(m);
}

/* Whether a frame of the peer is lost in front of the stack. */
static bool
is_lost(struct rte_mbuf *m)
{
	if (!wire_fault_due(WIRE_FAULT_receive, "frame", __FILE__, __LINE__))
		return false;
	rte_pktmbuf_free(m);
	return true;
}

void
wire_run(struct wire *w, struct rte_mbuf **rx, uint16_t n)
{
	struct rte_mbuf *tx[2 * RS_BURST];
	struct rs_stack *s = wire_stack(w);
	uint16_t n_tx, i;

	do {
		w->running = true;
		n_tx = rs_stack_run(s, rx, n, w->now, tx, RTE_DIM(tx));
		w->running = false;
		for (i = 0; i < n_tx; i++)
			transmit(w, tx[i]);
		n = 0;
	} while (n_tx == RTE_DIM(tx));
	if (w->broken != NULL)
		wire_wrong(w, "a rule of the service's callbacks was broken: %s", w->broken);
	/* After each run, but where thousands of connections would make that long. */
	if (w->tcp.max_connections <= AUDIT_EACH_RUN && rs_stack_audit(s) != NULL)
		wire_wrong(w, "audit: %s", rs_stack_audit(s));
	if (w->asked != 0) {
		uint8_t host = w->asked;

		w->asked = 0;
		wire_answer_in(w, host, host);
	}
	if (!wire_faulted())
		return;
	if (!wire_fault_counted())
		wire_wrong(w, "no counter tells of the failure");
	if (!w->case_over && (w->user_lost || ++wire_faults.runs > FAULT_RUNS_MAX))
		wire_fail(w, "the case cannot go on");
}

static struct rte_mbuf *
frame_mbuf(struct wire *w, const uint8_t *frame, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->mbufs);

	if (m == NULL)
		wire_fail(w, "no mbuf for a frame");
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	m->port = w->port.device;
	return m;
}

void
wire_in(struct wire *w, const struct wire_seg *segs, unsigned int n)
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct rte_mbuf *rx[RS_BURST];
	unsigned int done;
	uint16_t k, n_rx;

	for (done = 0; done < n; done += k) {
		for (k = 0, n_rx = 0; k < RS_BURST && done + k < n; k++) {
			struct wire_seg s = segs[done + k];
			uint16_t len = wire_build(w, &s, frame);

			rx[n_rx] = frame_mbuf(w, frame, len);
			if (is_lost(rx[n_rx]))
				continue;
			n_rx++;
			s.seq += w->base;
			note_reset(w, &s, false);
		}
		wire_run(w, rx, n_rx);
	}
}

void
wire_in_frame(struct wire *w, const uint8_t *frame, uint16_t len)
{
	struct rte_mbuf *m = frame_mbuf(w, frame, len);

	wire_run(w, &m, !is_lost(m));
}

uint16_t
wire_out_frame(struct wire *w, uint8_t *frame)
{
	struct wire_frame *f = TAILQ_FIRST(&w->sent);
	uint16_t len;

	if (f == NULL)
		wire_fail(w, "expected a frame, got nothing");
	len = f->len;
	memcpy(frame, f->bytes, len);
	TAILQ_REMOVE(&w->sent, f, next);
	free(f);
	return len;
}

void
wire_skip_out(struct wire *w)
{
	uint8_t frame[WIRE_FRAME_MAX];

	wire_out_frame(w, frame);
}

/*
 * What was sent.
 */

static struct wire_frame *
find_sent(struct wire *w, const struct wire_seg *want)
{
	struct wire_frame *f;

	TAILQ_FOREACH(f, &w->sent, next) {
		if (f->is_tcp && f->seg.rport == want->rport && f->seg.lport == want->lport &&
				f->seg.rhost == want->rhost && f->seg.lhost == want->lhost)
			return f;
	}
	return NULL;
}

/* The same, and after a fault any frame that may be there in its place. */
static struct wire_frame *
find_some(struct wire *w, const struct wire_seg *want)
{
	struct wire_frame *f = find_sent(w, want);

	return f != NULL || !wire_faulted() ? f : TAILQ_FIRST(&w->sent);
}

static bool
field_is(int64_t want, int64_t got)
{
	return want == ANY || want == got;
}

static bool
options_are(const struct wire_seg *want, const struct wire_seg *got)
{
	if (!field_is(want->tsval, got->tsval) || !field_is(want->tsecr, got->tsecr) ||
	    !field_is(want->sack_ok, got->sack_ok) || !field_is(want->uto, got->uto) ||
	    !field_is(want->n_sack, got->n_sack))
		return false;
	return want->n_sack <= 0 || memcmp(want->sack, got->sack,
		(size_t)want->n_sack * sizeof(want->sack[0])) == 0;
}

/* PSH is checked only where it is asked for: the user's SEND has no PUSH flag. */
static bool
seg_is(const struct wire *w, const struct wire_seg *want, const struct wire_seg *got)
{
	int tos = want->tos == ANY ? w->tcp.tos : want->tos;
	uint8_t flags = (want->flags & PSH) != 0 ? got->flags : got->flags & (uint8_t)~PSH;

	if (want->route_len != got->route_len || (want->route != NULL &&
			(memcmp(want->route, got->route, want->route_len) != 0 ||
			want->hop != got->hop)))
		return false;
	if ((want->label != NULL) != (got->label != NULL) ||
			(want->label != NULL && memcmp(want->label, got->label, 4) != 0))
		return false;
	return want->flags == flags && tos == got->tos && field_is(want->seq, got->seq) &&
	       ((want->flags & ACK) == 0 || (uint32_t)want->ack == (uint32_t)got->ack) &&
	       field_is(want->wnd, got->wnd) && field_is(want->mss, got->mss) &&
	       field_is(want->ws, got->ws) && options_are(want, got) && want->up == got->up &&
	       want->vlan == got->vlan && want->mac == got->mac && want->len == got->len &&
	       (want->len == 0 || memcmp(want->data, got->data, want->len) == 0);
}

uint32_t
wire_out(struct wire *w, const struct wire_seg *expected)
{
	struct wire_seg want = *expected;
	struct wire_frame *f;
	char text[512], got[512];
	uint32_t seq;

	if (((want.flags & ACK) != 0 && want.ack == ANY) ||
			((want.flags & SYN) == 0 && want.seq == ANY))
		wire_fail(w, "the case does not say which SEQ or ACK it expects");
	if (want.seq != ANY)
		want.seq = (uint32_t)want.seq;
	if (want.len == 0 && want.data != NULL)
		want.len = (uint32_t)strlen(want.data);
	if (want.mac == 0)
		want.mac = want.rhost;
	wire_print(&want, text, sizeof(text));
	f = find_some(w, &want);
	if (f == NULL) {
		wire_differs(w, "expected %s, got nothing", text);
		return 0;
	}
	if (!seg_is(w, &want, &f->seg)) {
		wire_print(&f->seg, got, sizeof(got));
		wire_differs(w, "expected %s, got %s%s", text, got,
			want.len == f->seg.len && want.len > 0 ? " (data compared)" : "");
	}
	seq = (uint32_t)f->seg.seq;
	TAILQ_REMOVE(&w->sent, f, next);
	free(f);
	return seq;
}

const struct wire_seg *
wire_next_out(struct wire *w)
{
	const struct wire_frame *f = TAILQ_FIRST(&w->sent);

	if (f == NULL || !f->is_tcp)
		wire_fail(w, "expected a segment, got nothing");
	return &f->seg;
}

void
wire_quiet(struct wire *w)
{
	const struct wire_frame *f = TAILQ_FIRST(&w->sent);
	char text[512];

	if (f == NULL)
		return;
	wire_print(&f->seg, text, sizeof(text));
	wire_differs(w, "expected nothing, got %s", f->is_tcp ? text : "a frame that is not TCP");
	wire_free_frames(w);
}

void
wire_free_frames(struct wire *w)
{
	struct wire_frame *f;

	while ((f = TAILQ_FIRST(&w->sent)) != NULL) {
		TAILQ_REMOVE(&w->sent, f, next);
		free(f);
	}
}

void
wire_free_events(struct wire *w)
{
	struct wire_event *e;

	while ((e = TAILQ_FIRST(&w->events)) != NULL) {
		TAILQ_REMOVE(&w->events, e, next);
		free(e);
	}
}

/*
 * Active opens.
 */

int
wire_open(struct wire *w, const struct rs_connect *to)
{
	struct rs_tcp *tcp = rs_stack_tcp(wire_stack(w));
	struct wire_conn *c = new_conn(w, tcp, NULL, to->rport);
	struct rs_connect with_user = *to;
	int ret;

	with_user.user = c;
	ret = rs_connect(tcp, &with_user, &c->tcb);
	if (ret != 0) {
		TAILQ_REMOVE(&w->conns, c, next);
		free(c);
		wire_fault_needs_no_counter(); /* the caller is told */
	}
	wire_run(w, NULL, 0);
	return ret;
}

void
wire_connect(struct wire *w, const struct rs_connect *to)
{
	int ret = wire_open(w, to);
	const struct wire_frame *f = TAILQ_FIRST(&w->sent);

	if (ret != 0)
		wire_fail(w, "OPEN gave %d", ret);
	if (f == NULL || f->is_tcp)
		return;
	wire_ask_out(w, WIRE_RHOST, 0);
	wire_answer_in(w, WIRE_RHOST, WIRE_RHOST);
}

void
wire_ask_out(struct wire *w, uint8_t rhost, uint8_t mac)
{
	if (wire_ipv6)
		wire_nd_out(w, rhost, mac);
	else
		wire_arp_out(w, rhost, mac, NONE);
}

void
wire_answer_in(struct wire *w, uint8_t rhost, uint8_t mac)
{
	if (wire_ipv6)
		wire_nd_in(w, ND_SOLICITED | ND_OVERRIDE, rhost, mac);
	else
		wire_arp_in(w, 2, rhost, mac, NONE);
}

void
wire_nd_in(struct wire *w, uint8_t flags, uint8_t rhost, uint8_t mac)
{
	uint8_t frame[WIRE_FRAME_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, mac, 0x86, 0xdd };
	const struct rs_tuple t = wire_tuple(WIRE_LHOST, rhost, 0, 0);
	uint8_t *ip = frame + 14, *nd = ip + FRAME_IP6_LEN;
	const uint8_t option[8] = { 2, 1, 2, 0, 0, 0, 0, mac };

	ip[0] = 6 << 4;
	put16(ip + 4, 32);
	ip[6] = 58;
	ip[7] = 255;
	memcpy(ip + 8, &t.raddr, 16);
	memcpy(ip + 24, &t.laddr, 16);
	nd[0] = 136;
	nd[4] = flags;
	memcpy(nd + 8, &t.raddr, 16);
	memcpy(nd + 24, option, sizeof(option));
	frame_set_checksum6(ip);
	wire_in_frame(w, frame, 14 + FRAME_IP6_LEN + 32);
}

void
wire_nd_out(struct wire *w, uint8_t rhost, uint8_t mac)
{
	const struct rs_tuple t = wire_tuple(WIRE_LHOST, rhost, 0, 0);
	const uint8_t to_one[6] = { 2, 0, 0, 0, 0, mac };
	const uint8_t to_group[6] = { 0x33, 0x33, 0xff, 0, 0, rhost };
	const uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff, [15] = rhost };
	const uint8_t head[8] = { 135 };
	const uint8_t option[8] = { 1, 1, 2, 0, 0, 0, 0, 1 };
	uint8_t frame[WIRE_FRAME_MAX];
	const uint8_t *ip = frame + 14, *nd = ip + FRAME_IP6_LEN;

	if (wire_out_frame(w, frame) != 14 + FRAME_IP6_LEN + 32 || ip[6] != 58 || nd[0] != head[0])
		wire_fail(w, "expected a solicitation of host %u, got another frame", rhost);
	if (memcmp(frame, mac != 0 ? to_one : to_group, 6) != 0 ||
	    memcmp(ip + 24, mac != 0 ? t.raddr.b : group, 16) != 0)
		wire_fail(w, "the solicitation goes to another MAC or address than expected");
	if (ip[7] != 255 || nd[1] != 0 || memcmp(nd + 4, head + 4, 4) != 0 ||
	    memcmp(ip + 8, &t.laddr, 16) != 0 || memcmp(nd + 8, &t.raddr, 16) != 0 ||
	    memcmp(nd + 24, option, 8) != 0)
		wire_fail(w, "the solicitation is not as RFC 4861 4.3 has it");
}

void
wire_arp_in(struct wire *w, uint8_t op, uint8_t rhost, uint8_t mac, int vlan)
{
	uint8_t frame[WIRE_FRAME_MAX];

	wire_in_frame(w, frame, wire_build_arp(op, rhost, mac, vlan, frame));
}

void
wire_arp_out(struct wire *w, uint8_t rhost, uint8_t mac, int vlan)
{
	const uint8_t arp[] = {
		0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2, WIRE_LHOST,
		0, 0, 0, 0, 0, 0, 192, 0, 2, rhost,
	};
	const uint8_t to_one[6] = { 2, 0, 0, 0, 0, mac };
	const uint8_t to_all[6] = { 255, 255, 255, 255, 255, 255 };
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = wire_out_frame(w, frame);
	uint16_t off = vlan == NONE ? 14 : 18;

	if (len != off + sizeof(arp) || memcmp(frame + off, arp, sizeof(arp)) != 0 ||
	    frame[off - 2] != 8 || frame[off - 1] != 6)
		wire_fail(w, "expected an ARP request for host %u, got another frame", rhost);
	if (memcmp(frame, mac != 0 ? to_one : to_all, 6) != 0)
		wire_fail(w, "the ARP request goes to another MAC than expected");
}

/*
 * Time.
 */

#define HOUR_US (UINT64_C(3600) * 1000000)

/* Time passes, but where the fault of the run is that of the clock. */
static void
time_passes(struct wire *w, uint64_t us)
{
	if (wire_fault_due(WIRE_FAULT_jump, "clock", __FILE__, __LINE__))
		us += wire_faults.at % 2 != 0 ? HOUR_US : 23 * HOUR_US;
	wire_fault_due(WIRE_FAULT_still, "clock", __FILE__, __LINE__);
	if (!wire_faulted() || wire_faults.kind != WIRE_FAULT_still)
		w->now += us;
}

/*
 * One millisecond; rs_stack_idle() must not have promised a longer sleep. Work that waits for a
 * pool may be done in any run, also where the clock stands still, but a millisecond later at the
 * latest.
 */
static void
tick(struct wire *w)
{
	uint64_t sent = w->frames_sent, begin = w->now;
	uint64_t idle = rs_stack_idle(wire_stack(w), 1000000);
	const struct rs_tcp *tcp = rs_stack_tcp(wire_stack(w));
	uint64_t least = tcp->waiting.n > 0 || tcp->wanted.any ? 1000 : 0;

	time_passes(w, 1000);
	wire_run(w, NULL, 0);
	if (idle > RTE_MAX(w->now - begin, least) && w->frames_sent != sent)
		wire_wrong(w, "something was sent %u us before rs_stack_idle() said",
			(uint32_t)(idle - (w->now - begin)));
}

void
wire_after(struct wire *w, uint64_t ms)
{
	uint64_t i;

	if (ms == 0)
		wire_run(w, NULL, 0);
	for (i = 0; i < ms; i++)
		tick(w);
}

void
wire_skip(struct wire *w, uint64_t ms)
{
	const uint64_t day = 24 * 3600 * 1000;

	for (; ms > day; ms -= day) {
		time_passes(w, day * 1000);
		wire_run(w, NULL, 0);
	}
	time_passes(w, ms * 1000);
	wire_run(w, NULL, 0);
}

void
wire_due(struct wire *w, uint64_t least, uint64_t most)
{
	uint64_t ms;

	wire_quiet(w);
	for (ms = 1; ms <= most; ms++) {
		tick(w);
		if (TAILQ_EMPTY(&w->sent))
			continue;
		if (ms < least)
			wire_differs(w, "sent after %u ms, %u before it is due", (unsigned int)ms,
				(unsigned int)(least - ms));
		return;
	}
	wire_differs(w, "nothing was sent in %u ms", (unsigned int)most);
}

/*
 * The user.
 */

struct wire_conn *
wire_user(struct wire *w, uint16_t rport)
{
	struct wire_conn *c;

	TAILQ_FOREACH(c, &w->conns, next) {
		if (c->rport == rport)
			return c;
	}
	wire_fail(w, "no connection is open from port %u", rport);
}

struct wire_conn *
wire_hold(struct wire *w, uint16_t rport)
{
	struct wire_conn *c = wire_user(w, rport);

	c->held = true;
	return c;
}

void
wire_hoard(struct wire *w, unsigned int left)
{
	w->n_hoarded = rte_mempool_avail_count(w->mbufs) - left;
	if (rte_pktmbuf_alloc_bulk(w->mbufs, w->hoarded, w->n_hoarded) != 0)
		wire_wrong(w, "%u mbufs cannot be taken", w->n_hoarded);
}

void
wire_give_back(struct wire *w)
{
	rte_pktmbuf_free_bulk(w->hoarded, w->n_hoarded);
	w->n_hoarded = 0;
}

void
wire_send(struct wire *w, const char *data, uint32_t len)
{
	const struct wire_conn *c = wire_user(w, WIRE_RPORT);
	int64_t n = rs_conn_send(c->tcp, c->tcb, data, len);

	if (n != len)
		wire_differs(w, "SEND of %u bytes gave %d", len, (int)n);
	wire_run(w, NULL, 0);
}

void
wire_call(struct wire *w, uint16_t rport, int (*call)(struct rs_tcp *tcp, struct rs_tcb *conn))
{
	const struct wire_conn *c = wire_user(w, rport);
	int ret = call(c->tcp, c->tcb);

	if (ret != 0)
		wire_differs(w, "the user's call gave %d", ret);
	wire_run(w, NULL, 0);
}

void
wire_resume(struct wire *w)
{
	const struct wire_conn *c = wire_user(w, WIRE_RPORT);

	rs_conn_resume(c->tcp, c->tcb);
	wire_run(w, NULL, 0);
}

static const char *const told_names[WIRE_TOLD_MAX] = {
	"OPENED", "DATA", "WRITABLE", "URGENT", "ERROR", "PEER_CLOSED", "ENDED",
};

static struct wire_event *
find_event(struct wire *w, uint16_t rport)
{
	struct wire_event *e;

	TAILQ_FOREACH(e, &w->events, next) {
		if (e->rport == rport)
			return e;
	}
	return NULL;
}

/* One callback, of which for DATA the bytes may be less than all that are expected. */
static uint32_t
told_one(struct wire *w, const struct wire_expect *want, uint32_t off, uint32_t len)
{
	struct wire_event *e = find_event(w, want->rport);
	bool same;
	uint32_t got;

	if (e == NULL && wire_faulted())
		e = TAILQ_FIRST(&w->events);
	if (e == NULL) {
		wire_differs(w, "expected to be told %s, was told nothing", told_names[want->what]);
		return len - off;
	}
	same = e->what == want->what && e->arg == want->arg;
	if (!same)
		wire_differs(w, "expected to be told %s(%u), was told %s(%u) of %u bytes",
			told_names[want->what], want->arg, told_names[e->what], e->arg, e->len);
	if (same && (e->len > len - off ||
			(e->len > 0 && memcmp(e->data, want->data + off, e->len) != 0)))
		wire_differs(w, "%u bytes of data after %u are not what the peer sent, or too many",
			e->len, off);
	got = same ? RTE_MIN(e->len, len - off) : len - off;
	TAILQ_REMOVE(&w->events, e, next);
	free(e);
	return got;
}

void
wire_told(struct wire *w, const struct wire_expect *want)
{
	uint32_t len = want->len == 0 && want->data != NULL ? (uint32_t)strlen(want->data) :
		want->len;
	uint32_t off = 0;

	do
		off += told_one(w, want, off, len);
	while (off < len);
}

void
wire_nothing_told(struct wire *w)
{
	const struct wire_event *e = TAILQ_FIRST(&w->events);

	if (e != NULL)
		wire_differs(w, "told %s(%u) of %u bytes from port %u, expected nothing",
			told_names[e->what], e->arg, e->len, e->rport);
	wire_free_events(w);
}

const struct wire_event *
wire_next_told(struct wire *w)
{
	const struct wire_event *e = TAILQ_FIRST(&w->events);

	if (e == NULL)
		wire_fail(w, "the service was told nothing");
	return e;
}

/*
 * What the stack says of itself.
 */

void
wire_state(struct wire *w, uint16_t lport, uint16_t rport, enum rs_state want)
{
	struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, lport, rport);
	struct rs_conn_info info = { .state = RS_CLOSED };
	int ret = rs_stack_inspect(wire_stack(w), &tuple, &info);

	if (want == RS_LISTEN)
		want = RS_CLOSED;
	if ((ret != 0 && ret != -ENOENT) || info.state != want)
		wire_differs(w, "state is %s (%d), expected %s", rs_state_names[info.state], ret,
			rs_state_names[want]);
}

void
wire_moved(struct wire *w, const char *name, const uint64_t *counter, uint64_t *checked,
	uint64_t by)
{
	if (*counter - *checked != by)
		wire_differs(w, "%s moved by %d, expected %d", name, (int)(*counter - *checked),
			(int)by);
	*checked = *counter;
}

/*
 * Into each state by the shortest way.
 */

#define ON(tcb) .lport = (tcb)->lport, .rport = (tcb)->rport

static void
reach_syn_received(struct wire *w, struct wire_tcb *tcb)
{
	in(SYN, ON(tcb), .seq = 100, .mss = 1460);
	tcb->rcv_wnd = (uint32_t)next_out()->wnd;
	tcb->iss = out(SYN | ACK, ON(tcb), .ack = 101);
	tcb->snd_una = tcb->iss;
	tcb->snd_nxt = tcb->iss + 1;
	tcb->rcv_nxt = 101;
}

static void
reach_established(struct wire *w, struct wire_tcb *tcb)
{
	in(ACK, ON(tcb), .seq = 101, .ack = tcb->snd_nxt);
	tcb->snd_una = tcb->snd_nxt;
	told(OPENED, .rport = tcb->rport);
}

static void
our_fin(struct wire *w, struct wire_tcb *tcb)
{
	wire_call(w, tcb->rport, rs_conn_shutdown);
	tcb->rcv_wnd = (uint32_t)next_out()->wnd;
	out(FIN | ACK, ON(tcb), .seq = tcb->snd_nxt, .ack = tcb->rcv_nxt);
	tcb->snd_nxt++;
}

static void
our_fin_acked(struct wire *w, struct wire_tcb *tcb)
{
	in(ACK, ON(tcb), .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt);
	tcb->snd_una = tcb->snd_nxt;
}

static void
peer_fin(struct wire *w, struct wire_tcb *tcb)
{
	in(FIN | ACK, ON(tcb), .seq = tcb->rcv_nxt, .ack = tcb->snd_una);
	tcb->rcv_nxt++;
	tcb->rcv_wnd = (uint32_t)next_out()->wnd;
	out(ACK, ON(tcb), .seq = tcb->snd_nxt, .ack = tcb->rcv_nxt);
	told(PEER_CLOSED, .rport = tcb->rport);
}

static void
reach_syn_sent(struct wire *w, struct wire_tcb *tcb)
{
	connect(.lport = tcb->lport, .rport = tcb->rport);
	tcb->rcv_wnd = (uint32_t)next_out()->wnd;
	tcb->iss = out(SYN, ON(tcb));
	tcb->snd_una = tcb->iss;
	tcb->snd_nxt = tcb->iss + 1;
}

struct wire_tcb
wire_opened(struct wire *w, const struct wire_seg *syn_ack)
{
	struct wire_tcb tcb = { .lport = syn_ack->lport, .rport = syn_ack->rport };
	struct wire_seg s = *syn_ack;

	reach_syn_sent(w, &tcb);
	s.ack = tcb.snd_nxt;
	wire_in(w, &s, 1);
	tcb.snd_una = tcb.snd_nxt;
	tcb.rcv_nxt = (uint32_t)s.seq + 1;
	told(OPENED, .rport = tcb.rport);
	tcb.rcv_wnd = (uint32_t)next_out()->wnd;
	out(ACK, ON(&tcb), .seq = tcb.snd_nxt, .ack = tcb.rcv_nxt);
	wire_state(w, tcb.lport, tcb.rport, RS_ESTABLISHED);
	return tcb;
}

struct wire_tcb
wire_both_open(struct wire *w)
{
	struct wire_tcb tcb = { .lport = WIRE_LPORT, .rport = WIRE_RPORT };

	reach_syn_sent(w, &tcb);
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .seq = tcb.iss, .ack = 101);
	tcb.rcv_nxt = 101;
	wire_state(w, tcb.lport, tcb.rport, RS_SYN_RECEIVED);
	return tcb;
}

struct wire_tcb
wire_reach(struct wire *w, uint16_t lport, uint16_t rport, enum rs_state want)
{
	struct wire_tcb tcb = { .lport = lport, .rport = rport };
	bool active = want == RS_FIN_WAIT_1 || want == RS_FIN_WAIT_2 || want == RS_CLOSING ||
		want == RS_TIME_WAIT;
	bool both = want == RS_CLOSING || want == RS_TIME_WAIT || want == RS_CLOSE_WAIT ||
		want == RS_LAST_ACK;

	if (want == RS_SYN_SENT) {
		reach_syn_sent(w, &tcb);
		return tcb;
	}
	reach_syn_received(w, &tcb);
	if (want != RS_SYN_RECEIVED)
		reach_established(w, &tcb);
	if (active)
		our_fin(w, &tcb);
	if (want == RS_FIN_WAIT_2 || want == RS_TIME_WAIT)
		our_fin_acked(w, &tcb);
	if (both)
		peer_fin(w, &tcb);
	if (want == RS_LAST_ACK)
		our_fin(w, &tcb);
	if (want == RS_TIME_WAIT)
		ended(CLOSED, .rport = rport);
	wire_quiet(w);
	wire_nothing_told(w);
	wire_state(w, lport, rport, want);
	return tcb;
}

struct wire_tcb
wire_handshake(struct wire *w, const struct wire_seg *syn)
{
	struct wire_tcb tcb = { .lport = syn->lport, .rport = syn->rport };
	struct wire_seg syn_ack = *syn, ack = *syn;

	wire_in(w, syn, 1);
	tcb.rcv_wnd = (uint32_t)next_out()->wnd;
	tcb.rcv_nxt = (uint32_t)syn->seq + 1;
	syn_ack.flags = SYN | ACK;
	syn_ack.seq = ANY;
	syn_ack.ack = tcb.rcv_nxt;
	syn_ack.wnd = syn_ack.mss = syn_ack.ws = syn_ack.sack_ok = syn_ack.uto = ANY;
	syn_ack.tsval = syn_ack.tsecr = ANY;
	tcb.tsval = (uint32_t)next_out()->tsval;
	tcb.iss = wire_out(w, &syn_ack);
	tcb.snd_una = tcb.snd_nxt = tcb.iss + 1;
	ack.flags = ACK;
	ack.seq = tcb.rcv_nxt;
	ack.ack = tcb.snd_nxt;
	ack.mss = ack.ws = ack.sack_ok = ack.uto = NONE;
	ack.tsecr = tcb.tsval;
	wire_in(w, &ack, 1);
	told(OPENED, .rport = tcb.rport);
	return tcb;
}
