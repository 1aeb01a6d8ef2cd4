/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The scoreboard (tcp/loss/scoreboard.h): each function by itself, and a hundred thousand random
 * calls compared with a model that holds the state of each segment.
 */

#include "base/seq.h"
#include "loss_fixture.h"

/* Sequence numbers pass over 2^32 in each test. */
#define BASE UINT32_C(0xfffffe00)

/* A scoreboard under test. */
struct board {
	struct rs_tcp *tcp;
	struct rs_scoreboard sb;
	uint32_t una, nxt;
	uint32_t visited;       /* bytes of the ranges visited */
};

static void
visit_range(void *arg, const struct rs_range *range)
{
	struct board *b = arg;

	assert_true(rs_seq_lt(range->seq, range->end));
	b->visited += range->end - range->seq;
}

static struct board
board(struct loss_test *t)
{
	loss_start(t);
	t->tcp.now = UINT32_MAX - UINT32_C(1000); /* times wrap, too */
	return (struct board){ .tcp = &t->tcp, .una = BASE, .nxt = BASE };
}

static void
send_new(struct board *b, uint32_t n)
{
	rs_range_new(b->tcp, &b->sb, b->nxt, b->nxt + n);
	b->nxt += n;
}

static void
acked(struct board *b, uint32_t una)
{
	rs_range_acked(b->tcp, &b->sb, una, visit_range, b);
	b->una = una;
}

static void
sacked(struct board *b, uint32_t left, uint32_t right)
{
	rs_range_sacked(b->tcp, &b->sb, left, right, visit_range, b);
}

static void
later(struct board *b, uint32_t us)
{
	b->tcp->now += us;
}

/* The ranges by sequence number are `want`: seq, end and state of each. */
static void
expect_ranges(const struct board *b, const uint32_t (*want)[3], unsigned int n)
{
	uint32_t index = b->sb.first;
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct rs_range *r = rs_range_at(b->tcp, index);

		assert_int_not_equal(index, 0);
		assert_int_equal(r->seq - BASE, want[i][0]);
		assert_int_equal(r->end - BASE, want[i][1]);
		assert_int_equal(r->state, want[i][2]);
		index = r->next;
	}
	assert_int_equal(index, 0);
	assert_int_equal(b->sb.n, n);
}

#define expect(b, ...) do { \
	const uint32_t want_[][3] = { __VA_ARGS__ }; \
	expect_ranges(b, want_, RTE_DIM(want_)); \
} while (0)

enum { FLIGHT = RS_RANGE_IN_FLIGHT, SACKED = RS_RANGE_SACKED, LOST = RS_RANGE_LOST };

/* Data sent at one time is one range; data sent at another time is another range. */
static void
scoreboard_turns_are_ranges(void **state)
{
	struct board b = board(*state);

	send_new(&b, 100);
	send_new(&b, 100);
	expect(&b, { 0, 200, FLIGHT });
	later(&b, 1);
	send_new(&b, 100);
	send_new(&b, 50);
	expect(&b, { 0, 200, FLIGHT }, { 200, 350, FLIGHT });
	acked(&b, BASE + 50);
	expect(&b, { 50, 200, FLIGHT }, { 200, 350, FLIGHT });
	assert_int_equal(b.visited, 50);
	acked(&b, BASE + 300);
	expect(&b, { 300, 350, FLIGHT });
	assert_int_equal(b.visited, 300);
	acked(&b, BASE + 350);
	assert_int_equal(b.sb.n, 0);
	assert_int_equal(b.tcp->ranges.used, 0);
}

/* RFC 2018 5: blocks split ranges, SACKED neighbours merge, no byte is visited twice. */
static void
scoreboard_sack_blocks_split_and_merge(void **state)
{
	struct board b = board(*state);

	send_new(&b, 1000);
	sacked(&b, BASE + 200, BASE + 300);
	expect(&b, { 0, 200, FLIGHT }, { 200, 300, SACKED }, { 300, 1000, FLIGHT });
	sacked(&b, BASE + 400, BASE + 500);
	assert_int_equal(b.visited, 200);
	sacked(&b, BASE + 200, BASE + 500);
	expect(&b, { 0, 200, FLIGHT }, { 200, 500, SACKED }, { 500, 1000, FLIGHT });
	assert_int_equal(b.visited, 300);
	assert_int_equal(b.sb.sacked, 300);
	sacked(&b, BASE + 100, BASE + 1000);
	expect(&b, { 0, 100, FLIGHT }, { 100, 1000, SACKED });
	assert_int_equal(b.visited, 900);
	/* An acknowledged range that was SACKED is not visited again. */
	acked(&b, BASE + 600);
	assert_int_equal(b.visited, 1000);
	assert_int_equal(b.sb.sacked, 400);
	rs_range_clear(b.tcp, &b.sb);
}

