/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * rstack-top: shows the numbers of a running rstack, which it asks through DPDK's telemetry
 * socket.
 */

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "page.h"
#include "screen.h"
#include "socket.h"

#define EXIT_USAGE 2

#define INTERVAL_LEAST 0.1
#define INTERVAL_MOST 60

/* The command line. */
struct options {
	const char *prefix;
	double interval;
	bool once, json;
};

static void
print_help(void)
{
	puts("usage: rstack-top [options]\n"
		"Shows rates, workers, connections, resets, listeners and ports of a running "
		"rstack.\n"
		"  --file-prefix NAME  [eal] file-prefix of rstack (default: rte)\n"
		"  --interval SECONDS  time between two looks, 0.1 to 60 (default: 1)\n"
		"  --once              print one page as text after an interval, and end\n"
		"  --json              print all numbers and rates as JSON after an interval, and "
		"end\n"
		"  -h --help           print this\n"
		"  --version           print the version\n"
		"keys: q quits, space pauses, arrows and page keys scroll\n"
		"exit status: 0: ended in order; 1: rstack does not answer; 2: wrong command line");
}

/* Read the command line, or end. */
static void
read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "file-prefix", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "interval", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "once", no_argument, NULL, 'o' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int c;

	argv[0] = program_invocation_short_name; /* which begins the sentences of getopt */
	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (c) {
		case 'f':
			options->prefix = optarg;
			break;
		case 'h':
			print_help();
			exit(EXIT_SUCCESS);
		case 'i':
			options->interval = strtod(optarg, &end);
			if (*end != '\0' || !(options->interval >= INTERVAL_LEAST &&
			    options->interval <= INTERVAL_MOST))
				errx(EXIT_USAGE, "--interval %s: expected seconds from 0.1 to 60",
					optarg);
			break;
		case 'j':
			options->json = true;
			break;
		case 'o':
			options->once = true;
			break;
		case 'v':
			puts("rstack-top " RS_VERSION);
			exit(EXIT_SUCCESS);
		default:
			errx(EXIT_USAGE, "try --help");
		}
	}
	if (optind < argc)
		errx(EXIT_USAGE, "%s: is no option; try --help", argv[optind]);
}

/* Say why there is no sample, and end. */
static void
fail(const struct rs_top_socket *s, const struct options *options, int ret)
{
	if (ret == -EPROTONOSUPPORT)
		errx(EXIT_FAILURE, "the DPDK process with file prefix %s is not rstack",
			options->prefix);
	errx(EXIT_FAILURE, "rstack with file prefix %s does not answer at %s: %s", options->prefix,
		s->addr.sun_path, strerror(-ret));
}

/* Take two samples, an interval apart. @return 0 or -errno */
static int
take_two(struct rs_top_socket *s, double interval, struct rs_top_sample *before,
	struct rs_top_sample *now)
{
	const struct timespec wait = { .tv_sec = (time_t)interval,
		.tv_nsec = (long)((interval - (double)(time_t)interval) * 1e9) };
	int ret = rs_top_socket_open(s);

	if (ret == 0)
		ret = rs_top_sample_take(s, before);
	if (ret != 0)
		return ret;
	nanosleep(&wait, NULL);
	return rs_top_sample_take(s, now);
}

/* --once and --json. */
static void
print_once(struct rs_top_socket *s, const struct options *options)
{
	struct rs_top_view view = { .prefix = options->prefix };
	struct rs_top_page page = { 0 };
	struct rs_top_sample before = { 0 };
	size_t i;
	int ret;

	ret = take_two(s, options->interval, &before, &view.now);
	if (ret != 0)
		fail(s, options, ret);
	view.rates = rs_top_rates(&before, &view.now);
	if (options->json) {
		json_object_set(view.now.tree, "rates", view.rates);
		json_dumpf(view.now.tree, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
		puts("");
	} else {
		rs_top_page_fill(&page, &view);
		for (i = 0; i < page.n; i++)
			puts(page.lines[i].text);
	}
	rs_top_page_free(&page);
	json_decref(view.rates);
	rs_top_sample_free(&before);
	rs_top_sample_free(&view.now);
}

int
main(int argc, char **argv)
{
	struct options options = { .prefix = "rte", .interval = 1 };
	struct rs_top_socket s;

	setlocale(LC_CTYPE, "");
	read_options(argc, argv, &options);
	if (!rs_top_socket_init(&s, options.prefix))
		errx(EXIT_USAGE, "--file-prefix %s: is too long", options.prefix);
	if (options.once || options.json) {
		print_once(&s, &options);
	} else {
		if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
			errx(EXIT_USAGE, "the screen needs a terminal; --once and --json do not");
		if (rs_top_screen_run(&s, options.prefix, options.interval) != 0)
			errx(EXIT_FAILURE, "the terminal %s is not known: set TERM, or use --once",
				getenv("TERM") != NULL ? getenv("TERM") : "");
	}
	rs_top_socket_close(&s);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
