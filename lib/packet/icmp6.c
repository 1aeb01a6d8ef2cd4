/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMPv6 (RFC 4443): echo replies and errors, made in the mbuf of the datagram that they answer,
 * and received errors about segments of ours (RFC 9293 3.9.2.2, RFC 8201).
 */

#include <netinet/in.h>

#include "link/mld.h"
#include "link/nd.h"
#include "packet/exception.h"
#include "packet/headers.h"
#include "packet/icmp.h"
#include "packet/icmp6.h"
#include "packet/l4.h"

/* Headers in front of the datagram that an error quotes, and the most bytes of it, because an
 * error has no more than the minimum MTU (RFC 4443 2.4 (c)). */
#define ERROR_HEADERS (RS_IPV6_LEN + sizeof(struct rs_icmp6))
#define QUOTED_MAX (RS_IPV6_DATAGRAM - ERROR_HEADERS)

/* Least bytes that an error quotes behind the IPv6 header: TCP's ports and SEG.SEQ. */
#define QUOTED_LEAST 8

/* Types below are errors. */
#define TYPE_INFORMATION 128

/*
 * Finish a reply: write the IPv6 header at l3_off in front of a message of len bytes, the checksum
 * and the Ethernet header.
 */
static unsigned int
icmp6_send(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, uint16_t len, uint8_t tos,
	const struct rs_addr *src, const struct rs_addr *dst)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, l3_off);
	struct rs_icmp6 *icmp = (struct rs_icmp6 *)(ip + RS_IPV6_LEN);

	icmp->cksum = 0;
	icmp->cksum = rs_cksum_finish(rs_cksum_add(rs_cksum_pseudo6(src, dst, IPPROTO_ICMPV6, len),
		icmp, len));
	rs_ipv6_write(ip, (uint32_t)tos << 20, link->ttl, IPPROTO_ICMPV6, len, src, dst);
	rs_ether_turn(m, &link->ports[m->port].mac);
	rs_frame_finish(link, m, (uint16_t)(l3_off + RS_IPV6_LEN + len));
	return RS_FATE_REPLY;
}

/* The source of a reply: the address that was asked, or one of the port's for a group. */
static const struct rs_addr *
reply_source(const struct rs_link *link, const struct rte_mbuf *m, const struct rs_datagram6 *d)
{
	return rs_ipv6_is_multicast(&d->dst) ? rs_link_source6(link, m->port, &d->src) : &d->dst;
}

/* Turn an echo request into its reply (RFC 4443 4.2). */
static unsigned int
echo(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d, uint64_t now)
{
	const struct rs_addr *src = reply_source(link, m, d);
	uint16_t headers = (uint16_t)(d->l4_off - d->l3_off - RS_IPV6_LEN);
	uint8_t *start = rte_pktmbuf_mtod(m, uint8_t *);
	struct rs_icmp6 *icmp = rte_pktmbuf_mtod_offset(m, struct rs_icmp6 *, d->l4_off);

	if (src == NULL || rs_addr_is_zero(&d->src))
		return RS_DROP_ip_source;
	if (!rs_rate_take(&link->icmp_echoes, rs_rate_clock(now)))
		return RS_DROP_echo_limited;
	icmp->type = RS_ICMP6_ECHO_REPLY;
	/* the reply has no extension headers: move the link header up by their length */
	memmove(start + headers, start, d->l3_off);
	rte_pktmbuf_adj(m, headers);
	link->stats->packet.echo_replies++;
	return icmp6_send(link, m, d->l3_off, d->l4_len,
		d->traffic_class & RTE_IPV4_HDR_DSCP_MASK, src, &d->src);
}

/* The class of RFC 9293 3.9.2.2 that an error belongs to. */
static enum rs_icmp_kind
error_kind(uint8_t type, uint8_t code)
{
	if (type == RS_ICMP6_TOO_BIG)
		return RS_ICMP_TOO_BIG;
	if (type == RS_ICMP6_UNREACHABLE &&
	    (code == RS_ICMP6_CODE_PROHIBITED || code == RS_ICMP6_CODE_PORT))
		return RS_ICMP_HARD;
	return RS_ICMP_SOFT;
}

/* The MSS that a path's MTU allows, which is 1280 at least. */
static uint16_t
error_mss(uint32_t mtu)
{
	return (uint16_t)(RTE_MIN(mtu, (uint32_t)UINT16_MAX) - RS_IPV6_LEN - RS_TCP_LEN);
}