/* A SACKED range that grows was last sent when its latest part was, should it be LOST later. */
static void
scoreboard_sacked_range_has_the_latest_time(void **state)
{
	struct board b = board(*state);
	uint32_t first = (uint32_t)b.tcp->now;
	uint32_t index;

	send_new(&b, 100);
	later(&b, 10);
	send_new(&b, 200);
	sacked(&b, BASE + 50, BASE + 100);
	expect(&b, { 0, 50, FLIGHT }, { 50, 100, SACKED }, { 100, 300, FLIGHT });
	index = rs_range_at(b.tcp, b.sb.first)->next;
	assert_int_equal(rs_range_at(b.tcp, index)->sent, first);
	sacked(&b, BASE + 50, BASE + 150);
	expect(&b, { 0, 50, FLIGHT }, { 50, 150, SACKED }, { 150, 300, FLIGHT });
	assert_int_equal(rs_range_at(b.tcp, index)->sent, first + 10);
	/* towards older parts, and by a merge, too */
	sacked(&b, BASE + 25, BASE + 50);
	expect(&b, { 0, 25, FLIGHT }, { 25, 150, SACKED }, { 150, 300, FLIGHT });
	assert_int_equal(rs_range_at(b.tcp, index)->sent, first + 10);
	sacked(&b, BASE, BASE + 300);
	expect(&b, { 0, 300, SACKED });
	assert_int_equal(rs_range_at(b.tcp, b.sb.first)->sent, first + 10);
	rs_range_clear(b.tcp, &b.sb);
}

/* The lowest LOST range is found, whatever the order of marking was. */
static void
scoreboard_next_lost_is_the_lowest(void **state)
{
	struct board b = board(*state);
	unsigned int i;

	for (i = 0; i < 5; i++) {
		send_new(&b, 100);
		later(&b, 10);
	}
	assert_int_equal(rs_range_next_lost(b.tcp, &b.sb), 0);
	rs_range_lose(b.tcp, &b.sb, b.sb.last);
	assert_int_equal(rs_range_at(b.tcp, rs_range_next_lost(b.tcp, &b.sb))->seq, BASE + 400);
	rs_range_lose(b.tcp, &b.sb, rs_range_at(b.tcp, b.sb.first)->next);
	assert_int_equal(rs_range_at(b.tcp, rs_range_next_lost(b.tcp, &b.sb))->seq, BASE + 100);
	assert_int_equal(b.sb.lost, 200);
	rs_range_resent(b.tcp, &b.sb, BASE + 100, BASE + 150);
	assert_int_equal(rs_range_at(b.tcp, rs_range_next_lost(b.tcp, &b.sb))->seq, BASE + 150);
	expect(&b, { 0, 100, FLIGHT }, { 100, 150, FLIGHT }, { 150, 200, LOST },
		{ 200, 300, FLIGHT }, { 300, 400, FLIGHT }, { 400, 500, LOST });
	rs_range_resent(b.tcp, &b.sb, BASE + 150, BASE + 200);
	rs_range_resent(b.tcp, &b.sb, BASE + 400, BASE + 500);
	assert_int_equal(rs_range_next_lost(b.tcp, &b.sb), 0);
	assert_int_equal(b.sb.lost, 0);
	rs_range_clear(b.tcp, &b.sb);
}

/* RFC 8985 6.2 step 5 walks in the order of transmission: a retransmitted range is newest. */
static void
scoreboard_keeps_the_order_of_transmission(void **state)
{
	const uint32_t order[] = { 100, 300, 0, 200 };
	struct board b = board(*state);
	uint32_t index;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		send_new(&b, 100);
		later(&b, 10);
	}
	rs_range_resent(b.tcp, &b.sb, BASE, BASE + 100);
	later(&b, 10);
	rs_range_resent(b.tcp, &b.sb, BASE + 200, BASE + 300);
	for (index = b.sb.oldest, i = 0; index != 0; i++) {
		const struct rs_range *r = rs_range_at(b.tcp, index);

		assert_int_equal(r->seq - BASE, order[i]);
		assert_int_equal(r->resent, i >= 2);
		index = r->newer;
	}
	assert_int_equal(i, 4);
	rs_range_clear(b.tcp, &b.sb);
}

