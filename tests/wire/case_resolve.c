/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Where our SYNs go: the next hop, and its MAC by ARP (RFC 826, RFC 1122 2.3.2 and 3.3.1).
 */

#include "wire.h"

/* Make OPEN without an answer to ARP. */
#define ask() check(try_connect() == 0)

/* Requests to the old MAC of an entry, before requests to all (RFC 1122 2.3.2.1 (2), RFC 4861 10:
 * MAX_UNICAST_SOLICIT). */
#define POLLS (wire_ipv6 ? 3u : 2u)

/* Counters, which each family has of its own. */
#define neighbours_requests(n) (wire_ipv6 ? counted(packet.nd_solicitations, n) : \
	counted(packet.arp_requests, n))
#define neighbours_learned(n) (wire_ipv6 ? counted(packet.nd_learned, n) : \
	counted(packet.arp_learned, n))
#define neighbours_failed(n) (wire_ipv6 ? counted(packet.nd_failed, n) : \
	counted(packet.arp_failed, n))
#define dropped_not_ours() (wire_ipv6 ? dropped(nd_not_ours) : dropped(arp_not_ours))

WIRE(resolve_asks_all_and_sends_when_answered, "RFC 826", "")
{
	ask();
	ask_out(WIRE_RHOST, 0);
	quiet();
	state(SYN_SENT);
	after(500);
	quiet();
	answer_in(WIRE_RHOST, 77);
	out(SYN, .mac = 77);
	neighbours_requests(1);
	neighbours_learned(1);
}

WIRE(resolve_rto_runs_from_the_syn, "RFC 6298 5.1", "")
{
	int64_t iss;

	ask();
	ask_out(WIRE_RHOST, 0);
	after(900);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	iss = out(SYN);
	due(1000, 1002);
	out(SYN, .seq = iss);
}

WIRE(resolve_asks_once_a_second_three_times, "RFC 1122 2.3.2.1", "")
{
	ask();
	ask_out(WIRE_RHOST, 0);
	due(1000, 1001);
	ask_out(WIRE_RHOST, 0);
	due(1000, 1001);
	ask_out(WIRE_RHOST, 0);
	after(999);
	nothing_told();
	after(2);
	quiet();
	ended(UNREACHABLE);
	state(CLOSED);
	neighbours_requests(3);
	neighbours_failed(1);
	counted(tcp.unreachable, 1);
}

WIRE(resolve_one_request_for_many_connections, "RFC 1122 2.3.2.1", "")
{
	uint16_t i;

	for (i = 0; i < 40; i++)
		check(try_connect(.rport = (uint16_t)(1000 + i)) == 0);
	ask_out(WIRE_RHOST, 0);
	quiet();
	answer_in(WIRE_RHOST, WIRE_RHOST);
	for (i = 0; i < 40; i++)
		out(SYN, .rport = (uint16_t)(1000 + i));
	quiet();
}

WIRE(resolve_failure_is_told_to_all_that_wait, "RFC 1122 2.4, 4.2.3.9", "")
{
	uint16_t i;

	for (i = 0; i < 20; i++)
		check(try_connect(.rport = (uint16_t)(1000 + i)) == 0);
	for (i = 0; i < 3; i++) {
		ask_out(WIRE_RHOST, 0);
		after(1001);
	}
	for (i = 0; i < 20; i++)
		ended(UNREACHABLE, .rport = (uint16_t)(1000 + i));
	counted(tcp.unreachable, 20);
}

WIRE(resolve_failure_then_another_open_asks_again, "RFC 1122 2.3.2.1", "")
{
	unsigned int i;

	ask();
	for (i = 0; i < 3; i++) {
		ask_out(WIRE_RHOST, 0);
		after(1001);
	}
	ended(UNREACHABLE);
	connect();
	out(SYN);
}

