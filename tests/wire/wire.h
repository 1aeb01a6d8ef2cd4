/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A small language for segments over simulated time. A case reads as the figures of
 * RFC 9293: in() is a segment from the peer, out() the answer that is expected, after()
 * lets milliseconds pass. Expectations come from the RFC, never from what the code did.
 *
 * The peer's sequence numbers begin at w->base: a case says 100 where base + 100 is on the
 * wire, in in() as in the ACK of out(). So all cases run again where numbers pass over 2^31
 * and 2^32 (wire --isn). Those of the stack are what they are on the wire.
 *
 * Each case gets a stack of its own. At its end nothing may be left to be sent or to be
 * told to the service, every reset must have been named by reset() or verdict(), and when
 * all connections have been stopped every pool must be full again.
 */

#ifndef WIRE_H
#define WIRE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_common.h>

#include "frame/device.h"
#include "frame/frame.h"
#include "rstack.h"
#include "wire/faults.h"

/** In a field of out(): any value, or not there at all; in one of in(): not there. */
enum { ANY = -1, NONE = -2 };

/** What stands in a case when nothing else is said. */
enum {
	WIRE_LPORT = 7,         /**< a listener */
	WIRE_LPORT_NODELAY = 8, /**< one without Nagle */
	WIRE_LPORT_LINGER = 9,  /**< one with linger 0 */
	WIRE_LPORT_KEEPALIVE = 10, /**< one with keep-alive */
	WIRE_LPORT_TOS = 11,    /**< one with a DiffServ field of its own */
	WIRE_TOS = 0xb8,        /**< which is this one (EF, RFC 3246) */
	WIRE_LPORT_SECRET = 12, /**< one that asks for a security option: WIRE_LABEL */
	WIRE_LPORT_RESET = 5000, /**< to 5009: a closed range that is reset */
	WIRE_LPORT_DROP = 5010, /**< to 5019: a closed range that is silent */
	WIRE_LPORT_CLOSED = 5020, /**< nothing is said about this one */
	WIRE_RPORT = 40000,
	WIRE_RHOST = 2,         /**< 192.0.2.2; its MAC is 02:00:00:00:00:02 */
	WIRE_LHOST = 1,         /**< 192.0.2.1 */
	WIRE_RCV_BUF = 32768,   /**< RCV.WND of a new connection */
	WIRE_BYTES = 1 << 18,   /**< how many bytes() there are */
	WIRE_FRAME_MAX = 2048,
	WIRE_CONNECTS = 8,      /**< index of the settings of connect() */
	WIRE_SECRET_CONNECTS = 9, /**< the same, with a security option */
	WIRE_LISTENERS = 10,
	WIRE_MBUFS = 2047,      /**< in the pool */
	WIRE_TSO_MBUFS = 40,    /**< most in a frame that the device cuts */
};

/** A block of a SACK option: left =< SEQ < right. */
struct wire_sack {
	uint32_t left, right;
};

/** A segment, sent by the peer or expected from the stack. */
struct wire_seg {
	uint8_t flags;
	int64_t seq;            /**< out(): ANY only with SYN */
	int64_t ack;
	int64_t wnd;            /**< not scaled */
	int mss;                /**< option */
	int ws;                 /**< window scale option */
	int sack_ok;            /**< SACK-permitted option: 1 */
	int64_t tsval, tsecr;   /**< timestamps option; NONE: tsval is */
	int n_sack;             /**< SACK option, see SACK() */
	struct wire_sack sack[4];
	int uto;                /**< user time-out option, granularity bit and 15 bits */
	const char *opt;        /**< in(): more option bytes, as they are */
	uint8_t opt_len;
	const char *data;       /**< a string, or len bytes */
	uint32_t len;
	uint16_t up;            /**< urgent pointer */
	uint16_t rport, lport;  /**< the peer's port and ours */
	uint8_t rhost, lhost;   /**< last byte of the peer's address and of ours */
	uint8_t mac;            /**< last byte of the peer's MAC address; 0: that of rhost */
	int vlan;               /**< tag control information, or NONE */
	const char *label;      /**< security option, 4 bytes; NULL: none */
	const char *route;      /**< source route option, route_len bytes; NULL: none */
	uint8_t route_len;
	uint8_t hop;            /**< out(): with route, last byte of the first hop's address */
	int tos;                /**< DiffServ field; out(), ANY: that of w->tcp */
};

