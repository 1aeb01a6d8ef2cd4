/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The transmission control block (RFC 9293 3.3.1): 128 bytes a connection. Line 0 has the
 * fields that each segment of an established connection reads or changes, line 1 the others, some
 * of which nearly each segment touches, too (SND.WL1, the delayed ACK). Sequence variables have
 * the RFC's names. Queues are in the busy block (conn/busy.h), which a connection has only while
 * data is queued.
 */

#ifndef RS_CONN_TCB_H
#define RS_CONN_TCB_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>

#include "base/addr.h"
#include "base/stats.h"

/**
 * Work that a connection owes. Input and timers set the bits and send nothing; output does
 * the work once a run, so that one ACK answers all segments of a burst (lib/README.md).
 */
enum rs_owes {
	RS_OWES_ACK = 1 << 0,       /**< an acknowledgment, without delay */
	RS_OWES_SYN = 1 << 1,       /**< a SYN, in SYN-RECEIVED with ACK */
	RS_OWES_DATA = 1 << 2,      /**< new data or FIN, as far as the windows allow */
	RS_OWES_RTX = 1 << 3,       /**< a retransmission */
	RS_OWES_PROBE = 1 << 4,     /**< one octet into a closed window (3.8.6.1) */
	RS_OWES_KEEPALIVE = 1 << 5, /**< a keep-alive probe (3.8.4) */
	RS_OWES_RST = 1 << 6,       /**< a reset; the connection is gone (3.10.5) */
	RS_OWES_OFFER = 1 << 7,     /**< an offer of the data that its service did not take */
};

/** Flags of a connection. */
enum rs_tcb_flag {
	RS_F_READY = 1 << 0,       /**< in the ready FIFO, for output */
	RS_F_TIMER = 1 << 1,       /**< linked in the timer wheel */
	RS_F_T_RTX = 1 << 2,       /**< t_rtx is set */
	RS_F_T_ACK = 1 << 3,       /**< t_ack is set: an acknowledgment is being delayed */
	RS_F_T_LIFE = 1 << 4,      /**< t_life is set */
	RS_F_NODELAY = 1 << 5,     /**< Nagle is off (MUST-17) */
	RS_F_KEEPALIVE = 1 << 6,   /**< keep-alive is on (MUST-24) */
	RS_F_REOPENED = 1 << 7,    /**< SYN-RECEIVED came from TIME-WAIT (MAY-2) */
	RS_F_OPENED = 1 << 8,      /**< `opened` was called, or rs_connect(), so `ended` must be */
	RS_F_FIN_QUEUED = 1 << 9,  /**< CLOSE was called: FIN follows the queued data */
	RS_F_FIN_SENT = 1 << 10,   /**< FIN is SND.NXT - 1 */
	RS_F_FIN_RCVD = 1 << 11,   /**< FIN received, `peer_closed` not yet called */
	RS_F_RX_CLOSED = 1 << 12,  /**< both sides closed: new data is reset (SHLD-3) */
	RS_F_WANT_WRITE = 1 << 13, /**< the service queued less than it wanted: `writable` is due */
	RS_F_LINGER_ZERO = 1 << 14, /**< close is an abort */
	RS_F_WSCALE = 1 << 15,     /**< both sides scale their windows (RFC 7323 2.2) */
	RS_F_BUSY = 1 << 16,       /**< it has a busy block */
	RS_F_ACTIVE = 1 << 17,     /**< opened by rs_connect(), not by a listener (MUST-11) */
	RS_F_SACK = 1 << 18,       /**< the peer's SYN had SACK-permitted (RFC 2018 2) */
	RS_F_TS = 1 << 19,         /**< both sides send timestamps (RFC 7323 3.2) */
	RS_F_TS_STALE = 1 << 20,   /**< idle for 24 days: TS.Recent is invalid (RFC 7323 5.5) */
	RS_F_ECN = 1 << 21,        /**< both sides are ECN-capable (RFC 3168 6.1.1) */
	RS_F_ECE = 1 << 22,        /**< ECE in each ACK until CWR is received (RFC 3168 6.1.3) */
	RS_F_CWR = 1 << 23,        /**< CWR in the next new data (RFC 3168 6.1.2) */
	RS_F_T_PACE = 1 << 24,     /**< its sender's pacing.due is set */
	RS_F_UTO = 1 << 25,        /**< our user time-out goes with the next segment (RFC 5482 3) */
	RS_F_FINISH = 1 << 26,     /**< rs_conn_finish(): FIN-WAIT-2 has a limit */
	RS_F_OLD_TS = 1 << 27,     /**< with REOPENED: the previous connection had timestamps */
	RS_F_LIMIT = 1 << 27,      /**< ESTABLISHED, CLOSE-WAIT: the service set a time limit */
	RS_F_WAITS = 1 << 28,      /**< SYN-SENT: waits for its neighbour's MAC */
	RS_F_WAITS_POOL = 1 << 28, /**< other states: its service waits for a pool to refill */
	RS_F_UTO_SET = 1 << 29,    /**< its user time-out was set by the service (MUST-21) */
	RS_F_SECURE = 1 << 30,     /**< its segments must carry a security option */
	RS_F_IP_EXTRA = 1u << 31,  /**< it has a struct rs_ip_extra (tcp/core/ip_extra.h) */
};

