/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Attackers that take their time with a request or an answer, or leave TIME-WAITs behind. */

#include <string.h>

#include "attack.h"

/*
 * Slow-loris: requests that are never complete, of which a byte comes now and then. A bot whose
 * connection is ended opens the next one.
 */

#define LORIS_PAUSE (2 * ATTACK_SECOND)

static const char half_request[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";

static void
loris_opened(struct world *w, struct bot *bot)
{
	bot_send_data(w, bot, half_request, sizeof(half_request) - 1);
	bot->timer = w->now + LORIS_PAUSE;
}

static void
loris_turn(struct world *w, struct bot *bot)
{
	if (bot->state == BOT_CLOSED)
		bot_open(w, bot, PORT_WEB, UINT16_MAX, false);
	if (bot->state != BOT_OPEN || w->now < bot->timer)
		return;
	bot_send_data(w, bot, "a", 1);
	bot->timer = w->now + LORIS_PAUSE;
}

/* An answer ends the connection, because a complete request was never sent. */
static void
loris_segment(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	struct packet p;

	if (!bot_take(bot, s))
		return;
	p = bot_packet(w, bot, ACK);
	if ((s->flags & FIN) != 0) {
		w->bot_closes++;
		p.flags |= FIN;
		bot_close(bot);
	}
	bot_send(w, &p);
}

/*
 * Slow-read: a GET of 64 KiB through a window of 64 bytes, which opens once a second.
 */

#define SLOW_WINDOW 64
#define SLOW_PAUSE ATTACK_SECOND

static void
slow_read_opened(struct world *w, struct bot *bot)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

	bot_send_data(w, bot, get, sizeof(get) - 1);
	bot->timer = w->now + SLOW_PAUSE;
}

static void
slow_read_turn(struct world *w, struct bot *bot)
{
	struct packet p;

	if (bot->state == BOT_CLOSED)
		bot_open(w, bot, PORT_BIG, SLOW_WINDOW, false);
	if (bot->state != BOT_OPEN || w->now < bot->timer)
		return;
	p = bot_packet(w, bot, ACK);
	bot_send(w, &p);
	bot->timer = w->now + SLOW_PAUSE;
}

static void
slow_read_segment(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	(void)w;
	bot_take(bot, s);
}

/*
 * TIME-WAIT churn: the service closes first, the bot closes at once. No tuple comes twice, and
 * within 2 MSL there are more of them than the table has entries.
 */

static void
churn_turn(struct world *w, struct bot *bot)
{
	if (bot->state == BOT_CLOSED)
		bot_open(w, bot, PORT_WEB, UINT16_MAX, false);
}

static void
churn_opened(struct world *w, struct bot *bot)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

	bot_send_data(w, bot, get, sizeof(get) - 1);
}

static void
churn_segment(struct world *w, struct bot *bot, const struct frame_seg *s)
{
	struct packet p;

	if (!bot_take(bot, s) || (s->flags & FIN) == 0 || bot->ack != s->seq + s->len + 1)
		return;
	p = bot_packet(w, bot, ACK | FIN);
	bot_send(w, &p);
	bot_close(bot);
	w->bot_closes++;
}

const struct attack attacks_slow[] = {
	{ .name = "slow_requests", .n_bots = 4096, .lead_ms = 1000,
	  .profile = { .split = true },
	  .turn = loris_turn, .opened = loris_opened, .segment = loris_segment },
	{ .name = "slow_reading", .n_bots = 4096, .pool = POOL_BUSY, .lead_ms = 1500,
	  .turn = slow_read_turn, .opened = slow_read_opened, .segment = slow_read_segment },
	{ .name = "slow_time_wait_churn", .n_bots = 1024, .lead_ms = 1000,
	  .turn = churn_turn, .opened = churn_opened, .segment = churn_segment },
	{ 0 },
};
