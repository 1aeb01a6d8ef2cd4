/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Resets: their fields (RFC 9293 3.5.2), their counters and their log. */

#include <pthread.h>
#include <sched.h>

#include "tcp_fixture.h"

#define BURST 30 /* a multiple of 3, and more than there are reasons */

/* Segments and their mbufs, to be answered. */
struct burst {
	struct rs_segment segs[BURST];
	struct rte_mbuf *pkts[BURST];
	struct rte_mbuf *tx[BURST];
	uint16_t n;
};

static void
add(struct fixture *f, struct burst *b, const struct seg *s, uint16_t owed)
{
	b->segs[b->n] = fixture_segment(f, s);
	b->segs[b->n].owed = (uint8_t)owed;
	b->pkts[b->n++] = fixture_frame(f, s);
}

static const struct rte_tcp_hdr *
tcp_of(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, 34);
}

/* Every shape of a segment, with the reset that 3.5.2 group 1 says. */
static void
reset_has_what_the_segment_says(void **state)
{
	struct fixture *f = *state;
	uint8_t flags;
	uint16_t len;

	fixture_start(f);
	for (flags = 0; flags < 64; flags++) {
		for (len = 0; len <= 1400; len = (uint16_t)(len * 10 + 6)) {
			struct seg s = { .flags = flags, .seq = 0xfffffff8, .ack = 0x12345678,
				.data = f->bytes, .len = len };
			struct burst b = { .n = 0 };
			const struct rte_tcp_hdr *tcp;
			uint32_t seq, ack;

			if ((flags & RST) != 0)
				continue;
			add(f, &b, &s, RS_RESET_no_connection);
			assert_int_equal(rs_reset_burst(f->tcp, b.segs, b.pkts, 1, b.tx), 1);
			assert_ptr_equal(b.tx[0], b.pkts[0]);
			tcp = tcp_of(b.tx[0]);
			seq = rte_be_to_cpu_32(tcp->sent_seq);
			ack = rte_be_to_cpu_32(tcp->recv_ack);
			if ((flags & ACK) != 0) {
				/* "the reset takes its sequence number from the ACK field" */
				assert_int_equal(tcp->tcp_flags, RST);
				assert_int_equal(seq, 0x12345678);
			} else {
				/* "otherwise, the reset has sequence number zero and the ACK
				 * field is set to the sum of the sequence number and segment
				 * length of the incoming segment" */
				assert_int_equal(tcp->tcp_flags, RST | ACK);
				assert_int_equal(seq, 0);
				assert_int_equal(ack, 0xfffffff8 + len + ((flags & SYN) != 0) +
					((flags & FIN) != 0));
			}
			assert_int_equal(b.tx[0]->pkt_len, 54);
			rte_pktmbuf_free(b.tx[0]);
		}
	}
}

static void
reset_goes_back_where_the_segment_came_from(void **state)
{
	struct fixture *f = *state;
	struct burst b = { .n = 0 };
	const struct rte_ether_hdr *eth;
	const struct rte_tcp_hdr *tcp;

	fixture_start(f);
	add(f, &b, &(struct seg){ .flags = SYN, .mac = 0x42, .rport = 1234, .lport = 81 },
		RS_RESET_no_listener);
	assert_int_equal(rs_reset_burst(f->tcp, b.segs, b.pkts, 1, b.tx), 1);
	eth = rte_pktmbuf_mtod(b.tx[0], const struct rte_ether_hdr *);
	tcp = tcp_of(b.tx[0]);
	assert_int_equal(eth->dst_addr.addr_bytes[5], 0x42);
	assert_memory_equal(&eth->src_addr, &f->port.mac, sizeof(f->port.mac));
	assert_int_equal(rte_be_to_cpu_16(tcp->src_port), 81);
	assert_int_equal(rte_be_to_cpu_16(tcp->dst_port), 1234);
	rte_pktmbuf_free(b.tx[0]);
}

