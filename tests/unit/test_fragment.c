/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The ledger of fragments: its bounds, its failures, and random fragments. tests/wire has the
 * rules of the RFCs (case_fragments.c).
 */

#include <netinet/in.h>

#include "packet/fragment.h"
#include "packet_fixture.h"

enum { MAX = 32, TIMEOUT = 60 * 1000000, HEADERS = 34 };

static int
setup(void **state)
{
	struct packet_test *t;

	if (packet_setup(state) != 0)
		return -1;
	t = *state;
	t->link.fragments = rs_fragments_create(MAX, TIMEOUT, t->params.socket);
	return t->link.fragments == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct packet_test *t = *state;

	rs_fragments_free(t->link.fragments);
	return packet_teardown(state);
}

/* A fragment of an IPv4 datagram from the peer, whose bytes tell their place. */
static struct rte_mbuf *
make_fragment(struct packet_test *t, uint16_t first, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(t->pool);
	uint8_t *p;
	uint16_t i;

	assert_non_null(m);
	p = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(HEADERS + len));
	memset(p, 0, HEADERS);
	for (i = 0; i < len; i++)
		p[HEADERS + i] = (uint8_t)((first + i) * 31 >> 3);
	m->port = 0;
	m->l2_len = RTE_ETHER_HDR_LEN;
	m->l3_len = sizeof(struct rte_ipv4_hdr);
	return m;
}

/* Keep a fragment, or free it. @return its fate */
static unsigned int
keep(struct packet_test *t, uint16_t id, uint16_t first, uint16_t len, bool more)
{
	struct rte_mbuf *m = make_fragment(t, first, len);
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *,
		RTE_ETHER_HDR_LEN);
	struct rs_fragment frag = {
		.key = rs_tuple_from_ipv4(US, PEER, rte_cpu_to_be_16(id), RTE_BE16(IPPROTO_UDP)),
		.first = first, .len = len, .more = more,
	};
	unsigned int fate;

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + len)),
		.packet_id = rte_cpu_to_be_16(id),
		.fragment_offset = rte_cpu_to_be_16((uint16_t)(first / 8 |
			(more ? RTE_IPV4_HDR_MF_FLAG : 0))),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_UDP,
		.src_addr = PEER,
		.dst_addr = US,
	};
	fate = rs_fragment_keep(&t->link, m, &frag, t->now);
	if (fate != RS_FATE_KEPT) {
		t->stats.drop[fate]++;
		rte_pktmbuf_free(m);
	}
	return fate;
}

/* Run the ledger and free what it sends. @return the number of frames */
static unsigned int
run(struct packet_test *t, uint16_t room)
{
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t n = rs_fragments_run(&t->link, t->now, tx, room);

	rte_pktmbuf_free_bulk(tx, n);
	return n;
}

