/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A look at a received frame before anything in it is verified, to find the worker that it
 * belongs to. Bytes are read only where the frame has them; whether they are right is
 * judged by the owner (packet/parse.c).
 */

#ifndef RS_PACKET_PEEK_H
#define RS_PACKET_PEEK_H

#include <rte_mbuf.h>

#include "base/addr.h"

/** The kind of owner that a frame has. */
enum rs_peek {
	RS_PEEK_ANY,            /**< any worker can process it */
	RS_PEEK_TUPLE,          /**< a connection's: a segment, or an ICMP error that quotes one */
	RS_PEEK_ALL,            /**< every worker may wait for it: an ARP reply */
};

/**
 * Find the owner of a frame.
 *
 * @param m      a received frame; its first segment may be of any length
 * @param tuple  [out] with RS_PEEK_TUPLE: the connection, local is this host
 */
enum rs_peek rs_peek_owner(const struct rte_mbuf *m, struct rs_tuple *tuple);

#endif /* RS_PACKET_PEEK_H */
