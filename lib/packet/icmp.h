/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMP (RFC 792): the types and codes that rstack knows, and the input of ICMP messages and of
 * UDP datagrams, which an ICMP error answers. tcp/icmp.c applies received errors to connections.
 */

#ifndef RS_PACKET_ICMP_H
#define RS_PACKET_ICMP_H

#include <rte_icmp.h>
#include <rte_mbuf.h>

#include "link/link.h"
#include "packet/ipv4.h"

/** Types of ICMP messages, of which rte_icmp.h of 22.11 names the echo types only. */
enum {
	RS_ICMP_ECHO_REPLY = RTE_IP_ICMP_ECHO_REPLY,
	RS_ICMP_UNREACHABLE = 3,
	RS_ICMP_SOURCE_QUENCH = 4,
	RS_ICMP_ECHO_REQUEST = RTE_IP_ICMP_ECHO_REQUEST,
	RS_ICMP_TIME_EXCEEDED = 11,
	RS_ICMP_PARAMETER_PROBLEM = 12,
};

/** Codes of RS_ICMP_UNREACHABLE. */
enum {
	RS_ICMP_CODE_PROTOCOL = 2,
	RS_ICMP_CODE_PORT = 3,
	RS_ICMP_CODE_FRAGMENT = 4, /**< fragmentation needed, and DF set */
};

/** Code of RS_ICMP_TIME_EXCEEDED: fragments are missing. */
#define RS_ICMP_CODE_REASSEMBLY 1

/**
 * Process an ICMP message: an echo request becomes its reply in the same mbuf (RFC 792, RFC
 * 1122 3.2.2.6), within its rate limit; an error is passed to rs_icmp_error_input().
 *
 * @param now  microseconds, for the rate limit
 * @return the fate of the frame: an RS_FATE_* or an enum rs_drop
 */
unsigned int rs_icmp_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram *d, uint64_t now);

/**
 * Process an ICMP error about a segment of ours: append it to link->errors for TCP (RFC 9293
 * 3.9.2.2). Called once a frame at most, so a burst's errors have room.
 *
 * @param icmp  the message, whose checksum is verified
 * @param len   bytes of the message, at least those of its header
 * @return the fate of the frame: RS_FATE_TAKEN or an enum rs_drop
 */
unsigned int rs_icmp_error_input(struct rs_link *link, const struct rte_icmp_hdr *icmp,
	uint16_t len);

/**
 * Keep the frame of the error that was appended to link->errors last, where another stack may have
 * its connection.
 *
 * @param fate  of the frame; only that of an error that was appended is RS_FATE_TAKEN
 * @return fate
 */
unsigned int rs_icmp_keep(struct rs_link *link, struct rte_mbuf *m, unsigned int fate);

/**
 * Process a UDP datagram: no service of rstack uses UDP, so it becomes an ICMP port
 * unreachable in the same mbuf (RFC 1122 4.1.3.1), within the rate limit.
 *
 * @param now  microseconds, for the rate limit
 * @return the fate of the frame: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_udp_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram *d, uint64_t now);

/**
 * Turn a UDP datagram that was verified into the port unreachable that answers it, within the
 * rate limit.
 *
 * @param d  may be longer than the mbuf: what follows is not quoted
 * @return the fate of the frame: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_udp_unreachable(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram *d, uint64_t now);

/**
 * Turn the first fragment of a datagram whose others did not come into the error about it (RFC
 * 792), within the rate limit. Fragments of ICMP messages other than echoes get none, because
 * they may be errors (RFC 1122 3.2.2).
 *
 * @param d  the fragment
 * @return the fate of the frame: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_icmp_time_exceeded(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram *d, uint64_t now);

#endif /* RS_PACKET_ICMP_H */
