/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Writing of frames: checksums that are left to the device, and replies that are made of the
 * frame which they answer. frame_write.h writes the headers.
 */

#include <netinet/ip.h>

#include "packet/frame_write.h"
#include "packet/ipv6.h"

/* noinline, so that the IPv4 path beside its calls stays short. */
__rte_noinline uint64_t
rs_ipv6_header_write(const struct rs_link *link, void *ip, const struct rs_tuple *tuple,
	uint8_t tos, uint16_t l4_len)
{
	uint32_t ports = rte_cpu_to_be_32((uint32_t)tuple->rport << 16 | tuple->lport);
	uint32_t flow = (uint32_t)tos << 20 | rte_be_to_cpu_32(rs_hash_flow_label(&link->key,
		rs_cksum_word64(&tuple->raddr.w[2]), ports));

	rs_ipv6_write(ip, flow, link->ttl, IPPROTO_TCP, l4_len, &tuple->laddr, &tuple->raddr);
	return rs_cksum_pseudo6(&tuple->laddr, &tuple->raddr, IPPROTO_TCP, l4_len);
}

/* Bytes of a TCP header with its options. */
static inline uint64_t
tcp_header_len(const struct rte_tcp_hdr *th)
{
	return (uint64_t)(th->data_off >> 4) * 4;
}

/* Leave the TCP checksum of an IPv6 frame to the device. */
static void
offload_ipv6(const struct rs_port *port, struct rte_mbuf *m, struct rte_ipv6_hdr *ip,
	uint16_t l3_off)
{
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(ip + 1);

	if (!port->tx_tcp_cksum)
		return;
	m->tx_offload = rte_mbuf_tx_offload(l3_off, RS_IPV6_LEN, tcp_header_len(th), 0, 0, 0, 0);
	m->ol_flags |= RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM;
	th->cksum = rs_cksum_fold(rs_cksum_pseudo6(ip->src_addr, ip->dst_addr, IPPROTO_TCP,
		rte_be_to_cpu_16(ip->payload_len)));
}

void
rs_frame_offload(const struct rs_port *port, struct rte_mbuf *m, uint16_t l3_off)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l3_off);
	uint16_t ip_len = rte_ipv4_hdr_len(ip);
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(void *)((uint8_t *)ip + ip_len);

	if (ip->version_ihl >> 4 != IPVERSION) {
		offload_ipv6(port, m, (struct rte_ipv6_hdr *)(void *)ip, l3_off);
		return;
	}
	m->tx_offload = rte_mbuf_tx_offload(l3_off, ip_len, tcp_header_len(th), 0, 0, 0, 0);
	m->ol_flags |= RTE_MBUF_F_TX_IPV4;
	if (port->tx_ip_cksum) {
		m->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
		ip->hdr_checksum = 0;
	}
	if (port->tx_tcp_cksum) {
		m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
		th->cksum = rs_cksum_fold(rs_cksum_pseudo(ip->src_addr, ip->dst_addr, IPPROTO_TCP,
			(uint16_t)(rte_be_to_cpu_16(ip->total_length) - ip_len)));
	}
}

void
rs_frame_write(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len, uint64_t data_sum)
{
	rs_frame_write_inline(link, neigh, m, out, data_len, data_sum);
}

void
rs_frame_write_large(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len, uint16_t mss)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, RTE_ETHER_HDR_LEN);
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(void *)(ip + rs_ip_len(out));
	uint16_t head = m->data_len;

	rs_frame_write(link, neigh, m, out, data_len, 0);
	m->data_len = head;
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	m->tso_segsz = mss;
	/* the device adds the length of each segment to the sum of the pseudo-header */
	th->cksum = rs_tuple_is_ipv4(out->tuple) ?
		rte_ipv4_phdr_cksum((const struct rte_ipv4_hdr *)(void *)ip, m->ol_flags) :
		rte_ipv6_phdr_cksum((const struct rte_ipv6_hdr *)(void *)ip, m->ol_flags);
}

/* Turn a frame into a reply. Inlined, so that the fields of `out` are constants in each caller. */
static __rte_always_inline void
reply_write(struct rs_link *link, const struct rs_segment *seg, struct rte_mbuf *m,
	const struct rs_tcp_out *out)
{
	rs_ether_turn(m, &link->ports[m->port].mac);
	rs_headers_write(link, m, seg->l3_off, out, 0, 0);
}

void
rs_frame_reply(struct rs_link *link, const struct rs_segment *seg, struct rte_mbuf *m,
	const struct rs_tcp_out *out)
{
	reply_write(link, seg, m, out);
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

	reply_write(link, seg, m, &out);
}
