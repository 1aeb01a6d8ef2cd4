/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Parser of the head of an HTTP/1.x request (RFC 9112 2 to 6). It reads byte by byte, over
 * any number of segments, in bounded memory. It checks syntax and framing, and leaves the
 * meaning of the request to the caller.
 */

#ifndef RS_APP_HTTP_PARSE_H
#define RS_APP_HTTP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/** Most octets of a request target (RFC 9112 3 asks for 8000 of a whole line at least). */
#define RS_HTTP_TARGET_MAX 8000
/** Most octets and lines of a header section. */
#define RS_HTTP_SECTION_MAX (16 * 1024)
#define RS_HTTP_FIELDS_MAX 100
/** Most bytes of a request's content, which is skipped. */
#define RS_HTTP_CONTENT_MAX (1024 * 1024)
/** Most bytes kept of a method, path, authority, field name or element of a field value. */
#define RS_HTTP_TEXT_MAX 272

/** The methods that are distinguished. */
enum rs_http_method {
	RS_HTTP_UNKNOWN,  /**< a method of no RFC, or none read yet */
	RS_HTTP_GET,
	RS_HTTP_HEAD,
	RS_HTTP_OPTIONS,
	RS_HTTP_CONNECT,
	RS_HTTP_OTHER,    /**< another one of RFC 9110 9.3 or RFC 5789 */
};

/** Collected bytes. */
struct rs_http_text {
	uint16_t len;
	bool over;        /**< there were more bytes than fit */
	char s[RS_HTTP_TEXT_MAX + 1]; /**< the parser adds a NUL where it needs one */
};

/** A request, and the state of its parser. */
struct rs_http_request {
	/* The result, valid when rs_http_request_done(). */
	uint16_t error;   /**< status of the answer to an invalid request; 0: it is valid */
	uint8_t method;   /**< enum rs_http_method; set with an error, too */
	bool persist;     /**< the connection persists (RFC 9112 9.3) */
	bool expect_continue; /**< the client waits for a 100 before it sends content */
	bool expect_other; /**< it has an unknown expectation */
	uint32_t content_length;

	/* The state of the parser. */
	uint8_t state;
	uint8_t minor;    /**< of HTTP/1.minor */
	uint8_t hex;      /**< hex digits that a percent sign still needs */
	uint8_t octet;    /**< the octet of those digits */
	uint8_t slashes;  /**< read in "http://authority/" */
	uint8_t hosts;    /**< Host lines, up to 2 */
	bool bad_host, has_length, bad_length;
	bool has_coding, chunked, bad_coding, other_coding;
	bool close, keep_alive;
	uint8_t field;    /**< the field of the value at the parser's position; not beside `state`,
			   *   because a load of both stalls behind the store of one */
	uint16_t n_fields;
	uint16_t target_len;
	uint32_t section_len;
	struct rs_http_text text; /**< collected at the parser's position */

	/** Another result: the decoded path without the query. */
	struct rs_http_text path;
};

/** Start a request. */
void rs_http_request_init(struct rs_http_request *req);

/**
 * Parse the next bytes. It makes no difference how the bytes are split over calls.
 *
 * @return how many of the len bytes belong to the head; all of them if it is not complete
 */
uint32_t rs_http_request_read(struct rs_http_request *req, const uint8_t *data, uint32_t len);

/** Whether more than whole empty lines has been read (RFC 9112 2.2). */
bool rs_http_request_begun(const struct rs_http_request *req);

/** Whether the head is complete, or an error has ended the parsing. */
bool rs_http_request_done(const struct rs_http_request *req);

#endif /* RS_APP_HTTP_PARSE_H */
