/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Loss recovery (tcp/loss/recovery.c, rtx.c, sender.c) without a state machine: segments of 1000
 * bytes are noted as sent, and acknowledgments are given to the room by hand.
 */

#include <rte_tcp.h>

#include "base/seq.h"
#include "loss_fixture.h"

#define MSS 1000u
#define BASE UINT32_C(0xfffff000) /* sequence numbers pass over 2^32 in each test */
#define RTT_US 100000u

/* The end of a flight. */
struct flight {
	struct loss_test *t;
	struct rs_tcp *tcp;
	struct rs_tcb *tcb;
	struct rs_sender *snd;
};

/* Segment number i, and a SACK block of segments i to before j. */
#define AT(i) (BASE + (uint32_t)(i) * MSS)
#define BLOCK(i, j) { AT(i), AT(j) }

/* An established connection that has n bytes to send. */
static struct flight
open_with(struct loss_test *t, uint32_t flags, uint32_t n)
{
	struct flight f = { .t = t, .tcp = &t->tcp };
	struct rs_busy *busy;
	uint32_t chunk;

	f.tcb = &f.tcp->tcbs[rs_pool_get(&f.tcp->tcb_pool)];
	*f.tcb = (struct rs_tcb){
		.state = RS_ESTABLISHED, .flags = flags, .snd_una = BASE, .snd_nxt = BASE,
		.snd_mss = MSS, .snd_wnd = 60000, .max_snd_wnd = 60000,
		.srtt = RTT_US, .rttvar = 2 * RTT_US,
	};
	busy = rs_tcb_busy_get(f.tcp, f.tcb);
	assert_non_null(busy);
	chunk = rs_chunk_get(&f.tcp->buf, NULL, t->bytes, n);
	assert_int_not_equal(chunk, 0);
	rs_queue_push(&f.tcp->buf, &busy->snd, chunk);
	busy->snd_len = n;
	return f;
}

static void
start(struct loss_test *t)
{
	loss_start(t);
	loss_later(t, UINT64_C(5000000000)); /* the low 32 bits of the time pass over 2^32 */
}

/* An established connection that has sent n segments at one time, with a sender. */
static struct flight
send_first(struct loss_test *t, uint32_t flags, uint32_t n)
{
	struct flight f;
	uint32_t i;

	start(t);
	f = open_with(t, flags, n * MSS);
	f.snd = rs_sender_get(f.tcp, f.tcb);
	for (i = 0; i < n; i++)
		rs_sender_sent(f.tcp, f.tcb, f.snd, AT(i), AT(i + 1), AT(i));
	f.tcb->snd_nxt = AT(n);
	rs_rtx_sent(f.tcp, f.tcb);
	assert_int_equal(f.snd->cc.cwnd, 10 * MSS);
	return f;
}

static void
send_again(struct flight *f, unsigned int i)
{
	rs_sender_sent(f->tcp, f->tcb, f->snd, AT(i), AT(i + 1), f->tcb->snd_nxt);
}

/* An ACK of all before segment i. */
static void
acks(struct flight *f, unsigned int i, const struct rs_options *opt)
{
	const struct rs_options none = { 0 };
	struct rs_segment seg = {
		.flags = RTE_TCP_ACK_FLAG, .ack = AT(i), .wnd = f->tcb->snd_wnd,
	};

	rs_rtx_ack(f->tcp, f->tcb, &seg, opt != NULL ? opt : &none);
}

#define sacks(f, i, ...) do { \
	const struct rs_sack blocks_[] = { __VA_ARGS__ }; \
	struct rs_options opt_ = { .n_sack = RTE_DIM(blocks_) }; \
	memcpy(opt_.sack, blocks_, sizeof(blocks_)); \
	acks(f, i, &opt_); \
} while (0)

/* The connection is over, so that every pool gets its entries back. */
static void
finish(struct flight *f)
{
	rs_tcb_busy_put(f->tcp, f->tcb);
}

