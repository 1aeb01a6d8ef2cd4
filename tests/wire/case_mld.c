/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Multicast listener discovery of a host (RFC 3810, RFC 2710, RFC 3590): reports at the start and
 * answers to queries. The global and the link-local address have one solicited-node group,
 * ff02::1:ff00:1, because they end alike.
 */

#include "wire.h"

enum { L3 = FRAME_ETHER_LEN, SRC = L3 + 8, DST = L3 + 24, OPTIONS = L3 + FRAME_IP6_LEN,
	L4 = OPTIONS + 8, RECORD = L4 + 8, GROUP_V1 = L4 + 8,
	REPORT_LEN = RECORD + 20, QUERY_LEN = 28, QUERY_LEN_V1 = 24 };

static const uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff, [15] = 1 };
static const uint8_t other_group[16] = { 0xff, 2, [11] = 1, [12] = 0xff, [15] = 9 };
static const uint8_t routers[16] = { 0xff, 2, [15] = 0x16 };
static const uint8_t none[16];
static const uint8_t our_local[16] = { 0xfe, 0x80, [11] = 0xff, [12] = 0xfe, [15] = 1 };
static const uint8_t alert[8] = { 58, 0, 5, 2, 0, 0, 1, 0 };

/* The checksum of the message behind the options of a frame. */
static uint16_t
message_cksum(const uint8_t *frame, uint32_t len)
{
	uint8_t ip[FRAME_IP6_LEN + 256];

	memcpy(ip, frame + L3, FRAME_IP6_LEN);
	memcpy(ip + FRAME_IP6_LEN, frame + L4, len);
	put16(ip + 4, len);
	ip[6] = 58;
	frame_set_checksum6(ip);
	return get16(ip + FRAME_IP6_LEN + 2);
}

/* The next frame is a message of this type, from and to these addresses; leave it in `got`. */
static uint16_t
sent(struct wire *w, uint8_t type, const uint8_t *from, const uint8_t *to, uint8_t *got)
{
	uint16_t len = out_frame6(got);

	check(got[0] == 0x33 && got[1] == 0x33 && memcmp(got + 2, to + 12, 4) == 0);
	check(got[L3 + 6] == 0 && got[L3 + 7] == 1 && memcmp(got + OPTIONS, alert, 8) == 0);
	check(memcmp(got + SRC, from, 16) == 0 && memcmp(got + DST, to, 16) == 0);
	check(get16(got + L3 + 4) == len - OPTIONS && got[L4] == type && got[L4 + 1] == 0);
	check(get16(got + L4 + 2) == message_cksum(got, (uint32_t)(len - L4)));
	return len;
}

/* The next frame is a report of our group with this type of record. */
static void
reported(struct wire *w, uint8_t record, const uint8_t *from)
{
	uint8_t got[WIRE_FRAME_MAX];

	check(sent(w, 143, from, routers, got) == REPORT_LEN);
	check(get16(got + L4 + 4) == 0 && get16(got + L4 + 6) == 1);
	check(got[RECORD] == record && got[RECORD + 1] == 0 && get16(got + RECORD + 2) == 0);
	check(memcmp(got + RECORD + 4, group, 16) == 0);
}

/* A stack that has reported its group, as after its start. */
static void
begin(struct wire *w)
{
	ipv6_only();
	w->mld = true;
	due(0, 1001);
	reported(w, 4, our_local); /* CHANGE_TO_EXCLUDE_MODE, RFC 3810 5.2.12 */
	due(0, 1001); /* Robustness Variable - 1 times again, within a second (9.11) */
	reported(w, 4, our_local);
	after(3000);
	quiet();
}

