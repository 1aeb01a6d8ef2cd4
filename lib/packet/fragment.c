/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The ledger of fragments. A datagram is made by its first fragment and leaves when it is whole,
 * when its time is over, or when newer ones need its place: the oldest goes first, because the
 * fragments of an honest datagram come one right after the other.
 */

#include <netinet/in.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_ip_frag.h>
#include <rte_malloc.h>

#include "packet/fragment.h"
#include "packet/headers.h"
#include "packet/icmp.h"
#include "packet/icmp6.h"
#include "packet/large.h"

/* Most fragments of a datagram: those that rte_ip_frag is built for. */
#define PIECES_MAX RTE_LIBRTE_IP_FRAG_MAX_FRAG

/* Most datagrams that a run abandons. */
#define ABANDON_MAX 16

/* Frames that wait to be sent. */
#define OUT_MAX (2 * RS_FRAGMENTS_TX)

/* ECN fields of all fragments, a bit each (RFC 3168 5.3). */
#define ECN_MIXED (1u << RTE_IPV4_HDR_ECN_MASK | 1u << 0) /* CE, and not ECN-capable */

/* A fragment of a datagram. */
struct piece {
	struct rte_mbuf *m;
	uint32_t first, end;    /* place of its payload */
};

/* A datagram of which some fragments are here, or one that is refused. */
struct partial {
	TAILQ_ENTRY(partial) aged; /* or in the list of free ones */
	LIST_ENTRY(partial) hashed;
	struct rs_tuple key;
	uint16_t port;
	uint8_t n;              /* pieces */
	uint8_t ecn;            /* ECN fields of the pieces, a bit each */
	uint32_t got;           /* bytes of all pieces */
	uint32_t most;          /* the largest end of a piece */
	uint32_t total;         /* bytes of the whole payload; 0: not known yet */
	unsigned int refused;   /* reason for which all its fragments are dropped; RS_DROP_MAX */
	uint64_t due;           /* microseconds: it is abandoned */
	struct piece pieces[PIECES_MAX];
};

TAILQ_HEAD(partials, partial);
LIST_HEAD(chain, partial);

struct rs_fragments {
	uint32_t max;           /* fragments; link->n_fragments of them are held */
	uint64_t timeout;       /* microseconds */
	struct rte_ip_frag_tbl *table; /* of one datagram, which is whole at once */
	struct rte_ip_frag_death_row dead;
	struct partials oldest; /* in the order of their first fragments */
	struct partials free;
	struct chain *chains;   /* mask + 1 */
	uint32_t mask;
	uint32_t sent;          /* datagrams sent in fragments, for their identification */
	uint16_t n_whole;
	uint16_t n_out;
	struct rte_mbuf *whole[RS_BURST];
	struct rte_mbuf *out[OUT_MAX];
	struct partial all[];
};

/* Datagrams of a ledger: each has two fragments at least. */
static uint32_t
partials_of(uint32_t max)
{
	return max / 2;
}

uint64_t
rs_fragments_memory(uint32_t max)
{
	uint32_t n = partials_of(max);

	return max == 0 ? 0 : sizeof(struct rs_fragments) + n * sizeof(struct partial) +
		rte_align32pow2(n) * sizeof(struct chain);
}

struct rs_fragments *
rs_fragments_create(uint32_t max, uint64_t timeout, unsigned int socket)
{
	uint32_t n = partials_of(max);
	struct rs_fragments *f = rte_zmalloc_socket("rs_fragments",
		sizeof(*f) + n * sizeof(f->all[0]), RTE_CACHE_LINE_SIZE, (int)socket);
	uint32_t i;

	if (f == NULL)
		return NULL;
	f->max = max;
	f->timeout = timeout;
	f->mask = rte_align32pow2(n) - 1;
	f->chains = rte_zmalloc_socket("rs_fragment_chains",
		(f->mask + 1) * sizeof(f->chains[0]), RTE_CACHE_LINE_SIZE, (int)socket);
	/* the least table; its time never passes, because each datagram is fed at once */
	f->table = rte_ip_frag_table_create(1, 1, 1, UINT64_MAX / 2, (int)socket);
	if (f->chains == NULL || f->table == NULL) {
		rs_fragments_free(f);
		return NULL;
	}
	TAILQ_INIT(&f->oldest);
	TAILQ_INIT(&f->free);
	for (i = 0; i < n; i++)
		TAILQ_INSERT_TAIL(&f->free, &f->all[i], aged);
	return f;
}

/* Free the pieces of a datagram. @return their number */
static uint16_t
pieces_free(struct partial *p)
{
	uint16_t n = p->n;
	uint16_t i;

	for (i = 0; i < n; i++)
		rte_pktmbuf_free(p->pieces[i].m);
	p->n = 0;
	return n;
}

