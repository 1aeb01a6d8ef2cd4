/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Ports with VLAN tags (link/vlan.c, IEEE 802.1Q and 802.1ad): frames find the port that their
 * tags name, wherever the tags are, and sent frames get those of their port.
 */

#include <errno.h>

#include "link/vlan.h"
#include "packet_fixture.h"

/* Ids of the tagged ports of device 0. */
enum { ONE = RS_DEVICES_MAX, OTHER, TWO, TWO_8100 };

#define PRIORITY 5

/* The tags of a port, the outer one first; 0: none. */
struct want {
	uint16_t id;
	uint16_t outer, inner;
	bool outer_is_8100;
};

static const struct want tagged_ports[] = {
	{ ONE, 0, 100, false },
	{ OTHER, 0, 4094, false },
	{ TWO, 200, 100, false },
	{ TWO_8100, 200, 100, true },
};

static struct rs_port
port_of(const struct want *want, unsigned int n)
{
	struct rs_port port = {
		.id = want->id, .device = 0, .mtu = 1500, .mac = us_mac,
		.subnet = { rs_addr_from_ipv4(IPV4(10, 0, n, 1)), 96 + 24 },
		.tags = { .n = want->outer == 0 ? 1 : 2, .priority = PRIORITY,
			.outer_is_8100 = want->outer_is_8100 },
	};

	port.tags.vid[0] = want->outer == 0 ? want->inner : want->outer;
	port.tags.vid[1] = want->outer == 0 ? 0 : want->inner;
	return port;
}

/* Make the link anew with port 0 untagged, or not at all, and the tagged ports. */
static void
init_ports(struct packet_test *t, struct rs_port *ports, bool untagged)
{
	unsigned int n = 0;
	unsigned int i;

	if (untagged)
		ports[n++] = t->ports[0];
	for (i = 0; i < RTE_DIM(tagged_ports); i++)
		ports[n++] = port_of(&tagged_ports[i], i);
	t->params.ports = ports;
	t->params.n_ports = n;
	t->params.n_terminate = 0;
	rs_link_fini(&t->link);
	memset(&t->link, 0, sizeof(t->link));
	assert_int_equal(0, rs_link_init(&t->link, &t->params, &t->stats, 0));
}

/* Put a tag in front of a frame, and its other tags. */
static void
push_tag(struct frame *f, uint16_t type, uint16_t tci)
{
	memmove(&f->b[16], &f->b[12], f->len - 12u);
	f->b[12] = (uint8_t)(type >> 8);
	f->b[13] = (uint8_t)type;
	f->b[14] = (uint8_t)(tci >> 8);
	f->b[15] = (uint8_t)tci;
	f->len = (uint16_t)(f->len + 4);
}

/* Give a frame to the link: the port that it finds, or RS_PORTS_MAX. It must lose its tags. */
static uint16_t
port_found(struct packet_test *t, const struct frame *f, const struct frame *plain)
{
	struct rte_mbuf *m = frame_mbuf(t, f, 0);
	uint16_t port = RS_PORTS_MAX;

	if (rs_vlan_receive(&t->link, m) == RS_DROP_MAX) {
		port = m->port;
		assert_int_equal(plain->len, m->pkt_len);
		assert_memory_equal(plain->b, rte_pktmbuf_mtod(m, void *), plain->len);
	}
	frame_free(m);
	return port;
}

/* The port with these tags as tagged_ports[] names it. */
static uint16_t
port_expected(uint16_t outer_type, uint16_t outer, uint16_t inner, bool untagged)
{
	unsigned int i;

	if (outer == 0 && inner == 0)
		return untagged ? 0 : RS_PORTS_MAX;
	for (i = 0; i < RTE_DIM(tagged_ports); i++) {
		const struct want *w = &tagged_ports[i];
		bool as_802_1ad = outer_type == RTE_ETHER_TYPE_QINQ;

		if (w->outer == outer && w->inner == inner &&
		    as_802_1ad == (w->outer != 0 && !w->outer_is_8100))
			return w->id;
	}
	return RS_PORTS_MAX;
}

