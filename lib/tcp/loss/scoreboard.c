/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The ranges of a scoreboard stand in two lists: all of them by sequence number, and the ones
 * in flight by time of transmission, because RFC 8985 6.2 step 5 walks them in that order.
 */

#include <string.h>

#include <rte_common.h>

#include "base/seq.h"
#include "tcp/loss/scoreboard.h"
#include "tcp/loss/loss.h"

struct rs_range *
rs_range_at(const struct rs_tcp *tcp, uint32_t index)
{
	return rs_pool_at(&tcp->ranges, index);
}

static uint32_t
range_length(const struct rs_range *r)
{
	return r->end - r->seq;
}

/* The sum that counts the bytes of a state; NULL: none does. */
static uint32_t *
sum_of(struct rs_scoreboard *sb, uint8_t state)
{
	switch (state) {
	case RS_RANGE_SACKED:
		return &sb->sacked;
	case RS_RANGE_LOST:
		return &sb->lost;
	default:
		return NULL;
	}
}

static void
add_to_sum(struct rs_scoreboard *sb, uint8_t state, uint32_t n)
{
	uint32_t *sum = sum_of(sb, state);

	if (sum != NULL)
		*sum += n;
}

static void
take_from_sum(struct rs_scoreboard *sb, uint8_t state, uint32_t n)
{
	uint32_t *sum = sum_of(sb, state);

	if (sum != NULL)
		*sum -= n;
}

/* Insert a range into the list by time, behind `older`; 0: at the head. */
static void
time_insert(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index, uint32_t older)
{
	struct rs_range *r = rs_range_at(tcp, index);
	uint32_t newer = older != 0 ? rs_range_at(tcp, older)->newer : sb->oldest;

	r->older = older;
	r->newer = newer;
	*(older != 0 ? &rs_range_at(tcp, older)->newer : &sb->oldest) = index;
	*(newer != 0 ? &rs_range_at(tcp, newer)->older : &sb->newest) = index;
}

static void
time_remove(struct rs_tcp *tcp, struct rs_scoreboard *sb, const struct rs_range *r)
{
	*(r->older != 0 ? &rs_range_at(tcp, r->older)->newer : &sb->oldest) = r->newer;
	*(r->newer != 0 ? &rs_range_at(tcp, r->newer)->older : &sb->newest) = r->older;
}

/* Insert a range into the list by sequence number, behind `prev`; 0: at the head. */
static void
seq_insert(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index, uint32_t prev)
{
	struct rs_range *r = rs_range_at(tcp, index);
	uint32_t next = prev != 0 ? rs_range_at(tcp, prev)->next : sb->first;

	r->prev = prev;
	r->next = next;
	*(prev != 0 ? &rs_range_at(tcp, prev)->next : &sb->first) = index;
	*(next != 0 ? &rs_range_at(tcp, next)->prev : &sb->last) = index;
}

/*
 * Take a range from the pool; 0: none is left, or the connection has its share. The first range
 * of a sender is always there, because the pool has one for each sender beyond max_sent, so each
 * sender has a scoreboard.
 */
static uint32_t
range_get(struct rs_tcp *tcp, struct rs_scoreboard *sb)
{
	uint32_t index = 0;

	if (sb->n == 0 || (sb->n < RS_RANGES_MAX &&
			rs_share_allows(tcp->par.max_sent, tcp->ranges.used, sb->n)))
		index = rs_pool_get(&tcp->ranges);
	if (index == 0) {
		if (sb->n < RS_RANGES_MAX && tcp->ranges.used < tcp->par.max_sent)
			tcp->stats->tcp.range_share++;
		else
			tcp->stats->tcp.no_range++;
		return 0;
	}
	sb->n++;
	return index;
}

/* Remove a range from both lists and give it back; the caller corrects the sums. */
static void
range_put(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index)
{
	struct rs_range *r = rs_range_at(tcp, index);

	if (r->state == RS_RANGE_IN_FLIGHT)
		time_remove(tcp, sb, r);
	*(r->prev != 0 ? &rs_range_at(tcp, r->prev)->next : &sb->first) = r->next;
	*(r->next != 0 ? &rs_range_at(tcp, r->next)->prev : &sb->last) = r->prev;
	if (sb->lost_from == index)
		sb->lost_from = r->next;
	if (sb->sack_hint == index)
		sb->sack_hint = r->prev != 0 ? r->prev : r->next;
	rs_pool_put(&tcp->ranges, index);
	sb->n--;
}