/* Read the quoted segment, which has no extension headers, into the list of errors. */
static unsigned int
error_input(struct rs_link *link, const struct rs_icmp6 *icmp, uint16_t len)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)(icmp + 1);
	const struct rte_tcp_hdr *th = (const struct rte_tcp_hdr *)(ip + 1);
	struct rs_icmp_error *error = &link->errors[link->n_errors];

	/* errors of unknown type are passed on, too (RFC 4443 2.4 (a)) */
	if (icmp->type < RS_ICMP6_UNREACHABLE || icmp->type >= TYPE_INFORMATION)
		return RS_DROP_icmp_type;
	if (len < sizeof(*icmp) + sizeof(*ip) + QUOTED_LEAST ||
	    rte_be_to_cpu_32(ip->vtc_flow) >> 28 != 6)
		return RS_DROP_icmp_bad;
	if (ip->proto != IPPROTO_TCP)
		return RS_DROP_icmp_type;
	memcpy(&error->tuple.laddr, ip->src_addr, sizeof(error->tuple.laddr));
	memcpy(&error->tuple.raddr, ip->dst_addr, sizeof(error->tuple.raddr));
	if (!rs_ipv6_is_host(&error->tuple.laddr) ||
	    !rs_link_is_us_ipv6(link, &error->tuple.laddr))
		return RS_DROP_icmp_bad;
	error->tuple.lport = rte_be_to_cpu_16(th->src_port);
	error->tuple.rport = rte_be_to_cpu_16(th->dst_port);
	error->seq = rte_be_to_cpu_32(th->sent_seq);
	error->type = icmp->type;
	error->code = icmp->code;
	error->kind = error_kind(icmp->type, icmp->code);
	if (error->kind == RS_ICMP_TOO_BIG) {
		uint32_t mtu = rte_be_to_cpu_32(icmp->word);

		if (mtu < RS_IPV6_DATAGRAM) /* no link has such an MTU (RFC 8201 4) */
			return RS_DROP_icmp_bad;
		error->mss = error_mss(mtu);
	}
	link->n_errors++;
	link->stats->packet.icmp_errors++;
	return RS_FATE_TAKEN;
}

unsigned int
rs_icmp6_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d,
	uint64_t now)
{
	const struct rs_icmp6 *icmp = rte_pktmbuf_mtod_offset(m, const struct rs_icmp6 *,
		d->l4_off);
	const struct rs_nd_received nd = {
		.src = d->src, .dst = d->dst, .hop_limit = d->hop_limit,
		.l3_off = d->l3_off, .l4_off = d->l4_off, .len = d->l4_len,
		.router_alert = d->router_alert,
	};
	unsigned int fate;
	bool excepted;

	link->stats->packet.rx_icmp++;
	if (d->l4_len < sizeof(*icmp) || !rs_cksum_is_good(rs_cksum_add(
			rs_cksum_pseudo6(&d->src, &d->dst, IPPROTO_ICMPV6, d->l4_len), icmp,
			d->l4_len)))
		return RS_DROP_icmp_bad;
	if (icmp->type != RS_ND_ADVERTISEMENT && rs_link_is_us_ipv6(link, &d->src))
		return RS_DROP_ip_source;
	if (icmp->type >= RS_ND_ROUTER_SOLICITATION && icmp->type <= RS_ND_REDIRECT)
		return d->fragment ? RS_DROP_nd_bad : rs_nd_input(link, m, &nd, now);
	if (icmp->type == RS_ICMP6_ECHO_REQUEST)
		return echo(link, m, d, now);
	/* the kernel sends echo requests and reports of groups, too */
	excepted = rs_excepts(link) && rs_except_protocol(link, m, IPPROTO_ICMPV6);
	if (icmp->type == RS_MLD_QUERY)
		return rs_mld_input(link, m, &nd, now);
	fate = d->multicast ? RS_DROP_icmp_type : error_input(link, icmp, d->l4_len);
	return excepted && fate == RS_DROP_icmp_type ? RS_FATE_TAKEN : rs_icmp_keep(link, m, fate);
}

/* Whether a datagram carries a message that no error may answer, as far as can be seen: an ICMPv6
 * error or a redirect (RFC 4443 2.4 (e.1), (e.2)). */
static bool
is_unanswerable(const struct rte_mbuf *m, const struct rs_datagram6 *d)
{
	uint8_t next = d->proto;
	uint16_t off = d->l4_off;
	uint16_t end = (uint16_t)(d->l4_off + d->l4_len);
	uint8_t type;

	while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_ROUTING ||
	       next == IPPROTO_FRAGMENT) {
		const uint8_t *header = rte_pktmbuf_mtod_offset(m, const uint8_t *, off);

		if (off + 8 > end)
			break;
		off = (uint16_t)(off + (next == IPPROTO_FRAGMENT ? 1 : header[1] + 1) * 8);
		next = header[0];
	}
	if (next != IPPROTO_ICMPV6)
		return false;
	if (off >= end)
		return true;
	type = *rte_pktmbuf_mtod_offset(m, const uint8_t *, off);
	return type < TYPE_INFORMATION || type == RS_ND_REDIRECT;
}

