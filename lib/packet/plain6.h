/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Plain frames of IPv6: untagged, to our MAC, TCP behind a header without extensions. As those of
 * IPv4 (plain.h) they are checked and answered by a few wide words.
 */

#ifndef RS_PACKET_PLAIN6_H
#define RS_PACKET_PLAIN6_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_vect.h>

#include "base/checksum.h"
#include "base/hash.h"
#include "link/link.h"
#include "packet/headers.h"
#include "packet/plain.h"
#include "packet/segment.h"

/** Bytes of the headers of a plain frame without TCP options. */
#define RS_PLAIN6_LEN (RTE_ETHER_HDR_LEN + RS_IPV6_LEN + RS_TCP_LEN)

/** Offsets of the words of a plain frame. */
enum {
	RS_PLAIN6_FROM = 6,     /**< 8 bytes: source MAC, type */
	RS_PLAIN6_IP = 14,      /**< 8 bytes: version to hop limit */
	RS_PLAIN6_LENGTH = 18,  /**< 2 bytes of these: payload length */
	RS_PLAIN6_NEXT = 20,    /**< 1 byte of these: next header */
	RS_PLAIN6_SRC = 22,     /**< 16 bytes */
	RS_PLAIN6_DST = 38,     /**< 16 bytes */
	RS_PLAIN6_PORTS = 54,   /**< 4 bytes: source, destination */
	RS_PLAIN6_NUMBERS = 58, /**< 8 bytes: SEQ, ACK */
	RS_PLAIN6_OFFSET = 66,  /**< 8 bytes: offset, flags, window, checksum, urgent pointer */
	RS_PLAIN6_FLAGS = 67,   /**< 1 byte of these */
	RS_PLAIN6_TCP_CKSUM = 70, /**< 2 bytes of these */
};

/* The bits of bytes 0 to 15 that are the same in each plain frame: those of rs_port_words6.head,
 * with the group bit of the source MAC. */
#define RS_PLAIN6_MASK_0 RTE_BE64(UINT64_C(0xffffffffffff0100))
#define RS_PLAIN6_MASK_1 RTE_BE64(UINT64_C(0x00000000fffff000))

/** The port of ours that a plain frame is for. */
static inline rte_be16_t
rs_plain6_lport(const uint8_t *p)
{
	rte_be16_t port;

	memcpy(&port, p + RS_PLAIN6_PORTS + sizeof(port), sizeof(port));
	return port;
}

/** The port of the peer. */
static inline rte_be16_t
rs_plain6_rport(const uint8_t *p)
{
	rte_be16_t port;

	memcpy(&port, p + RS_PLAIN6_PORTS, sizeof(port));
	return port;
}

/** The scalar twin of rs_plain6_head_is_good(). */
static inline bool
rs_plain6_head_is_good_scalar(const struct rs_port_words6 *words, const uint8_t *p)
{
	return (((rs_cksum_word64(p) ^ words->head[0]) & RS_PLAIN6_MASK_0) |
		((rs_cksum_word64(p + 8) ^ words->head[1]) & RS_PLAIN6_MASK_1)) == 0;
}

/** The scalar twin of rs_plain6_addrs_are_usual(). */
static inline bool
rs_plain6_addrs_are_usual_scalar(const struct rs_link *link, const struct rs_port_words6 *words,
	const uint8_t *p)
{
	struct rs_addr src, dst;

	memcpy(&src, p + RS_PLAIN6_SRC, sizeof(src));
	memcpy(&dst, p + RS_PLAIN6_DST, sizeof(dst));
	return rs_addr_equal(&dst, &words->addr) &&
	       !rs_addr_equal_masked(&src, &link->common6, &link->common6_mask);
}

#ifdef __SSE4_1__
/** Whether bytes 0 to 15 are those of a plain frame to this port. */
static inline bool
rs_plain6_head_is_good(const struct rs_port_words6 *words, const uint8_t *p)
{
	const __m128i mask = _mm_set_epi64x((int64_t)RS_PLAIN6_MASK_1, (int64_t)RS_PLAIN6_MASK_0);
	__m128i w = _mm_loadu_si128((const __m128i *)(const void *)p);

	w = _mm_xor_si128(w, _mm_load_si128((const __m128i *)(const void *)words->head));
	return _mm_testz_si128(w, mask);
}

