/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A reader of HTTP/1.x answers (RFC 9112 4 to 6). It takes any number of pieces in bounded
 * memory, and finds the length, the status and whether the connection persists.
 */

#ifndef RS_LOAD_ANSWER_H
#define RS_LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The most bytes kept of a line, enough for each header field that is read. */
#define RS_ANSWER_LINE_MAX 64

/** The most bytes of status line and header, of a chunk's first line, or of the trailer. */
#define RS_ANSWER_HEAD_MAX (64 * 1024)

/** The part of the answer that is read next. Lines are read up to RS_ANSWER_TRAILER. */
enum rs_answer_state {
	RS_ANSWER_HEAD,
	RS_ANSWER_SIZE,    /**< a chunk's first line: its size (RFC 9112 7.1) */
	RS_ANSWER_END,     /**< the end of the line behind a chunk's bytes */
	RS_ANSWER_TRAILER, /**< the fields behind the last chunk */
	RS_ANSWER_BODY,    /**< `left` bytes of content, or of a chunk */
	RS_ANSWER_CLOSE,   /**< content up to the end of the connection (RFC 9112 6.3, 8) */
	RS_ANSWER_DONE,    /**< none: the answer is complete */
	RS_ANSWER_BAD,     /**< none: not HTTP */
};

/** An answer; rs_answer_begin() before the first byte. */
struct rs_answer {
	uint64_t left;       /**< bytes of content, or of the chunk, that are missing */
	uint32_t head_len;   /**< bytes of lines, since the last content */
	uint16_t status;
	uint8_t state;       /**< enum rs_answer_state */
	uint8_t line_len;
	bool lines;          /**< the status line was read */
	bool http_1_0;
	bool has_length;
	bool coded;          /**< has a transfer coding */
	bool chunked;        /**< the last transfer coding is `chunked` */
	bool close, keep_alive; /**< options of the Connection field */
	char line[RS_ANSWER_LINE_MAX + 1]; /**< line_len bytes of the line that is being read */
};

/** Expect the first byte of an answer. */
static inline void
rs_answer_begin(struct rs_answer *a)
{
	memset(a, 0, offsetof(struct rs_answer, line));
}

/**
 * Read the next bytes.
 *
 * @return how many of the len bytes belong to the answer
 */
uint32_t rs_answer_read(struct rs_answer *a, const uint8_t *data, uint32_t len);

/** Whether the connection persists after the answer (RFC 9112 9.3). */
bool rs_answer_persists(const struct rs_answer *a);

#endif /* RS_LOAD_ANSWER_H */
