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

#include <rte_prefetch.h>

#include "base/seq.h"
#include "base/siphash.h"
#include "conn/busy.h"
#include "conn/fifo.h"
#include "conn/table.h"
#include "conn/tcb.h"
#include "conn/timewait.h"
#include "conn/wheel.h"
#include "link/link.h"
#include "packet/frame.h"
#include "packet/plain.h"
#include "packet/plain6.h"
#include "packet/segment.h"
#include "packet/tcp_options.h"
#include "rstack.h"
#include "tcp/core/ip_extra.h"
#include "tcp/core/ratelimit.h"

struct rs_sender;

/** Most segments of one connection in one turn of output, so that none starves the others. */
#define RS_OUTPUT_QUANTUM 16

/** Most connections whose timers one run serves; without a backlog RS_WHEEL_FIRES. */
#define RS_TIMER_BURST 128

/** Most records of TIME-WAIT that one run ends when they are due; a run that lags ends up to
 *  four times as many. */
#define RS_TIMEWAIT_BURST 64

/** Most connections that one run takes off the lists of resolved neighbours. */
#define RS_RESOLVED_BURST 256

/** Most connections that one run of output serves, most dead ones that it buries. */
#define RS_OUTPUT_BURST 128
#define RS_BURY_BURST 128

/** Connections ahead of the present one in a queue whose TCBs are fetched. */
#define RS_TCBS_AHEAD 8

/** Frames of a burst that output leaves for the resets of ended connections. */
#define RS_BURY_ROOM 32

/** Frames of a burst that bulk data leaves for the other segments that are owed. */
#define RS_OWED_ROOM 32

/** Most connections that wait for a pool and that one run asks again. */
#define RS_WAKE_BURST 32

/** Most connections that one run evicts for each pool. */
#define RS_EVICT_BURST 8

/** No connection is evicted that has stalled for a shorter time. */
#define RS_EVICT_AGE_MS 1000

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

/** Connections with more data than a turn or a burst had room for, by busy block. */
struct rs_bulk {
	uint32_t head;          /**< the busy block whose turn is next; 0: none */
	uint32_t tail;
	uint32_t n;
};

/** An ACK that a record of TIME-WAIT owes. */
struct rs_timewait_ack {
	uint32_t index;         /**< of the record */
	struct rs_sack dsack;   /**< text that came twice (RFC 2883); empty: none */
};

/**
 * The passive opens in SYN-RECEIVED. All but the reopened ones stand in a list, the oldest
 * first, because the oldest makes way when a TCB is needed.
 */
struct rs_half_open {
	uint32_t n;             /**< passive opens in SYN-RECEIVED, reopened ones included */
	uint32_t first;         /**< TCB index of the oldest; 0: none */
	uint32_t last;
};

/** The keys of a few minutes, each used for the cookies that are sent in its minute. */
#define RS_COOKIE_KEYS 4

/** The plain SYNs of one family in a burst that are answered with cookies, in the order of the
 *  burst. */
struct rs_cookie_syns {
	uint16_t n;
	uint16_t n_ts;          /**< those with timestamps */
	struct rs_siphash_messages hashed;  /**< of the ISS of each */
	struct rs_siphash_messages origins; /**< of the origin of the timestamps of those */
	struct {
		struct rte_mbuf *m;
		rte_be32_t tsval;       /**< the peer's */
		uint8_t tos;
		uint8_t answer;         /**< in rs_syncookies.answers */
	} syns[RS_BURST];
};

static_assert(RS_BURST <= RS_SIPHASH_BURST, "the SYNs of a burst are hashed together");

