/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A set of TCP ports, a bit for each.
 */

#ifndef RS_BASE_PORTSET_H
#define RS_BASE_PORTSET_H

#include <stdbool.h>
#include <stdint.h>

/** A set of ports; all 0: the empty set. */
struct rs_portset {
	uint64_t words[UINT16_MAX / 64 + 1];
};

/** Whether a port is in the set. */
static inline bool
rs_portset_has(const struct rs_portset *set, uint16_t port)
{
	return (set->words[port / 64] >> (port % 64) & 1) != 0;
}

/** Add a port to the set. */
static inline void
rs_portset_add(struct rs_portset *set, uint16_t port)
{
	set->words[port / 64] |= UINT64_C(1) << (port % 64);
}

/** Remove a port from the set. */
static inline void
rs_portset_remove(struct rs_portset *set, uint16_t port)
{
	set->words[port / 64] &= ~(UINT64_C(1) << (port % 64));
}

#endif /* RS_BASE_PORTSET_H */
