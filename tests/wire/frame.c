/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Frames byte by byte, by the test's own hand: nothing of lib/ is used to build what goes
 * in or to check what comes out (RFC 894, 791, 1071, 9293 3.1).
 */

#include <stdio.h>

#include "wire.h"

enum {
	ETHER_LEN = 14,
	VLAN_LEN = 4,
	ARP_LEN = 28,
	IP_LEN = 20,
	LABEL_LEN = 4,
	TCP_LEN = 20,
	OPT_MAX = 40,
	FRAME_MIN = 60, /* RFC 894; without the frame check sequence */
	PADDING = 0xa5, /* what fills a short frame up; no byte of any payload */
};

static void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, int64_t v)
{
	put16(p, (uint32_t)v >> 16);
	put16(p + 2, (uint32_t)v & 0xffff);
}

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

uint32_t
wire_sum(const uint8_t *p, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The length of an IPv4 header. */
static uint16_t
ip_len(const uint8_t *ip)
{
	return (uint16_t)((ip[0] & 0xf) * 4);
}

/* The source route that a stack wrote, first or behind a security option; NULL: none. */
static const uint8_t *
find_route(const uint8_t *ip)
{
	const uint8_t *opt = ip + IP_LEN;

	if (ip_len(ip) > IP_LEN && opt[0] == 130)
		opt += LABEL_LEN;
	return opt < ip + ip_len(ip) && (opt[0] == 131 || opt[0] == 137) ? opt : NULL;
}

/* The sum over the pseudo-header and the segment of an IPv4 datagram (RFC 9293 3.1). */
static uint32_t
tcp_sum(const uint8_t *ip, uint16_t tcp_len)
{
	const uint8_t *route = find_route(ip);
	uint32_t sum = wire_sum(ip + 12, 4, 6u + tcp_len);

	/* the ultimate destination of a source route is its last address (RFC 9293 3.9.2.1) */
	sum = wire_sum(route != NULL && route[2] <= route[1] ? route + route[1] - 4 : ip + 16, 4,
		sum);
	return wire_sum(ip + ip_len(ip), tcp_len, sum);
}

struct rs_tuple
wire_tuple(uint8_t lhost, uint8_t rhost, uint16_t lport, uint16_t rport)
{
	return (struct rs_tuple){
		.laddr = { .b = { [10] = 0xff, 0xff, 192, 0, 2, lhost } },
		.raddr = { .b = { [10] = 0xff, 0xff, 192, 0, 2, rhost } },
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
		put32(p, s->tsval);
		put32(p + 4, s->tsecr);
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
	put32(tcp + 4, s->seq + w->base);
	put32(tcp + 8, s->ack);
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

uint16_t
wire_build(const struct wire *w, const struct wire_seg *s, uint8_t *frame)
{
	static const uint8_t ether[ETHER_LEN] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 8, 0 };
	static const uint8_t header[IP_LEN] = {
		0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 0, 192, 0, 2, 0,
	};
	uint8_t *ip = frame + ETHER_LEN;
	uint16_t tcp_len;

	memset(frame, 0, WIRE_FRAME_MAX);
	memcpy(frame, ether, ETHER_LEN);
	frame[11] = s->mac != 0 ? s->mac : s->rhost;
	if (s->vlan != NONE) {
		put16(frame + 12, 0x8100);
		put16(frame + 14, (unsigned int)s->vlan);
		put16(frame + 16, 0x0800);
		ip += VLAN_LEN;
	}
	memcpy(ip, header, IP_LEN);
	ip[1] = (uint8_t)s->tos;
	ip[15] = s->rhost;
	ip[19] = s->lhost;
	add_ip_options(s, ip);
	tcp_len = build_tcp(w, s, ip + ip_len(ip));
	put16(ip + 2, (unsigned int)(ip_len(ip) + tcp_len));
	put16(ip + 10, ~wire_sum(ip, ip_len(ip), 0) & 0xffff);
	put16(ip + ip_len(ip) + 16, ~tcp_sum(ip, tcp_len) & 0xffff);
	ip += ip_len(ip) + tcp_len;
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

static const char *
parse_sack(const uint8_t *opt, struct wire_seg *s)
{
	int i;

	s->n_sack = (opt[1] - 2) / 8;
	if (opt[1] % 8 != 2 || s->n_sack < 1 || s->n_sack > 4)
		return "length of the SACK option (RFC 2018 3)";
	for (i = 0; i < s->n_sack; i++)
		s->sack[i] = (struct wire_sack){ get32(&opt[2 + 8 * i]), get32(&opt[6 + 8 * i]) };
	return NULL;
}

/* One option. MSS (MUST-65), window scale and SACK-permitted may be in a SYN only. */
static const char *
parse_option(const uint8_t *opt, struct wire_seg *s)
{
	bool syn = (s->flags & SYN) != 0;

	if (syn && opt[0] == 2 && opt[1] == 4 && s->mss == NONE) {
		s->mss = get16(&opt[2]);
	} else if (syn && opt[0] == 3 && opt[1] == 3 && s->ws == NONE) {
		s->ws = opt[2];
	} else if (syn && opt[0] == 4 && opt[1] == 2 && s->sack_ok == NONE) {
		s->sack_ok = 1;
	} else if (!syn && opt[0] == 5 && s->n_sack == NONE) {
		return parse_sack(opt, s);
	} else if (opt[0] == 8 && opt[1] == 10 && s->tsval == NONE) {
		s->tsval = get32(&opt[2]);
		s->tsecr = get32(&opt[6]);
	} else if (opt[0] == 28 && opt[1] == 4 && s->uto == NONE) {
		s->uto = get16(&opt[2]);
	} else {
		return "option that must not be here, or twice";
	}
	return NULL;
}

/* Padding is zero (MUST-69). */
static const char *
parse_options(const uint8_t *opt, uint8_t len, struct wire_seg *s)
{
	uint8_t i = 0;

	s->mss = s->ws = s->sack_ok = s->n_sack = s->uto = NONE;
	s->tsval = s->tsecr = NONE;
	while (i < len && opt[i] != 0) {
		uint8_t left = (uint8_t)(len - i);
		const char *wrong;

		if (opt[i] == 1) {
			i++;
			continue;
		}
		if (left < 2 || opt[i + 1] < 2 || opt[i + 1] > left)
			return "option of illegal length";
		wrong = parse_option(&opt[i], s);
		if (wrong != NULL)
			return wrong;
		i = (uint8_t)(i + opt[i + 1]);
	}
	while (i < len) {
		if (opt[i++] != 0)
			return "padding of options is not zero (MUST-69)";
	}
	return NULL;
}

static const char *
parse_tcp(const uint8_t *ip, uint16_t tcp_len, struct wire_seg *s)
{
	const uint8_t *tcp = ip + ip_len(ip);
	uint8_t header_len = (uint8_t)((tcp[12] >> 4) * 4);

	if (tcp_len < TCP_LEN || header_len < TCP_LEN || header_len > tcp_len)
		return "TCP data offset";
	if ((tcp[12] & 0x0f) != 0)
		return "reserved bits are not zero (RFC 9293 3.1)";
	if (tcp_sum(ip, tcp_len) != 0xffff)
		return "TCP checksum (MUST-2)";
	s->lport = get16(tcp);
	s->rport = get16(tcp + 2);
	s->seq = get32(tcp + 4);
	s->ack = get32(tcp + 8);
	s->flags = tcp[13];
	s->wnd = get16(tcp + 14);
	s->up = get16(tcp + 18);
	s->data = (const char *)tcp + header_len;
	s->len = (uint32_t)(tcp_len - header_len);
	if ((s->flags & RST) != 0 && s->len > 0)
		return "a reset with data";
	return parse_options(tcp + TCP_LEN, (uint8_t)(header_len - TCP_LEN), s);
}

static void
parse_ip_options(const uint8_t *ip, struct wire_seg *s)
{
	const uint8_t *route = find_route(ip);

	if (ip_len(ip) > IP_LEN && ip[IP_LEN] == 130)
		s->label = (const char *)ip + IP_LEN;
	if (route == NULL)
		return;
	s->route = (const char *)route;
	s->route_len = route[1];
	s->hop = ip[19];
	s->rhost = route[route[1] - 1];
}

static const char *
parse_ip(const struct wire *w, struct wire_frame *f, uint16_t off)
{
	static const uint8_t net[3] = { 192, 0, 2 };
	const uint8_t *ip = f->bytes + off;

	if (f->len < off + IP_LEN || ip[0] < 0x45 || ip[0] > 0x4f || f->len < off + ip_len(ip))
		return "IP version or header length";
	if (get16(ip + 2) != f->len - off)
		return "IP total length is not that of the frame";
	if (wire_sum(ip, ip_len(ip), 0) != 0xffff)
		return "IP checksum";
	if (memcmp(ip + 12, net, 3) != 0 || memcmp(ip + 16, net, 3) != 0)
		return "IP address";
	if (ip[8] != w->tcp.ttl)
		return "TTL (MUST-49)";
	if (ip[9] != 6)
		return NULL;
	if (get16(ip + 6) != 0x4000)
		return "DF is not set, or a fragment";
	f->seg.tos = ip[1];
	f->is_tcp = true;
	f->seg.lhost = ip[15];
	f->seg.rhost = ip[19];
	parse_ip_options(ip, &f->seg);
	return parse_tcp(ip, (uint16_t)(f->len - off - ip_len(ip)), &f->seg);
}

const char *
wire_parse(const struct wire *w, struct wire_frame *f)
{
	static const uint8_t peer[5] = { 2, 0, 0, 0, 0 };
	uint16_t off = ETHER_LEN;

	f->seg.vlan = NONE;
	if (f->len < off || memcmp(f->bytes + 6, &w->port.mac, RTE_ETHER_ADDR_LEN) != 0)
		return "source MAC address";
	f->seg.mac = f->bytes[5];
	if (get16(f->bytes + 12) == 0x8100) {
		f->seg.vlan = get16(f->bytes + 14);
		off += VLAN_LEN;
	}
	if (get16(f->bytes + off - 2) != 0x0800)
		return NULL;
	if (memcmp(f->bytes, peer, 5) != 0)
		return "destination MAC address";
	return parse_ip(w, f, off);
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
		"192.0.2.%u:%u <SEQ=%s>%s<CTL=%s>%s%s<DATA=%u> mac %02x vlan %d tos %d", s->rhost,
		s->rport, seq, ack, ctl, wnd, opt, s->len, s->mac, s->vlan, s->tos);
}
