/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * RFC 2544: the highest rate without loss (26.1), the latency at that rate and at half of it
 * (26.2), the frame loss rate below the highest rate offered (26.3). The frames are SYNs to a
 * closed port; a device under test sends the reset of each, or, as testpmd's macswap does, the SYN
 * itself. It is the engine on a second lcore, over net_ring, or another process over net_memif.
 *
 * A frame that the link does not take counts as lost, because no wire waits for the device.
 */

#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "frames.h"
#include "load/histogram.h"
#include "perf.h"
#include "rstack.h"

#define CLOSED_PORT 7777
#define PEERS 512u              /* a power of 2 */
#define RING 1024
#define BURST 32u
#define BEHIND 256u             /* frames that a late generator sends at once, not more */
#define IN_FLIGHT (1u << 16)    /* frames whose time of sending is kept */
#define TRIALS 2                /* of a rate, before it counts as lossy */
#define DRAIN_MS 50             /* silence that ends a trial */
#define MEGABYTES "256"
#define SIZES_MAX 16

/* A frame on its way: its number, and the low half of the TSC when it was sent. */
struct stamp {
	uint32_t number;
	uint32_t tsc;
};

/* The link, the frames and the trial that runs. */
struct generator {
	const char *link;       /* its name in the report */
	uint16_t port;
	bool yields;            /* both ends share a core */
	struct rte_mempool *mbufs;
	struct frame frame;
	uint16_t size;          /* of the frame, FCS included (RFC 2544 9.1) */
	struct peer peers[PEERS];
	struct stamp stamps[IN_FLIGHT];
	uint32_t number;        /* of the next frame: its SEQ */
	uint32_t first;         /* that of the first frame of the trial */
	uint64_t tsc_hz;
	struct rs_histogram *latency; /* in cycles; NULL: not recorded */
	uint64_t replies;       /* of all trials */
	/* of the trial */
	uint64_t offered, sent, received;
};

/* The engine as the device under test. */
struct engine {
	struct rs_stack *stack;
	uint16_t port;
	bool yields;
	bool stop;              /* atomic */
};

/* The command line. */
struct options {
	bool verify;
	const char *memif;      /* path of the socket; NULL: net_ring */
	const char *prefix;     /* of the lines */
	unsigned int trial_ms;
	double resolution;      /* of the search, as a part of the rate */
	unsigned int n_sizes;
	uint16_t sizes[SIZES_MAX];
};

/* The number of the frame that this is the reply to. Ends the benchmark when it is none. */
static uint32_t
reply_to(const struct generator *g, const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *,
		sizeof(struct rte_ether_hdr));
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);

	if (th->dst_port == RTE_BE16(CLOSED_PORT)) /* it came back as it was */
		return rte_be_to_cpu_32(th->sent_seq);
	perf_require(th->src_port == RTE_BE16(CLOSED_PORT) &&
		th->tcp_flags == (RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG), "a reply that is no reset");
	return rte_be_to_cpu_32(th->recv_ack) - 1 - g->frame.data_len;
}

/* Take the replies that are there. @return how many */
static uint16_t
receive(struct generator *g)
{
	struct rte_mbuf *rx[2 * BURST];
	uint16_t n = rte_eth_rx_burst(g->port, 0, rx, RTE_DIM(rx));
	uint32_t now = (uint32_t)rte_rdtsc();
	uint16_t i;

	for (i = 0; i < n; i++) {
		uint32_t number = reply_to(g, rx[i]);
		struct stamp *stamp = &g->stamps[number % IN_FLIGHT];

		perf_require(stamp->number == number, "a reply to no frame, or a second one");
		stamp->number = ~number;
		if ((int32_t)(number - g->first) < 0)
			continue; /* later than the end of its trial: it counted as lost */
		g->received++;
		if (g->latency != NULL)
			rs_histogram_record(g->latency, now - stamp->tsc);
	}
	rte_pktmbuf_free_bulk(rx, n);
	g->replies += n;
	return n;
}

/* Offer n frames. */
static void
offer(struct generator *g, uint16_t n)
{
	struct rte_mbuf *tx[BURST];
	uint32_t now = (uint32_t)rte_rdtsc();
	uint16_t sent, i;

	g->offered += n;
	if (rte_pktmbuf_alloc_bulk(g->mbufs, tx, n) != 0)
		return; /* they are lost on the way */
	for (i = 0; i < n; i++, g->number++) {
		g->stamps[g->number % IN_FLIGHT] = (struct stamp){ g->number, now };
		frame_stamp(&g->frame, &g->peers[g->number % PEERS], g->number, tx[i]);
	}
	sent = rte_eth_tx_burst(g->port, 0, tx, n);
	rte_pktmbuf_free_bulk(&tx[sent], n - sent);
	g->number -= n - sent; /* so that a stamp lasts while its frame is on its way */
	g->sent += sent;
}

