/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Frames of the peers, and their replies. */

#include <string.h>

#include "frames.h"
#include "perf.h"

#define FIRST_ADDR 0x0a000001 /* 10.0.0.1 */
#define FIRST_PORT 1024
#define PORTS_BITS 8

/* Make a template with these options. */
static void
init_with(struct frame *frame, uint8_t flags, uint16_t port, const uint8_t *opt, uint16_t opt_len,
	const void *data, uint16_t data_len)
{
	uint16_t l4_len = (uint16_t)(sizeof(struct rte_tcp_hdr) + opt_len + data_len);
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame->bytes;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);
	uint8_t *options = (uint8_t *)(tcp + 1);

	memset(frame, 0, sizeof(*frame));
	*eth = (struct rte_ether_hdr){
		.dst_addr = PERF_MAC,
		.src_addr = PERF_PEER_MAC,
		.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
	};
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + l4_len)),
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_TCP,
		.dst_addr = PERF_ADDR,
	};
	*tcp = (struct rte_tcp_hdr){
		.dst_port = rte_cpu_to_be_16(port),
		.data_off = (uint8_t)((sizeof(*tcp) + opt_len) / 4 << 4),
		.tcp_flags = flags,
		.rx_win = RTE_BE16(65535),
	};
	if (opt_len > 0)
		memcpy(options, opt, opt_len);
	if (data_len > 0)
		memcpy(options + opt_len, data, data_len);
	frame->ip_sum = (uint16_t)~rte_ipv4_cksum(ip);
	frame->tcp_sum = (uint16_t)~rte_ipv4_udptcp_cksum(ip, tcp);
	frame->data_len = data_len;
	frame->len = (uint16_t)(sizeof(*eth) + sizeof(*ip) + l4_len);
	if (frame->len < RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)
		frame->len = RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN;
}

void
frame_init(struct frame *frame, uint8_t flags, uint16_t port, const void *data,
	uint16_t data_len)
{
	static const uint8_t mss[] = { 2, 4, 1460 >> 8, 1460 & 0xff };

	init_with(frame, flags, port, mss, (flags & RTE_TCP_SYN_FLAG) != 0 ? sizeof(mss) : 0, data,
		data_len);
}

void
frame_init_syn(struct frame *frame, uint16_t port, const uint8_t *opt, uint8_t opt_len)
{
	init_with(frame, RTE_TCP_SYN_FLAG, port, opt, opt_len, NULL, 0);
}

void
peer_init(struct peer *peer, uint32_t number)
{
	uint32_t low = number & ((1u << PORTS_BITS) - 1);

	peer->addr = rte_cpu_to_be_32(FIRST_ADDR + (number >> PORTS_BITS));
	peer->port = rte_cpu_to_be_16((uint16_t)(FIRST_PORT + low));
	peer->ack = 0;
}

uint32_t
peer_number(rte_be32_t addr, rte_be16_t port)
{
	return (rte_be_to_cpu_32(addr) - FIRST_ADDR) << PORTS_BITS |
		(uint32_t)(rte_be_to_cpu_16(port) - FIRST_PORT);
}

struct reply
reply_read(const struct rte_mbuf *m)
{
	const struct rte_ether_addr peer_mac = PERF_PEER_MAC;
	const struct rte_ether_addr mac = PERF_MAC;
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);
	uint16_t headers = (uint16_t)(sizeof(*ip) + (tcp->data_off >> 4) * 4);
	uint16_t length = rte_be_to_cpu_16(ip->total_length);

	perf_require(m->nb_segs == 1 && m->data_len == m->pkt_len &&
		m->data_len >= sizeof(*eth) + length && length >= headers, "length of a reply");
	perf_require(rte_is_same_ether_addr(&eth->dst_addr, &peer_mac) &&
		rte_is_same_ether_addr(&eth->src_addr, &mac) &&
		eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4), "Ethernet header of a reply");
	perf_require(ip->version_ihl == RTE_IPV4_VHL_DEF && ip->src_addr == PERF_ADDR &&
		ip->next_proto_id == IPPROTO_TCP, "IP header of a reply");
	perf_require(rte_raw_cksum(ip, sizeof(*ip)) == 0xffff, "IP checksum of a reply");
	perf_require(folded(rte_ipv4_phdr_cksum(ip, 0) +
		(uint32_t)rte_raw_cksum(tcp, length - sizeof(*ip))) == 0,
		"TCP checksum of a reply");
	return (struct reply){
		.peer = peer_number(ip->dst_addr, tcp->dst_port),
		.seq = rte_be_to_cpu_32(tcp->sent_seq),
		.ack = rte_be_to_cpu_32(tcp->recv_ack),
		.data_len = (uint16_t)(length - headers),
		.flags = tcp->tcp_flags,
	};
}
