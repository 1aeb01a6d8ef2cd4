/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The TCP engine of one worker, and what its files call of each other. Input and timers
 * change TCBs and note what is owed; output pays it (design.md 3).
 *
 * Hazards of a burst, all tested in tests/wire:
 * - two segments of one connection: the second sees what the first did, because input runs
 *   one by one and looks a tuple up again when the table changed since the burst's lookup;
 * - a TCB that ends is out of the table at once, but its memory is reused only after
 *   the output pass (rs_tcp_bury());
 * - a reset is built after all input, in the mbuf of the segment that is owed it.
 */

#ifndef RS_TCP_CORE_CORE_H
#define RS_TCP_CORE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/table.h"
#include "conn/busy.h"
#include "conn/tcb.h"
#include "conn/wheel.h"
#include "link/link.h"
#include "packet/tcp_options.h"
#include "packet/segment.h"
#include "rstack.h"
#include "tcp/core/ip_extra.h"

struct rs_sender;

/** A connection's segments in one turn of output, so that none starves the others. */
#define RS_OUTPUT_QUANTUM 16

/** Timers that one run fires at most. */
#define RS_TIMER_BURST 64

/** Connections that one run tells of their neighbours at most. */
#define RS_RESOLVED_BURST 256

/** Connections that one run stops at most. */
#define RS_STOP_BURST 32

/** Least Eff.snd.MSS: who asks for less would have us send a frame a few bytes
 *  (CVE-2019-11479). */
#define RS_MSS_LEAST 48

/** Text that a segment has even when IP options leave none of such an MSS. */
#define RS_TEXT_LEAST 8

/** RTO for data when the SYN-ACK had to be sent again (RFC 6298 5.7). */
#define RS_RTO_AFTER_SYN_MS 3000U

/**
 * Low bits of rs_tcb.challenges that count, to RS_CHALLENGES_MAX; the others are the second
 * they count in, modulo 4096: what that can get wrong is one challenge ACK an hour too few.
 */
#define RS_CHALLENGE_BITS 4

/** A delayed ACK must be sooner (MUST-40). */
#define RS_ACK_DELAY_LIMIT_MS 500

/** Connections that wait for output, first come first served; each at most once. */
struct rs_ready {
	uint32_t *ring;
	uint32_t mask;
	uint32_t head;          /**< next to be served */
	uint32_t tail;
};

/** The latest resets; one writer, readers on any thread (rs_reset_log_read()). */
struct rs_reset_log {
	struct rs_reset_record records[RS_RESET_LOG + 1]; /**< one may be being written */
	uint64_t head;          /**< records ever written */
};

/** The TCP engine of one worker. */
struct rs_tcp {
	struct rs_tcp_params par;
	uint64_t now;           /**< microseconds */
	uint32_t tick;          /**< milliseconds */
	struct rs_link *link;
	struct rs_stats *stats;
	struct rs_tcb *tcbs;
	struct rs_conn_table table;
	struct rs_timer_wheel wheel;
	struct rs_ready ready;
	struct rs_pool tcb_pool;
	struct rs_buffers buf;
	struct rs_pool senders; /**< struct rs_sender, one for each busy block */
	struct rs_pool ranges;   /**< struct rs_range: max_sent, and one for each sender */
	struct rte_mbuf *spare[RS_BURST]; /**< of this burst, to be used for what is sent */
	uint16_t n_spare;
	const struct rs_tcb *offering; /**< whose service's `data` is being called */
	const struct rs_tcb *ending; /**< one that ends, while its service hears the rest */
	struct rs_ip_extras ip_extras;
	uint32_t dead;          /**< list of ended TCBs by timer.next */
	const struct rs_listener *listeners;
	unsigned int n_listeners;
	struct rs_listener_stats *listener_stats;
	uint64_t listening[UINT16_MAX / 64 + 1]; /**< ports in any listener or closed range */
	uint64_t isn_key[2];
	uint32_t ts_base;       /**< secret: what our timestamps begin at */
	uint16_t uto;           /**< our User Timeout option; 0: none is sent or taken */
	rs_replies_here *replies_here; /**< for rs_connect() */
	void *replies_arg;
	uint32_t connects;      /**< local ports chosen: makes the next one another */
	bool stopping;
	enum rs_stop stop_how;
	uint32_t stop_next;     /**< TCB that rs_tcp_stop_some() looks at next */
	struct rs_reset_log log;
};

