/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ARP for IPv4 on Ethernet (RFC 826): a request for an address of ours is turned into its
 * reply in the same mbuf, our addresses are defended against hosts that claim them (RFC 5227
 * 2.4), and the requests of resolve.c are written.
 */

#include <rte_arp.h>

#include "link/arp.h"
#include "link/neigh.h"

/* Least interval between two defences, microseconds (RFC 5227 1.1). */
#define DEFEND_INTERVAL (10 * UINT64_C(1000000))

static const struct rte_ether_addr broadcast = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

/* Whether this is a request or reply for IPv4 on Ethernet whose sender has a unicast MAC. */
static bool
arp_is_good(const struct rte_arp_hdr *arp)
{
	return arp->arp_hardware == RTE_BE16(RTE_ARP_HRD_ETHER) &&
	       arp->arp_protocol == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
	       arp->arp_hlen == RTE_ETHER_ADDR_LEN && arp->arp_plen == sizeof(rte_be32_t) &&
	       (arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST) ||
		arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY)) &&
	       rte_is_valid_assigned_ether_addr(&arp->arp_data.arp_sha);
}

/* Finish an ARP packet of ours from m's port: opcode, MAC addresses, length. */
static unsigned int
arp_send(struct rs_link *link, struct rte_mbuf *m, struct rte_arp_hdr *arp, uint16_t opcode,
	const struct rte_ether_addr *dst)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	const struct rte_ether_addr *mac = &link->ports[m->port].mac;
	uintptr_t end = (uintptr_t)(arp + 1);

	arp->arp_opcode = rte_cpu_to_be_16(opcode);
	rte_ether_addr_copy(mac, &arp->arp_data.arp_sha);
	rte_ether_addr_copy(dst, &eth->dst_addr);
	rte_ether_addr_copy(mac, &eth->src_addr);
	rs_frame_finish(link, m, (uint16_t)(end - (uintptr_t)eth));
	return RS_FATE_REPLY;
}

/* Announce an address of ours again, because another host claims it (RFC 5227 2.4 (c), 2.3). */
static unsigned int
arp_defend(struct rs_link *link, struct rte_mbuf *m, struct rte_arp_hdr *arp, uint64_t now)
{
	link->stats->packet.arp_conflicts++;
	if (now < link->defend_after[m->port])
		return RS_DROP_arp_limited;
	link->defend_after[m->port] = now + DEFEND_INTERVAL;
	link->stats->packet.arp_defences++;
	memset(&arp->arp_data.arp_tha, 0, sizeof(arp->arp_data.arp_tha));
	arp->arp_data.arp_tip = arp->arp_data.arp_sip;
	return arp_send(link, m, arp, RTE_ARP_OP_REQUEST, &broadcast);
}

void
rs_arp_request(struct rs_link *link, struct rte_mbuf *m, const struct rs_neigh *neigh,
	bool to_all)
{
	struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(m, struct rte_arp_hdr *,
		RTE_ETHER_HDR_LEN);
	const struct rte_ether_addr *dst = to_all ? &broadcast : &neigh->mac;

	m->port = neigh->port;
	rs_ether_write(m, dst, &link->ports[m->port].mac, RTE_ETHER_TYPE_ARP);
	*arp = (struct rte_arp_hdr){
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = RTE_ETHER_ADDR_LEN,
		.arp_plen = sizeof(rte_be32_t),
		.arp_data.arp_sip = rs_link_source4(link, neigh->port, &neigh->addr)->w[3],
		.arp_data.arp_tip = neigh->addr.w[3],
	};
	arp_send(link, m, arp, RTE_ARP_OP_REQUEST, dst);
}

unsigned int
rs_arp_input(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, uint64_t now)
{
	struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(m, struct rte_arp_hdr *, l3_off);
	struct rte_arp_ipv4 *data = &arp->arp_data;
	struct rs_addr sender;
	rte_be32_t target;
	bool known;

	link->stats->packet.rx_arp++;
	if (m->data_len < l3_off + sizeof(*arp))
		return RS_DROP_short_frame;
	if (!arp_is_good(arp))
		return RS_DROP_arp_bad;
	/* announcements, too: they change an entry whose host has moved (RFC 5227 3) */
	if (arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY) || data->arp_sip == data->arp_tip)
		rs_link_tell_kernel(link, m);
	if (rs_link_owns_ipv4(link, m->port, data->arp_sip) &&
	    !rte_is_same_ether_addr(&data->arp_sha, &link->ports[m->port].mac))
		return arp_defend(link, m, arp, now);
	/* RFC 826: any packet of a sender updates its entry; only rs_resolve() makes one */
	sender = rs_addr_from_ipv4(data->arp_sip);
	known = rs_resolve_learn(link, m, &sender, &data->arp_sha, now);
	if (arp->arp_opcode != RTE_BE16(RTE_ARP_OP_REQUEST) ||
	    !rs_link_owns_ipv4(link, m->port, data->arp_tip))
		return known ? RS_FATE_TAKEN : RS_DROP_arp_not_ours;

	/* the reply, to a probe too (RFC 5227 2.1.1), has sender and target exchanged */
	target = data->arp_tip;
	data->arp_tip = data->arp_sip;
	data->arp_sip = target;

	rte_ether_addr_copy(&data->arp_sha, &data->arp_tha);
	link->stats->packet.arp_replies++;
	return arp_send(link, m, arp, RTE_ARP_OP_REPLY, &data->arp_tha);
}
