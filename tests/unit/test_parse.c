/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * From frames to segments, and every reason why a frame is none
 * (RFC 894, 791, 1122 3.2.1, 9293 3.1).
 */

#include <netinet/in.h>

#include "packet_fixture.h"

#define GOOD (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)

/* Each test of one frame is made with the two link headers, which take different ways. */
static const struct shape shapes[] = { { .tagged = false }, { .tagged = true, .tci = 0x6000 } };

#define FOR_EACH_SHAPE(f, i) \
	for ((i) = 0; (i) < RTE_DIM(shapes) && (frame_build(&(f), &shapes[i]), true); (i)++)

/* Compare a segment with its frame, field by field (RFC 9293 3.1). */
static void
check_segment(const struct packet_test *t, const struct frame *f, const struct shape *s,
	const struct rs_segment *seg)
{
	uint8_t flags = s->flags == 0 ? RTE_TCP_SYN_FLAG : s->flags;
	struct rs_tuple tuple = {
		.laddr = rs_addr_from_ipv4(US), .raddr = rs_addr_from_ipv4(PEER),
		.lport = 80, .rport = 40000,
	};

	assert_memory_equal(&tuple, &seg->tuple, sizeof(tuple));
	assert_int_equal(rs_tuple_hash(&t->link.key, &tuple), seg->hash);
	assert_int_equal(0x01020304, seg->seq);
	assert_int_equal(0xa1a2a3a4, seg->ack);
	assert_int_equal(0x7172, seg->wnd);
	assert_int_equal(0x6162, seg->up);
	assert_int_equal(flags, seg->flags);
	assert_int_equal(s->data, seg->data_len);
	/* RFC 9293 3.4: SEG.LEN counts the data and the controls SYN and FIN */
	assert_int_equal(s->data + ((flags & RTE_TCP_SYN_FLAG) != 0) +
		((flags & RTE_TCP_FIN_FLAG) != 0), seg->len);
	assert_int_equal(f->l3, seg->l3_off);
	assert_int_equal(f->l4, seg->l4_off);
	assert_int_equal(s->tcp_options, seg->opt_len);
	assert_int_equal(f->l4 + 20 + s->tcp_options, seg->data_off);
	assert_int_equal(0xb9, seg->tos);
	assert_int_equal(RS_RESET_MAX, seg->owed);
}

static void
segment_of_shape(struct packet_test *t, const struct shape *s)
{
	struct rs_stats before = t->stats;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, s);
	m = expect_segment(t, &f);
	frame_untag(&f);
	check_segment(t, &f, s, &t->parsed.segs[0]);
	assert_ptr_equal(rs_segment_options(&t->parsed.segs[0], m),
		rte_pktmbuf_mtod_offset(m, uint8_t *, f.l4 + 20));
	assert_int_equal(s->tagged, t->stats.packet.rx_vlan - before.packet.rx_vlan);
	assert_int_equal(s->ip_options > 0,
		t->stats.packet.rx_ip_options - before.packet.rx_ip_options);
	frame_free(m);
}

static void
segment_of_every_flag_octet(void **state)
{
	unsigned int flags;

	for (flags = 1; flags <= UINT8_MAX; flags++) {
		segment_of_shape(*state, &(struct shape){ .flags = (uint8_t)flags, .data = 3 });
		segment_of_shape(*state, &(struct shape){ .flags = (uint8_t)flags, .data = 3,
			.tagged = true, .tci = 0x5000 });
	}
}

/* Any payload length, odd too, with and without padding and trailing bytes (RFC 894). */
static void
segment_of_every_length_and_padding(void **state)
{
	static const uint16_t paddings[] = { 0, 1, 2, 5, 6, 46, 100 };
	unsigned int i, tagged;
	uint16_t data;

	for (data = 0; data < 70; data++) {
		for (i = 0; i < RTE_DIM(paddings); i++) {
			for (tagged = 0; tagged < 2; tagged++)
				segment_of_shape(*state, &(struct shape){ .data = data,
					.padding = paddings[i], .tagged = tagged,
					.flags = RTE_TCP_ACK_FLAG });
		}
	}
	segment_of_shape(*state, &(struct shape){ .data = 1460, .flags = RTE_TCP_ACK_FLAG });
	segment_of_shape(*state, &(struct shape){ .data = 1459, .flags = RTE_TCP_ACK_FLAG });
}