static uint64_t
sum(const uint64_t *counter, unsigned int n)
{
	uint64_t total = 0;

	while (n-- > 0)
		total += counter[n];
	return total;
}

/* Those that are owed one, in order, and no others; each is counted under its reason. */
static void
reset_burst_answers_those_that_are_owed_one(void **state)
{
	struct fixture *f = *state;
	struct burst b = { .n = 0 };
	uint16_t reason, n, i;
	struct rs_stats *stats;

	fixture_start(f);
	stats = &f->stack->stats;
	for (i = 0; i < BURST; i++) {
		reason = i % 3 == 1 ? RS_RESET_MAX : i % RS_RESET_MAX;
		add(f, &b, &(struct seg){ .flags = ACK, .ack = i }, reason);
	}
	n = rs_reset_burst(f->tcp, b.segs, b.pkts, b.n, b.tx);
	assert_int_equal(n, BURST - BURST / 3);
	for (i = 0; i < n; i++)
		assert_ptr_equal(b.tx[i], b.pkts[i + (i + 1) / 2]);
	assert_int_equal(sum(stats->reset_sent, RS_RESET_MAX), n);
	assert_int_equal(stats->tcp.tx_segments, n);
	for (reason = 0; reason < RS_RESET_MAX; reason++)
		assert_int_equal(stats->reset_sent[reason],
			(reason % 3 != 1) + (reason + RS_RESET_MAX < BURST &&
			(reason + RS_RESET_MAX) % 3 != 1));
	rte_pktmbuf_free_bulk(b.pkts, b.n);
	assert_int_equal(rs_reset_burst(f->tcp, b.segs, b.pkts, 0, b.tx), 0);
}

static struct rs_reset_record
last(const struct fixture *f)
{
	struct rs_reset_record record;

	assert_int_equal(rs_stack_resets(f->stack, &record, 1), 1);
	return record;
}

static void
reset_sent_is_logged(void **state)
{
	struct fixture *f = *state;
	const struct { uint16_t owed; enum rs_state state; } owed[] = {
		{ RS_RESET_no_listener, RS_CLOSED },
		{ RS_RESET_no_connection, RS_CLOSED },
		{ RS_RESET_listen_bad_ack, RS_LISTEN },
		{ RS_RESET_syn_received_bad_ack, RS_SYN_RECEIVED },
		{ RS_RESET_shutdown, RS_CLOSED },
	};
	unsigned int i;

	fixture_start(f);
	for (i = 0; i < RTE_DIM(owed); i++) {
		struct burst b = { .n = 0 };
		struct rs_reset_record r;

		f->tcp->now = 1000 + i;
		add(f, &b, &(struct seg){ .flags = i % 2 ? ACK : SYN, .seq = 77, .ack = 99 + i },
			owed[i].owed);
		rs_reset_burst(f->tcp, b.segs, b.pkts, 1, b.tx);
		rte_pktmbuf_free(b.tx[0]);
		r = last(f);
		assert_int_equal(r.time, 1000 + i);
		assert_true(rs_tuple_equal(&r.tuple, &b.segs[0].tuple));
		assert_int_equal(r.seq, i % 2 ? 99 + i : 0);
		assert_int_equal(r.ack, i % 2 ? 0 : 78);
		assert_int_equal(r.flags, i % 2 ? RST : RST | ACK);
		assert_int_equal(r.state, owed[i].state);
		assert_int_equal(r.cause, owed[i].owed);
		assert_true(r.sent);
	}
}

