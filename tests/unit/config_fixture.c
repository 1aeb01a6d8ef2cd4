/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* For the tests of the configuration: load a text, and what must come of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "config_fixture.h"

int
config_setup(void **state)
{
	struct config_fixture *f = calloc(1, sizeof(*f));

	strlcpy(f->dir, "/tmp/rstack-test-config-XXXXXX", sizeof(f->dir));
	if (mkdtemp(f->dir) == NULL || chmod(f->dir, 0755) != 0)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/x.ini", f->dir);
	f->usage = &rs_usage_rstack;
	*state = f;
	return 0;
}

int
config_teardown(void **state)
{
	struct config_fixture *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	free(f->err);
	free(f);
	return 0;
}

/* Take the line numbers behind the file's name away, so that a sentence stands alone. */
static void
cut_lines(struct config_fixture *f)
{
	size_t len = strlen(f->path);
	char *p = f->err;

	while ((p = strstr(p, f->path)) != NULL) {
		p += len;
		if (*p == ':' && p[1] != ' ')
			memmove(p, p + 1 + strspn(p + 1, "0123456789"),
				strlen(p + 1 + strspn(p + 1, "0123456789")) + 1);
	}
}

int
config_load_path(struct config_fixture *f, const char *path)
{
	FILE *err;
	int rc;

	free(f->err);
	err = open_memstream(&f->err, &f->err_len);
	assert_non_null(err);
	rc = rs_config_load(f->usage, path, f->settings, &f->config, err);
	fclose(err);
	return rc;
}

int
config_load_bytes(struct config_fixture *f, const void *bytes, size_t n)
{
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
	return config_load_path(f, f->path);
}

int
config_load(struct config_fixture *f, const char *text)
{
	return config_load_bytes(f, text, strlen(text));
}

void
assert_taken(struct config_fixture *f, const char *text)
{
	if (config_load(f, text) != 0)
		fail_msg("refused: %s%s", text, f->err);
	assert_string_equal(f->err, "");
}

void
assert_refused(struct config_fixture *f, const char *text, const char *sentence)
{
	char expected[4096];

	snprintf(expected, sizeof(expected), "%s: %s\n", f->path, sentence);
	assert_int_equal(config_load(f, text), -1);
	cut_lines(f);
	assert_string_equal(f->err, expected);
}

void
assert_said(struct config_fixture *f, const char *text, const char *part)
{
	assert_int_equal(config_load(f, text), -1);
	if (strstr(f->err, part) == NULL)
		fail_msg("not said: %s\nbut: %s", part, f->err);
}

const void *
config_object(const struct rs_config *config, enum rs_section_id section)
{
	if (section == RS_SECTION_PORT)
		return &config->ports[0];
	if (section == RS_SECTION_LISTEN || section == RS_SECTION_CLOSED)
		return &config->listeners[0];
	if (section == RS_SECTION_ACL)
		return &config->acl;
	return config;
}