/* Drop the pieces of a datagram. */
static void
pieces_drop(struct rs_link *link, struct partial *p, enum rs_drop reason)
{
	uint16_t n = pieces_free(p);

	link->n_fragments -= n;
	link->stats->drop[reason] += n;
}

/* Forget a datagram, whose pieces are the caller's or freed. */
static void
partial_forget(struct rs_fragments *f, struct partial *p)
{
	LIST_REMOVE(p, hashed);
	TAILQ_REMOVE(&f->oldest, p, aged);
	TAILQ_INSERT_HEAD(&f->free, p, aged);
}

void
rs_fragments_free(struct rs_fragments *f)
{
	struct partial *p;
	uint16_t i;

	if (f == NULL)
		return;
	if (f->chains != NULL && f->table != NULL) {
		TAILQ_FOREACH(p, &f->oldest, aged)
			pieces_free(p);
	}
	for (i = 0; i < f->n_whole; i++)
		rte_pktmbuf_free(f->whole[i]);
	for (i = 0; i < f->n_out; i++)
		rte_pktmbuf_free(f->out[i]);
	if (f->table != NULL)
		rte_ip_frag_table_destroy(f->table);
	rte_free(f->chains);
	rte_free(f);
}

/* Find the datagram of a fragment that a port received. NULL: none */
static struct partial *
partial_find(const struct rs_fragments *f, const struct rs_tuple *key, uint16_t port, uint32_t hash)
{
	struct partial *p;

	LIST_FOREACH(p, &f->chains[hash & f->mask], hashed) {
		if (rs_tuple_equal(&p->key, key) && p->port == port)
			return p;
	}
	return NULL;
}

/* Evict the oldest datagram but `keep`. */
static void
evict_oldest(struct rs_link *link, const struct partial *keep)
{
	struct rs_fragments *f = link->fragments;
	struct partial *p = TAILQ_FIRST(&f->oldest);

	if (p == keep)
		p = TAILQ_NEXT(p, aged);
	pieces_drop(link, p, RS_DROP_fragment_evicted);
	partial_forget(f, p);
}

/* Begin a datagram, if need be in the place of the oldest one. */
static struct partial *
partial_make(struct rs_link *link, const struct rs_tuple *key, uint16_t port, uint32_t hash,
	uint64_t now)
{
	struct rs_fragments *f = link->fragments;
	struct partial *p;

	if (TAILQ_EMPTY(&f->free))
		evict_oldest(link, NULL);
	p = TAILQ_FIRST(&f->free);
	TAILQ_REMOVE(&f->free, p, aged);
	memset(p, 0, sizeof(*p));
	p->key = *key;
	p->port = port;
	p->refused = RS_DROP_MAX;
	p->due = now + f->timeout;
	TAILQ_INSERT_TAIL(&f->oldest, p, aged);
	LIST_INSERT_HEAD(&f->chains[hash & f->mask], p, hashed);
	return p;
}

/*
 * Drop the pieces of a datagram. It stays until its time is over, because its later fragments are
 * to be dropped, too (RFC 8200 4.5).
 */
static void
partial_refuse(struct rs_link *link, struct partial *p, enum rs_drop reason)
{
	pieces_drop(link, p, reason);
	p->refused = reason;
}

/* The payload of a fragment. */
static const void *
payload(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const void *, m->l2_len + m->l3_len);
}

/*
 * Compare a fragment with the pieces that are here. An exact duplicate is dropped alone, because
 * networks duplicate; any other overlap ends the datagram (RFC 5722, RFC 8200 4.5).
 * @return RS_DROP_MAX, or the reason to drop
 */
static unsigned int
pieces_check(const struct partial *p, const struct rte_mbuf *m, const struct rs_fragment *frag)
{
	uint32_t end = (uint32_t)frag->first + frag->len;
	uint8_t i;

	for (i = 0; i < p->n; i++) {
		const struct piece *piece = &p->pieces[i];

		if (piece->first == frag->first && piece->end == end &&
		    frag->more == (end != p->total) &&
		    memcmp(payload(piece->m), payload(m), frag->len) == 0)
			return RS_DROP_fragment_duplicate;
		if (frag->first < piece->end && piece->first < end)
			return RS_DROP_fragment_overlap;
	}
	/* a piece behind the last one, or two last ones */
	if (frag->more ? p->total != 0 && end > p->total : p->total != 0 || end < p->most)
		return RS_DROP_fragment_overlap;
	return p->n == PIECES_MAX ? RS_DROP_fragment_many : RS_DROP_MAX;
}

