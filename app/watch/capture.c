/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The worker's part of the capture around resets: the ring, and the search through it. */

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_malloc.h>
#include <rte_ring.h>
#include <rte_vect.h>

#include "watch/capture.h"

/* Records of resets that are read at one time. */
#define RECORDS 32

static_assert(RS_RESET_MAX <= 64 && RS_VERDICT_MAX <= 64, "a bit for each");

/* Of a frame in the ring: all but its bytes. */
struct note {
	uint64_t time;
	uint32_t len;
	uint16_t port;
	uint8_t sent;
	uint8_t kept;            /* bytes in the ring that are the frame's */
};

typedef uint8_t bytes[RS_CAPTURE_BYTES];

/* Keeps n frames. */
typedef void keep_frames(struct rs_capture *capture, struct rte_mbuf *const *frames, uint16_t n,
	uint16_t sent, uint64_t now);

struct rs_capture {
	const struct rs_config_causes *causes;
	const bool *on;
	keep_frames *keep;
	uint32_t next;           /* frames ever kept */
	uint32_t mask;           /* of a slot in the ring */
	unsigned int most;
	bytes *data;
	struct note *notes;
	uint64_t seen;           /* resets of connections that were looked at */
	uint64_t from;           /* the next record of the log */
	uint64_t second;         /* in which `taken` counts */
	unsigned int taken;
	uint64_t missed;
	struct rte_ring *empty;  /* shots */
	struct rte_ring *full;
	struct rs_capture_shot *shots;
};

typedef void copy_bytes(uint8_t *to, const uint8_t *from);

/*
 * Keep frames. Inlined with its copy, so that a frame costs 36 instructions with AVX2. Each copy
 * has the same length, because a mbuf has that many bytes; those behind a short frame may be of an
 * earlier frame, so they are never read.
 */
static __rte_always_inline void
keep(struct rs_capture *capture, struct rte_mbuf *const *frames, uint16_t n, uint16_t sent,
	uint64_t now, copy_bytes *copy)
{
	bytes *data = capture->data;
	struct note *notes = capture->notes;
	const uint32_t mask = capture->mask;
	uint32_t next = capture->next;
	const uint32_t end = next + n;

	for (; next != end; next++) {
		const struct rte_mbuf *m = *frames++;
		struct note *note = &notes[next & mask];

		copy(data[next & mask], rte_pktmbuf_mtod(m, const uint8_t *));
		note->time = now;
		note->len = m->pkt_len;
		note->port = m->port;
		note->sent = (uint8_t)sent;
		note->kept = (uint8_t)RTE_MIN(m->data_len, RS_CAPTURE_BYTES);
	}
	capture->next = end;
}

static __rte_always_inline void
copy_sse(uint8_t *to, const uint8_t *from)
{
	unsigned int i;

	for (i = 0; i < RS_CAPTURE_BYTES; i += sizeof(__m128i))
		_mm_store_si128((__m128i *)(void *)(to + i),
			_mm_loadu_si128((const __m128i *)(const void *)(from + i)));
}

__attribute__((target("avx2")))
static __rte_always_inline void
copy_avx2(uint8_t *to, const uint8_t *from)
{
	const __m256i *in = (const __m256i *)(const void *)from;
	__m256i *out = (__m256i *)(void *)to;
	__m256i a = _mm256_loadu_si256(&in[0]);
	__m256i b = _mm256_loadu_si256(&in[1]);
	__m256i c = _mm256_loadu_si256(&in[2]);
	__m256i d = _mm256_loadu_si256(&in[3]);

	_mm256_store_si256(&out[0], a);
	_mm256_store_si256(&out[1], b);
	_mm256_store_si256(&out[2], c);
	_mm256_store_si256(&out[3], d);
}

static void
keep_sse(struct rs_capture *capture, struct rte_mbuf *const *frames, uint16_t n, uint16_t sent,
	uint64_t now)
{
	keep(capture, frames, n, sent, now, copy_sse);
}

__attribute__((target("avx2")))
static void
keep_avx2(struct rs_capture *capture, struct rte_mbuf *const *frames, uint16_t n, uint16_t sent,
	uint64_t now)
{
	keep(capture, frames, n, sent, now, copy_avx2);
}

void
rs_capture_seen(void *arg, struct rte_mbuf *const *frames, uint16_t n, bool sent, uint64_t now)
{
	struct rs_capture *capture = arg;

	if (__atomic_load_n(capture->on, __ATOMIC_RELAXED))
		capture->keep(capture, frames, n, sent, now);
}