static void
reset_received_is_counted_and_logged(void **state)
{
	struct fixture *f = *state;
	unsigned int v;

	fixture_start(f);
	for (v = 0; v < RS_VERDICT_MAX; v++) {
		uint8_t flags = v % 2 ? RST | ACK : RST;
		struct rs_segment seg = fixture_segment(f, &(struct seg){ .flags = flags,
			.seq = 5 + v, .ack = 6 + v });
		struct rs_reset_record r;

		f->tcp->now = v;
		rs_reset_received(f->tcp, NULL, &seg, RS_FIN_WAIT_1, (enum rs_reset_verdict)v);
		r = last(f);
		assert_int_equal(r.time, v);
		assert_true(rs_tuple_equal(&r.tuple, &seg.tuple));
		assert_int_equal(r.seq, 5 + v);
		assert_int_equal(r.ack, v % 2 ? 6 + v : 0); /* means nothing without ACK */
		assert_int_equal(r.flags, flags);
		assert_int_equal(r.state, RS_FIN_WAIT_1);
		assert_int_equal(r.cause, v);
		assert_false(r.sent);
		assert_int_equal(f->stack->stats.reset_received[v], 1);
	}
	assert_int_equal(sum(f->stack->stats.reset_received, RS_VERDICT_MAX), RS_VERDICT_MAX);
	assert_int_equal(sum(f->stack->stats.reset_sent, RS_RESET_MAX), 0);
}

/* 3.10.5: <SEQ=SND.NXT><CTL=RST>, in the state that it was in. */
static void
reset_of_a_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_CLOSE_WAIT);
	uint32_t snd_nxt = tcb->snd_nxt;
	const struct out *out;
	struct rs_reset_record r;

	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	out = fixture_expect(f, RST);
	assert_int_equal(out->seq, snd_nxt);
	assert_int_equal(out->ack, 0);
	assert_int_equal(out->len, 0);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_abort], 1);
	r = last(f);
	assert_true(r.sent);
	assert_int_equal(r.seq, snd_nxt);
	assert_int_equal(r.ack, 0);
	assert_int_equal(r.flags, RST);
	assert_int_equal(r.state, RS_CLOSE_WAIT);
	assert_int_equal(r.cause, RS_RESET_service_abort);
}

/* The record of a connection's reset says how old it is and what it has sent and received. */
static void
reset_of_a_connection_has_its_life(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	const struct rs_segment rst = fixture_segment(f, &(struct seg){ .flags = RST,
		.seq = f->irs + 1, .rport = 1 });
	struct rs_reset_record r;
	uint64_t age;

	burst(f, { .flags = ACK, .seq = f->irs + 1, .ack = tcb->snd_nxt, .data = f->bytes,
		.len = 1000 });
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 300), 300);
	fixture_after(f, 5000); /* nobody acknowledges, so it is sent again */
	age = f->now;
	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	r = last(f);
	assert_true(r.of_conn);
	assert_in_range(r.life.age_ms, 4999, age / 1000);
	assert_int_equal(r.life.rx_bytes, 1000);
	assert_int_equal(r.life.tx_bytes, 300);
	assert_int_equal(r.life.retransmitted, f->stack->stats.tcp.retransmitted);
	assert_true(r.life.retransmitted > 0);
	assert_int_equal(f->tcp->log.conn_resets, 1);
	/* a FIN of either side is no byte; a reset without a connection has no life */
	tcb = fixture_reach(f, RS_LAST_ACK);
	rs_reset_received(f->tcp, tcb, &rst, RS_LAST_ACK, RS_VERDICT_accepted);
	r = last(f);
	assert_true(r.of_conn);
	assert_int_equal(r.life.rx_bytes, 0);
	assert_int_equal(r.life.tx_bytes, 0);
	rs_reset_received(f->tcp, NULL, &rst, RS_CLOSED, RS_VERDICT_ignored_closed);
	assert_false(last(f).of_conn);
	assert_int_equal(f->tcp->log.conn_resets, 2);
}

/* A half-open connection has sent and received nothing, though its SYN is a sequence number. */
static void
reset_of_a_half_open_connection_has_no_bytes(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_SYN_RECEIVED);
	struct rs_reset_record r;

	rs_conn_abort(f->tcp, tcb);
	fixture_run(f);
	r = last(f);
	assert_true(r.of_conn);
	assert_int_equal(r.life.rx_bytes, 0);
	assert_int_equal(r.life.tx_bytes, 0);
}

