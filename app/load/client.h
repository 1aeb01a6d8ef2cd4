/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The client of one worker: opens connections as its pacer and [load] say, asks, reads the
 * answer, closes, and asks again after a reset as HTTP clients may (RFC 9110 9.2.2).
 */

#ifndef RS_LOAD_CLIENT_H
#define RS_LOAD_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "answer.h"
#include "config/config.h"
#include "histogram.h"
#include "pacer.h"
#include "rstack.h"
#include "services/http_body.h"
#include "worker.h"

/** What a client counts. */
#define RS_LOAD_COUNTERS(X) \
	X(attempted,   "connections opened, again or for the first time") \
	X(established, "connections that were established") \
	X(completed,   "answers that came whole") \
	X(refused,     "connections refused: a reset answered the SYN") \
	X(reset,       "connections that the peer reset") \
	X(timed_out,   "connections and answers that took too long") \
	X(unreachable, "connections without a way to the target") \
	X(retried,     "requests asked again after a reset") \
	X(bad,         "answers cut short, not HTTP, or of a status from 400 on") \
	X(failed,      "requests given up, for any of the above") \
	X(stopped,     "requests cut off by the stop") \
	X(held,        "turns in which no port or connection was free") \
	X(rx_bytes,    "bytes of answers") \
	X(tx_bytes,    "bytes of requests")

#define RS_ENUM_LOAD(name, help) RS_LOAD_##name,
enum rs_load_counter { RS_LOAD_COUNTERS(RS_ENUM_LOAD) RS_LOAD_COUNTER_MAX };

extern const struct rs_stat_name rs_load_counter_names[RS_LOAD_COUNTER_MAX];

/** Times that are measured, in microseconds; retries count into them. */
#define RS_LOAD_TIMES(X) \
	X(connect,    "from the SYN to ESTABLISHED") \
	X(first_byte, "from the request to the first byte of the answer") \
	X(whole,      "from the first SYN, or the next request, to the last byte of the answer")

#define RS_ENUM_TIME(name, help) RS_LOAD_TIME_##name,
enum rs_load_time { RS_LOAD_TIMES(RS_ENUM_TIME) RS_LOAD_TIME_MAX };

extern const struct rs_stat_name rs_load_time_names[RS_LOAD_TIME_MAX];

/** What a session waits for; each state is a list, the oldest first. */
enum rs_session_state {
	RS_SESSION_FREE,
	RS_SESSION_AGAIN,      /**< a new connection */
	RS_SESSION_CONNECTING, /**< ESTABLISHED */
	RS_SESSION_ASKING,     /**< the answer */
	RS_SESSION_ENDING,     /**< the connection's end */
	RS_SESSION_STATES,
};

/** A connection's worth of requests. */
struct rs_session {
	TAILQ_ENTRY(rs_session) link;
	struct rs_tcb *conn;    /**< NULL: none */
	uint64_t began;         /**< microseconds: when the request's time began */
	uint64_t since;         /**< microseconds: in this state */
	uint64_t received;      /**< bytes of the answer */
	uint32_t requests;      /**< to be answered, this one among them */
	uint8_t state;          /**< enum rs_session_state */
	uint8_t retries;        /**< of this request */
	bool sent;              /**< the request is queued whole */
	bool peer_closed;
	bool more;              /**< the connection ends, requests are left */
	struct rs_answer answer;
};

TAILQ_HEAD(rs_session_list, rs_session);

/** The client of one worker. Other threads read `done`, `count` and `times` relaxed. */
struct rs_load_client {
	const struct rs_load_config *config;
	struct rs_tcp *tcp;
	uint64_t now;
	uint64_t limit;         /**< sessions that it may begin */
	uint64_t begun;
	uint64_t end;           /**< microseconds: no more are begun; UINT64_MAX: never */
	uint32_t concurrency;
	uint32_t active;        /**< sessions that are not free */
	uint32_t next_source;   /**< which address of config->source is next */
	uint16_t listener;      /**< index of its connections' settings */
	unsigned int index, n;  /**< client `index` of n that have work */
	bool started, stopping;
	bool held;              /**< nothing was free for what was due at the last poll */
	bool done;              /**< nothing is left to do */
	bool idempotent;
	struct rs_pacer pacer;
	struct rs_http_body request, last; /**< what is sent, and in place of it the last time */
	struct rs_session_list lists[RS_SESSION_STATES];
	struct rs_session *sessions;
	uint64_t count[RS_LOAD_COUNTER_MAX] __rte_cache_aligned;
	struct rs_histogram times[RS_LOAD_TIME_MAX];
};

/** The callbacks of its connections; their settings' arg is the client. */
extern const struct rs_service rs_load_service;

/** What its worker calls. */
extern const struct rs_client rs_load_client_ops;

/**
 * Make the client of worker `index` of n.
 *
 * @param config    stays the caller's
 * @param listener  index of the settings of its connections
 * @param error     [out] one sentence when it fails
 * @return the client, or NULL
 */
struct rs_load_client *rs_load_client_create(const struct rs_load_config *config,
	unsigned int index, unsigned int n, uint16_t listener, char *error, size_t size);

void rs_load_client_free(struct rs_load_client *client);

#endif /* RS_LOAD_CLIENT_H */