/* RFC 6675 5, RFC 8985 6.2: segments sent after the first one arrived, three of them. */
static void
recovery_begins_with_three_segments_sacked(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 10);

	loss_later(f.t, RTT_US);
	sacks(&f, 0, BLOCK(1, 2));
	sacks(&f, 0, BLOCK(1, 3));
	assert_int_equal(f.snd->recovery, RS_RECOVERY_NONE);
	assert_int_equal(f.snd->board.lost, 0);
	sacks(&f, 0, BLOCK(1, 4));
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	assert_int_equal(f.snd->board.lost, MSS);
	assert_int_equal(f.snd->cc.ssthresh, 5 * MSS);
	/* 6 segments are in the network, and the lost one goes at once (RFC 5681 3.2 step 3) */
	assert_int_equal(rs_sender_pipe(f.tcb, f.snd), 6 * MSS);
	assert_int_equal(f.snd->cc.cwnd, 7 * MSS);
	assert_true((f.tcb->owes & RS_OWES_RTX) != 0);
	assert_int_equal(f.t->stats.tcp.fast_recoveries, 1);
	finish(&f);
}

/* RFC 5681 3.2: without SACK the third duplicate ACK. */
static void
recovery_begins_with_the_third_duplicate(void **state)
{
	struct flight f = send_first(*state, 0, 10);

	loss_later(f.t, RTT_US);
	acks(&f, 0, NULL);
	acks(&f, 0, NULL);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_NONE);
	acks(&f, 0, NULL);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	assert_int_equal(f.snd->board.lost, MSS);
	assert_int_equal(f.snd->cc.ssthresh, 5 * MSS);
	/* RFC 6582 3.2 step 3: a partial ACK tells of the next loss */
	send_again(&f, 0);
	assert_int_equal(f.snd->board.lost, 0);
	loss_later(f.t, RTT_US);
	acks(&f, 2, NULL);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	assert_int_equal(f.snd->board.lost, MSS);
	assert_int_equal(f.t->stats.tcp.fast_recoveries, 1);
	finish(&f);
}

/* RFC 6937 3: the window is ssthresh when all is acknowledged that was in flight. */
static void
recovery_ends_with_what_was_in_flight(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 10);

	loss_later(f.t, RTT_US);
	sacks(&f, 0, BLOCK(1, 4));
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	send_again(&f, 0);
	rs_sender_sent(f.tcp, f.tcb, f.snd, AT(10), AT(11), AT(10));
	f.tcb->snd_nxt = AT(11);
	loss_later(f.t, RTT_US);
	acks(&f, 9, NULL);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	acks(&f, 10, NULL);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_NONE);
	assert_int_equal(f.snd->cc.cwnd, 5 * MSS);
	assert_int_equal(f.snd->cc.ssthresh, 5 * MSS);
	finish(&f);
}

/* RFC 8985 6.2 step 5: losses are those sent before RACK.segment, and nothing is delivered yet. */
static void
recovery_without_a_delivery_detects_nothing(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 4);
	bool lost = false;

	loss_later(f.t, 10 * RTT_US);
	assert_int_equal(rs_rack_detect(f.tcp, f.tcb, f.snd, &lost), 0); /* no timer either */
	assert_false(lost);
	assert_int_equal(f.snd->board.lost, 0);
	finish(&f);
}

/*
 * RFC 6937 3, RFC 8985 6.3: a loss that only the reordering timer finds takes its segment out of
 * pipe, so the window is computed again. No data was delivered meanwhile.
 */
