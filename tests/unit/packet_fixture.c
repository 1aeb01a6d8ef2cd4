/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Frames and a link for the tests of the packet layer.
 */

#include <netinet/in.h>
#include <stdlib.h>

#include <rte_eal.h>

#include "packet_fixture.h"

#define POOL_NAME "packet_test"
#define POOL_SIZE 127

/* Memory behind a frame's end is poisoned where the compiler has AddressSanitizer. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#endif

const struct rte_ether_addr us_mac = { { 2, 0, 0, 0, 0, 1 } };
const struct rte_ether_addr us_1_mac = { { 2, 0, 0, 0, 0, 2 } };
const struct rte_ether_addr peer_mac = { { 2, 0, 0, 0, 0x99, 0x99 } };
const struct rte_ether_addr broadcast_mac = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

int
packet_group_setup(void **state)
{
	char *argv[] = { (char *)(uintptr_t)"test", (char *)(uintptr_t)"--no-huge",
		(char *)(uintptr_t)"--no-pci", (char *)(uintptr_t)"--no-telemetry",
		(char *)(uintptr_t)"--no-shconf", (char *)(uintptr_t)"-m",
		(char *)(uintptr_t)"256", (char *)(uintptr_t)"--log-level=4" };

	(void)state;
	if (rte_eal_init(RTE_DIM(argv), argv) < 0)
		return -1;
	return rte_pktmbuf_pool_create(POOL_NAME, POOL_SIZE, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
		SOCKET_ID_ANY) == NULL ? -1 : 0;
}

int
packet_setup(void **state)
{
	struct packet_test *t = calloc(1, sizeof(*t));
	unsigned int i;

	if (t == NULL)
		return -1;
	t->pool = rte_mempool_lookup(POOL_NAME);
	t->now = 1000000;
	memset(&t->lookup, 0xff, sizeof(t->lookup));
	t->ports[0] = (struct rs_port){ .id = 0, .mtu = 1500, .mac = us_mac,
		.subnet = { rs_addr_from_ipv4(US), 96 + 24 } };
	t->ports[1] = (struct rs_port){ .id = 1, .device = 1, .mtu = 1500, .mac = us_1_mac,
		.subnet = { rs_addr_from_ipv4(US_1), 96 + 30 } };
	t->terminate = (struct rs_prefix){
		rs_addr_from_ipv4(IPV4(198, 18, 0, 0)), 96 + 15
	};
	t->params = (struct rs_stack_params){
		.tcp = { .ttl = 61, .tos = 0x28 },
		.mbufs = t->pool,
		.socket = (unsigned int)SOCKET_ID_ANY,
		.ports = t->ports,
		.n_ports = 2,
		.terminate = &t->terminate,
		.terminate_port = &t->terminate_port,
		.n_terminate = 1,
		.max_neighbours = 8,
		.icmp_errors_per_second = 1000,
	};
	for (i = 0; i < sizeof(t->params.secret); i++)
		t->params.secret[i] = (uint8_t)(i * 37 + 11);
	*state = t;
	return rs_link_init(&t->link, &t->params, &t->stats, 0);
}

int
packet_teardown(void **state)
{
	struct packet_test *t = *state;
	unsigned int lost = rte_mempool_in_use_count(t->pool);

	rs_link_fini(&t->link);
	free(t);
	return lost == 0 ? 0 : -1;
}

struct rte_ipv4_hdr *
frame_ip(struct frame *f)
{
	return (struct rte_ipv4_hdr *)&f->b[f->l3];
}

struct rte_tcp_hdr *
frame_tcp(struct frame *f)
{
	return (struct rte_tcp_hdr *)&f->b[f->l4];
}

struct rte_arp_hdr *
frame_arp_hdr(struct frame *f)
{
	return (struct rte_arp_hdr *)&f->b[f->l3];
}

/* Write the link header; returns where the next one starts. */
static uint16_t
link_header(struct frame *f, bool tagged, uint16_t tci, const struct rte_ether_addr *dst,
	uint16_t type)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)f->b;
	struct rte_vlan_hdr *vlan = (struct rte_vlan_hdr *)(eth + 1);

	memset(f, 0, sizeof(*f));
	eth->dst_addr = *dst;
	eth->src_addr = peer_mac;
	eth->ether_type = rte_cpu_to_be_16(type);
	if (!tagged)
		return sizeof(*eth);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_VLAN);
	vlan->vlan_tci = rte_cpu_to_be_16(tci);
	vlan->eth_proto = rte_cpu_to_be_16(type);
	return sizeof(*eth) + sizeof(*vlan);
}

