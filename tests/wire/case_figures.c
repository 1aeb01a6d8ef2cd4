/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The figures of RFC 9293 3.5 and 3.6, line by line, with this host as each peer that a
 * passive open can be. Figure 7 needs an active open.
 */

#include "wire.h"

WIRE(figure_6_basic_handshake, "3.5 figure 6", "")
{
	uint32_t iss;

	in(SYN, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, .ack = 101);
	state(SYN_RECEIVED);
	nothing_told();
	in(ACK, .seq = 101, .ack = iss + 1);
	quiet();
	state(ESTABLISHED);
	told(OPENED);
	in(ACK, .seq = 101, .ack = iss + 1, .data = "data");
	told(DATA, .data = "data");
	state(ESTABLISHED);
}

WIRE(figure_8_old_duplicate_syn, "3.5 figure 8", "")
{
	uint32_t iss;

	in(SYN, .seq = 90);
	out(SYN | ACK, .ack = 91);
	state(SYN_RECEIVED);
	in(RST, .seq = 91);
	quiet();
	verdict(accepted);
	state(LISTEN);
	in(SYN, .seq = 100);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	state(ESTABLISHED);
	told(OPENED);
}

WIRE(figure_8_syn_before_the_reset, "3.5 figure 8, 3.10.7.4 fourth", "")
{
	uint32_t iss;

	in(SYN, .seq = 90);
	out(SYN | ACK, .ack = 91);
	/* The SYN of line 6 overtakes: it is in the window, so back to LISTEN. */
	in(SYN, .seq = 100);
	quiet();
	state(LISTEN);
	in(RST, .seq = 91);
	quiet();
	verdict(ignored_listen);
	/* The peer's SYN is sent again. */
	in(SYN, .seq = 100);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	state(ESTABLISHED);
	told(OPENED);
}

/* The peer has rebooted and connects again with this SYN. */
static void
figure_9(struct wire *w, uint32_t seq)
{
	struct wire_tcb t = reach(ESTABLISHED);
	uint32_t iss;

	in(SYN, .seq = seq);
	out(ACK, .seq = t.snd_nxt, .ack = 101);
	state(ESTABLISHED);
	in(RST, .seq = 101);
	quiet();
	verdict(accepted);
	ended(RESET);
	state(CLOSED);
	in(SYN, .seq = seq);
	iss = out(SYN | ACK, .ack = seq + 1);
	in(ACK, .seq = seq + 1, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(figure_9_half_open_syn_outside_window, "3.5.1 figure 9", "MUST-12")
{
	figure_9(w, 101 + WIRE_RCV_BUF + 1000);
}

WIRE(figure_9_half_open_syn_in_window, "3.5.1 figure 9, RFC 5961 4", "MUST-12")
{
	figure_9(w, 400);
}

WIRE(figure_10_half_open_found_by_our_data, "3.5.1 figure 10", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_send("0123456789", 10);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = "0123456789");
	in(RST, .seq = 101);
	quiet();
	verdict(accepted);
	ended(RESET);
	state(CLOSED);
}

WIRE(figure_11_old_duplicate_on_passive_sockets_as_b, "3.5.1 figure 11", "")
{
	in(SYN, .seq = 5000);
	out(SYN | ACK, .ack = 5001);
	state(SYN_RECEIVED);
	in(RST, .seq = 5001);
	quiet();
	verdict(accepted);
	state(LISTEN);
	nothing_told();
}

WIRE(figure_11_old_duplicate_on_passive_sockets_as_a, "3.5.1 figure 11", "")
{
	in(SYN | ACK, .seq = 7000, .ack = 5001);
	out(RST, .seq = 5001);
	reset(listen_bad_ack);
	state(LISTEN);
}

WIRE(figure_12_normal_close_as_a, "3.6 figure 12", "MUST-13")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	state(FIN_WAIT_1);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1);
	quiet();
	state(FIN_WAIT_2);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt + 1);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102);
	state(TIME_WAIT);
	told(PEER_CLOSED);
	ended(CLOSED);
	after(2 * w->tcp.msl_ms - 1);
	state(TIME_WAIT);
	after(3);
	state(CLOSED);
	quiet();
}

WIRE(figure_12_normal_close_as_b, "3.6 figure 12", "MUST-12")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt, .ack = 102);
	state(CLOSE_WAIT);
	told(PEER_CLOSED);
	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 102);
	state(LAST_ACK);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1);
	quiet();
	state(CLOSED);
	ended(CLOSED);
}

WIRE(figure_13_simultaneous_close, "3.6 figure 13", "MUST-13")
{
	struct wire_tcb t = reach(ESTABLISHED);

	user_shutdown();
	out(FIN | ACK, .seq = t.snd_nxt, .ack = 101);
	state(FIN_WAIT_1);
	in(FIN | ACK, .seq = 101, .ack = t.snd_nxt);
	out(ACK, .seq = t.snd_nxt + 1, .ack = 102);
	state(CLOSING);
	told(PEER_CLOSED);
	in(ACK, .seq = 102, .ack = t.snd_nxt + 1);
	quiet();
	state(TIME_WAIT);
	ended(CLOSED);
	after(2 * w->tcp.msl_ms + 2);
	state(CLOSED);
	quiet();
}