/* Offset of the IP header, behind VLAN tags; 0: there is none. */
static unsigned int
find_ip(const uint8_t *data)
{
	unsigned int at = 2 * RTE_ETHER_ADDR_LEN;
	uint16_t type = 0;

	for (; at <= 2 * RTE_ETHER_ADDR_LEN + 8; at += 4) {
		type = (uint16_t)(data[at] << 8 | data[at + 1]);
		if (type != RTE_ETHER_TYPE_VLAN && type != RTE_ETHER_TYPE_QINQ)
			break;
	}
	return type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6 ? at + 2 : 0;
}

/* Offset of the TCP header of an IPv6 datagram, behind its extension headers; 0: no kept byte has
 * it. */
static unsigned int
find_tcp6(const uint8_t *data, unsigned int ip)
{
	unsigned int at = ip + (unsigned int)sizeof(struct rte_ipv6_hdr);
	uint8_t next = data[ip + 6];

	while ((next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT ||
		next == IPPROTO_DSTOPTS) && at + 8 <= RS_CAPTURE_BYTES) {
		unsigned int len = next == IPPROTO_FRAGMENT ? 8 : (data[at + 1] + 1U) * 8;

		next = data[at];
		at += len;
	}
	return next == IPPROTO_TCP && at + 2 * sizeof(uint16_t) <= RS_CAPTURE_BYTES ? at : 0;
}

/* Whether a frame is of a connection. */
static bool
is_of(const uint8_t *data, const struct note *note, const struct rs_tuple *tuple)
{
	bool sent = note->sent != 0;
	const struct rs_addr *from = sent ? &tuple->laddr : &tuple->raddr;
	const struct rs_addr *to = sent ? &tuple->raddr : &tuple->laddr;
	uint16_t ports[2] = { rte_cpu_to_be_16(sent ? tuple->lport : tuple->rport),
		rte_cpu_to_be_16(sent ? tuple->rport : tuple->lport) };
	bool ipv4 = rs_addr_is_ipv4(from);
	unsigned int ip = find_ip(data);
	unsigned int tcp;

	if (ip == 0 || data[ip] >> 4 != (ipv4 ? 4 : 6) || note->kept < ip + (ipv4 ?
	    sizeof(struct rte_ipv4_hdr) : sizeof(struct rte_ipv6_hdr)))
		return false;
	if (ipv4) {
		tcp = ip + (data[ip] & 0xfU) * 4;
		if (data[ip + 9] != IPPROTO_TCP || memcmp(&data[ip + 12], &from->w[3], 4) != 0 ||
		    memcmp(&data[ip + 16], &to->w[3], 4) != 0)
			return false;
	} else {
		tcp = find_tcp6(data, ip);
		if (tcp == 0 || memcmp(&data[ip + 8], from, 16) != 0 ||
		    memcmp(&data[ip + 24], to, 16) != 0)
			return false;
	}
	return tcp + sizeof(ports) <= note->kept &&
	       memcmp(&data[tcp], ports, sizeof(ports)) == 0;
}

/* Copy the latest frames of the reset's connection. */
static void
fill_shot(const struct rs_capture *capture, struct rs_capture_shot *shot)
{
	uint32_t held = RTE_MIN(capture->next, capture->mask + 1);
	uint32_t i;

	shot->n = 0;
	for (i = 1; i <= held && shot->n < capture->most; i++) {
		uint32_t slot = (capture->next - i) & capture->mask;
		const struct note *note = &capture->notes[slot];
		struct rs_capture_frame *frame = &shot->frames[shot->n];

		if (!is_of(capture->data[slot], note, &shot->record.tuple))
			continue;
		frame->time = note->time;
		frame->len = note->len;
		frame->port = note->port;
		frame->kept = note->kept;
		frame->sent = note->sent;
		memcpy(frame->data, capture->data[slot], note->kept);
		memset(frame->data + note->kept, 0, (size_t)(RS_CAPTURE_BYTES - note->kept));
		shot->n++;
	}
}

/* Whether a reset is to be captured. */
static bool
is_wanted(const struct rs_capture *capture, const struct rs_reset_record *record)
{
	const uint64_t *causes = record->sent ? &capture->causes->reasons :
		&capture->causes->verdicts;

	return record->of_conn &&
	       (__atomic_load_n(causes, __ATOMIC_RELAXED) >> record->cause & 1) != 0;
}

