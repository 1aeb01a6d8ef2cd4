/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The public face of the engine: the stack of a worker, its ports and listeners, the
 * callbacks of a service, and the functions by which a service uses a connection. Every
 * function runs on the thread that owns the stack, unless its comment says "any thread".
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

/** Most frames that one rs_stack_run() receives. */
#define RS_BURST 64

/** Frames of one receive queue that wait for the stack at most (packet/intake.h). */
#define RS_INTAKE_MAX 1024

/** Most devices, most ports with VLAN tags, and most terminated prefixes of one stack. */
#define RS_DEVICES_MAX 32
#define RS_TAGGED_MAX 32
#define RS_PREFIXES_MAX 64

/** Most ports of one stack: each device untagged, and the tagged ones. */
#define RS_PORTS_MAX (RS_DEVICES_MAX + RS_TAGGED_MAX)

/** Most IPv4 addresses of one port. */
#define RS_SUBNETS_MAX 8

/** Most IPv6 addresses of one port, without the link-local one that is made for it. */
#define RS_SUBNETS6_MAX 8

/** Most time before a stack's first message of discovery (RFC 4861 10). */
#define RS_SPEAK_DELAY_MAX_US 1000000

/** Most listeners and closed ranges of one stack. */
#define RS_LISTENERS_MAX 255

/** Largest rate limit of resets and echo replies, a second. */
#define RS_RATE_MAX (10 * 1000 * 1000)

/** Largest rs_tcp_params.challenge_acks. */
#define RS_CHALLENGES_MAX 15

struct rs_stack; /* one per worker; stack.h */
struct rs_tcp;   /* the TCP engine inside a stack; tcp/core/core.h */
struct rs_tcb;   /* a connection; conn/tcb.h */
struct rs_source_route; /* packet/ip_options.h */

/** How a connection ended; its service is notified once, by `ended`. */
enum rs_end {
	RS_END_CLOSED,    /**< both sides closed in order */
	RS_END_RESET,     /**< the peer reset it ("connection reset") */
	RS_END_TIMEOUT,   /**< R2, the user time-out, the keep-alive or a time limit ended it */
	RS_END_ABORTED,   /**< the service, the operator or a stop of the stack aborted it */
	RS_END_REFUSED,   /**< a reset answered our SYN ("connection refused") */
	RS_END_UNREACHABLE, /**< no route, or the neighbour did not answer */
	RS_END_EVICTED,   /**< it made no progress, and other connections needed its memory */
};

/** Conditions that do not end a connection; `error` notifies its service (RFC 9293 3.9.1.8). */
enum rs_error {
	RS_ERROR_ICMP,    /**< an ICMP error about a segment of ours; detail: type << 8 | code */
	RS_ERROR_R1,      /**< R1 retransmissions of one segment (SHLD-9); detail: their number */
};

/**
 * A service: the callbacks of an application, made on the worker that owns the connection.
 *
 * Order: `opened`; then `data`, `writable`, `urgent`, `expired` and `error` any number of times;
 * `peer_closed` at most once, when the service has taken all data before the FIN; `ended`
 * exactly once, as the last. An active open that fails has `ended` only.
 * A callback may use every rs_conn_ function below, of other connections, too; in `ended` only
 * those that read the connection or set the user's word. It must not block, because it runs
 * between two bursts of the worker. A callback may be NULL.
 */
struct rs_service {
	const char *name;
	/** The connection reached ESTABLISHED. */
	void (*opened)(struct rs_tcp *tcp, struct rs_tcb *conn);
	/**
	 * Data was received in order.
	 *
	 * @param m     the mbuf that holds the bytes, for rs_conn_send_mbuf(); it stays the
	 *   engine's
	 * @param data  the bytes, valid during the call only
	 * @return the number of bytes that the service takes, 0..len. The engine keeps the
	 *   rest, so the receive window closes, and offers it again when more data arrives,
	 *   when the service becomes writable or calls rs_conn_resume(), and a last time
	 *   before `ended` reports the peer's reset. The peer's FIN is reported when all
	 *   data is taken.
	 */
	uint32_t (*data)(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m,
		const uint8_t *data, uint32_t len);
	/** There is room to send again, after an rs_conn_send*() that queued less than asked. */
	void (*writable)(struct rs_tcp *tcp, struct rs_tcb *conn);
	/**
	 * The peer set or advanced its urgent pointer (RFC 9293 3.8.5).
	 *
	 * @param ahead  bytes up to the urgent pointer that the service has not taken yet
	 */
	void (*urgent)(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ahead);
	/** A soft error (MUST-47); NULL: soft errors are not reported (SHLD-20). */
	void (*error)(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_error error,
		uint32_t detail);
	/**
	 * The limit that rs_conn_set_time_limit() set is over; no limit runs now. NULL: the
	 * connection is aborted with reason `service_timeout`.
	 */
	void (*expired)(struct rs_tcp *tcp, struct rs_tcb *conn);
	/** The peer closed its side (FIN); sending is still possible. */
	void (*peer_closed)(struct rs_tcp *tcp, struct rs_tcb *conn);
	/** The connection is gone: free the memory that rs_conn_user() points at. */
	void (*ended)(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_end how);
};

/** Longest IPv4 security option (RFC 1108), type and length included. */
#define RS_SECURITY_MAX 34

/** The security option that each segment of a connection must carry, in both directions. */
struct rs_security {
	uint8_t len;              /**< 0: none is required, and a received one is ignored */
	uint8_t option[RS_SECURITY_MAX]; /**< as in the IP header, beginning with its type */
};

/**
 * A listener. With service == NULL it is a range of closed ports. With port_first == 0 it
 * listens to nothing but holds the settings of connections: those that rs_connect() opens, or
 * those of a listener that rs_stack_change() took away. With neither its index is unused.
 */