/** The state of SYN cookies; tcp/syncookie.c. */
struct rs_syncookies {
	uint64_t key[2];        /**< the key of each minute is derived from it */
	uint64_t epoch;         /**< rs_stack_set_epoch() */
	uint64_t until;         /**< microseconds: the last cookie sent is accepted up to here */
	bool shared;            /**< other stacks have the same key */
	struct {
		uint64_t minute;
		uint64_t key[2];
	} keys[RS_COOKIE_KEYS]; /**< of minute m at m modulo RS_COOKIE_KEYS */
	uint8_t offers;         /**< RS_OFFER_*, those that are configured */
	bool brief[RS_PORTS_MAX]; /**< plain SYNs of a port are answered together */
	rs_siphash13_burst *hash;
	struct rs_cookie_syns syns;
	struct rs_cookie_syns syns6; /**< of IPv6 */
	struct rs_plain_syn_ack answers[RS_PORTS_MAX][2 * RS_OFFERS]; /**< by port, by what
				 *   is offered; with ECN those behind RS_OFFERS */
	struct rs_plain6_syn_ack answers6[RS_PORTS_MAX][2 * RS_OFFERS];
	uint16_t mtu6[RS_PORTS_MAX]; /**< the MTU of IPv6 that answers6 are made for */
};

/** The part of a logged reset that is the same for many. */
struct rs_reset_kind {
	uint8_t state;          /**< enum rs_state */
	uint8_t cause;          /**< enum rs_reset_reason or rs_reset_verdict */
	uint8_t flags;          /**< TCP flags */
	uint8_t how;            /**< RS_RESET_SENT, RS_RESET_WIDE */
};

/** In rs_reset_kind.how: it was sent, not received; its addresses are not IPv4; and it belongs to
 *  a connection, which rs_reset_log.conns describes. */
#define RS_RESET_SENT 1
#define RS_RESET_WIDE 2
#define RS_RESET_CONN 4

/** A record of the log as it is kept, two in a cache line. Words are in the order of a frame. */
struct rs_reset_entry {
	uint64_t time;          /**< microseconds */
	uint64_t addrs;         /**< the peer's, ours; unless RS_RESET_WIDE */
	uint64_t numbers;       /**< SEQ, ACK */
	uint32_t ports;         /**< the peer's, ours */
	struct rs_reset_kind kind;
};

static_assert(sizeof(struct rs_reset_entry) == 32, "two records of the log fill a line");

/** Entries of the log: RS_RESET_LOG, and those of a burst, which may be half written. */
#define RS_RESET_ENTRIES 512

static_assert(RS_RESET_ENTRIES >= RS_RESET_LOG + RS_BURST, "no record is read while it changes");

/**
 * The local ports that rs_connect() chooses from: a ring of all in their range, as offsets in it.
 * From `next` on come those that have rested longest; connect.c picks one of them at random.
 */
struct rs_local_ports {
	uint16_t ring[UINT16_MAX + 1];
	uint32_t n;             /**< in the ring */
	uint32_t next;
	uint32_t picks;         /**< so many ever */
};

/** The log of resets; one writer, readers on any thread (rs_reset_log_read()). */
struct rs_reset_log {
	struct rs_reset_entry entries[RS_RESET_ENTRIES];
	struct {
		struct rs_addr laddr;
		struct rs_addr raddr;
	} wide[RS_RESET_ENTRIES];
	struct rs_conn_life conns[RS_RESET_ENTRIES]; /**< written with RS_RESET_CONN only */
	uint64_t conn_resets;   /**< records ever written with RS_RESET_CONN */
	uint64_t next;          /**< records ever written */
	uint64_t head;          /**< those that readers may read: RS_BURST less at most */
};

/** The limits of a listener, in the units that the engine calculates with. */
struct rs_limits {
	uint32_t send_ms;       /**< rs_listener.send_timeout_ms */
	uint32_t send_credit;   /**< milliseconds for each byte acknowledged, times 2^16; 0: one
				 *   byte gives all of send_ms back */
	uint32_t open;          /**< connections that count against max_connections */
	bool counted;           /**< connections are counted, from the first one on */
	bool by_source;         /**< and those of each peer */
	struct rs_rate resets;  /**< of rs_listener.resets_per_second */
};

/** The connections of one peer to one listener. */
struct rs_source {
	uint64_t host;          /**< IPv4 address, or the first 64 bits of an IPv6 address */
	uint32_t count;         /**< 0: a free slot */
	uint32_t listener;
};

