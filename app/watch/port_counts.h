/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The counters of devices. The main lcore reads them in an interval, so that a worker that writes
 * the service metrics does not wait for a driver.
 */

#ifndef RS_WATCH_PORT_COUNTS_H
#define RS_WATCH_PORT_COUNTS_H

#include <stdint.h>

#include "app.h"

/** Interval, in microseconds. */
#define RS_PORT_COUNTS_US UINT64_C(300000)

/**
 * Read the counters of all devices if they are due. The main lcore, while the devices exist.
 *
 * @param now  microseconds of the workers' clock
 */
void rs_port_counts_read(struct rs_app *app, uint64_t now);

#endif /* RS_WATCH_PORT_COUNTS_H */