/* Add a fragment to its datagram. */
static void
piece_add(struct partial *p, struct rte_mbuf *m, const struct rs_fragment *frag)
{
	uint32_t end = (uint32_t)frag->first + frag->len;

	p->pieces[p->n++] = (struct piece){ .m = m, .first = frag->first, .end = end };
	p->got += frag->len;
	p->most = RTE_MAX(p->most, end);
	if (!frag->more)
		p->total = end;
	p->ecn |= (uint8_t)(1u << frag->ecn);
}

/* Join the pieces of a datagram that is whole; its headers are those of the first one. */
static struct rte_mbuf *
pieces_join(struct rs_fragments *f, struct partial *p)
{
	struct rte_mbuf *whole = NULL;
	uint8_t i;

	for (i = 0; i < p->n; i++) {
		struct rte_mbuf *m = p->pieces[i].m;
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *,
			m->l2_len);
		struct rte_ipv6_hdr *ip6 = (struct rte_ipv6_hdr *)ip;

		if (rs_tuple_is_ipv4(&p->key))
			whole = rte_ipv4_frag_reassemble_packet(f->table, &f->dead, m, 1, ip);
		else
			whole = rte_ipv6_frag_reassemble_packet(f->table, &f->dead, m, 1, ip6,
				(struct rte_ipv6_fragment_ext *)(ip6 + 1));
	}
	p->n = 0;
	rte_ip_frag_free_death_row(&f->dead, 0);
	return whole;
}

/* Finish the header: a mark of congestion on any fragment is one of the datagram. */
static void
finish_header(const struct partial *p, struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *,
		RTE_ETHER_HDR_LEN);
	struct rte_ipv6_hdr *ip6 = (struct rte_ipv6_hdr *)ip;
	uint8_t ce = (p->ecn & 1u << RTE_IPV4_HDR_ECN_MASK) != 0 ? RTE_IPV4_HDR_ECN_MASK : 0;

	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	if (!rs_tuple_is_ipv4(&p->key)) {
		ip6->vtc_flow |= rte_cpu_to_be_32((uint32_t)ce << 20);
		return;
	}
	ip->type_of_service |= ce;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rs_cksum_finish(rs_cksum_add(0, ip, rte_ipv4_hdr_len(ip)));
}

/* Pass a whole datagram on: one that fits the MTU becomes a frame in one mbuf. */
static void
pass_whole(struct rs_link *link, struct rte_mbuf *m, uint64_t now)
{
	struct rs_fragments *f = link->fragments;
	struct rte_mbuf *copy;

	link->stats->packet.reassembled++;
	if (m->pkt_len > RTE_ETHER_HDR_LEN + (uint32_t)link->ports[m->port].mtu) {
		if (f->n_out + m->nb_segs > OUT_MAX) {
			link->stats->drop[RS_DROP_echo_limited] += m->nb_segs;
			rte_pktmbuf_free(m);
			return;
		}
		f->n_out = (uint16_t)(f->n_out + rs_large_input(link, m, f->sent++, now,
			&f->out[f->n_out]));
		return;
	}
	copy = f->n_whole < RS_BURST ? rte_pktmbuf_copy(m, link->mbufs, 0, UINT32_MAX) : NULL;
	if (copy != NULL && copy->nb_segs == 1) {
		f->whole[f->n_whole++] = copy;
	} else {
		link->stats->drop[RS_DROP_no_mbuf] += m->nb_segs;
		rte_pktmbuf_free(copy);
	}
	rte_pktmbuf_free(m);
}

/* Whether the header of the first piece leaves room for the payload in 16 bits of length. */
static bool
length_is_good(const struct partial *p)
{
	uint8_t i = 0;

	while (p->pieces[i].first != 0)
		i++;
	return !rs_tuple_is_ipv4(&p->key) || p->total + p->pieces[i].m->l3_len <= UINT16_MAX;
}

/* A datagram is whole: pass it on, unless its parts contradict each other. */
static void
partial_complete(struct rs_link *link, struct partial *p, uint64_t now)
{
	struct rs_fragments *f = link->fragments;
	struct rte_mbuf *m;

	if (!length_is_good(p)) {
		partial_refuse(link, p, RS_DROP_fragment_bad);
		return;
	}
	/* a datagram that a router marked must be reported so, which this one cannot */
	if ((p->ecn & ECN_MIXED) == ECN_MIXED) {
		partial_refuse(link, p, RS_DROP_fragment_ecn);
		return;
	}
	link->n_fragments -= p->n;
	m = pieces_join(f, p);
	partial_forget(f, p);
	RTE_ASSERT(m != NULL);
	if (m == NULL)
		return;
	finish_header(p, m);
	pass_whole(link, m, now);
}

