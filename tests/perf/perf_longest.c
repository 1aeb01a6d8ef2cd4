/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The longest run of the engine while one of its lists is full: waiting output, dead connections,
 * timers, SACK splinters and out-of-order splinters. Each case is measured with 10^3 to 10^6
 * connections (--long: 10^7), and no figure may grow with their number. Beside it 64 connections
 * send text, 16 segments a run, and one waits for the delayed ACK of each of its segments.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <rte_cycles.h>
#include <rte_errno.h>

#include "frames.h"
#include "perf.h"
#include "rstack.h"

#define DISCARD_PORT 9          /* of the honest connections */
#define CROWD_PORT 80
#define BULK_PORT 19
#define SPLINTER_PORT 7
#define LISTENERS 4
#define HONEST 64u
#define HONEST_A_RUN 16u
#define BULK 64u
#define ACKS_A_RUN 40u          /* bulk connections that acknowledge in one run */
#define ATTACKERS 32u           /* connections that send splinters, two segments a run each */
#define TEXT 100
#define BULK_TEXT (1u << 20)
#define RUN_US 20               /* simulated time of a run */
#define RUNS 20000u
#define RUNS_VERIFY 2000u
#define RUNS_TIMERS 60000u      /* over the turn before a slot, and the slot */
#define RUNS_MAX RUNS_TIMERS
#define SECONDS_MAX 3           /* of one measurement */
#define KEEPALIVE_MS 60000
#define ACK_DELAY_MS 40
#define FLIGHT 14600u           /* initial window */

/* The other end of a connection. */
struct end {
	uint32_t seq;           /* SND.NXT */
	uint32_t ack;           /* RCV.NXT */
};

enum frame_kind {
	FRAME_SYN, FRAME_ACK, FRAME_CROWD_SYN, FRAME_CROWD_ACK, FRAME_BULK_SYN, FRAME_BULK_ACK,
	FRAME_ATTACK_SYN, FRAME_ATTACK_ACK, FRAME_TEXT, FRAME_PIECE, FRAME_MAX,
};

struct world {
	struct rs_stack *stack;
	struct rs_listener listeners[LISTENERS];
	struct rte_mempool *mbufs;
	struct frame frames[FRAME_MAX];
	uint64_t now;           /* microseconds */
	uint32_t n;             /* peers 0..n - 1 are the crowd, the others come behind */
	struct end *ends;
	struct rs_tcb **crowd;  /* their connections, in the order of their opening */
	uint32_t opened;
	uint32_t *answered;     /* ring of crowd peers that have received text */
	uint32_t answered_head;
	uint32_t answered_tail;
	uint32_t next_honest;
	uint32_t next_bulk;
	uint32_t next_attack;   /* segments that each attacker has sent */
	uint64_t honest_bytes;
	uint64_t resets;
	uint64_t texts;         /* segments with text received by the crowd */
	struct rte_mbuf *rx[RS_BURST];
	uint16_t n_rx;
	/* the delayed ACK */
	uint64_t ack_due;       /* tick; 0: none is awaited */
	uint32_t ack_waits;     /* runs since it was due */
	uint32_t ack_waited;    /* most */
	uint32_t acks;
	/* the runs of a measurement */
	double *us;
	uint32_t runs;
	uint32_t preempted;
	bool measuring;
};

/* A case: prepare the crowd, and add the frames of a run. */
struct scenario {
	const char *name;
	void (*prepare)(struct world *w);
	void (*add)(struct world *w);   /* NULL: the honest ones only */
	uint32_t runs;
	uint32_t opening_us;    /* simulated time over which the crowd opens */
	bool bulk;
	bool attack;
};

static uint8_t bulk_text[BULK_TEXT];
static const char answer_text[TEXT] = "HTTP/1.1 200 OK\r\n\r\n";

static void
crowd_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	struct world *w = rs_conn_arg(tcp, conn);

	w->crowd[w->opened++] = conn;
}

static void
crowd_answer(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_send(tcp, conn, answer_text, TEXT);
}

static void
bulk_send(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	while (rs_conn_send(tcp, conn, bulk_text, BULK_TEXT) == BULK_TEXT)
		;
}

static const struct rs_service discard = { .name = "discard" };
static const struct rs_service crowd = {
	.name = "crowd", .opened = crowd_opened, .writable = crowd_answer,
};
static const struct rs_service bulk = {
	.name = "bulk", .opened = bulk_send, .writable = bulk_send,
};

