/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Security (RFC 9293 3.10.7.2 third, 3.10.7.3 third, 3.10.7.4 third): listeners and connects
 * that ask for an IPv4 security option (RFC 1108).
 */

#include <errno.h>

#include "wire.h"

/* Of the listener that asks for it. */
#define SECRET .lport = WIRE_LPORT_SECRET, .label = WIRE_LABEL
#define OTHER .lport = WIRE_LPORT_SECRET, .label = WIRE_OTHER_LABEL
#define NO_LABEL .lport = WIRE_LPORT_SECRET

/* A connection of that listener; returns its ISS. */
static int64_t
secret_open(struct wire *w)
{
	int64_t iss;

	in(SYN, SECRET, .seq = 100, .mss = 1460);
	iss = out(SYN | ACK, SECRET, .ack = 101);
	in(ACK, SECRET, .seq = 101, .ack = iss + 1);
	told(OPENED);
	return iss;
}

WIRE(security_of_a_listener, "3.10.7.2 third", "")
{
	int64_t iss = secret_open(w);

	user_send("hello", 5);
	out(ACK, SECRET, .seq = iss + 1, .ack = 101, .data = "hello");
	in(FIN | ACK, SECRET, .seq = 101, .ack = iss + 6, .data = "bye");
	out(ACK, SECRET, .seq = iss + 6, .ack = 105);
	told(DATA, .data = "bye");
	told(PEER_CLOSED);
	user_abort();
	out(RST, SECRET, .seq = iss + 6);
	reset(service_abort);
	ended(ABORTED);
}

WIRE(security_of_a_syn_does_not_match, "3.10.7.2 third", "")
{
	/* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
	in(SYN, NO_LABEL, .seq = 100);
	out(RST | ACK, NO_LABEL, .seq = 0, .ack = 101);
	in(SYN, OTHER, .seq = 100);
	out(RST | ACK, NO_LABEL, .seq = 0, .ack = 101);
	in(SYN, .lport = WIRE_LPORT_SECRET, .label = "\x82\x03\x5a", .seq = 100);
	out(RST | ACK, NO_LABEL, .seq = 0, .ack = 101);
	in(SYN, .lport = WIRE_LPORT_SECRET, .label = "\x82\x05\x5a\x80", .seq = 100);
	out(RST | ACK, NO_LABEL, .seq = 0, .ack = 101);
	in(SYN, .lport = WIRE_LPORT_SECRET, .label = "\x00\x82\x04\x5a", .seq = 100);
	out(RST | ACK, NO_LABEL, .seq = 0, .ack = 101);
	resets(security, 5);
	state_on(WIRE_LPORT_SECRET, WIRE_RPORT, CLOSED);
}

WIRE(security_is_not_looked_at_unless_asked_for, "3.10.7.2 third", "")
{
	int64_t iss;

	in(SYN, .label = WIRE_OTHER_LABEL, .seq = 100);
	iss = out(SYN | ACK, .ack = 101);
	in(ACK, .label = WIRE_LABEL, .seq = 101, .ack = iss + 1);
	told(OPENED);
	state(ESTABLISHED);
}

WIRE(security_in_syn_received_does_not_match, "3.10.7.4 third", "")
{
	int64_t iss;

	in(SYN, SECRET, .seq = 100);
	iss = out(SYN | ACK, SECRET, .ack = 101);
	/* "then send a reset and return": the connection stays */
	in(ACK, NO_LABEL, .seq = 101, .ack = iss + 1);
	out(RST, NO_LABEL, .seq = iss + 1);
	reset(security);
	state_on(WIRE_LPORT_SECRET, WIRE_RPORT, SYN_RECEIVED);
	in(ACK, SECRET, .seq = 101, .ack = iss + 1);
	told(OPENED);
}

WIRE(security_in_established_does_not_match, "3.10.7.4 third", "")
{
	int64_t iss = secret_open(w);

	in(ACK, OTHER, .seq = 101, .ack = iss + 1, .data = "top secret");
	out(RST, NO_LABEL, .seq = iss + 1);
	reset(security);
	ended(RESET); /* and the data is not delivered */
	state_on(WIRE_LPORT_SECRET, WIRE_RPORT, CLOSED);
}

WIRE(security_without_ack_does_not_match, "3.10.7.4 third, 3.5.2", "")
{
	secret_open(w);
	in(PSH, NO_LABEL, .seq = 101, .data = "12345");
	out(RST | ACK, NO_LABEL, .seq = 0, .ack = 106);
	reset(security);
	ended(RESET);
}

WIRE(security_of_an_old_segment_does_not_matter, "3.10.7.4 third", "")
{
	int64_t iss = secret_open(w);

	/* "this check is placed following the sequence check" */
	in(ACK, OTHER, .seq = 50, .ack = iss + 1, .data = "x");
	out(ACK, SECRET, .seq = iss + 1, .ack = 101);
	state_on(WIRE_LPORT_SECRET, WIRE_RPORT, ESTABLISHED);
}

