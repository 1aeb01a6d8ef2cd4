/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What a seed means: the link, the parameters of both stacks, the connections and what the
 * users at both ends of each do. Drawn whole before anything runs.
 */

#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "link.h"
#include "rstack.h"

#define SIM_CONNS_MAX 24
#define SIM_PORTS 4

/** Settings of a listener, and of what rs_connect() opens: index, and port less SIM_PORT. */
enum sim_settings {
	SIM_PLAIN, SIM_NODELAY, SIM_KEEPALIVE, SIM_LINGER_ZERO,
};

static_assert(SIM_LINGER_ZERO == SIM_PORTS - 1, "a port for each");

/** The port with settings 0; nobody listens on SIM_PORT_CLOSED. */
#define SIM_PORT 80
#define SIM_PORT_CLOSED 99

/** The user gives up what has not ended by then, microseconds after its beginning. */
#define SIM_PATIENCE UINT64_C(7200000000)

/** How a user ends its side. */
enum sim_finish {
	SIM_SHUTDOWN,           /**< shutdown when all is sent */
	SIM_WAIT,               /**< when all is sent and the peer has closed: close */
	SIM_CLOSE,              /**< close when all is sent: what still comes is reset */
	SIM_ABORT,              /**< abort when all is sent */
	SIM_ABORT_TIME,         /**< abort at a time, whatever there is */
	SIM_ABORT_RECEIVED,     /**< abort when so many bytes have come */
	SIM_CLOSE_TIME,         /**< close at a time */
};

/** What the user at one end does. Times in microseconds. */
struct sim_script {
	uint64_t total;         /**< bytes to send; an echo: what it takes is sent */
	uint32_t piece;         /**< bytes to a call of SEND */
	uint64_t pause;         /**< between pieces; 0: as many as are taken */
	uint32_t take;          /**< bytes taken at once; 0: all */
	uint64_t rest;          /**< between takes */
	uint64_t deaf_from;     /**< after the opening: takes nothing ... */
	uint64_t deaf_until;    /**< ... until then */
	enum sim_finish finish;
	uint64_t finish_at;     /**< time after the opening, or bytes */
	bool copy;              /**< SEND copies, else it refers to the bytes */
	bool echo;              /**< sends back what comes */
};

/** A connection. script[1] is that of its passive end, or of the second active one. */
struct sim_conn_plan {
	uint64_t at;            /**< when the first end opens */
	uint64_t at_other;      /**< when the second does; SIM_NEVER: it listens */
	uint8_t from;           /**< host of the first end */
	uint16_t lport, rport;  /**< of the first end; lport 0: the stack's choice */
	uint8_t settings;       /**< enum sim_settings of active ends */
	struct sim_script script[2];
};

/** One host. */
struct sim_host_plan {
	struct rs_tcp_params tcp;
	uint16_t mtu;
	uint8_t secret[32];
	uint64_t offset;        /**< of its clock, microseconds */
	uint64_t grain;         /**< of its polling, microseconds */
	uint64_t crash_at;      /**< SIM_NEVER: it stays up */
	uint64_t crash_for;     /**< how long it is down */
};

/** A seed. */
struct sim_plan {
	struct sim_path path[2];
	uint64_t black_from[SIM_BLACKOUTS_MAX], black_until[SIM_BLACKOUTS_MAX];
	struct sim_host_plan host[2];
	struct sim_conn_plan conn[SIM_CONNS_MAX];
	unsigned int n_conns;
	bool ipv6;              /**< all addresses are of IPv6, else of IPv4 */
	bool offload;           /**< devices verify checksums, so nothing is corrupted */
	uint16_t scatter;       /**< sim_host.scatter */
	bool lossless;          /**< whatever is sent arrives */
	bool hole;              /**< the path of the first user's data has a black hole */
};

/** Draw the plan of a seed. */
void sim_plan(struct sim_plan *plan, uint64_t seed);

/**
 * Draw a plan in which the path swallows large frames, for a time and without an error, and nothing
 * else is lost: one connection sends for longer than the hole lasts.
 */
void sim_plan_hole(struct sim_plan *plan, uint64_t seed);

/** Whether this user wants all that the other sends, and the other's close. */
bool sim_script_is_polite(const struct sim_script *script);

/** Say it, for people. */
void sim_plan_print(const struct sim_plan *plan);

#endif /* SIM_PLAN_H */
