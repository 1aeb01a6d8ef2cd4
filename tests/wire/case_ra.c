/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Router discovery (RFC 4861 6.1.2, 6.3) where the port asks for it: solicitations, default routers
 * and their preferences (RFC 4191), on-link prefixes, the MTU of the link.
 */

#include <errno.h>

#include "wire.h"

enum { L3 = FRAME_ETHER_LEN, L4 = L3 + FRAME_IP6_LEN, LEN = L3 + 4, HOP_LIMIT = L3 + 7,
	SRC = L3 + 8, DST = L3 + 24, FLAGS = L4 + 5, LIFETIME = L4 + 6, OPTIONS = L4 + 16,
	R1 = 0x51, R2 = 0x52, MEDIUM = 0, HIGH = 1 << 3, LOW = 3 << 3 };

/* Options of an advertisement, from string literals. */
#define MAC_OPTION "\1\1\2\0\0\0\0\x51"
#define MTU_OPTION(mtu_) "\5\1\0\0" mtu_
#define PREFIX_OPTION(len_, flags_, valid_, prefix_) "\3\4" len_ flags_ valid_ \
	"\0\0\0\0" "\0\0\0\0" prefix_ "\0\0\0\0\0\0\0\0"
#define ON_LINK "\x80"
#define OFF_LINK "\x40" /* autonomous, which makes no address here */
#define HOUR "\0\0\x0e\x10"
#define OTHER_NET "\x20\1\x0d\xb8\0\0\0\7" /* 2001:db8:0:7::/64 */

/* The link-local address of a router, and a host of 2001:db8:0:7::/64. */
static struct rs_addr
router(uint8_t host)
{
	return (struct rs_addr){ .b = { 0xfe, 0x80, [15] = host } };
}

static struct rs_addr
far_host(uint8_t host)
{
	return (struct rs_addr){ .b = { 0x20, 1, 0x0d, 0xb8, [7] = 7, [15] = host } };
}

/* An advertisement of a router to all nodes. @return its length */
static uint16_t
build_ra(uint8_t *frame, uint8_t host, uint16_t lifetime, uint8_t flags, const char *options,
	uint16_t len)
{
	const uint8_t ether[L3] = { 0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, host, 0x86, 0xdd };
	const struct rs_addr src = router(host);
	const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };

	memset(frame, 0, OPTIONS);
	memcpy(frame, ether, L3);
	frame[L3] = 6 << 4;
	put16(frame + LEN, 16u + len);
	frame[L3 + 6] = 58;
	frame[HOP_LIMIT] = 255;
	memcpy(frame + SRC, &src, 16);
	memcpy(frame + DST, all_nodes, 16);
	frame[L4] = 134;
	frame[FLAGS] = flags;
	put16(frame + LIFETIME, lifetime);
	memcpy(frame + OPTIONS, options, len);
	frame_set_checksum6(frame + L3);
	return (uint16_t)(OPTIONS + len);
}

static void
advertise(struct wire *w, uint8_t host, uint16_t lifetime, uint8_t flags, const char *options,
	uint16_t len)
{
	uint8_t frame[WIRE_FRAME_MAX];

	ipv6_only();
	in_frame6(frame, build_ra(frame, host, lifetime, flags, options, len));
}

#define ra(host_, lifetime_, flags_, options_) \
	advertise(HERE, host_, lifetime_, flags_, options_, sizeof(options_) - 1)

/* The port asks for router discovery. */
static void
discover(struct wire *w)
{
	ipv6_only();
	w->port.router_advertisements = true;
}

/* Solicitations and retransmissions of a case that is about something else. */
static void
skip_all(struct wire *w)
{
	while (!TAILQ_EMPTY(&w->sent))
		skip_out();
}

/* The next frame asks for the MAC of this address, because an open to far_host() has it as its
 * next hop. The open is aborted. */
