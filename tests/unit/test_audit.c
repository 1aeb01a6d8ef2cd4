/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The audit of a stack (tcp/audit.c) finds each invariant that it names when that is broken. Each
 * test breaks the engine's memory in one place, reads the sentence, and mends the place again.
 */

#include "conn/busy.h"
#include "tcp/loss/sender.h"
#include "tcp_fixture.h"

/* More than an initial window, so that the flight has a sender. */
#define MANY 30000

/* `change` something of `object`: then the audit says `sentence`. */
#define broken(f, object, change, sentence) do { \
	__typeof__(object) whole_ = (object); \
	assert_null(rs_stack_audit((f)->stack)); \
	change; \
	assert_string_equal(rs_stack_audit((f)->stack), sentence); \
	(object) = whole_; \
	assert_null(rs_stack_audit((f)->stack)); \
} while (0)

/* A connection with data in flight and a sender. */
static struct rs_tcb *
in_flight(struct fixture *f)
{
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, MANY), MANY);
	fixture_run(f);
	fixture_forget(f);
	assert_non_null(rs_sender(f->tcp, tcb));
	return tcb;
}

static void
scoreboard_must_cover_the_flight(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f);
	struct rs_scoreboard *sb = &rs_sender(f->tcp, tcb)->board;
	struct rs_range *range = rs_range_at(f->tcp, sb->first);
	const char *gap = "the scoreboard has a gap";
	const char *end = "the scoreboard does not end at SND.NXT";
	const char *sums = "the scoreboard's sums are wrong";

	broken(f, *range, range->seq++, gap);
	broken(f, *range, range->end = range->seq, gap);
	broken(f, *range, range->prev = sb->first, gap);
	broken(f, *rs_range_at(f->tcp, sb->last), rs_range_at(f->tcp, sb->last)->end--, end);
	broken(f, *sb, sb->last++, end);
	broken(f, *sb, sb->n++, sums);
	broken(f, *sb, sb->sacked++, sums);
	broken(f, *sb, sb->lost++, sums);
	broken(f, *range, range->state = RS_RANGE_SACKED, sums);
	broken(f, *range, range->state = RS_RANGE_LOST, sums);
}

static void
busy_block_must_know_its_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f);
	struct rs_busy *busy = rs_tcb_busy(f->tcp, tcb);
	struct rs_sender *snd = rs_sender(f->tcp, tcb);

	broken(f, *busy, busy->tcb++, "a busy block is another connection's");
	broken(f, *busy, busy->light = true, "a light flight has a sender, or is over");
	broken(f, *busy, busy->snd_len = 1, "less is queued than in flight");
	broken(f, snd->cc.cwnd, snd->cc.cwnd = 0, "cwnd is less than a segment");
}

/* The eviction of tcp/evict.c finds a queue by its list only. */
static void
queues_must_be_evictable(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	struct rs_busy *busy;

	f->take = 0;
	burst(f, { .flags = ACK, .seq = tcb->rcv_nxt, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 100 }, { .flags = ACK, .seq = tcb->rcv_nxt + 1000, .ack = tcb->snd_nxt,
		.data = f->bytes, .len = 100 });
	fixture_forget(f);
	busy = rs_tcb_busy(f->tcp, tcb);
	assert_non_null(busy);
	broken(f, *busy, busy->lists &= (uint8_t)~(1 << RS_BUSY_OOO),
		"out-of-order text cannot be evicted");
	broken(f, *busy, busy->stall = RS_STALL_NONE, "a stalled connection cannot be evicted");
	broken(f, *busy, (busy->stall = RS_STALL_NONE,
		busy->lists &= (uint8_t)~(1 << RS_BUSY_STALLED)),
		"a stalled connection cannot be evicted");
	broken(f, *busy, busy->light = true, "a light flight has a sender, or is over");
}

static void
connection_must_be_found(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	broken(f, f->tcp->lookup, rs_portset_remove(&f->tcp->lookup, LPORT),
		"the segments of a connection would be strays");
	broken(f, *tcb, tcb->snd_una++, "SND.UNA is beyond SND.NXT");
}

static void
ip_header_part_must_have_a_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_int_equal(rs_conn_set_tos(f->tcp, tcb, 0x28), 0);
	broken(f, *tcb, tcb->flags &= (uint32_t)~RS_F_IP_EXTRA,
		"an IP header part belongs to no connection");
}

static void
flight_must_have_timers(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = in_flight(f);

	broken(f, *tcb, tcb->flags &= ~(uint32_t)RS_F_TIMER,
		"a timer that is set is not in the wheel");
	broken(f, *tcb, tcb->flags &= ~(uint32_t)RS_F_T_RTX,
		"something is in flight, and no timer runs");
	broken(f, *tcb, tcb->flags &= ~(uint32_t)RS_F_T_LIFE,
		"something is in flight without R2");
	/* RFC 9293 3.8.6.1: a window may stay closed for ever, so nothing limits a probe */
	tcb->flags &= ~(uint32_t)RS_F_T_LIFE;
	tcb->snd_wnd = 0;
	assert_null(rs_stack_audit(f->stack));
}

