/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Frames byte by byte. */

#include <stdio.h>
#include <string.h>

#include "frame.h"

enum {
	IP_LEN = 20,
	TCP_LEN = 20,
	PROTO_TCP = 6,
};

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t
sum16(const uint8_t *p, size_t len, uint64_t sum)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	if (i < len)
		sum += (uint32_t)p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

/* The sum over the pseudo-header and the segment (RFC 9293 3.1). */
static uint32_t
tcp_sum(const uint8_t *ip, uint16_t tcp_len)
{
	return sum16(ip + IP_LEN, tcp_len, sum16(ip + 12, 8, PROTO_TCP + (uint32_t)tcp_len));
}

void
sim_frame_checksums(uint8_t *frame)
{
	uint8_t *ip = frame + SIM_ETHER_LEN;
	uint8_t *tcp = ip + IP_LEN;

	put16(ip + 10, 0);
	put16(ip + 10, ~sum16(ip, IP_LEN, 0));
	if (ip[9] != PROTO_TCP)
		return;
	put16(tcp + 16, 0);
	put16(tcp + 16, ~tcp_sum(ip, (uint16_t)(get16(ip + 2) - IP_LEN)));
}

/* One option of a legal length. @return false: not one that is known, or not so long */
static bool
read_option(const uint8_t *opt, struct sim_seg *s)
{
	uint8_t i;

	switch (opt[0] << 8 | opt[1]) {
	case 2 << 8 | 4:
		s->has_mss = true;
		s->mss = get16(opt + 2);
		return true;
	case 3 << 8 | 3:
		s->has_ws = true;
		s->ws = opt[2];
		return true;
	case 4 << 8 | 2:
		s->sack_ok = true;
		return true;
	case 8 << 8 | 10:
		s->has_ts = true;
		s->tsval = get32(opt + 2);
		s->tsecr = get32(opt + 6);
		return true;
	case 28 << 8 | 4:
		s->has_uto = true;
		return true;
	default:
		break;
	}
	if (opt[0] != 5 || opt[1] % 8 != 2 || opt[1] < 10)
		return false;
	s->n_sack = (uint8_t)(opt[1] / 8);
	for (i = 0; i < s->n_sack; i++) {
		s->left[i] = get32(opt + 2 + 8 * i);
		s->right[i] = get32(opt + 6 + 8 * i);
	}
	return true;
}

static const char *
read_options(const uint8_t *opt, uint8_t len, struct sim_seg *s)
{
	uint32_t seen = 0;
	uint8_t i = 0;

	while (i < len && opt[i] != 0) {
		if (opt[i] == 1) {
			i++;
			continue;
		}
		if (len - i < 2 || opt[i + 1] < 2 || opt[i + 1] > len - i)
			return "an option of illegal length";
		if (opt[i] > 31 || (seen & 1u << opt[i]) != 0 || !read_option(opt + i, s))
			return "an option that nobody asked for, or twice";
		seen |= 1u << opt[i];
		i = (uint8_t)(i + opt[i + 1]);
	}
	while (i < len) {
		if (opt[i++] != 0)
			return "padding of options that is not zero (MUST-69)";
	}
	if ((s->flags & SIM_SYN) == 0 && (s->has_mss || s->has_ws || s->sack_ok))
		return "an option of a SYN in another segment (MUST-65, RFC 7323 2.2, 2018 2)";
	return NULL;
}

static const char *
read_tcp(const uint8_t *ip, uint16_t tcp_len, struct sim_seg *s)
{
	const uint8_t *tcp = ip + IP_LEN;
	uint8_t header = (uint8_t)((tcp[12] >> 4) * 4);

	if (tcp_len < TCP_LEN || header < TCP_LEN || header > tcp_len)
		return "TCP data offset";
	if ((tcp[12] & 0x0f) != 0)
		return "reserved bits that are not zero (RFC 9293 3.1)";
	if (tcp_sum(ip, tcp_len) != 0xffff)
		return "wrong TCP checksum (MUST-2)";
	s->sport = get16(tcp);
	s->dport = get16(tcp + 2);
	s->seq = get32(tcp + 4);
	s->ack = get32(tcp + 8);
	s->flags = tcp[13];
	s->wnd = get16(tcp + 14);
	s->opt_len = (uint8_t)(header - TCP_LEN);
	s->data = tcp + header;
	s->len = (uint32_t)(tcp_len - header);
	return read_options(tcp + TCP_LEN, s->opt_len, s);
}

enum sim_kind
sim_frame_read(const uint8_t *frame, size_t len, struct sim_seg *s, const char **why)
{
	const uint8_t *ip = frame + SIM_ETHER_LEN;

	memset(s, 0, sizeof(*s));
	*why = "shorter than its headers";
	if (len < SIM_ETHER_LEN)
		return SIM_BAD;
	if (get16(frame + 12) != 0x0800)
		return SIM_OTHER;
	if (len < SIM_ETHER_LEN + IP_LEN)
		return SIM_BAD;
	*why = "IPv4 header";
	s->ip_len = get16(ip + 2);
	if (ip[0] != 0x45 || (size_t)s->ip_len + SIM_ETHER_LEN != len || get16(ip + 6) != 0x4000)
		return SIM_BAD;
	*why = "wrong IPv4 checksum";
	if (sum16(ip, IP_LEN, 0) != 0xffff)
		return SIM_BAD;
	if (ip[9] != PROTO_TCP)
		return SIM_OTHER;
	s->tos = ip[1];
	s->ttl = ip[8];
	s->saddr = get32(ip + 12);
	s->daddr = get32(ip + 16);
	*why = read_tcp(ip, (uint16_t)(s->ip_len - IP_LEN), s);
	return *why == NULL ? SIM_TCP : SIM_BAD;
}

void
sim_seg_print(const struct sim_seg *s, char *text, size_t size)
{
	static const char names[] = "FSRPAUEC";
	size_t n;
	unsigned int i;

	n = (size_t)snprintf(text, size, "%u>%u <SEQ=%u><ACK=%u><WND=%u><CTL=", s->sport, s->dport,
		s->seq, s->ack, s->wnd);
	for (i = 0; i < 8 && n + 2 < size; i++) {
		if ((s->flags & 1u << i) != 0)
			text[n++] = names[i];
	}
	n += (size_t)snprintf(text + n, size - n, "><DATA=%u>", s->len);
	if (s->has_ts && n < size)
		n += (size_t)snprintf(text + n, size - n, "<TS=%u,%u>", s->tsval, s->tsecr);
	if (s->has_mss && n < size)
		n += (size_t)snprintf(text + n, size - n, "<MSS=%u>", s->mss);
	if (s->has_ws && n < size)
		n += (size_t)snprintf(text + n, size - n, "<WS=%u>", s->ws);
	for (i = 0; i < s->n_sack && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "<SACK=%u-%u>", s->left[i], s->right[i]);
}
