/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * From struct wire_seg to frames and back (RFC 894, 791, 9293 3.1). Nothing of lib/ is used to
 * build the peer's frames or to check the stack's.
 */

#include <stdio.h>

#include "wire.h"

enum {
	ETHER_LEN = FRAME_ETHER_LEN,
	VLAN_LEN = FRAME_VLAN_LEN,
	ARP_LEN = 28,
	IP_LEN = FRAME_IP_LEN,
	IP6_LEN = FRAME_IP6_LEN,
	LABEL_LEN = 4,
	TCP_LEN = FRAME_TCP_LEN,
	FRAME_MIN = 60, /* RFC 894; without the frame check sequence */
	PADDING = 0xa5, /* what fills a short frame up; no byte of any payload */
};

bool wire_ipv6;

struct rs_addr
wire_addr(uint8_t host)
{
	if (wire_ipv6)
		return (struct rs_addr){ .b = { 0x20, 1, 0x0d, 0xb8, [15] = host } };
	return (struct rs_addr){ .b = { [10] = 0xff, 0xff, 192, 0, 2, host } };
}

struct rs_tuple
wire_tuple(uint8_t lhost, uint8_t rhost, uint16_t lport, uint16_t rport)
{
	return (struct rs_tuple){
		.laddr = wire_addr(lhost),
		.raddr = wire_addr(rhost),
		.lport = lport,
		.rport = rport,
	};
}

/* Kind and length of an option behind NOPs that fill its word; @return the byte behind them. */
static uint8_t *
build_head(uint8_t *p, unsigned int nops, uint8_t kind, uint8_t len)
{
	while (nops-- > 0)
		*p++ = 1;
	*p++ = kind;
	*p++ = len;
	return p;
}

/* Timestamps, SACK and the user time-out (RFC 7323 3.2, 2018 2 and 3, 5482 3.3). */
static uint8_t *
build_more(const struct wire_seg *s, uint8_t *p)
{
	int i;

	if (s->sack_ok == 1)
		p = build_head(p, 2, 4, 2);
	if (s->tsval != NONE) {
		p = build_head(p, 2, 8, 10);
		put32(p, (uint32_t)s->tsval);
		put32(p + 4, (uint32_t)s->tsecr);
		p += 8;
	}
	if (s->uto >= 0) {
		p = build_head(p, 0, 28, 4);
		put16(p, (unsigned int)s->uto);
		p += 2;
	}
	if (s->n_sack > 0)
		p = build_head(p, 2, 5, (uint8_t)(2 + 8 * s->n_sack));
	for (i = 0; i < s->n_sack; i++, p += 8) {
		put32(p, s->sack[i].left);
		put32(p + 4, s->sack[i].right);
	}
	return p;
}

static uint8_t
build_options(const struct wire_seg *s, uint8_t *opt)
{
	uint8_t n = 0;

	if (s->mss >= 0) {
		opt[n++] = 2;
		opt[n++] = 4;
		put16(&opt[n], (unsigned int)s->mss);
		n = (uint8_t)(n + 2);
	}
	if (s->ws >= 0) {
		opt[n++] = 1;
		opt[n++] = 3;
		opt[n++] = 3;
		opt[n++] = (uint8_t)s->ws;
	}
	n = (uint8_t)(build_more(s, &opt[n]) - opt);
	memcpy(&opt[n], s->opt != NULL ? s->opt : "", s->opt_len);
	n = (uint8_t)(n + s->opt_len);
	return (uint8_t)RTE_ALIGN_CEIL(n, 4);
}

static uint16_t
build_tcp(const struct wire *w, const struct wire_seg *s, uint8_t *tcp)
{
	uint8_t opt_len = build_options(s, tcp + TCP_LEN);
	uint32_t len = s->len == 0 && s->data != NULL ? (uint32_t)strlen(s->data) : s->len;

	put16(tcp, s->rport);
	put16(tcp + 2, s->lport);
	put32(tcp + 4, (uint32_t)s->seq + w->base);
	put32(tcp + 8, (uint32_t)s->ack);
	tcp[12] = (uint8_t)((TCP_LEN + opt_len) << 2);
	tcp[13] = s->flags;
	put16(tcp + 14, (unsigned int)s->wnd);
	put16(tcp + 18, s->up);
	if (len > 0)
		memcpy(tcp + TCP_LEN + opt_len, s->data, len);
	return (uint16_t)(TCP_LEN + opt_len + len);
}

/* IP options of a segment, padded with zeros (RFC 791 3.1). */
static void
add_ip_options(const struct wire_seg *s, uint8_t *ip)
{
	uint8_t n = 0;

	if (s->label != NULL) {
		memcpy(ip + IP_LEN, s->label, LABEL_LEN);
		n = LABEL_LEN;
	}
	if (s->route != NULL) {
		memcpy(ip + IP_LEN + n, s->route, s->route_len);
		n = (uint8_t)(n + s->route_len);
	}
	ip[0] = (uint8_t)(ip[0] + (n + 3) / 4);
}