/** A source route option from a string literal. */
#define ROUTE(s) .route = s, .route_len = sizeof(s) - 1

/** RFC 1108 2: type, length, SECRET, GENSER; and the same but TOP SECRET. */
#define WIRE_LABEL "\x82\x04\x5a\x80"
#define WIRE_OTHER_LABEL "\x82\x04\x3d\x80"

/** What the service was told. */
enum wire_told { OPENED, DATA, WRITABLE, URGENT, ERROR, PEER_CLOSED, ENDED, WIRE_TOLD_MAX };

/** One callback. */
struct wire_event {
	TAILQ_ENTRY(wire_event) next;
	enum wire_told what;
	uint16_t rport;
	uint32_t arg;           /**< URGENT: bytes ahead; ERROR: what << 16 | detail;
				 *   ENDED: enum rs_end */
	uint32_t len;           /**< DATA: bytes taken */
	uint8_t data[];
};

/** What told() expects. */
struct wire_expect {
	enum wire_told what;
	uint16_t rport;
	uint32_t arg;
	const char *data;
	uint32_t len;
};

/** A frame that the stack sent. */
struct wire_frame {
	TAILQ_ENTRY(wire_frame) next;
	bool is_tcp;
	struct wire_seg seg;
	uint64_t time;          /**< w->now when it was sent */
	uint16_t len;
	uint8_t bytes[WIRE_FRAME_MAX];
};

/** A connection as its service sees it. */
struct wire_conn {
	TAILQ_ENTRY(wire_conn) next;
	struct rs_tcp *tcp;
	struct rs_tcb *tcb;
	uint16_t rport;
	bool opened;            /**< the service was told so */
	bool held;              /**< the case has a pointer to it: user() */
};

struct wire;

/** What the service does inside a callback. */
typedef void wire_action(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn);

/** Resets of one case, as they were seen on the wire. */
struct wire_reset {
	struct rs_tuple tuple;
	uint32_t seq, ack;
	uint8_t flags;
	bool sent;
	bool logged;            /**< found in the stack's log */
};

