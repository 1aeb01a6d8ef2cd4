/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Several segments in one burst: each sees what the one before it did, and what they are
 * owed is sent once, after all of them (3.10.7.4 first, MUST-58, MUST-59).
 */

#include "wire.h"

/*
 * The ISS that the next SYN on the default tuple gets at this moment: it depends on the
 * clock and the tuple only (RFC 6528 3), so a SYN that is reset tells.
 */
static uint32_t
learn_iss(struct wire *w)
{
	uint32_t iss;

	in(SYN, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, .ack = 101);
	in(RST, .seq = 101);
	verdict(accepted);
	state(LISTEN);
	return iss;
}

/* A SYN-ACK may have been sent, or later segments of the burst made it needless. */
static void
maybe_syn_ack(struct wire *w, uint32_t iss)
{
	if (!TAILQ_EMPTY(&w->sent) && (next_out()->flags & SYN) != 0)
		out(SYN | ACK, .seq = iss, .ack = 101);
}

WIRE(burst_syn_ack_data, "3.10.7.2, 3.10.7.4", "MUST-59")
{
	uint32_t iss = learn_iss(w);

	burst(seg(SYN, .seq = 100, .mss = 1460),
		seg(ACK, .seq = 101, .ack = iss + 1),
		seg(ACK | PSH, .seq = 101, .ack = iss + 1, .data = "hello"));
	maybe_syn_ack(w, iss);
	told(OPENED);
	told(DATA, .data = "hello");
	state(ESTABLISHED);
	due(1, 42);
	out(ACK, .seq = iss + 1, .ack = 106);
	quiet();
	after(5000);
	quiet();
}

WIRE(burst_syn_ack_data_fin, "3.10.7.2, 3.10.7.4", "MUST-59")
{
	uint32_t iss = learn_iss(w);

	burst(seg(SYN, .seq = 100, .mss = 1460),
		seg(ACK, .seq = 101, .ack = iss + 1),
		seg(ACK | PSH, .seq = 101, .ack = iss + 1, .data = "hello"),
		seg(FIN | ACK, .seq = 106, .ack = iss + 1));
	maybe_syn_ack(w, iss);
	out(ACK, .seq = iss + 1, .ack = 107);
	quiet();
	told(OPENED);
	told(DATA, .data = "hello");
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(burst_syn_then_rst, "3.10.7.2, 3.10.7.4 second", "MUST-59")
{
	uint32_t iss = learn_iss(w);

	burst(seg(SYN, .seq = 100, .mss = 1460), seg(RST, .seq = 101));
	maybe_syn_ack(w, iss);
	verdict(accepted);
	state(LISTEN);
	after(5000);
	quiet();
}

WIRE(burst_two_syns_alike, "3.10.7.2, 3.10.7.4 first", "MUST-59")
{
	uint32_t iss;

	burst(seg(SYN, .seq = 100, .mss = 1460), seg(SYN, .seq = 100, .mss = 1460));
	iss = out(SYN | ACK, .ack = 101);
	/* The ACK that the second is owed may be in the SYN-ACK. */
	if (!TAILQ_EMPTY(&w->sent))
		out(ACK, .seq = iss + 1, .ack = 101);
	quiet();
	state(SYN_RECEIVED);
	counted(tcp.passive_opens, 1);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(burst_two_syns_that_differ, "3.10.7.2, 3.10.7.4 fourth", "")
{
	uint32_t iss = learn_iss(w);

	burst(seg(SYN, .seq = 100), seg(SYN, .seq = 200));
	maybe_syn_ack(w, iss);
	quiet();
	state(LISTEN);
	reach(ESTABLISHED);
}

WIRE(burst_syn_and_bad_ack, "3.10.7.2, 3.10.7.4 fifth", "")
{
	uint32_t iss = learn_iss(w);

	burst(seg(SYN, .seq = 100), seg(ACK, .seq = 101, .ack = iss + 1000));
	while (!TAILQ_EMPTY(&w->sent) && (next_out()->flags & RST) == 0)
		out(SYN | ACK, .seq = iss, .ack = 101);
	out(RST, .seq = iss + 1000);
	reset(syn_received_bad_ack);
	while (!TAILQ_EMPTY(&w->sent))
		out(SYN | ACK, .seq = iss, .ack = 101);
	state(SYN_RECEIVED);
}

WIRE(burst_rst_then_data, "3.10.7.4 second, 3.10.7.2 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(RST, .seq = 101),
		seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "late"));
	verdict(accepted);
	ended(RESET);
	nothing_told();
	/* The data belongs to no connection any more. */
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
	state(CLOSED);
}

