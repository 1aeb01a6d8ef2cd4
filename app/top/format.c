/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Numbers as people read them. */

#include <stdio.h>
#include <string.h>

#include "format.h"

#define KILO 1000

const char *
rs_top_format(double value, char text[RS_TOP_NUMBER_MAX])
{
	static const char units[] = " kMGTPE";
	unsigned int unit = 0;
	int digits;

	while (value >= 999.5 && unit < sizeof(units) - 2) {
		value /= KILO;
		unit++;
	}
	digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	if (unit == 0 && value == (double)(long)value)
		digits = 0;
	snprintf(text, RS_TOP_NUMBER_MAX, "%.*f%.*s", digits, value, unit > 0, &units[unit]);
	return text;
}

const char *
rs_top_format_time(double seconds, char text[RS_TOP_NUMBER_MAX * 2])
{
	unsigned long s = (unsigned long)seconds;
	unsigned long days = s / 86400, hours = s / 3600 % 24, minutes = s / 60 % 60;
	const size_t size = RS_TOP_NUMBER_MAX * 2;

	if (days > 0)
		snprintf(text, size, "%lud %lu:%02lu:%02lu", days, hours, minutes, s % 60);
	else if (hours > 0)
		snprintf(text, size, "%lu:%02lu:%02lu", hours, minutes, s % 60);
	else if (minutes > 0)
		snprintf(text, size, "%lu:%02lu", minutes, s % 60);
	else
		snprintf(text, size, "%lus", s);
	return text;
}

const char *
rs_top_format_bar(double share, char *text, size_t width)
{
	size_t n = (size_t)((share < 0 ? 0 : share > 1 ? 1 : share) * (double)width + 0.5);

	memset(text, '#', n);
	memset(text + n, ' ', width - n);
	text[width] = '\0';
	return text;
}

const char *
rs_top_format_spark(const float *values, size_t n, bool utf8, char text[RS_TOP_SPARK_MAX])
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { " ", ".", ":", "-", "=", "+", "*", "%", "#" };
	const unsigned int levels = sizeof(blocks) / sizeof(blocks[0]) - 1;
	float most = 0;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < n; i++)
		most = values[i] > most ? values[i] : most;
	for (i = 0; i < n; i++) {
		/* a value above 0 is seen, however small it is */
		unsigned int level = values[i] > 0 ?
			1 + (unsigned int)(values[i] / most * (float)(levels - 1) + 0.5f) : 0;

		strcat(text, utf8 ? blocks[level] : ascii[level]);
	}
	return text;
}
