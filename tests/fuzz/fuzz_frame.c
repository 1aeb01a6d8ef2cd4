/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The frame parser (packet/parse.c): each frame becomes a segment, a stray, an answer, a fragment
 * that waits or a drop that is counted, and no byte behind its end is read. The plain and the
 * general way agree on it, and a frame in two mbufs is read as the same frame in one.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <sanitizer/asan_interface.h>

#include "frame/frame.h"
#include "fuzz/fuzz.h"
#include "link/link.h"
#include "packet/fragment.h"
#include "packet/segment.h"

#define FRAME_MAX 1900
#define MBUFS 63

/* What the first byte of an input chooses. */
enum {
	FIX_CHECKSUMS = 1,      /* so that they are right */
	TAGGED = 2,             /* there is a port with a VLAN tag */
	TWO_TAGS = 4,           /* which has two */
	STRIPPED = 8,           /* the device has taken the first tag from the frame */
	FRAGMENTS = 0x10,       /* fragments wait for the rest of their datagrams */
};

#define FRAGMENTS_MAX 32 /* at most this many of them wait */

/* What one way of parsing made of a frame. */
struct result {
	uint16_t segments, strays, replies, freed, kept, len;
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
init_link(struct rs_link *link, struct rs_stats *stats, uint8_t how)
{
	const struct rte_ether_addr mac = { { 2, 0, 0, 0, 0, 1 } };
	const struct rs_port ports[2] = { {
		.mtu = 1500, .mac = mac,
		.subnet = { { .b = { [10] = 0xff, 0xff, 192, 0, 2, 1 } }, 96 + 24 },
		.subnets6 = { { { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } }, 64 } },
		.n_subnets6 = 1,
	}, {
		.id = RS_DEVICES_MAX, .mtu = 1500, .mac = mac,
		.tags = { .n = (how & TWO_TAGS) != 0 ? 2 : 1, .vid = { 5, 6 } },
		.subnet = { { .b = { [10] = 0xff, 0xff, 203, 0, 113, 1 } }, 96 + 24 },
	} };
	const struct rs_stack_params params = {
		.tcp = { .ttl = 64 },
		.mbufs = pool,
		.ports = ports,
		.n_ports = (how & TAGGED) != 0 ? 2 : 1,
		.max_neighbours = 8,
		.icmp_errors_per_second = 1000,
		.speak_delay_us = 1,
	};

	memset(link, 0, sizeof(*link));
	memset(stats, 0, sizeof(*stats));
	fuzz_check(rs_link_init(link, &params, stats, 0) == 0, "no link");
	if ((how & FRAGMENTS) == 0)
		return;
	link->fragments = rs_fragments_create(FRAGMENTS_MAX, 1000000, 0);
	fuzz_check(link->fragments != NULL, "no ledger of fragments");
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

/* No byte behind the end of a frame may be read. In a chain the first mbuf's are, when the others
 * are copied there. */
static void
poison(struct rte_mbuf *m, bool on)
{
	if (on && m->nb_segs == 1)
		ASAN_POISON_MEMORY_REGION(rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len),
			rte_pktmbuf_tailroom(m));
	else
		ASAN_UNPOISON_MEMORY_REGION(m->buf_addr, m->buf_len);
}

/* The mbufs of a frame, of which the first has `first` bytes. */
static struct rte_mbuf *
make_mbuf(const uint8_t *frame, uint16_t len, uint16_t first)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	struct rte_mbuf *more = first < len ? rte_pktmbuf_alloc(pool) : NULL;

	fuzz_check(m != NULL && (more != NULL || first == len), "no mbuf");
	m->port = 0;
	memcpy(rte_pktmbuf_append(m, first), frame, first);
	if (more != NULL) {
		memcpy(rte_pktmbuf_append(more, (uint16_t)(len - first)), frame + first,
			(size_t)(len - first));
		fuzz_check(rte_pktmbuf_chain(m, more) == 0, "no chain");
	}
	return m;
}

/* Take the first tag from a frame, as a device does. @return the frame's length now */
static uint16_t
strip(uint8_t *frame, uint16_t len, uint16_t *tci)
{
	const uint8_t *type = frame + 12;

	if (len < FRAME_ETHER_LEN + FRAME_VLAN_LEN || get16(type) != 0x8100)
		return len;
	*tci = get16(type + 2);
	len = (uint16_t)(len - FRAME_VLAN_LEN);
	memmove(frame + 12, frame + 12 + FRAME_VLAN_LEN, (size_t)(len - 12));
	return len;
}