/* RFC 791 3.1: up to 40 bytes of options; RFC 9293 3.1: likewise. */
static void
segment_of_every_option_length(void **state)
{
	uint8_t ip, tcp, tagged;

	for (ip = 0; ip <= 40; ip = (uint8_t)(ip + 4)) {
		for (tcp = 0; tcp <= 40; tcp = (uint8_t)(tcp + 4)) {
			for (tagged = 0; tagged < 2; tagged++)
				segment_of_shape(*state, &(struct shape){ .ip_options = ip,
					.tcp_options = tcp, .tagged = tagged, .data = tcp });
		}
	}
}

/* A tag with VLAN identifier 0 has a priority only: the frame is an untagged one (802.1Q 6.9). */
static void
segment_of_any_priority(void **state)
{
	uint32_t tci;

	for (tci = 0; tci <= UINT16_MAX; tci += 0x1000)
		segment_of_shape(*state, &(struct shape){ .tagged = true, .tci = (uint16_t)tci });
}

/* RFC 1122 3.2.1.7: a TTL of 0 or 1 is no reason to drop a datagram that has arrived. */
static void
segment_of_ttl_zero_is_counted(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i;

	FOR_EACH_SHAPE(f, i) {
		frame_ip(&f)->time_to_live = 1;
		frame_fix(&f);
		frame_free(expect_segment(t, &f));
		assert_int_equal(i, t->stats.packet.rx_ttl_zero);
		frame_ip(&f)->time_to_live = 0;
		frame_fix(&f);
		frame_free(expect_segment(t, &f));
		assert_int_equal(i + 1, t->stats.packet.rx_ttl_zero);
	}
}

/* DF, and the reserved bit above it, say nothing of fragments. */
static void
segment_of_unfragmented_flags(void **state)
{
	struct frame f;
	unsigned int i;

	FOR_EACH_SHAPE(f, i) {
		frame_ip(&f)->fragment_offset = RTE_BE16(0xc000);
		frame_fix(&f);
		frame_free(expect_segment(*state, &f));
	}
}

/* Which of the addresses, by how the frame is changed, ends with which reason. */
static const struct {
	enum rs_drop reason;
	rte_be32_t src;
	rte_be32_t dst;
} addresses[] = {
	{ RS_DROP_ip_source, IPV4(0, 0, 0, 0), US },
	{ RS_DROP_ip_source, IPV4(0, 255, 255, 255), US },
	{ RS_DROP_ip_source, IPV4(127, 0, 0, 1), US },
	{ RS_DROP_ip_source, IPV4(127, 255, 255, 255), US },
	{ RS_DROP_ip_source, IPV4(224, 0, 0, 1), US },
	{ RS_DROP_ip_source, IPV4(239, 255, 255, 255), US },
	{ RS_DROP_ip_source, IPV4(240, 0, 0, 1), US },
	{ RS_DROP_ip_source, IPV4(255, 255, 255, 255), US },
	{ RS_DROP_ip_source, IPV4(192, 0, 2, 0), US },   /* its network */
	{ RS_DROP_ip_source, IPV4(192, 0, 2, 255), US }, /* its broadcast */
	{ RS_DROP_ip_source, US, US },
	{ RS_DROP_ip_source, US_1, US },                               /* ours on port 1 */
	{ RS_DROP_ip_source, IPV4(198, 18, 0, 1), US },
	{ RS_DROP_ip_source, IPV4(198, 19, 255, 255), US },
	{ RS_DROP_ip_not_ours, PEER, IPV4(192, 0, 2, 2) },
	{ RS_DROP_ip_not_ours, PEER, IPV4(192, 0, 2, 255) },
	{ RS_DROP_ip_not_ours, PEER, IPV4(255, 255, 255, 255) },
	{ RS_DROP_ip_not_ours, PEER, IPV4(224, 0, 0, 1) },
	{ RS_DROP_ip_not_ours, PEER, IPV4(127, 0, 0, 1) },
	{ RS_DROP_ip_not_ours, PEER, US_1 },                           /* of another port */
	{ RS_DROP_ip_not_ours, PEER, IPV4(198, 17, 255, 255) },
	{ RS_DROP_ip_not_ours, PEER, IPV4(198, 20, 0, 0) },
	{ RS_DROP_MAX, PEER, IPV4(198, 18, 0, 0) },
	{ RS_DROP_MAX, PEER, IPV4(198, 19, 255, 255) },
	{ RS_DROP_MAX, IPV4(1, 0, 0, 0), US },
	{ RS_DROP_MAX, IPV4(126, 255, 255, 255), US },
	{ RS_DROP_MAX, IPV4(128, 0, 0, 0), US },
	{ RS_DROP_MAX, IPV4(223, 255, 255, 255), US },
	{ RS_DROP_MAX, IPV4(192, 0, 2, 254), US },
	{ RS_DROP_MAX, IPV4(192, 0, 3, 0), US },
	{ RS_DROP_MAX, IPV4(192, 0, 1, 255), US },
};

