/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The command /rstack/log: the levels of the log, and setting them. */

#include <string.h>

#include "log.h"
#include "watch/telemetry.h"

/* Find a level by its name. @return false: there is none */
static bool
find_level(const char *name, enum rs_log_level *level)
{
	unsigned int i;

	for (i = 0; i < RS_LOG_LEVELS; i++) {
		if (strcmp(rs_log_level_names[i], name) == 0) {
			*level = (enum rs_log_level)i;
			return true;
		}
	}
	return false;
}

/* Set the level of the types that "TYPE=LEVEL" or "LEVEL" names. @return whether it names any */
static bool
set_levels(const char *text)
{
	const char *equals = strchr(text, '=');
	size_t len = equals != NULL ? (size_t)(equals - text) : 0;
	enum rs_log_level level;
	bool found = false;
	unsigned int i;

	if (!find_level(equals != NULL ? equals + 1 : text, &level))
		return false;
	for (i = 0; i < RS_LOG_TYPES; i++) {
		const char *name = strchr(rs_log_names[i], '.') + 1;

		if (equals != NULL && (strlen(name) != len || strncmp(name, text, len) != 0))
			continue;
		rs_log_set_level((enum rs_log_type)i, level);
		found = true;
	}
	return found;
}

static int
cmd_log(const struct rs_app *app __rte_unused, const char *params, struct rte_tel_data *data)
{
	unsigned int i;

	if (params != NULL && !set_levels(params))
		return rs_telemetry_refuse(data, "the parameter is LEVEL or TYPE=LEVEL, such as "
			"health=debug");
	rte_tel_data_start_dict(data);
	for (i = 0; i < RS_LOG_TYPES; i++)
		rte_tel_data_add_dict_string(data, strchr(rs_log_names[i], '.') + 1,
			rs_log_level_names[rs_log_level((enum rs_log_type)i)]);
	return 0;
}

const struct rs_telemetry_command rs_log_commands[] = {
	{ "/rstack/log", cmd_log,
		"Levels of the log. Parameters: LEVEL or TYPE=LEVEL (optional), of error, warning, "
		"notice, info and debug", RS_ORDER_NONE },
	{ NULL, NULL, NULL, RS_ORDER_NONE },
};
