/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SYN floods (RFC 4987): SYN cookies (3.6), the oldest half-open connection that makes way (3.4),
 * SYN-ACKs that are retransmitted less (3.3), and the silence of a full table (RFC 9293 3.10.1).
 */

#include "wire.h"

enum { ECT_0 = 2, TS_BITS = 1024 };

/* What the connection with this peer's port says of itself. */
static struct rs_conn_info
info_of(struct wire *w, uint16_t rport)
{
	struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, rport);
	struct rs_conn_info info = { 0 };

	check(rs_stack_inspect(stack(), &tuple, &info) == 0);
	return info;
}

static struct rs_pool_use
pools(struct wire *w)
{
	struct rs_pool_use use;

	rs_stack_pools(stack(), &use);
	return use;
}

/* A cookie for this port, for a SYN with SEQ 100. */
static uint32_t
cookie(struct wire *w, uint16_t rport)
{
	uint32_t iss;

	in(SYN, .rport = rport, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, .rport = rport, .ack = 101);
	counted(tcp.cookies_sent, 1);
	return iss;
}

/* It is answered as a segment to LISTEN with ACK is: <SEQ=SEG.ACK><CTL=RST> */
static void
refused(struct wire *w, uint16_t rport, uint32_t iss)
{
	in(ACK, .rport = rport, .seq = 101, .ack = iss + 1);
	out(RST, .rport = rport, .seq = iss + 1);
	reset(listen_bad_ack);
	state_on(WIRE_LPORT, rport, LISTEN);
}

/*
 * The SYN-ACK and its ACK
 */

WIRE(cookie_syn_ack_has_the_form_of_any_other, "RFC 4987 3.6, 3.10.7.2 third", "")
{
	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .wnd = WIRE_RCV_BUF, .mss = 1460, .ws = NONE, .sack_ok = NONE,
		.tsval = NONE);
	/* No state is kept, so nothing is retransmitted. */
	state(LISTEN);
	check(pools(w).tcbs == 0 && pools(w).half_open == 0 && pools(w).neighbours == 0);
	after(200000);
	quiet();
	counted(tcp.passive_opens, 0);
}

WIRE(cookie_ack_opens, "RFC 4987 3.6, 3.10.7.4 fifth", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	iss = cookie(w, WIRE_RPORT);
	in(ACK, .seq = 101, .ack = iss + 1);
	quiet();
	told(OPENED);
	state(ESTABLISHED);
	counted(tcp.cookies_taken, 1);
	counted(tcp.passive_opens, 1);
	counted(tcp.established, 1);
	check(pools(w).half_open == 0);
	user_send("hello", 5);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = iss + 6, .data = "world");
	told(DATA, .data = "world");
	due(1, 42);
	out(ACK, .seq = iss + 6, .ack = 106);
	/* A second ACK of the SYN-ACK is an ordinary one. */
	in(ACK, .seq = 106, .ack = iss + 1);
	state(ESTABLISHED);
}

/* The ACK of the SYN-ACK was lost, so the first text brings the cookie. */
WIRE(cookie_ack_with_text_and_fin, "RFC 4987 3.6, 3.10.7.4 seventh, eighth", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	iss = cookie(w, WIRE_RPORT);
	in(FIN | ACK, .seq = 101, .ack = iss + 1, .data = "GET");
	told(OPENED);
	told(DATA, .data = "GET");
	told(PEER_CLOSED);
	out(ACK, .seq = iss + 1, .ack = 105);
	state(CLOSE_WAIT);
}

WIRE(cookie_ack_and_text_in_one_burst, "RFC 4987 3.6", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	iss = cookie(w, WIRE_RPORT);
	burst(seg(ACK, .seq = 101, .ack = iss + 1),
		seg(ACK | PSH, .seq = 101, .ack = iss + 1, .data = "hello"));
	told(OPENED);
	told(DATA, .data = "hello");
	counted(tcp.cookies_taken, 1);
	due(1, 42);
	out(ACK, .seq = iss + 1, .ack = 106);
}

/* No round trip was measured, so the first RTO is the initial one (RFC 6298 2.1). */
WIRE(cookie_gives_no_rtt_sample, "RFC 6298 2.1", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->tcp.rto_initial_ms = 2000;
	iss = cookie(w, WIRE_RPORT);
	after(5);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	check(info_of(w, WIRE_RPORT).srtt_us == 0);
	user_send("hello", 5);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello");
	due(2000, 2002);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello");
}

