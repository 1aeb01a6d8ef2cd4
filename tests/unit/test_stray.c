/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Strays, which a short way answers, and the full way as its twin: for any frame both must send
 * the same bytes, count the same events and log the same resets (RFC 9293 3.10.7.1).
 */

#include <netinet/in.h>

#include "packet/plain.h"
#include "packet/plain6.h"
#include "tcp_fixture.h"

#define ROUNDS 6000

#define ADDR(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* A frame as bytes, untagged when it is built. */
struct bytes {
	uint8_t b[1800];
	uint16_t len;
	uint64_t ol_flags;
};

/* Two stacks with the same parameters; in `full` every port is looked up. */
struct twins {
	struct fixture *f;
	struct rs_stack *brief;
	struct rs_stack *full;
	struct rs_prefix prefix;
	uint16_t prefix_port;
	uint64_t seed;
	bool ipv6;              /* the frames are of IPv6 */
	bool single;            /* a burst has one frame, so both ways ask limits in one order */
};

static uint32_t
pick(struct twins *t, uint32_t n)
{
	return next_random(&t->seed) % n;
}

static void
twins_start(struct twins *t, struct fixture *f)
{
	bool ipv6 = f->port.n_subnets6 > 0;

	*t = (struct twins){ .f = f, .seed = 9, .prefix_port = f->port.id, .ipv6 = ipv6 };
	t->prefix = (struct rs_prefix){ rs_addr_from_ipv4(ADDR(198, 18, 0, 0)), 96 + 15 };
	if (ipv6)
		t->prefix = (struct rs_prefix){ { .b = { 0x20, 1, 0x0d, 0xb8, 0, 1 } }, 48 };
	f->params.terminate = &t->prefix;
	f->params.terminate_port = &t->prefix_port;
	f->params.n_terminate = 1;
	f->params.tcp.tos = 0x28;
	fixture_start(f);
	t->brief = f->stack;
	t->full = rs_stack_create(&f->params, f->now);
	assert_non_null(t->full);
	memset(&t->full->tcp.lookup, 0xff, sizeof(t->full->tcp.lookup));
}

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Make the checksums right, with DPDK's functions; as far as the lengths allow it. */
static void
fix_cksums(struct bytes *f)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(void *)(f->b + 14);
	uint16_t ip_len = (uint16_t)((ip->version_ihl & 15) * 4);
	uint16_t total = be16(f->b + 16);
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(void *)(f->b + 14 + ip_len);

	if (ip_len < 20 || total < ip_len + 20 || 14u + total > sizeof(f->b))
		return;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, ip_len);
	th->cksum = 0;
	th->cksum = rte_ipv4_udptcp_cksum(ip, th);
}

/* A good frame to a port that no listener has, with random fields, options, text and padding. */
static void
build_good(struct twins *t, struct bytes *f)
{
	static const uint16_t lports[] = { 6000, 6000, 65535, 1, 40000, LPORT_RESET, LPORT_DROP };
	static const uint16_t texts[] = { 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 100, 1400 };
	uint16_t options = pick(t, 3) == 0 ? (uint16_t)(pick(t, 11) * 4) : 0;
	uint16_t total = (uint16_t)(40 + options + texts[pick(t, RTE_DIM(texts))]);
	uint32_t i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < 14u + total; i++)
		f->b[i] = (uint8_t)next_random(&t->seed);
	memcpy(f->b, &t->f->port.mac, 6);
	f->b[6] &= 0xfe;
	memcpy(f->b + 12, "\x08\x00\x45", 3);
	f->b[16] = (uint8_t)(total >> 8);
	f->b[17] = (uint8_t)total;
	f->b[20] &= 0xc0; /* the reserved bit, and DF */
	f->b[21] = 0;
	f->b[22] |= 1;
	f->b[23] = IPPROTO_TCP;
	memcpy(f->b + 26, "\xc0\x00\x02", 3); /* on-link, or anywhere */
	f->b[29] = (uint8_t)(2 + pick(t, 250));
	if (pick(t, 2) == 0)
		f->b[26] = (uint8_t)(11 + pick(t, 100));
	memcpy(f->b + 30, &t->f->port.subnet.addr.w[3], 4);
	if (pick(t, 4) == 0)
		memcpy(f->b + 30, "\xc6\x12", 2); /* the prefix 198.18.0.0/15 */
	f->b[34] |= 1;
	i = lports[pick(t, RTE_DIM(lports))];
	f->b[36] = (uint8_t)(i >> 8);
	f->b[37] = (uint8_t)i;
	f->b[46] = (uint8_t)((20u + options) / 4 << 4 | pick(t, 16));
	if (pick(t, 8) != 0)
		f->b[47] &= 0x3b; /* few resets */
	f->len = (uint16_t)(14u + total + (pick(t, 2) ? pick(t, 20) : 0u));
	fix_cksums(f);
}

