/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * An HTTP/1.x answer (RFC 9112 4 to 6), read as it comes over any number of segments, in
 * bounded memory: how long it is, what its status is, whether the connection goes on.
 */

#ifndef RS_LOAD_ANSWER_H
#define RS_LOAD_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

/** Most bytes kept of a line; of no line that matters more are needed. */
#define RS_ANSWER_LINE_MAX 64

/** Most bytes of a head. */
#define RS_ANSWER_HEAD_MAX (64 * 1024)

/** How far the reader is. */
enum rs_answer_state {
	RS_ANSWER_HEAD,
	RS_ANSWER_BODY,  /**< `left` bytes are to come */
	RS_ANSWER_CLOSE, /**< it ends with the connection (RFC 9112 6.3, 8) */
	RS_ANSWER_DONE,
	RS_ANSWER_BAD,   /**< not HTTP, or in a coding that was not asked for */
};

/** An answer, zeroed before the first byte. */
struct rs_answer {
	uint64_t left;
	uint32_t head_len;
	uint16_t status;
	uint8_t state;       /**< enum rs_answer_state */
	uint8_t line_len;
	bool lines;          /**< the status line was read */
	bool http_1_0;
	bool has_length;
	bool close, keep_alive; /**< Connection */
	char line[RS_ANSWER_LINE_MAX + 1];
};

/**
 * Read on.
 *
 * @return how many of len bytes belong to the answer
 */
uint32_t rs_answer_read(struct rs_answer *a, const uint8_t *data, uint32_t len);

/** Whether another request can follow on the connection (RFC 9112 9.3). */
bool rs_answer_persists(const struct rs_answer *a);

#endif /* RS_LOAD_ANSWER_H */