struct rs_listener {
	const char *name;
	uint32_t id;              /**< for rs_stack_change(): with another id it is another one */
	struct rs_prefix addr;    /**< local addresses; len 0: any */
	uint16_t port_first;      /**< 1..65535 */
	uint16_t port_last;       /**< >= port_first */
	const struct rs_service *service; /**< NULL: the range is closed, see drop */
	void *arg;                /**< a pointer of the service, see rs_conn_arg() */
	bool drop;                /**< closed range: drop segments silently instead of a reset */
	bool nodelay;             /**< Nagle off (MUST-17) */
	bool keepalive;           /**< keep-alive on (MUST-24) */
	bool linger_zero;         /**< close is an abort (linger 0) */
	uint8_t tos;              /**< DiffServ and ECN field of its segments (MUST-48) */
	struct rs_security security; /**< RFC 9293 3.10.7.4, third */
	const struct rs_prefix *allow; /**< peers that may connect: the SYN of any other is owed a
				   *   reset `not_allowed` */
	unsigned int n_allow;     /**< prefixes of allow; 0: every peer may */
	uint32_t max_connections; /**< connections at a time, those in TIME-WAIT not counted: a
				   *   SYN beyond them is dropped; 0: no limit */
	uint32_t max_per_source;  /**< the same for each peer: an IPv4 address, an IPv6 /64 */
	bool no_connection_drop;  /**< drop segments with ACK that belong to no connection silently
				   *   instead of a reset `listen_bad_ack` */
	uint32_t resets_per_second; /**< limit of the resets that answer segments to its ports,
				   *   those of connections not counted; 0: no limit */
	uint32_t send_timeout_ms; /**< a peer that acknowledges none of the data that is queued for
				   *   it this long gets a reset `service_timeout`; 0: no limit */
	uint32_t send_rate;       /**< bytes a second that it must acknowledge: each byte gives back
				   *   its part of send_timeout_ms; 0: each byte gives back all */
};

/** The fate of a segment that a rule of an access list matches. */
enum rs_acl_action {
	RS_ACL_ALLOW,
	RS_ACL_DROP,    /**< in silence */
	RS_ACL_RESET,   /**< a reset `acl`, as of a closed port */
};

/**
 * A rule of an access list. It matches segments that belong to no connection, whatever their port:
 * a SYN, the ACK of a SYN cookie, a scan. Connections that are open are none of its business.
 */
struct rs_acl_rule {
	enum rs_acl_action action;
	bool any;                 /**< peers of both families; false: those of `source` */
	struct rs_prefix source;
	uint16_t port_first;      /**< local ports; 0: all of them */
	uint16_t port_last;
	int16_t listener;         /**< index of a listener or closed range; below 0: no matter */
};

/** Most rules of an access list. */
#define RS_ACL_RULES_MAX 16384

/** An access list, which stacks may share. */
struct rs_acl;

/**
 * Make an access list, from the rte_malloc heap. Any thread.
 *
 * @param rules   the first that matches a segment decides; a segment that none matches is allowed
 * @param n       0..RS_ACL_RULES_MAX
 * @param socket  NUMA node
 * @return NULL with rte_errno EINVAL (a rule is wrong) or ENOMEM
 */
struct rs_acl *rs_acl_create(const struct rs_acl_rule *rules, unsigned int n, unsigned int socket);

/** Free an access list that no stack uses. @param acl  may be NULL */
void rs_acl_free(struct rs_acl *acl);

/** Estimate the most bytes of rte_malloc memory of an access list with n rules. Any thread. */
uint64_t rs_acl_memory(unsigned int n);

/** Algorithm of congestion control; implemented in tcp/congestion/. */
enum rs_congestion {
	RS_CC_CUBIC,    /**< RFC 9438 */
	RS_CC_NEWRENO,  /**< RFC 5681, RFC 6582 */
};

/** Explicit congestion notification (RFC 3168). */
enum rs_ecn {
	RS_ECN_OFF,     /**< never */
	RS_ECN_PASSIVE, /**< accept if the peer requests it */
	RS_ECN_ON,      /**< accept, and request it in our SYNs */
};

/** SYN cookies (RFC 4987 3.6): SYN-ACKs whose ISS holds what a half-open TCB would. */
enum rs_syn_cookies {
	RS_COOKIES_AUTO,   /**< while max_half_open is reached, or no TCB can be had */
	RS_COOKIES_ALWAYS, /**< for every SYN */
	RS_COOKIES_NEVER,  /**< neither sent nor accepted */
};

