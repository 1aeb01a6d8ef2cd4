/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A received TCP segment in host order, and the parser that makes segments of frames. Frames
 * without a segment do not pass it: it answers ARP, neighbour discovery, ICMP echo and UDP, and
 * drops the rest.
 */

#ifndef RS_PACKET_SEGMENT_H
#define RS_PACKET_SEGMENT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_vect.h>

#include "base/addr.h"
#include "base/checksum.h"
#include "base/portset.h"
#include "base/stats.h"
#include "packet/headers.h"
#include "rstack.h"

struct rs_link;

/** In rs_segment.owed: the mbuf of the segment holds the answer to it already. */
#define RS_SEGMENT_ANSWERED (RS_RESET_MAX + 1)

/** A received TCP segment; offsets count from the start of its mbuf's data, in bytes. */
struct rs_segment {
	struct rs_tuple tuple;  /**< local is the destination, remote the source */
	uint32_t hash;          /**< rs_tuple_hash() of tuple */
	uint32_t seq;           /**< SEG.SEQ */
	uint32_t ack;           /**< SEG.ACK; undefined without the ACK flag */
	uint16_t len;           /**< SEG.LEN: data_len, plus one each for SYN and FIN */
	uint16_t wnd;           /**< SEG.WND, not scaled */
	uint16_t up;            /**< SEG.UP; undefined without the URG flag */
	uint16_t data_off;      /**< of the text */
	uint16_t data_len;      /**< bytes of text, without Ethernet padding */
	uint8_t flags;          /**< RTE_TCP_*_FLAG */
	uint8_t l3_off;         /**< of the IP header */
	uint8_t l4_off;         /**< of the TCP header, behind options or extension headers */
	uint8_t opt_len;        /**< bytes of TCP options, which begin at l4_off + 20 */
	uint8_t tos;            /**< DiffServ and ECN field */
	uint8_t owed;           /**< enum rs_reset_reason of the reset owed; RS_RESET_MAX: none, as
				 *   the parser sets it; or RS_SEGMENT_ANSWERED */
} __rte_cache_aligned;

static_assert(sizeof(struct rs_segment) == RTE_CACHE_LINE_SIZE, "a segment is one line");

/** A stray: the plain frame (packet/plain.h) of a good segment that can have no connection. */
struct rs_stray {
	struct rte_mbuf *m;
	uint16_t text_len;      /**< bytes of text: SEG.LEN without SYN and FIN */
};

/** The same of IPv6 (packet/plain6.h). */
struct rs_stray6 {
	struct rte_mbuf *m;
	uint64_t sum;           /**< of its addresses, ports and protocol, as those of its reply */
	uint16_t text_len;      /**< bytes of text: SEG.LEN without SYN and FIN */
};

/**
 * The frames of a burst: each is in one of the arrays, in the order of the burst, unless it is a
 * fragment that waits for the rest of its datagram (packet/fragment.h).
 */
struct rs_parsed {
	uint16_t n_segments;
	uint16_t n_strays;
	uint16_t n_strays6;
	uint16_t n_replies;
	uint16_t n_free;
	struct rs_segment segs[RS_BURST];
	struct rte_mbuf *pkts[RS_BURST];    /**< segs[i] was read from pkts[i] */
	struct rs_stray strays[RS_BURST];
	struct rs_stray6 strays6[RS_BURST];
	struct rte_mbuf *replies[RS_BURST]; /**< ARP, ICMP: they hold a reply to be sent */
	struct rte_mbuf *done[RS_BURST];    /**< to be freed */
};

/**
 * Parse a burst: Ethernet, VLAN, ARP, IPv4, IPv6, ICMP, UDP, TCP header (RFC 894, 826, 791, 8200,
 * 792, 4443, 768, 9293 3.1). Checksums that the device did not verify are verified here.
 * Each frame becomes a segment or a stray, or its own reply, or is kept as a fragment, or is to be
 * freed; a frame that is dropped is counted under one enum rs_drop.
 *
 * @param link    ports and addresses of this worker
 * @param lookup  the ports whose segments may have a connection or a listener, and port 0; plain
 *                frames to another port become strays
 * @param pkts    n received frames; the array is the callee's to use
 * @param n       1..RS_BURST
 * @param now     microseconds, for the rate limits of ICMP and ARP
 * @param parsed  [out] the n mbufs
 */
