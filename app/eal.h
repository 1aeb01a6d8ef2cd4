/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The start of EAL: its options from the command line and the file, and one sentence in
 * place of its messages when it fails.
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

/** An argument vector for rte_eal_init(); too_many: something did not fit. */
struct rs_eal_args {
	int argc;
	char *argv[RS_EAL_ARGS_MAX + 1];
	char text[RS_EAL_TEXT_MAX];
	size_t used;
	bool too_many;
};

/** DPDK's messages during the start, kept instead of shown. */
struct rs_eal_log {
	FILE *stream;
	char line[512];        /**< the last that rs_eal_log_line() gave */
	bool show;             /**< the user gave --log-level */
};

/** Whether EAL runs without hugepages: --no-huge, or no-huge in the file and not --in-memory. */
bool rs_eal_no_huge(const struct rs_args *args, const struct rs_config *config);

/** The file prefix that EAL will have. */
const char *rs_eal_file_prefix(const struct rs_args *args, const struct rs_config *config);

/** Mebibytes that rstack needs, about. */
uint32_t rs_eal_memory_mb(const struct rs_args *args, const struct rs_config *config);

/** Put EAL's arguments together: those of the file first, unless the command line has them. */
void rs_eal_args_build(const struct rs_args *args, const struct rs_config *config,
	struct rs_eal_args *out);

/**
 * Start EAL; says on standard error why it could not.
 *
 * @param log  [out] keeps DPDK's messages until rs_eal_log_end()
 * @return 0 or -1
 */
int rs_eal_start(const struct rs_args *args, const struct rs_config *config,
	struct rs_eal_log *log);

/** Say that memory ran out: how much is needed, and which keys to turn. */
void rs_eal_say_memory(const struct rs_args *args, const struct rs_config *config);

/** Forget what DPDK said so far. */
void rs_eal_log_clear(struct rs_eal_log *log);

/** The first line that DPDK said since then, which is the cause: the others follow from it. */
const char *rs_eal_log_line(struct rs_eal_log *log);

/** Let DPDK's messages go to standard error again. */
void rs_eal_log_end(struct rs_eal_log *log);

#endif /* RS_APP_EAL_H */
