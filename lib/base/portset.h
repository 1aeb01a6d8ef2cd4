/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A set of TCP ports, a bit for each. A bit's place is the number that the port is when its bytes
 * are read as they are in a frame, so that a lookup need not swap them.
 */

#ifndef RS_BASE_PORTSET_H
#define RS_BASE_PORTSET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>

/** A set of ports; all 0: the empty set. */
struct rs_portset {
	uint64_t words[UINT16_MAX / 64 + 1];
};

/** Whether a port, in network byte order, is in the set. */
static inline bool
rs_portset_has_be(const struct rs_portset *set, rte_be16_t port)
{
	uint32_t bit = port;

	return (set->words[bit / 64] >> (bit % 64) & 1) != 0;
}

/** Whether a port is in the set. */
static inline bool
rs_portset_has(const struct rs_portset *set, uint16_t port)
{
	return rs_portset_has_be(set, rte_cpu_to_be_16(port));
}

/** Add a port to the set. */
static inline void
rs_portset_add(struct rs_portset *set, uint16_t port)
{
	rte_be16_t bit = rte_cpu_to_be_16(port);

	set->words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/** Remove a port from the set. */
static inline void
rs_portset_remove(struct rs_portset *set, uint16_t port)
{
	rte_be16_t bit = rte_cpu_to_be_16(port);

	set->words[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

/** Add the ports of another set. */
static inline void
rs_portset_merge(struct rs_portset *set, const struct rs_portset *other)
{
	unsigned int i;

	for (i = 0; i < sizeof(set->words) / sizeof(set->words[0]); i++)
		set->words[i] |= other->words[i];
}

#endif /* RS_BASE_PORTSET_H */
