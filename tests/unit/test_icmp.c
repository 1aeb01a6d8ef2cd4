/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ICMP echo (RFC 792, RFC 1122 3.2.2.6) and port unreachable for UDP (RFC 1122 4.1.3.1,
 * RFC 1812 4.3.2.3).
 */

#include <netinet/in.h>

#include "packet/icmp.h"
#include "packet_fixture.h"

/* Check link header and addresses of an answer to f. */
static void
check_turned(const struct packet_test *t, const struct rte_mbuf *m, const struct frame *f)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *,
		f->l3);

	expect_good_ipv4(t, m, f->l3);
	assert_memory_equal(&peer_mac, &eth->dst_addr, sizeof(peer_mac));
	assert_memory_equal(&us_mac, &eth->src_addr, sizeof(us_mac));
	assert_memory_equal(f->b + 12, (const uint8_t *)eth + 12, 2); /* type */
	assert_int_equal(IPPROTO_ICMP, ip->next_proto_id);
	assert_int_equal(US, ip->src_addr);
	assert_int_equal(PEER, ip->dst_addr);
	assert_int_equal(0, m->ol_flags);
	assert_int_equal(0, m->port);
}

/* RFC 792: type 0, addresses reversed, "the data received must be returned". */
static void
check_echo(struct packet_test *t, const struct shape *s)
{
	struct rs_stats before = t->stats;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, s);
	m = expect_reply(t, &f);
	frame_untag(&f);
	check_turned(t, m, &f);
	assert_int_equal(f.l3 + 28 + s->data, m->data_len);
	assert_int_equal(0, *rte_pktmbuf_mtod_offset(m, uint8_t *, f.l3 + 20));
	/* the bytes behind type and checksum, which are checked above, are the request's */
	assert_memory_equal(f.b + f.l4 + 4, rte_pktmbuf_mtod_offset(m, uint8_t *, f.l3 + 24),
		4u + s->data);
	frame_free(m);
	assert_int_equal(before.packet.rx_icmp + 1, t->stats.packet.rx_icmp);
	assert_int_equal(before.packet.echo_replies + 1, t->stats.packet.echo_replies);
}

static void
echo_is_answered(void **state)
{
	static const uint16_t datas[] = { 0, 1, 2, 3, 56, 57, 1471, 1472 };
	unsigned int i, options, tagged;

	for (i = 0; i < RTE_DIM(datas); i++) {
		for (options = 0; options <= 40; options += 4) {
			for (tagged = 0; tagged < 2; tagged++)
				check_echo(*state, &(struct shape){ .proto = IPPROTO_ICMP,
					.data = datas[i], .ip_options = (uint8_t)options,
					.tagged = tagged, .tci = 0x2000, .padding = 3 });
		}
	}
}

/* RFC 1349 5.1: the reply has the request's TOS; RFC 3168 5: ICMP is not ECN capable. */
static void
echo_keeps_the_diffserv_field(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP });
	m = expect_reply(t, &f);
	assert_int_equal(0xb8, *rte_pktmbuf_mtod_offset(m, uint8_t *, f.l3 + 1));
	frame_free(m);
}

/*
 * All zero but the type: the sum over the reply is 0, whose checksum is ffff. A checksum
 * corrected by difference (RFC 1624) would be 0 here, and wrong.
 */
static void
echo_of_zeroes_has_a_right_checksum(void **state)
{
	struct packet_test *t = *state;
	struct rte_icmp_hdr *icmp;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP });
	icmp = (struct rte_icmp_hdr *)&f.b[f.l4];
	icmp->icmp_ident = 0;
	icmp->icmp_seq_nb = 0;
	frame_fix(&f);
	m = expect_reply(t, &f);
	icmp = rte_pktmbuf_mtod_offset(m, struct rte_icmp_hdr *, f.l4);
	assert_int_equal(0xffff, icmp->icmp_cksum);
	frame_free(m);
}

