/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Setting a link up, the addresses that it owns, and the neighbour table.
 */

#include <errno.h>

#include "link/neigh.h"
#include "packet/ipv4.h"
#include "packet_fixture.h"

static struct rs_prefix
prefix(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t len)
{
	return (struct rs_prefix){
		rs_addr_from_ipv4(IPV4(a, b, c, d)), (uint8_t)(96 + len)
	};
}

static bool
owns(const struct packet_test *t, uint16_t port, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	struct rs_addr addr = prefix(a, b, c, d, 32).addr;

	return rs_link_owns(&t->link, port, &addr);
}

/* Result of rs_link_init() with the present parameters of t. */
static int
init(struct packet_test *t)
{
	static struct rs_link link;
	int rc;

	memset(&link, 0, sizeof(link));
	rc = rs_link_init(&link, &t->params, &t->stats, 0);
	if (rc == 0)
		rs_link_fini(&link);
	return rc;
}

static void
owns_its_addresses_on_their_port(void **state)
{
	struct packet_test *t = *state;
	struct rs_addr v6 = { .b = { 0x20, 0x01, 0x0d, 0xb8 } };

	assert_true(owns(t, 0, 192, 0, 2, 1));
	assert_true(owns(t, 1, 203, 0, 113, 1));
	assert_false(owns(t, 1, 192, 0, 2, 1));
	assert_false(owns(t, 0, 203, 0, 113, 1));
	assert_false(owns(t, 0, 192, 0, 2, 2));
	assert_true(owns(t, 0, 198, 18, 0, 0));
	assert_true(owns(t, 0, 198, 19, 255, 255));
	assert_false(owns(t, 1, 198, 18, 0, 0));
	assert_false(owns(t, 0, 198, 17, 255, 255));
	assert_false(owns(t, 0, 198, 20, 0, 0));
	assert_false(rs_link_owns(&t->link, 0, &v6));
}

/* RFC 1122 3.2.1.3: an address of any port of ours is no source; a neighbouring one may be. */
static void
is_us_on_every_port_and_nowhere_else(void **state)
{
	struct packet_test *t = *state;

	assert_true(rs_link_is_us(&t->link, IPV4(192, 0, 2, 1)));
	assert_true(rs_link_is_us(&t->link, IPV4(203, 0, 113, 1)));
	assert_true(rs_link_is_us(&t->link, IPV4(198, 18, 0, 0)));
	assert_true(rs_link_is_us(&t->link, IPV4(198, 19, 255, 255)));
	assert_false(rs_link_is_us(&t->link, IPV4(192, 0, 2, 2)));
	assert_false(rs_link_is_us(&t->link, IPV4(203, 0, 113, 0)));
	assert_false(rs_link_is_us(&t->link, IPV4(198, 20, 0, 0)));
	assert_false(rs_link_is_us(&t->link, IPV4(10, 0, 0, 1)));
	/* a port that is not ours has no address, not even the one that is nobody's */
	assert_false(owns(t, 9, 0, 0, 0, 0));
}

/* RFC 1122 3.2.1.3: a subnet's broadcast addresses are no host's, nor ours. */
static void
owns_no_broadcast_of_its_subnet(void **state)
{
	struct packet_test *t = *state;

	rs_link_fini(&t->link);
	memset(&t->link, 0, sizeof(t->link));
	t->terminate = prefix(192, 0, 2, 0, 24);
	assert_int_equal(0, rs_link_init(&t->link, &t->params, &t->stats, 0));
	assert_true(owns(t, 0, 192, 0, 2, 2));
	assert_true(owns(t, 0, 192, 0, 2, 254));
	assert_false(owns(t, 0, 192, 0, 2, 0));
	assert_false(owns(t, 0, 192, 0, 2, 255));
}

