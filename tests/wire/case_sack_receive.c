/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Selective acknowledgment as the receiver of text sends it: which blocks, in which order
 * (RFC 2018 2 to 4), and what came twice (RFC 2883 4, whose figures are cases here).
 */

#include "wire.h"

/* A connection with SACK; the peer's text begins at 101. */
static struct wire_tcb
with_sack(struct wire *w)
{
	return handshake(.sack_ok = 1);
}

/* Text [from, to) of the peer, which is byte from - 101 on of its stream. */
static void
text(struct wire *w, const struct wire_tcb *t, uint32_t from, uint32_t to)
{
	in(ACK, .seq = from, .ack = t->snd_nxt, .data = bytes(from - 101), .len = to - from);
}

/* The ACK that answers it. */
#define acked(ack_, ...) out(ACK, .seq = t.snd_nxt, .ack = ack_, ##__VA_ARGS__)

/* All text up to here was told, from 101 on. */
static void
told_all(struct wire *w, uint32_t to)
{
	told(DATA, .data = bytes(0), .len = to - 101);
}

WIRE(sack_permitted_in_syn_ack_if_in_syn, "RFC 2018 2", "")
{
	in(SYN, .seq = 100, .sack_ok = 1);
	out(SYN | ACK, .ack = 101, .sack_ok = 1);
}

WIRE(sack_not_permitted_in_syn_ack_without, "RFC 2018 2", "")
{
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .sack_ok = NONE);
}

WIRE(sack_not_permitted_as_configured, "RFC 2018 2", "")
{
	struct wire_tcb t;

	w->tcp.sack = false;
	t = with_sack(w);
	text(w, &t, 201, 301);
	acked(101, .n_sack = NONE);
}

WIRE(sack_permitted_with_timestamps_and_scale, "RFC 2018 2, RFC 7323 2, 3", "")
{
	in(SYN, .seq = 100, .mss = 1460, .ws = 7, .sack_ok = 1, TS(7000, 0));
	out(SYN | ACK, .ack = 101, .mss = 1460, .ws = 0, .sack_ok = 1, .tsecr = 7000);
}

WIRE(sack_permitted_of_illegal_length_is_none, "RFC 2018 2", "MUST-7")
{
	in(SYN, .seq = 100, OPT("\4\3\0\0"));
	out(SYN | ACK, .ack = 101, .sack_ok = NONE);
	counted(tcp.bad_options, 1);
}

WIRE(sack_none_to_a_peer_that_did_not_permit, "RFC 2018 4", "")
{
	struct wire_tcb t = handshake(.mss = 1460);

	text(w, &t, 201, 301);
	acked(101, .n_sack = NONE);
	text(w, &t, 401, 501);
	acked(101, .n_sack = NONE);
}

WIRE(sack_none_while_all_is_in_order, "RFC 2018 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 101, 201);
	told_all(w, 201);
	due(1, 42);
	acked(201, .n_sack = NONE);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 201, .data = "hello", .n_sack = NONE);
}

WIRE(sack_block_of_a_hole, "RFC 2018 3, 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 201, 301);
	acked(101, SACK({ 201, 301 }));
	/* a block is all that is contiguous */
	text(w, &t, 301, 401);
	acked(101, SACK({ 201, 401 }));
	text(w, &t, 101, 201);
	acked(401, .n_sack = NONE);
	told_all(w, 401);
}

WIRE(sack_first_of_rfc_2018_8_first_lost, "RFC 2018 7, case 2", "")
{
	struct wire_tcb t = with_sack(w);
	uint32_t i;

	/* The first of 8 segments of 500 bytes is lost: each ACK has one block, which grows. */
	for (i = 1; i < 8; i++) {
		text(w, &t, 101 + 500 * i, 601 + 500 * i);
		acked(101, SACK({ 601, 601 + 500 * i }));
	}
}

