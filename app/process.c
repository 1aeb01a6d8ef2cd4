/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The life of a process: configuration, EAL, ports, workers, signals, orderly stop.
 */

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bsd/libutil.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_pdump.h>
#include <rte_version.h>

#include "app.h"
#include "args.h"
#include "control.h"
#include "eal.h"
#include "health.h"
#include "notify.h"
#include "process.h"
#include "port.h"
#include "watch/capture.h"
#include "watch/resets.h"
#include "watch/telemetry.h"

/* Exit status, beside EXIT_SUCCESS. */
#define EXIT_RUN 1   /* could not run */
#define EXIT_USAGE 2 /* wrong command line or configuration */

/* Time for the resets of a stop to be sent. */
#define RESET_WAIT_MS 1000

/* Longest part of a stop beside [stop] timeout, as systemd is told. */
#define STOP_MARGIN_MS 10000

/* Interval at which the main lcore looks whether the workers have ended. */
#define LOOK_MS 10

/* The state of rs_program_run(). */
struct run {
	const struct rs_program *program;
	struct rs_app app;
	struct rs_args args;
	struct rs_eal_log log;
	sigset_t signals;
	struct rs_health health;
	unsigned int n_started; /* ports whose devices have started */
	bool kept;              /* a port keeps buffers when it is closed */
};

/* Refuse to run twice with one file prefix, because EAL's message does not name the process. */
static struct pidfh *
take_pidfile(const char *prefix)
{
	const char *base = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX];
	struct pidfh *pidfile;
	pid_t other = 0;
	int len;

	if (base == NULL)
		base = "/tmp";
	snprintf(path, sizeof(path), "%s/rstack", base);
	mkdir(path, 0755);
	len = snprintf(path, sizeof(path), "%s/rstack/%s.pid", base, prefix);
	if (len < 0 || (size_t)len >= sizeof(path)) {
		warnx("the file prefix is too long");
		return NULL;
	}
	pidfile = pidfile_open(path, 0644, &other);
	if (pidfile == NULL && errno == EEXIST)
		warnx("rstack already runs with file prefix %s, as process %d; stop it, or set "
			"another [eal] file-prefix", prefix, (int)other);
	else if (pidfile == NULL)
		warn("%s: cannot be written", path);
	else
		pidfile_write(pidfile);
	return pidfile;
}

/* Gather the prefixes of all ports in one list, in the form of rs_stack_params. */
static int
gather_prefixes(struct rs_app *app)
{
	unsigned int i, j;

	for (i = 0; i < app->config.n_ports; i++) {
		const struct rs_config_port *port = &app->config.ports[i];

		for (j = 0; j < port->n_terminate; j++) {
			if (app->n_terminate == RS_PREFIXES_MAX) {
				warnx("[port %u] terminate: all ports together have more than %u "
					"prefixes", port->number, RS_PREFIXES_MAX);
				return EXIT_USAGE;
			}
			app->terminate_port[app->n_terminate] = app->ports[i].id;
			app->terminate[app->n_terminate++] = port->terminate[j];
		}
	}
	return 0;
}

/* Find the devices, and the largest MTU. */
static int
find_ports(struct run *run, uint16_t *mtu)
{
	struct rs_app *app = &run->app;
	unsigned int i;

	*mtu = 0;
	for (i = 0; i < app->config.n_ports; i++) {
		if (rs_port_find(&app->config.ports[i], &app->ports[i], &run->log) != 0)
			return EXIT_RUN;
		if (app->ports[i].mtu > *mtu)
			*mtu = app->ports[i].mtu;
	}
	return gather_prefixes(app);
}

/* Make a worker of each lcore but the main one. */
static int
make_workers(struct run *run, uint16_t mtu)
{
	struct rs_app *app = &run->app;
	char error[256];
	unsigned int lcore = UINT_MAX;

	if (rte_lcore_count() < 2) {
		warnx("there is no lcore for a worker beside the main lcore; set [eal] lcores to "
			"at least two, such as 0-1, or 0@0,1@0 on one CPU");
		return EXIT_RUN;
	}
	app->workers = rte_zmalloc(NULL, (rte_lcore_count() - 1) * sizeof(*app->workers),
		RTE_CACHE_LINE_SIZE);
	if (app->workers == NULL) {
		rs_eal_say_memory(&run->args, &app->config);
		return EXIT_RUN;
	}
	while ((lcore = rte_get_next_lcore(lcore, 1, 0)) < RTE_MAX_LCORE) {
		struct rs_worker *w = &app->workers[app->n_workers];
		int ret;

		w->lcore = lcore;
		w->socket = rte_lcore_to_socket_id(lcore);
		w->queue = (uint16_t)app->n_workers++;
		ret = rs_worker_init(w, &app->config, mtu, error, sizeof(error));
		if (ret == -EINVAL) {
			warnx("%s", error);
			return EXIT_USAGE;
		}
		if (ret != 0) {
			rs_eal_say_memory(&run->args, &app->config);
			return EXIT_RUN;
		}
	}
	return 0;
}