static void
asks_for(struct wire *w, const struct rs_addr *hop)
{
	uint8_t frame[WIRE_FRAME_MAX];

	check(try_connect(.raddr = far_host(9)) == 0);
	out_frame6(frame);
	check(frame[L4] == 135);
	if (memcmp(frame + L4 + 8, hop->b, 16) != 0)
		wire_fail(w, "expected host %02x as the next hop, got %02x", hop->b[15],
			frame[L4 + 8 + 15]);
	user_abort(); /* so the entry is forgotten, and the next open asks, too */
	ended(ABORTED);
}

/* The next hop does not answer. */
static void
gives_up(struct wire *w)
{
	check(try_connect(.raddr = far_host(9)) == 0);
	after(3100); /* MAX_MULTICAST_SOLICIT, RETRANS_TIMER */
	skip_all(w);
	ended(UNREACHABLE);
}

/* The next hop is this router. */
#define uses_router(host_) \
	asks_for(w, &(struct rs_addr){ .b = { 0xfe, 0x80, [15] = host_ } })

/* No router is known for an address that is not on the link. */
static void
has_no_router(struct wire *w)
{
	check(try_connect(.raddr = far_host(9)) == -ENETUNREACH);
	quiet();
}

/* The next frame is a router solicitation (4.1). */
static void
solicited(struct wire *w, bool with_source)
{
	static const uint8_t option[8] = { 1, 1, 2, 0, 0, 0, 0, 1 };
	const struct rs_addr local = { .b = { 0xfe, 0x80, [8] = 0, 0, 0, 0xff, 0xfe, 0, 0, 1 } };
	const struct rs_addr none = { .b = { 0 } };
	const uint8_t all_routers[16] = { 0xff, 2, [15] = 2 };
	uint8_t got[WIRE_FRAME_MAX];

	check(out_frame6(got) == L4 + (with_source ? 16 : 8));
	check(memcmp(got, "\x33\x33\0\0\0\2", 6) == 0 && got[HOP_LIMIT] == 255);
	check(memcmp(got + DST, all_routers, 16) == 0);
	check(memcmp(got + SRC, (with_source ? &local : &none)->b, 16) == 0);
	check(got[L4] == 133 && got[L4 + 1] == 0 && get32(got + L4 + 4) == 0);
	check(!with_source || memcmp(got + L4 + 8, option, 8) == 0);
}

WIRE(nd_routers_are_solicited_three_times, "RFC 4861 6.3.7, 4.1", "")
{
	discover(w);
	due(1, 2001); /* MAX_RTR_SOLICITATION_DELAY, behind the delay before the first message */
	solicited(w, true);
	due(3999, 4001);
	solicited(w, true);
	due(3999, 4001);
	solicited(w, true);
	after(20000);
	quiet();
	counted(packet.router_solicitations, 3);
}

WIRE(nd_routers_are_solicited_no_more_after_an_advertisement, "RFC 4861 6.3.7", "")
{
	discover(w);
	due(1, 2001);
	solicited(w, true);
	ra(R1, 0, MEDIUM, ""); /* no default router, so the solicitations go on */
	due(3999, 4001);
	solicited(w, true);
	ra(R1, 1800, MEDIUM, "");
	after(20000);
	quiet();
}

WIRE(nd_routers_are_solicited_by_one_stack, "RFC 4861 6.3.7", "")
{
	discover(w);
	w->dad_silent = true;
	after(20000);
	quiet();
	ra(R1, 1800, MEDIUM, "");
	uses_router(R1);
}

