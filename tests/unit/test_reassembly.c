/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reassembly: however a stream is cut, repeated and shuffled, the service gets each of its
 * bytes once and in order (RFC 9293 3.10.7.4, SHLD-31), and then the FIN.
 */

#include <stdlib.h>

#include "conn/runs.h"
#include "tcp_fixture.h"

#define SEEDS 1000
#define PIECES 64
#define SPARE 64 /* entries of the pool of chunks that a queue has in any case */

/* Check the text of a run. @return its chunks */
static uint32_t
check_text(const struct fixture *f, const struct rs_run *run)
{
	uint32_t at, n = 0, last = 0, seq = run->seq;

	for (at = run->text.head; at != 0; at = rs_chunk_at(&f->tcp->buf, at)->next) {
		const struct rs_chunk *chunk = rs_chunk_at(&f->tcp->buf, at);

		assert_true(chunk->len > 0);
		assert_memory_equal(chunk->data, &f->bytes[seq - (f->irs + 1)], chunk->len);
		seq += chunk->len;
		last = at;
		n++;
	}
	assert_int_equal(seq, run->end);
	assert_int_equal(run->text.tail, last);
	return n;
}

/* Check the queue: in order, a gap before each run, as long as counted. @return the runs */
static uint32_t
check_waiting(const struct fixture *f, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(f->tcp, tcb);
	uint32_t n = 0, entries = 0, bytes = 0, at, before = 0;
	bool hint = false;

	if (busy == NULL)
		return 0;
	for (at = busy->ooo.head; at != 0; at = rs_run_at(&f->tcp->buf, at)->next) {
		const struct rs_run *run = rs_run_at(&f->tcp->buf, at);

		assert_int_equal(run->prev, before);
		assert_true(rs_seq_gt(run->seq, tcb->rcv_nxt));
		assert_true(run->end != run->seq || run->fin);
		assert_true(!run->fin || run->next == 0);
		if (before != 0)
			assert_true(rs_seq_lt(rs_run_at(&f->tcp->buf, before)->end, run->seq));
		entries += 1 + check_text(f, run);
		bytes += run->end - run->seq;
		hint |= busy->ooo_hint == at;
		before = at;
		n++;
	}
	assert_true(hint || busy->ooo_hint == 0);
	assert_int_equal(busy->ooo.tail, before);
	assert_int_equal(busy->n_ooo, entries);
	assert_int_equal(busy->ooo_len, bytes);
	return n;
}

/* Bytes [off, off + len) of the stream arrive. */
static void
arrive(struct fixture *f, const struct rs_tcb *tcb, uint32_t off, uint16_t len, bool fin)
{
	input(f, .flags = fin ? FIN | ACK : ACK, .seq = f->irs + 1 + off, .ack = tcb->snd_nxt,
		.data = &f->bytes[off], .len = len);
	check_waiting(f, tcb);
}

/* Keep [off, off + len), by the function itself. */
static bool
keep(struct fixture *f, struct rs_tcb *tcb, uint32_t off, uint16_t len, bool fin)
{
	struct seg s = { .data = &f->bytes[off], .len = len };
	struct rte_mbuf *m = fixture_frame(f, &s);
	bool kept = rs_reassembly_keep(f->tcp, tcb, m,
		rte_pktmbuf_mtod_offset(m, const uint8_t *, m->data_len - len),
		f->irs + 1 + off, len, fin);

	rte_pktmbuf_free(m);
	check_waiting(f, tcb);
	return kept;
}

/* Where the n-th run begins, as an offset of the stream, and its length. */
static void
expect_run(const struct fixture *f, const struct rs_tcb *tcb, uint32_t n, uint32_t off,
	uint32_t len)
{
	uint32_t at = rs_tcb_busy(f->tcp, tcb)->ooo.head;
	const struct rs_run *run;

	while (n-- > 0)
		at = rs_run_at(&f->tcp->buf, at)->next;
	assert_int_not_equal(at, 0);
	run = rs_run_at(&f->tcp->buf, at);
	assert_int_equal(run->seq - (f->irs + 1), off);
	assert_int_equal(run->end - run->seq, len);
}