/* RFC 1122 3.2.1.3, 4.2.3.10. */
static void
drop_by_address(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(addresses); k++) {
		FOR_EACH_SHAPE(f, i) {
			frame_ip(&f)->src_addr = addresses[k].src;
			frame_ip(&f)->dst_addr = addresses[k].dst;
			frame_fix(&f);
			if (addresses[k].reason != RS_DROP_MAX) {
				expect_drop(t, &f, addresses[k].reason);
				continue;
			}
			frame_free(expect_segment(t, &f));
			assert_int_equal(addresses[k].src, t->parsed.segs[0].tuple.raddr.w[3]);
			assert_int_equal(addresses[k].dst, t->parsed.segs[0].tuple.laddr.w[3]);
		}
	}
}

static void
drop_by_mac(void **state)
{
	static const struct rte_ether_addr multicast = { { 1, 0, 0x5e, 0, 0, 1 } };
	static const struct rte_ether_addr zero = { { 0 } };
	struct packet_test *t = *state;
	struct rte_ether_hdr *eth;
	struct frame f;
	unsigned int i, byte;

	FOR_EACH_SHAPE(f, i) {
		eth = (struct rte_ether_hdr *)f.b;
		eth->dst_addr = broadcast_mac;
		expect_drop(t, &f, RS_DROP_link_broadcast);
		eth->dst_addr = multicast;
		expect_drop(t, &f, RS_DROP_link_broadcast);
		eth->dst_addr = us_1_mac;
		expect_drop(t, &f, RS_DROP_not_our_mac);
		for (byte = 0; byte < 6; byte++) {
			eth->dst_addr = us_mac;
			eth->dst_addr.addr_bytes[byte] ^= 0x80;
			expect_drop(t, &f, RS_DROP_not_our_mac);
		}
		eth->dst_addr = us_mac;
		eth->src_addr = multicast;
		expect_drop(t, &f, RS_DROP_bad_source_mac);
		eth->src_addr = broadcast_mac;
		expect_drop(t, &f, RS_DROP_bad_source_mac);
		eth->src_addr = zero;
		expect_drop(t, &f, RS_DROP_bad_source_mac);
		eth->src_addr.addr_bytes[5] = 1;
		frame_free(expect_segment(t, &f));
	}
}

static void
drop_by_ethernet_type(void **state)
{
	static const uint16_t types[] = { 0, 46, 0x0801, 0x8035, 0x88a9, 0x8847, 0xffff };
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(types); k++) {
		FOR_EACH_SHAPE(f, i) {
			f.b[f.l3 - 2] = (uint8_t)(types[k] >> 8);
			f.b[f.l3 - 1] = (uint8_t)types[k];
			expect_drop(t, &f, RS_DROP_ethertype);
		}
	}
	/* an IPv4 header behind the EtherType of IPv6 */
	FOR_EACH_SHAPE(f, i) {
		f.b[f.l3 - 2] = RTE_ETHER_TYPE_IPV6 >> 8;
		f.b[f.l3 - 1] = (uint8_t)RTE_ETHER_TYPE_IPV6;
		expect_drop(t, &f, RS_DROP_ip_version);
	}
}

