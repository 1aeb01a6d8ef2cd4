/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Writing frames that carry TCP segments: Ethernet header, IP header with its options, TCP
 * header with its options, checksums.
 */

#ifndef RS_PACKET_FRAME_H
#define RS_PACKET_FRAME_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "base/addr.h"
#include "link/link.h"
#include "packet/ip_options.h"
#include "packet/segment.h"

/** IPv4 or IPv6 and TCP headers without options, bytes. */
#define RS_HEADERS_IPV4 40
#define RS_HEADERS_IPV6 60

/** Headers without options in front of what goes to this address, bytes. */
static inline uint16_t
rs_headers_len(const struct rs_addr *raddr)
{
	return rs_addr_is_ipv4(raddr) ? RS_HEADERS_IPV4 : RS_HEADERS_IPV6;
}

/** Send MSS to a peer whose SYN has no MSS option (RFC 9293 MUST-15). */
static inline uint16_t
rs_mss_default(const struct rs_addr *raddr)
{
	return rs_addr_is_ipv4(raddr) ? 536 : 1220;
}

/** The TCP header to be written, and the parts of the IP header that differ by connection. */
struct rs_tcp_out {
	const struct rs_tuple *tuple;
	uint32_t seq;
	uint32_t ack;           /**< 0 without RTE_TCP_ACK_FLAG */
	uint16_t wnd;
	uint16_t up;
	uint8_t flags;
	uint8_t tos;            /**< DiffServ and ECN field (MUST-48) */
	uint8_t opt_len;        /**< 0..40, a multiple of 4 */
	const uint8_t *opt;
	const struct rs_ip_extra *extra; /**< IP options; NULL: none, as nearly always */
};

/** Bytes of headers in front of the payload of such a frame to neigh. */
uint16_t rs_frame_header_len(const struct rs_link *link, uint16_t neigh,
	const struct rs_tcp_out *out);

/**
 * Write Ethernet, VLAN, IPv4 and TCP headers into m, whose data starts with room for
 * rs_frame_header_len() bytes and goes on with data_len bytes of payload already there;
 * set lengths, port, checksums (or the offload flags for them).
 */
void rs_frame_write(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len);

/**
 * Turn a received frame into an answer without payload, in place: MAC addresses swapped,
 * VLAN tag kept, IP options left out, tuple turned round; for segments without a connection.
 */
void rs_frame_answer(struct rs_link *link, const struct rs_segment *seg, struct rte_mbuf *m,
	uint32_t seq, uint32_t ack, uint8_t flags);

#endif /* RS_PACKET_FRAME_H */
