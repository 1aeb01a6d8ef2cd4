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
	frame->tcp_off = sizeof(*eth) + sizeof(*ip);
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
frame_make_ipv6(struct frame *frame)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame->bytes;
	const struct rte_ipv4_hdr *ipv4 = (const struct rte_ipv4_hdr *)(eth + 1);
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(eth + 1);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);
	uint16_t l4_len = (uint16_t)(rte_be_to_cpu_16(ipv4->total_length) - sizeof(*ipv4));

	perf_require(frame->tcp_off + l4_len + 20u <= sizeof(frame->bytes), "a template's size");
	memmove(tcp, ipv4 + 1, l4_len);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV6);
	*ip = (struct rte_ipv6_hdr){
		.vtc_flow = RTE_BE32(UINT32_C(6) << 28),
		.payload_len = rte_cpu_to_be_16(l4_len),
		.proto = IPPROTO_TCP,
		.hop_limits = 64,
		.src_addr = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 },
		.dst_addr = PERF_ADDR6,
	};
	frame->tcp_sum = (uint16_t)~rte_ipv6_udptcp_cksum(ip, tcp);
	frame->tcp_off = sizeof(*eth) + sizeof(*ip);
	frame->len = (uint16_t)(frame->tcp_off + l4_len);
	frame->ipv6 = true;
}

const struct rte_tcp_hdr *
frame_tcp(const struct rte_mbuf *m, uint16_t *len)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_ipv6_hdr *ipv6 = (const struct rte_ipv6_hdr *)(eth + 1);

	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
		*len = rte_be_to_cpu_16(ipv6->payload_len);
		return (const struct rte_tcp_hdr *)(ipv6 + 1);
	}
	*len = (uint16_t)(rte_be_to_cpu_16(ip->total_length) - sizeof(*ip));
	return (const struct rte_tcp_hdr *)(ip + 1);
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

/* Check the IPv4 header of a reply and its checksums. @return the address of the peer */
static rte_be32_t
check_ipv4(const struct rte_ipv4_hdr *ip, const struct rte_tcp_hdr *tcp, uint16_t len)
{
	perf_require(ip->version_ihl == RTE_IPV4_VHL_DEF && ip->src_addr == PERF_ADDR &&
		ip->next_proto_id == IPPROTO_TCP, "IP header of a reply");
	perf_require(rte_raw_cksum(ip, sizeof(*ip)) == 0xffff, "IP checksum of a reply");
	perf_require(folded(rte_ipv4_phdr_cksum(ip, 0) + (uint32_t)rte_raw_cksum(tcp, len)) == 0,
		"TCP checksum of a reply");
	return ip->dst_addr;
}

/* The same of IPv6. */
static rte_be32_t
check_ipv6(const struct rte_ipv6_hdr *ip, const struct rte_tcp_hdr *tcp, uint16_t len)
{
	const uint8_t ours[] = PERF_ADDR6;
	const uint8_t peers[12] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 };
	rte_be32_t addr;

	perf_require((ip->vtc_flow & RTE_BE32(UINT32_C(15) << 28)) ==
		RTE_BE32(UINT32_C(6) << 28) && ip->proto == IPPROTO_TCP, "IP header of a reply");
	perf_require(memcmp(ip->src_addr, ours, sizeof(ours)) == 0 &&
		memcmp(ip->dst_addr, peers, sizeof(peers)) == 0, "addresses of a reply");
	perf_require(folded(rte_ipv6_phdr_cksum(ip, 0) + (uint32_t)rte_raw_cksum(tcp, len)) == 0,
		"TCP checksum of a reply");
	memcpy(&addr, ip->dst_addr + sizeof(peers), sizeof(addr));
	return addr;
}

struct reply
reply_read(const struct rte_mbuf *m)
{
	const struct rte_ether_addr peer_mac = PERF_PEER_MAC;
	const struct rte_ether_addr mac = PERF_MAC;
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	uint16_t len;
	const struct rte_tcp_hdr *tcp = frame_tcp(m, &len);
	uint16_t header = (uint16_t)((tcp->data_off >> 4) * 4);
	rte_be32_t addr;

	perf_require(m->nb_segs == 1 && m->data_len == m->pkt_len && len >= header &&
		(const uint8_t *)tcp + len <= (const uint8_t *)eth + m->data_len,
		"length of a reply");
	perf_require(rte_is_same_ether_addr(&eth->dst_addr, &peer_mac) &&
		rte_is_same_ether_addr(&eth->src_addr, &mac), "Ethernet header of a reply");
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
		addr = check_ipv6((const struct rte_ipv6_hdr *)(eth + 1), tcp, len);
	} else {
		perf_require(eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4),
			"Ethernet type of a reply");
		addr = check_ipv4((const struct rte_ipv4_hdr *)(eth + 1), tcp, len);
	}
	return (struct reply){
		.peer = peer_number(addr, tcp->dst_port),
		.seq = rte_be_to_cpu_32(tcp->sent_seq),
		.ack = rte_be_to_cpu_32(tcp->recv_ack),
		.data_len = (uint16_t)(len - header),
		.flags = tcp->tcp_flags,
	};
}