/* Sources that no peer has, and some that look like them; destinations that are not ours. */
static void
spoil_address(struct twins *t, struct bytes *f)
{
	static const rte_be32_t addrs[] = {
		ADDR(0, 0, 0, 0), ADDR(0, 1, 2, 3), ADDR(127, 0, 0, 1), ADDR(126, 255, 0, 1),
		ADDR(128, 0, 0, 1), ADDR(223, 255, 255, 254), ADDR(224, 0, 0, 1),
		ADDR(240, 0, 0, 1), ADDR(255, 255, 255, 255), ADDR(192, 0, 2, 0),
		ADDR(192, 0, 2, 255), ADDR(192, 0, 2, 1), ADDR(192, 0, 2, 2), ADDR(198, 17, 9, 9),
		ADDR(198, 18, 0, 0), ADDR(198, 19, 255, 255), ADDR(198, 20, 0, 0),
	};

	memcpy(f->b + (pick(t, 2) ? 26 : 30), &addrs[pick(t, RTE_DIM(addrs))], 4);
}

/* Spoil one thing, or none; the checksums follow in half of the cases. */
static void
spoil(struct twins *t, struct bytes *f)
{
	static const uint8_t firsts[] = { 0, 0xff, 0x44, 0x46, 0x55, 0x65 };
	uint32_t at = pick(t, 54);

	switch (pick(t, 8)) {
	case 0: /* any byte of the headers; a VLAN tag or ARP may appear */
		f->b[at] = (uint8_t)next_random(&t->seed);
		break;
	case 1: /* a bit of it */
		f->b[at] ^= (uint8_t)(1 << pick(t, 8));
		break;
	case 2:
		f->len = (uint16_t)pick(t, f->len + 1u);
		break;
	case 3:
		spoil_address(t, f);
		break;
	case 4: /* IP options: the header takes bytes of TCP */
		f->b[14] = (uint8_t)(0x40 | pick(t, 16));
		break;
	case 5: /* lengths at their limits */
		at = pick(t, 90);
		f->b[16] = 0;
		f->b[17] = (uint8_t)at;
		break;
	case 6:
		f->b[pick(t, 2) ? 6 + pick(t, 6) : 14] = firsts[pick(t, RTE_DIM(firsts))];
		if (pick(t, 2))
			memset(f->b + 6, 0, 6);
		break;
	default:
		memset(f->b + (pick(t, 2) ? 34 : 36), 0, 2);
		break;
	}
	if (pick(t, 2))
		fix_cksums(f);
}

/* The checksum of TCP over IPv6, with DPDK's function; as far as the lengths allow it. */
static void
fix_cksum6(struct bytes *f)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(void *)(f->b + 14);
	struct rte_tcp_hdr *th = (struct rte_tcp_hdr *)(void *)(ip + 1);
	uint16_t len = be16(f->b + 18);

	if (len < 20 || 54u + len > sizeof(f->b) || f->b[20] != IPPROTO_TCP)
		return;
	th->cksum = 0;
	th->cksum = rte_ipv6_udptcp_cksum(ip, th);
}

