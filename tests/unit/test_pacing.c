/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Pacing (tcp/loss/pacing.c) in exact bytes: a burst of an initial window (RFC 6928 2) begins a
 * flight, and time adds bytes at the rate of the congestion control, at most a burst or two ticks.
 */

#include "base/seq.h"
#include "loss_fixture.h"

#define MSS 1000u
#define SRTT_US 100000u
#define BURST 10u /* segments */

/* One byte a microsecond with an SRTT of 100 ms, and ten. */
static uint64_t
slow(const struct rs_cc *cc __rte_unused)
{
	return 100000;
}

static uint64_t
fast(const struct rs_cc *cc __rte_unused)
{
	return 1000000;
}

static const struct rs_cc_ops slow_ops = { .per_rtt = slow };
static const struct rs_cc_ops fast_ops = { .per_rtt = fast };
static const struct rs_cc_ops no_ops = { .per_rtt = NULL };

/* A connection that has sent nothing yet. */
struct paced {
	struct loss_test *t;
	struct rs_tcp *tcp;
	struct rs_tcb *tcb;
	struct rs_sender *snd;
};

static struct paced
begin(struct loss_test *t, const struct rs_cc_ops *ops)
{
	struct paced p = { .t = t, .tcp = &t->tcp };

	t->par.pacing = true;
	loss_start(t);
	loss_later(t, 5000000);
	p.tcb = &p.tcp->tcbs[rs_pool_get(&p.tcp->tcb_pool)];
	*p.tcb = (struct rs_tcb){
		.state = RS_ESTABLISHED, .snd_una = 1000, .snd_nxt = 1000, .snd_mss = MSS,
		.snd_wnd = 60000, .srtt = SRTT_US,
	};
	assert_non_null(rs_tcb_busy_get(p.tcp, p.tcb));
	p.snd = rs_sender_get(p.tcp, p.tcb);
	assert_non_null(p.snd);
	p.snd->cc.ops = ops;
	return p;
}

static void
finish(struct paced *p)
{
	rs_tcb_busy_put(p->tcp, p->tcb);
}

/* Send segments until pacing holds one back. @return how many went */
static unsigned int
send_all(struct paced *p)
{
	unsigned int n = 0;

	while (n < 1000 && rs_pacing_allows(p->tcp, p->tcb, p->snd, MSS)) {
		p->tcb->snd_nxt += MSS;
		n++;
	}
	return n;
}

static void
pacing_begins_with_a_burst(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	assert_int_equal(send_all(&p), BURST);
	assert_int_equal(p.t->stats.tcp.paced, 1);
	/* the next tick has more credit */
	assert_true((p.tcb->flags & RS_F_T_PACE) != 0);
	assert_int_equal(p.snd->pacing.due, p.tcp->tick + 1);
	/* all is acknowledged, so a new flight begins */
	p.tcb->snd_una = p.tcb->snd_nxt;
	assert_int_equal(send_all(&p), BURST);
	finish(&p);
}

static void
pacing_earns_by_time(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	assert_int_equal(send_all(&p), BURST);
	loss_later(p.t, 3000);
	assert_int_equal(send_all(&p), 3);
	/* what is too little for a segment is kept */
	loss_later(p.t, 999);
	assert_int_equal(send_all(&p), 0);
	loss_later(p.t, 1);
	assert_int_equal(send_all(&p), 1);
	finish(&p);
}

static void
pacing_earns_a_burst_at_most(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	assert_int_equal(send_all(&p), BURST);
	loss_later(p.t, 15000);
	assert_int_equal(send_all(&p), BURST);
	loss_later(p.t, UINT64_C(5000000000)); /* beyond 32 bits of microseconds */
	assert_int_equal(send_all(&p), BURST);
	finish(&p);
}

/* Two ticks earn more than a burst at a high rate. */
static void
pacing_earns_two_ticks_at_most(void **state)
{
	struct paced p = begin(*state, &fast_ops);

	assert_int_equal(send_all(&p), BURST);
	loss_later(p.t, 1500);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 50000, 1), 15000);
	loss_later(p.t, 50000);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 50000, 1), 20000);
	loss_later(p.t, 2000);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 50000, 1), 20000);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 50000, 1), 0);
	finish(&p);
}

