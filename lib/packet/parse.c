/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * From frame to segment. parse_plain() reads the common frame with a few wide compares. Any
 * other frame goes to parse_frame(), which checks one header after the other and so knows the
 * reason of a drop.
 */

#include <netinet/in.h>

#include "link/arp.h"
#include "packet/headers.h"
#include "packet/icmp.h"
#include "packet/segment.h"

/* Frames that are prefetched ahead of the one that is parsed. */
#define AHEAD 4

static __rte_always_inline uint16_t
tcp_header_len(const struct rte_tcp_hdr *th)
{
	return (uint16_t)((th->data_off >> 4) * 4);
}

/* Fill seg from a TCP header of header_len bytes. */
static __rte_always_inline void
segment_fill(const struct rs_link *link, const struct rs_datagram *d,
	const struct rte_tcp_hdr *th, uint16_t header_len, struct rs_segment *seg)
{
	/* two loads and shifts instead of a load and a byte swap for each field */
	uint64_t ports_seq = rte_be_to_cpu_64(rs_cksum_word64(th));
	uint64_t ack_wnd = rte_be_to_cpu_64(rs_cksum_word64(&th->recv_ack));
	uint32_t ports = (uint32_t)(ports_seq >> 32);
	uint16_t data_len = (uint16_t)(d->l4_len - header_len);
	uint8_t flags = (uint8_t)(ack_wnd >> 16);

	seg->tuple.laddr = rs_addr_from_ipv4(d->ip->dst_addr);
	seg->tuple.raddr = rs_addr_from_ipv4(d->ip->src_addr);
	seg->tuple.lport = (uint16_t)ports;
	seg->tuple.rport = (uint16_t)(ports >> 16);
	seg->hash = rs_hash_ipv4(&link->key, d->ip->dst_addr, d->ip->src_addr, ports);
	seg->seq = (uint32_t)ports_seq;
	seg->ack = (uint32_t)(ack_wnd >> 32);
	/* SEG.LEN counts the controls that occupy sequence space (RFC 9293 3.4) */
	seg->len = (uint16_t)(data_len +
		__builtin_popcount(flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG)));
	seg->wnd = (uint16_t)ack_wnd;
	seg->up = rte_be_to_cpu_16(th->tcp_urp);
	seg->data_off = (uint16_t)(d->l4_off + header_len);
	seg->data_len = data_len;
	seg->flags = flags;
	seg->l3_off = (uint8_t)d->l3_off;
	seg->l4_off = (uint8_t)d->l4_off;
	seg->opt_len = (uint8_t)(header_len - RS_TCP_LEN);
	seg->tos = d->ip->type_of_service;
	seg->owed = RS_RESET_MAX;
}


/* Check a TCP header (RFC 9293 3.1) and read the segment. @return the fate of the frame */
static unsigned int
parse_tcp(const struct rs_link *link, const struct rte_mbuf *m, const struct rs_datagram *d,
	struct rs_segment *seg)
{
	const struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *,
		d->l4_off);
	uint16_t header_len;

	if (d->l4_len < RS_TCP_LEN)
		return RS_DROP_tcp_header;
	header_len = tcp_header_len(th);
	if (header_len < RS_TCP_LEN || header_len > d->l4_len)
		return RS_DROP_tcp_header;
	if (!rs_l4_cksum_is_good(m, d, IPPROTO_TCP, d->l4_len))
		return RS_DROP_tcp_checksum;
	if (th->src_port == 0 || th->dst_port == 0)
		return RS_DROP_tcp_port_zero;
	segment_fill(link, d, th, header_len, seg);
	return RS_FATE_SEGMENT;
}

/* Whether the IPv4 header checksum is right, as the device reports or the sum shows. */
static bool
ip_cksum_is_good(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip, uint16_t header_len)
{
	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) != 0) /* or NONE: rs_l4_cksum_is_good() */
		return true;
	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_BAD) != 0)
		return false;
	return rs_cksum_is_good(rs_cksum_add(0, ip, header_len));
}

/* Whether a datagram received on port may have this source (RFC 1122 3.2.1.3). */
static __rte_always_inline bool
source_is_good(const struct rs_link *link, uint16_t port, rte_be32_t src)
{
	const struct rs_port_words *words = &link->words[port];

	return rs_ipv4_is_host(src) && src != words->network && src != words->broadcast &&
	       !rs_link_is_us(link, src);
}