/** TCP's parameters; rs_tcp_defaults() sets the defaults. Times are in milliseconds. */
struct rs_tcp_params {
	uint32_t max_connections; /**< TCBs, 1..2^27 */
	uint32_t max_time_wait;   /**< records of TIME-WAIT, below 2^25, beyond which the oldest
				   *   makes way; 0: none, TIME-WAIT holds its TCB */
	uint32_t max_half_open;   /**< passive opens in SYN-RECEIVED; beyond it, cookies are sent */
	uint32_t max_busy;        /**< busy blocks: connections with data queued either way */
	uint32_t max_chunks;      /**< buffer descriptors: bounds the mbufs that queues hold */
	uint32_t max_sent;        /**< byte ranges in flight, beyond one for each busy block */
	uint16_t mss;             /**< largest segment we receive, bytes; 0: from the port's MTU */
	uint32_t rcv_buf;         /**< receive buffer, bytes, 1..2^30: the largest window */
	uint32_t snd_buf;         /**< most bytes copied for sending and unacknowledged */
	uint32_t snd_window;      /**< most bytes in flight on one connection */
	uint32_t msl_ms;          /**< MSL, up to 10 minutes; TIME-WAIT lasts 2 MSL */
	uint32_t rto_initial_ms;  /**< RFC 6298 2.1 */
	uint32_t rto_min_ms;      /**< RFC 6298 2.4 */
	uint32_t rto_max_ms;      /**< RFC 6298 2.5 */
	uint8_t r1;               /**< retransmissions before R1 is reported (SHLD-10) */
	uint32_t r2_ms;           /**< R2 for data and FIN (SHLD-11) */
	uint32_t r2_syn_ms;       /**< R2 for SYN and SYN-ACK (MUST-22, MUST-23) */
	uint32_t ack_delay_ms;    /**< delayed ACK, < 500 (MUST-40); 0: none */
	uint32_t user_timeout_ms; /**< 0: only R2 applies */
	uint32_t fin_wait_2_ms;   /**< longest wait of a closed connection for the peer's FIN */
	uint32_t keepalive_ms;    /**< idle time before the first probe (MUST-28) */
	uint32_t keepalive_interval_ms; /**< between probes */
	uint8_t keepalive_probes; /**< unanswered probes that end the connection (MUST-29) */
	uint8_t challenge_acks;   /**< per connection and second (RFC 5961 7) */
	uint8_t ttl;              /**< of every datagram sent (MUST-49) */
	uint8_t tos;              /**< DiffServ field of segments without a connection */
	enum rs_syn_cookies syn_cookies; /**< RFC 4987 3.6 */
	enum rs_congestion congestion;
	uint8_t initial_window;   /**< segments, 1..10 (RFC 6928) */
	bool pacing;              /**< spread data over the round trip where the algorithm asks */
	bool timestamps;          /**< RFC 7323 3 */
	bool window_scale;        /**< RFC 7323 2 */
	bool black_holes;         /**< detect paths that swallow large segments (RFC 4821 7.7) */
	bool sack;                /**< RFC 2018 */
	enum rs_ecn ecn;          /**< RFC 3168 */
	bool uto;                 /**< send and accept the User Timeout option (RFC 5482) */
	uint32_t uto_min_ms;      /**< L_LIMIT of RFC 5482 3.1 */
	uint32_t uto_max_ms;      /**< U_LIMIT */
	uint16_t local_port_first; /**< of connections that rs_connect() opens (RFC 6056); not 0 */
	uint16_t local_port_last; /**< not below the first */
	bool source_route;        /**< reply over the reverse of a received route (MUST-53) */
	bool time_wait_rst;       /**< a reset ends TIME-WAIT; false: RFC 1337 */
	bool closed_drop;         /**< ports without a listener drop segments, send no reset */
	bool stop_drop;           /**< after rs_stack_stop() those of listeners do so, too */
	bool life;                /**< keep struct rs_conn_life, 16 bytes a connection */
	bool reset_text;          /**< resets of connections say why, as text (RFC 9293 3.5.3) */
};

/** The VLAN tags of a port (IEEE 802.1Q, 802.1ad). */
struct rs_tags {
	uint8_t n;                /**< 0..2; 0: untagged */
	uint8_t priority;         /**< of the tags that are sent, 0..7 */
	bool outer_is_8100;       /**< EtherType of the outer one of two tags; false: 88a8 */
	uint16_t vid[2];          /**< VLAN identifiers, 1..4094, the outer one first */
};

/** Most ranges of ports in a list of exceptions. */
#define RS_PORT_RANGES_MAX 16

/** Ranges of TCP or UDP ports. */
struct rs_port_ranges {
	struct {
		uint16_t first, last;
	} range[RS_PORT_RANGES_MAX];
	unsigned int n;
};

/**
 * The exceptions of a port: frames that the stack does not serve and leaves to the kernel of its
 * host, which has the same addresses (rs_except). A listener or a connection comes before them.
 */
struct rs_exceptions {
	bool on;                  /**< false: there are none */
	struct rs_port_ranges tcp; /**< segments to these ports; and from them, unless they would
				   *   open a connection, because the kernel may have opened it */
	struct rs_port_ranges udp; /**< datagrams to these ports */
	uint64_t protocols[4];    /**< a bit for each IP protocol; those of TCP and UDP are ignored;
				   *   of ICMP a copy of each message but echo requests, and of
				   *   ICMPv6 but neighbour discovery, too */
};

/** One Ethernet port, as the stack sees it: the frames of a device that have its tags. */
struct rs_port {
	uint16_t id;              /**< that of its device, or with tags one of its own from
				   *   RS_DEVICES_MAX to RS_PORTS_MAX - 1 */
	uint16_t device;          /**< mbuf->port of its frames, < RS_DEVICES_MAX */
	struct rs_tags tags;
	bool rx_vlan;             /**< the device strips its tag, of which there is one */
	bool tx_vlan;             /**< the device inserts it */
	uint16_t mtu;             /**< of the IP layer, bytes */
	struct rte_ether_addr mac;
	bool tx_ip_cksum;         /**< the device fills in IPv4 header checksums */
	bool tx_tcp_cksum;        /**< the device fills in TCP checksums */
	uint16_t tso_mbufs;       /**< with tx_tcp_cksum: most mbufs of a frame that the device
				   *   cuts into TCP segments (TSO); below 2: it cuts none */
	struct rs_prefix subnet;  /**< its own IPv4 address with the length of its on-link prefix;
				   *   len 0: none */
	struct rs_prefix more_subnets[RS_SUBNETS_MAX - 1]; /**< its further IPv4 addresses */
	unsigned int n_more_subnets;
	struct rs_addr gateway;   /**< next hop of datagrams that are not on-link; all 0: none */
	struct rs_prefix subnets6[RS_SUBNETS6_MAX]; /**< the same for IPv6; with any, the port
				   *   has a link-local address of its MAC, too (RFC 4862 5.3) */
	unsigned int n_subnets6;
	struct rs_addr gateway6;  /**< next hop of IPv6 datagrams not on-link; all 0: none */
	bool router_advertisements; /**< they give IPv6 default routers, of which a gateway6 takes
				   *   the place, on-link prefixes and the MTU; else ignored */
	uint8_t dad_transmits;    /**< neighbour solicitations for each IPv6 address before it is
				   *   used (RFC 4862 5.4); 0: it is used at once */
	struct rs_exceptions exceptions;
};