struct piece {
	uint32_t off;
	uint16_t len;
	bool fin;
};

/* Cut `total` bytes and a FIN: pieces that together have all, others anywhere; shuffled. */
static unsigned int
cut(struct piece *piece, uint32_t total, uint64_t *seed)
{
	unsigned int n = 0, i;
	uint32_t off = 0;

	while (off < total) {
		uint32_t len = RTE_MIN(next_random(seed) % 700 + 1, total - off);

		piece[n++] = (struct piece){ off, (uint16_t)len, off + len == total &&
			next_random(seed) % 2 };
		off += len;
	}
	if (!piece[n - 1].fin)
		piece[n++] = (struct piece){ total, 0, true };
	while (n < PIECES) {
		off = next_random(seed) % total;
		piece[n].off = off;
		piece[n].len = (uint16_t)RTE_MIN(next_random(seed) % 1400 + 1, total - off);
		piece[n].fin = off + piece[n].len == total;
		n++;
	}
	for (i = n - 1; i > 0; i--) {
		unsigned int j = next_random(seed) % (i + 1);
		struct piece other = piece[j];

		piece[j] = piece[i];
		piece[i] = other;
	}
	return n;
}

/* The service has the stream once, and was notified of the FIN once. */
static void
expect_stream(const struct fixture *f, const struct rs_tcb *tcb, uint32_t total)
{
	assert_int_equal(f->n_got, total);
	assert_memory_equal(f->got, f->bytes, total);
	assert_int_equal(f->notified[PEER_CLOSED], 1);
	assert_int_equal(tcb->state, RS_CLOSE_WAIT);
	assert_int_equal(tcb->rcv_nxt, f->irs + 1 + total + 1);
	assert_false(tcb->flags & RS_F_BUSY);
	assert_int_equal(in_use(f->wire) + in_use(f->mbufs), 0);
}

static void
forget_service(struct fixture *f)
{
	memset(f->notified, 0, sizeof(f->notified));
	f->n_got = 0;
	f->take = UINT64_MAX;
}

static void
end(struct fixture *f, struct rs_tcb *tcb)
{
	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	fixture_forget(f);
}

static void
reassembly_gives_the_stream_of_any_order(void **state)
{
	struct fixture *f = *state;
	struct piece piece[PIECES];
	unsigned int i, n;
	uint64_t seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		uint64_t s = seed;
		uint32_t total = next_random(&s) % 12000 + 1;
		struct rs_tcb *tcb;

		/* half of the streams lie across the end of the sequence space */
		f->irs = seed % 2 ? next_random(&s) : 0 - next_random(&s) % total;
		forget_service(f);
		tcb = fixture_reach(f, RS_ESTABLISHED);
		n = cut(piece, total, &s);
		for (i = 0; i < n && tcb->state == RS_ESTABLISHED; i++)
			arrive(f, tcb, piece[i].off, piece[i].len, piece[i].fin);
		expect_stream(f, tcb, total);
		end(f, tcb);
	}
}

/* The same to a service that takes as it likes, and goes on when it is asked again. */
static void
reassembly_gives_the_stream_to_a_slow_service(void **state)
{
	struct fixture *f = *state;
	struct piece piece[PIECES];
	unsigned int i, n;
	uint64_t seed;

	for (seed = 1; seed <= SEEDS / 5; seed++) {
		uint64_t s = seed;
		uint32_t total = next_random(&s) % 12000 + 1;
		struct rs_tcb *tcb;

		forget_service(f);
		tcb = fixture_reach(f, RS_ESTABLISHED);
		n = cut(piece, total, &s);
		for (i = 0; i < n && tcb->state == RS_ESTABLISHED; i++) {
			f->take = next_random(&s) % 900;
			arrive(f, tcb, piece[i].off, piece[i].len, piece[i].fin);
		}
		assert_memory_equal(f->got, f->bytes, f->n_got);
		f->take = UINT64_MAX;
		rs_conn_resume(f->tcp, tcb);
		fixture_run(f);
		expect_stream(f, tcb, total);
		end(f, tcb);
	}
}