/* Check an IPv4 header (RFC 791 3.1, RFC 1122 3.2.1). @return RS_DROP_MAX, or the reason to drop */
static unsigned int
check_ipv4(const struct rs_link *link, const struct rte_mbuf *m, struct rs_datagram *d)
{
	const struct rte_ipv4_hdr *ip = d->ip;
	uint16_t room = (uint16_t)(m->data_len - d->l3_off);
	uint16_t header_len;
	uint16_t total_len;

	if (m->data_len < d->l3_off + RS_IPV4_LEN)
		return RS_DROP_short_frame;
	if (ip->version_ihl >> 4 != IPVERSION)
		return RS_DROP_ip_version;
	header_len = rte_ipv4_hdr_len(ip);
	total_len = rte_be_to_cpu_16(ip->total_length);
	if (total_len > room || total_len < RS_IPV4_LEN)
		return RS_DROP_ip_length;
	if (header_len < RS_IPV4_LEN || header_len > total_len)
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

/* Check a datagram and process its payload. @return the fate of the frame */
static unsigned int
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
		return rs_icmp_input(link, m, &d, now);
	if (d.ip->next_proto_id == IPPROTO_UDP)
		return rs_udp_input(link, m, &d, now);
	return RS_DROP_ip_protocol;
}

/* Check an Ethernet header (RFC 894) and process its payload. @return the fate of the frame */
static __rte_noinline unsigned int
parse_frame(struct rs_link *link, struct rte_mbuf *m, uint64_t now, struct rs_segment *seg)
{
	const struct rte_ether_hdr *eth;
	struct rs_ether ether;
	enum rs_drop drop;
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
	drop = rs_ether_read(m, &ether);
	link->stats->packet.rx_vlan += ether.vlan != RS_NO_VLAN;
	if (drop != RS_DROP_MAX)
		return drop;
	if (ether.type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return rs_arp_input(link, m, ether.len, now);
	if (ether.type != RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return RS_DROP_ethertype;
	if (group)
		return RS_DROP_link_broadcast;
	return parse_ipv4(link, m, ether.len, now, seg);
}

/* The device's report on both checksums; NONE, which is good, has the bits of GOOD and of BAD. */
#define CKSUM_GOOD (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)
#define CKSUM_BAD (RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD)

/* Words of a frame in network byte order, and the bits that a plain frame has in them. */
#define MAC_MASK RTE_BE64(0xffffffffffff0000)
#define MAC_GROUP RTE_BE64(0x0100000000000000)
#define TYPE_OFF 12 /* Ethernet type, IP version and header length, DiffServ */
#define TYPE_MASK RTE_BE32(0xffffff00)
#define TYPE_PLAIN RTE_BE32(RTE_ETHER_TYPE_IPV4 << 16 | RTE_IPV4_VHL_DEF << 8)
#define FRAGMENT_OFF 20 /* IP flags and fragment offset, TTL, protocol */
#define FRAGMENT_MASK RTE_BE32(0x3fff00ff)
#define FRAGMENT_PLAIN RTE_BE32(IPPROTO_TCP)
#define FRAGMENT_TTL RTE_BE32(0x0000ff00)

/* Whether the Ethernet and IP headers, which have a fixed length, are those of a plain frame. */
static __rte_always_inline bool
plain_headers(const struct rs_port_words *port, const uint8_t *p)
{
	uint64_t src = rs_cksum_word64(p + RTE_ETHER_ADDR_LEN);
	uint32_t fragment = rs_cksum_word(p + FRAGMENT_OFF, 0);

	return ((rs_cksum_word64(p) ^ port->mac) & MAC_MASK) == 0 &&
	       (src & MAC_GROUP) == 0 && (src & MAC_MASK) != 0 &&
	       (rs_cksum_word(p + TYPE_OFF, 0) & TYPE_MASK) == TYPE_PLAIN &&
	       (fragment & FRAGMENT_MASK) == FRAGMENT_PLAIN && (fragment & FRAGMENT_TTL) != 0;
}

/* Sum options and text. noinline, so that the compiler keeps the loop's variables in registers. */
static __rte_noinline uint64_t
cksum_add_text(uint64_t sum, const void *p, size_t len)
{
	return rs_cksum_add(sum, p, len);
}

/* Whether both checksums of a plain frame are right; the addresses are summed once for both. */
static __rte_always_inline bool
plain_cksums(const struct rte_ipv4_hdr *ip, const struct rte_tcp_hdr *th, uint16_t l4_len)
{
	uint64_t addrs = (uint64_t)ip->src_addr + ip->dst_addr;
	uint64_t sum = rs_cksum_add64(addrs + rs_cksum_word(ip, 2), rs_cksum_word64(ip));

	if (!rs_cksum_is_good(sum))
		return false;
	sum = addrs + rs_cksum_word(th, 4) +
	      rte_cpu_to_be_32((uint32_t)IPPROTO_TCP << 16 | l4_len);
	sum = rs_cksum_add64(sum, rs_cksum_word64(th));
	sum = rs_cksum_add64(sum, rs_cksum_word64(&th->recv_ack));
	if (l4_len > RS_TCP_LEN)
		sum = cksum_add_text(sum, th + 1, l4_len - RS_TCP_LEN);
	return rs_cksum_is_good(sum);
}

/*
 * Parse a plain frame, as nearly all are: untagged, to our MAC, IPv4 without options, TCP, and
 * correct. Wide compares decide that in a fraction of parse_frame()'s instructions.
 *
 * Returns whether the frame is a plain one; if not, nothing has been counted.
 */
static __rte_always_inline bool
parse_plain(const struct rs_link *link, const struct rte_mbuf *m, struct rs_segment *seg)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(p + RTE_ETHER_HDR_LEN);
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);
	struct rs_datagram d = {
		.ip = ip,
		.l3_off = RTE_ETHER_HDR_LEN,
		.l4_off = RTE_ETHER_HDR_LEN + RS_IPV4_LEN,
	};
	uint16_t total_len, header_len;

	if (m->nb_segs != 1 || m->data_len < RTE_ETHER_HDR_LEN + RS_IPV4_LEN + RS_TCP_LEN ||
	    !plain_headers(&link->words[m->port], p))
		return false;
	total_len = rte_be_to_cpu_16(ip->total_length);
	header_len = tcp_header_len(th);
	if (total_len > m->data_len - RTE_ETHER_HDR_LEN || header_len < RS_TCP_LEN ||
	    total_len < RS_IPV4_LEN + header_len)
		return false;
	if (!rs_link_owns_ipv4(link, m->port, ip->dst_addr) ||
	    !source_is_good(link, m->port, ip->src_addr) ||
	    th->src_port == 0 || th->dst_port == 0)
		return false;
	d.l4_len = (uint16_t)(total_len - RS_IPV4_LEN);
	/* parse_frame() decides where one checksum is BAD, or NONE while the other is not good */
	if ((m->ol_flags & CKSUM_GOOD) != CKSUM_GOOD &&
	    ((m->ol_flags & CKSUM_BAD) != 0 || !plain_cksums(ip, th, d.l4_len)))
		return false;

	segment_fill(link, &d, th, header_len, seg);
	return true;
}

