/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The options of TCP segments: the ones that SYNs agree on, the ones that every other segment
 * carries, and the state of each.
 */

#ifndef RS_TCP_OPTIONS_OPTIONS_H
#define RS_TCP_OPTIONS_OPTIONS_H

#include "tcp/core/core.h"

/* syn.c: options of SYNs */

/** Rcv.Wind.Shift: the least with which the window field holds rcv_buf (RFC 7323 2.3). */
uint8_t rs_syn_rcv_shift(const struct rs_tcp_params *par);

/** Read the options of a SYN or SYN-ACK, without the ones that are not configured. */
void rs_syn_options_read(struct rs_tcp *tcp, const struct rs_segment *seg, const struct rte_mbuf *m,
	struct rs_options *opt);

/** Give a connection these options of the peer's SYN. @param port that the peer is on */
void rs_syn_options_agree(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t port,
	const struct rs_options *opt);

/**
 * Take over the options of the peer's SYN or SYN-ACK: Eff.snd.MSS, window scale, SACK,
 * timestamps, user time-out. The connection has only options that are in it and configured.
 */
void rs_syn_options_take(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/**
 * Write the options of our SYN: in SYN-SENT all configured ones, else those that the peer's
 * SYN had, too. After rs_ts_start().
 *
 * @param opt  room for RS_OPTIONS_MAX
 * @return bytes written
 */
uint8_t rs_syn_options_write(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint8_t *opt);

/**
 * Write the options of a SYN-ACK without a connection.
 *
 * @param rmss    the MSS that we announce
 * @param theirs  options of the peer's SYN, as rs_syn_options_read() reads them
 * @param tsval   our timestamp
 * @param opt     [out] room for RS_OPTIONS_MAX
 * @return bytes written
 */
uint8_t rs_syn_options_answer(const struct rs_tcp *tcp, uint16_t rmss,
	const struct rs_options *theirs, uint32_t tsval, uint8_t *opt);

/* segment.c: options of all other segments */

/** Length of the next segment's options, bytes. */
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

/** TS.Recent is invalid after the connection was idle for so long: 24 days (5.5). */
#define RS_TS_IDLE_MS (24 * 24 * 3600 * UINT32_C(1000))

/** Choose the origin of a connection's timestamps; its tuple is set. */
void rs_ts_start(const struct rs_tcp *tcp, struct rs_tcb *tcb);

/** The origin of a tuple's timestamps, a keyed hash: the high half of their offset. */
uint16_t rs_ts_origin(const struct rs_tcp *tcp, const struct rs_tuple *tuple);

/** Choose the origin so that the timestamps are not before `tsval`, which another stack sent. */
void rs_ts_start_after(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t tsval);

/** Our timestamp with an origin, milliseconds. */
static inline uint32_t
rs_ts_at(const struct rs_tcp *tcp, uint16_t origin)
{
	return tcp->tick + tcp->ts_base + ((uint32_t)origin << 16);
}

/** Our timestamp, milliseconds; monotonic across the connections of a tuple. */
static inline uint32_t
rs_ts_now(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return rs_ts_at(tcp, tcb->ts_offset);
}

/**
 * Check PAWS (5.3 R1), and that a segment has timestamps (3.2). Not for a RST (5.2).
 *
 * @return false: the segment is dropped
 */
bool rs_ts_acceptable(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt);

/** Update TS.Recent from an acceptable segment that has timestamps (4.3). */
void rs_ts_take(struct rs_tcb *tcb, const struct rs_segment *seg, const struct rs_options *opt);

/* sack.c: SACK blocks that we send as the receiver of text (RFC 2018, RFC 2883) */

/** Text at seq is in the out-of-order queue: report its block first. */
void rs_sack_kept(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t seq);

/**
 * Text [seq, seq + len) arrived, and is not queued yet: report the part that is a duplicate in
 * the next ACK, and owe that ACK.
 */
void rs_sack_arrived(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t seq, uint32_t len);

/** RCV.NXT has advanced: stop reporting the blocks that it has passed. */
void rs_sack_advanced(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Whether the next segment has blocks to report. @param busy NULL: none */
static inline bool
rs_sack_waits(const struct rs_busy *busy)
{
	return busy != NULL && (busy->n_sack > 0 || busy->dsack.left != busy->dsack.right);
}

/**
 * Whether the next segment differs from those behind it by more than its number: it has an option
 * that is sent once, so it holds less text, or CWR, which a device that cuts frames may repeat.
 */
static inline bool
rs_tcp_next_is_alone(const struct rs_tcb *tcb, const struct rs_busy *busy)
{
	return (tcb->flags & (RS_F_UTO | RS_F_CWR)) != 0 || rs_sack_waits(busy);
}

/** How many blocks the next segment reports, at most room. */
uint8_t rs_sack_blocks(const struct rs_busy *busy, uint8_t room);

/** Write the blocks, at least one. A duplicate is reported only once. @return bytes written */
uint8_t rs_sack_write(struct rs_busy *busy, uint8_t room, uint8_t *opt);

/* uto.c: RFC 9293 3.10.8, RFC 5482 */

/** Whether a user time-out is configured that ends before R2. */
static inline bool
rs_uto_configured(const struct rs_tcp_params *par)
{
	return par->user_timeout_ms != 0 && par->user_timeout_ms < par->r2_ms;
}

/** The value of our User Timeout option; 0: we send none. */
uint16_t rs_uto_option(const struct rs_tcp_params *par);

/** Take over the peer's User Timeout option. */
void rs_uto_take(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t option);

/** How long data and FIN may stay unacknowledged, milliseconds: R2 or the user time-out. */
uint32_t rs_uto_ms(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

#endif /* RS_TCP_OPTIONS_OPTIONS_H */