/** A case that runs. */
struct wire {
	const char *file;       /**< of the statement that runs */
	int line;
	jmp_buf failed;
	struct rs_tcp_params tcp; /**< a case may change it before its first segment */
	struct rs_port port;
	struct rs_port vlans[2]; /**< more ports on its device, see add_vlan() */
	unsigned int n_vlans;
	struct rs_prefix terminate; /**< len 0: none */
	uint32_t max_neighbours; /**< 0: enough */
	bool answers;      /**< hosts answer requests for their MACs, which the case sees not */
	bool no_fragments;      /**< they are dropped; else 32 of them may wait */
	uint32_t resets_per_second; /**< of the stack; 0: no limit */
	uint32_t resets_per_source; /**< an address is a source */
	uint32_t resets_of_listeners; /**< of each listener and closed range */
	bool no_connection_drop; /**< of each listener */
	uint32_t send_timeout_ms; /**< of each listener; its send_rate is 0 */
	uint32_t echoes_per_second;
	const struct rs_acl_rule *rules; /**< of an access list; NULL: none */
	unsigned int n_rules;
	struct rs_acl *acl;     /**< made of them with the stack */
	rs_replies_here *replies_here; /**< of the stack */
	void *replies_arg;
	bool mld;               /**< of the stack */
	bool dad_silent;
	rs_hand_over *hand_over; /**< of the stack */
	void *hand_over_arg;
	bool *seek;              /**< of the stack */
	rs_except *except;       /**< of the stack */
	void *except_arg;
	uint8_t secret;         /**< makes the stack's secret another one */
	uint32_t base;          /**< on the wire, what the peer's sequence numbers begin at */
	struct rs_listener listeners[WIRE_LISTENERS];
	enum rs_state param;    /**< of a WIRE_STATES case */
	uint8_t flags;          /**< of a WIRE_TABLE case */
	char about[256];        /**< what the case does just now, for the messages */
	struct rte_mempool *mbufs;
	struct rte_mbuf *hoarded[WIRE_MBUFS]; /**< taken, so that few are free: hoard() */
	unsigned int n_hoarded;
	bool running;           /**< in a run of the stack */
	bool user_lost;         /**< a connection ended to which the case has a pointer */
	bool case_over;         /**< so nothing is given up any more */
	struct rs_stack *stack; /**< made at first use */
	uint64_t now;           /**< microseconds */
	TAILQ_HEAD(wire_frames, wire_frame) sent;
	TAILQ_HEAD(wire_events, wire_event) events;
	TAILQ_HEAD(wire_conns, wire_conn) conns;
	struct wire_reset resets[RS_RESET_LOG];
	unsigned int n_resets;  /**< sent and received; may go beyond the log */
	uint64_t rst_sent, rst_received;
	uint64_t frames_sent;   /**< as the device got them */
	uint64_t large_sent;    /**< those of them that it cut into segments */
	uint8_t asked;          /**< with `answers`: the host whose MAC was asked for; 0: none */
	uint64_t tcp_sent;
	const char *broken;     /**< a rule of the callbacks that the stack broke */
	struct rs_stats checked; /**< counters as the case has accounted for them */
	bool reports;           /**< the service wants to be told soft errors: error() */
	bool deaf;              /**< it has no callback for them at all */
	struct rs_service service; /**< of all listeners */
	uint64_t take;          /**< bytes that the service still takes */
	wire_action *on[WIRE_TOLD_MAX];
	char bytes[WIRE_BYTES]; /**< the last member, because it outlives a case */
};

/** State variables of a connection, RFC 9293 3.3.1. */
struct wire_tcb {
	uint16_t lport, rport;
	uint32_t iss, snd_una, snd_nxt, rcv_nxt, rcv_wnd;
	uint32_t tsval;         /**< of our SYN, if it had timestamps */
};

/** A test case; they find one another through a section of the linker. */
struct wire_case {
	const char *name;
	const char *section;    /**< of the RFC */
	const char *ids;        /**< requirements */
	uint32_t states;        /**< one run for each of these; 0: one run */
	uint8_t flags;          /**< and for each combination of these */
	void (*run)(struct wire *w);
};

#define WIRE_CASE(name_, states_, flags_, section_, ids_) \
	static void name_(struct wire *w); \
	static const struct wire_case wire_case_##name_ = { \
		#name_, section_, ids_, states_, flags_, name_, \
	}; \
	static const struct wire_case *const wire_ptr_##name_ \
		__attribute__((section("wire_cases"), used)) = &wire_case_##name_; \
	static void name_(struct wire *w __rte_unused)

/** A case for each of some states, and one for each of them and each combination of flags. */
#define WIRE_STATES(name_, states_, section_, ids_) \
	WIRE_CASE(name_, states_, 0, section_, ids_)
#define WIRE_TABLE(name_, states_, section_, ids_) \
	WIRE_CASE(name_, states_, FIN | SYN | RST | PSH | ACK | URG, section_, ids_)

/** Define a case: its name, its RFC section, its requirement ids ("" for none). */
#define WIRE(name_, section_, ids_) WIRE_STATES(name_, 0, section_, ids_)

/** Sets of states, for WIRE_STATES; the case finds its state in w->param. */
#define IN(state) (UINT32_C(1) << RS_##state)
#define SYNCHRONIZED_OPEN \
	(IN(ESTABLISHED) | IN(FIN_WAIT_1) | IN(FIN_WAIT_2) | IN(CLOSE_WAIT))
