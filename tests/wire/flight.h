/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * For cases of what is in flight: segments of 1460 bytes by their number, from the first byte
 * of a connection on. The variable `t` is the connection.
 */

#ifndef FLIGHT_H
#define FLIGHT_H

#include "wire.h"

/** SEQ of segment number i, and a SACK block of segments i to before j. */
#define AT(i) (t.snd_nxt + (uint32_t)(i) * 1460)
#define BLOCK(i, j) { AT(i), AT(j) }

/** Segment i goes out, for the first time or again. */
#define goes(i) wire_goes(HERE, &t, i, 1)

/** Segments i to before j go out, in this order, and no other. */
#define go(i, j) (wire_goes(HERE, &t, i, (j) - (i)), quiet())

/** Whatever segments go out now. @return how many */
#define some_go() wire_some_go(HERE, &t)

/** The user sends segments i to before j. */
#define send_segments(i, j) user_send(bytes((i) * 1460), ((j) - (i)) * 1460)

/** The peer acknowledges what is before segment i; more fields may follow. */
#define acks(i, ...) in(ACK, .seq = 101, .ack = AT(i), ##__VA_ARGS__)

/** A connection whose round-trip time is `rtt` milliseconds, with SACK or without. */
#define flight_with_sack(rtt) wire_flight(HERE, &seg(SYN, .seq = 100, .mss = 1460, \
	.sack_ok = 1), rtt)
#define flight_without_sack(rtt) wire_flight(HERE, &seg(SYN, .seq = 100, .mss = 1460), rtt)

static inline void
wire_goes(struct wire *w, const struct wire_tcb *t, uint32_t i, uint32_t n)
{
	for (; n > 0; n--, i++)
		wire_out(w, &(struct wire_seg){ .flags = ACK, WIRE_TUPLE, .wnd = ANY,
			.mss = ANY, .ws = ANY, .sack_ok = ANY, .tsval = ANY, .tsecr = ANY,
			.n_sack = ANY, .uto = ANY, .tos = ANY,
			.seq = t->snd_nxt + i * 1460, .ack = 101,
			.data = &w->bytes[i * 1460], .len = 1460 });
}

static inline uint32_t
wire_some_go(struct wire *w, const struct wire_tcb *t)
{
	uint32_t n = 0;

	for (; !TAILQ_EMPTY(&w->sent); n++)
		wire_goes(w, t, (uint32_t)(wire_next_out(w)->seq - t->snd_nxt) / 1460, 1);
	return n;
}

static inline struct wire_tcb
wire_flight(struct wire *w, const struct wire_seg *syn, uint64_t rtt)
{
	struct wire_tcb t = { .lport = WIRE_LPORT, .rport = WIRE_RPORT };

	w->tcp.pacing = false; /* what the window allows is seen at once: case_pacing.c */
	wire_in(w, syn, 1);
	t.iss = out(SYN | ACK, .ack = 101, .mss = ANY, .sack_ok = syn->sack_ok);
	after(rtt);
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	t.snd_una = t.snd_nxt = t.iss + 1;
	t.rcv_nxt = 101;
	return t;
}

#endif /* FLIGHT_H */
