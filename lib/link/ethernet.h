/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Ethernet headers (RFC 894) and VLAN tags (IEEE 802.1Q). Only this file reads or writes a tag.
 */

#ifndef RS_LINK_ETHERNET_H
#define RS_LINK_ETHERNET_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "base/stats.h"

/** No VLAN tag. */
#define RS_NO_VLAN UINT16_MAX

/** VLAN identifier that no frame may carry (IEEE 802.1Q 9.6). */
#define RS_VLAN_RESERVED 0xfff

/** Longest header in front of an IP datagram or ARP packet, bytes. */
#define RS_ETHER_MAX (RTE_ETHER_HDR_LEN + sizeof(struct rte_vlan_hdr))

/** The header of a received frame. */
struct rs_ether {
	rte_be16_t type;        /**< EtherType of the payload, read behind a tag */
	uint16_t vlan;          /**< TCI, host order; RS_NO_VLAN: untagged */
	uint16_t len;           /**< bytes in front of the payload */
};

/** Bytes of header in front of the payload of a frame with this TCI (RS_NO_VLAN: untagged). */
static inline uint16_t
rs_ether_len(uint16_t vlan)
{
	return (uint16_t)(RTE_ETHER_HDR_LEN + (vlan == RS_NO_VLAN ? 0 :
		sizeof(struct rte_vlan_hdr)));
}

/**
 * Read the header of a frame. No byte behind m->data_len is read.
 *
 * @param m      a received frame; its first mbuf may hold any number of bytes
 * @param ether  [out] on success the header; on failure only vlan is valid
 * @return RS_DROP_MAX, or the reason to drop the frame: too short, two tags, reserved VLAN
 */
static inline enum rs_drop
rs_ether_read(const struct rte_mbuf *m, struct rs_ether *ether)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_vlan_hdr *tag = (const struct rte_vlan_hdr *)(eth + 1);

	*ether = (struct rs_ether){ .vlan = RS_NO_VLAN, .len = RTE_ETHER_HDR_LEN };
	if (m->data_len < sizeof(*eth))
		return RS_DROP_short_frame;
	ether->type = eth->ether_type;
	if (ether->type != RTE_BE16(RTE_ETHER_TYPE_VLAN))
		return RS_DROP_MAX;
	if (m->data_len < sizeof(*eth) + sizeof(*tag))
		return RS_DROP_short_frame;
	ether->vlan = rte_be_to_cpu_16(tag->vlan_tci);
	ether->type = tag->eth_proto;
	ether->len = RS_ETHER_MAX;
	if (ether->type == RTE_BE16(RTE_ETHER_TYPE_VLAN) ||
	    ether->type == RTE_BE16(RTE_ETHER_TYPE_QINQ))
		return RS_DROP_two_vlan_tags;
	if ((ether->vlan & RS_VLAN_RESERVED) == RS_VLAN_RESERVED)
		return RS_DROP_vlan_reserved;
	return RS_DROP_MAX;
}

/** The TCI of a frame that rs_ether_read() accepted; RS_NO_VLAN: untagged. */
static inline uint16_t
rs_ether_vlan(const struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_vlan_hdr *tag = (const struct rte_vlan_hdr *)(eth + 1);

	return eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN) ? RS_NO_VLAN :
		rte_be_to_cpu_16(tag->vlan_tci);
}

/** The VLAN of a TCI: priority-tagged frames (VID 0) are of the untagged one, 0. */
static inline uint16_t
rs_ether_vlan_id(uint16_t tci)
{
	return tci == RS_NO_VLAN ? 0 : tci & RS_VLAN_RESERVED;
}

/** Whether two TCIs are of one VLAN, whatever their priorities. */
static inline bool
rs_ether_same_vlan(uint16_t a, uint16_t b)
{
	return likely(a == b) || rs_ether_vlan_id(a) == rs_ether_vlan_id(b);
}

/**
 * Write a header of rs_ether_len(vlan) bytes at the start of the data of m.
 *
 * @param vlan  TCI, host order; RS_NO_VLAN: untagged
 * @param type  EtherType of the payload, host order
 */
static inline void
rs_ether_write(struct rte_mbuf *m, const struct rte_ether_addr *dst,
	const struct rte_ether_addr *src, uint16_t vlan, uint16_t type)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_vlan_hdr *tag = (struct rte_vlan_hdr *)(eth + 1);

	eth->dst_addr = *dst;
	eth->src_addr = *src;
	eth->ether_type = rte_cpu_to_be_16(type);
	if (vlan != RS_NO_VLAN) {
		eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_VLAN);
		tag->vlan_tci = rte_cpu_to_be_16(vlan);
		tag->eth_proto = rte_cpu_to_be_16(type);
	}
}

/** The second half of an untagged header: source MAC and EtherType, as in a frame. */
static inline uint64_t
rs_ether_src(const struct rte_ether_addr *src, rte_be16_t type)
{
	struct {
		struct rte_ether_addr src;
		rte_be16_t type;
	} half = { *src, type };
	uint64_t word;

	static_assert(sizeof(half) == sizeof(word), "half a header is a word");
	memcpy(&word, &half, sizeof(word));
	return word;
}

/**
 * Write the header of an untagged frame at the start of the data of m.
 *
 * @param dst  the MAC, of which 8 bytes can be read
 * @param src  rs_ether_src() of the port
 */
static inline void
rs_ether_write_src(struct rte_mbuf *m, const struct rte_ether_addr *dst, uint64_t src)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint64_t word;

	memcpy(&word, dst, sizeof(word));
	memcpy(p, &word, sizeof(word)); /* its last two bytes are overwritten */
	memcpy(p + RTE_ETHER_ADDR_LEN, &src, sizeof(src));
}

/** Address a received frame to its sender, with source `mac`; a VLAN tag stays. */

static inline void
rs_ether_turn(struct rte_mbuf *m, const struct rte_ether_addr *mac)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	eth->dst_addr = eth->src_addr;
	eth->src_addr = *mac;
}

#endif /* RS_LINK_ETHERNET_H */