static void
icmp_bad_is_counted(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int bit;
	uint16_t len;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP, .data = 5 });
	for (bit = 8u * f.l4; bit < 8u * f.len; bit++) {
		f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_drop(t, &f, RS_DROP_icmp_bad);
		f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (len = 0; len < 8; len++) {
		frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP });
		frame_ip(&f)->total_length = rte_cpu_to_be_16((uint16_t)(20 + len));
		frame_fix(&f);
		expect_drop(t, &f, RS_DROP_icmp_bad);
	}
}

/* RFC 1122 3.2.2: an error is never answered; other types have nothing to answer here. */
static void
icmp_types_without_answer_are_counted(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int type;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP, .data = 28 });
	for (type = 0; type <= UINT8_MAX; type++) {
		if (type == RTE_IP_ICMP_ECHO_REQUEST)
			continue;
		f.b[f.l4] = (uint8_t)type;
		frame_fix(&f);
		/* 28 bytes of nothing are no quote of a segment (errors: wire icmp_*). */
		if (type == 3 || type == 11 || type == 12)
			expect_drop(t, &f, RS_DROP_icmp_bad);
		else
			expect_drop(t, &f, type == 4 ? RS_DROP_icmp_quench : RS_DROP_icmp_type);
	}
	assert_int_equal(0, t->stats.packet.echo_replies);
}

/*
 * RFC 792: type 3, code 3, 4 bytes unused, then the datagram from its IP header; of it as
 * much as makes no more than 576 bytes in all (RFC 1812 4.3.2.3).
 */
static void
check_unreachable(struct packet_test *t, const struct shape *s)
{
	static const uint8_t head[] = { 3, 3 };
	static const uint8_t unused[4] = { 0 };
	unsigned int quoted = RTE_MIN(20u + s->ip_options + 8u + s->data, 576u - 28u);
	struct rs_stats before = t->stats;
	const uint8_t *ip;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, s);
	m = expect_reply(t, &f);
	frame_untag(&f);
	check_turned(t, m, &f);
	assert_int_equal(f.l3 + 28 + quoted, m->data_len);
	ip = rte_pktmbuf_mtod_offset(m, uint8_t *, f.l3);
	assert_int_equal(0, ip[1]); /* RFC 1349 5.1: an error has the default TOS */
	assert_memory_equal(head, ip + 20, sizeof(head));
	assert_memory_equal(unused, ip + 24, sizeof(unused));
	assert_memory_equal(f.b + f.l3, ip + 28, quoted);
	frame_free(m);
	assert_int_equal(before.packet.rx_udp + 1, t->stats.packet.rx_udp);
	assert_int_equal(before.packet.icmp_unreachables + 1, t->stats.packet.icmp_unreachables);
}

static void
udp_gets_port_unreachable(void **state)
{
	static const uint16_t datas[] = { 0, 1, 2, 99, 519, 520, 521, 1400 };
	unsigned int i, options, tagged;

	for (i = 0; i < RTE_DIM(datas); i++) {
		for (options = 0; options <= 40; options += 20) {
			for (tagged = 0; tagged < 2; tagged++)
				check_unreachable(*state, &(struct shape){ .proto = IPPROTO_UDP,
					.data = datas[i], .ip_options = (uint8_t)options,
					.tagged = tagged, .tci = 0xe000, .padding = 7 });
		}
	}
}

/* RFC 768: the checksum may be none (0); a wrong one, or a wrong length, is not answered. */
static void
udp_bad_is_counted(void **state)
{
	struct packet_test *t = *state;
	struct rte_udp_hdr *udp;
	struct frame f;
	unsigned int bit;
	uint16_t len;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP, .data = 5, .padding = 2 });
	udp = (struct rte_udp_hdr *)&f.b[f.l4];
	for (bit = 8u * f.l4; bit < 8u * (f.l4 + 13); bit++) {
		f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_drop(t, &f, RS_DROP_udp_bad);
		f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	udp->dgram_cksum = 0;
	frame_free(expect_reply(t, &f));
	for (len = 0; len < 16; len++) {
		udp->dgram_len = rte_cpu_to_be_16(len);
		if (len < 8 || len > 13)
			expect_drop(t, &f, RS_DROP_udp_bad);
	}
	for (len = 0; len < 8; len++) {
		frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP });
		frame_ip(&f)->total_length = rte_cpu_to_be_16((uint16_t)(20 + len));
		frame_ip(&f)->hdr_checksum = 0;
		frame_ip(&f)->hdr_checksum = rte_ipv4_cksum(frame_ip(&f));
		expect_drop(t, &f, RS_DROP_udp_bad);
	}
	assert_int_equal(1, t->stats.packet.icmp_unreachables);
}