/* A retransmitted SYN may be answered by another ISS: the peer takes either. */
WIRE(cookie_of_a_retransmitted_syn, "RFC 4987 3.6", "")
{
	uint32_t first, second;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	first = cookie(w, WIRE_RPORT);
	after(59000);
	second = cookie(w, WIRE_RPORT);
	in(ACK, .seq = 101, .ack = first + 1);
	told(OPENED);
	if (second != first) {
		in(ACK, .seq = 101, .ack = second + 1);
		out(ACK, .seq = first + 1, .ack = 101); /* RFC 5961 5: a challenge */
	}
	state(ESTABLISHED);
}

WIRE(cookie_is_answered_in_vlan_and_to_the_mac_of_the_syn, "RFC 4987 3.6", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->max_neighbours = 1;
	set_vlan(7);
	in(SYN, .seq = 100, .vlan = 7, .mac = 0x77, .lport = WIRE_LPORT_TOS);
	iss = out(SYN | ACK, .ack = 101, .vlan = WIRE_TCI(7), .mac = 0x77, .lport = WIRE_LPORT_TOS,
		.tos = WIRE_TOS);
	in(ACK, .seq = 101, .ack = iss + 1, .vlan = 7, .mac = 0x77, .lport = WIRE_LPORT_TOS);
	told(OPENED);
	user_send("hello", 5);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello", .vlan = WIRE_TCI(7), .mac = 0x77,
		.lport = WIRE_LPORT_TOS, .tos = WIRE_TOS);
}

/*
 * Options
 */

WIRE(cookie_holds_the_options_with_timestamps, "RFC 4987 3.6, RFC 7323, RFC 2018, RFC 3168", "")
{
	static const uint16_t mss[] = { 48, 535, 536, 1000, 1220, 1337, 1459, 1460 };
	uint32_t iss, ts;
	uint16_t i;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->tcp.max_connections = w->tcp.max_busy = 128;
	for (i = 0; i < RTE_DIM(mss) * 16; i++) {
		uint16_t rport = (uint16_t)(41000 + i);
		uint8_t ws = (uint8_t)(i % 15);
		bool sack = i / 8 % 2 != 0;
		bool ecn = i / 16 % 2 != 0;
		uint8_t flags = ecn ? SYN | ECE | CWR : SYN;

		w->now += 77000; /* so that the clock's low bits differ */
		in(flags, .rport = rport, .seq = 100, .mss = mss[i / 16], .ws = ws,
			.sack_ok = sack ? 1 : NONE, TS(7000, 0));
		ts = (uint32_t)next_out()->tsval;
		iss = out(SYN | ACK | (ecn ? ECE : 0), .rport = rport, .ack = 101, .mss = 1460,
			.ws = 0, .sack_ok = sack ? 1 : NONE, .tsecr = 7000);
		in(ACK, .rport = rport, .seq = 101, .ack = iss + 1, .wnd = 3, TS(7005, ts));
		told(OPENED, .rport = rport);
		check(info_of(w, rport).mss == mss[i / 16]);
		check(info_of(w, rport).snd_wnd == 3u << ws);
		/* the rest shows in an ACK of text beyond a gap */
		in(ACK, .rport = rport, .seq = 111, .ack = iss + 1, .wnd = 3, .data = "x",
			TS(7006, ts));
		check((int32_t)(next_out()->tsval - ts) >= 0 &&
			(int32_t)(next_out()->tsval - ts) < 2 * TS_BITS);
		out(ACK, .rport = rport, .seq = iss + 1, .ack = 101, .tsecr = 7005,
			.n_sack = sack ? 1 : NONE, .sack = { { 111, 112 } });
	}
}

WIRE(cookie_with_timestamps_holds_the_mss_of_a_larger_mtu, "RFC 4987 3.6", "")
{
	uint32_t iss, ts;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->port.mtu = (uint16_t)(1900 + WIRE_IPV6_MORE);
	in(SYN, .seq = 100, .mss = 1859, TS(7000, 0));
	ts = (uint32_t)next_out()->tsval;
	iss = out(SYN | ACK, .ack = 101, .ws = NONE, .sack_ok = NONE);
	in(ACK, .seq = 101, .ack = iss + 1, TS(7005, ts));
	told(OPENED);
	check(info_of(w, WIRE_RPORT).mss == 1859);
}

