/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The lines of the configuration: their numbers, quotes, units of times, and files included. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config_fixture.h"

/* Write a file beside the configuration. @return its path */
static const char *
write_file(const struct config_fixture *f, const char *name, const char *text)
{
	static char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

static void
remove_file(const struct config_fixture *f, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	remove(path);
}

/* A sentence names the file and the line. */
static void
assert_line(struct config_fixture *f, const char *text, unsigned int line, const char *sentence)
{
	char expected[1024];

	snprintf(expected, sizeof(expected), "%s:%u: %s", f->path, line, sentence);
	assert_int_equal(config_load(f, text), -1);
	if (strncmp(f->err, expected, strlen(expected)) != 0)
		fail_msg("expected %s\nbut: %s", expected, f->err);
}

static void
sentences_have_line_numbers(void **state)
{
	struct config_fixture *f = *state;

	assert_line(f, PORT_0 "\n; nothing\n[tcp]\nttl = 64\nmss = x\n", 8, "[tcp] mss = x: ");
	assert_line(f, PORT_0 "[tcp]\nttl = 1\nttl = 2\n", 6, "[tcp] ttl = 2: is set twice");
	assert_line(f, PORT_0 "[tcp]\nttl = 1\n\n[tcp]\n", 7, "[tcp]: is set twice");
	assert_line(f, "\na = b\n" PORT_0, 2, "a = b: is in no section");
	assert_line(f, PORT_0 "\nnonsense\n", 5, "nonsense: is neither");
	assert_line(f, PORT_0 "[listen a]\nport = 7\n", 4, "[listen a] service: is missing");
	/* of checks after the reading, too */
	assert_line(f, PORT_0 "gateway = 10.0.0.1\n", 4, "[port 0] gateway = 10.0.0.1: is not on");
	assert_line(f, PORT_0 "[tcp]\nrto_initial = 10s\n\nrto_min = 20s\n", 7,
		"[tcp] rto_min = 20s: is greater");
	/* what is missing as a whole has no line */
	assert_refused(f, "", "[port N]: is missing; expected at least one, with device and "
		"address");
}

/* The sentence about a rule names the line, be it of the configuration or of a file of rules. */
static void
rules_have_line_numbers(void **state)
{
	struct config_fixture *f = *state;
	char expected[512];

	assert_line(f, PORT_0 "[acl a]\nrule = allow any\nrule = deny any\n", 6,
		"[acl a] rule = deny any: begins with none of allow, drop and reset; expected ");
	assert_line(f, PORT_0 "[acl a]\nrule = allow any\nrule = drop any listener web\n"
		"rule = reset any listener web\n", 6, "[acl a] rule: names listener web; expected "
		"the name of a listen or closed section");
	assert_line(f, PORT_0 "[acl a]\n[acl a]\n", 5, "[acl a]: is set twice");
	write_file(f, "rules", "# first\nallow 192.0.2.0/24\n\ndrop 192.0.2.0/33 ; bad\n"
		"drop any listener none\n");
	assert_int_equal(config_load(f, PORT_0 "[acl a]\nfile = rules\n"), -1);
	snprintf(expected, sizeof(expected), "%s/rules:4: [acl a] rule = drop 192.0.2.0/33: is not "
		"an IP address with a prefix length; expected ", f->dir);
	assert_memory_equal(f->err, expected, strlen(expected));
	snprintf(expected, sizeof(expected), "\n%s/rules:5: [acl a] rule: names listener none; ",
		f->dir);
	assert_non_null(strstr(f->err, expected));
	remove_file(f, "rules");
}

/* Rules of sections, keys and files make one list in their order; listeners get their index. */
static void
rules_stand_in_their_order(void **state)
{
	static const enum rs_acl_action actions[] = { RS_ACL_ALLOW, RS_ACL_RESET, RS_ACL_DROP,
		RS_ACL_ALLOW, RS_ACL_DROP };
	static struct rs_acl_rule rules[RS_ACL_RULES_MAX];
	struct config_fixture *f = *state;
	unsigned int i;

	write_file(f, "rules", "reset 198.51.100.0/24 listener web port 81\ndrop any");
	assert_taken(f, PORT_0 "[acl a]\nrule = allow 192.0.2.0/24\nfile = rules\n"
		"rule = allow any listener low\n[closed low]\nport = 1-9\nanswer = drop\n"
		"[listen web]\nport = 80-90\nservice = echo\n[acl b]\nrule = drop 2001:db8::1\n");
	assert_int_equal(rs_config_acl_rules(&f->config, rules), 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(rules[i].action, actions[i]);
	assert_int_equal(rules[0].listener, -1);
	assert_int_equal(rules[1].listener, 1);
	assert_int_equal(rules[1].port_first, 81);
	assert_int_equal(rules[1].source.len, 120);
	assert_int_equal(rules[3].listener, 0);
	assert_int_equal(rules[4].source.len, 128);
	/* rules for a listener that is gone are left out */
	f->config.listeners[1].gone = true;
	assert_int_equal(rs_config_acl_rules(&f->config, rules), 4);
	assert_int_equal(rules[1].action, RS_ACL_DROP);
	remove_file(f, "rules");
}

/* A file has room for the most rules, and one more is refused by its line. */
static void
file_of_the_most_rules(void **state)
{
	struct config_fixture *f = *state;
	char expected[256];
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	unsigned int i;

	for (i = 0; i < RS_ACL_RULES_MAX; i++)
		fprintf(out, "drop 10.%u.%u.0/24\n", i / 256, i % 256);
	fflush(out);
	write_file(f, "rules", text);
	assert_taken(f, PORT_0 "[acl a]\nfile = rules\n");
	assert_int_equal(f->config.acl.n_rules, RS_ACL_RULES_MAX);
	fprintf(out, "drop any\n");
	fclose(out);
	write_file(f, "rules", text);
	assert_int_equal(config_load(f, PORT_0 "[acl a]\nfile = rules\n"), -1);
	snprintf(expected, sizeof(expected), "%s/rules:%d: [acl a] rule = drop any: is one rule "
		"too many; ", f->dir, RS_ACL_RULES_MAX + 1);
	assert_memory_equal(f->err, expected, strlen(expected));
	free(text);
	remove_file(f, "rules");
}

/* Random lines, of words that rules have and of any bytes: taken, or refused in a sentence. */
static void
random_rules_are_taken_or_refused(void **state)
{
	static const char *const words[] = { "allow", "drop", "reset", "any", "192.0.2.0/24",
		"::/0", "2001:db8::/32", "port", "80", "1-9", "listener", "a", "/", "0", "-", "#",
		"\t", "=" };
	const size_t n_words = sizeof(words) / sizeof(words[0]);
	struct config_fixture *f = *state;
	unsigned int seed = 5, taken = 0, i, j;
	bool is_taken;

	for (i = 0; i < 2000; i++) {
		char line[200] = "";
		size_t n = 0;

		for (j = (unsigned int)rand_r(&seed) % 8; j > 0; j--)
			n += (size_t)snprintf(line + n, sizeof(line) - n, "%s ",
				words[(size_t)rand_r(&seed) % n_words]);
		if (rand_r(&seed) % 4 == 0 && n > 0)
			line[(size_t)rand_r(&seed) % n] = (char)(1 + rand_r(&seed) % 255);
		write_file(f, "rules", line);
		is_taken = config_load(f, PORT_0 "[acl a]\nfile = rules\n[listen a]\nport = 7\n"
			"service = echo\n") == 0;
		assert_int_equal(f->err_len == 0, is_taken);
		assert_true(is_taken || strstr(f->err, "; expected ") != NULL);
		taken += is_taken;
	}
	assert_in_range(taken, 100, 1900);
	remove_file(f, "rules");
}

static void
times_need_a_unit(void **state)
{
	struct config_fixture *f = *state;

	assert_refused(f, PORT_0 "[tcp]\nmsl = 30\n", "[tcp] msl = 30: has no unit; expected a "
		"time from 1ms to 10min with its unit (us, ms, s, min, h), like 10min");
	assert_refused(f, PORT_0 "[stop]\ntimeout = 5\n", "[stop] timeout = 5: has no unit; "
		"expected a time from 0 to 1h with its unit (us, ms, s, min, h), like 1h");
	assert_taken(f, PORT_0 "[tcp]\nmsl = 30 s\nack_delay = 0\nuser_timeout = 00\n"
		"[stop]\ntimeout = 0\n");
	assert_int_equal(f->config.tcp.msl_ms, 30000);
	assert_int_equal(f->config.stop_timeout_ms, 0);
	/* sizes need none */
	assert_taken(f, PORT_0 "[tcp]\nrcv_buf = 70000\n");
}

static void
quotes_keep_semicolons(void **state)
{
	struct config_fixture *f = *state;

	assert_taken(f, PORT_0 "[listen a]\nport = 80\nservice = http\n"
		"content_type = \"text/plain; a ; b\" ; a comment\n");
	assert_string_equal(f->config.listeners[0].content_type, "text/plain; a ; b");
	assert_taken(f, PORT_0 "[listen a]\nport = 80\nservice = http\n"
		"content_type = text/plain; a=\"x ; y\"; b ; a comment\n");
	assert_string_equal(f->config.listeners[0].content_type, "text/plain; a=\"x ; y\"; b");
	/* a quote that does not end is a character */
	assert_taken(f, PORT_0 "[listen a]\nport = 80\nservice = http\n"
		"content_type = text/plain\" ; a comment\n");
	assert_string_equal(f->config.listeners[0].content_type, "text/plain\"");
	assert_taken(f, PORT_0 "[eal]\nargs = \"\"\n");
	assert_string_equal(f->config.eal.args, "");
}

static void
files_are_included(void **state)
{
	struct config_fixture *f = *state;
	char folder[200];

	snprintf(folder, sizeof(folder), "%s/more", f->dir);
	mkdir(folder, 0755);
	write_file(f, "a.ini", "; first\n" PORT_0);
	write_file(f, "more/2.ini", "[listen b]\nport = 8\nservice = http\nbody = page\n");
	write_file(f, "more/1.ini", "include = ../more/sub\n[listen a]\nport = 7\n"
		"service = echo\n");
	write_file(f, "more/sub", "[tcp]\nttl = 9\n");
	write_file(f, "more/page", "abc");
	write_file(f, "more/README", "no configuration\n");
	assert_taken(f, "include = a.ini\ninclude = more\n[stop]\nhow = reset\n");
	assert_int_equal(f->config.n_ports, 1);
	assert_int_equal(f->config.n_listeners, 2);
	assert_string_equal(f->config.listeners[0].name, "a");
	assert_int_equal(f->config.tcp.ttl, 9);
	assert_true(f->config.stop_reset);
	/* a file is named relative to the file that names it */
	snprintf(folder, sizeof(folder), "%s/more/page", f->dir);
	assert_string_equal(f->config.listeners[1].body.file, folder);

	/* the sentence names the included file and its line */
	write_file(f, "more/1.ini", "[listen a]\nport = 70000\nservice = echo\n");
	assert_said(f, "include = a.ini\ninclude = more\n", "/more/1.ini:2: [listen a] port = "
		"70000: ");
	write_file(f, "more/1.ini", "[port 0]\n");
	assert_said(f, "include = a.ini\ninclude = more\n", "/more/1.ini:1: [port 0]: is set "
		"twice");
	remove_file(f, "more/sub");
	remove_file(f, "more/page");
	remove_file(f, "more/README");
	remove_file(f, "more/1.ini");
	remove_file(f, "more/2.ini");
	remove_file(f, "more");
	remove_file(f, "a.ini");
}

static void
bad_includes_are_refused(void **state)
{
	struct config_fixture *f = *state;

	assert_line(f, "\ninclude = nowhere.ini\n" PORT_0, 2, f->dir);
	assert_said(f, "include = nowhere.ini\n" PORT_0, "/nowhere.ini: cannot be read: No such "
		"file or directory; expected a configuration file");
	assert_line(f, PORT_0 "include = a.ini\n", 4, "include = a.ini: stands in a section; "
		"expected it above the first section of its file");
	write_file(f, "a.ini", "include = x.ini\n");
	assert_said(f, "include = a.ini\n" PORT_0, "/a.ini:1: include: ");
	assert_said(f, "include = a.ini\n" PORT_0, "includes itself");
	assert_said(f, "include = x.ini\n" PORT_0, "includes itself");
	remove_file(f, "a.ini");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_have_line_numbers),
		cmocka_unit_test(rules_have_line_numbers),
		cmocka_unit_test(rules_stand_in_their_order),
		cmocka_unit_test(file_of_the_most_rules),
		cmocka_unit_test(random_rules_are_taken_or_refused),
		cmocka_unit_test(times_need_a_unit),
		cmocka_unit_test(quotes_keep_semicolons),
		cmocka_unit_test(files_are_included),
		cmocka_unit_test(bad_includes_are_refused),
	};

	return cmocka_run_group_tests(tests, config_setup, config_teardown);
}
