/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The change of a running configuration to that of a file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_fixture.h"

#define WEB "[listen web]\nport = 80\nservice = http\nbody = 1k\n"
#define ECHO "[listen echo]\nport = 7\nservice = echo\n"

/* The running configuration; static, because it is large. */
static struct rs_config running;

/* Begin with a text. */
static void
start(struct config_fixture *f, const char *text)
{
	assert_taken(f, text);
	running = f->config;
}

/* Change to a text: these lines change now, and these later. @return as rs_config_change() */
static int
change(struct config_fixture *f, const char *text, const char *now, const char *later)
{
	char *now_text, *later_text, *err_text;
	size_t len;
	FILE *now_file = open_memstream(&now_text, &len);
	FILE *later_file = open_memstream(&later_text, &len);
	FILE *err_file = open_memstream(&err_text, &len);
	int ret;

	assert_taken(f, text);
	ret = rs_config_change(&running, &f->config, now_file, later_file, err_file);
	fclose(now_file);
	fclose(later_file);
	fclose(err_file);
	if (ret == 0) {
		assert_string_equal(now_text, now);
		assert_string_equal(later_text, later);
	} else {
		assert_non_null(strstr(err_text, now));
	}
	free(now_text);
	free(later_text);
	free(err_text);
	return ret;
}

/* A change of the access list says how much of it stays. */
static void
rules_change(void **state)
{
	struct config_fixture *f = *state;

	start(f, PORT_0 WEB "[acl a]\nrule = allow 192.0.2.0/24\nrule = drop any listener web\n");
	assert_int_equal(change(f, PORT_0 WEB "[acl b]\nrule = allow 192.0.2.0/24\n[acl a]\n"
		"rule = drop any listener web\n", "", ""), 0);
	assert_int_equal(change(f, PORT_0 WEB "[acl a]\nrule = allow 192.0.2.0/24\n"
		"rule = reset any listener web\n",
		"[acl] has 2 rules, the first 1 of them as before\n", ""), 0);
	assert_int_equal(running.acl.rules[1].action, RS_ACL_RESET);
	assert_int_equal(change(f, PORT_0 WEB, "[acl] has 0 rules, the first 0 of them as before\n",
		""), 0);
}

static void
same_file_changes_nothing(void **state)
{
	struct config_fixture *f = *state;

	start(f, PORT_0 WEB ECHO);
	assert_int_equal(change(f, PORT_0 WEB ECHO, "", ""), 0);
	assert_int_equal(change(f, PORT_0 ECHO "nodelay = no\n" WEB, "", ""), 0);
	assert_int_equal(running.n_listeners, 2);
	assert_string_equal(running.listeners[0].name, "web");
}

static void
listeners_keep_their_index_and_id(void **state)
{
	struct config_fixture *f = *state;
	uint32_t id;

	start(f, PORT_0 WEB ECHO);
	id = running.listeners[1].id;
	assert_int_equal(change(f, PORT_0 "[listen new]\nport = 9\nservice = discard\n"
		"[listen echo]\nport = 8\nservice = echo\nnodelay = yes\nmax_connections = 0\n"
		"no_connection = drop\n",
		"[listen web] is gone\n[listen echo] port = 8\n[listen echo] nodelay = yes\n"
		"[listen echo] no_connection = drop\n"
		"[listen new] is new\n", ""), 0);
	assert_int_equal(running.n_listeners, 3);
	assert_true(running.listeners[0].gone);
	assert_string_equal(running.listeners[0].service, "http");
	assert_int_equal(running.listeners[1].id, id);
	assert_int_equal(running.listeners[1].port_first, 8);
	assert_true(running.listeners[2].id > id);
}

/* Settings of a service, of security and whether connections count make another listener. */
static void
other_settings_of_the_service_make_another_listener(void **state)
{
	static const struct {
		const char *text;
		const char *now;
	} cases[] = {
		{ "[listen web]\nport = 80\nservice = http\nbody = 2k\n",
			"[listen web] body = 2k\n" },
		{ WEB "idle_timeout = 5s\n", "[listen web] idle_timeout = 5s\n" },
		{ WEB "max_connections = 5\n", "[listen web] max_connections = 5\n" },
		{ "[listen web]\nport = 80\nservice = echo\n", "[listen web] service = echo\n" },
	};
	struct config_fixture *f = *state;
	unsigned int i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		char text[1024];

		start(f, PORT_0 WEB);
		snprintf(text, sizeof(text), PORT_0 "%s", cases[i].text);
		assert_int_equal(change(f, text, cases[i].now, ""), 0);
		assert_int_equal(running.n_listeners, 2);
		assert_true(running.listeners[0].gone);
		assert_false(running.listeners[1].gone);
		assert_string_equal(running.listeners[1].name, "web");
	}
	/* from one limit to another it stays */
	start(f, PORT_0 WEB "max_connections = 5\n");
	assert_int_equal(change(f, PORT_0 WEB "max_connections = 6\n",
		"[listen web] max_connections = 6\n", ""), 0);
	assert_int_equal(running.n_listeners, 1);
}

