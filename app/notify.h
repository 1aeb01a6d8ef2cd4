/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Telling systemd of the state of the service (sd_notify(3)): one datagram to the socket that
 * NOTIFY_SOCKET names. Not by libsystemd, because that would be a dependency for one sendto().
 */

#ifndef RS_APP_NOTIFY_H
#define RS_APP_NOTIFY_H

#include <stdbool.h>

#include <rte_common.h>

/** Send assignments such as "READY=1", one a line. Does nothing without NOTIFY_SOCKET. */
void rs_notify(const char *format, ...) __rte_format_printf(1, 2);

/** Whether systemd expects this process to send WATCHDOG=1 again and again. */
bool rs_notify_watchdog(void);

#endif /* RS_APP_NOTIFY_H */
