/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The user time-out: how long data may stay unacknowledged (RFC 9293 3.10.8, R2 of 3.8.3),
 * and its option, with which both ends tell theirs (RFC 5482).
 */

#include "tcp/options/options.h"

/* In the option: its value counts minutes, not seconds (RFC 5482 3.3). */
#define MINUTES (1 << 15)
#define VALUE_MAX (MINUTES - 1)

/* The longest that can be set: what the timers take. */
#define SECONDS_MAX (24 * 24 * 3600)

/* Our own: R2, or what is configured where that is shorter. */
static uint32_t
own_ms(const struct rs_tcp_params *par)
{
	return par->user_timeout_ms != 0 && par->user_timeout_ms < par->r2_ms ?
		par->user_timeout_ms : par->r2_ms;
}

uint16_t
rs_uto_option(const struct rs_tcp_params *par)
{
	uint32_t seconds = own_ms(par) / 1000 + (own_ms(par) % 1000 != 0);

	if (!par->uto)
		return 0;
	if (seconds <= VALUE_MAX)
		return (uint16_t)seconds;
	return (uint16_t)(MINUTES | (seconds / 60 + (seconds % 60 != 0)));
}

/*
 * Seconds in one byte, not less than they are: 0 to 7, and then 3 bits behind the highest
 * one with the number of zeros after them.
 */
static uint8_t
pack(uint32_t seconds)
{
	uint8_t zeros = 0;

	while (((seconds + (1u << zeros) - 1) >> zeros) > 15)
		zeros++;
	seconds = (seconds + (1u << zeros) - 1) >> zeros;
	return (uint8_t)(seconds < 8 ? seconds : (zeros + 1u) << 3 | (seconds - 8));
}

static uint32_t
unpack(uint8_t code)
{
	uint32_t low = code & 7;

	return code < 8 ? low : (8 + low) << ((code >> 3) - 1);
}

void
rs_uto_take(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t option)
{
	uint32_t value = option & VALUE_MAX;

	/* 3.4: a value of 0 is reserved. What is configured or set is not CHANGEABLE (3.1). */
	if (tcp->uto == 0 || value == 0 || tcp->par.user_timeout_ms != 0 ||
	    (tcb->flags & RS_F_UTO_SET) != 0)
		return;
	tcb->uto = pack((option & MINUTES) != 0 ? value * 60 : value);
}

uint32_t
rs_uto_ms(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_tcp_params *par = &tcp->par;
	uint32_t own = own_ms(par);
	uint32_t ms;

	if (tcb->uto == 0)
		return own;
	if ((tcb->flags & RS_F_UTO_SET) != 0)
		return unpack(tcb->uto) * 1000;
	/* 3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)) */
	ms = RTE_MAX(RTE_MAX(unpack(tcb->uto) * 1000, own), par->uto_min_ms);
	return RTE_MIN(ms, par->uto_max_ms);
}

void
rs_conn_set_user_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t seconds)
{
	if (tcb->state == RS_CLOSED)
		return;
	tcb->uto = pack(RTE_MIN(seconds, (uint32_t)SECONDS_MAX));
	if (seconds != 0)
		tcb->flags |= RS_F_UTO_SET;
	else
		tcb->flags &= (uint32_t)~RS_F_UTO_SET;
	if ((tcb->flags & RS_F_T_RTX) != 0 && (tcb->flags & RS_F_T_LIFE) != 0 &&
	    rs_tcb_synchronized(tcb))
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, rs_uto_ms(tcp, tcb));
}