/* The same of IPv6: a good frame to a port that no listener has. */
static void
build_good6(struct twins *t, struct bytes *f)
{
	static const uint16_t lports[] = { 6000, 6000, 65535, 1, 40000, LPORT_RESET, LPORT_DROP };
	static const uint16_t texts[] = { 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 100, 1300 };
	uint16_t options = pick(t, 3) == 0 ? (uint16_t)(pick(t, 11) * 4) : 0;
	uint16_t len = (uint16_t)(20 + options + texts[pick(t, RTE_DIM(texts))]);
	uint32_t i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < 54u + len; i++)
		f->b[i] = (uint8_t)next_random(&t->seed);
	memcpy(f->b, &t->f->port.mac, 6);
	f->b[6] &= 0xfe;
	memcpy(f->b + 12, "\x86\xdd", 2);
	f->b[14] = (uint8_t)(0x60 | pick(t, 16));
	f->b[18] = (uint8_t)(len >> 8);
	f->b[19] = (uint8_t)len;
	f->b[20] = IPPROTO_TCP;
	memcpy(f->b + 22, "\x20\1\x0d\xb8\0\0\0\0", 8); /* on-link, or anywhere */
	if (pick(t, 2) == 0)
		f->b[22] = 0x24;
	memcpy(f->b + 38, &t->f->port.subnets6[0].addr, 16);
	if (pick(t, 4) == 0)
		memcpy(f->b + 38, "\x20\1\x0d\xb8\0\1", 6);
	f->b[54] |= 1;
	i = lports[pick(t, RTE_DIM(lports))];
	f->b[56] = (uint8_t)(i >> 8);
	f->b[57] = (uint8_t)i;
	f->b[66] = (uint8_t)((20u + options) / 4 << 4 | pick(t, 16));
	if (pick(t, 8) != 0)
		f->b[67] &= 0x3b; /* few resets */
	f->len = (uint16_t)(54u + len + (pick(t, 2) ? pick(t, 20) : 0u));
	fix_cksum6(f);
}

/* Spoil one thing of a frame of IPv6. */
static void
spoil6(struct twins *t, struct bytes *f)
{
	static const uint8_t addrs[][16] = {
		{ 0 }, { [15] = 1 }, { 0xff, 2, [15] = 1 }, { 0xfe, 0x80, [15] = 9 },
		{ [10] = 0xff, 0xff, 192, 0, 2, 2 }, { 0x20, 1, 0x0d, 0xb8, [15] = 1 },
		{ 0x20, 1, 0x0d, 0xb8, [15] = 2 }, { 0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 2 },
		{ 0x20, 1, 0x0d, 0xb8, 0, 2 }, { 0xfd, 1 },
	};

	switch (pick(t, 6)) {
	case 0: /* any byte of the headers; a VLAN tag or extension header may appear */
		f->b[pick(t, 74)] = (uint8_t)next_random(&t->seed);
		break;
	case 1:
		f->b[pick(t, 74)] ^= (uint8_t)(1 << pick(t, 8));
		break;
	case 2:
		f->len = (uint16_t)pick(t, f->len + 1u);
		break;
	case 3:
		memcpy(f->b + (pick(t, 2) ? 22 : 38), addrs[pick(t, RTE_DIM(addrs))], 16);
		break;
	case 4: /* lengths at their limits; an extension header, another protocol */
		f->b[18] = 0;
		f->b[pick(t, 2) ? 19 : 20] = (uint8_t)pick(t, 90);
		break;
	default:
		memset(f->b + (pick(t, 2) ? 54 : 56), 0, 2);
		break;
	}
	if (pick(t, 2))
		fix_cksum6(f);
}

static void
build(struct twins *t, struct bytes *f)
{
	static const uint64_t flags[] = {
		0, 0, 0, RTE_MBUF_F_RX_IP_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD,
		RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_BAD,
		RTE_MBUF_F_RX_L4_CKSUM_NONE, RTE_MBUF_F_RX_IP_CKSUM_NONE,
		RTE_MBUF_F_RX_IP_CKSUM_NONE | RTE_MBUF_F_RX_L4_CKSUM_NONE,
		RTE_MBUF_F_RX_RSS_HASH,
	};

	(t->ipv6 ? build_good6 : build_good)(t, f);
	f->ol_flags = flags[pick(t, RTE_DIM(flags))];
	if (pick(t, 2))
		(t->ipv6 ? spoil6 : spoil)(t, f);
}

