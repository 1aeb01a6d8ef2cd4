/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * From frame to segment: Ethernet, VLAN, IPv4 and TCP headers are checked in the order
 * they lie in. The functions are inlined into one loop, whose checks nearly always pass.
 */

#include <netinet/in.h>

#include "packet/ipv4.h"
#include "packet/segment.h"

/* Frames that are fetched ahead of the one that is parsed. */
#define AHEAD 4

#define IPV4_LEN sizeof(struct rte_ipv4_hdr)
#define TCP_LEN sizeof(struct rte_tcp_hdr)

/* VLAN identifier that no frame may carry (IEEE 802.1Q 9.6). */
#define VLAN_RESERVED 0xfff

/* Copy the fields of a TCP header, whose options end at data_off. */
static __rte_always_inline void
segment_fill(const struct rs_link *link, const struct rs_datagram *d,
	const struct rte_tcp_hdr *tcp, uint16_t header_len, struct rs_segment *seg)
{
	uint16_t lport = rte_be_to_cpu_16(tcp->dst_port);
	uint16_t rport = rte_be_to_cpu_16(tcp->src_port);
	uint16_t data_len = (uint16_t)(d->l4_len - header_len);
	uint8_t flags = tcp->tcp_flags;

	seg->tuple.laddr = rs_addr_from_ipv4(d->ip->dst_addr);
	seg->tuple.raddr = rs_addr_from_ipv4(d->ip->src_addr);
	seg->tuple.lport = lport;
	seg->tuple.rport = rport;
	seg->hash = rs_hash_ipv4(&link->key, d->ip->dst_addr, d->ip->src_addr,
		(uint32_t)lport << 16 | rport);
	seg->seq = rte_be_to_cpu_32(tcp->sent_seq);
	seg->ack = rte_be_to_cpu_32(tcp->recv_ack);
	/* SEG.LEN counts the controls that occupy sequence space (RFC 9293 3.4) */
	seg->len = (uint16_t)(data_len + (flags & RTE_TCP_FIN_FLAG) +
		((flags & RTE_TCP_SYN_FLAG) >> 1));
	seg->wnd = rte_be_to_cpu_16(tcp->rx_win);
	seg->up = rte_be_to_cpu_16(tcp->tcp_urp);
	seg->data_off = (uint16_t)(d->l4_off + header_len);
	seg->data_len = data_len;
	seg->flags = flags;
	seg->l3_off = (uint8_t)d->l3_off;
	seg->l4_off = (uint8_t)d->l4_off;
	seg->opt_len = (uint8_t)(header_len - TCP_LEN);
	seg->tos = d->ip->type_of_service;
	seg->owed = RS_RESET_MAX;
}

/* Whether the TCP checksum is right, by the device's word or by summing up. */
static __rte_always_inline bool
tcp_cksum_is_good(const struct rte_mbuf *m, const struct rs_datagram *d,
	const struct rte_tcp_hdr *tcp)
{
	uint64_t device = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint64_t sum;

	if (device == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		return true;
	if (device == RTE_MBUF_F_RX_L4_CKSUM_BAD)
		return false;
	sum = rs_cksum_pseudo(d->ip->src_addr, d->ip->dst_addr, IPPROTO_TCP, d->l4_len) +
	      rs_cksum_header(tcp);
	if (d->l4_len > TCP_LEN)
		sum = rs_cksum_add(sum, tcp + 1, d->l4_len - TCP_LEN);
	return rs_cksum_fold(sum) == RS_CKSUM_GOOD;
}

/* RFC 9293 3.1. */
static __rte_always_inline unsigned int
parse_tcp(const struct rs_link *link, const struct rte_mbuf *m, const struct rs_datagram *d,
	struct rs_segment *seg)
{
	const struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *,
		d->l4_off);
	uint16_t header_len;

	if (d->l4_len < TCP_LEN)
		return RS_DROP_tcp_header;
	header_len = (uint16_t)((tcp->data_off >> 4) * 4);
	if (header_len < TCP_LEN || header_len > d->l4_len)
		return RS_DROP_tcp_header;
	if (!tcp_cksum_is_good(m, d, tcp))
		return RS_DROP_tcp_checksum;
	if (tcp->src_port == 0 || tcp->dst_port == 0)
		return RS_DROP_tcp_port_zero;
	segment_fill(link, d, tcp, header_len, seg);
	return RS_FATE_SEGMENT;
}

/* Whether the IPv4 header checksum is right, by the device's word or by summing up. */
static __rte_always_inline bool
ip_cksum_is_good(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip, uint16_t header_len)
{
	uint64_t device = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint64_t sum;

	if (device == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		return true;
	if (device == RTE_MBUF_F_RX_IP_CKSUM_BAD)
		return false;
	sum = rs_cksum_header(ip);
	if (header_len > IPV4_LEN)
		sum = rs_cksum_add(sum, ip + 1, header_len - IPV4_LEN);
	return rs_cksum_fold(sum) == RS_CKSUM_GOOD;
}

/* Whether a datagram that came on port may have this source (RFC 1122 3.2.1.3). */
static __rte_always_inline bool
source_is_good(const struct rs_link *link, uint16_t port, rte_be32_t src)
{
	const struct rs_subnet *subnet = &link->subnets[port];

	return rs_ipv4_is_host(src) && src != subnet->network && src != subnet->broadcast &&
	       !rs_link_is_us(link, src);
}

/* Check an IPv4 header (RFC 791 3.1, RFC 1122 3.2.1): RS_DROP_MAX when all is well. */
static __rte_always_inline unsigned int
check_ipv4(const struct rs_link *link, const struct rte_mbuf *m, struct rs_datagram *d)
{
	const struct rte_ipv4_hdr *ip = d->ip;
	uint16_t room = (uint16_t)(m->data_len - d->l3_off);
	uint16_t header_len;
	uint16_t total_len;

	if (m->data_len < d->l3_off + IPV4_LEN)
		return RS_DROP_short_frame;
	if (ip->version_ihl >> 4 != IPVERSION)
		return RS_DROP_ip_version;
	header_len = rte_ipv4_hdr_len(ip);
	total_len = rte_be_to_cpu_16(ip->total_length);
	if (total_len > room || total_len < IPV4_LEN)
		return RS_DROP_ip_length;
	if (header_len < IPV4_LEN || header_len > total_len)
		return RS_DROP_ip_header;
	if (!ip_cksum_is_good(m, ip, header_len))
		return RS_DROP_ip_checksum;
	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK))
		return RS_DROP_ip_fragment;
	if (!rs_link_owns_ipv4(link, m->port, ip->dst_addr))
		return RS_DROP_ip_not_ours;
	if (!source_is_good(link, m->port, ip->src_addr))
		return RS_DROP_ip_source;
	d->l4_off = (uint16_t)(d->l3_off + header_len);
	d->l4_len = (uint16_t)(total_len - header_len);
	return RS_DROP_MAX;
}

