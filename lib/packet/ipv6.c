/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Input of IPv6 datagrams (RFC 8200): the header, a bounded walk over the extension headers with
 * the action bits of unknown options (4.2), and the upper-layer protocol.
 */

#include <netinet/in.h>

#include "link/nd.h"
#include "packet/exception.h"
#include "packet/fragment.h"
#include "packet/icmp6.h"
#include "packet/ipv6.h"
#include "packet/l4.h"

/* Most bytes in front of the TCP header, which an 8-bit offset in struct rs_segment must reach. */
#define L4_OFF_MAX (UINT8_MAX - RS_TCP_LEN)

/* Lengths of extension headers count in 8 bytes, the first 8 excluded. */
#define HEADER_UNIT 8

/* Options (RFC 8200 4.2): Pad1 is a byte without a length; the two high bits of a type that is
 * unknown say what is done with the datagram. */
#define OPTION_PAD1 0
#define OPTION_PADN 1
#define OPTION_ROUTER_ALERT 5
#define OPTION_HEAD 2
enum { ACTION_SKIP = 0, ACTION_DISCARD = 1, ACTION_PROBLEM = 2, ACTION_PROBLEM_UNICAST = 3 };

/* The walk over the extension headers. */
struct walk {
	struct rs_link *link;
	struct rte_mbuf *m;
	struct rs_datagram6 *d;
	uint64_t now;
};

/* Answer with a parameter problem. @param at the faulty field. @return the frame's fate */
static unsigned int
problem(const struct walk *w, uint8_t code, const uint8_t *at, unsigned int drop)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(w->m, const uint8_t *, w->d->l3_off);

	return rs_icmp6_problem(w->link, w->m, w->d, code, (uint32_t)(at - ip), w->now, drop);
}

/* Walk the options of a header. @return RS_DROP_MAX, or the frame's fate */
static unsigned int
walk_options(const struct walk *w, const uint8_t *header, uint16_t len)
{
	uint16_t i = OPTION_HEAD; /* behind next header and length */

	while (i < len) {
		const uint8_t *option = header + i;

		if (option[0] == OPTION_PAD1) {
			i++;
			continue;
		}
		if (len - i < OPTION_HEAD || option[1] > len - i - OPTION_HEAD)
			return RS_DROP_ip6_extension;
		w->d->router_alert |= option[0] == OPTION_ROUTER_ALERT;
		if (option[0] != OPTION_PADN) {
			switch (option[0] >> 6) {
			case ACTION_SKIP:
				break;
			case ACTION_DISCARD:
				return RS_DROP_ip6_option;
			case ACTION_PROBLEM_UNICAST:
				if (w->d->multicast)
					return RS_DROP_ip6_option;
				/* fall through */
			default:
				return problem(w, RS_ICMP6_CODE_OPTION, option, RS_DROP_ip6_option);
			}
		}
		i = (uint16_t)(i + OPTION_HEAD + option[1]);
	}
	return RS_DROP_MAX;
}

/* A routing header (RFC 8200 4.4): no type is known, and type 0 is unknown by RFC 5095. */
static unsigned int
walk_routing(const struct walk *w, const uint8_t *header)
{
	if (header[3] == 0) /* segments left */
		return RS_DROP_MAX;
	return problem(w, RS_ICMP6_CODE_FIELD, &header[2], RS_DROP_ip6_extension);
}

/* Process a fragment. Of a protocol that is an exception, the kernel reassembles. */
static unsigned int
fragment_input(const struct walk *w, uint8_t next)
{
	if (rs_excepts(w->link) && next != IPPROTO_ICMPV6 &&
	    rs_except_protocol(w->link, w->m, next))
		return RS_FATE_TAKEN;
	return rs_fragment6_input(w->link, w->m, w->d, w->now);
}

/* Walk one extension header. @return RS_DROP_MAX, or the frame's fate */
static unsigned int
walk_header(const struct walk *w, const uint8_t *header, uint16_t len)
{
	rte_be16_t fragment;

	switch (w->d->proto) {
	case IPPROTO_ROUTING:
		return walk_routing(w, header);
	case IPPROTO_FRAGMENT:
		memcpy(&fragment, header + 2, sizeof(fragment));
		w->d->fragment = true;
		/* an atomic fragment is a whole datagram (RFC 6946) */
		return (fragment & RTE_BE16(RTE_IPV6_EHDR_FO_MASK | RTE_IPV6_EHDR_MF_MASK)) == 0 ?
			RS_DROP_MAX : fragment_input(w, header[0]);
	default:
		return walk_options(w, header, len);
	}
}

/*
 * Walk the extension headers; d->proto and the places behind it are the upper layer's then.
 * @return RS_DROP_MAX, or the frame's fate
 */
static unsigned int
walk_headers(const struct walk *w)
{
	struct rs_datagram6 *d = w->d;
	unsigned int n;

	for (n = 0; n < RS_IPV6_EXTENSIONS_MAX; n++) {
		const uint8_t *header = rte_pktmbuf_mtod_offset(w->m, const uint8_t *, d->l4_off);
		unsigned int fate;
		uint16_t len;

		/* hop-by-hop options stand directly behind the IPv6 header (RFC 8200 4.1) */
		if (d->proto == IPPROTO_HOPOPTS && n > 0)
			return rs_icmp6_problem(w->link, w->m, d, RS_ICMP6_CODE_HEADER,
				d->proto_off, w->now, RS_DROP_ip6_extension);
		if (d->proto != IPPROTO_HOPOPTS && d->proto != IPPROTO_DSTOPTS &&
		    d->proto != IPPROTO_ROUTING && d->proto != IPPROTO_FRAGMENT)
			return RS_DROP_MAX;
		if (d->l4_len < HEADER_UNIT)
			return RS_DROP_ip6_extension;
		len = d->proto == IPPROTO_FRAGMENT ? HEADER_UNIT :
			(uint16_t)((header[1] + 1) * HEADER_UNIT);
		if (len > d->l4_len || d->l4_off + len > L4_OFF_MAX)
			return RS_DROP_ip6_extension;
		fate = walk_header(w, header, len);
		if (fate != RS_DROP_MAX)
			return fate;
		d->proto = header[0];
		d->proto_off = (uint16_t)(d->l4_off - d->l3_off);
		d->l4_off = (uint16_t)(d->l4_off + len);
		d->l4_len = (uint16_t)(d->l4_len - len);
	}
	return RS_DROP_ip6_extension;
}