/* RFC 3021 2.1: the two addresses of a /31 are hosts'; so is that of a /32. */
static void
owns_both_ends_of_a_point_to_point_subnet(void **state)
{
	struct packet_test *t = *state;
	uint8_t len;

	for (len = 31; len <= 32; len++) {
		rs_link_fini(&t->link);
		memset(&t->link, 0, sizeof(t->link));
		t->ports[1].subnet = prefix(203, 0, 113, 1, len);
		t->terminate = prefix(203, 0, 113, 0, 31);
		t->terminate_port = 1;
		assert_int_equal(0, rs_link_init(&t->link, &t->params, &t->stats, 0));
		assert_true(owns(t, 1, 203, 0, 113, 0));
		assert_true(owns(t, 1, 203, 0, 113, 1));
	}
}

/* A port may have further addresses, in subnets of their own or the same. */
static void
owns_each_address_of_a_port(void **state)
{
	struct packet_test *t = *state;
	const struct rs_addr near = prefix(10, 0, 0, 7, 32).addr, far = prefix(9, 9, 9, 9, 32).addr;

	rs_link_fini(&t->link);
	memset(&t->link, 0, sizeof(t->link));
	t->ports[1].more_subnets[0] = prefix(203, 0, 113, 2, 30);
	t->ports[1].more_subnets[1] = prefix(10, 0, 0, 1, 8);
	t->ports[1].n_more_subnets = 2;
	assert_int_equal(0, rs_link_init(&t->link, &t->params, &t->stats, 0));
	assert_true(owns(t, 1, 203, 0, 113, 1));
	assert_true(owns(t, 1, 203, 0, 113, 2));
	assert_true(owns(t, 1, 10, 0, 0, 1));
	assert_false(owns(t, 0, 10, 0, 0, 1));
	assert_true(rs_link_is_us(&t->link, IPV4(10, 0, 0, 1)));
	assert_true(rs_link_no_host_has(&t->link, 1, IPV4(10, 255, 255, 255)));
	assert_false(rs_link_no_host_has(&t->link, 0, IPV4(10, 255, 255, 255)));
	assert_int_equal(2, t->link.n_no_hosts); /* those of the /30 stand in the port's words */
	assert_int_equal(IPV4(10, 0, 0, 1), rs_link_source4(&t->link, 1, &near)->w[3]);
	assert_int_equal(IPV4(203, 0, 113, 1), rs_link_source4(&t->link, 1, &far)->w[3]);
}

static void
init_refuses_further_addresses(void **state)
{
	struct packet_test *t = *state;

	t->ports[1].n_more_subnets = 1;
	t->ports[1].more_subnets[0] = prefix(10, 0, 0, 1, 8);
	assert_int_equal(0, init(t));
	t->ports[1].more_subnets[0] = prefix(10, 0, 0, 0, 8); /* no host's */
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].more_subnets[0] = t->ports[1].subnet; /* twice */
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].more_subnets[0] = prefix(192, 0, 2, 1, 24); /* of another port */
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].more_subnets[0] = prefix(10, 0, 0, 1, 8);
	t->ports[1].n_more_subnets = RS_SUBNETS_MAX;
	assert_int_equal(-EINVAL, init(t));
}

static void
init_refuses_ports(void **state)
{
	struct packet_test *t = *state;
	const struct rs_port good = t->ports[1];

	assert_int_equal(0, init(t));
	t->ports[1].id = RS_PORTS_MAX;
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].id = 0; /* twice */
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].id = 2; /* another than its device's */
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].id = t->ports[1].device = RS_DEVICES_MAX;
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].id = t->ports[1].device = RS_DEVICES_MAX - 1;
	assert_int_equal(0, init(t));
	t->ports[1] = good;
	t->ports[1].mtu = 67; /* RFC 791 3.2: 68 must pass */
	assert_int_equal(-EINVAL, init(t));
	t->ports[1].mtu = 68;
	assert_int_equal(0, init(t));
	t->ports[1].subnet.addr.b[0] = 0x20; /* IPv6 */
	assert_int_equal(-EINVAL, init(t));
	t->ports[1] = good;
	t->params.n_ports = 0;
	assert_int_equal(-EINVAL, init(t));
	t->params.n_ports = RS_PORTS_MAX + 1;
	assert_int_equal(-EINVAL, init(t));
}

