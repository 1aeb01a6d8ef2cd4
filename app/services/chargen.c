/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * RFC 864, Character Generator Protocol: endless lines of printing characters, as fast as
 * the peer reads them. Received data is discarded.
 */

#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>

#include "services.h"

/* RFC 864, "Data Syntax": 95 printing characters, space is number 0; lines of 72. */
#define CHARS 95
#define FIRST_CHAR ' '
#define LINE_CHARS 72
#define LINE_BYTES (LINE_CHARS + 2)

/* A slice has all 95 lines, so the next slice continues it. It has each line more than
 * once, because a large slice costs the engine as much as a small one. */
#define ROUNDS 9
#define SLICE_BYTES (ROUNDS * CHARS * LINE_BYTES)

static int
chargen_create(const struct rs_config_listener *config __rte_unused, void **arg, char *error,
	size_t size)
{
	char *slice = malloc(SLICE_BYTES);
	char *p = slice;
	unsigned int line, i;

	if (slice == NULL) {
		snprintf(error, size, "no memory for the %d bytes of chargen's pattern",
			SLICE_BYTES);
		return -1;
	}
	for (line = 0; line < ROUNDS * CHARS; line++) {
		for (i = 0; i < LINE_CHARS; i++)
			*p++ = (char)(FIRST_CHAR + (line + i) % CHARS);
		*p++ = '\r';
		*p++ = '\n';
	}
	*arg = slice;
	return 0;
}

static void
chargen_destroy(void *arg)
{
	free(arg);
}

/* The engine takes a slice whole or not at all, so there is no position to remember. */
static void
chargen_fill(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	const void *slice = rs_conn_arg(tcp, conn);

	while (rs_conn_send(tcp, conn, slice, SLICE_BYTES) > 0)
		;
}

static uint32_t
chargen_data(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn __rte_unused,
	struct rte_mbuf *m __rte_unused, const uint8_t *data __rte_unused, uint32_t len)
{
	return len;
}

static void
chargen_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static const struct rs_service chargen_ops = {
	.name = "chargen",
	.opened = chargen_fill,
	.data = chargen_data,
	.writable = chargen_fill,
	.peer_closed = chargen_peer_closed,
};

const struct rs_service_type rs_service_chargen = {
	.ops = &chargen_ops,
	.create = chargen_create,
	.destroy = chargen_destroy,
};