/**
 * Whether the destination is the address in the words of the port, and the source none of ours,
 * because it differs from the bits that these share.
 */
static inline bool
rs_plain6_addrs_are_usual(const struct rs_link *link, const struct rs_port_words6 *words,
	const uint8_t *p)
{
	__m128i src = _mm_loadu_si128((const __m128i *)(const void *)(p + RS_PLAIN6_SRC));
	__m128i dst = _mm_loadu_si128((const __m128i *)(const void *)(p + RS_PLAIN6_DST));

	dst = _mm_xor_si128(dst, _mm_load_si128((const __m128i *)(const void *)&words->addr));
	src = _mm_xor_si128(src, _mm_loadu_si128((const __m128i *)(const void *)&link->common6));
	return _mm_testz_si128(dst, dst) && !_mm_testz_si128(src,
		_mm_loadu_si128((const __m128i *)(const void *)&link->common6_mask));
}
#else
static inline bool
rs_plain6_head_is_good(const struct rs_port_words6 *words, const uint8_t *p)
{
	return rs_plain6_head_is_good_scalar(words, p);
}

static inline bool
rs_plain6_addrs_are_usual(const struct rs_link *link, const struct rs_port_words6 *words,
	const uint8_t *p)
{
	return rs_plain6_addrs_are_usual_scalar(link, words, p);
}
#endif

/**
 * Parse the plain frames of IPv6 at the beginning of a burst: each becomes a segment or a stray,
 * which are appended.
 *
 * @param lookup  as of rs_segment_parse_burst()
 * @param pkts    the frames, to `end`
 * @param parsed  [in,out] its segments and strays6
 * @return the first frame that is not plain or not correct, which is not counted; or end
 */
struct rte_mbuf **rs_plain6_parse(const struct rs_link *link, const struct rs_portset *lookup,
	struct rte_mbuf **pkts, struct rte_mbuf **end, struct rs_parsed *parsed);

/**
 * Turn a plain frame into a reply without options and text and with a window of 0, in place, to
 * the sender's MAC; as rs_frame_answer(). The caller counts it, and leaves checksums to a device.
 *
 * @param words    of the port of m
 * @param m        its data begins at p
 * @param sum      rs_stray6.sum
 * @param numbers  SEQ and ACK of the reply as in a frame, one of which is 0
 */
static __rte_always_inline void
rs_plain6_answer(const struct rs_port_words6 *words, const struct rs_hash_key *key,
	struct rte_mbuf *m, uint8_t *p, uint64_t sum, uint64_t numbers, uint8_t flags)
{
	uint32_t offset = rte_cpu_to_be_32((uint32_t)RS_TCP_LEN / 4 << 28 | (uint32_t)flags << 16);
	uint32_t ports = rs_cksum_word(p + RS_PLAIN6_PORTS, 0);
	uint64_t flow = rs_plain_pair(rs_hash_flow_label(key,
		rs_cksum_word64(p + RS_PLAIN6_SRC + 8), ports), 0);
	struct rs_addr src, dst;
	rte_be16_t cksum;

	/* the other fields of the TCP header are 0 */
	cksum = rs_cksum_finish(rs_cksum_add64(sum, (numbers >> 32 | (uint32_t)numbers) +
		(uint64_t)offset + RTE_BE32((uint32_t)RS_TCP_LEN)));
	memcpy(&src, p + RS_PLAIN6_SRC, sizeof(src));
	memcpy(&dst, p + RS_PLAIN6_DST, sizeof(dst));
	rs_cksum_put64(p, rs_cksum_word64(p + RS_PLAIN6_FROM));
	rs_cksum_put64(p + RS_PLAIN6_FROM, words->src_ipv6);
	rs_cksum_put64(p + RS_PLAIN6_IP, words->reply | flow);
	memcpy(p + RS_PLAIN6_SRC, &dst, sizeof(dst));
	memcpy(p + RS_PLAIN6_DST, &src, sizeof(src));
	rs_cksum_put(p + RS_PLAIN6_PORTS, 0, ports << 16 | ports >> 16);
	rs_cksum_put64(p + RS_PLAIN6_NUMBERS, numbers);
	rs_cksum_put64(p + RS_PLAIN6_OFFSET, rs_plain_pair(offset, 0));
	memcpy(p + RS_PLAIN6_TCP_CKSUM, &cksum, sizeof(cksum));
	m->data_len = RS_PLAIN6_LEN;
	m->pkt_len = RS_PLAIN6_LEN;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
}

