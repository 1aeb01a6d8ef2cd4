/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* RFC 863, Discard Protocol: received data is discarded until the peer closes. */

#include <rte_common.h>

#include "services.h"

static int
discard_create(const struct rs_config_listener *config, void **arg, char *error __rte_unused,
	size_t size __rte_unused)
{
	/* the argument of the listener is its idle_timeout */
	*arg = (void *)(uintptr_t)rs_service_idle_ms(&rs_service_discard, config);
	return 0;
}

static void
discard_opened(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_service_idle_restart(tcp, conn, (uint32_t)(uintptr_t)rs_conn_arg(tcp, conn));
}

static uint32_t
discard_data(struct rs_tcp *tcp, struct rs_tcb *conn,
	struct rte_mbuf *m __rte_unused, const uint8_t *data __rte_unused, uint32_t len)
{
	rs_service_idle_restart(tcp, conn, (uint32_t)(uintptr_t)rs_conn_arg(tcp, conn));
	return len;
}

static void
discard_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static const struct rs_service discard_ops = {
	.name = "discard",
	.opened = discard_opened,
	.data = discard_data,
	.expired = rs_service_idle_over,
	.peer_closed = discard_peer_closed,
};

const struct rs_service_type rs_service_discard = {
	.ops = &discard_ops,
	.create = discard_create,
};
