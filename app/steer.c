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

/* Hash an IPv4 tuple as a device with RSS hashes a frame from the peer. */
static uint32_t
rss_hash(const struct rs_rss *rss, const struct rs_tuple *tuple)
{
	struct rte_ipv4_tuple in = {
		.src_addr = rte_be_to_cpu_32(tuple->raddr.w[3]),
		.dst_addr = rte_be_to_cpu_32(tuple->laddr.w[3]),
		.sport = tuple->rport,
		.dport = tuple->lport,
	};
	uint32_t words[RTE_THASH_V4_L4_LEN];

	memcpy(words, &in, sizeof(words));
	return rte_softrss_be(words, rss->ports ? RTE_THASH_V4_L4_LEN : RTE_THASH_V4_L3_LEN,
		(const uint8_t *)rss->key);
}

/* The same for IPv6. */
static uint32_t
rss_hash6(const struct rs_rss *rss, const struct rs_tuple *tuple)
{
	struct rte_ipv6_tuple in = { .sport = tuple->rport, .dport = tuple->lport };
	uint32_t words[RTE_THASH_V6_L4_LEN];
	unsigned int i;

	memcpy(words, &in, sizeof(words));
	for (i = 0; i < RTE_DIM(tuple->raddr.w); i++) {
		words[i] = rte_be_to_cpu_32(tuple->raddr.w[i]);
		words[RTE_DIM(tuple->raddr.w) + i] = rte_be_to_cpu_32(tuple->laddr.w[i]);
	}
	return rte_softrss_be(words, rss->ports6 ? RTE_THASH_V6_L4_LEN : RTE_THASH_V6_L3_LEN,
		(const uint8_t *)rss->key);
}

/*
 * The owner of a hash in software. The product moves the low bits of the hash to the top, because
 * the high ones of IPv6 tuples that differ only in their ports may be spread unevenly.
 */
static inline uint16_t
owner_by_hash(const struct rs_steer *steer, uint32_t hash)
{
	return (uint16_t)((uint64_t)(hash * UINT32_C(0x9e3779b1)) * steer->n >> 32);
}

/*
 * The owner in software. Toeplitz, the hash of devices, is only computed where they hash, too,
 * because it is made bit by bit and takes several times the instructions.
 */
static uint16_t
owner_in_software(const struct rs_steer *steer, const struct rs_tuple *tuple)
{
	const struct rs_rss *rss = steer->toeplitz;
	bool ipv4 = rs_tuple_is_ipv4(tuple);

	if (rss != NULL && (ipv4 ? rss->ports : rss->ports6))
		return owner_by_hash(steer, ipv4 ? rss_hash(rss, tuple) : rss_hash6(rss, tuple));
	return owner_by_hash(steer, rs_tuple_hash(steer->key, tuple));
}

uint16_t
rs_steer_owner(const struct rs_steer *steer, const struct rs_tuple *tuple)
{
	const struct rs_rss *rss = steer->rss;

	if (steer->key != NULL)
		return owner_in_software(steer, tuple);
	if (rs_addr_is_ipv4(&tuple->raddr))
		return rss != NULL ? rss->queue[rss_hash(rss, tuple) & rss->mask] :
			owner_by_port(steer, tuple->lport);
	return rss != NULL && rss->ipv6 ? rss->queue[rss_hash6(rss, tuple) & rss->mask] :
		owner_by_port(steer, tuple->lport);
}

bool
rs_steer_replies_here(void *arg, const struct rs_tuple *tuple)
{
	const struct rs_steer *steer = arg;

	return steer->n <= 1 || rs_steer_owner(steer, tuple) == steer->self;
}

/*
 * Compute the hash of a frame that the device says is a segment. If the device has it wrong, no
 * worker takes its hashes any more. @return whether it is right
 */
static __rte_noinline bool
verify_hash(const struct rs_steer *steer, struct rs_steer_hash *hash, const struct rte_mbuf *m,
	struct rs_steered *out)
{
	const struct rs_rss *rss = steer->toeplitz;
	struct rs_tuple tuple;
	enum rs_peek peek = rs_peek_owner(m, &tuple);