WIRE(nd_router_advertisements_that_are_not_valid, "RFC 4861 6.1.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	discover(w);
	/* the source is not link-local */
	len = build_ra(frame, R1, 1800, MEDIUM, MAC_OPTION, 8);
	memcpy(frame + SRC, wire_addr(WIRE_RHOST).b, 16);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, len);
	dropped(nd_bad);
	/* the hop limit is not 255 */
	len = build_ra(frame, R1, 1800, MEDIUM, MAC_OPTION, 8);
	frame[HOP_LIMIT] = 254;
	in_frame6(frame, len);
	dropped(nd_bad);
	/* the checksum */
	frame[HOP_LIMIT] = 255;
	frame[L4 + 2] ^= 1;
	in_frame6(frame, len);
	dropped(icmp_bad);
	/* the code is not 0 */
	build_ra(frame, R1, 1800, MEDIUM, MAC_OPTION, 8);
	frame[L4 + 1] = 1;
	frame_set_checksum6(frame + L3);
	in_frame6(frame, len);
	dropped(nd_bad);
	/* 15 bytes */
	build_ra(frame, R1, 1800, MEDIUM, "", 0);
	put16(frame + LEN, 15);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, OPTIONS - 1);
	dropped(nd_bad);
	/* an option has the length 0, or ends beyond the message */
	ra(R1, 1800, MEDIUM, MTU_OPTION("\0\0\5\x14") "\1\0\2\0\0\0\0\x51");
	ra(R1, 1800, MEDIUM, MTU_OPTION("\0\0\5\x14") "\1\2\2\0\0\0\0\x51");
	counted(drop[RS_DROP_nd_bad], 2);
	counted(packet.router_advertisements, 0);
	has_no_router(w);
	in(SYN, .seq = 100, .mss = 1460);
	out(SYN | ACK, .ack = 101, .mss = 1460); /* the MTU is the port's */
	after(20000);
	while (!TAILQ_EMPTY(&w->sent))
		skip_out();
}

WIRE(nd_router_is_used_for_its_lifetime, "RFC 4861 6.3.4, 6.3.5", "")
{
	discover(w);
	has_no_router(w);
	ra(R1, 60, MEDIUM, MAC_OPTION);
	uses_router(R1);
	after(40000);
	ra(R1, 60, MEDIUM, ""); /* again */
	after(50000);
	uses_router(R1);
	after(60000);
	has_no_router(w);
	/* the lifetime 0 ends it at once */
	ra(R1, 60, MEDIUM, "");
	uses_router(R1);
	ra(R1, 0, MEDIUM, "");
	has_no_router(w);
	counted(packet.routers_added, 2);
	counted(packet.routers_removed, 2);
	counted(packet.router_advertisements, 4);
}

WIRE(nd_router_that_is_preferred, "RFC 4191 2.2, 3.2", "")
{
	discover(w);
	ra(R1, 1800, LOW, "");
	ra(R2, 1800, 2 << 3, ""); /* reserved: as medium */
	uses_router(R2);
	ra(R1, 1800, HIGH, "");
	uses_router(R1);
	ra(R1, 1800, MEDIUM, ""); /* the first one of two equal ones */
	uses_router(R1);
}

WIRE(nd_router_that_does_not_answer_is_replaced, "RFC 4861 6.3.6", "")
{
	discover(w);
	ra(R1, 1800, HIGH, "");
	ra(R2, 1800, LOW, "");
	uses_router(R1);
	gives_up(w);
	uses_router(R2);
	gives_up(w);
	uses_router(R1); /* none answers, so they take turns */
	gives_up(w);
	uses_router(R2);
	ra(R1, 1800, LOW, ""); /* it is there again */
	uses_router(R1);
}

WIRE(nd_routers_have_a_bound, "RFC 4861 6.3.4", "")
{
	uint8_t host;

	discover(w);
	for (host = R1; host < R1 + 20; host++)
		ra(host, 1800, MEDIUM, "");
	counted(packet.routers_added, 4);
	counted(packet.routers_refused, 16);
	uses_router(R1);
	for (host = R1; host < R1 + 4; host++)
		ra(host, 0, MEDIUM, "");
	has_no_router(w);
	ra(R1 + 19, 1800, MEDIUM, "");
	uses_router(R1 + 19);
}

WIRE(nd_configured_gateway_wins, "issue 10, router advertisements", "")
{
	const struct rs_addr gateway = wire_addr(99);

	discover(w);
	w->port.gateway6 = gateway;
	ra(R1, 1800, HIGH, "");
	asks_for(w, &gateway);
	ra(R1, 0, HIGH, "");
	asks_for(w, &gateway);
}

