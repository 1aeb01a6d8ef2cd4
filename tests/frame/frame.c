/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* See frame.h. */

#include <string.h>

#include "frame/frame.h"

enum {
	PROTO_TCP = 6, PROTO_ICMPV6 = 58,
	/* options of IPv4 (RFC 791 3.1) */
	IP_SECURITY = 130, IP_LSRR = 131, IP_SSRR = 137,
	IP_SECURITY_LEN = 4,    /* as a stack writes it */
	/* options of TCP (RFC 9293 3.1, 7323, 2018, 5482) */
	OPT_END = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_WS = 3, OPT_SACK_OK = 4, OPT_SACK = 5,
	OPT_TS = 8, OPT_UTO = 28,
};

uint32_t
frame_sum(const uint8_t *p, size_t len, uint32_t sum)
{
	uint64_t wide = sum;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		wide += get16(p + i);
	if (i < len)
		wide += (uint32_t)p[i] << 8;
	while (wide > 0xffff)
		wide = (wide & 0xffff) + (wide >> 16);
	return (uint32_t)wide;
}

static uint8_t
ip_header_len(const uint8_t *ip)
{
	return (uint8_t)((ip[0] & 0xf) * 4);
}

/* The source route that a stack wrote, first or behind a security option; NULL: none. */
static const uint8_t *
find_route(const uint8_t *ip)
{
	const uint8_t *end = ip + ip_header_len(ip);
	const uint8_t *opt = ip + FRAME_IP_LEN;

	if (opt < end && opt[0] == IP_SECURITY)
		opt += IP_SECURITY_LEN;
	return opt < end && (opt[0] == IP_LSRR || opt[0] == IP_SSRR) ? opt : NULL;
}

/* The sum over the pseudo-header and the payload of an IPv6 datagram (RFC 8200 8.1). */
static uint32_t
sum6(const uint8_t *ip, uint16_t len)
{
	return frame_sum(ip + FRAME_IP6_LEN, len, frame_sum(ip + 8, 32, ip[6] + (uint32_t)len));
}

/* The sum over the pseudo-header and the segment of a datagram (RFC 9293 3.1). */
static uint32_t
tcp_sum(const uint8_t *ip, uint16_t tcp_len)
{
	const uint8_t *route = find_route(ip);
	uint32_t sum = frame_sum(ip + 12, 4, PROTO_TCP + (uint32_t)tcp_len);

	if (ip[0] >> 4 == 6)
		return sum6(ip, tcp_len);
	/* the ultimate destination of a source route is its last address (RFC 9293 3.9.2.1) */
	sum = frame_sum(route != NULL && route[2] <= route[1] ? route + route[1] - 4 : ip + 16, 4,
		sum);
	return frame_sum(ip + ip_header_len(ip), tcp_len, sum);
}

void
frame_set_checksum6(uint8_t *ip)
{
	uint8_t *cksum = ip + FRAME_IP6_LEN + (ip[6] == PROTO_TCP ? 16 : 2);

	put16(cksum, 0);
	put16(cksum, ~sum6(ip, get16(ip + 4)));
}

void
frame_set_ip_checksum(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, ~frame_sum(ip, ip_header_len(ip), 0));
}

void
frame_set_checksums(uint8_t *ip)
{
	uint8_t *tcp = ip + ip_header_len(ip);

	if (ip[0] >> 4 == 6) {
		frame_set_checksum6(ip);
		return;
	}
	frame_set_ip_checksum(ip);
	if (ip[9] != PROTO_TCP)
		return;
	put16(tcp + 16, 0);
	put16(tcp + 16, ~tcp_sum(ip, (uint16_t)(get16(ip + 2) - ip_header_len(ip))));
}

static bool
read_sack(const uint8_t *opt, struct frame_seg *s)
{
	uint8_t i;

	if (opt[1] % 8 != 2 || opt[1] < 2 + 8 || opt[1] > 2 + 8 * FRAME_SACK_MAX)
		return false;
	s->n_sack = (uint8_t)(opt[1] / 8);
	for (i = 0; i < s->n_sack; i++) {
		s->left[i] = get32(opt + 2 + 8 * i);
		s->right[i] = get32(opt + 6 + 8 * i);
	}
	return true;
}

/* Read an option of a legal length. @return false: its kind or its length is not known */
static bool
read_option(const uint8_t *opt, struct frame_seg *s)
{
	switch (opt[0] << 8 | opt[1]) {
	case OPT_MSS << 8 | 4:
		s->has_mss = true;
		s->mss = get16(opt + 2);
		return true;
	case OPT_WS << 8 | 3:
		s->has_ws = true;
		s->ws = opt[2];
		return true;
	case OPT_SACK_OK << 8 | 2:
		s->sack_ok = true;
		return true;
	case OPT_TS << 8 | 10:
		s->has_ts = true;
		s->tsval = get32(opt + 2);
		s->tsecr = get32(opt + 6);
		return true;
	case OPT_UTO << 8 | 4:
		s->has_uto = true;
		s->uto = get16(opt + 2);
		return true;
	default:
		return opt[0] == OPT_SACK && read_sack(opt, s);
	}
}

