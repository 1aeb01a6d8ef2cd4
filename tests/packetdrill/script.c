/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reads the text of a script. The language is free of lines: an event begins with its time, and
 * ends where the next one begins.
 */

#include <ctype.h>
#include <stdlib.h>

#include "script.h"

/* A text that is read. */
struct reader {
	struct wire *w;
	const char *at;
};

/* What the reader skips: spaces, comments, and commands for a shell, which are not run. */
static void
skip_space(struct reader *r)
{
	while (*r->at != '\0') {
		const char *end = NULL;

		if (isspace((unsigned char)*r->at)) {
			end = r->at + 1;
		} else if (*r->at == '#' || strncmp(r->at, "//", 2) == 0) {
			end = r->at + strcspn(r->at, "\n");
		} else if (strncmp(r->at, "/*", 2) == 0) {
			end = strstr(r->at, "*/");
			end = end != NULL ? end + 2 : r->at + strlen(r->at);
		} else if (*r->at == '`') {
			end = strchr(r->at + 1, '`');
			if (end++ == NULL)
				wire_fail(r->w, "a command in ` ` has no end");
		}
		if (end == NULL)
			return;
		for (; r->at < end; r->at++)
			r->w->line += *r->at == '\n';
	}
}

/* Whether this comes next: then it is read. */
static bool
take_text(struct reader *r, const char *text)
{
	size_t n = strlen(text);

	skip_space(r);
	if (strncmp(r->at, text, n) != 0)
		return false;
	if (isalpha((unsigned char)text[n - 1]) && isalnum((unsigned char)r->at[n]))
		return false;
	r->at += n;
	return true;
}

static void
want_text(struct reader *r, const char *text)
{
	if (!take_text(r, text))
		wire_fail(r->w, "expected %s before \"%.20s\"", text, r->at);
}

static uint32_t
read_number(struct reader *r)
{
	unsigned long long n;
	char *end;

	skip_space(r);
	n = strtoull(r->at, &end, 0);
	if (end == r->at || !isdigit((unsigned char)*r->at) || n > UINT32_MAX)
		wire_fail(r->w, "expected a number before \"%.20s\"", r->at);
	r->at = end;
	return (uint32_t)n;
}

/* Seconds with up to six decimals: 1, .25, 0.010; not "..". @return microseconds */
static uint64_t
read_seconds(struct reader *r)
{
	const char *start;
	uint64_t us = 0, unit = 100000;

	skip_space(r);
	start = r->at;
	for (; isdigit((unsigned char)*r->at); r->at++)
		us = 10 * us + (uint64_t)(*r->at - '0');
	us *= 1000000;
	if (r->at[0] == '.' && isdigit((unsigned char)r->at[1])) {
		for (r->at++; isdigit((unsigned char)*r->at); r->at++, unit /= 10)
			us += unit * (uint64_t)(*r->at - '0');
	}
	if (r->at == start)
		wire_fail(r->w, "expected a time before \"%.20s\"", r->at);
	return us;
}

static void
read_time(struct reader *r, struct event_time *t)
{
	*t = (struct event_time){ .kind = TIME_AT };
	if (take_text(r, "*")) {
		t->kind = TIME_ANY;
		return;
	}
	if (take_text(r, "+"))
		t->kind = TIME_AFTER;
	t->first = t->last = read_seconds(r);
	if (take_text(r, "~")) {
		take_text(r, "+");
		t->last = read_seconds(r);
	}
	if (take_text(r, "...")) {
		t->blocks = true;
		t->returns = read_seconds(r);
	}
	if (t->last < t->first || (t->blocks && t->returns < t->first))
		wire_fail(r->w, "a time ends before it begins");
}

/* The flags of tcpdump: S F R P U E (ECE) W (CWR) and . for ACK. */
static uint8_t
read_flags(struct reader *r)
{
	static const char letters[] = "FSRP.UEW";
	const char *start, *letter;
	uint8_t flags = 0;

	skip_space(r);
	if (take_text(r, "-"))
		return 0;
	for (start = r->at; *r->at != '\0' && (letter = strchr(letters, *r->at)) != NULL; r->at++)
		flags |= (uint8_t)(1u << (letter - letters));
	if (r->at == start)
		wire_fail(r->w, "expected the flags of a segment before \"%.20s\"", r->at);
	return flags;
}