WIRE(sack_second_of_rfc_2018_every_other_lost, "RFC 2018 7, case 3", "")
{
	struct wire_tcb t = with_sack(w);

	/* The 2nd, 4th, 6th and 8th of 8 segments of 500 bytes are lost. */
	text(w, &t, 101, 601);
	due(1, 42);
	acked(601, .n_sack = NONE);
	text(w, &t, 1101, 1601);
	acked(601, SACK({ 1101, 1601 }));
	text(w, &t, 2101, 2601);
	acked(601, SACK({ 2101, 2601 }, { 1101, 1601 }));
	text(w, &t, 3101, 3601);
	acked(601, SACK({ 3101, 3601 }, { 2101, 2601 }, { 1101, 1601 }));
	/* the 4th comes: it joins two blocks; then the 2nd */
	text(w, &t, 1601, 2101);
	acked(601, SACK({ 1101, 2601 }, { 3101, 3601 }));
	text(w, &t, 601, 1101);
	acked(2601, SACK({ 3101, 3601 }));
	told_all(w, 2601);
}

WIRE(sack_latest_first_and_at_most_four, "RFC 2018 3, 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 201, 301);
	acked(101, SACK({ 201, 301 }));
	text(w, &t, 401, 501);
	acked(101, SACK({ 401, 501 }, { 201, 301 }));
	text(w, &t, 601, 701);
	acked(101, SACK({ 601, 701 }, { 401, 501 }, { 201, 301 }));
	text(w, &t, 801, 901);
	acked(101, SACK({ 801, 901 }, { 601, 701 }, { 401, 501 }, { 201, 301 }));
	text(w, &t, 1001, 1101);
	acked(101, SACK({ 1001, 1101 }, { 801, 901 }, { 601, 701 }, { 401, 501 }));
	/* the one that grows comes first again */
	text(w, &t, 501, 551);
	acked(101, SACK({ 401, 551 }, { 1001, 1101 }, { 801, 901 }, { 601, 701 }));
	/* the one that had to stand back, too, when it grows */
	text(w, &t, 301, 351);
	acked(101, SACK({ 201, 351 }, { 401, 551 }, { 1001, 1101 }, { 801, 901 }));
}

WIRE(sack_at_most_three_with_timestamps, "RFC 2018 3, RFC 7323 3", "")
{
	struct wire_tcb t = handshake(.sack_ok = 1, TS(7000, 0));
	uint32_t i;

	for (i = 1; i < 5; i++) {
		in(ACK, .seq = 1 + 200 * i, .ack = t.snd_nxt, .data = bytes(200 * i - 100),
			.len = 100, TS(7000, 0));
		check(next_out()->n_sack == (int)RTE_MIN(i, 3u));
		check(next_out()->tsval != NONE);
		acked(101);
	}
	in(ACK, .seq = 1001, .ack = t.snd_nxt, .data = bytes(900), .len = 100, TS(7000, 0));
	acked(101, SACK({ 1001, 1101 }, { 801, 901 }, { 601, 701 }), .tsecr = 7000);
}

WIRE(sack_as_many_as_there_is_room_for, "RFC 2018 3", "")
{
	struct wire_tcb t = with_sack(w);
	uint32_t i;

	/* Five blocks: the first stands back until another is gone. */
	for (i = 1; i < 6; i++) {
		text(w, &t, 1 + 200 * i, 101 + 200 * i);
		acked(101);
	}
	text(w, &t, 301, 401);
	acked(101, SACK({ 201, 501 }, { 1001, 1101 }, { 801, 901 }, { 601, 701 }));
	text(w, &t, 101, 201);
	acked(501, SACK({ 1001, 1101 }, { 801, 901 }, { 601, 701 }));
	text(w, &t, 1201, 1301);
	acked(501, SACK({ 1201, 1301 }, { 1001, 1101 }, { 801, 901 }, { 601, 701 }));
	text(w, &t, 1401, 1501);
	acked(501, SACK({ 1401, 1501 }, { 1201, 1301 }, { 1001, 1101 }, { 801, 901 }));
	/* with 601 to 701 all is room again for it: it is gone by its own ACK */
	text(w, &t, 501, 601);
	acked(701, SACK({ 1401, 1501 }, { 1201, 1301 }, { 1001, 1101 }, { 801, 901 }));
	told_all(w, 701);
}

