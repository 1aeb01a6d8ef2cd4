/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Segments to a listener without a connection (3.10.7.2), the options of a SYN (3.2, 3.7.1,
 * RFC 7323 2) and initial sequence numbers (3.4.1, RFC 6528).
 */

#include "wire.h"

WIRE(listen_rst_ignored, "3.10.7.2 first", "")
{
	in(RST, .seq = 100);
	quiet();
	verdict(ignored_listen);
}

WIRE(listen_rst_ack_ignored, "3.10.7.2 first", "")
{
	in(RST | ACK, .seq = 100, .ack = 300);
	quiet();
	verdict(ignored_listen);
}

WIRE(listen_rst_syn_ignored, "3.10.7.2 first", "SHLD-2")
{
	in(RST | SYN, .seq = 100, .data = "abc");
	quiet();
	verdict(ignored_listen);
	state(LISTEN);
}

WIRE(listen_ack_reset, "3.10.7.2 second", "")
{
	in(ACK, .seq = 100, .ack = 300);
	out(RST, .seq = 300);
	reset(listen_bad_ack);
	state(LISTEN);
}

WIRE(listen_syn_ack_reset, "3.10.7.2 second, 3.5 figure 11 line 4", "")
{
	in(SYN | ACK, .seq = 500, .ack = 301);
	out(RST, .seq = 301);
	reset(listen_bad_ack);
	state(LISTEN);
}

WIRE(listen_fin_ack_reset, "3.10.7.2 second", "")
{
	in(FIN | ACK, .seq = 100, .ack = 300);
	out(RST, .seq = 300);
	reset(listen_bad_ack);
}

WIRE(listen_data_with_ack_reset, "3.10.7.2 second", "")
{
	in(ACK | PSH, .seq = 100, .ack = 0xfffffff0, .data = "hello");
	out(RST, .seq = 0xfffffff0);
	reset(listen_bad_ack);
}

WIRE(listen_other_dropped, "3.10.7.2 fourth", "")
{
	in(0, .seq = 100);
	in(FIN, .seq = 100);
	in(PSH, .seq = 100, .data = "hello");
	in(URG, .seq = 100, .up = 1, .data = "h");
	quiet();
	state(LISTEN);
}

WIRE(listen_syn_makes_a_connection, "3.10.7.2 third", "MUST-14")
{
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .wnd = WIRE_RCV_BUF, .mss = 1460, .ws = NONE);
	quiet();
	state(SYN_RECEIVED);
}

WIRE(listen_syn_ack_field_without_ack_bit_ignored, "3.10.7.2", "")
{
	in(SYN, .seq = 100, .ack = 4711);
	out(SYN | ACK, .ack = 101);
	state(SYN_RECEIVED);
}

