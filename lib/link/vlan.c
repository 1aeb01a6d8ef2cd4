/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The tags of frames. A device that strips a tag reports it beside the frame, and one that
 * inserts tags is told it there; else both is done here.
 */

#include <errno.h>

#include "link/vlan.h"

/** Bits of a TCI that are its VLAN identifier, and where its priority begins (802.1Q 9.6). */
#define VID_MASK 0xfff
#define PRIORITY_SHIFT 13

/** The largest VLAN identifier; 4095 is reserved, and 0 is that of a priority tag. */
#define VID_MAX 4094

/* The key of a tagged port. With one tag the outer identifier is 0. */
static uint32_t
vlan_key(uint16_t device, rte_be16_t outer_type, uint16_t outer, uint16_t inner)
{
	static_assert(RS_DEVICES_MAX <= 1 << 5, "a device has 5 bits of a key");

	return (uint32_t)device << 25 |
	       (uint32_t)(outer_type == RTE_BE16(RTE_ETHER_TYPE_QINQ)) << 24 |
	       (uint32_t)outer << 12 | inner;
}

/* The EtherType of the first tag that a port sends. */
static uint16_t
outer_type(const struct rs_tags *tags)
{
	return tags->n == RS_TAGS_MAX && !tags->outer_is_8100 ? RTE_ETHER_TYPE_QINQ :
		RTE_ETHER_TYPE_VLAN;
}

bool
rs_vlan_is_valid(const struct rs_port *port)
{
	const struct rs_tags *tags = &port->tags;
	unsigned int i;

	if (port->device >= RS_DEVICES_MAX || tags->n > RS_TAGS_MAX || tags->priority > 7)
		return false;
	if (tags->n == 0)
		return port->id == port->device;
	for (i = 0; i < tags->n; i++) {
		if (tags->vid[i] == 0 || tags->vid[i] > VID_MAX)
			return false;
	}
	return port->id >= RS_DEVICES_MAX && port->id < RS_PORTS_MAX;
}

int
rs_vlan_add(struct rs_link *link, const struct rs_port *port)
{
	const struct rs_tags *tags = &port->tags;
	uint32_t key;
	uint16_t i;

	if (tags->n == 0)
		return 0;
	key = vlan_key(port->device, rte_cpu_to_be_16(outer_type(tags)),
		tags->n == RS_TAGS_MAX ? tags->vid[0] : 0, tags->vid[tags->n - 1]);
	for (i = 0; i < link->n_vlans; i++) {
		if (link->vlans[i].key == key)
			return -EINVAL;
	}
	link->vlans[link->n_vlans++] = (struct rs_vlan){ .key = key, .port = port->id };
	return 0;
}

/*
 * Find the port of a key. The one found last is looked at first, because frames of one VLAN come
 * together. @return its id, or RS_PORTS_MAX
 */
static uint16_t
vlan_find(struct rs_link *link, uint32_t key)
{
	struct rs_vlan found;
	uint16_t i;

	for (i = 0; i < link->n_vlans; i++) {
		if (link->vlans[i].key != key)
			continue;
		found = link->vlans[i];
		link->vlans[i] = link->vlans[0];
		link->vlans[0] = found;
		return found.port;
	}
	return RS_PORTS_MAX;
}

/* Read the tag that the device has stripped as the first one of the frame. */
static void
take_stripped(const struct rte_mbuf *m, struct rs_ether *ether)
{
	ether->tci[1] = ether->tci[0];
	ether->tci[0] = m->vlan_tci;
	ether->outer_type = RTE_BE16(RTE_ETHER_TYPE_VLAN);
	ether->n_tags++;
}

/* The port of a frame with these tags, or RS_PORTS_MAX. A priority tag is no tag (802.1Q 6.9). */
static uint16_t
port_of(struct rs_link *link, uint16_t device, const struct rs_ether *ether)
{
	uint16_t first = ether->tci[0] & VID_MASK;

	if (ether->n_tags == 0 || (ether->n_tags == 1 && first == 0))
		return link->ports[device].mtu != 0 ? device : RS_PORTS_MAX;
	if (ether->n_tags == 1)
		return vlan_find(link, vlan_key(device, ether->outer_type, 0, first));
	if (first == 0)
		return RS_PORTS_MAX;
	return vlan_find(link, vlan_key(device, ether->outer_type, first,
		ether->tci[1] & VID_MASK));
}

enum rs_drop
rs_vlan_receive(struct rs_link *link, struct rte_mbuf *m)
{
	struct rs_ether ether;
	uint16_t in_frame;
	uint16_t port;

	if (m->port >= RS_DEVICES_MAX) /* another stack's worker handed it over */
		return RS_DROP_MAX;
	if (!rs_ether_read(m, &ether))
		return RS_DROP_short_frame;
	if (rs_ether_is_tag(ether.type)) /* a third tag */
		return RS_DROP_vlan_unknown;
	in_frame = (uint16_t)(ether.len - RTE_ETHER_HDR_LEN);
	if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
		if (ether.n_tags == RS_TAGS_MAX)
			return RS_DROP_vlan_unknown;
		take_stripped(m, &ether);
		m->ol_flags &= ~(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED);
	}
	link->stats->packet.rx_vlan += ether.n_tags > 0;
	port = port_of(link, m->port, &ether);
	if (port == RS_PORTS_MAX)
		return RS_DROP_vlan_unknown;
	m->port = port;
	if (in_frame > 0)
		rs_ether_untag(m, in_frame);
	return RS_DROP_MAX;
}

/* Give a frame the tags of its port. @return false: there is no room for them */
static bool
add_tags(const struct rs_port *port, struct rte_mbuf *m)
{
	const struct rs_tags *tags = &port->tags;
	uint16_t priority = (uint16_t)(tags->priority << PRIORITY_SHIFT);
	rte_be32_t bytes[RS_TAGS_MAX];
	uint16_t type = outer_type(tags);
	uint8_t i;

	if (port->tx_vlan) {
		m->vlan_tci = priority | tags->vid[0];
		m->ol_flags |= RTE_MBUF_F_TX_VLAN;
		return true;
	}
	for (i = 0; i < tags->n; i++) {
		bytes[i] = rte_cpu_to_be_32((uint32_t)type << 16 | priority | tags->vid[i]);
		type = RTE_ETHER_TYPE_VLAN;
	}
	/* the fields of other offloads count the tags as part of the link header */
	if ((m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK) != 0)
		m->l2_len = (uint64_t)(RTE_ETHER_HDR_LEN + tags->n * RS_TAG_LEN) & 0x7f;
	return rs_ether_tag(m, bytes, tags->n);
}

uint16_t
rs_vlan_send(struct rs_link *link, struct rte_mbuf **tx, uint16_t n)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		const struct rs_port *port = &link->ports[tx[i]->port];

		if (port->tags.n > 0 && !add_tags(port, tx[i])) {
			link->stats->drop[RS_DROP_no_mbuf]++;
			rte_pktmbuf_free(tx[i]);
			continue;
		}
		tx[i]->port = port->device;
		tx[kept++] = tx[i];
	}
	return kept;
}
