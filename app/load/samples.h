/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Samples of bad answers: the first ones of a client, so that the report can show why requests
 * failed. A sample is written once and never changes, so any thread may read it.
 */

#ifndef RS_LOAD_SAMPLES_H
#define RS_LOAD_SAMPLES_H

#include <stdint.h>
#include <stdio.h>

/** Samples that a client keeps, and bytes of each. */
#define RS_LOAD_SAMPLES_MAX 3
#define RS_LOAD_SAMPLE_BYTES 48

/** Why an answer is bad. */
enum rs_load_bad {
	RS_LOAD_BAD_SHORT,  /**< the peer closed before the answer was complete */
	RS_LOAD_BAD_FORMAT, /**< it is not HTTP */
	RS_LOAD_BAD_STATUS, /**< its status is an error */
};

/** A bad answer. */
struct rs_load_sample {
	uint64_t received;   /**< bytes of the answer */
	uint16_t port;       /**< local port of its connection */
	uint16_t status;     /**< 0: none was read */
	uint8_t why;         /**< enum rs_load_bad */
	uint8_t len;
	uint8_t data[RS_LOAD_SAMPLE_BYTES]; /**< of the segment that showed it; none if cut short */
};

/** The samples of a client. */
struct rs_load_samples {
	unsigned int n;
	struct rs_load_sample sample[RS_LOAD_SAMPLES_MAX];
};

/** Keep a sample, if there is room. The client's thread. */
void rs_load_samples_add(struct rs_load_samples *samples, const struct rs_load_sample *sample,
	const uint8_t *data, uint32_t len);

/** @return how many samples are complete. Any thread. */
unsigned int rs_load_samples_count(const struct rs_load_samples *samples);

/** Write a sample as a line of text. */
void rs_load_sample_text(const struct rs_load_sample *sample, FILE *out);

/** Write a sample as a JSON object. */
void rs_load_sample_json(const struct rs_load_sample *sample, FILE *out);

#endif /* RS_LOAD_SAMPLES_H */