/*
 * The device's report on the checksum: "good" and "bad" are believed, after "unknown" the sum
 * decides; "none" means verified, but not filled in (rte_mbuf_core.h).
 */
static void
udp_checksum_by_the_device(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m[4];
	struct frame f;
	unsigned int i;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP, .data = 5 });
	m[0] = frame_mbuf(t, &f, 0);
	m[0]->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_BAD;
	f.b[f.l4 + 8] ^= 1;
	m[1] = frame_mbuf(t, &f, 0);
	m[1]->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	m[2] = frame_mbuf(t, &f, 0);
	m[3] = frame_mbuf(t, &f, 0);
	m[3]->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_NONE;
	packet_parse(t, m, RTE_DIM(m));
	assert_int_equal(2, t->parsed.n_replies);
	assert_ptr_equal(m[1], t->parsed.replies[0]);
	assert_ptr_equal(m[3], t->parsed.replies[1]);
	assert_int_equal(0, m[1]->ol_flags);
	assert_int_equal(0, m[3]->ol_flags);
	assert_int_equal(2, t->stats.drop[RS_DROP_udp_bad]);
	for (i = 0; i < RTE_DIM(m); i++)
		frame_free(m[i]);
}

/* The IP header's "none" holds for every payload, and the reply has checksums of its own. */
static void
echo_with_an_ip_checksum_that_is_not_filled_in(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP, .data = 5 });
	frame_ip(&f)->hdr_checksum ^= 1;
	m = frame_mbuf(t, &f, 0);
	m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_NONE;
	packet_parse(t, &m, 1);
	assert_int_equal(1, t->parsed.n_replies);
	expect_good_ipv4(t, m, f.l3);
	frame_free(m);
}

/* A second's worth at once, then one for each of its parts, and never saved up for more. */
static void
udp_answers_are_limited(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP });
	for (i = 0; i < 1000; i++)
		frame_free(expect_reply(t, &f));
	expect_drop(t, &f, RS_DROP_icmp_limited);
	t->now += 999;
	expect_drop(t, &f, RS_DROP_icmp_limited);
	t->now += 1;
	frame_free(expect_reply(t, &f));
	expect_drop(t, &f, RS_DROP_icmp_limited);
	t->now += UINT64_C(3600000000);
	frame_free(expect_reply(t, &f));
	t->now += UINT64_C(3600000000);
	for (i = 0; i < 1000; i++)
		frame_free(expect_reply(t, &f));
	expect_drop(t, &f, RS_DROP_icmp_limited);
	assert_int_equal(2002, t->stats.packet.icmp_unreachables);
}

/* The largest of rates and a long silence do not overflow: 2^31 a second, 2^33 us. */
static void
udp_limit_after_a_long_silence(void **state)
{
	struct packet_test *t = *state;
	struct frame f;

	t->link.icmp_errors = rs_rate_some(UINT32_C(1) << 31);
	t->now += UINT64_C(1) << 33;
	frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP });
	frame_free(expect_reply(t, &f));
}

static void
udp_answers_can_be_off(void **state)
{
	struct packet_test *t = *state;
	struct frame f;

	t->link.icmp_errors = rs_rate_some(0);
	frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP });
	t->now += UINT64_C(3600000000);
	expect_drop(t, &f, RS_DROP_icmp_limited);
}

