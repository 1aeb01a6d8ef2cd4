/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The SEND call (RFC 9293 3.10.2) and the connection's other small calls. */

#include <errno.h>

#include "tcp_fixture.h"

static uint64_t
queued(const struct fixture *f, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(f->tcp, tcb);

	return busy != NULL ? busy->snd_len : 0;
}

static struct rte_mbuf *
received(struct fixture *f, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(f->wire);

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, len), f->bytes, len);
	return m;
}

/* Everything that waits goes out and is acknowledged, until nothing is left. @return bytes */
static uint32_t
drain(struct fixture *f, const struct rs_tcb *tcb)
{
	uint32_t base = tcb->snd_una, total = 0;
	const struct out *out;

	do {
		fixture_run(f);
		while ((out = fixture_next(f)) != NULL) {
			assert_int_equal(out->seq, base + total);
			assert_memory_equal(out->data, &f->bytes[total], out->len);
			total += out->len;
		}
		if (tcb->snd_una == tcb->snd_nxt)
			break;
		fixture_ack(f, tcb);
	} while (true);
	return total;
}

static void
send_queues_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.snd_window = 10000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	/* Immutable memory: one chunk, no mbuf, however long. */
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 9999), 9999);
	assert_int_equal(rs_conn_send(f->tcp, tcb, &f->bytes[9999], 100000), 100000);
	assert_int_equal(queued(f, tcb), 109999);
	assert_int_equal(in_use(f->mbufs), 0);
	assert_int_equal(f->tcp->buf.chunks.used, 2);
	/* snd_window bytes are queued already */
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 1), 0);
	assert_int_equal(drain(f, tcb), 109999);
	assert_int_equal(f->notified[WRITABLE], 1);
	assert_false(tcb->flags & RS_F_BUSY);
	assert_int_equal(f->tcp->listener_stats[0].tx_bytes, 109999);
	assert_int_equal(f->stack->stats.tcp.tx_data_bytes, 109999);
}

/* A service that has queued snd_window bytes has to wait, and one that has queued fewer has not. */
static void
send_queues_snd_window_and_no_more(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.snd_window = 10000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 9999), 9999);
	assert_int_equal(rs_conn_send(f->tcp, tcb, &f->bytes[9999], 1), 1);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 1), 0);
	assert_int_equal(drain(f, tcb), 10000);
}

static void
send_copy_takes_what_has_room(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.snd_buf = 5000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_conn_send_room(f->tcp, tcb), 5000);
	assert_int_equal(rs_conn_send_copy(f->tcp, tcb, f->bytes, 3000), 3000);
	assert_int_equal(rs_conn_send_room(f->tcp, tcb), 2000);
	assert_int_equal(rs_conn_send_copy(f->tcp, tcb, &f->bytes[3000], 3000), 2000);
	assert_int_equal(rs_conn_send_room(f->tcp, tcb), 0);
	assert_int_equal(rs_conn_send_copy(f->tcp, tcb, f->bytes, 1), 0);
	/* Memory that needs no mbuf is not bound by it. */
	assert_int_equal(rs_conn_send(f->tcp, tcb, &f->bytes[5000], 700), 700);
	assert_int_equal(drain(f, tcb), 5700);
	assert_int_equal(rs_conn_send_room(f->tcp, tcb), 5000);
	assert_int_equal(in_use(f->mbufs), 0);
}

/* The copy is made at once, so the caller may reuse its memory. */
static void
send_copy_copies_now(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);
	uint8_t mine[100];

	memcpy(mine, f->bytes, sizeof(mine));
	assert_int_equal(rs_conn_send_copy(f->tcp, tcb, mine, sizeof(mine)), sizeof(mine));
	memset(mine, 0, sizeof(mine));
	assert_int_equal(drain(f, tcb), sizeof(mine));
}

static void
unacked_until_all_is_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach_on(f, LPORT_NODELAY, RPORT, RS_ESTABLISHED);

	assert_false(rs_conn_unacked(f->tcp, tcb));
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 100), 100);
	assert_true(rs_conn_unacked(f->tcp, tcb)); /* not sent yet */
	fixture_run(f);
	assert_true(rs_conn_unacked(f->tcp, tcb)); /* in flight */
	/* more is queued, and only the first part is acknowledged */
	fixture_forget(f);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 100), 100);
	fixture_ack(f, tcb);
	assert_true(rs_conn_unacked(f->tcp, tcb));
	assert_int_equal(drain(f, tcb), 100);
	assert_false(rs_conn_unacked(f->tcp, tcb));
}

static void
send_mbuf_keeps_the_mbuf_until_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach_on(f, LPORT_NODELAY, RPORT, RS_ESTABLISHED);
	struct rte_mbuf *m = received(f, 1000);

	assert_int_equal(rs_conn_send_mbuf(f->tcp, tcb, m, rte_pktmbuf_mtod(m, uint8_t *), 1000),
		1000);
	rte_pktmbuf_free(m);
	assert_int_equal(in_use(f->wire), 1);
	fixture_run(f);
	assert_int_equal(in_use(f->wire), 1); /* it may have to be sent again */
	fixture_forget(f);
	fixture_ack(f, tcb);
	assert_int_equal(in_use(f->wire), 0);
	assert_int_equal(rs_conn_send_room(f->tcp, tcb), f->params.tcp.snd_buf);
}

static void
send_mbuf_takes_what_has_room(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *m = received(f, 1400);
	struct rs_tcb *tcb;

	f->params.tcp.snd_buf = 1000;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_conn_send_mbuf(f->tcp, tcb, m, rte_pktmbuf_mtod(m, uint8_t *), 1400),
		1000);
	assert_int_equal(rs_conn_send_mbuf(f->tcp, tcb, m, rte_pktmbuf_mtod(m, uint8_t *), 1), 0);
	rte_pktmbuf_free(m);
	assert_int_equal(drain(f, tcb), 1000);
}

