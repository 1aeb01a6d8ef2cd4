/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The keyed hash of a tuple: NH (RFC 4418 5.2) on 64-bit words, a product of sums with secret
 * words. It is not linear, so the secret decides which tuples collide. With a linear hash
 * (Toeplitz, CRC) tuples that collide under one secret collide under every secret, so an
 * attacker could compute colliding tuples without knowing it.
 */

#ifndef RS_BASE_HASH_H
#define RS_BASE_HASH_H

#include <stdint.h>
#include <string.h>

#include "base/addr.h"

/** Secret words, derived from rs_stack_params.secret at start. */
struct rs_hash_key {
	uint64_t k[6];
};

/** One step of NH: (a + ka) * (b + kb), both halves of the product folded together. */
static inline uint64_t
rs_hash_nh(uint64_t a, uint64_t b, uint64_t ka, uint64_t kb)
{
	unsigned __int128 p = (unsigned __int128)(a + ka) * (b + kb);

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/** Hash an IPv4 tuple: addresses in network byte order, ports as rport << 16 | lport. */
static inline uint32_t
rs_hash_ipv4(const struct rs_hash_key *key, uint32_t laddr, uint32_t raddr, uint32_t ports)
{
	uint64_t h = rs_hash_nh((uint64_t)laddr << 32 | raddr, ports, key->k[0], key->k[1]);

	h = rs_hash_nh(h, h >> 32, key->k[2], key->k[3]);
	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

/** Hash the tuple of an IPv6 connection. */
static inline uint32_t
rs_hash_ipv6(const struct rs_hash_key *key, const struct rs_tuple *t)
{
	uint32_t ports = (uint32_t)t->rport << 16 | t->lport;
	uint64_t w[4];
	uint64_t h;

	memcpy(w, t, sizeof(w));
	h = rs_hash_nh(w[0], w[1], key->k[0], key->k[1]) ^
	    rs_hash_nh(w[2], w[3], key->k[2], key->k[3]);
	h = rs_hash_nh(h, ports, key->k[4], key->k[5]);
	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

/** Hash a tuple of either address family; for IPv4 the result is that of rs_hash_ipv4(). */
static inline uint32_t
rs_tuple_hash(const struct rs_hash_key *key, const struct rs_tuple *t)
{
	if (!rs_tuple_is_ipv4(t))
		return rs_hash_ipv6(key, t);
	return rs_hash_ipv4(key, t->laddr.w[3], t->raddr.w[3],
		(uint32_t)t->rport << 16 | t->lport);
}

/**
 * The flow label of a connection's datagrams (RFC 6437 3): a keyed hash, so it is constant for the
 * connection and for the resets that follow it, and needs no memory.
 *
 * @param raddr_end  the last 64 bits of the peer's address, as in memory
 * @param ports      the peer's, ours, as in a segment of the peer
 * @return the first word of an IPv6 header whose other fields are 0, as in a frame
 */
static inline rte_be32_t
rs_hash_flow_label(const struct rs_hash_key *key, uint64_t raddr_end, uint32_t ports)
{
	return (uint32_t)(rs_hash_nh(raddr_end, ports, key->k[4], key->k[5]) >> 32) &
		RTE_BE32(0x000fffff);
}

#endif /* RS_BASE_HASH_H */
