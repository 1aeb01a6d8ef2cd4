/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A checked IPv4 datagram to us, its TCP or UDP checksum, and the writing of IPv4 headers.
 */

#ifndef RS_PACKET_IPV4_H
#define RS_PACKET_IPV4_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>

#include "base/checksum.h"

/** A received datagram whose header is checked and whose destination is ours. */
struct rs_datagram {
	const struct rte_ipv4_hdr *ip;
	uint16_t l3_off;        /**< from the start of the mbuf's data */
	uint16_t l4_off;
	uint16_t l4_len;        /**< bytes behind the IP header */
};

static_assert(RTE_MBUF_F_RX_L4_CKSUM_NONE ==
	(RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD) &&
	RTE_MBUF_F_RX_IP_CKSUM_NONE ==
	(RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_BAD),
	"a checksum is good if the bit of GOOD is set");

/**
 * Write an IPv4 header without options: identification 0, DF set (RFC 6864 4.1), checksum.
 *
 * @param total_len  bytes of header and payload
 */
static inline void
rs_ipv4_write(void *ip, uint8_t tos, uint8_t ttl, uint8_t proto, uint16_t total_len,
	rte_be32_t src, rte_be32_t dst)
{
	uint64_t w0 = rte_cpu_to_be_64((uint64_t)RTE_IPV4_VHL_DEF << 56 | (uint64_t)tos << 48 |
		(uint64_t)total_len << 32 | RTE_IPV4_HDR_DF_FLAG);
	uint32_t w2 = rte_cpu_to_be_32((uint32_t)ttl << 24 | (uint32_t)proto << 16);
	uint64_t sum = rs_cksum_add64(w0, (uint64_t)w2 + src + dst);

	rs_cksum_put64(ip, w0);
	rs_cksum_put(ip, 2, w2);
	rs_cksum_put(ip, 3, src);
	rs_cksum_put(ip, 4, dst);
	((struct rte_ipv4_hdr *)ip)->hdr_checksum = rs_cksum_finish(sum);
}

#endif /* RS_PACKET_IPV4_H */