/* A closed range has no connections, so its index is free at once. */
static void
index_is_used_again(void **state)
{
	struct config_fixture *f = *state;

	start(f, PORT_0 "[closed a]\nport = 1-5\nanswer = drop\n" ECHO);
	assert_int_equal(change(f, PORT_0 ECHO, "[closed a] is gone\n", ""), 0);
	assert_int_equal(change(f, PORT_0 ECHO WEB, "[listen web] is new\n", ""), 0);
	assert_string_equal(running.listeners[0].name, "web");
	assert_int_equal(change(f, PORT_0 ECHO, "[listen web] is gone\n", ""), 0);
	assert_int_equal(change(f, PORT_0 ECHO WEB, "[listen web] is new\n", ""), 0);
	assert_int_equal(running.n_listeners, 3);
	rs_config_forget(&running, 0);
	assert_int_equal(change(f, PORT_0 WEB "[listen echo]\nport = 7\nservice = discard\n",
		"[listen echo] service = discard\n", ""), 0);
	assert_string_equal(running.listeners[0].service, "discard");
}

/* As many listeners that are gone as there may be, and one more. */
static void
no_index_is_left(void **state)
{
	struct config_fixture *f = *state;
	unsigned int i;
	int ret = 0;

	start(f, PORT_0 WEB);
	for (i = 0; i < RS_LISTENERS_MAX - 1; i++)
		assert_int_equal(change(f, i % 2 == 0 ? PORT_0 ECHO : PORT_0 WEB,
			i % 2 == 0 ? "[listen web] is gone\n[listen echo] is new\n" :
			"[listen echo] is gone\n[listen web] is new\n", ""), 0);
	ret = change(f, i % 2 == 0 ? PORT_0 ECHO : PORT_0 WEB, "finds no room", "");
	assert_int_equal(ret, -1);
}

static void
keys_change_now_or_later(void **state)
{
	struct config_fixture *f = *state;

	start(f, PORT_0);
	assert_int_equal(change(f, PORT_0 "terminate = 10.0.0.0/8\nmtu = 1400\n"
		PORT_1 "[worker]\nmbuf_cache = 64\n[tcp]\nmsl = 5s\nclosed = drop\n"
		"[limits]\nsource_prefix = 16\n[stop]\nhow = reset\ntimeout = 1s\n"
		"[icmp]\nerrors_per_second = 7\n[watch]\nkill = any\ncapture_reasons = killed\n",
		"[port 0] terminate = 10.0.0.0/8\n[tcp] closed = drop\n"
		"[icmp] errors_per_second = 7\n[limits] source_prefix = 16\n"
		"[stop] how = reset\n[stop] timeout = 1s\n"
		"[watch] kill = any\n[watch] capture_reasons = killed\n",
		"[port 0] mtu\n[port 1], which is new\n"
		"[worker] mbufs\n[worker] mbuf_cache\n[tcp] msl\n"), 0);
	assert_int_equal(running.ports[0].n_terminate, 1);
	assert_int_equal(running.ports[0].mtu, 0);
	assert_int_equal(running.n_ports, 1);
	assert_int_equal(running.tcp.msl_ms, 30000);
	assert_true(running.tcp.closed_drop);
	assert_int_equal(running.source_prefix, 16);
	assert_int_equal(running.stop_timeout_ms, 1000);
	assert_int_equal(change(f, PORT_1, "[tcp] closed = reset\n"
		"[icmp] errors_per_second = 100\n[limits] source_prefix = 24\n"
		"[stop] how = finish\n[stop] timeout = 5s\n"
		"[watch] kill = one\n[watch] capture_reasons = all\n",
		"[port 0], which is gone\n[port 1], which is new\n"), 0);
}

/* A file that is served may change, with the same name. */
static void
changed_file_makes_another_listener(void **state)
{
	struct config_fixture *f = *state;
	char text[512], path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/body", f->dir);
	file = fopen(path, "w");
	fputs("abc", file);
	fclose(file);
	snprintf(text, sizeof(text), PORT_0 "[listen web]\nport = 80\nservice = http\n"
		"body = %s\n", path);
	start(f, text);
	assert_int_equal(change(f, text, "", ""), 0);
	file = fopen(path, "a");
	fputs("d", file);
	fclose(file);
	assert_int_equal(change(f, text, "[listen web] body: the file has changed\n", ""), 0);
	assert_true(running.listeners[0].gone);
	remove(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_file_changes_nothing),
		cmocka_unit_test(rules_change),
		cmocka_unit_test(listeners_keep_their_index_and_id),
		cmocka_unit_test(other_settings_of_the_service_make_another_listener),
		cmocka_unit_test(index_is_used_again),
		cmocka_unit_test(no_index_is_left),
		cmocka_unit_test(keys_change_now_or_later),
		cmocka_unit_test(changed_file_makes_another_listener),
	};

	return cmocka_run_group_tests(tests, config_setup, config_teardown);
}
