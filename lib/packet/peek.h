/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A look at a received frame that is not verified yet, to find the worker that it belongs to.
 * No byte behind the frame's end is read; checksums and fields are verified by that worker
 * (packet/parse.c).
 */

#ifndef RS_PACKET_PEEK_H
#define RS_PACKET_PEEK_H

#include <rte_mbuf.h>

#include "base/addr.h"

/** The kind of owner that a frame has. */
enum rs_peek {
	RS_PEEK_ANY,            /**< any worker can process it */
	RS_PEEK_TUPLE,          /**< a connection's: a segment, or an ICMP error that quotes one */
	RS_PEEK_FRAGMENT,       /**< a fragment, which the others of its datagram must meet */
	RS_PEEK_ALL,            /**< each worker may wait for it: an ARP reply, an
				 *   advertisement, a solicitation without a source */
};

/**
 * Find the owner of a frame. Any thread.
 *
 * @param m      a received frame; its first mbuf may hold any number of bytes, and only these
 *               are read
 * @param tuple  [out] with RS_PEEK_TUPLE: the connection, local is this host; with
 *               RS_PEEK_FRAGMENT: the addresses, the ports are 0
 */
enum rs_peek rs_peek_owner(const struct rte_mbuf *m, struct rs_tuple *tuple);

#endif /* RS_PACKET_PEEK_H */
