/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMP (RFC 792): replies to echo requests, port unreachables for UDP datagrams, and time exceeded
 * messages, made in the mbuf that they answer. icmp_error.c reads received errors.
 */

#include <netinet/in.h>

#include "packet/exception.h"
#include "packet/headers.h"
#include "packet/icmp.h"
#include "packet/l4.h"

/* Headers in front of the datagram that an ICMP error quotes. */
#define ERROR_HEADERS (RS_IPV4_LEN + sizeof(struct rte_icmp_hdr))

/* Most bytes that an error quotes: its datagram has at most 576 (RFC 1812 4.3.2.3). */
#define QUOTED_MAX (RS_IPV4_DATAGRAM - ERROR_HEADERS)

/*
 * Finish a reply: write the IP header at l3_off in front of an ICMP message of icmp_len bytes,
 * the checksums and the Ethernet header.
 */
static unsigned int
icmp_send(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, uint16_t icmp_len,
	uint8_t tos, rte_be32_t src, rte_be32_t dst)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, l3_off);
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(ip + RS_IPV4_LEN);
	uint16_t total_len = (uint16_t)(RS_IPV4_LEN + icmp_len);

	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = rs_cksum_finish(rs_cksum_add(0, icmp, icmp_len));
	rs_ipv4_write(ip, tos, link->ttl, IPPROTO_ICMP, total_len, src, dst);
	rs_ether_turn(m, &link->ports[m->port].mac);
	rs_frame_finish(link, m, (uint16_t)(l3_off + total_len));
	return RS_FATE_REPLY;
}

unsigned int
rs_icmp_keep(struct rs_link *link, struct rte_mbuf *m, unsigned int fate)
{
	if (fate == RS_FATE_TAKEN) {
		link->later = true;
		link->errors[link->n_errors - 1].m = link->hand_over != NULL ? m : NULL;
		if (link->hand_over != NULL)
			rte_mbuf_refcnt_update(m, 1);
	}
	return fate;
}

/*
 * Process a message that is no echo request. The kernel may get a copy, because it sends echo
 * requests and other datagrams, too. @return the fate of the frame
 */
static unsigned int
other_input(struct rs_link *link, struct rte_mbuf *m, const struct rte_icmp_hdr *icmp, uint16_t len)
{
	bool excepted = rs_excepts(link) && rs_except_protocol(link, m, IPPROTO_ICMP);
	unsigned int fate = rs_icmp_error_input(link, icmp, len);

	if (excepted && fate == RS_DROP_icmp_type)
		return RS_FATE_TAKEN;
	return rs_icmp_keep(link, m, fate);
}

unsigned int
rs_icmp_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram *d,
	uint64_t now)
{
	struct rte_icmp_hdr *icmp = rte_pktmbuf_mtod_offset(m, struct rte_icmp_hdr *, d->l4_off);
	uint16_t options = (uint16_t)(d->l4_off - d->l3_off - RS_IPV4_LEN);
	struct rte_ipv4_hdr ip = *d->ip;
	uint8_t *start = rte_pktmbuf_mtod(m, uint8_t *);

	link->stats->packet.rx_icmp++;
	if (d->l4_len < sizeof(*icmp) ||
	    !rs_cksum_is_good(rs_cksum_add(0, icmp, d->l4_len)))
		return RS_DROP_icmp_bad;
	if (icmp->icmp_type != RS_ICMP_ECHO_REQUEST)
		return other_input(link, m, icmp, d->l4_len);
	if (!rs_rate_take(&link->icmp_echoes, rs_rate_clock(now)))
		return RS_DROP_echo_limited;

	/* the reply has no IP options: move the link header up by their length */
	memmove(start + options, start, d->l3_off);
	rte_pktmbuf_adj(m, options);

	icmp->icmp_type = RS_ICMP_ECHO_REPLY;
	link->stats->packet.echo_replies++;
	/* the DiffServ field is the request's (RFC 1349 5.1); ICMP is not ECN-capable */
	return icmp_send(link, m, d->l3_off, d->l4_len,
		ip.type_of_service & RTE_IPV4_HDR_DSCP_MASK, ip.dst_addr, ip.src_addr);
}

