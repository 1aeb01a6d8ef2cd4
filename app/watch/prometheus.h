/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The table of metrics in Prometheus' text format 0.0.4, written piece by piece. Names follow
 * Prometheus' rules: "rstack_", the metric's name, and "_total" if it only grows; cycles are
 * seconds. A labelled group is one family, and a total over it is left out, because sum() makes
 * it.
 */

#ifndef RS_WATCH_PROMETHEUS_H
#define RS_WATCH_PROMETHEUS_H

#include <stddef.h>
#include <stdint.h>

#include "app.h"

/** The media type of the text. */
#define RS_PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/** Room for a sample with the HELP and TYPE of its family. */
#define RS_PROMETHEUS_SAMPLE_MAX 768

/** A position: the text must begin anew, because a reload has changed the appliance. */
#define RS_PROMETHEUS_ANEW UINT64_MAX

/** Words of counters that one piece reads at most, beside those of its last sample. */
#define RS_PROMETHEUS_READS 256

/**
 * Write whole lines, as many as fit and RS_PROMETHEUS_READS allows, one sample at least. Any
 * thread, while the workers exist; it reads their counters relaxed. All pieces of a text are of one
 * configuration.
 *
 * @param app       struct rs_app
 * @param position  [in,out] 0 at first; 0 after the last line; RS_PROMETHEUS_ANEW: all pieces
 *                  are to be dropped, and the next call begins with 0
 * @param size      RS_PROMETHEUS_SAMPLE_MAX at least
 * @return bytes written; no NUL follows them
 */
uint32_t rs_prometheus_write(const void *app, uint64_t *position, char *text, uint32_t size);

/** The most bytes that all lines of an appliance can have. */
uint32_t rs_prometheus_size(const struct rs_app *app);

#endif /* RS_WATCH_PROMETHEUS_H */