/** Whether segments from the peer of this tuple reach this stack (RSS). */
typedef bool rs_replies_here(void *arg, const struct rs_tuple *tuple);

/**
 * Hand over a frame about a connection that this stack does not have, because another stack may
 * have it; that one is given the frame by rs_stack_run().
 *
 * @param tuple  NULL: every other stack is given a copy of the frame, and the result is false
 * @param m      becomes the callee's on success
 * @return false: no other stack can have the connection, or each has looked
 */
typedef bool rs_hand_over(void *arg, const struct rs_tuple *tuple, struct rte_mbuf *m);

/**
 * Sees the frames of a burst that belong to connections, or might: received ones before they are
 * processed, and those to be sent.
 *
 * @param now  microseconds
 */
typedef void rs_frames_seen(void *arg, struct rte_mbuf *const *frames, uint16_t n, bool sent,
	uint64_t now);

/**
 * Take a frame for the kernel of the host: one of the exceptions of its port, or a copy of an ARP
 * reply or neighbour advertisement, from which the kernel learns its neighbours as the stack does.
 *
 * @param m          the frame as it was received, without tags; m->port is the id of its port. It
 *                   stays the stack's, so the callee copies it
 * @param neighbour  an ARP reply or neighbour advertisement; each stack is given those that
 *                   rs_hand_over gives to all
 */
typedef void rs_except(void *arg, const struct rte_mbuf *m, bool neighbour);

/** The parameters of a stack. */
struct rs_stack_params {
	struct rs_tcp_params tcp;
	struct rte_mempool *mbufs;       /**< for frames that do not reuse a received mbuf; an
					  *   mbuf must have room for a frame of the largest MTU */
	unsigned int socket;             /**< NUMA node of the stack's memory */
	uint8_t secret[32];              /**< random: keys the table and the ISNs */
	const uint8_t *cookie_secret;    /**< random bytes: stacks with the same ones accept each
					  *   other's SYN cookies, see rs_stack_set_epoch() */
	uint32_t cookie_secret_len;      /**< bytes; 0: cookies are keyed by `secret` */
	const struct rs_port *ports;     /**< copied */
	unsigned int n_ports;            /**< 1..RS_PORTS_MAX */
	const struct rs_prefix *terminate; /**< prefixes; we answer for each address; copied */
	const uint16_t *terminate_port;  /**< port id of each prefix */
	unsigned int n_terminate;        /**< 0..RS_PREFIXES_MAX */
	const struct rs_listener *listeners; /**< stay the caller's and unchanged while the
					      *   stack lives, or until rs_stack_change() */
	unsigned int n_listeners;        /**< 0..RS_LISTENERS_MAX */
	const struct rs_acl *acl;        /**< stays as the listeners do; NULL: none */
	bool mld;                        /**< report the groups of its IPv6 addresses (RFC 3810) */
	bool dad_silent;                 /**< another stack with the same ports sends the
					  *   solicitations of duplicate address detection, and
					  *   their answers reach this one, too */
	uint32_t speak_delay_us;         /**< before the first message of either: random, the same
					  *   in all stacks with the same ports; 0: the stack
					  *   chooses up to RS_SPEAK_DELAY_MAX_US */
	uint32_t max_neighbours;         /**< most pairs of a port and a MAC at a time */
	uint32_t max_fragments;          /**< most received IP fragments that wait for the rest
					  *   of their datagrams, an mbuf each; 0: fragments are
					  *   dropped, else 32 or more */
	uint32_t reassembly_timeout_ms;  /**< after which an incomplete datagram is abandoned */
	uint32_t icmp_errors_per_second; /**< limit of ICMP errors sent; 0: none is sent */
	uint32_t icmp_echoes_per_second; /**< limit of echo replies; 0: no limit */
	uint32_t resets_per_second;      /**< limit of the resets that answer segments, those of
					  *   connections not counted; 0: no limit */
	uint32_t resets_per_source;      /**< the same for each source, a second; 0: no limit */
	uint8_t source_prefix;           /**< bits of an IPv4 address that make a source, 0..32; of
					  *   an IPv6 address they are 64 */
	rs_replies_here *replies_here;   /**< for rs_connect(); NULL: all replies reach us */
	void *replies_arg;               /**< first argument of replies_here */
	rs_hand_over *hand_over;         /**< NULL: there is no other stack */
	void *hand_over_arg;             /**< first argument of hand_over */
	const bool *seek;                /**< whether segments to a listener may reach a stack that
					  *   does not have their connection, which is then looked
					  *   for by hand_over; may change at any time; NULL: no */
	rs_frames_seen *frames_seen;     /**< NULL: nobody looks */
	void *frames_arg;                /**< first argument of frames_seen */
	rs_except *except;               /**< NULL: no port has exceptions */
	void *except_arg;                /**< first argument of except */
};

/** Set the defaults that config/rstack.ini documents. Any thread. */
void rs_tcp_defaults(struct rs_tcp_params *params);

/**
 * Make a stack. It takes all the memory that it will ever use now, from the rte_malloc heap
 * (mbufs apart, which come from params->mbufs). Any thread.
 *
 * @param now  microseconds of the clock that rs_stack_run() is given
 * @return the stack, which rs_stack_free() frees; or NULL with rte_errno EINVAL (a parameter
 *   is out of range) or ENOMEM
 */
struct rs_stack *rs_stack_create(const struct rs_stack_params *params, uint64_t now);

/**
 * Free a stack and every mbuf that it holds; it sends nothing and makes no callback.
 *
 * @param stack  may be NULL
 */
