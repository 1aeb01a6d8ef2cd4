/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The log of events: its lines on standard error, in syslog and for the journal, its levels and its
 * rate limit. The clocks and syslog are the test's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <rte_common.h>
#include <rte_log.h>

#include "log.h"

#define TIME "2026-11-29T22:53:38.042Z "

/* Seconds since the start of the machine. */
static time_t uptime = 1000;

/* Messages that syslog was given: "PRIORITY TEXT\n" each; and how often it is open. */
static char syslog_text[4096];
static unsigned int syslog_opens, syslog_closes;

/* Standard error while it is captured. */
static struct {
	FILE *real;
	char *text;
	size_t size;
} captured;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
void __wrap_openlog(const char *name, int option, int facility);
void __wrap_syslog(int priority, const char *format, ...) __rte_format_printf(2, 3);
void __wrap___syslog_chk(int priority, int flag, const char *format, ...)
	__rte_format_printf(3, 4);
void __wrap_closelog(void);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	/* date -u -d 2026-11-29T22:53:38 +%s */
	*now = (struct timespec){ .tv_sec = clock == CLOCK_MONOTONIC ? uptime : 1795992818,
		.tv_nsec = 42999999 };
	return 0;
}

void
__wrap_openlog(const char *name __rte_unused, int option, int facility)
{
	syslog_opens++;
	assert_int_equal(option, LOG_PID);
	assert_int_equal(facility, LOG_DAEMON);
}

static void
note_syslog(int priority, const char *format, va_list args)
{
	size_t len = strlen(syslog_text);

	len += (size_t)snprintf(syslog_text + len, sizeof(syslog_text) - len, "%d ", priority);
	vsnprintf(syslog_text + len, sizeof(syslog_text) - len, format, args);
	strlcat(syslog_text, "\n", sizeof(syslog_text));
}

void
__wrap_syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_syslog(priority, format, args);
	va_end(args);
}

/* syslog() is this with _FORTIFY_SOURCE. */
void
__wrap___syslog_chk(int priority, int flag __rte_unused, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_syslog(priority, format, args);
	va_end(args);
}

void
__wrap_closelog(void)
{
	syslog_closes++;
}

/* Start the log in a second of its own, and capture standard error. */
static void
start(struct rs_logs *logs, enum rs_log_target target, enum rs_log_level level, bool own_levels)
{
	struct rs_config *config = calloc(1, sizeof(*config));

	assert_non_null(config);
	config->log = target;
	config->log_level = level;
	uptime += 10;
	captured.real = stderr;
	stderr = open_memstream(&captured.text, &captured.size);
	rs_log_start(logs, config, own_levels);
	free(config);
}

/* The text that was captured since the last call; valid until the next one. */
static const char *
said(void)
{
	static char text[8192];

	fflush(stderr);
	strlcpy(text, captured.text != NULL ? captured.text : "", sizeof(text));
	rewind(stderr);
	if (captured.text != NULL)
		memset(captured.text, 0, captured.size);
	return text;
}

/* End the log, and give standard error back. Nothing may be left that no said() looked at. */
static void
end(struct rs_logs *logs)
{
	char left[256];

	rs_log_end(logs);
	strlcpy(left, said(), sizeof(left));
	fclose(stderr);
	stderr = captured.real;
	free(captured.text);
	memset(&captured, 0, sizeof(captured));
	rte_log_set_global_level(RTE_LOG_DEBUG);
	assert_string_equal(left, "");
}

static unsigned int
count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void
line_has_time_level_and_type(void **state __rte_unused)
{
	struct rs_logs logs;

	start(&logs, RS_LOG_STDERR, RS_LOG_DEBUG, false);
	rs_log(&logs, RS_LOG_reload, RS_LOG_NOTICE, "[listen %s] is new", "low");
	assert_string_equal(said(), TIME "notice rstack.reload: [listen low] is new\n");
	rs_log(&logs, RS_LOG_health, RS_LOG_ERROR, "a");
	rs_log(&logs, RS_LOG_stop, RS_LOG_WARNING, "b");
	rs_log(&logs, RS_LOG_stop, RS_LOG_INFO, "c");
	rs_log(&logs, RS_LOG_stop, RS_LOG_DEBUG, "d");
	assert_string_equal(said(), TIME "error rstack.health: a\n"
		TIME "warning rstack.stop: b\n" TIME "info rstack.stop: c\n"
		TIME "debug rstack.stop: d\n");
	end(&logs);
}

