/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Pacing: CUBIC spreads what its window allows over the round trip (RFC 9406 4.3). */

#include "wire.h"

/* A connection with a round trip of `rtt` milliseconds and n segments to send. */
static uint32_t
begin(struct wire *w, uint64_t rtt, unsigned int n)
{
	uint32_t nxt;

	in(SYN, .seq = 100, .mss = 1000, .wnd = 65535, .ws = 8);
	nxt = out(SYN | ACK, .ack = 101) + 1;
	after(rtt);
	in(ACK, .seq = 101, .ack = nxt);
	told(OPENED);
	while (n-- > 0)
		user_send(bytes(0), 1000);
	return nxt;
}

/* n segments from *nxt on, all at once. */
static void
expect(struct wire *w, uint32_t *nxt, unsigned int n)
{
	for (; n > 0; n--, *nxt += 1000)
		out(ACK, .seq = *nxt, .ack = 101, .data = bytes(0), .len = 1000);
}

/* How many segments come in the next `ms` milliseconds. */
static unsigned int
come_in(struct wire *w, uint32_t *nxt, unsigned int ms)
{
	unsigned int n = 0;

	after(ms);
	while (!TAILQ_EMPTY(&w->sent)) {
		expect(w, nxt, 1);
		n++;
	}
	return n;
}

WIRE(pacing_slow_start_is_spread_over_half_a_round_trip, "RFC 9406 4.3", "")
{
	uint32_t una = begin(w, 100, 200);
	uint32_t nxt = una;
	unsigned int i, n;

	/* the initial window goes at once (RFC 6928 2), whatever the rate */
	expect(w, &nxt, 10);
	after(100);
	in(ACK, .seq = 101, .ack = una + 5000);
	in(ACK, .seq = 101, .ack = una + 10000);
	/* cwnd is 20 segments: a burst of 10, the others at two windows a round trip, so one
	 * in 2.5 ms */
	n = come_in(w, &nxt, 0);
	check(n >= 5 && n <= 11);
	for (i = 0; n < 20; i++) {
		unsigned int more = come_in(w, &nxt, 5);

		check(more >= 1 && more <= 3);
		n += more;
	}
	check(n == 20);
	check(i * 5 >= 15 && i * 5 <= 40); /* and well before the round trip is over */
}

WIRE(pacing_lets_the_window_fill_within_a_round_trip, "RFC 9406 4.3", "")
{
	uint32_t nxt = begin(w, 100, 250);
	unsigned int rounds, i;

	/* Each window acknowledged at once is the worst that ACKs can do. It makes slow start add 8
	 * segments (RFC 9406 4.3); what the window has then goes out within a round trip. */
	expect(w, &nxt, 10);
	for (rounds = 1; rounds <= 5; rounds++) {
		unsigned int n = 0;

		after(100);
		in(ACK, .seq = 101, .ack = nxt);
		for (i = 0; i < 100; i++)
			n += come_in(w, &nxt, 1);
		check(n == 10 + 8 * rounds);
	}
}

WIRE(pacing_counts_only_segments_that_were_sent, "RFC 9406 4.3", "")
{
	uint32_t nxt = begin(w, 100, 200);
	unsigned int n;

	expect(w, &nxt, 10);
	after(100);
	hoard(1);
	in(ACK, .seq = 101, .ack = nxt);
	n = come_in(w, &nxt, 0);
	check(n > 0 && n < 10);
	/* The others of an initial window still go at once (RFC 6928 2): 2 ms are less than a
	 * segment's time, so none comes on top. */
	give_back();
	check(n + come_in(w, &nxt, 2) == 10);
}

WIRE(pacing_off_sends_a_window_at_once, "", "")
{
	uint32_t una, nxt;

	w->tcp.pacing = false;
	una = nxt = begin(w, 100, 100);
	expect(w, &nxt, 10);
	after(100);
	in(ACK, .seq = 101, .ack = una + 5000);
	in(ACK, .seq = 101, .ack = una + 10000);
	expect(w, &nxt, 20);
	counted(tcp.paced, 0);
}

WIRE(pacing_not_on_a_path_shorter_than_the_timer, "", "")
{
	uint32_t una = begin(w, 1, 100);
	uint32_t nxt = una;

	expect(w, &nxt, 10);
	after(1);
	in(ACK, .seq = 101, .ack = una + 5000);
	in(ACK, .seq = 101, .ack = una + 10000);
	expect(w, &nxt, 20);
	counted(tcp.paced, 0);
}

WIRE(pacing_not_with_newreno, "RFC 5681 3.1", "")
{
	uint32_t una, nxt;

	w->tcp.congestion = RS_CC_NEWRENO;
	una = nxt = begin(w, 100, 100);
	expect(w, &nxt, 10);
	after(100);
	in(ACK, .seq = 101, .ack = una + 2000);
	expect(w, &nxt, 4);
	in(ACK, .seq = 101, .ack = una + 10000);
	expect(w, &nxt, 10);
	counted(tcp.paced, 0);
}
