/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Changes of a running appliance. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "control.h"
#include "log.h"
#include "reload.h"
#include "seqcount.h"
#include "watch/capture.h"
#include "watch/telemetry.h"

/* Longest wait for the workers to take a change, and for telemetry commands to end. */
#define WAIT_MS 2000

/* Interval at which listeners that are gone are looked at. */
#define LOOK_US 1000000

/* Messages to workers, about connections to be ended, of one rs_reload_look(). */
#define END_MESSAGES 16

/* The parts of a change for each worker; after it, those that it replaced. */
struct rs_reload_old {
	struct rs_stack_change *changes[RTE_MAX_LCORE];
	struct rs_listener *listeners[RTE_MAX_LCORE];
	bool posted[RTE_MAX_LCORE];
	unsigned int n;
	struct rs_acl *acl;
	bool tokened;
	uint64_t token;         /* of the quiescent state after which it is freed */
};

void
rs_reload_prefixes(struct rs_app *app)
{
	unsigned int i, j;

	app->n_terminate = 0;
	for (i = 0; i < app->config.n_ports; i++) {
		const struct rs_config_port *port = &app->config.ports[i];

		for (j = 0; j < port->n_terminate && app->n_terminate < RS_PREFIXES_MAX; j++) {
			app->terminate_port[app->n_terminate] = app->ports[i].id;
			app->terminate[app->n_terminate++] = port->terminate[j];
		}
	}
}

int
rs_reload_acl(struct rs_app *app)
{
	unsigned int n = app->config.acl.n_rules;
	struct rs_acl_rule *rules;

	app->acl = NULL;
	if (n == 0)
		return 0;
	rules = calloc(n, sizeof(*rules));
	if (rules == NULL)
		return -ENOMEM;
	n = rs_config_acl_rules(&app->config, rules);
	/* all workers read it, and it stays in their caches, so it has no node of its own */
	app->acl = rs_acl_create(rules, n, (unsigned int)SOCKET_ID_ANY);
	free(rules);
	return app->acl != NULL ? 0 : -ENOMEM;
}

int
rs_reload_start(struct rs_reload *reload, struct rs_app *app, const struct rs_settings *settings)
{
	size_t size = rte_rcu_qsbr_get_memsize(app->n_workers);
	unsigned int i;

	memset(reload, 0, sizeof(*reload));
	reload->app = app;
	reload->settings = settings;
	reload->qsbr = rte_zmalloc("rs_qsbr", size, RTE_CACHE_LINE_SIZE);
	if (reload->qsbr == NULL || rte_rcu_qsbr_init(reload->qsbr, app->n_workers) != 0)
		return -ENOMEM;
	for (i = 0; i < app->n_workers; i++) {
		rte_rcu_qsbr_thread_register(reload->qsbr, app->workers[i].queue);
		app->workers[i].qsbr = reload->qsbr;
	}
	return 0;
}

static void
free_old(struct rs_reload_old *old)
{
	unsigned int i;

	for (i = 0; old != NULL && i < old->n; i++) {
		rs_stack_change_free(old->changes[i]);
		free(old->listeners[i]);
	}
	if (old != NULL)
		rs_acl_free(old->acl);
	free(old);
}

void
rs_reload_end(struct rs_reload *reload)
{
	unsigned int i;

	if (reload->app == NULL)
		return;
	free_old(reload->old);
	for (i = 0; i < reload->app->n_workers; i++)
		reload->app->workers[i].qsbr = NULL;
	rte_free(reload->qsbr);
}

/* Write a sentence as the answer. @return -1 */
__rte_format_printf(2, 3)
static int
refuse(struct rs_order *answer, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(answer->error, sizeof(answer->error), format, ap);
	va_end(ap);
	return -1;
}

