/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Attacks on the Internet layer of IPv6 and on reassembly: neighbour discovery, extension headers,
 * and fragments of both families.
 */

#include <string.h>

#include "attack.h"

enum {
	IP6 = FRAME_ETHER_LEN,
	L4 = IP6 + FRAME_IP6_LEN,
	TCP = 6, ROUTING = 43, FRAGMENT = 44, ICMPV6 = 58, DSTOPTS = 60,
	ND_SOLICITATION = 135, ND_ADVERTISEMENT = 136,
	ND_LEN = 32,            /* of a message with one option */
	EXT_LEN = 8,            /* of a fragment header */
};

/* Write the headers of a datagram from a random neighbour. @return its MAC address' end */
static uint32_t
write_ip6(struct world *w, uint8_t *bytes, uint8_t next, uint16_t len)
{
	const struct rs_addr us = world_addr(ATTACK_SERVER_0, true);
	struct packet p = { .mac = (uint32_t)sim_rand_next(&w->rand) };
	uint8_t *ip = bytes + IP6;

	packet_write_link(bytes, &p);
	put16(bytes + 12, 0x86dd);
	memset(ip, 0, FRAME_IP6_LEN);
	ip[0] = 6 << 4;
	put16(ip + 4, len);
	ip[6] = next;
	ip[7] = 255;
	memcpy(ip + 8, &us, 8);
	put32(ip + 16, p.mac);
	put32(ip + 20, (uint32_t)sim_rand_next(&w->rand) | 1u << 31);
	memcpy(ip + 24, &us, 16);
	return p.mac;
}

/* A message of neighbour discovery about a target, with the option `option`. */
static uint16_t
write_nd(struct world *w, uint8_t *bytes, uint8_t type, const struct rs_addr *target,
	uint8_t option)
{
	uint32_t mac = write_ip6(w, bytes, ICMPV6, ND_LEN);
	uint8_t *nd = bytes + L4;

	memset(nd, 0, ND_LEN);
	nd[0] = type;
	/* solicited, override: as the answer to a solicitation that a connection waits for */
	nd[4] = type == ND_ADVERTISEMENT ? 0x60 : 0;
	memcpy(nd + 8, target, sizeof(*target));
	nd[24] = option;
	nd[25] = 1;
	put16(nd + 26, 0x02aa);
	put32(nd + 28, mac);
	frame_set_checksum6(bytes + IP6);
	return L4 + ND_LEN;
}

/* Solicitations of our address, each from another neighbour. */
static uint16_t
nd_solicitation(struct world *w, uint8_t *bytes)
{
	const struct rs_addr us = world_addr(ATTACK_SERVER_0, true);

	return write_nd(w, bytes, ND_SOLICITATION, &us, 1);
}

/* Advertisements of random neighbours about themselves, and of our address by another host. */
static uint16_t
nd_advertisement(struct world *w, uint8_t *bytes)
{
	struct rs_addr target = world_addr(ATTACK_SERVER_0, true);

	if (sim_below(&w->rand, 4) != 0)
		target.w[3] = (uint32_t)sim_rand_next(&w->rand);
	return write_nd(w, bytes, ND_ADVERTISEMENT, &target, 2);
}

/* A chain of 30 headers, each of them options of 8 bytes. */
static uint16_t
long_chain(struct world *w, uint8_t *bytes)
{
	unsigned int i;

	write_ip6(w, bytes, DSTOPTS, 30 * 8);
	for (i = 0; i < 30; i++)
		memcpy(bytes + L4 + i * 8, "\x3c\0\x1e\4\0\0\0\0", 8);
	return L4 + 30 * 8;
}

/* As many options as a header has room for, which are padding, or unknown and to be skipped. */
static uint16_t
many_options(struct world *w, uint8_t *bytes)
{
	bool padding = sim_below(&w->rand, 2) == 0;
	unsigned int i;

	write_ip6(w, bytes, DSTOPTS, 168 + FRAME_TCP_LEN);
	bytes[L4] = TCP;
	bytes[L4 + 1] = 168 / 8 - 1;
	for (i = 2; i < 168; i += 2)
		memcpy(bytes + L4 + i, padding ? "\0\0" : "\x1e\0", 2);
	memset(bytes + L4 + 168, 0x55, FRAME_TCP_LEN);
	return L4 + 168 + FRAME_TCP_LEN;
}

/* Unknown options of each kind: skip, discard, report, report unless multicast. */
static uint16_t
unknown_options(struct world *w, uint8_t *bytes)
{
	uint8_t *header = bytes + L4;

	write_ip6(w, bytes, DSTOPTS, 8 + FRAME_TCP_LEN);
	memcpy(header, "\6\0\0\4\0\0\0\0", 8);
	header[2] = (uint8_t)(sim_below(&w->rand, 4) << 6 | 0x1e);
	memset(header + 8, 0x55, FRAME_TCP_LEN);
	return L4 + 8 + FRAME_TCP_LEN;
}

