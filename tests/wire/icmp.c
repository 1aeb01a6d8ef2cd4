/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Errors of a router about our segments (RFC 792, RFC 4443), in the family of the run.
 */

#include "wire.h"

enum { ICMP_LEN = 8, L3 = FRAME_ETHER_LEN, TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58, ROUTER = 77 };

#define IP_LEN (wire_ipv6 ? FRAME_IP6_LEN : FRAME_IP_LEN)

/* Bytes that an error quotes: the IP header, ports and SEG.SEQ. */
#define QUOTED ((uint32_t)IP_LEN + 8)

/* An IP header without options (RFC 791 3.1, RFC 8200 3). */
static void
put_ip(uint8_t *ip, uint8_t protocol, uint32_t len, uint8_t src, uint8_t dst)
{
	const struct rs_addr from = wire_addr(src), to = wire_addr(dst);

	memset(ip, 0, (size_t)IP_LEN);
	if (wire_ipv6) {
		ip[0] = 6 << 4;
		put16(ip + 4, len - FRAME_IP6_LEN);
		ip[6] = protocol;
		ip[7] = 60;
		memcpy(ip + 8, from.b, 16);
		memcpy(ip + 24, to.b, 16);
		return;
	}
	ip[0] = 0x45;
	put16(ip + 2, len);
	ip[8] = 60;
	ip[9] = protocol;
	memcpy(ip + 12, from.b + 12, 4);
	memcpy(ip + 16, to.b + 12, 4);
	frame_set_ip_checksum(ip);
}

uint32_t
wire_icmp_told(uint8_t type, uint8_t code)
{
	static const struct { uint8_t icmp[2], icmp6[2]; } same[] = {
		{ { 3, 0 }, { 1, 0 } },         /* no route */
		{ { 3, 1 }, { 1, 3 } },         /* host unreachable */
		{ { 3, 2 }, { 1, 1 } },         /* protocol unreachable; prohibited: both hard */
		{ { 3, 3 }, { 1, 4 } },         /* port unreachable */
		{ { 3, 4 }, { 2, 0 } },         /* too big */
		{ { 3, 5 }, { 1, 2 } },         /* source route failed; beyond scope: both soft */
		{ { 11, 0 }, { 3, 0 } }, { { 11, 1 }, { 3, 1 } }, /* time exceeded */
		{ { 12, 0 }, { 4, 0 } },        /* parameter problem */
	};
	unsigned int i;

	for (i = 0; wire_ipv6 && i < RTE_DIM(same); i++) {
		if (same[i].icmp[0] == type && same[i].icmp[1] == code)
			return (uint32_t)same[i].icmp6[0] << 8 | same[i].icmp6[1];
	}
	return (uint32_t)type << 8 | code;
}

void
wire_icmp_in(struct wire *w, const struct wire_icmp *e)
{
	uint8_t frame[WIRE_FRAME_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, ROUTER, 8, 0 };
	uint8_t *icmp = frame + L3 + IP_LEN;
	uint8_t *quote = icmp + ICMP_LEN;
	uint32_t len = ICMP_LEN + QUOTED - e->cut;

	put_ip(frame + L3, wire_ipv6 ? ICMPV6 : ICMP, (uint32_t)IP_LEN + len, ROUTER, WIRE_LHOST);
	put16(icmp, wire_icmp_told(e->type, e->code));
	put16(icmp + 6, e->mtu);
	put_ip(quote, e->protocol != 0 ? e->protocol : TCP,
		e->quoted_len != 0 ? e->quoted_len : 1500, e->foreign ? ROUTER : WIRE_LHOST,
		WIRE_RHOST);
	put16(quote + IP_LEN, WIRE_LPORT);
	put16(quote + IP_LEN + 2, WIRE_RPORT);
	put32(quote + IP_LEN + 4, e->seq);
	if (wire_ipv6) {
		put16(frame + 12, 0x86dd);
		frame_set_checksum6(frame + L3);
	} else {
		put16(icmp + 2, ~frame_sum(icmp, len, 0));
	}
	wire_in_frame(w, frame, (uint16_t)RTE_MAX((uint32_t)L3 + (uint32_t)IP_LEN + len, 60u));
}
