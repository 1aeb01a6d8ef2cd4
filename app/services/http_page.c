/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The pages of a listener. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>

#include "http_page.h"
#include "http_reply.h"

int
rs_http_pages_create(struct rs_http_pages *pages, const struct rs_service_text *text)
{
	unsigned int i;

	pages->text = *text;
	for (i = 0; i < RTE_DIM(pages->page); i++) {
		/* the system gives this memory when it is first used */
		pages->page[i].memory = calloc(1, RS_HTTP_PAGE_HEAD + text->size);
		if (pages->page[i].memory == NULL)
			return -1;
	}
	return 0;
}

void
rs_http_pages_free(struct rs_http_pages *pages)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(pages->page); i++) {
		free(pages->page[i].memory);
		pages->page[i].memory = NULL;
	}
}

uint8_t
rs_http_page_take(struct rs_http_pages *pages, const struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint8_t i;

	for (i = 0; i < RTE_DIM(pages->page); i++) {
		struct rs_http_page *page = &pages->page[i];

		if (page->holder != NULL &&
		    (!page->written || rs_conn_unacked(tcp, page->holder)))
			continue;
		page->holder = tcb;
		page->written = false;
		page->position = 0;
		page->len = 0;
		return (uint8_t)(i + 1);
	}
	return 0;
}

void
rs_http_page_give_back(struct rs_http_pages *pages, const struct rs_tcb *tcb)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(pages->page); i++) {
		if (pages->page[i].holder == tcb)
			pages->page[i].holder = NULL;
	}
}

struct rs_http_page *
rs_http_page_of(struct rs_http_pages *pages, uint8_t number, const struct rs_tcb *tcb)
{
	struct rs_http_page *page;

	if (number == 0)
		return NULL;
	page = &pages->page[number - 1];
	return page->holder == tcb ? page : NULL;
}

/* Write the head, right before the content. */
static void
head_write(const struct rs_http_pages *pages, struct rs_http_page *page, uint32_t date, bool last)
{
	char head[RS_HTTP_PAGE_HEAD];
	char date_text[RS_HTTP_DATE_LEN + 1];
	int len;

	rs_http_date_format(date, date_text);
	len = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nServer: rstack\r\nDate: %s\r\n"
		"Content-Type: %s\r\nContent-Length: %u\r\nConnection: %s\r\n\r\n",
		date_text, pages->text.type, page->len, last ? "close" : "keep-alive");
	page->head_len = (uint32_t)len;
	page->start = RS_HTTP_PAGE_HEAD - page->head_len;
	memcpy(page->memory + page->start, head, page->head_len);
}

bool
rs_http_page_write(struct rs_http_pages *pages, struct rs_http_page *page, uint32_t date,
	bool last)
{
	uint32_t room = pages->text.size - page->len;

	page->len += pages->text.write(pages->text.arg, &page->position,
		page->memory + RS_HTTP_PAGE_HEAD + page->len, RTE_MIN(room, RS_HTTP_PAGE_PIECE));
	if (page->position == RS_SERVICE_TEXT_ANEW) {
		page->position = 0;
		page->len = 0;
		return false;
	}
	if (page->position != 0)
		return false;
	head_write(pages, page, date, last);
	page->written = true;
	return true;
}