WIRE(sack_of_one_that_stood_back_returns, "RFC 2018 3", "")
{
	struct wire_tcb t = with_sack(w);
	uint32_t i;

	for (i = 1; i < 7; i++) {
		text(w, &t, 1 + 200 * i, 101 + 200 * i);
		acked(101);
	}
	/* 201 and 401 had to stand back; 201 goes, and two others become one: room for 401 */
	text(w, &t, 101, 201);
	told_all(w, 301);
	acked(301, SACK({ 1201, 1301 }, { 1001, 1101 }, { 801, 901 }, { 601, 701 }));
	text(w, &t, 1101, 1201);
	acked(301, SACK({ 1001, 1301 }, { 801, 901 }, { 601, 701 }, { 401, 501 }));
	text(w, &t, 301, 401);
	told(DATA, .data = bytes(200), .len = 200);
	acked(501, SACK({ 1001, 1301 }, { 801, 901 }, { 601, 701 }));
}

WIRE(sack_in_segments_with_text, "RFC 2018 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 201, 301);
	acked(101);
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", SACK({ 201, 301 }));
	due(200, 203); /* the probe of the tail, RFC 8985 7.2 */
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", SACK({ 201, 301 }));
}

WIRE(sack_makes_text_shorter, "RFC 9293 3.7.1, RFC 6691 2", "MUST-16")
{
	struct wire_tcb t = handshake(.mss = 1000, .sack_ok = 1);

	text(w, &t, 201, 301);
	acked(101);
	text(w, &t, 401, 501);
	acked(101);
	/* two blocks take 20 bytes */
	user_send(bytes(0), 980);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 980,
		SACK({ 401, 501 }, { 201, 301 }));
}

WIRE(sack_in_fin, "RFC 2018 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 201, 301);
	acked(101);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101, SACK({ 201, 301 }));
}

WIRE(sack_has_a_fin_out_of_order, "RFC 2018 3", "")
{
	struct wire_tcb t = with_sack(w);

	/* A FIN takes a number as an octet does. */
	in(FIN | ACK, .seq = 201, .ack = t.snd_nxt, .data = bytes(100), .len = 100);
	acked(101, SACK({ 201, 302 }));
	text(w, &t, 101, 201);
	told_all(w, 301);
	told(PEER_CLOSED);
	acked(302, .n_sack = NONE);
}

WIRE(sack_one_ack_for_a_burst_has_all, "RFC 2018 3, 4", "MUST-58 MUST-59")
{
	struct wire_tcb t = with_sack(w);

	burst(seg(ACK, .seq = 201, .ack = t.snd_nxt, .data = bytes(100), .len = 100),
		seg(ACK, .seq = 401, .ack = t.snd_nxt, .data = bytes(300), .len = 100),
		seg(ACK, .seq = 601, .ack = t.snd_nxt, .data = bytes(500), .len = 100));
	acked(101, SACK({ 601, 701 }, { 401, 501 }, { 201, 301 }));
}

/* MTU 68: a datagram has 28 bytes for options and text. */
WIRE(sack_no_more_than_the_least_mtu_takes, "RFC 791 3.2, RFC 9293 3.7.1", "MUST-16")
{
	struct wire_tcb t;

	ipv4_only();
	w->port.mtu = 68;
	w->tcp.mss = 28;
	t = handshake(.sack_ok = 1, .mss = 28);
	text(w, &t, 121, 131);
	acked(101);
	text(w, &t, 141, 151);
	acked(101);
	text(w, &t, 161, 171);
	acked(101, SACK({ 161, 171 }, { 141, 151 }));
	/* 8 bytes are left for text */
	user_send("0123456789", 10);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "01234567",
		SACK({ 161, 171 }, { 141, 151 }));
	quiet(); /* Nagle */
}

