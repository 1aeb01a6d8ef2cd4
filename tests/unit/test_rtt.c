/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* RFC 6298, with values computed by hand from its section 2. */

#include "tcp_fixture.h"

/* A TCB as a new connection has it. */
static struct rs_tcb
fresh(uint32_t first_rto_ms)
{
	return (struct rs_tcb){ .rttvar = first_rto_ms * 1000 };
}

static void
rtt_first_rto_is_one_second(void **state __rte_unused)
{
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par;

	/* 2.1: "Until a round-trip time (RTT) measurement has been made [...] the sender
	 * SHOULD set RTO <- 1 second" */
	rs_tcp_defaults(&par);
	assert_int_equal(par.rto_initial_ms, 1000);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 1000);
}

static void
rtt_first_sample(void **state __rte_unused)
{
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par = { .rto_min_ms = 1, .rto_max_ms = 60000 };

	/* 2.2: SRTT <- R, RTTVAR <- R/2, RTO <- SRTT + max(G, K*RTTVAR), K = 4 */
	rs_rtt_sample(&tcb, 500000);
	assert_int_equal(tcb.srtt, 500000);
	assert_int_equal(tcb.rttvar, 250000);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 1500);
}

static void
rtt_next_samples(void **state __rte_unused)
{
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par = { .rto_min_ms = 1, .rto_max_ms = 60000 };

	/* 2.3: RTTVAR <- 3/4 * RTTVAR + 1/4 * |SRTT - R'|; SRTT <- 7/8 * SRTT + 1/8 * R' */
	rs_rtt_sample(&tcb, 800000);
	rs_rtt_sample(&tcb, 1600000);
	assert_int_equal(tcb.rttvar, 300000 + 200000); /* of the old SRTT */
	assert_int_equal(tcb.srtt, 700000 + 200000);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 900 + 2000);
	rs_rtt_sample(&tcb, 100000);
	assert_int_equal(tcb.rttvar, 375000 + 200000);
	assert_int_equal(tcb.srtt, 787500 + 12500);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 800 + 2300);
	/* A part of a millisecond is no reason to be early. */
	tcb = fresh(1000);
	rs_rtt_sample(&tcb, 500002);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 1501);
}

static void
rtt_of_a_steady_path_needs_the_clock_granularity(void **state __rte_unused)
{
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par = { .rto_min_ms = 1, .rto_max_ms = 60000 };
	unsigned int i;

	/* Without variance RTO is SRTT + G, and G is a tick of 1 ms. */
	for (i = 0; i < 200; i++)
		rs_rtt_sample(&tcb, 80000);
	assert_in_range(tcb.srtt, 79990, 80000);
	assert_in_range(tcb.rttvar, 0, 10);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 81);
}

static void
rtt_rto_has_a_least_and_a_largest_value(void **state __rte_unused)
{
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par;

	rs_tcp_defaults(&par);
	/* 2.4: less than 1 second is rounded up to it */
	rs_rtt_sample(&tcb, 10000);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 1000);
	par.rto_min_ms = 200;
	assert_int_equal(rs_rtt_rto(&par, &tcb), 200);
	par.rto_min_ms = 20;
	assert_int_equal(rs_rtt_rto(&par, &tcb), 30);
	/* 2.5: "A maximum value MAY be placed on RTO provided it is at least 60 seconds." */
	tcb = fresh(1000);
	rs_rtt_sample(&tcb, 40000000);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 60000);
	par.rto_max_ms = 90000;
	assert_int_equal(rs_rtt_rto(&par, &tcb), 90000);
	par.rto_max_ms = 200000;
	assert_int_equal(rs_rtt_rto(&par, &tcb), 120000);
}

