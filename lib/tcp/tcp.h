/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The state machine of one worker: the functions that its files call of each other. Input and
 * timers change TCBs and note the segments that they owe; output sends these
 * (lib/README.md, "A segment's way").
 *
 * Hazards of a burst, all tested in tests/wire:
 * - two segments of one connection: the second sees the changes of the first, because input
 *   takes segments one by one, and looks a tuple up again when the connection that it was
 *   matched with has ended, or is another;
 * - a TCB that ends is out of the table at once, but its memory is reused only after
 *   the output pass (rs_tcp_bury());
 * - a reset is built after all input, in the mbuf of the segment that it answers.
 */

#ifndef RS_TCP_TCP_H
#define RS_TCP_TCP_H

#include "packet/acl.h"
#include "tcp/core/core.h"
#include "tcp/loss/loss.h"
#include "tcp/options/options.h"

/* init.c */

/** Set up an engine in zeroed memory. @return 0, -EINVAL or -ENOMEM */
int rs_tcp_init(struct rs_tcp *tcp, const struct rs_stack_params *params,
	struct rs_link *link, struct rs_stats *stats, uint64_t now);

/** Free the memory of an engine. */
void rs_tcp_fini(struct rs_tcp *tcp);

/* input.c: RFC 9293 3.10.7 */

/** SEGMENT ARRIVES. @param tcb the segment's connection, NULL: none; the caller keeps m */
void rs_tcp_input(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m);

/* output.c */

/**
 * Serve the ready connections, then those of the bulk list; RS_OUTPUT_BURST of each at most.
 *
 * @return frames put in tx, at most room
 */
uint16_t rs_tcp_output_burst(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

/* tso.c: frames that a device cuts into segments */

/** The new data of such a frame. */
struct rs_tso_text {
	uint32_t len;           /**< bytes: a multiple of `full` */
	uint32_t full;          /**< bytes of each segment */
	uint8_t flags;          /**< PSH and FIN of the last segment */
};

/** Whether the next segments of a connection may leave in one frame. */
bool rs_tso_allows(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/**
 * Get mbufs for a frame of segments of `full` bytes.
 *
 * @param segs  [in,out] most segments, and those that the frame has room for
 * @return a chain, NULL: the segments leave alone, because there is no room for two
 */
struct rte_mbuf *rs_tso_get(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t full,
	uint32_t *segs);

/**
 * Write the frame at SND.NXT.
 *
 * @param m      of rs_tso_get()
 * @param chunk  [in,out] with `off` as of rs_queue_copy()
 */
void rs_tso_write(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const struct rs_tso_text *text, uint32_t *chunk, uint32_t *off);

/* reset.c: RFC 9293 3.5.2 and 3.5.3 */

/**
 * Turn each segment that is owed a reset into it, in its mbuf. The mbufs that hold an answer
 * already (RS_SEGMENT_ANSWERED) go with them.
 *
 * @return frames put in tx
 */
uint16_t rs_reset_burst(struct rs_tcp *tcp, const struct rs_segment *segs,
	struct rte_mbuf **pkts, uint16_t n, struct rte_mbuf **tx);

/**
 * CLOSED STATE for the strays of a burst (3.10.7.1): turn each into its reset, in its mbuf. A
 * stray that is a reset is counted and logged, and joins parsed->done; so does one whose reset
 * the rate limits withhold, which is counted.
 *
 * @return frames put in tx
 */
uint16_t rs_reset_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx);

/** The same for the strays of IPv6, which there are none of while resets have a rate limit. */
uint16_t rs_reset_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx);

/** Withhold the resets of a burst that the rate limits do not allow: seg->owed is cleared. */
void rs_reset_limit_burst(struct rs_tcp *tcp, struct rs_segment *segs, uint16_t n);