/* The same with timestamps, which leave no room for a block and text of 8 bytes. */
WIRE(sack_has_no_room_beside_timestamps, "RFC 791 3.2, RFC 9293 3.7.1", "MUST-16")
{
	struct wire_tcb t;

	ipv4_only();
	w->port.mtu = 68;
	w->tcp.mss = 28;
	t = handshake(.sack_ok = 1, .mss = 28, TS(1000, 0));
	in(ACK, .seq = 121, .ack = t.snd_nxt, .data = bytes(20), .len = 10, TS(1001, t.tsval));
	acked(101);
	user_send("0123456789abcdefgh", 18);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "0123456789abcdef");
}

WIRE(sack_kept_is_never_dropped, "RFC 2018 8", "")
{
	struct wire_tcb t = with_sack(w);
	uint32_t i;

	/* More holes than a connection keeps: what was reported is there when they fill. */
	for (i = 1; i <= 300; i++) {
		text(w, &t, 101 + 2 * i, 102 + 2 * i);
		acked(101);
	}
	counted(tcp.rx_no_room, 300 - 32);
	text(w, &t, 101, 102);
	acked(102);
	told_all(w, 102);
	for (i = 0; i < 32; i++) {
		text(w, &t, 102 + 2 * i, 103 + 2 * i);
		acked(104 + 2 * i);
		told(DATA, .data = bytes(1 + 2 * i), .len = 2);
	}
}

WIRE(sack_outside_the_window_is_not_reported, "RFC 2018 3, 3.10.7.4 first", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 101 + WIRE_RCV_BUF, 201 + WIRE_RCV_BUF);
	acked(101, .n_sack = NONE);
	/* half of it outside: only the half that is kept */
	text(w, &t, 51 + WIRE_RCV_BUF, 151 + WIRE_RCV_BUF);
	acked(101, SACK({ 51 + WIRE_RCV_BUF, 101 + WIRE_RCV_BUF }));
}

WIRE(sack_joins_left_and_right, "RFC 2018 3", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 201, 301);
	acked(101, SACK({ 201, 301 }));
	text(w, &t, 401, 501);
	acked(101, SACK({ 401, 501 }, { 201, 301 }));
	text(w, &t, 301, 401);
	acked(101, SACK({ 201, 501 }));
	text(w, &t, 151, 601); /* on both sides, and what is there in the middle */
	acked(101, SACK({ 201, 501 }, { 151, 601 }));
}

/*
 * What came twice (RFC 2883)
 */

WIRE(dsack_example_1, "RFC 2883 4.1.1", "")
{
	struct wire_tcb t = with_sack(w);

	/* 3000-3499 and 3500-3999 came, their ACKs were lost: 3000-3499 comes again. */
	text(w, &t, 101, 601);
	due(1, 42);
	acked(601);
	text(w, &t, 601, 1101);
	due(1, 42);
	acked(1101);
	told_all(w, 1101);
	text(w, &t, 101, 601);
	acked(1101, SACK({ 101, 601 }));
	counted(tcp.rx_overlap, 1);
	nothing_told();
}

WIRE(dsack_example_2, "RFC 2883 4.1.2", "")
{
	struct wire_tcb t = with_sack(w);

	/* One segment lost, the next ones delayed; a duplicate below what waits */
	text(w, &t, 101, 601);
	due(1, 42);
	acked(601);
	text(w, &t, 1101, 1601);
	acked(601, SACK({ 1101, 1601 }));
	text(w, &t, 1601, 2101);
	acked(601, SACK({ 1101, 2101 }));
	text(w, &t, 101, 601);
	acked(601, SACK({ 101, 601 }, { 1101, 2101 }));
	/* it is reported but once */
	text(w, &t, 2101, 2601);
	acked(601, SACK({ 1101, 2601 }));
	told_all(w, 601);
}

WIRE(dsack_example_3, "RFC 2883 4.1.3", "")
{
	struct wire_tcb t = with_sack(w);

	/* A duplicate of what waits: the second block is the larger one it is in. */
	text(w, &t, 601, 1101);
	acked(101, SACK({ 601, 1101 }));
	text(w, &t, 1101, 1601);
	acked(101, SACK({ 601, 1601 }));
	text(w, &t, 1101, 1601);
	acked(101, SACK({ 1101, 1601 }, { 601, 1601 }));
	text(w, &t, 1601, 2101);
	acked(101, SACK({ 601, 2101 }));
}