void rs_stack_free(struct rs_stack *stack);

/** Bytes of the longest frame of a port with this MTU, without the frame check sequence. */
uint32_t rs_frame_max(uint16_t mtu);

/** Estimate the bytes of rte_malloc memory that rs_stack_create() takes. Any thread. */
uint64_t rs_stack_memory(const struct rs_stack_params *params);

/**
 * Process a burst of received frames, then the timers that are due, and collect the frames
 * to be sent. The caller polls: an interval without a call delays every timer by as much.
 *
 * @param rx    n_rx received frames; all become the stack's
 * @param n_rx  0..RS_BURST
 * @param now   microseconds, never less than at the previous call
 * @param tx    [out] frames to send, which become the caller's; tx[i]->port is the device to
 *              send on. Entries beyond the returned number are not written
 * @param n_tx  room in tx, >= 2 * RS_BURST; frames that do not fit follow at the next call
 * @return the number of frames in tx
 */
uint16_t rs_stack_run(struct rs_stack *stack, struct rte_mbuf **rx, uint16_t n_rx,
	uint64_t now, struct rte_mbuf **tx, uint16_t n_tx);

/**
 * Prepare frames of another sender, such as the kernel of the host, to be sent through ports of the
 * stack: give them the tags of their ports, and set m->port to the device.
 *
 * @param tx  [in,out] n untagged frames, whose m->port is the id of a port; those that remain are
 *            moved to the front
 * @return the number of frames that remain; one without room for its tags is freed and counted
 */
uint16_t rs_stack_forward(struct rs_stack *stack, struct rte_mbuf **tx, uint16_t n);

/** The ports of a device get no more frames that it cuts into segments (rs_port.tso_mbufs). */
void rs_stack_cut_nothing(struct rs_stack *stack, uint16_t device);

/**
 * Tell the stack the clock by which stacks with one cookie_secret change the keys of their SYN
 * cookies each minute; without a cookie_secret it has no effect. Call it again from time to
 * time, because `now` may run at a slightly different rate: cookies are exchanged while the
 * clocks differ by less than a minute.
 *
 * @param epoch  microseconds: that clock's time less `now`
 */
void rs_stack_set_epoch(struct rs_stack *stack, uint64_t epoch);

/**
 * Find the time that an idle worker may sleep: microseconds until a timer may be due, and at most
 * a millisecond while a connection waits for a pool to refill, because each run tries again.
 *
 * @param most  upper limit of the result, microseconds
 * @return 0..most; 0 while output is pending
 */
uint64_t rs_stack_idle(const struct rs_stack *stack, uint64_t most);

/**
 * How often the stack has served something that no frame asked for: connections that owed
 * segments or waited, timers, ended connections. A run that changes it has worked.
 */
uint64_t rs_stack_work(const struct rs_stack *stack);

/**
 * The link of a device is up again, between two runs. Other hosts may be behind it than before, so
 * the stack asks its next hops there for their MACs (RFC 1122 3.3.1.4), and uses the old ones
 * until they reply.
 *
 * @param device  rs_port.device
 */
void rs_stack_link_up(struct rs_stack *stack, uint16_t device);

/** A prepared change of a stack that runs. */
struct rs_stack_change;

/**
 * Prepare a change of a stack that runs: new listeners, closed ranges, terminated prefixes, access
 * list, limits of resets and ICMP messages, tcp.closed_drop and tcp.stop_drop. Takes all the
 * memory that it needs. Any thread.
 *
 * Connections keep the index of their listener. So a listener stays at its index, as long as its
 * id, service and arg do; one that is gone keeps all but its ports, which become 0, until
 * rs_stack_listener_over(). Its max_connections and max_per_source may change, but neither from
 * nor to 0 without another id, because connections count from their beginning or not at all.
 *
 * @param params  those of rs_stack_create() but for the changes
 * @return NULL with rte_errno EINVAL (a parameter is out of range) or ENOMEM
 */
struct rs_stack_change *rs_stack_change_create(const struct rs_stack_params *params);

/** Apply a change, between two runs. No segment and no connection is lost. */
void rs_stack_change(struct rs_stack *stack, struct rs_stack_change *change);

/** Whether the stack's thread has left rs_stack_change(). Any thread. */
bool rs_stack_change_applied(const struct rs_stack_change *change);

/**
 * Free a change, with the memory that it replaced if it was applied. Any thread, and not before
 * the stack's thread has left rs_stack_change().
 *
 * @param change  may be NULL
 */
void rs_stack_change_free(struct rs_stack_change *change);

/** Whether a listener has no connection and will make no callback, unless it gets a new one. */
bool rs_stack_listener_over(const struct rs_stack *stack, unsigned int listener);

/** Whether connections are open whose segments must not be lost: neither half-open, nor in
 *  TIME-WAIT. */
bool rs_stack_serves(const struct rs_stack *stack);

/** The counters. Any thread may read them, word by word, with relaxed loads. */
const struct rs_stats *rs_stack_stats(const struct rs_stack *stack);

/** The connections of a listener; all but `open` are counters since the start. */
struct rs_listener_stats {
	uint64_t accepted;     /**< SYNs accepted into SYN-RECEIVED, or sent by rs_connect() */
	uint64_t established;  /**< reached ESTABLISHED */
	uint64_t open;         /**< connections now, in any state */
	uint64_t ended;        /**< ended in order */
	uint64_t aborted;      /**< ended by reset or time-out */
	uint64_t rx_bytes;     /**< received in order, bytes */
	uint64_t tx_bytes;     /**< sent, without retransmissions, bytes */
};

/**
 * The counters of one listener. Any thread may read them, word by word, with relaxed loads.
 *
 * @param listener  index in rs_stack_params.listeners
 */
const struct rs_listener_stats *rs_stack_listener_stats(const struct rs_stack *stack,
	unsigned int listener);

