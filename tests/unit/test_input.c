/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SEGMENT ARRIVES (RFC 9293 3.10.7): the edges of its tests, number by number. The
 * scenarios are tests/wire's.
 */

#include "tcp_fixture.h"

#define MSS 536 /* of a peer that sends no option (MUST-15) */

static const enum rs_state synchronized[] = {
	RS_ESTABLISHED, RS_FIN_WAIT_1, RS_FIN_WAIT_2, RS_CLOSE_WAIT, RS_CLOSING, RS_LAST_ACK,
	RS_TIME_WAIT,
};

static bool
counts(const uint64_t *counter, uint64_t *seen)
{
	bool moved = *counter != *seen;

	*seen = *counter;
	return moved;
}

/* Whether a segment without flags of its own but ACK is acceptable (Table 6). */
static bool
acceptable(struct fixture *f, struct rs_tcb *tcb, uint32_t seq, uint16_t len, uint32_t wnd)
{
	uint64_t seen = f->stack->stats.tcp.rx_unacceptable;
	struct rs_tcb before = *tcb;
	bool ok;

	/* so that nothing but the first step is seen */
	tcb->rcv_wnd = wnd;
	input(f, .flags = 0, .seq = tcb->rcv_nxt + seq, .data = f->bytes, .len = len);
	ok = !counts(&f->stack->stats.tcp.rx_unacceptable, &seen);
	tcb->rcv_wnd = before.rcv_wnd;
	fixture_run(f);
	fixture_forget(f);
	return ok;
}

/*
 * Table 6:
 *   0  0  SEG.SEQ = RCV.NXT
 *   0  >0 RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND
 *   >0 0  not acceptable
 *   >0 >0 RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND
 *         or RCV.NXT =< SEG.SEQ+SEG.LEN-1 < RCV.NXT+RCV.WND
 */
static void
check_table_6(struct fixture *f, struct rs_tcb *tcb)
{
	uint32_t minus = UINT32_MAX; /* -1 */

	assert_true(acceptable(f, tcb, 0, 0, 0));
	assert_false(acceptable(f, tcb, 1, 0, 0));
	assert_false(acceptable(f, tcb, minus, 0, 0));

	assert_true(acceptable(f, tcb, 0, 0, 100));
	assert_true(acceptable(f, tcb, 99, 0, 100));
	assert_false(acceptable(f, tcb, 100, 0, 100));
	assert_false(acceptable(f, tcb, minus, 0, 100));

	assert_false(acceptable(f, tcb, minus, 1, 0));
	assert_false(acceptable(f, tcb, 1, 1, 0));

	assert_true(acceptable(f, tcb, 0, 1, 100));
	assert_true(acceptable(f, tcb, 99, 1, 100));
	assert_true(acceptable(f, tcb, 99, 500, 100));
	assert_false(acceptable(f, tcb, 100, 1, 100));
	assert_true(acceptable(f, tcb, minus, 2, 100));
	assert_false(acceptable(f, tcb, minus, 1, 100));
	assert_true(acceptable(f, tcb, minus - 49, 150, 100));
	assert_false(acceptable(f, tcb, minus - 49, 50, 100));
	assert_false(acceptable(f, tcb, 0x80000000, 1, 100));
}

static void
acceptability_is_table_6(void **state)
{
	const uint32_t irs[] = { 1000, UINT32_MAX, UINT32_MAX - 50, 0x7fffffff };
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < RTE_DIM(irs); i++) {
		f->irs = irs[i];
		check_table_6(f, fixture_reach(f, RS_ESTABLISHED));
		fixture_finish(f);
	}
}

