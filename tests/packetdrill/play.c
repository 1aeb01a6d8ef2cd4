/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Segments and time: those of the script are sent to the stack, and those that it sends are
 * compared with the script's.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "play.h"

/* How long a segment that may come at any time is waited for, and the longest step, us. */
#define ANY_TIME_MOST (UINT64_C(3600) * 1000000)
#define STEP_MOST 1000000

uint64_t
play_now(const struct play *p)
{
	return p->w->now - p->start;
}

void
play_run(struct play *p)
{
	wire_run(p->w, NULL, 0);
	sock_told(p);
}

/* The result of a call is the script's. */
static void
check_outcome(struct play *p, const struct call *c, const struct outcome *o)
{
	const char *error = o->error != 0 ? strerrorname_np(o->error) : "";

	if (o->result != c->result || strcmp(error, c->error) != 0)
		wire_fail(p->w, "%s returned %" PRId64 " %s, expected %" PRId64 " %s", c->name,
			o->result, error, c->result, c->error);
}

/* The call that blocks: has it returned by now? */
static void
look_at_pending(struct play *p)
{
	const struct event *e = p->pending;
	uint64_t tolerance = p->script->tolerance;
	struct outcome o;
	int line = p->w->line;

	if (e == NULL)
		return;
	p->w->line = e->line;
	if (sock_call(p, &e->call, &o)) {
		check_outcome(p, &e->call, &o);
		if (play_now(p) + tolerance < p->returns)
			wire_fail(p->w, "%s returned at %.6f, expected %.6f", e->call.name,
				(double)play_now(p) / 1e6, (double)p->returns / 1e6);
		p->pending = NULL;
	} else if (play_now(p) > p->returns + tolerance) {
		wire_fail(p->w, "%s has not returned at %.6f", e->call.name,
			(double)p->returns / 1e6);
	}
	p->w->line = line;
}

/* Time passes: to the next timer, or until then. */
static void
step(struct play *p, uint64_t until)
{
	uint64_t left = until - play_now(p);
	uint64_t idle = rs_stack_idle(wire_stack(p->w), RTE_MIN(left, (uint64_t)STEP_MOST));

	p->w->now += RTE_MIN(left, RTE_MAX(idle, UINT64_C(10)));
	play_run(p);
	look_at_pending(p);
}

static void
advance(struct play *p, uint64_t until)
{
	while (play_now(p) < until)
		step(p, until);
}

static void
finish_pending(struct play *p)
{
	while (p->pending != NULL)
		step(p, p->returns + p->script->tolerance + 1);
}

/* Our timestamp as it was on the wire, for one of the script; it is remembered by `sent`. */
static uint32_t
sent_timestamp(const struct play *p, uint32_t script)
{
	unsigned int i;

	for (i = 0; i < p->n_ts; i++) {
		if (p->ts[i].script == script)
			return p->ts[i].sent;
	}
	return script;
}

static bool
timestamp_is(struct play *p, uint32_t script, uint32_t sent)
{
	unsigned int i;

	for (i = 0; i < p->n_ts; i++) {
		if (p->ts[i].script == script)
			return p->ts[i].sent == sent;
	}
	if (p->n_ts == PLAY_TIMESTAMPS)
		wire_fail(p->w, "a script has %d timestamps of ours at most", PLAY_TIMESTAMPS);
	p->ts[p->n_ts].script = script;
	p->ts[p->n_ts++].sent = sent;
	return true;
}

/* Write an option; @return its length. */
static uint8_t
write_option(const struct play *p, const struct option *o, uint8_t *to)
{
	static const uint8_t kinds[] = {
		[OPTION_EOL] = 0, [OPTION_NOP] = 1, [OPTION_MSS] = 2, [OPTION_WSCALE] = 3,
		[OPTION_SACK_OK] = 4, [OPTION_SACK] = 5, [OPTION_TS] = 8,
	};
	const uint8_t lens[] = {
		[OPTION_EOL] = 1, [OPTION_NOP] = 1, [OPTION_MSS] = 4, [OPTION_WSCALE] = 3,
		[OPTION_SACK_OK] = 2, [OPTION_SACK] = (uint8_t)(2 + 8 * o->n_sack),
		[OPTION_TS] = 10,
	};
	int i;

	to[0] = kinds[o->kind];
	if (lens[o->kind] > 1)
		to[1] = lens[o->kind];
	if (o->kind == OPTION_MSS)
		put16(to + 2, (uint16_t)o->a);
	else if (o->kind == OPTION_WSCALE)
		to[2] = (uint8_t)o->a;
	for (i = 0; o->kind == OPTION_SACK && i < o->n_sack; i++) {
		put32(to + 2 + 8 * i, o->sack[i].left + p->iss);
		put32(to + 6 + 8 * i, o->sack[i].right + p->iss);
	}
	if (o->kind == OPTION_TS) {
		put32(to + 2, o->a);
		put32(to + 6, sent_timestamp(p, o->b));
	}
	return lens[o->kind];
}

