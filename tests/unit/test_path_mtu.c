/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The entries of connections whose MSS was lowered: their number is bounded, and a peer that has
 * many connections lowered takes no more than that. The wire cases have the segments.
 */

#include <stdlib.h>

#include "loss_fixture.h"

/* More connections than there are entries. */
#define CONNECTIONS 20000
#define ENTRIES 8192

/* An engine with so many TCBs, and the entries that it makes for them. */
static void
start(struct loss_test *t)
{
	t->par.max_connections = CONNECTIONS;
	loss_start(t);
	assert_int_equal(rs_path_init(&t->tcp.paths, CONNECTIONS, 0), 0);
}

static void
forget(struct loss_test *t)
{
	rs_path_fini(&t->tcp.paths);
	t->tcp.paths.entries = NULL;
}

/* A connection whose MSS is 1220, and was 1460 before. */
static struct rs_tcb *
lower(struct loss_test *t, uint32_t index)
{
	struct rs_tcb *tcb = &t->tcp.tcbs[index];

	tcb->snd_mss = 1220;
	rs_path_lowered(&t->tcp, tcb, 1460, false);
	return tcb;
}

static void
entries_are_bounded(void **state)
{
	struct loss_test *t = *state;
	uint32_t i, remembered = 0;

	start(t);
	assert_int_equal(rs_path_memory(CONNECTIONS), rs_path_memory(100 * CONNECTIONS));
	for (i = 1; i <= CONNECTIONS; i++)
		assert_int_equal(rs_path_mss(&t->tcp, lower(t, i)), 1460);
	assert_int_equal(t->tcp.paths.n, ENTRIES);
	/* those before keep their lower MSS, without a way back */
	for (i = 1; i <= CONNECTIONS; i++)
		remembered += rs_path_mss(&t->tcp, &t->tcp.tcbs[i]) == 1460;
	assert_int_equal(remembered, ENTRIES);
	assert_int_equal(rs_path_mss(&t->tcp, &t->tcp.tcbs[CONNECTIONS]), 1460);
	assert_int_equal(rs_path_mss(&t->tcp, &t->tcp.tcbs[1]), 1220);

	/* each entry is given back once, by the connection that has it */
	for (i = 1; i <= CONNECTIONS; i++)
		rs_path_drop(&t->tcp, &t->tcp.tcbs[i]);
	assert_int_equal(t->tcp.paths.n, 0);
	forget(t);
}

/* A second lowering keeps the MSS that the connection began with. */
static void
lowered_twice_remembers_the_first(void **state)
{
	struct loss_test *t = *state;
	struct rs_tcb *tcb;

	start(t);
	tcb = lower(t, 7);
	tcb->snd_mss = 536;
	rs_path_lowered(&t->tcp, tcb, 1220, false);
	assert_int_equal(rs_path_mss(&t->tcp, tcb), 1460);
	assert_int_equal(t->tcp.paths.n, 1);
	forget(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loss_test(entries_are_bounded),
		loss_test(lowered_twice_remembers_the_first),
	};

	return cmocka_run_group_tests(tests, loss_group, NULL);
}