/* Bytes of the transport header of a shape. */
static uint16_t
l4_header_len(const struct shape *s)
{
	if (s->proto == 0 || s->proto == IPPROTO_TCP)
		return (uint16_t)(sizeof(struct rte_tcp_hdr) + s->tcp_options);
	return s->proto == IPPROTO_UDP || s->proto == IPPROTO_ICMP ? 8 : 0;
}

static void
l4_header(struct frame *f, const struct shape *s)
{
	struct rte_tcp_hdr *th = frame_tcp(f);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)th;
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)th;

	switch (frame_ip(f)->next_proto_id) {
	case IPPROTO_TCP:
		th->src_port = RTE_BE16(40000);
		th->dst_port = RTE_BE16(80);
		th->sent_seq = RTE_BE32(0x01020304);
		th->recv_ack = RTE_BE32(0xa1a2a3a4);
		th->data_off = (uint8_t)((sizeof(*th) + s->tcp_options) / 4 << 4);
		th->tcp_flags = s->flags == 0 ? RTE_TCP_SYN_FLAG : s->flags;
		th->rx_win = RTE_BE16(0x7172);
		th->tcp_urp = RTE_BE16(0x6162);
		memset(th + 1, 1, s->tcp_options); /* no-operation options */
		break;
	case IPPROTO_UDP:
		udp->src_port = RTE_BE16(40000);
		udp->dst_port = RTE_BE16(53);
		udp->dgram_len = rte_cpu_to_be_16((uint16_t)(sizeof(*udp) + s->data));
		break;
	case IPPROTO_ICMP:
		icmp->icmp_type = RTE_IP_ICMP_ECHO_REQUEST;
		icmp->icmp_ident = RTE_BE16(0x1234);
		icmp->icmp_seq_nb = RTE_BE16(7);
		break;
	default:
		break;
	}
}

void
frame_untag(struct frame *f)
{
	if (((struct rte_ether_hdr *)f->b)->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN))
		return;
	memmove(&f->b[12], &f->b[16], f->len - 16u);
	f->len = (uint16_t)(f->len - 4);
	f->l3 = (uint16_t)(f->l3 - 4);
	f->l4 = (uint16_t)(f->l4 - 4);
}

void
frame_build(struct frame *f, const struct shape *s)
{
	uint16_t l4_len = (uint16_t)(l4_header_len(s) + s->data);
	struct rte_ipv4_hdr *ip;
	uint16_t i;

	f->l3 = link_header(f, s->tagged, s->tci, &us_mac, RTE_ETHER_TYPE_IPV4);
	f->l3 = s->tagged ? 18 : 14;
	f->l4 = (uint16_t)(f->l3 + sizeof(*ip) + s->ip_options);
	f->len = (uint16_t)(f->l4 + l4_len + s->padding);
	ip = frame_ip(f);
	ip->version_ihl = (uint8_t)(0x45 + s->ip_options / 4);
	ip->type_of_service = 0xb9; /* DSCP 46, ECT(1) */
	ip->total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + s->ip_options + l4_len));
	ip->packet_id = RTE_BE16(0x4321);
	ip->time_to_live = 64;
	ip->next_proto_id = s->proto == 0 ? IPPROTO_TCP : s->proto;
	ip->src_addr = PEER;
	ip->dst_addr = US;
	memset(ip + 1, 1, s->ip_options); /* no-operation options */
	l4_header(f, s);
	for (i = 0; i < s->data + s->padding; i++)
		f->b[f->l4 + l4_header_len(s) + i] = (uint8_t)(i * 7 + 1);
	frame_fix(f);
}

