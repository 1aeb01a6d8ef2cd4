/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The command line. It is split at "--" before EAL sees any of it, so that help, version
 * and the check of a file need neither memory nor rights.
 */

#include <getopt.h>
#include <string.h>

#include "args.h"

/* The mode that an argument asks for by itself, wherever it stands before "--". */
static bool
standalone(const char *arg, enum rs_args_mode *mode)
{
	if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
		*mode = RS_ARGS_HELP;
	else if (strcmp(arg, "--help-config") == 0)
		*mode = RS_ARGS_HELP_CONFIG;
	else if (strcmp(arg, "--version") == 0)
		*mode = RS_ARGS_VERSION;
	else
		return false;
	return true;
}

/* The options behind "--"; argv[0] is the "--". */
static int
parse_own(int argc, char **argv, struct rs_args *args, FILE *err)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "help-config", no_argument, NULL, 'H' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	opterr = 0;
	optind = 0;
	while ((opt = getopt_long(argc, argv, "+:c:ht", longs, NULL)) != -1) {
		switch (opt) {
		case 'c': args->config = optarg; break;
		case 't': args->mode = RS_ARGS_CHECK; break;
		case 'h': args->mode = RS_ARGS_HELP; return 0;
		case 'H': args->mode = RS_ARGS_HELP_CONFIG; return 0;
		case 'V': args->mode = RS_ARGS_VERSION; return 0;
		case ':':
			fprintf(err, "rstack: -%c needs a value; see rstack --help\n", optopt);
			return -1;
		default:
			if (optopt != 0)
				fprintf(err, "rstack: unknown option -%c", optopt);
			else
				fprintf(err, "rstack: unknown option %s", argv[optind - 1]);
			fprintf(err, " behind --; see rstack --help\n");
			return -1;
		}
	}
	if (optind < argc) {
		fprintf(err, "rstack: unexpected argument %s; see rstack --help\n", argv[optind]);
		return -1;
	}
	return 0;
}

int
rs_args_parse(int argc, char **argv, struct rs_args *args, FILE *err)
{
	int dashes = 1;

	memset(args, 0, sizeof(*args));
	args->program = argc > 0 ? argv[0] : "rstack";
	while (dashes < argc && strcmp(argv[dashes], "--") != 0) {
		if (standalone(argv[dashes], &args->mode))
			return 0;
		dashes++;
	}
	args->eal = &argv[1];
	args->n_eal = dashes - 1;
	if (dashes < argc && parse_own(argc - dashes, &argv[dashes], args, err) != 0)
		return -1;
	if (args->config == NULL && args->mode <= RS_ARGS_CHECK) {
		fprintf(err, "rstack: no configuration file: give it as rstack [EAL options] "
			"-- -c FILE; see rstack --help\n");
		return -1;
	}
	return 0;
}

/* Whether arg is --name or --name=value. */
static bool
is_long(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return strncmp(arg, "--", 2) == 0 && strncmp(arg + 2, name, len) == 0 &&
	       (arg[2 + len] == '\0' || arg[2 + len] == '=');
}

bool
rs_args_eal_has(const struct rs_args *args, const char *name, char letter)
{
	int i;

	for (i = 0; i < args->n_eal; i++) {
		const char *arg = args->eal[i];

		if (is_long(arg, name))
			return true;
		if (letter != 0 && arg[0] == '-' && arg[1] == letter)
			return true;
	}
	return false;
}

const char *
rs_args_eal_value(const struct rs_args *args, const char *name)
{
	int i;

	for (i = 0; i < args->n_eal; i++) {
		const char *equals;

		if (!is_long(args->eal[i], name))
			continue;
		equals = strchr(args->eal[i], '=');
		if (equals != NULL)
			return equals + 1;
		return i + 1 < args->n_eal ? args->eal[i + 1] : NULL;
	}
	return NULL;
}

void
rs_args_help(FILE *out)
{
	fputs("usage: rstack [EAL options] -- -c FILE [-t]\n"
		"\n"
		"  -c FILE        the configuration (INI); config/rstack.ini shows every key\n"
		"  -t             check the file, say what would run, and exit\n"
		"  --help         this text\n"
		"  --help-config  every key of the configuration\n"
		"  --version      rstack's version and DPDK's\n"
		"\n"
		"EAL options, such as -l, -m, -a or --vdev, are DPDK's; each wins over its key\n"
		"in the file's [eal] section. SIGINT and SIGTERM stop in order, a second one at\n"
		"once; SIGUSR1 prints a summary. Exit status: 0 stopped in order, 1 could not\n"
		"run, 2 wrong command line or configuration.\n", out);
}
