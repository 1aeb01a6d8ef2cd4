/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Segments that belong to no connection, to ports that nobody listens on (3.10.7.1, 3.5.2).
 */

#include "wire.h"

#define CLOSED_PORT .lport = WIRE_LPORT_CLOSED

WIRE(closed_syn_reset_acks_it, "3.10.7.1", "")
{
	in(SYN, CLOSED_PORT, .seq = 100, .mss = 1460);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101);
	reset(no_listener);
}

WIRE(closed_syn_with_data_reset_acks_all, "3.10.7.1", "")
{
	/* 6 bytes of data in a SYN, as Pktgen sends: SEG.LEN is 7 */
	in(SYN, CLOSED_PORT, .seq = 100, .data = "pktgen");
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 107);
	reset(no_listener);
}

WIRE(closed_syn_with_options_are_not_text, "3.10.7.1", "MUST-5")
{
	in(SYN, CLOSED_PORT, .seq = 100, .mss = 1460, .ws = 7, OPT("\4\2\10\12\1\2\3\4\0\0\0\0"));
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101);
	reset(no_listener);
}

WIRE(closed_syn_asking_for_ecn_reset, "3.10.7.1", "")
{
	in(SYN | ECE | CWR, CLOSED_PORT, .seq = 100);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101);
	reset(no_listener);
}

WIRE(closed_fin_reset_acks_it, "3.10.7.1", "")
{
	in(FIN, CLOSED_PORT, .seq = 100);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101);
	reset(no_connection);
}

WIRE(closed_syn_fin_reset_acks_both, "3.10.7.1", "")
{
	in(SYN | FIN, CLOSED_PORT, .seq = 100);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 102);
	reset(no_listener);
}

WIRE(closed_syn_fin_data_reset_acks_all, "3.10.7.1", "")
{
	in(SYN | FIN | PSH, CLOSED_PORT, .seq = 100, .data = "abc");
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 105);
	reset(no_listener);
}

WIRE(closed_no_flag_reset_acks_nothing, "3.10.7.1", "")
{
	/* SEG.LEN is 0; the padding of the frame is no text */
	in(0, CLOSED_PORT, .seq = 100);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 100);
	reset(no_connection);
}

WIRE(closed_data_without_ack_reset_acks_it, "3.10.7.1", "")
{
	in(PSH, CLOSED_PORT, .seq = 100, .data = "abc");
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 103);
	reset(no_connection);
}

WIRE(closed_full_segment_reset_acks_it, "3.10.7.1", "")
{
	in(PSH, CLOSED_PORT, .seq = 100, .data = bytes(0), .len = 1460);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 1560);
	reset(no_connection);
}

WIRE(closed_ack_field_without_ack_bit_ignored, "3.10.7.1", "")
{
	in(SYN, CLOSED_PORT, .seq = 100, .ack = 777);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101);
	reset(no_listener);
}

WIRE(closed_sequence_number_wraps, "3.10.7.1, 3.4", "")
{
	in(SYN, CLOSED_PORT, .seq = 0xffffffff);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 0);
	reset(no_listener);
	in(FIN, CLOSED_PORT, .seq = 0xfffffffe, .data = "abc");
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 2);
	reset(no_connection);
}

WIRE(closed_ack_reset_takes_its_number, "3.10.7.1", "")
{
	in(ACK, CLOSED_PORT, .seq = 100, .ack = 300);
	out(RST, CLOSED_PORT, .seq = 300);
	reset(no_connection);
}

WIRE(closed_ack_of_zero_reset_from_zero, "3.10.7.1", "")
{
	in(ACK, CLOSED_PORT, .seq = 100, .ack = 0);
	out(RST, CLOSED_PORT, .seq = 0);
	reset(no_connection);
}

WIRE(closed_ack_of_highest_number, "3.10.7.1, 3.4", "")
{
	in(ACK, CLOSED_PORT, .seq = 100, .ack = 0xffffffff);
	out(RST, CLOSED_PORT, .seq = 0xffffffff);
	reset(no_connection);
}

