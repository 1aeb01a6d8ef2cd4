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

/* Most bytes of the options of IP and TCP, by which full segments may be shorter than the MSS. */
#define OPTIONS_MAX 80

/* A peer whose MSS is below the default (RFC 9293 3.7.1) gets no more ranges than with it. */
#define BOUND_LEAST (536 - OPTIONS_MAX)

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

void
rs_scoreboard_set_mss(struct rs_scoreboard *sb, uint32_t mss)
{
	sb->least = mss > 2 * OPTIONS_MAX ? mss - OPTIONS_MAX : mss / 2;
}

/* Whether the bytes in flight allow one more range. */
static bool
bound_allows(const struct rs_tcp *tcp, const struct rs_scoreboard *sb)
{
	uint64_t least = RTE_MAX(sb->least, (uint32_t)BOUND_LEAST);
	uint32_t flight;

	if (sb->n < RS_RANGES_SPARE)
		return true;
	flight = rs_range_at(tcp, sb->last)->end - rs_range_at(tcp, sb->first)->seq;
	return (sb->n - RS_RANGES_SPARE) * least < flight;
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

	if (sb->n == 0 || rs_share_allows(tcp->par.max_sent, tcp->ranges.used, sb->n))
		index = rs_pool_get(&tcp->ranges);
	if (index == 0) {
		if (tcp->ranges.used < tcp->par.max_sent)
			tcp->stats->tcp.range_share++;
		else
			tcp->stats->tcp.no_range++;
		return 0;
	}
	sb->n++;
	return index;
}