static void
begin_trial(struct generator *g)
{
	g->offered = g->sent = g->received = 0;
	g->first = g->number;
}

static void
drain(struct generator *g)
{
	uint64_t silence = g->tsc_hz * DRAIN_MS / 1000;
	uint64_t last = rte_rdtsc();

	while (rte_rdtsc() - last < silence && g->received < g->sent) {
		if (receive(g) > 0)
			last = rte_rdtsc();
		else if (g->yields)
			sched_yield();
	}
	while (receive(g) > 0)
		;
}

/*
 * Offer frames at a rate (frames/s; 0: as fast as this core can) for so long, and wait for the
 * replies. A generator that was preempted leaves frames out, so that it does not send a burst
 * that no wire would carry. @return the rate that was really offered
 */
static double
run_trial(struct generator *g, double rate, unsigned int ms)
{
	uint64_t interval = rate > 0 ? (uint64_t)((double)g->tsc_hz * 65536 / rate) : 0;
	uint64_t start = rte_rdtsc();
	uint64_t end = start + g->tsc_hz * ms / 1000;
	uint64_t next = 0; /* when the next frame is due: 1/65536 cycles after the start */
	uint64_t now;

	begin_trial(g);
	while ((now = rte_rdtsc()) < end) {
		uint64_t at = (now - start) << 16;
		uint16_t n = interval == 0 ? BURST : 0;

		if (interval != 0 && at > next + BEHIND * interval)
			next = at - BEHIND * interval;
		for (; interval != 0 && n < BURST && next <= at; n++)
			next += interval;
		if (n > 0)
			offer(g, n);
		if (receive(g) == 0 && g->yields)
			sched_yield();
	}
	drain(g);
	return (double)g->offered * (double)g->tsc_hz / (double)(end - start);
}

/* A trial of the search: whether a rate passes. `offered` is the rate that was really offered. */
typedef bool (*passes_fn)(void *arg, double rate, double *offered);

/*
 * The binary search of 26.1: the highest rate that passes, between 0 and `most`. `failed` is the
 * lowest rate that did not.
 */
static double
search(double most, double resolution, passes_fn passes, void *arg, double *failed)
{
	double low = 0;
	double high = most;
	double rate = most;
	double best = 0;

	while (rate > 0) {
		double offered = rate;

		if (passes(arg, rate, &offered)) {
			low = rate;
			best = RTE_MAX(best, offered);
			if (rate >= most)
				break;
		} else {
			high = rate;
		}
		if (high - low <= resolution * high)
			break;
		rate = (low + high) / 2;
	}
	*failed = RTE_MAX(high, best);
	return best;
}

struct search_context {
	struct generator *g;
	unsigned int ms;
};

/*
 * A rate fails only if a second trial loses frames, too, because a kernel that takes a core away
 * for a moment says nothing about the device under test.
 */
static bool
passes_without_loss(void *arg, double rate, double *offered)
{
	const struct search_context *context = arg;
	unsigned int trial;

	for (trial = 0; trial < TRIALS; trial++) {
		*offered = run_trial(context->g, rate, context->ms);
		if (context->g->received == context->g->offered)
			return true;
	}
	return false;
}

/* One figure, in the form that tests/perf/run reads. */
static void
print(const struct options *o, const struct generator *g, const char *what, double value,
	const char *unit, double low, double high)
{
	char name[96];

	snprintf(name, sizeof(name), "%s%s, %u bytes: %s", o->prefix, g->link, g->size, what);
	printf("%-64s %10.2f %s (%.2f..%.2f)\n", name, value, unit, low, high);
}

/* 26.2: the latency at a rate, beginning when the link was offered the frame. */
static void
measure_latency(const struct options *o, struct generator *g, const char *at, double rate)
{
	static const struct { const char *name; uint32_t ppm; } percentiles[] = {
		{ "p50", 500000 }, { "p99", 990000 }, { "p99.9", 999000 },
	};
	struct rs_histogram *h = calloc(1, sizeof(*h));
	double to_us = 1e6 / (double)g->tsc_hz;
	unsigned int i;

	perf_require(h != NULL, "memory was refused");
	g->latency = h;
	run_trial(g, rate, o->trial_ms);
	g->latency = NULL;
	for (i = 0; i < RTE_DIM(percentiles); i++) {
		double us = to_us * (double)rs_histogram_percentile(h, percentiles[i].ppm);
		char what[64];

		snprintf(what, sizeof(what), "latency %s %s", at, percentiles[i].name);
		print(o, g, what, us, "us", us, to_us * (double)h->max);
	}
	free(h);
}

