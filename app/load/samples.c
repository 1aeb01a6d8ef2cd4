/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Samples of bad answers. */

#include <inttypes.h>
#include <string.h>

#include <rte_common.h>

#include "samples.h"

void
rs_load_samples_add(struct rs_load_samples *samples, const struct rs_load_sample *sample,
	const uint8_t *data, uint32_t len)
{
	struct rs_load_sample *s = &samples->sample[samples->n];

	if (samples->n == RS_LOAD_SAMPLES_MAX)
		return;
	*s = *sample;
	s->len = (uint8_t)RTE_MIN(len, (uint32_t)RS_LOAD_SAMPLE_BYTES);
	if (s->len > 0)
		memcpy(s->data, data, s->len);
	__atomic_store_n(&samples->n, samples->n + 1, __ATOMIC_RELEASE);
}

unsigned int
rs_load_samples_count(const struct rs_load_samples *samples)
{
	return __atomic_load_n(&samples->n, __ATOMIC_ACQUIRE);
}

/* The reason in words, in a static text or in `text`. */
static const char *
describe(const struct rs_load_sample *sample, char *text, size_t size)
{
	switch ((enum rs_load_bad)sample->why) {
	case RS_LOAD_BAD_SHORT:
		return "cut short";
	case RS_LOAD_BAD_FORMAT:
		return "not HTTP";
	case RS_LOAD_BAD_STATUS:
		break;
	}
	snprintf(text, size, "status %u", sample->status);
	return text;
}

/* Write the bytes as a JSON string, so that none of them reaches a terminal unescaped. */
static void
write_data(const struct rs_load_sample *sample, FILE *out)
{
	unsigned int i;

	fputc('"', out);
	for (i = 0; i < sample->len; i++) {
		uint8_t c = sample->data[i];

		if (c == '\r' || c == '\n')
			fputs(c == '\r' ? "\\r" : "\\n", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c > '~')
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

void
rs_load_sample_text(const struct rs_load_sample *sample, FILE *out)
{
	char text[32];

	fprintf(out, "  local port %u, %s after %" PRIu64 " bytes%s",
		sample->port, describe(sample, text, sizeof(text)), sample->received,
		sample->len > 0 ? ": " : "");
	if (sample->len > 0)
		write_data(sample, out);
	fputc('\n', out);
}

void
rs_load_sample_json(const struct rs_load_sample *sample, FILE *out)
{
	char text[32];

	fprintf(out, "{\"port\": %u, \"why\": \"%s\", \"received\": %" PRIu64 ", \"data\": ",
		sample->port, describe(sample, text, sizeof(text)), sample->received);
	write_data(sample, out);
	fputc('}', out);
}