/* Make the listener at an index of a worker, as it will be. @return 0, or -1 after a sentence */
static int
next_listener(const struct rs_worker *w, const struct rs_app *app, unsigned int i,
	struct rs_listener *out, struct rs_order *answer)
{
	const struct rs_config_listener *config = &app->config.listeners[i];
	const struct rs_listener *running = i < w->n_listeners && config->name[0] != '\0' &&
		w->listeners[i].id == config->id ? &w->listeners[i] : NULL;
	char error[256];

	if (rs_worker_listener(out, config, running, app->config.tcp.tos, error,
			sizeof(error)) != 0)
		return refuse(answer, "[listen %s]: %s\n", config->name, error);
	if (running == NULL && rs_worker_give_text(out, config, app->text) != 0)
		return refuse(answer, "too little memory is left for the change\n");
	if (config->gone) {
		out->port_first = 0;
		out->port_last = 0;
	}
	return 0;
}

/* Free the services that were made for a change. */
static void
end_new_listeners(const struct rs_worker *w, const struct rs_config *config,
	struct rs_listener *listeners)
{
	unsigned int i;

	for (i = 0; i < config->n_listeners; i++)
		if (i >= w->n_listeners || listeners[i].id != w->listeners[i].id)
			rs_worker_listener_end(&listeners[i], &config->listeners[i]);
}

/* Prepare the change of a worker. @return 0, or -1 after a sentence */
static int
prepare_worker(struct rs_worker *w, const struct rs_app *next, struct rs_listener *listeners,
	struct rs_stack_change **change, struct rs_order *answer)
{
	struct rs_stack_params params = rs_worker_params(w, next);
	unsigned int i;

	for (i = 0; i < next->config.n_listeners; i++)
		if (next_listener(w, next, i, &listeners[i], answer) != 0)
			return -1;
	params.listeners = listeners;
	params.n_listeners = next->config.n_listeners;
	*change = rs_stack_change_create(&params);
	if (*change != NULL)
		return 0;
	if (rte_errno == EINVAL)
		return refuse(answer, "the prefixes or listeners cannot be used on the ports as "
			"they run; expected a restart\n");
	return refuse(answer, "too little memory is left for the change\n");
}

/* Prepare the change of all workers. @return NULL after a sentence */
static struct rs_reload_old *
prepare(const struct rs_app *app, const struct rs_app *next, struct rs_order *answer)
{
	struct rs_reload_old *part = calloc(1, sizeof(*part));
	bool good = part != NULL;
	unsigned int i;

	for (i = 0; good && i < app->n_workers; i++) {
		part->listeners[i] = calloc(RS_LISTENERS_MAX, sizeof(*part->listeners[i]));
		part->n++;
		good = part->listeners[i] != NULL &&
			prepare_worker(&app->workers[i], next, part->listeners[i],
				&part->changes[i], answer) == 0;
	}
	if (good)
		return part;
	if (answer->error[0] == '\0')
		refuse(answer, "too little memory is left for the change\n");
	for (i = 0; part != NULL && i < part->n; i++)
		if (part->listeners[i] != NULL)
			end_new_listeners(&app->workers[i], &next->config, part->listeners[i]);
	free_old(part);
	return NULL;
}

/* Put the change in the mailboxes that have room. */
static void
post(const struct rs_app *app, struct rs_reload_old *part)
{
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		struct rs_control control = {
			.verb = RS_CONTROL_CHANGE, .change = part->changes[i],
		};

		/* without waiting, so that the workers take it at the same time */
		if (!part->posted[i])
			part->posted[i] = rs_control_ask(app->workers[i].mailbox, &control, 0) ==
				-ETIMEDOUT;
	}
}

static bool
all_applied(const struct rs_reload_old *part)
{
	unsigned int i;

	for (i = 0; i < part->n; i++)
		if (!rs_stack_change_applied(part->changes[i]))
			return false;
	return true;
}