/* A query of a router, for a group or for all (NULL). */
static uint16_t
build_query(uint8_t *frame, uint32_t len, uint32_t max_response, const uint8_t *of)
{
	static const uint8_t ether[L3] = { 0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 77, 0x86, 0xdd };

	memset(frame, 0, L4 + 64);
	memcpy(frame, ether, L3);
	frame[L3] = 6 << 4;
	put16(frame + L3 + 4, 8 + len);
	frame[L3 + 7] = 1;
	memcpy(frame + SRC, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x4d", 16);
	memcpy(frame + DST, of != NULL ? of : (const uint8_t[16]){ 0xff, 2, [15] = 1 }, 16);
	memcpy(frame + OPTIONS, alert, 8);
	frame[L4] = 130;
	put16(frame + L4 + 4, max_response);
	memcpy(frame + L4 + 8, of != NULL ? of : none, 16);
	put16(frame + L4 + 2, message_cksum(frame, len));
	return (uint16_t)(L4 + len);
}

WIRE(mld_reports_at_the_start, "RFC 3810 6.1, RFC 4861 7.2.1", "")
{
	begin(w);
	counted(packet.mld_reports, 2);
}

WIRE(mld_groups_are_joined_before_detection, "RFC 4862 5.4.2, RFC 3590 4", "")
{
	uint8_t got[WIRE_FRAME_MAX];
	unsigned int i;

	ipv6_only();
	w->mld = true;
	w->port.dad_transmits = 1;
	due(0, 1001);
	reported(w, 4, none); /* no address is valid yet */
	for (i = 0; i < 2; i++) {
		out_frame6(got);
		check(got[OPTIONS] == 135);
	}
	/* the second one may come before or after the addresses are valid */
	after(1003);
	while (!TAILQ_EMPTY(&w->sent)) {
		check(out_frame6(got) == REPORT_LEN);
		check(memcmp(got + SRC, none, 16) == 0 || memcmp(got + SRC, our_local, 16) == 0);
	}
	due(0, 1001);
	reported(w, 4, our_local); /* repeated, because routers ignore those without a source */
	after(3000);
	quiet();
}

WIRE(mld_general_query_is_answered_in_time, "RFC 3810 6.2, 6.3", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	begin(w);
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, NULL));
	due(0, 1001);
	reported(w, 2, our_local); /* MODE_IS_EXCLUDE */
	/* two queries get one answer */
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, NULL));
	in_frame6(frame, build_query(frame, QUERY_LEN, 500, NULL));
	due(0, 501);
	reported(w, 2, our_local);
	/* a code from 32768 on is a floating-point number: 0x8000 is 32768 ms */
	in_frame6(frame, build_query(frame, QUERY_LEN, 0x8000, NULL));
	due(0, 32769);
	reported(w, 2, our_local);
	after(3000);
	quiet();
	counted(packet.mld_queries, 4);
}

WIRE(mld_query_of_a_group, "RFC 3810 6.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	begin(w);
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, group));
	due(0, 1001);
	reported(w, 2, our_local);
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, other_group));
	dropped(ip_not_ours);
	after(2000);
	quiet();
}

WIRE(mld_query_of_a_group_of_other_hosts, "RFC 3810 6.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len = build_query(frame, QUERY_LEN, 1000, NULL);

	begin(w);
	memcpy(frame + L4 + 8, other_group, 16); /* to all nodes */
	put16(frame + L4 + 2, message_cksum(frame, QUERY_LEN));
	in_frame6(frame, len);
	after(2000);
	quiet();
}

/* Forget the frames that were sent. @return how many they were */
static unsigned int
forget(struct wire *w)
{
	uint8_t got[WIRE_FRAME_MAX];
	unsigned int n;

	for (n = 0; !TAILQ_EMPTY(&w->sent); n++)
		out_frame6(got);
	return n;
}

/* RFC 3810 6.2: while the answer to a query of one group is due, one of another comes. */
WIRE(mld_queries_of_two_groups_get_one_answer, "RFC 3810 6.2, RFC 2710 4", "")
{
	static const struct rs_prefix second = { { .b = { 0x20, 1, 0x0d, 0xb8, [13] = 2, [14] = 2,
		[15] = 3 } }, 64 };
	static const uint8_t group_2[16] = { 0xff, 2, [11] = 1, [12] = 0xff, [13] = 2, [14] = 2,
		[15] = 3 };
	uint8_t frame[WIRE_FRAME_MAX];

	ipv6_only();
	w->mld = true;
	w->port.subnets6[w->port.n_subnets6++] = second;
	after(4000);
	check(forget(w) == 2);
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, group));
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, group_2));
	after(1001);
	sent(w, 143, our_local, routers, frame);
	check(get16(frame + L4 + 6) == 2);
	quiet();
	/* one of them alone, in both versions */
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, group_2));
	after(1001);
	sent(w, 143, our_local, routers, frame);
	check(get16(frame + L4 + 6) == 1 && memcmp(frame + RECORD + 4, group_2, 16) == 0);
	in_frame6(frame, build_query(frame, QUERY_LEN_V1, 1000, group_2));
	after(1001);
	sent(w, 131, our_local, group_2, frame);
	quiet();
}