/** A connection's place in the timer wheel, by TCB index. */
struct rs_timer_node {
	uint32_t next;     /**< 0: last */
	uint32_t prev;     /**< an index, or RS_TIMER_HEAD and the slot */
	uint32_t expires;  /**< tick under which it is linked */
};

/** The windows of congestion control while no data is in flight, in segments. */
struct rs_idle {
	uint16_t cwnd;      /**< 0: the initial window */
	uint16_t ssthresh;  /**< 0: no limit */
};

/** A connection. */
struct rs_tcb {
	struct rs_tuple tuple;
	uint32_t snd_una;       /**< SND.UNA; ISS in SYN-SENT and SYN-RECEIVED */
	uint32_t snd_nxt;       /**< SND.NXT: behind the highest octet sent, never moved back */
	uint32_t rcv_nxt;       /**< RCV.NXT */
	uint32_t rcv_wnd;       /**< RCV.WND: the unused rest of the offered window */
	uint32_t flags;         /**< enum rs_tcb_flag */
	union {
		uint32_t busy;      /**< with RS_F_BUSY: index of its busy block */
		struct rs_idle idle; /**< without: windows for its next sender */
		uint32_t old_snd_nxt; /**< reopened SYN-RECEIVED: previous connection's SND.NXT */
	};
	uint16_t snd_wnd;       /**< SND.WND, not scaled: rs_tcb_snd_wnd() */
	uint8_t state;          /**< enum rs_state */
	uint8_t owes;           /**< enum rs_owes */

	union {
		uint32_t last_ack;  /**< Last.ACK.sent (RFC 7323 4.3): the RCV.NXT last sent */
		uint32_t syn_sent;  /**< SYN-SENT, SYN-RECEIVED: time of the SYN, microseconds;
				     *   0: unknown, because a SYN cookie does not hold it */
	};
	union {
		uint32_t snd_wl1;   /**< SND.WL1; reopened SYN-RECEIVED: the previous RCV.NXT */
		uint32_t wait_next; /**< with RS_F_WAITS: next TCB that waits for the neighbour */
	};
	struct rs_timer_node timer;
	union {
		uint32_t t_rtx;  /**< retransmission or persist, tick */
		struct {
			uint32_t probes : 8;      /**< keep-alive probes unanswered */
			uint32_t idle_since : 24; /**< tick of the last data sent, low bits */
		};               /**< of an idle connection, without RS_F_T_RTX */
	};
	uint32_t t_life;        /**< R2, user time-out, a time limit, keep-alive, FIN-WAIT-2 or
				 *   2 MSL, tick */
	uint32_t srtt;          /**< SRTT, microseconds; 0: no sample yet */
	uint32_t rttvar;        /**< RTTVAR, microseconds; without a sample the first RTO */
	union {
		uint32_t ts_recent; /**< TS.Recent (RFC 7323 4.3) */
		uint32_t wait_prev; /**< with RS_F_WAITS: previous TCB that waits; 0: first */
	};
	union {
		void *user;         /**< rs_conn_user() */
		uint32_t old_ts_recent; /**< reopened SYN-RECEIVED: previous TS.Recent */
		struct {
			uint32_t half_next; /**< the half-open one after it; 0: it is the newest */
			uint32_t half_prev; /**< 0: it is the oldest */
		};                  /**< other passive SYN-RECEIVED: struct rs_half_open */
	};
	uint16_t snd_mss;       /**< Eff.snd.MSS (MUST-16) */
	uint16_t max_snd_wnd;   /**< MAX.SND.WND, not scaled (RFC 5961 5) */
	uint16_t ts_offset;     /**< high half of the offset of its timestamps (RFC 7323 5.4) */
	uint16_t t_ack;         /**< delayed ACK, the low bits of its tick */
	uint16_t neigh;         /**< index of the neighbour that its frames are sent to */
	union {
		uint16_t challenges; /**< this second's challenge ACKs: rs_tcp_challenge() */
		struct {
			uint8_t end;       /**< enum rs_end */
			uint8_t end_state; /**< the enum rs_state it ended in */
		};                   /**< of a dead connection */
	};
	uint8_t listener;       /**< index in rs_stack_params.listeners */
	uint8_t wscale;         /**< Snd.Wind.Shift << 4 | Rcv.Wind.Shift (RFC 7323 2.3) */
	union {
		uint8_t backoff; /**< doublings of the RTO (RFC 6298 5.5) */
		uint8_t reason;  /**< of a dead connection that owes a RST: enum rs_reset_reason */
	};
	uint8_t uto;            /**< user time-out of the peer, packed by tcp/options/uto.c */
} __rte_cache_aligned;

