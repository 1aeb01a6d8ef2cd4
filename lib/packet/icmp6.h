/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMPv6 (RFC 4443): the input of its messages, and the errors that answer datagrams. Neighbour
 * discovery is that of link/nd.c; tcp/icmp.c applies received errors to connections.
 */

#ifndef RS_PACKET_ICMP6_H
#define RS_PACKET_ICMP6_H

#include <rte_mbuf.h>

#include "link/link.h"
#include "packet/ipv6.h"

/** Types of ICMPv6 messages; those below 128 are errors. */
enum {
	RS_ICMP6_UNREACHABLE = 1,
	RS_ICMP6_TOO_BIG = 2,
	RS_ICMP6_TIME_EXCEEDED = 3,
	RS_ICMP6_PARAMETER_PROBLEM = 4,
	RS_ICMP6_ECHO_REQUEST = 128,
	RS_ICMP6_ECHO_REPLY = 129,
};

/** Codes of RS_ICMP6_UNREACHABLE. */
enum {
	RS_ICMP6_CODE_PROHIBITED = 1,
	RS_ICMP6_CODE_PORT = 4,
};

/** Codes of RS_ICMP6_PARAMETER_PROBLEM. */
enum {
	RS_ICMP6_CODE_FIELD = 0,
	RS_ICMP6_CODE_HEADER = 1,
	RS_ICMP6_CODE_OPTION = 2,
	RS_ICMP6_CODE_CHAIN = 3, /**< a first fragment without all headers (RFC 7112) */
};

/** Code of RS_ICMP6_TIME_EXCEEDED: fragments are missing. */
#define RS_ICMP6_CODE_REASSEMBLY 1

/** Head of an ICMPv6 message. */
struct rs_icmp6 {
	uint8_t type;
	uint8_t code;
	rte_be16_t cksum;
	rte_be32_t word;        /**< of errors: MTU or pointer; of echoes: identifier, sequence */
} __rte_packed;

/**
 * Process an ICMPv6 message: an echo request becomes its reply in the same mbuf, within its rate
 * limit; an error is noted for TCP; neighbour discovery goes to rs_nd_input().
 *
 * @param now  microseconds
 * @return the fate of the frame: an RS_FATE_* or an enum rs_drop
 */
unsigned int rs_icmp6_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram6 *d, uint64_t now);

/**
 * Process a UDP datagram: no service of rstack uses UDP, so it becomes a port unreachable in the
 * same mbuf (RFC 4443 3.1), within the rate limit.
 *
 * @return the fate of the frame: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_udp6_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram6 *d, uint64_t now);

/**
 * Turn a datagram into the parameter problem that answers it (RFC 4443 3.4), within the rate
 * limit. ICMPv6 errors are not answered, and datagrams to multicast addresses only where an
 * unknown option asks for it (2.4 (e)).
 *
 * @param code     RS_ICMP6_CODE_*
 * @param pointer  offset of the faulty field from the IPv6 header
 * @param drop     the reason under which a datagram is dropped that gets no answer
 * @return the fate of the frame: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_icmp6_problem(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram6 *d, uint8_t code, uint32_t pointer, uint64_t now,
	unsigned int drop);

/**
 * Turn a UDP datagram that was verified into the port unreachable that answers it, within the
 * rate limit.
 *
 * @param d  may be longer than the mbuf: what follows is not quoted
 * @return the fate of the frame: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_udp6_unreachable(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram6 *d, uint64_t now);

/**
 * Turn the first fragment of a datagram whose others did not come into the error about it (RFC
 * 4443 3.3), within the rate limit.
 *
 * @param d  the fragment; its proto and l4_off are those behind the fragment header
 * @return the fate of the frame: RS_FATE_REPLY or an enum rs_drop
 */
unsigned int rs_icmp6_time_exceeded(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram6 *d, uint64_t now);

#endif /* RS_PACKET_ICMP6_H */
