/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A received TCP segment, in host order, and how frames become segments.
 * Frames that are none end here: answered (ARP, ICMP echo, UDP) or counted.
 */

#ifndef RS_PACKET_SEGMENT_H
#define RS_PACKET_SEGMENT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "base/addr.h"

struct rs_link;

/** A TCP segment as it came; offsets count from the start of its mbuf's data. */
struct rs_segment {
	struct rs_tuple tuple;  /**< local is the destination, remote the source */
	uint32_t hash;          /**< rs_tuple_hash() of tuple */
	uint32_t seq;           /**< SEG.SEQ */
	uint32_t ack;           /**< SEG.ACK; means nothing without the ACK flag */
	uint16_t len;           /**< SEG.LEN: data_len, and one each for SYN and FIN */
	uint16_t wnd;           /**< SEG.WND, not scaled */
	uint16_t up;            /**< SEG.UP; means nothing without the URG flag */
	uint16_t data_off;
	uint16_t data_len;      /**< without Ethernet padding */
	uint8_t flags;          /**< RTE_TCP_*_FLAG */
	uint8_t l3_off;         /**< 14, or 18 behind a VLAN tag */
	uint8_t l4_off;
	uint8_t opt_len;        /**< bytes of TCP options, which start at l4_off + 20 */
	uint8_t tos;            /**< DiffServ and ECN field */
	uint8_t owed;           /**< enum rs_reset_reason it is owed; RS_RESET_MAX: none */
} __rte_cache_aligned;

static_assert(sizeof(struct rs_segment) == RTE_CACHE_LINE_SIZE, "a segment is one line");

/** What rs_segment_parse_burst() made of a burst. */
struct rs_parsed {
	uint16_t n_segments;    /**< segs[i] was read from seg_pkts[i] */
	uint16_t n_replies;     /**< frames that became their own answer, to be sent */
	uint16_t n_free;        /**< frames that ended here, to be freed */
};

/**
 * Parse a burst: Ethernet, VLAN, ARP, IPv4, ICMP, UDP, TCP header (RFC 894, 826, 791,
 * 792, 768, 9293 3.1), with checksums verified in software where the device did not.
 * Each frame ends as a segment, as an answer in its own mbuf, or to be freed with one
 * counter of rs_drop more. The order of segments is that of the frames.
 *
 * @param link     ports and addresses of this worker
 * @param pkts     n frames, n <= RS_BURST
 * @param now      microseconds, for the ICMP and ARP limits
 * @param segs     [out] room for n
 * @param seg_pkts [out] the mbufs of segs, room for n
 * @param replies  [out] room for n
 * @param done     [out] mbufs to free, room for n
 */
struct rs_parsed rs_segment_parse_burst(struct rs_link *link, struct rte_mbuf **pkts,
	uint16_t n, uint64_t now, struct rs_segment *segs, struct rte_mbuf **seg_pkts,
	struct rte_mbuf **replies, struct rte_mbuf **done);

/** The first byte of the segment's TCP options. */
static inline const uint8_t *
rs_segment_options(const struct rs_segment *seg, const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const uint8_t *,
		seg->l4_off + sizeof(struct rte_tcp_hdr));
}

/** Whether its datagram has IP options. */
static inline bool
rs_segment_has_ip_options(const struct rs_segment *seg)
{
	return seg->l4_off - seg->l3_off != sizeof(struct rte_ipv4_hdr);
}

/** The IP header of a segment. */
static inline const struct rte_ipv4_hdr *
rs_segment_ip(const struct rs_segment *seg, const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, seg->l3_off);
}

#endif /* RS_PACKET_SEGMENT_H */