/* Data of an ECN-capable connection is ECT (RFC 3168 6.1.2). */
WIRE(cookie_holds_ecn, "RFC 4987 3.6, RFC 3168 6.1.1", "")
{
	uint32_t iss, ts;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN | ECE | CWR, .seq = 100, .mss = 1460, TS(7000, 0));
	ts = (uint32_t)next_out()->tsval;
	iss = out(SYN | ACK | ECE, .ack = 101, .tos = 0);
	in(ACK, .seq = 101, .ack = iss + 1, TS(7000, ts));
	told(OPENED);
	user_send("hello", 5);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello", .tos = ECT_0);
}

/* Without timestamps there is no bit for it, so ECN is not agreed to. */
WIRE(cookie_without_timestamps_has_no_ecn, "RFC 4987 3.6, RFC 3168 6.1.1", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN | ECE | CWR, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, .ack = 101, .tos = 0);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send("hello", 5);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello", .tos = 0);
}

/* Rounded down to one of 8 values: no segment is larger than the peer takes. */
WIRE(cookie_holds_one_of_8_mss_without_timestamps, "RFC 4987 3.6", "")
{
	static const struct { int mss; uint16_t is; } cases[] = {
		{ 1, 48 }, { 48, 48 }, { 535, 48 }, { 536, 536 }, { 1219, 536 },
		{ 1220, 1220 }, { 1380, 1360 }, { 1400, 1400 }, { 1452, 1440 }, { 1460, 1460 },
		{ 8959, 1460 }, { 8960, 1860 }, { 65535, 1860 }, /* our MTU */
	};
	uint32_t iss;
	uint16_t i;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->port.mtu = (uint16_t)(1900 + WIRE_IPV6_MORE);
	for (i = 0; i < RTE_DIM(cases); i++) {
		uint16_t rport = (uint16_t)(41000 + i);

		in(SYN, .rport = rport, .seq = 100, .mss = cases[i].mss);
		iss = out(SYN | ACK, .rport = rport, .ack = 101);
		in(ACK, .rport = rport, .seq = 101, .ack = iss + 1);
		told(OPENED, .rport = rport);
		check(info_of(w, rport).mss == cases[i].is);
	}
	/* MUST-15 */
	in(SYN, .seq = 100);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	check(info_of(w, WIRE_RPORT).mss == WIRE_MSS_DEFAULT);
}

WIRE(cookie_holds_window_scale_and_sack_without_timestamps, "RFC 4987 3.6, RFC 7323 2.2", "")
{
	static const uint8_t is[] = { 0, 0, 2, 2, 4, 4, 6, 7, 8, 8, 10, 10, 10, 10, 10 };
	uint8_t ws;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	for (ws = 0; ws < RTE_DIM(is); ws++) {
		uint16_t rport = (uint16_t)(41000 + ws);
		bool sack = ws % 2 != 0;
		uint32_t iss;

		in(SYN, .rport = rport, .seq = 100, .mss = 1460, .ws = ws,
			.sack_ok = sack ? 1 : NONE);
		iss = out(SYN | ACK, .rport = rport, .ack = 101, .ws = 0,
			.sack_ok = sack ? 1 : NONE, .tsval = NONE);
		in(ACK, .rport = rport, .seq = 101, .ack = iss + 1, .wnd = 3);
		told(OPENED, .rport = rport);
		check(info_of(w, rport).snd_wnd == 3u << is[ws]);
		in(ACK, .rport = rport, .seq = 111, .ack = iss + 1, .wnd = 3, .data = "x");
		out(ACK, .rport = rport, .seq = iss + 1, .ack = 101,
			.n_sack = sack ? 1 : NONE, .sack = { { 111, 112 } });
	}
}

/* The numbers of both stand side by side in a cookie. */
WIRE(cookie_holds_each_mss_with_each_window_scale, "RFC 4987 3.6, RFC 7323 2.2", "")
{
	static const uint16_t mss[] = { 48, 536, 1220, 1360, 1400, 1440, 1460 };
	static const uint8_t ws[] = { 0, 2, 4, 6, 7, 8, 10 };
	uint16_t i;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	for (i = 0; i < RTE_DIM(mss) * RTE_DIM(ws); i++) {
		uint16_t rport = (uint16_t)(41000 + i);
		uint16_t m = mss[i / RTE_DIM(ws)];
		uint8_t s = ws[i % RTE_DIM(ws)];
		uint32_t iss;

		in(SYN, .rport = rport, .seq = 100, .mss = m, .ws = s);
		iss = out(SYN | ACK, .rport = rport, .ack = 101, .ws = 0, .sack_ok = NONE,
			.tsval = NONE);
		in(ACK, .rport = rport, .seq = 101, .ack = iss + 1, .wnd = 3);
		told(OPENED, .rport = rport);
		check(info_of(w, rport).mss == m);
		check(info_of(w, rport).snd_wnd == 3u << s);
	}
}

