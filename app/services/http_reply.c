/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The answers of the http service (RFC 9110 15), and their Date. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>

#include "http_reply.h"

#define US_PER_S 1000000

#define STATUSES(X) \
	X(200, "OK") \
	X(400, "Bad Request") \
	X(404, "Not Found") \
	X(405, "Method Not Allowed") \
	X(408, "Request Timeout") \
	X(411, "Length Required") \
	X(413, "Content Too Large") \
	X(414, "URI Too Long") \
	X(417, "Expectation Failed") \
	X(421, "Misdirected Request") \
	X(431, "Request Header Fields Too Large") \
	X(501, "Not Implemented") \
	X(503, "Service Unavailable") \
	X(505, "HTTP Version Not Supported")

static const struct {
	uint16_t code;
	const char *phrase;
} statuses[] = {
#define STATUS_ROW(code, phrase) { code, phrase },
	STATUSES(STATUS_ROW)
};

static const char *const connection_fields[RS_HTTP_PERSISTENCES] = {
	[RS_HTTP_PERSIST_11] = "",
	[RS_HTTP_PERSIST_10] = "Connection: keep-alive\r\n",
	[RS_HTTP_CLOSE] = "Connection: close\r\n",
};

#define REPLIES (RTE_DIM(statuses) * RS_HTTP_PERSISTENCES)
static_assert(REPLIES <= RS_HTTP_REPLIES_MAX, "there is room for each answer");

/* Write one answer, without its Date. */
static void
reply_write(struct rs_http_reply *r, unsigned int i, const struct rs_http_body *body,
	const char *type)
{
	uint16_t code = statuses[i / RS_HTTP_PERSISTENCES].code;
	const char *phrase = statuses[i / RS_HTTP_PERSISTENCES].phrase;
	char content[64] = "";
	int len;

	r->persistence = (uint8_t)(i % RS_HTTP_PERSISTENCES);
	r->body = code == 200;
	if (!r->body)
		snprintf(content, sizeof(content), "%u %s\n", code, phrase);
	/* RFC 9110 15.5.6: a 405 has an Allow field */
	len = snprintf(r->text, sizeof(r->text),
		"HTTP/1.1 %u %s\r\nServer: rstack\r\nDate: %*s\r\n%s"
		"Content-Type: %s\r\nContent-Length: %zu\r\n%s\r\n%s",
		code, phrase, (int)RS_HTTP_DATE_LEN, "",
		code == 405 ? "Allow: GET, HEAD\r\n" : "",
		r->body ? type : "text/plain",
		r->body ? body->len : strlen(content),
		connection_fields[r->persistence], content);
	r->len = (uint16_t)len;
	r->head_len = (uint16_t)(r->len - strlen(content));
	r->date_off = (uint16_t)(strstr(r->text, "Date: ") + strlen("Date: ") - r->text);
	if (!r->body)
		return;
	r->joined = r->len + (uint64_t)body->len <= RS_HTTP_DATED_MAX;
	r->dated_len = (uint16_t)(r->len + (r->joined ? body->len : 0));
}

int
rs_http_replies_create(struct rs_http_replies *replies, const struct rs_http_body *body,
	const char *type)
{
	unsigned int i;

	/* the system gives this memory when it is first used */
	replies->dated = calloc(RS_HTTP_DATES_MAX + 1, sizeof(*replies->dated));
	if (replies->dated == NULL)
		return -1;
	for (i = 0; i < REPLIES; i++)
		reply_write(&replies->reply[i], i, body, type);
	return 0;
}

void
rs_http_replies_free(struct rs_http_replies *replies)
{
	free(replies->dated);
	replies->dated = NULL;
}

uint8_t
rs_http_reply_find(uint16_t status, enum rs_http_persistence persistence)
{
	unsigned int i = 0;

	while (statuses[i].code != status)
		i++;
	return (uint8_t)(i * RS_HTTP_PERSISTENCES + persistence);
}

void
rs_http_date_format(uint32_t date, char text[RS_HTTP_DATE_LEN + 1])
{
	time_t t = date;
	struct tm tm;

	strftime(text, RS_HTTP_DATE_LEN + 1, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&t, &tm));
}

void
rs_http_reply_set_date(struct rs_http_reply *reply, uint32_t date)
{
	char text[RS_HTTP_DATE_LEN + 1];

	if (reply->date == date)
		return;
	rs_http_date_format(date, text);
	memcpy(reply->text + reply->date_off, text, RS_HTTP_DATE_LEN);
	reply->date = date;
}

/* Find dated answers that no connection holds. @return their index; 0: there are none */
static uint8_t
find_free(const struct rs_http_replies *replies)
{
	uint8_t i;

	for (i = RS_HTTP_DATES_MAX; i > 0 && replies->dated[i].holders > 0; i--)
		;
	return i;
}

void
rs_http_replies_read_clock(struct rs_http_replies *replies, const struct rs_http_body *body,
	uint64_t now)
{
	uint32_t date = (uint32_t)time(NULL);
	unsigned int i;

	replies->date_until = now + US_PER_S;
	if (date == replies->date && replies->current != 0)
		return;
	replies->date = date;
	replies->current = find_free(replies);
	for (i = 0; i < REPLIES && replies->current != 0; i++) {
		struct rs_http_reply *r = &replies->reply[i];
		char *to = replies->dated[replies->current].text[r->persistence];

		if (r->dated_len == 0)
			continue;
		rs_http_reply_set_date(r, date);
		memcpy(to, r->text, r->len);
		if (r->joined)
			memcpy(to + r->len, body->data, body->len);
	}
}