/* 26.3: from the highest rate down in steps of 10 %, until two in turn have no loss. */
static void
measure_loss(const struct options *o, struct generator *g, double most)
{
	unsigned int clean = 0;
	unsigned int percent;

	for (percent = 100; percent > 0 && clean < 2; percent -= 10) {
		double loss;
		char what[64];

		run_trial(g, most * percent / 100, o->trial_ms);
		loss = g->offered > 0 ?
			100 * (double)(g->offered - g->received) / (double)g->offered : 0;
		clean = g->offered == g->received ? clean + 1 : 0;
		snprintf(what, sizeof(what), "frame loss rate at %u %%", percent);
		print(o, g, what, loss, "%", loss, loss);
	}
}

static void
set_size(struct generator *g, uint16_t size)
{
	static const uint8_t data[RTE_ETHER_MAX_LEN];
	uint16_t headers = sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) +
		sizeof(struct rte_tcp_hdr) + 4; /* the MSS option */
	uint16_t len = (uint16_t)(size - RTE_ETHER_CRC_LEN);

	g->size = size;
	/* the smallest frame is padded, so that its segment is a SYN as hosts send it */
	frame_init(&g->frame, RTE_TCP_SYN_FLAG, CLOSED_PORT, data,
		size > RTE_ETHER_MIN_LEN ? (uint16_t)(len - headers) : 0);
	perf_require(g->frame.len == len, "length of a frame");
}

/* All of RFC 2544 for a size. */
static void
measure(const struct options *o, struct generator *g, uint16_t size)
{
	struct search_context context = { .g = g, .ms = o->trial_ms };
	double most, failed, rate;

	set_size(g, size);
	run_trial(g, 0, o->trial_ms / 4); /* caches */
	most = run_trial(g, 0, o->trial_ms);
	print(o, g, "offered at most", most, "frames/s", most, most);
	rate = search(most, o->resolution, passes_without_loss, &context, &failed);
	print(o, g, "throughput", rate, "frames/s", rate, failed);
	if (rate > 0) {
		measure_latency(o, g, "at throughput", rate);
		measure_latency(o, g, "at half load", rate / 2);
	}
	measure_loss(o, g, most);
}

/* Windows of frames, each sent when the one before was answered: no frame may be lost. */
static void
verify_link(struct generator *g, uint16_t size)
{
	unsigned int window;

	set_size(g, size);
	for (window = 0; window < 64; window++) {
		unsigned int tries = 0;

		begin_trial(g);
		offer(g, BURST);
		while (g->received < BURST && tries++ < 100)
			drain(g);
		perf_require(g->received == BURST, "a frame was lost in a window of a burst");
	}
	printf("ok - %s, %u bytes\n", g->link, size);
}

static bool
passes_below(void *arg, double rate, double *offered)
{
	(void)offered;
	return rate <= *(const double *)arg;
}

/* The search finds the limit of a link that has one, or the highest rate offered. */
static void
verify_search(void)
{
	static const double limits[] = { 0, 1, 1000, 123456, 999999, 2e6 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(limits); i++) {
		double limit = limits[i];
		double most = RTE_MIN(limit, 1e6);
		double failed;
		double found = search(1e6, 0.001, passes_below, &limit, &failed);

		perf_require(found <= most && (limit == 0 || found >= most * 0.998) &&
			failed >= found, "result of a search");
		printf("ok - search for %.0f\n", limit);
	}
}

/* The device under test on its lcore. */
static int
run_engine(void *arg)
{
	struct engine *e = arg;
	uint64_t hz = rte_get_tsc_hz();

	while (!__atomic_load_n(&e->stop, __ATOMIC_RELAXED)) {
		struct rte_mbuf *rx[RS_BURST];
		struct rte_mbuf *tx[2 * RS_BURST];
		uint16_t n_rx = rte_eth_rx_burst(e->port, 0, rx, RS_BURST);
		uint16_t n = rs_stack_run(e->stack, rx, n_rx, rte_rdtsc() / (hz / 1000000), tx,
			RTE_DIM(tx));
		uint16_t sent = rte_eth_tx_burst(e->port, 0, tx, n);

		rte_pktmbuf_free_bulk(&tx[sent], n - sent);
		if (n_rx == 0 && e->yields)
			sched_yield();
	}
	return 0;
}

