/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The stack, its service and its peer for the tests of lib/conn and lib/tcp.
 */

#include <netinet/in.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "tcp_fixture.h"

#define HEADERS (sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) + \
	sizeof(struct rte_tcp_hdr))
#define US RTE_BE32(0xc0000201) /* 192.0.2.1 */
#define PEER RTE_BE32(0xc0000263) /* 192.0.2.99 */
#define PEER_MAC 0x99

int
fixture_group(void **state __rte_unused)
{
	char *eal[] = { (char[]){ "test" }, (char[]){ "--no-huge" }, (char[]){ "--no-pci" },
		(char[]){ "--no-telemetry" }, (char[]){ "--no-shconf" }, (char[]){ "-m" },
		(char[]){ "256" }, (char[]){ "--log-level=4" } };

	return rte_eal_init(RTE_DIM(eal), eal) < 0 ? -1 : 0;
}

/*
 * The service.
 */

static struct fixture *
count_event(struct rs_tcp *tcp, struct rs_tcb *conn, enum event event)
{
	struct fixture *f = rs_conn_arg(tcp, conn);

	f->notified[event]++;
	if (f->on[event] != NULL)
		f->on[event](f, tcp, conn);
	return f;
}

static void
service_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	assert_null(rs_conn_user(conn));
	count_event(tcp, conn, OPENED);
}

static uint32_t
service_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	struct fixture *f = rs_conn_arg(tcp, conn);
	uint32_t taken = (uint32_t)RTE_MIN(len, f->take);

	assert_int_not_equal(len, 0);
	assert_non_null(m);
	assert_true(f->n_got + taken <= STREAM);
	memcpy(&f->got[f->n_got], data, taken);
	f->n_got += taken;
	f->take -= taken;
	count_event(tcp, conn, DATA);
	return taken;
}

static void
service_writable(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	count_event(tcp, conn, WRITABLE);
}

static void
service_urgent(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ahead)
{
	count_event(tcp, conn, URGENT)->ahead = ahead;
}

static void
service_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	count_event(tcp, conn, PEER_CLOSED);
}

static void
service_ended(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_end how)
{
	count_event(tcp, conn, ENDED)->how = how;
}

/*
 * The stack.
 */

static void
listeners(struct fixture *f)
{
	const struct rs_listener all[] = {
		{ .name = "plain", .port_first = LPORT, .service = &f->service },
		{ .name = "nodelay", .port_first = LPORT_NODELAY, .service = &f->service,
			.nodelay = true },
		{ .name = "linger", .port_first = LPORT_LINGER, .service = &f->service,
			.linger_zero = true },
		{ .name = "keepalive", .port_first = LPORT_KEEPALIVE, .service = &f->service,
			.keepalive = true },
		{ .name = "reset", .port_first = LPORT_RESET, .port_last = LPORT_RESET + 9 },
		{ .name = "drop", .port_first = LPORT_DROP, .port_last = LPORT_DROP + 9,
			.drop = true },
	};
	unsigned int i;

	f->service = (struct rs_service){
		.name = "fixture", .opened = service_opened, .data = service_data,
		.writable = service_writable, .urgent = service_urgent,
		.peer_closed = service_peer_closed, .ended = service_ended,
	};
	memcpy(f->listeners, all, sizeof(all));
	for (i = 0; i < RTE_DIM(all); i++) {
		f->listeners[i].arg = f;
		if (all[i].port_last == 0)
			f->listeners[i].port_last = all[i].port_first;
	}
	f->params.listeners = f->listeners;
	f->params.n_listeners = RTE_DIM(all);
}