WIRE(cookie_agrees_to_configured_options_only, "RFC 4987 3.6", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->tcp.window_scale = w->tcp.sack = w->tcp.timestamps = false;
	w->tcp.ecn = RS_ECN_OFF;
	in(SYN | ECE | CWR, .seq = 100, .mss = 1460, .ws = 7, .sack_ok = 1, TS(7000, 0));
	iss = out(SYN | ACK, .ack = 101, .mss = 1460, .ws = NONE, .sack_ok = NONE, .tsval = NONE);
	in(ACK, .seq = 101, .ack = iss + 1, .wnd = 100);
	told(OPENED);
	check(info_of(w, WIRE_RPORT).snd_wnd == 100);
}

WIRE(cookie_window_of_a_scaled_connection, "RFC 7323 2.2", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->tcp.rcv_buf = 4 * 65536;
	in(SYN, .seq = 100, .mss = 1460, .ws = 7);
	iss = out(SYN | ACK, .ack = 101, .wnd = 65535, .ws = 3);
	in(FIN | ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	told(PEER_CLOSED);
	out(ACK, .seq = iss + 1, .ack = 102, .wnd = 4 * 65536 >> 3);
}

/* PAWS works on: TS.Recent is the ACK's. */
WIRE(cookie_connection_checks_timestamps, "RFC 7323 5.3 R1", "")
{
	uint32_t iss, ts;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN, .seq = 100, .mss = 1460, TS(7000, 0));
	ts = (uint32_t)next_out()->tsval;
	iss = out(SYN | ACK, .ack = 101, .tsecr = 7000);
	in(ACK, .seq = 101, .ack = iss + 1, TS(7010, ts));
	told(OPENED);
	in(ACK | PSH, .seq = 101, .ack = iss + 1, .data = "old", TS(7009, ts));
	out(ACK, .seq = iss + 1, .ack = 101, .tsecr = 7010);
	counted(tcp.paws_rejected, 1);
}

/*
 * What is no cookie
 */

WIRE(cookie_forged_is_reset, "RFC 4987 3.6, 3.10.7.2 second", "")
{
	uint32_t iss, bit;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	iss = cookie(w, WIRE_RPORT);
	for (bit = 0; bit < 32; bit++)
		refused(w, WIRE_RPORT, iss ^ 1u << bit);
	counted(tcp.cookies_bad, 32);
	/* of another port, and of another ISN of the peer */
	refused(w, WIRE_RPORT + 1, iss);
	in(ACK, .seq = 102, .ack = iss + 1);
	out(RST, .seq = iss + 1);
	reset(listen_bad_ack);
	in(SYN | ACK, .seq = 101, .ack = iss + 1);
	out(RST, .seq = iss + 1);
	reset(listen_bad_ack);
	counted(tcp.cookies_bad, 2);
	counted(tcp.cookies_taken, 0);
	/* It was good all the time. */
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	counted(tcp.cookies_taken, 1);
}

/* The bits of the timestamp are part of the cookie. */
WIRE(cookie_with_other_timestamp_bits_is_reset, "RFC 4987 3.6, 3.10.7.2 second", "")
{
	uint32_t iss, ts, bit;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN, .seq = 100, .mss = 1460, .ws = 7, .sack_ok = 1, TS(7000, 0));
	ts = (uint32_t)next_out()->tsval;
	iss = out(SYN | ACK, .ack = 101);
	for (bit = 1; bit < TS_BITS; bit <<= 1) {
		in(ACK, .seq = 101, .ack = iss + 1, TS(7001, ts ^ bit));
		out(RST, .seq = iss + 1);
		reset(listen_bad_ack);
	}
	refused(w, WIRE_RPORT, iss); /* without timestamps */
	counted(tcp.cookies_bad, 11);
	in(ACK, .seq = 101, .ack = iss + 1, TS(7001, ts));
	told(OPENED);
}

