/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The parser has one function for each part of the grammar of RFC 9112, which takes one byte
 * and returns the part that the next byte belongs to. It is strict where the RFC lets a
 * server choose, because two parsers could read a lax request differently (RFC 9112 11.2).
 */

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <rte_common.h>

#include "http_parse.h"

/* The part of the request that the next byte belongs to; from FIELD on the header section. */
enum state {
	START,       /* before the request line, where empty lines may be */
	START_LF,
	METHOD,
	TARGET,      /* its first byte */
	ABSOLUTE,    /* "http://" authority */
	PATH,
	QUERY,
	OPAQUE,      /* "*", or CONNECT's authority */
	VERSION,
	LINE_LF,
	FIELD,       /* the first byte of a field line, or the end of the section */
	NAME,
	VALUE,
	VALUE_LF,
	END_LF,
	DONE,
};

/* The fields that are understood; others are skipped. */
enum field {
	FIELD_OTHER,
	FIELD_CONNECTION,
	FIELD_CONTENT_LENGTH,
	FIELD_EXPECT,
	FIELD_HOST,
	FIELD_TRANSFER_ENCODING,
};

/* Classes of characters. */
#define TCHAR 0x01   /* of a token: RFC 9110 5.6.2 */
#define PCHAR 0x02   /* of a path, with "/": RFC 3986 3.3; "%" is handled separately */
#define HOST  0x04   /* of a reg-name: RFC 3986 3.2.2 */
#define VCHAR 0x08   /* of a field value: RFC 9110 5.5 */
#define HEX   0x10

static const uint8_t classes[256] = {
	['\t'] = VCHAR,
	[' '] = VCHAR,
	['!'] = TCHAR | PCHAR | HOST | VCHAR,
	['"'] = VCHAR,
	['#'] = TCHAR | VCHAR,
	['$'] = TCHAR | PCHAR | HOST | VCHAR,
	['%'] = TCHAR | VCHAR,
	['&' ... '\''] = TCHAR | PCHAR | HOST | VCHAR,
	['(' ... ')'] = PCHAR | HOST | VCHAR,
	['*' ... '+'] = TCHAR | PCHAR | HOST | VCHAR,
	[','] = PCHAR | HOST | VCHAR,
	['-' ... '.'] = TCHAR | PCHAR | HOST | VCHAR,
	['/'] = PCHAR | VCHAR,
	['0' ... '9'] = TCHAR | PCHAR | HOST | VCHAR | HEX,
	[':'] = PCHAR | VCHAR,
	[';'] = PCHAR | HOST | VCHAR,
	['<'] = VCHAR,
	['='] = PCHAR | HOST | VCHAR,
	['>' ... '?'] = VCHAR,
	['@'] = PCHAR | VCHAR,
	['A' ... 'F'] = TCHAR | PCHAR | HOST | VCHAR | HEX,
	['G' ... 'Z'] = TCHAR | PCHAR | HOST | VCHAR,
	['[' ... ']'] = VCHAR,
	['^'] = TCHAR | VCHAR,
	['_'] = TCHAR | PCHAR | HOST | VCHAR,
	['`'] = TCHAR | VCHAR,
	['a' ... 'f'] = TCHAR | PCHAR | HOST | VCHAR | HEX,
	['g' ... 'z'] = TCHAR | PCHAR | HOST | VCHAR,
	['{'] = VCHAR,
	['|'] = TCHAR | VCHAR,
	['}'] = VCHAR,
	['~'] = TCHAR | PCHAR | HOST | VCHAR,
	[0x80 ... 0xff] = VCHAR,
};

static bool
is_class(uint8_t c, uint8_t class)
{
	return (classes[c] & class) != 0;
}

static void
text_clear(struct rs_http_text *text)
{
	text->len = 0;
	text->over = false;
}

static void
text_push(struct rs_http_text *text, uint8_t c)
{
	if (text->len < RS_HTTP_TEXT_MAX)
		text->s[text->len++] = (char)c;
	else
		text->over = true;
}

/* Remove white space at the end (none is pushed at the start), and add a NUL. */
static void
text_trim(struct rs_http_text *text)
{
	while (text->len > 0 && (text->s[text->len - 1] == ' ' || text->s[text->len - 1] == '\t'))
		text->len--;
	text->s[text->len] = '\0';
}

