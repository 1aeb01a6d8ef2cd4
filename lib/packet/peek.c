/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Finding the owner of a frame that is not verified yet. Every read is preceded by a comparison
 * with data_len, because the frame may end anywhere.
 */

#include <netinet/in.h>
#include <string.h>

#include <rte_arp.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "link/ethernet.h"
#include "packet/icmp6.h"
#include "packet/ipv6.h"
#include "packet/peek.h"

/* Bytes of a TCP header that are read: the ports. An ICMP error quotes 8 bytes (RFC 792). */
#define PORTS_LEN 4

/* Types of ICMPv6 messages (RFC 4443 2.1, RFC 4861 4); those below TYPE_INFORMATION are errors. */
enum { TYPE_INFORMATION = 128, ND_SOLICITATION = 135, ND_ADVERTISEMENT = 136 };

/* Offset and M flag in the fragment header of IPv6 (RFC 8200 4.5). */
#define FRAGMENT 0xfff9

/* Whether a datagram comes from a host that detects duplicates of its address (RFC 4862 5.4.2). */
static bool
ip_has_no_source(const struct rte_ipv6_hdr *ip)
{
	static const uint8_t none[16];

	return memcmp(ip->src_addr, none, sizeof(none)) == 0;
}

/*
 * Find the payload of the IPv4 datagram at off, if the mbuf has at least len bytes of it and
 * the protocol is proto. NULL: not so, or the datagram is a fragment other than the first.
 */