WIRE(listen_syn_number_wraps, "3.10.7.2 third, 3.4", "")
{
	uint32_t iss;

	in(SYN, .seq = 0xffffffff);
	iss = out(SYN | ACK, .ack = 0);
	in(ACK, .seq = 0, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(listen_syn_with_other_flags, "3.10.7.2 third", "")
{
	uint32_t iss;

	in(SYN | PSH | URG, .seq = 100, .up = 7);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(listen_syn_asking_for_ecn_answered_without, "RFC 3168 6.1.1", "")
{
	/* Both flags clear in the SYN-ACK: this host does no ECN. */
	w->tcp.ecn = RS_ECN_OFF;
	in(SYN | ECE | CWR, .seq = 100);
	out(SYN | ACK, .ack = 101);
}

WIRE(listen_syn_data_is_not_lost, "3.10.7.2 third", "")
{
	uint32_t iss;

	in(SYN, .seq = 100, .data = "hello");
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 106, .ack = iss + 1);
	told(OPENED);
	nothing_told();
	/* It was not acknowledged, so the peer sends it again. */
	in(ACK | PSH, .seq = 101, .ack = iss + 1, .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = iss + 1, .ack = 106);
}

WIRE(listen_syn_fin_does_not_close, "3.10.7.2 third", "")
{
	uint32_t iss;

	in(SYN | FIN, .seq = 100);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
	in(FIN | ACK, .seq = 101, .ack = iss + 1);
	told(PEER_CLOSED);
	out(ACK, .seq = iss + 1, .ack = 102);
	state(CLOSE_WAIT);
}

/*
 * Options of a SYN.
 */

/* The connection of a SYN that has just come sends full segments of so many bytes. */
static void
sends_segments_of(struct wire *w, uint32_t mss)
{
	uint32_t iss = out(SYN | ACK, .ack = 101);
	uint32_t seq = iss + 1;

	in(ACK, .seq = 101, .ack = seq);
	told(OPENED);
	user_send(bytes(0), 2 * mss);
	out(ACK, .seq = seq, .ack = 101, .data = bytes(0), .len = mss);
	out(ACK, .seq = seq + mss, .ack = 101, .data = bytes(mss), .len = mss);
	quiet();
	in(ACK, .seq = 101, .ack = seq + 2 * mss);
}

WIRE(option_mss_absent_means_the_default, "3.7.1", "MUST-15")
{
	in(SYN, .seq = 100);
	sends_segments_of(w, WIRE_MSS_DEFAULT);
}

WIRE(option_mss_smaller_than_ours, "3.7.1", "MUST-14 MUST-16")
{
	in(SYN, .seq = 100, .mss = 100);
	sends_segments_of(w, 100);
}

WIRE(option_mss_larger_than_our_mtu_carries, "3.7.1", "MUST-16 SHLD-6")
{
	in(SYN, .seq = 100, .mss = 65535);
	sends_segments_of(w, 1460);
}

WIRE(option_mss_zero_still_lets_data_through, "3.7.1", "MUST-7")
{
	uint32_t iss;
	uint32_t len;

	in(SYN, .seq = 100, .mss = 0);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send(bytes(0), 10);
	len = next_out()->len;
	check(len > 0);
	out(ACK, .seq = iss + 1, .ack = 101, .data = bytes(0), .len = len);
}

WIRE(option_mss_at_any_alignment, "3.2", "MUST-64")
{
	static const char *const opts[3] = {
		"\1\2\4\1\144", "\1\1\2\4\1\144", "\1\1\1\2\4\1\144",
	};
	uint8_t i;

	for (i = 0; i < 3; i++) {
		in(SYN, .seq = 100, .opt = opts[i], .opt_len = (uint8_t)(5 + i));
		sends_segments_of(w, 0x164);
		user_abort();
		out(RST, .seq = next_out()->seq);
		reset(service_abort);
		ended(ABORTED);
		after(1);
	}
}

WIRE(option_unknown_before_mss_skipped, "3.2", "MUST-6")
{
	/* kind 253 (RFC 4727) of 6 bytes, SACK permitted, kind 254 of 10, then MSS 600 */
	in(SYN, .seq = 100, OPT("\375\6abcd\4\2\376\12\0\0\0\1\0\0\0\0\2\4\2\130"));
	sends_segments_of(w, 600);
}

WIRE(option_eol_ends_the_list, "3.2", "MUST-4")
{
	/* MSS 600, EOL, then what would be MSS 700 */
	in(SYN, .seq = 100, OPT("\2\4\2\130\0\2\4\2\274\0\0\0"));
	sends_segments_of(w, 600);
}

WIRE(option_eol_then_rubbish, "3.2", "MUST-7")
{
	in(SYN, .seq = 100, OPT("\2\4\2\130\0\377\377\377\376\1\3\0"));
	sends_segments_of(w, 600);
}

WIRE(option_length_zero_ends_parsing, "3.2", "MUST-7")
{
	in(SYN, .seq = 100, OPT("\2\4\2\130\375\0\0\0\2\4\2\274"));
	sends_segments_of(w, 600);
	counted(tcp.bad_options, 1);
}

WIRE(option_length_one_ends_parsing, "3.2", "MUST-7")
{
	in(SYN, .seq = 100, OPT("\2\4\2\130\375\1\0\0\2\4\2\274"));
	sends_segments_of(w, 600);
	counted(tcp.bad_options, 1);
}

WIRE(option_length_beyond_header_ends_parsing, "3.2", "MUST-7")
{
	in(SYN, .seq = 100, OPT("\2\4\2\130\375\5\0\0"));
	sends_segments_of(w, 600);
	counted(tcp.bad_options, 1);
}

WIRE(option_kind_without_length, "3.2", "MUST-7")
{
	/* MSS is the last byte of the header: its length would be text */
	in(SYN, .seq = 100, OPT("\1\1\1\2"), .data = "\4\2\274");
	sends_segments_of(w, WIRE_MSS_DEFAULT);
	counted(tcp.bad_options, 1);
}

WIRE(option_mss_of_wrong_length, "3.2", "MUST-7")
{
	in(SYN, .seq = 100, OPT("\2\3\2\1"));
	sends_segments_of(w, WIRE_MSS_DEFAULT);
	counted(tcp.bad_options, 1);
}

WIRE(option_forty_bytes_of_nop, "3.1", "MUST-4")
{
	static const char nops[40] = {
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	};

	in(SYN, .seq = 100, .opt = nops, .opt_len = 40);
	sends_segments_of(w, WIRE_MSS_DEFAULT);
	counted(tcp.bad_options, 0);
}

WIRE(option_mss_twice_is_one_of_them, "3.7.1", "MUST-14")
{
	uint32_t iss;
	uint32_t len;

	in(SYN, .seq = 100, OPT("\2\4\2\130\2\4\2\274"));
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	user_send(bytes(0), 700);
	len = next_out()->len;
	check(len == 600 || len == 700);
	out(ACK, .seq = iss + 1, .ack = 101, .data = bytes(0), .len = len);
}

WIRE(option_mss_of_our_syn_ack_is_from_the_mtu, "3.7.1", "MUST-14 MUST-67 SHLD-5")
{
	w->tcp.mss = 0;
	in(SYN, .seq = 100, .mss = 500);
	out(SYN | ACK, .ack = 101, .mss = 1460);
}

WIRE(option_mss_of_our_syn_ack_as_configured, "3.7.1", "MUST-14")
{
	w->tcp.mss = 700;
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .mss = 700);
}

WIRE(option_ws_only_if_asked, "RFC 7323 2.2, 1.3", "")
{
	in(SYN, .seq = 100, .ws = 0);
	check(next_out()->ws >= 0);
	out(SYN | ACK, .ack = 101, .wnd = WIRE_RCV_BUF);
	in(SYN, .seq = 100, .rport = 40001);
	out(SYN | ACK, .ack = 101, .rport = 40001, .wnd = WIRE_RCV_BUF, .ws = NONE);
}

WIRE(option_ws_window_of_syn_ack_is_not_scaled, "RFC 7323 2.2", "")
{
	uint32_t iss;

	/* 200,000 bytes need a shift of 2; the SYN-ACK can only say 65,535 of them */
	w->tcp.rcv_buf = 200000;
	in(SYN, .seq = 100, .mss = 1460, .ws = 7);
	iss = out(SYN | ACK, .ack = 101, .wnd = 65535, .ws = 2);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	in(ACK | PSH, .seq = 101, .ack = iss + 1, .data = "0123456789");
	told(DATA, .data = "0123456789");
	due(1, 42);
	check(next_out()->wnd << 2 > 65535 && next_out()->wnd << 2 <= 200000);
	out(ACK, .seq = iss + 1, .ack = 111);
}

WIRE(option_ws_not_asked_window_stays_16_bits, "RFC 7323 2.2", "")
{
	uint32_t iss;

	w->tcp.rcv_buf = 200000;
	in(SYN, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, .ack = 101, .wnd = 65535, .ws = NONE);
	in(ACK, .seq = 101, .ack = iss + 1);
	told(OPENED);
	in(ACK | PSH, .seq = 101, .ack = iss + 1, .data = "0123456789");
	told(DATA, .data = "0123456789");
	due(1, 42);
	check(next_out()->wnd >= 65535 - 10);
	out(ACK, .seq = iss + 1, .ack = 111);
}

/* What a connection sends whose peer says a window of `wnd` in its ACK: `full` of 1024. */
static void
sends_within_window(struct wire *w, int ws, uint16_t wnd, uint32_t full)
{
	uint32_t iss, i;

	in(SYN, .seq = 100, .mss = 1024, .ws = ws, .wnd = 1024);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .seq = 101, .ack = iss + 1, .wnd = wnd);
	told(OPENED);
	user_send(bytes(0), 100 * 1024);
	/* An initial window of 10 segments (RFC 6928) comes before more. */
	for (i = 0; i < RTE_MIN(full, 10u); i++)
		out(ACK, .seq = iss + 1 + i * 1024, .ack = 101, .data = bytes(i * 1024),
			.len = 1024);
	quiet();
	if (full <= 10)
		return;
	in(ACK, .seq = 101, .ack = iss + 1 + 10 * 1024, .wnd = wnd);
	for (i = 10; i < 10 + full; i++)
		out(ACK, .seq = iss + 1 + i * 1024, .ack = 101, .data = bytes(i * 1024),
			.len = 1024);
	quiet();
}

