/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * For tests of lib/tcp/loss: an engine without a state machine. Its pools, timer wheel and ready
 * ring are made here and not by lib/tcp/init.c, because the tests link nothing of lib/tcp's own
 * folder: that shows that the room stands alone.
 */

#ifndef LOSS_FIXTURE_H
#define LOSS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "random.h"
#include "tcp/loss/loss.h"

enum {
	LOSS_CONNECTIONS = 4,
	LOSS_STREAM = 1 << 16,  /* bytes of loss_test.bytes */
};

/** What a test has. Change `par` before loss_start(). */
struct loss_test {
	struct rs_tcp_params par;
	struct rs_stats stats;
	struct rs_service service;
	struct rs_listener listener;
	struct rs_listener_stats listener_stats;
	struct rs_link link;
	struct rs_neigh neigh;  /* of all connections */
	struct rs_tcp tcp;
	uint8_t bytes[LOSS_STREAM]; /**< immutable memory for send queues */
};

/** EAL, once a program. */
int loss_group(void **state);

/** A fresh engine; at the end every pool must be full again. */
int loss_setup(void **state);
int loss_teardown(void **state);

#define loss_test(name) cmocka_unit_test_setup_teardown(name, loss_setup, loss_teardown)

/** Make the pools. */
void loss_start(struct loss_test *t);

/** Let so much time pass; no timer fires. */
void loss_later(struct loss_test *t, uint64_t us);

#endif /* LOSS_FIXTURE_H */
