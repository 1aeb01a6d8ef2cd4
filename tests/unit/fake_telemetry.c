/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Answers of telemetry commands, kept in memory. */

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "fake_telemetry.h"

int
rte_tel_data_start_dict(struct rte_tel_data *data)
{
	memset(data, 0, sizeof(*data));
	return 0;
}

int
rte_tel_data_add_dict_u64(struct rte_tel_data *data, const char *name, uint64_t value)
{
	size_t i;

	assert_true(data->n < FAKE_TELEMETRY_MAX);
	for (i = 0; name[i] != '\0'; i++) /* 22.11 refuses all other characters */
		assert_true(isalnum((unsigned char)name[i]) || name[i] == '_' || name[i] == '/');
	assert_true(strlcpy(data->entries[data->n].key, name, sizeof(data->entries[0].key)) <
		sizeof(data->entries[0].key));
	data->entries[data->n++].value = value;
	return 0;
}

void
fake_telemetry_ask(const struct rs_telemetry_command *command, const struct rs_app *app,
	const char *params, struct rte_tel_data *data)
{
	assert_non_null(command);
	assert_int_equal(command->run(app, params, data), 0);
	assert_true(data->n > 0);
}

uint64_t
fake_telemetry_value(const struct rte_tel_data *data, const char *key)
{
	uint64_t value = 0;
	unsigned int found = 0;
	unsigned int i;

	for (i = 0; i < data->n; i++) {
		if (strcmp(data->entries[i].key, key) == 0) {
			value = data->entries[i].value;
			found++;
		}
	}
	if (found != 1)
		fail_msg("key %s is in the answer %u times", key, found);
	return value;
}
