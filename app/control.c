/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Mailboxes. A message belongs to its sender and to the worker until both have released it,
 * so the worker can still use it when the sender has stopped waiting.
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_errno.h>

#include "control.h"

/* Capacity of a mailbox, in messages. */
#define MAILBOX_SIZE 64

/* Interval at which a sender looks for the answer. */
#define WAIT_US 100

struct message {
	struct rs_control control;
	unsigned int refs; /* sender and worker */
	bool done;
};

static void
release_message(struct message *msg)
{
	if (__atomic_sub_fetch(&msg->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(msg);
}

struct rte_ring *
rs_control_create(const char *name, unsigned int socket)
{
	/* RTS, because senders share cores with the worker and may be preempted in an enqueue */
	return rte_ring_create(name, MAILBOX_SIZE, (int)socket,
		RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
}

void
rs_control_free(struct rte_ring *mailbox)
{
	void *msg;

	if (mailbox == NULL)
		return;
	while (rte_ring_dequeue(mailbox, &msg) == 0)
		release_message(msg);
	rte_ring_free(mailbox);
}

int
rs_control_ask(struct rte_ring *mailbox, struct rs_control *control, unsigned int timeout_ms)
{
	struct message *msg = calloc(1, sizeof(*msg));
	unsigned int looks = timeout_ms * 1000 / WAIT_US;
	int ret = -ETIMEDOUT;

	if (msg == NULL)
		return -ENOMEM;
	msg->control = *control;
	msg->refs = 2;
	if (rte_ring_enqueue(mailbox, msg) != 0) {
		free(msg);
		return -ENOBUFS;
	}
	for (; looks > 0; looks--) {
		if (__atomic_load_n(&msg->done, __ATOMIC_ACQUIRE)) {
			*control = msg->control;
			ret = 0;
			break;
		}
		usleep(WAIT_US);
	}
	release_message(msg);
	return ret;
}

/* Wait until the TSC has reached a value. */
static void
wait_until(uint64_t due)
{
	uint64_t hz = rte_get_tsc_hz();
	uint64_t now;

	while ((now = rte_rdtsc()) < due)
		usleep((useconds_t)RTE_MIN((due - now) * 1000 / (hz / 1000 + 1) + 1,
			UINT64_C(500000)));
}

int
rs_control_walk(struct rte_ring *mailbox, struct rs_pace *pace, struct rs_control *control)
{
	int ret;

	pthread_mutex_lock(&pace->lock);
	wait_until(pace->due);
	ret = rs_control_ask(mailbox, control, RS_CONTROL_TIMEOUT_MS);
	rs_pace_next(pace, rte_rdtsc(), ret == 0 ? control->cycles : 0);
	pthread_mutex_unlock(&pace->lock);
	return ret;
}

/* Walk over some connections, and say how many cycles that took. */
static void
walk(struct rs_stack *stack, struct rs_control *control)
{
	uint64_t begin = rte_rdtsc();

	if (control->verb == RS_CONTROL_WALK)
		control->n = rs_stack_walk(stack, &control->filter, &control->position,
			control->entries, RTE_MIN(control->n, (unsigned int)RS_CONTROL_ENTRIES));
	else
		control->n = rs_stack_kill_some(stack, &control->filter, control->kill,
			&control->position);
	control->result = 0;
	control->cycles = rte_rdtsc() - begin;
}

unsigned int
rs_control_serve(struct rte_ring *mailbox, struct rs_stack *stack, bool *stop)
{
	unsigned int n = 0;
	void *obj;

	for (; n < MAILBOX_SIZE && rte_ring_dequeue(mailbox, &obj) == 0; n++) {
		struct message *msg = obj;
		struct rs_control *control = &msg->control;

		switch (control->verb) {
		case RS_CONTROL_STOP:
			rs_stack_stop(stack, control->how);
			control->result = 0;
			*stop = true;
			break;
		case RS_CONTROL_KILL:
			control->result = rs_stack_kill(stack, &control->tuple);
			break;
		case RS_CONTROL_INSPECT:
			control->result = rs_stack_inspect(stack, &control->tuple, &control->info);
			break;
		case RS_CONTROL_CHANGE:
			rs_stack_change(stack, control->change);
			control->result = 0;
			break;
		case RS_CONTROL_OVER:
			control->result = rs_stack_listener_over(stack, control->listener);
			break;
		case RS_CONTROL_LINK_UP:
			rs_stack_link_up(stack, control->device);
			control->result = 0;
			break;
		case RS_CONTROL_WALK:
		case RS_CONTROL_KILL_SOME:
			walk(stack, control);
			break;
		}
		__atomic_store_n(&msg->done, true, __ATOMIC_RELEASE);
		release_message(msg);
	}
	return n;
}