static __rte_always_inline unsigned int
parse_ipv4(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, uint64_t now,
	struct rs_segment *seg)
{
	struct rs_datagram d = {
		.ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, l3_off),
		.l3_off = l3_off,
	};
	unsigned int drop = check_ipv4(link, m, &d);

	if (drop != RS_DROP_MAX)
		return drop;
	if (d.ip->time_to_live == 0)
		link->stats->packet.rx_ttl_zero++;
	if (d.ip->version_ihl != RTE_IPV4_VHL_DEF)
		link->stats->packet.rx_ip_options++;
	if (d.ip->next_proto_id == IPPROTO_TCP)
		return parse_tcp(link, m, &d, seg);
	if (d.ip->next_proto_id == IPPROTO_ICMP)
		return rs_icmp_input(link, m, &d);
	if (d.ip->next_proto_id == IPPROTO_UDP)
		return rs_udp_input(link, m, &d, now);
	return RS_DROP_ip_protocol;
}

/* Check the one tag that a frame may have, behind its Ethernet header. */
static unsigned int
check_vlan(struct rs_link *link, const struct rte_mbuf *m, rte_be16_t *type)
{
	const struct rte_vlan_hdr *tag = rte_pktmbuf_mtod_offset(m, const struct rte_vlan_hdr *,
		RTE_ETHER_HDR_LEN);

	if (m->data_len < RTE_ETHER_HDR_LEN + sizeof(*tag))
		return RS_DROP_short_frame;
	link->stats->packet.rx_vlan++;
	*type = tag->eth_proto;
	if (*type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || *type == RTE_BE16(RTE_ETHER_TYPE_QINQ))
		return RS_DROP_two_vlan_tags;
	if ((tag->vlan_tci & RTE_BE16(VLAN_RESERVED)) == RTE_BE16(VLAN_RESERVED))
		return RS_DROP_vlan_reserved;
	return RS_DROP_MAX;
}

/* RFC 894. */
static __rte_always_inline unsigned int
parse_frame(struct rs_link *link, struct rte_mbuf *m, uint64_t now, struct rs_segment *seg)
{
	const struct rte_ether_hdr *eth;
	uint16_t l3_off = RTE_ETHER_HDR_LEN;
	unsigned int drop;
	rte_be16_t type;
	bool group;

	if (m->nb_segs > 1 && rte_pktmbuf_linearize(m) != 0)
		return RS_DROP_multi_segment;
	if (m->data_len < RTE_ETHER_HDR_LEN)
		return RS_DROP_short_frame;
	eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	if (!rte_is_valid_assigned_ether_addr(&eth->src_addr))
		return RS_DROP_bad_source_mac;
	group = rte_is_multicast_ether_addr(&eth->dst_addr);
	if (!group && !rte_is_same_ether_addr(&eth->dst_addr, &link->ports[m->port].mac))
		return RS_DROP_not_our_mac;
	type = eth->ether_type;
	if (type == RTE_BE16(RTE_ETHER_TYPE_VLAN)) {
		drop = check_vlan(link, m, &type);
		if (drop != RS_DROP_MAX)
			return drop;
		l3_off += sizeof(struct rte_vlan_hdr);
	}
	if (type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return rs_arp_input(link, m, l3_off, now);
	if (type != RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return RS_DROP_ethertype;
	if (group)
		return RS_DROP_link_broadcast;
	return parse_ipv4(link, m, l3_off, now, seg);
}

struct rs_parsed
rs_segment_parse_burst(struct rs_link *link, struct rte_mbuf **pkts, uint16_t n, uint64_t now,
	struct rs_segment *segs, struct rte_mbuf **tcp, struct rte_mbuf **replies,
	struct rte_mbuf **done)
{
	struct rs_parsed parsed = { 0 };
	uint64_t bytes = 0;
	unsigned int fate;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (i + AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + AHEAD], void *));
		bytes += pkts[i]->pkt_len;
		fate = parse_frame(link, pkts[i], now, &segs[parsed.n_segments]);
		if (fate == RS_FATE_SEGMENT) {
			tcp[parsed.n_segments++] = pkts[i];
		} else if (fate == RS_FATE_REPLY) {
			replies[parsed.n_replies++] = pkts[i];
		} else {
			link->stats->drop[fate]++;
			done[parsed.n_free++] = pkts[i];
		}
	}
	link->stats->packet.rx_frames += n;
	link->stats->packet.rx_bytes += bytes;
	return parsed;
}