/* Find out how the ports spread frames over queues; unknown if two ports differ. */
static void
learn_rss(struct rs_app *app)
{
	struct rs_rss other;
	unsigned int i;

	rs_port_rss(&app->ports[0], &app->rss);
	for (i = 1; i < app->config.n_ports; i++) {
		rs_port_rss(&app->ports[i], &other);
		app->rss.known = rs_rss_equal(&app->rss, &other);
	}
}

static bool
syns_are_steered(const struct rs_app *app)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(app->syns_steered); i++)
		if (app->syns_steered[i])
			return true;
	return false;
}

/* Set up the rings by which several workers hand frames over. */
static bool
set_up_steering(struct run *run)
{
	struct rs_app *app = &run->app;
	char name[RTE_RING_NAMESIZE];
	uint16_t i;

	if (app->n_workers < 2)
		return true;
	learn_rss(app);
	if (!app->rss.known && syns_are_steered(app)) {
		warnx("[port] syn_queue: several workers need devices that all spread frames "
			"alike; set syn_queue = no, or one lcore in [eal] lcores");
		return false;
	}
	for (i = 0; i < app->n_workers; i++) {
		struct rs_worker *w = &app->workers[i];

		snprintf(name, sizeof(name), "inbox_%u", w->lcore);
		w->inbox = app->inboxes[i] = rs_steer_ring(name, w->socket);
		if (w->inbox == NULL) {
			rs_eal_say_memory(&run->args, &app->config);
			return false;
		}
		rs_steer_init(&w->steer, app->rss.known ? &app->rss : NULL, app->inboxes,
			(uint16_t)app->n_workers, i, &app->config.tcp, w->mbufs);
		w->steer.opens = w->client != NULL;
	}
	return true;
}

/* Start the ports, then the stacks that use them. */
static int
start_ports(struct run *run)
{
	struct rs_app *app = &run->app;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		if (rs_config_device_first(&app->config, i) == i &&
		    rs_port_start(&app->config, i, app->ports, app->workers,
				(uint16_t)app->n_workers,
				&app->syns_steered[app->ports[i].device]) != 0)
			return EXIT_RUN;
		run->n_started++;
		run->kept |= rs_port_keeps_buffers(&app->ports[i]);
	}
	if (!set_up_steering(run))
		return EXIT_RUN;
	rs_worker_clock_start(&app->clock);
	app->speak_delay_us = 1 + arc4random_uniform(RS_SPEAK_DELAY_MAX_US);
	for (i = 0; i < app->n_workers; i++) {
		int ret = rs_worker_open(&app->workers[i], app);

		if (ret == -ENOMEM)
			rs_eal_say_memory(&run->args, &app->config);
		else if (ret != 0)
			warnx("the stack rejects its parameters (%s)", rte_strerror(-ret));
		if (ret != 0)
			return EXIT_RUN;
	}
	return 0;
}

/* Open the file of the capture around resets, if there is one. */
static int
start_capture(struct run *run)
{
	struct rs_app *app = &run->app;

	if (app->config.capture[0] == '\0')
		return 0;
	app->capture = calloc(1, sizeof(*app->capture));
	if (app->capture != NULL)
		app->capture->file = rs_capture_open(app->config.capture,
			app->config.capture_size);
	if (app->capture == NULL || app->capture->file == NULL) {
		warn("[watch] capture: %s cannot be opened", app->config.capture);
		return EXIT_RUN;
	}
	app->capture->causes = app->config.capture_causes;
	app->capture->on = true;
	return 0;
}

/* Close the file. The workers are closed. */
static void
end_capture(struct rs_app *app)
{
	if (app->capture == NULL)
		return;
	rs_capture_close(app->capture->file);
	free(app->capture);
}

/* Let dpdk-dumpcap and dpdk-pdump attach, if the memory can be shared. */
static void
start_pdump(struct rs_app *app)
{
	app->pdump = !app->no_huge && !app->config.eal.in_memory && rte_pdump_init() == 0;
}