/* A time-out marks SACKED ranges LOST (RFC 2018 8), but not just sent ones (RFC 8985 6.3). */
static void
scoreboard_lose_all_but_the_young(void **state)
{
	struct board b = board(*state);

	send_new(&b, 300);
	later(&b, 1000);
	send_new(&b, 100);
	later(&b, 100);
	sacked(&b, BASE + 100, BASE + 200);
	rs_range_lose_all(b.tcp, &b.sb, 500);
	assert_int_equal(b.sb.sacked, 0);
	assert_int_equal(b.sb.lost, 300);
	assert_int_equal(rs_range_at(b.tcp, b.sb.last)->state, FLIGHT);
	/* the first range always (RFC 2018 8) */
	acked(&b, BASE + 300);
	rs_range_lose_all(b.tcp, &b.sb, 500);
	expect(&b, { 300, 400, LOST });
	rs_range_clear(b.tcp, &b.sb);
}

/* A LOST range that was not retransmitted is in flight again, and the oldest. */
static void
scoreboard_undo_restores_ranges_not_retransmitted(void **state)
{
	struct board b = board(*state);

	send_new(&b, 400);
	later(&b, 10);
	rs_range_lose_all(b.tcp, &b.sb, 0);
	rs_range_resent(b.tcp, &b.sb, BASE, BASE + 100);
	rs_range_undo(b.tcp, &b.sb);
	expect(&b, { 0, 100, FLIGHT }, { 100, 400, FLIGHT });
	assert_int_equal(b.sb.lost, 0);
	assert_int_equal(rs_range_at(b.tcp, b.sb.oldest)->seq, BASE + 100);
	assert_int_equal(rs_range_at(b.tcp, b.sb.newest)->seq, BASE);
	rs_range_clear(b.tcp, &b.sb);
}

/*
 * Without free ranges nothing is refused: new data extends the last range, which then counts as
 * retransmitted, and a SACK block that needs a split is ignored.
 */
static void
scoreboard_goes_on_without_ranges(void **state)
{
	struct loss_test *t = *state;
	struct board b;

	t->par.max_sent = 2;
	b = board(t);
	send_new(&b, 100);
	later(&b, 1);
	send_new(&b, 100);
	later(&b, 1);
	send_new(&b, 100);
	expect(&b, { 0, 100, FLIGHT }, { 100, 300, FLIGHT });
	assert_true(rs_range_at(b.tcp, b.sb.last)->resent);
	assert_int_equal(t->stats.tcp.no_range, 1);
	sacked(&b, BASE + 150, BASE + 250);
	assert_int_equal(b.sb.sacked, 0);
	assert_int_equal(b.visited, 0);
	sacked(&b, BASE + 100, BASE + 300);
	expect(&b, { 0, 100, FLIGHT }, { 100, 300, SACKED });
	/* A SACKED range that is extended by new data is in flight again. */
	send_new(&b, 100);
	expect(&b, { 0, 100, FLIGHT }, { 100, 400, FLIGHT });
	assert_int_equal(b.sb.sacked, 0);
	rs_range_clear(b.tcp, &b.sb);
}

/* The first range of a sender comes on top of max_sent, so each busy connection has one. */
static void
scoreboard_each_sender_has_one(void **state)
{
	struct loss_test *t = *state;
	struct board b[3];
	unsigned int i;

	t->par.max_sent = 1;
	t->par.max_busy = 3;
	b[0] = board(t);
	for (i = 0; i < 3; i++) {
		b[i] = (struct board){ .tcp = &t->tcp, .una = BASE, .nxt = BASE };
		send_new(&b[i], 100);
		expect(&b[i], { 0, 100, FLIGHT });
	}
	for (i = 0; i < 3; i++)
		rs_range_clear(&t->tcp, &b[i].sb);
}

/* Segments of 1460 bytes, options included; those of a turn are one range. */
enum { MSS = 1460, FULL = MSS - 12 };

static struct board
board_of_segments(struct loss_test *t, uint32_t n)
{
	struct board b;

	t->par.max_sent = 65536;
	b = board(t);
	rs_scoreboard_set_mss(&b.sb, MSS);
	send_new(&b, n * FULL);
	return b;
}

/*
 * RFC 2018 8: SACK is advice. Blocks of one byte each, as in CVE-2019-11478, split nothing and
 * cost no range, so no later SACK has to pass over them.
 */
