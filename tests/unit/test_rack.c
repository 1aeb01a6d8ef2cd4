/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * RACK's variables (RFC 8985 5.3, 6.2) and the probe time-out (7.2), step by step.
 */

#include "loss_fixture.h"

#define NOW UINT32_C(5000000)

/* An ACK that arrives while data is in flight, on a path with an RTT of 100 ms. */
struct bench {
	struct rs_options opt;
	struct rs_tcb tcb;
	struct rs_sender snd;
	struct rs_ack ack;
};

static void
bench(struct loss_test *t, struct bench *b)
{
	loss_start(t);
	loss_later(t, NOW);
	memset(b, 0, sizeof(*b));
	b->tcb = (struct rs_tcb){
		.state = RS_ESTABLISHED, .snd_una = 1000, .snd_nxt = 9000, .srtt = 100000,
		.snd_mss = 1000, .snd_wnd = 60000, .flags = RS_F_SACK,
	};
	b->snd.cc.mss = 1000;
	rs_rack_init(&b->snd.rack, &b->tcb);
	b->ack = (struct rs_ack){
		.tcp = &t->tcp, .tcb = &b->tcb, .snd = &b->snd, .opt = &b->opt,
	};
}

/* [seq, end), sent `age` microseconds ago, is delivered. */
static void
delivered(struct bench *b, uint32_t seq, uint32_t end, uint32_t age, bool resent)
{
	struct rs_range range = { .seq = seq, .end = end, .sent = NOW - age, .resent = resent };

	rs_rack_delivered(&b->ack, &range);
}

/* Step 1: the least RTT of all ranges that were sent once. */
static void
rack_min_rtt(void **state)
{
	struct bench b;

	bench(*state, &b);
	assert_int_equal(b.snd.rack.min_rtt, 100000);
	delivered(&b, 1000, 2000, 120000, false);
	assert_int_equal(b.snd.rack.min_rtt, 100000);
	delivered(&b, 2000, 3000, 80000, false);
	assert_int_equal(b.snd.rack.min_rtt, 80000);
	delivered(&b, 3000, 4000, 50000, true);
	assert_int_equal(b.snd.rack.min_rtt, 80000);
}

/* Step 2: RACK.segment is the delivered range sent last; of several, the highest one. */
static void
rack_is_of_the_latest_sent(void **state)
{
	struct bench b;

	bench(*state, &b);
	delivered(&b, 3000, 4000, 110000, false);
	assert_int_equal(b.snd.rack.xmit_ts, NOW - 110000);
	assert_int_equal(b.snd.rack.end_seq, 4000);
	delivered(&b, 1000, 2000, 120000, false);
	assert_int_equal(b.snd.rack.end_seq, 4000);
	delivered(&b, 2000, 3000, 110000, false);
	assert_int_equal(b.snd.rack.end_seq, 4000);
	delivered(&b, 1000, 2000, 105000, true);
	assert_int_equal(b.snd.rack.end_seq, 2000);
	assert_int_equal(b.snd.rack.rtt, 105000);
}

/* Step 2: an ACK that is too early or echoes an older time is of an earlier transmission. */
static void
rack_ignores_an_earlier_transmission(void **state)
{
	struct rs_rack before;
	struct bench b;

	bench(*state, &b);
	delivered(&b, 1000, 2000, 110000, false);
	before = b.snd.rack;
	delivered(&b, 2000, 3000, 99999, true);
	assert_memory_equal(&b.snd.rack, &before, sizeof(before));
	/* It was retransmitted 105 ms ago, and the peer echoes a time 300 ms ago. */
	b.tcb.flags |= RS_F_TS;
	b.opt.has_ts = true;
	b.opt.tsecr = rs_ts_now(b.ack.tcp, &b.tcb) - 300;
	delivered(&b, 2000, 3000, 105000, true);
	assert_memory_equal(&b.snd.rack, &before, sizeof(before));
	b.opt.tsecr = rs_ts_now(b.ack.tcp, &b.tcb) - 105;
	delivered(&b, 2000, 3000, 105000, true);
	assert_int_equal(b.snd.rack.end_seq, 3000);
}

