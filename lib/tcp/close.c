/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The CLOSE and ABORT calls (RFC 9293 3.10.4, 3.10.5), and how a connection ends.
 */

#include <errno.h>

#include "tcp/tcp.h"

int
rs_conn_shutdown(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (tcb->state == RS_CLOSED)
		return -ENOTCONN;
	if (tcb->state == RS_SYN_SENT) {
		rs_tcp_abort(tcp, tcb, RS_RESET_service_abort, RS_END_ABORTED);
		return 0;
	}
	if ((tcb->flags & RS_F_FIN_QUEUED) != 0)
		return -EPIPE;
	rs_conn_set_time_limit(tcp, tcb, 0); /* R2 and fin_wait_2 limit the rest */
	/* In SYN-RECEIVED it is queued until ESTABLISHED (open.c). */
	tcb->flags |= RS_F_FIN_QUEUED;
	/* CLOSE-WAIT becomes LAST-ACK only when the FIN is sent. */
	if (tcb->state == RS_ESTABLISHED)
		rs_tcb_set_state(tcp, tcb, RS_FIN_WAIT_1);
	rs_tcp_owe(tcp, tcb, RS_OWES_DATA);
	return 0;
}

int
rs_conn_finish(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	int ret = rs_conn_shutdown(tcp, tcb);

	if (ret == 0)
		tcb->flags |= RS_F_FINISH;
	return ret;
}

int
rs_conn_close(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	if (tcb->state == RS_CLOSED)
		return -ENOTCONN;
	if ((tcb->flags & RS_F_LINGER_ZERO) != 0) {
		rs_tcp_abort(tcp, tcb, RS_RESET_linger, RS_END_ABORTED);
		return 0;
	}
	/* Unread data of the peer is lost (SHLD-3). If the service closes in its data callback,
	 * receive.c checks after it whether the service took all. */
	if (busy != NULL && tcp->offering != tcb &&
	    (busy->rcv.head != 0 || busy->ooo.head != 0)) {
		rs_tcp_abort(tcp, tcb, RS_RESET_unread_data, RS_END_ABORTED);
		return 0;
	}
	tcb->flags |= RS_F_RX_CLOSED;
	if (tcb->state == RS_FIN_WAIT_2)
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, tcp->par.fin_wait_2_ms);
	if ((tcb->flags & RS_F_FIN_QUEUED) == 0)
		rs_conn_shutdown(tcp, tcb);
	return 0;
}

int
rs_conn_reset(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_reset_reason reason)
{
	if (tcb->state == RS_CLOSED)
		return -ENOTCONN;
	rs_tcp_abort(tcp, tcb, reason, RS_END_ABORTED);
	return 0;
}

int
rs_conn_abort(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	return rs_conn_reset(tcp, tcb, RS_RESET_service_abort);
}

__rte_noinline void
rs_tcp_abort(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_reset_reason reason,
	enum rs_end how)
{
	bool rst;

	if (tcp->ending == tcb)
		return; /* the connection is ending already; no reset answers a reset */
	switch (tcb->state) {
	case RS_SYN_SENT:
		rst = false;
		break;
	case RS_CLOSING:
	case RS_LAST_ACK:
		/* 3.10.5 sends no reset. But the peer must learn of it if we give up on our
		 * FIN (3.8.3), or lose data: unread text, or data queued before our FIN. */
		rst = how == RS_END_TIMEOUT || reason == RS_RESET_unread_data ||
			how == RS_END_EVICTED || (tcb->flags & RS_F_FIN_SENT) == 0;
		break;
	case RS_TIME_WAIT:
		rst = false;
		break;
	default:
		rst = true;
		break;
	}
	rs_tcp_end(tcp, tcb, how);
	if (rst) {
		tcb->owes = RS_OWES_RST;
		tcb->reason = (uint8_t)reason;
	}
}

