/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Attacks below TCP: many neighbours, fragments, ICMP. A frame is of the family of the users unless
 * its attack is that of one family. */

#include <string.h>

#include "attack.h"

enum {
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_ICMPV6 = 58,
	ICMP_ECHO = 8,
	ICMP6_ECHO = 128,
	ICMP_UNREACHABLE = 3,
	ICMP6_UNREACHABLE = 1,  /* the other errors have the types behind it (RFC 4443 2.1) */
	ICMP6_ERRORS = 4,
	IP_MORE_FRAGMENTS = 0x2000,
	ICMP_LEN = 8,           /* of the header */
	QUOTED = 8,             /* octets of the segment that an ICMP error quotes */
};

/* A source of the addresses 32.0.0.0/3 and a segment with random numbers, of IPv4. */
static struct packet
random_packet(struct world *w, uint8_t flags)
{
	uint64_t r = sim_rand_next(&w->rand);
	uint64_t numbers = sim_rand_next(&w->rand);

	return (struct packet){
		.mac = UINT32_C(0xa2),
		.saddr = UINT32_C(0x20000000) | ((uint32_t)r & UINT32_C(0x1fffffff)),
		.daddr = ATTACK_SERVER_0,
		.sport = (uint16_t)(1024 + (r >> 32) % 64512),
		.dport = PORT_WEB,
		.seq = (uint32_t)numbers,
		.ack = (flags & ACK) != 0 ? (uint32_t)(numbers >> 32) : 0,
		.flags = flags,
		.wnd = 65535,
	};
}

/* Half-open connections, each behind a MAC address of its own. */
static uint16_t
syn_of_many_macs(struct world *w, uint8_t *bytes)
{
	struct packet p = random_packet(w, SYN);

	p.ipv6 = w->ipv6;
	p.mac = p.saddr;
	packet_syn_options(&p, true);
	return packet_write(bytes, &p);
}

/* The same behind one MAC address, with every VLAN, priority and DEI. */
static uint16_t
syn_of_many_tags(struct world *w, uint8_t *bytes)
{
	struct packet p = random_packet(w, SYN);
	uint32_t vid = 1 + sim_below(&w->rand, 4094);

	p.ipv6 = w->ipv6;
	p.tagged = true;
	p.tci = (uint16_t)(sim_below(&w->rand, 16) << 12 | vid);
	packet_syn_options(&p, true);
	return packet_write(bytes, &p);
}

/* Parts of datagrams that never become complete: the first, one in the middle or the last. */
static uint16_t
fragment(struct world *w, uint8_t *bytes)
{
	struct packet p = random_packet(w, SYN);
	uint16_t len = (uint16_t)(8 * (1 + sim_below(&w->rand, 180)));
	uint16_t at = packet_write_link(bytes, &p);
	uint32_t part = sim_below(&w->rand, 3);
	uint32_t offset = part == 0 ? 0 : 1 + sim_below(&w->rand, 8000);

	packet_write_ip(bytes + at, &p, PROTO_TCP, len);
	put16(bytes + at + 4, p.seq);
	put16(bytes + at + 6, (part < 2 ? IP_MORE_FRAGMENTS : 0u) | offset);
	frame_set_ip_checksum(bytes + at);
	memset(bytes + at + FRAME_IP_LEN, 0x55, len);
	len = (uint16_t)(at + FRAME_IP_LEN + len);
	if (len < 60)
		memset(bytes + len, 0, (size_t)(60 - len));
	return len < 60 ? 60 : len;
}

/* Bytes of an IP header of the attack's family. */
static uint16_t
ip_len(const struct world *w)
{
	return w->ipv6 ? FRAME_IP6_LEN : FRAME_IP_LEN;
}

/* Complete a message of ICMP or ICMPv6 whose body is there. @return the length of the frame */
static uint16_t
finish_icmp(const struct world *w, uint8_t *bytes, struct packet *p, uint8_t type, uint8_t code,
	uint16_t len)
{
	uint16_t at;
	uint8_t *icmp;

	p->ipv6 = w->ipv6;
	at = packet_write_link(bytes, p);
	icmp = bytes + at + ip_len(w);
	icmp[0] = type;
	icmp[1] = code;
	put16(icmp + 2, 0);
	if (w->ipv6) {
		packet_write_ip6(bytes + at, p, PROTO_ICMPV6, len);
		frame_set_checksum6(bytes + at);
	} else {
		packet_write_ip(bytes + at, p, PROTO_ICMP, len);
		frame_set_ip_checksum(bytes + at);
		put16(icmp + 2, ~frame_sum(icmp, len, 0));
	}
	return (uint16_t)(at + ip_len(w) + len);
}

static uint16_t
icmp_echo(struct world *w, uint8_t *bytes)
{
	struct packet p = random_packet(w, 0);
	uint16_t len = (uint16_t)(ICMP_LEN + 32u + sim_below(&w->rand, 1400));

	memset(bytes + FRAME_ETHER_LEN + ip_len(w), 0x55, len);
	return finish_icmp(w, bytes, &p, w->ipv6 ? ICMP6_ECHO : ICMP_ECHO, 0, len);
}

/*
 * Unreachable messages of every code about segments of the server, and of IPv6 the other errors,
 * too: to random peers, and to the honest users with a SEQ that is guessed.
 */
static uint16_t
icmp_error(struct world *w, uint8_t *bytes)
{
	uint32_t n = RTE_MIN(w->n_guesses, (unsigned int)ATTACK_GUESSES);
	struct packet p = random_packet(w, 0);
	struct packet quoted = { .saddr = p.daddr, .daddr = p.saddr };
	uint8_t *icmp = bytes + FRAME_ETHER_LEN + ip_len(w);
	uint8_t *tcp = icmp + ICMP_LEN + ip_len(w);
	uint8_t type = ICMP_UNREACHABLE;

	if (n > 0 && sim_below(&w->rand, 2) == 0) {
		quoted.daddr = ATTACK_HONEST;
		p.sport = w->guesses[sim_below(&w->rand, n)].sport;
	}
	put32(icmp + 4, 68 + sim_below(&w->rand, 1400)); /* an MTU, where the error has one */
	if (w->ipv6) {
		type = (uint8_t)(ICMP6_UNREACHABLE + sim_below(&w->rand, ICMP6_ERRORS));
		packet_write_ip6(icmp + ICMP_LEN, &quoted, PROTO_TCP, 1000);
	} else {
		packet_write_ip(icmp + ICMP_LEN, &quoted, PROTO_TCP, 1000);
		frame_set_ip_checksum(icmp + ICMP_LEN);
	}
	put16(tcp, PORT_WEB);
	put16(tcp + 2, p.sport);
	put32(tcp + 4, p.seq);
	return finish_icmp(w, bytes, &p, type, (uint8_t)sim_below(&w->rand, 16),
		(uint16_t)(ICMP_LEN + ip_len(w) + QUOTED));
}

const struct attack attacks_link[] = {
	{ .name = "link_half_open_by_many_neighbours", .frame = syn_of_many_macs, .lead_ms = 100 },
	{ .name = "link_half_open_by_many_vlan_tags", .frame = syn_of_many_tags, .lead_ms = 100 },
	{ .name = "link_fragments", .ipv4_only = true, .frame = fragment },
	{ .name = "link_icmp_echo", .frame = icmp_echo },
	{ .name = "link_icmp_errors", .frame = icmp_error },
	{ 0 },
};
