/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Accepts a connection and aborts it (RFC 9293 3.10.5): at once, or after `reset_after`
 * received bytes. With it a client can be tested for "connection reset by peer".
 */

#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>

#include "services.h"

/* The limit fits in the argument of the listener, the count in the word of a connection. */
static int
reset_create(const struct rs_config_listener *config, void **arg, char *error __rte_unused,
	size_t size __rte_unused)
{
	*arg = (void *)(uintptr_t)config->reset_after;
	return 0;
}

static void
reset_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	if (rs_conn_arg(tcp, conn) == NULL)
		rs_conn_abort(tcp, conn);
}

static uint32_t
reset_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data __rte_unused, uint32_t len)
{
	uintptr_t limit = (uintptr_t)rs_conn_arg(tcp, conn);
	uintptr_t count = (uintptr_t)rs_conn_user(conn) + len;

	rs_conn_set_user(conn, (void *)count);
	if (count >= limit)
		rs_conn_abort(tcp, conn);
	return len;
}

/* The peer sent fewer bytes than the limit, so the connection closes without a reset. */
static void
reset_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static const struct rs_service reset_ops = {
	.name = "reset",
	.opened = reset_opened,
	.data = reset_data,
	.peer_closed = reset_peer_closed,
};

const struct rs_service_type rs_service_reset = {
	.ops = &reset_ops,
	.create = reset_create,
};
