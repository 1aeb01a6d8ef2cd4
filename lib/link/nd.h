/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Neighbour discovery for IPv6 (RFC 4861) and duplicate address detection (RFC 4862 5.4).
 */

#ifndef RS_LINK_ND_H
#define RS_LINK_ND_H

#include "link/link.h"

/** Types of the messages of neighbour discovery (RFC 4861 4). */
enum {
	RS_ND_ROUTER_SOLICITATION = 133,
	RS_ND_ROUTER_ADVERTISEMENT = 134,
	RS_ND_SOLICITATION = 135,
	RS_ND_ADVERTISEMENT = 136,
	RS_ND_REDIRECT = 137,
};

/** Unit of the lengths of options (RFC 4861 4.6). */
#define RS_ND_OPTION_UNIT 8

/** Length of the option with which len bytes begin; 0: it has none, or ends beyond them (7.1.1). */
static inline uint16_t
rs_nd_option_len(const uint8_t *option, uint16_t len)
{
	uint16_t option_len = len < RS_ND_OPTION_UNIT ? 0 :
		(uint16_t)(option[1] * RS_ND_OPTION_UNIT);

	return option_len <= len ? option_len : 0;
}

/** A received message of neighbour discovery, whose ICMPv6 checksum is right. */
struct rs_nd_received {
	struct rs_addr src;
	struct rs_addr dst;
	uint16_t l3_off;        /**< of the IPv6 header, from the start of the mbuf's data */
	uint16_t l4_off;        /**< of the message */
	uint16_t len;           /**< bytes of the message, at least those of an ICMPv6 header */
	uint8_t hop_limit;
	bool router_alert;      /**< it has a router alert option (RFC 2711) */
};

/**
 * Process a message: turn a solicitation of an address of ours into its advertisement in the same
 * mbuf, detect duplicates of our addresses, update the MAC of a neighbour that is or was resolved.
 * Router advertisements are those of link/ra.h, where a port asks for them. Redirects are ignored,
 * because any host on the link could send them.
 *
 * @param now  microseconds
 * @return the fate of the frame: an RS_FATE_* or an enum rs_drop
 */
unsigned int rs_nd_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_nd_received *in, uint64_t now);

/**
 * Write the solicitation of a neighbour's address into m (RFC 4861 7.2.2).
 *
 * @param m       an empty mbuf; its port is set
 * @param to_all  to the solicited-node multicast address; false: to the MAC that it had
 */
void rs_nd_solicit(struct rs_link *link, struct rte_mbuf *m, const struct rs_neigh *neigh,
	bool to_all);

/** Whether an IPv6 multicast address is one that a port listens to (RFC 4291 2.8). */
bool rs_nd_listens(const struct rs_link *link, uint16_t port, const struct rs_addr *group);

/** The MAC of a multicast address (RFC 2464 7). */
static inline struct rte_ether_addr
rs_nd_multicast_mac(const struct rs_addr *group)
{
	struct rte_ether_addr mac = { { 0x33, 0x33 } };

	memcpy(&mac.addr_bytes[2], &group->w[3], sizeof(group->w[3]));
	return mac;
}

/**
 * Send the messages of duplicate address detection, multicast listener discovery and router
 * discovery that are due, and note in link->nd_due when the next ones are.
 *
 * @param tx    [out] frames, which become the caller's
 * @param room  in tx
 * @return the number of frames in tx
 */
uint16_t rs_nd_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room);

/**
 * Duplicate address detection: send the solicitations that are due, and use the addresses that
 * no host has claimed for RETRANS_TIMER after the last one.
 *
 * @param tx    [out] solicitations, which become the caller's
 * @param room  in tx
 * @return the number of frames in tx
 */
uint16_t rs_dad_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room);

/** Time of the next work for rs_dad_run(), microseconds; UINT64_MAX: never. */
uint64_t rs_dad_due(const struct rs_link *link);

#endif /* RS_LINK_ND_H */
