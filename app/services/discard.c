/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* RFC 863, Discard Protocol: received data is discarded until the peer closes. */

#include <rte_common.h>

#include "services.h"

static uint32_t
discard_data(struct rs_tcp *tcp __rte_unused, struct rs_tcb *conn __rte_unused,
	struct rte_mbuf *m __rte_unused, const uint8_t *data __rte_unused, uint32_t len)
{
	return len;
}

static void
discard_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static const struct rs_service discard_ops = {
	.name = "discard",
	.data = discard_data,
	.peer_closed = discard_peer_closed,
};

const struct rs_service_type rs_service_discard = {
	.ops = &discard_ops,
};