static void
reassembly_keeps_each_byte_once(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_true(keep(f, tcb, 100, 100, false));
	/* the same, a part at its front, end and middle: nothing new */
	assert_false(keep(f, tcb, 100, 100, false));
	assert_false(keep(f, tcb, 100, 30, false));
	assert_false(keep(f, tcb, 170, 30, false));
	assert_false(keep(f, tcb, 130, 30, false));
	expect_run(f, tcb, 0, 100, 100);
	/* one that begins in it, one that ends in it, one that fills a gap on both sides */
	assert_true(keep(f, tcb, 150, 100, false));
	expect_run(f, tcb, 0, 100, 150);
	assert_true(keep(f, tcb, 50, 100, false));
	expect_run(f, tcb, 0, 50, 200);
	assert_true(keep(f, tcb, 300, 10, false));
	expect_run(f, tcb, 1, 300, 10);
	assert_true(keep(f, tcb, 240, 65, false));
	expect_run(f, tcb, 0, 50, 260);
	assert_int_equal(check_waiting(f, tcb), 1);
	/* one that covers several takes their place */
	assert_true(keep(f, tcb, 320, 10, false));
	assert_true(keep(f, tcb, 340, 10, false));
	assert_int_equal(check_waiting(f, tcb), 3);
	assert_true(keep(f, tcb, 40, 400, false));
	assert_int_equal(check_waiting(f, tcb), 1);
	expect_run(f, tcb, 0, 40, 400);
	assert_int_equal(in_use(f->wire), 0);
	assert_int_equal(in_use(f->mbufs), 1);
}

/* A FIN takes a sequence number as an octet does (3.4): the same one waits but once. */
static void
reassembly_keeps_a_fin_once(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	unsigned int i;

	for (i = 0; i < 20; i++)
		keep(f, tcb, 100, 50, true);
	assert_true(rs_tcb_busy(f->tcp, tcb)->n_ooo <= 2);
	for (i = 0; i < 20; i++)
		keep(f, tcb, 150, 0, true);
	assert_true(rs_tcb_busy(f->tcp, tcb)->n_ooo <= 2);
	arrive(f, tcb, 0, 100, false);
	expect_stream(f, tcb, 150);
}

/* A FIN that comes alone, behind data that came before without it. */
static void
reassembly_keeps_a_fin_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	arrive(f, tcb, 100, 50, false);
	arrive(f, tcb, 150, 0, true);
	arrive(f, tcb, 100, 50, true);
	arrive(f, tcb, 0, 100, false);
	expect_stream(f, tcb, 150);
}

/* The FIN of a segment that overlaps queued text is not lost with the segment's text. */
static void
reassembly_keeps_the_fin_of_a_longer_segment(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	arrive(f, tcb, 100, 50, false);
	arrive(f, tcb, 50, 100, true);
	arrive(f, tcb, 0, 50, false);
	expect_stream(f, tcb, 150);
}