/* Without an mbuf there is no reset, so none is counted or logged; the connection ends. */
static void
reset_of_a_connection_without_an_mbuf(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	struct rte_mbuf *taken[MBUFS];
	struct rs_reset_record r;
	unsigned int n;

	rs_conn_abort(f->tcp, tcb);
	n = fixture_drain(f->mbufs, taken, MBUFS);
	fixture_run(f);
	fixture_give(taken, n);
	assert_null(fixture_next(f));
	assert_int_equal(f->notified[ENDED], 1);
	assert_int_equal(f->stack->stats.drop[RS_DROP_no_mbuf], 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_service_abort], 0);
	assert_int_equal(rs_stack_resets(f->stack, &r, 1), 0);
}

/* A record of which every field is made from one number. */
static void
log_number(struct rs_tcp *tcp, uint32_t i)
{
	struct rs_segment seg = {
		.tuple = { .laddr = { .w = { i, ~i, i * 3, i * 5 } },
			.raddr = { .w = { i * 7, i * 11, i * 13, i * 17 } },
			.lport = (uint16_t)i, .rport = (uint16_t)~i },
		.seq = i, .ack = i * 19, .flags = RST | ACK,
	};

	tcp->now = (uint64_t)i * 23;
	rs_reset_received(tcp, NULL, &seg, (enum rs_state)(i % RS_STATE_MAX),
		(enum rs_reset_verdict)(i % RS_VERDICT_MAX));
}

static void
check_number(const struct rs_reset_record *r, uint32_t i)
{
	assert_int_equal(r->seq, i);
	assert_int_equal(r->ack, i * 19);
	assert_int_equal(r->time, (uint64_t)i * 23);
	assert_int_equal(r->tuple.laddr.w[0], i);
	assert_int_equal(r->tuple.laddr.w[1], ~i);
	assert_int_equal(r->tuple.laddr.w[2], i * 3);
	assert_int_equal(r->tuple.laddr.w[3], i * 5);
	assert_int_equal(r->tuple.raddr.w[0], i * 7);
	assert_int_equal(r->tuple.raddr.w[1], i * 11);
	assert_int_equal(r->tuple.raddr.w[2], i * 13);
	assert_int_equal(r->tuple.raddr.w[3], i * 17);
	assert_int_equal(r->tuple.lport, (uint16_t)i);
	assert_int_equal(r->tuple.rport, (uint16_t)~i);
	assert_int_equal(r->state, i % RS_STATE_MAX);
	assert_int_equal(r->cause, i % RS_VERDICT_MAX);
	assert_int_equal(r->flags, RST | ACK);
	assert_false(r->sent);
}

static void
log_keeps_the_latest_newest_first(void **state)
{
	struct rs_reset_record r[2 * RS_RESET_LOG];
	struct fixture *f = *state;
	uint32_t i, k, n;

	fixture_start(f);
	assert_int_equal(rs_stack_resets(f->stack, r, RTE_DIM(r)), 0);
	for (i = 1; i <= 3 * RS_RESET_LOG; i++) {
		log_number(f->tcp, i);
		n = rs_stack_resets(f->stack, r, RTE_DIM(r));
		assert_int_equal(n, RTE_MIN(i, (uint32_t)RS_RESET_LOG));
		for (k = 0; k < n; k++)
			check_number(&r[k], i - k);
		/* no more than there is room for */
		memset(r, 0, sizeof(r));
		n = RTE_MIN(i, 5u);
		assert_int_equal(rs_stack_resets(f->stack, r, n), n);
		check_number(&r[n - 1], i - n + 1);
		assert_int_equal(r[n].time, 0);
		assert_int_equal(rs_stack_resets(f->stack, r, 0), 0);
	}
	f->tcp->now = f->now;
}