WIRE(cookie_is_good_for_a_minute_and_not_for_two, "RFC 4987 3.6", "")
{
	uint32_t first, second;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	first = cookie(w, 40001);
	second = cookie(w, 40002);
	skip(60000);
	in(ACK, .rport = 40001, .seq = 101, .ack = first + 1);
	told(OPENED, .rport = 40001);
	cookie(w, 40003);
	skip(60000);
	refused(w, 40002, second);
	counted(tcp.cookies_bad, 1);
}

WIRE(cookie_is_not_looked_for_if_none_was_sent_lately, "RFC 4987 3.6", "")
{
	uint32_t iss;

	refused(w, WIRE_RPORT, 1000);
	counted(tcp.cookies_bad, 0);
	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	check(w->stack != NULL); /* the stack was made with auto */
	iss = 77;
	refused(w, WIRE_RPORT, iss);
	counted(tcp.cookies_bad, 0);
}

WIRE(cookie_sent_long_ago_is_not_looked_for, "RFC 4987 3.6", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	iss = cookie(w, WIRE_RPORT);
	skip(120000);
	refused(w, WIRE_RPORT, iss);
	counted(tcp.cookies_bad, 0);
}

/*
 * auto: beyond max_half_open
 */

WIRE(cookie_beyond_the_half_open_share, "RFC 4987 3.6", "")
{
	struct wire_tcb t[2];
	uint32_t iss;

	w->tcp.max_half_open = 2;
	t[0] = reach_on(WIRE_LPORT, 40001, SYN_RECEIVED);
	t[1] = reach_on(WIRE_LPORT, 40002, SYN_RECEIVED);
	check(pools(w).half_open == 2);
	iss = cookie(w, 40003);
	check(pools(w).half_open == 2 && pools(w).tcbs == 2);
	in(ACK, .rport = 40003, .seq = 101, .ack = iss + 1);
	told(OPENED, .rport = 40003);
	/* One is over, so there is room for another one. */
	in(ACK, .rport = 40001, .seq = 101, .ack = t[0].snd_nxt);
	told(OPENED, .rport = 40001);
	check(pools(w).half_open == 1);
	reach_on(WIRE_LPORT, 40004, SYN_RECEIVED);
	counted(tcp.cookies_sent, 0);
	cookie(w, 40005);
	in(RST, .rport = 40002, .seq = 101);
	verdict(accepted);
	reach_on(WIRE_LPORT, 40006, SYN_RECEIVED);
}

/* An open of ours that meets the peer's is no half-open connection of a flood. */
WIRE(cookie_share_counts_passive_opens_only, "RFC 4987 3.6, 3.5 figure 7", "")
{
	w->tcp.max_half_open = 1;
	both_open();
	check(pools(w).half_open == 0);
	reach_on(WIRE_LPORT, 40001, SYN_RECEIVED);
	check(pools(w).half_open == 1);
}

WIRE(cookie_share_counts_reopened_connections, "RFC 4987 3.6, 3.6.1", "MAY-2")
{
	struct wire_tcb t;
	uint32_t iss;

	w->tcp.max_half_open = 1;
	t = reach(TIME_WAIT);
	in(SYN, .seq = t.rcv_nxt);
	iss = out(SYN | ACK, .ack = t.rcv_nxt + 1);
	check(pools(w).half_open == 1);
	cookie(w, 40001);
	in(ACK, .seq = t.rcv_nxt + 1, .ack = iss + 1);
	told(OPENED);
	check(pools(w).half_open == 0);
}

/* RFC 4987 3.3: a SYN-ACK is retransmitted twice while half-open connections are scarce. */
WIRE(half_open_ends_early_while_scarce, "RFC 4987 3.3", "")
{
	struct wire_tcb t[2];
	int i;

	w->tcp.max_half_open = 2;
	for (i = 0; i < 2; i++) {
		t[i] = reach_on(WIRE_LPORT, (uint16_t)(40001 + i), SYN_RECEIVED);
		after(10);
	}
	after(1000);
	for (i = 0; i < 2; i++)
		out(SYN | ACK, .rport = t[i].rport, .seq = t[i].iss, .ack = 101);
	after(2010);
	for (i = 0; i < 2; i++)
		out(SYN | ACK, .rport = t[i].rport, .seq = t[i].iss, .ack = 101);
	after(4010);
	/* The first one ends, so the other is within half of the share, and stays. */
	out(SYN | ACK, .rport = 40002, .seq = t[1].iss, .ack = 101);
	quiet();
	counted(tcp.half_open_expired, 1);
	state_on(WIRE_LPORT, 40001, LISTEN);
	state_on(WIRE_LPORT, 40002, SYN_RECEIVED);
	nothing_told();
}