/* Step 3: a range below a delivered one arrives, and was never retransmitted. */
static void
rack_notices_reordering(void **state)
{
	struct bench b;

	bench(*state, &b);
	delivered(&b, 2000, 3000, 100000, false);
	assert_false(b.snd.rack.reordering_seen);
	delivered(&b, 1000, 2000, 100000, true);
	assert_false(b.snd.rack.reordering_seen);
	delivered(&b, 3000, 4000, 100000, false);
	assert_false(b.snd.rack.reordering_seen);
	delivered(&b, 1500, 2000, 100000, false);
	assert_true(b.snd.rack.reordering_seen);
}

/* Step 4: a quarter of min_RTT, larger after each round with D-SACK, at most SRTT. */
static void
rack_window_grows_with_dsack(void **state)
{
	unsigned int i;
	struct bench b;

	bench(*state, &b);
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 25000);
	for (i = 2; i < 300; i++) {
		rs_rack_dsack(&b.tcb, &b.snd.rack, true);
		assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), i < 4 ? i * 25000 : 100000);
		/* the same round, until SND.UNA reaches SND.NXT of now */
		rs_rack_dsack(&b.tcb, &b.snd.rack, true);
		assert_int_equal(b.snd.rack.reo_wnd_mult, i < 255 ? i : 255);
		b.tcb.snd_una = b.tcb.snd_nxt;
		b.tcb.snd_nxt += 1000;
	}
	/* After 16 recoveries without D-SACK it is a quarter again. */
	for (i = 0; i < 15; i++)
		rs_rack_recovered(&b.snd.rack);
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 100000);
	rs_rack_recovered(&b.snd.rack);
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 25000);
}

/* Step 4: zero in a recovery or with three segments SACKed, unless reordering was seen. */
static void
rack_window_is_zero_without_reordering(void **state)
{
	struct bench b;

	bench(*state, &b);
	b.snd.board.sacked = 2000;
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 25000);
	b.snd.board.sacked = 3000;
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 0);
	b.snd.board.sacked = 0;
	b.snd.recovery = RS_RECOVERY_FAST;
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 0);
	b.snd.recovery = RS_RECOVERY_RTO;
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 0);
	b.snd.rack.reordering_seen = true;
	assert_int_equal(rs_rack_reo_wnd(&b.tcb, &b.snd), 25000);
}

/* 7.2: 2 SRTT, 200 ms more for a single segment, a second without SRTT; or no probe at all. */
static void
tlp_probe_timeout(void **state)
{
	struct bench b;

	bench(*state, &b);
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 200);
	b.tcb.snd_nxt = b.tcb.snd_una + 1000;
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 400);
	b.tcb.srtt = 0;
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 1000);
	b.tcb.flags = 0;
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 0);
	b.tcb.flags = RS_F_SACK;
	b.snd.board.sacked = 1;
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 0);
	b.snd.board.sacked = 0;
	b.snd.recovery = RS_RECOVERY_FAST;
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 0);
	b.snd.recovery = RS_RECOVERY_NONE;
	b.snd.tlp.out = true;
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 0);
	b.snd.tlp.out = false;
	b.tcb.snd_wnd = 0;
	assert_int_equal(rs_tlp_pto(&b.tcb, &b.snd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loss_test(rack_min_rtt),
		loss_test(rack_is_of_the_latest_sent),
		loss_test(rack_ignores_an_earlier_transmission),
		loss_test(rack_notices_reordering),
		loss_test(rack_window_grows_with_dsack),
		loss_test(rack_window_is_zero_without_reordering),
		loss_test(tlp_probe_timeout),
	};

	return cmocka_run_group_tests(tests, loss_group, NULL);
}