/* A port without tags takes no tag but that of a priority; test_vlan.c has the tagged ports. */
static void
drop_by_tag(void **state)
{
	static const uint16_t tcis[] = { 1, 100, 0xffe, 0xfff, 0xf001, 0xffff };
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i;

	for (i = 0; i < RTE_DIM(tcis); i++) {
		frame_build(&f, &(struct shape){ .tagged = true, .tci = tcis[i] });
		expect_drop(t, &f, RS_DROP_vlan_unknown);
	}
	frame_build(&f, &(struct shape){ .tagged = true });
	f.b[16] = 0x81;
	f.b[17] = 0x00;
	expect_drop(t, &f, RS_DROP_vlan_unknown);
	f.b[16] = 0x88;
	f.b[17] = 0xa8;
	expect_drop(t, &f, RS_DROP_vlan_unknown);
}

/* Cut off anywhere, a frame is short of a header or shorter than its datagram. */
static void
drop_when_cut_off(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i;
	uint16_t full, len;

	FOR_EACH_SHAPE(f, i) {
		full = f.len;
		for (len = 0; len < full; len++) {
			f.len = len;
			expect_drop(t, &f, len < f.l3 + 20 ? RS_DROP_short_frame :
				RS_DROP_ip_length);
		}
	}
}

static void
drop_by_ip_header(void **state)
{
	struct packet_test *t = *state;
	struct frame f;
	unsigned int i, n;

	FOR_EACH_SHAPE(f, i) {
		for (n = 0; n < 16; n++) {
			frame_ip(&f)->version_ihl = (uint8_t)(n << 4 | 5);
			if (n != 4)
				expect_drop(t, &f, RS_DROP_ip_version);
		}
		for (n = 0; n < 5; n++) {
			frame_ip(&f)->version_ihl = (uint8_t)(0x40 | n);
			expect_drop(t, &f, RS_DROP_ip_header);
		}
		frame_ip(&f)->version_ihl = 0x4b; /* 44 bytes in a datagram of 40 */
		expect_drop(t, &f, RS_DROP_ip_header);
		frame_ip(&f)->version_ihl = 0x45;
		frame_ip(&f)->total_length = RTE_BE16(19);
		expect_drop(t, &f, RS_DROP_ip_length);
		frame_ip(&f)->total_length = 0;
		expect_drop(t, &f, RS_DROP_ip_length);
		frame_ip(&f)->total_length = RTE_BE16(41);
		expect_drop(t, &f, RS_DROP_ip_length);
		frame_ip(&f)->total_length = RTE_BE16(65535);
		expect_drop(t, &f, RS_DROP_ip_length);
	}
}

/* RFC 791 3.2: more fragments, or an offset, or both. */
static void
drop_by_fragment(void **state)
{
	struct frame f;
	unsigned int i, bit;

	FOR_EACH_SHAPE(f, i) {
		for (bit = 0; bit <= 13; bit++) {
			frame_ip(&f)->fragment_offset = rte_cpu_to_be_16((uint16_t)(1 << bit));
			frame_fix(&f);
			expect_drop(*state, &f, RS_DROP_ip_fragment);
		}
	}
}

static void
drop_by_protocol(void **state)
{
	struct frame f;
	unsigned int i, proto;

	FOR_EACH_SHAPE(f, i) {
		for (proto = 0; proto <= UINT8_MAX; proto++) {
			if (proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP)
				continue;
			frame_ip(&f)->next_proto_id = (uint8_t)proto;
			frame_fix(&f);
			expect_drop(*state, &f, RS_DROP_ip_protocol);
		}
	}
}

/* RFC 9293 3.1: the data offset is of 5 words at the least, and within the segment. */
static void
drop_by_tcp_header(void **state)
{
	struct frame f;
	unsigned int i, words, len;

	FOR_EACH_SHAPE(f, i) {
		for (words = 0; words < 16; words++) {
			frame_tcp(&f)->data_off = (uint8_t)(words << 4);
			frame_fix(&f);
			if (words != 5)
				expect_drop(*state, &f, RS_DROP_tcp_header);
		}
		frame_tcp(&f)->data_off = 5 << 4;
		for (len = 20; len < 40; len++) {
			frame_ip(&f)->total_length = rte_cpu_to_be_16((uint16_t)len);
			frame_ip(&f)->hdr_checksum = 0;
			frame_ip(&f)->hdr_checksum = rte_ipv4_cksum(frame_ip(&f));
			expect_drop(*state, &f, RS_DROP_tcp_header);
		}
	}
}

