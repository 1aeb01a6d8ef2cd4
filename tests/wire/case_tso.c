/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Segments that the device cuts from a frame of several (TSO). The device of these cases refuses a
 * frame whose lengths, offsets or checksums are not as rte_mbuf_core.h describes them
 * (frame/device.c), and all other cases run with it, too: wire --tso.
 */

#include "flight.h"

/* A connection through such a device. */
static struct wire_tcb
begin(struct wire *w)
{
	set_tso();
	return flight_with_sack(100);
}

/* Frames that the device has cut; those that it has got. */
static uint64_t
cut(const struct wire *w)
{
	return w->large_sent;
}

WIRE(tso_new_data_is_one_frame, "RFC 9293 3.8.6.2.1, 3.9.1.2", "MUST-61")
{
	struct wire_tcb t = begin(w);
	uint64_t frames = w->frames_sent;
	uint64_t segments = w->tcp_sent;

	send_segments(0, 10);
	check(w->frames_sent == frames + 1 && cut(w) == 1);
	check(w->tcp_sent == segments + 10);
	/* PSH on the last segment only */
	check(next_out()->flags == ACK);
	goes(0);
	wire_goes(HERE, &t, 1, 8);
	check(next_out()->flags == (ACK | PSH));
	go(9, 10);
	acks(10);
	counted(tcp.tx_large, 1);
	counted(tcp.tx_data_bytes, 14600);
	counted(tcp.retransmitted, 0);
}

WIRE(tso_rest_of_the_data_and_fin_follow, "RFC 9293 3.8.6.2.1, 3.10.4", "MUST-61")
{
	struct wire_tcb t = begin(w);

	user_send(bytes(0), 9 * 1460 + 1);
	user_close();
	check(cut(w) == 1);
	wire_goes(HERE, &t, 0, 9);
	/* Nagle holds the last byte back, and the FIN behind it */
	quiet();
	acks(9);
	out(ACK | PSH | FIN, .seq = AT(9), .ack = 101, .data = bytes(9 * 1460), .len = 1);
	in(ACK | FIN, .seq = 101, .ack = AT(9) + 2);
	out(ACK, .seq = AT(9) + 2, .ack = 102);
	told(PEER_CLOSED);
	told(ENDED, .arg = RS_END_CLOSED);
}

WIRE(tso_fin_is_on_the_last_segment, "RFC 9293 3.10.4", "")
{
	struct wire_tcb t = begin(w);
	struct wire_conn *c = user(WIRE_RPORT);

	/* both before the stack runs */
	check(rs_conn_send(c->tcp, c->tcb, bytes(0), 8 * 1460) == 8 * 1460);
	rs_conn_close(c->tcp, c->tcb);
	after(0);
	check(cut(w) == 1);
	wire_goes(HERE, &t, 0, 7);
	out(ACK | PSH | FIN, .seq = AT(7), .ack = 101, .data = bytes(7 * 1460), .len = 1460);
	quiet();
	in(ACK | FIN, .seq = 101, .ack = AT(8) + 1);
	out(ACK, .seq = AT(8) + 1, .ack = 102);
	told(PEER_CLOSED);
	told(ENDED, .arg = RS_END_CLOSED);
}

WIRE(tso_only_the_lost_segment_is_retransmitted, "RFC 2018 5, RFC 8985 6.2", "")
{
	struct wire_tcb t = begin(w);

	send_segments(0, 10);
	go(0, 10);
	check(cut(w) == 1);
	after(100);
	acks(3, SACK(BLOCK(4, 10)));
	go(3, 4);
	acks(10);
	quiet();
	/* retransmissions are segments of their own */
	check(cut(w) == 1);
	counted(tcp.retransmitted, 1);
	after(5000);
	quiet();
	counted(tcp.rto_expired, 0);
	counted(tcp.sack_splinters, 0);
}

WIRE(tso_two_losses_in_a_frame, "RFC 6675 5, RFC 8985 6.2", "")
{
	struct wire_tcb t = begin(w);

	send_segments(0, 10);
	go(0, 10);
	after(100);
	acks(0, SACK(BLOCK(1, 5), BLOCK(6, 10)));
	goes(0);
	go(5, 6);
	acks(10);
	check(cut(w) == 1);
	counted(tcp.retransmitted, 2);
}

WIRE(tso_time_out_retransmits_segments, "RFC 6298 5.4", "")
{
	struct wire_tcb t = begin(w);

	send_segments(0, 10);
	go(0, 10);
	due(150, 1100); /* the tail loss probe */
	go(9, 10);
	due(900, 1100);
	go(0, 1);
	check(cut(w) == 1);
	acks(10);
}

WIRE(tso_window_takes_whole_segments_only, "RFC 9293 3.8.6.2.1", "MUST-38")
{
	struct wire_tcb t = begin(w);

	in(ACK, .seq = 101, .ack = AT(0), .wnd = 3 * 1460 + 700);
	send_segments(0, 10);
	go(0, 3);
	check(cut(w) == 1);
	in(ACK, .seq = 101, .ack = AT(3), .wnd = 65535);
	go(3, 10);
	check(cut(w) == 2);
	acks(10);
}