static void
recovery_window_after_losses_by_timer(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 4);
	unsigned int i;

	loss_later(f.t, 10000);
	for (i = 4; i < 10; i++)
		rs_sender_sent(f.tcp, f.tcb, f.snd, AT(i), AT(i + 1), AT(i));
	f.tcb->snd_nxt = AT(10);
	loss_later(f.t, RTT_US - 10000);
	sacks(&f, 0, BLOCK(2, 3));
	sacks(&f, 0, BLOCK(1, 3)); /* reordered, so a loss is one after RTT / 4 only */
	loss_later(f.t, RTT_US / 4);
	rs_recovery_reorder(f.tcp, f.tcb, f.snd);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	assert_int_equal(f.snd->board.lost, MSS);
	assert_int_equal(f.snd->cc.cwnd, 8 * MSS); /* pipe, and the lost segment at once */
	send_again(&f, 0);
	loss_later(f.t, 5000);
	sacks(&f, 0, BLOCK(9, 10), BLOCK(1, 3)); /* RTT 120 ms, so losses after 145 ms */
	assert_int_equal(f.snd->board.lost, 0);
	/* pipe > ssthresh: of 1,000 delivered bytes of 10,000 a half may go, and 1,000 went */
	loss_later(f.t, 15000);
	rs_recovery_reorder(f.tcp, f.tcb, f.snd);
	assert_int_equal(f.snd->board.lost, MSS);
	assert_int_equal(rs_sender_pipe(f.tcb, f.snd), 6 * MSS);
	assert_int_equal(f.snd->cc.ssthresh, 5 * MSS);
	assert_int_equal(f.snd->cc.cwnd, 6 * MSS);
	/* pipe <= ssthresh: MAX(prr_delivered - prr_out, DeliveredData) + MSS, which is one MSS */
	loss_later(f.t, 10000);
	rs_recovery_reorder(f.tcp, f.tcb, f.snd);
	assert_int_equal(f.snd->board.lost, 6 * MSS);
	assert_int_equal(rs_sender_pipe(f.tcb, f.snd), MSS);
	assert_int_equal(f.snd->cc.cwnd, 2 * MSS);
	finish(&f);
}

/* The sender goes with the busy block; the TCB remembers its windows in segments. */
static void
recovery_window_is_remembered(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 10);

	loss_later(f.t, RTT_US);
	sacks(&f, 0, BLOCK(1, 4));
	send_again(&f, 0);
	loss_later(f.t, RTT_US);
	acks(&f, 10, NULL);
	assert_true((f.tcb->flags & (RS_F_BUSY | RS_F_T_RTX)) == 0);
	assert_int_equal(f.tcb->idle.cwnd, 5);
	assert_int_equal(f.tcb->idle.ssthresh, 5);
	assert_int_equal(f.tcp->senders.used, 0);
}

/* RFC 6298 5.4 to 5.6, RFC 5681 3.1: one segment, twice the RTO; ssthresh is set but once. */
static void
recovery_by_timeout(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 4);
	uint32_t rto = rs_rtt_rto(&f.tcp->par, f.tcb);

	loss_later(f.t, rto * UINT64_C(1000));
	rs_rtx_timeout(f.tcp, f.tcb);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_RTO);
	assert_int_equal(f.snd->board.lost, 4 * MSS);
	assert_int_equal(f.snd->cc.cwnd, MSS);
	assert_int_equal(f.snd->cc.ssthresh, 2 * MSS);
	assert_int_equal(rs_rtt_rto(&f.tcp->par, f.tcb), 2 * rto);
	assert_true((f.tcb->owes & RS_OWES_RTX) != 0);
	assert_true((f.tcb->flags & RS_F_T_RTX) != 0);
	assert_int_equal(f.t->stats.tcp.rto_expired, 1);
	send_again(&f, 0);
	assert_int_equal(f.snd->board.lost, 3 * MSS);
	loss_later(f.t, 2 * rto * UINT64_C(1000));
	rs_rtx_timeout(f.tcp, f.tcb);
	assert_int_equal(f.snd->board.lost, 4 * MSS);
	assert_int_equal(f.snd->cc.cwnd, MSS);
	assert_int_equal(f.snd->cc.ssthresh, 2 * MSS);
	assert_int_equal(rs_rtt_rto(&f.tcp->par, f.tcb), 4 * rto);
	finish(&f);
}