/* Split a range in two at `at`. @return the second one; 0: the pool had none left */
static uint32_t
range_split(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index, uint32_t at)
{
	uint32_t second = range_get(tcp, sb);
	struct rs_range *r = rs_range_at(tcp, index);
	struct rs_range *s = rs_range_at(tcp, second);

	if (second == 0)
		return 0;
	*s = *r;
	s->seq = at;
	r->end = at;
	seq_insert(tcp, sb, second, index);
	if (r->state == RS_RANGE_IN_FLIGHT)
		time_insert(tcp, sb, second, index);
	return second;
}

/* Merge a range with the one before it if they are alike. @return the range that holds it */
static uint32_t
range_merge(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index)
{
	struct rs_range *r = rs_range_at(tcp, index);
	uint32_t one = r->prev;
	struct rs_range *p = rs_range_at(tcp, one);

	if (one == 0 || p->state != r->state || p->resent != r->resent)
		return index;
	if (r->state == RS_RANGE_IN_FLIGHT && (p->sent != r->sent || p->newer != index))
		return index;
	p->end = r->end;
	if (rs_seq_gt(r->sent, p->sent))
		p->sent = r->sent;
	range_put(tcp, sb, index);
	return one;
}

/* Change the state of a range. A range that becomes IN_FLIGHT was sent just now. */
static void
range_set_state(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index,
	enum rs_range_state state)
{
	struct rs_range *r = rs_range_at(tcp, index);

	if (r->state == RS_RANGE_IN_FLIGHT)
		time_remove(tcp, sb, r);
	take_from_sum(sb, r->state, range_length(r));
	r->state = (uint8_t)state;
	add_to_sum(sb, r->state, range_length(r));
	if (state == RS_RANGE_IN_FLIGHT) {
		r->sent = (uint32_t)tcp->now;
		time_insert(tcp, sb, index, sb->newest);
	} else if (state == RS_RANGE_LOST && (sb->lost_from == 0 ||
			rs_seq_lt(r->seq, rs_range_at(tcp, sb->lost_from)->seq))) {
		sb->lost_from = index;
	}
}

void
rs_range_new(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end)
{
	uint32_t index = sb->last;
	struct rs_range *r = rs_range_at(tcp, index);

	if (index != 0 && r->state == RS_RANGE_IN_FLIGHT && !r->resent &&
	    r->sent == (uint32_t)tcp->now && sb->newest == index) {
		r->end = end;
		return;
	}
	index = range_get(tcp, sb);
	if (index == 0) {
		/* The last range grows over [seq, end), and its state and time are forgotten. */
		r->resent = true;
		range_set_state(tcp, sb, sb->last, RS_RANGE_IN_FLIGHT);
		r->end = end;
		return;
	}
	r = rs_range_at(tcp, index);
	memset(r, 0, sizeof(*r));
	r->seq = seq;
	r->end = end;
	r->sent = (uint32_t)tcp->now;
	seq_insert(tcp, sb, index, sb->last);
	time_insert(tcp, sb, index, sb->newest);
}

/* Find the range that contains seq, from the range `from` on; 0: from the first. */
static uint32_t
range_find(const struct rs_tcp *tcp, const struct rs_scoreboard *sb, uint32_t seq, uint32_t from)
{
	uint32_t index = from != 0 ? from : sb->first;

	if (rs_seq_geq(seq, rs_range_at(tcp, sb->last)->seq))
		return sb->last;
	while (rs_seq_lt(seq, rs_range_at(tcp, index)->seq))
		index = rs_range_at(tcp, index)->prev;
	while (rs_seq_geq(seq, rs_range_at(tcp, index)->end))
		index = rs_range_at(tcp, index)->next;
	return index;
}

/*
 * The range that begins at seq: the one at `index`, split if it begins earlier. If the pool
 * has no range left, the whole range at `index` stands for it.
 */
static uint32_t
range_begin_at(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index, uint32_t seq)
{
	uint32_t second = 0;

	if (rs_range_at(tcp, index)->seq != seq)
		second = range_split(tcp, sb, index, seq);
	return second != 0 ? second : index;
}

void
rs_range_resent(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end)
{
	uint32_t index = range_find(tcp, sb, seq, sb->lost_from);

	index = range_begin_at(tcp, sb, index, seq);
	while (index != 0 && rs_seq_lt(rs_range_at(tcp, index)->seq, end)) {
		if (rs_seq_gt(rs_range_at(tcp, index)->end, end))
			range_split(tcp, sb, index, end);
		rs_range_at(tcp, index)->resent = true;
		range_set_state(tcp, sb, index, RS_RANGE_IN_FLIGHT);
		index = rs_range_at(tcp, range_merge(tcp, sb, index))->next;
	}
}