/* NULL: the memory is not there. */
static struct rs_stack *
make_stack(struct world *w)
{
	const struct rs_port port = {
		.id = 0, .mtu = 1500, .mac = PERF_MAC,
		.subnet = { .addr = rs_addr_from_ipv4(PERF_ADDR), .len = 96 + 24 },
	};
	const struct rs_listener listeners[LISTENERS] = {
		{ .name = "discard", .port_first = DISCARD_PORT, .port_last = DISCARD_PORT,
		  .service = &discard },
		{ .name = "crowd", .port_first = CROWD_PORT, .port_last = CROWD_PORT,
		  .service = &crowd, .arg = w, .keepalive = true },
		{ .name = "bulk", .port_first = BULK_PORT, .port_last = BULK_PORT,
		  .service = &bulk, .arg = w },
		{ .name = "splinter", .port_first = SPLINTER_PORT, .port_last = SPLINTER_PORT,
		  .service = &discard },
	};
	struct rs_stack_params params = {
		.mbufs = w->mbufs, .ports = &port, .n_ports = 1,
		.listeners = w->listeners, .n_listeners = LISTENERS,
		.max_neighbours = 16,
	};

	memcpy(w->listeners, listeners, sizeof(listeners)); /* the stack refers to them */
	memset(params.secret, 0x5a, sizeof(params.secret));
	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = w->n + 1024;
	params.tcp.keepalive_ms = KEEPALIVE_MS;
	params.tcp.ack_delay_ms = ACK_DELAY_MS;
	return rs_stack_create(&params, w->now);
}

/* The peers behind the crowd. */
static uint32_t
honest_peer(const struct world *w, uint32_t i)
{
	return w->n + i;
}

static uint32_t
waiting_peer(const struct world *w)
{
	return w->n + HONEST;
}

static uint32_t
bulk_peer(const struct world *w, uint32_t i)
{
	return w->n + HONEST + 1 + i;
}

static uint32_t
attacker(const struct world *w, uint32_t i)
{
	return w->n + HONEST + 1 + BULK + i;
}

#define PEERS_BEHIND (HONEST + 1 + BULK + ATTACKERS)

/* A segment whose last `len` bytes, at most 40, are options. */
static void
frame_init_options(struct frame *frame, uint8_t flags, uint16_t port, const uint8_t *options,
	uint16_t len)
{
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(frame->bytes +
		sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr));
	uint8_t words = (uint8_t)(len / 4 << 4);

	frame_init(frame, flags, port, options, len);
	th->data_off = (uint8_t)(th->data_off + words);
	frame->tcp_sum += words; /* the low byte of its word, as the machine adds them up */
	frame->data_len = 0;
}

static void
make_frames(struct world *w)
{
	static const uint8_t sack_permitted[] = { 4, 2, 1, 1 };
	static const uint8_t text[TEXT];

	frame_init(&w->frames[FRAME_SYN], RTE_TCP_SYN_FLAG, DISCARD_PORT, NULL, 0);
	frame_init(&w->frames[FRAME_ACK], RTE_TCP_ACK_FLAG, DISCARD_PORT, NULL, 0);
	frame_init(&w->frames[FRAME_CROWD_SYN], RTE_TCP_SYN_FLAG, CROWD_PORT, NULL, 0);
	frame_init(&w->frames[FRAME_CROWD_ACK], RTE_TCP_ACK_FLAG, CROWD_PORT, NULL, 0);
	frame_init_options(&w->frames[FRAME_BULK_SYN], RTE_TCP_SYN_FLAG, BULK_PORT, sack_permitted,
		sizeof(sack_permitted));
	frame_init(&w->frames[FRAME_BULK_ACK], RTE_TCP_ACK_FLAG, BULK_PORT, NULL, 0);
	frame_init(&w->frames[FRAME_ATTACK_SYN], RTE_TCP_SYN_FLAG, SPLINTER_PORT, NULL, 0);
	frame_init(&w->frames[FRAME_ATTACK_ACK], RTE_TCP_ACK_FLAG, SPLINTER_PORT, NULL, 0);
	frame_init(&w->frames[FRAME_TEXT], RTE_TCP_ACK_FLAG, DISCARD_PORT, text, TEXT);
	frame_init(&w->frames[FRAME_PIECE], RTE_TCP_ACK_FLAG, SPLINTER_PORT, text, 1);
}

