/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP segmentation offload: consecutive segments of a connection become one frame, which the
 * device cuts into the same segments. The engine still makes and accounts each segment, so
 * retransmission, pacing and captures do not know of it.
 */

#ifndef RS_APP_TSO_H
#define RS_APP_TSO_H

#include <stdint.h>

#include <rte_mbuf.h>

/** Most mbufs of a frame that is joined, unless the device takes fewer. */
#define RS_TSO_SEGS_MAX 40

/**
 * Join segments of a burst that follow each other. A joined frame has a chain of mbufs, the first
 * with the headers, the others with text only.
 *
 * @param tx    [in,out] n frames of a port whose device computes TCP checksums; the frames that
 *              are left are first
 * @param most  mbufs of a frame, 1..RS_TSO_SEGS_MAX
 * @return frames that are left
 */
uint16_t rs_tso_join(struct rte_mbuf **tx, uint16_t n, uint16_t most);

#endif /* RS_APP_TSO_H */
