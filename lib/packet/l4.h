/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Checks of TCP and UDP headers that are the same behind IPv4 and IPv6: only the sum of the
 * pseudo-header differs.
 */

#ifndef RS_PACKET_L4_H
#define RS_PACKET_L4_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "base/checksum.h"
#include "base/stats.h"
#include "packet/headers.h"

/**
 * Whether len bytes from `off` on have a right checksum; they may lie in a chain of mbufs. Not
 * rte_raw_cksum_mbuf(), because that of DPDK 22.11 loses carries behind an mbuf of an odd length.
 */
static inline bool
rs_chain_cksum_is_good(const struct rte_mbuf *m, uint32_t off, uint32_t len, uint64_t pseudo)
{
	uint64_t sum = pseudo;
	bool odd = false;

	for (; len > 0 && m != NULL; m = m->next) {
		uint32_t skip = RTE_MIN(off, (uint32_t)m->data_len);
		uint32_t n = RTE_MIN(len, m->data_len - skip);
		uint16_t part = rs_cksum_fold(rs_cksum_add(0,
			rte_pktmbuf_mtod_offset(m, const uint8_t *, skip), n));

		sum = rs_cksum_add64(sum, odd ? rte_bswap16(part) : part);
		odd ^= (n & 1) != 0;
		off -= skip;
		len -= n;
	}
	return len == 0 && rs_cksum_is_good(sum);
}

/**
 * Whether the TCP or UDP checksum of a datagram is right, as the device reports or the sum
 * shows. The report NONE means that the field is not filled in but the data was verified
 * (rte_mbuf_core.h): virtio reports it of a local peer that leaves the checksum to its device.
 *
 * @param m       a received frame
 * @param l4_off  offset of the TCP or UDP header
 * @param len     bytes of header and data that the checksum covers
 * @param pseudo  sum of the pseudo-header
 */
static inline bool
rs_l4_cksum_is_good(const struct rte_mbuf *m, uint16_t l4_off, uint16_t len, uint64_t pseudo)
{
	if ((m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_GOOD) != 0)
		return true;
	if ((m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_BAD) != 0)
		return false;
	if (unlikely(m->nb_segs > 1))
		return rs_chain_cksum_is_good(m, l4_off, len, pseudo);
	return rs_cksum_is_good(rs_cksum_add(pseudo,
		rte_pktmbuf_mtod_offset(m, const void *, l4_off), len));
}

/** Bytes of a TCP header, as its data offset says. */
static inline uint16_t
rs_tcp_header_len(const struct rte_tcp_hdr *th)
{
	return (uint16_t)((th->data_off >> 4) * 4);
}

/**
 * Check the TCP header and the checksum of a segment (RFC 9293 3.1).
 *
 * @param l4_len  bytes of header and text; the other parameters as rs_l4_cksum_is_good()
 * @return RS_DROP_MAX, or the reason to drop the segment
 */
static inline enum rs_drop
rs_tcp_check(const struct rte_mbuf *m, uint16_t l4_off, uint16_t l4_len, uint64_t pseudo)
{
	const struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *,
		l4_off);
	uint16_t header_len;

	if (l4_len < RS_TCP_LEN)
		return RS_DROP_tcp_header;
	header_len = rs_tcp_header_len(th);
	if (header_len < RS_TCP_LEN || header_len > l4_len)
		return RS_DROP_tcp_header;
	if (!rs_l4_cksum_is_good(m, l4_off, l4_len, pseudo))
		return RS_DROP_tcp_checksum;
	return th->src_port == 0 || th->dst_port == 0 ? RS_DROP_tcp_port_zero : RS_DROP_MAX;
}

/** The length field of a UDP header (RFC 768), or 0 if it does not fit l4_len bytes. */
static inline uint16_t
rs_udp_len(const struct rte_udp_hdr *udp, uint16_t l4_len)
{
	uint16_t len;

	if (l4_len < sizeof(*udp))
		return 0;
	len = rte_be_to_cpu_16(udp->dgram_len);
	return len < sizeof(*udp) || len > l4_len ? 0 : len;
}

#endif /* RS_PACKET_L4_H */