/* Note a frame's fate, and give back its mbuf, unless it waits. */
static void
take(struct rs_parsed *parsed, struct rte_mbuf *m, struct result *r)
{
	struct frame_seg s;
	const char *why = "";

	r->segments = parsed->n_segments;
	r->strays = (uint16_t)(parsed->n_strays + parsed->n_strays6);
	r->replies = parsed->n_replies;
	r->freed = parsed->n_free;
	r->kept = r->segments + r->strays + r->replies + r->freed == 0;
	if (r->kept)
		return;
	poison(m, false);
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

/*
 * Parse a frame, in one mbuf or with `first` bytes of it in the first one of two: with all ports
 * looked up nothing is a stray, with none each segment may be.
 */
static void
parse(const uint8_t *frame, uint16_t len, uint16_t first, uint8_t how, uint8_t lookup,
	struct result *r)
{
	static struct rs_parsed parsed;
	static struct rs_link link;
	static struct rs_stats stats;
	static struct rs_portset ports;
	uint8_t copy[FRAME_MAX];
	struct rte_mbuf *m;
	uint16_t whole = len;
	uint16_t tci = 0;

	memcpy(copy, frame, len);
	if ((how & STRIPPED) != 0)
		len = strip(copy, len, &tci);
	m = make_mbuf(copy, len, first < len ? first : len);
	if (len < whole) {
		m->vlan_tci = tci;
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	}
	memset(r, 0, sizeof(*r));
	memset(&ports, lookup, sizeof(ports));
	rs_portset_add(&ports, 0); /* as the stack has it: the parser drops segments to it */
	init_link(&link, &stats, how);
	poison(m, true);
	rs_segment_parse_burst(&link, &ports, &m, 1, 1000000, &parsed);
	fuzz_check(stats.packet.rx_frames == 1 && stats.packet.rx_bytes == len,
		"frames received are miscounted");
	take(&parsed, m, r);
	fuzz_check(r->segments + r->strays + r->replies + r->freed + r->kept == 1,
		"a frame has two fates");
	fuzz_check(!r->kept || stats.packet.rx_fragments == 1, "a frame has no fate");
	/* ICMP errors and MLD queries are of use, and freed, too */
	fuzz_check(drop_sum(&stats) + stats.packet.icmp_errors + stats.packet.mld_queries ==
		(uint64_t)r->freed + r->kept - link.n_fragments, "a drop is not counted");
	rs_fragments_free(link.fragments);
	link.fragments = NULL;
	poison(m, false);
	rs_link_fini(&link);
}

/* A frame has the same fate, and a segment the same fields. */
static void
check_same(const struct result *a, const struct result *b, const char *what)
{
	fuzz_check(a->segments + a->strays == b->segments + b->strays &&
		a->replies == b->replies && a->freed == b->freed && a->kept == b->kept,
		"%s disagree", what);
	fuzz_check(a->len == b->len && memcmp(a->reply, b->reply, a->len) == 0,
		"%s answer in two ways", what);
	fuzz_check(a->segments == 0 || b->segments == 0 ||
		(rs_tuple_equal(&a->seg.tuple, &b->seg.tuple) && a->seg.seq == b->seg.seq &&
		a->seg.flags == b->seg.flags && a->seg.len == b->seg.len &&
		a->seg.wnd == b->seg.wnd && a->seg.data_off == b->seg.data_off &&
		a->seg.data_len == b->seg.data_len && a->seg.l4_off == b->seg.l4_off &&
		a->seg.opt_len == b->seg.opt_len && a->seg.tos == b->seg.tos),
		"%s read two segments", what);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t len = (uint16_t)RTE_MIN(size, FRAME_MAX + 1u);
	uint8_t frame[FRAME_MAX];
	struct result all, none, chain;
	uint8_t how;

	if (pool == NULL) {
		fuzz_eal();
		pool = fuzz_pool("frames", MBUFS);
	}
	if (len < 2)
		return 0;
	len--;
	how = data[0];
	memcpy(frame, data + 1, len);
	if ((how & FIX_CHECKSUMS) != 0)
		fix_checksums(frame, len);
	parse(frame, len, len, how, 0xff, &all);
	parse(frame, len, len, how, 0, &none);
	fuzz_check(all.strays == 0, "a stray, although its port may have connections");
	check_same(&all, &none, "the plain and the general way");
	parse(frame, len, (uint16_t)(len * (how >> 5) / 8), how, 0xff, &chain);
	check_same(&all, &chain, "one mbuf and two");
	fuzz_check(rte_mempool_avail_count(pool) == MBUFS, "an mbuf leaked");
	return 0;
}