/** Build the reset of an ended connection (3.10.5). @return its frame, or NULL: no mbuf */
struct rte_mbuf *rs_reset_connection(struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Count and log a received reset. @param tcb its connection, NULL: none, or a record of
 *  TIME-WAIT; `state` is its state */
void rs_reset_received(struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_segment *seg,
	enum rs_state state, enum rs_reset_verdict verdict);

/** See rs_stack_resets(). */
unsigned int rs_reset_log_read(const struct rs_reset_log *log, struct rs_reset_record *records,
	unsigned int n);

/** Read records from number *from on, see rs_stack_resets_from(). Any thread. */
unsigned int rs_reset_log_read_from(const struct rs_reset_log *log, uint64_t *from,
	struct rs_reset_record *records, unsigned int n);

/* screen.c: the access list */

/** In an index of rs_conn_find_burst(): the access list refuses the segment. It has RS_CONN_WAITS,
 *  too, so that segments which it allows are not asked for another bit. */
#define RS_SCREEN_DROP (UINT32_C(1) << 31 | RS_CONN_WAITS)
#define RS_SCREEN_RESET (RS_SCREEN_DROP | 1)

/** Whether an index is one of these. */
static inline bool
rs_screen_refuses(uint32_t index)
{
	return (index & RS_SCREEN_DROP) == RS_SCREEN_DROP;
}

/** Use an access list, or none, from now on. */
static inline void
rs_screen_set(struct rs_tcp *tcp, const struct rs_acl *acl)
{
	tcp->acl = acl;
	tcp->screens = acl != NULL || tcp->link->except != NULL;
}

/**
 * Have the access list decide about the segments of a burst that belong to no connection, or would
 * begin one in place of one in TIME-WAIT.
 *
 * @param index  [in,out] of rs_conn_find_burst(); RS_SCREEN_DROP or RS_SCREEN_RESET where the
 *               segment is refused
 */
void rs_screen_segments(const struct rs_tcp *tcp, const struct rs_segment *segs, uint16_t n,
	uint32_t *index);

/** A segment that is refused: drop it, or owe it a reset. */
void rs_screen_refuse(struct rs_tcp *tcp, struct rs_segment *seg, uint32_t index);

/**
 * Have the access list decide about the strays of a burst, none of which is a reset. Those that it
 * allows stay; those that it drops are counted and join parsed->done.
 *
 * @param refused  [out] strays that are owed a reset
 * @return their number
 */
uint16_t rs_screen_strays(struct rs_tcp *tcp, struct rs_parsed *parsed,
	struct rs_stray refused[RS_BURST]);
uint16_t rs_screen_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed,
	struct rs_stray6 refused[RS_BURST]);

/* inspect.c */

/** The state of the connection of an index of the table. */
struct rs_conn_info rs_tcp_inspect(const struct rs_tcp *tcp, uint32_t index);

/** Abort it (reason `killed`). */
void rs_tcp_kill(struct rs_tcp *tcp, uint32_t index);

/** See rs_stack_walk() and rs_stack_kill_some(). */
unsigned int rs_tcp_walk(const struct rs_tcp *tcp, const struct rs_conn_filter *filter,
	uint64_t *position, struct rs_conn_entry *entries, unsigned int n);
unsigned int rs_tcp_kill_some(struct rs_tcp *tcp, const struct rs_conn_filter *filter,
	enum rs_kill how, uint64_t *position);

/* listen.c: RFC 9293 3.10.7.2 */

/** Whether any listener or closed range names this port of ours. */
static inline bool
rs_listen_names(const struct rs_tcp *tcp, uint16_t port)
{
	return rs_portset_has(&tcp->listening, port);
}

/**
 * Whether a segment to a port of ours may belong to a connection of another stack, for whose
 * connections it is handed over: a listener has the port, or had it before rs_stack_change().
 *
 * @param listener  that of the segment, or NULL
 */
