/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What the IP header of one connection has of its own: source routes (RFC 9293 3.9.2.1, RFC
 * 1122 3.2.1.8 (c), RFC 791 3.1) and its DiffServ field (3.9.1.9).
 */

#include <errno.h>

#include "packet/ip_options.h"
#include "wire.h"

/* A route that a datagram came by, over 192.0.2.9 and then 192.0.2.8: the pointer is beyond
 * it. And the way back: to 192.0.2.8 first, the option has 192.0.2.9 and who sent it. */
#define CAME ROUTE("\x83\x0b\x0c\xc0\0\2\x09\xc0\0\2\x08")
#define BACK ROUTE("\x83\x0b\x04\xc0\0\2\x09\xc0\0\2\x02"), .hop = 8

/* The same over 192.0.2.7 only. */
#define CAME_OTHERWISE ROUTE("\x83\x07\x08\xc0\0\2\x07")
#define BACK_OTHERWISE ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = 7

WIRE(route_way_back_is_used_for_all_segments, "3.9.2.1, RFC 1122 3.2.1.8 (c)", "MUST-53")
{
	uint32_t iss;

	w->tcp.source_route = true;
	in(SYN, .seq = 100, .mss = 1460, CAME);
	iss = out(SYN | ACK, .ack = 101, BACK);
	/* "use it for all segments sent on this connection": no other one needs to have it */
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send("hello", 5);
	out(PSH | ACK, .seq = iss + 1, .ack = 101, .data = "hello", BACK);
	in(ACK, .seq = 101, .ack = iss + 6, .data = "x");
	told(DATA, .data = "x");
	due(1, 42);
	out(ACK, .seq = iss + 6, .ack = 102, BACK);
	user_abort();
	out(RST, .seq = iss + 6, BACK);
	ended(ABORTED);
	reset(service_abort);
}

WIRE(route_later_one_overrides, "3.9.2.1", "SHLD-24")
{
	uint32_t iss;

	w->tcp.source_route = true;
	in(SYN, .seq = 100, .mss = 1460, CAME);
	iss = out(SYN | ACK, .ack = 101, BACK);
	in(ACK, .seq = 101, .ack = iss + 1, CAME_OTHERWISE);
	told(OPENED);
	user_send("hello", 5);
	out(PSH | ACK, .seq = iss + 1, .ack = 101, .data = "hello", BACK_OTHERWISE);
	in(ACK, .seq = 101, .ack = iss + 6);
}

WIRE(route_of_a_bad_ack_is_not_taken, "3.10.7.4 fifth, RFC 5961 5", "SHLD-24")
{
	uint32_t iss;

	w->tcp.source_route = true;
	in(SYN, .seq = 100, .mss = 1460, CAME);
	iss = out(SYN | ACK, .ack = 101, BACK);
	in(ACK, .seq = 101, .ack = iss + 1, CAME);
	told(OPENED);
	in(ACK | PSH, .seq = 101, .ack = iss + 2, .data = "evil", CAME_OTHERWISE);
	out(ACK, .seq = iss + 1, .ack = 101, BACK);
	in(ACK, .seq = 101, .ack = iss, CAME_OTHERWISE);
	user_send("hello", 5);
	out(PSH | ACK, .seq = iss + 1, .ack = 101, .data = "hello", BACK);
	in(ACK, .seq = 101, .ack = iss + 6);
}

WIRE(route_makes_text_shorter, "3.7.1, 3.9.2.1", "MUST-16")
{
	uint32_t iss;

	w->tcp.source_route = true;
	in(SYN, .seq = 100, .mss = 1000, CAME);
	iss = out(SYN | ACK, .ack = 101, BACK);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	/* 11 bytes of option and one of padding */
	user_send(bytes(0), 2000);
	out(ACK, .seq = iss + 1, .ack = 101, .data = bytes(0), .len = 988, BACK);
	out(ACK, .seq = iss + 989, .ack = 101, .data = bytes(988), .len = 988, BACK);
	in(ACK, .seq = 101, .ack = iss + 1977);
	out(PSH | ACK, .seq = iss + 1977, .ack = 101, .data = bytes(1976), .len = 24, BACK);
	in(ACK, .seq = 101, .ack = iss + 2001);
}

WIRE(route_ignored_by_default, "3.9.2.1, RFC 7126 4.3", "MUST-50")
{
	uint32_t iss;

	in(SYN, .seq = 100, .mss = 1460, CAME);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1, CAME);
	told(OPENED);
	user_send("hello", 5);
	out(PSH | ACK, .seq = iss + 1, .ack = 101, .data = "hello");
	in(ACK, .seq = 101, .ack = iss + 6);
}

WIRE(route_that_is_not_at_its_end_is_none, "RFC 791 3.1", "MUST-53")
{
	uint32_t iss;

	w->tcp.source_route = true;
	in(SYN, .seq = 100, .mss = 1460, ROUTE("\x83\x0b\x08\xc0\0\2\x09\xc0\0\2\x01"));
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
}

