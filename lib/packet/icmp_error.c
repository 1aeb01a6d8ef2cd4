/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMP errors about segments of ours (RFC 792, RFC 9293 3.9.2.2): what they quote says which
 * connection they are for. TCP takes them after the burst (tcp/icmp.c).
 */

#include <netinet/in.h>

#include <rte_icmp.h>
#include <rte_tcp.h>

#include "packet/frame.h"
#include "packet/ipv4.h"

/* RFC 792; rte_icmp.h of 22.11 has no names for them. */
#define UNREACHABLE 3
#define UNREACHABLE_PROTOCOL 2
#define UNREACHABLE_PORT 3
#define UNREACHABLE_FRAGMENT 4
#define SOURCE_QUENCH 4
#define TIME_EXCEEDED 11
#define PARAMETER_PROBLEM 12

/* What an error quotes behind the IP header, at least: ports and SEG.SEQ of TCP. */
#define QUOTED_LEAST 8

/* The MTUs that there are (RFC 1191 7), for routers that do not tell theirs. */
static const uint16_t plateaus[] = {
	65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68,
};

/* Which of the classes of 3.9.2.2 an error belongs to. */
static enum rs_icmp_kind
error_kind(uint8_t type, uint8_t code)
{
	if (type == UNREACHABLE && code == UNREACHABLE_FRAGMENT)
		return RS_ICMP_TOO_BIG;
	if (type == UNREACHABLE && (code == UNREACHABLE_PROTOCOL || code == UNREACHABLE_PORT))
		return RS_ICMP_HARD;
	return RS_ICMP_SOFT;
}

/* The largest MSS that an MTU of the path leaves; without one, the next plateau's. */
static uint16_t
error_mss(uint16_t mtu, uint16_t quoted_len)
{
	unsigned int i;

	for (i = 0; mtu == 0 && i < RTE_DIM(plateaus); i++)
		if (plateaus[i] < quoted_len)
			mtu = plateaus[i];
	if (mtu <= RS_HEADERS_IPV4)
		return 0;
	return (uint16_t)(mtu - RS_HEADERS_IPV4);
}

/* The quoted segment, in front of which stand the 8 bytes of ICMP. */
static unsigned int
quote_read(struct rs_link *link, const struct rte_icmp_hdr *icmp, uint16_t len)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(icmp + 1);
	struct rs_icmp_error *error = &link->errors[link->n_errors];
	const struct rte_tcp_hdr *th;
	uint16_t header_len;

	if (len < sizeof(*ip) || ip->version_ihl >> 4 != IPVERSION)
		return RS_DROP_icmp_bad;
	header_len = rte_ipv4_hdr_len(ip);
	if (header_len < sizeof(*ip) || len < header_len + QUOTED_LEAST)
		return RS_DROP_icmp_bad;
	if (ip->next_proto_id != IPPROTO_TCP ||
	    (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return RS_DROP_icmp_type;
	if (!rs_link_is_us(link, ip->src_addr))
		return RS_DROP_icmp_bad;
	th = (const struct rte_tcp_hdr *)((const uint8_t *)ip + header_len);
	error->tuple.laddr = rs_addr_from_ipv4(ip->src_addr);
	error->tuple.raddr = rs_addr_from_ipv4(ip->dst_addr);
	error->tuple.lport = rte_be_to_cpu_16(th->src_port);
	error->tuple.rport = rte_be_to_cpu_16(th->dst_port);
	error->seq = rte_be_to_cpu_32(th->sent_seq);
	error->type = icmp->icmp_type;
	error->code = icmp->icmp_code;
	error->kind = error_kind(icmp->icmp_type, icmp->icmp_code);
	/* RFC 1191 4: the next hop's MTU lies in the last two bytes of the header */
	error->mss = error_mss(rte_be_to_cpu_16(icmp->icmp_seq_nb),
		rte_be_to_cpu_16(ip->total_length));
	link->n_errors++;
	link->stats->packet.icmp_errors++;
	return RS_FATE_TAKEN;
}

unsigned int
rs_icmp_error_input(struct rs_link *link, const struct rte_icmp_hdr *icmp, uint16_t len)
{
	switch (icmp->icmp_type) {
	case SOURCE_QUENCH:
		return RS_DROP_icmp_quench; /* MUST-55 */
	case UNREACHABLE:
	case TIME_EXCEEDED:
	case PARAMETER_PROBLEM:
		return quote_read(link, icmp, (uint16_t)(len - sizeof(*icmp)));
	default:
		return RS_DROP_icmp_type;
	}
}