/* The mbuf of a frame. @param cut its first so many bytes lie in an mbuf of their own, 0: none */
static struct rte_mbuf *
frame_mbuf(struct twins *t, const struct bytes *f, uint16_t cut)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(t->f->wire);
	struct rte_mbuf *tail;

	assert_non_null(m);
	if (cut == 0 || cut >= f->len) {
		memcpy(rte_pktmbuf_append(m, f->len), f->b, f->len);
	} else {
		tail = rte_pktmbuf_alloc(t->f->wire);
		assert_non_null(tail);
		memcpy(rte_pktmbuf_append(m, cut), f->b, cut);
		memcpy(rte_pktmbuf_append(tail, (uint16_t)(f->len - cut)), f->b + cut,
			(size_t)(f->len - cut));
		assert_int_equal(rte_pktmbuf_chain(m, tail), 0);
	}
	m->port = t->f->port.id;
	m->ol_flags = f->ol_flags;
	return m;
}

static const struct rte_mbuf *
find_mbuf(const struct rte_mbuf *m, struct rte_mbuf **list, uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n; i++)
		if (list[i] == m)
			return m;
	return NULL;
}

static void
expect_same_reply(const struct rte_mbuf *a, const struct rte_mbuf *b)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a == NULL)
		return;
	assert_int_equal(a->pkt_len, b->pkt_len);
	assert_int_equal(a->data_len, b->data_len);
	assert_int_equal(a->data_len, a->pkt_len);
	assert_int_equal(a->port, b->port);
	assert_int_equal(a->ol_flags, b->ol_flags);
	if ((a->ol_flags & (RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6)) != 0)
		assert_int_equal(a->tx_offload, b->tx_offload);
	assert_memory_equal(rte_pktmbuf_mtod(a, void *), rte_pktmbuf_mtod(b, void *), a->pkt_len);
}

/* Compare the newest records; older ones may stand in another order. */
static void
expect_same_log(const struct twins *t)
{
	struct rs_reset_record a, b;
	unsigned int n = rs_stack_resets(t->brief, &a, 1);

	assert_int_equal(n, rs_stack_resets(t->full, &b, 1));
	assert_int_equal(t->brief->tcp.log.head, t->full->tcp.log.head);
	if (n == 0 || (a.time != t->f->now && b.time != t->f->now))
		return; /* no reset in this run */
	assert_int_equal(a.time, b.time);
	assert_true(rs_tuple_equal(&a.tuple, &b.tuple));
	assert_int_equal(a.seq, b.seq);
	assert_int_equal(a.ack, b.ack);
	assert_int_equal(a.state, b.state);
	assert_int_equal(a.cause, b.cause);
	assert_int_equal(a.sent, b.sent);
	assert_int_equal(a.flags, b.flags);
}

/* One burst into both stacks; half of the frames reach `full` in two mbufs. */
static void
burst_into_both(struct twins *t, uint16_t n)
{
	struct rte_mbuf *a[RS_BURST], *b[RS_BURST], *tx_a[2 * RS_BURST], *tx_b[2 * RS_BURST];
	struct rte_mbuf *rx[RS_BURST];
	uint16_t i, n_a, n_b;

	for (i = 0; i < n; i++) {
		struct bytes f;

		build(t, &f);
		a[i] = frame_mbuf(t, &f, 0);
		b[i] = frame_mbuf(t, &f, pick(t, 2) ? (uint16_t)(1 + pick(t, 80)) : 0);
	}
	t->f->now += 1000;
	memcpy(rx, a, sizeof(rx));
	n_a = rs_stack_run(t->brief, rx, n, t->f->now, tx_a, 2 * RS_BURST);
	memcpy(rx, b, sizeof(rx));
	n_b = rs_stack_run(t->full, rx, n, t->f->now, tx_b, 2 * RS_BURST);
	assert_int_equal(n_a, n_b);
	for (i = 0; i < n; i++)
		expect_same_reply(find_mbuf(a[i], tx_a, n_a), find_mbuf(b[i], tx_b, n_b));
	assert_memory_equal(&t->brief->stats, &t->full->stats, sizeof(t->full->stats));
	rte_pktmbuf_free_bulk(tx_a, n_a);
	rte_pktmbuf_free_bulk(tx_b, n_b);
	if (n == 1)
		expect_same_log(t);
}