static void
init_refuses_addresses_no_host_can_have(void **state)
{
	struct packet_test *t = *state;
	const struct rs_prefix bad[] = {
		prefix(0, 1, 2, 3, 24), prefix(127, 0, 0, 1, 8), prefix(224, 0, 0, 1, 24),
		prefix(239, 1, 1, 1, 24), prefix(240, 0, 0, 1, 24), prefix(255, 255, 255, 255, 32),
		prefix(203, 0, 113, 0, 30), prefix(203, 0, 113, 3, 30), prefix(10, 0, 0, 0, 8),
		prefix(10, 255, 255, 255, 8),
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		t->ports[1].subnet = bad[i];
		assert_int_equal(-EINVAL, init(t));
	}
}

static void
init_refuses_prefixes(void **state)
{
	struct packet_test *t = *state;
	const struct rs_prefix bad[] = {
		prefix(0, 0, 0, 0, 0), prefix(0, 0, 0, 0, 1), prefix(0, 0, 0, 0, 4),
		prefix(64, 0, 0, 0, 2),
		prefix(126, 0, 0, 0, 7), prefix(127, 1, 0, 0, 16), prefix(192, 0, 0, 0, 2),
		prefix(224, 0, 0, 0, 4), prefix(203, 0, 113, 1, 32), prefix(203, 0, 113, 0, 24),
		{ .addr = { .b = { 0xff, 0x02 } }, .len = 64 },
		{ .addr = { .b = { [15] = 1 } }, .len = 128 },
		{ .addr = { .b = { 0x20, 0x01 } }, .len = 7 },
		{ .addr = { .b = { 0x20, 0x01 } }, .len = 129 },
		{ .addr = prefix(198, 18, 0, 0, 0).addr, .len = 95 },
		{ .addr = prefix(198, 18, 0, 0, 0).addr, .len = 129 },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		t->terminate = bad[i];
		assert_int_equal(-EINVAL, init(t));
	}
	t->terminate = prefix(198, 18, 0, 0, 15);
	t->terminate_port = 2; /* there is no such port */
	assert_int_equal(-EINVAL, init(t));
	t->terminate_port = UINT16_MAX;
	assert_int_equal(-EINVAL, init(t));
	t->terminate_port = 1;
	t->params.n_terminate = RS_PREFIXES_MAX + 1;
	assert_int_equal(-EINVAL, init(t));
	t->params.n_terminate = 1;
	assert_int_equal(0, init(t));
}

/* Prefixes of one port may overlap, those of two may not, whichever is the longer. */
static void
init_refuses_one_address_on_two_ports(void **state)
{
	struct packet_test *t = *state;
	struct rs_prefix two[2] = { prefix(198, 18, 0, 0, 15), prefix(198, 19, 5, 0, 24) };
	uint16_t ports[2] = { 0, 0 };

	t->params.terminate = two;
	t->params.terminate_port = ports;
	t->params.n_terminate = 2;
	assert_int_equal(0, init(t));
	ports[1] = 1;
	assert_int_equal(-EINVAL, init(t));
	two[0] = prefix(198, 19, 5, 7, 32);
	assert_int_equal(-EINVAL, init(t));
	two[0] = prefix(198, 19, 6, 0, 24);
	assert_int_equal(0, init(t));
}

/* The hash key is the secret's, wholly: another byte, other words; the same, the same. */
static void
key_comes_from_the_secret(void **state)
{
	struct packet_test *t = *state;
	struct rs_hash_key first = t->link.key;
	unsigned int i, k;

	for (i = 0; i < sizeof(t->params.secret); i++) {
		t->params.secret[i] ^= 1;
		rs_link_fini(&t->link);
		memset(&t->link, 0, sizeof(t->link));
		assert_int_equal(0, rs_link_init(&t->link, &t->params, &t->stats, 0));
		for (k = 0; k < RTE_DIM(first.k); k++)
			assert_int_not_equal(first.k[k], t->link.key.k[k]);
		t->params.secret[i] ^= 1;
	}
	rs_link_fini(&t->link);
	memset(&t->link, 0, sizeof(t->link));
	assert_int_equal(0, rs_link_init(&t->link, &t->params, &t->stats, 0));
	assert_memory_equal(&first, &t->link.key, sizeof(first));
	for (i = 1; i < RTE_DIM(first.k); i++)
		assert_int_not_equal(first.k[0], first.k[i]);
}

