/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The life of a process: configuration, EAL, ports, workers, signals, orderly stop.
 */

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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
#include "devices.h"
#include "eal.h"
#include "exception.h"
#include "health.h"
#include "notify.h"
#include "hook.h"
#include "log.h"
#include "machine.h"
#include "process.h"
#include "port.h"
#include "reload.h"
#include "services/services.h"
#include "watch/capture.h"
#include "watch/port_stats.h"
#include "watch/prometheus.h"
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

static_assert(RS_PROMETHEUS_ANEW == RS_SERVICE_TEXT_ANEW,
	"the service metrics understands what the text of the counters says");

/* The state of rs_program_run(). */
struct run {
	const struct rs_program *program;
	struct rs_app app;
	struct rs_args args;
	struct rs_eal_log log;
	sigset_t signals;
	struct rs_devices devices;
	struct rs_health health;
	struct rs_reload reload;
	struct rs_logs logs;
	bool drained;           /* telemetry asked for the stop */
	struct rs_service_text text; /* of the service metrics */
	unsigned int n_started; /* ports whose devices have started */
	bool kept;              /* a port keeps buffers when it is closed */
};

/* The path of the pid file of a file prefix. @return whether it fits */
static bool
pidfile_path(const char *prefix, char *path, size_t size)
{
	const char *base = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	int len = snprintf(path, size, "%s/rstack/%s.pid", base != NULL ? base : "/tmp", prefix);

	return len >= 0 && (size_t)len < size;
}

/* Refuse to run twice with one file prefix, because EAL's message does not name the process. */
static struct pidfh *
take_pidfile(const char *prefix)
{
	char path[PATH_MAX];
	struct pidfh *pidfile;
	pid_t other = 0;

	if (!pidfile_path(prefix, path, sizeof(path))) {
		warnx("the file prefix is too long");
		return NULL;
	}
	*strrchr(path, '/') = '\0';
	mkdir(path, 0755);
	pidfile_path(prefix, path, sizeof(path));
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
	rs_reload_prefixes(app);
	return 0;
}

/*
 * Decide whose mbufs a worker has: its own, unless frames are steered in software. Then a received
 * frame may be queued at any worker, so that one pool serves all.
 */
static void
share_mbufs(struct rs_app *app, struct rs_worker *w)
{
	w->mbuf_shares = 1;
	if (!rs_steering_is_software(app->steering))
		return;
	w->mbuf_shares = w == app->workers ? rte_lcore_count() - 1 : 0;
	w->mbufs = app->workers[0].mbufs;
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
	rs_spread_plan(app, rte_lcore_count() - 1);
	while ((lcore = rte_get_next_lcore(lcore, 1, 0)) < RTE_MAX_LCORE) {
		struct rs_worker *w = &app->workers[app->n_workers];
		int ret;

		w->lcore = lcore;
		w->socket = rte_lcore_to_socket_id(lcore);
		w->queue = (uint16_t)app->n_workers++;
		share_mbufs(app, w);
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

static bool
syns_are_steered(const struct rs_app *app)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(app->spread); i++)
		if (app->spread[i].syns_steered)
			return true;
	return false;
}