/* Set up everything that the workers need. @return 0, or the exit status */
static int
set_up(struct run *run)
{
	uint16_t mtu;
	int ret;

	run->app.no_huge = rs_eal_no_huge(&run->args, &run->app.config);
	ret = find_ports(run, &mtu);
	if (ret == 0)
		ret = make_workers(run, mtu);
	if (ret == 0 && run->program->create != NULL)
		ret = run->program->create(&run->app) == 0 ? 0 : EXIT_USAGE;
	if (ret == 0)
		ret = start_capture(run);
	if (ret == 0)
		ret = start_ports(run);
	if (ret != 0)
		return ret;
	start_pdump(&run->app);
	run->app.resets = rs_resets_create();
	if (run->app.resets == NULL) {
		rs_eal_say_memory(&run->args, &run->app.config);
		return EXIT_RUN;
	}
	ret = rs_telemetry_start(&run->app, run->program->commands);
	if (ret != 0) {
		warnx("telemetry could not start (%s)", rte_strerror(-ret));
		return EXIT_RUN;
	}
	return 0;
}

/* Undo set_up(), however far it came. */
static void
take_down(struct run *run)
{
	struct rs_app *app = &run->app;
	unsigned int i;

	rs_telemetry_stop();
	if (app->pdump)
		rte_pdump_uninit();
	rs_resets_free(app->resets);
	for (i = 0; i < app->n_workers; i++)
		rs_worker_close(&app->workers[i]);
	end_capture(app);
	for (i = 0; i < run->n_started; i++) {
		if (rs_config_device_first(&app->config, i) == i)
			rs_port_stop(&app->ports[i]);
	}
	for (i = 0; i < app->n_workers; i++) {
		unsigned int lost = rs_worker_fini(&app->workers[i], &app->config);

		/* a port that never started frees the mbufs of its set-up late */
		if (lost != 0 && !run->kept && run->n_started == app->config.n_ports)
			warnx("bug: %u mbufs of worker %u were not freed", lost, i);
	}
	if (run->program->destroy != NULL)
		run->program->destroy(app);
	rte_free(app->workers);
}

/* Wait for a signal, so many milliseconds. @return the signal, or 0 for none */
static int
next_signal(const struct run *run, unsigned int ms)
{
	const struct timespec wait = { .tv_nsec = (long)ms * 1000 * 1000 };
	int sig = sigtimedwait(&run->signals, NULL, &wait);

	return sig > 0 ? sig : 0;
}

/* Where notes are written; standard output is for JSON alone, so that a program can read it. */
static FILE *
notes(const struct rs_app *app)
{
	return app->config.load.json ? stderr : stdout;
}

static bool
is_stop(int sig)
{
	return sig == SIGINT || sig == SIGTERM;
}

/* Ask each running worker to stop. */
static void
ask_to_stop(struct rs_app *app, enum rs_stop how)
{
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		struct rs_control control = { .verb = RS_CONTROL_STOP, .how = how };

		if (rte_eal_get_lcore_state(app->workers[i].lcore) == RUNNING)
			rs_control_ask(app->workers[i].mailbox, &control, RS_CONTROL_TIMEOUT_MS);
	}
}

/* Whether all workers have ended. */
static bool
all_ended(const struct rs_app *app)
{
	unsigned int i;

	for (i = 0; i < app->n_workers; i++)
		if (rte_eal_get_lcore_state(app->workers[i].lcore) == RUNNING)
			return false;
	return true;
}

/* Write the captures that the workers made since the last call. */
static void
write_captures(struct rs_app *app)
{
	if (app->capture != NULL)
		rs_capture_write(app->capture->file, app);
}

/* Wait for the workers to end, until a second signal. @return whether they have ended */
static bool
wait_ended(struct run *run, uint32_t ms, bool *again)
{
	const struct rs_clock *clock = &run->app.clock;
	uint64_t end = rs_worker_clock_now(clock) + (uint64_t)ms * 1000;

	/* the clock counts, because a TAP's signals wake next_signal(), too */
	while (!all_ended(&run->app) && !*again && rs_worker_clock_now(clock) < end) {
		*again = is_stop(next_signal(run, LOOK_MS));
		write_captures(&run->app);
	}
	return all_ended(&run->app);
}