WIRE(option_ws_scales_what_the_peer_says, "RFC 7323 2.2, 2.3", "")
{
	sends_within_window(w, 7, 64, 8);
}

WIRE(option_ws_zero_scales_nothing, "RFC 7323 2.2", "")
{
	sends_within_window(w, 0, 4096, 4);
}

WIRE(option_ws_14, "RFC 7323 2.3", "")
{
	sends_within_window(w, 14, 1, 16);
}

WIRE(option_ws_above_14_is_14, "RFC 7323 2.3", "")
{
	sends_within_window(w, 15, 1, 16);
}

WIRE(option_ws_255_is_14, "RFC 7323 2.3", "")
{
	sends_within_window(w, 255, 1, 16);
}

WIRE(option_ws_above_14_is_counted, "RFC 7323 2.3", "")
{
	in(SYN, .seq = 100, .ws = 14);
	out(SYN | ACK, .ack = 101);
	counted(tcp.large_wscale, 0);
	in(SYN, .seq = 100, .rport = 40001, .ws = 15);
	out(SYN | ACK, .ack = 101, .rport = 40001);
	counted(tcp.large_wscale, 1);
}

WIRE(option_ws_without_syn_ignored, "RFC 7323 2.2", "")
{
	struct wire_tcb t = handshake(.mss = 1024, .ws = 0);

	/* A window of 2048, said with a shift of 7 that no SYN agreed on */
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 2048, .ws = 7);
	user_send(bytes(0), 4096);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1024);
	out(ACK, .seq = t.snd_nxt + 1024, .ack = 101, .data = bytes(1024), .len = 1024);
	quiet();
}