/* RFC 3522 3.2: the ACK echoes a time before the retransmission, so nothing was lost. */
static void
recovery_undone_by_a_timestamp(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK | RS_F_TS, 4);
	struct rs_options opt = { .has_ts = true, .tsecr = rs_ts_now(f.tcp, f.tcb) };

	loss_later(f.t, 1000000);
	rs_rtx_timeout(f.tcp, f.tcb);
	send_again(&f, 0);
	assert_int_equal(f.snd->cc.cwnd, MSS);
	loss_later(f.t, 10000);
	acks(&f, 2, &opt);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_NONE);
	assert_int_equal(f.snd->board.lost, 0);
	assert_int_equal(f.snd->cc.cwnd, 10 * MSS);
	assert_int_equal(f.t->stats.tcp.recoveries_undone, 1);
	finish(&f);
}

/*
 * RFC 7323 4.1: a sample is the age of a segment in flight. No segment in flight has the age of
 * a forged TSecr, so there is no sample and the backoff stays (Karn).
 */
static void
take_no_sample_of(void **state, uint32_t age)
{
	struct flight f = send_first(*state, RS_F_SACK | RS_F_TS, 4);
	struct rs_options opt = { .has_ts = true };
	uint32_t srtt = f.tcb->srtt;

	loss_later(f.t, 1000000);
	rs_rtx_timeout(f.tcp, f.tcb);
	send_again(&f, 0);
	loss_later(f.t, 10000);
	opt.tsecr = rs_ts_now(f.tcp, f.tcb) - age;
	acks(&f, 1, &opt);
	assert_int_equal(f.tcb->srtt, srtt);
	assert_int_equal(f.tcb->backoff, 1);
	finish(&f);
}

static void
recovery_takes_no_sample_of_an_old_timestamp(void **state)
{
	take_no_sample_of(state, 4294968); /* 2^32 microseconds and 704 */
}

static void
recovery_takes_no_sample_of_a_future_timestamp(void **state)
{
	take_no_sample_of(state, UINT32_MAX - 1000);
}

/* RFC 3708 3: all that was sent again is reported as a duplicate, so nothing was lost. */
static void
recovery_undone_by_duplicate_sacks(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 10);

	loss_later(f.t, RTT_US);
	sacks(&f, 0, BLOCK(1, 4));
	send_again(&f, 0);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	loss_later(f.t, 10000);
	acks(&f, 5, NULL);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_FAST);
	sacks(&f, 5, BLOCK(0, 1));
	assert_int_equal(f.snd->recovery, RS_RECOVERY_NONE);
	assert_int_equal(f.snd->cc.cwnd, 10 * MSS);
	assert_int_equal(f.t->stats.tcp.recoveries_undone, 1);
	assert_int_equal(f.t->stats.tcp.rx_dsack, 1);
	finish(&f);
}

/* RFC 8985 7.2, 7.3: the probe of the tail is due before the RTO, and is no time-out. */
static void
recovery_probes_the_tail(void **state)
{
	struct flight f = send_first(*state, RS_F_SACK, 2);

	loss_later(f.t, RTT_US);
	acks(&f, 1, NULL);
	assert_int_equal(f.snd->timer, RS_RTX_PTO);
	/* 2 SRTT, and 200 ms for a single segment whose ACK may be delayed */
	assert_int_equal(f.tcb->t_rtx - f.tcp->tick, 400 + 1);
	assert_true(rs_seq_lt(f.tcb->t_rtx, f.snd->rto_due));
	loss_later(f.t, 401000);
	rs_rtx_timeout(f.tcp, f.tcb);
	assert_true(f.snd->tlp.owed);
	assert_int_equal(f.snd->timer, RS_RTX_RTO);
	assert_int_equal(f.snd->recovery, RS_RECOVERY_NONE);
	assert_int_equal(f.t->stats.tcp.rto_expired, 0);
	finish(&f);
}

