/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A sample: all numbers of an appliance at one time, as a tree of JSON. Two samples make rates.
 */

#ifndef RS_TOP_SAMPLE_H
#define RS_TOP_SAMPLE_H

#include <jansson.h>

#include "socket.h"

/** A sample. */
struct rs_top_sample {
	json_t *tree;  /**< NULL: none */
	double time;   /**< seconds of a clock that only goes forward */
};

/**
 * Ask for all numbers, over a connection that is open.
 *
 * @param sample  [out] on success; for rs_top_sample_free()
 * @return 0, or -errno; -EPROTONOSUPPORT: the process is not rstack
 */
int rs_top_sample_take(struct rs_top_socket *s, struct rs_top_sample *sample);

/** Free a sample. */
void rs_top_sample_free(struct rs_top_sample *sample);

/**
 * The growth of each counter from one sample to the next, a second. Gauges, texts and counters
 * that another process started over are left out.
 *
 * @return a tree like that of the samples, for json_decref(); NULL: no memory
 */
json_t *rs_top_rates(const struct rs_top_sample *before, const struct rs_top_sample *now);

/** Whether both samples are of the same process. */
bool rs_top_sample_same(const struct rs_top_sample *before, const struct rs_top_sample *now);

/** A number of a tree by its path, which NULL ends; 0 if it is not there. */
double rs_top_number(const json_t *tree, ...);

#endif /* RS_TOP_SAMPLE_H */
