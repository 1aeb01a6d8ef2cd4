/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rstack-load: the client, with the ports, workers and engine of rstack. */

#include <err.h>
#include <stdlib.h>

#include "client.h"
#include "process.h"
#include "report.h"
#include "watch/summary.h"

/* Give a worker its client, and the settings of the connections that it opens. */
static int
create_client(struct rs_worker *w, const struct rs_app *app, unsigned int index)
{
	struct rs_listener *settings = &w->listeners[w->n_listeners];
	char error[256];

	w->client_arg = rs_load_client_create(&app->config.load, index, app->n_workers,
		(uint16_t)w->n_listeners, error, sizeof(error));
	if (w->client_arg == NULL) {
		warnx("%s", error);
		return -1;
	}
	w->client = &rs_load_client_ops;
	*settings = (struct rs_listener){
		.name = "load",
		.service = &rs_load_service,
		.arg = w->client_arg,
		.nodelay = true,
	};
	w->n_listeners++;
	return 0;
}

static int
load_create(struct rs_app *app)
{
	struct rs_load_report *report = calloc(1, sizeof(*report));
	unsigned int i;

	if (report == NULL) {
		warnx("no memory for the report");
		return -1;
	}
	report->next = UINT64_C(1000) * app->config.load.report_ms;
	app->program_data = report;
	for (i = 0; i < app->n_workers; i++)
		if (create_client(&app->workers[i], app, i) != 0)
			return -1;
	return 0;
}

static void
load_destroy(struct rs_app *app)
{
	unsigned int i;

	for (i = 0; i < app->n_workers; i++)
		rs_load_client_free(app->workers[i].client_arg);
	free(app->program_data);
}

/* Put the sums so far in the report. @return the report */
static struct rs_load_report *
update_report(struct rs_app *app)
{
	struct rs_load_report *report = app->program_data;

	rs_load_sum(&report->now, app->workers, app->n_workers,
		report->done != 0 ? report->done : rs_worker_clock_now(&app->clock));
	return report;
}

static bool
load_watch(struct rs_app *app, FILE *out)
{
	struct rs_load_report *report = app->program_data;
	uint64_t now = rs_worker_clock_now(&app->clock);
	bool done = true;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		const struct rs_load_client *c = app->workers[i].client_arg;

		done &= __atomic_load_n(&c->done, __ATOMIC_RELAXED);
	}
	if (done)
		report->done = now;
	else if (now >= report->next)
		rs_load_report_line(update_report(app), &app->config.load, out);
	return !done;
}

static int
load_summary(struct rs_app *app, FILE *out)
{
	const struct rs_load_report *report = update_report(app);

	if (app->config.load.json) {
		rs_load_report_json(&report->now, out);
	} else {
		rs_summary_write(app, out);
		rs_load_report_text(&report->now, out);
	}
	return rs_load_succeeded(&report->now, &app->config.load) ? 0 : -1;
}

int
main(int argc, char **argv)
{
	static const struct rs_program program = {
		.usage = &rs_usage_load,
		.create = load_create,
		.watch = load_watch,
		.summary = load_summary,
		.destroy = load_destroy,
		.commands = rs_load_commands,
	};

	return rs_program_run(&program, argc, argv);
}