/* RFC 9293 3.1: the four bits behind the data offset are reserved and must be ignored. */
static void
segment_of_reserved_bits(void **state)
{
	struct frame f;
	unsigned int i;

	FOR_EACH_SHAPE(f, i) {
		frame_tcp(&f)->data_off |= 0x0f;
		frame_fix(&f);
		frame_free(expect_segment(*state, &f));
	}
}

static void
drop_by_port_zero(void **state)
{
	struct frame f;
	unsigned int i;

	FOR_EACH_SHAPE(f, i) {
		frame_tcp(&f)->src_port = 0;
		frame_fix(&f);
		expect_drop(*state, &f, RS_DROP_tcp_port_zero);
		frame_tcp(&f)->src_port = RTE_BE16(1);
		frame_tcp(&f)->dst_port = 0;
		frame_fix(&f);
		expect_drop(*state, &f, RS_DROP_tcp_port_zero);
	}
}

/* Of all checksums one is right, for lengths that are summed in different ways. */
static void
drop_by_each_other_checksum(void **state)
{
	static const uint16_t lens[] = { 4, 19, 20, 21, 64, 65 };
	struct packet_test *t = *state;
	unsigned int i, cksum;
	struct frame f;

	for (i = 0; i < RTE_DIM(lens); i++) {
		rte_be16_t right;

		frame_build(&f, &(struct shape){ .data = lens[i], .flags = RTE_TCP_ACK_FLAG });
		right = frame_tcp(&f)->cksum;
		assert_in_range(right, 1, UINT16_MAX - 1); /* 0 has two forms */
		frame_free(expect_segment(t, &f));
		for (cksum = 0; cksum <= UINT16_MAX; cksum++) {
			frame_tcp(&f)->cksum = (rte_be16_t)cksum;
			if (cksum != right)
				expect_drop(t, &f, RS_DROP_tcp_checksum);
		}
	}
}

