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

/* reset_after and idle_timeout fit in the argument of the listener, the count of bytes in the
 * word of a connection. */
#define IDLE_SHIFT 32

static int
reset_create(const struct rs_config_listener *config, void **arg, char *error __rte_unused,
	size_t size __rte_unused)
{
	uint64_t idle = rs_service_idle_ms(&rs_service_reset, config);

	*arg = (void *)(uintptr_t)(config->reset_after | idle << IDLE_SHIFT);
	return 0;
}

static void
reset_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	uintptr_t arg = (uintptr_t)rs_conn_arg(tcp, conn);

	if ((uint32_t)arg == 0)
		rs_conn_abort(tcp, conn);
	else
		rs_service_idle_restart(tcp, conn, (uint32_t)(arg >> IDLE_SHIFT));
}

static uint32_t
reset_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m __rte_unused,
	const uint8_t *data __rte_unused, uint32_t len)
{
	uintptr_t arg = (uintptr_t)rs_conn_arg(tcp, conn);
	uint32_t limit = (uint32_t)arg;
	uintptr_t count = (uintptr_t)rs_conn_user(conn) + len;

	rs_conn_set_user(conn, (void *)count);
	if (count >= limit)
		rs_conn_abort(tcp, conn);
	else
		rs_service_idle_restart(tcp, conn, (uint32_t)(arg >> IDLE_SHIFT));
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
	.expired = rs_service_idle_over,
	.peer_closed = reset_peer_closed,
};

const struct rs_service_type rs_service_reset = {
	.ops = &reset_ops,
	.create = reset_create,
};