/* End the connections as the configuration says, then the workers. */
static void
stop_workers(struct run *run)
{
	struct rs_app *app = &run->app;
	bool again = false;
	bool ended = false;
	unsigned int i;

	__atomic_store_n(&app->stopping, true, __ATOMIC_RELAXED);
	if (!app->config.stop_reset) {
		ask_to_stop(app, RS_STOP_FINISH);
		ended = wait_ended(run, app->config.stop_timeout_ms, &again);
	}
	if (!ended && !again) {
		ask_to_stop(app, RS_STOP_RESET);
		wait_ended(run, RESET_WAIT_MS, &again);
	}
	for (i = 0; i < app->n_workers; i++)
		__atomic_store_n(&app->workers[i].quit, true, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
	write_captures(app);
}

/* Wait for a signal to stop, or for the end of the program's work. */
static void
wait_for_stop(struct run *run)
{
	const struct rs_program *program = run->program;
	struct rs_app *app = &run->app;
	int sig;

	do {
		sig = next_signal(run, program->watch == NULL ? RS_HEALTH_CALL_MS : LOOK_MS);
		rs_health_look(&run->health, rs_worker_clock_now(&app->clock));
		rs_resets_collect(app->resets, app);
		write_captures(app);
		if (sig == SIGUSR1)
			program->summary(app, stdout);
		else if (sig == SIGHUP)
			warnx("SIGHUP is ignored, because the configuration is read only at the "
				"start");
		if (program->watch != NULL && !program->watch(app, stdout))
			return;
	} while (!is_stop(sig));
	fprintf(notes(app), "%s: stopping; Ctrl-C again stops at once\n", program->usage->name);
	fflush(notes(app));
}

/* Run the workers until the stop. @return the exit status */
static int
run_workers(struct run *run)
{
	struct rs_app *app = &run->app;
	unsigned int i;

	rs_health_start(&run->health, app);
	for (i = 0; i < app->n_workers; i++)
		rte_eal_remote_launch(rs_worker_run, &app->workers[i], app->workers[i].lcore);
	fprintf(notes(app),
		"%s " RS_VERSION " runs with %u worker%s on %u port%s; Ctrl-C stops it\n",
		run->program->usage->name, app->n_workers, app->n_workers == 1 ? "" : "s",
		app->config.n_ports, app->config.n_ports == 1 ? "" : "s");
	fflush(notes(app));

	rs_notify("READY=1\nSTATUS=%u workers on %u ports", app->n_workers, app->config.n_ports);
	wait_for_stop(run);
	rs_notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRIu64,
		UINT64_C(1000) * (app->config.stop_timeout_ms + STOP_MARGIN_MS));
	stop_workers(run);
	rs_health_end(&run->health);
	return run->program->summary(app, stdout) == 0 ? EXIT_SUCCESS : EXIT_RUN;
}

/* Block the signals that next_signal() waits for. EAL's threads inherit the mask. */
static void
block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGUSR1);
	/* a shell starts background jobs with SIGINT ignored */
	signal(SIGINT, SIG_DFL);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* sent when a TAP's queue of signals for received frames overflows */
	signal(SIGIO, SIG_IGN);
}

/* Start EAL, run the workers, stop EAL. @return the exit status */
static int
run_eal(struct run *run)
{
	struct pidfh *pidfile;
	int ret;

	pidfile = take_pidfile(rs_eal_file_prefix(&run->args, &run->app.config));
	if (pidfile == NULL)
		return EXIT_RUN;
	block_signals(&run->signals);
	if (rs_eal_start(&run->args, &run->app.config, &run->log) == 0) {
		ret = set_up(run);
		rs_eal_log_end(&run->log);
		if (ret == 0)
			ret = run_workers(run);
		take_down(run);
		rte_eal_cleanup();
	} else {
		rs_eal_log_end(&run->log);
		ret = EXIT_RUN;
	}
	pidfile_remove(pidfile);
	return ret;
}

/* -t: print the configuration and the memory that it needs. */
static void
print_check(const struct run *run)
{
	const struct rs_config *config = &run->app.config;

	rs_config_print(config, stdout);
	printf("needs about %u MiB of memory, %s\n", rs_eal_memory_mb(&run->args, config),
		rs_eal_no_huge(&run->args, config) ? "without hugepages" : "in hugepages");
}

int
rs_program_run(const struct rs_program *program, int argc, char **argv)
{
	struct run *run = calloc(1, sizeof(*run));
	int ret = EXIT_SUCCESS;

	if (run == NULL)
		err(EXIT_RUN, "memory");
	run->program = program;
	if (rs_args_parse(program->usage, argc, argv, &run->args, stderr) != 0) {
		free(run);
		return EXIT_USAGE;
	}
	switch (run->args.mode) {
	case RS_ARGS_HELP:
		rs_args_help(program->usage, stdout);
		break;
	case RS_ARGS_HELP_CONFIG:
		rs_config_help(program->usage, stdout);
		break;
	case RS_ARGS_VERSION:
		printf("%s " RS_VERSION ", %s\n", program->usage->name, rte_version());
		break;
	case RS_ARGS_CHECK:
	case RS_ARGS_RUN:
		if (rs_config_load(program->usage, run->args.config, &run->args.settings,
				&run->app.config, stderr) != 0)
			ret = EXIT_USAGE;
		else if (run->args.mode == RS_ARGS_CHECK)
			print_check(run);
		else
			ret = run_eal(run);
		break;
	}
	free(run);
	return ret;
}