WIRE(burst_data_then_rst, "3.10.7.4 second, seventh", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello"),
		seg(RST, .seq = 106));
	verdict(accepted);
	told(DATA, .data = "hello");
	ended(RESET);
	state(CLOSED);
	after(100);
	quiet();
}

WIRE(burst_data_then_rst_of_an_old_number, "3.10.7.4 second", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* When the RST is looked at, RCV.NXT is 106 and 101 outside the window. */
	burst(seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello"),
		seg(RST, .seq = 101));
	verdict(out_of_window);
	told(DATA, .data = "hello");
	state(ESTABLISHED);
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(burst_rst_in_window_then_exact, "3.10.7.4 second, RFC 5961 3.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(RST, .seq = 102), seg(RST, .seq = 101));
	verdict(challenged);
	verdict(accepted);
	ended(RESET);
	/* The challenge ACK, if it is still sent, is that of the connection. */
	if (!TAILQ_EMPTY(&w->sent))
		out(ACK, .seq = t.snd_nxt, .ack = 101);
	state(CLOSED);
}

WIRE(burst_fin_then_rst, "3.10.7.4 second, eighth", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt), seg(RST, .seq = 102));
	verdict(accepted);
	told(PEER_CLOSED);
	ended(RESET);
	state(CLOSED);
	after(100);
	quiet();
}

WIRE(burst_rst_then_rst, "3.10.7.4 second, 3.10.7.2 first", "")
{
	reach(ESTABLISHED);
	burst(seg(RST, .seq = 101), seg(RST, .seq = 101));
	verdict(accepted);
	verdict(ignored_listen);
	ended(RESET);
	quiet();
}

