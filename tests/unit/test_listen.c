/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The listener of a segment, and the connection of a SYN (RFC 9293 3.10.7.2, 3.7.1, 3.4.1). */

#include "tcp_fixture.h"

#define OURS RTE_BE32(0xc0000201) /* 192.0.2.1 */
#define OTHERS RTE_BE32(0xc0000202)

/* One more listener or closed range. */
static struct rs_listener *
add_listener(struct fixture *f, const char *name, uint16_t first, uint16_t last)
{
	struct rs_listener *l = &f->listeners[f->params.n_listeners++];

	*l = (struct rs_listener){ .name = name, .port_first = first, .port_last = last,
		.service = &f->service, .arg = f };
	return l;
}

/* The name of the listener there, NULL: none. */
static const char *
found(struct fixture *f, uint16_t lport, bool *drop)
{
	struct rs_segment seg = fixture_segment(f, &(struct seg){ .lport = lport });
	const struct rs_listener *l = rs_listen_find(f->tcp, &seg, drop);

	return l != NULL ? l->name : NULL;
}

static void
listener_is_found_by_port(void **state)
{
	struct fixture *f = *state;
	bool drop;

	add_listener(f, "range", 100, 199);
	add_listener(f, "last", 65535, 65535);
	fixture_start(f);
	assert_string_equal(found(f, LPORT, &drop), "plain");
	assert_null(found(f, 99, &drop));
	assert_string_equal(found(f, 100, &drop), "range");
	assert_string_equal(found(f, 199, &drop), "range");
	assert_null(found(f, 200, &drop));
	assert_string_equal(found(f, 65535, &drop), "last");
	assert_null(found(f, 1, &drop));
	assert_false(drop);
}

static void
listener_of_the_longest_prefix_is_found(void **state)
{
	struct fixture *f = *state;
	struct rs_listener *l;
	bool drop;

	l = add_listener(f, "host", 1, 100);
	l->addr = (struct rs_prefix){ rs_addr_from_ipv4(OURS), 128 };
	l = add_listener(f, "net", 50, 200);
	l->addr = (struct rs_prefix){ rs_addr_from_ipv4(OURS), 96 + 24 };
	l = add_listener(f, "first", 1, 1);
	l->addr = (struct rs_prefix){ rs_addr_from_ipv4(OURS), 96 + 16 };
	fixture_start(f);
	/* "plain" is on any address: it is the one with the port that loses. */
	assert_string_equal(found(f, LPORT, &drop), "host");
	assert_string_equal(found(f, 60, &drop), "host");
	assert_string_equal(found(f, 150, &drop), "net");
	/* the ends of a range that shares them */
	assert_string_equal(found(f, 1, &drop), "host");
	assert_string_equal(found(f, 100, &drop), "host");
}

static void
listener_of_another_address_is_not_found(void **state)
{
	struct fixture *f = *state;
	struct rs_listener *l = add_listener(f, "other", 300, 300);
	bool drop;

	l->addr = (struct rs_prefix){ rs_addr_from_ipv4(OTHERS), 128 };
	fixture_start(f);
	assert_null(found(f, 300, &drop));
}

static void
closed_ports_drop_as_they_are_told(void **state)
{
	struct fixture *f = *state;
	bool drop;

	fixture_start(f);
	assert_null(found(f, LPORT_CLOSED, &drop));
	assert_false(drop);
	assert_null(found(f, LPORT_RESET, &drop));
	assert_false(drop);
	assert_null(found(f, LPORT_DROP, &drop));
	assert_true(drop);
	assert_null(found(f, LPORT_DROP + 9, &drop));
	assert_true(drop);
	assert_null(found(f, LPORT_DROP + 10, &drop));
	assert_false(drop);
	/* The stealth mode is for all ports of which nothing else is said. */
	fixture_finish(f);
	f->params.tcp.closed_drop = true;
	fixture_start(f);
	assert_null(found(f, LPORT_CLOSED, &drop));
	assert_true(drop);
	assert_null(found(f, LPORT_RESET, &drop));
	assert_false(drop);
}

