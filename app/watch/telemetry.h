/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The /rstack/... commands of rte_telemetry.
 */

#ifndef RS_APP_TELEMETRY_H
#define RS_APP_TELEMETRY_H

#include <stdbool.h>
#include <stddef.h>

#include <rte_telemetry.h>

#include "app.h"
#include "rstack.h"

/** The most resets in one answer: an answer has room for 16 KiB. */
#define RS_TELEMETRY_PAGE 100

/** Room for one reset as text. */
#define RS_TELEMETRY_RESET_MAX 128

/** A command: what fills in its answer, or returns -1 for null. */
struct rs_telemetry_command {
	const char *name;
	int (*run)(const struct rs_app *app, const char *params, struct rte_tel_data *data);
	const char *help;
};

/**
 * Register the commands and let them see app. Before the workers start.
 *
 * @param more  a program's own commands, ended by a NULL name; NULL: none
 * @return 0 or -errno
 */
int rs_telemetry_start(const struct rs_app *app, const struct rs_telemetry_command *more);

/** Let no command see the appliance any more; waits for those that do. */
void rs_telemetry_stop(void);

/** The common command of this name, or NULL. */
const struct rs_telemetry_command *rs_telemetry_find(const char *name);

/**
 * Read a whole decimal number.
 *
 * @param end  [out] where it ends; NULL: it must be all of text
 * @return whether there is one, and at most max
 */
bool rs_telemetry_number(const char *text, unsigned long max, unsigned long *value,
	const char **end);

/**
 * Read "<laddr>:<lport>,<raddr>:<rport>", IPv4.
 *
 * @return whether it is that
 */
bool rs_telemetry_tuple(const char *text, struct rs_tuple *tuple);

/**
 * Write one reset as text of RS_TELEMETRY_RESET_MAX bytes at most: seconds from now, sent or
 * received, reason or verdict, our socket, the peer's, state, its SEQ and, if it has one, ACK.
 *
 * @param now  microseconds, of the clock that the record was written by
 */
void rs_telemetry_reset(const struct rs_reset_record *record, uint64_t now, char *text);

#endif /* RS_APP_TELEMETRY_H */
