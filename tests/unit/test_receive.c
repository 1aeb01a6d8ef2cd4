/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Text and its service, the window that is offered (RFC 9293 3.8.6, RFC 7323 2) and
 * urgent data (3.8.5).
 */

#include "tcp_fixture.h"

#define PIECE_MAX 1400

/* Text [off, off + len) of the stream arrives, with more flags. */
static void
arrive(struct fixture *f, const struct rs_tcb *tcb, uint32_t off, uint32_t len, uint8_t flags)
{
	input(f, .flags = ACK | flags, .seq = f->irs + 1 + off, .ack = tcb->snd_nxt,
		.data = &f->bytes[off], .len = (uint16_t)len);
}

/* An urgent pointer to before offset `up`, in a segment without text. */
static void
arrive_urgent(struct fixture *f, const struct rs_tcb *tcb, uint32_t up)
{
	input(f, .flags = ACK | URG, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt,
		.up = (uint16_t)(f->irs + 1 + up - tcb->rcv_nxt));
}

static uint32_t
unread(const struct fixture *f, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(f->tcp, tcb);

	return busy != NULL ? busy->rcv_len : 0;
}

/* The service takes n more of the bytes that it left. */
static void
take(struct fixture *f, struct rs_tcb *tcb, uint64_t n)
{
	f->take = n;
	rs_conn_resume(f->tcp, tcb);
	fixture_run(f);
	f->take = 0;
}

/* The right edges of the windows offered: sequence numbers behind the last acceptable one. */
struct edges {
	uint32_t offered;       /* on the wire, the furthest */
	uint32_t held;          /* by RCV.NXT + RCV.WND */
};

/*
 * RFC 7323 2.4: the receiver "MUST honor, as in window, any segment that would have been in
 * window for any <ACK> sent by the receiver", and SHLD-14: the window is not shrunk, but
 * for less than the unit that the field counts in where there is no room for that.
 */
static void
check_edges(const struct fixture *f, const struct rs_tcb *tcb, struct edges *e,
	const struct out *out)
{
	uint32_t unit = UINT32_C(1) << rs_tcb_rcv_shift(tcb);
	uint32_t held = tcb->rcv_nxt + tcb->rcv_wnd;

	assert_true(rs_seq_geq(held, e->held));
	e->held = held;
	assert_true(tcb->rcv_wnd + unread(f, tcb) <= f->params.tcp.rcv_buf + unit - 1);
	if (out == NULL)
		return;
	assert_int_equal(out->ack, tcb->rcv_nxt);
	held = out->ack + ((uint32_t)out->wnd << rs_tcb_rcv_shift(tcb));
	assert_true(rs_seq_gt(held + unit, e->offered));
	e->offered = rs_seq_max(held, e->offered);
	assert_true(rs_seq_leq(e->offered, e->held));
}

/* Chance sends and takes; then all is taken, and the window is open again. */
static void
run_window(struct fixture *f, struct rs_tcb *tcb, uint64_t seed)
{
	struct edges e = { tcb->rcv_nxt, tcb->rcv_nxt + tcb->rcv_wnd };
	const struct out *out = NULL;
	uint32_t off = 0;
	unsigned int i;

	f->take = 0;
	f->n_got = 0;
	for (i = 0; i < 2000; i++) {
		uint32_t max = next_random(&seed) % 4 == 0 ? 7 : PIECE_MAX;
		uint32_t len = next_random(&seed) % max + 1;
		uint32_t fit = e.offered - tcb->rcv_nxt;

		len = RTE_MIN(len, RTE_MIN(fit, STREAM - off));
		if (len > 0)
			arrive(f, tcb, off, len, 0);
		/* all that the offered window has room for is accepted */
		off += len;
		assert_int_equal(tcb->rcv_nxt, f->irs + 1 + off);
		if (next_random(&seed) % 3 == 0)
			take(f, tcb, next_random(&seed) % (unread(f, tcb) + 2));
		else
			rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
		fixture_run(f);
		check_edges(f, tcb, &e, NULL);
		while ((out = fixture_next(f)) != NULL)
			check_edges(f, tcb, &e, out);
	}
	take(f, tcb, UINT64_MAX);
	assert_int_equal(f->n_got, off);
	assert_memory_equal(f->got, f->bytes, off);
	/* but for less than an update of the window (3.8.6.2.2) */
	assert_true(tcb->rcv_wnd + RTE_MIN(tcb->snd_mss, f->params.tcp.rcv_buf / 2) >=
		RTE_MIN(f->params.tcp.rcv_buf, UINT32_C(65535) << rs_tcb_rcv_shift(tcb)));
}