WIRE(resolve_answer_is_kept_for_the_next, "RFC 1122 2.3.2.1", "")
{
	connect();
	out(SYN);
	user_abort();
	ended(ABORTED);
	after(59000);
	ask(); /* a minute is not over: no request */
	out(SYN);
	neighbours_requests(1);
}

WIRE(resolve_answer_is_dropped_when_old_and_unused, "RFC 1122 2.3.2.1", "")
{
	connect();
	out(SYN);
	user_abort();
	ended(ABORTED);
	after(60001);
	ask();
	ask_out(WIRE_RHOST, 0);
}

WIRE(resolve_answer_in_use_is_polled, "RFC 1122 2.3.2.1 (2)", "")
{
	struct wire_tcb t = opened();

	/* "Actively poll the remote host by periodically sending a point-to-point ARP Request" */
	due(59900, 60001);
	ask_out(WIRE_RHOST, WIRE_RHOST);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	due(60000, 60001);
	ask_out(WIRE_RHOST, WIRE_RHOST);
	/* meanwhile it is used */
	user_send("x", 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x");
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
	answer_in(WIRE_RHOST, 9);
	user_send("y", 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = "y", .mac = 9);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2, .mac = 9);
}

WIRE(resolve_poll_unanswered_asks_all_then_fails, "RFC 1122 2.3.2.1 (2)", "")
{
	struct wire_tcb t = opened();
	unsigned int i;

	/* "delete the entry if no ARP Reply is received from N successive polls", N is 2 */
	after(60001);
	for (i = 0; i < POLLS + 3; i++) {
		ask_out(WIRE_RHOST, i < POLLS ? WIRE_RHOST : 0);
		after(1001);
	}
	quiet();
	neighbours_failed(1);
	/* an established connection goes on to where its peer was, and is */
	state(ESTABLISHED);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "here");
	told(DATA, .data = "here");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 105);
	/* a new one asks anew */
	check(try_connect(.rport = 80) == 0);
	ask_out(WIRE_RHOST, 0);
}

WIRE(resolve_link_that_was_down_asks_all, "RFC 1122 3.3.1.4", "")
{
	struct wire_tcb t = opened();

	rs_stack_link_up(w->stack, (uint16_t)(w->port.device + 1));
	after(1);
	quiet();
	rs_stack_link_up(w->stack, w->port.device);
	after(1);
	ask_out(WIRE_RHOST, 0);
	/* the old MAC serves until there is a reply */
	user_send("x", 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x");
	answer_in(WIRE_RHOST, 9);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .mac = 9);
	user_send("y", 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = "y", .mac = 9);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 2, .mac = 9);
}

WIRE(resolve_link_that_was_down_forgets_unused_entries, "RFC 1122 3.3.1.4", "")
{
	connect();
	out(SYN);
	user_abort();
	ended(ABORTED);
	rs_stack_link_up(w->stack, w->port.device);
	after(1);
	quiet();
	ask();
	ask_out(WIRE_RHOST, 0);
}

/* The neighbour is asked by unicast, or by multicast (0), in the way of the family. */
static void
polls(struct wire *w, uint8_t mac)
{
	if (wire_ipv6)
		nd_out(WIRE_RHOST, mac);
	else
		arp_out(WIRE_RHOST, mac);
}

