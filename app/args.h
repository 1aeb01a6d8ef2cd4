/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The command line: PROGRAM [EAL options] -- -c FILE [-t] [--KEY VALUE]...
 */

#ifndef RS_APP_ARGS_H
#define RS_APP_ARGS_H

#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"

/** Mode of the program. */
enum rs_args_mode {
	RS_ARGS_RUN,
	RS_ARGS_CHECK,       /**< -t */
	RS_ARGS_HELP,
	RS_ARGS_HELP_CONFIG,
	RS_ARGS_VERSION,
};

/** A parsed command line. It points into argv. */
struct rs_args {
	enum rs_args_mode mode;
	const char *program; /**< argv[0] */
	const char *config;  /**< -c FILE */
	struct rs_settings settings; /**< --KEY VALUE */
	char **eal;          /**< arguments before "--", without argv[0] */
	int n_eal;
};

/**
 * Parse a command line.
 *
 * @param err  gets one sentence if the command line is wrong
 * @return 0 or -1
 */
int rs_args_parse(const struct rs_usage *usage, int argc, char **argv,
	struct rs_args *args, FILE *err);

/** Whether an EAL option is given, by its long name or its letter (0: it has no letter). */
bool rs_args_eal_has(const struct rs_args *args, const char *name, char letter);

/** @return the value of an EAL option that has only a long name, or NULL */
const char *rs_args_eal_value(const struct rs_args *args, const char *name);

/** Write the text of --help. */
void rs_args_help(const struct rs_usage *usage, FILE *out);

#endif /* RS_APP_ARGS_H */
