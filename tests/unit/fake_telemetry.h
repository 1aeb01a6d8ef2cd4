/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The part of rte_telemetry that answers with a dict of numbers, so that a test reads an
 * answer without a socket. These functions take the place of the library's.
 */

#ifndef TEST_FAKE_TELEMETRY_H
#define TEST_FAKE_TELEMETRY_H

#include <stdint.h>

#include "watch/telemetry.h"

/** More entries than any answer of 22.11 can have. */
#define FAKE_TELEMETRY_MAX 256

/** An answer. */
struct rte_tel_data {
	unsigned int n;
	struct {
		char key[64]; /* as long as 22.11 takes */
		uint64_t value;
	} entries[FAKE_TELEMETRY_MAX];
};

/** Run a command, which must answer, or fail the test. */
void fake_telemetry_ask(const struct rs_telemetry_command *command, const struct rs_app *app,
	const char *params, struct rte_tel_data *data);

/** The value of a key, which must be there once, or the test fails. */
uint64_t fake_telemetry_value(const struct rte_tel_data *data, const char *key);

#endif /* TEST_FAKE_TELEMETRY_H */