void
rs_range_acked(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t una,
	rs_range_visit *visit, void *arg)
{
	while (sb->first != 0) {
		struct rs_range *r = rs_range_at(tcp, sb->first);
		struct rs_range part = *r;

		if (rs_seq_geq(r->seq, una))
			break;
		if (rs_seq_gt(part.end, una))
			part.end = una;
		take_from_sum(sb, r->state, range_length(&part));
		if (r->state != RS_RANGE_SACKED)
			visit(arg, &part);
		if (part.end != r->end) {
			r->seq = una;
			break;
		}
		range_put(tcp, sb, sb->first);
	}
}

void
rs_range_sacked(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t left, uint32_t right,
	rs_range_visit *visit, void *arg)
{
	uint32_t index = range_find(tcp, sb, left, sb->sack_hint);

	while (index != 0 && rs_seq_lt(rs_range_at(tcp, index)->seq, right)) {
		struct rs_range *r = rs_range_at(tcp, index);
		uint32_t next;

		sb->sack_hint = index;
		if (r->state == RS_RANGE_SACKED) {
			index = r->next;
			continue;
		}
		/* If no range is left for the split, the block is ignored: a SACK is advice. */
		if (rs_seq_lt(r->seq, left)) {
			index = range_split(tcp, sb, index, left);
			continue;
		}
		if (rs_seq_gt(r->end, right) && range_split(tcp, sb, index, right) == 0)
			break;
		visit(arg, r);
		range_set_state(tcp, sb, index, RS_RANGE_SACKED);
		r->resent = true; /* lets neighbours merge; if LOST later, it gives no sample */
		index = range_merge(tcp, sb, index);
		next = rs_range_at(tcp, index)->next;
		if (next != 0 && rs_range_at(tcp, next)->state == RS_RANGE_SACKED)
			next = rs_range_at(tcp, range_merge(tcp, sb, next))->next;
		sb->sack_hint = index;
		index = next;
	}
}

void
rs_range_lose(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index)
{
	uint32_t next;

	range_set_state(tcp, sb, index, RS_RANGE_LOST);
	next = rs_range_at(tcp, range_merge(tcp, sb, index))->next;
	if (next != 0)
		range_merge(tcp, sb, next);
}

bool
rs_range_lose_first(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t end)
{
	const struct rs_range *r = rs_range_at(tcp, sb->first);

	if (sb->first == 0 || r->state != RS_RANGE_IN_FLIGHT || r->resent)
		return false;
	if (rs_seq_gt(r->end, end))
		range_split(tcp, sb, sb->first, end);
	rs_range_lose(tcp, sb, sb->first);
	return true;
}

void
rs_range_lose_all(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t young)
{
	uint32_t index = sb->first;

	while (index != 0) {
		const struct rs_range *r = rs_range_at(tcp, index);
		bool stays = r->state == RS_RANGE_IN_FLIGHT && index != sb->first &&
			rs_range_age(r, tcp->now) < young;

		if (!stays && r->state != RS_RANGE_LOST)
			range_set_state(tcp, sb, index, RS_RANGE_LOST);
		if (!stays)
			index = range_merge(tcp, sb, index);
		index = rs_range_at(tcp, index)->next;
	}
}

void
rs_range_undo(struct rs_tcp *tcp, struct rs_scoreboard *sb)
{
	uint32_t index;

	/* They are the oldest, so each is inserted at the head, the last of them first. */
	for (index = sb->last; index != 0; index = rs_range_at(tcp, index)->prev) {
		struct rs_range *r = rs_range_at(tcp, index);

		if (r->state != RS_RANGE_LOST || r->resent)
			continue;
		take_from_sum(sb, r->state, range_length(r));
		r->state = RS_RANGE_IN_FLIGHT;
		time_insert(tcp, sb, index, 0);
	}
}

uint32_t
rs_range_next_lost(const struct rs_tcp *tcp, struct rs_scoreboard *sb)
{
	uint32_t index = sb->lost > 0 ? sb->lost_from : 0;

	while (index != 0 && rs_range_at(tcp, index)->state != RS_RANGE_LOST)
		index = rs_range_at(tcp, index)->next;
	sb->lost_from = index;
	return index;
}

void
rs_range_clear(struct rs_tcp *tcp, struct rs_scoreboard *sb)
{
	while (sb->first != 0)
		range_put(tcp, sb, sb->first);
	memset(sb, 0, sizeof(*sb));
}
