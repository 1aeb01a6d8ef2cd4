/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The check of plain frames of IPv6; any other frame goes to rs_ipv6_input(). */

#include "packet/plain6.h"

/* The bits of bytes 0 to 15 that are the same in each plain frame: those of rs_port_words6.head,
 * with the group bit of the source MAC. */
#define MASK_0 RTE_BE64(UINT64_C(0xffffffffffff0100))
#define MASK_1 RTE_BE64(UINT64_C(0x00000000fffff000))

/* The bits of 8 bytes that begin with a MAC which are its own. */
#define MAC_MASK RTE_BE64(UINT64_C(0xffffffffffff0000))

/* Sources that begin with this octet or a higher one are multicast, link-local or rare. */
#define RARE_OCTET 0xfe

/* Bytes of options and text that rs_cksum_add_few() sums. */
#define FEW_BYTES 64

/* Lengths of a plain frame, bytes; those below 0 are large numbers, which are too large. And
 * its sum. */
struct lens {
	uint32_t rest;          /* behind the headers without options */
	uint32_t options;       /* of TCP options among them */
	uint64_t sum;           /* rs_plain6_sum() */
};

/* Whether the words in front of the addresses are those of a plain frame to this port. */
static inline bool
head_is_good(const struct rs_port_words6 *words, const uint8_t *p)
{
	return (((rs_cksum_word64(p) ^ words->head[0]) & MASK_0) |
		((rs_cksum_word64(p + 8) ^ words->head[1]) & MASK_1)) == 0 &&
	       p[RS_PLAIN6_NEXT] == IPPROTO_TCP &&
	       (rs_cksum_word64(p + RS_PLAIN6_FROM) & MAC_MASK) != 0;
}

/* The full check of the addresses. noinline, because few frames need it. */
static __rte_noinline bool
addrs_are_ours_and_a_peers(const struct rs_link *link, uint16_t port, const uint8_t *p)
{
	struct rs_addr src, dst;

	memcpy(&src, p + RS_PLAIN6_SRC, sizeof(src));
	memcpy(&dst, p + RS_PLAIN6_DST, sizeof(dst));
	return rs_ipv6_is_host(&src) && !rs_link_is_us_ipv6(link, &src) &&
	       !rs_ipv6_is_multicast(&dst) && rs_link_owns_ipv6(link, port, &dst);
}

/* Whether the destination is ours, and the source a peer's. */
static inline bool
addrs_are_good(const struct rs_link *link, const struct rs_port_words6 *words, uint16_t port,
	const uint8_t *p)
{
	uint64_t src0 = rs_cksum_word64(p + RS_PLAIN6_SRC);
	uint64_t src1 = rs_cksum_word64(p + RS_PLAIN6_SRC + 8);
	uint64_t other = (rs_cksum_word64(p + RS_PLAIN6_DST) ^ rs_cksum_word64(&words->addr)) |
		(rs_cksum_word64(p + RS_PLAIN6_DST + 8) ^ rs_cksum_word64(&words->addr.w[2]));
	uint64_t apart = ((src0 ^ rs_cksum_word64(&link->common6)) &
		rs_cksum_word64(&link->common6_mask)) |
		((src1 ^ rs_cksum_word64(&link->common6.w[2])) &
		 rs_cksum_word64(&link->common6_mask.w[2]));

	/* most peers differ from our addresses in the bits that these share */
	if (likely(other == 0 && apart != 0 && src0 != 0 && p[RS_PLAIN6_SRC] < RARE_OCTET))
		return true;
	return addrs_are_ours_and_a_peers(link, port, p);
}

