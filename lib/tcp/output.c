/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Output: each connection that owes segments sends them in one turn, after all input of the
 * burst (MUST-58, MUST-59). Nagle (RFC 9293 3.7.4), sender SWS avoidance (3.8.6.2.1), the
 * window and congestion control decide how much; retransmissions (3.8.1) go first.
 */

#include "base/seq.h"
#include "tcp/loss/sender.h"
#include "tcp/turn.h"

/* Work for which a connection needs room for data. */
#define OWES_DATA (RS_OWES_DATA | RS_OWES_RTX | RS_OWES_PROBE)

/* A place in the bulk list that will be served in this run or the next one. */
#define BULK_NEAR 8

/* Count n bytes that were sent for the first time. */
static inline void
count_new(const struct rs_turn *t, uint32_t n)
{
	t->tcp->stats->tcp.tx_data_bytes += n;
	rs_tcb_listener_stats(t->tcp, t->tcb)->tx_bytes += n;
}

/* Advance SND.NXT to `nxt`, and with `fin` over our FIN. */
static inline void
advance_snd_nxt(struct rs_turn *t, uint32_t nxt, bool fin)
{
	struct rs_tcb *tcb = t->tcb;

	count_new(t, nxt - tcb->snd_nxt);
	tcb->snd_nxt = nxt + fin;
	if (fin) {
		tcb->flags |= RS_F_FIN_SENT;
		if (tcb->state == RS_CLOSE_WAIT)
			rs_tcb_set_state(t->tcp, tcb, RS_LAST_ACK);
	}
}

/*
 * Whether len of `unsent` bytes may be sent now (3.8.6.2.1): a full segment (1), all unsent
 * bytes (2), or half of the largest window (3). Nagle allows only the full segment while
 * data is in flight.
 */
static bool
may_send(const struct rs_tcb *tcb, uint32_t len, uint32_t full, uint64_t unsent)
{
	bool nagle = (tcb->flags & RS_F_NODELAY) == 0 && tcb->snd_nxt != tcb->snd_una;

	if (len == full)
		return true;
	return !nagle && (len == unsent || len >= rs_tcb_max_snd_wnd(tcb) / 2);
}

/* Note that [seq, end) was sent, when SND.NXT was `nxt`, and start the RTO. */
static void
note_sent(struct rs_turn *t, uint32_t seq, uint32_t end, uint32_t nxt)
{
	if (t->snd != NULL)
		rs_sender_sent(t->tcp, t->tcb, t->snd, seq, end, nxt);
	rs_rtx_sent(t->tcp, t->tcb);
}

/* Whether congestion control allows n more bytes in flight (RFC 5681 2, RFC 6675 4). */
static bool
cwnd_has_room(const struct rs_turn *t, uint32_t n)
{
	return t->snd == NULL || rs_sender_pipe(t->tcb, t->snd) + n <= t->snd->cc.cwnd;
}

/* Bytes that may follow SND.NXT: SND.WND or snd_window, the smaller, less those in flight. */
static uint32_t
usable_window(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	uint32_t wnd = RTE_MIN(rs_tcb_snd_wnd(tcb), tcp->par.snd_window);
	uint32_t in_flight = tcb->snd_nxt - tcb->snd_una;

	return wnd > in_flight ? wnd - in_flight : 0;
}

/*
 * Whether a segment of new data may be sent: len of `unsent` bytes, or none and our FIN if that is
 * to be sent (`fin`).
 */
static inline bool
new_may_go(struct rs_turn *t, uint32_t len, uint32_t full, uint64_t unsent, bool fin)
{
	if (len > 0 ? !may_send(t->tcb, len, full, unsent) : !fin)
		return false;
	/* A FIN needs room of its own only in a segment of its own: cwnd limits data. */
	if (!cwnd_has_room(t, RTE_MAX(len, 1U)))
		return false;
	if (rs_turn_is_full(t)) {
		t->stuck = true; /* the rest at the next turn */
		return false;
	}
	return t->snd == NULL || rs_pacing_allows(t->tcp, t->tcb, t->snd, len);
}

/*
 * How many full segments may be sent at once, the first of which new_may_go() has allowed.
 * @param most  bytes that are unsent and in the windows
 */