/** The peers of the listeners that have max_per_source: a hash table. */
struct rs_sources {
	struct rs_source *slots; /**< NULL: no listener has max_per_source */
	uint32_t mask;
	uint64_t key[2];
};

/** Refusals of the current run, for which rs_evict_run() makes room. */
struct rs_wanted {
	uint32_t busy;          /**< busy blocks */
	uint32_t chunks;        /**< chunks, by connections that hold few */
	bool mbufs;             /**< an mbuf */
	bool more_busy;         /**< an earlier run found no busy block to evict */
	bool more_chunks;       /**< the same for chunks */
	bool any;               /**< one of these is set */
};

/**
 * The beginning of a connection, kept beside its TCB because no segment needs it: the log of resets
 * and an operator's questions do.
 */
struct rs_birth {
	uint64_t since : 40;    /**< microseconds / 1024, so it lasts for 35 years */
	uint64_t retransmitted : 24; /**< segments */
	uint32_t iss;
	uint32_t irs;           /**< with neither SYN-SENT nor CLOSED */
};

static_assert(sizeof(struct rs_birth) == 16, "a connection costs 16 bytes more");

/** A connection whose Eff.snd.MSS was lowered for its path (tcp/loss/path_mtu.c). */
struct rs_path {
	uint32_t tcb;           /**< index of its TCB; 0: a free entry */
	uint32_t due;           /**< tick at which a larger segment is tried */
	uint32_t seq;           /**< with `probing`: the probe's bytes are [seq, end) */
	uint32_t end;
	uint16_t mss;           /**< Eff.snd.MSS before it was lowered first */
	bool probing;           /**< a probe is in flight */
	bool by_error;          /**< an ICMP error lowered it, not time-outs */
};

/** Those of a stack: TCB i may have entry i modulo their number. */
struct rs_paths {
	struct rs_path *entries;
	uint32_t mask;
	uint32_t n;             /**< entries in use */
	uint32_t next;          /**< the entry that is examined next */
	uint32_t tick;          /**< in which entries were examined last */
};