/* Time counts when the credit does not suffice, so that unused time never earns two bursts. */
static void
expect_time_counts_when_credit_is_short(struct paced *p, bool large)
{
	assert_int_equal(send_all(p), BURST);
	loss_later(p->t, 3000);
	assert_int_equal(rs_pacing_take(p->tcp, p->tcb, p->snd, 2000, 1), 2000);
	loss_later(p->t, 15000);
	/* exactly the credit that is left */
	if (large)
		assert_int_equal(rs_pacing_take(p->tcp, p->tcb, p->snd, 1000, 1), 1000);
	else
		assert_true(rs_pacing_allows(p->tcp, p->tcb, p->snd, 1000));
	loss_later(p->t, 5000);
	assert_int_equal(send_all(p), BURST);
	finish(p);
}

static void
pacing_counts_time_when_credit_is_short(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	expect_time_counts_when_credit_is_short(&p, false);
}

static void
pacing_counts_time_when_credit_is_short_of_a_large_frame(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	expect_time_counts_when_credit_is_short(&p, true);
}

/* A large frame takes whole segments of the credit, and leaves the rest of it. */
static void
pacing_takes_whole_segments(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	assert_int_equal(send_all(&p), BURST);
	loss_later(p.t, 3700);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 2999, MSS), 2000);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 5000, MSS), 1000);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 5000, MSS), 0);
	loss_later(p.t, 300);
	assert_int_equal(rs_pacing_take(p.tcp, p.tcb, p.snd, 5000, MSS), 1000);
	finish(&p);
}

/* Without pacing every segment may go, and a large frame takes the whole segments there are. */
static void
expect_unpaced(struct paced *p)
{
	assert_int_equal(send_all(p), 1000);
	assert_int_equal(rs_pacing_take(p->tcp, p->tcb, p->snd, 25999, MSS), 25000);
	assert_int_equal(p->t->stats.tcp.paced, 0);
	assert_int_equal(p->tcb->flags & RS_F_T_PACE, 0);
	finish(p);
}

static void
pacing_may_be_off(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	p.tcp->par.pacing = false;
	expect_unpaced(&p);
}

static void
pacing_may_have_no_rate(void **state)
{
	struct paced p = begin(*state, &no_ops);

	expect_unpaced(&p);
}

/* The timer has a grain of a tick, so a path below two ticks is not paced. */
static void
pacing_not_below_two_ticks(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	p.tcb->srtt = 1999;
	expect_unpaced(&p);
}

static void
pacing_from_two_ticks_on(void **state)
{
	struct paced p = begin(*state, &slow_ops);

	p.tcb->srtt = 2000;
	assert_int_equal(send_all(&p), BURST);
	finish(&p);
}

/* Before its time the timer is armed again; then the data is owed. */
static void
pacing_timer(void **state)
{
	struct paced p = begin(*state, &slow_ops);
	uint32_t due;

	assert_int_equal(send_all(&p), BURST);
	due = p.tcp->tick + 1;
	assert_true((p.tcb->flags & RS_F_TIMER) != 0);
	assert_int_equal(p.tcb->timer.expires, due);
	rs_timer_cancel(&p.tcp->wheel, rs_tcb_index(p.tcp, p.tcb));
	rs_pacing_due(p.tcp, p.tcb);
	assert_true((p.tcb->flags & RS_F_TIMER) != 0);
	assert_int_equal(p.tcb->timer.expires, due);
	assert_true((p.tcb->flags & RS_F_T_PACE) != 0);
	assert_int_equal(p.tcb->owes & RS_OWES_DATA, 0);
	loss_later(p.t, 1000);
	rs_pacing_due(p.tcp, p.tcb);
	assert_int_equal(p.tcb->flags & RS_F_T_PACE, 0);
	assert_true((p.tcb->owes & RS_OWES_DATA) != 0);
	finish(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loss_test(pacing_begins_with_a_burst),
		loss_test(pacing_counts_time_when_credit_is_short),
		loss_test(pacing_counts_time_when_credit_is_short_of_a_large_frame),
		loss_test(pacing_earns_a_burst_at_most),
		loss_test(pacing_earns_by_time),
		loss_test(pacing_earns_two_ticks_at_most),
		loss_test(pacing_from_two_ticks_on),
		loss_test(pacing_may_be_off),
		loss_test(pacing_may_have_no_rate),
		loss_test(pacing_not_below_two_ticks),
		loss_test(pacing_takes_whole_segments),
		loss_test(pacing_timer),
	};

	return cmocka_run_group_tests(tests, loss_group, NULL);
}
