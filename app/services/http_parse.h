/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The head of an HTTP/1.x request (RFC 9112 2 to 6), read byte by byte as it comes, over
 * any number of segments, in bounded memory. Syntax and framing are judged here, what the
 * request asks for is not.
 */

#ifndef RS_APP_HTTP_PARSE_H
#define RS_APP_HTTP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/** Most octets of a request target (RFC 9112 3 wants 8000 of a whole line at least). */
#define RS_HTTP_TARGET_MAX 8000
/** Most octets and lines of a header section. */
#define RS_HTTP_SECTION_MAX (16 * 1024)
#define RS_HTTP_FIELDS_MAX 100
/** Most bytes of a request's content, which are skipped. */
#define RS_HTTP_CONTENT_MAX (1024 * 1024)
/** Most bytes kept of a method, a path, an authority, a field's name, an element of its value. */
#define RS_HTTP_TEXT_MAX 272

/** A method, as far as it makes a difference. */
enum rs_http_method {
	RS_HTTP_UNKNOWN,  /**< none that the RFCs know, or none read yet */
	RS_HTTP_GET,
	RS_HTTP_HEAD,
	RS_HTTP_OPTIONS,
	RS_HTTP_CONNECT,
	RS_HTTP_OTHER,    /**< another one of RFC 9110 9.3 or RFC 5789 */
};

/** Bytes gathered; that there were more than fit is only noted. */
struct rs_http_text {
	uint16_t len;
	bool over;        /**< there were more */
	char s[RS_HTTP_TEXT_MAX + 1]; /**< the parser ends it with a NUL where it needs one */
};

/** A request as far as it was read. */
struct rs_http_request {
	/* The result, valid when rs_http_request_done(). */
	uint16_t error;   /**< status that answers a request that is no good, 0: it is good */
	uint8_t method;   /**< enum rs_http_method; valid with an error too */
	bool persist;     /**< the connection goes on after it (RFC 9112 9.3) */
	bool expect_continue; /**< a final answer is awaited before content is sent */
	bool expect_other; /**< it expects what nobody knows */
	uint32_t content_length;

	/* Where the reader is, and what it saw; its own. */
	uint8_t state;
	uint8_t minor;    /**< of HTTP/1.minor */
	uint8_t field;    /**< the field whose value is being read */
	uint8_t hex;      /**< hex digits that a percent sign still needs */
	uint8_t octet;    /**< what they make */
	uint8_t slashes;  /**< read in "http://authority/" */
	uint8_t hosts;    /**< Host lines, up to 2 */
	bool bad_host, has_length, bad_length;
	bool has_coding, chunked, bad_coding, other_coding;
	bool close, keep_alive;
	uint16_t n_fields;
	uint16_t target_len;
	uint32_t section_len;
	struct rs_http_text text; /**< what is being gathered */

	/** Result too: decoded, without query; over: longer than was kept. */
	struct rs_http_text path;
};

/** Begin a request. */
void rs_http_request_init(struct rs_http_request *req);

/**
 * Read on. A state machine: where the bytes were cut makes no difference.
 *
 * @return how many of len bytes belong to the request's head; all of them where it is not
 *   done after them
 */
uint32_t rs_http_request_read(struct rs_http_request *req, const uint8_t *data, uint32_t len);

/** Whether anything but whole empty lines was read (RFC 9112 2.2). */
bool rs_http_request_begun(const struct rs_http_request *req);

/** Whether the head is complete, or an error made the rest unreadable. */
bool rs_http_request_done(const struct rs_http_request *req);

#endif /* RS_APP_HTTP_PARSE_H */