/* Whether the checksum is right. @param addrs the sum of the addresses and ports */
static inline bool
cksum_is_good(const struct rte_mbuf *m, const uint8_t *p, uint32_t rest, uint64_t addrs)
{
	uint64_t sum = rs_cksum_add64(addrs, (uint64_t)rte_cpu_to_be_32(IPPROTO_TCP) +
		rte_cpu_to_be_32((uint32_t)RS_TCP_LEN + rest));

	if ((m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_GOOD) != 0)
		return true;
	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_NUMBERS));
	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_OFFSET));
	if (rest > FEW_BYTES)
		sum = rs_cksum_add(sum, p + RS_PLAIN6_LEN, rest);
	else if (rest > 0)
		sum = rs_cksum_add_few(sum, p + RS_PLAIN6_LEN, rest);
	return rs_cksum_is_good(sum);
}

/* Whether a frame is plain and correct. */
static inline bool
is_good(const struct rs_link *link, const struct rte_mbuf *m, const uint8_t *p, struct lens *lens)
{
	const struct rs_port_words6 *words = &link->words6[m->port];
	uint32_t ports;
	rte_be16_t len;

	if (m->nb_segs != 1 || m->data_len < RS_PLAIN6_LEN || !head_is_good(words, p) ||
	    (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD)
		return false;
	memcpy(&len, p + RS_PLAIN6_LENGTH, sizeof(len));
	lens->rest = (uint32_t)rte_be_to_cpu_16(len) - (uint32_t)RS_TCP_LEN;
	lens->options = (uint32_t)(p[RS_PLAIN6_OFFSET] >> 4) * 4 - (uint32_t)RS_TCP_LEN;
	if (lens->rest > m->data_len - (uint32_t)RS_PLAIN6_LEN || lens->options > lens->rest)
		return false;
	ports = rs_cksum_word(p + RS_PLAIN6_PORTS, 0);
	if ((ports & RTE_BE32(0xffff0000)) == 0 || (ports & RTE_BE32(0xffff)) == 0)
		return false;
	lens->sum = rs_plain6_sum(p);
	return addrs_are_good(link, words, m->port, p) &&
	       cksum_is_good(m, p, lens->rest, lens->sum);
}

/* Read the segment of a plain frame. */
static __rte_noinline void
read_segment(const struct rs_link *link, const uint8_t *p, const struct lens *lens,
	struct rs_segment *seg)
{
	rs_segment_read(seg, (const struct rte_tcp_hdr *)(p + RS_PLAIN6_PORTS),
		(uint16_t)(RS_TCP_LEN + lens->options), RTE_ETHER_HDR_LEN, RS_PLAIN6_PORTS,
		(uint16_t)(RS_TCP_LEN + lens->rest));
	memcpy(&seg->tuple.laddr, p + RS_PLAIN6_DST, sizeof(seg->tuple.laddr));
	memcpy(&seg->tuple.raddr, p + RS_PLAIN6_SRC, sizeof(seg->tuple.raddr));
	seg->hash = rs_hash_ipv6(&link->key, &seg->tuple);
	seg->tos = (uint8_t)(p[RS_PLAIN6_IP] << 4 | p[RS_PLAIN6_IP + 1] >> 4);
}

enum rs_plain6
rs_plain6_parse(const struct rs_link *link, const struct rs_portset *lookup, struct rte_mbuf *m,
	struct rs_segment *seg, struct rs_parsed *parsed)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	struct rs_stray6 *stray = &parsed->strays6[parsed->n_strays6];
	struct lens lens;
	uint16_t lport;

	if (unlikely(!is_good(link, m, p, &lens)))
		return RS_PLAIN6_OTHER;
	lport = (uint16_t)(p[RS_PLAIN6_PORTS + 2] << 8 | p[RS_PLAIN6_PORTS + 3]);
	if (likely(link->strays6) && !rs_portset_has(lookup, lport)) {
		stray->m = m;
		stray->sum = lens.sum;
		stray->text_len = (uint16_t)(lens.rest - lens.options);
		parsed->n_strays6++;
		return RS_PLAIN6_STRAY;
	}
	read_segment(link, p, &lens, seg);
	return RS_PLAIN6_SEGMENT;
}