unsigned int
rs_fragment_keep(struct rs_link *link, struct rte_mbuf *m, const struct rs_fragment *frag,
	uint64_t now)
{
	struct rs_fragments *f = link->fragments;
	uint32_t hash = rs_tuple_hash(&link->key, &frag->key);
	struct partial *p = partial_find(f, &frag->key, m->port, hash);
	unsigned int drop;

	link->later = true;
	if (p == NULL)
		p = partial_make(link, &frag->key, m->port, hash, now);
	if (p->refused != RS_DROP_MAX)
		return p->refused;
	drop = pieces_check(p, m, frag);
	if (drop != RS_DROP_MAX) {
		if (drop != RS_DROP_fragment_duplicate)
			partial_refuse(link, p, (enum rs_drop)drop);
		return drop;
	}
	while (link->n_fragments >= f->max)
		evict_oldest(link, p);
	piece_add(p, m, frag);
	link->n_fragments++;
	if (p->got == p->total)
		partial_complete(link, p, now);
	return RS_FATE_KEPT;
}

uint16_t
rs_fragments_take(struct rs_link *link, struct rte_mbuf **pkts)
{
	struct rs_fragments *f = link->fragments;
	uint16_t n = f->n_whole;

	memcpy(pkts, f->whole, n * sizeof(pkts[0]));
	f->n_whole = 0;
	return n;
}

/* Turn the first fragment of an abandoned datagram into the error about it. @return its fate */
static unsigned int
exceed_time(struct rs_link *link, struct rte_mbuf *m, const struct rs_tuple *key, uint64_t now)
{
	uint16_t l4_off = (uint16_t)(m->l2_len + m->l3_len);
	uint16_t l4_len = (uint16_t)(m->data_len - l4_off);
	const struct rte_ipv6_fragment_ext *ext;

	if (rs_tuple_is_ipv4(key)) {
		struct rs_datagram d = {
			.ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, m->l2_len),
			.l3_off = m->l2_len, .l4_off = l4_off, .l4_len = l4_len,
		};

		return rs_icmp_time_exceeded(link, m, &d, now);
	}
	ext = rte_pktmbuf_mtod_offset(m, const struct rte_ipv6_fragment_ext *,
		l4_off - sizeof(*ext));
	return rs_icmp6_time_exceeded(link, m, &(struct rs_datagram6){
		.src = key->raddr, .dst = key->laddr, .proto = ext->next_header,
		.l3_off = m->l2_len, .l4_off = l4_off, .l4_len = l4_len,
	}, now);
}

/* Abandon a datagram. The sender is told if its first fragment is here (RFC 792, RFC 8200 4.5). */
static void
partial_abandon(struct rs_link *link, struct partial *p, uint64_t now)
{
	struct rs_fragments *f = link->fragments;
	uint8_t i;

	link->stats->packet.reassembly_timeouts += p->n > 0;
	for (i = 0; i < p->n; i++) {
		struct rte_mbuf *m = p->pieces[i].m;
		unsigned int fate = RS_DROP_fragment_timeout;

		if (p->pieces[i].first == 0 && f->n_out < OUT_MAX)
			fate = exceed_time(link, m, &p->key, now);
		if (fate == RS_FATE_REPLY) {
			f->out[f->n_out++] = m;
			continue;
		}
		link->stats->drop[fate]++;
		rte_pktmbuf_free(m);
	}
	link->n_fragments -= p->n;
	p->n = 0;
	partial_forget(f, p);
}

uint16_t
rs_fragments_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room)
{
	struct rs_fragments *f = link->fragments;
	struct partial *p;
	unsigned int i;
	uint16_t n;

	for (i = 0; i < ABANDON_MAX; i++) {
		p = TAILQ_FIRST(&f->oldest);
		if (p == NULL || p->due > now)
			break;
		partial_abandon(link, p, now);
	}
	n = (uint16_t)RTE_MIN(RTE_MIN(f->n_out, room), (uint16_t)RS_FRAGMENTS_TX);
	memcpy(tx, f->out, n * sizeof(tx[0]));
	f->n_out = (uint16_t)(f->n_out - n);
	memmove(f->out, &f->out[n], f->n_out * sizeof(f->out[0]));
	return n;
}

uint64_t
rs_fragments_due(const struct rs_link *link)
{
	const struct rs_fragments *f = link->fragments;
	const struct partial *p;

	if (f == NULL)
		return UINT64_MAX;
	if (f->n_whole > 0 || f->n_out > 0)
		return 0;
	p = TAILQ_FIRST(&f->oldest);
	return p != NULL ? p->due : UINT64_MAX;
}