/* Add a segment to the next burst. */
static void
add_frame(struct world *w, const struct frame *frame, uint32_t number, uint32_t seq)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->mbufs);
	struct peer peer;

	perf_require(m != NULL && w->n_rx < RS_BURST, "no room in the burst");
	peer_init(&peer, number);
	peer.ack = w->ends[number].ack;
	frame_stamp(frame, &peer, seq, m);
	w->rx[w->n_rx++] = m;
}

static void
add_segment(struct world *w, enum frame_kind kind, uint32_t number)
{
	add_frame(w, &w->frames[kind], number, w->ends[number].seq);
	w->ends[number].seq += w->frames[kind].data_len;
}

static void
receive(struct world *w, const struct rte_mbuf *m)
{
	struct reply reply;
	struct end *end;

	if (m->nb_segs > 1) { /* of a bulk connection; reply_read() reads one segment */
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m,
			const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
		const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);

		reply = (struct reply){
			.peer = peer_number(ip->dst_addr, th->dst_port),
			.seq = rte_be_to_cpu_32(th->sent_seq),
			.data_len = (uint16_t)(rte_be_to_cpu_16(ip->total_length) - sizeof(*ip) -
				(th->data_off >> 4) * 4u),
			.flags = th->tcp_flags,
		};
	} else {
		reply = reply_read(m);
	}
	end = &w->ends[reply.peer];
	if ((reply.flags & RTE_TCP_RST_FLAG) != 0) {
		w->resets++;
		return;
	}
	if (reply.peer == waiting_peer(w) && reply.ack == end->seq)
		w->ack_due = 0;
	if ((reply.flags & RTE_TCP_SYN_FLAG) != 0)
		end->ack = reply.seq + 1;
	else if (reply.data_len == 0 || reply.seq != end->ack)
		return;
	else
		end->ack += reply.data_len;
	if (reply.peer < w->n && reply.data_len > 0) {
		w->texts++;
		w->answered[w->answered_tail++ % w->n] = reply.peer;
	}
}

static uint64_t
switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)(usage.ru_nivcsw + usage.ru_nvcsw);
}

/* Time the run by the TSC, or by the CPU time if the kernel took the core away meanwhile. */
static uint16_t
run_timed(struct world *w, struct rte_mbuf **tx, uint16_t n_tx)
{
	uint64_t before = switches();
	uint64_t ns = perf_cpu_ns();
	uint64_t start = rte_rdtsc();
	uint16_t n = rs_stack_run(w->stack, w->rx, w->n_rx, w->now, tx, n_tx);
	double us = (double)(rte_rdtsc() - start) * 1e6 / (double)rte_get_tsc_hz();

	ns = perf_cpu_ns() - ns;
	if (switches() != before) {
		us = (double)ns / 1000;
		w->preempted++;
	}
	w->us[w->runs++] = us;
	return n;
}

/* One run with the frames that were added. */
static void
run(struct world *w)
{
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t i, n;

	if (w->measuring)
		n = run_timed(w, tx, RTE_DIM(tx));
	else
		n = rs_stack_run(w->stack, w->rx, w->n_rx, w->now, tx, RTE_DIM(tx));
	w->n_rx = 0;
	w->ack_waits += w->ack_due != 0 && w->now / 1000 > w->ack_due;
	for (i = 0; i < n; i++)
		receive(w, tx[i]);
	rte_pktmbuf_free_bulk(tx, n);
}

/* Open the connections of n peers, `us` of simulated time a run. */
static void
open_peers(struct world *w, uint32_t first, uint32_t n, enum frame_kind syn, double us)
{
	double now = (double)w->now;
	uint32_t at, i;

	for (at = 0; at < n; at += RS_BURST) {
		uint32_t end = RTE_MIN(at + RS_BURST, n);

		for (i = first + at; i < first + end; i++) {
			w->ends[i].seq = i * UINT32_C(2654435761);
			add_segment(w, syn, i);
			w->ends[i].seq++;
		}
		run(w);
		for (i = first + at; i < first + end; i++)
			add_segment(w, syn + 1, i);
		now += us;
		w->now = (uint64_t)now;
		run(w);
	}
}

/* The segments of the honest connections. */
static void
add_honest(struct world *w)
{
	uint32_t waiting = waiting_peer(w);
	uint32_t i;

	for (i = 0; i < HONEST_A_RUN; i++)
		add_segment(w, FRAME_TEXT, honest_peer(w, w->next_honest++ % HONEST));
	w->honest_bytes += HONEST_A_RUN * TEXT;
	if (w->ack_due != 0)
		return;
	w->ack_waited = RTE_MAX(w->ack_waited, w->ack_waits);
	w->ack_waits = 0;
	w->acks++;
	add_segment(w, FRAME_TEXT, waiting);
	w->honest_bytes += TEXT;
	w->ack_due = w->now / 1000 + ACK_DELAY_MS;
}

