/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Steering of frames to their worker. An active open tries random ports until the replies lead
 * to its worker, which keeps ports as hard to guess as RFC 6056 wants and works with the key that
 * the device has. rte_thash_adjust_tuple() would compute a port for a queue instead.
 */

#include <netinet/in.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <rte_ip.h>
#include <rte_prefetch.h>
#include <rte_thash.h>

#include "packet/intake.h"
#include "packet/peek.h"
#include "steer.h"

/* The frame stays: its owner is not known, or any worker may process it. */
#define STAYS UINT16_MAX
/* Every worker may be waiting for the frame. */
#define ALL (UINT16_MAX - 1)

void
rs_steer_init(struct rs_steer *steer, const struct rs_rss *rss, struct rte_ring **rings,
	uint16_t n, uint16_t self, const struct rs_tcp_params *params, struct rte_mempool *mbufs)
{
	*steer = (struct rs_steer){
		.rss = rss,
		.mbufs = mbufs,
		.rings = rings,
		.n = n,
		.self = self,
		.opens = true,
		.first = params->local_port_first,
		.last = params->local_port_last,
		.inverse = UINT32_MAX / n + 1,
	};
}

void
rs_steer_choose_key(struct rs_hash_key *key)
{
	arc4random_buf(key, sizeof(*key));
}

struct rte_ring *
rs_steer_ring(const char *name, unsigned int socket)
{
	/* RTS mode, because workers may share a CPU and be preempted within an enqueue */
	return rte_ring_create(name, RS_STEER_RING, (int)socket,
		RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
}

void
rs_steer_ring_free(struct rte_ring *ring)
{
	void *m;

	if (ring == NULL)
		return;
	while (rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
}

/*
 * The owner by port number: port p belongs to worker (p - first) % n. The remainder is computed
 * by multiplication (D. Lemire).
 */
static uint16_t
owner_by_port(const struct rs_steer *steer, uint16_t port)
{
	uint32_t fraction = steer->inverse * (uint32_t)(port - steer->first);

	return (uint16_t)((uint64_t)fraction * steer->n >> 32);
}

/* The owner by RSS: hash the tuple as the device hashes a frame from the peer. */
static uint16_t
owner_by_rss(const struct rs_rss *rss, const struct rs_tuple *tuple)
{
	struct rte_ipv4_tuple in = {
		.src_addr = rte_be_to_cpu_32(tuple->raddr.w[3]),
		.dst_addr = rte_be_to_cpu_32(tuple->laddr.w[3]),
		.sport = tuple->rport,
		.dport = tuple->lport,
	};
	uint32_t words[RTE_THASH_V4_L4_LEN];

	memcpy(words, &in, sizeof(words));
	return rss->queue[rte_softrss_be(words,
		rss->ports ? RTE_THASH_V4_L4_LEN : RTE_THASH_V4_L3_LEN,
		(const uint8_t *)rss->key) & rss->mask];
}

/* The same for IPv6. */
static uint16_t
owner_by_rss6(const struct rs_rss *rss, const struct rs_tuple *tuple)
{
	struct rte_ipv6_tuple in = { .sport = tuple->rport, .dport = tuple->lport };
	uint32_t words[RTE_THASH_V6_L4_LEN];
	unsigned int i;

	memcpy(words, &in, sizeof(words));
	for (i = 0; i < RTE_DIM(tuple->raddr.w); i++) {
		words[i] = rte_be_to_cpu_32(tuple->raddr.w[i]);
		words[RTE_DIM(tuple->raddr.w) + i] = rte_be_to_cpu_32(tuple->laddr.w[i]);
	}
	return rss->queue[rte_softrss_be(words,
		rss->ports6 ? RTE_THASH_V6_L4_LEN : RTE_THASH_V6_L3_LEN,
		(const uint8_t *)rss->key) & rss->mask];
}

/*
 * The owner in software. Toeplitz, the hash of devices, would take several times the instructions,
 * because it is made bit by bit. The product moves the low bits of the hash to the top, because the
 * high ones of IPv6 tuples that differ only in their ports may be spread unevenly.
 */
static uint16_t
owner_by_key(const struct rs_steer *steer, const struct rs_tuple *tuple)
{
	uint32_t hash = rs_tuple_hash(steer->key, tuple) * UINT32_C(0x9e3779b1);

	return (uint16_t)((uint64_t)hash * steer->n >> 32);
}

uint16_t
rs_steer_owner(const struct rs_steer *steer, const struct rs_tuple *tuple)
{
	const struct rs_rss *rss = steer->rss;

	if (steer->key != NULL)
		return owner_by_key(steer, tuple);
	if (rs_addr_is_ipv4(&tuple->raddr))
		return rss != NULL ? owner_by_rss(rss, tuple) :
			owner_by_port(steer, tuple->lport);
	return rss != NULL && rss->ipv6 ? owner_by_rss6(rss, tuple) :
		owner_by_port(steer, tuple->lport);
}

bool
rs_steer_replies_here(void *arg, const struct rs_tuple *tuple)
{
	const struct rs_steer *steer = arg;

	return steer->n <= 1 || rs_steer_owner(steer, tuple) == steer->self;
}

/* The worker that a frame belongs to. */
static uint16_t
owner_of_frame(const struct rs_steer *steer, const struct rte_mbuf *m)
{
	struct rs_tuple tuple;

	switch (rs_peek_owner(m, &tuple)) {
	case RS_PEEK_ALL:
		return steer->opens ? ALL : STAYS;
	case RS_PEEK_TUPLE:
		/* other local ports belong to listeners, whose connections RSS spreads */
		if (steer->key != NULL ||
		    (tuple.lport >= steer->first && tuple.lport <= steer->last))
			return rs_steer_owner(steer, &tuple);
		return STAYS;
	case RS_PEEK_FRAGMENT:
		/* to one worker, which hands the whole datagram over */
		return steer->key != NULL ? rs_steer_owner(steer, &tuple) : STAYS;
	case RS_PEEK_ANY:
		break;
	}
	return STAYS;
}

/* Hand a frame over to a worker. If there is none or the ring is full, count it as `full`. */
static void
hand_over(const struct rs_steer *steer, uint16_t worker, struct rte_mbuf *m, struct rs_steered *out)
{
	if (m != NULL && rte_ring_enqueue(steer->rings[worker], m) == 0) {
		out->over++;
		return;
	}
	rte_pktmbuf_free(m);
	out->full++;
}

/* Drop the SYNs of n frames for a worker. @return how many frames are left */
static uint16_t
drop_syns(struct rte_mbuf **pkts, uint16_t n, struct rs_steered *out)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (rs_intake_is_syn(pkts[i]))
			rte_pktmbuf_free(pkts[i]);
		else
			pkts[kept++] = pkts[i];
	}
	out->syns += n - kept;
	return kept;
}

