/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Writing of frames: Ethernet, VLAN, IPv4 and TCP headers, with checksums that are computed
 * here or left to the device.
 */

#include <netinet/in.h>

#include <rte_tcp.h>

#include "packet/frame.h"
#include "packet/ipv4.h"

/* Leave to the device the checksums that it computes on this port. */
static __rte_noinline void
cksums_offload(const struct rs_port *port, struct rte_mbuf *m, struct rte_ipv4_hdr *ip,
	uint16_t l3_off, uint16_t tcp_len)
{
	uint16_t ip_len = rte_ipv4_hdr_len(ip);
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(void *)((uint8_t *)ip + ip_len);

	m->tx_offload = rte_mbuf_tx_offload(l3_off, ip_len, tcp_len, 0, 0, 0, 0);
	m->ol_flags |= RTE_MBUF_F_TX_IPV4;
	if (port->tx_ip_cksum) {
		m->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
		ip->hdr_checksum = 0;
	}
	if (port->tx_tcp_cksum) {
		m->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
		th->cksum = rte_ipv4_phdr_cksum(ip, 0);
	}
}

void
rs_frame_offload(const struct rs_link *link, struct rte_mbuf *m)
{
	cksums_offload(&link->ports[m->port], m, rte_pktmbuf_mtod_offset(m,
		struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN), RTE_ETHER_HDR_LEN, RS_TCP_LEN);
}

/* Write a TCP header and its options without the checksum. @return the sum over them */
static __rte_always_inline uint64_t
tcp_header_write(struct rte_tcp_hdr *th, const struct rs_tcp_out *out)
{
	uint64_t ports = (uint64_t)out->tuple->lport << 16 | out->tuple->rport;
	uint64_t words = (uint64_t)(RS_TCP_LEN + out->opt_len) / 4;
	uint64_t w0 = rte_cpu_to_be_64(ports << 32 | out->seq);
	uint64_t w1 = rte_cpu_to_be_64((uint64_t)out->ack << 32 | words << 28 |
		(uint64_t)out->flags << 16 | out->wnd);
	uint32_t w4 = rte_cpu_to_be_32(out->up);
	uint64_t sum = rs_cksum_add64(rs_cksum_add64(w0, w1), w4);

	rs_cksum_put64(th, w0);
	rs_cksum_put64(&th->recv_ack, w1);
	rs_cksum_put(th, 4, w4);
	if (out->opt_len == 0)
		return sum;
	memcpy(th + 1, out->opt, out->opt_len);
	return rs_cksum_add(sum, out->opt, out->opt_len);
}

/* Write the IP and TCP headers behind the link header, which ends at l3_off; finish the mbuf. */
static __rte_always_inline void
headers_write(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off,
	const struct rs_tcp_out *out, uint16_t data_len)
{
	const struct rs_port *port = &link->ports[m->port];
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l3_off);
	const struct rs_ip_extra *extra = out->extra;
	uint16_t ip_len = (uint16_t)(RS_IPV4_LEN + (unlikely(extra != NULL) ? extra->len : 0));
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(void *)((uint8_t *)ip + ip_len);
	uint16_t tcp_len = (uint16_t)(RS_TCP_LEN + out->opt_len);
	uint16_t l4_len = (uint16_t)(tcp_len + data_len);
	/* with a source route the pseudo-header has the last hop, which a device may not know */

	bool may_offload = likely(extra == NULL) || extra->route.len == 0;
	bool tcp_cksum = port->tx_tcp_cksum && may_offload;
	rte_be32_t src = out->tuple->laddr.w[3];
	rte_be32_t dst = out->tuple->raddr.w[3];
	uint64_t sum;

	rs_frame_finish(link, m, (uint16_t)(l3_off + ip_len + l4_len));
	rs_ipv4_write(ip, out->tos, link->ttl, IPPROTO_TCP, (uint16_t)(ip_len + l4_len), src, dst);
	if (unlikely(extra != NULL))
		rs_ip_options_write(ip, extra);
	sum = rs_cksum_add64(tcp_header_write(th, out),
		rs_cksum_pseudo(src, dst, IPPROTO_TCP, l4_len));
	if (data_len > 0 && !tcp_cksum)
		sum = rs_cksum_add(sum, (uint8_t *)th + tcp_len, data_len);
	th->cksum = rs_cksum_finish(sum);
	if (unlikely(tcp_cksum || port->tx_ip_cksum) && may_offload)
		cksums_offload(port, m, ip, l3_off, tcp_len);
}

uint16_t
rs_frame_header_len(const struct rs_link *link, uint16_t neigh, const struct rs_tcp_out *out)
{
	return (uint16_t)(rs_ether_len(link->neighs[neigh].vlan) + RS_IPV4_LEN +
		(unlikely(out->extra != NULL) ? out->extra->len : 0) + RS_TCP_LEN + out->opt_len);
}

void
rs_frame_write(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len)
{
	const struct rs_neigh *to = &link->neighs[neigh];

	m->port = to->port;
	rs_ether_write(m, &to->mac, &link->ports[to->port].mac, to->vlan, RTE_ETHER_TYPE_IPV4);
	headers_write(link, m, rs_ether_len(to->vlan), out, data_len);
}

/* Turn a frame into a reply. Inlined, so that the fields of `out` are constants in each caller. */
static __rte_always_inline void
reply_write(struct rs_link *link, const struct rs_segment *seg, struct rte_mbuf *m,
	const struct rs_tcp_out *out)
{
	rs_ether_turn(m, &link->ports[m->port].mac);
	headers_write(link, m, seg->l3_off, out, 0);
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
