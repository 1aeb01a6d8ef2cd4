/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The state machine of one worker, and what its files call of each other. Input and timers
 * change TCBs and note what is owed; output pays it (lib/README.md, "A segment's way").
 *
 * Hazards of a burst, all tested in tests/wire:
 * - two segments of one connection: the second sees what the first did, because input runs
 *   one by one and looks a tuple up again when the table changed since the burst's lookup;
 * - a TCB that ends is out of the table at once, but its memory is reused only after
 *   the output pass (rs_tcp_bury());
 * - a reset is built after all input, in the mbuf of the segment that is owed it.
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

/** Free all that it holds. */
void rs_tcp_fini(struct rs_tcp *tcp);

/* input.c: RFC 9293 3.10.7 */

/** SEGMENT ARRIVES. @param tcb its connection, NULL: none; m is the caller's */
void rs_tcp_input(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_segment *seg,
	struct rte_mbuf *m);

/* output.c */

/** Pay what a connection owes. @return frames put in tx, at most room */
uint16_t rs_tcp_output(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf **tx,
	uint16_t room);

/** Serve the ready connections. @return frames put in tx, at most room */
uint16_t rs_tcp_output_burst(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

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

/**
 * Take a TCB for a new connection: CLOSED, in no table yet. Takes over the reference to neigh.
 *
 * @return NULL: no TCB is left, and the reference was given back
 */
struct rs_tcb *rs_open_tcb(struct rs_tcp *tcp, const struct rs_tuple *tuple, uint16_t neigh,
	const struct rs_listener *listener);

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

/* timers.c */

/** Run what fell due. */
void rs_tcp_timers(struct rs_tcp *tcp);

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

/** Send the resets that ended connections owe and free their TCBs. @return frames in tx */
uint16_t rs_tcp_bury(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room);

/** Stop some of the connections, when stopping. */
void rs_tcp_stop_some(struct rs_tcp *tcp);

/* icmp.c: RFC 9293 3.9.2.2 */

/** The ICMP errors that came with the burst. */
void rs_tcp_icmp(struct rs_tcp *tcp);

/* timewait.c: RFC 9293 3.6.1, RFC 1337 */

/** Enter TIME-WAIT, or start its 2 MSL again. */
void rs_timewait_enter(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** 2 MSL are over: so is the connection, unless its service has text to take. */
void rs_timewait_over(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** A SYN in TIME-WAIT. @return whether it reopened the connection (MAY-2) */
bool rs_timewait_reopen(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m);

#endif /* RS_TCP_TCP_H */
