/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The client of one worker. It opens connections at the rate of its pacer, sends the request of
 * [load], reads the answer and closes. After a reset it retries as RFC 9110 9.2.2 allows.
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
#include "samples.h"
#include "services/http_body.h"
#include "worker.h"

/** Counters of a client. */
#define RS_LOAD_COUNTERS(X) \
	X(attempted, connections, "connections opened, retries included") \
	X(established, connections, "connections that reached ESTABLISHED") \
	X(completed, requests, "requests answered completely") \
	X(refused, connections, "connections refused: a reset answered the SYN") \
	X(reset, connections, "connections reset by the peer") \
	X(timed_out, requests, "requests that timed out, in connecting or waiting for the answer") \
	X(unreachable, connections, "connections that failed because the target was unreachable") \
	X(retried, requests, "requests retried after a reset") \
	X(bad, requests, "requests whose answer was cut short, not HTTP, or an error (status 400" \
		" or more)") \
	X(failed, requests, "requests that failed: refused, reset, timed_out, unreachable or bad") \
	X(stopped, requests, "requests ended by the stop of rstack-load") \
	X(held, events, "times that a connection was due but no port or TCB was free") \
	X(not_offered, connections, "connections that were due by the rate and left out, because" \
		" for 100 ms the concurrency was used up, no port or TCB was free, or the" \
		" client was too slow") \
	X(rx_bytes, bytes, "bytes of answers received") \
	X(tx_bytes, bytes, "bytes of requests sent")

#define RS_ENUM_LOAD(name, unit, help) RS_LOAD_##name,
enum rs_load_counter { RS_LOAD_COUNTERS(RS_ENUM_LOAD) RS_LOAD_COUNTER_MAX };

extern const struct rs_stat_name rs_load_counter_names[RS_LOAD_COUNTER_MAX];

/**
 * Times that are measured, in microseconds; `whole` includes retries. With a rate it begins when
 * the connection is due, because the wait for a slow server would else not be counted
 * (coordinated omission).
 */
#define RS_LOAD_TIMES(X) \
	X(connect,    "from the SYN to ESTABLISHED") \
	X(first_byte, "from the request to the first byte of the answer") \
	X(whole,      "to the last byte of the answer from the first SYN (with rate: from when" \
		" it was due), or from the next request") \
	X(ttfb,       "time to first byte (RFC 9411): from the SYN to the first byte of the" \
		" connection's first answer") \
	X(ttlb,       "time to last byte (RFC 9411): from the SYN to the last byte of that answer")

#define RS_ENUM_TIME(name, help) RS_LOAD_TIME_##name,
enum rs_load_time { RS_LOAD_TIMES(RS_ENUM_TIME) RS_LOAD_TIME_MAX };

extern const struct rs_stat_name rs_load_time_names[RS_LOAD_TIME_MAX];

/** HTTP statuses are counted one by one: all numbers of three digits. */
#define RS_LOAD_STATUS_MAX 1000

/**
 * State of a session. The sessions of a state are in a list, the oldest first; of the free ones,
 * the last that became free.
 */
enum rs_session_state {
	RS_SESSION_FREE,
	RS_SESSION_REOPENING,  /**< needs another connection, which is not opened yet */
	RS_SESSION_CONNECTING, /**< waits for ESTABLISHED */
	RS_SESSION_ASKING,     /**< waits for the answer */
	RS_SESSION_ENDING,     /**< waits for the end of the connection */
	RS_SESSION_STATES,
};

/** The requests of one connection, or of several if it is reset or closed early. */
struct rs_session {
	TAILQ_ENTRY(rs_session) link;
	struct rs_tcb *conn;    /**< NULL: none */
	uint64_t began;         /**< microseconds: start of the request's `whole` time */
	uint64_t since;         /**< microseconds: start of this state */
	uint64_t syn;           /**< microseconds: when the connection was opened */
	uint64_t received;      /**< bytes of the answer so far */
	uint32_t requests;      /**< requests left, the current one included */
	uint8_t state;          /**< enum rs_session_state */
	uint8_t retries;        /**< of the current request */
	bool sent;              /**< the request is queued completely */
	bool peer_closed;
	bool established;       /**< the connection is counted in rs_load_client.open */
	bool first;             /**< the request is the first one of its connection */
	bool reopen;            /**< ENDING, but requests are left for another connection */
	struct rs_answer answer;
};

TAILQ_HEAD(rs_session_list, rs_session);

/**
 * The client of one worker. Other threads read `done`, `open_max`, `count`, `status` and `times`
 * relaxed, and samples by rs_load_samples_count().
 */
struct rs_load_client {
	const struct rs_load_config *config;
	struct rs_tcp *tcp;
	uint64_t now;
	uint64_t limit;         /**< sessions to begin at most */
	uint64_t begun;         /**< sessions begun so far */
	uint64_t end;           /**< microseconds: then it begins no more; UINT64_MAX: never */
	uint32_t concurrency;   /**< sessions at a time at most */
	uint32_t active;        /**< sessions that are not free */
	uint32_t next_source;   /**< offset in config->source of the next own address */
	uint16_t listener;      /**< index of its connections' settings */
	unsigned int index, n;  /**< client `index` of n that have work */
	bool started, stopping;
	bool held;              /**< at the last poll no port or TCB was free */
	bool done;              /**< nothing is left to do */
	bool idempotent;
	struct rs_pacer pacer;
	uint32_t answered;      /**< connections with no request left, since the last poll */
	struct rs_http_body request; /**< request bytes */
	struct rs_http_body last;    /**< the variant sent as a connection's final request */
	struct rs_session_list lists[RS_SESSION_STATES];
	struct rs_session *sessions;
	uint64_t open;          /**< established connections now */
	uint64_t open_max;      /**< and the most at a time */
	struct rs_load_samples samples;
	uint64_t count[RS_LOAD_COUNTER_MAX] __rte_cache_aligned;
	uint64_t status[RS_LOAD_STATUS_MAX]; /**< complete answers by HTTP status */
	struct rs_histogram times[RS_LOAD_TIME_MAX];
};

/** The service of a client's connections; the arg of their settings is the client. */
extern const struct rs_service rs_load_service;

/** The functions that a client's worker calls. */
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

/** Free a client; NULL: none. Its connections have ended. */
void rs_load_client_free(struct rs_load_client *client);

#endif /* RS_LOAD_CLIENT_H */