/* Hand n frames over to a worker, in their order. */
static void
hand_over_burst(const struct rs_steer *steer, uint16_t worker, struct rte_mbuf **pkts, uint16_t n,
	struct rs_steered *out)
{
	struct rte_ring *ring = steer->rings[worker];
	uint16_t handed;

	/* a worker that cannot keep up completes what is under way (packet/intake.h) */
	if (unlikely(rte_ring_free_count(ring) < RS_STEER_SYNS))
		n = drop_syns(pkts, n, out);
	handed = (uint16_t)rte_ring_enqueue_burst(ring, (void **)pkts, n, NULL);
	out->over += handed;
	out->full += n - handed;
	if (unlikely(handed < n))
		rte_pktmbuf_free_bulk(&pkts[handed], n - handed);
}

/* Hand a copy of a frame over to each other worker. */
static void
hand_over_copies(const struct rs_steer *steer, const struct rte_mbuf *m, struct rs_steered *out)
{
	uint16_t i;

	for (i = 0; i < steer->n; i++) {
		if (i != steer->self)
			hand_over(steer, i, rte_pktmbuf_copy(m, steer->mbufs, 0, UINT32_MAX), out);
	}
}

/*
 * Hand the frames of the first one's worker over together, which costs one access to its ring.
 * @return how many frames are left in pkts and owners
 */
static uint16_t
hand_over_first(const struct rs_steer *steer, struct rte_mbuf **pkts, uint16_t *owners, uint16_t n,
	struct rs_steered *out)
{
	struct rte_mbuf *together[RS_BURST];
	uint16_t worker = owners[0];
	uint16_t n_together = 0;
	uint16_t left = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (owners[i] == worker) {
			together[n_together++] = pkts[i];
		} else {
			owners[left] = owners[i];
			pkts[left++] = pkts[i];
		}
	}
	hand_over_burst(steer, worker, together, n_together, out);
	return left;
}

uint16_t
rs_steer_burst(const struct rs_steer *steer, struct rte_mbuf **pkts, uint16_t n,
	struct rs_steered *out)
{
	struct rte_mbuf *others[RS_BURST];
	uint16_t owners[RS_BURST];
	uint16_t left = 0; /* in others and owners */
	uint16_t stay = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], const void *));
	for (i = 0; i < n; i++) {
		uint16_t owner = owner_of_frame(steer, pkts[i]);

		if (owner == ALL)
			hand_over_copies(steer, pkts[i], out);
		if (owner >= steer->n || owner == steer->self) {
			pkts[stay++] = pkts[i];
		} else {
			owners[left] = owner;
			others[left++] = pkts[i];
		}
	}
	while (left > 0)
		left = hand_over_first(steer, others, owners, left, out);
	return stay;
}