static inline uint32_t
full_allowed(struct rs_turn *t, uint32_t most, uint32_t full)
{
	most = RTE_MIN(most, (t->data_room - t->n) * full);
	if (t->snd != NULL) {
		most = RTE_MIN(most, t->snd->cc.cwnd - rs_sender_pipe(t->tcb, t->snd));
		most = full + rs_pacing_take(t->tcp, t->tcb, t->snd, most - full, full);
	}
	return most / full; /* a division for all of them */
}

/* Of what new_may_go() and full_allowed() have allowed, n bytes are not sent. */
static void
not_sent(struct rs_turn *t, uint32_t n)
{
	if (unlikely(n > 0) && t->snd != NULL)
		rs_pacing_give(t->tcp, t->tcb, t->snd, n);
}

/*
 * Put full segments behind the one that new_may_go() has allowed into one frame, which the device
 * cuts. @param most  bytes that are unsent and in the windows. @param len  [in,out] of its text.
 * @return NULL: the one leaves alone
 */
static __rte_noinline struct rte_mbuf *
large_begin(struct rs_turn *t, uint32_t most, uint32_t full, uint32_t *len)
{
	struct rte_mbuf *m;
	uint32_t segs, allowed;

	if (!rs_tso_allows(t->tcp, t->tcb))
		return NULL;
	segs = allowed = full_allowed(t, most, full);
	if (segs < 2)
		return NULL;
	m = rs_tso_get(t->tcp, t->tcb, full, &segs);
	not_sent(t, (allowed - (m != NULL ? segs : 1)) * full);
	if (m != NULL)
		*len = segs * full;
	return m;
}

/*
 * Send the frame of large_begin(). It takes the room of as many frames as it has segments, so that
 * a run and a turn do no more work than without.
 */
static __rte_noinline void
send_large(struct rs_turn *t, struct rte_mbuf *m, const struct rs_tso_text *text)
{
	uint32_t segs = text->len / text->full;

	rs_tso_write(t->tcp, t->tcb, m, text, &t->chunk, &t->off);
	rs_turn_frame_done(t, m, segs);
	t->data_room -= segs - 1;
	t->room -= segs - 1;
}

/*
 * Send full segments, the first of which new_may_go() has allowed; more data is behind them, so
 * none has PSH or FIN. What holds for all of them is looked at and noted once.
 *
 * @param most  bytes that are unsent, but for the last one, and in the windows
 * @return bytes that were sent; if fewer than is allowed, the turn is stuck
 */
static __rte_noinline uint32_t
send_full(struct rs_turn *t, uint32_t most, uint32_t full)
{
	struct rs_tcb *tcb = t->tcb;
	uint32_t nxt = tcb->snd_nxt;
	uint32_t allowed = full_allowed(t, most, full);
	uint32_t n, sent;

	if (tcb->snd_una == nxt)
		rs_tcp_timer_stop(tcb, RS_TIMER_RTX); /* the persist timer ran */
	n = rs_turn_send_alike(t, allowed, full);
	not_sent(t, (allowed - n) * full);
	if (n == 0)
		return 0;
	sent = n * full;
	count_new(t, sent);
	note_sent(t, nxt, nxt + sent, nxt);
	t->sent_new = true;
	return sent;
}