void
frame_fix(struct frame *f)
{
	struct rte_ipv4_hdr *ip = frame_ip(f);
	uint16_t l4_len = (uint16_t)(rte_be_to_cpu_16(ip->total_length) - (f->l4 - f->l3));
	struct rte_tcp_hdr *th = frame_tcp(f);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)th;
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)th;

	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	switch (ip->next_proto_id) {
	case IPPROTO_TCP:
		th->cksum = 0;
		th->cksum = rte_ipv4_udptcp_cksum(ip, th);
		break;
	case IPPROTO_UDP:
		udp->dgram_cksum = 0;
		udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
		break;
	case IPPROTO_ICMP:
		icmp->icmp_cksum = 0;
		icmp->icmp_cksum = (rte_be16_t)~rte_raw_cksum(icmp, l4_len);
		break;
	default:
		break;
	}
}

void
frame_arp(struct frame *f, bool tagged)
{
	struct rte_arp_hdr *arp;

	link_header(f, tagged, 0xa000, &broadcast_mac, RTE_ETHER_TYPE_ARP);
	f->l3 = tagged ? 18 : 14;
	f->len = (uint16_t)(f->l3 + sizeof(*arp));
	arp = frame_arp_hdr(f);
	arp->arp_hardware = RTE_BE16(1);
	arp->arp_protocol = RTE_BE16(0x0800);
	arp->arp_hlen = 6;
	arp->arp_plen = 4;
	arp->arp_opcode = RTE_BE16(1);
	arp->arp_data.arp_sha = peer_mac;
	arp->arp_data.arp_sip = PEER;
	arp->arp_data.arp_tip = US;
}

struct rte_mbuf *
frame_mbuf(struct packet_test *t, const struct frame *f, uint16_t port)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(t->pool);
	char *data;

	assert_non_null(m);
	data = rte_pktmbuf_append(m, f->len);
	assert_non_null(data);
	memcpy(data, f->b, f->len);
	m->port = port;
	ASAN_POISON_MEMORY_REGION(data + f->len, rte_pktmbuf_tailroom(m));
	return m;
}

void
frame_free(struct rte_mbuf *m)
{
	ASAN_UNPOISON_MEMORY_REGION(m->buf_addr, m->buf_len);
	rte_pktmbuf_free(m);
}

void *
exact_mbuf(struct rte_mbuf *m, const void *bytes, uint16_t n, uint16_t tail, uint8_t fill)
{
	uint8_t *data = malloc((size_t)n + tail);

	assert_true(data != NULL || n + tail == 0);
	if (n > 0)
		memcpy(data, bytes, n);
	if (tail > 0)
		memset(data + n, fill, tail);
	memset(m, 0, sizeof(*m));
	m->buf_addr = data;
	m->buf_len = n;
	m->data_len = n;
	m->pkt_len = n;
	m->nb_segs = 1;
	return data;
}

/* How often m is among n others. */

static unsigned int
count_in(const struct rte_mbuf *m, struct rte_mbuf *const *list, unsigned int n)
{
	unsigned int found = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		found += list[i] == m;
	return found;
}

static uint64_t
drop_sum(const struct rs_stats *stats)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < RS_DROP_MAX; i++)
		sum += stats->drop[i];
	return sum;
}

