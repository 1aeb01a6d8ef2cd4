/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The list of resets: a ring under a lock, which no worker takes. */

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <rte_common.h>

#include "app.h"
#include "watch/resets.h"

struct rs_resets {
	pthread_mutex_t lock;
	uint64_t next;           /* number of the next reset */
	uint64_t from[RTE_MAX_LCORE]; /* the next record of each worker */
	struct rs_logged_reset kept[RS_RESETS_KEPT]; /* number k at k modulo RS_RESETS_KEPT */
};

struct rs_resets *
rs_resets_create(void)
{
	struct rs_resets *resets = calloc(1, sizeof(*resets));

	if (resets == NULL)
		return NULL;
	pthread_mutex_init(&resets->lock, NULL);
	resets->next = 1;
	return resets;
}

void
rs_resets_free(struct rs_resets *resets)
{
	if (resets == NULL)
		return;
	pthread_mutex_destroy(&resets->lock);
	free(resets);
}

/* Order by time, the oldest first, for qsort(). */
static int
compare_times(const void *a, const void *b)
{
	const struct rs_reset_record *ra = a;
	const struct rs_reset_record *rb = b;

	return (ra->time > rb->time) - (ra->time < rb->time);
}

/* Microseconds since 1970 of the workers' clock at 0. */
static uint64_t
clock_epoch(const struct rs_app *app)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (uint64_t)wall.tv_sec * 1000000 + (uint64_t)wall.tv_nsec / 1000 -
		rs_worker_clock_now(&app->clock);
}

/* Whether some worker has records that were not collected yet. */
static bool
any_new(const struct rs_resets *resets, const struct rs_app *app)
{
	struct rs_reset_record record;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		uint64_t from = resets->from[i];

		if (rs_stack_resets_from(app->workers[i].stack, &from, &record, 1) > 0)
			return true;
	}
	return false;
}

/* Collect with the lock held; records has room for RS_RESET_LOG of each worker. */
static void
collect(struct rs_resets *resets, const struct rs_app *app, struct rs_reset_record *records)
{
	uint64_t epoch = clock_epoch(app);
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		uint64_t from = resets->from[i];
		unsigned int got = rs_stack_resets_from(app->workers[i].stack, &from, &records[n],
			RS_RESET_LOG);

		resets->next += from - resets->from[i]; /* those that were lost */
		resets->from[i] = from + got;
		n += got;
	}
	qsort(records, n, sizeof(*records), compare_times);
	for (i = 0; i < n; i++, resets->next++)
		resets->kept[resets->next % RS_RESETS_KEPT] = (struct rs_logged_reset){
			.number = resets->next,
			.utc_us = epoch + records[i].time,
			.record = records[i],
		};
}

void
rs_resets_collect(struct rs_resets *resets, const struct rs_app *app)
{
	struct rs_reset_record *records;

	pthread_mutex_lock(&resets->lock);
	if (any_new(resets, app)) {
		records = calloc((size_t)app->n_workers * RS_RESET_LOG, sizeof(*records));
		if (records != NULL)
			collect(resets, app, records);
		free(records);
	}
	pthread_mutex_unlock(&resets->lock);
}

unsigned int
rs_resets_read(struct rs_resets *resets, uint64_t after, rs_resets_choose *choose,
	const void *arg, struct rs_logged_reset *out, unsigned int n)
{
	unsigned int copied = 0;
	uint64_t k;

	pthread_mutex_lock(&resets->lock);
	k = resets->next > RS_RESETS_KEPT ? resets->next - RS_RESETS_KEPT : 1;
	for (k = RTE_MAX(k, after < UINT64_MAX ? after + 1 : after);
	     k < resets->next && copied < n; k++) {
		const struct rs_logged_reset *reset = &resets->kept[k % RS_RESETS_KEPT];

		/* of a number that was skipped an older reset stands there, or none */
		if (reset->number == k && (choose == NULL || choose(arg, &reset->record)))
			out[copied++] = *reset;
	}
	pthread_mutex_unlock(&resets->lock);
	return copied;
}
