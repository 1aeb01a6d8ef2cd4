/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The command line: split at "--", and what EAL is given of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <rte_common.h>

#include "args.h"
#include "eal.h"
#include "worker.h"

/* A command line, what was made of it, and what was said about it. */
struct line {
	struct rs_args args;
	char said[256];
	char words[512];
	char *argv[32];
};

/* Take a command line apart that is written as one, with blanks. */
static int
parse(const char *text, struct line *line)
{
	FILE *err = fmemopen(line->said, sizeof(line->said), "w");
	char *save = NULL;
	int argc = 0;
	int ret;

	line->said[0] = '\0';
	strlcpy(line->words, text, sizeof(line->words));
	for (line->argv[argc] = strtok_r(line->words, " ", &save); line->argv[argc] != NULL;
	     line->argv[argc] = strtok_r(NULL, " ", &save))
		argc++;
	ret = rs_args_parse(strncmp(text, "rstack-load", 11) == 0 ? &rs_usage_load :
		&rs_usage_rstack, argc, line->argv, &line->args, err);
	fclose(err);
	return ret;
}

static void
args_takes_both_sides(void **state __rte_unused)
{
	struct line line;

	assert_int_equal(parse("rstack -l 0-1 --no-huge -- -c a.ini", &line), 0);
	assert_int_equal(line.args.mode, RS_ARGS_RUN);
	assert_string_equal(line.args.config, "a.ini");
	assert_int_equal(line.args.n_eal, 3);
	assert_string_equal(line.args.eal[0], "-l");
	assert_string_equal(line.args.eal[2], "--no-huge");
	assert_string_equal(line.said, "");

	assert_int_equal(parse("rstack -- -t -cb.ini", &line), 0);
	assert_int_equal(line.args.mode, RS_ARGS_CHECK);
	assert_string_equal(line.args.config, "b.ini");
	assert_int_equal(line.args.n_eal, 0);
}

static void
args_knows_what_needs_no_file(void **state __rte_unused)
{
	static const struct {
		const char *text;
		enum rs_args_mode mode;
	} cases[] = {
		{ "rstack --help", RS_ARGS_HELP },
		{ "rstack -h", RS_ARGS_HELP },
		{ "rstack -- --help", RS_ARGS_HELP },
		{ "rstack -- -h", RS_ARGS_HELP },
		{ "rstack --no-huge --help -- -x", RS_ARGS_HELP },
		{ "rstack --version", RS_ARGS_VERSION },
		{ "rstack -- --version", RS_ARGS_VERSION },
		{ "rstack --help-config", RS_ARGS_HELP_CONFIG },
		{ "rstack -- --help-config", RS_ARGS_HELP_CONFIG },
	};
	struct line line;
	size_t i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		assert_int_equal(parse(cases[i].text, &line), 0);
		assert_int_equal(line.args.mode, cases[i].mode);
		assert_string_equal(line.said, "");
	}
}

static void
args_refuses_in_one_sentence(void **state __rte_unused)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "rstack", "-c FILE" },
		{ "rstack --no-huge", "-c FILE" },
		{ "rstack -c a.ini", "-- -c FILE" },
		{ "rstack --", "-c FILE" },
		{ "rstack -- -t", "-c FILE" },
		{ "rstack -- -c", "-c needs a value" },
		{ "rstack -- -x", "unknown option -x" },
		{ "rstack -- -tx -c a.ini", "unknown option -x" },
		{ "rstack -- --foo -c a.ini", "unknown option --foo" },
		{ "rstack -- -c a.ini b.ini", "unexpected argument b.ini" },
		{ "rstack-load -- -c a.ini --rate", "rstack-load: --rate needs a value" },
		{ "rstack-load -- -c a.ini --answer-size",
			"rstack-load: --answer-size needs a value" },
		/* short for more than one key */
		{ "rstack-load -- -c a.ini --re 5", "rstack-load: unknown option --re" },
		{ "rstack-load -- -c a.ini --mss 5", "rstack-load: unknown option --mss" },
		{ "rstack-load -- -c a.ini -K", "unknown option -K" },
	};
	struct line line;
	size_t i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		assert_int_equal(parse(cases[i].text, &line), -1);
		assert_non_null(strstr(line.said, cases[i].part));
		assert_ptr_equal(strchr(line.said, '\n'), line.said + strlen(line.said) - 1);
	}
}

