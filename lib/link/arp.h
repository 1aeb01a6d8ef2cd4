/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ARP for IPv4 on Ethernet (RFC 826, RFC 5227).
 */

#ifndef RS_LINK_ARP_H
#define RS_LINK_ARP_H

#include "link/link.h"

/**
 * Process a received ARP packet: turn a request for an address of ours into its reply in the
 * same mbuf, defend an address that another host claims (RFC 5227 2.4), update the MAC of a
 * neighbour that is or was resolved.
 *
 * @param l3_off  offset of the ARP packet in the mbuf's data
 * @param now     microseconds
 * @return the fate of the frame: an RS_FATE_* or an enum rs_drop
 */
unsigned int rs_arp_input(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off,
	uint64_t now);

/**
 * Write the ARP request for a neighbour's address into m.
 *
 * @param m          an empty mbuf; its port is set
 * @param broadcast  false: to the MAC that the neighbour had
 */

void rs_arp_request(struct rs_link *link, struct rte_mbuf *m, const struct rs_neigh *neigh,
	bool broadcast);

#endif /* RS_LINK_ARP_H */
