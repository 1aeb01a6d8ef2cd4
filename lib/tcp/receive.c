/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Deliver received text to the service, with back-pressure; the window that is offered
 * (RFC 9293 3.8.6, RFC 7323 2) and urgent data (3.8.5).
 */

#include <errno.h>

#include "base/mbuf.h"
#include "base/seq.h"
#include "tcp/tcp.h"

/* Offer bytes to the service. @return how many it took */
static uint32_t
offer_text(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);
	uint32_t taken = len;

	if (service->data != NULL) {
		tcp->offering = tcb;
		taken = RTE_MIN(service->data(tcp, tcb, m, data, len), len);
		tcp->offering = NULL;
	}
	rs_tcb_listener_stats(tcp, tcb)->rx_bytes += taken;
	return taken;
}

/* Deliver in-order text, and queue the part that the service leaves. As rs_receive_text(). */
static __rte_always_inline uint32_t
deliver_text(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	bool behind = busy != NULL && busy->rcv.head != 0;
	uint32_t taken = 0;

	/* RCV.NXT moves first, so that data of the service carries the acknowledgment. */
	tcb->rcv_nxt += len;
	tcb->rcv_wnd -= len;
	if (!behind)
		taken = offer_text(tcp, tcb, m, data, len);
	if (tcb->state == RS_CLOSED)
		return len;
	if ((tcb->flags & RS_F_RX_CLOSED) != 0 &&
	    (taken < len || rs_reassembly_waits(tcp, tcb))) {
		rs_tcp_abort(tcp, tcb, RS_RESET_unread_data, RS_END_ABORTED);
		return len;
	}
	if (taken < len) {
		uint32_t kept = 0;

		busy = rs_tcp_scarce(tcp, tcb) ? NULL : rs_tcb_busy_get(tcp, tcb);
		if (busy != NULL) {
			kept = rs_queue_append_mbuf(&tcp->buf, &busy->rcv, m, data + taken,
				len - taken);
			busy->rcv_len += kept;
			if (taken + kept < len)
				rs_tcp_no_chunk(tcp, busy->rcv.n);
			if (busy->rcv.head != 0)
				rs_busy_stall(&tcp->buf, busy, RS_STALL_UNREAD, tcp->tick);
		}
		if (taken + kept < len) {
			/* No room: the rest counts as not received, and the peer retransmits it. */
			uint32_t refused = len - taken - kept;

			tcp->stats->tcp.rx_no_room++;
			tcb->rcv_nxt -= refused;
			tcb->rcv_wnd += refused;
			len -= refused;
		}
		if (behind)
			rs_receive_offer(tcp, tcb);
	}
	rs_tcb_busy_release(tcp, tcb);
	return len;
}

/* The same for text in a chain, mbuf by mbuf. */
static __rte_noinline uint32_t
deliver_chain(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	struct rs_parts parts = rs_parts_of(m, data, len);
	uint32_t accepted = 0;

	while (rs_parts_next(&parts)) {
		uint32_t part;

		if (accepted > 0 && (tcb->flags & RS_F_RX_CLOSED) != 0) {
			/* the service closed both sides when it had seen a part of the segment */
			rs_tcp_abort(tcp, tcb, RS_RESET_unread_data, RS_END_ABORTED);
			break;
		}
		part = deliver_text(tcp, tcb, parts.m, parts.data, parts.len);
		accepted += part;
		if (part < parts.len || tcb->state == RS_CLOSED)
			break;
	}
	rs_parts_end(&parts);
	return accepted;
}

uint32_t
rs_receive_text(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len)
{
	uint32_t accepted = likely(m->nb_segs == 1) ? deliver_text(tcp, tcb, m, data, len) :
		deliver_chain(tcp, tcb, m, data, len);

	tcp->stats->tcp.rx_data_bytes += accepted; /* also if the service ended the connection */
	return accepted;
}