WIRE(burst_rst_then_syn, "3.10.7.4 second, 3.10.7.2", "")
{
	uint32_t iss;

	reach(ESTABLISHED);
	burst(seg(RST, .seq = 101), seg(SYN, .seq = 5000, .mss = 1460));
	verdict(accepted);
	ended(RESET);
	iss = out(SYN | ACK, .ack = 5001, .wnd = WIRE_RCV_BUF);
	quiet();
	in(ACK, .seq = 5001, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
	in(ACK | PSH, .seq = 5001, .ack = iss + 1, .data = "new life");
	told(DATA, .data = "new life");
}

WIRE(burst_last_ack_then_syn, "3.10.7.4 fifth, 3.10.7.2", "")
{
	struct wire_tcb t = reach(LAST_ACK);
	uint32_t iss;

	burst(seg(ACK, .seq = 102, .ack = t.snd_nxt), seg(SYN, .seq = 5000));
	ended(CLOSED);
	iss = out(SYN | ACK, .ack = 5001);
	quiet();
	in(ACK, .seq = 5001, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(burst_data_gets_one_ack, "3.10.7.4 first", "MUST-58 MUST-59")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct wire_seg segs[20];
	uint32_t i;

	for (i = 0; i < 20; i++)
		segs[i] = seg(ACK, .seq = 101 + i * 1000, .ack = t.snd_nxt,
			.data = bytes(i * 1000), .len = 1000);
	in_all(segs, 20);
	told(DATA, .data = bytes(0), .len = 20000);
	out(ACK, .seq = t.snd_nxt, .ack = 20101);
	quiet();
	after(100);
	quiet();
}

WIRE(burst_data_in_reverse_order_gets_one_ack, "3.10.7.4 first", "MUST-58 MUST-59 SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct wire_seg segs[20];
	uint32_t i;

	for (i = 0; i < 20; i++)
		segs[i] = seg(ACK, .seq = 101 + (19 - i) * 1000, .ack = t.snd_nxt,
			.data = bytes((19 - i) * 1000), .len = 1000);
	in_all(segs, 20);
	told(DATA, .data = bytes(0), .len = 20000);
	out(ACK, .seq = t.snd_nxt, .ack = 20101);
	quiet();
}

/* The user answers with three full segments. */
static void
answer(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	check(rs_conn_send(tcp, conn, bytes(100000), 3 * 1460) == 3 * 1460);
}

WIRE(burst_answers_do_not_overwrite_data_that_waits, "3.10.7.4 seventh", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	/* 1,000 bytes are missing behind the first; two segments wait for them. */
	on(DATA, answer);
	burst(seg(ACK, .seq = 3101, .ack = t.snd_nxt, .data = bytes(3000), .len = 1000),
		seg(ACK, .seq = 2101, .ack = t.snd_nxt, .data = bytes(2000), .len = 1000),
		seg(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 1000));
	for (i = 0; i < 3; i++)
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 1101, .data = bytes(100000 + i * 1460),
			.len = 1460);
	told(DATA, .data = bytes(0), .len = 1000);
	on(DATA, NULL);
	in(ACK, .seq = 1101, .ack = t.snd_nxt + 4380, .data = bytes(1000), .len = 1000);
	told(DATA, .data = bytes(1000), .len = 3000);
	out(ACK, .seq = t.snd_nxt + 4380, .ack = 4101);
}

WIRE(burst_answers_do_not_overwrite_data_that_nobody_took, "3.10.7.4 seventh", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t i;

	take(300);
	on(DATA, answer);
	burst(seg(ACK, .seq = 101, .ack = t.snd_nxt, .data = bytes(0), .len = 300),
		seg(ACK, .seq = 401, .ack = t.snd_nxt, .data = bytes(300), .len = 300),
		seg(ACK, .seq = 701, .ack = t.snd_nxt, .data = bytes(600), .len = 300));
	for (i = 0; i < 3; i++)
		out(ACK, .seq = t.snd_nxt + i * 1460, .ack = 1001, .data = bytes(100000 + i * 1460),
			.len = 1460);
	told(DATA, .data = bytes(0), .len = 300);
	on(DATA, NULL);
	take(UINT64_MAX);
	user_resume();
	told(DATA, .data = bytes(300), .len = 600);
}

WIRE(burst_data_twice_taken_once, "3.10.7.4 first", "MUST-59")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct wire_seg s = seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");

	burst(s, s);
	told(DATA, .data = "hello");
	nothing_told();
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	quiet();
}

WIRE(burst_data_and_fin_get_one_ack, "3.10.7.4 first, eighth", "MUST-58 MUST-59")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello"),
		seg(FIN | ACK, .seq = 106, .ack = t.snd_nxt));
	out(ACK, .seq = t.snd_nxt, .ack = 107);
	quiet();
	told(DATA, .data = "hello");
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(burst_fin_then_its_data, "3.10.7.4 first, eighth", "MUST-59 SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);

	burst(seg(FIN | ACK, .seq = 106, .ack = t.snd_nxt),
		seg(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello"));
	out(ACK, .seq = t.snd_nxt, .ack = 107);
	quiet();
	told(DATA, .data = "hello");
	told(PEER_CLOSED);
	state(CLOSE_WAIT);
}

WIRE(burst_ack_of_our_fin_and_their_fin, "3.10.7.4 fifth, eighth", "MUST-59")
{
	struct wire_tcb t = reach(FIN_WAIT_1);

	burst(seg(ACK, .seq = 101, .ack = t.snd_nxt),
		seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt));
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	quiet();
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
}

WIRE(burst_challenges_aggregate, "RFC 5961 7, 3.10.7.4 first", "MUST-58")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The same ACK answers all three. */
	burst(seg(RST, .seq = 102), seg(SYN, .seq = 101), seg(RST, .seq = 103));
	verdicts(challenged, 2);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	quiet();
	state(ESTABLISHED);
}

