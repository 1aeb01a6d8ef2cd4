/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Steering in software: what a frame costs the worker that receives it, until it is kept or in the
 * ring of its worker, one of three. The workers hash it by a key of their own, or take the hash
 * that the device has put into the packet buffer, or compute that one, because the device has not.
 */

#include <inttypes.h>
#include <stdio.h>

#include <rte_ring.h>
#include <rte_thash.h>

#include "frames.h"
#include "perf.h"
#include "steer.h"

#define BURST 32
#define PEERS 512
#define WORKERS 3
#define SELF 1
#define BURSTS 64       /* of an operation */

/* A worker that steers, and the frames that it receives. */
struct bench {
	const char *name;
	bool toeplitz;          /* the hash of a connection is a device's */
	bool hashes;            /* and is in the packet buffers */
	bool ipv6;
	struct rte_mempool *mbufs;
	struct rte_ring *rings[WORKERS];
	struct rs_rss rss;
	struct rs_steer steer;
	struct rs_steered out;
	bool wrong, astray;
	struct frame frame;
	uint64_t frames;        /* that were steered */
	uint64_t to[WORKERS];
};

/* The hash that a device with RSS gives a frame. */
static uint32_t
hash_of(const struct bench *b, const struct rte_mbuf *m)
{
	const uint8_t *ends = rte_pktmbuf_mtod_offset(m, const uint8_t *,
		sizeof(struct rte_ether_hdr) + (b->ipv6 ? 8 : 12));
	uint32_t words[RTE_THASH_V6_L4_LEN]; /* addresses and ports, which lie behind each other */
	unsigned int n = b->ipv6 ? RTE_THASH_V6_L4_LEN : RTE_THASH_V4_L4_LEN;
	unsigned int i;

	memcpy(words, ends, n * sizeof(words[0]));
	for (i = 0; i < n; i++)
		words[i] = rte_be_to_cpu_32(words[i]);
	return rte_softrss_be(words, n, (const uint8_t *)b->rss.key);
}

/* A burst of frames, each of another peer, as a device gives it. */
static void
refill(struct bench *b, struct rte_mbuf **pkts)
{
	unsigned int i;

	perf_require(rte_pktmbuf_alloc_bulk(b->mbufs, pkts, BURST) == 0, "out of mbufs");
	for (i = 0; i < BURST; i++) {
		struct peer peer;

		peer_init(&peer, (uint32_t)((b->frames + i) % PEERS));
		frame_stamp(&b->frame, &peer, 1, pkts[i]);
		if (!b->hashes)
			continue;
		pkts[i]->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L4_TCP |
			(b->ipv6 ? RTE_PTYPE_L3_IPV6 : RTE_PTYPE_L3_IPV4);
		pkts[i]->hash.rss = hash_of(b, pkts[i]);
		pkts[i]->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
	}
}

/* What is measured. Its instructions are counted by its name. */
static __rte_noinline uint16_t
run_stack(struct bench *b, struct rte_mbuf **pkts)
{
	return rs_steer_burst(&b->steer, 0, pkts, BURST, &b->out);
}

/* Free the frames of a burst, and count where they went. */
static void
collect(struct bench *b, struct rte_mbuf **pkts, uint16_t stay)
{
	struct rte_mbuf *got[BURST];
	unsigned int i, n;

	b->to[SELF] += stay;
	rte_pktmbuf_free_bulk(pkts, stay);
	for (i = 0; i < WORKERS; i++) {
		n = rte_ring_dequeue_burst(b->rings[i], (void **)got, BURST, NULL);
		b->to[i] += n;
		rte_pktmbuf_free_bulk(got, n);
	}
	b->frames += BURST;
	perf_require(b->to[0] + b->to[1] + b->to[2] == b->frames, "a frame was lost");
}

static uint64_t
make_and_free(void *arg)
{
	struct bench *b = arg;
	struct rte_mbuf *pkts[BURST];
	unsigned int i;

	for (i = 0; i < BURSTS; i++) {
		refill(b, pkts);
		rte_pktmbuf_free_bulk(pkts, BURST);
	}
	return BURSTS * BURST;
}

static uint64_t
steer(void *arg)
{
	struct bench *b = arg;
	struct rte_mbuf *pkts[BURST];
	unsigned int i;

	for (i = 0; i < BURSTS; i++) {
		refill(b, pkts);
		collect(b, pkts, run_stack(b, pkts));
	}
	return BURSTS * BURST;
}

