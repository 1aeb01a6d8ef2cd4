/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Attackers that hold what all connections share: chunks, busy blocks, ranges. */

#include <string.h>

#include "attack.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
#define GET_LEN (sizeof(get) - 1)

/*
 * Pipelining: 81 KB of GETs, whose answers are acknowledged until the bot's buffer is full. It
 * is never read.
 */

#define GETS 3072
#define PIPELINE_LEN (GETS * GET_LEN)
#define UNREAD_MAX 65535
#define PIPELINE_RTO (ATTACK_SECOND / 5)

static const char *
pipeline_text(void)
{
	static char text[PIPELINE_LEN]; /* the same GET again and again */
	unsigned int i;

	if (text[0] == '\0') {
		for (i = 0; i < GETS; i++)
			memcpy(text + i * GET_LEN, get, GET_LEN);
	}
	return text;
}

static void
pipeline_opened(struct world *w, struct bot *bot)
{
	struct packet p = bot_packet(w, bot, ACK);

	bot_send(w, &p);
	bot->timer = w->now;
}

static void
pipeline_turn(struct world *w, struct bot *bot)
{
	uint32_t sent = bot->nxt - bot->iss - 1;

	if (bot->state == BOT_CLOSED) {
		bot_open(w, bot, PORT_WEB, UNREAD_MAX, false);
		return;
	}
	if (bot->state != BOT_OPEN)
		return;
	if (bot->nxt == bot->una)
		bot->timer = w->now;
	/* the server had no room for data in its window */
	if (bot->nxt != bot->una && w->now - bot->timer > PIPELINE_RTO) {
		bot->nxt = bot->una;
		bot->timer = w->now;
		sent = bot->nxt - bot->iss - 1;
	}
	if (sent < PIPELINE_LEN)
		bot_send_data(w, bot, pipeline_text() + sent, (uint32_t)PIPELINE_LEN - sent);
}

static void
pipeline_segment(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	uint32_t end = bot->irs + 1 + UNREAD_MAX;
	struct packet p;

	if (s->len == 0)
		return;
	if (s->seq == bot->ack && rs_seq_leq(s->seq + s->len, end))
		bot->ack += s->len;
	bot->wnd = (uint16_t)(end - bot->ack);
	if (s->len > bot->wnd)
		bot->wnd = 0; /* silly window avoidance: too little room is none */
	p = bot_packet(w, bot, ACK);
	bot_send(w, &p);
}

/*
 * Zero windows: a GET whose answer has no room at the bot. The bot acknowledges each probe.
 */

static void
zero_turn(struct world *w, struct bot *bot)
{
	if (bot->state == BOT_CLOSED)
		bot_open(w, bot, PORT_WEB, 0, false);
}

static void
zero_opened(struct world *w, struct bot *bot)
{
	bot_send_data(w, bot, get, GET_LEN);
}

static void
zero_segment(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	struct packet p = bot_packet(w, bot, ACK);

	if (s->len > 0 || (s->flags & FIN) != 0 || s->seq != bot->ack)
		bot_send(w, &p);
}

/*
 * Out-of-order bytes: 256 pieces of one byte each, with a gap before each. The first byte never
 * comes. The pieces are sent again and again, for the case that the server dropped some.
 */

#define PIECES 256

static void
pieces_turn(struct world *w, struct bot *bot)
{
	struct packet p;

	if (bot->state == BOT_CLOSED)
		bot_open(w, bot, PORT_WEB, UINT16_MAX, false);
	if (bot->state != BOT_OPEN)
		return;
	p = bot_packet(w, bot, ACK);
	p.seq += 1 + 2 * (bot->count++ % PIECES);
	p.data = "x";
	p.len = 1;
	bot_send(w, &p);
}

static void
pieces_opened(struct world *w, struct bot *bot)
{
	struct packet p = bot_packet(w, bot, ACK);

	bot_send(w, &p);
}

static void
ignore_segment(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	(void)w;
	(void)bot;
	(void)s;
}

/*
 * SACK splinters: an endless stream is acknowledged for a while, so that much is in flight.
 * Then nothing is acknowledged, but single bytes are reported as received. Then all is.
 */

#define GROW (ATTACK_SECOND / 10)
#define SPLINTER (ATTACK_SECOND * 8 / 10)
#define SPLINTER_BLOCKS 4

static void
splinter_opened(struct world *w, struct bot *bot)
{
	struct packet p = bot_packet(w, bot, ACK);

	bot_send(w, &p);
	bot->timer = w->now;
}

static void
splinter_turn(struct world *w, struct bot *bot)
{
	struct packet p;
	unsigned int i;

	if (bot->state == BOT_CLOSED)
		bot_open(w, bot, PORT_CHARGEN, UINT16_MAX, true);
	if (bot->state != BOT_OPEN || w->now - bot->timer < GROW)
		return;
	if (w->now - bot->timer > GROW + SPLINTER) {
		bot->timer = w->now;
		bot->ack += bot->count;
		bot->count = 0;
	}
	p = bot_packet(w, bot, ACK);
	for (i = 0; i < SPLINTER_BLOCKS && bot->count > 2; i++) {
		uint32_t at = bot->ack + 1 + sim_below(&w->rand, bot->count - 2);

		packet_add_sack(&p, at, at + 1);
	}
	bot_send(w, &p);
}

static void
splinter_segment(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	uint32_t end = s->seq + s->len;
	struct packet p;

	if (w->now - bot->timer >= GROW) {
		/* `count` is how many bytes came that are not acknowledged */
		if (rs_seq_gt(end, bot->ack + bot->count))
			bot->count = end - bot->ack;
	} else if (bot_take(bot, s)) {
		p = bot_packet(w, bot, ACK);
		bot_send(w, &p);
	}
}

const struct attack attacks_hold[] = {
	{ .name = "hold_chunks_by_pipelining_without_reading", .n_bots = 5, .lead_ms = 500,
	  .turn = pipeline_turn, .opened = pipeline_opened, .segment = pipeline_segment },
	{ .name = "hold_busy_blocks_by_zero_windows", .n_bots = 4096,
	  .pool = POOL_BUSY, .lead_ms = 1000,
	  .turn = zero_turn, .opened = zero_opened, .segment = zero_segment },
	{ .name = "hold_chunks_by_out_of_order_bytes", .n_bots = 32,
	  .pool = POOL_CHUNKS, .lead_ms = 200,
	  .turn = pieces_turn, .opened = pieces_opened, .segment = ignore_segment },
	{ .name = "hold_ranges_by_sack_splinters", .n_bots = 32,
	  .pool = POOL_RANGES, .rate = 16, .lead_ms = 600,
	  .profile = { .big = true, .loss = 50 },
	  .turn = splinter_turn, .opened = splinter_opened, .segment = splinter_segment },
	{ 0 },
};