/* Capture a reset, if the rate allows it and the main lcore keeps up. */
static void
capture_reset(struct rs_capture *capture, const struct rs_reset_record *record, uint64_t now)
{
	struct rs_capture_shot *shot = NULL;
	uint64_t second = now >> 20;

	if (second != capture->second) {
		capture->second = second;
		capture->taken = 0;
	}
	if (capture->taken >= RS_CAPTURE_RATE ||
	    rte_ring_sc_dequeue(capture->empty, (void **)&shot) != 0) {
		__atomic_store_n(&capture->missed, capture->missed + 1, __ATOMIC_RELAXED);
		return;
	}
	capture->taken++;
	shot->record = *record;
	fill_shot(capture, shot);
	rte_ring_sp_enqueue(capture->full, shot);
}

void
rs_capture_look(struct rs_capture *capture, const struct rs_stack *stack, uint64_t now)
{
	struct rs_reset_record records[RECORDS];
	uint64_t resets = rs_stack_conn_resets(stack);
	unsigned int i, n;

	if (likely(resets == capture->seen))
		return;
	capture->seen = resets;
	do {
		n = rs_stack_resets_from(stack, &capture->from, records, RECORDS);
		capture->from += n;
		for (i = 0; i < n && __atomic_load_n(capture->on, __ATOMIC_RELAXED); i++)
			if (is_wanted(capture, &records[i]))
				capture_reset(capture, &records[i], now);
	} while (n == RECORDS);
}

struct rs_capture_shot *
rs_capture_take(struct rs_capture *capture)
{
	void *shot;

	return rte_ring_sc_dequeue(capture->full, &shot) == 0 ? shot : NULL;
}

void
rs_capture_give_back(struct rs_capture *capture, struct rs_capture_shot *shot)
{
	rte_ring_sp_enqueue(capture->empty, shot);
}

uint64_t
rs_capture_missed(const struct rs_capture *capture)
{
	return __atomic_load_n(&capture->missed, __ATOMIC_RELAXED);
}

/* A ring of shots; it holds one less than its size. */
static struct rte_ring *
make_ring(void)
{
	const unsigned int size = 2 * RS_CAPTURE_WAITING;
	struct rte_ring *ring = rte_zmalloc(NULL, (size_t)rte_ring_get_memsize(size),
		RTE_CACHE_LINE_SIZE);

	if (ring != NULL)
		rte_ring_init(ring, "capture", size, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return ring;
}

struct rs_capture *
rs_capture_create(unsigned int frames, unsigned int most, const struct rs_config_causes *causes,
	const bool *on, unsigned int socket)
{
	struct rs_capture *capture = rte_zmalloc_socket(NULL, sizeof(*capture),
		RTE_CACHE_LINE_SIZE, (int)socket);
	unsigned int i;

	if (capture == NULL)
		return NULL;
	capture->causes = causes;
	frames = rte_align32pow2(frames);
	capture->on = on;
	capture->keep = rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) == 1 ? keep_avx2 : keep_sse;
	capture->mask = frames - 1;
	capture->most = most;
	capture->data = rte_zmalloc_socket(NULL, frames * sizeof(*capture->data),
		RTE_CACHE_LINE_SIZE, (int)socket);
	capture->notes = rte_zmalloc_socket(NULL, frames * sizeof(*capture->notes),
		RTE_CACHE_LINE_SIZE, (int)socket);
	capture->shots = rte_zmalloc_socket(NULL, RS_CAPTURE_WAITING * sizeof(*capture->shots),
		RTE_CACHE_LINE_SIZE, (int)socket);
	capture->empty = make_ring();
	capture->full = make_ring();
	if (capture->data == NULL || capture->notes == NULL || capture->shots == NULL ||
	    capture->empty == NULL || capture->full == NULL) {
		rs_capture_free(capture);
		return NULL;
	}
	for (i = 0; i < RS_CAPTURE_WAITING; i++)
		rte_ring_sp_enqueue(capture->empty, &capture->shots[i]);
	return capture;
}

void
rs_capture_free(struct rs_capture *capture)
{
	if (capture == NULL)
		return;
	rte_free(capture->data);
	rte_free(capture->notes);
	rte_free(capture->shots);
	rte_free(capture->empty);
	rte_free(capture->full);
	rte_free(capture);
}
