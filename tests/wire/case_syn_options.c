/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Options in the SYNs of active opens: what ours offers, and what a connection has of it
 * when the peer's SYN or SYN,ACK says less (RFC 7323 2.2 and 3.2, RFC 2018 2, RFC 5482 3).
 */

#include "wire.h"

/* Our SYN was answered by this SYN,ACK; @return SND.NXT. */
static uint32_t
answered(struct wire *w, const struct wire_seg *syn_ack)
{
	struct wire_seg in = *syn_ack;
	uint32_t iss;

	connect();
	iss = out(SYN, .mss = 1460);
	in.ack = iss + 1;
	wire_in(HERE, &in, 1);
	told(OPENED);
	return iss + 1;
}

WIRE(syn_offers_all_options, "RFC 7323 2.2, 3.2, RFC 2018 2, RFC 5482 3", "")
{
	w->tcp.uto = true;
	connect();
	check(next_out()->tsval != NONE);
	/* TSecr means nothing in a segment without ACK, and is 0 */
	out(SYN, .mss = 1460, .ws = 0, .sack_ok = 1, .tsecr = 0, .uto = 100);
}

WIRE(syn_offers_no_option_that_is_off, "RFC 7323 2.2, 3.2, RFC 2018 2, RFC 5482 3", "")
{
	w->tcp.window_scale = w->tcp.timestamps = w->tcp.sack = false;
	connect();
	out(SYN, .mss = 1460, .ws = NONE, .sack_ok = NONE, .tsval = NONE, .uto = NONE);
}

WIRE(syn_sent_again_has_its_options, "3.8.1, RFC 7323 3.2", "")
{
	uint32_t tsval, iss;

	connect();
	tsval = (uint32_t)next_out()->tsval;
	iss = out(SYN, .mss = 1460, .ws = 0, .sack_ok = 1, .tsecr = 0);
	due(1000, 1002);
	check((uint32_t)next_out()->tsval - tsval >= 1000);
	check((uint32_t)next_out()->tsval - tsval <= 1002);
	out(SYN, .seq = iss, .mss = 1460, .ws = 0, .sack_ok = 1, .tsecr = 0);
}

WIRE(syn_ack_agrees_to_all, "RFC 7323 3.2, RFC 2018 2", "")
{
	uint32_t snd_nxt = answered(w, &seg(SYN | ACK, .seq = 100, .mss = 1460, .ws = 2,
		.sack_ok = 1, TS(7000, 0)));

	check(next_out()->tsval != NONE);
	out(ACK, .seq = snd_nxt, .ack = 101, .tsecr = 7000);
	in(ACK, .seq = 201, .ack = snd_nxt, .data = "x", TS(7001, 0));
	out(ACK, .seq = snd_nxt, .ack = 101, .tsecr = 7000, SACK({ 201, 202 }));
	/* PAWS */
	in(ACK, .seq = 101, .ack = snd_nxt, .data = "y", TS(6999, 0));
	out(ACK, .seq = snd_nxt, .ack = 101, .tsecr = 7000, SACK({ 201, 202 }));
	counted(tcp.paws_rejected, 1);
}

WIRE(syn_ack_without_timestamps, "RFC 7323 3.2", "")
{
	uint32_t snd_nxt = answered(w, &seg(SYN | ACK, .seq = 100, .mss = 1000, .sack_ok = 1));

	out(ACK, .seq = snd_nxt, .ack = 101, .tsval = NONE);
	user_send(bytes(0), 1000);
	out(ACK, .seq = snd_nxt, .ack = 101, .data = bytes(0), .len = 1000, .tsval = NONE);
}

WIRE(syn_ack_without_sack, "RFC 2018 2, 4", "")
{
	uint32_t snd_nxt = answered(w, &seg(SYN | ACK, .seq = 100, .mss = 1460, TS(7000, 0)));

	out(ACK, .seq = snd_nxt, .ack = 101);
	in(ACK, .seq = 201, .ack = snd_nxt, .data = "x", TS(7001, 0));
	out(ACK, .seq = snd_nxt, .ack = 101, .tsecr = 7000, .n_sack = NONE);
}

WIRE(syn_ack_agrees_to_what_was_not_offered, "RFC 7323 2.2, 3.2, RFC 2018 2", "")
{
	uint32_t snd_nxt;

	w->tcp.window_scale = w->tcp.timestamps = w->tcp.sack = false;
	snd_nxt = answered(w, &seg(SYN | ACK, .seq = 100, .mss = 1000, .ws = 7, .sack_ok = 1,
		TS(7000, 0), .wnd = 2000));
	out(ACK, .seq = snd_nxt, .ack = 101, .tsval = NONE);
	in(ACK, .seq = 201, .ack = snd_nxt, .data = "x", .wnd = 2000, TS(1, 0));
	out(ACK, .seq = snd_nxt, .ack = 101, .tsval = NONE, .n_sack = NONE);
	/* 2000 bytes are a window of 2000 */
	user_send(bytes(0), 4000);
	out(ACK, .seq = snd_nxt, .ack = 101, .data = bytes(0), .len = 1000);
	out(ACK, .seq = snd_nxt + 1000, .ack = 101, .data = bytes(1000), .len = 1000);
	quiet();
}

WIRE(syn_options_when_both_open_at_once, "3.5 figure 7, RFC 7323 3.2, RFC 2018 2", "MUST-10")
{
	uint32_t iss;

	connect();
	iss = out(SYN, .sack_ok = 1, .tsecr = 0);
	in(SYN, .seq = 100, .mss = 1460, TS(7000, 0));
	/* What the peer's SYN has not, is not in our SYN,ACK. */
	check(next_out()->tsval != NONE);
	out(SYN | ACK, .seq = iss, .ack = 101, .ws = NONE, .sack_ok = NONE, .tsecr = 7000);
	in(ACK, .seq = 101, .ack = iss + 1, TS(7001, 0));
	told(OPENED);
	user_send("x", 1);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "x", .tsecr = 7001);
}

WIRE(syn_ack_with_user_timeout, "RFC 5482 3", "")
{
	uint32_t snd_nxt;

	w->tcp.uto = true;
	snd_nxt = answered(w, &seg(SYN | ACK, .seq = 100, .mss = 1460, .uto = 240));
	/* ours is in our first segment after the SYN, too */
	out(ACK, .seq = snd_nxt, .ack = 101, .uto = 100);
	user_send("x", 1);
	out(ACK, .seq = snd_nxt, .ack = 101, .data = "x", .uto = NONE);
}

WIRE(syn_ack_with_a_shift_above_14, "RFC 7323 2.3", "")
{
	uint32_t snd_nxt = answered(w, &seg(SYN | ACK, .seq = 100, .mss = 1460, .ws = 15));

	out(ACK, .seq = snd_nxt, .ack = 101);
	counted(tcp.large_wscale, 1);
}

WIRE(syn_sent_timestamps_in_its_tuple_go_on, "RFC 7323 5.4, RFC 6191 4", "")
{
	uint32_t tsval, snd_nxt = answered(w, &seg(SYN | ACK, .seq = 100, TS(7000, 0)));

	tsval = (uint32_t)next_out()->tsval;
	out(ACK, .seq = snd_nxt, .ack = 101);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
	after(2000);
	connect();
	check((uint32_t)next_out()->tsval - tsval >= 2000);
	check((uint32_t)next_out()->tsval - tsval <= 2100);
	out(SYN, .tsecr = 0);
}