/** What a connection has done so far; all 0 unless rs_tcp_params.life is set. */
struct rs_conn_life {
	uint64_t age_ms;        /**< milliseconds since its SYN */
	uint32_t rx_bytes;      /**< received in order, modulo 2^32 */
	uint32_t tx_bytes;      /**< sent, without retransmissions, modulo 2^32 */
	uint32_t retransmitted; /**< segments sent again, modulo 2^24 */
};

/** A record of one reset, sent or received. */
struct rs_reset_record {
	uint64_t time;          /**< microseconds, the stack's clock */
	struct rs_tuple tuple;
	uint32_t seq;           /**< of the reset */
	uint32_t ack;           /**< of the reset; 0 without ACK */
	uint8_t state;          /**< enum rs_state of the connection; RS_CLOSED: none */
	uint8_t cause;          /**< enum rs_reset_reason (sent) or rs_reset_verdict (received) */
	bool sent;              /**< false: received */
	uint8_t flags;          /**< TCP flags of the reset */
	bool of_conn;           /**< it belongs to a connection, which `life` describes */
	struct rs_conn_life life; /**< with of_conn */
};

/** Number of reset records that a stack keeps. */
#define RS_RESET_LOG 255

/**
 * Copy the records of the latest resets, newest first. Any thread: a record that the worker
 * overwrote during the copy is left out.
 *
 * @param records  [out] room for n
 * @return the number of records copied, 0..n and at most RS_RESET_LOG
 */
unsigned int rs_stack_resets(const struct rs_stack *stack, struct rs_reset_record *records,
	unsigned int n);

/**
 * Copy records in the order in which they were written. Any thread.
 *
 * @param from     [in,out] number of the first record that is wanted, counted from 0; that of
 *                 records[0], which is higher where records were overwritten meanwhile
 * @param records  [out] room for n
 * @return the number of records copied, 0..n
 */
unsigned int rs_stack_resets_from(const struct rs_stack *stack, uint64_t *from,
	struct rs_reset_record *records, unsigned int n);

/** The number of resets ever logged that belong to a connection. The worker's thread. */
uint64_t rs_stack_conn_resets(const struct rs_stack *stack);

/** How rs_stack_stop() ends connections. */
enum rs_stop {
	RS_STOP_FINISH, /**< close each connection; its peer may finish */
	RS_STOP_RESET,  /**< reset each connection */
};

/**
 * Stop: refuse new connections from now on, and close or reset the open ones, some of them
 * at each of the following calls of rs_stack_run(). The stack has stopped when
 * rs_stack_open() is 0.
 */
void rs_stack_stop(struct rs_stack *stack, enum rs_stop how);

/** The number of connections, those in TIME-WAIT not counted. */
uint32_t rs_stack_open(const struct rs_stack *stack);

/**
 * The state of a connection, for an operator. Sequence numbers are absolute. In TIME-WAIT
 * SND.WND, SRTT, RTO and MSS are 0, because nothing is sent any more.
 */
struct rs_conn_info {
	enum rs_state state;
	uint32_t snd_una;       /**< SND.UNA */
	uint32_t snd_nxt;       /**< SND.NXT */
	uint32_t snd_wnd;       /**< SND.WND, bytes */
	uint32_t rcv_nxt;       /**< RCV.NXT */
	uint32_t rcv_wnd;       /**< RCV.WND, bytes */
	uint32_t srtt_us;       /**< SRTT, microseconds; 0: no sample yet */
	uint32_t rttvar_us;     /**< RTTVAR */
	uint32_t min_rtt_us;    /**< least RTT of RACK; 0: not known */
	uint32_t rto_ms;        /**< RTO, milliseconds */
	uint16_t mss;           /**< Eff.snd.MSS, bytes */
	uint16_t mss_full;      /**< the same before the path's MTU lowered it */
	uint16_t path_mtu;      /**< bytes of the largest datagram that is sent */
	uint16_t rcv_mss;       /**< the MSS that we announce */
	uint16_t listener;      /**< index in rs_stack_params.listeners */
	uint8_t backoff;        /**< doublings of the RTO */
	uint8_t snd_shift;      /**< Snd.Wind.Shift */
	uint8_t rcv_shift;      /**< Rcv.Wind.Shift */
	bool window_scale;      /**< both sides scale their windows */
	bool timestamps;
	bool sack;              /**< the peer takes SACK blocks */
	bool ecn;
	bool nodelay;
	bool keepalive;
	bool active;            /**< opened by rs_connect() */
	const char *congestion; /**< algorithm of congestion control */
	const char *recovery;   /**< "none", "cwr", "fast" or "rto" */
	uint32_t cwnd;          /**< bytes */
	uint32_t ssthresh;      /**< bytes; 0: no limit */
	uint32_t pipe;          /**< bytes in flight that are neither SACKED nor lost */
	uint32_t sacked;        /**< bytes */
	uint32_t lost;          /**< bytes to be retransmitted */
	uint64_t queued;        /**< bytes to be sent or acknowledged */
	uint32_t unread;        /**< bytes received in order, not taken by the service */
	uint32_t out_of_order;  /**< bytes kept for reassembly */
	uint32_t rtx_left_ms;   /**< until the retransmission timer is due; 0: it does not run */
	uint32_t life_left_ms;  /**< until R2, a time limit, keep-alive or 2 MSL; 0: none runs */
	struct rs_conn_life life; /**< of a record of TIME-WAIT only the time in it */
};

/**
 * Read the state of a connection.
 *
 * @param info  [out] on success
 * @return 0, or -ENOENT (no connection has this tuple)
 */
int rs_stack_inspect(const struct rs_stack *stack, const struct rs_tuple *tuple,
	struct rs_conn_info *info);

/**
 * Whether the stack hands over a segment with this tuple by itself (rs_stack_params.seek) if it has
 * neither its connection nor sent the SYN cookie that it acknowledges.
 */
