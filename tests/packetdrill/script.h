/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A script in the language of packetdrill: segments in, segments expected, and calls of sockets,
 * each at its time.
 */

#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/wire.h"

/** Most events of a script, arguments of a call, and options of a segment. */
enum { SCRIPT_EVENTS = 4096, SCRIPT_ARGS = 8, SCRIPT_OPTIONS = 20 };

/** When an event happens: at a time of the script, so long after the event before, or any time. */
enum time_kind { TIME_AT, TIME_AFTER, TIME_ANY };

/** The time of an event, microseconds. */
struct event_time {
	enum time_kind kind;
	uint64_t first, last;   /**< a range, or twice the same */
	bool blocks;            /**< a call that returns later, at `returns` */
	uint64_t returns;
};

/** One option of a segment, in the order of the script. */
struct option {
	enum { OPTION_EOL, OPTION_NOP, OPTION_MSS, OPTION_WSCALE, OPTION_SACK_OK, OPTION_SACK,
		OPTION_TS } kind;
	uint32_t a, b;          /**< MSS, shift, or TSval and TSecr */
	int n_sack;
	struct wire_sack sack[4];
};

/** A segment: numbers as the script has them. */
struct packet {
	uint8_t flags;
	uint32_t seq, len;
	uint32_t ack;
	int64_t win;            /**< ANY: not said */
	uint16_t up;
	int ecn;                /**< ANY: not said */
	bool any_options;       /**< <...> */
	int n_options;
	struct option options[SCRIPT_OPTIONS];
};

/** A call: its arguments as they stand, and its result. */
struct call {
	char name[24];
	int n_args;
	char args[SCRIPT_ARGS][96];
	int64_t result;
	char error[24];         /**< the name of errno; "": none */
};

enum event_kind { EVENT_IN, EVENT_OUT, EVENT_CALL };

/** A line of the script. */
struct event {
	int line;
	enum event_kind kind;
	struct event_time time;
	union {
		struct packet packet;
		struct call call;
	};
};

/** A script that was read. */
struct script {
	uint64_t tolerance;     /**< of times, microseconds */
	uint16_t mtu;
	bool ipv6;
	unsigned int n;
	struct event events[SCRIPT_EVENTS];
};

/**
 * Read a script.
 *
 * @param w         what fails is told through wire_fail() with w->file as it is, and the line
 * @param settings  what may stand before the first event, from the command line; the script's
 *                  own come after it
 * @param script    [out]
 */
void script_read(struct wire *w, const char *settings, const char *text, struct script *script);

#endif /* SCRIPT_H */
