/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The commands /rstack/conn/...: connections, which only their workers may touch. */

#include <errno.h>

#include "control.h"
#include "watch/telemetry.h"

#define NO_TUPLE "the parameters are LADDR:LPORT,RADDR:RPORT"

/*
 * Ask each worker until one succeeds, because only the NIC knows which worker a connection
 * belongs to. @return 0, or the error of the last one
 */
static int
ask_workers(const struct rs_app *app, struct rs_control *control)
{
	int ret = -ENOENT;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		ret = rs_control_ask(app->workers[i].mailbox, control, RS_CONTROL_TIMEOUT_MS);
		if (ret == 0)
			ret = control->result;
		if (ret == 0)
			break;
	}
	return ret;
}

static int
cmd_conn_kill(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_control control = { .verb = RS_CONTROL_KILL };

	if (!rs_telemetry_tuple(params, &control.tuple))
		return rs_telemetry_refuse(data, NO_TUPLE);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_u64(data, "killed", ask_workers(app, &control) == 0);
	return 0;
}

static int
cmd_conn_show(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_control control = { .verb = RS_CONTROL_INSPECT };
	const struct rs_conn_info *info = &control.info;
	int ret;

	if (!rs_telemetry_tuple(params, &control.tuple))
		return rs_telemetry_refuse(data, NO_TUPLE);
	ret = ask_workers(app, &control);
	if (ret != 0)
		return rs_telemetry_refuse(data, ret == -ENOENT ? "there is no such connection" :
			"a worker did not answer in time");
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "state", rs_state_names[info->state]);
	rte_tel_data_add_dict_u64(data, "listener", info->listener);
	rte_tel_data_add_dict_u64(data, "snd_una", info->snd_una);
	rte_tel_data_add_dict_u64(data, "snd_nxt", info->snd_nxt);
	rte_tel_data_add_dict_u64(data, "snd_wnd", info->snd_wnd);
	rte_tel_data_add_dict_u64(data, "rcv_nxt", info->rcv_nxt);
	rte_tel_data_add_dict_u64(data, "rcv_wnd", info->rcv_wnd);
	rte_tel_data_add_dict_u64(data, "mss", info->mss);
	rte_tel_data_add_dict_u64(data, "srtt_us", info->srtt_us);
	rte_tel_data_add_dict_u64(data, "rto_ms", info->rto_ms);
	return 0;
}

const struct rs_telemetry_command rs_conn_commands[] = {
	{ "/rstack/conn/kill", cmd_conn_kill,
		"Reset a connection. Parameters: laddr:lport,raddr:rport" },
	{ "/rstack/conn/show", cmd_conn_show,
		"State of a connection. Parameters: laddr:lport,raddr:rport" },
	{ NULL, NULL, NULL },
};