/* Whether length and checksum of a UDP datagram are right (RFC 768). */
static bool
udp_is_good(const struct rte_mbuf *m, const struct rs_datagram *d)
{
	const struct rte_udp_hdr *udp = rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *,
		d->l4_off);
	uint16_t len = rs_udp_len(udp, d->l4_len);

	return len != 0 && (udp->dgram_cksum == 0 || rs_l4_cksum_is_good(m, d->l4_off, len,
		rs_cksum_pseudo(d->ip->src_addr, d->ip->dst_addr, IPPROTO_UDP, len)));
}

/* Turn a datagram into the error that answers it. @return RS_FATE_REPLY or an enum rs_drop */
static unsigned int
error_send(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram *d, uint8_t type,
	uint8_t code)
{
	uint16_t len = (uint16_t)RTE_MIN(d->l4_off - d->l3_off + d->l4_len,
		m->data_len - d->l3_off);
	uint16_t quoted = (uint16_t)RTE_MIN((size_t)len, (size_t)QUOTED_MAX);
	struct rte_ipv4_hdr ip = *d->ip;
	struct rte_icmp_hdr *icmp;
	char *start;

	/* the quoted datagram stays in place; the link header moves in front of two new headers */
	start = rte_pktmbuf_prepend(m, ERROR_HEADERS);
	if (start == NULL)
		return RS_DROP_no_mbuf;
	memmove(start, start + ERROR_HEADERS, d->l3_off);
	icmp = rte_pktmbuf_mtod_offset(m, struct rte_icmp_hdr *, d->l3_off + RS_IPV4_LEN);
	memset(icmp, 0, sizeof(*icmp));
	icmp->icmp_type = type;
	icmp->icmp_code = code;
	return icmp_send(link, m, d->l3_off, (uint16_t)(sizeof(*icmp) + quoted), 0,
		ip.dst_addr, ip.src_addr);
}

unsigned int
rs_udp_unreachable(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram *d,
	uint64_t now)
{
	unsigned int fate;

	if (!rs_rate_take(&link->icmp_errors, rs_rate_clock(now)))
		return RS_DROP_icmp_limited;
	fate = error_send(link, m, d, RS_ICMP_UNREACHABLE, RS_ICMP_CODE_PORT);
	link->stats->packet.icmp_unreachables += fate == RS_FATE_REPLY;
	return fate;
}

unsigned int
rs_udp_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram *d,
	uint64_t now)
{
	link->stats->packet.rx_udp++;
	if (!udp_is_good(m, d))
		return RS_DROP_udp_bad;
	if (rs_excepts(link) && rs_except_udp(link, m, rte_pktmbuf_mtod_offset(m,
			const struct rte_udp_hdr *, d->l4_off)->dst_port))
		return RS_FATE_TAKEN;
	return rs_udp_unreachable(link, m, d, now);
}

unsigned int
rs_icmp_time_exceeded(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram *d,
	uint64_t now)
{
	const struct rte_icmp_hdr *icmp = rte_pktmbuf_mtod_offset(m, const struct rte_icmp_hdr *,
		d->l4_off);
	unsigned int fate;

	if (d->ip->next_proto_id == IPPROTO_ICMP && icmp->icmp_type != RS_ICMP_ECHO_REQUEST &&
	    icmp->icmp_type != RS_ICMP_ECHO_REPLY)
		return RS_DROP_fragment_timeout;
	if (!rs_rate_take(&link->icmp_errors, rs_rate_clock(now)))
		return RS_DROP_icmp_limited;
	fate = error_send(link, m, d, RS_ICMP_TIME_EXCEEDED, RS_ICMP_CODE_REASSEMBLY);
	link->stats->packet.time_exceeded += fate == RS_FATE_REPLY;
	return fate;
}