int
fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint64_t seed = 9293;
	unsigned int i;

	if (f == NULL)
		return -1;
	f->now = 1000000;
	f->irs = 0x10000000;
	f->wnd = 32768;
	f->take = UINT64_MAX;
	f->port = (struct rs_port){ .id = 3, .device = 3, .mtu = 1500,
		.mac = { { 2, 0, 0, 0, 0, 1 } },
		.subnet = { rs_addr_from_ipv4(US), 96 + 24 } };
	f->params = (struct rs_stack_params){
		.ports = &f->port, .n_ports = 1, .max_neighbours = 8,
		.secret = "a secret that is always the sam",
		.icmp_errors_per_second = 10,
	};
	rs_tcp_defaults(&f->params.tcp);
	f->params.tcp.max_connections = 256;
	f->params.tcp.max_time_wait = 0; /* so that tests may look at a TIME-WAIT's TCB */
	f->params.tcp.max_busy = 256;
	f->params.tcp.max_chunks = 1024;
	listeners(f);
	for (i = 0; i < STREAM; i++)
		f->bytes[i] = (uint8_t)next_random(&seed);
	f->mbufs = rte_pktmbuf_pool_create("fixture_mbufs", MBUFS, 0, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	f->wire = rte_pktmbuf_pool_create("fixture_wire", MBUFS, 0, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	f->params.mbufs = f->mbufs;
	*state = f;
	return f->mbufs == NULL || f->wire == NULL ? -1 : 0;
}

void
fixture_start(struct fixture *f)
{
	f->stack = rs_stack_create(&f->params, f->now);
	if (f->stack == NULL)
		fail_msg("no stack: %s", rte_strerror(rte_errno));
	f->tcp = &f->stack->tcp;
}

/* End all connections, in as many runs as that takes. @return whether all is given back */
static bool
end_all(struct fixture *f)
{
	unsigned int runs = f->params.tcp.max_connections / RS_STOP_BURST + 4;
	struct rs_pool_use use;
	bool whole;

	if (rs_stack_audit(f->stack) != NULL)
		print_error("%s\n", rs_stack_audit(f->stack));
	whole = rs_stack_audit(f->stack) == NULL;
	rs_stack_stop(f->stack, RS_STOP_RESET);
	while (runs-- > 0) {
		fixture_run(f);
		fixture_forget(f);
	}
	rs_stack_pools(f->stack, &use);
	rs_stack_free(f->stack);
	f->stack = NULL;
	if (use.tcbs + use.time_waits + use.busy + use.chunks + use.ranges + use.neighbours != 0)
		print_error("left: %u TCBs, %u TIME-WAITs, %u busy blocks, %u chunks, %u ranges, "
			"%u neighbours\n", use.tcbs, use.time_waits, use.busy, use.chunks,
			use.ranges, use.neighbours);
	if (in_use(f->mbufs) + in_use(f->wire) != 0)
		print_error("left: %u mbufs, %u of them the peer's\n",
			in_use(f->mbufs) + in_use(f->wire), in_use(f->wire));
	return whole && use.tcbs + use.time_waits + use.busy + use.chunks + use.ranges +
		use.neighbours + in_use(f->mbufs) + in_use(f->wire) == 0;
}

void
fixture_finish(struct fixture *f)
{
	assert_true(end_all(f));
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;
	bool whole = f->stack == NULL || end_all(f);

	rte_mempool_free(f->mbufs);
	rte_mempool_free(f->wire);
	free(f);
	return whole ? 0 : -1;
}

/*
 * The peer.
 */

static void
write_tcp(const struct fixture *f, const struct seg *s, struct rte_tcp_hdr *th)
{
	memset(th, 0, sizeof(*th));
	th->src_port = rte_cpu_to_be_16(s->rport != 0 ? s->rport : RPORT);
	th->dst_port = rte_cpu_to_be_16(s->lport != 0 ? s->lport : LPORT);
	th->sent_seq = rte_cpu_to_be_32(s->seq);
	th->recv_ack = rte_cpu_to_be_32(s->ack);
	th->data_off = (uint8_t)((sizeof(*th) + s->opt_len) / 4 << 4);
	th->tcp_flags = s->flags;
	th->rx_win = rte_cpu_to_be_16(f->wnd);
	th->tcp_urp = rte_cpu_to_be_16(s->up);
	if (s->opt_len > 0)
		memcpy(th + 1, s->opt, s->opt_len);
	if (s->len > 0)
		memcpy((uint8_t *)(th + 1) + s->opt_len, s->data, s->len);
}

/* Move the text behind the first s->cut bytes to further mbufs. */
static void
cut_frame(const struct fixture *f, const struct seg *s, struct rte_mbuf *m)
{
	uint16_t at, n;

	if (s->cut == 0 || s->len <= s->cut)
		return;
	assert_int_equal(rte_pktmbuf_trim(m, (uint16_t)(s->len - s->cut)), 0);
	for (at = s->cut; at < s->len; at = (uint16_t)(at + n)) {
		struct rte_mbuf *part = rte_pktmbuf_alloc(f->wire);

		n = (uint16_t)RTE_MIN(s->cut, s->len - at);
		assert_non_null(part);
		memcpy(rte_pktmbuf_append(part, n), s->data + at, n);
		assert_int_equal(rte_pktmbuf_chain(m, part), 0);
	}
}

struct rte_mbuf *
fixture_frame(struct fixture *f, const struct seg *s)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->wire);
	struct rte_ether_hdr *eth;
	struct rte_ipv4_hdr *ip;
	struct rte_tcp_hdr *th;
	uint16_t len = (uint16_t)(HEADERS + s->opt_len + s->len);

	assert_non_null(m);
	eth = (struct rte_ether_hdr *)rte_pktmbuf_append(m, len);
	assert_non_null(eth);
	m->port = f->port.id;
	eth->dst_addr = f->port.mac;
	eth->src_addr = (struct rte_ether_addr){ { 2, 0, 0, 0, 0,
		s->mac != 0 ? s->mac : PEER_MAC } };
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip = (struct rte_ipv4_hdr *)(eth + 1);
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)(len - sizeof(*eth))),
		.time_to_live = 64, .next_proto_id = IPPROTO_TCP,
		.src_addr = PEER, .dst_addr = US,
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	th = (struct rte_tcp_hdr *)(ip + 1);
	write_tcp(f, s, th);
	th->cksum = rte_ipv4_udptcp_cksum(ip, th);
	cut_frame(f, s, m);
	return m;
}