WIRE(tso_timestamps_are_in_each_segment, "RFC 7323 3.2", "")
{
	uint32_t nxt, i;

	set_tso();
	in(SYN, .seq = 100, .mss = 1460, .tsval = 7, .tsecr = 0);
	nxt = out(SYN | ACK, .ack = 101, .tsval = ANY, .tsecr = 7) + 1;
	in(ACK, .seq = 101, .ack = nxt, .tsval = 8, .tsecr = 0);
	told(OPENED);
	user_send(bytes(0), 8 * 1448);
	check(cut(w) == 1);
	for (i = 0; i < 8; i++)
		out(ACK, .seq = nxt + i * 1448, .ack = 101, .tsval = ANY, .tsecr = 8,
			.data = bytes(i * 1448), .len = 1448);
	quiet();
	in(ACK, .seq = 101, .ack = nxt + 8 * 1448, .tsval = 9, .tsecr = 0);
}

WIRE(tso_cwr_is_in_one_segment, "RFC 3168 6.1.2", "")
{
	struct wire_tcb t = { .lport = WIRE_LPORT, .rport = WIRE_RPORT };
	uint64_t before;
	uint32_t i;

	set_tso();
	w->tcp.pacing = false;
	in(SYN | ECE | CWR, .seq = 100, .mss = 1460);
	t.snd_nxt = out(SYN | ACK | ECE, .ack = 101) + 1;
	in(ACK, .seq = 101, .ack = t.snd_nxt);
	told(OPENED);
	send_segments(0, 40);
	check(cut(w) == 1);
	for (i = 0; i < 10; i++)
		out(ACK, .seq = AT(i), .ack = 101, .data = bytes(i * 1460), .len = 1460, .tos = 2);
	after(100);
	before = cut(w);
	/* the echo of a mark reduces the window to 7 segments (RFC 9438 4.6), which are new */
	in(ACK | ECE, .seq = 101, .ack = AT(10));
	out(ACK | CWR, .seq = AT(10), .ack = 101, .data = bytes(10 * 1460), .len = 1460, .tos = 2);
	check(cut(w) == before + 1);
	for (i = 11; !TAILQ_EMPTY(&w->sent); i++)
		out(ACK, .seq = AT(i), .ack = 101, .data = bytes(i * 1460), .len = 1460, .tos = 2);
	check(i == 17);
	in(ACK | RST, .seq = 101, .ack = AT(17));
	verdict(accepted);
	ended(RESET);
}

WIRE(tso_behind_a_vlan_tag, "802.1Q 9.6", "")
{
	struct wire_tcb t = { .lport = WIRE_LPORT, .rport = WIRE_RPORT };
	uint32_t i;

	set_vlan(5);
	set_tso();
	in(SYN, .seq = 100, .mss = 1460, .vlan = 5);
	t.snd_nxt = out(SYN | ACK, .ack = 101, .vlan = WIRE_TCI(5)) + 1;
	in(ACK, .seq = 101, .ack = t.snd_nxt, .vlan = 5);
	told(OPENED);
	send_segments(0, 8);
	check(cut(w) == 1);
	for (i = 0; i < 8; i++)
		out(ACK, .seq = AT(i), .ack = 101, .data = bytes(i * 1460), .len = 1460,
			.vlan = WIRE_TCI(5));
}

WIRE(tso_few_mbufs_make_a_shorter_frame, "", "")
{
	struct wire_tcb t = begin(w);
	uint32_t i = 0;

	/* 6 mbufs of 2,048 bytes have room for 8 segments */
	hoard(6);
	send_segments(0, 10);
	check(cut(w) == 1);
	wire_goes(HERE, &t, 0, 8);
	i = 8;
	while (!TAILQ_EMPTY(&w->sent))
		goes(i++);
	give_back();
	after(1);
	while (!TAILQ_EMPTY(&w->sent))
		goes(i++);
	check(i == 10);
	acks(10);
	check(rs_stack_stats(stack())->drop[RS_DROP_no_mbuf] > 0);
}

/* 10 segments through a device that takes so many mbufs in a frame. @return frames that it cut */
static uint64_t
ten_with(struct wire *w, uint16_t mbufs)
{
	struct wire_tcb t;

	set_tso();
	w->port.tso_mbufs = mbufs;
	t = flight_with_sack(100);
	send_segments(0, 10);
	go(0, 10);
	acks(10);
	return cut(w);
}

/* Not even if the mbuf has room for several segments, and another port has a larger limit. */
WIRE(tso_with_one_mbuf_is_none, "", "")
{
	struct wire_tcb t;
	uint32_t i;

	set_tso();
	add_vlan(6, 16);
	w->port.tso_mbufs = 1;
	t = wire_flight(HERE, &seg(SYN, .seq = 100, .mss = 500), 100);
	user_send(bytes(0), 6 * 500);
	for (i = 0; i < 6; i++)
		out(ACK, .seq = t.snd_nxt + i * 500, .ack = 101, .data = bytes(i * 500),
			.len = 500);
	check(cut(w) == 0);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 6 * 500);
}

WIRE(tso_with_two_mbufs, "", "")
{
	check(ten_with(w, 2) == 5); /* 4,096 bytes: 2 segments and their headers */
}

WIRE(tso_with_three_mbufs, "", "")
{
	check(ten_with(w, 3) == 3); /* 6,144 bytes: 4 segments and their headers */
}

WIRE(tso_of_a_device_that_refused_is_over, "", "")
{
	struct wire_tcb t = begin(w);

	send_segments(0, 10);
	go(0, 10);
	check(cut(w) == 1);
	rs_stack_cut_nothing(stack(), w->port.device);
	acks(10);
	send_segments(10, 20);
	go(10, 20);
	check(cut(w) == 1);
	acks(20);
}
