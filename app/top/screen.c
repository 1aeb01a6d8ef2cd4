/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The screen: a status line and the page, which scrolls. Samples are taken between two waits for a
 * key; without an appliance the last page stays and the status line says so.
 */

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "screen.h"

#define STATUS_MAX 256

/* The state of the screen. */
struct screen {
	struct rs_top_socket *socket;
	struct rs_top_view view;
	struct rs_top_history history;
	struct rs_top_page page;
	double interval;
	double due;             /* when the next sample is taken */
	bool seen;              /* there was an appliance */
	bool gone;              /* and it does not answer now */
	bool foreign;           /* another program answers in its place */
	bool paused;
	bool quit;
	size_t top;             /* first line that is shown */
	char status[STATUS_MAX];
};

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void __attribute__((format(printf, 2, 3)))
set_status(struct screen *s, const char *format, ...)
{
	char clock[16];
	time_t now = time(NULL);
	struct tm tm;
	va_list args;
	size_t n;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
	n = (size_t)snprintf(s->status, sizeof(s->status), "%s ", clock);
	va_start(args, format);
	vsnprintf(s->status + n, sizeof(s->status) - n, format, args);
	va_end(args);
}

/* Take the new sample in place of the one before. */
static void
accept_sample(struct screen *s, struct rs_top_sample sample)
{
	bool same = s->view.now.tree != NULL && rs_top_sample_same(&s->view.now, &sample);

	json_decref(s->view.rates);
	s->view.rates = same ? rs_top_rates(&s->view.now, &sample) : NULL;
	if (same)
		rs_top_history_add(&s->history, s->view.rates);
	if (s->seen && !same) {
		s->history.n = 0;
		memset(&s->history, 0, sizeof(s->history));
	}
	if (s->gone || (s->seen && !same))
		set_status(s, "rstack is back, process %.0f%s",
			rs_top_number(sample.tree, "info", "pid", NULL),
			same ? "" : "; its counters start at 0");
	else if (!s->seen)
		set_status(s, "q quits, space pauses, arrows scroll");
	rs_top_sample_free(&s->view.now);
	s->view.now = sample;
	s->seen = true;
	s->gone = false;
	rs_top_page_fill(&s->page, &s->view);
}

/* Ask the appliance, after a connect if that is needed. */
static void
look(struct screen *s)
{
	struct rs_top_sample sample;
	int ret = s->socket->fd >= 0 ? 0 : rs_top_socket_open(s->socket);

	if (ret == 0)
		ret = rs_top_sample_take(s->socket, &sample);
	if (ret == 0) {
		accept_sample(s, sample);
		return;
	}
	rs_top_socket_close(s->socket);
	if (ret == -EPROTONOSUPPORT)
		set_status(s, "the DPDK process with file prefix %s is not rstack",
			s->view.prefix);
	else if (!s->seen)
		set_status(s, "waiting for rstack with file prefix %s", s->view.prefix);
	else if (!s->gone || s->foreign)
		set_status(s, "rstack has gone; waiting for file prefix %s", s->view.prefix);
	s->foreign = ret == -EPROTONOSUPPORT;
	s->gone = s->seen;
}

/* Write a text at a line, as much of it as there are columns. */
static void
draw_text(int y, const char *text)
{
	mbstate_t state = { 0 };
	int columns = getmaxx(stdscr);
	size_t n = 0;
	wchar_t c;

	while (text[n] != '\0' && columns-- > 0) {
		size_t len = mbrtowc(&c, text + n, MB_CUR_MAX, &state);

		if (len == 0 || len > MB_CUR_MAX)
			break;
		n += len;
	}
	mvaddnstr(y, 0, text, (int)n);
	clrtoeol();
}

static void
draw(struct screen *s)
{
	size_t rows = (size_t)getmaxy(stdscr);
	size_t room = rows > 0 ? rows - 1 : 0;
	size_t last = s->page.n > room ? s->page.n - room : 0;
	size_t i;

	if (s->top > last)
		s->top = last;
	erase();
	attron(A_REVERSE);
	draw_text(0, s->status);
	attroff(A_REVERSE);
	for (i = 0; i < room && s->top + i < s->page.n; i++) {
		const struct rs_top_line *line = &s->page.lines[s->top + i];

		attrset(line->title ? A_BOLD : s->gone ? A_DIM : A_NORMAL);
		draw_text((int)i + 1, line->text);
	}
	attrset(A_NORMAL);
	refresh();
}

/* Handle a key. */
static void
press(struct screen *s, int key)
{
	size_t rows = (size_t)getmaxy(stdscr);

	switch (key) {
	case 'q':
	case 'Q':
		s->quit = true;
		break;
	case ' ':
		s->paused = !s->paused;
		set_status(s, s->paused ? "paused; space goes on" : "goes on");
		break;
	case KEY_DOWN:
		s->top++;
		break;
	case KEY_UP:
		s->top -= s->top > 0;
		break;
	case KEY_NPAGE:
		s->top += rows;
		break;
	case KEY_PPAGE:
		s->top = s->top > rows ? s->top - rows : 0;
		break;
	case KEY_HOME:
		s->top = 0;
		break;
	case KEY_END:
		s->top = s->page.n;
		break;
	default: /* KEY_RESIZE, too: the next draw() has the new size */
		break;
	}
}

/* Show, wait for a key or the next sample, and take it. */
static void
step(struct screen *s)
{
	double left = s->due - now_s();
	int key;

	draw(s);
	timeout(left > 0 ? (int)(left * 1000) + 1 : 0);
	key = getch();
	if (key != ERR)
		press(s, key);
	else if (!isatty(STDIN_FILENO))
		s->quit = true;
	if (now_s() < s->due)
		return;
	if (!s->paused)
		look(s);
	s->due = now_s() + s->interval;
}

int
rs_top_screen_run(struct rs_top_socket *socket, const char *prefix, double interval)
{
	struct screen *s = calloc(1, sizeof(*s));
	SCREEN *terminal = s == NULL ? NULL : newterm(NULL, stdout, stdin);

	if (terminal == NULL) {
		free(s);
		return -1;
	}
	cbreak();
	noecho();
	keypad(stdscr, true);
	curs_set(0);
	s->socket = socket;
	s->interval = interval;
	s->view.prefix = prefix;
	s->view.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	s->view.history = &s->history;
	look(s);
	/* the first rates come soon */
	s->due = now_s() + (interval < 0.5 ? interval : 0.5);
	while (!s->quit)
		step(s);
	endwin();
	delscreen(terminal);
	rs_top_page_free(&s->page);
	rs_top_sample_free(&s->view.now);
	json_decref(s->view.rates);
	free(s);
	return 0;
}
