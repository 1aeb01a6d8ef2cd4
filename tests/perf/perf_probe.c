/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The sender of perf_latency.py: frames with a time stamp at a rate, and the times until they
 * come back. The other end of the link reflects each frame (testpmd's macswap), or is a TCP that
 * echoes their data (--tcp), for which the probe keeps connections with one segment in flight on
 * each. A time counts from when the frame was due, so that a slow peer is not asked less.
 *
 * perf_probe EAL-OPTIONS -- [--tcp] [--rate N] [--seconds S]
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "frames.h"
#include "load/histogram.h"
#include "perf.h"

#define PORT_ID 0
#define ECHO_PORT 7
#define BURST 32
#define FLOWS 256               /* the most frames in flight, one of each flow */
#define DATA 64                 /* bytes of a frame's data, the time stamp first */
#define ISN 1000u
#define LINK_SECONDS 20
#define ANSWER_SECONDS 1        /* the longest wait for what is in flight at the end */

/* A flow: a connection, or an address and a port that macswap reflects. */
struct flow {
	struct peer peer;
	uint32_t seq;
	bool in_flight;
	bool open;              /* the SYN-ACK came */
};

struct probe {
	struct rte_mempool *mbufs;
	struct flow flows[FLOWS];
	struct frame frame;
	bool tcp;
	double rate;            /* frames a second; 0: as fast as they come back */
	double seconds;
	uint64_t interval;      /* cycles between two frames */
	uint32_t next;          /* flow to send next */
	uint64_t sent, received;
	struct rs_histogram times; /* nanoseconds */
};

/* Send a frame; a full ring is tried again. */
static void
send_one(struct rte_mbuf *m)
{
	while (rte_eth_tx_burst(PORT_ID, 0, &m, 1) == 0)
		;
}

static struct rte_mbuf *
make_frame(struct probe *p, const struct frame *frame, const struct flow *flow)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(p->mbufs);

	perf_require(m != NULL, "out of mbufs");
	frame_stamp(frame, &flow->peer, flow->seq, m);
	return m;
}

/* Write the time at which the frame was due in its data, which was 0. */
static void
stamp_time(struct rte_mbuf *m, uint64_t due)
{
	uint8_t *data = rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len - DATA);
	struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(m, struct rte_tcp_hdr *,
		sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr));

	memcpy(data, &due, sizeof(due));
	th->cksum = folded((uint16_t)~th->cksum + halves((uint32_t)due) +
		halves((uint32_t)(due >> 32)));
}

/* The flow that a received frame belongs to, or NULL. */
static struct flow *
find_flow(struct probe *p, const struct rte_ipv4_hdr *ip, const struct rte_tcp_hdr *th)
{
	uint32_t number = p->tcp ? peer_number(ip->dst_addr, th->dst_port) :
		peer_number(ip->src_addr, th->src_port);

	return number < FLOWS ? &p->flows[number] : NULL;
}

static void
receive_one(struct probe *p, const struct rte_mbuf *m, uint64_t now)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);
	uint32_t headers = (uint32_t)(sizeof(*ip) + (th->data_off >> 4) * 4);
	uint32_t len = rte_be_to_cpu_16(ip->total_length);
	struct flow *flow;
	uint64_t due;

	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) || ip->next_proto_id != IPPROTO_TCP)
		return;
	flow = find_flow(p, ip, th);
	if (flow == NULL)
		return;
	perf_require((th->tcp_flags & RTE_TCP_RST_FLAG) == 0, "the peer reset a connection");
	if ((th->tcp_flags & RTE_TCP_SYN_FLAG) != 0) {
		flow->open = true;
		flow->peer.ack = rte_be_to_cpu_32(th->sent_seq) + 1;
	}
	if (!flow->in_flight || len != headers + DATA ||
	    (p->tcp && rte_be_to_cpu_32(th->sent_seq) != flow->peer.ack))
		return;
	memcpy(&due, (const uint8_t *)ip + headers, sizeof(due));
	rs_histogram_record(&p->times, (uint64_t)((double)(now - due) * 1e9 /
		(double)rte_get_tsc_hz()));
	flow->in_flight = false;
	if (p->tcp)
		flow->peer.ack += DATA;
	p->received++;
}

static void
receive(struct probe *p)
{
	struct rte_mbuf *rx[BURST];
	uint16_t n = rte_eth_rx_burst(PORT_ID, 0, rx, BURST);
	uint64_t now = rte_rdtsc();
	uint16_t i;

	for (i = 0; i < n; i++)
		receive_one(p, rx[i], now);
	rte_pktmbuf_free_bulk(rx, n);
}

/* Poll for some seconds, or until `count` frames of `all` have come back or flows have opened. */
static void
receive_until(struct probe *p, double seconds, const uint64_t *count, uint64_t all)
{
	uint64_t end = rte_rdtsc() + (uint64_t)(seconds * (double)rte_get_tsc_hz());

	while (*count < all && rte_rdtsc() < end)
		receive(p);
}

