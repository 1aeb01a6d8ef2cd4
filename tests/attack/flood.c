/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Floods: segments from random sources, which belong to no connection of the attacker. */

#include "attack.h"

/* Random sources are in 32.0.0.0/3, behind one MAC address. */
#define SOURCES UINT32_C(0x20000000)
#define SOURCES_MASK UINT32_C(0x1fffffff)

static const char text[PACKET_MSS];

/* A segment from a random source with random numbers. */
static struct packet
random_packet(struct world *w, uint16_t dport, uint8_t flags)
{
	uint64_t r = sim_rand_next(&w->rand);
	uint64_t numbers = sim_rand_next(&w->rand);

	return (struct packet){
		.mac = UINT32_C(0xa1),
		.device = w->attack->device,
		.ipv6 = w->ipv6,
		.saddr = SOURCES | ((uint32_t)r & SOURCES_MASK),
		.daddr = w->attack->device == 0 ? ATTACK_SERVER_0 : ATTACK_SERVER_1,
		.sport = (uint16_t)(1024 + (r >> 32) % 64512),
		.dport = dport,
		.seq = (uint32_t)numbers,
		.ack = (flags & ACK) != 0 ? (uint32_t)(numbers >> 32) : 0,
		.flags = flags,
		.wnd = 65535,
	};
}

/* Three of four SYNs have the options of a modern host. */
static uint16_t
write_syn(struct world *w, uint8_t *bytes, uint16_t dport)
{
	struct packet p = random_packet(w, dport, SYN);

	packet_syn_options(&p, p.seq % 4 != 0);
	return packet_write(bytes, &p);
}

static uint16_t
syn_to_web(struct world *w, uint8_t *bytes)
{
	return write_syn(w, bytes, PORT_WEB);
}

static uint16_t
syn_to_discard(struct world *w, uint8_t *bytes)
{
	return write_syn(w, bytes, PORT_DISCARD);
}

static uint16_t
syn_to_closed(struct world *w, uint8_t *bytes)
{
	return write_syn(w, bytes, PORT_CLOSED);
}

/* Half of the segments go to a listener, half to a closed port. */
static uint16_t
write_stray(struct world *w, uint8_t *bytes, uint8_t flags, uint16_t len)
{
	bool open = sim_below(&w->rand, 2) == 0;
	struct packet p = random_packet(w, open ? PORT_WEB : PORT_CLOSED, flags);

	p.data = text;
	p.len = len;
	return packet_write(bytes, &p);
}

static uint16_t
stray_ack(struct world *w, uint8_t *bytes)
{
	return write_stray(w, bytes, ACK, 0);
}

static uint16_t
stray_rst(struct world *w, uint8_t *bytes)
{
	return write_stray(w, bytes, sim_below(&w->rand, 2) == 0 ? RST : RST | ACK, 0);
}

static uint16_t
stray_fin(struct world *w, uint8_t *bytes)
{
	return write_stray(w, bytes, sim_below(&w->rand, 2) == 0 ? FIN : FIN | ACK, 0);
}

static uint16_t
stray_data(struct world *w, uint8_t *bytes)
{
	return write_stray(w, bytes, ACK | PSH, (uint16_t)(1 + sim_below(&w->rand, PACKET_MSS)));
}

/* A quarter of the sequence numbers, which no window comes near. */
#define MISS (UINT32_C(1) << 30)

/*
 * The tuple of an honest connection, right or stale, with numbers that are guessed. That of a SYN
 * is a miss, because a hit returns a half-open connection to LISTEN (RFC 9293 3.10.7.4, fourth),
 * and of so many frames one may hit: then the user's next segment is answered by a reset.
 */
static uint16_t
write_blind(struct world *w, uint8_t *bytes, uint8_t flags, uint16_t len)
{
	uint32_t n = RTE_MIN(w->n_guesses, (unsigned int)ATTACK_GUESSES);
	struct packet p = random_packet(w, PORT_WEB, flags);

	p.saddr = ATTACK_HONEST;
	if (n > 0) {
		const struct attack_guess *guess = &w->guesses[sim_below(&w->rand, n)];

		p.sport = guess->sport;
		if ((flags & SYN) != 0)
			p.seq = guess->isn + MISS + p.seq % (2 * MISS);
	}
	p.data = text;
	p.len = len;
	return packet_write(bytes, &p);
}

static uint16_t
blind_data(struct world *w, uint8_t *bytes)
{
	return write_blind(w, bytes, ACK | PSH, (uint16_t)(1 + sim_below(&w->rand, PACKET_MSS)));
}

static uint16_t
blind_flags(struct world *w, uint8_t *bytes)
{
	static const uint8_t flags[] = { ACK, RST, RST | ACK, FIN | ACK, SYN | ACK };

	return write_blind(w, bytes, flags[sim_below(&w->rand, RTE_DIM(flags))], 0);
}

const struct attack attacks_flood[] = {
	{ .name = "flood_syn_to_the_same_port", .frame = syn_to_web, .lead_ms = 300 },
	{ .name = "flood_syn_to_another_port", .frame = syn_to_discard, .lead_ms = 300 },
	{ .name = "flood_syn_to_a_closed_port", .frame = syn_to_closed },
	{ .name = "flood_syn_at_full_speed_of_another_device", .frame = syn_to_web, .device = 1,
	  .rate = RS_BURST, .lead_ms = 150 },
	{ .name = "flood_ack", .frame = stray_ack },
	{ .name = "flood_rst", .frame = stray_rst },
	{ .name = "flood_fin", .frame = stray_fin },
	{ .name = "flood_data", .frame = stray_data },
	{ .name = "flood_data_with_the_tuple_of_a_connection", .frame = blind_data },
	{ .name = "flood_flags_with_the_tuple_of_a_connection", .frame = blind_flags },
	{ 0 },
};