/* All n bytes of a connection as a light flight. */
static void
send_light(struct flight *f, uint32_t n)
{
	struct rs_busy *busy = rs_tcb_busy(f->tcp, f->tcb);

	assert_true(rs_light_fits(f->tcp, f->tcb, busy));
	f->tcb->snd_nxt = BASE + n;
	rs_light_sent(f->tcp, f->tcb, busy);
	assert_null(rs_sender(f->tcp, f->tcb));
}

/* The same with a sender, as output does it. */
static void
send_heavy(struct flight *f, uint32_t n)
{
	uint32_t seq = BASE;

	f->snd = rs_sender_get(f->tcp, f->tcb);
	while (seq != BASE + n) {
		uint32_t end = seq + RTE_MIN(MSS, BASE + n - seq);

		f->tcb->snd_nxt = end;
		rs_sender_sent(f->tcp, f->tcb, f->snd, seq, end, seq);
		rs_rtx_sent(f->tcp, f->tcb);
		seq = end;
	}
	rs_sender_turn_done(f->tcb, f->snd);
	rs_rtx_rearm(f->tcp, f->tcb, f->snd, 0);
}

/* Two senders know the same of their flights, but for the indexes of ranges. */
static void
expect_same_sender(const struct flight *a, const struct flight *b)
{
	const struct rs_range *r = rs_range_at(a->tcp, a->snd->board.first);
	const struct rs_range *s = rs_range_at(b->tcp, b->snd->board.first);
	struct rs_sender copy = *b->snd;

	assert_int_equal(r->seq, s->seq);
	assert_int_equal(r->end, s->end);
	assert_int_equal(r->sent, s->sent);
	assert_int_equal(r->state, s->state);
	assert_false(r->resent || s->resent);
	copy.link = a->snd->link;
	copy.board.first = a->snd->board.first;
	copy.board.last = a->snd->board.last;
	copy.board.oldest = a->snd->board.oldest;
	copy.board.newest = a->snd->board.newest;
	copy.prr_out = a->snd->prr_out; /* a recovery begins with 0 */
	assert_memory_equal(a->snd, &copy, offsetof(struct rs_sender, cc));
	assert_int_equal(a->snd->cc.cwnd, copy.cc.cwnd);
	assert_memory_equal(&a->snd->rack, &copy.rack, sizeof(copy.rack));
	assert_int_equal(a->tcb->t_rtx, b->tcb->t_rtx);
	assert_int_equal(a->tcb->t_life, b->tcb->t_life);
	assert_int_equal(a->tcb->flags, b->tcb->flags);
}

/* A light flight whose sender is made later has the one that it would have had at once. */
static void
light_flight_becomes_a_heavy_one(void **state)
{
	static const uint32_t lens[] = { 1, MSS, MSS + 1, 3 * MSS, 3 * MSS + 500 };
	static const uint32_t flags[] = { 0, RS_F_SACK };
	struct loss_test *t = *state;
	unsigned int i, j;

	start(t);
	for (i = 0; i < RTE_DIM(lens); i++) {
		for (j = 0; j < RTE_DIM(flags); j++) {
			struct flight heavy = open_with(t, flags[j], lens[i]);
			struct flight light = open_with(t, flags[j], lens[i]);

			send_heavy(&heavy, lens[i]);
			send_light(&light, lens[i]);
			assert_int_equal(light.tcb->t_rtx, heavy.tcb->t_rtx);
			loss_later(t, 12345);
			light.snd = rs_sender_of_flight(light.tcp, light.tcb);
			expect_same_sender(&light, &heavy);
			finish(&light);
			finish(&heavy);
			rs_pool_put(&t->tcp.tcb_pool, rs_tcb_index(&t->tcp, light.tcb));
			rs_pool_put(&t->tcp.tcb_pool, rs_tcb_index(&t->tcp, heavy.tcb));
		}
	}
}