/* Offer the queue to the service, until it takes less than a whole chunk. */
static __rte_noinline void
offer_queue(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	while (busy != NULL && busy->rcv.head != 0) {
		const struct rs_chunk *chunk = rs_chunk_at(&tcp->buf, busy->rcv.head);
		uint32_t len = chunk->len;
		uint32_t taken = offer_text(tcp, tcb, chunk->m, chunk->data, len);

		if (tcb->state == RS_CLOSED)
			return;
		busy->rcv_len -= taken;
		rs_queue_drop(&tcp->buf, &busy->rcv, taken);
		if (taken > 0 && busy->stall == RS_STALL_UNREAD)
			rs_busy_resume(&tcp->buf, busy, tcp->tick);
		if ((tcb->flags & RS_F_RX_CLOSED) != 0 && busy->rcv.head != 0) {
			rs_tcp_abort(tcp, tcb, RS_RESET_unread_data, RS_END_ABORTED);
			return;
		}
		if (taken < len)
			return;
	}
}

uint32_t
rs_receive_window_most(uint32_t room, uint8_t shift)
{
	uint32_t unit = UINT32_C(1) << shift;

	room = (room + unit - 1) & ~(unit - 1);
	return RTE_MIN(room, (uint32_t)UINT16_MAX << shift);
}

/* The sequence number behind the text that the service has taken. */
static uint32_t
taken_up_to(const struct rs_tcb *tcb, const struct rs_busy *busy)
{
	return tcb->rcv_nxt - (busy != NULL ? busy->rcv_len : 0);
}

void
rs_receive_pull_up(const struct rs_tcb *tcb, struct rs_busy *busy)
{
	if (!rs_seq_gt(busy->rcv_up, taken_up_to(tcb, busy)))
		busy->urgent = false;
}

void
rs_receive_offer(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	bool waited = busy != NULL && busy->rcv.head != 0;

	if ((tcb->flags & RS_F_OPENED) == 0)
		return;
	if (waited) {
		offer_queue(tcp, tcb);
		if (tcb->state == RS_CLOSED)
			return;
		/* The window may have grown by enough for a segment of its own. */
		if (rs_tcb_receives(tcb) && rs_receive_window_opens(tcp, tcb,
				rs_receive_window_target(tcp, tcb, rs_tcb_busy(tcp, tcb))))
			rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
		busy = rs_tcb_busy(tcp, tcb);
		waited = busy != NULL && busy->rcv.head != 0;
	}
	if (waited)
		return;
	rs_tcb_busy_release(tcp, tcb);
	if ((tcb->flags & RS_F_FIN_RCVD) != 0) {
		tcb->flags &= (uint32_t)~RS_F_FIN_RCVD;
		if (service->peer_closed != NULL)
			service->peer_closed(tcp, tcb);
	}
	/* Both sides closed and all text taken: the service's part ends, TIME-WAIT goes on
	 * without it, in a record. */
	if (tcb->state == RS_TIME_WAIT)
		rs_tcp_notify_end(tcp, tcb, RS_END_CLOSED);
	else if (rs_tcb_over(tcb) && tcp->ending != tcb)
		rs_tcp_end(tcp, tcb, RS_END_CLOSED);
}

void
rs_receive_urgent(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t up)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint32_t taken = taken_up_to(tcb, busy);

	/* Not new, or a pointer into text that was taken: 3.8.5 asks to be robust. */
	if (!rs_seq_gt(up, taken) || (busy != NULL && busy->urgent &&
			!rs_seq_gt(up, busy->rcv_up)))
		return;
	busy = rs_tcb_busy_get(tcp, tcb);
	if (busy != NULL) {
		busy->urgent = true;
		busy->rcv_up = up;
		rs_busy_stall(&tcp->buf, busy, RS_STALL_URGENT, tcp->tick);
	}
	tcp->stats->tcp.urgent++;
	if (service->urgent != NULL)
		service->urgent(tcp, tcb, up - taken);
}

uint32_t
rs_conn_urgent(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint32_t taken;

	if (busy == NULL || !busy->urgent)
		return 0;
	taken = taken_up_to(tcb, busy);
	return rs_seq_gt(busy->rcv_up, taken) ? busy->rcv_up - taken : 0;
}

void
rs_conn_resume(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (tcb->state != RS_CLOSED)
		rs_tcp_owe(tcp, tcb, RS_OWES_OFFER);
}