/* Send new data and our FIN, as far as the windows and SWS avoidance allow. */
static void
send_new(struct rs_turn *t)
{
	struct rs_tcb *tcb = t->tcb;
	bool fin = rs_tcb_fin_unsent(tcb);
	uint64_t unsent = rs_rtx_unsent(t->tcp, tcb);
	uint32_t nxt;

	if (t->snd != NULL && t->snd->board.lost > 0)
		return; /* lost data is retransmitted first */
	if (unsent > 0) {
		if (tcb->snd_una == tcb->snd_nxt)
			rs_sender_restart(t->tcp, tcb, t->snd);
		rs_queue_seek(&t->tcp->buf, &t->busy->snd, tcb->snd_nxt - tcb->snd_una,
			&t->chunk, &t->off);
	}
	while (unsent > 0 || fin) {
		uint32_t usable = usable_window(t->tcp, tcb);
		uint32_t full = rs_tcp_text_max(t->tcp, tcb);
		uint32_t len = (uint32_t)RTE_MIN(unsent, (uint64_t)RTE_MIN(usable, full));
		bool with_fin = fin && len == unsent && usable > len;
		struct rte_mbuf *large = NULL;
		uint8_t flags = 0;

		if (!new_may_go(t, len, full, unsent, with_fin))
			break;
		if (unlikely(t->tcp->link->tso) && len == full && unsent >= 2 * full) {
			large = large_begin(t, (uint32_t)RTE_MIN(unsent, (uint64_t)usable), full,
				&len);
			with_fin = fin && len == unsent && usable > len;
		}
		if (len == full && unsent > full && large == NULL &&
		    !rs_tcp_next_is_alone(tcb, t->busy)) {
			unsent -= send_full(t, (uint32_t)RTE_MIN(unsent - 1, (uint64_t)usable),
				full);
			if (t->stuck)
				break;
			continue;
		}
		if (len == unsent && len > 0)
			flags |= RTE_TCP_PSH_FLAG; /* MUST-61 */
		if (with_fin)
			flags |= RTE_TCP_FIN_FLAG;
		if (tcb->snd_una == tcb->snd_nxt)
			rs_tcp_timer_stop(tcb, RS_TIMER_RTX); /* the persist timer ran */
		if (unlikely(large != NULL))
			send_large(t, large, &(struct rs_tso_text){ len, full, flags });
		else if (!rs_turn_send(t, tcb->snd_nxt, len, flags)) {
			not_sent(t, len);
			break;
		}
		nxt = tcb->snd_nxt;
		advance_snd_nxt(t, nxt + len, with_fin);
		note_sent(t, nxt, tcb->snd_nxt, nxt);
		t->sent_new = true;
		unsent -= len;
		fin = fin && !with_fin;
	}
	if (!t->stuck && (unsent > 0 || fin) && tcb->snd_una == tcb->snd_nxt)
		rs_rtx_persist(t->tcp, tcb);
}

/* Send one segment at seq, of the queued bytes and FIN below SND.UNA + limit. */
static bool
send_at(struct rs_turn *t, uint32_t seq, uint32_t limit)
{
	struct rs_tcb *tcb = t->tcb;
	uint64_t queued = t->busy != NULL ? t->busy->snd_len : 0;
	uint32_t nxt = tcb->snd_nxt;
	uint32_t at = seq - tcb->snd_una;
	uint32_t full = rs_tcp_text_max(t->tcp, tcb);
	uint32_t len = at < queued ? (uint32_t)RTE_MIN(queued - at, (uint64_t)full) : 0;
	uint8_t flags = 0;
	bool fin;

	if (at >= limit)
		return false;
	len = RTE_MIN(len, limit - at);
	fin = (tcb->flags & RS_F_FIN_QUEUED) != 0 && at + len == queued && len < limit - at;
	if (len == 0 && !fin)
		return false;
	if (at + len == queued && len > 0)
		flags |= RTE_TCP_PSH_FLAG;
	if (fin)
		flags |= RTE_TCP_FIN_FLAG;
	if (len > 0)
		rs_queue_seek(&t->tcp->buf, &t->busy->snd, at, &t->chunk, &t->off);
	if (!rs_turn_send(t, seq, len, flags))
		return false;
	if (rs_seq_gt(seq + len, nxt) || (fin && rs_tcb_fin_unsent(tcb)))
		advance_snd_nxt(t, seq + len, fin);
	note_sent(t, seq, seq + len + fin, nxt);
	return true;
}

/*
 * The end of the segment that retransmits a lost range: the ranges behind it fill the segment
 * up if they are lost, too, and so do unsent bytes.
 */
static uint32_t
lost_until(const struct rs_turn *t, uint32_t index)
{
	const struct rs_range *lost = rs_range_at(t->tcp, index);
	uint32_t full = rs_tcp_text_max(t->tcp, t->tcb);
	uint32_t seq = lost->seq;

	while (lost->end - seq < full && lost->next != 0 &&
	       rs_range_at(t->tcp, lost->next)->state == RS_RANGE_LOST)
		lost = rs_range_at(t->tcp, lost->next);
	if (lost->end - seq >= full)
		return seq + full;
	return lost->next == 0 && rs_rtx_unsent(t->tcp, t->tcb) > 0 ? seq + full : lost->end;
}