/** The TCP engine of one worker. */
struct rs_tcp {
	struct rs_tcp_params par;
	uint64_t now;           /**< microseconds */
	uint32_t tick;          /**< milliseconds */
	struct rs_link *link;
	struct rs_stats *stats;
	struct rs_tcb *tcbs;
	struct rs_birth *births; /**< of each TCB, or one for all: rs_tcp_params.life */
	uint32_t birth_mask;    /**< of the index of a TCB; 0: one for all */
	struct rs_conn_table table;
	struct rs_timer_wheel wheel;
	struct rs_fifo ready;   /**< connections that owe something, RS_F_READY */
	struct rs_fifo waiting; /**< connections that wait for a pool, RS_F_WAITS_POOL */
	uint32_t woken;         /**< buf.given_back when waiting connections were woken last */
	uint32_t woken_tick;    /**< tick of that */
	struct rs_bulk bulk;
	struct rs_pool tcb_pool;
	struct rs_timewaits waits;
	struct rs_timewait_ack acks[RS_BURST]; /**< owed by records in this burst */
	uint16_t n_acks;
	struct rs_buffers buf;
	struct rs_pool senders; /**< struct rs_sender, one for each busy block */
	struct rs_pool ranges;   /**< struct rs_range: max_sent, and one for each sender */
	struct rte_mbuf *spare[RS_BURST]; /**< of this burst, reused for frames to send */
	uint16_t n_spare;
	const struct rs_tcb *offering; /**< its service's data callback is running */
	const struct rs_tcb *ending; /**< it ends, and its service is offered the rest */
	struct rs_wanted wanted;
	struct rs_ip_extras ip_extras;
	struct rs_paths paths;
	uint32_t dead;          /**< FIFO of ended TCBs by timer.next; in no other FIFO */
	uint32_t dead_newest;
	bool no_mbuf;           /**< the mempool was empty in this run */
	struct rs_half_open half_open;
	struct rs_syncookies cookies;
	const struct rs_listener *listeners;
	unsigned int n_listeners;
	const struct rs_acl *acl; /**< NULL: none */
	bool screens;           /**< strays are looked at before they are answered: there is an
				 *   access list, or a port has exceptions */
	struct rs_listener_stats *listener_stats;
	struct rs_limits *limits; /**< of each listener */
	struct rs_sources sources;
	struct rs_ratelimit ratelimit; /**< of the resets that answer segments */
	bool counts;            /**< a listener has max_connections or max_per_source */
	uint8_t only_listener[UINT16_MAX + 1]; /**< 1 + index of the only listener that names a
				 *   port of ours, on any address; 0: look for it */
	struct rs_portset listening; /**< ports in any listener or closed range */
	struct rs_portset known; /**< those, and ports that were in one before rs_stack_change() */
	struct rs_portset lookup; /**< those, ports with a connection of rs_connect() or a rule of
				 *   the access list, port 0 */
	uint32_t active[UINT16_MAX + 1]; /**< connections of rs_connect() by local port, TIME-WAIT
				 *   included; of ports that are not in `known` */
	uint64_t isn_key[2];
	uint64_t ts_key[2];     /**< of the origin of a tuple's timestamps */
	uint32_t ts_base;       /**< secret: the origin of our timestamps */
	uint16_t uto;           /**< our User Timeout option; 0: none is sent or taken */
	uint8_t rcv_shift;      /**< Rcv.Wind.Shift of every connection that scales its windows */
	uint32_t rcv_most[2];   /**< the largest window, not scaled and scaled */
	uint32_t rmss_least;    /**< the least MSS that we announce on any port */
	rs_replies_here *replies_here; /**< for rs_connect() */
	void *replies_arg;
	rs_frames_seen *frames_seen; /**< NULL: nobody looks */
	void *frames_arg;
	struct rs_local_ports local_ports; /**< for rs_connect() */
	bool stopping;
	enum rs_stop stop_how;
	uint32_t stop_next;     /**< the TCB that rs_tcp_stop_some() stops next */
	uint64_t work;          /**< turns, timers and burials ever: tells whether a run worked */
	struct rs_reset_log log;
};

/** The index of a TCB. */
static inline uint32_t
rs_tcb_index(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (uint32_t)(tcb - tcp->tcbs);
}

/** Fetch both lines of the TCB of an index that will be served soon; 0: there is none. */
static inline void
rs_tcb_prefetch(const struct rs_tcp *tcp, uint32_t index)
{
	const struct rs_tcb *tcb = &tcp->tcbs[index];

	if (index == 0)
		return;
	rte_prefetch0(&tcb->tuple);
	rte_prefetch0(&tcb->last_ack);
}

/** The beginning of a connection. */
static inline struct rs_birth *
rs_tcb_birth(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return &tcp->births[rs_tcb_index(tcp, tcb) & tcp->birth_mask];
}

/** A segment is retransmitted: count it, and of its connection, too. */
static inline void
rs_tcp_retransmitted(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	tcp->stats->tcp.retransmitted++;
	rs_tcb_birth(tcp, tcb)->retransmitted++;
}

/** Age and bytes of a connection that is, or was until now, in a state. */
struct rs_conn_life rs_tcb_life(const struct rs_tcp *tcp, const struct rs_tcb *tcb,
	enum rs_state state);

/** The busy block, or NULL while nothing is queued. */
static inline struct rs_busy *
rs_tcb_busy(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_BUSY) != 0 ? rs_busy_at(&tcp->buf, tcb->busy) : NULL;
}