/* rstack.h: by state, whether sending is possible. */
static void
send_says_why_not(void **state)
{
	const struct { enum rs_state state; int ret; } want[] = {
		{ RS_ESTABLISHED, 0 }, { RS_CLOSE_WAIT, 0 }, { RS_FIN_WAIT_1, -EPIPE },
		{ RS_FIN_WAIT_2, -EPIPE }, { RS_CLOSING, -EPIPE }, { RS_LAST_ACK, -EPIPE },
		{ RS_TIME_WAIT, -EPIPE },
	};
	struct fixture *f = *state;
	struct rte_mbuf *m;
	unsigned int i;

	for (i = 0; i < RTE_DIM(want); i++) {
		struct rs_tcb *tcb = fixture_reach(f, want[i].state);
		int ret = want[i].ret;

		m = received(f, 5);
		assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 5), ret != 0 ? ret : 5);
		assert_int_equal(rs_conn_send_copy(f->tcp, tcb, f->bytes, 5), ret != 0 ? ret : 5);
		assert_int_equal(rs_conn_send_mbuf(f->tcp, tcb, m,
			rte_pktmbuf_mtod(m, uint8_t *), 5), ret != 0 ? ret : 5);
		assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 0), ret);
		assert_int_equal(rs_conn_send_copy(f->tcp, tcb, f->bytes, 0), ret);
		assert_int_equal(rs_conn_send_room(f->tcp, tcb) > 0, ret == 0);
		/* gone */
		rs_conn_abort(f->tcp, tcb);
		assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 5), -ENOTCONN);
		assert_int_equal(rs_conn_send_copy(f->tcp, tcb, f->bytes, 5), -ENOTCONN);
		assert_int_equal(rs_conn_send_mbuf(f->tcp, tcb, m,
			rte_pktmbuf_mtod(m, uint8_t *), 5), -ENOTCONN);
		assert_int_equal(rs_conn_send_room(f->tcp, tcb), 0);
		rs_conn_resume(f->tcp, tcb);
		rte_pktmbuf_free(m);
		fixture_run(f);
		fixture_finish(f);
	}
}

/* Data that a pool has no room for is queued later, although no ACK is due. */
static void
send_without_memory_is_asked_again(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb, *other;

	f->params.tcp.max_busy = 1;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	other = fixture_reach_on(f, LPORT, RPORT + 1, RS_ESTABLISHED);
	rs_conn_send(f->tcp, other, f->bytes, 10);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 0);
	assert_int_equal(rs_conn_send_copy(f->tcp, tcb, f->bytes, 10), 0);
	assert_int_equal(f->stack->stats.tcp.no_chunk, 2);
	assert_false(tcb->flags & RS_F_BUSY);
	fixture_run(f);
	assert_int_equal(f->notified[WRITABLE], 1);
}

static void
send_without_chunks_is_asked_again(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.max_chunks = 1;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 10);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 0);
	assert_int_equal(rs_conn_send_copy(f->tcp, tcb, f->bytes, 10), 0);
	assert_int_equal(f->stack->stats.tcp.no_chunk, 2);
	assert_int_equal(queued(f, tcb), 10);
	assert_int_equal(drain(f, tcb), 10);
	assert_int_equal(f->notified[WRITABLE], 1);
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 10);
}

static void
send_more(struct fixture *f, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	f->result += rs_conn_send_copy(tcp, conn, &f->bytes[f->result],
		(uint32_t)(100000 - f->result));
}

/* A service that sends on when it becomes writable gets all of it out. */
static void
writable_follows_until_all_is_sent(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;

	f->params.tcp.snd_buf = 3000;
	f->on[WRITABLE] = send_more;
	tcb = fixture_reach(f, RS_ESTABLISHED);
	send_more(f, f->tcp, tcb);
	assert_int_equal(f->result, 3000);
	assert_int_equal(drain(f, tcb), 100000);
	/* and not more often than there is room worth it */
	assert_true(f->notified[WRITABLE] <= 100000 / 1500 + 1);
	f->notified[WRITABLE] = 0;
	fixture_run(f);
	assert_int_equal(f->notified[WRITABLE], 0);
}

static void
small_calls_say_what_the_connection_is(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_ESTABLISHED);

	assert_null(rs_conn_user(tcb));
	rs_conn_set_user(tcb, f);
	assert_ptr_equal(rs_conn_user(tcb), f);
	assert_ptr_equal(rs_conn_arg(f->tcp, tcb), f);
	assert_int_equal(rs_conn_tuple(tcb)->lport, LPORT);
	assert_int_equal(rs_conn_tuple(tcb)->rport, RPORT);
	assert_int_equal(rs_tcp_now(f->tcp), f->now);
	rs_conn_set_nodelay(tcb, true);
	assert_true((tcb->flags & RS_F_NODELAY) != 0);
	rs_conn_set_nodelay(tcb, false);
	assert_false((tcb->flags & RS_F_NODELAY) != 0);
	rs_conn_set_user(tcb, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(send_queues_all_or_nothing),
		fixture_test(send_queues_snd_window_and_no_more),
		fixture_test(send_copy_takes_what_has_room),
		fixture_test(send_copy_copies_now),
		fixture_test(unacked_until_all_is_acknowledged),
		fixture_test(send_mbuf_keeps_the_mbuf_until_acknowledged),
		fixture_test(send_mbuf_takes_what_has_room),
		fixture_test(send_says_why_not),
		fixture_test(send_without_memory_is_asked_again),
		fixture_test(send_without_chunks_is_asked_again),
		fixture_test(writable_follows_until_all_is_sent),
		fixture_test(small_calls_say_what_the_connection_is),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
