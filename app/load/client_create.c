/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Making a client: its share of the work, its sessions, and its requests. */

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "client.h"

#define REQUEST_MAX 1024

/* Share i of n of a number; the shares add up to it. */
static uint64_t
share_of(uint64_t whole, unsigned int i, unsigned int n)
{
	return whole / n + (i < whole % n);
}

/* Make "GET PATH HTTP/1.1" (RFC 9112 3; Host: RFC 9110 7.2). @return 0, or -1: no memory */
static int
make_get(struct rs_http_body *request, const struct rs_load_config *config, bool last)
{
	char host[sizeof(config->host)];
	char text[REQUEST_MAX];
	int len;

	rs_socket_format(&config->target, host, sizeof(host));
	if (config->host[0] != '\0')
		strlcpy(host, config->host, sizeof(host));
	len = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: rstack-load\r\nAccept: */*\r\n%s\r\n",
		config->path, host, last ? "Connection: close\r\n" : "");
	request->data = strdup(text);
	request->len = (uint32_t)len;
	return request->data != NULL ? 0 : -1;
}

/* Make the request, and the variant for the last one on a connection. @return 0 or -1 */
static int
make_requests(struct rs_load_client *c, char *error, size_t size)
{
	const struct rs_load_config *config = c->config;
	int ret = 0;

	switch (config->request) {
	case RS_LOAD_GET:
		ret = make_get(&c->request, config, false);
		if (ret == 0)
			ret = make_get(&c->last, config, config->close == RS_LOAD_BY_PEER);
		if (ret != 0)
			snprintf(error, size, "no memory for a request");
		break;
	case RS_LOAD_BYTES:
		ret = rs_http_body_create(&c->request, &config->body, error, size);
		if (ret == 0)
			ret = rs_http_body_create(&c->last, &config->body, error, size);
		break;
	case RS_LOAD_NONE:
		break;
	}
	return ret;
}

/* Make as many sessions as there can be at a time. @return 0 or -1 */
static int
make_sessions(struct rs_load_client *c, char *error, size_t size)
{
	uint32_t i;

	for (i = 0; i < RS_SESSION_STATES; i++)
		TAILQ_INIT(&c->lists[i]);
	c->sessions = calloc((size_t)c->concurrency + 1, sizeof(*c->sessions));
	if (c->sessions == NULL) {
		snprintf(error, size, "no memory for %u concurrent connections", c->concurrency);
		return -1;
	}
	for (i = 0; i < c->concurrency; i++)
		TAILQ_INSERT_TAIL(&c->lists[RS_SESSION_FREE], &c->sessions[i], link);
	return 0;
}

struct rs_load_client *
rs_load_client_create(const struct rs_load_config *config, unsigned int index, unsigned int n,
	uint16_t listener, char *error, size_t size)
{
	struct rs_load_client *c = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*c));
	/* only clients that may open a connection share the sessions */
	unsigned int sharers = RTE_MIN(n, config->concurrency);

	if (c == NULL) {
		snprintf(error, size, "no memory for a client");
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	c->config = config;
	c->index = index;
	c->n = sharers;
	c->listener = listener;
	c->concurrency = (uint32_t)share_of(config->concurrency, index, n);
	c->limit = UINT64_MAX;
	if (index >= sharers)
		c->limit = 0;
	else if (config->count != 0)
		c->limit = share_of(config->count, index, sharers);
	c->end = UINT64_MAX;
	c->idempotent = config->idempotent == RS_LOAD_IDEMPOTENT_YES ||
		(config->idempotent == RS_LOAD_AUTO && config->request != RS_LOAD_BYTES);
	if (make_requests(c, error, size) != 0 || make_sessions(c, error, size) != 0) {
		rs_load_client_free(c);
		return NULL;
	}
	return c;
}

void
rs_load_client_free(struct rs_load_client *client)
{
	if (client == NULL)
		return;
	rs_http_body_free(&client->request);
	rs_http_body_free(&client->last);
	free(client->sessions);
	free(client);
}