/* Set up the rings by which workers send for others; all of them end together. */
static bool
set_up_sending(struct run *run)
{
	struct rs_app *app = &run->app;
	char name[RTE_RING_NAMESIZE];
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		struct rs_worker *w = &app->workers[i];

		snprintf(name, sizeof(name), "outbox_%u", w->lcore);
		w->outbox = app->outboxes[i] = rs_steer_ring(name, w->socket);
		if (w->outbox == NULL) {
			rs_eal_say_memory(&run->args, &app->config);
			return false;
		}
		w->outboxes = app->outboxes;
		w->peers = app->workers;
		w->n_peers = app->n_workers;
	}
	return true;
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
	rs_spread_learn(app);
	if (app->steering != RS_STEERING_DEVICE && syns_are_steered(app)) {
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
		w->steer.key = rs_steering_is_software(app->steering) ? &app->steer_key : NULL;
		w->steer.seek = &app->seek;
		rs_spread_give_hashes(app, &w->steer);
		w->verifies = app->steering == RS_STEERING_DEVICE;
		w->steer.verify = w->verifies ? RS_STEER_VERIFY : 0;
	}
	return !rs_steering_is_software(app->steering) || set_up_sending(run);
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
				&app->spread[app->ports[i].device]) != 0)
			return EXIT_RUN;
		run->n_started++;
		run->kept |= rs_port_keeps_buffers(&app->ports[i]);
	}
	if (!set_up_steering(run) || rs_exception_start(app, &run->log) != 0)
		return EXIT_RUN;
	if (rs_exception_attach(app) != 0) {
		rs_eal_say_memory(&run->args, &app->config);
		return EXIT_RUN;
	}
	if (rs_reload_acl(app) != 0) {
		rs_eal_say_memory(&run->args, &app->config);
		return EXIT_RUN;
	}
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

/* Have the service metrics serve the counters of the workers, which exist. */
static void
offer_counters(struct run *run)
{
	run->text = (struct rs_service_text){
		.write = rs_prometheus_write,
		.arg = &run->app,
		.size = rs_prometheus_size(&run->app),
		.type = RS_PROMETHEUS_TYPE,
	};
	run->app.text = &run->text;
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
	offer_counters(run);
	if (ret == 0)
		ret = start_capture(run);
	if (ret == 0)
		ret = start_ports(run);
	if (ret != 0)
		return ret;
	start_pdump(&run->app);
	if (rs_reload_start(&run->reload, &run->app, &run->args.settings) != 0) {
		rs_eal_say_memory(&run->args, &run->app.config);
		return EXIT_RUN;
	}
	if (run->program->reloads)
		rs_orders_begin();
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
	rs_reload_end(&run->reload);
	if (app->pdump)
		rte_pdump_uninit();
	rs_resets_free(app->resets);
	for (i = 0; i < app->n_workers; i++)
		rs_worker_close(&app->workers[i]);
	rs_acl_free(app->acl);
	end_capture(app);
	for (i = 0; i < run->n_started; i++) {
		if (rs_config_device_first(&app->config, i) == i)
			rs_port_stop(&app->ports[i]);
	}
	rs_exception_end(app);
	for (i = 0; i < app->n_workers; i++) {
		unsigned int lost = rs_worker_fini(&app->workers[i], &app->config);

		/* a port that never started frees the mbufs of its set-up late */
		if (lost != 0 && !run->kept && run->n_started == app->config.n_ports)
			warnx("bug: %u mbufs of worker %u were not freed", lost, i);
	}
	if (run->program->destroy != NULL)
		run->program->destroy(app);
	rte_free(app->workers);
	explicit_bzero(app->config.cookie_bytes, sizeof(app->config.cookie_bytes));
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
	return sig == SIGINT || sig == SIGTERM || sig == SIGQUIT;
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
		rs_port_stats_keep(&run->app, rs_worker_clock_now(clock));
		write_captures(&run->app);
	}
	return all_ended(&run->app);
}

