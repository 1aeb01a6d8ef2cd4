/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The choice of the frames that the kernel gets. Their checksums need not be verified here, because
 * the kernel verifies them.
 */

#include <netinet/in.h>

#include <rte_tcp.h>
#include <rte_udp.h>

#include "packet/exception.h"
#include "packet/plain.h"
#include "packet/plain6.h"

static bool
has_port(const struct rs_port_ranges *ranges, uint16_t port)
{
	unsigned int i;

	for (i = 0; i < ranges->n; i++) {
		if (port >= ranges->range[i].first && port <= ranges->range[i].last)
			return true;
	}
	return false;
}

/* Give a frame to the kernel. */
static bool
give(struct rs_link *link, const struct rte_mbuf *m)
{
	link->stats->packet.excepted++;
	link->except(link->except_arg, m, false);
	return true;
}

static const struct rs_exceptions *
exceptions_of(const struct rs_link *link, const struct rte_mbuf *m)
{
	return &link->ports[m->port].exceptions;
}

void
rs_except_init(struct rs_link *link, const struct rs_stack_params *params)
{
	unsigned int i, j;
	uint32_t port;

	for (i = 0; i < RS_PORTS_MAX; i++) {
		const struct rs_exceptions *ex = &link->ports[i].exceptions;

		if (!ex->on || link->ports[i].mtu == 0 || params->except == NULL)
			continue;
		link->except = params->except;
		link->except_arg = params->except_arg;
		for (j = 0; j < ex->tcp.n; j++) {
			for (port = ex->tcp.range[j].first; port <= ex->tcp.range[j].last; port++)
				rs_portset_add(&link->except_tcp, (uint16_t)port);
		}
	}
}

/*
 * Whether a segment may be of a connection that the kernel opened. One that would open a connection
 * is not, or every peer could reach each port of the kernel from a port of its own that is listed.
 */
static bool
may_reply(uint8_t flags)
{
	return (flags & (RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG)) != 0;
}

bool
rs_except_segment(struct rs_link *link, const struct rs_segment *seg, const struct rte_mbuf *m)
{
	const struct rs_exceptions *ex = exceptions_of(link, m);

	if (!ex->on || (!has_port(&ex->tcp, seg->tuple.lport) &&
			(!may_reply(seg->flags) || !has_port(&ex->tcp, seg->tuple.rport))))
		return false;
	return give(link, m);
}

bool
rs_except_has_udp(const struct rs_link *link, const struct rte_mbuf *m, rte_be16_t port)
{
	const struct rs_exceptions *ex = exceptions_of(link, m);

	return ex->on && has_port(&ex->udp, rte_be_to_cpu_16(port));
}

bool
rs_except_udp(struct rs_link *link, const struct rte_mbuf *m, rte_be16_t port)
{
	return rs_except_has_udp(link, m, port) && give(link, m);
}

bool
rs_except_protocol(struct rs_link *link, const struct rte_mbuf *m, uint8_t proto)
{
	const struct rs_exceptions *ex = exceptions_of(link, m);

	if (!ex->on || proto == IPPROTO_TCP || proto == IPPROTO_UDP)
		return false;
	return (ex->protocols[proto / 64] >> (proto % 64) & 1) != 0 && give(link, m);
}

/* Whether the UDP header at off, which may be cut, is to a port that is an exception. */
static bool
except_udp_at(struct rs_link *link, const struct rte_mbuf *m, uint16_t off)
{
	const struct rte_udp_hdr *udp = rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *, off);

	return m->data_len >= off + sizeof(*udp) && rs_except_udp(link, m, udp->dst_port);
}

bool
rs_except_group(struct rs_link *link, const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *,
		RTE_ETHER_HDR_LEN);

	if (m->data_len < RTE_ETHER_HDR_LEN + RS_IPV4_LEN || ip->version_ihl >> 4 != IPVERSION ||
	    (ip->dst_addr & RTE_BE32(0xf0000000)) != RTE_BE32(0xe0000000)) /* 224/4 */
		return false;
	if (ip->next_proto_id != IPPROTO_UDP)
		return rs_except_protocol(link, m, ip->next_proto_id);
	/* only a first fragment has a header, and without it the kernel drops the others */
	return (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) == 0 &&
	       except_udp_at(link, m, (uint16_t)(RTE_ETHER_HDR_LEN + rte_ipv4_hdr_len(ip)));
}

bool
rs_except_group6(struct rs_link *link, const struct rte_mbuf *m, const struct rs_datagram6 *d)
{
	if (d->proto == IPPROTO_UDP)
		return except_udp_at(link, m, d->l4_off);
	/* neighbour discovery of the whole link would use up the limit */
	return d->proto != IPPROTO_ICMPV6 && rs_except_protocol(link, m, d->proto);
}

/* Give a stray from a port to the kernel, if it may be of a connection that the kernel opened. */
static bool
except_stray(struct rs_link *link, const struct rte_mbuf *m, uint8_t flags, rte_be16_t rport)
{
	const struct rs_exceptions *ex = exceptions_of(link, m);

	if (!may_reply(flags) || likely(!rs_portset_has_be(&link->except_tcp, rport)) || !ex->on ||
	    !has_port(&ex->tcp, rte_be_to_cpu_16(rport)))
		return false;
	link->stats->tcp.rx_segments++;
	return give(link, m);
}

void
rs_except_strays(struct rs_link *link, struct rs_parsed *parsed)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < parsed->n_strays; i++) {
		struct rte_mbuf *m = parsed->strays[i].m;
		const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);

		if (unlikely(except_stray(link, m, p[RS_PLAIN_FLAGS], rs_plain_rport(p))))
			parsed->done[parsed->n_free++] = m;
		else
			parsed->strays[kept++] = parsed->strays[i];
	}
	parsed->n_strays = kept;
}

void
rs_except_strays6(struct rs_link *link, struct rs_parsed *parsed)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < parsed->n_strays6; i++) {
		struct rte_mbuf *m = parsed->strays6[i].m;
		const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);

		if (unlikely(except_stray(link, m, p[RS_PLAIN6_FLAGS], rs_plain6_rport(p))))
			parsed->done[parsed->n_free++] = m;
		else
			parsed->strays6[kept++] = parsed->strays6[i];
	}
	parsed->n_strays6 = kept;
}