/* The same for new data and SACK blocks, of which the peer decides how many ranges they need. */
static uint32_t
range_get_bounded(struct rs_tcp *tcp, struct rs_scoreboard *sb)
{
	if (bound_allows(tcp, sb))
		return range_get(tcp, sb);
	tcp->stats->tcp.range_limited++;
	return 0;
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

/* Split a range in two at `at`. `second` is a range of the pool, 0: none. @return `second` */
static uint32_t
range_split_into(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index, uint32_t at,
	uint32_t second)
{
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

/* Split a range in two at `at`. @return the second one; 0: the pool had none left */
static uint32_t
range_split(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index, uint32_t at)
{
	return range_split_into(tcp, sb, index, at, range_get(tcp, sb));
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

/* Append the range [seq, end), in flight, in the entry `index` of the pool. */
static void
range_append(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index, uint32_t seq,
	uint32_t end)
{
	struct rs_range *r = rs_range_at(tcp, index);

	memset(r, 0, sizeof(*r));
	r->seq = seq;
	r->end = end;
	seq_insert(tcp, sb, index, sb->last);
	time_insert(tcp, sb, index, sb->newest);
}

void
rs_range_new(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end)
{
	uint32_t index = sb->last;
	struct rs_range *r = rs_range_at(tcp, index);
	bool after_short = sb->last_short;

	sb->last_short = end - seq < sb->least;
	if (index != 0 && r->state == RS_RANGE_IN_FLIGHT && !r->resent && !after_short &&
	    r->sent == (uint32_t)tcp->now && sb->newest == index) {
		r->end = end;
		return;
	}
	index = range_get_bounded(tcp, sb);
	if (index == 0) {
		/* The last range grows over [seq, end), and its state and time are forgotten. */
		r->resent = true;
		range_set_state(tcp, sb, sb->last, RS_RANGE_IN_FLIGHT);
		r->end = end;
		return;
	}
	range_append(tcp, sb, index, seq, end);
	rs_range_at(tcp, index)->sent = (uint32_t)tcp->now;
}

void
rs_range_first(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end,
	uint32_t sent, uint32_t last)
{
	uint32_t index = range_get(tcp, sb);

	sb->last_short = last < sb->least;
	range_append(tcp, sb, index, seq, end);
	rs_range_at(tcp, index)->sent = sent;
}

/*
 * Find the range that contains seq, from the nearest of the first, the last and the range `from`
 * (0: not known) on.
 */
static uint32_t
range_find(const struct rs_tcp *tcp, const struct rs_scoreboard *sb, uint32_t seq, uint32_t from)
{
	uint32_t last = rs_range_at(tcp, sb->last)->seq;
	uint32_t first = rs_range_at(tcp, sb->first)->seq;
	uint32_t index = from != 0 ? from : sb->first;
	uint32_t at = rs_range_at(tcp, index)->seq;

	if (rs_seq_geq(seq, last))
		return sb->last;
	if (rs_seq_lt(seq, at) && seq - first < at - seq)
		index = sb->first;
	else if (rs_seq_geq(seq, at) && last - seq < seq - at)
		index = sb->last;
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

static bool
is_sacked(const struct rs_tcp *tcp, uint32_t index)
{
	return index != 0 && rs_range_at(tcp, index)->state == RS_RANGE_SACKED;
}

/* A block SACKs a part of a range. */
struct sacked_part {
	uint32_t index;         /* the range */
	uint32_t left;
	uint32_t right;
};

/* The whole range becomes SACKED. @return the range that holds it */
static uint32_t
sack_whole(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index)
{
	uint32_t next;

	range_set_state(tcp, sb, index, RS_RANGE_SACKED);
	/* lets neighbours merge; if LOST later, it gives no sample */
	rs_range_at(tcp, index)->resent = true;
	index = range_merge(tcp, sb, index);
	next = rs_range_at(tcp, index)->next;
	if (is_sacked(tcp, next))
		range_merge(tcp, sb, next);
	return index;
}

/* The SACKED range `sacked` grows over the part, which it touches; no range is needed for that. */
static uint32_t
sack_grow(struct rs_tcp *tcp, struct rs_scoreboard *sb, const struct sacked_part *part,
	uint32_t sacked)
{
	struct rs_range *s = rs_range_at(tcp, sacked);
	struct rs_range *r = rs_range_at(tcp, part->index);

	take_from_sum(sb, r->state, part->right - part->left);
	add_to_sum(sb, RS_RANGE_SACKED, part->right - part->left);
	if (r->seq == part->left) {
		s->end = part->right;
		r->seq = part->right;
	} else {
		s->seq = part->left;
		r->end = part->left;
	}
	if (rs_seq_gt(r->sent, s->sent))
		s->sent = r->sent;
	return sacked;
}

/*
 * Split the part off its range. A part that is shorter than a full segment is taken only if it
 * ends where the range ends, because only the last segment of a range may be short. So a peer does
 * not get more ranges than there are segments in flight. @return its range; 0: the part is ignored
 */
static uint32_t
sack_split(struct rs_tcp *tcp, struct rs_scoreboard *sb, const struct sacked_part *part)
{
	const struct rs_range *r = rs_range_at(tcp, part->index);
	uint32_t index = part->index;

	if (part->right != r->end && part->right - part->left < sb->least) {
		tcp->stats->tcp.sack_splinters++;
		return 0;
	}
	if (part->left != r->seq)
		index = range_split_into(tcp, sb, index, part->left, range_get_bounded(tcp, sb));
	if (index != 0 && part->right != rs_range_at(tcp, index)->end &&
	    range_split_into(tcp, sb, index, part->right, range_get_bounded(tcp, sb)) == 0)
		index = 0;
	return index;
}

/* The part becomes SACKED. @return the SACKED range that holds it; 0: the part is ignored */
static uint32_t
sack_part(struct rs_tcp *tcp, struct rs_scoreboard *sb, const struct sacked_part *part,
	rs_range_visit *visit, void *arg)
{
	const struct rs_range *r = rs_range_at(tcp, part->index);
	struct rs_range copy = *r;
	uint32_t index;

	copy.seq = part->left;
	copy.end = part->right;
	if (part->left == r->seq && part->right == r->end) {
		visit(arg, &copy);
		return sack_whole(tcp, sb, part->index);
	}
	if (part->left == r->seq && is_sacked(tcp, r->prev))
		index = r->prev;
	else if (part->right == r->end && is_sacked(tcp, r->next))
		index = r->next;
	else
		index = 0;
	if (index != 0) {
		visit(arg, &copy);
		return sack_grow(tcp, sb, part, index);
	}
	index = sack_split(tcp, sb, part);
	if (index == 0)
		return 0;
	visit(arg, &copy);
	return sack_whole(tcp, sb, index);
}

void
rs_range_sacked(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t left, uint32_t right,
	rs_range_visit *visit, void *arg)
{
	uint32_t index = range_find(tcp, sb, left, sb->sack_hint);

	while (index != 0 && rs_seq_lt(rs_range_at(tcp, index)->seq, right)) {
		const struct rs_range *r = rs_range_at(tcp, index);
		uint32_t end = r->end;

		if (r->state != RS_RANGE_SACKED) {
			struct sacked_part part = { index, rs_seq_max(r->seq, left),
				rs_seq_lt(end, right) ? end : right };
			uint32_t sacked = sack_part(tcp, sb, &part, visit, arg);

			if (sacked != 0)
				index = sacked;
		}
		sb->sack_hint = index;
		/* A range that SACKED neighbours were merged into may end behind the block. */
		if (rs_seq_geq(rs_range_at(tcp, index)->end, right))
			break;
		index = rs_range_at(tcp, index)->next;
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