/* One's complement sums see each single bit (MUST-3): of the header, of the segment. */
static void
drop_by_each_wrong_bit(void **state)
{
	struct packet_test *t = *state;
	struct shape s = { .tcp_options = 8, .data = 11, .flags = RTE_TCP_ACK_FLAG };
	unsigned int bit, tagged;
	struct frame f;

	for (tagged = 0; tagged < 2; tagged++) {
		s.tagged = tagged != 0;
		frame_build(&f, &s);
		/* identification to destination: other reasons are found before the checksum */
		for (bit = 8u * (f.l3 + 4); bit < 8u * f.l4; bit++) {
			f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			expect_drop(t, &f, RS_DROP_ip_checksum);
			f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (bit = 8u * f.l4; bit < 8u * f.len; bit++) {
			if (bit / 8 == f.l4 + 12u)
				continue; /* data offset */
			f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			expect_drop(t, &f, RS_DROP_tcp_checksum);
			f.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		frame_free(expect_segment(t, &f));
	}
}

/* Parse a frame with flags of the device; its reason, or RS_DROP_MAX for a segment. */
static unsigned int
fate_with_flags(struct packet_test *t, const struct frame *f, uint64_t flags)
{
	struct rte_mbuf *m = frame_mbuf(t, f, 0);
	unsigned int i;

	memset(&t->stats, 0, sizeof(t->stats));
	m->ol_flags = flags;
	packet_parse(t, &m, 1);
	frame_free(m);
	for (i = 0; i < RS_DROP_MAX && t->stats.drop[i] == 0; i++)
		;
	return i;
}

/*
 * The device's report on a checksum: "good" and "bad" are believed, after "unknown" the sum
 * decides. "None" means that the checksum field is not filled in but the data was verified
 * (rte_mbuf_core.h): virtio reports it of a local peer that left the checksum to its device.
 */
static void
device_report_on_checksums(void **state)
{
	static const uint64_t ip[] = { RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_BAD,
		RTE_MBUF_F_RX_IP_CKSUM_GOOD, RTE_MBUF_F_RX_IP_CKSUM_NONE };
	static const uint64_t l4[] = { RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, RTE_MBUF_F_RX_L4_CKSUM_BAD,
		RTE_MBUF_F_RX_L4_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_NONE };
	unsigned int i, k, wrong, shape;
	struct frame f;

	for (wrong = 0; wrong < 4; wrong++) {
		FOR_EACH_SHAPE(f, shape) {
			frame_ip(&f)->hdr_checksum ^= RTE_BE16(wrong & 1);
			frame_tcp(&f)->cksum ^= RTE_BE16(wrong >> 1);
			for (i = 0; i < 16; i++) {
				unsigned int expected = RS_DROP_MAX;

				k = i / 4;
				if (l4[k] == RTE_MBUF_F_RX_L4_CKSUM_BAD ||
				    (l4[k] == RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN && wrong >> 1))
					expected = RS_DROP_tcp_checksum;
				if (ip[i % 4] == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
				    (ip[i % 4] == RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN && (wrong & 1)))
					expected = RS_DROP_ip_checksum;
				assert_int_equal(expected, fate_with_flags(*state, &f,
					ip[i % 4] | l4[k] | RTE_MBUF_F_RX_RSS_HASH));
			}
		}
	}
}

/* An mbuf chain of a frame cut in two; room: whether its first part can take the second. */
static struct rte_mbuf *
frame_chain(struct packet_test *t, const struct frame *f, uint16_t cut, bool room)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(t->pool);
	struct rte_mbuf *tail = rte_pktmbuf_alloc(t->pool);

	if (!room)
		head->data_off = (uint16_t)(head->buf_len - cut);
	memcpy(rte_pktmbuf_append(head, cut), f->b, cut);
	memcpy(rte_pktmbuf_append(tail, (uint16_t)(f->len - cut)), f->b + cut, f->len - cut);
	head->port = 0;
	assert_int_equal(0, rte_pktmbuf_chain(head, tail));
	return head;
}

/* Parse a frame that is cut in two: a segment, not copied unless its headers are cut. */
static void
parse_chain(struct packet_test *t, const struct frame *f, const struct shape *s, uint16_t cut)
{
	struct rte_mbuf *m = frame_chain(t, f, cut, true);
	uint8_t b[sizeof(f->b)];

	packet_parse(t, &m, 1);
	assert_int_equal(1, t->parsed.n_segments);
	assert_int_equal(cut < f->l4 + 20 + s->tcp_options ? 1 : 2, m->nb_segs);
	check_segment(t, f, s, &t->parsed.segs[0]);
	assert_memory_equal(f->b, rte_pktmbuf_read(m, 0, f->len, b), f->len);
	frame_free(m);
}

/* Cut anywhere, in the padding too: all headers are in the first mbuf then. */
static void
segment_of_a_chain(void **state)
{
	struct shape s = { .data = 50, .padding = 10, .flags = RTE_TCP_ACK_FLAG };
	struct frame f;
	uint16_t cut;

	for (s.tcp_options = 0; s.tcp_options <= 12; s.tcp_options += 12) {
		for (s.ip_options = 0; s.ip_options <= 8; s.ip_options += 8) {
			frame_build(&f, &s);
			for (cut = 0; cut < f.len; cut++)
				parse_chain(*state, &f, &s, cut);
		}
	}
}

/* The checksum of a chain is verified as any other, unless the device has done so. */
static void
checksum_of_a_chain(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;
	uint16_t cut;

	frame_build(&f, &(struct shape){ .data = 51, .flags = RTE_TCP_ACK_FLAG });
	f.b[f.l4 + 50] ^= 1;
	for (cut = (uint16_t)(f.l4 + 20); cut < f.len; cut++) {
		m = frame_chain(t, &f, cut, true);
		packet_parse(t, &m, 1);
		assert_int_equal(1, t->parsed.n_free);
		assert_int_equal(cut + 1 - f.l4 - 20, t->stats.drop[RS_DROP_tcp_checksum]);
		frame_free(m);
	}
	m = frame_chain(t, &f, 60, true);
	m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	packet_parse(t, &m, 1);
	assert_int_equal(1, t->parsed.n_segments);
	frame_free(m);
}

static void
drop_of_a_chain_without_room(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, &(struct shape){ .data = 50 });
	m = frame_chain(t, &f, 40, false);
	packet_parse(t, &m, 1);
	assert_int_equal(1, t->parsed.n_free);
	assert_int_equal(1, t->stats.drop[RS_DROP_multi_segment]);
	frame_free(m);
}