static void
data_that_waits_must_have_a_timer(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->wnd = 0;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 100), 100);
	fixture_run(f);
	fixture_forget(f);
	assert_int_equal(tcb->snd_una, tcb->snd_nxt);
	broken(f, *tcb, tcb->flags &= ~(uint32_t)RS_F_T_RTX,
		"something waits to be sent, and no timer runs");
	/* output is still to come, which starts the timer */
	tcb->flags = (tcb->flags & ~(uint32_t)RS_F_T_RTX) | RS_F_READY;
	assert_null(rs_stack_audit(f->stack));
	tcb->flags = (tcb->flags | RS_F_T_RTX) & ~(uint32_t)RS_F_READY;
}

/* RFC 9293 3.8.3, 3.8.4, 3.10.4: the states in which nothing is in flight and that must end. */
static void
idle_connections_must_have_their_timers(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach_on(f, LPORT, 1, RS_SYN_RECEIVED);

	broken(f, *tcb, tcb->flags &= ~(uint32_t)RS_F_T_LIFE, "no time limit on an open");
	tcb = fixture_reach_on(f, LPORT, 2, RS_ESTABLISHED);
	broken(f, *tcb, tcb->flags |= RS_F_LIMIT,
		"a time limit of the service without its timer");
	broken(f, *tcb, tcb->flags |= RS_F_KEEPALIVE, "keep-alive without its timer");
	tcb = fixture_reach_on(f, LPORT, 3, RS_FIN_WAIT_2);
	assert_int_equal(rs_conn_close(f->tcp, tcb), 0);
	broken(f, *tcb, tcb->flags &= ~(uint32_t)RS_F_T_LIFE,
		"closed on both sides, and nothing ends the wait for the FIN");
	tcb = fixture_reach_on(f, LPORT, 4, RS_TIME_WAIT);
	broken(f, *tcb, tcb->flags &= ~(uint32_t)RS_F_T_LIFE, "TIME-WAIT without its timer");
}

static void
half_open_connections_must_be_listed(void **state)
{
	struct fixture *f = *state;
	struct rs_half_open *half;
	const char *list = "the list of half-open connections is broken";
	const char *count = "half-open connections are miscounted";
	struct rs_tcb *open, *first;

	first = fixture_reach_on(f, LPORT, 1, RS_SYN_RECEIVED);
	fixture_reach_on(f, LPORT, 2, RS_SYN_RECEIVED);
	open = fixture_reach_on(f, LPORT, 3, RS_ESTABLISHED);
	half = &f->tcp->half_open;
	broken(f, *first, first->half_prev = half->last, list);
	broken(f, *half, half->first = rs_tcb_index(f->tcp, open), list);
	broken(f, *first, first->half_next = 0, count);
	broken(f, *half, half->n++, count);
	broken(f, *half, half->last = half->first, count);
}

static void
records_must_be_in_order(void **state)
{
	struct fixture *f = *state;
	const char *list = "a TIME-WAIT is not in the list";
	struct rs_timewaits *waits;
	struct rs_timewait *tw;
	uint16_t i;

	f->params.tcp.max_time_wait = 4;
	for (i = 1; i <= 3; i++) {
		fixture_reach_on(f, LPORT, i, RS_TIME_WAIT);
		fixture_after(f, 5);
	}
	waits = &f->tcp->waits;
	tw = rs_timewait_at(waits, waits->newest);
	broken(f, *tw, tw->older = waits->newest & RS_TIMEWAIT_MASK,
		"the list of TIME-WAIT is broken");
	broken(f, *tw, tw->since = (tw->since - 50) & RS_SINCE_MASK,
		"a TIME-WAIT stands behind one that expires later");
	broken(f, *tw, tw->owes_ack = 1, "a TIME-WAIT owes an ACK between two runs");
	broken(f, *tw, tw->tuple.rport++, "a TIME-WAIT is not in the table");
	broken(f, f->tcp->lookup, rs_portset_remove(&f->tcp->lookup, LPORT),
		"the segments of a TIME-WAIT would be strays");
	broken(f, *waits, waits->newest = waits->oldest, list);
	broken(f, *waits, waits->pool.used++, list);
	broken(f, f->stack->stats.states[RS_TIME_WAIT], f->stack->stats.states[RS_TIME_WAIT]--,
		"the gauge of TIME-WAIT is wrong");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(scoreboard_must_cover_the_flight),
		fixture_test(busy_block_must_know_its_connection),
		fixture_test(queues_must_be_evictable),
		fixture_test(connection_must_be_found),
		fixture_test(ip_header_part_must_have_a_connection),
		fixture_test(flight_must_have_timers),
		fixture_test(data_that_waits_must_have_a_timer),
		fixture_test(idle_connections_must_have_their_timers),
		fixture_test(half_open_connections_must_be_listed),
		fixture_test(records_must_be_in_order),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