/* Text is cut to its new bytes in the window, wherever the segment lies. */
static void
text_is_cut_to_the_window(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.rcv_buf = 1000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	input(f, .flags = ACK, .seq = f->irs + 1, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 100);
	assert_int_equal(f->n_got, 100);
	/* 100 that are old and 50 that are new */
	input(f, .flags = ACK, .seq = f->irs + 1, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 150);
	assert_int_equal(f->n_got, 150);
	assert_int_equal(tcb->rcv_nxt, f->irs + 1 + 150);
	/* more than the window has room for; the FIN behind it is cut off */
	input(f, .flags = ACK | FIN, .seq = f->irs + 1 + 150, .ack = tcb->snd_nxt,
		.data = &f->bytes[150], .len = 1200);
	assert_int_equal(f->n_got, 1000);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_memory_equal(f->got, f->bytes, 1000);
	/* a FIN that the window has no room for, beside text that it has */
	fixture_run(f);
	assert_int_equal(tcb->rcv_wnd, 1000);
	input(f, .flags = ACK | FIN, .seq = f->irs + 1 + 1000, .ack = tcb->snd_nxt,
		.data = &f->bytes[1000], .len = 1000);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	fixture_run(f);
	input(f, .flags = ACK | FIN, .seq = f->irs + 1 + 1000, .ack = tcb->snd_nxt,
		.data = &f->bytes[1000], .len = 1000);
	assert_int_equal(tcb->state, RS_CLOSE_WAIT);
	assert_int_equal(f->n_got, 2000);
}

/* RFC 5961 5: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT, in every state. */
static void
ack_is_judged_by_rfc_5961(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	f->wnd = 1000;
	for (i = 0; i < RTE_DIM(synchronized); i++) {
		struct rs_tcb *tcb = fixture_reach(f, synchronized[i]);
		const uint64_t *bad = &f->stack->stats.tcp.rx_bad_ack;
		uint64_t seen = *bad;

		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt + 1);
		assert_true(counts(bad, &seen));
		fixture_run(f);
		assert_int_equal(fixture_expect(f, ACK)->ack, tcb->rcv_nxt);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una - 1001);
		assert_true(counts(bad, &seen));
		fixture_run(f);
		fixture_expect(f, ACK);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una - 1000);
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una - 1);
		assert_false(counts(bad, &seen));
		fixture_run(f);
		assert_null(fixture_next(f));
		assert_int_equal(tcb->state, synchronized[i]);
		fixture_finish(f);
	}
}

/* Fifth step, SYN-RECEIVED: SND.UNA < SEG.ACK =< SND.NXT, or a reset. */
static void
ack_in_syn_received_must_be_of_the_syn(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_SYN_RECEIVED);

	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una);
	assert_int_equal(f->owed, RS_RESET_syn_received_bad_ack);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una + 2);
	assert_int_equal(f->owed, RS_RESET_syn_received_bad_ack);
	assert_int_equal(tcb->state, RS_SYN_RECEIVED);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una + 1);
	assert_int_equal(f->owed, RS_RESET_MAX);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_int_equal(f->notified[OPENED], 1);
}

static void
window_update(struct fixture *f, struct rs_tcb *tcb, uint32_t seq, uint32_t ack, uint16_t wnd)
{
	f->wnd = wnd;
	input(f, .flags = ACK, .seq = seq, .ack = ack);
	assert_true(tcb->snd_wnd != 0);
}

/*
 * Fifth step: "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK), set
 * SND.WND <- SEG.WND, set SND.WL1 <- SEG.SEQ, and set SND.WL2 <- SEG.ACK."
 */
static void
window_is_of_the_latest_segment(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t seq = tcb->rcv_nxt, ack;

	rs_conn_set_nodelay(tcb, true);
	rs_conn_send(f->tcp, tcb, f->bytes, 100);
	fixture_run(f);
	ack = tcb->snd_una;
	window_update(f, tcb, seq, ack + 50, 5000);
	assert_int_equal(tcb->snd_wnd, 5000);
	assert_int_equal(tcb->snd_wl1, seq);
	/* same SEQ, older ACK: not it */
	window_update(f, tcb, seq, ack + 20, 4000);
	assert_int_equal(tcb->snd_wnd, 5000);
	/* same SEQ, same ACK: it is, a smaller one too */
	window_update(f, tcb, seq, ack + 50, 3000);
	assert_int_equal(tcb->snd_wnd, 3000);
	/* later SEQ */
	window_update(f, tcb, seq + 10, ack + 50, 2000);
	assert_int_equal(tcb->snd_wnd, 2000);
	assert_int_equal(tcb->snd_wl1, seq + 10);
	/* older SEQ, though it acknowledges more */
	window_update(f, tcb, seq, ack + 60, 9000);
	assert_int_equal(tcb->snd_una, ack + 60);
	assert_int_equal(tcb->snd_wnd, 2000);
}