/* Keys of rstack-load's own section are options, of rstack's there is none. */
static void
args_takes_keys(void **state __rte_unused)
{
	struct line line;

	assert_int_equal(parse("rstack-load -- -c a.ini --rate 5 -t --target=192.0.2.1:80", &line),
		0);
	assert_int_equal(line.args.mode, RS_ARGS_CHECK);
	assert_int_equal(line.args.settings.n, 2);
	assert_string_equal(line.args.settings.set[0].key, "rate");
	assert_string_equal(line.args.settings.set[0].value, "5");
	assert_string_equal(line.args.settings.set[1].key, "target");
	assert_string_equal(line.args.settings.set[1].value, "192.0.2.1:80");
	/* hyphens as usual, or the key as it stands in the file */
	assert_int_equal(parse("rstack-load -- -c a.ini --answer-size 1 --half_close=no "
		"--connect-timeout=1s", &line), 0);
	assert_int_equal(line.args.settings.n, 3);
	assert_string_equal(line.args.settings.set[0].key, "answer_size");
	assert_string_equal(line.args.settings.set[1].key, "half_close");
	assert_string_equal(line.args.settings.set[2].key, "connect_timeout");
	assert_int_equal(parse("rstack -- -c a.ini --rate 5", &line), -1);
	assert_non_null(strstr(line.said, "rstack: unknown option --rate"));
}

static void
args_finds_eal_options(void **state __rte_unused)
{
	struct line line;

	parse("rstack -l0-1 --file-prefix=one --socket-mem 10 -- -c a", &line);
	assert_true(rs_args_eal_has(&line.args, "lcores", 'l'));
	assert_false(rs_args_eal_has(&line.args, "lcores", 0));
	assert_true(rs_args_eal_has(&line.args, "socket-mem", 'm'));
	assert_false(rs_args_eal_has(&line.args, "socket-limit", 'm'));
	assert_false(rs_args_eal_has(&line.args, "file", 0));
	assert_string_equal(rs_args_eal_value(&line.args, "file-prefix"), "one");
	assert_string_equal(rs_args_eal_value(&line.args, "socket-mem"), "10");
	assert_null(rs_args_eal_value(&line.args, "lcores"));
	parse("rstack --file-prefix -- -c a", &line);
	assert_null(rs_args_eal_value(&line.args, "file-prefix"));
}

/* EAL's arguments, but the program's name, as one text. */
static void
build(const char *command, const struct rs_config *config, char *text, size_t size)
{
	struct rs_eal_args *list = malloc(sizeof(*list));
	struct line line;
	int i;

	assert_int_equal(parse(command, &line), 0);
	rs_eal_args_build(&line.args, config, list);
	assert_false(list->too_many);
	assert_null(list->argv[list->argc]);
	assert_string_equal(list->argv[0], "rstack");
	text[0] = '\0';
	for (i = 1; i < list->argc; i++) {
		strncat(text, " ", size - strlen(text) - 1);
		strncat(text, list->argv[i], size - strlen(text) - 1);
	}
	free(list);
}

static void
eal_gets_the_file_unless_the_command_line_says_it(void **state __rte_unused)
{
	struct rs_config *config = calloc(1, sizeof(*config));
	char text[1024];

	config->n_ports = 1;
	config->eal = (struct rs_config_eal){ .lcores = "0-1", .no_huge = true, .memory_mb = 300,
		.file_prefix = "p", .telemetry = false, .args = " --a=1  -b 2 " };
	build("rstack -- -c f", config, text, sizeof(text));
	assert_string_equal(text, " --lcores=0-1 --no-huge -m 300 --file-prefix=p --no-telemetry"
		" --log-level=warning --no-pci --a=1 -b 2");
	build("rstack -l 2,3 --no-huge -m 5 --file-prefix=q --log-level=8 --no-telemetry "
		"--no-pci -- -c f", config, text, sizeof(text));
	assert_string_equal(text, " --a=1 -b 2 -l 2,3 --no-huge -m 5 --file-prefix=q "
		"--log-level=8 --no-telemetry --no-pci");
	/* hugepages by the command line: EAL refuses both options together */
	config->eal.memory_mb = 0;
	config->eal.args[0] = '\0';
	build("rstack --in-memory -- -c f", config, text, sizeof(text));
	assert_string_equal(text, " --lcores=0-1 --file-prefix=p --no-telemetry"
		" --log-level=warning --no-pci --in-memory");
	/* only the file's PCI devices */
	config->ports[0].is_pci = true;
	strcpy(config->ports[0].device, "0000:01:00.0");
	config->eal = (struct rs_config_eal){ .in_memory = true, .telemetry = true };
	build("rstack -- -c f", config, text, sizeof(text));
	assert_string_equal(text, " --in-memory --log-level=warning -a 0000:01:00.0");
	free(config);
}

static void
eal_memory_follows_the_configuration(void **state __rte_unused)
{
	struct rs_config *config = calloc(1, sizeof(*config));
	struct line line;
	uint32_t one, two, without;

	rs_tcp_defaults(&config->tcp);
	config->n_ports = 1;
	config->mbufs = 16384;
	strcpy(config->eal.lcores, "0-1");
	parse("rstack -- -c f", &line);
	one = rs_eal_memory_mb(&line.args, config);
	/* mbufs alone: 2 KiB of data each */
	assert_true(one > 32);
	strcpy(config->eal.lcores, "0-2");
	two = rs_eal_memory_mb(&line.args, config);
	parse("rstack --lcores=0,5,7 -- -c f", &line);
	assert_int_equal(rs_eal_memory_mb(&line.args, config), two);
	config->mbufs *= 2;
	assert_true(rs_eal_memory_mb(&line.args, config) >= two + 64);
	/* the access list, and another one beside it during a reload */
	without = rs_eal_memory_mb(&line.args, config);
	config->acl.n_rules = 10000;
	assert_in_range(rs_eal_memory_mb(&line.args, config) - without,
		2 * rs_acl_memory(10000) >> 20, (2 * rs_acl_memory(10000) >> 20) + 1);
	assert_true(two > one + 32);
	free(config);
}

