/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Two engines, the frames between them and their users, as small as they can be: what happens
 * next is chosen from outside, step by step, so that a program can try every choice.
 */

#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "rstack.h"

enum {
	MODEL_STEPS = 32,       /**< of a path, at most */
	MODEL_FLIGHTS = 32,     /**< frames on their way in one direction, at most */
	MODEL_ISNS = 16,        /**< connections that one host opens in a path, at most */
	MODEL_CONNS = 16,       /**< connections of both hosts in a path, at most */
};

/** What may happen. Each is of a host: a user's call, or a frame that this host has sent. */
enum model_step {
	STEP_OPEN,              /**< an active open, always between the same two sockets */
	STEP_SEND,              /**< the user sends one octet */
	STEP_SHUTDOWN,          /**< the user has no more to send */
	STEP_CLOSE,             /**< the user wants neither to send nor to receive */
	STEP_ABORT,
	STEP_CRASH,             /**< the host forgets everything, and starts again */
	STEP_DELIVER,           /**< the first frame arrives */
	STEP_OVERTAKE,          /**< the second frame arrives before the first */
	STEP_LOSE,              /**< the first frame is lost */
	STEP_REPEAT,            /**< a copy of the first frame follows behind the others */
	STEP_TIME,              /**< of host 0 only: time passes until a timer does something */
	STEP_MAX,
};

/** A step: enum model_step * 2 + host. */
typedef uint8_t model_choice;

/** How often each kind of step may happen in a path, for each host. */
extern const uint8_t model_budget[STEP_MAX];

/** A connection as its user sees it; its number is the tag of the octets that it sends. */
struct model_conn {
	uint8_t host;
	uint8_t sent;           /**< octets sent: tag * 16 + 0, 1, 2 ... */
	uint8_t received;       /**< octets received */
	uint8_t from;           /**< tag of the peer's octets; 255: none yet */
	bool opened, shut, closed, peer_closed, ended;
	bool failed;            /**< its user was told that it did not end in order, or crashed */
};

/** A fault of the world, so that a test sees its property fail. */
enum model_fault {
	FAULT_NONE,
	FAULT_OCTET,            /**< octets are changed on their way */
	FAULT_TIME,             /**< no time passes, so that no timer runs */
	FAULT_ANSWERS,          /**< an answer to an answer counts as one without end */
	FAULT_MAX,
};

extern const char *const model_fault_names[FAULT_MAX];

/** A host. */
struct model_host {
	struct rs_stack *stack;
	struct rs_tcb *tcb;     /**< of the newest connection; NULL: there is none */
	uint8_t conn;           /**< its tag */
	uint8_t n_isns;
	uint32_t isns[MODEL_ISNS]; /**< of the SYNs that it sent */
	uint8_t used[STEP_MAX];
	uint8_t n_flights;      /**< frames that it sent, on their way */
	struct { struct rte_mbuf *m; uint64_t born; } flights[MODEL_FLIGHTS];
	uint32_t happened;      /**< counts frames and callbacks */
};

/** Two hosts. */
struct model_world {
	struct rte_mempool *mbufs;
	uint64_t now;
	struct model_host hosts[2];
	uint8_t n_conns;
	struct model_conn conns[MODEL_CONNS];
	uint8_t taken_by[MODEL_CONNS]; /**< tag of the connection that took the octets of
				 *   this one; 255: none */
	bool traced;            /**< print what happens */
	enum model_fault fault;
	const char *broken;     /**< a property that does not hold; NULL: all do */
};

/** Make both hosts anew, in a world whose other members are set. */
void model_begin(struct model_world *w);

/** Free what model_begin() and the steps made. */
void model_end(struct model_world *w);

/** Whether a step can happen now. */
bool model_can(const struct model_world *w, model_choice choice);

/** Let it happen. */
void model_do(struct model_world *w, model_choice choice);

/**
 * Equal numbers mean equal worlds: states, numbers counted from the ISNs, timers, frames on their
 * way and what the users did.
 */
uint64_t model_hash(const struct model_world *w);

/**
 * From now on nothing is lost: frames arrive in order, both users send an octet and close. All
 * connections must end, and every octet must have arrived, but where its user closed, or was told
 * that the connection failed.
 */
void model_finish(struct model_world *w);

/** A step in words. */
void model_print(model_choice choice, char *text, size_t size);

#endif /* MODEL_WORLD_H */