/* A text of the user's, such as the name of a file, cannot make lines that look like others. */
static void
event_is_one_line(void **state __rte_unused)
{
	struct rs_logs logs;
	char text[3000];
	const char *line;

	start(&logs, RS_LOG_STDERR, RS_LOG_DEBUG, false);
	rs_log(&logs, RS_LOG_stop, RS_LOG_ERROR, "hook /a\n%serror rstack.stop: forged\r\x1b",
		TIME);
	line = said();
	assert_string_equal(line, TIME "error rstack.stop: hook /a?" TIME
		"error rstack.stop: forged??\n");
	/* letters of other languages stay */
	rs_log(&logs, RS_LOG_stop, RS_LOG_ERROR, "hook /\xc3\xa9");
	assert_string_equal(said(), TIME "error rstack.stop: hook /\xc3\xa9\n");
	/* a text that is too long is cut, and its line ends */
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	rs_log(&logs, RS_LOG_stop, RS_LOG_ERROR, "%s", text);
	line = said();
	assert_int_equal(count_lines(line), 1);
	assert_in_range(strlen(line), 1000, 1200);
	assert_int_equal(line[strlen(line) - 1], '\n');
	end(&logs);
}

static void
level_of_the_file_chooses(void **state __rte_unused)
{
	struct rs_logs logs;
	unsigned int least, level, type;

	for (least = 0; least < RS_LOG_LEVELS; least++) {
		start(&logs, RS_LOG_STDERR, (enum rs_log_level)least, false);
		for (type = 0; type < RS_LOG_TYPES; type++) {
			assert_int_equal(rs_log_level((enum rs_log_type)type), least);
			for (level = 0; level < RS_LOG_LEVELS; level++) {
				rs_log(&logs, (enum rs_log_type)type, (enum rs_log_level)level,
					"event");
				assert_int_equal(count_lines(said()), level <= least);
			}
		}
		end(&logs);
	}
}

static void
level_of_a_type_changes_at_run_time(void **state __rte_unused)
{
	struct rs_logs logs;

	start(&logs, RS_LOG_STDERR, RS_LOG_NOTICE, false);
	rs_log_set_level(RS_LOG_health, RS_LOG_DEBUG);
	rs_log_set_level(RS_LOG_stop, RS_LOG_ERROR);
	assert_int_equal(rs_log_level(RS_LOG_health), RS_LOG_DEBUG);
	assert_int_equal(rs_log_level(RS_LOG_stop), RS_LOG_ERROR);
	assert_int_equal(rs_log_level(RS_LOG_reload), RS_LOG_NOTICE);
	rs_log(&logs, RS_LOG_health, RS_LOG_DEBUG, "a");
	rs_log(&logs, RS_LOG_stop, RS_LOG_WARNING, "b");
	rs_log(&logs, RS_LOG_reload, RS_LOG_INFO, "c");
	assert_string_equal(said(), TIME "debug rstack.health: a\n");
	end(&logs);
}

/* Messages of DPDK have the same form; below warnings they are not written. */
static void
messages_of_dpdk_have_the_form(void **state __rte_unused)
{
	struct rs_logs logs;

	start(&logs, RS_LOG_STDERR, RS_LOG_DEBUG, false);
	rte_log(RTE_LOG_NOTICE, RTE_LOGTYPE_EAL, "EAL: quiet\n");
	assert_string_equal(said(), "");
	rte_log(RTE_LOG_WARNING, RTE_LOGTYPE_EAL, "EAL: one\nEAL: two\n\n");
	assert_string_equal(said(), TIME "warning EAL: one\n" TIME "warning EAL: two\n");
	rte_log(RTE_LOG_EMERG, RTE_LOGTYPE_EAL, "EAL: without an end");
	assert_string_equal(said(), TIME "error EAL: without an end\n");
	end(&logs);
}