/* Whether the text, after text_trim(), equals a word, ignoring case. */
static bool
text_is(const struct rs_http_text *text, const char *word)
{
	return text->len == strlen(word) && strcasecmp(text->s, word) == 0;
}

static enum state
set_error(struct rs_http_request *req, uint16_t status)
{
	req->error = status;
	return DONE;
}

/* uri-host [ ":" port ] (RFC 9110 4.2.1, RFC 3986 3.2.2), ended by a NUL; not userinfo. */
static bool
host_is_valid(const char *s, uint16_t len)
{
	const char *const end = s + len;

	if (*s == '[') {
		/* IP-literal; its address is not checked */
		const char *first = ++s;

		while (is_class((uint8_t)*s, HOST) || *s == ':')
			s++;
		if (s == first || *s++ != ']')
			return false;
	} else {
		for (; is_class((uint8_t)*s, HOST) || *s == '%'; s++) {
			if (*s == '%' && !(is_class((uint8_t)s[1], HEX) &&
					   is_class((uint8_t)s[2], HEX)))
				return false;
		}
	}
	if (*s == ':') {
		do
			s++;
		while (isdigit((unsigned char)*s));
	}
	return s == end;
}

/* RFC 9112 2.2: empty lines before a request are ignored. */
static enum state
step_start(struct rs_http_request *req, uint8_t c)
{
	if (c == '\r')
		return START_LF;
	if (!is_class(c, TCHAR))
		return set_error(req, 400);
	text_push(&req->text, c);
	return METHOD;
}

/* RFC 9110 9.1: methods are case-sensitive. */
static uint8_t
method_find(const struct rs_http_text *text)
{
	static const struct {
		const char *name;
		uint8_t method;
	} methods[] = {
		{ "GET", RS_HTTP_GET },
		{ "HEAD", RS_HTTP_HEAD },
		{ "OPTIONS", RS_HTTP_OPTIONS },
		{ "CONNECT", RS_HTTP_CONNECT },
		{ "DELETE", RS_HTTP_OTHER },
		{ "PATCH", RS_HTTP_OTHER },
		{ "POST", RS_HTTP_OTHER },
		{ "PUT", RS_HTTP_OTHER },
		{ "TRACE", RS_HTTP_OTHER },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(methods); i++) {
		if (strcmp(text->s, methods[i].name) == 0)
			return methods[i].method;
	}
	return RS_HTTP_UNKNOWN;
}

static enum state
step_method(struct rs_http_request *req, uint8_t c)
{
	if (is_class(c, TCHAR)) {
		text_push(&req->text, c);
		/* RFC 9112 3: 501 for a method longer than any that is implemented. */
		return req->text.over ? set_error(req, 501) : METHOD;
	}
	if (c != ' ')
		return set_error(req, 400);
	req->text.s[req->text.len] = '\0';
	req->method = method_find(&req->text);
	text_clear(&req->text);
	return TARGET;
}

/* RFC 9112 3.2: the four forms of a target, and the methods that may have them. */
static enum state
step_target(struct rs_http_request *req, uint8_t c)
{
	if (req->method == RS_HTTP_CONNECT ||
	    (c == '*' && (req->method == RS_HTTP_OPTIONS || req->method == RS_HTTP_UNKNOWN))) {
		text_push(&req->text, c);
		return OPAQUE;
	}
	if (c == '/') {
		text_push(&req->path, c);
		return PATH;
	}
	if (!isalpha(c))
		return set_error(req, 400);
	text_push(&req->text, c);
	return ABSOLUTE;
}

/* Handle the end of a path, " " or "?". */
static enum state
path_end(struct rs_http_request *req, uint8_t c)
{
	text_clear(&req->text);
	return c == ' ' ? VERSION : QUERY;
}

