/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Bots: connections of attackers. A bot opens, reads SYN-ACKs, resets and acknowledgments, and
 * numbers its own segments; everything else is up to the attack. Segments wait in a queue for
 * the steps in which the rate allows them.
 */

#include <err.h>
#include <stdlib.h>

#include <rte_common.h>

#include "attack.h"

#define QUEUE (1u << 17)
#define FIRST_PORT 1024
#define CHUNKS_OF_BOT 256
#define RANGES_OF_BOT 1024

/* As many bots as exhaust the pool that the attack is aimed at. */
static uint32_t
count_bots(const struct world *w)
{
	const struct rs_tcp_params *params = &w->app.config.tcp;
	uint32_t n = w->attack->n_bots;

	switch (w->attack->pool) {
	case POOL_NONE:
		break;
	case POOL_BUSY:
		n = RTE_MAX(n, params->max_busy + params->max_busy / 8);
		break;
	case POOL_CHUNKS:
		n = RTE_MAX(n, params->max_chunks / CHUNKS_OF_BOT + 1);
		break;
	case POOL_RANGES:
		n = RTE_MAX(n, params->max_sent / RANGES_OF_BOT + 1);
		break;
	}
	return RTE_MIN(n, ATTACK_BOTS_MAX);
}

void
bots_init(struct world *w)
{
	uint32_t i;

	w->n_bots = w->attack != NULL ? count_bots(w) : 0;
	if (w->n_bots == 0)
		return;
	w->bots = calloc(w->n_bots, sizeof(*w->bots));
	w->queue = calloc(QUEUE, sizeof(*w->queue));
	if (w->bots == NULL || w->queue == NULL)
		errx(1, "no memory for %u bots", w->n_bots);
	for (i = 0; i < w->n_bots; i++)
		w->bots[i].port = FIRST_PORT;
}

void
bots_fini(struct world *w)
{
	free(w->bots);
	free(w->queue);
}

uint16_t
bots_frame(struct world *w, uint8_t *bytes)
{
	uint32_t turns;

	for (turns = 0; w->queue_head == w->queue_tail; turns++) {
		if (turns == w->n_bots)
			return 0;
		w->attack->turn(w, &w->bots[w->next_bot]);
		w->next_bot = (w->next_bot + 1) % w->n_bots;
	}
	return packet_write(bytes, &w->queue[w->queue_head++ % QUEUE]);
}

void
bot_send(struct world *w, const struct packet *p)
{
	if (w->queue_tail - w->queue_head == QUEUE)
		errx(1, "the queue of the bots is full");
	w->queue[w->queue_tail++ % QUEUE] = *p;
}

struct packet
bot_packet(struct world *w, const struct bot *bot, uint8_t flags)
{
	return (struct packet){
		.mac = UINT32_C(0xb0),
		.device = w->attack->device,
		.ipv6 = w->ipv6,
		.saddr = ATTACK_BOTS + bot_index(w, bot),
		.daddr = w->attack->device == 0 ? ATTACK_SERVER_0 : ATTACK_SERVER_1,
		.sport = bot->port,
		.dport = bot->dport,
		.seq = bot->nxt,
		.ack = (flags & ACK) != 0 ? bot->ack : 0,
		.flags = flags,
		.wnd = bot->wnd,
	};
}

void
bot_open(struct world *w, struct bot *bot, uint16_t dport, uint16_t wnd, bool options)
{
	struct packet p;

	bot->port = bot->port == UINT16_MAX ? FIRST_PORT : (uint16_t)(bot->port + 1);
	bot->dport = dport;
	bot->wnd = wnd;
	bot->iss = bot->una = bot->nxt = (uint32_t)sim_rand_next(&w->rand);
	bot->count = 0;
	bot->timer = w->now;
	bot->state = BOT_SYN_SENT;
	p = bot_packet(w, bot, SYN);
	packet_syn_options(&p, options);
	bot_send(w, &p);
	bot->nxt++;
}

void
bot_close(struct bot *bot)
{
	bot->state = BOT_CLOSED;
}

uint16_t
bot_send_data(struct world *w, struct bot *bot, const void *data, uint32_t len)
{
	uint32_t room = rs_seq_lt(bot->nxt, bot->edge) ? bot->edge - bot->nxt : 0;
	struct packet p = bot_packet(w, bot, ACK | PSH);

	p.len = (uint16_t)RTE_MIN(RTE_MIN(len, room), (uint32_t)PACKET_MSS);
	if (p.len == 0)
		return 0;
	p.data = data;
	bot_send(w, &p);
	bot->nxt += p.len;
	return p.len;
}

bool
bot_take(struct bot *bot, const struct frame_seg *s)
{
	if (s->seq == bot->ack)
		bot->ack += s->len + ((s->flags & FIN) != 0);
	return s->len > 0 || (s->flags & FIN) != 0;
}

/* The answer to a SYN. */
static void
receive_syn_ack(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	struct packet p;

	if (bot->state == BOT_SYN_SENT && s->ack == bot->iss + 1) {
		bot->state = BOT_OPEN;
		bot->irs = s->seq;
		bot->ack = s->seq + 1;
		bot->una = s->ack;
		bot->edge = s->ack + s->wnd;
		bot->shift = s->has_ws ? s->ws : 0;
		w->attack->opened(w, bot);
	} else if (bot->state == BOT_OPEN) {
		/* our ACK was lost */
		p = bot_packet(w, bot, ACK);
		bot_send(w, &p);
	}
}

void
bots_receive(struct world *w, const struct frame_seg *s)
{
	struct bot *bot = &w->bots[s->daddr - ATTACK_BOTS];

	if (s->dport != bot->port || s->sport != bot->dport || bot->state == BOT_CLOSED)
		return;
	if ((s->flags & RST) != 0) {
		w->bot_resets++;
		bot_close(bot);
	} else if ((s->flags & SYN) != 0) {
		receive_syn_ack(w, bot, s);
	} else if (bot->state == BOT_OPEN) {
		if (rs_seq_gt(s->ack, bot->una))
			bot->una = s->ack;
		bot->edge = s->ack + ((uint32_t)s->wnd << bot->shift);
		w->attack->segment(w, bot, s);
	}
}
