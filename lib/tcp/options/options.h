/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The options of TCP segments: what SYNs agree on, what every other segment carries, and the
 * state of each option.
 */

#ifndef RS_TCP_OPTIONS_OPTIONS_H
#define RS_TCP_OPTIONS_OPTIONS_H

#include "tcp/core/core.h"

/* syn.c: what SYNs agree on */

/**
 * Take over the options of the peer's SYN or SYN-ACK: Eff.snd.MSS, window scale, SACK,
 * timestamps, user time-out; what is not in it, or not configured, the connection does not have.
 */
void rs_syn_options_take(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/**
 * Write the options of our SYN: in SYN-SENT all that is configured, else what the peer's SYN
 * had, too. After rs_ts_start().
 *
 * @param opt  room for RS_OPTIONS_MAX
 * @return bytes written
 */
uint8_t rs_syn_options_write(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint8_t *opt);

/* segment.c: options of all other segments */

/** Bytes of options in the next segment. */
uint8_t rs_tcp_options_len(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Most text that the next segment takes: Eff.snd.MSS less options, IP's too (3.7.1, RFC 6691). */
static inline uint32_t
rs_tcp_text_max(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	uint32_t text = (uint32_t)tcb->snd_mss - rs_tcp_options_len(tcp, tcb);
	const struct rs_ip_extra *extra = rs_tcb_ip_extra(tcp, tcb);

	if (likely(extra == NULL))
		return text;
	return text > extra->len + (uint32_t)RS_TEXT_LEAST ? text - extra->len : RS_TEXT_LEAST;
}

/**
 * Write the options of a segment that is sent now, rs_tcp_options_len() bytes.
 *
 * @param opt  room for RS_OPTIONS_MAX
 * @return bytes written
 */
uint8_t rs_tcp_options_write(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t *opt);

/* timestamps.c: RFC 7323 3 to 5 */

/** Idle for so long, TS.Recent says nothing any more: 24 days (5.5). */
#define RS_TS_IDLE_MS (24 * 24 * 3600 * UINT32_C(1000))

/** Choose where the timestamps of a connection begin; its tuple is set. */
void rs_ts_start(const struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Our timestamp, milliseconds; monotonic over all connections of a tuple. */
static inline uint32_t
rs_ts_now(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return tcp->tick + tcp->ts_base + ((uint32_t)tcb->ts_offset << 16);
}

/**
 * PAWS (5.3 R1) and what 3.2 says of a segment without timestamps; no RST comes here (5.2).
 *
 * @return whether the segment is gone on with
 */
bool rs_ts_acceptable(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt);

/** TS.Recent from an acceptable segment that has timestamps (4.3). */
void rs_ts_take(struct rs_tcb *tcb, const struct rs_segment *seg, const struct rs_options *opt);

/* sack.c: what the receiver of text reports (RFC 2018, RFC 2883) */

/** Text at seq was kept out of order, or was there: its block is reported first. */
void rs_sack_kept(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t seq);

/**
 * Text [seq, seq + len) arrived and is not taken over yet: what of it came before is reported
 * in the next ACK, which is owed then.
 */
void rs_sack_arrived(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t seq, uint32_t len);

/** RCV.NXT has moved over text that waited. */
void rs_sack_advanced(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Whether the next segment has blocks to report. @param side NULL: it has none */
static inline bool
rs_sack_waits(const struct rs_busy *busy)
{
	return busy != NULL && (busy->n_sack > 0 || busy->dsack.left != busy->dsack.right);
}

/** How many of them it reports, at most room. */
uint8_t rs_sack_blocks(const struct rs_busy *busy, uint8_t room);

/** Write them, at least one; a duplicate is reported but once. @return bytes written */
uint8_t rs_sack_write(struct rs_busy *busy, uint8_t room, uint8_t *opt);

/* uto.c: RFC 9293 3.10.8, RFC 5482 */

/** The value of our User Timeout option; 0: none is sent. */
uint16_t rs_uto_option(const struct rs_tcp_params *par);

/** The peer's User Timeout option. */
void rs_uto_take(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t option);

/** How long data and FIN may stay unacknowledged, milliseconds: R2 or the user time-out. */
uint32_t rs_uto_ms(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

#endif /* RS_TCP_OPTIONS_OPTIONS_H */
