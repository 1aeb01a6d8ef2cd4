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

#include "base/checksum.h"
#include "link/link.h"
#include "packet/frame_write.h"
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

/** The kinds of frames that rs_plain6_parse() tells apart. */
enum rs_plain6 {
	RS_PLAIN6_OTHER,        /**< not plain, or not correct: nothing has been counted */
	RS_PLAIN6_SEGMENT,      /**< read into the segment */
	RS_PLAIN6_STRAY,        /**< appended to the strays */
};

/**
 * Parse a plain frame of IPv6.
 *
 * @param lookup  as of rs_segment_parse_burst()
 * @param seg     [out] with RS_PLAIN6_SEGMENT
 * @param parsed  [in,out] its strays6
 */
enum rs_plain6 rs_plain6_parse(const struct rs_link *link, const struct rs_portset *lookup,
	struct rte_mbuf *m, struct rs_segment *seg, struct rs_parsed *parsed);

/** The sum of the addresses and ports of a plain frame, which is that of its reply, too. */
static inline uint64_t
rs_plain6_sum(const uint8_t *p)
{
	uint64_t sum = rs_cksum_add64(rs_cksum_word64(p + RS_PLAIN6_SRC),
		rs_cksum_word64(p + RS_PLAIN6_SRC + 8));

	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_DST));
	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_DST + 8));
	return rs_cksum_add64(sum, rs_cksum_word(p + RS_PLAIN6_PORTS, 0));
}

/**
 * Turn a plain frame into a reply without options and text and with a window of 0, in place, to
 * the sender's MAC; as rs_frame_answer(). The caller counts it.
 *
 * @param m        its data begins at p
 * @param addrs    rs_plain6_sum(p)
 * @param numbers  SEQ and ACK of the reply as in a frame, one of which is 0
 */
static inline void
rs_plain6_answer(const struct rs_link *link, struct rte_mbuf *m, uint8_t *p, uint64_t addrs,
	uint64_t numbers, uint8_t flags)
{
	uint32_t ports = rs_cksum_word(p + RS_PLAIN6_PORTS, 0);
	uint32_t offset = rte_cpu_to_be_32((uint32_t)RS_TCP_LEN / 4 << 28 | (uint32_t)flags << 16);
	uint64_t sum = (numbers >> 32 | (uint32_t)numbers) + (uint64_t)offset +
		rte_cpu_to_be_32(IPPROTO_TCP) + rte_cpu_to_be_32((uint32_t)RS_TCP_LEN);
	uint32_t flow = (uint32_t)link->tos << 20 | rs_hash_flow_label(&link->key,
		rs_cksum_word64(p + RS_PLAIN6_SRC + 8), rte_be_to_cpu_32(ports));
	rte_be16_t cksum = rs_cksum_finish(rs_cksum_add64(sum, addrs));
	struct rs_addr src, dst;

	memcpy(&src, p + RS_PLAIN6_SRC, sizeof(src));
	memcpy(&dst, p + RS_PLAIN6_DST, sizeof(dst));
	rs_cksum_put64(p, rs_cksum_word64(p + RS_PLAIN6_FROM));
	rs_cksum_put64(p + RS_PLAIN6_FROM, link->words6[m->port].src_ipv6);
	rs_cksum_put64(p + RS_PLAIN6_IP, rte_cpu_to_be_64((UINT64_C(6) << 28 | flow) << 32 |
		(uint64_t)RS_TCP_LEN << 16 | IPPROTO_TCP << 8 | link->ttl));
	memcpy(p + RS_PLAIN6_SRC, &dst, sizeof(dst));
	memcpy(p + RS_PLAIN6_DST, &src, sizeof(src));
	rs_cksum_put(p + RS_PLAIN6_PORTS, 0, ports << 16 | ports >> 16);
	rs_cksum_put64(p + RS_PLAIN6_NUMBERS, numbers);
	rs_cksum_put(p + RS_PLAIN6_OFFSET, 0, offset);
	rs_cksum_put(p + RS_PLAIN6_OFFSET, 1, 0);
	memcpy(p + RS_PLAIN6_TCP_CKSUM, &cksum, sizeof(cksum));
	m->data_len = RS_PLAIN6_LEN;
	m->pkt_len = RS_PLAIN6_LEN;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	if (unlikely(link->ports[m->port].tx_tcp_cksum))
		rs_frame_offload(&link->ports[m->port], m, RTE_ETHER_HDR_LEN, RS_TCP_LEN);
}

#endif /* RS_PACKET_PLAIN6_H */