/* A byte goes out and is acknowledged. */
static void
progress(struct wire *w, struct wire_tcb *t)
{
	user_send(bytes(0), 1);
	out(ACK, .seq = t->snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	in(ACK, .seq = 101, .ack = ++t->snd_nxt);
}

WIRE(resolve_progress_makes_polls_needless, "RFC 4861 7.3.1, RFC 1122 2.3.2.1 (4)", "")
{
	struct wire_tcb t = opened();
	unsigned int i;

	for (i = 0; i < 5; i++) {
		after(50000);
		quiet();
		progress(w, &t);
	}
	/* without more it is asked when the next minute is over in which there was some */
	due(60000, 120000);
	polls(w, WIRE_RHOST);
	after(1001);
	polls(w, WIRE_RHOST);
}

WIRE(resolve_progress_during_a_poll_confirms, "RFC 4861 7.3.1", "")
{
	struct wire_tcb t = opened();

	due(59900, 60001);
	polls(w, WIRE_RHOST);
	after(500);
	progress(w, &t); /* though the neighbour does not reply */
	after(59000);
	quiet();
	due(1000, 2002);
	polls(w, WIRE_RHOST);
}

WIRE(resolve_segments_without_progress_confirm_nothing, "RFC 4861 7.3.1", "")
{
	struct wire_tcb t = opened();

	after(50000);
	user_send(bytes(0), 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	in(ACK, .seq = 101, .ack = t.snd_nxt); /* acknowledges nothing */
	due(900, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	due(1900, 2002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	due(3900, 4002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1);
	after(1);
	polls(w, WIRE_RHOST); /* at R1, and not only when its reply is old */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
}

WIRE(resolve_neighbour_that_vanished_before_the_syn_goes_again, "RFC 1122 2.4", "")
{
	unsigned int i;

	w->tcp.rto_initial_ms = 60000;
	connect();
	out(SYN);
	after(60100); /* its answer is as old as the RTO is long */
	out(SYN);
	for (i = 0; i < POLLS + 3; i++) {
		ask_out(WIRE_RHOST, i < POLLS ? WIRE_RHOST : 0);
		after(1001);
	}
	quiet();
	state(SYN_SENT);
	nothing_told();
	after(60000);
	quiet();
	ended(UNREACHABLE);
}

WIRE(resolve_unasked_replies_make_no_entry, "RFC 826", "")
{
	answer_in(WIRE_RHOST, 77);
	dropped_not_ours();
	ask();
	ask_out(WIRE_RHOST, 0);
}

WIRE(resolve_gratuitous_arp_moves_an_entry, "RFC 826", "")
{
	int64_t iss;

	connect();
	iss = out(SYN);
	arp_in(1, WIRE_RHOST, 66, NONE); /* it asks for us, from another MAC */
	{
		uint8_t frame[WIRE_FRAME_MAX];

		out_frame(frame); /* our reply */
	}
	due(900, 1002);
	out(SYN, .seq = iss, .mac = 66);
}

WIRE(resolve_answer_of_another_host_is_not_taken, "RFC 826", "")
{
	ask();
	ask_out(WIRE_RHOST, 0);
	answer_in(WIRE_RHOST + 1, 77);
	dropped_not_ours();
	quiet();
	answer_in(WIRE_RHOST, WIRE_RHOST);
	out(SYN);
}

/* ARP is that of a VLAN: the request has its tag, and an answer with another one is none. */
WIRE(resolve_asks_in_the_vlan_of_the_port, "802.1Q", "")
{
	int64_t iss;

	ipv4_only();
	set_vlan(42);
	ask();
	wire_arp_out(HERE, WIRE_RHOST, 0, WIRE_TCI(42));
	arp_in(2, WIRE_RHOST, WIRE_RHOST, 43);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	counted(drop[RS_DROP_vlan_unknown], 2);
	quiet();
	arp_in(2, WIRE_RHOST, WIRE_RHOST, 42);
	iss = out(SYN, .vlan = WIRE_TCI(42));
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .vlan = 42);
	out(ACK, .vlan = WIRE_TCI(42), .seq = iss + 1, .ack = 101);
	told(OPENED);
}

WIRE(resolve_syn_ack_from_another_mac_moves_the_connection, "3.10.7.3", "")
{
	int64_t iss;

	connect();
	iss = out(SYN);
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .mac = 55);
	out(ACK, .seq = iss + 1, .ack = 101, .mac = 55);
	told(OPENED);
}

WIRE(resolve_syn_of_the_peer_while_waiting, "3.10.7.3", "MUST-10")
{
	int64_t iss;

	ask();
	ask_out(WIRE_RHOST, 0);
	/* Both open at once, and its SYN tells where it is. */
	in(SYN, .seq = 100);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	after(5000); /* nobody waits for the answer any more: no further request */
	quiet();
}

WIRE(resolve_syn_of_the_peer_while_waiting_and_no_room, "3.10.7.3", "")
{
	int64_t iss;

	w->max_neighbours = 1;
	ask();
	ask_out(WIRE_RHOST, 0);
	in(SYN, .seq = 100, .mac = 33);
	quiet();
	state(SYN_SENT);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	iss = out(SYN);
	in(SYN | ACK, .seq = 100, .ack = iss + 1);
	out(ACK, .seq = iss + 1, .ack = 101);
	told(OPENED);
}

WIRE(resolve_abort_while_waiting, "3.10.5", "")
{
	ask();
	check(try_connect(.rport = 80) == 0);
	check(try_connect(.rport = 81) == 0);
	ask_out(WIRE_RHOST, 0);
	/* the first, the last and the middle one of those that wait */
	wire_call(w, 81, rs_conn_abort);
	ended(ABORTED, .rport = 81);
	user_abort();
	ended(ABORTED);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	out(SYN, .rport = 80);
	quiet();
}

WIRE(resolve_all_abort_while_waiting, "3.10.5", "")
{
	ask();
	ask_out(WIRE_RHOST, 0);
	user_abort();
	ended(ABORTED);
	after(3000);
	quiet(); /* who needs it no more is not asked for */
	answer_in(WIRE_RHOST, WIRE_RHOST);
	dropped_not_ours();
}

WIRE(resolve_full_table_forgets_what_nobody_uses, "RFC 1122 2.3.2.1", "")
{
	w->max_neighbours = 1;
	connect();
	out(SYN);
	user_abort();
	ended(ABORTED);
	after(1);
	check(try_connect(.raddr = wire_tuple(0, 3, 0, 0).raddr) == 0);
	ask_out(3, 0);
	answer_in(3, 3);
	out(SYN, .rhost = 3);
}

WIRE(resolve_without_mbufs_tries_again, "RFC 1122 2.3.2.1", "")
{
	stack();
	hoard(0);
	ask();
	quiet();
	dropped(no_mbuf);
	give_back();
	due(1000, 1001);
	ask_out(WIRE_RHOST, 0);
}

WIRE(resolve_far_peer_by_the_gateway, "RFC 1122 3.3.1.1", "")
{
	int64_t iss;

	/* 192.0.2.0/30 or 2001:db8::/126 is on-link, .99 is behind .2 */
	if (wire_ipv6) {
		w->port.subnets6[0].len = 126;
		w->port.gateway6 = wire_addr(2);
	} else {
		w->port.subnet.len = 96 + 30;
		w->port.gateway = wire_addr(2);
	}
	check(try_connect(.raddr = wire_tuple(0, 99, 0, 0).raddr) == 0);
	ask_out(2, 0);
	answer_in(2, 2);
	iss = out(SYN, .rhost = 99, .mac = 2);
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .rhost = 99, .mac = 2);
	out(ACK, .seq = iss + 1, .ack = 101, .rhost = 99, .mac = 2);
	told(OPENED);
}

WIRE(resolve_near_peer_without_the_gateway, "RFC 1122 3.3.1.1", "")
{
	*(wire_ipv6 ? &w->port.gateway6 : &w->port.gateway) = wire_addr(254);
	connect();
	out(SYN);
}

/*
 * A connection whose peer is at another MAC than its entry says.
 */

/* What a burst with a SYN,ACK from MAC `old`, and an announcement of MAC `new` behind it, does:
 * ARP is processed before TCP. @return our ISS */
static int64_t
opened_behind_an_announcement(struct wire *w, uint8_t old, uint8_t new)
{
	int64_t iss;

	connect();
	iss = out(SYN);
	answer_in(WIRE_RHOST, new);
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .mac = old);
	out(ACK, .seq = iss + 1, .ack = 101, .mac = old);
	told(OPENED);
	return iss;
}