#define SYNCHRONIZED_BUT_TIME_WAIT (SYNCHRONIZED_OPEN | IN(CLOSING) | IN(LAST_ACK))
#define SYNCHRONIZED (SYNCHRONIZED_BUT_TIME_WAIT | IN(TIME_WAIT))

/**
 * What longjmp() to w->failed gives: the case is not for this family; it cannot go on after a
 * fault; or it gave up after a fault in a callback, so that the stack is in the middle of a run.
 */
#define WIRE_SKIPPED 2
#define WIRE_LOST 3
#define WIRE_UNJUDGED 4

/** The statement that runs, for the messages. */
#define HERE (w->file = __FILE__, w->line = __LINE__, w)

/*
 * Segments.
 */

#define WIRE_TUPLE \
	.rport = WIRE_RPORT, .lport = WIRE_LPORT, .rhost = WIRE_RHOST, .lhost = WIRE_LHOST, \
	.vlan = NONE

/** A segment of the peer, for burst() or in_all(): flags, then fields. */
#define seg(flags_, ...) ((struct wire_seg){ .flags = flags_, WIRE_TUPLE, .wnd = 65535, \
	.mss = NONE, .ws = NONE, .sack_ok = NONE, .tsval = NONE, .n_sack = NONE, .uto = NONE, \
	##__VA_ARGS__ })

/** Raw bytes of options, or of data, from a string literal. */
#define OPT(s) .opt = s, .opt_len = sizeof(s) - 1

/** Timestamps, and the blocks of a SACK option: SACK({ 201, 301 }, { 401, 501 }). */
#define TS(val, ecr) .tsval = (uint32_t)(val), .tsecr = (uint32_t)(ecr)
#define SACK(...) .n_sack = (int)RTE_DIM(((struct wire_sack[]){ __VA_ARGS__ })), \
	.sack = { __VA_ARGS__ }

/** n segments of the peer, in one burst each RS_BURST of them. */
#define in_all(segs, n) wire_in(HERE, segs, n)

/** Segments of the peer in one burst: burst(seg(...), seg(...)). */
#define burst(...) \
	wire_in(HERE, (struct wire_seg[]){ __VA_ARGS__ }, \
		RTE_DIM(((struct wire_seg[]){ __VA_ARGS__ })))

/** One segment of the peer. */
#define in(flags_, ...) burst(seg(flags_, ##__VA_ARGS__))

/** The next segment that the stack has sent on this tuple; @return its SEG.SEQ. */
#define out(flags_, ...) wire_out(HERE, &(struct wire_seg){ .flags = flags_, WIRE_TUPLE, \
	.seq = ANY, .ack = ANY, .wnd = ANY, .mss = ANY, .ws = ANY, .sack_ok = ANY, .tsval = ANY, \
	.tsecr = ANY, .n_sack = ANY, .uto = ANY, .tos = ANY, ##__VA_ARGS__ })

/** The next segment that is to be checked, where an expectation depends on what it says. */
#define next_out() wire_next_out(HERE)

/** Nothing is left to be checked of what was sent. */
#define quiet() wire_quiet(HERE)

/** The byte at an offset, and those after it: data that no two offsets share. */
#define bytes(off) (&w->bytes[off])

/**
 * This case is about IPv4, or about IPv6: skip it in a run of the other family. families.c has the
 * reason; a case without one fails.
 */
#define ipv4_only() (wire_ipv6 ? wire_skip_case(HERE) : (void)0)
#define ipv6_only() (wire_ipv6 ? (void)0 : wire_skip_case(HERE))

/** A frame of IPv4 or ARP from the peer, and the next one sent; @return its length. */
#define in_frame(bytes_, len_) (ipv4_only(), wire_in_frame(HERE, bytes_, len_))
#define out_frame(bytes_) (ipv4_only(), wire_out_frame(HERE, bytes_))

