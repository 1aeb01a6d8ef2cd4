/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Accepts, then aborts (RFC 9293 3.10.5): at once, or when `reset_after` bytes have come.
 * For clients that want to see how they bear "connection reset by peer".
 */

#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>

#include "services.h"

/* The limit fits into the listener's word, the count into the connection's. */
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

/* Fewer bytes than the limit: there is nothing to reset for. */
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
