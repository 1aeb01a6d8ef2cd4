/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The access list. RFC 9293 has none, so a segment that a rule refuses is dropped in silence, or
 * gets the reset that 3.10.7.1 says for a closed port, and leaves the states as they were.
 */

#include "wire.h"

#define CLOSED_PORT .lport = WIRE_LPORT_CLOSED
#define OTHER .rhost = WIRE_RHOST + 1

/* Let the stack have one rule, about the usual peer. */
static void
refuse_peer(struct wire *w, struct rs_acl_rule *rule, enum rs_acl_action action)
{
	*rule = (struct rs_acl_rule){
		.action = action, .source = { wire_addr(WIRE_RHOST), 128 }, .listener = -1,
	};
	w->rules = rule;
	w->n_rules = 1;
}

WIRE(acl_drop_is_silent, "3.10.7.1", "")
{
	struct rs_acl_rule rule;

	refuse_peer(w, &rule, RS_ACL_DROP);
	in(SYN, .seq = 100, .mss = 1460);
	in(ACK, .seq = 100, .ack = 300);
	in(SYN, CLOSED_PORT, .seq = 100);
	in(ACK, CLOSED_PORT, .seq = 100, .ack = 300);
	quiet();
	counted(drop[RS_DROP_acl], 4);
	in(RST, CLOSED_PORT, .seq = 100);
	in(RST, .seq = 100);
	quiet();
	verdict(ignored_closed);
	verdict(ignored_listen);
}

WIRE(acl_reset_is_that_of_a_closed_port, "3.10.7.1", "")
{
	static const uint16_t lports[] = { WIRE_LPORT, WIRE_LPORT_CLOSED, WIRE_LPORT_DROP };
	struct rs_acl_rule rule;
	unsigned int i;

	refuse_peer(w, &rule, RS_ACL_RESET);
	for (i = 0; i < RTE_DIM(lports); i++) {
		in(SYN, .lport = lports[i], .seq = 100, .data = "pktgen");
		out(RST | ACK, .lport = lports[i], .seq = 0, .ack = 107);
		in(ACK, .lport = lports[i], .seq = 100, .ack = 300, .data = "x");
		out(RST, .lport = lports[i], .seq = 300);
		in(FIN, .lport = lports[i], .seq = 100);
		out(RST | ACK, .lport = lports[i], .seq = 0, .ack = 101);
	}
	resets(acl, 3 * RTE_DIM(lports));
}

WIRE(acl_leaves_other_peers_alone, "3.10.7.1", "")
{
	struct rs_acl_rule rule;

	refuse_peer(w, &rule, RS_ACL_DROP);
	in(SYN, CLOSED_PORT, OTHER, .seq = 100);
	out(RST | ACK, CLOSED_PORT, OTHER, .seq = 0, .ack = 101);
	reset(no_listener);
	in(ACK, OTHER, .seq = 100, .ack = 300);
	out(RST, OTHER, .seq = 300);
	reset(listen_bad_ack);
}

WIRE(acl_in_one_burst_each_gets_its_own, "3.10.7.1", "")
{
	struct rs_acl_rule rule;

	refuse_peer(w, &rule, RS_ACL_RESET);
	rule.port_first = WIRE_LPORT_CLOSED;
	rule.port_last = WIRE_LPORT_CLOSED;
	burst(seg(SYN, CLOSED_PORT, OTHER, .seq = 100), seg(SYN, CLOSED_PORT, .seq = 200),
		seg(SYN, .lport = WIRE_LPORT_CLOSED + 1, .seq = 300));
	/* those that the list was asked about come behind the others */
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED + 1, .seq = 0, .ack = 301);
	out(RST | ACK, CLOSED_PORT, OTHER, .seq = 0, .ack = 101);
	out(RST | ACK, CLOSED_PORT, .seq = 0, .ack = 201);
	resets(no_listener, 2);
	reset(acl);
}