static struct rs_tuple
tuple_of(uint16_t lport, uint16_t rport)
{
	return (struct rs_tuple){
		.laddr = rs_addr_from_ipv4(US), .raddr = rs_addr_from_ipv4(PEER),
		.lport = lport, .rport = rport,
	};
}

struct rs_segment
fixture_segment(const struct fixture *f, const struct seg *s)
{
	struct rs_segment seg = {
		.tuple = tuple_of(s->lport != 0 ? s->lport : LPORT,
			s->rport != 0 ? s->rport : RPORT),
		.seq = s->seq, .ack = s->ack, .wnd = f->wnd, .up = s->up, .flags = s->flags,
		.len = (uint16_t)(s->len + ((s->flags & SYN) != 0) + ((s->flags & FIN) != 0)),
		.data_off = (uint16_t)(HEADERS + s->opt_len), .data_len = s->len,
		.l3_off = sizeof(struct rte_ether_hdr),
		.l4_off = sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr),
		.opt_len = s->opt_len,
		.owed = RS_RESET_MAX,
	};

	seg.hash = rs_tuple_hash(&f->stack->link.key, &seg.tuple);
	return seg;
}

uint16_t
fixture_input(struct fixture *f, const struct seg *s)
{
	struct rte_mbuf *m = fixture_frame(f, s);
	struct rs_segment seg = fixture_segment(f, s);
	uint32_t index = rs_conn_find(&f->tcp->table, &seg.tuple, seg.hash);

	f->tcp->now = f->now;
	f->tcp->tick = (uint32_t)(f->now / 1000);
	if ((index & RS_CONN_WAITS) != 0)
		rs_timewait_input(f->tcp, index & ~RS_CONN_WAITS, &seg, m);
	else
		rs_tcp_input(f->tcp, index != 0 ? &f->tcp->tcbs[index] : NULL, &seg, m);
	rte_pktmbuf_free(m);
	f->owed = seg.owed;
	return f->owed;
}

/*
 * The frames of the stack.
 */

static void
read_options(const uint8_t *opt, unsigned int len, struct out *out)
{
	unsigned int i = 0;

	out->wscale = -1;
	while (i < len && opt[i] != 0) {
		if (opt[i] == 1) {
			i++;
			continue;
		}
		assert_true(i + 1 < len && opt[i + 1] >= 2 && i + opt[i + 1] <= len);
		if (opt[i] == 2)
			out->mss = (uint16_t)(opt[i + 2] << 8 | opt[i + 3]);
		else if (opt[i] == 3)
			out->wscale = opt[i + 2];
		i += opt[i + 1];
	}
}

/* Read a frame, whose checksums must be right, unless it is an ARP request; the mbuf is freed. */
static void
read_frame(struct fixture *f, struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);
	unsigned int header = th->data_off >> 4 << 2;
	struct out *out = &f->out[f->n_out];

	if (eth->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_ARP)) {
		rte_pktmbuf_free(m); /* it seeks a silent peer, and has no answer */
		return;
	}
	f->n_out++;
	assert_true(f->n_out < OUT_MAX);
	assert_int_equal(m->port, f->port.id);
	assert_int_equal(m->nb_segs, 1);
	assert_int_equal(m->pkt_len, sizeof(*eth) + rte_be_to_cpu_16(ip->total_length));
	assert_int_equal(rte_ipv4_cksum(ip), 0);
	assert_int_equal(rte_ipv4_udptcp_cksum(ip, th), 0);
	*out = (struct out){
		.flags = th->tcp_flags, .seq = rte_be_to_cpu_32(th->sent_seq),
		.ack = rte_be_to_cpu_32(th->recv_ack), .wnd = rte_be_to_cpu_16(th->rx_win),
		.up = rte_be_to_cpu_16(th->tcp_urp),
		.len = (uint16_t)(rte_be_to_cpu_16(ip->total_length) - sizeof(*ip) - header),
		.rport = rte_be_to_cpu_16(th->dst_port), .lport = rte_be_to_cpu_16(th->src_port),
		.mac = eth->dst_addr.addr_bytes[5],
	};
	memcpy(out->data, (const uint8_t *)th + header, out->len);
	read_options((const uint8_t *)(th + 1), header - (unsigned int)sizeof(*th), out);
	rte_pktmbuf_free(m);
}

