/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The answers to datagrams larger than the MTU. The fragments of an echo reply are those of its
 * request: each fits the MTU, and has room for a header where its own one was, so that no mbuf is
 * needed and nothing is copied.
 */

#include <netinet/in.h>

#include "base/mbuf.h"
#include "packet/exception.h"
#include "packet/headers.h"
#include "packet/icmp.h"
#include "packet/icmp6.h"
#include "packet/l4.h"
#include "packet/large.h"

/* Offsets of fragments count in 8 bytes; the headers of UDP and of an echo have as many. */
#define UNIT 8

/* Headers in front of a fragment's payload. */
#define HEADERS4 (RTE_ETHER_HDR_LEN + RS_IPV4_LEN)
#define HEADERS6 (RTE_ETHER_HDR_LEN + RS_IPV6_LEN + sizeof(struct rte_ipv6_fragment_ext))

/* A datagram, and the reply to it. */
struct large {
	struct rs_link *link;
	struct rte_mbuf *m;
	bool ipv4;
	uint8_t proto;
	uint8_t tos;            /* of the reply */
	uint16_t l4_off;
	uint32_t id;            /* of the reply's fragments */
	uint64_t now;
	struct rs_addr src;     /* the peer */
	struct rs_addr dst;     /* ours */
	struct rte_ether_hdr eth; /* of the reply */
};

/* Bytes behind the IP header. */
static uint32_t
l4_len(const struct large *l)
{
	return l->m->pkt_len - l->l4_off;
}

/* Read the headers of a datagram. @return whether it is one that may have an answer */
static bool
read_headers(struct large *l)
{
	const uint8_t *p = rte_pktmbuf_mtod(l->m, const uint8_t *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(p + RTE_ETHER_HDR_LEN);
	const struct rte_ipv6_hdr *ip6 = (const struct rte_ipv6_hdr *)ip;
	uint8_t tos;

	memcpy(&l->eth, p, sizeof(l->eth));
	l->ipv4 = ip->version_ihl >> 4 == IPVERSION;
	if (l->ipv4) {
		l->proto = ip->next_proto_id;
		l->l4_off = (uint16_t)(RTE_ETHER_HDR_LEN + rte_ipv4_hdr_len(ip));
		l->src = rs_addr_from_ipv4(ip->src_addr);
		l->dst = rs_addr_from_ipv4(ip->dst_addr);
		tos = ip->type_of_service;
	} else {
		l->proto = ip6->proto;
		l->l4_off = RTE_ETHER_HDR_LEN + RS_IPV6_LEN;
		memcpy(&l->src, ip6->src_addr, sizeof(l->src));
		memcpy(&l->dst, ip6->dst_addr, sizeof(l->dst));
		tos = (uint8_t)(rte_be_to_cpu_32(ip6->vtc_flow) >> 20);
	}
	l->tos = tos & RTE_IPV4_HDR_DSCP_MASK; /* ICMP is not ECN-capable */
	return l->m->data_len >= l->l4_off + UNIT;
}

/* Whether len bytes from the upper-layer header on have a right checksum. */
static bool
cksum_is_good(const struct large *l, uint32_t len)
{
	uint64_t pseudo = 0;

	if (!l->ipv4)
		pseudo = rs_cksum_pseudo6(&l->src, &l->dst, l->proto, len);
	else if (l->proto == IPPROTO_UDP)
		pseudo = rs_cksum_pseudo(l->src.w[3], l->dst.w[3], l->proto, (uint16_t)len);
	return rs_chain_cksum_is_good(l->m, l->l4_off, len, pseudo);
}

/* Write the headers of a fragment of the reply. */
static void
write_headers(const struct large *l, struct rte_mbuf *m, uint32_t offset, bool more)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + RTE_ETHER_HDR_LEN);
	struct rte_ipv6_fragment_ext *ext;
	uint16_t len = (uint16_t)(m->data_len - RTE_ETHER_HDR_LEN);

	memcpy(p, &l->eth, sizeof(l->eth));
	if (l->ipv4) {
		rs_ipv4_write(ip, l->tos, l->link->ttl, l->proto, len, l->dst.w[3], l->src.w[3]);
		ip->packet_id = (rte_be16_t)l->id;
		ip->fragment_offset = rte_cpu_to_be_16((uint16_t)(offset / UNIT |
			(more ? RTE_IPV4_HDR_MF_FLAG : 0)));
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rs_cksum_finish(rs_cksum_add(0, ip, sizeof(*ip)));
		return;
	}
	rs_ipv6_write(ip, (uint32_t)l->tos << 20, l->link->ttl, IPPROTO_FRAGMENT,
		(uint16_t)(len - RS_IPV6_LEN), &l->dst, &l->src);
	ext = (struct rte_ipv6_fragment_ext *)((struct rte_ipv6_hdr *)ip + 1);
	*ext = (struct rte_ipv6_fragment_ext){
		.next_header = l->proto,
		.frag_data = rte_cpu_to_be_16((uint16_t)(offset | more)), /* RFC 8200 4.5 */
		.id = l->id,
	};
}

/* Turn an echo request into its reply; the sum of the message changes by that of its type. */
static void
turn_echo(const struct large *l)
{
	struct rte_icmp_hdr *icmp = rte_pktmbuf_mtod_offset(l->m, struct rte_icmp_hdr *,
		l->l4_off);
	uint8_t type = l->ipv4 ? RS_ICMP_ECHO_REPLY : RS_ICMP6_ECHO_REPLY;
	uint32_t sum = (uint16_t)~rte_be_to_cpu_16(icmp->icmp_cksum);

	sum += UINT16_MAX - ((uint32_t)icmp->icmp_type << 8) + ((uint32_t)type << 8);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	icmp->icmp_type = type;
	icmp->icmp_cksum = rte_cpu_to_be_16((uint16_t)~sum);
}