void
rs_tcp_count_ended(struct rs_tcp *tcp, uint8_t index, enum rs_end how)
{
	struct rs_listener_stats *listener = &tcp->listener_stats[index];

	listener->open--;
	tcp->stats->tcp.refused += how == RS_END_REFUSED;
	tcp->stats->tcp.unreachable += how == RS_END_UNREACHABLE;
	if (how == RS_END_CLOSED) {
		tcp->stats->tcp.closed++;
		listener->ended++;
	} else {
		tcp->stats->tcp.aborted++;
		listener->aborted++;
	}
}

void
rs_tcp_count_end(struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_end how)
{
	rs_tcp_count_ended(tcp, tcb->listener, how);
}

__rte_noinline void
rs_tcp_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how)
{
	uint32_t index = rs_tcb_index(tcp, tcb);

	rs_connect_stop_waiting(tcp, tcb);
	if (rs_half_open_is(tcb))
		rs_half_open_leave(tcp, tcb);
	/* Text received before the end is delivered before the service is notified of it. */
	if ((how == RS_END_RESET || how == RS_END_CLOSED) &&
	    ((tcb->flags & RS_F_FIN_RCVD) != 0 || rs_receive_waits(tcp, tcb))) {
		tcp->ending = tcb;
		rs_receive_offer(tcp, tcb);
		tcp->ending = NULL;
	}
	rs_tcp_count_end(tcp, tcb, how);
	rs_conn_remove(&tcp->table, rs_tuple_hash(&tcp->link->key, &tcb->tuple), index);
	rs_local_port_release(tcp, tcb->tuple.lport);
	rs_timer_cancel(&tcp->wheel, index);
	rs_tcb_busy_put(tcp, tcb);
	tcb->owes = 0;
	tcb->end = (uint8_t)how;
	tcb->end_state = tcb->state;
	rs_tcb_set_state(tcp, tcb, RS_CLOSED);
	rs_tcp_dead_add(tcp, tcb);
}

uint16_t
rs_tcp_bury(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room)
{
	unsigned int left = RS_BURY_BURST;
	uint16_t n = 0;
	uint32_t index;

	while ((index = tcp->dead) != 0 && left-- > 0) {
		struct rs_tcb *tcb = &tcp->tcbs[index];

		rs_tcb_prefetch(tcp, tcb->timer.next);
		if ((tcb->owes & RS_OWES_RST) != 0) {
			if (n == room)
				break; /* in a later run */
			tx[n] = rs_reset_connection(tcp, tcb);
			if (tx[n] != NULL)
				n++;
		}
		tcp->dead = tcb->timer.next;
		tcp->work++;
		rs_tcp_notify_end(tcp, tcb, tcb->end);
		rs_ip_extra_put(tcp, tcb);
		rs_path_end(tcp, tcb);
		rs_neigh_put(tcp->link, tcb->neigh);
		rs_pool_put(&tcp->tcb_pool, index);
	}
	return n;
}

void
rs_tcp_stop(struct rs_tcp *tcp, struct rs_tcb *tcb, bool reset)
{
	if (reset || !rs_tcb_synchronized(tcb))
		rs_tcp_abort(tcp, tcb, RS_RESET_shutdown, RS_END_ABORTED);
	else if ((tcb->flags & RS_F_RX_CLOSED) == 0)
		rs_conn_close(tcp, tcb);
}

void
rs_tcp_stop_some(struct rs_tcp *tcp)
{
	uint32_t last = tcp->tcb_pool.fresh;
	uint16_t i;

	for (i = 0; i < RS_STOP_BURST && tcp->stop_how == RS_STOP_RESET && tcp->waits.oldest != 0;
	     i++)
		rs_timewait_end(tcp, tcp->waits.oldest, RS_END_ABORTED);
	for (i = 0; i < RS_STOP_BURST && tcp->stop_next <= last; i++) {
		struct rs_tcb *tcb = &tcp->tcbs[tcp->stop_next++];

		if (tcb->state != RS_CLOSED)
			rs_tcp_stop(tcp, tcb, tcp->stop_how == RS_STOP_RESET);
	}
}