/* @return the broken rule, NULL: none */
static const char *
read_options(const uint8_t *opt, uint8_t len, struct frame_seg *s)
{
	uint32_t seen = 0;
	uint8_t i = 0;

	while (i < len && opt[i] != OPT_END) {
		if (opt[i] == OPT_NOP) {
			i++;
			continue;
		}
		if (len - i < 2 || opt[i + 1] < 2 || opt[i + 1] > len - i)
			return "an option of illegal length";
		if (opt[i] > 31 || (seen & 1u << opt[i]) != 0 || !read_option(opt + i, s))
			return "an option that is unknown, of a wrong length or there twice";
		seen |= 1u << opt[i];
		i = (uint8_t)(i + opt[i + 1]);
	}
	while (i < len) {
		if (opt[i++] != 0)
			return "padding of options that is not zero (MUST-69)";
	}
	if ((s->flags & SYN) == 0 && (s->has_mss || s->has_ws || s->sack_ok))
		return "an option of a SYN in another segment (MUST-65, RFC 7323 2.2, 2018 2)";
	if ((s->flags & SYN) != 0 && s->n_sack > 0)
		return "SACK blocks in a SYN (RFC 2018 3)";
	return NULL;
}

/* @return the broken rule, NULL: none */
static const char *
read_tcp(const uint8_t *tcp, uint16_t tcp_len, struct frame_seg *s)
{
	uint8_t header_len = tcp_len < FRAME_TCP_LEN ? 0 : (uint8_t)((tcp[12] >> 4) * 4);

	if (header_len < FRAME_TCP_LEN || header_len > tcp_len)
		return "a wrong TCP data offset";
	if ((tcp[12] & 0x0f) != 0)
		return "reserved bits that are not zero (RFC 9293 3.1)";
	if (tcp_sum(s->ip, tcp_len) != 0xffff)
		return "a wrong TCP checksum (MUST-2)";
	s->sport = get16(tcp);
	s->dport = get16(tcp + 2);
	s->seq = get32(tcp + 4);
	s->ack = get32(tcp + 8);
	s->flags = tcp[13];
	s->wnd = get16(tcp + 14);
	s->up = get16(tcp + 18);
	s->opt_len = (uint8_t)(header_len - FRAME_TCP_LEN);
	s->data = tcp + header_len;
	s->len = (uint32_t)(tcp_len - header_len);
	return read_options(tcp + FRAME_TCP_LEN, s->opt_len, s);
}

/* An IPv4 header, len bytes with all behind it. @return the broken rule, NULL: none */
static const char *
read_ip(const uint8_t *ip, size_t len, struct frame_seg *s)
{
	s->ip = ip;
	s->ip_version = 4;
	s->ip_header_len = ip_header_len(ip);
	s->ip_len = get16(ip + 2);
	if (ip[0] >> 4 != 4 || s->ip_header_len < FRAME_IP_LEN || s->ip_header_len > len)
		return "a wrong IP version or header length";
	if (s->ip_len != len)
		return "an IP total length that is not the frame's";
	if (frame_sum(ip, s->ip_header_len, 0) != 0xffff)
		return "a wrong IPv4 checksum";
	s->ip_fragment = get16(ip + 6);
	s->route = find_route(ip);
	s->tos = ip[1];
	s->ttl = ip[8];
	s->saddr = get32(ip + 12);
	s->daddr = get32(ip + 16);
	if (ip[9] == PROTO_TCP && s->ip_fragment != 0x4000)
		return "DF that is not set, or a fragment";
	return NULL;
}

/* An IPv6 header without extension headers, len bytes with all behind it. @return as read_ip() */
static const char *
read_ip6(const uint8_t *ip, size_t len, struct frame_seg *s)
{
	s->ip = ip;
	s->ip_version = 6;
	s->ip_header_len = FRAME_IP6_LEN;
	s->ip_len = (uint16_t)(FRAME_IP6_LEN + get16(ip + 4));
	if (ip[0] >> 4 != 6)
		return "a wrong IP version";
	if (s->ip_len != len)
		return "an IPv6 payload length that is not the frame's";
	s->tos = (uint8_t)(get32(ip) >> 20);
	s->flow = get32(ip) & 0xfffff;
	s->ttl = ip[7];
	s->saddr = get32(ip + 20);
	s->daddr = get32(ip + 36);
	if (ip[6] == PROTO_ICMPV6 && sum6(ip, get16(ip + 4)) != 0xffff)
		return "a wrong ICMPv6 checksum (RFC 4443 2.3)";
	return NULL;
}

enum frame_kind
frame_read(const uint8_t *frame, size_t len, struct frame_seg *s, const char **why)
{
	size_t off = FRAME_ETHER_LEN;
	bool is_ipv4;

	memset(s, 0, sizeof(*s));
	*why = "less bytes than its headers have";
	if (len < off)
		return FRAME_BAD;
	if (get16(frame + 12) == 0x8100) {
		off += FRAME_VLAN_LEN;
		if (len < off)
			return FRAME_BAD;
		s->tagged = true;
		s->tci = get16(frame + 14);
	}
	if (get16(frame + off - 2) != 0x0800 && get16(frame + off - 2) != 0x86dd)
		return FRAME_OTHER;
	is_ipv4 = get16(frame + off - 2) == 0x0800;
	if (len < off + (is_ipv4 ? FRAME_IP_LEN : FRAME_IP6_LEN))
		return FRAME_BAD;
	*why = (is_ipv4 ? read_ip : read_ip6)(frame + off, len - off, s);
	if (*why != NULL)
		return FRAME_BAD;
	if (s->ip[is_ipv4 ? 9 : 6] != PROTO_TCP)
		return FRAME_OTHER;
	*why = read_tcp(s->ip + s->ip_header_len, (uint16_t)(s->ip_len - s->ip_header_len), s);
	return *why == NULL ? FRAME_TCP : FRAME_BAD;
}
