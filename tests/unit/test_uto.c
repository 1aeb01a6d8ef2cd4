/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The user time-out and its option (RFC 5482 3.1, 3.3). */

#include "tcp_fixture.h"

#define MINUTES 0x8000

/* A connection of a stack that has the option on, and no limits to speak of. */
static struct rs_tcb *
uto_start(struct fixture *f)
{
	f->params.tcp.uto = true;
	f->params.tcp.r2_ms = 1000;
	f->params.tcp.uto_min_ms = 1;
	f->params.tcp.uto_max_ms = INT32_MAX;
	return fixture_reach(f, RS_ESTABLISHED);
}

/* One byte holds the peer's seconds: never fewer, and at most an eighth more. */
static void
uto_is_kept_rounded_up(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = uto_start(f);
	uint32_t seconds;

	for (seconds = 1; seconds <= 32767; seconds++) {
		uint32_t kept;

		rs_uto_take(f->tcp, tcb, (uint16_t)seconds);
		kept = rs_uto_ms(f->tcp, tcb) / 1000;
		assert_in_range(kept, seconds, seconds + seconds / 8);
	}
	for (seconds = 60; seconds <= 32767 * 60; seconds += 60) {
		uint32_t kept;

		rs_uto_take(f->tcp, tcb, (uint16_t)(MINUTES | seconds / 60));
		kept = rs_uto_ms(f->tcp, tcb) / 1000;
		assert_in_range(kept, seconds, seconds + seconds / 8);
	}
}

static void
uto_of_zero_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = uto_start(f);

	rs_uto_take(f->tcp, tcb, 0);
	assert_int_equal(rs_uto_ms(f->tcp, tcb), 1000);
	rs_uto_take(f->tcp, tcb, 8);
	rs_uto_take(f->tcp, tcb, MINUTES);
	assert_int_equal(rs_uto_ms(f->tcp, tcb), 8000);
}

/* A connection that is closed has no user time-out any more, nor has the next one in its place. */
static void
uto_of_a_closed_connection_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = uto_start(f);

	rs_conn_abort(f->tcp, tcb);
	assert_int_equal(tcb->state, RS_CLOSED);
	rs_conn_set_user_timeout(f->tcp, tcb, 8);
	assert_int_equal(tcb->uto, 0);
	assert_int_equal(tcb->flags & RS_F_UTO_SET, 0);
	fixture_run(f);
	fixture_forget(f);
}

/* min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)), each of them in its turn */
static void
uto_has_limits(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = uto_start(f);

	rs_uto_take(f->tcp, tcb, 10);
	assert_int_equal(rs_uto_ms(f->tcp, tcb), 10000);
	f->tcp->par.uto_min_ms = 20000;
	assert_int_equal(rs_uto_ms(f->tcp, tcb), 20000);
	f->tcp->par.r2_ms = 30000;
	assert_int_equal(rs_uto_ms(f->tcp, tcb), 30000);
	f->tcp->par.uto_max_ms = 25000;
	assert_int_equal(rs_uto_ms(f->tcp, tcb), 25000);
}

static void
uto_tells_seconds_or_minutes(void **state __rte_unused)
{
	struct rs_tcp_params par = { .uto = true, .r2_ms = 100000 };

	assert_int_equal(rs_uto_option(&par), 100);
	par.r2_ms = 100001;
	assert_int_equal(rs_uto_option(&par), 101);
	par.user_timeout_ms = 1;
	assert_int_equal(rs_uto_option(&par), 1);
	par.user_timeout_ms = 0;
	par.r2_ms = 32767 * 1000;
	assert_int_equal(rs_uto_option(&par), 32767);
	par.r2_ms++; /* 32768 s are 546.1 min */
	assert_int_equal(rs_uto_option(&par), MINUTES | 547);
	par.uto = false;
	assert_int_equal(rs_uto_option(&par), 0);
}

static void
uto_limits_must_not_cross(void **state)
{
	struct fixture *f = *state;

	f->params.tcp.uto_min_ms = f->params.tcp.uto_max_ms + 1;
	assert_null(rs_stack_create(&f->params, f->now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(uto_is_kept_rounded_up),
		fixture_test(uto_of_zero_changes_nothing),
		fixture_test(uto_of_a_closed_connection_changes_nothing),
		fixture_test(uto_has_limits),
		cmocka_unit_test(uto_tells_seconds_or_minutes),
		fixture_test(uto_limits_must_not_cross),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
