/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Addresses, prefixes and connection tuples, neutral to the address family:
 * IPv4 is held as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), in network byte order.
 */

#ifndef RS_BASE_ADDR_H
#define RS_BASE_ADDR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

/** An IPv6 address, or an IPv4 address mapped into one; network byte order. */
struct rs_addr {
	union {
		uint8_t b[16];
		rte_be32_t w[4];
	};
};

/** A prefix: the first `len` bits (0..128; IPv4 /n is 96 + n) of addr. */
struct rs_prefix {
	struct rs_addr addr;
	uint8_t len;
};

/** The two sockets of a connection as this host sees them; ports in host order. */
struct rs_tuple {
	struct rs_addr laddr; /**< ours */
	struct rs_addr raddr; /**< the peer's */
	uint16_t lport;       /**< ours */
	uint16_t rport;       /**< the peer's */
};

static_assert(sizeof(struct rs_tuple) == 36, "a tuple fills 36 bytes of a TCB's first line");
static_assert(offsetof(struct rs_tuple, rport) == offsetof(struct rs_tuple, lport) + 2,
	"rs_tuple_equal() compares both ports as one word");

/** Bits in front of an IPv4 address in a struct rs_addr, so a /n is 96 + n in rs_prefix.len. */
#define RS_ADDR_IPV4_BITS 96

/** Map an IPv4 address in network byte order to its struct rs_addr. */
static inline struct rs_addr
rs_addr_from_ipv4(rte_be32_t ipv4)
{
	struct rs_addr a;

	a.w[0] = 0;
	a.w[1] = 0;
	a.w[2] = RTE_BE32(0x0000ffff);
	a.w[3] = ipv4;
	return a;
}

/** Whether a is an IPv4 address. */
static inline bool
rs_addr_is_ipv4(const struct rs_addr *a)
{
	return a->w[0] == 0 && a->w[1] == 0 && a->w[2] == RTE_BE32(0x0000ffff);
}

/** Whether a is all 0, which stands for "no address". */
static inline bool
rs_addr_is_zero(const struct rs_addr *a)
{
	return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

/** The bits in which two addresses differ, in one word; 0: none. */
static inline uint64_t
rs_addr_differ(const struct rs_addr *a, const struct rs_addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return (x[0] ^ y[0]) | (x[1] ^ y[1]);
}

/** Whether two addresses are the same. */
static inline bool
rs_addr_equal(const struct rs_addr *a, const struct rs_addr *b)
{
	return rs_addr_differ(a, b) == 0;
}

/** The mask whose first n bits are 1, 0..32. */
static inline rte_be32_t
rs_ipv4_mask(unsigned int n)
{
	return rte_cpu_to_be_32((uint32_t)(UINT64_MAX << (32 - n)));
}

/** Whether a lies in prefix p. */
static inline bool
rs_prefix_has(const struct rs_prefix *p, const struct rs_addr *a)
{
	unsigned int bits = p->len;
	unsigned int i;

	for (i = 0; i < 4 && bits > 0; i++) {
		unsigned int n = bits < 32 ? bits : 32;

		if (((p->addr.w[i] ^ a->w[i]) & rs_ipv4_mask(n)) != 0)
			return false;
		bits -= n;
	}
	return true;
}

/** The tuple of an IPv4 connection; all arguments as in a header, in network byte order. */
static inline struct rs_tuple
rs_tuple_from_ipv4(rte_be32_t laddr, rte_be32_t raddr, rte_be16_t lport, rte_be16_t rport)
{
	return (struct rs_tuple){
		.laddr = rs_addr_from_ipv4(laddr),
		.raddr = rs_addr_from_ipv4(raddr),
		.lport = rte_be_to_cpu_16(lport),
		.rport = rte_be_to_cpu_16(rport),
	};
}

/** The first 64 bits of an address as they are in memory. */
static inline uint64_t
rs_addr_first64(const struct rs_addr *a)
{
	uint64_t first;

	memcpy(&first, a, sizeof(first));
	return first;
}

/**
 * Whether a tuple is of IPv4. One comparison suffices, because its local address is ours, and no
 * IPv6 address of ours has 64 zero bits at its beginning (rs_ipv6_is_host()).
 */
static inline bool
rs_tuple_is_ipv4(const struct rs_tuple *t)
{
	return rs_addr_first64(&t->laddr) == 0;
}

/** Whether two tuples are the same. */
static inline bool
rs_tuple_equal(const struct rs_tuple *a, const struct rs_tuple *b)
{
	uint32_t ports[2];

	memcpy(&ports[0], &a->lport, sizeof(ports[0])); /* both */
	memcpy(&ports[1], &b->lport, sizeof(ports[1]));
	return (rs_addr_differ(&a->raddr, &b->raddr) | rs_addr_differ(&a->laddr, &b->laddr) |
		(ports[0] ^ ports[1])) == 0;
}

/** Whether a host can have this address: not in 0/8, 127/8 or 224/3 (RFC 1122 3.2.1.3). */
static inline bool
rs_ipv4_is_host(rte_be32_t addr)
{
	uint32_t net = rte_be_to_cpu_32(addr) >> 24;

	return net - 1 < 224 - 1 && net != 127;
}

/**
 * Whether each address under mask is a host's. The ends of the range decide, because the
 * ranges that no host can have are prefixes: one that meets a prefix begins or ends in it.
 *
 * @param mask  of rs_ipv4_mask()
 */
static inline bool
rs_ipv4_are_hosts(rte_be32_t addr, rte_be32_t mask)
{
	return rs_ipv4_is_host(addr & mask) && rs_ipv4_is_host(addr | ~mask);
}

/** Whether an IPv6 address is a multicast address (RFC 4291 2.7). */
static inline bool
rs_ipv6_is_multicast(const struct rs_addr *a)
{
	return a->b[0] == 0xff;
}

/** Whether an IPv6 address is a link-local unicast address (RFC 4291 2.5.6). */
static inline bool
rs_ipv6_is_link_local(const struct rs_addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/**
 * Whether an IPv6 host can have this address: not multicast, and not in ::/64, which has the
 * unspecified, the loopback, the IPv4-compatible and the IPv4-mapped addresses (RFC 4291 2.5).
 */
static inline bool
rs_ipv6_is_host(const struct rs_addr *a)
{
	return !rs_ipv6_is_multicast(a) && rs_addr_first64(a) != 0;
}

/** The mask whose first n bits are 1, 0..128. */
static inline struct rs_addr
rs_ipv6_mask(unsigned int n)
{
	struct rs_addr mask;
	unsigned int i;

	for (i = 0; i < 4; i++, n -= n < 32 ? n : 32)
		mask.w[i] = rs_ipv4_mask(n < 32 ? n : 32);
	return mask;
}

/** Whether two addresses are the same in the bits of a mask. */
static inline bool
rs_addr_equal_masked(const struct rs_addr *a, const struct rs_addr *b,
	const struct rs_addr *mask)
{
	return (((a->w[0] ^ b->w[0]) & mask->w[0]) | ((a->w[1] ^ b->w[1]) & mask->w[1]) |
		((a->w[2] ^ b->w[2]) & mask->w[2]) | ((a->w[3] ^ b->w[3]) & mask->w[3])) == 0;
}

/** The solicited-node multicast address of an address (RFC 4291 2.7.1). */
static inline struct rs_addr
rs_ipv6_solicited_node(const struct rs_addr *a)
{
	return (struct rs_addr){
		.w = { RTE_BE32(0xff020000), 0, RTE_BE32(1), a->w[3] | RTE_BE32(0xff000000) },
	};
}

#endif /* RS_BASE_ADDR_H */