/* All have an answer to send, but a pool has no room for all; one client acknowledges a run. */
static void
prepare_waiting(struct world *w)
{
	struct rs_tcp *tcp = rs_stack_tcp(w->stack);
	uint32_t i;

	for (i = 0; i < w->opened; i++)
		rs_conn_send(tcp, w->crowd[i], answer_text, TEXT);
}

static void
add_waiting(struct world *w)
{
	if (w->answered_head != w->answered_tail)
		add_segment(w, FRAME_CROWD_ACK, w->answered[w->answered_head++ % w->n]);
}

/* The service of all aborts, while others send as much as they can. */
static void
prepare_dead(struct world *w)
{
	struct rs_tcp *tcp = rs_stack_tcp(w->stack);
	uint32_t i;

	for (i = 0; i < w->opened; i++)
		rs_conn_abort(tcp, w->crowd[i]);
}

static void
add_bulk(struct world *w)
{
	uint32_t i;

	for (i = 0; i < ACKS_A_RUN; i++)
		add_segment(w, FRAME_BULK_ACK, bulk_peer(w, w->next_bulk++ % BULK));
}

/* Until 600 ms before the keep-alive timers are due. */
static void
prepare_timers(struct world *w)
{
	uint64_t until = w->now + (KEEPALIVE_MS - 600) * UINT64_C(1000);

	for (; w->now < until; w->now += 10000)
		run(w);
}

/* Acknowledge one byte of every second, four bytes with each segment, all over the flight. */
static void
add_sack_splinters(struct world *w)
{
	uint32_t i, j;

	for (i = 0; i < ATTACKERS + ATTACKERS / 4; i++) {
		uint32_t number = bulk_peer(w, i % ATTACKERS);
		uint32_t turn = w->next_attack + i / ATTACKERS;
		uint8_t options[36] = { 1, 1, 5, 34 };
		rte_be32_t *block = (rte_be32_t *)&options[4];
		struct frame frame;

		for (j = 0; j < 4; j++) {
			uint32_t off = 1 + (turn * 4 + j) * 2 % (FLIGHT - 2);

			block[2 * j] = rte_cpu_to_be_32(w->ends[number].ack + off);
			block[2 * j + 1] = rte_cpu_to_be_32(w->ends[number].ack + off + 1);
		}
		frame_init_options(&frame, RTE_TCP_ACK_FLAG, BULK_PORT, options, sizeof(options));
		add_frame(w, &frame, number, w->ends[number].seq);
	}
	w->next_attack++;
}

/* Send every second byte, then the last of them for ever. */
static void
add_pieces(struct world *w)
{
	uint32_t i;

	for (i = 0; i < ATTACKERS + ATTACKERS / 4; i++) {
		uint32_t number = attacker(w, i % ATTACKERS);
		uint32_t piece = RTE_MIN(w->next_attack, 250u);

		add_frame(w, &w->frames[FRAME_PIECE], number,
			w->ends[number].seq + 2 + 2 * piece);
	}
	w->next_attack++;
}

static const struct scenario scenarios[] = {
	{ .name = "output waits for a pool", .prepare = prepare_waiting, .add = add_waiting,
	  .runs = RUNS },
	{ .name = "dead beside bulk output", .prepare = prepare_dead, .add = add_bulk,
	  .runs = RUNS, .bulk = true },
	{ .name = "timers of one upper slot", .prepare = prepare_timers, .runs = RUNS_TIMERS,
	  .opening_us = 200000 },
	{ .name = "timers due at once", .prepare = prepare_timers, .runs = RUNS_TIMERS },
	{ .name = "SACK splinters", .add = add_sack_splinters, .runs = RUNS, .bulk = true },
	{ .name = "out-of-order splinters", .add = add_pieces, .runs = RUNS, .attack = true },
};