/* The port of the script's host: one that listens, or one that nothing knows. */
static uint16_t
our_port(const struct play *p)
{
	const struct rs_tuple t = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);
	struct rs_conn_info info;

	if (sock_listening(p) || rs_stack_inspect(wire_stack(p->w), &t, &info) == 0)
		return WIRE_LPORT;
	return WIRE_LPORT_CLOSED;
}

static void
play_in(struct play *p, const struct packet *in)
{
	uint8_t options[SCRIPT_OPTIONS * 34];
	struct wire_seg s = seg(in->flags, .seq = in->seq, .lport = our_port(p), .len = in->len,
		.up = in->up, .wnd = in->win, .tos = in->ecn == ANY ? 0 : in->ecn);
	uint32_t n = 0;
	int i;

	if (in->win == ANY)
		wire_fail(p->w, "a segment of the peer needs \"win NUMBER\"");
	if (in->len > WIRE_FRAME_MAX - 128)
		wire_fail(p->w, "a segment of %u bytes is too long", in->len);
	if ((in->flags & ACK) != 0)
		s.ack = (uint32_t)(in->ack + p->iss);
	for (i = 0; i < in->n_options; i++)
		n += write_option(p, &in->options[i], options + n);
	if (n > 40 || n % 4 != 0)
		wire_fail(p->w, "the options are %u bytes: up to 40 are allowed, in fours", n);
	s.opt = (const char *)options;
	s.opt_len = (uint8_t)n;
	s.data = p->w->bytes;
	wire_in(p->w, &s, 1);
	sock_told(p);
	look_at_pending(p);
}

/* A segment that was sent, in the script's numbers and words. */
static void
print_sent(const struct play *p, const struct wire_seg *s, char *text, size_t size)
{
	static const char letters[] = "FSRP.UEW";
	uint32_t seq = (uint32_t)s->seq - p->iss;
	char flags[9], ack[32] = "", ts[48] = "";
	unsigned int i, n = 0;

	for (i = 0; i < 8; i++) {
		if ((s->flags & 1u << i) != 0)
			flags[n++] = letters[i];
	}
	flags[n] = '\0';
	if ((s->flags & ACK) != 0)
		snprintf(ack, sizeof(ack), " ack %u", (uint32_t)s->ack);
	if (s->tsval != NONE)
		snprintf(ts, sizeof(ts), " TS val %u ecr %u", (uint32_t)s->tsval,
			(uint32_t)s->tsecr);
	snprintf(text, size, "> %s %u:%u(%u)%s win %u mss %d wscale %d sackOK %d%s, %d SACK blocks",
		flags, seq, seq + s->len, s->len, ack, (uint32_t)s->wnd, RTE_MAX(s->mss, 0),
		RTE_MAX(s->ws, 0), RTE_MAX(s->sack_ok, 0), ts, RTE_MAX(s->n_sack, 0));
}

/* The fields of the options that the script wants; their order and padding are free. */
static bool
options_are(struct play *p, const struct packet *want, const struct wire_seg *got)
{
	struct wire_seg s = seg(0);
	int i;

	if (want->any_options)
		return true;
	for (i = 0; i < want->n_options; i++) {
		const struct option *o = &want->options[i];

		if (o->kind == OPTION_MSS) {
			s.mss = (int)o->a;
		} else if (o->kind == OPTION_WSCALE) {
			s.ws = (int)o->a;
		} else if (o->kind == OPTION_SACK_OK) {
			s.sack_ok = 1;
		} else if (o->kind == OPTION_SACK) {
			s.n_sack = o->n_sack;
			memcpy(s.sack, o->sack, sizeof(s.sack));
		} else if (o->kind == OPTION_TS) {
			if (got->tsval == NONE || !timestamp_is(p, o->a, (uint32_t)got->tsval))
				return false;
			s.tsval = got->tsval;
			s.tsecr = o->b;
		}
	}
	return s.mss == got->mss && s.ws == got->ws && s.sack_ok == got->sack_ok &&
		s.tsval == got->tsval && (s.tsval == NONE || s.tsecr == got->tsecr) &&
		s.n_sack == got->n_sack && (s.n_sack <= 0 ||
		memcmp(s.sack, got->sack, (size_t)s.n_sack * sizeof(s.sack[0])) == 0);
}

