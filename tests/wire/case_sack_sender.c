/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SACK as the sender takes it: what goes again and what does not (RFC 2018 5 and 8, RFC 6675),
 * and reports of duplicates (RFC 2883).
 */

#include "flight.h"

WIRE(sack_what_is_missing_goes_again, "RFC 2018 5", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 5);
	go(0, 5);
	after(100);
	acks(0, SACK(BLOCK(1, 2)));
	acks(0, SACK(BLOCK(1, 3)));
	quiet();
	acks(0, SACK(BLOCK(1, 4)));
	go(0, 1);
	acks(0, SACK(BLOCK(1, 5)));
	quiet();
	after(100);
	acks(5);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 1);
	counted(tcp.fast_recoveries, 1);
}

WIRE(sack_what_arrived_does_not_go_again, "RFC 2018 5", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 9);
	go(0, 9);
	after(100);
	acks(0, SACK(BLOCK(7, 9), BLOCK(5, 6), BLOCK(3, 4), BLOCK(1, 2)));
	goes(0);
	goes(2);
	goes(4);
	goes(6);
	quiet();
	after(100);
	acks(9);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 4);
}

WIRE(sack_of_several_holes_sends_the_lowest_first, "RFC 6675 5 (NextSeg)", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(1, SACK(BLOCK(2, 3), BLOCK(4, 5), BLOCK(6, 10)));
	goes(1);
	goes(3);
	goes(5);
	quiet();
	after(100);
	acks(10);
	counted(tcp.retransmitted, 3);
}

WIRE(sack_of_a_part_of_a_segment, "RFC 2018 3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 5);
	go(0, 5);
	after(100);
	acks(0, SACK({ AT(0) + 700, AT(5) }));
	out(ACK, .seq = AT(0), .ack = 101, .data = bytes(0), .len = 700);
	quiet();
	acks(5);
}

WIRE(sack_blocks_on_data_count, "RFC 2018 4", "")
{
	struct wire_tcb t = flight_with_sack(100);

	/* A segment with text is no duplicate ACK (RFC 5681 2), but its blocks say the same. */
	send_segments(0, 5);
	go(0, 5);
	after(100);
	acks(0, SACK(BLOCK(1, 4)), .data = "x");
	told(DATA, .data = "x");
	out(ACK, .seq = AT(0), .ack = 102, .data = bytes(0), .len = 1460);
	in(ACK, .seq = 102, .ack = AT(5));
	after(5000);
	quiet();
}

WIRE(sack_without_permission_is_not_read, "RFC 2018 2", "")
{
	struct wire_tcb t = flight_without_sack(100);

	send_segments(0, 5);
	go(0, 5);
	after(100);
	acks(0, SACK(BLOCK(1, 5)));
	after(500);
	quiet();
	acks(5);
}

/* Blocks that no receiver can mean: nothing is lost by them, nothing goes again. */
static void
nothing_of(struct wire *w, struct wire_tcb t, uint32_t left, uint32_t right)
{
	uint32_t i;

	for (i = 0; i < 4; i++)
		acks(1, SACK({ left, right }));
	quiet();
}

WIRE(sack_blocks_that_mean_nothing, "RFC 2018 4, RFC 9293 3.10.7.4 fifth", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 5);
	go(0, 5);
	after(50);
	acks(1);
	nothing_of(w, t, AT(5), AT(6));         /* never sent */
	nothing_of(w, t, AT(2), AT(6));         /* in part never sent */
	nothing_of(w, t, AT(3), AT(3));         /* empty */
	nothing_of(w, t, AT(4), AT(2));         /* backwards */
	nothing_of(w, t, AT(1), AT(3));         /* what the ACK says is missing */
	nothing_of(w, t, AT(0), AT(3));
	nothing_of(w, t, AT(2) + (UINT32_C(1) << 31), AT(3) + (UINT32_C(1) << 31));
	/* As after no ACK: a probe of the tail after two round trips. */
	due(170, 200);
	go(4, 5);
	acks(5);
	counted(tcp.rx_dsack, 0);
	counted(tcp.fast_recoveries, 0);
}

