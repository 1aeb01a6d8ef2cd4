/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Reading HTTP answers a line at a time; only the start of a line is kept. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <rte_common.h>

#include "answer.h"

/* "HTTP/1.1 200 OK" (RFC 9112 4). */
static bool
read_status(struct rs_answer *a)
{
	const char *p = a->line;
	unsigned int i;

	if (strncmp(p, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)p[7]) || p[8] != ' ')
		return false;
	a->http_1_0 = p[7] == '0';
	a->status = 0;
	for (i = 9; i < 12; i++) {
		if (!isdigit((unsigned char)p[i]))
			return false;
		a->status = (uint16_t)(a->status * 10 + (p[i] - '0'));
	}
	return a->status >= 100 && (p[12] == ' ' || p[12] == '\0');
}

/* The value of a field with this name, or NULL. */
static const char *
field_value(const struct rs_answer *a, const char *name)
{
	size_t len = strlen(name);
	const char *p = &a->line[len + 1];

	/* the colon first, because it tells most names apart without a call */
	if (a->line[len] != ':' || strncasecmp(a->line, name, len) != 0)
		return NULL;
	return p + strspn(p, " \t");
}

/* Read Content-Length (RFC 9110 8.6). Two that differ are an error (RFC 9112 6.3). */
static bool
read_length(struct rs_answer *a, const char *value)
{
	uint64_t length = 0;
	size_t n = strspn(value, "0123456789");
	size_t i;

	if (n == 0 || n > 18 || value[n + strspn(value + n, " \t")] != '\0')
		return false;
	for (i = 0; i < n; i++)
		length = length * 10 + (uint64_t)(value[i] - '0');
	if (a->has_length && length != a->left)
		return false;
	a->has_length = true;
	a->left = length;
	return true;
}

/* Read Transfer-Encoding (RFC 9112 6.1). Codings that change the content do not matter here. */
static void
read_coding(struct rs_answer *a, const char *value)
{
	const char *last = strrchr(value, ',');
	size_t n;

	last = last == NULL ? value : last + 1;
	last += strspn(last, " \t");
	n = strcspn(last, " \t");
	a->coded = true;
	a->chunked = n == strlen("chunked") && strncasecmp(last, "chunked", n) == 0;
}

/* Read the options of a Connection field (RFC 9110 7.6.1). */
static void
read_options(struct rs_answer *a, const char *value)
{
	while (*value != '\0') {
		size_t n = strcspn(value, ", \t");

		a->close |= n == strlen("close") && strncasecmp(value, "close", n) == 0;
		a->keep_alive |= n == strlen("keep-alive") &&
			strncasecmp(value, "keep-alive", n) == 0;
		value += n;
		value += strspn(value, ", \t");
	}
}

/* Read a header field. @return whether the answer is still good */
static bool
read_field(struct rs_answer *a)
{
	const char *value;

	value = field_value(a, "transfer-encoding");
	if (value != NULL) {
		read_coding(a, value);
		return true;
	}
	value = field_value(a, "content-length");
	if (value != NULL)
		return read_length(a, value);
	value = field_value(a, "connection");
	if (value != NULL)
		read_options(a, value);
	return true;
}

/* Find the length of the content after the header (RFC 9112 6.3). @return the next state */
static enum rs_answer_state
end_head(struct rs_answer *a)
{
	if (a->status < 200) {
		/* RFC 9110 15.2: an interim answer, the final one follows */
		*a = (struct rs_answer){ .head_len = a->head_len };
		return RS_ANSWER_HEAD;
	}
	if (a->status == 204 || a->status == 304)
		return RS_ANSWER_DONE;
	a->head_len = 0;
	/* a transfer coding overrides Content-Length */
	if (a->chunked)
		return RS_ANSWER_SIZE;
	if (a->coded || !a->has_length)
		return RS_ANSWER_CLOSE;
	return a->left == 0 ? RS_ANSWER_DONE : RS_ANSWER_BODY;
}

