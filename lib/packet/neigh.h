/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The memory of the neighbour table; its use is in packet/link.h.
 */

#ifndef RS_PACKET_NEIGH_H
#define RS_PACKET_NEIGH_H

#include "packet/link.h"

/** The most neighbours that 16-bit indexes can tell apart, RS_NO_NEIGH left out. */
#define RS_NEIGHS_MAX UINT16_MAX

/**
 * Make the neighbour table.
 *
 * @param max  neighbours, 1..RS_NEIGHS_MAX
 * @return 0, -EINVAL or -ENOMEM
 */
int rs_neigh_init(struct rs_link *link, uint32_t max, unsigned int socket);

/** Give its memory back. */
void rs_neigh_fini(struct rs_link *link);

#endif /* RS_PACKET_NEIGH_H */