WIRE(option_ws_not_agreed_as_configured, "RFC 7323 2.2", "")
{
	struct wire_tcb t;

	w->tcp.window_scale = false;
	w->tcp.rcv_buf = 200000;
	in(SYN, .seq = 100, .mss = 1024, .ws = 7);
	t.snd_nxt = out(SYN | ACK, .ack = 101, .wnd = 65535, .ws = NONE) + 1;
	in(ACK, .seq = 101, .ack = t.snd_nxt, .wnd = 2048);
	told(OPENED);
	user_send(bytes(0), 4096);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1024, .wnd = 65535);
	out(ACK, .seq = t.snd_nxt + 1024, .ack = 101, .data = bytes(1024), .len = 1024);
	quiet();
}

WIRE(option_in_other_segments_skipped, "3.2", "MUST-5 MUST-6")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, OPT("\375\6abcd\1\1"), .data = "hello");
	told(DATA, .data = "hello");
	in(ACK | PSH, .seq = 106, .ack = t.snd_nxt, OPT("\1\10\12\0\0\0\1\0\0\0\0\0"),
		.data = "world");
	told(DATA, .data = "world");
	after(42);
	out(ACK, .seq = t.snd_nxt, .ack = 111);
}

WIRE(option_of_illegal_length_in_other_segment, "3.2", "MUST-7")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK | PSH, .seq = 101, .ack = t.snd_nxt, OPT("\375\0\375\377"), .data = "hello");
	told(DATA, .data = "hello");
	due(1, 42);
	out(ACK, .seq = t.snd_nxt, .ack = 106);
}

