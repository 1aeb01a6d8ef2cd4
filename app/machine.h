/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What -t can know of the machine without EAL: CPUs, drivers, devices, interfaces and free memory.
 * Its refusals are those of a start.
 */

#ifndef RS_APP_MACHINE_H
#define RS_APP_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "args.h"
#include "config/config.h"

/** Hugepages, or ordinary memory. */
struct rs_machine_memory {
	uint64_t free_mb;       /**< mebibytes that a process could have; with hugepages also those
				 * of a killed process, which EAL frees at its start */
	uint64_t page_kb;       /**< size of a default hugepage; 0: there are none */
	uint64_t pages;         /**< default hugepages that are reserved, in use or not */
};

/** Read how much memory is free. */
void rs_machine_memory(bool no_huge, struct rs_machine_memory *memory);

/**
 * Find an lcore of a list whose CPU this machine does not have.
 *
 * @param cpu  [out] the CPU
 * @return whether there is one
 */
bool rs_machine_lacks_cpu(const char *list, unsigned int *cpu);

/** The list of lcores that EAL will use; NULL: another option chooses them (-c, -s). */
const char *rs_machine_lcores(const struct rs_args *args, const struct rs_config *config);

/** Check that the machine has what a start needs. @return 0, or -1 after sentences */
int rs_machine_check(const struct rs_args *args, const struct rs_config *config, FILE *err);

/** Print EAL's options, and how much memory is needed and free. */
void rs_machine_print(const struct rs_args *args, const struct rs_config *config, FILE *out);

#endif /* RS_APP_MACHINE_H */
