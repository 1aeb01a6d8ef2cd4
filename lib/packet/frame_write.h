/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Writing of the IP and TCP headers of a frame, inlined where a frame is made because the fields
 * of struct rs_tcp_out stay in registers then. Checksums are computed here or left to the device.
 */

#ifndef RS_PACKET_FRAME_WRITE_H
#define RS_PACKET_FRAME_WRITE_H

#include <netinet/in.h>

#include <rte_tcp.h>

#include "packet/frame.h"
#include "packet/ipv4.h"

/**
 * Leave the checksums of a frame, whose headers are written, to its port's device, as far as it
 * makes them.
 *
 * @param l3_off  offset of its IP header
 */
void rs_frame_offload(const struct rs_port *port, struct rte_mbuf *m, uint16_t l3_off);

/** Write an IPv6 header for a TCP segment of l4_len bytes. @return the pseudo-header's sum */
uint64_t rs_ipv6_header_write(const struct rs_link *link, void *ip, const struct rs_tuple *tuple,
	uint8_t tos, uint16_t l4_len);

/** Write a TCP header and its options without the checksum. @return the sum over them */
static __rte_always_inline uint64_t
rs_tcp_header_write(struct rte_tcp_hdr *th, const struct rs_tcp_out *out)
{
	uint64_t ports = (uint64_t)out->tuple->lport << 16 | out->tuple->rport;
	uint64_t words = (uint64_t)(RS_TCP_LEN + out->opt_len) / 4;
	uint64_t w0 = rte_cpu_to_be_64(ports << 32 | out->seq);
	uint64_t w1 = rte_cpu_to_be_64((uint64_t)out->ack << 32 | words << 28 |
		(uint64_t)out->flags << 16 | out->wnd);
	uint32_t w4 = rte_cpu_to_be_32(out->up);
	uint64_t sum = rs_cksum_add64(rs_cksum_add64(w0, w1), w4);
	uint32_t i;

	rs_cksum_put64(th, w0);
	rs_cksum_put64(&th->recv_ack, w1);
	rs_cksum_put(th, 4, w4);
	for (i = 0; i < out->opt_len / 4u; i++) {
		uint32_t w = rs_cksum_word(out->opt, i);

		rs_cksum_put(th + 1, i, w);
		sum = rs_cksum_add64(sum, w);
	}
	return sum;
}

/**
 * Write the IP and TCP headers behind the link header, which ends at l3_off; finish the mbuf.
 *
 * @param data_sum  sum over the data_len bytes of payload; unused where the device makes the
 *                  checksum
 */
static __rte_always_inline void
rs_headers_write(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off,
	const struct rs_tcp_out *out, uint16_t data_len, uint64_t data_sum)
{
	const struct rs_port *port = &link->ports[m->port];
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l3_off);
	uint16_t ip_len = rs_ip_len(out);
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(void *)((uint8_t *)ip + ip_len);
	uint16_t l4_len = (uint16_t)(RS_TCP_LEN + out->opt_len + data_len);
	rte_be32_t src = out->tuple->laddr.w[3];
	rte_be32_t dst = out->tuple->raddr.w[3];
	uint64_t sum;

	rs_frame_finish(link, m, (uint16_t)(l3_off + ip_len + l4_len));
	if (unlikely(!rs_tuple_is_ipv4(out->tuple))) {
		sum = rs_ipv6_header_write(link, ip, out->tuple, out->tos, l4_len);
	} else {
		rs_ipv4_write(ip, out->tos, link->ttl, IPPROTO_TCP, (uint16_t)(ip_len + l4_len),
			src, dst);
		if (unlikely(out->extra != NULL))
			rs_ip_options_write(ip, out->extra);
		sum = rs_cksum_pseudo(src, dst, IPPROTO_TCP, l4_len);
	}
	sum = rs_cksum_add64(rs_cksum_add64(sum, data_sum), rs_tcp_header_write(th, out));
	th->cksum = rs_cksum_finish(sum);
	if (unlikely(port->tx_tcp_cksum || port->tx_ip_cksum) && rs_frame_may_offload(out))
		rs_frame_offload(port, m, l3_off);
}

/** rs_frame_write(), inlined. */
static __rte_always_inline void
rs_frame_write_inline(struct rs_link *link, uint16_t neigh, struct rte_mbuf *m,
	const struct rs_tcp_out *out, uint16_t data_len, uint64_t data_sum)
{
	const struct rs_neigh *to = &link->neighs[neigh];
	bool is_ipv4 = rs_tuple_is_ipv4(out->tuple);

	m->port = to->port;
	rs_ether_write_src(m, &to->mac, likely(is_ipv4) ? link->words[to->port].src_ipv4 :
		link->words6[to->port].src_ipv6);
	rs_headers_write(link, m, RTE_ETHER_HDR_LEN, out, data_len, data_sum);
}

#endif /* RS_PACKET_FRAME_WRITE_H */