/* Retransmit lost ranges, the lowest first, within both windows (RFC 6675 5, NextSeg()). */
static void
send_lost(struct rs_turn *t)
{
	struct rs_tcb *tcb = t->tcb;
	struct rs_tcp *tcp = t->tcp;
	uint32_t index;

	if (t->snd == NULL) { /* only our FIN is in flight */
		if (send_at(t, tcb->snd_una, 1))
			rs_tcp_retransmitted(tcp, tcb);
		return;
	}
	while ((index = rs_range_next_lost(tcp, &t->snd->board)) != 0) {
		uint32_t seq = rs_range_at(tcp, index)->seq;
		uint32_t end = lost_until(t, index);

		if (!cwnd_has_room(t, end - seq))
			break;
		if (rs_turn_is_full(t)) {
			t->stuck = true;
			break;
		}
		if (!send_at(t, seq, RTE_MIN(end - tcb->snd_una, rs_tcb_snd_wnd(tcb))))
			break;
		rs_tcp_retransmitted(tcp, tcb);
	}
}

/* SEQ of the last segment in flight: the last range is full segments and a rest. */
static uint32_t
last_segment(const struct rs_turn *t)
{
	const struct rs_range *last = rs_range_at(t->tcp, t->snd->board.last);
	uint32_t fin = (t->tcb->flags & RS_F_FIN_SENT) != 0;
	uint32_t len = last->end - last->seq - fin;
	uint32_t full = rs_tcp_text_max(t->tcp, t->tcb);
	uint32_t rest = len % full;

	return last->end - fin - (rest != 0 || len == 0 ? rest : full);
}

/*
 * Send a tail loss probe (RFC 8985 7.3): a segment of new data if the peer's window takes it,
 * else the last segment in flight. cwnd does not limit it.
 */
static void
send_tail_probe(struct rs_turn *t)
{
	struct rs_tcb *tcb = t->tcb;
	struct rs_tlp *tlp = &t->snd->tlp;
	uint32_t limit = RTE_MIN(rs_tcb_snd_wnd(tcb), t->tcp->par.snd_window);
	uint32_t flight = tcb->snd_nxt - tcb->snd_una;
	bool fresh = rs_rtx_unsent(t->tcp, tcb) > 0 && limit > flight;

	if (!send_at(t, fresh ? tcb->snd_nxt : last_segment(t),
			fresh ? RTE_MIN(limit, flight + tcb->snd_mss) : RTE_MIN(limit, flight))) {
		tlp->owed = t->stuck ? RS_PROBE_TAIL : 0;
		return;
	}
	tlp->owed = 0;
	tlp->out = true;
	tlp->flight = flight;
	tlp->is_retrans = !fresh;
	tlp->end_seq = tcb->snd_nxt;
	t->tcp->stats->tcp.tail_probes++;
	if (!fresh)
		rs_tcp_retransmitted(t->tcp, tcb);
}

/*
 * Send new data in a segment that may be too large for the path (RFC 4821 7.4). It may exceed cwnd
 * by the bytes that a full segment is short of it, so ACKs that open it by one segment suffice. It
 * goes before other new data, and waits for windows that have no room.
 */
static void
send_mtu_probe(struct rs_turn *t)
{
	struct rs_tcb *tcb = t->tcb;
	uint16_t mss = tcb->snd_mss;
	uint32_t nxt = tcb->snd_nxt;
	uint16_t larger = rs_path_probe_mss(t->tcp, tcb);
	uint32_t len;

	if (larger > mss)
		tcb->snd_mss = larger;
	len = rs_tcp_text_max(t->tcp, tcb);
	if (larger == 0 || rs_rtx_unsent(t->tcp, tcb) < len) {
		t->snd->tlp.owed = 0;
	} else if (usable_window(t->tcp, tcb) >= len && cwnd_has_room(t, mss) &&
		   send_at(t, nxt, nxt - tcb->snd_una + len)) {
		t->snd->tlp.owed = 0;
		t->sent_new = true;
		rs_path_probe_sent(t->tcp, tcb, nxt);
	}
	tcb->snd_mss = mss;
}

/* Send the probe that is owed; that of a tail loss first. */
static void
send_owed_probe(struct rs_turn *t)
{
	if ((t->snd->tlp.owed & RS_PROBE_TAIL) != 0)
		send_tail_probe(t);
	else
		send_mtu_probe(t);
}