static void
end(struct fixture *f, struct rs_tcb *tcb)
{
	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	fixture_finish(f);
}

static void
window_is_never_taken_back(void **state)
{
	const uint32_t bufs[] = { 1, 2, 100, 1460, 2921, 20000, 65535 };
	struct fixture *f = *state;
	unsigned int i;

	/* Without scaling the window is exact. */
	for (i = 0; i < RTE_DIM(bufs); i++) {
		struct rs_tcb *tcb;

		f->params.tcp.rcv_buf = bufs[i];
		tcb = fixture_reach(f, RS_ESTABLISHED);
		run_window(f, tcb, i);
		end(f, tcb);
	}
}

static void
window_of_each_shift_is_honoured(void **state)
{
	struct fixture *f = *state;
	unsigned int shift, odd;

	f->syn_opt = "\1\3\3\7";
	f->syn_opt_len = 4;
	f->params.tcp.max_chunks = 4096;
	for (shift = 0; shift <= 14; shift++) {
		for (odd = 0; odd < 2; odd++) {
			uint32_t buf = (UINT32_C(65535) << shift) - odd * 3;
			struct rs_tcb *tcb;

			f->params.tcp.rcv_buf = buf;
			tcb = fixture_reach(f, RS_ESTABLISHED);
			assert_int_equal(rs_tcb_rcv_shift(tcb), shift);
			run_window(f, tcb, shift * 2 + odd);
			end(f, tcb);
		}
	}
}

/* With room for it the field is rounded up: a byte that was taken opens no gap. */
static void
window_of_an_idle_service_stays_whole(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint32_t off;

	f->syn_opt = "\1\3\3\7";
	f->syn_opt_len = 4;
	f->params.tcp.rcv_buf = UINT32_C(65535) << 8;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->wnd, 65535);
	for (off = 0; off < 1000; off++) {
		arrive(f, tcb, off, 1, 0);
		rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
		fixture_run(f);
		assert_int_equal(fixture_expect(f, ACK)->wnd, 65535);
	}
}

/*
 * 3.8.6.2.2: the right edge moves only when RCV.BUFF - RCV.USER - RCV.WND >=
 * min(Fr * RCV.BUFF, Eff.snd.MSS), with Fr = 1/2.
 */
static void
window_opens_by(struct fixture *f, uint32_t buf, uint32_t least)
{
	struct rs_tcb *tcb;
	uint32_t off = 0;

	f->params.tcp.rcv_buf = buf;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->take = 0;
	while (off < buf) {
		uint32_t len = RTE_MIN(buf - off, (uint32_t)PIECE_MAX);

		arrive(f, tcb, off, len, 0);
		off += len;
	}
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->wnd, 0);
	/* One byte less than it takes: nothing is said, and nothing is offered. */
	take(f, tcb, least - 1);
	assert_null(fixture_next(f));
	rs_tcp_owe(f->tcp, tcb, RS_OWES_ACK);
	fixture_run(f);
	assert_int_equal(fixture_expect(f, ACK)->wnd, 0);
	/* That byte too: a window update. */
	take(f, tcb, 1);
	assert_int_equal(fixture_expect(f, ACK)->wnd, least);
	end(f, tcb);
}

static void
window_opens_as_sws_avoidance_allows(void **state)
{
	struct fixture *f = *state;

	f->syn_opt = "\2\4\5\xb4"; /* MSS 1460 */
	f->syn_opt_len = 4;
	window_opens_by(f, 20000, 1460);
	window_opens_by(f, 2921, 1460);
	window_opens_by(f, 2000, 1000);
	window_opens_by(f, 100, 50);
}

static void
text_that_is_left_closes_the_window_and_comes_again(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t wnd = tcb->rcv_wnd;

	f->take = 40;
	arrive(f, tcb, 0, 100, 0);
	assert_int_equal(f->notified[DATA], 1);
	assert_int_equal(unread(f, tcb), 60);
	assert_int_equal(tcb->rcv_wnd, wnd - 100);
	/* When more text arrives, all is offered again, in order, the new text last. */
	f->take = 70;
	arrive(f, tcb, 100, 50, 0);
	assert_int_equal(f->n_got, 110);
	assert_int_equal(unread(f, tcb), 40);
	assert_memory_equal(f->got, f->bytes, 110);
	/* When it asks for it. */
	take(f, tcb, 15);
	assert_int_equal(f->n_got, 125);
	take(f, tcb, UINT64_MAX);
	assert_int_equal(f->n_got, 150);
	assert_memory_equal(f->got, f->bytes, 150);
	assert_false(tcb->flags & RS_F_BUSY);
	assert_int_equal(f->stack->tcp.listener_stats[0].rx_bytes, 150);
	assert_int_equal(f->stack->stats.tcp.rx_data_bytes, 150);
}

