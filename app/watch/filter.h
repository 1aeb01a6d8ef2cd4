/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The parameters of commands that answer page by page: "[POSITION[,COUNT]][,KEY=VALUE]...", where
 * KEY=VALUE chooses among connections or resets.
 */

#ifndef RS_WATCH_FILTER_H
#define RS_WATCH_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app.h"

/** X(key): the keys of a filter; RS_FILTER_ and the key in enum rs_filter_key. */
#define RS_FILTER_KEYS(X) \
	X(reason)    /* of a reset that was sent */ \
	X(verdict)   /* of a reset that was received */ \
	X(listener)  /* name or ID: the local address and port are its */ \
	X(prefix)    /* of the peer's address */ \
	X(state)     /* of the connection */ \
	X(age)       /* seconds, at least */

#define RS_ENUM_FILTER(key) RS_FILTER_##key,
enum rs_filter_key { RS_FILTER_KEYS(RS_ENUM_FILTER) RS_FILTER_MAX };

/** A bit for each key. */
#define RS_FILTER_BIT(key) (1u << RS_FILTER_##key)

/** A filter and a page. */
struct rs_filter {
	uint64_t position;       /**< 0: not given */
	unsigned int count;      /**< most entries of the answer */
	unsigned int keys;       /**< bits of the keys that are given */
	enum rs_reset_reason reason;
	enum rs_reset_verdict verdict;
	unsigned int listener;   /**< index in config.listeners */
	struct rs_prefix prefix;
	enum rs_state state;
	uint64_t age_ms;
};

/** Room for a sentence that refuses parameters. */
#define RS_FILTER_ERROR_MAX 120

/**
 * Read the parameters of a command.
 *
 * @param text   NULL: there are none
 * @param keys   bits of the keys that the command knows
 * @param most   the largest COUNT, which is also the default
 * @param error  [out] one sentence of less than RS_FILTER_ERROR_MAX bytes
 * @return whether they are valid
 */
bool rs_filter_parse(const struct rs_app *app, const char *text, unsigned int keys,
	unsigned int most, struct rs_filter *filter, char *error);

/** Find a listener or closed range by its ID or name. @return whether there is one */
bool rs_filter_listener(const struct rs_app *app, const char *text, unsigned int *id);

/** Whether the keys `listener` and `prefix`, where given, choose a connection or reset. */
bool rs_filter_has_tuple(const struct rs_filter *filter, const struct rs_app *app,
	const struct rs_tuple *tuple);

/** Whether a filter chooses a reset. */
bool rs_filter_has_reset(const struct rs_filter *filter, const struct rs_app *app,
	const struct rs_reset_record *record);

#endif /* RS_WATCH_FILTER_H */