/* Make the next state of the appliance the present one. Telemetry waits meanwhile. */
static void
take_over(struct rs_app *app, const struct rs_app *next, struct rs_reload_old *part)
{
	bool changes_level = app->config.log_level != next->config.log_level;
	unsigned int i, j;

	app->config = next->config;
	part->acl = app->acl;
	app->acl = next->acl;
	memcpy(app->terminate, next->terminate, sizeof(app->terminate));
	memcpy(app->terminate_port, next->terminate_port, sizeof(app->terminate_port));
	app->n_terminate = next->n_terminate;
	for (i = 0; i < app->n_workers; i++) {
		struct rs_worker *w = &app->workers[i];

		for (j = 0; j < app->config.n_listeners; j++) {
			part->listeners[i][j].name = app->config.listeners[j].name;
			part->listeners[i][j].allow = app->config.listeners[j].allow;
		}
		RTE_SWAP(w->listeners, part->listeners[i]);
		w->n_listeners = app->config.n_listeners;
	}
	for (i = 0; i < RS_LOG_TYPES && changes_level; i++)
		rs_log_set_level((enum rs_log_type)i, app->config.log_level);
	if (app->capture != NULL)
		rs_capture_choose(app->capture, &app->config.capture_causes);
}

/* Have the workers take a change that is prepared. */
static void
apply(struct rs_reload *reload, const struct rs_app *next, struct rs_reload_old *part)
{
	struct rs_app *app = reload->app;
	unsigned int ms;

	/* workers, which write the service metrics, read names and counters meanwhile */
	rs_seqcount_begin(&app->changes);
	take_over(app, next, part);
	for (ms = 0; ms < WAIT_MS; ms++) {
		post(app, part);
		if (all_applied(part))
			break;
		usleep(1000);
	}
	rs_seqcount_end(&app->changes);
	reload->old = part;
}

/* Note connections that are to be ended. */
static void
add_end(struct rs_reload *reload, const struct rs_reload_end *end)
{
	if (reload->n_ends < RS_RELOAD_ENDS)
		reload->ends[reload->n_ends++] = *end;
}

/* Whether two prefixes are the same. A struct has bytes that belong to no member. */
static bool
prefix_equal(const struct rs_prefix *a, const struct rs_prefix *b)
{
	return a->len == b->len && rs_addr_equal(&a->addr, &b->addr);
}

/* End the connections to addresses that are no longer ours, because no frame reaches them. */
static void
end_prefixes(struct rs_reload *reload, const struct rs_app *next)
{
	const struct rs_app *app = reload->app;
	struct rs_reload_end end = { .filter.any_listener = true, .kill = RS_KILL_STOP_RESET };
	unsigned int i, j;

	for (i = 0; i < app->n_terminate; i++) {
		for (j = 0; j < next->n_terminate; j++)
			if (prefix_equal(&app->terminate[i], &next->terminate[j]))
				break;
		end.filter.local = app->terminate[i];
		if (j == next->n_terminate)
			add_end(reload, &end);
	}
}

/* Change the appliance to its next state. @return 0, or -1 after a sentence */
static int
change_to(struct rs_reload *reload, struct rs_app *next, struct rs_order *answer)
{
	struct rs_reload_old *part;

	rs_reload_prefixes(next);
	if (rs_reload_acl(next) != 0)
		return refuse(answer, "too little memory is left for the access list\n");
	part = prepare(reload->app, next, answer);
	if (part == NULL) {
		rs_acl_free(next->acl);
		return -1;
	}
	if (!rs_telemetry_lock(WAIT_MS)) {
		unsigned int i;

		for (i = 0; i < part->n; i++)
			end_new_listeners(&reload->app->workers[i], &next->config,
				part->listeners[i]);
		free_old(part);
		rs_acl_free(next->acl);
		return refuse(answer, "a telemetry command has run for %d s; expected a try when "
			"it has ended\n", WAIT_MS / 1000);
	}
	end_prefixes(reload, next);
	apply(reload, next, part);
	rs_telemetry_unlock();
	return 0;
}