static int
compare_times(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
print_line(struct world *w, const struct scenario *s)
{
	char delay[64] = "no delayed ACK was due";

	w->ack_waited = RTE_MAX(w->ack_waited, w->ack_waits);
	if (w->acks > 1 || w->ack_waits > 0)
		snprintf(delay, sizeof(delay), "a due ACK waited %u runs", w->ack_waited);
	qsort(w->us, w->runs, sizeof(w->us[0]), compare_times);
	printf("%-24s %8u connections: longest run %8.1f us, p99.99 %8.1f, p99 %8.1f, p50 %8.1f, "
		"%5u runs, %u preempted; %s; %" PRIu64 " answers, %" PRIu64 " resets\n", s->name,
		w->n, w->us[w->runs - 1], w->us[(uint64_t)w->runs * 9999 / 10000],
		w->us[(uint64_t)w->runs * 99 / 100], w->us[w->runs / 2], w->runs, w->preempted,
		delay, w->texts, w->resets);
}

static void
open_all(struct world *w, const struct scenario *s)
{
	uint32_t bursts = (w->n + RS_BURST - 1) / RS_BURST;

	open_peers(w, honest_peer(w, 0), HONEST + 1, FRAME_SYN, RUN_US);
	/* a slot of 256 ms begins when the first keep-alive timer is due */
	w->now = (w->now / 256000 + 1) * 256000 + (256 - (KEEPALIVE_MS + 1) % 256) * 1000;
	open_peers(w, 0, w->n, FRAME_CROWD_SYN, (double)s->opening_us / bursts);
	perf_require(w->opened == w->n, "not all have opened");
	if (s->bulk)
		open_peers(w, bulk_peer(w, 0), BULK, FRAME_BULK_SYN, RUN_US);
	if (s->attack)
		open_peers(w, attacker(w, 0), ATTACKERS, FRAME_ATTACK_SYN, RUN_US);
	if (s->prepare != NULL)
		s->prepare(w);
}

static void
measure(const struct perf *perf, struct world *w, const struct scenario *s)
{
	uint32_t most = perf->verify ? RTE_MIN(s->runs, RUNS_VERIFY) : s->runs;
	uint64_t end = rte_rdtsc() + SECONDS_MAX * rte_get_tsc_hz();

	if (s->prepare == prepare_timers)
		most = s->runs; /* all of their time has to pass */
	w->resets = w->texts = 0;
	w->measuring = true;
	while (w->runs < most && (perf->verify || rte_rdtsc() < end)) {
		add_honest(w);
		if (s->add != NULL)
			s->add(w);
		run(w);
		w->now += RUN_US;
	}
	perf_require(rs_stack_listener_stats(w->stack, 0)->rx_bytes == w->honest_bytes,
		"text of the honest connections was lost");
	print_line(w, s);
}

static void *
take(size_t n, size_t size)
{
	void *p = calloc(n, size);

	perf_require(p != NULL, "memory was refused");
	return p;
}

static void
run_scenario(const struct perf *perf, struct rte_mempool *mbufs, const struct scenario *s,
	uint32_t n)
{
	struct world *w = take(1, sizeof(*w));

	w->mbufs = mbufs;
	w->n = n;
	w->now = 1000000;
	w->stack = make_stack(w);
	if (w->stack == NULL) {
		printf("%-24s %8u connections: left out, %s\n", s->name, n,
			rte_errno == ENOMEM ? "the memory is not there" : rte_strerror(rte_errno));
		free(w);
		return;
	}
	w->ends = take(n + PEERS_BEHIND, sizeof(w->ends[0]));
	w->crowd = take(n, sizeof(w->crowd[0]));
	w->answered = take(n, sizeof(w->answered[0]));
	w->us = take(RUNS_MAX, sizeof(w->us[0]));
	make_frames(w);
	open_all(w, s);
	measure(perf, w, s);
	rs_stack_free(w->stack);
	perf_require(rte_mempool_avail_count(mbufs) == mbufs->size, "mbufs leaked");
	free(w->ends);
	free(w->crowd);
	free(w->answered);
	free(w->us);
	free(w);
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1000, 10000, 100000, 1000000, 10000000 };
	struct rte_mempool *mbufs;
	struct perf perf;
	unsigned int n_sizes = RTE_DIM(sizes);
	unsigned int i, size;

	perf_start(&perf, argc, argv, perf_is_long(argc, argv) ? 3072 : 640);
	mbufs = rte_pktmbuf_pool_create("perf", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	perf_require(mbufs != NULL, "no mempool");
	if (perf.verify)
		n_sizes = 1;
	else if (!perf.large)
		n_sizes--;
	for (i = 0; i < RTE_DIM(scenarios); i++) {
		if (!perf_wanted(&perf, scenarios[i].name))
			continue;
		for (size = 0; size < n_sizes; size++)
			run_scenario(&perf, mbufs, &scenarios[i], sizes[size]);
	}
	rte_mempool_free(mbufs);
	perf_end(&perf);
	return 0;
}