/* rs_listener.allow: a SYN of another peer is owed a reset, with or without cookies. */
static void
syn_of_a_peer_that_is_not_allowed_is_reset(void **state)
{
	const struct rs_prefix elsewhere[] = {
		{ rs_addr_from_ipv4(OTHERS), 128 }, { .len = 0 }, /* ::/0 */
	};
	const struct rs_prefix peer = { rs_addr_from_ipv4(RTE_BE32(0xc0000260)), 96 + 28 };
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		f->params.tcp.syn_cookies = i == 0 ? RS_COOKIES_AUTO : RS_COOKIES_ALWAYS;
		f->listeners[0].allow = elsewhere;
		f->listeners[0].n_allow = RTE_DIM(elsewhere);
		fixture_start(f);
		burst(f, { .flags = SYN, .seq = 1 });
		fixture_expect(f, RST | ACK);
		assert_int_equal(f->stack->stats.reset_sent[RS_RESET_not_allowed], 1);
		assert_int_equal(f->stack->stats.tcp.passive_opens, 0);
		assert_int_equal(f->stack->stats.tcp.cookies_sent, 0);
		fixture_finish(f);

		f->listeners[0].allow = &peer;
		f->listeners[0].n_allow = 1;
		fixture_start(f);
		burst(f, { .flags = SYN, .seq = 1 });
		fixture_expect(f, SYN | ACK);
		assert_int_equal(f->stack->stats.reset_sent[RS_RESET_not_allowed], 0);
		fixture_finish(f);
	}
	f->listeners[0].n_allow = 0;
	fixture_start(f);
}

/* 3.4.1: "ISN = M + F(localip, localport, remoteip, remoteport, secretkey)" */
static void
isn_is_of_time_tuple_and_secret(void **state)
{
	struct fixture *f = *state;
	struct rs_tuple tuple, other;
	uint32_t isn;

	fixture_start(f);
	tuple = fixture_segment(f, &(struct seg){ .flags = SYN }).tuple;
	isn = rs_open_isn(f->tcp, &tuple);
	assert_int_equal(rs_open_isn(f->tcp, &tuple), isn);
	/* M is incremented "roughly every 4 microseconds", and goes round with 2^32. */
	f->tcp->now += 4;
	assert_int_equal(rs_open_isn(f->tcp, &tuple), isn + 1);
	f->tcp->now += 4000000;
	assert_int_equal(rs_open_isn(f->tcp, &tuple), isn + 1000001);
	f->tcp->now += UINT64_C(4) << 32;
	assert_int_equal(rs_open_isn(f->tcp, &tuple), isn + 1000001);
	f->tcp->now = f->now;
	other = tuple;
	other.rport++;
	assert_int_not_equal(rs_open_isn(f->tcp, &other), isn);
	other = tuple;
	other.lport++;
	assert_int_not_equal(rs_open_isn(f->tcp, &other), isn);
	other = tuple;
	other.raddr.b[15]++;
	assert_int_not_equal(rs_open_isn(f->tcp, &other), isn);
	other = tuple;
	other.laddr.b[15]++;
	assert_int_not_equal(rs_open_isn(f->tcp, &other), isn);
	fixture_finish(f);
	f->params.secret[31]++;
	fixture_start(f);
	assert_int_not_equal(rs_open_isn(f->tcp, &tuple), isn);
}

/* Eff.snd.MSS of a SYN with these options on a port of this MTU. */
static uint16_t
send_mss(struct fixture *f, uint16_t mtu, const char *opt, uint8_t len)
{
	uint16_t mss;

	f->port.mtu = mtu;
	f->syn_opt = opt;
	f->syn_opt_len = len;
	mss = fixture_reach(f, RS_SYN_RECEIVED)->snd_mss;
	fixture_finish(f);
	return mss;
}

static void
send_mss_is_the_peers_or_what_our_mtu_carries(void **state)
{
	struct fixture *f = *state;

	/* MUST-15: without the option, 536 */
	assert_int_equal(send_mss(f, 1500, NULL, 0), 536);
	/* MUST-16: min(SendMSS + 20, MMS_S) - headers */
	assert_int_equal(send_mss(f, 1500, "\2\4\5\xb4", 4), 1460);
	assert_int_equal(send_mss(f, 1500, "\2\4\5\xb5", 4), 1460);
	assert_int_equal(send_mss(f, 1500, "\2\4\xff\xff", 4), 1460);
	assert_int_equal(send_mss(f, 1500, "\2\4\2\0", 4), 512);
	assert_int_equal(send_mss(f, 576, "\2\4\5\xb4", 4), 536);
	/* behind others and NOPs; behind the end there is none */
	assert_int_equal(send_mss(f, 1500, "\1\1\3\3\2\2\4\4\0\0\0\0", 12), 1024);
	assert_int_equal(send_mss(f, 1500, "\0\0\0\0\2\4\4\0", 8), 536);
	/* a peer that wants a frame for each byte does not get it */
	assert_true(send_mss(f, 1500, "\2\4\0\1", 4) >= 48);
}

