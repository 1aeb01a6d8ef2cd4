/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The commands /rstack/reset/recent, for people, and /rstack/reset/log, for programs. */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <bsd/string.h>
#include <rte_tcp.h>

#include "watch/filter.h"
#include "watch/resets.h"
#include "watch/telemetry.h"

/* Most resets of an answer of /rstack/reset/log. */
#define LOG_PAGE 50

/* The reason or verdict of a reset. */
static const char *
cause_name(const struct rs_reset_record *record)
{
	return record->sent ?
		rs_reset_reason_names[RTE_MIN(record->cause, RS_RESET_MAX - 1)].name :
		rs_reset_verdict_names[RTE_MIN(record->cause, RS_VERDICT_MAX - 1)].name;
}

/* Room for an address with its port. */
#define SOCKET_MAX (INET6_ADDRSTRLEN + sizeof("[]:65535"))

/* Write an address with its port to `text` of SOCKET_MAX bytes (RFC 5952 6). @return text */
static const char *
socket_text(const struct rs_addr *addr, uint16_t port, char *text)
{
	char host[INET6_ADDRSTRLEN];

	snprintf(text, SOCKET_MAX, rs_addr_is_ipv4(addr) ? "%s:%u" : "[%s]:%u",
		rs_telemetry_addr(addr, host), port);
	return text;
}

void
rs_telemetry_reset(const struct rs_reset_record *record, uint64_t now, char *text)
{
	uint64_t ms = (now - RTE_MIN(now, record->time)) / 1000;
	char local[SOCKET_MAX];
	char remote[SOCKET_MAX];
	char ack[sizeof(" ack=4294967295")] = "";

	if ((record->flags & RTE_TCP_ACK_FLAG) != 0)
		snprintf(ack, sizeof(ack), " ack=%u", record->ack);
	snprintf(text, RS_TELEMETRY_RESET_MAX,
		"-%" PRIu64 ".%03u %s %s %s %s %s seq=%u%s",
		ms / 1000, (unsigned int)(ms % 1000), record->sent ? "sent" : "received",
		cause_name(record),
		socket_text(&record->tuple.laddr, record->tuple.lport, local),
		socket_text(&record->tuple.raddr, record->tuple.rport, remote),
		rs_state_names[RTE_MIN(record->state, RS_STATE_MAX - 1)], record->seq, ack);
}

/* Order by time, the newest first, for qsort(). */
static int
compare_resets(const void *a, const void *b)
{
	const struct rs_reset_record *ra = a;
	const struct rs_reset_record *rb = b;

	return (ra->time < rb->time) - (ra->time > rb->time);
}

/* Read "[first[,count]]", or take the defaults. @return whether it was valid */
static bool
read_page(const char *params, unsigned long max, unsigned long *first, unsigned long *count)
{
	const char *end;

	*first = 0;
	*count = RS_TELEMETRY_PAGE;
	if (params == NULL || *params == '\0')
		return true;
	if (!rs_telemetry_number(params, max, first, &end))
		return false;
	if (*end == '\0')
		return true;
	return *end == ',' && rs_telemetry_number(end + 1, RS_TELEMETRY_PAGE, count, NULL);
}

static int
cmd_reset_recent(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_reset_record *records;
	unsigned long first, count;
	uint64_t now = rs_worker_clock_now(&app->clock);
	size_t n = 0;
	unsigned int i;

	if (!read_page(params, (unsigned long)app->n_workers * RS_RESET_LOG, &first, &count))
		return rs_telemetry_refuse(data, "FIRST is at most %u, COUNT at most %d",
			app->n_workers * RS_RESET_LOG, RS_TELEMETRY_PAGE);
	records = calloc((size_t)app->n_workers * RS_RESET_LOG, sizeof(*records));
	if (records == NULL)
		return -1;
	for (i = 0; i < app->n_workers; i++)
		n += rs_stack_resets(app->workers[i].stack, &records[n], RS_RESET_LOG);
	qsort(records, n, sizeof(*records), compare_resets);

	rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
	for (; first < n && count > 0; first++, count--) {
		char text[RS_TELEMETRY_RESET_MAX];

		rs_telemetry_reset(&records[first], now, text);
		rte_tel_data_add_array_string(data, text);
	}
	free(records);
	return 0;
}

/* Write the flags of a reset as "RST" or "RST,ACK". */
static void
write_flags(uint8_t flags, char *text, size_t size)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE",
		"CWR" };
	unsigned int i;

	*text = '\0';
	for (i = 0; i < RTE_DIM(names); i++) {
		if ((flags & 1u << i) == 0)
			continue;
		if (*text != '\0')
			strlcat(text, ",", size);
		strlcat(text, names[i], size);
	}
}