WIRE(option_mss_without_syn_ignored, "3.7.1", "MUST-65")
{
	struct wire_tcb t = reach(ESTABLISHED);

	in(ACK, .seq = 101, .ack = t.snd_nxt, .mss = 100);
	user_send(bytes(0), 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1460);
}

/*
 * Segments of connections of other stacks, which a device led here.
 */

/* Another stack, which is asked for connections. */
struct other {
	bool takes;
	unsigned int asked;
	uint16_t rport;
	uint16_t len;
};

static bool
other_hand_over(void *arg, const struct rs_tuple *tuple, struct rte_mbuf *m)
{
	struct other *other = arg;

	other->asked++;
	other->rport = tuple->rport;
	other->len = m->data_len;
	if (other->takes)
		rte_pktmbuf_free(m);
	return other->takes;
}

/* A segment of a live connection elsewhere has no answer here; an RST is asked for, too. */
WIRE(listen_segment_of_another_stack_is_handed_over, "3.10.7", "")
{
	struct other other = { .takes = true };
	bool seek = true;

	w->hand_over = other_hand_over;
	w->hand_over_arg = &other;
	w->seek = &seek;
	in(ACK, .seq = 100, .ack = 300);
	in(ACK | PSH, .seq = 100, .ack = 300, .data = "hello");
	in(FIN | ACK, .seq = 100, .ack = 300);
	quiet();
	check(other.asked == 3);
	check(other.rport == WIRE_RPORT);
	check(other.len >= 54);
	/* no stack has it */
	other.takes = false;
	in(ACK, .seq = 100, .ack = 300);
	out(RST, .seq = 300);
	reset(listen_bad_ack);
	in(RST, .seq = 100);
	quiet();
	verdict(ignored_listen);
	check(other.asked == 5);
	/* devices are trusted again, a SYN is this stack's, and it has the connection */
	seek = false;
	in(ACK, .seq = 100, .ack = 300);
	out(RST, .seq = 300);
	reset(listen_bad_ack);
	seek = true;
	reach(ESTABLISHED);
	check(other.asked == 5);
}

/* The first SYN made a connection elsewhere, and the SYN that the peer retransmitted one here. */
WIRE(syn_received_bad_ack_of_another_stack_is_handed_over, "3.10.7.4 fifth", "")
{
	struct other other = { .takes = true };
	struct wire_tcb t;
	bool seek = true;

	w->hand_over = other_hand_over;
	w->hand_over_arg = &other;
	w->seek = &seek;
	t = reach(SYN_RECEIVED);
	in(ACK, .seq = 101, .ack = t.iss + 1000);
	in(ACK | PSH, .seq = 101, .ack = t.iss + 1000, .data = "hello");
	quiet();
	check(other.asked == 2);
	state(SYN_RECEIVED);
	/* no stack has it */
	other.takes = false;
	in(ACK, .seq = 101, .ack = t.iss + 1000);
	out(RST, .seq = t.iss + 1000);
	reset(syn_received_bad_ack);
	/* an ACK of this stack's SYN is its own */
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	state(ESTABLISHED);
	check(other.asked == 3);
}

/*
 * Listeners that answer segments without a connection with silence: the flow may be another
 * host's, to which its route may return.
 */