/* @return the resets that `brief` sent */
static uint64_t
run_twins(struct twins *t)
{
	static const enum rs_drop drops[] = {
		RS_DROP_short_frame, RS_DROP_not_our_mac, RS_DROP_bad_source_mac,
		RS_DROP_link_broadcast, RS_DROP_ethertype, RS_DROP_ip_version, RS_DROP_ip_header,
		RS_DROP_ip_length, RS_DROP_ip_checksum, RS_DROP_ip_fragment, RS_DROP_ip_source,
		RS_DROP_ip_not_ours, RS_DROP_ip_protocol, RS_DROP_tcp_header,
		RS_DROP_tcp_checksum, RS_DROP_tcp_port_zero,
	};
	static const enum rs_drop drops6[] = {
		RS_DROP_short_frame, RS_DROP_not_our_mac, RS_DROP_bad_source_mac,
		RS_DROP_ethertype, RS_DROP_ip_version, RS_DROP_ip_length, RS_DROP_ip_source,
		RS_DROP_ip_not_ours, RS_DROP_ip6_extension, RS_DROP_tcp_header,
		RS_DROP_tcp_checksum, RS_DROP_tcp_port_zero,
	};
	uint64_t strays = 0;
	uint64_t sent = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		burst_into_both(t, t->single || i % 4 != 0 ? 1 :
			(uint16_t)(1 + pick(t, RS_BURST)));
		strays += t->brief->parsed.n_strays + t->brief->parsed.n_strays6;
		assert_int_equal(t->full->parsed.n_strays + t->full->parsed.n_strays6, 0);
	}
	for (i = 0; i < RS_RESET_MAX; i++)
		sent += t->brief->stats.reset_sent[i];
	if (t->f->params.tcp.closed_drop)
		assert_int_equal(strays, 0);
	else
		assert_true(strays > (t->single ? ROUNDS / 4 : ROUNDS));
	for (i = 0; i < (t->ipv6 ? RTE_DIM(drops6) : RTE_DIM(drops)); i++)
		assert_true(t->brief->stats.drop[t->ipv6 ? drops6[i] : drops[i]] > 0);
	rs_stack_free(t->full);
	return sent;
}

static void
stray_is_answered_as_by_the_full_way(void **state)
{
	struct twins t;

	twins_start(&t, *state);
	assert_true(run_twins(&t) > ROUNDS);
	assert_true(t.brief->stats.reset_received[RS_VERDICT_ignored_closed] > ROUNDS / 10);
}

static void
stray_with_offload_of_checksums_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	f->port.tx_ip_cksum = true;
	f->port.tx_tcp_cksum = true;
	twins_start(&t, f);
	assert_true(run_twins(&t) > ROUNDS);
}

static void
stray_while_stopping_is_the_same(void **state)
{
	struct twins t;

	twins_start(&t, *state);
	rs_stack_stop(t.brief, RS_STOP_FINISH);
	rs_stack_stop(t.full, RS_STOP_FINISH);
	assert_true(run_twins(&t) == t.brief->stats.reset_sent[RS_RESET_shutdown]);
}

static void
stray_with_closed_drop_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	f->params.tcp.closed_drop = true;
	twins_start(&t, f);
	run_twins(&t);
	assert_true(t.brief->stats.drop[RS_DROP_closed_drop] > ROUNDS);
}