/* Begin a change. @return a copy of the appliance, or NULL after a sentence */
static struct rs_app *
begin(struct rs_reload *reload, struct rs_order *answer)
{
	struct rs_app *next;
	unsigned int ms;

	for (ms = 0; ms < WAIT_MS && reload->old != NULL; ms++) {
		rs_reload_look(reload);
		usleep(1000);
	}
	if (reload->old != NULL) {
		refuse(answer, "a worker has not taken the change before; expected a try when it "
			"polls again\n");
		return NULL;
	}
	next = malloc(sizeof(*next));
	if (next != NULL)
		*next = *reload->app;
	else
		refuse(answer, "too little memory is left for the change\n");
	return next;
}

/* Read the file, and change a copy of the appliance to it. @return 0, or -1 after sentences */
static int
read_file(const struct rs_reload *reload, struct rs_app *next, struct rs_order *answer)
{
	FILE *error = fmemopen(answer->error, sizeof(answer->error), "w");
	FILE *now = fmemopen(answer->changed, sizeof(answer->changed), "w");
	FILE *later = fmemopen(answer->later, sizeof(answer->later), "w");
	struct rs_config *file = malloc(sizeof(*file));
	int ret = -1;

	if (error != NULL && now != NULL && later != NULL && file != NULL &&
	    rs_config_load(next->config.usage, next->config.path, reload->settings, file,
			error) == 0)
		ret = rs_config_change(&next->config, file, now, later, error);
	if (error != NULL)
		fclose(error);
	if (now != NULL)
		fclose(now);
	if (later != NULL)
		fclose(later);
	freezero(file, sizeof(*file)); /* it has the secret of SYN cookies */
	if (ret != 0 && answer->error[0] == '\0')
		refuse(answer, "too little memory is left for the change\n");
	return ret;
}

int
rs_reload(struct rs_reload *reload, struct rs_order *answer)
{
	struct rs_app *next = begin(reload, answer);
	int ret = -1;

	if (next != NULL && read_file(reload, next, answer) == 0)
		ret = change_to(reload, next, answer);
	freezero(next, sizeof(*next));
	return ret;
}

/* Take a listener away in a copy of the appliance, and close its ports. @return its index, or -1 */
static int
close_listener(struct rs_app *next, const char *name)
{
	struct rs_config *config = &next->config;
	unsigned int i = 0, room = 0;

	while (i < config->n_listeners &&
	       (config->listeners[i].gone || config->listeners[i].closed ||
		strcmp(config->listeners[i].name, name) != 0))
		i++;
	if (i == config->n_listeners)
		return -1;
	while (room < config->n_listeners && config->listeners[room].name[0] != '\0')
		room++;
	config->listeners[i].gone = true;
	if (room == RTE_DIM(config->listeners))
		return (int)i; /* its ports are those of no listener, as [tcp] closed says */
	config->listeners[room] = (struct rs_config_listener){
		.id = ++config->last_id,
		.closed = true,
		.address = config->listeners[i].address,
		.port_first = config->listeners[i].port_first,
		.port_last = config->listeners[i].port_last,
		.drop = config->tcp.stop_drop,
		.tos = RS_CONFIG_TOS_TCP,
	};
	strlcpy(config->listeners[room].name, name, sizeof(config->listeners[room].name));
	config->n_listeners = RTE_MAX(config->n_listeners, room + 1);
	return (int)i;
}

int
rs_reload_drain(struct rs_reload *reload, const char *name, struct rs_order *answer)
{
	struct rs_app *next = begin(reload, answer);
	const struct rs_config *config = &reload->app->config;
	struct rs_reload_end end = { .kill = RS_KILL_STOP_FINISH };
	int index = -1;
	int ret = -1;

	if (next == NULL)
		return -1;
	index = close_listener(next, name);
	if (index < 0)
		refuse(answer, "there is no listener %s\n", name);
	else
		ret = change_to(reload, next, answer);
	freezero(next, sizeof(*next));
	if (ret != 0)
		return ret;
	end.filter.listener = (uint16_t)index;
	if (!config->stop_reset)
		add_end(reload, &end);
	end.kill = RS_KILL_STOP_RESET;
	end.due = rs_worker_clock_now(&reload->app->clock) +
		(config->stop_reset ? 0 : UINT64_C(1000) * config->stop_timeout_ms);
	add_end(reload, &end);
	snprintf(answer->changed, sizeof(answer->changed), "[listen %s] is drained\n", name);
	return 0;
}