/* tcp.c: the engine as a whole */

/** Set up an engine in zeroed memory. @return 0, -EINVAL or -ENOMEM */
int rs_tcp_init(struct rs_tcp *tcp, const struct rs_stack_params *params,
	struct rs_link *link, struct rs_stats *stats, uint64_t now);

/** Free all that it holds. */
void rs_tcp_fini(struct rs_tcp *tcp);

/** The index of a TCB. */
static inline uint32_t
rs_tcb_index(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (uint32_t)(tcb - tcp->tcbs);
}

/** The busy block, or NULL while nothing is queued. */
static inline struct rs_busy *
rs_tcb_busy(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_BUSY) != 0 ? rs_busy_at(&tcp->buf, tcb->busy) : NULL;
}

/** The busy block, taken from the pool if need be; NULL when none is left. */
struct rs_busy *rs_tcb_busy_get(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the busy block back, if it has one, with all that is queued. */
void rs_tcb_busy_put(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** The same, of one that it has and if nothing is in it any more. */
void rs_tcb_busy_put_empty(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the busy block back if nothing is in it any more. */
static inline void
rs_tcb_busy_release(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_BUSY) != 0)
		rs_tcb_busy_put_empty(tcp, tcb);
}

/** Note what is owed, and put the connection in line for output. */
void rs_tcp_owe(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t owes);

/** Change state, keeping the gauge of states. */
void rs_tcb_set_state(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_state state);

/** The MSS that we announce: what our MTU can receive, or as configured (MUST-67). */
uint16_t rs_tcp_rmss(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Frames go to where m came from, from now on. */
void rs_tcp_move(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m);

/** The service of a connection. */
static inline const struct rs_service *
rs_tcb_service(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return tcp->listeners[tcb->listener].service;
}

/** The DiffServ field of what a connection sends (MUST-48, SHLD-21). */
static inline uint8_t
rs_tcb_tos(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	if (unlikely((tcb->flags & RS_F_IP_EXTRA) != 0) && rs_ip_extra_of(tcp, tcb)->has_tos)
		return rs_ip_extra_of(tcp, tcb)->tos;
	return tcp->listeners[tcb->listener].tos;
}

/** The security option of what a connection sends; NULL: none. */
static inline const struct rs_security *
rs_tcb_security(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return unlikely((tcb->flags & RS_F_SECURE) != 0) ?
		&tcp->listeners[tcb->listener].security : NULL;
}

/** The source route of a connection; NULL: none. */
static inline const struct rs_source_route *
rs_tcb_route(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	if (likely((tcb->flags & RS_F_IP_EXTRA) == 0) || rs_ip_extra_of(tcp, tcb)->route.len == 0)
		return NULL;
	return &rs_ip_extra_of(tcp, tcb)->route;
}

/** The listener counters of a connection. */
static inline struct rs_listener_stats *
rs_tcb_listener_stats(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return &tcp->listener_stats[tcb->listener];
}

/* input.c: RFC 9293 3.10.7 */

/** SEGMENT ARRIVES. @param tcb its connection, NULL: none; m is the caller's */
void rs_tcp_input(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m);

/** Answer a segment that is dropped for its SEQ or its timestamp with an ACK (3.10.7.4 first). */
void rs_tcp_unacceptable(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg);

/** Owe a challenge ACK, within the connection's limit. @return whether it is owed */
bool rs_tcp_challenge(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* output.c */

/** Pay what a connection owes. @return frames put in tx, at most room */
uint16_t rs_tcp_output(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf **tx,
	uint16_t room);

/** Serve the ready connections. @return frames put in tx, at most room */
uint16_t rs_tcp_output_burst(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

/** An mbuf to send in: a spare one of this burst or a new one; NULL: none, counted. */
struct rte_mbuf *rs_tcp_mbuf(struct rs_tcp *tcp);

/* reset.c: RFC 9293 3.5.2 and 3.5.3 */

/** Turn segments owed a reset into it. @return how many; pkts of them go to tx */
uint16_t rs_reset_burst(struct rs_tcp *tcp, const struct rs_segment *segs,
	struct rte_mbuf **pkts, uint16_t n, struct rte_mbuf **tx);

/** The reset that a connection sends (3.10.5). @return its frame, or NULL: no mbuf */
struct rte_mbuf *rs_reset_connection(struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Count and log a reset that came. @param state of the connection, RS_CLOSED: none */
void rs_reset_received(struct rs_tcp *tcp, const struct rs_segment *seg, enum rs_state state,
	enum rs_reset_verdict verdict);

/** See rs_stack_resets(). */
unsigned int rs_reset_log_read(const struct rs_reset_log *log, struct rs_reset_record *records,
	unsigned int n);

/* listen.c: RFC 9293 3.10.7.2 */

/** Whether any listener or closed range names this port of ours. */
static inline bool
rs_listen_names(const struct rs_tcp *tcp, uint16_t port)
{
	return (tcp->listening[port / 64] >> (port % 64) & 1) != 0;
}

/** What listens on the segment's destination; NULL: the port is closed, *drop: in silence. */
const struct rs_listener *rs_listen_find(const struct rs_tcp *tcp, const struct rs_segment *seg,
	bool *drop);

/** Third check of LISTEN: a SYN makes a connection, or is owed a reset. */
void rs_listen_syn(struct rs_tcp *tcp, const struct rs_listener *listener,
	struct rs_segment *seg, const struct rte_mbuf *m);

/** SYN-RECEIVED goes back to where it came from: LISTEN, or TIME-WAIT (MAY-2). */
void rs_listen_return(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* open.c: what passive and active opens have in common */

/** Give a connection to a listener: its settings and counters. */
void rs_open_bind(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_listener *listener);

/** What our SYN or SYN-ACK will say: ISS, window, options; R2 begins. */
void rs_open_begin(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t iss);

/** What the peer's SYN says, after rs_open_begin(): numbers, window, options. */
void rs_open_syn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/** SYN-RECEIVED: the SYN-ACK is owed. */
void rs_open_received(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg);

/** An initial sequence number (3.4.1, RFC 6528). */
uint32_t rs_open_isn(const struct rs_tcp *tcp, const struct rs_tuple *tuple);

/* connect.c: RFC 9293 3.10.1, active */

/** In SYN-SENT, m came: whether it can be answered, to where it came from. */
bool rs_connect_reaches(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m);

/** Its neighbour is not waited for any more. */
void rs_connect_unwait(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Neighbours answered, or did not: those that waited send their SYN, or end. */
void rs_connect_resolved(struct rs_tcp *tcp);

/* syn_options.c: what SYNs agree on */

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

/* segment_options.c: options of all other segments */

/** Bytes of options in the next segment. */
uint8_t rs_tcp_options_len(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Most text that the next segment takes: Eff.snd.MSS less options, IP's too (3.7.1, RFC 6691). */
static inline uint32_t
rs_tcp_text_max(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	uint32_t text = (uint32_t)tcb->snd_mss - rs_tcp_options_len(tcp, tcb);
	uint32_t ip;

	if (likely((tcb->flags & (RS_F_SECURE | RS_F_IP_EXTRA)) == 0))
		return text;
	ip = rs_ip_options_len(rs_tcb_security(tcp, tcb), rs_tcb_route(tcp, tcb));
	return text > ip + RS_TEXT_LEAST ? text - ip : RS_TEXT_LEAST;
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

/* receive.c: text and what the service makes of it */

/** In-order text. @return bytes accepted, 0..len: RCV.NXT has moved over them */
uint32_t rs_receive_text(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len);

/** Offer what the service left, then tell it of a FIN and of an orderly end. */
void rs_receive_offer(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Whether text waits for the service. */
static inline bool
rs_receive_waits(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_BUSY) != 0 && rs_busy_at(&tcp->buf, tcb->busy)->rcv.head != 0;
}

/** The window to be sent (3.8.6.2.2, RFC 7323 2.3), RCV.WND opened as SWS avoidance allows. */
uint16_t rs_receive_window(const struct rs_tcp *tcp, struct rs_tcb *tcb);

/** An urgent pointer (3.8.5, 3.10.7.4 sixth). */
void rs_receive_urgent(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t up);

/* reassembly.c */

/** Keep text beyond RCV.NXT (SHLD-31). @return whether it was kept */
bool rs_reassembly_keep(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t seq, uint32_t len, bool fin);

/** Whether text waits for a gap to be filled. */
static inline bool
rs_reassembly_waits(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_BUSY) != 0 && rs_busy_at(&tcp->buf, tcb->busy)->ooo.head != 0;
}

/** Take what now follows RCV.NXT. @return whether a FIN follows the text taken */
bool rs_reassembly_pull(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Forget what waits: nothing can follow a FIN. */
void rs_reassembly_drop(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* rtt.c: RFC 6298 */

/** A sample of the round-trip time, microseconds (2.2, 2.3). */
void rs_rtt_sample(struct rs_tcb *tcb, uint64_t rtt);

/** RTO with its backoff, milliseconds (2.1 to 2.5, 5.5). */
uint32_t rs_rtt_rto(const struct rs_tcp_params *par, const struct rs_tcb *tcb);

/* rtx.c: retransmission, persist, R1 and R2 */

/** Something that must be acknowledged goes out: start the timers that do not run. */
void rs_rtx_sent(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** SND.UNA has moved, over n bytes of the queue and perhaps our SYN or FIN. */
void rs_rtx_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t n);

/** An acceptable ACK, SND.UNA =< SEG.ACK =< SND.NXT; SND.WND is still that of before. */
void rs_rtx_ack(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt);

/** A closed window opened: what was a probe is sent again at once, with what follows. */
void rs_rtx_window_opened(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** What is in flight was too large for the path: it goes again, cut anew. */
void rs_rtx_again(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Set t_rtx to what comes first: the RTO, a probe of the tail, or `reo` microseconds. */
void rs_rtx_rearm(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd, uint32_t reo);

/** t_rtx fell due. */
void rs_rtx_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Data waits that may not be sent, and nothing is in flight: start the persist timer. */
void rs_rtx_persist(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Bytes queued and not yet sent, FIN not counted. */
uint64_t rs_rtx_unsent(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/* timers.c */

/** One of a connection's timers. */
enum rs_timer_kind {
	RS_TIMER_RTX = RS_F_T_RTX,
	RS_TIMER_ACK = RS_F_T_ACK,
	RS_TIMER_LIFE = RS_F_T_LIFE,
};

/** Set a timer to `ms` from now. */
void rs_tcp_timer_set(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_timer_kind kind,
	uint32_t ms);

/** Stop a timer. */
static inline void
rs_tcp_timer_stop(struct rs_tcb *tcb, enum rs_timer_kind kind)
{
	tcb->flags &= (uint32_t)~kind;
}

/** Run what fell due. */
void rs_tcp_timers(struct rs_tcp *tcp);

/** Nothing is in flight: t_life becomes that of an idle connection (keep-alive or none). */
void rs_tcp_life_idle(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* audit.c */

/** What is wrong with any connection, a sentence for tests; NULL: nothing. */
const char *rs_tcp_audit(const struct rs_tcp *tcp);

/* close.c: RFC 9293 3.10.4, 3.10.5 and the end of a connection */

/** End a connection: out of the table now, its service told and its memory free soon. */
void rs_tcp_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how);

/** Abort a connection (3.10.5): a reset where the RFC has one, for this reason. */
void rs_tcp_abort(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_reset_reason reason,
	enum rs_end how);

/** Count the end of a connection. */
void rs_tcp_count_end(struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_end how);

/** Tell a service the end of its connection, once. */
void rs_tcp_tell_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how);

/** Send the resets that ended connections owe and free their TCBs. @return frames in tx */
uint16_t rs_tcp_bury(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

/** Stop some of the connections, when stopping. */
void rs_tcp_stop_some(struct rs_tcp *tcp);

/* icmp.c: RFC 9293 3.9.2.2 */

/** The ICMP errors that came with the burst. */
void rs_tcp_icmp(struct rs_tcp *tcp);

/** Tell the service of a condition that does not end its connection (3.9.1.8, MUST-47). */
void rs_tcp_report(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_error what,
	uint32_t detail);

/* timewait.c: RFC 9293 3.6.1, RFC 1337 */

/** Enter TIME-WAIT, or start its 2 MSL again. */
void rs_timewait_enter(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** 2 MSL are over: so is the connection, unless its service has text to take. */
void rs_timewait_over(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** A SYN in TIME-WAIT. @return whether it reopened the connection (MAY-2) */
bool rs_timewait_reopen(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

#endif /* RS_TCP_CORE_CORE_H */