/** The same in the family of this run. */
#define in_any(bytes_, len_) wire_in_frame(HERE, bytes_, len_)
#define out_any(bytes_) wire_out_frame(HERE, bytes_)
#define build_any(seg_, frame_) wire_build(HERE, &(seg_), frame_)

/** The next frame sent, of either family, which is of no interest. */
#define skip_out() wire_skip_out(HERE)

/** The same of IPv6. */
#define in_frame6(bytes_, len_) (ipv6_only(), wire_in_frame(HERE, bytes_, len_))
#define out_frame6(bytes_) (ipv6_only(), wire_out_frame(HERE, bytes_))

/** Write the frame of a segment, to be spoilt and given to in_frame(); @return its length. */
#define build(seg_, frame_) (ipv4_only(), wire_build(HERE, &(seg_), frame_))
#define build6(seg_, frame_) (ipv6_only(), wire_build(HERE, &(seg_), frame_))

/** An error of a router (host 77) that quotes our segment with this SEG.SEQ and length. */
struct wire_icmp {
	uint8_t type, code;     /**< of ICMP; sent as the error of ICMPv6 with its meaning */
	uint32_t seq;
	uint32_t mtu;
	uint32_t quoted_len;    /**< of the datagram; 0: 1500 */
	uint32_t cut;           /**< bytes that its quote is short of */
	uint8_t protocol;       /**< 0: TCP */
	bool foreign;           /**< the quoted source is not ours */
};

