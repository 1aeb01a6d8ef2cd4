/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * For tests of lib/conn and lib/tcp: a stack with one port, a service that follows the test's
 * actions and counts its callbacks, segments of a peer and connections in any state.
 * Frames are checked and built with DPDK's functions, not with those of lib/packet.
 */

#ifndef TCP_FIXTURE_H
#define TCP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "base/seq.h"
#include "random.h"
#include "stack.h"

/** TCP flags. */
enum {
	FIN = RTE_TCP_FIN_FLAG, SYN = RTE_TCP_SYN_FLAG, RST = RTE_TCP_RST_FLAG,
	PSH = RTE_TCP_PSH_FLAG, ACK = RTE_TCP_ACK_FLAG, URG = RTE_TCP_URG_FLAG,
};

enum {
	LPORT = 7,              /**< a listener on any address */
	LPORT_NODELAY = 8,
	LPORT_LINGER = 9,
	LPORT_KEEPALIVE = 10,
	LPORT_RESET = 5000,     /**< to 5009: a closed range */
	LPORT_DROP = 5010,      /**< to 5019: a silent one */
	LPORT_CLOSED = 6000,    /**< that no listener names */
	RPORT = 40000,
	STREAM = 1 << 19,       /**< bytes of fixture.bytes */
	MBUFS = 1023,
	OUT_MAX = 512,
	LISTENERS = 9,          /**< room for a test's own; the first six are those above */
};

/** Callbacks of the service. */
enum event { OPENED, DATA, WRITABLE, URGENT, PEER_CLOSED, ENDED, EVENT_MAX };

/** A segment of the peer; the fixture fills in the fields that are 0. */
struct seg {
	uint8_t flags;
	uint32_t seq, ack;
	const uint8_t *data;
	uint16_t len;           /**< bytes of data */
	uint16_t up;
	const char *opt;
	uint8_t opt_len;        /**< a multiple of 4 */
	uint16_t rport, lport;  /**< 0: RPORT, LPORT */
	uint8_t mac;            /**< last byte of the MAC address; 0: 0x99 */
	uint16_t cut;           /**< bytes of text in each mbuf of its chain; 0: all in one mbuf */
};

/** A segment of ours. */
struct out {
	uint8_t flags;
	uint32_t seq, ack;
	uint16_t wnd, up, len, rport, lport;
	uint16_t mss;           /**< 0: no such option */
	int wscale;             /**< -1: no such option */
	uint8_t mac;            /**< last byte of its destination's MAC address */
	uint8_t data[1500];
};

struct fixture;

/** An action of the service inside a callback. */
typedef void action(struct fixture *f, struct rs_tcp *tcp, struct rs_tcb *conn);

/** The state of a test. Change params, port and listeners before fixture_start(). */
struct fixture {
	struct rs_stack_params params;
	struct rs_port port;
	struct rs_listener listeners[LISTENERS];
	struct rs_service service;
	struct rte_mempool *mbufs;  /**< the stack's */
	struct rte_mempool *wire;   /**< frames of the peer */
	struct rs_stack *stack;     /**< NULL before fixture_start() */
	struct rs_tcp *tcp;         /**< the stack's engine */
	uint64_t now;               /**< microseconds */
	uint32_t irs;               /**< initial sequence number of the peer's next connection */
	const char *syn_opt;        /**< options of its SYN, syn_opt_len bytes */
	uint8_t syn_opt_len;
	uint16_t wnd;               /**< SEG.WND of the peer */
	uint16_t owed;              /**< of the last input() */
	/* the service */
	uint64_t take;              /**< bytes that it still takes */
	action *on[EVENT_MAX];
	unsigned int notified[EVENT_MAX]; /**< calls of each callback */
	enum rs_end how;            /**< of the last ENDED */
	uint32_t ahead;
	int64_t result;             /**< of the last call of an action */
	uint32_t n_got;
	uint8_t got[STREAM];        /**< the bytes it took */
	uint8_t bytes[STREAM];      /**< to be sent: no two offsets look alike */
	/* frames of the stack that no test has looked at */
	unsigned int n_out, next_out;
	struct out out[OUT_MAX];
};

/** EAL, once a program: for cmocka_run_group_tests(). */
int fixture_group(void **state);

/** A fixture, *state; at the end all must be given back: TCBs, blocks, chunks, mbufs. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/** A test with a fixture. */
#define fixture_test(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/** Make the stack. */
void fixture_start(struct fixture *f);

/** Every connection ends; every pool must be full again. The stack is gone then. */
void fixture_finish(struct fixture *f);

/** The frame of a segment, an mbuf of the wire's pool. */
struct rte_mbuf *fixture_frame(struct fixture *f, const struct seg *s);

/** The same, as rs_segment_parse_burst() parses it. */
struct rs_segment fixture_segment(const struct fixture *f, const struct seg *s);

/** A segment into rs_tcp_input(), nothing is sent yet. @return the reset it is owed */
uint16_t fixture_input(struct fixture *f, const struct seg *s);
#define input(f, ...) fixture_input(f, &(struct seg){ __VA_ARGS__ })

/** n segments into rs_stack_run(), as one burst; its frames are kept in f->out. */
void fixture_burst(struct fixture *f, const struct seg *segs, uint16_t n);
#define burst(f, ...) fixture_burst(f, (struct seg[]){ __VA_ARGS__ }, \
	RTE_DIM(((struct seg[]){ __VA_ARGS__ })))

/** rs_stack_run() without frames, now. */
void fixture_run(struct fixture *f);

/** Milliseconds pass, with a run in each. */
void fixture_after(struct fixture *f, uint32_t ms);

/** The next segment that was sent, NULL: none; and one that must be there, with these flags. */
const struct out *fixture_next(struct fixture *f);
const struct out *fixture_expect(struct fixture *f, uint8_t flags);

/** Forget the segments in f->out. @return how many they were */
unsigned int fixture_forget(struct fixture *f);

/** The connection, NULL: none. */
struct rs_tcb *fixture_find(const struct fixture *f, uint16_t lport, uint16_t rport);

/** A connection in a state, whose peer's first byte of data is f->irs + 1. */
struct rs_tcb *fixture_reach_on(struct fixture *f, uint16_t lport, uint16_t rport,
	enum rs_state state);
#define fixture_reach(f, state) fixture_reach_on(f, LPORT, RPORT, state)

/** The peer acknowledges all bytes in flight. */
void fixture_ack(struct fixture *f, const struct rs_tcb *tcb);

/** How many mbufs of a pool are in use. */
#define in_use(pool) rte_mempool_in_use_count(pool)

/** Take all mbufs that a pool has left; fixture_give() puts the first n of them back. */
unsigned int fixture_drain(struct rte_mempool *pool, struct rte_mbuf **m, unsigned int most);
void fixture_give(struct rte_mbuf **m, unsigned int n);

#endif /* TCP_FIXTURE_H */