static void
send_all(struct fixture *f, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	f->result = rs_conn_send_copy(tcp, conn, f->bytes, 3000);
}

/* Text that was left for want of room to answer is offered again when there is room. */
static void
text_that_is_left_comes_again_with_writable(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.snd_buf = 1000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	f->take = 10;
	f->on[DATA] = send_all;
	arrive(f, tcb, 0, 20, 0);
	f->on[DATA] = NULL;
	assert_int_equal(f->result, 1000);
	assert_int_equal(f->notified[DATA], 1);
	fixture_run(f);
	f->take = UINT64_MAX;
	fixture_ack(f, tcb);
	fixture_run(f);
	assert_int_equal(f->notified[WRITABLE], 1);
	assert_int_equal(f->n_got, 20);
}

/* 3.10.7.4 eighth: the service is notified of a FIN after all data, however late it takes it. */
static void
fin_is_told_when_all_is_taken(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->take = 0;
	arrive(f, tcb, 0, 100, FIN);
	assert_int_equal(tcb->state, RS_CLOSE_WAIT);
	take(f, tcb, 99);
	assert_int_equal(f->notified[PEER_CLOSED], 0);
	take(f, tcb, 1);
	assert_int_equal(f->notified[PEER_CLOSED], 1);
	take(f, tcb, 1);
	assert_int_equal(f->notified[PEER_CLOSED], 1);
}

/* A connection beside one that has the only busy block. */
static struct rs_tcb *
reach_without_room(struct fixture *f)
{
	struct rs_tcb *tcb, *other;

	f->params.tcp.max_busy = 1;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	other = fixture_reach_on(f, LPORT, RPORT + 1, RS_ESTABLISHED);
	rs_conn_send_copy(f->tcp, other, f->bytes, 10);
	return tcb;
}

/* Text that finds no memory counts as not received: the peer retransmits it. */
static void
text_without_room_is_not_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = reach_without_room(f);

	f->take = 30;
	arrive(f, tcb, 0, 100, FIN);
	assert_int_equal(tcb->rcv_nxt, f->irs + 1 + 30);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_int_equal(f->stack->stats.tcp.rx_no_room, 1);
	assert_int_equal(f->stack->stats.tcp.rx_data_bytes, 30);
	f->take = UINT64_MAX;
	arrive(f, tcb, 0, 100, FIN);
	assert_int_equal(f->n_got, 100);
	assert_memory_equal(f->got, f->bytes, 100);
	assert_int_equal(f->notified[PEER_CLOSED], 1);
}

/* MUST-32: notified if no urgent data was pending, and if the pointer advances; not else. */
static void
urgent_is_told_once_for_each_advance(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	/* MUST-62: the pointer is behind the last urgent octet, so 0 octets are none */
	arrive_urgent(f, tcb, 0);
	assert_int_equal(f->notified[URGENT], 0);
	arrive_urgent(f, tcb, 100);
	assert_int_equal(f->notified[URGENT], 1);
	assert_int_equal(f->ahead, 100);
	arrive_urgent(f, tcb, 100);
	arrive_urgent(f, tcb, 99);
	assert_int_equal(f->notified[URGENT], 1);
	arrive_urgent(f, tcb, 101);
	assert_int_equal(f->notified[URGENT], 2);
	assert_int_equal(f->ahead, 101);
	assert_int_equal(f->stack->stats.tcp.urgent, 2);
	/* Taken up to there: a pointer beyond is new again. */
	arrive(f, tcb, 0, 101, 0);
	assert_false(tcb->flags & RS_F_BUSY);
	arrive_urgent(f, tcb, 101);
	assert_int_equal(f->notified[URGENT], 2);
	arrive_urgent(f, tcb, 102);
	assert_int_equal(f->notified[URGENT], 3);
	assert_int_equal(f->ahead, 1);
}

/*
 * MUST-32 on a connection that stays busy for more than 2^31 bytes: the pointer of the first
 * urgent byte is old, and stays so, however far RCV.NXT is ahead of it.
 */
