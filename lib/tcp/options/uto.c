/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The user time-out: how long data may stay unacknowledged (RFC 9293 3.10.8, R2 of 3.8.3),
 * and the option with which both ends announce theirs (RFC 5482).
 */

#include "tcp/options/options.h"

/* Bit of the option: its value is in minutes, not seconds (RFC 5482 3.3). */
#define MINUTES (1 << 15)
#define VALUE_MAX (MINUTES - 1)

/* The longest user time-out that the timers can hold. */
#define SECONDS_MAX (24 * 24 * 3600)

/* Our own user time-out: as configured if shorter than R2, else R2. */
static uint32_t
own_uto_ms(const struct rs_tcp_params *par)
{
	return rs_uto_configured(par) ? par->user_timeout_ms : par->r2_ms;
}

uint16_t
rs_uto_option(const struct rs_tcp_params *par)
{
	uint32_t seconds = own_uto_ms(par) / 1000 + (own_uto_ms(par) % 1000 != 0);

	if (!par->uto)
		return 0;
	if (seconds <= VALUE_MAX)
		return (uint16_t)seconds;
	return (uint16_t)(MINUTES | (seconds / 60 + (seconds % 60 != 0)));
}

/*
 * Pack seconds into one byte, rounded up: 0 to 7 as they are, larger ones as the 3 bits behind
 * the highest one, and the number of bits that follow.
 */
static uint8_t
uto_pack(uint32_t seconds)
{
	uint8_t zeros = 0;

	while (((seconds + (1u << zeros) - 1) >> zeros) > 15)
		zeros++;
	seconds = (seconds + (1u << zeros) - 1) >> zeros;
	return (uint8_t)(seconds < 8 ? seconds : (zeros + 1u) << 3 | (seconds - 8));
}

/* Seconds that uto_pack() packed. */
static uint32_t
uto_unpack(uint8_t code)
{
	uint32_t low = code & 7;

	return code < 8 ? low : (8 + low) << ((code >> 3) - 1);
}

void
rs_uto_take(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t option)
{
	uint32_t value = option & VALUE_MAX;

	/* 3.4: a value of 0 is reserved. 3.1: a user time-out that is configured, or set by the
	 * service, is not CHANGEABLE. */
	if (tcp->uto == 0 || value == 0 || tcp->par.user_timeout_ms != 0 ||
	    (tcb->flags & RS_F_UTO_SET) != 0)
		return;
	tcb->uto = uto_pack((option & MINUTES) != 0 ? value * 60 : value);
}

uint32_t
rs_uto_ms(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_tcp_params *par = &tcp->par;
	uint32_t own = own_uto_ms(par);
	uint32_t ms;

	if (tcb->uto == 0)
		return own;
	if ((tcb->flags & RS_F_UTO_SET) != 0)
		return uto_unpack(tcb->uto) * 1000;
	/* 3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)) */
	ms = RTE_MAX(RTE_MAX(uto_unpack(tcb->uto) * 1000, own), par->uto_min_ms);
	return RTE_MIN(ms, par->uto_max_ms);
}

void
rs_conn_set_user_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t seconds)
{
	if (tcb->state == RS_CLOSED)
		return;
	tcb->uto = uto_pack(RTE_MIN(seconds, (uint32_t)SECONDS_MAX));
	rs_tcb_set_flag(tcb, RS_F_UTO_SET, seconds != 0);
	if ((tcb->flags & RS_F_T_RTX) != 0 && (tcb->flags & RS_F_T_LIFE) != 0 &&
	    rs_tcb_synchronized(tcb))
		rs_limit_set_r2(tcp, tcb, rs_uto_ms(tcp, tcb));
}