static void
scoreboard_ignores_splinters(void **state)
{
	struct loss_test *t = *state;
	struct board b = board_of_segments(t, 100);
	uint32_t i;

	for (i = 1; i < 2048; i += 2)
		sacked(&b, BASE + i, BASE + i + 1);
	expect(&b, { 0, 100 * FULL, FLIGHT });
	assert_int_equal(t->stats.tcp.sack_splinters, 1024);
	assert_int_equal(b.visited, 0);
	/* A segment is taken, and more of it that follows at either side. */
	sacked(&b, BASE + 10 * FULL, BASE + 11 * FULL);
	sacked(&b, BASE + 10 * FULL, BASE + 11 * FULL + 1);
	sacked(&b, BASE + 10 * FULL - 1, BASE + 11 * FULL + 1);
	expect(&b, { 0, 10 * FULL - 1, FLIGHT }, { 10 * FULL - 1, 11 * FULL + 1, SACKED },
		{ 11 * FULL + 1, 100 * FULL, FLIGHT });
	assert_int_equal(b.visited, FULL + 2);
	assert_int_equal(t->stats.tcp.sack_splinters, 1024);
	rs_range_clear(b.tcp, &b.sb);
}

/* A segment whose options leave it 80 bytes less than the MSS is full; of a tiny MSS, one half. */
static void
scoreboard_knows_the_shortest_full_segment(void **state)
{
	struct rs_scoreboard sb = { 0 };
	unsigned int i;
	static const uint32_t sizes[][2] = {
		{ 1460, 1380 }, { 240, 160 }, { 200, 120 }, { 161, 81 }, { 160, 80 }, { 48, 24 },
	};

	RTE_SET_USED(state);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		rs_scoreboard_set_mss(&sb, sizes[i][0]);
		assert_int_equal(sb.least, sizes[i][1]);
	}
}

/* A last segment that is short ends where its turn ends. A short one elsewhere needs no split. */
static void
scoreboard_takes_short_segments(void **state)
{
	struct loss_test *t = *state;
	struct board b = board_of_segments(t, 10);

	send_new(&b, 100);
	later(&b, 1);
	send_new(&b, 50);
	later(&b, 1);
	send_new(&b, 10 * FULL);
	sacked(&b, BASE + 10 * FULL, BASE + 10 * FULL + 100);
	expect(&b, { 0, 10 * FULL, FLIGHT }, { 10 * FULL, 10 * FULL + 100, SACKED },
		{ 10 * FULL + 100, 10 * FULL + 150, FLIGHT },
		{ 10 * FULL + 150, 20 * FULL + 150, FLIGHT });
	/* a block from within a turn over a whole one to within the next */
	sacked(&b, BASE + 10 * FULL - 20, BASE + 10 * FULL + 200);
	expect(&b, { 0, 10 * FULL - 20, FLIGHT }, { 10 * FULL - 20, 10 * FULL + 200, SACKED },
		{ 10 * FULL + 200, 20 * FULL + 150, FLIGHT });
	assert_int_equal(b.visited, 220);
	assert_int_equal(t->stats.tcp.sack_splinters, 0);
	rs_range_clear(b.tcp, &b.sb);
}

/* LOST data is SACKED in part, too: the rest stays LOST. */
static void
scoreboard_sack_of_a_part_of_lost_data(void **state)
{
	struct board b = board_of_segments(*state, 4);

	rs_range_lose(b.tcp, &b.sb, b.sb.first);
	sacked(&b, BASE + FULL, BASE + 2 * FULL);
	sacked(&b, BASE + FULL, BASE + 3 * FULL);
	sacked(&b, BASE + FULL / 2, BASE + 3 * FULL);
	expect(&b, { 0, FULL / 2, LOST }, { FULL / 2, 3 * FULL, SACKED },
		{ 3 * FULL, 4 * FULL, LOST });
	assert_int_equal(b.sb.lost, FULL / 2 + FULL);
	assert_int_equal(b.sb.sacked, 3 * FULL - FULL / 2);
	assert_int_equal(rs_range_at(b.tcp, rs_range_next_lost(b.tcp, &b.sb))->seq, BASE);
	rs_range_clear(b.tcp, &b.sb);
}