/* A frame of a port that this link does not have belongs to nobody. */
static void
drop_of_an_unknown_port(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m;
	struct frame f;

	frame_build(&f, &(struct shape){ .data = 5 });
	m = frame_mbuf(t, &f, 7);
	packet_parse(t, &m, 1);
	assert_int_equal(1, t->stats.drop[RS_DROP_vlan_unknown]);
	frame_free(m);
	memset(f.b, 0, 6);
	m = frame_mbuf(t, &f, 7);
	packet_parse(t, &m, 1);
	assert_int_equal(2, t->stats.drop[RS_DROP_vlan_unknown]);
	frame_free(m);
}

/* The frames of a mixed burst: two kinds of segments, two with a reply, one bad. */
enum { KINDS = 5 };

static void
frame_of_kind(struct frame *f, unsigned int kind)
{
	switch (kind) {
	case 2:
		frame_arp(f, false);
		break;
	case 3:
		frame_build(f, &(struct shape){ .proto = IPPROTO_ICMP });
		break;
	default:
		frame_build(f, &(struct shape){ .tagged = kind == 1, .data = 1 });
		f->b[f->l4 + 20] ^= kind == 4;
		break;
	}
}

/* Bursts of every size, of segments, answers and drops among each other. */
static void
burst_of_all_kinds(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m[RS_BURST];
	unsigned int i, n;
	struct frame f;

	for (n = 1; n <= RS_BURST; n++) {
		unsigned int kinds[KINDS] = { 0 };

		memset(&t->stats, 0, sizeof(t->stats));
		for (i = 0; i < n; i++) {
			kinds[i * 7 % KINDS]++;
			frame_of_kind(&f, i * 7 % KINDS);
			m[i] = frame_mbuf(t, &f, 0);
		}
		packet_parse(t, m, (uint16_t)n);
		assert_int_equal(kinds[0] + kinds[1], t->parsed.n_segments);
		assert_int_equal(kinds[2] + kinds[3], t->parsed.n_replies);
		assert_int_equal(kinds[4], t->stats.drop[RS_DROP_tcp_checksum]);
		for (i = 0; i < n; i++)
			frame_free(m[i]);
	}
	packet_parse(t, m, 0);
}

static void
burst_of_both_ports(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m[2];
	struct frame f;

	frame_build(&f, &(struct shape){ .data = 4 });
	m[0] = frame_mbuf(t, &f, 0);
	((struct rte_ether_hdr *)f.b)->dst_addr = us_1_mac;
	frame_ip(&f)->dst_addr = US_1;
	frame_fix(&f);
	m[1] = frame_mbuf(t, &f, 1);
	packet_parse(t, m, 2);
	assert_int_equal(2, t->parsed.n_segments);
	assert_int_equal(US, t->parsed.segs[0].tuple.laddr.w[3]);
	assert_int_equal(US_1, t->parsed.segs[1].tuple.laddr.w[3]);
	frame_free(m[0]);
	frame_free(m[1]);
}