WIRE(burst_many_connections, "3.10.7.2, 3.10.7.4", "")
{
	struct wire_seg segs[RS_BURST];
	uint32_t iss[RS_BURST];
	uint16_t i;

	for (i = 0; i < RS_BURST; i++) {
		segs[i] = seg(SYN, .seq = 1000u * i, .mss = 1460);
		segs[i].rport = (uint16_t)(41000 + i);
	}
	in_all(segs, RS_BURST);
	for (i = 0; i < RS_BURST; i++)
		iss[i] = out(SYN | ACK, .rport = segs[i].rport, .ack = 1000u * i + 1);
	quiet();
	for (i = 0; i < RS_BURST; i++) {
		segs[i] = seg(ACK | PSH, .seq = 1000u * i + 1, .ack = iss[i] + 1);
		segs[i].rport = (uint16_t)(41000 + i);
		segs[i].data = bytes(10u * i);
		segs[i].len = 10;
	}
	in_all(segs, RS_BURST);
	for (i = 0; i < RS_BURST; i++) {
		told(OPENED, .rport = segs[i].rport);
		told(DATA, .rport = segs[i].rport, .data = bytes(10u * i), .len = 10);
	}
	due(1, 42);
	for (i = 0; i < RS_BURST; i++)
		out(ACK, .rport = segs[i].rport, .seq = iss[i] + 1, .ack = 1000u * i + 11);
	quiet();
}

WIRE(burst_half_of_many_are_reset, "3.10.7.4 second", "")
{
	struct wire_seg segs[40];
	uint16_t i;

	for (i = 0; i < 40; i++) {
		struct wire_tcb t = reach_on(WIRE_LPORT, (uint16_t)(41000 + i), ESTABLISHED);

		if (i % 2 == 0)
			segs[i] = seg(RST, .seq = 101);
		else
			segs[i] = seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
		segs[i].rport = t.rport;
	}
	in_all(segs, 40);
	verdicts(accepted, 20);
	for (i = 0; i < 40; i++) {
		if (i % 2 == 0) {
			ended(RESET, .rport = segs[i].rport);
			continue;
		}
		told(PEER_CLOSED, .rport = segs[i].rport);
		out(ACK, .rport = segs[i].rport, .seq = segs[i].ack, .ack = 102);
	}
	quiet();
}

WIRE(burst_of_all_kinds, "3.10.7", "")
{
	struct wire_tcb a = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	struct wire_tcb b = reach_on(WIRE_LPORT, 40002, FIN_WAIT_2);

	burst(seg(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 7),
		seg(SYN, .rport = 40003, .seq = 100),
		seg(ACK | PSH, .rport = 40001, .seq = 101, .ack = a.snd_nxt, .data = "a"),
		seg(ACK, .rport = 40004, .seq = 1, .ack = 2),
		seg(FIN | ACK, .rport = 40002, .seq = 101, .ack = b.snd_nxt),
		seg(RST, .rport = 40005, .seq = 9),
		seg(FIN | ACK, .rport = 40001, .seq = 102, .ack = a.snd_nxt));
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 8);
	reset(no_listener);
	out(SYN | ACK, .rport = 40003, .ack = 101);
	out(RST, .rport = 40004, .seq = 2);
	reset(listen_bad_ack);
	verdict(ignored_listen);
	out(ACK, .rport = 40002, .seq = b.snd_nxt, .ack = 102);
	out(ACK, .rport = 40001, .seq = a.snd_nxt, .ack = 103);
	quiet();
	told(DATA, .rport = 40001, .data = "a");
	told(PEER_CLOSED, .rport = 40001);
	told(PEER_CLOSED, .rport = 40002);
	ended(CLOSED, .rport = 40002);
	state_on(WIRE_LPORT, 40001, CLOSE_WAIT);
	state_on(WIRE_LPORT, 40002, TIME_WAIT);
	state_on(WIRE_LPORT, 40003, SYN_RECEIVED);
}