/** Offset of TSval and TSecr in the options of a plain SYN-ACK, where there are timestamps. */
#define RS_PLAIN6_TS (RS_PLAIN6_LEN + 8)

/** The words of the SYN-ACKs of a port to peers that offer the same options; as those of IPv4. */
struct rs_plain6_syn_ack {
	uint64_t ip;            /**< RS_PLAIN6_IP, with a DiffServ field and a flow label of 0 */
	uint64_t offset;        /**< RS_PLAIN6_OFFSET */
	uint64_t tcp_sum;       /**< of it, the options, and the pseudo-header without addresses */
	uint8_t opt[RS_PLAIN_SYN_OPTIONS]; /**< timestamps are 0 */
	uint16_t len;           /**< of the frame */
} __rte_cache_aligned;

/**
 * Turn a plain SYN into its SYN-ACK; as rs_frame_reply(). The caller counts it. The device makes no
 * checksum.
 *
 * @param words  of the port of m
 * @param t      words of the answer
 * @param m      the SYN; it has room for t->opt behind the headers
 */
static __rte_always_inline void
rs_plain6_syn_ack(const struct rs_port_words6 *words, const struct rs_hash_key *key,
	const struct rs_plain6_syn_ack *t, struct rte_mbuf *m, const struct rs_plain_syn_words *w)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t ports = rs_cksum_word(p + RS_PLAIN6_PORTS, 0);
	uint32_t flow = rte_cpu_to_be_32((uint32_t)w->tos << 20) | rs_hash_flow_label(key,
		rs_cksum_word64(p + RS_PLAIN6_SRC + 8), ports);
	uint64_t sum = t->tcp_sum + ports;
	struct rs_addr src, dst;
	rte_be16_t cksum;
	unsigned int i;

	memcpy(&src, p + RS_PLAIN6_SRC, sizeof(src));
	memcpy(&dst, p + RS_PLAIN6_DST, sizeof(dst));
	for (i = 0; i < RTE_DIM(src.w); i++)
		sum += (uint64_t)src.w[i] + dst.w[i];
	cksum = rs_cksum_finish(rs_cksum_add64(rs_cksum_add64(sum, w->numbers), w->ts));
	rs_cksum_put64(p, rs_cksum_word64(p + RS_PLAIN6_FROM));
	rs_cksum_put64(p + RS_PLAIN6_FROM, words->src_ipv6);
	rs_cksum_put64(p + RS_PLAIN6_IP, t->ip | rs_plain_pair(flow, 0));
	memcpy(p + RS_PLAIN6_SRC, &dst, sizeof(dst));
	memcpy(p + RS_PLAIN6_DST, &src, sizeof(src));
	rs_cksum_put(p + RS_PLAIN6_PORTS, 0, ports << 16 | ports >> 16);
	rs_cksum_put64(p + RS_PLAIN6_NUMBERS, w->numbers);
	rs_cksum_put64(p + RS_PLAIN6_OFFSET, t->offset);
	memcpy(p + RS_PLAIN6_TCP_CKSUM, &cksum, sizeof(cksum));
	memcpy(p + RS_PLAIN6_LEN, t->opt, sizeof(t->opt));
	if (w->ts != 0)
		rs_cksum_put64(p + RS_PLAIN6_TS, w->ts);
	m->data_len = t->len;
	m->pkt_len = t->len;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
}

#endif /* RS_PACKET_PLAIN6_H */