/* Open the connection of each flow. */
static void
open_flows(struct probe *p)
{
	struct frame syn, ack;
	unsigned int i;

	frame_init(&syn, RTE_TCP_SYN_FLAG, ECHO_PORT, NULL, 0);
	frame_init(&ack, RTE_TCP_ACK_FLAG, ECHO_PORT, NULL, 0);
	for (i = 0; i < FLOWS; i++) {
		struct flow *flow = &p->flows[i];
		uint64_t end = rte_rdtsc() + ANSWER_SECONDS * rte_get_tsc_hz();

		send_one(make_frame(p, &syn, flow));
		while (!flow->open && rte_rdtsc() < end)
			receive(p);
		perf_require(flow->open, "no SYN-ACK came");
		flow->seq++;
		send_one(make_frame(p, &ack, flow));
	}
}

/* Reset the connection of each flow (RFC 9293 3.10.5). */
static void
reset_flows(struct probe *p)
{
	struct frame rst;
	unsigned int i;

	frame_init(&rst, RTE_TCP_RST_FLAG, ECHO_PORT, NULL, 0);
	for (i = 0; i < FLOWS; i++)
		send_one(make_frame(p, &rst, &p->flows[i]));
}

/* Send the frames that are due, from `due` on. @return when the next one is due */
static uint64_t
send_due(struct probe *p, uint64_t due, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < BURST && due <= now && !p->flows[p->next].in_flight; i++) {
		struct flow *flow = &p->flows[p->next];
		struct rte_mbuf *m = make_frame(p, &p->frame, flow);

		stamp_time(m, p->rate > 0 ? due : now);
		flow->in_flight = true;
		flow->seq += p->tcp ? DATA : 0;
		p->next = (p->next + 1) % FLOWS;
		p->sent++;
		due += p->interval;
		send_one(m);
	}
	return due;
}

/* Send and receive for p->seconds. @return the seconds that it took */
static double
measure(struct probe *p)
{
	double hz = (double)rte_get_tsc_hz();
	uint64_t start = rte_rdtsc();
	uint64_t end = start + (uint64_t)(p->seconds * hz);
	uint64_t due = start;
	uint64_t now = start;

	p->interval = p->rate > 0 ? (uint64_t)(hz / p->rate) : 0;
	while (now < end) {
		due = send_due(p, due, now);
		receive(p);
		now = rte_rdtsc();
	}
	receive_until(p, ANSWER_SECONDS, &p->received, p->sent);
	return (double)(now - start) / hz;
}

static void
start_port(struct probe *p)
{
	const struct rte_eth_conf conf = { 0 };
	struct rte_eth_link link = { 0 };
	uint64_t end = rte_rdtsc() + LINK_SECONDS * rte_get_tsc_hz();

	p->mbufs = rte_pktmbuf_pool_create("probe", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	perf_require(p->mbufs != NULL, "no mempool");
	perf_require(rte_eth_dev_configure(PORT_ID, 1, 1, &conf) == 0 &&
		rte_eth_rx_queue_setup(PORT_ID, 0, 1024, 0, NULL, p->mbufs) == 0 &&
		rte_eth_tx_queue_setup(PORT_ID, 0, 1024, 0, NULL) == 0 &&
		rte_eth_dev_start(PORT_ID) == 0, "the port does not start");
	while (link.link_status == RTE_ETH_LINK_DOWN && rte_rdtsc() < end)
		rte_eth_link_get_nowait(PORT_ID, &link);
	perf_require(link.link_status == RTE_ETH_LINK_UP, "the link is down");
}

static void
read_options(struct probe *p, int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcp", no_argument, NULL, 't' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	p->seconds = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 't')
			p->tcp = true;
		else if (c == 'r')
			p->rate = atof(optarg);
		else if (c == 's')
			p->seconds = atof(optarg);
		else
			rte_exit(EXIT_FAILURE, "usage: --tcp --rate N --seconds S\n");
	}
}

int
main(int argc, char **argv)
{
	static const uint8_t data[DATA];
	static const uint32_t ppm[] = { 500000, 990000, 999000, 1000000 };
	static const char *const names[] = { "p50", "p99", "p99.9", "max" };
	int n = rte_eal_init(argc, argv);
	struct probe *p;
	double seconds;
	unsigned int i;

	if (n < 0)
		rte_exit(EXIT_FAILURE, "EAL: %s\n", rte_strerror(rte_errno));
	p = rte_zmalloc("probe", sizeof(*p), RTE_CACHE_LINE_SIZE);
	perf_require(p != NULL, "memory was refused");
	read_options(p, argc - n, argv + n);
	start_port(p);
	frame_init(&p->frame, RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, ECHO_PORT, data, DATA);
	for (i = 0; i < FLOWS; i++) {
		peer_init(&p->flows[i].peer, i);
		p->flows[i].seq = ISN;
	}
	if (p->tcp)
		open_flows(p);
	seconds = measure(p);
	if (p->tcp)
		reset_flows(p);
	printf("{\"seconds\": %.6f, \"sent\": %" PRIu64 ", \"received\": %" PRIu64, seconds,
		p->sent, p->received);
	for (i = 0; i < RTE_DIM(ppm); i++)
		printf(", \"%s\": %" PRIu64, names[i], rs_histogram_percentile(&p->times, ppm[i]));
	printf("}\n");
	rte_eth_dev_stop(PORT_ID);
	rte_eal_cleanup();
	return 0;
}