/* noinline, so that the compiler keeps the loop's variables in registers */

__rte_noinline struct rs_parsed
rs_segment_parse_burst(struct rs_link *link, struct rte_mbuf **pkts, uint16_t n, uint64_t now,
	struct rs_segment *segs, struct rte_mbuf **seg_pkts, struct rte_mbuf **replies,
	struct rte_mbuf **done)
{
	struct rs_segment *seg = segs;
	struct rte_mbuf **reply = replies;
	struct rte_mbuf **end = done;
	uint64_t bytes = 0;
	unsigned int fate;
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];

		if (i + AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + AHEAD], void *));
		bytes += m->pkt_len;
		fate = RS_FATE_SEGMENT;
		if (unlikely(!parse_plain(link, m, seg)))
			fate = parse_frame(link, m, now, seg);
		if (likely(fate == RS_FATE_SEGMENT)) {
			*seg_pkts++ = m;
			seg++;
		} else if (fate == RS_FATE_REPLY) {
			*reply++ = m;
		} else {
			if (fate != RS_FATE_TAKEN)
				link->stats->drop[fate]++;
			*end++ = m;
		}
	}
	link->stats->packet.rx_frames += n;
	link->stats->packet.rx_bytes += bytes;
	return (struct rs_parsed){
		.n_segments = (uint16_t)(seg - segs),
		.n_replies = (uint16_t)(reply - replies),
		.n_free = (uint16_t)(end - done),
	};
}
