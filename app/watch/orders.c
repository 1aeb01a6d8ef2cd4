/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Orders, one at a time. The order is a variable of this file, because telemetry's callbacks have
 * no argument, and their threads outlive the memory of EAL.
 */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "watch/orders.h"
#include "watch/telemetry.h"

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

static struct {
	int state;   /* enum state */
	bool begun;  /* the main lcore takes orders */
	bool ended;  /* and takes no order any more */
	struct rs_order order;
} orders;

/* Change the state if it is `from`. @return whether it was */
static bool
change_state(int from, int to)
{
	return __atomic_compare_exchange_n(&orders.state, &from, to, false, __ATOMIC_ACQ_REL,
		__ATOMIC_ACQUIRE);
}

void
rs_orders_begin(void)
{
	memset(&orders, 0, sizeof(orders));
	__atomic_store_n(&orders.begun, true, __ATOMIC_RELEASE);
}

struct rs_order *
rs_order_next(void)
{
	return __atomic_load_n(&orders.state, __ATOMIC_ACQUIRE) == GIVEN ? &orders.order : NULL;
}

void
rs_order_done(void)
{
	change_state(GIVEN, DONE);
}

void
rs_orders_end(void)
{
	__atomic_store_n(&orders.ended, true, __ATOMIC_RELEASE);
}

/* Wait for the answer. @return false: there will be none */
static bool
wait_done(void)
{
	unsigned int looks;

	for (looks = 0; looks < WAIT_LOOKS; looks++) {
		/* first, because the order before the end is carried out */
		bool ended = __atomic_load_n(&orders.ended, __ATOMIC_ACQUIRE);

		if (__atomic_load_n(&orders.state, __ATOMIC_ACQUIRE) == DONE)
			return true;
		if (ended)
			break;
		usleep(WAIT_US);
	}
	return !change_state(GIVEN, FREE);
}

/* Say why an order was refused: in one text, as every command does, or in a list beside it. */
static void
add_error(const char *error, struct rte_tel_data *data)
{
	size_t len = strcspn(error, "\n");

	if (len < RS_TELEMETRY_STRING_MAX && error[len + strspn(error + len, "\n")] == '\0') {
		rs_telemetry_refuse(data, "%.*s", (int)len, error);
		return;
	}
	rs_telemetry_refuse(data, "it was refused; sentences says why");
	rs_telemetry_lines(data, "sentences", error);
}

/* Fill in the answer to a command. */
static void
add_answer(const struct rs_order *order, struct rte_tel_data *data)
{
	if (order->error[0] != '\0') {
		add_error(order->error, data);
		return;
	}
	rte_tel_data_start_dict(data);
	rs_telemetry_lines(data, "changed", order->changed);
	if (order->verb == RS_ORDER_RELOAD)
		rs_telemetry_lines(data, "changes_with_the_next_start", order->later);
}

int
rs_order_give(enum rs_order_verb verb, const char *param, struct rte_tel_data *data)
{
	struct rs_order *order = &orders.order;

	if (!__atomic_load_n(&orders.begun, __ATOMIC_ACQUIRE))
		return rs_telemetry_refuse(data, "this program reads its configuration only at "
			"the start");
	if (__atomic_load_n(&orders.ended, __ATOMIC_ACQUIRE))
		return rs_telemetry_refuse(data, "rstack is stopping");
	if (!change_state(FREE, TAKEN))
		return rs_telemetry_refuse(data, "another reload or drain is running");
	memset(order, 0, sizeof(*order));
	order->verb = verb;
	strlcpy(order->param, param != NULL ? param : "", sizeof(order->param));
	change_state(TAKEN, GIVEN);
	kill(getpid(), RS_ORDER_SIGNAL);
	if (!wait_done())
		return rs_telemetry_refuse(data, __atomic_load_n(&orders.ended, __ATOMIC_ACQUIRE) ?
			"rstack is stopping" : "the main lcore does not answer");
	add_answer(order, data);
	change_state(DONE, FREE);
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
