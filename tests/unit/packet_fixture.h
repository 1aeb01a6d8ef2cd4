/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * For tests of the packet layer: frames of any shape, a link of two ports to give them to,
 * and the result that each must have. Checksums of frames are DPDK's, not those under test.
 */

#ifndef PACKET_FIXTURE_H
#define PACKET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <rte_arp.h>
#include <rte_common.h>
#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "packet/frame.h"
#include "random.h"

/* RTE_IPV4() shifts an int too far for an address whose first byte is above 127. */
#define IPV4(a, b, c, d) \
	RTE_BE32((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Documentation addresses (RFC 5737): ours on port 0 and 1, and a peer's. */
#define US IPV4(192, 0, 2, 1)
#define US_1 IPV4(203, 0, 113, 1)
#define PEER IPV4(192, 0, 2, 99)

extern const struct rte_ether_addr us_mac;   /**< of port 0 */
extern const struct rte_ether_addr us_1_mac; /**< of port 1 */
extern const struct rte_ether_addr peer_mac;
extern const struct rte_ether_addr broadcast_mac;

/** State of a test: port 0 is 192.0.2.1/24 and 198.18.0.0/15, port 1 203.0.113.1/30. */
struct packet_test {
	struct rs_stats stats;
	struct rs_link link;
	struct rte_mempool *pool;
	struct rs_port ports[2];
	struct rs_prefix terminate;
	uint16_t terminate_port;
	struct rs_stack_params params;
	uint64_t now;
	struct rs_portset lookup;   /**< all ports, so that no frame is a stray */
	struct rs_parsed parsed;    /**< the results of the last burst */
};

/** The shape of a frame to us. */
struct shape {
	bool tagged;
	uint16_t tci;
	uint8_t proto;          /**< 0: TCP */
	uint8_t ip_options;     /**< bytes, a multiple of 4 */
	uint8_t tcp_options;    /**< bytes, a multiple of 4 */
	uint16_t data;          /**< bytes of payload */
	uint16_t padding;       /**< bytes behind the datagram */
	uint8_t flags;          /**< 0: SYN */
};

/** A frame as bytes. */
struct frame {
	uint8_t b[2000];
	uint16_t len;
	uint16_t l3;
	uint16_t l4;
};

/** EAL and the mbuf pool, once a program. */
int packet_group_setup(void **state);

/** A fresh link; at the end its memory and every mbuf must be back. */
int packet_setup(void **state);
int packet_teardown(void **state);

/** Build a frame with right checksums. */
void frame_build(struct frame *f, const struct shape *shape);

struct rte_ipv4_hdr *frame_ip(struct frame *f);
struct rte_tcp_hdr *frame_tcp(struct frame *f);

/** Make the checksums right again, after a change. */
void frame_fix(struct frame *f);

/** Remove the tag of a frame, if it has one, as the stack does. */
void frame_untag(struct frame *f);

/** Build an ARP request of the peer for US. */
void frame_arp(struct frame *f, bool tagged);
struct rte_arp_hdr *frame_arp_hdr(struct frame *f);

/** An mbuf of port that holds the frame; ASan traps a read behind it. */
struct rte_mbuf *frame_mbuf(struct packet_test *t, const struct frame *f, uint16_t port);

/** Free an mbuf of frame_mbuf(). */
void frame_free(struct rte_mbuf *m);

/**
 * Make m an mbuf of no pool that holds a copy of n bytes. Its data ends at the end of an
 * allocation, so ASan traps a read behind it. With tail > 0, as many bytes of value fill
 * follow the data, to show that they change no result.
 *
 * @return the allocation, for free()
 */
void *exact_mbuf(struct rte_mbuf *m, const void *bytes, uint16_t n, uint16_t tail, uint8_t fill);

/** Parse n mbufs, and check that each ends once and every counter agrees. */
void packet_parse(struct packet_test *t, struct rte_mbuf **pkts, uint16_t n);

/** The frame must be dropped for this reason and no other. */
void expect_drop(struct packet_test *t, const struct frame *f, enum rs_drop reason);

/** The frame must become a segment; its mbuf, which the caller frees. */
struct rte_mbuf *expect_segment(struct packet_test *t, const struct frame *f);

/** The frame must become its own answer; its mbuf, which the caller frees. */
struct rte_mbuf *expect_reply(struct packet_test *t, const struct frame *f);

/** IPv4 header without options, id 0, DF, TTL, checksums right (RFC 791, 1071, 9293 3.1). */
void expect_good_ipv4(const struct packet_test *t, const struct rte_mbuf *m, uint16_t l3);

#endif /* PACKET_FIXTURE_H */