/* PSH is looked at only where the script has it: the user's SEND has no PUSH flag. */
static bool
packet_is(struct play *p, const struct packet *want, const struct wire_seg *got)
{
	uint8_t flags = (want->flags & PSH) != 0 ? got->flags : got->flags & (uint8_t)~PSH;

	return flags == want->flags && (uint32_t)got->seq - p->iss == want->seq &&
		got->len == want->len &&
		((want->flags & ACK) == 0 || (uint32_t)got->ack == want->ack) &&
		(want->win == ANY || want->win == got->wnd) && want->up == got->up &&
		(want->ecn == ANY || want->ecn == (got->tos & 3)) && options_are(p, want, got);
}

/* The next segment that was sent; frames of neighbours are not the script's. */
static struct wire_frame *
next_sent(struct play *p)
{
	struct wire_frame *f;

	while ((f = TAILQ_FIRST(&p->w->sent)) != NULL && !f->is_tcp) {
		TAILQ_REMOVE(&p->w->sent, f, next);
		free(f);
	}
	return f;
}

static void
play_out(struct play *p, const struct event *e, uint64_t first, uint64_t last)
{
	bool any = e->time.kind == TIME_ANY;
	uint64_t limit = any ? play_now(p) + ANY_TIME_MOST : last + p->script->tolerance;
	struct wire_frame *f;
	uint64_t at;
	char text[256];

	while ((f = next_sent(p)) == NULL) {
		if (play_now(p) >= limit)
			wire_fail(p->w, "nothing was sent until %.6f", (double)limit / 1e6);
		step(p, limit);
	}
	if ((f->seg.flags & SYN) != 0)
		p->iss = (uint32_t)f->seg.seq - e->packet.seq;
	print_sent(p, &f->seg, text, sizeof(text));
	at = f->time - p->start;
	if (!any && (at + p->script->tolerance < first || at > limit))
		wire_fail(p->w, "sent at %.6f, expected at %.6f: %s", (double)at / 1e6,
			(double)first / 1e6, text);
	if (!packet_is(p, &e->packet, &f->seg))
		wire_fail(p->w, "the segment at %.6f is another one: %s", (double)at / 1e6, text);
	TAILQ_REMOVE(&p->w->sent, f, next);
	free(f);
	if (any || first != last)
		p->before = at;
}

static void
play_call(struct play *p, const struct event *e)
{
	struct outcome o;

	finish_pending(p);
	p->w->line = e->line;
	if (sock_call(p, &e->call, &o)) {
		check_outcome(p, &e->call, &o);
	} else if (e->time.blocks) {
		p->pending = e;
	} else if (sock_nonblock(p, &e->call)) {
		o.result = -1;
		o.error = strcmp(e->call.name, "connect") == 0 ? EINPROGRESS : EAGAIN;
		p->w->take = 0;
		check_outcome(p, &e->call, &o);
	} else {
		wire_fail(p->w, "%s blocks: say until when (+0...0.1), or set O_NONBLOCK",
			e->call.name);
	}
}

static void
play_event(struct play *p, const struct event *e)
{
	uint64_t base = e->time.kind == TIME_AFTER ? p->before : 0;
	uint64_t first = base + e->time.first, last = base + e->time.last;

	p->w->line = e->line;
	if (e->kind == EVENT_OUT) {
		p->before = first;
		play_out(p, e, first, last);
		return;
	}
	if (e->time.kind == TIME_ANY)
		first = play_now(p);
	if (first + p->script->tolerance < play_now(p))
		wire_fail(p->w, "it is %.6f already", (double)play_now(p) / 1e6);
	advance(p, first);
	p->w->line = e->line;
	p->before = first;
	p->returns = e->time.blocks && p->pending == NULL ? base + e->time.returns : p->returns;
	if (e->kind == EVENT_IN)
		play_in(p, &e->packet);
	else
		play_call(p, e);
}

void
play(struct wire *w, const struct script *script)
{
	struct play p = { .w = w, .script = script, .start = w->now };
	unsigned int i;

	w->take = 0;
	for (i = 0; i < script->n; i++)
		play_event(&p, &script->events[i]);
	finish_pending(&p);
}
