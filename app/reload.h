/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Changes of a running appliance: a new configuration, and listeners that are drained. The main
 * lcore prepares everything, each worker takes its part between two bursts, and the old part is
 * freed when each worker has passed a quiescent state (rte_rcu_qsbr).
 */

#ifndef RS_APP_RELOAD_H
#define RS_APP_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "watch/orders.h"

/** Connections to be ended: those of a listener that drains, or to addresses that are gone. */
struct rs_reload_end {
	struct rs_conn_filter filter;
	enum rs_kill kill;
	uint64_t due;           /**< microseconds: not before */
	unsigned int worker;    /**< whose connections are looked at */
	uint64_t position;      /**< of the walk over them */
};

/** Most entries of that list; one more waits until there is room. */
#define RS_RELOAD_ENDS 256

struct rs_reload_old;

/** The state of changes, of the main lcore. */
struct rs_reload {
	struct rs_app *app;
	const struct rs_settings *settings; /**< of the command line, which override the file */
	struct rte_rcu_qsbr *qsbr;
	struct rs_reload_old *old; /**< is to be freed; NULL: nothing */
	uint64_t look;          /**< microseconds: look for listeners without connections then */
	struct rs_reload_end ends[RS_RELOAD_ENDS];
	unsigned int n_ends;
};

/** Gather the prefixes of all ports in one list, in the form of rs_stack_params. */
void rs_reload_prefixes(struct rs_app *app);

/** Make the access list of all workers. @return 0, also if there are no rules, or -ENOMEM */
int rs_reload_acl(struct rs_app *app);

/** Get ready for changes, before the workers run. @return 0 or -ENOMEM */
int rs_reload_start(struct rs_reload *reload, struct rs_app *app,
	const struct rs_settings *settings);

/** Free everything. The workers have ended. */
void rs_reload_end(struct rs_reload *reload);

/**
 * Read the file again, and change what can be changed.
 *
 * @param answer  [out] lines about the change, or the sentences that refuse the file
 * @return 0, or -1: nothing has changed
 */
int rs_reload(struct rs_reload *reload, struct rs_order *answer);

/**
 * Drain a listener: its ports become closed, its connections finish, and after [stop] timeout
 * those that are left are reset.
 *
 * @return 0, or -1: nothing has changed
 */
int rs_reload_drain(struct rs_reload *reload, const char *name, struct rs_order *answer);

/** Free what is old, and end connections that are to be ended. @return whether there is more */
bool rs_reload_look(struct rs_reload *reload);

#endif /* RS_APP_RELOAD_H */