bool rs_stack_seeks(const struct rs_stack *stack, const struct rs_tuple *tuple);

/**
 * Abort a connection with a reset (RFC 9293 3.10.5) of reason `killed`.
 *
 * @return 0, or -ENOENT (no connection has this tuple)
 */
int rs_stack_kill(struct rs_stack *stack, const struct rs_tuple *tuple);

/** Most connections that one rs_stack_walk() looks at, and rs_stack_kill_some() ends. */
#define RS_WALK_BURST 128
#define RS_KILL_BURST 32

/** Chooses connections. */
struct rs_conn_filter {
	uint32_t states;        /**< 1 << enum rs_state, of each that is wanted; 0: all */
	bool any_listener;
	uint16_t listener;      /**< without any_listener: index in rs_stack_params.listeners */
	struct rs_prefix prefix; /**< of the peer's address; len 0: any */
	struct rs_prefix local; /**< of our address; len 0: any */
	uint64_t age_ms;        /**< least age */
};

/** A connection in a list. */
struct rs_conn_entry {
	uint64_t position;      /**< of this connection; below 2^33 */
	struct rs_tuple tuple;
	enum rs_state state;
	uint16_t listener;
	struct rs_conn_life life; /**< of a record of TIME-WAIT only the time in it */
};

/**
 * List connections, looking at RS_WALK_BURST at most. A connection that exists during the whole
 * walk is in it once, unless it enters TIME-WAIT meanwhile: then it may be in it twice.
 *
 * @param position  [in,out] 0 at first; where the next call goes on, 0: the walk is over
 * @param entries   [out] room for n
 * @return how many of them are filled
 */
unsigned int rs_stack_walk(const struct rs_stack *stack, const struct rs_conn_filter *filter,
	uint64_t *position, struct rs_conn_entry *entries, unsigned int n);

/** How rs_stack_kill_some() ends connections. */
enum rs_kill {
	RS_KILL_ABORT,          /**< as rs_stack_kill() */
	RS_KILL_STOP_FINISH,    /**< as rs_stack_stop(RS_STOP_FINISH) */
	RS_KILL_STOP_RESET,     /**< as rs_stack_stop(RS_STOP_RESET) */
};

/**
 * End connections, looking at RS_WALK_BURST at most.
 *
 * @param position  as of rs_stack_walk()
 * @return how many were ended or closed, RS_KILL_BURST at most
 */
unsigned int rs_stack_kill_some(struct rs_stack *stack, const struct rs_conn_filter *filter,
	enum rs_kill how, uint64_t *position);

/** Entries of each pool that are in use; all are 0 after every connection has ended. */
struct rs_pool_use {
	uint32_t tcbs;
	uint32_t time_waits;    /**< records of TIME-WAIT */
	uint32_t busy;          /**< busy blocks */
	uint32_t chunks;        /**< buffer descriptors */
	uint32_t ranges;        /**< byte ranges in flight */
	uint32_t half_open;     /**< passive opens in SYN-RECEIVED; each has a TCB */
	uint32_t neighbours;
	uint32_t fragments;     /**< that wait for the rest of their datagrams */
};

/** Read the use of the pools. Any thread. */
void rs_stack_pools(const struct rs_stack *stack, struct rs_pool_use *use);

/**
 * Check the invariants of every connection, above all that each has a timer which will end
 * it. For tests, between two runs, because it visits each connection.
 *
 * @return NULL, or a text that names the broken invariant
 */
const char *rs_stack_audit(const struct rs_stack *stack);

/** The TCP engine of a stack, for rs_connect(). */
struct rs_tcp *rs_stack_tcp(struct rs_stack *stack);

/** Parameters of an active open. */
struct rs_connect {
	struct rs_addr laddr;     /**< all 0: address of the port that the route leads through */
	struct rs_addr raddr;
	uint16_t lport;           /**< 0: a free port, chosen at random (RFC 6056 3.3.2) */
	uint16_t rport;
	uint16_t listener;        /**< index of its settings, whose port_first is 0 */
	void *user;               /**< rs_conn_user() from the start */
	const struct rs_source_route *route; /**< a source route (MUST-51); NULL: none */
};

/**
 * OPEN, active (RFC 9293 3.10.1). The SYN is sent by the next rs_stack_run(), or when the
 * next hop's MAC is known. `opened` follows when the connection is ESTABLISHED. `ended`
 * follows in any case, with REFUSED, UNREACHABLE or TIMEOUT where the open failed. Data
 * queued before `opened` is sent afterwards; a close, shutdown or abort before `opened`
 * deletes the connection (3.10.4, 3.10.5) without a reset.
 *
 * @param to    copied
 * @param conn  [out] the connection, valid until `ended` returns
 * @return 0, or -EINVAL (no host can have this address or port: MUST-46), -ENETUNREACH (no
 *   route), -EADDRINUSE (the tuple is in use, perhaps in TIME-WAIT), -EADDRNOTAVAIL (laddr
 *   is not ours, no local port is free, or replies to lport reach another stack), -ENOBUFS
 *   (no TCB or neighbour entry is left), -ESHUTDOWN (the stack is stopping)
 */
int rs_connect(struct rs_tcp *tcp, const struct rs_connect *to, struct rs_tcb **conn);

/**
 * Fetch the memory that an rs_connect() reads first, because it is in no cache where there are many
 * connections. Worth it for a program that opens connections at a high rate.
 *
 * @param to     as it will be given to rs_connect(), but with laddr
 * @param ahead  calls of rs_connect() before that one
 * @return the hash of its tuple, unless the port that is chosen first is in use then, or an earlier
 *         call chooses it
 */
uint32_t rs_connect_prefetch(const struct rs_tcp *tcp, const struct rs_connect *to, uint32_t ahead);

