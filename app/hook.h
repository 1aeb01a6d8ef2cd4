/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The program that [stop] hook names, which withdraws the route before connections are refused. */

#ifndef RS_APP_HOOK_H
#define RS_APP_HOOK_H

#include <stdbool.h>
#include <sys/types.h>

#include "log.h"

/**
 * Start the program.
 *
 * @param name  second argument; NULL: there is none
 * @return its process, or -1: the reason is logged
 */
pid_t rs_hook_start(struct rs_logs *logs, const char *path, const char *action,
	const char *name);

/** Whether it has ended; a failure is logged. */
bool rs_hook_ended(struct rs_logs *logs, pid_t pid, const char *path);

/** Kill it. */
void rs_hook_kill(struct rs_logs *logs, pid_t pid, const char *path);

#endif /* RS_APP_HOOK_H */