WIRE(resolve_retransmission_goes_to_the_announced_mac, "RFC 1122 3.3.1.4, RFC 5227 3", "")
{
	int64_t iss = opened_behind_an_announcement(w, 2, 77);

	user_send("x", 1);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "x", .mac = 2);
	due(1000, 1002);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "x", .mac = 77);
	in(ACK, .seq = 101, .ack = iss + 2, .mac = 77);
	user_send("y", 1);
	out(ACK, .seq = iss + 2, .ack = 101, .data = "y", .mac = 77);
	in(ACK, .seq = 101, .ack = iss + 3, .mac = 77);
}

WIRE(resolve_window_probe_goes_to_the_announced_mac, "RFC 1122 3.3.1.4", "")
{
	int64_t iss = opened_behind_an_announcement(w, 2, 77);

	in(ACK, .seq = 101, .ack = iss + 1, .wnd = 0, .mac = 2);
	user_send("x", 1);
	due(1000, 1002);
	out(ACK, .seq = iss + 1, .ack = 101, .data = "x", .mac = 77);
	in(ACK, .seq = 101, .ack = iss + 2, .mac = 77);
}

WIRE(resolve_keepalive_probe_goes_to_the_announced_mac, "RFC 1122 3.3.1.4, 3.8.4", "")
{
	const struct wire_conn *c;
	int64_t iss;

	w->tcp.keepalive_ms = 5000;
	w->tcp.keepalive_interval_ms = 1000;
	iss = opened_behind_an_announcement(w, 2, 77);
	c = user(WIRE_RPORT);
	rs_conn_set_keepalive(c->tcp, c->tcb, true);
	due(w->tcp.keepalive_ms, w->tcp.keepalive_ms + 2);
	out(ACK, .seq = iss, .ack = 101, .mac = 2);
	due(w->tcp.keepalive_interval_ms, w->tcp.keepalive_interval_ms + 2);
	out(ACK, .seq = iss, .ack = 101, .mac = 77);
	in(ACK, .seq = 101, .ack = iss + 1, .mac = 77);
}

