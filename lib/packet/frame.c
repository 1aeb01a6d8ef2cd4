/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Writing frames: Ethernet, VLAN, IPv4 and TCP headers, with checksums made here or left
 * to the device.
 */

#include <netinet/in.h>

#include <rte_tcp.h>

#include "packet/ipv4.h"

#define IPV4_LEN sizeof(struct rte_ipv4_hdr)
#define TCP_LEN sizeof(struct rte_tcp_hdr)

/* Leave to the device the checksums that it makes on this port. */
static __rte_noinline void
offload(const struct rs_port *port, struct rte_mbuf *m, struct rte_ipv4_hdr *ip,
	uint16_t l3_off, uint16_t tcp_len)
{
	uint16_t ip_len = rte_ipv4_hdr_len(ip);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(void *)((uint8_t *)ip + ip_len);

	m->tx_offload = rte_mbuf_tx_offload(l3_off, ip_len, tcp_len, 0, 0, 0, 0);
	m->ol_flags |= RTE_MBUF_F_TX_IPV4;
	if (port->tx_ip_cksum) {
		m->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
		ip->hdr_checksum = 0;
	}
	if (port->tx_tcp_cksum) {
		m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
		tcp->cksum = rte_ipv4_phdr_cksum(ip, 0);
	}
}

/* Write a TCP header and its options, all but the checksum; returns the sum over them. */
static __rte_always_inline uint64_t
tcp_write(struct rte_tcp_hdr *tcp, const struct rs_tcp_out *out)
{
	uint64_t ports = (uint64_t)out->tuple->lport << 16 | out->tuple->rport;
	uint64_t words = (uint64_t)(TCP_LEN + out->opt_len) / 4;
	uint64_t w0 = rte_cpu_to_be_64(ports << 32 | out->seq);
	uint64_t w1 = rte_cpu_to_be_64((uint64_t)out->ack << 32 | words << 28 |
		(uint64_t)out->flags << 16 | out->wnd);
	uint32_t w4 = rte_cpu_to_be_32(out->up);
	uint64_t sum = rs_cksum_add64(rs_cksum_add64(w0, w1), w4);

	rs_cksum_put64(tcp, w0);
	rs_cksum_put64(&tcp->recv_ack, w1);
	rs_cksum_put(tcp, 4, w4);
	if (out->opt_len == 0)
		return sum;
	memcpy(tcp + 1, out->opt, out->opt_len);
	return rs_cksum_add(sum, out->opt, out->opt_len);
}

/*
 * Put a security option and a source route behind an IP header that is written, padded with
 * "end of options". A route is sent to its first hop; TCP's checksum is over the last one all
 * the same (RFC 9293 3.9.2.1).
 */
static __rte_noinline void
ip_add_options(struct rte_ipv4_hdr *ip, const struct rs_tcp_out *out)
{
	uint16_t len = rs_ip_options_len(out->security, out->route);
	uint8_t *opt = (uint8_t *)(ip + 1);

	memset(opt, 0, len);
	if (out->security != NULL) {
		memcpy(opt, out->security->option, out->security->len);
		opt += out->security->len;
	}
	if (out->route != NULL) {
		memcpy(opt, out->route->option, out->route->len);
		ip->dst_addr = out->route->first;
	}
	ip->version_ihl = (uint8_t)(ip->version_ihl + len / RTE_IPV4_IHL_MULTIPLIER);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rs_cksum_finish(rs_cksum_add(0, ip, IPV4_LEN + len));
}

/* Write what follows the link header, which ends at l3_off, and set the mbuf's fields. */
static __rte_always_inline void
ip_tcp_write(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off,
	const struct rs_tcp_out *out, uint16_t data_len)
{
	const struct rs_port *port = &link->ports[m->port];
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l3_off);
	bool has_options = out->security != NULL || out->route != NULL;
	uint16_t ip_len = (uint16_t)(IPV4_LEN + (unlikely(has_options) ?
		rs_ip_options_len(out->security, out->route) : 0));
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(void *)((uint8_t *)ip + ip_len);
	uint16_t tcp_len = (uint16_t)(TCP_LEN + out->opt_len);
	uint16_t l4_len = (uint16_t)(tcp_len + data_len);
	bool tcp_cksum = port->tx_tcp_cksum && out->route == NULL;
	rte_be32_t src = out->tuple->laddr.w[3];
	rte_be32_t dst = out->tuple->raddr.w[3];
	uint64_t sum;

	rs_frame_finish(link, m, (uint16_t)(l3_off + ip_len + l4_len));
	rs_ipv4_write(ip, out->tos, link->ttl, IPPROTO_TCP, (uint16_t)(ip_len + l4_len), src, dst);
	if (unlikely(has_options))
		ip_add_options(ip, out);
	sum = rs_cksum_add64(tcp_write(tcp, out), rs_cksum_pseudo(src, dst, IPPROTO_TCP, l4_len));
	if (data_len > 0 && !tcp_cksum)
		sum = rs_cksum_add(sum, (uint8_t *)tcp + tcp_len, data_len);
	tcp->cksum = rs_cksum_finish(sum);
	/* a device may not know which destination of a source route counts */
	if (unlikely(tcp_cksum || port->tx_ip_cksum) && out->route == NULL)
		offload(port, m, ip, l3_off, tcp_len);
}

/* Bytes of Ethernet header and tag in front of the IP header. */
static uint16_t
link_header_len(const struct rs_neigh *neigh)
{
	uint16_t tag = neigh->vlan == RS_NO_VLAN ? 0 : sizeof(struct rte_vlan_hdr);

	return (uint16_t)(sizeof(struct rte_ether_hdr) + tag);
}

uint16_t
rs_frame_header_len(const struct rs_link *link, uint16_t neigh, const struct rs_tcp_out *out)
{
	return (uint16_t)(link_header_len(&link->neighs[neigh]) + IPV4_LEN +
		rs_ip_options_len(out->security, out->route) + TCP_LEN + out->opt_len);
}

void
rs_frame_write(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len)
{
	const struct rs_neigh *to = &link->neighs[neigh];
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_vlan_hdr *tag = (struct rte_vlan_hdr *)(eth + 1);

	m->port = to->port;
	eth->dst_addr = to->mac;
	eth->src_addr = link->ports[to->port].mac;
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	if (to->vlan != RS_NO_VLAN) {
		eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_VLAN);
		tag->vlan_tci = rte_cpu_to_be_16(to->vlan);
		tag->eth_proto = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	}
	ip_tcp_write(link, m, link_header_len(to), out, data_len);
}

void
rs_frame_answer(struct rs_link *link, const struct rs_segment *seg, struct rte_mbuf *m,
	uint32_t seq, uint32_t ack, uint8_t flags)
{
	const struct rs_tcp_out out = {
		.tuple = &seg->tuple,
		.seq = seq,
		.ack = ack,
		.flags = flags,
		.tos = link->tos,
	};

	rs_frame_turn(link, m);
	ip_tcp_write(link, m, seg->l3_off, &out, 0);
}