static void
syn_ack_announces_what_we_can_receive(void **state)
{
	struct fixture *f = *state;
	const struct out *out;

	fixture_start(f);
	/* MUST-14, MUST-67: the MTU less the headers without options */
	input(f, .flags = SYN, .seq = 1);
	fixture_run(f);
	out = fixture_expect(f, SYN | ACK);
	assert_int_equal(out->mss, 1460);
	assert_int_equal(out->wscale, -1); /* RFC 7323 1.3: only to one that sent it */
	assert_int_equal(out->ack, 2);
	input(f, .flags = SYN, .seq = 1, .rport = 2, .opt = "\3\3\7", .opt_len = 4);
	fixture_run(f);
	out = fixture_expect(f, SYN | ACK);
	assert_int_equal(out->mss, 1460);
	assert_int_equal(out->wscale, 2);
	/* RFC 7323 2.2: its window field is not scaled */
	assert_int_equal(out->wnd, 65535);
	fixture_finish(f);
	f->params.tcp.mss = 1000;
	f->params.tcp.rcv_buf = 4000;
	fixture_start(f);
	input(f, .flags = SYN, .opt = "\3\3\7", .opt_len = 4);
	fixture_run(f);
	out = fixture_expect(f, SYN | ACK);
	assert_int_equal(out->mss, 1000);
	assert_int_equal(out->wscale, 0);
	assert_int_equal(out->wnd, 4000);
}

/* RFC 7323 2.3: the least shift with which the buffer fits the field, at most 14. */
static void
window_shift_is_the_least_that_fits(void **state)
{
	const struct { uint32_t buf; uint8_t shift; } want[] = {
		{ 1, 0 }, { 65535, 0 }, { 65536, 1 }, { 131070, 1 }, { 131072, 2 },
		{ 262140, 2 }, { 1 << 24, 9 }, { 65535u << 14, 14 }, { 1 << 30, 14 },
	};
	struct fixture *f = *state;
	unsigned int i;

	f->syn_opt = "\3\3\16";
	f->syn_opt_len = 4;
	for (i = 0; i < RTE_DIM(want); i++) {
		struct rs_tcb *tcb;

		f->params.tcp.rcv_buf = want[i].buf;
		tcb = fixture_reach(f, RS_SYN_RECEIVED);
		assert_int_equal(rs_tcb_rcv_shift(tcb), want[i].shift);
		assert_int_equal(rs_tcb_snd_shift(tcb), 14);
		fixture_finish(f);
	}
	/* "If a Window Scale option is received with a shift.cnt value larger than 14, the TCP
	 * SHOULD log the error but MUST use 14" */
	f->syn_opt = "\3\3\17";
	assert_int_equal(rs_tcb_snd_shift(fixture_reach(f, RS_SYN_RECEIVED)), 14);
}

static void
syn_sets_the_numbers_of_3_10_7_2(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb;
	uint8_t data[5] = { 0 };

	fixture_start(f);
	f->wnd = 1236; /* a whole number of units of its scale */
	/* "RCV.NXT <- SEG.SEQ+1, IRS <- SEG.SEQ [...] SND.NXT <- ISS+1, SND.UNA <- ISS" */
	input(f, .flags = SYN | FIN, .seq = UINT32_MAX, .data = data, .len = sizeof(data),
		.opt = "\3\3\2", .opt_len = 4);
	tcb = fixture_find(f, LPORT, RPORT);
	assert_non_null(tcb);
	assert_int_equal(tcb->state, RS_SYN_RECEIVED);
	/* Text and FIN are left for later: not acknowledged, so they are sent again. */
	assert_int_equal(tcb->rcv_nxt, 0);
	assert_int_equal(f->stack->stats.tcp.rx_syn_data, 1);
	assert_int_equal(tcb->snd_una, rs_open_isn(f->tcp, &tcb->tuple));
	assert_int_equal(tcb->snd_nxt, tcb->snd_una + 1);
	assert_int_equal(rs_tcb_snd_wnd(tcb), 1236); /* RFC 7323 2.2: not scaled */
	assert_true((tcb->owes & RS_OWES_SYN) != 0);
	assert_int_equal(f->owed, RS_RESET_MAX);
	assert_int_equal(f->stack->stats.tcp.passive_opens, 1);
	assert_int_equal(f->tcp->listener_stats[0].accepted, 1);
	assert_int_equal(f->tcp->listener_stats[0].open, 1);
	assert_int_equal(f->notified[OPENED], 0);
}

static void
syn_with_bad_options_is_counted_and_taken(void **state)
{
	struct fixture *f = *state;

	f->syn_opt = "\2\4\2\0\7\0\0\0"; /* MSS 512, then one of length 0 (MUST-7) */
	f->syn_opt_len = 8;
	assert_int_equal(fixture_reach(f, RS_ESTABLISHED)->snd_mss, 512);
	assert_int_equal(f->stack->stats.tcp.bad_options, 1);
}

