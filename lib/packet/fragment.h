/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reassembly of fragmented datagrams (RFC 791 3.2, RFC 8200 4.5). rte_ip_frag joins the fragments
 * of a datagram once all are here. It sees neither overlaps nor the age of a datagram, so the
 * fragments wait in a ledger until then, bounded in number and time.
 */

#ifndef RS_PACKET_FRAGMENT_H
#define RS_PACKET_FRAGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "link/link.h"
#include "packet/ipv4.h"
#include "packet/ipv6.h"

/** Fewest fragments that a ledger may be made for, so that one datagram never fills it. */
#define RS_FRAGMENTS_MIN 32

/** Most frames that rs_fragments_run() sends in a run. */
#define RS_FRAGMENTS_TX 32

/** Datagrams of which some fragments are here, and those that are whole. */
struct rs_fragments;

/** A received fragment whose header is checked. */
struct rs_fragment {
	struct rs_tuple key;    /**< the addresses, and the identification (IPv4: 16 bits and the
				 *   protocol) in place of the ports */
	uint16_t first;         /**< place of its payload in that of the datagram, bytes */
	uint16_t len;           /**< of its payload, bytes, more than 0 */
	bool more;              /**< more fragments follow */
	uint8_t ecn;            /**< ECN field (RFC 3168 5) */
};

/**
 * Make a ledger.
 *
 * @param max      most fragments, at least RS_FRAGMENTS_MIN; each is an mbuf
 * @param timeout  microseconds from a datagram's first fragment until it is abandoned
 * @param socket   NUMA node
 * @return NULL: no memory
 */
struct rs_fragments *rs_fragments_create(uint32_t max, uint64_t timeout, unsigned int socket);

/** Free a ledger and its fragments. */
void rs_fragments_free(struct rs_fragments *f);

/** Bytes of memory that a ledger of max fragments takes. */
uint64_t rs_fragments_memory(uint32_t max);

/**
 * Process a fragment of an IPv4 datagram: check it (RFC 791 3.2, RFC 1858, RFC 3128) and keep it.
 *
 * @param d    checked, the destination is ours
 * @param now  microseconds
 * @return RS_FATE_KEPT or an enum rs_drop
 */
unsigned int rs_fragment_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram *d, uint64_t now);

/**
 * The same for IPv6 (RFC 8200 4.5, RFC 7112). Extension headers in front of the fragment header
 * have been processed, so they are removed.
 *
 * @param d  its l4_off is the offset of the fragment header
 * @return RS_FATE_KEPT, RS_FATE_REPLY (a parameter problem) or an enum rs_drop
 */
unsigned int rs_fragment6_input(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_datagram6 *d, uint64_t now);

/**
 * Keep a checked fragment in one mbuf, or drop it.
 *
 * @param m  its l2_len and l3_len lead to the payload, where it ends with the mbuf
 * @return RS_FATE_KEPT or an enum rs_drop
 */
unsigned int rs_fragment_keep(struct rs_link *link, struct rte_mbuf *m,
	const struct rs_fragment *frag, uint64_t now);

/**
 * Take the datagrams that became whole: frames in one mbuf each, no larger than the MTU.
 *
 * @param pkts  [out] room for RS_BURST frames, which become the caller's
 * @return the number of frames
 */
uint16_t rs_fragments_take(struct rs_link *link, struct rte_mbuf **pkts);

/**
 * Abandon datagrams whose time is over, and send what is to be sent: the time exceeded messages,
 * and the answers to datagrams larger than the MTU.
 *
 * @return the number of frames in tx
 */
uint16_t rs_fragments_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room);

/** Time of the next work of rs_fragments_run(), microseconds; 0: now, UINT64_MAX: never. */
uint64_t rs_fragments_due(const struct rs_link *link);

#endif /* RS_PACKET_FRAGMENT_H */
