/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The turn of a connection in output (output.c): what it may send, and its frames. Inlined is what
 * each segment of a short connection passes.
 */

#ifndef RS_TCP_TURN_H
#define RS_TCP_TURN_H

#include <rte_tcp.h>

#include "packet/plain.h"
#include "tcp/loss/sender.h"
#include "tcp/tcp.h"

/** Flags of connections whose segments have more than the least headers. */
#define RS_F_MORE_HEADERS (RS_F_TS | RS_F_UTO | RS_F_ECN | RS_F_SECURE | RS_F_IP_EXTRA)

/** The output of a run, and the turn of one connection in it. */
struct rs_turn {
	struct rs_tcp *tcp;
	struct rte_mbuf **tx;
	uint32_t room;
	uint32_t n;             /**< frames in tx */
	bool behind_bulk;       /**< the bulk list was not empty when the run began */
	/* of the connection whose turn it is: rs_turn_begin() */
	bool sent_new;          /**< new data was sent */
	bool stuck;             /**< no mbuf or room: the connection keeps owing */
	uint32_t data_room;     /**< n up to which data may be sent */
	struct rs_tcb *tcb;
	struct rs_busy *busy;   /**< NULL: nothing is queued */
	struct rs_sender *snd;  /**< NULL: no queued byte has been sent */
	/* the queued byte that is sent next, as of rs_queue_seek(); of a text that is all that is
	 * queued only `off` counts */
	uint32_t chunk;
	uint32_t off;
};

/** The turn of a connection begins. @param data_room  the part of room that data may fill */
static inline void
rs_turn_begin(struct rs_turn *t, struct rs_tcb *tcb, uint32_t data_room)
{
	t->sent_new = false;
	t->stuck = false;
	t->data_room = RTE_MIN(data_room, t->n + RS_OUTPUT_QUANTUM);
	t->tcb = tcb;
	t->busy = rs_tcb_busy(t->tcp, tcb);
	t->snd = NULL;
}

/** Whether new data and retransmissions have no room left in the burst or in the turn. */
static inline bool
rs_turn_is_full(const struct rs_turn *t)
{
	return t->n >= t->data_room;
}

/** Get an mbuf for the turn's next frame. @return NULL: none, the turn is stuck */
static inline struct rte_mbuf *
rs_turn_mbuf(struct rs_turn *t)
{
	struct rte_mbuf *m = t->n < t->room ? rs_tcp_mbuf_get(t->tcp) : NULL;

	t->stuck |= m == NULL;
	return m;
}

/** Copy the queued bytes that are sent next. @return with `summed` their sum */
static __rte_always_inline uint64_t
rs_turn_copy(struct rs_turn *t, uint8_t *text, uint32_t len, bool summed)
{
	if (likely(t->busy->snd_text != NULL)) {
		const uint8_t *from = t->busy->snd_text + t->off;

		t->off += len;
		return rs_bytes_copy(&t->tcp->buf, text, from, len, summed);
	}
	if (summed)
		return rs_queue_copy_sum(&t->tcp->buf, &t->chunk, &t->off, text, len);
	rs_queue_copy(&t->tcp->buf, &t->chunk, &t->off, text, len);
	return 0;
}

/** Whether a connection's next segment has neither options nor ECN. */
static inline bool
rs_turn_is_bare(const struct rs_tcb *tcb, const struct rs_busy *busy)
{
	return (tcb->flags & RS_F_MORE_HEADERS) == 0 && !rs_sack_waits(busy);
}

/**
 * Write a segment with the len queued bytes at seq into m.
 *
 * @param flags  but ACK, which it has
 */
void rs_turn_write(struct rs_turn *t, struct rte_mbuf *m, uint32_t seq, uint32_t len,
	uint8_t flags, uint16_t wnd);

/** The same for segments with neither options nor ECN: rs_turn_is_bare(). */
void rs_turn_write_bare(struct rs_turn *t, struct rte_mbuf *m, uint32_t seq, uint32_t len,
	uint8_t flags, uint16_t wnd);

/**
 * The same for those of IPv4, as plain frames, to the neighbour of the connection. The caller
 * counts the frame.
 */
