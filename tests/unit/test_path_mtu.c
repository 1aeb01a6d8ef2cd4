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

/* When the probe of a larger MSS is acknowledged, windows that wait without a sender have as many
 * bytes as before, but at least a segment. */
static void
raised_windows_have_as_many_bytes(void **state)
{
	static const struct { uint16_t before, after; } cases[] = {
		{ 0, 0 }, { 1, 1 }, { 2, 1 }, { 3, 2 }, { 100, 84 }, /* 1240 / 1460 */
	};
	struct loss_test *t = *state;
	unsigned int i, k;

	start(t);
	for (i = 0; i < RTE_DIM(cases); i++) {
		struct rs_tcb *tcb = lower(t, i + 1);

		tcb->state = RS_ESTABLISHED;
		tcb->snd_mss = 1240; /* of an MTU of 1280, the last step below 1500 */
		tcb->snd_una = tcb->snd_nxt = 5000;
		tcb->idle.cwnd = cases[i].before;
		tcb->idle.ssthresh = cases[RTE_DIM(cases) - 1 - i].before;
		rs_path_probe_sent(&t->tcp, tcb, 5000 - 1460);
	}
	for (k = 0; t->tcp.paths.n > 0 && k < ENTRIES; k++) {
		t->tcp.tick++;
		rs_path_run(&t->tcp);
	}
	for (i = 0; i < RTE_DIM(cases); i++) {
		struct rs_tcb *tcb = &t->tcp.tcbs[i + 1];

		assert_int_equal(tcb->snd_mss, 1460);
		assert_int_equal(tcb->idle.cwnd, cases[i].after);
		assert_int_equal(tcb->idle.ssthresh, cases[RTE_DIM(cases) - 1 - i].after);
		tcb->state = RS_CLOSED;
	}
	assert_int_equal(t->stats.tcp.path_raised, RTE_DIM(cases));
	forget(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loss_test(entries_are_bounded),
		loss_test(lowered_twice_remembers_the_first),
		loss_test(raised_windows_have_as_many_bytes),
	};

	return cmocka_run_group_tests(tests, loss_group, NULL);
}