/* Write the IPv6 datagram of a segment (RFC 8200 3). @return its end */
static uint8_t *
build_ip6(const struct wire *w, const struct wire_seg *s, uint8_t *ip)
{
	const struct rs_tuple tuple = wire_tuple(s->lhost, s->rhost, 0, 0);
	uint16_t tcp_len = build_tcp(w, s, ip + IP6_LEN);

	put32(ip, UINT32_C(6) << 28 | (uint32_t)(uint8_t)s->tos << 20 | 0x12345);
	put16(ip + 4, tcp_len);
	ip[6] = 6;
	ip[7] = 64;
	memcpy(ip + 8, &tuple.raddr, sizeof(tuple.raddr));
	memcpy(ip + 24, &tuple.laddr, sizeof(tuple.laddr));
	frame_set_checksum6(ip);
	return ip + IP6_LEN + tcp_len;
}

uint16_t
wire_build(struct wire *w, const struct wire_seg *s, uint8_t *frame)
{
	static const uint8_t ether[ETHER_LEN] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 8, 0 };
	static const uint8_t header[IP_LEN] = {
		0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 0, 192, 0, 2, 0,
	};
	uint8_t *ip = frame + ETHER_LEN;
	int header_len;
	uint16_t tcp_len;

	memset(frame, 0, WIRE_FRAME_MAX);
	memcpy(frame, ether, ETHER_LEN);
	frame[11] = s->mac != 0 ? s->mac : s->rhost;
	if (wire_ipv6 && (s->label != NULL || s->route != NULL))
		wire_skip_case(w);
	put16(frame + 12, wire_ipv6 ? 0x86dd : 0x0800);
	if (s->vlan != NONE) {
		memcpy(frame + 16, frame + 12, 2);
		put16(frame + 12, 0x8100);
		put16(frame + 14, (unsigned int)s->vlan);
		ip += VLAN_LEN;
	}
	if (wire_ipv6)
		return (uint16_t)(build_ip6(w, s, ip) - frame);
	memcpy(ip, header, IP_LEN);
	ip[1] = (uint8_t)s->tos;
	ip[15] = s->rhost;
	ip[19] = s->lhost;
	add_ip_options(s, ip);
	header_len = (ip[0] & 0xf) * 4;
	tcp_len = build_tcp(w, s, ip + header_len);
	put16(ip + 2, (uint32_t)(header_len + tcp_len));
	frame_set_checksums(ip);
	ip += header_len + tcp_len;
	while (ip < frame + FRAME_MIN)
		*ip++ = PADDING;
	return (uint16_t)(ip - frame);
}

uint16_t
wire_build_arp(uint8_t op, uint8_t rhost, uint8_t mac, int vlan, uint8_t *frame)
{
	const uint8_t ether[ETHER_LEN] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, mac, 8, 6 };
	const uint8_t arp[ARP_LEN] = {
		0, 1, 8, 0, 6, 4, 0, op, 2, 0, 0, 0, 0, mac, 192, 0, 2, rhost,
		2, 0, 0, 0, 0, 1, 192, 0, 2, WIRE_LHOST,
	};
	uint8_t *p = frame + ETHER_LEN;

	memset(frame, 0, FRAME_MIN);
	memcpy(frame, ether, ETHER_LEN);
	if (vlan != NONE) {
		put16(frame + 12, 0x8100);
		put16(frame + 14, (unsigned int)vlan);
		put16(frame + 16, 0x0806);
		p += VLAN_LEN;
	}
	memcpy(p, arp, ARP_LEN);
	return FRAME_MIN;
}

/* Options of a segment that was read: NONE where one is not there. */
static void
take_options(const struct frame_seg *f, struct wire_seg *s)
{
	uint8_t i;

	s->mss = f->has_mss ? f->mss : NONE;
	s->ws = f->has_ws ? f->ws : NONE;
	s->sack_ok = f->sack_ok ? 1 : NONE;
	s->tsval = f->has_ts ? (int64_t)f->tsval : NONE;
	s->tsecr = f->has_ts ? (int64_t)f->tsecr : NONE;
	s->uto = f->has_uto ? f->uto : NONE;
	s->n_sack = f->n_sack > 0 ? f->n_sack : NONE;
	for (i = 0; i < f->n_sack; i++)
		s->sack[i] = (struct wire_sack){ f->left[i], f->right[i] };
}

