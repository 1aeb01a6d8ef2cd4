/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The state machine of one worker: the functions that its files call of each other. Input and
 * timers change TCBs and note the segments that they owe; output sends these
 * (lib/README.md, "A segment's way").
 *
 * Hazards of a burst, all tested in tests/wire:
 * - two segments of one connection: the second sees the changes of the first, because input
 *   takes segments one by one, and looks a tuple up again when the table changed since the
 *   burst's lookup;
 * - a TCB that ends is out of the table at once, but its memory is reused only after
 *   the output pass (rs_tcp_bury());
 * - a reset is built after all input, in the mbuf of the segment that it answers.
 */

#ifndef RS_TCP_TCP_H
#define RS_TCP_TCP_H

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

/** Send the segments that a connection owes. @return frames put in tx, at most room */
uint16_t rs_tcp_output(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf **tx,
	uint16_t room);

/** Serve the connections in the ready ring. @return frames put in tx, at most room */
uint16_t rs_tcp_output_burst(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

/* reset.c: RFC 9293 3.5.2 and 3.5.3 */

/** Turn each segment that is owed a reset into it, in its mbuf. @return frames put in tx */
uint16_t rs_reset_burst(struct rs_tcp *tcp, const struct rs_segment *segs,
	struct rte_mbuf **pkts, uint16_t n, struct rte_mbuf **tx);

/** Build the reset of an ended connection (3.10.5). @return its frame, or NULL: no mbuf */
struct rte_mbuf *rs_reset_connection(struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Count and log a received reset. @param state of its connection, RS_CLOSED: none */
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

/**
 * Find the listener of a segment's destination.
 *
 * @param drop  [out] with NULL: drop the segment in silence, send no reset
 * @return NULL: the port is closed
 */
const struct rs_listener *rs_listen_find(const struct rs_tcp *tcp, const struct rs_segment *seg,
	bool *drop);

/** Third check of LISTEN: make a connection of a SYN, or note the reset that it is owed. */
void rs_listen_syn(struct rs_tcp *tcp, const struct rs_listener *listener,
	struct rs_segment *seg, const struct rte_mbuf *m);

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

/** Bind a connection to a listener: its settings and counters. */
void rs_open_bind(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_listener *listener);

/** Set the ISS, window and first RTO of an open, and start its R2. */
void rs_open_begin(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t iss);

/** Take over the peer's SYN, after rs_open_begin(): numbers, window, options. */
void rs_open_syn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

/** Enter SYN-RECEIVED, and owe the SYN-ACK. */
void rs_open_received(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg);

/** Choose an initial sequence number (3.4.1, RFC 6528). */
uint32_t rs_open_isn(const struct rs_tcp *tcp, const struct rs_tuple *tuple);

/* connect.c: RFC 9293 3.10.1, active */

/**
 * In SYN-SENT, use the sender of the peer's SYN as next hop, if the SYN acknowledges ours or
 * no other next hop is known.
 *
 * @return whether the MAC of the next hop is known
 */
bool rs_connect_reaches(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

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

/** Open RCV.WND as SWS avoidance allows. @return SEG.WND (3.8.6.2.2, RFC 7323 2.3) */
uint16_t rs_receive_window(const struct rs_tcp *tcp, struct rs_tcb *tcb);

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

/* timers.c */

/** Run the timers that have expired, at most RS_TIMER_BURST connections. */
void rs_tcp_timers(struct rs_tcp *tcp);

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

/**
 * Send the resets of ended connections, notify their services and free their TCBs.
 *
 * @return frames put in tx, at most room
 */
uint16_t rs_tcp_bury(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

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

#endif /* RS_TCP_TCP_H */