WIRE(sack_is_forgotten_after_a_timeout, "RFC 2018 8", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 3);
	go(0, 3);
	after(100);
	acks(0, SACK(BLOCK(1, 3)));
	due(25, 27);
	go(0, 1);
	due(870, 880);          /* RTO, since it was sent first */
	go(0, 1);
	counted(tcp.rto_expired, 1);
	/* The peer threw away what it had SACKed (it reneged). */
	after(100);
	acks(1);
	goes(1);
	goes(2);
	quiet();
	after(100);
	acks(3);
}

WIRE(sack_after_a_timeout_is_believed_again, "RFC 2018 8", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 6);
	go(0, 6);
	after(100);
	acks(0, SACK(BLOCK(2, 4)));
	due(24, 27);
	go(0, 1);
	due(870, 880);
	go(0, 1);
	after(100);
	acks(1, SACK(BLOCK(2, 4)));
	goes(1);
	goes(4);
	quiet();
	after(100);
	acks(4);
	goes(5);
	quiet();
	after(100);
	acks(6);
}

/*
 * D-SACK
 */

WIRE(dsack_below_the_ack, "RFC 2883 4.1", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 5);
	go(0, 5);
	after(100);
	acks(2);
	acks(2, SACK(BLOCK(1, 2)));
	counted(tcp.rx_dsack, 1);
	acks(3, SACK(BLOCK(1, 3)));
	counted(tcp.rx_dsack, 1);
	quiet();
	acks(5);
	counted(tcp.retransmitted, 0);
}

WIRE(dsack_inside_the_second_block, "RFC 2883 4.2", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 8);
	go(0, 8);
	after(100);
	acks(0, SACK(BLOCK(3, 5)));
	acks(0, SACK(BLOCK(4, 5), BLOCK(3, 5)));
	counted(tcp.rx_dsack, 1);
	/* A first block that only touches or covers the second one is none. */
	acks(0, SACK(BLOCK(2, 3), BLOCK(3, 5)));
	counted(tcp.rx_dsack, 0);
	acks(8);
}

WIRE(dsack_is_no_loss, "RFC 2883 5", "")
{
	struct wire_tcb t = flight_with_sack(100);
	unsigned int i;

	send_segments(0, 5);
	go(0, 5);
	after(50);
	acks(1);
	for (i = 0; i < 5; i++)
		acks(1, SACK(BLOCK(0, 1)));
	quiet();
	counted(tcp.rx_dsack, 5);
	counted(tcp.fast_recoveries, 0);
	acks(5);
}

/*
 * Blocks that report less than a segment, and many losses
 */

WIRE(sack_splinters_retransmit_nothing, "RFC 2018 8, CVE-2019-11478", "")
{
	struct wire_tcb t = flight_with_sack(100);
	uint32_t i;

	/* A receiver has whole segments. One byte of each 2 would make 1,000 ranges. */
	send_segments(0, 8);
	go(0, 8);
	after(100);
	for (i = 1; i < 2000; i += 6)
		acks(0, SACK({ AT(0) + i, AT(0) + i + 1 }, { AT(0) + i + 2, AT(0) + i + 3 },
			{ AT(0) + i + 4, AT(0) + i + 5 }));
	quiet();
	counted(tcp.fast_recoveries, 0);
	/* Blocks of segments count as ever, and so does what is missing between them. */
	acks(0, SACK(BLOCK(5, 6), BLOCK(1, 2)));
	acks(0, SACK(BLOCK(7, 8), BLOCK(5, 6), BLOCK(1, 2)));
	goes(0);
	goes(2);
	quiet();
	acks(3, SACK(BLOCK(7, 8), BLOCK(5, 6)));
	goes(3);
	goes(4);
	goes(6);
	quiet();
	acks(8);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 5);
}

/* "Left Edge of Block: the first sequence number of this block; Right Edge of Block: the sequence
 * number immediately following the last": so a block has a byte at least. */
