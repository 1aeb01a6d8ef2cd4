/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Paths that swallow large segments without an ICMP error: time-outs lower Eff.snd.MSS (RFC 4821
 * 7.7), and 10 minutes later a probe tries whether the path carries more (RFC 4821 7.4 to 7.6, RFC
 * 8201 4). The sizes of datagrams are 1500, 1280 and, of IPv4, 576.
 */

#include "wire.h"

/* The MSS of a datagram's size. */
#define MSS_OF(size) ((uint32_t)(size) - (wire_ipv6 ? 60 : 40))

/* A connection whose segments fill 1500 bytes. */
static struct wire_tcb
reach_full(struct wire *w)
{
	w->tcp.black_holes = true;
	w->tcp.pacing = false;
	w->port.mtu = 1500;
	w->answers = true;
	return reach(ESTABLISHED);
}

static struct rs_conn_info
inspect(struct wire *w)
{
	const struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, WIRE_RPORT);
	struct rs_conn_info info;

	check(rs_stack_inspect(stack(), &tuple, &info) == 0);
	return info;
}

/* A segment of n bytes goes out, those at offset `off`. */
static void
goes(struct wire *w, const struct wire_tcb *t, uint32_t off, uint32_t n)
{
	out(ACK, .seq = t->snd_nxt + off, .ack = 101, .data = bytes(off), .len = n);
}

/* Two time-outs of a full segment: the MSS is that of 1280 then, and all is acknowledged. */
static struct wire_tcb
lowered(struct wire *w)
{
	struct wire_tcb t = reach_full(w);
	uint32_t full = MSS_OF(1500), less = MSS_OF(1280);

	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	due(1000, 1002);
	goes(w, &t, 0, full);
	due(1990, 2002);
	goes(w, &t, 0, less);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + less);
	goes(w, &t, less, full - less);
	in(ACK, .seq = 101, .ack = t.snd_nxt + full);
	t.snd_una = t.snd_nxt += full;
	return t;
}

WIRE(path_black_hole_found_by_time_outs, "RFC 4821 7.7, RFC 8899 4.3", "")
{
	struct wire_tcb t = lowered(w);
	struct rs_conn_info info = inspect(w);

	counted(tcp.path_black_holes, 1);
	counted(tcp.mss_lowered, 0);
	check(info.mss == MSS_OF(1280) && info.path_mtu == 1280 && info.mss_full == MSS_OF(1500));
	/* the finding is the connection's: what is new is no larger */
	user_send(bytes(0), 1400);
	goes(w, &t, 0, MSS_OF(1280));
	in(ACK, .seq = 101, .ack = t.snd_nxt + MSS_OF(1280));
	out(ACK, .seq = t.snd_nxt + MSS_OF(1280), .ack = 101, .data = bytes(MSS_OF(1280)),
		.len = 1400 - MSS_OF(1280));
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1400);
}

WIRE(path_black_hole_steps_down_to_the_least, "RFC 4821 7.7, RFC 8201 4, RFC 791 3.1", "")
{
	struct wire_tcb t = reach_full(w);
	uint32_t full = MSS_OF(1500), less = MSS_OF(1280);
	uint32_t least = wire_ipv6 ? less : MSS_OF(576);

	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	due(1000, 1002);
	goes(w, &t, 0, full);
	due(1990, 2002);
	goes(w, &t, 0, less);
	due(3990, 4002);
	goes(w, &t, 0, less);
	due(7990, 8002);
	goes(w, &t, 0, least); /* IPv6 has no path below 1280 */
	due(15990, 16002);
	goes(w, &t, 0, least);
	due(31990, 32002);
	goes(w, &t, 0, least);
	counted(tcp.path_black_holes, wire_ipv6 ? 1 : 2);
	in(ACK, .seq = 101, .ack = t.snd_nxt + full);
}

WIRE(path_black_hole_of_a_jumbo_frame, "RFC 4821 7.7", "")
{
	struct wire_tcb t;
	uint32_t full = MSS_OF(1900), less = MSS_OF(1500);

	w->tcp.black_holes = true;
	w->port.mtu = 1900;
	t = handshake(.mss = 8960);
	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	due(1000, 1002);
	goes(w, &t, 0, full);
	due(1990, 2002);
	goes(w, &t, 0, less);
	in(ACK, .seq = 101, .ack = t.snd_nxt + full);
	check(inspect(w).path_mtu == 1500);
}