void rs_segment_parse_burst(struct rs_link *link, const struct rs_portset *lookup,
	struct rte_mbuf **pkts, uint16_t n, uint64_t now, struct rs_parsed *parsed);

/** The scalar twin of rs_segment_read_fields(). */
static inline void
rs_segment_read_fields_scalar(struct rs_segment *seg, const struct rte_tcp_hdr *th)
{
	seg->seq = rte_be_to_cpu_32(th->sent_seq);
	seg->ack = rte_be_to_cpu_32(th->recv_ack);
	seg->wnd = rte_be_to_cpu_16(th->rx_win);
	seg->up = rte_be_to_cpu_16(th->tcp_urp);
}

/** Read SEG.SEQ, SEG.ACK, SEG.WND and SEG.UP. The fields between them are undefined then. */
#ifdef __SSSE3__
static __rte_always_inline void
rs_segment_read_fields(struct rs_segment *seg, const struct rte_tcp_hdr *th)
{
	/* the bytes behind the ports in the order of seq to data_off; -1 is a 0 */
	const __m128i order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, -1, -1, 11, 10, 15, 14, -1, -1);
	__m128i fields = _mm_loadu_si128((const __m128i *)(const void *)&th->sent_seq);

	static_assert(offsetof(struct rs_segment, ack) == offsetof(struct rs_segment, seq) + 4 &&
		offsetof(struct rs_segment, wnd) == offsetof(struct rs_segment, seq) + 10 &&
		offsetof(struct rs_segment, up) == offsetof(struct rs_segment, seq) + 12 &&
		offsetof(struct rs_segment, data_off) == offsetof(struct rs_segment, seq) + 14,
		"16 bytes from seq on");
	_mm_storeu_si128((__m128i *)(void *)&seg->seq, _mm_shuffle_epi8(fields, order));
}
#else
static inline void
rs_segment_read_fields(struct rs_segment *seg, const struct rte_tcp_hdr *th)
{
	rs_segment_read_fields_scalar(seg, th);
}
#endif

/**
 * Fill a segment from a TCP header, but for its addresses, hash and DiffServ field.
 *
 * @param header_len  rs_tcp_header_len(th), checked
 * @param l4_len      bytes of header and text
 * @return the ports: rport << 16 | lport
 */
static __rte_always_inline uint32_t
rs_segment_read(struct rs_segment *seg, const struct rte_tcp_hdr *th, uint16_t header_len,
	uint16_t l3_off, uint16_t l4_off, uint16_t l4_len)
{
	uint32_t ports = rte_be_to_cpu_32(rs_cksum_word(th, 0));
	uint16_t data_len = (uint16_t)(l4_len - header_len);
	uint8_t flags = th->tcp_flags;

	rs_segment_read_fields(seg, th);
	seg->tuple.lport = (uint16_t)ports;
	seg->tuple.rport = (uint16_t)(ports >> 16);
	/* SEG.LEN counts the controls that occupy sequence space (RFC 9293 3.4) */
	static_assert(RTE_TCP_FIN_FLAG == 1 && RTE_TCP_SYN_FLAG == 2, "one bit each");
	seg->len = (uint16_t)(data_len + (flags & 1) + (flags >> 1 & 1));
	seg->data_off = (uint16_t)(l4_off + header_len);
	seg->data_len = data_len;
	seg->flags = flags;
	seg->l3_off = (uint8_t)l3_off;
	seg->l4_off = (uint8_t)l4_off;
	seg->opt_len = (uint8_t)(header_len - RS_TCP_LEN);
	seg->owed = RS_RESET_MAX;
	return ports;
}

/** The first of the seg->opt_len bytes of TCP options of a segment. */
static inline const uint8_t *
rs_segment_options(const struct rs_segment *seg, const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const uint8_t *,
		seg->l4_off + RS_TCP_LEN);
}

/** Whether the datagram of a segment has IPv4 options. */
static inline bool
rs_segment_has_ip_options(const struct rs_segment *seg)
{
	return seg->l4_off - seg->l3_off != RS_IPV4_LEN && rs_tuple_is_ipv4(&seg->tuple);
}

/** The IP header of a segment, whose version tells the family. */
static inline const struct rte_ipv4_hdr *
rs_segment_ip(const struct rs_segment *seg, const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, seg->l3_off);
}

#endif /* RS_PACKET_SEGMENT_H */