WIRE(sack_blocks_of_nothing_are_ignored, "RFC 2018 3", "")
{
	struct wire_tcb t = flight_with_sack(100);

	send_segments(0, 4);
	go(0, 4);
	after(100);
	acks(0, SACK({ AT(1), AT(1) }, { AT(2) + 10, AT(2) + 10 }, { AT(3), AT(2) }));
	quiet();
	counted(tcp.sack_splinters, 0);
	counted(tcp.fast_recoveries, 0);
	acks(4);
}

WIRE(sack_of_a_short_last_segment, "RFC 2018 3", "")
{
	struct wire_tcb t = { .lport = WIRE_LPORT_NODELAY };

	in(SYN, .lport = WIRE_LPORT_NODELAY, .seq = 100, .mss = 1460, .sack_ok = 1);
	t.snd_nxt = out(SYN | ACK, .lport = WIRE_LPORT_NODELAY, .ack = 101) + 1;
	after(100);
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	user_send(bytes(0), 2 * 1460 + 10);
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = AT(0), .ack = 101, .data = bytes(0),
		.len = 1460);
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = AT(1), .ack = 101, .data = bytes(1460),
		.len = 1460);
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = AT(2), .ack = 101, .data = bytes(2 * 1460),
		.len = 10);
	after(100);
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = AT(0),
		SACK({ AT(2), AT(2) + 10 }));
	/* It is believed: the other two are retransmitted after the reordering window. */
	due(20, 30);
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = AT(0), .ack = 101, .data = bytes(0),
		.len = 1460);
	quiet();
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = AT(1),
		SACK({ AT(2), AT(2) + 10 }));
	out(ACK, .lport = WIRE_LPORT_NODELAY, .seq = AT(1), .ack = 101, .data = bytes(1460),
		.len = 1460);
	quiet();
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 101, .ack = AT(2) + 10);
	after(5000);
	quiet();
	counted(tcp.retransmitted, 2);
}

/* Segments are retransmitted, every second one from `i` on. @return the next that will be */
static uint32_t
every_second_goes(struct wire *w, struct wire_tcb t, uint32_t i)
{
	for (; !TAILQ_EMPTY(&w->sent); i += 2)
		goes(i);
	return i;
}

/* A window of 44 segments is in flight from segment FROM on: three round trips of slow start. */
enum { FROM = 70, TO = FROM + 44 };

static struct wire_tcb
flight_of_a_window(struct wire *w)
{
	struct wire_tcb t = flight_with_sack(100);
	uint32_t round, acked = 0;

	send_segments(0, TO);
	for (round = 10; round <= 40; round *= 2) {
		after(100);
		some_go();
		while (acked < 2 * round - 10)
			acks(++acked);
	}
	after(100);
	some_go();
	return t;
}

WIRE(sack_of_a_window_with_many_losses, "RFC 2018 5, RFC 6675 5", "")
{
	struct wire_tcb t = flight_of_a_window(w);
	uint32_t i, next = FROM;

	/* Every second segment arrives; the newest block is the first (RFC 2018 4). */
	for (i = FROM + 1; i < TO; i += 2) {
		if (i < FROM + 5)
			acks(FROM, SACK(BLOCK(i, i + 1)));
		else
			acks(FROM, SACK(BLOCK(i, i + 1), BLOCK(i - 2, i - 1),
				BLOCK(i - 4, i - 3)));
		next = every_second_goes(w, t, next);
	}
	/* Each of the others is retransmitted once, as the peer gets those before it. */
	for (i = FROM; i < TO; i += 2) {
		after(10);
		if (i + 6 < TO)
			acks(i + 2, SACK(BLOCK(i + 3, i + 4), BLOCK(i + 5, i + 6)));
		else
			acks(i + 2);
		next = every_second_goes(w, t, next);
	}
	check(next == TO);
	after(5000);
	quiet();
	counted(tcp.retransmitted, (TO - FROM) / 2);
	counted(tcp.fast_recoveries, 1);
	counted(tcp.rto_expired, 0);
}
