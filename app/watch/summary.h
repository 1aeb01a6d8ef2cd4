/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The summary that a program prints at its end and at SIGUSR1.
 */

#ifndef RS_WATCH_SUMMARY_H
#define RS_WATCH_SUMMARY_H

#include <stdio.h>

#include "app.h"

/**
 * Write the totals of all workers so far: load, frames, segments, bytes, connections; then a
 * line for each reset reason, reset verdict and drop reason that was counted.
 */
void rs_summary_write(const struct rs_app *app, FILE *out);

#endif /* RS_WATCH_SUMMARY_H */