static inline bool
rs_listen_seeks(const struct rs_tcp *tcp, uint16_t port, const struct rs_listener *listener)
{
	return unlikely(__atomic_load_n(tcp->link->seek, __ATOMIC_RELAXED)) &&
	       (listener != NULL ||
		(!rs_listen_names(tcp, port) && rs_portset_has(&tcp->known, port)));
}

/**
 * Mark the ports that any listener or closed range names.
 *
 * @param only_listener  [out] as rs_tcp has it, all 0 before
 * @param listening      [out] likewise
 * @return 0 or -EINVAL
 */
int rs_listen_mark(const struct rs_listener *listeners, unsigned int n, uint8_t *only_listener,
	struct rs_portset *listening);

/** Find anew which ports are looked up: rs_tcp.lookup. */
void rs_listen_lookup(struct rs_tcp *tcp);

/** A listener is another one than before, or the first at its index: set it up. */
void rs_listen_init(struct rs_tcp *tcp, unsigned int listener);

/** Find the listener or closed range of a tuple. @return NULL: none has its port */
const struct rs_listener *rs_listen_match(const struct rs_tcp *tcp,
	const struct rs_tuple *tuple);

/**
 * Find the listener of a segment's destination.
 *
 * @param drop  [out] with NULL: drop the segment in silence, send no reset
 * @return NULL: the port is closed
 */
const struct rs_listener *rs_listen_find(const struct rs_tcp *tcp, const struct rs_segment *seg,
	bool *drop);

/**
 * Third check of LISTEN: make a connection of a SYN, answer it with a cookie, or note the reset
 * that it is owed. A SYN that none of these can serve is dropped in silence.
 */
void rs_listen_syn(struct rs_tcp *tcp, const struct rs_listener *listener,
	struct rs_segment *seg, struct rte_mbuf *m);

