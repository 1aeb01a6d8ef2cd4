/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A worker's mailbox: other threads ask, the worker answers between bursts, because only
 * the worker touches its stack.
 */

#ifndef RS_APP_CONTROL_H
#define RS_APP_CONTROL_H

#include <rte_ring.h>

#include "rstack.h"

/** The requests. */
enum rs_control_verb {
	RS_CONTROL_STOP,    /**< rs_stack_stop(how) */
	RS_CONTROL_KILL,    /**< rs_stack_kill(tuple) */
	RS_CONTROL_INSPECT, /**< rs_stack_inspect(tuple) */
};

/** A request and its answer. */
struct rs_control {
	enum rs_control_verb verb;
	enum rs_stop how;
	struct rs_tuple tuple;
	int result;               /**< [out] of the function of the verb */
	struct rs_conn_info info; /**< [out] of RS_CONTROL_INSPECT */
};

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
 * Answer the messages in the mailbox. The worker's thread.
 *
 * @param stop  [out] set to true if a message was a stop
 * @return how many messages were answered
 */
unsigned int rs_control_serve(struct rte_ring *mailbox, struct rs_stack *stack, bool *stop);

#endif /* RS_APP_CONTROL_H */
