/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A page: an answer whose content is written for the request, in pieces, so that no call of the
 * service takes long. The connection holds the page while it is written and until all of it is
 * acknowledged.
 */

#ifndef RS_APP_HTTP_PAGE_H
#define RS_APP_HTTP_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rstack.h"
#include "services.h"

/** Most pages of a listener: requests that one worker answers at a time. */
#define RS_HTTP_PAGES_MAX 8

/** Bytes that one call writes at most. */
#define RS_HTTP_PAGE_PIECE UINT32_C(4096)

/** Room for the head of the answer. */
#define RS_HTTP_PAGE_HEAD 256

/** A page. */
struct rs_http_page {
	struct rs_tcb *holder;  /**< NULL: it is free */
	bool written;           /**< it can be sent */
	uint64_t position;      /**< where the text goes on (struct rs_service_text) */
	uint32_t start;         /**< of the head, in memory */
	uint32_t head_len;
	uint32_t len;           /**< of the content */
	char *memory;           /**< RS_HTTP_PAGE_HEAD, then the content */
};

/** The pages of a listener. */
struct rs_http_pages {
	struct rs_service_text text;
	struct rs_http_page page[RS_HTTP_PAGES_MAX];
};

/** @return 0, or -1: no memory */
int rs_http_pages_create(struct rs_http_pages *pages, const struct rs_service_text *text);

/** Free their memory. */
void rs_http_pages_free(struct rs_http_pages *pages);

/**
 * Find a page for a connection: one that is free, or whose holder has everything acknowledged.
 *
 * @return its number, from 1 on; 0: all are in use
 */
uint8_t rs_http_page_take(struct rs_http_pages *pages, const struct rs_tcp *tcp,
	struct rs_tcb *tcb);

/** Give back the pages that a connection holds, which is gone. */
void rs_http_page_give_back(struct rs_http_pages *pages, const struct rs_tcb *tcb);

/** @return the page of this number if the connection holds it, or NULL */
struct rs_http_page *rs_http_page_of(struct rs_http_pages *pages, uint8_t number,
	const struct rs_tcb *tcb);

/**
 * Write the next piece, and behind the last one the head.
 *
 * @param date  seconds since 1970
 * @param last  the connection closes after this answer
 * @return whether the page is written
 */
bool rs_http_page_write(struct rs_http_pages *pages, struct rs_http_page *page, uint32_t date,
	bool last);

#endif /* RS_APP_HTTP_PAGE_H */
