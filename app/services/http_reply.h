/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The answers of an http listener. They are written before the first connection, and only
 * their Date changes. Once a second the answers of status 200 are made anew as dated answers:
 * immutable memory, which rs_conn_send() sends without a copy.
 */

#ifndef RS_APP_HTTP_REPLY_H
#define RS_APP_HTTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "http_body.h"

/** The connection after an answer. */
enum rs_http_persistence {
	RS_HTTP_PERSIST_11, /**< it persists, the default of HTTP/1.1 */
	RS_HTTP_PERSIST_10, /**< it persists, which HTTP/1.0 needs a field for */
	RS_HTTP_CLOSE,      /**< it closes */
	RS_HTTP_PERSISTENCES,
};

/** Characters of a date, which is an IMF-fixdate (RFC 9110 5.6.7). */
#define RS_HTTP_DATE_LEN (sizeof("Sun, 06 Nov 1994 08:49:37 GMT") - 1)

/** Write a date, seconds since 1970, and a NUL. */
void rs_http_date_format(uint32_t date, char text[RS_HTTP_DATE_LEN + 1]);

/** Most bytes of a text: the head, and the content of an error. */
#define RS_HTTP_REPLY_MAX 512

/** Most answers, those of each status and persistence. */
#define RS_HTTP_REPLIES_MAX 64

/** Most bytes of a dated answer: a full Ethernet segment. */
#define RS_HTTP_DATED_MAX 1460

/** Most seconds whose dated answers are kept; an index of them has 8 bits, and 0 means none. */
#define RS_HTTP_DATES_MAX 255

/** An answer without the content of a 200. */
struct rs_http_reply {
	uint32_t date;        /**< of the text, seconds since 1970 */
	uint16_t date_off;
	uint16_t head_len;    /**< the answer to a HEAD */
	uint16_t len;
	uint16_t dated_len;   /**< of the dated answer; 0: there is none */
	uint8_t persistence;  /**< enum rs_http_persistence */
	bool body;            /**< the resource follows the text */
	bool joined;          /**< the dated answer ends with the resource */
	char text[RS_HTTP_REPLY_MAX];
};

/** The dated answers of one second. */
struct rs_http_dated {
	uint32_t holders;     /**< connections that may have them in flight */
	char text[RS_HTTP_PERSISTENCES][RS_HTTP_DATED_MAX];
};

/** The answers of a listener. */
struct rs_http_replies {
	uint32_t date;        /**< seconds since 1970 */
	uint64_t date_until;  /**< microseconds of the engine's clock */
	uint8_t current;      /**< index of the dated answers of `date`; 0: all are held */
	struct rs_http_dated *dated; /**< RS_HTTP_DATES_MAX + 1 */
	struct rs_http_reply reply[RS_HTTP_REPLIES_MAX];
};

/**
 * Write the answers, without their Date.
 *
 * @param replies  zeroed; rs_http_replies_free() frees them even after a failure
 * @param body     the resource, unchanged while the answers are in use
 * @param type     its content type
 * @return 0, or -1: no memory
 */
int rs_http_replies_create(struct rs_http_replies *replies, const struct rs_http_body *body,
	const char *type);

/** Free their memory. */
void rs_http_replies_free(struct rs_http_replies *replies);

/** The index in replies->reply of an answer. The status is one that the service knows. */
uint8_t rs_http_reply_find(uint16_t status, enum rs_http_persistence persistence);

/** Write a Date, seconds since 1970, into the text of an answer (RFC 9110 6.6.1). */
void rs_http_reply_set_date(struct rs_http_reply *reply, uint32_t date);

/** Read the system's time, and make the dated answers of that second if there are none yet. */
void rs_http_replies_read_clock(struct rs_http_replies *replies, const struct rs_http_body *body,
	uint64_t now);

/** The Date of an answer that is sent now. The clock is read at most once a second. */
static inline uint32_t
rs_http_replies_date(struct rs_http_replies *replies, const struct rs_http_body *body,
	uint64_t now)
{
	if (now >= replies->date_until)
		rs_http_replies_read_clock(replies, body, now);
	return replies->date;
}

#endif /* RS_APP_HTTP_REPLY_H */
