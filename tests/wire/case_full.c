/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Out of mbufs, connections, busy blocks, buffer descriptors, neighbours or room to send:
 * what can be answered is, nothing that was acknowledged is lost, and all goes on when it
 * passes (issue 2, "Full is not fatal").
 */

#include "wire.h"

/*
 * mbufs
 */

WIRE(full_no_mbuf_for_a_delayed_ack, "3.8.6.3", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	hoard(0);
	after(100);
	quiet();
	check(rs_stack_stats(stack())->drop[RS_DROP_no_mbuf] > 0);
	give_back();
	after(1);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	after(1000);
	quiet();
}

WIRE(full_no_mbuf_for_data, "3.10.2", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	hoard(0);
	user_send(bytes(0), 2920);
	after(10);
	quiet();
	give_back();
	after(1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	out(ACK, .seq = t.snd_nxt + 1460, .ack = 101, .data = bytes(1460), .len = 1460);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2920);
	after(5000);
	quiet();
}

WIRE(full_no_mbuf_for_a_retransmission, "3.8.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send(bytes(0), 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	hoard(0);
	after(1500);
	quiet();
	give_back();
	after(1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
	quiet();
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	after(5000);
	quiet();
}

WIRE(full_no_mbuf_for_a_fin, "3.10.4", "")
{
	struct wire_tcb t = reach(CLOSE_WAIT);

	hoard(0);
	user_shutdown();
	quiet();
	give_back();
	after(1);
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 102);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1);
	ended(CLOSED);
}

WIRE(full_no_mbuf_for_a_syn_ack_again, "3.8.1", "")
{
	struct wire_tcb t = reach(SYN_RECEIVED);

	hoard(0);
	after(1500);
	quiet();
	give_back();
	after(1);
	out(SYN | ACK, .seq = t.iss, .ack = 101);
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
}

WIRE(full_no_mbuf_for_a_window_probe, "3.8.6.1", "MUST-36")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	hoard(0);
	after(1500);
	quiet();
	give_back();
	after(1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "h");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = "ello");
}

WIRE(full_no_mbuf_for_an_abort, "3.10.5, 3.5.1", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	hoard(0);
	user_abort();
	quiet();
	ended(ABORTED);
	state(CLOSED);
	give_back();
	/* The reset may follow; the peer's next segment is certain to get one. */
	after(1);
	if (!TAILQ_EMPTY(&w->sent)) {
		out(RST, .seq = t.snd_nxt);
		reset(service_abort);
	}
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	out(RST, .seq = t.snd_nxt);
	reset(listen_bad_ack);
}

