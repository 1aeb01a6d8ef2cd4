/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A script that is played against a stack, in simulated time.
 */

#ifndef PLAY_H
#define PLAY_H

#include "script.h"

enum { PLAY_SOCKETS = 16, PLAY_CONNS = 64, PLAY_TIMESTAMPS = 256 };

/** A connection as its sockets see it. */
struct conn {
	struct wire_conn *c;    /**< NULL: it ended */
	bool opened, accepted;
	bool eof;               /**< the peer's FIN was told, or the end */
	int error;              /**< errno that a call has still to tell; 0: none */
	uint32_t got;           /**< bytes taken for a read() that has not told them yet */
};

/** A socket of the script. */
struct sock {
	int fd;                 /**< 0: unused */
	bool listening, nonblock;
	bool nodelay, keepalive, linger_zero;
	uint32_t user_timeout;  /**< seconds; 0: as configured */
	struct conn *conn;      /**< NULL: not connected */
};

/** The result of a call. */
struct outcome {
	int64_t result;
	int error;              /**< errno with result -1 */
};

/** A script that is played. */
struct play {
	struct wire *w;
	const struct script *script;
	uint64_t start;         /**< w->now at the time 0 of the script */
	uint64_t before;        /**< when the event before was, script time */
	uint32_t iss;           /**< what the script's numbers of our segments begin at */
	unsigned int n_ts;      /**< our timestamps: as the script has them, and as they were */
	struct { uint32_t script, sent; } ts[PLAY_TIMESTAMPS];
	struct sock socks[PLAY_SOCKETS];
	unsigned int n_conns;
	struct conn conns[PLAY_CONNS];
	const struct event *pending; /**< a call that has not returned yet */
	uint64_t returns;       /**< when it must, script time */
};

/** Play a script; what fails is told through wire_fail(). */
void play(struct wire *w, const struct script *script);

/** Microseconds since the script began. */
uint64_t play_now(const struct play *p);

/** Run the stack once, and see what its connections were told. */
void play_run(struct play *p);

/** Note the callbacks that were made. */
void sock_told(struct play *p);

/**
 * Make a call, or go on with one that blocked.
 *
 * @param o  [out] when it returns
 * @return false: it would block
 */
bool sock_call(struct play *p, const struct call *c, struct outcome *o);

/** Whether the socket of a call does not block. */
bool sock_nonblock(const struct play *p, const struct call *c);

/** Whether a socket listens. */
bool sock_listening(const struct play *p);

#endif /* PLAY_H */
