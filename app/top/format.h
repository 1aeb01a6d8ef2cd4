/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Numbers as people read them. */

#ifndef RS_TOP_FORMAT_H
#define RS_TOP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/** Room for a number. */
#define RS_TOP_NUMBER_MAX 16

/** Values that a sparkline shows at most. */
#define RS_TOP_HISTORY 40

/** Room for a sparkline, whose characters have up to 3 bytes. */
#define RS_TOP_SPARK_MAX (RS_TOP_HISTORY * 3 + 1)

/** Write a number in at most 6 characters: 999, 1.23k, 45.6M. @return text */
const char *rs_top_format(double value, char text[RS_TOP_NUMBER_MAX]);

/** Write a time: 59s, 12:34, 1:02:03 or 4d 1:02:03. @return text */
const char *rs_top_format_time(double seconds, char text[RS_TOP_NUMBER_MAX * 2]);

/** Write a bar of `width` characters for a share of 0 to 1. @return text of width + 1 bytes */
const char *rs_top_format_bar(double share, char *text, size_t width);

/**
 * Write n values as a row of bars, each relative to the largest.
 *
 * @param utf8  use block characters; false: ASCII
 * @return text
 */
const char *rs_top_format_spark(const float *values, size_t n, bool utf8,
	char text[RS_TOP_SPARK_MAX]);

#endif /* RS_TOP_FORMAT_H */