/* Pieces of one byte, each behind a gap, hold few entries and one mbuf, none that was received. */
static void
reassembly_is_bounded_for_one_connection(void **state)
{
	enum { SENT = 300, KEPT = SPARE / 2 };
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t i;

	for (i = 0; i < SENT; i++)
		assert_int_equal(keep(f, tcb, 2 + 2 * i, 1, false), i < KEPT);
	assert_int_equal(check_waiting(f, tcb), KEPT);
	assert_int_equal(in_use(f->wire), 0);
	assert_int_equal(in_use(f->mbufs), 1);
	assert_int_equal(f->stack->stats.tcp.rx_no_room, SENT - KEPT);
	assert_int_equal(f->stack->stats.tcp.ooo_limited, SENT - KEPT);
	/* Text that touches a run needs no entry, so it is kept. */
	assert_true(keep(f, tcb, 3, 1, false));
	assert_true(keep(f, tcb, 1 + 2 * KEPT, 20, false));
	assert_int_equal(check_waiting(f, tcb), KEPT - 1);
	/* The queued text stays, and the peer retransmits the text that was dropped. */
	for (i = 0; i < SENT; i++) {
		arrive(f, tcb, 2 * i, 2, false);
		arrive(f, tcb, 2 + 2 * i, 1, false);
	}
	assert_int_equal(f->n_got, 2 * SENT + 1);
	assert_memory_equal(f->got, f->bytes, f->n_got);
	assert_int_equal(in_use(f->wire) + in_use(f->mbufs), 0);
	assert_false(tcb->flags & RS_F_BUSY);
}

/* A window of full segments is kept, though every second one is missing: a SACK block for each. */
static void
reassembly_keeps_a_window_of_segments(void **state)
{
	enum { LEN = 1460 };
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t n = tcb->rcv_wnd / LEN;
	uint32_t i;

	for (i = 1; i < n; i += 2)
		assert_true(keep(f, tcb, i * LEN, LEN, false));
	assert_int_equal(check_waiting(f, tcb), n / 2);
	for (i = 2; i < n; i += 2)
		assert_true(keep(f, tcb, i * LEN, LEN, false));
	assert_int_equal(check_waiting(f, tcb), 1);
	assert_int_equal(f->stack->stats.tcp.ooo_limited, 0);
	arrive(f, tcb, 0, LEN, false);
	assert_int_equal(f->n_got, n * LEN);
	assert_memory_equal(f->got, f->bytes, f->n_got);
}

/* Pieces that touch are copied together, in whatever order they arrive: one run, few chunks. */
static void
reassembly_copies_small_pieces_together(void **state)
{
	enum { SENT = 1200 };
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint32_t i;

	for (i = 0; i < SENT; i++)
		assert_true(keep(f, tcb, 5000 + i, 1, false));
	for (i = 0; i < SENT; i++)
		assert_true(keep(f, tcb, 4999 - i, 1, false));
	expect_run(f, tcb, 0, 5000 - SENT, 2 * SENT);
	/* two runs that grow by turns, and so lose their place at the end of the mbuf each time */
	for (i = 0; i < SENT; i++) {
		assert_true(keep(f, tcb, 100 + i, 1, false));
		assert_true(keep(f, tcb, 2000 + i, 1, false));
	}
	assert_int_equal(check_waiting(f, tcb), 3);
	assert_true(rs_tcb_busy(f->tcp, tcb)->n_ooo <= 3 + 4 * SENT / 512);
	assert_true(in_use(f->mbufs) <= 4 * SENT / 512);
	assert_int_equal(in_use(f->wire), 0);
	arrive(f, tcb, 0, 100, false);
	assert_int_equal(f->n_got, 100 + SENT);
	assert_memory_equal(f->got, f->bytes, f->n_got);
}

static void
reassembly_goes_without_chunks_and_busy_blocks(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *first, *second;

	f->params.tcp.max_chunks = 2; /* a run and its chunk */
	f->params.tcp.max_busy = 1;
	first = fixture_reach(f, RS_ESTABLISHED);
	second = fixture_reach_on(f, LPORT, RPORT + 1, RS_ESTABLISHED);
	assert_true(keep(f, first, 10, 10, false));
	assert_false(keep(f, first, 30, 10, false)); /* no chunk */
	assert_false(keep(f, second, 10, 10, false)); /* no busy block */
	assert_int_equal(second->busy, 0);
	assert_int_equal(in_use(f->mbufs), 1);
	/* A segment that replaces queued text always finds room. */
	assert_true(keep(f, first, 5, 20, false));
	expect_run(f, first, 0, 5, 20);
	arrive(f, first, 0, 5, false);
	assert_int_equal(f->n_got, 25);
	assert_int_equal(first->busy, 0);
	assert_true(keep(f, second, 10, 10, false));
}

