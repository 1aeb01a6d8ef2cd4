/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Exceptions: received frames that the stack leaves to the kernel of its host (rs_exceptions). They
 * are looked for only where a frame would be answered by a reset or an ICMP error, or dropped,
 * because its port or protocol is not served, so no other frame pays for them.
 */

#ifndef RS_PACKET_EXCEPTION_H
#define RS_PACKET_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "link/link.h"
#include "packet/ipv6.h"
#include "packet/segment.h"

/** Whether a port has exceptions. The functions below are called only then. */
static inline bool
rs_excepts(const struct rs_link *link)
{
	return unlikely(link->except != NULL);
}

/** Note the exceptions of the ports of a link, which has its ports. */
void rs_except_init(struct rs_link *link, const struct rs_stack_params *params);

/**
 * Give a segment without a connection and a listener to the kernel, if it is an exception.
 *
 * @return whether it is one
 */
bool rs_except_segment(struct rs_link *link, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/** Whether UDP datagrams to this port of ours are exceptions of the frame's port. */
bool rs_except_has_udp(const struct rs_link *link, const struct rte_mbuf *m, rte_be16_t port);

/** Give a UDP datagram to the kernel, if it is an exception. @return whether it is one */
bool rs_except_udp(struct rs_link *link, const struct rte_mbuf *m, rte_be16_t port);

/** Give a datagram of this protocol to the kernel, if it is an exception. @return likewise */
bool rs_except_protocol(struct rs_link *link, const struct rte_mbuf *m, uint8_t proto);

/**
 * Give an IPv4 datagram in a frame to a group of hosts to the kernel, if its destination is a
 * multicast address, and its protocol or UDP port is an exception. @return whether it is one
 */
bool rs_except_group(struct rs_link *link, const struct rte_mbuf *m);

/** The same for IPv6. @param d  the datagram, of which only the header was read, or all */
bool rs_except_group6(struct rs_link *link, const struct rte_mbuf *m,
	const struct rs_datagram6 *d);

/** Take the exceptions out of the strays of both families, and give them to the kernel. */
void rs_except_strays(struct rs_link *link, struct rs_parsed *parsed);
void rs_except_strays6(struct rs_link *link, struct rs_parsed *parsed);

#endif /* RS_PACKET_EXCEPTION_H */
