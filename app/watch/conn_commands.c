/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The commands /rstack/conn/...: connections, which only their workers may touch. A list is read
 * part by part, so that it costs a worker at most 1 % of its time (control.h).
 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "control.h"
#include "watch/filter.h"
#include "watch/telemetry.h"

#define NO_TUPLE "the parameters are LADDR:LPORT,RADDR:RPORT"
#define NO_ANSWER "a worker did not answer in time"

/* A cursor: the number of the worker above this bit, below it the position of its walk. */
#define WORKER_SHIFT 33

/* Longest time that a command looks for connections before it answers with a cursor. */
#define LOOK_MS 500

/* Keys of filters. */
#define KEYS (RS_FILTER_BIT(listener) | RS_FILTER_BIT(prefix) | RS_FILTER_BIT(state) | \
	RS_FILTER_BIT(age))

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

/* A request to walk on from a cursor, 0 at first. */
static struct rs_control
walk_of(const struct rs_filter *filter, enum rs_control_verb verb)
{
	return (struct rs_control){
		.verb = verb,
		.filter = {
			.states = (filter->keys & RS_FILTER_BIT(state)) != 0 ?
				1u << filter->state : 0,
			.any_listener = (filter->keys & RS_FILTER_BIT(listener)) == 0,
			.listener = (uint16_t)filter->listener,
			.prefix = filter->prefix,
			.age_ms = filter->age_ms,
		},
	};
}

/*
 * Ask the worker of a cursor for the next part of the walk.
 *
 * @param cursor  [in,out] 0 afterwards: all workers are done
 */
static int
walk_on(const struct rs_app *app, struct rs_control *control, uint64_t *cursor)
{
	const uint64_t mask = (UINT64_C(1) << WORKER_SHIFT) - 1;
	uint64_t i = *cursor >> WORKER_SHIFT;
	int ret;

	if (i >= app->n_workers)
		return -EINVAL;
	control->position = *cursor & mask;
	ret = rs_control_walk(app->workers[i].mailbox, &app->workers[i].pace, control);
	if (ret != 0)
		return ret;
	if (control->position != 0)
		*cursor = i << WORKER_SHIFT | control->position;
	else
		*cursor = i + 1 < app->n_workers ? (i + 1) << WORKER_SHIFT : 0;
	return 0;
}

/* Whether a command has looked for long enough. */
static bool
is_late(uint64_t begin)
{
	return rte_rdtsc() - begin > rte_get_tsc_hz() / 1000 * LOOK_MS;
}

/* Add a connection to the answer. @return bytes of JSON; 0: there is no room for it */
static size_t
add_entry(const struct rs_app *app, struct rte_tel_data *data, uint64_t worker, size_t room,
	const struct rs_conn_entry *entry)
{
	struct rte_tel_data *dict = rte_tel_data_alloc();
	struct rs_telemetry_row row;
	char addr[INET6_ADDRSTRLEN];
	char key[sizeof("18446744073709551615")];

	if (dict == NULL)
		return 0;
	rs_telemetry_row_start(&row, dict);
	rs_telemetry_row_string(&row, "state", rs_state_names[entry->state]);
	rs_telemetry_row_string(&row, "listener", app->config.listeners[entry->listener].name);
	rs_telemetry_row_string(&row, "laddr", rs_telemetry_addr(&entry->tuple.laddr, addr));
	rs_telemetry_row_u64(&row, "lport", entry->tuple.lport);
	rs_telemetry_row_string(&row, "raddr", rs_telemetry_addr(&entry->tuple.raddr, addr));
	rs_telemetry_row_u64(&row, "rport", entry->tuple.rport);
	if (app->config.tcp.life) {
		rs_telemetry_row_u64(&row, "age_ms", entry->life.age_ms);
		rs_telemetry_row_u64(&row, "rx_bytes", entry->life.rx_bytes);
		rs_telemetry_row_u64(&row, "tx_bytes", entry->life.tx_bytes);
	}
	snprintf(key, sizeof(key), "%" PRIu64, worker << WORKER_SHIFT | entry->position);
	row.bytes += sizeof(key) + sizeof("\"\":,");
	if (row.bytes > room) {
		rte_tel_data_free(dict);
		return 0;
	}
	rte_tel_data_add_dict_container(data, key, dict, 0);
	return row.bytes;
}

/* Fill a page with connections from a cursor on. @return 0 or -errno */
static int
fill_page(const struct rs_app *app, const struct rs_filter *filter, struct rte_tel_data *data,
	uint64_t *cursor)
{
	struct rs_control control = walk_of(filter, RS_CONTROL_WALK);
	uint64_t begin = rte_rdtsc();
	size_t room = RS_TELEMETRY_BYTES_MAX;
	unsigned int left = filter->count;

	do {
		uint64_t worker = *cursor >> WORKER_SHIFT;
		unsigned int i;
		int ret;

		control.n = left;
		ret = walk_on(app, &control, cursor);
		/* the entries so far are an answer; an error would lose their memory */
		if (ret != 0)
			return left < filter->count ? 0 : ret;
		for (i = 0; i < control.n; i++) {
			size_t bytes = add_entry(app, data, worker, room, &control.entries[i]);

			if (bytes == 0) { /* it is the first of the next page */
				*cursor = worker << WORKER_SHIFT | control.entries[i].position;
				return 0;
			}
			room -= bytes;
		}
		left -= control.n;
	} while (left > 0 && *cursor != 0 && !is_late(begin));
	return 0;
}