WIRE(security_of_a_reset_does_not_matter, "3.10.7.4 second", "")
{
	secret_open(w);
	/* The RST bit is looked at first. */
	in(RST, OTHER, .seq = 101);
	verdict(accepted);
	ended(RESET);
}

WIRE(security_in_fin_wait_2_does_not_match, "3.10.7.4 third", "")
{
	int64_t iss = secret_open(w);

	user_shutdown();
	out(FIN | ACK, SECRET, .seq = iss + 1, .ack = 101);
	in(ACK, SECRET, .seq = 101, .ack = iss + 2);
	in(ACK, NO_LABEL, .seq = 101, .ack = iss + 2, .data = "x");
	out(RST, NO_LABEL, .seq = iss + 2);
	reset(security);
	ended(RESET);
}

WIRE(security_in_time_wait_does_not_match, "3.10.7.4 third", "")
{
	int64_t iss = secret_open(w);

	user_shutdown();
	out(FIN | ACK, SECRET, .seq = iss + 1, .ack = 101);
	in(FIN | ACK, SECRET, .seq = 101, .ack = iss + 2);
	out(ACK, SECRET, .seq = iss + 2, .ack = 102);
	told(PEER_CLOSED);
	ended(CLOSED);
	in(ACK, NO_LABEL, .seq = 102, .ack = iss + 2);
	out(RST, NO_LABEL, .seq = iss + 2);
	reset(security);
	state_on(WIRE_LPORT_SECRET, WIRE_RPORT, CLOSED);
}

/* A connection of the listener in TIME-WAIT, RCV.NXT 102; returns SND.NXT. */
static int64_t
secret_time_wait(struct wire *w)
{
	int64_t iss = secret_open(w);

	user_shutdown();
	out(FIN | ACK, SECRET, .seq = iss + 1, .ack = 101);
	in(FIN | ACK, SECRET, .seq = 101, .ack = iss + 2);
	out(ACK, SECRET, .seq = iss + 2, .ack = 102);
	told(PEER_CLOSED);
	ended(CLOSED);
	return iss + 2;
}

WIRE(security_of_a_syn_in_time_wait_does_not_match, "3.10.7.4 third, 3.6.1", "MAY-2")
{
	/* Security is checked before the SYN bit, as for every other segment. */
	secret_time_wait(w);
	in(SYN, OTHER, .seq = 102, .mss = 1460);
	out(RST | ACK, NO_LABEL, .seq = 0, .ack = 103);
	reset(security);
	counted(tcp.reopened, 0);
	state_on(WIRE_LPORT_SECRET, WIRE_RPORT, CLOSED);
}

WIRE(security_of_a_syn_beyond_the_window_in_time_wait, "3.10.7.4 first, third, 3.6.1", "MAY-2")
{
	int64_t nxt = secret_time_wait(w);

	/* "this check is placed following the sequence check" */
	in(SYN, NO_LABEL, .seq = 250000, .mss = 1460);
	out(ACK, SECRET, .seq = nxt, .ack = 102);
	counted(tcp.reopened, 0);
	state_on(WIRE_LPORT_SECRET, WIRE_RPORT, TIME_WAIT);
}

WIRE(security_of_a_syn_in_time_wait_matches, "3.10.7.2 third, 3.6.1", "MAY-2")
{
	int64_t iss;

	secret_time_wait(w);
	in(SYN, SECRET, .seq = 102, .mss = 1460);
	iss = out(SYN | ACK, SECRET, .ack = 103);
	counted(tcp.reopened, 1);
	in(ACK, SECRET, .seq = 103, .ack = iss + 1);
	told(OPENED);
}

WIRE(connect_with_a_security_option, "3.10.7.3 third", "")
{
	int64_t iss;

	if (wire_ipv6) {
		check(try_connect(.listener = WIRE_SECRET_CONNECTS) == -EINVAL);
		return;
	}
	connect(.listener = WIRE_SECRET_CONNECTS);
	iss = out(SYN, .label = WIRE_LABEL);
	/* "If there is an ACK, <SEQ=SEG.ACK><CTL=RST>"; the connection stays */
	in(SYN | ACK, .seq = 100, .ack = iss + 1);
	out(RST, .seq = iss + 1);
	/* "Otherwise, <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>" */
	in(SYN, .seq = 100, .label = WIRE_OTHER_LABEL);
	out(RST | ACK, .seq = 0, .ack = 101);
	resets(security, 2);
	state(SYN_SENT);
	in(SYN | ACK, .seq = 100, .ack = iss + 1, .label = WIRE_LABEL);
	out(ACK, .seq = iss + 1, .ack = 101, .label = WIRE_LABEL);
	told(OPENED);
}

WIRE(security_takes_room_from_the_mss, "3.7.1", "MUST-16")
{
	int64_t iss = secret_open(w);

	/* Eff.snd.MSS = min(SendMSS + 20, MMS_S) - TCPhdrsize - IPoptionsize */
	user_send(bytes(0), 2 * 1456);
	out(ACK, SECRET, .seq = iss + 1, .ack = 101, .data = bytes(0), .len = 1456);
	out(ACK, SECRET, .seq = iss + 1457, .ack = 101, .data = bytes(1456), .len = 1456);
}
