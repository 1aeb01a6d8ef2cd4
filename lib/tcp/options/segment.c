/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The options of segments without SYN: timestamps (RFC 7323 3.2), user time-out (RFC
 * 5482 3), SACK (RFC 2018 3). They take room from text (RFC 9293 3.7.1, RFC 6691).
 */

#include "tcp/options/options.h"

/* Length of the options before SACK, which takes the room behind them (RFC 2018 3). */
static uint8_t
fixed_len(const struct rs_tcb *tcb)
{
	uint32_t flags = tcb->flags;

	return (uint8_t)(((flags & RS_F_TS) != 0 ? RS_OPTIONS_TS_LEN : 0) +
		((flags & RS_F_UTO) != 0 ? RS_OPTIONS_UTO_LEN : 0));
}

/* SACK blocks that fit behind len bytes of options, so that the datagram fits the MTU. */
static uint8_t
sack_room(const struct rs_tcb *tcb, uint8_t len)
{
	uint32_t room = RTE_MIN((uint32_t)tcb->snd_mss - RS_TEXT_LEAST, (uint32_t)RS_OPTIONS_MAX);

	return room < len + (uint32_t)RS_OPTIONS_SACK_LEN(1) ? 0 :
		(uint8_t)((room - len - RS_OPTIONS_SACK_LEN(0)) / sizeof(struct rs_sack));
}

uint8_t
rs_tcp_options_len(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint8_t len = fixed_len(tcb);
	uint8_t n;

	if (likely(!rs_sack_waits(busy)))
		return len;
	n = rs_sack_blocks(busy, sack_room(tcb, len));
	return (uint8_t)(len + (n > 0 ? RS_OPTIONS_SACK_LEN(n) : 0));
}

uint8_t
rs_tcp_options_write(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t *opt)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint8_t len = 0;
	uint8_t room;

	if ((tcb->flags & RS_F_TS) != 0)
		len = rs_options_write_ts(opt, rs_ts_now(tcp, tcb), tcb->ts_recent);
	if ((tcb->flags & RS_F_UTO) != 0) {
		len = (uint8_t)(len + rs_options_write_uto(&opt[len], tcp->uto));
		tcb->flags &= (uint32_t)~RS_F_UTO;
	}
	if (likely(!rs_sack_waits(busy)))
		return len;
	room = sack_room(tcb, len);
	if (rs_sack_blocks(busy, room) > 0)
		len = (uint8_t)(len + rs_sack_write(busy, room, &opt[len]));
	return len;
}