/* Set the worker up. Its first hashes are all verified, which is not what is measured. */
static void
make(struct bench *b, const struct rs_hash_key *key)
{
	static const struct rs_tcp_params params = {
		.local_port_first = 32768, .local_port_last = 65535,
	};
	static const uint32_t words[] = { /* Microsoft's key of RSS */
		0x6d5a56da, 0x255b0ec2, 0x4167253d, 0x43a38fb0, 0xd0ca2bcb,
		0xae7b30b4, 0x77cb2da3, 0x8030f20c, 0x6a42b73b, 0xbeac01fa,
	};
	uint64_t verified;
	unsigned int i;

	rs_steer_init(&b->steer, NULL, b->rings, WORKERS, SELF, &params, b->mbufs);
	b->steer.key = key;
	b->rss = (struct rs_rss){ .ports = true, .ports6 = true };
	memcpy(b->rss.key, words, sizeof(words));
	if (b->toeplitz) {
		b->steer.toeplitz = &b->rss;
		b->steer.astray = &b->astray;
		rs_steer_take_hashes(&b->steer, 0, &b->wrong);
	}
	frame_init(&b->frame, RTE_TCP_SYN_FLAG, 80, NULL, 0);
	if (b->ipv6)
		frame_make_ipv6(&b->frame);
	for (i = 0; b->hashes && i < RS_HASH_VERIFY / BURST; i++) {
		struct rte_mbuf *pkts[BURST];

		refill(b, pkts);
		collect(b, pkts, rs_steer_burst(&b->steer, 0, pkts, BURST, &b->out));
	}
	verified = b->hashes ? RS_HASH_VERIFY : 0;
	perf_require(b->out.hashes_verified == verified, "not all first hashes are verified");
}

static void
measure(const struct perf *perf, struct bench *b)
{
	const struct perf_round rounds[] = { { "", make_and_free }, { b->name, steer } };
	uint64_t before = b->frames;
	struct perf_time times[RTE_DIM(rounds)];

	perf_measure(perf, rounds, RTE_DIM(rounds), b, times);
	perf_require(b->out.hashes_wrong == 0 && b->out.full == 0, "a hash or a ring");
	perf_require((b->out.hashes > 0) == b->hashes, "whether the device's hash is taken");
	perf_require(b->to[0] > 0 && b->to[1] > 0 && b->to[2] > 0, "each worker has frames");
	times[1] = perf_minus(&times[1], &times[0]);
	perf_print(perf, b->name, "frame", &times[1]);
	if (perf->verify)
		printf("# %" PRIu64 " segments\n", b->frames - before);
}

int
main(int argc, char **argv)
{
	static struct bench benches[] = {
		{ .name = "steering, a hash of our own" },
		{ .name = "steering, the device's hash", .toeplitz = true,
			.hashes = true },
		{ .name = "steering, Toeplitz", .toeplitz = true },
		{ .name = "steering of IPv6, a hash of our own", .ipv6 = true },
		{ .name = "steering of IPv6, the device's hash", .toeplitz = true,
			.hashes = true, .ipv6 = true },
		{ .name = "steering of IPv6, Toeplitz", .toeplitz = true, .ipv6 = true },
	};
	/* the same on each run, so that instructions are, too */
	static const struct rs_hash_key key = { .k = { 0x243f6a8885a308d3, 0x13198a2e03707344,
		0xa4093822299f31d0, 0x082efa98ec4e6c89 } };
	struct perf perf;
	unsigned int i, k;

	perf_start(&perf, argc, argv, 128);
	for (i = 0; i < RTE_DIM(benches); i++) {
		struct bench *b = &benches[i];

		if (!perf_wanted(&perf, b->name))
			continue;
		b->mbufs = rte_pktmbuf_pool_create("perf", 1023, 128, 0,
			RTE_MBUF_DEFAULT_BUF_SIZE, 0);
		perf_require(b->mbufs != NULL, "no mempool");
		for (k = 0; k < WORKERS; k++) {
			char name[16];

			snprintf(name, sizeof(name), "worker%u", k);
			b->rings[k] = rs_steer_ring(name, 0);
			perf_require(b->rings[k] != NULL, "no ring");
		}
		make(b, &key);
		measure(&perf, b);
		for (k = 0; k < WORKERS; k++)
			rs_steer_ring_free(b->rings[k]);
		perf_require(rte_mempool_in_use_count(b->mbufs) == 0, "an mbuf was lost");
		rte_mempool_free(b->mbufs);
	}
	perf_end(&perf);
	return 0;
}