/* Cut the chain into the fragments of the reply. @return their number */
static uint16_t
cut(const struct large *l, struct rte_mbuf **tx)
{
	uint16_t headers = l->ipv4 ? HEADERS4 : HEADERS6;
	struct rte_mbuf *m = l->m;
	struct rte_mbuf *next;
	uint32_t offset = 0;
	uint16_t n = 0;

	for (; m != NULL; m = next) {
		uint16_t len;

		next = m->next;
		m->next = NULL;
		m->nb_segs = 1;
		m->port = l->m->port;
		if (offset == 0)
			rte_pktmbuf_adj(m, l->l4_off);
		len = m->data_len;
		rte_pktmbuf_prepend(m, headers);
		write_headers(l, m, offset, next != NULL);
		rs_frame_finish(l->link, m, (uint16_t)(headers + len));
		offset += len;
		tx[n++] = m;
	}
	l->link->stats->packet.tx_fragments += n;
	return n;
}

/* Whether each part of the chain can be a fragment: no larger than the MTU, with headroom. */
static bool
parts_fit(const struct large *l)
{
	uint16_t headers = l->ipv4 ? HEADERS4 : HEADERS6;
	uint32_t mtu = l->ipv4 ? l->link->ports[l->m->port].mtu : l->link->mtu6[l->m->port];
	uint32_t most = RTE_ETHER_HDR_LEN + mtu - headers;
	const struct rte_mbuf *m;

	for (m = l->m; m != NULL; m = m->next) {
		uint32_t skip = m == l->m ? l->l4_off : 0;

		if (m->data_len - skip > most || rte_pktmbuf_headroom(m) + skip < headers ||
		    (m->next != NULL && (m->data_len - skip) % UNIT != 0))
			return false;
	}
	return true;
}

/* Answer an ICMP message if it is an echo request. @return a fate, with the reply in tx */
static unsigned int
answer_echo(struct large *l, struct rte_mbuf **tx, uint16_t *n)
{
	const struct rte_icmp_hdr *icmp = rte_pktmbuf_mtod_offset(l->m,
		const struct rte_icmp_hdr *, l->l4_off);
	const struct rs_tuple flow = { .laddr = l->dst, .raddr = l->src };

	l->link->stats->packet.rx_icmp++;
	if (!cksum_is_good(l, l4_len(l)))
		return RS_DROP_icmp_bad;
	if (icmp->icmp_type != (l->ipv4 ? RS_ICMP_ECHO_REQUEST : RS_ICMP6_ECHO_REQUEST))
		return RS_DROP_icmp_type;
	if (!parts_fit(l))
		return RS_DROP_fragment_large;
	if (!rs_rate_take(&l->link->icmp_echoes, rs_rate_clock(l->now)))
		return RS_DROP_echo_limited;
	/* no identification of one peer tells that of another (RFC 7739) */
	l->id += rs_tuple_hash(&l->link->key, &flow);
	turn_echo(l);
	l->link->stats->packet.echo_replies++;
	*n = cut(l, tx);
	return RS_FATE_REPLY;
}

/* Answer a UDP datagram by an error, which quotes its first part. @return a fate */
static unsigned int
answer_udp(struct large *l, struct rte_mbuf **tx, uint16_t *n)
{
	struct rte_mbuf *m = l->m;
	const struct rte_udp_hdr *udp = rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *,
		l->l4_off);
	uint16_t len = rs_udp_len(udp, (uint16_t)l4_len(l));
	struct rs_datagram d = { .l3_off = RTE_ETHER_HDR_LEN, .l4_off = l->l4_off, .l4_len = len };
	struct rs_datagram6 d6 = { .src = l->src, .dst = l->dst, .proto = l->proto,
		.l3_off = RTE_ETHER_HDR_LEN, .l4_off = l->l4_off, .l4_len = len };
	unsigned int fate;

	l->link->stats->packet.rx_udp++;
	if (len == 0 || (udp->dgram_cksum == 0 ? !l->ipv4 : !cksum_is_good(l, len)))
		return RS_DROP_udp_bad;
	/* the kernel serves this port, but no frame of its interface can be so long */
	if (rs_excepts(l->link) && rs_except_has_udp(l->link, m, udp->dst_port))
		return RS_DROP_fragment_large;
	rte_pktmbuf_free(rs_mbuf_detach(m));
	d.ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	fate = l->ipv4 ? rs_udp_unreachable(l->link, m, &d, l->now) :
		rs_udp6_unreachable(l->link, m, &d6, l->now);
	if (fate == RS_FATE_REPLY)
		tx[(*n)++] = m;
	return fate;
}

uint16_t
rs_large_input(struct rs_link *link, struct rte_mbuf *m, uint32_t id, uint64_t now,
	struct rte_mbuf **tx)
{
	struct large l = { .link = link, .m = m, .id = id, .now = now };
	unsigned int fate = RS_DROP_fragment_large;
	uint16_t parts = m->nb_segs;
	uint16_t n = 0;

	if (read_headers(&l)) {
		l.eth.dst_addr = l.eth.src_addr;
		l.eth.src_addr = link->ports[m->port].mac;
		if (l.proto == (l.ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
			fate = answer_echo(&l, tx, &n);
		else if (l.proto == IPPROTO_UDP)
			fate = answer_udp(&l, tx, &n);
	}
	if (fate != RS_FATE_REPLY) {
		link->stats->drop[fate] += parts;
		rte_pktmbuf_free(m);
	}
	return n;
}
