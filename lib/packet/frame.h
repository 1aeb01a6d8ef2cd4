/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Writing of frames that carry TCP segments: the Ethernet header, the IP and TCP headers with
 * their options, the checksums.
 */

#ifndef RS_PACKET_FRAME_H
#define RS_PACKET_FRAME_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "base/addr.h"
#include "link/link.h"
#include "packet/headers.h"
#include "packet/ip_options.h"
#include "packet/segment.h"

/** The TCP header to be written, and the fields of the IP header that differ by connection. */
struct rs_tcp_out {
	const struct rs_tuple *tuple; /**< local is the source */
	uint32_t seq;
	uint32_t ack;           /**< 0 without RTE_TCP_ACK_FLAG */
	uint16_t wnd;           /**< scaled already */
	uint16_t up;            /**< 0 without RTE_TCP_URG_FLAG */
	uint8_t flags;          /**< RTE_TCP_*_FLAG */
	uint8_t tos;            /**< DiffServ and ECN field (MUST-48) */
	uint8_t opt_len;        /**< 0..RS_OPTIONS_MAX, a multiple of 4 */
	const uint8_t *opt;     /**< TCP options, padded */
	const struct rs_ip_extra *extra; /**< IP options; NULL: none, as for most connections */
};

/**
 * Whether a device can make the checksums of a segment. With a source route the pseudo-header
 * has the last hop, which a device may not know.
 */
static inline bool
rs_frame_may_offload(const struct rs_tcp_out *out)
{
	return likely(out->extra == NULL) || out->extra->route.len == 0;
}

/** Bytes of the IP header; IPv6 has no options. */
static inline uint16_t
rs_ip_len(const struct rs_tcp_out *out)
{
	if (unlikely(!rs_tuple_is_ipv4(out->tuple)))
		return RS_IPV6_LEN;
	return (uint16_t)(RS_IPV4_LEN + (unlikely(out->extra != NULL) ? out->extra->len : 0));
}

/** Bytes of headers in front of the payload of a frame. */
static inline uint16_t
rs_frame_header_len(const struct rs_tcp_out *out)
{
	return (uint16_t)(RTE_ETHER_HDR_LEN + rs_ip_len(out) + RS_TCP_LEN + out->opt_len);
}

/**
 * Write Ethernet, IP and TCP headers into m, and set its port, its lengths and the
 * checksums, or the offload flags where the port's device makes them.
 *
 * @param m         its data begins with room for rs_frame_header_len() bytes, behind which
 *                  data_len bytes of payload lie already
 * @param data_len  bytes of payload
 * @param data_sum  their sum (base/copy_sum.h); unused if the device makes the TCP checksum
 */
void rs_frame_write(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len, uint64_t data_sum);

/**
 * The same for a frame in a chain of mbufs that the device cuts into segments (TSO). Each of them
 * gets the options of `out`; FIN and PSH are those of the last one.
 *
 * @param m         the head of the chain; the lengths of its mbufs and their number are set
 * @param data_len  with the headers less than 64 KiB
 * @param mss       bytes of payload of each segment but the last
 */
void rs_frame_write_large(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len, uint16_t mss);

/**
 * Turn the frame of a received segment into a reply without payload, in place: to the
 * sender's MAC. For segments that no connection answers.
 *
 * @param seg  the segment that was read from m
 */
void rs_frame_reply(struct rs_link *link, const struct rs_segment *seg, struct rte_mbuf *m,
	const struct rs_tcp_out *out);

/**
 * The same, without IP and TCP options and with a window of 0.
 *
 * @param ack  SEG.ACK of the reply; 0 without RTE_TCP_ACK_FLAG
 */
void rs_frame_answer(struct rs_link *link, const struct rs_segment *seg, struct rte_mbuf *m,
	uint32_t seq, uint32_t ack, uint8_t flags);

#endif /* RS_PACKET_FRAME_H */
