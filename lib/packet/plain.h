/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Plain frames, as nearly all are: untagged, to our MAC, IPv4 without options, no fragment, TCP.
 * Each field of their headers has a fixed place, so a few wide words check them, and a few wide
 * stores turn one into a reply. Frames of any other shape go the full way (parse_frame(),
 * rs_frame_answer()), which gives the same results.
 */

#ifndef RS_PACKET_PLAIN_H
#define RS_PACKET_PLAIN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_vect.h>

#include "base/checksum.h"
#include "link/link.h"
#include "packet/frame_write.h"
#include "packet/headers.h"

/** Bytes of the headers of a plain frame without TCP options. */
#define RS_PLAIN_LEN (RTE_ETHER_HDR_LEN + RS_IPV4_LEN + RS_TCP_LEN)

/** Offsets of the words of a plain frame. */
enum {
	RS_PLAIN_FROM = 6,      /**< 8 bytes: source MAC, type */
	RS_PLAIN_IP = 14,       /**< 8 bytes: version, DiffServ, total length, id, fragment */
	RS_PLAIN_LENGTH = 16,   /**< 2 bytes: total length */
	RS_PLAIN_TTL = 22,      /**< 4 bytes: TTL, protocol, header checksum */
	RS_PLAIN_IP_CKSUM = 24, /**< 2 bytes of these */
	RS_PLAIN_ADDRS = 26,    /**< 8 bytes: source, destination */
	RS_PLAIN_PORTS = 34,    /**< 4 bytes: source, destination */
	RS_PLAIN_NUMBERS = 38,  /**< 8 bytes: SEQ, ACK */
	RS_PLAIN_OFFSET = 46,   /**< 8 bytes: offset, flags, window, checksum, urgent pointer */
	RS_PLAIN_FLAGS = 47,    /**< 1 byte of these */
	RS_PLAIN_TCP_CKSUM = 50, /**< 2 bytes of these */
};

/* The bits of bytes 0 to 31 that are the same in each plain frame: those of rs_port_words.head,
 * with the group bit of the source MAC, then no fragment (RFC 791 3.1), and TCP. */
#define RS_PLAIN_MASK_0 RTE_BE64(UINT64_C(0xffffffffffff0100))
#define RS_PLAIN_MASK_1 RTE_BE64(UINT64_C(0x00000000ffffff00))
#define RS_PLAIN_MASK_2 RTE_BE64(UINT64_C(0x000000003fff00ff))
#define RS_PLAIN_WORD_2 RTE_BE64((uint64_t)IPPROTO_TCP)

/** The port of ours that a plain frame is for. */
static inline uint16_t
rs_plain_lport(const uint8_t *p)
{
	return (uint16_t)(p[RS_PLAIN_PORTS + 2] << 8 | p[RS_PLAIN_PORTS + 3]);
}

/** Whether the peer's port is 0. */
static inline bool
rs_plain_rport_is_zero(const uint8_t *p)
{
	uint16_t port;

	memcpy(&port, p + RS_PLAIN_PORTS, sizeof(port));
	return port == 0;
}

/** The scalar twin of rs_plain_head_is_good(). */
static inline bool
rs_plain_head_is_good_scalar(const struct rs_port_words *port, const uint8_t *p)
{
	uint64_t wrong = (rs_cksum_word64(p) ^ port->head[0]) & RS_PLAIN_MASK_0;

	wrong |= (rs_cksum_word64(p + 8) ^ port->head[1]) & RS_PLAIN_MASK_1;
	wrong |= (rs_cksum_word64(p + 16) ^ RS_PLAIN_WORD_2) & RS_PLAIN_MASK_2;
	return wrong == 0;
}

/** The scalar twin of rs_plain_source_is_good(). */
static inline bool
rs_plain_source_is_good_scalar(const struct rs_port_words *port, rte_be32_t src)
{
	unsigned int i;

	for (i = 0; i < RS_NO_PEERS; i++)
		if ((src & port->no_peer_mask[i]) == port->no_peer[i])
			return false;
	return true;
}

#ifdef __SSE4_1__
/** Whether bytes 0 to 31 are those of a plain frame to this port. */
static inline bool
rs_plain_head_is_good(const struct rs_port_words *port, const uint8_t *p)
{
	const __m128i mask0 = _mm_set_epi64x((int64_t)RS_PLAIN_MASK_1, (int64_t)RS_PLAIN_MASK_0);
	const __m128i mask1 = _mm_set_epi64x(0, (int64_t)RS_PLAIN_MASK_2);
	const __m128i head1 = _mm_set_epi64x(0, (int64_t)RS_PLAIN_WORD_2);
	__m128i w0 = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i w1 = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));

	w0 = _mm_xor_si128(w0, _mm_load_si128((const __m128i *)(const void *)port->head));
	w1 = _mm_xor_si128(w1, head1);
	w0 = _mm_or_si128(_mm_and_si128(w0, mask0), _mm_and_si128(w1, mask1));
	return _mm_testz_si128(w0, w0);
}