/* Without hugepages a packet buffer may not cross a small page, and the command line decides. */
static void
eal_memory_follows_the_command_line(void **state __rte_unused)
{
	struct rs_config *config = calloc(1, sizeof(*config));
	struct line line;
	uint32_t file, own;

	rs_tcp_defaults(&config->tcp);
	config->n_ports = 1;
	config->mbufs = 1 << 17;
	strcpy(config->eal.lcores, "0-1");
	parse("rstack --no-huge -- -c f", &line);
	rs_eal_override(&line.args, config);
	own = rs_eal_memory_mb(&line.args, config);
	parse("rstack -- -c f", &line);
	rs_eal_override(&line.args, config);
	assert_true(rs_eal_memory_mb(&line.args, config) < own);
	config->eal.no_huge = true;
	rs_eal_override(&line.args, config);
	file = rs_eal_memory_mb(&line.args, config);
	assert_int_equal(own, file);
	parse("rstack --in-memory -- -c f", &line);
	rs_eal_override(&line.args, config);
	assert_true(rs_eal_memory_mb(&line.args, config) < own);
	/* a run keeps the lcores of the file, -t shows those of the command line */
	parse("rstack -l 0-5 -- -c f", &line);
	rs_eal_override(&line.args, config);
	assert_string_equal(config->eal.lcores, "0-1");
	parse("rstack -l 0-5 -- -c f -t", &line);
	rs_eal_override(&line.args, config);
	assert_string_equal(config->eal.lcores, "0-5");
	free(config);
}

/* The MiB of packet buffers that -t shows. */
static unsigned int
shown_buffers_mb(const struct rs_config *config)
{
	static const char before[] = "packet buffers in about ";
	const char *p;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int mb;

	rs_config_print(config, out);
	fclose(out);
	p = strstr(text, before);
	assert_non_null(p);
	mb = (unsigned int)strtoul(p + strlen(before), NULL, 10);
	free(text);
	return mb;
}

/* -t shows the packet buffers' part of the memory that is needed, whatever the MTU. */
static void
eal_memory_has_the_shown_buffers(void **state __rte_unused)
{
	static const uint16_t mtus[] = { 0, 576, 1500, 9000, 9600 };
	struct rs_config *config = calloc(1, sizeof(*config));
	struct rs_config *without = calloc(1, sizeof(*config));
	uint64_t bytes;
	unsigned int i;

	rs_tcp_defaults(&config->tcp);
	config->usage = &rs_usage_rstack;
	config->n_ports = 1;
	config->mbufs = 11264;
	strcpy(config->eal.lcores, "0-1");
	for (i = 0; i < RTE_DIM(mtus); i++) {
		config->ports[0].mtu = mtus[i];
		*without = *config;
		without->mbufs = 0;
		bytes = rs_worker_memory(config) - rs_worker_memory(without);
		assert_true(bytes > (uint64_t)config->mbufs * mtus[i]);
		assert_int_equal(shown_buffers_mb(config), (bytes >> 20) + 1);
	}
	free(without);
	free(config);
}

static void
eal_args_that_do_not_fit_are_refused(void **state __rte_unused)
{
	struct rs_config *config = calloc(1, sizeof(*config));
	struct rs_eal_args *list = malloc(sizeof(*list));
	char *words[RS_EAL_ARGS_MAX];
	struct rs_args args = { .program = "rstack", .eal = words, .n_eal = RS_EAL_ARGS_MAX };
	int i;

	for (i = 0; i < args.n_eal; i++)
		words[i] = "-x";
	rs_eal_args_build(&args, config, list);
	assert_true(list->too_many);
	assert_in_range(list->argc, 1, RS_EAL_ARGS_MAX);
	free(list);
	free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(args_takes_both_sides),
		cmocka_unit_test(args_takes_keys),
		cmocka_unit_test(args_knows_what_needs_no_file),
		cmocka_unit_test(args_refuses_in_one_sentence),
		cmocka_unit_test(args_finds_eal_options),
		cmocka_unit_test(eal_gets_the_file_unless_the_command_line_says_it),
		cmocka_unit_test(eal_memory_follows_the_configuration),
		cmocka_unit_test(eal_memory_follows_the_command_line),
		cmocka_unit_test(eal_memory_has_the_shown_buffers),
		cmocka_unit_test(eal_args_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
