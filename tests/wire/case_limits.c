/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Rate limits of the resets that answer segments. RFC 9293 has none, so a reset that is sent is
 * the one that 3.10.7 says, and one that is withheld leaves the states as they were.
 */

#include "wire.h"

#define CLOSED_PORT .lport = WIRE_LPORT_CLOSED

/* n SYNs to a closed port, of which `answered` get their reset. */
static void
closed_syns(struct wire *w, uint16_t lport, uint8_t rhost, unsigned int n, unsigned int answered)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		in(SYN, .lport = lport, .rhost = rhost, .seq = 100 + i);
		if (i < answered)
			out(RST | ACK, .lport = lport, .rhost = rhost, .seq = 0, .ack = 101 + i);
		quiet();
	}
	resets(no_listener, answered);
}

WIRE(limit_of_resets_off, "3.10.7.1", "")
{
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 3000, 3000);
	limited(worker, 0);
}

WIRE(limit_of_resets_of_the_worker, "3.10.7.1", "")
{
	unsigned int second;

	w->resets_per_second = 20;
	for (second = 0; second < 3; second++) {
		/* ports and peers share it */
		closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 10, 10);
		closed_syns(w, WIRE_LPORT_RESET, WIRE_RHOST + 1, 20, 10);
		limited(worker, 10);
		after(1000);
	}
	/* 50 ms are one of 20 a second */
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 20, 20);
	after(49);
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 1, 0);
	after(1);
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 2, 1);
	limited(worker, 2);
}

WIRE(limit_of_resets_holds_inside_a_burst, "3.10.7.1", "")
{
	w->resets_per_second = 2;
	burst(seg(SYN, CLOSED_PORT, .seq = 100), seg(ACK, CLOSED_PORT, .seq = 200, .ack = 5),
		seg(RST, CLOSED_PORT, .seq = 300), seg(FIN, CLOSED_PORT, .seq = 400),
		seg(SYN, .seq = 500, .mss = 1460));
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 101);
	out(RST, CLOSED_PORT, .seq = 5);
	/* the FIN gets none, and a SYN to a listener is no matter of the limit */
	out(SYN | ACK, .seq = ANY, .ack = 501, .mss = 1460);
	reset(no_listener);
	reset(no_connection);
	verdict(ignored_closed);
	limited(worker, 1);
	state(SYN_RECEIVED);
	in(RST, .seq = 501);
	verdict(accepted);
}

WIRE(limit_of_resets_of_a_source, "3.10.7.1", "")
{
	w->resets_per_source = 10;
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 30, 10);
	limited(source, 20);
	if (wire_ipv6) {
		/* all addresses of a /64 are one source */
		closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST + 1, 30, 0);
		limited(source, 30);
		return;
	}
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST + 1, 30, 10);
	limited(source, 20);
	after(500);
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 30, 5);
	limited(source, 25);
}

/* Each source has a limit of its own also where a segment meets a listener; a /64 is one. */
WIRE(limit_of_resets_of_a_source_at_a_listener, "3.10.7.2", "")
{
	uint8_t i;

	w->resets_per_source = 1;
	for (i = 0; i < 2; i++) {
		in(ACK, .rhost = WIRE_RHOST + i, .seq = 100, .ack = 1000);
		if (i == 0 || !wire_ipv6) {
			out(RST, .rhost = WIRE_RHOST + i, .seq = 1000);
			reset(listen_bad_ack);
			in(ACK, .rhost = WIRE_RHOST + i, .seq = 100, .ack = 1000);
		}
		quiet();
		limited(source, 1);
	}
}

WIRE(limit_of_resets_of_a_closed_range, "3.10.7.1", "")
{
	w->resets_of_listeners = 10;
	closed_syns(w, WIRE_LPORT_RESET, WIRE_RHOST, 6, 6);
	closed_syns(w, WIRE_LPORT_RESET + 9, WIRE_RHOST + 1, 6, 4);
	limited(listener, 2);
	/* ports that no section names have no such limit */
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 100, 100);
}

WIRE(limit_of_resets_of_a_listener, "3.10.7.2", "")
{
	unsigned int i;

	w->resets_of_listeners = 3;
	for (i = 0; i < 5; i++) {
		in(ACK, .seq = 100, .ack = 1000 + i);
		if (i < 3)
			out(RST, .seq = 1000 + i);
		quiet();
	}
	resets(listen_bad_ack, 3);
	limited(listener, 2);
	/* another listener has its own */
	in(ACK, .lport = WIRE_LPORT_NODELAY, .seq = 100, .ack = 1000);
	out(RST, .lport = WIRE_LPORT_NODELAY, .seq = 1000);
	reset(listen_bad_ack);
}

WIRE(limit_withholds_the_reset_of_a_half_open_connection, "3.10.7.4 fifth", "")
{
	struct wire_tcb t;

	w->resets_per_second = 1;
	closed_syns(w, WIRE_LPORT_CLOSED, WIRE_RHOST, 1, 1);
	t = reach(SYN_RECEIVED);
	/* "form a reset segment and send it": withheld, but the state is what it was */
	in(ACK, .seq = 101, .ack = t.iss + 7);
	quiet();
	limited(worker, 1);
	state(SYN_RECEIVED);
	in(ACK, .seq = 101, .ack = t.iss + 1);
	told(OPENED);
	state(ESTABLISHED);
	/* the reset of the connection itself is not limited */
	user_abort();
	out(RST, .seq = t.iss + 1);
	reset(service_abort);
	ended(ABORTED);
}