/* RFC 5961 3: a RST is checked by SEG.SEQ in every state, against a window of at least 1. */
static void
rst_is_judged_by_its_sequence_number(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < RTE_DIM(synchronized); i++) {
		struct rs_tcb *tcb;
		const uint64_t *got;
		uint32_t wnd;

		f->params.tcp.time_wait_rst = true;
		tcb = fixture_reach(f, synchronized[i]);
		got = f->stack->stats.reset_received;
		wnd = tcb->rcv_wnd;
		input(f, .flags = RST, .seq = tcb->rcv_nxt - 1);
		input(f, .flags = RST, .seq = tcb->rcv_nxt + wnd);
		assert_int_equal(got[RS_VERDICT_out_of_window], 2);
		fixture_run(f);
		assert_null(fixture_next(f));
		input(f, .flags = RST | ACK, .seq = tcb->rcv_nxt + wnd - 1, .ack = 12345);
		assert_int_equal(got[RS_VERDICT_challenged], 1);
		fixture_run(f);
		assert_int_equal(fixture_expect(f, ACK)->ack, tcb->rcv_nxt);
		assert_int_equal(tcb->state, synchronized[i]);
		input(f, .flags = RST, .seq = tcb->rcv_nxt);
		assert_int_equal(got[RS_VERDICT_accepted], 1);
		assert_null(fixture_find(f, LPORT, RPORT));
		fixture_finish(f);
	}
}

/* With the window closed only the exact one is believed (MUST-66). */
static void
rst_into_a_closed_window(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.rcv_buf = 10;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->take = 0;
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	assert_int_equal(tcb->rcv_wnd, 0);
	input(f, .flags = RST, .seq = tcb->rcv_nxt + 1);
	assert_int_equal(f->stack->stats.reset_received[RS_VERDICT_out_of_window], 1);
	input(f, .flags = RST, .seq = tcb->rcv_nxt);
	assert_null(fixture_find(f, LPORT, RPORT));
}

/* RFC 5961 7: so many a second on each connection, and new ones in the next second. */
static void
challenges_are_limited_by_second_and_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb, *other;
	unsigned int i, second;

	f->params.tcp.challenge_acks = 3;
	f->now = 255000000; /* seconds 255, 256, 257 */
	tcb = fixture_reach(f, RS_ESTABLISHED);
	other = fixture_reach_on(f, LPORT, 2, RS_ESTABLISHED);
	for (second = 0; second < 3; second++) {
		for (i = 0; i < 10; i++)
			assert_int_equal(rs_tcp_challenge(f->tcp, tcb), i < 3);
		assert_true(rs_tcp_challenge(f->tcp, other));
		f->now += 1000000;
		fixture_run(f);
		assert_int_equal(fixture_forget(f), 2);
	}
	assert_int_equal(f->stack->stats.tcp.challenge_acks, 12);
	assert_int_equal(f->stack->stats.tcp.challenge_limited, 21);
	/* none at all is a limit, too */
	f->tcp->par.challenge_acks = 0;
	assert_false(rs_tcp_challenge(f->tcp, tcb));
}

/* Two that are out of step answer each other's answers: that ends with the limit. */
static void
answers_to_segments_without_text_end(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	unsigned int i;

	for (i = 0; i < 100; i++) {
		input(f, .flags = ACK, .seq = tcb->rcv_nxt - 1000, .ack = tcb->snd_nxt);
		fixture_run(f);
	}
	assert_int_equal(fixture_forget(f), f->params.tcp.challenge_acks);
}

/* 3.8.6.3: at least every second full-sized segment is acknowledged at once (SHLD-19). */
static void
ack_of_every_second_full_segment(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t off;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		off = i * 1460;
		input(f, .flags = ACK, .seq = f->irs + 1 + off, .ack = tcb->snd_nxt,
			.data = &f->bytes[off], .len = 1460);
		fixture_run(f);
		assert_int_equal(fixture_forget(f), i % 2);
	}
}

