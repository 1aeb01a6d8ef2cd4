/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMP errors about segments of ours (RFC 792, RFC 9293 3.9.2.2): the quoted segment tells the
 * connection. tcp/icmp.c applies the errors after the burst.
 */

#include <netinet/in.h>

#include "packet/headers.h"
#include "packet/icmp.h"

/* Least bytes that an error quotes behind the IP header: TCP's ports and SEG.SEQ. */
#define QUOTED_LEAST 8

/* Common MTUs (RFC 1191 7) below the longest datagram, for errors that do not report one. */
static const uint16_t plateaus[] = {
	32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68,
};

/* The class of RFC 9293 3.9.2.2 that an error belongs to. */
static enum rs_icmp_kind
error_kind(uint8_t type, uint8_t code)
{
	if (type == RS_ICMP_UNREACHABLE && code == RS_ICMP_CODE_FRAGMENT)
		return RS_ICMP_TOO_BIG;
	if (type == RS_ICMP_UNREACHABLE &&
	    (code == RS_ICMP_CODE_PROTOCOL || code == RS_ICMP_CODE_PORT))
		return RS_ICMP_HARD;
	return RS_ICMP_SOFT;
}

/* The MSS that a path's MTU allows; mtu 0: that of the next plateau below quoted_len. */
static uint16_t
error_mss(uint16_t mtu, uint16_t quoted_len)
{
	unsigned int i;

	for (i = 0; mtu == 0 && i < RTE_DIM(plateaus); i++)
		if (plateaus[i] < quoted_len)
			mtu = plateaus[i];
	if (mtu <= RS_IPV4_LEN + RS_TCP_LEN)
		return 0;
	return (uint16_t)(mtu - (RS_IPV4_LEN + RS_TCP_LEN));
}

/* Read the quoted segment, len bytes behind the ICMP header, into the list of errors. */
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
	error->tuple = rs_tuple_from_ipv4(ip->src_addr, ip->dst_addr, th->src_port, th->dst_port);
	error->seq = rte_be_to_cpu_32(th->sent_seq);
	error->type = icmp->icmp_type;
	error->code = icmp->icmp_code;
	error->kind = error_kind(icmp->icmp_type, icmp->icmp_code);
	/* RFC 1191 4: the last two bytes of the header are the next hop's MTU */
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
	case RS_ICMP_SOURCE_QUENCH:
		return RS_DROP_icmp_quench; /* MUST-55 */
	case RS_ICMP_UNREACHABLE:
	case RS_ICMP_TIME_EXCEEDED:
	case RS_ICMP_PARAMETER_PROBLEM:

		return quote_read(link, icmp, (uint16_t)(len - sizeof(*icmp)));
	default:
		return RS_DROP_icmp_type;
	}
}
