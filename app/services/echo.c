/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* RFC 862, Echo Protocol: what comes is sent back until the peer closes. */

#include "services.h"

static uint32_t
echo_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	int64_t sent = rs_conn_send_mbuf(tcp, conn, m, data, len);

	/* What cannot be sent now stays with the engine and closes the window: the peer is
	 * slowed down to the pace at which it reads. Where sending is over, all is dropped. */
	return sent < 0 ? len : (uint32_t)sent;
}

static void
echo_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	/* All that came before the FIN has been taken, thus queued: FIN goes behind it. */
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
