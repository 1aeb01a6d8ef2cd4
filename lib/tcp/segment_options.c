/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The options of segments without SYN: timestamps (RFC 7323 3.2). Text makes room for them
 * (RFC 9293 3.7.1, RFC 6691).
 */

#include "tcp/tcp.h"

uint8_t
rs_tcp_options_len(const struct rs_tcp *tcp __rte_unused, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_TS) != 0 ? RS_OPTIONS_TS_LEN : 0;
}

uint8_t
rs_tcp_options_write(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t *opt)
{
	uint8_t len = 0;

	if ((tcb->flags & RS_F_TS) != 0)
		len = rs_options_write_ts(opt, rs_ts_now(tcp, tcb), tcb->ts_recent);
	return len;
}