/* Check the header, and read it. @return RS_DROP_MAX, or the reason to drop */
static unsigned int
read_header(const struct rs_link *link, const struct rte_mbuf *m, struct rs_datagram6 *d)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv6_hdr *,
		d->l3_off);
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	uint32_t vtc_flow;

	if (m->data_len < d->l3_off + RS_IPV6_LEN)
		return RS_DROP_short_frame;
	vtc_flow = rte_be_to_cpu_32(ip->vtc_flow);
	if (vtc_flow >> 28 != 6)
		return RS_DROP_ip_version;
	d->l4_len = rte_be_to_cpu_16(ip->payload_len);
	d->l4_off = (uint16_t)(d->l3_off + RS_IPV6_LEN);
	if (d->l4_len > m->pkt_len - d->l4_off)
		return RS_DROP_ip_length;
	memcpy(&d->src, ip->src_addr, sizeof(d->src));
	memcpy(&d->dst, ip->dst_addr, sizeof(d->dst));
	d->traffic_class = (uint8_t)(vtc_flow >> 20);
	d->hop_limit = ip->hop_limits;
	d->proto = ip->proto;
	d->proto_off = offsetof(struct rte_ipv6_hdr, proto);
	/* only duplicate address detection has no source (RFC 4291 2.5.2), or one that is ours: the
	 * advertisement of a host that has our address (rs_icmp6_input() drops the others) */
	if (d->proto != IPPROTO_ICMPV6 ?
	    !rs_ipv6_is_host(&d->src) || rs_link_is_us_ipv6(link, &d->src) :
	    !rs_ipv6_is_host(&d->src) && !rs_addr_is_zero(&d->src))
		return RS_DROP_ip_source;
	if (rs_ipv6_is_multicast(&d->dst)) {
		d->multicast = true;
		return rs_nd_listens(link, m->port, &d->dst) ? RS_DROP_MAX : RS_DROP_ip_not_ours;
	}
	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		return RS_DROP_link_broadcast;
	return rs_link_owns_ipv6(link, m->port, &d->dst) ? RS_DROP_MAX : RS_DROP_ip_not_ours;
}

/* Check a TCP header (RFC 9293 3.1) and read the segment. @return the fate of the frame */
static unsigned int
read_tcp(const struct rs_link *link, const struct rte_mbuf *m, const struct rs_datagram6 *d,
	struct rs_segment *seg)
{
	const struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *,
		d->l4_off);
	enum rs_drop drop = rs_tcp_check(m, d->l4_off, d->l4_len,
		rs_cksum_pseudo6(&d->src, &d->dst, IPPROTO_TCP, d->l4_len));

	if (drop != RS_DROP_MAX)
		return drop;
	rs_segment_read(seg, th, rs_tcp_header_len(th), d->l3_off, d->l4_off, d->l4_len);
	seg->tuple.laddr = d->dst;
	seg->tuple.raddr = d->src;
	seg->hash = rs_hash_ipv6(&link->key, &seg->tuple);
	seg->tos = d->traffic_class;
	return RS_FATE_SEGMENT;
}

/* Process a datagram to a group that is not of this stack. @return the fate of the frame */
static unsigned int
group_input(struct rs_link *link, const struct rte_mbuf *m, const struct rs_datagram6 *d)
{
	return rs_excepts(link) && rs_except_group6(link, m, d) ? RS_FATE_TAKEN :
		RS_DROP_ip_not_ours;
}

unsigned int
rs_ipv6_input(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, uint64_t now,
	struct rs_segment *seg)
{
	struct rs_datagram6 d = { .l3_off = l3_off };
	const struct walk walk = { link, m, &d, now };
	unsigned int fate;

	fate = read_header(link, m, &d);
	if (fate == RS_DROP_ip_not_ours && d.multicast)
		return group_input(link, m, &d);
	if (fate == RS_DROP_MAX)
		fate = walk_headers(&walk);
	if (fate != RS_DROP_MAX)
		return fate;
	if (d.l4_off - l3_off != RS_IPV6_LEN)
		link->stats->packet.rx_ip_options++;
	if (d.proto == IPPROTO_ICMPV6)
		return rs_icmp6_input(link, m, &d, now);
	if (d.multicast)
		return group_input(link, m, &d);
	if (d.proto == IPPROTO_TCP)
		return read_tcp(link, m, &d, seg);
	if (d.proto == IPPROTO_UDP)
		return rs_udp6_input(link, m, &d, now);
	if (rs_excepts(link) && rs_except_protocol(link, m, d.proto))
		return RS_FATE_TAKEN;
	if (d.proto == IPPROTO_NONE)
		return RS_DROP_ip_protocol;
	return rs_icmp6_problem(link, m, &d, RS_ICMP6_CODE_HEADER, d.proto_off, now,
		RS_DROP_ip_protocol);
}
