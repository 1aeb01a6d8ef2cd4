/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * One seed that is being run: its plan, its world, the ends of its connections (users.c), what
 * was seen on the wire (watch.c), and the first thing that was wrong.
 */

#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stdio.h>

#include "frame.h"
#include "pcap.h"
#include "plan.h"
#include "world.h"

/** Ends of connections, and TCBs seen on the wire, that one seed can have. */
#define SIM_ENDS_MAX (SIM_CONNS_MAX * 2 + 16)
#define SIM_TCBS_MAX 256

/** Bytes that streams are cut from; a prime, so that no power of two hides a shift. */
#define SIM_PATTERN 1048573U

/** What --break makes a host or the harness do, to prove that it is found out. */
enum sim_break {
	SIM_BREAK_NONE,
	SIM_BREAK_ACK,          /**< host 0 acknowledges what was not sent */
	SIM_BREAK_CHECKSUM,     /**< host 0 sends a wrong checksum */
	SIM_BREAK_HOLE,         /**< the stacks do not look for black holes */
	SIM_BREAK_DELIVER,      /**< the link changes a byte and mends the checksum */
	SIM_BREAK_LEAK,         /**< an mbuf is kept */
	SIM_BREAK_RESET,        /**< host 0 answers resets with resets */
	SIM_BREAK_SACK,         /**< host 0 reports what it never received */
	SIM_BREAK_SILENCE,      /**< the link loses all, though the plan says that it loses none */
	SIM_BREAK_TS,           /**< the clock of host 0 goes backwards */
	SIM_BREAK_WINDOW,       /**< host 0 takes back what it offered */
	SIM_BREAK_WIRE,         /**< host 0 sends a byte that its user did not */
};

/** One end of a connection, as its user knows it. */
struct sim_end {
	uint8_t host;
	uint8_t side;           /**< 0: script[0] of its connection, 1: script[1] */
	bool opened, peer_closed, ended, crashed;
	bool shut, closed, aborted; /**< the user's calls */
	bool slow;              /**< it did not take all at once that it was offered */
	enum rs_end how;
	const struct sim_conn_plan *plan;
	const struct sim_script *script;
	struct rs_tcb *tcb;     /**< NULL: gone */
	struct rs_tuple tuple;
	uint32_t iss, irs;
	struct sim_end *peer;   /**< NULL: not known yet */
	uint32_t stream;        /**< where in the pattern what it sends begins */
	uint64_t sent;          /**< bytes that SEND took */
	uint64_t received;
	uint64_t allowed;       /**< bytes that it still takes until `timer` */
	uint64_t began, opened_at, ended_at;
	uint64_t progress;      /**< when SND.UNA last moved */
	uint64_t next_send;     /**< not before, pacing of pieces */
	uint64_t timer;         /**< it acts then; SIM_NEVER: only when called */
};

/** A TCB as it shows on the wire: what one host sent, and saw, with one ISS. */
struct sim_tcb {
	uint8_t host;
	bool irs_known, fin, ack_sent;
	bool ts, ts_known;      /**< its SYN has timestamps, its peer's has */
	uint16_t lport, rport;
	uint32_t iss, irs;
	uint32_t nxt;           /**< beyond the highest octet sent */
	uint32_t fin_seq;       /**< of its FIN */
	uint32_t ack;           /**< highest sent */
	uint32_t edge;          /**< right edge of the window that it offers */
	uint32_t edge_in;       /**< of the one that it was offered */
	uint32_t wl1, wnd_in;   /**< SEQ of the latest segment that came, and its window */
	uint32_t end_in;        /**< beyond the highest octet that came */
	uint32_t una;           /**< SND.UNA, as the stack tells it */
	uint32_t ack_in;        /**< highest that came */
	uint32_t tsval, tsval_in;
	bool ts_in;             /**< tsval_in is known */
	bool has_ws, peer_ws;
	uint8_t ws;
	uint16_t mss, mss_in;   /**< of its SYN, of its peer's */
	bool sack_ok, sack_in;  /**< SACK-permitted sent, received */
	struct sim_tcb *before; /**< of the same ports: MAY-2 (2) may bring it back */
	struct sim_end *end;    /**< its user, when known */
};

/** What all seeds of a program had, for its last line. */
struct sim_total {
	uint64_t seeds, frames, lost, corrupted, bytes, time;
	uint64_t ends[RS_END_EVICTED + 1], crashed;
};

/** A seed. */
struct sim {
	struct sim_total total;
	uint64_t seed;
	enum sim_break broken;
	bool verbose;
	bool holes;             /**< plans are those of sim_plan_hole() */
	FILE *pcap;
	const uint8_t *pattern; /**< twice, so that any range of it is in one piece */
	struct sim_plan plan;
	struct sim_world world;
	struct rs_listener listeners[2][SIM_PORTS * 2];
	struct sim_users {
		struct sim *sim;
		uint8_t host;
	} users[2];
	struct sim_end ends[SIM_ENDS_MAX];
	unsigned int n_ends;
	struct sim_tcb tcbs[SIM_TCBS_MAX];
	unsigned int n_tcbs;
	struct sim_run_seen {
		uint16_t lport, rport;
		bool rst;
	} seen[RS_BURST];       /**< what this run of a host was given */
	unsigned int n_seen;
	struct rte_mbuf *kept;  /**< SIM_BREAK_LEAK */
	bool failed;
	uint64_t failed_at;
	char failure[512];
};

/* sim.c */

/** Something is wrong; what comes first is kept. */
void sim_fail(struct sim *sim, const char *format, ...) __rte_format_printf(2, 3);

/** Run a seed; mbufs are all in the pool before and after. @return whether all was right */
bool sim_run(struct sim *sim, struct rte_mempool *mbufs, uint64_t seed);

/* users.c */

/** Fill in the listeners of host i. */
void sim_users_init(struct sim *sim, uint8_t i);

/** An end of the plan's connection opens. */
void sim_users_open(struct sim *sim, const struct sim_conn_plan *conn, uint8_t side);

/** Its timer fell due. */
void sim_users_act(struct sim *sim, struct sim_end *end);

/** The stack of a host went with all its connections. */
void sim_users_crashed(struct sim *sim, uint8_t host);

/* watch.c */

/** A host sends a frame. @return 1 + the index of its TCB in tcbs[], 0: none */
uint32_t sim_watch_sent(void *arg, uint8_t from, struct rte_mbuf *m);

/** A host gets a frame. */
void sim_watch_delivered(void *arg, const struct sim_flight *flight);

/** A host has run. */
void sim_watch_ran(void *arg, uint8_t host);

/* verdict.c */

/** Judge how it ended. */
void sim_verdict(struct sim *sim);

/** Say what there was. */
void sim_print_total(const struct sim_total *total);

#endif /* SIM_SIM_H */