/* Run the program that withdraws the route; a second signal ends it. */
static void
run_hook(struct run *run, const char *action, const char *name, bool *again)
{
	const struct rs_config *config = &run->app.config;
	const struct rs_clock *clock = &run->app.clock;
	uint64_t end = rs_worker_clock_now(clock) + UINT64_C(1000) * config->hook_timeout_ms;
	pid_t pid;

	if (config->stop_hook[0] == '\0')
		return;
	pid = rs_hook_start(&run->logs, config->stop_hook, action, name);
	if (pid < 0)
		return;
	while (!rs_hook_ended(&run->logs, pid, config->stop_hook)) {
		if (*again || rs_worker_clock_now(clock) >= end) {
			rs_hook_kill(&run->logs, pid, config->stop_hook);
			return;
		}
		*again = is_stop(next_signal(run, LOOK_MS));
		rs_health_look(&run->health, rs_worker_clock_now(clock));
		write_captures(&run->app);
	}
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
	run_hook(run, "stop", NULL, &again);
	if (!app->config.stop_reset && !again) {
		ask_to_stop(app, RS_STOP_FINISH);
		ended = wait_ended(run, app->config.stop_timeout_ms, &again);
	}
	if (!ended) {
		again = false;
		ask_to_stop(app, RS_STOP_RESET);
		wait_ended(run, RESET_WAIT_MS, &again);
	}
	for (i = 0; i < app->n_workers; i++)
		__atomic_store_n(&app->workers[i].quit, true, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
	write_captures(app);
}

/* Log lines that the answer to an order has, each with a beginning. */
static void
say_lines(struct rs_logs *logs, enum rs_log_level level, const char *beginning, char *lines)
{
	char *line;

	while ((line = strsep(&lines, "\n")) != NULL)
		if (*line != '\0')
			rs_log(logs, RS_LOG_reload, level, "%s%s", beginning, line);
}

/* Read the configuration again. */
static void
reload(struct run *run, struct rs_order *answer)
{
	struct timespec now;
	struct rs_order copy;

	clock_gettime(CLOCK_MONOTONIC, &now);
	rs_notify("RELOADING=1\nMONOTONIC_USEC=%" PRIu64, (uint64_t)now.tv_sec * 1000000 +
		(uint64_t)now.tv_nsec / 1000);
	if (rs_reload(&run->reload, answer) == 0) {
		copy = *answer;
		rs_log(&run->logs, RS_LOG_reload, RS_LOG_NOTICE,
			"the configuration was read again: %s changed",
			copy.changed[0] == '\0' ? "nothing has" : "this has");
		say_lines(&run->logs, RS_LOG_NOTICE, "changed: ", copy.changed);
		say_lines(&run->logs, RS_LOG_NOTICE, "changes with the next start: ", copy.later);
	} else {
		copy = *answer;
		say_lines(&run->logs, RS_LOG_WARNING, "the configuration stays as it is: ",
			copy.error);
	}
	rs_notify("READY=1");
}

/* Carry out the order of a telemetry command. @return whether it is to stop */
static bool
obey(struct run *run)
{
	struct rs_order *order = rs_order_next();
	bool again = false;

	if (order == NULL)
		return false;
	if (order->verb == RS_ORDER_RELOAD) {
		reload(run, order);
	} else if (order->param[0] != '\0') {
		run_hook(run, "drain", order->param, &again);
		if (rs_reload_drain(&run->reload, order->param, order) == 0)
			rs_log(&run->logs, RS_LOG_reload, RS_LOG_NOTICE, "[listen %s] is drained",
				order->param);
	} else {
		snprintf(order->changed, sizeof(order->changed), "%s is stopping\n",
			run->program->usage->name);
		run->drained = true;
	}
	rs_order_done();
	return run->drained || again;
}

/* Act upon a signal that does not stop the program. */
static void
act_upon(struct run *run, int sig)
{
	struct rs_order answer;

	if (sig == SIGUSR1) {
		run->program->summary(&run->app, stdout);
	} else if (sig == SIGHUP && run->program->reloads) {
		memset(&answer, 0, sizeof(answer));
		reload(run, &answer);
	} else if (sig == SIGHUP) {
		rs_log(&run->logs, RS_LOG_reload, RS_LOG_WARNING, "SIGHUP is ignored, because the "
			"configuration is read only at the start");
	}
}

/* Log once that a device does not hash as it says. */
static void
say_steering(struct run *run)
{
	struct rs_app *app = &run->app;

	if (app->seek_said || rs_spread_now(app) != RS_STEERING_DEVICE_WRONG)
		return;
	app->seek_said = true;
	rs_log(&run->logs, RS_LOG_health, RS_LOG_WARNING, "steering by %s",
		rs_steering_text(RS_STEERING_DEVICE_WRONG));
}

/* Log once for each device that it put a wrong hash into a packet buffer. */
static void
say_wrong_hashes(struct run *run)
{
	struct rs_app *app = &run->app;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		struct rs_spread *spread = &app->spread[app->ports[i].device];

		if (spread->hash_said || rs_spread_hash_now(spread) != RS_HASH_WRONG)
			continue;
		spread->hash_said = true;
		rs_log(&run->logs, RS_LOG_health, RS_LOG_WARNING, "[port %u] rss_hash: the device "
			"put a wrong RSS hash into the packet buffer of a segment, so the workers "
			"compute the hashes from now on; set rss_hash = no",
			app->config.ports[i].number);
	}
}