/** An ICMP error arrives: icmp(3, 4, .seq = t.snd_nxt, .mtu = 1400). */
#define icmp(type_, code_, ...) \
	wire_icmp_in(HERE, &(struct wire_icmp){ .type = type_, .code = code_, ##__VA_ARGS__ })

/*
 * Active opens. The peer answers ARP for its address, but where try_connect() is used.
 */

#define WIRE_TO(...) (&(struct rs_connect){ \
	.laddr = wire_addr(WIRE_LHOST), .raddr = wire_addr(WIRE_RHOST), \
	.lport = WIRE_LPORT, .rport = WIRE_RPORT, .listener = WIRE_CONNECTS, ##__VA_ARGS__ })

/** OPEN, active: from 192.0.2.1:7 to 192.0.2.2:40000 or as said; 0, or what is wrong. */
#define try_connect(...) wire_open(HERE, WIRE_TO(__VA_ARGS__))

/** The same, which must be right, with the peer's answer to ARP; the SYN is to be checked. */
#define connect(...) wire_connect(HERE, WIRE_TO(__VA_ARGS__))

/** Have the device, before its first frame, make checksums and cut frames into segments. */
#define set_tso() wire_set_tso(w)

/** Give the port, before its first frame, a VLAN tag that is sent with WIRE_PRIORITY. */
#define set_vlan(vid_) wire_set_vlan(w, &w->port, vid_)

/** Add a port with a tag on the same device, of the address of host_. */
#define add_vlan(vid_, host_) wire_add_vlan(w, vid_, host_)

/** The tag of a frame that a port with this identifier sends. */
#define WIRE_PRIORITY 3
#define WIRE_TCI(vid_) (WIRE_PRIORITY << 13 | (vid_))

/** An ARP packet of the peer: from its MAC and address to us. */
#define arp_in(op_, rhost_, mac_, vlan_) \
	(ipv4_only(), wire_arp_in(HERE, op_, rhost_, mac_, vlan_))

/** The next frame sent is an ARP request for this host, to this MAC (0: to all). */
#define arp_out(rhost_, mac_) (ipv4_only(), wire_arp_out(HERE, rhost_, mac_, NONE))

/** An advertisement of the peer, with flags of RFC 4861 4.4, and a solicitation that is sent to
 *  this MAC (0: to the solicited-node address). */
enum { ND_OVERRIDE = 0x20, ND_SOLICITED = 0x40 };
#define nd_in(flags_, rhost_, mac_) (ipv6_only(), wire_nd_in(HERE, flags_, rhost_, mac_))
#define nd_out(rhost_, mac_) (ipv6_only(), wire_nd_out(HERE, rhost_, mac_))

/** The next frame sent asks for the MAC of this host: arp_out() or nd_out(). */
#define ask_out(rhost_, mac_) wire_ask_out(HERE, rhost_, mac_)

/** The peer's answer: an ARP reply, or an advertisement that was solicited. */
#define answer_in(rhost_, mac_) wire_answer_in(HERE, rhost_, mac_)

/*
 * Time.
 */

/** Milliseconds pass, one at a time. */
#define after(ms) wire_after(HERE, ms)

/** Milliseconds pass, a day at once: for times in which nothing is sent. */
#define skip(ms) wire_skip(HERE, ms)

/** Time passes until something is sent: `least` to `most` milliseconds. */
#define due(least, most) wire_due(HERE, least, most)

/*
 * The user of the connection, RFC 9293 3.9.1. What it asks for is sent at once.
 */

#define user_send(data_, len_) wire_send(HERE, data_, len_)
#define user_shutdown() wire_call(HERE, WIRE_RPORT, rs_conn_shutdown)
#define user_close() wire_call(HERE, WIRE_RPORT, rs_conn_close)
#define user_abort() wire_call(HERE, WIRE_RPORT, rs_conn_abort)
#define user_resume() wire_resume(HERE)

/** How many bytes the service takes from now on, and what it does in a callback. */
#define take(n) (w->take = (n))
#define on(what, action) (w->on[what] = (action))
wire_action wire_on_shutdown, wire_on_close, wire_on_abort;

/** The handle of a connection, for calls of rs_conn_*. */
#define user(rport_) wire_hold(HERE, rport_)

/** Take all mbufs but so many, and give them back. */
#define hoard(left_) wire_hoard(HERE, left_)
#define give_back() wire_give_back(w)

/** The service was told this next: told(DATA, .data = "hello"). */
#define told(what_, ...) \
	wire_told(HERE, &(struct wire_expect){ .what = what_, .rport = WIRE_RPORT, ##__VA_ARGS__ })

/** The service was told the end next: CLOSED, RESET, TIMEOUT or ABORTED. */
#define ended(how, ...) told(ENDED, .arg = RS_END_##how, ##__VA_ARGS__)

/** The service was told a soft error next: error(R1, 3). */
#define error(what_, detail_, ...) \
	told(ERROR, .arg = (uint32_t)RS_ERROR_##what_ << 16 | (detail_), ##__VA_ARGS__)

/** The next callback that is to be checked, where the case depends on which one it is. */
#define next_told() wire_next_told(HERE)

/** The service was told nothing more. */
#define nothing_told() wire_nothing_told(HERE)

/*
 * What the stack says of itself.
 */

/** The state of the connection; CLOSED and LISTEN: there is none. */
#define state(s) state_on(WIRE_LPORT, WIRE_RPORT, s)
#define state_on(lport_, rport_, s) wire_state(HERE, lport_, rport_, RS_##s)

/** The same, for the state of this run of a WIRE_STATES case. */
#define state_param() wire_state(HERE, WIRE_LPORT, WIRE_RPORT, w->param)

/** One reset of this reason was sent, or received and judged so, since the last check. */
#define reset(reason) resets(reason, 1)
#define verdict(name_) verdicts(name_, 1)

/** The same for n of them. */
#define resets(reason, n) counted(reset_sent[RS_RESET_##reason], n)
#define verdicts(name_, n) counted(reset_received[RS_VERDICT_##name_], n)

/** n resets were withheld by this limit since the last check. */
#define limited(limit, n) counted(reset_limited[RS_LIMITED_##limit], n)

/** A counter of struct rs_stats moved by n since the last check of it. */
#define counted(field, n) \
	wire_moved(HERE, #field, &rs_stack_stats(w->stack)->field, &w->checked.field, n)
#define dropped(name_) counted(drop[RS_DROP_##name_], 1)

/** Anything else that must hold. */
#define check(what) do { \
	if (!(what)) \
		wire_fail(HERE, "not so: %s", #what); \
} while (0)

/*
 * Connections: SEG.SEQ of the peer's SYN is 100, of its FIN 101.
 */

/** Bring a new connection into a state, by the shortest way. */
#define reach(s) reach_on(WIRE_LPORT, WIRE_RPORT, s)
#define reach_on(lport_, rport_, s) wire_reach(HERE, lport_, rport_, RS_##s)

/** The same, into the state of this run of a WIRE_STATES case. */
#define reach_param() wire_reach(HERE, WIRE_LPORT, WIRE_RPORT, w->param)

/**
 * A connection that is opened by a SYN with other fields than those of reach(); what can
 * stand in every segment (window, ports, MAC, tag, TSval) is in the ACK of the SYN-ACK, too.
 */
#define handshake(...) wire_handshake(HERE, &seg(SYN, .seq = 100, .mss = 1460, ##__VA_ARGS__))

/** A connection that we open: the peer's SYN,ACK has SEQ 100. */
#define opened() wire_opened(HERE, &seg(SYN | ACK, .seq = 100, .mss = 1460))

/** The same, as this segment says and our SYN goes before. */
#define opened_by(...) wire_opened(HERE, &seg(SYN | ACK, .seq = 100, ##__VA_ARGS__))

/** Both open at one time (figure 7): SYN-RECEIVED. */
#define both_open() wire_both_open(HERE)

/** The stack, for rs_stack_ functions. */
#define stack() wire_stack(HERE)

/** The case cannot go on. After a fault that is not a failure. */
__rte_noreturn void wire_fail(struct wire *w, const char *format, ...)
	__rte_format_printf(2, 3);

/** An expectation does not hold: returns only after a fault. */
void wire_differs(struct wire *w, const char *format, ...) __rte_format_printf(2, 3);

/** What must hold after a fault, too, does not. */
__rte_noreturn void wire_wrong(struct wire *w, const char *format, ...)
	__rte_format_printf(2, 3);
__rte_noreturn void wire_skip_case(struct wire *w);
struct rs_stack *wire_stack(struct wire *w);
void wire_run(struct wire *w, struct rte_mbuf **rx, uint16_t n);
void wire_in(struct wire *w, const struct wire_seg *segs, unsigned int n);
uint16_t wire_build(struct wire *w, const struct wire_seg *s, uint8_t *frame);
void wire_in_frame(struct wire *w, const uint8_t *bytes, uint16_t len);
uint16_t wire_out_frame(struct wire *w, uint8_t *bytes);
void wire_skip_out(struct wire *w);
uint32_t wire_out(struct wire *w, const struct wire_seg *want);
const struct wire_seg *wire_next_out(struct wire *w);
void wire_quiet(struct wire *w);
void wire_after(struct wire *w, uint64_t ms);
void wire_skip(struct wire *w, uint64_t ms);
void wire_due(struct wire *w, uint64_t least, uint64_t most);
void wire_send(struct wire *w, const char *data, uint32_t len);
void wire_call(struct wire *w, uint16_t rport,
	int (*call)(struct rs_tcp *tcp, struct rs_tcb *conn));
void wire_resume(struct wire *w);
struct wire_conn *wire_user(struct wire *w, uint16_t rport);
struct wire_conn *wire_hold(struct wire *w, uint16_t rport);
void wire_hoard(struct wire *w, unsigned int left);
void wire_give_back(struct wire *w);
const struct wire_event *wire_next_told(struct wire *w);
void wire_free_frames(struct wire *w);
void wire_free_events(struct wire *w);
void wire_told(struct wire *w, const struct wire_expect *want);
void wire_nothing_told(struct wire *w);
void wire_state(struct wire *w, uint16_t lport, uint16_t rport, enum rs_state want);
void wire_moved(struct wire *w, const char *name, const uint64_t *counter, uint64_t *checked,
	uint64_t by);
struct wire_tcb wire_reach(struct wire *w, uint16_t lport, uint16_t rport, enum rs_state want);
struct wire_tcb wire_handshake(struct wire *w, const struct wire_seg *syn);
struct wire_tcb wire_opened(struct wire *w, const struct wire_seg *syn_ack);
struct wire_tcb wire_both_open(struct wire *w);
int wire_open(struct wire *w, const struct rs_connect *to);
void wire_connect(struct wire *w, const struct rs_connect *to);
void wire_set_vlan(struct wire *w, struct rs_port *port, uint16_t vid);
void wire_set_tso(struct wire *w);
void wire_add_vlan(struct wire *w, uint16_t vid, uint8_t host);
void wire_arp_in(struct wire *w, uint8_t op, uint8_t rhost, uint8_t mac, int vlan);
void wire_arp_out(struct wire *w, uint8_t rhost, uint8_t mac, int vlan);
void wire_nd_in(struct wire *w, uint8_t flags, uint8_t rhost, uint8_t mac);
void wire_nd_out(struct wire *w, uint8_t rhost, uint8_t mac);
void wire_icmp_in(struct wire *w, const struct wire_icmp *e);
void wire_ask_out(struct wire *w, uint8_t rhost, uint8_t mac);
void wire_answer_in(struct wire *w, uint8_t rhost, uint8_t mac);

/** Write an ARP packet of the peer; @return its length. */
uint16_t wire_build_arp(uint8_t op, uint8_t rhost, uint8_t mac, int vlan, uint8_t *frame);

/** Type and code of an ICMP error in the family of the run, as a service is told of it. */
uint32_t wire_icmp_told(uint8_t type, uint8_t code);

/** Read a frame that the stack sent; @return what is wrong with it, or NULL. */
const char *wire_parse(const struct wire *w, struct wire_frame *f);

/** A segment in the RFC's notation. */
void wire_print(const struct wire_seg *s, char *text, size_t size);

/** Flags in the RFC's notation: SYN,ACK. */
void wire_print_flags(uint8_t flags, char *text, size_t size);

/** Where the sequence numbers of both ends begin. */
struct wire_start {
	uint32_t base;          /**< of the peer's */
	uint64_t now;           /**< the clock that ours are made from, microseconds */
	bool tso;               /**< set_tso() for each case */
};

/** The result of a case; UNJUDGED: after a fault it gave up where nothing can be checked. */
enum wire_result { PASSED, FAILED, SKIPPED, UNJUDGED };

/** Run a case once, with the fault that wire_faults says. */
enum wire_result wire_run_case(struct wire *w, const struct wire_case *c,
	const struct wire_start *start, enum rs_state param, uint8_t flags);

/** A reason why cases are of one family only. */
struct wire_reason {
	bool ipv6;              /**< the family that they are of */
	const char *cases;      /**< a pattern of their names */
	const char *why;
};

/** The reason why a case does not run in this run's family; NULL: it does. */
const char *wire_other_family(const char *name);

/** A row of the reasons that has no case; NULL: each has one. */
const char *wire_reason_unused(void);

/** Whether the cases run over IPv6: the same hosts as 2001:db8::/64. */
extern bool wire_ipv6;

/** Send MSS without an MSS option (MUST-15), and the larger header of IPv6. */
#define WIRE_MSS_DEFAULT (wire_ipv6 ? 1220u : 536u)
#define WIRE_IPV6_MORE (wire_ipv6 ? 20 : 0)

/** The address of a host, by its last byte, in the family of this run. */
struct rs_addr wire_addr(uint8_t host) __attribute__((pure));

/** The tuple of a segment, as the stack sees it. */
struct rs_tuple wire_tuple(uint8_t lhost, uint8_t rhost, uint16_t lport, uint16_t rport);

#endif /* WIRE_H */
