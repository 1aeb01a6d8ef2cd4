/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The log of events at run time, by types of rte_log: one line an event, with time, level and type,
 * at most RS_LOG_RATE lines a second of each type. Nothing is logged for a segment or a connection.
 * Only the main lcore writes; DPDK's own messages get the same form.
 */

#ifndef RS_APP_LOG_H
#define RS_APP_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_log.h>

#include "config/config.h"

/** X(name): the types, which rte_log knows as "rstack.NAME". */
#define RS_LOGS(X) \
	X(health) /* workers that stop polling, and go on */ \
	X(port)   /* links that go down and come up, devices that are reset or removed */ \
	X(reload) /* changes of the configuration, listeners that drain */ \
	X(stop)   /* the hook of a stop or drain */

#define RS_ENUM_LOG(name) RS_LOG_##name,
enum rs_log_type { RS_LOGS(RS_ENUM_LOG) RS_LOG_TYPES };

/** Lines a second of a type; the others are counted. */
#define RS_LOG_RATE 20

/** The state of the log. */
struct rs_logs {
	FILE *stream;           /**< of rte_log; NULL: standard error without a form */
	enum rs_log_target target;
	uint64_t second[RS_LOG_TYPES]; /**< of the last line */
	unsigned int lines[RS_LOG_TYPES]; /**< in it */
	unsigned int lost[RS_LOG_TYPES]; /**< lines that were not written since */
};

/** Names of the types, and of the levels by enum rs_log_level. */
extern const char *const rs_log_names[RS_LOG_TYPES];
extern const char *const rs_log_level_names[];

/**
 * Write the log where [watch] log says, from [watch] log_level on.
 *
 * @param own_levels  the user gave EAL's --log-level, which limits the log, too
 */
void rs_log_start(struct rs_logs *logs, const struct rs_config *config, bool own_levels);

/** Set the level from which on a type is written. Any thread. */
void rs_log_set_level(enum rs_log_type type, enum rs_log_level level);

/** The level of a type. Any thread. */
enum rs_log_level rs_log_level(enum rs_log_type type);

/** Write to standard error again. */
void rs_log_end(struct rs_logs *logs);

/** Write a line. The main lcore. */
void rs_log(struct rs_logs *logs, enum rs_log_type type, enum rs_log_level level,
	const char *format, ...) __rte_format_printf(4, 5);

#endif /* RS_APP_LOG_H */
