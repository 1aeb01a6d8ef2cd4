/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Running the program of [stop] hook. */

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hook.h"

pid_t
rs_hook_start(struct rs_logs *logs, const char *path, const char *action, const char *name)
{
	char *argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)action,
		(char *)(uintptr_t)name, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	pid_t pid = -1;
	int ret;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	/* devices and hugepages must not stay open in a program that goes on */
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	ret = posix_spawn(&pid, path, &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (ret == 0)
		return pid;
	rs_log(logs, RS_LOG_stop, RS_LOG_ERROR, "[stop] hook: %s cannot be run (%s)", path,
		strerror(ret));
	return -1;
}

bool
rs_hook_ended(struct rs_logs *logs, pid_t pid, const char *path)
{
	int status;
	pid_t ret = waitpid(pid, &status, WNOHANG);

	if (ret == 0)
		return false;
	if (ret == pid && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		rs_log(logs, RS_LOG_stop, RS_LOG_ERROR, "[stop] hook: %s ended with status %d",
			path, WEXITSTATUS(status));
	else if (ret == pid && WIFSIGNALED(status))
		rs_log(logs, RS_LOG_stop, RS_LOG_ERROR, "[stop] hook: %s was ended by signal %d",
			path, WTERMSIG(status));
	return true;
}

void
rs_hook_kill(struct rs_logs *logs, pid_t pid, const char *path)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	rs_log(logs, RS_LOG_stop, RS_LOG_ERROR, "[stop] hook: %s did not end in time", path);
}
