/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What the files of the packet layer share: a checked IPv4 datagram, whose addresses are
 * ours, and how a frame becomes an answer.
 */

#ifndef RS_PACKET_IPV4_H
#define RS_PACKET_IPV4_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include "base/checksum.h"
#include "base/stats.h"
#include "link/link.h"

/** What became of a frame: the enum rs_drop it ended with, or one of these. */
enum {
	RS_FATE_SEGMENT = RS_DROP_MAX, /**< a segment for TCP */
	RS_FATE_REPLY,                 /**< the answer to itself */
	RS_FATE_TAKEN,                 /**< all that it says was taken over */
};

/** A checked datagram to us. */
struct rs_datagram {
	const struct rte_ipv4_hdr *ip;
	uint16_t l3_off;        /**< from the start of the mbuf's data */
	uint16_t l4_off;
	uint16_t l4_len;        /**< bytes behind the IP header */
};

/** Whether a host can have this address: not in 0/8, 127/8 or 224/3 (RFC 1122 3.2.1.3). */
static inline bool
rs_ipv4_is_host(rte_be32_t addr)
{
	uint32_t net = rte_be_to_cpu_32(addr) >> 24;

	return net - 1 < 224 - 1 && net != 127;
}

/** Whether an IPv4 address is answered on port. */
static inline bool
rs_link_owns_ipv4(const struct rs_link *link, uint16_t port, rte_be32_t addr)
{
	const struct rs_port_words *words = &link->words[port];
	unsigned int i;

	if (addr == words->addr && addr != 0)
		return true;
	for (i = 0; i < link->n_owned; i++) {
		const struct rs_owned *o = &link->owned[i];

		if (((addr ^ o->value) & o->mask) == 0 && o->port == port)
			return addr != words->network && addr != words->broadcast;
	}
	return false;
}

/** Whether an IPv4 address is answered on any port. */
static inline bool
rs_link_is_us(const struct rs_link *link, rte_be32_t addr)
{
	unsigned int i;

	if (((addr ^ link->common.value) & link->common.mask) != 0)
		return false;
	for (i = 0; i < link->n_owned; i++) {
		if (((addr ^ link->owned[i].value) & link->owned[i].mask) == 0)
			return true;
	}
	return false;
}

/** Write an IPv4 header without options: id 0, DF set (RFC 6864 4.1), with checksum. */
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

/** Send the frame back where it came from: MAC addresses swapped, the tag stays. */
static inline void
rs_frame_turn(const struct rs_link *link, struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	eth->dst_addr = eth->src_addr;
	eth->src_addr = link->ports[m->port].mac;
}

/** Set the length of a frame to be sent, and forget what the device said on reception. */
static inline void
rs_frame_finish(struct rs_link *link, struct rte_mbuf *m, uint16_t len)
{
	m->data_len = len;
	m->pkt_len = len;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	link->stats->packet.tx_frames++;
}

/**
 * Take in an ARP packet (RFC 826, RFC 5227), which starts at l3_off.
 *
 * @param now  microseconds
 * @return its fate: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_arp_input(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off,
	uint64_t now);

/** Take in an ICMP message: echo is answered (RFC 792, RFC 1122 3.2.2.6). As above. */
unsigned int rs_icmp_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram *d);

/** Take in an ICMP error of len bytes, at most one a frame of a burst. As above. */
unsigned int rs_icmp_error_input(struct rs_link *link, const struct rte_icmp_hdr *icmp,
	uint16_t len);

/** Take in a UDP datagram: answered by port unreachable (RFC 1122 4.1.3.1). As above. */
unsigned int rs_udp_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram *d, uint64_t now);

#endif /* RS_PACKET_IPV4_H */
