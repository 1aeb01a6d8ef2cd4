/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The life of a process, shared by the programs of this folder: from the command line to the
 * orderly stop.
 */

#ifndef RS_APP_PROCESS_H
#define RS_APP_PROCESS_H

#include "app.h"
#include "watch/telemetry.h"

/** A program: its usage, and the hooks that the main lcore calls. A hook may be NULL if it
 * says so.
 */
struct rs_program {
	const struct rs_usage *usage;
	/**
	 * Add to the workers, which are made; the ports have not started. May be NULL.
	 *
	 * @return 0, or -1 after a message on standard error
	 */
	int (*create)(struct rs_app *app);
	/**
	 * Look at the workers while they run, every 10 ms. May be NULL.
	 *
	 * @return false when the work is done, so that the process stops
	 */
	bool (*watch)(struct rs_app *app, FILE *out);
	/**
	 * Write the summary, at the end and at SIGUSR1.
	 *
	 * @return 0, or -1 when a part of the work failed
	 */
	int (*summary)(struct rs_app *app, FILE *out);
	/** Undo create(), even if create() failed or never ran. May be NULL. */
	void (*destroy)(struct rs_app *app);
	/** Whether the configuration can be read again while the program runs. */
	bool reloads;
	/** Telemetry commands beside the common ones, ended by a NULL name. May be NULL. */
	const struct rs_telemetry_command *commands;
};

/** The body of main(). @return the exit status */
int rs_program_run(const struct rs_program *program, int argc, char **argv);

#endif /* RS_APP_PROCESS_H */