WIRE(listen_ack_without_connection_dropped_if_asked, "3.10.7.2 second", "")
{
	w->no_connection_drop = true;
	in(ACK, .seq = 100, .ack = 300);
	in(SYN | ACK, .seq = 100, .ack = 300);
	in(FIN | ACK, .seq = 100, .ack = 300);
	in(ACK | PSH, .seq = 100, .ack = 300, .data = "hello");
	quiet();
	counted(drop[RS_DROP_no_connection_drop], 4);
	in(RST | ACK, .seq = 100, .ack = 300);
	quiet();
	verdict(ignored_listen);
	counted(drop[RS_DROP_no_connection_drop], 0);
	reach(ESTABLISHED);
}

WIRE(listen_silence_is_of_listeners_only, "3.10.7.1", "")
{
	w->no_connection_drop = true;
	in(ACK, .lport = WIRE_LPORT_CLOSED, .seq = 100, .ack = 300);
	out(RST, .lport = WIRE_LPORT_CLOSED, .seq = 300);
	reset(no_connection);
	in(ACK, .lport = WIRE_LPORT_RESET, .seq = 100, .ack = 300);
	out(RST, .lport = WIRE_LPORT_RESET, .seq = 300);
	reset(no_connection);
	in(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100);
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	reset(no_listener);
	counted(drop[RS_DROP_no_connection_drop], 0);
}

/* A connection that this stack has keeps its resets. */
WIRE(listen_silence_is_not_of_connections, "3.10.7.4 fifth", "")
{
	struct wire_tcb t;

	w->no_connection_drop = true;
	t = reach(SYN_RECEIVED);
	in(ACK, .seq = 101, .ack = t.iss + 1000);
	out(RST, .seq = t.iss + 1000);
	reset(syn_received_bad_ack);
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	user_abort();
	out(RST, .seq = t.iss + 1);
	reset(service_abort);
	ended(ABORTED);
	/* from now on it is a segment without a connection */
	in(ACK, .seq = 101, .ack = t.iss + 1);
	quiet();
	counted(drop[RS_DROP_no_connection_drop], 1);
}

/* While the stack stops, a new connection is refused, and a flow of another host is left alone. */
WIRE(listen_silence_lasts_while_the_stack_stops, "3.10.7.1", "")
{
	w->no_connection_drop = true;
	rs_stack_stop(stack(), RS_STOP_FINISH);
	in(ACK, .seq = 100, .ack = 300);
	quiet();
	counted(drop[RS_DROP_closed_drop], 1);
	in(SYN, .seq = 100);
	out(RST | ACK, .seq = 0, .ack = 101);
	reset(shutdown);
}

/*
 * Initial sequence numbers.
 */

static uint32_t
isn_of(struct wire *w, uint16_t rport)
{
	uint32_t iss;

	in(SYN, .seq = 100, .rport = rport);
	iss = out(SYN | ACK, .ack = 101, .rport = rport);
	in(RST, .seq = 101, .rport = rport);
	verdict(accepted);
	return iss;
}

WIRE(isn_follows_the_clock, "3.4.1, RFC 6528 3", "MUST-8")
{
	uint32_t first = isn_of(w, WIRE_RPORT);
	uint32_t step;

	/* The clock of the same connection moves one each 4 microseconds, roughly. */
	after(1000);
	step = isn_of(w, WIRE_RPORT) - first;
	check(step >= 200000 && step <= 300000);
}

WIRE(isn_of_other_tuples_tells_nothing, "3.4.1, RFC 6528 3", "SHLD-1 MUST-9")
{
	uint32_t isn[8];
	uint16_t i, k;

	for (i = 0; i < 8; i++)
		isn[i] = isn_of(w, (uint16_t)(WIRE_RPORT + i));
	/* Neither near one another nor at equal distances */
	for (i = 0; i < 8; i++) {
		for (k = 0; k < i; k++)
			check(isn[i] - isn[k] + 1000 > 2000);
	}
	for (i = 2; i < 8; i++)
		check(isn[i] - isn[i - 1] != isn[1] - isn[0]);
}