/* Every second segment of a large flight was lost: each is known, though they are thousands. */
static void
scoreboard_has_a_range_for_each_segment(void **state)
{
	enum { SEGMENTS = 4000 };
	struct loss_test *t = *state;
	struct board b = board_of_segments(t, SEGMENTS);
	uint32_t i;

	for (i = 1; i < SEGMENTS; i += 2)
		sacked(&b, BASE + i * FULL, BASE + (i + 1) * FULL);
	assert_int_equal(b.sb.n, SEGMENTS);
	assert_int_equal(b.sb.sacked, SEGMENTS / 2 * FULL);
	assert_int_equal(t->stats.tcp.range_limited, 0);
	assert_int_equal(t->stats.tcp.sack_splinters, 0);
	acked(&b, b.nxt);
	assert_int_equal(b.sb.n, 0);
}

/*
 * The ranges of a connection are bounded by its segments in flight, whatever the peer does: here
 * it leaves holes of one byte, and answers each segment of one byte by a request for the next.
 */
static void
scoreboard_of_one_connection_is_bounded(void **state)
{
	enum { LEAST = MSS - 80 };
	struct loss_test *t = *state;
	struct board b = board_of_segments(t, 200);
	uint32_t most = RS_RANGES_SPARE + 200 * FULL / LEAST + 1;
	uint32_t i;

	for (i = 1; i + LEAST < 200 * FULL; i += LEAST + 1)
		sacked(&b, BASE + i, BASE + i + LEAST);
	assert_true(b.sb.n <= most);
	assert_true(t->stats.tcp.range_limited > 0);
	acked(&b, b.nxt);
	assert_int_equal(b.sb.n, 0);
	b.visited = 0;
	for (i = 0; i < 2 * RS_RANGES_SPARE; i++) {
		later(&b, 1);
		send_new(&b, 1);
	}
	assert_true(b.sb.n <= RS_RANGES_SPARE + 1);
	/* all of it stays in flight, and its ACK gives each byte back */
	acked(&b, b.nxt);
	assert_int_equal(b.visited, 2 * RS_RANGES_SPARE);
}

/* A peer's MSS below the default of 536 gives it no more ranges. */
static void
scoreboard_of_a_small_mss_is_bounded(void **state)
{
	struct loss_test *t = *state;
	struct board b = board_of_segments(t, 200);
	uint32_t i;

	rs_scoreboard_set_mss(&b.sb, 48);
	for (i = 48; i < 200 * FULL; i += 96)
		sacked(&b, BASE + i, BASE + i + 48);
	assert_true(b.sb.n <= RS_RANGES_SPARE + 200 * FULL / (536 - 80) + 1);
	assert_true(b.sb.n > RS_RANGES_SPARE);
	acked(&b, b.nxt);
}

/* The model: the state of each unit of bytes, which is a full segment. */
enum { MODEL = 4096, UNIT = 512 };
struct model {
	uint8_t state[MODEL];
	bool resent[MODEL];
};

static uint32_t
unit_of(uint32_t seq)
{
	return seq / UNIT % MODEL;
}

/* The lists, the sums and the state of each byte agree with the model. */
static void
check_board(const struct board *b, const struct model *m)
{
	uint32_t index, n = 0, by_time = 0, in_flight = 0, at = b->una, prev = 0;
	uint32_t sum[3] = { 0 };
	uint32_t i;

	for (index = b->sb.first; index != 0; index = rs_range_at(b->tcp, index)->next) {
		const struct rs_range *r = rs_range_at(b->tcp, index);

		assert_int_equal(r->seq, at);
		assert_int_equal(r->prev, prev);
		assert_true(rs_seq_lt(r->seq, r->end));
		for (i = r->seq; i != r->end; i += UNIT) {
			assert_int_equal(r->state, m->state[unit_of(i)]);
			if (r->state == FLIGHT)
				assert_int_equal(r->resent, m->resent[unit_of(i)]);
		}
		sum[r->state] += r->end - r->seq;
		in_flight += r->state == FLIGHT;
		at = r->end;
		prev = index;
		n++;
	}
	assert_int_equal(at, b->nxt);
	assert_int_equal(prev, b->sb.last);
	assert_int_equal(n, b->sb.n);
	assert_int_equal(sum[SACKED], b->sb.sacked);
	assert_int_equal(sum[LOST], b->sb.lost);
	for (index = b->sb.oldest, prev = 0; index != 0; by_time++) {
		const struct rs_range *r = rs_range_at(b->tcp, index);

		assert_int_equal(r->older, prev);
		assert_int_equal(r->state, FLIGHT);
		prev = index;
		index = r->newer;
	}
	assert_int_equal(prev, b->sb.newest);
	assert_int_equal(by_time, in_flight);
}

