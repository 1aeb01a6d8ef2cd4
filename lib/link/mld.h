/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Multicast listener discovery (RFC 3810, RFC 2710): reports of the solicited-node groups of our
 * IPv6 addresses, so that switches which snoop forward neighbour solicitations to us.
 */

#ifndef RS_LINK_MLD_H
#define RS_LINK_MLD_H

#include "link/nd.h"

/** Type of a query, to which reports are the answer. */
#define RS_MLD_QUERY 130

/** A port joins its groups, `due` at first. */
void rs_mld_join(struct rs_link *link, uint16_t port, uint64_t due);

/**
 * Process a query, whose ICMPv6 checksum is right: it is answered later by rs_mld_run().
 *
 * @return the fate of the frame
 */
unsigned int rs_mld_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_nd_received *in, uint64_t now);

/** Send the reports that are due. @return the number of frames in tx, which has room for `room` */
uint16_t rs_mld_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room);

/** Time of the next work for rs_mld_run(), microseconds; UINT64_MAX: never. */
uint64_t rs_mld_due(const struct rs_link *link);

#endif /* RS_LINK_MLD_H */