/* Turn a datagram into the error that answers it. @return RS_FATE_REPLY or an enum rs_drop */
static unsigned int
error_send(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d, uint8_t type,
	uint8_t code, uint32_t word)
{
	const struct rs_addr *src = reply_source(link, m, d);
	uint16_t len = (uint16_t)RTE_MIN(d->l4_off - d->l3_off + d->l4_len,
		m->data_len - d->l3_off);
	uint16_t quoted = (uint16_t)RTE_MIN((size_t)len, (size_t)QUOTED_MAX);
	struct rs_icmp6 *icmp;
	char *start;

	if (src == NULL)
		return RS_DROP_ip_source;
	/* the quoted datagram stays in place; the link header moves in front of two new headers */
	start = rte_pktmbuf_prepend(m, ERROR_HEADERS);
	if (start == NULL)
		return RS_DROP_no_mbuf;
	memmove(start, start + ERROR_HEADERS, d->l3_off);
	icmp = rte_pktmbuf_mtod_offset(m, struct rs_icmp6 *, d->l3_off + RS_IPV6_LEN);
	*icmp = (struct rs_icmp6){
		.type = type, .code = code, .word = rte_cpu_to_be_32(word),
	};
	return icmp6_send(link, m, d->l3_off, (uint16_t)(sizeof(*icmp) + quoted), 0, src, &d->src);
}

unsigned int
rs_icmp6_problem(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d,
	uint8_t code, uint32_t pointer, uint64_t now, unsigned int drop)
{
	unsigned int fate;

	if ((d->multicast && code != RS_ICMP6_CODE_OPTION) || rs_addr_is_zero(&d->src) ||
	    is_unanswerable(m, d))
		return drop;
	if (!rs_rate_take(&link->icmp_errors, rs_rate_clock(now)))
		return RS_DROP_icmp_limited;
	fate = error_send(link, m, d, RS_ICMP6_PARAMETER_PROBLEM, code, pointer);
	link->stats->packet.ip6_problems += fate == RS_FATE_REPLY;
	return fate;
}

/* Whether length and checksum of a UDP datagram are right; 0 is no checksum (RFC 8200 8.1). */
static bool
udp_is_good(const struct rte_mbuf *m, const struct rs_datagram6 *d)
{
	const struct rte_udp_hdr *udp = rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *,
		d->l4_off);
	uint16_t len = rs_udp_len(udp, d->l4_len);

	return len != 0 && udp->dgram_cksum != 0 && rs_l4_cksum_is_good(m, d->l4_off, len,
		rs_cksum_pseudo6(&d->src, &d->dst, IPPROTO_UDP, len));
}

unsigned int
rs_udp6_unreachable(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d,
	uint64_t now)
{
	unsigned int fate;

	if (!rs_rate_take(&link->icmp_errors, rs_rate_clock(now)))
		return RS_DROP_icmp_limited;
	fate = error_send(link, m, d, RS_ICMP6_UNREACHABLE, RS_ICMP6_CODE_PORT, 0);
	link->stats->packet.icmp_unreachables += fate == RS_FATE_REPLY;
	return fate;
}

unsigned int
rs_udp6_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d,
	uint64_t now)
{
	link->stats->packet.rx_udp++;
	if (!udp_is_good(m, d))
		return RS_DROP_udp_bad;
	if (rs_excepts(link) && rs_except_udp(link, m, rte_pktmbuf_mtod_offset(m,
			const struct rte_udp_hdr *, d->l4_off)->dst_port))
		return RS_FATE_TAKEN;
	return rs_udp6_unreachable(link, m, d, now);
}

unsigned int
rs_icmp6_time_exceeded(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram6 *d,
	uint64_t now)
{
	unsigned int fate;

	if (is_unanswerable(m, d))
		return RS_DROP_fragment_timeout;
	if (!rs_rate_take(&link->icmp_errors, rs_rate_clock(now)))
		return RS_DROP_icmp_limited;
	fate = error_send(link, m, d, RS_ICMP6_TIME_EXCEEDED, RS_ICMP6_CODE_REASSEMBLY, 0);
	link->stats->packet.time_exceeded += fate == RS_FATE_REPLY;
	return fate;
}