WIRE(dsack_example_4, "RFC 2883 4.2.1", "")
{
	struct wire_tcb t = with_sack(w);

	/* 500-999 came; 1500-1999 of it is lost, 2000-2499 waits; then the sender's segments
	 * become larger: 1000-1999 of which 1000-1499 was there. */
	text(w, &t, 101, 601);
	due(1, 42);
	acked(601);
	text(w, &t, 1601, 2101);
	acked(601, SACK({ 1601, 2101 }));
	text(w, &t, 601, 1101);
	acked(1101, SACK({ 1601, 2101 }));
	text(w, &t, 601, 1601);
	acked(2101, SACK({ 601, 1101 }));
	told_all(w, 2101);
}

WIRE(dsack_example_5, "RFC 2883 4.2.2", "")
{
	struct wire_tcb t = with_sack(w);

	/* Two duplicate parts of one segment, both acknowledged now: the first is reported. */
	text(w, &t, 101, 601);
	due(1, 42);
	acked(601);
	text(w, &t, 2601, 3101);
	acked(601, SACK({ 2601, 3101 }));
	text(w, &t, 601, 1101);
	acked(1101, SACK({ 2601, 3101 }));
	text(w, &t, 1601, 2101);
	acked(1101, SACK({ 1601, 2101 }, { 2601, 3101 }));
	text(w, &t, 601, 2101);
	acked(2101, SACK({ 601, 1101 }, { 2601, 3101 }));
	told_all(w, 2101);
}

WIRE(dsack_example_6, "RFC 2883 4.2.3", "")
{
	struct wire_tcb t = with_sack(w);

	/* The same above the cumulative ACK: the first part, then the block it is in now. */
	text(w, &t, 601, 1101);
	acked(101, SACK({ 601, 1101 }));
	text(w, &t, 1601, 2101);
	acked(101, SACK({ 1601, 2101 }, { 601, 1101 }));
	text(w, &t, 601, 2101);
	acked(101, SACK({ 601, 1101 }, { 601, 2101 }));
}

WIRE(dsack_of_one_byte_again, "RFC 2883 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 101, 201);
	due(1, 42);
	acked(201);
	told_all(w, 201);
	/* a keep-alive with an octet of rubbish (3.8.4) is text that came before */
	in(ACK, .seq = 200, .ack = t.snd_nxt, .data = "?");
	acked(201, SACK({ 200, 201 }));
	/* one without has nothing to report */
	in(ACK, .seq = 200, .ack = t.snd_nxt);
	acked(201, .n_sack = NONE);
}

/* "the second SACK block should specify that (possibly larger) block" */
WIRE(dsack_in_a_burst_has_its_block_behind_it, "RFC 2883 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 201, 301);
	acked(101);
	burst(seg(ACK, .seq = 201, .ack = t.snd_nxt, .data = bytes(100), .len = 100),
		seg(ACK, .seq = 401, .ack = t.snd_nxt, .data = bytes(300), .len = 100));
	acked(101, SACK({ 201, 301 }, { 201, 301 }, { 401, 501 }));
}

WIRE(dsack_with_timestamps_has_two_blocks_more, "RFC 2883 4, RFC 2018 3", "")
{
	struct wire_tcb t = handshake(.sack_ok = 1, TS(7000, 0));
	uint32_t i;

	for (i = 1; i < 5; i++) {
		in(ACK, .seq = 1 + 200 * i, .ack = t.snd_nxt, .data = bytes(200 * i - 100),
			.len = 100, TS(7000, 0));
		acked(101);
	}
	in(ACK, .seq = 401, .ack = t.snd_nxt, .data = bytes(300), .len = 50, TS(7000, 0));
	acked(101, SACK({ 401, 451 }, { 401, 501 }, { 801, 901 }));
}