/* Go on ending connections of one entry. @return how many messages that took */
static unsigned int
end_some(const struct rs_app *app, struct rs_reload_end *end)
{
	unsigned int n = 0;

	while (n < END_MESSAGES && end->worker < app->n_workers) {
		struct rs_control control = {
			.verb = RS_CONTROL_KILL_SOME, .filter = end->filter, .kill = end->kill,
			.position = end->position,
		};

		n++;
		if (rs_control_ask(app->workers[end->worker].mailbox, &control,
				RS_CONTROL_TIMEOUT_MS) != 0)
			break;
		end->position = control.position;
		end->worker += control.position == 0;
	}
	return n;
}

/* End connections for a while. @return whether there is more to be done */
static bool
look_for_ends(struct rs_reload *reload)
{
	uint64_t now = rs_worker_clock_now(&reload->app->clock);
	bool more = false;
	unsigned int i = 0;

	while (i < reload->n_ends) {
		struct rs_reload_end *end = &reload->ends[i];

		if (end->due <= now)
			end_some(reload->app, end);
		more |= end->due <= now;
		if (end->worker == reload->app->n_workers)
			*end = reload->ends[--reload->n_ends];
		else
			i++;
	}
	return more;
}

/* Whether a listener that is gone has no connection on any worker. */
static bool
is_over(const struct rs_app *app, unsigned int listener)
{
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		struct rs_control control = { .verb = RS_CONTROL_OVER, .listener = listener };
		const struct rs_worker *w = &app->workers[i];
		const struct rs_listener_stats *stats =
			rs_stack_listener_stats(w->stack, listener);

		/* most often the counter tells it without a message */
		if (__atomic_load_n(&stats->open, __ATOMIC_RELAXED) != 0 ||
		    rs_control_ask(w->mailbox, &control, RS_CONTROL_TIMEOUT_MS) != 0 ||
		    control.result == 0)
			return false;
	}
	return true;
}

/* Free the services of listeners that are gone and have no connection any more. */
static void
look_for_gone(struct rs_app *app)
{
	unsigned int i, j;

	for (i = 0; i < app->config.n_listeners; i++) {
		struct rs_config_listener *config = &app->config.listeners[i];

		if (!config->gone || config->name[0] == '\0' || !is_over(app, i) ||
		    !rs_telemetry_lock(0))
			continue;
		for (j = 0; j < app->n_workers; j++) {
			struct rs_listener *l = &app->workers[j].listeners[i];
			struct rs_listener copy = *l;

			/* the worker may read the listener, but not its service's state */
			rs_worker_listener_end(&copy, config);
			l->arg = NULL;
		}
		rs_seqcount_begin(&app->changes);
		rs_config_forget(&app->config, i);
		rs_seqcount_end(&app->changes);
		rs_telemetry_unlock();
	}
}

bool
rs_reload_look(struct rs_reload *reload)
{
	struct rs_reload_old *old = reload->old;
	uint64_t now = rs_worker_clock_now(&reload->app->clock);

	if (old != NULL && !all_applied(old))
		post(reload->app, old);
	else if (old != NULL && !old->tokened) {
		old->token = rte_rcu_qsbr_start(reload->qsbr);
		old->tokened = true;
	}
	if (old != NULL && old->tokened &&
	    rte_rcu_qsbr_check(reload->qsbr, old->token, false) == 1) {
		free_old(old);
		reload->old = NULL;
	}
	if (now >= reload->look && reload->old == NULL) {
		reload->look = now + LOOK_US;
		look_for_gone(reload->app);
	}
	return look_for_ends(reload) || reload->old != NULL;
}
