/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A connection without an engine, for tests of services: keeps the contract of rstack.h,
 * and where that leaves a choice, takes the one that is harder on the service.
 */

#ifndef RS_TEST_FAKE_CONN_H
#define RS_TEST_FAKE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rstack.h"
#include "services/services.h"

/** No limit. */
#define FAKE_ANY UINT32_MAX

/** What was sent, received and not taken. */
struct fake_bytes {
	uint8_t *data;
	size_t len, size;
};

/** Immutable memory, and a copy of it. */
struct fake_range {
	const void *memory;
	void *copy;
	size_t len;
};

/** The worker's side. */
struct rs_tcp {
	void *arg;              /**< the listener's */
	uint64_t now;           /**< microseconds */
};

/** The connection. Fill in room and slots, then fake_open(). */
struct rs_tcb {
	struct rs_tcp *tcp;
	const struct rs_service *ops;
	uint32_t room;          /**< bytes that send_copy and send_mbuf take, FAKE_ANY: all */
	uint32_t slots;         /**< how often rs_conn_send() takes, FAKE_ANY: always */
	void *user;
	struct fake_bytes sent; /**< in order */
	struct fake_bytes held; /**< struct fake_range of each rs_conn_send() in flight */
	size_t held_last;       /**< bytes of the last of them */
	bool unacked;           /**< bytes were sent after the last fake_acked() */
	struct fake_bytes left; /**< received, not taken by the service */
	bool wants_room;        /**< a send took less than asked */
	bool resume;
	bool fin;               /**< the peer's FIN came */
	bool told_fin;
	bool shut, closed, aborted; /**< what the service did */
	bool finish;            /**< it shut down by rs_conn_finish() */
	uint64_t expires;       /**< microseconds; 0: no time limit runs */
	enum rs_reset_reason reason; /**< of rs_conn_reset() */
	bool gone;              /**< sending answers -ENOTCONN */
	unsigned int offers;    /**< calls of `data` */
	struct rs_tuple tuple;
};

/** Make the listener's arg; fails the test with the service's sentence. */
void fake_listen(struct rs_tcp *tcp, const struct rs_service_type *type,
	const struct rs_config_listener *config);

/** Establish: zeroes all but tcp, ops, room, slots, user, and calls opened. */
void fake_open(struct rs_tcb *conn);

/** Bytes come, after those that were left. */
void fake_receive(struct rs_tcb *conn, const void *data, size_t len);
void fake_receive_str(struct rs_tcb *conn, const char *s);

/** More room: writable where it was asked for, and what was left is offered again. */
void fake_room(struct rs_tcb *conn, uint32_t room, uint32_t slots);

/** Time passes; a time limit that is over then is reported once. */
void fake_after(struct rs_tcb *conn, uint64_t ms);

/** The peer's FIN. */
void fake_fin(struct rs_tcb *conn);

/** The peer acknowledges all; until then memory of rs_conn_send() may not have changed. */
void fake_acked(struct rs_tcb *conn);

/** The connection ends; calls ended and frees what was recorded. */
void fake_end(struct rs_tcb *conn, enum rs_end how);

/** Forget what was sent so far. */
void fake_forget(struct rs_tcb *conn);

/** Free what a connection that has not ended still holds. */
void fake_free(struct rs_tcb *conn);

#endif /* RS_TEST_FAKE_CONN_H */