/* Bytes that look like a frame at first: the longer they pass, the deeper they go. */
static void
random_frame(struct frame *f, uint16_t len, uint64_t *seed)
{
	struct frame like;
	uint16_t i, depth;

	frame_build(&like, &(struct shape){ .tagged = next_random(seed) % 4 == 0,
		.proto = (const uint8_t[]){ 0, 1, 17, 6 }[next_random(seed) % 4], .tci = 0x3000,
		.tcp_options = (uint8_t)(next_random(seed) % 11 * 4),
		.data = (uint16_t)(next_random(seed) % 40) });
	if (next_random(seed) % 4 == 0)
		frame_arp(&like, next_random(seed) % 4 == 0);
	depth = (uint16_t)(next_random(seed) % 100);
	memset(f, 0, sizeof(*f));
	f->len = len;
	for (i = 0; i < len; i++)
		f->b[i] = i < depth ? like.b[i] : (uint8_t)next_random(seed);
	if (len > 0 && next_random(seed) % 4 != 0)
		f->b[next_random(seed) % len] = (uint8_t)next_random(seed);
}

/* Garbage of every length ends somewhere, and nothing reads behind it (ASan watches). */
static void
random_frames_of_every_length(void **state)
{
	static const uint64_t flags[] = { 0, GOOD, 0, GOOD | RTE_MBUF_F_RX_RSS_HASH };
	struct packet_test *t = *state;
	struct rte_mbuf *m[RS_BURST];
	unsigned int round, i;
	uint64_t seed = 42;
	struct frame f;

	for (round = 0; round < 1000; round++) {
		for (i = 0; i < RS_BURST; i++) {
			random_frame(&f, (uint16_t)((round * RS_BURST + i) % 101), &seed);
			m[i] = frame_mbuf(t, &f, (uint16_t)(next_random(&seed) % 3));
			m[i]->ol_flags = flags[next_random(&seed) % RTE_DIM(flags)];
		}
		t->now += 1000;
		packet_parse(t, m, RS_BURST);
		for (i = 0; i < RS_BURST; i++)
			frame_free(m[i]);
	}
	/* among so many, some got through to each end */
	assert_true(t->stats.packet.rx_arp > 0 && t->stats.packet.rx_icmp > 0);
	assert_true(t->stats.drop[RS_DROP_tcp_checksum] > 0);
	assert_true(t->stats.drop[RS_DROP_short_frame] > 0);
}

/* The fields of a TCP header that one shuffle reads are those that its scalar twin reads. */
static void
tcp_fields_as_of_the_scalar_twin(void **state)
{
	uint64_t seed = 1;
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 1000; round++) {
		union {
			struct rte_tcp_hdr th;
			uint8_t b[sizeof(struct rte_tcp_hdr)];
		} header;
		struct rs_segment seg = { 0 };
		struct rs_segment twin = { 0 };

		for (i = 0; i < sizeof(header.b); i++)
			header.b[i] = (uint8_t)next_random(&seed);
		rs_segment_read_fields(&seg, &header.th);
		rs_segment_read_fields_scalar(&twin, &header.th);
		assert_int_equal(seg.seq, twin.seq);
		assert_int_equal(seg.ack, twin.ack);
		assert_int_equal(seg.wnd, twin.wnd);
		assert_int_equal(seg.up, twin.up);
		assert_int_equal(twin.seq, rte_be_to_cpu_32(header.th.sent_seq));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, packet_setup, packet_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segment_of_every_flag_octet),
		TEST(segment_of_every_length_and_padding),
		TEST(segment_of_every_option_length),
		TEST(segment_of_any_priority),
		TEST(segment_of_ttl_zero_is_counted),
		TEST(segment_of_unfragmented_flags),
		TEST(segment_of_reserved_bits),
		TEST(segment_of_a_chain),
		TEST(checksum_of_a_chain),
		TEST(drop_by_address),
		TEST(drop_by_mac),
		TEST(drop_by_ethernet_type),
		TEST(drop_by_tag),
		TEST(drop_when_cut_off),
		TEST(drop_by_ip_header),
		TEST(drop_by_fragment),
		TEST(drop_by_protocol),
		TEST(drop_by_tcp_header),
		TEST(drop_by_port_zero),
		TEST(drop_by_each_other_checksum),
		TEST(drop_by_each_wrong_bit),
		TEST(drop_of_a_chain_without_room),
		TEST(drop_of_an_unknown_port),
		TEST(device_report_on_checksums),
		TEST(burst_of_all_kinds),
		TEST(burst_of_both_ports),
		TEST(random_frames_of_every_length),
		cmocka_unit_test(tcp_fields_as_of_the_scalar_twin),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
