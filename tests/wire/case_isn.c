/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Initial sequence numbers: ISN = M + F(localip, localport, remoteip, remoteport,
 * secretkey), where M is the 4 microsecond timer (3.4.1, RFC 6528 3).
 */

#include "wire.h"

/* The ISN that this SYN gets now. */
static uint32_t
isn_of(struct wire *w, const struct wire_seg *syn)
{
	struct wire_seg rst = *syn;
	uint32_t isn;

	wire_in(HERE, syn, 1);
	isn = out(SYN | ACK, .rport = syn->rport, .lport = syn->lport, .rhost = syn->rhost,
		.lhost = syn->lhost, .mac = syn->mac, .ack = (uint32_t)syn->seq + 1);
	rst.flags = RST;
	rst.seq = (uint32_t)syn->seq + 1;
	wire_in(HERE, &rst, 1);
	verdict(accepted);
	quiet();
	return isn;
}

#define isn(...) isn_of(w, &seg(SYN, .seq = 100, ##__VA_ARGS__))

WIRE(isn_counts_every_4_microseconds, "3.4.1, RFC 6528 3", "MUST-8")
{
	static const uint64_t us[] = {
		4, 8, 1000, 1000000, UINT64_C(3600) * 1000000, UINT64_C(86400) * 1000000,
	};
	uint32_t first = isn();
	uint64_t begin = w->now;
	unsigned int i;

	for (i = 0; i < RTE_DIM(us); i++) {
		w->now = begin + us[i];
		check(isn() - first == (uint32_t)(us[i] / 4));
	}
}

WIRE(isn_does_not_change_within_4_microseconds, "3.4.1, RFC 6528 3", "MUST-8")
{
	uint32_t first = isn();

	w->now += 3;
	check(isn() == first);
	w->now += 1;
	check(isn() == first + 1);
}

WIRE(isn_cycles_in_4_55_hours, "3.4.1", "MUST-8")
{
	uint32_t first = isn();
	uint32_t later;

	w->now += UINT64_C(4) << 32;
	check(isn() == first);
	/* Half of the way around it is as far as it can be. */
	w->now += UINT64_C(2) << 32;
	later = isn();
	check(later - first == UINT32_C(1) << 31);
}

WIRE(isn_of_the_next_connection_is_beyond_the_last, "3.4.1, RFC 6528 3", "MUST-8 SHLD-1")
{
	uint32_t last = 0;
	int i;

	/* On one pair of sockets old segments are below the new connection's numbers. */
	for (i = 0; i < 50; i++) {
		struct wire_tcb t = reach(ESTABLISHED);

		check(i == 0 || (int32_t)(t.iss - last) > 0);
		last = t.iss;
		in(RST, .seq = 101);
		verdict(accepted);
		ended(RESET);
		after(1 + (uint64_t)i * 7);
	}
}

WIRE(isn_of_each_tuple_counts_alike, "RFC 6528 3", "MUST-8")
{
	uint32_t apart = isn(.rport = 41000) - isn(.rport = 41001);

	/* F has no part in time: what lies between two tuples stays. */
	after(12345);
	check(isn(.rport = 41000) - isn(.rport = 41001) == apart);
}

WIRE(isn_differs_by_each_part_of_the_tuple, "RFC 6528 3", "SHLD-1")
{
	uint32_t all[5];
	unsigned int i, k;

	w->terminate = (struct rs_prefix){ wire_tuple(64, 0, 0, 0).laddr, 96 + 26 };
	all[0] = isn();
	all[1] = isn(.rport = WIRE_RPORT + 1);
	all[2] = isn(.lport = WIRE_LPORT_NODELAY);
	all[3] = isn(.rhost = WIRE_RHOST + 1);
	all[4] = isn(.lhost = 65);
	/* Neither the same nor close to one another */
	for (i = 0; i < RTE_DIM(all); i++) {
		for (k = 0; k < i; k++)
			check(all[i] - all[k] + 65536 > 2 * 65536);
	}
	/* The two ports and the two addresses do not cancel each other out. */
	check(isn(.rport = WIRE_LPORT_NODELAY, .lport = WIRE_LPORT) !=
		isn(.rport = WIRE_LPORT, .lport = WIRE_LPORT_NODELAY));
}

WIRE(isn_does_not_depend_on_what_the_peer_says, "RFC 6528 3", "MUST-9")
{
	uint32_t first = isn();

	check(isn(.seq = 0xdeadbeef) == first);
	check(isn(.mss = 536, .ws = 7) == first);
	check(isn(.wnd = 1) == first);
	check(isn(.mac = 0x77) == first);
}

WIRE(isn_of_neighbouring_ports_shows_no_pattern, "RFC 6528 3", "SHLD-1 MUST-9")
{
	uint32_t ones = 0, zeros = 0, last = isn(.rport = 41000), step = 0;
	uint16_t i;

	/* Every bit of the step from port to port is 1 at times, and at times 0. */
	for (i = 1; i <= 64; i++) {
		uint32_t next = isn(.rport = (uint16_t)(41000 + i));

		check(next - last != step);
		step = next - last;
		ones |= step;
		zeros |= ~step;
		last = next;
	}
	check(ones == UINT32_MAX && zeros == UINT32_MAX);
}

/* End the stack. The next segment starts another one, which counts only its own frames. */
static void
end_stack(struct wire *w)
{
	if (w->stack != NULL)
		rs_stack_free(w->stack);
	w->stack = NULL;
	w->tcp_sent = 0;
	w->frames_sent = 0;
}

/* The ISN of a stack that has just been started with this secret. */
static uint32_t
isn_after_boot(struct wire *w, uint8_t secret)
{
	end_stack(w);
	w->secret = secret;
	in(SYN, .seq = 100);
	return out(SYN | ACK, .ack = 101);
}

WIRE(isn_depends_on_the_secret, "RFC 6528 3", "SHLD-1 MUST-9")
{
	uint32_t a = isn_after_boot(w, 1);
	uint32_t b = isn_after_boot(w, 2);
	uint32_t c = isn_after_boot(w, 3);

	check(a != b && b != c && a != c);
	/* And on nothing else that a boot makes: the secret is its only randomness. */
	check(isn_after_boot(w, 1) == a);
	end_stack(w);
	reach(ESTABLISHED);
}
