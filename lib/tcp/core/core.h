/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The TCP engine of one worker, struct rs_tcp, and the operations on a connection that every
 * room of tcp/ uses: change its state, note a segment that it owes, set a timer, notify its
 * service.
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

/** Most segments of one connection in one turn of output, so that none starves the others. */
#define RS_OUTPUT_QUANTUM 16

/** Most connections whose timers one run serves. */
#define RS_TIMER_BURST 64

/** Most connections that one run takes off the lists of resolved neighbours. */
#define RS_RESOLVED_BURST 256

/** Most connections that one run stops. */
#define RS_STOP_BURST 32

/** Least Eff.snd.MSS, because a smaller one makes us send a frame for a few bytes
 *  (CVE-2019-11479). */
#define RS_MSS_LEAST 48

/** Least text of a segment, whatever the options: with the least MTU (RFC 791 3.2) they leave
 *  as much. */
#define RS_TEXT_LEAST 8

/** RTO for data when the SYN or SYN-ACK was retransmitted (RFC 6298 5.7). */
#define RS_RTO_AFTER_SYN_MS 3000U

/**
 * Low bits of rs_tcb.challenges that count, to RS_CHALLENGES_MAX. The others are the second
 * that they count in, modulo 4096, which can cost a connection one challenge ACK an hour.
 */
#define RS_CHALLENGE_BITS 4

/** A delayed ACK must be sooner (MUST-40). */
#define RS_ACK_DELAY_LIMIT_MS 500

/** The connections that wait for output, first in first out, each at most once. */
struct rs_ready {
	uint32_t *ring;
	uint32_t mask;
	uint32_t head;          /**< the next one to serve */
	uint32_t tail;
};

/** The log of resets; one writer, readers on any thread (rs_reset_log_read()). */
struct rs_reset_log {
	struct rs_reset_record records[RS_RESET_LOG + 1]; /**< one may be half written */
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
	struct rte_mbuf *spare[RS_BURST]; /**< of this burst, reused for frames to send */
	uint16_t n_spare;
	const struct rs_tcb *offering; /**< its service's data callback is running */
	const struct rs_tcb *ending; /**< it ends, and its service is offered the rest */
	struct rs_ip_extras ip_extras;
	uint32_t dead;          /**< list of ended TCBs by timer.next */
	const struct rs_listener *listeners;
	unsigned int n_listeners;
	struct rs_listener_stats *listener_stats;
	uint64_t listening[UINT16_MAX / 64 + 1]; /**< ports in any listener or closed range */
	uint64_t isn_key[2];
	uint32_t ts_base;       /**< secret: the origin of our timestamps */
	uint16_t uto;           /**< our User Timeout option; 0: none is sent or taken */
	rs_replies_here *replies_here; /**< for rs_connect() */
	void *replies_arg;
	uint32_t connects;      /**< counts local ports, so that no two picks match */
	bool stopping;
	enum rs_stop stop_how;
	uint32_t stop_next;     /**< the TCB that rs_tcp_stop_some() stops next */
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

/** The busy block, taken from the pool if the connection has none; NULL: pool empty. */
struct rs_busy *rs_tcb_busy_get(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Set or clear a flag. */
static inline void
rs_tcb_set_flag(struct rs_tcb *tcb, enum rs_tcb_flag flag, bool on)
{
	if (on)
		tcb->flags |= flag;
	else
		tcb->flags &= (uint32_t)~flag;
}

/** Whether our FIN is queued, and was never sent. */
static inline bool
rs_tcb_fin_unsent(const struct rs_tcb *tcb)
{
	return (tcb->flags & (RS_F_FIN_QUEUED | RS_F_FIN_SENT)) == RS_F_FIN_QUEUED;
}

/** MAX.SND.WND in bytes (3.8.6.2.1, RFC 5961 5). */
static inline uint32_t
rs_tcb_max_snd_wnd(const struct rs_tcb *tcb)
{
	return (uint32_t)tcb->max_snd_wnd << rs_tcb_snd_shift(tcb);
}

/** Note the segments (enum rs_owes) that are owed, and put the connection in the ready ring. */
void rs_tcp_owe(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t owes);

/** Change the state, and the gauge of states. */
void rs_tcb_set_state(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_state state);

/** The MSS that we announce: as configured, or else as our MTU allows (MUST-67). */
uint16_t rs_tcp_rmss(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** Whether frame m came in the VLAN of a connection, whatever its priority. */
static inline bool
rs_tcp_in_vlan(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rte_mbuf *m)
{
	return rs_ether_same_vlan(rs_ether_vlan(m), tcp->link->neighs[tcb->neigh].vlan);
}

/** Send the connection's frames to the sender of m from now on, if m came in its VLAN. */
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

/** Owe an ACK to a segment that is dropped for its SEQ or its timestamp (3.10.7.4 first). */
void rs_tcp_ack_unacceptable(struct rs_tcp *tcp, struct rs_tcb *tcb,
	const struct rs_segment *seg);

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

/** Get an mbuf for a frame: a spare one of this burst, or a new one. @return NULL: counted */
struct rte_mbuf *rs_tcp_mbuf_get(struct rs_tcp *tcp);

/* notify.c */

/** Report a condition to the service that does not end its connection (3.9.1.8, MUST-47). */
void rs_tcp_report(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_error error,
	uint32_t detail);

/** Notify a service of the end of its connection, once. */
void rs_tcp_notify_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how);

#endif /* RS_TCP_CORE_CORE_H */