	if (peek == RS_PEEK_ANY) /* its headers lie in several mbufs */
		return false;
	out->hashes_verified++;
	if (peek == RS_PEEK_TUPLE && m->hash.rss == (rs_tuple_is_ipv4(&tuple) ?
	    rss_hash(rss, &tuple) : rss_hash6(rss, &tuple))) {
		if (hash->verified < RS_HASH_VERIFY)
			hash->verified++;
		else
			hash->due = RS_HASH_INTERVAL - 1;
		return true;
	}
	out->hashes_wrong++;
	__atomic_store_n(steer->astray, true, __ATOMIC_RELAXED);
	__atomic_store_n(hash->wrong, true, __ATOMIC_RELAXED);
	return false;
}

/* Whether a frame is a segment with a hash that is taken, as the device says. It is not read. */
static inline bool
has_hash(const struct rs_steer_hash *hash, const struct rte_mbuf *m)
{
	uint32_t l3 = (m->packet_type & RTE_PTYPE_L3_MASK) / RTE_PTYPE_L3_IPV4;

	return (m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0 &&
	       (m->packet_type & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP &&
	       (hash->types >> l3 & 1) != 0 && !__atomic_load_n(hash->wrong, __ATOMIC_RELAXED);
}

/* The worker that a frame belongs to. @param hash  of its device; NULL: none is taken */
static uint16_t
owner_of_frame(const struct rs_steer *steer, struct rs_steer_hash *hash, const struct rte_mbuf *m,
	struct rs_steered *out)
{
	struct rs_tuple tuple;

	if (hash != NULL && has_hash(hash, m)) {
		if (likely(hash->due > 0)) {
			hash->due--;
			out->hashes++;
			return owner_by_hash(steer, m->hash.rss);
		}
		verify_hash(steer, hash, m, out);
	}
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

void
rs_steer_take_hashes(struct rs_steer *steer, uint16_t device, bool *wrong)
{
	const uint32_t ipv4[] = { RTE_PTYPE_L3_IPV4, RTE_PTYPE_L3_IPV4_EXT,
		RTE_PTYPE_L3_IPV4_EXT_UNKNOWN };
	/* RTE_ETH_RSS_IPV6_TCP_EX takes addresses from extension headers */
	const uint32_t ipv6[] = { RTE_PTYPE_L3_IPV6, RTE_PTYPE_L3_IPV6_EXT_UNKNOWN };
	struct rs_steer_hash *hash = &steer->hashes[device];
	unsigned int i;

	*hash = (struct rs_steer_hash){ .wrong = wrong };
	for (i = 0; i < RTE_DIM(ipv4) && steer->toeplitz->ports; i++)
		hash->types |= (uint16_t)(1 << ipv4[i] / RTE_PTYPE_L3_IPV4);
	for (i = 0; i < RTE_DIM(ipv6) && steer->toeplitz->ports6; i++)
		hash->types |= (uint16_t)(1 << ipv6[i] / RTE_PTYPE_L3_IPV4);
}

uint16_t
rs_steer_burst(struct rs_steer *steer, uint16_t device, struct rte_mbuf **pkts, uint16_t n,
	struct rs_steered *out)
{
	struct rs_steer_hash *hash = steer->hashes[device].wrong != NULL ?
		&steer->hashes[device] : NULL;
	struct rte_mbuf *others[RS_BURST];
	uint16_t owners[RS_BURST];
	uint16_t left = 0; /* in others and owners */
	uint16_t stay = 0;
	uint16_t i;

	/* of frames with a hash few are read */
	for (i = 0; i < n && hash == NULL; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], const void *));
	for (i = 0; i < n; i++) {
		uint16_t owner = owner_of_frame(steer, hash, pkts[i], out);

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

/* Whether wrong hashes of a device may have led connections to another worker than their owner. */
static bool
is_astray(const struct rs_steer *steer)
{
	return steer->astray != NULL && __atomic_load_n(steer->astray, __ATOMIC_RELAXED);
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
	bool by_hash = steer->key != NULL ? !is_astray(steer) :
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
		/* a frame that was only steered has the device's hash there */
		if (steer->inbox && m->packet_type == RS_STEER_LOOKS)
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
