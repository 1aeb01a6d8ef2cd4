/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The checks of a received fragment alone, before fragment.c compares it with the others of its
 * datagram: its length, and that filters see the headers that the datagram will have.
 */

#include <netinet/in.h>

#include "link/nd.h"
#include "packet/fragment.h"
#include "packet/headers.h"
#include "packet/icmp6.h"

/* Offsets of fragments count in 8 bytes (RFC 791 3.1, RFC 8200 4.5). */
#define UNIT 8

/* Bytes of an IPv6 fragment header. */
#define EXT_LEN sizeof(struct rte_ipv6_fragment_ext)

/* Most extension headers that are walked to find the upper-layer header. */
#define HEADERS_MAX 8

/* The header of an upper layer that the first fragment must hold whole, bytes. */
static uint16_t
upper_len(uint8_t proto)
{
	if (proto == IPPROTO_TCP)
		return RS_TCP_LEN;
	return proto == IPPROTO_UDP || proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ? UNIT : 0;
}

/* Whether the length of a fragment is right. */
static bool
length_is_good(const struct rs_fragment *frag, uint16_t headers)
{
	return frag->len > 0 && (!frag->more || frag->len % UNIT == 0) &&
	       (uint32_t)headers + frag->first + frag->len <= UINT16_MAX;
}

unsigned int
rs_fragment_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram *d,
	uint64_t now)
{
	const struct rte_ipv4_hdr *ip = d->ip;
	uint16_t place = rte_be_to_cpu_16(ip->fragment_offset);
	struct rs_fragment frag = {
		.key = rs_tuple_from_ipv4(ip->dst_addr, ip->src_addr, ip->packet_id,
			rte_cpu_to_be_16(ip->next_proto_id)),
		.first = (uint16_t)((place & RTE_IPV4_HDR_OFFSET_MASK) * UNIT),
		.len = d->l4_len,
		.more = (place & RTE_IPV4_HDR_MF_FLAG) != 0,
		.ecn = ip->type_of_service & RTE_IPV4_HDR_ECN_MASK,
	};

	link->stats->packet.rx_fragments++;
	if (link->fragments == NULL)
		return RS_DROP_ip_fragment;
	if (!length_is_good(&frag, (uint16_t)(d->l4_off - d->l3_off)))
		return RS_DROP_fragment_bad;
	/* a filter that judges first fragments must see the ports and flags of TCP (RFC 1858 3,
	 * RFC 3128) */
	if (ip->next_proto_id == IPPROTO_TCP && (frag.first == UNIT ||
	    (frag.first == 0 && frag.len < upper_len(IPPROTO_TCP))))
		return RS_DROP_fragment_tiny;
	m->data_len = (uint16_t)(d->l4_off + d->l4_len); /* without padding */
	m->pkt_len = m->data_len;
	m->l2_len = RTE_ETHER_HDR_LEN;
	m->l3_len = (uint64_t)(d->l4_off - d->l3_off) & 0x1ff;
	return rs_fragment_keep(link, m, &frag, now);
}

/*
 * Check the headers in a first fragment: it holds all of them (RFC 7112 5), and they are not of
 * neighbour discovery, which is never fragmented (RFC 6980 5).
 * @return RS_DROP_MAX, or the reason to drop
 */
static unsigned int
check_first(const struct rte_mbuf *m, uint8_t next, uint16_t off, uint16_t end)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	unsigned int n;

	for (n = 0; n < HEADERS_MAX; n++) {
		uint16_t at = off;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_ROUTING && next != IPPROTO_FRAGMENT)
			break;
		if (at + UNIT > end)
			return RS_DROP_fragment_tiny;
		off = (uint16_t)(at + (next == IPPROTO_FRAGMENT ? UNIT : (p[at + 1] + 1) * UNIT));
		if (off > end)
			return RS_DROP_fragment_tiny;
		next = p[at];
	}
	if (off + upper_len(next) > end)
		return RS_DROP_fragment_tiny;
	if (next == IPPROTO_ICMPV6 && p[off] >= RS_ND_ROUTER_SOLICITATION &&
	    p[off] <= RS_ND_REDIRECT)
		return RS_DROP_nd_bad;
	return RS_DROP_MAX;
}

