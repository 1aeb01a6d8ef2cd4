/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Frames of IPv4, IPv6 and TCP, read byte by byte, for wire and sim (RFC 894, 791, 8200, 1071,
 * 9293 3.1, 7323, 2018, 3168, 5482). Nothing of lib/ is used here, because these functions judge
 * the frames that lib/ builds.
 */

#ifndef TESTS_FRAME_H
#define TESTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** TCP flags. */
enum {
	FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10, URG = 0x20, ECE = 0x40,
	CWR = 0x80,
};

/** Lengths of headers without options, bytes. */
enum {
	FRAME_ETHER_LEN = 14,
	FRAME_VLAN_LEN = 4,
	FRAME_IP_LEN = 20,
	FRAME_IP6_LEN = 40,
	FRAME_TCP_LEN = 20,
};

#define FRAME_SACK_MAX 4

/** A segment and the headers below it, host order. A pointer leads into the frame. */
struct frame_seg {
	bool tagged;
	uint16_t tci;           /**< tag control information of the VLAN tag */
	const uint8_t *ip;      /**< the IP header; NULL: the frame has none */
	uint8_t ip_version;     /**< 4 or 6 */
	uint8_t ip_header_len;
	uint16_t ip_len;        /**< total length, header included */
	uint32_t flow;          /**< IPv6: flow label */
	uint16_t ip_fragment;   /**< flags and fragment offset */
	const uint8_t *route;   /**< source route option (RFC 791 3.1); NULL: none */
	uint8_t tos, ttl;
	uint32_t saddr, daddr;  /**< of IPv6 the last 32 bits */
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;
	uint8_t opt_len;
	uint16_t wnd, up;
	const uint8_t *data;
	uint32_t len;           /**< of data */
	bool has_mss, has_ws, sack_ok, has_ts, has_uto;
	uint16_t mss;
	uint8_t ws;
	uint16_t uto;
	uint8_t n_sack;
	uint32_t tsval, tsecr;
	uint32_t left[FRAME_SACK_MAX], right[FRAME_SACK_MAX];
};

/** The kinds of frames. */
enum frame_kind {
	FRAME_OTHER,            /**< no TCP: ARP, ICMP, neighbour discovery */
	FRAME_TCP,
	FRAME_BAD,              /**< it breaks a rule, which *why names */
};

/**
 * Read a frame with every length, checksum and option in it.
 *
 * @param s    [out] as far as the frame could be read
 * @param why  [out] the broken rule, where the result is FRAME_BAD
 */
enum frame_kind frame_read(const uint8_t *frame, size_t len, struct frame_seg *s,
	const char **why);

/** SEG.LEN: SYN and FIN count. */
static inline uint32_t
frame_seg_len(const struct frame_seg *s)
{
	return s->len + ((s->flags & SYN) != 0) + ((s->flags & FIN) != 0);
}

/** The Internet checksum of len bytes on top of sum, not complemented (RFC 1071). */
uint32_t frame_sum(const uint8_t *p, size_t len, uint32_t sum);

/** Write the checksum of the TCP segment or ICMPv6 message in an IPv6 datagram. */
void frame_set_checksum6(uint8_t *ip);

/** Write the header checksum of an IPv4 datagram. */
void frame_set_ip_checksum(uint8_t *ip);

/** Write the IPv4 header checksum and, in a datagram of TCP, the segment's. */
void frame_set_checksums(uint8_t *ip);

/** Big-endian fields; of v the low 16 or 32 bits are written. */
static inline void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static inline uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

#endif /* TESTS_FRAME_H */