WIRE(resolve_leaving_an_entry_that_just_replied_asks_nothing, "RFC 1122 2.3.2.1", "")
{
	struct wire_tcb t = opened();

	/* Replies by another way than requests would else cost an ARP request each. */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .mac = 55);
	after(2000);
	quiet();
}

WIRE(resolve_leaving_an_old_entry_has_it_verified, "RFC 1122 3.3.1.4", "")
{
	struct wire_tcb t = opened();
	unsigned int i;

	after(1001);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .mac = 55);
	after(0);
	for (i = 0; i < POLLS; i++) {
		ask_out(WIRE_RHOST, WIRE_RHOST);
		quiet();
		after(1001);
	}
	ask_out(WIRE_RHOST, 0);
	answer_in(WIRE_RHOST, 55);
	after(3000);
	quiet();
	check(try_connect(.rport = 80) == 0);
	out(SYN, .rport = 80, .mac = 55);
	neighbours_failed(0);
}

WIRE(resolve_unused_entry_that_does_not_answer_is_freed, "RFC 1122 2.3.2.1", "")
{
	struct wire_tcb t;
	unsigned int i;

	w->max_neighbours = 2;
	t = opened();
	after(1001);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .mac = 55);
	after(0);
	for (i = 0; i < POLLS + 3; i++) {
		ask_out(WIRE_RHOST, i < POLLS ? WIRE_RHOST : 0);
		after(1001);
	}
	quiet();
	neighbours_failed(1);
	/* Its place is free for another one. */
	handshake(.rport = 40001, .mac = 0x12);
}