/* One rs_stack_run(). */
static void
run(struct fixture *f, struct rte_mbuf **rx, uint16_t n)
{
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t n_tx = rs_stack_run(f->stack, rx, n, f->now, tx, RTE_DIM(tx));
	uint16_t i;

	assert_true(n_tx <= RTE_DIM(tx));
	if (f->next_out == f->n_out)
		fixture_forget(f);
	for (i = 0; i < n_tx; i++)
		read_frame(f, tx[i]);
}

void
fixture_run(struct fixture *f)
{
	run(f, NULL, 0);
}

void
fixture_burst(struct fixture *f, const struct seg *segs, uint16_t n)
{
	struct rte_mbuf *rx[RS_BURST];
	uint16_t i;

	for (i = 0; i < n; i++)
		rx[i] = fixture_frame(f, &segs[i]);
	run(f, rx, n);
}

void
fixture_after(struct fixture *f, uint32_t ms)
{
	while (ms-- > 0) {
		f->now += 1000;
		fixture_run(f);
	}
}

const struct out *
fixture_next(struct fixture *f)
{
	return f->next_out < f->n_out ? &f->out[f->next_out++] : NULL;
}

const struct out *
fixture_expect(struct fixture *f, uint8_t flags)
{
	const struct out *out = fixture_next(f);

	assert_non_null(out);
	assert_int_equal(out->flags, flags);
	return out;
}

unsigned int
fixture_forget(struct fixture *f)
{
	unsigned int n = f->n_out - f->next_out;

	f->n_out = 0;
	f->next_out = 0;
	return n;
}

/*
 * Connections.
 */

struct rs_tcb *
fixture_find(const struct fixture *f, uint16_t lport, uint16_t rport)
{
	struct rs_tuple tuple = tuple_of(lport, rport);
	uint32_t index = rs_conn_find(&f->tcp->table, &tuple,
		rs_tuple_hash(&f->stack->link.key, &tuple));

	return index != 0 && (index & RS_CONN_WAITS) == 0 ? &f->tcp->tcbs[index] : NULL;
}

void
fixture_ack(struct fixture *f, const struct rs_tcb *tcb)
{
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
		.lport = tcb->tuple.lport, .rport = tcb->tuple.rport);
}

/* The states behind ESTABLISHED, by the shortest way. */
static void
go_on(struct fixture *f, struct rs_tcb *tcb, enum rs_state state)
{
	bool closes = state != RS_CLOSE_WAIT;
	bool peer_first = state == RS_CLOSE_WAIT || state == RS_LAST_ACK;
	bool fin_acked = state == RS_FIN_WAIT_2 || state == RS_TIME_WAIT;
	struct seg fin = { .flags = FIN | ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
		.lport = tcb->tuple.lport, .rport = tcb->tuple.rport };

	if (peer_first)
		fixture_input(f, &fin);
	if (closes) {
		assert_int_equal(rs_conn_shutdown(f->tcp, tcb), 0);
		fixture_run(f);
	}
	if (fin_acked)
		fixture_ack(f, tcb);
	fin.ack = tcb->snd_una;
	if (state == RS_CLOSING || state == RS_TIME_WAIT)
		fixture_input(f, &fin);
}

struct rs_tcb *
fixture_reach_on(struct fixture *f, uint16_t lport, uint16_t rport, enum rs_state state)
{
	struct rs_tcb *tcb;

	if (f->stack == NULL)
		fixture_start(f);
	input(f, .flags = SYN, .seq = f->irs, .lport = lport, .rport = rport, .opt = f->syn_opt,
		.opt_len = f->syn_opt_len);
	tcb = fixture_find(f, lport, rport);
	assert_non_null(tcb);
	fixture_run(f);
	if (state != RS_SYN_RECEIVED)
		fixture_ack(f, tcb);
	if (state > RS_ESTABLISHED)
		go_on(f, tcb, state);
	fixture_run(f);
	fixture_forget(f);
	if (state == RS_TIME_WAIT && f->params.tcp.max_time_wait > 0)
		return NULL;
	assert_int_equal(tcb->state, state);
	return tcb;
}

/*
 * Want, and chance.
 */

unsigned int
fixture_drain(struct rte_mempool *pool, struct rte_mbuf **m, unsigned int most)
{
	unsigned int n = 0;

	while (n < most && (m[n] = rte_pktmbuf_alloc(pool)) != NULL)
		n++;
	return n;
}

void
fixture_give(struct rte_mbuf **m, unsigned int n)
{
	if (n > 0)
		rte_pktmbuf_free_bulk(m, n);
}
