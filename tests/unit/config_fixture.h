/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* For the tests of the configuration: load a text, and what must come of it. */

#ifndef RS_TESTS_CONFIG_FIXTURE_H
#define RS_TESTS_CONFIG_FIXTURE_H

#include <stddef.h>

#include "config/config.h"
#include "config/keys.h"

/* The least that a configuration needs, and a second port. */
#define PORT_0 "[port 0]\ndevice = net_tap0\naddress = 192.0.2.1/24\n"
#define PORT_1 "[port 1]\ndevice = net_tap1\naddress = 198.51.100.1/24\n"

/* A directory of the test's own, and what the last load gave. */
struct config_fixture {
	char dir[64];
	char path[128];
	const struct rs_usage *usage; /* rstack, unless the test says otherwise */
	const struct rs_settings *settings; /* of the command line; NULL: none */
	struct rs_config config;
	char *err;            /* what was said, ended by 0 */
	size_t err_len;
};

int config_setup(void **state);
int config_teardown(void **state);

/* What rs_config_load() returns for a file, for bytes and for a text. */
int config_load_path(struct config_fixture *f, const char *path);
int config_load_bytes(struct config_fixture *f, const void *bytes, size_t n);
int config_load(struct config_fixture *f, const char *text);

/* The text must be taken, and nothing be said. */
void assert_taken(struct config_fixture *f, const char *text);

/* The text must be refused, with this sentence behind the file's name, and no other. */
void assert_refused(struct config_fixture *f, const char *text, const char *sentence);

/* The text must be refused, with this in what is said. */
void assert_said(struct config_fixture *f, const char *text, const char *part);

/* What the keys of a section fill, in its first port or listener. */
const void *config_object(const struct rs_config *config, enum rs_section_id section);

#endif /* RS_TESTS_CONFIG_FIXTURE_H */