/* A segment that must be answered at once is (RFC 5681 4.2, RFC 9293 3.10.7.4). */
static void
ack_is_owed_at_once_for_what_is_not_in_order(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	input(f, .flags = ACK, .seq = tcb->rcv_nxt + 10, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	assert_true((tcb->owes & RS_OWES_ACK) != 0);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->ack, f->irs + 1);
	/* the gap is filled */
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->ack, f->irs + 21);
	/* all of it again */
	input(f, .flags = ACK, .seq = f->irs + 1, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 20);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->ack, f->irs + 21);
}

/* Without a delay each is acknowledged, once a burst. */
static void
ack_without_delay_is_owed_for_each(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.ack_delay_ms = 0;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 1);
	assert_true((tcb->owes & RS_OWES_ACK) != 0);
	assert_false((tcb->flags & RS_F_T_ACK) != 0);
}

/* 3.10.7.4 fifth: a segment without ACK bit is dropped, with its text. */
static void
segment_without_ack_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	input(f, .flags = FIN, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	assert_int_equal(f->stack->stats.tcp.rx_no_ack, 1);
	assert_int_equal(f->notified[DATA], 0);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
}

/* 3.10.7.1 and 3.10.7.2 for each flag shape: the reset of a segment without connection. */
static void
segment_without_connection_is_owed_by_its_flags(void **state)
{
	struct fixture *f = *state;
	uint8_t flags;

	fixture_start(f);
	for (flags = 0; flags < 64; flags++) {
		uint16_t closed = RS_RESET_no_connection;
		uint16_t listening = RS_RESET_MAX;

		if ((flags & RST) != 0)
			closed = RS_RESET_MAX;
		else if ((flags & ACK) != 0)
			listening = RS_RESET_listen_bad_ack;
		else if ((flags & SYN) != 0)
			closed = RS_RESET_no_listener;
		assert_int_equal(input(f, .flags = flags, .lport = LPORT_CLOSED), closed);
		assert_int_equal(input(f, .flags = flags, .lport = LPORT_DROP), RS_RESET_MAX);
		assert_int_equal(input(f, .flags = flags, .rport = (uint16_t)(1 + flags)),
			listening);
		assert_int_equal(fixture_find(f, LPORT, (uint16_t)(1 + flags)) != NULL,
			(flags & (RST | ACK | SYN)) == SYN);
	}
	assert_int_equal(f->stack->stats.drop[RS_DROP_closed_drop], 32);
	assert_int_equal(f->stack->stats.reset_received[RS_VERDICT_ignored_closed], 64);
	assert_int_equal(f->stack->stats.reset_received[RS_VERDICT_ignored_listen], 32);
	assert_int_equal(f->stack->stats.tcp.rx_segments, 3 * 64);
}

/* Only an acceptable segment changes the next hop: a stranger cannot redirect a connection. */
static void
frames_follow_the_peers_mac_of_acceptable_segments(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	input(f, .flags = ACK, .seq = tcb->rcv_nxt - 1000, .ack = tcb->snd_nxt, .mac = 0x66);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->mac, 0x99);
	input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .mac = 0x77);
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->mac, 0x77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(acceptability_is_table_6),
		fixture_test(text_is_cut_to_the_window),
		fixture_test(ack_is_judged_by_rfc_5961),
		fixture_test(ack_in_syn_received_must_be_of_the_syn),
		fixture_test(window_is_of_the_latest_segment),
		fixture_test(rst_is_judged_by_its_sequence_number),
		fixture_test(rst_into_a_closed_window),
		fixture_test(challenges_are_limited_by_second_and_connection),
		fixture_test(answers_to_segments_without_text_end),
		fixture_test(ack_of_every_second_full_segment),
		fixture_test(ack_is_owed_at_once_for_what_is_not_in_order),
		fixture_test(ack_without_delay_is_owed_for_each),
		fixture_test(segment_without_ack_is_dropped),
		fixture_test(segment_without_connection_is_owed_by_its_flags),
		fixture_test(frames_follow_the_peers_mac_of_acceptable_segments),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