/* One to WIRE_RHOST over WIRE_VIA, which is the peer's only hop here. */
enum { WIRE_VIA = 9 };

static struct rs_source_route
route_over(uint8_t host)
{
	const struct rs_addr hop = wire_addr(host);
	const struct rs_addr last = wire_addr(WIRE_RHOST);
	struct rs_source_route route;

	rs_source_route_make(&route, false, &hop.w[3], 1, last.w[3]);
	return route;
}

WIRE(route_of_an_open, "3.9.2.1", "MUST-51 MUST-52")
{
	const struct rs_source_route route = route_over(WIRE_VIA);
	uint32_t iss;

	w->tcp.source_route = true;
	/* Who is asked for is the first hop. */
	ipv4_only();
	check(try_connect(.route = &route) == 0);
	arp_out(WIRE_VIA, 0);
	arp_in(2, WIRE_VIA, WIRE_VIA, NONE);
	iss = out(SYN, .mac = WIRE_VIA, ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = WIRE_VIA);
	/* A route that comes does not change the one that was asked for. */
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .mac = WIRE_VIA, CAME);
	told(OPENED);
	out(ACK, .seq = iss + 1, .ack = 101, .mac = WIRE_VIA,
		ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = WIRE_VIA);
	user_send("hello", 5);
	out(PSH | ACK, .seq = iss + 1, .ack = 101, .data = "hello", .mac = WIRE_VIA,
		ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = WIRE_VIA);
	in(ACK, .seq = 101, .ack = iss + 6, .mac = WIRE_VIA);
}

WIRE(route_gives_the_next_hop_of_a_retransmission, "3.9.2.1, RFC 1122 3.3.1.4", "MUST-51")
{
	const struct rs_source_route route = route_over(WIRE_VIA);
	uint32_t iss;

	w->tcp.source_route = true;
	ipv4_only();
	check(try_connect(.route = &route) == 0);
	arp_out(WIRE_VIA, 0);
	arp_in(2, WIRE_VIA, WIRE_VIA, NONE);
	iss = out(SYN, .mac = WIRE_VIA, ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = WIRE_VIA);
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .mac = 55);
	told(OPENED);
	out(ACK, .seq = iss + 1, .ack = 101, .mac = 55,
		ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = WIRE_VIA);
	user_send("hello", 5);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello", .mac = 55,
		ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = WIRE_VIA);
	due(1000, 1002);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "hello", .mac = WIRE_VIA,
		ROUTE("\x83\x07\x04\xc0\0\2\x02"), .hop = WIRE_VIA);
	in(ACK, .seq = 101, .ack = iss + 6, .mac = WIRE_VIA);
}

WIRE(route_without_room_beside_a_label, "3.9.2.1, RFC 791 3.1", "MUST-51")
{
	const struct rs_addr last = wire_addr(WIRE_RHOST);
	struct rs_source_route route;
	rte_be32_t hops[RS_ROUTE_HOPS_MAX];
	unsigned int i;

	ipv4_only();
	for (i = 0; i < RS_ROUTE_HOPS_MAX; i++)
		hops[i] = last.w[3];
	/* 39 bytes of it and 4 of the label are more than 40 */
	rs_source_route_make(&route, true, hops, RS_ROUTE_HOPS_MAX, last.w[3]);
	check(try_connect(.route = &route, .listener = WIRE_SECRET_CONNECTS) == -EINVAL);
}

/*
 * DiffServ.
 */

WIRE(tos_of_one_connection_changed, "3.9.1.9", "MUST-48 SHLD-21 SHLD-22")
{
	struct wire_tcb t = reach(ESTABLISHED);
	struct wire_tcb other = reach_on(WIRE_LPORT, 40001, ESTABLISHED);
	const struct wire_conn *c = user(WIRE_RPORT);

	check(rs_conn_set_tos(c->tcp, c->tcb, 0x28) == 0);
	user_send("hello", 5);
	out(PSH | ACK, .seq = t.snd_nxt, .ack = 101, .data = "hello", .tos = 0x28);
	check(rs_conn_set_tos(c->tcp, c->tcb, 0xb8) == 0);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 5);
	told(PEER_CLOSED);
	out(ACK, .seq = t.snd_nxt + 5, .ack = 102, .tos = 0xb8);
	/* and no other */
	in(FIN | ACK, .rport = 40001, .seq = 101, .ack = other.snd_nxt);
	told(PEER_CLOSED, .rport = 40001);
	out(ACK, .rport = 40001, .seq = other.snd_nxt, .ack = 102);
}

WIRE(tos_is_not_that_of_the_next_connection, "3.9.1.9", "SHLD-21")
{
	struct wire_tcb t = reach(TIME_WAIT);
	uint32_t iss;

	in(SYN, .seq = t.rcv_nxt + 1000);
	iss = out(SYN | ACK, .ack = t.rcv_nxt + 1001);
	in(ACK, .seq = t.rcv_nxt + 1001, .ack = iss + 1);
	told(OPENED);
}
