/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SYN cookies between stacks (RFC 4987 3.6): a SYN that one stack answered, and its ACK at another
 * one. The behaviour of one stack is tested in tests/wire/case_syncookie.c.
 */

#include <netinet/in.h>
#include <string.h>

#include "packet/ipv6.h"
#include "tcp/options/options.h"
#include "tcp_fixture.h"

#define MINUTE UINT64_C(60000000)
#define SEED "a secret that two stacks have"

/* MSS 1460, SACK-permitted, timestamps 7000, window shift 7; and an ACK with TSecr 0. */
#define SYN_OPTIONS "\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\x1b\x58\0\0\0\0\x01\x03\x03\x07"
#define ACK_OPTIONS "\x01\x01\x08\x0a\0\0\x1b\x58\0\0\0\0"
#define TSECR_OFF 8

/* Another stack beside that of the fixture, at the same tables and ports. */
struct other {
	struct rs_stack *stack;
	uint64_t now;
};

static void
other_start(struct fixture *f, struct other *other, const char *secret, uint64_t now)
{
	struct rs_stack_params params = f->params;

	memset(params.secret, 0x33, sizeof(params.secret));
	params.cookie_secret = (const uint8_t *)secret;
	params.cookie_secret_len = (uint32_t)strlen(secret);
	other->now = now;
	other->stack = rs_stack_create(&params, now);
	assert_non_null(other->stack);
}

static void
use_cookies(struct fixture *f, const char *secret)
{
	f->params.tcp.syn_cookies = RS_COOKIES_ALWAYS;
	f->params.cookie_secret = (const uint8_t *)secret;
	f->params.cookie_secret_len = (uint32_t)strlen(secret);
	fixture_start(f);
}

/* TSval of a SYN-ACK that the other stack answers this SYN with; *iss its SEQ. */
static uint32_t
other_syn_ack(struct fixture *f, struct other *other, uint32_t *iss)
{
	struct rte_mbuf *rx = fixture_frame(f, &(struct seg){ .flags = SYN, .seq = f->irs,
		.opt = SYN_OPTIONS, .opt_len = sizeof(SYN_OPTIONS) - 1 });
	struct rte_mbuf *tx[2 * RS_BURST];
	const struct rte_tcp_hdr *th;
	uint32_t tsval;

	assert_int_equal(rs_stack_run(other->stack, &rx, 1, other->now, tx, RTE_DIM(tx)), 1);
	th = rte_pktmbuf_mtod_offset(tx[0], const struct rte_tcp_hdr *, 14 + 20);
	assert_int_equal(th->tcp_flags, SYN | ACK);
	assert_int_equal(rs_stack_stats(other->stack)->tcp.cookies_sent, 1);
	*iss = rte_be_to_cpu_32(th->sent_seq);
	/* MSS, then SACK-permitted in place of the padding of the timestamps */
	memcpy(&tsval, (const uint8_t *)(th + 1) + 8, sizeof(tsval));
	rte_pktmbuf_free(tx[0]);
	return rte_be_to_cpu_32(tsval);
}

/* The ACK of that SYN-ACK, at the fixture's stack. */
static void
ack(struct fixture *f, uint32_t iss, uint32_t tsval)
{
	char opt[sizeof(ACK_OPTIONS)] = ACK_OPTIONS;
	uint32_t tsecr = rte_cpu_to_be_32(tsval);

	memcpy(opt + TSECR_OFF, &tsecr, sizeof(tsecr));
	burst(f, { .flags = ACK, .seq = f->irs + 1, .ack = iss + 1, .opt = opt,
		.opt_len = sizeof(ACK_OPTIONS) - 1 });
}

