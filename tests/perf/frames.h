/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The peers of perf_engine: frames made from a template with little work, and replies
 * read with none of the engine's own code.
 */

#ifndef RS_PERF_FRAMES_H
#define RS_PERF_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

/** Our side. */
#define PERF_ADDR RTE_BE32(0xc0000201)
#define PERF_ADDR6 { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }
#define PERF_MAC { { 0x02, 0, 0, 0, 0, 0x01 } }
#define PERF_PEER_MAC { { 0x02, 0, 0, 0, 0, 0x02 } }

/** Offset of the last 32 bits of the source in a frame of IPv6. */
#define FRAME_SRC6_END (sizeof(struct rte_ether_hdr) + 8 + 12)

/** A frame with source address, source port, SEQ and ACK still 0. */
struct frame {
	uint16_t len;
	uint16_t data_len;      /* of the payload */
	uint16_t tcp_off;       /* of the TCP header */
	bool ipv6;
	uint32_t ip_sum;        /* of the IPv4 header, not folded */
	uint32_t tcp_sum;       /* of pseudo header and segment, not folded */
	uint8_t bytes[RTE_ETHER_MAX_LEN];
};

/** The other end of a connection. */
struct peer {
	rte_be32_t addr;        /* of IPv6: the last bits, behind 2001:db8:1::/96 */
	rte_be16_t port;
	uint32_t ack;           /* what it acknowledges */
};

/** A reply, whose checksums and addresses were right. Host order. */
struct reply {
	uint32_t peer;          /* number */
	uint32_t seq;
	uint32_t ack;
	uint16_t data_len;
	uint8_t flags;
};

/** Make a template of a segment to port; a SYN gets an MSS option. */
void frame_init(struct frame *frame, uint8_t flags, uint16_t port, const void *data,
	uint16_t data_len);

/** The same of a SYN with opt_len bytes of options, a multiple of 4. */
void frame_init_syn(struct frame *frame, uint16_t port, const uint8_t *opt, uint8_t opt_len);

/** Turn a template of IPv4 into one with the same segment over IPv6. */
void frame_make_ipv6(struct frame *frame);

/** The TCP header of a frame without extension headers. @param len [out] of it and its text */
const struct rte_tcp_hdr *frame_tcp(const struct rte_mbuf *m, uint16_t *len);

/** The peer of a number, 0..2^24 - 1. */
void peer_init(struct peer *peer, uint32_t number);

/** The number of the peer with this address and port. */
uint32_t peer_number(rte_be32_t addr, rte_be16_t port);

/** Read a reply; ends the benchmark with a sentence when it is damaged. */
struct reply reply_read(const struct rte_mbuf *m);

/** The two halves of a word, for a checksum. */
static inline uint32_t
halves(uint32_t word)
{
	return (word & 0xffff) + (word >> 16);
}

static inline uint16_t
folded(uint32_t sum)
{
	return (uint16_t)~halves(halves(sum));
}

/** Write the template, as sent by peer with this SEQ, to p, which has room for 64 bytes or more. */
static inline void
frame_write(const struct frame *frame, const struct peer *peer, uint32_t seq, uint8_t *p)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + sizeof(struct rte_ether_hdr));
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(p + frame->tcp_off);
	rte_be32_t seq_be = rte_cpu_to_be_32(seq);
	rte_be32_t ack_be = rte_cpu_to_be_32(peer->ack);

	memcpy(p, frame->bytes, 64); /* never shorter: made of whole registers */
	if (frame->len > 64)
		memcpy(p + 64, frame->bytes + 64, frame->len - 64u);
	if (frame->ipv6) {
		memcpy(p + FRAME_SRC6_END, &peer->addr, sizeof(peer->addr));
	} else {
		ip->src_addr = peer->addr;
		ip->hdr_checksum = folded(frame->ip_sum + halves(peer->addr));
	}
	tcp->src_port = peer->port;
	tcp->sent_seq = seq_be;
	if ((tcp->tcp_flags & RTE_TCP_ACK_FLAG) == 0)
		ack_be = 0;
	tcp->recv_ack = ack_be;
	tcp->cksum = folded(frame->tcp_sum + halves(peer->addr) + peer->port +
		halves(seq_be) + halves(ack_be));
}

/** Write the template into a new mbuf, as sent by peer with this SEQ. */
static inline void
frame_stamp(const struct frame *frame, const struct peer *peer, uint32_t seq,
	struct rte_mbuf *m)
{
	frame_write(frame, peer, seq, rte_pktmbuf_mtod(m, uint8_t *));
	m->data_len = frame->len;
	m->pkt_len = frame->len;
	m->port = 0;
}

#endif /* RS_PERF_FRAMES_H */
