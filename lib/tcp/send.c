/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The SEND call (RFC 9293 3.10.2) and the connection's other small calls.
 */

#include <errno.h>

#include "tcp/tcp.h"

/* Whether the connection can send. @return 0, -ENOTCONN or -EPIPE */
static int
check_open(const struct rs_tcb *tcb)
{
	if (tcb->state == RS_CLOSED)
		return -ENOTCONN;
	if ((tcb->flags & RS_F_FIN_QUEUED) != 0)
		return -EPIPE;
	return 0;
}

/* The service queued less than it wanted: it is notified when there is room. */
static __rte_noinline void
want_room(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	tcb->flags |= RS_F_WANT_WRITE;
	/* An ACK will make room. If none is due, a pool was empty. */
	if ((tcb->flags & RS_F_T_RTX) == 0 && (tcb->owes & RS_OWES_DATA) == 0)
		rs_tcp_wait_pool(tcp, tcb);
}

/* Account for n queued bytes of the `wanted` ones. @return n */
static inline int64_t
account_queued(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t n, uint32_t wanted)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	if (unlikely(n < wanted))
		want_room(tcp, tcb);
	if (unlikely(n == 0)) {
		rs_tcb_busy_release(tcp, tcb);
		return 0;
	}
	if (busy->snd_len == 0)
		rs_limit_send_begin(tcp, tcb, busy);
	busy->snd_len += n;
	rs_tcp_owe(tcp, tcb, RS_OWES_DATA);
	return n;
}

/*
 * Whether the pools have no room for len bytes of a connection whose peer's window does not take
 * them, or a full segment: they would wait here for the peer (rs_tcp_scarce()).
 */
static bool
is_refused(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t len)
{
	uint64_t unsent;
	uint32_t in_flight;

	if (likely(!rs_tcp_scarce(tcp, tcb)) || !rs_tcb_synchronized(tcb))
		return false;
	unsent = rs_rtx_unsent(tcp, tcb) + len;
	in_flight = tcb->snd_nxt - tcb->snd_una;
	if (in_flight + RTE_MIN(unsent, (uint64_t)tcb->snd_mss) <= rs_tcb_snd_wnd(tcb))
		return false;
	tcp->stats->tcp.chunk_share++;
	return true;
}

/* Queue immutable memory behind other data. @return bytes queued */
static __rte_noinline int64_t
queue_chunk(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_busy *busy, const void *data,
	uint32_t len)
{
	uint32_t index;

	rs_busy_use_queue(&tcp->buf, busy);
	index = rs_queue_may_grow(&tcp->buf, busy->snd.n) ?
		rs_chunk_get(&tcp->buf, NULL, data, len) : 0;
	if (index == 0) {
		rs_tcp_no_chunk(tcp, busy->snd.n);
		return account_queued(tcp, tcb, 0, len);
	}
	rs_queue_push(&tcp->buf, &busy->snd, index);
	return account_queued(tcp, tcb, len, len);
}

/* flattened, because nearly each request is answered by one call */
__attribute__((flatten)) int64_t
rs_conn_send(struct rs_tcp *tcp, struct rs_tcb *tcb, const void *data, uint32_t len)
{
	int ret = check_open(tcb);
	struct rs_busy *busy;

	if (ret != 0 || len == 0)
		return ret;
	if (is_refused(tcp, tcb, len))
		return account_queued(tcp, tcb, 0, len);
	busy = rs_tcb_busy_get(tcp, tcb);
	/* More than snd_window bytes cannot be in flight, so one connection queues no more. */
	if (busy == NULL || busy->snd_len >= tcp->par.snd_window)
		return account_queued(tcp, tcb, 0, len);
	if (likely(rs_busy_text_queue(&tcp->buf, busy, data)))
		return account_queued(tcp, tcb, len, len);
	return queue_chunk(tcp, tcb, busy, data, len);
}

uint32_t
rs_conn_send_room(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint32_t used = busy != NULL ? busy->snd_copied : 0;

	if (check_open(tcb) != 0 || used >= tcp->par.snd_buf)
		return 0;
	return tcp->par.snd_buf - used;
}

/* Queue bytes that occupy an mbuf: m itself by reference, or a copy if m is NULL. */
static int64_t
send_held(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	int ret = check_open(tcb);
	uint32_t room = rs_conn_send_room(tcp, tcb);
	struct rs_busy *busy;
	uint32_t part = len < room ? len : room;
	uint32_t n = 0;

	if (ret != 0 || len == 0)
		return ret;
	if (is_refused(tcp, tcb, part))
		return account_queued(tcp, tcb, 0, len);
	busy = part > 0 ? rs_tcb_busy_get(tcp, tcb) : NULL;
	if (busy != NULL) {
		rs_busy_use_queue(&tcp->buf, busy);
		n = m != NULL ? rs_queue_append_mbuf(&tcp->buf, &busy->snd, m, data, part) :
			rs_queue_append_copy(&tcp->buf, &busy->snd, data, part);
		if (n < part)
			rs_tcp_no_chunk(tcp, busy->snd.n);
		busy->snd_copied += n;
	}
	return account_queued(tcp, tcb, n, len);
}

int64_t
rs_conn_send_copy(struct rs_tcp *tcp, struct rs_tcb *tcb, const void *data, uint32_t len)
{
	return send_held(tcp, tcb, NULL, data, len);
}

int64_t
rs_conn_send_mbuf(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len)
{
	return send_held(tcp, tcb, m, data, len);
}

bool
rs_conn_unacked(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return tcb->snd_una != tcb->snd_nxt || rs_rtx_unsent(tcp, tcb) > 0;
}

void *
rs_conn_user(const struct rs_tcb *tcb)
{
	return tcb->user;
}

void
rs_conn_set_user(struct rs_tcb *tcb, void *user)
{
	tcb->user = user;
}

void *
rs_conn_arg(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return tcp->listeners[tcb->listener].arg;
}

void
rs_conn_set_nodelay(struct rs_tcb *tcb, bool nodelay)
{
	rs_tcb_set_flag(tcb, RS_F_NODELAY, nodelay);
}

void
rs_conn_set_keepalive(struct rs_tcp *tcp, struct rs_tcb *tcb, bool keepalive)
{
	rs_tcb_set_flag(tcb, RS_F_KEEPALIVE, keepalive);
	if (tcb->state != RS_CLOSED && tcb->snd_una == tcb->snd_nxt)
		rs_tcp_life_idle(tcp, tcb);
}

const struct rs_tuple *
rs_conn_tuple(const struct rs_tcb *tcb)
{
	return &tcb->tuple;
}