static struct rs_stack *
make_stack(struct rte_mempool *mbufs)
{
	const struct rs_port port = {
		.id = 0, .mtu = 1500, .mac = PERF_MAC,
		.subnet = { .addr = rs_addr_from_ipv4(PERF_ADDR), .len = 96 + 24 },
	};
	struct rs_stack_params params = {
		.mbufs = mbufs, .ports = &port, .n_ports = 1, .max_neighbours = 16,
	};
	struct rs_stack *stack;

	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = 1024;
	stack = rs_stack_create(&params, 0);
	if (stack == NULL)
		rte_exit(EXIT_FAILURE, "no stack: %s\n", rte_strerror(rte_errno));
	return stack;
}

static void
start_port(uint16_t port, struct rte_mempool *mbufs)
{
	const struct rte_eth_conf conf = { 0 };
	struct rte_eth_link link = { 0 };
	unsigned int tries = 0;

	perf_require(rte_eth_dev_configure(port, 1, 1, &conf) == 0 &&
		rte_eth_rx_queue_setup(port, 0, RING, 0, NULL, mbufs) == 0 &&
		rte_eth_tx_queue_setup(port, 0, RING, 0, NULL) == 0 &&
		rte_eth_dev_start(port) == 0, "a port starts");
	while (rte_eth_link_get_nowait(port, &link) == 0 && link.link_status != RTE_ETH_LINK_UP &&
	       tries++ < 1000)
		rte_delay_us_sleep(10000);
	perf_require(link.link_status == RTE_ETH_LINK_UP, "the link comes up");
}

/* Two ports with a ring each way. @return the port of the generator, the engine's in *other */
static uint16_t
make_rings(uint16_t *other)
{
	struct rte_ring *rings[2];
	int port;

	rings[0] = rte_ring_create("there", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	rings[1] = rte_ring_create("back", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	perf_require(rings[0] != NULL && rings[1] != NULL, "memory was refused");
	port = rte_eth_from_rings("tester", &rings[1], 1, &rings[0], 1, 0);
	perf_require(port >= 0, "net_ring");
	*other = (uint16_t)rte_eth_from_rings("engine", &rings[0], 1, &rings[1], 1, 0);
	return (uint16_t)port;
}

static void
run_all(const struct options *o, struct generator *g)
{
	unsigned int i;

	if (o->verify)
		verify_search();
	for (i = 0; i < o->n_sizes; i++) {
		if (o->verify)
			verify_link(g, o->sizes[i]);
		else
			measure(o, g, o->sizes[i]);
	}
	perf_require(g->replies > 0, "no frame was answered");
}

/* With the engine on the other lcore. */
static void
run_rings(const struct options *o, struct generator *g)
{
	struct engine engine = { .yields = g->yields };
	unsigned int lcore = rte_get_next_lcore(rte_get_main_lcore(), 1, 0);
	const struct rs_stats *stats;

	g->port = make_rings(&engine.port);
	start_port(g->port, g->mbufs);
	start_port(engine.port, g->mbufs);
	engine.stack = make_stack(g->mbufs);
	perf_require(rte_eal_remote_launch(run_engine, &engine, lcore) == 0, "the engine runs");
	run_all(o, g);
	__atomic_store_n(&engine.stop, true, __ATOMIC_RELAXED);
	rte_eal_wait_lcore(lcore);
	stats = rs_stack_stats(engine.stack);
	perf_require(stats->tcp.rx_segments > 0 &&
		stats->reset_sent[RS_RESET_no_listener] == stats->tcp.rx_segments,
		"each segment is answered by a reset");
	rs_stack_free(engine.stack);
}

static void
run_memif(const struct options *o, struct generator *g)
{
	perf_require(rte_eth_dev_get_port_by_name("net_memif0", &g->port) == 0, "no net_memif");
	start_port(g->port, g->mbufs);
	run_all(o, g);
}

static unsigned int
number(const char *text, unsigned int least, unsigned int most)
{
	const char *error = NULL;
	long long n = strtonum(text, least, most, &error);

	if (error != NULL) {
		fprintf(stderr, "%s is %s: expected %u..%u\n", text, error, least, most);
		exit(2);
	}
	return (unsigned int)n;
}

static void
read_sizes(struct options *o, char *list)
{
	char *size;

	o->n_sizes = 0;
	while ((size = strsep(&list, ",")) != NULL && o->n_sizes < SIZES_MAX)
		o->sizes[o->n_sizes++] = (uint16_t)number(size, RTE_ETHER_MIN_LEN,
			RTE_ETHER_MAX_LEN);
}

static void
read_options(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "memif", required_argument, NULL, 'm' },
		{ "prefix", required_argument, NULL, 'p' },
		{ "resolution", required_argument, NULL, 'r' },
		{ "sizes", required_argument, NULL, 's' },
		{ "trial", required_argument, NULL, 't' },
		{ "verify", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){
		.prefix = "", .trial_ms = 1000, .resolution = 0.005, .n_sizes = 7,
		.sizes = { 64, 128, 256, 512, 1024, 1280, 1518 },
	};
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'm') {
			o->memif = optarg;
		} else if (c == 'p') {
			o->prefix = optarg;
		} else if (c == 'r') {
			o->resolution = number(optarg, 1, 500) / 1000.0;
		} else if (c == 's') {
			read_sizes(o, optarg);
		} else if (c == 't') {
			o->trial_ms = number(optarg, 1, 600 * 1000);
		} else if (c == 'v') {
			o->verify = true;
		} else {
			fprintf(stderr, "usage: %s [--memif SOCKET] [--trial MS] "
				"[--resolution PER MILLE] [--sizes N,...] [--prefix TEXT] "
				"[--verify]\n", argv[0]);
			exit(2);
		}
	}
	optind = 1; /* EAL uses getopt too */
}