/* Send one octet, or our FIN, into a closed window; the same one until the peer takes it. */
static void
send_probe(struct rs_turn *t)
{
	if (t->tcb->snd_wnd > 0) {
		/* Override SWS avoidance: send as much as SND.WND allows (3.8.6.2.1 (4)). */
		send_at(t, t->tcb->snd_una, rs_tcb_snd_wnd(t->tcb));
	} else if (send_at(t, t->tcb->snd_una, 1)) {
		t->tcp->stats->tcp.window_probes++;
	}
}

/*
 * SEQ of an ACK without text: SND.NXT, but not beyond SND.UNA + SND.WND, because the peer
 * drops a segment there (3.10.7.4 first) and so would take no ACK while a probe is in flight.
 */
static uint32_t
ack_seq(const struct rs_tcb *tcb)
{
	uint32_t edge = tcb->snd_una + rs_tcb_snd_wnd(tcb);

	return rs_tcb_synchronized(tcb) && rs_seq_lt(edge, tcb->snd_nxt) ? edge : tcb->snd_nxt;
}

/* Send <SEQ=SND.NXT-1><ACK=RCV.NXT><CTL=ACK>, unacceptable, so the peer must answer it. */
static void
send_keepalive(struct rs_turn *t)
{
	if (t->tcb->snd_una == t->tcb->snd_nxt &&
	    rs_turn_send(t, t->tcb->snd_nxt - 1, 0, 0))
		t->tcp->stats->tcp.keepalive_probes++;
}

/* Whether nothing but our FIN is to be sent, and the peer's window takes it. */
static bool
only_fin_fits(const struct rs_turn *t)
{
	const struct rs_tcb *tcb = t->tcb;

	return t->busy == NULL && rs_tcb_fin_unsent(tcb) && tcb->snd_una == tcb->snd_nxt &&
	       tcb->snd_wnd > 0 && (tcb->flags & RS_F_T_RTX) == 0 && t->n < t->data_room;
}

/* Send <SEQ=SND.NXT><ACK=RCV.NXT><CTL=FIN,ACK>. */
static void
send_fin(struct rs_turn *t)
{
	if (!rs_turn_send(t, t->tcb->snd_nxt, 0, RTE_TCP_FIN_FLAG))
		return;
	advance_snd_nxt(t, t->tcb->snd_nxt, true);
	rs_rtx_sent(t->tcp, t->tcb);
}

/*
 * Send all that is queued, and our FIN behind it, as a light flight: no window holds any of it
 * back. If Nagle, the burst or the mempool does, the part that was sent is the flight.
 */
static void
send_light(struct rs_turn *t)
{
	struct rs_tcb *tcb = t->tcb;
	bool fin = rs_tcb_fin_unsent(tcb);
	uint32_t left = (uint32_t)t->busy->snd_len;
	uint32_t full = rs_tcp_text_max(t->tcp, tcb);

	t->chunk = t->busy->snd.head;
	t->off = 0;
	while (left > 0) {
		uint32_t len = RTE_MIN(left, full);
		bool last = len == left;
		uint8_t flags = (uint8_t)(!last ? 0 :
			RTE_TCP_PSH_FLAG | (fin ? RTE_TCP_FIN_FLAG : 0)); /* MUST-61 */

		if (!may_send(tcb, len, full, left))
			break;
		t->stuck |= t->n >= t->data_room;
		if (t->stuck || !rs_turn_send_inline(t, t->busy, tcb->snd_nxt, len, flags))
			break;
		advance_snd_nxt(t, tcb->snd_nxt + len, last && fin);
		left -= len;
	}
	if (tcb->snd_una != tcb->snd_nxt)
		rs_light_sent(t->tcp, tcb, t->busy);
}

/* Send from the queue: lost data, then probes, then new data. */
static void
send_owed(struct rs_turn *t, uint8_t owes)
{
	if (likely((owes & (RS_OWES_RTX | RS_OWES_PROBE)) == 0)) {
		if (only_fin_fits(t)) {
			send_fin(t);
			return;
		}
		if (t->busy != NULL && rs_light_fits(t->tcp, t->tcb, t->busy)) {
			send_light(t);
			return;
		}
	}
	if (t->busy != NULL)
		rs_busy_use_queue(&t->tcp->buf, t->busy);
	t->snd = rs_rtx_unsent(t->tcp, t->tcb) > 0 ? rs_sender_get(t->tcp, t->tcb) :
		rs_sender_of_flight(t->tcp, t->tcb);
	if (t->snd != NULL && t->snd->tlp.owed != 0)
		send_owed_probe(t);
	if ((owes & RS_OWES_RTX) != 0)
		send_lost(t);
	if ((owes & RS_OWES_PROBE) != 0)
		send_probe(t);
	if ((owes & (RS_OWES_DATA | RS_OWES_RTX)) != 0 && !t->stuck)
		send_new(t);
	if (t->snd == NULL)
		return;
	rs_sender_turn_done(t->tcb, t->snd);
	if (t->sent_new && t->snd->timer != RS_RTX_REO)
		rs_rtx_rearm(t->tcp, t->tcb, t->snd, 0);
}