/*
 * TIME-WAIT in a burst: a connection that enters it, and one that is in it
 */

WIRE(burst_fin_and_syn_of_the_next_connection, "3.10.7.4 eighth, 3.6.1", "MAY-2")
{
	struct wire_tcb t = reach(FIN_WAIT_2);

	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt), seg(SYN, .seq = 5000));
	told(PEER_CLOSED);
	ended(CLOSED);
	out(SYN | ACK, .ack = 5001);
	quiet();
	state(SYN_RECEIVED);
	counted(tcp.reopened, 1);
}

WIRE(burst_fin_and_segments_behind_it, "3.10.7.4 eighth, fifth", "MUST-58")
{
	struct wire_tcb t = reach(FIN_WAIT_2);

	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt),
		seg(ACK, .seq = 102, .ack = t.snd_nxt),
		seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt));
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	quiet();
	told(PEER_CLOSED);
	ended(CLOSED);
	state(TIME_WAIT);
}

WIRE(burst_in_time_wait_one_ack, "3.10.7.4 first", "MUST-58")
{
	struct wire_tcb t = reach(TIME_WAIT);
	struct wire_tcb o = reach_on(WIRE_LPORT, 40001, TIME_WAIT);

	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt),
		seg(FIN | ACK, .rport = 40001, .seq = 101, .ack = o.snd_nxt),
		seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt));
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	out(ACK, .rport = 40001, .seq = o.snd_nxt, .ack = 102);
	quiet();
}

WIRE(burst_in_time_wait_fin_and_syn, "3.6.1", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);

	/* The SYN-ACK is all: the FIN is of the connection before it. */
	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt), seg(SYN, .seq = 5000));
	out(SYN | ACK, .ack = 5001);
	quiet();
	state(SYN_RECEIVED);
	counted(tcp.reopened, 1);
}

WIRE(burst_in_time_wait_syn_twice, "3.6.1, 3.10.7.4 first", "MAY-2")
{
	reach(TIME_WAIT);
	/* The second one finds the connection that the first has opened. */
	burst(seg(SYN, .seq = 5000), seg(SYN, .seq = 5000));
	out(SYN | ACK, .ack = 5001);
	quiet();
	state(SYN_RECEIVED);
	counted(tcp.reopened, 1);
}

WIRE(burst_in_time_wait_old_syn_and_its_reset, "3.6.1 (2)", "MAY-2")
{
	struct wire_tcb t = reach(TIME_WAIT);

	burst(seg(SYN, .seq = 5000), seg(RST, .seq = 5001));
	verdict(accepted);
	quiet();
	state(TIME_WAIT);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	counted(tcp.reopened, 1);
}

WIRE(burst_in_time_wait_ended_by_reset, "3.10.7.4 second, 3.10.7.2", "")
{
	struct wire_tcb t;

	w->tcp.time_wait_rst = true;
	t = reach(TIME_WAIT);
	/* The ACK that the FIN is owed goes with the connection; the SYN is to LISTEN. */
	burst(seg(FIN | ACK, .seq = 101, .ack = t.snd_nxt), seg(RST, .seq = 102),
		seg(SYN, .seq = 3));
	verdict(accepted);
	out(SYN | ACK, .ack = 4);
	quiet();
	state(SYN_RECEIVED);
	counted(tcp.reopened, 0);
}