WIRE(full_one_mbuf_serves_a_connection, "design 3", "")
{
	uint32_t iss;

	/* Each answer goes in the mbuf that asked. */
	hoard(1);
	in(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	reset(no_listener);
	in(SYN, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	in(ACK, .seq = 101, .ack = iss + 1, .data = bytes(0), .len = 1460);
	in(ACK, .seq = 1561, .ack = iss + 1, .data = bytes(1460), .len = 1460);
	told(DATA, .data = bytes(0), .len = 2920);
	out(ACK, .seq = iss + 1, .ack = 3021);
	user_send("hello", 5);
	out(ACK, .seq = iss + 1, .ack = 3021, .data = "hello");
	in(FIN | ACK, .seq = 3021, .ack = iss + 6);
	told(PEER_CLOSED);
	out(ACK, .seq = iss + 6, .ack = 3022);
	user_shutdown();
	out(FIN | ACK, .seq = iss + 6, .ack = 3022);
	in(ACK, .seq = 3022, .ack = iss + 7);
	ended(CLOSED);
	counted(drop[RS_DROP_no_mbuf], 0);
	give_back();
}

/*
 * Connections and neighbours
 */

WIRE(full_of_time_wait_takes_connections, "3.10.1, 3.6.1; design 5", "MUST-13")
{
	uint16_t i;

	/* More closes within 2 MSL than there are TCBs: a TIME-WAIT holds none. */
	w->tcp.max_connections = 2;
	w->tcp.syn_cookies = RS_COOKIES_NEVER;
	for (i = 0; i < 10; i++)
		reach_on(WIRE_LPORT, (uint16_t)(40001 + i), TIME_WAIT);
	for (i = 0; i < 10; i++)
		state_on(WIRE_LPORT, (uint16_t)(40001 + i), TIME_WAIT);
	reach(ESTABLISHED);
	counted(tcp.time_wait_evicted, 0);
	after(2 * 30000 + 10);
	for (i = 0; i < 10; i++)
		state_on(WIRE_LPORT, (uint16_t)(40001 + i), CLOSED);
}

WIRE(full_of_time_wait_the_oldest_makes_way, "3.6.1; design 5", "MUST-13")
{
	struct wire_tcb t;

	w->tcp.max_connections = 2;
	w->tcp.max_time_wait = 3;
	t = reach_on(WIRE_LPORT, 40001, TIME_WAIT);
	reach_on(WIRE_LPORT, 40002, TIME_WAIT);
	reach_on(WIRE_LPORT, 40003, TIME_WAIT);
	/* The first one's FIN comes again, so the second is the oldest. */
	in(FIN | ACK, .rport = 40001, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .rport = 40001, .seq = t.snd_nxt, .ack = 102);
	reach_on(WIRE_LPORT, 40004, TIME_WAIT);
	counted(tcp.time_wait_evicted, 1);
	state_on(WIRE_LPORT, 40002, CLOSED);
	reach_on(WIRE_LPORT, 40005, TIME_WAIT);
	state_on(WIRE_LPORT, 40003, CLOSED);
	reach_on(WIRE_LPORT, 40006, TIME_WAIT);
	counted(tcp.time_wait_evicted, 2);
	state_on(WIRE_LPORT, 40001, CLOSED);
	state_on(WIRE_LPORT, 40004, TIME_WAIT);
	state_on(WIRE_LPORT, 40005, TIME_WAIT);
	state_on(WIRE_LPORT, 40006, TIME_WAIT);
	/* What has made way is closed. */
	in(FIN | ACK, .rport = 40002, .seq = 101, .ack = t.snd_nxt);
	out(RST, .rport = 40002, .seq = t.snd_nxt);
	reset(listen_bad_ack);
}

WIRE(full_a_time_wait_can_still_be_reopened, "3.6.1", "MAY-2")
{
	struct wire_tcb t;
	uint32_t iss;

	w->tcp.max_connections = 1;
	t = reach(TIME_WAIT);
	in(SYN, .seq = 5000);
	iss = out(SYN | ACK, .ack = 5001);
	check((int32_t)(iss - t.snd_nxt) > 0);
	in(ACK, .seq = 5001, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(full_a_flood_of_syns_leaves_connections_alone, "3.10.1", "")
{
	struct wire_seg syns[RS_BURST];
	struct wire_tcb t;
	uint16_t i;

	w->tcp.max_connections = 10;
	t = reach(ESTABLISHED);
	for (i = 0; i < RS_BURST; i++) {
		syns[i] = seg(SYN, .seq = 100);
		syns[i].rport = (uint16_t)(41000 + i);
	}
	in_all(syns, RS_BURST);
	for (i = 0; i < 9; i++)
		out(SYN | ACK, .rport = (uint16_t)(41000 + i), .ack = 101);
	/* cookies, as if there were nothing */
	for (i = 9; i < RS_BURST; i++)
		out(SYN | ACK, .rport = (uint16_t)(41000 + i), .ack = 101);
	counted(tcp.cookies_sent, RS_BURST - 9);
	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(full_of_neighbours, "3.10.1", "")
{
	struct wire_tcb a, b;

	w->max_neighbours = 2;
	a = handshake(.rport = 40001, .mac = 0x11);
	b = handshake(.rport = 40002, .mac = 0x12);
	/* The ACK of a cookie would find none, either, so the SYN is not answered. */
	in(SYN, .rport = 40003, .mac = 0x13, .seq = 100);
	quiet();
	counted(packet.no_neighbour, 1);
	counted(tcp.syn_dropped, 1);
	counted(tcp.cookies_sent, 0);
	/* One more from a neighbour that is known is no matter. */
	handshake(.rport = 40004, .mac = 0x12);
	/* A connection that moves to one that is not stays where it is. */
	in(FIN | ACK, .rport = 40001, .mac = 0x13, .seq = 101, .ack = a.snd_nxt);
	out(ACK, .rport = 40001, .mac = 0x11, .seq = a.snd_nxt, .ack = 102);
	told(PEER_CLOSED, .rport = 40001);
	/* Room again */
	in(RST, .rport = 40001, .mac = 0x11, .seq = 102);
	verdict(accepted);
	ended(RESET, .rport = 40001);
	handshake(.rport = 40003, .mac = 0x13);
	in(FIN | ACK, .rport = 40002, .mac = 0x12, .seq = 101, .ack = b.snd_nxt);
	out(ACK, .rport = 40002, .mac = 0x12, .seq = b.snd_nxt, .ack = 102);
	told(PEER_CLOSED, .rport = 40002);
}

WIRE(full_one_host_with_all_priorities_is_one_neighbour, "802.1Q 6.9", "")
{
	int vlan;

	w->max_neighbours = 1;
	set_vlan(7);
	for (vlan = 0x3007; vlan < 0x13007; vlan += 0x1000) {
		uint16_t rport = (uint16_t)(40000 + (vlan >> 12));

		in(SYN, .rport = rport, .vlan = vlan & 0xffff, .seq = 100);
		out(SYN | ACK, .rport = rport, .vlan = WIRE_TCI(7), .ack = 101);
	}
	counted(packet.no_neighbour, 0);
}

WIRE(full_half_open_connections_leave_neighbours_to_others, "design 5", "")
{
	uint16_t i;
	struct wire_tcb t;
	int64_t iss;

	w->max_neighbours = 8;
	/* An active open, and peers that are open, use entries beyond the half of SYNs. */
	t = opened();
	for (i = 0; i < 8; i++) {
		in(SYN, .rport = (uint16_t)(41000 + i), .mac = (uint8_t)(0x20 + i), .seq = 100);
		iss = out(SYN | ACK, .rport = (uint16_t)(41000 + i), .mac = (uint8_t)(0x20 + i),
			.ack = 101);
	}
	counted(packet.no_neighbour, 4);
	/* The others get cookies, whose ACK takes an entry of the other half. */
	counted(tcp.cookies_sent, 4);
	in(ACK, .rport = 41007, .mac = 0x27, .seq = 101, .ack = iss + 1);
	told(OPENED, .rport = 41007);
	/* A neighbour that is known opens connections as before, */
	handshake(.rport = 42000, .mac = 0x20);
	/* which makes its entry one of the other half. */
	in(SYN, .rport = 41004, .mac = 0x24, .seq = 100);
	iss = out(SYN | ACK, .rport = 41004, .mac = 0x24, .ack = 101);
	in(ACK, .rport = 41004, .mac = 0x24, .seq = 101, .ack = iss + 1);
	told(OPENED, .rport = 41004);
	/* An established connection can move to a new one. */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .mac = 0x30);
	user_send("x", 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x", .mac = 0x30);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .mac = 0x30);
	/* The half-open ones end: others find room by themselves. */
	for (i = 0; i < 4; i++) {
		in(RST, .rport = (uint16_t)(41000 + i), .mac = (uint8_t)(0x20 + i), .seq = 101);
		verdict(accepted);
	}
	handshake(.rport = 41005, .mac = 0x25);
	counted(packet.no_neighbour, 0);
}

/*
 * Busy blocks and buffer descriptors
 */

/* Acknowledgments on a connection, however many. @return the last, or `ack` */
static uint32_t
acked(struct wire *w, const struct wire_tcb *t, uint32_t ack)
{
	while (!TAILQ_EMPTY(&w->sent)) {
		ack = (uint32_t)next_out()->ack;
		out(ACK, .rport = t->rport, .seq = t->snd_nxt, .ack = ack);
	}
	return ack;
}

/* The peer sends from its byte `from` on, each again until it is acknowledged. */
static void
sends_until_acked(struct wire *w, const struct wire_tcb *t, uint32_t from, uint32_t total)
{
	uint32_t off = from;
	int tries;

	for (tries = 0; off < total && tries < 1000; tries++) {
		in(ACK, .rport = t->rport, .seq = 101 + off, .ack = t->snd_nxt,
			.data = bytes(off), .len = RTE_MIN(1000u, total - off));
		after(42);
		off = acked(w, t, 101 + off) - 101;
	}
	check(off == total);
}

WIRE(full_no_side_block_for_unread_data, "3.10.7.4 seventh", "")
{
	struct wire_tcb a, b;

	w->tcp.max_busy = 1;
	a = reach(ESTABLISHED);
	b = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	take(0);
	in(ACK | PSH, .seq = 101, .ack = a.snd_nxt, .data = "hello");
	in(ACK | PSH, .rport = 40001, .seq = 101, .ack = b.snd_nxt, .data = "world");
	/* What could not be kept is not acknowledged. */
	after(42);
	out(ACK, .seq = a.snd_nxt, .ack = 106);
	check(acked(w, &b, 101) == 101);
	take(UINT64_MAX);
	user_resume();
	told(DATA, .data = "hello");
	in(ACK | PSH, .rport = 40001, .seq = 101, .ack = b.snd_nxt, .data = "world");
	told(DATA, .rport = 40001, .data = "world");
	after(42);
	check(acked(w, &b, 101) == 106);
}

/* Data of connection a, which the peer does not acknowledge yet, takes the only side block. */
static void
take_only_side_block(struct wire *w, struct wire_tcb *a, struct wire_tcb *b)
{
	w->tcp.max_busy = 1;
	*a = reach(ESTABLISHED);
	*b = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	user_send("in flight", 9);
	out(ACK, .seq = a->snd_nxt, .ack = 101, .data = "in flight");
}

WIRE(full_no_side_block_needed_by_a_service_that_reads, "design 5", "")
{
	struct wire_tcb a, b;

	take_only_side_block(w, &a, &b);
	sends_until_acked(w, &b, 0, 20000);
	told(DATA, .rport = 40001, .data = bytes(0), .len = 20000);
	counted(tcp.no_chunk, 0);
	in(ACK, .seq = 101, .ack = a.snd_nxt + 9);
}

/* The pointer has no place, but the service is told of it, as often as the peer says it. */
WIRE(full_no_side_block_for_an_urgent_pointer, "3.8.5", "MUST-32")
{
	struct wire_tcb a, b;
	struct wire_conn *c;

	take_only_side_block(w, &a, &b);
	c = user(40001);
	in(ACK | URG, .rport = 40001, .seq = 101, .ack = b.snd_nxt, .up = 10);
	told(URGENT, .rport = 40001, .arg = 10);
	check(rs_conn_urgent(c->tcp, c->tcb) == 0);
	in(ACK, .seq = 101, .ack = a.snd_nxt + 9);
	in(ACK | URG, .rport = 40001, .seq = 101, .ack = b.snd_nxt, .up = 10);
	told(URGENT, .rport = 40001, .arg = 10);
	check(rs_conn_urgent(c->tcp, c->tcb) == 10);
	in(ACK | URG, .rport = 40001, .seq = 101, .ack = b.snd_nxt, .up = 10);
	nothing_told();
}

WIRE(full_no_side_block_for_reassembly, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb a, b;

	take_only_side_block(w, &a, &b);
	/* Dropped, but the peer learns what is missing. */
	in(ACK, .rport = 40001, .seq = 1101, .ack = b.snd_nxt, .data = bytes(1000), .len = 1000);
	out(ACK, .rport = 40001, .seq = b.snd_nxt, .ack = 101);
	sends_until_acked(w, &b, 0, 3000);
	told(DATA, .rport = 40001, .data = bytes(0), .len = 3000);
	in(ACK, .seq = 101, .ack = a.snd_nxt + 9);
}

static void
try_again(struct wire *w, struct rs_tcp *tcp, struct rs_tcb *conn)
{
	if (rs_conn_send(tcp, conn, "world", 5) == 5)
		on(WRITABLE, NULL);
}

WIRE(full_no_side_block_to_send, "3.10.2", "")
{
	struct wire_tcb a, b;
	struct wire_conn *c;

	w->tcp.max_busy = 1;
	a = reach(ESTABLISHED);
	b = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	c = user(40001);
	user_send("hello", 5);
	out(ACK, .seq = a.snd_nxt, .ack = 101, .data = "hello");
	on(WRITABLE, try_again);
	check(rs_conn_send(c->tcp, c->tcb, "world", 5) == 0);
	after(10);
	quiet();
	in(ACK, .seq = 101, .ack = a.snd_nxt + 5);
	/* The user is told of room until its SEND is taken. */
	after(2);
	out(ACK, .rport = 40001, .seq = b.snd_nxt, .ack = 101, .data = "world");
	do
		told(WRITABLE, .rport = 40001);
	while (!TAILQ_EMPTY(&w->events));
	in(ACK, .rport = 40001, .seq = 101, .ack = b.snd_nxt + 5);
	after(5000);
	quiet();
	nothing_told();
}

/* The services of b's connection are told of room, once or more. */
static void
told_of_room(struct wire *w)
{
	do
		told(WRITABLE, .rport = 40001);
	while (!TAILQ_EMPTY(&w->events) && next_told()->what == WRITABLE);
}

/* The block goes to a connection that needs it when its owner's window was closed for a second. */
WIRE(full_a_closed_window_makes_way, "design 5", "")
{
	struct wire_tcb a, b;
	struct wire_conn *c;

	w->tcp.max_busy = 1;
	a = reach(ESTABLISHED);
	b = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	c = user(40001);
	in(ACK, .seq = 101, .ack = a.snd_nxt, .wnd = 0);
	user_send("hello", 5);
	on(WRITABLE, try_again);
	check(rs_conn_send(c->tcp, c->tcb, "world", 5) == 0);
	after(900);
	quiet();
	after(110);
	out(ACK, .rport = 40001, .seq = b.snd_nxt, .ack = 101, .data = "world");
	out(RST, .seq = a.snd_nxt);
	reset(evicted);
	counted(tcp.evicted_window, 1);
	told_of_room(w);
	ended(EVICTED);
	state(CLOSED);
	in(ACK, .rport = 40001, .seq = 101, .ack = b.snd_nxt + 5);
	after(5000);
	quiet();
	nothing_told();
}

/* Text that was only SACKed makes way at once, and its sender retransmits it (RFC 2018 8). */
WIRE(full_out_of_order_text_makes_way, "RFC 2018 8", "")
{
	struct wire_tcb a, b;
	struct wire_conn *c;

	w->tcp.max_busy = 1;
	a = reach(ESTABLISHED);
	b = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	c = user(40001);
	in(ACK, .seq = 1101, .ack = a.snd_nxt, .data = bytes(1000), .len = 1000);
	out(ACK, .seq = a.snd_nxt, .ack = 101);
	on(WRITABLE, try_again);
	check(rs_conn_send(c->tcp, c->tcb, "world", 5) == 0);
	after(1);
	out(ACK, .rport = 40001, .seq = b.snd_nxt, .ack = 101, .data = "world");
	told_of_room(w);
	counted(tcp.dropped_out_of_order, 1);
	in(ACK, .rport = 40001, .seq = 101, .ack = b.snd_nxt + 5);
	sends_until_acked(w, &a, 0, 3000);
	told(DATA, .data = bytes(0), .len = 3000);
	nothing_told();
}

WIRE(full_no_descriptor_for_reassembly, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t;
	uint32_t i;

	w->tcp.max_chunks = 4;
	t = reach(ESTABLISHED);
	for (i = 1; i < 20; i++)
		in(ACK, .seq = 101 + i * 1000, .ack = t.snd_nxt, .data = bytes(i * 1000),
			.len = 1000);
	check(acked(w, &t, 0) == 101);
	check(rs_stack_stats(stack())->tcp.rx_no_room > 0);
	nothing_told();
	sends_until_acked(w, &t, 0, 20000);
	told(DATA, .data = bytes(0), .len = 20000);
}

WIRE(full_no_descriptor_for_unread_data, "3.10.7.4 seventh", "")
{
	struct wire_tcb t;
	uint32_t i, off = 0;

	w->tcp.max_chunks = 4;
	t = reach(ESTABLISHED);
	take(0);
	for (i = 0; i < 8; i++) {
		in(ACK, .seq = 101 + off, .ack = t.snd_nxt, .data = bytes(off), .len = 1000);
		after(42);
		off = acked(w, &t, 101 + off) - 101;
	}
	/* What was acknowledged is there, and no more. */
	check(off > 0 && off < 8000);
	take(UINT64_MAX);
	user_resume();
	told(DATA, .data = bytes(0), .len = off);
	nothing_told();
	if (!TAILQ_EMPTY(&w->sent))
		check(acked(w, &t, 0) == 101 + off);
	sends_until_acked(w, &t, off, 20000);
	told(DATA, .data = bytes(off), .len = 20000 - off);
}

WIRE(full_reassembly_is_bounded, "3.10.7.4 first", "SHLD-31")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct rs_pool_use use;
	uint32_t i;

	/* 700 pieces with a gap before each */
	for (i = 0; i < 700; i++) {
		in(ACK, .seq = 111 + i * 20, .ack = t.snd_nxt, .data = bytes(10 + i * 20),
			.len = 10);
		out(ACK, .seq = t.snd_nxt, .ack = 101);
	}
	rs_stack_pools(stack(), &use);
	check(use.chunks > 0 && use.chunks < 700);
	sends_until_acked(w, &t, 0, 14000);
	told(DATA, .data = bytes(0), .len = 14000);
	rs_stack_pools(stack(), &use);
	check(use.chunks == 0 && use.busy == 0);
}

/*
 * Room to send: rs_stack_run() is given room for 128 frames (wire_run())
 */

enum { MANY = 2000, SENDERS = 60, SEGMENTS = 100, SIZE = 1460 };

static uint16_t
port_of(uint32_t i)
{
	return (uint16_t)(10000 + i);
}

WIRE(full_tx_thousands_of_acks_at_once, "3.8.6.3", "MUST-40")
{
	uint32_t snd_nxt[MANY];
	uint64_t begin;
	uint32_t i;

	w->tcp.max_connections = MANY;
	for (i = 0; i < MANY; i++)
		snd_nxt[i] = reach_on(WIRE_LPORT, port_of(i), ESTABLISHED).snd_nxt;
	begin = w->now;
	for (i = 0; i < MANY; i++)
		in(ACK | PSH, .rport = port_of(i), .seq = 101, .ack = snd_nxt[i], .data = "x");
	/* All delays end in the same millisecond. */
	after(200);
	check(w->now - begin < 500000);
	for (i = 0; i < MANY; i++) {
		told(DATA, .rport = port_of(i), .data = "x");
		out(ACK, .rport = port_of(i), .seq = snd_nxt[i], .ack = 102);
	}
	quiet();
	after(1000);
	quiet();
}

/* Everyone has sent something before anyone has sent half. */
static void
is_fair(struct wire *w)
{
	const struct wire_frame *f;
	uint32_t sent[SENDERS] = { 0 };
	uint32_t started = 0;

	TAILQ_FOREACH(f, &w->sent, next) {
		uint32_t i = f->seg.rport - port_of(0);

		if (i >= SENDERS)
			continue;
		started += sent[i] == 0;
		if (++sent[i] == SEGMENTS / 2)
			check(started == SENDERS);
	}
	check(started == SENDERS);
}

/* Slow start up to a window of more than SEGMENTS; RFC 6928 begins with 10. @return bytes */
static uint32_t
grow(struct wire *w, uint16_t rport, uint32_t snd_nxt)
{
	struct wire_conn *c = user(rport);
	uint32_t i, n, begin = snd_nxt;

	for (n = 10; n < SEGMENTS; n *= 2) {
		check(rs_conn_send(c->tcp, c->tcb, bytes(0), n * SIZE) == n * SIZE);
		after(n / 16 + 1); /* all of it in less than an RTO (RFC 5681 4.1) */
		for (i = 0; i < n; i++)
			out(ACK, .rport = rport, .seq = snd_nxt + i * SIZE, .ack = 101,
				.data = bytes(i * SIZE), .len = SIZE);
		for (i = 0; i < n; i++)
			in(ACK, .rport = rport, .seq = 101, .ack = snd_nxt += SIZE);
	}
	return snd_nxt - begin;
}

WIRE(full_tx_thousands_of_segments_at_once, "3.10.2, 3.8", "")
{
	struct wire_seg syns[RS_BURST];
	uint32_t snd_nxt[SENDERS];
	uint32_t i, k;

	for (i = 0; i < SENDERS; i++)
		snd_nxt[i] = handshake(.rport = port_of(i), .ws = 2).snd_nxt;
	for (i = 0; i < SENDERS; i++)
		snd_nxt[i] += grow(w, port_of(i), snd_nxt[i]);
	for (i = 0; i < SENDERS; i++) {
		struct wire_conn *c = user(port_of(i));

		check(rs_conn_send(c->tcp, c->tcb, bytes(i), SEGMENTS * SIZE) == SEGMENTS * SIZE);
	}
	for (i = 0; i < RS_BURST; i++) {
		syns[i] = seg(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100);
		syns[i].rport = (uint16_t)(41000 + i);
	}
	/* Resets are made in the segments that ask for them: there is always room. */
	in_all(syns, RS_BURST);
	for (i = 0; i < RS_BURST; i++)
		out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .rport = syns[i].rport, .seq = 0,
			.ack = 101);
	resets(no_listener, RS_BURST);
	after(100);
	is_fair(w);
	for (i = 0; i < SENDERS; i++) {
		for (k = 0; k < SEGMENTS; k++)
			out(ACK, .rport = port_of(i), .seq = snd_nxt[i] + k * SIZE, .ack = 101,
				.data = bytes(i + k * SIZE), .len = SIZE);
		in(ACK, .rport = port_of(i), .seq = 101, .ack = snd_nxt[i] + SEGMENTS * SIZE);
	}
	quiet();
	after(5000);
	quiet();
	counted(tcp.retransmitted, 0);
}

WIRE(full_tx_thousands_of_aborts_at_once, "3.10.5", "")
{
	uint32_t snd_nxt[MANY];
	struct wire_conn *c;
	uint32_t i;

	w->tcp.max_connections = MANY;
	for (i = 0; i < MANY; i++)
		snd_nxt[i] = reach_on(WIRE_LPORT, port_of(i), ESTABLISHED).snd_nxt;
	TAILQ_FOREACH(c, &w->conns, next)
		rs_conn_abort(c->tcp, c->tcb);
	after(100);
	for (i = 0; i < MANY; i++) {
		out(RST, .rport = port_of(i), .seq = snd_nxt[i]);
		ended(ABORTED, .rport = port_of(i));
	}
	resets(service_abort, MANY);
	check(rs_stack_open(stack()) == 0);
}
