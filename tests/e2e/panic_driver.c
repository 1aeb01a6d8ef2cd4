/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A driver for EAL's -d that ends the process when it is loaded, as EAL and PMDs may do. */

#include <stdlib.h>

#include <rte_common.h>
#include <rte_debug.h>
#include <rte_eal.h>

RTE_INIT(end_the_process)
{
	if (getenv("DRIVER_EXITS") != NULL)
		rte_exit(EXIT_FAILURE, "the driver gives up\n");
	rte_panic("the driver panics\n");
}