/* RFC 9112 3.2.2: a server accepts the absolute-form in any request. */
static enum state
step_absolute(struct rs_http_request *req, uint8_t c)
{
	static const char http[] = "http://";
	const uint16_t prefix = sizeof(http) - 1;
	struct rs_http_text *text = &req->text;

	/* after the two slashes before the authority, a third slash ends it */
	if (c != ' ' && c != '?' && (c != '/' || req->slashes++ < 2)) {
		if (!is_class(c, PCHAR) && c != '[' && c != ']' && c != '%')
			return set_error(req, 400);
		text_push(text, c);
		return text->over ? set_error(req, 400) : ABSOLUTE;
	}
	text->s[text->len] = '\0';
	/* RFC 9110 7.4: a resource of another scheme, such as https, is not served. */
	if (strncasecmp(text->s, http, prefix) != 0)
		return set_error(req, strstr(text->s, "://") != NULL ? 421 : 400);
	/* RFC 9110 4.2.1: an "http" URI with an empty host is invalid. */
	if (text->len == prefix || text->s[prefix] == ':' ||
	    !host_is_valid(text->s + prefix, (uint16_t)(text->len - prefix)))
		return set_error(req, 400);
	text_push(&req->path, '/');
	return c == '/' ? PATH : path_end(req, c);
}

/* The two digits after a percent sign (RFC 3986 2.1). */
static enum state
step_hex(struct rs_http_request *req, uint8_t c)
{
	uint8_t digit = (uint8_t)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);

	if (!is_class(c, HEX))
		return set_error(req, 400);
	req->octet = (uint8_t)(req->octet << 4 | digit);
	if (--req->hex == 0 && req->state == PATH)
		text_push(&req->path, req->octet);
	return req->state;
}

/* PATH and QUERY. A path, unlike a query, ends at a "?" and is kept. */
static enum state
step_path(struct rs_http_request *req, uint8_t c)
{
	if (req->hex > 0)
		return step_hex(req, c);
	if (c == ' ' || (c == '?' && req->state == PATH))
		return path_end(req, c);
	if (c == '%')
		req->hex = 2;
	else if (!is_class(c, PCHAR) && c != '?')
		return set_error(req, 400);
	else if (req->state == PATH)
		text_push(&req->path, c);
	return req->state;
}

static enum state
step_opaque(struct rs_http_request *req, uint8_t c)
{
	struct rs_http_text *text = &req->text;
	bool good;

	if (c != ' ') {
		text_push(text, c);
		return text->over ? set_error(req, 400) : OPAQUE;
	}
	text->s[text->len] = '\0';
	if (req->method == RS_HTTP_CONNECT)
		good = text->len > 0 && host_is_valid(text->s, text->len);
	else
		good = text->len == 1; /* step_target() saw the "*" */
	text_clear(text);
	return good ? VERSION : set_error(req, 400);
}

/* Any part of the target, which has a limit of its whole length. */
static enum state
step_any_target(struct rs_http_request *req, uint8_t c)
{
	if (c != ' ' && ++req->target_len > RS_HTTP_TARGET_MAX)
		return set_error(req, 414);
	switch (req->state) {
	case TARGET:
		return step_target(req, c);
	case ABSOLUTE:
		return step_absolute(req, c);
	case OPAQUE:
		return step_opaque(req, c);
	default:
		return step_path(req, c);
	}
}

/* RFC 9112 2.3: "HTTP/" DIGIT "." DIGIT, case-sensitive; then CR. */
static enum state
step_version(struct rs_http_request *req, uint8_t c)
{
	const char *s = req->text.s;

	if (c != '\r') {
		text_push(&req->text, c);
		return req->text.len > strlen("HTTP/1.1") ? set_error(req, 400) : VERSION;
	}
	if (req->text.len != strlen("HTTP/1.1") || memcmp(s, "HTTP/", 5) != 0 ||
	    !isdigit((unsigned char)s[5]) || s[6] != '.' || !isdigit((unsigned char)s[7]))
		return set_error(req, 400);
	/* RFC 9110 15.6.6, 2.5: another major version is another syntax. */
	if (s[5] != '1')
		return set_error(req, 505);
	req->minor = (uint8_t)(s[7] - '0');
	return LINE_LF;
}

/* RFC 9112 5: the first byte of a line. White space is obs-fold (5.2), or worse (2.2). */
static enum state
step_field(struct rs_http_request *req, uint8_t c)
{
	if (c == '\r')
		return END_LF;
	if (!is_class(c, TCHAR))
		return set_error(req, 400);
	if (++req->n_fields > RS_HTTP_FIELDS_MAX)
		return set_error(req, 431);
	text_clear(&req->text);
	text_push(&req->text, c);
	return NAME;
}

