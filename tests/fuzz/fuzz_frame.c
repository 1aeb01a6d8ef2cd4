/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The frame parser (packet/parse.c): each frame becomes a segment, a stray, an answer or a drop
 * that is counted, and no byte behind its end is read. The plain and the general way agree on it.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <sanitizer/asan_interface.h>

#include "frame/frame.h"
#include "fuzz/fuzz.h"
#include "link/link.h"
#include "packet/segment.h"

#define FRAME_MAX 1900
#define MBUFS 63

/* What one way of parsing made of a frame. */
struct result {
	uint16_t segments, strays, replies, freed, len;
	struct rs_segment seg;
	uint8_t reply[FRAME_MAX + 200];
};

static struct rte_mempool *pool;

/* Make the checksums of an IP datagram right, as far as its lengths allow. */
static void
fix_checksums(uint8_t *frame, uint16_t len)
{
	uint8_t *ip = frame + FRAME_ETHER_LEN;
	uint16_t left = (uint16_t)(len - FRAME_ETHER_LEN);

	if (len < FRAME_ETHER_LEN + 60)
		return;
	if (get16(frame + 12) == 0x0800 && ip[0] >> 4 == 4 && (ip[0] & 15) >= 5 &&
	    get16(ip + 2) <= left && get16(ip + 2) >= (ip[0] & 15) * 4 + FRAME_TCP_LEN)
		frame_set_checksums(ip);
	else if (get16(frame + 12) == 0x86dd && get16(ip + 4) <= left - FRAME_IP6_LEN &&
		 get16(ip + 4) >= FRAME_TCP_LEN)
		frame_set_checksum6(ip);
}

static void
init_link(struct rs_link *link, struct rs_stats *stats, bool tagged)
{
	const struct rte_ether_addr mac = { { 2, 0, 0, 0, 0, 1 } };
	const struct rs_port ports[2] = { {
		.mtu = 1500, .mac = mac,
		.subnet = { { .b = { [10] = 0xff, 0xff, 192, 0, 2, 1 } }, 96 + 24 },
		.subnets6 = { { { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } }, 64 } },
		.n_subnets6 = 1,
	}, {
		.id = RS_DEVICES_MAX, .mtu = 1500, .mac = mac, .tags = { .n = 1, .vid = { 5 } },
		.subnet = { { .b = { [10] = 0xff, 0xff, 203, 0, 113, 1 } }, 96 + 24 },
	} };
	const struct rs_stack_params params = {
		.tcp = { .ttl = 64 },
		.mbufs = pool,
		.ports = ports,
		.n_ports = tagged ? 2 : 1,
		.max_neighbours = 8,
		.icmp_errors_per_second = 1000,
		.speak_delay_us = 1,
	};

	memset(link, 0, sizeof(*link));
	memset(stats, 0, sizeof(*stats));
	fuzz_check(rs_link_init(link, &params, stats, 0) == 0, "no link");
}

static uint64_t
drop_sum(const struct rs_stats *stats)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < RS_DROP_MAX; i++)
		sum += stats->drop[i];
	return sum;
}

/* Note a frame's fate, and give back its mbuf. */
static void
take(struct rs_parsed *parsed, struct rte_mbuf *m, struct result *r)
{
	struct frame_seg s;
	const char *why = "";

	ASAN_UNPOISON_MEMORY_REGION(m->buf_addr, m->buf_len);
	r->segments = parsed->n_segments;
	r->strays = (uint16_t)(parsed->n_strays + parsed->n_strays6);
	r->replies = parsed->n_replies;
	r->freed = parsed->n_free;
	if (parsed->n_segments > 0) {
		fuzz_check(parsed->pkts[0] == m, "another mbuf");
		r->seg = parsed->segs[0];
	}
	if (parsed->n_replies > 0) {
		fuzz_check(parsed->replies[0] == m && m->nb_segs == 1, "another mbuf");
		r->len = (uint16_t)RTE_MIN(m->pkt_len, sizeof(r->reply));
		memcpy(r->reply, rte_pktmbuf_mtod(m, void *), r->len);
		fuzz_check(frame_read(r->reply, r->len, &s, &why) != FRAME_BAD,
			"an answer with %s", why);
	}
	rte_pktmbuf_free(m);
}

/* Parse a frame: with all ports looked up nothing is a stray, with none each segment may be. */
static void
parse(const uint8_t *frame, uint16_t len, bool tagged, uint8_t lookup, struct result *r)
{
	static struct rs_parsed parsed;
	static struct rs_link link;
	static struct rs_stats stats;
	static struct rs_portset ports;
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint8_t *data;

	fuzz_check(m != NULL, "no mbuf");
	memset(r, 0, sizeof(*r));
	memset(&ports, lookup, sizeof(ports));
	rs_portset_add(&ports, 0); /* as the stack has it: the parser drops segments to it */
	init_link(&link, &stats, tagged);
	data = (uint8_t *)rte_pktmbuf_append(m, len);
	memcpy(data, frame, len);
	m->port = 0;
	ASAN_POISON_MEMORY_REGION(data + len, rte_pktmbuf_tailroom(m));
	rs_segment_parse_burst(&link, &ports, &m, 1, 1000000, &parsed);
	fuzz_check(stats.packet.rx_frames == 1 && stats.packet.rx_bytes == len,
		"frames received are miscounted");
	take(&parsed, m, r);
	fuzz_check(r->segments + r->strays + r->replies + r->freed == 1, "a frame has two fates");
	/* ICMP errors and MLD queries are of use, and freed, too */
	fuzz_check(drop_sum(&stats) + stats.packet.icmp_errors + stats.packet.mld_queries ==
		r->freed, "a drop is not counted");
	rs_link_fini(&link);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t len = (uint16_t)RTE_MIN(size, FRAME_MAX + 1u);
	uint8_t frame[FRAME_MAX];
	struct result all, none;

	if (pool == NULL) {
		fuzz_eal();
		pool = fuzz_pool("frames", MBUFS);
	}
	if (len < 2)
		return 0;
	len--;
	memcpy(frame, data + 1, len);
	if ((data[0] & 1) != 0)
		fix_checksums(frame, len);
	parse(frame, len, (data[0] & 2) != 0, 0xff, &all);
	parse(frame, len, (data[0] & 2) != 0, 0, &none);
	fuzz_check(all.strays == 0, "a stray, although its port may have connections");
	fuzz_check(all.segments == none.segments + none.strays && all.replies == none.replies &&
		all.freed == none.freed, "the plain and the general way disagree");
	fuzz_check(all.len == none.len && memcmp(all.reply, none.reply, all.len) == 0,
		"the plain and the general way answer in two ways");
	fuzz_check(rte_mempool_avail_count(pool) == MBUFS, "an mbuf leaked");
	return 0;
}
