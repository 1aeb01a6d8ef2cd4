/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Orders, one at a time. A memzone holds it, because telemetry's callbacks have no argument. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <rte_errno.h>
#include <rte_memzone.h>

#include "watch/orders.h"
#include "watch/telemetry.h"

#define MEMZONE "rstack_orders"

/* Interval at which the giver looks for the answer, and the longest wait. */
#define WAIT_US 2000
#define WAIT_LOOKS (60 * 1000 * 1000 / WAIT_US)

/* The state of the one order. */
enum state {
	FREE,
	TAKEN,    /* by a thread that writes it, or reads the answer */
	GIVEN,
	DONE,
};

struct orders {
	int state;  /* enum state */
	bool ended; /* the main lcore takes no order any more */
	struct rs_order order;
};

static struct orders *
find_orders(void)
{
	const struct rte_memzone *zone = rte_memzone_lookup(MEMZONE);

	return zone != NULL ? zone->addr : NULL;
}

/* Change the state if it is `from`. @return whether it was */
static bool
change_state(struct orders *orders, int from, int to)
{
	return __atomic_compare_exchange_n(&orders->state, &from, to, false, __ATOMIC_ACQ_REL,
		__ATOMIC_ACQUIRE);
}

int
rs_orders_create(void)
{
	const struct rte_memzone *zone = rte_memzone_reserve(MEMZONE, sizeof(struct orders),
		SOCKET_ID_ANY, 0);

	if (zone == NULL)
		return -rte_errno;
	memset(zone->addr, 0, sizeof(struct orders));
	return 0;
}

struct rs_order *
rs_order_next(void)
{
	struct orders *orders = find_orders();

	if (orders == NULL || __atomic_load_n(&orders->state, __ATOMIC_ACQUIRE) != GIVEN)
		return NULL;
	return &orders->order;
}

void
rs_order_done(void)
{
	change_state(find_orders(), GIVEN, DONE);
}

void
rs_orders_end(void)
{
	struct orders *orders = find_orders();

	if (orders != NULL)
		__atomic_store_n(&orders->ended, true, __ATOMIC_RELEASE);
}

/* Wait for the answer. @return false: there will be none */
static bool
wait_done(struct orders *orders)
{
	unsigned int looks;

	for (looks = 0; looks < WAIT_LOOKS; looks++) {
		/* first, because the order before the end is carried out */
		bool ended = __atomic_load_n(&orders->ended, __ATOMIC_ACQUIRE);

		if (__atomic_load_n(&orders->state, __ATOMIC_ACQUIRE) == DONE)
			return true;
		if (ended)
			break;
		usleep(WAIT_US);
	}
	return !change_state(orders, GIVEN, FREE);
}

/* Fill in the answer to a command. */
static void
add_answer(const struct rs_order *order, struct rte_tel_data *data)
{
	rte_tel_data_start_dict(data);
	if (order->error[0] != '\0') {
		rs_telemetry_lines(data, "error", order->error);
		return;
	}
	rs_telemetry_lines(data, "changed", order->changed);
	if (order->verb == RS_ORDER_RELOAD)
		rs_telemetry_lines(data, "changes_with_the_next_start", order->later);
}

int
rs_order_give(enum rs_order_verb verb, const char *param, struct rte_tel_data *data)
{
	struct orders *orders = find_orders();
	struct rs_order *order;

	if (orders == NULL)
		return rs_telemetry_refuse(data, "this program reads its configuration only at "
			"the start");
	if (__atomic_load_n(&orders->ended, __ATOMIC_ACQUIRE))
		return rs_telemetry_refuse(data, "rstack is stopping");
	if (!change_state(orders, FREE, TAKEN))
		return rs_telemetry_refuse(data, "another reload or drain is running");
	order = &orders->order;
	memset(order, 0, sizeof(*order));
	order->verb = verb;
	strlcpy(order->param, param != NULL ? param : "", sizeof(order->param));
	change_state(orders, TAKEN, GIVEN);
	kill(getpid(), RS_ORDER_SIGNAL);
	if (!wait_done(orders))
		return rs_telemetry_refuse(data, __atomic_load_n(&orders->ended, __ATOMIC_ACQUIRE) ?
			"rstack is stopping" : "the main lcore does not answer");
	add_answer(order, data);
	change_state(orders, DONE, FREE);
	return 0;
}

const struct rs_telemetry_command rs_order_commands[] = {
	{ "/rstack/reload", NULL,
		"Read the configuration file again, and say what changes now and what with the "
		"next start", RS_ORDER_RELOAD },
	{ "/rstack/drain", NULL,
		"Stop accepting and let connections finish, then stop. Parameters: name of a "
		"listener (none: all)", RS_ORDER_DRAIN },
	{ NULL, NULL, NULL, RS_ORDER_NONE },
};