static void
urgent_is_told_2_gb_after_the_last_one(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t rcv_nxt = tcb->rcv_nxt;
	int i;

	/* data in flight keeps the busy block */
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 100), 100);
	arrive_urgent(f, tcb, 10);
	arrive(f, tcb, 0, 10, 0);
	assert_int_equal(f->notified[URGENT], 1);
	for (i = 0; i < 5; i++) {
		fixture_run(f);
		fixture_forget(f);
		/* in place of half a gigabyte of text, of which none is unread */
		tcb->rcv_nxt += 1u << 29;
		input(f, .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_una,
			.data = f->bytes, .len = 1);
		fixture_after(f, 50);
		fixture_forget(f);
		assert_int_equal(rs_conn_urgent(f->tcp, tcb), 0);
	}
	assert_true(tcb->flags & RS_F_BUSY);
	assert_true(tcb->rcv_nxt - rcv_nxt > UINT32_C(1) << 31);
	input(f, .flags = ACK | URG, .seq = tcb->rcv_nxt, .ack = tcb->snd_una, .up = 1);
	assert_int_equal(f->notified[URGENT], 2);
	assert_int_equal(f->ahead, 1);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 1);
}

/* MUST-33: how much of it remains to be read; MUST-31: of any length. */
static void
urgent_remains_until_it_is_taken(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 0);
	arrive_urgent(f, tcb, 65535);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 65535);
	arrive(f, tcb, 0, 1000, 0);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 64535);
	f->take = 100;
	arrive(f, tcb, 1000, 1000, 0);
	assert_int_equal(unread(f, tcb), 900);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 65535 - 1100);
	take(f, tcb, 300);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 65535 - 1400);
	/* All of it is in the stream, where it belongs. */
	assert_memory_equal(f->got, f->bytes, 1400);
}

/* One that was received and not taken is pending still, though RCV.NXT is beyond it. */
static void
urgent_that_was_received_is_pending_until_taken(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->take = 0;
	input(f, .flags = ACK | URG, .seq = f->irs + 1, .ack = tcb->snd_nxt, .up = 10,
		.data = f->bytes, .len = 50);
	assert_int_equal(f->notified[URGENT], 1);
	assert_int_equal(f->ahead, 10);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 10);
	take(f, tcb, 9);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 1);
	take(f, tcb, 1);
	assert_int_equal(rs_conn_urgent(f->tcp, tcb), 0);
}

/* 3.10.7.4 sixth: no urgent pointer is heard behind the peer's FIN. */
static void
urgent_after_the_fin_is_not_told(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_CLOSE_WAIT);

	arrive_urgent(f, tcb, 100);
	assert_int_equal(f->notified[URGENT], 0);
	assert_false(tcb->flags & RS_F_BUSY);
}

/* A service without callbacks takes all. */
static void
service_without_callbacks_takes_all(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->service = (struct rs_service){ .name = "none" };
	tcb = fixture_reach(f, RS_ESTABLISHED);
	arrive_urgent(f, tcb, 5);
	arrive(f, tcb, 0, 1000, FIN);
	assert_int_equal(tcb->state, RS_CLOSE_WAIT);
	assert_false(tcb->flags & RS_F_BUSY);
	assert_int_equal(f->stack->stats.tcp.rx_data_bytes, 1000);
}

/* Text [off, off + len) of the stream arrives in a chain of mbufs of `cut` bytes. */
static void
arrive_cut(struct fixture *f, const struct rs_tcb *tcb, uint32_t off, uint16_t len, uint16_t cut,
	uint8_t flags)
{
	input(f, .flags = ACK | flags, .seq = f->irs + 1 + off, .ack = tcb->snd_nxt,
		.data = &f->bytes[off], .len = len, .cut = cut);
}

/* The parts of a chain are delivered where they lie, and each is held alone if it is left. */
static void
chain_is_delivered_mbuf_by_mbuf(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	arrive_cut(f, tcb, 0, 1400, 600, 0);
	assert_int_equal(f->notified[DATA], 3);
	assert_int_equal(f->n_got, 1400);
	assert_int_equal(in_use(f->wire), 0);
	f->take = 0;
	arrive_cut(f, tcb, 1400, 1400, 600, FIN);
	assert_int_equal(unread(f, tcb), 1400);
	assert_int_equal(tcb->state, RS_CLOSE_WAIT);
	assert_int_equal(in_use(f->wire), 2); /* the last 200 bytes are copied */
	take(f, tcb, 700);
	assert_int_equal(in_use(f->wire), 1);
	take(f, tcb, UINT64_MAX);
	assert_int_equal(in_use(f->wire), 0);
	assert_int_equal(f->notified[PEER_CLOSED], 1);
	assert_int_equal(f->n_got, 2800);
	assert_memory_equal(f->got, f->bytes, 2800);
}