/* Rules that drop, reset and allow strays, by their ports and by their sources. */
static void
use_access_list(struct twins *t, struct rs_acl **acl)
{
	struct rs_acl_rule rules[] = {
		{ .action = RS_ACL_ALLOW, .any = true, .port_first = 6000, .port_last = 6000 },
		{ .action = RS_ACL_RESET, .any = true, .port_first = 40000, .port_last = 65535 },
		{ .action = RS_ACL_DROP, .source = { rs_addr_from_ipv4(ADDR(192, 0, 2, 0)), 120 } },
		{ .action = RS_ACL_DROP, .source = { { .b = { 0x20 } }, 9 } },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(rules); i++)
		rules[i].listener = -1;
	*acl = rs_acl_create(rules, RTE_DIM(rules), 0);
	assert_non_null(*acl);
	rs_screen_set(&t->brief->tcp, *acl);
	rs_listen_lookup(&t->brief->tcp);
	rs_screen_set(&t->full->tcp, *acl);
	t->single = true;
}

/* Both ways ask the access list, the one in rs_screen_strays(), the other as for any segment, which
 * those to ports that a rule names take in both. */
static void
run_with_access_list(struct fixture *f)
{
	const struct rs_stats *stats;
	struct rs_acl *acl;
	struct twins t;
	unsigned int i;

	twins_start(&t, f);
	use_access_list(&t, &acl);
	for (i = 0; i < ROUNDS; i++)
		burst_into_both(&t, 1);
	stats = &t.brief->stats;
	assert_true(stats->reset_sent[RS_RESET_acl] > ROUNDS / 50);
	assert_true(stats->drop[RS_DROP_acl] > ROUNDS / 50);
	assert_true(stats->reset_sent[RS_RESET_no_connection] > ROUNDS / 50);
	assert_true(stats->reset_received[RS_VERDICT_ignored_closed] > ROUNDS / 50);
	rs_stack_free(t.full);
	fixture_finish(f);
	rs_acl_free(acl);
}

static void
stray_with_an_access_list_is_the_same(void **state)
{
	run_with_access_list(*state);
}

/* The port has IPv6, and its own address is in a terminated prefix's neighbourhood. */
static void
use_ipv6(struct fixture *f)
{
	f->port.subnets6[0] = (struct rs_prefix){
		{ .b = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } }, 64
	};
	f->port.n_subnets6 = 1;
}

static void
stray_of_ipv6_is_answered_as_by_the_full_way(void **state)
{
	struct twins t;

	use_ipv6(*state);
	twins_start(&t, *state);
	assert_true(run_twins(&t) > ROUNDS);
	assert_true(t.brief->stats.reset_received[RS_VERDICT_ignored_closed] > ROUNDS / 10);
}

static void
stray_of_ipv6_with_an_access_list_is_the_same(void **state)
{
	use_ipv6(*state);
	run_with_access_list(*state);
}

static void
stray_of_ipv6_with_offload_of_checksums_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	use_ipv6(f);
	f->port.tx_tcp_cksum = true;
	twins_start(&t, f);
	assert_true(run_twins(&t) > ROUNDS);
}

static void
stray_of_ipv6_while_stopping_is_the_same(void **state)
{
	struct twins t;

	use_ipv6(*state);
	twins_start(&t, *state);
	rs_stack_stop(t.brief, RS_STOP_FINISH);
	rs_stack_stop(t.full, RS_STOP_FINISH);
	assert_true(run_twins(&t) == t.brief->stats.reset_sent[RS_RESET_shutdown]);
}

/* With rate limits, which the sources of one /64 exceed, and none else. */
static void
stray_of_ipv6_with_rate_limits_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	use_ipv6(f);
	f->params.resets_per_second = RS_RATE_MAX;
	f->params.resets_per_source = 100;
	f->params.source_prefix = 32;
	twins_start(&t, f);
	t.single = true;
	assert_true(run_twins(&t) > ROUNDS / 10);
	assert_true(t.brief->stats.reset_limited[RS_LIMITED_source] > ROUNDS / 20);
}

/*
 * While the port's only address is tentative (RFC 4862 5.4) it has none, and the unspecified
 * address is never a destination (RFC 4291 2.5.2).
 */
