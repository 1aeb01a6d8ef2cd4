/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Ethernet headers (RFC 894) and VLAN tags (IEEE 802.1Q, 802.1ad). Only this file reads or writes
 * a tag; link/vlan.c removes the tags of received frames and adds those of sent ones, so no other
 * file sees any.
 */

#ifndef RS_LINK_ETHERNET_H
#define RS_LINK_ETHERNET_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

/** Bytes of a VLAN tag. */
#define RS_TAG_LEN sizeof(struct rte_vlan_hdr)

/** Most tags of a frame: those of IEEE 802.1ad ("QinQ"). */
#define RS_TAGS_MAX 2

/** Longest header in front of an IP datagram or ARP packet, bytes. */
#define RS_ETHER_MAX (RTE_ETHER_HDR_LEN + RS_TAGS_MAX * RS_TAG_LEN)

/** The bits of 8 bytes that begin with a MAC which are its own. */
#define RS_ETHER_MAC RTE_BE64(UINT64_C(0xffffffffffff0000))

/** The link header of a frame as it was received, with its tags. */
struct rs_ether {
	rte_be16_t type;        /**< EtherType of the payload, read behind the tags */
	uint16_t len;           /**< bytes in front of the payload */
	uint8_t n_tags;
	rte_be16_t outer_type;  /**< EtherType of the first tag, if there is one */
	uint16_t tci[RS_TAGS_MAX]; /**< tag control information, host order, the outer one first */
};

/** Whether an EtherType is that of a VLAN tag. */
static inline bool
rs_ether_is_tag(rte_be16_t type)
{
	return type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ);
}

/**
 * Read the link header of a frame with up to two tags in it. No byte behind m->data_len is read.
 * With more tags `type` is that of the third.
 *
 * @param m  a received frame; its first mbuf may hold any number of bytes
 * @return false: it is too short
 */
static inline bool
rs_ether_read(const struct rte_mbuf *m, struct rs_ether *ether)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_vlan_hdr *tag = (const struct rte_vlan_hdr *)(eth + 1);

	*ether = (struct rs_ether){ .len = RTE_ETHER_HDR_LEN };
	if (m->data_len < sizeof(*eth))
		return false;
	ether->type = ether->outer_type = eth->ether_type;
	while (rs_ether_is_tag(ether->type) && ether->n_tags < RS_TAGS_MAX) {
		if (m->data_len < ether->len + sizeof(*tag))
			return false;
		ether->tci[ether->n_tags] = rte_be_to_cpu_16(tag[ether->n_tags].vlan_tci);
		ether->type = tag[ether->n_tags].eth_proto;
		ether->len = (uint16_t)(ether->len + sizeof(*tag));
		ether->n_tags++;
	}
	return true;
}

/** Remove the tags of a frame: len bytes behind its two MACs. */
static inline void
rs_ether_untag(struct rte_mbuf *m, uint16_t len)
{
	uint8_t *start = rte_pktmbuf_mtod(m, uint8_t *);

	memmove(start + len, start, 2 * RTE_ETHER_ADDR_LEN);
	rte_pktmbuf_adj(m, len);
}

/**
 * Put n tags behind the two MACs of a frame.
 *
 * @param tags  the bytes of the tags, each its EtherType and TCI
 * @return false: the mbuf has no room in front of the frame
 */
static inline bool
rs_ether_tag(struct rte_mbuf *m, const rte_be32_t *tags, uint8_t n)
{
	uint16_t len = (uint16_t)(n * RS_TAG_LEN);
	char *start = rte_pktmbuf_prepend(m, len);

	if (start == NULL)
		return false;
	memmove(start, start + len, 2 * RTE_ETHER_ADDR_LEN);
	memcpy(start + 2 * RTE_ETHER_ADDR_LEN, tags, len);
	return true;
}

/**
 * Write an untagged header at the start of the data of m.
 *
 * @param type  EtherType of the payload, host order
 */
static inline void
rs_ether_write(struct rte_mbuf *m, const struct rte_ether_addr *dst,
	const struct rte_ether_addr *src, uint16_t type)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	eth->dst_addr = *dst;
	eth->src_addr = *src;
	eth->ether_type = rte_cpu_to_be_16(type);
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

/** Address a received frame to its sender, with source `mac`. */
static inline void
rs_ether_turn(struct rte_mbuf *m, const struct rte_ether_addr *mac)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	eth->dst_addr = eth->src_addr;
	eth->src_addr = *mac;
}

#endif /* RS_LINK_ETHERNET_H */
