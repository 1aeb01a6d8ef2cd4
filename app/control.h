/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A worker's mailbox: other threads ask, the worker answers between bursts, because only
 * the worker touches its stack.
 */

#ifndef RS_APP_CONTROL_H
#define RS_APP_CONTROL_H

#include <pthread.h>

#include <rte_ring.h>

#include "rstack.h"

/** The requests. */
enum rs_control_verb {
	RS_CONTROL_STOP,    /**< rs_stack_stop(how) */
	RS_CONTROL_KILL,    /**< rs_stack_kill(tuple) */
	RS_CONTROL_INSPECT, /**< rs_stack_inspect(tuple) */
	RS_CONTROL_WALK,    /**< rs_stack_walk(filter, position) */
	RS_CONTROL_KILL_SOME, /**< rs_stack_kill_some(filter, kill, position) */
	RS_CONTROL_CHANGE,  /**< rs_stack_change(change) */
	RS_CONTROL_OVER,    /**< rs_stack_listener_over(listener) */
	RS_CONTROL_LINK_UP, /**< rs_stack_link_up(device) */
};

/** Most connections in the answer of a walk. */
#define RS_CONTROL_ENTRIES 50

/** A request and its answer. */
struct rs_control {
	enum rs_control_verb verb;
	enum rs_stop how;
	enum rs_kill kill;
	struct rs_stack_change *change;
	unsigned int listener;
	uint16_t device;
	struct rs_tuple tuple;
	int result;               /**< [out] of the function of the verb */
	struct rs_conn_info info; /**< [out] of RS_CONTROL_INSPECT */
	/* of RS_CONTROL_WALK and RS_CONTROL_KILL_SOME */
	struct rs_conn_filter filter;
	uint64_t position;        /**< [in,out] */
	unsigned int n;           /**< entries wanted; [out] those filled, or killed */
	struct rs_conn_entry entries[RS_CONTROL_ENTRIES]; /**< [out] */
	uint64_t cycles;          /**< [out] that the worker took */
};

/**
 * Spreads the walks over the connections of a worker in time, so that all of them together take at
 * most 1 / RS_PACE_PART of it, whatever the number of connections and of clients that ask.
 */
struct rs_pace {
	pthread_mutex_t lock;     /**< held for one walk and the wait before it */
	uint64_t due;             /**< cycles of the TSC: the next walk is not before */
};

/** A walk costs a worker this part of its time: 1 %. */
#define RS_PACE_PART 100

/** Cycles that a message costs the worker beside its function, at most. */
#define RS_PACE_MESSAGE 3000

/**
 * A walk that ended at `now` took `cycles`: set when the next one may begin.
 *
 * @return cycles to wait until then
 */
static inline uint64_t
rs_pace_next(struct rs_pace *pace, uint64_t now, uint64_t cycles)
{
	uint64_t wait = (cycles + RS_PACE_MESSAGE) * (RS_PACE_PART - 1);

	pace->due = now + wait;
	return wait;
}

/** Time to wait for an answer, which is far longer than a worker sleeps. */
#define RS_CONTROL_TIMEOUT_MS 1000

/** Create a mailbox. @return NULL with rte_errno if it cannot be created */
struct rte_ring *rs_control_create(const char *name, unsigned int socket);

/** Free a mailbox and its unanswered messages. The worker has ended. */
void rs_control_free(struct rte_ring *mailbox);

/**
 * Send a request and wait for the answer. Any thread but the worker's.
 *
 * @return 0, or -ENOMEM, -ENOBUFS (mailbox full), -ETIMEDOUT (the worker may still do it later)
 */
int rs_control_ask(struct rte_ring *mailbox, struct rs_control *control,
	unsigned int timeout_ms);

/**
 * Ask for a part of a walk over the worker's connections, when `pace` allows it.
 *
 * @return as rs_control_ask()
 */
int rs_control_walk(struct rte_ring *mailbox, struct rs_pace *pace, struct rs_control *control);

/**
 * Answer the messages in the mailbox. The worker's thread.
 *
 * @param stop  [out] set to true if a message was a stop
 * @return how many messages were answered
 */
unsigned int rs_control_serve(struct rte_ring *mailbox, struct rs_stack *stack, bool *stop);

#endif /* RS_APP_CONTROL_H */
