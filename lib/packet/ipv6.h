/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * IPv6 datagrams (RFC 8200): their input, and the writing of their headers.
 */

#ifndef RS_PACKET_IPV6_H
#define RS_PACKET_IPV6_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>

#include "base/checksum.h"
#include "link/link.h"
#include "packet/segment.h"

/** Most extension headers of a datagram (RFC 8504 5.3 allows such a limit). */
#define RS_IPV6_EXTENSIONS_MAX 8

/** A received datagram whose addresses and extension headers are checked. */
struct rs_datagram6 {
	struct rs_addr src;
	struct rs_addr dst;
	bool router_alert;      /**< it has a router alert option (RFC 2711) */
	bool multicast;         /**< dst is a multicast address */
	bool fragment;          /**< it has a fragment header: an atomic fragment (RFC 6946) */
	uint8_t proto;          /**< upper-layer protocol, or the header that stopped the walk */
	uint8_t traffic_class;
	uint8_t hop_limit;
	uint16_t proto_off;     /**< of the Next Header field that names proto, from the header */
	uint16_t l3_off;        /**< of the IPv6 header, from the start of the mbuf's data */
	uint16_t l4_off;        /**< of the upper-layer header */
	uint16_t l4_len;        /**< bytes of it and all behind it */
};

/**
 * Process an IPv6 datagram: check the header, walk the extension headers, and read the segment
 * or answer the message that it carries.
 *
 * @param l3_off  of the header, from the start of the mbuf's data
 * @param now     microseconds, for the rate limits of ICMP
 * @param seg     [out] with RS_FATE_SEGMENT
 * @return the fate of the frame: an RS_FATE_* or an enum rs_drop
 */
unsigned int rs_ipv6_input(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, uint64_t now,
	struct rs_segment *seg);

/**
 * Write an IPv6 header.
 *
 * @param flow         traffic class << 20 | flow label
 * @param payload_len  bytes behind the header
 */
static inline void
rs_ipv6_write(void *ip, uint32_t flow, uint8_t hop_limit, uint8_t proto, uint16_t payload_len,
	const struct rs_addr *src, const struct rs_addr *dst)
{
	uint8_t *p = ip;

	rs_cksum_put64(p, rte_cpu_to_be_64((UINT64_C(6) << 28 | flow) << 32 |
		(uint64_t)payload_len << 16 | (uint64_t)proto << 8 | hop_limit));
	memcpy(p + 8, src, sizeof(*src));
	memcpy(p + 24, dst, sizeof(*dst));
}

#endif /* RS_PACKET_IPV6_H */