/** The busy block of a connection that has none, taken from the pool; NULL: pool empty. */
struct rs_busy *rs_tcb_busy_take(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** The busy block, taken from the pool if the connection has none; NULL: pool empty. */
static inline struct rs_busy *
rs_tcb_busy_get(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	return (tcb->flags & RS_F_BUSY) != 0 ? rs_busy_at(&tcp->buf, tcb->busy) :
		rs_tcb_busy_take(tcp, tcb);
}

/** A queue of n chunks was refused another one: count why, and ask for room if it holds few. */
void rs_tcp_no_chunk(struct rs_tcp *tcp, uint32_t n);

/**
 * Whether a connection must not queue data that it cannot pass on at once: only the reserve of
 * the chunks is left, or that of the busy blocks and it has none. The reserve is for data that
 * leaves with the next burst, because peers that take nothing would hold it for long.
 */
static inline bool
rs_tcp_scarce(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return rs_pool_scarce(&tcp->buf.chunks) ||
	       ((tcb->flags & RS_F_BUSY) == 0 && rs_pool_scarce(&tcp->buf.busy));
}

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

/** Put a connection that is not there in the ready FIFO. */
void rs_tcp_ready(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Note the segments (enum rs_owes) that are owed, and put the connection in the ready FIFO. */
static inline void
rs_tcp_owe(struct rs_tcp *tcp, struct rs_tcb *tcb, uint8_t owes)
{
	tcb->owes |= owes;
	if ((tcb->flags & RS_F_READY) == 0)
		rs_tcp_ready(tcp, tcb);
}

/* queue.c */

/**
 * Offer the service another chance to send when a pool has refilled. For a synchronized
 * connection without data in flight, because an ACK offers it anyway.
 */
void rs_tcp_wait_pool(struct rs_tcp *tcp, struct rs_tcb *tcb);

/**
 * Wake as many of the connections that wait for a pool as entries were given back to one, the
 * longest waiting first. A few are woken each millisecond in any case, because devices give
 * mbufs back without notice.
 */
void rs_tcp_wake(struct rs_tcp *tcp);

/** Append a connection that has a busy block to the bulk list, if it is not there. */
void rs_tcp_bulk_add(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Remove a busy block from the bulk list, if it is there. */
void rs_tcp_bulk_remove(struct rs_tcp *tcp, struct rs_busy *busy);

/** Put an ended TCB where rs_tcp_bury() finds it, unless a FIFO still refers to it. */
void rs_tcp_dead_add(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** The MSS that we announce to raddr on a port: as configured, or as its MTU allows (MUST-67). */
uint16_t rs_tcp_rmss_on(const struct rs_tcp *tcp, uint16_t port, const struct rs_addr *raddr);

/** The MSS that we announce on a connection. */
uint16_t rs_tcp_rmss(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/**
 * Send the connection's frames to the sender of m from now on. The resolved entry that it leaves
 * is suspected.
 */
void rs_tcp_move(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m);

/**
 * The peer is silent: a connection whose frames go to where the peer's came from, or to an entry
 * that has failed, sends them to its next hop, if the MAC of that is known (RFC 1122 3.3.1.4). If
 * it is not, it is asked for.
 */
void rs_tcp_move_back(struct rs_tcp *tcp, struct rs_tcb *tcb);

/**
 * A SYN came for a connection: its host may have crashed, and be back with another MAC. Anyone can
 * send a SYN, so the connection's frames go to the MAC that m came from only if that is the one of
 * its next hop. If the MAC of the next hop is not known, or is another one, it is asked for.
 */
void rs_tcp_follow_syn(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rte_mbuf *m);

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
	RS_TIMER_ACK = RS_F_T_ACK, /**< rs_tcp_ack_delay() sets it */
	RS_TIMER_LIFE = RS_F_T_LIFE,
};

/** Arm the wheel for a timer of a connection, which is due at tick `due`. */
static inline void
rs_tcp_timer_arm(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t due)
{
	/* nearly always it is armed for an earlier time, and then it may stay so */
	if ((tcb->flags & RS_F_TIMER) == 0 || rs_seq_gt(tcb->timer.expires, due))
		rs_timer_arm(&tcp->wheel, rs_tcb_index(tcp, tcb), due);
}

/** Set the RTX or LIFE timer to `ms` from now. */
void rs_tcp_timer_set(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_timer_kind kind,
	uint32_t ms);

/** Stop a timer. */
static inline void
rs_tcp_timer_stop(struct rs_tcb *tcb, enum rs_timer_kind kind)
{
	tcb->flags &= (uint32_t)~kind;
}

/* limit.c: time limits of the peer (send_timeout) and of the service */

/** Data is queued where none was: the peer's time to acknowledge some of it begins. */
void rs_limit_send_begin(const struct rs_tcp *tcp, const struct rs_tcb *tcb,
	struct rs_busy *busy);

/** The peer acknowledged n bytes of data: it has earned time. */
void rs_limit_send_acked(const struct rs_tcp *tcp, const struct rs_tcb *tcb,
	struct rs_busy *busy, uint32_t n);

/** Whether the peer has taken too long to acknowledge data. */
bool rs_limit_send_over(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** While t_rtx runs: set t_life to R2, `ms` from now, or to the peer's limit if it is earlier. */
void rs_limit_set_r2(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t ms);

/** While t_rtx runs: R2 does not, so set t_life to the peer's limit, or stop it. */
void rs_limit_stop_r2(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Whether R2 runs, not only the peer's limit. */
bool rs_limit_r2_runs(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** t_rtx will run: the service's time limit stands still meanwhile. */
void rs_limit_suspend(const struct rs_tcp *tcp, struct rs_tcb *tcb);

/** t_rtx has ended: the service's time limit, which is set, goes on. */
void rs_limit_resume(struct rs_tcp *tcp, struct rs_tcb *tcb);

/* admit.c: max_connections and max_per_source */

/** Bytes of memory of the table of peers. */
uint64_t rs_admit_memory(const struct rs_stack_params *params);

/** Allocate a table of peers, if a listener needs it. @return 0 or -ENOMEM */
int rs_admit_init(struct rs_sources *sources, const struct rs_stack_params *params);

/** A listener is another one: note whether its connections count. */
void rs_admit_listener(struct rs_tcp *tcp, unsigned int listener);

/** Free it. */
void rs_admit_fini(struct rs_sources *sources);

/** Whether a listener may have another connection with this peer; if not, it is counted. */
bool rs_admit_counted(const struct rs_tcp *tcp, const struct rs_listener *listener,
	const struct rs_tuple *tuple);

/** The same; without a listener that has such a limit, it is true. */
static inline bool
rs_admit(const struct rs_tcp *tcp, const struct rs_listener *listener,
	const struct rs_tuple *tuple)
{
	return likely(!tcp->counts) || rs_admit_counted(tcp, listener, tuple);
}

/** A connection changes its state: it may count from now on, or no longer. */
void rs_admit_state(struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_state state);

/** Change the state, and the gauge of states. */
static inline void
rs_tcb_set_state(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_state state)
{
	if (unlikely(tcp->counts))
		rs_admit_state(tcp, tcb, state);
	if (tcb->state != RS_CLOSED)
		tcp->stats->states[tcb->state]--;
	if (state != RS_CLOSED)
		tcp->stats->states[state]++;
	tcb->state = (uint8_t)state;
}

/* mbuf.c */

/** Get an mbuf of the mempool for a frame. @return NULL: counted */
struct rte_mbuf *rs_tcp_mbuf_new(struct rs_tcp *tcp);

/** Get an mbuf for rs_frame_write(): a spare one of this burst, or a new one. @return NULL: none */
static inline struct rte_mbuf *
rs_tcp_mbuf_get(struct rs_tcp *tcp)
{
	struct rte_mbuf *m;

	if (unlikely(tcp->n_spare == 0))
		return rs_tcp_mbuf_new(tcp);
	/*
	 * It is one segment, of a pool with room for frames (rs_stack_create()); rs_frame_write()
	 * sets the other fields, tx_offload only with the flags that tell of it.
	 */
	m = tcp->spare[--tcp->n_spare];
	m->data_off = RTE_PKTMBUF_HEADROOM;
	return m;
}

/* notify.c */

/** Report a condition to the service that does not end its connection (3.9.1.8, MUST-47). */
void rs_tcp_report(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_error error,
	uint32_t detail);

/** Notify a service of the end of its connection, once. */
void rs_tcp_notify_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how);

#endif /* RS_TCP_CORE_CORE_H */