WIRE(closed_syn_ack_reset, "3.10.7.1, 3.5 figure 11", "")
{
	in(SYN | ACK, CLOSED_PORT, .seq = 100, .ack = 300);
	out(RST, CLOSED_PORT, .seq = 300);
	reset(no_connection);
}

WIRE(closed_fin_ack_reset, "3.10.7.1", "")
{
	in(FIN | ACK, CLOSED_PORT, .seq = 100, .ack = 300);
	out(RST, CLOSED_PORT, .seq = 300);
	reset(no_connection);
}

WIRE(closed_data_with_ack_reset, "3.10.7.1, 3.5.1 figure 10", "")
{
	in(ACK | PSH, CLOSED_PORT, .seq = 100, .ack = 300, .data = "0123456789");
	out(RST, CLOSED_PORT, .seq = 300);
	reset(no_connection);
}

WIRE(closed_urgent_data_reset, "3.10.7.1", "")
{
	in(URG, CLOSED_PORT, .seq = 100, .up = 2, .data = "ab");
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 102);
	reset(no_connection);
	in(URG | ACK, CLOSED_PORT, .seq = 100, .ack = 300, .up = 2, .data = "ab");
	out(RST, CLOSED_PORT, .seq = 300);
	reset(no_connection);
}

WIRE(closed_rst_never_answered, "3.10.7.1", "")
{
	in(RST, CLOSED_PORT, .seq = 100);
	quiet();
	verdict(ignored_closed);
}

WIRE(closed_rst_ack_never_answered, "3.10.7.1", "")
{
	in(RST | ACK, CLOSED_PORT, .seq = 100, .ack = 300);
	quiet();
	verdict(ignored_closed);
}

WIRE(closed_rst_with_data_never_answered, "3.10.7.1, 3.5.3", "SHLD-2")
{
	in(RST | PSH, CLOSED_PORT, .seq = 100, .data = "why");
	quiet();
	verdict(ignored_closed);
}

WIRE(closed_every_combination_of_flags, "3.10.7.1", "")
{
	unsigned int flags;

	for (flags = 0; flags < 256; flags++) {
		uint32_t len = 2u + ((flags & SYN) != 0) + ((flags & FIN) != 0);

		in((uint8_t)flags, CLOSED_PORT, .seq = 100, .ack = 300, .data = "ab");
		if ((flags & RST) != 0) {
			quiet();
			verdict(ignored_closed);
			continue;
		}
		if ((flags & ACK) != 0)
			out(RST, CLOSED_PORT, .seq = 300);
		else
			out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 100 + len);
		if ((flags & SYN) != 0 && (flags & ACK) == 0)
			reset(no_listener);
		else
			reset(no_connection);
	}
}

WIRE(closed_reset_is_not_remembered, "3.10.7.1", "")
{
	/* The same SYN again gets the same answer: no state was made, no limit applies. */
	unsigned int i;

	for (i = 0; i < 100; i++) {
		in(SYN, CLOSED_PORT, .seq = 100);
		out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101);
		reset(no_listener);
		state_on(WIRE_LPORT_CLOSED, WIRE_RPORT, CLOSED);
	}
}

/* The end of every case compares the log with what was on the wire. */
WIRE(closed_log_of_resets_full, "issue 2, resets", "")
{
	uint32_t i;

	for (i = 0; i < RS_RESET_LOG; i++) {
		in(SYN, CLOSED_PORT, .seq = i);
		out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = i + 1);
		reset(no_listener);
		after(1);
	}
}