WIRE(nd_prefix_on_the_link, "RFC 4861 6.3.4", "")
{
	const struct rs_addr on_link = far_host(9);

	discover(w);
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x40", ON_LINK, HOUR, OTHER_NET));
	asks_for(w, &on_link);
	/* without the flag it says nothing, whether or not it is known */
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x40", OFF_LINK, HOUR, OTHER_NET));
	asks_for(w, &on_link);
	/* no lifetime is left */
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x40", ON_LINK, "\0\0\0\0", OTHER_NET));
	uses_router(R1);
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x40", OFF_LINK, HOUR, OTHER_NET));
	uses_router(R1);
	/* link-local and multicast prefixes, impossible lengths */
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x0a", ON_LINK, HOUR, "\xfe\x80\0\0\0\0\0\0")
		PREFIX_OPTION("\x08", ON_LINK, HOUR, "\xff\0\0\0\0\0\0\0")
		PREFIX_OPTION("\x81", ON_LINK, HOUR, OTHER_NET)
		PREFIX_OPTION("\0", ON_LINK, HOUR, OTHER_NET));
	uses_router(R1);
	/* its lifetime ends */
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x40", ON_LINK, "\0\0\0\x0a", OTHER_NET));
	asks_for(w, &on_link);
	after(10000);
	uses_router(R1);
	/* and one without an end does not */
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x40", ON_LINK, "\xff\xff\xff\xff", OTHER_NET));
	skip(UINT64_C(1000) * 3600 * 24 * 365);
	skip_all(w);
	asks_for(w, &on_link);
}

WIRE(nd_prefixes_have_a_bound, "RFC 4861 6.3.4", "")
{
	char option[] = PREFIX_OPTION("\x40", ON_LINK, HOUR, OTHER_NET);
	const struct rs_addr on_link = far_host(9);
	uint8_t i;

	discover(w);
	ra(R1, 1800, MEDIUM, PREFIX_OPTION("\x40", ON_LINK, HOUR, OTHER_NET));
	for (i = 0; i < 20; i++) {
		option[20] = (char)(i + 1);
		advertise(HERE, R1, 1800, MEDIUM, option, sizeof(option) - 1);
	}
	counted(packet.routers_refused, 20 - 7);
	asks_for(w, &on_link);
}

WIRE(nd_mtu_of_the_link, "RFC 4861 6.3.4", "")
{
	struct wire_tcb t;

	discover(w);
	ra(R1, 1800, MEDIUM, MTU_OPTION("\0\0\5\x78")); /* 1400 */
	t = handshake();
	user_send(bytes(0), 1460);
	out(ACK, .seq = t.snd_nxt, .ack = 101, .data = bytes(0), .len = 1340);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1340);
	out(ACK, .seq = t.snd_nxt + 1340, .ack = 101, .data = bytes(1340), .len = 120);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 1460);
	/* below 1280 or above the port's, it is none */
	ra(R1, 1800, MEDIUM, MTU_OPTION("\0\0\4\xff"));
	ra(R1, 1800, MEDIUM, MTU_OPTION("\0\0\5\xf1"));
	in(SYN, .rport = 41000, .seq = 100, .mss = 1460);
	out(SYN | ACK, .rport = 41000, .ack = 101, .mss = 1340);
	ra(R1, 1800, MEDIUM, MTU_OPTION("\0\0\5\xf0")); /* 1520 */
	in(SYN, .rport = 41001, .seq = 100, .mss = 1460);
	out(SYN | ACK, .rport = 41001, .ack = 101, .mss = 1460);
}

/* The others of the stacks that share the port are given the advertisement. */
static bool
count_copies(void *arg, const struct rs_tuple *tuple, struct rte_mbuf *m __rte_unused)
{
	unsigned int *copies = arg;

	*copies += tuple == NULL;
	return false;
}

WIRE(nd_router_advertisement_is_for_all_stacks, "RFC 4861 6.3.4", "")
{
	unsigned int copies = 0;
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	discover(w);
	w->hand_over = count_copies;
	w->hand_over_arg = &copies;
	ra(R1, 1800, MEDIUM, "");
	check(copies == 1);
	len = build_ra(frame, R1, 1800, MEDIUM, "", 0);
	frame[HOP_LIMIT] = 254;
	in_frame6(frame, len);
	check(copies == 1);
	dropped(nd_bad);
}