static void
rtt_rto_backs_off_by_two(void **state __rte_unused)
{
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par;
	unsigned int backoff;

	/* 5.5: RTO <- RTO * 2, up to the largest value */
	rs_tcp_defaults(&par);
	for (backoff = 0; backoff <= UINT8_MAX; backoff++) {
		tcb.backoff = (uint8_t)backoff;
		assert_int_equal(rs_rtt_rto(&par, &tcb),
			backoff < 6 ? 1000u << backoff : 60000);
	}
	/* The RTO that is doubled has been rounded up to its minimum already (2.4). */
	rs_rtt_sample(&tcb, 10000);
	tcb.backoff = 2;
	assert_int_equal(rs_rtt_rto(&par, &tcb), 4000);
	par.rto_max_ms = UINT32_MAX;
	tcb.backoff = UINT8_MAX;
	assert_true(rs_rtt_rto(&par, &tcb) >= 60000);
}

static void
rtt_sample_ends_the_backoff(void **state __rte_unused)
{
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par;

	/* 5: a new RTT measurement computes RTO anew (2.3), which ends the back-off */
	rs_tcp_defaults(&par);
	tcb.backoff = 3;
	rs_rtt_sample(&tcb, 2000000);
	assert_int_equal(rs_rtt_rto(&par, &tcb), 6000);
}

static void
rtt_samples_of_any_size(void **state __rte_unused)
{
	const uint64_t samples[] = {
		0, 1, UINT32_MAX, UINT64_C(1) << 40, UINT64_MAX, 0, 0, 1, UINT64_MAX, 7,
	};
	struct rs_tcb tcb = fresh(1000);
	struct rs_tcp_params par;
	unsigned int i, round;

	rs_tcp_defaults(&par);
	for (round = 0; round < 50; round++) {
		for (i = 0; i < RTE_DIM(samples); i++) {
			rs_rtt_sample(&tcb, samples[i]);
			/* 0 would mean that there was no sample */
			assert_int_not_equal(tcb.srtt, 0);
			assert_in_range(rs_rtt_rto(&par, &tcb), 1000, 60000);
		}
	}
}

/* 5.7: after a retransmitted SYN-ACK the RTO of the first data is at least 3 seconds. */
static void
rtt_after_a_retransmitted_syn_ack_is_three_seconds(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_SYN_RECEIVED);

	assert_int_equal(rs_rtt_rto(&f->params.tcp, tcb), 1000);
	fixture_after(f, 1002);
	assert_int_equal(fixture_expect(f, SYN | ACK)->seq, tcb->snd_una);
	fixture_ack(f, tcb);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_int_equal(tcb->srtt, 0); /* Karn: no sample of a retransmitted segment */
	assert_int_equal(rs_rtt_rto(&f->params.tcp, tcb), 3000);
	/* The first data is timed, and 2.2 holds. */
	assert_int_equal(rs_conn_send(f->tcp, tcb, f->bytes, 10), 10);
	fixture_run(f);
	fixture_expect(f, PSH | ACK);
	f->now += 400000;
	fixture_run(f);
	fixture_ack(f, tcb);
	assert_int_equal(tcb->srtt, 400000);
	assert_int_equal(tcb->rttvar, 200000);
	assert_int_equal(rs_rtt_rto(&f->params.tcp, tcb), 1200);
}

static void
rtt_of_the_handshake_is_a_sample(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_SYN_RECEIVED);

	f->now += 300000;
	fixture_run(f);
	fixture_ack(f, tcb);
	assert_int_equal(tcb->srtt, 300000);
	assert_int_equal(tcb->rttvar, 150000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtt_first_rto_is_one_second),
		cmocka_unit_test(rtt_first_sample),
		cmocka_unit_test(rtt_next_samples),
		cmocka_unit_test(rtt_of_a_steady_path_needs_the_clock_granularity),
		cmocka_unit_test(rtt_rto_has_a_least_and_a_largest_value),
		cmocka_unit_test(rtt_rto_backs_off_by_two),
		cmocka_unit_test(rtt_sample_ends_the_backoff),
		cmocka_unit_test(rtt_samples_of_any_size),
		fixture_test(rtt_after_a_retransmitted_syn_ack_is_three_seconds),
		fixture_test(rtt_of_the_handshake_is_a_sample),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