WIRE(closed_log_of_resets_keeps_the_latest, "issue 2, resets", "")
{
	struct rs_reset_record log[RS_RESET_LOG + 1];
	uint32_t last = RS_RESET_LOG + 100;
	uint32_t i;

	for (i = 0; i <= last; i++) {
		in(SYN, CLOSED_PORT, .seq = i);
		out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = i + 1);
		reset(no_listener);
	}
	check(rs_stack_resets(stack(), log, RS_RESET_LOG + 1) == RS_RESET_LOG);
	for (i = 0; i < RS_RESET_LOG; i++)
		check(log[i].ack == w->base + last + 1 - i);
	check(rs_stack_resets(stack(), log, 3) == 3);
	check(log[0].ack == w->base + last + 1 && log[2].ack == w->base + last - 1);
}

WIRE(closed_burst_each_gets_its_own_reset, "3.10.7.1, 3.5.2", "")
{
	struct wire_seg segs[RS_BURST];
	uint16_t i;

	for (i = 0; i < RS_BURST; i++) {
		segs[i] = seg(i % 2 == 0 ? SYN : ACK, CLOSED_PORT, .seq = i, .ack = 1000 + i);
		segs[i].rport = (uint16_t)(WIRE_RPORT + i);
		segs[i].rhost = (uint8_t)(WIRE_RHOST + i);
	}
	in_all(segs, RS_BURST);
	for (i = 0; i < RS_BURST; i++) {
		if (i % 2 == 0)
			out(RST | ACK, CLOSED_PORT, .rport = segs[i].rport,
				.rhost = segs[i].rhost, .seq = 0, .ack = i + 1);
		else
			out(RST, CLOSED_PORT, .rport = segs[i].rport, .rhost = segs[i].rhost,
				.seq = 1000 + i);
	}
	resets(no_listener, RS_BURST / 2);
	resets(no_connection, RS_BURST / 2);
}

WIRE(closed_reset_goes_to_the_mac_that_asked, "issue 2, frames", "")
{
	in(SYN, CLOSED_PORT, .seq = 100, .mac = 0x77);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101, .mac = 0x77);
	reset(no_listener);
}

WIRE(closed_reset_keeps_the_vlan_tag, "issue 2, frames", "")
{
	set_vlan(0x123);
	in(SYN, CLOSED_PORT, .seq = 100, .vlan = 0xe123);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101, .vlan = WIRE_TCI(0x123));
	reset(no_listener);
}

WIRE(closed_drop_is_silent, "3.10.7.1", "")
{
	w->tcp.closed_drop = true;
	in(SYN, CLOSED_PORT, .seq = 100);
	in(ACK, CLOSED_PORT, .seq = 100, .ack = 300);
	in(FIN, CLOSED_PORT, .seq = 100);
	quiet();
	counted(drop[RS_DROP_closed_drop], 3);
	in(RST, CLOSED_PORT, .seq = 100);
	quiet();
	verdict(ignored_closed);
}

WIRE(closed_drop_leaves_listeners_alone, "3.10.7.2", "")
{
	w->tcp.closed_drop = true;
	in(ACK, .seq = 100, .ack = 300);
	out(RST, .seq = 300);
	reset(listen_bad_ack);
	reach(ESTABLISHED);
}

WIRE(closed_range_drops_while_others_reset, "3.10.7.1", "")
{
	in(SYN, .lport = WIRE_LPORT_DROP, .seq = 100);
	in(SYN, .lport = WIRE_LPORT_DROP + 9, .seq = 100);
	quiet();
	counted(drop[RS_DROP_closed_drop], 2);
	in(SYN, .lport = WIRE_LPORT_DROP - 1, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_DROP - 1, .seq = 0, .ack = 101);
	reset(no_listener);
	in(SYN, .lport = WIRE_LPORT_DROP + 10, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_DROP + 10, .seq = 0, .ack = 101);
	reset(no_listener);
}

WIRE(closed_range_resets_while_others_drop, "3.10.7.1", "")
{
	w->tcp.closed_drop = true;
	in(SYN, .lport = WIRE_LPORT_RESET, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_RESET, .seq = 0, .ack = 101);
	reset(no_listener);
	in(SYN, .lport = WIRE_LPORT_RESET - 1, .seq = 100);
	quiet();
	counted(drop[RS_DROP_closed_drop], 1);
}