/* RFC 1122 3.2.2.6 wants each answered, so there is no limit unless it is set. */
static void
echo_replies_can_be_limited(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_ICMP, .data = 56 });
	for (i = 0; i < 5000; i++)
		frame_free(expect_reply(t, &f));
	t->link.icmp_echoes = rs_rate_of(500);
	for (i = 0; i < 500; i++)
		frame_free(expect_reply(t, &f));
	expect_drop(t, &f, RS_DROP_echo_limited);
	t->now += 1999;
	expect_drop(t, &f, RS_DROP_echo_limited);
	t->now += 1;
	frame_free(expect_reply(t, &f));
	expect_drop(t, &f, RS_DROP_echo_limited);
	assert_int_equal(5501, t->stats.packet.echo_replies);
	/* port unreachables have a limit of their own */
	frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP });
	frame_free(expect_reply(t, &f));
}

/* Without room in front for the new headers there is no answer, and nothing is spoilt. */
static void
udp_without_headroom_is_counted(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, &(struct shape){ .proto = IPPROTO_UDP, .data = 40 });
	m = rte_pktmbuf_alloc(t->pool);
	m->data_off = 26;
	memcpy(rte_pktmbuf_append(m, f.len), f.b, f.len);
	m->port = 0;
	packet_parse(t, &m, 1);
	assert_int_equal(1, t->stats.drop[RS_DROP_no_mbuf]);
	assert_int_equal(0, t->stats.packet.icmp_unreachables);
	frame_free(m);
}

/*
 * The MSS that the link notes for an error that a router sends, without the next hop's MTU,
 * because a datagram of so many bytes was too big.
 */
static uint16_t
mss_below(struct packet_test *t, uint16_t quoted_len)
{
	struct {
		struct rte_icmp_hdr icmp;
		struct rte_ipv4_hdr ip;
		uint8_t quoted[8];
	} error = {
		.icmp = { .icmp_type = 3, .icmp_code = 4 },
		.ip = { .version_ihl = 0x45, .total_length = rte_cpu_to_be_16(quoted_len),
			.next_proto_id = IPPROTO_TCP, .src_addr = US, .dst_addr = PEER },
	};

	t->link.n_errors = 0;
	assert_int_equal(RS_FATE_TAKEN,
		rs_icmp_error_input(&t->link, &error.icmp, sizeof(error)));
	assert_int_equal(1, t->link.n_errors);
	return t->link.errors[0].mss;
}

/* RFC 1191 5: the greatest plateau of table 7-1 that is less than the returned total length. */
static void
too_big_without_mtu_means_the_plateau_below(void **state)
{
	static const uint16_t plateaus[] = {
		32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68,
	};
	struct packet_test *t = *state;
	unsigned int i;

	assert_int_equal(plateaus[0] - 40, mss_below(t, UINT16_MAX));
	for (i = 0; i < RTE_DIM(plateaus); i++) {
		assert_int_equal(plateaus[i] - 40, mss_below(t, plateaus[i] + 1));
		if (i > 0)
			assert_int_equal(plateaus[i] - 40, mss_below(t, plateaus[i - 1]));
	}
	assert_int_equal(0, mss_below(t, plateaus[i - 1])); /* there is none */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, packet_setup, packet_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(echo_is_answered),
		TEST(echo_keeps_the_diffserv_field),
		TEST(echo_of_zeroes_has_a_right_checksum),
		TEST(icmp_bad_is_counted),
		TEST(icmp_types_without_answer_are_counted),
		TEST(udp_gets_port_unreachable),
		TEST(udp_bad_is_counted),
		TEST(udp_checksum_by_the_device),
		TEST(echo_with_an_ip_checksum_that_is_not_filled_in),
		TEST(udp_answers_are_limited),
		TEST(udp_limit_after_a_long_silence),
		TEST(udp_answers_can_be_off),
		TEST(echo_replies_can_be_limited),
		TEST(udp_without_headroom_is_counted),
		TEST(too_big_without_mtu_means_the_plateau_below),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