static __rte_always_inline void
rs_turn_write_plain(struct rs_turn *t, const struct rs_neigh *to,
	const struct rs_plain_ends *ends, struct rte_mbuf *m, const struct rs_plain_segment *out,
	uint32_t len)
{
	const struct rs_port_words *words = &t->tcp->link->words[to->port];
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint64_t sum = 0;

	if (len > 0)
		sum = rs_turn_copy(t, p + RS_PLAIN_LEN, len,
			(words->tx_flags & RTE_MBUF_F_TX_TCP_CKSUM) == 0);
	m->port = to->port;
	rs_plain_segment_write(words, m, p, ends, out, len, sum);
	rs_plain_offload(words, m, p);
}

/**
 * n segments were sent. Every segment of a synchronized connection carries an ACK, so no other ACK
 * is owed after it.
 */
static __rte_always_inline void
rs_turn_sent(const struct rs_turn *t, uint32_t n)
{
	struct rs_tcb *tcb = t->tcb;

	t->tcp->stats->tcp.tx_segments += n;
	rs_tcp_timer_stop(tcb, RS_TIMER_ACK);
	if (rs_tcb_synchronized(tcb)) /* else the union holds syn_sent */
		tcb->last_ack = tcb->rcv_nxt;
	tcb->owes &= (uint8_t)~RS_OWES_ACK;
}

/** A frame of n segments goes into the burst. */
static __rte_always_inline void
rs_turn_frame_done(struct rs_turn *t, struct rte_mbuf *m, uint32_t n)
{
	t->tx[t->n++] = m;
	rs_turn_sent(t, n);
}

/**
 * rs_turn_send(), inlined where each short connection passes: len or `busy`, which is that of the
 * turn, is a constant there.
 */
static __rte_always_inline bool
rs_turn_send_inline(struct rs_turn *t, struct rs_busy *busy, uint32_t seq, uint32_t len,
	uint8_t flags)
{
	struct rs_tcp *tcp = t->tcp;
	struct rs_tcb *tcb = t->tcb;
	const struct rs_neigh *to = &tcp->link->neighs[tcb->neigh];
	struct rte_mbuf *m = rs_turn_mbuf(t);
	uint16_t wnd;

	if (m == NULL)
		return false;
	wnd = rs_receive_window(tcp, tcb, busy);
	if (unlikely(!rs_turn_is_bare(tcb, busy))) {
		rs_turn_write(t, m, seq, len, flags, wnd);
	} else if (unlikely(!rs_tuple_is_ipv4(&tcb->tuple))) {
		rs_turn_write_bare(t, m, seq, len, flags, wnd);
	} else {
		const struct rs_plain_segment out = {
			.seq = seq,
			.ack = tcb->rcv_nxt,
			.wnd = wnd,
			.flags = flags | RTE_TCP_ACK_FLAG,
			.tos = tcp->listeners[tcb->listener].tos,
		};
		const struct rs_plain_ends ends = rs_plain_ends_of_tuple(to, &tcb->tuple);

		rs_turn_write_plain(t, to, &ends, m, &out, len);
		tcp->link->stats->packet.tx_frames++;
	}
	rs_turn_frame_done(t, m, 1);
	return true;
}

/**
 * Send one segment with the len queued bytes at seq, which are those that the turn sends next.
 *
 * @param flags  but ACK, which it has
 * @return false: there is no mbuf or no room, so the turn is stuck
 */
bool rs_turn_send(struct rs_turn *t, uint32_t seq, uint32_t len, uint8_t flags);

/**
 * Send n segments with len queued bytes each, those that the turn sends next, and advance SND.NXT
 * over them. They have the same headers but for their numbers; none has PSH or FIN.
 *
 * @return segments that were sent; if fewer, the turn is stuck
 */
uint32_t rs_turn_send_alike(struct rs_turn *t, uint32_t n, uint32_t len);

/** Send a SYN, or in SYN-RECEIVED a SYN-ACK (RFC 9293 3.5). */
void rs_turn_send_syn(struct rs_turn *t);

#endif /* RS_TCP_TURN_H */
