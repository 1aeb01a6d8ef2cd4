/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The requests that clients of a listener repeat. A client sends the same bytes again and
 * again, so a request that equals an earlier one is recognised by a comparison, and its answer
 * is chosen without parsing it.
 */

#ifndef RS_APP_HTTP_KNOWN_H
#define RS_APP_HTTP_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Requests that are kept: one of each length, modulo this power of two. */
#define RS_HTTP_KNOWN_MAX 16

/** The longest request that is kept, bytes. */
#define RS_HTTP_KNOWN_LEN 240

/** A request, and the choice of its answer. */
struct rs_http_known {
	uint16_t len;    /**< 0: none */
	uint8_t reply;   /**< index of the answer */
	bool head;       /**< it is a HEAD */
	bool last;       /**< the connection closes after the answer */
	uint8_t text[RS_HTTP_KNOWN_LEN];
};

/** The entry where a request of this length would be. */
static inline struct rs_http_known *
rs_http_known_at(struct rs_http_known *known, uint32_t len)
{
	return &known[len % RS_HTTP_KNOWN_MAX];
}

/** @return the entry whose request equals the len bytes, or NULL */
static inline const struct rs_http_known *
rs_http_known_find(struct rs_http_known *known, const uint8_t *data, uint32_t len)
{
	const struct rs_http_known *k = rs_http_known_at(known, len);

	return k->len == len && memcmp(k->text, data, len) == 0 ? k : NULL;
}

/** Keep a request and the choice in place of another of such a length, if it is not too long. */
static inline void
rs_http_known_keep(struct rs_http_known *known, const struct rs_http_known *choice,
	const uint8_t *data, uint32_t len)
{
	struct rs_http_known *k = rs_http_known_at(known, len);

	if (len > RS_HTTP_KNOWN_LEN)
		return;
	memcpy(k, choice, offsetof(struct rs_http_known, text));
	k->len = (uint16_t)len;
	memcpy(k->text, data, len);
}

#endif /* RS_APP_HTTP_KNOWN_H */
