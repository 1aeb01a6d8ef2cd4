/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The public face of the engine: a stack per worker, its ports and listeners,
 * the callbacks of a service and what a service may do with a connection.
 * All functions run on the thread that owns the stack, but where said otherwise.
 */

#ifndef RSTACK_H
#define RSTACK_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/addr.h"
#include "base/stats.h"

/** The most frames that one rs_stack_run() takes. */
#define RS_BURST 64

/** Ports and owned prefixes that one stack can have. */
#define RS_PORTS_MAX 32
#define RS_PREFIXES_MAX 64

/** Listeners and closed ranges that one stack can have. */
#define RS_LISTENERS_MAX 255

/** The most that rs_tcp_params.challenge_acks can be. */
#define RS_CHALLENGES_MAX 15

struct rs_stack; /* one per worker; stack.h */
struct rs_tcp;   /* the TCP engine inside a stack; tcp/core/core.h */
struct rs_tcb;   /* a connection; conn/tcb.h */
struct rs_source_route; /* packet/ip_options.h */

/** How a connection ended, told to its service once. */
enum rs_end {
	RS_END_CLOSED,    /**< both sides closed in order */
	RS_END_RESET,     /**< the peer reset it ("connection reset") */
	RS_END_TIMEOUT,   /**< R2, the user time-out or the keep-alive ended it */
	RS_END_ABORTED,   /**< this side aborted it: the service, the operator or a stop */
	RS_END_REFUSED,   /**< a reset answered our SYN ("connection refused") */
	RS_END_UNREACHABLE, /**< no route, or the neighbour did not answer */
};

/** Conditions that do not end a connection, told to its service (RFC 9293 3.9.1.8). */
enum rs_error {
	RS_ERROR_ICMP,    /**< an ICMP error about a segment of ours; detail: type << 8 | code */
	RS_ERROR_R1,      /**< R1 retransmissions of one segment (SHLD-9); detail: how many */
};

/**
 * A service: callbacks that the engine makes on the worker that owns the connection.
 *
 * Order: opened; then data, writable, urgent and error in any number; peer_closed at most
 * once, when all data before the FIN has been taken; ended exactly once and last.
 * Any callback may use the rs_conn_ functions below, in `ended` those that only look or
 * set the user's word; none may block.
 * A callback may be NULL.
 */
struct rs_service {
	const char *name;
	/** The connection reached ESTABLISHED. */
	void (*opened)(struct rs_tcp *tcp, struct rs_tcb *conn);
	/**
	 * Bytes came in order.
	 *
	 * @param m     the mbuf that holds them, for rs_conn_send_mbuf(); the engine's
	 * @param data  the bytes; valid during the call only
	 * @return how many of len the service takes, 0..len. The rest is kept, closes the
	 *   window, and is offered again when more comes, when the service becomes writable
	 *   or calls rs_conn_resume(), and a last time before the peer's reset is told. The
	 *   orderly end waits until all is taken.
	 */
	uint32_t (*data)(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m,
		const uint8_t *data, uint32_t len);
	/** There is room to send again, after a rs_conn_send*() that took less than asked. */
	void (*writable)(struct rs_tcp *tcp, struct rs_tcb *conn);
	/** An urgent pointer came or advanced (RFC 9293 3.8.5), `ahead` bytes not yet taken. */
	void (*urgent)(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ahead);
	/** A soft error (MUST-47); NULL: not told (SHLD-20). */
	void (*error)(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_error what,
		uint32_t detail);
	/** The peer closed its side (FIN); sending is still possible. */
	void (*peer_closed)(struct rs_tcp *tcp, struct rs_tcb *conn);
	/** The connection is gone; free what rs_conn_user() holds. */
	void (*ended)(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_end how);
};

/** Longest IPv4 security option (RFC 1108), type and length included. */
#define RS_SECURITY_MAX 34

/** A security option that every segment of a connection must carry, and ours do. */
struct rs_security {
	uint8_t len;              /**< 0: none is asked for, and none looked at */
	uint8_t option[RS_SECURITY_MAX]; /**< as it lies in the IP header, from its type on */
};

/**
 * A listener; with service == NULL a range of closed ports; with port_first == 0 the
 * settings of connections that rs_connect() opens, which listens to nothing.
 */
