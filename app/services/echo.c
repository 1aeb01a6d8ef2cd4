/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* RFC 862, Echo Protocol: received data is sent back until the peer closes. */

#include <rte_common.h>

#include "services.h"

static int
echo_create(const struct rs_config_listener *config, void **arg, char *error __rte_unused,
	size_t size __rte_unused)
{
	/* the argument of the listener is its idle_timeout */
	*arg = (void *)(uintptr_t)rs_service_idle_ms(&rs_service_echo, config);
	return 0;
}

static void
echo_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_service_idle_restart(tcp, conn, (uint32_t)(uintptr_t)rs_conn_arg(tcp, conn));
}

static uint32_t
echo_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	int64_t sent = rs_conn_send_mbuf(tcp, conn, m, data, len);

	rs_service_idle_restart(tcp, conn, (uint32_t)(uintptr_t)rs_conn_arg(tcp, conn));
	/* Data that cannot be sent now stays in the engine and closes the window, so the
	 * peer sends no faster than it reads. If sending has ended, data is discarded. */
	return sent < 0 ? len : (uint32_t)sent;
}

static void
echo_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	/* all data before the peer's FIN is queued, so our FIN follows it */
	rs_conn_close(tcp, conn);
}

static const struct rs_service echo_ops = {
	.name = "echo",
	.opened = echo_opened,
	.data = echo_data,
	.expired = rs_service_idle_over,
	.peer_closed = echo_peer_closed,
};

const struct rs_service_type rs_service_echo = {
	.ops = &echo_ops,
	.create = echo_create,
};