static void
read_sack(struct reader *r, struct option *o)
{
	o->kind = OPTION_SACK;
	do {
		if (o->n_sack == (int)RTE_DIM(o->sack))
			wire_fail(r->w, "an option holds 4 SACK blocks at most");
		o->sack[o->n_sack].left = read_number(r);
		want_text(r, ":");
		o->sack[o->n_sack++].right = read_number(r);
		skip_space(r);
	} while (isdigit((unsigned char)*r->at));
}

static void
read_option(struct reader *r, struct option *o)
{
	*o = (struct option){ .kind = OPTION_NOP };
	if (take_text(r, "nop"))
		return;
	if (take_text(r, "eol")) {
		o->kind = OPTION_EOL;
	} else if (take_text(r, "mss")) {
		o->kind = OPTION_MSS;
		o->a = read_number(r);
	} else if (take_text(r, "wscale")) {
		o->kind = OPTION_WSCALE;
		o->a = read_number(r);
	} else if (take_text(r, "sackOK")) {
		o->kind = OPTION_SACK_OK;
	} else if (take_text(r, "sack")) {
		read_sack(r, o);
	} else if (take_text(r, "TS")) {
		o->kind = OPTION_TS;
		want_text(r, "val");
		o->a = read_number(r);
		want_text(r, "ecr");
		o->b = read_number(r);
	} else {
		wire_fail(r->w, "the option at \"%.20s\" is not known: nop, eol, mss, wscale, "
			"sackOK, sack and TS are", r->at);
	}
}

static void
read_options(struct reader *r, struct packet *p)
{
	if (take_text(r, "...")) {
		p->any_options = true;
		want_text(r, ">");
		return;
	}
	do {
		if (p->n_options == SCRIPT_OPTIONS)
			wire_fail(r->w, "a segment has %d options at most", SCRIPT_OPTIONS);
		read_option(r, &p->options[p->n_options++]);
	} while (take_text(r, ","));
	want_text(r, ">");
}

static void
read_ecn(struct reader *r, struct packet *p)
{
	static const char *const names[] = { "noecn", "ect1", "ect0", "ce" };
	unsigned int i;

	p->ecn = ANY;
	if (!take_text(r, "["))
		return;
	for (i = 0; i < RTE_DIM(names); i++) {
		if (take_text(r, names[i])) {
			p->ecn = (int)i;
			want_text(r, "]");
			return;
		}
	}
	wire_fail(r->w, "expected noecn, ect0, ect1 or ce before \"%.20s\"", r->at);
}

static void
read_packet(struct reader *r, struct packet *p)
{
	uint32_t end;

	*p = (struct packet){ .win = ANY };
	read_ecn(r, p);
	skip_space(r);
	if (strncmp(r->at, "icmp", 4) == 0 || strncmp(r->at, "udp", 3) == 0)
		wire_fail(r->w, "segments of TCP are read, but neither icmp nor udp");
	p->flags = read_flags(r);
	p->seq = read_number(r);
	want_text(r, ":");
	end = read_number(r);
	want_text(r, "(");
	p->len = read_number(r);
	want_text(r, ")");
	if (end != p->seq + p->len)
		wire_fail(r->w, "%u:%u(%u) does not add up", p->seq, end, p->len);
	if (take_text(r, "ack"))
		p->ack = read_number(r);
	else if ((p->flags & ACK) != 0)
		wire_fail(r->w, "a segment with the flag . needs \"ack NUMBER\"");
	if (take_text(r, "win"))
		p->win = read_number(r);
	if (take_text(r, "urg"))
		p->up = (uint16_t)read_number(r);
	if (take_text(r, "<"))
		read_options(r, p);
}