/*
 * Functions by which a service uses its connection.
 */

/**
 * Queue immutable memory for sending (SEND, RFC 9293 3.10.2). The engine reads it when it
 * builds a segment, and again for each retransmission, so the memory must stay unchanged
 * until it is acknowledged (rs_conn_unacked()), at the latest until `ended`.
 *
 * @return bytes queued: len, or 0 while no buffer descriptor is free or snd_window bytes are
 *   queued already (`writable` follows); -ENOTCONN (the connection is gone), -EPIPE (after
 *   close or shutdown)
 */
int64_t rs_conn_send(struct rs_tcp *tcp, struct rs_tcb *conn, const void *data, uint32_t len);

/**
 * Queue a copy of bytes for sending, as much as snd_buf has room for.
 *
 * @return bytes queued, 0..len; where that is less than len, `writable` follows. -ENOTCONN
 *   and -EPIPE as rs_conn_send()
 */
int64_t rs_conn_send_copy(struct rs_tcp *tcp, struct rs_tcb *conn, const void *data,
	uint32_t len);

/**
 * Queue bytes of a received mbuf for sending. As rs_conn_send_copy(), but a large piece is
 * queued by a reference to m instead of a copy. For use inside `data`.
 *
 * @param m     the mbuf that `data` was called with
 * @param data  within m
 */
int64_t rs_conn_send_mbuf(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len);

/** Bytes that rs_conn_send_copy() has room for now; 0 after close or shutdown. */
uint32_t rs_conn_send_room(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** Whether queued data is not acknowledged yet, sent or not. */
bool rs_conn_unacked(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** Offer the data that `data` did not take once more, in the next output pass. */
void rs_conn_resume(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Close this side only (RFC 9293 3.10.4, half close): a FIN follows the queued data. The
 * peer's data is still offered.
 *
 * @return 0, -ENOTCONN, or -EPIPE (closed before)
 */
int rs_conn_shutdown(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Close as rs_conn_shutdown() does, and reset a peer that does not send its FIN within
 * `fin_wait_2` after it acknowledged ours. For a service that has finished sending. Data
 * that arrives later is for the service to discard, so that no reset destroys the last
 * answer before the peer has read it.
 *
 * @return 0, -ENOTCONN, or -EPIPE (closed before)
 */
int rs_conn_finish(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Close both sides: a FIN follows the queued data, and data of the peer that was not taken
 * or arrives later is answered by a reset (SHLD-3). With linger 0 the same as
 * rs_conn_abort().
 *
 * @return 0 or -ENOTCONN
 */
int rs_conn_close(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Abort (RFC 9293 3.10.5): drop the queued data and send a reset.
 *
 * @return 0 or -ENOTCONN
 */
int rs_conn_abort(struct rs_tcp *tcp, struct rs_tcb *conn);

/**
 * Abort as rs_conn_abort() does, with a reset that is counted under `reason`: that of a service
 * are service_abort, service_timeout and service_evicted.
 *
 * @return 0 or -ENOTCONN
 */
int rs_conn_reset(struct rs_tcp *tcp, struct rs_tcb *conn, enum rs_reset_reason reason);

/**
 * Limit the time that the service waits for its peer: `expired` is called once, ms milliseconds
 * from now. The time stands still while data that was sent is unacknowledged, because
 * rs_listener.send_timeout_ms limits that; it ends with a close, a shutdown or rs_conn_finish(),
 * because R2 and `fin_wait_2` limit the rest. While it runs no keep-alive probes are sent. It
 * needs no memory. Ignored unless the connection is ESTABLISHED or in CLOSE-WAIT.
 *
 * @param ms  up to 7 days; 0: no limit
 */
void rs_conn_set_time_limit(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ms);

/** Milliseconds until `expired`; 0: no limit runs. */
uint32_t rs_conn_time_left(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** A pointer of the service, NULL at first. */
void *rs_conn_user(const struct rs_tcb *conn);

/** Set the pointer that rs_conn_user() returns. */
void rs_conn_set_user(struct rs_tcb *conn, void *user);

/** The `arg` of the connection's listener. */
void *rs_conn_arg(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** Turn Nagle's algorithm off or on for this connection (MUST-17). */
void rs_conn_set_nodelay(struct rs_tcb *conn, bool nodelay);

/** Turn keep-alive on or off for this connection (MUST-24). */
void rs_conn_set_keepalive(struct rs_tcp *tcp, struct rs_tcb *conn, bool keepalive);

/**
 * Set the longest time that sent data may stay unacknowledged before the connection is
 * aborted: R2 of this connection (RFC 9293 MUST-21), or its user time-out (RFC 5482 3.1),
 * which the peer then cannot change. A time that is running starts over.
 *
 * @param seconds  up to 24 days, rounded up by an eighth at most; 0: as configured
 */
void rs_conn_set_user_timeout(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t seconds);

/**
 * Set the DiffServ field of one connection (SHLD-21); until then it is the listener's.
 *
 * @param tos  DiffServ field with the ECN bits 0
 * @return 0, -ENOTCONN, or -ENOBUFS (too many connections have a field of their own)
 */
int rs_conn_set_tos(struct rs_tcp *tcp, struct rs_tcb *conn, uint8_t tos);

/** The connection's two sockets; valid until `ended` returns. */
const struct rs_tuple *rs_conn_tuple(const struct rs_tcb *conn);

/**
 * Bytes up to the urgent pointer that the service has not taken yet (MUST-33). 0 also if there was
 * no memory to keep the pointer: `urgent` is called again then when the peer repeats it.
 */
uint32_t rs_conn_urgent(const struct rs_tcp *tcp, const struct rs_tcb *conn);

/** The engine's clock: microseconds, as passed to the rs_stack_run() that is running. */

uint64_t rs_tcp_now(const struct rs_tcp *tcp);

#endif /* RSTACK_H */