/* A routing header of type 0 with addresses left (RFC 5095). */
static uint16_t
routing_header(struct world *w, uint8_t *bytes)
{
	write_ip6(w, bytes, ROUTING, 24 + FRAME_TCP_LEN);
	memset(bytes + L4, 0x55, 24 + FRAME_TCP_LEN);
	memcpy(bytes + L4, "\6\2\0\1\0\0\0\0", 8);
	return L4 + 24 + FRAME_TCP_LEN;
}

/* A fragment of a TCP segment. */
struct part {
	uint32_t id;
	uint16_t first;
	uint16_t len;
	bool more;
};

/* Write a fragment in IPv4, of a random source. */
static uint16_t
write_part4(struct world *w, uint8_t *bytes, const struct part *part)
{
	struct packet p = {
		.mac = UINT32_C(0xa3),
		.saddr = UINT32_C(0x20000000) | (part->id & UINT32_C(0x1fffffff)),
		.daddr = ATTACK_SERVER_0,
	};
	uint16_t at = packet_write_link(bytes, &p);

	packet_write_ip(bytes + at, &p, TCP, part->len);
	put16(bytes + at + 4, part->id);
	put16(bytes + at + 6, (part->more ? 0x2000u : 0) | part->first / 8u);
	frame_set_ip_checksum(bytes + at);
	memset(bytes + at + FRAME_IP_LEN, (int)sim_below(&w->rand, 256), part->len);
	return (uint16_t)(at + FRAME_IP_LEN + part->len);
}

/* The same in IPv6; the fragments of one id are of one source. */
static uint16_t
write_part6(struct world *w, uint8_t *bytes, const struct part *part)
{
	uint8_t *ext = bytes + L4;

	write_ip6(w, bytes, FRAGMENT, (uint16_t)(EXT_LEN + part->len));
	put32(bytes + IP6 + 16, part->id);
	put32(bytes + IP6 + 20, 1u << 31);
	ext[0] = TCP;
	ext[1] = 0;
	put16(ext + 2, part->first | part->more);
	put32(ext + 4, part->id);
	memset(ext + EXT_LEN, (int)sim_below(&w->rand, 256), part->len);
	return (uint16_t)(L4 + EXT_LEN + part->len);
}

/* First fragments, whose others never come. */
static struct part
first_part(struct world *w)
{
	return (struct part){ .id = (uint32_t)sim_rand_next(&w->rand), .len = 1400, .more = true };
}

/* Fragments in the middle and at the end, whose first one never comes; some would pass 65,535. */
static struct part
later_part(struct world *w)
{
	uint64_t r = sim_rand_next(&w->rand);

	return (struct part){ .id = (uint32_t)r, .len = 1400, .more = (r >> 32) % 4 != 0,
		.first = (uint16_t)((2 + (r >> 34) % 8190) * 8) };
}

/* Pairs of fragments that overlap, and more of the same datagrams. */
static struct part
overlapping_part(struct world *w)
{
	uint32_t n = (uint32_t)w->attack_frames;

	return (struct part){ .id = n / 3, .len = 800, .more = true,
		.first = (uint16_t)(n % 3 * 400) };
}

/* Fragments of 8 bytes, all but the first one of as many datagrams as can wait. */
static struct part
tiny_part(struct world *w)
{
	uint32_t n = (uint32_t)w->attack_frames;

	return (struct part){ .id = n % 256, .len = 8, .more = true,
		.first = (uint16_t)(n / 256 % 512 * 16) };
}

#define PARTS(name) \
	static uint16_t \
	name##4(struct world *w, uint8_t *bytes) \
	{ \
		const struct part part = name(w); \
		return write_part4(w, bytes, &part); \
	} \
	static uint16_t \
	name##6(struct world *w, uint8_t *bytes) \
	{ \
		const struct part part = name(w); \
		return write_part6(w, bytes, &part); \
	}
PARTS(first_part)
PARTS(later_part)
PARTS(overlapping_part)
PARTS(tiny_part)

const struct attack attacks_link6[] = {
	{ .name = "link_nd_solicitations", .frame = nd_solicitation },
	{ .name = "link_nd_advertisements", .frame = nd_advertisement },
	{ .name = "link_ip6_long_chains", .frame = long_chain },
	{ .name = "link_ip6_many_options", .frame = many_options },
	{ .name = "link_ip6_unknown_options", .frame = unknown_options },
	{ .name = "link_ip6_routing_headers", .frame = routing_header },
	{ .name = "link_fragments_first", .frame = first_part4 },
	{ .name = "link_fragments_first_ip6", .frame = first_part6 },
	{ .name = "link_fragments_later", .frame = later_part4 },
	{ .name = "link_fragments_later_ip6", .frame = later_part6 },
	{ .name = "link_fragments_overlapping", .frame = overlapping_part4 },
	{ .name = "link_fragments_overlapping_ip6", .frame = overlapping_part6 },
	{ .name = "link_fragments_tiny", .frame = tiny_part4 },
	{ .name = "link_fragments_tiny_ip6", .frame = tiny_part6 },
	{ 0 },
};
