/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The page: the lines of text that a sample makes. The screen shows them, --once prints them.
 */

#ifndef RS_TOP_PAGE_H
#define RS_TOP_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "format.h"
#include "sample.h"

/** Room for a line. */
#define RS_TOP_LINE_MAX 320

/** Most series whose latest rates are kept: every reason and verdict of resets. */
#define RS_TOP_SERIES 64

/** A line. */
struct rs_top_line {
	bool title;     /**< the head of a section */
	char text[RS_TOP_LINE_MAX];
};

/** A page. */
struct rs_top_page {
	struct rs_top_line *lines;
	size_t n, room;
};

/** The latest rates of each reason and verdict. */
struct rs_top_history {
	struct {
		char name[64];
		float values[RS_TOP_HISTORY]; /**< the oldest first */
	} series[RS_TOP_SERIES];
	size_t n;
};

/** Everything that a page shows. */
struct rs_top_view {
	const char *prefix;             /**< file prefix */
	bool utf8;
	struct rs_top_sample now;
	json_t *rates;                  /**< NULL: there are none yet */
	const struct rs_top_history *history; /**< NULL: without sparklines */
};

/** Add the rates of resets to the history. */
void rs_top_history_add(struct rs_top_history *history, const json_t *rates);

/** Fill in a page, in place of the lines that it has. */
void rs_top_page_fill(struct rs_top_page *page, const struct rs_top_view *view);

/** Free the lines. */
void rs_top_page_free(struct rs_top_page *page);

#endif /* RS_TOP_PAGE_H */