/*
 * The service leaves a part of a run, and no chunk is left for it. The peer was told that it
 * arrived (RFC 2018), so it stays in the run: the peer need not send it again.
 */
static void
reassembly_puts_back_what_finds_no_room(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.max_chunks = 3; /* a run and its chunks */
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_true(keep(f, tcb, 10, 1200, false));
	assert_true(keep(f, tcb, 1210, 1200, false));
	f->take = 13;
	input(f, .flags = ACK, .seq = f->irs + 1, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 10);
	assert_int_equal(f->n_got, 13);
	assert_int_equal(tcb->rcv_nxt, f->irs + 1 + 13);
	expect_run(f, tcb, 0, 13, 2397);
	f->take = UINT64_MAX;
	arrive(f, tcb, 13, 1, false);
	assert_int_equal(f->n_got, 2410);
	assert_memory_equal(f->got, f->bytes, 2410);
	assert_int_equal(tcb->busy, 0);
}

static void
reassembly_pull_takes_what_follows_and_no_more(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_false(rs_reassembly_pull(f->tcp, tcb));
	keep(f, tcb, 10, 10, false);
	keep(f, tcb, 20, 10, false);
	keep(f, tcb, 40, 10, true);
	assert_false(rs_reassembly_pull(f->tcp, tcb));
	assert_int_equal(check_waiting(f, tcb), 2);
	arrive(f, tcb, 0, 15, false);
	assert_int_equal(f->n_got, 30);
	assert_int_equal(check_waiting(f, tcb), 1);
	/* The service is notified of a FIN only after it has all text before it. */
	assert_false(rs_reassembly_pull(f->tcp, tcb));
	arrive(f, tcb, 30, 10, false);
	expect_stream(f, tcb, 50);
}

static void
reassembly_drop_gives_all_back(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	rs_reassembly_drop(f->tcp, tcb);
	keep(f, tcb, 10, 10, false);
	keep(f, tcb, 30, 10, false);
	assert_true(rs_reassembly_waits(f->tcp, tcb));
	rs_reassembly_drop(f->tcp, tcb);
	assert_false(rs_reassembly_waits(f->tcp, tcb));
	assert_int_equal(in_use(f->wire), 0);
	assert_int_equal(check_waiting(f, tcb), 0);
}

static void
abort_it(struct fixture *f __rte_unused, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_abort(tcp, conn);
}

/* A service that aborts while queued text is delivered leaves nothing behind. */
static void
reassembly_ends_with_its_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	keep(f, tcb, 10, 10, false);
	keep(f, tcb, 20, 10, false);
	keep(f, tcb, 40, 10, true);
	f->on[DATA] = abort_it;
	arrive(f, tcb, 0, 10, false);
	assert_int_equal(tcb->state, RS_CLOSED);
	fixture_run(f);
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->notified[DATA], 1);
	assert_int_equal(in_use(f->wire), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(reassembly_gives_the_stream_of_any_order),
		fixture_test(reassembly_gives_the_stream_to_a_slow_service),
		fixture_test(reassembly_keeps_each_byte_once),
		fixture_test(reassembly_keeps_a_fin_once),
		fixture_test(reassembly_keeps_a_fin_of_its_own),
		fixture_test(reassembly_keeps_the_fin_of_a_longer_segment),
		fixture_test(reassembly_is_bounded_for_one_connection),
		fixture_test(reassembly_keeps_a_window_of_segments),
		fixture_test(reassembly_copies_small_pieces_together),
		fixture_test(reassembly_goes_without_chunks_and_busy_blocks),
		fixture_test(reassembly_puts_back_what_finds_no_room),
		fixture_test(reassembly_pull_takes_what_follows_and_no_more),
		fixture_test(reassembly_drop_gives_all_back),
		fixture_test(reassembly_ends_with_its_connection),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