/* The IP header of a segment, with its options. */
static void
take_ip(const struct frame_seg *f, struct wire_seg *s)
{
	s->tos = f->tos;
	s->lhost = (uint8_t)f->saddr;
	s->rhost = (uint8_t)f->daddr;
	if (f->ip_version == 4 && f->ip_header_len > IP_LEN && f->ip[IP_LEN] == 130)
		s->label = (const char *)f->ip + IP_LEN;
	if (f->route == NULL)
		return;
	s->route = (const char *)f->route;
	s->route_len = f->route[1];
	s->hop = (uint8_t)f->daddr;
	s->rhost = f->route[f->route[1] - 1];
}

static void
take_tcp(const struct frame_seg *f, struct wire_seg *s)
{
	s->lport = f->sport;
	s->rport = f->dport;
	s->seq = f->seq;
	s->ack = f->ack;
	s->flags = f->flags;
	s->wnd = f->wnd;
	s->up = f->up;
	s->data = (const char *)f->data;
	s->len = f->len;
}

/* Whether the addresses are those of the peer's network and ours. */
static bool
has_our_addresses(const struct frame_seg *f)
{
	const struct rs_addr net = wire_addr(0);

	if (f->ip_version == 4)
		return f->saddr >> 8 == 0xc00002 && f->daddr >> 8 == 0xc00002;
	return memcmp(f->ip + 8, &net, 15) == 0 && memcmp(f->ip + 24, &net, 15) == 0;
}

const char *
wire_parse(const struct wire *w, struct wire_frame *f)
{
	static const uint8_t peer[5] = { 2, 0, 0, 0, 0 };
	struct frame_seg read;
	const char *why;
	enum frame_kind kind = frame_read(f->bytes, f->len, &read, &why);

	f->seg.vlan = read.tagged ? read.tci : NONE;
	if (f->len < ETHER_LEN || memcmp(f->bytes + 6, &w->port.mac, RTE_ETHER_ADDR_LEN) != 0)
		return "source MAC address";
	f->seg.mac = f->bytes[5];
	take_ip(&read, &f->seg);
	take_tcp(&read, &f->seg);
	take_options(&read, &f->seg);
	if (kind == FRAME_BAD)
		return why;
	if (read.ip == NULL || (read.ip_version == 6 && kind == FRAME_OTHER))
		return NULL;
	if (memcmp(f->bytes, peer, 5) != 0)
		return "destination MAC address";
	if (!has_our_addresses(&read))
		return "IP address";
	if (read.ttl != w->tcp.ttl)
		return "TTL (MUST-49)";
	f->is_tcp = kind == FRAME_TCP;
	return f->is_tcp && (read.flags & RST) != 0 && read.len > 0 && !w->tcp.reset_text ?
		"a reset with data" : NULL;
}

/* The options that are not in every SYN. */
static void
print_options(const struct wire_seg *s, char *text, size_t size)
{
	int i;

	text[0] = '\0';
	if (s->mss >= 0 || s->ws >= 0)
		snprintf(text, size, "<MSS=%d><WS=%d>", s->mss, s->ws);
	if (s->sack_ok == 1)
		snprintf(text + strlen(text), size - strlen(text), "<SACK-OK>");
	if (s->tsval >= 0)
		snprintf(text + strlen(text), size - strlen(text), "<TS=%u,%d>",
			(uint32_t)s->tsval, (int)s->tsecr);
	if (s->uto >= 0)
		snprintf(text + strlen(text), size - strlen(text), "<UTO=%d>", s->uto);
	for (i = 0; i < s->n_sack; i++)
		snprintf(text + strlen(text), size - strlen(text), "<SACK=%u-%u>",
			s->sack[i].left, s->sack[i].right);
}

void
wire_print_flags(uint8_t flags, char *text, size_t size)
{
	static const char *const names[8] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR",
	};
	size_t n = 0;
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < 8 && n < size; i++) {
		if (flags & 1u << i)
			n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? "," : "",
				names[i]);
	}
}

void
wire_print(const struct wire_seg *s, char *text, size_t size)
{
	char seq[16] = "?", ack[24] = "", ctl[40], wnd[24] = "", opt[256];

	if (s->seq != ANY)
		snprintf(seq, sizeof(seq), "%u", (uint32_t)s->seq);
	if (s->flags & ACK)
		snprintf(ack, sizeof(ack), "<ACK=%u>", (uint32_t)s->ack);
	wire_print_flags(s->flags, ctl, sizeof(ctl));
	if (s->wnd != ANY)
		snprintf(wnd, sizeof(wnd), "<WND=%u>", (uint32_t)s->wnd);
	print_options(s, opt, sizeof(opt));
	snprintf(text, size,
		"host %u port %u <SEQ=%s>%s<CTL=%s>%s%s<DATA=%u> mac %02x vlan %d tos %d", s->rhost,
		s->rport, seq, ack, ctl, wnd, opt, s->len, s->mac, s->vlan, s->tos);
}