/*
 * A full table
 */

WIRE(cookie_when_no_tcb_can_be_had, "RFC 4987 3.6, 3.10.1", "")
{
	uint32_t iss;

	w->tcp.max_connections = 1;
	reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	iss = cookie(w, 40002);
	/* The ACK finds no room, and nothing that may make way: silence, so the peer's text is
	 * retransmitted. */
	in(ACK | PSH, .rport = 40002, .seq = 101, .ack = iss + 1, .data = "hello");
	quiet();
	counted(tcp.cookies_no_room, 1);
	in(RST, .rport = 40001, .seq = 101);
	verdict(accepted);
	ended(RESET, .rport = 40001);
	in(ACK | PSH, .rport = 40002, .seq = 101, .ack = iss + 1, .data = "hello");
	told(OPENED, .rport = 40002);
	told(DATA, .rport = 40002, .data = "hello");
	due(1, 42);
	out(ACK, .rport = 40002, .seq = iss + 1, .ack = 106);
}

WIRE(half_open_oldest_makes_way_for_a_cookie, "RFC 4987 3.4", "")
{
	struct wire_tcb t[3];
	uint32_t iss;
	uint16_t i;

	w->tcp.max_connections = 3;
	for (i = 0; i < 3; i++)
		t[i] = reach_on(WIRE_LPORT, (uint16_t)(40001 + i), SYN_RECEIVED);
	iss = cookie(w, 40009);
	/* The second one, because the first one has opened, takes its leave without a reset. */
	in(ACK, .rport = 40001, .seq = 101, .ack = t[0].snd_nxt);
	told(OPENED, .rport = 40001);
	in(ACK, .rport = 40009, .seq = 101, .ack = iss + 1);
	told(OPENED, .rport = 40009);
	quiet();
	counted(tcp.half_open_evicted, 1);
	state_on(WIRE_LPORT, 40002, LISTEN);
	state_on(WIRE_LPORT, 40003, SYN_RECEIVED);
	check(pools(w).half_open == 1);
	refused(w, 40002, t[1].iss);
	in(ACK, .rport = 40003, .seq = 101, .ack = t[2].snd_nxt);
	told(OPENED, .rport = 40003);
}

/* The TCB of one becomes another's inside a burst that has segments of both. */
WIRE(half_open_makes_way_inside_a_burst, "RFC 4987 3.4", "")
{
	struct wire_tcb t;
	uint32_t iss;

	w->tcp.max_connections = 1;
	t = reach_on(WIRE_LPORT, 40001, SYN_RECEIVED);
	iss = cookie(w, 40002);
	burst(seg(ACK, .rport = 40002, .seq = 101, .ack = iss + 1),
		seg(ACK, .rport = 40001, .seq = 101, .ack = t.snd_nxt),
		seg(ACK | PSH, .rport = 40002, .seq = 101, .ack = iss + 1, .data = "hello"));
	out(RST, .rport = 40001, .seq = t.snd_nxt);
	reset(listen_bad_ack);
	told(OPENED, .rport = 40002);
	told(DATA, .rport = 40002, .data = "hello");
	due(1, 42);
	out(ACK, .rport = 40002, .seq = iss + 1, .ack = 106);
	counted(tcp.half_open_evicted, 1);
}

/* One whose SYN-ACK is still to be sent stays, because output refers to its TCB. */
WIRE(half_open_of_this_burst_does_not_make_way, "RFC 4987 3.4", "")
{
	uint32_t iss;

	w->tcp.max_connections = 2;
	reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	reach_on(WIRE_LPORT, 40002, SYN_RECEIVED);
	iss = cookie(w, 40003);
	in(RST, .rport = 40002, .seq = 101);
	verdict(accepted);
	burst(seg(SYN, .rport = 40004, .seq = 100),
		seg(ACK, .rport = 40003, .seq = 101, .ack = iss + 1));
	out(SYN | ACK, .rport = 40004, .ack = 101);
	counted(tcp.cookies_no_room, 1);
	in(ACK, .rport = 40003, .seq = 101, .ack = iss + 1);
	told(OPENED, .rport = 40003);
	counted(tcp.half_open_evicted, 1);
}

