/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* What the http service serves: a file, or a generated body of a configured size. */

#ifndef RS_APP_HTTP_BODY_H
#define RS_APP_HTTP_BODY_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

/** A resource, or what a request sends; immutable once made. */
struct rs_http_body {
	void *data;
	uint32_t len;
	char path[NAME_MAX + 2]; /**< "/" and the file's name; "" where it is generated */
};

/**
 * Read or generate the body that a configuration names.
 *
 * @param body   zeroed; to be freed also when this fails
 * @param error  [out] one sentence when it fails
 * @return 0 or -1
 */
int rs_http_body_create(struct rs_http_body *body, const struct rs_config_bytes *config,
	char *error, size_t size);

/** Free what rs_http_body_create() took. */
void rs_http_body_free(struct rs_http_body *body);

#endif /* RS_APP_HTTP_BODY_H */