static void
other_stack_of_the_same_secret_takes_a_cookie(void **state)
{
	struct fixture *f = *state;
	struct other other;
	struct rs_tcb *tcb;
	uint32_t iss, tsval;

	use_cookies(f, SEED);
	other_start(f, &other, SEED, f->now);
	tsval = other_syn_ack(f, &other, &iss);
	rs_stack_free(other.stack);
	/* It sent no cookie itself. */
	ack(f, iss, tsval);
	assert_null(fixture_next(f));
	tcb = fixture_find(f, LPORT, RPORT);
	assert_non_null(tcb);
	assert_int_equal(tcb->state, RS_ESTABLISHED);
	assert_int_equal(tcb->snd_mss, 1460);
	assert_int_equal(rs_tcb_snd_shift(tcb), 7);
	assert_int_equal(tcb->flags & (RS_F_SACK | RS_F_TS | RS_F_WSCALE),
		RS_F_SACK | RS_F_TS | RS_F_WSCALE);
	assert_int_equal(f->stack->stats.tcp.cookies_taken, 1);
}

static void
stack_of_another_secret_resets_a_cookie(void **state)
{
	struct fixture *f = *state;
	struct other other;
	uint32_t iss, tsval;

	use_cookies(f, SEED);
	other_start(f, &other, SEED "!", f->now);
	tsval = other_syn_ack(f, &other, &iss);
	rs_stack_free(other.stack);
	ack(f, iss, tsval);
	assert_int_equal(fixture_expect(f, RST)->seq, iss + 1);
	assert_null(fixture_find(f, LPORT, RPORT));
	assert_int_equal(f->stack->stats.tcp.cookies_bad, 1);
}

/* Without a file each stack has a secret of its own. */
static void
stacks_without_a_shared_secret_have_their_own(void **state)
{
	struct fixture *f = *state;
	struct other other;
	uint32_t iss, tsval;

	use_cookies(f, "");
	other_start(f, &other, "", f->now);
	tsval = other_syn_ack(f, &other, &iss);
	rs_stack_free(other.stack);
	burst(f, { .flags = SYN, .seq = 5, .rport = 9 }); /* so that it looks for cookies */
	fixture_expect(f, SYN | ACK);
	ack(f, iss, tsval);
	assert_int_equal(fixture_expect(f, RST)->seq, iss + 1);
}

/*
 * Clocks of two hosts: `now` counts from the start of each, the epoch makes the same minute of
 * both. The other one is `ahead` microseconds ahead.
 */
static bool
is_taken_across(struct fixture *f, int64_t ahead)
{
	uint64_t wall = 29000000 * MINUTE + 1; /* the begin of a minute of 2025 */
	struct other other;
	uint32_t iss, tsval;

	use_cookies(f, SEED);
	other_start(f, &other, SEED, 5);
	rs_stack_set_epoch(other.stack, wall + (uint64_t)ahead - other.now);
	rs_stack_set_epoch(f->stack, wall - f->now);
	tsval = other_syn_ack(f, &other, &iss);
	rs_stack_free(other.stack);
	ack(f, iss, tsval);
	fixture_forget(f);
	return fixture_find(f, LPORT, RPORT) != NULL;
}

static void
cookie_of_a_clock_in_the_same_minute_is_taken(void **state)
{
	assert_true(is_taken_across(*state, 59 * 1000 * 1000));
}

static void
cookie_of_the_minute_before_is_taken(void **state)
{
	assert_true(is_taken_across(*state, -2));
}

static void
cookie_of_a_clock_a_minute_ahead_is_taken(void **state)
{
	assert_true(is_taken_across(*state, 60 * 1000 * 1000));
}

static void
cookie_of_a_clock_two_minutes_ahead_is_refused(void **state)
{
	assert_false(is_taken_across(*state, 120 * 1000 * 1000));
}

static void
cookie_of_a_clock_two_minutes_behind_is_refused(void **state)
{
	assert_false(is_taken_across(*state, -60 * 1000 * 1000 - 2));
}

/* RFC 7323 5.3: a TSval before that of the SYN-ACK would be rejected by the peer's PAWS. */
static void
timestamps_go_on_from_those_of_the_other_stack(void **state)
{
	struct fixture *f = *state;
	struct other other;
	struct rs_tcb *tcb;
	uint32_t iss, tsval, now;
	uint16_t rport;

	f->params.tcp.max_connections = 64;
	use_cookies(f, SEED);
	other_start(f, &other, SEED, f->now);
	tsval = other_syn_ack(f, &other, &iss);
	rs_stack_free(other.stack);
	for (rport = 0; rport < 32; rport++) {
		/* the upper 22 bits are the other clock's, whatever it is */
		uint32_t later = tsval + ((uint32_t)rport << 26) + ((uint32_t)rport << 10);

		ack(f, iss, later);
		tcb = fixture_find(f, LPORT, RPORT);
		assert_non_null(tcb);
		now = rs_ts_now(f->tcp, tcb);
		assert_true(rs_seq_geq(now, later));
		rs_conn_abort(f->tcp, tcb);
		fixture_run(f);
		fixture_forget(f);
	}
}