static void
init_refuses_sizes_of_the_neighbour_table(void **state)
{
	struct packet_test *t = *state;

	t->params.max_neighbours = 0;
	assert_int_equal(-EINVAL, init(t));
	t->params.max_neighbours = 65536;
	assert_int_equal(-EINVAL, init(t));
	t->params.max_neighbours = 65535;
	assert_int_equal(0, init(t));
	t->params.max_neighbours = 1;
	assert_int_equal(0, init(t));
}

/* A frame of neighbour number n. */
static struct rte_mbuf *
frame_of(struct packet_test *t, unsigned int n, uint16_t port)
{
	struct frame f;

	frame_build(&f, &(struct shape){ .flags = 0 });
	f.b[10] = (uint8_t)(n >> 8);
	f.b[11] = (uint8_t)n;
	return frame_mbuf(t, &f, port);
}

static void
neigh_is_one_for_each_mac_and_port(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m[] = {
		frame_of(t, 1, 0), frame_of(t, 2, 0), frame_of(t, 1, 1),
		frame_of(t, 1, RS_DEVICES_MAX),
	};
	uint16_t n[RTE_DIM(m)];
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(m); i++) {
		n[i] = rs_neigh_get(&t->link, m[i]);
		assert_int_not_equal(RS_NO_NEIGH, n[i]);
		assert_int_equal(i + 1, t->link.neighs_used);
	}
	for (i = 0; i < RTE_DIM(m); i++) {
		for (k = 0; k < RTE_DIM(m); k++)
			assert_int_equal(i == k, rs_neigh_is(&t->link, n[i], m[k]));
		assert_int_equal(n[i], rs_neigh_get(&t->link, m[i]));
	}
	assert_int_equal(RTE_DIM(m), t->link.neighs_used);
	for (i = 0; i < RTE_DIM(m); i++) {
		rs_neigh_put(&t->link, n[i]);
		rs_neigh_put(&t->link, n[i]);
		frame_free(m[i]);
	}
	assert_int_equal(0, t->link.neighs_used);
}

/* Whatever the EtherType behind it is, a source MAC is that of the same neighbour. */
static void
neigh_of_any_ethertype_is_the_same(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m = frame_of(t, 1, 0);
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	uint16_t n = rs_neigh_get(&t->link, m);
	uint32_t type;

	for (type = 0; type <= UINT16_MAX; type++) {
		eth->ether_type = (rte_be16_t)type;
		assert_true(rs_neigh_is(&t->link, n, m));
	}
	eth->src_addr.addr_bytes[5] ^= 1;
	assert_false(rs_neigh_is(&t->link, n, m));
	rs_neigh_put(&t->link, n);
	frame_free(m);
}

/* Half-open connections make entries for a half of the table, so that others find room. */
static void
neigh_half_open_hold_a_share_of_the_table(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m[9];
	uint16_t n[9];
	unsigned int i;

	for (i = 0; i < 9; i++)
		m[i] = frame_of(t, i, 0);
	for (i = 0; i < 4; i++) {
		n[i] = rs_neigh_get_half_open(&t->link, m[i]);
		assert_int_not_equal(RS_NO_NEIGH, n[i]);
		rs_neigh_half_open_add(&t->link, n[i]);
	}
	assert_int_equal(RS_NO_NEIGH, rs_neigh_get_half_open(&t->link, m[4]));
	assert_int_equal(1, t->stats.packet.no_neighbour);
	/* One more of a neighbour that is known, and one that is open, find room. */
	assert_int_equal(n[0], rs_neigh_get_half_open(&t->link, m[0]));
	rs_neigh_half_open_add(&t->link, n[0]);
	n[5] = rs_neigh_get(&t->link, m[5]);
	assert_int_not_equal(RS_NO_NEIGH, n[5]);
	assert_int_equal(n[5], rs_neigh_get_half_open(&t->link, m[5]));
	rs_neigh_half_open_add(&t->link, n[5]);
	assert_int_equal(4, t->link.neighs_half_open);
	/* A half-open one opens: the entry counts no more, whatever else refers to it. */
	rs_neigh_half_open_remove(&t->link, n[0]);
	assert_int_equal(3, t->link.neighs_half_open);
	n[4] = rs_neigh_get_half_open(&t->link, m[4]);
	assert_int_not_equal(RS_NO_NEIGH, n[4]);
	rs_neigh_half_open_add(&t->link, n[4]);
	assert_int_equal(RS_NO_NEIGH, rs_neigh_get_half_open(&t->link, m[6]));
	/* The open one ends, so only half-open ones are left at n[0], and at n[5]. */
	rs_neigh_put(&t->link, n[0]);
	assert_int_equal(5, t->link.neighs_half_open);
	rs_neigh_put(&t->link, n[5]);
	assert_int_equal(6, t->link.neighs_half_open);
	/* All end: service resumes. */
	for (i = 0; i < 6; i++) {
		rs_neigh_half_open_remove(&t->link, n[i]);
		rs_neigh_put(&t->link, n[i]);
	}
	assert_int_equal(0, t->link.neighs_half_open);
	assert_int_equal(0, t->link.neighs_used);
	n[6] = rs_neigh_get_half_open(&t->link, m[6]);
	assert_int_not_equal(RS_NO_NEIGH, n[6]);
	rs_neigh_put(&t->link, n[6]);
	for (i = 0; i < 9; i++)
		frame_free(m[i]);
}

