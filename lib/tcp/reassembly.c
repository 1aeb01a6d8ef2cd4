/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reassembly of out-of-order text (RFC 9293 3.10.7.4 first, SHLD-31). The queue of a connection
 * is bounded by its window, by the bytes that it holds, and by its share of the pool of chunks.
 */

#include "base/mbuf.h"
#include "base/seq.h"
#include "conn/runs.h"
#include "tcp/tcp.h"

/*
 * A queue has one entry of the pool of chunks for each 1,024 bytes of the window, because shorter
 * pieces are copied together, but no more than one for each 256 bytes that it holds, so that pieces
 * of a byte do not get as many; and some in any case.
 */
#define OOO_SPARE 64
#define OOO_WND_SHIFT 10
#define OOO_LEN_SHIFT 8

/* Text of a segment, and its FIN. */
struct piece {
	struct rte_mbuf *m;
	const uint8_t *data;
	uint32_t seq;
	uint32_t len;
	bool fin;
};

/* The run behind `prev`; 0: the first. */
static uint32_t
next_run(const struct rs_tcp *tcp, const struct rs_busy *busy, uint32_t prev)
{
	return prev != 0 ? rs_run_at(&tcp->buf, prev)->next : busy->ooo.head;
}

/* Cut off the text that the run `prev` has. @return false: nothing is left */
static bool
cut_front(const struct rs_tcp *tcp, uint32_t prev, struct piece *p)
{
	const struct rs_run *run = rs_run_at(&tcp->buf, prev);

	if (prev == 0)
		return true;
	if (rs_seq_gt(run->end, p->seq)) {
		uint32_t old = run->end - p->seq;

		if (old > p->len || (old == p->len && !p->fin))
			return false;
		p->data += old;
		p->seq += old;
		p->len -= old;
	}
	return !run->fin; /* nothing follows a FIN, not even its own duplicate */
}

/*
 * Remove the runs behind `prev` that the text covers; cut it where a longer run or one with the
 * FIN begins. A FIN before queued text is a mistake of the peer, so it is ignored.
 */
static void
cut_end(struct rs_tcp *tcp, struct rs_busy *busy, uint32_t prev, struct piece *p)
{
	uint32_t next = next_run(tcp, busy, prev);

	while (next != 0 && rs_seq_gt(p->seq + p->len, rs_run_at(&tcp->buf, next)->seq)) {
		const struct rs_run *run = rs_run_at(&tcp->buf, next);
		uint32_t covered = next;

		if (rs_seq_gt(run->end, p->seq + p->len) || run->fin) {
			p->len = run->seq - p->seq;
			break;
		}
		next = run->next;
		rs_run_remove(&tcp->buf, busy, covered);
	}
	if (next != 0)
		p->fin = false;
}

/* Whether the queue's bound allows so many entries more, with a piece of len bytes. */
static bool
bound_allows(const struct rs_tcb *tcb, const struct rs_busy *busy, uint32_t more, uint32_t len)
{
	uint32_t most = OOO_SPARE + RTE_MIN(tcb->rcv_wnd >> OOO_WND_SHIFT,
		(busy->ooo_len + len) >> OOO_LEN_SHIFT);

	return busy->n_ooo + more <= most;
}

/* Whether the queue's share of the pool allows so many entries more. */
static bool
share_allows(const struct rs_tcp *tcp, const struct rs_busy *busy, uint32_t more)
{
	const struct rs_pool *chunks = &tcp->buf.chunks;

	return rs_share_allows(chunks->n, chunks->used + more - 1, busy->n_ooo + more - 1);
}

/* Whether the queue may have so many entries more, with a piece of len bytes. */
static bool
may_grow(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_busy *busy,
	uint32_t more, uint32_t len)
{
	return bound_allows(tcb, busy, more, len) && share_allows(tcp, busy, more);
}

/*
 * Count why a piece found no room. Others make no room for such text, so that is all. The pool is
 * empty, too, if it has one entry left of two that the piece needs.
 */
static void
count_no_room(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_busy *busy,
	uint32_t more, uint32_t len)
{
	const struct rs_pool *chunks = &tcp->buf.chunks;

	if (!bound_allows(tcb, busy, more, len))
		tcp->stats->tcp.ooo_limited++;
	else if (chunks->n - chunks->used >= more)
		tcp->stats->tcp.chunk_share++;
	else
		tcp->stats->tcp.no_chunk++;
}