WIRE(path_small_segments_lower_nothing, "RFC 4821 7.7", "")
{
	struct wire_tcb t = reach_full(w);
	unsigned int i;

	user_send(bytes(0), 536);
	goes(w, &t, 0, 536);
	for (i = 0; i < 4; i++) {
		due(1000, 16002);
		goes(w, &t, 0, 536);
	}
	in(ACK, .seq = 101, .ack = t.snd_nxt + 536);
	counted(tcp.path_black_holes, 0);
	check(inspect(w).mss == MSS_OF(1500));
}

WIRE(path_one_time_out_lowers_nothing, "RFC 4821 7.7", "")
{
	struct wire_tcb t = reach_full(w);
	uint32_t full = MSS_OF(1500);
	unsigned int i;

	for (i = 0; i < 3; i++) { /* of a segment each */
		user_send(bytes(0), full);
		goes(w, &t, 0, full);
		due(1000, 8002); /* the RTO stays backed off (RFC 6298 5.7) */
		goes(w, &t, 0, full);
		in(ACK, .seq = 101, .ack = t.snd_nxt += full);
	}
	counted(tcp.path_black_holes, 0);
}

WIRE(path_black_holes_off, "", "")
{
	struct wire_tcb t;
	uint32_t full = MSS_OF(1500);
	unsigned int i;

	w->port.mtu = 1500;
	w->answers = true;
	t = reach(ESTABLISHED);
	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	for (i = 0; i < 4; i++) {
		due(1000, 16002);
		goes(w, &t, 0, full);
	}
	in(ACK, .seq = 101, .ack = t.snd_nxt + full);
	counted(tcp.path_black_holes, 0);
}

/*
 * The probe
 */

/* The peer acknowledges all that goes out, up to `bytes` bytes. @return bytes of the largest */
static uint32_t
acknowledges(struct wire *w, struct wire_tcb *t, uint32_t n)
{
	uint32_t end = t->snd_nxt + n;
	uint32_t largest = 0;

	while (t->snd_nxt != end) {
		const struct wire_seg *s = next_out();
		uint32_t len = s->len;

		out(ACK, .seq = t->snd_nxt, .ack = 101, .len = len, .data = s->data);
		t->snd_nxt += len;
		largest = RTE_MAX(largest, len);
		in(ACK, .seq = 101, .ack = t->snd_nxt);
		after(3); /* the entries are examined */
	}
	return largest;
}

WIRE(path_probe_raises_after_ten_minutes, "RFC 8201 4, RFC 4821 7.6.1", "")
{
	struct wire_tcb t = lowered(w);
	uint32_t full = MSS_OF(1500), less = MSS_OF(1280);

	skip(9 * 60 * 1000);
	user_send(bytes(0), 20 * less);
	check(acknowledges(w, &t, 20 * less) == less);
	counted(tcp.path_probes, 0);
	skip(60 * 1000 + 10);
	user_send(bytes(0), 40 * less);
	check(acknowledges(w, &t, 40 * less) == full);
	counted(tcp.path_probes, 1);
	counted(tcp.path_raised, 1);
	counted(tcp.retransmitted, 3); /* those of the time-outs, and the rest of the segment */
	check(inspect(w).mss == full && inspect(w).mss_full == full);
	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	in(ACK, .seq = 101, .ack = t.snd_nxt + full);
}

/* A segment goes out, where the byte at SND.NXT of `t` is that at offset `at`. */
static void
goes_at(struct wire *w, const struct wire_tcb *t, uint32_t at, uint32_t off, uint32_t n)
{
	out(ACK, .seq = t->snd_nxt + off, .ack = 101, .data = bytes(at + off), .len = n);
}

/* The peer acknowledges segments until the probe goes out. @return bytes in front of the probe */
static uint32_t
acknowledges_up_to_the_probe(struct wire *w, struct wire_tcb *t)
{
	uint32_t n = 0;

	while (next_out()->len <= MSS_OF(1280)) {
		check(next_out()->len > 0); /* else nothing would be taken from the wire */
		n += acknowledges(w, t, next_out()->len);
	}
	return n;
}