struct rs_listener {
	const char *name;
	struct rs_prefix addr;    /**< local addresses; len 0: any */
	uint16_t port_first;      /**< 1..65535 */
	uint16_t port_last;       /**< >= port_first */
	const struct rs_service *service; /**< NULL: the range is closed, see drop */
	void *arg;                /**< the service's own, see rs_conn_arg() */
	bool drop;                /**< with service == NULL: drop in silence instead of a reset */
	bool nodelay;             /**< Nagle off (MUST-17) */
	bool keepalive;           /**< keep-alive on (MUST-24) */
	bool linger_zero;         /**< close is an abort (linger 0) */
	uint8_t tos;              /**< DiffServ and ECN field of what it sends (MUST-48) */
	struct rs_security security; /**< RFC 9293 3.10.7.4, third */
};

/** Congestion control, tcp/congestion/cc.h. */
enum rs_congestion {
	RS_CC_CUBIC,    /**< RFC 9438 */
	RS_CC_NEWRENO,  /**< RFC 5681, RFC 6582 */
};

/** Explicit congestion notification (RFC 3168). */
enum rs_ecn {
	RS_ECN_OFF,
	RS_ECN_PASSIVE, /**< agreed to when the peer asks */
	RS_ECN_ON,      /**< asked for, too, in our SYNs */
};

/** TCP's parameters; rs_tcp_defaults() gives the defaults. Times in milliseconds. */
struct rs_tcp_params {
	uint32_t max_connections; /**< TCBs, 1..2^27 */
	uint32_t max_busy;        /**< busy blocks: connections with data queued either way */
	uint32_t max_chunks;      /**< buffer descriptors: bounds the mbufs that queues hold */
	uint32_t max_sent;        /**< ranges of what is in flight, beyond one a busy connection */
	uint16_t mss;             /**< largest segment we receive, 0: from the port's MTU */
	uint32_t rcv_buf;         /**< receive buffer, bytes, 1..2^30: the largest window */
	uint32_t snd_buf;         /**< bytes that a service may have copied in unacknowledged */
	uint32_t snd_window;      /**< most bytes in flight on one connection */
	uint32_t msl_ms;          /**< MSL; TIME-WAIT lasts two */
	uint32_t rto_initial_ms;  /**< RFC 6298 2.1 */
	uint32_t rto_min_ms;      /**< RFC 6298 2.4 */
	uint32_t rto_max_ms;      /**< RFC 6298 2.5 */
	uint8_t r1;               /**< retransmissions before R1 is told (SHLD-10) */
	uint32_t r2_ms;           /**< R2 for data and FIN (SHLD-11) */
	uint32_t r2_syn_ms;       /**< R2 for SYN and SYN-ACK (MUST-22, MUST-23) */
	uint32_t ack_delay_ms;    /**< delayed ACK, < 500 (MUST-40); 0: none */
	uint32_t user_timeout_ms; /**< 0: only R2 */
	uint32_t fin_wait_2_ms;   /**< how long a closed connection waits for the peer's FIN */
	uint32_t keepalive_ms;    /**< idle time before the first probe (MUST-28) */
	uint32_t keepalive_interval_ms;
	uint8_t keepalive_probes; /**< unanswered probes that end the connection (MUST-29) */
	uint8_t challenge_acks;   /**< per connection and second (RFC 5961 7) */
	uint8_t ttl;              /**< of what we send (MUST-49) */
	uint8_t tos;              /**< DiffServ field of what belongs to no connection */
	enum rs_congestion congestion;
	uint8_t initial_window;   /**< segments, 1..10 (RFC 6928) */
	bool pacing;              /**< spread what is sent, where the algorithm asks for it */
	bool timestamps;          /**< RFC 7323 3 */
	bool window_scale;        /**< RFC 7323 2 */
	bool sack;                /**< RFC 2018 */
	enum rs_ecn ecn;          /**< RFC 3168 */
	bool uto;                 /**< send and take the User Timeout option (RFC 5482) */
	uint32_t uto_min_ms;      /**< L_LIMIT of RFC 5482 3.1 */
	uint32_t uto_max_ms;      /**< U_LIMIT */
	uint16_t local_port_first; /**< of connections that rs_connect() opens (RFC 6056) */
	uint16_t local_port_last;
	bool source_route;        /**< answer by the way that a source route came (MUST-53) */
	bool time_wait_rst;       /**< a reset ends TIME-WAIT; false: RFC 1337 */
	bool closed_drop;         /**< ports without listener are silent instead of reset */
};