/* From a number on, oldest first; `from` says which records were overwritten. */
static void
log_is_read_from_a_number(void **state)
{
	struct rs_reset_record r[2 * RS_RESET_LOG];
	struct fixture *f = *state;
	uint64_t from = 0;
	uint32_t i, k, n;

	fixture_start(f);
	assert_int_equal(rs_stack_resets_from(f->stack, &from, r, RTE_DIM(r)), 0);
	assert_int_equal(from, 0);
	for (i = 1; i <= 3 * RS_RESET_LOG; i++) {
		log_number(f->tcp, i); /* record i - 1 */
		from = 0;
		n = rs_stack_resets_from(f->stack, &from, r, RTE_DIM(r));
		assert_int_equal(n, RTE_MIN(i, (uint32_t)RS_RESET_LOG));
		assert_int_equal(from, i - n);
		for (k = 0; k < n; k++)
			check_number(&r[k], (uint32_t)from + k + 1);
		/* only those that are wanted, and no more than there is room for */
		from = i - RTE_MIN(i, 9u);
		n = rs_stack_resets_from(f->stack, &from, r, 5);
		assert_int_equal(n, RTE_MIN(i, 5u));
		check_number(&r[0], i - RTE_MIN(i, 9u) + 1);
	}
	/* what is not there yet is not awaited */
	from = i + 1000;
	assert_int_equal(rs_stack_resets_from(f->stack, &from, r, RTE_DIM(r)), 0);
	f->tcp->now = f->now;
}

struct writer {
	struct rs_tcp *tcp;
	bool stop;
};

static void *
write_log(void *arg)
{
	struct writer *w = arg;
	cpu_set_t cpus;
	uint32_t i = 1;

	/* EAL tied the thread that made this one to its CPU: get away from it. */
	memset(&cpus, 0xff, sizeof(cpus));
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED))
		log_number(w->tcp, i++);
	return NULL;
}

/* A reader on another thread gets whole records without a gap, or none. */
static void
log_read_beside_its_writer_has_no_torn_record(void **state)
{
	struct rs_reset_record r[RS_RESET_LOG];
	struct fixture *f = *state;
	struct writer w;
	pthread_t thread;
	unsigned int reads, n, k, moved = 0;
	uint32_t newest = 0;
	uint64_t from;

	fixture_start(f);
	w = (struct writer){ .tcp = f->tcp };
	assert_int_equal(pthread_create(&thread, NULL, write_log, &w), 0);
	while (rs_stack_resets(f->stack, r, 1) == 0)
		sched_yield();
	/* Until the writer has often gone on meanwhile; on one CPU it seldom does. */
	for (reads = 0; moved < 5000 && reads < 300000; reads++) {
		unsigned int want = reads % 2 ? RS_RESET_LOG : 8;

		n = rs_stack_resets(f->stack, r, want);
		assert_true(n <= want);
		for (k = 0; k < n; k++)
			check_number(&r[k], r[0].seq - k);
		if (n == 0)
			continue;
		assert_true(r[0].seq >= newest);
		moved += r[0].seq != newest;
		newest = r[0].seq;
		from = 0;
		n = rs_stack_resets_from(f->stack, &from, r, want);
		for (k = 0; k < n; k++)
			check_number(&r[k], (uint32_t)from + k + 1);
	}
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(rs_stack_resets(f->stack, r, RS_RESET_LOG), RS_RESET_LOG);
	f->tcp->now = f->now;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(reset_has_what_the_segment_says),
		fixture_test(reset_goes_back_where_the_segment_came_from),
		fixture_test(reset_burst_answers_those_that_are_owed_one),
		fixture_test(reset_sent_is_logged),
		fixture_test(reset_received_is_counted_and_logged),
		fixture_test(reset_of_a_connection),
		fixture_test(reset_of_a_connection_has_its_life),
		fixture_test(reset_of_a_half_open_connection_has_no_bytes),
		fixture_test(reset_of_a_connection_without_an_mbuf),
		fixture_test(log_is_read_from_a_number),
		fixture_test(log_keeps_the_latest_newest_first),
		fixture_test(log_read_beside_its_writer_has_no_torn_record),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