static void
stray_of_ipv6_to_no_address_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct rte_mbuf *tx[2 * RS_BURST];
	struct rte_mbuf *m;
	struct bytes frame;
	struct twins t;

	use_ipv6(f);
	f->port.dad_transmits = 1;
	fixture_start(f);
	t = (struct twins){ .f = f, .seed = 9, .ipv6 = true };
	do {
		build_good6(&t, &frame);
	} while (be16(frame.b + 56) != 6000 || frame.b[22] != 0x24 ||
		 (frame.b[67] & RTE_TCP_RST_FLAG) != 0);
	memset(frame.b + 38, 0, 16);
	fix_cksum6(&frame);
	frame.ol_flags = 0;
	m = frame_mbuf(&t, &frame, 0);
	assert_int_equal(rs_stack_run(f->stack, &m, 1, f->now, tx, 2 * RS_BURST), 0);
	assert_int_equal(f->stack->stats.drop[RS_DROP_ip_not_ours], 1);
	assert_int_equal(f->stack->stats.reset_sent[RS_RESET_no_connection] +
		f->stack->stats.reset_sent[RS_RESET_no_listener], 0);
}

/* The vector compares of IPv6 and their scalar twins, bit by bit. */
static void
plain6_vector_compares_are_those_of_words(void **state)
{
	const struct rs_port_words6 *words;
	const struct rs_link *link;
	unsigned int i, heads = 0, usual = 0;
	struct bytes f;
	struct twins t;

	use_ipv6(*state);
	twins_start(&t, *state);
	link = &t.brief->link;
	words = &link->words6[t.f->port.id];
	for (i = 0; i < 20 * ROUNDS; i++) {
		build_good6(&t, &f);
		if (pick(&t, 2))
			f.b[pick(&t, 54)] ^= (uint8_t)(1 << pick(&t, 8));
		assert_int_equal(rs_plain6_head_is_good(words, f.b),
			rs_plain6_head_is_good_scalar(words, f.b));
		assert_int_equal(rs_plain6_addrs_are_usual(link, words, f.b),
			rs_plain6_addrs_are_usual_scalar(link, words, f.b));
		heads += rs_plain6_head_is_good(words, f.b);
		usual += rs_plain6_addrs_are_usual(link, words, f.b);
	}
	assert_true(heads > 10 * ROUNDS && heads < 20 * ROUNDS);
	assert_true(usual > 4 * ROUNDS && usual < 19 * ROUNDS);
	rs_stack_free(t.full);
}

/* The vector compares and their scalar twins, bit by bit. */
static void
plain_vector_compares_are_those_of_words(void **state)
{
	struct rs_port_words *words;
	unsigned int i, good = 0;
	struct bytes f;
	struct twins t;

	twins_start(&t, *state);
	words = &t.brief->link.words[t.f->port.id];
	for (i = 0; i < 20 * ROUNDS; i++) {
		rte_be32_t src = next_random(&t.seed);

		build_good(&t, &f);
		if (pick(&t, 2))
			f.b[pick(&t, 32)] ^= (uint8_t)(1 << pick(&t, 8));
		assert_int_equal(rs_plain_head_is_good(words, f.b),
			rs_plain_head_is_good_scalar(words, f.b));
		good += rs_plain_head_is_good(words, f.b);
		spoil_address(&t, &f);
		if (pick(&t, 2))
			memcpy(&src, f.b + 26, sizeof(src));
		assert_int_equal(rs_plain_source_is_good(words, src),
			rs_plain_source_is_good_scalar(words, src));
	}
	assert_true(good > 10 * ROUNDS && good < 19 * ROUNDS);
	rs_stack_free(t.full);
}

/* Whether segments to a port of ours are strays now. ARP requests may be sent. */
static bool
is_stray(struct fixture *f, uint16_t lport)
{
	struct rte_mbuf *rx = fixture_frame(f, &(struct seg){ .flags = RST, .lport = lport,
		.rport = 9 });
	struct rte_mbuf *tx[2 * RS_BURST];

	rte_pktmbuf_free_bulk(tx, rs_stack_run(f->stack, &rx, 1, f->now, tx, 2 * RS_BURST));
	return f->stack->parsed.n_strays == 1;
}

