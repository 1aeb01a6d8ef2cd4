/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A page of connections, of which a worker does not answer in time. */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>
#include <rte_eal.h>
#include <rte_telemetry.h>

#include "app.h"
#include "control.h"
#include "watch/telemetry.h"

#define N_WORKERS 2

/* What a command did with its answer. */
static struct {
	unsigned int starts;            /* an answer that is begun again loses what it has */
	unsigned int containers;
	uint64_t next;
	bool refused;
} answer;

/* Workers below this number answer, with one connection each. */
static unsigned int answering;
static const struct rs_worker *workers;

int __wrap_rs_control_walk(struct rte_ring *mailbox, struct rs_pace *pace,
	struct rs_control *control);
int __wrap_rte_tel_data_start_dict(struct rte_tel_data *data);
int __wrap_rte_tel_data_add_dict_container(struct rte_tel_data *data, const char *name,
	struct rte_tel_data *value, int keep);
int __wrap_rte_tel_data_add_dict_u64(struct rte_tel_data *data, const char *name, uint64_t value);
int __wrap_rte_tel_data_add_dict_string(struct rte_tel_data *data, const char *name,
	const char *value);

int
__wrap_rs_control_walk(struct rte_ring *mailbox __rte_unused, struct rs_pace *pace,
	struct rs_control *control)
{
	unsigned int i = 0;

	while (&workers[i].pace != pace)
		i++;
	if (i >= answering)
		return -ETIMEDOUT;
	control->n = 1;
	control->entries[0] = (struct rs_conn_entry){ .position = 3 };
	control->position = 0;
	return 0;
}

/* The page is begun once; the rows that its connections have are not the answer. */
int
__wrap_rte_tel_data_start_dict(struct rte_tel_data *data)
{
	if (data == (struct rte_tel_data *)&answer)
		answer.starts++;
	return 0;
}

int
__wrap_rte_tel_data_add_dict_container(struct rte_tel_data *data,
	const char *name __rte_unused, struct rte_tel_data *value, int keep)
{
	assert_ptr_equal(data, &answer);
	assert_int_equal(keep, 0);
	answer.containers++;
	rte_tel_data_free(value);
	return 0;
}

int
__wrap_rte_tel_data_add_dict_u64(struct rte_tel_data *data, const char *name, uint64_t value)
{
	if (data == (struct rte_tel_data *)&answer && strcmp(name, "next") == 0)
		answer.next = value;
	return 0;
}

int
__wrap_rte_tel_data_add_dict_string(struct rte_tel_data *data, const char *name,
	const char *value __rte_unused)
{
	if (data == (struct rte_tel_data *)&answer && strcmp(name, "error") == 0)
		answer.refused = true;
	return 0;
}

/* Ask for the first page while so many workers answer. */
static void
ask(const struct rs_app *app, unsigned int n)
{
	const struct rs_telemetry_command *list = rs_telemetry_find("/rstack/conn/list");

	memset(&answer, 0, sizeof(answer));
	answering = n;
	assert_int_equal(list->run(app, NULL, (struct rte_tel_data *)&answer), 0);
}

static struct rs_app *
make_app(void)
{
	struct rs_app *app = calloc(1, sizeof(*app));

	assert_non_null(app);
	app->workers = aligned_alloc(RTE_CACHE_LINE_SIZE, N_WORKERS * sizeof(*app->workers));
	assert_non_null(app->workers);
	memset(app->workers, 0, N_WORKERS * sizeof(*app->workers));
	app->n_workers = N_WORKERS;
	workers = app->workers;
	return app;
}

static void
free_app(struct rs_app *app)
{
	free(app->workers);
	free(app);
}

static void
all_workers_are_listed(void **state __rte_unused)
{
	struct rs_app *app = make_app();

	ask(app, N_WORKERS);
	assert_int_equal(answer.starts, 1);
	assert_int_equal(answer.containers, N_WORKERS);
	assert_int_equal(answer.next, 0);
	free_app(app);
}

/*
 * The connections that are in the answer stay there: an error would begin it anew, which loses
 * their memory. The next page begins at the worker that did not answer.
 */
static void
a_worker_that_does_not_answer_ends_the_page(void **state __rte_unused)
{
	struct rs_app *app = make_app();

	ask(app, 1);
	assert_false(answer.refused);
	assert_int_equal(answer.starts, 1);
	assert_int_equal(answer.containers, 1);
	assert_true(answer.next != 0);
	free_app(app);
}

static void
no_answer_at_all_is_an_error(void **state __rte_unused)
{
	struct rs_app *app = make_app();

	ask(app, 0);
	assert_true(answer.refused);
	assert_int_equal(answer.containers, 0);
	free_app(app);
}

int
main(int argc __rte_unused, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_workers_are_listed),
		cmocka_unit_test(a_worker_that_does_not_answer_ends_the_page),
		cmocka_unit_test(no_answer_at_all_is_an_error),
	};

	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level=error", "-m", "64", NULL };

	/* the time that a command takes is measured by EAL's TSC */
	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
