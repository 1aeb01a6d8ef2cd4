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

/** nb_segs and port of an mbuf, as one word. */
static inline uint32_t
rs_plain_shape(const struct rte_mbuf *m)
{
	static_assert(offsetof(struct rte_mbuf, port) ==
		offsetof(struct rte_mbuf, nb_segs) + sizeof(m->nb_segs), "they are neighbours");

	return rs_cksum_word((const uint8_t *)m + offsetof(struct rte_mbuf, nb_segs), 0);
}

/** The same of a frame of a port that is not cut. */
static inline uint32_t
rs_plain_shape_of(uint16_t port)
{
	const uint16_t fields[2] = { 1, port };

	return rs_cksum_word(fields, 0);
}

/** The port of ours that a plain frame is for. */
static inline rte_be16_t
rs_plain_lport(const uint8_t *p)
{
	rte_be16_t port;

	memcpy(&port, p + RS_PLAIN_PORTS + sizeof(port), sizeof(port));
	return port;
}

/** The port of the peer. */
static inline rte_be16_t
rs_plain_rport(const uint8_t *p)
{
	rte_be16_t port;

	memcpy(&port, p + RS_PLAIN_PORTS, sizeof(port));
	return port;
}

/** Whether the peer's port is 0. */
static inline bool
rs_plain_rport_is_zero(const uint8_t *p)
{
	return rs_plain_rport(p) == 0;
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

/** The words of a plain frame that its reply has, too. */
struct rs_plain_peer {
	uint64_t addrs;         /**< RS_PLAIN_ADDRS */
	uint32_t ports;         /**< RS_PLAIN_PORTS */
};

/** Read them. */
static inline struct rs_plain_peer
rs_plain_read_peer(const uint8_t *p)
{
	return (struct rs_plain_peer){
		rs_cksum_word64(p + RS_PLAIN_ADDRS), rs_cksum_word(p + RS_PLAIN_PORTS, 0),
	};
}

/**
 * Turn a plain frame into a reply without options and text and with a window of 0, in place, to
 * the sender's MAC; as rs_frame_answer(). The caller counts it, and leaves checksums to a device
 * that makes them: rs_plain_offload().
 *
 * @param words    of the port of m
 * @param m        its data begins at p
 * @param peer     read from it
 * @param numbers  SEQ and ACK of the reply, one of which is 0
 */
static __rte_always_inline void
rs_plain_answer(const struct rs_port_words *words, struct rte_mbuf *m, uint8_t *p,
	struct rs_plain_peer peer, uint64_t numbers, uint8_t flags)
{
	uint32_t offset = rte_cpu_to_be_32((uint32_t)RS_TCP_LEN / 4 << 28 | (uint32_t)flags << 16);
	uint64_t sum = (peer.addrs >> 32) + (uint32_t)peer.addrs;
	struct rs_cksums cksums;

	/* the other fields of the TCP header are 0 */
	cksums = rs_cksum_finish_both(sum + words->reply_sum, sum +
		(numbers >> 32 | (uint32_t)numbers) + (uint64_t)peer.ports + offset +
		RTE_BE32((uint32_t)IPPROTO_TCP << 16 | (uint32_t)RS_TCP_LEN));
	rs_cksum_put64(p, rs_cksum_word64(p + RS_PLAIN_FROM));
	memcpy(p + RS_PLAIN_FROM, words->reply, sizeof(words->reply));
	rs_cksum_put(p + RS_PLAIN_TTL, 0, words->reply_ttl);
	memcpy(p + RS_PLAIN_IP_CKSUM, &cksums.a, sizeof(cksums.a));
	rs_cksum_put64(p + RS_PLAIN_ADDRS, peer.addrs << 32 | peer.addrs >> 32);
	rs_cksum_put(p + RS_PLAIN_PORTS, 0, peer.ports << 16 | peer.ports >> 16);
	rs_cksum_put64(p + RS_PLAIN_NUMBERS, numbers);
	rs_cksum_put64(p + RS_PLAIN_OFFSET, rs_plain_pair(offset, 0));
	memcpy(p + RS_PLAIN_TCP_CKSUM, &cksums.b, sizeof(cksums.b));
	m->data_len = RS_PLAIN_LEN;
	m->pkt_len = RS_PLAIN_LEN;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
}

/** The ends of a plain frame that we send. */
struct rs_plain_ends {
	uint64_t mac;           /**< 8 bytes that begin with the MAC of the next hop */
	uint64_t addrs;         /**< RS_PLAIN_ADDRS: ours, the peer's */
	uint32_t ports;         /**< RS_PLAIN_PORTS */
};

/** The ends of a reply to a plain frame. */
static inline struct rs_plain_ends
rs_plain_ends_of_reply(const uint8_t *p)
{
	struct rs_plain_peer peer = rs_plain_read_peer(p);

	return (struct rs_plain_ends){
		.mac = rs_cksum_word64(p + RS_PLAIN_FROM),
		.addrs = peer.addrs << 32 | peer.addrs >> 32,
		.ports = peer.ports << 16 | peer.ports >> 16,
	};
}

/** The ends of the segments of an IPv4 connection. */
static __rte_always_inline struct rs_plain_ends
rs_plain_ends_of_tuple(const struct rs_neigh *to, const struct rs_tuple *tuple)
{
	return (struct rs_plain_ends){
		.mac = rs_cksum_word64(&to->mac),
		.addrs = rs_plain_pair(tuple->laddr.w[3], tuple->raddr.w[3]),
		.ports = rte_cpu_to_be_32((uint32_t)tuple->lport << 16 | tuple->rport),
	};
}

/** The words of a plain frame that differ from segment to segment. */
struct rs_plain_words {
	uint64_t ip;            /**< RS_PLAIN_IP */
	uint64_t numbers;       /**< RS_PLAIN_NUMBERS */
	uint64_t offset;        /**< RS_PLAIN_OFFSET, with a checksum of 0 */
};

/** Write the headers of a plain frame of `len` bytes to p, the data of m. The caller counts it. */
static __rte_always_inline void
rs_plain_write(const struct rs_port_words *port, struct rte_mbuf *m, uint8_t *p,
	const struct rs_plain_ends *ends, const struct rs_plain_words *w, struct rs_cksums cksums,
	uint16_t len)
{
	rs_cksum_put64(p, ends->mac); /* its last two bytes are overwritten */
	rs_cksum_put64(p + RS_PLAIN_FROM, port->src_ipv4);
	rs_cksum_put64(p + RS_PLAIN_IP, w->ip);
	rs_cksum_put(p + RS_PLAIN_TTL, 0, port->reply_ttl);
	memcpy(p + RS_PLAIN_IP_CKSUM, &cksums.a, sizeof(cksums.a));
	rs_cksum_put64(p + RS_PLAIN_ADDRS, ends->addrs);
	rs_cksum_put(p + RS_PLAIN_PORTS, 0, ends->ports);
	rs_cksum_put64(p + RS_PLAIN_NUMBERS, w->numbers);
	rs_cksum_put64(p + RS_PLAIN_OFFSET, w->offset);
	memcpy(p + RS_PLAIN_TCP_CKSUM, &cksums.b, sizeof(cksums.b));
	m->data_len = len;
	m->pkt_len = len;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
}

/** A segment without options. */
struct rs_plain_segment {
	uint32_t seq;
	uint32_t ack;
	uint16_t wnd;           /**< scaled already */
	uint8_t flags;          /**< RTE_TCP_*_FLAG */
	uint8_t tos;            /**< DiffServ field */
};

/**
 * Write the headers of a segment in front of its text; as rs_frame_write(). The caller counts it,
 * and leaves checksums to a device that makes them.
 *
 * @param p    data of m; the text lies behind RS_PLAIN_LEN bytes
 * @param len  bytes of text
 * @param sum  their sum; unused if the device makes the TCP checksum
 */
static __rte_always_inline void
rs_plain_segment_write(const struct rs_port_words *port, struct rte_mbuf *m, uint8_t *p,
	const struct rs_plain_ends *ends, const struct rs_plain_segment *out, uint32_t len,
	uint64_t sum)
{
	uint32_t tcp_len = (uint32_t)RS_TCP_LEN + len;
	const struct rs_plain_words w = {
		/* identification 0, DF set (RFC 6864 4.1) */
		.ip = rte_cpu_to_be_64((uint64_t)RTE_IPV4_VHL_DEF << 56 | (uint64_t)out->tos << 48 |
			(uint64_t)(RS_IPV4_LEN + tcp_len) << 32 | RTE_IPV4_HDR_DF_FLAG),
		.numbers = rte_cpu_to_be_64((uint64_t)out->seq << 32 | out->ack),
		.offset = rs_plain_pair(rte_cpu_to_be_32((uint32_t)RS_TCP_LEN / 4 << 28 |
			(uint32_t)out->flags << 16 | out->wnd), 0),
	};
	uint64_t addrs = (ends->addrs >> 32) + (uint32_t)ends->addrs;

	sum = rs_cksum_add64(sum, addrs + ends->ports +
		rte_cpu_to_be_32((uint32_t)IPPROTO_TCP << 16 | tcp_len));
	rs_plain_write(port, m, p, ends, &w, rs_cksum_finish_both(
		rs_cksum_add64(addrs + port->reply_ttl, w.ip),
		rs_cksum_add64(rs_cksum_add64(sum, w.numbers), w.offset)),
		(uint16_t)(RS_PLAIN_LEN + len));
}

/**
 * Leave checksums of a plain frame that has been written to the device, if it makes them; as
 * rs_frame_offload().
 */
static __rte_always_inline void
rs_plain_offload(const struct rs_port_words *port, struct rte_mbuf *m, uint8_t *p)
{
	uint64_t header_len = (uint64_t)(p[RS_PLAIN_OFFSET] >> 4) * 4;
	uint64_t addrs = rs_cksum_word64(p + RS_PLAIN_ADDRS);
	uint16_t pseudo = rs_cksum_fold((addrs >> 32) + (uint32_t)addrs +
		rte_cpu_to_be_32((uint32_t)IPPROTO_TCP << 16 |
			(uint32_t)(m->data_len - RTE_ETHER_HDR_LEN - RS_IPV4_LEN)));

	if (port->tx_flags == 0)
		return;
	m->tx_offload = rte_mbuf_tx_offload(RTE_ETHER_HDR_LEN, RS_IPV4_LEN, header_len, 0, 0, 0, 0);
	m->ol_flags |= port->tx_flags;
	if ((port->tx_flags & RTE_MBUF_F_TX_IP_CKSUM) != 0)
		memset(p + RS_PLAIN_IP_CKSUM, 0, sizeof(pseudo));
	if ((port->tx_flags & RTE_MBUF_F_TX_TCP_CKSUM) != 0)
		memcpy(p + RS_PLAIN_TCP_CKSUM, &pseudo, sizeof(pseudo));
}

/** Bytes of options of a plain SYN-ACK: MSS, SACK-permitted, timestamps, window shift. */
#define RS_PLAIN_SYN_OPTIONS 20

/** Offset of TSval and TSecr in them, where there are timestamps. */
#define RS_PLAIN_TS (RS_PLAIN_LEN + 8)

/** The words of the SYN-ACKs of a port to peers that offer the same options. */
struct rs_plain_syn_ack {
	uint64_t ip;            /**< RS_PLAIN_IP, with a DiffServ field of 0 */
	uint64_t ip_sum;        /**< of the IP header without addresses */
	uint64_t offset;        /**< RS_PLAIN_OFFSET */
	uint64_t tcp_sum;       /**< of it, the options, and the pseudo-header without addresses */
	uint8_t opt[RS_PLAIN_SYN_OPTIONS]; /**< timestamps are 0 */
	uint16_t len;           /**< of the frame */
} __rte_cache_aligned;

/** The words of a SYN-ACK that differ. */
struct rs_plain_syn_words {
	uint64_t numbers;       /**< RS_PLAIN_NUMBERS */
	uint64_t ts;            /**< TSval and TSecr; 0: no timestamps */
	uint8_t tos;            /**< DiffServ field */
};

/**
 * Write a SYN-ACK; as rs_frame_write(). The caller counts it, and leaves checksums to a
 * device that makes them.
 *
 * @param port  words of the port
 * @param t     words of the answer
 * @param m     it has room for t->opt behind the headers
 */
static __rte_always_inline void
rs_plain_syn_ack(const struct rs_port_words *port, const struct rs_plain_syn_ack *t,
	struct rte_mbuf *m, const struct rs_plain_ends *ends, const struct rs_plain_syn_words *w)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint64_t tos = rs_plain_pair(rte_cpu_to_be_32((uint32_t)w->tos << 16), 0);
	const struct rs_plain_words words = {
		.ip = t->ip | tos,
		.numbers = w->numbers,
		.offset = t->offset,
	};
	uint64_t addrs = (ends->addrs >> 32) + (uint32_t)ends->addrs;

	rs_plain_write(port, m, p, ends, &words, rs_cksum_finish_both(
		rs_cksum_add64(addrs + t->ip_sum, tos), rs_cksum_add64(rs_cksum_add64(
			addrs + ends->ports + t->tcp_sum, w->numbers), w->ts)), t->len);
	memcpy(p + RS_PLAIN_LEN, t->opt, sizeof(t->opt));
	if (w->ts != 0)
		rs_cksum_put64(p + RS_PLAIN_TS, w->ts);
}

#endif /* RS_PACKET_PLAIN_H */
