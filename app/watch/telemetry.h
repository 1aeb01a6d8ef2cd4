/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The /rstack/... commands of rte_telemetry.
 */

#ifndef RS_APP_TELEMETRY_H
#define RS_APP_TELEMETRY_H

#include <stdbool.h>
#include <stddef.h>

#include <rte_common.h>
#include <rte_telemetry.h>

#include "app.h"
#include "rstack.h"
#include "watch/orders.h"

/** The most resets in one answer, because an answer has room for 16 KiB. */
#define RS_TELEMETRY_PAGE 100

/** Room for a string in an answer, which 22.11 cuts. */
#define RS_TELEMETRY_STRING_MAX 128

/** Bytes of JSON that an answer may have in its rows: 16 KiB, less the command's name. */
#define RS_TELEMETRY_BYTES_MAX (15 * 1024)

/** Room for one reset as text. */
#define RS_TELEMETRY_RESET_MAX 256

/** A command. */
struct rs_telemetry_command {
	const char *name;
	/**
	 * Fill in the answer. Runs on a thread of telemetry; several may run at a time.
	 *
	 * @param params  text after the command's name and a comma; NULL: none
	 * @return 0, also after rs_telemetry_refuse(); -1: no memory
	 */
	int (*run)(const struct rs_app *app, const char *params, struct rte_tel_data *data);
	const char *help;
	enum rs_order_verb order; /**< without `run`: given to the main lcore */
};

/**
 * Register the commands and give them the appliance. Call before the workers start.
 *
 * @param app   stays the caller's, until rs_telemetry_stop()
 * @param more  a program's own commands, ended by a NULL name; NULL: none
 * @return 0 or -errno
 */
int rs_telemetry_start(const struct rs_app *app, const struct rs_telemetry_command *more);

/** Take the appliance away from the commands, after those that run have ended. */
void rs_telemetry_stop(void);

/** Keep all commands away from the appliance, to change it. @return whether that is so */
bool rs_telemetry_lock(unsigned int ms);

/** Let them run again. */
void rs_telemetry_unlock(void);

/** The common command of this name, or NULL. */
const struct rs_telemetry_command *rs_telemetry_find(const char *name);

/* The common commands of other files, each list ended by a NULL name. */
extern const struct rs_telemetry_command rs_reset_commands[];
extern const struct rs_telemetry_command rs_conn_commands[];
extern const struct rs_telemetry_command rs_capture_commands[];
extern const struct rs_telemetry_command rs_log_commands[];
extern const struct rs_telemetry_command rs_order_commands[];

/** Answer with {"error": a sentence}, which telemetry cuts after 127 characters. @return 0 */
int rs_telemetry_refuse(struct rte_tel_data *data, const char *format, ...)
	__rte_format_printf(2, 3);

/** Add a text as an array of lines, because telemetry cuts a string after 127 characters. */
void rs_telemetry_lines(struct rte_tel_data *data, const char *key, const char *text);

/** A dict, and the bytes of JSON that it will have at most. Strings need no escapes. */
struct rs_telemetry_row {
	struct rte_tel_data *data;
	size_t bytes;
};

/** Begin a dict. */
void rs_telemetry_row_start(struct rs_telemetry_row *row, struct rte_tel_data *data);

/** Add a number, or a string, to it. */
void rs_telemetry_row_u64(struct rs_telemetry_row *row, const char *key, uint64_t value);
void rs_telemetry_row_string(struct rs_telemetry_row *row, const char *key, const char *value);

/** Write an address to `text` of INET6_ADDRSTRLEN bytes. @return text */
const char *rs_telemetry_addr(const struct rs_addr *addr, char *text);

/**
 * Read a decimal number.
 *
 * @param end  [out] the character after the number; NULL: the number must be all of text
 * @return whether text begins with a number of at most max
 */
bool rs_telemetry_number(const char *text, unsigned long max, unsigned long *value,
	const char **end);

/**
 * Read the addresses and ports of a connection, "<laddr>:<lport>,<raddr>:<rport>"; an IPv6
 * address stands in brackets.
 *
 * @return whether text has this form
 */
bool rs_telemetry_tuple(const char *text, struct rs_tuple *tuple);

/**
 * Write one reset as text of at most RS_TELEMETRY_RESET_MAX bytes: its age in seconds as a
 * negative number, sent or received, reason or verdict, our address and port, the peer's, state
 * of the connection, SEQ and, if it has one, ACK.
 *
 * @param now  microseconds, of the stack's clock
 */
void rs_telemetry_reset(const struct rs_reset_record *record, uint64_t now, char *text);

#endif /* RS_APP_TELEMETRY_H */