/* Every pair of a few tags, with any priority: a frame reaches the port that has just these. */
static void
frames_find_the_port_of_their_tags(void **state)
{
	static const uint16_t vids[] = { 0, 1, 100, 200, 4094, 4095 };
	static const uint16_t types[] = { RTE_ETHER_TYPE_VLAN, RTE_ETHER_TYPE_QINQ };
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct frame plain, f;
	unsigned int i, k, type, untagged;
	uint16_t priority;

	frame_build(&plain, &(struct shape){ .data = 4 });
	for (untagged = 0; untagged < 2; untagged++) {
		init_ports(t, ports, untagged);
		assert_int_equal(untagged ? 0 : RS_PORTS_MAX, port_found(t, &plain, &plain));
		for (i = 0; i < RTE_DIM(vids); i++) {
			priority = (uint16_t)(i << 12);
			f = plain;
			push_tag(&f, RTE_ETHER_TYPE_VLAN, priority | vids[i]);
			assert_int_equal(port_expected(RTE_ETHER_TYPE_VLAN, 0, vids[i], untagged),
				port_found(t, &f, &plain));
			for (k = 1; k < RTE_DIM(vids); k++) {
				for (type = 0; type < 2; type++) {
					f = plain;
					push_tag(&f, RTE_ETHER_TYPE_VLAN, priority | vids[i]);
					push_tag(&f, types[type], priority | vids[k]);
					assert_int_equal(port_expected(types[type], vids[k],
						vids[i] == 0 ? UINT16_MAX : vids[i], untagged),
						port_found(t, &f, &plain));
				}
			}
		}
	}
}

/* A third tag is of no port, and neither is a cut one. */
static void
frames_with_other_tags_are_dropped(void **state)
{
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct frame f;

	init_ports(t, ports, true);
	frame_build(&f, &(struct shape){ .data = 4 });
	push_tag(&f, RTE_ETHER_TYPE_VLAN, 100);
	push_tag(&f, RTE_ETHER_TYPE_VLAN, 100);
	push_tag(&f, RTE_ETHER_TYPE_QINQ, 200);
	expect_drop(t, &f, RS_DROP_vlan_unknown);
	frame_build(&f, &(struct shape){ .data = 4 });
	push_tag(&f, RTE_ETHER_TYPE_VLAN, 100);
	f.len = 17;
	expect_drop(t, &f, RS_DROP_short_frame);
}

/* A tag that the device has stripped counts as the first of the frame. */
static void
tag_stripped_by_the_device(void **state)
{
	static const uint16_t tcis[] = { 100, 0xf064, 4094, 1, 0, 0xe000 };
	static const uint16_t ids[] = { ONE, ONE, OTHER, RS_PORTS_MAX, 0, 0 };
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct frame plain, f;
	struct rte_mbuf *m;
	unsigned int i;

	init_ports(t, ports, true);
	frame_build(&plain, &(struct shape){ .data = 4 });
	for (i = 0; i < RTE_DIM(tcis); i++) {
		m = frame_mbuf(t, &plain, 0);
		m->vlan_tci = tcis[i];
		m->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
		assert_int_equal(ids[i] == RS_PORTS_MAX ? RS_DROP_vlan_unknown : RS_DROP_MAX,
			rs_vlan_receive(&t->link, m));
		if (ids[i] != RS_PORTS_MAX)
			assert_int_equal(ids[i], m->port);
		/* asked again, nothing changes */
		if (ids[i] != RS_PORTS_MAX)
			assert_int_equal(RS_DROP_MAX, rs_vlan_receive(&t->link, m));
		frame_free(m);
	}
	assert_int_equal(RTE_DIM(tcis), t->stats.packet.rx_vlan);
	/* two more in the frame */
	f = plain;
	push_tag(&f, RTE_ETHER_TYPE_VLAN, 100);
	push_tag(&f, RTE_ETHER_TYPE_VLAN, 200);
	m = frame_mbuf(t, &f, 0);
	m->vlan_tci = 100;
	m->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	assert_int_equal(RS_DROP_vlan_unknown, rs_vlan_receive(&t->link, m));
	frame_free(m);
}

