/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Which blocks are reported (RFC 2018 3 and 4, RFC 2883 4), against a map of the bytes that
 * have arrived.
 */

#include "tcp_fixture.h"

#define SEEDS 300
#define STEPS 200
#define SPAN 400          /* bytes of the stream that arrive */

/* The bytes that have arrived. */
struct map {
	bool has[SPAN + 1];
};

/* The first byte that is missing, the contiguous block around a byte, and how many blocks. */
static uint32_t
map_next(const struct map *map)
{
	uint32_t i = 0;

	while (i < SPAN && map->has[i])
		i++;
	return i;
}

static struct rs_sack
map_block(const struct map *map, uint32_t at)
{
	struct rs_sack block = { at, at };

	while (block.left > 0 && map->has[block.left - 1])
		block.left--;
	while (map->has[block.right])
		block.right++;
	return block;
}

static uint32_t
map_blocks(const struct map *map)
{
	uint32_t n = 0;
	uint32_t i;

	for (i = map_next(map); i < SPAN; i++)
		n += map->has[i] && !map->has[i - 1];
	return n;
}

static struct rs_tcb *
sack_start(struct fixture *f)
{
	f->syn_opt = "\4\2\0\0";
	f->syn_opt_len = 4;
	return fixture_reach(f, RS_ESTABLISHED);
}

/* The blocks of the next segment, counted from the peer's first byte. */
static uint8_t
report(struct fixture *f, const struct rs_tcb *tcb, uint32_t first, struct rs_sack *blocks)
{
	struct rs_busy *busy = rs_tcb_busy(f->tcp, tcb);
	uint8_t opt[RS_OPTIONS_MAX];
	struct rs_options options;
	uint8_t len, i;

	if (rs_sack_blocks(busy, RS_SACK_MAX) == 0)
		return 0;
	len = rs_sack_write(busy, RS_SACK_MAX, opt);
	assert_true(rs_options_parse(opt, len, &options));
	for (i = 0; i < options.n_sack; i++)
		blocks[i] = (struct rs_sack){ options.sack[i].left - first,
			options.sack[i].right - first };
	return options.n_sack;
}

/* The duplicate part that is to be reported first: contiguous, and the first of [from, to). */
static bool
twice(const struct map *before, uint32_t from, uint32_t to, struct rs_sack *dup)
{
	while (from < to && !before->has[from])
		from++;
	dup->left = dup->right = from;
	while (dup->right < to && before->has[dup->right])
		dup->right++;
	return dup->right > dup->left;
}

/* Each block matches the queue, none stands twice; the one with [from, ...) is first. */
static void
check_report(const struct map *before, const struct map *map, uint32_t from, uint32_t to,
	const struct rs_sack *blocks, uint8_t n)
{
	uint32_t next = map_next(map);
	struct rs_sack dup, first;
	uint8_t at = 0;
	uint8_t i, k;

	if (twice(before, from, to, &dup)) {
		assert_true(n > 0);
		assert_int_equal(blocks[0].left, dup.left);
		assert_int_equal(blocks[0].right, dup.right);
		at = 1;
	}
	assert_int_equal(n, RTE_MIN((uint32_t)RS_SACK_MAX, at + map_blocks(map)));
	if (from >= next && at < n) {
		first = map_block(map, from);
		assert_int_equal(blocks[at].left, first.left);
		assert_int_equal(blocks[at].right, first.right);
	}
	for (i = at; i < n; i++) {
		first = map_block(map, blocks[i].left);
		assert_true(blocks[i].left > next);
		assert_int_equal(blocks[i].left, first.left);
		assert_int_equal(blocks[i].right, first.right);
		for (k = at; k < i; k++)
			assert_int_not_equal(blocks[i].left, blocks[k].left);
	}
}

static void
sack_reports_what_has_arrived(void **state)
{
	struct fixture *f = *state;
	struct rs_sack blocks[RS_SACK_MAX];
	struct map map, before;
	unsigned int step;
	uint64_t seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		uint64_t s = seed;
		struct rs_tcb *tcb;
		uint32_t first;

		f->irs = (uint32_t)(seed * 0x40000000); /* over 2^31 and 2^32, too */
		tcb = sack_start(f);
		first = tcb->rcv_nxt;
		memset(&map, 0, sizeof(map));
		for (step = 0; step < STEPS; step++) {
			uint32_t from = next_random(&s) % SPAN;
			uint32_t to = RTE_MIN(from + 1 + next_random(&s) % 20, (uint32_t)SPAN);
			uint8_t n;

			before = map;
			memset(&map.has[from], 1, to - from);
			input(f, .flags = ACK, .seq = first + from, .ack = tcb->snd_nxt,
				.data = f->bytes, .len = (uint16_t)(to - from));
			assert_int_equal(tcb->rcv_nxt - first, map_next(&map));
			n = report(f, tcb, first, blocks);
			check_report(&before, &map, from, to, blocks, n);
			/* the duplicate was for once */
			n = report(f, tcb, first, blocks);
			assert_int_equal(n, RTE_MIN((uint32_t)RS_SACK_MAX, map_blocks(&map)));
		}
		f->n_got = 0;
		rs_conn_abort(f->tcp, tcb);
		fixture_run(f);
		fixture_forget(f);
	}
}

static void
sack_of_a_duplicate_needs_no_busy_block(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb, *other;

	f->params.tcp.max_busy = 1;
	tcb = sack_start(f);
	other = fixture_reach_on(f, LPORT, RPORT + 1, RS_ESTABLISHED);
	burst(f, { .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10 });
	/* another connection has the only one */
	input(f, .rport = RPORT + 1, .flags = ACK, .seq = other->rcv_nxt + 5,
		.ack = other->snd_nxt, .data = f->bytes, .len = 5);
	fixture_run(f);
	fixture_forget(f);
	burst(f, { .flags = ACK, .seq = tcb->rcv_nxt - 10, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10 });
	assert_int_equal(fixture_expect(f, ACK)->ack, tcb->rcv_nxt);
	assert_int_equal(f->stack->stats.tcp.rx_overlap, 0);
}

static void
sack_of_a_duplicate_gives_its_busy_block_back(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = sack_start(f);

	burst(f, { .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10 });
	assert_false(tcb->flags & RS_F_BUSY);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt - 10, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	assert_true(tcb->flags & RS_F_BUSY);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->ack, tcb->rcv_nxt);
	assert_false(tcb->flags & RS_F_BUSY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(sack_reports_what_has_arrived),
		fixture_test(sack_of_a_duplicate_needs_no_busy_block),
		fixture_test(sack_of_a_duplicate_gives_its_busy_block_back),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