/* RFC 6298 2.3, 5.2: its ACK is a sample, stops the timer, and needs no sender. */
static void
light_flight_is_acknowledged(void **state)
{
	struct loss_test *t = *state;
	struct flight f;

	start(t);
	f = open_with(t, RS_F_SACK, 2 * MSS);
	send_light(&f, 2 * MSS);
	loss_later(t, 3 * RTT_US);
	acks(&f, 2, NULL);
	assert_int_equal(f.tcb->snd_una, AT(2));
	assert_int_equal(f.tcb->srtt, (RTT_US * 7 + 3 * RTT_US) / 8);
	assert_int_equal(f.tcb->flags & (RS_F_T_RTX | RS_F_BUSY), 0);
	assert_int_equal(f.tcb->idle.cwnd, 0);
	assert_int_equal(t->tcp.senders.used, 0);
}

/* An ACK of a part is that of a flight with a sender. */
static void
light_flight_is_acknowledged_in_part(void **state)
{
	struct loss_test *t = *state;
	struct flight f;

	start(t);
	f = open_with(t, RS_F_SACK, 3 * MSS);
	send_light(&f, 3 * MSS);
	loss_later(t, RTT_US);
	acks(&f, 1, NULL);
	f.snd = rs_sender(f.tcp, f.tcb);
	assert_non_null(f.snd);
	assert_int_equal(rs_range_at(f.tcp, f.snd->board.first)->seq, AT(1));
	assert_int_equal(f.snd->rack.rtt, RTT_US);
	sacks(&f, 1, BLOCK(2, 3));
	assert_int_equal(f.snd->board.sacked, MSS);
	finish(&f);
}

/* Half of the initial window and more may fill it, and windows that are remembered differ. */
static void
light_flight_is_small(void **state)
{
	struct loss_test *t = *state;
	struct rs_busy *busy;
	struct flight f;

	start(t);
	f = open_with(t, 0, 5 * MSS - 1);
	busy = rs_tcb_busy(f.tcp, f.tcb);
	assert_false(rs_light_fits(f.tcp, f.tcb, busy));
	busy->snd_len--;
	assert_true(rs_light_fits(f.tcp, f.tcb, busy));
	f.tcb->snd_wnd = 5 * MSS - 2;
	assert_false(rs_light_fits(f.tcp, f.tcb, busy)); /* there is no room for a FIN */
	f.tcb->snd_wnd++;
	busy->idle.cwnd = 1;
	assert_false(rs_light_fits(f.tcp, f.tcb, busy));
	busy->idle.cwnd = 0;
	f.tcp->par.initial_window = 1;
	busy->snd_len = 1;
	assert_false(rs_light_fits(f.tcp, f.tcb, busy));
	finish(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loss_test(light_flight_becomes_a_heavy_one),
		loss_test(light_flight_is_acknowledged),
		loss_test(light_flight_is_acknowledged_in_part),
		loss_test(light_flight_is_small),
		loss_test(recovery_begins_with_three_segments_sacked),
		loss_test(recovery_begins_with_the_third_duplicate),
		loss_test(recovery_ends_with_what_was_in_flight),
		loss_test(recovery_window_after_losses_by_timer),
		loss_test(recovery_window_is_remembered),
		loss_test(recovery_by_timeout),
		loss_test(recovery_undone_by_a_timestamp),
		loss_test(recovery_takes_no_sample_of_an_old_timestamp),
		loss_test(recovery_takes_no_sample_of_a_future_timestamp),
		loss_test(recovery_undone_by_duplicate_sacks),
		loss_test(recovery_without_a_delivery_detects_nothing),
		loss_test(recovery_probes_the_tail),
	};

	return cmocka_run_group_tests(tests, loss_group, NULL);
}