/* Wait for a signal to stop, or for the end of the program's work. */
static void
wait_for_stop(struct run *run)
{
	const struct rs_program *program = run->program;
	struct rs_app *app = &run->app;
	bool more = program->watch != NULL;
	int sig;

	do {
		sig = next_signal(run, more ? LOOK_MS : RS_HEALTH_CALL_MS);
		rs_health_look(&run->health, rs_worker_clock_now(&app->clock));
		rs_port_stats_keep(app, rs_worker_clock_now(&app->clock));
		rs_resets_collect(app->resets, app);
		write_captures(app);
		say_steering(run);
		say_wrong_hashes(run);
		act_upon(run, sig);
		more = rs_reload_look(&run->reload) || program->watch != NULL;
		more |= rs_devices_look(&run->devices, rs_worker_clock_now(&app->clock));
		if (program->watch != NULL && !program->watch(app, stdout))
			return;
	} while (!is_stop(sig) && !obey(run));
	rs_orders_end();
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
	rs_spread_say(app, notes(app));
	rs_port_stats_keep(app, rs_worker_clock_now(&app->clock));
	rs_devices_start(&run->devices, app, run->reload.qsbr);
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
		UINT64_C(1000) * (app->config.stop_timeout_ms + STOP_MARGIN_MS +
			(app->config.stop_hook[0] != '\0' ? app->config.hook_timeout_ms : 0)));
	stop_workers(run);
	rs_devices_end(&run->devices);
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
	sigaddset(signals, SIGQUIT);
	sigaddset(signals, SIGUSR1);
	sigaddset(signals, RS_ORDER_SIGNAL);
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
		if (ret == 0) {
			run->app.logs = &run->logs;
			rs_log_start(&run->logs, &run->app.config,
				rs_args_eal_has(&run->args, "log-level", 0));
			ret = run_workers(run);
		}
		rs_log_end(&run->logs);
		take_down(run);
		rte_eal_cleanup();
	} else {
		rs_eal_log_end(&run->log);
		ret = EXIT_RUN;
	}
	pidfile_remove(pidfile);
	return ret;
}

/* The process that runs with a file prefix, or 0. */
static pid_t
running_process(const char *prefix)
{
	char path[PATH_MAX];
	char text[16] = "";
	pid_t pid = 0;
	int fd;

	if (!pidfile_path(prefix, path, sizeof(path)))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 &&
	    read(fd, text, sizeof(text) - 1) > 0)
		pid = (pid_t)strtol(text, NULL, 10);
	if (fd >= 0)
		close(fd);
	return pid;
}

/* -t: print the configuration, and check the machine. @return the exit status */
static int
check(const struct run *run)
{
	const struct rs_config *config = &run->app.config;
	pid_t pid = running_process(rs_eal_file_prefix(&run->args, config));

	rs_config_print(config, stdout);
	rs_machine_print(&run->args, config, stdout);
	fflush(stdout);
	if (pid == 0)
		return rs_machine_check(&run->args, config, stderr) == 0 ? EXIT_SUCCESS : EXIT_RUN;
	/* before a reload: devices and memory are in use, by that process */
	printf("devices and memory are those of process %d, which runs\n", (int)pid);
	return EXIT_SUCCESS;
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
				&run->app.config, stderr) != 0) {
			ret = EXIT_USAGE;
			break;
		}
		rs_eal_override(&run->args, &run->app.config);
		ret = run->args.mode == RS_ARGS_CHECK ? check(run) : run_eal(run);
		break;
	}
	free(run);
	return ret;
}
