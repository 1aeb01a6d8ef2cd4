/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The log of events: a stream of rte_log that gives each line its form. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "log.h"

#define NAME(name) "rstack." #name,
const char *const rs_log_names[RS_LOG_TYPES] = { RS_LOGS(NAME) };

const char *const rs_log_level_names[] = { "error", "warning", "notice", "info", "debug" };

/* The level of rte_log. */
static uint32_t
rte_level(enum rs_log_level level)
{
	static const uint32_t levels[] = {
		RTE_LOG_ERR, RTE_LOG_WARNING, RTE_LOG_NOTICE, RTE_LOG_INFO, RTE_LOG_DEBUG,
	};

	return levels[level];
}

/* The level of a message, as a word; that of DPDK's own may be worse than an error. */
static const char *
level_name(int level)
{
	int index = level - (int)RTE_LOG_ERR;

	return rs_log_level_names[RTE_MAX(index, 0)];
}

/* Write one line to standard error, with the UTC time or with the level that journald reads. */
static void
write_line(const struct rs_logs *logs, int level, const char *text, int len)
{
	struct timespec now;
	struct tm tm;
	char when[32];

	if (logs->target == RS_LOG_SYSLOG) {
		syslog(level - 1, "%.*s", len, text);
		return;
	}
	if (logs->target == RS_LOG_JOURNAL) {
		fprintf(stderr, "<%d>%.*s\n", level - 1, len, text);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ldZ %s %.*s\n", when, now.tv_nsec / 1000000, level_name(level),
		len, text);
}

/* The stream of rte_log, to which a message is written at once. */
static ssize_t
stream_write(void *cookie, const char *text, size_t size)
{
	/* of another thread of DPDK it may not be known */
	int level = RTE_MIN(RTE_MAX(rte_log_cur_msg_loglevel(), 1), (int)RTE_LOG_DEBUG);
	const char *end = text + size;

	while (text < end) {
		size_t len = strcspn(text, "\n");

		len = RTE_MIN(len, (size_t)(end - text));
		if (len > 0)
			write_line(cookie, level, text, (int)len);
		text += len + 1;
	}
	return (ssize_t)size;
}

void
rs_log_set_level(enum rs_log_type type, enum rs_log_level level)
{
	/* a type that is known keeps its number */
	int id = rte_log_register(rs_log_names[type]);

	if (id >= 0)
		rte_log_set_level((uint32_t)id, rte_level(level));
}

enum rs_log_level
rs_log_level(enum rs_log_type type)
{
	int id = rte_log_register(rs_log_names[type]);
	int level = id < 0 ? 0 : rte_log_get_level((uint32_t)id);
	int index = level - (int)RTE_LOG_ERR;

	return (enum rs_log_level)RTE_MAX(index, 0);
}

void
rs_log_start(struct rs_logs *logs, const struct rs_config *config, bool own_levels)
{
	const cookie_io_functions_t functions = { .write = stream_write };
	unsigned int i;

	memset(logs, 0, sizeof(*logs));
	logs->target = config->log;
	if (config->log == RS_LOG_SYSLOG)
		openlog(getprogname(), LOG_PID, LOG_DAEMON);
	/* EAL was started with the level of warnings for all; --log-level is the user's choice */
	if (!own_levels) {
		rte_log_set_level_pattern("*", RTE_LOG_WARNING);
		rte_log_set_global_level(RTE_LOG_DEBUG);
	}
	for (i = 0; i < RS_LOG_TYPES; i++)
		rs_log_set_level((enum rs_log_type)i, config->log_level);
	logs->stream = fopencookie(logs, "w", functions);
	if (logs->stream != NULL)
		setvbuf(logs->stream, NULL, _IOLBF, 0);
	rte_openlog_stream(logs->stream);
}

void
rs_log_end(struct rs_logs *logs)
{
	if (logs->stream == NULL)
		return;
	rte_openlog_stream(NULL);
	fclose(logs->stream);
	logs->stream = NULL;
	if (logs->target == RS_LOG_SYSLOG)
		closelog();
}

/* Whether a type may write another line in this second. @param lost [out] lines lost before */
static bool
is_allowed(struct rs_logs *logs, enum rs_log_type type, unsigned int *lost)
{
	struct timespec now;

	*lost = 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (logs->second[type] != (uint64_t)now.tv_sec) {
		logs->second[type] = (uint64_t)now.tv_sec;
		logs->lines[type] = 0;
		*lost = logs->lost[type];
		logs->lost[type] = 0;
	}
	if (logs->lines[type]++ < RS_LOG_RATE)
		return true;
	logs->lost[type]++;
	return false;
}

/* Replace characters that would end the line, because texts such as names of files are users'. */
static void
make_one_line(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void
rs_log(struct rs_logs *logs, enum rs_log_type type, enum rs_log_level level, const char *format,
	...)
{
	int id = rte_log_register(rs_log_names[type]);
	unsigned int lost;
	char text[1024];
	va_list ap;

	if (id < 0 || !rte_log_can_log((uint32_t)id, rte_level(level)) ||
	    !is_allowed(logs, type, &lost))
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	make_one_line(text);
	if (lost > 0)
		rte_log(rte_level(level), (uint32_t)id, "%s: %u lines were not written, because "
			"there were too many in a second\n", rs_log_names[type], lost);
	rte_log(rte_level(level), (uint32_t)id, "%s: %s\n", rs_log_names[type], text);
}