/* A plain frame with tags becomes a segment of its port; the reply goes there with priority 5. */
static void
burst_of_tagged_and_untagged_frames(void **state)
{
	static const uint16_t types[] = { RTE_ETHER_TYPE_VLAN, RTE_ETHER_TYPE_QINQ };
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct rte_mbuf *m[4];
	struct frame f[4];
	unsigned int i;

	init_ports(t, ports, true);
	for (i = 0; i < 4; i++) {
		frame_build(&f[i], &(struct shape){ .proto = i == 3 ? IPPROTO_ICMP : 0 });
		frame_ip(&f[i])->dst_addr = i == 0 ? US : IPV4(10, 0, i == 1 ? 0 : 2, 1);
		frame_fix(&f[i]);
	}
	push_tag(&f[1], types[0], 0x3064);
	for (i = 2; i < 4; i++) {
		push_tag(&f[i], types[0], 0x3064);
		push_tag(&f[i], types[1], 0x20c8);
	}
	for (i = 0; i < 4; i++)
		m[i] = frame_mbuf(t, &f[i], 0);
	packet_parse(t, m, 4);
	assert_int_equal(3, t->parsed.n_segments);
	assert_int_equal(1, t->parsed.n_replies);
	assert_int_equal(0, m[0]->port);
	assert_int_equal(ONE, m[1]->port);
	assert_int_equal(TWO, m[2]->port);
	assert_int_equal(3, t->stats.packet.rx_vlan);
	/* the frame of another VLAN's address is not for us */
	assert_int_equal(1, rs_vlan_send(&t->link, t->parsed.replies, 1));
	assert_int_equal(0, m[3]->port);
	assert_memory_equal(((const uint8_t[]){ 0x88, 0xa8, 0xa0, 200, 0x81, 0, 0xa0, 100, 8, 0 }),
		rte_pktmbuf_mtod_offset(m[3], uint8_t *, 12), 10);
	for (i = 0; i < 4; i++)
		frame_free(m[i]);
}

/* An address belongs to its VLAN alone. */
static void
address_of_another_vlan_is_not_ours(void **state)
{
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct frame f;

	init_ports(t, ports, true);
	frame_build(&f, &(struct shape){ .data = 4 });
	push_tag(&f, RTE_ETHER_TYPE_VLAN, 100);
	expect_drop(t, &f, RS_DROP_ip_not_ours);
	frame_build(&f, &(struct shape){ .data = 4 });
	frame_ip(&f)->dst_addr = IPV4(10, 0, 0, 1);
	frame_fix(&f);
	expect_drop(t, &f, RS_DROP_ip_not_ours);
}

/* The tags, in the frame or beside it for a device that inserts its tag. */
static void
sent_frames_get_the_tags_of_their_port(void **state)
{
	static const uint8_t tags[][8] = {
		{ 0x81, 0, 0xa0, 100 }, { 0x81, 0, 0xaf, 0xfe },
		{ 0x88, 0xa8, 0xa0, 200, 0x81, 0, 0xa0, 100 },
		{ 0x81, 0, 0xa0, 200, 0x81, 0, 0xa0, 100 },
	};
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct frame f;
	unsigned int i;

	init_ports(t, ports, true);
	frame_build(&f, &(struct shape){ .data = 4 });
	for (i = 0; i < RTE_DIM(tags); i++) {
		struct rte_mbuf *m = frame_mbuf(t, &f, tagged_ports[i].id);
		uint8_t len = tagged_ports[i].outer != 0 ? 8 : 4;

		assert_int_equal(1, rs_vlan_send(&t->link, &m, 1));
		assert_int_equal(0, m->port);
		assert_int_equal(f.len + len, m->pkt_len);
		assert_memory_equal(f.b, rte_pktmbuf_mtod(m, void *), 12);
		assert_memory_equal(tags[i], rte_pktmbuf_mtod_offset(m, void *, 12), len);
		assert_memory_equal(f.b + 12, rte_pktmbuf_mtod_offset(m, void *, 12 + len),
			f.len - 12u);
		frame_free(m);
	}
}

