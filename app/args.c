/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The command line. It is split at "--" before EAL starts, so that --help, --version and -t
 * need neither memory nor permissions.
 */

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include <bsd/string.h>

#include "args.h"
#include "config/keys.h"

/* The most long options of a program: a key has two if its name has an underscore. */
#define OPTIONS_MAX (2 * RS_SETTINGS_MAX)

/* The value of a key's options is this and the key's index. It is no character. */
#define KEY_BASE 256

/* The options of a program, and room for names with hyphens. */
struct option_list {
	unsigned int n;
	struct option longs[OPTIONS_MAX + 1];
	char names[OPTIONS_MAX][RS_KEY_NAME_MAX];
};

/* Read an argument that sets the mode anywhere before "--". @return false for any other */
static bool
read_mode(const char *arg, enum rs_args_mode *mode)
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

/* Write an error, and the option that gives help. @return -1 */
__rte_format_printf(3, 4)
static int
refuse_args(const struct rs_usage *usage, FILE *err, const char *format, ...)
{
	va_list ap;

	fprintf(err, "%s: ", usage->name);
	va_start(ap, format);
	vfprintf(err, format, ap);
	va_end(ap);
	fprintf(err, "; see %s --help\n", usage->name);
	return -1;
}

/* Write the name of a key as an option: with hyphens. */
static void
hyphenate(const char *key, char name[RS_KEY_NAME_MAX])
{
	char *p;

	strlcpy(name, key, RS_KEY_NAME_MAX);
	for (p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
}

/* Add the options of a key: its name with hyphens, and as it stands in the file. */
static void
list_key(struct option_list *list, const struct rs_key *key)
{
	int value = KEY_BASE + (int)(key - rs_keys);
	char *name = list->names[list->n];

	if (list->n + 2 > OPTIONS_MAX)
		return;
	hyphenate(key->name, name);
	list->longs[list->n++] = (struct option){ name, required_argument, NULL, value };
	if (strcmp(name, key->name) != 0)
		list->longs[list->n++] = (struct option){ key->name, required_argument, NULL,
			value };
}

/* List the options of every program, then the keys of this program's own section. */
static void
list_options(const struct rs_usage *usage, struct option_list *list)
{
	static const struct option common[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "help-config", no_argument, NULL, 'H' },
		{ "version", no_argument, NULL, 'V' },
	};
	const struct rs_key *key;

	memset(list, 0, sizeof(*list));
	memcpy(list->longs, common, sizeof(common));
	list->n = RTE_DIM(common);
	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if ((int)key->section == usage->own)
			list_key(list, key);
	}
}

/* Refuse an option that getopt_long() does not accept. */
static int
refuse_option(const struct rs_usage *usage, char **argv, int opt, FILE *err)
{
	if (opt == ':' && optopt >= KEY_BASE)
		return refuse_args(usage, err, "%s needs a value", argv[optind - 1]);
	if (opt == ':')
		return refuse_args(usage, err, "-%c needs a value", optopt);
	if (optopt != 0)
		return refuse_args(usage, err, "unknown option -%c after --", optopt);
	return refuse_args(usage, err, "unknown option %s after --", argv[optind - 1]);
}

/* Note a key that an option sets. */
static int
take_setting(const struct rs_usage *usage, struct rs_settings *settings, const struct rs_key *key,
	FILE *err)
{
	if (settings->n == RS_SETTINGS_MAX)
		return refuse_args(usage, err, "too many options after --");
	settings->set[settings->n].key = key->name;
	settings->set[settings->n++].value = optarg;
	return 0;
}

/* Read the options after "--"; argv[0] is the "--". */
static int
parse_options(const struct rs_usage *usage, int argc, char **argv, struct rs_args *args, FILE *err)
{
	struct option_list list;
	int opt;

	list_options(usage, &list);
	opterr = 0;
	optind = 0;
	while ((opt = getopt_long(argc, argv, "+:c:ht", list.longs, NULL)) != -1) {
		switch (opt) {
		case 'c': args->config = optarg; break;
		case 't': args->mode = RS_ARGS_CHECK; break;
		case 'h': args->mode = RS_ARGS_HELP; return 0;
		case 'H': args->mode = RS_ARGS_HELP_CONFIG; return 0;
		case 'V': args->mode = RS_ARGS_VERSION; return 0;
		default:
			if (opt < KEY_BASE)
				return refuse_option(usage, argv, opt, err);
			if (take_setting(usage, &args->settings, &rs_keys[opt - KEY_BASE],
					err) != 0)
				return -1;
		}
	}
	if (optind < argc)
		return refuse_args(usage, err, "unexpected argument %s", argv[optind]);
	return 0;
}

int
rs_args_parse(const struct rs_usage *usage, int argc, char **argv, struct rs_args *args,
	FILE *err)
{
	int dashes = 1;

	memset(args, 0, sizeof(*args));
	args->program = argc > 0 ? argv[0] : usage->name;
	while (dashes < argc && strcmp(argv[dashes], "--") != 0) {
		if (read_mode(argv[dashes], &args->mode))
			return 0;
		dashes++;
	}
	args->eal = &argv[1];
	args->n_eal = dashes - 1;
	if (dashes < argc && parse_options(usage, argc - dashes, &argv[dashes], args, err) != 0)
		return -1;
	if (args->config == NULL && args->mode <= RS_ARGS_CHECK)
		return refuse_args(usage, err, "no configuration file; start it as %s "
			"[EAL options] -- -c FILE", usage->name);
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
rs_args_help(const struct rs_usage *usage, FILE *out)
{
	const struct rs_key *key;
	char name[RS_KEY_NAME_MAX];
	char option[64];

	fprintf(out, "usage: %s [EAL options] -- -c FILE [-t]%s\n"
		"\n"
		"  -c FILE        read this configuration (INI); %s shows every key\n"
		"  -t             check the configuration and the machine as a start does, print\n"
		"                 the settings and the memory that they need, and exit\n"
		"  -h, --help     print this text\n"
		"  --help-config  print every key of the configuration with its default\n"
		"  --version      print the versions of %s and DPDK\n"
		"\n", usage->name, usage->own >= 0 ? " [--KEY VALUE]..." : "", usage->keys,
		usage->name);
	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if ((int)key->section != usage->own)
			continue;
		hyphenate(key->name, name);
		snprintf(option, sizeof(option), "--%s VALUE", name);
		fprintf(out, "  %-25s %s\n", option, key->help);
	}
	fprintf(out, "%sEAL options, such as -l, -m, -a or --vdev, are DPDK's; each overrides its "
		"key\nin the [eal] section of the file. SIGINT or SIGTERM stops the program in "
		"order,\na second one stops it at once. SIGUSR1 prints a summary. Exit status:\n"
		"0 stopped in order, 1 %s, 2 wrong command line or configuration.\n",
		usage->own >= 0 ? "\n" : "", usage->status_1);
}