/** Whether a source is none of rs_port_words.no_peer; if it is one, it may be a peer's still. */
static inline bool
rs_plain_source_is_good(const struct rs_port_words *port, rte_be32_t src)
{
	__m128i w = _mm_and_si128(_mm_set1_epi32((int)src),
		_mm_load_si128((const __m128i *)(const void *)port->no_peer_mask));

	w = _mm_cmpeq_epi32(w, _mm_load_si128((const __m128i *)(const void *)port->no_peer));
	return _mm_testz_si128(w, w);
}
#else
static inline bool
rs_plain_head_is_good(const struct rs_port_words *port, const uint8_t *p)
{
	return rs_plain_head_is_good_scalar(port, p);
}

static inline bool
rs_plain_source_is_good(const struct rs_port_words *port, rte_be32_t src)
{
	return rs_plain_source_is_good_scalar(port, src);
}
#endif

/** A word of two in the order of a frame, such as RS_PLAIN_NUMBERS. */
static inline uint64_t
rs_plain_pair(uint32_t first, uint32_t second)
{
	return RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN ? (uint64_t)second << 32 | first :
		(uint64_t)first << 32 | second;
}

/** The two words of a pair, in the order of a frame. */
static inline uint32_t
rs_plain_first(uint64_t pair)
{
	return (uint32_t)(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN ? pair : pair >> 32);
}

static inline uint32_t
rs_plain_second(uint64_t pair)
{
	return (uint32_t)(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN ? pair >> 32 : pair);
}

/** The words that all plain replies of a link share, and their sum. */
struct rs_plain_reply {
	uint64_t ip;            /**< for RS_PLAIN_IP */
	uint32_t ttl;           /**< for RS_PLAIN_TTL, without the checksum */
	uint64_t ip_sum;        /**< of both, below 2^33 */
};

/** Make the words of the replies: 40 bytes, identification 0, DF set (RFC 6864 4.1). */
static inline struct rs_plain_reply
rs_plain_reply_init(const struct rs_link *link)
{
	uint64_t len = RS_IPV4_LEN + RS_TCP_LEN;
	struct rs_plain_reply reply = {
		.ip = rte_cpu_to_be_64((uint64_t)RTE_IPV4_VHL_DEF << 56 |
			(uint64_t)link->tos << 48 | len << 32 | RTE_IPV4_HDR_DF_FLAG),
		.ttl = rte_cpu_to_be_32((uint32_t)link->ttl << 24 | IPPROTO_TCP << 16),
	};

	reply.ip_sum = (reply.ip >> 32) + (uint32_t)reply.ip + reply.ttl;
	return reply;
}

/**
 * Turn a plain frame into a reply without options and text and with a window of 0, in place, to
 * the sender's MAC; as rs_frame_answer(). The caller counts it.
 *
 * @param m        its data begins at p
 * @param numbers  SEQ and ACK of the reply, one of which is 0
 */
static inline void
rs_plain_answer(const struct rs_link *link, const struct rs_plain_reply *reply,
	struct rte_mbuf *m, uint8_t *p, uint64_t numbers, uint8_t flags)
{
	const struct rs_port_words *words = &link->words[m->port];
	uint64_t addrs = rs_cksum_word64(p + RS_PLAIN_ADDRS);
	uint32_t ports = rs_cksum_word(p + RS_PLAIN_PORTS, 0);
	uint32_t offset = rte_cpu_to_be_32((uint32_t)RS_TCP_LEN / 4 << 28 | (uint32_t)flags << 16);
	uint64_t sum = (addrs >> 32) + (uint32_t)addrs;
	rte_be16_t ip_cksum = rs_cksum_finish(sum + reply->ip_sum);

	/* the other fields of the TCP header are 0 */
	sum += (numbers >> 32 | (uint32_t)numbers) + (uint64_t)ports + offset +
	       RTE_BE32((uint32_t)IPPROTO_TCP << 16 | (uint32_t)RS_TCP_LEN);
	rs_cksum_put64(p, rs_cksum_word64(p + RS_PLAIN_FROM));
	rs_cksum_put64(p + RS_PLAIN_FROM, words->src_ipv4);
	rs_cksum_put64(p + RS_PLAIN_IP, reply->ip);
	rs_cksum_put(p + RS_PLAIN_TTL, 0, reply->ttl);
	memcpy(p + RS_PLAIN_IP_CKSUM, &ip_cksum, sizeof(ip_cksum));
	rs_cksum_put64(p + RS_PLAIN_ADDRS, addrs << 32 | addrs >> 32);
	rs_cksum_put(p + RS_PLAIN_PORTS, 0, ports << 16 | ports >> 16);
	rs_cksum_put64(p + RS_PLAIN_NUMBERS, numbers);
	rs_cksum_put64(p + RS_PLAIN_OFFSET, rs_plain_pair(offset, 0));
	ip_cksum = rs_cksum_finish(sum);
	memcpy(p + RS_PLAIN_TCP_CKSUM, &ip_cksum, sizeof(ip_cksum));
	m->data_len = RS_PLAIN_LEN;
	m->pkt_len = RS_PLAIN_LEN;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	if (unlikely(words->offload))
		rs_frame_offload(&link->ports[m->port], m, RTE_ETHER_HDR_LEN, RS_TCP_LEN);
}

#endif /* RS_PACKET_PLAIN_H */
