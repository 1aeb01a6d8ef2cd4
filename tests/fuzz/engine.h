/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The engine's target: one stack, the hosts around it, and the sums that must agree. */

#ifndef TESTS_FUZZ_ENGINE_H
#define TESTS_FUZZ_ENGINE_H

#include "fuzz/engine_frame.h"

#define ENGINE_LISTENERS 8
#define ENGINE_CONNS 32

/** Index of the settings of rs_connect(). */
#define ENGINE_CONNECT 7

/** A connection that the service knows. */
struct engine_conn {
	struct rs_tcb *tcb;     /**< NULL: unused */
	bool opened;
	bool peer_closed;
};

/** The last segment that the stack sent to a peer's port. */
struct engine_sent {
	uint32_t seq, ack, ts;
	uint16_t lport;
};

struct engine {
	struct fuzz_in in;
	struct rs_stack *stack;
	struct rs_stack_params params;
	struct rs_port ports[2];
	struct rs_prefix terminate;
	uint16_t terminate_port;
	struct rs_prefix allow;
	const struct rs_acl *acl; /**< of each stack that has one */
	struct rs_listener listeners[2][ENGINE_LISTENERS]; /**< before and after a change */
	unsigned int set;       /**< of listeners that is in use */
	struct rte_mempool *own, *foreign;
	struct rte_mbuf *taken[1024]; /**< so that few are free */
	unsigned int n_taken;
	struct rte_mbuf *rx[RS_BURST];
	uint16_t n_rx;
	uint64_t now;
	uint64_t quiet_until;   /**< rs_stack_idle() said that nothing is sent before; 0: it did
				 *   not, or something happened since */
	uint8_t mode;           /**< what the service does */
	struct engine_conn conns[ENGINE_CONNS];
	struct engine_sent sent[4];
	uint64_t rx_frames, tx_frames, tx_segments, resets, excepted;
};

/** Allocations until one fails; 0: none does. */
struct engine_faults {
	uint32_t memory;        /**< mbufs, entries of pools, shares, table, neighbours */
	uint32_t heap;          /**< at set-up */
	bool failed;            /**< one did */
};

extern struct engine_faults engine_faults;

/** The parameters of the stack, chosen by the input. */
void engine_params(struct engine *e);

/** Make the access list of all stacks that have one. */
const struct rs_acl *engine_acl(void);

/** More of them: offloads, access list, exceptions, other stacks, a heap that is used up. */
void engine_features(struct engine *e);

/** A frame of the stack is sent by its device. */
void engine_sent(struct engine *e, struct rte_mbuf *m);

/** The mbufs of a frame that the device has received. @return NULL: none was free */
struct rte_mbuf *engine_received(struct engine *e, const struct engine_frame *f);

/** A frame of the kernel is sent through the stack. */
void engine_forward(struct engine *e);

/** The audit, and the sums of the counters. */
void engine_check(const struct engine *e);

/** A run with the frames that wait, and all checks. */
void engine_run(struct engine *e);

/** Bring the stack to its end: nothing may be left. */
void engine_end(struct engine *e);

/** What the service is. */
extern const struct rs_service engine_service;

/** The entry of a connection that rs_connect() shall make; NULL: none is free. */
struct engine_conn *engine_conn_new(struct engine *e);

#endif /* TESTS_FUZZ_ENGINE_H */
