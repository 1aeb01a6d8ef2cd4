/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Starting EAL: its options come from the command line and the file, and one sentence
 * replaces its messages when it fails.
 */

#ifndef RS_APP_EAL_H
#define RS_APP_EAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "args.h"
#include "config/config.h"

/** The most arguments that EAL is given, and room for them as text. */
#define RS_EAL_ARGS_MAX 128
#define RS_EAL_TEXT_MAX 16384

/** An argument vector for rte_eal_init(). */
struct rs_eal_args {
	int argc;
	char *argv[RS_EAL_ARGS_MAX + 1];
	char text[RS_EAL_TEXT_MAX];
	size_t used;
	bool too_many;         /**< an argument did not fit */
};

/** DPDK's messages during the start, which are kept instead of shown. */
struct rs_eal_log {
	FILE *stream;
	char line[512];        /**< the last result of rs_eal_log_line() */
	bool show;             /**< the user gave --log-level */
};

/** Whether EAL runs without hugepages: --no-huge, or no-huge in the file without --in-memory. */
bool rs_eal_no_huge(const struct rs_args *args, const struct rs_config *config);

/**
 * Count the options of the command line in: for -t the lcores, and in any case whether the packet
 * buffers lie in hugepages, which decides about their memory.
 */
void rs_eal_override(const struct rs_args *args, struct rs_config *config);

/** @return the file prefix that EAL will use */
const char *rs_eal_file_prefix(const struct rs_args *args, const struct rs_config *config);

/** @return the approximate number of mebibytes that the process needs */
uint32_t rs_eal_memory_mb(const struct rs_args *args, const struct rs_config *config);

/** Build EAL's arguments: first those of the file that the command line does not override. */
void rs_eal_args_build(const struct rs_args *args, const struct rs_config *config,
	struct rs_eal_args *out);

/**
 * Start EAL. Writes the reason of a failure to standard error.
 *
 * @param log  [out] collects DPDK's messages until rs_eal_log_end()
 * @return 0 or -1
 */
int rs_eal_start(const struct rs_args *args, const struct rs_config *config,
	struct rs_eal_log *log);

/**
 * Find the memory that EAL is told to take: by -m, by --socket-mem for all sockets, or by the
 * file. EAL takes the last of several options.
 *
 * @return mebibytes; 0: it is not told
 */
uint32_t rs_eal_given_mb(const struct rs_args *args, const struct rs_config *config);

/**
 * Check the memory that a start can have, as far as no other process decides about it: without
 * hugepages EAL takes no more than it is given, and the machine's memory is the limit. Hugepages
 * may be those of a process that was killed, which EAL's start frees, so only -t looks at them.
 *
 * @return 0, or -1 after a sentence
 */
int rs_eal_check_memory(const struct rs_args *args, const struct rs_config *config);

/** Write that memory ran out, how much is needed, and which keys to change. */
void rs_eal_say_memory(const struct rs_args *args, const struct rs_config *config);

/** Discard the messages that DPDK has logged so far. */
void rs_eal_log_clear(struct rs_eal_log *log);

/** @return the first line that DPDK logged since then: the cause, from which others follow */
const char *rs_eal_log_line(struct rs_eal_log *log);

/** Send DPDK's messages to standard error again. */
void rs_eal_log_end(struct rs_eal_log *log);

#endif /* RS_APP_EAL_H */