WIRE(resolve_next_hop_is_asked_while_data_goes_to_the_learned_mac, "RFC 1122 3.3.1.4", "")
{
	struct wire_tcb t = opened();
	unsigned int i;

	after(1001);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .mac = 55);
	after(0);
	for (i = 0; i < POLLS + 3; i++) {
		ask_out(WIRE_RHOST, i < POLLS ? WIRE_RHOST : 0);
		after(1001);
	}
	user_send("x", 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x", .mac = 55);
	/* No entry is there to go back to: it is asked for. */
	due(1, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x", .mac = 55);
	after(0);
	ask_out(WIRE_RHOST, 0);
	answer_in(WIRE_RHOST, 66);
	due(1, 2002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x", .mac = 66);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .mac = 66);
}

WIRE(resolve_passive_connection_stays_where_its_peer_was, "3.10.7.4", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* A passive open has no entry of a next hop to go back to. */
	user_send("x", 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x");
	due(1000, 1002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x");
	quiet();
}

WIRE(resolve_peer_that_retransmits_from_another_mac_is_followed, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* A router failed over (VRRP), and our ACK went to the old one: RFC 9293 has no word of
	 * it, but both numbers are those that only the peer knows. */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello", .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 106, .mac = 55);
	/* the first segment of it, from a third one */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "he", .mac = 56);
	out(ACK, .seq = t.snd_nxt, .ack = 106, .mac = 56);
	/* a keep-alive probe, without its garbage octet */
	in(ACK, .seq = 105, .ack = t.snd_nxt, .mac = 57);
	out(ACK, .seq = t.snd_nxt, .ack = 106, .mac = 57);
	user_send("x", 1);
	out(ACK, .seq = t.snd_nxt, .ack = 106, .data = "x", .mac = 57);
}

WIRE(resolve_fin_retransmitted_from_another_mac_is_followed, "3.10.7.4 first", "")
{
	struct wire_tcb t = reach(CLOSE_WAIT);

	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 102, .mac = 55);
}

WIRE(resolve_syn_ack_retransmitted_from_another_mac_is_followed, "3.10.7.4 first", "")
{
	struct wire_tcb t = opened();

	in(SYN | ACK, .seq = 100, .ack = t.snd_nxt, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .mac = 55);
}

WIRE(resolve_guessed_retransmission_redirects_nothing, "3.10.7.4 first, RFC 5961", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	/* It is older than a window. */
	in(ACK, .seq = 106 - WIRE_RCV_BUF - 1, .ack = t.snd_nxt, .data = "hello", .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	/* An ACK that is old is no retransmission. */
	in(ACK, .seq = 104, .ack = t.snd_nxt, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	/* Its ACK is not SND.UNA. */
	in(ACK, .seq = 101, .ack = t.snd_nxt - 1, .data = "hello", .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	in(ACK, .seq = 105, .ack = t.snd_nxt + 1, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
	/* It has none. */
	in(PSH, .seq = 101, .data = "hello", .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(resolve_retransmission_of_another_security_redirects_nothing, "3.10.7.4 third", "")
{
	struct wire_tcb t = handshake(.lport = WIRE_LPORT_SECRET, .label = WIRE_LABEL);

	in(FIN | ACK, .lport = WIRE_LPORT_SECRET, .seq = 101, .ack = t.snd_nxt,
		.label = WIRE_LABEL);
	out(ACK, .lport = WIRE_LPORT_SECRET, .seq = t.snd_nxt, .ack = 102, .label = WIRE_LABEL);
	told(PEER_CLOSED);
	in(FIN | ACK, .lport = WIRE_LPORT_SECRET, .seq = 101, .ack = t.snd_nxt, .mac = 55,
		.label = WIRE_OTHER_LABEL);
	out(ACK, .lport = WIRE_LPORT_SECRET, .seq = t.snd_nxt, .ack = 102, .label = WIRE_LABEL);
	in(FIN | ACK, .lport = WIRE_LPORT_SECRET, .seq = 101, .ack = t.snd_nxt, .mac = 55,
		.label = WIRE_LABEL);
	out(ACK, .lport = WIRE_LPORT_SECRET, .seq = t.snd_nxt, .ack = 102, .mac = 55,
		.label = WIRE_LABEL);
}

/*
 * A host that crashed and is back with another MAC, or its router is another one.
 */

/*
 * A SYN comes from another MAC. Anyone can send one, so the answer to our request tells where its
 * host is; then the challenge ACK goes there (RFC 5961 4).
 */
static void
syn_from_another_mac(struct wire *w, struct wire_tcb t, int64_t seq)
{
	in(SYN, .seq = seq, .mac = 55);
	ask_out(WIRE_RHOST, 0);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	answer_in(WIRE_RHOST, 55);
	in(SYN, .seq = seq, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .mac = 55);
}

WIRE(resolve_syn_from_another_mac_is_answered_there_if_resolved, "3.5.1, RFC 5961 4", "")
{
	syn_from_another_mac(w, reach(ESTABLISHED), 7000);
	in(RST, .seq = 101, .mac = 55);
	verdict(accepted);
	ended(RESET);
	in(SYN, .seq = 7000, .mac = 55);
	out(SYN | ACK, .ack = 7001, .mac = 55);
}

WIRE(resolve_syn_in_the_window_from_another_mac, "3.5.1, RFC 5961 4", "")
{
	syn_from_another_mac(w, reach(ESTABLISHED), 200);
}

/* The table of neighbours is its bound: an entry that only a SYN asked for makes way. */
WIRE(resolve_syns_from_other_macs_fill_no_table, "3.5.1, RFC 4987 3.1", "")
{
	struct wire_tcb t;

	w->max_neighbours = 2;
	t = reach(ESTABLISHED);
	in(SYN, .seq = 7000, .mac = 55);
	ask_out(WIRE_RHOST, 0);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	handshake(.rport = 40001, .mac = 0x12);
	/* Both entries are in use, so nobody can be asked, and the connection stays. */
	after(5000);
	in(SYN, .seq = 7000, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	quiet();
	counted(packet.no_neighbour, 1);
}

WIRE(resolve_syn_of_an_active_connection_from_another_mac, "3.5.1, RFC 1122 3.3.1.4", "")
{
	struct wire_tcb t = opened();
	unsigned int i;

	/* Its entry is there, and asked whether it is still right. */
	after(1001);
	in(SYN, .seq = 7000, .mac = 55);
	for (i = 0; i < POLLS; i++) {
		ask_out(WIRE_RHOST, WIRE_RHOST);
		if (i == 0)
			out(ACK, .seq = t.snd_nxt, .ack = 101);
		after(1001);
	}
	ask_out(WIRE_RHOST, 0);
	answer_in(WIRE_RHOST, 55);
	in(SYN, .seq = 7000, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .mac = 55);
	in(RST, .seq = 101, .mac = 55);
	verdict(accepted);
	ended(RESET);
}

WIRE(resolve_syn_that_resolution_contradicts_moves_nothing, "3.5.1, RFC 5961 4", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	in(SYN, .seq = 7000, .mac = 55);
	ask_out(WIRE_RHOST, 0);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	/* However often it comes, at most one request a second follows. */
	for (i = 0; i < 5; i++) {
		in(SYN, .seq = 7000, .mac = 55);
		out(ACK, .seq = t.snd_nxt, .ack = 101);
	}
	quiet();
	/* A SYN from the MAC that the connection has asks nobody. */
	after(1001);
	in(SYN, .seq = 7000);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	quiet();
}

WIRE(resolve_syn_moves_nothing_to_a_third_mac, "3.5.1, RFC 5961 4", "")
{
	struct wire_tcb t = reach(ESTABLISHED);

	/* The next hop is neither where the SYN came from nor where the connection is. */
	in(SYN, .seq = 7000, .mac = 55);
	ask_out(WIRE_RHOST, 0);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	answer_in(WIRE_RHOST, 66);
	in(SYN, .seq = 7000, .mac = 55);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	quiet();
}

WIRE(resolve_syn_from_another_mac_without_an_answer_moves_nothing, "3.5.1, RFC 5961 4", "")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	in(SYN, .seq = 7000, .mac = 55);
	for (i = 0; i < 3; i++) {
		ask_out(WIRE_RHOST, 0);
		if (i == 0)
			out(ACK, .seq = t.snd_nxt, .ack = 101);
		after(1001);
	}
	neighbours_failed(1);
	in(ACK, .seq = 101, .ack = t.snd_nxt, .data = "x");
	told(DATA, .data = "x");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
}

WIRE(resolve_passive_connection_seeks_its_next_hop_at_r1, "3.8.3, RFC 1122 3.3.1.4",
	"MUST-20")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	/* The router that the peer came by is gone. R1 retransmissions give negative advice. */
	user_send("x", 1);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x");
	for (i = 0; i < 3; i++) {
		due(UINT64_C(1000) << i, (UINT64_C(1000) << i) + 2);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x");
	}
	/* It is not known, so it is asked for, and the next one goes there. */
	after(0);
	ask_out(WIRE_RHOST, 0);
	answer_in(WIRE_RHOST, 55);
	due(8000, 8002);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x", .mac = 55);
	/* It follows its peer from there, too, and has the entry that it leaves verified. */
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1, .mac = 56);
	ask_out(WIRE_RHOST, 55);
	user_send("y", 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101, .data = "y", .mac = 56);
}

WIRE(resolve_passive_window_probes_seek_no_next_hop, "3.8.6.1", "MUST-37")
{
	struct wire_tcb t = reach(ESTABLISHED);
	unsigned int i;

	/* A peer that answers each probe is where it was. */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	user_send("x", 1);
	for (i = 0; i < 5; i++) {
		due(UINT64_C(1000) << i, (UINT64_C(1000) << i) + 2);
		out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "x");
		in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 0);
	}
	quiet();
}

WIRE(resolve_passive_keepalive_probe_seeks_the_next_hop, "3.8.4, RFC 1122 3.3.1.4", "")
{
	const struct wire_conn *c;
	struct wire_tcb t;

	w->tcp.keepalive_ms = 5000;
	w->tcp.keepalive_interval_ms = 1000;
	t = reach(ESTABLISHED);
	c = user(WIRE_RPORT);
	rs_conn_set_keepalive(c->tcp, c->tcb, true);
	due(w->tcp.keepalive_ms, w->tcp.keepalive_ms + 2);
	out(ACK, .seq = t.snd_nxt - 1, .ack = 101);
	due(w->tcp.keepalive_interval_ms, w->tcp.keepalive_interval_ms + 2);
	out(ACK, .seq = t.snd_nxt - 1, .ack = 101);
	after(0);
	ask_out(WIRE_RHOST, 0);
	answer_in(WIRE_RHOST, 55);
	due(w->tcp.keepalive_interval_ms, w->tcp.keepalive_interval_ms + 2);
	out(ACK, .seq = t.snd_nxt - 1, .ack = 101, .mac = 55);
}

WIRE(resolve_syn_flood_asks_nobody, "RFC 4987 3.1", "")
{
	struct wire_tcb t;
	unsigned int i;

	/* Only an established connection seeks its peer. */
	stack();
	in(SYN, .seq = 100);
	t.snd_nxt = (uint32_t)out(SYN | ACK, .ack = 101);
	in(SYN, .seq = 100, .mac = 55);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 101);
	for (i = 0; i < 4; i++) {
		due(UINT64_C(1000) << i, (UINT64_C(1000) << i) + 2);
		out(SYN | ACK, .seq = t.snd_nxt, .ack = 101);
	}
	quiet();
	neighbours_requests(0);
}