/* Let the service queue more data, and offer it the text that it left. */
static void
serve_service(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	tcb->owes &= (uint8_t)~RS_OWES_OFFER;
	if ((tcb->flags & RS_F_WANT_WRITE) != 0 && rs_tcb_synchronized(tcb) &&
	    (tcb->flags & RS_F_OPENED) != 0 &&
	    (busy == NULL || busy->snd_copied <= tcp->par.snd_buf / 2)) {
		tcb->flags &= (uint32_t)~RS_F_WANT_WRITE;
		if (service->writable != NULL)
			service->writable(tcp, tcb);
	}
	if (tcb->state != RS_CLOSED)
		rs_receive_offer(tcp, tcb);
}

/* SYN-SENT and SYN-RECEIVED: queued data waits for ESTABLISHED (3.10.2). */
static void
output_syn(struct rs_turn *t)
{
	struct rs_tcb *tcb = t->tcb;

	tcb->owes &= RS_OWES_SYN | RS_OWES_ACK | RS_OWES_OFFER;
	if (tcb->state == RS_SYN_SENT && !rs_neigh_usable(t->tcp->link, tcb->neigh)) {
		/* the neighbour answered ARP before our first SYN, but not since */
		if ((tcb->owes & RS_OWES_SYN) != 0)
			rs_tcp_end(t->tcp, tcb, RS_END_UNREACHABLE);
		return;
	}
	if ((tcb->owes & RS_OWES_SYN) != 0)
		rs_turn_send_syn(t);
	if ((tcb->owes & RS_OWES_ACK) != 0)
		rs_turn_send(t, tcb->snd_nxt, 0, 0);
	if (t->stuck)
		rs_tcp_owe(t->tcp, tcb, tcb->owes);
}

/* Output of a synchronized connection that owes more than an ACK, or has data queued. */
static __rte_noinline void
output_all_owed(struct rs_turn *t)
{
	struct rs_tcp *tcp = t->tcp;
	struct rs_tcb *tcb = t->tcb;
	uint8_t owes = tcb->owes;

	if ((owes & OWES_DATA) != 0)
		send_owed(t, owes);
	if ((owes & RS_OWES_KEEPALIVE) != 0)
		send_keepalive(t);
	if ((tcb->owes & RS_OWES_ACK) != 0)
		rs_turn_send(t, ack_seq(tcb), 0, 0);
	if (unlikely((tcb->flags & RS_F_T_ACK) != 0))
		rs_tcp_ack_arm(tcp, tcb);
	rs_tcb_busy_release(tcp, tcb);
	if (!t->stuck)
		tcb->owes &= RS_OWES_OFFER;
	else if ((tcb->owes & OWES_DATA) != 0 && (tcb->flags & RS_F_BUSY) != 0)
		rs_tcp_bulk_add(tcp, tcb);
	else
		rs_tcp_owe(tcp, tcb, tcb->owes);
}

/* Output of a synchronized connection that owes an ACK, and has nothing queued. */
static __rte_noinline void
output_ack(struct rs_turn *t)
{
	if (!rs_turn_send_inline(t, NULL, ack_seq(t->tcb), 0, 0))
		rs_tcp_owe(t->tcp, t->tcb, RS_OWES_ACK);
}

/* Output of a synchronized connection. */
static inline void
output_synchronized(struct rs_turn *t)
{
	if (t->tcb->owes == RS_OWES_ACK && t->busy == NULL)
		output_ack(t);
	else
		output_all_owed(t);
}

/*
 * Whether a connection's data has to wait for its turn in the bulk list, because other
 * connections' data waits there. Its ACK goes ahead unless that turn is near.
 */