/* The only field with a name of this length, whose name is compared then. */
static uint8_t
field_find(struct rs_http_text *name)
{
	name->s[name->len] = '\0';
	switch (name->len) {
	case sizeof("Host") - 1:
		return strcasecmp(name->s, "Host") == 0 ? FIELD_HOST : FIELD_OTHER;
	case sizeof("Expect") - 1:
		return strcasecmp(name->s, "Expect") == 0 ? FIELD_EXPECT : FIELD_OTHER;
	case sizeof("Connection") - 1:
		return strcasecmp(name->s, "Connection") == 0 ? FIELD_CONNECTION : FIELD_OTHER;
	case sizeof("Content-Length") - 1:
		return strcasecmp(name->s, "Content-Length") == 0 ? FIELD_CONTENT_LENGTH :
			FIELD_OTHER;
	case sizeof("Transfer-Encoding") - 1:
		return strcasecmp(name->s, "Transfer-Encoding") == 0 ? FIELD_TRANSFER_ENCODING :
			FIELD_OTHER;
	default:
		return FIELD_OTHER;
	}
}

/* RFC 9112 5.1: no white space between name and colon. */
static enum state
step_name(struct rs_http_request *req, uint8_t c)
{
	if (is_class(c, TCHAR)) {
		text_push(&req->text, c);
		return NAME;
	}
	if (c != ':')
		return set_error(req, 400);
	req->field = field_find(&req->text);
	req->has_coding |= req->field == FIELD_TRANSFER_ENCODING;
	text_clear(&req->text);
	return VALUE;
}

/* RFC 9110 8.6: 1*DIGIT, once. A second one, equal or not, is refused (RFC 9112 6.3). */
static void
end_content_length(struct rs_http_request *req)
{
	const struct rs_http_text *text = &req->text;
	uint16_t i;

	if (req->has_length || text->len == 0 || text->over)
		req->bad_length = true;
	req->has_length = true;
	req->content_length = 0;
	for (i = 0; i < text->len; i++) {
		if (!isdigit((unsigned char)text->s[i]))
			req->bad_length = true;
		/* beyond the limit the value does not matter */
		if (req->content_length <= RS_HTTP_CONTENT_MAX)
			req->content_length = req->content_length * 10 +
				(uint32_t)(text->s[i] - '0');
	}
}

/* RFC 9112 6.1, 7: chunked is the last coding, and applied once. */
static void
end_coding(struct rs_http_request *req)
{
	if (req->chunked)
		req->bad_coding = true;
	else if (text_is(&req->text, "chunked"))
		req->chunked = true;
	else
		req->other_coding = true;
}

/* Handle the end of a value, or of an element of a list (RFC 9110 5.6.1). */
static void
end_value(struct rs_http_request *req)
{
	struct rs_http_text *text = &req->text;

	text_trim(text);
	if (req->field == FIELD_HOST) {
		req->hosts = (uint8_t)RTE_MIN(req->hosts + 1, 2);
		req->bad_host |= text->over || !host_is_valid(text->s, text->len);
	} else if (req->field == FIELD_CONTENT_LENGTH) {
		end_content_length(req);
	} else if (text->len == 0) {
		return; /* RFC 9110 5.6.1.2: empty elements are ignored */
	} else if (req->field == FIELD_CONNECTION) {
		req->close |= text_is(text, "close");
		req->keep_alive |= text_is(text, "keep-alive");
	} else if (req->field == FIELD_EXPECT) {
		req->expect_continue |= text_is(text, "100-continue");
		req->expect_other |= !text_is(text, "100-continue");
	} else if (req->field == FIELD_TRANSFER_ENCODING) {
		end_coding(req);
	}
}

static enum state
step_value(struct rs_http_request *req, uint8_t c)
{
	bool list = req->field != FIELD_HOST && req->field != FIELD_CONTENT_LENGTH;

	if (c != '\r' && !is_class(c, VCHAR))
		return set_error(req, 400);
	if (req->field == FIELD_OTHER)
		return c == '\r' ? VALUE_LF : VALUE;
	if (c == '\r' || (c == ',' && list)) {
		end_value(req);
		text_clear(&req->text);
		return c == '\r' ? VALUE_LF : VALUE;
	}
	/* white space before a value is not part of it */
	if (req->text.len > 0 || (c != ' ' && c != '\t'))
		text_push(&req->text, c);
	return VALUE;
}