uint16_t
rs_steer_syns(const struct rs_steer *steer, struct rte_mbuf **pkts, uint16_t n,
	struct rs_steered *out)
{
	struct rs_tuple tuple;
	uint16_t stay = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		uint16_t owner = rs_peek_owner(pkts[i], &tuple) == RS_PEEK_TUPLE ?
			rs_steer_owner(steer, &tuple) : steer->self;

		if (owner == steer->self)
			pkts[stay++] = pkts[i];
		else
			hand_over(steer, owner, pkts[i], out);
	}
	return stay;
}

static bool
is_seeking(const struct rs_steer *steer)
{
	return steer->seek != NULL && __atomic_load_n(steer->seek, __ATOMIC_RELAXED);
}

/* Whether a frame is an untagged segment: TCP is right behind an IP header without options. */
static bool
is_plain(const struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_ipv6_hdr *ip6 = (const struct rte_ipv6_hdr *)(eth + 1);

	if (m->data_len < sizeof(*eth) + sizeof(*ip6) ||
	    (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
		return false;
	return eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) ?
		ip->version_ihl == RTE_IPV4_VHL_DEF && ip->next_proto_id == IPPROTO_TCP :
		eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6) && ip6->proto == IPPROTO_TCP;
}

void
rs_steer_verify(struct rs_steer *steer, struct rte_mbuf **pkts, uint16_t n)
{
	struct rs_tuple tuple;
	uint16_t i;

	for (i = 0; i < n && steer->verify > 0; i++) {
		if (!is_plain(pkts[i]) || rs_peek_owner(pkts[i], &tuple) != RS_PEEK_TUPLE ||
		    (!rs_tuple_is_ipv4(&tuple) && !steer->rss->ipv6))
			continue;
		steer->verify--;
		if (rs_steer_owner(steer, &tuple) == steer->self)
			continue;
		__atomic_store_n(steer->seek, true, __ATOMIC_RELAXED);
		steer->verify = 0;
	}
}

bool
rs_steer_pass(const struct rs_steer *steer, const struct rs_tuple *tuple, struct rte_mbuf *m,
	struct rs_steered *out)
{
	bool by_port = steer->opens && tuple->lport >= steer->first && tuple->lport <= steer->last;
	bool by_hash = steer->key != NULL ||
		(steer->rss != NULL && (rs_tuple_is_ipv4(tuple) || steer->rss->ipv6) &&
		 !is_seeking(steer));
	uint32_t looked = 1; /* workers that do not have the connection */
	uint16_t owner;

	if (by_port || by_hash) {
		owner = rs_steer_owner(steer, tuple);
		/* in software, fragments of a whole datagram came from other workers, too */
		if (owner == steer->self || (steer->inbox && steer->key == NULL))
			return false;
	} else {
		if (steer->inbox)
			looked += m->hash.usr;
		if (looked >= steer->n)
			return false;
		m->hash.usr = looked;
		m->packet_type = RS_STEER_LOOKS;
		owner = (uint16_t)(steer->self + 1 < steer->n ? steer->self + 1 : 0);
	}
	hand_over(steer, owner, m, out);
	return true;
}

void
rs_steer_copy(const struct rs_steer *steer, const struct rte_mbuf *m, struct rs_steered *out)
{
	if (!steer->inbox)
		hand_over_copies(steer, m, out);
}

uint16_t
rs_steer_look(const struct rs_steer *steer, const struct rs_stack *stack, struct rte_mbuf **pkts,
	uint16_t n, struct rs_steered *out)
{
	uint16_t stay = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		struct rs_conn_info info;
		struct rs_tuple tuple;

		if (m->packet_type == RS_STEER_LOOKS &&
		    rs_peek_owner(m, &tuple) == RS_PEEK_TUPLE &&
		    rs_stack_inspect(stack, &tuple, &info) != 0 &&
		    !rs_stack_seeks(stack, &tuple) && rs_steer_pass(steer, &tuple, m, out))
			continue;
		pkts[stay++] = m;
	}
	return stay;
}

bool
rs_rss_equal(const struct rs_rss *a, const struct rs_rss *b)
{
	return a->known && b->known && a->ports == b->ports && a->ipv6 == b->ipv6 &&
	       a->ports6 == b->ports6 && a->mask == b->mask &&
	       memcmp(a->key, b->key, sizeof(a->key)) == 0 &&
	       memcmp(a->queue, b->queue, (a->mask + 1u) * sizeof(a->queue[0])) == 0;
}
