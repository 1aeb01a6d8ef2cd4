/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reassembly of out-of-order text (RFC 9293 3.10.7.4 first, SHLD-31). The queue is ordered
 * and without overlaps. Its length is bounded per connection, and by the pool of chunks for
 * all connections.
 */

#include "base/seq.h"
#include "tcp/tcp.h"

/* Most out-of-order chunks of one connection. */
#define OOO_MAX 256

/* The sequence number behind the text of a chunk. */
static uint32_t
chunk_end(const struct rs_chunk *chunk)
{
	return chunk->seq + chunk->len;
}

/* Remove the chunk behind `prev` (0: the first). */
static void
remove_after(struct rs_tcp *tcp, struct rs_busy *busy, uint32_t prev)
{
	uint32_t *link = prev != 0 ? &rs_chunk_at(&tcp->buf, prev)->next : &busy->ooo.head;
	uint32_t index = *link;

	*link = rs_chunk_at(&tcp->buf, index)->next;
	if (*link == 0)
		busy->ooo.tail = prev;
	busy->n_ooo--;
	rs_chunk_put(&tcp->buf, index);
}

bool
rs_reassembly_keep(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const uint8_t *data, uint32_t seq, uint32_t len, bool fin)
{
	struct rs_busy *busy = rs_tcb_busy_get(tcp, tcb);
	struct rs_chunk *chunk;
	uint32_t prev = 0;
	uint32_t next;
	uint32_t index;

	if (busy == NULL)
		return false;
	/* Find the last chunk that begins at seq or before, and cut off the text that it has. */
	for (next = busy->ooo.head; next != 0; next = rs_chunk_at(&tcp->buf, next)->next) {
		if (rs_seq_gt(rs_chunk_at(&tcp->buf, next)->seq, seq))
			break;
		prev = next;
	}
	if (prev != 0 && rs_seq_gt(chunk_end(rs_chunk_at(&tcp->buf, prev)), seq)) {
		uint32_t old = chunk_end(rs_chunk_at(&tcp->buf, prev)) - seq;

		if (old > len || (old == len && !fin))
			return false;
		data += old;
		seq += old;
		len -= old;
	}
	/* Nothing follows a FIN, not even its own duplicate. */
	if (prev != 0 && rs_chunk_at(&tcp->buf, prev)->fin)
		return false;
	/* Remove the chunks that the text covers; cut it where a longer chunk or one with the
	 * FIN begins. */
	while (next != 0 && rs_seq_gt(seq + len, rs_chunk_at(&tcp->buf, next)->seq)) {
		chunk = rs_chunk_at(&tcp->buf, next);
		if (rs_seq_gt(chunk_end(chunk), seq + len) || chunk->fin) {
			len = chunk->seq - seq;
			fin = false;
			break;
		}
		next = chunk->next;
		remove_after(tcp, busy, prev);
	}
	if (next != 0 && rs_chunk_at(&tcp->buf, next)->fin &&
	    rs_chunk_at(&tcp->buf, next)->seq == seq + len)
		fin = false; /* the queue has this FIN already */
	if ((len == 0 && !fin) || busy->n_ooo >= OOO_MAX)
		goto none;
	if (!rs_queue_may_grow(&tcp->buf, busy->n_ooo)) {
		rs_tcp_no_chunk(tcp, UINT32_MAX); /* others make no room for such text */
		goto none;
	}
	index = rs_chunk_get(&tcp->buf, m, data, len);
	chunk = rs_chunk_at(&tcp->buf, index);
	chunk->seq = seq;
	chunk->fin = fin;
	chunk->next = next;
	if (prev != 0)
		rs_chunk_at(&tcp->buf, prev)->next = index;
	else
		busy->ooo.head = index;
	if (next == 0)
		busy->ooo.tail = index;
	busy->n_ooo++;
	rs_busy_enlist(&tcp->buf, busy, RS_BUSY_OOO);
	return true;
none:
	tcp->stats->tcp.rx_no_room++;
	rs_tcb_busy_release(tcp, tcb);
	return false;
}

/* Take out the first chunk, so that the end of the connection in a callback does not free it. */
static uint32_t
take_first(const struct rs_tcp *tcp, struct rs_busy *busy)
{
	uint32_t index = busy->ooo.head;

	busy->ooo.head = rs_chunk_at(&tcp->buf, index)->next;
	if (busy->ooo.head == 0)
		busy->ooo.tail = 0;
	busy->n_ooo--;
	return index;
}

/* Put back a chunk that found no room: the ACKs have reported it to the peer already. */
static void
put_back(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t index)
{
	struct rs_chunk *chunk = rs_chunk_at(&tcp->buf, index);
	struct rs_busy *busy = rs_tcb_busy_get(tcp, tcb);
	uint32_t old = tcb->rcv_nxt - chunk->seq;

	if (busy == NULL) {
		rs_chunk_put(&tcp->buf, index);
		return;
	}
	chunk->seq += old;
	chunk->data += old;
	chunk->len -= old;
	chunk->next = busy->ooo.head;
	busy->ooo.head = index;
	if (chunk->next == 0)
		busy->ooo.tail = index;
	busy->n_ooo++;
	rs_busy_enlist(&tcp->buf, busy, RS_BUSY_OOO);
}

bool
rs_reassembly_pull(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	bool fin = false;

	while (!fin && rs_reassembly_waits(tcp, tcb)) {
		struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
		struct rs_chunk *chunk = rs_chunk_at(&tcp->buf, busy->ooo.head);
		uint32_t old = tcb->rcv_nxt - chunk->seq;
		uint32_t len = old < chunk->len ? chunk->len - old : 0;
		uint32_t index;

		if (rs_seq_gt(chunk->seq, tcb->rcv_nxt))
			break;
		index = take_first(tcp, busy);
		if (len > 0 && rs_receive_text(tcp, tcb, chunk->m, chunk->data + old, len) < len &&
		    tcb->state != RS_CLOSED) {
			put_back(tcp, tcb, index);
			break;
		}
		fin = chunk->fin && tcb->rcv_nxt == chunk_end(chunk);
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
	rs_queue_clear(&tcp->buf, &busy->ooo);
	busy->n_ooo = 0;
	busy->n_sack = 0;
}