/*
 * An entry that was freed and is that of an address now, which ARP may give another MAC at any
 * time, is not taken for that of a sender, though the MAC is the same.
 */
static void
neigh_of_an_address_is_not_that_of_a_sender(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m = frame_of(t, 1, 0);
	struct rs_neigh want = { .state = RS_NEIGH_REACHABLE,
		.addr = rs_addr_from_ipv4(RTE_BE32(0xc0000207)) };
	uint16_t sender = rs_neigh_get(&t->link, m);
	uint16_t address;

	want.mac = t->link.neighs[sender].mac;
	rs_neigh_put(&t->link, sender);
	address = rs_neigh_add(&t->link, &want);
	assert_int_equal(sender, address);
	rs_neigh_ref(&t->link, address);
	sender = rs_neigh_get(&t->link, m);
	assert_int_not_equal(sender, address);
	rs_neigh_put(&t->link, sender);
	rs_neigh_put(&t->link, address);
	frame_free(m);
}

/* An entry that was freed and belongs to another host now is not taken for that of the first. */
static void
neigh_freed_is_not_found_again(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *first = frame_of(t, 1, 0);
	struct rte_mbuf *second = frame_of(t, 2, 0);
	uint16_t n = rs_neigh_get(&t->link, first);
	uint16_t other;

	rs_neigh_put(&t->link, n);
	assert_int_equal(0, t->link.neighs_used);
	assert_int_equal(n, rs_neigh_get(&t->link, second));
	other = rs_neigh_get(&t->link, first);
	assert_int_not_equal(n, other);
	assert_true(rs_neigh_is(&t->link, other, first));
	assert_int_equal(2, t->link.neighs_used);
	rs_neigh_put(&t->link, n);
	/* without a reference it is not found, either: it would stay free */
	assert_int_equal(other, rs_neigh_get(&t->link, first));
	n = rs_neigh_get(&t->link, second);
	assert_int_equal(2, t->link.neighs_used);
	assert_int_equal(1, t->link.neighs[n].refs);
	rs_neigh_put(&t->link, n);
	rs_neigh_put(&t->link, other);
	rs_neigh_put(&t->link, other);
	assert_int_equal(0, t->link.neighs_used);
	frame_free(first);
	frame_free(second);
}

