/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reassembled datagrams larger than the MTU, which fit no mbuf: an echo request is answered in
 * fragments, a UDP datagram by a port unreachable. TCP segments are never so large, because none
 * of our MSS options allows it.
 */

#ifndef RS_PACKET_LARGE_H
#define RS_PACKET_LARGE_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "link/link.h"

/**
 * Answer a datagram in a chain of mbufs, of which each has its fragment's payload and in front of
 * it room for headers. A datagram without an answer is dropped and counted.
 *
 * @param m    becomes the callee's
 * @param id   identification of the answer's fragments
 * @param now  microseconds, for the rate limits
 * @param tx   [out] room for the frames of the answer: as many as the chain has mbufs
 * @return the number of frames in tx
 */
uint16_t rs_large_input(struct rs_link *link, struct rte_mbuf *m, uint32_t id, uint64_t now,
	struct rte_mbuf **tx);

#endif /* RS_PACKET_LARGE_H */
