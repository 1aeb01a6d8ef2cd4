/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The TCP engine of one worker, struct rs_tcp, and what every room of tcp/ may do to a
 * connection: change its state, note what it owes, set a timer, notify its service.
 */

#ifndef RS_TCP_CORE_CORE_H
#define RS_TCP_CORE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/busy.h"
#include "conn/table.h"
#include "conn/tcb.h"
#include "conn/wheel.h"
#include "link/link.h"
#include "packet/frame.h"
#include "packet/segment.h"
#include "packet/tcp_options.h"
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

/** The listener counters of a connection. */
static inline struct rs_listener_stats *
rs_tcb_listener_stats(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return &tcp->listener_stats[tcb->listener];
}

/** The DiffServ field of a connection's segments (MUST-48, SHLD-21). @param extra its own */
static inline uint8_t
rs_tcb_tos(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_ip_extra *extra)
{
	return unlikely(extra != NULL) ? extra->tos : tcp->listeners[tcb->listener].tos;
}

/* owe.c */

/** Answer a segment that is dropped for its SEQ or its timestamp with an ACK (3.10.7.4 first). */
void rs_tcp_unacceptable(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg);

/** Owe a challenge ACK, within the connection's limit. @return whether it is owed */
bool rs_tcp_challenge(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* timer.c */

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

/* mbuf.c */

/** An mbuf to send in: a spare one of this burst or a new one; NULL: none, counted. */
struct rte_mbuf *rs_tcp_mbuf(struct rs_tcp *tcp);

/* notify.c */

/** Tell the service of a condition that does not end its connection (3.9.1.8, MUST-47). */
void rs_tcp_report(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_error what,
	uint32_t detail);

/** Tell a service the end of its connection, once. */
void rs_tcp_tell_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how);

#endif /* RS_TCP_CORE_CORE_H */
