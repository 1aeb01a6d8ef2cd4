/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* RFC 862, Echo Protocol: received data is sent back until the peer closes. */

#include "services.h"

static uint32_t
echo_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	int64_t sent = rs_conn_send_mbuf(tcp, conn, m, data, len);

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
	.data = echo_data,
	.peer_closed = echo_peer_closed,
};

const struct rs_service_type rs_service_echo = {
	.ops = &echo_ops,
};
