/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Router discovery of a host (RFC 4861 6.3): default routers, on-link prefixes and the MTU of a
 * port's IPv6, learned from router advertisements where the port asks for that. No address is made
 * of a prefix.
 */

#ifndef RS_LINK_RA_H
#define RS_LINK_RA_H

#include "link/nd.h"

/** Begin router discovery on a port, if it asks for that, after the link knows when to speak. */
void rs_ra_init(struct rs_link *link, const struct rs_port *port);

/**
 * Process a router advertisement, whose ICMPv6 checksum is right (RFC 4861 6.1.2, 6.3.4).
 *
 * @param now  microseconds
 * @return the fate of the frame: RS_FATE_TAKEN or an enum rs_drop
 */
unsigned int rs_ra_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_nd_received *in, uint64_t now);

/** A neighbour does not answer: if it is a default router, another one is preferred (6.3.6). */
void rs_ra_unreachable(struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/** The longest prefix that routers say is on the link of a port and has addr; 0: none. */
uint8_t rs_ra_on_link(const struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/**
 * Forget routers and prefixes whose lifetime is over, and send the router solicitations that are
 * due (6.3.5, 6.3.7).
 *
 * @param tx    [out] solicitations, which become the caller's
 * @param room  in tx
 * @return the number of frames in tx
 */
uint16_t rs_ra_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room);

/** Time of the next work for rs_ra_run(), microseconds; UINT64_MAX: never. */
uint64_t rs_ra_due(const struct rs_link *link);

#endif /* RS_LINK_RA_H */