static const void *
find_payload(const struct rte_mbuf *m, uint32_t off, uint8_t proto, uint32_t len,
	const struct rte_ipv4_hdr **ip)
{
	*ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, off);
	if (m->data_len < off + sizeof(**ip) || rte_ipv4_hdr_len(*ip) < sizeof(**ip) ||
	    (*ip)->next_proto_id != proto ||
	    ((*ip)->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return NULL;
	off += rte_ipv4_hdr_len(*ip);
	if (m->data_len < off + len)
		return NULL;
	return rte_pktmbuf_mtod_offset(m, const void *, off);
}

/* An ICMP error belongs to the connection of the segment that it quotes (RFC 792). */
static enum rs_peek
peek_icmp(const struct rte_mbuf *m, uint32_t off, struct rs_tuple *tuple)
{
	const struct rte_ipv4_hdr *ip, *quoted;
	const struct rte_icmp_hdr *icmp = find_payload(m, off, IPPROTO_ICMP, sizeof(*icmp), &ip);
	const struct rte_tcp_hdr *th;

	if (icmp == NULL)
		return RS_PEEK_ANY;
	off += rte_ipv4_hdr_len(ip) + (uint32_t)sizeof(*icmp);
	th = find_payload(m, off, IPPROTO_TCP, PORTS_LEN, &quoted);
	if (th == NULL)
		return RS_PEEK_ANY;
	*tuple = rs_tuple_from_ipv4(quoted->src_addr, quoted->dst_addr, th->src_port,
		th->dst_port);
	return RS_PEEK_TUPLE;
}

static enum rs_peek
peek_ipv4(const struct rte_mbuf *m, uint32_t off, struct rs_tuple *tuple)
{
	const struct rte_ipv4_hdr *ip;
	const struct rte_tcp_hdr *th = find_payload(m, off, IPPROTO_TCP, PORTS_LEN, &ip);

	/* fragments stay together; the whole datagram has an owner */
	if (m->data_len >= off + sizeof(*ip) && (ip->fragment_offset &
	    RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0) {
		*tuple = rs_tuple_from_ipv4(ip->dst_addr, ip->src_addr, 0, 0);
		return RS_PEEK_FRAGMENT;
	}
	if (th == NULL)
		return peek_icmp(m, off, tuple);
	*tuple = rs_tuple_from_ipv4(ip->dst_addr, ip->src_addr, th->dst_port, th->src_port);
	return RS_PEEK_TUPLE;
}

/*
 * Walk the extension headers of an IPv6 datagram (RFC 8200 4) as far as the mbuf has them.
 * @param off  [in,out] of the IPv6 header; of the upper-layer header. @return its protocol; for a
 * fragment IPPROTO_FRAGMENT; IPPROTO_NONE: the mbuf ends before it has PORTS_LEN bytes
 */
static uint8_t
walk_ipv6(const struct rte_mbuf *m, uint32_t *off)
{
	const uint8_t *header = rte_pktmbuf_mtod_offset(m, const uint8_t *, *off);
	uint8_t proto = ((const struct rte_ipv6_hdr *)(const void *)header)->proto;
	unsigned int left = RS_IPV6_EXTENSIONS_MAX;

	*off += (uint32_t)sizeof(struct rte_ipv6_hdr);
	while (m->data_len >= *off + PORTS_LEN) {
		header = rte_pktmbuf_mtod_offset(m, const uint8_t *, *off);
		if (proto != IPPROTO_HOPOPTS && proto != IPPROTO_DSTOPTS &&
		    proto != IPPROTO_ROUTING && proto != IPPROTO_FRAGMENT)
			return proto;
		if (left-- == 0)
			break;
		/* an atomic fragment is a whole datagram (RFC 6946) */
		if (proto == IPPROTO_FRAGMENT && ((header[2] << 8 | header[3]) & FRAGMENT) != 0)
			return proto;
		*off += proto == IPPROTO_FRAGMENT ? 8 : (header[1] + 1u) * 8;
		proto = header[0];
	}
	return IPPROTO_NONE;
}

/* The owner of an ICMPv6 message whose header is at off (as far as PORTS_LEN bytes). */
static enum rs_peek
peek_icmp6(const struct rte_mbuf *m, const struct rte_ipv6_hdr *ip, uint32_t off,
	struct rs_tuple *tuple)
{
	const struct rs_icmp6 *icmp = rte_pktmbuf_mtod_offset(m, const struct rs_icmp6 *, off);
	const struct rte_ipv6_hdr *quoted = (const struct rte_ipv6_hdr *)(icmp + 1);
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(quoted + 1);

	/* each worker may wait for an advertisement, or try a solicited address */
	if (icmp->type == ND_ADVERTISEMENT || icmp->type == ND_SOLICITATION)
		return icmp->type == ND_ADVERTISEMENT || ip_has_no_source(ip) ?
			RS_PEEK_ALL : RS_PEEK_ANY;
	if (icmp->type >= TYPE_INFORMATION ||
	    m->data_len < off + sizeof(*icmp) + sizeof(*quoted) + PORTS_LEN ||
	    quoted->proto != IPPROTO_TCP)
		return RS_PEEK_ANY;
	/* the quoted segment is ours */
	memcpy(&tuple->laddr, quoted->src_addr, sizeof(tuple->laddr));
	memcpy(&tuple->raddr, quoted->dst_addr, sizeof(tuple->raddr));
	tuple->lport = rte_be_to_cpu_16(th->src_port);
	tuple->rport = rte_be_to_cpu_16(th->dst_port);
	return RS_PEEK_TUPLE;
}

static enum rs_peek
peek_ipv6(const struct rte_mbuf *m, uint32_t off, struct rs_tuple *tuple)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv6_hdr *,
		off);
	const struct rte_tcp_hdr *th;
	uint8_t proto;

	if (m->data_len < off + sizeof(*ip) + PORTS_LEN)
		return RS_PEEK_ANY;
	proto = walk_ipv6(m, &off);
	if (proto == IPPROTO_ICMPV6)
		return peek_icmp6(m, ip, off, tuple);
	if (proto != IPPROTO_TCP && proto != IPPROTO_FRAGMENT)
		return RS_PEEK_ANY;
	memcpy(&tuple->laddr, ip->dst_addr, sizeof(tuple->laddr));
	memcpy(&tuple->raddr, ip->src_addr, sizeof(tuple->raddr));
	th = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, off);
	tuple->lport = proto == IPPROTO_TCP ? rte_be_to_cpu_16(th->dst_port) : 0;
	tuple->rport = proto == IPPROTO_TCP ? rte_be_to_cpu_16(th->src_port) : 0;
	return proto == IPPROTO_TCP ? RS_PEEK_TUPLE : RS_PEEK_FRAGMENT;
}

static enum rs_peek
peek_arp(const struct rte_mbuf *m, uint32_t off)
{
	const struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(m, const struct rte_arp_hdr *, off);

	return m->data_len >= off + sizeof(*arp) &&
	       arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY) ? RS_PEEK_ALL : RS_PEEK_ANY;
}

enum rs_peek
rs_peek_owner(const struct rte_mbuf *m, struct rs_tuple *tuple)
{
	struct rs_ether ether;

	if (!rs_ether_read(m, &ether))
		return RS_PEEK_ANY;
	if (ether.type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return peek_arp(m, ether.len);
	if (ether.type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return peek_ipv4(m, ether.len, tuple);
	if (ether.type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return peek_ipv6(m, ether.len, tuple);
	return RS_PEEK_ANY;
}