static_assert(offsetof(struct rs_tcb, last_ack) == RTE_CACHE_LINE_SIZE,
	"last_ack is the first field of line 1");
static_assert(sizeof(struct rs_tcb) == 2 * RTE_CACHE_LINE_SIZE, "a TCB is two lines");

/** Snd.Wind.Shift: the shift of the windows that the peer offers. */
static inline uint8_t
rs_tcb_snd_shift(const struct rs_tcb *tcb)
{
	return tcb->wscale >> 4;
}

/**
 * SND.WND in bytes, an offset from SND.UNA. SND.WL2 (3.10.7.4 fifth) is not kept, because a
 * window is taken from acceptable ACKs only: the ACK that set the window is never beyond
 * SND.UNA, and the next one is never before it, so the check of SND.WL2 would always pass.
 */
static inline uint32_t
rs_tcb_snd_wnd(const struct rs_tcb *tcb)
{
	return (uint32_t)tcb->snd_wnd << rs_tcb_snd_shift(tcb);
}

/** Rcv.Wind.Shift: the shift of the windows that we offer. */
static inline uint8_t
rs_tcb_rcv_shift(const struct rs_tcb *tcb)
{
	return tcb->wscale & 0xf;
}

/** Whether the state is ESTABLISHED or a later one (RFC 9293 3.5.2, group 3). */
static inline bool
rs_tcb_synchronized(const struct rs_tcb *tcb)
{
	return tcb->state >= RS_ESTABLISHED;
}

/**
 * Whether both FINs are sent and acknowledged. LAST-ACK is kept then while text waits for the
 * service to take it.
 */
static inline bool
rs_tcb_over(const struct rs_tcb *tcb)
{
	return tcb->state == RS_TIME_WAIT ||
	       (tcb->state == RS_LAST_ACK && tcb->snd_una == tcb->snd_nxt);
}

/** Whether text can still be received, because the peer has not closed its side. */
static inline bool
rs_tcb_receives(const struct rs_tcb *tcb)
{
	return tcb->state == RS_ESTABLISHED || tcb->state == RS_FIN_WAIT_1 ||
	       tcb->state == RS_FIN_WAIT_2;
}

/** Whether only the peer's FIN is missing: after rs_conn_close() or rs_conn_finish(). */
static inline bool
rs_tcb_waits_for_fin(const struct rs_tcb *tcb)
{
	return tcb->state == RS_FIN_WAIT_2 &&
	       (tcb->flags & (RS_F_RX_CLOSED | RS_F_FINISH)) != 0;
}

static_assert(RS_ESTABLISHED > RS_SYN_RECEIVED && RS_TIME_WAIT == RS_STATE_MAX - 1 &&
	RS_CLOSED < RS_ESTABLISHED && RS_LISTEN < RS_ESTABLISHED && RS_SYN_SENT < RS_ESTABLISHED,
	"the synchronized states are those from ESTABLISHED on");

#endif /* RS_CONN_TCB_H */
