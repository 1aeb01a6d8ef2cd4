/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Frames and mbufs that the engine's target makes of its input. */

#ifndef TESTS_FUZZ_ENGINE_FRAME_H
#define TESTS_FUZZ_ENGINE_FRAME_H

#include "fuzz/fuzz.h"
#include "rstack.h"

#define ENGINE_FRAME_MAX 1800

/** VLAN that the tagged port has, the outer one of two tags, and the last byte of the addresses. */
enum { ENGINE_VLAN = 5, ENGINE_VLAN_OUTER = 6, ENGINE_US = 1 };

/** Where a connection stands, as far as the target knows. */
struct engine_numbers {
	uint32_t seq;           /**< RCV.NXT: the next that the peer sends */
	uint32_t una, nxt;      /**< SND.UNA and SND.NXT */
	uint32_t window;        /**< RCV.WND */
	uint32_t ts;            /**< the latest TSval of the stack */
	uint32_t now_ms;
};

/** A frame, with its IP header at l3. */
struct engine_frame {
	uint16_t len;
	uint16_t l3;
	uint8_t b[ENGINE_FRAME_MAX];
};

/** The address of a host of a network: 0: on-link, 1: terminated, 2: on-link of the VLAN. */
struct rs_addr engine_addr(bool ipv6, uint8_t network, uint8_t host);

/** A TCP segment of the peer of a tuple, with so many VLAN tags. */
void engine_segment(struct fuzz_in *in, const struct rs_tuple *tuple,
	const struct engine_numbers *at, uint8_t tags, struct engine_frame *f);

/** An ICMP error about a segment of the stack. */
void engine_icmp_error(struct fuzz_in *in, const struct rs_tuple *tuple,
	const struct engine_numbers *at, struct engine_frame *f);

/** ARP or neighbour discovery of a host, or what a router says: advertisements, MLD queries. */
void engine_neighbour(struct fuzz_in *in, struct engine_frame *f);

/** An echo request or UDP datagram. */
void engine_echo(struct fuzz_in *in, struct engine_frame *f);

/** Bytes of the input, behind an Ethernet header of the right kind. */
void engine_raw(struct fuzz_in *in, struct engine_frame *f);

/** Cut an IP datagram in two fragments. @return whether it was one that can be cut */
bool engine_cut(struct fuzz_in *in, const struct engine_frame *f, struct engine_frame part[2]);

/** Overwrite some bytes. */
void engine_spoil(struct fuzz_in *in, struct engine_frame *f);

/** Take the first tag from a frame, as a device does. @return whether it has one */
bool engine_strip(struct engine_frame *f, uint16_t *tci);

/** Put a frame in mbufs of a shape that the input chooses. @return NULL: none was free */
struct rte_mbuf *engine_mbuf(struct fuzz_in *in, const struct engine_frame *f,
	struct rte_mempool *own, struct rte_mempool *foreign);

#endif /* TESTS_FUZZ_ENGINE_FRAME_H */