/* Check the framing of the content (RFC 9112 6.3). @return 0, or the status of an error */
static uint16_t
check_framing(const struct rs_http_request *req)
{
	if (req->has_coding) {
		/* Item 3: both fields together may smuggle a request; item 4: chunked is not
		 * the final coding; 6.1: in HTTP/1.0 the framing is faulty. */
		if (req->has_length || req->minor == 0 || req->bad_coding || !req->chunked)
			return 400;
		/* 6.1: 501 for an unknown coding; 6.3: 411 requires a length */
		return req->other_coding ? 501 : 411;
	}
	if (req->bad_length)
		return 400;
	return req->content_length > RS_HTTP_CONTENT_MAX ? 413 : 0;
}

/* Handle the end of the head. */
static enum state
head_end(struct rs_http_request *req)
{
	/* RFC 9112 3.2: one valid Host, which only HTTP/1.0 may omit */
	if (req->hosts > 1 || req->bad_host || (req->hosts == 0 && req->minor > 0))
		return set_error(req, 400);
	/* RFC 9112 9.3. */
	req->persist = !req->close && (req->minor > 0 || req->keep_alive);
	/* RFC 9110 10.1.1: ignored in HTTP/1.0. */
	req->expect_continue &= req->minor > 0;
	req->expect_other &= req->minor > 0;
	req->error = check_framing(req);
	return DONE;
}

/* RFC 9112 2.2: CRLF ends a line. */
static enum state
step_lf(struct rs_http_request *req, uint8_t c)
{
	if (c != '\n')
		return set_error(req, 400);
	switch (req->state) {
	case START_LF:
		return START;
	case END_LF:
		return head_end(req);
	default:
		return FIELD;
	}
}

static enum state
step_byte(struct rs_http_request *req, uint8_t c)
{
	if (req->state >= FIELD && ++req->section_len > RS_HTTP_SECTION_MAX)
		return set_error(req, 431);
	switch (req->state) {
	case START:
		return step_start(req, c);
	case METHOD:
		return step_method(req, c);
	case TARGET:
	case ABSOLUTE:
	case PATH:
	case QUERY:
	case OPAQUE:
		return step_any_target(req, c);
	case VERSION:
		return step_version(req, c);
	case FIELD:
		return step_field(req, c);
	case NAME:
		return step_name(req, c);
	case VALUE:
		return step_value(req, c);
	default:
		return step_lf(req, c);
	}
}

/*
 * Take the bytes that continue a field name, or the value of a field that is not understood: most
 * bytes of a request. They are the same as those that step_name() and step_value() take.
 */
static uint32_t
take_run(struct rs_http_request *req, const uint8_t *data, uint32_t len)
{
	uint32_t most = RTE_MIN(len, RS_HTTP_SECTION_MAX - req->section_len);
	uint32_t n = 0;

	if (req->state == VALUE && req->field == FIELD_OTHER) {
		while (n < most && is_class(data[n], VCHAR))
			n++;
	} else if (req->state == NAME) {
		for (; n < most && is_class(data[n], TCHAR); n++)
			text_push(&req->text, data[n]);
	}
	req->section_len += n;
	return n;
}

void
rs_http_request_init(struct rs_http_request *req)
{
	/* not the bytes of the two texts, which are most of the struct */
	memset(req, 0, offsetof(struct rs_http_request, text));
	text_clear(&req->text);
	text_clear(&req->path);
}

uint32_t
rs_http_request_read(struct rs_http_request *req, const uint8_t *data, uint32_t len)
{
	uint32_t n = 0;

	while (n < len && req->state != DONE) {
		n += take_run(req, data + n, len - n);
		if (n < len)
			req->state = (uint8_t)step_byte(req, data[n++]);
	}
	return n;
}

bool
rs_http_request_begun(const struct rs_http_request *req)
{
	return req->state != START;
}

bool
rs_http_request_done(const struct rs_http_request *req)
{
	return req->state == DONE;
}