/** One Ethernet port, as the stack sees it. */
struct rs_port {
	uint16_t id;              /**< mbuf->port of its frames, < RS_PORTS_MAX */
	uint16_t mtu;             /**< of the IP layer, bytes */
	struct rte_ether_addr mac;
	bool tx_ip_cksum;         /**< the device fills in IPv4 header checksums */
	bool tx_tcp_cksum;        /**< the device fills in TCP checksums */
	struct rs_prefix subnet;  /**< its own address with the length of its on-link prefix */
	struct rs_addr gateway;   /**< where what is not on-link goes; all 0: none */
};

/** Whether replies to a connection with this tuple come to this stack (RSS). */
typedef bool rs_replies_here(void *arg, const struct rs_tuple *tuple);

/** What a stack is made of. */
struct rs_stack_params {
	struct rs_tcp_params tcp;
	struct rte_mempool *mbufs;       /**< for what is sent without having come; each takes
					  *   a frame of the largest MTU */
	unsigned int socket;             /**< NUMA node of its memory */
	uint8_t secret[32];              /**< random: keys the table and the ISNs */
	const struct rs_port *ports;
	unsigned int n_ports;            /**< 1..RS_PORTS_MAX */
	const struct rs_prefix *terminate; /**< prefixes whose every address is answered */
	const uint16_t *terminate_port;  /**< the port id of each of them */
	unsigned int n_terminate;        /**< 0..RS_PREFIXES_MAX */
	const struct rs_listener *listeners; /**< stay the caller's, for the stack's life */
	unsigned int n_listeners;        /**< 0..RS_LISTENERS_MAX */
	uint32_t max_neighbours;         /**< (port, VLAN, MAC) triples connections can have */
	uint32_t icmp_errors_per_second; /**< limit of port unreachable messages */
	rs_replies_here *replies_here;   /**< for rs_connect(); NULL: all do */
	void *replies_arg;
};

/** TCP's defaults, as config/rstack.ini documents them. Any thread. */
void rs_tcp_defaults(struct rs_tcp_params *params);

/**
 * Make a stack. Takes all memory it will ever use, from the rte_malloc heap. Any thread.
 *
 * @param now  microseconds, the clock that rs_stack_run() goes on with
 * @return the stack, or NULL with rte_errno: EINVAL (a parameter), ENOMEM
 */
struct rs_stack *rs_stack_create(const struct rs_stack_params *params, uint64_t now);

/** Free a stack and every mbuf that it holds; sends nothing and calls no service back. */
void rs_stack_free(struct rs_stack *stack);

/** Bytes of rte_malloc memory that rs_stack_create() would take, about. Any thread. */
uint64_t rs_stack_memory(const struct rs_stack_params *params);

/**
 * Let a burst in, a burst out, and what is due by time.
 *
 * @param rx    n_rx received frames; all become the stack's
 * @param n_rx  0..RS_BURST
 * @param now   microseconds, never less than at the call before
 * @param tx    [out] frames to send, the caller's; tx[i]->port says where. Those at
 *              and after n_tx's return are not touched
 * @param n_tx  room in tx, >= 2 * RS_BURST; what does not fit follows at the next call
 * @return how many frames are in tx
 */
uint16_t rs_stack_run(struct rs_stack *stack, struct rte_mbuf **rx, uint16_t n_rx,
	uint64_t now, struct rte_mbuf **tx, uint16_t n_tx);

/**
 * Microseconds until a timer may be due: how long an idle worker may sleep.
 * 0 when output waits; at most `most`.
 */
uint64_t rs_stack_idle(const struct rs_stack *stack, uint64_t most);

/** The counters. Any thread may read them, word by word, relaxed. */
const struct rs_stats *rs_stack_stats(const struct rs_stack *stack);

/** Connections of listener i, now and ever. Any thread. */
struct rs_listener_stats {
	uint64_t accepted;     /**< SYNs accepted into SYN-RECEIVED, or sent by rs_connect() */
	uint64_t established;  /**< reached ESTABLISHED */
	uint64_t open;         /**< connections now, in any state */
	uint64_t ended;        /**< ended in order */
	uint64_t aborted;      /**< ended by reset or time-out */
	uint64_t rx_bytes;     /**< taken in order from peers */
	uint64_t tx_bytes;     /**< sent, without retransmissions */
};
const struct rs_listener_stats *rs_stack_listener_stats(const struct rs_stack *stack,
	unsigned int listener);