/* Read the size of a chunk; extensions follow behind a semicolon. @return the next state */
static enum rs_answer_state
read_size(struct rs_answer *a)
{
	size_t n = strspn(a->line, "0123456789abcdefABCDEF");
	const char *rest = a->line + n + strspn(a->line + n, " \t");

	if (n == 0 || n > 15 || (*rest != '\0' && *rest != ';'))
		return RS_ANSWER_BAD;
	a->left = strtoull(a->line, NULL, 16);
	a->head_len = 0;
	return a->left == 0 ? RS_ANSWER_TRAILER : RS_ANSWER_BODY;
}

/* Read a complete line of the head. @return the next state */
static enum rs_answer_state
end_head_line(struct rs_answer *a, size_t len)
{
	bool good;

	if (len == 0 && a->lines)
		return end_head(a);
	good = a->lines ? read_field(a) : read_status(a);
	a->lines = true;
	return good ? RS_ANSWER_HEAD : RS_ANSWER_BAD;
}

/* Read a complete line. @return the next state */
static enum rs_answer_state
end_line(struct rs_answer *a)
{
	size_t len = RTE_MIN((size_t)a->line_len, (size_t)RS_ANSWER_LINE_MAX);

	if (len > 0 && len == a->line_len && a->line[len - 1] == '\r')
		len--;
	a->line[len] = '\0';
	a->line_len = 0;
	switch (a->state) {
	case RS_ANSWER_SIZE:
		return read_size(a);
	case RS_ANSWER_END:
		return len == 0 ? RS_ANSWER_SIZE : RS_ANSWER_BAD;
	case RS_ANSWER_TRAILER:
		return len == 0 ? RS_ANSWER_DONE : RS_ANSWER_TRAILER;
	default:
		return end_head_line(a, len);
	}
}

/* Keep the start of a line: n bytes of it, which follow those that are kept already. */
static void
keep_line(struct rs_answer *a, const uint8_t *data, uint32_t n)
{
	uint32_t room = RS_ANSWER_LINE_MAX -
		RTE_MIN((uint32_t)a->line_len, (uint32_t)RS_ANSWER_LINE_MAX);

	memcpy(&a->line[RS_ANSWER_LINE_MAX - room], data, RTE_MIN(n, room));
	a->line_len = (uint8_t)(n > room ? RS_ANSWER_LINE_MAX + 1 : a->line_len + n);
}

/* Read bytes of lines. @return how many were read */
static uint32_t
read_lines(struct rs_answer *a, const uint8_t *data, uint32_t len)
{
	uint32_t i = 0;

	while (i < len && a->state <= RS_ANSWER_TRAILER) {
		const uint8_t *end = memchr(data + i, '\n', len - i);
		uint32_t n = end != NULL ? (uint32_t)(end - data) - i : len - i;
		uint32_t room = RS_ANSWER_HEAD_MAX - a->head_len;

		if (n + (end != NULL) > room) {
			a->state = RS_ANSWER_BAD;
			return i + room + 1;
		}
		a->head_len += n + (end != NULL);
		keep_line(a, data + i, n);
		i += n;
		if (end != NULL) {
			a->state = (uint8_t)end_line(a);
			i++;
		}
	}
	return i;
}

/* Read bytes of content. @return how many were read */
static uint32_t
read_body(struct rs_answer *a, uint32_t len)
{
	uint32_t n = (uint32_t)RTE_MIN(a->left, (uint64_t)len);

	a->left -= n;
	if (a->left == 0)
		a->state = a->chunked ? RS_ANSWER_END : RS_ANSWER_DONE;
	return n;
}

uint32_t
rs_answer_read(struct rs_answer *a, const uint8_t *data, uint32_t len)
{
	uint32_t taken = 0;

	while (taken < len && a->state < RS_ANSWER_CLOSE) {
		if (a->state == RS_ANSWER_BODY)
			taken += read_body(a, len - taken);
		else
			taken += read_lines(a, data + taken, len - taken);
	}
	return a->state == RS_ANSWER_CLOSE ? len : taken;
}

bool
rs_answer_persists(const struct rs_answer *a)
{
	/* RFC 9112 6.1: HTTP/1.0 has no transfer codings, so its framing cannot be trusted */
	return a->state == RS_ANSWER_DONE && !a->close &&
	       (!a->http_1_0 || (a->keep_alive && !a->coded));
}
