/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * VLAN tags (IEEE 802.1Q, 802.1ad) at the edge of the stack. A frame with the tags of a port is
 * one of this port, and has none inside the stack; a frame that a tagged port sends gets them at
 * the end of a run. The priority of a received tag is ignored, and that of a sent one configured.
 */

#ifndef RS_LINK_VLAN_H
#define RS_LINK_VLAN_H

#include "link/link.h"

/** Whether the tags of a port are valid, and its id is one that its kind of port can have. */
bool rs_vlan_is_valid(const struct rs_port *port);

/** Let frames with the tags of a port be found. @return 0, or -EINVAL: another port has them */
int rs_vlan_add(struct rs_link *link, const struct rs_port *port);

/**
 * Find the port that a received frame belongs to: set m->port to its id, and remove the tags.
 * A frame whose port is known already stays as it is.
 *
 * @param m  one mbuf
 * @return RS_DROP_MAX, or the reason to drop the frame
 */
enum rs_drop rs_vlan_receive(struct rs_link *link, struct rte_mbuf *m);

/**
 * Give frames to be sent the tags of their ports, and set m->port to the device.
 *
 * @param tx  [in,out] n frames; those that remain are moved to the front
 * @return the number of frames that remain; one without room for its tags is freed and counted
 */
uint16_t rs_vlan_send(struct rs_link *link, struct rte_mbuf **tx, uint16_t n);

#endif /* RS_LINK_VLAN_H */