WIRE(dsack_in_text_that_goes_anyway, "RFC 2883 4", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 101, 201);
	told_all(w, 201);
	/* The user answers the segment after it: that one carries the report. */
	user_send("hello", 5);
	out(ACK, .seq = t.snd_nxt, .ack = 201, .data = "hello");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5, .data = bytes(0), .len = 150);
	told(DATA, .data = bytes(100), .len = 50);
	out(ACK, .seq = t.snd_nxt + 5, .ack = 251, SACK({ 101, 201 }));
}

WIRE(dsack_none_to_a_peer_that_did_not_permit, "RFC 2883 4, RFC 2018 4", "")
{
	struct wire_tcb t = handshake(.mss = 1460);

	text(w, &t, 101, 201);
	due(1, 42);
	acked(201);
	told_all(w, 201);
	text(w, &t, 101, 201);
	acked(201, .n_sack = NONE);
	counted(tcp.rx_overlap, 0);
}

WIRE(dsack_in_time_wait, "RFC 2883 4, RFC 1337 3", "")
{
	struct wire_tcb t = with_sack(w);

	text(w, &t, 101, 201);
	due(1, 42);
	acked(201);
	told_all(w, 201);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 201);
	in(FIN | ACK, .seq = 201, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 202);
	told(PEER_CLOSED);
	ended(CLOSED);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 100);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 202, SACK({ 101, 201 }));
	state(TIME_WAIT);
	/* without data there is no duplicate, and a reset is never answered */
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 202, .n_sack = NONE);
	in(RST, .seq = 101);
	verdict(out_of_window);
	quiet();
	counted(tcp.rx_overlap, 1);
	state(TIME_WAIT);
}

/*
 * Pieces of a byte, as in CVE-2018-5390
 */

WIRE(sack_of_pieces_of_a_byte_is_bounded, "RFC 2018 8, RFC 9293 3.10.7.4 first", "SHLD-31")
{
	enum { SENT = 256, KEPT = 32 };
	struct wire_tcb t = with_sack(w);
	uint32_t i;

	/* Each is behind a gap. What is kept is reported, and what is dropped is not. */
	for (i = 0; i < SENT; i++) {
		text(w, &t, 103 + 2 * i, 104 + 2 * i);
		check(next_out()->sack[0].left == 103 + 2 * RTE_MIN(i, KEPT - 1U));
		check(next_out()->sack[0].right == 104 + 2 * RTE_MIN(i, KEPT - 1U));
		acked(101);
	}
	counted(tcp.rx_out_of_order, KEPT);
	counted(tcp.ooo_limited, SENT - KEPT);
	counted(tcp.rx_no_room, SENT - KEPT);
	/* A piece that touches another one needs no room of its own. */
	text(w, &t, 104, 105);
	acked(101, SACK({ 103, 106 }, { 165, 166 }, { 163, 164 }, { 161, 162 }));
	/* The peer retransmits what was not reported. */
	text(w, &t, 101, 103);
	acked(106);
	text(w, &t, 106, 103 + 2 * SENT);
	acked(103 + 2 * SENT, SACK({ 107, 108 })); /* the D-SACK of the first that came twice */
	told_all(w, 103 + 2 * SENT);
}

WIRE(sack_of_a_window_with_every_second_lost, "RFC 2018 3, 4", "SHLD-31")
{
	struct wire_tcb t = with_sack(w);
	uint32_t i;

	for (i = 1; i < 20; i += 2) {
		text(w, &t, 101 + i * 1460, 101 + (i + 1) * 1460);
		check(next_out()->sack[0].left == 101 + i * 1460);
		acked(101);
	}
	for (i = 0; i < 20; i += 2) {
		text(w, &t, 101 + i * 1460, 101 + (i + 1) * 1460);
		acked(101 + (i + 2) * 1460);
	}
	counted(tcp.rx_out_of_order, 10);
	counted(tcp.ooo_limited, 0);
	told_all(w, 101 + 20 * 1460);
}