/* The cores that this process may run on: the first and the last, which may be the same. */
static void
two_cores(unsigned int *first, unsigned int *last)
{
	cpu_set_t set;
	unsigned int core;

	*first = *last = 0;
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	while (*first < CPU_SETSIZE - 1 && !CPU_ISSET(*first, &set))
		(*first)++;
	for (core = *first; core < CPU_SETSIZE; core++)
		if (CPU_ISSET(core, &set))
			*last = core;
}

/* One lcore for a memif, two for net_ring. @return whether these share a core */
static bool
start_eal(char *name, const struct options *o)
{
	char vdev[256];
	char lcores[32];
	char *argv[] = {
		name, (char[]){ "--no-pci" }, (char[]){ "--no-telemetry" },
		(char[]){ "--no-shconf" }, (char[]){ "--log-level=*:error" },
		(char[]){ "--lcores" }, lcores, (char[]){ "-m" }, (char[]){ MEGABYTES },
		perf_huge(strtoul(MEGABYTES, NULL, 10)) && !o->verify ?
			(char[]){ "--in-memory" } : (char[]){ "--no-huge" },
		(char[]){ "--vdev" }, vdev,
	};
	unsigned int first, last;

	two_cores(&first, &last);
	if (o->memif != NULL)
		snprintf(lcores, sizeof(lcores), "0@%u", first);
	else
		snprintf(lcores, sizeof(lcores), "0@%u,1@%u", first, last);
	snprintf(vdev, sizeof(vdev), "net_memif0,role=client,socket=%s,socket-abstract=no,rsize=10",
		o->memif != NULL ? o->memif : "");
	if (rte_eal_init((int)RTE_DIM(argv) - (o->memif != NULL ? 0 : 2), argv) < 0)
		rte_exit(EXIT_FAILURE, "EAL does not start: %s\n", rte_strerror(rte_errno));
	return o->memif == NULL && first == last;
}

int
main(int argc, char **argv)
{
	struct generator *g = calloc(1, sizeof(*g));
	struct options o;
	uint32_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	read_options(&o, argc, argv);
	perf_require(g != NULL, "memory was refused");
	g->yields = start_eal(argv[0], &o);
	g->tsc_hz = rte_get_tsc_hz();
	g->link = o.memif != NULL ? "net_memif" : "net_ring";
	g->mbufs = rte_pktmbuf_pool_create("perf", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	perf_require(g->mbufs != NULL, "no mempool");
	for (i = 0; i < PEERS; i++)
		peer_init(&g->peers[i], i);
	for (i = 0; i < IN_FLIGHT; i++)
		g->stamps[i].number = ~i;
	if (o.memif != NULL)
		run_memif(&o, g);
	else
		run_rings(&o, g);
	rte_eth_dev_stop(g->port);
	free(g);
	rte_eal_cleanup();
	return 0;
}
