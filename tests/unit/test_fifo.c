/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The FIFO of connections: the promises of conn/fifo.h. */

#include <errno.h>

#include "conn/fifo.h"
#include "tcp_fixture.h"

#define RING RS_FIFO_RING
#define MANY (RING * 5)
#define STEPS 3000000

/* The ring of a FIFO with room for max. */
static void
start(struct rs_fifo *fifo, uint32_t max)
{
	assert_int_equal(rs_fifo_init(fifo, max, 0), 0);
	assert_int_equal(fifo->n, 0);
}

static void
fifo_keeps_the_order(void **state __rte_unused)
{
	const uint32_t sizes[] = { 1, 7, 1000, RING, RING + 1 };
	struct rs_fifo fifo;
	unsigned int s, turn;
	uint32_t i;

	for (s = 0; s < RTE_DIM(sizes); s++) {
		uint32_t n = RTE_MIN(sizes[s], RING);

		start(&fifo, sizes[s]);
		for (turn = 0; turn < 3; turn++) {
			for (i = 0; i < n; i++)
				rs_fifo_push(&fifo, n - i);
			assert_int_equal(rs_fifo_ahead(&fifo, n), 0);
			for (i = 0; i < n; i++) {
				assert_int_equal(rs_fifo_ahead(&fifo, n - i - 1), 1);
				assert_int_equal(rs_fifo_ahead(&fifo, 0), n - i);
				assert_int_equal(rs_fifo_oldest(&fifo), n - i);
				assert_int_equal(rs_fifo_pop(&fifo), n - i);
			}
			assert_int_equal(rs_fifo_ahead(&fifo, 0), 0);
			rs_fifo_push(&fifo, 1); /* the next turn begins at another place */
			assert_int_equal(rs_fifo_pop(&fifo), 1);
		}
		rs_fifo_fini(&fifo);
	}
}

/* All TCBs stand in it at once, and each leaves it once; those of the ring in their order. */
static void
fifo_has_room_for_all(void **state __rte_unused)
{
	bool *seen = calloc(MANY + 1, sizeof(seen[0]));
	struct rs_fifo fifo;
	uint32_t i;

	assert_non_null(seen);
	start(&fifo, MANY);
	for (i = 0; i < MANY; i++)
		rs_fifo_push(&fifo, MANY - i);
	assert_int_equal(fifo.n, MANY);
	for (i = 0; i < MANY; i++) {
		uint32_t index = rs_fifo_pop(&fifo);

		assert_in_range(index, 1, MANY);
		assert_false(seen[index]);
		assert_true(i >= RING || index == MANY - i);
		seen[index] = true;
	}
	assert_int_equal(fifo.n, 0);
	free(seen);
	rs_fifo_fini(&fifo);
}

/*
 * While the ring is full all the time: one that waits leaves the FIFO before any other has left it
 * three times, whichever connections come meanwhile.
 */
static void
fifo_lets_none_wait_for_ever(void **state __rte_unused)
{
	uint8_t *left = calloc(MANY + 1, sizeof(left[0]));
	uint32_t in = 0;
	struct rs_fifo fifo;
	uint64_t seed = 1;
	uint32_t i, index;

	assert_non_null(left);
	start(&fifo, MANY);
	for (i = 1; i <= MANY; i++, in++)
		rs_fifo_push(&fifo, i);
	for (i = 0; i < STEPS && in > 0; i++) {
		index = rs_fifo_pop(&fifo);
		left[index]++;
		in -= left[index] == 1;
		assert_true(left[index] < 3 || in == 0);
		if (next_random(&seed) % 8 != 0)
			rs_fifo_push(&fifo, index);
	}
	assert_int_equal(in, 0);
	free(left);
	rs_fifo_fini(&fifo);
}

/* A crowd of any size comes and goes: the FIFO holds those that it was given and no other. */
static void
fifo_agrees_with_a_model(void **state __rte_unused)
{
	bool *in = calloc(MANY + 1, sizeof(in[0]));
	struct rs_fifo fifo;
	uint64_t seed = 2;
	bool growing = true;
	uint32_t n = 0;
	uint32_t i, index;

	assert_non_null(in);
	start(&fifo, MANY);
	for (i = 0; i < STEPS; i++) {
		index = 1 + next_random(&seed) % MANY;
		if (i % (STEPS / 6) == 0)
			growing = !growing;
		if (next_random(&seed) % 4 == 0 ? growing : !growing) {
			if (n == 0)
				continue;
			index = rs_fifo_pop(&fifo);
			assert_true(in[index]);
			in[index] = false;
			n--;
		} else if (!in[index]) {
			rs_fifo_push(&fifo, index);
			in[index] = true;
			n++;
		}
		assert_int_equal(fifo.n, n);
	}
	for (; n > 0; n--) {
		index = rs_fifo_pop(&fifo);
		assert_true(in[index]);
		in[index] = false;
	}
	free(in);
	rs_fifo_fini(&fifo);
}

/* The ring fits, the bitmap of 256 MiB behind it does not: all is given back at the end. */
static void
fifo_says_that_memory_is_short(void **state __rte_unused)
{
	struct rs_fifo fifo;

	assert_int_equal(rs_fifo_init(&fifo, UINT32_C(1) << 31, 0), -ENOMEM);
	rs_fifo_fini(&fifo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fifo_keeps_the_order),
		cmocka_unit_test(fifo_has_room_for_all),
		cmocka_unit_test(fifo_lets_none_wait_for_ever),
		cmocka_unit_test(fifo_agrees_with_a_model),
		cmocka_unit_test(fifo_says_that_memory_is_short),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
