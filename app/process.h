/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What the programs of this folder share: a life from the command line to the orderly stop.
 */

#ifndef RS_APP_LIFE_H
#define RS_APP_LIFE_H

#include "app.h"
#include "watch/telemetry.h"

/** What one program does in it; all on the main lcore. What may be NULL says so. */
struct rs_life {
	const struct rs_program *program;
	/**
	 * The workers are made, the ports not started: add to them; NULL: nothing.
	 *
	 * @return 0, or -1 (said on standard error)
	 */
	int (*create)(struct rs_app *app);
	/** Called often while the workers run. NULL: never. @return false: all is done */
	bool (*watch)(struct rs_app *app, FILE *out);
	/** What has been done, at the end and at SIGUSR1. @return 0, or -1: not all went well */
	int (*summary)(struct rs_app *app, FILE *out);
	/** Undo create(), also when that failed or never was; NULL: nothing. */
	void (*destroy)(struct rs_app *app);
	/** Telemetry's commands beside the common ones, ended by a NULL name; NULL: none. */
	const struct rs_telemetry_command *commands;
};

/** main(). @return the exit status */
int rs_life(const struct rs_life *life, int argc, char **argv);

#endif /* RS_APP_LIFE_H */
