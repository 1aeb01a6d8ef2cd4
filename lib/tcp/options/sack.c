/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Selective acknowledgment as the receiver of text sends it (RFC 2018 3 and 4), with
 * duplicates (RFC 2883). Text that was reported is kept until RCV.NXT has passed it.
 */

#include "base/seq.h"
#include "conn/runs.h"
#include "tcp/options/options.h"

/* The block that reports a run of out-of-order text and its FIN. */
static struct rs_sack
run_block(const struct rs_run *run)
{
	return (struct rs_sack){ run->seq, run->end + run->fin };
}

/* Whether a block is in the list of blocks to report. */
static bool
is_listed(const struct rs_busy *busy, const struct rs_sack *block)
{
	uint8_t i;

	for (i = 0; i < busy->n_sack; i++) {
		if (busy->sack[i].left == block->left)
			return true;
	}
	return false;
}

/* Put a block first in the list. Remove the blocks that it covers, and the oldest if the list
 * is full. */
static void
sack_list_first(struct rs_busy *busy, struct rs_sack block)
{
	struct rs_sack rest[RS_SACK_BLOCKS];
	uint8_t n = 0;
	uint8_t i;

	for (i = 0; i < busy->n_sack; i++) {
		if (rs_seq_lt(busy->sack[i].left, block.left) ||
		    rs_seq_gt(busy->sack[i].right, block.right))
			rest[n++] = busy->sack[i];
	}
	if (n == RS_SACK_BLOCKS)
		n--;
	busy->sack[0] = block;
	memcpy(&busy->sack[1], rest, n * sizeof(rest[0]));
	busy->n_sack = (uint8_t)(n + 1);
}

/* Fill the free slots with blocks that have not been reported yet (RFC 2018 3). */
static void
sack_fill(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_busy *busy)
{
	uint32_t index = busy->ooo.head;

	/* a few steps, because each run is listed before or is listed now */
	for (; index != 0 && busy->n_sack < RS_SACK_BLOCKS;
			index = rs_run_at(&tcp->buf, index)->next) {
		struct rs_sack block = run_block(rs_run_at(&tcp->buf, index));

		if (rs_seq_gt(block.left, tcb->rcv_nxt) && !is_listed(busy, &block))
			busy->sack[busy->n_sack++] = block;
	}
}

__rte_noinline void
rs_sack_kept(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t seq)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	struct rs_sack block;

	/* rs_reassembly_keep() noted the run of the text */
	if ((tcb->flags & RS_F_SACK) == 0 || busy == NULL || busy->ooo_hint == 0)
		return;
	block = run_block(rs_run_at(&tcp->buf, busy->ooo_hint));
	if (!rs_seq_in_window(seq, block.left, block.right - block.left))
		return;
	sack_list_first(busy, block);
	sack_fill(tcp, tcb, busy);
}

/* The first contiguous part of [seq, end) that is in the out-of-order queue (RFC 2883 4.2.2). */
static struct rs_sack
find_duplicate(const struct rs_tcp *tcp, const struct rs_busy *busy, uint32_t seq, uint32_t end)
{
	uint32_t index = rs_run_find(&tcp->buf, busy, seq);
	struct rs_sack block;

	/* the run that begins before seq, or else the one behind it */
	if (index == 0 || rs_seq_leq(run_block(rs_run_at(&tcp->buf, index)).right, seq))
		index = index == 0 ? busy->ooo.head : rs_run_at(&tcp->buf, index)->next;
	if (index == 0 || rs_seq_geq(rs_run_at(&tcp->buf, index)->seq, end))
		return (struct rs_sack){ seq, seq };
	block = run_block(rs_run_at(&tcp->buf, index));
	return (struct rs_sack){ rs_seq_max(block.left, seq),
		rs_seq_lt(block.right, end) ? block.right : end };
}

__rte_noinline void
rs_sack_arrived(struct rs_tcp *tcp, struct rs_tcb *tcb, uint32_t seq, uint32_t len)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint32_t end = seq + len;
	struct rs_sack duplicate = { seq, end };

	if ((tcb->flags & RS_F_SACK) == 0 || len == 0)
		return;
	if (rs_seq_leq(tcb->rcv_nxt, seq)) {
		if (busy == NULL || busy->ooo.head == 0)
			return;
		duplicate = find_duplicate(tcp, busy, seq, end);
	} else if (rs_seq_gt(end, tcb->rcv_nxt)) {
		duplicate.right = tcb->rcv_nxt;
	}
	if (duplicate.left == duplicate.right)
		return;
	busy = rs_tcb_busy_get(tcp, tcb);
	if (busy == NULL)
		return; /* an ACK without D-SACK is correct, too */
	busy->dsack = duplicate;
	tcp->stats->tcp.rx_overlap++;
	rs_tcp_owe(tcp, tcb, RS_OWES_ACK);
}

void
rs_sack_advanced(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint8_t n = 0;
	uint8_t i;

	if (busy == NULL || busy->n_sack == 0)
		return;
	for (i = 0; i < busy->n_sack; i++) {
		if (rs_seq_gt(busy->sack[i].left, tcb->rcv_nxt))
			busy->sack[n++] = busy->sack[i];
	}
	busy->n_sack = n;
	sack_fill(tcp, tcb, busy);
}

uint8_t
rs_sack_blocks(const struct rs_busy *busy, uint8_t room)
{
	uint8_t n;

	if (!rs_sack_waits(busy))
		return 0;
	n = (uint8_t)(busy->n_sack + (busy->dsack.left != busy->dsack.right));
	return n < room ? n : room;
}

/* Put the block that contains a duplicate first, so that it follows the D-SACK (RFC 2883 4,
 * (3)). */
static void
sack_list_around(struct rs_busy *busy, const struct rs_sack *duplicate)
{
	uint8_t i;

	for (i = 0; i < busy->n_sack; i++) {
		struct rs_sack block = busy->sack[i];

		if (rs_seq_leq(block.left, duplicate->left) &&
		    rs_seq_geq(block.right, duplicate->right)) {
			sack_list_first(busy, block);
			return;
		}
	}
}

/* noinline, because segments of a connection without gaps do not need it. */
__rte_noinline uint8_t
rs_sack_write(struct rs_busy *busy, uint8_t room, uint8_t *opt)
{
	struct rs_sack blocks[RS_SACK_BLOCKS + 1];
	uint8_t n = 0;

	if (busy->dsack.left != busy->dsack.right) {
		sack_list_around(busy, &busy->dsack);
		blocks[n++] = busy->dsack;
		busy->dsack.right = busy->dsack.left;
	}
	memcpy(&blocks[n], busy->sack, busy->n_sack * sizeof(busy->sack[0]));
	n = (uint8_t)(n + busy->n_sack);
	return rs_options_write_sack(opt, blocks, n < room ? n : room);
}