static void
neigh_table_full_then_free_again(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *m[9];
	uint16_t n[9];
	unsigned int i;

	for (i = 0; i < 9; i++)
		m[i] = frame_of(t, i, 0);
	for (i = 0; i < 8; i++)
		n[i] = rs_neigh_get(&t->link, m[i]);
	assert_int_equal(RS_NO_NEIGH, rs_neigh_get(&t->link, m[8]));
	assert_int_equal(n[3], rs_neigh_get(&t->link, m[3])); /* a known one is still found */
	rs_neigh_put(&t->link, n[3]);
	assert_int_equal(RS_NO_NEIGH, rs_neigh_get(&t->link, m[8])); /* it has a reference */
	assert_int_equal(2, t->stats.packet.no_neighbour);
	rs_neigh_put(&t->link, n[3]);
	n[8] = rs_neigh_get(&t->link, m[8]);
	assert_int_equal(n[3], n[8]);
	assert_true(rs_neigh_is(&t->link, n[8], m[8]));
	assert_int_equal(RS_NO_NEIGH, rs_neigh_get(&t->link, m[3]));
	for (i = 0; i < 9; i++) {
		if (i != 3)
			rs_neigh_put(&t->link, n[i]);
		frame_free(m[i]);
	}
	assert_int_equal(0, t->link.neighs_used);
}

/* Thousands of gets and puts against a plain count of references. */
static void
neigh_table_agrees_with_a_model(void **state)
{
	enum { PEERS = 12 };
	struct packet_test *t = *state;
	struct rte_mbuf *m[PEERS];
	unsigned int refs[PEERS] = { 0 };
	uint16_t index[PEERS] = { 0 };
	unsigned int used = 0, i, p;
	uint64_t seed = 7;

	for (i = 0; i < PEERS; i++)
		m[i] = frame_of(t, i, (uint16_t)(i % 3 == 0));
	for (i = 0; i < 20000; i++) {
		p = next_random(&seed) % PEERS;
		if (next_random(&seed) % 2 == 0 && refs[p] > 0) {
			rs_neigh_put(&t->link, index[p]);
			used -= --refs[p] == 0;
		} else {
			uint16_t n = rs_neigh_get(&t->link, m[p]);

			if (refs[p] == 0 && used == 8) {
				assert_int_equal(RS_NO_NEIGH, n);
				continue;
			}
			assert_true(rs_neigh_is(&t->link, n, m[p]));
			assert_true(refs[p] == 0 || n == index[p]);
			used += refs[p]++ == 0;
			index[p] = n;
		}
		assert_int_equal(used, t->link.neighs_used);
	}
	for (i = 0; i < PEERS; i++) {
		while (refs[i]-- > 0)
			rs_neigh_put(&t->link, index[i]);
		frame_free(m[i]);
	}
	assert_int_equal(0, t->link.neighs_used);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, packet_setup, packet_teardown)

/* RFC 9293 3.7.1: "536 (576 - 40) for IPv4 or 1220 (1280 - 60) for IPv6" */
static void
headers_and_default_mss_are_the_family_s(void **state)
{
	const struct rs_addr ipv4 = rs_addr_from_ipv4(PEER);
	const struct rs_addr ipv6 = { .b = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };

	(void)state;
	assert_int_equal(rs_headers_len(&ipv4), 40);
	assert_int_equal(rs_headers_len(&ipv6), 60);
	assert_int_equal(rs_mss_default(&ipv4), 576 - 40);
	assert_int_equal(rs_mss_default(&ipv6), 1280 - 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(owns_its_addresses_on_their_port),
		TEST(is_us_on_every_port_and_nowhere_else),
		TEST(owns_no_broadcast_of_its_subnet),
		TEST(owns_both_ends_of_a_point_to_point_subnet),
		TEST(init_refuses_further_addresses),
		TEST(init_refuses_ports),
		TEST(owns_each_address_of_a_port),
		TEST(init_refuses_addresses_no_host_can_have),
		TEST(init_refuses_prefixes),
		TEST(init_refuses_one_address_on_two_ports),
		TEST(key_comes_from_the_secret),
		TEST(init_refuses_sizes_of_the_neighbour_table),
		TEST(neigh_half_open_hold_a_share_of_the_table),
		TEST(neigh_is_one_for_each_mac_and_port),
		TEST(neigh_of_any_ethertype_is_the_same),
		TEST(neigh_of_an_address_is_not_that_of_a_sender),
		TEST(neigh_freed_is_not_found_again),
		TEST(neigh_table_full_then_free_again),
		TEST(neigh_table_agrees_with_a_model),
		TEST(headers_and_default_mss_are_the_family_s),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
