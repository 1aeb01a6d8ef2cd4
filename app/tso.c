/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Consecutive segments of a connection become one frame. */

#include <string.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "tso.h"

/* Bytes of an IP datagram at most. */
#define DATAGRAM_MAX UINT16_MAX

/* A frame that others are joined to. */
struct joined {
	struct rte_mbuf *first;
	struct rte_mbuf *last;  /* mbuf of its chain */
	uint32_t next;          /* sequence number behind its text */
	uint16_t header;        /* bytes in front of its text */
	uint16_t mss;           /* bytes of text of each of its segments but the last */
	bool full;              /* nothing can follow */
};

static struct rte_tcp_hdr *
tcp_of(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct rte_tcp_hdr *, m->l2_len + m->l3_len);
}

/* Begin with a frame. */
static struct joined
begin(struct rte_mbuf *m)
{
	struct joined j = { .first = m, .last = m, .full = true };
	const struct rte_tcp_hdr *th;

	if ((m->ol_flags & RTE_MBUF_F_TX_L4_MASK) != RTE_MBUF_F_TX_TCP_CKSUM || m->nb_segs > 1)
		return j;
	th = tcp_of(m);
	j.header = (uint16_t)(m->l2_len + m->l3_len + m->l4_len);
	j.mss = (uint16_t)(m->data_len - j.header);
	j.next = rte_be_to_cpu_32(th->sent_seq) + j.mss;
	j.full = j.mss == 0 || th->tcp_flags != RTE_TCP_ACK_FLAG;
	return j;
}

/* Whether the IP headers of two segments differ only in length, identification and checksum. */
static bool
same_ip(const struct rte_mbuf *a, const struct rte_mbuf *b)
{
	const uint8_t *p = rte_pktmbuf_mtod_offset(a, const uint8_t *, a->l2_len);
	const uint8_t *q = rte_pktmbuf_mtod_offset(b, const uint8_t *, b->l2_len);

	if ((a->ol_flags & RTE_MBUF_F_TX_IPV6) != 0)
		return memcmp(p, q, offsetof(struct rte_ipv6_hdr, payload_len)) == 0 &&
		       memcmp(p + 6, q + 6, a->l3_len - 6u) == 0;
	/* version and TOS; fragment, TTL and protocol; addresses and options */
	return memcmp(p, q, 2) == 0 && memcmp(p + 6, q + 6, 4) == 0 &&
	       memcmp(p + 12, q + 12, a->l3_len - 12u) == 0;
}

/* Whether a frame can follow. */
static bool
follows(const struct joined *j, const struct rte_mbuf *m, uint16_t most)
{
	const struct rte_mbuf *a = j->first;
	const struct rte_tcp_hdr *t = tcp_of(a), *th;
	uint16_t text;

	if (j->full || m->ol_flags != a->ol_flags || m->tx_offload != a->tx_offload ||
	    m->vlan_tci != a->vlan_tci || m->nb_segs > 1 || a->nb_segs >= most)
		return false;
	th = tcp_of(m);
	text = (uint16_t)(m->data_len - j->header);
	return text > 0 && text <= j->mss && th->sent_seq == rte_cpu_to_be_32(j->next) &&
	       (th->tcp_flags & ~RTE_TCP_PSH_FLAG) == RTE_TCP_ACK_FLAG &&
	       a->pkt_len - a->l2_len + text <= DATAGRAM_MAX &&
	       memcmp(rte_pktmbuf_mtod(a, const void *), rte_pktmbuf_mtod(m, const void *),
			a->l2_len) == 0 &&
	       same_ip(a, m) && memcmp(t, th, 4) == 0 && t->recv_ack == th->recv_ack &&
	       t->data_off == th->data_off && t->rx_win == th->rx_win &&
	       memcmp(t + 1, th + 1, a->l4_len - sizeof(*t)) == 0;
}

/* Append the text of a frame. */
static void
append(struct joined *j, struct rte_mbuf *m)
{
	uint16_t text = (uint16_t)(m->data_len - j->header);
	uint8_t flags = tcp_of(m)->tcp_flags;

	tcp_of(j->first)->tcp_flags |= flags;
	rte_pktmbuf_adj(m, j->header);
	j->last->next = m;
	j->last = m;
	j->first->pkt_len += text;
	j->first->nb_segs++;
	j->next += text;
	j->full = text < j->mss || flags != RTE_TCP_ACK_FLAG;
}

/* Tell the device how to cut a frame. */
static void
finish(const struct joined *j)
{
	struct rte_mbuf *m = j->first;
	struct rte_tcp_hdr *th = tcp_of(m);
	uint16_t len = (uint16_t)(m->pkt_len - m->l2_len);

	if (m->nb_segs == 1)
		return;
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	m->tso_segsz = j->mss;
	if ((m->ol_flags & RTE_MBUF_F_TX_IPV6) != 0) {
		struct rte_ipv6_hdr *ip6 = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *,
			m->l2_len);

		ip6->payload_len = rte_cpu_to_be_16((uint16_t)(len - sizeof(*ip6)));
		th->cksum = rte_ipv6_phdr_cksum(ip6, m->ol_flags);
	} else {
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *,
			m->l2_len);

		ip->total_length = rte_cpu_to_be_16(len);
		ip->hdr_checksum = 0;
		if ((m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) == 0)
			ip->hdr_checksum = rte_ipv4_cksum(ip);
		th->cksum = rte_ipv4_phdr_cksum(ip, m->ol_flags);
	}
}

uint16_t
rs_tso_join(struct rte_mbuf **tx, uint16_t n, uint16_t most)
{
	struct joined j;
	uint16_t kept = 0;
	uint16_t i;

	if (n == 0)
		return 0;
	j = begin(tx[0]);
	for (i = 1; i < n; i++) {
		if (follows(&j, tx[i], most)) {
			append(&j, tx[i]);
			continue;
		}
		finish(&j);
		tx[kept++] = j.first;
		j = begin(tx[i]);
	}
	finish(&j);
	tx[kept++] = j.first;
	return kept;
}