static bool
waits_behind_bulk(struct rs_turn *t)
{
	struct rs_tcp *tcp = t->tcp;
	struct rs_tcb *tcb = t->tcb;

	if (!t->behind_bulk || (tcb->owes & OWES_DATA) == 0 || (tcb->flags & RS_F_BUSY) == 0)
		return false;
	rs_tcp_bulk_add(tcp, tcb);
	if ((tcb->owes & RS_OWES_ACK) != 0 && tcp->bulk.n > BULK_NEAR)
		rs_turn_send(t, ack_seq(tcb), 0, 0);
	return true;
}

/* One turn of a connection from the ready FIFO, which has not ended. */
static void
output_ready(struct rs_turn *t)
{
	struct rs_tcb *tcb = t->tcb;

	if (unlikely((tcb->owes & RS_OWES_OFFER) != 0)) {
		serve_service(t->tcp, tcb);
		if (tcb->state == RS_CLOSED)
			return;
		t->busy = rs_tcb_busy(t->tcp, tcb);
	}
	if (unlikely(!rs_tcb_synchronized(tcb)))
		output_syn(t);
	else if (likely(!waits_behind_bulk(t)))
		output_synchronized(t);
}

/*
 * A run that serves connections which no segment of it has touched: fetch the TCB of one further
 * on in the ready FIFO, and the busy block of one whose TCB has come.
 */
static __rte_noinline void
fetch_ahead(const struct rs_tcp *tcp)
{
	uint32_t near = rs_fifo_ahead(&tcp->ready, RS_TCBS_AHEAD / 2);
	const struct rs_busy *busy = near != 0 ? rs_tcb_busy(tcp, &tcp->tcbs[near]) : NULL;

	rs_tcb_prefetch(tcp, rs_fifo_ahead(&tcp->ready, RS_TCBS_AHEAD));
	if (busy == NULL)
		return;
	rte_prefetch0(&busy->snd);
	rte_prefetch0(&busy->n_sack); /* on the other line */
}

/* Serve the ready connections. They leave room for each other: data does not fill all of it. */
static void
serve_ready(struct rs_turn *t)
{
	struct rs_tcp *tcp = t->tcp;
	/* connections that come now wait for the next run */
	uint32_t left = RTE_MIN(tcp->ready.n, (uint32_t)RS_OUTPUT_BURST);
	uint32_t most = RTE_MIN((uint32_t)RS_OWED_ROOM, t->room / 2);
	/* so many have not all been touched in this run */
	bool cold = tcp->ready.n > RS_BURST;

	while (left > 0 && t->n < t->room && !tcp->no_mbuf) {
		struct rs_tcb *tcb = &tcp->tcbs[rs_fifo_pop(&tcp->ready)];

		if (unlikely(cold))
			fetch_ahead(tcp);
		left--;
		tcp->work++;
		tcb->flags &= (uint32_t)~RS_F_READY;
		if (unlikely(tcb->state == RS_CLOSED)) {
			rs_tcp_dead_add(tcp, tcb);
			continue;
		}
		rs_turn_begin(t, tcb, t->room - RTE_MIN(left, most)); /* room for those behind it */
		output_ready(t);
		if (tcb->state == RS_TIME_WAIT)
			rs_timewait_settle(tcp, tcb);
	}
}

/* Serve the connections of the bulk list, each once. */
static void
serve_bulk(struct rs_turn *t)
{
	struct rs_tcp *tcp = t->tcp;
	uint32_t left = RTE_MIN(tcp->bulk.n, (uint32_t)RS_OUTPUT_BURST);

	for (; left > 0 && t->n < t->room && !tcp->no_mbuf; left--) {
		struct rs_busy *busy = rs_busy_at(&tcp->buf, tcp->bulk.head);

		tcp->work++;
		rs_tcp_bulk_remove(tcp, busy);
		rs_turn_begin(t, &tcp->tcbs[busy->tcb], t->room);
		output_synchronized(t);
	}
}

uint16_t
rs_tcp_output_burst(struct rs_tcp *tcp, struct rte_mbuf **tx, uint16_t room)
{
	struct rs_turn t = { .tcp = tcp, .tx = tx, .room = room, .behind_bulk = tcp->bulk.n > 0 };

	serve_ready(&t);
	/* a list that was empty has only connections that had their turn just now */
	if (t.behind_bulk)
		serve_bulk(&t);
	return (uint16_t)t.n;
}