/* Wherever the service stops, and wherever the old part of a chain ends. */
static void
chain_is_taken_in_part(void **state)
{
	struct fixture *f = *state;
	uint32_t old, taken;

	for (old = 0; old <= 1000; old += 125) {
		for (taken = 0; taken <= 1400 - old; taken += 100) {
			struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

			f->n_got = 0;
			f->take = UINT64_MAX;
			if (old > 0)
				arrive(f, tcb, 0, old, 0);
			f->take = taken;
			arrive_cut(f, tcb, 0, 1400, 500, 0);
			assert_int_equal(f->n_got, old + taken);
			assert_int_equal(unread(f, tcb), 1400 - old - taken);
			take(f, tcb, UINT64_MAX);
			assert_int_equal(f->n_got, 1400);
			assert_memory_equal(f->got, f->bytes, 1400);
			end(f, tcb);
		}
	}
}

/* The parts that find no room count as not received. */
static void
chain_without_room_is_acknowledged_in_part(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = reach_without_room(f);

	f->take = 700;
	arrive_cut(f, tcb, 0, 1400, 500, FIN);
	assert_int_equal(tcb->rcv_nxt, f->irs + 1 + 700);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_int_equal(f->stack->stats.tcp.rx_data_bytes, 700);
	assert_int_equal(in_use(f->wire), 0);
}

/* Out of order, with a gap in front; then the gap is filled by a chain, too. */
static void
chain_out_of_order_is_kept(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	arrive_cut(f, tcb, 4200, 1400, 1300, FIN);
	arrive_cut(f, tcb, 1400, 1400, 1300, 0);
	assert_int_equal(f->n_got, 0);
	assert_int_equal(in_use(f->wire), 2); /* of each the first part; short ones are copied */
	arrive_cut(f, tcb, 2000, 1400, 10, 0); /* the first 800 bytes are old */
	arrive_cut(f, tcb, 0, 1400, 1300, 0);
	assert_int_equal(f->n_got, 3400);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	arrive_cut(f, tcb, 3400, 800, 33, 0);
	assert_int_equal(tcb->state, RS_CLOSE_WAIT);
	assert_int_equal(f->n_got, 5600);
	assert_memory_equal(f->got, f->bytes, 5600);
	assert_int_equal(in_use(f->wire), 0);
}

static void
close_both(struct fixture *f, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	f->on[DATA] = NULL;
	rs_conn_close(tcp, conn);
}

/* As if the parts had come in segments of their own (RFC 1122 4.2.2.13, SHLD-3). */
static void
chain_behind_a_close_is_unread(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	f->on[DATA] = close_both;
	arrive_cut(f, tcb, 0, 1400, 700, 0);
	fixture_run(f);
	assert_int_equal(f->n_got, 700);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_unread_data], 1);
	assert_int_equal(in_use(f->wire), 0);
}

/* A reset that answers a chain is one mbuf. */
static void
chain_to_a_closed_port_is_reset(void **state)
{
	struct fixture *f = *state;

	fixture_start(f);
	burst(f, { .flags = ACK, .seq = 1, .ack = 99, .data = f->bytes, .len = 1400, .cut = 500,
		.lport = LPORT_CLOSED }, { .flags = ACK, .seq = 1, .ack = 77, .data = f->bytes,
		.len = 1400, .cut = 500 });
	assert_int_equal(fixture_expect(f, RST)->seq, 99);
	assert_int_equal(fixture_expect(f, RST)->seq, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(window_is_never_taken_back),
		fixture_test(window_of_each_shift_is_honoured),
		fixture_test(window_of_an_idle_service_stays_whole),
		fixture_test(window_opens_as_sws_avoidance_allows),
		fixture_test(text_that_is_left_closes_the_window_and_comes_again),
		fixture_test(text_that_is_left_comes_again_with_writable),
		fixture_test(fin_is_told_when_all_is_taken),
		fixture_test(text_without_room_is_not_acknowledged),
		fixture_test(urgent_is_told_once_for_each_advance),
		fixture_test(urgent_is_told_2_gb_after_the_last_one),
		fixture_test(urgent_remains_until_it_is_taken),
		fixture_test(urgent_that_was_received_is_pending_until_taken),
		fixture_test(urgent_after_the_fin_is_not_told),
		fixture_test(service_without_callbacks_takes_all),
		fixture_test(chain_is_delivered_mbuf_by_mbuf),
		fixture_test(chain_is_taken_in_part),
		fixture_test(chain_without_room_is_acknowledged_in_part),
		fixture_test(chain_out_of_order_is_kept),
		fixture_test(chain_behind_a_close_is_unread),
		fixture_test(chain_to_a_closed_port_is_reset),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