/* One argument: up to the comma or bracket that ends it. */
static void
read_argument(struct reader *r, char *arg, size_t size)
{
	unsigned int depth = 0;
	size_t n = 0;

	skip_space(r);
	while (*r->at != '\0' && (depth > 0 || (*r->at != ',' && *r->at != ')'))) {
		depth += strchr("([{", *r->at) != NULL;
		depth -= strchr(")]}", *r->at) != NULL;
		if (n + 1 >= size)
			wire_fail(r->w, "an argument of a call is too long");
		r->w->line += *r->at == '\n';
		arg[n++] = *r->at++;
	}
	while (n > 0 && isspace((unsigned char)arg[n - 1]))
		n--;
	arg[n] = '\0';
}

static void
read_name(struct reader *r, char *name, size_t size)
{
	size_t n = 0;

	skip_space(r);
	while (isalnum((unsigned char)*r->at) || *r->at == '_') {
		if (n + 1 >= size)
			wire_fail(r->w, "the name at \"%.30s\" is too long", r->at);
		name[n++] = *r->at++;
	}
	name[n] = '\0';
	if (n == 0)
		wire_fail(r->w, "expected a name before \"%.20s\"", r->at);
}

/* The text in brackets that explains a result: (Connection reset by peer). */
static void
skip_explanation(struct reader *r)
{
	skip_space(r);
	if (*r->at != '(')
		return;
	r->at += strcspn(r->at, ")");
	want_text(r, ")");
}

static void
read_call(struct reader *r, struct call *c)
{
	bool negative;

	memset(c, 0, sizeof(*c));
	read_name(r, c->name, sizeof(c->name));
	want_text(r, "(");
	while (!take_text(r, ")")) {
		if (c->n_args == SCRIPT_ARGS)
			wire_fail(r->w, "a call has %d arguments at most", SCRIPT_ARGS);
		read_argument(r, c->args[c->n_args], sizeof(c->args[0]));
		c->n_args++;
		take_text(r, ",");
		if (*r->at == '\0')
			wire_fail(r->w, "the arguments of %s have no end", c->name);
	}
	want_text(r, "=");
	negative = take_text(r, "-");
	c->result = read_number(r);
	if (negative) {
		c->result = -c->result;
		read_name(r, c->error, sizeof(c->error));
	}
	skip_explanation(r);
}

/* The options before the first event: --tolerance_usecs=10000. */
static void
read_setting(struct reader *r, struct script *s)
{
	if (take_text(r, "--tolerance_usecs="))
		s->tolerance = read_number(r);
	else if (take_text(r, "--mtu="))
		s->mtu = (uint16_t)RTE_MIN(read_number(r), (uint32_t)WIRE_FRAME_MAX);
	else if (take_text(r, "--ip_version=ipv6"))
		s->ipv6 = true;
	else if (!take_text(r, "--ip_version=ipv4"))
		wire_fail(r->w, "the setting at \"%.30s\" is not known: --tolerance_usecs=, "
			"--mtu= and --ip_version=ipv4 or ipv6 are", r->at);
}

static void
read_event(struct reader *r, struct event *e)
{
	read_time(r, &e->time);
	skip_space(r);
	e->line = r->w->line;
	if (take_text(r, "<")) {
		e->kind = EVENT_IN;
		read_packet(r, &e->packet);
	} else if (take_text(r, ">")) {
		e->kind = EVENT_OUT;
		read_packet(r, &e->packet);
	} else if (*r->at == '%') {
		wire_fail(r->w, "code in %%{ }%% is not run, because it reads Linux's tcp_info");
	} else {
		e->kind = EVENT_CALL;
		read_call(r, &e->call);
	}
}

void
script_read(struct wire *w, const char *settings, const char *text, struct script *script)
{
	struct reader r = { w, settings };

	w->line = 1;
	script->tolerance = 4000;
	script->mtu = 1500;
	script->ipv6 = false;
	script->n = 0;
	for (skip_space(&r); *r.at != '\0'; skip_space(&r))
		read_setting(&r, script);
	r.at = text;
	for (skip_space(&r); strncmp(r.at, "--", 2) == 0; skip_space(&r))
		read_setting(&r, script);
	for (; *r.at != '\0'; skip_space(&r)) {
		if (script->n == SCRIPT_EVENTS)
			wire_fail(w, "a script has %d events at most", SCRIPT_EVENTS);
		read_event(&r, &script->events[script->n++]);
	}
	if (script->n == 0)
		wire_fail(w, "the script has no event");
}
