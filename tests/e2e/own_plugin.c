/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A service of one's own: it sends data back in capital letters, behind the argument of its
 * listener. Nothing of rstack but its installed headers is used.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rstack_plugin.h>

#ifndef ABI
#define ABI RS_PLUGIN_ABI
#endif

/* The greeting of a listener. */
static int
upper_create(const char *argument, void **arg, char *error, size_t size)
{
	if (argument[0] == '\0') {
		snprintf(error, size, "argument is missing; expected a greeting");
		return -1;
	}
	*arg = strdup(argument);
	return *arg != NULL ? 0 : -1;
}

static void
upper_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	const char *greeting = rs_conn_arg(tcp, conn);

	rs_conn_send_copy(tcp, conn, greeting, (uint32_t)strlen(greeting));
}

static uint32_t
upper_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	uint32_t done = 0;
	int64_t sent = 1;

	(void)m;
	/* what is not taken is offered again when there is room to send */
	while (done < len && sent > 0) {
		uint8_t text[256];
		uint32_t n = len - done < sizeof(text) ? len - done : sizeof(text);
		uint32_t i;

		for (i = 0; i < n; i++)
			text[i] = (uint8_t)toupper(data[done + i]);
		sent = rs_conn_send_copy(tcp, conn, text, n);
		done += sent > 0 ? (uint32_t)sent : 0;
	}
	return done;
}

static void
upper_writable(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_resume(tcp, conn);
}

static void
upper_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static const struct rs_service upper = {
	.name = "upper",
	.opened = upper_opened,
	.data = upper_data,
	.writable = upper_writable,
	.peer_closed = upper_peer_closed,
};

const struct rs_plugin rstack_plugin = {
	.abi = ABI, .service = &upper, .create = upper_create, .destroy = free,
};