/** One reset of the past, sent or received. */
struct rs_reset_record {
	uint64_t time;          /**< microseconds, the stack's clock */
	struct rs_tuple tuple;
	uint32_t seq;           /**< of the reset */
	uint32_t ack;           /**< of the reset; 0 without ACK */
	uint8_t state;          /**< enum rs_state of the connection, RS_CLOSED: none */
	uint8_t cause;          /**< enum rs_reset_reason (sent) or rs_reset_verdict (received) */
	bool sent;
	uint8_t flags;          /**< TCP flags of the reset */
};

/** Records that a stack keeps. */
#define RS_RESET_LOG 255

/**
 * Copy the latest resets, newest first. Any thread: a record that was being written
 * over meanwhile is left out.
 *
 * @return how many were copied, 0..n and at most RS_RESET_LOG
 */
unsigned int rs_stack_resets(const struct rs_stack *stack, struct rs_reset_record *records,
	unsigned int n);

/** How rs_stack_stop() ends connections. */
enum rs_stop {
	RS_STOP_FINISH, /**< refuse new ones and close each; peers may finish */
	RS_STOP_RESET,  /**< refuse new ones and reset each */
};

/**
 * Stop: new connections are refused from now on, those that are open are closed or
 * reset, a part of them at each of the following rs_stack_run().
 */
void rs_stack_stop(struct rs_stack *stack, enum rs_stop how);

/** Connections that are not CLOSED, without those in TIME-WAIT. */
uint32_t rs_stack_open(const struct rs_stack *stack);

/** What rs_stack_inspect() tells of a connection. Sequence numbers are absolute. */
struct rs_conn_info {
	enum rs_state state;
	uint32_t snd_una, snd_nxt, snd_wnd;
	uint32_t rcv_nxt, rcv_wnd;
	uint32_t srtt_us, rto_ms;
	uint16_t mss;
	uint16_t listener;      /**< index */
};

/**
 * Look a connection up.
 *
 * @return 0, or -ENOENT
 */
int rs_stack_inspect(const struct rs_stack *stack, const struct rs_tuple *tuple,
	struct rs_conn_info *info);

/**
 * Abort a connection with a reset (RFC 9293 3.10.5) of reason `killed`.
 *
 * @return 0, or -ENOENT
 */
int rs_stack_kill(struct rs_stack *stack, const struct rs_tuple *tuple);

/** Of the pools: entries in use; all 0 after every connection has ended. Any thread. */
struct rs_pool_use {
	uint32_t tcbs, busy, chunks, ranges, neighbours;
};
void rs_stack_pools(const struct rs_stack *stack, struct rs_pool_use *use);

/**
 * Whether all that must hold of the connections holds, between two runs; for tests, as it
 * looks at each. Above all, that none is without a timer which will end it.
 *
 * @return NULL, or what is wrong
 */
const char *rs_stack_audit(const struct rs_stack *stack);

/** The TCP engine of a stack, for rs_connect(). */
struct rs_tcp *rs_stack_tcp(struct rs_stack *stack);

/** What rs_connect() opens. */
struct rs_connect {
	struct rs_addr laddr;     /**< all 0: that of the port which leads to raddr */
	struct rs_addr raddr;
	uint16_t lport;           /**< 0: chosen at random among those free (RFC 6056 3.3.2) */
	uint16_t rport;
	uint16_t listener;        /**< index of its settings, whose port_first is 0 */
	void *user;               /**< the service's word from the start */
	const struct rs_source_route *route; /**< a source route (MUST-51); NULL: none */
};

/**
 * OPEN, active (RFC 9293 3.10.1): the SYN goes out with the next rs_stack_run(). The service
 * is told `opened` when the connection is ESTABLISHED; `ended` comes in any case, with
 * REFUSED, UNREACHABLE or TIMEOUT where it never was. What is queued before waits for it; a
 * close or shutdown before deletes the connection (3.10.4), an abort too, without a reset.
 *
 * @param conn  [out] the connection, valid until `ended` returns
 * @return 0, or -EINVAL (an address or port that cannot be: MUST-46), -ENETUNREACH (no
 *   route), -EADDRINUSE (the tuple is in use, be it in TIME-WAIT), -EADDRNOTAVAIL (laddr is
 *   not ours, no local port was found free, or replies to lport do not come here),
 *   -ENOBUFS (no TCB or neighbour is left), -ESHUTDOWN (the stack is stopping)
 */