/* Fill a dict with a reset. */
static void
fill_row(struct rs_telemetry_row *row, const struct rs_logged_reset *reset, bool life)
{
	const struct rs_reset_record *record = &reset->record;
	char addr[INET6_ADDRSTRLEN];
	char flags[sizeof("FIN,SYN,RST,PSH,ACK,URG,ECE,CWR")];

	rs_telemetry_row_u64(row, "utc_us", reset->utc_us);
	rs_telemetry_row_string(row, "direction", record->sent ? "sent" : "received");
	rs_telemetry_row_string(row, record->sent ? "reason" : "verdict", cause_name(record));
	rs_telemetry_row_string(row, "laddr", rs_telemetry_addr(&record->tuple.laddr, addr));
	rs_telemetry_row_u64(row, "lport", record->tuple.lport);
	rs_telemetry_row_string(row, "raddr", rs_telemetry_addr(&record->tuple.raddr, addr));
	rs_telemetry_row_u64(row, "rport", record->tuple.rport);
	rs_telemetry_row_string(row, "state",
		rs_state_names[RTE_MIN(record->state, RS_STATE_MAX - 1)]);
	rs_telemetry_row_u64(row, "seq", record->seq);
	rs_telemetry_row_u64(row, "ack", record->ack);
	write_flags(record->flags, flags, sizeof(flags));
	rs_telemetry_row_string(row, "flags", flags);
	if (!record->of_conn || !life)
		return;
	rs_telemetry_row_u64(row, "age_ms", record->life.age_ms);
	rs_telemetry_row_u64(row, "rx_bytes", record->life.rx_bytes);
	rs_telemetry_row_u64(row, "tx_bytes", record->life.tx_bytes);
	rs_telemetry_row_u64(row, "retransmitted", record->life.retransmitted);
}

/* Arguments of choose_reset(). */
struct choice {
	const struct rs_app *app;
	const struct rs_filter *filter;
};

static bool
choose_reset(const void *arg, const struct rs_reset_record *record)
{
	const struct choice *choice = arg;

	return rs_filter_has_reset(choice->filter, choice->app, record);
}

/* Answer with resets, as many as an answer has room for. @return 0, or -1: no memory */
static int
answer_log(const struct rs_app *app, struct rte_tel_data *data,
	const struct rs_logged_reset *resets, unsigned int n)
{
	size_t bytes = 0;
	unsigned int i;

	rte_tel_data_start_dict(data);
	for (i = 0; i < n; i++) {
		struct rte_tel_data *dict = rte_tel_data_alloc();
		struct rs_telemetry_row row;
		char number[sizeof("18446744073709551615")];

		if (dict == NULL)
			return i > 0 ? 0 : -1;
		rs_telemetry_row_start(&row, dict);
		fill_row(&row, &resets[i], app->config.tcp.life);
		snprintf(number, sizeof(number), "%" PRIu64, resets[i].number);
		bytes += row.bytes + sizeof(number) + sizeof("\"\":,");
		if (bytes > RS_TELEMETRY_BYTES_MAX) {
			rte_tel_data_free(dict);
			break;
		}
		rte_tel_data_add_dict_container(data, number, dict, 0);
	}
	return 0;
}

static int
cmd_reset_log(const struct rs_app *app, const char *params, struct rte_tel_data *data)
{
	struct rs_filter filter;
	const struct choice choice = { .app = app, .filter = &filter };
	struct rs_logged_reset *resets;
	char error[RS_FILTER_ERROR_MAX];
	int ret;

	if (!rs_filter_parse(app, params, RS_FILTER_BIT(reason) | RS_FILTER_BIT(verdict) |
			RS_FILTER_BIT(listener) | RS_FILTER_BIT(prefix), LOG_PAGE, &filter,
			error))
		return rs_telemetry_refuse(data, "%s", error);
	resets = calloc(filter.count, sizeof(*resets));
	if (resets == NULL)
		return -1;
	rs_resets_collect(app->resets, app);
	ret = answer_log(app, data, resets, rs_resets_read(app->resets, filter.position,
		choose_reset, &choice, resets, filter.count));
	free(resets);
	return ret;
}

const struct rs_telemetry_command rs_reset_commands[] = {
	{ "/rstack/reset/log", cmd_reset_log,
		"Resets by number, oldest first. Parameters: after, count, reason= verdict= "
		"listener= prefix= (all optional)" },
	{ "/rstack/reset/recent", cmd_reset_recent,
		"The latest resets, newest first. Parameters: first, count (both optional)" },
	{ NULL, NULL, NULL },
};