/* lowered(), where the peer takes SACK, so a tail loss probe goes out, too. */
static struct wire_tcb
lowered_with_sack(struct wire *w)
{
	uint32_t full = MSS_OF(1500), less = MSS_OF(1280);
	struct wire_tcb t;

	w->tcp.black_holes = true;
	w->tcp.pacing = false;
	w->port.mtu = 1500;
	t = handshake(.sack_ok = 1);
	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	due(1, 1000);
	goes(w, &t, 0, full); /* RFC 8985 7.3 */
	due(900, 1002);
	goes(w, &t, 0, full);
	due(1990, 2002);
	goes(w, &t, 0, less);
	in(ACK, .seq = 101, .ack = t.snd_nxt + less);
	goes(w, &t, less, full - less);
	in(ACK, .seq = 101, .ack = t.snd_nxt += full);
	counted(tcp.path_black_holes, 1);
	counted(tcp.retransmitted, 4);
	return t;
}

WIRE(path_probe_lost_is_no_congestion, "RFC 4821 7.6.2", "")
{
	struct wire_tcb t = lowered_with_sack(w);
	uint32_t full = MSS_OF(1500), less = MSS_OF(1280);
	uint32_t at, end, cwnd;

	skip(10 * 60 * 1000 + 10);
	user_send(bytes(0), 40 * less);
	at = acknowledges_up_to_the_probe(w, &t);
	cwnd = inspect(w).cwnd;
	goes_at(w, &t, at, 0, full);
	end = full;
	while (!TAILQ_EMPTY(&w->sent)) {
		check(next_out()->len == less);
		goes_at(w, &t, at, end, less);
		end += less;
	}
	check(end > full);
	in(ACK, .seq = 101, .ack = t.snd_nxt, SACK({ t.snd_nxt + full, t.snd_nxt + end }));
	after(20);
	/* its bytes go again in segments that the path carries, and no window is reduced */
	goes_at(w, &t, at, 0, less);
	goes_at(w, &t, at, less, full - less);
	counted(tcp.path_probes_lost, 1);
	counted(tcp.fast_recoveries, 0);
	check(inspect(w).cwnd >= cwnd && inspect(w).mss == less);
	in(ACK, .seq = 101, .ack = t.snd_nxt += end);
	check(acknowledges(w, &t, 40 * less - at - end) == less); /* for 10 minutes more */
	counted(tcp.path_probes, 1);
}

WIRE(path_probe_that_times_out_raises_nothing, "RFC 4821 7.6.3", "")
{
	struct wire_tcb t = lowered(w);
	uint32_t less = MSS_OF(1280);
	uint32_t at, nxt;

	skip(10 * 60 * 1000 + 10);
	user_send(bytes(0), 40 * less);
	at = acknowledges_up_to_the_probe(w, &t);
	while (!TAILQ_EMPTY(&w->sent))
		out(ACK, .seq = next_out()->seq, .ack = 101, .data = next_out()->data,
			.len = next_out()->len);
	due(990, 4002);
	goes_at(w, &t, at, 0, less);
	counted(tcp.path_probes_lost, 1);
	check(inspect(w).mss == less);
	nxt = inspect(w).snd_nxt;
	user_abort();
	out(RST, .seq = nxt);
	reset(service_abort);
	ended(ABORTED);
}

WIRE(path_mtu_of_an_error_ages, "RFC 1191 6.3, RFC 8201 4", "")
{
	struct wire_tcb t;
	uint32_t full = MSS_OF(1500);

	t = reach_full(w);
	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	icmp(3, 4, .seq = t.snd_nxt, .mtu = 1400);
	check(acknowledges(w, &t, full) == MSS_OF(1400));
	counted(tcp.mss_lowered, 1);
	skip(10 * 60 * 1000 + 10);
	user_send(bytes(0), 40 * MSS_OF(1400));
	check(acknowledges(w, &t, 40 * MSS_OF(1400)) == full);
	counted(tcp.path_raised, 1);
}