/** Return from SYN-RECEIVED to the state before it: LISTEN, or TIME-WAIT (MAY-2). */
void rs_listen_return(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* open.c: the parts that passive and active opens share */

/**
 * Take a TCB for a new connection: CLOSED, in no table yet. Takes over the reference to neigh.
 *
 * @return NULL: no TCB is left, and the reference was given back
 */
struct rs_tcb *rs_open_tcb(struct rs_tcp *tcp, const struct rs_tuple *tuple, uint16_t neigh,
	const struct rs_listener *listener);

/** The same for a connection whose handshake is over: the oldest half-open one may make way. */
struct rs_tcb *rs_open_tcb_completed(struct rs_tcp *tcp, const struct rs_tuple *tuple,
	uint16_t neigh, const struct rs_listener *listener);

/** Count a passive open that enters SYN-RECEIVED, as the newest of the list. */
void rs_half_open_enter(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** It leaves SYN-RECEIVED, for whatever state. Before RS_F_REOPENED is cleared. */
void rs_half_open_leave(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Whether a connection is a passive open in SYN-RECEIVED. */
static inline bool
rs_half_open_is(const struct rs_tcb *tcb)
{
	return tcb->state == RS_SYN_RECEIVED && (tcb->flags & RS_F_ACTIVE) == 0;
}

/** Whether few half-open connections are left before max_half_open is reached. */
static inline bool
rs_half_open_scarce(const struct rs_tcp *tcp)
{
	return tcp->half_open.n > tcp->par.max_half_open / 2;
}

/* syncookie.c: RFC 4987 3.6 */

/** Set the keys and the epoch. */
void rs_syncookie_init(struct rs_tcp *tcp, const struct rs_stack_params *params);

/** Whether SYNs are answered with cookies now. */
static inline bool
rs_syncookie_due(const struct rs_tcp *tcp)
{
	return tcp->par.syn_cookies == RS_COOKIES_ALWAYS ||
	       (tcp->par.syn_cookies == RS_COOKIES_AUTO &&
		tcp->half_open.n >= tcp->par.max_half_open);
}

/**
 * Answer a SYN with a cookie, in its mbuf: seg->owed becomes RS_SEGMENT_ANSWERED. A plain SYN is
 * only noted, and rs_syncookie_write_burst() writes its answer.
 *
 * @return false: cookies are off, or the SYN needs a TCB; nothing has changed
 */
bool rs_syncookie_answer(struct rs_tcp *tcp, const struct rs_listener *listener,
	struct rs_segment *seg, struct rte_mbuf *m);

/** Write the answers of the plain SYNs that were noted in this burst. */
void rs_syncookie_write_burst(struct rs_tcp *tcp);

/**
 * Make a connection of the ACK of a cookie, in SYN-RECEIVED: the ACK is still to be processed.
 *
 * @return NULL: the ACK has no cookie that is good, and seg->owed is the reason of the reset;
 *   or there is no room, and the ACK is dropped
 */
struct rs_tcb *rs_syncookie_open(struct rs_tcp *tcp, const struct rs_listener *listener,
	struct rs_segment *seg, const struct rte_mbuf *m);

/** Bind a connection to a listener: its settings and counters. */
void rs_open_bind(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_listener *listener);

/** Set the ISS, window, first RTO and R2 of an open. The wheel is armed when its SYN is sent. */
void rs_open_begin(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t iss);

/** Arm the wheel for R2 of an open that sends no SYN now. */
static inline void
rs_open_arm(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	rs_timer_arm(&tcp->wheel, rs_tcb_index(tcp, tcb), tcb->t_life);
}

/** Take over the peer's SYN, after rs_open_begin(): numbers, window, options. */
void rs_open_syn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/** Enter SYN-RECEIVED, and owe the SYN-ACK. */
void rs_open_received(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg);

/** Choose an initial sequence number (3.4.1, RFC 6528). */
uint32_t rs_open_isn(const struct rs_tcp *tcp, const struct rs_tuple *tuple);

/* connect.c: RFC 9293 3.10.1, active */

/** Put all local ports of the parameters into their ring. The secrets are set before. */
void rs_local_ports_init(struct rs_tcp *tcp);

/**
 * In SYN-SENT, use the sender of the peer's SYN as next hop, if the SYN acknowledges ours or
 * no other next hop is known.
 *
 * @return whether the MAC of the next hop is known
 */
bool rs_connect_reaches(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/**
 * Count a connection of a local port. Segments to a port without a listener are looked up only
 * while it has connections; all others are strays.
 */
static inline void
rs_local_port_take(struct rs_tcp *tcp, uint16_t port)
{
	if (!rs_portset_has(&tcp->known, port) && tcp->active[port]++ == 0)
		rs_portset_add(&tcp->lookup, port);
}

/** A connection of a local port has left the table. */
static inline void
rs_local_port_release(struct rs_tcp *tcp, uint16_t port)
{
	/* a port that became known meanwhile stays looked up */
	if (unlikely(!rs_portset_has(&tcp->known, port)) && --tcp->active[port] == 0 &&
	    !tcp->par.closed_drop &&
	    (tcp->acl == NULL || !rs_portset_has(&tcp->acl->ports, port)))
		rs_portset_remove(&tcp->lookup, port);
}

/** Take a connection off the list that waits for its neighbour, if it is there. */
void rs_connect_stop_waiting(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Neighbours resolved or failed: the opens that waited for them send their SYN, or end. */
void rs_connect_resolved(struct rs_tcp *tcp);

/* receive.c: received text and its delivery to the service */

/** Receive in-order text. @return bytes accepted, 0..len: RCV.NXT has moved over them */
uint32_t rs_receive_text(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len);

/** Offer the text that the service left, then notify it of a FIN and of an orderly end. */
void rs_receive_offer(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Whether text waits for the service. */
static inline bool
rs_receive_waits(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_BUSY) != 0 && rs_busy_at(&tcp->buf, tcb->busy)->rcv.head != 0;
}

/** The largest window of a shift (RFC 7323 2.3) that `room` bytes allow, in whole units. */
uint32_t rs_receive_window_most(uint32_t room, uint8_t shift);

/** The largest window that the buffer has room for, in whole units. @param busy rs_tcb_busy() */
static inline uint32_t
rs_receive_window_target(const struct rs_tcp *tcp, const struct rs_tcb *tcb,
	const struct rs_busy *busy)
{
	uint8_t shift = rs_tcb_rcv_shift(tcb);
	uint32_t size = tcp->par.rcv_buf;

	if (likely(busy == NULL || busy->rcv_len == 0))
		return tcp->rcv_most[shift != 0];
	return rs_receive_window_most(busy->rcv_len < size ? size - busy->rcv_len : 0, shift);
}

/** Whether the window grows by min(Fr * RCV.BUFF, Eff.snd.MSS) or more (3.8.6.2.2). */
static inline bool
rs_receive_window_opens(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t target)
{
	return target > tcb->rcv_wnd &&
	       target - tcb->rcv_wnd >= RTE_MIN(tcp->par.rcv_buf / 2, (uint32_t)tcb->snd_mss);
}

/**
 * Forget RCV.UP once the service has taken the urgent data. It must not stay behind RCV.NXT,
 * because 2^31 bytes further on it would seem to be ahead. Each ACK pulls, which is often
 * enough: no peer sends 2^31 bytes without one.
 */
void rs_receive_pull_up(const struct rs_tcb *tcb, struct rs_busy *busy);

/** Open RCV.WND as SWS avoidance allows. @return SEG.WND (3.8.6.2.2, RFC 7323 2.3) */
static inline uint16_t
rs_receive_window(const struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_busy *busy)
{
	uint8_t shift = rs_tcb_rcv_shift(tcb);
	uint32_t unit = UINT32_C(1) << shift;
	uint32_t target = rs_receive_window_target(tcp, tcb, busy);
	uint32_t whole = (tcb->rcv_wnd + unit - 1) & ~(unit - 1);

	if (unlikely(busy != NULL && busy->urgent))
		rs_receive_pull_up(tcb, busy);
	/* The field counts in units of 2^shift. Rounding down would shrink the window that was
	 * offered (SHLD-14, RFC 7323 2.4), so it is rounded up as far as there is room. */
	if (rs_receive_window_opens(tcp, tcb, target))
		tcb->rcv_wnd = target;
	else if (whole <= target)
		tcb->rcv_wnd = whole;
	return (uint16_t)(tcb->rcv_wnd >> shift);
}

/** Take an urgent pointer, and notify the service (3.8.5, 3.10.7.4 sixth). */
void rs_receive_urgent(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t up);

/* reassembly.c */

/** Keep text beyond RCV.NXT (SHLD-31). @return whether it was kept */
bool rs_reassembly_keep(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t seq, uint32_t len, bool fin);

/** Whether out-of-order text waits for a gap to be filled. */
static inline bool
rs_reassembly_waits(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_BUSY) != 0 && rs_busy_at(&tcp->buf, tcb->busy)->ooo.head != 0;
}

/** Receive the queued text that now follows RCV.NXT. @return whether a FIN follows it */
bool rs_reassembly_pull(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Drop the out-of-order text, because nothing can follow a FIN. */
void rs_reassembly_drop(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* evict.c */

/** Make room for the connections that were refused some in this run, and count how. */
void rs_evict_run(struct rs_tcp *tcp);

/* timers.c */

/** Run the timers that have expired, at most RS_TIMER_BURST connections. */
void rs_tcp_timers(struct rs_tcp *tcp);

/** Arm the wheel for the delayed ACK, which is set. */
void rs_tcp_ack_arm(struct rs_tcp *tcp, const struct rs_tcb *tcb);

/**
 * Delay the ACK of text. If the service has answered the text, its data leaves in this run and
 * carries the ACK, so output arms the wheel only if it did not leave.
 */
static inline void
rs_tcp_ack_delay(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	tcb->flags |= RS_F_T_ACK;
	/* the current tick counts: an ACK must never be late (MUST-40) */
	tcb->t_ack = (uint16_t)(tcp->tick + tcp->par.ack_delay_ms);
	if ((tcb->owes & RS_OWES_DATA) == 0)
		rs_tcp_ack_arm(tcp, tcb);
}

/* time_limit.c */

/** The service's time limit is over: notify it, or else abort the connection. */
void rs_time_limit_over(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* audit.c */

/** Check the invariants of all connections. @return the broken one, a sentence; or NULL */
const char *rs_tcp_audit(const struct rs_tcp *tcp);

/* close.c: RFC 9293 3.10.4, 3.10.5 and the end of a connection */

/** End a connection: remove it from the table now; rs_tcp_bury() does the rest. */
void rs_tcp_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how);

/** Abort a connection (3.10.5), with a reset for this reason where the RFC sends one. */
void rs_tcp_abort(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_reset_reason reason,
	enum rs_end how);

/** Count the end of a connection. */
void rs_tcp_count_end(struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_end how);

/** Count the end of a connection of this listener. */
void rs_tcp_count_ended(struct rs_tcp *tcp, uint8_t listener, enum rs_end how);

/**
 * Send the resets of ended connections, notify their services and free their TCBs.
 *
 * @return frames put in tx, at most room
 */
uint16_t rs_tcp_bury(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

/** End a connection because the stack or its listener stops: reset it, or close it in order. */
void rs_tcp_stop(struct rs_tcp *tcp, struct rs_tcb *tcb, bool reset);

/** Close or abort RS_STOP_BURST more connections, after rs_stack_stop(). */
void rs_tcp_stop_some(struct rs_tcp *tcp);

/* icmp.c: RFC 9293 3.9.2.2 */

/** Apply the ICMP errors of this burst to their connections. */
void rs_tcp_icmp(struct rs_tcp *tcp);

/* timewait.c: RFC 9293 3.6.1, RFC 1337 */

/** Enter TIME-WAIT, or restart its 2 MSL. */
void rs_timewait_enter(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** 2 MSL are over: end the connection, unless its service has text to take. */
void rs_timewait_over(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Reopen a connection in TIME-WAIT by a new SYN (MAY-2). @return whether it was reopened */
bool rs_timewait_reopen(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/** As rs_timewait_reopen(), for a record. @return false: the segment goes on to step 1 */
bool rs_timewait_reopen_record(struct rs_tcp *tcp, uint32_t index, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/**
 * After the output of a connection in TIME-WAIT: replace its TCB by a record, for which the
 * oldest record makes way if none is free. Text that its service has not taken, and IP options
 * of its own, keep it in its TCB, for whose 2 MSL the wheel is armed then.
 */
void rs_timewait_settle(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** End a record: remove it from the table and free it. */
void rs_timewait_end(struct rs_tcp *tcp, uint32_t index, enum rs_end how);

/** End the records whose 2 MSL are over, a bounded number of them. */
void rs_timewait_expire(struct rs_tcp *tcp);

/** Ticks until a record expires, 0..most. */
uint32_t rs_timewait_next(const struct rs_tcp *tcp, uint32_t most);

/** RCV.WND of a record, bytes. */
uint32_t rs_timewait_rcv_wnd(const struct rs_tcp *tcp, const struct rs_timewait *tw);

/* timewait_input.c: RFC 9293 3.10.7.4 */

/** SEGMENT ARRIVES for a record. @param index of the record; the caller keeps m */
void rs_timewait_input(struct rs_tcp *tcp, uint32_t index, struct rs_segment *seg,
	const struct rte_mbuf *m);

/** Send the ACKs that records owe since rs_timewait_input(). @return frames put in tx */
uint16_t rs_timewait_acks(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

#endif /* RS_TCP_TCP_H */