/* Take a whole datagram of len bytes, and check its header and its bytes. */
static void
expect_whole(struct packet_test *t, uint16_t len)
{
	struct rte_mbuf *pkts[RS_BURST];
	const struct rte_ipv4_hdr *ip;
	const uint8_t *p;
	uint16_t i;

	assert_int_equal(rs_fragments_take(&t->link, pkts), 1);
	assert_int_equal(pkts[0]->nb_segs, 1);
	assert_int_equal(pkts[0]->data_len, HEADERS + len);
	ip = rte_pktmbuf_mtod_offset(pkts[0], const struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	assert_int_equal(rte_be_to_cpu_16(ip->total_length), sizeof(*ip) + len);
	assert_int_equal(ip->fragment_offset, 0);
	assert_int_equal(rte_raw_cksum(ip, sizeof(*ip)), 0xffff);
	p = rte_pktmbuf_mtod_offset(pkts[0], const uint8_t *, HEADERS);
	for (i = 0; i < len; i++)
		assert_int_equal(p[i], (uint8_t)(i * 31 >> 3));
	rte_pktmbuf_free(pkts[0]);
}

/* The counters say where every fragment is: none is lost, and none is kept for ever. */
static void
fragment_in_random_order_is_joined_or_counted(void **state)
{
	struct packet_test *t = *state;
	uint64_t whole = 0, sent = 0, dropped = 0;
	uint64_t seed = 1;
	uint16_t id;

	for (id = 1; id <= 2000; id++) {
		uint16_t units[9] = { 0 };
		uint16_t order[8];
		uint16_t n = (uint16_t)(2 + next_random(&seed) % 7);
		uint16_t last = (uint16_t)(1 + next_random(&seed) % 8);
		uint16_t i;

		for (i = 0; i < n; i++) {
			uint16_t other = (uint16_t)(next_random(&seed) % (i + 1u));

			units[i + 1] = (uint16_t)(units[i] + 1 + next_random(&seed) % 20);
			order[i] = order[other];
			order[other] = i;
		}
		for (i = 0; i < n; i++) {
			uint16_t first = (uint16_t)(units[order[i]] * 8);
			bool more = order[i] + 1 < n;
			uint16_t end = (uint16_t)(units[order[i] + 1] * 8 -
				(more ? 0 : last - 1));

			assert_int_equal(keep(t, id, first, (uint16_t)(end - first), more),
				RS_FATE_KEPT);
			sent++;
			if (next_random(&seed) % 8 == 0) { /* a duplicate, or of a new one */
				keep(t, id, first, (uint16_t)(end - first), more);
				sent++;
			}
			if (t->stats.packet.reassembled > whole) {
				whole++;
				expect_whole(t, (uint16_t)(units[n] * 8 - last + 1));
				sent -= n;
			}
		}
	}
	assert_int_equal(whole, 2000);
	t->now += TIMEOUT;
	while (t->link.n_fragments > 0)
		run(t, RS_FRAGMENTS_TX);
	for (id = 0; id < RS_DROP_MAX; id++)
		dropped += t->stats.drop[id];
	assert_int_equal(dropped + t->stats.packet.time_exceeded, sent);
	assert_true(t->stats.drop[RS_DROP_fragment_duplicate] > 100);
}

/* No more fragments are held than configured, and the newest are kept. */
static void
fragments_are_bounded(void **state)
{
	struct packet_test *t = *state;
	uint16_t id;

	for (id = 1; id <= 1000; id++) {
		keep(t, id, 8, 8, true);
		if (id % 2 == 0)
			keep(t, id, 24, 8, true);
		assert_true(t->link.n_fragments <= MAX);
		assert_true(rte_mempool_in_use_count(t->pool) <= MAX);
	}
	assert_int_equal(t->stats.drop[RS_DROP_fragment_evicted], 1500 - t->link.n_fragments);
	keep(t, 1000, 0, 8, true);
	keep(t, 1000, 16, 8, true);
	keep(t, 1000, 32, 8, false);
	expect_whole(t, 40);
}

/* A run abandons a bounded number of datagrams, sends no more than there is room, and goes on. */
static void
fragments_expire_in_bounded_runs(void **state)
{
	struct packet_test *t = *state;
	uint16_t id;

	assert_true(rs_fragments_due(&t->link) == UINT64_MAX);
	for (id = 1; id <= 16; id++)
		keep(t, id, 0, 8, true);
	assert_true(rs_fragments_due(&t->link) == t->now + TIMEOUT);
	t->now += TIMEOUT - 1;
	assert_int_equal(run(t, RS_FRAGMENTS_TX), 0);
	assert_int_equal(t->link.n_fragments, 16);
	t->now++;
	assert_int_equal(run(t, 3), 3);
	assert_true(rs_fragments_due(&t->link) == 0);
	assert_int_equal(run(t, RS_FRAGMENTS_TX), 13);
	assert_true(rs_fragments_due(&t->link) == UINT64_MAX);
	assert_int_equal(t->stats.packet.time_exceeded, 16);
	assert_int_equal(t->stats.packet.reassembly_timeouts, 16);
}

/* A datagram for which no mbuf is left is dropped and counted. */
static void
fragments_without_an_mbuf_are_dropped(void **state)
{
	struct packet_test *t = *state;
	struct rte_mbuf *all[256], *none[RS_BURST];
	struct rte_mbuf *m;
	unsigned int n = 0;

	keep(t, 1, 0, 8, true);
	while (rte_mempool_avail_count(t->pool) > 1) {
		m = rte_pktmbuf_alloc(t->pool);
		assert_non_null(m);
		all[n++] = m;
	}
	assert_int_equal(keep(t, 1, 8, 8, false), RS_FATE_KEPT);
	assert_int_equal(rs_fragments_take(&t->link, none), 0);
	assert_int_equal(t->stats.drop[RS_DROP_no_mbuf], 2);
	assert_int_equal(t->link.n_fragments, 0);
	rte_pktmbuf_free_bulk(all, n);
}

/*
 * A payload that fits behind its last fragment's header may be too long behind the first one's,
 * whose options the datagram gets (RFC 791 3.2): its length must have 16 bits.
 */
static void
fragments_of_more_than_a_datagram_are_dropped(void **state)
{
	enum { PIECE = 8192, PIECES = 8, ROOM = RTE_PKTMBUF_HEADROOM + 10000 };
	const uint16_t lengths[] = { /* of the last one */
		UINT16_MAX - sizeof(struct rte_ipv4_hdr) - (PIECES - 1) * PIECE,
		UINT16_MAX - sizeof(struct rte_ipv4_hdr) - (PIECES - 1) * PIECE + 1,
	};
	struct packet_test *t = *state;
	struct rte_mempool *pool = t->pool;
	unsigned int i, id;

	t->pool = rte_pktmbuf_pool_create("jumbo", 4 * PIECES, 0, 0, ROOM, SOCKET_ID_ANY);
	assert_non_null(t->pool);
	for (id = 0; id < RTE_DIM(lengths); id++) {
		for (i = 0; i < PIECES - 1; i++)
			assert_int_equal(keep(t, (uint16_t)id, (uint16_t)(i * PIECE), PIECE, true),
				RS_FATE_KEPT);
		assert_int_equal(keep(t, (uint16_t)id, (uint16_t)(i * PIECE), lengths[id], false),
			RS_FATE_KEPT);
		assert_int_equal(t->stats.drop[RS_DROP_fragment_bad], id * PIECES);
		assert_int_equal(t->link.n_fragments, 0);
	}
	/* what comes of it later is dropped, too (RFC 8200 4.5) */
	assert_int_equal(keep(t, 1, 0, 8, true), RS_DROP_fragment_bad);
	assert_int_equal(rte_mempool_in_use_count(t->pool), 0);
	rte_mempool_free(t->pool);
	t->pool = pool;
}

/* Datagrams that are not taken have room for a burst; teardown frees all that is left. */
static void
fragments_left_are_freed(void **state)
{
	struct packet_test *t = *state;
	uint16_t id;

	for (id = 1; id <= RS_BURST + 1; id++) {
		keep(t, id, 0, 8, true);
		keep(t, id, 8, 8, false);
	}
	assert_int_equal(t->stats.drop[RS_DROP_no_mbuf], 2);
	keep(t, 100, 0, 8, true);
	t->now += TIMEOUT;
	assert_int_equal(run(t, 0), 0); /* a time exceeded message waits */
	keep(t, 101, 0, 8, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fragment_in_random_order_is_joined_or_counted),
		TEST(fragments_are_bounded),
		TEST(fragments_expire_in_bounded_runs),
		TEST(fragments_left_are_freed),
		TEST(fragments_of_more_than_a_datagram_are_dropped),
		TEST(fragments_without_an_mbuf_are_dropped),
	};

	return cmocka_run_group_tests(tests, packet_group_setup, NULL);
}
