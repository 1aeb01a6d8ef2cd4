/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The defaults of TCP's parameters, and the source of each. */

#include "rstack.h"

void
rs_tcp_defaults(struct rs_tcp_params *params)
{
	*params = (struct rs_tcp_params){
		.max_connections = 65536,
		.max_half_open = 16384,
		.max_time_wait = 65536,
		.max_busy = 16384,
		.max_chunks = 16384,
		.max_sent = 131072,
		.mss = 0,
		.rcv_buf = 4 * UINT16_MAX, /* the largest window with a shift of 2 */
		.snd_buf = 256 * 1024,
		.snd_window = 1024 * 1024,
		/* RFC 9293 3.4.2 proposes 2 minutes as an engineering choice that experience may
		 * change; 30 s make a TIME-WAIT of 60 s, as Linux and the BSDs have it. */
		.msl_ms = 30 * 1000,
		.rto_initial_ms = 1000,    /* RFC 6298 2.1 */
		.rto_min_ms = 1000,        /* RFC 6298 2.4 */
		.rto_max_ms = 60 * 1000,   /* RFC 6298 2.5 */
		.r1 = 3,                   /* RFC 9293 SHLD-10 */
		.r2_ms = 100 * 1000,       /* RFC 9293 SHLD-11 */
		.r2_syn_ms = 180 * 1000,   /* RFC 9293 MUST-23 */
		.ack_delay_ms = 40,        /* RFC 9293 MUST-40: less than 500 */
		.user_timeout_ms = 0,
		.fin_wait_2_ms = 60 * 1000,
		.keepalive_ms = 2 * 3600 * 1000, /* RFC 9293 MUST-28 */
		.keepalive_interval_ms = 75 * 1000,
		.keepalive_probes = 9,
		.challenge_acks = 10,      /* RFC 5961 7 */
		.ttl = 64,                 /* RFC 1700 */
		.tos = 0,
		.syn_cookies = RS_COOKIES_AUTO,
		.congestion = RS_CC_CUBIC,
		.initial_window = 10,      /* RFC 6928 2 */
		.pacing = true,
		.timestamps = true,
		.window_scale = true,
		.black_holes = true,
		.sack = true,
		.ecn = RS_ECN_PASSIVE,
		.uto = false,
		.uto_min_ms = 100 * 1000,  /* RFC 5482 3.1: not less than R2 */
		.uto_max_ms = 3600 * 1000,
		.local_port_first = 49152, /* RFC 6335 6 */
		.local_port_last = 65535,
		.source_route = false,     /* BCP 186: a route lets anyone have any address */
		.time_wait_rst = false,    /* RFC 1337 */
		.closed_drop = false,
		.stop_drop = false,
		.life = true,
		.reset_text = false,       /* SHLD-2 is about receiving it */
	};
}