/* Choose a random range between SND.UNA and SND.NXT. */
static void
choose_range(const struct board *b, uint64_t *seed, uint32_t *left, uint32_t *right)
{
	uint32_t flight = (b->nxt - b->una) / UNIT;

	*left = b->una + next_random(seed) % flight * UNIT;
	*right = *left + (1 + next_random(seed) % ((b->nxt - *left) / UNIT)) * UNIT;
}

static void
model_set(struct model *m, uint32_t left, uint32_t right, uint8_t state)
{
	uint32_t i;

	for (i = left; i != right; i += UNIT) {
		m->resent[unit_of(i)] |= state == FLIGHT || state == SACKED;
		m->state[unit_of(i)] = state;
	}
}

static void
make_random_call(struct board *b, struct model *m, uint64_t *seed)
{
	uint32_t flight = (b->nxt - b->una) / UNIT, left, right, i, index;

	if (flight < 2000 && next_random(seed) % 2 == 0) {
		uint32_t n = 1 + next_random(seed) % 300;

		for (i = 0; i < n; i++) {
			m->state[unit_of(b->nxt + i * UNIT)] = FLIGHT;
			m->resent[unit_of(b->nxt + i * UNIT)] = false;
		}
		send_new(b, n * UNIT);
		return;
	}
	if (flight == 0)
		return;
	choose_range(b, seed, &left, &right);
	switch (next_random(seed) % 6) {
	case 0:
		acked(b, left);
		break;
	case 1:
		rs_range_resent(b->tcp, &b->sb, left, right);
		model_set(m, left, right, FLIGHT);
		break;
	case 2:
		index = rs_range_next_lost(b->tcp, &b->sb);
		for (i = b->una; i != b->nxt && m->state[unit_of(i)] != LOST; i += UNIT)
			;
		assert_int_equal(index != 0 ? rs_range_at(b->tcp, index)->seq : b->nxt, i);
		break;
	case 3:
		index = b->sb.oldest;
		if (index == 0)
			break;
		left = rs_range_at(b->tcp, index)->seq;
		right = rs_range_at(b->tcp, index)->end;
		rs_range_lose(b->tcp, &b->sb, index);
		for (i = left; i != right; i += UNIT)
			m->state[unit_of(i)] = LOST;
		break;
	default:
		sacked(b, left, right);
		model_set(m, left, right, SACKED);
		break;
	}
}

static void
scoreboard_agrees_with_a_model_of_segments(void **state)
{
	static struct model m;
	struct loss_test *t = *state;
	uint64_t seed = 42;
	struct board b;
	int i;

	t->par.max_sent = 4096;
	b = board(t);
	rs_scoreboard_set_mss(&b.sb, UNIT + 80);
	for (i = 0; i < 100000; i++) {
		later(&b, next_random(&seed) % 2);
		make_random_call(&b, &m, &seed);
		check_board(&b, &m);
	}
	assert_int_equal(t->stats.tcp.no_range, 0);
	assert_int_equal(t->stats.tcp.range_limited, 0);
	assert_int_equal(t->stats.tcp.sack_splinters, 0);
	rs_range_clear(b.tcp, &b.sb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loss_test(scoreboard_turns_are_ranges),
		loss_test(scoreboard_sack_blocks_split_and_merge),
		loss_test(scoreboard_sacked_range_has_the_latest_time),
		loss_test(scoreboard_next_lost_is_the_lowest),
		loss_test(scoreboard_keeps_the_order_of_transmission),
		loss_test(scoreboard_lose_all_but_the_young),
		loss_test(scoreboard_undo_restores_ranges_not_retransmitted),
		loss_test(scoreboard_goes_on_without_ranges),
		loss_test(scoreboard_each_sender_has_one),
		loss_test(scoreboard_ignores_splinters),
		loss_test(scoreboard_knows_the_shortest_full_segment),
		loss_test(scoreboard_takes_short_segments),
		loss_test(scoreboard_sack_of_a_part_of_lost_data),
		loss_test(scoreboard_has_a_range_for_each_segment),
		loss_test(scoreboard_of_one_connection_is_bounded),
		loss_test(scoreboard_of_a_small_mss_is_bounded),
		loss_test(scoreboard_agrees_with_a_model_of_segments),
	};

	return cmocka_run_group_tests(tests, loss_group, NULL);
}