static int
cmd_conn_list(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	char error[RS_FILTER_ERROR_MAX];
	struct rs_filter filter;
	uint64_t cursor;
	int ret;

	if (!rs_filter_parse(app, params, KEYS, RS_CONTROL_ENTRIES, &filter, error))
		return rs_telemetry_refuse(data, "%s", error);
	cursor = filter.position;
	rte_tel_data_start_dict(data);
	ret = fill_page(app, &filter, data, &cursor);
	if (ret != 0)
		return rs_telemetry_refuse(data, ret == -EINVAL ?
			"CURSOR is 0, or next of an earlier answer" : NO_ANSWER);
	rte_tel_data_add_dict_u64(data, "next", cursor);
	return 0;
}

/* Kill the connections that a filter chooses. */
static int
kill_filtered(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	uint64_t begin = rte_rdtsc();
	char error[RS_FILTER_ERROR_MAX];
	struct rs_control control;
	struct rs_filter filter;
	uint64_t killed = 0;
	uint64_t cursor;

	if (!rs_filter_parse(app, params, KEYS, RS_CONTROL_ENTRIES, &filter, error))
		return rs_telemetry_refuse(data, "%s", error);
	if (app->config.kill != RS_WATCH_KILL_ANY)
		return rs_telemetry_refuse(data, "a filter needs [watch] kill = any");
	control = walk_of(&filter, RS_CONTROL_KILL_SOME);
	cursor = filter.position;
	do {
		int ret = walk_on(app, &control, &cursor);

		if (ret != 0)
			return rs_telemetry_refuse(data, ret == -EINVAL ?
				"CURSOR is 0, or next of an earlier answer" : NO_ANSWER);
		killed += control.n;
	} while (cursor != 0 && !is_late(begin));
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_u64(data, "killed", killed);
	rte_tel_data_add_dict_u64(data, "next", cursor);
	return 0;
}

static int
cmd_conn_kill(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_control control = { .verb = RS_CONTROL_KILL };

	if (app->config.kill == RS_WATCH_KILL_NONE)
		return rs_telemetry_refuse(data, "[watch] kill = none");
	if (params != NULL && strchr(params, '=') != NULL)
		return kill_filtered(app, params, data);
	if (!rs_telemetry_tuple(params, &control.tuple))
		return rs_telemetry_refuse(data, NO_TUPLE ", or a filter: KEY=VALUE");
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_u64(data, "killed", ask_workers(app, &control) == 0);
	return 0;
}

/* X(name, member): the numbers of struct rs_conn_info as /rstack/conn/show has them. */
#define LIFE(X) \
	X(age_ms, life.age_ms) \
	X(rx_bytes, life.rx_bytes) \
	X(tx_bytes, life.tx_bytes) \
	X(retransmitted, life.retransmitted)
#define NUMBERS(X) \
	X(snd_una, snd_una) \
	X(snd_nxt, snd_nxt) \
	X(snd_wnd, snd_wnd) \
	X(rcv_nxt, rcv_nxt) \
	X(rcv_wnd, rcv_wnd) \
	X(mss, mss) \
	X(mss_full, mss_full) \
	X(path_mtu, path_mtu) \
	X(rcv_mss, rcv_mss) \
	X(srtt_us, srtt_us) \
	X(rttvar_us, rttvar_us) \
	X(min_rtt_us, min_rtt_us) \
	X(rto_ms, rto_ms) \
	X(backoff, backoff) \
	X(cwnd, cwnd) \
	X(ssthresh, ssthresh) \
	X(pipe, pipe) \
	X(sacked, sacked) \
	X(lost, lost) \
	X(queued, queued) \
	X(unread, unread) \
	X(out_of_order, out_of_order) \
	X(window_scale, window_scale) \
	X(snd_shift, snd_shift) \
	X(rcv_shift, rcv_shift) \
	X(timestamps, timestamps) \
	X(sack, sack) \
	X(ecn, ecn) \
	X(nodelay, nodelay) \
	X(keepalive, keepalive) \
	X(active, active) \
	X(rtx_left_ms, rtx_left_ms) \
	X(life_left_ms, life_left_ms)

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
			NO_ANSWER);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "state", rs_state_names[info->state]);
	rte_tel_data_add_dict_u64(data, "listener", info->listener);
	rte_tel_data_add_dict_string(data, "name", app->config.listeners[info->listener].name);
	rte_tel_data_add_dict_string(data, "congestion", info->congestion);
	rte_tel_data_add_dict_string(data, "recovery", info->recovery);
#define ADD(name, member) rte_tel_data_add_dict_u64(data, #name, info->member);
	NUMBERS(ADD)
	if (app->config.tcp.life) {
		LIFE(ADD)
	}
	return 0;
}

const struct rs_telemetry_command rs_conn_commands[] = {
	{ "/rstack/conn/kill", cmd_conn_kill,
		"Reset connections. Parameters: laddr:lport,raddr:rport; or a filter as of "
		"/rstack/conn/list" },
	{ "/rstack/conn/list", cmd_conn_list,
		"Connections. Parameters: cursor, count, state= listener= prefix= age= (all "
		"optional)" },
	{ "/rstack/conn/show", cmd_conn_show,
		"All about a connection. Parameters: laddr:lport,raddr:rport" },
	{ NULL, NULL, NULL },
};