static void
tag_inserted_by_the_device(void **state)
{
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct rte_mbuf *m;
	struct frame f;

	init_ports(t, ports, true);
	t->link.ports[OTHER].tx_vlan = true;
	frame_build(&f, &(struct shape){ .data = 4 });
	m = frame_mbuf(t, &f, OTHER);
	assert_int_equal(1, rs_vlan_send(&t->link, &m, 1));
	assert_int_equal(0xaffe, m->vlan_tci);
	assert_int_equal(RTE_MBUF_F_TX_VLAN, m->ol_flags);
	assert_int_equal(f.len, m->pkt_len);
	frame_free(m);
	/* the tags in a frame are part of the link header that other offloads skip */
	m = frame_mbuf(t, &f, TWO);
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM;
	m->l2_len = 14;
	m->l3_len = 20;
	assert_int_equal(1, rs_vlan_send(&t->link, &m, 1));
	assert_int_equal(22, m->l2_len);
	assert_int_equal(20, m->l3_len);
	frame_free(m);
}

/* Without room in front of a frame it is dropped, and the frames around it are sent. */
static void
frame_without_room_for_its_tags(void **state)
{
	struct packet_test *t = *state;
	struct rs_port ports[1 + RTE_DIM(tagged_ports)];
	struct rte_mbuf *m[3];
	struct frame f;
	unsigned int i;

	init_ports(t, ports, true);
	frame_build(&f, &(struct shape){ .data = 4 });
	for (i = 0; i < RTE_DIM(m); i++)
		m[i] = frame_mbuf(t, &f, i == 0 ? 0 : TWO);
	rte_pktmbuf_prepend(m[1], (uint16_t)(rte_pktmbuf_headroom(m[1]) - 7));
	assert_int_equal(2, rs_vlan_send(&t->link, m, 3));
	assert_int_equal(1, t->stats.drop[RS_DROP_no_mbuf]);
	assert_int_equal(f.len, m[0]->pkt_len);
	assert_int_equal(f.len + 8, m[1]->pkt_len);
	frame_free(m[0]);
	frame_free(m[1]);
}

/* Try a link with port 0 and a tagged one. */
static int
try_port(struct packet_test *t, const struct rs_port *port)
{
	struct rs_port ports[] = { t->ports[0], port_of(&tagged_ports[0], 0), *port };

	t->params.ports = ports;
	t->params.n_ports = RTE_DIM(ports);
	rs_link_fini(&t->link);
	memset(&t->link, 0, sizeof(t->link));
	return rs_link_init(&t->link, &t->params, &t->stats, 0);
}

static void
init_refuses_tags(void **state)
{
	struct packet_test *t = *state;
	struct rs_port good = port_of(&tagged_ports[1], 1);
	struct rs_port port = good;

	assert_int_equal(0, try_port(t, &port));
	port.tags.vid[0] = 100; /* those of another port */
	assert_int_equal(-EINVAL, try_port(t, &port));
	port.device = 1; /* on another device they are others */
	assert_int_equal(0, try_port(t, &port));
	port = good;
	port.tags.vid[0] = 0;
	assert_int_equal(-EINVAL, try_port(t, &port));
	port.tags.vid[0] = 4095;
	assert_int_equal(-EINVAL, try_port(t, &port));
	port = good;
	port.tags.n = 2; /* its inner one is 0 */
	assert_int_equal(-EINVAL, try_port(t, &port));
	port.tags.n = 3;
	assert_int_equal(-EINVAL, try_port(t, &port));
	port = good;
	port.tags.priority = 8;
	assert_int_equal(-EINVAL, try_port(t, &port));
	port = good;
	port.id = 1; /* a device's */
	assert_int_equal(-EINVAL, try_port(t, &port));
	port.id = RS_PORTS_MAX;
	assert_int_equal(-EINVAL, try_port(t, &port));
	port.id = RS_PORTS_MAX - 1;
	assert_int_equal(0, try_port(t, &port));
	port.device = RS_DEVICES_MAX;
	assert_int_equal(-EINVAL, try_port(t, &port));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, packet_setup, packet_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_find_the_port_of_their_tags),
		TEST(frames_with_other_tags_are_dropped),
		TEST(tag_stripped_by_the_device),
		TEST(burst_of_tagged_and_untagged_frames),
		TEST(address_of_another_vlan_is_not_ours),
		TEST(sent_frames_get_the_tags_of_their_port),
		TEST(tag_inserted_by_the_device),
		TEST(frame_without_room_for_its_tags),
		TEST(init_refuses_tags),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
