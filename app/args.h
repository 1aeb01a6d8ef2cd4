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

/** What the command line asks for. */
enum rs_args_mode {
	RS_ARGS_RUN,
	RS_ARGS_CHECK,       /**< -t */
	RS_ARGS_HELP,
	RS_ARGS_HELP_CONFIG,
	RS_ARGS_VERSION,
};

/** A command line that was taken apart; points into argv. */
struct rs_args {
	enum rs_args_mode mode;
	const char *program; /**< as it was called */
	const char *config;  /**< -c FILE */
	struct rs_settings settings; /**< --KEY VALUE */
	char **eal;          /**< what stands before "--", without the program's name */
	int n_eal;
};

/**
 * Take a command line apart.
 *
 * @param err  where the sentence goes that says what is wrong
 * @return 0 or -1
 */
int rs_args_parse(const struct rs_usage *usage, int argc, char **argv,
	struct rs_args *args, FILE *err);

/** Whether an EAL option is given, by its long name or its letter (0: none). */
bool rs_args_eal_has(const struct rs_args *args, const char *name, char letter);

/** The value of an EAL option that has a long name only, or NULL. */
const char *rs_args_eal_value(const struct rs_args *args, const char *name);

/** Say how the program is called. */
void rs_args_help(const struct rs_usage *usage, FILE *out);

#endif /* RS_APP_ARGS_H */
