/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The command /rstack/capture: switch the capture around resets on or off, choose reasons. */

#include <string.h>

#include "watch/capture.h"
#include "watch/telemetry.h"

void
rs_capture_choose(struct rs_capture_state *state, const struct rs_config_causes *causes)
{
	__atomic_store_n(&state->causes.reasons, causes->reasons, __ATOMIC_RELAXED);
	__atomic_store_n(&state->causes.verdicts, causes->verdicts, __ATOMIC_RELAXED);
}

static int
cmd_capture(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_capture_state *state = app->capture;
	char names[RS_TELEMETRY_STRING_MAX];
	struct rs_config_causes causes;
	uint64_t missed = 0;
	unsigned int i;

	if (state == NULL)
		return rs_telemetry_refuse(data, "[watch] capture names no file");
	if (params != NULL && (strcmp(params, "on") == 0 || strcmp(params, "off") == 0)) {
		__atomic_store_n(&state->on, strcmp(params, "on") == 0, __ATOMIC_RELAXED);
	} else if (params != NULL) {
		if (!rs_config_parse_causes(params, &causes))
			return rs_telemetry_refuse(data, "the parameter is on, off, all, or "
				"reasons and verdicts");
		rs_capture_choose(state, &causes);
	}
	for (i = 0; i < app->n_workers; i++)
		missed += rs_capture_missed(app->workers[i].capture);
	rs_config_format_causes(&state->causes, names, sizeof(names));
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_u64(data, "on", __atomic_load_n(&state->on, __ATOMIC_RELAXED));
	rte_tel_data_add_dict_string(data, "reasons", names);
	rte_tel_data_add_dict_u64(data, "written", rs_capture_written(state->file));
	rte_tel_data_add_dict_u64(data, "missed", missed);
	rte_tel_data_add_dict_u64(data, "dropped", rs_capture_dropped(state->file));
	return 0;
}

const struct rs_telemetry_command rs_capture_commands[] = {
	{ "/rstack/capture", cmd_capture,
		"The capture around resets. Parameters: on, off, all, or reasons and verdicts "
		"(optional)" },
	{ NULL, NULL, NULL },
};