WIRE(mld_queries_that_are_not_valid, "RFC 3810 6.2", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	uint16_t len;

	begin(w);
	len = build_query(frame, QUERY_LEN, 10, NULL);
	frame[L3 + 7] = 2; /* hop limit */
	in_frame6(frame, len);
	build_query(frame, QUERY_LEN, 10, NULL);
	frame[OPTIONS + 2] = 1; /* no router alert: padding */
	in_frame6(frame, len);
	build_query(frame, QUERY_LEN, 10, NULL);
	frame[SRC] = 0x20; /* not link-local */
	put16(frame + L4 + 2, message_cksum(frame, QUERY_LEN));
	in_frame6(frame, len);
	counted(drop[RS_DROP_mld_bad], 3);
	in_frame6(frame, build_query(frame, QUERY_LEN - 2, 10, NULL));
	in_frame6(frame, build_query(frame, QUERY_LEN_V1 - 4, 10, NULL));
	counted(drop[RS_DROP_mld_bad], 2);
	after(100);
	quiet();
}

WIRE(mld_older_querier_gets_older_reports, "RFC 3810 8.2.1, RFC 2710 4", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	begin(w);
	in_frame6(frame, build_query(frame, QUERY_LEN_V1, 1000, NULL));
	due(0, 1001);
	check(sent(w, 131, our_local, group, frame) == L4 + QUERY_LEN_V1);
	check(memcmp(frame + GROUP_V1, group, 16) == 0);
	/* for as long as it is present: 260 s */
	skip(250 * 1000);
	in_frame6(frame, build_query(frame, QUERY_LEN, 0, NULL)); /* at once */
	sent(w, 131, our_local, group, frame);
	skip(11 * 1000);
	in_frame6(frame, build_query(frame, QUERY_LEN, 0, NULL)); /* at once */
	reported(w, 2, our_local);
}

/* What the other stacks were given. */
static unsigned int copies;

static bool
count_copies(void *arg __rte_unused, const struct rs_tuple *tuple, struct rte_mbuf *m __rte_unused)
{
	copies += tuple == NULL;
	return false;
}

WIRE(mld_another_stack_speaks_for_the_port, "RFC 3810 6", "")
{
	uint8_t frame[WIRE_FRAME_MAX];

	ipv6_only();
	copies = 0;
	w->hand_over = count_copies;
	after(2000);
	in_frame6(frame, build_query(frame, QUERY_LEN, 1000, NULL));
	after(2000);
	quiet();
	check(copies == 1);
	counted(packet.mld_queries, 1);
}

WIRE(dad_of_another_stack_counts_for_this_one, "RFC 4862 5.4", "")
{
	uint8_t frame[WIRE_FRAME_MAX] = { 0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd };
	const struct rs_addr us = wire_addr(WIRE_LHOST);

	ipv6_only();
	copies = 0;
	w->hand_over = count_copies;
	w->dad_silent = true;
	w->port.dad_transmits = 1;
	after(0);
	in(SYN, .seq = 100);
	dropped(ip_not_ours);
	after(900);
	quiet();
	/* another host has the address: an advertisement to all nodes */
	frame[L3] = 6 << 4;
	put16(frame + L3 + 4, 32);
	frame[L3 + 6] = 58;
	frame[L3 + 7] = 255;
	memcpy(frame + SRC, &us, 16);
	memcpy(frame + DST, "\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	frame[OPTIONS] = 136;
	frame[OPTIONS + 4] = ND_OVERRIDE;
	memcpy(frame + OPTIONS + 8, &us, 16);
	memcpy(frame + OPTIONS + 24, "\2\1\2\0\0\0\0\2", 8);
	frame_set_checksum6(frame + L3);
	in_frame6(frame, OPTIONS + 32);
	dropped(nd_conflict);
	counted(packet.dad_duplicates, 1);
	check(copies == 1);
	after(2000);
	in(SYN, .seq = 100);
	dropped(ip_not_ours);
	counted(packet.dad_solicitations, 0);
	quiet();
}
