/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Orders: telemetry commands that the main lcore carries out, because they change the appliance
 * that all other commands read.
 */

#ifndef RS_APP_ORDERS_H
#define RS_APP_ORDERS_H

#include <stdbool.h>

#include <rte_telemetry.h>

/** The signal that wakes the main lcore, which blocks it. */
#define RS_ORDER_SIGNAL SIGUSR2

/** The orders. */
enum rs_order_verb {
	RS_ORDER_NONE,
	RS_ORDER_RELOAD,
	RS_ORDER_DRAIN,         /**< of the listener `param`; "": the whole appliance */
};

/** An order and its answer, in lines that end with a newline. */
struct rs_order {
	enum rs_order_verb verb;
	char param[64];
	char error[2048];       /**< "": it was carried out */
	char changed[6144];
	char later[4096];       /**< of a reload: what changes with the next start */
};

/** Take orders from now on. */
void rs_orders_begin(void);

/** The order that waits for the main lcore, or NULL. */
struct rs_order *rs_order_next(void);

/** It was carried out, or refused. */
void rs_order_done(void);

/** No order will be carried out any more. */
void rs_orders_end(void);

/**
 * Give an order and answer a command with the result. A thread of telemetry.
 *
 * @param param  NULL: none
 */
int rs_order_give(enum rs_order_verb verb, const char *param, struct rte_tel_data *data);

#endif /* RS_APP_ORDERS_H */