/* Options of SYNs: of Linux, Windows, FreeBSD, macOS, others; random values come into them. */
static uint8_t
pick_options(uint64_t *seed, char opt[RS_OPTIONS_MAX])
{
	static const struct {
		uint8_t len;
		const char *opt;
	} layouts[] = {
		{ 0, "" },
		{ 4, "\x02\x04\x05\xb4" },
		{ 20, SYN_OPTIONS },
		{ 12, "\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02" },
		{ 20, "\x02\x04\x05\xb4\x01\x03\x03\x06\x04\x02\x08\x0a\1\2\3\4\0\0\0\0" },
		{ 24, "\x02\x04\x05\xb4\x01\x03\x03\x05\x01\x01\x08\x0a\1\2\3\4\0\0\0\0"
			"\x04\x02\0\0" },
		{ 16, "\x02\x04\x05\xb4\x01\x01\x08\x0a\0\0\x1b\x58\0\0\0\0" },
	};
	unsigned int i = next_random(seed) % RTE_DIM(layouts);

	memcpy(opt, layouts[i].opt, layouts[i].len);
	if (layouts[i].len > 0 && next_random(seed) % 2)
		opt[next_random(seed) % layouts[i].len] = (char)next_random(seed);
	if (layouts[i].len >= 4 && next_random(seed) % 2)
		opt[2] = (char)(next_random(seed) % 32);
	return layouts[i].len;
}

static const struct rs_addr us6 = { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } };

/* Make the frame of an IPv4 segment that of the same one over IPv6; peer: a part of its address. */
static void
make_ipv6(struct rte_mbuf *m, uint32_t peer)
{
	const struct rs_addr them = { .w = { us6.w[0], 0, peer, RTE_BE32(2) } };
	const struct rte_ipv4_hdr *ipv4 = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *,
		RTE_ETHER_HDR_LEN);
	uint16_t len = (uint16_t)(rte_be_to_cpu_16(ipv4->total_length) - RS_IPV4_LEN);
	uint8_t *start = (uint8_t *)rte_pktmbuf_prepend(m, RS_IPV6_LEN - RS_IPV4_LEN);
	struct rte_tcp_hdr *th;

	assert_non_null(start);
	if (start == NULL) /* gcc does not know that the line above does not return */
		return;
	memmove(start, start + RS_IPV6_LEN - RS_IPV4_LEN, RTE_ETHER_HDR_LEN);
	start[12] = 0x86;
	start[13] = 0xdd;
	rs_ipv6_write(start + RTE_ETHER_HDR_LEN, 0, 64, IPPROTO_TCP, len, &them, &us6);
	th = (struct rte_tcp_hdr *)(start + RTE_ETHER_HDR_LEN + RS_IPV6_LEN);
	th->cksum = 0;
	th->cksum = rs_cksum_finish(rs_cksum_add(rs_cksum_pseudo6(&them, &us6, IPPROTO_TCP, len),
		th, len));
}

/* A burst of SYNs of either family into two stacks that have the same secret: the answers are the
 * same bytes. */