/* Add a piece to the run that it touches, or make a run for it. @return the run; 0: no room */
static uint32_t
place(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_busy *busy, uint32_t prev,
	const struct piece *p)
{
	struct rs_buffers *buf = &tcp->buf;
	uint32_t next = next_run(tcp, busy, prev);
	bool follows = prev != 0 && rs_run_at(buf, prev)->end == p->seq;
	bool precedes = next != 0 && rs_run_at(buf, next)->seq == p->seq + p->len;
	bool alone = !follows && !precedes;
	uint32_t more = alone ? 2 : 1;
	bool room = may_grow(tcp, tcb, busy, more, p->len);
	uint32_t index = follows ? prev : next;
	bool done;

	if (alone)
		index = room ? rs_run_insert(buf, busy, prev, p->seq) : 0;
	if (index == 0)
		done = false;
	else if (p->len == 0)
		done = true;
	else if (precedes && !follows)
		done = rs_run_prepend(buf, busy, index, p->m, p->data, p->len, room);
	else
		done = rs_run_append(buf, busy, index, p->m, p->data, p->len, room);
	if (!done) {
		if (!room)
			count_no_room(tcp, tcb, busy, more, p->len);
		else if (alone && index != 0)
			rs_run_remove(buf, busy, index);
		return 0;
	}
	if (p->fin)
		rs_run_at(buf, index)->fin = true;
	if (follows && precedes)
		rs_run_join_next(buf, busy, index);
	return index;
}

/* Keep text that lies in one mbuf. As rs_reassembly_keep(). */
static bool
keep(struct rs_tcp *tcp, struct rs_tcb *tcb, struct piece p)
{
	struct rs_busy *busy = rs_tcb_busy_get(tcp, tcb);
	uint32_t index;

	if (busy == NULL)
		return false;
	index = rs_run_find(&tcp->buf, busy, p.seq);
	if (index != 0)
		busy->ooo_hint = index;
	if (!cut_front(tcp, index, &p))
		return false;
	cut_end(tcp, busy, index, &p);
	index = p.len > 0 || p.fin ? place(tcp, tcb, busy, index, &p) : 0;
	if (index != 0) {
		busy->ooo_hint = index;
		rs_busy_enlist(&tcp->buf, busy, RS_BUSY_OOO);
		return true;
	}
	tcp->stats->tcp.rx_no_room++;
	rs_tcb_busy_release(tcp, tcb);
	return false;
}

__rte_noinline bool
rs_reassembly_keep(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t seq, uint32_t len, bool fin)
{
	struct rs_parts parts;
	bool kept = false;

	if (likely(m->nb_segs == 1) || len == 0)
		return keep(tcp, tcb, (struct piece){ m, data, seq, len, fin });
	parts = rs_parts_of(m, data, len);
	while (rs_parts_next(&parts)) {
		kept |= keep(tcp, tcb, (struct piece){ parts.m, parts.data, seq, parts.len,
			fin && parts.left == 0 });
		seq += parts.len;
	}
	return kept;
}

/* Put back the rest of a chunk that found no room: the ACKs have reported it to the peer. */
static void
put_back(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t index, uint32_t old, bool fin)
{
	struct rs_chunk *chunk = rs_chunk_at(&tcp->buf, index);
	struct rs_busy *busy = rs_tcb_busy_get(tcp, tcb);

	if (busy == NULL) {
		rs_chunk_put(&tcp->buf, index);
		return;
	}
	chunk->data += old;
	chunk->len -= old;
	if (rs_runs_put_back(&tcp->buf, busy, index, tcb->rcv_nxt, fin))
		rs_busy_enlist(&tcp->buf, busy, RS_BUSY_OOO);
}

__rte_noinline bool
rs_reassembly_pull(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	bool fin = false;

	while (!fin && rs_reassembly_waits(tcp, tcb)) {
		struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
		const struct rs_run *run = rs_run_at(&tcp->buf, busy->ooo.head);
		const struct rs_chunk *chunk;
		uint32_t index, seq, old, len;
		bool fin_follows;

		if (rs_seq_gt(run->seq, tcb->rcv_nxt))
			break;
		if (rs_seq_leq(run->end, tcb->rcv_nxt)) { /* old, or a FIN alone */
			fin = run->fin && run->end == tcb->rcv_nxt;
			rs_run_remove(&tcp->buf, busy, busy->ooo.head);
			continue;
		}
		/* It is taken out, so that the end of the connection in a callback does not
		 * free it. */
		index = rs_runs_take_first(&tcp->buf, busy, &seq, &fin_follows);
		chunk = rs_chunk_at(&tcp->buf, index);
		old = RTE_MIN(tcb->rcv_nxt - seq, chunk->len);
		len = chunk->len - old;
		if (len > 0 && rs_receive_text(tcp, tcb, chunk->m, chunk->data + old, len) < len &&
		    tcb->state != RS_CLOSED) {
			put_back(tcp, tcb, index, tcb->rcv_nxt - seq, fin_follows);
			break;
		}
		fin = fin_follows && tcb->rcv_nxt == seq + old + len;
		rs_chunk_put(&tcp->buf, index);
		if (tcb->state == RS_CLOSED)
			return false;
	}
	if (!rs_reassembly_waits(tcp, tcb))
		rs_reassembly_drop(tcp, tcb);
	rs_sack_advanced(tcp, tcb);
	rs_tcb_busy_release(tcp, tcb);
	return fin;
}

void
rs_reassembly_drop(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	if (busy == NULL)
		return;
	rs_busy_delist(&tcp->buf, busy, RS_BUSY_OOO);
	rs_runs_clear(&tcp->buf, busy);
	busy->n_sack = 0;
}
