/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Lengths of the IP and TCP headers without options, and the MSS that follows from them.
 */

#ifndef RS_PACKET_HEADERS_H
#define RS_PACKET_HEADERS_H

#include <stdint.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "base/addr.h"

/** Headers without options, bytes. */
#define RS_IPV4_LEN sizeof(struct rte_ipv4_hdr)
#define RS_IPV6_LEN sizeof(struct rte_ipv6_hdr)
#define RS_TCP_LEN sizeof(struct rte_tcp_hdr)

/** Datagram that every host must accept, bytes (RFC 1122 3.3.2, RFC 8200 5). */
#define RS_IPV4_DATAGRAM 576
#define RS_IPV6_DATAGRAM 1280

/** IP and TCP headers without options in front of a segment to raddr, bytes. */
static inline uint16_t
rs_headers_len(const struct rs_addr *raddr)
{
	return (uint16_t)((rs_addr_is_ipv4(raddr) ? RS_IPV4_LEN : RS_IPV6_LEN) + RS_TCP_LEN);
}

/** Send MSS towards a peer whose SYN has no MSS option: 536 or 1220 (RFC 9293 MUST-15). */
static inline uint16_t
rs_mss_default(const struct rs_addr *raddr)
{
	return (uint16_t)(rs_addr_is_ipv4(raddr) ? RS_IPV4_DATAGRAM - RS_IPV4_LEN - RS_TCP_LEN :
		RS_IPV6_DATAGRAM - RS_IPV6_LEN - RS_TCP_LEN);
}

#endif /* RS_PACKET_HEADERS_H */