/* Start the stack with a listener for active opens. */
static struct rs_connect
start_to_connect(struct fixture *f)
{
	unsigned int i;

	for (i = 6; i < LISTENERS; i++)
		f->listeners[i] = (struct rs_listener){
			.name = "active", .service = &f->service, .arg = f,
		};
	f->params.n_listeners = LISTENERS;
	fixture_start(f);
	return (struct rs_connect){ .lport = LPORT_CLOSED, .listener = LISTENERS - 1,
		.raddr = rs_addr_from_ipv4(ADDR(192, 0, 2, 99)) };
}

/* A port without a listener is looked up while a connection lives on it, TIME-WAIT included. */
static void
stray_is_none_while_its_port_has_a_connection(void **state)
{
	static const uint16_t rports[] = { 80, 81 };
	struct fixture *f = *state;
	struct rs_connect to = start_to_connect(f);
	struct rs_tcb *tcbs[2];
	unsigned int i;

	assert_true(is_stray(f, LPORT_CLOSED));
	for (i = 0; i < 2; i++) {
		to.rport = rports[i];
		assert_int_equal(rs_connect(f->tcp, &to, &tcbs[i]), 0);
		assert_false(is_stray(f, LPORT_CLOSED));
		assert_null(rs_stack_audit(f->stack));
	}
	assert_true(is_stray(f, LPORT_CLOSED + 1));
	for (i = 0; i < 2; i++) {
		rs_conn_abort(f->tcp, tcbs[i]);
		assert_int_equal(is_stray(f, LPORT_CLOSED), i == 1);
	}
	/* a listener's port is looked up, whatever happens on it */
	assert_false(is_stray(f, LPORT));
	assert_false(is_stray(f, LPORT_RESET));
	assert_false(is_stray(f, LPORT_DROP));
}

/* Segments to a port that a rule of the access list names take the full way, which asks for it,
 * also after the end of a connection of that port, until another list is there. */
static void
stray_is_none_while_a_rule_names_its_port(void **state)
{
	const struct rs_acl_rule rule = { .action = RS_ACL_RESET, .any = true, .listener = -1,
		.port_first = LPORT_CLOSED, .port_last = LPORT_CLOSED };
	struct rs_acl *acl = rs_acl_create(&rule, 1, 0);
	struct fixture *f = *state;
	struct rs_stack_change *change;
	struct rs_connect to;
	struct rs_tcb *tcb;

	f->params.acl = acl;
	to = start_to_connect(f);
	assert_true(rs_portset_has(&f->tcp->lookup, LPORT_CLOSED));
	assert_false(rs_portset_has(&f->tcp->lookup, LPORT_CLOSED + 1));
	to.rport = 80;
	assert_int_equal(rs_connect(f->tcp, &to, &tcb), 0);
	rs_conn_abort(f->tcp, tcb);
	assert_true(rs_portset_has(&f->tcp->lookup, LPORT_CLOSED));
	f->params.acl = NULL;
	change = rs_stack_change_create(&f->params);
	assert_non_null(change);
	rs_stack_change(f->stack, change);
	rs_stack_change_free(change);
	assert_false(rs_portset_has(&f->tcp->lookup, LPORT_CLOSED));
	fixture_finish(f);
	rs_acl_free(acl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(stray_is_answered_as_by_the_full_way),
		fixture_test(stray_with_offload_of_checksums_is_the_same),
		fixture_test(stray_while_stopping_is_the_same),
		fixture_test(stray_of_ipv6_is_answered_as_by_the_full_way),
		fixture_test(stray_with_an_access_list_is_the_same),
		fixture_test(stray_of_ipv6_with_an_access_list_is_the_same),
		fixture_test(stray_of_ipv6_with_offload_of_checksums_is_the_same),
		fixture_test(stray_of_ipv6_while_stopping_is_the_same),
		fixture_test(stray_of_ipv6_with_rate_limits_is_the_same),
		fixture_test(stray_of_ipv6_to_no_address_is_dropped),
		fixture_test(stray_with_closed_drop_is_dropped),
		fixture_test(plain6_vector_compares_are_those_of_words),
		fixture_test(plain_vector_compares_are_those_of_words),
		fixture_test(stray_is_none_while_its_port_has_a_connection),
		fixture_test(stray_is_none_while_a_rule_names_its_port),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