/* The connection that has the TCB of one that was lowered has its own MSS. */
static void
another_is_not_lowered(struct wire *w)
{
	const struct rs_tuple tuple = wire_tuple(WIRE_LHOST, WIRE_RHOST, WIRE_LPORT, 999);
	struct rs_conn_info info;

	in(SYN, .seq = 100, .mss = 1000, .rport = 999);
	out(SYN | ACK, .ack = 101, .mss = ANY, .rport = 999);
	check(rs_stack_inspect(stack(), &tuple, &info) == 0);
	check(info.mss == 1000 && info.mss_full == 1000);
}

WIRE(path_is_forgotten_at_a_reset, "RFC 9293 3.10.7.4", "")
{
	lowered(w);
	in(RST, .seq = 101);
	verdict(accepted);
	ended(RESET);
	another_is_not_lowered(w);
}

WIRE(path_is_forgotten_in_time_wait, "RFC 9293 3.10.7.4", "")
{
	struct wire_tcb t = lowered(w);

	user_close();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102);
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
	another_is_not_lowered(w);
}

/* The peer acknowledges n bytes, a segment at a time, with timestamps. @return the largest */
static uint32_t
acknowledges_ts(struct wire *w, struct wire_tcb *t, uint32_t n)
{
	uint32_t end = t->snd_nxt + n;
	uint32_t largest = 0;

	for (; t->snd_nxt != end; after(3)) {
		uint32_t len = next_out()->len;
		int64_t ts = next_out()->tsval;

		out(ACK, .seq = t->snd_nxt, .ack = 101, .len = len, .data = next_out()->data);
		largest = RTE_MAX(largest, len);
		in(ACK, .seq = 101, .ack = t->snd_nxt += len, TS(1002, ts));
	}
	return largest;
}

WIRE(path_spurious_time_outs_are_no_black_hole, "RFC 3522 3.2, RFC 4821 7.7", "")
{
	uint32_t full, less;
	struct wire_tcb t;
	int64_t ts;

	w->tcp.black_holes = true;
	w->tcp.pacing = false;
	w->port.mtu = 1500;
	full = MSS_OF(1500) - 12;
	less = MSS_OF(1280) - 12;
	t = handshake(TS(1000, 0));
	user_send(bytes(0), full);
	ts = next_out()->tsval;
	goes(w, &t, 0, full);
	due(1000, 1002);
	goes(w, &t, 0, full);
	due(1990, 2002);
	goes(w, &t, 0, less);
	counted(tcp.path_black_holes, 1);
	/* the first transmission was only late */
	in(ACK, .seq = 101, .ack = t.snd_nxt += full, TS(1001, ts));
	counted(tcp.recoveries_undone, 1);
	user_send(bytes(0), 40 * less);
	check(acknowledges_ts(w, &t, 40 * less) == full);
	counted(tcp.path_raised, 1);
}

/* RFC 8201 4: after an error no larger size is tried for 5 minutes, whatever was only late. */
WIRE(path_mtu_of_an_error_outlasts_a_spurious_time_out, "RFC 8201 4, RFC 3522 3.2", "")
{
	const uint32_t full = MSS_OF(1500) - 12, less = MSS_OF(1400) - 12;
	struct wire_tcb t;
	int64_t ts;

	w->tcp.black_holes = true;
	w->tcp.pacing = false;
	w->port.mtu = 1500;
	t = handshake(TS(1000, 0));
	user_send(bytes(0), full);
	goes(w, &t, 0, full);
	after(20);
	icmp(3, 4, .seq = t.snd_nxt, .mtu = 1400);
	check(acknowledges_ts(w, &t, full) == less);
	user_send(bytes(0), less);
	ts = next_out()->tsval;
	goes(w, &t, 0, less);
	due(200, 1002);
	goes(w, &t, 0, less);
	in(ACK, .seq = 101, .ack = t.snd_nxt += less, TS(1002, ts));
	counted(tcp.recoveries_undone, 1);
	user_send(bytes(0), 40 * less);
	check(acknowledges_ts(w, &t, 40 * less) == less);
	counted(tcp.path_raised, 0);
}