/* Remove the extension headers between the IPv6 header and the fragment header. */
static void
remove_extensions(struct rte_mbuf *m, const struct rs_datagram6 *d)
{
	uint16_t len = (uint16_t)(d->l4_off - d->l3_off - RS_IPV6_LEN);
	uint8_t *start = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(start + d->l3_off + len);

	memmove(start + len, start, d->l3_off + RS_IPV6_LEN);
	ip->proto = IPPROTO_FRAGMENT;
	ip->payload_len = rte_cpu_to_be_16(d->l4_len);
	m->data_len = (uint16_t)(d->l4_off + d->l4_len); /* without padding */
	m->pkt_len = m->data_len;
	rte_pktmbuf_adj(m, len);
	m->l2_len = RTE_ETHER_HDR_LEN;
	m->l3_len = RS_IPV6_LEN + EXT_LEN;
}

/* Answer a fragment by a parameter problem that points at a field. @return its fate */
static unsigned int
problem(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d, uint8_t code,
	size_t pointer, uint64_t now, unsigned int drop)
{
	return rs_icmp6_problem(link, m, d, code, (uint32_t)pointer, now, drop);
}

/* Check an IPv6 fragment. @return RS_DROP_MAX, or its fate */
static unsigned int
check_fragment6(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d,
	const struct rs_fragment *frag, uint8_t next, uint64_t now)
{
	uint16_t headers = (uint16_t)(d->l4_off - d->l3_off - RS_IPV6_LEN);
	unsigned int drop;

	if (frag->more && frag->len % UNIT != 0)
		return problem(link, m, d, RS_ICMP6_CODE_FIELD,
			offsetof(struct rte_ipv6_hdr, payload_len), now, RS_DROP_fragment_bad);
	if (!length_is_good(frag, headers))
		return frag->len == 0 ? RS_DROP_fragment_bad :
			problem(link, m, d, RS_ICMP6_CODE_FIELD, RS_IPV6_LEN + headers +
				offsetof(struct rte_ipv6_fragment_ext, frag_data), now,
				RS_DROP_fragment_bad);
	if (frag->first != 0)
		return RS_DROP_MAX;
	drop = check_first(m, next, (uint16_t)(d->l4_off + EXT_LEN),
		(uint16_t)(d->l4_off + d->l4_len));
	if (drop == RS_DROP_fragment_tiny)
		return problem(link, m, d, RS_ICMP6_CODE_CHAIN, 0, now, drop);
	return drop;
}

unsigned int
rs_fragment6_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d,
	uint64_t now)
{
	const struct rte_ipv6_fragment_ext *ext = rte_pktmbuf_mtod_offset(m,
		const struct rte_ipv6_fragment_ext *, d->l4_off);
	uint16_t place = rte_be_to_cpu_16(ext->frag_data);
	uint32_t id = rte_be_to_cpu_32(ext->id);
	struct rs_fragment frag = {
		.key = { .laddr = d->dst, .raddr = d->src, .lport = (uint16_t)(id >> 16),
			.rport = (uint16_t)id },
		.first = (uint16_t)(place & (unsigned int)RTE_IPV6_EHDR_FO_MASK),
		.len = (uint16_t)(d->l4_len - EXT_LEN),
		.more = (place & RTE_IPV6_EHDR_MF_MASK) != 0,
		.ecn = d->traffic_class & RTE_IPV4_HDR_ECN_MASK,
	};
	unsigned int fate;

	link->stats->packet.rx_fragments++;
	if (link->fragments == NULL || d->multicast)
		return RS_DROP_ip_fragment;
	fate = check_fragment6(link, m, d, &frag, ext->next_header, now);
	if (fate != RS_DROP_MAX)
		return fate;
	remove_extensions(m, d);
	return rs_fragment_keep(link, m, &frag, now);
}
