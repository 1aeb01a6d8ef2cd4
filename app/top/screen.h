/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The screen. */

#ifndef RS_TOP_SCREEN_H
#define RS_TOP_SCREEN_H

#include "page.h"
#include "socket.h"

/**
 * Show the page until the user quits. The appliance may go and come back meanwhile.
 *
 * @param s         connected or not
 * @param interval  seconds between two samples
 * @return 0, or -1 if the terminal cannot be used
 */
int rs_top_screen_run(struct rs_top_socket *s, const char *prefix, double interval);

#endif /* RS_TOP_SCREEN_H */
