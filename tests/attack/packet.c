/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The frames of attackers, byte by byte. */

#include <string.h>

#include <rte_common.h>

#include "packet.h"

enum {
	FRAME_MIN = 60,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	IP_DF = 0x4000,
	PROTO_TCP = 6,
	OPT_NOP = 1, OPT_MSS = 2, OPT_WS = 3, OPT_SACK_OK = 4, OPT_SACK = 5,
};

void
packet_put_addr6(uint8_t addr[16], uint32_t ipv4)
{
	memset(addr, 0, 16);
	put32(addr, 0x20010db8);
	put32(addr + 4, ipv4 >> 24 == 192 ? 0 : ipv4);
	put32(addr + 12, ipv4);
}

uint16_t
packet_write_link(uint8_t *frame, const struct packet *p)
{
	const uint8_t dst[6] = { 2, 0, 0, 0, 0, (uint8_t)(p->device + 1) };
	uint16_t n = 12;

	memcpy(frame, dst, sizeof(dst));
	put16(frame + 6, 0x02aa);
	put32(frame + 8, p->mac);
	if (p->tagged) {
		put16(frame + n, ETHERTYPE_VLAN);
		put16(frame + n + 2, p->tci);
		n += FRAME_VLAN_LEN;
	}
	put16(frame + n, p->ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	return (uint16_t)(n + 2);
}

void
packet_write_ip(uint8_t *ip, const struct packet *p, uint8_t proto, uint16_t len)
{
	memset(ip, 0, FRAME_IP_LEN);
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)FRAME_IP_LEN + len);
	put16(ip + 6, IP_DF);
	ip[8] = 64;
	ip[9] = proto;
	put32(ip + 12, p->saddr);
	put32(ip + 16, p->daddr);
}

void
packet_write_ip6(uint8_t *ip, const struct packet *p, uint8_t proto, uint16_t len)
{
	put32(ip, UINT32_C(6) << 28);
	put16(ip + 4, len);
	ip[6] = proto;
	ip[7] = 64;
	packet_put_addr6(ip + 8, p->saddr);
	packet_put_addr6(ip + 24, p->daddr);
}

uint16_t
packet_write(uint8_t *frame, const struct packet *p)
{
	uint16_t at = packet_write_link(frame, p);
	uint16_t header_len = (uint16_t)(FRAME_TCP_LEN + p->opt_len);
	uint16_t ip_len = p->ipv6 ? FRAME_IP6_LEN : FRAME_IP_LEN;
	uint8_t *ip = frame + at;
	uint8_t *tcp = ip + ip_len;
	uint16_t len = (uint16_t)(at + ip_len + header_len + p->len);

	(p->ipv6 ? packet_write_ip6 : packet_write_ip)(ip, p, PROTO_TCP,
		(uint16_t)(header_len + p->len));
	put16(tcp, p->sport);
	put16(tcp + 2, p->dport);
	put32(tcp + 4, p->seq);
	put32(tcp + 8, p->ack);
	tcp[12] = (uint8_t)(header_len / 4 << 4);
	tcp[13] = p->flags;
	put16(tcp + 14, p->wnd);
	put32(tcp + 16, 0);
	memcpy(tcp + FRAME_TCP_LEN, p->opt, p->opt_len);
	if (p->len > 0)
		memcpy(tcp + header_len, p->data, p->len);
	frame_set_checksums(ip);
	if (len < FRAME_MIN) {
		memset(frame + len, 0, (size_t)(FRAME_MIN - len));
		len = FRAME_MIN;
	}
	return len;
}

void
packet_syn_options(struct packet *p, bool all)
{
	static const uint8_t options[] = {
		OPT_MSS, 4, PACKET_MSS >> 8, PACKET_MSS & 0xff,
		OPT_NOP, OPT_NOP, OPT_SACK_OK, 2,
		OPT_NOP, OPT_WS, 3, 7,
	};

	p->opt_len = all ? sizeof(options) : 4;
	memcpy(p->opt, options, p->opt_len);
}

void
packet_add_sack(struct packet *p, uint32_t left, uint32_t right)
{
	if (p->opt_len == 0) {
		p->opt[0] = OPT_NOP;
		p->opt[1] = OPT_NOP;
		p->opt[2] = OPT_SACK;
		p->opt[3] = 2;
		p->opt_len = 4;
	}
	put32(p->opt + p->opt_len, left);
	put32(p->opt + p->opt_len + 4, right);
	p->opt_len = (uint8_t)(p->opt_len + 8);
	p->opt[3] = (uint8_t)(p->opt[3] + 8);
}