void
packet_parse(struct packet_test *t, struct rte_mbuf **pkts, uint16_t n)
{
	struct rs_stats before = t->stats;
	uint64_t bytes = 0;
	unsigned int next = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	rs_segment_parse_burst(&t->link, &t->lookup, pkts, n, t->now, &t->parsed);
	assert_int_equal(t->parsed.n_strays, 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(1, count_in(pkts[i], t->parsed.pkts, t->parsed.n_segments) +
			count_in(pkts[i], t->parsed.replies, t->parsed.n_replies) +
			count_in(pkts[i], t->parsed.done, t->parsed.n_free));
		next += next < t->parsed.n_segments && t->parsed.pkts[next] == pkts[i];
	}
	assert_int_equal(next, t->parsed.n_segments); /* the order is that of the frames */
	assert_int_equal(n, t->parsed.n_segments + t->parsed.n_replies + t->parsed.n_free);
	assert_int_equal(t->parsed.n_free, drop_sum(&t->stats) - drop_sum(&before));
	assert_int_equal(n, t->stats.packet.rx_frames - before.packet.rx_frames);
	assert_int_equal(bytes, t->stats.packet.rx_bytes - before.packet.rx_bytes);
	assert_int_equal(t->parsed.n_replies,
		t->stats.packet.tx_frames - before.packet.tx_frames);
}

void
expect_drop(struct packet_test *t, const struct frame *f, enum rs_drop reason)
{
	struct rte_mbuf *m = frame_mbuf(t, f, 0);
	struct rs_stats before = t->stats;
	unsigned int i;

	packet_parse(t, &m, 1);
	for (i = 0; i < RS_DROP_MAX; i++) {
		if (t->stats.drop[i] != before.drop[i] + (i == reason))
			fail_msg("expected %s, %s counted %u", rs_drop_names[reason].name,
				rs_drop_names[i].name,
				(unsigned int)(t->stats.drop[i] - before.drop[i]));
	}
	assert_ptr_equal(m, t->parsed.done[0]);
	frame_free(m);
}

/* Name the reason when a frame that is well was dropped. */
static void
fail_if_dropped(const struct packet_test *t, const struct rs_stats *before)
{
	unsigned int i;

	for (i = 0; i < RS_DROP_MAX; i++) {
		if (t->stats.drop[i] != before->drop[i])
			fail_msg("dropped: %s", rs_drop_names[i].name);
	}
}

struct rte_mbuf *
expect_segment(struct packet_test *t, const struct frame *f)
{
	struct rte_mbuf *m = frame_mbuf(t, f, 0);
	struct rs_stats before = t->stats;

	packet_parse(t, &m, 1);
	fail_if_dropped(t, &before);
	assert_int_equal(1, t->parsed.n_segments);
	return m;
}

struct rte_mbuf *
expect_reply(struct packet_test *t, const struct frame *f)
{
	struct rte_mbuf *m = frame_mbuf(t, f, 0);
	struct rs_stats before = t->stats;

	packet_parse(t, &m, 1);
	fail_if_dropped(t, &before);
	assert_int_equal(1, t->parsed.n_replies);
	assert_int_equal(m->data_len, m->pkt_len);
	return m;
}

void
expect_good_ipv4(const struct packet_test *t, const struct rte_mbuf *m, uint16_t l3)
{
	struct frame f = { .l3 = l3, .l4 = (uint16_t)(l3 + sizeof(struct rte_ipv4_hdr)) };
	struct frame right;
	const struct rte_ipv4_hdr *ip = frame_ip(&f);

	assert_int_equal(m->data_len, m->pkt_len);
	f.len = m->data_len;
	memcpy(f.b, rte_pktmbuf_mtod(m, void *), f.len);
	assert_int_equal(0x45, ip->version_ihl);
	assert_int_equal(f.len - l3, rte_be_to_cpu_16(ip->total_length));
	assert_int_equal(0, ip->packet_id);
	assert_int_equal(RTE_BE16(RTE_IPV4_HDR_DF_FLAG), ip->fragment_offset);
	assert_int_equal(t->link.ttl, ip->time_to_live);
	right = f;
	frame_fix(&right);
	assert_memory_equal(right.b, f.b, f.len);
}