static void
connection_has_its_listeners_settings(void **state)
{
	struct fixture *f = *state;
	const uint16_t all = RS_F_NODELAY | RS_F_KEEPALIVE | RS_F_LINGER_ZERO;
	struct rs_tcb *tcb;

	tcb = fixture_reach_on(f, LPORT, 1, RS_ESTABLISHED);
	assert_int_equal(tcb->flags & all, 0);
	tcb = fixture_reach_on(f, LPORT_NODELAY, 1, RS_ESTABLISHED);
	assert_int_equal(tcb->flags & all, RS_F_NODELAY);
	tcb = fixture_reach_on(f, LPORT_LINGER, 1, RS_ESTABLISHED);
	assert_int_equal(tcb->flags & all, RS_F_LINGER_ZERO);
	tcb = fixture_reach_on(f, LPORT_KEEPALIVE, 1, RS_ESTABLISHED);
	assert_int_equal(tcb->flags & all, RS_F_KEEPALIVE);
	assert_int_equal(f->tcp->listener_stats[3].open, 1);
	assert_int_equal(f->tcp->listener_stats[3].established, 1);
}

static void
syn_without_a_tcb_is_dropped(void **state)
{
	struct fixture *f = *state;

	f->params.tcp.max_connections = 1;
	f->params.tcp.syn_cookies = RS_COOKIES_NEVER;
	fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(input(f, .flags = SYN, .rport = 2), RS_RESET_MAX);
	assert_null(fixture_find(f, LPORT, 2));
	assert_int_equal(f->stack->stats.tcp.syn_dropped, 1);
	assert_int_equal(f->stack->stats.tcp.passive_opens, 1);
	rs_conn_abort(f->tcp, fixture_find(f, LPORT, RPORT));
	fixture_run(f);
	assert_int_equal(input(f, .flags = SYN, .rport = 2), RS_RESET_MAX);
	assert_non_null(fixture_find(f, LPORT, 2));
}

static void
syn_without_a_neighbour_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct rs_pool_use use;

	f->params.max_neighbours = 1;
	fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(input(f, .flags = SYN, .rport = 2, .mac = 1), RS_RESET_MAX);
	assert_null(fixture_find(f, LPORT, 2));
	rs_stack_pools(f->stack, &use);
	assert_int_equal(use.tcbs, 1);
	assert_int_equal(use.neighbours, 1);
	assert_int_equal(f->tcp->listener_stats[0].accepted, 1);
	/* one more connection of the neighbour that is there is well */
	assert_int_equal(input(f, .flags = SYN, .rport = 2), RS_RESET_MAX);
}

/*
 * The TCB of such a SYN was handed out and given back unused. Its memory is undefined
 * (conn/pool.h), so nobody may read a state from it.
 */
static void
tcb_that_was_never_used_is_no_connection(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	f->params.max_neighbours = 1;
	fixture_start(f);
	for (i = 1; i <= 3; i++)
		memset(&f->tcp->tcbs[i], RS_ESTABLISHED, sizeof(struct rs_tcb));
	fixture_reach(f, RS_ESTABLISHED);
	assert_int_equal(input(f, .flags = SYN, .rport = 2, .mac = 1), RS_RESET_MAX);
	rs_stack_stop(f->stack, RS_STOP_RESET);
	fixture_run(f);
	/* one connection, one reset */
	assert_int_equal(f->stack->stats.tcp.aborted, 1);
	assert_int_equal(fixture_forget(f), 1);
}

/* 3.10.7.4 second and fourth: SYN-RECEIVED of a passive open goes back to LISTEN. */
static void
syn_received_returns_to_listen(void **state)
{
	struct fixture *f = *state;
	struct rs_tcb *tcb = fixture_reach(f, RS_SYN_RECEIVED);

	rs_listen_return(f->tcp, tcb);
	assert_null(fixture_find(f, LPORT, RPORT));
	fixture_run(f);
	assert_null(fixture_next(f));
	assert_int_equal(f->notified[OPENED] + f->notified[ENDED], 0);
	assert_int_equal(f->tcp->listener_stats[0].open, 0);
	assert_int_equal(f->tcp->listener_stats[0].aborted, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(listener_is_found_by_port),
		fixture_test(listener_of_the_longest_prefix_is_found),
		fixture_test(listener_of_another_address_is_not_found),
		fixture_test(closed_ports_drop_as_they_are_told),
		fixture_test(syn_of_a_peer_that_is_not_allowed_is_reset),
		fixture_test(isn_is_of_time_tuple_and_secret),
		fixture_test(send_mss_is_the_peers_or_what_our_mtu_carries),
		fixture_test(syn_ack_announces_what_we_can_receive),
		fixture_test(window_shift_is_the_least_that_fits),
		fixture_test(syn_sets_the_numbers_of_3_10_7_2),
		fixture_test(syn_with_bad_options_is_counted_and_taken),
		fixture_test(connection_has_its_listeners_settings),
		fixture_test(syn_without_a_tcb_is_dropped),
		fixture_test(syn_without_a_neighbour_is_dropped),
		fixture_test(tcb_that_was_never_used_is_no_connection),
		fixture_test(syn_received_returns_to_listen),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