int rs_connect(struct rs_tcp *tcp, const struct rs_connect *to, struct rs_tcb **conn);

/*
 * What a service may do with its connection.
 */

/**
 * Queue immutable memory to be sent. It is read when a segment is built, and again
 * when one is built once more, so it must stay as it is until `ended`.
 *
 * @return bytes queued: len, or 0 while there is no room or snd_window bytes are queued
 *   already (`writable` will follow), or -ENOTCONN (the connection is gone), -EPIPE (after
 *   close or shutdown)
 */
int64_t rs_conn_send(struct rs_tcp *tcp, struct rs_tcb *conn, const void *data, uint32_t len);

/** Like rs_conn_send(), but the bytes are copied now; a part of them may be taken. */
int64_t rs_conn_send_copy(struct rs_tcp *tcp, struct rs_tcb *conn, const void *data,
	uint32_t len);

/**
 * Like rs_conn_send_copy(), for bytes inside a received mbuf: large pieces are kept by
 * reference, not copied. For use inside `data`.
 */
int64_t rs_conn_send_mbuf(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len);

/** Bytes that rs_conn_send_copy() would take now; 0 too when sending is over. */
uint32_t rs_conn_send_room(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** Offer data that was left, soon, as if it came now. */
void rs_conn_resume(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Close this side (RFC 9293 3.10.4, half close): FIN after what is queued. Data of the
 * peer is still offered.
 *
 * @return 0, -ENOTCONN, or -EPIPE (closed before)
 */
int rs_conn_shutdown(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * As rs_conn_shutdown(), but a peer that has our FIN and does not send its own within
 * `fin_wait_2` is reset. For who is done and drops what still comes, so that no reset
 * destroys its last words.
 */
int rs_conn_finish(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Close both sides: as rs_conn_shutdown(), and data not taken or still to come is
 * answered by a reset (SHLD-3). With linger 0 the same as rs_conn_abort().
 *
 * @return 0 or -ENOTCONN
 */
int rs_conn_close(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Abort (RFC 9293 3.10.5): what is queued is dropped, a reset is sent.
 *
 * @return 0 or -ENOTCONN
 */
int rs_conn_abort(struct rs_tcp *tcp, struct rs_tcb *conn);

/** A word of the service's own, 0 at first. */
void *rs_conn_user(const struct rs_tcb *conn);
void rs_conn_set_user(struct rs_tcb *conn, void *user);

/** The `arg` of the connection's listener. */
void *rs_conn_arg(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** Set Nagle's algorithm off or on for this connection (MUST-17). */
void rs_conn_set_nodelay(struct rs_tcb *conn, bool nodelay);

/** Set keep-alive on or off for this connection (MUST-24). */
void rs_conn_set_keepalive(struct rs_tcp *tcp, struct rs_tcb *conn, bool keepalive);

/**
 * Set how long what is sent may stay unacknowledged before the connection is given up: R2
 * of this connection (RFC 9293 MUST-21), its user time-out (RFC 5482 3.1), which the peer
 * then cannot change. It begins anew if it runs.
 *
 * @param seconds  up to 24 days, rounded up by an eighth at most; 0: as configured
 */
void rs_conn_set_user_timeout(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t seconds);

/**
 * Set the DiffServ field of one connection, with the ECN bits 0 (SHLD-21); else it is its
 * listener's.
 *
 * @return 0, -ENOTCONN, or -ENOBUFS (too many connections with one of their own)
 */
int rs_conn_set_tos(struct rs_tcp *tcp, struct rs_tcb *conn, uint8_t tos);

/** The connection's two sockets. */
const struct rs_tuple *rs_conn_tuple(const struct rs_tcb *conn);

/** Bytes of urgent data that are known of and not yet taken (MUST-33). */
uint32_t rs_conn_urgent(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** The engine's clock: microseconds of the burst that is being run. */
uint64_t rs_tcp_now(const struct rs_tcp *tcp);

#endif /* RSTACK_H */