WIRE(syn_flood_of_a_full_table_is_not_answered, "3.10.1", "")
{
	struct wire_seg syns[RS_BURST];
	uint16_t i;

	w->tcp.max_connections = 1;
	w->tcp.syn_cookies = RS_COOKIES_NEVER;
	reach(ESTABLISHED);
	for (i = 0; i < RS_BURST; i++)
		syns[i] = seg(SYN, .rport = (uint16_t)(41000 + i), .seq = 100);
	in_all(syns, RS_BURST);
	quiet();
	counted(tcp.syn_dropped, RS_BURST);
	counted(tcp.cookies_sent, 0);
	after(10000);
	quiet();
}

/* Honest peers are all served, while a flood fills every half-open TCB. */
WIRE(syn_flood_does_not_keep_honest_peers_out, "RFC 4987 3.6", "")
{
	struct wire_seg flood[RS_BURST - 1];
	uint16_t round, i, served = 0;
	uint16_t from = 1024;

	w->tcp.max_connections = 64;
	w->tcp.max_half_open = 16;
	for (round = 0; round < 1000; round++) {
		uint16_t rport = (uint16_t)(60000 + round);
		uint32_t iss;

		for (i = 0; i < RTE_DIM(flood); i++)
			flood[i] = seg(SYN, .rhost = 77, .rport = from++ % 50000u + 1024, .seq = i);
		in_all(flood, RTE_DIM(flood));
		in(SYN, .rport = rport, .seq = 100, .mss = 1460);
		iss = out(SYN | ACK, .rport = rport, .ack = 101);
		while (!TAILQ_EMPTY(&w->sent))
			out(SYN | ACK, .rhost = 77, .rport = next_out()->rport,
				.ack = (uint32_t)next_out()->ack);
		w->now += 1000;
		in(ACK, .rport = rport, .seq = 101, .ack = iss + 1);
		told(OPENED, .rport = rport);
		served++;
		in(RST, .rport = rport, .seq = 101);
		verdict(accepted);
		ended(RESET, .rport = rport);
		check(pools(w).half_open <= 16);
	}
	check(served == 1000);
}

/*
 * Listeners with a security option, and source routes
 */

#define SECRET .lport = WIRE_LPORT_SECRET, .label = WIRE_LABEL

WIRE(cookie_of_a_listener_with_security, "RFC 4987 3.6, 3.10.7 third", "")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN, .lport = WIRE_LPORT_SECRET, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_SECRET, .seq = 0, .ack = 101);
	reset(security);
	in(SYN, SECRET, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, SECRET, .ack = 101, .mss = 1460);
	in(ACK, .lport = WIRE_LPORT_SECRET, .seq = 101, .ack = iss + 1);
	out(RST, .lport = WIRE_LPORT_SECRET, .seq = iss + 1);
	reset(security);
	in(ACK, SECRET, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send("hello", 5);
	out(ACK, SECRET, .seq = iss + 1, .ack = 101, .data = "hello");
}

#define CAME ROUTE("\x83\x0b\x0c\xc0\0\2\x09\xc0\0\2\x08")
#define BACK ROUTE("\x83\x0b\x04\xc0\0\2\x09\xc0\0\2\x02"), .hop = 8

/* The way back has no room in a cookie, so such a SYN gets a TCB. */
WIRE(cookie_is_not_sent_along_a_source_route, "RFC 4987 3.6", "MUST-53")
{
	uint32_t iss;

	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	w->tcp.source_route = true;
	in(SYN, .seq = 100, .mss = 1460, CAME);
	iss = out(SYN | ACK, .ack = 101, BACK);
	counted(tcp.cookies_sent, 0);
	state(SYN_RECEIVED);
	in(ACK, .seq = 101, .ack = iss + 1, CAME);
	told(OPENED);
}

WIRE(cookie_ignores_a_source_route_that_is_not_returned, "RFC 4987 3.6", "")
{
	w->tcp.syn_cookies = RS_COOKIES_ALWAYS;
	in(SYN, .seq = 100, .mss = 1460, CAME);
	out(SYN | ACK, .ack = 101);
	counted(tcp.cookies_sent, 1);
	state(LISTEN);
}