/* EAL's --log-level is the user's choice, and limits rstack's types, too. */
static void
levels_of_the_command_line_stay(void **state __rte_unused)
{
	struct rs_logs logs;

	rte_log_set_global_level(RTE_LOG_ERR);
	start(&logs, RS_LOG_STDERR, RS_LOG_DEBUG, true);
	rs_log(&logs, RS_LOG_stop, RS_LOG_WARNING, "a");
	rs_log(&logs, RS_LOG_stop, RS_LOG_ERROR, "b");
	assert_string_equal(said(), TIME "error rstack.stop: b\n");
	end(&logs);
	rte_log_set_global_level(RTE_LOG_ERR);
	start(&logs, RS_LOG_STDERR, RS_LOG_DEBUG, false);
	rs_log(&logs, RS_LOG_stop, RS_LOG_WARNING, "a");
	assert_int_equal(count_lines(said()), 1);
	end(&logs);
}

/* A type has RS_LOG_RATE lines a second, and the next second tells how many were not written. */
static void
rate_of_a_type_is_limited(void **state __rte_unused)
{
	struct rs_logs logs;
	unsigned int i;

	start(&logs, RS_LOG_STDERR, RS_LOG_NOTICE, false);
	for (i = 0; i < RS_LOG_RATE + 33; i++) {
		rs_log(&logs, RS_LOG_health, RS_LOG_NOTICE, "a");
		/* a line that its level keeps out does not count */
		rs_log(&logs, RS_LOG_health, RS_LOG_DEBUG, "a");
	}
	assert_int_equal(count_lines(said()), RS_LOG_RATE);
	rs_log(&logs, RS_LOG_stop, RS_LOG_NOTICE, "b");
	assert_string_equal(said(), TIME "notice rstack.stop: b\n");
	uptime++;
	rs_log(&logs, RS_LOG_health, RS_LOG_NOTICE, "c");
	assert_string_equal(said(), TIME "notice rstack.health: 33 lines were not written, because "
		"there were too many in a second\n" TIME "notice rstack.health: c\n");
	uptime++;
	rs_log(&logs, RS_LOG_health, RS_LOG_NOTICE, "d");
	assert_string_equal(said(), TIME "notice rstack.health: d\n");
	end(&logs);
}

static void
syslog_gets_priorities(void **state __rte_unused)
{
	struct rs_logs logs;

	start(&logs, RS_LOG_SYSLOG, RS_LOG_DEBUG, false);
	assert_int_equal(syslog_opens, 1);
	rs_log(&logs, RS_LOG_stop, RS_LOG_ERROR, "a 100 %%s");
	rs_log(&logs, RS_LOG_stop, RS_LOG_WARNING, "b");
	rs_log(&logs, RS_LOG_stop, RS_LOG_NOTICE, "c");
	rs_log(&logs, RS_LOG_stop, RS_LOG_INFO, "d");
	rs_log(&logs, RS_LOG_stop, RS_LOG_DEBUG, "e");
	assert_string_equal(syslog_text, "3 rstack.stop: a 100 %s\n4 rstack.stop: b\n"
		"5 rstack.stop: c\n6 rstack.stop: d\n7 rstack.stop: e\n");
	assert_int_equal(syslog_closes, 0);
	end(&logs);
	assert_int_equal(syslog_closes, 1);
}

/* journald has the time, and reads the level in front of a line. */
static void
journal_gets_levels(void **state __rte_unused)
{
	struct rs_logs logs;

	start(&logs, RS_LOG_JOURNAL, RS_LOG_DEBUG, false);
	rs_log(&logs, RS_LOG_stop, RS_LOG_ERROR, "a");
	rs_log(&logs, RS_LOG_stop, RS_LOG_DEBUG, "b");
	assert_string_equal(said(), "<3>rstack.stop: a\n<7>rstack.stop: b\n");
	end(&logs);
	/* after the end, or a start that failed, nothing is left to end */
	rs_log_end(&logs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_has_time_level_and_type),
		cmocka_unit_test(event_is_one_line),
		cmocka_unit_test(level_of_the_file_chooses),
		cmocka_unit_test(level_of_a_type_changes_at_run_time),
		cmocka_unit_test(messages_of_dpdk_have_the_form),
		cmocka_unit_test(levels_of_the_command_line_stay),
		cmocka_unit_test(rate_of_a_type_is_limited),
		cmocka_unit_test(syslog_gets_priorities),
		cmocka_unit_test(journal_gets_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