static void
syns_into_both(struct fixture *f, struct rs_stack *full, uint16_t n, uint64_t *seed)
{
	struct rte_mbuf *a[RS_BURST], *b[RS_BURST], *tx_a[2 * RS_BURST], *tx_b[2 * RS_BURST];
	char opt[RS_OPTIONS_MAX] = { 0 };
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct seg seg = {
			.flags = SYN, .seq = next_random(seed), .data = f->bytes, .len = (uint16_t)
				(next_random(seed) % 8 ? 0 : 9),
			.opt = opt, .opt_len = pick_options(seed, opt),
			.rport = (uint16_t)(1 + next_random(seed) % 60000),
		};

		if (next_random(seed) % 2)
			seg.flags |= RTE_TCP_ECE_FLAG | RTE_TCP_CWR_FLAG;
		a[i] = fixture_frame(f, &seg);
		b[i] = fixture_frame(f, &seg);
		if (next_random(seed) % 2) {
			uint32_t peer = next_random(seed);

			make_ipv6(a[i], peer);
			make_ipv6(b[i], peer);
		}
	}
	f->now += 1 + next_random(seed) % 4000000;
	assert_int_equal(rs_stack_run(f->stack, a, n, f->now, tx_a, RTE_DIM(tx_a)), n);
	assert_int_equal(rs_stack_run(full, b, n, f->now, tx_b, RTE_DIM(tx_b)), n);
	for (i = 0; i < n; i++) {
		assert_int_equal(tx_a[i]->pkt_len, tx_b[i]->pkt_len);
		assert_int_equal(tx_a[i]->data_len, tx_a[i]->pkt_len);
		assert_int_equal(tx_a[i]->ol_flags, tx_b[i]->ol_flags);
		assert_memory_equal(rte_pktmbuf_mtod(tx_a[i], void *),
			rte_pktmbuf_mtod(tx_b[i], void *), tx_a[i]->pkt_len);
	}
	assert_memory_equal(&f->stack->stats, &full->stats, sizeof(full->stats));
	rte_pktmbuf_free_bulk(tx_a, n);
	rte_pktmbuf_free_bulk(tx_b, n);
}

/* Plain SYNs are answered together; the general way that answers any SYN is the twin. */
static void
answer_plain_syns(struct fixture *f)
{
	struct rs_stack *full;
	uint64_t seed = 4987;
	unsigned int round;

	f->port.subnets6[0] = (struct rs_prefix){ us6, 64 };
	f->port.n_subnets6 = 1;
	f->params.tcp.ecn = RS_ECN_PASSIVE;
	f->params.tcp.tos = 0x28;
	f->listeners[0].tos = 0xb8;
	use_cookies(f, "");
	full = rs_stack_create(&f->params, f->now);
	assert_non_null(full);
	assert_true(f->tcp->cookies.brief[f->port.id]);
	full->tcp.cookies.brief[f->port.id] = false;
	for (round = 0; round < 1000; round++) {
		if (round == 500) /* the function for any CPU */
			f->tcp->cookies.hash = rs_siphash13_choose(true);
		if (round == 700) /* a router advertises another MTU (RFC 4861 6.3.4) */
			f->stack->link.mtu6[f->port.id] = full->link.mtu6[f->port.id] = 1400;
		syns_into_both(f, full, (uint16_t)(1 + next_random(&seed) % RS_BURST), &seed);
	}
	assert_true(f->stack->stats.tcp.cookies_sent > 10000);
	rs_stack_free(full);
}

static void
plain_syns_are_answered_as_by_the_general_way(void **state)
{
	answer_plain_syns(*state);
}

/* The device makes checksums, which it must be asked for, as the twin asks. */
static void
plain_syns_with_offload_of_checksums_are_answered_as_by_the_general_way(void **state)
{
	struct fixture *f = *state;

	f->port.tx_ip_cksum = true;
	f->port.tx_tcp_cksum = true;
	answer_plain_syns(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(other_stack_of_the_same_secret_takes_a_cookie),
		fixture_test(stack_of_another_secret_resets_a_cookie),
		fixture_test(stacks_without_a_shared_secret_have_their_own),
		fixture_test(cookie_of_a_clock_in_the_same_minute_is_taken),
		fixture_test(cookie_of_the_minute_before_is_taken),
		fixture_test(cookie_of_a_clock_a_minute_ahead_is_taken),
		fixture_test(cookie_of_a_clock_two_minutes_ahead_is_refused),
		fixture_test(cookie_of_a_clock_two_minutes_behind_is_refused),
		fixture_test(timestamps_go_on_from_those_of_the_other_stack),
		fixture_test(plain_syns_are_answered_as_by_the_general_way),
		fixture_test(
			plain_syns_with_offload_of_checksums_are_answered_as_by_the_general_way),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
